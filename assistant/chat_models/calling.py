"""Calls a chat model and hears its reply piece by piece, within limits, whatever the server does.

langchain streams in a thread of its own; the caller's thread waits for pieces with a clock in hand,
so that a hang, a stop and a limit are all met within moments. Opening a model is left to
``opening``, the words for failures to ``faults``, counting to ``budget``. What is tried again, and
when, is tenacity's; its waiting is ours, so that a stop ends it.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from assistant.chat_models.budget import Budget, estimated_tokens
from assistant.chat_models.faults import fault_of, retry_after, said
from assistant.chat_models.limits import CallLimits, Places, Rest
from assistant.chat_models.opened import Opened, Opener, untraced
from assistant.chat_models.records import (
    Address,
    Cancel,
    ChatFault,
    ChatModelError,
    Message,
    Reply,
)

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

__all__ = ["CallLimits", "CalledModel"]

POLL_SECONDS = 0.02
"""How long a stop may go unseen."""
REFUSED_ENDS = frozenset({"content_filter", "refusal", "safety"})
SENT: frozenset[ChatFault] = frozenset({"timed_out", "cut_off", "cancelled"})
"""Faults after which the server has most likely read, and counted, the question."""

Clock = Callable[[], float]
Pause = Callable[[Cancel, float], bool]


def wait(cancel: Cancel, seconds: float) -> bool:
    """Wait, at most until the stop is asked for; whether it was."""
    return cancel.wait(seconds)


@dataclass
class _Heard:
    """What was heard of a reply so far, what the server counted, and how long it asked to wait."""

    text: str = ""
    input_tokens: int | None = None
    output_tokens: int | None = None
    why: str = ""
    wait_seconds: float | None = None

    def take(self, chunk: Any, most: int) -> str:
        """Take in a chunk of langchain's; its text, cut so that ``most`` characters are kept."""
        usage = getattr(chunk, "usage_metadata", None)
        # No question has no tokens: a server that counts none does not count.
        if usage and any(usage.get(name) for name in ("input_tokens", "output_tokens")):
            self.input_tokens = (self.input_tokens or 0) + int(usage.get("input_tokens", 0))
            self.output_tokens = (self.output_tokens or 0) + int(usage.get("output_tokens", 0))
        about = getattr(chunk, "response_metadata", None) or {}
        for name in ("finish_reason", "stop_reason", "done_reason", "status"):
            self.why = str(about.get(name) or self.why)
        piece = str(chunk.text)[: most - len(self.text)]
        self.text += piece
        return piece


@dataclass(frozen=True)
class _Call:
    """What one reply is made of; ``deadline`` is the end of all, on the clock."""

    messages: Sequence[Message]
    cancel: Cancel
    hear: Callable[[str], None]
    deadline: float
    heard: _Heard = field(default_factory=_Heard)


