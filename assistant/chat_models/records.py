"""The words of talking to a chat model: messages, replies, what may go wrong, and stopping.

No framework and no network here: ``opening`` makes a model, ``calling`` calls it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from assistant.errors import ModelError

Role = Literal["system", "user", "assistant"]

ChatFault = Literal[
    "no_package",
    "no_key",
    "unauthorised",
    "unknown_model",
    "unreachable",
    "timed_out",
    "rate_limited",
    "server_error",
    "cut_off",
    "too_long",
    "empty",
    "budget",
    "paused",
    "busy",
    "forbidden",
    "cancelled",
    "refused",
]
"""Why a call gave nothing: the package for the provider is not installed; no key; the key was not
taken; the server knows no such model; no server; too slow; too many calls; the server failed; the
reply broke off; the question with its evidence does not fit; nothing was said; today's budget is
spent; calls are paused after several failures; too many calls at once; remote models are forbidden
on this machine; the reader stopped it; the server took the call for wrong."""


@dataclass(frozen=True)
class Message:
    """One message to a chat model."""

    role: Role
    text: str


@dataclass(frozen=True)
class Reply:
    """What a chat model said. Tokens and cost (in US dollars) are None where they are not known."""

    text: str
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost: float | None = None


@dataclass(frozen=True)
class Address:
    """Where a chat model is.

    Args:
        provider: "openai", "anthropic", "ollama", "huggingface" …: before the colon.
        name: of the model, or a folder.
        base_url: of the server; empty for the provider's own and for a folder.
        host: where a question goes, as people know it: "api.openai.com", "localhost:11434"; empty
            for a folder on this machine.
        local: whether what is sent stays on this machine.
    """

    provider: str
    name: str
    base_url: str
    host: str
    local: bool

    def __str__(self) -> str:
        return f"{self.provider}:{self.name}"


class ChatModelError(ModelError):
    """A chat model did not give a usable reply.

    Args:
        fault: why.
        message: what is wrong, in plain words, without keys or what was asked.
        hint: what to do.
        retryable: whether the same call may succeed later.
    """

    def __init__(
        self, fault: ChatFault, message: str, hint: str = "", *, retryable: bool = False
    ) -> None:
        super().__init__(message, hint)
        self.fault = fault
        self.retryable = retryable


class Cancel:
    """A way to stop what goes on in another thread. Set once, never unset."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def __call__(self) -> None:
        """Ask for the stop."""
        self._event.set()

    @property
    def asked(self) -> bool:
        """Whether the stop was asked for."""
        return self._event.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait until the stop is asked for, at most ``seconds``; whether it was."""
        return self._event.wait(seconds)


class Writer(Protocol):
    """A chat model as the rest of the program sees it."""

    @property
    def address(self) -> Address:
        """Where it is."""

    def reply(
        self,
        messages: Sequence[Message],
        *,
        cancel: Cancel,
        hear: Callable[[str], None] = lambda piece: None,
    ) -> Reply:
        """One reply to messages.

        Args:
            messages: oldest first.
            cancel: stops the call.
            hear: told each piece of the reply as it comes, in order; a call that is tried again
                before anything was said tells nothing twice.

        Raises:
            ChatModelError: there is no usable reply.
        """
