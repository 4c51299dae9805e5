"""One call to a scripted server: what came in, how a protocol puts a reply, what can be sent.

Which reply it is, ``scripted_behaviours`` decide. Tokens are counted as words, so that a test can
say how many there must be.
"""

from __future__ import annotations

import json
import select
import socket
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any, Protocol, TypeAlias

Json: TypeAlias = dict[str, Any]

TICK = 0.02  # seconds between two looks at whether the client has left


@dataclass
class Call:
    """A request as it came in, and what became of it.

    ``at`` is monotonic seconds; header names are in small letters. ``said`` is the text that was
    sent so far. ``client_left`` is True when the client closed the connection before the end.
    """

    method: str
    path: str
    headers: dict[str, str]
    body: Json
    at: float
    behaviour: str = ""
    said: str = ""
    client_left: bool = False
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def messages(self) -> list[Json]:
        """The messages of a chat, oldest first."""
        return list(self.body.get("messages", []))

    @property
    def text(self) -> str:
        """What all messages say, one after the other."""
        return "\n\n".join(_content(message) for message in self.messages)

    @property
    def streaming(self) -> bool:
        """Whether the reply is wanted piece by piece."""
        return bool(self.body.get("stream", self.path == "/api/chat"))

    @property
    def model(self) -> str:
        """The model that is asked for."""
        return str(self.body.get("model", ""))

    @property
    def key(self) -> str:
        """The key that came with it."""
        return self.headers.get("authorization", "").removeprefix("Bearer ")

    def wait(self, seconds: float = 5.0) -> Call:
        """This call, once it is over; so that ``client_left`` is the last word."""
        assert self.over.wait(seconds), f"{self.path} was not over after {seconds} s"
        return self


def _content(message: Json) -> str:
    content = message.get("content") or ""
    if isinstance(content, str):
        return content
    return "\n".join(str(part.get("text", "")) for part in content)


def words(text: str) -> int:
    """How many tokens the server counts in a text."""
    return len(text.split())


# ---------------------------------------------------------------- the two protocols


class Face(Protocol):
    """How a protocol puts a reply."""

    stream_type: str

    def opening(self, call: Call) -> bytes:
        """What a stream begins with."""

    def piece(self, call: Call, text: str) -> bytes:
        """A piece of a reply."""

    def ending(self, call: Call, finish: str, usage: bool) -> bytes:
        """What a stream ends with."""

    def whole(self, call: Call, text: str, finish: str, usage: bool) -> bytes:
        """A reply in one go."""

    def error(self, message: str, kind: str, code: str | None) -> Json:
        """The body of an error."""

    def broken(self) -> bytes:
        """A piece of a stream whose JSON stops half way."""

    def failure(self, message: str) -> bytes:
        """An error in place of a piece."""


def as_bytes(value: Json | str) -> bytes:
    """JSON as it goes over the wire."""
    return json.dumps(value, ensure_ascii=False).encode()


def _event(value: Json) -> bytes:
    return b"data: " + as_bytes(value) + b"\n\n"


class OpenAIFace:
    """Server-sent events, closed by ``[DONE]``."""

    stream_type = "text/event-stream; charset=utf-8"

    def opening(self, call: Call) -> bytes:
        """The role."""
        return _event(self._chunk(call, {"role": "assistant", "content": ""}))

    def piece(self, call: Call, text: str) -> bytes:
        """A delta."""
        return _event(self._chunk(call, {"content": text}))

    def ending(self, call: Call, finish: str, usage: bool) -> bytes:
        """The finish reason, the usage where it was asked for, and ``[DONE]``."""
        end = _event(self._chunk(call, {}, finish))
        asked = (call.body.get("stream_options") or {}).get("include_usage")
        if usage and asked:
            end += _event(self._chunk(call, None) | {"usage": self._usage(call, call.said)})
        return end + b"data: [DONE]\n\n"

    def whole(self, call: Call, text: str, finish: str, usage: bool) -> bytes:
        """A ``chat.completion``."""
        message = {"role": "assistant", "content": text, "refusal": None}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish}
        reply = self._frame(call, "chat.completion") | {"choices": [choice]}
        return as_bytes(reply | ({"usage": self._usage(call, text)} if usage else {}))

    def error(self, message: str, kind: str, code: str | None) -> Json:
        """OpenAI's form of an error."""
        return {"error": {"message": message, "type": kind, "param": None, "code": code}}

    def broken(self) -> bytes:
        """An event without the end of its JSON."""
        return b'data: {"id": "chatcmpl-scripted", "choices": [{"delta": {"content": "and th\n\n'

    def failure(self, message: str) -> bytes:
        """An event with an error in it."""
        return _event(self.error(message, "server_error", None))

    def _chunk(self, call: Call, delta: Json | None, finish: str | None = None) -> Json:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        choices = [] if delta is None else [choice]
        return self._frame(call, "chat.completion.chunk") | {"choices": choices}

    def _frame(self, call: Call, kind: str) -> Json:
        return {"id": "chatcmpl-scripted", "object": kind, "created": 0, "model": call.model}

    def _usage(self, call: Call, text: str) -> Json:
        asked, said = words(call.text), words(text)
        return {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said}


