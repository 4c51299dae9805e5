"""The places "Topics" and "Library" in Gradio, with the pages of one topic and one source."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from assistant.presentation.markup import Html, el
from assistant.web.ask.handlers import Desk
from assistant.web.channel import channel, data_of, markup, on
from assistant.web.forms import template_safe
from assistant.web.library.desk import LibraryDesk
from assistant.web.services import Services

_SEARCH_JS = "window.peerSupport.shelf(element, trigger);"


def library_places(desk: Desk, router: gr.HTML, services: Services | None = None) -> None:
    """The lists of topics and of sources, the figures, and the pages that they lead to."""
    library = LibraryDesk(desk.assistant, desk.texts, (services or Services()).downloads)
    with gr.Column(elem_id="place-topics", elem_classes=["place"]):
        markup(library.topics(), "topic-index")
    with gr.Column(elem_id="place-topic", elem_classes=["place"]):
        topic = markup("", "topic-page")
    with gr.Column(elem_id="place-library", elem_classes=["place"]):
        _shelf(library)
        _figures(library)
    with gr.Column(elem_id="place-source", elem_classes=["place"]):
        source = markup("", "source-page")
        _references(library)
    _opens(router.select, _open(library.topic, "topic"), topic)
    _opens(router.input, _open(library.source, "source"), source)


def _opens(trigger: Any, handler: Callable[..., str], page: gr.HTML) -> None:
    on(trigger, handler, [page], after="pageOpened")


def _open(show: Callable[[str], str], key: str) -> Callable[..., str]:
    def opened(event: gr.EventData) -> str:
        return show(data_of(event).get(key, ""))

    return opened


def _shelf(library: LibraryDesk) -> None:
    form = gr.HTML(
        "",
        elem_id="library-search",
        html_template=template_safe(library.form()),
        js_on_load=_SEARCH_JS,
        apply_default_css=False,
    )
    results = markup(library.shelf({}), "library-results")

    def search(event: gr.EventData) -> str:
        return library.shelf(data_of(event))

    on(form.submit, search, [results], after="shelfShown")


def _figures(library: LibraryDesk) -> None:
    """Counted when somebody first opens them."""
    asked = channel("figures")
    page = markup(_counting(library), "library-figures")
    file = markup("", "figures-file")
    on(asked.select, library.figures, [page], after="figuresShown")
    on(asked.download, library.figures_file, [file], after="downloaded")


def _counting(library: LibraryDesk) -> Html:
    count = f"{len(library.assistant.library.sources):,}"
    words = library.texts("library.counting", n=count)
    return el("p", words, class_="stage", role="status")


def _references(library: LibraryDesk) -> None:
    asked = channel("references")
    file = markup("", "reference-file")

    def make(event: gr.EventData) -> str:
        return library.reference(data_of(event))

    on(asked.download, make, [file], after="downloaded")
