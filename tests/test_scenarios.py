"""Situations, exercises and course packs: what is read, chosen, told, and kept from learners."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from assistant.citations import verify
from assistant.cli import options, scenario
from assistant.corpus import Library, read_library
from assistant.errors import AssistantError, CorpusError, PromptError, UsageError
from assistant.exports.forms import written
from assistant.exports.keeping import read_any
from assistant.exports.records import Paper, Table
from assistant.resources import bundled_folder
from assistant.scenarios.building import read_building, read_words
from assistant.scenarios.compose import compose
from assistant.scenarios.course import course_of, evaluation_paper, reading_paper, slides_paper
from assistant.scenarios.deciding import leading
from assistant.scenarios.details import Details, checked, read_details, renamed
from assistant.scenarios.exercise import Exercise, learner_data
from assistant.scenarios.kitchen import Kitchen, kitchen_of
from assistant.scenarios.papers import facilitator_paper, learner_paper
from assistant.scenarios.reading import (
    check_situations,
    cited_texts,
    keep_review,
    read_situations,
    review_of,
)
from assistant.scenarios.request import LONGEST, SHORTEST, Request, understood
from assistant.scenarios.timetable import Part, fits, laid_out
from assistant.settings import read_settings
from evals.variety import RUN, measure, remembering
from tests.fakes import BagOfWordsEmbeddings
from tests.situations import situation, write_situations
from tests.small_library import SUPERVISED, put

PROMPTS = bundled_folder("prompts")


@pytest.fixture
def folder(small_corpus: Path) -> Path:
    """A small library with its situations, to break at will."""
    write_situations(small_corpus)
    return small_corpus


@pytest.fixture(scope="module")
def kitchen(tmp_path_factory: pytest.TempPathFactory) -> Kitchen:
    """Everything that exercises are made with, on the small library."""
    from tests import small_library

    corpus = small_library.write_library(tmp_path_factory.mktemp("scenarios") / "corpus")
    write_situations(corpus)
    return kitchen_of(corpus, PROMPTS, read_library(corpus))


def asked(kitchen: Kitchen, **wanted: Any) -> Request:
    """A request with usual answers to everything that is not said."""
    usual: dict[str, Any] = {"topics": ["supervision"], "learners": "new-psw", "minutes": 60}
    return understood(kitchen.known, **(usual | wanted))


def made(kitchen: Kitchen, **wanted: Any) -> Exercise:
    """An exercise."""
    return compose(asked(kitchen, **wanted), kitchen)


def words_in(paper: Paper) -> str:
    """Everything that a paper says."""
    return written(paper, "md").decode().partition("<!-- peer-support:record")[0]


# ---------------------------------------------------------------- situations


def faults_of(folder: Path, library: Library) -> list[str]:
    return [str(f) for f in check_situations(folder, library) if "never held" not in str(f)]


def test_situations_of_a_library_are_read(folder: Path) -> None:
    found = read_situations(folder, read_library(folder))
    assert [s.id for s in found] == ["the-keys-at-night", "the-long-wait", "two-chairs"]
    assert faults_of(folder, read_library(folder)) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"topics": ["gardening"]}, "topics: unknown topic gardening"),
        ({"contested": "whales"}, "contested: no contested question whales"),
        ({"scene": "Too short."}, "scene: has 2 words"),
        ({"people": [{"name": "Ann", "who": "a nurse"}]}, "people"),
        ({"colour": "red"}, "colour"),
        ({"title": "<b>Bold</b>"}, "title: holds markup"),
        ({"aftercare": "Whoever suffers from it may leave."}, "aftercare: says “suffers from”"),
    ],
)
def test_a_fault_names_file_and_field(folder: Path, change: dict[str, Any], said: str) -> None:
    write_situations(folder, situation("two-chairs") | change)
    found = faults_of(folder, read_library(folder))
    assert any("situations/two-chairs.yaml" in fault and said in fault for fault in found), found


def test_a_note_that_is_not_there_is_named_with_its_place(folder: Path) -> None:
    data = situation("two-chairs")
    data["rubric"][0]["notes"] = ["no-such-note"]
    write_situations(folder, data)
    library = read_library(folder)
    assert any(
        "rubric.asks-first.notes: no note no-such-note" in f for f in faults_of(folder, library)
    )
    with pytest.raises(CorpusError, match=r"two-chairs\.yaml: rubric\.asks-first\.notes"):
        read_situations(folder, library)


def test_a_situation_cannot_rest_on_a_retracted_source(folder: Path) -> None:
    library = read_library(folder)
    data = situation("two-chairs")
    data["answers"][0]["notes"] = [sorted(library.retracted_notes)[0]]
    write_situations(folder, data)
    assert any("retracted" in fault for fault in faults_of(folder, library))


def test_a_note_that_changed_since_the_review_makes_its_situation_due(folder: Path) -> None:
    import datetime as dt

    library = read_library(folder)
    held = read_situations(folder, library)
    for one in held:
        keep_review(folder, review_of(one, library, dt.date(2026, 11, 1)))
    assert check_situations(folder, library) == []
    path = folder / "sources" / "supervision-guide-2020.yaml"
    put(path, "notes.0.text", SUPERVISED.replace("four", "six"))
    faults = [str(f) for f in check_situations(folder, read_library(folder))]
    assert faults
    assert all("supervision-guide-2020-1, which changed since the review" in f for f in faults)


def test_a_situation_that_nobody_reviewed_is_said_so(folder: Path) -> None:
    assert "never held against its notes" in str(check_situations(folder, read_library(folder))[0])


# ---------------------------------------------------------------- what is asked for


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"topics": ["gardening"]}, "no topic “gardening”"),
        ({"topics": []}, "No topic was given"),
        ({"setting": "submarine"}, "no setting called “submarine”"),
        ({"country": "Atlantis"}, "nothing from “Atlantis”"),
        ({"learners": "dogs"}, "no group of learners called “dogs”"),
        ({"level": "expert"}, "no level called “expert”"),
        ({"minutes": SHORTEST - 1}, "30 to 180 minutes"),
        ({"minutes": LONGEST + 1}, "30 to 180 minutes"),
        ({"seed": -1}, "The seed is a number"),
        ({"topics": ["supervision", "pay", "risk", "rights", "values"]}, "up to 4 topics"),
    ],
)
def test_what_nobody_knows_is_answered_and_never_guessed(
    kitchen: Kitchen, wanted: dict[str, Any], said: str
) -> None:
    with pytest.raises(UsageError, match=re.escape(said)) as raised:
        asked(kitchen, **wanted)
    assert raised.value.hint


def test_an_unknown_topic_is_answered_with_the_nearest(kitchen: Kitchen) -> None:
    known = replace(kitchen.known, suggest=lambda words: ["medication"])
    with pytest.raises(UsageError) as raised:
        understood(known, topics=["supervison"], learners="new-psw", minutes=60)
    assert "supervision (" in raised.value.hint
    assert "medication (" in raised.value.hint


def test_a_topic_may_be_named_as_readers_see_it(kitchen: Kitchen) -> None:
    label = kitchen.library.topics["lone-working"]
    assert asked(kitchen, topics=[label.upper()]).topics == ("lone-working",)


@pytest.mark.parametrize(
    ("topic", "instead"),
    [
        ("how to handle schizophrenics", "people with a diagnosis of schizophrenia"),
        ("dealing with a typical borderline", "which some of them dispute"),
        ("attention seekers on the ward", "distress is not being heard"),
        ("managing difficult patients", "alongside somebody"),
        ("frequent flyers", "people who come back often"),
        ("somebody who committed suicide", "die by suicide"),
        ("self-harmers", "people who self-harm"),
        ("drug addicts in recovery", "people in recovery"),
    ],
)
def test_hurtful_words_are_answered_with_how_the_exercise_puts_it(
    kitchen: Kitchen, topic: str, instead: str
) -> None:
    with pytest.raises(UsageError, match="words this differently") as raised:
        asked(kitchen, topics=[topic])
    assert instead in raised.value.message


@pytest.mark.parametrize(
    "topic",
    [
        "talking about suicide",
        "supporting people who self-harm",
        "a person with a diagnosis of schizophrenia",
        "psychotic experiences",
        "bipolar disorder",
        "the borderline between friend and worker",
        "managing a team",
        "handle with care",
        "difficult conversations",
    ],
)
def test_plain_words_of_the_work_are_no_hurtful_ones(topic: str) -> None:
    words = read_words(PROMPTS)
    assert words.found(topic) == ()
    assert not words.asks_for_methods(topic)


@pytest.mark.parametrize(
    "topic",
    [
        "suicide methods",
        "a scene with graphic self-harm",
        "how many tablets for an overdose",
        "describe in detail how he cuts himself",
        "show exactly how she self-harms",
        "realistic suicide attempt",
    ],
)
def test_details_of_methods_are_declined_in_plain_words(kitchen: Kitchen, topic: str) -> None:
    with pytest.raises(UsageError, match="No exercise here says how somebody harms themselves"):
        asked(kitchen, topics=[topic])


def test_hurtful_words_in_a_trainers_details_are_answered_too(kitchen: Kitchen) -> None:
    with pytest.raises(UsageError, match="words this differently"):
        asked(kitchen, details=Details(place="A home for schizophrenics"))


def test_a_setting_without_a_situation_says_where_there_are_some(kitchen: Kitchen) -> None:
    with pytest.raises(UsageError, match="No situation about") as raised:
        made(kitchen, setting="perinatal", topics=["medication"])
    assert "inpatient" in raised.value.hint


def test_a_topic_without_a_situation_says_what_there_is(kitchen: Kitchen) -> None:
    with pytest.raises(UsageError, match=r"No situation is about “.+” yet") as raised:
        made(kitchen, topics=["pay"])
    assert "supervision" in raised.value.hint


def test_another_country_adds_its_sources_or_says_that_there_are_none(kitchen: Kitchen) -> None:
    with pytest.raises(UsageError, match="nothing from USA on"):
        made(kitchen, country="USA")
    foreign = next(s for s in kitchen.library.sources.values() if s.jurisdiction == "USA")
    note = foreign.notes[0]
    told = replace(kitchen.known, situations=kitchen.known.situations)
    situations = tuple(
        s.model_copy(update={"topics": (*s.topics, note.topics[0])}) for s in told.situations
    )
    wider = replace(kitchen, known=replace(told, situations=situations))
    exercise = made(wider, topics=[note.topics[0]], country="usa")
    assert note.text in [statement.text for statement in exercise.from_country]
    assert all(statement.citations for statement in exercise.from_country)
    assert "written for England" in words_in(facilitator_paper(exercise))


# ---------------------------------------------------------------- the trainer's details


def test_names_and_place_are_taken_into_the_story(kitchen: Kitchen) -> None:
    details = Details(names={"worker": "Zadie", "Omar": "Piotr"}, place="A ward by the sea")
    exercise = made(kitchen, details=details, seed=seed_of(kitchen, "two-chairs"))
    story = words_in(learner_paper(exercise))
    assert "Zadie" in story
    assert "Piotr" in story
    assert "A ward by the sea" in story
    assert "Ines" not in story
    assert "Omar" not in story
    assert "Zadie" in words_in(facilitator_paper(exercise))


def test_names_may_be_exchanged() -> None:
    assert renamed("Ann met Bob, and Ann's dog Anna.", {"Ann": "Bob", "Bob": "Ann"}) == (
        "Bob met Ann, and Bob's dog Anna."
    )


def test_a_factual_line_keeps_the_librarys_words_beside_the_trainers_names(
    kitchen: Kitchen,
) -> None:
    details = Details(names={"Omar": "Piotr"})
    exercise = made(kitchen, details=details, seed=seed_of(kitchen, "two-chairs"))
    line = next(p.line for p in exercise.stories[0].rubric if p.id == "asks-first")
    assert "Piotr" in line.text
    assert "Omar" in line.statement.text


@pytest.mark.parametrize(
    ("details", "said"),
    [
        (Details(names={"worker": "<b>Ann</b>"}), "name given for worker"),
        (Details(names={"worker": "A" * 41}), "name given for worker"),
        (Details(names={"worker": "=cmd()"}), "name given for worker"),
        (Details(place="A ward {{7*7}}"), "signs that a story has no use for"),
        (Details(place="[a](http://x)"), "signs that a story has no use for"),
        (Details(place="x" * 200), "200 characters"),
        (Details(place="Northbank NHS Foundation Trust"), "real service"),
        (Details(place="Saint Nowhere Hospital"), "real service"),
        (Details(service="A team, ring 07700 900123"), "personal detail"),
        (Details(names={str(n): "Ann" for n in range(9)}), "More than 8 names"),
    ],
)
def test_details_are_plain_text_and_name_nothing_real(details: Details, said: str) -> None:
    with pytest.raises(UsageError, match=re.escape(said)):
        checked(details)


def test_a_name_that_nobody_has_is_said(kitchen: Kitchen) -> None:
    with pytest.raises(UsageError, match="Nobody in this exercise is called Bartholomew"):
        made(kitchen, details=Details(names={"Bartholomew": "Ann"}))


def test_two_people_cannot_get_one_name(kitchen: Kitchen) -> None:
    with pytest.raises(UsageError, match="Two people of the story would be called Omar"):
        made(
            kitchen,
            details=Details(names={"worker": "Omar"}),
            seed=seed_of(kitchen, "two-chairs"),
        )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("d.yaml", "worker: Zadie\nplace: A ward by the sea\nnames: {Omar: Piotr}\n"),
        ("d.json", '{"worker": "Zadie", "place": "A ward by the sea", "names": {"Omar": "Piotr"}}'),
        ("d.toml", 'worker = "Zadie"\nplace = "A ward by the sea"\n[names]\nOmar = "Piotr"\n'),
    ],
)
def test_details_are_read_from_a_file(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    found = read_details(path)
    assert found.names == {"Omar": "Piotr", "worker": "Zadie"}
    assert found.place == "A ward by the sea"


@pytest.mark.parametrize("text", ["[1, 2]", "colour: red", "{", "names: [a]", "x" * 30_000])
def test_a_file_that_holds_no_details_is_said_so(tmp_path: Path, text: str) -> None:
    path = tmp_path / "d.yaml"
    path.write_text(text)
    with pytest.raises(UsageError, match=r"d\.yaml"):
        read_details(path)


# ---------------------------------------------------------------- the exercise


def seed_of(kitchen: Kitchen, situation_id: str, **wanted: Any) -> int:
    """A seed whose exercise tells a situation."""
    for seed in range(1, 30):
        stories = made(kitchen, seed=seed, **wanted).stories
        if stories[0].situation == situation_id:
            return seed
    raise AssertionError(f"no seed tells {situation_id}")


def test_the_same_seed_gives_the_same_exercise(kitchen: Kitchen) -> None:
    assert made(kitchen, seed=7) == made(kitchen, seed=7)
    one, other = made(kitchen, seed=1), made(kitchen, seed=2)
    assert one.stories[0].situation != other.stories[0].situation
    assert one.id != other.id


def test_a_story_comes_back_only_after_all_were_told_and_then_otherwise(kitchen: Kitchen) -> None:
    count = len({s.stories[0].situation for s in (made(kitchen, seed=n) for n in range(1, 30))})
    first = [made(kitchen, seed=n).stories[0].situation for n in range(1, count + 1)]
    assert len(set(first)) == count
    again = made(kitchen, seed=count + 1)
    before = made(kitchen, seed=1)
    assert again.stories[0].situation == before.stories[0].situation
    assert again.opening.id != before.opening.id


@pytest.mark.parametrize("minutes", [30, 31, 44, 45, 59, 60, 75, 89, 90, 101, 120, 134, 135, 180])
def test_the_timetable_adds_up_to_the_minutes(kitchen: Kitchen, minutes: int) -> None:
    for seed in range(1, 5):
        for topics in (["supervision"], ["supervision", "medication"]):
            exercise = made(kitchen, minutes=minutes, seed=seed, topics=topics)
            ends = [slot.end for slot in exercise.timetable]
            assert exercise.timetable[0].start == 0
            assert ends[-1] == minutes
            assert [slot.start for slot in exercise.timetable[1:]] == ends[:-1]
            assert all(slot.end - slot.start >= 2 for slot in exercise.timetable)


def test_more_minutes_hold_more(kitchen: Kitchen) -> None:
    short, long, longest = (made(kitchen, minutes=m) for m in (30, 90, 180))
    assert [len(short.stories[0].steps), len(long.stories[0].steps)] == [1, 3]
    assert len(longest.stories) == 2
    assert any(slot.what == "Break" for slot in longest.timetable)
    assert short.debate is None or not short.debate.plan


def test_a_long_exercise_reaches_a_topic_that_its_first_story_leaves_out(kitchen: Kitchen) -> None:
    exercise = made(kitchen, topics=["supervision", "medication"], minutes=150)
    held = {s.id: set(s.topics) for s in kitchen.known.situations}
    assert {"supervision", "medication"} <= set().union(
        *(held[story.situation] for story in exercise.stories)
    )


def test_a_topic_that_a_short_exercise_leaves_out_is_named(kitchen: Kitchen) -> None:
    exercise = made(kitchen, topics=["lone-working", "medication"], minutes=30)
    left = {"lone-working", "medication"} - {
        topic
        for s in kitchen.known.situations
        if s.id == exercise.stories[0].situation
        for topic in s.topics
    }
    assert left
    assert any("does not reach" in note for note in exercise.notes)


def test_every_factual_line_is_cited_and_stands_in_the_library(kitchen: Kitchen) -> None:
    exercise = made(kitchen, minutes=120)
    known = cited_texts(kitchen.known.situations)
    numbers = {citation.n for citation in exercise.citations}
    statements = list(exercise.statements())
    assert statements
    for where, statement in statements:
        assert statement.citations, where
        assert set(statement.citations) <= numbers
        if not statement.verbatim and ".read" not in where:
            assert statement.evidence_ids in known[statement.text], where
    assert {n for _, s in statements for n in s.citations} == numbers


def test_the_story_is_marked_as_made_up_in_both_versions(kitchen: Kitchen) -> None:
    exercise = made(kitchen)
    for paper in (facilitator_paper(exercise), learner_paper(exercise)):
        assert "The story is made up" in words_in(paper)


def leaked(exercise: Exercise) -> Iterator[str]:
    """Everything that learners must not read."""
    for story in exercise.stories:
        yield from (line.text for line in story.answers)
        for point in story.rubric:
            yield from (point.line.text, *point.found, *point.partly, *point.contradicts)
        for step in story.steps:
            yield step.facilitator
            yield from (choice.leads_to for choice in step.choices)
            if not step.shows_choices:
                yield from (choice.text for choice in step.choices)


@pytest.mark.parametrize("minutes", [30, 60, 180])
def test_learners_read_no_answers_no_rubric_and_no_consequences(
    kitchen: Kitchen, minutes: int
) -> None:
    for seed in range(1, 7):
        exercise = made(kitchen, minutes=minutes, seed=seed)
        paper = words_in(learner_paper(exercise))
        data = json.dumps(learner_data(exercise), ensure_ascii=False)
        full = words_in(facilitator_paper(exercise))
        for text in leaked(exercise):
            assert text not in paper
            assert text not in data
        for story in exercise.stories:
            assert all(line.text in full for line in story.answers)


def test_learners_data_cites_only_what_it_shows(kitchen: Kitchen) -> None:
    data = learner_data(made(kitchen, minutes=60))
    shown = json.dumps({key: value for key, value in data.items() if key != "citations"})
    groups = re.findall(r'"citations": \[([\d, ]+)\]', shown)
    used = {int(n) for group in groups for n in group.split(",")}
    assert {citation["n"] for citation in data["citations"]} == used


def test_contested_questions_give_each_group_a_position_with_holders_and_sources(
    kitchen: Kitchen,
) -> None:
    exercise = made(kitchen, topics=["lone-working"], minutes=75)
    assert exercise.debate is not None
    assert len(exercise.debate.sides) >= 2
    assert exercise.debate.plan
    paper = learner_paper(exercise)
    table = next(b for b in paper.blocks if isinstance(b, Table))
    for side, row in zip(exercise.debate.sides, table.rows, strict=True):
        assert row[0][0].text == side.position
        assert row[0][0].cites
        assert row[1][0].text == side.held_by
        assert all(statement.citations for statement in side.statements)
    assert "none is put forward as the right one" in words_in(paper)


def test_a_short_exercise_shows_the_positions_to_the_facilitator_alone(kitchen: Kitchen) -> None:
    exercise = made(kitchen, topics=["lone-working"], minutes=30)
    assert exercise.debate is not None
    position = exercise.debate.sides[0].position
    assert position in words_in(facilitator_paper(exercise))
    assert position not in words_in(learner_paper(exercise))


def test_starting_learners_have_answers_to_choose_from_once(kitchen: Kitchen) -> None:
    for seed in range(1, 8):
        steps = made(kitchen, seed=seed, minutes=90).stories[0].steps
        assert any(step.shows_choices for step in steps)
        assert len({step.way for step in steps}) == len(steps)


def test_help_that_answers_at_any_hour_stands_at_the_end(kitchen: Kitchen) -> None:
    assert "116 123" in made(kitchen).aftercare[-1]


def test_a_model_may_reword_the_story_and_nothing_else(kitchen: Kitchen) -> None:
    class Model:
        def vary(self, text: str, people: Sequence[str]) -> str:
            return text.replace(" and ", " & then ").replace(".", ", as it happens.", 1)

    told = made(kitchen, seed=1)
    other = compose(asked(kitchen, seed=1), replace(kitchen, varier=Model()))
    assert other.stories[0].scene != told.stories[0].scene
    assert [s for _, s in other.statements()] == [s for _, s in told.statements()]
    assert other.stories[0].questions == told.stories[0].questions


@pytest.mark.parametrize(
    "spoilt",
    ["", "Somebody else went home.", "{text} 999 tablets.", "{text} <script>", "{text} {text}"],
)
def test_what_a_model_spoils_is_left_out(kitchen: Kitchen, spoilt: str) -> None:
    class Model:
        def vary(self, text: str, people: Sequence[str]) -> str:
            return spoilt.replace("{text}", text)

    told = made(kitchen, seed=1)
    other = compose(asked(kitchen, seed=1), replace(kitchen, varier=Model()))
    assert other.model_copy(update={"notes": told.notes}) == told
    assert "stand as written" in other.notes[-1]


# ---------------------------------------------------------------- files


@pytest.mark.parametrize("form", ["docx", "md", "pdf"])
def test_an_exported_exercise_can_be_verified(kitchen: Kitchen, tmp_path: Path, form: Any) -> None:
    exercise = made(kitchen, minutes=60)
    for paper in (facilitator_paper(exercise), learner_paper(exercise)):
        path = tmp_path / f"exercise.{form}"
        path.write_bytes(written(paper, form))
        (saved,) = read_any(path)
        found = verify(saved, kitchen.library)
        assert found.ok
        assert found.statements


def test_a_line_changed_by_hand_is_found(kitchen: Kitchen, tmp_path: Path) -> None:
    exercise = made(kitchen, minutes=60)
    path = tmp_path / "exercise.md"
    text = written(facilitator_paper(exercise), "md").decode()
    line = exercise.stories[0].answers[0].text
    assert line in text
    path.write_text(text.replace(line, line.replace("peer", "clinical", 1), 1))
    (saved,) = read_any(path)
    assert "edited" in {check.finding for check in verify(saved, kitchen.library).statements}


# ---------------------------------------------------------------- course


def test_a_course_tells_another_story_for_each_topic(kitchen: Kitchen) -> None:
    course = course_of(
        kitchen, topics=["supervision", "lone-working"], learners="new-psw", minutes=45
    )
    first, second = (e.stories[0].situation for e in course.exercises)
    assert first != second
    assert course.minutes == 90


def test_the_reading_list_begins_with_peers_and_lists_every_source_once(kitchen: Kitchen) -> None:
    course = course_of(
        kitchen, topics=["supervision", "lone-working"], learners="new-psw", minutes=60
    )
    ids = [reading.source_id for reading in course.reading]
    assert len(ids) == len(set(ids))
    cited = {c.source_id for e in course.exercises for c in e.citations}
    assert set(ids) == cited
    peers = [kitchen.library.sources[i].who_speaks == "peer-led" for i in ids]
    assert True in peers
    assert peers == sorted(peers, reverse=True)
    assert "Peers Together" in words_in(reading_paper(course))


def test_slides_hold_no_answers_and_the_form_asks_for_no_name(kitchen: Kitchen) -> None:
    course = course_of(kitchen, topics=["supervision"], learners="new-psw", minutes=60)
    slides = words_in(slides_paper(course))
    story = course.exercises[0].stories[0]
    for step in story.steps:
        assert all(choice.leads_to not in slides for choice in step.choices)
    for point in story.rubric:
        assert point.line.text not in slides
    assert all(line.text not in slides for line in story.answers)
    form = words_in(evaluation_paper(course))
    assert "No name" in form
    assert course.exercises[0].title in form


def test_slides_open_as_powerpoint(kitchen: Kitchen) -> None:
    import io

    pptx = pytest.importorskip("pptx")
    from assistant.scenarios.slides import to_pptx

    course = course_of(kitchen, topics=["supervision"], learners="new-psw", minutes=60)
    deck = pptx.Presentation(io.BytesIO(to_pptx(course)))
    titles = [slide.shapes.title.text_frame.text for slide in deck.slides]
    assert titles[1] == "Welcome"
    assert len(titles) == len(course.slides) + 1
    assert deck.core_properties.author == ""


# ---------------------------------------------------------------- what is ours


def test_the_bundled_sentences_and_words_are_well_formed() -> None:
    building = read_building(PROMPTS)
    assert len({opening.id for opening in building.opening}) == len(building.opening) >= 6
    assert len({way.id for way in building.way}) == len(building.way) >= 8
    assert {"made_up", "grading", "local", "contested", "foreign", "role_play"} <= set(
        building.fixed
    )


def test_a_broken_file_of_ours_names_file_and_field(tmp_path: Path) -> None:
    (tmp_path / "scenarios").mkdir()
    words = tmp_path / "scenarios" / "words.toml"
    words.write_text('[[word]]\npattern = "("\ninstead = "x"\n')
    with pytest.raises(PromptError, match=r"words\.toml: word\.0\.pattern"):
        read_words(tmp_path)


def test_parts_that_cannot_fit_are_refused() -> None:
    parts = [Part("welcome", "Welcome", 10, 1, 20), Part("close", "Close", 10, 1, 20)]
    assert not fits(parts, 19)
    with pytest.raises(ValueError, match="do not fit"):
        laid_out(parts, 19)
    assert [slot.minutes for slot in laid_out(parts, 33)] == [16, 17] or sum(
        slot.minutes for slot in laid_out(parts, 33)
    ) == 33


# ---------------------------------------------------------------- variety


def test_exercises_that_tell_other_stories_do_not_read_alike(kitchen: Kitchen) -> None:
    embed = remembering(BagOfWordsEmbeddings().vectors)
    found = measure(kitchen, embed, "supervision", seeds=(1, 2, 3), learners="new-psw")
    assert found.stories == 3
    assert found.shared_most < 0.45
    assert RUN == 8


def test_the_same_exercise_twice_reads_alike(kitchen: Kitchen) -> None:
    embed = remembering(BagOfWordsEmbeddings().vectors)
    # Runs that stand in all of them are taken away, so a third exercise is needed to tell.
    found = measure(kitchen, embed, "supervision", seeds=(1, 1, 2), learners="new-psw")
    assert found.shared_most == 1.0
    assert not found.ok or found.alike > 0
    assert np.isclose(found.near_most, 1.0)


# ---------------------------------------------------------------- the command line


@pytest.fixture
def command(folder: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs a command of this module on the small library; gives code, output and messages."""
    import typer

    app = options.new_app("Test.", example="test")
    app.callback()(options.global_options)
    scenario.add_to(app)

    def run(*args: str) -> tuple[int, str, str]:
        code = 0
        try:
            typer.main.get_command(app).main(["--corpus", str(folder), *args], prog_name="test")
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        except AssistantError as error:
            return error.exit_code, capsys.readouterr().out, str(error)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


