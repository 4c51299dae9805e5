"""Puts an exercise together from a situation. Every factual line keeps its notes.

A ``Varier`` (``kitchen``) may reword the scene and the events, which are fiction, and nothing else;
``rewording`` says what is taken of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from assistant.answering.book import CitationBook
from assistant.corpus import Library
from assistant.errors import UsageError
from assistant.scenarios.building import Way
from assistant.scenarios.choosing import Plan, Telling, planned
from assistant.scenarios.deciding import leading
from assistant.scenarios.details import Details, names_in, renamed, unknown_names
from assistant.scenarios.exercise import (
    Answering,
    Argument,
    Exercise,
    Line,
    Opening,
    Point,
    Role,
    Side,
    Step,
    Story,
    TimeSlot,
)
from assistant.scenarios.kitchen import Kitchen
from assistant.scenarios.records import Cited, Situation
from assistant.scenarios.request import Request
from assistant.scenarios.rewording import Rewording
from assistant.scenarios.timetable import Slot, laid_out
from assistant.schema import BriefSentence, Contested, Note, Statement

SIDE_STATEMENTS, FEW_SIDES = 2, 3
COUNTRY_NOTES = 4


def compose(request: Request, kitchen: Kitchen) -> Exercise:
    """The exercise of a request.

    Raises:
        UsageError: nothing fits it, or a name of it cannot be used; says what would.
    """
    plan = planned(request, kitchen.known, kitchen.building)
    situations = tuple(telling.situation for telling in plan.tellings)
    names = tuple(names_in(situation, request.details) for situation in situations)
    _refuse_strangers(situations, request.details)
    book = CitationBook(kitchen.library)
    slots = laid_out(plan.parts, request.minutes)
    rewording = Rewording.of(kitchen)
    stories = _stories(plan, slots, names, rewording, book)
    return Exercise(
        id=_id(plan),
        title=" / ".join(situation.title for situation in situations),
        topics=request.topics,
        topic_words=tuple(kitchen.library.topics[topic] for topic in request.topics),
        learners=request.learners,
        level=request.level,
        setting=request.setting,
        country=request.country,
        minutes=request.minutes,
        seed=request.seed,
        made_up=kitchen.building.fixed["made_up"],
        notes=(*plan.notes, *_about_names(names), *rewording.notes()),
        before=_before(plan, kitchen),
        opening=_opening(plan, names[0]),
        timetable=tuple(TimeSlot(start=s.start, end=s.end, what=s.title) for s in slots),
        stories=stories,
        debate=_argument(plan, slots, kitchen, book),
        **_end(plan, names, kitchen, book),
        fixed=_fixed(kitchen),
        citations=book.citations(),
        library_version=kitchen.library.version,
    )


def _id(plan: Plan) -> str:
    request = plan.request
    parts = (
        *request.topics,
        request.learners,
        request.level,
        request.setting,
        request.country,
        str(request.minutes),
        str(request.seed),
        request.details.model_dump_json(),
        *(telling.situation.id for telling in plan.tellings),
    )
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:12]


def _fixed(kitchen: Kitchen) -> dict[str, str]:
    care = kitchen.building.aftercare
    return {**kitchen.building.fixed, "care": care.facilitator}


def _refuse_strangers(situations: tuple[Situation, ...], details: Details) -> None:
    unknown = unknown_names(situations, details)
    if unknown:
        people = ", ".join(person.name for s in situations for person in s.people)
        raise UsageError(
            f"Nobody in this exercise is called {', '.join(unknown)}.",
            f"The people are: {people}; “worker” means the peer support worker.",
        )


def _about_names(names: Sequence[dict[str, str]]) -> tuple[str, ...]:
    changed = [f"{old} is {new}" for one in names for old, new in one.items()]
    if not changed:
        return ()
    return (f"Names were changed ({', '.join(changed)}); “he”, “she” and “they” were not.",)


# ---------------------------------------------------------------- stories


def _stories(
    plan: Plan,
    slots: Sequence[Slot],
    names: Sequence[dict[str, str]],
    rewording: Rewording,
    book: CitationBook,
) -> tuple[Story, ...]:
    minutes = [slot.minutes for slot in slots if slot.kind == "stage"]
    ways = list(plan.ways)
    stories = []
    for telling, renames in zip(plan.tellings, names, strict=True):
        steps = _steps(telling, ways, minutes, renames, rewording)
        ways, minutes = ways[len(steps) :], minutes[len(steps) :]
        stories.append(_story(telling, steps, plan, renames, rewording, book))
    return tuple(stories)


def _story(
    telling: Telling,
    steps: tuple[Step, ...],
    plan: Plan,
    names: dict[str, str],
    rewording: Rewording,
    book: CitationBook,
) -> Story:
    situation = telling.situation
    people = list(situation.people)
    plan.dice.shuffle(people)
    asked = sorted(plan.dice.sample(range(len(situation.questions)), telling.questions))
    plan.dice.shuffle(asked)
    return Story(
        situation=situation.id,
        title=situation.title,
        place=_place(situation, plan.request.details, names),
        scene=renamed(rewording.piece(situation.scene, situation), names),
        people=tuple(
            Role(name=names.get(p.name, p.name), who=renamed(p.who, names)) for p in people
        ),
        steps=steps,
        questions=tuple(renamed(situation.questions[n], names) for n in asked),
        answers=tuple(_line(line, names, book) for line in situation.answers),
        rubric=tuple(
            Point(
                id=line.id,
                line=_line(Cited(text=line.text, notes=line.notes), names, book),
                found=tuple(renamed(text, names) for text in line.found),
                partly=tuple(renamed(text, names) for text in line.partly),
                contradicts=tuple(renamed(text, names) for text in line.contradicts),
                read=book.source_line(line.read),
            )
            for line in situation.rubric
        ),
    )


def _place(situation: Situation, details: Details, names: dict[str, str]) -> str:
    """Where it happens: the trainer's words, where there are some, in place of the story's."""
    place = details.place or renamed(" ".join(situation.place.split()), names)
    return f"{place} ({details.service})" if details.service else place


def _steps(
    telling: Telling,
    ways: Sequence[Way],
    minutes: Sequence[int],
    names: dict[str, str],
    rewording: Rewording,
) -> tuple[Step, ...]:
    situation = telling.situation
    steps = []
    for number, stage in enumerate(situation.stages[: telling.stages]):
        way = ways[number]
        first, other = leading(situation, stage)
        named = {"name": names.get(first, first), "other": names.get(other, other)}
        steps.append(
            Step(
                number=number + 1,
                minutes=minutes[number],
                event=renamed(rewording.piece(stage.event, situation), names),
                decision=renamed(stage.decision, names),
                way=way.title,
                learner=_filled(way.learner, named),
                facilitator=_filled(way.facilitator, named),
                shows_choices=way.shows_choices,
                choices=tuple(
                    Answering(
                        text=renamed(c.text, names),
                        leads_to=renamed(" ".join(c.leads_to.split()), names),
                    )
                    for c in stage.choices
                ),
            )
        )
    return tuple(steps)


def _line(line: Cited, names: dict[str, str], book: CitationBook) -> Line:
    statement = book.sentence(BriefSentence(text=line.text, notes=line.notes))
    return Line(text=renamed(" ".join(line.text.split()), names), statement=statement)


def _filled(text: str, named: dict[str, str]) -> str:
    for key, value in named.items():
        text = text.replace(f"{{{key}}}", value)
    return text


# ---------------------------------------------------------------- around them


def _before(plan: Plan, kitchen: Kitchen) -> str:
    held = dict.fromkeys(topic for telling in plan.tellings for topic in telling.situation.topics)
    topics = "; ".join(_lowered(kitchen.library.topics[topic]) for topic in held)
    return kitchen.building.aftercare.before.replace("{topics}", topics)


def _lowered(label: str) -> str:
    """A topic's label inside a sentence; names that are written large stay so."""
    return label if label[:2].isupper() else label[0].lower() + label[1:]


