"""Reads the library from ``corpus/`` and checks it.

``read_library`` gives the whole library or raises for the first fault; ``check_library`` names
every fault. Neither embeds, searches or writes. The files: ``sources/<id>.yaml`` (a source with its
notes), ``briefs/<id>.yaml``, ``contested/<id>.yaml``, ``topics.yaml``, ``merged-ids.yaml``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from assistant.errors import ConfigurationError, CorpusError
from assistant.schema import (
    HOME_JURISDICTIONS,
    Brief,
    BriefAnswer,
    Contested,
    Note,
    Record,
    Source,
)

COPY_LIMIT = 7
"""The longest run of words that a text of ours may share with a document."""

COMMUNITIES = "communities.yaml"

R = TypeVar("R", bound=Record)
Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class LibraryData(Record):
    """The library as one serialisable object; what an index keeps of it."""

    sources: tuple[Source, ...]
    briefs: tuple[Brief, ...]
    contested: tuple[Contested, ...]
    topics: dict[str, str]
    merged_notes: dict[str, str | None]
    merged_sources: dict[str, str | None]
    version: str


@dataclass(frozen=True)
class Library:
    """Sources, notes, briefs and contested questions by id, as read at one moment.

    ``version`` is the hash of the files that it was read from.
    """

    data: LibraryData

    @property
    def version(self) -> str:
        """Hash of the files that the library was read from."""
        return self.data.version

    @property
    def topics(self) -> Mapping[str, str]:
        """Topic slug to the words that readers see."""
        return self.data.topics

    @cached_property
    def sources(self) -> Mapping[str, Source]:
        """Sources by id."""
        return {source.id: source for source in self.data.sources}

    @cached_property
    def notes(self) -> Mapping[str, Note]:
        """Notes by id, in the order of their sources."""
        return {note.id: note for source in self.data.sources for note in source.notes}

    @cached_property
    def note_source(self) -> Mapping[str, Source]:
        """The source of each note, by note id."""
        return {note.id: source for source in self.data.sources for note in source.notes}

    @cached_property
    def briefs(self) -> Mapping[str, Brief]:
        """Briefs by id."""
        return {brief.id: brief for brief in self.data.briefs}

    @cached_property
    def retracted_notes(self) -> frozenset[str]:
        """Ids of notes whose source was retracted: kept to be seen, never to be rested on."""
        retracted = (source for source in self.data.sources if source.status == "retracted")
        return frozenset(note.id for source in retracted for note in source.notes)

    @cached_property
    def contested(self) -> Mapping[str, Contested]:
        """Contested questions by id."""
        return {question.id: question for question in self.data.contested}

    def answered_asks(self) -> list[str]:
        """Every question for which an editor wrote an answer or the sides of a dispute."""
        answers = (answer.asks for brief in self.briefs.values() for answer in brief.answers)
        disputes = (question.asks for question in self.contested.values())
        return [ask for asks in (*answers, *disputes) for ask in asks]

    def current_note_id(self, note_id: str) -> str | None:
        """The id under which a note stands today; None where it was dropped or never was."""
        seen: set[str] = set()
        found: str | None = note_id
        while found is not None and found not in self.notes and found not in seen:
            seen.add(found)
            found = self.data.merged_notes.get(found)
        return found if found in self.notes else None


@dataclass(frozen=True)
class Fault:
    """One thing wrong with one field of one file."""

    file: str
    field: str
    message: str

    def __str__(self) -> str:
        return ": ".join(part for part in (self.file, self.field, self.message) if part)


@dataclass
class _Reading:
    """What a pass over the files found: records that hold, and faults."""

    sources: list[Source] = field(default_factory=list)
    briefs: list[Brief] = field(default_factory=list)
    contested: list[Contested] = field(default_factory=list)
    topics: dict[str, str] = field(default_factory=dict)
    merged: dict[str, dict[str, str | None]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def library_files(folder: Path) -> list[Path]:
    """Every file that the library is made of, sorted.

    Raises:
        ConfigurationError: the folder holds no sources.
    """
    files = sorted(
        path
        for part in ("sources", "briefs", "contested")
        for path in (folder / part).glob("*.yaml")
    )
    if not any(path.parent.name == "sources" for path in files):
        raise ConfigurationError(
            f"There is no library in {folder}.",
            "Set PEER_SUPPORT_CORPUS to a folder with sources/*.yaml, or unset it.",
        )
    return files + [p for n in ("topics.yaml", "merged-ids.yaml") if (p := folder / n).exists()]


def library_version(folder: Path) -> str:
    """Hash over names and bytes of the library's files: 16 hex characters."""
    digest = hashlib.sha256()
    for path in library_files(folder):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def read_library(folder: Path) -> Library:
    """Read and check the whole library.

    Raises:
        CorpusError: the first fault, naming file and field.
        ConfigurationError: the folder holds no library.
    """
    reading = _read(folder)
    faults = reading.faults or list(_cross_faults(reading))
    if faults:
        more = f" ({len(faults) - 1} more)" if len(faults) > 1 else ""
        raise CorpusError(
            faults[0].file,
            faults[0].field,
            faults[0].message + more,
            "Mend it; `peer-support library check` lists every fault.",
        )
    return Library(
        LibraryData(
            sources=tuple(reading.sources),
            briefs=tuple(reading.briefs),
            contested=tuple(reading.contested),
            topics=reading.topics,
            merged_notes=reading.merged.get("notes", {}),
            merged_sources=reading.merged.get("sources", {}),
            version=library_version(folder),
        )
    )


