"""Tables on a PDF page: ruled ones from their lines, others from words that stand in columns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from assistant.documents.readers.pdf_objects import Box, Rule
from assistant.documents.readers.pdf_pieces import Piece

_TOUCH = 3.5
_LEAST = 0.6
"""Share of a cell's side that has to be ruled for it to part two cells."""
_LONGEST_CELL = 30
"""Lines in one cell from which a grid is a frame around running text and no table."""
_APART = 0.75
_FEWEST_ROWS = 3
_MARKER = re.compile(
    r"(?:\(?(?:\d{1,2}(?:\.\d{1,2}){0,4}|[a-zA-Z]|[ivxIVX]{1,4})[.):]?\)?|[•●○▪■□◦‣⁃➢✓❖·*–—-]|o|Q|A)$"
)


@dataclass(slots=True)
class Table:
    """Rows of cells; a cell is its lines, each of them pieces. ``columns`` are the left edges."""

    rows: list[list[list[list[Piece]]]]
    left: float
    top: float
    right: float
    bottom: float
    base: float
    columns: list[float]
    size: float = 10.0
    pages: list[int] = field(default_factory=list)
    """The page of each row."""
    cut: bool = False
    """Whether no line closes it below: its last row goes on elsewhere."""


# ---------------------------------------------------------------- ruled


def ruled_tables(pieces: Sequence[Piece], rules: Sequence[Rule]) -> tuple[list[Table], list[Piece]]:
    """Tables whose cells are parted by lines, and the pieces that stand in none of them."""
    tables: list[Table] = []
    left = list(pieces)
    for group in _groups([rule for rule in rules if rule.end - rule.start >= 6]):
        levels, uprights = [r for r in group if r.level], [r for r in group if not r.level]
        xs, ys = _merged(uprights, levels), _merged(levels, uprights)
        if len(xs) < 3 or len(ys) < 2 or (len(xs) - 1) * (len(ys) - 1) > 20_000:
            continue
        inside = [p for p in left if _within(p, xs, ys)]
        table = _grid(inside, group, xs, ys)
        if table is not None:
            tables.append(table)
            taken = {id(p) for p in inside}
            left = [p for p in left if id(p) not in taken]
    return tables, left


def grid_boxes(rules: Sequence[Rule]) -> list[Box]:
    """The outlines of grids of drawn lines."""
    boxes = []
    for group in _groups([rule for rule in rules if rule.end - rule.start >= 6]):
        levels = [rule for rule in group if rule.level]
        boxes.append(
            Box(
                min(rule.start for rule in levels),
                min(rule.at for rule in levels),
                max(rule.end for rule in levels),
                max(rule.at for rule in levels),
            )
        )
    return boxes


def _groups(rules: list[Rule]) -> list[list[Rule]]:
    """Rules that touch each other, directly or by others."""
    levels = [rule for rule in rules if rule.level]
    uprights = [rule for rule in rules if not rule.level]
    if len(levels) < 2 or not uprights or len(levels) * len(uprights) > 2_000_000:
        return []
    parent = list(range(len(levels) + len(uprights)))

    def root(number: int) -> int:
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    for i, upright in enumerate(uprights, start=len(levels)):
        for j, level in enumerate(levels):
            if (
                level.start - _TOUCH <= upright.at <= level.end + _TOUCH
                and upright.start - _TOUCH <= level.at <= upright.end + _TOUCH
            ):
                parent[root(i)] = root(j)
    grouped: dict[int, list[Rule]] = {}
    for number, rule in enumerate(levels + uprights):
        grouped.setdefault(root(number), []).append(rule)
    return [group for group in grouped.values() if len(group) > 3]


def _merged(rules: list[Rule], across: list[Rule]) -> list[float]:
    """Places of lines, near ones as one; the ends of those that run across count as well."""
    places = {rule.at for rule in rules}
    places |= {min(rule.start for rule in across), max(rule.end for rule in across)}
    merged: list[float] = []
    for place in sorted(places):
        if merged and place - merged[-1] <= _TOUCH:
            continue
        merged.append(place)
    return merged


