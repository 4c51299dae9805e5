"""Keeps the page to itself: security headers, allowed hosts, and a clean first document.

Only addresses that the page uses are open at all: Gradio brings more, which take files, fetch
addresses or run what a caller names. The document that it sends names outside addresses in its
head. They are taken out, and our stylesheet and script put in, so that the page looks right from
its first moment.
"""

from __future__ import annotations

import gzip
import logging
import re
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.interface import Texts
from assistant.parts.loopback import host_name, is_loopback
from assistant.presentation.markup import el
from assistant.web.sign_in import bodies

# Gradio builds its templates with Function() and writes styles inline, hence the two "unsafe".
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
    "connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "x-robots-tag": "noindex, nofollow",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
HTTPS_ONLY = "max-age=31536000"
SCRIPTS = ("page", "library", "documents", "managers", "trainers", "history")
STYLES = ("page", "library", "managers", "trainers", "history")
"""Our own files in the head, in their order; the first holds what the others use."""
MOST_BYTES = 2 << 20
"""The largest body of an event of the page."""
MOST_FORM_BYTES = 8 << 10
LANGUAGES = re.compile(r"^/cy(?=/|$)")
"""The page stands here again in another language; behind this part the addresses are the same."""
LOCAL_PATHS = re.compile(
    r"""(?x) (?:
      / | /config
      | /(?:ui|assets|static)/.* | /theme\.css
      | /documents/[^/]+/page/\d+\.png | /download/[^/]+/[^/]+
      | /gradio_api/queue/data | /gradio_api/heartbeat/[^/]+
    )"""
)
"""What may be asked for."""
EVENTS = re.compile(r"/gradio_api/(?:queue/join|run/predict)")
"""What takes an event of the page, as JSON."""
FILES = re.compile(r"/(?:documents|drafts)/upload")
"""What takes files; their size is watched where they are written."""
FORMS = re.compile(r"/sign-(?:in|out)")
SIGN_IN = re.compile(r"/sign-in(?:/openid(?:/return)?)?")
_STATIC = re.compile(r"^/(?:(?:ui|assets|static)/|theme\.css$)")
_FORWARDED = re.compile(rb"^(?:x-forwarded-.*|forwarded|x-gradio-.*|x-direct-url)$")
_OUTSIDE = re.compile(
    r'<meta\s+(?:property="og:|name="twitter:)[^>]*>|<link rel="manifest"[^>]*>', re.DOTALL
)
_LANGUAGE = re.compile(r'(<html\b[^>]*?\blang=")[^"]*(")')
_VIEWPORT = re.compile(r",\s*shrink-to-fit=no")
_log = logging.getLogger(__name__)


class Guard:
    """ASGI middleware around the whole application.

    Args:
        app: what it stands before.
        texts: the page's sentences.
        host: name of the host that people type, beside this computer's own; may be empty.
        https: whether that address is encrypted.
        translations: the page's sentences in the other languages that it stands in.
    """

    def __init__(
        self,
        app: ASGIApp,
        texts: Texts,
        host: str = "",
        https: bool = False,
        translations: Sequence[Texts] = (),
    ) -> None:
        self.app = app
        self.texts = texts
        self.translations = {f"/{found.language}": found for found in translations}
        self.host = host.casefold()
        self.https = https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Checks where a request comes from and what it brings, passes it on, and dresses the
        answer."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            # The page opens no socket.
            await send({"type": "websocket.close", "code": 1008})
            return
        dressed = _Dressed(send, scope, self.https)
        try:
            await self._passed_on(scope, receive, dressed)
        except bodies.Unreadable as error:
            await _said(error.status)(scope, receive, dressed)
        except Exception as error:  # The edge: a traceback may hold what was asked.
            _log.error("A request failed (%s)", type(error).__name__)
            _log.debug("Traceback", exc_info=True)
            if not dressed.started:
                await _said(500)(scope, receive, dressed)

    async def _passed_on(self, scope: Scope, receive: Receive, send: _Dressed) -> None:
        headers = Headers(scope=scope)
        name = host_name(headers.get("host", "")).casefold()
        # Another name for this address means that a foreign page is reaching in.
        if not is_loopback(name) and name != self.host:
            await PlainTextResponse("Unknown host", 400)(scope, receive, send)
            return
        method, path = scope["method"], LANGUAGES.sub("", scope["path"]) or "/"
        status = 403 if not from_here(scope) else _status_of(method, path)
        if status:
            await _said(status)(scope, receive, send)
            return
        # Gradio would build addresses from what these claim.
        scope = {
            **scope,
            "scheme": "https" if self.https and name == self.host else scope["scheme"],
            "headers": [pair for pair in scope["headers"] if not _FORWARDED.match(pair[0])],
            "peer_support.headers": scope["headers"],
            "peer_support.path": path,
        }
        if path == "/" and method == "GET":
            document = _Document(send, self._texts_at(scope["path"]), scope)
            await self.app(scope, receive, document)
            return
        await self.app(scope, await self._body(scope, receive, method, path), send)

    def _texts_at(self, path: str) -> Texts:
        """The sentences of the page that stands at a path."""
        language = LANGUAGES.match(path)
        return self.translations.get(language[0], self.texts) if language else self.texts

    async def _body(self, scope: Scope, receive: Receive, method: str, path: str) -> Receive:
        if FILES.fullmatch(path):
            return bodies.patient(receive)
        if method != "POST":
            return receive
        most = MOST_BYTES if EVENTS.fullmatch(path) else MOST_FORM_BYTES
        body = await bodies.read(scope, receive, most)
        return bodies.again(body, receive)


