"""Shows how a build goes on standard error: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING

from assistant.cli.output import Stopped, note

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

STOPPED = "Stopped. What was done is kept; the next build goes on from there."
FIRST = "The index of the library is being built; this is needed once for each state of it."
SECONDS_BETWEEN_LINES = 3.0


class BuildProgress:
    """Told of stage, done and total, as ``assembly.build`` tells it. Silent until then.

    Used as a context: Ctrl+C within it, once a build began, ends with words about what is kept.
    """

    def __init__(self, began: bool = False) -> None:
        self.began = False
        self._building = began
        self._stage = ""
        self._said_at = 0.0
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> BuildProgress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
        if isinstance(error, KeyboardInterrupt) and self._building:
            raise Stopped(STOPPED) from error

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show where the build stands."""
        if not self.began:
            self.began = self._building = True
            note(FIRST)
        if sys.stderr.isatty():
            self._on_terminal(stage, done, total)
        else:
            self._as_line(stage, done, total)
        self._stage = stage

    def _as_line(self, stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        new = stage != self._stage
        if not new and done < total and now - self._said_at < SECONDS_BETWEEN_LINES:
            return
        if new and total <= 1:
            note(f"{stage} …")
        elif total > 1:
            note(f"{stage}: {done:,} of {total:,}")
        self._said_at = now

    def _on_terminal(self, stage: str, done: int, total: int) -> None:
        if self._bar is None:
            from rich.console import Console
            from rich.progress import Progress

            self._bar = Progress(console=Console(stderr=True), transient=True)
            self._bar.start()
        if stage != self._stage or self._task is None:
            if self._task is not None:
                self._bar.remove_task(self._task)
            self._task = self._bar.add_task(stage, total=None)
        # A stage of one step has no length to show.
        self._bar.update(self._task, completed=done, total=total if total > 1 else None)
