"""The HTTP API: small, typed, described at ``/openapi.json``, by default for this computer alone.

The answer is ``schema.Answer`` as everywhere. A question that is met with help is an answer like
any other: status 200, outcome "signposted". There is no page of documentation, for it would load
scripts from elsewhere.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any

import uvicorn
from fastapi import APIRouter, Depends, FastAPI, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.security import HTTPBearer
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.exceptions import HTTPException

from assistant import __version__
from assistant.assembly import Assistant
from assistant.errors import AssistantError, ConfigurationError, UsageError
from assistant.parts.asking import Event, answered, searched, told
from assistant.parts.http_guard import FAULT, MOST_BYTES, Guard, problem
from assistant.parts.loopback import address_of, is_loopback, listening
from assistant.parts.records import (
    LAST_PAGE,
    LONGEST_ID,
    AskInput,
    Health,
    Problem,
    SearchInput,
    SearchResults,
    Shown,
    SourceInput,
    Span,
    wrong_call,
)
from assistant.parts.sources import NotHereError, shown
from assistant.schema import Answer, Record, Statement

TOKEN_VARIABLE = "PEER_SUPPORT_API_TOKEN"
SHORTEST_TOKEN = 16
MOST_AT_ONCE = 32
"""Calls that are worked on at once; further ones are told to come back (503)."""
_ABOUT = (
    "Answers practical questions about mental health peer support from a library of sources."
    " Every statement of an answer names what it rests on. Show signposts before anything else"
    " where the outcome is “signposted”."
)
_PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": words}
    for status, words in {
        400: "The call cannot be read, or names another host.",
        401: "A token is asked for and was not given.",
        403: "A web page of another address called.",
        413: f"The body has more than {MOST_BYTES:,} bytes.",
        422: "The call does not fit, or the question is empty or too long.",
        500: "A fault in the program.",
        503: "Something that the service needs cannot be used now.",
    }.items()
}
_PROBLEMS_BESIDE_EVENTS: dict[int | str, dict[str, Any]] = {
    status: {
        "description": said["description"],
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for status, said in _PROBLEMS.items()
}
"""The same for a call whose good answer is no JSON."""
_STATUS_WORDS = {
    400: "The call cannot be read.",
    404: "There is nothing at this address.",
    405: "This address does not take that method.",
}


def create_api(assistant: Assistant, *, token: str = "", loopback: bool = True) -> FastAPI:
    """The API over an open assistant, which it shares between threads.

    Args:
        assistant: answers.
        token: what every call must bring; empty asks for none.
        loopback: whether only this computer reaches it.
    """
    api = FastAPI(
        title="Peer support library",
        description=_ABOUT,
        version=__version__,
        docs_url=None,
        redoc_url=None,
        separate_input_output_schemas=False,
        # Traces and logs of this kind would carry what is asked out of the program.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
        # Told in the description; the guard is what asks for it.
        dependencies=[Depends(HTTPBearer(auto_error=False))] if token else [],
    )
    api.include_router(_router(assistant))
    api.add_exception_handler(RequestValidationError, _does_not_fit)
    api.add_exception_handler(AssistantError, _cannot)
    api.add_exception_handler(HTTPException, _http)
    api.add_middleware(Guard, loopback=loopback, token=token)
    return api


def _router(assistant: Assistant) -> APIRouter:
    router = APIRouter(prefix="/v1")

    @router.get(
        "/health", summary="Whether the service answers, and from what", responses=_PROBLEMS
    )
    def health() -> Health:
        return _health(assistant)

    @router.post("/ask", summary="Answer one question", responses=_PROBLEMS)
    def ask(call: AskInput) -> Answer:
        return answered(assistant, call)

    @router.post(
        "/ask/stream",
        summary="Answer one question, telling each step as it begins",
        description="Server-sent events: “stage” with the name of a step; “statement” for each"
        " statement of a chat model that passed its checks, which the answer may still end without;"
        " then one “answer”, which is the answer as /v1/ask gives it, or one “problem”.",
        response_class=EventSourceResponse,
        responses=_PROBLEMS_BESIDE_EVENTS,
    )
    async def stream(call: AskInput) -> AsyncIterator[ServerSentEvent]:
        async for event in _events(assistant, call):
            yield event

    @router.post(
        "/search", summary="Find evidence for a query; nothing is screened", responses=_PROBLEMS
    )
    def search(call: SearchInput) -> SearchResults:
        return searched(assistant, call)

    @router.get(
        "/sources/{source_id}",
        summary="Show a source with its notes, or an added document at a place",
        responses=_PROBLEMS | {404: {"model": Problem, "description": "There is no such source."}},
    )
    def source(
        source_id: Annotated[str, Path(max_length=LONGEST_ID)],
        span: Annotated[Span | None, Query(description="Characters, such as 120-480.")] = None,
        page: Annotated[int | None, Query(ge=1, le=LAST_PAGE)] = None,
    ) -> Shown:
        return shown(assistant, SourceInput(source_id=source_id, span=span, page=page))

    return router


def _health(assistant: Assistant) -> Health:
    library, model = assistant.library, assistant.chat_model
    try:
        documents = assistant.shelf.store.counts()[0] if assistant.shelf else None
    except ConfigurationError:
        documents = None
    return Health(
        version=__version__,
        library_version=library.version,
        sources=len(library.sources),
        notes=len(library.notes),
        documents=documents,
        model=None if model is None else str(model),
        sends_to=None if model is None or model.local else model.host,
    )


# ---------------------------------------------------------------- events


async def _events(assistant: Assistant, call: AskInput) -> AsyncIterator[ServerSentEvent]:
    """What is told of a question, as server-sent events."""
    try:
        async for event in told(assistant, call):
            yield _event(event)
    except AssistantError as error:
        yield _named("problem", _problem_of(error))
    except Exception:
        # The status was sent already; the reader must still learn that nothing more comes.
        yield _named("problem", FAULT)


def _event(event: Event) -> ServerSentEvent:
    if isinstance(event, Answer):
        return _named("answer", event)
    if isinstance(event, Statement):
        return _named("statement", event)
    return ServerSentEvent(event="stage", data={"stage": event})


def _named(name: str, record: Record) -> ServerSentEvent:
    return ServerSentEvent(event=name, raw_data=record.model_dump_json())


# ---------------------------------------------------------------- what is wrong


def _problem_of(error: AssistantError) -> Problem:
    return Problem(message=error.message, hint=error.hint)


def _does_not_fit(request: Request, error: Exception) -> Response:
    errors = error.errors() if isinstance(error, RequestValidationError) else []
    return problem(422, _problem_of(wrong_call(errors)))


def _cannot(request: Request, error: Exception) -> Response:
    if not isinstance(error, AssistantError):
        return problem(500, FAULT)
    known = {NotHereError: 404, UsageError: 422}
    status = next((code for kind, code in known.items() if isinstance(error, kind)), 503)
    return problem(status, _problem_of(error))


def _http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        return problem(500, FAULT)
    words = _STATUS_WORDS.get(error.status_code, "The call was refused.")
    headers = dict(error.headers) if error.headers else None
    return problem(error.status_code, Problem(message=words), headers)


# ---------------------------------------------------------------- serving


def token_for(host: str) -> str:
    """The token that calls must bring, from the environment; empty where none is set.

    Raises:
        ConfigurationError: others than this computer reach the host and no token is set, or the
            token is too short to keep anybody out.
    """
    token = os.environ.get(TOKEN_VARIABLE, "").strip()
    if token and len(token) < SHORTEST_TOKEN:
        raise ConfigurationError(
            f"The token in {TOKEN_VARIABLE} is too short.",
            f"Set one of at least {SHORTEST_TOKEN} characters that nobody can guess.",
        )
    if not token and not is_loopback(host):
        raise ConfigurationError(
            f"Other computers reach {host}, and no token keeps them out.",
            f"Leave --host out, or set {TOKEN_VARIABLE} to a long secret of your own.",
        )
    return token


def make_server(assistant: Assistant, host: str, token: str = "") -> uvicorn.Server:
    """The server around the API; it still has to be given a socket."""
    config = uvicorn.Config(
        create_api(assistant, token=token, loopback=is_loopback(host)),
        log_level="warning",
        access_log=False,
        lifespan="off",
        ws="none",
        proxy_headers=False,
        server_header=False,
        limit_concurrency=MOST_AT_ONCE,
        timeout_graceful_shutdown=5,
    )
    return uvicorn.Server(config)


def serve(
    assistant: Assistant,
    host: str,
    port: int,
    token: str = "",
    ready: Callable[[str, int], None] = lambda address, port: None,
) -> None:
    """Serve the API until it is interrupted.

    Args:
        assistant: answers.
        host: address to listen on.
        port: port to listen on; 0 takes a free one.
        token: see ``token_for``.
        ready: told the address and the port once it listens.

    Raises:
        ConfigurationError: the port is taken, or the address cannot be used.
    """
    server = make_server(assistant, host, token)
    with listening(host, port) as listener:
        taken = listener.getsockname()[1]
        ready(address_of(host, taken), taken)
        server.run(sockets=[listener])
