"""``index``: builds the index, says what it is, checks its files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.cli.options import JsonOption, new_app, settings_of
from assistant.cli.output import complain, put, put_json
from assistant.cli.progress import BuildProgress
from assistant.errors import ConfigurationError, IndexMismatchError

if TYPE_CHECKING:
    from assistant.settings import Settings


def add_to(app: typer.Typer) -> None:
    """Put the commands of this module into the application."""
    group = new_app(
        "Build and check the index that answers are found with.",
        example="peer-support index build",
    )
    group.command("build", epilog="Example: peer-support index build --force")(build)
    group.command("status", epilog="Example: peer-support index status --json")(status)
    group.command("verify", epilog="Example: peer-support index verify")(verify)
    app.add_typer(group, name="index")


def build(
    ctx: typer.Context,
    force: Annotated[
        bool, typer.Option("--force", help="Write it anew even where nothing changed.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Bring the index up to date with the library. Interrupted, it goes on the next time."""
    settings = settings_of(ctx)
    with BuildProgress(began=True) as progress:
        from assistant import assembly

        report = assembly.build(settings, force=force, progress=progress)
    manifest = report.manifest
    if as_json:
        facts = {
            "index_id": report.index_id,
            "changed": report.changed,
            "embedded": report.embedded,
            "home": str(settings.home),
        }
        put_json(facts | {"manifest": manifest.model_dump(mode="json")})
        return
    done = "was built" if report.changed else "is up to date"
    put(f"The index {done} ({report.index_id}).")
    put(
        f"{manifest.sources:,} sources, {manifest.notes:,} notes, {manifest.briefs:,} briefs, "
        f"{manifest.contested:,} contested questions; {report.embedded:,} texts newly read."
    )


def status(ctx: typer.Context, as_json: JsonOption = False) -> None:
    """Say which index is in use and whether it fits the library. Ends with 1 when it does not."""
    settings = settings_of(ctx)
    found = state(settings)
    if as_json:
        put_json(found)
    else:
        for name, value in found.items():
            if name not in {"problem", "hint", "file_hashes"} and value is not None:
                put(f"{name.replace('_', ' ')}: {_plainly(value)}")
        if found["problem"]:
            put(str(found["problem"]))
            put(str(found["hint"]))
    if not found["fits"]:
        raise typer.Exit(1)


def verify(ctx: typer.Context, as_json: JsonOption = False) -> None:
    """Read the index again, file by file, and check that it fits the library."""
    settings = settings_of(ctx)
    from assistant.indexing.build import verify_index

    problem: ConfigurationError | None = None
    files = 0
    try:
        files = len(verify_index(settings.home).file_hashes)
        found = state(settings)
        if found["problem"]:
            problem = IndexMismatchError(str(found["problem"]), str(found["hint"]))
    except ConfigurationError as error:
        if not as_json:
            raise
        problem = error
    if as_json:
        put_json(
            {
                "ok": problem is None,
                "files": files,
                "problem": problem.message if problem else None,
                "hint": problem.hint if problem else None,
            }
        )
        if problem:
            raise typer.Exit(1)
        return
    if problem:
        complain(problem.message, problem.hint)
        raise typer.Exit(1)
    put(f"The index is whole ({files} files) and fits the library.")


def state(settings: Settings) -> dict[str, Any]:
    """What ``index status`` tells: present, fits, problem, hint, and the manifest. No model is
    loaded and nothing is written.

    Raises:
        ConfigurationError: there is no library.
    """
    from assistant.assembly import retrieval_model, vector_model
    from assistant.corpus import library_version
    from assistant.indexing.build import describe
    from assistant.indexing.store import REBUILD, current_id

    found: dict[str, Any] = {
        "present": current_id(settings.home) is not None,
        "fits": False,
        "problem": None,
        "hint": None,
        "home": str(settings.home),
        "library_now": library_version(settings.corpus),
    }
    try:
        found |= describe(settings.home)
    except ConfigurationError as error:
        return found | {"problem": error.message, "hint": error.hint}
    if found["library_version"] != found["library_now"]:
        problem = "The library has changed since the index was built."
        return found | {"problem": problem, "hint": REBUILD}
    wanted = retrieval_model(vector_model(settings)).identity
    if settings.embedding_model == "bundled" and found["model"] != wanted:
        problem = f"The index was built with another embedding model ({found['model']})."
        return found | {"problem": problem, "hint": REBUILD}
    return found | {"fits": True}


def _plainly(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else str(value)
