"""The command line with a chat model: where a question goes, what is printed, what a stop does."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Callable

import pytest

from assistant.assembly import Assistant
from assistant.chat_models.records import Address
from assistant.cli import main
from assistant.cli.writing import Listening, where_it_goes
from assistant.schema import Statement
from assistant.settings import Settings
from tests.fake_writer import LOCAL, REMOTE, claim
from tests.scripted_server import Call, ScriptedServer, hang, says
from tests.small_library import (
    ASK_CONTESTED,
    ASK_NOTHING,
    ASK_SUPERVISION,
    SUPERVISED,
    SUPERVISED_TOO,
)

pytest.importorskip("langchain_openai", reason="the extra 'openai' is not installed")

Ran = tuple[int, str, str]
DANGER = "I want to die tonight"


@pytest.fixture
def run(
    small_assistant: Assistant,
    small_settings: Settings,
    words_only: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Callable[..., Ran]:
    """Run a command on the small library with a chat model of a scripted server."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0123456789")
    monkeypatch.setenv("PEER_SUPPORT_MODEL", "openai:tester")

    def call(server: ScriptedServer, *args: str) -> Ran:
        monkeypatch.setenv("PEER_SUPPORT_MODEL_BASE_URL", server.base_url)
        home, corpus = str(small_settings.home), str(small_settings.corpus)
        code = main(["--home", home, "--corpus", corpus, *args])
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        assert "sk-test" not in said.out + said.err
        return code, said.out, said.err

    return call


def good(call: Call) -> str:
    """Both notes on supervision, word for word, under the keys that they were sent with."""
    lines = []
    for text in (SUPERVISED, SUPERVISED_TOO):
        (line,) = [n for n in call.text.splitlines() if text in n and n.startswith('{"key"')]
        lines.append(claim(text, (json.loads(line)["key"], text)))
    return "\n".join(lines)


def flat(text: str) -> str:
    return " ".join(text.split())


def test_answer_is_worded_by_the_model_and_says_so(run: Callable[..., Ran]) -> None:
    with ScriptedServer([says(good)]) as server:
        code, out, err = run(server, "ask", ASK_SUPERVISION)
    assert code == 0
    assert SUPERVISED in flat(out)
    assert "The summary was worded by openai:tester" in flat(out)
    assert re.search(r"openai:tester at 127\.0\.0\.1:\d+ is on this computer", flat(err))


def test_json_holds_what_the_model_did(run: Callable[..., Ran]) -> None:
    with ScriptedServer([says(good)]) as server:
        code, out, _ = run(server, "ask", "--json", ASK_SUPERVISION)
    answer = json.loads(out)
    assert code == 0
    assert answer["engine"]["mode"] == "generated"
    assert answer["usage"]["calls"] == 1
    assert answer["summary"][0]["words"] == [SUPERVISED]
    assert {"answer.md", "answer_again.md"} <= set(answer["engine"]["prompt_hashes"])


def test_server_that_is_stopped_half_way_still_gives_the_answer(run: Callable[..., Ran]) -> None:
    server = ScriptedServer([hang(after="Here is")])
    with server:
        threading.Timer(1.0, server.close).start()
        code, out, _ = run(server, "ask", ASK_SUPERVISION)
    assert code == 0
    assert "openai:tester was asked to word the summary;" in flat(out)
    assert "These are the library's own words." in flat(out)
    assert "Sources" in out


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_ctrl_c_stops_the_model_and_not_the_answer(run: Callable[..., Ran]) -> None:
    def interrupt(server: ScriptedServer) -> None:
        until = time.monotonic() + 20
        while not server.calls and time.monotonic() < until:
            time.sleep(0.05)
        time.sleep(0.2)
        os.kill(os.getpid(), signal.SIGINT)

    with ScriptedServer([hang()]) as server:
        thread = threading.Thread(target=interrupt, args=(server,))
        thread.start()
        code, out, err = run(server, "ask", ASK_SUPERVISION)
        thread.join()
    assert code == 0
    assert "it was stopped" in flat(out)
    assert "The model was stopped" in err


@pytest.mark.parametrize("question", [ASK_NOTHING, DANGER])
def test_nothing_is_sent_where_no_answer_is_due(question: str, run: Callable[..., Ran]) -> None:
    with ScriptedServer([]) as server:
        code, _, _ = run(server, "ask", question)
        assert server.calls == []
    assert code == 0


def test_talk_names_the_place_once_and_goes_on_without_the_model(
    run: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = f"{ASK_SUPERVISION}\n{ASK_CONTESTED}\n".encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(typed), encoding="utf-8"))
    with ScriptedServer([says(good)], afterwards=says("No idea.")) as server:
        code, out, err = run(server, "chat", "--json")
    first, second = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert first["engine"]["mode"] == "generated"
    assert second["engine"]["fallback_reason"] == "no_form"
    assert second["positions"]
    assert err.count("on this computer") == 1


def test_forbidden_model_is_never_asked(
    run: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    from assistant.assembly import chat

    monkeypatch.setenv("PEER_SUPPORT_REMOTE_MODELS", "false")
    real = chat.parse_address

    def elsewhere(setting: str, base_url: str = "") -> Address:
        found = real(setting, base_url)
        return Address(found.provider, found.name, found.base_url, found.host, local=False)

    monkeypatch.setattr(chat, "parse_address", elsewhere)
    with ScriptedServer([]) as server:
        code, out, err = run(server, "ask", ASK_SUPERVISION)
        assert server.calls == []
    assert code == 0
    assert "models on other machines are forbidden here" in flat(out)
    assert "goes to" not in err


@pytest.mark.parametrize(
    ("setting", "words"),
    [("nonsense", "provider:name"), ("wonder:model", "wonder"), ("openai:", "openai")],
)
def test_setting_that_names_no_model_is_a_clear_mistake(
    setting: str, words: str, run: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PEER_SUPPORT_MODEL", setting)
    with ScriptedServer([]) as server:
        code, out, err = run(server, "ask", ASK_SUPERVISION)
    assert code == 1
    assert out == ""
    assert words in err


def test_line_on_the_place_tells_this_computer_from_others() -> None:
    assert "nothing leaves it" in where_it_goes(LOCAL)
    assert "goes to api.openai.com" in where_it_goes(REMOTE)


def test_second_interrupt_ends_the_program() -> None:
    with Listening(LOCAL, say_where=False) as listening:
        listening.stage("writing")
        listening.say(Statement(text="One."))
        listening._stop(2, None)
        assert listening.cancel.asked
        with pytest.raises(KeyboardInterrupt):
            listening._stop(2, None)
