"""Finds where two sources on one topic may differ in force or in number.

It compares words, so what it finds is shown as possible. Two notes are compared when they lie close
to one another, share a topic and come from different sources. Force: one says "must", the other
"should" or "may", or one forbids what the other allows. Number: both give a figure of the same unit
and none of the figures is the same.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations

from assistant.retrieval import Found
from assistant.schema import DifferenceKind, Evidence

CLOSE = 0.62
"""Cosine of two notes that speak of the same thing; below it, different words mean little."""
DEPTH, MOST = 8, 2
NORMS = frozenset({"requirement", "recommendation", "definition"})
"""What a note must stand as to be held against another: what one study found is no rule."""

_MUST = re.compile(r"\b(?:must|shall|required?|requires|has to|have to|duty|mandatory)\b")
_MUST_NOT = re.compile(
    r"\b(?:must not|may not|cannot|can not|never|not (?:be )?(?:allowed|permitted)|forbids?|"
    r"prohibit(?:s|ed)?|should not|shouldn't)\b"
)
_SHOULD = re.compile(r"\b(?:should|recommends?|recommended|advises?|expects?|ought)\b")
_MAY = re.compile(r"\b(?:may|can|could|might|optional|free to|allows?|permits?)\b")
_NUMBER = re.compile(
    r"(?P<n>\d+(?:[.,]\d+)?|one|two|three|four|five|six|seven|eight|nine|ten|twelve)"
    r"(?:-| )?(?P<unit>hours?|days?|weeks?|months?|years?|per cent|%|people|sessions?|bands?)(?!\w)"
    r"|(?P<band>band) (?P<level>\d)"
)
_SPELT = "one two three four five six seven eight nine ten".split()
_WORDS = {word: number for number, word in enumerate(_SPELT, 1)}


def force_of(text: str) -> str:
    """The strongest force that a text has: forbid, must, should, may or nothing."""
    lowered = text.lower()
    for name, pattern in (
        ("forbid", _MUST_NOT),
        ("must", _MUST),
        ("should", _SHOULD),
        ("may", _MAY),
    ):
        if pattern.search(lowered):
            return name
    return ""


def figures_of(text: str) -> dict[str, frozenset[str]]:
    """Figures by unit."""
    found: dict[str, set[str]] = {}
    for match in _NUMBER.finditer(text.lower()):
        if match["band"]:
            found.setdefault("band", set()).add(match["level"])
            continue
        unit = "per cent" if match["unit"] == "%" else match["unit"].rstrip("s")
        number = str(_WORDS.get(match["n"], match["n"]))
        found.setdefault(unit, set()).add(number)
    return {unit: frozenset(numbers) for unit, numbers in found.items()}


def differ(one: str, other: str) -> DifferenceKind | None:
    """How two texts on the same thing may differ; None where nothing shows it."""
    forces = {force_of(one), force_of(other)}
    if len(forces) == 2 and "" not in forces and forces & {"must", "forbid"}:
        return "force"
    a, b = figures_of(one), figures_of(other)
    shared = [unit for unit in a if unit in b]
    # Years date a source and people count a sample: neither is what two sources differ in.
    if any(not a[unit] & b[unit] for unit in shared if unit not in {"year", "people", "per cent"}):
        return "number"
    return None


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
