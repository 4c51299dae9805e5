"""Reads and keeps the records of second readings: which note was held against its source, when, and
what came of it; and which brief or contested question was held against its notes.

Files: ``corpus/readings/<source>.yaml`` and ``corpus/reviews/<briefs|contested>/<id>.yaml``. A
record holds the hash of the text that was read: a note that changed since counts as unread, and a
brief that rests on it as due for review. Nothing here changes an answer.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

import yaml
from pydantic import ValidationError

from assistant.corpus import Fault, Library, Loader
from assistant.errors import CorpusError
from assistant.schema import Brief, Contested, Reading, Record, Review, SourceReadings

READINGS, REVIEWS = "readings", "reviews"
HASH_LENGTH = 16
Reviewed = Literal["briefs", "contested"]

R = TypeVar("R", bound=Record)


def hash_of(text: str) -> str:
    """The first sixteen hex characters of a text's SHA-256."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:HASH_LENGTH]


@dataclass(frozen=True)
class Readings:
    """All records of reading beside one library."""

    notes: Mapping[str, Reading]
    reviews: Mapping[Reviewed, Mapping[str, Review]]

    def unread(self, library: Library) -> tuple[str, ...]:
        """Notes without a second reading of the text that they have today."""
        return tuple(
            note.id
            for note in library.notes.values()
            if (held := self.notes.get(note.id)) is None or held.text_sha256 != hash_of(note.text)
        )

    def not_reached(self, library: Library) -> tuple[str, ...]:
        """Notes of which nothing in the source that bears on them could be read."""
        return tuple(note for note in library.notes if note in self.notes and not self._seen(note))

    def _seen(self, note: str) -> bool:
        return self.notes[note].verdict != "not-reachable"

    def verdicts(self, library: Library) -> Counter[str]:
        """How many of today's notes met which verdict."""
        return Counter(self.notes[note].verdict for note in library.notes if note in self.notes)


def read_readings(folder: Path) -> Readings:
    """Every record of reading in a library's folder.

    Raises:
        CorpusError: a file is broken; names file and field.
    """
    notes: dict[str, Reading] = {}
    for path in sorted((folder / READINGS).glob("*.yaml")):
        notes.update(_record(path, folder, SourceReadings).notes)
    kinds: tuple[Reviewed, ...] = ("briefs", "contested")
    reviews: dict[Reviewed, Mapping[str, Review]] = {}
    for kind in kinds:
        paths = sorted((folder / REVIEWS / kind).glob("*.yaml"))
        reviews[kind] = {path.stem: _record(path, folder, Review) for path in paths}
    return Readings(notes, reviews)


def reading_faults(library: Library, readings: Readings) -> Iterator[Fault]:
    """Notes and texts that changed after somebody held them against what they rest on.

    A note that has had one reader only is no fault: ``Readings.unread`` counts it.
    """
    for note in readings.unread(library):
        if note in readings.notes:
            source = library.note_source[note].id
            place = f"notes.{note}"
            yield Fault(f"sources/{source}.yaml", place, "changed since its second reading")
    for kind, records in _reviewed_records(library):
        for record in records:
            review = readings.reviews.get(kind, {}).get(record.id)
            yield from _review_faults(f"{kind}/{record.id}.yaml", record, review, library)


def _reviewed_records(
    library: Library,
) -> Iterator[tuple[Reviewed, tuple[Brief | Contested, ...]]]:
    yield "briefs", tuple(library.briefs.values())
    yield "contested", tuple(library.contested.values())


def _review_faults(
    file: str, record: Brief | Contested, review: Review | None, library: Library
) -> Iterator[Fault]:
    if review is None:
        yield Fault(file, "", "was never held against its notes (peer-support brief review)")
        return
    for text, notes in texts_of(record):
        for note in notes:
            today = library.notes.get(note)
            if today is not None and review.notes.get(note) != hash_of(today.text):
                yield Fault(
                    file, f"«{text[:40]}…»", f"rests on {note}, which changed since the review"
                )


def texts_of(record: Brief | Contested) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The sentences or positions of a record, each with the notes that it rests on."""
    if isinstance(record, Brief):
        yield from ((sentence.text, sentence.notes) for sentence in record.sentences())
    else:
        yield from ((position.position, position.notes) for position in record.positions)


def review_of(record: Brief | Contested, library: Library, day: dt.date) -> Review:
    """A review of today's state of a record's notes."""
    ids = dict.fromkeys(note for _, notes in texts_of(record) for note in notes)
    held = {note: hash_of(library.notes[note].text) for note in ids}
    return Review(id=record.id, reviewed=day, notes=held)


def keep_review(folder: Path, kind: Reviewed, review: Review) -> Path:
    """Write a review beside the library.

    Raises:
        CorpusError: the file cannot be written.
    """
    path = folder / REVIEWS / kind / f"{review.id}.yaml"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        data = review.model_dump(mode="json")
        data["reviewed"] = review.reviewed
        text = yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=110)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        name = path.relative_to(folder).as_posix()
        raise CorpusError(name, "", f"cannot be written ({error.strerror})") from error
    return path


def _record(path: Path, folder: Path, model: type[R]) -> R:
    name = path.relative_to(folder).as_posix()
    try:
        return model.model_validate(yaml.load(path.read_text(encoding="utf-8"), Loader=Loader))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"])
        raise CorpusError(name, place, str(first["msg"])) from error
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise CorpusError(name, "", f"cannot be read ({type(error).__name__})") from error
