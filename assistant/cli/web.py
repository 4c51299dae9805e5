"""``web``: serves the page, on this computer or, where people sign in, for a team."""

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
    sign_in: Annotated[
        str | None,
        typer.Option(
            "--sign-in", metavar="WAY", help="How people sign in: passwords, proxy or openid."
        ),
    ] = None,
    public_address: Annotated[
        str | None,
        typer.Option("--public-address", metavar="URL", help="Address that people type."),
    ] = None,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the page in a browser.")
    ] = True,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the address as JSON before the page starts.")
    ] = False,
) -> None:
    """Serve the page until Ctrl+C. Builds the index first where it is missing or out of date.

    Other computers reach it only where people sign in; see docs/for-a-team.md.
    """
    chosen = {"host": host, "port": port, "sign_in": sign_in, "public_address": public_address}
    settings = settings_of(ctx, **chosen)
    from assistant.web import server
    from assistant.web.sign_in import setup

    # Before the minutes that an index may take.
    setup.check(settings)
    with opened(ctx, build="always", **chosen) as assistant:
        if as_json:
            put_json({"host": settings.host, "port": settings.port}, indent=None)
            sys.stdout.flush()
        server.serve(assistant, settings.host, settings.port, open_browser=browser)
