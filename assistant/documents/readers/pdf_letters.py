"""Reads the letters of a PDF page that can be seen, each with its place and its style.

Each letter costs one call into PDFium; places are asked once a word, styles once a text object.
"""

from __future__ import annotations

import ctypes
import math
import re
from typing import Any, NamedTuple

from assistant.documents.readers.pdf_hidden import UNDER_PICTURE, unseen, why_doubt
from assistant.documents.readers.pdf_objects import (
    Box,
    Drawn,
    View,
    by_address,
    colour_of,
    pointer,
)
from assistant.documents.readers.pdf_pieces import BLANK, SUPPOSED, Glyph, Style

TINY = 2.0
"""Points below which letters cannot be read."""
_BOLD = re.compile(r"bold|black|heavy|semibold|demi|[-,]bd\b", re.IGNORECASE)
_FORCED_BOLD = 1 << 18
_INVISIBLE_MODES = frozenset({3, 7})
_SKEW = 3.0
_BLANKS = frozenset(
    {9, 10, 11, 12, 13, 32, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000}
)
_UNTOLD = frozenset({0, 0xFFFD})
_LINE_HYPHENS = frozenset({2, 0xFFFE})


class Seen(NamedTuple):
    """Letters of a page, how many were left out by the reason, and how many have no known
    meaning."""

    glyphs: list[Glyph]
    hidden: dict[str, int]
    garbled: int


def seen_letters(page: Any, view: View, drawn: Drawn, *, scan: bool, single: bool = False) -> Seen:
    """The letters of a page that can be seen.

    Args:
        page: a ``pypdfium2.PdfPage``.
        view: how it is shown.
        drawn: what else is drawn on it.
        scan: whether a picture covers the page; invisible text over it is what the picture says.
        single: give each letter by itself, and not words.
    """
    textpage = page.get_textpage()
    try:
        glyphs, garbled = _letters(_Reader(textpage.raw, view, drawn, scan), single=single)
    finally:
        textpage.close()
    gone = _gone(page, view, glyphs)
    hidden: dict[str, int] = {}
    kept: list[Glyph] = []
    width, height = view.width, view.height
    for glyph in glyphs:
        style = glyph.style
        if style is None:
            kept.append(glyph)
            continue
        inside = (
            glyph.left >= 0 and glyph.right <= width and glyph.top >= 0 and glyph.bottom <= height
        )
        reason = "" if style.sure and inside else _why_hidden(glyph, style, gone, view)
        if reason:
            hidden[reason] = hidden.get(reason, 0) + len(glyph.char)
        else:
            kept.append(glyph)
    return Seen(kept, hidden, garbled)


def _gone(page: Any, view: View, glyphs: list[Glyph]) -> set[int]:
    doubtful: dict[int, list[Box]] = {}
    for glyph in glyphs:
        if glyph.style is not None and glyph.style.doubtful:
            doubtful.setdefault(glyph.style.address, []).append(Box(*glyph[2:6]))
    return unseen(page, view, doubtful) if doubtful else set()


def _why_hidden(glyph: Glyph, style: Style, gone: set[int], view: View) -> str:
    if style.hidden:
        return style.hidden
    if style.address in gone:
        return "not to be seen"
    x, y = (glyph.left + glyph.right) / 2, (glyph.top + glyph.bottom) / 2
    inside = -1 <= x <= view.width + 1 and -1 <= y <= view.height + 1
    return "" if inside else "off the page"


class _Reader:
    """The letters of one text page, with the style of each text object looked up once."""

    def __init__(self, handle: Any, view: View, drawn: Drawn, scan: bool) -> None:
        self.handle, self.view, self.drawn, self.scan = handle, view, drawn, scan
        self.styles: dict[int, Style] = {}
        self._fonts: dict[int, bool] = {}

    def style(self, index: int, address: int, box: Box) -> Style:
        """The style of the text object that a letter belongs to."""
        import pypdfium2.raw as raw

        thing = pointer(address)
        matrix = raw.FS_MATRIX()
        raw.FPDFText_GetMatrix(self.handle, index, ctypes.byref(matrix))
        size = raw.FPDFText_GetFontSize(self.handle, index) * math.hypot(matrix.c, matrix.d)
        mode = raw.FPDFTextObj_GetTextRenderMode(thing)
        colour = colour_of(thing)
        x, y = ctypes.c_double(), ctypes.c_double()
        raw.FPDFText_GetCharOrigin(self.handle, index, ctypes.byref(x), ctypes.byref(y))
        doubt = why_doubt(address, box, colour, self.drawn)
        invisible = mode in _INVISIBLE_MODES or (self.scan and doubt == UNDER_PICTURE)
        reason = "invisible" if invisible and not self.scan else ""
        if not reason and size < TINY and not invisible:
            reason = "too small to read"
        doubtful = bool(doubt) and not reason and not invisible
        return Style(
            address,
            size=max(size, 0.1),
            angle=self._angle(matrix.a, matrix.b),
            bold=mode == 2 or self._bold(index, thing),
            hidden=reason,
            doubtful=doubtful,
            sure=not reason and not invisible and not doubtful,
            origin=self.view.point(x.value, y.value),
        )

    def _angle(self, a: float, b: float) -> int:
        """Degrees anticlockwise as shown, if a quarter turn; -1 for any other."""
        angle = (math.degrees(math.atan2(b, a)) - self.view.turn) % 360
        quarter = round(angle / 90) * 90
        return quarter % 360 if abs(angle - quarter) <= _SKEW else -1

    def _bold(self, index: int, thing: Any) -> bool:
        import pypdfium2.raw as raw

        font = by_address("FPDFTextObj_GetFont")(thing) or 0
        if font not in self._fonts:
            flags = ctypes.c_int()
            buffer = ctypes.create_string_buffer(200)
            raw.FPDFText_GetFontInfo(self.handle, index, buffer, 200, ctypes.byref(flags))
            name = buffer.value.decode("utf-8", "replace")
            self._fonts[font] = bool(_BOLD.search(name)) or bool(flags.value & _FORCED_BOLD)
        return self._fonts[font]


