"""Measures answers: given when they should be, refused when they should be, and resting on what
they cite.

Earlier questions of a conversation are asked first, so that a follow-up meets the outcomes that it
would meet in life. What needs the library (replaying the citations, the support number) is noted in
the record; the figures come from cases and records alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from assistant.answering.support import support_of
from assistant.assembly import Assistant
from assistant.citations import statements_of, verify
from assistant.pipeline import SEARCH_DEPTH
from assistant.schema import Answer, Turn
from assistant.wording import read_wording
from evals import answer_checks as check
from evals.cases import AnswerCase
from evals.figures import Figure, Rule, Scored, Table, crosstab, plain_value, share, shown
from evals.metrics import auc, auc_interval, curve_point, percentile, risk_coverage
from evals.records import CaseRecord, Progress, match, produce

REPEATED = 10
"""How many cases are asked twice."""
RULES = {
    "answered when it should be": Rule(tolerance=0.03),
    "refused when it should be": Rule(tolerance=0.05),
    "false answers": Rule(better="lower", tolerance=0.05),
    "answerable stopped by the screen": Rule(better="lower", tolerance=0.03),
    # An answer whose citations do not hold is replaced by "failed", so both must be watched.
    "citation validity": Rule(must_be=1.0),
    "failed": Rule(better="lower", must_be=0.0),
    "refusals without citations": Rule(must_be=1.0),
    "same question, same answer": Rule(must_be=1.0),
    "wrong claims absent": Rule(must_be=1.0),
    "good note cited": Rule(tolerance=0.03),
    "contested shown as such": Rule(tolerance=0.06),
    "foreign only, labelled": Rule(tolerance=0.05),
    "support AUC": Rule(tolerance=0.03),
}

Pair = tuple[AnswerCase, "AnswerRecord"]
Judged = tuple[AnswerCase, Answer]


class AnswerRecord(CaseRecord):
    """What the assistant said to one case."""

    actual_answer: Answer | None = None
    actual_verified: bool = False
    actual_support: float = 0.0
    actual_foreign_label: bool = False
    actual_repeat_equal: bool | None = None
    actual_ms: float = 0.0


# ---------------------------------------------------------------- record


def record(
    assistant: Assistant, cases: Sequence[AnswerCase], path: Path, progress: Progress
) -> list[AnswerRecord]:
    """Ask every case, ten of them twice."""
    label = read_wording(assistant.settings.prompts).text("only_foreign")
    twice = repeated_ids([case.id for case in cases])
    # The first question of a process loads the model; that is not what a question takes.
    assistant.ask("What is peer support?")

    def act(case: AnswerCase) -> AnswerRecord:
        history = played(assistant, case.history)
        began = time.perf_counter()
        answer = assistant.ask(case.question, history=history, user=case.user)
        spent = (time.perf_counter() - began) * 1000
        again = None
        if case.id in twice:
            repeat = assistant.ask(case.question, history=history, user=case.user)
            again = repeat.comparable() == answer.comparable()
        return AnswerRecord(
            id=case.id,
            actual_answer=answer,
            actual_verified=verify(answer, assistant.library).ok,
            actual_support=support_number(assistant, answer.standalone_question),
            actual_foreign_label=any(s.text == label for _, s in statements_of(answer)),
            actual_repeat_equal=again,
            actual_ms=round(spent, 2),
        )

    return produce(cases, act, AnswerRecord, path, progress)


def played(assistant: Assistant, history: Sequence[Turn]) -> tuple[Turn, ...]:
    """The earlier turns with the outcomes that they have when asked."""
    turns: tuple[Turn, ...] = ()
    for turn in history:
        outcome = turn.outcome or assistant.ask(turn.question, history=turns).outcome
        turns = (*turns, Turn(question=turn.question, outcome=outcome))
    return turns


def support_number(assistant: Assistant, standalone: str) -> float:
    """How well the library supports an answer to a question that stands alone."""
    found = assistant.retriever.search(standalone, top=SEARCH_DEPTH)
    return support_of(standalone, found).probability


def repeated_ids(ids: Sequence[str], wanted: int = REPEATED) -> frozenset[str]:
    """Ids spread evenly over the cases."""
    step = max(1, len(ids) // wanted)
    return frozenset(ids[::step][:wanted])


# ---------------------------------------------------------------- score


def score(cases: Sequence[AnswerCase], records: Iterable[AnswerRecord]) -> Scored:
    """The figures of a record."""
    matched = match(cases, records)
    pairs = matched.pairs
    judged = [(case, rec.actual_answer) for case, rec in pairs if rec.actual_answer is not None]
    figures = _outcomes(judged) | _evidence(pairs) | _substance(pairs, judged)
    figures |= _support(pairs) | _speed(pairs, judged)
    return Scored(
        figures=figures,
        tables=tuple(_tables(pairs, judged)),
        counts={
            "scored": len(pairs),
            "unscored": len(matched.unscored),
            "not run": len(matched.not_run),
        },
        errors=matched.errors,
    )


def _rate(
    judged: Sequence[Judged],
    among: Callable[[AnswerCase, Answer], bool],
    right: Callable[[AnswerCase, Answer], bool],
) -> Figure:
    return share([right(case, answer) for case, answer in judged if among(case, answer)])


def _outcomes(judged: Sequence[Judged]) -> dict[str, Figure]:
    """Whether what should be answered is, and what should not is not."""
    return {
        "answered when it should be": _rate(
            judged, lambda c, a: c.answerable, lambda c, a: check.answers(a)
        ),
        "refused when it should be": _rate(
            judged, lambda c, a: not c.answerable, lambda c, a: check.refuses(a)
        ),
        "false answers": _rate(
            judged, lambda c, a: not c.answerable, lambda c, a: check.answers(a)
        ),
        "false answers given in full": _rate(
            judged, lambda c, a: not c.answerable, lambda c, a: a.outcome == "answered"
        ),
        "partial said to be partial": _rate(
            judged, lambda c, a: c.expected == "partial", lambda c, a: a.outcome == "partial"
        ),
        "answerable stopped by the screen": _rate(
            judged,
            lambda c, a: c.answerable,
            lambda c, a: a.outcome in {"signposted", "declined"},
        ),
        "stopped, yet answered below the help": _rate(
            judged,
            lambda c, a: c.answerable and a.outcome == "signposted",
            lambda c, a: len(a.sections) > 1,
        ),
        "failed": _rate(judged, lambda c, a: True, lambda c, a: a.outcome == "failed"),
    }


def _evidence(pairs: Sequence[Pair]) -> dict[str, Figure]:
    """Whether citations hold, and stand only where something is answered."""
    given = [(rec.actual_answer, rec.actual_verified) for _, rec in pairs if rec.actual_answer]
    return {
        "citation validity": share(
            [check.citations_hold(a) and verified for a, verified in given if a.citations]
        ),
        "refusals without citations": share(
            [not a.citations for a, _ in given if check.refuses(a)]
        ),
        "same question, same answer": share(
            [rec.actual_repeat_equal for _, rec in pairs if rec.actual_repeat_equal is not None]
        ),
    }


def _substance(pairs: Sequence[Pair], judged: Sequence[Judged]) -> dict[str, Figure]:
    """Whether answers rest on the right notes, and show what they must show."""

    def labelled(case: AnswerCase, answer: Answer) -> bool:
        return case.answerable and bool(case.good_notes)

    foreign = [
        rec.actual_foreign_label or check.names_countries(rec.actual_answer)
        for _, rec in pairs
        if rec.actual_answer
        and check.answers(rec.actual_answer)
        and check.foreign_only(rec.actual_answer)
    ]
    return {
        "good note cited": _rate(judged, labelled, lambda c, a: check.cites_any(a, c.good_notes)),
        "good note cited, of answered": _rate(
            judged,
            lambda c, a: labelled(c, a) and check.answers(a),
            lambda c, a: check.cites_any(a, c.good_notes),
        ),
        "good note in the summary": _rate(
            judged, labelled, lambda c, a: check.summary_cites_any(a, c.good_notes)
        ),
        "contested shown as such": _rate(
            judged,
            lambda c, a: c.contested and c.answerable,
            lambda c, a: len(a.positions) >= 2,
        ),
        "positions on what is not contested": _rate(
            judged,
            lambda c, a: not c.contested and check.answers(a),
            lambda c, a: len(a.positions) >= 2,
        ),
        "foreign only, labelled": share(foreign),
        "wrong claims absent": _rate(
            judged, lambda c, a: bool(c.must_not), lambda c, a: not check.says_any(a, c.must_not)
        ),
    }


def _support(pairs: Sequence[Pair]) -> dict[str, Figure]:
    """How well the support number parts what can be answered from what cannot."""
    scores = [rec.actual_support for _, rec in pairs]
    flags = [case.answerable for case, _ in pairs]
    good = [s for s, yes in zip(scores, flags, strict=True) if yes]
    others = [s for s, yes in zip(scores, flags, strict=True) if not yes]
    low, high = auc_interval(good, others) or (None, None)
    point = curve_point(scores, flags, 0.9)
    refused = point.refused if point else None
    return {
        "support AUC": Figure(value=auc(good, others), low=low, high=high, n=len(pairs)),
        "refusable refused at 90% kept": plain_value(refused, len(others)),
    }


def _speed(pairs: Sequence[Pair], judged: Sequence[Judged]) -> dict[str, Figure]:
    """Length and time; neither takes part in the gate."""
    words = [float(check.summary_words(a)) for _, a in judged if check.answers(a)]
    spent = [rec.actual_ms for _, rec in pairs]
    return {
        "median words of the summary": plain_value(percentile(words, 0.5), len(words)),
        "p50 latency ms": plain_value(percentile(spent, 0.5), len(spent)),
        "p95 latency ms": plain_value(percentile(spent, 0.95), len(spent)),
    }


def _tables(pairs: Sequence[Pair], judged: Sequence[Judged]) -> Iterable[Table]:
    yield crosstab(
        "Outcome: expected (down) and actual (across)",
        [(case.expected, answer.outcome) for case, answer in judged],
        "expected",
    )
    points = risk_coverage(
        [rec.actual_support for _, rec in pairs], [case.answerable for case, _ in pairs]
    )
    yield Table(
        "Support number: risk against coverage",
        ("threshold", "answerable kept", "others refused", "wrongly answered, of answered"),
        tuple((shown(p.threshold), shown(p.kept), shown(p.refused), shown(p.risk)) for p in points),
    )
    yield Table(
        "Cases to look at", ("case", "expected", "actual", "what"), tuple(_remarkable(judged))
    )


def _remarkable(judged: Sequence[Judged]) -> Iterable[tuple[str, str, str, str]]:
    """Cases that went wrong, and how."""
    for case, answer in judged:
        faults = []
        if case.answerable != check.answers(answer):
            faults.append("not answered" if case.answerable else "answered")
        elif case.answerable and case.good_notes and not check.cites_any(answer, case.good_notes):
            faults.append("no good note cited")
        if case.contested and case.answerable and len(answer.positions) < 2:
            faults.append("positions not shown")
        if check.says_any(answer, case.must_not):
            faults.append("says what it must not")
        if faults:
            yield case.id, case.expected, answer.outcome, ", ".join(faults)
