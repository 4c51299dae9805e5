"""What a browser keeps of earlier conversations, when it comes back here to be shown.

The server keeps nothing. Everything that comes back is looked at as if a stranger had written it:
sizes are capped, records are parsed, what is broken is counted and left out.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from assistant.corpus import Library
from assistant.errors import AssistantError
from assistant.presentation.documents import seen
from assistant.schema import Answer
from assistant.web.ask.handlers import Conversation, Desk
from assistant.web.ask.keeping import keepable
from assistant.web.history.checks import Standing, standing

MOST_LISTED = 200
"""Conversations in a list at most."""
MOST_ANSWERS = 60
"""Answers of one conversation at most."""
MOST_CHARACTERS = 300_000
"""Of the record of one answer."""
MOST_IN_ALL = 12_000_000
"""Characters of one conversation at most."""
LONGEST_TITLE = 120

State = Literal["on", "off", "none"]
"""Switched on, switched off, or a browser that keeps nothing."""
_KEY = re.compile(r"[0-9a-f]{8,32}")
_log = logging.getLogger(__name__)

Key = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8,32}$")]
Title = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_TITLE)
]
LocalTime = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$")]


class Kept(BaseModel):
    """One conversation as it is listed. ``when`` is the local time of the browser."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: Key
    title: Title
    when: LocalTime
    count: int = Field(ge=1, le=10_000)

    @property
    def moment(self) -> dt.datetime:
        """When something was last asked in it."""
        return dt.datetime.fromisoformat(self.when)


@dataclass(frozen=True)
class Listing:
    """What a browser asks to be listed. ``total`` counts all that it keeps, ``found`` those that
    fit its search; ``broken`` those that cannot be read."""

    state: State
    entries: tuple[Kept, ...]
    today: dt.date
    total: int
    found: int
    broken: int
    query: bool
    said: str


@dataclass(frozen=True)
class Reopened:
    """A kept conversation as it is put back. ``standing`` is None where its notes could not be
    checked; ``left_out`` counts answers that could not be read. ``key`` names this opening."""

    id: str
    key: str
    rev: str
    when: dt.datetime | None
    today: dt.date
    answers: tuple[Answer, ...]
    left_out: int
    standing: Standing | None


# ---------------------------------------------------------------- what comes in


def listing_of(data: Mapping[str, str]) -> Listing:
    """What an event of the page's script asks for; whatever is no entry is counted as broken."""
    rows = _list(data.get("entries", ""), MOST_IN_ALL)[: MOST_LISTED + 1]
    entries = [entry for row in rows if (entry := _entry(row)) is not None]
    state = data.get("state")
    return Listing(
        state=cast(State, state) if state in ("on", "none") else "off",
        entries=tuple(entries[:MOST_LISTED]),
        today=_day(data.get("today", "")),
        total=_number(data.get("total", "")),
        found=_number(data.get("found", "")),
        broken=_number(data.get("broken", "")) + len(rows) - len(entries),
        query=data.get("query") == "yes",
        said=data.get("said", ""),
    )


def answers_of(records: str) -> tuple[tuple[Answer, ...], int]:
    """The answers among the records that a browser kept, and how many could not be read.

    Answers that met somebody's danger are never kept; one that comes all the same is passed over.
    """
    found: list[Answer] = []
    broken = 0
    for record in _list(records, MOST_IN_ALL)[:MOST_ANSWERS]:
        answer = _answer(record)
        if answer is None:
            broken += 1
        elif (kept := keepable(answer)) is not None:
            found.append(kept)
    return tuple(found), broken


def _answer(record: object) -> Answer | None:
    if not isinstance(record, str) or len(record) > MOST_CHARACTERS:
        return None
    try:
        return Answer.model_validate_json(record)
    except ValidationError:
        return None


def _entry(row: object) -> Kept | None:
    try:
        entry = Kept.model_validate(row)
        return entry if entry.moment else None
    except ValueError:
        return None


def _list(text: str, most: int) -> list[object]:
    if len(text) > most:
        return []
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return []
    return found if isinstance(found, list) else []


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 8 else 0


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return dt.date.today()


def _moment(text: str) -> dt.datetime | None:
    try:
        return dt.datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return None


def _key(text: str) -> str:
    return text if _KEY.fullmatch(text) else ""


# ---------------------------------------------------------------- putting back


class Reopener(Desk):
    """Puts kept conversations back as the Ask place shows them, and checks what they rest on."""

    def collections(self) -> dict[str, str]:
        """Names of the collections of added documents by id, straight from where they are."""
        if self.assistant.shelf is None:
            return {}
        try:
            held = self.assistant.shelf.store.collections()
        except AssistantError:
            # A conversation must open whatever is wrong with the documents.
            return {}
        return {collection.id: seen(collection.name) for collection in held}

    def reopen(self, data: Mapping[str, str]) -> Reopened:
        """What an event of the page's script asks to be put back; without answers where none of
        its records can be read."""
        answers, left_out = answers_of(data.get("records", ""))
        return Reopened(
            id=_key(data.get("id", "")),
            key=_key(data.get("key", "")),
            rev=_key(data.get("rev", "")),
            when=_moment(data.get("when", "")),
            today=_day(data.get("today", "")),
            answers=answers,
            left_out=left_out,
            standing=self._standing(answers),
        )

    def conversation(self, answers: tuple[Answer, ...]) -> Conversation:
        """Answers as a conversation that can be gone on with."""
        conversation = Conversation()
        for answer in answers:
            conversation = self.with_answer(conversation, answer)
        return conversation

    def _standing(self, answers: tuple[Answer, ...]) -> Standing | None:
        shelf = self.assistant.shelf
        try:
            # The page knows of a library only what it shows; what is open is a whole one.
            library = cast(Library, self.assistant.library)
            return standing(answers, library, shelf.store if shelf else None)
        except Exception as error:  # The edge: it must open, whatever is wrong with the check.
            _log.error("A kept conversation could not be checked (%s)", type(error).__name__)
            return None
