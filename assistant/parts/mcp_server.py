"""The MCP server: three tools that only read, over standard input and output.

``ask`` answers as everywhere, ``search`` finds evidence, ``show_source`` opens what an answer rests
on. Every tool says in types what it takes and gives. What is asked is never logged, and nothing but
the protocol reaches standard output. Needs the extra "mcp".
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from assistant import __version__
from assistant.assembly import Assistant
from assistant.errors import AssistantError, ConfigurationError
from assistant.parts.asking import searched, told
from assistant.parts.records import (
    AskInput,
    Call,
    SearchInput,
    SearchResults,
    Shown,
    SourceInput,
    read_call,
)
from assistant.parts.sources import shown
from assistant.schema import Answer, Record

if TYPE_CHECKING:
    from mcp.server import Server, ServerRequestContext
    from mcp_types import CallToolRequestParams, CallToolResult, ListToolsResult, Tool
    from mcp_types import PaginatedRequestParams as Page

NAME = "peer-support-library"
INSTRUCTIONS = (
    "A library on mental health peer support, for peer support workers, managers and trainers in"
    " England. Pass on what a person asks with “ask”, in their own words: it is screened first."
    " Where the outcome is “signposted”, show the signposts before anything else. Keep every"
    " statement with its citation, keep both sides of a contested question, and where the library"
    " does not say, say so. “search” screens nothing and answers nothing; it finds evidence."
)
Report = Callable[[str], Awaitable[None]]
R = TypeVar("R")

_log = logging.getLogger(__name__)


def require() -> None:
    """See that what the server needs is installed.

    Raises:
        ConfigurationError: the extra is not installed.
    """
    try:
        import mcp.server.stdio  # noqa: F401
        import mcp_types  # noqa: F401
    except ImportError as error:
        raise ConfigurationError(
            "The MCP server needs the extra “mcp”, which is not installed.",
            "Install it: pip install 'peer-support-assistant[mcp]'",
        ) from error


# ---------------------------------------------------------------- the tools


@dataclass(frozen=True)
class _Tool:
    """A tool: what it takes, what it gives, what it does, and its result in words."""

    name: str
    title: str
    about: str
    takes: type[Call]
    gives: type[Record]
    run: Callable[[Assistant, Any, Report], Awaitable[Record]]
    words: Callable[[Any], str]


async def _ask(assistant: Assistant, call: AskInput, report: Report) -> Answer:
    found: Answer | None = None
    async for event in told(assistant, call):
        if isinstance(event, Answer):
            found = event
        elif isinstance(event, str):
            await report(event)
    if found is None:
        raise RuntimeError("no answer")
    return found


async def _search(assistant: Assistant, call: SearchInput, report: Report) -> SearchResults:
    return await _in_thread(partial(searched, assistant, call))


async def _show(assistant: Assistant, call: SourceInput, report: Report) -> Shown:
    return await _in_thread(partial(shown, assistant, call))


async def _in_thread(work: Callable[[], R]) -> R:
    import anyio.to_thread

    return await anyio.to_thread.run_sync(work, abandon_on_cancel=True)


def _answer_words(answer: Answer) -> str:
    from assistant.presentation import answer_to_markdown

    return answer_to_markdown(answer, record=False)


def _json_words(record: Record) -> str:
    return record.model_dump_json(exclude_none=True)


TOOLS = (
    _Tool(
        name="ask",
        title="Ask the peer support library",
        about="Answer a practical question about mental health peer support. Every statement names"
        " the sources that it rests on. The question is screened first: danger is met with where to"
        " turn for help (outcome “signposted”).",
        takes=AskInput,
        gives=Answer,
        run=_ask,
        words=_answer_words,
    ),
    _Tool(
        name="search",
        title="Search the peer support library",
        about="Find evidence for a query: notes of the library and passages of documents that were"
        " added, best first, with what a citation needs. Nothing is screened or answered; pass on"
        " what a person asks with “ask”.",
        takes=SearchInput,
        gives=SearchResults,
        run=_search,
        words=_json_words,
    ),
    _Tool(
        name="show_source",
        title="Show a source",
        about="Show a source of the library with its notes, or a document that was added with its"
        " headings and, for a page or a span of characters, its exact passages.",
        takes=SourceInput,
        gives=Shown,
        run=_show,
        words=_json_words,
    ),
)


def _described(tool: _Tool) -> Tool:
    from mcp_types import Tool, ToolAnnotations

    return Tool(
        name=tool.name,
        title=tool.title,
        description=tool.about,
        input_schema=tool.takes.model_json_schema(),
        output_schema=tool.gives.model_json_schema(mode="serialization"),
        annotations=ToolAnnotations(
            read_only_hint=True,
            destructive_hint=False,
            idempotent_hint=True,
            open_world_hint=False,
        ),
    )


# ---------------------------------------------------------------- the server


def build_server(assistant: Assistant) -> Server[Any]:
    """The MCP server over an open assistant; speaks once it is given a transport.

    Raises:
        ConfigurationError: the extra "mcp" is not installed.
    """
    require()
    from mcp.server import Server
    from mcp.shared.exceptions import MCPError
    from mcp_types import INVALID_PARAMS, ListToolsResult

    tools = {tool.name: tool for tool in TOOLS}
    described = [_described(tool) for tool in TOOLS]

    async def list_tools(ctx: ServerRequestContext[Any], params: Page | None) -> ListToolsResult:
        return ListToolsResult(tools=described)

    async def call_tool(
        ctx: ServerRequestContext[Any], params: CallToolRequestParams
    ) -> CallToolResult:
        tool = tools.get(params.name)
        if tool is None:
            raise MCPError(INVALID_PARAMS, f"There is no such tool. Known: {', '.join(tools)}.")
        return await _called(assistant, tool, params.arguments or {}, _reporter(ctx))

    server: Server[Any] = Server(
        NAME,
        version=__version__,
        title="Peer support library",
        instructions=INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )
    # By default each message is traced for whatever collector the machine has.
    server.middleware.clear()
    return server


def _reporter(ctx: ServerRequestContext[Any]) -> Report:
    """Tells the client which step begins, where it asked to be told."""
    count = 0

    async def report(step: str) -> None:
        nonlocal count
        count += 1
        await ctx.session.report_progress(count, None, step)

    return report


async def _called(
    assistant: Assistant, tool: _Tool, given: dict[str, Any], report: Report
) -> CallToolResult:
    """The result of a tool. What went wrong is one too, so that the client's model reads it."""
    from mcp_types import CallToolResult, TextContent

    def result(words: str, found: Record | None = None) -> CallToolResult:
        return CallToolResult(
            content=[TextContent(type="text", text=words)],
            structured_content=None if found is None else found.model_dump(mode="json"),
            is_error=found is None,
        )

    try:
        found = await tool.run(assistant, read_call(tool.takes, given), report)
        return result(tool.words(found), found)
    except AssistantError as error:
        return result(str(error))
    except Exception as error:  # The edge: a traceback may hold what was asked.
        _log.error("The tool %s failed (%s)", tool.name, type(error).__name__)
        return result("This is a fault in the program; the call was not answered.")


def serve(assistant: Assistant) -> None:
    """Serve on standard input and output until the client goes away.

    Raises:
        ConfigurationError: the extra "mcp" is not installed.
    """
    server = build_server(assistant)
    import anyio
    from mcp.server.stdio import stdio_server

    # What the package says of messages that it cannot read may quote them.
    logging.getLogger("mcp").setLevel(logging.CRITICAL)

    async def run() -> None:
        async with stdio_server() as (reading, writing):
            await server.run(reading, writing, server.create_initialization_options())

    anyio.run(run)