SCENARIO = ("scenario", "--topic", "supervision", "--learners", "new-psw", "--minutes", "60")


@pytest.mark.parametrize("form", ["docx", "md", "json", "pdf"])
def test_the_command_writes_a_file_for_each_reader(command: Any, tmp_path: Path, form: str) -> None:
    out = tmp_path / "out"
    code, printed, said = command(*SCENARIO, "--format", form, "--output", str(out))
    assert code == 0
    files = sorted(path.name for path in out.iterdir())
    assert [name.rpartition("-")[2] for name in files] == [f"facilitator.{form}", f"learner.{form}"]
    assert printed.split() == [str(out / name) for name in files]
    assert "--seed 2" in said


def test_the_command_writes_over_nothing_unless_told(command: Any, tmp_path: Path) -> None:
    args = (*SCENARIO, "--format", "md", "--output", str(tmp_path / "out"))
    assert command(*args)[0] == 0
    code, _, said = command(*args)
    assert code == 2
    assert "is there already" in said
    assert command(*args, "--force")[0] == 0


def test_the_command_prints_json(command: Any) -> None:
    code, printed, _ = command(*SCENARIO, "--json")
    assert code == 0
    data = json.loads(printed)
    assert set(data) == {"facilitator", "learner", "files"}
    assert "rubric" not in json.dumps(data["learner"])


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (SCENARIO, "No folder was given"),
        ((*SCENARIO, "--format", "odt", "--json"), "no format called “odt”"),
        ((*SCENARIO, "--json", "--setting", "moon"), "no setting called “moon”"),
    ],
)
def test_a_wrong_call_says_what_is_wrong_and_what_to_do(
    command: Any, args: tuple[str, ...], said: str
) -> None:
    code, printed, message = command(*args)
    assert (code, printed) == (2, "")
    assert said in message


