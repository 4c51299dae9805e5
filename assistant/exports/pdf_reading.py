"""Reads an exported PDF back: the record attached to it, and which statements its pages hold.

Where words stand on a page is not told apart as in Word: lines are broken, footnotes stand between.
So letters and figures alone are compared, and a statement counts as changed where it was found on
the pages when they were made and is not found now.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
import unicodedata
from dataclasses import replace

from assistant.presentation.record import CLOSING, Edits, Export, RecordError, export_from

NAME = "peer-support-record.txt"
MOST_PAGES, MOST_BYTES = 2000, 20_000_000
_PAGES = "pages "
_PDFIUM = threading.Lock()
"""PDFium is not made for several threads."""


def with_pages(record: str, pdf: bytes) -> str:
    """The record of a paper with what its pages hold, to be attached to them.

    Args:
        record: as it would be written into another file.
        pdf: the same pages without it.
    """
    letters, _ = _read(pdf)
    export = export_from(record, None)
    unseen = [w for w, statement in export.statements if _letters(statement.text) not in letters]
    told = json.dumps({"letters": _hash(letters), "unseen": unseen})
    return f"{record}\n{_PAGES}{told}\n"


def export_in_pdf(data: bytes) -> Export:
    """What an exported PDF rested on, and which of its statements its pages hold no longer.

    Raises:
        RecordError: it is no PDF that can be read, or holds no record that can be used.
    """
    letters, record = _read(data)
    export = export_from(record, None)
    pages = record[record.rindex(CLOSING) :].partition(_PAGES)[2].strip()
    try:
        told = json.loads(pages)
        whole, unseen = str(told["letters"]), set(told["unseen"])
    except (ValueError, KeyError, TypeError) as error:
        raise RecordError(
            "has a record that was changed or damaged since it was exported"
        ) from error
    if whole == _hash(letters):
        return export
    gone = {
        where: ""
        for where, statement in export.statements
        if where not in unseen and _letters(statement.text) not in letters
    }
    return replace(export, edits=Edits(gone, (), 0 if gone else 1, 0))


def has_record(data: bytes) -> bool:
    """Whether a file is a PDF that was exported here.

    Raises:
        RecordError: it is no PDF.
    """
    return bool(_read(data)[1])


def _letters(text: str) -> str:
    """What stays of a text however its lines are broken."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text)).casefold()


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _read(data: bytes) -> tuple[str, str]:
    """The letters on the pages, and the record; empty where there is none."""
    import pypdfium2 as pdfium

    with _PDFIUM:
        try:
            document = pdfium.PdfDocument(data)
        except pdfium.PdfiumError as error:
            raise RecordError("is no PDF that can be read") from error
        try:
            if len(document) > MOST_PAGES:
                raise RecordError("is too large for an export")
            return _letters("".join(_page_texts(document))), _record(document)
        except pdfium.PdfiumError as error:
            raise RecordError("is no PDF that can be read") from error
        finally:
            document.close()


def _page_texts(document: object) -> list[str]:
    texts = []
    for page in document:  # type: ignore[attr-defined]
        words = page.get_textpage()
        texts.append(words.get_text_bounded())
        words.close()
        page.close()
    return texts


def _record(document: object) -> str:
    count = document.count_attachments()  # type: ignore[attr-defined]
    for number in range(min(count, 100)):
        attached = document.get_attachment(number)  # type: ignore[attr-defined]
        if attached.get_name() == NAME:
            held = bytes(attached.get_data())
            if len(held) > MOST_BYTES:
                raise RecordError("is too large for an export")
            return held.decode("utf-8", "replace")
    return ""
