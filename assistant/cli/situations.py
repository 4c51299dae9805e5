"""``situations``: lists what exercises are built from, and records that it was reviewed."""

from __future__ import annotations

from typing import Annotated

import typer

from assistant.cli.options import JsonOption, library_of, new_app, settings_of
from assistant.cli.output import note, put, put_json, table


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

    from assistant.assembly.trainers import Trainers
    from assistant.scenarios.reading import keep_review, review_of

    settings, library = settings_of(ctx), library_of(ctx)
    trainers = Trainers(settings, library)
    chosen = [trainers.situation(one) for one in ids]
    today = dt.date.today()
    kept = [keep_review(settings.corpus, review_of(s, library, today)) for s in chosen]
    if as_json:
        put_json({"reviews": [str(path) for path in kept]})
    else:
        note(f"{len(kept)} review{'' if len(kept) == 1 else 's'} recorded.")
