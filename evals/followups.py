"""Measures follow-ups without a language model: does the folded question find what the last turn
alone does not, are questions about an answer met from that answer, are new topics left alone?
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from assistant.assembly import Assistant
from assistant.conversation import reshape_of
from assistant.schema import Outcome, Turn
from evals.answers import played
from evals.cases import FollowupCase
from evals.figures import Figure, Rule, Scored, Table, share
from evals.records import CaseRecord, Progress, match, produce

DEPTH = 5
ABOUT_THE_ANSWER = frozenset({"who-says", "law", "shorter", "why"})
RULES = {
    "good note in the first five, folded": Rule(tolerance=0.04),
    "questions about the answer met from it": Rule(tolerance=0.05),
    "new topics left alone": Rule(tolerance=0.05),
}

Pair = tuple[FollowupCase, "FollowupRecord"]


class FollowupRecord(CaseRecord):
    """What became of one follow-up."""

    actual_outcome: Outcome | None = None
    actual_standalone: str = ""
    actual_notes: tuple[str, ...] = ()
    actual_alone_notes: tuple[str, ...] = ()
    actual_cited: tuple[str, ...] = ()
    actual_reshaped: bool = False


def record(
    assistant: Assistant, cases: Sequence[FollowupCase], path: Path, progress: Progress
) -> list[FollowupRecord]:
    """Play every conversation; search with the stand-alone question and with the last turn."""

    def act(case: FollowupCase) -> FollowupRecord:
        history = played(assistant, [Turn(question=q) for q in case.history])
        answer = assistant.ask(case.question, history=history, user=case.user)
        return FollowupRecord(
            id=case.id,
            actual_outcome=answer.outcome,
            actual_standalone=answer.standalone_question,
            actual_notes=_found(assistant, answer.standalone_question),
            actual_alone_notes=_found(assistant, case.question),
            actual_cited=tuple(c.evidence_id for c in answer.citations),
            actual_reshaped=reshape_of(case.question) is not None and bool(answer.citations),
        )

    return produce(cases, act, FollowupRecord, path, progress)


def _found(assistant: Assistant, question: str) -> tuple[str, ...]:
    return tuple(e.evidence_id for e in assistant.search(question, top=DEPTH))


def score(cases: Sequence[FollowupCase], records: Iterable[FollowupRecord]) -> Scored:
    """The figures of a record."""
    matched = match(cases, records)
    pairs = matched.pairs
    return Scored(
        figures=_figures(pairs),
        tables=(_by_kind(pairs), _worst(pairs)),
        counts={
            "scored": len(pairs),
            "unscored": len(matched.unscored),
            "not run": len(matched.not_run),
        },
        errors=matched.errors,
    )


def _figures(pairs: Sequence[Pair]) -> dict[str, Figure]:
    labelled = [(c, r) for c, r in pairs if c.good_notes and c.kind not in ABOUT_THE_ANSWER]
    leaning = [(c, r) for c, r in labelled if c.kind != "new-topic"]
    return {
        "good note in the first five, folded": share([_hit(c, r.actual_notes) for c, r in leaning]),
        "good note in the first five, last turn alone": share(
            [_hit(c, r.actual_alone_notes) for c, r in leaning]
        ),
        "good note cited": share([_hit(c, r.actual_cited) for c, r in leaning]),
        "questions about the answer met from it": share(
            [r.actual_reshaped for c, r in pairs if c.kind in ABOUT_THE_ANSWER]
        ),
        "new topics left alone": share(
            [r.actual_standalone == c.question for c, r in pairs if c.kind == "new-topic"]
        ),
    }


def _hit(case: FollowupCase, notes: Sequence[str]) -> bool:
    return not set(notes).isdisjoint(case.good_notes)


def _by_kind(pairs: Sequence[Pair]) -> Table:
    rows = []
    for kind in sorted({case.kind for case, _ in pairs}):
        own = [(c, r) for c, r in pairs if c.kind == kind and c.good_notes]
        folded = sum(_hit(c, r.actual_notes) for c, r in own)
        alone = sum(_hit(c, r.actual_alone_notes) for c, r in own)
        rows.append((kind, str(len(own)), str(folded), str(alone)))
    return Table("By kind", ("kind", "labelled", "found folded", "found alone"), tuple(rows))


def _worst(pairs: Sequence[Pair]) -> Table:
    rows = tuple(
        (c.id, c.kind, str(r.actual_outcome), r.actual_standalone[:80])
        for c, r in pairs
        if c.good_notes and not _hit(c, r.actual_notes)
    )
    return Table("Cases to look at", ("case", "kind", "outcome", "read as"), rows)
