"""Adds, changes and removes documents: the order of steps, and what is said of each file.

One file after the other: fingerprint → read in the worker → cut → details → compare with what is
held → embed → write in one transaction. A file that fails is named with its reason and the rest go
on. What was written stays, so that an interrupted run goes on where it stopped when it is started
again: files that are held already are ``unchanged``. At the end the store is read back and counted.
"""

from __future__ import annotations

import datetime as dt
import errno
import json
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout

from assistant.documents import likeness
from assistant.documents.intake import Candidate, Fingerprint, fingerprint, gather
from assistant.documents.metadata import details_for, version_of
from assistant.documents.passages import CutText, cut
from assistant.documents.records import (
    AddReport,
    Collection,
    Details,
    Document,
    Extract,
    FileReason,
    FileReport,
    FileStatus,
    Limits,
)
from assistant.documents.search import heading_text
from assistant.documents.store import (
    DEFAULT_COLLECTION,
    DocumentStore,
    disk_full,
    documents_folder,
    text_hash,
)
from assistant.documents.worker import ReaderProcess
from assistant.errors import (
    AssistantError,
    ConfigurationError,
    DocumentError,
    IndexBusyError,
    UsageError,
)
from assistant.indexing.vectors import CHUNK, KeptModel, Progress, VectorCache, text_key

OnSimilar = Literal["ask", "keep", "replace", "skip"]
"""What is done with a near duplicate: told and left out ("ask"), kept beside the other, put in its
place, or left out. A new edition is always kept, and told; "replace" marks the old one."""
FAILED = frozenset(
    {"timeout", "memory", "vanished", "changed-while-read", "crashed", "disk-full", "unreadable"}
)
"""Reasons that say "it went wrong" and not "it cannot be had"."""


@dataclass(frozen=True)
class Wanted:
    """How documents are to be added. ``details`` are fields of ``Details`` that hold for each."""

    collection: str = DEFAULT_COLLECTION.id
    details: dict[str, object] | None = None
    on_similar: OnSimilar = "ask"


