"""Puts the page together in Gradio.

Gradio brings the queue, the state of a conversation and the connection; looks, markup and wording
are ours. Each place has a module of its own.
"""

from __future__ import annotations

import os

# Gradio reads these when it is imported.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["GRADIO_RUN_HISTORY"] = "False"
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

import gradio as gr

from assistant.interface import Texts, load_texts
from assistant.presentation.markup import Html
from assistant.web.ask.handlers import Desk
from assistant.web.ask.place import ask_place, refreshes
from assistant.web.channel import channel, markup
from assistant.web.desk import Assistant
from assistant.web.documents.place import documents_place
from assistant.web.history.place import history_place
from assistant.web.languages import foot
from assistant.web.library.place import library_places
from assistant.web.managers.place import managers_place
from assistant.web.services import Services
from assistant.web.trainers.place import trainers_place


def build_app(
    assistant: Assistant, texts: Texts | None = None, services: Services | None = None
) -> gr.Blocks:
    """The page as Gradio blocks, for an assistant that is already open."""
    texts, services = texts or load_texts(), services or Services()
    desk = Desk(assistant, texts, services.documents)
    blocks: gr.Blocks
    with gr.Blocks(title=texts("page.title"), analytics_enabled=False, fill_width=True) as blocks:
        markup(desk.header(), "masthead")
        router = channel("page")
        ask = ask_place(desk, router, services)
        library_places(desk, router, services)
        places = documents_place(services.documents, texts, router)
        managers_place(assistant, texts, services)
        trainers_place(assistant, texts, services)
        history_place(assistant, texts, ask)
        markup(foot(texts, Html(desk.privacy())), "foot")
        refreshes(blocks, places, desk, ask)
    blocks.queue(default_concurrency_limit=8, max_size=128, api_open=False)
    return blocks
