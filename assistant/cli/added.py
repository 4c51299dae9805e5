"""The added documents as commands open them, how long work shows itself, and how a person at a
terminal is asked."""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from assistant.cli.output import clean, note

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from assistant.documents.shelf import Shelf
    from assistant.documents.store import DocumentStore
    from assistant.settings import Settings

SECONDS_BETWEEN_LINES = 3.0
SECONDS_JUDGED_BY = 60.0
"""The time that is left is told by how fast it went so lately: files that are held already go by
much faster than new ones."""


def has_documents(settings: Settings) -> bool:
    """Whether anything was ever added to this home; makes nothing."""
    from assistant.documents.store import FILE, documents_folder

    return (documents_folder(settings.home) / FILE).exists()


@contextmanager
def opened_documents(settings: Settings) -> Iterator[DocumentStore | None]:
    """The added documents for reading, or None where there never were any.

    Raises:
        ConfigurationError: they cannot be opened.
    """
    from assistant.documents.store import DocumentStore

    if not has_documents(settings):
        yield None
        return
    store = DocumentStore(settings.home)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def shelf_of(settings: Settings) -> Iterator[Shelf]:
    """The added documents, ready to be changed."""
    from assistant import assembly

    shelf = assembly.open_shelf(settings)
    try:
        yield shelf
    finally:
        shelf.close()


def ask(question: str) -> str:
    """What a person at a terminal answers, asked on standard error; empty where there is none."""
    if not on_terminal():
        return ""
    print(clean(question), end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip()


def on_terminal() -> bool:
    """Whether there is a person to ask."""
    return sys.stdin is not None and sys.stdin.isatty()


def path_of(path: Path) -> str:
    """A path as it may be shown."""
    from assistant.documents.printable import printable

    return printable(str(path))


class Work:
    """Shows on standard error how long work goes on, with the time left; used as a context.

    Told of stage, done and total, as the parts below tell it: a bar on a terminal, a line now and
    then elsewhere.
    """

    def __init__(self) -> None:
        self._stage = ""
        self._said = time.monotonic()
        self._lately: deque[tuple[float, int]] = deque()
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._within: tuple[str, float, int] = ("", 0.0, 0)

    def __enter__(self) -> Work:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show where the work stands."""
        now = time.monotonic()
        new = stage != self._stage
        if new:
            self._stage, self._said = stage, now
            self._lately.clear()
        self._lately.append((now, done))
        while len(self._lately) > 2 and now - self._lately[1][0] >= SECONDS_JUDGED_BY:
            self._lately.popleft()
        if sys.stderr.isatty():
            self._on_terminal(done, total, new)
        elif done and not new and now - self._said >= SECONDS_BETWEEN_LINES:
            self._said = now
            began, first = self._lately[0]
            left = time_left(now - began, done - first, total - first)
            note(f"{stage}: {done:,} of {total:,}{left}")

    def within(self, name: str, done: int, total: int) -> None:
        """Show how far one long document is, between two calls for the work as a whole."""
        now = time.monotonic()
        if name != self._within[0]:
            self._within = (name, now, done)
        _, began, first = self._within
        left = time_left(now - began, done - first, total - first)
        shown = f"{name}: {done:,} of {total:,} passages and headings{left}"
        if self._bar is not None and self._task is not None:
            from rich.markup import escape

            self._bar.update(self._task, description=escape(clean(f"{self._stage} ({shown})")))
        elif time.monotonic() - self._said >= SECONDS_BETWEEN_LINES:
            self._said = time.monotonic()
            note(f"  {shown}")

    def _on_terminal(self, done: int, total: int, new: bool) -> None:
        if self._bar is None:
            from rich.console import Console
            from rich.progress import Progress

            self._bar = Progress(console=Console(stderr=True), transient=True)
            self._bar.start()
        if new or self._task is None:
            if self._task is not None:
                self._bar.remove_task(self._task)
            self._task = self._bar.add_task(self._stage, total=None)
        self._bar.update(self._task, description=self._stage, completed=done, total=total)


def time_left(seconds: float, done: int, total: int) -> str:
    """The time that is left, in words: ", about 3 minutes left"; empty where it cannot be told."""
    left = seconds / done * (total - done) if done else 0.0
    if left <= 0:
        return ""
    if left < 60:
        return ", less than a minute left"
    minutes = round(left / 60)
    return f", about {minutes} minute{'' if minutes == 1 else 's'} left"
