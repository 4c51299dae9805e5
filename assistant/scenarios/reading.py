"""Reads situations from ``corpus/situations`` and checks them against the library.

``read_situations`` raises for the first fault; ``check_situations`` names every one. A review
(``corpus/reviews/situations/<id>.yaml``) holds the hash of each note as it stood when a situation
was held against its notes, so that a note that changed since makes its situations due.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from assistant.corpus import Fault, Library, Loader
from assistant.errors import CorpusError
from assistant.readings import REVIEWS, hash_of
from assistant.scenarios.records import Cited, Situation
from assistant.schema import Review

FOLDER = "situations"
SCENE_WORDS = (60, 220)
EVENT_WORDS = (20, 110)
"""Fewest and most words, with some room around what writers aim at."""
_MARKUP = re.compile(r"[<>{}`|\\]|https?://|\*\*|^#", re.MULTILINE)
_UNWANTED = re.compile(r"\bconsumers?\b|\bsuffer(?:s|ing|ed) from\b|\bBAME\b", re.IGNORECASE)


@dataclass(frozen=True)
class _Reading:
    situations: tuple[Situation, ...]
    faults: tuple[Fault, ...]


def read_situations(folder: Path, library: Library) -> tuple[Situation, ...]:
    """Every situation of a library's folder, by id; none where it keeps none.

    Raises:
        CorpusError: the first fault, naming file and field.
    """
    reading = _read(folder)
    faults = [*reading.faults, *_unresolved(reading.situations, library)]
    if faults:
        raise CorpusError(
            faults[0].file,
            faults[0].field,
            faults[0].message,
            "Mend it; `peer-support library check` lists every fault.",
        )
    return reading.situations


def check_situations(folder: Path, library: Library) -> list[Fault]:
    """Every fault of the situations: form, names that lead nowhere, and notes that changed since
    somebody held a situation against them."""
    reading = _read(folder)
    faults = [*reading.faults, *_unresolved(reading.situations, library)]
    for situation in reading.situations:
        faults += _editorial(situation)
        faults += _outdated(folder, situation, library)
    return faults


def cited_texts(situations: tuple[Situation, ...]) -> dict[str, set[tuple[str, ...]]]:
    """Every factual line of the situations with the notes that it rests on: what a saved exercise
    is verified by."""
    known: dict[str, set[tuple[str, ...]]] = {}
    for situation in situations:
        for _, line in situation.cited_lines():
            known.setdefault(line.text, set()).add(line.notes)
    return known


# ---------------------------------------------------------------- files


def _read(folder: Path) -> _Reading:
    situations: list[Situation] = []
    faults: list[Fault] = []
    for path in sorted((folder / FOLDER).glob("*.yaml")):
        name = f"{FOLDER}/{path.name}"
        data = _mapping(path, name, faults)
        if data is None:
            continue
        try:
            situation = Situation.model_validate(data)
        except ValidationError as error:
            faults += [Fault(name, _place(e["loc"], data), e["msg"]) for e in error.errors()]
            continue
        if situation.id != path.stem:
            faults.append(Fault(name, "id", f"is not the file's name ({path.stem})"))
        situations.append(situation)
    return _Reading(tuple(situations), tuple(faults))


def _mapping(path: Path, name: str, faults: list[Fault]) -> dict[str, Any] | None:
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=Loader)
    except OSError as error:
        faults.append(Fault(name, "", f"cannot be read ({error.strerror})"))
    except UnicodeDecodeError as error:
        faults.append(Fault(name, "", f"is not UTF-8 text (byte {error.start})"))
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f" (line {mark.line + 1})" if mark else ""
        faults.append(Fault(name, "", f"is not valid YAML{line}"))
    else:
        if isinstance(data, dict):
            return data
        faults.append(Fault(name, "", "holds no fields: the file is empty or cut short"))
    return None


def _place(location: tuple[int | str, ...], data: Any) -> str:
    """Dotted place of a field; list items by their id or name where they have one."""
    words = []
    for step in location:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            data = None
        named = data.get("id") or data.get("name") if isinstance(data, dict) else None
        words.append(str(named) if isinstance(step, int) and named else str(step))
    return ".".join(words)


# ---------------------------------------------------------------- faults


def _unresolved(situations: tuple[Situation, ...], library: Library) -> Iterator[Fault]:
    for situation in situations:
        name = f"{FOLDER}/{situation.id}.yaml"
        for topic in situation.topics:
            if topic not in library.topics:
                yield Fault(name, "topics", f"unknown topic {topic}")
        if situation.contested and situation.contested not in library.contested:
            yield Fault(name, "contested", f"no contested question {situation.contested}")
        for place, line in situation.cited_lines():
            yield from _dead_notes(name, place, line, library)
        for rubric in situation.rubric:
            if rubric.read not in library.notes:
                yield Fault(name, f"rubric.{rubric.id}.read", f"no note {rubric.read}")


def _dead_notes(name: str, place: str, line: Cited, library: Library) -> Iterator[Fault]:
    for note in line.notes:
        if note not in library.notes:
            moved = library.current_note_id(note)
            yield Fault(name, f"{place}.notes", f"no note {note}" + (f": {moved}" if moved else ""))
        elif note in library.retracted_notes:
            yield Fault(name, f"{place}.notes", f"{note} is of a retracted source")


def _editorial(situation: Situation) -> Iterator[Fault]:
    """Faults that mislead or spoil but break nothing."""
    name = f"{FOLDER}/{situation.id}.yaml"
    yield from _length(name, "scene", situation.scene, SCENE_WORDS)
    for number, stage in enumerate(situation.stages):
        yield from _length(name, f"stages.{number}.event", stage.event, EVENT_WORDS)
    for place, text in _all_texts(situation.model_dump(mode="json"), ""):
        found = _MARKUP.search(text)
        if found:
            yield Fault(name, place, f"holds markup ({found.group()!r})")
        unwanted = _UNWANTED.search(text)
        if unwanted:
            yield Fault(name, place, f"says “{unwanted.group()}”")


def _length(name: str, place: str, text: str, limits: tuple[int, int]) -> Iterator[Fault]:
    count = len(text.split())
    if not limits[0] <= count <= limits[1]:
        yield Fault(name, place, f"has {count} words; {limits[0]} to {limits[1]} read well")


def _all_texts(data: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(data, str):
        yield place, data
    elif isinstance(data, dict):
        for key, value in data.items():
            yield from _all_texts(value, f"{place}.{key}".strip("."))
    elif isinstance(data, list):
        for number, value in enumerate(data):
            named = value.get("id", number) if isinstance(value, dict) else number
            yield from _all_texts(value, f"{place}.{named}")


# ---------------------------------------------------------------- reviews


def review_of(situation: Situation, library: Library, day: dt.date) -> Review:
    """A review of today's state of a situation's notes."""
    ids = dict.fromkeys(note for _, line in situation.cited_lines() for note in line.notes)
    held = {note: hash_of(library.notes[note].text) for note in ids}
    return Review(id=situation.id, reviewed=day, notes=held)


def keep_review(folder: Path, review: Review) -> Path:
    """Write a review beside the library.

    Raises:
        CorpusError: the file cannot be written.
    """
    path = folder / REVIEWS / FOLDER / f"{review.id}.yaml"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        data = review.model_dump(mode="json") | {"reviewed": review.reviewed}
        text = yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=110)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        name = path.relative_to(folder).as_posix()
        raise CorpusError(name, "", f"cannot be written ({error.strerror})") from error
    return path


def _outdated(folder: Path, situation: Situation, library: Library) -> Iterator[Fault]:
    name = f"{FOLDER}/{situation.id}.yaml"
    path = folder / REVIEWS / FOLDER / f"{situation.id}.yaml"
    if not path.exists():
        yield Fault(name, "", "was never held against its notes (peer-support situations review)")
        return
    faults: list[Fault] = []
    review = _review(path, f"{REVIEWS}/{FOLDER}/{path.name}", faults)
    yield from faults
    if review is None:
        return
    for place, line in situation.cited_lines():
        for note in line.notes:
            today = library.notes.get(note)
            if today is not None and review.notes.get(note) != hash_of(today.text):
                yield Fault(name, place, f"rests on {note}, which changed since the review")


def _review(path: Path, name: str, faults: list[Fault]) -> Review | None:
    data = _mapping(path, name, faults)
    if data is None:
        return None
    try:
        return Review.model_validate(data)
    except ValidationError as error:
        faults.append(Fault(name, _place(error.errors()[0]["loc"], data), error.errors()[0]["msg"]))
        return None
