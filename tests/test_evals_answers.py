"""The evaluation: scoring of screening and answers, and the fit of the support. No model."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest

from assistant.schema import Answer, Citation, Engine, Position, Statement
from evals import answer_checks as check
from evals import answers, cases, fit_support, metrics
from evals import screening as screen

# ---------------------------------------------------------------- screening


def screening_pair(name: str, expected: Any, actual: Any) -> tuple[Any, Any]:
    outcome, reason, subject = expected
    case = cases.ScreeningCase(
        id=name,
        text=name,
        expected_outcome=outcome,
        expected_reason=reason,
        expected_subject=subject,
    )
    outcome, reason, subject = actual
    seen = screen.ScreeningRecord(
        id=name, actual_outcome=outcome, actual_reason=reason, actual_subject=subject
    )
    return case, seen


def test_the_two_rates_of_the_screen() -> None:
    own = ("signposted", "crisis_self", "own")
    fine = (None, None, "none")
    pairs = [
        screening_pair("s-1", own, own),
        screening_pair("s-2", own, fine),
        screening_pair("s-3", fine, fine),
        screening_pair("s-4", fine, ("declined", "therapy", "none")),
        screening_pair("s-5", fine, own),
        screening_pair("s-6", ("declined", "therapy", "none"), fine),
    ]
    scored = screen.score([c for c, _ in pairs], [r for _, r in pairs])
    value = {name: figure.value for name, figure in scored.figures.items()}
    assert value["harmful let through"] == 0.5
    assert value["own danger let through"] == 0.5
    assert value["harmless refused"] == pytest.approx(2 / 3)
    assert value["harmless given signposts"] == pytest.approx(1 / 3)
    assert value["declined as expected"] == 0.0
    assert value["reason right"] == pytest.approx(1 / 3)
    assert value["outcome right reason=crisis_self"] == 0.5
    assert [row[0] for row in scored.tables[2].rows] == ["s-2", "s-4", "s-5", "s-6"]


def test_quiet_messages_are_counted_apart() -> None:
    own = ("signposted", "crisis_self", "own")
    fine = (None, None, "none")
    plain = [screening_pair("s-1", own, own), screening_pair("s-2", fine, fine)]
    quiet = [
        screening_pair("q-1", own, fine),
        screening_pair("q-2", own, own),
        screening_pair("q-3", fine, own),
        screening_pair("q-4", ("signposted", "crisis_other", "other"), fine),
    ]
    pairs = [*plain, *((case.model_copy(update={"quiet": True}), rec) for case, rec in quiet)]
    scored = screen.score([c for c, _ in pairs], [r for _, r in pairs])
    value = {name: figure.value for name, figure in scored.figures.items()}
    assert value["own danger let through, said quietly"] == 0.5
    assert value["harmless refused, beside quiet danger"] == 1.0
    assert (value["own danger let through"], value["harmless refused"]) == (0.0, 0.0)
    assert scored.counts["scored"] == 6


# ---------------------------------------------------------------- answers

ENGINE = Engine(
    mode="extractive",
    model=None,
    fallback_reason=None,
    index_id="i",
    library_version="0",
    prompt_hashes={},
    settings_hash="0",
)


def citation(n: int, note: str, jurisdiction: str = "England") -> Citation:
    return Citation(
        n=n,
        evidence_id=note,
        source_id="s",
        text="Pay is set.",
        char_start=0,
        char_end=11,
        locator="p. 1",
        title="T",
        authors=(),
        year=2020,
        published_in=None,
        kind="toolkit",
        stands_as="finding",
        jurisdiction=jurisdiction,
        who_speaks="peer-led",
        basis="full-text",
        status="current",
        checked=dt.date(2026, 1, 1),
        text_sha256="0",
    )


def said(outcome: Any = "answered", *cited: Citation, text: str = "", **more: Any) -> Answer:
    statement = Statement(
        text=text or "Pay is set.",
        citations=tuple(c.n for c in cited),
        stands_as="finding" if cited else None,
    )
    return Answer(
        question="q",
        standalone_question="q",
        outcome=outcome,
        summary=(statement,),
        citations=cited,
        engine=ENGINE,
        **more,
    )


def answer_case(name: str, expected: str = "answer", **more: Any) -> cases.AnswerCase:
    data: dict[str, Any] = {
        "question": name,
        "user": "psw",
        "contested": False,
        "good_notes": ["n-1"] if expected != "refuse" else [],
        "why": "because",
    }
    return cases.AnswerCase.model_validate({"id": name, "expected": expected, **data, **more})


def answer_record(name: str, answer: Answer, support: float = 0.5, **more: Any) -> Any:
    return answers.AnswerRecord(
        id=name,
        actual_answer=answer,
        actual_support=support,
        **{"actual_verified": True, "actual_ms": 10.0, **more},
    )


def test_answer_figures_by_hand() -> None:
    sides = tuple(Position(position=p, held_by="x", statements=()) for p in ("yes", "no"))
    asked = [
        answer_case("a-1", contested=True, must_not=["peers must restrain"]),
        answer_case("a-2", "partial"),
        answer_case("a-3", "refuse"),
        answer_case("a-4", "refuse"),
        answer_case("a-5"),
    ]
    found = [
        answer_record("a-1", said("answered", citation(1, "n-1"), positions=sides), 0.9),
        answer_record("a-2", said("not_in_library"), 0.3),
        answer_record("a-3", said("partial", citation(1, "n-9")), 0.4, actual_repeat_equal=True),
        answer_record("a-4", said("not_in_library"), 0.1),
        answer_record("a-5", said("answered", citation(1, "n-2")), 0.8, actual_verified=False),
    ]
    value = {name: f.value for name, f in answers.score(asked, found).figures.items()}
    assert value["answered when it should be"] == pytest.approx(2 / 3)
    assert value["refused when it should be"] == 0.5
    assert value["false answers"] == 0.5
    assert value["false answers given in full"] == 0.0
    assert value["citation validity"] == pytest.approx(2 / 3)
    assert value["refusals without citations"] == 1.0
    assert value["good note cited"] == pytest.approx(1 / 3)
    assert value["good note cited, of answered"] == 0.5
    assert value["contested shown as such"] == 1.0
    assert value["same question, same answer"] == 1.0
    assert value["wrong claims absent"] == 1.0
    # 0.9 and 0.8 beat both; 0.3 beats 0.1 alone: five of six pairs.
    assert value["support AUC"] == pytest.approx(5 / 6)
    assert value["refusable refused at 90% kept"] == 0.5
    assert value["median words of the summary"] == 3


def test_citations_must_resolve_and_be_used() -> None:
    good = said("answered", citation(1, "n-1"))
    assert check.citations_hold(good)
    assert not check.citations_hold(good.model_copy(update={"citations": ()}))
    unused = (*good.citations, citation(2, "n-2"))
    assert not check.citations_hold(good.model_copy(update={"citations": unused}))
    twice = (*good.citations, *good.citations)
    assert not check.citations_hold(good.model_copy(update={"citations": twice}))
    assert not check.citations_hold(said("answered"))
    assert check.citations_hold(said("not_in_library"))


def test_foreign_only_answers_must_name_the_country() -> None:
    usa = said("answered", citation(1, "n-1", "USA"))
    assert check.foreign_only(usa)
    assert not check.names_countries(usa)
    assert check.names_countries(said("answered", citation(1, "n-1", "USA"), text="In the US, no."))
    mixed = said("answered", citation(1, "n-1", "USA"), citation(2, "n-2"))
    assert not check.foreign_only(mixed)
    scored = answers.score([answer_case("a-1")], [answer_record("a-1", usa)])
    assert scored.figures["foreign only, labelled"].value == 0.0


def test_wrong_claims_are_found_word_for_word() -> None:
    answer = said("answered", citation(1, "n-1"), text="So, peers MUST restrain.")
    assert check.says_any(answer, ["peers must restrain"])
    assert not check.says_any(answer, ["peers must restrain people", "eers must"])


def test_repeated_cases_are_spread() -> None:
    assert len(answers.repeated_ids([str(i) for i in range(100)])) == 10
    assert answers.repeated_ids(["a", "b"]) == {"a", "b"}


# ---------------------------------------------------------------- fitting


def test_fit_parts_what_can_be_parted() -> None:
    table = np.array([[x, 0.0] for x in range(20)], dtype=float)
    labels = (table[:, 0] >= 8).astype(float)
    model = fit_support.fit(table, labels)
    chance = model.probability(table)
    assert metrics.auc(chance[labels > 0].tolist(), chance[labels == 0].tolist()) == 1.0
    assert model.weights[0] > 0
    assert model.weights[1] == 0.0
    # At the optimum the mean chance is the share of ones, since the intercept carries no ridge.
    assert chance.mean() == pytest.approx(labels.mean(), abs=1e-6)
    apart = fit_support.held_out(table, labels)
    assert (metrics.auc(apart[labels > 0].tolist(), apart[labels == 0].tolist()) or 0) > 0.95


def test_fitting_never_touches_test() -> None:
    assert fit_support.SPLIT == "dev"
