"""Serves the page and its files on this computer: one application, one listener.

No analytics, no run history, no share link, and a content policy that lets the browser ask nobody
but this server.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
import webbrowser
from pathlib import Path
from typing import Any

import gradio as gr
import uvicorn
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from assistant.assembly import document_limits
from assistant.errors import ConfigurationError
from assistant.interface import Texts, load_texts
from assistant.web import downloads, pictures, uploads
from assistant.web.app import build_app
from assistant.web.desk import Assistant
from assistant.web.documents import Documents
from assistant.web.guard import Guard, is_loopback
from assistant.web.services import Services

STATIC = Path(__file__).with_name("static")
DRAFTS = "drafts"
NO_TELEMETRY: Any = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
"""FastAPI sends what went wrong to where OpenTelemetry is set up, unless it is told not to."""


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
    """The page and its files as one application."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, telemetry=NO_TELEMETRY)
    app.mount("/ui", StaticFiles(directory=STATIC), name="ui")
    texts = load_texts()
    services = open_services(assistant, texts)
    if services.documents is not None:
        uploads.add_routes(app, services.documents.uploads)
        pictures.add_routes(app, services.documents.pictures)
    if services.drafts is not None:
        uploads.add_routes(app, services.drafts, "/drafts/upload")
    downloads.add_routes(app, services.downloads)
    app.state.services = services
    gr.mount_gradio_app(
        app,
        build_app(assistant, texts, services),
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
        close_services(app.state.services)


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
