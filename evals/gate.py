"""Compares figures with their baselines and says what fell.

A baseline file holds the figures that count, each with the value it had when the file was written
and how far it may fall behind. Baselines change in the commit that moves them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from assistant.schema import Record
from evals.cases import CaseError, StageName
from evals.figures import Figure, Rule, shown

FOLDER = Path(__file__).resolve().parent / "baselines"
SLACK = 1e-9


class Held(Record):
    """The baseline of one figure."""

    value: float
    tolerance: float
    better: Literal["higher", "lower"]
    n: int


class Baseline(Record):
    """The figures that a stage had on a split, and the library that they were measured on."""

    stage: StageName
    split: Literal["dev", "test", "all"]
    library_version: str
    figures: dict[str, Held]


def baseline_path(stage: str, split: str, folder: Path | None = None) -> Path:
    """Where a baseline is kept."""
    return (folder or FOLDER) / f"{stage}-{split}.json"


def read_baseline(stage: str, split: str, folder: Path | None = None) -> Baseline | None:
    """The baseline of a stage on a split; None where there is none.

    Raises:
        CaseError: the file is broken.
    """
    path = baseline_path(stage, split, folder)
    if not path.exists():
        return None
    try:
        return Baseline.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, ValidationError) as error:
        raise CaseError(path, None, f"is no baseline ({type(error).__name__}).") from error


def write_baseline(
    stage: StageName,
    split: Literal["dev", "test", "all"],
    figures: Mapping[str, Figure],
    rules: Mapping[str, Rule],
    library_version: str,
    folder: Path | None = None,
) -> Path:
    """Keep the figures that have a rule as the baseline."""
    held = {
        name: Held(
            value=round(figure.value, 4),
            tolerance=rule.tolerance,
            better=rule.better,
            n=figure.n,
        )
        for name, rule in rules.items()
        if (figure := figures.get(name)) is not None and figure.value is not None
    }
    baseline = Baseline(stage=stage, split=split, library_version=library_version, figures=held)
    path = baseline_path(stage, split, folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(baseline.model_dump(mode="json"), indent=1) + "\n", encoding="utf-8")
    return path


def with_baselines(figures: Mapping[str, Figure], baseline: Baseline | None) -> dict[str, Figure]:
    """The figures, each beside its baseline where it has one."""
    held = baseline.figures if baseline else {}
    return {
        name: figure.model_copy(update={"baseline": held[name].value}) if name in held else figure
        for name, figure in figures.items()
    }


def problems(
    figures: Mapping[str, Figure], rules: Mapping[str, Rule], baseline: Baseline | None
) -> list[str]:
    """What fails the gate, in words."""
    found = []
    for name, rule in rules.items():
        value = figures[name].value if name in figures else None
        if value is not None and rule.must_be is not None and abs(value - rule.must_be) > SLACK:
            found.append(f"{name} is {shown(value)} and must be {shown(rule.must_be)}")
    for name, held in (baseline.figures if baseline else {}).items():
        value = figures[name].value if name in figures else None
        if value is None:
            found.append(f"{name} was not measured; its baseline is {shown(held.value)}")
        elif behind(value, held) > held.tolerance + SLACK:
            found.append(
                f"{name} is {shown(value)}, its baseline {shown(held.value)}"
                f" with a tolerance of {held.tolerance:g}"
            )
    return found


def behind(value: float, held: Held) -> float:
    """By how much a value is worse than its baseline; negative where it is better."""
    # A baseline is kept to four decimals, so that a value may seem to fall by the rounding.
    gap = held.value - value if held.better == "higher" else value - held.value
    return gap - 5e-5
