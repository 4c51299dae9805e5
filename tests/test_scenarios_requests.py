"""What exercises are made from: situations, words of ours, a request and a trainer's details."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assistant.corpus import Library, read_library
from assistant.errors import CorpusError, PromptError, UsageError
from assistant.scenarios.building import read_building, read_words
from assistant.scenarios.details import Details, checked, read_details, renamed
from assistant.scenarios.kitchen import Kitchen
from assistant.scenarios.papers import facilitator_paper, learner_paper
from assistant.scenarios.reading import check_situations, keep_review, read_situations, review_of
from assistant.scenarios.request import LONGEST, SHORTEST, understood
from assistant.settings import read_settings
from tests.make_exercises import PROMPTS, asked, folder, kitchen, made, words_in
from tests.situations import situation, write_situations
from tests.small_library import SUPERVISED, put

__all__ = ["folder", "kitchen"]


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


def seed_of(kitchen: Kitchen, situation_id: str, **wanted: Any) -> int:
    """A seed whose exercise tells a situation."""
    for seed in range(1, 30):
        stories = made(kitchen, seed=seed, **wanted).stories
        if stories[0].situation == situation_id:
            return seed
    raise AssertionError(f"no seed tells {situation_id}")


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


# ---------------------------------------------------------------- the bundled situations


def test_the_bundled_situations_hold_together() -> None:
    settings = read_settings()
    library = read_library(settings.corpus)
    faults = [str(f) for f in check_situations(settings.corpus, library)]
    assert [f for f in faults if "never held" not in f] == []
