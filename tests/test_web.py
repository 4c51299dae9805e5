"""The page without a browser: it builds, its handlers do what they say, its guard holds."""

from __future__ import annotations

import base64
import json
import re
import socket
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path

import gradio as gr
import pytest
from fastapi.testclient import TestClient

from assistant.chat_models.records import Address, Cancel
from assistant.conversation import reshape_of
from assistant.errors import ConfigurationError, IndexMissingError
from assistant.exports.answers import conversation_paper
from assistant.exports.forms import form_of, written
from assistant.interface import load_texts, texts_file
from assistant.personal import masked
from assistant.schema import (
    Answer,
    Choice,
    Difference,
    Explanation,
    Filters,
    Gate,
    Outcome,
    Ranked,
    Statement,
    Turn,
    User,
)
from assistant.web import build_app, make_server_app, serve, views
from assistant.web.ask.handlers import LIMIT, Conversation, Desk, Screen
from assistant.web.ask.stages import STAGES, Told, staged
from assistant.web.ask.turn_tools import tools
from assistant.web.forms import chosen, filter_form, in_words, role_form, role_of, template_safe
from assistant.web.guard import is_loopback, mended
from tests import fakes_web as fake

STATIC = Path(views.__file__).with_name("static")


NOTES_QUESTION = "Can I see the notes?"
MEANINGS = (
    Choice(
        label="Can I, as a peer support worker, read the person's record?",
        question="Can peer support workers read the records of the people they support?",
    ),
    Choice(
        label="Can a person I support see their own record?",
        question="Can a person I support see their own record?",
    ),
)
TYPED = {"phone": "07700 900123", "date-of-birth": "12/03/1978"}
PERSONAL = (
    f"How much story do I share with my client, {TYPED['phone']}, born {TYPED['date-of-birth']}?"
)


def with_differences(answer: Answer) -> Answer:
    pair = (
        fake.said("The responsible person must provide training.", 2, stands_as="requirement"),
        fake.said("Workers should not be involved at all.", 5, stands_as="recommendation"),
    )
    return answer.model_copy(update={"differences": (Difference(kind="force", statements=pair),)})


def with_gaps(answer: Answer, outcome: Outcome, *lines: str) -> Answer:
    """The answer with lines of ours among its gaps: what it lacks first, then the rest."""
    gap = answer.sections[-1]
    ours = [fake.said(line) for line in lines]
    said = (*ours[:1], *gap.statements, *ours[1:]) if outcome == "partial" else gap.statements
    said = said if outcome == "partial" else (*said, *ours)
    gap = gap.model_copy(update={"statements": said})
    return answer.model_copy(update={"outcome": outcome, "sections": (*answer.sections[:-1], gap)})


def explanation(question: str, searched: str) -> Explanation:
    row = Ranked(
        evidence_id="uofa-2018-act-6",
        rank=1,
        by_words=2,
        by_meaning=1,
        by_asks=3,
        score=3.2,
        signals={"body": 0.5},
        used="kept",
    )
    gone = row.model_copy(update={"evidence_id": "gone-1", "rank": 2, "used": "left out: weak"})
    return Explanation(
        question=question,
        searched=searched,
        screened=(),
        gate=Gate(support=0.71, refuse_below=0.4, partly_below=0.6, decided="answered", signals={}),
        brief="restraint",
        direct_answer="can i say no",
        contested="peers-and-restraint",
        ranking=(row, gone),
    )


