"""Reads files in a process of their own, so that no file can take this program down.

``ReaderProcess`` starts the process when it is first needed and uses it for many files. A file
that takes too long or too much memory, or that crashes a library, costs that process and no more:
the file is named, and the next one gets a new process. What the process does: ``worker_child``.

Whoever may want to end a reading before its time sets ``STOP`` where the ``ReaderProcess`` is made:
reading then ends with ``ReadingStopped``, within half a second of the event, and so does the
process.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from contextvars import ContextVar
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from pydantic import ValidationError

from assistant.documents.records import Extract, Limits
from assistant.documents.worker_child import (
    BUG,
    EXTRACT,
    HEADER,
    MEMORY,
    MISCONFIGURED,
    READY,
    REFUSED,
    receive,
)
from assistant.errors import ConfigurationError, DocumentError

READER = "assistant.documents.readers:read_file"
FILES_A_PROCESS = 1_000
"""Files after which a new process takes over, so that what libraries leak stays small."""
_START_SECONDS = 120.0
_BOOT = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]);"
    " from assistant.documents.worker_child import serve; serve(sys.argv[2], sys.argv[3])"
)
_KILLED = -9

Message = tuple[bytes, bytes]

STOP: ContextVar[threading.Event | None] = ContextVar("stop_reading", default=None)
"""The event that ends the readings of a context."""


class ReadingStopped(Exception):
    """The event in ``STOP`` was set. It is nothing that was wrong with a file."""


class ReaderFault(Exception):
    """The traceback of a fault in the reading process, kept as the cause of what is raised here."""


class ReaderProcess:
    """Reads files one after another in a process of its own. Safe to share between threads.

    Args:
        limits: how much is read; time and memory are held to here.
        reader: "module:function" of what reads a file; takes a path, the limits and a name.
    """

    def __init__(self, limits: Limits, reader: str = READER) -> None:
        self._limits = limits
        self._reader = reader
        self._lock = threading.Lock()
        self._stop = STOP.get()
        self._child: _Child | None = None

    def __enter__(self) -> ReaderProcess:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process; a file that is being read is given up."""
        child, self._child = self._child, None
        if child is not None:
            child.stop()

    def read(self, path: Path, name: str = "") -> Extract:
        """What stands in the file.

        Raises:
            DocumentError: what the reader said of it, or reason ``timeout``, ``memory`` or
                ``crashed``.
            ConfigurationError: the process cannot be started, or a part that it needs is missing.
            ReadingStopped: somebody wants it no more.
        """
        shown = name or str(path)
        with self._lock:
            try:
                answer = self._asked(path, shown)
                if answer.tag == MEMORY and answer.number > 1:
                    # What the files before it left behind must not count against this one.
                    answer = self._asked(path, shown)
            except BaseException:
                self.close()
                raise
        return _extract(answer.tag, answer.payload, shown, self._limits)

    def _asked(self, path: Path, shown: str) -> _Answer:
        """One request, by a process that is alive."""
        child = self._child
        if child is None or not child.alive or child.asked >= FILES_A_PROCESS:
            self.close()
            child = self._child = _Child(self._reader, self._limits, self._stop)
        answer = child.ask(path, shown, self._limits.seconds)
        if answer.tag in _ENDINGS:
            self.close()
        return answer


_TIMEOUT, _CRASHED = b"T", b"D"
_ENDINGS = frozenset({_TIMEOUT, _CRASHED, MEMORY})


class _Answer:
    """What came back: a tag of ``worker_child``, or that nothing did. ``number`` counts the files
    that the process had been asked for, this one included."""

    def __init__(self, tag: bytes, payload: bytes, number: int) -> None:
        self.tag = tag
        self.payload = payload
        self.number = number


