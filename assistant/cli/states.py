"""``library state`` and ``diff``: what the library held, what changed, which answers rest on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.cli.added import opened_documents, path_of
from assistant.cli.currency import day_of
from assistant.cli.options import JsonOption, library_of, settings_of
from assistant.cli.output import put, put_json, wrapped
from assistant.errors import UsageError

if TYPE_CHECKING:
    from assistant.citations import Saved
    from assistant.documents.states import Changed, Comparison, Resting, State

CHANGE_WORDS = {
    "altered": "reads otherwise now",
    "gone": "is no longer there",
    "moved": "stands elsewhere now",
    "status": "has another status now",
    "added": "is new",
}
SHOWN = 20
"""Changes of one sort that are listed one by one; --json has them all."""


def add_to(group: typer.Typer) -> None:
    """Put the commands of this module into the group ``library``."""
    group.command("state", epilog="Example: peer-support library state 2027-03.json")(state)
    group.command(
        "diff", epilog="Example: peer-support library diff 2027-03.json --answers saved/"
    )(diff)


def state(
    ctx: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="Where to write it; printed otherwise.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write down what the library holds now, to be compared later: ids, hashes and statuses of all
    notes and passages, and none of their words."""
    from assistant.documents.states import write_state

    now = _now(ctx)
    if file is None:
        put_json(now.model_dump(mode="json"), indent=None)
        return
    write_state(now, file)
    notes, passages = now.counts()
    if as_json:
        facts = {"path": path_of(file), "notes": notes, "passages": passages}
        put_json(facts | {"library_version": now.library_version, "made": now.made.isoformat()})
    else:
        put(f"{path_of(file)}: {notes:,} notes and {passages:,} passages.")


def _now(ctx: typer.Context) -> State:
    from assistant.documents.states import state_now

    library = library_of(ctx)
    with opened_documents(settings_of(ctx)) as store:
        return state_now(library, store, day_of(None))


def diff(
    ctx: typer.Context,
    old: Annotated[Path, typer.Argument(metavar="OLD", help="A state, or a file of export.")],
    new: Annotated[
        Path | None, typer.Argument(metavar="NEW", help="Another; the library of now otherwise.")
    ] = None,
    answers: Annotated[
        list[Path] | None,
        typer.Option(
            "--answers", metavar="FOLDER", help="Answers saved as .json or .md; may be repeated."
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Say what changed in the library between two states, and which saved answers rest on it.

    Ends with 1 when a saved answer rests on what changed, or cannot be read.
    """
    from assistant.documents.states import compare, read_state

    files = list(answer_files(answers or ()))
    before = read_state(old)
    compared = compare(before, read_state(new) if new is not None else _now(ctx))
    touched, unreadable = _touched(compared, files)
    if as_json:
        put_json(
            compared.model_dump(mode="json")
            | {
                "counts": compared.counted(),
                "answers_read": len(files) - len(unreadable),
                "answers": [_as_data(*one) for one in touched],
                "unreadable": [{"path": path, "message": why} for path, why in unreadable],
            }
        )
    else:
        _print_changes(compared)
        if answers:
            _print_answers(touched, unreadable, len(files))
    if touched or unreadable:
        raise typer.Exit(1)


Touched = tuple[str, str, tuple["Resting", ...]]
"""Path and question of an answer, and its statements that rest on what changed."""


def answer_files(paths: Sequence[Path]) -> Iterator[Path]:
    """The files that may be saved answers: as named, and below a folder, by name, every .json and
    every Markdown file.

    Raises:
        UsageError: a path is not there.
    """
    for path in paths:
        if path.is_dir():
            yield from sorted(p for p in path.rglob("*") if _may_be_answer(p))
        elif path.exists():
            yield path
        else:
            raise UsageError(f"There is no file {path_of(path)}.", "Give a saved answer.")


def _may_be_answer(path: Path) -> bool:
    from assistant.citations import MARKDOWN
    from assistant.exports.keeping import READABLE, holds_record

    suffix = path.suffix.lower()
    if suffix in READABLE:
        return path.is_file() and holds_record(path)
    return suffix in {".json", *MARKDOWN} and path.is_file()


def named(path: Path, number: int, count: int) -> str:
    """The path of a file, with which of its answers is meant where it holds several."""
    return path_of(path) if count == 1 else f"{path_of(path)}, answer {number}"


def _touched(
    compared: Comparison, files: Sequence[Path]
) -> tuple[list[Touched], list[tuple[str, str]]]:
    from assistant.exports.keeping import read_any

    touched: list[Touched] = []
    unreadable: list[tuple[str, str]] = []
    for path in files:
        try:
            answers = read_any(path)
        except UsageError as error:
            unreadable.append((path_of(path), error.message))
            continue
        for number, answer in enumerate(answers, 1):
            found = _resting(compared, answer)
            if found:
                touched.append((named(path, number, len(answers)), answer.question, found))
    return touched, unreadable


def _resting(compared: Comparison, answer: Saved) -> tuple[Resting, ...]:
    from assistant.citations import parts_of
    from assistant.documents.states import resting_on

    cited = {citation.n: citation.evidence_id for citation in answer.citations}
    return resting_on(
        compared,
        (
            (where, s.text, [*s.evidence_ids, *(cited[n] for n in s.citations if n in cited)])
            for where, s in parts_of(answer)
        ),
    )


def _as_data(path: str, question: str, found: Sequence[Resting]) -> dict[str, Any]:
    statements = [resting.model_dump(mode="json") for resting in found]
    return {"path": path, "question": question, "statements": statements}


# ---------------------------------------------------------------- printing


def _print_changes(compared: Comparison) -> None:
    put(f"{compared.old} → {compared.new} ({' and '.join(compared.covers) or 'nothing in common'})")
    for change, count in compared.counted().items():
        if not count:
            continue
        put(f"{count:,} {'changed status' if change == 'status' else change}:")
        own = [one for one in compared.changes if one.change == change]
        put("\n".join(f"  {one.id}{_how(one)}" for one in own[:SHOWN]))
        if count > SHOWN:
            put(f"  and {count - SHOWN:,} more (--json has them all)")
    if not compared.changes:
        put("Nothing changed.")


def _how(changed: Changed) -> str:
    where = f" → {changed.to}" if changed.to and changed.to != changed.id else ""
    both = changed.before and changed.now and changed.before != changed.now
    return where + (f" ({changed.before}, now {changed.now})" if both else "")


def _print_answers(
    touched: Sequence[Touched], unreadable: Sequence[tuple[str, str]], count: int
) -> None:
    for path, question, found in touched:
        put(f"\n{path}")
        put(wrapped(question, "  "))
        for resting in found:
            put(wrapped(f"{resting.where}: “{resting.text}”", "  ", "    "))
            for changed in resting.changes:
                put(f"    {changed.id} {CHANGE_WORDS[changed.change]}{_how(changed)}")
    for path, why in unreadable:
        put(wrapped(f"{path}: unreadable: {why}", "", "  "))
    put(f"\n{len(touched):,} of {count:,} answers rest on what changed.")
