"""Runs one question in a thread of its own and tells, as it happens, what is being done.

What is running can be stopped by the name of the open page that asked for it.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from assistant.chat_models.records import Cancel
from assistant.schema import Answer, Statement

STAGES = ("screening", "reading", "composing", "writing")
"""The steps that people are told of, in their order."""

Work = Callable[[Callable[[str], None], Callable[[Statement], None]], Answer]


@dataclass(frozen=True)
class Told:
    """How the work ended: with an answer, or with what went wrong."""

    found: Answer | None = None
    error: Exception | None = None

    def answer(self) -> Answer:
        """The answer; the error is raised where there is none."""
        if self.found is None:
            raise self.error or RuntimeError("no answer")
        return self.found


class Running:
    """What is being answered now, by the page that asked."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[str, Cancel] = {}

    def begin(self, page: str) -> Cancel:
        """A way to stop what a page asks now."""
        cancel = Cancel()
        with self._lock:
            self._running[page] = cancel
        return cancel

    def end(self, page: str, cancel: Cancel) -> None:
        """Forget what ended, unless the page asks something else by now."""
        with self._lock:
            if self._running.get(page) is cancel:
                del self._running[page]

    def stop(self, page: str) -> bool:
        """Stop what a page asked; whether there was anything."""
        with self._lock:
            cancel = self._running.get(page)
        if cancel is not None:
            cancel()
        return cancel is not None


def staged(work: Work) -> Iterator[str | Statement | Told]:
    """Names of steps as they begin, statements as they pass, then how it ended. A name that is not
    ours is passed over."""
    said: queue.SimpleQueue[str | Statement | Told] = queue.SimpleQueue()

    def begun(name: str) -> None:
        if name in STAGES:
            said.put(name)

    def run() -> None:
        try:
            said.put(Told(found=work(begun, said.put)))
        except Exception as error:
            said.put(Told(error=error))

    threading.Thread(target=run, name="asking", daemon=True).start()
    while True:
        step = said.get()
        yield step
        if isinstance(step, Told):
            return