def _opening(plan: Plan, names: dict[str, str]) -> Opening:
    situation = plan.tellings[0].situation
    first, other = leading(situation, situation.stages[0])
    named = {"name": names.get(first, first), "other": names.get(other, other)}
    opening = plan.opening
    return Opening(
        id=opening.id,
        title=opening.title,
        learner=_filled(opening.learner, named),
        facilitator=_filled(opening.facilitator, named),
        event_first=opening.event_first,
    )


def _argument(
    plan: Plan, slots: Sequence[Slot], kitchen: Kitchen, book: CitationBook
) -> Argument | None:
    if plan.debate is None:
        return None
    minutes = sum(slot.minutes for slot in slots if slot.kind == "debate")
    debate = kitchen.building.debate
    sides = len(plan.debate.positions)
    named = {"prepare": str(max(3, minutes // 4)), "speak": _speaking(minutes, sides)}
    steps = debate.plan if plan.debated else ()
    return Argument(
        id=plan.debate.id,
        question=plan.debate.question,
        sides=_sides(plan.debate, book),
        minutes=minutes,
        plan=tuple(_filled(step, named) for step in steps),
        close=debate.close,
    )


def _speaking(minutes: int, sides: int) -> str:
    """How long each group speaks, in words."""
    each = minutes * 2 // (5 * sides)
    return f"{each} minutes" if each > 1 else "one minute"


def _sides(question: Contested, book: CitationBook) -> tuple[Side, ...]:
    """Every position with notes that show it: two each, or one where there are many."""
    each = SIDE_STATEMENTS if len(question.positions) <= FEW_SIDES else 1
    return tuple(
        Side(
            position=side.position,
            held_by=side.held_by,
            statements=tuple(book.quote(note) for note in side.notes[:each]),
        )
        for side in question.positions
    )


def _end(
    plan: Plan, names: Sequence[dict[str, str]], kitchen: Kitchen, book: CitationBook
) -> dict[str, object]:
    """The fields of the end: debrief, aftercare, competences, and what another country says."""
    building, dice = kitchen.building, plan.dice
    situations = [telling.situation for telling in plan.tellings]
    debrief = [renamed(q, n) for s, n in zip(situations, names, strict=True) for q in s.debrief]
    first = dice.choice(building.debrief.first)
    count = min(len(debrief), 2 + (plan.request.minutes >= 60) + (plan.request.minutes >= 120))
    chosen = sorted(dice.sample(range(len(debrief)), count))
    after = building.aftercare.after.replace("{places}", kitchen.help_lines)
    own = [
        renamed(" ".join(s.aftercare.split()), n) for s, n in zip(situations, names, strict=True)
    ]
    unlike = {line.text: line for situation in situations for line in situation.competences}
    return {
        "debrief_first": first,
        "debrief": tuple(debrief[n] for n in chosen),
        "aftercare": (*own, after),
        "competences": tuple(_line(line, {}, book) for line in unlike.values()),
        "from_country": _from_country(plan.request, kitchen.library, book),
    }


def _from_country(request: Request, library: Library, book: CitationBook) -> tuple[Statement, ...]:
    """What the library holds from another country than England on the topics, in its own words.

    Raises:
        UsageError: nothing.
    """
    if request.country == "England":
        return ()
    notes = [
        note
        for note in library.notes.values()
        if library.note_source[note.id].jurisdiction == request.country
        and set(request.topics) & set(note.topics)
        and library.note_source[note.id].status == "current"
    ]
    if not notes:
        topics = "; ".join(library.topics[topic] for topic in request.topics)
        raise UsageError(
            f"The library holds nothing from {request.country} on: {topics}.",
            "Leave --country out: the situations are written for England and say where a source"
            " from another country is used.",
        )
    return tuple(book.quote(note.id) for note in sorted(notes, key=_most_to_say)[:COUNTRY_NOTES])


def _most_to_say(note: Note) -> tuple[int, int, str]:
    """Notes for trainers and with force come first."""
    order = ("requirement", "recommendation", "finding", "definition", "position", "open-question")
    return ("trainer" not in note.users, order.index(note.stands_as), note.id)
