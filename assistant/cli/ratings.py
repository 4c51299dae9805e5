"""``ratings``: what readers marked about answers, listed, turned into drafts of cases, deleted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.cli.added import path_of
from assistant.cli.export import STANDARD_OUTPUT, ForceOption, check_free, put_file
from assistant.cli.options import JsonOption, new_app, settings_of
from assistant.cli.output import note, put, put_json, wrapped
from assistant.errors import UsageError

if TYPE_CHECKING:
    from assistant.ratings import Held, Rating, Ratings

CASES_FOLDER = ("evals", "cases")
PREFACE = """\
# Drafts of cases for evaluation, made from what readers marked. None of them is judged.
# For each one that is worth a case: search the library, fill in what says TO JUDGE, name the good
# notes, take out draft, what_happened and what_was_marked, and give it the next id of its file.
# evals/README.md tells the form and the rules.
"""


def add_to(app: typer.Typer) -> None:
    """Put the commands of this module into the application."""
    group = new_app(
        "What readers marked about answers (kept on this computer; PEER_SUPPORT_RATINGS=false"
        " switches it off).",
        example="peer-support ratings list",
    )
    group.command("list", epilog="Example: peer-support ratings list --json")(list_ratings)
    group.command("cases", epilog="Example: peer-support ratings cases --output drafts.yaml")(cases)
    group.command("delete", epilog="Example: peer-support ratings delete 1a2b3c4d")(delete)
    app.add_typer(group, name="ratings")


def list_ratings(ctx: typer.Context, as_json: JsonOption = False) -> None:
    """List what was marked, oldest first: the question, the verdict, the sentences and remarks."""
    held = _store(ctx).read()
    if as_json:
        broken = [{"line": one.line, "why": one.why} for one in held.broken]
        ratings = [rating.model_dump(mode="json") for rating in held.ratings]
        put_json({"ratings": ratings, "broken": broken})
    elif held.ratings:
        put("\n\n".join(_page(rating) for rating in held.ratings))
    on = "on" if settings_of(ctx).ratings else "off"
    _tell(ctx, held)
    note(f"{_count(len(held.ratings))}. Marking is {on}.")


def cases(
    ctx: typer.Context,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="The file to write, as YAML."),
    ] = None,
    force: ForceOption = False,
    as_json: JsonOption = False,
) -> None:
    """Write what was marked as drafts of evaluation cases, for a person to judge and complete.

    A draft holds the question, the outcome, the cited notes and what was marked. It is marked as a
    draft, and the evaluation refuses it until somebody has judged it.
    """
    import yaml

    from assistant.ratings import draft_case

    held = _store(ctx).read()
    drafts: list[dict[str, Any]] = [draft_case(rating) for rating in held.ratings]
    body = yaml.safe_dump(drafts, sort_keys=False, allow_unicode=True, width=96) if drafts else ""
    path = None if output in {None, STANDARD_OUTPUT} else output
    if path is not None:
        path = path.expanduser()
        _keep_out_of_cases(path)
        check_free(path, force)
        put_file(path, f"{PREFACE}{body}".encode(), force)
    if as_json:
        put_json({"path": path_of(path), "drafts": len(drafts)} if path else drafts)
    elif path is not None:
        note(f"Written: {path_of(path)}")
    elif drafts:
        put(PREFACE + body.rstrip())
    _tell(ctx, held)
    note(f"{len(drafts)} draft{'' if len(drafts) == 1 else 's'}. None of them is judged yet.")


def delete(
    ctx: typer.Context,
    rating_id: Annotated[
        str | None, typer.Argument(metavar="ID", help="The id that `ratings list` shows.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Delete all of it.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Delete one mark by its id, or all of them with --all."""
    if (rating_id is None) != every:
        raise UsageError(
            "Say what to delete.", "Give an id from `peer-support ratings list`, or --all."
        )
    store = _store(ctx)
    if rating_id is None:
        deleted = store.delete_all()
    else:
        if not store.delete(rating_id.strip()):
            raise UsageError(
                f"There is no mark {rating_id.strip()}.", "See: peer-support ratings list"
            )
        deleted = 1
    if as_json:
        put_json({"deleted": deleted})
    note(f"{_count(deleted)} deleted.")


def _store(ctx: typer.Context) -> Ratings:
    from assistant.ratings import Ratings

    settings = settings_of(ctx)
    return Ratings(settings.home, settings.ratings)


def _keep_out_of_cases(path: Path) -> None:
    """Drafts never come to lie among the cases by themselves.

    Raises:
        UsageError: the file would lie there.
    """
    parts = path.resolve().parent.parts
    if any(parts[n : n + 2] == CASES_FOLDER for n in range(len(parts))):
        raise UsageError(
            "Drafts are not written among the cases: nobody has judged them yet.",
            "Give a file somewhere else, complete the drafts there, then copy them over.",
        )


def _page(rating: Rating) -> str:
    by_place = {sentence.where: sentence.text for sentence in rating.sentences}
    lines = [
        f"{rating.id}  {rating.day:%Y-%m-%d}  {rating.verdict}  ({rating.outcome})",
        wrapped(rating.question, "  "),
    ]
    lines += [wrapped(f"{m.reason}: {by_place[m.where]}", "  - ") for m in rating.marks]
    lines += [wrapped(f"“{rating.words}”", "  ")] if rating.words else []
    return "\n".join(lines)


def _tell(ctx: typer.Context, held: Held) -> None:
    """Name the lines that cannot be read."""
    path = _store(ctx).path
    for one in held.broken:
        note(f"{path}, line {one.line} cannot be read and stays where it is ({one.why}).")


def _count(number: int) -> str:
    return f"{number} mark{'' if number == 1 else 's'}"
