"""Keeps documents and their passages: one SQLite file, and a copy of each original beside it.

A document is written in one transaction with all its passages, so that a kill leaves it in whole
or not at all. Vectors lie in a file of their own (``indexing.vectors``) under the hash of the text
that they were made of; losing them loses time only. ``revision`` grows with every change, so that
a page that is open notices. Everything else that searching needs is derived from here.
"""

from __future__ import annotations

import datetime as dt
import errno
import hashlib
import json
import os
import shutil
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from assistant.documents.currency import status_of
from assistant.documents.records import Collection, Details, Document, Passage
from assistant.errors import ConfigurationError, DocumentError, UsageError

FOLDER = "documents"
FILE, ORIGINALS, VECTORS = "documents.sqlite", "originals", "vectors.sqlite"
FORMAT = "1"
DEFAULT_COLLECTION = Collection(id="documents", name="Your documents")
_TABLES = """
create table if not exists meta (key text primary key, value text not null) without rowid;
create table if not exists collections (id text primary key, body text not null) without rowid;
create table if not exists documents (
  id text primary key, body text not null, text text not null,
  sha256 text not null, text_sha256 text not null, path text not null, signature blob
) without rowid;
create index if not exists documents_path on documents (path);
create index if not exists documents_sha on documents (sha256);
create index if not exists documents_text on documents (text_sha256);
create table if not exists passages (
  document text not null, number integer not null, start integer not null, end integer not null,
  body text not null, text_key text not null, heading_key text not null,
  primary key (document, number)
) without rowid;
"""
REMEDY = (
    "Move the folder away; then bring a backup back (peer-support library import) or add the"
    " documents again."
)


def documents_folder(home: Path) -> Path:
    """The folder of everything that people added."""
    return home / FOLDER


