"""How well what was found supports an answer: one number between 0 and 1 from several signals.

A small logistic model. Its coefficients were fitted on the development cases of ``evals/`` by
``evals/fit_support.py``; the report shows the risk-coverage curve on cases that took no part. The
number is never shown to readers: it only decides between answering, answering in part and saying
that the library does not hold it.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from assistant.indexing.lexical import tokens
from assistant.retrieval import Found, Hit

FEATURES = ("ask", "gist", "body", "coverage", "lexical", "number_missing", "short")
INTERCEPT = -6.0
COEFFICIENTS: dict[str, float] = {
    "ask": 5.0,
    "gist": 2.0,
    "body": 2.0,
    "coverage": 3.0,
    "lexical": 0.3,
    "number_missing": -1.0,
    "short": 0.0,
}
REFUSE_BELOW = 0.40
PARTLY_BELOW = 0.55

_WANTS_NUMBER = re.compile(
    r"\bhow (?:many|much (?:money|does|do|is|are|will)|long is|often)\b"
    r"|\bwhat (?:percentage|proportion|ratio|number|date|year|time|hours|rate|salary|figure)\b"
    r"|\bper cent\b|\bphone number\b|\bwhen (?:is|does|do|did|was)\b"
)


@dataclass(frozen=True)
class Support:
    """How likely the evidence answers the question, and the signals behind it."""

    probability: float
    signals: dict[str, float]

    @property
    def refuses(self) -> bool:
        """True when the library should be said not to hold an answer."""
        return self.probability < REFUSE_BELOW

    @property
    def partly(self) -> bool:
        """True when an answer should say that it answers only in part."""
        return self.probability < PARTLY_BELOW


def support_of(question: str, found: Found) -> Support:
    """The support that one search gives one question."""
    signals = support_signals(question, found)
    total = INTERCEPT + sum(COEFFICIENTS[name] * signals[name] for name in FEATURES)
    return Support(1.0 / (1.0 + math.exp(-total)), signals)


def support_signals(question: str, found: Found) -> dict[str, float]:
    """The signals of ``FEATURES``; all zero where nothing was found."""
    hits = _best_hits(found)
    words = tokens(question)
    if not hits:
        return dict.fromkeys(FEATURES, 0.0)
    wants_number = bool(_WANTS_NUMBER.search(question.lower()))
    holds_number = any(re.search(r"\d", e.text) for e in found.evidence[:5])
    return {
        "ask": max(hit.parts["ask"] for hit in hits),
        "gist": max(hit.parts["gist"] for hit in hits),
        "body": max(hit.parts["body"] for hit in hits),
        "coverage": max(hit.parts["coverage"] for hit in hits),
        "lexical": max(hit.parts["lexical"] for hit in hits) / max(len(words), 3),
        "number_missing": float(wants_number and not holds_number),
        "short": float(len(words) <= 2),
    }


def _best_hits(found: Found) -> list[Hit]:
    notes = [Hit(e.evidence_id, e.score, e.parts) for e in found.evidence[:5]]
    return [*notes, *found.answers[:2], *found.contested[:1]]