def read_communities(folder: Path) -> dict[str, dict[str, Any]]:
    """The communities that a library tells apart, by slug; none where it keeps no such file.

    Raises:
        CorpusError: the file is broken.
    """
    path = folder / COMMUNITIES
    if not path.exists():
        return {}
    faults: list[Fault] = []
    data = _mapping(path, path.name, faults) or {}
    for slug, held in data.items():
        words = held.get("words") if isinstance(held, dict) else None
        if not words or not held.get("label"):
            faults.append(Fault(path.name, str(slug), "needs a label and words"))
    if faults:
        raise CorpusError(faults[0].file, faults[0].field, faults[0].message)
    return {str(slug): held for slug, held in data.items()}


def check_library(folder: Path, against: Iterable[Path] = ()) -> list[Fault]:
    """Every fault of the library, and every run of more than seven words shared with a document.

    Args:
        folder: the library.
        against: plain-text documents whose words must not be found in it.
    """
    reading = _read(folder)
    faults = reading.faults + list(_cross_faults(reading))
    for source in reading.sources:
        faults += _editorial_faults(source)
    gists = list(_gists(folder)) if against else []
    for document in against:
        faults += copied_runs(reading.sources, reading.briefs, reading.contested, document, gists)
    return faults


def _gists(folder: Path) -> Iterator[tuple[str, str, str]]:
    """What second readers wrote down of the sources: our words too, and held to the same rule."""
    for path in sorted((folder / "readings").glob("*.yaml")):
        name = path.relative_to(folder).as_posix()
        for note, held in ((_mapping(path, name, []) or {}).get("notes") or {}).items():
            yield name, f"notes.{note}.gist", str(held.get("gist", ""))


# ---------------------------------------------------------------- reading


def _read(folder: Path) -> _Reading:
    reading = _Reading()
    for path in library_files(folder):
        name = path.relative_to(folder).as_posix()
        data = _mapping(path, name, reading.faults)
        if data is None:
            continue
        if path.parent.name == "sources":
            _append(reading.sources, Source, data, name, path, reading.faults)
        elif path.parent.name == "briefs":
            _append(reading.briefs, Brief, data, name, path, reading.faults)
        elif path.parent.name == "contested":
            _append(reading.contested, Contested, data, name, path, reading.faults)
        elif path.name == "topics.yaml":
            reading.topics = {str(k): str(v) for k, v in data.items()}
        else:
            reading.merged = _merged(data, name, reading.faults)
    return reading


def _merged(
    data: dict[str, Any], name: str, faults: list[Fault]
) -> dict[str, dict[str, str | None]]:
    """Old id to new id, or to null, by kind of record."""
    merged: dict[str, dict[str, str | None]] = {}
    for kind, ids in data.items():
        pairs = ids or {}
        whole = isinstance(pairs, dict) and all(
            isinstance(new, str | None) for new in pairs.values()
        )
        if whole:
            merged[str(kind)] = {str(old): new for old, new in pairs.items()}
        else:
            faults.append(Fault(name, str(kind), "must map each old id to a new one or to null"))
    return merged


def _mapping(path: Path, name: str, faults: list[Fault]) -> dict[str, Any] | None:
    """The file's top-level mapping, or None after a fault was noted."""
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=Loader)
    except UnicodeDecodeError as error:
        faults.append(Fault(name, "", f"is not UTF-8 text (byte {error.start})"))
    except OSError as error:
        faults.append(Fault(name, "", f"cannot be read ({error.strerror})"))
    except (yaml.YAMLError, ValueError) as error:
        faults.append(Fault(name, "", f"is not valid YAML ({_where(error)})"))
    else:
        if isinstance(data, dict):
            return data
        faults.append(Fault(name, "", "holds no fields: the file is empty or cut short"))
    return None


