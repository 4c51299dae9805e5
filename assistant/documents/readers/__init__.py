"""One function a format: a file on disk to ``Extract``. ``read_file`` picks the function.

    sniffing   what a file is, by its first bytes and then its name
    decoding   bytes to clean text
    plain, markdown, html, pdf, docx, odt, pptx, rtf, epub   the readers

Readers are loaded when first needed, so that a folder of text files pays for no PDF library. They
read; they keep, fetch and run nothing.
"""

from __future__ import annotations

import errno
import importlib
import stat
from collections.abc import Callable, Mapping
from pathlib import Path

from assistant.documents.records import Extract, Limits
from assistant.errors import AssistantError, DocumentError

Reader = Callable[[Path, Limits, str], Extract]

_MEGABYTE = 1 << 20
_PLACES: Mapping[str, str] = {
    "text": "plain:read_plain",
    "markdown": "markdown:read_markdown",
    "html": "html:read_html",
    "pdf": "pdf:read_pdf",
    "docx": "docx:read_docx",
    "odt": "odt:read_odt",
    "pptx": "pptx:read_pptx",
    "rtf": "rtf:read_rtf",
    "epub": "epub:read_epub",
}
READ_AS: Mapping[str, str] = {
    ".txt": "text",
    ".text": "text",
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".pdf": "pdf",
    ".docx": "docx",
    ".docm": "docx",
    ".dotx": "docx",
    ".odt": "odt",
    ".ott": "odt",
    ".pptx": "pptx",
    ".pptm": "pptx",
    ".rtf": "rtf",
    ".epub": "epub",
}


"""Suffix in lower case, with its dot, to the format that such a name promises."""
SUPPORTED = (
    "These are read: PDF, Word (.docx), OpenDocument, PowerPoint (.pptx), RTF, EPUB, web pages,"
    " Markdown and plain text."
)


def _lazily(place: str) -> Reader:
    """A reader that is imported when it is first called; ``place`` is module:function."""

    def read(path: Path, limits: Limits, name: str = "") -> Extract:
        module, function = place.split(":")
        reader: Reader = getattr(importlib.import_module(f"{__name__}.{module}"), function)
        return reader(path, limits, name)

    return read


BY_FORMAT: Mapping[str, Reader] = {kind: _lazily(place) for kind, place in _PLACES.items()}
READERS: Mapping[str, Reader] = {suffix: BY_FORMAT[kind] for suffix, kind in READ_AS.items()}
"""Suffix in lower case, with its dot, to the function that reads such files."""


def read_file(path: Path, limits: Limits, name: str = "") -> Extract:
    """What stands in the file, by the reader for its content (not for its name).

    Args:
        path: the file on disk.
        limits: how much may be read; time and memory are for the caller to bound.
        name: how the person knows the file; used for the suffix and in messages.

    Raises:
        DocumentError: with one of ``records.FileReason``: not a file that can be read, or no
            words in it, or too much of it.
    """
    from assistant.documents.readers.sniffing import sniff

    shown = name or str(path)
    _check_file(path, limits, shown)
    try:
        extract = BY_FORMAT[sniff(path, shown)](path, limits, shown)
    except (AssistantError, MemoryError, ImportError):
        raise
    except OSError as error:
        raise unreadable(error, shown) from error
    except Exception as error:
        # A hostile or broken file can make any library fail in any way; the other files go on.
        raise DocumentError(
            shown,
            "damaged",
            f"the file could not be read ({type(error).__name__}).",
            "Open it in the program it was made with, save it anew, and add that.",
        ) from error
    return _checked(extract, limits, shown)


def unreadable(error: OSError, shown: str) -> DocumentError:
    """What an error of the file system means for the person who gave the file."""
    if isinstance(error, FileNotFoundError):
        return DocumentError(
            shown,
            "vanished",
            "the file is no longer there.",
            "Find where it went and add it again.",
        )
    if isinstance(error, PermissionError):
        return DocumentError(
            shown,
            "unreadable",
            "this account may not open the file.",
            "Ask for the right to read it, or copy it to a folder of your own.",
        )
    if error.errno == errno.ENOSPC:
        return DocumentError(
            shown, "disk-full", "the disk is full.", "Free some space and add it again."
        )
    return DocumentError(
        shown,
        "unreadable",
        f"the file could not be opened ({error.strerror or type(error).__name__}).",
        "Copy it to a folder on this computer and add that copy.",
    )


def _check_file(path: Path, limits: Limits, shown: str) -> None:
    try:
        found = path.stat()
    except OSError as error:
        raise unreadable(error, shown) from error
    if not stat.S_ISREG(found.st_mode):
        raise DocumentError(
            shown, "unreadable", "this is not an ordinary file.", "Give a document or a folder."
        )
    if found.st_size == 0:
        raise DocumentError(
            shown, "empty", "the file is empty.", "Check that it was saved or downloaded whole."
        )
    if found.st_size > limits.file_megabytes * _MEGABYTE:
        raise DocumentError(
            shown,
            "too-large",
            f"the file is larger than {limits.file_megabytes} MB.",
            "Split it, or raise the limit in the settings.",
        )


def _checked(extract: Extract, limits: Limits, shown: str) -> Extract:
    characters = sum(len(block.text) for block in extract.blocks)
    if characters == 0:
        raise DocumentError(
            shown,
            "no-text",
            "there are no words in this file.",
            "If its pages are pictures, save it as PDF and have its text recognised.",
        )
    if characters > limits.characters:
        raise DocumentError(
            shown,
            "too-large",
            f"the file holds {characters:,} characters; at most {limits.characters:,} are read.",
            "Split it, or raise the limit in the settings.",
        )
    return extract
