"""What the library held at one moment, and what changed between two moments.

A state is small: the id of every note and passage with a hash of its text and its status. A backup
counts as a state of what was added. Which statements of saved answers rest on what changed is told
by their evidence ids; reading the answers is left to the caller.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from assistant.corpus import Library
from assistant.documents.backup_file import open_backup
from assistant.documents.currency import status_of
from assistant.documents.printable import printable
from assistant.documents.records import Document, Passage
from assistant.documents.store import DocumentStore, evidence_id
from assistant.errors import DocumentError, UsageError
from assistant.schema import Record

FORMAT, VERSION = "peer-support-state", 1
HASH_CHARACTERS = 16
_MOST_BYTES = 500_000_000
Part = Literal["notes", "passages"]
Change = Literal["altered", "gone", "moved", "status", "added"]
CHANGES: tuple[Change, ...] = ("altered", "gone", "moved", "status", "added")
"""Gravest first. status: the same words, of a source that is now superseded, retracted, due …"""


class State(Record):
    """What the library held. ``entries`` gives hash and status by id of note or passage,
    ``documents`` the collection of each added document, ``joined`` the id of today of each note
    that was joined to another. ``collections`` is None where every added document is in it."""

    format: str = FORMAT
    version: int = VERSION
    made: dt.date
    library_version: str
    covers: tuple[Part, ...] = ("notes", "passages")
    collections: tuple[str, ...] | None = None
    documents: dict[str, str] = Field(default_factory=dict)
    joined: dict[str, str] = Field(default_factory=dict)
    entries: dict[str, tuple[str, str]]

    def counts(self) -> tuple[int, int]:
        """How many notes and how many passages."""
        passages = sum(_is_passage(key) for key in self.entries)
        return len(self.entries) - passages, passages


class Changed(Record):
    """What became of one note or passage. ``to`` is where its words stand now; ``before`` and
    ``now`` are statuses."""

    id: str
    change: Change
    to: str = ""
    before: str = ""
    now: str = ""


class Comparison(Record):
    """What changed between two states, gravest first, then by id. ``covers`` is what both hold."""

    old: str
    new: str
    covers: tuple[Part, ...]
    changes: tuple[Changed, ...]

    def counted(self) -> dict[Change, int]:
        """How often each change occurs."""
        return {change: sum(c.change == change for c in self.changes) for change in CHANGES}


class Resting(Record):
    """One statement of a saved answer, and the changes of what it rests on."""

    where: str
    text: str
    changes: tuple[Changed, ...]


# ---------------------------------------------------------------- making states


def state_now(library: Library, store: DocumentStore | None, today: dt.date) -> State:
    """The library as it is, with the added documents where there are any.

    Raises:
        ConfigurationError: the added documents cannot be read.
    """
    entries: dict[str, tuple[str, str]] = {
        key: (_hash(note.text), library.note_source[key].status)
        for key, note in library.notes.items()
    }
    joined = {
        old: new
        for old in library.data.merged_notes
        if (new := library.current_note_id(old)) is not None
    }
    documents = {d.id: d for d in store.documents()} if store else {}
    added = store.state() if store else ""
    for key, passage in store.every_passage() if store else ():
        entries |= _entry(documents[key], passage, today)
    return State(
        made=today,
        library_version=f"{library.version}+{added}" if added else library.version,
        documents={key: document.collection for key, document in documents.items()},
        joined=joined,
        entries=entries,
    )


def state_of_backup(path: Path) -> State:
    """The added documents as a backup holds them; statuses are those of the day it was made.

    Raises:
        DocumentError: it is no sound backup.
    """
    with open_backup(path) as backup:
        manifest = backup.manifest
        made = manifest.made.date()
        entries: dict[str, tuple[str, str]] = {}
        documents: dict[str, str] = {}
        for held in backup.documents():
            documents[held.document.id] = held.document.collection
            for passage in held.passages:
                entries |= _entry(held.document, passage, made)
    return State(
        made=made,
        library_version=f"backup of {manifest.made:%Y-%m-%d %H:%M}",
        covers=("passages",),
        collections=None if manifest.collection is None else (manifest.collection,),
        documents=documents,
        entries=entries,
    )


def _entry(document: Document, passage: Passage, day: dt.date) -> dict[str, tuple[str, str]]:
    key = evidence_id(document.id, passage.start, passage.end)
    return {key: (_hash(passage.text), status_of(document.details, day))}


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:HASH_CHARACTERS]


# ---------------------------------------------------------------- files


def read_state(path: Path) -> State:
    """The state in a file: one that ``write_state`` wrote, or a backup.

    Raises:
        UsageError: there is no such file, or it is neither.
        DocumentError: it is a backup that is damaged.
    """
    name = printable(str(path))
    try:
        with path.open("rb") as stream:
            if stream.read(2) == b"PK":
                return state_of_backup(path)
        if path.stat().st_size > _MOST_BYTES:
            raise _no_state(name, "is too large")
        held = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UsageError(f"There is no file {name}.", "Give the path of a state.") from error
    except OSError as error:
        raise UsageError(
            f"{name} cannot be read ({error.strerror}).", "Check its rights."
        ) from error
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise _no_state(name, "is not readable JSON") from error
    if not isinstance(held, dict) or held.get("format") != FORMAT:
        raise _no_state(name, "is not a state of the library")
    version = held.get("version")
    if isinstance(version, int) and version > VERSION:
        raise UsageError(
            f"{name} was written by a newer version of this program.", "Update this program."
        )
    try:
        return State.model_validate(held)
    except ValidationError as error:
        raise _no_state(name, "is not a state of the library") from error


def _no_state(name: str, what: str) -> UsageError:
    return UsageError(f"{name} {what}.", "Write one with: peer-support library state FILE")


def write_state(state: State, path: Path) -> None:
    """Write a state in one step.

    Raises:
        DocumentError: the file cannot be written.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        partial.write_text(state.model_dump_json(), encoding="utf-8")
        os.replace(partial, path)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise DocumentError(
            printable(str(path)), "unreadable", f"it cannot be written ({why}).", "Choose another."
        ) from error
    finally:
        partial.unlink(missing_ok=True)


