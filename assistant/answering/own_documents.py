"""Chooses what is quoted from added documents: which passages answer, and which of their sentences.

A passage is quoted only where its own signals say that it answers the question: a logistic model
over them, fitted by ``evals/fit_passages.py`` on the development questions on made-up documents.
What is quoted are whole sentences of the passage, or a whole table, character for character.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.answering.differences import NORMS, content, forces_differ
from assistant.force import measures_differ
from assistant.indexing import lexical
from assistant.retrieval import Found
from assistant.schema import DifferenceKind, Evidence
from assistant.text import sentences

INTERCEPT = -3.22
COEFFICIENTS: dict[str, float] = {
    "plain": 1.37,
    "headed": 1.31,
    "coverage": 0.54,
    "lead": 0.46,
    "rank": -0.68,
}
ANSWERS_ABOVE, NEAR_ABOVE = 0.50, 0.06
"""From where a passage is said to answer, and from where it is shown as near."""
MOST_PASSAGES, MOST_NEAR, MOST_OF_ONE = 4, 3, 3
QUOTED_WORDS, WHOLE_WORDS = 60, 75
"""Words of a quotation at most, and of a passage that is quoted whole."""
LEAST_SHARED = 2
"""Telling stems that a sentence must share with a note before force or figures are compared."""
NEAR_ENOUGH = 0.45
"""Cosine of a passage and a note from which they may speak of one thing. It is lower than that of
two notes (``differences.CLOSE``): a policy says the same in other words."""
STANDING = frozenset({"current", "review-due"})


@dataclass(frozen=True)
class Quoted:
    """A passage with the part of it that is quoted, as offsets into its text."""

    evidence: Evidence
    start: int
    end: int
    probability: float

    @property
    def text(self) -> str:
        """The words quoted."""
        return self.evidence.text[self.start : self.end]


def answers(evidence: Evidence) -> float:
    """How likely a passage is to answer the question it was found for; 0 to 1."""
    signals = {**evidence.parts, "rank": evidence.rank - 1}
    total = INTERCEPT + sum(COEFFICIENTS[name] * signals[name] for name in COEFFICIENTS)
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, total))))


@dataclass(frozen=True)
class Own:
    """What added documents hold for a question: quotations that answer it, and a few places that
    only lie near it. The signals tell the two apart badly, so both are shown, apart from each
    other."""

    answering: tuple[Quoted, ...] = ()
    near: tuple[Quoted, ...] = ()


def own_passages(question: str, found: Found) -> Own:
    """What is quoted of the passages found, best first, old editions last. Nothing is quoted of a
    retracted document."""
    likely = _current([(answers(e), e) for e in found.passages if e.status != "retracted"])
    good = [pair for pair in likely if pair[0] >= ANSWERS_ABOVE]
    near = [pair for pair in likely if NEAR_ABOVE <= pair[0] < ANSWERS_ABOVE]
    answering = _chosen(question, good)[:MOST_PASSAGES]
    room = max(0, MOST_NEAR - len(answering))
    return Own(answering, _chosen(question, near)[:room])


def _current(likely: Sequence[tuple[float, Evidence]]) -> list[tuple[float, Evidence]]:
    """The passages, those of an edition that was replaced giving way to the newer edition's best
    one: what the old one says on a question, the new one most often says otherwise."""
    found: dict[str, tuple[float, Evidence]] = {}
    best_of: dict[str, str] = {}
    for probability, evidence in likely:
        best_of.setdefault(evidence.source_id, evidence.evidence_id)
        found[evidence.evidence_id] = probability, evidence
    for probability, evidence in likely:
        newer = best_of.get(evidence.superseded_by)
        if evidence.status == "superseded" and newer is not None:
            del found[evidence.evidence_id]
            found[newer] = max(probability, found[newer][0]), found[newer][1]
    return list(found.values())


def _chosen(question: str, likely: Sequence[tuple[float, Evidence]]) -> tuple[Quoted, ...]:
    kept: list[Quoted] = []
    for probability, evidence in sorted(likely, key=lambda pair: (-pair[0], pair[1].rank)):
        of_one = sum(k.evidence.source_id == evidence.source_id for k in kept)
        repeated = any(_same_words(k.evidence.text, evidence.text) for k in kept)
        if of_one >= MOST_OF_ONE or repeated:
            continue
        start, end = quotation(question, evidence.text)
        kept.append(Quoted(evidence, start, end, probability))
    # An edition that was replaced never comes before one that stands.
    kept.sort(key=lambda quoted: quoted.evidence.status not in STANDING)
    return tuple(kept)


def _same_words(one: str, other: str) -> bool:
    return lexical.tokens(one) == lexical.tokens(other)


def quotation(question: str, text: str) -> tuple[int, int]:
    """The span of the sentences that share most with the question, in whole sentences; the whole
    text where it is short or a table."""
    spans = sentences(text)
    if len(text.split()) <= WHOLE_WORDS or len(spans) < 2 or _is_table(text):
        return 0, len(text)
    wanted = set(lexical.tokens(question))
    held = [len(wanted & set(lexical.tokens(text[start:end]))) for start, end in spans]
    first = last = max(range(len(spans)), key=lambda n: (held[n], -n))
    # Neighbours are taken in while they fit: a sentence alone often leans on the one before it.
    while True:
        options = [n for n in (first - 1, last + 1) if 0 <= n < len(spans)]
        fitting = [
            n for n in options if _words(text, spans, min(first, n), max(last, n)) <= QUOTED_WORDS
        ]
        if not fitting:
            return spans[first][0], spans[last][1]
        chosen = max(fitting, key=lambda n: (held[n], n < first))
        first, last = min(first, chosen), max(last, chosen)


def _words(text: str, spans: Sequence[tuple[int, int]], first: int, last: int) -> int:
    return len(text[spans[first][0] : spans[last][1]].split())


def _is_table(text: str) -> bool:
    rows = text.splitlines()
    return sum(" | " in row for row in rows) >= max(2, len(rows) // 2)


def local_differences(
    own: Sequence[Quoted], notes: Sequence[Evidence], found: Found
) -> tuple[tuple[DifferenceKind, Quoted, Evidence], ...]:
    """Quotations that may differ in force or number from law or guidance found beside them: at most
    one for each quotation."""
    pairs: list[tuple[DifferenceKind, Quoted, Evidence]] = []
    used: set[str] = set()
    for quoted in own:
        if quoted.evidence.stands_as not in NORMS:
            continue
        for note in notes:
            near = found.closeness(quoted.evidence, note) >= NEAR_ENOUGH
            if note.evidence_id in used or note.stands_as not in NORMS or not near:
                continue
            kind = _differs(quoted.text, note.text)
            if kind is not None:
                pairs.append((kind, quoted, note))
                used.add(note.evidence_id)
                break
    return tuple(pairs)


def _differs(own: str, national: str) -> DifferenceKind | None:
    """How a sentence of the quotation may differ from one of the note: sentences are compared that
    share words, because a policy says much in one breath. Number: both give a figure for the same
    measure. Force: both say of the same action that it must, may, or must not be done."""
    found: list[DifferenceKind] = []
    for start, end in sentences(own):
        one = own[start:end]
        if len(content(one) & content(national)) < LEAST_SHARED:
            continue
        for other_start, other_end in sentences(national):
            other = national[other_start:other_end]
            if measures_differ(one, other):
                found.append("number")
            elif forces_differ(one, other):
                found.append("force")
    return "number" if "number" in found else (found[0] if found else None)
