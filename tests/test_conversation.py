"""Follow-up questions: which lean on the one before, and what is folded in."""

from __future__ import annotations

import pytest

from assistant.conversation import folded, lean_of
from assistant.schema import Outcome, Turn


@pytest.mark.parametrize(
    "question",
    [
        "And at night?",
        "what about agency staff",
        "But what if my manager says no?",
        "is that the law",
        "How often does it happen?",
        "who decides this",
        "OK so who do I tell about it then",
        "does that go for volunteers",
    ],
)
def test_follow_ups_lean_strongly(question: str) -> None:
    assert lean_of(question) == "strong"


@pytest.mark.parametrize("question", ["on nights?", "volunteers", "Scotland", "how often", ""])
def test_short_questions_may_lean(question: str) -> None:
    assert lean_of(question) == "weak"


@pytest.mark.parametrize(
    "question",
    [
        "What training must staff have before they use force on a ward in England?",
        "Should peer support workers be supervised by another experienced peer support worker?",
        "My manager asked me to write notes about people I meet and I wonder whether that is right",
    ],
)
def test_questions_that_stand_alone_do_not_lean(question: str) -> None:
    assert lean_of(question) == "none"


def test_long_question_does_not_lean_for_its_opening_or_pronouns() -> None:
    words = "and what should a manager of a peer service put into the supervision policy so that"
    assert lean_of(f"{words} new staff know whom they can ask for help with it") == "none"


def test_lean_depends_on_words_and_not_on_their_case_or_space() -> None:
    assert lean_of("  AND AT NIGHT? ") == lean_of("and at night?")


def turn(question: str, outcome: Outcome | None = "answered") -> Turn:
    return Turn(question=question, outcome=outcome)


def test_first_question_stands_as_it_is() -> None:
    assert folded("and at night?", []) == "and at night?"


def test_question_before_is_folded_in() -> None:
    history = [turn("Who pays travel?"), turn("Must staff carry keys?")]
    assert folded("and at night?", history) == "Must staff carry keys? and at night?"


def test_chain_of_follow_ups_reaches_back_one_more() -> None:
    history = [turn("Who pays travel?"), turn("Must staff carry keys?"), turn("and at night?")]
    assert folded("is that law?", history) == "Must staff carry keys? and at night? is that law?"
    assert folded("is that law?", history[-1:]) == "and at night? is that law?"


@pytest.mark.parametrize("outcome", ["signposted", "declined", "failed"])
def test_turns_met_with_help_or_refusal_are_not_folded_in(outcome: Outcome) -> None:
    history = [turn("Must staff carry keys?"), turn("I want to die", outcome)]
    assert folded("and at night?", history) == "Must staff carry keys? and at night?"
    assert folded("and at night?", history[1:]) == "and at night?"


@pytest.mark.parametrize("outcome", ["answered", "partial", "not_in_library", "clarify", None])
def test_other_turns_are(outcome: Outcome | None) -> None:
    assert folded("and at night?", [turn("Keys?", outcome)]) == "Keys? and at night?"


def test_turn_between_that_was_declined_does_not_break_the_chain() -> None:
    history = [
        turn("Must staff carry keys?"),
        turn("what dose?", "declined"),
        turn("and at night?"),
    ]
    assert folded("is that law?", history) == "Must staff carry keys? and at night? is that law?"