# ---------------------------------------------------------------- comparing


def compare(old: State, new: State) -> Comparison:
    """What changed between two states, within what both of them cover.

    Words that stand elsewhere count as moved, before anything else is said of their old place.
    """
    covers = tuple(part for part in old.covers if part in new.covers)
    before, now = _within(old, new, covers), _within(new, old, covers)
    places: dict[str, list[str]] = {}
    for key, (digest, _) in now.items():
        places.setdefault(digest, []).append(key)
    changes = [
        change for key in before if (change := _changed(key, before, now, places, new)) is not None
    ]
    arrived = {change.to for change in changes}
    changes += [
        Changed(id=key, change="added", now=now[key][1])
        for key in now
        if key not in before and key not in arrived
    ]
    changes.sort(key=lambda change: (CHANGES.index(change.change), change.id))
    return Comparison(
        old=old.library_version, new=new.library_version, covers=covers, changes=tuple(changes)
    )


def _within(state: State, other: State, covers: Iterable[Part]) -> Mapping[str, tuple[str, str]]:
    """The entries that the other state could hold as well."""
    wanted = set(covers)
    limits = [set(one.collections) for one in (state, other) if one.collections is not None]

    def counts(key: str) -> bool:
        if not _is_passage(key):
            return "notes" in wanted
        document = _document_of(key)
        # A document that was put into another collection since is the same document.
        places = {one.documents[document] for one in (state, other) if document in one.documents}
        return "passages" in wanted and all(places & limit for limit in limits)

    return {key: entry for key, entry in state.entries.items() if counts(key)}


def _changed(
    key: str,
    before: Mapping[str, tuple[str, str]],
    now: Mapping[str, tuple[str, str]],
    places: Mapping[str, list[str]],
    new: State,
) -> Changed | None:
    digest, status = before[key]
    if key in now and now[key][0] == digest:
        if now[key][1] == status:
            return None
        return Changed(id=key, change="status", to=key, before=status, now=now[key][1])
    # The other places where the same words stood before are not where these went.
    found = [place for place in places.get(digest, ()) if before.get(place, ("",))[0] != digest]
    found += [place for place in places.get(digest, ()) if place not in found]
    if key not in now and new.joined.get(key) in now:
        found.insert(0, new.joined[key])
    if found and (_is_passage(key) or key not in now):
        to = min(found, key=lambda place: _document_of(place) != _document_of(key))
        return Changed(id=key, change="moved", to=to, before=status, now=now[to][1])
    if key in now or (_is_passage(key) and _document_of(key) in new.documents):
        return Changed(id=key, change="altered", before=status, now=now.get(key, ("", ""))[1])
    return Changed(id=key, change="gone", before=status)


def _is_passage(key: str) -> bool:
    return ":" in key


def _document_of(key: str) -> str:
    """The document of a passage; of a note, nothing."""
    return key.partition(":")[0] if _is_passage(key) else ""


# ---------------------------------------------------------------- answers


def resting_on(
    comparison: Comparison, statements: Iterable[tuple[str, str, Iterable[str]]]
) -> tuple[Resting, ...]:
    """The statements that rest on what changed.

    Args:
        comparison: what changed.
        statements: where each statement stands, its words, and its evidence ids.
    """
    changes = {change.id: change for change in comparison.changes if change.change != "added"}
    found = []
    for where, text, evidence in statements:
        touched = tuple(changes[key] for key in dict.fromkeys(evidence) if key in changes)
        if touched:
            found.append(Resting(where=where, text=text, changes=touched))
    return tuple(found)
