"""``library stats``: counts what the library holds, bundled and added."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from assistant.cli.added import opened_documents
from assistant.cli.documents import status_today
from assistant.cli.options import JsonOption, library_of, settings_of
from assistant.cli.output import put, put_json

if TYPE_CHECKING:
    from assistant.settings import Settings


def add_to(group: typer.Typer) -> None:
    """Put the command of this module into the group ``library``."""
    group.command("stats", epilog="Example: peer-support library stats --json")(stats)


def stats(ctx: typer.Context, as_json: JsonOption = False) -> None:
    """Count what the library holds.

    Kind, country, year, who speaks and status count sources; topic, basis and what it stands as
    count notes; documents and passages are those that were added.
    """
    from assistant.counting import counts
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


def _added_counts(settings: Settings) -> dict[str, Any]:
    """The numbers of added documents; their collections and statuses are counted apart from those
    of sources."""
    from assistant.counting import counted

    with opened_documents(settings) as store:
        if store is None:
            return {"documents_by_collection": {}, "documents_by_status": {}}
        documents = store.documents()
        count, passages = store.counts()
    return {
        "documents": count,
        "passages": passages,
        "documents_by_collection": counted(document.collection for document in documents),
        "documents_by_status": counted(status_today(document) for document in documents),
    }
