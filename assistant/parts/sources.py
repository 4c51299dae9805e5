"""Shows one source: a record of the library with its notes, or an added document at a place."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from assistant.assembly import Assistant
from assistant.corpus import Library
from assistant.documents.currency import status_of
from assistant.documents.records import Document, Passage
from assistant.documents.store import DocumentStore
from assistant.errors import ConfigurationError, UsageError
from assistant.parts.filters import nearest
from assistant.parts.records import DocumentFacts, Heading, Shown, ShownDocument, SourceInput

MOST_PASSAGES = 20
_PASSAGE_ID = re.compile(r"(?P<document>[a-z0-9-]+):(?P<span>[0-9]{1,9}-[0-9]{1,9})")


class NotHereError(UsageError):
    """There is no source under the id that was given."""


def shown(assistant: Assistant, call: SourceInput) -> Shown:
    """The source that is asked for. Ids of joined records are followed.

    Raises:
        NotHereError: there is none; names the nearest.
        UsageError: a place was asked for where there is none.
        ConfigurationError: the added documents cannot be read.
    """
    wanted = call.source_id.strip()
    current = _in_library(assistant.library, wanted)
    if current is not None:
        if call.span is not None or call.page is not None:
            raise UsageError(
                "Sources of the bundled library have no places; only added documents do.",
                "Leave “span” and “page” out.",
            )
        moved = wanted if wanted not in _ids(assistant.library) else None
        return Shown(source=assistant.library.sources[current], moved_from=moved)
    return Shown(document=_document(assistant, wanted, call))


def _ids(library: Library) -> set[str]:
    return {*library.sources, *library.notes}


def _in_library(library: Library, wanted: str) -> str | None:
    """The id of the source that a source's or a note's id stands for today."""
    note = wanted if wanted in library.notes else library.current_note_id(wanted)
    if note is not None:
        return library.note_source[note].id
    seen: set[str] = set()
    found: str | None = wanted
    while found is not None and found not in library.sources and found not in seen:
        seen.add(found)
        found = library.data.merged_sources.get(found)
    return found if found in library.sources else None


def _document(assistant: Assistant, wanted: str, call: SourceInput) -> ShownDocument:
    match = _PASSAGE_ID.fullmatch(wanted)
    store = assistant.shelf.store if assistant.shelf is not None else None
    document = store.document(match["document"] if match else wanted) if store else None
    if store is None or document is None:
        raise _not_here(assistant, store, wanted.partition(":")[0])
    span = call.span or (match["span"] if match and call.page is None else None)
    passages = store.passages(document.id)
    at_place = _at(passages, span, call.page)
    return ShownDocument(
        document=_facts(document),
        headings=_headings(passages),
        passages=tuple(at_place[:MOST_PASSAGES]),
        more=len(at_place) > MOST_PASSAGES,
    )


def _at(passages: Sequence[Passage], span: str | None, page: int | None) -> list[Passage]:
    """The passages of a place; none where no place is asked for."""
    if span is None and page is None:
        return []
    found = list(passages)
    if span is not None:
        start, end = (int(number) for number in span.split("-"))
        if start >= end:
            raise UsageError("“span” ends before it begins.", "Write it as START-END.")
        found = [p for p in found if p.start < end and start < p.end]
    if page is not None:
        found = [
            p for p in found if p.page is not None and p.page <= page <= (p.page_end or p.page)
        ]
    if not found:
        raise UsageError(
            "There is no passage at that place of the document.",
            "The headings name the places that there are.",
        )
    return found


def _facts(document: Document) -> DocumentFacts:
    return DocumentFacts(
        id=document.id,
        collection=document.collection,
        details=document.details,
        status=status_of(document.details, dt.date.today()),
        format=document.format,
        pages=document.pages,
        passage_count=document.passages,
        troubles=document.troubles,
        added=document.added,
    )


def _headings(passages: Sequence[Passage]) -> tuple[Heading, ...]:
    seen: dict[tuple[str, ...], Heading] = {}
    for passage in passages:
        for level in range(1, len(passage.heading) + 1):
            path = passage.heading[:level]
            heading = Heading(level=level, heading=path[-1], page=passage.page, start=passage.start)
            seen.setdefault(path, heading)
    return tuple(seen.values())


def _not_here(assistant: Assistant, store: DocumentStore | None, wanted: str) -> NotHereError:
    added: list[str] = []
    if store is not None:
        try:
            added = [document.id for document in store.documents()]
        except ConfigurationError:
            added = []
    close = nearest(wanted, [*added, *assistant.library.sources])
    hint = f"The nearest: {', '.join(close)}." if close else "Ids stand beside what a search finds."
    return NotHereError("There is no source with this id.", hint)