def test_a_course_pack_is_written_whole(command: Any, tmp_path: Path) -> None:
    out = tmp_path / "course"
    code, _, _ = command(
        "course-pack", "--topic", "supervision", "--learners", "new-psw", "--output", str(out)
    )
    assert code == 0
    names = {path.name for path in out.iterdir()}
    assert {"reading-list.docx", "evaluation-form.docx", "slides.pptx"} <= names
    assert len(names) == 5


def test_situations_are_listed_and_reviewed(command: Any, folder: Path) -> None:
    assert "two-chairs" in command("situations", "list")[1]
    assert command("situations", "review", "two-chairs")[0] == 0
    assert (folder / "reviews" / "situations" / "two-chairs.yaml").exists()
    data = yaml.safe_load((folder / "reviews" / "situations" / "two-chairs.yaml").read_text())
    assert data["id"] == "two-chairs"


# ---------------------------------------------------------------- the bundled situations


def test_the_bundled_situations_hold_together() -> None:
    settings = read_settings()
    library = read_library(settings.corpus)
    faults = [str(f) for f in check_situations(settings.corpus, library)]
    assert [f for f in faults if "never held" not in f] == []


@pytest.mark.parametrize(
    ("decision", "first", "other"),
    [
        ("What does Ines say to Omar?", "Ines", "Omar"),
        ("You are Omar. What do you answer Ines?", "Omar", "Ines"),
        ("What do you say to Omar?", "Ines", "Omar"),
        ("Who settles it?", "Ines", "Omar"),
    ],
)
def test_ways_of_working_name_who_decides_and_whom_it_is_about(
    kitchen: Kitchen, decision: str, first: str, other: str
) -> None:
    held = next(s for s in kitchen.known.situations if s.id == "two-chairs")
    stage = held.stages[0].model_copy(update={"decision": decision})
    assert leading(held, stage) == (first, other)
