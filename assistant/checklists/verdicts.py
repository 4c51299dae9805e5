"""Met, unclear, absent or contradicts: what a draft says on a row, from the spans that may bear on
it.

A linear model over a few signals of the best spans, fitted by ``evals/fit_guidance.py`` on drafts
with known gaps; it says *met* only above a threshold, because a gap that is called met is the worse
mistake. Plain rules stand above it: what comes near to met and does not reach it is unclear, and so
is what the draft only allows, or gives another number for.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.checklists.claims import claim_of
from assistant.checklists.comparing import Candidate
from assistant.checklists.drafts import Span
from assistant.checklists.matching import LABELS
from assistant.checklists.records import Row, Verdict
from assistant.errors import ConfigurationError
from assistant.force import force_of, measures_differ

FILE = Path(__file__).with_name("verdicts.npz")
ORDER: tuple[Verdict, ...] = ("met", "unclear", "absent", "contradicts")
"""The verdicts in the order of the model's numbers."""
CONTRADICTS_FROM = 0.45
"""Chance from which a row counts as contradicted: a hard word, not to be said lightly."""
PERHAPS = "The draft comes near to this; whether it says enough is for a person to read."
ALLOWS = "The draft allows this; the guidance asks for it."
OTHER_NUMBER = "The draft names another number than the guidance."

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Judged:
    """The verdict on one row. ``chances`` are those of each verdict; ``spans`` are numbers of the
    spans that it rests on, the best first; ``why`` names a rule that decided."""

    verdict: Verdict
    chances: dict[Verdict, float]
    spans: tuple[int, ...]
    why: str = ""


@dataclass(frozen=True)
class Weights:
    """A fitted model: one row of ``table`` a verdict, over ``names``; ``met_from`` is the chance
    from which a row counts as met."""

    names: tuple[str, ...]
    table: Floats
    intercept: Floats
    met_from: float


@lru_cache(maxsize=2)
def read_weights(path: Path = FILE) -> Weights:
    """The model that is shipped with the program.

    Raises:
        ConfigurationError: the file is missing or broken.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return Weights(
                tuple(str(name) for name in arrays["names"]),
                arrays["table"].astype(np.float64),
                arrays["intercept"].astype(np.float64),
                float(arrays["met_from"]),
            )
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        raise ConfigurationError(
            f"{path.name} cannot be read ({type(error).__name__}).", "Install the program again."
        ) from error


def best(candidates: Sequence[Candidate], label: str) -> Candidate:
    """The span that is likeliest to be this to the row."""
    if label == "met":
        return max(
            candidates,
            key=lambda c: 8 * c.near["met"] + 0.5 * c.odds["met"] + 0.25 * c.claim_odds["met"],
        )
    return max(
        candidates,
        key=lambda c: 8 * c.near[label] + 0.7 * c.odds[label] + 0.25 * c.claim_odds[label],
    )


def signals(candidates: Sequence[Candidate]) -> dict[str, float]:
    """What the model sees of one row."""
    a, u, c = (best(candidates, label) for label in ("met", "unclear", "contradicts"))
    rival = max(a.near["unclear"], a.near["contradicts"], a.near["beside"])
    nearest = sorted(candidate.near["met"] for candidate in candidates)
    return {
        "near": a.near["met"],
        "third near": a.near["third"],
        "lead": a.near["met"] - rival,
        "nearest": nearest[-1],
        "second nearest": nearest[-2] if len(nearest) > 1 else nearest[-1],
        "claim": a.near["claim"],
        "nearest claim": max(candidate.near["claim"] for candidate in candidates),
        "back": a.back,
        **{f"read {label}": a.odds[label] for label in (*LABELS, "best")},
        **{f"claim read {label}": a.claim_odds[label] for label in LABELS},
        "best read": max(candidate.odds["met"] for candidate in candidates),
        "contradicts near": c.near["contradicts"],
        "contradicts lead": c.near["contradicts"] - c.near["met"],
        "contradicts read": c.odds["contradicts"],
        "contradicts claim": c.claim_odds["contradicts"],
        "unclear near": u.near["unclear"],
        "unclear lead": u.near["unclear"] - u.near["met"],
        "unclear read": u.odds["unclear"],
    }


def judge(
    row: Row, candidates: Sequence[Candidate], spans: Sequence[Span], weights: Weights
) -> Judged:
    """The verdict on one row."""
    if not candidates:
        return Judged("absent", dict.fromkeys(ORDER, 0.0) | {"absent": 1.0}, ())
    seen = signals(candidates)
    chances = _chances(seen, weights)
    verdict, why = _decided(chances, weights.met_from)
    if verdict == "met":
        verdict, why = _ruled(row, spans[best(candidates, "met").span].text)
    if verdict == "absent":
        return Judged(verdict, chances, (), why)
    label = "met" if verdict == "met" or why else verdict
    return Judged(verdict, chances, _shown(candidates, label, spans), why)


def _chances(seen: dict[str, float], weights: Weights) -> dict[Verdict, float]:
    values = np.array([seen[name] for name in weights.names])
    raw = weights.table @ values + weights.intercept
    raised = np.exp(raw - raw.max())
    return dict(zip(ORDER, map(float, raised / raised.sum()), strict=True))


def _decided(chances: dict[Verdict, float], met_from: float) -> tuple[Verdict, str]:
    """The likeliest verdict; met and contradicted from their thresholds on alone."""
    if chances["met"] >= met_from:
        return "met", ""
    likeliest: Verdict = max(ORDER, key=chances.__getitem__)
    if likeliest == "met":
        return "unclear", PERHAPS
    if likeliest == "contradicts" and chances["contradicts"] < CONTRADICTS_FROM:
        return ("unclear" if chances["unclear"] > chances["absent"] else "absent"), ""
    return likeliest, ""


def _ruled(row: Row, text: str) -> tuple[Verdict, str]:
    """The verdict on what the model calls met, after the plain rules; and which one changed it."""
    if row.force != "finding" and force_of(text) == "may" and _only_allows(text):
        return "unclear", ALLOWS
    if measures_differ(claim_of(row.text), text):
        return "unclear", OTHER_NUMBER
    return "met", ""


_ALLOWS = re.compile(
    r"\b(?:may|might|could)\b(?! not)(?: also)? (?:be|have|receive|attend|get|use)\b"
)
_BINDS = re.compile(r"\b(?:must|shall|will|is|are|has|have|receives?|should)\b")


def _only_allows(text: str) -> bool:
    """True where a span says "may" and nothing that binds before it."""
    found = _ALLOWS.search(text.lower())
    return found is not None and not _BINDS.search(text.lower()[: found.start()])


MOST_SHOWN, AS_NEAR = 2, 0.03


def _shown(candidates: Sequence[Candidate], label: str, spans: Sequence[Span]) -> tuple[int, ...]:
    """The spans to show for a verdict: the best, and another elsewhere that is as clear."""
    first = best(candidates, label)
    shown = [first.span]
    for other in sorted(candidates, key=lambda c: -c.near[label]):
        apart = all(
            spans[other.span].end <= spans[kept].start or spans[other.span].start >= spans[kept].end
            for kept in shown
        )
        as_near = other.near[label] >= first.near[label] - AS_NEAR
        if apart and as_near and other.odds[label] > 0 and len(shown) < MOST_SHOWN:
            shown.append(other.span)
    return tuple(shown)
