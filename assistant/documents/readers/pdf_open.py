"""Opens a PDF for reading, and turns what can be wrong with the file into errors of ours.

PDFium may be used by one thread at a time: everything that touches it does so within ``opened``,
which holds a lock. No forms are started and no script engine is there, so nothing in a file runs.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from assistant.errors import DocumentError

_LOCK = threading.RLock()
_HEAD_BYTES = 1024
_TAIL_BYTES = 65_536
_PASSWORD, _SECURITY = 4, 5
"""Error codes of PDFium for a password that is wanted and a scheme that it does not know."""


@contextmanager
def opened(path: Path, name: str = "") -> Iterator[Any]:
    """Open a PDF and close it again.

    Args:
        path: the file.
        name: how the user knows it, for messages; its path where empty.

    Yields:
        The ``pypdfium2.PdfDocument``, with at least one page.

    Raises:
        DocumentError: not-found, unreadable, unsupported (no PDF at all), empty (no pages),
            encrypted or damaged.
    """
    shown = name or str(path)
    whole = _looks_whole(path, shown)
    with _LOCK:
        document = _open(path, shown, whole)
        try:
            yield document
        finally:
            document.close()


def ends_early(path: Path) -> bool:
    """Whether the file lacks the mark that ends every PDF."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - _TAIL_BYTES))
        return b"%%EOF" not in file.read()


def _looks_whole(path: Path, shown: str) -> bool:
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
        whole = not ends_early(path)
    except FileNotFoundError as error:
        raise DocumentError(
            shown, "not-found", "there is no such file.", "Check its name and place."
        ) from error
    except OSError as error:
        raise DocumentError(
            shown,
            "unreadable",
            "it cannot be opened.",
            "Check that it is a file, that you may read it, and that its drive is connected.",
        ) from error
    if not head:
        raise DocumentError(
            shown, "empty", "the file is empty.", "Save it again where it came from."
        )
    if b"%PDF-" not in head:
        raise DocumentError(
            shown,
            "unsupported",
            "this is not a PDF, though it is named like one.",
            "Open it in the program that made it and save it as PDF.",
        )
    return whole


def _open(path: Path, shown: str, whole: bool) -> Any:
    import pypdfium2
    import pypdfium2.raw as raw

    handle = raw.FPDF_LoadDocument(os.fsencode(path) + b"\0", None)
    if not handle:
        raise _refusal(shown, raw.FPDF_GetLastError(), path.exists())
    if raw.FPDF_GetPageCount(handle) < 1:
        raw.FPDF_CloseDocument(handle)
        raise _no_pages(shown) if whole else _damaged(shown)
    return pypdfium2.PdfDocument(handle)


def _refusal(shown: str, code: int, there: bool) -> DocumentError:
    if not there:
        return DocumentError(
            shown, "vanished", "it was moved or deleted while being read.", "Add it again."
        )
    if code in {_PASSWORD, _SECURITY}:
        return DocumentError(
            shown,
            "encrypted",
            "it is locked with a password.",
            "Open it with the password, save or print it as a PDF without one, and add that.",
        )
    return _damaged(shown)


def _no_pages(shown: str) -> DocumentError:
    return DocumentError(shown, "empty", "it has no pages.", "Save it again where it came from.")


def _damaged(shown: str) -> DocumentError:
    return DocumentError(
        shown,
        "damaged",
        "the file is damaged or was not saved to its end.",
        "Download or save it again. If it opens in a PDF viewer, print it to a new PDF.",
    )
