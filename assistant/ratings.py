"""What readers mark about answers: whether one was right, and which of its sentences were not.

One file of lines in the program's home folder, each a JSON object, readable by its owner alone. A
line holds the question without personal details, the sentences of the answer, and what somebody
ticked and wrote. Nothing is ever kept of a turn in which somebody was met with help, and nothing at
all where ``PEER_SUPPORT_RATINGS`` is off. ``draft_case`` makes of a line the draft of a case, for a
person to judge.
"""

from __future__ import annotations

import datetime as dt
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal, get_args

from filelock import FileLock, Timeout
from pydantic import ValidationError, model_validator

from assistant.errors import ConfigurationError, UsageError
from assistant.personal import masked
from assistant.presentation.record import statements_of
from assistant.schema import Answer, Outcome, Record

FILE, LOCK = "ratings.jsonl", "ratings.lock"
LONGEST_WORDS = 1000
"""The longest remark, in characters."""
WAIT_SECONDS = 10.0
_OWNER_ONLY = 0o600

RatingVerdict = Literal["right", "partly", "wrong", "missing"]
MarkReason = Literal["not-in-source", "out-of-date", "wrong-country", "unclear", "hurtful", "other"]
RATING_VERDICTS: tuple[RatingVerdict, ...] = get_args(RatingVerdict)
MARK_REASONS: tuple[MarkReason, ...] = get_args(MarkReason)
TO_JUDGE = "TO JUDGE"
"""Stands in a draft where a person has to decide."""


class Sentence(Record):
    """A sentence of an answer: where it stands there, and the evidence that it rests on."""

    where: str
    text: str
    notes: tuple[str, ...] = ()


class Mark(Record):
    """What somebody ticked about the sentence at ``where``."""

    where: str
    reason: MarkReason


class Rating(Record):
    """What one person marked about one answer.

    ``read_as`` is the question as it was searched, where that differs; ``cited`` the evidence ids
    of all citations; ``model`` the chat model that worded the answer, if one did.
    """

    id: str
    day: dt.date
    question: str
    read_as: str = ""
    outcome: Outcome
    verdict: RatingVerdict
    sentences: tuple[Sentence, ...]
    marks: tuple[Mark, ...] = ()
    words: str = ""
    cited: tuple[str, ...] = ()
    library_version: str
    model: str = ""

    @model_validator(mode="after")
    def _marks_stand(self) -> Rating:
        places = {sentence.where for sentence in self.sentences}
        if any(mark.where not in places for mark in self.marks):
            raise ValueError("a mark names no sentence of the answer")
        return self


@dataclass(frozen=True)
class Broken:
    """A line of the file that cannot be read: its number, from 1, and what is wrong with it."""

    line: int
    why: str


@dataclass(frozen=True)
class Held:
    """What the file holds, oldest first. Broken lines stay in it until all is deleted."""

    ratings: tuple[Rating, ...]
    broken: tuple[Broken, ...] = ()


def may_be_rated(answer: Answer) -> bool:
    """False where somebody was met with help, after an error, and where a question was asked
    back."""
    if answer.risk_subject == "own":
        return False
    return answer.outcome not in {"signposted", "failed", "clarify"}


def sentences_of(answer: Answer) -> tuple[Sentence, ...]:
    """Every sentence of an answer that readers see, each text once, in the answer's order."""
    found: dict[str, Sentence] = {}
    for where, statement in statements_of(answer):
        sentence = Sentence(where=where, text=statement.text, notes=statement.evidence_ids)
        found.setdefault(statement.text, sentence)
    for place, position in enumerate(answer.positions):
        sentence = Sentence(where=f"positions.{place}", text=position.position)
        found.setdefault(position.position, sentence)
    for place, step in enumerate(answer.next_steps):
        if isinstance(step, str):
            found.setdefault(step, Sentence(where=f"next_steps.{place}", text=step))
    return tuple(sentence for text, sentence in found.items() if text.strip())


def rating_of(
    answer: Answer,
    verdict: RatingVerdict,
    marks: Mapping[str, MarkReason],
    words: str = "",
    today: Callable[[], dt.date] = dt.date.today,
) -> Rating:
    """What somebody marked, ready to be kept.

    Args:
        answer: what it is about.
        verdict: of the answer as a whole.
        marks: reasons by the place of a sentence; places that the answer lacks are passed over.
        words: free words; personal details are taken out of them.
        today: the day of the line.

    Raises:
        UsageError: nothing may be kept of this answer.
    """
    if not may_be_rated(answer):
        raise UsageError("Nothing is kept of this answer.")
    sentences = sentences_of(answer)
    read_as = answer.standalone_question
    return Rating(
        id=secrets.token_hex(4),
        day=today(),
        question=answer.question,
        read_as="" if read_as == answer.question else read_as,
        outcome=answer.outcome,
        verdict=verdict,
        sentences=sentences,
        marks=tuple(
            Mark(where=s.where, reason=marks[s.where]) for s in sentences if s.where in marks
        ),
        words=masked(words.strip()[:LONGEST_WORDS])[0],
        cited=tuple(dict.fromkeys(citation.evidence_id for citation in answer.citations)),
        library_version=answer.engine.library_version,
        model=answer.engine.model or "",
    )


