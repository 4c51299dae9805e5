"""Finds where two sources on one topic may differ in force or in number.

It compares words, so what it finds is shown as possible. Two notes are compared when they lie close
to one another, share a topic and come from different sources. Force: of one action, one says
"must", the other "should" or "may", or one forbids what the other allows. Number: both give a
figure of the same unit and none of the figures is the same.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations

from assistant.force import actions_of, differ
from assistant.indexing import lexical
from assistant.retrieval import Found
from assistant.schema import DifferenceKind, Evidence
from assistant.text import sentences

CLOSE = 0.62
"""Cosine of two notes that speak of the same thing; below it, different words mean little."""
DEPTH, MOST = 8, 2
NORMS = frozenset({"requirement", "recommendation", "definition"})
"""What a note must stand as to be held against another: what one study found is no rule."""
COMMON = frozenset(
    lexical.tokens(
        "peer peers support supporter worker workers work working staff person people individual"
        " service services trust trusts employer employers team england english national guidance"
        " policy policies local health mental care must should shall may could need needs required"
        " says said every each within least more than time minute minutes hour hours day days week"
        " weeks month months year years when where which they them their from have been before"
        " after about other others with that this what whether also only first"
    )
)
"""Stems that stand in nearly every rule of a peer service, and tell nothing of what it is about."""


def possible_differences(
    notes: Sequence[Evidence], found: Found
) -> tuple[tuple[DifferenceKind, str, str], ...]:
    """Pairs of notes that may differ: the kind and both note ids, the best evidence first."""
    pairs: list[tuple[DifferenceKind, str, str]] = []
    used: set[str] = set()
    for one, other in combinations(notes[:DEPTH], 2):
        if not _comparable(one, other, found) or used & {one.evidence_id, other.evidence_id}:
            continue
        kind = _kind(one.text, other.text)
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


def _kind(one: str, other: str) -> DifferenceKind | None:
    kind = differ(one, other)
    if kind != "force":
        return kind
    pairs = ((one[a:b], other[c:d]) for a, b in sentences(one) for c, d in sentences(other))
    return "force" if any(forces_differ(*pair) for pair in pairs) else None


def forces_differ(one: str, other: str) -> bool:
    """Whether one sentence demands or forbids what the other leaves more free, or the reverse."""
    a, b = actions_of(one), actions_of(other)
    pairs = [
        (force, another)
        for force, words in a.items()
        for another, others in b.items()
        if content(" ".join(words)) & content(" ".join(others))
    ]
    same = any(force == another for force, another in pairs)
    return not same and any({force, another} & {"must", "forbid"} for force, another in pairs)


def content(text: str) -> frozenset[str]:
    """The stems of a text that tell what it is about."""
    stems = {token for token in lexical.tokens(text) if re.fullmatch(r"[a-z]{4,}", token)}
    return frozenset(stems - COMMON)
