"""``check-guidance``: what a draft policy or job description says on each row of the checklist."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli.added import Work
from assistant.cli.checklist import PAPERS, SHEETS, source_lines
from assistant.cli.export import (
    ForceOption,
    FormatOption,
    OutputOption,
    check_free,
    chosen_form,
    save,
)
from assistant.cli.options import JsonOption, library_of, settings_of
from assistant.cli.output import put, put_json, wrapped

if TYPE_CHECKING:
    from assistant.checklists.records import ConcernFound, GuidanceCheck, RowFound, Stage


def add_to(app: typer.Typer) -> None:
    """Put the command of this module into the application."""
    app.command(
        "check-guidance",
        epilog="Example: peer-support check-guidance supervision.docx --kind supervision-policy",
    )(check_guidance)


def check_guidance(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The draft: PDF, Word, text …")],
    kind: Annotated[
        str,
        typer.Option(
            metavar="KIND",
            help="policy, job-description, person-specification, supervision-policy or"
            " service-specification; proposed without it.",
        ),
    ] = "",
    stage: Annotated[
        list[str] | None,
        typer.Option(metavar="STAGE", help="Only this stage; may be repeated."),
    ] = None,
    setting: Annotated[str, typer.Option(metavar="SETTING", help="Such as inpatient.")] = "",
    country: Annotated[
        str, typer.Option(metavar="COUNTRY", help="Whose sources need no mark; England without.")
    ] = "",
    as_json: JsonOption = False,
    as_format: FormatOption = None,
    output: OutputOption = None,
    force: ForceOption = False,
) -> None:
    """Compare a draft with guidance: met, unclear, absent or contradicted, row by row.

    It proposes; a person confirms. The draft is read on this computer and kept nowhere.
    """
    from assistant.checklists.papers import guidance_paper, guidance_sheet

    form = chosen_form(as_format, output, PAPERS) if as_format or output else None
    if output is not None and str(output) != "-":
        # Not after the work: a file in the way is told before the draft is read.
        check_free(output.expanduser(), force)
    check, titles = _checked(ctx, file, kind, stage or [], setting, country)
    if form is not None:
        make = guidance_sheet if form in SHEETS else guidance_paper
        save(make(check, titles), form, output, force=force, as_json=as_json)
    elif as_json:
        put_json(check.model_dump(mode="json"))
    else:
        put("\n".join(_page(check)))


def _checked(
    ctx: typer.Context, file: Path, kind: str, stage: list[str], setting: str, country: str
) -> tuple[GuidanceCheck, dict[Stage, str]]:
    from assistant.assembly.managers import Managers

    managers = Managers(settings_of(ctx), library_of(ctx))
    with Work() as progress:
        check = managers.check_guidance(
            file, kind=kind, stages=stage, setting=setting, country=country, progress=progress
        )
    return check, managers.stage_titles


# ---------------------------------------------------------------- as text


def _page(check: GuidanceCheck) -> list[str]:
    from assistant.checklists.papers import counted_words, taken_for
    from assistant.checklists.records import VERDICT_WORDS, VERDICTS

    title = f"Guidance check: {check.title}"
    lines = [title, "=" * len(title), wrapped(check.confirm), ""]
    lines += [wrapped(taken_for(check)), wrapped(counted_words(check))]
    lines += [wrapped(remark) for remark in check.remarks]
    if check.concerns:
        lines += ["", "Wording that invites trouble", "----------------------------"]
        for concern in check.concerns:
            lines += _concern_lines(concern)
    for verdict in VERDICTS:
        rows = [row for row in check.rows if row.verdict == verdict]
        if rows:
            head = f"{VERDICT_WORDS[verdict]} ({len(rows)})"
            lines += ["", head, "-" * len(head)]
            for row in rows:
                lines += _row_lines(row)
    return [*lines, "", "Sources", *source_lines(check.citations)]


def _concern_lines(concern: ConcernFound) -> list[str]:
    from assistant.checklists.papers import place_of

    numbers = "".join(f"[{n}]" for n in concern.citations)
    lines = ["", wrapped(concern.title, "! ")]
    lines += [wrapped(f"“{w.text}” ({place_of(w) or 'text'})", "    ") for w in concern.draft_words]
    lines.append(wrapped(f"{concern.why} {numbers}", "  "))
    if concern.contested:
        lines.append(wrapped(f"Sources differ: {concern.contested}", "  "))
    return [*lines, wrapped(f"Our suggestion: {concern.instead}", "  ")]


def _row_lines(row: RowFound) -> list[str]:
    from assistant.checklists.papers import place_of, strength_of

    numbers = "".join(f"[{n}]" for n in row.citations)
    lines = ["", wrapped(f"{row.requirement} {numbers}", "- ")]
    lines.append(wrapped(f"{strength_of(row)} · {row.id}", "  "))
    for words in row.draft_words:
        where = place_of(words)
        lines.append(wrapped(f"Draft: “{words.text}”{f' ({where})' if where else ''}", "  "))
    if row.why:
        lines.append(wrapped(row.why, "  "))
    if row.verdict == "absent":
        lines.append(wrapped(f"Nothing found. Could show it: {row.show}", "  "))
    return lines
