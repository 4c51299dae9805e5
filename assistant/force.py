"""Words of force (must, should, may, must not) and figures, as they stand in a text.

They tell whether two texts on one thing may differ; what may be said of that is for others.
"""

from __future__ import annotations

import re

from assistant.schema import DifferenceKind

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