class OllamaFace:
    """One JSON object a line, the last one ``done``."""

    stream_type = "application/x-ndjson"

    def opening(self, call: Call) -> bytes:
        """Nothing."""
        return b""

    def piece(self, call: Call, text: str) -> bytes:
        """A line that is not the last."""
        return as_bytes(self._frame(call, text) | {"done": False}) + b"\n"

    def ending(self, call: Call, finish: str, usage: bool) -> bytes:
        """The last line, with the counts."""
        return self._last(call, "", call.said, finish, usage) + b"\n"

    def whole(self, call: Call, text: str, finish: str, usage: bool) -> bytes:
        """The only line."""
        return self._last(call, text, text, finish, usage)

    def error(self, message: str, kind: str, code: str | None) -> Json:
        """Ollama's form of an error."""
        return {"error": message}

    def broken(self) -> bytes:
        """A line without the end of its JSON."""
        return b'{"model": "scripted", "message": {"role": "assistant", "content": "and th\n'

    def failure(self, message: str) -> bytes:
        """A line with an error in it."""
        return as_bytes(self.error(message, "", None)) + b"\n"

    def _frame(self, call: Call, text: str) -> Json:
        message = {"role": "assistant", "content": text}
        return {"model": call.model, "created_at": "2026-01-01T00:00:00Z", "message": message}

    def _last(self, call: Call, text: str, said: str, finish: str, usage: bool) -> bytes:
        counts = {"prompt_eval_count": words(call.text), "eval_count": words(said)}
        times = {"total_duration": 1, "load_duration": 1, "eval_duration": 1}
        done = {"done": True, "done_reason": finish} | times | (counts if usage else {})
        return as_bytes(self._frame(call, text) | done)


FACES: dict[str, Face] = {"/v1/chat/completions": OpenAIFace(), "/api/chat": OllamaFace()}


# ---------------------------------------------------------------- answering one call


class Over(Exception):
    """The client has left or the server closes: nothing more can be said."""


@dataclass(frozen=True)
class Behaviour:
    """A named way to answer a call."""

    name: str
    play: Callable[[Exchange], None]


class Exchange:
    """What a behaviour can do with the call that it answers.

    Every method that takes time or sends raises ``Over`` once the client has left or the server
    closes; a behaviour lets it through.
    """

    def __init__(
        self, call: Call, face: Face, handler: BaseHTTPRequestHandler, stopping: threading.Event
    ) -> None:
        self.call = call
        self.face = face
        self._handler = handler
        self._stopping = stopping
        self._opened = False

    def wait(self, seconds: float, until: threading.Event | None = None) -> None:
        """Wait that long, or until the event."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and not (until and until.is_set()):
            self.check()
            self._stopping.wait(min(left, TICK))
        self.check()

    def check(self) -> None:
        """See whether there is still anybody to talk to."""
        if not self._stopping.is_set() and _has_left(self._handler.connection):
            self.call.client_left = True
        if self._stopping.is_set() or self.call.client_left:
            raise Over

    def say(self, pieces: Iterable[str], pause: float = 0.0) -> None:
        """Stream pieces, each after a pause; nothing of an end. Only while streaming."""
        self.open()
        for piece in pieces:
            self.wait(pause)
            self.push(self.face.piece(self.call, piece))
            self.call.said += piece

    def open(self) -> None:
        """Begin the stream, once."""
        if not self._opened:
            self._opened = True
            self.start(200, {"content-type": self.face.stream_type, "transfer-encoding": "chunked"})
            self.push(self.face.opening(self.call))

    def end(self, finish: str = "stop", usage: bool = True) -> None:
        """End the stream as the protocol wants it."""
        self.open()
        self.push(self.face.ending(self.call, finish, usage))
        self.close()

    def close(self) -> None:
        """End the stream without a word of an end, but cleanly for HTTP."""
        self.send(b"0\r\n\r\n")

    def cut(self) -> None:
        """Drop the connection when the behaviour is through."""
        self._handler.close_connection = True

    def answer(
        self, status: int, body: bytes | Json, headers: Mapping[str, str] | None = None
    ) -> None:
        """Everything at once: a status and a body."""
        data = body if isinstance(body, bytes) else as_bytes(body)
        self.start(
            status,
            {"content-type": "application/json", "content-length": str(len(data))}
            | dict(headers or {}),
        )
        self.send(data)

    def start(self, status: int, headers: Mapping[str, str]) -> None:
        """A status line and headers."""
        self._handler.send_response(status)
        for name, value in headers.items():
            self._handler.send_header(name, value)
        self._guarded(self._handler.end_headers)

    def push(self, data: bytes) -> None:
        """Bytes of a stream that was begun."""
        if data:
            self.send(b"%x\r\n%s\r\n" % (len(data), data))

    def send(self, data: bytes) -> None:
        """Bytes as they are."""
        self._guarded(lambda: self._handler.wfile.write(data))

    def _guarded(self, sending: Callable[[], object]) -> None:
        try:
            sending()
        except OSError as error:
            self.call.client_left = not self._stopping.is_set()
            raise Over from error


def _has_left(connection: socket.socket) -> bool:
    """Whether the other side closed the connection."""
    try:
        readable, _, _ = select.select([connection], [], [], 0)
        return bool(readable) and connection.recv(1, socket.MSG_PEEK) == b""
    except (OSError, ValueError):
        return True
