"""Stands before the HTTP API: who may call, from where, and what a failure may say.

On loopback the Host header must name this computer, so that a web page cannot reach in under a
name of its own; pages of other addresses are refused; where a token is set, every call needs it. A
body that is too large is refused before it is read whole. What a call holds is never logged.
"""

from __future__ import annotations

import hmac
import logging
import time
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.parts.loopback import host_name, is_loopback
from assistant.parts.records import Problem

HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
FAULT = Problem(
    message="This is a fault in the program; the call was not answered.",
    hint="Try again; if it stays, run: peer-support doctor",
)
MOST_BYTES = 262_144
"""The largest body of a call."""
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_log = logging.getLogger(__name__)


class Guard:
    """ASGI middleware around the API.

    Args:
        app: what it stands before.
        loopback: whether only this computer reaches the address that is listened on.
        token: what every call must bring as "Authorization: Bearer …"; empty asks for nothing.
    """

    def __init__(self, app: ASGIApp, loopback: bool = True, token: str = "") -> None:
        self.app = app
        self.loopback = loopback
        self._token = token.encode("utf-8")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse the call, or pass it on and see it through."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        sent = _Sent(send)
        headers = Headers(scope=scope)
        body = _Body(receive)
        try:
            refused = self._refusal(headers) or await body.read(headers)
            await (refused or self.app)(scope, body, sent)
        except Exception as error:  # The edge: a traceback may hold what was asked.
            _log.error("A call failed (%s)", type(error).__name__)
            if not sent.status:
                await problem(500, FAULT)(scope, receive, sent)
        finally:
            _log.info(
                "%s %s %s %.0f ms",
                scope["method"] if scope["method"] in _METHODS else "another method",
                _route(scope),
                sent.status or "unanswered",
                (time.perf_counter() - sent.began) * 1000,
            )

    def _refusal(self, headers: Headers) -> Response | None:
        host = headers.get("host", "")
        # Another name for this address means that a foreign page is reaching in.
        if self.loopback and not is_loopback(host_name(host)):
            return problem(400, Problem(message="This service is not known under that name."))
        origin = headers.get("origin")
        if origin is not None and _host_of(origin) != host:
            said = Problem(message="Web pages of other addresses may not call this service.")
            return problem(403, said)
        if self._token and not self._has_token(headers):
            said = Problem(
                message="This service asks for a token.",
                hint="Send it as: Authorization: Bearer TOKEN",
            )
            return problem(401, said, {"www-authenticate": "Bearer"})
        return None

    def _has_token(self, headers: Headers) -> bool:
        scheme, _, value = headers.get("authorization", "").partition(" ")
        # Headers come as Latin-1, whatever the caller wrote.
        given = value.strip().encode("latin-1")
        return hmac.compare_digest(given, self._token) and scheme.lower() == "bearer"


class _Sent:
    """Sends with our headers, and remembers the status and when it began."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 0
        self.began = time.perf_counter()

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            MutableHeaders(scope=message).update(HEADERS)
        await self._send(message)


class _Body:
    """The body of a call, read before the call is passed on, and given on in one piece."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._messages: list[Message] = []

    async def read(self, headers: Headers) -> Response | None:
        """Read the body; what to say where it is too large."""
        body = b""
        length = headers.get("content-length", "")
        too_large = length.isdecimal() and int(length) > MOST_BYTES
        while not too_large:
            message = await self._receive()
            if message["type"] != "http.request":
                self._messages.append(message)
                return None
            body += message.get("body", b"")
            too_large = len(body) > MOST_BYTES
            if not message.get("more_body"):
                break
        if too_large:
            said = Problem(message=f"The body has more than {MOST_BYTES:,} bytes.")
            return problem(413, said)
        self._messages.append({"type": "http.request", "body": body, "more_body": False})
        return None

    async def __call__(self) -> Message:
        return self._messages.pop(0) if self._messages else await self._receive()


def problem(status: int, said: Problem, headers: dict[str, str] | None = None) -> Response:
    """A response that says what is wrong."""
    return Response(said.model_dump_json(), status, headers, media_type="application/json")


def _host_of(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


def _route(scope: Scope) -> str:
    """The path as the API describes it; what was typed into one is not written down."""
    path = getattr(scope.get("route"), "path", None)
    return path if isinstance(path, str) else "unknown path"
