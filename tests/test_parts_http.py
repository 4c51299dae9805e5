"""The HTTP API, called by a real client over loopback."""

from __future__ import annotations

import contextlib
import json
import logging
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from assistant.assembly import Assistant
from assistant.errors import ConfigurationError
from assistant.parts.http_api import SHORTEST_TOKEN, TOKEN_VARIABLE, make_server, token_for
from assistant.parts.http_guard import MOST_BYTES
from assistant.parts.loopback import address_of, host_name, is_loopback, listening
from assistant.parts.records import (
    MOST_TURNS,
    Health,
    Problem,
    SearchResults,
    Shown,
)
from assistant.schema import Answer, Filters, Statement, Turn
from tests.fakes_parts import (
    ASK_DOG,
    DANGER,
    SECRET,
    Broken,
    Waiting,
    Writing,
    command_of,
    with_policy,
)
from tests.small_library import ASK_FOREIGN, ASK_NURSE, ASK_SUPERVISION, ASK_TRIAL, QUESTIONS

TOKEN = "a-token-that-nobody-can-guess"
Serve = Callable[..., httpx.Client]


@contextlib.contextmanager
def served(assistant: Any, host: str = "127.0.0.1", token: str = "") -> Iterator[httpx.Client]:
    """A client of a server of its own."""
    server = make_server(assistant, host, token)
    with listening("127.0.0.1", 0) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        address = address_of("127.0.0.1", listener.getsockname()[1])
        with httpx.Client(base_url=address, timeout=20, trust_env=False) as client:
            yield client
        server.should_exit = True
        thread.join(10)


@pytest.fixture(scope="module")
def beside(
    small_assistant: Assistant, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Assistant, str]]:
    assistant, document = with_policy(tmp_path_factory.mktemp("beside"), small_assistant)
    with assistant:
        yield assistant, document


@pytest.fixture(scope="module")
def client(beside: tuple[Assistant, str]) -> Iterator[httpx.Client]:
    with served(beside[0]) as opened:
        yield opened


@pytest.fixture
def serve(request: pytest.FixtureRequest) -> Iterator[Serve]:
    with contextlib.ExitStack() as stack:
        yield lambda *given, **named: stack.enter_context(served(*given, **named))


def events(text: str) -> list[tuple[str, Any]]:
    """Server-sent events as their names and data."""
    found = []
    for block in text.strip().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if line[0] != ":")
        if lines:
            found.append((lines["event"], json.loads(lines["data"])))
    return found


# ---------------------------------------------------------------- answering


@pytest.mark.parametrize("question", QUESTIONS)
def test_an_answer_is_the_one_that_the_assistant_gives(
    question: str, client: httpx.Client, beside: tuple[Assistant, str]
) -> None:
    said = client.post("/v1/ask", json={"question": question})
    assert said.status_code == 200
    assert Answer.model_validate(said.json()).comparable() == beside[0].ask(question).comparable()


def test_history_filters_and_user_are_passed_on(
    client: httpx.Client, beside: tuple[Assistant, str]
) -> None:
    turns = (Turn(question=ASK_SUPERVISION, outcome="answered"),)
    call = {
        "question": "and at night?",
        "history": [turns[0].model_dump(mode="json")],
        "filters": {"jurisdiction": ["england"]},
        "user": "manager",
    }
    answer = Answer.model_validate(client.post("/v1/ask", json=call).json())
    wanted = beside[0].ask(
        "and at night?", turns, Filters(jurisdiction=("England",)), user="manager"
    )
    assert answer.comparable() == wanted.comparable()
    assert ASK_SUPERVISION in answer.standalone_question
    abroad = {"question": ASK_FOREIGN, "filters": {"jurisdiction": ["USA"]}}
    cited = client.post("/v1/ask", json=abroad).json()["citations"]
    assert {citation["jurisdiction"] for citation in cited} == {"USA"}


def test_danger_is_met_with_help_and_is_no_error(client: httpx.Client) -> None:
    said = client.post("/v1/ask", json={"question": DANGER})
    assert said.status_code == 200
    answer = said.json()
    assert answer["outcome"] == "signposted"
    assert answer["signposts"]
    assert answer["citations"] == []


