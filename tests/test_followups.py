"""Follow-ups about an answer: its sources, its law, its short form, its reasons."""

from __future__ import annotations

import pytest

from assistant.assembly import Assistant
from assistant.citations import verify
from assistant.conversation import last_answered, reshape_of
from assistant.schema import Answer, Turn
from tests.small_library import ASK_LAW, ASK_NOTHING, ASK_SUPERVISION


def asked(assistant: Assistant, first: str, then: str) -> tuple[Answer, Answer]:
    before = assistant.ask(first)
    history = [Turn(question=first, outcome=before.outcome)]
    return before, assistant.ask(then, history=history)


@pytest.mark.parametrize(
    ("question", "shape"),
    [
        ("Who says so?", "sources"),
        ("ok, who says that", "sources"),
        ("And is that the law?", "law"),
        ("say it shorter please", "shorter"),
        ("tl;dr", "shorter"),
        ("Why?", "reasons"),
        ("who says peers must be paid", None),
        ("can you show me where that's written", "sources"),
        ("Is there any evidence for this?", "sources"),
        ("is that actually the law or just good practice?", "law"),
        ("Can you give me a quick summary", "shorter"),
        ("make it a bit simpler please", "shorter"),
        ("too long", "shorter"),
        ("what's the reasoning behind that", "reasons"),
        ("why are peers on band 3", None),
        ("and at night?", None),
        ("What evidence is there for peer support?", None),
        ("is it mandatory training", None),
        ("who wrote the policy", None),
        ("do they have to tell us by law", None),
        ("why did they put me on this", None),
        ("why are they here", None),
        ("is that the law in Scotland as well", None),
    ],
)
def test_questions_about_the_answer_are_told_from_new_ones(
    question: str, shape: str | None
) -> None:
    assert reshape_of(question) == shape


def test_who_says_so_names_the_sources_of_the_answer(small_assistant: Assistant) -> None:
    before, answer = asked(small_assistant, ASK_SUPERVISION, "who says so?")
    assert answer.outcome == "answered"
    cited = {c.source_id for c in before.citations}
    assert {c.source_id for c in answer.citations} <= cited
    assert "Featherstone" in answer.summary[0].text or "Peers Together" in answer.summary[0].text
    assert verify(answer, small_assistant.library).ok
    assert ASK_SUPERVISION in answer.standalone_question


def test_is_that_the_law_shows_the_law_or_says_there_is_none(small_assistant: Assistant) -> None:
    _, law = asked(small_assistant, ASK_LAW, "is that the law?")
    assert {c.kind for c in law.citations} == {"legislation"}
    _, none = asked(small_assistant, ASK_SUPERVISION, "is that the law?")
    assert none.summary[0].text.startswith("No:")
    assert none.summary[0].citations == ()
    assert "legislation" not in {c.kind for c in none.citations}
    assert verify(none, small_assistant.library).ok


def test_shorter_is_a_part_of_the_summary(small_assistant: Assistant) -> None:
    before, answer = asked(small_assistant, ASK_SUPERVISION, "shorter please")
    assert 1 <= len(answer.summary) < max(2, len(before.summary))
    assert {s.text for s in answer.summary} <= {s.text for s in before.summary}
    assert answer.positions == ()
    assert verify(answer, small_assistant.library).ok


def test_why_gives_reasons_or_says_that_there_are_none(small_assistant: Assistant) -> None:
    _, answer = asked(small_assistant, ASK_SUPERVISION, "why?")
    assert answer.citations
    assert verify(answer, small_assistant.library).ok


def test_without_an_answer_before_nothing_is_reshaped(small_assistant: Assistant) -> None:
    before, answer = asked(small_assistant, ASK_NOTHING, "who says so?")
    assert before.outcome == "not_in_library"
    assert answer.outcome not in {"answered", "failed"}


def test_the_last_question_of_its_own_counts() -> None:
    turns = [
        Turn(question="first", outcome="answered"),
        Turn(question="danger", outcome="signposted"),
        Turn(question="who says so?", outcome="answered"),
    ]
    assert last_answered(turns) == 0
    assert last_answered(turns[1:]) is None


def test_a_follow_up_on_what_nothing_speaks_of_says_so(small_assistant: Assistant) -> None:
    _, answer = asked(small_assistant, ASK_SUPERVISION, "and on submarines?")
    assert answer.outcome == "partial"
    texts = [s.text for section in answer.sections for s in section.statements]
    assert any("submarines" in text for text in texts)
