"""Backs up everything that people added into one file, and brings it back.

``export`` writes under a temporary name, reads the file back, and renames it. ``restore`` checks
the whole file before anything is written, then takes in one document after the other, each in one
transaction: an interrupted restore leaves whole documents and can be started again. What is there
already stays as it is, unless the caller says otherwise. The form of the file: ``backup_file``.
"""

from __future__ import annotations

import datetime as dt
import errno
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

from assistant.documents.backup_file import (
    COLLECTIONS,
    DOCUMENTS,
    ORIGINALS,
    PIECE,
    Backup,
    Counts,
    Entry,
    Manifest,
    Writer,
    entry_to_line,
    open_backup,
)
from assistant.documents.likeness import signature_of
from assistant.documents.passages import CutText
from assistant.documents.printable import printable
from assistant.documents.records import Document
from assistant.documents.shelf import Shelf, packed
from assistant.errors import ConfigurationError, DocumentError
from assistant.indexing.vectors import Progress
from assistant.schema import Record

RestoredStatus = Literal["added", "unchanged", "kept", "replaced", "renamed", "duplicate"]
"""kept: the details differ, today's stay; replaced: the backup's took their place; renamed: the id
is taken by another text, so that it stands beside it under a new id; duplicate: the same text is
there under another id."""


class LeftOut(Record):
    """Something that could not be put into the backup: a text that is damaged, an original that is
    missing."""

    document: str
    message: str


class ExportReport(Record):
    """What was written; counted by reading the file back. ``size`` is in bytes."""

    path: str
    counts: Counts
    size: int
    left_out: tuple[LeftOut, ...] = ()


class Restored(Record):
    """What became of one document of a backup. ``document`` is its id there, ``into`` the id that
    its text has in the library now."""

    document: str
    title: str
    status: RestoredStatus
    into: str
    message: str = ""


class RestoreReport(Record):
    """What restoring did. ``documents`` and ``passages`` count the library afterwards."""

    restored: tuple[Restored, ...]
    collections: tuple[str, ...]
    documents: int
    passages: int


# ---------------------------------------------------------------- writing


