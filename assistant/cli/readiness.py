"""``readiness``: strengths and gaps by stage, from a checklist that people filled in."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli.checklist import held_of
from assistant.cli.export import ForceOption, FormatOption, OutputOption, chosen_form, save
from assistant.cli.options import JsonOption
from assistant.cli.output import put, put_json, table, wrapped
from assistant.errors import UsageError

if TYPE_CHECKING:
    from assistant.checklists.records import Readiness


def add_to(app: typer.Typer) -> None:
    """Put the command of this module into the application."""
    app.command(
        epilog="Example: peer-support readiness checklist-2026-11-01.xlsx --before"
        " checklist-2026-05-01.xlsx --format pdf --output readiness.pdf"
    )(readiness)


def readiness(
    ctx: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A checklist with status filled in.")
    ],
    before: Annotated[
        Path | None,
        typer.Option("--before", metavar="FILE", help="The same as filled in earlier."),
    ] = None,
    date: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="Day of FILE; read from its name without it."),
    ] = None,
    before_date: Annotated[
        str | None, typer.Option("--before-date", metavar="DATE", help="Day of the earlier one.")
    ] = None,
    as_json: JsonOption = False,
    as_format: FormatOption = None,
    output: OutputOption = None,
    force: ForceOption = False,
) -> None:
    """Count what is in place, stage by stage, and name the gaps, the strongest first.

    FILE comes from `peer-support checklist --format xlsx --output FILE` (or csv, or --json), with
    the column Status filled in by people. With --before: what changed since.
    """
    from assistant.checklists.filled import read_filled
    from assistant.checklists.papers import readiness_paper
    from assistant.checklists.readiness import readiness as picture_of

    if before_date and not before:
        raise UsageError("--before-date goes with --before.", "Name the earlier file.")
    library, held = held_of(ctx)
    now = read_filled(file, held, _day(date))
    earlier = read_filled(before, held, _day(before_date)) if before else None
    found = picture_of(now, held, library, earlier)
    if as_format or output:
        form = chosen_form(as_format, output, ("docx", "pdf", "md"))
        save(readiness_paper(found), form, output, force=force, as_json=as_json)
    elif as_json:
        put_json(found.model_dump(mode="json"))
    else:
        put("\n".join(_page(found)))


def _day(text: str | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text.strip()) if text else None
    except ValueError as error:
        raise UsageError(f"“{text}” is no day.", "Write it as 2026-11-29.") from error


def _page(found: Readiness) -> list[str]:
    from assistant.checklists.records import STATUS_WORDS

    rows = []
    for stage in found.stages:
        cells = [stage.title]
        for status, count in stage.counts.items():
            was = f" (was {stage.before[status]})" if stage.before is not None else ""
            cells.append(f"{count}{was}")
        rows.append((*cells, str(stage.open)))
    lines = [table(("stage", *(w.lower() for w in STATUS_WORDS.values()), "no status"), rows)]
    lines += ["", *(wrapped(remark) for remark in found.remarks)] if found.remarks else []
    if found.changes:
        lines += ["", "Changed"]
        for change in found.changes:
            old, new = (
                STATUS_WORDS[s].lower() if s else "no status" for s in (change.before, change.after)
            )
            lines.append(wrapped(f"{change.text} ({old} → {new})", "- "))
    if found.gaps:
        lines += ["", "Gaps, the strongest first"]
        for row in found.gaps:
            said = STATUS_WORDS[row.status].lower() if row.status else ""
            who = f"; {row.owner}" if row.owner else ""
            due = f", {row.due}" if row.due else ""
            lines.append(wrapped(f"{row.text} {row.strength}; {said}{who}{due}", "- "))
    return lines
