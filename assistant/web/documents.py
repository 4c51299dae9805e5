"""What happens in "Your documents": plain methods, no Gradio.

Adding runs on in a thread of its own (``adding``); what is shown of it is asked for again and again.
Files that are nearly the same as one that is there are kept until somebody chose, or for an hour.
"""

from __future__ import annotations

import logging
import re
import secrets
import shutil
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from assistant.documents import likeness
from assistant.documents.intake import Candidate, gather
from assistant.documents.records import Collection, Document, FileReport, Limits
from assistant.documents.shelf import Shelf, Wanted, unpacked
from assistant.errors import AssistantError, IndexBusyError
from assistant.presentation.documents import Span, seen
from assistant.presentation.markup import Html, el, join
from assistant.presentation.words import KIND_WORDS
from assistant.web import document_views as look
from assistant.web import views
from assistant.web.adding import Adding, State
from assistant.web.document_page import Shown, document_page
from assistant.web.editing import edit_form, read_form
from assistant.web.pictures import Pictures
from assistant.web.texts import Texts
from assistant.web.uploads import Received, Uploads

REPORTS_KEPT = 4
_SPAN = re.compile(r"(\d{1,9})-(\d{1,9})")
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
class Report:
    """What came of one adding. ``kept`` are the files that may still be added, by row."""

    collection: str
    folder: Path
    rows: list[look.Row] = field(default_factory=list)
    kept: dict[int, Received] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


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
        self.texts = texts
        self._limits = limits
        self._lock = threading.Lock()
        self._reports_lock = threading.Lock()
        self._running: tuple[str, Adding] | None = None
        self._reports: OrderedDict[str, Report] = OrderedDict()

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
        if not store.counts()[0]:
            return {}
        return {c.id: seen(c.name) for c in store.collections()}

    def place(self) -> Iterator[Screen]:
        """The place as it is; an adding that is under way is shown until it is over."""
        running = self._running
        yield self._guarded_place(None if running else "")
        if running:
            yield from self._followed(*running)

    def _guarded_place(self, progress: str | None) -> Screen:
        try:
            return Screen(progress=progress, listing=self.listing(), form=self.form())
        except AssistantError as error:
            return Screen(progress=self._problem(error), listing="", form="")

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
            yield self._said(error.message, error.hint)
            return
        wanted = _wanted(collection, order.get("similar", ""))
        report = Report(collection, batch.folder)
        report.rows = [look.Row(r, r.path) for r in batch.refused]
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
            raise AssistantError(self.texts("documents.unnamed"))
        same = next((c for c in held if c.name.casefold() == name.casefold()), None)
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
            self._keep(key, report)
            yield self._reported(key, report)
            return
        adding = self._begun(key, files, wanted, report, row)
        if isinstance(adding, str):
            if row is None:
                self.uploads.dropped(report.folder)
            yield self._said(adding)
            return
        yield from self._followed(key, adding)

    def _begun(
        self, key: str, files: list[Received], wanted: Wanted, report: Report, row: int | None
    ) -> Adding | str:
        """An adding that runs; or why there is none."""
        with self._lock:
            if self._running:
                return self.texts("documents.busy")
            placed: dict[Path, Received] = {}
            try:
                for received in files:
                    placed[self.uploads.placed(received, wanted.collection)] = received
            except OSError:
                self.uploads.let_go(placed)
                return self.texts("documents.disk_full")

            def after(state: State) -> None:
                self._over(key, state, report, list(placed), row)

            adding = Adding(self.shelf, list(placed), wanted, after)
            self._running = key, adding
        adding.start()
        return adding

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
        """End an adding after the file that is being read."""
        running = self._running
        if running:
            running[1].stop()
        return Screen(said=self._heard(self.texts("documents.stopping") if running else None))

    def _over(
        self, key: str, state: State, report: Report, placed: list[Path], row: int | None
    ) -> None:
        """What is left to do when an adding is over, in its thread."""
        try:
            report.notes = [self.texts("documents.stopped")] if state.stopped else []
            if state.error is not None:
                report.notes = [self._error_words(state.error)]
            kept = self._kept_files(state.reports, placed, report)
            for found in state.reports:
                self._entered(report, found, kept.get(found.path), row)
        finally:
            self.uploads.let_go(placed)
            if not report.kept:
                self.uploads.dropped(report.folder)
            self._keep(key, report)
            self._running = None

    def _entered(
        self, report: Report, found: FileReport, kept: Received | None, row: int | None
    ) -> None:
        """One file's row, in place of the row that was chosen for."""
        name = self.uploads.shown(found.path, report.collection)
        choices = self._choices(found, kept is not None)
        number = len(report.rows) if row is None else row
        report.rows[number : number + 1] = [
            look.Row(found, name, self._title(found.document), choices)
        ]
        before = report.kept.pop(number, None)
        if before is not None:
            before.path.unlink(missing_ok=True)
        if kept is not None:
            report.kept[number] = kept

    def _kept_files(
        self, reports: Sequence[FileReport], placed: list[Path], report: Report
    ) -> dict[str, Received]:
        """Copies of the files that may still be chosen, out of their archives where they came in
        one; by the path in their report."""
        wanted = {r.path for r in reports if r.reason == "near-duplicate"}
        found: dict[str, Received] = {}
        if not wanted:
            return found
        report.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="peer-support-") as workspace:
            for given in gather(placed, self._limits, Path(workspace)):
                if isinstance(given, Candidate) and given.shown in wanted:
                    target = report.folder / secrets.token_hex(8)
                    shutil.copyfile(given.path, target)
                    name = self.uploads.shown(given.shown, report.collection)
                    found[given.shown] = Received(target, name.replace("!/", "/"))
        return found

    def _choices(self, found: FileReport, kept: bool) -> tuple[str, ...]:
        if kept:
            return ("keep", "replace", "leave")
        if found.reason == "new-edition" and self._other_edition(found.document):
            return ("supersede", "both")
        return ()

    def _keep(self, key: str, report: Report) -> None:
        """Keep a report while something may be chosen in it; the oldest makes room."""
        with self._reports_lock:
            self._reports[key] = report
            while len(self._reports) > REPORTS_KEPT:
                _, old = self._reports.popitem(last=False)
                if old.folder not in {r.folder for r in self._reports.values()}:
                    self.uploads.dropped(old.folder)

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
        if choice == "supersede":
            try:
                self._superseded(report.rows[row].report)
            except AssistantError as error:
                yield self._said(error.message, error.hint)
                return
        self._settle(report, row, choice)
        yield self._reported(key, report)

    def _added_after_all(self, report: Report, row: int, choice: str) -> Iterator[Screen]:
        received = report.kept.get(row)
        if received is None or not received.path.exists():
            yield self._said(self.texts("documents.too_late"))
            return
        copy = received.path.with_suffix(".again")
        shutil.copyfile(received.path, copy)
        again = Received(copy, received.name)
        yield from self._run([again], _wanted(report.collection, choice), report, row)

    def _settle(self, report: Report, row: int, choice: str) -> None:
        report.rows[row] = replace(report.rows[row], choices=(), settled=choice)
        kept = report.kept.pop(row, None)
        if kept:
            kept.path.unlink(missing_ok=True)

    def _superseded(self, found: FileReport) -> None:
        """Mark the older of two editions as replaced by the newer."""
        other = self._other_edition(found.document)
        if other is None:
            return
        older, newer = (
            (found.document, other.document)
            if other.order == "older"
            else (other.document, found.document)
        )
        self.shelf.edit(older, {"superseded_by": newer})

    def _other_edition(self, document_id: str) -> likeness.Likeness | None:
        """The edition that a document was found to be like."""
        store = self.shelf.store
        documents = {d.id: d for d in store.documents()}
        signatures = {key: unpacked(kept) for key, kept in store.signatures()}
        new = documents.get(document_id)
        if new is None or document_id not in signatures:
            return None
        held = [
            likeness.Held(id=key, details=documents[key].details, signature=signature)
            for key, signature in signatures.items()
            if key != document_id and key in documents
        ]
        found = likeness.like(new.details.title, new.details, signatures[document_id], held)
        return found if found is not None and found.kind == "new-edition" else None

    # ------------------------------------------------------------ one document

    def page(
        self,
        document_id: str,
        span: str = "",
        part: str = "",
        notice: str = "",
        form: Html | None = None,
    ) -> str:
        """The page of a document, at a place where one is asked for."""
        back = views.back("documents", self.texts("document.back"))
        try:
            document = self.shelf.store.document(document_id)
            if document is None:
                missing = el("h1", self.texts("document.missing"), tabindex="-1")
                return str(join(back, missing, el("p", self.texts("document.missing_why"))))
            shown = self._shown(document, _span(span), part, notice, form)
            return str(join(back, document_page(shown, self.texts)))
        except AssistantError as error:
            heading = el("h1", self.texts("document.unreadable"), tabindex="-1")
            return str(join(back, heading, el("p", f"{error.message} {error.hint}".strip())))

    def _shown(
        self, document: Document, span: Span | None, part: str, notice: str, form: Html | None
    ) -> Shown:
        store = self.shelf.store
        collections = store.collections()
        others = self._others(document)
        form = form or edit_form(
            document, {c.id: c.name for c in collections}, others, self.texts
        )
        shown = Shown(
            document=document,
            collections=collections,
            text=store.text(document.id),
            passages=store.passages(document.id),
            span=span,
            part=int(part) if part.isdecimal() else None,
            newer=store.document(document.details.superseded_by)
            if document.details.superseded_by
            else None,
            notice=notice,
            form=form,
        )
        return self._with_picture(shown)

    def _with_picture(self, shown: Shown) -> Shown:
        """With a picture of the page that the marked words stand on."""
        span = shown.span
        if span is None or shown.document.format != "pdf":
            return shown
        held = next((p for p in shown.passages if p.start < span[1] and span[0] < p.end), None)
        if held is None or held.page is None:
            return shown
        words = shown.text[span[0] : span[1]]
        page = held.page
        picture = self.pictures.of(shown.document, page, words)
        if not picture.boxes and held.page_end not in {None, page}:
            after = self.pictures.of(shown.document, page + 1, words)
            picture = after if after.boxes else picture
        return replace(shown, picture=picture)

    def edit(self, order: Mapping[str, str]) -> str:
        """Change what is known of a document; the page, with what is wrong where something is."""
        document_id = order.get("document", "")
        document = self.shelf.store.document(document_id)
        if document is None:
            return self.page(document_id)
        names = {c.id: c.name for c in self.shelf.store.collections()}
        others = self._others(document)
        form = {key: value for key, value in order.items() if key != "document"}
        written = read_form(form, document, names, others, self.texts)
        if written.errors:
            again = edit_form(document, names, others, self.texts, form, written.errors)
            return self.page(document_id, form=again)
        if not written.changes and written.collection is None:
            return self.page(document_id, notice=self.texts("document.unchanged"))
        try:
            self.shelf.edit(document_id, written.changes, written.collection)
        except AssistantError as error:
            notice = f"{error.message} {error.hint}".strip()
            again = edit_form(document, names, others, self.texts, form)
            return self.page(document_id, notice=notice, form=again)
        return self.page(document_id, notice=self.texts("document.saved"))

    def remove(self, document_id: str) -> Screen:
        """Remove a document for good."""
        document = self.shelf.store.document(document_id)
        if document is None:
            return Screen(listing=self.listing(self.texts("document.missing")))
        try:
            self.shelf.remove([document_id])
        except AssistantError as error:
            return Screen(listing=self.listing(f"{error.message} {error.hint}".strip()))
        title = seen(document.details.title)
        return Screen(listing=self.listing(self.texts("document.removed", title=title)))

    def _others(self, document: Document) -> dict[str, str]:
        """What the other documents are called, by id; editions of one title are told apart."""
        return {
            other.id: _named(other)
            for other in self.shelf.store.documents()
            if other.id != document.id
        }

    # ------------------------------------------------------------ words

    def _title(self, document_id: str) -> str:
        document = self.shelf.store.document(document_id) if document_id else None
        return seen(document.details.title) if document else ""

    def _heard(self, words: str | None) -> str | None:
        return None if words is None else str(views.announcement(words))

    def _said(self, message: str, hint: str = "") -> Screen:
        """A calm line in place of the progress."""
        words = f"{message} {hint}".strip()
        return Screen(progress=str(views.notice(words)))

    def _problem(self, error: AssistantError) -> str:
        return str(views.notice(f"{error.message} {error.hint}".strip()))

    def _error_words(self, error: Exception) -> str:
        if isinstance(error, IndexBusyError):
            return self.texts("documents.busy")
        if isinstance(error, AssistantError):
            return f"{error.message} {error.hint}".strip()
        _log.error("Adding ended early (%s)", type(error).__name__, exc_info=error)
        return self.texts("documents.broke")

    def _reported(self, key: str, report: Report) -> Screen:
        counts = self.shelf.store.counts()
        shown = look.report_view(key, report.rows, counts, report.notes, self.texts)
        said = " ".join([*report.notes, look.summary(report.rows, self.texts)])
        return Screen(
            progress=str(shown), listing=self.listing(), form=self.form(), said=self._heard(said)
        )

    def close(self) -> None:
        """Let go of everything that came in."""
        if self._running:
            self._running[1].stop()
        for report in self._reports.values():
            self.uploads.dropped(report.folder)
        self.uploads.close()


def _wanted(collection: str, similar: str) -> Wanted:
    if similar == "keep":
        return Wanted(collection, on_similar="keep")
    return Wanted(collection, on_similar="replace" if similar == "replace" else "ask")


def _named(document: Document) -> str:
    mark = look.in_words(document.details.issued) or document.name
    return f"{document.details.title} ({mark})"


def _span(written: str) -> Span | None:
    match = _SPAN.fullmatch(written)
    if not match:
        return None
    start, end = int(match[1]), int(match[2])
    return (start, end) if start < end else None


def _free_slug(name: str, taken: set[str]) -> str:
    stem = "-".join(re.findall(r"[a-z0-9]+", name.lower()))[:60].strip("-") or "collection"
    stem = f"{stem}-documents" if stem == "bundled" else stem
    found, number = stem, 1
    while found in taken:
        number += 1
        found = f"{stem}-{number}"
    return found
