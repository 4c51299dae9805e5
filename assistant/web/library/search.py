"""Finds sources of the library by their words, and says why each was found.

Every word that is typed must stand somewhere: in the title, among the authors, in what it is known
as, in its topics or in its notes. Words are compared by their stems and without accents; the last
one may be unfinished. What is costly is worked out once for a library.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from typing import Any, Literal, get_args

from assistant.indexing.lexical import STOP_WORDS
from assistant.presentation.pages import Library
from assistant.presentation.words import STRENGTH_ORDER, strength
from assistant.schema import Filters, Note, Source

Sort = Literal["best", "newest", "strongest", "title"]
SORTS: tuple[Sort, ...] = get_args(Sort)
Field = Literal["title", "known_as", "author", "published", "id", "topic", "note"]
WEIGHTS: dict[Field, float] = {
    "title": 8.0,
    "known_as": 8.0,
    "author": 6.0,
    "published": 3.0,
    "id": 3.0,
    "topic": 3.0,
    "note": 1.0,
}
"""How much a word counts by where it stands."""
MORE_NOTES = 4
"""Notes beyond the first that hold a word and still raise a source, by half each."""
SHORTEST_START = 3
"""Letters from which the last word typed may be the start of one."""
_WORD = re.compile(r"[^\W_]+")
_OWNED = re.compile(r"['’]s\b")


@dataclass(frozen=True)
class Found:
    """A source, and why it was found.

    Attributes:
        source: that was found.
        fields: where the words stand, strongest first; empty where nothing was searched for.
        notes: its notes that hold most of the words, best first.
    """

    source: Source
    fields: tuple[Field, ...] = ()
    notes: tuple[Note, ...] = ()


def words_of(text: str) -> tuple[str, ...]:
    """The words of what somebody typed, at most twenty. Words that stand everywhere are passed
    over, unless nothing else was typed."""
    words = tuple(_folded(word) for word in _WORD.findall(_OWNED.sub("", text)))
    return (tuple(word for word in words if word not in STOP_WORDS) or words)[:20]


class Finder:
    """Searches one library. It can be shared: it keeps nothing of what was searched for."""

    def __init__(self, library: Library) -> None:
        self.library = library

    def find(self, typed: str, fits: Callable[[Source], bool], sort: Sort = "best") -> list[Found]:
        """Sources that hold every word typed, in the order asked for.

        Args:
            typed: words; without any, everything that fits is found.
            fits: what a source must be besides.
            sort: "best" puts titles and authors before notes, and is "newest" without words.
        """
        words = words_of(typed)
        if not words:
            found = [Found(source) for source in self.library.sources.values() if fits(source)]
            return _sorted(found, {}, sort)
        held: list[Found] = []
        scores: dict[str, float] = {}
        wanted = _wanted(words)
        for source in self.library.sources.values():
            score = self._score(source.id, wanted) if fits(source) else 0.0
            if score:
                scores[source.id] = score
                held.append(self._why(source, wanted))
        return _sorted(held, scores, sort)

    def _score(self, source_id: str, wanted: Sequence[Callable[[str], bool]]) -> float:
        """How well a source holds the words; 0 where one of them is nowhere."""
        tokens, total = self._tokens[source_id], 0.0
        for holds in wanted:
            weights = [weight for token, weight in tokens.items() if holds(token)]
            if not weights:
                return 0.0
            total += max(weights)
        return total

    def _why(self, source: Source, wanted: Sequence[Callable[[str], bool]]) -> Found:
        fields = [
            name
            for name, texts in _fields(source, self.library.topics).items()
            if any(_holds_any(text, wanted) for text in texts)
        ]
        counted = [(_count(note.text, wanted), note) for note in source.notes]
        best = sorted((row for row in counted if row[0]), key=lambda row: -row[0])
        return Found(source, tuple(fields), tuple(note for _, note in best))

    @cached_property
    def _tokens(self) -> dict[str, dict[str, float]]:
        """Stems of each source with the weight of the best place that each stands in."""
        return {
            source.id: _weighted(_fields(source, self.library.topics))
            for source in self.library.sources.values()
        }


def nearest(evidence_sources: Iterable[tuple[str, str]], library: Library) -> list[Found]:
    """Sources of notes that a search by meaning found, each once, with those notes.

    Args:
        evidence_sources: ids of source and note, best first.
        library: that holds them.
    """
    notes: dict[str, list[Note]] = {}
    for source_id, note_id in evidence_sources:
        if source_id in library.sources and note_id in library.notes:
            notes.setdefault(source_id, []).append(library.notes[note_id])
    return [Found(library.sources[one], (), tuple(held)) for one, held in notes.items()]


def spans(text: str, typed: str) -> list[tuple[int, int]]:
    """Where words that were typed stand in a text: start and end, in order."""
    wanted = _wanted(words_of(typed))
    return [
        match.span()
        for match in _WORD.finditer(text)
        if any(holds(form) for holds in wanted for form in _forms(_folded(match.group())))
    ]


def fits_filters(source: Source, filters: Filters | None) -> bool:
    """Whether a source is what the choices of the form ask for."""
    if filters is None:
        return True
    topics = {topic for note in source.notes for topic in note.topics}
    return (
        (not filters.jurisdiction or source.jurisdiction in filters.jurisdiction)
        and (not filters.kind or source.kind in filters.kind)
        and (not filters.topic or bool(topics & set(filters.topic)))
        and (not filters.setting or bool({*source.settings} & {*filters.setting, "any"}))
        and (filters.year_from is None or (source.year or 0) >= filters.year_from)
    )


def _fields(source: Source, topics: Mapping[str, str]) -> dict[Field, tuple[str, ...]]:
    about = dict.fromkeys(topic for note in source.notes for topic in note.topics)
    return {
        "title": (source.title,),
        "known_as": source.known_as,
        "author": source.authors,
        "published": (source.published_in or "", str(source.year or "")),
        "id": (source.id,),
        "topic": tuple(f"{topic} {topics.get(topic, '')}" for topic in about),
        "note": tuple(note.text for note in source.notes),
    }


def _weighted(fields: Mapping[Field, tuple[str, ...]]) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, texts in fields.items():
        if name == "note":
            continue
        for token in {token for text in texts for token in _stems(text)}:
            found[token] = max(found.get(token, 0.0), WEIGHTS[name])
    holding: dict[str, int] = {}
    for text in fields["note"]:
        for token in set(_stems(text)):
            holding[token] = holding.get(token, 0) + 1
    for token, count in holding.items():
        raised = WEIGHTS["note"] + 0.5 * min(count - 1, MORE_NOTES)
        found[token] = max(found.get(token, 0.0), raised)
    return found


def _wanted(words: Sequence[str]) -> list[Callable[[str], bool]]:
    """What tells of a stem whether it is that of each word."""
    tests: list[Callable[[str], bool]] = [_stem(word).__eq__ for word in words]
    if words and len(words[-1]) >= SHORTEST_START:
        tests[-1] = partial(_begins, _stem(words[-1]), words[-1])
    return tests


def _begins(stem: str, start: str, token: str) -> bool:
    return token == stem or token.startswith(start)


def _holds_any(text: str, wanted: Sequence[Callable[[str], bool]]) -> bool:
    return _count(text, wanted) > 0


def _count(text: str, wanted: Sequence[Callable[[str], bool]]) -> int:
    """How many of the words stand in a text."""
    stems = set(_stems(text))
    return sum(any(holds(token) for token in stems) for holds in wanted)


def _sorted(found: list[Found], scores: Mapping[str, float], sort: Sort) -> list[Found]:
    def newest(one: Found) -> tuple[object, ...]:
        return (-(one.source.year or 0), one.source.title.lower())

    keys: dict[Sort, Callable[[Found], tuple[Any, ...]]] = {
        "best": lambda one: (-scores.get(one.source.id, 0.0), *newest(one)),
        "newest": newest,
        "strongest": lambda one: (STRENGTH_ORDER.index(strength(one.source.kind)), *newest(one)),
        "title": lambda one: (one.source.title.lower().lstrip("“‘'\""),),
    }
    return sorted(found, key=keys[sort])


def _stems(text: str) -> list[str]:
    """The words of a text in the forms that they are compared in."""
    words = (_folded(word) for word in _WORD.findall(_OWNED.sub("", text)))
    return [form for word in words for form in _forms(word)]


def _forms(word: str) -> tuple[str, ...]:
    """A word's stem, and the word itself for one that is not typed to its end."""
    stem = _stem(word)
    return (stem,) if stem == word else (stem, word)


def _folded(word: str) -> str:
    plain = unicodedata.normalize("NFKD", word.casefold())
    return "".join(c for c in plain if not unicodedata.combining(c))


@lru_cache(maxsize=50_000)
def _stem(word: str) -> str:
    return str(_stemmer().stemWord(word))


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    import Stemmer

    return Stemmer.Stemmer("english")
