"""Calling a chat model: real clients against a server on loopback that misbehaves; the limits."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models import FakeListChatModel, GenericFakeChatModel
from langchain_core.messages import AIMessage
from pydantic import SecretStr

from assistant.chat_models.address import parse_address
from assistant.chat_models.budget import Budget
from assistant.chat_models.calling import CalledModel, CallLimits
from assistant.chat_models.opened import Opened, Wishes
from assistant.chat_models.opening import opener
from assistant.chat_models.prices import Price
from assistant.chat_models.records import Address, Cancel, ChatModelError, Message

SECRET = "sk-test-0123456789abcdef"
QUESTION = "May a peer worker with the rare name Zebulon read the notes?"
ASKED = (Message("system", "Be short."), Message("user", QUESTION))
LOCAL = Address("openai", "tester", "http://127.0.0.1:9/v1", "127.0.0.1:9", True)
QUICK = CallLimits(first_seconds=0.4, between_seconds=0.4, seconds=3.0, backoff=0.01)


# ---------------------------------------------------------------- a server


class Talk(BaseHTTPRequestHandler):
    """One request, answered by the next act of the script; the last one goes on for ever."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with self.server.lock:
            self.server.bodies.append(json.loads(body))
            self.server.headers.append({n.lower(): v for n, v in self.headers.items()})
            place = min(len(self.server.bodies), len(self.server.script)) - 1
        try:
            self.server.script[place](self)
        except (BrokenPipeError, ConnectionResetError):
            self.server.broken.set()

    do_GET = do_POST

    def log_message(self, format: str, *args: Any) -> None:
        return

    def status(self, status: int, body: object = None, **headers: str) -> None:
        data = json.dumps(body or {"error": {"message": f"echo: {QUESTION}", "code": None}})
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data.encode())

    def begin(self, kind: str = "text/event-stream") -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def raw(self, text: str) -> None:
        data = text.encode()
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def event(self, **data: Any) -> None:
        whole = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "tester"}
        self.raw(f"data: {json.dumps(whole | data)}\n\n")

    def piece(self, text: str, why: str | None = None) -> None:
        choice = {"index": 0, "delta": {"content": text}, "finish_reason": why}
        self.event(choices=[choice])

    def whole(self, why: str = "stop") -> None:
        self.piece("", why)
        usage = {"prompt_tokens": 30, "completion_tokens": 5, "total_tokens": 35}
        self.event(choices=[], usage=usage)
        self.raw("data: [DONE]\n\n")
        self.wfile.write(b"0\r\n\r\n")

    def hang(self, seconds: float = 20.0) -> None:
        """Wait until the other side hangs up or the test is over."""
        until = time.monotonic() + seconds
        self.connection.settimeout(0.02)
        while time.monotonic() < until and not self.server.over.is_set():
            try:
                if self.connection.recv(1) == b"":
                    self.server.broken.set()
                    break
            except TimeoutError:
                continue
            except OSError:
                self.server.broken.set()
                break
        self.close_connection = True


Act = Callable[[Talk], None]