class Shelf:
    """The added documents of one home, with what is needed to add more.

    Args:
        store: where they are kept.
        model: what their vectors are made with, kept in the documents' own cache.
        cache: that cache, so that removing leaves nothing.
        limits: how much is read.
    """

    def __init__(
        self, store: DocumentStore, model: KeptModel, cache: VectorCache, limits: Limits
    ) -> None:
        self.store = store
        self.model = model
        self._cache = cache
        self._limits = limits

    def close(self) -> None:
        """Let go of the files."""
        self.store.close()
        self._cache.close()

    # ------------------------------------------------------------ adding

    def add(
        self,
        paths: Sequence[Path],
        wanted: Wanted | None = None,
        progress: Progress | None = None,
        told: Callable[[FileReport], None] = lambda report: None,
        within: Progress | None = None,
    ) -> AddReport:
        """Add files, folders and zip archives.

        Args:
            paths: what to add.
            wanted: collection, details, and what to do with near duplicates.
            progress: told of stage, files done and files in all.
            told: given each file's report as soon as it is known.
            within: told how far a long document is: its name, passages and headings done, and how
                many there are; between two calls of ``progress``.

        Raises:
            UsageError: there is no such collection.
            IndexBusyError: another process is changing the documents.
        """
        wanted = wanted or Wanted()
        collection = self.store.collection(wanted.collection)
        if collection is None:
            names = ", ".join(c.id for c in self.store.collections())
            raise UsageError(f"There is no collection {wanted.collection}.", f"There are: {names}.")
        reports: list[FileReport] = []
        with self.writing(), tempfile.TemporaryDirectory(prefix="peer-support-") as workspace:
            self.store.sweep()
            # A member of an archive lies in the workspace only until the next one is asked for, so
            # that files are counted first and gathered again.
            total = sum(1 for _ in gather(paths, self._limits, Path(workspace)))
            with ReaderProcess(self._limits) as reader:
                one = _One(self, reader, collection, wanted, self._likes(), within)
                given = gather(paths, self._limits, Path(workspace))
                for number, item in enumerate(given):
                    if progress:
                        progress("Adding documents", number, max(total, number + 1))
                    report = item if isinstance(item, FileReport) else one.report(item)
                    reports.append(report)
                    told(report)
            if any(report.reason == "updated" for report in reports):
                self.forget_old_vectors()
            if progress:
                progress("Adding documents", len(reports), len(reports))
        documents, passages = self._read_back(reports)
        return AddReport(files=tuple(reports), documents=documents, passages=passages)

    def _likes(self) -> dict[str, likeness.Held]:
        """What likeness is told by, for every document that is held."""
        documents = {document.id: document for document in self.store.documents()}
        return {
            key: likeness.Held(id=key, details=documents[key].details, signature=unpacked(kept))
            for key, kept in self.store.signatures()
        }

    def _read_back(self, reports: Sequence[FileReport]) -> tuple[int, int]:
        """Count what is held; every added document must be there whole.

        Raises:
            DocumentError: one is not.
        """
        for report in reports:
            if report.status != "added":
                continue
            held = self.store.passages(report.document)
            if len(held) != report.passages:
                raise DocumentError(
                    report.path,
                    "damaged",
                    "it was written, but could not be read back whole.",
                    "Check the disk, then add it again.",
                )
        return self.store.counts()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """While this is held, no other process changes the documents.

        Raises:
            IndexBusyError: another process is at it.
            DocumentError: the disk is full.
        """
        lock = FileLock(documents_folder(self.store.folder.parent) / "write.lock", timeout=0)
        try:
            with lock:
                yield
        except Timeout as error:
            raise IndexBusyError(
                "Another process is changing the documents.",
                "Wait until it has finished, then try again.",
            ) from error
        except OSError as error:
            if error.errno in {errno.ENOSPC, errno.EDQUOT}:
                raise disk_full(self.store.path) from error
            raise

    def embed(
        self, document: Document, text: CutText, within: Progress | None = None
    ) -> list[tuple[str, str]]:
        """Make and keep the vectors of a document's passages and headings; the hashes that they
        lie under, by passage. ``within`` is told how far that is, where it takes long."""

        def far(_: str, done: int, total: int) -> None:
            if within and total > CHUNK:
                within(document.name, done, total)

        texts = [passage.text for passage in text.passages]
        headings = [heading_text(document, passage) for passage in text.passages]
        self.model.vectors([*texts, *dict.fromkeys(headings)], far)
        return [(text_key(t), text_key(h)) for t, h in zip(texts, headings, strict=True)]

    def forget_old_vectors(self) -> None:
        """Delete the vectors that no passage needs any more."""
        self._cache.keep_only(self.store.vector_keys())

    # ------------------------------------------------------------ changing

    def edit(
        self, document_id: str, changes: dict[str, object], collection: str | None = None
    ) -> Document:
        """Change what is known of a document.

        Raises:
            UsageError: there is no such document or collection, or a value cannot be used.
        """
        held = self._document(document_id)
        if collection is not None and self.store.collection(collection) is None:
            raise UsageError(
                f"There is no collection {collection}.", "See: peer-support library collections"
            )
        details = changed_details(held.details, changes)
        with self.writing():
            changed = self.store.edit(document_id, details, collection, tuple(changes))
            if details.title != held.details.title:
                self._embed_again(changed)
        return changed

    def _embed_again(self, document: Document) -> None:
        """Vectors are made of the title too."""
        passages = self.store.passages(document.id)
        text = CutText(self.store.text(document.id), passages)
        keys = self.embed(document, text)
        signature = dict(self.store.signatures())[document.id]
        self.store.put(document, text.text, passages, keys, signature)
        self.forget_old_vectors()

    def remove(self, document_ids: Sequence[str]) -> int:
        """Remove documents with everything that was kept of them; how many there were.

        Raises:
            UsageError: one is not there; nothing was removed.
        """
        for document_id in document_ids:
            self._document(document_id)
        with self.writing():
            removed = self.store.remove(document_ids)
            self.store.sweep()
            self.forget_old_vectors()
            for kept in self.store.folder.glob("search-*.npz"):
                kept.unlink(missing_ok=True)
        return removed

    def add_collection(self, collection: Collection) -> None:
        """Make a collection, or change one."""
        with self.writing():
            self.store.put_collection(collection)

    def _document(self, document_id: str) -> Document:
        held = self.store.document(document_id)
        if held is None:
            raise UsageError(
                f"There is no document {document_id}.", "See: peer-support library list --added"
            )
        return held