class StagedAssistant(fake.FakeAssistant):
    """The hand-made assistant; it tells its stages, asks back, leaves personal details out,
    answers about an answer, explains, and remembers who asked."""

    def __init__(self) -> None:
        super().__init__()
        self.users: list[User | None] = []
        self.writes: list[str] = []
        self.waits = False
        self.explained: list[tuple[str, Filters | None, str | None]] = []

    def ask(
        self,
        question: str,
        history: Sequence[Turn] = (),
        filters: Filters | None = None,
        user: User | None = None,
        stage: Callable[[str], None] = lambda name: None,
        *,
        say: Callable[[Statement], None] = lambda statement: None,
        cancel: Cancel | None = None,
        nobody_in_danger: bool = False,
    ) -> Answer:
        self.users.append(user)
        stage("screening")
        text, details = masked(question)
        answer = super().ask(text, history, filters, user)
        if answer.reason == "crisis_self":
            near = {"signposts": answer.signposts}
            helped = answer.model_copy(update={"danger_uncertain": True})
            answer = fake.restraint(text).model_copy(update=near) if nobody_in_danger else helped
        if answer.outcome not in {"signposted", "declined"}:
            stage("reading")
            stage("composing")
            if self.chat_model is not None:
                stage("writing")
                for text in self.writes:
                    say(Statement(text=text))
                if self.writes and cancel is not None and self.waits:
                    assert cancel.wait(5), "nobody stopped the model"
        more: dict[str, object] = {"personal_details": details}
        if answer.outcome == "clarify":
            more |= {"choices": MEANINGS, "related": (), "summary": (fake.said("Which of these?"),)}
        if text == "Who says so?" and history:
            more["standalone_question"] = f"{text} ({history[-1].question})"
        answer = answer.model_copy(update=more)
        return with_differences(answer) if "story" in text else answer

    def export(self, answers: Answer | Sequence[Answer], form: str = "docx") -> bytes:
        if self.error:
            raise self.error
        several = [answers] if isinstance(answers, Answer) else list(answers)
        return written(conversation_paper(several), form_of(form))

    def explain(
        self,
        question: str,
        filters: Filters | None = None,
        note: str | None = None,
        searched: str | None = None,
    ) -> Explanation:
        self.explained.append((question, filters, searched))
        if self.error:
            raise self.error
        return explanation(question, searched or question)


@pytest.fixture
def assistant() -> StagedAssistant:
    return StagedAssistant()


@pytest.fixture
def desk(assistant: StagedAssistant) -> Desk:
    return Desk(assistant, load_texts())


def last(desk: Desk, question: str, before: Conversation | None = None, form: str = "{}") -> Screen:
    return list(desk.ask(question, before or Conversation(), form))[-1]


# ---------------------------------------------------------------- asking


def test_asking_says_what_happens_then_answers(desk: Desk) -> None:
    *waiting, last_one = list(desk.ask(fake.RESTRAINT, Conversation(), "{}"))
    for screen, words in zip(
        waiting,
        [
            "Checking whether somebody needs help first",
            "Reading 8 notes from 6 sources",
            "Putting the answer together",
        ],
        strict=True,
    ):
        assert words in screen.pending
        assert fake.RESTRAINT in screen.pending
    assert last_one.pending == ""
    assert "good grounds" in last_one.conversation.html()
    assert last_one.announce == "The answer is ready, with 6 sources."
    assert last_one.box == ""


LOCAL = Address("ollama", "small", "http://localhost:11434", "localhost:11434", True)
REMOTE = Address("openai", "large", "", "api.openai.com", False)


def test_what_a_model_wrote_is_shown_as_it_passes(desk: Desk, assistant: StagedAssistant) -> None:
    assistant.chat_model, assistant.writes = LOCAL, ["Peers <b>meet</b> weekly.", "Ask for it."]
    *waiting, last_one = list(desk.ask(fake.RESTRAINT, Conversation(), "{}"))
    assert "A chat model (small) is wording the answer" in waiting[3].pending
    assert 'data-stage="writing"' in waiting[3].pending
    assert "Peers &lt;b&gt;meet&lt;/b&gt; weekly." in waiting[4].pending
    assert "Ask for it." not in waiting[4].pending
    assert "Ask for it." in waiting[5].pending
    assert waiting[5].announce == waiting[3].announce
    assert last_one.pending == ""


def test_a_page_stops_its_own_model_and_no_other(desk: Desk, assistant: StagedAssistant) -> None:
    assistant.chat_model, assistant.writes, assistant.waits = LOCAL, ["One sentence."], True
    screens = desk.ask(fake.RESTRAINT, Conversation(), "{}", None, "page-1")
    while "One sentence." not in next(screens).pending:
        pass
    desk.stop("page-2")
    desk.stop("page-1")
    assert "good grounds" in next(screens).conversation.html()


def test_leaving_while_a_model_writes_stops_it(desk: Desk, assistant: StagedAssistant) -> None:
    stopped: list[Cancel] = []
    real = desk._running.begin
    desk._running.begin = lambda page: stopped.append(real(page)) or stopped[-1]  # type: ignore
    assistant.chat_model, assistant.writes, assistant.waits = LOCAL, ["One sentence."], True
    screens = desk.ask(fake.RESTRAINT, Conversation(), "{}", None, "page-1")
    while "Reading" not in next(screens).pending:
        pass
    screens.close()  # type: ignore[attr-defined]
    assert stopped[0].asked


