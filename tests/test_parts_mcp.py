"""The MCP server, called by the package's own client: in memory, and over standard input and
output of the installed command."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, Literal, TypeVar

import pytest
from mcp import Client, MCPError, StdioServerParameters, stdio_client
from mcp.server import Server

from assistant.assembly import Assistant
from assistant.cli import main
from assistant.errors import ConfigurationError
from assistant.parts.mcp_server import build_server, require
from assistant.parts.records import SearchResults, Shown
from assistant.schema import Answer, Turn
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
from tests.small_library import ASK_FOREIGN, ASK_LAW, ASK_NURSE, ASK_SUPERVISION, QUESTIONS

R = TypeVar("R")
Mode = Literal["auto", "legacy"]
CLIENT = {"name": "test", "version": "1"}
TOOLS = {"ask", "search", "show_source"}


def with_client(
    server: Any, use: Callable[[Client], Awaitable[R]], mode: Mode = "auto", **named: Any
) -> R:
    """What ``use`` gives for a client that is connected."""

    async def run() -> R:
        async with asyncio.timeout(60):
            async with Client(server, mode=mode, **named) as client:
                return await use(client)

    return asyncio.run(run())


def called(server: Any, tool: str, mode: Mode = "auto", /, **given: Any) -> Any:
    """The result of one call of a tool."""
    return with_client(server, lambda client: client.call_tool(tool, given), mode)


@pytest.fixture(scope="module")
def beside(
    small_assistant: Assistant, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Assistant, str]]:
    assistant, document = with_policy(tmp_path_factory.mktemp("beside"), small_assistant)
    with assistant:
        yield assistant, document


@pytest.fixture
def server(beside: tuple[Assistant, str]) -> Server[Any]:
    return build_server(beside[0])


# ---------------------------------------------------------------- the tools


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_every_tool_only_reads_and_says_what_it_takes_and_gives(
    mode: Mode, server: Server[Any]
) -> None:
    tools = {tool.name: tool for tool in with_client(server, Client.list_tools, mode).tools}
    assert set(tools) == TOOLS
    for tool in tools.values():
        assert tool.annotations is not None
        assert tool.annotations.read_only_hint is True
        assert tool.annotations.destructive_hint is False
        assert tool.annotations.open_world_hint is False
        assert tool.input_schema["type"] == "object"
        assert tool.input_schema["additionalProperties"] is False
        assert tool.output_schema is not None
        assert tool.output_schema["type"] == "object"
        assert tool.description
    assert tools["ask"].input_schema["required"] == ["question"]
    assert set(tools["ask"].input_schema["properties"]) == {
        "question",
        "history",
        "filters",
        "user",
        "nobody_in_danger",
    }
    assert set(tools["ask"].output_schema["properties"]) == set(Answer.model_fields)


def test_the_server_offers_nothing_but_tools(server: Server[Any]) -> None:
    async def offered(client: Client) -> Any:
        return client.server_capabilities, client.instructions

    able, instructions = with_client(server, offered)
    assert able.tools is not None
    assert able.resources is able.prompts is able.logging is None
    assert "signposts before anything else" in instructions


@pytest.mark.parametrize("question", QUESTIONS)
def test_an_answer_is_the_one_that_the_assistant_gives(
    question: str, server: Server[Any], beside: tuple[Assistant, str]
) -> None:
    result = called(server, "ask", question=question)
    wanted = beside[0].ask(question)
    assert not result.is_error
    assert Answer.model_validate(result.structured_content).comparable() == wanted.comparable()
    (content,) = result.content
    assert all(statement.text.rstrip(".") in content.text for statement in wanted.summary)


def test_history_filters_and_user_are_passed_on(
    server: Server[Any], beside: tuple[Assistant, str]
) -> None:
    turns = (Turn(question=ASK_SUPERVISION, outcome="answered"),)
    history = [turn.model_dump(mode="json") for turn in turns]
    result = called(server, "ask", question="and at night?", history=history, user="trainer")
    wanted = beside[0].ask("and at night?", turns, user="trainer")
    assert Answer.model_validate(result.structured_content).comparable() == wanted.comparable()
    result = called(server, "ask", question=ASK_FOREIGN, filters={"jurisdiction": ["usa"]})
    cited = result.structured_content["citations"]
    assert {citation["jurisdiction"] for citation in cited} == {"USA"}


def test_danger_is_met_with_help_and_is_no_error(server: Server[Any]) -> None:
    result = called(server, "ask", question=DANGER)
    assert not result.is_error
    assert result.structured_content["outcome"] == "signposted"
    first = result.structured_content["signposts"][0]
    assert first["name"] in result.content[0].text
    assert first["contact"] in result.content[0].text


def test_personal_details_do_not_come_back(server: Server[Any]) -> None:
    result = called(server, "ask", question=f"{ASK_NURSE}, my number is 07700 900123")
    assert "900123" not in result.model_dump_json()
    assert result.structured_content["personal_details"] == [{"kind": "phone"}]


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_steps_are_told_to_a_client_that_asks(mode: Mode, server: Server[Any]) -> None:
    told: list[str | None] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        told.append(message)

    async def use(client: Client) -> Any:
        return await client.call_tool("ask", {"question": ASK_NURSE}, progress_callback=hear)

    assert not with_client(server, use, mode).is_error
    assert told == ["screening", "reading", "composing"]


def test_a_chat_models_statements_wait_for_the_answer(small_assistant: Assistant) -> None:
    result = called(build_server(Writing(small_assistant)), "ask", question=ASK_NURSE)
    wanted = small_assistant.ask(ASK_NURSE).comparable()
    assert Answer.model_validate(result.structured_content).comparable() == wanted


def test_work_ends_at_its_next_step_where_the_client_gives_up(small_assistant: Assistant) -> None:
    waiting = Waiting(small_assistant)

    async def use(client: Client) -> None:
        call = asyncio.create_task(client.call_tool("ask", {"question": ASK_NURSE}))
        assert await asyncio.to_thread(waiting.begun.wait, 20)
        call.cancel()
        await asyncio.wait([call])
        # Answered after the call was taken back.
        assert (await client.call_tool("search", {"query": ASK_LAW})).structured_content

    with_client(build_server(waiting), use, "legacy")
    waiting.go.set()
    assert waiting.over.wait(20)
    assert not waiting.finished


def test_search_gives_the_evidence_that_the_assistant_finds(
    server: Server[Any], beside: tuple[Assistant, str]
) -> None:
    result = called(server, "search", query=ASK_DOG, top=4)
    found = SearchResults.model_validate(result.structured_content).found
    assert list(found) == beside[0].search(ASK_DOG, top=4)
    assert json.loads(result.content[0].text)["found"][0]["evidence_id"] == found[0].evidence_id


def test_a_source_and_a_place_of_a_document_are_shown(
    server: Server[Any], beside: tuple[Assistant, str]
) -> None:
    assistant, document = beside
    result = called(server, "show_source", source_id="force-act-2018")
    shown = Shown.model_validate(result.structured_content)
    assert shown.source == assistant.library.sources["force-act-2018"]
    evidence = next(e for e in assistant.search(ASK_DOG) if e.source_id == document)
    result = called(server, "show_source", source_id=evidence.evidence_id)
    place = Shown.model_validate(result.structured_content).document
    assert place is not None
    assert evidence.text in {passage.text for passage in place.passages}
    assert str(assistant.settings.home) not in result.model_dump_json()


# ---------------------------------------------------------------- what is wrong


@pytest.mark.parametrize(
    ("tool", "given", "words"),
    [
        ("ask", {}, "“question” is missing."),
        ("ask", {"question": " "}, "The question is empty."),
        ("ask", {"question": SECRET * 500}, "characters"),
        ("ask", {"question": ASK_LAW, "user": SECRET}, "“user” must be one of 'psw'"),
        ("ask", {"question": ASK_LAW, SECRET: SECRET}, "has a field that is not known"),
        ("ask", {"question": ASK_LAW, "filters": {"topic": [SECRET]}}, "“filters.topic” names"),
        ("search", {"query": ASK_LAW, "top": 0}, "“top” must be at least 1."),
        ("show_source", {"source_id": SECRET}, "There is no source with this id."),
        ("show_source", {"source_id": "force-act-2081"}, "The nearest: force-act-2018."),
    ],
)
def test_a_mistake_is_a_result_in_plain_words(
    tool: str, given: dict[str, Any], words: str, server: Server[Any]
) -> None:
    result = called(server, tool, **given)
    assert result.is_error
    assert words in result.content[0].text
    assert SECRET not in result.model_dump_json()


def test_a_tool_that_is_not_there_is_refused(server: Server[Any]) -> None:
    async def use(client: Client) -> None:
        with pytest.raises(MCPError, match="no such tool"):
            await client.call_tool("delete_source", {"source_id": "force-act-2018"})

    with_client(server, use)


def test_a_fault_is_told_and_logged_without_what_was_asked(
    small_assistant: Assistant, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    result = called(build_server(Broken(small_assistant)), "ask", "legacy", question=SECRET)
    assert result.is_error
    assert "fault in the program" in result.content[0].text
    assert SECRET not in result.content[0].text
    assert "The tool ask failed (ValueError)" in caplog.text
    assert SECRET not in caplog.text


def test_without_the_extra_one_is_told_to_install_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "mcp.server.stdio", None)
    with pytest.raises(ConfigurationError, match="extra “mcp”"):
        require()
    assert main(["mcp"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "pip install 'peer-support-assistant[mcp]'" in said.err
    assert len(said.err.splitlines()) == 2


# ---------------------------------------------------------------- the command


@pytest.mark.slow
def test_a_client_starts_the_installed_command_and_asks(
    small_assistant: Assistant, tmp_path: Path
) -> None:
    program, options, environment = command_of(tmp_path, small_assistant)
    parameters = StdioServerParameters(
        command=program, args=[*options, "mcp"], env=environment, cwd=tmp_path
    )

    async def use(client: Client) -> list[Any]:
        listed = await client.list_tools()
        answer = await client.call_tool("ask", {"question": ASK_NURSE})
        return [{tool.name for tool in listed.tools}, answer.structured_content]

    with (tmp_path / "said").open("w+") as said:
        names, answer = with_client(stdio_client(parameters, errlog=said), use)
        said.seek(0)
        assert said.read() == ""
    assert names == TOOLS
    wanted = small_assistant.ask(ASK_NURSE)
    assert answer["summary"] == wanted.model_dump(mode="json")["summary"]


@pytest.mark.slow
def test_ctrl_c_ends_the_command(small_assistant: Assistant, tmp_path: Path) -> None:
    program, options, environment = command_of(tmp_path, small_assistant)
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": CLIENT}
    process = subprocess.Popen(
        [program, *options, "mcp"],
        env=environment,
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    line = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello}
    process.stdin.write(json.dumps(line) + "\n")
    process.stdin.flush()
    assert json.loads(process.stdout.readline())["id"] == 1
    process.send_signal(signal.SIGINT)
    try:
        assert process.wait(timeout=10) == -signal.SIGINT
    finally:
        process.kill()
        process.communicate()


@pytest.mark.slow
def test_standard_output_holds_the_protocol_alone_and_nothing_is_logged(
    small_assistant: Assistant, tmp_path: Path
) -> None:
    program, options, environment = command_of(tmp_path, small_assistant)
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": CLIENT}
    lines = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        f"not JSON {SECRET}",
        {"jsonrpc": "2.0", "id": 2, "method": SECRET, "params": {"name": SECRET}},
        {"jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": {"name": [SECRET]}},
        {
            "jsonrpc": "2.0",
            "id": 4,
            "method": "tools/call",
            "params": {"name": "ask", "arguments": {"question": SECRET}},
        },
    ]
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    process = subprocess.Popen(
        [program, *options, "mcp"],
        env=environment,
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(text + "\n")
    process.stdin.flush()
    said: list[dict[str, Any]] = []
    while not any(message.get("id") == 4 for message in said):
        said.append(json.loads(process.stdout.readline()))
    out, told = process.communicate(timeout=20)
    assert process.returncode == 0
    assert out == ""
    assert all(message["jsonrpc"] == "2.0" for message in said)
    assert SECRET not in told
    answer = next(message for message in said if message.get("id") == 4)["result"]
    assert answer["structuredContent"]["outcome"] == "not_in_library"
