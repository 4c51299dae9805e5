"""The place "Your history" in Gradio: which parts it has, and what each event changes."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import gradio as gr

from assistant.interface import Texts
from assistant.presentation.markup import join
from assistant.web import views
from assistant.web.ask.handlers import Conversation, Screen
from assistant.web.ask.place import AskPlace, screen_parts
from assistant.web.channel import channel, data_of, markup, on
from assistant.web.desk import Assistant
from assistant.web.history import views as look
from assistant.web.history.records import Reopened, Reopener, listing_of

_log = logging.getLogger(__name__)


def history_place(assistant: Assistant, texts: Texts, ask: AskPlace) -> None:
    """The place with its parts; what it opens is shown by ``ask``."""
    with gr.Column(elem_id="place-history", elem_classes=["place"]):
        if not assistant.settings.history:
            markup(look.forbidden(texts), "history-heading")
            return
        markup(look.heading(texts), "history-heading")
        markup(look.controls(texts, assistant.chat_model), "history-controls")
        said = markup("", "history-said")
        listing = markup(str(look.loading(texts)), "history-list")
    _listens(Reopener(assistant, texts), said, listing, ask)


def _listens(desk: Reopener, said: gr.HTML, listing: gr.HTML, ask: AskPlace) -> None:
    texts = desk.texts
    c = channel("history")

    def listed(event: gr.EventData) -> tuple[str, str]:
        asked = listing_of(data_of(event))
        return str(look.said(asked.said, texts) or ""), str(look.listing(asked, texts))

    def told(event: gr.EventData) -> str:
        return str(look.said(data_of(event).get("said", ""), texts) or "")

    def troubled(conversation: Conversation, event: gr.EventData) -> list[Any]:
        name = data_of(event).get("trouble", "")
        words = texts(f"history.{name}") if name in look.TROUBLES else ""
        pending = str(views.notice(words)) if words else ""
        return _in_ask(ask, Screen(conversation, pending, announce=words), conversation)

    def reopened(conversation: Conversation, event: gr.EventData) -> Iterator[list[Any]]:
        left = [gr.skip() for _ in ask.outputs]
        yield [str(look.status(texts("history.opening"))), *left]
        try:
            again = desk.reopen(data_of(event))
            back = _put_back(desk, again)
        except Exception as error:  # The edge: what is kept stays, whatever is wrong here.
            _log.error("A kept conversation could not be opened (%s)", type(error).__name__)
            yield [str(look.said("failed", texts)), *left]
            return
        if not again.answers:
            yield [str(look.said("damaged", texts)), *left]
            return
        yield ["", *_in_ask(ask, Screen(back), conversation)]

    on(c.tick, listed, [said, listing], "listed")
    on(c.clear, told, [said])
    on(c.edit, troubled, ask.outputs, inputs=[ask.conversation])
    on(c.select, reopened, [said, *ask.outputs], "reopened", inputs=[ask.conversation])


def _put_back(desk: Reopener, again: Reopened) -> Conversation:
    """The conversation, with what is to be known of it over its first turn."""
    back = desk.conversation(again.answers)
    if not back.shown:
        return back
    first, *rest = back.shown
    over = look.banner(again, desk.texts)
    first = replace(first, html=join(over, first.html), later=join(over, first.later))
    return replace(back, shown=(first, *rest))


def _in_ask(ask: AskPlace, screen: Screen, before: Conversation) -> list[Any]:
    """What the Ask place shows; what somebody is typing there stays."""
    parts = zip(ask.outputs, screen_parts(screen, before), strict=True)
    return [gr.skip() if isinstance(block, gr.Textbox) else part for block, part in parts]
