"""Runs one adding of files in a thread of its own and tells how far it is.

It goes on when the browser that began it goes away. It can be stopped at any file, also while that
is being read: what was added stays. Only one runs at a time in this process; another process is
told of by the shelf.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from assistant.documents.records import FileReport
from assistant.documents.shelf import Shelf, Wanted
from assistant.documents.worker import STOP, ReadingStopped

TELL_SECONDS = 0.5
"""The shortest time between two tellings."""
LEAST_SECONDS = 4.0
"""From when on a time that is left is named."""


class Stopped(Exception):
    """The person pressed "Stop"."""


@dataclass(frozen=True)
class State:
    """How far an adding is. ``error`` is what ended it before its time."""

    done: int = 0
    total: int = 0
    reports: tuple[FileReport, ...] = ()
    seconds: float = 0.0
    stopping: bool = False
    stopped: bool = False
    over: bool = False
    error: Exception | None = None

    @property
    def seconds_left(self) -> float | None:
        """About how long it will still take; None where that cannot be said yet."""
        if self.over or self.done < 1 or self.seconds < LEAST_SECONDS:
            return None
        return self.seconds / self.done * max(0, self.total - self.done)


class Adding:
    """One run of ``Shelf.add``.

    Args:
        shelf: what is added to.
        paths: gives what is added; asked in the thread of the adding.
        wanted: how.
        after: called once when it is over, in its thread.
        total: how many files there are, as far as is known beforehand.
    """

    def __init__(
        self,
        shelf: Shelf,
        paths: Callable[[], Sequence[Path]],
        wanted: Wanted,
        after: Callable[[State], None],
        total: int = 0,
    ) -> None:
        self._shelf = shelf
        self._paths = paths
        self.wanted = wanted
        self._after = after
        self._stop = threading.Event()
        self._state = State(total=total)
        self._changed = threading.Condition()
        self._began = time.monotonic()

    def start(self) -> None:
        """Begin."""
        threading.Thread(target=self._run, name="adding", daemon=True).start()

    def stop(self) -> None:
        """End now, giving up the file that is being read."""
        self._set(stopping=True)
        self._stop.set()

    @property
    def state(self) -> State:
        """How far it is now."""
        return self._state

    def told(self) -> Iterator[State]:
        """How far it is, again and again until it is over; not more often than people can read."""
        seen: State | None = None
        while seen is None or not seen.over:
            with self._changed:
                if self._state is seen:
                    self._changed.wait(timeout=5.0)
                seen = self._state
            yield replace(seen, seconds=time.monotonic() - self._began)
            if not seen.over:
                time.sleep(TELL_SECONDS)

    def _run(self) -> None:
        error: Exception | None = None
        stopped = False
        STOP.set(self._stop)
        try:
            paths = self._paths()
            self._shelf.add(paths, self.wanted, self._progress, self._file, self._within)
        except (Stopped, ReadingStopped):
            stopped = True
        except Exception as caught:
            error = caught
        try:
            self._after(replace(self._state, over=True, stopped=stopped, error=error))
        finally:
            self._set(over=True, stopped=stopped, error=error)

    def _progress(self, stage: str, done: int, total: int) -> None:
        if self._state.stopping and done < total:
            raise Stopped
        self._set(done=done, total=total)

    def _within(self, name: str, done: int, total: int) -> None:
        """A long document is under way: it is given up where the adding is to stop."""
        if self._state.stopping:
            raise Stopped

    def _file(self, report: FileReport) -> None:
        self._set(done=len(self._state.reports) + 1, reports=(*self._state.reports, report))

    def _set(self, **changes: object) -> None:
        with self._changed:
            seconds = time.monotonic() - self._began
            self._state = replace(self._state, seconds=seconds, **changes)  # type: ignore[arg-type]
            self._changed.notify_all()
