"""What happens in "Your documents": plain methods, no Gradio.

Adding runs on in a thread of its own (``adding``) and is followed from here. What came of it is
remembered in ``reports``; single documents are shown by ``document_pages``.
"""

from __future__ import annotations

import copy
import errno
import logging
import re
import secrets
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from assistant.documents.records import Collection, Limits
from assistant.documents.shelf import Shelf, Wanted
from assistant.errors import AssistantError, IndexBusyError, UsageError
from assistant.interface import Texts
from assistant.presentation.documents import seen
from assistant.presentation.words import KIND_WORDS
from assistant.web import views
from assistant.web.documents import report_views
from assistant.web.documents import views as look
from assistant.web.documents.adding import Adding, State
from assistant.web.documents.pages import DocumentPages
from assistant.web.documents.pictures import Pictures
from assistant.web.documents.reports import Report, Reports
from assistant.web.documents.same_name import SameName
from assistant.web.uploads import Received, Uploads

_TELL_EVERY = 15.0
"""Seconds between two lines that a screen reader is given while files are added."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Screen:
    """What the place shows; None leaves a part as it is. ``said`` is for screen readers."""

    progress: str | None = None
    listing: str | None = None
    form: str | None = None
    said: str | None = None


@dataclass
class Running:
    """The adding that is under way, by the key of its report; None where there is none."""

    adding: tuple[str, Adding] | None = None


class Documents:
    """The place "Your documents" and the pages of documents.

    Args:
        shelf: the added documents.
        uploads: where files of browsers come in.
        pictures: draws pages.
        limits: how much is read.
        texts: the page's sentences.
    """

    def __init__(
        self, shelf: Shelf, uploads: Uploads, pictures: Pictures, limits: Limits, texts: Texts
    ) -> None:
        self.shelf = shelf
        self.uploads = uploads
        self.pictures = pictures
        self.pages = DocumentPages(shelf, pictures, texts)
        self.texts = texts
        self._limits = limits
        self._reports = Reports(shelf, uploads, limits)
        self._lock = threading.Lock()
        self._under_way = Running()

    def with_texts(self, texts: Texts) -> Documents:
        """The same documents in another language: one adding at a time, and the same reports."""
        other = copy.copy(self)
        other.texts = texts
        other.pages = DocumentPages(self.shelf, self.pictures, texts)
        return other

    @property
    def _running(self) -> tuple[str, Adding] | None:
        return self._under_way.adding

    # ------------------------------------------------------------ the place

    def listing(self, notice: str = "") -> str:
        """The list of what is there."""
        store = self.shelf.store
        found = look.listing(store.documents(), store.collections(), notice, self.texts)
        return str(found)

    def form(self) -> str:
        """The form for adding."""
        return str(look.add_form(self.shelf.store.collections(), self.texts))

    def names(self) -> dict[str, str]:
        """Names of the collections by id; empty where nothing was added."""
        store = self.shelf.store
        try:
            held = store.collections() if store.counts()[0] else ()
        except AssistantError:
            # The place itself says what is wrong; a question must not fail for it.
            return {}
        return {c.id: look.collection_name(c, self.texts) for c in held}

    def place(self) -> Iterator[Screen]:
        """The place as it is; an adding that is under way is shown until it is over."""
        running = self._running
        yield self._guarded_place()
        if running:
            yield from self._followed(*running)

    def _guarded_place(self) -> Screen:
        """List and form. What came of the last adding stays in sight: a choice may wait in it."""
        try:
            return Screen(listing=self.listing(), form=self.form())
        except AssistantError as error:
            return Screen(progress=str(views.notice(str(error))), listing="", form="")

    # ------------------------------------------------------------ adding

    def add(self, order: Mapping[str, str]) -> Iterator[Screen]:
        """Add what came in with a batch, and tell how far it is and what came of it."""
        batch = self.uploads.take(order.get("batch", ""))
        if batch is None or not (batch.files or batch.refused):
            yield self._said(self.texts("documents.nothing_came"))
            return
        try:
            collection = self._collection(order)
        except AssistantError as error:
            self.uploads.dropped(batch.folder)
            yield self._said(self._error_words(error))
            return
        wanted = _wanted(collection, order.get("similar", ""))
        report = Report(collection, batch.folder)
        report.rows = [report_views.Row(r, r.path) for r in batch.refused]
        yield from self._run(batch.files, wanted, report)

    def _collection(self, order: Mapping[str, str]) -> str:
        """The id of the collection that was chosen; a new one is made first.

        Raises:
            AssistantError: it has no name, or somebody else is changing the documents.
        """
        wanted = order.get("collection", "")
        held = self.shelf.store.collections()
        if wanted != look.NEW_COLLECTION:
            return wanted if any(c.id == wanted for c in held) else held[0].id
        name = " ".join(seen(order.get("name", "")).split())[:80]
        if not name:
            raise UsageError(self.texts("documents.unnamed"))
        names = {c.id: (c.name, look.collection_name(c, self.texts)) for c in held}
        same = next((c for c in held if name.casefold() in map(str.casefold, names[c.id])), None)
        if same:
            return same.id
        kind, country = order.get("kind", ""), order.get("country", "")
        made = {
            "id": _free_slug(name, {c.id for c in held}),
            "name": name,
            "kind": kind if kind in KIND_WORDS else "local-policy",
            "country": country if country in look.COUNTRIES else "England",
        }
        self.shelf.add_collection(Collection.model_validate(made))
        return made["id"]

    def _run(
        self, files: list[Received], wanted: Wanted, report: Report, row: int | None = None
    ) -> Iterator[Screen]:
        """Add files and follow it; ``row`` is the row of the report that is chosen for."""
        key = secrets.token_hex(8)
        if not files:
            self._reports.keep(key, report)
            yield self._reported(key, report)
            return
        adding = self._begun(key, files, wanted, report, row)
        if isinstance(adding, str):
            report.notes = [adding]
            self._reports.keep(key, report)
            if row is None:
                self.uploads.dropped(report.folder)
            yield self._reported(key, report)
            return
        yield from self._followed(key, adding)

    def _begun(
        self, key: str, files: list[Received], wanted: Wanted, report: Report, row: int | None
    ) -> Adding | str:
        """An adding that runs; or the name of the sentence that says why there is none."""
        with self._lock:
            if self._running:
                return "documents.busy"
            placed: list[Path] = []

            def place() -> list[Path]:
                self._place(files, wanted.collection, placed)
                return placed

            def after(state: State) -> None:
                self._over(key, state, report, placed, row)

            adding = Adding(self.shelf, place, wanted, after, len(files))
            self._under_way.adding = key, adding
        adding.start()
        return adding

    def _place(self, files: list[Received], collection: str, placed: list[Path]) -> None:
        """Move files to the places that they are known by, writing these down as they are made.

        Raises:
            UsageError: there is no room.
        """
        store, folder = self.shelf.store, self.uploads.folder / collection
        with SameName(store, self._limits) as same:
            for received in files:
                number = same.number(received, folder)
                try:
                    placed.append(self.uploads.placed(received, collection, number))
                except OSError as error:
                    if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
                        raise
                    raise UsageError(self.texts("documents.disk_full")) from error

    def _followed(self, key: str, adding: Adding) -> Iterator[Screen]:
        told = -_TELL_EVERY
        collection = adding.wanted.collection
        for state in adding.told():
            if state.over:
                break
            said = None
            if state.seconds - told >= _TELL_EVERY:
                told, said = state.seconds, look.how_far(state, self.texts)
            shown = {r.path: self.uploads.shown(r.path, collection) for r in state.reports[-8:]}
            progress = str(look.progress(state, self.texts, shown))
            yield Screen(progress=progress, said=self._heard(said))
        report = self._reports.get(key)
        if report is not None:
            yield self._reported(key, report)

    def stop(self) -> Screen:
        """End an adding, giving up the file that is being read."""
        running = self._running
        if running:
            running[1].stop()
        return Screen(said=self._heard(self.texts("documents.stopping") if running else None))

    def _over(
        self, key: str, state: State, report: Report, placed: list[Path], row: int | None
    ) -> None:
        """What is left to do when an adding is over, in its thread."""
        try:
            report.notes = ["documents.stopped"] if state.stopped else []
            if state.error is not None:
                report.notes = [_noted(state.error)]
            self._reports.enter(report, state.reports, placed, row)
        finally:
            self.uploads.let_go(placed)
            self._reports.keep(key, report)
            self._under_way.adding = None

    # ------------------------------------------------------------ choosing afterwards

    def choose(self, order: Mapping[str, str]) -> Iterator[Screen]:
        """What somebody chose for a file that is nearly the same, or a new edition."""
        key, choice = order.get("report", ""), order.get("choice", "")
        report = self._reports.get(key)
        number = order.get("row", "")
        row = int(number) if number.isdecimal() else -1
        if report is None or not 0 <= row < len(report.rows):
            yield self._said(self.texts("documents.too_late"))
            return
        if choice not in report.rows[row].choices:
            yield self._reported(key, report)
            return
        if choice in {"keep", "replace"}:
            yield from self._added_after_all(report, row, choice)
            return
        report.notes = []
        try:
            self._reports.settle(report, row, choice)
        except AssistantError as error:
            report.notes = [error]
        yield self._reported(key, report)

    def _added_after_all(self, report: Report, row: int, choice: str) -> Iterator[Screen]:
        again = self._reports.copy_of(report, row)
        if again is None:
            yield self._said(self.texts("documents.too_late"))
            return
        yield from self._run([again], _wanted(report.collection, choice), report, row)

    def remove(self, document_id: str) -> Screen:
        """Remove a document for good."""
        try:
            document = self.shelf.store.document(document_id)
            if document is None:
                return self._listed(self.texts("document.missing"))
            self.shelf.remove([document_id])
        except AssistantError as error:
            return self._listed(self._error_words(error))
        return self._listed(self.texts("document.removed", title=seen(document.details.title)))

    def _listed(self, notice: str) -> Screen:
        return Screen(listing=self.listing(notice))

    # ------------------------------------------------------------ words

    def _heard(self, words: str | None) -> str | None:
        return None if words is None else str(views.announcement(words))

    def _said(self, words: str) -> Screen:
        """A calm line in place of the progress."""
        return Screen(progress=str(views.notice(words)))

    def _error_words(self, error: Exception) -> str:
        if isinstance(error, IndexBusyError):
            return self.texts("documents.busy")
        if isinstance(error, AssistantError):
            return str(error)
        return self.texts("documents.broke")

    def _note(self, note: str | Exception) -> str:
        return self.texts(note) if isinstance(note, str) else self._error_words(note)

    def _reported(self, key: str, report: Report) -> Screen:
        notes = [self._note(note) for note in report.notes]
        shown = report_views.report_view(key, report.rows, notes, self.texts)
        said = " ".join([*notes, report_views.summary(report.rows, self.texts)])
        return Screen(
            progress=str(shown), listing=self.listing(), form=self.form(), said=self._heard(said)
        )

    def close(self) -> None:
        """Let go of everything that came in."""
        if self._running:
            self._running[1].stop()
        self._reports.close()
        self.uploads.close()


def _noted(error: Exception) -> Exception:
    """An error that ended an adding; one that nobody can act on goes to the log as well."""
    if not isinstance(error, AssistantError):
        _log.error("Adding ended early (%s)", type(error).__name__, exc_info=error)
    return error


def _wanted(collection: str, similar: str) -> Wanted:
    if similar == "keep":
        return Wanted(collection, on_similar="keep")
    return Wanted(collection, on_similar="replace" if similar == "replace" else "ask")


def _free_slug(name: str, taken: set[str]) -> str:
    stem = "-".join(re.findall(r"[a-z0-9]+", name.lower()))[:60].strip("-") or "collection"
    stem = f"{stem}-documents" if stem == "bundled" else stem
    found, number = stem, 1
    while found in taken:
        number += 1
        found = f"{stem}-{number}"
    return found
