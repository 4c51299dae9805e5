"""``situations``: lists what exercises are built from, and records that it was reviewed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli.options import JsonOption, library_of, new_app, settings_of
from assistant.cli.output import note, put, put_json, table
from assistant.errors import UsageError

if TYPE_CHECKING:
    from assistant.scenarios.records import Situation


def add_to(app: typer.Typer) -> None:
    """Put the commands of this module into the application."""
    group = new_app(
        "The situations that exercises are built from.", example="peer-support situations list"
    )
    group.command("list", epilog="Example: peer-support situations list")(list_situations)
    group.command("review", epilog="Example: peer-support situations review told-over-the-toast")(
        review
    )
    app.add_typer(group, name="situations")


def situation_of(situation_id: str, situations: Sequence[Situation]) -> Situation:
    """The situation of an id.

    Raises:
        UsageError: there is none; names the nearest.
    """
    from assistant.cli.choices import nearest

    by_id = {situation.id: situation for situation in situations}
    if situation_id.strip() in by_id:
        return by_id[situation_id.strip()]
    close = nearest(situation_id.strip(), by_id)
    hint = f"The nearest: {', '.join(close)}." if close else "See: peer-support situations list"
    raise UsageError(f"There is no situation {situation_id.strip()}.", hint)


def list_situations(ctx: typer.Context, as_json: JsonOption = False) -> None:
    """List the situations with their topics."""
    from assistant.scenarios.reading import read_situations

    found = read_situations(settings_of(ctx).corpus, library_of(ctx))
    if as_json:
        fields = {"id", "title", "topics", "settings", "levels", "learners", "contested"}
        put_json([situation.model_dump(mode="json", include=fields) for situation in found])
    elif found:
        rows = [(s.id, ", ".join(s.settings), ", ".join(s.topics)) for s in found]
        put(table(("id", "settings", "topics"), rows))
    else:
        note("The library holds no situations.")


def review(
    ctx: typer.Context,
    ids: Annotated[list[str], typer.Argument(metavar="ID", help="Ids of situations.")],
    as_json: JsonOption = False,
) -> None:
    """Record that every factual line was held against its notes as they stand today.

    For editors of a library: writes to its folder. `library check` fails when a note changes after.
    """
    import datetime as dt

    from assistant.scenarios.reading import keep_review, read_situations, review_of

    settings, library = settings_of(ctx), library_of(ctx)
    held = read_situations(settings.corpus, library)
    chosen = [situation_of(one, held) for one in ids]
    today = dt.date.today()
    kept = [keep_review(settings.corpus, review_of(s, library, today)) for s in chosen]
    if as_json:
        put_json({"reviews": [str(path) for path in kept]})
    else:
        note(f"{len(kept)} review{'' if len(kept) == 1 else 's'} recorded.")
