"""A situation: a made-up story with decisions, and factual lines that rest on notes.

Frozen models; a field that they do not know is an error. Whether the notes exist is told by
``reading``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, get_args

from pydantic import Field, field_validator, model_validator

from assistant.schema import Record, Setting, Slug, Text

Level = Literal["starting", "experienced"]
Learners = Literal["new-psw", "mixed-team", "supervisors", "managers"]
LineVerdict = Literal["found", "partly", "missing", "contradicts"]

LEVEL_WORDS: dict[Level, str] = {
    "starting": "people who are starting",
    "experienced": "people with some experience",
}
LEARNER_WORDS: dict[Learners, str] = {
    "new-psw": "new peer support workers",
    "mixed-team": "a mixed team",
    "supervisors": "supervisors",
    "managers": "managers",
}
SETTINGS: tuple[Setting, ...] = get_args(Setting)
_NAME = re.compile(r"[^\W\d_](?:[^\W\d_]|[ .'’-])*")


class Person(Record):
    """A made-up person of the story."""

    name: Text = Field(max_length=40)
    who: Text

    @field_validator("name")
    @classmethod
    def _plain(cls, value: str) -> str:
        if not _NAME.fullmatch(value):
            raise ValueError("is no plain name")
        return value


class Option(Record):
    """What somebody might do at a decision, and where that leads."""

    text: Text
    leads_to: Text


class Stage(Record):
    """A step of the story: what happens, what has to be decided, and honest ways to decide it."""

    event: Text
    decision: Text
    choices: tuple[Option, ...] = Field(min_length=2, max_length=4)


class Cited(Record):
    """A factual line and the notes that bear it out."""

    text: Text
    notes: tuple[Slug, ...] = Field(min_length=1)


class RubricLine(Record):
    """A point by which a facilitator hears what an answer makes, with how learners really say it.

    ``found`` make the point, ``partly`` come near and miss something, ``contradicts`` say the
    opposite; ``read`` is the note to read next.
    """

    id: Slug
    text: Text
    notes: tuple[Slug, ...] = Field(min_length=1)
    found: tuple[Text, ...] = Field(min_length=2)
    partly: tuple[Text, ...] = Field(min_length=1)
    contradicts: tuple[Text, ...] = Field(min_length=1)
    read: Slug

    def examples(self) -> Iterator[tuple[LineVerdict, str]]:
        """Every example with what it is one of."""
        yield from (("found", text) for text in self.found)
        yield from (("partly", text) for text in self.partly)
        yield from (("contradicts", text) for text in self.contradicts)


class Situation(Record):
    """A made-up situation with everything that an exercise is built from.

    The first of ``topics`` is the main one. ``contested`` names a question on which sources
    disagree; then no line of the rubric demands one side.
    """

    id: Slug
    title: Text = Field(max_length=80)
    topics: tuple[Slug, ...] = Field(min_length=1, max_length=4)
    settings: tuple[Setting, ...] = Field(min_length=1)
    levels: tuple[Level, ...] = Field(min_length=1)
    learners: tuple[Learners, ...] = Field(min_length=1)
    people: tuple[Person, ...] = Field(min_length=2, max_length=5)
    place: Text
    scene: Text
    stages: tuple[Stage, ...] = Field(min_length=2, max_length=4)
    questions: tuple[Text, ...] = Field(min_length=4)
    answers: tuple[Cited, ...] = Field(min_length=4)
    rubric: tuple[RubricLine, ...] = Field(min_length=4)
    contested: Slug | None = None
    debrief: tuple[Text, ...] = Field(min_length=2)
    aftercare: Text
    competences: tuple[Cited, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _told_apart(self) -> Situation:
        for what, names in (
            ("people", [person.name for person in self.people]),
            ("rubric", [line.id for line in self.rubric]),
        ):
            if len(set(names)) < len(names):
                raise ValueError(f"two {what} have one name")
        return self

    def cited_lines(self) -> Iterator[tuple[str, Cited]]:
        """Every factual line with its place in the file."""
        yield from ((f"answers.{n}", line) for n, line in enumerate(self.answers))
        for line in self.rubric:
            yield f"rubric.{line.id}", Cited(text=line.text, notes=line.notes)
        yield from ((f"competences.{n}", line) for n, line in enumerate(self.competences))

    def story(self) -> str:
        """The scene and every event, in order."""
        return "\n".join([self.scene, *(stage.event for stage in self.stages)])

    def fits_setting(self, setting: Setting) -> bool:
        """Whether it may be told as happening in a setting."""
        return setting == "any" or setting in self.settings or "any" in self.settings
