"""Pictures of PDF pages, and where on the page the words of a passage stand.

Words are found by their letters and digits alone: white space, hyphens, bullets and ligatures do
not matter, so that the stored text of a passage is known again on the page that it came from.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from assistant.documents.readers import pdf_objects
from assistant.documents.readers.pdf_ink import Ink, read_ink, turned_box
from assistant.documents.readers.pdf_layout import Item, Line, lay_out
from assistant.documents.readers.pdf_open import opened
from assistant.documents.readers.pdf_pieces import Piece
from assistant.errors import DocumentError

_MOST_PIXELS = 24_000_000
_SHORTEST_PART = 12
"""Letters that a part of a passage has at least, where it has to be looked for in parts."""
_ENOUGH = 0.9
"""Share of the letters of a passage that have to be found."""


class Box(NamedTuple):
    """A rectangle, in fractions (0 to 1) of the page as shown, from its top left."""

    left: float
    top: float
    width: float
    height: float


class _Letter(NamedTuple):
    """A letter or digit on the page, and the line that it stands in."""

    char: str
    line: int
    box: pdf_objects.Box


def page_picture(path: Path, page: int, width_pixels: int = 1100) -> bytes:
    """A page as a PNG picture, turned and cropped as viewers show it.

    Args:
        path: a PDF.
        page: from 1.
        width_pixels: of the picture; less where the page is very long.

    Raises:
        DocumentError: the file or the page cannot be read.
    """
    import pypdfium2

    with opened(path) as document:
        shown = _page(document, path, page)
        try:
            width, height = max(1.0, shown.get_width()), max(1.0, shown.get_height())
            scale = min(max(1, width_pixels) / width, (_MOST_PIXELS / (width * height)) ** 0.5)
            bitmap = shown.render(scale=scale, may_draw_forms=False, draw_annots=False)
            out = io.BytesIO()
            bitmap.to_pil().save(out, "PNG")
        except (pypdfium2.PdfiumError, ValueError, OverflowError) as error:
            raise _unreadable(path, page) from error
        finally:
            shown.close()
    return out.getvalue()


def boxes_on_page(path: Path, page: int, words: str) -> tuple[Box, ...]:
    """Where words of a passage stand on a page: one box a line, in reading order.

    Args:
        path: a PDF.
        page: from 1.
        words: the passage, or the part of it that stands on this page, from the stored text.

    Returns:
        Boxes; none where the words cannot be found, as on a scan.

    Raises:
        DocumentError: the file or the page cannot be read.
    """
    import pypdfium2

    wanted = "".join(_folded(words))
    if not wanted:
        return ()
    with opened(path) as document:
        shown = _page(document, path, page)
        try:
            ink = read_ink(shown, page, edges=True)
        except (pypdfium2.PdfiumError, ValueError, OverflowError) as error:
            raise _unreadable(path, page) from error
        finally:
            shown.close()
    pieces = list(ink.pieces)
    items, _ = lay_out(ink)
    for letters in (list(_in_order(items)), list(_in_pieces(pieces))):
        found = _find(wanted, "".join(letter.char for letter in letters))
        if found:
            return _boxes([letters[place] for place in found], ink)
    return ()


def _page(document: Any, path: Path, page: int) -> Any:
    import pypdfium2

    try:
        if not 1 <= page <= len(document):
            raise IndexError(page)
        return document[page - 1]
    except (pypdfium2.PdfiumError, IndexError) as error:
        raise _unreadable(path, page) from error


def _unreadable(path: Path, page: int) -> DocumentError:
    return DocumentError(
        str(path),
        "unreadable",
        f"its page {page} cannot be shown.",
        "Open the file itself, or add a sound copy of it.",
    )


# ---------------------------------------------------------------- letters


def _folded(text: str) -> Iterator[str]:
    """Letters and digits, ligatures and raised digits as plain ones, without case and accents."""
    for char in unicodedata.normalize("NFKD", text).casefold():
        if char.isalnum():
            yield char


def _in_order(items: list[Item]) -> Iterator[_Letter]:
    number = 0
    for item in items:
        if isinstance(item, Line):
            if not item.turned:
                yield from _of_line(item.pieces, number)
            number += 1
            continue
        for row in item.rows:
            for cell in row:
                for line in cell:
                    yield from _of_line(line, number)
                    number += 1


def _in_pieces(pieces: list[Piece]) -> Iterator[_Letter]:
    for number, piece in enumerate(pieces):
        yield from _of_line([piece], number)


def _of_line(pieces: list[Piece], number: int) -> Iterator[_Letter]:
    for piece in pieces:
        for char, (left, right) in zip(piece.text, piece.edges or (), strict=False):
            box = pdf_objects.Box(left, piece.top, right, piece.bottom)
            for folded in _folded(char):
                yield _Letter(folded, number, box)


# ---------------------------------------------------------------- finding


def _find(wanted: str, page: str) -> list[int]:
    """Places on the page of the letters wanted; none where too few of them are there."""
    start = page.find(wanted)
    if start >= 0:
        return list(range(start, start + len(wanted)))
    found: list[int] = []
    done = reach = 0
    while done < len(wanted):
        length, start = _longest(wanted[done:], page, reach)
        if length == 0:
            done += 1
            continue
        found += range(start, start + length)
        done, reach = done + length, start + length
    return found if len(found) >= _ENOUGH * len(wanted) else []


def _longest(wanted: str, page: str, reach: int) -> tuple[int, int]:
    """The longest beginning of ``wanted`` on the page, after ``reach`` unless that is short."""
    near, anywhere = _beginning(wanted, page, reach), _beginning(wanted, page, 0)
    return anywhere if anywhere[0] > 2 * near[0] else near


def _beginning(wanted: str, page: str, reach: int) -> tuple[int, int]:
    """Length and place of the longest beginning of ``wanted`` on the page from ``reach`` on."""
    low, high = _SHORTEST_PART, len(wanted)
    if high < low or page.find(wanted[:low], reach) < 0:
        return 0, 0
    while low < high:
        middle = (low + high + 1) // 2
        if page.find(wanted[:middle], reach) >= 0:
            low = middle
        else:
            high = middle - 1
    return low, page.find(wanted[:low], reach)


def _boxes(letters: list[_Letter], ink: Ink) -> tuple[Box, ...]:
    lines: dict[int, list[_Letter]] = {}
    for letter in letters:
        lines.setdefault(letter.line, []).append(letter)
    width, height = ink.width, ink.height
    made = []
    for line in lines.values():
        around = pdf_objects.Box(
            min(letter.box.left for letter in line),
            min(letter.box.top for letter in line),
            max(letter.box.right for letter in line),
            max(letter.box.bottom for letter in line),
        )
        box = turned_box(around, -ink.turn % 360, width, height)
        wide, high = (height, width) if ink.turn % 180 else (width, height)
        made.append(
            Box(
                _fraction(box.left, wide),
                _fraction(box.top, high),
                _fraction(box.right - box.left, wide),
                _fraction(box.bottom - box.top, high),
            )
        )
    return tuple(made)


def _fraction(part: float, whole: float) -> float:
    return round(min(1.0, max(0.0, part / whole)), 5) if whole else 0.0
