"""Runs the evaluation: cases, record, score, gate, report.

    python -m evals.runner [STAGE] [--split dev|test|all] [--json]
    python -m evals.runner --update-baselines
    python -m evals.runner STAGE --record FILE

The last form scores a record that was kept, without asking anything.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, cast

from assistant.assembly import Assistant
from assistant.corpus import Library
from assistant.errors import AssistantError, UsageError
from assistant.prompts import load_screening
from assistant.settings import Settings, read_settings
from evals import gate, report
from evals.cases import (
    FOLDER,
    STAGE_NAMES,
    Case,
    CaseError,
    CaseSet,
    Split,
    StageName,
    leaks,
    library_asks,
    load_cases,
    parts_of,
    unknown_ids,
)
from evals.figures import Figure, Scored, Table
from evals.html_report import html_report
from evals.records import Progress, record_path, results_folder
from evals.stages import STAGES, scored_file

PACKAGES = ("bm25s", "chromadb", "ir-measures", "numpy", "onnxruntime", "pydantic")


@dataclass(frozen=True)
class StageResult:
    """One stage: its figures beside their baselines, and what fails the gate."""

    name: StageName
    figures: Mapping[str, Figure]
    tables: tuple[Table, ...]
    counts: Mapping[str, int]
    problems: tuple[str, ...]
    errors: tuple[str, ...] = ()
    record: str = ""

    @property
    def passed(self) -> bool:
        """True when nothing fails the gate."""
        return not self.problems

    def notes(self) -> list[str]:
        """Numbers of cases, and what went wrong."""
        lines = ["cases: " + ", ".join(f"{n} {what}" for what, n in self.counts.items())]
        lines += [f"error: {error}" for error in self.errors[:10]]
        lines += [f"FAILS: {problem}" for problem in self.problems]
        return lines

    def to_json(self) -> dict[str, Any]:
        """The stage as JSON-ready data."""
        return {
            "figures": {name: f.model_dump(mode="json") for name, f in self.figures.items()},
            "passed": self.passed,
            "counts": dict(self.counts),
            "problems": list(self.problems),
            "errors": list(self.errors),
            "tables": [
                {"title": t.title, "headings": list(t.headings), "rows": [list(r) for r in t.rows]}
                for t in self.tables
            ],
            "record": self.record,
        }


@dataclass(frozen=True)
class Result:
    """A whole run."""

    split: str
    cases: int
    stages: tuple[StageResult, ...]
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """True when every stage passed."""
        return all(stage.passed for stage in self.stages)

    def table(self) -> str:
        """Everything as text for a terminal."""
        parts = [report.text_of_stage(s.name, s.figures, s.tables, s.notes()) for s in self.stages]
        parts.append(f"{self.cases} cases ({self.split}): {'passed' if self.passed else 'FAILED'}")
        return "\n\n".join(parts)

    def to_json(self) -> dict[str, Any]:
        """Everything as JSON-ready data."""
        return {
            "cases": self.cases,
            "split": self.split,
            "stages": {stage.name: stage.to_json() for stage in self.stages},
            "passed": self.passed,
            "about": dict(self.about),
        }

    def markdown(self) -> str:
        """Everything as a report."""
        head = [f"# Evaluation on {self.split}", f"{self.cases} cases. "]
        head[1] += "Every stage passed." if self.passed else "The gate **failed**."
        head += ["\n".join(f"- {name}: {value}" for name, value in self.about.items())]
        parts = [
            report.markdown_of_stage(s.name, s.figures, s.tables, s.notes()) for s in self.stages
        ]
        return "\n\n".join([*head, *parts])


def run(
    stage: str | None,
    split: str,
    settings: Settings,
    progress: Progress = lambda words, done, of: None,
) -> Result:
    """Evaluate one stage or all, keep the records and write the report.

    Args:
        stage: one of ``STAGE_NAMES``; None for all.
        split: dev, test or all.
        settings: of the assistant.
        progress: told of every case.

    Raises:
        UsageError: there is no such stage or split.
        CaseError: a file of cases or baselines is broken.
    """
    names = stages_of(stage)
    checked = split_of(split)
    sets = {name: load_cases(name, split, settings.corpus) for name in names}
    # Baselines must mean the same on every machine: a chat model is measured by evals.with_model.
    plain = settings.model_copy(update={"model": ""})
    assistant = Assistant.from_settings(plain, build_when="always")
    results = []
    for name in names:
        path = record_path(results_folder(settings), name, split)
        STAGES[name].record(assistant, sets[name].cases, path, progress)
        scored = scored_file(name, sets[name].cases, path)
        faults = case_faults(name, sets[name].cases, assistant.library, settings)
        results.append(judged(name, checked, sets[name], scored, faults, path.name))
    result = Result(
        split=split,
        cases=sum(len(each.cases) for each in sets.values()),
        stages=tuple(results),
        about=about(assistant),
    )
    write_report(result, results_folder(settings))
    return result


def rescore(stage: str, split: str, settings: Settings, path: Path) -> Result:
    """Score a record that was kept; nothing is asked and no report is written."""
    name = stages_of(stage)[0]
    cases = load_cases(name, split, settings.corpus)
    scored = scored_file(name, cases.cases, path)
    outcome = judged(name, split_of(split), cases, scored, [], path.name)
    return Result(split=split, cases=len(cases.cases), stages=(outcome,))


# ---------------------------------------------------------------- steps


def stages_of(stage: str | None) -> tuple[StageName, ...]:
    """The stages meant.

    Raises:
        UsageError: there is no such stage.
    """
    if stage is None:
        return STAGE_NAMES
    if stage not in STAGE_NAMES:
        raise UsageError(f"There is no stage {stage!r}.", f"Use one of: {', '.join(STAGE_NAMES)}.")
    return (stage,)


def split_of(split: str) -> Split:
    """The split meant.

    Raises:
        UsageError: there is no such split.
    """
    parts_of(split)
    return cast(Split, split)


def case_faults(
    name: StageName, cases: Sequence[Case], library: Library, settings: Settings
) -> list[str]:
    """Cases that the assistant has already seen, or that name notes which do not exist."""
    faults = []
    leaked = leaks(cases, library_asks(library))
    if leaked:
        faults.append(f"{len(leaked)} cases are also asks in the library: {listed(leaked)}")
    if STAGES[name].sees_examples:
        examples = (example.text for example in load_screening(settings.prompts).examples)
        known = leaks(cases, examples)
        if known:
            faults.append(f"{len(known)} cases are also examples of the screen: {listed(known)}")
    unknown = unknown_ids(name, cases, library)
    if unknown:
        faults.append(f"{len(unknown)} note ids are unknown: {listed(unknown)}")
    return faults


def judged(
    name: StageName,
    split: Split,
    cases: CaseSet[Case],
    scored: Scored,
    faults: Iterable[str],
    record: str,
) -> StageResult:
    """A stage's figures against its baseline and rules."""
    baseline = gate.read_baseline(name, split)
    problems = [*faults, *gate.problems(scored.figures, STAGES[name].rules, baseline)]
    for what in ("unscored", "not run"):
        if scored.counts[what]:
            problems.append(f"{scored.counts[what]} cases {what}")
    return StageResult(
        name=name,
        figures=gate.with_baselines(scored.figures, baseline),
        tables=scored.tables,
        counts={**scored.counts, "note ids dropped": cases.dropped_ids},
        problems=tuple(problems),
        errors=scored.errors,
        record=record,
    )


