"""Words of force (must, should, may, must not), what they are said of, and figures, as they stand
in a text.

They tell whether two texts on one thing may differ; what may be said of that is for others.
"""

from __future__ import annotations

import re

from assistant.schema import DifferenceKind

_MUST = re.compile(r"\b(?:must|shall|required?|requires|has to|have to|duty|mandatory)\b")
_MUST_NOT = re.compile(
    r"\b(?:must not|may not|cannot|can not|never|not (?:be )?(?:allowed|permitted)|forbids?|"
    r"prohibit(?:s|ed)?|should not|shouldn't)\b"
    r"|\b(?:nothing|nobody|no one|none)(?: \w+){0,3} (?:may|can|must|should)\b"
)
_SHOULD = re.compile(r"\b(?:should|recommends?|recommended|advises?|expects?|ought)\b")
_MAY = re.compile(r"\b(?:may|can|could|might|optional|free to|allows?|permits?)\b")
_NUMBER = re.compile(
    r"(?P<n>\d+(?:[.,]\d+)?|one|two|three|four|five|six|seven|eight|nine|ten|twelve)"
    r"(?:-| )?(?P<unit>hours?|days?|weeks?|months?|years?|per cent|%|people|sessions?|bands?)(?!\w)"
    r"|(?P<band>band) (?P<level>\d)"
)
_MODAL = re.compile(
    r"(?P<forbid>\b(?:must|may|shall|should|can) ?not\b|\bcannot\b|\bshouldn't\b|\bmust never\b|"
    r"\b(?:not|never) (?:be )?(?:allowed|permitted) to\b|"
    r"\b(?:nothing|nobody|no one|none)(?: \w+){0,3} (?:may|can|must|should)\b)"
    r"|(?P<must>\b(?:must|shall|(?:is|are) required to|has to|have to|(?:has|have) a duty to)\b)"
    r"|(?P<should>\b(?:should|ought to)\b(?! be able))"
    r"|(?P<may>\b(?:may|can|could|(?:need|do|does) not (?:need|have) to|need not|"
    r"(?:is|are) (?:free|allowed|permitted) to)\b)"
)
_ACTION_WORDS = 5
"""Words after a word of force among which the action stands that it is said of."""
_EMPTY_ACTION = frozenset(
    "be been have has had do does it the a an to and or not never then always also only ever in on"
    " of for with at by from as any all their its his her".split()
)
_AMOUNT = (
    r"(?P<n>\d+(?:[.,]\d+)?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|"
    r"twenty|thirty|forty|fifty|sixty|ninety|a hundred|(?:(?<=within )|(?<=after )|(?<=for ))an?)"
)
_SPAN = re.compile(
    r"(?P<every>\b(?:every|each|per|once (?:a|every)) )?(?:\b"
    + _AMOUNT
    + r"[- ])?(?:calendar |working |clear )?(?P<unit>minute|hour|day|week|month|year)s?\b"
)
_OFTEN = {"daily": 1, "weekly": 7, "fortnightly": 14, "monthly": 30, "quarterly": 91, "annual": 365}
_OFTEN |= {"annually": 365, "yearly": 365}
_MONEY = re.compile(r"£ ?(?P<pounds>\d[\d,]*(?:\.\d+)?)|\b" + _AMOUNT + r" pounds\b")
_DAYS = {"minute": 1 / 1440, "hour": 1 / 24, "day": 1, "week": 7, "month": 30.4, "year": 365}
_SCALE = {"minute": "hours", "hour": "hours", "day": "days", "week": "days", "month": "days"}
_SAME_WITHIN = 0.05
"""Share by which two spans may differ and count as one: a calendar month and 30 days."""
_SPELT = "one two three four five six seven eight nine ten".split()
_WORDS = {word: number for number, word in enumerate(_SPELT, 1)}
_LARGE = {"a": 1, "an": 1, "a hundred": 100, "twelve": 12, "fifteen": 15, "twenty": 20}
_LARGE |= {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90}


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


def actions_of(text: str) -> dict[str, frozenset[str]]:
    """What a text forbids, demands, advises or allows: for each force, the words that stand right
    after its word, in lower case, without those that name no action."""
    found: dict[str, set[str]] = {}
    lowered = text.lower()
    for match in _MODAL.finditer(lowered):
        words = re.findall(r"[a-z]+|[.;:!?]", lowered[match.end() :])[:_ACTION_WORDS]
        ends = [n for n, word in enumerate(words) if not word.isalpha()]
        kept = [w for w in words[: ends[0] if ends else None] if w not in _EMPTY_ACTION]
        found.setdefault(match.lastgroup or "", set()).update(kept)
    return {force: frozenset(words) for force, words in found.items()}


def measures_of(text: str) -> dict[str, frozenset[float]]:
    """Figures that rules are made of, by what they measure: how often something is done ("every",
    in days), spans of hours, days (weeks and months too) and years, each in days, and pounds."""
    found: dict[str, set[float]] = {}
    lowered = text.lower()
    for match in _SPAN.finditer(lowered):
        unit, amount = match["unit"], match["n"]
        if amount is None and not match["every"]:
            continue
        days = _amount(amount or "one") * _DAYS[unit]
        kind = "every" if match["every"] else _SCALE.get(unit, "years")
        found.setdefault(kind, set()).add(days)
    for word, days in _OFTEN.items():
        if re.search(rf"\b{word}\b", lowered):
            found.setdefault("every", set()).add(days)
    for match in _MONEY.finditer(lowered):
        pounds = match["pounds"]
        value = float(pounds.replace(",", "")) if pounds else _amount(match["n"])
        found.setdefault("pounds", set()).add(value)
    return {kind: frozenset(values) for kind, values in found.items()}


def _amount(words: str) -> float:
    if words in _LARGE:
        return float(_LARGE[words])
    return float(_WORDS.get(words) or words.replace(",", "."))


def measures_differ(one: str, other: str) -> bool:
    """True where two texts measure the same thing and no figure of one is about one of the other's;
    years are left out, because most of them date a source."""
    a, b = measures_of(one), measures_of(other)
    return any(
        not any(abs(x - y) <= _SAME_WITHIN * max(x, y) for x in a[kind] for y in b[kind])
        for kind in a.keys() & b.keys() - {"years"}
    )
