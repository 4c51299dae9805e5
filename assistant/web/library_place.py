"""The places "Topics" and "Library" in Gradio, with the pages of one topic and one source."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from assistant.web import shelves, views
from assistant.web.channel import data_of, markup
from assistant.web.forms import template_safe
from assistant.web.handlers import Desk

_SEARCH_JS = """
const form = element.querySelector('form');
const search = () => trigger('submit', Object.fromEntries(new FormData(form)));
form.addEventListener('change', search);
form.addEventListener('submit', (event) => { event.preventDefault(); search(); });
window.peerSupport.more = (shown) =>
  trigger('submit', { ...Object.fromEntries(new FormData(form)), shown });
"""


def library_places(desk: Desk, router: gr.HTML) -> None:
    """The lists of topics and of sources, and the pages that they lead to."""
    with gr.Column(elem_id="place-topics", elem_classes=["place"]):
        markup(str(views.topic_list(desk.assistant.library, desk.texts)), "topic-index")
    with gr.Column(elem_id="place-topic", elem_classes=["place"]):
        topic = markup("", "topic-page")
    with gr.Column(elem_id="place-library", elem_classes=["place"]):
        _library(desk)
    with gr.Column(elem_id="place-source", elem_classes=["place"]):
        source = markup("", "source-page")
    _opens(router.select, _open(desk.topic, "topic"), topic)
    _opens(router.input, _open(desk.source, "source"), source)


def _opens(trigger: Any, handler: Callable[..., str], page: gr.HTML) -> None:
    shown = trigger(handler, None, page, show_progress="hidden", api_visibility="private")
    shown.then(js="() => window.peerSupport.opened()", api_visibility="private")


def _open(show: Callable[[str], str], key: str) -> Callable[..., str]:
    def opened(event: gr.EventData) -> str:
        return show(str(data_of(event).get(key, "")))

    return opened


def _library(desk: Desk) -> None:
    form = gr.HTML(
        "",
        elem_id="library-search",
        html_template=template_safe(shelves.search_form(desk.assistant.library, desk.texts)),
        js_on_load=_SEARCH_JS,
        apply_default_css=False,
    )
    results = markup(desk.shelf({}), "library-results")

    def search(event: gr.EventData) -> str:
        return desk.shelf(data_of(event))

    form.submit(search, None, results, show_progress="hidden", api_visibility="private")
