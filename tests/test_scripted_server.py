"""The scripted server is what the chat-model tests stand on: real clients must believe it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import Any

import httpx
import pytest

from tests.scripted_server import (
    MISBEHAVIOURS,
    Behaviour,
    Call,
    ScriptedServer,
    Step,
    address_of_nobody,
    cut_after,
    drops_connection,
    echoes_the_request_in_its_error,
    fails_in_the_stream,
    hang,
    huge,
    malformed_sse,
    says,
    slow_first_byte,
    status,
    too_long,
    waits_for,
    wrong_content_type,
)

KEY = "sk-test-0123456789"
QUESTION = "Who supervises a peer support worker?"
REPLY = "Somebody who knows the role, say the authors: “lived experience” counts."
ASKED = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": QUESTION}]


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def client(server: ScriptedServer, timeout: float = 5.0) -> httpx.Client:
    headers = {"Authorization": f"Bearer {KEY}"}
    return httpx.Client(base_url=server.base_url, headers=headers, timeout=timeout, trust_env=False)


def ask(server: ScriptedServer, timeout: float = 5.0, **more: Any) -> httpx.Response:
    body = {"model": "scripted", "messages": ASKED} | more
    with client(server, timeout) as http:
        return http.post("/chat/completions", json=body)


def events(streamed: httpx.Response) -> Iterator[Any]:
    """The events of a stream, ``[DONE]`` included; their form is checked."""
    assert streamed.headers["content-type"].startswith("text/event-stream")
    for line in streamed.text.split("\n\n")[:-1]:
        assert line.startswith("data: ")
        held = line.removeprefix("data: ")
        yield held if held == "[DONE]" else json.loads(held)


# ---------------------------------------------------------------- the protocol


def test_a_reply_in_one_go_has_the_protocols_form() -> None:
    with ScriptedServer([says(REPLY)]) as server:
        reply = ask(server).json()
    assert reply["object"] == "chat.completion"
    assert reply["choices"][0]["message"] == {
        "role": "assistant",
        "content": REPLY,
        "refusal": None,
    }
    assert reply["choices"][0]["finish_reason"] == "stop"
    assert reply["usage"] == {"prompt_tokens": 8, "completion_tokens": 11, "total_tokens": 19}


def test_a_stream_comes_in_pieces_with_the_usage_last() -> None:
    with ScriptedServer([says(REPLY, chunks=4)]) as server:
        got = list(events(ask(server, stream=True, stream_options={"include_usage": True})))
    assert got[-1] == "[DONE]"
    assert got[-2]["choices"] == []
    assert got[-2]["usage"]["completion_tokens"] == 11
    assert [e["choices"][0]["finish_reason"] for e in got[:-2]] == [None] * 5 + ["stop"]
    assert "".join(e["choices"][0]["delta"].get("content", "") for e in got[:-2]) == REPLY


def test_a_stream_tells_no_usage_that_was_not_asked_for() -> None:
    with ScriptedServer([says(REPLY)]) as server:
        got = list(events(ask(server, stream=True)))
    assert not [event for event in got[:-1] if "usage" in event]


def test_the_pieces_may_be_given() -> None:
    with ScriptedServer([says("", chunks=["[e", "1]"], finish="length")]) as server:
        got = list(events(ask(server, stream=True)))
    assert [e["choices"][0]["delta"].get("content") for e in got[:-1]] == ["", "[e", "1]", None]
    assert got[-2]["choices"][0]["finish_reason"] == "length"


def test_the_models_are_listed() -> None:
    with ScriptedServer(models=["small", "large"]) as server, client(server) as http:
        assert [model["id"] for model in http.get("/models").json()["data"]] == ["small", "large"]
        assert http.get("/models/small").json()["id"] == "small"
        assert http.get("/models/other").status_code == 404


@pytest.mark.parametrize("code", [401, 404, 429, 500])
def test_an_error_has_the_protocols_form(code: int) -> None:
    with ScriptedServer([status(code, retry_after=3 if code == 429 else None)]) as server:
        reply = ask(server)
    assert reply.status_code == code
    assert reply.json()["error"].keys() == {"message", "type", "param", "code"}
    assert reply.headers.get("retry-after") == ("3" if code == 429 else None)


# ---------------------------------------------------------------- the history


def test_every_request_is_kept() -> None:
    with ScriptedServer([says("One."), status(500)]) as server:
        ask(server)
        ask(server, stream=True)
        with client(server) as http:
            http.get("/models")
    assert [call.path for call in server.history] == [*["/v1/chat/completions"] * 2, "/v1/models"]
    first, second = (call.wait() for call in server.calls)
    assert (first.messages, first.model, first.key) == (ASKED, "scripted", KEY)
    assert first.text == f"Be brief.\n\n{QUESTION}"
    assert (first.behaviour, first.said, first.streaming) == ("says", "One.", False)
    assert (second.behaviour, second.said, second.streaming) == ("status 500", "", True)
    assert second.at >= first.at
    assert not first.client_left


def test_parts_of_a_message_are_read_together() -> None:
    parts = [{"type": "text", "text": "One"}, {"type": "text", "text": "two"}]
    with ScriptedServer([says("Yes.")]) as server:
        ask(server, messages=[{"role": "user", "content": parts}])
    assert server.calls[0].text == "One\ntwo"


def test_a_step_may_read_the_prompt() -> None:
    def key(call: Call) -> str:
        return call.text.split()[0]

    script: list[Step] = [
        key,
        says(key),
        lambda call: status(418) if call.streaming else says("no"),
    ]
    with ScriptedServer(script) as server:
        replies = [ask(server).json()["choices"][0]["message"]["content"] for _ in range(2)]
        assert ask(server, stream=True).status_code == 418
    assert replies == ["Be", "Be"]


def test_a_client_that_leaves_a_stream_is_seen() -> None:
    with ScriptedServer([says("word " * 1000, chunks=1000, pause=0.01)]) as server:
        with (
            client(server) as http,
            http.stream(
                "POST",
                "/chat/completions",
                json={"model": "scripted", "messages": ASKED, "stream": True},
            ) as streamed,
        ):
            next(streamed.iter_raw())
        call = server.calls[0].wait()
    assert call.client_left
    assert len(call.said) < 2500


@pytest.mark.parametrize("streaming", [True, False])
def test_a_client_that_gives_up_waiting_is_seen(streaming: bool) -> None:
    with ScriptedServer([hang()]) as server:
        with pytest.raises(httpx.ReadTimeout):
            ask(server, timeout=0.1, stream=streaming)
        assert server.calls[0].wait().client_left


def test_calls_at_once_are_counted() -> None:
    everybody = threading.Event()

    def last_opens(call: Call) -> Behaviour:
        if server.most_at_once == 3:
            everybody.set()
        return waits_for(everybody, REPLY)

    with ScriptedServer([last_opens] * 3) as server, ThreadPoolExecutor(3) as pool:
        got = [done.result() for done in [pool.submit(ask, server) for _ in range(3)]]
    assert [reply.status_code for reply in got] == [200] * 3
    assert server.most_at_once == 3


# ---------------------------------------------------------------- faults of the test itself


def test_a_script_that_runs_out_is_a_fault() -> None:
    server = ScriptedServer([says("One.")])
    with pytest.raises(AssertionError, match="script has run out: this is call 2"), server:
        replies = [ask(server) for _ in range(2)]
    assert [reply.status_code for reply in replies] == [200, 500]
    assert "script has run out" in replies[1].json()["error"]["message"]
    assert replies[1].headers["x-should-retry"] == "false"


def test_faults_can_be_taken() -> None:
    with ScriptedServer() as server, client(server) as http:
        assert http.post("/responses", json={}).status_code == 404
        assert http.post("/chat/completions", content=b"{").status_code == 500
        faults = server.take_faults()
    assert faults[0] == "There is no POST /v1/responses here."
    assert faults[1] == "/v1/chat/completions was not sent JSON."


def test_a_step_that_fails_is_a_fault(capfd: pytest.CaptureFixture[str]) -> None:
    def broken(call: Call) -> str:
        raise KeyError("no evidence in the prompt")

    with ScriptedServer([broken]) as server:
        with pytest.raises(httpx.RemoteProtocolError):
            ask(server)
        assert "no evidence in the prompt" in server.take_faults()[0]


def test_a_failing_test_keeps_its_own_error() -> None:
    with pytest.raises(httpx.HTTPStatusError), ScriptedServer() as server:
        ask(server).raise_for_status()


def test_steps_that_were_not_played_are_counted() -> None:
    with ScriptedServer([says("One."), says("Two.")], afterwards="More.") as server:
        assert server.left == 2
        said = [ask(server).json()["choices"][0]["message"]["content"] for _ in range(4)]
    assert (server.left, said) == (0, ["One.", "Two.", "More.", "More."])


# ---------------------------------------------------------------- misbehaving


def test_the_first_byte_may_be_slow() -> None:
    with ScriptedServer([slow_first_byte(0.2, REPLY), slow_first_byte(60)]) as server:
        began = time.monotonic()
        assert REPLY in ask(server, stream=False).text
        assert time.monotonic() - began >= 0.2
        with pytest.raises(httpx.ReadTimeout):
            ask(server, timeout=0.1)


def until_it_breaks(
    server: ScriptedServer, streaming: bool = True, meanwhile: Callable[[], object] = str
) -> bytes:
    """What came of a reply before the connection broke, which it must."""
    body = {"model": "scripted", "messages": ASKED, "stream": streaming}
    got = b""
    with client(server) as http, http.stream("POST", "/chat/completions", json=body) as reply:
        try:
            for data in reply.iter_raw():
                got += data
                meanwhile()
        except httpx.RemoteProtocolError:
            return got
    raise AssertionError("the reply came to an end")


def test_a_stream_that_is_cut_breaks_off() -> None:
    with ScriptedServer([cut_after(9, REPLY)]) as server:
        got = until_it_breaks(server)
    assert b"[DONE]" not in got
    assert server.calls[0].wait().said == "Somebody "


def test_a_reply_in_one_go_that_is_cut_breaks_off() -> None:
    with ScriptedServer([cut_after(9, REPLY)]) as server:
        got = until_it_breaks(server, streaming=False)
    assert got.endswith(b'"content": "Somebody ')


def test_a_reply_that_is_cut_cleanly_only_lacks_its_end() -> None:
    with ScriptedServer([cut_after(9, REPLY, cleanly=True)] * 2) as server:
        got = list(events(ask(server, stream=True)))
        assert "".join(e["choices"][0]["delta"]["content"] for e in got) == "Somebody "
        assert {event["choices"][0]["finish_reason"] for event in got} == {None}
        with pytest.raises(ValueError, match="Unterminated string"):
            ask(server).json()


def test_a_stream_may_fail_half_way() -> None:
    with ScriptedServer([fails_in_the_stream(REPLY)] * 2) as server:
        got = list(events(ask(server, stream=True)))
        assert ask(server).status_code == 500
    assert got[-1]["error"]["type"] == "server_error"
    assert len(got) == 4


def test_a_malformed_stream_has_broken_json() -> None:
    with ScriptedServer([malformed_sse(REPLY)] * 2) as server:
        with pytest.raises(ValueError, match="Unterminated string"):
            list(events(ask(server, stream=True)))
        with pytest.raises(ValueError, match="Unterminated string"):
            ask(server).json()


def test_what_is_huge_has_its_size() -> None:
    with ScriptedServer([huge()]) as server:
        got = list(events(ask(server, stream=True)))
    assert len("".join(e["choices"][0]["delta"].get("content", "") for e in got[:-1])) == 100_000
    assert len(got) == 103


def test_success_may_be_another_page() -> None:
    with ScriptedServer([wrong_content_type(), status(502, body="<html>no</html>")]) as server:
        page, gateway = ask(server), ask(server)
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html")
    assert (gateway.status_code, gateway.headers["content-type"]) == (502, "text/html")


def test_an_error_may_repeat_what_was_sent() -> None:
    with ScriptedServer([echoes_the_request_in_its_error()]) as server:
        reply = ask(server)
    assert KEY in reply.json()["error"]["message"]
    assert QUESTION in reply.json()["error"]["message"]


def test_the_connection_may_drop() -> None:
    with ScriptedServer([drops_connection()]) as server:
        with pytest.raises(httpx.RemoteProtocolError, match="without sending"):
            ask(server)
        assert not server.calls[0].wait().client_left


@pytest.mark.parametrize("streaming", [True, False])
@pytest.mark.parametrize("name", MISBEHAVIOURS)
def test_no_misbehaviour_outlives_its_server(name: str, streaming: bool) -> None:
    with ScriptedServer([MISBEHAVIOURS[name]]) as server, ThreadPoolExecutor(1) as pool:
        asked = pool.submit(ask, server, timeout=60, stream=streaming)
        while not server.calls:
            time.sleep(0.001)
        if name not in list(MISBEHAVIOURS)[:3]:
            asked.exception(timeout=5)
        began = time.monotonic()
        server.close()
        asked.exception(timeout=5)
    assert time.monotonic() - began < 1
    assert server.faults == []


def test_a_server_may_stop_half_way() -> None:
    with ScriptedServer([says("word " * 1000, chunks=1000, pause=0.01)]) as server:
        got = until_it_breaks(server, meanwhile=server.close)
        assert b"[DONE]" not in got
        assert not server.calls[0].wait().client_left
        with pytest.raises(httpx.ConnectError):
            ask(server)


def test_a_server_that_closed_answers_on_no_old_connection() -> None:
    with ScriptedServer() as server, client(server) as http:
        assert http.get("/models").status_code == 200
        server.close()
        with pytest.raises(httpx.TransportError):
            http.get("/models")


def test_nobody_listens_at_the_address_of_nobody() -> None:
    with pytest.raises(httpx.ConnectError), httpx.Client(trust_env=False) as http:
        http.get(f"{address_of_nobody()}/models")


# ---------------------------------------------------------------- OpenAI's own client


@pytest.fixture
def openai() -> ModuleType:
    module: ModuleType = pytest.importorskip("openai", reason="openai is not installed")
    return module


def create(openai: ModuleType, server: ScriptedServer, **more: Any) -> Any:
    given = {"max_retries": 0, "timeout": 5.0} | more.pop("client", {})
    with openai.OpenAI(base_url=server.base_url, api_key=KEY, **given) as model:
        made = model.chat.completions.create(model="scripted", messages=ASKED, **more)
        return list(made) if more.get("stream") else made


def test_openais_client_reads_both_kinds_of_reply(openai: ModuleType) -> None:
    with ScriptedServer([says(REPLY)] * 2) as server:
        whole = create(openai, server)
        got = create(openai, server, stream=True, stream_options={"include_usage": True})
    assert whole.choices[0].message.content == REPLY
    assert whole.usage.total_tokens == got[-1].usage.total_tokens == 19
    assert "".join(c.choices[0].delta.content or "" for c in got[:-1]) == REPLY


@pytest.mark.parametrize(
    ("step", "name"),
    [
        (status(401), "AuthenticationError"),
        (status(404), "NotFoundError"),
        (status(429), "RateLimitError"),
        (status(500), "InternalServerError"),
        (too_long(), "BadRequestError"),
        (fails_in_the_stream(), "APIError"),
        (drops_connection(), "APIConnectionError"),
        (malformed_sse(), "JSONDecodeError"),
        (hang(), "APITimeoutError"),
    ],
)
def test_openais_client_knows_what_went_wrong(
    openai: ModuleType, step: Behaviour, name: str
) -> None:
    with ScriptedServer([step]) as server:
        kind = getattr(openai, name, None) or getattr(json, name)
        with pytest.raises(kind) as met:
            create(openai, server, stream=True, client={"timeout": 0.5})
    assert type(met.value) is kind
    if name == "BadRequestError":
        assert met.value.code == "context_length_exceeded"


def test_openais_client_waits_as_long_as_it_is_told(openai: ModuleType) -> None:
    with ScriptedServer([status(429, retry_after=0.3), says(REPLY)]) as server:
        create(openai, server, client={"max_retries": 1})
    first, second = server.calls
    assert 0.3 <= second.at - first.at < 2


def test_openais_client_does_not_try_again_when_the_script_ran_out(openai: ModuleType) -> None:
    with ScriptedServer() as server:
        with pytest.raises(openai.InternalServerError, match="run out"):
            create(openai, server, client={"max_retries": 3})
        assert len(server.take_faults()) == 1


# ---------------------------------------------------------------- langchain's clients


def test_langchain_openai_streams_and_counts() -> None:
    package = pytest.importorskip("langchain_openai", reason="langchain-openai is not installed")
    with ScriptedServer([says(REPLY)] * 2) as server:
        model = package.ChatOpenAI(
            model="scripted", base_url=server.base_url, api_key=KEY, stream_usage=True
        )
        whole = model.invoke([("system", "Be brief."), ("user", QUESTION)])
        pieces = list(model.stream([("system", "Be brief."), ("user", QUESTION)]))
    assert whole.content == "".join(piece.content for piece in pieces) == REPLY
    assert whole.usage_metadata["output_tokens"] == 11
    assert [p.usage_metadata["input_tokens"] for p in pieces if p.usage_metadata] == [8]
    assert [call.streaming for call in server.calls] == [False, True]
    assert server.calls[1].messages == ASKED


def test_langchain_ollama_streams_and_counts() -> None:
    package = pytest.importorskip("langchain_ollama", reason="langchain-ollama is not installed")
    with ScriptedServer([says(REPLY), status(404)], context_length=2048) as server:
        model = package.ChatOllama(
            model="scripted", base_url=server.ollama_url, validate_model_on_init=True
        )
        pieces = list(model.stream([("system", "Be brief."), ("user", QUESTION)]))
        with pytest.raises(Exception, match="does not exist") as met:
            model.invoke(QUESTION)
    assert "".join(piece.content for piece in pieces) == REPLY
    assert [p.usage_metadata["output_tokens"] for p in pieces if p.usage_metadata] == [11]
    assert type(met.value).__name__ == "ResponseError"
    assert [message["content"] for message in server.calls[0].messages] == ["Be brief.", QUESTION]


# ---------------------------------------------------------------- Ollama without its client


def test_ollamas_protocol_tells_the_models_and_their_context() -> None:
    with (
        ScriptedServer(context_length=2048) as server,
        httpx.Client(base_url=server.ollama_url, trust_env=False) as http,
    ):
        assert [m["model"] for m in http.get("/api/tags").json()["models"]] == ["scripted"]
        shown = http.post("/api/show", json={"model": "scripted"}).json()
        unknown = http.post("/api/show", json={"model": "other"})
    family = shown["model_info"]["general.architecture"]
    assert shown["model_info"][f"{family}.context_length"] == 2048
    assert (unknown.status_code, unknown.json()) == (404, {"error": "model 'other' not found"})


@pytest.mark.parametrize("streaming", [None, True, False])
def test_ollamas_protocol_streams_unless_told_not_to(streaming: bool | None) -> None:
    body: dict[str, Any] = {"model": "scripted", "messages": ASKED}
    body |= {} if streaming is None else {"stream": streaming}
    with (
        ScriptedServer([says(REPLY, chunks=3)]) as server,
        httpx.Client(base_url=server.ollama_url, trust_env=False) as http,
    ):
        lines = [json.loads(line) for line in http.post("/api/chat", json=body).text.splitlines()]
    assert [line["done"] for line in lines] == (
        [True] if streaming is False else [False] * 3 + [True]
    )
    assert "".join(line["message"]["content"] for line in lines) == REPLY
    assert (lines[-1]["prompt_eval_count"], lines[-1]["eval_count"]) == (8, 11)
