"""The trainer's own details in a story: names and a place, as plain text.

Only letters and a few signs are taken, so that nothing given here can become markup, a link or a
formula in any format; a real service or a real person's number has no place in a made-up story.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field, ValidationError

from assistant.documents.printable import printable
from assistant.errors import UsageError
from assistant.personal import LABELS, find_details
from assistant.scenarios.records import Situation
from assistant.schema import Record
from assistant.text import normalise

NAME_CHARACTERS = 40
PLACE_CHARACTERS = 140
SERVICE_CHARACTERS = 80
MOST_NAMES = 8
MOST_BYTES = 20_000
_NAME = re.compile(r"[^\W\d_](?:[^\W\d_]|[ .'’-])*")
_TEXT = re.compile(r"(?:[^\W_]|[ ,.;:'’!?()&/–-])+")
_REAL = re.compile(
    r"\bNHS\b|\bTrust\b|\bICB\b|\bCare Group\b|\bCCG\b|\bLtd\b|\bCIC\b|\bInfirmary\b"
    r"|\b[A-Z][\w'’]+(?: [A-Z][\w'’]+)* (?:Hospital|Clinic|Council|University|Foundation)\b"
    r"|\b(?:Samaritans|Rethink|Turning Point|St Andrew['’]?s|Priory)\b"
)


class Details(Record):
    """What a trainer gives. ``names`` maps a person of the story, or "worker" for the first peer
    support worker of it, to another name; ``place`` stands in place of the story's own, ``service``
    beside it."""

    names: dict[str, str] = Field(default_factory=dict)
    place: str = ""
    service: str = ""

    def is_empty(self) -> bool:
        """True when the story stays as it is."""
        return self == Details()

    def texts(self) -> tuple[str, ...]:
        """Every word that was given."""
        return (*self.names.values(), self.place, self.service)


def checked(details: Details) -> Details:
    """The details as plain text.

    Raises:
        UsageError: something in them is too long, is no plain text, or names what is real.
    """
    if len(details.names) > MOST_NAMES:
        raise UsageError(f"More than {MOST_NAMES} names were given.", "Name fewer people.")
    names = {
        normalise(old): _name(normalise(new), normalise(old)) for old, new in details.names.items()
    }
    place = _text(normalise(details.place), "place", PLACE_CHARACTERS)
    service = _text(normalise(details.service), "kind of service", SERVICE_CHARACTERS)
    return Details(names=names, place=place, service=service)


def _name(name: str, whose: str) -> str:
    if len(name) > NAME_CHARACTERS or not _NAME.fullmatch(name):
        raise UsageError(
            f"The name given for {printable(whose)} cannot be used.",
            f"A name has letters, spaces, hyphens and at most {NAME_CHARACTERS} characters.",
        )
    return name


def _text(text: str, what: str, most: int) -> str:
    if not text:
        return ""
    if len(text) > most:
        raise UsageError(
            f"The {what} has {len(text)} characters; {most} are taken.", "Say it more shortly."
        )
    if not _TEXT.fullmatch(text):
        raise UsageError(
            f"The {what} holds signs that a story has no use for.",
            "Use letters, figures, spaces and plain punctuation.",
        )
    real = _REAL.search(text)
    if real:
        raise UsageError(
            f"The {what} seems to name a real service (“{real.group()}”).",
            "A made-up story names none: say what kind of place it is, such as a ward by the sea.",
        )
    found = find_details(text)
    if found:
        kind = LABELS[found[0].kind].strip("[]")
        raise UsageError(
            f"The {what} holds a personal detail ({kind}).", "Leave it out: the story is made up."
        )
    return text


def read_details(path: Path) -> Details:
    """Details from a file in YAML, JSON or TOML: ``place``, ``service``, ``names`` (or ``worker``).

    Raises:
        UsageError: the file cannot be read, or holds something else.
    """
    shown = printable(str(path))
    try:
        with path.open("rb") as stream:
            raw = stream.read(MOST_BYTES + 1)
        if len(raw) > MOST_BYTES:
            raise UsageError(f"{shown} is too long for details of a story.", _FORM)
        text = raw.decode("utf-8-sig")
        data = _loaded(text, path.suffix.lower())
    except OSError as error:
        raise UsageError(f"{shown} cannot be read ({error.strerror}).", _FORM) from error
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        raise UsageError(f"{shown} cannot be read ({type(error).__name__}).", _FORM) from error
    if not isinstance(data, Mapping):
        raise UsageError(f"{shown} holds no details.", _FORM)
    fields = dict(data)
    worker = fields.pop("worker", None)
    try:
        details = Details.model_validate(fields)
    except ValidationError as error:
        place = ".".join(str(step) for step in error.errors()[0]["loc"])
        raise UsageError(
            f"{shown}: {printable(place)} is not a detail of a story.", _FORM
        ) from error
    return with_worker(details, worker) if isinstance(worker, str) else details


_FORM = "It may hold place, service, worker, and names (a name in the story: the name wanted)."


def _loaded(text: str, suffix: str) -> Any:
    if suffix == ".json":
        return json.loads(text)
    return tomllib.loads(text) if suffix == ".toml" else yaml.safe_load(text)


def with_worker(details: Details, name: str) -> Details:
    """The details with another name for the story's peer support worker."""
    return details.model_copy(update={"names": {**details.names, "worker": name}})


# ---------------------------------------------------------------- in a story


def names_in(situation: Situation, details: Details) -> dict[str, str]:
    """Which name of a situation becomes which.

    Raises:
        UsageError: nobody in it has that name, or the new one is taken.
    """
    own = {person.name.casefold(): person.name for person in situation.people}
    found: dict[str, str] = {}
    for old, new in details.names.items():
        name = _worker(situation) if old.casefold() == "worker" else own.get(old.casefold())
        if name is None:
            continue
        found[name] = new
    taken = [found.get(person.name, person.name) for person in situation.people]
    twice = next((name for name in taken if taken.count(name) > 1), None)
    if twice:
        raise UsageError(
            f"Two people of the story would be called {twice}.", "Give one of them another name."
        )
    return found


def unknown_names(situations: tuple[Situation, ...], details: Details) -> tuple[str, ...]:
    """Names that were to be changed and that nobody in the exercise has."""
    held = {person.name.casefold() for s in situations for person in s.people}
    return tuple(n for n in details.names if n.casefold() not in held | {"worker"})


def _worker(situation: Situation) -> str:
    """The first peer support worker of a story; the first person where it has none."""
    peers = (p.name for p in situation.people if re.search(r"\bpeer\b", p.who))
    return next(peers, situation.people[0].name)


def renamed(text: str, names: Mapping[str, str]) -> str:
    """A text with other names, all put in at once, so that two may be exchanged."""
    if not names:
        return text
    longest = sorted(names, key=len, reverse=True)
    pattern = re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, longest)) + r")(?!\w)")
    return pattern.sub(lambda match: names[match.group()], text)