def from_here(scope: Scope) -> bool:
    """Whether a request that changes something comes from this page, or from no page at all."""
    if scope["method"] in {"GET", "HEAD"}:
        return True
    headers = Headers(scope=scope)
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = headers.get("origin")
    if origin is None:
        return True
    try:
        return urlsplit(origin).netloc.casefold() == headers.get("host", "").casefold()
    except ValueError:
        return False


def _status_of(method: str, path: str) -> int:
    """0 for what is open, else the status that says it is not."""
    if method in {"GET", "HEAD"} and (LOCAL_PATHS.fullmatch(path) or SIGN_IN.fullmatch(path)):
        return 0
    if method == "POST" and (EVENTS.fullmatch(path) or FORMS.fullmatch(path)):
        return 0
    if method == "PUT" and FILES.fullmatch(path):
        return 0
    known = (LOCAL_PATHS, SIGN_IN, EVENTS, FORMS, FILES)
    return 405 if any(pattern.fullmatch(path) for pattern in known) else 404


def _said(status: int) -> PlainTextResponse:
    words = {400: "This cannot be read.", 403: "This came from another page.", 404: "Not here."}
    words |= {405: "Not this way.", 408: "This took too long.", 413: "This is too large."}
    return PlainTextResponse(words.get(status, "Something went wrong here."), status)


class _Dressed:
    """Sends with our headers, and remembers whether it has begun."""

    def __init__(self, send: Send, scope: Scope, https: bool) -> None:
        self._send = send
        self._static = bool(_STATIC.match(LANGUAGES.sub("", scope["path"])))
        self._https = https
        self.started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            headers = MutableHeaders(scope=message)
            headers.update(HEADERS)
            headers.setdefault("content-security-policy", POLICY)
            if not self._static:
                headers["cache-control"] = "no-store"
            if self._https:
                headers["strict-transport-security"] = HTTPS_ONLY
        await self._send(message)


class _Document:
    """Collects the first document, mends it and sends it on."""

    def __init__(self, send: Send, texts: Texts, scope: Scope) -> None:
        self.send = send
        self.texts = texts
        self.scope = scope
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
        if headers.get("content-type", "").startswith("text/html") and self.start["status"] == 200:
            self.body = mended(self.body.decode(), self.texts, self._worn).encode()
            if "gzip" in Headers(scope=self.scope).get("accept-encoding", ""):
                # A third of a megabyte is long on a phone; nothing in it is secret.
                self.body = gzip.compress(self.body, 5)
                headers["content-encoding"] = "gzip"
                headers.add_vary_header("accept-encoding")
            headers["content-length"] = str(len(self.body))
        await self.send(self.start)
        await self.send({"type": "http.response.body", "body": self.body})

    def _worn(self, document: str) -> str:
        """The document as whoever is signed in gets it."""
        wear: Callable[[str], str] | None = self.scope.get("peer_support.wear")
        return wear(document) if wear else document


def mended(
    document: str, texts: Texts, worn: Callable[[str], str] = lambda document: document
) -> str:
    """The first document without outside addresses, with our own files in its head.

    Args:
        document: as Gradio sends it.
        texts: the page's sentences.
        worn: adds what belongs to whoever is signed in.
    """
    document = _VIEWPORT.sub("", _OUTSIDE.sub("", document))
    document = _LANGUAGE.sub(rf"\g<1>{texts.language}\g<2>", document, count=1)
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
    return worn(document.replace("</body>", plain + "</body>", 1))
