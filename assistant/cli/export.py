"""``export``: saved answers as papers to take away; and what other commands export with."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli.added import path_of
from assistant.cli.options import JsonOption
from assistant.cli.output import note, put_json
from assistant.errors import UsageError

if TYPE_CHECKING:
    from assistant.exports.forms import Form
    from assistant.exports.records import Paper

FormatOption = Annotated[
    str | None,
    typer.Option(
        "--format",
        "-f",
        metavar="FORMAT",
        help="docx, pdf or md; csv or xlsx for tables; bibtex, ris, csl, harvard, apa or vancouver"
        " for references. Told by the end of --output where left out.",
    ),
]
OutputOption = Annotated[
    Path | None,
    typer.Option(
        "--output", "-o", metavar="FILE", help="The file to write; - writes to standard output."
    ),
]
ForceOption = Annotated[bool, typer.Option("--force", help="Write over a file that is there.")]
STANDARD_OUTPUT = Path("-")


def add_to(app: typer.Typer) -> None:
    """Put the command of this module into the application."""
    app.command(
        "export",
        epilog="Example: peer-support export answer.json --format docx --output answer.docx",
    )(export)


def export(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="ANSWER",
            help="An answer saved with ask --json; several make one paper, in order.",
        ),
    ],
    form: FormatOption = None,
    output: OutputOption = None,
    title: Annotated[
        str | None, typer.Option(metavar="TITLE", help="The title of a paper of several answers.")
    ] = None,
    force: ForceOption = False,
    as_json: JsonOption = False,
) -> None:
    """Write saved answers as a Word file, a PDF or Markdown with footnotes and sources, or their
    references for a reference manager or a reference list.

    A file is never written over without --force. Word, PDF and Markdown hold what verify needs to
    check them later.
    """
    from assistant.citations import read_answer
    from assistant.exports.answers import CONVERSATION, conversation_paper

    chosen = chosen_form(form, output)
    answers = [read_answer(path) for path in files]
    paper = conversation_paper(answers, title or CONVERSATION)
    save(paper, chosen, output, force=force, as_json=as_json)


# ---------------------------------------------------------------- for every command that exports


def chosen_form(form: str | None, output: Path | None, among: Sequence[Form] | None = None) -> Form:
    """The format that was asked for, by name or by the end of the output's name.

    Raises:
        UsageError: neither tells it, or this cannot be written so.
    """
    from assistant.exports.forms import FORMS, form_of

    allowed = FORMS if among is None else tuple(among)
    if form is not None:
        return form_of(form, allowed)
    suffix = output.suffix if output is not None else ""
    if not suffix:
        raise UsageError("No format was given.", f"Add --format, one of: {', '.join(allowed)}.")
    return form_of(suffix, allowed)


def save(
    paper: Paper, form: Form, output: Path | None, *, force: bool = False, as_json: bool = False
) -> None:
    """Write a paper where the options of a command say, and say so.

    Args:
        paper: what to write.
        form: its format.
        output: the file; None or "-" for standard output.
        force: whether a file that is there may be written over.
        as_json: whether what was done is told as JSON.

    Raises:
        UsageError: the file is there already, its folder is not, or the paper has nothing to write
            in this format.
    """
    from assistant.exports.forms import BINARY, written

    if output is None or output == STANDARD_OUTPUT:
        if form in BINARY and sys.stdout.isatty():
            raise UsageError(
                f"A {form} file cannot be shown on a terminal.", "Give a file with --output."
            )
        sys.stdout.buffer.write(written(paper, form))
        return
    path = output.expanduser()
    check_free(path, force)
    data = written(paper, form)
    put_file(path, data, force)
    if as_json:
        facts = {"path": path_of(path), "format": form, "bytes": len(data)}
        put_json(facts | {"citations": len(paper.citations)})
    else:
        note(f"Written: {path_of(path)}")


def check_free(path: Path, force: bool) -> None:
    """Say what is in the way before anything is made.

    Raises:
        UsageError: the file is there and may not be written over, or its folder is not there.
    """
    if path.is_dir():
        raise UsageError(f"{path_of(path)} is a folder.", "Give the name of a file.")
    if not path.parent.is_dir():
        raise UsageError(
            f"There is no folder {path_of(path.parent)}.", "Make it first, or give another file."
        )
    if path.exists() and not force:
        raise UsageError(
            f"{path_of(path)} is there already.", "Give another name, or --force to write over it."
        )


def put_file(path: Path, data: bytes, force: bool = False) -> None:
    """Write a file whole or not at all; one that is there stays unless ``force`` is given.

    Raises:
        UsageError: another program made the file in the meantime.
        OSError: it cannot be written.
    """
    handle, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        part.chmod(0o666 & ~_umask())
        if force:
            part.replace(path)
        else:
            _put_new(part, path)
    finally:
        part.unlink(missing_ok=True)


def _put_new(part: Path, path: Path) -> None:
    try:
        # A link is refused where the name is taken, so that nothing is ever written over.
        os.link(part, path)
    except FileExistsError as error:
        raise UsageError(
            f"{path_of(path)} is there already.", "Give another name, or --force to write over it."
        ) from error
    except OSError:
        # Some file systems know no links.
        with path.open("xb") as stream:
            stream.write(part.read_bytes())


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
