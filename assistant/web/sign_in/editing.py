"""Finds the functions of the page that change what all share, so that readers cannot call them.

Closed unless it is known to be harmless: whatever "Your documents" listens to is for editors, but
for what only shows something.
"""

from __future__ import annotations

import gradio as gr

MODULE = "assistant.web.documents.place"
READING = frozenset({"tick", "option_select"})
"""Events that show the list of documents, and one document."""


def changing(blocks: gr.Blocks) -> frozenset[int]:
    """Numbers of the functions that only editors may call."""
    return frozenset(
        number
        for number, function in blocks.fns.items()
        if getattr(function.fn, "__module__", "") == MODULE
        and not {event for _, event in function.targets} <= READING
    )
