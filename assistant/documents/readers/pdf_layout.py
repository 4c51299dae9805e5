"""The order of reading on one PDF page: columns, lines, tables.

Columns are found by ``pdf_columns``, tables by ``pdf_tables``; what is left are lines.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from assistant.documents.readers.pdf_columns import Thing, find_gutter, rows_of
from assistant.documents.readers.pdf_ink import Ink
from assistant.documents.readers.pdf_pieces import Piece
from assistant.documents.readers.pdf_tables import Table, aligned_tables, ruled_tables
from assistant.documents.readers.pdf_text import plain

_DEEPEST = 4
_NUMBERED = re.compile(r"^(\d{1,3}(?:\.\d{1,3})*[.)])(?=[A-Z][a-z ])")
"""A number that some programs set right against the words that it belongs to."""


@dataclass(slots=True)
class Line:
    """A line of text. ``column`` is (left, right) of the column that it stands in, ``region`` tells
    columns of a page apart, ``turned`` says it is not upright."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    base: float
    size: float
    bold: bool
    pieces: list[Piece]
    column: tuple[float, float] = (0.0, 0.0)
    region: int = 0
    turned: bool = False
    opens: bool | None = None
    """Whether it begins a paragraph, where that is known from elsewhere."""


Item = Line | Table


@dataclass
class _Page:
    items: list[Item] = field(default_factory=list)
    regions: int = 0


def lay_out(ink: Ink, hints: Sequence[float] = ()) -> tuple[list[Item], list[float]]:
    """Lines and tables of a page in reading order.

    Args:
        ink: the page; running headers and footers are already out of its pieces.
        hints: gutters (x) of the page before: a short column is believed there.

    Returns:
        The items, and the gutters found.
    """
    tables, loose = ruled_tables(ink.pieces, ink.rules)
    things: list[Thing] = [*tables, *loose]
    page = _Page()
    gutters: list[float] = []
    if things:
        _order(things, page, gutters, list(hints), 0)
    for group in ink.turned:
        lines = [_line(row) for row in _piece_rows(group)]
        for line in lines:
            line.turned = True
        _put([*lines], page)
    return page.items, gutters


def _order(
    things: list[Thing], page: _Page, gutters: list[float], hints: list[float], depth: int
) -> None:
    found = find_gutter(things, hints) if depth < _DEEPEST else None
    if found is None:
        _put_region(things, page)
        return
    gutter, bands = found
    if depth == 0:
        gutters.append(gutter)
    waiting: list[Thing] = []
    for band in bands:
        if band.columns:
            if waiting:
                _order(waiting, page, gutters, [], _DEEPEST)
                waiting = []
            for side in (band.left, band.right):
                _order(side, page, gutters, hints, depth + 1)
        else:
            waiting += band.left + band.right
    if waiting:
        _order(waiting, page, gutters, [], _DEEPEST)


# ---------------------------------------------------------------- lines


def _put_region(things: list[Thing], page: _Page) -> None:
    waiting: list[Piece] = []
    for row in rows_of(things):
        if isinstance(row[0], Table):
            _put(_region(waiting), page)
            waiting = []
            page.items.append(row[0])
        else:
            waiting += [t for t in row if isinstance(t, Piece)]
    _put(_region(waiting), page)


def _region(pieces: list[Piece]) -> list[Item]:
    if not pieces:
        return []
    items: list[Item] = []
    for part in aligned_tables(_piece_rows(pieces)):
        if isinstance(part, Table):
            items.append(part)
        else:
            items.append(_line(part))
    return items


def _piece_rows(pieces: list[Piece]) -> list[list[Piece]]:
    return [[p for p in row if isinstance(p, Piece)] for row in rows_of(pieces)]


def _put(items: list[Item], page: _Page) -> None:
    lines = [item for item in items if isinstance(item, Line)]
    if lines:
        column = min(line.left for line in lines), max(line.right for line in lines)
        page.regions += 1
        for line in lines:
            line.column, line.region = column, page.regions
    page.items += items


def _line(row: list[Piece]) -> Line:
    weight = max(row, key=lambda p: len(p.text))
    letters = sum(len(p.text) for p in row)
    bold = sum(p.bold * len(p.text) for p in row) / letters
    return Line(
        _NUMBERED.sub(r"\1 ", joined(row)),
        row[0].left,
        min(p.top for p in row),
        max(p.right for p in row),
        max(p.bottom for p in row),
        weight.base,
        weight.size,
        bold >= 0.8,
        row,
    )


def joined(row: Sequence[Piece]) -> str:
    """The pieces of a line as text; those that touch belong to one word."""
    text = ""
    last: Piece | None = None
    for piece in row:
        near = last is not None and piece.left - last.right < 0.1 * piece.size
        text += ("" if last is None or near else " ") + piece.text
        last = piece
    return plain(text)
