"""Columns of a PDF page: the white strip that parts them, and the bands that it parts.

A gutter is a white strip that many lines keep clear of, with running text on both sides. Whatever
crosses it (a title, a wide table) parts the page into bands, each read column by column.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from assistant.documents.readers.pdf_pieces import Piece
from assistant.documents.readers.pdf_tables import Table

_CLEAR = 0.75
"""Letter heights of white that a gutter has at least."""
_FEWEST_LINES = 3
_NARROWEST = 80.0
_MOST_CANDIDATES = 16
_MOST_THINGS = 1_500
"""Pieces on a page from which it is a plan or a list of figures, and no text in columns."""

Thing = Piece | Table


def rows_of(things: Sequence[Thing]) -> list[list[Thing]]:
    """Things that stand on one line, each row from left to right, rows from the top."""
    rows: list[list[Thing]] = []
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


@dataclass
class Band:
    """A part of the page from one thing that crosses the gutter to the next: what stands left and
    right of the gutter, and whether these are columns."""

    left: list[Thing] = field(default_factory=list)
    right: list[Thing] = field(default_factory=list)
    columns: bool = False


def find_gutter(things: list[Thing], hints: list[float]) -> tuple[float, list[Band]] | None:
    """The gutter of a page, or part of one, and its bands from the top; None in a single column.

    Args:
        things: pieces and tables.
        hints: gutters (x) of the page before: a short column is believed there.
    """
    if len(things) > _MOST_THINGS:
        return None
    best: tuple[int, float, float, list[Band]] | None = None
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
        chosen = [band for band in bands if band.columns]
        score = sum(len(band.left) + len(band.right) for band in chosen)
        white = min(_white(band) for band in chosen)
        if best is None or (score, white) > best[:2]:
            best = (score, white, gutter, bands)
    return None if best is None else best[2:]


def _candidates(things: list[Thing], hints: list[float]) -> list[float]:
    """Left edges that several lines share, a little away from the edges of the text."""
    low, high = min(t.left for t in things), max(t.right for t in things)
    if high - low < 2 * _NARROWEST:
        return []
    counts: dict[int, int] = {}
    for thing in things:
        if low + _NARROWEST <= thing.left <= high - 40:
            counts[round(thing.left / 2)] = counts.get(round(thing.left / 2), 0) + 1
    enough = [key for key in counts if counts[key] + counts.get(key + 1, 0) >= _FEWEST_LINES]
    best = sorted(enough, key=lambda key: (-counts[key], key))[:_MOST_CANDIDATES]
    shared = [key * 2 - 2.5 for key in sorted(best)]
    return shared + [hint for hint in hints if low + 40 < hint < high - 20]


def _bands(things: list[Thing], gutter: float) -> list[Band]:
    crossing = [t for t in things if _crosses(t, gutter) or _stray(t, gutter, things)]
    across = {id(t) for t in crossing}
    beside = [t for t in things if id(t) not in across]
    level = _level_with(crossing, beside)
    chosen = {id(t) for t in level}
    wide = sorted(crossing + level, key=lambda t: (t.top + t.bottom) / 2)
    cuts = [(t.top + t.bottom) / 2 for t in wide]
    slots: dict[int, list[Thing]] = {}
    for thing in beside:
        if id(thing) not in chosen:
            middle = (thing.top + thing.bottom) / 2
            slots.setdefault(bisect_left(cuts, middle), []).append(thing)
    bands: list[Band] = []
    for number in range(len(wide) + 1):
        inside = slots.get(number, [])
        if inside:
            band = Band(
                [t for t in inside if t.right <= gutter + 1],
                [t for t in inside if t.right > gutter + 1],
            )
            above = _last_lines(band, wide[number - 1]) if number else []
            below = _set_off(band) if number < len(wide) else []
            bands += [part for part in (Band(above), band, Band(below)) if part.left or part.right]
        if number < len(wide):
            bands.append(Band([wide[number]]))
    return bands


def _level_with(crossing: list[Thing], beside: list[Thing]) -> list[Thing]:
    """What stands on one row with something that crosses the gutter."""
    tables = [thing for thing in crossing if isinstance(thing, Table)]
    pieces = sorted((t for t in crossing if not isinstance(t, Table)), key=lambda t: t.base)
    bases = [piece.base for piece in pieces]
    found: list[Thing] = []
    for thing in beside:
        low = bisect_left(bases, thing.base - 0.3 * thing.size)
        high = bisect_right(bases, thing.base + 0.3 * thing.size)
        near: list[Thing] = [*pieces[low:high], *tables]
        if any(_same_row(thing, other) for other in near):
            found.append(thing)
    return found


def _last_lines(band: Band, above: Thing) -> list[Thing]:
    """Take from the left column short lines that end a paragraph or a title of full width."""
    ceiling = min((t.top for t in band.right), default=float("inf"))
    taken: list[Thing] = []
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


def _crosses(thing: Thing, gutter: float) -> bool:
    return thing.left < gutter - 1 and thing.right > gutter + 1


def _stray(thing: Thing, gutter: float, things: list[Thing]) -> bool:
    """Whether a few letters stand by themselves between the columns, as a page number does."""
    if not gutter - 25 < thing.left < gutter - 1 or thing.right > gutter + 25:
        return False
    return not any(_same_row(thing, other) for other in things if other is not thing)


def _set_off(band: Band) -> list[Thing]:
    """Take from the left column what stands below both columns, set off by white.

    A short heading over text of full width does not reach the gutter, and yet belongs to that text.
    """
    if not band.right:
        return []
    floor = max(t.bottom for t in band.right)
    last: Thing | None = None
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


def _same_row(one: Thing, two: Thing) -> bool:
    if isinstance(two, Table):
        return two.top <= (one.top + one.bottom) / 2 <= two.bottom
    return abs(one.base - two.base) <= 0.3 * min(one.size, two.size)


def _judge(band: Band, hinted: bool) -> None:
    """Whether what stands left and right are columns of running text."""
    if not band.left or not band.right:
        return
    clear = _CLEAR * median(t.size for t in band.left + band.right)
    if _white(band) < clear or _tabular(band):
        return
    sides = [rows_of(band.left), rows_of(band.right)]
    if hinted:
        band.columns = True
    elif all(len(rows) >= _FEWEST_LINES for rows in sides):
        band.columns = all(_runs(rows) for rows in sides)


def _white(band: Band) -> float:
    return min(t.left for t in band.right) - max(t.right for t in band.left)


def _tabular(band: Band) -> bool:
    """Whether what stands left and right belongs together row by row, as in a table.

    Rows of a table stand on one line, and white between rows runs through both sides, or there are
    more cells than two; text in two columns has its paragraphs end at different heights.
    """
    rows = rows_of(band.left + band.right)
    if any(isinstance(thing, Table) for row in rows for thing in row):
        return False
    shared, left = 0, {id(thing) for thing in band.left}
    for row in rows:
        lefts = sum(id(thing) in left for thing in row)
        shared += 0 < lefts < len(row)
    if shared < max(2, 0.5 * len(rows)):
        return False
    if _has_strip(rows_of(band.left)) or _has_strip(rows_of(band.right)):
        return True
    usual = median(_whites(rows_of(band.left)) + _whites(rows_of(band.right)) or [0.0])
    through = sum(white > usual + 0.15 for white in _whites(rows))
    return through >= max(2, 0.2 * len(rows))


def _whites(rows: list[list[Thing]]) -> list[float]:
    """White above each row but the first, over its whole width, in letter heights."""
    whites: list[float] = []
    floor = max(thing.bottom for thing in rows[0])
    for row in rows[1:]:
        whites.append((min(thing.top for thing in row) - floor) / row[0].size)
        floor = max(floor, *(thing.bottom for thing in row))
    return whites


def _has_strip(rows: list[list[Thing]]) -> bool:
    """Whether one white strip runs down through most rows, as between the cells of a table."""
    left, right = min(row[0].left for row in rows), max(row[-1].right for row in rows)
    x = left + max(36.0, 0.15 * (right - left))  # what is nearer to the left parts off a bullet
    while x < right - 10.0:
        around = [row for row in rows if row[0].left < x < row[-1].right]
        if len(around) >= max(2, 0.6 * len(rows)) and not any(
            thing.left < x + 2.0 and thing.right > x - 2.0 for row in around for thing in row
        ):
            return True
        x += 2.0
    return False


def _runs(rows: list[list[Thing]]) -> bool:
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