class CalledModel:
    """A chat model that is called within limits; one for a process, used by any of its threads.

    Args:
        address: where it is.
        opener: opens it.
        limits: what a call may take.
        budget: of a day; None counts nothing.
        clock: seconds that only go forward.
        pause: waits between tries; tells whether the stop was asked for meanwhile.
    """

    def __init__(
        self,
        address: Address,
        opener: Opener,
        limits: CallLimits | None = None,
        budget: Budget | None = None,
        *,
        clock: Clock = time.monotonic,
        pause: Pause = wait,
    ) -> None:
        self._address = address
        self._opener = opener
        self._limits = limits or CallLimits()
        self._budget = budget
        self._clock = clock
        self._pause = pause
        self._places = Places(self._limits, address, clock)
        self._rest = Rest(self._limits, address, clock)
        self._idle: queue.SimpleQueue[Opened] = queue.SimpleQueue()
        self._plain = False

    @property
    def address(self) -> Address:
        """Where it is."""
        return self._address

    def close(self) -> None:
        """End connections that are kept for later calls."""
        while (opened := self._kept()) is not None:
            opened.end()

    def reply(
        self,
        messages: Sequence[Message],
        *,
        cancel: Cancel,
        hear: Callable[[str], None] = lambda piece: None,
    ) -> Reply:
        """One reply to messages; see ``Writer.reply``.

        Raises:
            ChatModelError: there is no usable reply.
        """
        call = _Call(messages, cancel, hear, self._clock() + self._limits.seconds)
        if cancel.asked:
            raise said("cancelled", self._address)
        self._rest.check()
        if self._budget is not None:
            self._budget.check(self._address)
        with self._places.taken(cancel):
            try:
                reply = self._tried(call)
            except ChatModelError as error:
                self._rest.note(error.fault)
                raise
            self._rest.note(None)
        return reply

    def _tried(self, call: _Call) -> Reply:
        """A reply, tried again where that may help and nothing of it was heard yet."""
        import tenacity

        heard = call.heard

        def may_help(error: BaseException) -> bool:
            if not isinstance(error, ChatModelError) or not error.retryable or heard.text:
                return False
            asked = heard.wait_seconds or 0.0
            return asked <= self._limits.longest_wait and self._clock() + asked < call.deadline

        def seconds_until(state: tenacity.RetryCallState) -> float:
            growing: float = self._limits.backoff * 2 ** (state.attempt_number - 1)
            return max(heard.wait_seconds or 0.0, growing)

        def sleep(seconds: float) -> None:
            if self._pause(call.cancel, min(seconds, max(0.0, call.deadline - self._clock()))):
                raise said("cancelled", self._address)

        tries = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(1 + self._limits.retries),
            retry=tenacity.retry_if_exception(may_help),
            wait=seconds_until,
            sleep=sleep,
            reraise=True,
        )
        return tries(self._either_way, call)

    def _either_way(self, call: _Call) -> Reply:
        """One call; where it is refused, one more without what some servers refuse."""
        try:
            return self._called(call, self._plain)
        except ChatModelError as error:
            if error.fault != "refused" or self._plain or call.heard.text:
                raise
        reply = self._called(call, True)
        self._plain = True
        self.close()
        return reply

    def _called(self, call: _Call, plain: bool) -> Reply:
        """One call, put on the day's account."""
        call.heard.wait_seconds = None
        kept = self._kept() if plain == self._plain else None
        stream = _Stream(self._opener, kept, _foreign(call.messages), plain)
        whole = False
        try:
            reply = self._listen(stream, call)
            whole = stream.finished
        except ChatModelError as error:
            if call.heard.text or error.fault in SENT:
                self._count(call)
            raise
        finally:
            if whole and stream.opened is not None and plain == self._plain:
                self._idle.put(stream.opened)
            else:
                stream.abandon()
        return replace(reply, cost=self._count(call))

    def _listen(self, stream: _Stream, call: _Call) -> Reply:
        """Hear a stream out, within the limits."""
        limits, heard = self._limits, call.heard
        due = min(call.deadline, self._clock() + limits.first_seconds)
        stream.start()
        while len(heard.text) < limits.characters:
            got = stream.next()
            if call.cancel.asked:
                raise said("cancelled", self._address)
            # Words that keep coming do not put off the end of all.
            if self._clock() >= (due if got is None else call.deadline):
                raise said("timed_out", self._address)
            if got is None:
                continue
            if isinstance(got, BaseException):
                raise self._fault(got, heard)
            if isinstance(got, _End):
                break
            if piece := heard.take(got, limits.characters):
                call.hear(piece)
            due = min(call.deadline, self._clock() + limits.between_seconds)
        self._judge(stream, heard)
        return Reply(heard.text, heard.input_tokens or None, heard.output_tokens)

    def _judge(self, stream: _Stream, heard: _Heard) -> None:
        """Pass only where what was heard is a reply."""
        if heard.why.lower() in REFUSED_ENDS:
            raise said("refused", self._address)
        explained = stream.opened is None or not stream.opened.says_why or heard.why
        if stream.finished and not explained:
            raise said("cut_off", self._address)
        if not heard.text.strip():
            raise said("empty", self._address)

    def _fault(self, error: BaseException, heard: _Heard) -> ChatModelError:
        heard.wait_seconds = retry_after(error)
        return fault_of(error, self._address, heard=bool(heard.text))

    def _count(self, call: _Call) -> float | None:
        """Put a call on the day's account; what it cost in US dollars, where that is known."""
        if self._budget is None:
            return None
        heard = call.heard
        if heard.input_tokens:
            return self._budget.note(self._address, heard.input_tokens, heard.output_tokens)
        sent = "".join(message.text for message in call.messages)
        estimate = estimated_tokens(sent) + estimated_tokens(heard.text)
        return self._budget.note(self._address, None, None, estimated=estimate)

    def _kept(self) -> Opened | None:
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            return None


class _End:
    """The reply is whole."""


class _Stream:
    """A reply as it comes, read by a thread of its own, which nobody has to wait for."""

    def __init__(
        self, opener: Opener, opened: Opened | None, messages: list[BaseMessage], plain: bool
    ) -> None:
        self._opener = opener
        self._messages = messages
        self._plain = plain
        self._abandoned = threading.Event()
        self._got: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.opened = opened
        self.finished = False

    def start(self) -> None:
        """Begin to read."""
        # As a daemon it keeps nobody from leaving the program.
        threading.Thread(target=self._read, name="chat-model", daemon=True).start()

    def next(self) -> Any:
        """The next chunk, an error or the end; None where there was nothing for a moment."""
        try:
            got = self._got.get(timeout=POLL_SECONDS)
        except queue.Empty:
            return None
        self.finished = isinstance(got, _End)
        return got

    def abandon(self) -> None:
        """Read no further: end the connection. What the thread still meets is of no interest."""
        self._abandoned.set()
        if self.opened is not None:
            self.opened.end()

    def _read(self) -> None:
        try:
            with untraced():
                if self.opened is None:
                    self.opened = self._opener(self._plain)
                if self._abandoned.is_set():
                    self.opened.end()
                    return
                opened = self.opened
                for chunk in opened.model.stream(self._messages, **opened.arguments):
                    if self._abandoned.is_set():
                        return
                    self._got.put(chunk)
                opened.check()
            self._got.put(_End())
        except BaseException as error:
            self._got.put(error)


def _foreign(messages: Sequence[Message]) -> list[BaseMessage]:
    """Messages as langchain wants them."""
    from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

    kinds: dict[str, type[BaseMessage]] = {
        "system": SystemMessage,
        "user": HumanMessage,
        "assistant": AIMessage,
    }
    return [kinds[message.role](content=message.text) for message in messages]
