"""Finds questions that may mean two or three things, so that one short question can be asked back.

Two ways, neither of which answers anything. Questions that are known to be ambiguous stand in
``prompts/clarify.yaml`` with their meanings; a short question close to one of them is met with its
choices, unless one of its words says which is meant. ``is_vague`` tells a question that names
almost nothing; what it may mean is then taken from what the search found.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import yaml
from pydantic import Field, ValidationError, model_validator

from assistant.errors import PromptError
from assistant.indexing import lexical
from assistant.schema import Choice, Record, Slug, Text

FILE = "clarify.yaml"
LONGEST = 12
"""Words of the longest question that is compared; a longer one says enough to be answered."""
CLOSE = 0.80
PLAIN_WORDS = 5
SHORT = 4
"""Letters of a word that, by itself, seldom names anything."""
VAGUE_WORDS, VAGUE_TOKENS = 8, 1

Vectors = npt.NDArray[np.float32]
Embed = Callable[[Sequence[str]], Vectors]

_FUNCTION_WORDS = frozenset(
    "allowed am are can could did do does going had has have he how is just me mean my ok okay"
    " really right she should so then was we what when where which who why would you your".split()
)
_POINTS = re.compile(r"\b(?:it|that|this|those|these|them|they|one|he|she|him|her|here)\b")


class Ambiguity(Record):
    """A question with several meanings; fields as explained at the head of the file."""

    id: Slug
    asks: tuple[Text, ...] = ()
    match: str = ""
    alone: str = ""
    beside: tuple[Text, ...] | None = None
    settled: tuple[Text, ...] = ()
    choices: tuple[Choice, ...] = Field(min_length=2, max_length=4)

    @model_validator(mode="after")
    def _can_be_met(self) -> Ambiguity:
        if not self.match and not self.alone and len(self.asks) < 2:
            raise ValueError("needs two asks, or a word to match")
        for pattern in (*self.settled, *(self.beside or ()), self.match, self.alone):
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"{pattern} does not compile: {error}") from error
        return self


class Ambiguities(Record):
    """The file: the questions, and words that tell whether a question names something. All words
    are regular expressions for a whole word."""

    usual: tuple[Text, ...] = ()
    naming: tuple[Text, ...] = ()
    questions: tuple[Ambiguity, ...]


def read_ambiguities(folder: Path) -> Ambiguities:
    """The known ambiguous questions of a folder of prompts.

    Raises:
        PromptError: the file is missing or broken, or names an id twice.
    """
    path = folder / FILE
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        found = Ambiguities.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"])
        raise PromptError(FILE, place, f"{first['msg']}.") from error
    except FileNotFoundError as error:
        raise PromptError(FILE, "", f"is missing from {folder}.", "Restore the file.") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise PromptError(FILE, "", f"cannot be read: {error}.") from error
    ids = [entry.id for entry in found.questions]
    twice = next((name for name in ids if ids.count(name) > 1), None)
    if twice:
        raise PromptError(FILE, twice, "stands there twice.")
    return found


class Clarifier:
    """Compares short questions with the ambiguous ones that are known.

    Args:
        known: from ``read_ambiguities``.
        embed: unit vectors of questions, shape (n, dimensions).
        vectors: unit vectors of all asks of ``known``, in order.
        answered: questions that an editor has written an answer to, word for word: those of
            ``PLAIN_WORDS`` or more are never asked back.
    """

    def __init__(
        self, known: Ambiguities, embed: Embed, vectors: Vectors, answered: Iterable[str] = ()
    ) -> None:
        entries = known.questions
        self._known = entries
        self._embed = embed
        self._vectors = vectors
        self._owner = [number for number, entry in enumerate(entries) for _ in entry.asks]
        self._settled = [
            re.compile("|".join(entry.settled)) if entry.settled else None for entry in entries
        ]
        chosen = {_plain(c.question) for entry in entries for c in entry.choices}
        asks = {_plain(ask) for entry in entries for ask in entry.asks}
        plain = {q for q in map(_plain, answered) if len(q.split()) >= PLAIN_WORDS}
        # What a choice stands for is never asked back either: it is what somebody just chose.
        self._means_one_thing = frozenset(chosen | (plain - asks))
        self._words = [
            (number, re.compile(entry.match or rf"\b(?:{entry.alone})\b"))
            for number, entry in enumerate(entries)
            if entry.match or entry.alone
        ]
        self._naming = _whole_words(known.naming)
        self._idle = [
            None if entry.beside is None else _whole_words((*known.usual, *entry.beside))
            for entry in entries
        ]

    def choices(self, question: str) -> tuple[Choice, ...]:
        """What the question may mean; empty where it means one thing or is not known."""
        text = _plain(question)
        if not text or len(text.split()) > LONGEST or text in self._means_one_thing:
            return ()
        for number, word in self._words:
            if word.search(text) and not self._is_settled(number, text):
                return self._known[number].choices
        if not self._owner:
            return ()
        near = self._vectors @ self._embed([text])[0]
        for place in np.argsort(-near, kind="stable")[:5]:
            if near[place] < CLOSE:
                return ()
            owner = self._owner[int(place)]
            if not self._is_settled(owner, text):
                return self._known[owner].choices
        return ()

    def _is_settled(self, number: int, text: str) -> bool:
        settled = self._settled[number]
        if settled is not None and settled.search(text):
            return True
        return self._names_something(number, text)

    def _names_something(self, number: int, text: str) -> bool:
        """True where an entry must stand alone and a further word says what is meant."""
        idle, entry = self._idle[number], self._known[number]
        if idle is None:
            return False
        rest = re.sub(rf"\b(?:{entry.alone})\b", " ", text, count=1) if entry.alone else text
        others = [word for word in rest.split() if not idle.fullmatch(word)]
        return any(len(w) > SHORT or self._naming.fullmatch(w) for w in others)


def _plain(question: str) -> str:
    return " ".join(re.sub(r"[^\w\s'-]", " ", question.lower()).split())


def _whole_words(patterns: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns) or r"(?!)")


def ask_texts(known: Ambiguities) -> list[str]:
    """All asks in the order in which ``Clarifier`` wants their vectors."""
    return [ask for entry in known.questions for ask in entry.asks]


def is_vague(question: str) -> bool:
    """True when a question names next to nothing: few words, and those point at something."""
    words = question.lower().split()
    if len(words) > VAGUE_WORDS or not _POINTS.search(question.lower()):
        return False
    content = " ".join(word for word in re.findall(r"\w+", question.lower()) if _names(word))
    return len(lexical.tokens(content)) <= VAGUE_TOKENS


def _names(word: str) -> bool:
    return word not in _FUNCTION_WORDS and not _POINTS.fullmatch(word)
