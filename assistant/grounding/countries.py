"""Countries and nations of a claim are those of its evidence."""

from __future__ import annotations

import re

from assistant.grounding.findings import Case, Finding

PLACES: dict[str, str] = {
    "England": r"\bEngland\b|\bEnglish\b(?! (?:language|speaker|speaking|class|course|lesson))",
    "Scotland": r"\bScotland\b|\bScottish\b|\bScots\b",
    "Wales": r"\bWales\b|\bWelsh\b",
    "Northern Ireland": r"\bNorthern Ireland\b|\bNorthern Irish\b",
    "UK": r"\bUK\b|\bU\.K\.|\bUnited Kingdom\b|\bBritain\b|\bBritish\b(?! Columbia| Sign)",
    "USA": r"\bUSA?\b|\bU\.S\.(?:A\.)?|\bUnited States\b|\bAmerica(?:n|ns|'s)?\b",
    "Australia": r"\bAustralian?s?\b|\bNew South Wales\b|\bNSW\b|\bVictorian?\b|\bQueensland\b"
    r"|\bTasmania\b",
    "New Zealand": r"\bNew Zealand(?:er)?s?\b|\bAotearoa\b|\bM[āa]ori\b|\bTe Pou\b",
    "Canada": r"\bCanad(?:a|ian)s?\b|\bBritish Columbia\b|\bOntario\b|\bQu[eé]bec\b|\bAlberta\b",
    "Ireland": r"(?<!Northern )\bIreland\b|(?<!Northern )\bIrish\b",
    "Netherlands": r"\bNetherlands\b|\bDutch\b|\bHolland\b",
    "Germany": r"\bGerman(?:y|s)?\b",
    "France": r"\bFrance\b|\bFrench\b",
    "Norway": r"\bNorw(?:ay|egian)s?\b",
    "Sweden": r"\bSwed(?:en|ish)\b",
    "Denmark": r"\bDenmark\b|\bDanish\b",
    "Finland": r"\bFinland\b|\bFinnish\b",
    "Switzerland": r"\bSwitzerland\b|\bSwiss\b",
    "Austria": r"\bAustrian?\b",
    "Belgium": r"\bBelgi(?:um|an)\b",
    "Italy": r"\bItal(?:y|ian)\b",
    "Spain": r"\bSpain\b|\bSpanish\b",
    "Portugal": r"\bPortug(?:al|uese)\b",
    "Poland": r"\bPoland\b|\bPolish\b",
    "Israel": r"\bIsraeli?\b",
    "India": r"\bIndian?\b",
    "Japan": r"\bJapan(?:ese)?\b",
    "China": r"\bChin(?:a|ese)\b",
    "Hong Kong": r"\bHong Kong\b",
    "Singapore": r"\bSingapore(?:an)?\b",
    "Czech Republic": r"\bCzech\b",
    "Jersey": r"(?<!New )\bJersey\b",
    "South Africa": r"\bSouth Africa",
    "Uganda": r"\bUganda",
    "Kenya": r"\bKenya",
    "Brazil": r"\bBrazil",
    "Europe": r"\bEurope(?:an)?\b",
}
"""A country or nation and how texts name it."""

_COMPILED = {place: re.compile(pattern) for place, pattern in PLACES.items()}
_PARTS = frozenset(
    "United States Kingdom New Zealand South Northern Great Republic Hong Kong British Columbia"
    " Wales UK's".split()
)
"""Words of the names of countries that name none alone."""
_UK = ("England", "Scotland", "Wales", "Northern Ireland")
_JURISDICTIONS: dict[str, tuple[str, ...]] = {
    "Great Britain": ("UK", "England", "Scotland", "Wales"),
    "England and Wales": ("England", "Wales"),
    "England, Wales and Northern Ireland": ("England", "Wales", "Northern Ireland"),
}
_HOME_WORDS = re.compile(
    r"\bthis country\b|\bnationally\b|\bnationwide\b|\b(?:here|at home) in\b|\bacross the country\b"
)


def places_of(text: str) -> frozenset[str]:
    """The countries and nations that a text names."""
    found = {place for place, pattern in _COMPILED.items() if pattern.search(text)}
    if "New South Wales" in text and not re.search(r"(?<!New South )\bWales\b", text):
        found.discard("Wales")
    return frozenset(found)


def is_place_word(word: str) -> bool:
    """Whether a word with a capital is, or is part of, the name of a country."""
    return bool(places_of(word)) or word in _PARTS


def allowed(case: Case) -> frozenset[str]:
    """The places that a claim may name: of the texts, of their sources, and where they hold."""
    found = set(places_of(case.evidence.raw) | places_of(case.sources.raw))
    for place in case.places:
        found |= set(_JURISDICTIONS.get(place, (place,)))
    if found & set(_UK):
        found.add("UK")
    return frozenset(found)


def check(case: Case) -> list[Finding]:
    """Places that the claim names and its evidence does not."""
    may = allowed(case)
    found = []
    for place in sorted(places_of(case.claim.raw) - may):
        found.append(Finding("country", place))
    home = not case.places or {"England", "UK"} & may
    if (
        not home
        and _HOME_WORDS.search(case.claim.low)
        and not _HOME_WORDS.search(case.evidence.low)
    ):
        found.append(Finding("country", "told as if of here", sure=False))
    return found