class Ratings:
    """The file of a home folder. Several threads and programs may use it at once.

    Args:
        home: the folder.
        switched_on: whether anything may be written; reading and deleting always may.
    """

    def __init__(self, home: Path, switched_on: bool = True) -> None:
        self.path = home / FILE
        self.switched_on = switched_on

    def keep(self, rating: Rating) -> None:
        """Add a line.

        Raises:
            ConfigurationError: this is switched off, or the file cannot be written.
        """
        if not self.switched_on:
            raise ConfigurationError(
                "Marks are not kept here.", "PEER_SUPPORT_RATINGS=true switches it on."
            )
        with self._locked():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            line = rating.model_dump_json().encode() + b"\n"
            with _opened(self.path, os.O_RDWR | os.O_APPEND) as file:
                # A line that was cut short by a full disk or a lost current stays by itself.
                file.write(line if _ends_a_line(file) else b"\n" + line)

    def read(self) -> Held:
        """All lines, those that cannot be read by their number.

        Raises:
            ConfigurationError: the file cannot be read.
        """
        ratings: list[Rating] = []
        broken: list[Broken] = []
        for number, line in enumerate(self._lines(), 1):
            if not line.strip():
                continue
            try:
                ratings.append(Rating.model_validate_json(line))
            except ValidationError as error:
                broken.append(Broken(number, _what_is_wrong(error)))
        return Held(tuple(ratings), tuple(broken))

    def delete(self, id_: str) -> bool:
        """Delete one line by its id; whether it was there. Every other line stays as it is.

        Raises:
            ConfigurationError: the file cannot be read or written.
        """
        with self._locked():
            lines = self._lines()
            left = [line for line in lines if _id_of(line) != id_]
            if len(left) == len(lines):
                return False
            part = self.path.with_suffix(".part")
            with _opened(part, os.O_RDWR | os.O_TRUNC) as file:
                file.write(b"\n".join(left))
            part.replace(self.path)
        return True

    def delete_all(self) -> int:
        """Delete the file; how many lines it held, those that cannot be read among them.

        Raises:
            ConfigurationError: the file cannot be deleted.
        """
        with self._locked():
            held = sum(bool(line.strip()) for line in self._lines())
            self.path.unlink(missing_ok=True)
        return held

    def _lines(self) -> list[bytes]:
        with _named(self.path):
            return self.path.read_bytes().split(b"\n") if self.path.exists() else []

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with _named(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            try:
                with FileLock(self.path.with_name(LOCK), timeout=WAIT_SECONDS):
                    yield
            except Timeout as error:
                raise ConfigurationError(
                    f"{self.path} is in use by another program.", "Try again in a moment."
                ) from error


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """An error of the system, with the file that it is about."""
    try:
        yield
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be used ({error.strerror or type(error).__name__}).",
            "Check the rights of that file and its folder.",
        ) from error


def _opened(path: Path, how: int) -> BinaryIO:
    """A file that only its owner can read, also where it was there before."""
    file = os.fdopen(os.open(path, how | os.O_CREAT, _OWNER_ONLY), "r+b")
    path.chmod(_OWNER_ONLY)
    return file


def _ends_a_line(file: BinaryIO) -> bool:
    if file.seek(0, os.SEEK_END) == 0:
        return True
    file.seek(-1, os.SEEK_END)
    return file.read(1) == b"\n"


def _what_is_wrong(error: ValidationError) -> str:
    first = error.errors(include_input=False)[0]
    place = ".".join(str(step) for step in first["loc"])
    return f"{place}: {first['msg']}" if place else first["msg"]


def _id_of(line: bytes) -> str:
    try:
        return Rating.model_validate_json(line).id
    except ValidationError:
        return ""


# ---------------------------------------------------------------- drafts of cases


def draft_case(rating: Rating) -> dict[str, Any]:
    """The draft of a case, with what was marked beside it.

    It is no case: the readers of cases refuse it for its fields ``draft``, ``what_happened`` and
    ``what_was_marked``, which whoever judges it takes out.
    """
    return {
        "draft": True,
        "id": f"draft-{rating.id}",
        "question": rating.question,
        "user": f"{TO_JUDGE}: psw, manager or trainer",
        "expected": f"{TO_JUDGE}: answer, partial or refuse",
        "contested": f"{TO_JUDGE}: true or false",
        "good_notes": [],
        "must_not": [],
        "why": f"{TO_JUDGE}: one sentence",
        "what_happened": {
            "day": rating.day.isoformat(),
            **({"read_as": rating.read_as} if rating.read_as else {}),
            "outcome": rating.outcome,
            "cited_notes": list(rating.cited),
            "library_version": rating.library_version,
            **({"model": rating.model} if rating.model else {}),
        },
        "what_was_marked": {
            "verdict": rating.verdict,
            **({"words": rating.words} if rating.words else {}),
            "sentences": _marked(rating),
        },
    }


def _marked(rating: Rating) -> list[dict[str, Any]]:
    by_place = {sentence.where: sentence for sentence in rating.sentences}
    return [
        {
            "text": by_place[mark.where].text,
            "reason": mark.reason,
            "notes": list(by_place[mark.where].notes),
        }
        for mark in rating.marks
    ]