@pytest.mark.parametrize(
    ("address", "words"),
    [
        (None, "Stays on this computer. Nothing is saved unless you save it."),
        (LOCAL, "Stays on this computer, where ollama:small words the answer."),
        (REMOTE, "goes to api.openai.com with the texts"),
    ],
)
def test_page_says_where_a_question_goes(
    address: Address | None, words: str, desk: Desk, assistant: StagedAssistant
) -> None:
    assistant.chat_model = address
    assert words in desk.privacy()


def test_somebody_in_danger_is_not_told_of_reading(desk: Desk) -> None:
    screens = list(desk.ask("dont think ill be around", Conversation(), "{}"))
    assert len(screens) == 2
    assert "Reading" not in "".join(screen.pending for screen in screens)


def test_stages_of_other_names_are_passed_over() -> None:
    def work(stage: Callable[[str], None], say: Callable[[Statement], None]) -> Answer:
        for name in ("screening", "polishing", "composing"):
            stage(name)
        return fake.restraint()

    steps = list(staged(work))
    assert steps[:-1] == ["screening", "composing"]
    assert isinstance(steps[-1], Told)
    assert steps[-1].answer() == fake.restraint()


def test_an_error_in_the_work_comes_out_at_the_end() -> None:
    def work(stage: Callable[[str], None], say: Callable[[Statement], None]) -> Answer:
        raise IndexMissingError("There is no index yet.", "Build it.")

    (told,) = list(staged(work))
    assert isinstance(told, Told)
    with pytest.raises(IndexMissingError):
        told.answer()


def test_every_stage_has_its_words(desk: Desk) -> None:
    assert len({desk.texts(f"stages.{stage}") for stage in STAGES}) == len(STAGES)


def test_who_asks_reaches_the_assistant_every_time(desk: Desk, assistant: StagedAssistant) -> None:
    before = Conversation()
    for role in ('{"role": "manager"}', '{"role": "trainer"}', "{}", '{"role": "boss"}'):
        before = list(desk.ask(fake.RESTRAINT, before, "{}", role))[-1].conversation
    assert assistant.users == ["manager", "trainer", None, None]


def test_role_form_offers_each_role_and_says_which_is_chosen() -> None:
    form = role_form(load_texts())
    assert form.count('type="radio"') == 3
    assert form.count(" checked") == 1
    assert "Asking as" in form
    assert 'aria-controls="roles"' in form
    assert role_of('{"role": "psw"}') == "psw"


def test_follow_up_carries_the_history(desk: Desk, assistant: fake.FakeAssistant) -> None:
    screen = last(desk, fake.RESTRAINT)
    screen = last(desk, "And after that?", screen.conversation)
    _, history, _ = assistant.asked[-1]
    assert [(t.question, t.outcome) for t in history] == [(fake.RESTRAINT, "answered")]
    assert 'id="a2-question"' in screen.conversation.html()


@pytest.mark.parametrize("question", ["", "   \n "])
def test_nothing_typed_gets_a_clear_message(
    desk: Desk, assistant: fake.FakeAssistant, question: str
) -> None:
    screen = last(desk, question)
    assert "There is no question yet" in screen.pending
    assert assistant.asked == []


def test_too_long_gets_a_clear_message_and_keeps_the_text(
    desk: Desk, assistant: fake.FakeAssistant
) -> None:
    screen = last(desk, "x" * (LIMIT + 1))
    assert "2,000 characters" in screen.pending
    assert screen.box == "x" * (LIMIT + 1)
    assert assistant.asked == []


def test_a_known_error_shows_message_and_hint(desk: Desk, assistant: fake.FakeAssistant) -> None:
    assistant.error = IndexMissingError("There is no index yet.", "Run peer-support index build.")
    screen = last(desk, "hello there")
    assert "There is no index yet." in screen.conversation.html()
    assert "Run peer-support index build." in screen.conversation.html()
    assert screen.box == "hello there"


def test_a_bug_shows_one_calm_sentence_and_logs_no_question(
    desk: Desk, assistant: fake.FakeAssistant, caplog: pytest.LogCaptureFixture
) -> None:
    assistant.error = RuntimeError("secret detail of my private question")
    html = last(desk, "my private question").conversation.html()
    assert "Nothing was lost" in html
    assert "RuntimeError" not in html
    assert "private question" not in caplog.text
    assert "RuntimeError" in caplog.text


