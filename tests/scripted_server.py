"""A chat model's server on this machine that does what a test tells it to, well or badly.

    with ScriptedServer([status(429, retry_after=1), says("Hello.")]) as server:
        ...  # a client of server.base_url
    assert server.calls[1].messages[-1]["content"] == "Hi?"

It speaks OpenAI's protocol (``/v1/chat/completions``, ``/v1/models``) and Ollama's (``/api/chat``,
``/api/show``, ``/api/tags``). Every call to a chat plays the next behaviour of the script. What is
wrong with the test itself (a script that ran out, an unknown path) is a fault: the client gets a
500 or 404 that is not to be tried again, and leaving the ``with`` raises.

A script may also say text alone, or a function of the call, which reads the prompt and answers to
it. Behaviours are found here as well; ``MISBEHAVIOURS`` has the bad ones by name.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from types import TracebackType
from typing import TypeAlias

from tests.scripted_behaviours import (
    CODES,
    MISBEHAVIOURS,
    cut_after,
    drops_connection,
    echoes_the_request_in_its_error,
    empty,
    fails_in_the_stream,
    half_json,
    hang,
    huge,
    malformed_sse,
    not_json,
    other_language,
    says,
    slow_first_byte,
    status,
    too_long,
    waits_for,
    wrong_content_type,
)
from tests.scripted_exchange import FACES, TICK, Behaviour, Call, Exchange, Json, OpenAIFace, Over

__all__ = [
    "MISBEHAVIOURS",
    "Behaviour",
    "Call",
    "Exchange",
    "ScriptedServer",
    "Step",
    "address_of_nobody",
    "cut_after",
    "drops_connection",
    "echoes_the_request_in_its_error",
    "empty",
    "fails_in_the_stream",
    "half_json",
    "hang",
    "huge",
    "malformed_sse",
    "not_json",
    "other_language",
    "says",
    "slow_first_byte",
    "status",
    "too_long",
    "waits_for",
    "wrong_content_type",
]

LOOPBACK = "127.0.0.1"

Step: TypeAlias = Behaviour | str | Callable[[Call], Behaviour | str]
"""A turn of a script: a behaviour, a text to say, or a function that makes either of the call."""


class ScriptedServer:
    """The server: it runs while the ``with`` does.

    Args:
        script: one step a call, in order of arrival.
        afterwards: what is done when the script has run out; without it that is a fault.
        models: the names that it lists. A chat is answered whatever the name.
        context_length: in tokens, told by ``/api/show``.

    Raises:
        AssertionError: on leaving, when there are faults that ``take_faults`` did not take.
    """

    def __init__(
        self,
        script: Iterable[Step] = (),
        *,
        afterwards: Step | None = None,
        models: Sequence[str] = ("scripted",),
        context_length: int = 8192,
    ) -> None:
        self.history: list[Call] = []
        self.faults: list[str] = []
        self.most_at_once = 0
        self.models = tuple(models)
        self.context_length = context_length
        self.stopping = threading.Event()
        self._script = deque(script)
        self._afterwards = afterwards
        self._at_once = 0
        self._lock = threading.Lock()
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(TICK,))

    def __enter__(self) -> ScriptedServer:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
        if kind is None and self.faults:
            raise AssertionError("\n".join(self.faults))

    @property
    def host(self) -> str:
        """Address and port."""
        return f"{LOOPBACK}:{self._server.server_address[1]}"

    @property
    def base_url(self) -> str:
        """Where a client of OpenAI's protocol finds it."""
        return f"http://{self.host}/v1"

    @property
    def ollama_url(self) -> str:
        """Where a client of Ollama's protocol finds it."""
        return f"http://{self.host}"

    @property
    def calls(self) -> list[Call]:
        """The calls to a chat, in order of arrival."""
        return [call for call in self.history if call.path in FACES]

    @property
    def left(self) -> int:
        """How many steps of the script were not played."""
        return len(self._script)

    def take_faults(self) -> list[str]:
        """The faults so far, which then no longer count."""
        taken, self.faults = self.faults, []
        return taken

    def close(self) -> None:
        """Stop at once, as a server that goes down: no reply goes on, no connection stays."""
        if self.stopping.is_set():
            return
        self.stopping.set()
        self._server.shutdown()
        self._server.drop_connections()
        self._server.server_close()
        self._thread.join()
        for call in self.history:
            if not call.over.wait(2):
                self.faults.append(f"The behaviour {call.behaviour!r} did not end with the server.")

    def begin(self, call: Call) -> None:
        """Keep a request in the history."""
        with self._lock:
            self.history.append(call)

    def play(self, exchange: Exchange) -> None:
        """Answer a call by the next step of the script."""
        with self._lock:
            step = self._script.popleft() if self._script else self._afterwards
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            if step is None:
                number = len(self.calls)
                self.fault(exchange, 500, f"The script has run out: this is call {number}.")
                return
            behaviour = _behaviour(step, exchange.call)
            exchange.call.behaviour = behaviour.name
            behaviour.play(exchange)
        finally:
            with self._lock:
                self._at_once -= 1

    def fault(self, exchange: Exchange, status: int, message: str) -> None:
        """The test itself is wrong: keep that, and answer so that no client tries again."""
        self.faults.append(message)
        body = exchange.face.error(message, "server_error", None)
        exchange.answer(status, body, {"x-should-retry": "false"})


