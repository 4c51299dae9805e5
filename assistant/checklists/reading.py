"""Reads checklists and concerns from a library's folder and checks them.

Files: ``checklists/<stage>.yaml``, ``concerns.yaml``, and ``reviews/checklist-<stage>.yaml``,
which says when the rows of a stage were last held against their notes, in the form of the reviews
of briefs. ``read_checklists`` raises for the first fault, ``check_checklists`` names every one.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from assistant.checklists.records import (
    STAGES,
    Checklist,
    ConcernKind,
    Concerns,
    Force,
    Row,
    Stage,
)
from assistant.corpus import Fault, Library, Loader
from assistant.errors import ConfigurationError, CorpusError
from assistant.readings import HASH_LENGTH, hash_of
from assistant.schema import HOME_JURISDICTIONS, STRENGTH, Record, Review

FOLDER, CONCERNS = "checklists", "concerns.yaml"
REVIEWS = "reviews"
CONCERN_REVIEW = "concerns"

R = TypeVar("R", bound=Record)


@dataclass(frozen=True)
class Checklists:
    """All checklists and concerns of a library, as read at one moment. ``version`` is the hash of
    their files."""

    stages: tuple[Checklist, ...]
    concerns: tuple[ConcernKind, ...]
    version: str

    @cached_property
    def rows(self) -> dict[str, Row]:
        """Every row by id, stage by stage."""
        return {row.id: row for checklist in self.stages for row in checklist.rows}

    @cached_property
    def stage_of(self) -> dict[str, Stage]:
        """The stage of each row, by row id."""
        return {row.id: checklist.id for checklist in self.stages for row in checklist.rows}

    def title(self, stage: Stage) -> str:
        """The title of a stage."""
        return next((c.title for c in self.stages if c.id == stage), stage.capitalize())


def checklist_files(folder: Path) -> list[Path]:
    """The files that checklists are made of, in the order of the stages."""
    paths = sorted((folder / FOLDER).glob("*.yaml"), key=_place_of)
    return paths + [path for path in (folder / CONCERNS,) if path.exists()]


def _place_of(path: Path) -> tuple[int, str]:
    names: Sequence[str] = STAGES
    return (names.index(path.stem) if path.stem in names else len(names), path.stem)


def checklists_version(folder: Path) -> str:
    """Hash over names and bytes of the files: 16 hex characters."""
    digest = hashlib.sha256()
    for path in checklist_files(folder):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:HASH_LENGTH]


def read_checklists(folder: Path, library: Library) -> Checklists:
    """Every checklist of a library, and its concerns.

    Raises:
        ConfigurationError: the folder holds no checklists.
        CorpusError: the first fault, naming file and field.
    """
    held, faults = _read(folder)
    faults += list(_cross_faults(held, library))
    if faults:
        more = f" ({len(faults) - 1} more)" if len(faults) > 1 else ""
        first = faults[0]
        hint = "Mend it; `peer-support library check` lists every fault."
        raise CorpusError(first.file, first.field, first.message + more, hint)
    if not held.stages:
        raise ConfigurationError(
            f"There are no checklists in {folder}.",
            "Set PEER_SUPPORT_CORPUS to a library with checklists/*.yaml, or unset it.",
        )
    return held


def check_checklists(folder: Path, library: Library) -> list[Fault]:
    """Every fault of the checklists, and every row that rests on a note that changed since the row
    was reviewed. None where a library has no checklists."""
    held, faults = _read(folder)
    faults += list(_cross_faults(held, library))
    faults += list(_editorial_faults(held, library))
    if any((folder / REVIEWS).glob("*.yaml")):
        faults += list(_review_faults(folder, held, library))
    return faults


# ---------------------------------------------------------------- reading


def _read(folder: Path) -> tuple[Checklists, list[Fault]]:
    faults: list[Fault] = []
    stages: list[Checklist] = []
    concerns: tuple[ConcernKind, ...] = ()
    for path in checklist_files(folder):
        name = path.relative_to(folder).as_posix()
        if path.name == CONCERNS:
            found = _record(path, name, Concerns, faults)
            concerns = found.concerns if found else ()
            continue
        stage = _record(path, name, Checklist, faults)
        if stage is not None:
            stages.append(stage)
            if stage.id != path.stem:
                faults.append(Fault(name, "id", f"is not the file's name ({path.stem})"))
    return Checklists(tuple(stages), concerns, checklists_version(folder)), faults


def _record(path: Path, name: str, model: type[R], faults: list[Fault]) -> R | None:
    """The record in a file; None after each fault was noted."""
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=Loader)
    except UnicodeDecodeError as error:
        faults.append(Fault(name, "", f"is not UTF-8 text (byte {error.start})"))
        return None
    except OSError as error:
        faults.append(Fault(name, "", f"cannot be read ({error.strerror})"))
        return None
    except (yaml.YAMLError, ValueError) as error:
        faults.append(Fault(name, "", f"is not valid YAML ({_where(error)})"))
        return None
    try:
        return model.model_validate(data)
    except ValidationError as error:
        faults += [Fault(name, _place(data, e["loc"]), e["msg"]) for e in error.errors()]
        return None


def _where(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    return f"line {mark.line + 1}: {problem}" if mark else str(problem)


def _place(data: Any, location: tuple[int | str, ...]) -> str:
    """Dotted place of a field, with rows named by their id."""
    words: list[str] = []
    for step in location:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            data = None
        named = isinstance(step, int) and isinstance(data, dict) and "id" in data
        words.append(str(data["id"]) if named else str(step))
    return ".".join(words)


# ---------------------------------------------------------------- across records


def _cross_faults(held: Checklists, library: Library) -> Iterator[Fault]:
    seen: dict[str, str] = {}
    for checklist in held.stages:
        name = f"{FOLDER}/{checklist.id}.yaml"
        for row in checklist.rows:
            if row.id in seen:
                yield Fault(name, f"rows.{row.id}.id", f"stands in {seen[row.id]} too")
            seen[row.id] = name
            if not row.id.startswith(f"{checklist.id}-"):
                yield Fault(name, f"rows.{row.id}.id", f"does not begin with {checklist.id}-")
            yield from _row_faults(name, row, library)
    for concern in held.concerns:
        yield from _concern_faults(concern, library)


def _row_faults(name: str, row: Row, library: Library) -> Iterator[Fault]:
    place = f"rows.{row.id}"
    yield from _note_faults(name, place, row.notes, library)
    if row.contested and row.contested not in library.contested:
        yield Fault(name, f"{place}.contested", f"no contested question {row.contested}")


def _note_faults(name: str, place: str, notes: Sequence[str], library: Library) -> Iterator[Fault]:
    for note in notes:
        if note not in library.notes:
            yield Fault(name, f"{place}.notes", f"no note {note}")
        elif note in library.retracted_notes:
            yield Fault(name, f"{place}.notes", f"{note} is from a retracted source")


def _editorial_faults(held: Checklists, library: Library) -> Iterator[Fault]:
    """Faults that mislead readers but break nothing."""
    for checklist in held.stages:
        name = f"{FOLDER}/{checklist.id}.yaml"
        for row in checklist.rows:
            place = f"rows.{row.id}"
            yield from _example_faults(name, place, row)
            if any(note not in library.notes for note in row.notes):
                continue
            if not fits_sources(row.force, row.notes, library):
                yield Fault(name, f"{place}.force", f"none of its notes bears “{row.force}”")
            if row.country in HOME_JURISDICTIONS and not rests_on(row, HOME_JURISDICTIONS, library):
                yield Fault(
                    name, f"{place}.from", f"is {row.country}; its notes are from elsewhere"
                )


def _example_faults(name: str, place: str, row: Row) -> Iterator[Fault]:
    seen: dict[str, str] = {}
    for label in ("met", "unclear", "contradicts", "beside"):
        for text in getattr(row, label):
            key = " ".join(text.lower().split())
            if key in seen:
                yield Fault(name, f"{place}.{label}", f"«{text[:40]}» stands in {seen[key]} too")
            seen[key] = label


def _concern_faults(concern: ConcernKind, library: Library) -> Iterator[Fault]:
    place = f"concerns.{concern.id}"
    yield from _note_faults(CONCERNS, place, concern.notes, library)
    if concern.contested and concern.contested not in library.contested:
        yield Fault(CONCERNS, f"{place}.contested", f"no contested question {concern.contested}")
    if concern.words_only and not concern.patterns:
        yield Fault(CONCERNS, f"{place}.patterns", "is empty though only words find it")
    for pattern in concern.patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            yield Fault(CONCERNS, f"{place}.patterns", f"«{pattern}» is no pattern ({error})")


def fits_sources(force: Force, notes: Sequence[str], library: Library) -> bool:
    """True when a row's force is borne by one of its notes: "must" by law, statutory guidance or a
    note that stands as a requirement; "should" by a recommendation, guidance or a requirement."""
    if force == "finding":
        return True
    stands = {library.notes[note].stands_as for note in notes}
    strengths = {STRENGTH[library.note_source[note].kind] for note in notes}
    if "requirement" in stands or "law" in strengths:
        return True
    return force == "should" and ("recommendation" in stands or "guidance" in strengths)


def rests_on(row: Row, countries: Collection[str], library: Library) -> bool:
    """True when a note of the row is from a source of one of these countries."""
    return any(library.note_source[note].jurisdiction in countries for note in row.notes)


# ---------------------------------------------------------------- reviews


def _review_faults(folder: Path, held: Checklists, library: Library) -> Iterator[Fault]:
    for checklist in held.stages:
        name = f"{FOLDER}/{checklist.id}.yaml"
        rests = [(f"rows.{row.id}", row.notes) for row in checklist.rows]
        yield from _reviewed(folder, f"checklist-{checklist.id}", name, rests, library)
    if held.concerns:
        rests = [(f"concerns.{concern.id}", concern.notes) for concern in held.concerns]
        yield from _reviewed(folder, CONCERN_REVIEW, CONCERNS, rests, library)


def _reviewed(
    folder: Path,
    review_id: str,
    name: str,
    rests: Sequence[tuple[str, tuple[str, ...]]],
    library: Library,
) -> Iterator[Fault]:
    path = folder / REVIEWS / f"{review_id}.yaml"
    if not path.exists():
        yield Fault(name, "", "was never held against its notes (peer-support checklist review)")
        return
    faults: list[Fault] = []
    review = _record(path, path.relative_to(folder).as_posix(), Review, faults)
    yield from faults
    for place, notes in rests if review else ():
        for note in notes:
            today = library.notes.get(note)
            if review and today is not None and review.notes.get(note) != hash_of(today.text):
                yield Fault(name, place, f"rests on {note}, which changed since the review")


def review_of(held: Checklists, review_id: str, library: Library, day: dt.date) -> Review:
    """A review of today's state of the notes that a stage's rows, or the concerns, rest on.

    Args:
        held: the checklists.
        review_id: "checklist-<stage>", or "concerns".
        library: the notes.
        day: of the review.
    """
    notes: list[str] = []
    if review_id == CONCERN_REVIEW:
        notes = [note for concern in held.concerns for note in concern.notes]
    for checklist in held.stages:
        if review_id == f"checklist-{checklist.id}":
            notes = [note for row in checklist.rows for note in row.notes]
    ids = dict.fromkeys(notes)
    kept = {note: hash_of(library.notes[note].text) for note in ids}
    return Review(id=review_id, reviewed=day, notes=kept)


def keep_review(folder: Path, review: Review) -> Path:
    """Write a review beside the library.

    Raises:
        CorpusError: the file cannot be written.
    """
    path = folder / REVIEWS / f"{review.id}.yaml"
    data = review.model_dump(mode="json") | {"reviewed": review.reviewed}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        text = yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=110)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        name = path.relative_to(folder).as_posix()
        raise CorpusError(name, "", f"cannot be written ({error.strerror})") from error
    return path
