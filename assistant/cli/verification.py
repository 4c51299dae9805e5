"""``verify``: replays a saved answer against the library of today."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli.options import JsonOption, library_of
from assistant.cli.output import put, put_json, wrapped

if TYPE_CHECKING:
    from assistant.citations import Verification

FINDINGS = {
    "broken": "the saved answer contradicts itself",
    "unsupported": "its words do not stand in what it cites",
    "gone": "its evidence is no longer in the library",
    "altered": "its evidence was reworded",
    "moved": "its evidence stands under another id",
}


def add_to(app: typer.Typer) -> None:
    """Put the command of this module into the application."""
    app.command("verify", epilog="Example: peer-support verify answer.json")(verify)


def verify(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="An answer saved with: ask --json")],
    as_json: JsonOption = False,
) -> None:
    """Check a saved answer against the library: does every statement still stand in its source?

    Ends with 1 when a statement changed.
    """
    from assistant import citations

    answer = citations.read_answer(file)
    result = citations.verify(answer, library_of(ctx))
    if as_json:
        put_json(result.model_dump(mode="json"))
    else:
        put(_in_words(result))
    if not result.ok:
        raise typer.Exit(1)


def _in_words(result: Verification) -> str:
    changed = result.changed()
    count = len(result.statements)
    lines = []
    for check in changed:
        lines.append(f"{check.where}: {check.finding}: {FINDINGS[check.finding]}")
        lines.append(wrapped(f"“{check.text}”", "  "))
        if check.detail:
            lines.append(wrapped(check.detail, "  "))
    lines += [f"note: {warning}" for warning in result.warnings]
    if not count:
        lines.append("The answer cites nothing, so there is nothing to check.")
    elif changed:
        lines.append(f"{len(changed)} of {count} statements are not as they were.")
    else:
        lines.append(f"All {count} statements stand in the library as they were saved.")
    if result.saved_library != result.library:
        lines.append(
            f"The library has changed since: {result.saved_library} then, {result.library} now."
        )
    return "\n".join(lines)