def test_personal_details_do_not_come_back(client: httpx.Client) -> None:
    said = client.post("/v1/ask", json={"question": f"{ASK_NURSE}, my number is 07700 900123"})
    assert "900123" not in said.text
    assert said.json()["personal_details"] == [{"kind": "phone"}]


def test_many_may_ask_at_once(client: httpx.Client) -> None:
    def ask(question: str) -> dict[str, Any]:
        said = client.post("/v1/ask", json={"question": question})
        return Answer.model_validate(said.json()).comparable()

    one_by_one = [ask(question) for question in QUESTIONS]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, QUESTIONS * 2)) == one_by_one * 2


# ---------------------------------------------------------------- answering in steps


def test_a_stream_tells_the_steps_and_then_the_answer(
    client: httpx.Client, beside: tuple[Assistant, str]
) -> None:
    said = client.post("/v1/ask/stream", json={"question": ASK_NURSE})
    assert said.headers["content-type"].startswith("text/event-stream")
    *steps, last = events(said.text)
    names = [data["stage"] for name, data in steps if name == "stage"]
    assert names == ["screening", "reading", "composing"]
    assert last[0] == "answer"
    wanted = beside[0].ask(ASK_NURSE).comparable()
    assert Answer.model_validate(last[1]).comparable() == wanted


def test_a_step_is_told_before_the_answer_is_made(small_assistant: Assistant, serve: Serve) -> None:
    waiting = Waiting(small_assistant)
    client = serve(waiting)
    with client.stream("POST", "/v1/ask/stream", json={"question": ASK_NURSE}) as said:
        lines = said.iter_lines()
        assert next(lines) == "event: stage"
        assert json.loads(next(lines).removeprefix("data: ")) == {"stage": "screening"}
        assert not waiting.over.is_set()
        waiting.go.set()
        assert "event: answer" in list(lines)


def test_work_ends_at_its_next_step_where_the_caller_went_away(
    small_assistant: Assistant, serve: Serve
) -> None:
    waiting = Waiting(small_assistant)
    client = serve(waiting)
    with client.stream("POST", "/v1/ask/stream", json={"question": ASK_NURSE}) as said:
        assert next(said.iter_lines()) == "event: stage"
        assert waiting.begun.wait(10)
    # The server learns of it when the closed connection is read.
    assert client.get("/v1/health").status_code == 200
    threading.Timer(0.5, waiting.go.set).start()
    assert waiting.over.wait(10)
    assert not waiting.finished


def test_a_statement_is_told_as_it_passes(small_assistant: Assistant, serve: Serve) -> None:
    client = serve(Writing(small_assistant))
    told = events(client.post("/v1/ask/stream", json={"question": ASK_NURSE}).text)
    assert [name for name, _ in told] == ["stage", "statement", "answer"]
    assert Statement.model_validate(told[1][1]) == Writing.SAID


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (ValueError, "This is a fault in the program; the call was not answered."),
        (lambda question: ConfigurationError("The index is gone."), "The index is gone."),
    ],
)
def test_a_stream_that_fails_says_so(
    error: Any, message: str, small_assistant: Assistant, serve: Serve
) -> None:
    client = serve(Broken(small_assistant, error))
    ((name, data),) = events(client.post("/v1/ask/stream", json={"question": SECRET}).text)
    assert name == "problem"
    assert Problem.model_validate(data).message == message


# ---------------------------------------------------------------- searching and sources


def test_search_gives_the_evidence_that_the_assistant_finds(
    client: httpx.Client, beside: tuple[Assistant, str]
) -> None:
    said = client.post("/v1/search", json={"query": ASK_DOG, "top": 4})
    results = SearchResults.model_validate(said.json())
    assert list(results.found) == beside[0].search(ASK_DOG, top=4)
    assert len(results.found) == 4
    assert {"bundled", "documents"} == {evidence.collection for evidence in results.found}


@pytest.mark.parametrize("source_id", ["ward-trial-2019", "ward-trial-2019-2"])
def test_a_source_is_shown_with_its_notes(
    source_id: str, client: httpx.Client, small_assistant: Assistant
) -> None:
    shown = Shown.model_validate(client.get(f"/v1/sources/{source_id}").json())
    assert shown.source == small_assistant.library.sources["ward-trial-2019"]
    assert shown.document is None
    assert shown.moved_from is None


