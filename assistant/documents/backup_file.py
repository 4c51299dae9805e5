"""The file that holds a backup: one zip with a manifest of its members, and how it is checked.

    manifest.json      format, version, counts, and SHA-256 and size of every other member
    collections.json   the collections
    documents.jsonl    a line a document: its record, its stored text, its passages
    originals/<hash>   the files as they were added, named by their SHA-256

Members are stored without compression: nothing can unpack to more than the file itself holds. Names
of members are matched against this list and never used as paths. Which documents are written and
what restoring does with them is left to ``backup``.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from pydantic import Field, ValidationError

from assistant.documents.printable import printable
from assistant.documents.records import Collection, Document, Passage
from assistant.documents.store import text_hash
from assistant.errors import DocumentError, UsageError
from assistant.indexing.vectors import Progress
from assistant.schema import Record

FORMAT, VERSION = "peer-support-backup", 1
MANIFEST, COLLECTIONS, DOCUMENTS, ORIGINALS = (
    "manifest.json",
    "collections.json",
    "documents.jsonl",
    "originals/",
)
PIECE = 1 << 20
_MANIFEST_BYTES = 100_000_000
_NAME = re.compile(r"manifest\.json|collections\.json|documents\.jsonl|originals/[0-9a-f]{64}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_ENCRYPTED = 0x1
_BAD_DATA = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    UnicodeError,
    ValueError,
    RuntimeError,
)
HINT = "Use another copy of the backup, or make it again with: peer-support library export"


class Counts(Record):
    """How much a backup holds."""

    documents: int
    passages: int
    collections: int
    originals: int


class Member(Record):
    """What a member of the zip must be; ``size`` is in bytes."""

    sha256: str
    size: int


class Manifest(Record):
    """What a backup says of itself. ``collection`` is None where it holds everything."""

    format: str = FORMAT
    version: int = VERSION
    program: str
    made: dt.datetime
    collection: str | None = None
    counts: Counts
    members: dict[str, Member] = Field(default_factory=dict)


class Entry(Record):
    """A document with everything that is kept of it, its file aside."""

    document: Document
    text: str
    passages: tuple[Passage, ...]


def entry_to_line(entry: Entry) -> bytes:
    """One line of ``documents.jsonl``. The words of passages are spans of the text."""
    passages = [p.model_dump(mode="json", exclude={"text"}) for p in entry.passages]
    held = {"document": entry.document.model_dump(mode="json"), "text": entry.text}
    return json.dumps(held | {"passages": passages}, ensure_ascii=False).encode("utf-8") + b"\n"


def _entry_of_line(line: str) -> Entry:
    """The entry of a line.

    Raises:
        ValueError: it is none, or its parts do not fit each other.
    """
    held = json.loads(line)
    text = held["text"]
    if not isinstance(text, str):
        raise ValueError("the text is no text")
    passages = tuple(_passage(text, values) for values in held["passages"])
    entry = Entry(document=Document.model_validate(held["document"]), text=text, passages=passages)
    if _SHA256.fullmatch(entry.document.sha256) is None:
        raise ValueError("its checksum is none")
    if text_hash(text) != entry.document.text_sha256:
        raise ValueError("the text is not the one that was stored")
    if [p.number for p in passages] != list(range(len(passages))):
        raise ValueError("its passages are not in order")
    if entry.document.passages != len(passages):
        raise ValueError("it has another number of passages than it says")
    return entry


def _passage(text: str, values: dict[str, Any]) -> Passage:
    start, end = values["start"], values["end"]
    if not (isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= len(text)):
        raise ValueError("a passage lies outside the text")
    return Passage.model_validate({**values, "text": text[start:end]})


class Backup:
    """A backup that was checked whole: names, sizes, checksums, and what each line says."""

    manifest: Manifest
    collections: tuple[Collection, ...]

    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        self.path = path
        self._archive = archive

    def documents(self) -> Iterator[Entry]:
        """Every document, in the order of their ids.

        Raises:
            DocumentError: a line is not what it should be.
        """
        with self._archive.open(DOCUMENTS) as stream:
            lines = io.TextIOWrapper(stream, encoding="utf-8", newline="\n")
            for number, line in enumerate(lines, 1):
                try:
                    yield _entry_of_line(line)
                except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
                    why = _first(error)
                    raise self.damaged(f"{DOCUMENTS}, line {number}", why) from error

    def has_original(self, sha256: str) -> bool:
        """Whether the file with these bytes is in the backup."""
        return ORIGINALS + sha256 in self.manifest.members

    def copy_original(self, sha256: str, target: Path) -> None:
        """Write an original to a path."""
        with self._archive.open(ORIGINALS + sha256) as stream, target.open("wb") as into:
            while piece := stream.read(PIECE):
                into.write(piece)

    def damaged(self, member: str, why: str) -> DocumentError:
        """The error for one member."""
        return refused(self.path, f"its part {printable(member)} cannot be used: {why}.")

    # ------------------------------------------------------------ checking

    def check(self, progress: Progress | None) -> None:
        """Check everything and take up the manifest and the collections.

        Raises:
            DocumentError: something is not as it must be; names the member.
        """
        infos = self._archive.infolist()
        self._check_names(infos)
        self.manifest = self._read_manifest()
        self._check_listed(infos)
        for number, (name, member) in enumerate(self.manifest.members.items()):
            if progress:
                progress("Checking the backup", number, len(self.manifest.members))
            self._check_bytes(name, member)
        self.collections = self._read_collections()
        self._check_documents()
        if progress:
            progress("Checking the backup", len(infos), len(infos))

    def _check_names(self, infos: list[zipfile.ZipInfo]) -> None:
        seen: set[str] = set()
        for info in infos:
            # The name as it stands in the zip; zipfile would cut it at a zero byte.
            name = info.orig_filename
            if _NAME.fullmatch(name) is None:
                raise self.damaged(name, "no backup has a part of that name")
            if name in seen:
                raise self.damaged(name, "it is there twice")
            seen.add(name)
            if info.flag_bits & _ENCRYPTED:
                raise self.damaged(name, "it is encrypted")
            if info.compress_type != zipfile.ZIP_STORED or info.compress_size != info.file_size:
                raise self.damaged(name, "it is compressed, and parts of a backup never are")
        if sum(info.file_size for info in infos) > self.path.stat().st_size:
            largest = max(infos, key=lambda info: info.file_size)
            raise self.damaged(largest.orig_filename, "it claims to be larger than the file")
        for name in (MANIFEST, COLLECTIONS, DOCUMENTS):
            if name not in seen:
                raise self.damaged(name, "it is missing")

    def _read_manifest(self) -> Manifest:
        if self._archive.getinfo(MANIFEST).file_size > _MANIFEST_BYTES:
            raise self.damaged(MANIFEST, "it is too large")
        held = self._json(MANIFEST)
        if not isinstance(held, dict) or held.get("format") != FORMAT:
            raise self.damaged(MANIFEST, "it is not the one of a backup")
        version = held.get("version")
        if isinstance(version, int) and version > VERSION:
            raise DocumentError(
                printable(str(self.path)),
                "unsupported",
                f"the backup was made by a newer version of this program (format {version}).",
                "Update this program, then import it again.",
            )
        try:
            return Manifest.model_validate(held)
        except ValidationError as error:
            raise self.damaged(MANIFEST, _first(error)) from error

    def _check_listed(self, infos: list[zipfile.ZipInfo]) -> None:
        held = {info.orig_filename for info in infos} - {MANIFEST}
        for name in sorted(held ^ set(self.manifest.members)):
            why = "the manifest does not name it" if name in held else "it is missing"
            raise self.damaged(name, why)

    def _check_bytes(self, name: str, member: Member) -> None:
        digest, size = hashlib.sha256(), 0
        try:
            with self._archive.open(name) as stream:
                while piece := stream.read(PIECE):
                    digest.update(piece)
                    size += len(piece)
        except (*_BAD_DATA, OSError) as error:
            raise self.damaged(name, "it is damaged") from error
        right = ORIGINALS + digest.hexdigest() if name.startswith(ORIGINALS) else name
        if size != member.size or digest.hexdigest() != member.sha256 or right != name:
            raise self.damaged(name, "its checksum is not the one that was written down")

    def _read_collections(self) -> tuple[Collection, ...]:
        try:
            return tuple(Collection.model_validate(one) for one in self._json(COLLECTIONS))
        except (ValidationError, TypeError) as error:
            raise self.damaged(COLLECTIONS, _first(error)) from error

    def _check_documents(self) -> None:
        documents = passages = 0
        known = {collection.id for collection in self.collections}
        seen: set[str] = set()
        for entry in self.documents():
            where = f"{DOCUMENTS}, {entry.document.id}"
            if entry.document.id in seen:
                raise self.damaged(where, "it is there twice")
            if entry.document.collection not in known:
                raise self.damaged(where, "its collection is missing")
            seen.add(entry.document.id)
            documents += 1
            passages += len(entry.passages)
        counts = self.manifest.counts
        if (documents, passages) != (counts.documents, counts.passages):
            raise self.damaged(DOCUMENTS, "it holds another number of documents than it says")

    def _json(self, name: str) -> Any:
        try:
            return json.loads(self._archive.read(name).decode("utf-8"))
        except (*_BAD_DATA, OSError, RecursionError) as error:
            raise self.damaged(name, "it is damaged") from error


def _first(error: Exception) -> str:
    """What is wrong, in a few words."""
    if isinstance(error, ValidationError):
        place = ".".join(str(step) for step in error.errors()[0]["loc"])
        return f"its field {place or 'at the top'} is wrong"
    if type(error) is ValueError:
        return str(error)
    return "it is not in the form of a backup"


def refused(path: Path, message: str, hint: str = HINT) -> DocumentError:
    """The error for a file that is no sound backup; nothing was changed by it."""
    return DocumentError(
        printable(str(path)), "damaged", f"{message} Nothing was taken from it.", hint
    )


@contextmanager
def open_backup(path: Path, progress: Progress | None = None) -> Iterator[Backup]:
    """A backup, checked whole before it is given.

    Raises:
        DocumentError: the file is missing, is no backup, is damaged, or is of a newer version.
    """
    try:
        archive = zipfile.ZipFile(path)
    except FileNotFoundError as error:
        raise DocumentError(
            printable(str(path)), "not-found", "there is no such file.", "Check the name."
        ) from error
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise DocumentError(
            printable(str(path)), "unreadable", f"it cannot be opened ({why}).", "Check its rights."
        ) from error
    except _BAD_DATA as error:
        raise refused(path, "it is no backup, or it was cut short.") from error
    with archive:
        backup = Backup(path, archive)
        backup.check(progress)
        yield backup


# ---------------------------------------------------------------- writing


def check_target(path: Path, force: bool) -> None:
    """Make sure that a backup may be written here.

    Raises:
        UsageError: the name is wrong, or there is such a file already.
    """
    if path.suffix.lower() != ".zip":
        raise UsageError(
            f"{printable(str(path))} does not end in .zip.", "For example: my-documents.zip"
        )
    if path.exists() and not force:
        raise UsageError(
            f"{printable(str(path))} is there already.", "Choose another name, or add --force."
        )


class Writer:
    """Writes the members of a backup and notes what each must be."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._archive = zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED)
        self.members: dict[str, Member] = {}

    def put(self, name: str, pieces: Iterator[bytes]) -> None:
        """Write one member from its pieces."""
        digest, size = hashlib.sha256(), 0
        with self._archive.open(_info(name), "w", force_zip64=True) as into:
            for piece in pieces:
                digest.update(piece)
                size += len(piece)
                into.write(piece)
        self.members[name] = Member(sha256=digest.hexdigest(), size=size)

    def finish(self, manifest: Manifest) -> None:
        """Write the manifest, with the members that were put, and end the file."""
        whole = manifest.model_copy(update={"members": self.members})
        self._archive.writestr(_info(MANIFEST), whole.model_dump_json(indent=1))
        self._archive.close()

    def abandon(self) -> None:
        """Let go of a file that is not to be finished: nothing more is written to it."""
        self._archive.fp = None


def _info(name: str) -> zipfile.ZipInfo:
    # A fixed time, so that the same documents give the same bytes.
    info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    info.external_attr = 0o600 << 16
    return info
