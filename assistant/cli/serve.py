"""``api`` and ``mcp``: the assistant as a part of other programs."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli.options import opened
from assistant.cli.output import note, put_json

if TYPE_CHECKING:
    from assistant.assembly import Assistant


def add_to(app: typer.Typer) -> None:
    """Put the commands of this module into the application."""
    app.command("api", epilog="Example: peer-support api --port 8080")(api)
    app.command("mcp", epilog="Example: peer-support mcp")(mcp)


def api(
    ctx: typer.Context,
    host: Annotated[
        str, typer.Option(help="Address to listen on; any but this computer needs a token.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")
    ] = 7861,
    log: Annotated[
        bool, typer.Option("--log", help="Name each call on standard error, never what it holds.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the address as JSON once it listens.")
    ] = False,
) -> None:
    """Serve the HTTP API until Ctrl+C; it is described at /openapi.json.

    It listens on this computer only. For another address set PEER_SUPPORT_API_TOKEN; every call
    must then bring it. The index is built first where it is missing or out of date.
    """
    from assistant.parts import http_api
    from assistant.parts.loopback import is_loopback

    token = http_api.token_for(host)

    def ready(address: str, taken: int) -> None:
        note(f"The API is at {address}/v1, described at {address}/openapi.json (Ctrl+C ends it)")
        if not is_loopback(host):
            note("What is asked travels unencrypted: put a server with TLS before it.")
        if as_json:
            put_json({"address": address, "host": host, "port": taken}, indent=None)
            sys.stdout.flush()

    if log:
        _log_calls()
    with opened(ctx, build="always") as assistant:
        _say_where_it_goes(assistant)
        http_api.serve(assistant, host, port, token, ready)


def mcp(ctx: typer.Context) -> None:
    """Serve the tools ask, search and show_source to an MCP client on standard input and output.

    The client starts this command. Needs the extra "mcp" and an index (peer-support index build).
    """
    from assistant.parts import mcp_server

    mcp_server.require()
    # A client waits some seconds for a server to greet it, and a build takes minutes.
    with opened(ctx, build="never") as assistant:
        _say_where_it_goes(assistant)
        # A thread waits for standard input and cannot be woken: Ctrl+C ends the process as it is,
        # which writes nothing.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        mcp_server.serve(assistant)


def _say_where_it_goes(assistant: Assistant) -> None:
    from assistant.cli.writing import where_it_goes

    if assistant.chat_model is not None:
        note(where_it_goes(assistant.chat_model))


def _log_calls() -> None:
    import logging

    logger = logging.getLogger("assistant.parts.http_guard")
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
