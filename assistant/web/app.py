"""Puts the page together in Gradio, and serves it on this computer.

Gradio brings the queue, the state of a conversation and the connection; looks, markup and wording
are ours. No analytics, no run history, no share link, and a content policy that lets the browser
ask nobody but this server.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

# Gradio reads these when it is imported.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["GRADIO_RUN_HISTORY"] = "False"
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

import gradio as gr
import uvicorn
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from assistant.assembly import document_limits
from assistant.errors import ConfigurationError
from assistant.web import pictures, shelves, uploads, views
from assistant.web.desk import Assistant
from assistant.web.documents import Documents
from assistant.web.documents_place import documents_place
from assistant.web.forms import role_form, template_safe
from assistant.web.guard import Guard, is_loopback
from assistant.web.handlers import Conversation, Desk, Screen
from assistant.web.texts import Texts, load_texts

STATIC = Path(__file__).with_name("static")
NO_TELEMETRY: Any = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
"""FastAPI sends what went wrong to where OpenTelemetry is set up, unless it is told not to."""

# Runs once when the invisible router is there: hands its ``trigger`` to the page's own script.
_ROUTER_JS = "window.peerSupport.connect(trigger);"
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
_SEARCH_JS = """
const form = element.querySelector('form');
const search = () => trigger('submit', Object.fromEntries(new FormData(form)));
form.addEventListener('change', search);
form.addEventListener('submit', (event) => { event.preventDefault(); search(); });
window.peerSupport.more = (shown) =>
  trigger('submit', { ...Object.fromEntries(new FormData(form)), shown });
