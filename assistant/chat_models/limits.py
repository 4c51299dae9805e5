"""What keeps calls from piling up: places for calls at the same time, and a rest after failures.

Written by hand: waiting for a place must end the moment a reader stops it, and both are short.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from assistant.chat_models.faults import said
from assistant.chat_models.records import Address, Cancel, ChatFault

COUNT: frozenset[ChatFault] = frozenset(
    {"unreachable", "timed_out", "rate_limited", "server_error", "cut_off"}
)
"""Faults that speak of a service in trouble."""
POLL_SECONDS = 0.02


@dataclass(frozen=True)
class CallLimits:
    """What a call may take. Times are in seconds.

    Args:
        first_seconds: until the first sign of the reply.
        between_seconds: between one piece of the reply and the next.
        seconds: in all, with waiting and trying again.
        characters: of a reply; reading stops there, and what was read is kept.
        retries: how often a call that failed is tried again.
        backoff: before the first new try; doubled for each further one.
        longest_wait: that a server may ask for before a new try.
        at_once: calls that run at the same time.
        place_seconds: of waiting for a place among them.
        failures: failed calls in a row after which calls are paused.
        rest_seconds: of that pause.
    """

    first_seconds: float = 30.0
    between_seconds: float = 20.0
    seconds: float = 90.0
    characters: int = 30_000
    retries: int = 2
    backoff: float = 0.5
    longest_wait: float = 20.0
    at_once: int = 2
    place_seconds: float = 10.0
    failures: int = 4
    rest_seconds: float = 60.0


class Places:
    """Lets so many calls run at the same time."""

    def __init__(self, limits: CallLimits, address: Address, clock: Callable[[], float]) -> None:
        self._free = threading.BoundedSemaphore(limits.at_once)
        self._limits = limits
        self._address = address
        self._clock = clock

    @contextmanager
    def taken(self, cancel: Cancel) -> Iterator[None]:
        """Hold a place.

        Raises:
            ChatModelError: "busy": none became free; "cancelled".
        """
        until = self._clock() + self._limits.place_seconds
        while not self._free.acquire(timeout=POLL_SECONDS):
            if cancel.asked:
                raise said("cancelled", self._address)
            if self._clock() >= until:
                raise said("busy", self._address)
        try:
            yield
        finally:
            self._free.release()


class Rest:
    """Spares a service that failed several times in a row, and the readers the waiting."""

    def __init__(self, limits: CallLimits, address: Address, clock: Callable[[], float]) -> None:
        self._limits = limits
        self._address = address
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._until = float("-inf")

    def check(self) -> None:
        """Pass unless calls are paused.

        Raises:
            ChatModelError: "paused".
        """
        with self._lock:
            paused = self._clock() < self._until
        if paused:
            raise said("paused", self._address)

    def note(self, fault: ChatFault | None) -> None:
        """Note how a call ended; None: well. After a pause one more failure begins the next."""
        with self._lock:
            if fault is None:
                self._failures = 0
            elif fault in COUNT:
                self._failures += 1
                if self._failures >= self._limits.failures:
                    self._until = self._clock() + self._limits.rest_seconds