class _Words:
    """Takes the characters of a text page one by one and makes glyphs of whole words.

    A word's place is that of its first and its last letter. A text object is one stretch of
    characters, so a word whose ends belong to one object lies in it whole.
    """

    def __init__(self, reader: _Reader, *, single: bool) -> None:
        import pypdfium2.raw as raw

        self.glyphs: list[Glyph] = []
        self.garbled = 0
        self._wrong = raw.FPDFText_HasUnicodeMapError
        self._reader, self._single = reader, single
        self._chars: list[str] = []
        self._places: list[int] = []
        self._owner = by_address("FPDFText_GetTextObject", ctypes.c_int)
        self._bare = ctypes.cast(reader.handle, ctypes.c_void_p)
        self._box = raw.FS_RECTF()
        self._loose = raw.FPDFText_GetLooseCharBox

    def letter(self, place: int, char: str) -> None:
        """A letter that follows the one before without a blank."""
        self._chars.append(char)
        self._places.append(place)

    def blank(self, place: int) -> None:
        """A blank, written or supposed."""
        self.end()
        self.glyphs.append(BLANK if self._owner(self._bare, place) else SUPPOSED)

    def end(self) -> None:
        """The end of a word."""
        chars, places, handle = self._chars, self._places, self._reader.handle
        if not chars:
            return
        if self._wrong(handle, places[0]) or self._wrong(handle, places[-1]):
            wrong = [bool(self._wrong(handle, place)) for place in places]
            chars = ["\ufffd" if bad else char for char, bad in zip(chars, wrong, strict=True)]
        self.garbled += chars.count("\ufffd")
        first = self._owner(self._bare, places[0]) or 0
        if not self._single and first == (self._owner(self._bare, places[-1]) or 0):
            self._add("".join(chars), places[0], places[-1], first)
        else:
            self._add_parts(chars, places)
        self._chars, self._places = [], []

    def _add_parts(self, chars: list[str], places: list[int]) -> None:
        owners = [self._owner(self._bare, place) or 0 for place in places]
        start = 0
        for end in range(1, len(chars) + 1):
            if self._single or end == len(chars) or owners[end] != owners[start]:
                self._add("".join(chars[start:end]), places[start], places[end - 1], owners[start])
                start = end

    def _add(self, text: str, first: int, last: int, address: int) -> None:
        if not address:
            self.glyphs.append(SUPPOSED)
            return
        box, handle = self._box, self._reader.handle
        self._loose(handle, first, box)
        left, bottom, right, top = box.left, box.bottom, box.right, box.top
        if last != first:
            self._loose(handle, last, box)
            left, bottom = min(left, box.left), min(bottom, box.bottom)
            right, top = max(right, box.right), max(top, box.top)
        place = self._reader.view.box(left, bottom, right, top)
        styles = self._reader.styles
        style = styles.get(address)
        if style is None:
            style = styles[address] = self._reader.style(first, address, place)
        self.glyphs.append(Glyph(text, style, *place, *style.origin))


def _letters(reader: _Reader, *, single: bool) -> tuple[list[Glyph], int]:
    import pypdfium2.raw as raw

    handle, letter = reader.handle, raw.FPDFText_GetUnicode
    words = _Words(reader, single=single)
    for place in range(max(0, raw.FPDFText_CountChars(handle))):
        code = letter(handle, place)
        if code in _BLANKS:
            words.blank(place)
        elif code in _UNTOLD or 0xD800 <= code <= 0xDFFF or code > 0x10FFFF:
            words.letter(place, "\ufffd")
        else:
            words.letter(place, "-" if code in _LINE_HYPHENS else chr(code))
    words.end()
    return words.glyphs, words.garbled