def changed_details(details: Details, changes: dict[str, object]) -> Details:
    """Details with some fields changed.

    Raises:
        UsageError: a field or a value cannot be used; names it.
    """
    from pydantic import ValidationError

    try:
        return Details.model_validate({**details.model_dump(), **changes})
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(step) for step in first["loc"])
        raise UsageError(
            f"{field} cannot be {first.get('input')!r}.",
            "Dates are written 2024, 2024-05 or 2024-05-31; kinds as in: library list --help.",
        ) from error


# ---------------------------------------------------------------- one file


@dataclass(frozen=True)
class _New:
    """A file that was read."""

    candidate: Candidate
    prints: Fingerprint
    extract: Extract
    text: CutText
    details: Details

    @property
    def version(self) -> str:
        """The version that the document prints or its name carries; may be empty."""
        return version_of(self.extract, Path(self.candidate.shown).name)


@dataclass(frozen=True)
class _One:
    """The steps for one file."""

    shelf: Shelf
    reader: ReaderProcess
    collection: Collection
    wanted: Wanted
    likes: dict[str, likeness.Held]
    within: Progress | None = None

    def report(self, candidate: Candidate) -> FileReport:
        """What became of the file; whatever is wrong with it, it is told and not raised."""
        try:
            return self._report(candidate)
        except DocumentError as error:
            status: FileStatus = "failed" if error.reason in FAILED else "refused"
            return FileReport(
                path=candidate.shown,
                status=status,
                reason=error.reason,
                message=f"{error.detail} {error.hint}".strip(),
            )
        except ConfigurationError:
            # The store or the set-up is at fault: it would be for every file that follows.
            raise
        except AssistantError as error:
            return FileReport(
                path=candidate.shown, status="failed", reason="unreadable", message=str(error)
            )

    def _report(self, candidate: Candidate) -> FileReport:
        store = self.shelf.store
        print_before = fingerprint(candidate.path, candidate.shown)
        held = store.by_path(candidate.shown)
        if held is not None and held.sha256 == print_before.sha256:
            return _told(candidate, "unchanged", held)
        same = store.by_bytes(print_before.sha256)
        if same is not None:
            return _told(candidate, "duplicate", same, "same-content")
        extract = self.reader.read(candidate.path, candidate.shown)
        if fingerprint(candidate.path, candidate.shown) != print_before:
            raise DocumentError(
                candidate.shown,
                "changed-while-read",
                "it was changed while it was being read.",
                "Wait until nobody is writing to it, then add it again.",
            )
        text = cut(extract.blocks)
        same = store.by_text(text_hash(text.text))
        if same is not None and (held is None or same.id != held.id):
            return _told(candidate, "duplicate", same, "same-content")
        details = details_for(extract, Path(candidate.shown).name, self._collection(held))
        if self.collection == DEFAULT_COLLECTION and (details.doi or details.pmid):
            # A paper is no local policy, and who speaks in it is not known from its file.
            details = changed_details(details, {"kind": "other-document", "who_speaks": "other"})
        if held is not None:
            # What a person wrote by hand outlives a new version of the file.
            kept = {name: getattr(held.details, name) for name in held.edited}
            details = changed_details(details, kept)
        details = changed_details(details, self.wanted.details or {})
        new = _New(candidate, print_before, extract, text, details)
        return self._compared(new, held)

    def _collection(self, held: Document | None) -> Collection:
        """The collection that a file belongs to: a known one stays where it is."""
        own = self.shelf.store.collection(held.collection) if held else None
        return own or self.collection

    def _compared(self, new: _New, held: Document | None) -> FileReport:
        """Kept, unless it is nearly the same as another document and nobody chose to keep it."""
        candidate = new.candidate
        signature = likeness.signature_of(new.text.text)
        like = None if held else self._like(new, signature)
        if like is not None and like.kind == "near-duplicate":
            other = self.shelf.store.document(like.document)
            assert other is not None
            if self.wanted.on_similar in {"ask", "skip"}:
                return _told(candidate, "duplicate", other, "near-duplicate", like)
            if self.wanted.on_similar == "replace":
                held = other
        document = self._document(new, held)
        self._keep(document, new, signature)
        if like is not None and like.kind == "new-edition":
            self._supersede(like, document)
            return _told(candidate, "added", document, "new-edition", like)
        reason: FileReason | None = "updated" if held else None
        if reason is None and any(t.kind in _UNREAD for t in new.extract.troubles):
            reason = "partly-read"
        return _told(candidate, "added", document, reason)

    def _like(self, new: _New, signature: likeness.Signature) -> likeness.Likeness | None:
        held = list(self.likes.values())
        return likeness.like(new.details.title, new.details, signature, held, new.version)

    def _keep(self, document: Document, new: _New, signature: likeness.Signature) -> None:
        """Write everything: vectors and original first, so that the document is never without."""
        keys = self.shelf.embed(document, new.text, self.within)
        self.shelf.store.keep_original(new.candidate.path, document.original)
        self.shelf.store.put(document, new.text.text, new.text.passages, keys, packed(signature))
        self.likes[document.id] = likeness.Held(
            id=document.id,
            details=document.details,
            signature=signature,
            version=document.version,
        )

    def _supersede(self, like: likeness.Likeness, document: Document) -> None:
        """With "replace", the older of two editions is marked superseded by the newer."""
        other = self.shelf.store.document(like.document)
        if self.wanted.on_similar != "replace" or other is None:
            return
        newer, older = (other, document) if like.order == "older" else (document, other)
        details = older.details.model_copy(update={"superseded_by": newer.id})
        self.shelf.store.edit(older.id, details)

    def _document(self, new: _New, held: Document | None) -> Document:
        shown, prints = new.candidate.shown, new.prints
        return Document(
            id=held.id if held else _free_id(new.details.title, prints.sha256),
            collection=held.collection if held else self.collection.id,
            details=new.details,
            version=new.version,
            edited=tuple(
                dict.fromkeys((*(held.edited if held else ()), *(self.wanted.details or {})))
            ),
            path=shown,
            name=Path(shown).name,
            format=new.extract.format,
            sha256=prints.sha256,
            size=prints.size,
            original=f"{prints.sha256}{Path(shown).suffix.lower()}",
            text_sha256=text_hash(new.text.text),
            pages=new.extract.pages,
            troubles=new.extract.troubles,
            passages=len(new.text.passages),
            added=dt.datetime.now(dt.UTC).replace(microsecond=0),
        )


