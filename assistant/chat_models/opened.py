"""A chat model that was opened, and what holds for all of them: where it comes from, no tracing.

Nothing of a question goes to a third place: calls are not traced, whatever the environment says.
"""

from __future__ import annotations

import contextlib
import importlib
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from assistant.chat_models.records import ChatModelError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

TALKATIVE = ("openai", "anthropic", "httpx", "httpx2", "httpcore", "httpcore2", "ollama")
"""Packages that can be made to log whole requests by a variable of the environment."""


def nothing() -> None:
    """Does nothing."""


@dataclass(frozen=True)
class Opened:
    """A chat model that is ready to be called.

    Args:
        model: langchain's.
        end: stops whatever it does, at once, from any thread; it is not used afterwards.
        check: raises what went wrong out of sight, once the reply has ended.
        arguments: for each call.
        says_why: whether a whole reply always says why it ended, so that one which does not was
            cut off.
    """

    model: BaseChatModel
    end: Callable[[], None] = nothing
    check: Callable[[], None] = nothing
    arguments: Mapping[str, Any] = field(default_factory=dict)
    says_why: bool = False


class Opener(Protocol):
    """Opens a model. Called in a thread of its own, for each call that runs at the same time."""

    def __call__(self, plain: bool) -> Opened:
        """A model that is ready; ``plain`` leaves out what some servers refuse: the temperature,
        the seed, the wish to be told of tokens.

        Raises:
            ChatModelError: it cannot be opened.
        """


@dataclass(frozen=True)
class Wishes:
    """What is asked of every reply.

    Args:
        reply_tokens: most tokens of a reply; what a model thinks to itself counts with many.
        context_tokens: that the model should read at once, for servers that are told.
        connect_seconds: longest wait for a connection.
        read_seconds: longest silence at all; ``calling`` has closer limits.
    """

    reply_tokens: int = 4000
    context_tokens: int = 8000
    connect_seconds: float = 10.0
    read_seconds: float = 620.0


def package(name: str, extra: str) -> Any:
    """A package that only some installations have.

    Raises:
        ChatModelError: "no_package".
    """
    try:
        found = importlib.import_module(name)
    except ImportError as error:
        raise ChatModelError(
            "no_package",
            f"The package for '{extra}' models is not installed.",
            f"Run: pip install 'peer-support-assistant[{extra}]'",
        ) from error
    for talker in TALKATIVE:
        logging.getLogger(talker).setLevel(logging.WARNING)
    return found


@contextlib.contextmanager
def untraced() -> Iterator[None]:
    """Nothing that langchain does meanwhile in this thread is told to a tracing service."""
    from langsmith.run_helpers import tracing_context

    # langchain refuses every call while one of these is set: both belong to a way of tracing that
    # it no longer has.
    for gone in ("LANGCHAIN_TRACING", "LANGCHAIN_HANDLER"):
        os.environ.pop(gone, None)
    with tracing_context(enabled=False):
        yield
