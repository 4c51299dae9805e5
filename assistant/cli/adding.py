"""``library add``: adds files, folders and zip archives, and says what became of each file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, get_args

import typer

from assistant.cli.added import Work, ask, on_terminal, path_of, shelf_of
from assistant.cli.choices import collections_of
from assistant.cli.editing import (
    IssuedOption,
    OneCountryOption,
    OneKindOption,
    ReviewDueOption,
    TitleOption,
    WhoSpeaksOption,
    details_given,
)
from assistant.cli.listing import Row, fill, rows_in_words
from assistant.cli.options import JsonOption, settings_of
from assistant.cli.output import Stopped, note, put, put_json, wrapped
from assistant.errors import UsageError

if TYPE_CHECKING:
    from assistant.documents.records import AddReport, FileReport, Trouble
    from assistant.documents.references import ReferenceList
    from assistant.documents.shelf import OnSimilar, Shelf, Wanted
    from assistant.settings import Settings

Similar = Literal["ask", "keep", "replace", "skip"]
MANY = 20
"""Files with nothing to be said of them that are still listed one by one."""
PLAIN = frozenset({None, "same-content", "updated"})
"""Reasons of files that went well."""
PAD = " " * 11


def add_to(group: typer.Typer) -> None:
    """Put the command of this module into the group ``library``."""
    group.command("add", epilog="Example: peer-support library add policies/ --kind local-policy")(
        add
    )


def add(
    ctx: typer.Context,
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH", help="Files, folders or zip archives.")
    ],
    collection: Annotated[
        str | None, typer.Option("--collection", metavar="ID", help="Where they belong.")
    ] = None,
    kind: OneKindOption = None,
    country: OneCountryOption = None,
    who_speaks: WhoSpeaksOption = None,
    title: TitleOption = None,
    issued: IssuedOption = None,
    review_due: ReviewDueOption = None,
    similar: Annotated[
        str,
        typer.Option(
            "--similar",
            metavar="ask|keep|replace|skip",
            help="What to do with a document that is nearly the same as another.",
        ),
    ] = "ask",
    references: Annotated[
        Path | None,
        typer.Option("--references", metavar="FILE", help="BibTeX, RIS or CSL-JSON about them."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Add documents of your own: PDF, Word, OpenDocument, PowerPoint, RTF, EPUB, web pages,
    Markdown and text.

    Each is read, cut into passages and kept on this computer. A file that cannot be read is named
    and the others go on. Stop it at any time and start it again: what is in stays in. Ends with 1
    when a file was refused or failed.
    """
    settings = settings_of(ctx)
    details = details_given(
        kind=kind,
        country=country,
        who_speaks=who_speaks,
        title=title,
        issued=issued,
        review_due=review_due,
    )
    if title is not None and (len(paths) > 1 or paths[0].is_dir() or _is_zip(paths[0])):
        raise UsageError("--title goes with one file.", "Add each file with its own title.")
    on_similar = _similar(similar)
    listed = _read(references)
    wanted = _wanted(settings, collection, details, on_similar)
    _say_first_time(settings)
    with shelf_of(settings) as shelf:
        report, stopped = _added(shelf, paths, wanted)
        if not stopped:
            report = _asked(shelf, report, wanted)
        _keep_by_hand(shelf, report, details)
        rows = fill(shelf, listed, _documents(report)) if listed else []
    _print(report, rows, references is not None, as_json)
    if stopped:
        count = report.counted().get("added", 0)
        raise Stopped(
            f"Stopped. {count:,} added document{' is' if count == 1 else 's are'} kept;"
            " the same command goes on from there."
        )
    if report.counted().keys() & {"refused", "failed"}:
        raise typer.Exit(1)


def _is_zip(path: Path) -> bool:
    return path.suffix.lower() == ".zip"


def _similar(value: str) -> OnSimilar:
    from assistant.cli.choices import one_of

    known: dict[Similar, str] = {choice: choice for choice in get_args(Similar)}
    return one_of(value, known, "choice for --similar")


def _read(references: Path | None) -> ReferenceList | None:
    if references is None:
        return None
    from assistant.documents.references import read_references

    return read_references(references)


def _wanted(
    settings: Settings, collection: str | None, details: dict[str, object], similar: OnSimilar
) -> Wanted:
    from assistant.documents.shelf import Wanted

    if collection is None:
        return Wanted(details=details, on_similar=similar)
    chosen = collections_of([collection], settings)[0]
    return Wanted(collection=chosen, details=details, on_similar=similar)


def _say_first_time(settings: Settings) -> None:
    from assistant.assembly import onnx_file

    if settings.embedding_model == "bundled" and not onnx_file(settings.home).exists():
        note("The embedding model is being prepared; this is needed once.")


# ---------------------------------------------------------------- the steps


def _added(shelf: Shelf, paths: Sequence[Path], wanted: Wanted) -> tuple[AddReport, bool]:
    """What was added, and whether the user stopped it."""
    from assistant.documents.records import AddReport

    told: list[FileReport] = []
    try:
        with Work() as progress:
            return shelf.add(paths, wanted, progress, told.append, progress.within), False
    except KeyboardInterrupt:
        documents, passages = shelf.store.counts()
        return AddReport(files=tuple(told), documents=documents, passages=passages), True


def _asked(shelf: Shelf, report: AddReport, wanted: Wanted) -> AddReport:
    """The report after the user chose what to do with each near duplicate; unchanged where nobody
    is there to be asked."""
    if wanted.on_similar != "ask" or not on_terminal():
        return report
    for given, near in _near_duplicates(report):
        choice = _choice(given, near)
        if choice is None:
            continue
        again, stopped = _added(shelf, [Path(given)], replace(wanted, on_similar=choice))
        report = _joined(report, again)
        if stopped:
            break
    return report


