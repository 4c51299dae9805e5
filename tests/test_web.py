"""The page without a browser: it builds, its handlers do what they say, its guard holds."""

from __future__ import annotations

import json
import re
import socket
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path

import gradio as gr
import pytest
from fastapi.testclient import TestClient

from assistant.errors import ConfigurationError, IndexMissingError
from assistant.schema import Answer, Filters, Turn, User
from assistant.web import build_app, make_server_app, serve, shelves, views
from assistant.web.forms import chosen, filter_form, in_words, role_form, role_of, template_safe
from assistant.web.guard import is_loopback, mended
from assistant.web.handlers import LIMIT, Conversation, Desk, Screen
from assistant.web.stages import STAGES, Told, staged
from assistant.web.texts import FILE, load_texts
from tests import fakes_web as fake

STATIC = Path(views.__file__).with_name("static")


class StagedAssistant(fake.FakeAssistant):
    """The hand-made assistant; it tells its stages, and remembers who asked."""

    def __init__(self) -> None:
        super().__init__()
        self.users: list[User | None] = []

    def ask(
        self,
        question: str,
        history: Sequence[Turn] = (),
        filters: Filters | None = None,
        user: User | None = None,
        stage: Callable[[str], None] = lambda name: None,
    ) -> Answer:
        self.users.append(user)
        stage("screening")
        answer = super().ask(question, history, filters, user)
        if answer.outcome not in {"signposted", "declined"}:
            stage("reading")
            stage("composing")
        return answer


@pytest.fixture
def assistant() -> StagedAssistant:
    return StagedAssistant()


@pytest.fixture
def desk(assistant: fake.FakeAssistant) -> Desk:
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


def test_somebody_in_danger_is_not_told_of_reading(desk: Desk) -> None:
    screens = list(desk.ask("dont think ill be around", Conversation(), "{}"))
    assert len(screens) == 2
    assert "Reading" not in "".join(screen.pending for screen in screens)


def test_stages_of_other_names_are_passed_over() -> None:
    def work(stage: Callable[[str], None]) -> Answer:
        for name in ("screening", "polishing", "composing"):
            stage(name)
        return fake.restraint()

    steps = list(staged(work))
    assert steps[:-1] == ["screening", "composing"]
    assert isinstance(steps[-1], Told)
    assert steps[-1].answer() == fake.restraint()


def test_an_error_in_the_work_comes_out_at_the_end() -> None:
    def work(stage: Callable[[str], None]) -> Answer:
        raise IndexMissingError("There is no index yet.", "Build it.")

    (told,) = list(staged(work))
    assert isinstance(told, Told)
    with pytest.raises(IndexMissingError):
        told.answer()


def test_every_stage_has_its_words(desk: Desk) -> None:
    assert len({desk.texts(f"stages.{stage}") for stage in STAGES}) == 3


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
    html = views.tools(fake.restraint(), "a1", desk.texts)
    found = re.search(r'data:application/json;base64,([^"]+)', html)
    assert found
    import base64

    assert json.loads(base64.b64decode(found[1])) == fake.restraint().model_dump(mode="json")


def test_refusals_and_own_danger_have_no_tools(desk: Desk) -> None:
    for question in ("dont think ill be around", "stop her olanzapine?"):
        assert 'class="tools"' not in last(desk, question).conversation.html()


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


def test_topic_by_id_by_topic_and_unknown(desk: Desk) -> None:
    assert "<h1" in desk.topic("restraint")
    assert "Restraint and your role" in desk.topic("restraint")
    assert "no topic page of that name" in desk.topic("<script>")


def test_source_page_and_unknown(desk: Desk) -> None:
    assert "What we noted" in desk.source("uofa-2018-act")
    assert "no source of that name" in desk.source("nothing")


@pytest.mark.parametrize(
    ("form", "count"),
    [
        ({}, 6),
        ({"q": "badouin"}, 1),
        ({"q": "restraint berlin"}, 0),
        ({"country": "USA"}, 1),
        ({"kind": "legislation"}, 1),
        ({"year": "2020"}, 2),
        ({"topic": "restraint"}, 6),
        ({"q": "nothing-like-this"}, 0),
    ],
)
def test_searching_the_library(desk: Desk, form: dict[str, object], count: int) -> None:
    assert len(shelves.find(desk.assistant.library, form)) == count


def test_shelf_says_how_many_and_offers_more(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "6 sources" in desk.shelf({})
    assert "No source fits that" in desk.shelf({"q": "zzz"})
    monkeypatch.setattr(shelves, "PAGE", 4)
    assert "Show 2 more" in desk.shelf({})
    assert 'data-more="8"' in desk.shelf({})
    assert "Show" not in desk.shelf({"shown": "8"})


def test_superseded_source_is_named_so_on_the_shelf(desk: Desk) -> None:
    assert "Superseded" in desk.shelf({"q": "bluebird"})


def test_topics_without_briefs_say_so(desk: Desk, assistant: fake.FakeAssistant) -> None:
    assistant.library.briefs.clear()
    assert "No topic pages" in views.topic_list(assistant.library, desk.texts)


def test_first_visit_has_three_questions_for_each_role(desk: Desk) -> None:
    assert desk.starters().count("data-ask=") == 9
    assert "8 notes of 6 publications" in desk.welcome()


def test_notes_are_never_called_the_words_of_a_source(desk: Desk) -> None:
    said = FILE.read_text(encoding="utf-8") + last(desk, fake.RESTRAINT).conversation.html()
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
    assert sum("Stays on this computer" in value for value in values) == 2


def test_help_is_in_the_header(desk: Desk) -> None:
    assert "Need help now?" in desk.header()
    assert 'href="tel:999"' in desk.header()


def test_examples_are_three_to_five_for_each_role() -> None:
    table = tomllib.loads(fake.EXAMPLES.read_text(encoding="utf-8"))
    assert set(table) == {"psw", "manager", "trainer"}
    assert all(3 <= len(questions) <= 5 for questions in table.values())


# ---------------------------------------------------------------- texts


def test_texts_have_no_exclamation_marks_and_unknown_names_fail() -> None:
    assert "!" not in FILE.read_text(encoding="utf-8")
    with pytest.raises(KeyError):
        load_texts()("ask.nothing")
    with pytest.raises(KeyError):
        load_texts()("welcome.will_not")


def test_every_text_named_in_the_code_exists() -> None:
    texts = load_texts()
    code = "".join(p.read_text(encoding="utf-8") for p in FILE.parent.glob("*.py"))
    for name in re.findall(r'texts\(\s*"([a-z_]+\.[a-z_]+)"', code):
        assert texts(name)


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
    assert len(fonts) == 6
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