def test_a_failed_turn_stays_in_the_history(desk: Desk, assistant: fake.FakeAssistant) -> None:
    assistant.error = RuntimeError()
    screen = last(desk, "first")
    assert screen.conversation.turns[0].outcome == "failed"


def test_hostile_question_is_escaped_in_the_conversation(desk: Desk) -> None:
    html = last(desk, "<script>alert(1)</script>").conversation.html()
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_what_is_saved_is_the_whole_answer(desk: Desk) -> None:
    html = tools(fake.restraint(), "a1", desk.texts) or ""
    found = re.search(r'data:application/json;base64,([^"]+)" [^>]*data-record', html)
    assert found
    assert json.loads(base64.b64decode(found[1])) == fake.restraint().model_dump(mode="json")


@pytest.mark.parametrize("question", ["dont think ill be around", "x voicemail"])
def test_where_somebody_was_met_with_help_nothing_is_offered(desk: Desk, question: str) -> None:
    screen = last(desk, question)
    html = screen.conversation.html()
    for offered in ('class="tools"', "data-record", "data-save", "data-rate", "data-change"):
        assert offered not in html
    assert screen.conversation.answers() == ()


def test_a_refusal_can_be_marked_and_asked_again_but_not_saved(desk: Desk) -> None:
    html = last(desk, "stop her olanzapine?").conversation.html()
    assert "data-rate=" in html
    assert "data-again" in html
    assert "data-save" not in html
    assert re.search(r"<a [^>]*data-record hidden", html)


# ---------------------------------------------------------------- asking back


def test_a_question_back_offers_its_meanings_and_is_announced(desk: Desk) -> None:
    screen = last(desk, NOTES_QUESTION)
    html = screen.conversation.html()
    assert html.count('class="choice"') == 2
    assert f'data-ask="{MEANINGS[1].question}"' in html
    assert 'role="group" aria-labelledby="a1-asked-back"' in html
    assert "one of 2 things" in screen.announce
    assert "data-save" not in html
    assert "data-rate" not in html
    assert "another way" in html


def test_a_tapped_choice_goes_by_its_label_and_stands_alone(
    desk: Desk, assistant: StagedAssistant
) -> None:
    screen = last(desk, fake.RESTRAINT)
    screen = last(desk, NOTES_QUESTION, screen.conversation)
    *waiting, screen = list(desk.ask(MEANINGS[0].question, screen.conversation, "{}"))
    assert "read the person&#x27;s record?</h2>" in waiting[0].pending
    question, history, _ = assistant.asked[-1]
    assert question == MEANINGS[0].question
    assert history == ()
    html = screen.conversation.html()
    assert (
        'id="a3-question" tabindex="-1">Can I, as a peer support worker, read the person&#x27;s'
        " record?</h2>" in html
    )
    assert f"Read as: {MEANINGS[0].question}" in html
    assert [turn.question for turn in screen.conversation.turns] == [MEANINGS[0].question]


def test_a_choice_that_reads_as_its_question_is_not_said_twice(desk: Desk) -> None:
    screen = last(desk, NOTES_QUESTION)
    screen = last(desk, MEANINGS[1].question, screen.conversation)
    assert "Read as" not in screen.conversation.html()


def test_a_choice_keeps_earlier_danger_in_view(desk: Desk, assistant: StagedAssistant) -> None:
    screen = last(desk, "dont think ill be around")
    screen = last(desk, NOTES_QUESTION, screen.conversation)
    last(desk, MEANINGS[0].question, screen.conversation)
    assert [turn.outcome for turn in assistant.asked[-1][1]] == ["signposted"]


# ---------------------------------------------------------------- asking about an answer


def test_quick_follow_ups_stand_under_the_last_answer_alone(desk: Desk) -> None:
    quick = desk.texts.lines("follow_ups.questions")
    screen = last(desk, fake.RESTRAINT)
    html = screen.conversation.html()
    assert [q for q in quick if f'data-ask="{q}"' in html] == list(quick)
    screen = last(desk, quick[0], screen.conversation)
    html = screen.conversation.html()
    assert html.count('class="follow-ups"') == 1
    assert 'id="a2-follow-ups"' in html
    assert f'data-ask="{quick[0]}"' not in html
    assert f'data-ask="{quick[1]}"' in html
    screen = last(desk, "And how much training?", screen.conversation)
    assert f'data-ask="{quick[0]}"' in screen.conversation.html()


