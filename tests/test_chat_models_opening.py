"""Opening a chat model: each provider's own client, nothing to a third place, a folder's model."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from assistant.chat_models.address import parse_address
from assistant.chat_models.calling import CalledModel, CallLimits
from assistant.chat_models.opened import Wishes, untraced
from assistant.chat_models.opening import opener
from assistant.chat_models.records import Address, Cancel, ChatModelError, Message
from assistant.chat_models.trying import context_tokens
from tests import test_chat_models_calling as calling
from tests.test_chat_models_calling import ASKED, QUICK, SECRET, Server, Talk, everything, fault

serve = calling.serve
"""The server of the other file, for the tests of this one."""


def model_at(address: Address, limits: CallLimits = QUICK) -> CalledModel:
    return CalledModel(address, opener(address, Wishes(), lambda _: SecretStr(SECRET)), limits)


# ---------------------------------------------------------------- Anthropic


def _claude(talk: Talk, *, end: bool = True) -> None:
    def event(kind: str, **data: Any) -> None:
        talk.raw(f"event: {kind}\ndata: {json.dumps({'type': kind} | data)}\n\n")

    talk.begin()
    message = {
        "id": "m",
        "type": "message",
        "role": "assistant",
        "content": [],
        "model": "tester",
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": 21, "output_tokens": 1},
    }
    event("message_start", message=message)
    event("content_block_start", index=0, content_block={"type": "text", "text": ""})
    for piece in ("Yes, ", "it may."):
        event("content_block_delta", index=0, delta={"type": "text_delta", "text": piece})
    if not end:
        talk.hang()
        return
    event("content_block_stop", index=0)
    delta = {"stop_reason": "end_turn", "stop_sequence": None}
    event("message_delta", delta=delta, usage={"input_tokens": 21, "output_tokens": 6})
    event("message_stop")
    talk.wfile.write(b"0\r\n\r\n")


def anthropic_at(server: Server, limits: CallLimits = QUICK) -> CalledModel:
    pytest.importorskip("langchain_anthropic")
    return model_at(parse_address("anthropic:tester", server.url), limits)


def test_anthropics_protocol(serve: Callable[..., Server]) -> None:
    server = serve(_claude)
    heard: list[str] = []
    reply = anthropic_at(server).reply(ASKED, cancel=Cancel(), hear=heard.append)
    assert reply.text == "Yes, it may."
    assert heard == ["Yes, ", "it may."]
    assert (reply.input_tokens, reply.output_tokens) == (21, 6)
    assert server.bodies[0]["temperature"] == 0
    assert server.bodies[0]["system"] == "Be short."
    assert any(SECRET in value for value in server.headers[0].values())


def test_a_count_of_nothing_is_no_count(serve: Callable[..., Server]) -> None:
    def uncounted(talk: Talk) -> None:
        talk.begin()
        talk.piece("Yes.")
        talk.piece("", "stop")
        talk.event(
            choices=[], usage={"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
        )
        talk.raw("data: [DONE]\n\n")
        talk.wfile.write(b"0\r\n\r\n")

    reply = calling.called(serve(uncounted)).reply(ASKED, cancel=Cancel())
    assert (reply.input_tokens, reply.output_tokens) == (None, None)


@pytest.mark.parametrize(
    ("status", "expected"),
    [(401, "unauthorised"), (404, "unknown_model"), (429, "rate_limited"), (529, "server_error")],
)
def test_anthropics_failures(serve: Callable[..., Server], status: int, expected: str) -> None:
    error = fault(anthropic_at(serve(calling.failing(status)), CallLimits(retries=0)))
    assert error.fault == expected
    assert "Zebulon" not in everything(error)


def test_a_stop_hangs_up_on_anthropics_server(serve: Callable[..., Server]) -> None:
    server = serve(lambda talk: _claude(talk, end=False))
    cancel = Cancel()
    threading.Timer(0.4, cancel).start()
    assert fault(anthropic_at(server, CallLimits()), cancel=cancel).fault == "cancelled"
    assert server.broken.wait(1.0)


# ---------------------------------------------------------------- Ollama


def _llama(talk: Talk) -> None:
    talk.begin("application/x-ndjson")
    for piece in ("Yes, ", "it may."):
        part = {"model": "t", "message": {"role": "assistant", "content": piece}, "done": False}
        talk.raw(json.dumps(part) + "\n")
    last = {
        "model": "t",
        "message": {"role": "assistant", "content": ""},
        "done": True,
        "done_reason": "stop",
        "prompt_eval_count": 12,
        "eval_count": 4,
    }
    talk.raw(json.dumps(last) + "\n")
    talk.wfile.write(b"0\r\n\r\n")


def ollama_at(server: Server, limits: CallLimits = QUICK) -> CalledModel:
    pytest.importorskip("langchain_ollama")
    return model_at(parse_address("ollama:tester:1b", server.url), limits)


def test_ollamas_protocol(serve: Callable[..., Server]) -> None:
    server = serve(_llama)
    heard: list[str] = []
    reply = ollama_at(server).reply(ASKED, cancel=Cancel(), hear=heard.append)
    assert reply.text == "Yes, it may."
    assert heard == ["Yes, ", "it may."]
    assert (reply.input_tokens, reply.output_tokens) == (12, 4)
    assert server.bodies[0]["model"] == "tester:1b"
    options = server.bodies[0]["options"]
    assert (options["temperature"], options["seed"]) == (0, 7)
    assert (options["num_ctx"], options["num_predict"]) == (8000, 4000)


def test_ollama_that_lacks_the_model(serve: Callable[..., Server]) -> None:
    error = fault(ollama_at(serve(calling.failing(404))))
    assert error.fault == "unknown_model"
    assert error.hint == "Get it: ollama pull tester:1b"
    assert "Zebulon" not in everything(error)


def test_ollama_that_is_not_running(serve: Callable[..., Server]) -> None:
    server = serve(_llama)
    server.shutdown()
    server.server_close()
    error = fault(ollama_at(server))
    assert error.fault == "unreachable"
    assert "ollama serve" in error.hint


@pytest.mark.parametrize("act", [calling.silent, calling.stalled])
def test_a_stop_hangs_up_on_ollama(
    serve: Callable[..., Server], act: Callable[[Talk], None]
) -> None:
    server = serve(act)
    cancel = Cancel()
    threading.Timer(0.3, cancel).start()
    assert fault(ollama_at(server, CallLimits()), cancel=cancel).fault == "cancelled"
    assert server.broken.wait(1.0)


def test_ollama_tells_how_much_a_model_reads(serve: Callable[..., Server]) -> None:
    info = {"model_info": {"llama.context_length": 4096, "llama.block_count": 2}}
    server = serve(lambda talk: talk.status(200, info))
    assert context_tokens(parse_address("ollama:tester", server.url)) == 4096
    assert server.bodies == [{"model": "tester"}]


# ---------------------------------------------------------------- nothing to a third place


@pytest.mark.parametrize(
    "variables",
    [
        {"LANGSMITH_TRACING": "true"},
        {"LANGCHAIN_TRACING_V2": "true"},
        {"LANGSMITH_TRACING_V2": "true", "LANGSMITH_API_KEY": "lsv2_x"},
        {"LANGCHAIN_TRACING": "true"},
        {"LANGCHAIN_HANDLER": "langchain"},
    ],
)
def test_no_variable_switches_tracing_on(
    serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    from langsmith import utils

    third, server = serve(lambda talk: talk.status(200)), serve(calling.good)
    utils.get_env_var.cache_clear()
    for name, value in (variables | {"LANGSMITH_ENDPOINT": third.url}).items():
        monkeypatch.setenv(name, value)
    try:
        reply = calling.called(server).reply(ASKED, cancel=Cancel())
        with untraced():
            assert not utils.tracing_is_enabled()
    finally:
        utils.get_env_var.cache_clear()
    assert reply.text == "Yes, with consent."
    time.sleep(0.3)
    assert third.bodies == []


@pytest.mark.parametrize(
    "name",
    [
        "LANGSMITH_GATEWAY",
        "OPENAI_API_BASE",
        "OPENAI_BASE_URL",
        "OPENAI_PROXY",
        "HTTP_PROXY",
        "ALL_PROXY",
    ],
)
def test_no_variable_leads_a_call_elsewhere(
    serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    third, server = serve(calling.good), serve(calling.good)
    monkeypatch.setenv(name, third.url)
    calling.called(server).reply(ASKED, cancel=Cancel())
    assert (len(server.bodies), third.bodies) == (1, [])


@pytest.mark.parametrize("name", ["ANTHROPIC_BASE_URL", "ANTHROPIC_API_URL", "LANGSMITH_GATEWAY"])
def test_no_variable_leads_a_call_of_anthropic_elsewhere(
    serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    third, server = serve(_claude), serve(_claude)
    monkeypatch.setenv(name, third.url)
    anthropic_at(server).reply(ASKED, cancel=Cancel())
    assert (len(server.bodies), third.bodies) == (1, [])


def test_a_server_that_sends_calls_on_is_not_followed(serve: Callable[..., Server]) -> None:
    third = serve(calling.good)
    elsewhere = third.url.replace("127.0.0.1", "localhost")
    server = serve(calling.failing(307, Location=f"{elsewhere}/v1/chat/completions"))
    error = fault(calling.called(server))
    assert error.fault in {"refused", "server_error", "forbidden"}
    assert third.bodies == []


def test_a_request_to_another_host_is_not_sent() -> None:
    import httpx

    from assistant.chat_models.connections import Connections

    connections = Connections("127.0.0.1", "127.0.0.1:1")
    with httpx.Client(event_hooks=connections.hooks) as client:
        with pytest.raises(ChatModelError) as caught:
            client.get("http://localhost:1/")
        assert caught.value.fault == "forbidden"
        connections.end()
        with pytest.raises(ChatModelError) as caught:
            client.get("http://127.0.0.1:1/")
        assert caught.value.fault == "cancelled"


# ---------------------------------------------------------------- packages


@pytest.mark.parametrize(
    ("setting", "module", "extra"),
    [
        ("openai:n", "langchain_openai", "openai"),
        ("anthropic:n", "langchain_anthropic", "anthropic"),
        ("ollama:n", "langchain_ollama", "ollama"),
        ("huggingface:/none", "langchain_huggingface", "huggingface"),
    ],
)
def test_a_missing_package_is_told_with_the_extra(
    monkeypatch: pytest.MonkeyPatch, setting: str, module: str, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    error = fault(model_at(parse_address(setting)))
    assert error.fault == "no_package"
    assert f"pip install 'peer-support-assistant[{extra}]'" in error.hint


def test_nothing_heavy_is_imported_before_a_model_is_opened() -> None:
    code = (
        "import sys; from assistant.chat_models import address, budget, calling, keys, opening,"
        " privacy, trying; a = address.parse_address('openai:n');"
        " calling.CalledModel(a, opening.opener(a));"
        " heavy = {'torch', 'transformers', 'langchain_core', 'langchain_openai', 'openai',"
        " 'anthropic', 'ollama', 'langsmith', 'keyring', 'httpx'};"
        " sys.exit(', '.join(sorted(heavy & set(sys.modules))) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


# ---------------------------------------------------------------- a folder


def _tiny(folder: Path, template: str | None) -> Path:
    """A transformer with random weights that knows some sixty words."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

    words = ["<unk>", "<end>", *(f"w{n}" for n in range(60)), "user", "system", "assistant", ":"]
    inner = Tokenizer(models.WordLevel({w: n for n, w in enumerate(words)}, unk_token="<unk>"))
    inner.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=inner, unk_token="<unk>", eos_token="<end>", pad_token="<end>"
    )
    tokenizer.chat_template = template
    torch.manual_seed(1)
    config = GPT2Config(
        vocab_size=len(words), n_positions=256, n_embd=16, n_layer=1, n_head=2,
        bos_token_id=1, eos_token_id=1, pad_token_id=1,
    )  # fmt: skip
    GPT2LMHeadModel(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("langchain_huggingface")
    return _tiny(tmp_path_factory.mktemp("tiny"), None)


FOLDER_LIMITS = CallLimits(first_seconds=120.0, seconds=180.0, retries=0)


@pytest.mark.slow
def test_a_folders_model_writes_and_is_the_same_each_time(tiny: Path) -> None:
    address = parse_address(f"huggingface:{tiny}")
    model = CalledModel(address, opener(address, Wishes(reply_tokens=12)), FOLDER_LIMITS)
    heard: list[str] = []
    first = model.reply(ASKED, cancel=Cancel(), hear=heard.append)
    assert first.text.strip()
    assert "".join(heard) == first.text
    assert "assistant:" not in first.text
    assert (first.input_tokens, first.cost) == (None, None)
    assert model.reply(ASKED, cancel=Cancel()).text == first.text
    assert context_tokens(address) is None or context_tokens(address) == 256


@pytest.mark.slow
def test_a_question_too_long_for_a_folders_model_is_told_at_once(tiny: Path) -> None:
    address = parse_address(f"huggingface:{tiny}")
    model = CalledModel(address, opener(address, Wishes(reply_tokens=12)), FOLDER_LIMITS)
    long = (Message("user", "w1 " * 300),)
    began = time.monotonic()
    with pytest.raises(ChatModelError) as caught:
        model.reply(long, cancel=Cancel())
    assert caught.value.fault == "too_long"
    assert time.monotonic() - began < 60.0


@pytest.mark.slow
def test_a_folders_model_is_stopped_between_words(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assistant.chat_models import folder_model

    words: list[int] = []

    def slowly(self: folder_model.Watched, ids: Any, scores: Any) -> Any:
        words.append(1)
        time.sleep(0.1)
        scores[:, 1] = float("-inf")
        return true_look(self, ids, scores)

    true_look = folder_model.Watched._go_on
    monkeypatch.setattr(folder_model.Watched, "_go_on", slowly)
    address = parse_address(f"huggingface:{tiny}")
    model = CalledModel(address, opener(address, Wishes(reply_tokens=200)), FOLDER_LIMITS)
    cancel = Cancel()
    stopped: list[float] = []

    def hear(piece: str) -> None:
        if not stopped:
            stopped.append(time.monotonic())
            cancel()

    with pytest.raises(ChatModelError) as caught:
        model.reply(ASKED, cancel=cancel, hear=hear)
    assert caught.value.fault == "cancelled"
    assert time.monotonic() - stopped[0] < 0.2
    time.sleep(0.3)
    said = len(words)
    time.sleep(0.4)
    assert len(words) == said


def test_a_folder_that_is_not_there_is_told_and_nothing_is_fetched(tmp_path: Path) -> None:
    pytest.importorskip("langchain_huggingface")
    for name in ("meta-llama/Llama-3.2-1B", str(tmp_path)):
        error = fault(model_at(parse_address(f"huggingface:{name}"), FOLDER_LIMITS))
        assert error.fault == "unknown_model"
        assert "nothing is downloaded" in error.hint


@pytest.mark.slow
def test_a_folder_with_a_broken_model_is_told(tmp_path: Path) -> None:
    pytest.importorskip("langchain_huggingface")
    (tmp_path / "config.json").write_text("{}")
    error = fault(model_at(parse_address(f"huggingface:{tmp_path}"), FOLDER_LIMITS))
    assert error.fault == "unknown_model"
    assert str(tmp_path) in error.message
