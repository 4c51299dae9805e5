"""The page: a small local web server around one assistant.

What it exports is loaded when it is first named: commands that only need a part of this package
must not wait for Gradio.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assistant.web.app import build_app
    from assistant.web.server import make_server_app, serve

__all__ = ["build_app", "make_server_app", "serve"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from assistant.web import app, server

    return getattr(app if name == "build_app" else server, name)
