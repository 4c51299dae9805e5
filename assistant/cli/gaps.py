"""``gaps``: shows and clears the list of questions that the library could not answer."""

from __future__ import annotations

import typer

from assistant.cli.options import JsonOption, new_app, settings_of
from assistant.cli.output import note, put, put_json, table


def add_to(app: typer.Typer) -> None:
    """Put the commands of this module into the application."""
    group = new_app(
        "Questions that the library could not answer (kept only where PEER_SUPPORT_GAP_LOG is on).",
        example="peer-support gaps list",
    )
    group.command("list", epilog="Example: peer-support gaps list --json")(list_gaps)
    group.command("clear", epilog="Example: peer-support gaps clear")(clear)
    app.add_typer(group, name="gaps")


def list_gaps(ctx: typer.Context, as_json: JsonOption = False) -> None:
    """List what was asked and not answered, oldest first. Personal details are never kept."""
    from assistant.gaps import read_gaps

    settings = settings_of(ctx)
    gaps = read_gaps(settings.home)
    if as_json:
        put_json([gap.model_dump(mode="json") for gap in gaps])
        return
    if gaps:
        rows = [(f"{gap.day:%Y-%m-%d}", gap.outcome, gap.question) for gap in gaps]
        put(table(("day", "outcome", "question"), rows))
    on = "on" if settings.gap_log else "off (PEER_SUPPORT_GAP_LOG=true switches it on)"
    note(f"{len(gaps)} question{'' if len(gaps) == 1 else 's'}. The list is {on}.")


def clear(ctx: typer.Context) -> None:
    """Delete the list."""
    from assistant.gaps import clear_gaps

    count = clear_gaps(settings_of(ctx).home)
    note(f"{count} question{'' if count == 1 else 's'} deleted.")
