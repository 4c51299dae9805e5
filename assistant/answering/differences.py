"""Finds where two sources on one topic may differ in force or in number.

It compares words, so what it finds is shown as possible. Two notes are compared when they lie close
to one another, share a topic and come from different sources. Force: one says "must", the other
"should" or "may", or one forbids what the other allows. Number: both give a figure of the same unit
and none of the figures is the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from assistant.force import differ
from assistant.retrieval import Found
from assistant.schema import DifferenceKind, Evidence

CLOSE = 0.62
"""Cosine of two notes that speak of the same thing; below it, different words mean little."""
DEPTH, MOST = 8, 2
NORMS = frozenset({"requirement", "recommendation", "definition"})
"""What a note must stand as to be held against another: what one study found is no rule."""


def possible_differences(
    notes: Sequence[Evidence], found: Found
) -> tuple[tuple[DifferenceKind, str, str], ...]:
    """Pairs of notes that may differ: the kind and both note ids, the best evidence first."""
    pairs: list[tuple[DifferenceKind, str, str]] = []
    used: set[str] = set()
    for one, other in combinations(notes[:DEPTH], 2):
        if not _comparable(one, other, found) or used & {one.evidence_id, other.evidence_id}:
            continue
        kind = differ(one.text, other.text)
        if kind is not None:
            pairs.append((kind, one.evidence_id, other.evidence_id))
            used |= {one.evidence_id, other.evidence_id}
    return tuple(pairs[:MOST])


def _comparable(one: Evidence, other: Evidence, found: Found) -> bool:
    return (
        one.source_id != other.source_id
        and {one.stands_as, other.stands_as} <= NORMS
        and bool(set(one.topics) & set(other.topics))
        and found.closeness(one, other) >= CLOSE
    )