def _where(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    return f"line {mark.line + 1}: {problem}" if mark else problem


def _append(
    into: list[R],
    model: type[R],
    data: dict[str, Any],
    name: str,
    path: Path,
    faults: list[Fault],
) -> None:
    """Validate ``data`` as ``model``; append it, or note each field that is wrong."""
    try:
        record = model.model_validate(data)
    except ValidationError as error:
        faults += [Fault(name, _place(data, e["loc"]), e["msg"]) for e in error.errors()]
        return
    if record.id != path.stem:  # type: ignore[attr-defined]
        faults.append(Fault(name, "id", f"is not the file's name ({path.stem})"))
    into.append(record)


def _place(data: Any, location: tuple[int | str, ...]) -> str:
    """Dotted place of a field, with list items named by their id where they have one."""
    words: list[str] = []
    for step in location:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            data = None
        named = isinstance(step, int) and isinstance(data, dict) and "id" in data
        words.append(str(data["id"]) if named else str(step))
    return ".".join(words)


# ---------------------------------------------------------------- across files


def _cross_faults(reading: _Reading) -> Iterator[Fault]:
    yield from _twice_used_ids(reading)
    yield from _unknown_topics(reading)
    yield from _dead_references(reading)


def _twice_used_ids(reading: _Reading) -> Iterator[Fault]:
    seen: dict[str, str] = {}
    for source in reading.sources:
        for note in source.notes:
            if note.id in seen:
                yield Fault(
                    f"sources/{source.id}.yaml",
                    f"notes.{note.id}.id",
                    f"stands in sources/{seen[note.id]}.yaml too",
                )
            seen[note.id] = source.id


def _unknown_topics(reading: _Reading) -> Iterator[Fault]:
    for source in reading.sources:
        for note in source.notes:
            for topic in note.topics:
                if topic not in reading.topics:
                    yield Fault(
                        f"sources/{source.id}.yaml",
                        f"notes.{note.id}.topics",
                        f"unknown topic {topic}",
                    )
    for kind, records in (("briefs", reading.briefs), ("contested", reading.contested)):
        for record in records:
            for topic in record.topics:
                if topic not in reading.topics:
                    yield Fault(f"{kind}/{record.id}.yaml", "topics", f"unknown topic {topic}")


def _dead_references(reading: _Reading) -> Iterator[Fault]:
    notes = {note.id for source in reading.sources for note in source.notes}
    contested = {question.id for question in reading.contested}
    for question in reading.contested:
        for i, position in enumerate(question.positions):
            for note in position.notes:
                if note not in notes:
                    yield Fault(
                        f"contested/{question.id}.yaml", f"positions.{i}.notes", f"no note {note}"
                    )
    for brief in reading.briefs:
        name = f"briefs/{brief.id}.yaml"
        for sentence in brief.sentences():
            for note in sentence.notes:
                if note not in notes:
                    yield Fault(name, "notes", f"no note {note} («{sentence.text[:40]}…»)")
        for reference in brief.contested:
            if reference not in contested:
                yield Fault(name, "contested", f"no contested question {reference}")
    yield from _faults_of_further_notes(reading, notes)
    for old, new in reading.merged.get("notes", {}).items():
        if new is not None and new not in notes:
            yield Fault("merged-ids.yaml", f"notes.{old}", f"no note {new}")
        if old in notes:
            yield Fault("merged-ids.yaml", f"notes.{old}", "is still a note")


def _faults_of_further_notes(reading: _Reading, notes: Set[str]) -> Iterator[Fault]:
    """Notes named beside an answer that do not exist, or that stand there twice."""
    asked: list[tuple[str, str, BriefAnswer | Contested]] = [
        (f"contested/{question.id}.yaml", "", question) for question in reading.contested
    ]
    for brief in reading.briefs:
        name = f"briefs/{brief.id}.yaml"
        asked += [(name, f"answers.{i}.", answer) for i, answer in enumerate(brief.answers)]
    for name, place, question in asked:
        seen = set(question.cited)
        for field_name in ("answering", "bearing"):
            for note in getattr(question, field_name):
                if note not in notes:
                    yield Fault(name, f"{place}{field_name}", f"no note {note}")
                elif note in seen:
                    yield Fault(name, f"{place}{field_name}", f"{note} stands there already")
                seen.add(note)


def _editorial_faults(source: Source) -> Iterator[Fault]:
    """Faults that mislead readers but break nothing."""
    name = f"sources/{source.id}.yaml"
    if source.status == "superseded" and not source.superseded_by:
        yield Fault(name, "superseded_by", "is empty though status is superseded")
    for note in source.notes:
        if len(set(note.asks)) < len(note.asks):
            yield Fault(name, f"notes.{note.id}.asks", "names one question twice")
        if not names_its_country(note.text, source.jurisdiction):
            yield Fault(
                name,
                f"notes.{note.id}.text",
                f"does not say that its source is from {source.jurisdiction}",
            )
        if note.our_reading not in note.text:
            yield Fault(name, f"notes.{note.id}.our_reading", "are not words of the note's text")


COUNTRY_WORDS: dict[str, str] = {
    "USA": r"\bUS\b|\bU\.S\.|\bUSA\b|\bAmerica|United States|N\.?A\.?P\.?S\b|\bVA\b|Veterans",
    "Australia": r"Australia|New South Wales|\bNSW\b|Victoria|Queensland|Brisbane|Tasmania|Sydney"
    r"|Melbourne|Adelaide|Perth",
    "Canada": r"Canad|British Columbia|Ontario|Quebec|Québec|Toronto|Vancouver|Alberta|Manitoba",
    "Scotland": r"Scot|Fife|Glasgow|Edinburgh|Lothian|Highland|Dundee|Aberdeen",
    "Wales": r"Wales|Welsh",
    "Northern Ireland": r"Northern Ir|Belfast",
    "France": r"France|French",
    "New Zealand": r"New Zealand|Aotearoa|Māori|Maori|Te Pou",
    "Ireland": r"Ireland|Irish|\bHSE\b",
    "Netherlands": r"Netherlands|Dutch",
    "Norway": r"Norw",
    "Germany": r"German",
    "Israel": r"Israel",
    "Jersey": r"Jersey",
    "Czech Republic": r"Czech",
    "Hong Kong": r"Hong Kong",
}
"""How a text may name the country that its source is from."""


def names_its_country(text: str, jurisdiction: str) -> bool:
    """True when ``text`` cannot be taken for England's: the country is home, unknown or named.

    "International" sources belong to no one country and need no name.
    """
    if jurisdiction in HOME_JURISDICTIONS or jurisdiction in {"International", "not stated"}:
        return True
    pattern = COUNTRY_WORDS.get(jurisdiction, re.escape(jurisdiction))
    return re.search(pattern, text) is not None


# ---------------------------------------------------------------- copied words


def words_of(text: str) -> list[str]:
    """Lower-case words and numbers, punctuation gone."""
    return re.findall(r"[a-z0-9]+", text.lower().replace("’", "'").replace("'", ""))


def copied_runs(
    sources: Iterable[Source],
    briefs: Iterable[Brief],
    contested: Iterable[Contested],
    document: Path,
    others: Iterable[tuple[str, str, str]] = (),
) -> list[Fault]:
    """Texts of ours that share more than seven words in a row with a plain-text document.

    Names and titles are left aside: a run that stands in a source's title is no fault. ``others``
    are further texts of ours as file, place and text.
    """
    run = COPY_LIMIT + 1
    try:
        theirs = words_of(document.read_text(encoding="utf-8", errors="replace"))
    except OSError as error:
        return [Fault(str(document), "", f"cannot be read ({error.strerror})")]
    grams = {tuple(theirs[i : i + run]) for i in range(len(theirs) - run + 1)}
    held = list(sources)
    for source in held:
        title = words_of(source.title)
        grams -= {tuple(title[i : i + run]) for i in range(len(title) - run + 1)}
    faults = []
    for name, place, text in (*_own_texts(held, briefs, contested), *others):
        ours = words_of(text)
        for i in range(len(ours) - run + 1):
            if tuple(ours[i : i + run]) in grams:
                words = " ".join(ours[i : i + run])
                faults.append(Fault(name, place, f"copied from {document.name}: «{words}»"))
                break
    return faults


def _own_texts(
    sources: Iterable[Source], briefs: Iterable[Brief], contested: Iterable[Contested]
) -> Iterator[tuple[str, str, str]]:
    for source in sources:
        for note in source.notes:
            yield f"sources/{source.id}.yaml", f"notes.{note.id}.text", note.text
            for ask in note.asks:
                yield f"sources/{source.id}.yaml", f"notes.{note.id}.asks", ask
    for brief in briefs:
        for sentence in brief.sentences():
            yield f"briefs/{brief.id}.yaml", "text", sentence.text
    for question in contested:
        for position in question.positions:
            yield f"contested/{question.id}.yaml", "positions", position.position
