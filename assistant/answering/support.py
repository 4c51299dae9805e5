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

from assistant.retrieval import Found, Hit

FEATURES = (
    "ask",
    "gist",
    "body",
    "score",
    "score_top3",
    "covered",
    "unknown",
    "rare_held",
    "name_missing",
    "wants_fact",
    "askable",
)
INTERCEPT = -7.233
COEFFICIENTS: dict[str, float] = {
    "ask": 2.379,
    "gist": 3.147,
    "body": -3.776,
    "score": 0.409,
    "score_top3": 0.013,
    "covered": 2.271,
    "unknown": -3.071,
    "rare_held": -1.457,
    "name_missing": -0.161,
    "wants_fact": -1.065,
    "askable": 0.986,
}
"""The body counts against because the score holds it already: a note that is near in words while
no question that it answers is near lies beside the point."""
REFUSE_BELOW = 0.45
PARTLY_BELOW = 0.76

_WANTS_FACT = re.compile(
    r"\bhow (?:many|much (?:money|does|do|is|are|will)|long|often|far|big|old)\b"
    r"|\bwhat (?:percentage|proportion|ratio|number|date|year|time|hours|rate|salary|figure)\b"
    r"|\bwhat does .{3,40} (?:pay|charge|cost)\b"
    r"|\bwhats the (?:phone|number|rate|ratio|date|limit|price|cost)\b"
    r"|\bwhen (?:is|does|do|did|was|will|are)\b|\bwho is\b"
    r"|\bwhere (?:is|are|do i get|can i get)\b"
    r"|\bwhich (?:trust|software|app|website|form|company)\b"
    r"|\bper cent\b|\bphone number\b|\bemail\b|\bcosts?\b|\bprice\b"
    r"|\bhow do i (?:reset|log|book|claim|apply for)\b"
)
"""Questions for one particular fact: a figure, date, price, name or place. What lies near such a
question seldom answers it."""


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
    if not hits:
        return dict.fromkeys(FEATURES, 0.0)
    scores = sorted((hit.score for hit in hits), reverse=True)[:3]
    return {
        "ask": max(hit.parts["ask"] for hit in hits),
        "gist": max(hit.parts["gist"] for hit in hits),
        "body": max(hit.parts["body"] for hit in hits),
        "score": scores[0],
        "score_top3": sum(scores) / len(scores),
        "covered": found.wording.get("covered", 0.0),
        "unknown": found.wording.get("unknown", 0.0),
        "rare_held": found.wording.get("rare_held", 0.0),
        "name_missing": found.wording.get("name_missing", 0.0),
        "wants_fact": float(_WANTS_FACT.search(question.lower()) is not None),
        "askable": found.wording.get("askable", 0.0),
    }


def _best_hits(found: Found) -> list[Hit]:
    """The best of each kind, notes without what an endorsement added to them."""
    notes = [
        Hit(e.evidence_id, e.score - e.parts.get("endorsed", 0.0), e.parts)
        for e in found.evidence[:5]
    ]
    return [*notes, *found.answers[:2], *found.contested[:1], *found.briefs[:1]]