def listed(names: Sequence[str], most: int = 5) -> str:
    """The first names, and how many more."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


# ---------------------------------------------------------------- report


def about(assistant: Assistant) -> dict[str, Any]:
    """Settings, revision and versions that the figures belong to."""
    manifest = assistant.index.manifest
    return {
        "time": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "revision": revision(),
        "library version": manifest.library_version,
        "index": manifest.index_id,
        "settings": assistant.settings.answer_hash(),
        "embedding model": assistant.settings.embedding_model,
        "python": sys.version.split()[0],
        "packages": ", ".join(f"{name} {_installed(name)}" for name in PACKAGES),
    }


def revision() -> str:
    """The commit of the checkout, marked where files differ from it."""
    command = ["git", "-C", str(FOLDER), "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return "not a checkout"
    return done.stdout.strip()


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"


def write_report(result: Result, folder: Path) -> None:
    """Write ``report.html``, ``report.md`` and ``report.json``."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.html").write_text(html_report(result), encoding="utf-8")
    (folder / "report.md").write_text(result.markdown(), encoding="utf-8")
    data = json.dumps(result.to_json(), indent=1, ensure_ascii=False)
    (folder / "report.json").write_text(data + "\n", encoding="utf-8")


def update_baselines(result: Result) -> list[Path]:
    """Keep a run's figures as the baselines.

    Raises:
        CaseError: cases are unscored, so that the figures are not those of the cases.
    """
    paths = []
    for stage in result.stages:
        if stage.counts["unscored"] or stage.counts["not run"]:
            raise CaseError(Path(stage.record), None, "cases are unscored; no baseline is kept.")
        version_ = str(result.about.get("library version", ""))
        paths.append(
            gate.write_baseline(
                stage.name,
                split_of(result.split),
                stage.figures,
                STAGES[stage.name].rules,
                version_,
            )
        )
    return paths


def tell(words: str, done: int, of: int) -> None:
    """Progress on one line of a terminal; nothing where no one is looking."""
    if sys.stderr.isatty():
        print(f"{words}: {done} of {of}", file=sys.stderr, end="\n" if done == of else "\r")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; exit code 1 when the gate fails."""
    parser = argparse.ArgumentParser(prog="python -m evals.runner", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("stage", nargs="?", help=", ".join(STAGE_NAMES) + "; all without one")
    parser.add_argument("--split", default="dev", help="dev (default), test or all")
    parser.add_argument("--record", type=Path, help="score this record instead of asking")
    parser.add_argument("--update-baselines", action="store_true", help="keep the figures")
    parser.add_argument("--json", action="store_true", help="print JSON")
    given = parser.parse_args(arguments)
    try:
        settings = read_settings()
        if given.record is not None:
            result = rescore(given.stage or "", given.split, settings, given.record)
        else:
            result = run(given.stage, given.split, settings, tell)
        print(json.dumps(result.to_json(), indent=1) if given.json else result.table())
        if given.update_baselines:
            for path in update_baselines(result):
                print(f"kept {path}", file=sys.stderr)
            return 0
    except AssistantError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    return 0 if result.passed else 1


if __name__ == "__main__":
    raise SystemExit(main())
