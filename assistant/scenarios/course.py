"""A course pack: an exercise a topic, what to read, an outline of slides, an evaluation form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from assistant.answering.book import CitationBook
from assistant.corpus import Library
from assistant.errors import UsageError
from assistant.exports.formatted import references_by_source
from assistant.exports.records import (
    Block,
    Bullets,
    Heading,
    Line,
    Paper,
    Paragraph,
    Table,
    Words,
    plain,
)
from assistant.presentation.words import (
    KIND_WORDS,
    country,
    full_reference,
    is_foreign,
    link,
    voice,
)
from assistant.scenarios.compose import compose
from assistant.scenarios.exercise import Exercise
from assistant.scenarios.kitchen import Kitchen
from assistant.scenarios.records import LEARNER_WORDS
from assistant.scenarios.request import Request, understood
from assistant.schema import Citation, Record, Source, WhoSpeaks

MOST_EXERCISES = 8
TRIES = 12
"""Seeds that are tried so that two exercises of one course do not tell the same story."""
PEERS: tuple[WhoSpeaks, ...] = (
    "peer-led",
    "co-produced",
    "lived-experience-author",
    "voluntary-sector",
)
"""Whose sources stand first in a reading list, in this order; the rest follow."""
FORM_QUESTIONS = (
    "What will you do differently, and when?",
    "Which moment of the day stays with you?",
    "What was missing, or who was?",
    "Was there anything that should have been said or asked otherwise?",
    "How safe did you feel to speak, to pass and to leave the room?",
    "What would you like to read or talk about next, and with whom?",
)
FORM_SCALE = ("Yes", "Partly", "No", "Does not apply to me")


class Reading(Record):
    """A source to read: its reference, who speaks, where it opens, and the exercises that rest on
    it."""

    source_id: str
    reference: str
    kind: str
    country: str
    who: str
    url: str
    exercises: tuple[int, ...]
    citation: int


class Slide(Record):
    """One slide: a title, a few lines, and what the trainer says or does."""

    title: str
    lines: tuple[str, ...]
    notes: str = ""


class Course(Record):
    """A whole course pack."""

    title: str
    topics: tuple[str, ...]
    minutes: int
    exercises: tuple[Exercise, ...]
    reading: tuple[Reading, ...]
    slides: tuple[Slide, ...]
    form: tuple[str, ...]
    citations: tuple[Citation, ...]
    library_version: str


def course_of(
    kitchen: Kitchen, *, topics: Sequence[str], minutes: int, seed: int = 1, **wanted: Any
) -> Course:
    """A course with one exercise a topic.

    Raises:
        UsageError: a topic, setting or country is unknown, or no situation fits one of them.
    """
    if len(topics) > MOST_EXERCISES:
        raise UsageError(
            f"A course has up to {MOST_EXERCISES} exercises.", "Make two courses of it."
        )
    if not topics:
        raise UsageError("No topic was given.", "Try: --topic self-disclosure --topic endings")
    requests = [
        understood(kitchen.known, topics=[topic], minutes=minutes, seed=seed, **wanted)
        for topic in topics
    ]
    requests = list({request.topics: request for request in requests}.values())
    exercises: list[Exercise] = []
    for request in requests:
        exercises.append(_unlike(request, kitchen, exercises))
    book = CitationBook(kitchen.library)
    return Course(
        title="Course: " + "; ".join(e.topic_words[0] for e in exercises),
        topics=tuple(e.topics[0] for e in exercises),
        minutes=sum(e.minutes for e in exercises),
        exercises=tuple(exercises),
        reading=_reading(exercises, kitchen.library, book),
        slides=_slides(exercises),
        form=FORM_QUESTIONS,
        citations=book.citations(),
        library_version=kitchen.library.version,
    )


def _unlike(request: Request, kitchen: Kitchen, before: Sequence[Exercise]) -> Exercise:
    """An exercise whose stories no earlier one tells, where there is one."""
    told = {story.situation for exercise in before for story in exercise.stories}
    plain = replace(kitchen, varier=None)
    chosen = request
    for more in range(TRIES):
        chosen = replace(request, seed=request.seed + more)
        if not told & {story.situation for story in compose(chosen, plain).stories}:
            break
    # A model is asked for the exercise that is taken, not for those that were tried.
    return compose(chosen, kitchen)


# ---------------------------------------------------------------- reading


def _reading(
    exercises: Sequence[Exercise], library: Library, book: CitationBook
) -> tuple[Reading, ...]:
    """Every source that the exercises rest on, peers first, then what most of them use."""
    uses: dict[str, dict[int, str]] = {}
    for number, exercise in enumerate(exercises, 1):
        for citation in exercise.citations:
            uses.setdefault(citation.source_id, {}).setdefault(number, citation.evidence_id)
    sources = [library.sources[name] for name in uses]
    sources.sort(key=lambda s: (_voice_order(s), -len(uses[s.id]), full_reference(s)))
    found = []
    for source in sources:
        statement = book.source_line(next(iter(uses[source.id].values())))
        found.append(
            Reading(
                source_id=source.id,
                reference=full_reference(source),
                kind=KIND_WORDS[source.kind],
                country=country(source.jurisdiction) if is_foreign(source.jurisdiction) else "",
                who=voice(source.who_speaks),
                url=link(source.url, source.doi),
                exercises=tuple(sorted(uses[source.id])),
                citation=statement.citations[0],
            )
        )
    return tuple(found)


def _voice_order(source: Source) -> int:
    return PEERS.index(source.who_speaks) if source.who_speaks in PEERS else len(PEERS)


def reading_paper(course: Course) -> Paper:
    """The reading list."""
    peers = [r for r in course.reading if _is_peer(r, course)]
    others = [r for r in course.reading if r not in peers]
    lines = dict(references_by_source(course.citations, "harvard"))
    blocks: list[Block] = [
        Paragraph(
            plain(
                "Everything here stands behind a line of the exercises. Sources led by peers, made"
                " with them or written from lived experience come first."
            )
        )
    ]
    for heading, group in (
        ("Led by peers, co-produced, or from lived experience", peers),
        ("Guidance, research and law", others),
    ):
        if group:
            blocks += [Heading(heading), Bullets(tuple(_entry(r, lines) for r in group))]
    return _paper(course, "Reading list", blocks)


def _is_peer(reading: Reading, course: Course) -> bool:
    cited = {citation.n: citation for citation in course.citations}
    return cited[reading.citation].who_speaks in PEERS[:3]


def _entry(reading: Reading, lines: Mapping[str, Line]) -> Line:
    """A reference as Harvard writes it, and what to know before choosing it."""
    about = [reading.kind.lower(), reading.country, reading.who.lower()]
    numbers = ", ".join(map(str, reading.exercises))
    plural = "s" if len(reading.exercises) > 1 else ""
    line = lines.get(reading.source_id, plain(reading.reference))
    known = "; ".join(filter(None, about))
    return (*line, Words(f" ({known}; exercise{plural} {numbers})"))


# ---------------------------------------------------------------- slides


def _slides(exercises: Sequence[Exercise]) -> tuple[Slide, ...]:
    """An outline: few words a slide, no answers, and nothing factual that no source stands by."""
    total = sum(exercise.minutes for exercise in exercises)
    slides = [
        Slide(
            title="Welcome",
            lines=(
                f"{len(exercises)} exercises, {total} minutes and breaks",
                "Share nothing that you would rather keep",
                "Pass when you like; leave the room without saying why",
                "What is told here stays here",
            ),
            notes="Say who can be found afterwards, and where the quiet room is.",
        )
    ]
    for number, exercise in enumerate(exercises, 1):
        slides += _exercise_slides(number, exercise)
    return (
        *slides,
        Slide(
            title="Before you go",
            lines=("One thing that you take with you", "One person whom you will tell"),
            notes="Hand out the reading list and the form. Stay in the room for a while.",
        ),
    )


def _exercise_slides(number: int, exercise: Exercise) -> list[Slide]:
    story = exercise.stories[0]
    slides = [
        Slide(
            title=f"{number}. {story.title}",
            lines=(exercise.topic_words[0], story.place, "A made-up story"),
            notes=exercise.before,
        ),
        Slide(
            title=exercise.opening.title,
            lines=(exercise.opening.learner,),
            notes=exercise.opening.facilitator,
        ),
    ]
    for story in exercise.stories:
        for step in story.steps:
            notes = f"{step.facilitator} ({step.minutes} minutes)"
            shown = tuple(choice.text for choice in step.choices) if step.shows_choices else ()
            slides.append(Slide(title=step.decision, lines=(step.learner, *shown), notes=notes))
        slides.append(Slide(title="Talk about it", lines=story.questions[:3]))
    if exercise.debate and exercise.debate.plan:
        sides = tuple(f"{side.position} ({side.held_by})" for side in exercise.debate.sides)
        slides.append(
            Slide(title=exercise.debate.question, lines=sides, notes=exercise.debate.close)
        )
    slides.append(Slide(title="Debrief", lines=exercise.debrief, notes=exercise.debrief_first))
    return slides


def slides_paper(course: Course) -> Paper:
    """The outline as a paper, for formats without slides."""
    blocks: list[Block] = []
    for number, slide in enumerate(course.slides, 1):
        blocks += [
            Heading(f"Slide {number}: {slide.title}", 2),
            Bullets(tuple(map(plain, slide.lines))),
        ]
        if slide.notes:
            blocks.append(Paragraph(plain(slide.notes), "small"))
    return _paper(course, "Outline of slides", blocks)


# ---------------------------------------------------------------- evaluation


def evaluation_paper(course: Course) -> Paper:
    """A form with which learners say how it was. It asks about the course, never about a person."""
    rows = tuple(
        (plain(f"{number}. {exercise.stories[0].title}: was it worth the time?"), *_empty())
        for number, exercise in enumerate(course.exercises, 1)
    )
    statements = (
        "The stories were like work as you know it.",
        "There was room for other views than the loudest.",
        "Nobody had to share what they would rather keep.",
        "You could follow what was said, read and shown.",
        "You know where to turn if something stays with you.",
    )
    rows += tuple((plain(text), *_empty()) for text in statements)
    blocks: list[Block] = [
        Paragraph(plain("No name, please. Leave out whatever you like.")),
        Table("Please tick one", ("About the day", *FORM_SCALE), rows, (0.52, 0.1, 0.1, 0.1, 0.18)),
        Heading("In your own words"),
        Bullets(tuple(map(plain, course.form)), numbered=True),
        Paragraph(plain(f"I came as one of: {', '.join(LEARNER_WORDS.values())}; another: ______")),
    ]
    return _paper(course, "How was it?", blocks)


def _empty() -> tuple[tuple[Words, ...], ...]:
    return tuple(plain("☐") for _ in FORM_SCALE)


def _paper(course: Course, title: str, blocks: Sequence[Block]) -> Paper:
    return Paper(title=title, subtitle=course.title, blocks=tuple(blocks), footer=title)