def _near_duplicates(report: AddReport) -> Iterator[tuple[str, list[FileReport]]]:
    """Near duplicates by the file that was given: members of an archive are chosen together."""
    found: dict[str, list[FileReport]] = {}
    for file in report.files:
        if file.reason == "near-duplicate":
            found.setdefault(file.path.split("!/")[0], []).append(file)
    for given, near in found.items():
        # A name that had to be written out cannot be found again by it.
        if Path(given).exists():
            yield given, near


def _choice(given: str, near: Sequence[FileReport]) -> OnSimilar | None:
    for file in near:
        note(wrapped(f"{file.path}: {file.message}"))
    answer = ask(f"{given}: (k)eep both, (r)eplace the other, or (s)kip? [s] ").casefold()
    return {"k": "keep", "r": "replace"}.get(answer[:1])  # type: ignore[return-value]


def _joined(report: AddReport, again: AddReport) -> AddReport:
    """The first report with what the second run did in place of the near duplicates."""
    new = {file.path: file for file in again.files}
    files = tuple(
        new.get(file.path, file) if file.reason == "near-duplicate" else file
        for file in report.files
    )
    return again.model_copy(update={"files": files})


def _keep_by_hand(shelf: Shelf, report: AddReport, details: dict[str, object]) -> None:
    """Note what was given here as written by hand, so that a new version of the file keeps it."""
    for file in report.files:
        document = shelf.store.document(file.document) if file.status == "added" else None
        if document is not None and set(details) - set(document.edited):
            shelf.edit(document.id, details)


def _documents(report: AddReport) -> list[str]:
    """Documents that the given files are."""
    held = (file.document for file in report.files if file.document)
    return list(dict.fromkeys(held))


# ---------------------------------------------------------------- printing


def _print(report: AddReport, rows: Sequence[Row], referenced: bool, as_json: bool) -> None:
    if as_json:
        data = report.model_dump(mode="json")
        listed = [asdict(row) for row in rows]
        put_json(data | ({"references": listed} if referenced else {}))
        return
    for lines in _listed(report.files):
        put("\n".join(lines))
    if rows:
        put("\n".join(rows_in_words(rows)))
    said = ", ".join(f"{count:,} {status}" for status, count in report.counted().items())
    put(f"{said or 'nothing'}. {_held(report)}")


def _listed(files: Sequence[FileReport]) -> Iterator[Iterator[str]]:
    """The lines on each file: of those that went well only while they are few, of the others all.
    What is to be said of several files is said once, below them."""
    well = [file for file in files if _went_well(file)]
    counts = Counter(file.status for file in well)
    many = {status: count for status, count in counts.items() if count > MANY}
    groups: dict[tuple[object, ...], list[FileReport]] = {}
    for number, file in enumerate(files):
        if _went_well(file):
            if file.status not in many:
                yield _lines(file)
            continue
        alike = (file.status, file.reason, file.message)
        # What was added has lines of its own: its id, and what of it could not be read.
        key = alike if file.status in {"refused", "failed"} else (number,)
        groups.setdefault(key, []).append(file)
    for group in groups.values():
        yield _lines(*group)
    for status, count in many.items():
        yield iter([f"{PAD}{count:,} {status}, not listed one by one (--json lists them)"])


def _went_well(file: FileReport) -> bool:
    return file.status in {"added", "unchanged", "duplicate"} and (
        file.reason in PLAIN and not file.troubles
    )


def _held(report: AddReport) -> str:
    documents = f"{report.documents:,} document{'' if report.documents == 1 else 's'}"
    passages = f"{report.passages:,} passage{'' if report.passages == 1 else 's'}"
    return f"The library holds {documents} of yours, with {passages}."


def _lines(file: FileReport, *others: FileReport) -> Iterator[str]:
    """The lines on a file; on others of which the same is said, with it."""
    for one in (file, *others):
        yield f"{one.status:<10} {path_of(Path(one.path))}"
    if file.status == "added":
        pages = f", {file.pages:,} page{'' if file.pages == 1 else 's'}" if file.pages else ""
        passages = f"{file.passages:,} passage{'' if file.passages == 1 else 's'}"
        yield f"{PAD}{file.document}{pages}, {passages}"
    if file.message:
        yield wrapped(file.message, PAD)
    if file.status == "added":
        yield from (wrapped(line, PAD) for line in troubles_in_words(file.troubles))


def troubles_in_words(troubles: Sequence[Trouble]) -> Iterator[str]:
    """What could not be read, a line for each kind: "scanned: pages 3, 4 and 9"."""
    places: dict[tuple[str, str], list[int]] = {}
    for trouble in troubles:
        pages = places.setdefault((trouble.kind, trouble.detail), [])
        if trouble.page is not None:
            pages.append(trouble.page)
    for (kind, detail), pages in places.items():
        where = f" (page{'' if len(pages) == 1 else 's'} {_pages(pages)})" if pages else ""
        yield f"{kind}{where}{': ' + detail if detail else ''}"


def _pages(pages: Sequence[int]) -> str:
    """Page numbers with runs joined: "1, 3–7, 9"."""
    runs: list[list[int]] = []
    for page in sorted(set(pages)):
        if runs and page == runs[-1][1] + 1:
            runs[-1][1] = page
        else:
            runs.append([page, page])
    return ", ".join(f"{a}" if a == b else f"{a}–{b}" for a, b in runs)