def test_a_document_is_shown_at_a_place(
    client: httpx.Client, beside: tuple[Assistant, str]
) -> None:
    assistant, document = beside
    assert assistant.shelf is not None
    text = assistant.shelf.store.text(document)
    whole = Shown.model_validate(client.get(f"/v1/sources/{document}").json()).document
    assert whole is not None
    assert whole.passages == ()
    dogs = next(heading for heading in whole.headings if heading.heading == "2 Dogs")
    for address in (
        f"/v1/sources/{document}?span={dogs.start}-{dogs.start + 5}",
        f"/v1/sources/{document}:{dogs.start}-{dogs.start + 5}",
    ):
        shown = Shown.model_validate(client.get(address).json()).document
        assert shown is not None
        (passage,) = shown.passages
        assert passage.text == text[passage.start : passage.end]
        assert "in the garden" in passage.text
    assert whole.document.passage_count == 2
    assert str(assistant.settings.home) not in client.get(f"/v1/sources/{document}").text


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("/v1/sources/ward-trial-2091", 404, "ward-trial-2019"),
        (f"/v1/sources/{SECRET}", 404, "no source"),
        ("/v1/sources/ward-trial-2019?page=2", 422, "no places"),
        ("/v1/sources/ward-trial-2019?span=back", 422, "“span”"),
        ("/v1/sources/ward-trial-2019?page=0", 422, "at least 1"),
        ("/v1/sources/DOCUMENT?page=7", 422, "no passage at that place"),
        ("/v1/sources/DOCUMENT?span=9-3", 422, "ends before it begins"),
    ],
)
def test_what_cannot_be_shown_is_said_in_plain_words(
    address: str, status: int, words: str, client: httpx.Client, beside: tuple[Assistant, str]
) -> None:
    said = client.get(address.replace("DOCUMENT", beside[1]))
    assert said.status_code == status
    problem = Problem.model_validate(said.json())
    assert words in problem.message + problem.hint
    assert SECRET not in said.text


def test_health_says_what_is_answered_from(
    client: httpx.Client, small_assistant: Assistant
) -> None:
    health = Health.model_validate(client.get("/v1/health").json())
    assert health.sources == len(small_assistant.library.sources)
    assert health.library_version == small_assistant.library.version
    assert health.documents == 1
    assert health.sends_to is None


# ---------------------------------------------------------------- the description


def test_the_description_names_every_call_and_the_answer(client: httpx.Client) -> None:
    described = client.get("/openapi.json").json()
    assert set(described["paths"]) == {
        "/v1/health",
        "/v1/ask",
        "/v1/ask/stream",
        "/v1/search",
        "/v1/sources/{source_id}",
    }
    answer = described["paths"]["/v1/ask"]["post"]["responses"]["200"]["content"]
    assert answer["application/json"]["schema"]["$ref"].endswith("/Answer")
    assert set(described["components"]["schemas"]["Answer"]["properties"]) == set(
        Answer.model_fields
    )
    for path in described["paths"].values():
        for call in path.values():
            assert {"401", "413", "422", "500"} <= set(call["responses"])


@pytest.mark.parametrize("address", ["/docs", "/redoc", "/"])
def test_no_page_loads_scripts_from_elsewhere(address: str, client: httpx.Client) -> None:
    said = client.get(address)
    assert said.status_code == 404
    assert said.headers["content-type"] == "application/json"
    assert "default-src 'none'" in said.headers["content-security-policy"]


