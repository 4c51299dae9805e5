"""Runs long work in a thread of its own and tells how far it is; it can be stopped at any step.

Which open page has which work under way is remembered, so that "Stop" finds it.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from assistant.documents.worker import STOP
from assistant.indexing.vectors import Progress

T = TypeVar("T")
TELL_SECONDS = 0.4
"""The shortest time between two tellings."""
LOOK_SECONDS = 0.2
"""How long a stop may go unseen."""


class Stopped(Exception):
    """Somebody wants the work no more."""


@dataclass(frozen=True)
class Step:
    """How far work is: what is being done, and how many of how many parts are."""

    words: str
    done: int
    of: int


@dataclass(frozen=True)
class Ended(Generic[T]):
    """How work ended: with what it found, with an error, or because it was stopped."""

    found: T | None = None
    error: Exception | None = None
    stopped: bool = False


class Stops:
    """What is under way, by the name of the open page. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[str, threading.Event] = {}

    def begin(self, page: str) -> threading.Event:
        """The event that ends what a page begins now; what it began before is ended."""
        stop = threading.Event()
        with self._lock:
            before = self._held.get(page)
            self._held[page] = stop
        if before is not None:
            before.set()
        return stop

    def end(self, page: str, stop: threading.Event) -> None:
        """Forget what is over, and let its thread go."""
        stop.set()
        with self._lock:
            if self._held.get(page) is stop:
                del self._held[page]

    def stop(self, page: str) -> None:
        """End what a page has under way, if anything."""
        with self._lock:
            stop = self._held.get(page)
        if stop is not None:
            stop.set()


def followed(work: Callable[[Progress], T], stop: threading.Event) -> Iterator[Step | Ended[T]]:
    """How far work is, again and again, then how it ended.

    Args:
        work: is given what to tell its progress to; raises ``Stopped`` from there when it is to
            end.
        stop: ends it. The last word then comes at once, also where a step takes longer to end.
    """
    said: queue.SimpleQueue[Step | Ended[T]] = queue.SimpleQueue()

    def tell(words: str, done: int, of: int) -> None:
        if stop.is_set():
            raise Stopped
        said.put(Step(words, done, of))

    def run() -> None:
        STOP.set(stop)
        try:
            said.put(Ended(found=work(tell)))
        except Exception as error:
            said.put(Ended(error=error))

    threading.Thread(target=run, name="checking", daemon=True).start()
    while True:
        if stop.is_set():
            yield Ended(stopped=True)
            return
        try:
            step = _last(said, said.get(timeout=LOOK_SECONDS))
        except queue.Empty:
            continue
        yield step
        if isinstance(step, Ended):
            return
        stop.wait(TELL_SECONDS)


def _last(said: queue.SimpleQueue[Step | Ended[T]], first: Step | Ended[T]) -> Step | Ended[T]:
    """The newest of what was told: nobody reads faster."""
    while not isinstance(first, Ended):
        try:
            first = said.get_nowait()
        except queue.Empty:
            break
    return first
