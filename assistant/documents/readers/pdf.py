"""Reads a PDF: its text in reading order as blocks with their pages, and what was left out.

The order of steps: open (``pdf_open``), letters of each page (``pdf_ink``), running headers out
(``pdf_furniture``), columns, lines and tables (``pdf_layout``), blocks (``pdf_blocks``), and what
the file says of itself (``pdf_found``). Annotations, forms, scripts and embedded files are
not read.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from assistant.documents.readers.pdf_blocks import blocks_of
from assistant.documents.readers.pdf_found import found_in, outline_of
from assistant.documents.readers.pdf_furniture import drop_furniture
from assistant.documents.readers.pdf_ink import Ink, read_ink
from assistant.documents.readers.pdf_layout import Item, lay_out
from assistant.documents.readers.pdf_open import ends_early, opened
from assistant.documents.records import Extract, Limits, Trouble
from assistant.errors import DocumentError


def read_pdf(path: Path, limits: Limits, name: str = "") -> Extract:
    """Read a PDF.

    Args:
        path: the file.
        limits: pages, characters, and whether scanned pages are read by OCR.
        name: how the user knows the file; its path where empty.

    Raises:
        DocumentError: encrypted, damaged, empty, unsupported, too-many-pages, needs-ocr, no-text,
            not-found, unreadable or vanished.
    """
    shown = name or str(path)
    with opened(path, shown) as document:
        total = len(document)
        if total > limits.pages:
            raise DocumentError(
                shown,
                "too-many-pages",
                f"it has {total} pages; at most {limits.pages} are read.",
                "Split it, or set PEER_SUPPORT_DOCUMENT_PAGES higher.",
            )
        inks, troubles = _inks(document, total, limits)
        if ends_early(path):
            troubles.append(
                Trouble(kind="cut-short", detail="The file ends early; text may be missing.")
            )
        outline = outline_of(document)
        items = _items(inks)
        scanned = [ink.number for ink in inks if ink.scanned or ink.unclear]
        read, more = _scans(document, scanned, limits, shown)
        items.update(read)
        _refuse_without_text(items, scanned, total, troubles, limits, shown)
        blocks = blocks_of(sorted(items.items()), outline)
        found = found_in(document, path, blocks)
    return Extract(
        format="pdf",
        blocks=blocks,
        pages=total,
        found=found,
        troubles=tuple(sorted(troubles + more, key=lambda t: (t.page or 0, t.kind))),
    )


def _inks(document: Any, total: int, limits: Limits) -> tuple[list[Ink], list[Trouble]]:
    """The letters of each page, as far as the limit on characters allows."""
    inks: list[Ink] = []
    troubles: list[Trouble] = []
    characters = 0
    for index in range(total):
        ink = _ink(document, index)
        if ink is None:
            detail = "The page is damaged and could not be read."
            troubles.append(Trouble(kind="unreadable", page=index + 1, detail=detail))
            continue
        for reason, count in sorted(ink.hidden.items()):
            detail = f"Left out {count} letters that nobody can see: {reason}."
            troubles.append(Trouble(kind="hidden-text", page=ink.number, detail=detail))
        if ink.unclear:
            detail = "The fonts of the page do not say which letters they show."
            troubles.append(Trouble(kind="unreadable", page=ink.number, detail=detail))
            ink.pieces, ink.turned = [], []
        if not ink.objects:
            detail = "Nothing is on the page; if something should be, the file is damaged there."
            troubles.append(Trouble(kind="empty", page=ink.number, detail=detail))
        characters += sum(len(piece.text) + 1 for piece in ink.pieces)
        if characters > limits.characters:
            detail = f"Read up to page {index}: more than {limits.characters} characters."
            troubles.append(Trouble(kind="cut-short", page=ink.number, detail=detail))
            break
        inks.append(ink)
    return inks, troubles


def _ink(document: Any, index: int) -> Ink | None:
    import pypdfium2

    try:
        page = document[index]
    except (pypdfium2.PdfiumError, ValueError, IndexError):
        return None
    try:
        return read_ink(page, index + 1)
    except (pypdfium2.PdfiumError, ValueError, OverflowError):
        return None
    finally:
        page.close()


def _items(inks: list[Ink]) -> dict[int, list[Item]]:
    drop_furniture(inks)
    items: dict[int, list[Item]] = {}
    hints: list[float] = []
    for ink in inks:
        items[ink.number], gutters = lay_out(ink, hints)
        hints = gutters or hints
        ink.pieces = []
    return items


def _scans(
    document: Any,
    scanned: list[int],
    limits: Limits,
    shown: str,
) -> tuple[dict[int, list[Item]], list[Trouble]]:
    """Scanned pages as read by OCR, if that is wanted."""
    if not limits.ocr:
        detail = "The page is a picture; its text can be read by OCR only."
        return {}, [Trouble(kind="scanned", page=page, detail=detail) for page in scanned]
    from assistant.documents.readers.ocr import read_scans

    return read_scans(document, scanned, limits, shown)


def _refuse_without_text(
    items: dict[int, list[Item]],
    scanned: list[int],
    total: int,
    troubles: Iterable[Trouble],
    limits: Limits,
    shown: str,
) -> None:
    if any(items.values()):
        return
    if scanned and not limits.ocr:
        raise DocumentError(
            shown,
            "needs-ocr",
            "its pages are scanned pictures, or do not say which letters they show.",
            "Install Tesseract and `pip install 'peer-support-assistant[ocr]'`, set "
            "PEER_SUPPORT_OCR=true and add it again, or ask for a copy with text.",
        )
    if any(trouble.kind == "unreadable" for trouble in troubles):
        raise DocumentError(
            shown,
            "damaged",
            f"none of its {total} pages can be read.",
            "Download or save it again, or ask for another copy.",
        )
    raise DocumentError(
        shown,
        "no-text",
        "no text was found in it.",
        "Ask for a copy with text, such as a Word file.",
    )
