"""The place "For managers" in Gradio: which parts it has, and what each event changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from assistant.interface import Texts
from assistant.web import views
from assistant.web.channel import channel, data_of, markup, on
from assistant.web.desk import Assistant
from assistant.web.managers import views as look
from assistant.web.managers.desk import ManagersDesk, Screen
from assistant.web.managers.draft_views import stop_button
from assistant.web.services import Services

if TYPE_CHECKING:
    from assistant.assembly.managers import Managers


@dataclass(frozen=True)
class _Parts:
    """The blocks that events change. ``check`` and ``found`` hold what one open page works on."""

    forms: list[gr.HTML]
    rows: gr.HTML
    progress: gr.HTML
    result: gr.HTML
    picture: gr.HTML
    made: gr.HTML
    said: gr.HTML
    check: gr.State
    found: gr.State


def managers_place(assistant: Assistant, texts: Texts, services: Services) -> None:
    """The place with its parts."""
    tools: Managers | None = getattr(assistant, "managers", None)
    desk = ManagersDesk(tools, services.drafts, services.downloads, texts)
    with gr.Column(elem_id="place-managers", elem_classes=["place"]):
        parts = _parts(texts)
        _listens(channel("managers"), desk, parts)


def _parts(texts: Texts) -> _Parts:
    check, found = gr.State(None), gr.State(None)
    with gr.Column(elem_id="managers-front", elem_classes=["managers-view"]):
        markup(str(look.front(texts)), "managers-heading")
    with gr.Column(elem_id="managers-checklists", elem_classes=["managers-view"]):
        markup(str(look.top("checklists", texts)), "checklists-heading")
        checklist_form = markup("", "checklist-form")
        rows = markup("", "checklist-rows")
    with gr.Column(elem_id="managers-draft", elem_classes=["managers-view"]):
        markup(str(look.top("draft", texts)), "draft-heading")
        draft_form = markup("", "draft-form")
        progress = markup("", "draft-progress")
        markup(str(stop_button(texts)), "draft-stop")
        result = markup("", "draft-result")
    with gr.Column(elem_id="managers-readiness", elem_classes=["managers-view"]):
        markup(str(look.top("readiness", texts)), "readiness-heading")
        readiness_form = markup("", "readiness-form")
        picture = markup("", "readiness-picture")
    made = markup("", "managers-made")
    said = markup(str(views.announcement("")), "managers-said")
    forms = [checklist_form, draft_form, readiness_form]
    return _Parts(forms, rows, progress, result, picture, made, said, check, found)


def _listens(events: gr.HTML, desk: ManagersDesk, parts: _Parts) -> None:
    _checklist_events(events, desk, parts)
    _draft_events(events, desk, parts)
    _readiness_events(events, desk, parts)
    # Once a page: the forms need the checklists, which a page that only asks never reads.
    on(events.tick, desk.forms, parts.forms, "managersReady")


def _checklist_events(events: gr.HTML, desk: ManagersDesk, parts: _Parts) -> None:
    def show(event: gr.EventData) -> tuple[Any, ...]:
        screen = desk.checklist(data_of(event))
        return _parts_of(screen.result, screen.said)

    def write(event: gr.EventData) -> str:
        return desk.checklist_file(data_of(event))

    on(events.submit, show, [parts.rows, parts.said], "checklistShown")
    on(events.download, write, [parts.made], "managersMade")


def _draft_events(events: gr.HTML, desk: ManagersDesk, parts: _Parts) -> None:
    outputs = [parts.progress, parts.result, parts.said, parts.check]

    def check(event: gr.EventData, request: gr.Request) -> Iterator[tuple[Any, ...]]:
        yield from map(_shown, desk.check(data_of(event), request.session_hash or ""))

    def again(held: Any, event: gr.EventData, request: gr.Request) -> Iterator[tuple[Any, ...]]:
        yield from map(_shown, desk.again(data_of(event), held, request.session_hash or ""))

    def stop(request: gr.Request) -> None:
        desk.stop(request.session_hash or "")

    def forget() -> tuple[Any, ...]:
        return _shown(desk.forgotten())

    def write(held: Any, event: gr.EventData) -> str:
        return desk.draft_file(data_of(event), held)

    on(events.upload, check, outputs, "draftShown")
    on(events.retry, again, outputs, "draftShown", inputs=[parts.check])
    # Not through the queue: what it stops is what holds a place there.
    events.stop(stop, None, None, queue=False, api_visibility="private")
    on(events.clear, forget, outputs, "draftForgotten")
    on(events.copy, write, [parts.made], "managersMade", inputs=[parts.check])


def _readiness_events(events: gr.HTML, desk: ManagersDesk, parts: _Parts) -> None:
    outputs = [parts.picture, parts.said, parts.found]

    def filled(event: gr.EventData) -> tuple[Any, ...]:
        screen, found = desk.picture(data_of(event))
        return (*_parts_of(screen.result, screen.said), found)

    def files(event: gr.EventData) -> tuple[Any, ...]:
        screen, found = desk.picture_of_files(data_of(event))
        return (*_parts_of(screen.result, screen.said), found)

    def write(held: Any, event: gr.EventData) -> str:
        return desk.readiness_file(data_of(event), held)

    on(events.apply, filled, outputs, "pictureShown")
    on(events.select, files, outputs, "pictureShown")
    on(events.release, write, [parts.made], "managersMade", inputs=[parts.found])


def _parts_of(*parts: str | None) -> tuple[Any, ...]:
    """What outputs show; what stays as it is, is not sent again."""
    return tuple(gr.skip() if part is None else part for part in parts)


def _shown(screen: Screen) -> tuple[Any, ...]:
    held: Any = gr.skip() if screen.checked is None else screen.checked
    shown = _parts_of(screen.progress, screen.result, screen.said)
    return (*shown, None if screen.forget else held)
