"""``checklist``: who must or should do what, stage by stage, to read or to fill in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli.export import ForceOption, FormatOption, OutputOption, chosen_form, save
from assistant.cli.options import JsonOption, library_of, settings_of
from assistant.cli.output import note, put, put_json, wrapped

if TYPE_CHECKING:
    from assistant.checklists.reading import Checklists
    from assistant.checklists.records import Chosen, ChosenRow, DraftKind, Stage
    from assistant.corpus import Library
    from assistant.exports.forms import Form
    from assistant.schema import Citation

SHEETS = frozenset({"csv", "xlsx"})
PAPERS: tuple[Form, ...] = ("docx", "pdf", "md", "csv", "xlsx")


def add_to(app: typer.Typer) -> None:
    """Put the commands of this module into the application."""
    app.command(
        epilog="Example: peer-support checklist supervising --setting inpatient --format docx"
        " --output supervising.docx"
    )(checklist)


def checklist(
    ctx: typer.Context,
    stages: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[STAGE]...",
            help="deciding, preparing, recruiting, training, supervising, sustaining or"
            " evaluating; all without any.",
            show_default=False,
        ),
    ] = None,
    setting: Annotated[str, typer.Option(metavar="SETTING", help="Where, such as inpatient.")] = "",
    country: Annotated[
        str, typer.Option(metavar="COUNTRY", help="Whose sources need no mark; England without.")
    ] = "",
    kind: Annotated[
        str, typer.Option(metavar="KIND", help="Only what one would look for in such a document.")
    ] = "",
    as_json: JsonOption = False,
    as_format: FormatOption = None,
    output: OutputOption = None,
    force: ForceOption = False,
    record_review: Annotated[
        bool,
        typer.Option(
            "--record-review",
            help="For editors: record that the rows were held against their notes today.",
        ),
    ] = False,
) -> None:
    """Show what must and should be in place, with sources, and room for evidence, owner and date.

    `library check` fails when a note changes after the rows that rest on it were reviewed.
    """
    from assistant.checklists.choosing import choose, stages_of
    from assistant.checklists.guidance import kind_of
    from assistant.checklists.papers import checklist_paper, checklist_sheet

    library, held = held_of(ctx)
    chosen_stages = stages_of(stages or (), held)
    if record_review:
        _review(ctx, held, library, chosen_stages, concerns=not stages)
        return
    given = kind_of(kind)
    kinds: tuple[DraftKind, ...] = (given,) if given else ()
    chosen = choose(
        held, library, stages=chosen_stages, setting=setting, country=country, kinds=kinds
    )
    if as_format or output:
        form = chosen_form(as_format, output, PAPERS)
        titles = {stage.id: stage.title for stage in held.stages}
        paper = (checklist_sheet if form in SHEETS else checklist_paper)(chosen, titles)
        save(paper, form, output, force=force, as_json=as_json)
    elif as_json:
        put_json(chosen.model_dump(mode="json"))
    else:
        put("\n".join(_page(chosen, held)))


def held_of(ctx: typer.Context) -> tuple[Library, Checklists]:
    """The library and its checklists.

    Raises:
        CorpusError, ConfigurationError: they are broken, or there are none.
    """
    from assistant.checklists.reading import read_checklists

    library = library_of(ctx)
    return library, read_checklists(settings_of(ctx).corpus, library)


def _review(
    ctx: typer.Context,
    held: Checklists,
    library: Library,
    stages: Sequence[Stage],
    *,
    concerns: bool,
) -> None:
    from assistant.checklists.reading import CONCERN_REVIEW, keep_review, review_of

    wanted = stages or tuple(stage.id for stage in held.stages)
    ids = [f"checklist-{stage}" for stage in wanted]
    if concerns and held.concerns:
        ids.append(CONCERN_REVIEW)
    for review_id in ids:
        keep_review(settings_of(ctx).corpus, review_of(held, review_id, library, dt.date.today()))
    note(f"{len(ids)} review{'' if len(ids) == 1 else 's'} recorded.")


# ---------------------------------------------------------------- as text


def _page(chosen: Chosen, held: Checklists) -> list[str]:
    lines = [chosen.title, "=" * len(chosen.title)]
    lines += ["", *(wrapped(remark) for remark in chosen.remarks)] if chosen.remarks else []
    for stage in chosen.stages:
        rows = [row for row in chosen.rows if row.stage == stage]
        if rows:
            lines += ["", held.title(stage), "-" * len(held.title(stage))]
            for row in rows:
                lines += _row_lines(row)
    return [*lines, "", "Sources", *source_lines(chosen.citations)]


def _row_lines(row: ChosenRow) -> list[str]:
    numbers = "".join(f"[{n}]" for n in row.citations)
    lines = [
        "",
        wrapped(f"{row.who[:1].upper()}{row.who[1:]}: {row.text} {numbers}", "[ ] "),
        wrapped(f"{row.strength}. Could show it: {row.show}", "    "),
    ]
    if row.contested:
        lines.append(wrapped(f"Sources differ: {row.contested}", "    "))
    return lines


def source_lines(citations: Sequence[Citation]) -> list[str]:
    """The sources of a text page, by number, with the note that was used."""
    from assistant.checklists.papers import source_words

    return [
        wrapped(f"{source_words(c)}: {c.text} ({c.evidence_id})", f"[{c.n}] ", "     ")
        for c in citations
    ]
