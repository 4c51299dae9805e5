"""Weighs what the rules found, how the evidence covers a claim, and the fitted model's score.

A logistic sum over ``features``; ``weights.json`` is fitted by ``evals/fit_grounding.py``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from assistant.errors import ConfigurationError
from assistant.grounding.coverage import Cover
from assistant.grounding.findings import Case, Finding
from assistant.grounding.relations import relations

Kind = Literal["alone", "with_model", "with_larger"]
"""Rules alone, with the score of the small network or of a user's own model, or with that of the
larger model and the network."""
WEIGHTS_FILE = Path(__file__).with_name("weights.json")
FOR_IT = frozenset("cover worst last alike part tail near quoted runs exact copied model".split())
"""Features that speak for a claim; every other one speaks against it."""


def features(
    case: Case, found: Sequence[Finding], covered: Cover, score: float | None
) -> dict[str, float]:
    """What a decision rests on, by name; all of them about between -2 and 2."""
    values: dict[str, float] = {}
    for finding in found:
        sign = f"sign:{finding.sign or finding.fault}"
        values[sign] = min(values.get(sign, 0.0) + 1.0, 2.0)
    related = relations(case)
    values |= {
        "cover": covered.share,
        "worst": covered.worst,
        "last": covered.last,
        "exact": covered.exact,
        "runs": covered.runs,
        "quoted": covered.quoted,
        "missing": min(len(covered.missing), 6) / 2,
        "alike": covered.alike,
        "strange": covered.strange,
        "part": covered.part,
        "tail": covered.tail,
        "near": covered.near,
        "other-way": covered.turned,
        "inverted": related.inverted,
        "copied": related.copied,
        "mixed": related.mixed,
        "spread": related.spread,
        "seams": related.seams,
        "turned": related.inverted * covered.exact,
        "pivot": related.pivot,
        "exchanged": related.exchanged,
        "foreign": max(0.0, 0.75 - covered.alike) * 4,
        "thin": max(0.0, 0.6 - covered.share) * 3,
        "bare": max(0.0, 0.8 - covered.part) * 4,
    }
    if score is not None:
        bounded = min(max(score, 1e-4), 1 - 1e-4)
        values["model"] = math.log(bounded / (1 - bounded)) / 2
    return values


@dataclass(frozen=True)
class Weights:
    """A logistic model.

    Args:
        bias: its constant.
        weights: what each feature counts for; one that is not named counts nothing.
        threshold: the least probability that passes.
    """

    bias: float
    weights: Mapping[str, float]
    threshold: float

    def probability(self, values: Mapping[str, float]) -> float:
        """The probability that a claim is borne out, 0 to 1."""
        total = self.bias + sum(self.weights.get(k, 0.0) * v for k, v in values.items())
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


@lru_cache(maxsize=3)
def read_weights(kind: Kind) -> Weights:
    """The weights that were fitted for one kind of score.

    Raises:
        ConfigurationError: the file is missing or broken.
    """
    try:
        data = json.loads(WEIGHTS_FILE.read_text(encoding="utf-8"))
        chosen = data[kind]
        return Weights(float(chosen["bias"]), dict(chosen["weights"]), float(chosen["threshold"]))
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ConfigurationError(
            f"{WEIGHTS_FILE.name} cannot be read ({type(error).__name__}).",
            "Install the program again.",
        ) from error
