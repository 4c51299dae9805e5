"""Where a chat model is, its key, whether it may be asked, what it costs, words for failures."""

from __future__ import annotations

import datetime as dt
import json
import multiprocessing
import os
import sys
import types
from collections.abc import Callable, Sequence
from pathlib import Path

import httpx
import platformdirs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from assistant.chat_models.address import is_this_machine, parse_address
from assistant.chat_models.budget import Budget, estimated_tokens
from assistant.chat_models.faults import fault_of, retry_after
from assistant.chat_models.keys import key_for, scrub
from assistant.chat_models.prices import FILE, Price, price_of, read_prices
from assistant.chat_models.privacy import check_allowed, machine_allows_remote, machine_rule
from assistant.chat_models.records import (
    Address,
    Cancel,
    ChatFault,
    ChatModelError,
    Message,
    Reply,
)
from assistant.chat_models.trying import context_tokens, try_model
from assistant.errors import ConfigurationError

REMOTE = Address("openai", "dear", "", "api.openai.com", False)
LOCAL = Address("ollama", "llama3.2", "http://localhost:11434", "localhost:11434", True)
DAY = dt.date(2026, 1, 2)
PRICES = {"openai:dear": Price(2.0, 10.0, DAY, DAY, "page")}


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "OLLAMA_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setitem(sys.modules, "keyring", None)


# ---------------------------------------------------------------- addresses


@pytest.mark.parametrize(
    ("setting", "base_url", "expected"),
    [
        ("ollama:llama3.2", "", ("ollama", "llama3.2", "localhost:11434", True)),
        ("ollama:llama3.2:1b", "", ("ollama", "llama3.2:1b", "localhost:11434", True)),
        ("openai:gpt-9", "", ("openai", "gpt-9", "api.openai.com", False)),
        ("anthropic:name", "", ("anthropic", "name", "api.anthropic.com", False)),
        ("huggingface:/m/x", "", ("huggingface", "/m/x", "", True)),
        ("huggingface:C:\\m\\x", "", ("huggingface", "C:\\m\\x", "", True)),
        (" OpenAI : name ", "http://LOCALHOST/v1/", ("openai", "name", "localhost", True)),
        ("openai:n", "http://127.8.9.1:80/v1", ("openai", "n", "127.8.9.1:80", True)),
        ("openai:n", "http://[::1]:8080/v1", ("openai", "n", "[::1]:8080", True)),
        ("openai:n", "https://10.0.0.5:8000/v1", ("openai", "n", "10.0.0.5:8000", False)),
        ("openai:n", "http://192.168.1.2/v1", ("openai", "n", "192.168.1.2", False)),
        ("openai:n", "http://[fe80::1]:1/v1", ("openai", "n", "[fe80::1]:1", False)),
        ("ollama:n", "http://ward-server:11434", ("ollama", "n", "ward-server:11434", False)),
        ("openai:n", "http://localhost.a.org/", ("openai", "n", "localhost.a.org", False)),
        ("ollama:gpt-oss:120b-cloud", "", ("ollama", "gpt-oss:120b-cloud", "ollama.com", False)),
        ("ollama:glm:cloud", "", ("ollama", "glm:cloud", "ollama.com", False)),
    ],
)  # fmt: skip
def test_an_address_tells_where_a_question_goes(
    setting: str, base_url: str, expected: tuple[str, str, str, bool]
) -> None:
    address = parse_address(setting, base_url)
    assert (address.provider, address.name, address.host, address.local) == expected


def test_a_providers_own_server_has_no_address_of_ours() -> None:
    assert parse_address("openai:n").base_url == ""
    assert parse_address("ollama:n").base_url == "http://localhost:11434"
    assert parse_address("openai:n", "https://h.example/v1/").base_url == "https://h.example/v1"
    assert str(parse_address("ollama:llama3.2:1b")) == "ollama:llama3.2:1b"


