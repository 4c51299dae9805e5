"""Keeps the page to itself: security headers, allowed hosts, and a clean first document.

The document that Gradio sends names outside addresses in its head. They are taken out, and our
stylesheet and script put in, so that the page looks right from its first moment.
"""

from __future__ import annotations

import ipaddress
import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.interface import Texts
from assistant.presentation.markup import el

# Gradio builds its templates with Function() and writes styles inline, hence the two "unsafe".
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
    "connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
SCRIPTS = ("page", "documents", "managers", "trainers", "history")
STYLES = ("page", "managers", "trainers", "history")
"""Our own files in the head, in their order; the first holds what the others use."""
_OUTSIDE = re.compile(
    r'<meta\s+(?:property="og:|name="twitter:)[^>]*>|<link rel="manifest"[^>]*>', re.DOTALL
)
_VIEWPORT = re.compile(r",\s*shrink-to-fit=no")


def is_loopback(host: str) -> bool:
    """True for addresses that only this computer reaches."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Guard:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, texts: Texts, loopback: bool = True) -> None:
        self.app = app
        self.texts = texts
        self.loopback = loopback

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Checks the host, passes the request on, and dresses the answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        name = _host_name(Headers(scope=scope).get("host", ""))
        # Another name for this address means that a foreign page is reaching in.
        if self.loopback and not is_loopback(name):
            await PlainTextResponse("Unknown host", 400)(scope, receive, send)
            return
        if scope["path"] == "/" and scope["method"] == "GET":
            await self.app(scope, receive, _Document(send, self.texts))
            return
        await self.app(scope, receive, _with_headers(send))


class _Document:
    """Collects the first document, mends it and sends it on."""

    def __init__(self, send: Send, texts: Texts) -> None:
        self.send = send
        self.texts = texts
        self.start: Message = {}
        self.body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.start = message
            return
        if message["type"] != "http.response.body":
            await self.send(message)
            return
        self.body += message.get("body", b"")
        if message.get("more_body"):
            return
        headers = MutableHeaders(scope=self.start)
        if headers.get("content-type", "").startswith("text/html"):
            self.body = mended(self.body.decode(), self.texts).encode()
            headers["content-length"] = str(len(self.body))
            headers["cache-control"] = "no-store"
        headers.update(HEADERS)
        await self.send(self.start)
        await self.send({"type": "http.response.body", "body": self.body})


def mended(document: str, texts: Texts) -> str:
    """The first document without outside addresses, with our own files in its head."""
    document = _VIEWPORT.sub("", _OUTSIDE.sub("", document))
    ours = "".join(
        [
            el("title", texts("page.title")),
            el("meta", name="description", content=texts("page.description")),
            el("meta", name="color-scheme", content="light dark"),
            el("link", rel="icon", href="/ui/icon.svg", type="image/svg+xml"),
            *(el("script", src=f"/ui/{name}.js") for name in SCRIPTS),
        ]
    )
    # Our stylesheet comes last, so that it stands over the one that Gradio brings.
    style = "".join(el("link", rel="stylesheet", href=f"/ui/{name}.css") for name in STYLES)
    plain = el("noscript", el("p", texts("page.needs_script")))
    document = document.replace("<head>", "<head>" + ours, 1)
    document = document.replace("</head>", style + "</head>", 1)
    return document.replace("</body>", plain + "</body>", 1)


def _with_headers(send: Send) -> Send:
    async def dressed(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(HEADERS)
        await send(message)

    return dressed


def _host_name(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]