def export(
    shelf: Shelf,
    path: Path,
    program: str,
    collection: str | None = None,
    progress: Progress | None = None,
) -> ExportReport:
    """Write every document, or those of one collection, to one file.

    Args:
        shelf: what is backed up.
        path: the file to write; one that is there is replaced when the new one is whole.
        program: version of this program, kept in the file.
        collection: id of the only collection to write.
        progress: told of stage, done and total.

    Raises:
        DocumentError: the file cannot be written, or the disk is full.
        IndexBusyError: another process is changing the documents.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with shelf.writing():
            writing = _Export(shelf, program, collection, progress)
            with partial.open("wb") as stream:
                writer = Writer(stream)
                try:
                    writing.write(writer)
                finally:
                    writer.abandon()
                stream.flush()
                os.fsync(stream.fileno())
        with open_backup(partial, progress) as backup:
            counts = backup.manifest.counts
        os.replace(partial, path)
    except OSError as error:
        raise _not_written(path, error) from error
    finally:
        partial.unlink(missing_ok=True)
    return ExportReport(
        path=printable(str(path)),
        counts=counts,
        size=path.stat().st_size,
        left_out=tuple(writing.left_out),
    )


def _not_written(path: Path, error: OSError) -> DocumentError:
    name = printable(str(path))
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return DocumentError(
            name, "disk-full", "the disk is full; no backup was written.", "Choose another disk."
        )
    why = error.strerror or type(error).__name__
    return DocumentError(
        name, "unreadable", f"it cannot be written ({why}).", "Choose a folder that you may use."
    )


class _Export:
    """One backup being written."""

    def __init__(
        self, shelf: Shelf, program: str, collection: str | None, progress: Progress | None
    ) -> None:
        self._store = shelf.store
        self._program = program
        self._collection = collection
        self._progress = progress
        self.left_out: list[LeftOut] = []
        held = self._store.documents()
        self._documents = [d for d in held if collection in {None, d.collection}]
        self._written: list[Document] = []

    def write(self, writer: Writer) -> None:
        """Write all members."""
        collections = [c for c in self._store.collections() if self._collection in {None, c.id}]
        rows = [c.model_dump(mode="json") for c in collections]
        writer.put(COLLECTIONS, iter([json.dumps(rows, ensure_ascii=False).encode("utf-8")]))
        writer.put(DOCUMENTS, self._lines())
        originals = self._originals(writer)
        writer.finish(
            Manifest(
                program=self._program,
                made=dt.datetime.now(dt.UTC).replace(microsecond=0),
                collection=self._collection,
                counts=Counts(
                    documents=len(self._written),
                    passages=sum(d.passages for d in self._written),
                    collections=len(collections),
                    originals=originals,
                ),
            )
        )

    def _lines(self) -> Iterator[bytes]:
        for number, document in enumerate(self._documents):
            self._tell(number)
            try:
                text = self._store.text(document.id)
                passages = self._store.passages(document.id)
            except ConfigurationError as error:
                self.left_out.append(LeftOut(document=document.id, message=error.message))
                continue
            whole = document.model_copy(update={"passages": len(passages)})
            self._written.append(whole)
            yield entry_to_line(Entry(document=whole, text=text, passages=passages))

    def _originals(self, writer: Writer) -> int:
        wanted = {document.sha256: document for document in self._written}
        count = 0
        for number, (sha256, document) in enumerate(sorted(wanted.items())):
            self._tell(len(self._documents) + number)
            path = self._store.original(document)
            if not path.is_file() or _hash(path) != sha256:
                said = "its original file is missing or damaged; its text and passages are in."
                self.left_out.append(LeftOut(document=document.id, message=said))
                continue
            writer.put(ORIGINALS + sha256, _pieces(path))
            count += 1
        return count

    def _tell(self, done: int) -> None:
        if self._progress:
            self._progress("Writing the backup", done, 2 * len(self._documents))


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while piece := stream.read(PIECE):
            yield piece


def _hash(path: Path) -> str:
    digest = hashlib.sha256()
    for piece in _pieces(path):
        digest.update(piece)
    return digest.hexdigest()


# ---------------------------------------------------------------- bringing back


def restore(
    shelf: Shelf, path: Path, *, replace: bool = False, progress: Progress | None = None
) -> RestoreReport:
    """Take in the documents of a backup.

    Args:
        shelf: where they go.
        path: the backup.
        replace: where the library holds a document of the same id otherwise, the backup's takes
            its place; without it both stay.
        progress: told of stage, done and total.

    Raises:
        DocumentError: the file is no sound backup (nothing was written), or the disk is full.
        IndexBusyError: another process is changing the documents.
    """
    with (
        open_backup(path, progress) as backup,
        shelf.writing(),
        tempfile.TemporaryDirectory(prefix="peer-support-") as workspace,
    ):
        shelf.store.sweep()
        one = _Restore(shelf, backup, replace, Path(workspace))
        collections = one.collections()
        restored: list[Restored] = []
        total = backup.manifest.counts.documents
        for number, entry in enumerate(backup.documents()):
            if progress:
                progress("Bringing documents back", number, total)
            restored.append(one.document(entry))
        if progress:
            progress("Bringing documents back", total, total)
        if any(each.status == "replaced" for each in restored):
            shelf.store.sweep()
            shelf.forget_old_vectors()
    documents, passages = _counted(shelf, restored)
    return RestoreReport(
        restored=tuple(restored),
        collections=collections,
        documents=documents,
        passages=passages,
    )


def _counted(shelf: Shelf, restored: Sequence[Restored]) -> tuple[int, int]:
    """Count what is held; every document that was written must be there whole.

    Raises:
        ConfigurationError: the text of one is damaged.
        UsageError: one is not there.
    """
    for each in restored:
        if each.status in {"added", "renamed", "replaced"}:
            shelf.store.text(each.into)
    return shelf.store.counts()


class _Restore:
    """One backup being taken in."""

    def __init__(self, shelf: Shelf, backup: Backup, replace: bool, workspace: Path) -> None:
        self._shelf = shelf
        self._store = shelf.store
        self._backup = backup
        self._replace = replace
        self._workspace = workspace

    def collections(self) -> tuple[str, ...]:
        """Take in the collections; the ids of those that were made or changed."""
        taken: list[str] = []
        for collection in self._backup.collections:
            held = self._store.collection(collection.id)
            if held is None or (self._replace and held != collection):
                self._store.put_collection(collection)
                taken.append(collection.id)
        return tuple(taken)

    def document(self, entry: Entry) -> Restored:
        """Take in one document, unless it is there."""
        document = entry.document
        held = self._store.document(document.id)
        if held is None:
            same = self._store.by_text(document.text_sha256)
            if same is not None:
                said = f"The library holds the same text as {same.id}."
                return _said(document, "duplicate", same.id, said)
            self._keep(entry)
            return _said(document, "added", document.id)
        if held.text_sha256 == document.text_sha256:
            return self._same_text(entry, held)
        return self._other_text(entry)

    def _same_text(self, entry: Entry, held: Document) -> Restored:
        document = entry.document
        if self._is_damaged(held):
            self._keep(entry)
            return _said(document, "replaced", held.id, "What the library held was damaged.")
        if (held.details, held.collection) == (document.details, document.collection):
            if not self._store.original(held).is_file():
                self._keep_original(entry, held.original)
            return _said(document, "unchanged", held.id)
        if not self._replace:
            said = "Its details differ; those of the library stay. To take the backup's: --replace"
            return _said(document, "kept", held.id, said)
        self._keep(entry)
        return _said(document, "replaced", held.id, "The details of the backup took their place.")

    def _is_damaged(self, held: Document) -> bool:
        try:
            return len(self._store.passages(held.id)) != held.passages
        except ConfigurationError:
            return True

    def _other_text(self, entry: Entry) -> Restored:
        document = entry.document
        if self._replace:
            self._keep(entry)
            said = "The library held another text under this id; the backup's took its place."
            return _said(document, "replaced", document.id, said)
        same = self._store.by_text(document.text_sha256)
        if same is not None:
            said = f"The library holds the same text as {same.id}."
            return _said(document, "duplicate", same.id, said)
        # The name follows from the text, so that a second restore finds it there.
        new = f"{document.id[:110]}-{document.text_sha256[:8]}"
        self._keep(entry.model_copy(update={"document": document.model_copy(update={"id": new})}))
        said = f"The library holds another text under this id; both are kept, this one as {new}."
        return _said(document, "renamed", new, said)

    def _keep(self, entry: Entry) -> None:
        """Write everything: vectors and original first, so that the document is never without."""
        document = entry.document
        # The name comes from a file that anybody may have made.
        suffix = re.fullmatch(r"[0-9a-f]{64}(\.[a-z0-9]{1,10})", document.original)
        original = document.sha256 + (suffix[1] if suffix else "")
        document = document.model_copy(update={"original": original})
        text = CutText(entry.text, entry.passages)
        keys = self._shelf.embed(document, text)
        self._keep_original(entry, original)
        signature = packed(signature_of(entry.text))
        self._store.put(document, entry.text, entry.passages, keys, signature)

    def _keep_original(self, entry: Entry, name: str) -> None:
        sha256 = entry.document.sha256
        if not self._backup.has_original(sha256):
            return
        copy = self._workspace / "original"
        try:
            self._backup.copy_original(sha256, copy)
            self._store.keep_original(copy, name)
        except OSError as error:
            raise _not_written(self._store.folder, error) from error
        finally:
            copy.unlink(missing_ok=True)


def _said(document: Document, status: RestoredStatus, into: str, message: str = "") -> Restored:
    return Restored(
        document=document.id,
        title=document.details.title,
        status=status,
        into=into,
        message=message,
    )
