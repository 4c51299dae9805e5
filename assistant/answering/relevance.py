"""How likely a unit that was found answers the question: one number from several signals.

Two logistic models, for direct answers and for notes, fitted by ``evals/fit_relevance.py`` on texts
that readers judged for a thousand questions of their own (``training/relevance.jsonl``). The number
decides which direct answer leads and whether it stands alone, and is a signal of ``support``; it is
never shown to readers.

Signals beside those of the ranking:

    read      the reranker's log odds; 0 where it cannot be had, with weights of their own
    behind    how far its score, without what was added, lies below the best note's
    ask_lead  how much nearer its nearest ask is than that of any other of its kind
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Literal

from assistant.retrieval import SIGNALS as RANKED_BY
from assistant.retrieval import WEIGHTS as RANKING
from assistant.retrieval import Found

Kind = Literal["answer", "note"]
Parts = Mapping[str, float]

OF_QUESTION = ("covered", "unknown", "rare_held", "askable", "wants_fact")
SIGNALS = (*RANKED_BY, "behind", "ask_lead", *OF_QUESTION, "read")

WANTS_FACT = re.compile(
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


WEIGHTS: dict[Kind, dict[str, float]] = {
    "answer": {
        "intercept": -4.603,
        "lexical": 0.056,
        "body": -1.694,
        "ask": -0.058,
        "gist": 4.958,
        "coverage": 1.167,
        "topic": -0.431,
        "neighbours": 0.808,
        "behind": -0.127,
        "ask_lead": 4.962,
        "covered": 0.068,
        "unknown": -0.750,
        "rare_held": -0.288,
        "askable": 0.127,
        "wants_fact": -0.499,
        "read": 0.426,
    },
    "note": {
        "intercept": -3.036,
        "lexical": -0.013,
        "body": -2.038,
        "ask": 1.355,
        "gist": 2.675,
        "coverage": -0.183,
        "topic": 0.310,
        "neighbours": 1.866,
        "behind": -0.048,
        "ask_lead": -0.323,
        "covered": 0.965,
        "unknown": 0.288,
        "rare_held": -0.011,
        "askable": 0.092,
        "wants_fact": -0.556,
        "read": 0.719,
    },
}
WITHOUT_READ: dict[Kind, dict[str, float]] = {
    "answer": {
        "intercept": -5.813,
        "lexical": 0.070,
        "body": -1.803,
        "ask": 0.579,
        "gist": 5.234,
        "coverage": 1.503,
        "topic": -0.566,
        "neighbours": 1.087,
        "behind": -0.129,
        "ask_lead": 5.051,
        "covered": 0.326,
        "unknown": -1.188,
        "rare_held": -0.367,
        "askable": 0.197,
        "wants_fact": -0.510,
    },
    "note": {
        "intercept": -5.102,
        "lexical": 0.001,
        "body": -1.377,
        "ask": 2.587,
        "gist": 2.401,
        "coverage": 0.576,
        "topic": 0.314,
        "neighbours": 1.926,
        "behind": -0.050,
        "ask_lead": -0.821,
        "covered": 1.326,
        "unknown": -1.129,
        "rare_held": -0.194,
        "askable": 0.226,
        "wants_fact": -0.697,
    },
}
"""Fitted on texts of 437 questions; each kind's area on questions held out in turn is 0.886 and
0.810 with the reranker's reading, 0.874 and 0.751 without it."""


def odds(kind: Kind, parts: Parts, question: str, found: Found) -> float:
    """Log odds that a unit answers the question as it was asked, by its kind's model.

    Args:
        kind: of the unit.
        parts: its signals, from a search for this question.
        question: as it was searched.
        found: that search.
    """
    signals = signals_of(kind, parts, question, found)
    with_read = "read" in parts
    weights = (WEIGHTS if with_read else WITHOUT_READ)[kind]
    return weights["intercept"] + sum(weights.get(n, 0.0) * signals[n] for n in SIGNALS)


def chance(log_odds: float) -> float:
    """The probability of log odds."""
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, log_odds))))


def signals_of(kind: Kind, parts: Parts, question: str, found: Found) -> dict[str, float]:
    """The signals of ``SIGNALS`` for one unit."""
    notes = [e.parts for e in found.evidence]
    rivals = notes if kind == "note" else [hit.parts for hit in found.answers]
    own = {name: parts.get(name, 0.0) for name in RANKED_BY}
    best = max((plain_score(other) for other in notes), default=0.0)
    wording = {name: found.wording.get(name, 0.0) for name in OF_QUESTION}
    return {
        **own,
        **wording,
        "wants_fact": float(WANTS_FACT.search(question.lower()) is not None),
        "behind": best - plain_score(parts),
        "ask_lead": own["ask"] - _nearest_other(parts, rivals),
        "read": parts.get("read", 0.0),
    }


def plain_score(parts: Parts) -> float:
    """The score of a unit from the signals of the ranking alone, with nothing added."""
    return sum(weight * parts.get(name, 0.0) for name, weight in RANKING.items())


def _nearest_other(parts: Parts, rivals: Sequence[Parts]) -> float:
    """The closeness of the nearest ask of any other; its own where there is no other."""
    asks = [other.get("ask", 0.0) for other in rivals if other is not parts]
    return max(asks, default=parts.get("ask", 0.0))
