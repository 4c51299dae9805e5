"""The order of reading on one PDF page: columns, lines, tables.

A gutter is a white strip that many lines keep clear of, with running text on both sides. Whatever
crosses it (a title, a wide table) parts the page into bands, each read column by column.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from assistant.documents.readers.pdf_ink import Ink
from assistant.documents.readers.pdf_pieces import Piece
from assistant.documents.readers.pdf_tables import Table, aligned_tables, ruled_tables
from assistant.documents.readers.pdf_text import plain

_CLEAR = 0.75
"""Letter heights of white that a gutter has at least."""
_FEWEST_LINES = 3
_NARROWEST = 80.0
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
_Thing = Piece | Table


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
    things: list[_Thing] = [*tables, *loose]
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
    things: list[_Thing], page: _Page, gutters: list[float], hints: list[float], depth: int
) -> None:
    found = _gutter(things, hints) if depth < _DEEPEST else None
    if found is None:
        _put_region(things, page)
        return
    gutter, bands = found
    if depth == 0:
        gutters.append(gutter)
    waiting: list[_Thing] = []
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


# ---------------------------------------------------------------- columns


@dataclass
class _Band:
    left: list[_Thing] = field(default_factory=list)
    right: list[_Thing] = field(default_factory=list)
    columns: bool = False
    lines: int = 0


def _gutter(things: list[_Thing], hints: list[float]) -> tuple[float, list[_Band]] | None:
    best: tuple[int, float, list[_Band]] | None = None
    for gutter in _candidates(things, hints):
        hinted = any(abs(gutter - hint) < 4 for hint in hints)
        bands = _bands(things, gutter)
        for band in bands:
            _judge(band, hinted)
        if not any(band.columns for band in bands):
            continue
        if not hinted:
            for band in bands:
                if not band.columns:
                    _judge(band, True)
        score = sum(band.lines for band in bands if band.columns)
        if best is None or score > best[0]:
            best = (score, gutter, bands)
    return None if best is None else best[1:]


def _candidates(things: list[_Thing], hints: list[float]) -> list[float]:
    """Left edges that several lines share, a little away from the edges of the text."""
    low, high = min(t.left for t in things), max(t.right for t in things)
    if high - low < 2 * _NARROWEST:
        return []
    counts: dict[int, int] = {}
    for thing in things:
        if low + _NARROWEST <= thing.left <= high - 40:
            counts[round(thing.left / 2)] = counts.get(round(thing.left / 2), 0) + 1
    shared = [
        key * 2 - 2.5
        for key in sorted(counts)
        if counts[key] + counts.get(key + 1, 0) >= _FEWEST_LINES
    ]
    return shared + [hint for hint in hints if low + 40 < hint < high - 20]


def _bands(things: list[_Thing], gutter: float) -> list[_Band]:
    crossing = [t for t in things if _crosses(t, gutter) or _stray(t, gutter, things)]
    across = {id(t) for t in crossing}
    beside = [t for t in things if id(t) not in across]
    level = [t for t in beside if any(_same_row(t, other) for other in crossing)]
    chosen = {id(t) for t in level}
    wide = sorted(crossing + level, key=lambda t: (t.top + t.bottom) / 2)
    cuts = [(t.top + t.bottom) / 2 for t in wide]
    slots: dict[int, list[_Thing]] = {}
    for thing in beside:
        if id(thing) not in chosen:
            middle = (thing.top + thing.bottom) / 2
            slots.setdefault(sum(cut < middle for cut in cuts), []).append(thing)
    bands: list[_Band] = []
    for number in range(len(wide) + 1):
        inside = slots.get(number, [])
        if inside:
            band = _Band(
                [t for t in inside if t.right <= gutter + 1],
                [t for t in inside if t.right > gutter + 1],
            )
            above = _last_lines(band, wide[number - 1]) if number else []
            below = _set_off(band) if number < len(wide) else []
            bands += [
                part for part in (_Band(above), band, _Band(below)) if part.left or part.right
            ]
        if number < len(wide):
            bands.append(_Band([wide[number]]))
    return bands


def _last_lines(band: _Band, above: _Thing) -> list[_Thing]:
    """Take from the left column short lines that end a paragraph or a title of full width."""
    ceiling = min((t.top for t in band.right), default=float("inf"))
    taken: list[_Thing] = []
    for thing in sorted(band.left, key=lambda t: t.top):
        close = thing.top - above.bottom < 0.4 * thing.size
        alike = isinstance(thing, Piece) and abs(thing.size - above.size) < 0.05 * thing.size
        if not (close and alike) or thing.bottom > ceiling + 1:
            break
        taken.append(thing)
        above = thing
    gone = {id(thing) for thing in taken}
    band.left = [t for t in band.left if id(t) not in gone]
    return taken


def _crosses(thing: _Thing, gutter: float) -> bool:
    return thing.left < gutter - 1 and thing.right > gutter + 1


def _stray(thing: _Thing, gutter: float, things: list[_Thing]) -> bool:
    """Whether a few letters stand by themselves between the columns, as a page number does."""
    if not gutter - 25 < thing.left < thing.right < gutter + 25:
        return False
    return not any(_same_row(thing, other) for other in things if other is not thing)


def _set_off(band: _Band) -> list[_Thing]:
    """Take from the left column what stands below both columns, set off by white.

    A short heading over text of full width does not reach the gutter, and yet belongs to that text.
    """
    if not band.right:
        return []
    floor = max(t.bottom for t in band.right)
    last: _Thing | None = None
    for thing in sorted(band.left, key=lambda t: t.top):
        if (
            thing.top >= floor - 1
            and last is not None
            and thing.top - last.bottom > 0.5 * thing.size
        ):
            below = [t for t in band.left if t.top >= thing.top]
            band.left = [t for t in band.left if t.top < thing.top]
            return below
        last = thing
    return []


def _same_row(one: _Thing, two: _Thing) -> bool:
    if isinstance(two, Table):
        return two.top <= (one.top + one.bottom) / 2 <= two.bottom
    return abs(one.base - two.base) <= 0.3 * min(one.size, two.size)


def _judge(band: _Band, hinted: bool) -> None:
    """Whether what stands left and right are columns of running text."""
    if not band.left or not band.right:
        return
    white = min(t.left for t in band.right) - max(t.right for t in band.left)
    if white < _CLEAR * median(t.size for t in band.left + band.right) or _tabular(band):
        return
    sides = [_rows(band.left), _rows(band.right)]
    band.lines = sum(len(rows) for rows in sides)
    if hinted:
        band.columns = True
    elif all(len(rows) >= _FEWEST_LINES for rows in sides):
        band.columns = all(_runs(rows) for rows in sides)


def _tabular(band: _Band) -> bool:
    """Whether what stands left and right belongs together row by row, as in a table.

    Rows of a table stand on one line, and white between rows runs through both sides, or there are
    more cells than two; text in two columns has its paragraphs end at different heights.
    """
    rows = _rows(band.left + band.right)
    if any(isinstance(thing, Table) for row in rows for thing in row):
        return False
    shared = 0
    for row in rows:
        lefts = sum(any(thing is other for other in band.left) for thing in row)
        shared += 0 < lefts < len(row)
    if shared < max(2, 0.5 * len(rows)):
        return False
    if max(sum(len(row) > 1 for row in _rows(side)) for side in (band.left, band.right)) >= (
        0.6 * len(rows)
    ):
        return True
    whites: list[float] = []
    floor = max(thing.bottom for thing in rows[0])
    for row in rows[1:]:
        whites.append((min(thing.top for thing in row) - floor) / row[0].size)
        floor = max(floor, *(thing.bottom for thing in row))
    usual = sorted(whites)[len(whites) // 4]
    return sum(white > usual + 0.15 for white in whites) >= max(2, 0.2 * len(rows))


def _runs(rows: list[list[_Thing]]) -> bool:
    left, right = (
        min(t.left for row in rows for t in row),
        max(t.right for row in rows for t in row),
    )
    if right - left < _NARROWEST:
        return False
    widths = [max(t.right for t in row) - min(t.left for t in row) for row in rows]
    full = sum(width >= 0.6 * (right - left) for width in widths)
    letters = [sum(60 if isinstance(t, Table) else len(t.text) for t in row) for row in rows]
    return full >= 0.5 * len(rows) and median(letters) >= 18


# ---------------------------------------------------------------- lines


def _rows(things: Sequence[_Thing]) -> list[list[_Thing]]:
    """Things that stand on one line, each row from left to right, rows from the top."""
    rows: list[list[_Thing]] = []
    for thing in sorted(things, key=lambda t: (t.base, t.left)):
        row = rows[-1] if rows else []
        if (
            row
            and not isinstance(thing, Table)
            and not isinstance(row[0], Table)
            and abs(thing.base - row[-1].base) <= 0.3 * min(thing.size, row[-1].size)
        ):
            row.append(thing)
        else:
            rows.append([thing])
    return [sorted(row, key=lambda t: t.left) for row in rows]


def _put_region(things: list[_Thing], page: _Page) -> None:
    waiting: list[Piece] = []
    for row in _rows(things):
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
    return [[p for p in row if isinstance(p, Piece)] for row in _rows(pieces)]


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
