"""The place "Your documents" in Gradio: which parts it has, and what each event changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import gradio as gr

from assistant.interface import Texts
from assistant.web import views
from assistant.web.channel import data_of, markup, on
from assistant.web.documents import views as look
from assistant.web.documents.desk import Documents, Screen

Refresh = Callable[[], Any]


def documents_place(documents: Documents | None, texts: Texts, router: gr.HTML) -> list[Any]:
    """The place with its list, and the page of one document; the events that change what is
    there."""
    with gr.Column(elem_id="place-documents", elem_classes=["place"]):
        markup(str(look.place_heading(texts)), "documents-heading")
        if documents is None:
            markup(str(views.notice(texts("documents.nowhere"))), "documents-list")
            return []
        form = markup("", "documents-add")
        progress = markup("", "documents-progress")
        said = markup(str(views.announcement("")), "documents-said")
        listing = markup("", "documents-list")
    with gr.Column(elem_id="place-document", elem_classes=["place"]):
        page = markup("", "document-page")
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

    on(router.tick, opened, outputs, "placed")
    on(router.stop, stop, outputs)
    on(router.option_select, show, [page], "opened")
    return [
        on(router.upload, add, outputs, "reported"),
        on(router.apply, choose, outputs, "reported"),
        on(router.edit, edit, [page], "edited"),
        on(router.delete, remove, outputs, "removed"),
    ]


def _shown(screen: Screen) -> tuple[Any, ...]:
    """What the outputs show; what stays as it is, is not sent again."""
    parts: Iterable[str | None] = (screen.progress, screen.listing, screen.form, screen.said)
    return tuple(gr.skip() if part is None else part for part in parts)
