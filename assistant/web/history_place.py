"""The place "Your history" in Gradio: which parts it has, and what each event changes."""

from __future__ import annotations

import gradio as gr

from assistant.interface import Texts
from assistant.web.ask_place import AskPlace
from assistant.web.channel import markup
from assistant.web.desk import Assistant


def history_place(assistant: Assistant, texts: Texts, ask: AskPlace) -> None:
    """The place with its parts."""
    with gr.Column(elem_id="place-history", elem_classes=["place"]):
        markup(f'<h1 tabindex="-1">{texts("places.history")}</h1>', "history-heading")
