"""``library list --added`` and ``library show`` for documents that people added.

Changing and removing them is in ``editing``, adding in ``adding``, backups in ``backup``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from assistant.cli.added import opened_documents
from assistant.cli.choices import nearest
from assistant.cli.output import clean, note, put, put_json, table, wrapped
from assistant.errors import AssistantError, UsageError

if TYPE_CHECKING:
    from assistant.documents.records import Document, Passage
    from assistant.documents.store import DocumentStore
    from assistant.settings import Settings

AROUND = 240
"""Characters shown before and after a span."""
OPEN, CLOSE = "⟦", "⟧"
"""What stands around the exact words."""
_SPAN = re.compile(r"(\d{1,9})\s*[-–]\s*(\d{1,9})")
_EVIDENCE = re.compile(r"(?P<document>[a-z0-9-]+):(?P<span>\d+-\d+)")


def document_of(store: DocumentStore | None, wanted: str) -> Document:
    """The document of an id.

    Raises:
        UsageError: there is none; names the nearest.
    """
    found = store.document(wanted) if store else None
    if found is not None:
        return found
    known = [document.id for document in store.documents()] if store else []
    close = nearest(wanted, known)
    see = "See: peer-support library list --added"
    hint = f"The nearest: {', '.join(close)}." if close else see
    raise UsageError(f"There is no document {wanted}.", hint)


# ---------------------------------------------------------------- list


def list_added(
    settings: Settings,
    *,
    kinds: Sequence[str],
    countries: Sequence[str],
    statuses: Sequence[str],
    collections: Sequence[str],
    as_json: bool,
) -> None:
    """Print the added documents, by title."""
    with opened_documents(settings) as store:
        documents = store.documents() if store else ()
    wanted_countries = {country.casefold() for country in countries}
    found = [
        document
        for document in documents
        if (not kinds or document.details.kind in kinds)
        and (not wanted_countries or document.details.country.casefold() in wanted_countries)
        and (not statuses or status_today(document) in statuses)
        and (not collections or document.collection in collections)
    ]
    found.sort(key=lambda document: (document.details.title.casefold(), document.id))
    if as_json:
        put_json([as_data(document) for document in found])
        return
    if found:
        heads = ("id", "collection", "issued", "status", "pages", "passages", "title")
        put(table(heads, map(_row, found)))
    note(f"{len(found)} of {len(documents)} added documents.")


def say_how_many(settings: Settings) -> None:
    """Say beside the bundled sources how many documents were added; silent where there are none."""
    try:
        with opened_documents(settings) as store:
            count = store.counts()[0] if store else 0
    except AssistantError as error:
        # The bundled library does not hang on what was added to it.
        note(f"The added documents cannot be read: {error}")
        return
    if count:
        words = f"{count} document{'s were' if count > 1 else ' was'} added"
        note(f"{words}; see: peer-support library list --added")


def status_today(document: Document) -> str:
    """The status of a document."""
    import datetime as dt

    from assistant.documents.currency import status_of

    return status_of(document.details, dt.date.today())


def as_data(document: Document) -> dict[str, Any]:
    """A document as data, with its status of today."""
    return document.model_dump(mode="json") | {"status": status_today(document)}


def _row(document: Document) -> tuple[str, ...]:
    return (
        document.id,
        document.collection,
        document.details.issued or "undated",
        status_today(document),
        str(document.pages or ""),
        str(document.passages),
        " ".join(clean(document.details.title).split()),
    )


# ---------------------------------------------------------------- show


def show_added(store: DocumentStore, wanted: str, span: str | None, as_json: bool) -> bool:
    """Print a document or some of its words; False where ``wanted`` names none."""
    evidence = _EVIDENCE.fullmatch(wanted)
    document = store.document(evidence["document"] if evidence else wanted)
    if document is None:
        return False
    place = span if span is not None else (evidence["span"] if evidence else None)
    if place is None:
        _show_document(store, document, as_json)
    else:
        _show_span(store, document, place, as_json)
    return True


def _show_document(store: DocumentStore, document: Document, as_json: bool) -> None:
    passages = store.passages(document.id)
    headings = _outline(passages)
    if as_json:
        put_json({"record": "document", **as_data(document), "headings": headings})
        return
    lines = [wrapped(_reference(document)), "", *facts(document)]
    if headings:
        lines += ["", "Headings:"]
        lines += [_heading_line(heading) for heading in headings]
    for trouble in document.troubles:
        where = f"page {trouble.page}" if trouble.page else "the whole file"
        lines.append(wrapped(f"Not read whole: {where}: {trouble.kind}. {trouble.detail}".strip()))
    example = f"{document.id}:{passages[0].start}-{passages[0].end}" if passages else ""
    put("\n".join(lines))
    if example:
        note(f"The exact words of a passage: peer-support library show {example}")


def _reference(document: Document) -> str:
    details = document.details
    year, title = details.issued[:4] or "undated", details.title.rstrip(".")
    place = f" {details.published_in}." if details.published_in else ""
    if not details.authors:
        return f"{title} ({year}).{place}"
    return f"{', '.join(details.authors)} ({year}). {title}.{place}"


def _outline(passages: Sequence[Passage]) -> list[dict[str, Any]]:
    """Each heading with its level, the page and the place of its first passage."""
    seen: dict[tuple[str, ...], dict[str, Any]] = {}
    for passage in passages:
        for level in range(1, len(passage.heading) + 1):
            path = passage.heading[:level]
            first = {"level": level, "heading": path[-1], "page": passage.page}
            seen.setdefault(path, first | {"start": passage.start})
    return list(seen.values())


def _heading_line(heading: Mapping[str, Any]) -> str:
    page = f"  (page {heading['page']})" if heading["page"] else ""
    return f"{'  ' * heading['level']}{heading['heading']}{page}"


def facts(document: Document) -> list[str]:
    """What is known of a document, a line each."""
    from assistant.documents.printable import printable
    from assistant.presentation.words import KIND_WORDS, STATUS_WORDS, WHO_WORDS, link

    details = document.details
    status = STATUS_WORDS[status_today(document)]  # type: ignore[index]
    by = f" by {details.superseded_by}" if details.superseded_by else ""
    rows = (
        ("Id", document.id),
        ("Collection", document.collection),
        ("Kind", KIND_WORDS[details.kind]),
        ("Country", details.country),
        ("Who speaks", WHO_WORDS[details.who_speaks]),
        ("Status", f"{status}{by}. {details.retracted}".rstrip(". ")),
        ("Issued", details.issued),
        ("Reviewed", details.reviewed),
        ("Review due", details.review_due),
        ("Address", link(details.url, details.doi)),
        ("PMID", details.pmid),
        ("File", f"{printable(document.path)} ({document.format}, {document.size:,} bytes)"),
        ("Pages", str(document.pages or "")),
        ("Passages", str(document.passages)),
        ("Added", f"{document.added:%Y-%m-%d}"),
        ("By hand", ", ".join(document.edited)),
    )
    return [wrapped(value, f"{name + ':':<12}", " " * 12) for name, value in rows if value]


def _show_span(store: DocumentStore, document: Document, place: str, as_json: bool) -> None:
    text = store.text(document.id)
    start, end = _offsets(place, len(text))
    over = [p for p in store.passages(document.id) if p.start < end and start < p.end]
    before, after = text[max(0, start - AROUND) : start], text[end : end + AROUND]
    locator = over[0].locator() if over else ""
    if as_json:
        put_json(
            {
                "record": "passage",
                "evidence_id": f"{document.id}:{start}-{end}",
                "document": as_data(document),
                "start": start,
                "end": end,
                "text": text[start:end],
                "before": before,
                "after": after,
                "page": over[0].page if over else None,
                "heading": list(over[0].heading) if over else [],
                "locator": locator,
            }
        )
        return
    put(wrapped(_reference(document)))
    put(wrapped(locator or "between passages"))
    lead, tail = ("…" if start > AROUND else ""), ("…" if end + AROUND < len(text) else "")
    put(f"\n{lead}{before}{OPEN}{text[start:end]}{CLOSE}{after}{tail}")


def _offsets(place: str, length: int) -> tuple[int, int]:
    match = _SPAN.fullmatch(place.strip())
    if match is None:
        raise UsageError(f"“{place}” is no span.", "Write it as START-END, for example: 120-480")
    start, end = int(match[1]), int(match[2])
    if not start < end <= length:
        raise UsageError(
            f"The span {start}-{end} does not lie in the text, which has {length:,} characters.",
            "Give a smaller one.",
        )
    return start, end
