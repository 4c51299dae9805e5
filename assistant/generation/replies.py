"""Takes claims out of a reply while it comes in, however the model wraps them.

A claim is a JSON object with a ``sentence`` and what it ``rests_on``. They are found one by one in
a list, in a code fence, between lines of prose, or inside another object; whatever else a reply
holds is passed over. Nothing is mended: an object that is no JSON is no claim.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assistant.grounding.records import Claim, Rest
from assistant.text import normalise

LONGEST_OBJECT = 4000
"""Characters of a claim's object at most; a longer one is no claim."""
DEEPEST = 40


class _Rest(BaseModel):
    model_config = ConfigDict(strict=True)
    key: str = Field(max_length=20)
    words: str


class _Claim(BaseModel):
    model_config = ConfigDict(strict=True)
    sentence: str
    rests_on: list[_Rest] = Field(max_length=8)
    replaces: int | None = None


@dataclass(frozen=True)
class Said:
    """A claim as it was said; ``replaces`` is the number of one that it is to stand for."""

    claim: Claim
    replaces: int | None = None


@dataclass
class ReplyReader:
    """Reads one reply, piece by piece."""

    _text: str = ""
    _place: int = 0
    _opened: list[int] = field(default_factory=list)
    _in_string: bool = False
    _escaped: bool = False

    def feed(self, piece: str) -> Iterator[Said]:
        """The claims that this piece of the reply completes."""
        self._text += piece
        while self._place < len(self._text):
            end = self._step(self._text[self._place])
            self._place += 1
            if end is not None:
                said = _claim(self._text[end : self._place])
                if said is not None:
                    yield said
        self._forget()

    def _step(self, letter: str) -> int | None:
        """Take one letter in; the place where the object began that it closes."""
        if self._in_string:
            if self._escaped:
                self._escaped = False
            elif letter == "\\":
                self._escaped = True
            elif letter == '"':
                self._in_string = False
            return None
        if letter == "{":
            self._opened.append(self._place)
            # A reply of nothing but braces must not grow this without end.
            del self._opened[:-DEEPEST]
        elif letter == '"' and self._opened:
            self._in_string = True
        elif letter == "}" and self._opened:
            return self._opened.pop()
        return None

    def _forget(self) -> None:
        """Let go of what can begin no claim any more, so that a long reply costs no more."""
        oldest = self._text[self._place :] if not self._opened else None
        if oldest is not None:
            self._text, self._place = oldest, 0
            return
        while self._opened and self._place - self._opened[-1] > LONGEST_OBJECT:
            # A quotation mark in prose may have opened a string that never ends: begin afresh.
            self._opened, self._in_string, self._escaped = [], False, False


def _claim(text: str) -> Said | None:
    if len(text) > LONGEST_OBJECT or '"sentence"' not in text:
        return None
    try:
        data = json.loads(text, strict=False)
        read = _Claim.model_validate(data)
    except (ValueError, ValidationError, RecursionError):
        return None
    rests = tuple(Rest(rest.key.strip(), rest.words.strip()) for rest in read.rests_on)
    return Said(Claim(normalise(read.sentence), rests), read.replaces)
