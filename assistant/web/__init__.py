"""The page: a small local web server around one assistant."""

from __future__ import annotations

from assistant.web.app import build_app
from assistant.web.server import make_server_app, serve

__all__ = ["build_app", "make_server_app", "serve"]
