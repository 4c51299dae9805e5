"""The reading process itself: started by ``worker``, reads the files that it is told to.

Requests come and results go through two private pipes, as length and JSON. Everything that a
library prints is swallowed; it cannot reach the network, start a program (but Tesseract, where
text recognition was asked for) or take more memory than allowed. It ends when its pipe does.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import struct
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from assistant.documents.records import Extract, Limits
from assistant.errors import AssistantError, DocumentError

HEADER = struct.Struct(">cI")
"""Before each message: what it is (one letter, as below) and how many bytes follow."""
READY, EXTRACT, REFUSED, MISCONFIGURED, MEMORY, BUG = b"S", b"E", b"R", b"C", b"M", b"X"
GRACE_SECONDS = 30
"""How long after the time limit a process ends itself whose parent is gone."""

_MEGABYTE = 1 << 20
_USUAL_START = 400 * _MEGABYTE
_NETWORK = frozenset(
    "socket.bind socket.connect socket.getaddrinfo socket.gethostbyaddr socket.gethostbyname"
    " socket.getnameinfo socket.sendmsg socket.sendto urllib.Request webbrowser.open".split()
)
_PROGRAMS = frozenset(
    "os.exec os.fork os.forkpty os.posix_spawn os.spawn os.startfile os.system pty.spawn"
    " subprocess.Popen".split()
)

Read = Callable[[Path, Limits, str], Extract]


def serve(reader: str, limits_json: str) -> None:
    """Answer requests until the pipe ends.

    Args:
        reader: dotted name of the function that reads, as "module:function".
        limits_json: ``Limits`` as JSON.
    """
    requests, results = _private_pipes()
    limits = Limits.model_validate_json(limits_json)
    with suppress(ValueError, OSError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        module, _, function = reader.partition(":")
        read: Read = getattr(importlib.import_module(module), function)
    except Exception:
        _send(results, BUG, _said(details=traceback.format_exc()))
        return
    _limit_memory(limits)
    _forbid(limits)
    _send(results, READY, b"")
    while (request := receive(requests)) is not None:
        asked = json.loads(request[1])
        _end_after(limits.seconds + GRACE_SECONDS)
        tag, payload = _answer(read, Path(asked["path"]), limits, asked["name"])
        _end_after(0)
        _send(results, tag, payload)
        if tag == MEMORY:
            return


def receive(stream: IO[bytes]) -> tuple[bytes, bytes] | None:
    """The next message; None where the pipe has ended, in the middle of one or before it."""
    header = _exactly(stream, HEADER.size)
    if header is None:
        return None
    tag, length = HEADER.unpack(header)
    payload = _exactly(stream, length)
    return None if payload is None else (tag, payload)


def _exactly(stream: IO[bytes], length: int) -> bytes | None:
    data = stream.read(length)
    return data if len(data) == length else None


def _send(stream: IO[bytes], tag: bytes, payload: bytes) -> None:
    stream.write(HEADER.pack(tag, len(payload)))
    stream.write(payload)
    stream.flush()


def _answer(read: Read, path: Path, limits: Limits, name: str) -> tuple[bytes, bytes]:
    """What reading one file came to."""
    try:
        return EXTRACT, read(path, limits, name).model_dump_json().encode()
    except MemoryError:
        return MEMORY, b"{}"
    except DocumentError as error:
        said = _said(file=error.file, reason=error.reason, message=error.detail, hint=error.hint)
        return REFUSED, said
    except AssistantError as error:
        return MISCONFIGURED, _said(message=error.message, hint=error.hint)
    except BaseException as error:
        return BUG, _said(message=type(error).__name__, details=traceback.format_exc())


def _said(**fields: str) -> bytes:
    return json.dumps(fields).encode()


def _private_pipes() -> tuple[IO[bytes], IO[bytes]]:
    """The two pipes, moved to where no library will look for them."""
    requests = os.fdopen(os.dup(0), "rb")
    results = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)
    return requests, results


def _limit_memory(limits: Limits) -> None:
    """Let the process grow by so much from here on, where the platform can say so."""
    try:
        import resource
    except ImportError:
        return
    most = _address_space() + limits.memory_megabytes * _MEGABYTE
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _address_space() -> int:
    """Bytes of address space in use."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        return pages * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return _USUAL_START


def _end_after(seconds: int) -> None:
    """End this process by then, even inside a library's code; 0 takes that back.

    The parent should have ended it before, unless the parent is gone.
    """
    if hasattr(signal, "alarm"):
        signal.alarm(seconds)


def _forbid(limits: Limits) -> None:
    """No network and no other programs from here on."""

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _NETWORK:
            raise OSError("Reading a document may not use the network.")
        if event in _PROGRAMS and not (limits.ocr and _is_tesseract(event, arguments)):
            raise OSError("Reading a document may not start a program.")

    sys.addaudithook(watch)


def _is_tesseract(event: str, arguments: tuple[Any, ...]) -> bool:
    if event not in {"subprocess.Popen", "os.posix_spawn"} or not arguments:
        return False
    named = arguments[0] or (arguments[1][0] if arguments[1] else "")
    return Path(os.fsdecode(named)).stem.lower() == "tesseract"
