"""For trainers without a browser: orders, exercises, courses, feedback, help first, what stays
hidden from learners."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl

import pytest

from assistant.assembly import trainers as tools
from assistant.assembly.trainers import Trainers
from assistant.corpus import read_library
from assistant.interface import load_texts
from assistant.presentation.markup import el
from assistant.scenarios.feedback import Feedback, LineFeedback
from assistant.schema import Screening, Statement
from assistant.settings import read_settings
from assistant.web.downloads import Downloads
from assistant.web.trainers.desk import Shown, TrainersDesk
from assistant.web.trainers.feedback_views import feedback_head, marked_answer
from assistant.web.trainers.orders import Order, order_of
from assistant.web.trainers.views import spoken_hint
from tests import small_library
from tests.conftest import bag_of_words
from tests.situations import write_situations

TEXTS = load_texts()
ANSWER = (
    "Nine weeks is far too long, it should be every four weeks. I'd ask for somebody who has done"
    " this job as a peer. The bees are nice."
)
DANGER = "I want to end my life tonight and nobody knows"


def screen(text: str) -> Screening:
    """Sees own danger where somebody says it outright, as a rule does."""
    if "end my life" not in text:
        return Screening(outcome=None, reason=None, risk_subject="none")
    return Screening(
        outcome="signposted", reason="crisis_self", risk_subject="own", signals=("rule",)
    )


def small_trainers(folder: Path, patch: pytest.MonkeyPatch) -> Trainers:
    """The tools over the small library with its situations; vectors of words, a search that finds
    supervision whatever is asked."""
    corpus = small_library.write_library(folder / "corpus")
    write_situations(corpus)
    patch.setattr(tools, "vector_model", lambda settings: bag_of_words(folder))
    near: Any = (SimpleNamespace(topics=("supervision", "gardening")),)
    settings = read_settings(home=folder / "home", corpus=corpus)
    return Trainers(settings, read_library(corpus), lambda words: near, screen)


@pytest.fixture(scope="module")
def trainers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trainers]:
    with pytest.MonkeyPatch.context() as patch:
        yield small_trainers(tmp_path_factory.mktemp("trainers"), patch)


@pytest.fixture
def downloads() -> Downloads:
    return Downloads()


@pytest.fixture
def desk(trainers: Trainers, downloads: Downloads) -> TrainersDesk:
    return TrainersDesk(lambda: trainers, downloads, TEXTS)


def last(shown: Iterator[Shown]) -> Shown:
    return list(shown)[-1]


def shown_words(markup: str | None) -> str:
    """What markup says, without tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", markup or "").split())


def fetched(shown: Shown, downloads: Downloads) -> tuple[str, bytes]:
    """The file behind a link: its name and content."""
    found = re.search(r'href="/download/([^/"]+)/([^"]+)"', shown.files or "")
    assert found is not None, shown
    held = downloads.get(found[1])
    assert held is not None
    return held.name, held.content


def orders_in(markup: str | None) -> list[dict[str, str]]:
    """What the buttons of some markup would ask for."""
    found = re.findall(r'data-order="([^"]*)" data-order-for=', markup or "")
    return [json.loads(one.replace("&quot;", '"').replace("&#x27;", "'")) for one in found]


ASKED = {"topics": "supervision", "minutes": "60", "learners": "new-psw"}


# ---------------------------------------------------------------- orders


def test_an_order_comes_back_from_a_button_and_from_an_address() -> None:
    order = order_of(
        {
            "topics": "supervision,lone-working",
            "minutes": "45",
            "seed": "7",
            "country": "USA",
            "place": "A hall by the sea",
            "worker": "Ada",
            "name:Omar": "Idris",
        }
    )
    assert order_of(json.loads(order.as_data())) == order
    address = dict(parse_qsl(order.address("exercise").lstrip("?")))
    assert (address["place"], address["view"]) == ("trainers", "exercise")
    again = order_of({key: address[key] for key in address if key != "place"})
    assert again == Order(
        topics=("supervision", "lone-working"), minutes="45", seed="7", country="USA"
    )
    assert "hall" not in order.address("exercise")
    assert "Idris" not in order.address("exercise")


def test_another_one_keeps_everything_but_the_names_of_one_story() -> None:
    order = order_of({**ASKED, "worker": "Ada", "name:Omar": "Idris", "seed": "3"})
    other = order.another()
    assert (other.seed, other.worker, dict(other.names)) == ("4", "Ada", {})
    assert other.topics == order.topics


