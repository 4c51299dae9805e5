"""Answers refused or given in part, and what is offered with any: next steps, related questions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, get_args

import pytest

from assistant.answering import Composer, Draft
from assistant.answering.related import MOST, related_questions, tidy
from assistant.answering.select import choose
from assistant.answering.support import (
    COEFFICIENTS,
    FEATURES,
    PARTLY_BELOW,
    REFUSE_BELOW,
    Support,
    support_of,
    support_signals,
)
from assistant.assembly import Assistant
from assistant.citations import statements_of
from assistant.corpus import Library
from assistant.retrieval import Found, Hit
from assistant.schema import Answer, Side, Turn, User
from assistant.wording import Wording
from tests.compose_answers import (
    NONE,
    composer,
    found_of,
    gap_texts,
    sections,
    supported,
    texts,
    wording,
)
from tests.small_library import ASK_LAW, ASK_NOTHING, ASK_TRIAL, QUESTIONS

__all__ = ["composer", "supported", "wording"]


# ---------------------------------------------------------------- refusing


def test_refusal_cites_nothing_and_offers_what_is_near(
    small_assistant: Assistant, wording: Wording
) -> None:
    answer = small_assistant.ask(ASK_NOTHING)
    assert answer.outcome == "not_in_library"
    assert answer.reason in {"weak_evidence", "nothing_found"}
    assert answer.citations == ()
    assert all(not s.citations and not s.evidence_ids for _, s in statements_of(answer))
    assert texts(answer.summary) == [wording.text("not_in_library")]
    assert 0 < len(answer.related) <= MOST
    (section,) = answer.sections
    assert section.heading == wording.text("nearest_heading")


def test_nothing_found_is_told_from_too_little(small_data: Library, composer: Composer) -> None:
    empty = composer.compose("x", Found((), (), (), ()))
    assert (empty.outcome, empty.reason, empty.related) == ("not_in_library", "nothing_found", ())
    weak = {**NONE, "ask": 0.1}
    little = composer.compose("x", found_of(small_data, {"force-act-2018-1": 2.0}, parts=weak))
    assert (little.outcome, little.reason) == ("not_in_library", "weak_evidence")


def test_support_between_the_thresholds_answers_in_part(
    small_data: Library,
    composer: Composer,
    wording: Wording,
    supported: Callable[[float], None],
) -> None:
    found = found_of(small_data, {"force-act-2018-1": 12.0})

    def with_support(probability: float) -> Draft:
        supported(probability)
        return composer.compose("force", found)

    assert with_support(PARTLY_BELOW).outcome == "answered"
    between = with_support((REFUSE_BELOW + PARTLY_BELOW) / 2)
    assert (between.outcome, between.reason) == ("partial", "weak_evidence")
    assert wording.text("weak_evidence") in gap_texts(between)
    assert with_support(REFUSE_BELOW).outcome == "partial"
    assert with_support(REFUSE_BELOW - 0.01).outcome == "not_in_library"


# ---------------------------------------------------------------- support


def test_support_is_a_share_and_the_thresholds_are_in_order(small_assistant: Assistant) -> None:
    assert tuple(COEFFICIENTS) == FEATURES
    assert 0 < REFUSE_BELOW < PARTLY_BELOW < 1
    for question in QUESTIONS:
        found = small_assistant.retriever.search(question, top=24)
        support = support_of(question, found)
        assert 0 <= support.probability <= 1
        assert tuple(support.signals) == FEATURES
        assert support.refuses <= support.partly


def test_support_parts_what_is_held_from_what_is_not(small_assistant: Assistant) -> None:
    def support(question: str) -> Support:
        return support_of(question, small_assistant.retriever.search(question, top=24))

    assert not support(ASK_LAW).partly
    assert support(ASK_NOTHING).refuses
    assert support(ASK_LAW).probability > support(ASK_NOTHING).probability


def test_nothing_found_supports_nothing() -> None:
    empty = Found((), (), (), ())
    assert support_signals("who is trained", empty) == dict.fromkeys(FEATURES, 0.0)
    assert support_of("who is trained", empty).refuses


# ---------------------------------------------------------------- what would answer it


def test_refusal_says_what_kind_of_document_would_answer(
    small_data: Library, composer: Composer, wording: Wording
) -> None:
    weak = {**NONE, "ask": 0.1}
    found = found_of(small_data, {"force-act-2018-1": 2.0}, parts=weak)
    said = gap_texts(composer.compose("x", found))[-1]
    topic = found.evidence[0].topics[0]
    assert said == wording.documents_for([topic], wants_fact=False)
    assert wording.documents[topic][0] in said
    price = gap_texts(composer.compose("How much does the badge cost?", found))[-1]
    assert wording.documents["fact"][0] in price


@pytest.mark.usefixtures("supported")
def test_sources_that_only_conflict_are_told_from_too_little(
    small_data: Library, composer: Composer, wording: Wording
) -> None:
    (question,) = (c for c in small_data.contested.values())
    sides = [note for position in question.positions for note in position.notes]
    close = {**NONE, "ask": 0.9}
    found = replace(
        found_of(small_data, dict.fromkeys(sides, 12.0)),
        contested=(Hit(f"contested:{question.id}", 12.0, close),),
    )
    draft = composer.compose(question.question, found)
    assert len(draft.positions) >= 2
    assert (draft.outcome, draft.reason) == ("partial", "conflicting_only")
    assert wording.text("only_conflicting") in gap_texts(draft)


# ---------------------------------------------------------------- next steps, related questions


def test_next_steps_are_of_the_topic_and_the_user(
    small_assistant: Assistant, wording: Wording
) -> None:
    for user in ("psw", "manager", "trainer"):
        answer = small_assistant.ask(ASK_LAW, user=user)
        assert answer.next_steps == wording.steps_for(user, ["restraint", "training"])
    assert small_assistant.ask(ASK_LAW).next_steps == wording.steps_for("psw", ["restraint"])
    assert len(small_assistant.ask(ASK_LAW).next_steps) <= 3


@pytest.mark.parametrize("side", get_args(Side))
def test_lines_and_steps_are_for_the_side_that_an_answer_speaks_to(
    side: Side, small_data: Library, wording: Wording
) -> None:
    brief = small_data.briefs["supervision-basics"]
    first, second = brief.practice
    lines = (first, second.model_copy(update={"speaks_to": ("person", "carer")}))
    answers = (brief.answers[0].model_copy(update={"speaks_to": side}), *brief.answers[1:])
    changed = brief.model_copy(update={"practice": lines, "answers": answers})
    briefs = tuple(changed if one is brief else one for one in small_data.data.briefs)
    data = small_data.data.model_copy(update={"briefs": briefs})
    composer = Composer(Library(data), wording, 12)
    notes = {"supervision-guide-2020-1": 12.0, "supervision-charter-2022-1": 11.0}
    found = found_of(small_data, notes, answers=[("supervision-basics/0", 13.0, 0.95)])

    draft = composer.compose("can a supervisor be a nurse", found)
    shown = [text for s in sections(draft, "practice") for text in texts(s.statements)]
    assert shown == [first.text if side == "work" else second.text]
    key = "psw" if side == "work" else side
    assert draft.next_steps == wording.steps_for(key, ["supervision"])
    # Who says who they are is believed.
    told = composer.compose("can a supervisor be a nurse", found, user="manager")
    assert told.next_steps == wording.steps_for("manager", ["supervision"])
    # Who plainly asks from work gets what is for work, whomever the answer was written for.
    worker = composer.compose("im a new psw, can a supervisor be a nurse", found)
    assert worker.next_steps == wording.steps_for("psw", ["supervision"])
    assert [t for s in sections(worker, "practice") for t in texts(s.statements)] == [first.text]


@pytest.mark.parametrize(
    ("question", "side"),
    [
        ("i've been sectioned, can my peer worker be a nurse", "person"),
        ("can my mum's peer worker be a nurse", "carer"),
    ],
)
@pytest.mark.parametrize("user", [None, "psw", "manager"])
def test_whoever_is_plainly_not_at_work_gets_no_steps_for_staff(
    question: str, side: Side, user: User | None, small_data: Library, wording: Wording
) -> None:
    composer = Composer(small_data, wording, 12)
    notes = {"supervision-guide-2020-1": 12.0, "supervision-charter-2022-1": 11.0}
    found = found_of(small_data, notes, answers=[("supervision-basics/0", 13.0, 0.95)])
    draft = composer.compose(question, found, user=user)
    # The answer and its brief's lines were written for somebody at work.
    assert draft.summary
    assert sections(draft, "practice") == []
    assert draft.next_steps == wording.steps_for(side, ["supervision"])


def test_who_asks_changes_next_steps_and_nothing_else(small_assistant: Assistant) -> None:
    def without_steps(answer: Answer) -> dict[str, Any]:
        return {k: v for k, v in answer.comparable().items() if k != "next_steps"}

    for question in QUESTIONS:
        worker = small_assistant.ask(question, user="psw")
        assert without_steps(small_assistant.ask(question, user="manager")) == without_steps(worker)


def test_related_questions_are_others_and_few(small_assistant: Assistant) -> None:
    for question in QUESTIONS:
        related = small_assistant.ask(question).related
        assert len(related) <= MOST
        assert len(set(related)) == len(related)
        assert tidy(question) not in related


def test_related_questions_are_answered(small_assistant: Assistant) -> None:
    for question in small_assistant.ask(ASK_NOTHING).related:
        assert small_assistant.ask(question).outcome in {"answered", "partial"}, question


def test_related_leave_out_the_answer_given(small_data: Library) -> None:
    found = found_of(
        small_data,
        {"supervision-guide-2020-1": 12.0},
        answers=[("supervision-basics/0", 13.0, 0.95), ("supervision-basics/1", 12.0, 0.5)],
    )
    choice = choose("can my supervisor be a nurse", found, small_data, 12)
    shown = related_questions("zzz", found, choice, small_data)
    asks = small_data.briefs["supervision-basics"].answers[0].asks
    assert not set(shown) & {tidy(ask) for ask in asks}
    assert shown


@pytest.mark.parametrize(
    ("ask", "line"),
    [
        ("can i say no", "Can I say no?"),
        ("Is it fine?", "Is it fine?"),
        ("supervision of peers", "Supervision of peers"),
    ],
)
def test_asks_are_tidied_into_lines_to_tap(ask: str, line: str) -> None:
    assert tidy(ask) == line


def test_history_of_the_same_question_changes_nothing(small_assistant: Assistant) -> None:
    """A question that stands alone is answered alike at any point of a conversation."""
    alone = small_assistant.ask(ASK_LAW).comparable()
    history = [Turn(question=ASK_TRIAL, outcome="answered")]
    assert small_assistant.ask(ASK_LAW, history=history).comparable() == alone
