"""How well what was found supports an answer: one number between 0 and 1 from several signals.

A small logistic model. Its coefficients were fitted on the development cases of ``evals/`` by
``evals/fit_support.py``; the report shows the risk-coverage curve on cases that took no part. The
number is never shown to readers: it only decides between answering, answering in part and saying
that the library does not hold it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from assistant.answering.relevance import WANTS_FACT, odds, plain_score
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
    "answer_fits",
    "note_fits",
    "notes_fit",
)
INTERCEPT = -1.880
COEFFICIENTS: dict[str, float] = {
    "ask": -0.096,
    "gist": 1.539,
    "body": -3.241,
    "score": 0.443,
    "score_top3": -0.180,
    "covered": 1.114,
    "unknown": -2.934,
    "rare_held": -1.268,
    "name_missing": -0.144,
    "wants_fact": -0.450,
    "askable": 0.860,
    "answer_fits": 0.154,
    "note_fits": 0.988,
    "notes_fit": -0.132,
}
"""The body counts against because the score holds it already: a note that is near in words while
no question that it answers is near lies beside the point."""
REFUSE_BELOW = 0.45
PARTLY_BELOW = 0.74
MOST_ODDS = 6.0
"""Log odds that a unit answers the question, beyond which it says no more."""
FEW = 3
"""Notes whose log odds are averaged."""


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
    scores = sorted((plain_score(hit.parts) for hit in hits), reverse=True)[:3]
    answers = [bounded(odds("answer", hit.parts, question, found)) for hit in found.answers]
    notes = sorted(
        (bounded(odds("note", e.parts, question, found)) for e in found.evidence), reverse=True
    )
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
        "wants_fact": float(WANTS_FACT.search(question.lower()) is not None),
        "askable": found.wording.get("askable", 0.0),
        "answer_fits": max(answers, default=-MOST_ODDS),
        "note_fits": max(notes, default=-MOST_ODDS),
        "notes_fit": sum(notes[:FEW]) / max(len(notes[:FEW]), 1),
    }


def bounded(log_odds: float) -> float:
    """Log odds, beyond ``MOST_ODDS`` no more than that."""
    return max(-MOST_ODDS, min(MOST_ODDS, log_odds))


def _best_hits(found: Found) -> list[Hit]:
    """The best of each kind, notes without what an endorsement added to them."""
    notes = [
        Hit(e.evidence_id, e.score - e.parts.get("endorsed", 0.0), e.parts)
        for e in found.evidence[:5]
    ]
    return [*notes, *found.answers[:2], *found.contested[:1], *found.briefs[:1]]