def test_own_words_are_a_topic_beside_those_that_were_chosen() -> None:
    assert order_of({"topics": "supervision,", "own": " doors "}).topics == ("supervision", "doors")


# ---------------------------------------------------------------- exercises


def test_the_form_offers_topics_with_stories_and_settings_that_they_have(
    desk: TrainersDesk,
) -> None:
    form = next(iter(desk.open_exercise({}))).form or ""
    assert 'value="supervision"' in form
    assert "3 stories" in form
    assert 'value="medication"' in form
    assert "1 story" in form
    assert '<option value="inpatient"' in form
    assert '<option value="perinatal"' not in form
    assert '<option value="USA"' in form


def test_an_exercise_is_made_with_both_versions_and_an_address(desk: TrainersDesk) -> None:
    steps = list(desk.make_exercise(ASKED))
    assert TEXTS("trainers.making") in (steps[0].made or "")
    made = steps[-1]
    assert "topics=supervision&amp;learners=new-psw&amp;minutes=60&amp;seed=1" in (made.made or "")
    body = made.body or ""
    facilitator, learner = body.split('id="version-learner"')
    for words in ("Points that a good answer makes", "Listening for the points", "Timetable"):
        assert words in facilitator
        assert words not in learner
    assert "exercise-card-1" in facilitator
    assert TEXTS("trainers.questions") in learner


def test_learners_see_no_answers_no_rubric_and_no_consequences(
    desk: TrainersDesk, trainers: Trainers
) -> None:
    body = last(desk.make_exercise({**ASKED, "minutes": "150", "seed": "2"})).body or ""
    learner = shown_words(body.split('id="version-learner"')[1])
    exercise = trainers.exercise(
        topics=["supervision"], learners="new-psw", minutes=150, seed=2, level="starting"
    )
    hidden = [
        text
        for story in exercise.stories
        for text in (
            *(line.text for line in story.answers),
            *(point.line.text for point in story.rubric),
            *(choice.leads_to for step in story.steps for choice in step.choices),
            *(step.facilitator for step in story.steps),
        )
    ]
    assert hidden
    for text in hidden:
        assert shown_words(el("p", text)) not in learner
    assert shown_words(el("p", exercise.stories[0].scene)) in learner


def test_the_same_order_gives_the_same_exercise_and_the_next_seed_another(
    desk: TrainersDesk,
) -> None:
    first, again = last(desk.make_exercise(ASKED)), last(desk.make_exercise(ASKED))
    assert first == again
    (following,) = orders_in(first.made)
    assert following["seed"] == "2"
    assert last(desk.make_exercise(following)).body != first.body


def test_an_address_opens_form_and_exercise(desk: TrainersDesk) -> None:
    steps = list(desk.open_exercise({"topics": "supervision", "seed": "2", "minutes": "60"}))
    assert "checked" in (steps[0].form or "")
    assert 'id="version-learner"' in (steps[-1].body or "")
    assert list(desk.open_exercise({"loaded": "yes"})) == [Shown(None, "", "", "")]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"topics": ""}, "There is no topic yet"),
        ({"topics": "a,b,c,d,e"}, "more than 4 topics"),
        ({"minutes": "20"}, "30 to 180 minutes"),
        ({"minutes": "long"}, "30 to 180 minutes"),
        ({"place": "St Mary's Hospital"}, "seems to name a real service"),
        ({"own": "manipulative patients"}, "words this differently"),
        ({"learners": "pilots"}, "no group of learners"),
    ],
)
def test_what_cannot_be_made_is_said_calmly(
    desk: TrainersDesk, change: dict[str, str], said: str
) -> None:
    shown = last(desk.make_exercise({**ASKED, **change}))
    assert said in shown_words(shown.made)
    assert shown.body == ""
    assert "--" not in shown_words(shown.made)


def test_an_unknown_topic_is_answered_with_the_nearest_as_buttons(desk: TrainersDesk) -> None:
    shown = last(desk.make_exercise({**ASKED, "topics": "lone-working", "own": "<b>shouting"}))
    assert "no topic called “&lt;b&gt;shouting”" in (shown.made or "")
    (instead,) = orders_in(shown.made)
    assert instead["topics"] == "lone-working,supervision"
    assert "version-learner" in (last(desk.make_exercise(instead)).body or "")


def test_a_setting_without_a_story_is_answered_with_settings_that_have_one(
    desk: TrainersDesk,
) -> None:
    asked = {**ASKED, "topics": "lone-working", "setting": "inpatient"}
    shown = last(desk.make_exercise(asked))
    offered = [order["setting"] for order in orders_in(shown.made)]
    assert offered == ["any", "community"]
    assert "On that topic the settings are" not in (shown.made or "")