@pytest.mark.parametrize(
    "question", ["how many?", "stop her olanzapine?", NOTES_QUESTION, "x voicemail"]
)
def test_what_cites_nothing_offers_no_quick_follow_up(desk: Desk, question: str) -> None:
    assert "follow-ups" not in last(desk, question).conversation.html()


def test_every_quick_follow_up_is_known_as_one(desk: Desk) -> None:
    shapes = {reshape_of(words) for words in desk.texts.lines("follow_ups.questions")}
    assert len(shapes) == 4
    assert None not in shapes


# ---------------------------------------------------------------- personal details


def test_details_are_shown_back_once_and_kept_nowhere(desk: Desk) -> None:
    *waiting, screen = list(desk.ask(PERSONAL, Conversation(), "{}"))
    html = screen.conversation.html()
    for kind, typed in TYPED.items():
        assert f"a {kind.replace('-', ' ').replace('phone', 'phone number')} ({typed})" in html
        assert html.count(typed) == 1
        assert typed not in waiting[0].pending
        assert typed not in repr(screen.conversation.turns)
    heading = re.search(r"<h2[^>]*>(.*?)</h2>", html)
    assert heading
    assert "[phone number]" in heading[1]
    after = last(desk, "And after that?", screen.conversation).conversation
    assert "Left out of the search and of what is saved: " in after.html()
    assert not [typed for typed in TYPED.values() if typed in repr(after)]


def test_details_are_in_nothing_that_is_saved(desk: Desk) -> None:
    html = last(desk, PERSONAL).conversation.html()
    saved = [base64.b64decode(s).decode() for s in re.findall(r';base64,([^"]+)', html)]
    assert len(saved) == 1
    copied = re.search(r"<pre[^>]*>(.*?)</pre>", html, re.DOTALL)
    assert copied
    for text in (*saved, copied[1]):
        assert "phone" in text
        assert not [typed for typed in TYPED.values() if typed in text]
    paper = re.search(r'<div class="left-out">.*?class="on-paper">(.*?)</p>', html)
    assert paper
    assert TYPED["phone"] not in paper[1]


def test_details_are_not_in_the_heading_of_a_failed_turn(
    desk: Desk, assistant: StagedAssistant
) -> None:
    assistant.error = RuntimeError()
    screen = last(desk, PERSONAL)
    assert TYPED["phone"] not in repr(screen.conversation)
    assert screen.box == PERSONAL


def test_help_comes_before_what_was_left_out(desk: Desk) -> None:
    html = last(desk, f"voicemail from {TYPED['phone']}").conversation.html()
    assert html.index('href="tel:999"') < html.index("Left out of the search")
    alone = last(desk, f"dont think ill be around {TYPED['phone']}").conversation.html()
    assert "Left out" not in alone


# ---------------------------------------------------------------- why


def test_why_is_asked_for_the_answer_that_it_is_about(
    desk: Desk, assistant: StagedAssistant
) -> None:
    screen = last(desk, fake.RESTRAINT, form='{"country": "Germany"}')
    assert 'data-why="1"' in screen.conversation.html()
    html = desk.why(screen.conversation, "1")
    assert assistant.explained == [
        (fake.RESTRAINT, Filters(jurisdiction=("Germany",)), fake.RESTRAINT)
    ]
    assert 'id="why"' in html
    assert 'aria-labelledby="why-title"' in html
    assert "0.71 of 1: answered." in html


@pytest.mark.parametrize("place", ["", "0", "2", "x", "²"])
def test_why_of_no_answer_says_so(desk: Desk, place: str) -> None:
    assert "cannot be told" in desk.why(last(desk, fake.RESTRAINT).conversation, place)


def test_a_why_that_breaks_says_so_and_logs_no_question(
    desk: Desk, assistant: StagedAssistant, caplog: pytest.LogCaptureFixture
) -> None:
    conversation = last(desk, fake.RESTRAINT).conversation
    assistant.error = RuntimeError("secret")
    assert "cannot be told" in desk.why(conversation, "1")
    assert "RuntimeError" in caplog.text
    assert "secret" not in caplog.text


