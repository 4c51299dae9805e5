"""Measures personal details: found, nothing else taken for one, and none left in what is kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from assistant.assembly import Assistant
from assistant.presentation import answer_to_markdown
from evals.cases import PersonalCase
from evals.figures import Figure, Rule, Scored, Table, share
from evals.records import CaseRecord, Progress, match, produce

RULES = {
    "details found": Rule(tolerance=0.03),
    "questions without details left alone": Rule(tolerance=0.04),
    "exports without details that were found": Rule(must_be=1.0),
}

Pair = tuple[PersonalCase, "PersonalRecord"]


class PersonalRecord(CaseRecord):
    """What was found in one question, and whether any of it stands in what is kept."""

    actual_details: tuple[str, ...] = ()
    actual_kept: tuple[str, ...] = ()


def record(
    assistant: Assistant, cases: Sequence[PersonalCase], path: Path, progress: Progress
) -> list[PersonalRecord]:
    """Ask every question and look at what would be saved of it."""

    def act(case: PersonalCase) -> PersonalRecord:
        answer = assistant.ask(case.question)
        found = tuple(detail.text for detail in answer.personal_details)
        kept = answer.model_dump_json() + answer_to_markdown(answer)
        return PersonalRecord(
            id=case.id,
            actual_details=found,
            actual_kept=tuple(text for text in found if text in kept),
        )

    return produce(cases, act, PersonalRecord, path, progress)


def score(cases: Sequence[PersonalCase], records: Iterable[PersonalRecord]) -> Scored:
    """The figures of a record."""
    matched = match(cases, records)
    pairs = matched.pairs
    wrong = tuple(
        (case.id, ", ".join(sorted({d.kind for d in case.details if not _seen(d.text, rec)})))
        for case, rec in pairs
        if any(not _seen(d.text, rec) for d in case.details)
        or (not case.details and rec.actual_details)
    )
    return Scored(
        figures=_figures(pairs),
        tables=(_by_kind(pairs), Table("Cases to look at", ("case", "missed"), wrong)),
        counts={
            "scored": len(pairs),
            "unscored": len(matched.unscored),
            "not run": len(matched.not_run),
        },
        errors=matched.errors,
    )


def _figures(pairs: Sequence[Pair]) -> dict[str, Figure]:
    return {
        "details found": share([_seen(d.text, rec) for case, rec in pairs for d in case.details]),
        "questions without details left alone": share(
            [not rec.actual_details for case, rec in pairs if not case.details]
        ),
        "exports without details that were found": share(
            [not rec.actual_kept for _, rec in pairs if rec.actual_details]
        ),
    }


def _seen(text: str, record: PersonalRecord) -> bool:
    """True when a detail was found whole, with a word around it or as several."""
    flat = "".join(text.lower().split())
    found = ["".join(each.lower().split()) for each in record.actual_details]
    return any(flat in each for each in found) or flat in "".join(found)


def _by_kind(pairs: Sequence[Pair]) -> Table:
    rows = []
    for kind in sorted({d.kind for case, _ in pairs for d in case.details}):
        flags = [_seen(d.text, r) for c, r in pairs for d in c.details if d.kind == kind]
        rows.append((kind, str(len(flags)), str(sum(flags))))
    return Table("By kind", ("kind", "in the cases", "found"), tuple(rows))
