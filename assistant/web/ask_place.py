"""The place "Ask" in Gradio: which parts it has, and what each event changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from assistant.web import views
from assistant.web.channel import data_of, markup
from assistant.web.forms import role_form, template_safe
from assistant.web.handlers import Conversation, Desk, Screen
from assistant.web.services import Services

# A form whose value is what is chosen in it. It listens from outside the form, which comes anew
# when documents were added.
_FORM_JS = """
const read = () => {
  props.value = JSON.stringify(Object.fromEntries(new FormData(element.querySelector('form'))));
};
element.addEventListener('change', read);
element.addEventListener('reset', () => setTimeout(read));
element.addEventListener('submit', (event) => event.preventDefault());
"""
# The same for the role, which also stays chosen when the page is loaded again.
_ROLE_JS = """
const form = element.querySelector('form');
const read = () => { props.value = JSON.stringify(Object.fromEntries(new FormData(form))); };
window.peerSupport.role(form);
read();
form.addEventListener('change', read);
form.addEventListener('submit', (event) => event.preventDefault());
"""
_ARRIVED_JS = "() => window.peerSupport.arrived()"
_ASKING_JS = "() => window.peerSupport.asking()"


@dataclass(frozen=True)
class AskPlace:
    """The parts that other places work with. ``outputs`` show what ``screen_parts`` gives."""

    filters: gr.HTML
    conversation: gr.State
    outputs: list[Any]


def ask_place(desk: Desk, router: gr.HTML, services: Services) -> AskPlace:
    """The place with its conversation, box, filters and role; the events that ask."""
    with gr.Column(elem_id="place-ask", elem_classes=["place"]):
        return _parts(desk, router)


def refreshes(blocks: gr.Blocks, changes: list[Any], desk: Desk, place: AskPlace) -> None:
    """Keeps the choice of where to look true to the collections that there are."""
    held = gr.State(desk.filters())

    def refresh(before: str) -> tuple[Any, Any]:
        form = desk.filters()
        if form == before:
            return gr.skip(), gr.skip()
        return gr.HTML(value="{}", form=form), form

    for change in (blocks.load, *(change.then for change in changes)):
        change(
            refresh, held, [place.filters, held], show_progress="hidden", api_visibility="private"
        )


def _parts(desk: Desk, router: gr.HTML) -> AskPlace:
    texts = desk.texts
    conversation = gr.State(Conversation())
    markup(desk.welcome(), "welcome")
    shown = markup("", "conversation")
    pending = markup("", "pending")
    # Beside what is drawn anew with every sentence, so that it keeps the focus.
    stop = gr.Button(texts("stages.stop"), elem_id="stop-model")
    with gr.Column(elem_id="composer"):
        box = gr.Textbox(
            label=texts("ask.label"),
            placeholder=texts("ask.placeholder"),
            lines=1,
            max_lines=8,
            elem_id="question",
            autofocus=False,
            container=True,
        )
        with gr.Row(elem_id="composer-row"):
            send = gr.Button(texts("ask.send"), variant="primary", elem_id="send")
            new = gr.Button(texts("ask.new"), elem_id="new-conversation")
        markup(desk.privacy(), "privacy")
        filters = gr.HTML(
            "{}",
            elem_id="filters",
            html_template="${form}",
            js_on_load=_FORM_JS,
            apply_default_css=False,
            form=desk.filters(),
        )
        role = gr.HTML(
            "{}",
            elem_id="role",
            html_template=template_safe(role_form(texts)),
            js_on_load=_ROLE_JS,
            apply_default_css=False,
        )
    markup(desk.starters(), "starters")
    announced = markup(str(views.announcement("")), "announced")
    why = markup("", "explained")
    outputs = [shown, pending, announced, box, conversation]
    ask = _asker(desk)
    for trigger in (box.submit, send.click):
        _asks(trigger, ask, [box, conversation, filters, role], outputs)
    _asks(router.submit, _asker_from_event(desk), [conversation, filters, role], outputs)
    router.expand(
        _explainer(desk), conversation, why, show_progress="hidden", api_visibility="private"
    ).then(js="() => window.peerSupport.explained()", api_visibility="private")
    # Not through the queue: what it stops is what holds a place there.
    stop.click(_stopper(desk), None, None, queue=False, api_visibility="private")
    new.click(
        lambda: (*screen_parts(Screen(Conversation())), ""),
        None,
        [*outputs, why],
        show_progress="hidden",
        api_visibility="private",
        queue=False,
    ).then(js="() => window.peerSupport.fresh()", api_visibility="private")
    return AskPlace(filters, conversation, outputs)


def _asks(trigger: Any, handler: Callable[..., Any], inputs: list[Any], outputs: list[Any]) -> None:
    trigger(js=_ASKING_JS, api_visibility="private")
    trigger(
        handler,
        inputs,
        outputs,
        show_progress="hidden",
        api_visibility="private",
        trigger_mode="once",
    ).then(js=_ARRIVED_JS, inputs=None, api_visibility="private")


def screen_parts(screen: Screen, before: Conversation | None = None) -> tuple[Any, ...]:
    """What the outputs show. A conversation that is still the same is not sent again."""
    conversation = screen.conversation
    heard = str(views.announcement(screen.announce))
    if conversation is before:
        return gr.skip(), screen.pending, heard, screen.box, gr.skip()
    return conversation.html(), screen.pending, heard, screen.box, conversation


def _asker(desk: Desk) -> Callable[..., Any]:
    def ask(
        question: str, conversation: Conversation, form: str, role: str, request: gr.Request
    ) -> Iterator[tuple[Any, ...]]:
        page = request.session_hash or ""
        for screen in desk.ask(question or "", conversation, form, role, page):
            yield screen_parts(screen, conversation)

    return ask


def _asker_from_event(desk: Desk) -> Callable[..., Any]:
    def ask(
        conversation: Conversation,
        form: str,
        role: str,
        event: gr.EventData,
        request: gr.Request,
    ) -> Iterator[Any]:
        question = str(data_of(event).get("question", ""))
        page = request.session_hash or ""
        for screen in desk.ask(question, conversation, form, role, page):
            yield screen_parts(screen, conversation)

    return ask


def _stopper(desk: Desk) -> Callable[..., None]:
    def stop(request: gr.Request) -> None:
        desk.stop(request.session_hash or "")

    return stop


def _explainer(desk: Desk) -> Callable[..., str]:
    def explain(conversation: Conversation, event: gr.EventData) -> str:
        return desk.why(conversation, str(data_of(event).get("turn", "")))

    return explain
