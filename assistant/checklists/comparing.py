"""How near each span of a draft lies to each row: token by token, and by the network that reads an
example of a row and a span together.

Every span is compared with every example of a row by the tokens that they share in meaning
(``matching.covered``). The few that come nearest are read by the network. What that makes of a row
is for ``verdicts``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assistant.checklists.claims import claim_of
from assistant.checklists.drafts import Span
from assistant.checklists.matching import LABELS, Matches, Seen, covered
from assistant.checklists.records import Row

READING, COMPARING = "Reading the draft", "Comparing it with the checklist"
"""What progress is told by."""
Floats = npt.NDArray[np.float64]
Progress = Callable[[str, int, int], None]

READ = 6
"""Spans of a draft that are read with a row, by each way of finding them."""
AT_ONCE = 64
BOUND = 9.2
"""Largest natural logarithm of odds that counts: those of one in ten thousand."""


def say_nothing(words: str, done: int, of: int) -> None:
    """Progress that nobody looks at."""


@dataclass(frozen=True)
class KnownRow:
    """A row with its claim and examples as they are compared."""

    row: Row
    claim: Seen
    examples: dict[str, tuple[Seen, ...]]


def texts_of(row: Row) -> list[str]:
    """The texts of a row that drafts are compared with: its claim and all its examples."""
    return [claim_of(row.text), *(text for label in LABELS for text in getattr(row, label))]


def known(rows: Sequence[Row], matcher: Matches) -> tuple[KnownRow, ...]:
    """Rows as they are compared."""
    found = []
    for row in rows:
        seen = dict(zip(texts_of(row), matcher.seen(texts_of(row)), strict=True))
        examples = {label: tuple(seen[text] for text in getattr(row, label)) for label in LABELS}
        found.append(KnownRow(row, seen[claim_of(row.text)], examples))
    return tuple(found)


@dataclass(frozen=True)
class Read:
    """The spans of a draft as they are compared, and all their pieces end to end."""

    spans: tuple[Seen, ...]
    finds: npt.NDArray[np.float32]
    starts: npt.NDArray[np.int64]
    pieces: tuple[tuple[int, ...], ...]

    def near(self, examples: Sequence[Seen]) -> Floats:
        """How much of each example finds its like in each span, shape (examples, spans)."""
        likest = [
            np.maximum.reduceat(example.finds @ self.finds.T, self.starts, axis=1)
            for example in examples
        ]
        found = np.zeros((len(examples), len(self.pieces)))
        longest = max(len(pieces) for pieces in self.pieces)
        places = np.array([[*p, *[p[0]] * (longest - len(p))] for p in self.pieces])
        for number, (example, rows) in enumerate(zip(examples, likest, strict=True)):
            best = rows[:, places].max(axis=2)
            found[number] = example.counts @ best
        return found


def read(spans: Sequence[Span], matcher: Matches, progress: Progress = say_nothing) -> Read:
    """The spans of a draft as they are compared; told how it goes."""
    texts = list(dict.fromkeys(piece for span in spans for piece in span.pieces))
    seen: list[Seen] = []
    for start in range(0, len(texts), AT_ONCE):
        progress(READING, start, len(texts))
        seen += matcher.seen(texts[start : start + AT_ONCE])
    progress(READING, len(texts), len(texts))
    place = {text: number for number, text in enumerate(texts)}
    starts = np.cumsum([0, *(len(one.finds) for one in seen[:-1])])
    pieces = tuple(tuple(place[piece] for piece in span.pieces) for span in spans)
    return Read(
        tuple(Seen.joined([seen[n] for n in numbers]) for numbers in pieces),
        np.concatenate([one.finds for one in seen]),
        np.asarray(starts, dtype=np.int64),
        pieces,
    )


@dataclass(frozen=True)
class Candidate:
    """A span that may bear on a row.

    Args:
        span: its number in the draft.
        near: how much of the nearest example of each label finds its like in it, of the third
            nearest that meets the row ("third"), and of the claim ("claim"); 0 to 1.
        back: how much of it finds its like in an example that meets the row.
        odds: natural logarithms of the odds of each label, read with the examples that meet the
            row, on average; with the likeliest of them ("best").
        claim_odds: the same, read with the claim.
    """

    span: int
    near: dict[str, float]
    back: float
    odds: dict[str, float]
    claim_odds: dict[str, float]


def compare(
    draft: Read,
    rows: Sequence[KnownRow],
    matcher: Matches,
    progress: Progress = say_nothing,
) -> list[list[Candidate]]:
    """For each row the spans that may bear on it."""
    found = []
    for number, row in enumerate(rows):
        progress(COMPARING, number, len(rows))
        found.append(_candidates(draft, row, matcher) if draft.spans else [])
    progress(COMPARING, len(rows), len(rows))
    return found


def _candidates(draft: Read, row: KnownRow, matcher: Matches) -> list[Candidate]:
    near = {label: draft.near(row.examples[label]) for label in LABELS}
    claim = draft.near([row.claim])[0]
    best = {label: values.max(axis=0) for label, values in near.items()}
    any_label = np.maximum.reduce([best["met"], best["unclear"], best["contradicts"]])
    chosen = [
        int(place)
        for order in (best["met"], any_label, claim)
        for place in np.argsort(-order, kind="stable")[:READ]
    ]
    ordered = np.sort(near["met"], axis=0)
    third = ordered[-min(3, len(ordered)) :].mean(axis=0)
    return [
        _candidate(
            place,
            draft.spans[place],
            {label: float(values[place]) for label, values in best.items()}
            | {"third": float(third[place]), "claim": float(claim[place])},
            row,
            matcher,
        )
        for place in dict.fromkeys(chosen)
    ]


def _candidate(
    place: int, span: Seen, near: dict[str, float], row: KnownRow, matcher: Matches
) -> Candidate:
    with_examples = np.array([matcher.chances(one, span) for one in row.examples["met"]])
    with_claim = matcher.chances(row.claim, span)
    mean = log_odds(with_examples).mean(axis=0)
    return Candidate(
        span=place,
        near=near,
        back=max(covered(span, example) for example in row.examples["met"]),
        odds=dict(zip(LABELS, map(float, mean), strict=True))
        | {"best": float(log_odds(with_examples[:, 0]).max())},
        claim_odds=dict(zip(LABELS, map(float, log_odds(with_claim)), strict=True)),
    )


def log_odds(chances: npt.NDArray[np.float32]) -> Floats:
    """Natural logarithms of the odds of chances, bounded."""
    kept = np.clip(np.asarray(chances, dtype=np.float64), 1e-4, 1 - 1e-4)
    return np.asarray(np.log(kept / (1 - kept)).clip(-BOUND, BOUND))
