"""``library check --currency``: what is due for review, superseded or retracted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from assistant.cli.added import opened_documents, shelf_of
from assistant.cli.options import library_of, settings_of
from assistant.cli.output import note, put, put_json, wrapped
from assistant.errors import UsageError

if TYPE_CHECKING:
    from assistant.corpus import Library
    from assistant.documents.currency import Due
    from assistant.documents.records import Document
    from assistant.documents.retractions import RetractionList, Standing

OVERDUE = frozenset({"retracted", "review-due", "check-due"})
"""Reasons for which the check ends with 1."""
REASON_WORDS = {
    "retracted": "Retracted",
    "superseded": "Superseded",
    "review-due": "Past the review date",
    "check-due": "Not checked for long",
    "review-soon": "Review comes near",
}


def day_of(value: str | None) -> dt.date:
    """The day that was given, or today.

    Raises:
        UsageError: there is no such day.
    """
    if value is None:
        return dt.date.today()
    try:
        return dt.date.fromisoformat(value.strip())
    except ValueError as error:
        raise UsageError(f"“{value}” is no day.", "Write it as 2027-03-31.") from error


def check_currency(
    ctx: typer.Context, retractions: Path | None, today: str | None, mark: bool, as_json: bool
) -> None:
    """Print what is due; ends with 1 when anything is overdue or retracted."""
    from assistant.documents.currency import due

    day = day_of(today)
    if mark and retractions is None:
        raise UsageError("--mark needs a list of retractions.", "Add --retractions FILE.")
    settings = settings_of(ctx)
    library = library_of(ctx)
    with opened_documents(settings) as store:
        documents = store.documents() if store else ()
    looked = _looked_up(retractions, library, documents)
    marked: list[str] = []
    if looked and mark:
        marked = _to_mark(looked[1], documents)
        if marked:
            with shelf_of(settings) as shelf:
                for document_id in marked:
                    shelf.edit(document_id, {"retracted": looked[1][document_id].words})
                documents = shelf.store.documents()
    entries = list(due(library.sources.values(), library.briefs.values(), documents, day))
    notices: list[str] = []
    if looked:
        entries, notices = _with_retractions(entries, looked[1], library, documents)
    overdue = [entry for entry in entries if entry.reason in OVERDUE]
    if as_json:
        put_json(
            {
                "ok": not overdue,
                "today": day.isoformat(),
                "due": [entry.model_dump(mode="json") for entry in entries],
                "retractions": looked[0].model_dump(mode="json") if looked else None,
                "notices": notices,
                "marked": marked,
            }
        )
    else:
        _print(entries, notices, marked)
        if looked:
            _say_list(looked[0], library, documents)
    if overdue:
        raise typer.Exit(1)


# ---------------------------------------------------------------- retractions


def _looked_up(
    path: Path | None, library: Library, documents: Sequence[Document]
) -> tuple[RetractionList, dict[str, Standing]] | None:
    if path is None:
        return None
    from assistant.documents.retractions import ToCheck, read_retractions, retractions_for

    note("The list of retractions is being read.")
    listed = read_retractions(path)
    wanted = [ToCheck(id=d.id, doi=d.details.doi, pmid=d.details.pmid) for d in documents]
    wanted += [ToCheck(id=s.id, doi=s.doi) for s in library.sources.values() if s.doi]
    return listed, retractions_for(listed, wanted)


def _to_mark(found: dict[str, Standing], documents: Sequence[Document]) -> list[str]:
    return [
        document.id
        for document in documents
        if document.id in found
        and found[document.id].retracted
        and found[document.id].words != document.details.retracted
    ]


def _with_retractions(
    entries: Sequence[Due],
    found: dict[str, Standing],
    library: Library,
    documents: Sequence[Document],
) -> tuple[list[Due], list[str]]:
    """The entries with those of the list in front, and what else the list says, in words."""
    from assistant.documents.currency import Due

    added = {document.id: document for document in documents}
    known = {entry.id for entry in entries if entry.reason == "retracted"}
    news: list[Due] = []
    notices: list[str] = []
    for key, standing in found.items():
        document, source = added.get(key), library.sources.get(key)
        title = document.details.title if document else (source.title if source else key)
        if not standing.retracted:
            notices.append(f"{key} ({title}): {standing.words}")
        elif key not in known:
            advice = " To mark it: --mark" if document else " Mark it so in its source file."
            news.append(
                Due(
                    what="document" if document else "source",
                    id=key,
                    title=title,
                    reason="retracted",
                    date=standing.notice.date,
                    message=f"{standing.words}.{advice}",
                )
            )
    replaced = {entry.id for entry in news}
    return [*news, *(entry for entry in entries if entry.id not in replaced)], notices


# ---------------------------------------------------------------- printing


def _print(entries: Sequence[Due], notices: Sequence[str], marked: Sequence[str]) -> None:
    for reason, words in REASON_WORDS.items():
        own = [entry for entry in entries if entry.reason == reason]
        if own:
            put(f"{words}:")
        for entry in own:
            put(wrapped(f"{entry.what} {entry.id}: {entry.title}", "  ", "    "))
            put(wrapped(entry.message, "    "))
    for notice in notices:
        put(wrapped(f"note: {notice}", "", "  "))
    for document_id in marked:
        put(f"{document_id} was marked as retracted.")
    if not entries:
        put("Nothing is due.")
    else:
        overdue = sum(entry.reason in OVERDUE for entry in entries)
        put(f"{len(entries):,} listed, {overdue:,} of them overdue or retracted.")


def _say_list(listed: RetractionList, library: Library, documents: Sequence[Document]) -> None:
    note(f"The list holds {listed.notices:,} notices, the newest of {listed.as_of:%Y-%m-%d}.")
    for fault in listed.faults[:5]:
        note(f"  {fault}")
    if listed.faulty:
        note(f"{listed.faulty:,} of its rows could not be used.")
    bare = [d for d in documents if not d.details.doi and not d.details.pmid]
    if bare:
        note(f"{len(bare):,} added documents have no DOI or PubMed number to look up.")
