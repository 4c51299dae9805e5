"""Tells from the words of a stage who has to decide there, and whom it is about."""

from __future__ import annotations

import re

from assistant.scenarios.records import Person, Situation, Stage


def leading(situation: Situation, stage: Stage) -> tuple[str, str]:
    """Who decides at a stage, and whom it is about: as the decision names them, else a peer worker
    and whoever is named first in what happens."""
    told = f"{stage.decision} {stage.event} {situation.scene}"
    named = sorted(
        (person for person in situation.people if _at(person, told) >= 0),
        key=lambda person: _at(person, told),
    )
    people = named or list(situation.people)
    asked = [person for person in people if _at(person, stage.decision) >= 0]
    peers = [person for person in situation.people if re.search(r"\bpeer\b", person.who)]
    told_to_be = [person for person in asked if _is_told_to_be(person, stage.decision)]
    spoken_to = bool(re.search(r"\byou\b", stage.decision)) and not told_to_be
    # "What do you say to Tomasz?": whoever is named there is not the one who speaks.
    unnamed = [person for person in peers if person not in asked] if spoken_to else []
    among = [person for person in asked if person in peers]
    first = (*told_to_be, *unnamed, *among, *asked, *peers, *people)[0]
    rest = [p for p in (*people, *situation.people) if p != first]
    return first.name, rest[0].name


def _is_told_to_be(person: Person, decision: str) -> bool:
    return re.search(rf"\b(?:are|as) {re.escape(_called(person))}\b", decision) is not None


def _called(person: Person) -> str:
    """The name that a story uses for a person: the first of several."""
    return person.name.split()[0]


def _at(person: Person, text: str) -> int:
    """Where a text first names a person; -1 where it does not."""
    places = [text.find(name) for name in {person.name, _called(person)} if name in text]
    return min(places, default=-1)
