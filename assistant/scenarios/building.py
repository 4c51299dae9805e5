"""Sentences of ours around a situation, and the words that an exercise does not use of people.

Data in ``prompts/scenarios``; no sentence in it claims anything about peer support.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import Field, ValidationError, field_validator

from assistant.errors import PromptError
from assistant.schema import Record, Slug, Text
from assistant.text import normalise

FOLDER = "scenarios"
BUILDING_FILE = "building.toml"
WORDS_FILE = "words.toml"

R = TypeVar("R", bound=Record)


class Opening(Record):
    """How the story is met. With ``event_first`` the first event stands before the scene."""

    id: Slug
    title: Text
    learner: Text
    facilitator: Text
    event_first: bool = False


class Way(Record):
    """How a decision is taken. ``needs`` is in minutes; with ``shows_choices`` learners read the
    choices, never where they lead."""

    id: Slug
    title: Text
    learner: Text
    facilitator: Text
    needs: int = Field(ge=5, le=20)
    shows_choices: bool = False


class Debate(Record):
    """How positions are heard; ``{prepare}`` in the plan is a number of minutes."""

    plan: tuple[Text, ...] = Field(min_length=2)
    close: Text


class Debrief(Record):
    """Ways to begin the end."""

    first: tuple[Text, ...] = Field(min_length=1)


class Aftercare(Record):
    """What is said before and after; ``{topics}`` and ``{places}`` are filled in."""

    before: Text
    facilitator: Text
    after: Text


class Building(Record):
    """Everything of ours that an exercise is built from."""

    opening: tuple[Opening, ...] = Field(min_length=2)
    way: tuple[Way, ...] = Field(min_length=3)
    debate: Debate
    debrief: Debrief
    aftercare: Aftercare
    fixed: dict[str, Text]


class Word(Record):
    """Wording that an exercise does not use, and what it says instead."""

    pattern: Text
    instead: Text

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, value: str) -> str:
        try:
            re.compile(value)
        except re.error as error:
            raise ValueError(f"is no pattern ({error})") from error
        return value


class Methods(Record):
    """What marks a request for details of how somebody harms themselves: both patterns match."""

    act: Text
    detail: Text
    reply: Text


class Words(Record):
    """Wordings that are answered instead of followed."""

    word: tuple[Word, ...] = Field(min_length=1)
    methods: Methods


@dataclass(frozen=True)
class Wording:
    """A wording found in a request, and what the exercise says instead."""

    said: str
    instead: str


class WordList:
    """Looks for wordings that an exercise does not use."""

    def __init__(self, words: Words) -> None:
        self._words = tuple((_bounded(word.pattern), word.instead) for word in words.word)
        self._act = _bounded(words.methods.act)
        self._detail = _bounded(words.methods.detail)
        self.reply = words.methods.reply

    def found(self, text: str) -> tuple[Wording, ...]:
        """Each such wording of a text once, as it was written, in order."""
        plain = _plain(text)
        hits = [
            (match.start(), Wording(match.group(), instead))
            for pattern, instead in self._words
            if (match := pattern.search(plain))
        ]
        return tuple(wording for _, wording in sorted(hits, key=lambda hit: hit[0]))

    def asks_for_methods(self, text: str) -> bool:
        """Whether a text asks how somebody harms themselves."""
        plain = _plain(text)
        return bool(self._act.search(plain) and self._detail.search(plain))


def read_building(prompts: Path) -> Building:
    """The sentences of ours.

    Raises:
        PromptError: the file is missing or broken; names the field.
    """
    return _parsed(Building, prompts / FOLDER / BUILDING_FILE)


def read_words(prompts: Path) -> WordList:
    """The wordings that are answered instead of followed.

    Raises:
        PromptError: the file is missing or broken; names the field.
    """
    return WordList(_parsed(Words, prompts / FOLDER / WORDS_FILE))


def _parsed(model: type[R], path: Path) -> R:
    name = f"{FOLDER}/{path.name}"
    try:
        data: Any = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise PromptError(name, "", f"cannot be read: {error}.") from error
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"])
        raise PromptError(name, place, f"{first['msg']}.") from error


def _bounded(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{pattern})(?!\w)")


def _plain(text: str) -> str:
    return normalise(text).lower().replace("’", "'")