@pytest.mark.parametrize(
    ("question", "offered"),
    [(fake.RESTRAINT, True), ("how many?", True), (NOTES_QUESTION, False), ("olanzapine?", False)],
)
def test_why_is_offered_where_something_was_searched(
    desk: Desk, question: str, offered: bool
) -> None:
    assert ("data-why=" in last(desk, question).conversation.html()) is offered


def test_an_answer_about_an_answer_has_no_why_of_its_own(desk: Desk) -> None:
    screen = last(desk, fake.RESTRAINT)
    html = last(desk, "Who says so?", screen.conversation).conversation.html()
    assert 'data-why="2"' not in html
    assert f"About the answer to: {fake.RESTRAINT}" in html


# ---------------------------------------------------------------- filters


def test_filters_from_the_form() -> None:
    form = json.dumps({"country": "Australia", "kind": "trial", "year": "2018", "setting": ""})
    assert chosen(form) == Filters(jurisdiction=("Australia",), kind=("trial",), year_from=2018)


@pytest.mark.parametrize(
    "form", ["", "{}", "not json", None, '{"kind": "nonsense", "year": "20x8", "setting": "moon"}']
)
def test_what_is_not_a_choice_narrows_nothing(form: str | None) -> None:
    assert chosen(form) is None


def test_filters_reach_the_assistant_and_are_said(
    desk: Desk, assistant: fake.FakeAssistant
) -> None:
    screen = last(desk, fake.RESTRAINT, form='{"country": "Germany", "year": "2020"}')
    assert assistant.asked[-1][2] == Filters(jurisdiction=("Germany",), year_from=2020)
    assert "Narrowed to Germany, from 2020" in screen.conversation.html()
    assert in_words(None, assistant.library) == ""


def test_template_cannot_be_broken_by_labels(assistant: fake.FakeAssistant) -> None:
    assistant.library.topics["x"] = "`${alert(1)}` {{y}}"
    markup = template_safe(filter_form(assistant.library, load_texts(), "ask"))
    assert not set("`${}\\") & set(markup)


# ---------------------------------------------------------------- places


def test_first_visit_has_three_questions_for_each_role(desk: Desk) -> None:
    assert desk.starters().count("data-ask=") == 9
    assert "8 notes of 6 publications" in desk.welcome()


def test_notes_are_never_called_the_words_of_a_source(desk: Desk) -> None:
    said = texts_file().read_text(encoding="utf-8") + last(desk, fake.RESTRAINT).conversation.html()
    assert "exact words" not in said
    assert "words behind" not in said


def test_a_refusal_leads_to_the_topic_pages_that_it_names(desk: Desk) -> None:
    answer = fake.unknown("q")
    near = answer.sections[0].model_copy(
        update={"statements": (fake.said("The nearest topics are: Restraint and your role."),)}
    )
    answer = answer.model_copy(update={"sections": (near,)})
    html = views.turn(answer, 1, desk.texts, desk.assistant.library)
    assert (
        '<a href="?topic=restraint" data-go="topic:restraint">Restraint and your role</a>.' in html
    )


def test_privacy_line_stands_on_every_place(assistant: StagedAssistant) -> None:
    values = [str(b.value) for b in build_app(assistant).blocks.values() if isinstance(b, gr.HTML)]
    assert sum("Nothing is saved unless you save it" in value for value in values) == 2


def test_help_is_in_the_header(desk: Desk) -> None:
    assert "Need help now?" in desk.header()
    assert 'href="tel:999"' in desk.header()


def test_examples_are_three_to_five_for_each_role() -> None:
    table = tomllib.loads(fake.EXAMPLES.read_text(encoding="utf-8"))
    assert set(table) == {"psw", "manager", "trainer"}
    assert all(3 <= len(questions) <= 5 for questions in table.values())


# ---------------------------------------------------------------- help, and nobody in danger


OWN = "I will not be around after the weekend, who takes my shift?"


def nobody_in_danger(desk: Desk, before: Conversation) -> Screen:
    return list(desk.ask_nobody_in_danger(before, "{}", "", ""))[-1]


def test_who_meets_help_may_say_that_it_is_nobody_in_danger(desk: Desk) -> None:
    helped = last(desk, OWN).conversation
    assert "data-safe" in helped.html()
    after = nobody_in_danger(desk, helped).conversation
    html = after.html()
    assert len(after.shown) == 2
    assert "data-safe" not in html
    assert html.count("tel:999") == 2
    # What comes next is asked on from the answer, not from the help before it.
    assert [turn.outcome for turn in after.turns] == ["answered"]
    assert after.shown[0].answer is None


