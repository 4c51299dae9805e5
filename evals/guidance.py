"""Measures the check of drafts: is what is called met really met, and is no gap called met?

The drafts of ``evals/guidance`` were written with known gaps by people who had not seen the
program; beside each stands the truth, row by row. Each draft is read as a person would give it.
Verdicts are measured on the rows of the truth; which kind it is and which stages it deals with, on
the proposal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import Field

from assistant.assembly import Assistant, document_limits
from assistant.checklists.drafts import read_draft
from assistant.checklists.guidance import Checker
from assistant.checklists.opening import open_checker
from assistant.checklists.records import DraftKind, Stage, Verdict
from evals.cases import GuidanceCase
from evals.figures import Rule, Scored, Table, crosstab, share
from evals.records import CaseRecord, Progress, match, produce

SAME = {"medication-tasks": "clinical-tasks", "suffers-language": "stigmatising-words"}
"""Concerns that the truth counts as one kind."""
NOT_PLANTED = frozenset(
    {"promised-secrecy", "made-to-persuade", "watched-as-patient", "convictions-exclude"}
)
"""Kinds of concern that no draft was written to hold: nothing is said of them."""
RULES = {
    "met is right": Rule(tolerance=0.05),
    "gaps not called met": Rule(tolerance=0.04),
    "met found": Rule(tolerance=0.08),
    "concerns right": Rule(tolerance=0.08),
    "concerns found": Rule(tolerance=0.08),
    "quoted to the character": Rule(must_be=1.0),
}

Pair = tuple[GuidanceCase, "GuidanceRecord"]


class GuidanceRecord(CaseRecord):
    """What one draft met. ``actual_rows`` holds the rows of the truth alone; ``actual_exact`` is
    whether every quoted word stands in the draft where it is said to."""

    actual_rows: dict[str, Verdict] = Field(default_factory=dict)
    actual_kind: DraftKind | None = None
    actual_stages: tuple[Stage, ...] = ()
    actual_concerns: tuple[str, ...] = ()
    actual_exact: bool = True


def checker_of(assistant: Assistant, **more: Any) -> Checker:
    """What checks drafts, as the command opens it."""
    settings = assistant.settings
    return open_checker(settings.corpus, settings.home, assistant.library, **more)


def record(
    assistant: Assistant, cases: Sequence[GuidanceCase], path: Path, progress: Progress
) -> list[GuidanceRecord]:
    """Check every draft."""
    checker = checker_of(assistant, threads=assistant.settings.threads)
    limits = document_limits(assistant.settings)

    def act(case: GuidanceCase) -> GuidanceRecord:
        draft = read_draft(case.path, limits)
        rows = [checker.held.rows[row] for row in case.truth.rows]
        found = checker.judged(draft, rows)
        proposed = checker.check(draft)
        words = [w for row in proposed.rows for w in row.draft_words]
        words += [w for concern in proposed.concerns for w in concern.draft_words]
        return GuidanceRecord(
            id=case.id,
            actual_rows={r.id: j.verdict for r, j in zip(rows, found, strict=True)},
            actual_kind=proposed.kind.kind,
            actual_stages=proposed.stages,
            actual_concerns=tuple(concern.id for concern in proposed.concerns),
            actual_exact=all(draft.text.startswith(w.text, w.start) for w in words),
        )

    return produce(cases, act, GuidanceRecord, path, progress)


def score(cases: Sequence[GuidanceCase], records: Iterable[GuidanceRecord]) -> Scored:
    """The figures of a record."""
    matched = match(cases, records)
    pairs = matched.pairs
    judged = [(true, rec.actual_rows[row]) for case, rec in pairs for row, true in _rows(case, rec)]
    planted, shown = list(_planted(pairs)), list(_shown(pairs))
    by_label = {
        f"{verdict} found": share([got == verdict for true, got in judged if true == verdict])
        for verdict in ("met", "unclear", "absent", "contradicts")
    }
    return Scored(
        figures={
            "met is right": share([true == "met" for true, got in judged if got == "met"]),
            "gaps not called met": share([got != "met" for true, got in judged if true != "met"]),
            **by_label,
            "verdict right": share([true == got for true, got in judged]),
            "concerns right": share(shown),
            "concerns found": share(planted),
            "kind right": share([r.actual_kind == c.truth.kind for c, r in pairs]),
            "stages found": share(
                [stage in r.actual_stages for c, r in pairs for stage in c.truth.stages]
            ),
            "quoted to the character": share([r.actual_exact for _, r in pairs]),
        },
        tables=(crosstab("Verdicts", judged, "true \\ given"), _by_draft(pairs), _wrong(pairs)),
        counts={
            "scored": len(pairs),
            "unscored": len(matched.unscored),
            "not run": len(matched.not_run),
            "rows": len(judged),
        },
        errors=matched.errors,
    )


def _rows(case: GuidanceCase, rec: GuidanceRecord) -> Iterator[tuple[str, Verdict]]:
    return ((row, true) for row, true in case.truth.rows.items() if row in rec.actual_rows)


def _kinds(ids: Iterable[str]) -> set[str]:
    return {SAME.get(name, name) for name in ids} - NOT_PLANTED


def _planted(pairs: Sequence[Pair]) -> Iterator[bool]:
    """For each planted concern, whether it was found."""
    for case, rec in pairs:
        found = _kinds(rec.actual_concerns)
        yield from (kind in found for kind in sorted(_kinds(case.truth.concerns)))


def _shown(pairs: Sequence[Pair]) -> Iterator[bool]:
    """For each concern shown, whether it was planted."""
    for case, rec in pairs:
        planted = _kinds(case.truth.concerns)
        yield from (kind in planted for kind in sorted(_kinds(rec.actual_concerns)))


def _by_draft(pairs: Sequence[Pair]) -> Table:
    rows = []
    for case, rec in pairs:
        judged = [(true, rec.actual_rows[row]) for row, true in _rows(case, rec)]
        said = [pair for pair in judged if pair[1] == "met"]
        met = sum(true == "met" for true, _ in judged)
        right = sum(true == "met" for true, _ in said)
        rows.append((case.id, str(len(judged)), f"{right} of {len(said)}", f"{right} of {met}"))
    headings = ("draft", "rows", "called met and right", "met and found")
    return Table("By draft", headings, tuple(rows))


def _wrong(pairs: Sequence[Pair]) -> Table:
    """Gaps that were called met, and concerns that were missed or shown without need."""
    rows: list[tuple[str, str, str]] = []
    for case, rec in pairs:
        rows += [
            (case.id, row, f"{true}, called met")
            for row, true in _rows(case, rec)
            if true != "met" and rec.actual_rows[row] == "met"
        ]
        planted, found = _kinds(case.truth.concerns), _kinds(rec.actual_concerns)
        rows += [(case.id, kind, "concern missed") for kind in sorted(planted - found)]
        rows += [(case.id, kind, "concern without need") for kind in sorted(found - planted)]
    return Table("To look at", ("draft", "row or concern", "what"), tuple(rows))
