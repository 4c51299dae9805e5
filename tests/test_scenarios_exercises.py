"""Exercises: their stories, their time, their sources, and what is kept from learners."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pytest

from assistant.exports.records import Table
from assistant.scenarios.compose import compose
from assistant.scenarios.deciding import leading
from assistant.scenarios.exercise import Exercise, learner_data
from assistant.scenarios.kitchen import Kitchen
from assistant.scenarios.papers import facilitator_paper, learner_paper
from assistant.scenarios.reading import cited_texts
from assistant.scenarios.timetable import Part, fits, laid_out
from evals.variety import RUN, measure, remembering
from tests.fakes import BagOfWordsEmbeddings
from tests.make_exercises import asked, kitchen, made, words_in

__all__ = ["kitchen"]


# ---------------------------------------------------------------- the exercise


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


def test_parts_that_cannot_fit_are_refused() -> None:
    parts = [Part("welcome", "Welcome", 10, 1, 20), Part("close", "Close", 10, 1, 20)]
    assert not fits(parts, 19)
    with pytest.raises(ValueError, match="do not fit"):
        laid_out(parts, 19)
    assert [slot.minutes for slot in laid_out(parts, 33)] == [16, 17] or sum(
        slot.minutes for slot in laid_out(parts, 33)
    ) == 33


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