@pytest.mark.parametrize(
    ("setting", "base_url"),
    [
        ("", ""),
        ("gpt-4o", ""),
        (":name", ""),
        ("openai:", ""),
        ("ollama: ", ""),
        ("gemini:pro", ""),
        ("https://localhost/v1", ""),
        ("openai:a\nb", ""),
        ("huggingface:/x", "http://localhost"),
        ("openai:n", "localhost:8080/v1"),
        ("openai:n", "ftp://localhost/v1"),
        ("openai:n", "http://"),
        ("openai:n", "http://::1:8080/v1"),
        ("openai:n", "http://[::1/v1"),
        ("openai:n", "http://localhost:http/v1"),
        ("openai:n", "http://localhost:99999/v1"),
        ("openai:n", "http://me:secret@localhost/v1"),
        ("openai:n", "http://secret@localhost/v1"),
        ("openai:n", "http://@localhost/v1"),
        ("openai:n", "http://localhost/v1?key=secret"),
        ("openai:n", "http://localhost/v1#secret"),
        ("openai:n", "http://local host/v1"),
    ],
)
def test_an_odd_address_is_refused_with_the_remedy(setting: str, base_url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_address(setting, base_url)
    assert caught.value.hint
    assert "secret" not in str(caught.value)


def test_a_key_set_as_the_model_is_not_shown() -> None:
    for setting in ("sk-abcdef123456", "sk-abcdef123456:x"):
        with pytest.raises(ConfigurationError) as caught:
            parse_address(setting)
        assert "sk-abc" not in str(caught.value)


@given(st.text(), st.text())
def test_any_setting_gives_an_address_or_an_error_of_ours(setting: str, base_url: str) -> None:
    try:
        address = parse_address("openai:" + setting, base_url)
    except ConfigurationError:
        return
    assert address.host


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("localhost", True),
        ("localhost.", True),
        ("127.0.0.1", True),
        ("127.255.255.254", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("0.0.0.0", False),
        ("128.0.0.1", False),
        ("::2", False),
        ("127.0.0.1.example.org", False),
        ("127.1", False),
        ("host.docker.internal", False),
    ],
)
def test_only_what_is_certain_counts_as_this_machine(host: str, here: bool) -> None:
    assert is_this_machine(host) is here


# ---------------------------------------------------------------- keys


def test_a_key_comes_from_the_usual_variable_and_is_never_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", " sk-very-secret-123\n")
    key = key_for(REMOTE)
    assert key is not None
    assert key.get_secret_value() == "sk-very-secret-123"
    assert "very-secret" not in f"{key} {key!r}"


def _keyring(monkeypatch: pytest.MonkeyPatch, answer: Callable[[str, str], str | None]) -> None:
    module = types.ModuleType("keyring")
    module.get_password = answer  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", module)


def test_a_key_comes_from_the_keyring_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str]] = []
    _keyring(monkeypatch, lambda service, user: asked.append((service, user)) or "sk-from-ring")  # type: ignore[func-returns-value]
    key = key_for(REMOTE)
    assert key is not None
    assert key.get_secret_value() == "sk-from-ring"
    assert asked == [("peer-support", "openai")]


def test_a_keyring_that_fails_is_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(service: str, user: str) -> str:
        raise RuntimeError("locked")

    _keyring(monkeypatch, locked)
    with pytest.raises(ChatModelError) as caught:
        key_for(REMOTE)
    assert caught.value.fault == "no_key"
    assert "OPENAI_API_KEY" in caught.value.hint


def test_servers_here_and_folders_need_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(service: str, user: str) -> str:
        raise AssertionError("the keyring was opened")

    _keyring(monkeypatch, never)
    assert key_for(LOCAL) is None
    assert key_for(parse_address("openai:n", "http://localhost:1/v1")) is None
    assert key_for(parse_address("huggingface:/m")) is None


