"""Running headers, footers and page numbers: what stands at the same place on page after page.

Digits are ignored when lines are held against each other, so that "Page 4 of 22" is known again.
Numbers in what may be a heading ("Appendix 2") are not: such a line stays.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from assistant.documents.readers.pdf_ink import Ink
from assistant.documents.readers.pdf_objects import Box
from assistant.documents.readers.pdf_pieces import Piece
from assistant.documents.readers.pdf_tables import grid_boxes

_MARGIN = 0.17
"""Share of the page's height, at the top and at the bottom, where they are looked for."""
_NEAR = 5.0
_DIGITS = re.compile(r"\d{1,9}")
_LETTER = re.compile(r"[^\W_]")
_PAGE = re.compile(
    r"^\W{0,3}(?:page|pg\.?|p\.?)\s*[\divxlc]+(?:\s*(?:of|/|\|)\s*\d+)?\W{0,3}$", re.IGNORECASE
)
_BARE = re.compile(
    r"^\W{0,3}(\d{1,4}|[ivxlc]{1,6})(?:\s*(?:/|of|\|)\s*\d{1,4})?\W{0,3}$", re.IGNORECASE
)
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
_MANY = 3
_SET_OFF = 1.55
"""Letter heights from a running line to the next one: closer than that it is part of the text."""


def drop_furniture(pages: Sequence[Ink]) -> None:
    """Take running headers, footers and page numbers out of the pieces of pages."""
    body = _body_size(pages)
    gone: set[int] = set()
    for top in (True, False):
        spots: dict[str, list[_Row]] = defaultdict(list)
        for index, page in enumerate(pages):
            for row in _rows(page, index, top):
                spots[_DIGITS.sub("#", row.text.lower())].append(row)
        repeated: list[list[_Row]] = []
        for masked, found in spots.items():
            if len(found) > 1 and len(_LETTER.findall(found[0].text)) > 3:
                repeated += [c for c in _clusters(found) if _repeats(masked, c, pages, body)]
        gone |= _set_apart(repeated, pages)
        gone |= _page_numbers(pages, top)
    for page in pages:
        page.pieces = [piece for piece in page.pieces if id(piece) not in gone]
    _drop_turned(pages)


@dataclass(slots=True)
class _Row:
    """What stands on one line in the margin of a page; ``place`` is the distance from its edge."""

    text: str
    place: float
    index: int
    pieces: list[Piece]


def _rows(page: Ink, index: int, top: bool) -> list[_Row]:
    """Whole lines: part of one is no header, however often it stands at one place."""
    rows: list[_Row] = []
    inside = [
        (place, piece) for piece in page.pieces if (place := _place(piece, page, top)) is not None
    ]
    for place, piece in sorted(inside, key=lambda entry: (entry[0], entry[1].left)):
        if rows and place - rows[-1].place <= 2.0:
            rows[-1].pieces.append(piece)
        else:
            rows.append(_Row("", place, index, [piece]))
    for row in rows:
        row.text = " ".join(p.text for p in sorted(row.pieces, key=lambda p: p.left))
    return rows


def _set_apart(repeated: list[list[_Row]], pages: Sequence[Ink]) -> set[int]:
    """Pieces of the rows that white parts from the text, repeated heads of tables aside."""
    chosen = {id(piece) for rows in repeated for row in rows for piece in row.pieces}
    repeated = [
        rows
        for rows in repeated
        if median(_white(row, pages[row.index], chosen) for row in rows) >= _SET_OFF
    ]
    chosen = {id(piece) for rows in repeated for row in rows for piece in row.pieces}
    grids: dict[int, list[Box]] = {}
    gone: set[int] = set()
    for rows in repeated:
        for row in rows:
            page = pages[row.index]
            if row.index not in grids:
                grids[row.index] = [
                    grid
                    for grid in grid_boxes(page.rules)
                    if any(_inside(p, grid) and id(p) not in chosen for p in page.pieces)
                ]
            if not any(_inside(row.pieces[0], grid) for grid in grids[row.index]):
                gone |= {id(piece) for piece in row.pieces}
    return gone


def _inside(piece: Piece, box: Box) -> bool:
    return box.holds((piece.left + piece.right) / 2, (piece.top + piece.bottom) / 2)