def _free_id(title: str, sha256: str) -> str:
    words = re.findall(r"[a-z0-9]+", title.lower())
    stem = "-".join(words)[:50].strip("-") or "document"
    return f"{stem}-{sha256[:8]}"


def packed(signature: likeness.Signature) -> bytes:
    """A signature as it is kept beside its document."""
    held = signature.model_dump(exclude={"minima"})
    return json.dumps(held | {"minima": signature.minima.hex()}).encode()


def unpacked(kept: bytes) -> likeness.Signature:
    """The signature that ``packed`` wrote."""
    held = json.loads(kept)
    return likeness.Signature(**{**held, "minima": bytes.fromhex(held["minima"])})


_UNREAD = frozenset({"scanned", "unreadable", "cut-short"})
_SAID: dict[str, str] = {
    "same-content": "The library holds the same text already, as {title} ({id}).",
    "near-duplicate": "To choose, add it again with --similar keep or --similar replace.",
    "new-edition": (
        "It was added. To mark the older one as replaced: peer-support library edit {older}"
        " --superseded-by {newer}"
    ),
    "updated": "It replaces what the library held of this file before.",
    "partly-read": "Some of its pages could not be read.",
}


def _told(
    candidate: Candidate,
    status: FileStatus,
    document: Document,
    reason: FileReason | None = None,
    like: likeness.Likeness | None = None,
) -> FileReport:
    other = like.document if like else ""
    older, newer = (document.id, other) if like and like.order == "older" else (other, document.id)
    said = _SAID.get(reason or "", "").format(
        title=document.details.title, id=document.id, older=older, newer=newer
    )
    if like is not None:
        said = f"{like.message} {said}".strip()
    return FileReport(
        path=candidate.shown,
        status=status,
        reason=reason,
        message=said,
        document=document.id,
        pages=document.pages,
        passages=document.passages,
        troubles=document.troubles,
        similarity=round(like.similarity, 3) if like else None,
    )