def _behaviour(step: Step, call: Call) -> Behaviour:
    made = step if isinstance(step, Behaviour | str) else step(call)
    return says(made) if isinstance(made, str) else made


class _Server(ThreadingTCPServer):
    """Listens, and knows its open connections."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, owner: ScriptedServer) -> None:
        self.owner = owner
        self.open: set[socket.socket] = set()
        super().__init__((LOOPBACK, 0), _Handler)

    def drop_connections(self) -> None:
        """Close every connection under the hands that use it."""
        for connection in tuple(self.open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    """One connection; several requests may come over it."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.server.open.add(self.connection)
        if self.server.owner.stopping.is_set():
            self.server.drop_connections()  # it came too late for the server's own round

    def finish(self) -> None:
        self.server.open.discard(self.connection)
        with contextlib.suppress(OSError):
            super().finish()

    def handle(self) -> None:
        # A client may leave between two requests; that is nobody's fault.
        with contextlib.suppress(OSError):
            super().handle()

    def do_GET(self) -> None:
        self._answered({})

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers.get("content-length") or 0))
        try:
            body = json.loads(sent or b"{}")
        except ValueError:
            self.server.owner.faults.append(f"{self.path} was not sent JSON.")
            body = {}
        self._answered(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the history says it all."""

    def _answered(self, body: Json) -> None:
        path = self.path.partition("?")[0]
        headers = {name.lower(): value for name, value in self.headers.items()}
        call = Call(self.command, path, headers, body, time.monotonic())
        owner = self.server.owner
        face = FACES.get(path) or OpenAIFace()
        exchange = Exchange(call, face, self, owner.stopping)
        owner.begin(call)
        try:
            if path in FACES and self.command == "POST":
                owner.play(exchange)
            else:
                _look_up(owner, exchange)
        except Over:
            self.close_connection = True
        except Exception as error:
            self.close_connection = True
            owner.faults.append(f"{call.behaviour or 'A step'} failed: {error!r}")
            raise
        finally:
            call.over.set()


def _look_up(owner: ScriptedServer, exchange: Exchange) -> None:
    """Everything but a chat: which models there are and how much they hold."""
    call = exchange.call
    listed = {name: {"id": name, "object": "model", "owned_by": "tests"} for name in owner.models}
    tags = [{"name": name, "model": name, "size": 1, "details": {}} for name in owner.models]
    if (call.method, call.path) == ("GET", "/v1/models"):
        exchange.answer(200, {"object": "list", "data": list(listed.values())})
    elif (call.method, call.path) == ("GET", "/api/tags"):
        exchange.answer(200, {"models": tags})
    elif (call.method, call.path) == ("POST", "/api/show"):
        _show(owner, exchange)
    elif call.path.startswith("/v1/models/") and call.path[len("/v1/models/") :] in listed:
        exchange.answer(200, listed[call.path[len("/v1/models/") :]])
    elif call.path.startswith("/v1/models/"):
        exchange.answer(404, exchange.face.error("No such model.", *CODES[404]))
    else:
        owner.fault(exchange, 404, f"There is no {call.method} {call.path} here.")


def _show(owner: ScriptedServer, exchange: Exchange) -> None:
    name = exchange.call.model
    if name not in owner.models:
        return exchange.answer(404, {"error": f"model '{name}' not found"})
    held = {"general.architecture": "llama", "llama.context_length": owner.context_length}
    exchange.answer(200, {"details": {}, "model_info": held, "capabilities": ["completion"]})


def address_of_nobody() -> str:
    """A base URL on this machine where no server listens."""
    with socket.create_server((LOOPBACK, 0)) as taken:
        return f"http://{LOOPBACK}:{taken.getsockname()[1]}/v1"