def test_a_key_that_can_be_none_is_told_without_showing_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-first sk-second")
    with pytest.raises(ChatModelError) as caught:
        key_for(REMOTE)
    assert caught.value.fault == "no_key"
    assert "first" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "Incorrect API key provided: sk-abc***********wxyz.",
        "key sk-ant-api03-AAAA_bbbb-CCCC",
        "Authorization: Bearer abcdef",
        "?api_key=abc123",
        "hf_abcdefghij token",
        "AIzaSyA1234567890abcdef",
        "0123456789abcdef0123456789abcdef",
        "the plain word opensesame",
    ],
)
def test_scrubbing_takes_out_keys(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "opensesame")
    clean = scrub(text)
    assert "[key]" in clean
    for secret in ("abc", "AAAA", "SyA1", "opensesame", "456789"):
        assert secret not in clean


def test_scrubbing_takes_out_the_key_in_use_and_leaves_words() -> None:
    assert scrub("it is Z9!", SecretStr("Z9!")) == "it is [key]"
    plain = "The server does not know the model llama3.2; try another one, please."
    assert scrub(plain) == plain


# ---------------------------------------------------------------- privacy


def test_without_a_machine_file_the_users_setting_decides(tmp_path: Path) -> None:
    assert machine_allows_remote(tmp_path)
    check_allowed(REMOTE, True, tmp_path)
    with pytest.raises(ChatModelError) as caught:
        check_allowed(REMOTE, False, tmp_path)
    assert caught.value.fault == "forbidden"
    assert "api.openai.com" in caught.value.message


def test_the_machine_file_forbids_what_a_setting_allows(tmp_path: Path) -> None:
    (tmp_path / "peer-support.toml").write_text("remote_models = false\n")
    with pytest.raises(ChatModelError) as caught:
        check_allowed(REMOTE, True, tmp_path)
    assert caught.value.fault == "forbidden"
    assert "peer-support.toml" in caught.value.message


def test_the_machine_file_cannot_allow_what_a_setting_forbids(tmp_path: Path) -> None:
    (tmp_path / "peer-support.toml").write_text("remote_models = true\n")
    check_allowed(REMOTE, True, tmp_path)
    with pytest.raises(ChatModelError):
        check_allowed(REMOTE, False, tmp_path)


@pytest.mark.parametrize(
    "content",
    [b"remote_models = ", b"\xff\xfe", b'remote_models = "no"', b"remote_model = false", b"[a]\n"],
)
def test_a_broken_machine_file_forbids_and_says_so(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "peer-support.toml").write_bytes(content)
    rule = machine_rule(tmp_path)
    assert not rule.allows
    assert rule.problem
    with pytest.raises(ChatModelError) as caught:
        check_allowed(REMOTE, True, tmp_path)
    assert rule.problem in caught.value.message


def test_an_unreadable_machine_file_forbids(tmp_path: Path) -> None:
    (tmp_path / "peer-support.toml").mkdir()
    assert not machine_allows_remote(tmp_path)


def test_models_on_this_machine_are_always_allowed(tmp_path: Path) -> None:
    (tmp_path / "peer-support.toml").write_text("remote_models = false\n")
    check_allowed(LOCAL, False, tmp_path)


def test_the_machine_file_is_looked_for_where_the_platform_keeps_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platformdirs, "site_config_path", lambda name, appauthor: tmp_path)
    assert machine_allows_remote()
    (tmp_path / "peer-support.toml").write_text("remote_models = false\n")
    assert not machine_allows_remote()


@pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="the variable is of Linux")
def test_a_users_variable_does_not_hide_the_machine_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path))
    from assistant.chat_models import privacy

    looked: list[Path] = []
    monkeypatch.setattr(
        privacy, "_read", lambda file: looked.append(file) or privacy.MachineRule(True)  # type: ignore[func-returns-value]
    )  # fmt: skip
    machine_allows_remote()
    assert Path("/etc/xdg/peer-support/peer-support.toml") in looked
    assert tmp_path / "peer-support" / "peer-support.toml" in looked


