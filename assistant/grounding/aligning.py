"""Which clause of the evidence a clause of a claim speaks of, by the words that they share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from assistant.grounding.plain import Text, Word, clauses_of, content_of
from assistant.grounding.terms import alike

ALIKE_COUNTS = 0.6
"""What a word of like meaning counts for beside the same word."""


def match(stem: str, stems: Iterable[str]) -> float:
    """1 where a stem is among others, less where one of like meaning is, 0 where neither is."""
    held = stems if isinstance(stems, frozenset | set) else frozenset(stems)
    if stem in held:
        return 1.0
    lines = alike().get(stem)
    if lines and any(lines & alike().get(other, frozenset()) for other in held):
        return ALIKE_COUNTS
    return 0.0


def closeness(clause: Sequence[Word], other: Sequence[Word]) -> float:
    """The share of a clause's content that another has, 0 to 1."""
    stems = content_of(tuple(clause))
    if not stems:
        return 0.0
    held = content_of(tuple(other))
    return sum(match(stem, held) for stem in stems) / len(stems)


def best_clause(clause: Sequence[Word], evidence: Text) -> tuple[tuple[Word, ...], float]:
    """The clause of the evidence that is closest to a clause, and how close it is."""
    best: tuple[tuple[Word, ...], float] = ((), 0.0)
    for other in clauses_of(evidence):
        near = closeness(clause, other)
        if near > best[1]:
            best = (other, near)
    return best


def best_sentence(clause: Sequence[Word], evidence: Text) -> tuple[Word, ...]:
    """The sentence of the evidence that is closest to a clause."""
    spans = evidence.sentences or ((0, len(evidence.words)),)
    return max((evidence.words[a:b] for a, b in spans), key=lambda s: closeness(clause, s))