def test_the_way_on_is_for_the_last_turn_that_was_met_with_help_alone(desk: Desk) -> None:
    answered = last(desk, fake.RESTRAINT).conversation
    assert nobody_in_danger(desk, answered).conversation is answered
    assert nobody_in_danger(desk, Conversation()).conversation == Conversation()
    later = last(desk, fake.RESTRAINT, last(desk, OWN).conversation).conversation
    assert "data-safe" not in later.html()


# ---------------------------------------------------------------- texts


def test_texts_have_no_exclamation_marks_and_unknown_names_fail() -> None:
    assert "!" not in texts_file().read_text(encoding="utf-8")
    with pytest.raises(KeyError):
        load_texts()("ask.nothing")
    with pytest.raises(KeyError):
        load_texts()("welcome.will_not")


def test_every_text_named_in_the_code_exists() -> None:
    texts = load_texts()
    code = "".join(p.read_text(encoding="utf-8") for p in Path(views.__file__).parent.rglob("*.py"))
    for name in re.findall(r'texts\(\s*"([a-z_]+\.[a-z_]+)"', code):
        assert texts(name) is not None


# ---------------------------------------------------------------- server


def test_app_builds_without_analytics(assistant: fake.FakeAssistant) -> None:
    blocks = build_app(assistant)
    assert isinstance(blocks, gr.Blocks)
    assert blocks.analytics_enabled is False
    assert all(f.api_visibility == "private" for f in blocks.fns.values())


@pytest.fixture
def client(assistant: fake.FakeAssistant) -> TestClient:
    return TestClient(make_server_app(assistant), base_url="http://127.0.0.1:7860")


@pytest.mark.enable_socket
def test_first_document_names_no_outside_address(client: TestClient) -> None:
    reply = client.get("/")
    assert reply.status_code == 200
    head = reply.text.partition("window.gradio_config")[0]
    assert "https://" not in head
    assert "og:image" not in reply.text
    assert '<link rel="stylesheet" href="/ui/page.css">' in reply.text
    assert "default-src 'self'" in reply.headers["content-security-policy"]
    assert reply.headers["referrer-policy"] == "no-referrer"
    assert reply.headers["cache-control"] == "no-store"


@pytest.mark.enable_socket
def test_nothing_is_recorded_for_later(client: TestClient) -> None:
    config = client.get("/config").json()
    assert config["run_history"] is False
    assert config["analytics_enabled"] is False
    assert client.get("/gradio_api/runs").status_code == 404


@pytest.mark.enable_socket
def test_other_host_names_are_refused(client: TestClient) -> None:
    assert client.get("/", headers={"host": "evil.example"}).status_code == 400
    assert client.get("/", headers={"host": "localhost:7860"}).status_code == 200


@pytest.mark.enable_socket
def test_fonts_and_licences_are_served(client: TestClient) -> None:
    css = client.get("/ui/page.css").text
    fonts = re.findall(r'url\("(fonts/[^"]+)"\)', css)
    assert len(fonts) == len(set(fonts)) == 12
    assert all(client.get(f"/ui/{font}").status_code == 200 for font in fonts)
    assert "http" not in css
    assert len(list((STATIC / "fonts").glob("*LICENSE*"))) == 2


def test_document_without_the_expected_marks_passes_unharmed() -> None:
    assert mended("plain", load_texts()) == "plain"


@pytest.mark.parametrize(
    ("host", "inside"),
    [("127.0.0.1", True), ("localhost", True), ("::1", True), ("0.0.0.0", False), ("a.b", False)],
)
def test_loopback(host: str, inside: bool) -> None:
    assert is_loopback(host) is inside


@pytest.mark.enable_socket
def test_taken_port_is_named_with_the_way_out(assistant: fake.FakeAssistant) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(ConfigurationError) as caught:
            serve(assistant, port=port, open_browser=False)
    assert str(port) in caught.value.message
    assert "--port" in caught.value.hint


@pytest.mark.parametrize("port", [-1, 70_000])
def test_impossible_port(assistant: fake.FakeAssistant, port: int) -> None:
    with pytest.raises(ConfigurationError):
        serve(assistant, port=port, open_browser=False)