def _place(piece: Piece, page: Ink, top: bool) -> float | None:
    """Distance of a piece from the edge of the page, if it stands in the margin."""
    distance = piece.base if top else page.height - piece.base
    return distance if distance <= _MARGIN * page.height else None


def _clusters(found: list[_Row]) -> list[list[_Row]]:
    clusters: list[list[_Row]] = []
    for row in sorted(found, key=lambda row: (row.place, row.index)):
        if clusters and row.place - clusters[-1][0].place <= _NEAR:
            clusters[-1].append(row)
        else:
            clusters.append([row])
    return clusters


def _repeats(masked: str, cluster: list[_Row], pages: Sequence[Ink], body: float) -> bool:
    enough = _MANY if len(pages) > 5 else 2
    if len(pages) < 2 or len({row.index for row in cluster}) < enough:
        return False
    if "#" not in masked:
        return True
    written = {tuple(_DIGITS.findall(row.text)) for row in cluster}
    if len(written) == 1 or "page" in masked:
        return True
    words = re.findall(r"[^\W\d_]{2,}", masked)
    plain = all(p.size <= 1.05 * body and p.bold < 0.5 for row in cluster for p in row.pieces)
    return len(words) >= 2 and plain and _counts_up(cluster)


def _white(row: _Row, page: Ink, chosen: set[int]) -> float:
    """The step to the next line of text towards the middle of the page, in letter heights."""
    base, size = row.pieces[0].base, row.pieces[0].size
    if base < page.height / 2:
        steps = [p.base - base for p in page.pieces if p.base > base + 2 and id(p) not in chosen]
    else:
        steps = [base - p.base for p in page.pieces if p.base < base - 2 and id(p) not in chosen]
    return min(steps, default=1000.0) / size


def _counts_up(cluster: list[_Row]) -> bool:
    """Whether some number in the line goes up with the pages."""
    rows = [([int(d) for d in _DIGITS.findall(row.text)], row.index) for row in cluster]
    width = min(len(digits) for digits, _ in rows)
    return any(
        len({digits[place] - index for digits, index in rows}) == 1 for place in range(width)
    )


def _page_numbers(pages: Sequence[Ink], top: bool) -> set[int]:
    """Numbers that stand alone and count the pages."""
    found: list[tuple[int, int, Piece]] = []
    gone: set[int] = set()
    for index, page in enumerate(pages):
        for piece in page.pieces:
            if _place(piece, page, top) is None:
                continue
            if _PAGE.match(piece.text) and _alone(piece, page):
                gone.add(id(piece))
            bare = _BARE.match(piece.text)
            if bare and _alone(piece, page):
                found.append((_value(bare.group(1)) - index, index, piece))
    offsets: dict[int, list[Piece]] = defaultdict(list)
    for offset, _, piece in found:
        offsets[offset].append(piece)
    for offset, group in offsets.items():
        if len(group) >= 2 or offset == 1:
            gone |= {id(piece) for piece in group}
    return gone


def _alone(piece: Piece, page: Ink) -> bool:
    """Whether no other text stands on its line or next to it."""
    return not any(
        other is not piece and abs(other.base - piece.base) < _SET_OFF * piece.size
        for other in page.pieces
    )


def _value(text: str) -> int:
    if text.isdigit():
        return int(text)
    total = 0
    values = [_ROMAN[char] for char in text.lower()]
    for value, after in zip(values, [*values[1:], 0], strict=True):
        total += -value if value < after else value
    return total


def _drop_turned(pages: Sequence[Ink]) -> None:
    """Slanted and upright stamps that stand on several pages ("uncontrolled when printed")."""
    seen: dict[str, set[int]] = defaultdict(set)
    for index, page in enumerate(pages):
        for group in page.turned:
            for piece in group:
                seen[_DIGITS.sub("#", piece.text)].add(index)
    enough = _MANY if len(pages) > 5 else 2
    for page in pages:
        kept = [
            [p for p in group if len(seen[_DIGITS.sub("#", p.text)]) < enough]
            for group in page.turned
        ]
        page.turned = [group for group in kept if group]


def _body_size(pages: Sequence[Ink]) -> float:
    sizes = [piece.size for page in pages for piece in page.pieces if len(piece.text) > 30]
    return median(sizes) if sizes else 10.0