# ---------------------------------------------------------------- calls that do not fit


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ({}, "“question” is missing."),
        ({"question": ""}, "“question” is empty."),
        ({"question": "  "}, "The question is empty."),
        ({"question": SECRET * 200}, "characters"),
        ({"question": 7}, "“question” must be text."),
        ({"question": ASK_TRIAL, SECRET: 1}, "The call has a field that is not known."),
        ({"question": ASK_TRIAL, "filters": {SECRET: 1}}, "“filters” has a field that is not"),
        ({"question": ASK_TRIAL, "user": SECRET}, "“user” must be one of 'psw'"),
        ({"question": ASK_TRIAL, "filters": {"kind": [SECRET]}}, "“filters.kind.0” must be one"),
        ({"question": ASK_TRIAL, "filters": {"topic": [SECRET]}}, "“filters.topic” names"),
        (
            {"question": ASK_TRIAL, "filters": {"jurisdiction": ["Englund"]}},
            "The nearest: England.",
        ),
        ({"question": ASK_TRIAL, "filters": {"collection": ["policies"]}}, "Known: bundled"),
        ({"question": ASK_TRIAL, "filters": {"year_from": 2020, "year_to": 2010}}, "earlier year"),
        (
            {"question": ASK_TRIAL, "history": [{"question": SECRET}] * (MOST_TURNS + 1)},
            f"“history” holds too many: at most {MOST_TURNS}.",
        ),
        ([SECRET], "The call must be a JSON object"),
    ],
)
@pytest.mark.parametrize("address", ["/v1/ask", "/v1/ask/stream"])
def test_a_call_that_does_not_fit_is_told_why_without_its_words(
    address: str, call: Any, words: str, client: httpx.Client
) -> None:
    said = client.post(address, json=call)
    if said.headers["content-type"].startswith("text/event-stream"):
        ((_, data),) = events(said.text)
    else:
        assert said.status_code == 422
        data = said.json()
    problem = Problem.model_validate(data)
    assert words in f"{problem.message} {problem.hint}"
    assert SECRET not in said.text


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        ('{"question": "' + SECRET, "application/json", "The body is not JSON."),
        ('{"question": "\\ud800"}', "application/json", "no text"),
        ('{"question": "' + SECRET + '"}', "text/plain", "sent as application/json"),
        ("", "application/json", "The call is missing."),
    ],
)
def test_a_body_of_another_form_is_refused(
    body: str, kind: str, words: str, client: httpx.Client
) -> None:
    said = client.post("/v1/ask", content=body, headers={"content-type": kind})
    assert said.status_code == 422
    assert words in Problem.model_validate(said.json()).message
    assert SECRET not in said.text


@pytest.mark.parametrize("in_pieces", [False, True])
def test_a_body_that_is_too_large_is_refused(in_pieces: bool, client: httpx.Client) -> None:
    body = json.dumps({"question": "x" * MOST_BYTES}).encode()
    content: Any = iter([body[:1000], body[1000:]]) if in_pieces else body
    said = client.post("/v1/ask", content=content, headers={"content-type": "application/json"})
    assert said.status_code == 413
    assert "more than" in Problem.model_validate(said.json()).message


# ---------------------------------------------------------------- who may call


@pytest.mark.parametrize("host", ["evil.example", "evil.example:7861", "127.0.0.1.evil.example"])
def test_another_name_for_this_computer_is_refused(host: str, client: httpx.Client) -> None:
    said = client.get("/v1/health", headers={"host": host})
    assert said.status_code == 400
    assert "not known under that name" in said.json()["message"]


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://[", "http://localhost"])
def test_pages_of_other_addresses_are_refused(origin: str, client: httpx.Client) -> None:
    said = client.post("/v1/ask", json={"question": ASK_TRIAL}, headers={"origin": origin})
    assert said.status_code == 403
    wished = {"origin": origin, "access-control-request-method": "POST"}
    asked_first = client.options("/v1/ask", headers=wished)
    assert asked_first.status_code == 403
    assert not [name for name in asked_first.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    ("given", "status"),
    [
        (None, 401),
        (f"Bearer {TOKEN}", 200),
        (f"bearer {TOKEN}", 200),
        (f"Bearer {TOKEN}x", 401),
        (f"Bearer {TOKEN[:-1]}", 401),
        (f"Basic {TOKEN}", 401),
        (TOKEN, 401),
        ("Bearer tökén".encode(), 401),
    ],
)
def test_a_token_is_asked_for_where_one_is_set(
    given: str | bytes | None, status: int, token_client: httpx.Client
) -> None:
    headers: Any = {} if given is None else {"authorization": given}
    for address in ("/v1/health", "/openapi.json"):
        said = token_client.get(address, headers=headers)
        assert said.status_code == status
        assert TOKEN not in said.text
    if status == 401:
        assert said.headers["www-authenticate"] == "Bearer"


@pytest.fixture(scope="module")
def token_client(small_assistant: Assistant) -> Iterator[httpx.Client]:
    with served(small_assistant, token=TOKEN) as client:
        yield client


