"""``library stats``: counts what the library holds, bundled and added."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import typer

from assistant.cli.added import opened_documents
from assistant.cli.documents import status_today
from assistant.cli.options import JsonOption, library_of, settings_of
from assistant.cli.output import put, put_json

if TYPE_CHECKING:
    from assistant.corpus import Library
    from assistant.readings import Readings
    from assistant.settings import Settings


def add_to(group: typer.Typer) -> None:
    """Put the command of this module into the group ``library``."""
    group.command("stats", epilog="Example: peer-support library stats --json")(stats)


def stats(ctx: typer.Context, as_json: JsonOption = False) -> None:
    """Count what the library holds.

    Kind, country, year, who speaks and status count sources; topic, basis and what it stands as
    count notes; documents and passages are those that were added.
    """
    from assistant.readings import read_readings

    library = library_of(ctx)
    settings = settings_of(ctx)
    data = counts(library, read_readings(settings.corpus)) | _added_counts(settings)
    if as_json:
        put_json(data)
        return
    for name, value in data.items():
        if not isinstance(value, dict):
            put(f"{name.replace('_', ' ')}: {value}")
    for name, value in data.items():
        if isinstance(value, dict) and value:
            put(f"\n{name.replace('_', ' ')}:")
            put("\n".join(f"{count:>7,}  {key}" for key, count in value.items()))


def counts(library: Library, readings: Readings) -> dict[str, Any]:
    """The numbers of ``library stats``."""
    sources, notes = library.sources.values(), library.notes.items()
    return {
        "library_version": library.version,
        "sources": len(sources),
        "notes": len(notes),
        "briefs": len(library.briefs),
        "contested": len(library.contested),
        "documents": 0,
        "passages": 0,
        "asks": sum(len(held.asks) for _, held in notes),
        "unread_notes": len(readings.unread(library)),
        "not_reached_notes": len(readings.not_reached(library)),
        "by_kind": _counted(source.kind for source in sources),
        "by_country": _counted(source.jurisdiction for source in sources),
        "by_year": dict(
            sorted(Counter(str(source.year or "undated") for source in sources).items())
        ),
        "by_topic": _counted(topic for _, held in notes for topic in held.topics),
        "by_basis": _counted(
            held.basis or library.note_source[note_id].basis for note_id, held in notes
        ),
        "by_who_speaks": _counted(source.who_speaks for source in sources),
        "by_status": _counted(source.status for source in sources),
        "by_stands_as": _counted(held.stands_as for _, held in notes),
        "by_verdict": dict(readings.verdicts(library).most_common()),
    }


def _added_counts(settings: Settings) -> dict[str, Any]:
    """The numbers of added documents; their collections and statuses are counted apart from those
    of sources."""
    with opened_documents(settings) as store:
        if store is None:
            return {"documents_by_collection": {}, "documents_by_status": {}}
        documents = store.documents()
        count, passages = store.counts()
    return {
        "documents": count,
        "passages": passages,
        "documents_by_collection": _counted(document.collection for document in documents),
        "documents_by_status": _counted(status_today(document) for document in documents),
    }


def _counted(values: Iterable[str]) -> dict[str, int]:
    """How often each value stands there, the most frequent first."""
    found = Counter(values)
    return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))
