"""``library export`` and ``library import``: everything that was added, in one file and back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli.added import Work, has_documents, path_of, shelf_of
from assistant.cli.choices import collections_of
from assistant.cli.options import JsonOption, settings_of
from assistant.cli.output import Stopped, put, put_json, wrapped
from assistant.errors import ConfigurationError, UsageError

if TYPE_CHECKING:
    from assistant.documents.backup import ExportReport, RestoreReport
    from assistant.documents.shelf import Shelf
    from assistant.settings import Settings


def add_to(group: typer.Typer) -> None:
    """Put the commands of this module into the group ``library``."""
    group.command("export", epilog="Example: peer-support library export my-documents.zip")(
        export_documents
    )
    group.command("import", epilog="Example: peer-support library import my-documents.zip")(
        import_documents
    )


def export_documents(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE.zip", help="The file to write.")],
    collection: Annotated[
        str | None, typer.Option("--collection", metavar="ID", help="Only this collection.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace a file that is there already.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Write all added documents, with their files and what you wrote about them, to one file.

    The file is read back and counted before it gets its name. Ends with 1 when something could not
    be put in.
    """
    settings = settings_of(ctx)
    if not has_documents(settings):
        raise UsageError("No document was added yet.", "Add some with: peer-support library add")
    chosen = collections_of([collection], settings)[0] if collection is not None else None
    from assistant import __version__
    from assistant.documents.backup import export
    from assistant.documents.backup_file import check_target

    check_target(file, force)
    with shelf_of(settings) as shelf, Work() as progress:
        report = export(shelf, file, __version__, chosen, progress)
    if as_json:
        put_json(report.model_dump(mode="json"))
    else:
        _print_export(report)
    if report.left_out:
        raise typer.Exit(1)


def _print_export(report: ExportReport) -> None:
    for left in report.left_out:
        put(wrapped(f"{left.document}: {left.message}", "", "  "))
    counts = report.counts
    put(
        f"{report.path}: {counts.documents:,} documents with {counts.passages:,} passages,"
        f" {counts.originals:,} files, {report.size / 1e6:,.1f} MB."
    )


def import_documents(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE.zip", help="A file that export wrote.")],
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Let the file win where the library holds something else."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Bring back what export wrote. The file is checked whole before anything is changed.

    What is there already stays. Where another text has the same id, both are kept, unless --replace
    is given. Stopped, it goes on when it is started again.
    """
    from assistant.documents.backup import restore

    settings = settings_of(ctx)
    if not file.is_file():
        raise UsageError(f"There is no file {path_of(file)}.", "Give a file that export wrote.")
    with _shelf(settings) as shelf:
        before = shelf.store.counts()[0]
        try:
            with Work() as progress:
                report = restore(shelf, file, replace=replace, progress=progress)
        except KeyboardInterrupt as error:
            count = shelf.store.counts()[0] - before
            raise Stopped(
                f"Stopped. {count:,} documents were brought back and are kept;"
                " the same command goes on from there."
            ) from error
    if as_json:
        put_json(report.model_dump(mode="json"))
    else:
        _print_import(report)


@contextmanager
def _shelf(settings: Settings) -> Iterator[Shelf]:
    """The added documents; where they are damaged, with words on how a backup helps."""
    from assistant.documents.store import documents_folder

    with ExitStack() as stack:
        try:
            shelf = stack.enter_context(shelf_of(settings))
        except ConfigurationError as error:
            place = path_of(documents_folder(settings.home))
            raise ConfigurationError(
                error.message, f"Move the folder {place} away, then import again."
            ) from error
        yield shelf


def _print_import(report: RestoreReport) -> None:
    counted: dict[str, int] = {}
    for each in report.restored:
        counted[each.status] = counted.get(each.status, 0) + 1
        if each.status not in {"added", "unchanged"}:
            put(wrapped(f"{each.document}: {each.status}. {each.message}", "", "  "))
    said = ", ".join(f"{count:,} {status}" for status, count in counted.items()) or "nothing"
    put(
        f"{said}. The library holds {report.documents:,} documents of yours,"
        f" with {report.passages:,} passages."
    )
