"""Finds sources that a question names: by title, by an author's name, or by a short name.

Whoever names a document wants that document. Titles are compared whole, and up to their first colon
or bracket where that is long enough to name one; short names are codes, abbreviations written in
capitals, and what ``known_as`` lists; authors' names count where they are written with a capital,
with a year, or stand nearly alone.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from assistant.corpus import Library, words_of
from assistant.presentation.words import family_name

SHORTEST_TITLE, SHORTEST_HEAD = 4, 6
"""Words of the shortest whole title, and of the shortest first part of one, that may name a source
inside a longer question; a shorter one must be the whole question."""
FEW_WORDS = 5
"""In a question of so few words an author's name needs no capital."""
MANY_SOURCES = 8
"""A name that stands for more sources than this names none of them in particular."""

_MAIN_TITLE = re.compile(r"^(.*?)\s*(?:[:(?]|\. |$)")
_CODE = re.compile(r"\b[A-Z]{1,4}\d{2,5}\b")
_LETTERS = re.compile(r"\b[A-Z]{3,}[a-z]?[A-Z]*\b")
_COMMON = frozenset(
    "NHS UK US USA PSW MH BME LGBT LGBTQ NSW CIC CEO OK AM PM HR IT GP AI DBS CPD FAQ RCT PTSD"
    " PDF HEE NICE CQC SCIE NHSE RCN BPS WHO NIHR BSL LD MHA VA NZ BC A&E CAMHS CMHT ICB ICS"
    " CCG".split()
)
"""Abbreviations that name bodies or everyday things, and so no one document."""
_EVERYDAY_NAMES = frozenset(
    "white young mind brown green black small long day best law rose king wood gray grey may park"
    " bell case page price rich sharp short strong wise moon hope love grant baker cook hill field"
    " ward rice worth burns english scott".split()
)
"""Family names that are words of their own: they need a capital and a year."""


@dataclass(frozen=True)
class Names:
    """Names by which sources are found, each with the ids of the sources that it stands for."""

    titles: Mapping[tuple[str, ...], frozenset[str]]
    heads: Mapping[tuple[str, ...], frozenset[str]]
    short: Mapping[tuple[str, ...], frozenset[str]]
    abbreviations: Mapping[str, frozenset[str]]
    authors: Mapping[str, frozenset[str]]
    bodies: Mapping[tuple[str, ...], frozenset[str]]
    years: Mapping[str, str]

    def sources_named(self, question: str) -> frozenset[str]:
        """Ids of the sources that a question names; empty where it names none."""
        words = words_of(question)
        longest = max(map(len, (*self.titles, *self.short)), default=0)
        runs = _runs(words, longest)
        whole = tuple(words)
        found: set[str] = set()
        for named, least in ((self.titles, SHORTEST_TITLE), (self.heads, SHORTEST_HEAD)):
            for run in runs & named.keys():
                if len(run) >= least or run == whole:
                    found |= named[run]
        for run in runs & self.short.keys():
            found |= self.short[run]
        for word in re.findall(r"\w+", question):
            found |= self.abbreviations.get(word, frozenset())
        if len(found) > MANY_SOURCES:
            found = set()
        found |= self._by_author(question, words)
        if not found and len(words) <= FEW_WORDS:
            found |= self.bodies.get(whole, frozenset())
        return frozenset(found)

    def _by_author(self, question: str, words: list[str]) -> set[str]:
        years = {word for word in words if re.fullmatch(r"(?:19|20)\d\d", word)}
        by_name: list[frozenset[str]] = []
        for name in dict.fromkeys(words):
            sources = self.authors.get(name, frozenset())
            dated = frozenset(s for s in sources if self.years.get(s) in years)
            capital = re.search(rf"\b{name.capitalize()}\b", question) is not None
            if dated:
                by_name.append(dated)
            elif name not in _EVERYDAY_NAMES and (capital or len(words) <= FEW_WORDS) and sources:
                by_name.append(sources)
        if not by_name:
            return set()
        # Two names together mean what both wrote, where there is such a thing.
        both = frozenset.intersection(*by_name)
        return set(both or frozenset.union(*by_name))


def names_of(library: Library) -> Names:
    """The names of every source of a library."""
    titles: dict[tuple[str, ...], set[str]] = defaultdict(set)
    heads: dict[tuple[str, ...], set[str]] = defaultdict(set)
    short: dict[tuple[str, ...], set[str]] = defaultdict(set)
    abbreviations: dict[str, set[str]] = defaultdict(set)
    authors: dict[str, set[str]] = defaultdict(set)
    bodies: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for source in library.sources.values():
        titles[tuple(words_of(source.title))].add(source.id)
        heads[tuple(words_of(_head(source.title)))].add(source.id)
        for code in _codes(source.title):
            short[tuple(words_of(code))].add(source.id)
        for name in source.known_as:
            short[tuple(words_of(name))].add(source.id)
        for letters in _abbreviations(source.title):
            abbreviations[letters].add(source.id)
        for author in source.authors:
            person = family_name(author)
            if person:
                authors[words_of(person)[-1]].add(source.id)
            else:
                bodies[tuple(words_of(author))].add(source.id)
    return Names(
        titles=_frozen(titles.items()),
        heads=_frozen((head, ids) for head, ids in heads.items() if len(head) > 1),
        short=_frozen((name, ids) for name, ids in short.items() if name),
        abbreviations={letters: frozenset(ids) for letters, ids in abbreviations.items()},
        authors={name: frozenset(ids) for name, ids in authors.items()},
        bodies=_frozen((body, ids) for body, ids in bodies.items() if body),
        years={s.id: str(s.year) for s in library.sources.values() if s.year},
    )


def _head(title: str) -> str:
    """What stands before the first colon, question mark or bracket of a title."""
    match = _MAIN_TITLE.match(title)
    return match.group(1) if match else title


def _codes(title: str) -> set[str]:
    """Codes with a figure in them, such as NG225: they name one document in any case of letters."""
    return {m.group() for m in _CODE.finditer(title)}


def _abbreviations(title: str) -> set[str]:
    return {m.group() for m in _LETTERS.finditer(title) if m.group() not in _COMMON}


def _runs(words: list[str], longest: int) -> set[tuple[str, ...]]:
    return {
        tuple(words[start:end])
        for start in range(len(words))
        for end in range(start + 1, min(len(words), start + longest) + 1)
    }


def _frozen(
    pairs: Iterable[tuple[tuple[str, ...], set[str]]],
) -> dict[tuple[str, ...], frozenset[str]]:
    return {name: frozenset(ids) for name, ids in pairs}
