"""Changing the last question, asking again, saving and marking answers; without a browser."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import pytest

from assistant.errors import ConfigurationError, IndexMissingError
from assistant.interface import load_texts
from assistant.ratings import Ratings
from assistant.web import views
from assistant.web.ask.handlers import LIMIT, Conversation, Desk, Screen
from assistant.web.ask.keeping import PAPERS, REFERENCES, WHOLE, Keeping, keepable
from assistant.web.ask.rating import Marking
from assistant.web.ask.stages import STAGES
from assistant.web.downloads import Downloads
from tests import fakes_web as fake
from tests.test_web import MEANINGS, NOTES_QUESTION, PERSONAL, TYPED, StagedAssistant

STORY = "How much of my own story do I share?"
OWN_DANGER = "dont think ill be around"


@pytest.fixture
def assistant() -> StagedAssistant:
    return StagedAssistant()


@pytest.fixture
def desk(assistant: StagedAssistant) -> Desk:
    return Desk(assistant, load_texts())


def asked(desk: Desk, *questions: str) -> Conversation:
    conversation = Conversation()
    for question in questions:
        conversation = list(desk.ask(question, conversation, "{}"))[-1].conversation
    return conversation


def changed(desk: Desk, conversation: Conversation, question: str) -> list[Screen]:
    return list(desk.ask(question, desk.change(conversation).conversation, "{}"))


def headings(conversation: Conversation) -> list[str]:
    return re.findall(r'class="question"[^>]*>(.*?)</h2>', conversation.html())


# ---------------------------------------------------------------- the last question


def test_the_last_question_goes_back_into_the_box(desk: Desk) -> None:
    screen = desk.change(asked(desk, fake.RESTRAINT))
    assert screen.box == fake.RESTRAINT
    assert "data-leave" in screen.pending
    left = desk.leave(screen.conversation)
    assert (left.box, left.pending) == ("", "")
    assert list(desk.ask(STORY, left.conversation, "{}"))[-1].conversation.turns[0].question == (
        fake.RESTRAINT
    )


def test_the_changed_question_takes_the_place_of_the_last(
    desk: Desk, assistant: StagedAssistant
) -> None:
    before = asked(desk, "first", fake.RESTRAINT)
    *waiting, after = changed(desk, before, STORY)
    assert headings(after.conversation) == ["first", STORY]
    assert [turn.question for turn in after.conversation.turns] == ["first", STORY]
    assert [turn.question for turn in assistant.asked[-1][1]] == ["first"]
    assert 'id="a2-question"' in after.conversation.html()
    assert 'id="a3-question"' not in after.conversation.html()
    assert all("data-replaces" in screen.pending for screen in waiting)
    assert all(screen.conversation.shown is before.shown for screen in waiting)
    assert not after.conversation.changing


def test_personal_details_do_not_come_back_into_the_box(desk: Desk) -> None:
    box = desk.change(asked(desk, PERSONAL)).box
    assert "[phone number]" in box
    assert not [typed for typed in TYPED.values() if typed in box]


def test_nothing_and_too_much_are_said_while_changing(desk: Desk) -> None:
    screen = desk.change(asked(desk, fake.RESTRAINT))
    for question in ("", "x" * (LIMIT + 1)):
        (refused,) = desk.ask(question, screen.conversation, "{}")
        assert "data-leave" in refused.pending
        assert 'role="alert"' in refused.pending
        assert refused.conversation.changing


def test_only_the_last_turn_can_be_changed(desk: Desk) -> None:
    html = asked(desk, fake.RESTRAINT, STORY).html()
    for offered in ("data-change", "data-again", f'data-what="{WHOLE}"'):
        assert offered not in html[: html.index('id="a2-question"')]
        assert offered in html[html.index('id="a2-question"') :]


@pytest.mark.parametrize("question", [OWN_DANGER, "x voicemail"])
def test_a_turn_met_with_help_cannot_be_replaced(
    desk: Desk, assistant: StagedAssistant, question: str
) -> None:
    conversation = asked(desk, question)
    assert desk.change(conversation).box == ""
    assert not desk.change(conversation).conversation.changing
    (screen,) = desk.ask_again(conversation, "{}")
    assert screen.conversation is conversation
    after = list(desk.ask(STORY, desk.change(conversation).conversation, "{}"))[-1].conversation
    assert [turn.outcome for turn in after.turns] == ["signposted", "answered"]


def test_asking_again_asks_the_same_with_what_is_chosen_now(
    desk: Desk, assistant: StagedAssistant
) -> None:
    before = asked(desk, "first", fake.RESTRAINT)
    after = list(desk.ask_again(before, '{"country": "Germany"}', '{"role": "manager"}'))[-1]
    question, history, filters = assistant.asked[-1]
    assert (question, [turn.question for turn in history]) == (fake.RESTRAINT, ["first"])
    assert filters is not None
    assert filters.jurisdiction == ("Germany",)
    assert assistant.users[-1] == "manager"
    assert headings(after.conversation) == ["first", fake.RESTRAINT]


def test_a_choice_asked_again_is_still_that_choice(desk: Desk, assistant: StagedAssistant) -> None:
    before = asked(desk, "first", NOTES_QUESTION, MEANINGS[0].question)
    after = list(desk.ask_again(before, "{}"))[-1].conversation
    assert assistant.asked[-1][:2] == (MEANINGS[0].question, ())
    assert headings(after)[-1] == MEANINGS[0].label.replace("'", "&#x27;")
    changed_after = changed(desk, after, "and then?")[-1].conversation
    assert [t.question for t in changed_after.turns] == ["first", NOTES_QUESTION, "and then?"]


def test_nothing_to_ask_again_changes_nothing(desk: Desk) -> None:
    (screen,) = desk.ask_again(Conversation(), "{}")
    assert screen.conversation == Conversation()
    assert desk.change(Conversation()).box == ""


# ---------------------------------------------------------------- after something went wrong


def test_what_failed_can_be_asked_again(desk: Desk, assistant: StagedAssistant) -> None:
    assistant.error = IndexMissingError("There is no index yet.", "Build it.")
    failed = asked(desk, fake.RESTRAINT)
    assert "data-again" in failed.html()
    assistant.error = None
    after = list(desk.ask_again(failed, "{}"))[-1].conversation
    assert headings(after) == [fake.RESTRAINT]
    assert [turn.outcome for turn in after.turns] == ["answered"]


def test_what_failed_and_is_asked_once_more_in_the_box_stands_once(
    desk: Desk, assistant: StagedAssistant
) -> None:
    assistant.error = RuntimeError()
    failed = list(desk.ask(PERSONAL, Conversation(), "{}"))[-1]
    assert failed.box == PERSONAL
    again = list(desk.ask(failed.box, failed.conversation, "{}"))[-1]
    assert len(headings(again.conversation)) == 1
    assistant.error = None
    after = list(desk.ask("something else", again.conversation, "{}"))[-1].conversation
    assert [turn.outcome for turn in after.turns] == ["failed", "answered"]
    assert "data-again" not in after.html()[: after.html().index('id="a2-question"')]


def test_a_change_that_fails_loses_nothing(desk: Desk, assistant: StagedAssistant) -> None:
    before = asked(desk, "first", fake.RESTRAINT)
    assistant.error = RuntimeError()
    failed = changed(desk, before, STORY)[-1].conversation
    assert headings(failed) == ["first", fake.RESTRAINT, STORY]
    failed = list(desk.ask_again(failed, "{}"))[-1].conversation
    assert headings(failed) == ["first", fake.RESTRAINT, STORY]
    assistant.error = None
    after = list(desk.ask_again(failed, "{}"))[-1].conversation
    assert headings(after) == ["first", STORY]
    assert [turn.question for turn in assistant.asked[-1][1]] == ["first"]


# ---------------------------------------------------------------- saving


@pytest.fixture
def keeping(assistant: StagedAssistant) -> Keeping:
    return Keeping(assistant, Downloads(), load_texts())


def fetched(keeping: Keeping, html: str) -> tuple[str, bytes]:
    found = re.search(r'href="/download/([^/"]+)/', html)
    assert found, html
    made = keeping.downloads.get(found[1])
    assert made
    return made.name, made.content


def word_text(content: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return " ".join(
            archive.read(name).decode("utf-8", "replace") for name in archive.namelist()
        )


@pytest.mark.parametrize("form", [*PAPERS, *REFERENCES])
def test_an_answer_is_saved_in_every_form(desk: Desk, keeping: Keeping, form: str) -> None:
    conversation = asked(desk, fake.RESTRAINT)
    assert f'data-save="{form}"' in conversation.html()
    name, content = fetched(keeping, keeping.made(conversation, "1", form))
    assert name.startswith("peer-support-")
    assert "restraint" not in name
    assert len(content) > 100
    opening = {"docx": b"PK", "pdf": b"%PDF"}.get(form, content[:1])
    assert content.startswith(opening)


def test_what_is_saved_is_without_personal_details(desk: Desk, keeping: Keeping) -> None:
    conversation = asked(desk, PERSONAL, fake.RESTRAINT)
    assert not [typed for typed in TYPED.values() if typed in repr(conversation.answers()[0])]
    assert all(d.text == "" for a in conversation.answers() for d in a.personal_details)
    for what in ("1", WHOLE):
        text = word_text(fetched(keeping, keeping.made(conversation, what, "docx"))[1])
        assert "phone number" in text
        assert not [typed for typed in TYPED.values() if typed in text]


def test_the_whole_conversation_leaves_out_where_somebody_was_met_with_help(
    desk: Desk, keeping: Keeping
) -> None:
    conversation = asked(desk, fake.RESTRAINT, OWN_DANGER, STORY)
    _, content = fetched(keeping, keeping.made(conversation, WHOLE, "md"))
    text = content.decode()
    assert "restraint rota" in text
    assert STORY in text
    assert "be around" not in text
    assert "999" not in text
    assert "not-made" in keeping.made(conversation, "2", "docx")


def test_the_whole_conversation_is_offered_from_two_answers_on(desk: Desk) -> None:
    whole = f'data-what="{WHOLE}"'
    assert whole not in asked(desk, fake.RESTRAINT).html()
    assert whole not in asked(desk, OWN_DANGER, fake.RESTRAINT).html()
    assert whole in asked(desk, fake.RESTRAINT, STORY).html()


@pytest.mark.parametrize(
    ("what", "form"), [("1", "exe"), ("0", "docx"), ("7", "docx"), ("x", "docx"), ("1", "csv")]
)
def test_what_cannot_be_saved_is_said(desk: Desk, keeping: Keeping, what: str, form: str) -> None:
    html = keeping.made(asked(desk, fake.RESTRAINT), what, form)
    assert "Ask again, then save it" in html
    assert "/download/" not in html


def test_a_file_that_cannot_be_made_says_so_and_logs_no_question(
    desk: Desk,
    keeping: Keeping,
    assistant: StagedAssistant,
    caplog: pytest.LogCaptureFixture,
) -> None:
    conversation = asked(desk, fake.RESTRAINT)
    assistant.error = ConfigurationError("The typesetter is missing.", "Install it.")
    assert "The typesetter is missing. Install it." in keeping.made(conversation, "1", "pdf")
    assistant.error = RuntimeError("restraint rota")
    assert "could not be made" in keeping.made(conversation, "1", "pdf")
    assert "RuntimeError" in caplog.text
    assert "rota" not in caplog.text


def test_nothing_is_held_of_what_may_not_be_saved() -> None:
    assert keepable(fake.crisis_self("q")) is None
    assert keepable(fake.crisis_other("q")) is None
    assert keepable(fake.answer("q", "failed")) is None
    assert keepable(fake.answer("q", risk_subject="own")) is None
    assert keepable(fake.restraint()) == fake.restraint()


# ---------------------------------------------------------------- marking


@pytest.fixture
def marking(tmp_path: Path) -> Marking:
    return Marking(Ratings(tmp_path), load_texts())


def test_the_form_has_every_sentence_once_and_says_what_is_kept(
    desk: Desk, marking: Marking
) -> None:
    html = marking.form(asked(desk, fake.RESTRAINT), "1")
    assert html.count('type="radio"') == 4
    ticks = re.findall(r'<label for="tick-\d+">(.*?)</label>', html)
    assert len(ticks) == len(set(ticks)) == html.count('type="checkbox"')
    assert "Training must come before use of force." in ticks
    assert "It contradicts what peer support is." in ticks
    assert "your question without personal details" in html
    assert "checked" not in html


def test_what_is_marked_is_kept_as_it_was_meant(desk: Desk, marking: Marking) -> None:
    conversation = asked(desk, PERSONAL)
    given = {
        "turn": "1",
        "verdict": "partly",
        "words": f"ring me on {TYPED['phone']}",
        "tick-1": "on",
        "reason-0": "unclear",
        "reason-1": "wrong-country",
        "tick-2": "on",
        "reason-2": "<script>",
        "tick-99": "on",
    }
    assert "Kept." in marking.keep(conversation, given)
    (rating,) = marking.ratings.read().ratings
    assert rating.verdict == "partly"
    assert [(m.where, m.reason) for m in rating.marks] == [
        (rating.sentences[1].where, "wrong-country"),
        (rating.sentences[2].where, "other"),
    ]
    assert rating.words == "ring me on [phone number]"
    assert TYPED["phone"] not in marking.ratings.path.read_text()
    assert "[phone number]" in rating.question


def test_without_a_verdict_the_form_comes_back_as_it_was_filled_in(
    desk: Desk, marking: Marking
) -> None:
    given = {"turn": "1", "words": "<b>words</b>", "tick-1": "on", "reason-1": "hurtful"}
    html = marking.keep(asked(desk, fake.RESTRAINT), given)
    assert 'role="alert"' in html
    assert "&lt;b&gt;words&lt;/b&gt;" in html
    assert re.search(r'<input [^>]*id="tick-1"[^>]* checked', html)
    assert html.count(" checked") == 1
    assert html.count('value="hurtful" selected') == 1
    assert '<details class="mark-fold" open>' in html
    assert not marking.ratings.path.exists()


@pytest.mark.parametrize("place", ["0", "2", "", "x"])
def test_an_answer_that_is_not_there_cannot_be_marked(
    desk: Desk, marking: Marking, place: str
) -> None:
    conversation = asked(desk, fake.RESTRAINT)
    assert "cannot be marked" in marking.form(conversation, place)
    assert "cannot be marked" in marking.keep(conversation, {"turn": place, "verdict": "right"})
    assert not marking.ratings.path.exists()


@pytest.mark.parametrize("question", [OWN_DANGER, "x voicemail", NOTES_QUESTION])
def test_what_may_not_be_marked_is_refused(desk: Desk, marking: Marking, question: str) -> None:
    conversation = asked(desk, question)
    assert "data-rate" not in conversation.html()
    assert "cannot be marked" in marking.keep(conversation, {"turn": "1", "verdict": "right"})
    assert not marking.ratings.path.exists()


def test_where_it_is_switched_off_nothing_is_offered_or_kept(
    assistant: StagedAssistant, tmp_path: Path
) -> None:
    assistant.settings = assistant.settings.model_copy(update={"ratings": False})
    conversation = asked(Desk(assistant, load_texts()), fake.RESTRAINT)
    assert "data-rate" not in conversation.html()
    off = Marking(Ratings(tmp_path, switched_on=False), load_texts())
    assert "cannot be marked" in off.form(conversation, "1")
    assert "cannot be marked" in off.keep(conversation, {"turn": "1", "verdict": "right"})
    assert not (tmp_path / "ratings.jsonl").exists()


def test_a_file_that_cannot_be_written_keeps_the_form(
    desk: Desk, marking: Marking, caplog: pytest.LogCaptureFixture
) -> None:
    marking.ratings.path.mkdir()
    given = {"turn": "1", "verdict": "wrong", "words": "my words"}
    html = marking.keep(asked(desk, fake.RESTRAINT), given)
    assert "cannot be used" in html
    assert "my words" in html
    assert "my words" not in caplog.text


# ---------------------------------------------------------------- the rest of the place


def test_the_way_to_the_history_is_a_link() -> None:
    html = views.to_history(load_texts())
    assert 'href="?place=history"' in html
    assert 'data-go="place:history"' in html


def test_an_answer_can_be_put_back_without_asking(desk: Desk) -> None:
    conversation = Conversation()
    for answer in (fake.restraint(), fake.clarify(NOTES_QUESTION), fake.restraint(STORY)):
        conversation = desk.with_answer(conversation, answer)
    assert headings(conversation) == [fake.RESTRAINT, NOTES_QUESTION, STORY]
    assert conversation.html().count("data-again") == 1
    assert len(conversation.answers()) == 3
    assert STAGES[0] not in conversation.html()
