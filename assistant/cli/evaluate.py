"""``evaluate``: runs the measurements that a release has to pass."""

from __future__ import annotations

from typing import Annotated

import typer

from assistant.cli.choices import one_of
from assistant.cli.options import JsonOption, settings_of
from assistant.cli.output import note, put, put_json
from assistant.errors import ConfigurationError

STAGES = (
    "retrieval",
    "screening",
    "risk",
    "answers",
    "clarify",
    "followups",
    "dialects",
    "injection",
    "personal",
    "documents",
    "grounding",
    "guidance",
    "feedback",
)
SPLITS = ("dev", "test", "all")


def add_to(app: typer.Typer) -> None:
    """Put the command of this module into the application."""
    app.command("evaluate", epilog="Example: peer-support evaluate retrieval --split test --json")(
        evaluate
    )


def evaluate(
    ctx: typer.Context,
    stage: Annotated[
        str | None,
        typer.Argument(help=f"One of {', '.join(STAGES)}; all by default."),
    ] = None,
    split: Annotated[str, typer.Option(help="Which cases: dev, test or all.")] = "dev",
    as_json: JsonOption = False,
) -> None:
    """Measure the assistant on its cases and compare with the baselines.

    Writes one self-contained HTML report. Ends with 1 when a figure fell below its baseline by more
    than its interval allows.
    """
    chosen = one_of(stage, dict(zip(STAGES, STAGES, strict=True)), "stage") if stage else None
    cases = one_of(split, dict(zip(SPLITS, SPLITS, strict=True)), "split")
    settings = settings_of(ctx)
    try:
        from evals import records, runner
    except ModuleNotFoundError as error:
        if not str(error.name).startswith("evals"):
            raise
        raise ConfigurationError(
            "The evaluation is not installed.", "Run it from a checkout of the project."
        ) from error
    result = runner.run(chosen, cases, settings, runner.tell)
    note(f"The report is {records.results_folder(settings) / 'report.html'}.")
    if as_json:
        put_json(result.to_json())
    else:
        put(result.table())
    if not result.passed:
        raise typer.Exit(1)
