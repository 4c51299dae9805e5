"""Stands before everything: nobody unknown gets further, and nobody into what is another's.

Three checks, in this order. Who asks: a person, or the way to sign in. What is theirs: the open
page and the files that a request names belong to whoever used them first. What they may: readers
change nothing that all share.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlencode

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.errors import AssistantError
from assistant.web.sign_in import bodies, pages
from assistant.web.sign_in.door import Door
from assistant.web.sign_in.people import Person

OPEN = re.compile(
    r"/sign-in(?:/openid(?:/return)?)?|/sign-out"
    r"|/ui/(?:page\.css|sign_in\.css|icon\.svg|fonts/[a-z0-9-]+\.woff2)"
)
"""What is needed to sign in, and nothing else."""
WHY = "x-peer-support-why"
SIGNED_OUT, ANOTHERS, READER = "signed-out", "anothers", "reader"
MOST_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_EVENTS = re.compile(r"/gradio_api/(?:queue/join|run/predict)")
_LISTENING = re.compile(r"/gradio_api/(?:queue/data|heartbeat/([^/]+))")
_UPLOADS = re.compile(r"/(documents|drafts)/upload")
Protected = Mapping[str, frozenset[int]]
"""Numbers of the functions that change shared documents, by what stands before their address."""
_log = logging.getLogger(__name__)


class Gate:
    """ASGI middleware behind the guard, which has checked the address and the size of a body.

    Args:
        app: what it stands before.
        door: who may come in.
        looks: the pages that somebody sees who may not.
        protected: functions that only editors may call.
    """

    def __init__(self, app: ASGIApp, door: Door, looks: pages.Looks, protected: Protected) -> None:
        self.app = app
        self.door = door
        self.looks = looks
        self._protected = protected

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on what may pass, as the person who asks."""
        if scope["type"] != "http" or OPEN.fullmatch(scope["path"]):
            await self.app(scope, receive, send)
            return
        path = scope.get("peer_support.path", scope["path"])
        connection = asked_by(scope)
        listening = _LISTENING.fullmatch(path)
        try:
            person = self.door.person(connection, touch=not listening)
        except AssistantError as error:
            _log.error("Nobody can be let in: %s", error)
            await self._closed(scope, path)(scope, receive, send)
            return
        if person is None:
            await self._stranger(scope, path)(scope, receive, send)
            return
        # Where a body is read here, it is passed on as it was understood.
        why, receive = await self._refusal(scope, receive, path, person)
        if why:
            await _refused(why)(scope, receive, send)
            return
        scope["peer_support.person"] = person
        look = pages.look_of(self.looks, scope["path"])
        scope["peer_support.wear"] = lambda document: look.worn(document, person)
        if listening:
            await self._while_in(scope, receive, send, person)
        else:
            await self.app(scope, receive, send)

    def _stranger(self, scope: Scope, path: str) -> Response:
        """The way in for somebody who opens the page; a plain word for everything else."""
        if path != "/" or scope["method"] not in {"GET", "HEAD"}:
            return _refused(SIGNED_OUT, 401)
        if self.door.way.kind == "proxy":
            look = pages.look_of(self.looks, scope["path"])
            return look.response(look.by_proxy(), 401)
        query = scope["query_string"].decode("latin-1")
        following = urlencode({"next": _following(scope["path"], query)})
        return RedirectResponse(f"/sign-in?{following}", 303)

    def _closed(self, scope: Scope, path: str) -> Response:
        if path == "/":
            look = pages.look_of(self.looks, scope["path"])
            return look.response(look.closed(), 503)
        return _refused("closed", 503)

    async def _refusal(
        self, scope: Scope, receive: Receive, path: str, person: Person
    ) -> tuple[str, Receive]:
        query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        if _EVENTS.fullmatch(path):
            body = await bodies.read(scope, receive, 1 << 30)
            event = bodies.object_of(body)
            mine, number = self._owns_event(event, person), event.get("fn_index")
            if type(number) is not int or not mine:
                return ANOTHERS, receive
            before = scope["path"].removesuffix(path)
            if not person.editor and number in self._protected.get(before, frozenset()):
                return READER, receive
            return "", bodies.again(bodies.written(scope, event), receive)
        listening = _LISTENING.fullmatch(path)
        if listening:
            names = [listening[1]] if listening[1] else query.get("session_hash", [])
            mine = len(names) == 1 and self._owns("page", names[0], person)
            return "" if mine else ANOTHERS, receive
        upload = _UPLOADS.fullmatch(path)
        if upload:
            if upload[1] == "documents" and not person.editor:
                return READER, receive
            names = query.get("batch", [])
            mine = len(names) == 1 and self._owns("batch", names[0], person)
            return "" if mine else ANOTHERS, receive
        return "", receive

    def _owns_event(self, event: Mapping[str, Any], person: Person) -> bool:
        """Whether an event is of a page of this person, and names no files of another's."""
        data = event.get("event_data")
        batch = data.get("batch") if isinstance(data, dict) else None
        if batch and not self._owns("batch", batch, person):
            return False
        return self._owns("page", event.get("session_hash"), person)

    def _owns(self, kind: str, name: object, person: Person) -> bool:
        if not isinstance(name, str) or not MOST_NAME.fullmatch(name):
            return False
        return self.door.claims.mine(f"{kind}:{name}", person.key)

    async def _while_in(self, scope: Scope, receive: Receive, send: Send, person: Person) -> None:
        """Pass a stream on, as long as its listener stays signed in."""
        over = False

        async def watched(message: Message) -> None:
            nonlocal over
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["x-accel-buffering"] = "no"
            elif not over and not self._still(scope, person):
                over = True
                await send({"type": "http.response.body", "body": b"", "more_body": False})
                raise OSError("signed out")
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except (ClientDisconnect, OSError):
            if not over:
                raise

    def _still(self, scope: Scope, person: Person) -> bool:
        try:
            now = self.door.person(asked_by(scope))
        except AssistantError:
            return False
        return now is not None and now.key == person.key


def asked_by(scope: Scope) -> HTTPConnection:
    """The request with all headers that came, also those that nobody further in may trust."""
    headers = scope.get("peer_support.headers", scope["headers"])
    return HTTPConnection({**scope, "headers": headers})


def _following(path: str, query: str) -> str:
    """Where somebody wanted to go: only the language and what stands behind the question mark."""
    place = "/cy/" if path.startswith("/cy") else "/"
    return f"{place}?{query}" if query else place


def _refused(why: str, status: int = 403) -> Response:
    words = {
        SIGNED_OUT: "Sign in first.",
        ANOTHERS: "This belongs to somebody else.",
        READER: "Only editors may change documents.",
    }
    return PlainTextResponse(words.get(why, "Not now."), status, {WHY: why})
