"""Chooses what an exercise is made of: situations, questions, the debate, the ways of working.

The seed walks through the situations that fit, so that exercises with other seeds tell other
stories for as long as there are some; only then does a story come back, met in another way. Same
request and same seed, same choice.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from assistant.corpus import Library
from assistant.errors import UsageError
from assistant.presentation.words import SETTING_WORDS
from assistant.scenarios.building import Building, Opening, Way
from assistant.scenarios.records import LEARNER_WORDS, LEVEL_WORDS, Situation
from assistant.scenarios.request import Known, Request, covered
from assistant.scenarios.timetable import Part, fits
from assistant.schema import Contested

TOUCHING_LINES = 2
"""Cited lines on a topic that make a situation fit for it, although it is not one of its topics."""
LONG, LONGER, LONGEST = 60, 90, 135
"""Minutes from which there is a debate, all stages, and a second story."""
T = TypeVar("T")


@dataclass(frozen=True)
class Telling:
    """A situation and how much of it is used."""

    situation: Situation
    stages: int
    questions: int


@dataclass(frozen=True)
class Plan:
    """What one exercise is made of, before it is put together."""

    request: Request
    tellings: tuple[Telling, ...]
    opening: Opening
    ways: tuple[Way, ...]
    debate: Contested | None
    debated: bool
    parts: tuple[Part, ...]
    notes: tuple[str, ...]
    dice: random.Random


def planned(request: Request, known: Known, building: Building) -> Plan:
    """Choose for one request.

    Raises:
        UsageError: no situation fits what was asked for; says what would.
    """
    order = candidates(request, known)
    turn, place = divmod(max(request.seed - 1, 0), len(order))
    main = order[place]
    dice = random.Random(f"{_key(request)}|{request.seed}")
    opening = _rotated(building.opening, f"{_key(request)}|opening")[
        (request.seed + turn) % len(building.opening)
    ]
    second = _second(request, main, order, known, dice)
    debate = _debate(request, order, known.library)
    debated = debate is not None and request.minutes >= LONG
    tellings = _tellings(request, main, second, debated)
    ways = _ways(building, tellings, request, dice)
    parts = _filling(_parts(tellings, request, ways, debated, opening), request.minutes)
    notes = _what_to_know(request, tellings, known.library)
    return Plan(request, tellings, opening, ways, debate, debated, parts, notes, dice)


# ---------------------------------------------------------------- situations


def candidates(request: Request, known: Known) -> tuple[Situation, ...]:
    """The situations that fit, in the order in which seeds come to them.

    First those that have the topic as their main one, then those that have it beside another, then
    those of another level, then those that only touch it. Other learners than those asked for get
    a situation that was not written for them only where there is no other.

    Raises:
        UsageError: none fits.
    """
    topic = request.topics[0]
    main = [s for s in known.situations if s.topics[0] == topic]
    beside = [s for s in known.situations if topic in s.topics[1:]]
    touching = [s for s in known.situations if _touches(s, topic, known.library)]
    touching = [s for s in touching if s not in main and s not in beside]
    if not (main or beside or touching):
        raise UsageError(
            f"No situation is about {_label(topic, known.library)} yet.",
            "There are some about: " + ", ".join(sorted(covered(known.situations))) + ".",
        )
    if not any(s.fits_setting(request.setting) for s in (*main, *beside, *touching)):
        raise UsageError(*_elsewhere(request, known, [*main, *beside, *touching]))
    tiers = [
        [s for s in tier if s.fits_setting(request.setting) and suits(s, request)]
        for tier, suits in (
            (main, _suits),
            (beside, _suits),
            ([*main, *beside], _suits_but_for_level),
            (touching, _suits),
        )
    ]
    tiers = tiers if any(tiers) else [main, beside, touching]
    here = [[s for s in tier if s.fits_setting(request.setting)] for tier in tiers]
    order = [
        situation
        for number, tier in enumerate(here)
        for situation in _rotated(tier, f"{_key(request)}|{number}")
    ]
    return tuple(_most_topics_first(order, request))


def _touches(situation: Situation, topic: str, library: Library) -> bool:
    on_it = (
        any(topic in library.notes[note].topics for note in line.notes)
        for _, line in situation.cited_lines()
    )
    return sum(on_it) >= TOUCHING_LINES


def _most_topics_first(order: Sequence[Situation], request: Request) -> list[Situation]:
    """Where several topics are asked for, situations that hold more of them come first."""
    wanted = set(request.topics)
    if len(wanted) == 1:
        return list(order)
    return sorted(order, key=lambda s: -len(wanted & set(s.topics)))


def _suits(situation: Situation, request: Request) -> bool:
    return request.level in situation.levels and request.learners in situation.learners


def _suits_but_for_level(situation: Situation, request: Request) -> bool:
    return request.learners in situation.learners and request.level not in situation.levels


def _elsewhere(request: Request, known: Known, about: Sequence[Situation]) -> tuple[str, str]:
    """What is wrong and what to do, where no situation on a topic happens in a setting."""
    label = _label(request.topics[0], known.library)
    setting = SETTING_WORDS[request.setting]
    places = sorted({place for s in about for place in s.settings})
    there = sorted(
        {t for s in known.situations if s.fits_setting(request.setting) for t in s.topics}
    )
    others = f" There, it holds: {', '.join(there)}." if there else ""
    return (
        f"No situation about {label} is set here: {setting}.",
        f"On that topic the settings are: {', '.join(places)}.{others}",
    )


def _second(
    request: Request, main: Situation, order: Sequence[Situation], known: Known, dice: random.Random
) -> Situation | None:
    """Another story for long exercises: of a topic that the first leaves out, else one that fits
    too and happens elsewhere among other people."""
    left = [topic for topic in request.topics if topic not in main.topics]
    if request.minutes < LONGEST and not (left and request.minutes >= LONGER):
        return None
    pool = [
        s
        for s in known.situations
        if left and set(left) & set(s.topics) and s.fits_setting(request.setting)
    ]
    pool = [s for s in pool if _suits(s, request)] or pool
    pool = [s for s in pool or order if s.id != main.id]
    names = {person.name for person in main.people}
    pool = [s for s in pool if not names & {person.name for person in s.people}] or pool
    best = max((len(set(left) & set(s.topics)) for s in pool), default=0)
    pool = [s for s in pool if len(set(left) & set(s.topics)) == best]
    return dice.choice(pool) if pool else None


def _debate(request: Request, order: Sequence[Situation], library: Library) -> Contested | None:
    """A question on which sources disagree: the situation's own where no exercise before it had the
    same, else another on its topics."""
    turn, place = divmod(max(request.seed - 1, 0), len(order))
    main = order[place]
    own = library.contested.get(main.contested or "")
    named = {situation.contested for situation in order}
    others = [
        question
        for question in library.contested.values()
        if question.topics[0] in (request.topics[0], main.topics[0]) and question != own
    ]
    # Those that no situation names come first: the others have a turn of their own.
    others = sorted(_rotated(others, _key(request)), key=lambda question: question.id in named)
    pool = [*([own] if own else []), *others]
    before = sum(situation.contested == main.contested for situation in order[:place])
    return pool[(before + turn) % len(pool)] if pool else None


# ---------------------------------------------------------------- how much of it


def _tellings(
    request: Request, main: Situation, second: Situation | None, debated: bool
) -> tuple[Telling, ...]:
    stages = _stages(request.minutes, debated)
    questions = 2 + request.minutes // 30 + (request.level == "experienced")
    first = Telling(main, min(stages, len(main.stages)), min(questions, len(main.questions)))
    if second is None:
        return (first,)
    less = 2 if request.minutes >= LONGEST else 1
    first = replace(first, stages=min(first.stages, 2), questions=min(3, first.questions))
    return first, Telling(second, min(less, len(second.stages)), min(3, len(second.questions)))


def _stages(minutes: int, debated: bool) -> int:
    if minutes < 45:
        return 1
    if minutes < LONGER - 15:
        return 2
    return 2 if debated and minutes < LONGER else 3


def _parts(
    tellings: Sequence[Telling],
    request: Request,
    ways: Sequence[Way],
    debated: bool,
    opening: Opening,
) -> list[Part]:
    """The parts of the time, in order."""
    parts = [
        Part("welcome", "Welcome, and what to know before", 2, 0.3, 8),
        Part("opening", f"The story: {opening.title.lower()}", 5, 0.8, 12),
    ]
    left = list(ways)
    for number, telling in enumerate(tellings):
        if number:
            if request.minutes >= LONGEST:
                parts.append(Part("break", "Break", 10, 0.0, 15))
            parts.append(Part("opening", "A second story", 5, 0.5, 10, number))
        for step in range(telling.stages):
            way = left.pop(0)
            words = "Decision" if telling.stages == 1 else f"Decision {step + 1}"
            parts.append(Part("stage", f"{words}: {way.title.lower()}", way.needs, 1.6, 22, number))
        parts.append(Part("questions", "Questions for the group", 5, 1.3, 28, number))
        if request.minutes >= 45 and not number:
            parts.append(Part("listening", "What was heard, held against the points", 4, 0.8, 15))
        if not number and len(tellings) == 1 and request.minutes >= 100:
            parts.append(Part("break", "Break", 10, 0.0, 15))
    if debated:
        parts.append(Part("debate", "Debate: where sources disagree", 14, 1.8, 40))
    parts.append(Part("debrief", "Debrief", 5, 0.9, 22))
    parts.append(Part("close", "Aftercare and close", 2, 0.2, 8))
    return parts


def _filling(parts: list[Part], minutes: int) -> tuple[Part, ...]:
    """Parts that fit into a time: what can be spared goes first, and the rest grows to fill it."""
    spare = ["listening", "questions", "break"]
    kept = list(parts)
    while sum(part.least for part in kept) > minutes and spare:
        kind = spare.pop(0)
        kept = [part for part in kept if part.kind != kind]
    if sum(part.least for part in kept) > minutes:
        kept = [replace(p, least=min(p.least, 7)) if p.kind == "stage" else p for p in kept]
    if not fits(kept, minutes):
        grow = max(minutes - sum(part.most for part in kept), 0)
        kept = [replace(p, most=p.most + grow) if p.kind == "stage" else p for p in kept]
    return tuple(kept)


def _ways(
    building: Building, tellings: Sequence[Telling], request: Request, dice: random.Random
) -> tuple[Way, ...]:
    """A way of working for each stage, none twice; quick ones where time is short."""
    count = sum(telling.stages for telling in tellings)
    pool = sorted(building.way, key=lambda way: way.id)
    if request.minutes < 60:
        pool = [way for way in pool if way.needs <= 9] or pool
    dice.shuffle(pool)
    if request.level == "starting":
        # Somebody who is starting meets at least one decision with answers to choose from.
        shown = [way for way in pool if way.shows_choices][:1]
        pool = shown + [way for way in pool if way not in shown]
    chosen = [pool[n % len(pool)] for n in range(count)]
    dice.shuffle(chosen)
    return tuple(chosen)


# ---------------------------------------------------------------- what to know


def _what_to_know(
    request: Request, tellings: Sequence[Telling], library: Library
) -> tuple[str, ...]:
    notes = []
    held = {topic for telling in tellings for topic in telling.situation.topics}
    left = [_label(topic, library) for topic in request.topics if topic not in held]
    if left and len(request.topics) > 1:
        notes.append(
            f"This exercise does not reach: {'; '.join(left)}. Ask for it by itself, or for more"
            f" minutes ({LONGEST} and more tell two stories)."
        )
    elif left:
        notes.append(
            f"No situation here has {left[0]} among its topics; this one touches it in its answers."
        )
    for telling in tellings:
        situation = telling.situation
        if request.learners not in situation.learners:
            groups = " or ".join(LEARNER_WORDS[group] for group in situation.learners)
            notes.append(
                f"“{situation.title}” was written for {groups}: read it with"
                f" {LEARNER_WORDS[request.learners]} in mind before you use it."
            )
        if request.level not in situation.levels:
            words = " or ".join(LEVEL_WORDS[level] for level in situation.levels)
            notes.append(f"“{situation.title}” was written for {words}.")
    return tuple(notes)


def _label(topic: str, library: Library) -> str:
    return f"“{library.topics[topic]}”"


def _key(request: Request) -> str:
    """What the order of situations depends on: everything that was asked for, the seed aside."""
    return f"{'+'.join(request.topics)}|{request.learners}|{request.level}|{request.setting}"


def _rotated(items: Sequence[T], key: str) -> list[T]:
    """The items in an order that depends on a key alone."""
    order = list(items)
    random.Random(key).shuffle(order)
    return order