def _within(piece: Piece, xs: list[float], ys: list[float]) -> bool:
    x, y = (piece.left + piece.right) / 2, (piece.top + piece.bottom) / 2
    return xs[0] - 2 <= x <= xs[-1] + 2 and ys[0] <= y <= ys[-1]


def _grid(pieces: list[Piece], rules: list[Rule], xs: list[float], ys: list[float]) -> Table | None:
    columns, rows = len(xs) - 1, len(ys) - 1
    owner = _merge_cells(rules, xs, ys)
    cells: dict[int, list[Piece]] = {}
    for piece in pieces:
        x, y = (piece.left + piece.right) / 2, (piece.top + piece.bottom) / 2
        column = max(0, sum(at <= x for at in xs[:-1]) - 1)
        row = max(0, sum(at <= y for at in ys[:-1]) - 1)
        cells.setdefault(owner[row * columns + column], []).append(piece)
    if len(cells) < 2 or any(len(_cell_lines(cell)) > _LONGEST_CELL for cell in cells.values()):
        return None
    made: list[list[list[list[Piece]]]] = []
    for row in range(rows):
        line = _row_cells(row, columns, owner, cells)
        if any(line):
            made.append(line)
    if sum(sum(bool(cell) for cell in row) > 1 for row in made) < 1:
        return None
    size = pieces[0].size
    levels = [rule for rule in rules if rule.level]
    table = Table(made, xs[0], ys[0], xs[-1], ys[-1], ys[0] + size, xs[:-1], size)
    table.cut = not _ruled(levels, ys[-1], xs[0], xs[-1])
    return table


def _row_cells(
    row: int, columns: int, owner: list[int], cells: dict[int, list[Piece]]
) -> list[list[list[Piece]]]:
    line: list[list[list[Piece]]] = []
    for column in range(columns):
        place = row * columns + column
        if owner[place] == place:
            line.append(_cell_lines(cells.get(place, [])))
        elif owner[place] < row * columns:
            line.append([])  # told in a row above
    return line


def _merge_cells(rules: list[Rule], xs: list[float], ys: list[float]) -> list[int]:
    """For each cell of the full grid, the first cell of the merged one that it belongs to."""
    columns, rows = len(xs) - 1, len(ys) - 1
    owner = list(range(columns * rows))
    levels = [r for r in rules if r.level]
    uprights = [r for r in rules if not r.level]
    for row in range(rows):
        for column in range(columns):
            place = row * columns + column
            if column and not _ruled(uprights, xs[column], ys[row], ys[row + 1]):
                owner[place] = owner[place - 1]
            elif row and not _ruled(levels, ys[row], xs[column], xs[column + 1]):
                owner[place] = owner[place - columns]
    return owner


def _ruled(rules: list[Rule], at: float, start: float, end: float) -> bool:
    spans = sorted(
        (max(r.start, start), min(r.end, end)) for r in rules if abs(r.at - at) <= _TOUCH
    )
    covered, reach = 0.0, start
    for low, high in spans:
        if high > reach:
            covered += high - max(low, reach)
            reach = high
    return covered >= _LEAST * (end - start)


def _cell_lines(pieces: Sequence[Piece]) -> list[list[Piece]]:
    lines: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda p: (p.base, p.left)):
        if lines and abs(piece.base - lines[-1][-1].base) <= 0.3 * piece.size:
            lines[-1].append(piece)
        else:
            lines.append([piece])
    return [sorted(line, key=lambda p: p.left) for line in lines]


# ---------------------------------------------------------------- aligned


def aligned_tables(rows: list[list[Piece]]) -> list[list[Piece] | Table]:
    """Rows of a column of the page, with runs of rows that stand in columns made tables."""
    made: list[list[Piece] | Table] = []
    number = 0
    while number < len(rows):
        end, gutters = _run(rows, number)
        table = _aligned(rows[number:end], gutters) if gutters else None
        if table is None:
            made.append(rows[number])
            number += 1
        else:
            made.append(table)
            number = end
    return made


def _cells(row: list[Piece]) -> list[tuple[float, float]]:
    spans: list[tuple[float, float]] = []
    for piece in row:
        if spans and piece.left - spans[-1][1] < _APART * piece.size:
            spans[-1] = (spans[-1][0], max(spans[-1][1], piece.right))
        else:
            spans.append((piece.left, piece.right))
    return spans


