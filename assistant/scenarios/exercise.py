"""An exercise in no format: what the trainer and the learners get, as one object.

Frozen; ``model_dump(mode="json")`` of it is what ``scenario --format json`` writes for the
facilitator, and ``learner_data`` what it writes for learners.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from assistant.scenarios.records import Learners, Level
from assistant.schema import Citation, Record, Setting, Statement


class Line(Record):
    """A factual line: ``text`` as it is shown, with the trainer's names in it, and the statement as
    the library words it, with its citations."""

    text: str
    statement: Statement


class Answering(Record):
    """One way to answer a decision, and where it leads; learners never read the second."""

    text: str
    leads_to: str


class Step(Record):
    """One stage: what happens, what to decide, how the group decides it."""

    number: int
    minutes: int
    event: str
    decision: str
    way: str
    learner: str
    facilitator: str
    shows_choices: bool
    choices: tuple[Answering, ...]


class Role(Record):
    """A made-up person of the story."""

    name: str
    who: str


class Point(Record):
    """A line of the rubric, ways in which learners say it, and what to read next."""

    id: str
    line: Line
    found: tuple[str, ...]
    partly: tuple[str, ...]
    contradicts: tuple[str, ...]
    read: Statement


class Story(Record):
    """One situation as it is used. ``later`` tells learners where a second story begins."""

    situation: str
    title: str
    place: str
    scene: str
    people: tuple[Role, ...]
    steps: tuple[Step, ...]
    questions: tuple[str, ...]
    answers: tuple[Line, ...]
    rubric: tuple[Point, ...]


class Side(Record):
    """One group's position: what is held, by whom, and the notes that show it."""

    position: str
    held_by: str
    statements: tuple[Statement, ...]


class Argument(Record):
    """A question on which sources disagree. ``plan`` says how it is debated; without it the sides
    are for the facilitator to know."""

    id: str
    question: str
    sides: tuple[Side, ...]
    minutes: int
    plan: tuple[str, ...]
    close: str


class Opening(Record):
    """How the story is met."""

    id: str
    title: str
    learner: str
    facilitator: str
    event_first: bool


class TimeSlot(Record):
    """A line of the timetable, in minutes from the beginning."""

    start: int
    end: int
    what: str


class Exercise(Record):
    """A whole exercise. ``notes`` say what a trainer should know before using it."""

    id: str
    title: str
    topics: tuple[str, ...]
    topic_words: tuple[str, ...]
    learners: Learners
    level: Level
    setting: Setting
    country: str
    minutes: int
    seed: int
    made_up: str
    notes: tuple[str, ...]
    before: str
    opening: Opening
    timetable: tuple[TimeSlot, ...]
    stories: tuple[Story, ...]
    debate: Argument | None
    debrief_first: str
    debrief: tuple[str, ...]
    aftercare: tuple[str, ...]
    competences: tuple[Line, ...]
    from_country: tuple[Statement, ...]
    fixed: dict[str, str]
    citations: tuple[Citation, ...]
    library_version: str

    def statements(self) -> Iterator[tuple[str, Statement]]:
        """Every cited statement with its place."""
        for s, story in enumerate(self.stories):
            for n, line in enumerate(story.answers):
                yield f"stories.{s}.answers.{n}", line.statement
            for point in story.rubric:
                yield f"stories.{s}.rubric.{point.id}", point.line.statement
                yield f"stories.{s}.rubric.{point.id}.read", point.read
        for d, side in enumerate(self.debate.sides if self.debate else ()):
            for n, statement in enumerate(side.statements):
                yield f"debate.{d}.{n}", statement
        for n, line in enumerate(self.competences):
            yield f"competences.{n}", line.statement
        for n, statement in enumerate(self.from_country):
            yield f"from_country.{n}", statement


_FACILITATOR_ONLY = {"notes", "fixed", "from_country", "debrief_first"}
_STORY_ONLY = ("answers", "rubric")


def learner_data(exercise: Exercise) -> dict[str, Any]:
    """What learners may read, as JSON-ready data: no answers, no rubric, no consequences, and only
    the citations that are left."""
    data = exercise.model_dump(mode="json", exclude=_FACILITATOR_ONLY)
    for story in data["stories"]:
        for field in _STORY_ONLY:
            story.pop(field)
        for step in story["steps"]:
            shown = step.pop("choices") if step["shows_choices"] else []
            step["choices"] = [choice["text"] for choice in shown]
            step.pop("facilitator")
    data["opening"].pop("facilitator")
    used = _numbers(data)
    data["citations"] = [c for c in data["citations"] if c["n"] in used]
    return data


def _numbers(data: Any) -> set[int]:
    """Numbers of the citations that statements in some data carry."""
    if isinstance(data, list):
        return set().union(*map(_numbers, data)) if data else set()
    if not isinstance(data, dict):
        return set()
    own = set(data["citations"]) if "evidence_ids" in data else set()
    return own | _numbers([value for key, value in data.items() if key != "citations"])
