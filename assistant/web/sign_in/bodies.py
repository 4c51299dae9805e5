"""Reads what a request brings, within bounds: size, time, and what JSON may look like.

What was checked is what is passed on: a body is written anew from what was read, so that nobody
after us can read it in another way.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import Message, Receive, Scope

SECONDS = 30.0
"""In which a small body, or the next piece of a file, has to come."""


class Unreadable(Exception):
    """A body that is not taken: the status that says so."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


async def read(scope: Scope, receive: Receive, most: int, seconds: float = SECONDS) -> bytes:
    """A whole body of at most ``most`` bytes.

    Raises:
        Unreadable: it is too large, does not come in time, or its sender went away.
    """
    length = Headers(scope=scope).get("content-length", "0")
    if not length.isdecimal() or int(length) > most:
        raise Unreadable(413)
    pieces: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(seconds):
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    raise Unreadable(400)
                pieces.append(message.get("body", b""))
                size += len(pieces[-1])
                if size > most:
                    raise Unreadable(413)
                if not message.get("more_body"):
                    return b"".join(pieces)
    except TimeoutError:
        raise Unreadable(408) from None


def object_of(body: bytes) -> dict[str, Any]:
    """The JSON object that a body is, with each name once.

    Raises:
        Unreadable: it is something else.
    """

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ValueError
        return found

    try:
        found = json.loads(body, object_pairs_hook=once)
    except (ValueError, RecursionError):
        raise Unreadable(400) from None
    if not isinstance(found, dict):
        raise Unreadable(400)
    return found


def written(scope: Scope, found: dict[str, Any]) -> bytes:
    """An object as JSON, with the length that the scope names set to its own."""
    body = json.dumps(found).encode()
    MutableHeaders(scope=scope)["content-length"] = str(len(body))
    return body


def again(body: bytes, receive: Receive) -> Receive:
    """Gives a body that was read, and then goes on with what comes."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def given() -> Message:
        return messages.pop() if messages else await receive()

    return given


def patient(receive: Receive, seconds: float = SECONDS * 2) -> Receive:
    """A body that is not read here, of which each piece has to come in time."""
    done = False

    async def given() -> Message:
        nonlocal done
        if done:
            return await receive()
        try:
            async with asyncio.timeout(seconds):
                message = await receive()
        except TimeoutError:
            done = True
            return {"type": "http.disconnect"}
        done = not message.get("more_body")
        return message

    return given
