"""``web``: serves the page on this computer."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from assistant.cli.options import opened, settings_of
from assistant.cli.output import put_json


def add_to(app: typer.Typer) -> None:
    """Put the command of this module into the application."""
    app.command("web", epilog="Example: peer-support web --port 8080 --no-browser")(web)


def web(
    ctx: typer.Context,
    host: Annotated[
        str | None, typer.Option(help="Address to listen on; this computer only by default.")
    ] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port to listen on.")] = None,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the page in a browser.")
    ] = True,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the address as JSON before the page starts.")
    ] = False,
) -> None:
    """Serve the page until Ctrl+C. Builds the index first where it is missing or out of date."""
    settings = settings_of(ctx, host=host, port=port)
    with opened(ctx, build="always") as assistant:
        from assistant.web import server

        if as_json:
            put_json({"host": settings.host, "port": settings.port}, indent=None)
            sys.stdout.flush()
        server.serve(assistant, settings.host, settings.port, open_browser=browser)
