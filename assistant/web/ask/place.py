"""The place "Ask" in Gradio: which parts it has, and what each event changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from assistant.ratings import Ratings
from assistant.web import views
from assistant.web.ask.handlers import Conversation, Desk, Screen
from assistant.web.ask.keeping import Keeping
from assistant.web.ask.rating import Marking
from assistant.web.channel import channel, data_of, markup, on
from assistant.web.forms import role_form, template_safe
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
        return _parts(desk, router, services)


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


def _parts(desk: Desk, router: gr.HTML, services: Services) -> AskPlace:
    texts = desk.texts
    c = channel("ask")
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
            markup(str(views.to_history(texts)), "to-history")
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
    outputs = [shown, pending, announced, box, conversation]
    chosen = [filters, role]
    ask = _asker(desk)
    for trigger in (box.submit, send.click):
        _asks(trigger, ask, [box, conversation, *chosen], outputs)
    _asks(router.submit, _asker_from_event(desk), [conversation, *chosen], outputs)
    _asks(c.retry, _asker_again(desk.ask_again), [conversation, *chosen], outputs)
    _asks(c.select, _asker_again(desk.ask_nobody_in_danger), [conversation, *chosen], outputs)
    _changes(desk, c, conversation, outputs)
    sheets = _sheets(desk, c, conversation, services)
    # Not through the queue: what it stops is what holds a place there.
    stop.click(_stopper(desk), None, None, queue=False, api_visibility="private")
    new.click(
        lambda: (*screen_parts(Screen(Conversation())), *("" for _ in sheets)),
        None,
        [*outputs, *sheets],
        show_progress="hidden",
        api_visibility="private",
        queue=False,
    ).then(js="() => window.peerSupport.fresh()", api_visibility="private")
    return AskPlace(filters, conversation, outputs)


def _changes(desk: Desk, c: gr.HTML, conversation: gr.State, outputs: list[Any]) -> None:
    """The last question back into the box, and out of it again."""

    def change(before: Conversation) -> tuple[Any, ...]:
        return screen_parts(desk.change(before), before)

    def leave(before: Conversation) -> tuple[Any, ...]:
        return screen_parts(desk.leave(before), before)

    on(c.edit, change, outputs, "toBox", conversation)
    on(c.undo, leave, outputs, "toBox", conversation)


def _sheets(
    desk: Desk, c: gr.HTML, conversation: gr.State, services: Services
) -> tuple[gr.HTML, ...]:
    """What is fetched for an answer when somebody asks for it: why it looks so, a file, the form
    to mark it."""
    why, made, rating = (markup("", name) for name in ("explained", "made", "rating-place"))
    keeping = Keeping(desk.assistant, services.downloads, desk.texts)
    settings = desk.assistant.settings
    marking = Marking(Ratings(settings.home, settings.ratings), desk.texts)

    def explain(conversation: Conversation, event: gr.EventData) -> str:
        return desk.why(conversation, data_of(event).get("turn", ""))

    def make(conversation: Conversation, event: gr.EventData) -> str:
        data = data_of(event)
        return str(keeping.made(conversation, data.get("what", ""), data.get("form", "")))

    def form(conversation: Conversation, event: gr.EventData) -> str:
        return str(marking.form(conversation, data_of(event).get("turn", "")))

    def keep(conversation: Conversation, event: gr.EventData) -> str:
        return str(marking.keep(conversation, data_of(event)))

    on(c.expand, explain, [why], "explained", conversation)
    on(c.download, make, [made], "made", conversation)
    on(c.like, form, [rating], "toMark", conversation)
    on(c.apply, keep, [rating], "marked", conversation)
    return why, made, rating


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
    """What the outputs show. What is still the same is not sent again."""
    conversation = screen.conversation
    heard = str(views.announcement(screen.announce))
    same = before is not None and conversation.shown is before.shown
    html = gr.skip() if same else conversation.html()
    held = gr.skip() if conversation is before else conversation
    return html, screen.pending, heard, screen.box, held


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
        # What is tapped is a question of its own, also while the last one is being changed.
        for screen in desk.ask(question, conversation.changed(False), form, role, page):
            yield screen_parts(screen, conversation)

    return ask


def _asker_again(again: Callable[..., Iterator[Screen]]) -> Callable[..., Any]:
    def ask(
        conversation: Conversation, form: str, role: str, request: gr.Request
    ) -> Iterator[tuple[Any, ...]]:
        page = request.session_hash or ""
        for screen in again(conversation, form, role, page):
            yield screen_parts(screen, conversation)

    return ask


def _stopper(desk: Desk) -> Callable[..., None]:
    def stop(request: gr.Request) -> None:
        desk.stop(request.session_hash or "")

    return stop
