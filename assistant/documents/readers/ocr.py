"""Reads scanned PDF pages with Tesseract: an optional extra, used only where it is asked for."""

from __future__ import annotations

import time
from statistics import median
from typing import Any

from assistant.documents.readers.pdf_layout import Item, Line
from assistant.documents.readers.pdf_text import plain
from assistant.documents.records import Limits, Trouble
from assistant.errors import ConfigurationError

DOTS_PER_INCH = 300
_MOST_PIXELS = 5_000
_PART_OF_TIME = 0.8
"""Share of the time for a file that OCR may take; the rest of its pages are then named."""
_LEAST_SURE = 25.0
_LARGER = 1.4


def read_scans(
    document: Any, pages: list[int], limits: Limits, shown: str
) -> tuple[dict[int, list[Item]], list[Trouble]]:
    """Read pages by OCR.

    Args:
        document: an open ``pypdfium2.PdfDocument``.
        pages: their numbers, from 1.
        limits: for the time that may be taken.
        shown: how the user knows the file.

    Returns:
        The lines of each page that was read, and what to say of each.

    Raises:
        ConfigurationError: OCR is wanted, but Tesseract or its Python package is missing.
    """
    if not pages:
        return {}, []
    tesseract = _tesseract()
    end = time.monotonic() + limits.seconds * _PART_OF_TIME
    found: dict[int, list[Item]] = {}
    troubles: list[Trouble] = []
    for number in pages:
        left = end - time.monotonic()
        if left <= 0:
            detail = "The page is a picture; the time for reading such pages was used up."
            troubles.append(Trouble(kind="scanned", page=number, detail=detail))
            continue
        lines = _read_page(tesseract, document, number, left)
        if lines is None or not lines:
            detail = "The page is a picture in which no text was found."
            troubles.append(Trouble(kind="scanned", page=number, detail=detail))
            continue
        found[number] = list(lines)
        detail = "Read from a picture of the page; letters may be wrong."
        troubles.append(Trouble(kind="read-by-ocr", page=number, detail=detail))
    return found, troubles


def _tesseract() -> Any:
    hint = (
        "Install Tesseract with its English data and `pip install 'peer-support-assistant[ocr]'`."
    )
    try:
        import pytesseract
    except ImportError as error:
        raise ConfigurationError(
            "Reading scanned pages needs the package pytesseract.", hint
        ) from error
    try:
        languages = pytesseract.get_languages()
    except (pytesseract.TesseractNotFoundError, OSError) as error:
        raise ConfigurationError(
            "Reading scanned pages needs Tesseract, which was not found.", hint
        ) from error
    if "eng" not in languages:
        raise ConfigurationError("Tesseract lacks its English data.", hint)
    return pytesseract


def _read_page(tesseract: Any, document: Any, number: int, seconds: float) -> list[Line] | None:
    import pypdfium2

    try:
        page = document[number - 1]
    except pypdfium2.PdfiumError:
        return None
    try:
        largest = max(page.get_width(), page.get_height(), 1.0)
        scale = min(DOTS_PER_INCH / 72, _MOST_PIXELS / largest)
        bitmap = page.render(scale=scale, grayscale=True, draw_annots=False, may_draw_forms=False)
        picture = bitmap.to_pil()
        data = tesseract.image_to_data(
            picture,
            lang="eng",
            config=f"--dpi {round(scale * 72)}",
            output_type=tesseract.Output.DICT,
            timeout=max(1, int(seconds)),
        )
    except (pypdfium2.PdfiumError, tesseract.TesseractError, RuntimeError):
        return None
    finally:
        page.close()
    return _lines(data, scale)


def _lines(data: dict[str, list[Any]], scale: float) -> list[Line]:
    """Lines in the order that Tesseract gives, each paragraph's first one marked."""
    words: dict[tuple[int, int, int], list[int]] = {}
    for number, text in enumerate(data["text"]):
        if str(text).strip() and float(data["conf"][number]) >= _LEAST_SURE:
            key = data["block_num"][number], data["par_num"][number], data["line_num"][number]
            words.setdefault(key, []).append(number)
    lines: list[Line] = []
    last: tuple[int, int] | None = None
    for (block, paragraph, _), numbers in words.items():
        line = _line(data, numbers, scale)
        line.region, line.opens = block, (block, paragraph) != last
        last = block, paragraph
        lines.append(line)
    _even_out(lines)
    return lines


def _line(data: dict[str, list[Any]], numbers: list[int], scale: float) -> Line:
    left = min(data["left"][n] for n in numbers) / scale
    top = min(data["top"][n] for n in numbers) / scale
    right = max(data["left"][n] + data["width"][n] for n in numbers) / scale
    bottom = max(data["top"][n] + data["height"][n] for n in numbers) / scale
    text = plain(" ".join(str(data["text"][n]) for n in numbers))
    size = max(4.0, round((bottom - top) * 0.95))
    return Line(text, left, top, right, bottom, bottom, size, False, [])


def _even_out(lines: list[Line]) -> None:
    """Set columns, and one size for all lines but those that are clearly larger.

    The height of a line read by OCR depends on which letters stand in it.
    """
    usual = median(line.size for line in lines) if lines else 0.0
    for line in lines:
        line.size = line.size if line.size >= _LARGER * usual else usual
        mates = [other for other in lines if other.region == line.region]
        line.column = min(m.left for m in mates), max(m.right for m in mates)