def test_with_a_token_other_names_may_be_used(small_assistant: Assistant, serve: Serve) -> None:
    client = serve(small_assistant, host="0.0.0.0", token=TOKEN)
    headers = {"host": "library.trust.example", "authorization": f"Bearer {TOKEN}"}
    assert client.get("/v1/health", headers=headers).status_code == 200
    described = client.get("/openapi.json", headers=headers).json()
    assert described["components"]["securitySchemes"]["HTTPBearer"]["scheme"] == "bearer"


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "::", "ward-pc"])
def test_other_addresses_need_a_token(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(TOKEN_VARIABLE, raising=False)
    with pytest.raises(ConfigurationError, match="no token keeps them out"):
        token_for(host)
    monkeypatch.setenv(TOKEN_VARIABLE, "x" * (SHORTEST_TOKEN - 1))
    with pytest.raises(ConfigurationError, match="too short") as caught:
        token_for(host)
    assert "xxx" not in str(caught.value)
    monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)
    assert token_for(host) == TOKEN


def test_this_computer_needs_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(TOKEN_VARIABLE, raising=False)
    assert token_for("127.0.0.1") == token_for("::1") == token_for("localhost") == ""


def test_names_of_this_computer() -> None:
    assert all(map(is_loopback, ("localhost", "127.0.0.1", "127.9.9.9", "::1")))
    assert not any(map(is_loopback, ("", "0.0.0.0", "localhost.example", "192.0.2.1")))
    assert host_name("[::1]:80") == "::1"
    assert host_name("localhost:80") == host_name("localhost") == "localhost"


def test_a_port_that_is_taken_is_said() -> None:
    with listening("127.0.0.1", 0) as first:
        taken = first.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f"Port {taken} on 127.0.0.1"):
            listening("127.0.0.1", taken)


# ---------------------------------------------------------------- what is written down


def test_a_fault_is_logged_without_what_was_asked(
    small_assistant: Assistant, serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    client = serve(Broken(small_assistant))
    # Last, because a server sets the levels of its own loggers.
    caplog.set_level(logging.DEBUG)
    said = client.post("/v1/ask", json={"question": SECRET})
    assert said.status_code == 500
    assert "fault in the program" in Problem.model_validate(said.json()).message
    client.get(f"/{SECRET}", params={"question": SECRET})
    client.get(f"/v1/sources/{SECRET}", params={"page": SECRET})
    ours = [r for r in caplog.records if not r.name.startswith(("httpx", "httpcore"))]
    lines = [record.getMessage() for record in ours]
    assert "A call failed (ValueError)" in lines
    assert any(line.startswith("POST /v1/ask 500") for line in lines)
    assert any(line.startswith("GET unknown path 404") for line in lines)
    assert any(line.startswith("GET /v1/sources/{source_id} 422") for line in lines)
    formatter = logging.Formatter()
    assert not [record for record in ours if SECRET in formatter.format(record)]


# ---------------------------------------------------------------- the command


@pytest.fixture
def command(
    small_assistant: Assistant, tmp_path: Path
) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    program, options, environment = command_of(tmp_path, small_assistant)
    running: list[subprocess.Popen[str]] = []

    def start(*arguments: str, **variables: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [program, *options, "api", *arguments],
            env={**environment, **variables},
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()


def test_the_installed_command_serves(
    command: Callable[..., subprocess.Popen[str]], small_assistant: Assistant
) -> None:
    process = command("--port", "0", "--json", "--log")
    assert process.stdout is not None
    where = json.loads(process.stdout.readline())
    assert where["host"] == "127.0.0.1"
    with httpx.Client(base_url=where["address"], timeout=20, trust_env=False) as client:
        said = client.post("/v1/ask", json={"question": ASK_NURSE})
    wanted = small_assistant.ask(ASK_NURSE)
    assert [s["text"] for s in said.json()["summary"]] == [s.text for s in wanted.summary]
    process.send_signal(signal.SIGINT)
    out, told = process.communicate(timeout=20)
    assert process.returncode in {0, 130}
    assert out == ""
    assert "POST /v1/ask 200" in told
    assert "Traceback" not in told
    assert "nurse" not in told


def test_the_installed_command_refuses_other_addresses_without_a_token(
    command: Callable[..., subprocess.Popen[str]],
) -> None:
    process = command("--host", "0.0.0.0", "--port", "0")
    _, told = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "no token keeps them out" in told