class _Child:
    """One process, its pipes, and a folder for what its libraries write."""

    def __init__(self, reader: str, limits: Limits, stop: threading.Event | None = None) -> None:
        self.asked = 0
        self._stop = stop
        self._folder = tempfile.TemporaryDirectory(
            prefix="peer-support-", ignore_cleanup_errors=True
        )
        self._process = self._start(reader, limits)
        self._messages: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        threading.Thread(target=self._listen, name="document-reader", daemon=True).start()
        try:
            first = self._next(_START_SECONDS)
        except BaseException:
            self.stop()
            raise
        if first is None or first[0] != READY:
            self.stop()
            raise ConfigurationError(
                "The process that reads documents could not be started.",
                "Run `peer-support doctor`; installing the program anew may mend it.",
            ) from ReaderFault(_fields(first[1]).get("details", "") if first else "")

    @property
    def alive(self) -> bool:
        """Whether it can take another file."""
        return self._process.poll() is None

    def ask(self, path: Path, name: str, seconds: float) -> _Answer:
        """Send one file and wait for the answer."""
        self.asked += 1
        request = json.dumps({"path": os.path.abspath(path), "name": name}).encode()
        stream = self._process.stdin
        assert stream is not None
        with suppress(OSError):
            stream.write(HEADER.pack(b"F", len(request)) + request)
            stream.flush()
        try:
            message = self._next(seconds)
        except queue.Empty:
            return _Answer(_TIMEOUT, b"", self.asked)
        if message is None:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=5)
            # The system kills what takes the last of its memory.
            ended = MEMORY if self._process.returncode == _KILLED else _CRASHED
            return _Answer(ended, b"", self.asked)
        return _Answer(*message, self.asked)

    def stop(self) -> None:
        """End it now and leave nothing behind."""
        with suppress(OSError):
            self._kill()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=10)
        if self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()
        self._folder.cleanup()

    def _kill(self) -> None:
        """Kill it, and what it started to recognise text with."""
        if hasattr(os, "killpg"):
            os.killpg(self._process.pid, signal.SIGKILL)
        else:
            self._process.kill()

    def _start(self, reader: str, limits: Limits) -> subprocess.Popen[bytes]:
        path = json.dumps([os.path.abspath(entry) for entry in sys.path])
        environment = os.environ | {
            # Each thread's own arena would count against the limit on address space.
            "MALLOC_ARENA_MAX": "2",
            "PYTHONHASHSEED": "0",
            **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), self._folder.name),
        }
        command = [sys.executable, "-P", "-X", "utf8", "-W", "ignore", "-c", _BOOT]
        try:
            return subprocess.Popen(
                [*command, path, reader, limits.model_dump_json()],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
                start_new_session=True,
            )
        except OSError as error:
            self._folder.cleanup()
            raise ConfigurationError(
                f"The process that reads documents could not be started: {error}.",
                "Close other programs and try again.",
            ) from error

    def _listen(self) -> None:
        """Hand on what the process says; None when it has ended. Runs in a thread of its own."""
        stream = self._process.stdout
        assert stream is not None
        with stream:
            while (message := _received(stream)) is not None:
                self._messages.put(message)
        self._messages.put(None)

    def _next(self, seconds: float) -> Message | None:
        """The next message.

        Raises:
            queue.Empty: there is none in time.
            ReadingStopped: it is wanted no more.
        """
        until = time.monotonic() + seconds
        while True:
            if self._stop is not None and self._stop.is_set():
                raise ReadingStopped
            left = until - time.monotonic()
            try:
                # In short steps: on Windows nothing interrupts a longer wait.
                return self._messages.get(timeout=max(0.0, min(left, 0.5)))
            except queue.Empty:
                if left <= 0:
                    raise


def _received(stream: IO[bytes]) -> Message | None:
    try:
        return receive(stream)
    except (OSError, ValueError):
        return None


def _extract(tag: bytes, payload: bytes, shown: str, limits: Limits) -> Extract:
    """The result that a message carries.

    Raises:
        DocumentError, ConfigurationError: where it carries none.
    """
    if tag == EXTRACT:
        try:
            return Extract.model_validate_json(payload)
        except ValidationError as error:
            raise _crashed(shown) from error
    if tag == _TIMEOUT:
        raise DocumentError(
            shown,
            "timeout",
            f"reading it took longer than {limits.seconds} seconds.",
            "Split it into smaller files, or raise the limit in the settings.",
        )
    if tag == MEMORY:
        raise DocumentError(
            shown,
            "memory",
            f"reading it took more than {limits.memory_megabytes:,} MB of memory.",
            "Split it into smaller files, or raise the limit in the settings.",
        )
    said = _fields(payload)
    if tag == REFUSED:
        raise DocumentError(said["file"], said["reason"], said["message"], said["hint"])
    if tag == MISCONFIGURED:
        raise ConfigurationError(said["message"], said["hint"])
    raise _crashed(shown) from ReaderFault(said.get("details", "")) if tag == BUG else None


def _crashed(shown: str) -> DocumentError:
    return DocumentError(
        shown,
        "crashed",
        "the file made the program that reads it break down.",
        "Open it in the program it was made with, save it anew or as PDF, and add that.",
    )


def _fields(payload: bytes) -> dict[str, Any]:
    return dict(json.loads(payload)) if payload else {}
