"""Measures asking back: where a question may mean two things, and only there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from assistant.assembly import Assistant
from assistant.schema import Outcome
from evals.cases import ClarifyCase
from evals.figures import Rule, Scored, Table, share
from evals.records import CaseRecord, Progress, match, produce

RULES = {
    "asks back when it should": Rule(tolerance=0.05),
    "asks back without need": Rule(better="lower", tolerance=0.05),
}


class ClarifyRecord(CaseRecord):
    """What became of one question."""

    actual_outcome: Outcome | None = None
    actual_choices: tuple[str, ...] = ()


def record(
    assistant: Assistant, cases: Sequence[ClarifyCase], path: Path, progress: Progress
) -> list[ClarifyRecord]:
    """Ask every question."""

    def act(case: ClarifyCase) -> ClarifyRecord:
        answer = assistant.ask(case.question, user=case.user)
        labels = tuple(choice.label for choice in answer.choices)
        return ClarifyRecord(id=case.id, actual_outcome=answer.outcome, actual_choices=labels)

    return produce(cases, act, ClarifyRecord, path, progress)


def score(cases: Sequence[ClarifyCase], records: Iterable[ClarifyRecord]) -> Scored:
    """The figures of a record."""
    matched = match(cases, records)
    pairs = matched.pairs
    asked = [(case, rec.actual_outcome == "clarify") for case, rec in pairs]
    wrong = tuple(
        (case.id, case.expected, str(rec.actual_outcome))
        for case, rec in pairs
        if (rec.actual_outcome == "clarify") != (case.expected == "clarify")
    )
    return Scored(
        figures={
            "asks back when it should": share([a for c, a in asked if c.expected == "clarify"]),
            "asks back without need": share([a for c, a in asked if c.expected == "answer"]),
            "ambiguous and not answered as if plain": share(
                [
                    rec.actual_outcome not in {"answered"}
                    for case, rec in pairs
                    if case.expected == "clarify"
                ]
            ),
        },
        tables=(Table("Cases to look at", ("case", "expected", "actual"), wrong),),
        counts={
            "scored": len(pairs),
            "unscored": len(matched.unscored),
            "not run": len(matched.not_run),
        },
        errors=matched.errors,
    )