"""
_ARRIVED_JS = "() => window.peerSupport.arrived()"
_ASKING_JS = "() => window.peerSupport.asking()"


def build_app(
    assistant: Assistant, texts: Texts | None = None, documents: Documents | None = None
) -> gr.Blocks:
    """The page as Gradio blocks, for an assistant that is already open."""
    texts = texts or load_texts()
    desk = Desk(assistant, texts, documents)
    blocks: gr.Blocks
    with gr.Blocks(title=texts("page.title"), analytics_enabled=False, fill_width=True) as blocks:
        _markup(desk.header(), "masthead")
        router = gr.HTML(
            "",
            elem_id="router",
            html_template="<span></span>",
            js_on_load=_ROUTER_JS,
            apply_default_css=False,
        )
        with gr.Column(elem_id="place-ask", elem_classes=["place"]):
            filters = _ask_place(desk, router)
        with gr.Column(elem_id="place-topics", elem_classes=["place"]):
            _markup(str(views.topic_list(assistant.library, texts)), "topic-index")
        with gr.Column(elem_id="place-topic", elem_classes=["place"]):
            topic = _markup("", "topic-page")
        with gr.Column(elem_id="place-library", elem_classes=["place"]):
            _library_place(desk)
        with gr.Column(elem_id="place-source", elem_classes=["place"]):
            source = _markup("", "source-page")
        places = documents_place(documents, texts, router)
        _markup(f'<footer class="foot">{desk.privacy()}</footer>', "foot")
        _opens(router.select, _open(desk.topic, "topic"), topic)
        _opens(router.input, _open(desk.source, "source"), source)
        _refreshes(blocks, places, desk, filters)
    blocks.queue(default_concurrency_limit=2, max_size=32, api_open=False)
    return blocks


def _refreshes(blocks: gr.Blocks, changes: list[Any], desk: Desk, filters: gr.HTML) -> None:
    """Keeps the choice of where to look true to the collections that there are."""
    held = gr.State(desk.filters())

    def refresh(before: str) -> tuple[Any, Any]:
        form = desk.filters()
        if form == before:
            return gr.skip(), gr.skip()
        return gr.HTML(value="{}", form=form), form

    for change in (blocks.load, *(change.then for change in changes)):
        change(refresh, held, [filters, held], show_progress="hidden", api_visibility="private")


def _opens(trigger: Any, handler: Callable[..., str], page: gr.HTML) -> None:
    shown = trigger(handler, None, page, show_progress="hidden", api_visibility="private")
    shown.then(js="() => window.peerSupport.opened()", api_visibility="private")


def _markup(value: str, elem_id: str) -> gr.HTML:
    return gr.HTML(
        value, elem_id=elem_id, js_on_load=None, apply_default_css=False, elem_classes=["ours"]
    )


def _ask_place(desk: Desk, router: gr.HTML) -> gr.HTML:
    texts = desk.texts
    conversation = gr.State(Conversation())
    _markup(desk.welcome(), "welcome")
    shown = _markup("", "conversation")
    pending = _markup("", "pending")
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
        _markup(desk.privacy(), "privacy")
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
    _markup(desk.starters(), "starters")
    announced = _markup(str(views.announcement("")), "announced")
    why = _markup("", "explained")
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
        lambda: (*_screen(Screen(Conversation())), ""),
        None,
        [*outputs, why],
        show_progress="hidden",
        api_visibility="private",
        queue=False,
    ).then(js="() => window.peerSupport.fresh()", api_visibility="private")
    return filters


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


def _screen(screen: Screen, before: Conversation | None = None) -> tuple[Any, ...]:
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
            yield _screen(screen, conversation)

    return ask


def _asker_from_event(desk: Desk) -> Callable[..., Any]:
    def ask(
        conversation: Conversation,
        form: str,
        role: str,
        event: gr.EventData,
        request: gr.Request,
    ) -> Iterator[Any]:
        question = str(_data(event).get("question", ""))
        page = request.session_hash or ""
        for screen in desk.ask(question, conversation, form, role, page):
            yield _screen(screen, conversation)

    return ask


def _stopper(desk: Desk) -> Callable[..., None]:
    def stop(request: gr.Request) -> None:
        desk.stop(request.session_hash or "")

    return stop


def _explainer(desk: Desk) -> Callable[..., str]:
    def explain(conversation: Conversation, event: gr.EventData) -> str:
        return desk.why(conversation, str(_data(event).get("turn", "")))

    return explain


def _open(show: Callable[[str], str], key: str) -> Callable[..., str]:
    def opened(event: gr.EventData) -> str:
        return show(str(_data(event).get(key, "")))

    return opened


def _library_place(desk: Desk) -> None:
    form = gr.HTML(
        "",
        elem_id="library-search",
        html_template=template_safe(shelves.search_form(desk.assistant.library, desk.texts)),
        js_on_load=_SEARCH_JS,
        apply_default_css=False,
    )
    results = _markup(desk.shelf({}), "library-results")

    def search(event: gr.EventData) -> str:
        return desk.shelf(_data(event))

    form.submit(search, None, results, show_progress="hidden", api_visibility="private")


def _data(event: gr.EventData) -> dict[str, object]:
    data = event._data
    return data if isinstance(data, dict) else {}


def open_documents(assistant: Assistant, texts: Texts) -> Documents | None:
    """The added documents of an assistant, as the page works with them."""
    shelf = assistant.shelf
    if shelf is None:
        return None
    limits = document_limits(assistant.settings)
    received = uploads.Uploads(shelf.store.folder, limits, texts)
    return Documents(shelf, received, pictures.Pictures(shelf.store), limits, texts)


def make_server_app(assistant: Assistant, host: str = "127.0.0.1") -> FastAPI:
    """The page and its files as one application."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, telemetry=NO_TELEMETRY)
    app.mount("/ui", StaticFiles(directory=STATIC), name="ui")
    texts = load_texts()
    documents = open_documents(assistant, texts)
    if documents is not None:
        uploads.add_routes(app, documents.uploads)
        pictures.add_routes(app, documents.pictures)
    app.state.documents = documents
    gr.mount_gradio_app(
        app,
        build_app(assistant, texts, documents),
        path="/",
        footer_links=[],
        run_history=False,
        show_error=False,
        ssr_mode=False,
        enable_monitoring=False,
        pwa=False,
        mcp_server=False,
        theme=gr.themes.Base(font=["Atkinson Hyperlegible", "sans-serif"], font_mono=["monospace"]),
    )
    app.add_middleware(Guard, texts=texts, loopback=is_loopback(host))
    return app


def serve(
    assistant: Assistant, host: str = "127.0.0.1", port: int = 7860, open_browser: bool = True
) -> None:
    """Serves the page until it is interrupted.

    Raises:
        ConfigurationError: the port is taken, or the address cannot be used.
    """
    listener = _listen(host, port)
    address = f"http://{'[' + host + ']' if ':' in host else host}:{listener.getsockname()[1]}/"
    app = make_server_app(assistant, host)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))
    print(f"The page is at {address} (Ctrl+C ends it)", file=sys.stderr, flush=True)
    if open_browser:
        threading.Timer(1.0, webbrowser.open, args=(address,)).start()
    try:
        with listener:
            server.run(sockets=[listener])
    finally:
        if app.state.documents is not None:
            app.state.documents.close()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(64)
    except (OSError, OverflowError) as error:
        listener.close()
        raise ConfigurationError(
            f"The page cannot use port {port} on {host}: it is taken or not allowed.",
            "Stop the other program, or choose another port with --port.",
        ) from error
    return listener
