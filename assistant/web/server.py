"""Serves the page and its files: one application, one listener, for this computer or for a team.

No analytics, no run history, no share link, and a content policy that lets the browser ask nobody
but this server. Other computers reach it only where people sign in.
"""

from __future__ import annotations

import logging
import sys
import threading
import webbrowser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr
import uvicorn
from fastapi import FastAPI, Request
from fastapi.staticfiles import StaticFiles
from starlette.responses import RedirectResponse

from assistant.assembly import document_limits
from assistant.interface import LANGUAGES, Language, Texts, load_texts
from assistant.parts.loopback import is_loopback, listening
from assistant.web import downloads, uploads
from assistant.web.app import build_app
from assistant.web.desk import Assistant
from assistant.web.documents import pictures
from assistant.web.documents.desk import Documents
from assistant.web.guard import Guard
from assistant.web.languages import ADDRESSES
from assistant.web.services import Services
from assistant.web.sign_in import pages, routes, setup
from assistant.web.sign_in.door import Door
from assistant.web.sign_in.editing import changing
from assistant.web.sign_in.gate import Gate
from assistant.web.sign_in.team import TeamTexts
from assistant.web.slow import Impatient

_log = logging.getLogger(__name__)

STATIC = Path(__file__).with_name("static")
DRAFTS = "drafts"
NO_TELEMETRY: Any = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
"""FastAPI sends what went wrong to where OpenTelemetry is set up, unless it is told not to."""
MOST_CONNECTIONS = 1000
"""Each open page holds one or two; further ones are told to come back (503)."""


def open_documents(assistant: Assistant, texts: Texts) -> Documents | None:
    """The added documents of an assistant, as the page works with them."""
    shelf = assistant.shelf
    if shelf is None:
        return None
    limits = document_limits(assistant.settings)
    received = uploads.Uploads(shelf.store.folder, limits, texts)
    return Documents(shelf, received, pictures.Pictures(shelf.store), limits, texts)


def open_services(assistant: Assistant, texts: Texts) -> Services:
    """What the places share, for one server. Drafts that come in to be checked lie in a folder of
    their own until they are read."""
    settings = assistant.settings
    drafts = uploads.Uploads(settings.home / DRAFTS, document_limits(settings), texts)
    return Services(documents=open_documents(assistant, texts), drafts=drafts)


def close_services(services: Services) -> None:
    """Let go of everything that came in."""
    if services.documents is not None:
        services.documents.close()
    if services.drafts is not None:
        services.drafts.close()


def make_server_app(assistant: Assistant, host: str = "127.0.0.1") -> FastAPI:
    """The page and its files as one application, behind the sign-in that the settings ask for.

    Args:
        assistant: already open; its settings say how people sign in.
        host: address that is listened on.

    Raises:
        ConfigurationError: the settings would let in anybody, or nobody.
    """
    settings = assistant.settings.model_copy(update={"host": host})
    door, public = setup.opened(settings), setup.public_of(settings)
    texts, *translations = _languages(team=door is not None)
    services = open_services(assistant, texts)
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, telemetry=NO_TELEMETRY)
    app.state.services = services
    _add_files(app, services)
    looks = _looks(assistant, (texts, *translations), door) if door else {}
    if door is not None:
        routes.add_routes(app, routes.SignIn(door, looks))
    protected: dict[str, frozenset[int]] = {}
    # The page at "/" answers whatever stands nowhere else, so it comes last.
    for words in (*translations, texts):
        blocks = build_app(assistant, words, services.with_texts(words))
        protected[ADDRESSES[words.language].rstrip("/")] = changing(blocks)
        _mount(app, blocks, words.language)
    # The last one added stands first.
    if door is not None:
        app.add_middleware(Gate, door=door, looks=looks, protected=protected)
    app.add_middleware(
        Guard,
        texts=texts,
        host=public.host if public else "",
        https=bool(public and public.https),
        translations=translations,
    )
    return app


def _languages(team: bool) -> list[Texts]:
    """The sentences of the page, English first."""
    found = [load_texts(language) for language in sorted(LANGUAGES, key=lambda name: name != "en")]
    return [TeamTexts(texts) for texts in found] if team else found


def _add_files(app: FastAPI, services: Services) -> None:
    """Our own files, and what goes in and out as a file."""
    app.mount("/ui", StaticFiles(directory=STATIC), name="ui")
    if services.documents is not None:
        uploads.add_routes(app, services.documents.uploads)
        pictures.add_routes(app, services.documents.pictures)
    if services.drafts is not None:
        uploads.add_routes(app, services.drafts, "/drafts/upload")
    downloads.add_routes(app, services.downloads)


def _looks(assistant: Assistant, languages: Sequence[Texts], door: Door) -> pages.Looks:
    """The pages before one is in, by where the page in their language stands."""
    return {
        ADDRESSES[words.language].rstrip("/"): pages.Look(
            words, assistant.signposts("crisis_self", words("help.near")), door.way.kind
        )
        for words in languages
    }


def _mount(app: FastAPI, blocks: gr.Blocks, language: Language) -> None:
    """Put the page in one language where it stands."""
    address = ADDRESSES[language]
    if address != "/":
        app.add_route(address.rstrip("/"), _to_folder)
    gr.mount_gradio_app(
        app,
        blocks,
        path=address.rstrip("/") or "/",
        footer_links=[],
        run_history=False,
        show_error=False,
        ssr_mode=False,
        enable_monitoring=False,
        pwa=False,
        mcp_server=False,
        theme=gr.themes.Base(font=["Atkinson Hyperlegible", "sans-serif"], font_mono=["monospace"]),
    )


def _to_folder(request: Request) -> RedirectResponse:
    """From an address without its last stroke to the one with it; what was asked for stays."""
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"{request.url.path}/{query}")


def serve(
    assistant: Assistant, host: str = "127.0.0.1", port: int = 7860, open_browser: bool = True
) -> None:
    """Serves the page until it is interrupted.

    Raises:
        ConfigurationError: the port is taken, the address cannot be used, or other computers would
            reach a page that nobody signs in to.
    """
    settings = assistant.settings.model_copy(update={"host": host})
    setup.check(settings)
    listener = listening(host, port)
    address = setup.start_address(settings, host, listener.getsockname()[1])
    app = make_server_app(assistant, host)
    server = uvicorn.Server(serving(app))
    for warning in setup.warnings(settings):
        print(warning, file=sys.stderr, flush=True)
    print(f"The page is at {address} (Ctrl+C ends it)", file=sys.stderr, flush=True)
    if open_browser and is_loopback(host):
        threading.Timer(1.0, webbrowser.open, args=(address,)).start()
    try:
        threading.Thread(target=_warm, args=(assistant,), name="warming", daemon=True).start()
        with listener:
            server.run(sockets=[listener])
    finally:
        close_services(app.state.services)


def _warm(assistant: Assistant) -> None:
    """Load what the first question would have to wait for."""
    try:
        assistant.screen("What is peer support?")
        assistant.search("peer support", 1)
    except Exception as error:  # The edge: whoever asks first is told what is wrong.
        _log.warning("The models could not be loaded beforehand (%s)", type(error).__name__)


def serving(app: FastAPI) -> uvicorn.Config:
    """How the application is served. What a proxy says about a caller is read by the sign-in alone,
    which knows whom to trust."""
    return uvicorn.Config(
        app,
        http=Impatient,
        ws="none",
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_keep_alive=20,
        timeout_graceful_shutdown=5,
    )