# ---------------------------------------------------------------- budget


def _budget(home: Path, **given: object) -> Budget:
    return Budget(home, prices=PRICES, today=lambda: DAY, **given)  # type: ignore[arg-type]


def test_a_spent_budget_of_tokens_refuses(tmp_path: Path) -> None:
    budget = _budget(tmp_path, daily_tokens=100)
    budget.check(LOCAL)
    budget.note(LOCAL, 60, 39)
    budget.check(LOCAL)
    budget.note(LOCAL, None, None, estimated=1)
    with pytest.raises(ChatModelError) as caught:
        budget.check(LOCAL)
    assert caught.value.fault == "budget"
    assert "100 of 100" in caught.value.message


def test_a_spent_budget_of_dollars_refuses_until_the_next_day(tmp_path: Path) -> None:
    budget = _budget(tmp_path, daily_dollars=0.5)
    assert budget.note(REMOTE, 200_000, 0) is None
    assert budget.note(REMOTE, 100_000, 30_000) == pytest.approx(0.5)
    with pytest.raises(ChatModelError, match=r"0\.50 of 0\.50"):
        budget.check(REMOTE)
    tomorrow = Budget(tmp_path, 0.5, prices=PRICES, today=lambda: DAY + dt.timedelta(days=1))
    tomorrow.check(REMOTE)


def test_a_budget_in_dollars_is_not_pretended_where_no_price_is_known(tmp_path: Path) -> None:
    budget = _budget(tmp_path, daily_dollars=1.0)
    unknown = Address("openai", "new", "", "api.openai.com", False)
    with pytest.raises(ChatModelError, match="not known"):
        budget.check(unknown)
    budget.check(LOCAL)
    _budget(tmp_path).check(unknown)


def test_two_accounts_in_one_home_are_one(tmp_path: Path) -> None:
    _budget(tmp_path).note(LOCAL, 10, 1)
    _budget(tmp_path).note(LOCAL, 10, 1)
    used = _budget(tmp_path).used()[DAY.isoformat()][str(LOCAL)]
    assert (used.calls, used.tokens, used.unpriced) == (2, 22, 0)


def _note_often(home: str) -> None:
    budget = _budget(Path(home))
    for _ in range(20):
        budget.note(LOCAL, 1, 1)


