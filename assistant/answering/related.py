"""Questions nearby that the library can answer, to offer after an answer or a refusal.

They are questions of briefs first, since those have a direct answer, then of the notes found.
"""

from __future__ import annotations

import re

from assistant.answering.select import Choice
from assistant.corpus import Library, words_of
from assistant.retrieval import Found

MOST = 4


def related_questions(
    question: str, found: Found, choice: Choice | None, library: Library
) -> tuple[str, ...]:
    """Up to four questions, the nearest first, none of them the question itself."""
    asked = set(words_of(question))
    candidates: list[str] = []
    for hit in found.answers[: MOST + 1]:
        brief_id, _, number = hit.uid.removeprefix("answer:").partition("/")
        answer = library.briefs[brief_id].answers[int(number)]
        if choice is None or choice.answer is None or answer.asks != choice.answer.asks:
            candidates.append(_fullest(answer.asks))
    used = {e.evidence_id for e in choice.notes[:2]} if choice else set()
    for evidence in found.evidence[:6]:
        if evidence.evidence_id not in used:
            candidates.append(_fullest(library.notes[evidence.evidence_id].asks))
    shown: list[str] = []
    for candidate in dict.fromkeys(candidates):
        words = set(words_of(candidate))
        if len(words & asked) <= 0.7 * max(len(words), 1):
            shown.append(tidy(candidate))
    return tuple(dict.fromkeys(shown))[:MOST]


OPENERS = frozenset(
    "can do does is are what how who why when where should am will which could would has have"
    " whats hows must may did".split()
)


def _fullest(asks: tuple[str, ...]) -> str:
    """The ask that reads best as a line to tap: a plain question of middling length."""
    return max(asks, key=_reads_well)


def _reads_well(ask: str) -> float:
    opener = ask.split()[0].lower()
    points = 2.0 * (opener in OPENERS) + 1.0 * ask.endswith("?") + 0.5 * ask[0].isupper()
    return points - abs(len(ask) - 55) / 60


_PLAIN = (
    (r"\bi\b", "I"),
    (r"\bim\b", "I'm"),
    (r"\bive\b", "I've"),
    (r"\b(d|w|c)ont\b", r"\1on't"),
    (r"\b(does|is|are|has|have|did|could|should|would)nt\b", r"\1n't"),
    (r"\bcant\b", "can't"),
    (
        r"\b(what|who|how|there|that|she|he|it)s (?=(?:the|an?|my|not?|in|to|like|been|going)\b)",
        r"\1's ",
    ),
    (r"\btheyve\b", "they've"),
    (r"\btheyre\b", "they're"),
    (r"\bnhs\b", "NHS"),
    (r"\bpsws\b", "peer support workers"),
    (r"\bpsw\b", "peer support worker"),
)


def tidy(ask: str) -> str:
    """An ask as a line to tap: capital first, plain spelling, a question mark where it asks."""
    text = ask.strip()
    asks = text.split()[0].lower() in OPENERS
    for pattern, plain in _PLAIN:
        text = re.sub(pattern, plain, text)
    text = text[0].upper() + text[1:]
    return f"{text}?" if asks and text[-1] not in "?.!" else text
