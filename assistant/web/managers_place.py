"""The place "For managers" in Gradio: which parts it has, and what each event changes."""

from __future__ import annotations

import gradio as gr

from assistant.interface import Texts
from assistant.web.channel import markup
from assistant.web.desk import Assistant
from assistant.web.services import Services


def managers_place(assistant: Assistant, texts: Texts, services: Services) -> None:
    """The place with its parts."""
    with gr.Column(elem_id="place-managers", elem_classes=["place"]):
        markup(f'<h1 tabindex="-1">{texts("places.managers")}</h1>', "managers-heading")
