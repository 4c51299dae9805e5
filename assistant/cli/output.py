"""How the command line speaks: results on standard output, everything else on standard error."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shutil
import sys
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
PLAIN_WIDTH, WIDEST = 80, 100


class Stopped(Exception):
    """The user interrupted long work; the message says what became of it."""


def prepare_streams() -> None:
    """Let no character make printing fail: files and pipes get UTF-8, terminals what they can."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            encoding = stream.encoding if stream.isatty() else "utf-8"
            with contextlib.suppress(ValueError, OSError):
                stream.reconfigure(encoding=encoding, errors="replace")


def discard_stdout() -> None:
    """Send what is still to be written nowhere, so that leaving the program stays quiet."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def clean(text: str) -> str:
    """The text without characters that steer a terminal."""
    return _CONTROL.sub("", text)


def put(text: str = "") -> None:
    """Print a line or lines of the result."""
    print(clean(text))


def put_styled(text: str) -> None:
    """Print text that was cleaned and styled before."""
    sys.stdout.write(text)


def put_json(data: Any, *, indent: int | None = 2) -> None:
    """Print a result as JSON, readable characters kept."""
    print(json.dumps(data, ensure_ascii=False, indent=indent))


def note(text: str) -> None:
    """Say something that is no part of the result."""
    print(clean(text), file=sys.stderr, flush=True)


def complain(message: str, hint: str = "") -> None:
    """What is wrong, and on a second line what to do."""
    for line in (message, hint):
        words = " ".join(line.split())
        if words:
            note(words)


def on_terminal() -> bool:
    """True when a person reads standard output on a terminal."""
    return sys.stdout.isatty()


def colour() -> bool:
    """True when results may be styled."""
    return on_terminal() and not os.environ.get("NO_COLOR")


def width() -> int:
    """How wide results may be: the terminal's width within reason, 80 in files and pipes."""
    if not on_terminal():
        return PLAIN_WIDTH
    return max(40, min(shutil.get_terminal_size().columns, WIDEST))


def wrapped(text: str, first: str = "", rest: str | None = None) -> str:
    """One paragraph, wrapped, with what stands before its first and its other lines."""
    return textwrap.fill(
        " ".join(clean(text).split()),
        width(),
        initial_indent=first,
        subsequent_indent=" " * len(first) if rest is None else rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Columns as wide as their contents; the last one is cut at the edge of a terminal only."""
    lines = [list(headings), *(list(row) for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(headings) - 1)]
    found = (
        "  ".join([*(cell.ljust(w) for cell, w in zip(line, widths, strict=False)), line[-1]])
        for line in lines
    )
    if not on_terminal():
        return "\n".join(found)
    edge = shutil.get_terminal_size().columns
    return "\n".join(line if len(line) <= edge else f"{line[: edge - 1]}…" for line in found)
