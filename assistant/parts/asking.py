"""Asks and searches for a program that calls: the one place where these parts call the assistant.

``answered`` and ``searched`` run where they are called; ``told`` runs the question in a thread of
its own and gives each step as it begins, what a chat model wrote as it passes, then the answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable

from assistant.assembly import Assistant
from assistant.chat_models.records import Cancel
from assistant.parts.filters import known_filters
from assistant.parts.records import AskInput, SearchInput, SearchResults
from assistant.schema import Answer, Statement

Step = str
Event = Step | Statement | Answer
"""What is told of a question on its way: the name of a step that begins; a statement of a chat
model that passed the gate, which the answer may still end without; the answer last."""


class _Left(Exception):
    """Nobody waits for the answer any more."""


def answered(
    assistant: Assistant,
    call: AskInput,
    stage: Callable[[Step], None] = lambda name: None,
    say: Callable[[Statement], None] = lambda statement: None,
    cancel: Cancel | None = None,
) -> Answer:
    """The answer to a call.

    Args:
        assistant: answers.
        call: what is asked.
        stage: told each step as it begins, in the thread that answers.
        say: told each statement of a chat model once it passed the gate.
        cancel: stops a chat model; the answer is then the one without it.

    Raises:
        UsageError: the question is empty or too long, or a filter is not known.
    """
    filters = known_filters(assistant, call.filters)
    return assistant.ask(
        call.question,
        call.history,
        filters,
        call.user,
        stage=stage,
        say=say,
        cancel=cancel,
        nobody_in_danger=call.nobody_in_danger,
    )


def searched(assistant: Assistant, call: SearchInput) -> SearchResults:
    """The evidence for a query. Nothing is screened.

    Raises:
        UsageError: the query is empty or too long, or a filter is not known.
    """
    filters = known_filters(assistant, call.filters)
    return SearchResults(found=tuple(assistant.search(call.query, call.top, filters)))


async def told(assistant: Assistant, call: AskInput) -> AsyncIterator[Event]:
    """The steps of a question as they begin, statements as they pass, then its answer.

    A caller that goes away stops the chat model, and ends the work where its next step would begin.

    Raises:
        AssistantError: as ``answered``.
    """
    loop = asyncio.get_running_loop()
    said: asyncio.Queue[Event | Exception] = asyncio.Queue()
    cancel = Cancel()

    def tell(event: Event | Exception) -> None:
        # A loop that is closed has nobody left who could be told.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(said.put_nowait, event)

    def stage(name: Step) -> None:
        if cancel.asked:
            raise _Left
        tell(name)

    def work() -> None:
        try:
            tell(answered(assistant, call, stage, tell, cancel))
        except Exception as error:
            tell(error)

    threading.Thread(target=work, name="asking", daemon=True).start()
    try:
        while True:
            event = await said.get()
            if isinstance(event, Exception):
                raise event
            yield event
            if isinstance(event, Answer):
                return
    finally:
        cancel()