def _run(rows: list[list[Piece]], start: int) -> tuple[int, list[tuple[float, float]]]:
    """How far rows from ``start`` share white strips, and these strips."""
    spans = _cells(rows[start])
    strips = _strips(spans)
    end = good = start
    multiple = 0
    while end < len(rows) and strips:
        if end > start and rows[end][0].base - rows[end - 1][0].base > 3.2 * rows[end][0].size:
            break
        cells = _cells(rows[end])
        left = _common(strips, cells)
        if not left or (len(left) < len(strips) and (len(cells) == 1 or multiple > 2)):
            break
        strips = left
        end += 1
        if len(cells) > 1:
            multiple, good = multiple + 1, end
        elif end - good > 3:
            break
    end = _tail(rows, good, end)
    return (end, strips) if multiple >= _FEWEST_ROWS else (start, [])


def _tail(rows: list[list[Piece]], good: int, end: int) -> int:
    """Single cells after the last full row belong to it if they follow closely, off the margin."""
    margin = min(row[0].left for row in rows[:good]) if good else 0.0
    while good < end:
        row = rows[good]
        if (
            row[0].left < margin + row[0].size
            or row[0].base - rows[good - 1][0].base > 1.5 * row[0].size
        ):
            break
        good += 1
    return good


def _strips(spans: list[tuple[float, float]]) -> list[tuple[float, float]]:
    return [(one[1], two[0]) for one, two in pairwise(spans)]


def _common(
    strips: list[tuple[float, float]], cells: list[tuple[float, float]]
) -> list[tuple[float, float]]:
    """What is left of white strips after the cells of one more row."""
    left: list[tuple[float, float]] = []
    for low, high in strips:
        for one, two in cells:
            if one < high and two > low:
                if one <= low + 0.1 and two >= high - 0.1:
                    low = high
                elif two - low < high - one or one <= low:
                    low = max(low, two)
                else:
                    high = min(high, one)
        if high - low >= 6.0:
            left.append((low, high))
    return left


def _aligned(rows: list[list[Piece]], strips: list[tuple[float, float]]) -> Table | None:
    cuts = [(low + high) / 2 for low, high in strips]
    parted = [[_between(row, low, high) for low, high in _bounds(cuts)] for row in rows]
    firsts = [row[0] for row in parted if row[0]]
    marks = sum(bool(_MARKER.match(cell[0].text)) and len(cell) == 1 for cell in firsts)
    if not firsts or (len(cuts) == 1 and marks >= 0.5 * len(firsts)):
        return None
    pitches = [two[0].base - one[0].base for one, two in pairwise(rows)]
    close = min(pitches, default=0.0)
    loose = max(pitches, default=0.0) > 1.2 * close
    made: list[list[list[list[Piece]]]] = []
    for number, cells in enumerate(parted):
        goes_on = number > 0 and (
            not cells[0]
            or (loose and pitches[number - 1] <= 1.15 * close and _wraps(parted, pitches, close))
        )
        if goes_on and made:
            for cell, more in zip(made[-1], cells, strict=True):
                cell += [more] if more else []
        else:
            made.append([[cell] if cell else [] for cell in cells])
    every = [piece for row in rows for piece in row]
    lefts = [min((c[0].left for c in col if c), default=0.0) for col in zip(*parted, strict=True)]
    return Table(
        made,
        min(p.left for p in every),
        min(p.top for p in every),
        max(p.right for p in every),
        max(p.bottom for p in every),
        every[0].base,
        lefts,
        every[0].size,
    )


def _wraps(parted: list[list[list[Piece]]], pitches: list[float], close: float) -> bool:
    """Whether wide steps between rows are common enough to be what parts the rows."""
    wide = sum(pitch > 1.15 * close for pitch in pitches)
    return wide >= 2 and wide >= len(parted) / 6


def _bounds(cuts: list[float]) -> list[tuple[float, float]]:
    edges = [float("-inf"), *cuts, float("inf")]
    return list(pairwise(edges))


def _between(row: list[Piece], low: float, high: float) -> list[Piece]:
    return [piece for piece in row if low <= (piece.left + piece.right) / 2 < high]
