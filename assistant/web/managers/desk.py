"""What happens in "For managers": plain methods, no Gradio.

What people fill in stays in their open page and comes along with each request; a draft's text and
what was found in it stay in the state of that page alone. Nothing is written to a disk here but
the file that came in, which is deleted as soon as it is read.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from assistant.checklists.choosing import with_filled
from assistant.checklists.drafts import Draft
from assistant.checklists.drawing import picture
from assistant.checklists.filled import EXPORT_HINT
from assistant.checklists.papers import (
    checklist_paper,
    checklist_sheet,
    guidance_paper,
    guidance_sheet,
    readiness_paper,
)
from assistant.checklists.records import (
    STATUS_WORDS,
    VERDICTS,
    Chosen,
    Confirmed,
    Filled,
    FilledRow,
    GuidanceCheck,
    Readiness,
)
from assistant.documents.worker import ReadingStopped
from assistant.errors import AssistantError, UsageError
from assistant.exports.forms import TABLE_FORMS, form_of, written
from assistant.indexing.vectors import Progress
from assistant.interface import Texts
from assistant.presentation.markup import Html
from assistant.web import views
from assistant.web.downloads import Downloads
from assistant.web.managers import checklist_views, draft_views, readiness_views
from assistant.web.managers import views as look
from assistant.web.managers.work import Ended, Step, Stopped, Stops, followed
from assistant.web.uploads import Uploads

if TYPE_CHECKING:
    from assistant.assembly.managers import Managers

Order = Mapping[str, str]
"""What came with an event, all of it as text."""
LONGEST = 1000
"""Characters of one field that somebody fills in."""
TELL_EVERY = 15.0
"""Seconds between two lines that a screen reader is given while a draft is checked."""
T = TypeVar("T")

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Asked:
    """How a draft is to be compared; see ``Managers.check_guidance``."""

    kind: str = ""
    stages: tuple[str, ...] = ()
    setting: str = ""
    country: str = ""


@dataclass(frozen=True)
class Checked:
    """A draft and what was found in it: the state of one open page."""

    draft: Draft
    check: GuidanceCheck
    asked: Asked


@dataclass(frozen=True)
class Screen:
    """What a view shows; None leaves a part as it is. ``said`` is for screen readers."""

    progress: str | None = None
    result: str | None = None
    said: str | None = None
    checked: Checked | None = None
    forget: bool = False


class ManagersDesk:
    """The actions of the three views.

    Args:
        managers: the tools behind them; None where there are none.
        drafts: where files of browsers come in; None where none can.
        downloads: files to fetch.
        texts: the page's sentences.
    """

    def __init__(
        self,
        managers: Managers | None,
        drafts: Uploads | None,
        downloads: Downloads,
        texts: Texts,
    ) -> None:
        self._managers = managers
        self._drafts = drafts
        self._downloads = downloads
        self._stops = Stops()
        # The library that draws holds one picture at a time.
        self._drawing = threading.Lock()
        self.texts = texts

    @property
    def managers(self) -> Managers:
        """The tools.

        Raises:
            UsageError: there are none here.
        """
        if self._managers is None:
            raise UsageError(self.texts("managers.gone"))
        return self._managers

    # ------------------------------------------------------------ forms

    def forms(self) -> tuple[str, str, str]:
        """The forms of the three views, in their order."""
        try:
            titles, library = self.managers.stage_titles, self.managers.library
        except Exception as error:  # The edge: what is broken is told where the forms would be.
            told = str(self._failure(error))
            return told, told, told
        return (
            str(checklist_views.checklist_form(titles, library, self.texts)),
            str(draft_views.draft_form(titles, library, self.texts)),
            str(readiness_views.readiness_form(self.texts)),
        )

    # ------------------------------------------------------------ checklists

    def checklist(self, order: Order) -> Screen:
        """The rows that were asked for."""
        try:
            chosen = self._chosen(order)
            managers = self.managers
            html = checklist_views.checklist(
                chosen, managers.stage_titles, managers.library, managers.differing, self.texts
            )
        except Exception as error:  # The edge.
            return Screen(result=str(self._failure(error)))
        count = len(chosen.rows)
        name = "managers.checklist_shown_one" if count == 1 else "managers.checklist_shown"
        return Screen(result=str(html), said=self._heard(self.texts(name, n=f"{count:,}")))

    def checklist_file(self, order: Order) -> str:
        """A link to the checklist as a file, with what was filled in."""

        def write() -> tuple[str, bytes]:
            chosen = with_filled(self._chosen(order), filled_rows(order.get("filled", "")))
            name = f"peer-support-checklist-{dt.date.today().isoformat()}"
            asked = order.get("form", "")
            if asked == "json":
                data = chosen.model_dump(mode="json")
                packed = json.dumps(data, ensure_ascii=False, indent=2).encode()
                return f"{name}.json", packed
            form = form_of(asked, ("docx", "pdf", "md", "csv", "xlsx"))
            make = checklist_sheet if form in TABLE_FORMS else checklist_paper
            return f"{name}.{form}", written(make(chosen, self.managers.stage_titles), form)

        return self._made(write)

    def _chosen(self, order: Order) -> Chosen:
        asked = asked_for(order)
        return self.managers.checklist(
            asked.stages, setting=asked.setting, country=asked.country, kind=asked.kind
        )

    # ------------------------------------------------------------ drafts

    def check(self, order: Order, page: str) -> Iterator[Screen]:
        """Check the draft that came in with a batch; ``page`` names the open page.

        The file is deleted as soon as it is read.
        """
        drafts = self._drafts
        if drafts is None:
            yield self._trouble(self.texts("managers.draft_nowhere"))
            return
        taken = drafts.take(order.get("batch", ""))
        if taken is None:
            yield self._trouble(self.texts("managers.draft_nothing"))
            return
        folder = taken.folder
        if not taken.files:
            drafts.dropped(folder)
            refused = next((r.message for r in taken.refused if r.message), "")
            yield self._trouble(refused or self.texts("managers.draft_nothing"))
            return
        received, asked = taken.files[0], asked_for(order)

        def work(tell: Progress) -> Checked:
            try:
                path = named(received.path, received.name)
                tell("", 0, 1)
                draft = self.managers.read_draft(path, received.name)
            finally:
                drafts.dropped(folder)
            return self._compared(draft, asked, tell)

        # What was found in an earlier draft must not stand under this one's name.
        yield Screen(result="", forget=True)
        yield from self._followed(work, page)

    def again(self, order: Order, checked: Checked | None, page: str) -> Iterator[Screen]:
        """Compare the draft that is held as another kind."""
        if checked is None:
            yield self._trouble(self.texts("managers.draft_gone"))
            return
        held, asked = checked, replace(checked.asked, kind=order.get("kind", ""))
        compare = partial(self._compared, held.draft, asked)
        yield from self._followed(compare, page, "managers.stopped_again")

    def _compared(self, draft: Draft, asked: Asked, tell: Progress) -> Checked:
        check = self.managers.check_guidance(
            draft,
            kind=asked.kind,
            stages=asked.stages,
            setting=asked.setting,
            country=asked.country,
            progress=tell,
        )
        return Checked(draft, check, asked)

    def _followed(
        self, work: Callable[[Progress], Checked], page: str, stopped: str = "managers.stopped"
    ) -> Iterator[Screen]:
        stop = self._stops.begin(page)
        told = Telling()
        try:
            yield self._step(Step("", 0, 1), told)
            for step in followed(work, stop):
                if isinstance(step, Step):
                    yield self._step(step, told)
                else:
                    yield self._ended(step, stopped)
        finally:
            # A page that went away takes its check with it.
            self._stops.end(page, stop)

    def _step(self, step: Step, told: Telling) -> Screen:
        said = draft_views.step_words(step, self.texts)
        heard = self._heard(said) if told.is_due(step.words) else None
        return Screen(progress=str(draft_views.progress(step, self.texts)), said=heard)

    def _ended(self, end: Ended[Checked], stopped: str) -> Screen:
        if end.stopped or isinstance(end.error, (Stopped, ReadingStopped)):
            return Screen(progress=str(views.notice(self.texts(stopped))))
        if end.error is not None or end.found is None:
            error = end.error or RuntimeError("nothing was found")
            return Screen(progress=str(self._failure(error)))
        found = end.found
        try:
            managers = self.managers
            html = draft_views.result(
                found.check, found.draft, managers.library, managers.differing, self.texts
            )
        except Exception as error:  # The edge.
            return Screen(progress=str(self._failure(error)))
        counts = {name: str(n) for name, n in found.check.counted().items()}
        said = self._heard(self.texts("managers.draft_ready", **counts))
        return Screen(progress="", result=str(html), said=said, checked=found)

    def _trouble(self, words: str) -> Screen:
        return Screen(progress=str(look.failure(words)))

    def stop(self, page: str) -> None:
        """End the check that a page waits for."""
        self._stops.stop(page)

    def forgotten(self) -> Screen:
        """The view without the draft."""
        words = self.texts("managers.forgotten")
        return Screen(progress=str(views.notice(words)), result="", forget=True)

    def draft_file(self, order: Order, checked: Checked | None) -> str:
        """A link to what was found in a draft as a file, with what a person confirmed."""

        def write() -> tuple[str, bytes]:
            if checked is None:
                raise UsageError(self.texts("managers.draft_gone"))
            form = form_of(order.get("form", ""), ("docx", "pdf", "md", "xlsx"))
            known = {row.id for row in checked.check.rows}
            own = confirmations(order.get("confirmed", ""))
            own = {row: said for row, said in own.items() if row in known}
            make = guidance_sheet if form in TABLE_FORMS else guidance_paper
            paper = make(checked.check, self.managers.stage_titles, own)
            return f"guidance-check-{dt.date.today().isoformat()}.{form}", written(paper, form)

        return self._made(write)

    # ------------------------------------------------------------ readiness

    def picture(self, order: Order) -> tuple[Screen, Readiness | None]:
        """The picture of what was filled in on the page."""

        def find() -> Readiness:
            given = {row.id: row for row in filled_rows(order.get("filled", ""))}
            held = self.managers.checklists.rows
            shown = [row.id for row in self._chosen(order).rows]
            wanted = dict.fromkeys([*shown, *(row for row in given if row in held)])
            rows = tuple(given.get(row, FilledRow(id=row, status="")) for row in wanted)
            if not any(row.status for row in rows):
                raise UsageError(self.texts("managers.filled_empty"))
            name = self.texts("managers.filled_name")
            return self.managers.readiness(Filled(name=name, date=dt.date.today(), rows=rows))

        return self._pictured(find)

    def picture_of_files(self, order: Order) -> tuple[Screen, Readiness | None]:
        """The picture of one filled-in file, or of two. The files are deleted once they are read.

        ``order`` names a batch each, and the day where one was given.
        """

        def find() -> Readiness:
            try:
                before = self._filled(order, "before")
                now = self._filled(order, "now")
            finally:
                # Where one cannot be read, the other is not kept either.
                self._drop(order.get("now", ""))
                self._drop(order.get("before", ""))
            if now is None:
                raise UsageError(self.texts("managers.readiness_empty"))
            return self.managers.readiness(now, before)

        return self._pictured(find)

    def _filled(self, order: Order, which: str) -> Filled | None:
        batch = self._drafts.take(order.get(which, "")) if self._drafts else None
        if self._drafts is None or batch is None:
            return None
        try:
            refused = next((r.message for r in batch.refused if r.message), "")
            if not batch.files:
                if refused:
                    raise UsageError(refused)
                return None
            received = batch.files[0]
            path = named(batch.files[0].path, received.name)
            return self.managers.filled(path, day_of(order.get(f"date-{which}", "")), path.name)
        except UsageError as error:
            if error.hint == EXPORT_HINT:
                # The page's own way to such a file, in place of the command line's.
                hint = self.texts("managers.readiness_unreadable")
                raise UsageError(error.message, hint) from error
            raise
        finally:
            self._drafts.dropped(batch.folder)

    def _drop(self, key: str) -> None:
        batch = self._drafts.take(key) if self._drafts else None
        if self._drafts is not None and batch is not None:
            self._drafts.dropped(batch.folder)

    def _pictured(self, find: Callable[[], Readiness]) -> tuple[Screen, Readiness | None]:
        try:
            found = find()
            with self._drawing:
                png = picture(found)
            managers = self.managers
            html = readiness_views.picture(
                found, png, managers.library, managers.differing, self.texts
            )
        except Exception as error:  # The edge.
            return Screen(result=str(self._failure(error))), None
        said = self._heard(self.texts("managers.readiness_ready"))
        return Screen(result=str(html), said=said), found

    def readiness_file(self, order: Order, found: Readiness | None) -> str:
        """A link to the picture as a file."""

        def write() -> tuple[str, bytes]:
            if found is None:
                raise UsageError(self.texts("managers.readiness_empty"))
            form = form_of(order.get("form", ""), ("docx", "pdf", "md"))
            with self._drawing:
                paper = readiness_paper(found)
            return f"readiness-{(found.date or dt.date.today()).isoformat()}.{form}", written(
                paper, form
            )

        return self._made(write)

    # ------------------------------------------------------------ words

    def _made(self, write: Callable[[], tuple[str, bytes]]) -> str:
        try:
            name, content = write()
        except AssistantError as error:
            return str(look.not_made(str(error), self.texts))
        except Exception as error:  # The edge.
            _log.error("A file could not be made (%s)", type(error).__name__)
            _log.debug("Traceback", exc_info=True)
            return str(look.not_made(self.texts("managers.file_broke"), self.texts))
        return str(look.made(self._downloads.link(name, content, name), self.texts))

    def _failure(self, error: Exception) -> Html:
        if isinstance(error, AssistantError):
            return look.failure(error.message, error.hint)
        _log.error("Something for managers failed (%s)", type(error).__name__)
        _log.debug("Traceback", exc_info=True)
        return look.failure(self.texts("managers.broke"))

    def _heard(self, words: str) -> str:
        return str(views.announcement(words))


class Telling:
    """When a screen reader is told how far something is: at each new step, and now and then."""

    def __init__(self) -> None:
        self._step: str | None = None
        self._at = dt.datetime.min

    def is_due(self, step: str) -> bool:
        """Whether to tell it now."""
        now = dt.datetime.now()
        if step == self._step and (now - self._at).total_seconds() < TELL_EVERY:
            return False
        self._step, self._at = step, now
        return True


# ---------------------------------------------------------------- what came with an event


def asked_for(order: Order) -> Asked:
    """Kind, stages, setting and country of a form; stages stand in one line."""
    return Asked(
        kind=order.get("kind", ""),
        stages=tuple(order.get("stages", "").split()),
        setting=order.get("setting", ""),
        country=order.get("country", ""),
    )


def filled_rows(packed: str) -> tuple[FilledRow, ...]:
    """What somebody filled in, from JSON: fields by the id of the row. What is none of ours is left
    out."""
    found = []
    for row_id, fields in _by_row(packed).items():
        status = fields.get("status", "")
        values = {name: fields.get(name, "")[:LONGEST] for name in ("evidence", "owner", "due")}
        known = status if status in STATUS_WORDS else ""
        with suppress(ValueError):
            found.append(FilledRow.model_validate({"id": row_id, "status": known, **values}))
    return tuple(found)


def confirmations(packed: str) -> dict[str, Confirmed]:
    """What somebody made of proposed verdicts, from JSON, by the id of the row; rows without a
    verdict of ours are left out."""
    found = {}
    for row_id, fields in _by_row(packed).items():
        verdict = fields.get("verdict", "")
        if verdict in VERDICTS:
            why = " ".join(fields.get("why", "").split())[:LONGEST]
            found[row_id] = Confirmed.model_validate({"verdict": verdict, "why": why})
    return found


def _by_row(packed: str) -> dict[str, dict[str, str]]:
    try:
        data = json.loads(packed or "{}")
    except (ValueError, RecursionError):
        return {}
    if not isinstance(data, dict):
        return {}
    return {
        str(row): {str(name): str(value) for name, value in fields.items()}
        for row, fields in data.items()
        if isinstance(fields, dict)
    }


def day_of(text: str) -> dt.date | None:
    """A day as a date field gives it; None where there is none."""
    try:
        return dt.date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError:
        return None


def named(path: Path, name: str) -> Path:
    """A file that came in under its own name, by which it is told what it is."""
    target = path.with_name(Path(name).name or "draft")
    return path.rename(target)