def test_processes_lose_nothing_of_each_other(tmp_path: Path) -> None:
    fork = multiprocessing.get_context("spawn")
    processes = [fork.Process(target=_note_often, args=(str(tmp_path),)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    assert _budget(tmp_path).used()[DAY.isoformat()][str(LOCAL)].calls == 40


@pytest.mark.parametrize("content", ["{", "[]", '{"2026-01-02": {"x": {"y": 1}}}', '{"d": {}}'])
def test_an_account_that_cannot_be_read_spends_nothing(tmp_path: Path, content: str) -> None:
    file = tmp_path / "models" / "usage.json"
    file.parent.mkdir()
    file.write_text(content)
    with pytest.raises(ChatModelError) as caught:
        _budget(tmp_path, daily_tokens=10).check(LOCAL)
    assert caught.value.fault == "budget"
    without_limits = _budget(tmp_path)
    without_limits.check(LOCAL)
    without_limits.note(LOCAL, 1, 1)
    assert file.read_text() == content


def test_what_could_not_be_counted_ends_a_budget(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file where the folder should be")
    budget = _budget(tmp_path, daily_tokens=10)
    budget.note(LOCAL, 1, 1)
    with pytest.raises(ChatModelError, match="cannot be kept"):
        budget.check(LOCAL)


def test_a_file_is_never_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    budget = _budget(tmp_path)
    budget.note(LOCAL, 1, 1)
    before = (tmp_path / "models" / "usage.json").read_text()

    def fails(*args: object) -> None:
        raise OSError("no room")

    monkeypatch.setattr(os, "replace", fails)
    budget.note(LOCAL, 1, 1)
    assert (tmp_path / "models" / "usage.json").read_text() == before
    assert not list((tmp_path / "models").glob(".usage-*"))


def test_tokens_are_estimated_from_characters() -> None:
    assert [estimated_tokens(text) for text in ("", "a", "abcd", "abcde")] == [0, 1, 1, 2]


# ---------------------------------------------------------------- prices


def test_the_prices_of_the_package_have_their_page_and_day() -> None:
    prices = read_prices()
    assert prices
    for price in prices.values():
        assert price.page.startswith("https://")
        assert isinstance(price.read, dt.date)
        assert isinstance(price.as_of, dt.date)
        assert 0 < price.input < price.output


def test_a_dated_name_has_the_price_of_the_model() -> None:
    dated = Address("openai", "dear-2026-01-01", "", "api.openai.com", False)
    assert price_of(dated, PRICES) == PRICES["openai:dear"]


def test_another_server_has_prices_of_its_own() -> None:
    elsewhere = Address("openai", "dear", "https://h.example/v1", "h.example", False)
    assert price_of(elsewhere, PRICES) is None


@pytest.mark.parametrize(
    "content", ["[[price]]\nmodel='x'\n", "price = 3", "[", FILE.read_text().replace("0.10", "-1")]
)
def test_broken_prices_are_told(tmp_path: Path, content: str) -> None:
    file = tmp_path / "prices.toml"
    file.write_text(content)
    with pytest.raises(ConfigurationError):
        read_prices(file)


# ---------------------------------------------------------------- words for failures


def _response(status: int, **headers: str) -> httpx.Response:
    request = httpx.Request("POST", "https://api.openai.com/v1", content="the question Zebulon")
    return httpx.Response(status, request=request, headers=headers, text="echo Zebulon")


def _openai_errors() -> list[tuple[BaseException, ChatFault]]:
    openai = pytest.importorskip("openai")
    httpx2 = pytest.importorskip("httpx2")
    request = httpx2.Request("POST", "https://api.openai.com/v1")

    def status(kind: str, number: int) -> BaseException:
        response = httpx2.Response(number, request=request, text="echo Zebulon")
        made: BaseException = getattr(openai, kind)(
            "echo Zebulon", response=response, body={"message": "Zebulon"}
        )
        return made

    return [
        (status("BadRequestError", 400), "refused"),
        (status("AuthenticationError", 401), "unauthorised"),
        (status("PermissionDeniedError", 403), "unauthorised"),
        (status("NotFoundError", 404), "unknown_model"),
        (status("ConflictError", 409), "server_error"),
        (status("UnprocessableEntityError", 422), "refused"),
        (status("RateLimitError", 429), "rate_limited"),
        (status("InternalServerError", 500), "server_error"),
        (status("InternalServerError", 503), "server_error"),
        (status("APIStatusError", 413), "too_long"),
        (openai.APITimeoutError(request), "timed_out"),
        (openai.APIConnectionError(request=request), "unreachable"),
        (openai.APIError("Zebulon", request, body=None), "server_error"),
        (
            openai.APIResponseValidationError(
                httpx2.Response(200, request=request), None, message="Zebulon"
            ),
            "server_error",
        ),
        (openai.OpenAIError("no key for Zebulon"), "no_key"),
    ]


def _anthropic_errors() -> list[tuple[BaseException, ChatFault]]:
    anthropic = pytest.importorskip("anthropic")
    httpx2 = pytest.importorskip("httpx2")
    request = httpx2.Request("POST", "https://api.anthropic.com")
    found: list[tuple[BaseException, ChatFault]] = []
    for number, fault in (
        (400, "refused"),
        (401, "unauthorised"),
        (402, "rate_limited"),
        (404, "unknown_model"),
        (413, "too_long"),
        (429, "rate_limited"),
        (529, "server_error"),
    ):
        response = httpx2.Response(number, request=request)
        found.append((anthropic.APIStatusError("Zebulon", response=response, body=None), fault))  # type: ignore[arg-type]
    found.append((anthropic.APITimeoutError(request), "timed_out"))
    found.append((anthropic.APIConnectionError(request=request), "unreachable"))
    return found


def _httpx_errors() -> list[tuple[BaseException, ChatFault]]:
    faults: dict[str, ChatFault] = {
        "ConnectTimeout": "unreachable",
        "ReadTimeout": "timed_out",
        "WriteTimeout": "timed_out",
        "PoolTimeout": "timed_out",
        "ConnectError": "unreachable",
        "ReadError": "unreachable",
        "WriteError": "unreachable",
        "CloseError": "unreachable",
        "ProxyError": "unreachable",
        "UnsupportedProtocol": "unreachable",
        "RemoteProtocolError": "unreachable",
        "LocalProtocolError": "refused",
        "DecodingError": "server_error",
        "TooManyRedirects": "server_error",
    }
    made: list[tuple[BaseException, ChatFault]] = [
        (getattr(httpx, kind)("Zebulon"), fault) for kind, fault in faults.items()
    ]
    response = _response(404)
    missing = httpx.HTTPStatusError("Zebulon", request=response.request, response=response)
    made.append((missing, "unknown_model"))
    made.append((httpx.InvalidURL("Zebulon"), "unreachable"))
    made.append((httpx.StreamClosed(), "cut_off"))
    return made


def _other_errors() -> list[tuple[BaseException, ChatFault]]:
    ollama = pytest.importorskip("ollama")
    return [
        (ollama.ResponseError("model 'Zebulon' not found", 404), "unknown_model"),
        (ollama.ResponseError("Zebulon", 500), "server_error"),
        (ollama.ResponseError("Zebulon"), "server_error"),
        (ollama.RequestError("Zebulon"), "refused"),
        (ConnectionRefusedError("Zebulon"), "unreachable"),
        (TimeoutError("Zebulon"), "timed_out"),
        (json.JSONDecodeError("Zebulon", "doc", 0), "server_error"),
        (MemoryError("Zebulon"), "server_error"),
        (RuntimeError("Zebulon"), "server_error"),
    ]


@pytest.mark.parametrize(
    "errors", [_openai_errors, _anthropic_errors, _httpx_errors, _other_errors]
)
def test_every_foreign_error_has_its_fault_and_no_text_of_its_own(
    errors: Callable[[], Sequence[tuple[BaseException, ChatFault]]],
) -> None:
    for error, expected in errors():
        made = fault_of(error, REMOTE)
        assert made.fault == expected, type(error)
        assert made.message
        assert made.hint
        shown = f"{made} {made!r} {made.__cause__} {made.__cause__!r}"
        assert "Zebulon" not in shown
        assert made.__context__ is None
        assert type(error).__name__ in str(made.__cause__)


def test_langchains_own_errors_are_known_by_what_they_derive_from() -> None:
    base = pytest.importorskip("langchain_openai.chat_models.base")
    httpx2 = pytest.importorskip("httpx2")
    request = httpx2.Request("POST", "https://api.openai.com/v1")
    response = httpx2.Response(400, request=request)
    longer = base.OpenAIContextOverflowError("Zebulon", response=response, body=None)
    assert fault_of(longer, REMOTE).fault == "too_long"
    assert fault_of(base.OpenAITimeoutError(request), REMOTE).fault == "timed_out"


def test_a_connection_lost_within_a_reply_is_a_reply_cut_off() -> None:
    assert fault_of(httpx.ReadError("x"), REMOTE, heard=True).fault == "cut_off"


def test_an_account_without_credit_is_not_tried_again() -> None:
    openai = pytest.importorskip("openai")
    httpx2 = pytest.importorskip("httpx2")
    response = httpx2.Response(429, request=httpx2.Request("POST", "https://api.openai.com"))
    body = {"code": "insufficient_quota"}
    made = fault_of(openai.RateLimitError("x", response=response, body=body), REMOTE)
    assert (made.fault, made.retryable) == ("rate_limited", False)
    assert "credit" in made.message


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after": "Thu, 01 Jan 1970 00:01:40 GMT"}, 40.0),
        ({"retry-after": "Thu, 01 Jan 1970 00:00:10 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "nan"}, None),
        ({}, None),
    ],
)
def test_what_a_server_asks_to_wait(headers: dict[str, str], expected: float | None) -> None:
    response = _response(429, **headers)
    error = httpx.HTTPStatusError("x", request=response.request, response=response)
    assert retry_after(error, now=60.0) == expected


def test_an_error_of_ours_stays_as_it_is() -> None:
    ours = ChatModelError("budget", "Spent.")
    assert fault_of(ours, REMOTE) is ours


# ---------------------------------------------------------------- trying a model


class Saying:
    """A writer that does what a test wants."""

    def __init__(self, act: Callable[[Cancel], str], address: Address = LOCAL) -> None:
        self._act = act
        self.address = address

    def reply(
        self,
        messages: Sequence[Message],
        *,
        cancel: Cancel,
        hear: Callable[[str], None] = lambda piece: None,
    ) -> Reply:
        return Reply(self._act(cancel))


def _failing(fault: ChatFault) -> Saying:
    def act(cancel: Cancel) -> str:
        raise ChatModelError(fault, "What is wrong.", "What to do.")

    return Saying(act)


def test_a_model_that_answers_is_told_with_its_time() -> None:
    ticks = iter([0.0, 1.5])
    writer = Saying(lambda cancel: "ready")
    trial = try_model(writer, 4000, context_of=lambda address: 8000, clock=lambda: next(ticks))
    assert (trial.ok, trial.seconds, trial.context, trial.fault) == (True, 1.5, 8000, None)
    assert "localhost:11434" in trial.message
    assert "1.5 s" in trial.message


def test_a_slow_model_is_told_as_slow() -> None:
    ticks = iter([0.0, 12.0])
    writer = Saying(lambda cancel: "ready")
    trial = try_model(writer, context_of=lambda address: None, clock=lambda: next(ticks))
    assert trial.ok
    assert "12 seconds" in trial.message
    assert trial.hint


def test_a_model_that_reads_too_little_is_told() -> None:
    writer = Saying(lambda cancel: "ready")
    trial = try_model(writer, 8000, context_of=lambda address: 2048)
    assert (trial.ok, trial.fault) == (False, "too_long")
    assert "2,048" in trial.message
    assert "8,000" in trial.message


@pytest.mark.parametrize("fault", ["no_key", "unreachable", "unknown_model", "no_package"])
def test_what_is_wrong_is_told_as_it_is(fault: ChatFault) -> None:
    trial = try_model(_failing(fault))
    assert (trial.ok, trial.fault, trial.message) == (False, fault, "What is wrong.")
    assert trial.hint == "What to do."


def test_a_model_that_hangs_is_given_up() -> None:
    def hang(cancel: Cancel) -> str:
        assert cancel.wait(5.0)
        raise ChatModelError("cancelled", "Stopped.")

    trial = try_model(Saying(hang), seconds=0.05)
    assert (trial.ok, trial.fault) == (False, "timed_out")


def test_a_folder_tells_how_much_its_model_reads(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"max_position_embeddings": 512, "x": "y"}')
    assert context_tokens(parse_address(f"huggingface:{tmp_path}")) == 512
    (tmp_path / "config.json").write_text("[]")
    assert context_tokens(parse_address(f"huggingface:{tmp_path}")) is None
    assert context_tokens(REMOTE) is None