def test_own_danger_in_a_detail_is_met_with_help_before_the_exercise(desk: TrainersDesk) -> None:
    shown = last(desk.make_exercise({**ASKED, "place": DANGER}))
    made = shown.made or ""
    assert made.index('href="tel:999"') < made.index("made-title")
    assert "version-learner" in (shown.body or "")
    assert 'href="tel:' not in (last(desk.make_exercise(ASKED)).made or "")


def test_names_of_the_story_are_changed_in_it_and_can_be_taken_back(desk: TrainersDesk) -> None:
    made = last(desk.make_exercise(ASKED)).made or ""
    name = re.findall(r'name="name:([^"]+)"', made)[0]
    shown = last(desk.make_exercise({**ASKED, f"name:{name}": "Zuleikha"}))
    assert "Zuleikha" in (shown.body or "")
    assert f">{name}<" not in (shown.body or "")
    refused = last(desk.make_exercise({**ASKED, "name:Nobody": "Zuleikha"}))
    assert [order for order in orders_in(refused.made) if "name:Nobody" not in order]


@pytest.mark.parametrize("form", ["docx", "md"])
def test_both_versions_come_in_one_archive(
    desk: TrainersDesk, downloads: Downloads, form: str
) -> None:
    name, content = fetched(last(desk.take_exercise({**ASKED, "form": form})), downloads)
    assert name.endswith(f"-1-{form}.zip")
    files = zipfile.ZipFile(io.BytesIO(content)).namelist()
    assert [one.rpartition("-1-")[2] for one in files] == [f"facilitator.{form}", f"learner.{form}"]
    assert fetched(last(desk.take_exercise({**ASKED, "form": form})), downloads)[1] == content


def test_a_hint_that_names_a_command_is_not_passed_on() -> None:
    assert spoken_hint("Try --seed 2.", TEXTS) == TEXTS("trainers.change_it")
    assert spoken_hint("Name fewer people.", TEXTS) == "Name fewer people."


