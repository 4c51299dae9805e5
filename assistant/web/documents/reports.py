"""Remembers what came of each adding, with the files for which something may still be chosen.

A file that is nearly the same as a document that is there is left out at first. It is kept here,
out of its archive where it came in one, until somebody chose or until newer reports take its room.
"""

from __future__ import annotations

import secrets
import shutil
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from assistant.documents import likeness
from assistant.documents.intake import Candidate, gather
from assistant.documents.records import FileReport, Limits
from assistant.documents.shelf import Shelf, unpacked
from assistant.presentation.documents import seen
from assistant.web.documents.report_views import Row
from assistant.web.uploads import Received, Uploads

REPORTS_KEPT = 4


@dataclass
class Report:
    """What came of one adding. ``kept`` are the files that may still be added, by row; ``notes``
    say what ended it early: names of sentences, or what went wrong."""

    collection: str
    folder: Path
    rows: list[Row] = field(default_factory=list)
    kept: dict[int, Received] = field(default_factory=dict)
    notes: list[str | Exception] = field(default_factory=list)


class Reports:
    """The last few reports. Safe to use from several threads."""

    def __init__(self, shelf: Shelf, uploads: Uploads, limits: Limits) -> None:
        self._shelf = shelf
        self._uploads = uploads
        self._limits = limits
        self._held: OrderedDict[str, Report] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str) -> Report | None:
        """A report; None where it made room for newer ones."""
        return self._held.get(key)

    def keep(self, key: str, report: Report) -> None:
        """Keep a report; the oldest makes room."""
        with self._lock:
            self._held[key] = report
            while len(self._held) > REPORTS_KEPT:
                _, old = self._held.popitem(last=False)
                if old.folder not in {r.folder for r in self._held.values()}:
                    self._uploads.dropped(old.folder)

    def close(self) -> None:
        """Delete every file that is kept."""
        for report in self._held.values():
            self._uploads.dropped(report.folder)

    def enter(
        self, report: Report, found: Sequence[FileReport], placed: list[Path], row: int | None
    ) -> None:
        """Write down what became of files; with ``row``, in place of the row chosen for."""
        kept = self._kept_files(found, placed, report)
        for one in found:
            self._enter(report, one, kept.get(one.path), row)
        if not report.kept:
            self._uploads.dropped(report.folder)

    def _enter(
        self, report: Report, found: FileReport, kept: Received | None, row: int | None
    ) -> None:
        name = self._uploads.shown(found.path, report.collection)
        choices = self._choices(found, kept is not None)
        number = len(report.rows) if row is None else row
        report.rows[number : number + 1] = [Row(found, name, self._title(found), choices)]
        before = report.kept.pop(number, None)
        if before is not None:
            before.path.unlink(missing_ok=True)
        if kept is not None:
            report.kept[number] = kept

    def _title(self, found: FileReport) -> str:
        document = self._shelf.store.document(found.document) if found.document else None
        return seen(document.details.title) if document else ""

    def _kept_files(
        self, reports: Sequence[FileReport], placed: list[Path], report: Report
    ) -> dict[str, Received]:
        """Copies of the files that may still be chosen, by the path in their report."""
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
                    name = self._uploads.shown(given.shown, report.collection)
                    found[given.shown] = Received(target, name.replace("!/", "/"))
        return found

    # ------------------------------------------------------------ choosing

    def _choices(self, found: FileReport, kept: bool) -> tuple[str, ...]:
        if kept:
            return ("keep", "replace", "leave")
        if found.reason == "new-edition" and self._other_edition(found.document):
            return ("supersede", "both")
        return ()

    def copy_of(self, report: Report, row: int) -> Received | None:
        """A copy of the file that is kept for a row, to be added; None where it is gone."""
        received = report.kept.get(row)
        if received is None or not received.path.exists():
            return None
        copy = received.path.with_suffix(".again")
        shutil.copyfile(received.path, copy)
        return Received(copy, received.name)

    def settle(self, report: Report, row: int, choice: str) -> None:
        """Write down a choice that adds nothing, and do what it says.

        Raises:
            AssistantError: the older edition cannot be marked.
        """
        if choice == "supersede":
            self._supersede(report.rows[row].report)
        report.rows[row] = replace(report.rows[row], choices=(), settled=choice)
        kept = report.kept.pop(row, None)
        if kept:
            kept.path.unlink(missing_ok=True)
        if not report.kept:
            self._uploads.dropped(report.folder)

    def _supersede(self, found: FileReport) -> None:
        """Mark the older of two editions as replaced by the newer."""
        other = self._other_edition(found.document)
        if other is None:
            return
        pair = (other.document, found.document)
        older, newer = reversed(pair) if other.order == "older" else pair
        self._shelf.edit(older, {"superseded_by": newer})

    def _other_edition(self, document_id: str) -> likeness.Likeness | None:
        """The edition that an added document is like."""
        store = self._shelf.store
        documents = {document.id: document for document in store.documents()}
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
