"""Runs one question in a thread of its own and tells, as it happens, what is being done."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from assistant.schema import Answer

STAGES = ("screening", "reading", "composing")
"""The steps that people are told of, in their order."""

Work = Callable[[Callable[[str], None]], Answer]


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


def staged(work: Work) -> Iterator[str | Told]:
    """Names of steps as they begin, then how it ended. A name that is not ours is passed over."""
    said: queue.SimpleQueue[str | Told] = queue.SimpleQueue()

    def run() -> None:
        try:
            said.put(Told(found=work(lambda name: said.put(name) if name in STAGES else None)))
        except Exception as error:
            said.put(Told(error=error))

    threading.Thread(target=run, name="asking", daemon=True).start()
    while True:
        step = said.get()
        yield step
        if isinstance(step, Told):
            return
