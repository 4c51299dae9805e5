"""``library references``: writes what a list of references says into the documents it is about."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from assistant.cli.added import Work, has_documents, shelf_of
from assistant.cli.options import JsonOption, settings_of
from assistant.cli.output import clean, put, put_json, wrapped

if TYPE_CHECKING:
    from assistant.documents.records import Document
    from assistant.documents.references import Reference, ReferenceList
    from assistant.documents.shelf import Shelf

FIELDS = ("title", "authors", "issued", "published_in", "doi", "pmid", "url")
ROW_WORDS = {
    "matched": "matched",
    "ambiguous": "ambiguous",
    "no-document": "no such document",
    "broken": "broken",
}


@dataclass(frozen=True)
class Row:
    """What became of one entry. ``filled`` names the details that were written; ``kept`` those
    that a person wrote by hand and that stay."""

    entry: str
    status: Literal["matched", "ambiguous", "no-document", "broken"]
    title: str = ""
    document: str = ""
    by: str = ""
    candidates: tuple[str, ...] = ()
    filled: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    message: str = ""


def add_to(group: typer.Typer) -> None:
    """Put the command of this module into the group ``library``."""
    group.command("references", epilog="Example: peer-support library references zotero.bib")(
        references
    )


def references(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="BibTeX (.bib), RIS (.ris) or CSL-JSON (.json).")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Also replace what was written by hand.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Fill in titles, authors, dates and identifiers of added documents from a list of references.

    Documents are found by DOI, PubMed number, or title and year. Ends with 1 when an entry is
    broken.
    """
    from assistant.documents.references import read_references

    found = read_references(file)
    settings = settings_of(ctx)
    if has_documents(settings):
        with shelf_of(settings) as shelf:
            rows = fill(shelf, found, None, replace)
    else:
        rows = [*_unmatched(found), *_broken(found)]
    if as_json:
        counted = {status: sum(row.status == status for row in rows) for status in ROW_WORDS}
        put_json(counted | {"entries": [asdict(row) for row in rows]})
    else:
        put("\n".join(rows_in_words(rows)))
    if found.faults:
        raise typer.Exit(1)


def fill(
    shelf: Shelf, found: ReferenceList, ids: Sequence[str] | None, replace: bool = False
) -> list[Row]:
    """Write what the references say into the documents that they describe.

    Args:
        shelf: the documents.
        found: the references.
        ids: the documents that may be meant; None for all.
        replace: also replace details that were written by hand.
    """
    from assistant.documents.references import Held, match

    documents = [d for d in shelf.store.documents() if ids is None or d.id in set(ids)]
    held = Held(documents)
    rows: list[Row] = []
    with Work() as progress:
        for number, reference in enumerate(found.references):
            progress("Matching references", number, len(found.references))
            fit = match(reference, held)
            row = Row(
                entry=reference.key or f"entry {number + 1}",
                title=reference.title,
                status="ambiguous" if fit.candidates else "no-document",
                candidates=fit.candidates,
                message=fit.message,
            )
            document = shelf.store.document(fit.document) if fit.document else None
            rows.append(_filled(shelf, row, reference, document, fit.by, replace))
    return [*rows, *_broken(found)]


def _filled(
    shelf: Shelf,
    row: Row,
    reference: Reference,
    document: Document | None,
    by: str,
    replace: bool,
) -> Row:
    if document is None:
        return row
    said = {name: value for name in FIELDS if (value := getattr(reference, name))}
    if reference.kind != "other-document":
        said["kind"] = reference.kind
    new = {name: v for name, v in said.items() if getattr(document.details, name) != v}
    kept = [name for name in new if name in document.edited and not replace]
    changes: dict[str, object] = {name: v for name, v in new.items() if name not in kept}
    if changes:
        shelf.edit(document.id, changes)
    return dataclasses.replace(
        row,
        status="matched",
        document=document.id,
        by=by,
        filled=tuple(changes),
        kept=tuple(kept),
    )


def _unmatched(found: ReferenceList) -> Iterator[Row]:
    for number, reference in enumerate(found.references, 1):
        name = reference.key or f"entry {number}"
        yield Row(entry=name, title=reference.title, status="no-document")


def _broken(found: ReferenceList) -> Iterator[Row]:
    for fault in found.faults:
        yield Row(entry=fault.entry, status="broken", message=fault.message)


def rows_in_words(rows: Sequence[Row]) -> Iterator[str]:
    """What became of each entry, and the sums."""
    for row in rows:
        title = f" “{row.title}”" if row.title else ""
        yield wrapped(f"{clean(row.entry)}{title}: {ROW_WORDS[row.status]}{_more(row)}", "", "  ")
    counted = {
        word: sum(row.status == status for row in rows) for status, word in ROW_WORDS.items()
    }
    yield ", ".join(f"{count:,} {word}" for word, count in counted.items() if count) + "."


def _more(row: Row) -> str:
    if row.status != "matched":
        return f". {row.message}" if row.message else ""
    filled = ", ".join(row.filled).replace("_", " ") or "nothing new"
    kept = f"; kept as written by hand: {', '.join(row.kept)}" if row.kept else ""
    return f" {row.document} by {row.by}; filled in: {filled}{kept}"
