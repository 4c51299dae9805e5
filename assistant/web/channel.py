"""How the page's own script and a handler in Gradio speak to each other: invisible channels.

A channel is an HTML block that is never seen. The script triggers named events on it, with data;
a handler listens, and what it gives back is put into the blocks that it names.
"""

from __future__ import annotations

from typing import Any

import gradio as gr

WATCHERS = 8
"""How many pages may wait for one kind of event at once."""


def channel(name: str) -> gr.HTML:
    """A channel; the script reaches it with ``peerSupport.send(event, data, name)``."""
    return gr.HTML(
        "",
        elem_id=f"channel-{name}",
        elem_classes=["channel"],
        html_template="<span></span>",
        js_on_load=f"window.peerSupport.connect(trigger, '{name}');",
        apply_default_css=False,
    )


def on(trigger: Any, handler: Any, outputs: list[Any], after: str = "", inputs: Any = None) -> Any:
    """Let a handler listen to an event.

    Args:
        trigger: such as ``channel.submit``.
        handler: gives what the outputs show.
        outputs: blocks, in that order.
        after: function of ``window.peerSupport`` to call when it is done.
        inputs: blocks or states whose values come before the event's data.
    """
    done = trigger(
        handler,
        inputs,
        outputs,
        show_progress="hidden",
        api_visibility="private",
        concurrency_limit=WATCHERS,
    )
    if after:
        done.then(js=f"() => window.peerSupport.{after}()", api_visibility="private")
    return done


def data_of(event: gr.EventData) -> dict[str, str]:
    """What came with an event, all of it as text."""
    data = event._data
    return {str(key): str(value) for key, value in data.items()} if isinstance(data, dict) else {}


def markup(value: str, elem_id: str) -> gr.HTML:
    """A block that shows markup of ours."""
    return gr.HTML(
        value, elem_id=elem_id, js_on_load=None, apply_default_css=False, elem_classes=["ours"]
    )