class DocumentStore:
    """Documents of one home. Reading needs no lock; writing is for one process at a time.

    Raises:
        ConfigurationError: the file cannot be opened, is damaged, or is of a newer format.
    """

    def __init__(self, home: Path) -> None:
        self.folder = documents_folder(home)
        self.path = self.folder / FILE
        self._state: tuple[int, str] | None = None
        try:
            (self.folder / ORIGINALS).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigurationError(
                f"{self.folder} cannot be written to ({error.strerror or error}).",
                "Set PEER_SUPPORT_HOME to a folder that may be written to.",
            ) from error
        # A page reads from several threads: none may see another's change half-made.
        self._lock = threading.RLock()
        with self._guarded():
            self._db = sqlite3.connect(self.path, timeout=30, check_same_thread=False)
            self._db.execute("pragma journal_mode = wal")
            self._db.execute("pragma synchronous = full")
            # What was removed must not be left readable in free pages of the file.
            self._db.execute("pragma secure_delete = on")
            self._db.executescript(_TABLES)
            with self._db:
                self._db.execute("insert or ignore into meta values ('format', ?)", (FORMAT,))
                self._db.execute("insert or ignore into meta values ('revision', '0')")
            held = self._one("select value from meta where key = 'format'")[0]
        if held != FORMAT:
            raise ConfigurationError(
                f"{self.path} was written by another version of this program (format {held}).",
                "Use the version that wrote it, or restore a backup that this version made.",
            )

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Turn what SQLite says of a broken file or a full disk into words."""
        try:
            yield
        except sqlite3.OperationalError as error:
            if "full" in str(error):
                raise disk_full(self.path) from error
            raise ConfigurationError(
                f"{self.path} cannot be used ({error}).",
                "Close other programs that use it and try again.",
            ) from error
        except sqlite3.DatabaseError as error:
            raise ConfigurationError(
                f"The file of added documents is damaged: {self.path}.", REMEDY
            ) from error

    def _one(self, query: str, *values: object) -> Any:
        return self._db.execute(query, values).fetchone()

    def _all(self, query: str, *values: object) -> list[Any]:
        with self._lock, self._guarded():
            return self._db.execute(query, values).fetchall()

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    # ------------------------------------------------------------ reading

    @property
    def revision(self) -> int:
        """Grows with every change."""
        with self._lock, self._guarded():
            return int(self._one("select value from meta where key = 'revision'")[0])

    def state(self) -> str:
        """Hash over what answers may rest on: texts, details, collections. 16 hex characters;
        empty where nothing was added."""
        revision = self.revision
        if self._state is None or self._state[0] != revision:
            self._state = revision, self._hash_of_all()
        return self._state[1]

    def _hash_of_all(self) -> str:
        rows = self._all("select id, text_sha256, body from documents order by id")
        if not rows:
            return ""
        digest = hashlib.sha256()
        for row in [*rows, *self._all("select id, body from collections order by id")]:
            digest.update("\0".join(row).encode() + b"\1")
        return digest.hexdigest()[:16]

    def documents(self) -> tuple[Document, ...]:
        """Every document, by id."""
        rows = self._all("select body from documents order by id")
        return tuple(self._document(row[0]) for row in rows)

    def document(self, document_id: str) -> Document | None:
        """One document; None where there is none."""
        rows = self._all("select body from documents where id = ?", document_id)
        return self._document(rows[0][0]) if rows else None

    def by_path(self, path: str) -> Document | None:
        """The document that was added from a path."""
        rows = self._all("select body from documents where path = ? order by id", path)
        return self._document(rows[0][0]) if rows else None

    def by_bytes(self, sha256: str) -> Document | None:
        """A document whose file had these bytes."""
        rows = self._all("select body from documents where sha256 = ? order by id", sha256)
        return self._document(rows[0][0]) if rows else None

    def by_text(self, text_sha256: str) -> Document | None:
        """A document with this stored text."""
        rows = self._all(
            "select body from documents where text_sha256 = ? order by id", text_sha256
        )
        return self._document(rows[0][0]) if rows else None

    def text(self, document_id: str) -> str:
        """The stored text.

        Raises:
            UsageError: there is no such document.
            ConfigurationError: the text is not what was stored.
        """
        rows = self._all("select text, text_sha256 from documents where id = ?", document_id)
        if not rows:
            raise UsageError(
                f"There is no document {document_id}.", "See: peer-support library list --added"
            )
        if text_hash(rows[0][0]) != rows[0][1]:
            raise ConfigurationError(f"The stored text of {document_id} is damaged.", REMEDY)
        return str(rows[0][0])

    def passages(self, document_id: str) -> tuple[Passage, ...]:
        """The passages of one document, in order."""
        # Text and places must be of one version.
        with self._lock:
            text = self.text(document_id)
            rows = self._all(
                "select start, end, body from passages where document = ? order by number",
                document_id,
            )
        return tuple(_passage(text, row) for row in rows)

    def every_passage(self) -> Iterator[tuple[str, Passage]]:
        """Document id and passage, by document and number."""
        rows = self._all("select id from documents order by id")
        for (document_id,) in rows:
            for passage in self.passages(document_id):
                yield document_id, passage

    def signatures(self) -> list[tuple[str, bytes]]:
        """Document ids with the signature of their text."""
        return self._all("select id, signature from documents order by id")

    def span(self, document_id: str, start: int, end: int) -> str | None:
        """The words of a document at a place; None where there is no such document."""
        if self.document(document_id) is None:
            return None
        return self.text(document_id)[start:end]

    def whereabouts(self, text: str, first: str) -> str | None:
        """Evidence id of a place where these words stand, looking into the document ``first``
        before others; None where they stand nowhere."""
        ids = [row[0] for row in self._all("select id from documents order by id")]
        for document_id in sorted(ids, key=lambda held: (held != first, held)):
            start = self.text(document_id).find(text)
            if start >= 0:
                return evidence_id(document_id, start, start + len(text))
        return None

    def status(self, document_id: str) -> str | None:
        """The status of a document today; None where there is no such document."""
        held = self.document(document_id)
        return status_of(held.details, dt.date.today()) if held else None

    def collections(self) -> tuple[Collection, ...]:
        """The collections that documents may be in, the default one always among them."""
        rows = self._all("select body from collections order by id")
        held = [Collection.model_validate_json(row[0]) for row in rows]
        if all(c.id != DEFAULT_COLLECTION.id for c in held):
            held.insert(0, DEFAULT_COLLECTION)
        return tuple(held)

    def collection(self, collection_id: str) -> Collection | None:
        """One collection; None where there is none."""
        return next((c for c in self.collections() if c.id == collection_id), None)

    def counts(self) -> tuple[int, int]:
        """Documents and passages, as read from the file."""
        with self._lock, self._guarded():
            documents = self._one("select count(*) from documents")[0]
            passages = self._one("select count(*) from passages")[0]
        return int(documents), int(passages)

    def original(self, document: Document) -> Path:
        """Where the copy of the file lies."""
        return self.folder / ORIGINALS / document.original

    def _document(self, body: str) -> Document:
        try:
            return Document.model_validate_json(body)
        except ValidationError as error:
            raise ConfigurationError(
                f"The file of added documents is damaged: {self.path}.", REMEDY
            ) from error

    # ------------------------------------------------------------ writing

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        with self._lock, self._guarded(), self._db:
            yield self._db
            self._db.execute(
                "update meta set value = cast(value as integer) + 1 where key = 'revision'"
            )

    def put(
        self,
        document: Document,
        text: str,
        passages: Sequence[Passage],
        keys: Sequence[tuple[str, str]],
        signature: bytes,
    ) -> None:
        """Keep a document whole, in place of one with the same id.

        Args:
            document: its record; hashes must be those of ``text``.
            text: the stored text.
            passages: spans of it, in order.
            keys: for each passage, the hashes under which the vectors of its text and of its
                headings are kept.
            signature: what likeness is told by.
        """
        rows = [
            (document.id, p.number, p.start, p.end, _passage_body(p), *key)
            for p, key in zip(passages, keys, strict=True)
        ]
        with self._change() as db:
            db.execute("delete from passages where document = ?", (document.id,))
            db.execute(
                "insert or replace into documents values (?, ?, ?, ?, ?, ?, ?)",
                (
                    document.id,
                    document.model_dump_json(),
                    text,
                    document.sha256,
                    document.text_sha256,
                    document.path,
                    signature,
                ),
            )
            db.executemany("insert into passages values (?, ?, ?, ?, ?, ?, ?)", rows)

    def edit(
        self,
        document_id: str,
        details: Details,
        collection: str | None = None,
        by_hand: tuple[str, ...] = (),
    ) -> Document:
        """Change what is known of a document; ``by_hand`` names the details that a person wrote.

        Raises:
            UsageError: there is no such document.
        """
        held = self.document(document_id)
        if held is None:
            raise UsageError(
                f"There is no document {document_id}.", "See: peer-support library list --added"
            )
        changed = held.model_copy(
            update={
                "details": details,
                "collection": collection or held.collection,
                "edited": tuple(dict.fromkeys((*held.edited, *by_hand))),
            }
        )
        with self._change() as db:
            db.execute(
                "update documents set body = ? where id = ?",
                (changed.model_dump_json(), document_id),
            )
        return changed

    def put_collection(self, collection: Collection) -> None:
        """Keep a collection, in place of one with the same id."""
        with self._change() as db:
            db.execute(
                "insert or replace into collections values (?, ?)",
                (collection.id, collection.model_dump_json()),
            )

    def remove(self, document_ids: Iterable[str]) -> int:
        """Remove documents with all their passages; how many there were. Originals that no document
        needs any more are deleted by ``sweep``."""
        ids = list(document_ids)
        removed = 0
        with self._change() as db:
            for document_id in ids:
                db.execute("delete from passages where document = ?", (document_id,))
                removed += db.execute("delete from documents where id = ?", (document_id,)).rowcount
        if removed:
            with self._guarded():
                self._db.execute("pragma wal_checkpoint(truncate)")
        return removed

    def keep_original(self, path: Path, name: str) -> None:
        """Copy a file to the originals, under a name that holds the hash of its bytes.

        Raises:
            DocumentError: the disk is full, or the file cannot be read.
        """
        target = self.folder / ORIGINALS / name
        if target.exists():
            return
        partial = target.with_name(f"{name}.{os.getpid()}.part")
        try:
            shutil.copyfile(path, partial)
            os.replace(partial, target)
        except OSError as error:
            partial.unlink(missing_ok=True)
            if error.errno in {errno.ENOSPC, errno.EDQUOT}:
                raise disk_full(target) from error
            raise DocumentError(
                str(path), "unreadable", f"it cannot be copied ({error.strerror or error})."
            ) from error

    def sweep(self) -> None:
        """Delete originals that no document needs, such as a killed process leaves."""
        needed = {document.original for document in self.documents()}
        for path in (self.folder / ORIGINALS).iterdir():
            if path.name not in needed:
                path.unlink(missing_ok=True)

    def vector_keys(self) -> frozenset[str]:
        """The hashes under which vectors of passages are kept."""
        rows = self._all("select text_key, heading_key from passages")
        return frozenset(key for row in rows for key in row)


def evidence_id(document_id: str, start: int, end: int) -> str:
    """Id of a span of a document: "<document>:<start>-<end>"."""
    return f"{document_id}:{start}-{end}"


def text_hash(text: str) -> str:
    """SHA-256 of a text in UTF-8, hex."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def disk_full(path: Path) -> DocumentError:
    """The error for a disk without room; nothing was changed."""
    return DocumentError(
        str(path),
        "disk-full",
        "the disk is full; what was kept before is unharmed.",
        "Free some space, or set PEER_SUPPORT_HOME to a folder with room; then add again.",
    )


def _passage_body(passage: Passage) -> str:
    held = passage.model_dump(mode="json", exclude={"start", "end", "text"})
    return json.dumps(held, ensure_ascii=False)


def _passage(text: str, row: tuple[int, int, str]) -> Passage:
    start, end, body = row
    return Passage(start=start, end=end, text=text[start:end], **json.loads(body))
