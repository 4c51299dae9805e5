"""Counts what a library holds: the numbers behind ``library stats`` and the page's figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from assistant.corpus import Library
from assistant.readings import Readings
from assistant.schema import Note, Source


class Holdings(Protocol):
    """Sources, and the notes that were taken from them."""

    @property
    def sources(self) -> Mapping[str, Source]:
        """Sources by id."""

    @property
    def notes(self) -> Mapping[str, Note]:
        """Notes by id."""

    @property
    def note_source(self) -> Mapping[str, Source]:
        """The source of each note, by the id of the note."""


def counts(library: Library, readings: Readings) -> dict[str, Any]:
    """The numbers of ``library stats``: how much there is, and ``tallies`` with the verdicts of
    second readings. ``documents`` and ``passages`` are those that somebody added: none, until the
    caller says so."""
    return {
        "library_version": library.version,
        "sources": len(library.sources),
        "notes": len(library.notes),
        "briefs": len(library.briefs),
        "contested": len(library.contested),
        "documents": 0,
        "passages": 0,
        "asks": sum(len(held.asks) for held in library.notes.values()),
        "unread_notes": len(readings.unread(library)),
        "not_reached_notes": len(readings.not_reached(library)),
        **tallies(library),
        "by_verdict": dict(readings.verdicts(library).most_common()),
    }


def tallies(library: Holdings) -> dict[str, dict[str, int]]:
    """How many there are of each sort.

    ``by_kind``, ``by_country``, ``by_year``, ``by_who_speaks`` and ``by_status`` count sources,
    ``by_topic``, ``by_basis`` and ``by_stands_as`` notes. The most frequent comes first; years are
    in order, with "undated" last.
    """
    sources, notes = library.sources.values(), library.notes.items()
    years = Counter(str(source.year or "undated") for source in sources)
    return {
        "by_kind": counted(source.kind for source in sources),
        "by_country": counted(source.jurisdiction for source in sources),
        "by_year": dict(sorted(years.items())),
        "by_topic": counted(topic for _, held in notes for topic in held.topics),
        "by_basis": counted(
            held.basis or library.note_source[note_id].basis for note_id, held in notes
        ),
        "by_who_speaks": counted(source.who_speaks for source in sources),
        "by_status": counted(source.status for source in sources),
        "by_stands_as": counted(held.stands_as for _, held in notes),
    }


def counted(values: Iterable[str]) -> dict[str, int]:
    """How often each value stands there, the most frequent first."""
    found = Counter(values)
    return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))