def test_what_nobody_foresaw_is_said_without_a_word_of_what_was_typed(
    downloads: Downloads, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> Trainers:
        raise RuntimeError("secret words")

    desk = TrainersDesk(broken, downloads, TEXTS)
    for shown in (
        last(desk.open_exercise({})).form,
        last(desk.make_exercise(ASKED)).made,
        desk.open_feedback({}).form,
        last(desk.read_answer({"answer": "secret words"})).made,
        last(desk.open_course({})).form,
        last(desk.make_course(ASKED)).made,
        last(desk.take_course(ASKED)).files,
    ):
        assert TEXTS("trainers.unexpected") in (shown or "")
    assert "secret" not in caplog.text


# ---------------------------------------------------------------- feedback


def test_situations_are_listed_with_what_a_search_goes_by(desk: TrainersDesk) -> None:
    form = desk.open_feedback({}).form or ""
    assert form.count("<li data-find-in=") == 3
    assert 'data-topics="supervision medication"' in form
    assert "part=two-chairs" in form


def test_a_situation_is_shown_as_learners_read_it(desk: TrainersDesk, trainers: Trainers) -> None:
    page = shown_words(desk.open_feedback({"part": "two-chairs"}).form)
    situation = trainers.situation("two-chairs")
    assert shown_words(el("p", situation.scene)) in page
    lines = [one.text for one in situation.answers] + [one.text for one in situation.rubric]
    for text in lines:
        assert shown_words(el("p", text)) not in page
    assert "no situation two-chair" in (desk.open_feedback({"part": "two-chair"}).form or "")


def test_an_answer_is_read_with_its_words_marked(desk: TrainersDesk) -> None:
    shown = last(desk.read_answer({"situation": "two-chairs", "answer": ANSWER}))
    body = shown.body or ""
    assert '<mark class="mark-found">Nine weeks is far too long' in body
    assert shown_words(body).index("seem to make") < shown_words(body).index("not found")
    assert "feedback-card-1" in body
    assert not re.search(r"\d+ ?%|out of \d|score", shown_words(body))


def test_an_answer_of_two_words_is_asked_for_again(desk: TrainersDesk) -> None:
    shown = last(desk.read_answer({"situation": "two-chairs", "answer": "Ask her"}))
    assert "a few words" in (shown.made or "")
    assert shown.body == ""


def test_own_danger_in_an_answer_is_met_with_help_alone_until_somebody_says_otherwise(
    desk: TrainersDesk,
) -> None:
    asked = {"situation": "two-chairs", "answer": f"{DANGER}. {ANSWER}"}
    shown = last(desk.read_answer(asked))
    assert 'href="tel:999"' in (shown.made or "")
    assert "--" not in shown_words(shown.made)
    assert shown.body == ""
    found = re.search(r'data-read-again="([^"]*)"', shown.made or "")
    assert found is not None
    again = json.loads(found[1].replace("&quot;", '"').replace("&#x27;", "'"))
    read = last(desk.read_answer(again))
    assert "mark-found" in (read.body or "")
    assert 'href="tel:' not in (read.made or "")


def test_feedback_comes_as_a_file_with_the_answer_in_it(
    desk: TrainersDesk, downloads: Downloads
) -> None:
    asked = {"situation": "two-chairs", "answer": ANSWER, "about": "yes"}
    name, content = fetched(last(desk.take_feedback({**asked, "form": "md"})), downloads)
    assert name == "feedback-two-chairs.md"
    text = content.decode()
    assert "The bees are nice" in text
    assert "It is no grade" in text
    assert fetched(last(desk.take_feedback({**asked, "form": "docx"})), downloads)[1][:2] == b"PK"


def line(id_: str, verdict: Any, answer: str, words: str) -> LineFeedback:
    start = answer.index(words)
    said = Statement(text="A point")
    return LineFeedback(
        id=id_,
        point=said,
        verdict=verdict,
        words=words,
        start=start,
        end=start + len(words),
        read=said,
    )


def test_words_that_two_points_share_are_marked_once_and_lead_to_both() -> None:
    answer = "one <two> three four"
    lines = [
        line("a", "found", answer, "one <two> three"),
        line("b", "partly", answer, "<two> three four"),
    ]
    html = marked_answer(answer, lines, {"a": "A", "b": "B"}, TEXTS)
    assert shown_words(html).replace(" A", "").replace(" B", "") == "one &lt;two&gt; three four"
    assert '<mark class="mark-found">&lt;two&gt; three</mark>' in html
    assert '<mark class="mark-partly"> four</mark>' in html
    assert html.count("data-to-line") == 2


def test_help_that_is_only_likely_stands_above_what_was_found() -> None:
    found = Feedback(
        situation="two-chairs",
        title="Two chairs",
        about="",
        help=("If any of this is about you", "send it again (--about-the-story)"),
        lines=(line("a", "found", "one two", "one"),),
        library_version="x",
    )
    head = feedback_head(found, "one two", TEXTS)
    assert head.index("about you") < head.index(TEXTS("trainers.touched"))
    assert "--about" not in head


# ---------------------------------------------------------------- course


def test_a_course_says_what_it_holds(desk: TrainersDesk) -> None:
    shown = last(desk.make_course({**ASKED, "topics": "lone-working,supervision"}))
    assert "2 exercises · 120 minutes in all" in shown_words(shown.made)
    body = shown.body or ""
    rows = re.findall(r'href="\?place=trainers&amp;view=exercise&amp;topics=([a-z-]+)', body)
    assert rows == ["lone-working", "supervision"]
    for name in ("reading_list", "slides", "evaluation"):
        assert TEXTS(f"trainers.{name}") in body


def test_a_course_comes_as_one_archive_and_tells_how_far_it_is(
    desk: TrainersDesk, downloads: Downloads
) -> None:
    asked = {**ASKED, "topics": "lone-working,supervision", "form": "docx"}
    steps = list(desk.take_course(asked))
    assert "Written: 3 of 7 files" in shown_words(steps[3].files)
    name, content = fetched(steps[-1], downloads)
    assert name == "course-pack-docx.zip"
    files = zipfile.ZipFile(io.BytesIO(content)).namelist()
    assert len(files) == 7
    assert files[-3:] == ["reading-list.docx", "evaluation-form.docx", "slides.pptx"]


def test_a_course_of_nine_topics_is_too_long(desk: TrainersDesk) -> None:
    topics = ",".join(f"t{n}" for n in range(9))
    assert "more than 8 topics" in (last(desk.make_course({**ASKED, "topics": topics})).made or "")


def test_an_address_of_a_course_fills_its_rows_in_order(desk: TrainersDesk) -> None:
    steps = list(desk.open_course({"topics": "lone-working,supervision", "minutes": "45"}))
    form = steps[0].form or ""
    assert re.findall(r'<option value="([a-z-]+)" selected>', form)[:2] == [
        "lone-working",
        "supervision",
    ]
    assert 'value="45"' in form
    assert "course-exercises" in (steps[-1].body or "")
