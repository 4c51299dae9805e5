"""The place "Your documents" in Gradio: which parts it has, and what each event changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import gradio as gr

from assistant.web import document_views as look
from assistant.web import views
from assistant.web.documents import Documents, Screen
from assistant.web.texts import Texts

WATCHERS = 8
"""How many pages may follow an adding at once."""
Refresh = Callable[[], Any]


def documents_place(documents: Documents | None, texts: Texts, router: gr.HTML) -> list[Any]:
    """The place with its list, and the page of one document; the events that change what is
    there."""
    with gr.Column(elem_id="place-documents", elem_classes=["place"]):
        _markup(str(look.place_heading(texts)), "documents-heading")
        if documents is None:
            _markup(str(views.notice(texts("documents.nowhere"))), "documents-list")
            return []
        form = _markup("", "documents-add")
        progress = _markup("", "documents-progress")
        said = _markup(str(views.announcement("")), "documents-said")
        listing = _markup("", "documents-list")
    with gr.Column(elem_id="place-document", elem_classes=["place"]):
        page = _markup("", "document-page")
    outputs = [progress, listing, form, said]
    return _listens(router, documents, outputs, page)


def _listens(
    router: gr.HTML, documents: Documents, outputs: list[gr.HTML], page: gr.HTML
) -> list[Any]:
    def opened() -> Iterator[tuple[Any, ...]]:
        yield from map(_shown, documents.place())

    def add(event: gr.EventData) -> Iterator[tuple[Any, ...]]:
        yield from map(_shown, documents.add(data_of(event)))

    def choose(event: gr.EventData) -> Iterator[tuple[Any, ...]]:
        yield from map(_shown, documents.choose(data_of(event)))

    def stop() -> tuple[Any, ...]:
        return _shown(documents.stop())

    def show(event: gr.EventData) -> str:
        asked = data_of(event)
        return documents.pages.page(
            asked.get("document", ""), asked.get("span", ""), asked.get("part", "")
        )

    def edit(event: gr.EventData) -> str:
        return documents.pages.edit(data_of(event))

    def remove(event: gr.EventData) -> tuple[Any, ...]:
        return _shown(documents.remove(data_of(event).get("document", "")))

    _on(router.tick, opened, outputs, "placed")
    _on(router.stop, stop, outputs)
    _on(router.option_select, show, [page], "opened")
    return [
        _on(router.upload, add, outputs, "reported"),
        _on(router.apply, choose, outputs, "reported"),
        _on(router.edit, edit, [page], "edited"),
        _on(router.delete, remove, outputs, "removed"),
    ]


def _on(trigger: Any, handler: Any, outputs: list[gr.HTML], after: str = "") -> Any:
    done = trigger(
        handler,
        None,
        outputs,
        show_progress="hidden",
        api_visibility="private",
        concurrency_limit=WATCHERS,
    )
    if after:
        done.then(js=f"() => window.peerSupport.{after}()", api_visibility="private")
    return done


def _shown(screen: Screen) -> tuple[Any, ...]:
    """What the outputs show; what stays as it is, is not sent again."""
    parts: Iterable[str | None] = (screen.progress, screen.listing, screen.form, screen.said)
    return tuple(gr.skip() if part is None else part for part in parts)


def data_of(event: gr.EventData) -> dict[str, str]:
    """What came with an event, all of it as text."""
    data = event._data
    return {str(key): str(value) for key, value in data.items()} if isinstance(data, dict) else {}


def _markup(value: str, elem_id: str) -> gr.HTML:
    return gr.HTML(
        value, elem_id=elem_id, js_on_load=None, apply_default_css=False, elem_classes=["ours"]
    )
