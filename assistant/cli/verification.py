"""``verify``: replays saved answers against the library and the added documents of today."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from assistant.cli.added import opened_documents, path_of
from assistant.cli.options import JsonOption, library_of, settings_of
from assistant.cli.output import note, put, put_json, wrapped
from assistant.cli.states import answer_files, named
from assistant.errors import ConfigurationError, UsageError

if TYPE_CHECKING:
    from assistant.citations import Documents, StatementCheck, Verification
    from assistant.settings import Settings

FINDINGS = {
    "broken": "the saved answer contradicts itself",
    "edited": "it was changed by hand in the exported file",
    "unsupported": "its words do not stand in what it cites",
    "gone": "its evidence is no longer in the library",
    "unreadable": "its evidence cannot be read now, so that nothing is known of it",
    "altered": "its evidence was reworded",
    "moved": "its evidence stands elsewhere now",
}


def add_to(app: typer.Typer) -> None:
    """Put the command of this module into the application."""
    app.command("verify", epilog="Example: peer-support verify answer.json notes.md saved/")(verify)


def verify(
    ctx: typer.Context,
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE",
            help="Answers saved with ask --json, exported with ask --markdown, saved in a chat or"
            " from the page; or folders that hold them.",
        ),
    ],
    as_json: JsonOption = False,
) -> None:
    """Check saved and exported answers against the library and your documents: does every statement
    still stand in its source, word for word? Of an exported file it says, too, what was changed in
    it by hand.

    Ends with 1 when a statement changed, or an answer of several cannot be read.
    """
    single = len(files) == 1 and not files[0].is_dir()
    found = files if single else list(answer_files(files))
    if not found:
        raise UsageError(
            "There is no saved answer in this folder.", "Save some with: ask --json or --markdown"
        )
    results, unreadable = _verified(ctx, found, single)
    alone = single and len(results) == 1
    ok = not unreadable and all(result.ok for _, result in results)
    if as_json:
        put_json(_as_data(results[0][1]) if alone else _all_as_data(results, unreadable, ok))
    elif alone:
        put("\n".join(_in_words(results[0][1])))
    else:
        _print_all(results, unreadable)
    if not ok:
        raise typer.Exit(1)


Results = list[tuple[str, "Verification"]]


def _verified(
    ctx: typer.Context, files: Sequence[Path], alone: bool
) -> tuple[Results, list[tuple[str, str]]]:
    """What became of each answer, by path; and the files that are none, with what is wrong.

    Raises:
        UsageError: the only file is no answer.
    """
    from assistant import citations
    from assistant.exports.keeping import read_any

    answers, unreadable = [], []
    for path in files:
        try:
            held = read_any(path)
            answers += [(named(path, n, len(held)), one) for n, one in enumerate(held, 1)]
        except UsageError as error:
            if alone:
                raise
            unreadable.append((path_of(path), error.message))
    library = library_of(ctx)
    with _documents(settings_of(ctx)) as documents:
        results = [(path, citations.verify(answer, library, documents)) for path, answer in answers]
    return results, unreadable


@contextmanager
def _documents(settings: Settings) -> Iterator[Documents]:
    """The added documents; where they cannot be opened, something that says so of each."""
    with ExitStack() as stack:
        try:
            store = stack.enter_context(opened_documents(settings))
        except ConfigurationError as error:
            yield _Unreadable(error.message)
            return
        # A home without documents is more likely the wrong home than one that was emptied.
        missing = f"There are no added documents in {path_of(settings.home)}."
        yield store if store is not None else _Unreadable(missing)


class _Unreadable:
    """Stands for documents that cannot be read: nothing can be said of what is cited."""

    def __init__(self, message: str) -> None:
        self._message = message

    def _unknown(self) -> NoReturn:
        raise ConfigurationError(self._message)

    def span(self, document_id: str, start: int, end: int) -> str | None:
        """Nothing is known."""
        self._unknown()

    def whereabouts(self, text: str, first: str) -> str | None:
        """Nothing is known."""
        self._unknown()

    def status(self, document_id: str) -> str | None:
        """Nothing is known."""
        self._unknown()


# ---------------------------------------------------------------- printing


def _worst(result: Verification) -> str:
    from assistant.citations import WORST_FIRST

    found = {check.finding for check in result.statements}
    return next((finding for finding in WORST_FIRST if finding in found), "unchanged")


def _as_data(result: Verification) -> dict[str, Any]:
    return result.model_dump(mode="json")


def _all_as_data(
    results: Results, unreadable: Sequence[tuple[str, str]], ok: bool
) -> dict[str, Any]:
    answers = [{"path": path, "finding": _worst(r), **_as_data(r)} for path, r in results]
    faults = [{"path": path, "message": why} for path, why in unreadable]
    return {"ok": ok, "answers": answers, "unreadable": faults}


def _print_all(results: Results, unreadable: Sequence[tuple[str, str]]) -> None:
    for path, result in results:
        put(f"{_worst(result):<12}{path}")
        for check in result.changed():
            put("\n".join(f"  {line}" for line in _lines(check)))
        for warning in (*result.warnings, *result.notes):
            put(wrapped(f"note: {warning}", "  "))
    for path, why in unreadable:
        put(f"{'no answer':<12}{path}")
        put(wrapped(why, "  "))
    changed = sum(not result.ok for _, result in results)
    put(f"{len(results):,} answers checked: {changed:,} changed.")
    if unreadable:
        note(f"{len(unreadable):,} files could not be read as answers.")


def _lines(check: StatementCheck) -> Iterator[str]:
    yield f"{check.where}: {check.finding}: {FINDINGS[check.finding]}"
    yield wrapped(f"“{check.text}”", "  ")
    if check.detail:
        yield wrapped(check.detail, "  ")


def _in_words(result: Verification) -> Iterator[str]:
    changed = result.changed()
    count = len(result.statements)
    for check in changed:
        yield from _lines(check)
    yield from (f"note: {warning}" for warning in (*result.warnings, *result.notes))
    if not count:
        yield "The answer cites nothing, so there is nothing to check."
    elif changed:
        yield f"{len(changed)} of {count} statements are not as they were."
    else:
        yield f"All {count} statements stand in the library as they were saved."
    if result.saved_library.partition("+")[0] != result.library:
        yield f"The library has changed since: {result.saved_library} then, {result.library} now."