class Server(ThreadingHTTPServer):
    """Answers by a script and remembers what it was sent."""

    daemon_threads = True

    def __init__(self, script: Sequence[Act]) -> None:
        super().__init__(("127.0.0.1", 0), Talk)
        self.script = list(script)
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.lock = threading.Lock()
        self.broken = threading.Event()
        self.over = threading.Event()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that the other side ended is what many tests want."""
        self.broken.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def begin(*script: Act) -> Server:
        server = Server(script)
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return server

    yield begin
    for server in servers:
        server.over.set()
        server.shutdown()
        server.server_close()


def good(talk: Talk) -> None:
    talk.begin()
    for piece in ("Yes, ", "with ", "consent."):
        talk.piece(piece)
    talk.whole()


def failing(status: int, **headers: str) -> Act:
    return lambda talk: talk.status(status, **headers)


def silent(talk: Talk) -> None:
    talk.hang()


def stalled(talk: Talk) -> None:
    talk.begin()
    talk.piece("Yes, ")
    talk.hang()


def cut(talk: Talk) -> None:
    talk.begin()
    talk.piece("Yes, ")
    talk.close_connection = True


def quietly_cut(talk: Talk) -> None:
    talk.begin()
    talk.piece("Yes, ")
    talk.wfile.write(b"0\r\n\r\n")


def called(server: Server, limits: CallLimits = QUICK, **given: Any) -> CalledModel:
    pytest.importorskip("langchain_openai")
    address = parse_address("openai:tester", f"{server.url}/v1")
    ours = opener(address, Wishes(), lambda address: SecretStr(SECRET))
    return CalledModel(address, ours, limits, **given)


def fault(model: CalledModel, **given: Any) -> ChatModelError:
    with pytest.raises(ChatModelError) as caught:
        model.reply(ASKED, cancel=given.pop("cancel", Cancel()), **given)
    return caught.value


def everything(error: BaseException | None) -> str:
    """All that an error and what stands behind it would show."""
    parts = []
    while error is not None:
        parts.append(f"{error} {error!r} {error.args} {vars(error)}")
        error = error.__cause__ or error.__context__
    return " ".join(parts)


# ---------------------------------------------------------------- a server that behaves


def test_a_reply_is_heard_in_pieces_and_counted(serve: Callable[..., Server]) -> None:
    server = serve(good)
    heard: list[str] = []
    reply = called(server).reply(ASKED, cancel=Cancel(), hear=heard.append)
    assert reply.text == "Yes, with consent."
    assert heard == ["Yes, ", "with ", "consent."]
    assert (reply.input_tokens, reply.output_tokens, reply.cost) == (30, 5, None)


def test_the_call_asks_for_repeatable_bounded_words(serve: Callable[..., Server]) -> None:
    server = serve(good)
    called(server).reply(ASKED, cancel=Cancel())
    (body,) = server.bodies
    assert body["temperature"] == 0
    assert body["seed"] == 7
    assert body["max_tokens"] == 4000
    assert body["stream"] is True
    assert [m["content"] for m in body["messages"]] == ["Be short.", QUESTION]
    assert server.headers[0]["authorization"] == f"Bearer {SECRET}"


def test_connections_are_used_again(serve: Callable[..., Server]) -> None:
    server = serve(good)
    opened = []
    model = called(server)
    inner = model._opener
    model._opener = lambda plain: opened.append(1) or inner(plain)  # type: ignore[func-returns-value, assignment]
    for _ in range(3):
        model.reply(ASKED, cancel=Cancel())
    assert len(opened) == 1


# ---------------------------------------------------------------- a server that misbehaves


def test_a_hang_before_the_first_word_ends_at_the_limit(serve: Callable[..., Server]) -> None:
    server = serve(silent)
    began = time.monotonic()
    error = fault(called(server, CallLimits(first_seconds=0.3, retries=0)))
    assert error.fault == "timed_out"
    assert time.monotonic() - began < 2.0
    assert server.broken.wait(1.0)


def test_a_hang_is_tried_again_within_the_whole_limit(serve: Callable[..., Server]) -> None:
    server = serve(silent, good)
    assert called(server).reply(ASKED, cancel=Cancel()).text == "Yes, with consent."
    assert len(server.bodies) == 2


def test_the_whole_limit_holds_over_all_tries(serve: Callable[..., Server]) -> None:
    server = serve(silent)
    limits = CallLimits(first_seconds=5.0, seconds=0.5, retries=5)
    began = time.monotonic()
    assert fault(called(server, limits)).fault == "timed_out"
    assert time.monotonic() - began < 2.0


def test_a_drip_of_words_ends_at_the_whole_limit(serve: Callable[..., Server]) -> None:
    def drip(talk: Talk) -> None:
        talk.begin()
        while not talk.server.over.is_set():
            talk.piece("a ")
            time.sleep(0.02)

    limits = CallLimits(first_seconds=5.0, between_seconds=5.0, seconds=0.5)
    began = time.monotonic()
    assert fault(called(serve(drip), limits)).fault == "timed_out"
    assert time.monotonic() - began < 2.0


def test_a_stall_within_the_reply_is_not_tried_again(serve: Callable[..., Server]) -> None:
    server = serve(stalled)
    heard: list[str] = []
    error = fault(called(server), hear=heard.append)
    assert error.fault == "timed_out"
    assert heard == ["Yes, "]
    assert len(server.bodies) == 1
    assert server.broken.wait(1.0)


@pytest.mark.parametrize("act", [cut, quietly_cut])
def test_a_cut_stream_is_told_and_not_tried_again(serve: Callable[..., Server], act: Act) -> None:
    server = serve(act)
    heard: list[str] = []
    assert fault(called(server), hear=heard.append).fault == "cut_off"
    assert heard == ["Yes, "]
    assert len(server.bodies) == 1


def test_a_failure_then_success_is_one_reply(serve: Callable[..., Server]) -> None:
    server = serve(failing(500), failing(503), good)
    heard: list[str] = []
    model = called(server)
    assert model.reply(ASKED, cancel=Cancel(), hear=heard.append).text == "Yes, with consent."
    assert heard == ["Yes, ", "with ", "consent."]
    assert len(server.bodies) == 3


def test_failures_end_after_the_retries(serve: Callable[..., Server]) -> None:
    server = serve(failing(500))
    error = fault(called(server))
    assert error.fault == "server_error"
    assert error.retryable
    assert len(server.bodies) == 3


@pytest.mark.parametrize(
    ("status", "expected", "calls"),
    [(401, "unauthorised", 1), (403, "unauthorised", 1), (404, "unknown_model", 1)],
)
def test_what_cannot_be_helped_is_not_tried_again(
    serve: Callable[..., Server], status: int, expected: str, calls: int
) -> None:
    server = serve(failing(status))
    assert fault(called(server)).fault == expected
    assert len(server.bodies) == calls


def test_too_many_calls_are_tried_again_after_what_the_server_asks(
    serve: Callable[..., Server],
) -> None:
    waited: list[float] = []

    def pause(cancel: Cancel, seconds: float) -> bool:
        waited.append(seconds)
        return False

    server = serve(failing(429, Retry_After="7"), good)
    model = called(server, CallLimits(), pause=pause)
    assert model.reply(ASKED, cancel=Cancel()).text == "Yes, with consent."
    assert waited == [7.0]


def test_a_long_wait_asked_for_is_not_waited(serve: Callable[..., Server]) -> None:
    server = serve(failing(429, Retry_After="3600"))
    began = time.monotonic()
    assert fault(called(server)).fault == "rate_limited"
    assert len(server.bodies) == 1
    assert time.monotonic() - began < 2.0


def test_waits_grow_and_are_the_same_each_time(serve: Callable[..., Server]) -> None:
    waited: list[float] = []

    def pause(cancel: Cancel, seconds: float) -> bool:
        waited.append(seconds)
        return False

    model = called(serve(failing(500)), CallLimits(retries=3, backoff=0.5), pause=pause)
    fault(model)
    assert waited == [0.5, 1.0, 2.0]


def test_no_server(serve: Callable[..., Server]) -> None:
    server = serve(good)
    port = server.server_address[1]
    server.shutdown()
    server.server_close()
    error = fault(called(server))
    assert error.fault == "unreachable"
    assert f"127.0.0.1:{port}" in error.message


def test_a_server_that_refuses_the_temperature_is_asked_without(
    serve: Callable[..., Server],
) -> None:
    server = serve(failing(400), good)
    model = called(server)
    assert model.reply(ASKED, cancel=Cancel()).text == "Yes, with consent."
    assert not {"temperature", "seed", "stream_options"} & set(server.bodies[1])
    model.reply(ASKED, cancel=Cancel())
    assert "temperature" not in server.bodies[2]
    assert len(server.bodies) == 3


def test_nothing_that_was_sent_stands_in_an_error(serve: Callable[..., Server]) -> None:
    for status in (400, 401, 404, 422, 429, 500):
        shown = everything(fault(called(serve(failing(status)))))
        assert "Zebulon" not in shown
        assert SECRET not in shown
        assert "echo" not in shown


def test_nothing_said_is_no_reply(serve: Callable[..., Server]) -> None:
    def mute(talk: Talk) -> None:
        talk.begin()
        talk.whole()

    assert fault(called(serve(mute))).fault == "empty"


def test_a_filtered_reply_is_told(serve: Callable[..., Server]) -> None:
    def filtered(talk: Talk) -> None:
        talk.begin()
        talk.piece("I")
        talk.whole("content_filter")

    assert fault(called(serve(filtered))).fault == "refused"


def test_a_flood_is_read_to_the_limit_and_kept(serve: Callable[..., Server]) -> None:
    def flood(talk: Talk) -> None:
        talk.begin()
        while not talk.server.over.is_set():
            talk.piece("word " * 20)

    server = serve(flood)
    heard: list[str] = []
    limits = CallLimits(characters=1050)
    reply = called(server, limits).reply(ASKED, cancel=Cancel(), hear=heard.append)
    assert len(reply.text) == 1050
    assert "".join(heard) == reply.text
    assert server.broken.wait(2.0)


def test_something_that_is_no_stream_is_a_failure_of_the_server(
    serve: Callable[..., Server],
) -> None:
    def page(talk: Talk) -> None:
        talk.begin("text/html")
        talk.raw("data: <html>not json</html>\n\n")
        talk.wfile.write(b"0\r\n\r\n")

    assert fault(called(serve(page))).fault in {"server_error", "cut_off"}


# ---------------------------------------------------------------- stopping


@pytest.mark.parametrize("act", [silent, stalled])
def test_a_stop_is_met_at_once_and_hangs_up(serve: Callable[..., Server], act: Act) -> None:
    server = serve(act)
    cancel = Cancel()
    asked: list[float] = []

    def stop() -> None:
        asked.append(time.monotonic())
        cancel()

    threading.Timer(0.3, stop).start()
    model = called(server, CallLimits())
    assert fault(model, cancel=cancel).fault == "cancelled"
    assert time.monotonic() - asked[0] < 0.2
    assert server.broken.wait(1.0)


def test_a_stop_ends_the_wait_before_another_try(serve: Callable[..., Server]) -> None:
    server = serve(failing(429, Retry_After="15"))
    cancel = Cancel()
    threading.Timer(0.3, cancel).start()
    began = time.monotonic()
    assert fault(called(server, CallLimits()), cancel=cancel).fault == "cancelled"
    assert time.monotonic() - began < 1.5


def test_what_was_stopped_before_is_not_begun() -> None:
    cancel = Cancel()
    cancel()

    def never(plain: bool) -> Opened:
        raise AssertionError("it was opened")

    assert fault(CalledModel(LOCAL, never), cancel=cancel).fault == "cancelled"


def test_a_stop_of_one_call_leaves_another_alone(serve: Callable[..., Server]) -> None:
    gate = threading.Event()

    def patient(talk: Talk) -> None:
        talk.begin()
        talk.piece("Yes, ")
        gate.wait(5.0)
        talk.piece("it may.")
        talk.whole()

    server = serve(patient, silent)
    model = called(server, CallLimits())
    got: list[str] = []
    first = threading.Thread(target=lambda: got.append(model.reply(ASKED, cancel=Cancel()).text))
    first.start()
    while not server.bodies:
        time.sleep(0.01)
    cancel = Cancel()
    threading.Timer(0.2, cancel).start()
    assert fault(model, cancel=cancel).fault == "cancelled"
    gate.set()
    first.join(5.0)
    assert got == ["Yes, it may."]


def test_an_opening_that_hangs_is_stopped_too() -> None:
    over = threading.Event()

    def slow(plain: bool) -> Opened:
        over.wait(10.0)
        raise RuntimeError("late")

    limits = CallLimits(first_seconds=0.2, retries=0)
    assert fault(CalledModel(LOCAL, slow, limits)).fault == "timed_out"
    over.set()


# ---------------------------------------------------------------- limits around calls


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def raising(error: BaseException) -> Callable[[bool], Opened]:
    def opening(plain: bool) -> Opened:
        raise error

    return opening


def saying(*texts: str) -> Callable[[bool], Opened]:
    return lambda plain: Opened(FakeListChatModel(responses=list(texts)))


def test_langchains_own_fakes_can_be_called() -> None:
    heard: list[str] = []
    model = CalledModel(LOCAL, saying("a word"))
    assert model.reply(ASKED, cancel=Cancel(), hear=heard.append).text == "a word"
    assert "".join(heard) == "a word"
    other = GenericFakeChatModel(messages=iter([AIMessage("two words")]))
    assert CalledModel(LOCAL, lambda plain: Opened(other)).reply(ASKED, cancel=Cancel()).text == (
        "two words"
    )


def test_calls_are_paused_after_failures_in_a_row_and_go_on() -> None:
    clock = Clock()
    tries: list[int] = []

    def opening(plain: bool) -> Opened:
        tries.append(1)
        if len(tries) <= 4:
            raise ConnectionRefusedError
        return saying("back")(plain)

    model = CalledModel(LOCAL, opening, CallLimits(retries=0), clock=clock)
    assert [fault(model).fault for _ in range(4)] == ["unreachable"] * 4
    assert fault(model).fault == "paused"
    assert len(tries) == 4
    clock.now = 59.0
    assert fault(model).fault == "paused"
    clock.now = 61.0
    assert model.reply(ASKED, cancel=Cancel()).text == "back"


def test_a_failure_right_after_the_pause_begins_the_next() -> None:
    clock = Clock()
    model = CalledModel(LOCAL, raising(ConnectionError()), CallLimits(retries=0), clock=clock)
    for _ in range(4):
        fault(model)
    clock.now = 61.0
    assert fault(model).fault == "unreachable"
    assert fault(model).fault == "paused"


def test_a_success_between_forgives_failures() -> None:
    turns = iter([False] * 3 + [True] + [False] * 3)

    def opening(plain: bool) -> Opened:
        if next(turns):
            return Opened(FakeListChatModel(responses=["fine"]), says_why=False)
        raise ConnectionError

    model = CalledModel(LOCAL, opening, CallLimits(retries=0))
    model._kept = lambda: None  # type: ignore[method-assign]
    for _ in range(3):
        fault(model)
    model.reply(ASKED, cancel=Cancel())
    for _ in range(3):
        assert fault(model).fault == "unreachable"


def test_a_missing_key_pauses_nothing() -> None:
    model = CalledModel(LOCAL, raising(ChatModelError("no_key", "There is no key.")))
    assert [fault(model).fault for _ in range(6)] == ["no_key"] * 6


def test_two_calls_at_once_and_the_third_waits_not_for_ever(serve: Callable[..., Server]) -> None:
    server = serve(silent)
    limits = CallLimits(at_once=2, place_seconds=0.2)
    model = called(server, limits)
    cancel = Cancel()
    held = [threading.Thread(target=lambda: fault(model, cancel=cancel)) for _ in range(2)]
    for thread in held:
        thread.start()
    while len(server.bodies) < 2:
        time.sleep(0.01)
    began = time.monotonic()
    assert fault(model).fault == "busy"
    assert time.monotonic() - began < 1.0
    cancel()
    for thread in held:
        thread.join(2.0)
    assert len(server.bodies) == 2


def test_a_place_is_given_back_after_a_failure() -> None:
    limits = CallLimits(at_once=1, place_seconds=0.05, retries=0, failures=100)
    model = CalledModel(LOCAL, raising(ConnectionError()), limits)
    assert [fault(model).fault for _ in range(3)] == ["unreachable"] * 3


def test_a_listener_that_fails_ends_the_call(serve: Callable[..., Server]) -> None:
    server = serve(stalled)

    def hear(piece: str) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        called(server).reply(ASKED, cancel=Cancel(), hear=hear)
    assert server.broken.wait(1.0)


# ---------------------------------------------------------------- counting


def test_a_call_is_put_on_the_days_account(serve: Callable[..., Server], tmp_path: Path) -> None:
    budget = Budget(tmp_path, prices={})
    model = called(serve(good), budget=budget)
    assert model.reply(ASKED, cancel=Cancel()).cost is None
    ((used,),) = [list(models.values()) for models in budget.used().values()]
    assert (used.calls, used.input_tokens, used.output_tokens, used.estimated_tokens) == (
        1,
        30,
        5,
        0,
    )
    assert "Zebulon" not in (tmp_path / "models" / "usage.json").read_text()


def test_what_no_server_counts_is_estimated(tmp_path: Path) -> None:
    budget = Budget(tmp_path, daily_tokens=20, prices={})
    model = CalledModel(LOCAL, saying("twelve chars"), budget=budget)
    reply = model.reply(ASKED, cancel=Cancel())
    assert (reply.input_tokens, reply.output_tokens) == (None, None)
    ((used,),) = [list(models.values()) for models in budget.used().values()]
    assert used.estimated_tokens == -(-len("Be short." + QUESTION) // 4) + 3
    assert fault(model).fault == "budget"


def test_a_call_that_broke_off_is_counted_too(serve: Callable[..., Server], tmp_path: Path) -> None:
    budget = Budget(tmp_path, prices={})
    fault(called(serve(cut), budget=budget))
    ((used,),) = [list(models.values()) for models in budget.used().values()]
    assert used.estimated_tokens > 0


def test_a_call_that_was_not_taken_is_not_counted(
    serve: Callable[..., Server], tmp_path: Path
) -> None:
    budget = Budget(tmp_path, prices={})
    fault(called(serve(failing(401)), budget=budget))
    assert budget.used() == {}


def test_a_known_price_gives_the_cost(tmp_path: Path) -> None:
    import datetime as dt

    address = Address("openai", "dear", "", "api.openai.com", False)
    day = dt.date(2026, 1, 1)
    budget = Budget(tmp_path, prices={"openai:dear": Price(2.0, 10.0, day, day, "page")})
    said = AIMessage(
        "word", usage_metadata={"input_tokens": 1000, "output_tokens": 100, "total_tokens": 1100}
    )

    class Counting(FakeListChatModel):
        def _stream(self, *args: Any, **kwargs: Any) -> Iterator[Any]:
            from langchain_core.messages import AIMessageChunk
            from langchain_core.outputs import ChatGenerationChunk

            chunk = AIMessageChunk(content="word", usage_metadata=said.usage_metadata)
            yield ChatGenerationChunk(message=chunk)

    model = CalledModel(address, lambda plain: Opened(Counting(responses=["x"])), budget=budget)
    assert model.reply(ASKED, cancel=Cancel()).cost == pytest.approx(0.003)
