"""What is drawn on a PDF page besides letters: lines, filled shapes, pictures, in their order.

Places are in points from the top left of the page as shown, rotation and crop applied. Whether text
can be seen at all is judged here by a cheap rule; ``pdf_hidden`` looks at the doubtful ones.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

MOST_OBJECTS = 40_000
MOST_SEGMENTS = 20_000
MOST_SHAPES = 2_000
_CELL = 60.0
_DEEPEST = 6
_THIN = 3.2
"""Points up to which a drawn shape counts as a line."""
_SHORTEST = 6.0


class Box(NamedTuple):
    """A rectangle; y runs downwards."""

    left: float
    top: float
    right: float
    bottom: float

    def holds(self, x: float, y: float) -> bool:
        """Whether a point lies within."""
        return self.left <= x <= self.right and self.top <= y <= self.bottom

    @property
    def area(self) -> float:
        """Square points."""
        return max(0.0, self.right - self.left) * max(0.0, self.bottom - self.top)


class Rule(NamedTuple):
    """A line along an axis: ``at`` is its y if ``level``, else its x; it runs from start to end."""

    level: bool
    at: float
    start: float
    end: float


class Shape(NamedTuple):
    """A filled area: its place in the order of drawing, and its colour or None for a picture."""

    order: int
    box: Box
    colour: tuple[int, int, int] | None


@dataclass(frozen=True)
class View:
    """How a page is shown: the visible part of its own space, and its turn clockwise in degrees."""

    left: float
    bottom: float
    right: float
    top: float
    turn: int

    @property
    def width(self) -> float:
        """Points, as shown."""
        return self.right - self.left if self.turn % 180 == 0 else self.top - self.bottom

    @property
    def height(self) -> float:
        """Points, as shown."""
        return self.top - self.bottom if self.turn % 180 == 0 else self.right - self.left

    def point(self, x: float, y: float) -> tuple[float, float]:
        """A point of the page's own space, as shown."""
        if self.turn == 90:
            return y - self.bottom, x - self.left
        if self.turn == 180:
            return self.right - x, y - self.bottom
        if self.turn == 270:
            return self.top - y, self.right - x
        return x - self.left, self.top - y

    def box(self, left: float, bottom: float, right: float, top: float) -> Box:
        """A rectangle of the page's own space, as shown."""
        if not self.turn:
            return Box(left - self.left, self.top - top, right - self.left, self.top - bottom)
        (x1, y1), (x2, y2) = self.point(left, bottom), self.point(right, top)
        return Box(min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))


@dataclass
class Drawn:
    """Everything that is drawn on a page but letters; ``texts`` gives each text object's order, and
    ``doubted`` the text objects on a layer that may be switched off, or outside of their clip."""

    rules: list[Rule] = field(default_factory=list)
    shapes: list[Shape] = field(default_factory=list)
    pictures: list[Box] = field(default_factory=list)
    texts: dict[int, int] = field(default_factory=dict)
    cells: dict[tuple[int, int], list[Shape]] = field(default_factory=dict)
    doubted: set[int] = field(default_factory=set)
    paths: int = 0
    count: int = 0
    segments: int = 0

    def shapes_at(self, x: float, y: float) -> list[Shape]:
        """The filled areas that hold a point, in the order of drawing."""
        if not self.cells and self.shapes:
            largest = sorted(self.shapes, key=lambda shape: -shape.box.area)[:MOST_SHAPES]
            for shape in sorted(largest, key=lambda shape: shape.order):
                for cell in _cells(shape.box):
                    self.cells.setdefault(cell, []).append(shape)
        near = self.cells.get((int(x // _CELL), int(y // _CELL)), [])
        return [shape for shape in near if shape.box.holds(x, y)]


def _cells(box: Box) -> Iterator[tuple[int, int]]:
    for column in range(max(0, int(box.left // _CELL)), min(60, int(box.right // _CELL)) + 1):
        for row in range(max(0, int(box.top // _CELL)), min(60, int(box.bottom // _CELL)) + 1):
            yield column, row


Matrix = tuple[float, float, float, float, float, float]
_SAME: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def view_of(page: Any) -> View:
    """How a page is shown."""
    import pypdfium2.raw as raw

    box = raw.FS_RECTF()
    if not raw.FPDF_GetPageBoundingBox(page.raw, ctypes.byref(box)):
        return View(0.0, 0.0, page.get_width(), page.get_height(), 0)
    return View(box.left, box.bottom, box.right, box.top, page.get_rotation() % 360)


@cache
def by_address(name: str, *kinds: Any) -> Any:
    """A function of PDFium that gives an object, as one that gives its address (0 for none).

    Addresses can be compared and kept as keys, which the wrapped pointers cannot.
    """
    import pypdfium2.raw as raw

    address = ctypes.cast(getattr(raw, name), ctypes.c_void_p).value or 0
    return ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, *kinds)(address)


def pointer(address: int) -> Any:
    """A page object as PDFium wants it."""
    import pypdfium2.raw as raw

    return ctypes.cast(ctypes.c_void_p(address), raw.FPDF_PAGEOBJECT)


def drawn_on(page: Any, view: View) -> Drawn:
    """Walk through the objects of a page, those inside of forms included."""
    import pypdfium2.raw as raw

    drawn = Drawn()
    handle = ctypes.cast(page.raw, ctypes.c_void_p)
    each = by_address("FPDFPage_GetObject", ctypes.c_int)
    total = raw.FPDFPage_CountObjects(page.raw)
    for number in range(min(total, MOST_OBJECTS)):
        _walk(each(handle, number), drawn, view, _SAME, 0)
    return drawn


def _walk(address: int | None, drawn: Drawn, view: View, outer: Matrix, depth: int) -> None:
    import pypdfium2.raw as raw

    if not address or drawn.count >= MOST_OBJECTS:
        return
    drawn.count += 1
    thing = pointer(address)
    kind = raw.FPDFPageObj_GetType(thing)
    if kind == raw.FPDF_PAGEOBJ_TEXT:
        drawn.texts[address] = drawn.count
        if (raw.FPDFPageObj_CountMarks(thing) and _on_layer(thing)) or _clipped(thing):
            drawn.doubted.add(address)
    elif kind == raw.FPDF_PAGEOBJ_FORM:
        inner = _times(_matrix(thing), outer)
        each = by_address("FPDFFormObj_GetObject", ctypes.c_ulong)
        total = raw.FPDFFormObj_CountObjects(thing) if depth < _DEEPEST else 0
        for number in range(max(0, total)):
            _walk(each(ctypes.c_void_p(address), number), drawn, view, inner, depth + 1)
    elif kind == raw.FPDF_PAGEOBJ_IMAGE:
        box = _bounds(thing, view, outer)
        if box is not None:
            drawn.pictures.append(box)
            drawn.shapes.append(Shape(drawn.count, box, None))
    elif kind in {raw.FPDF_PAGEOBJ_PATH, raw.FPDF_PAGEOBJ_SHADING}:
        drawn.paths += 1
        _take_path(thing, drawn, view, outer, kind == raw.FPDF_PAGEOBJ_SHADING)


def _take_path(thing: Any, drawn: Drawn, view: View, outer: Matrix, shading: bool) -> None:
    import pypdfium2.raw as raw

    box = _bounds(thing, view, outer)
    if box is None:
        return
    if shading:
        drawn.shapes.append(Shape(drawn.count, box, None))
        return
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    raw.FPDFPath_GetDrawMode(thing, ctypes.byref(fill), ctypes.byref(stroke))
    line = _thin(box)
    if line is not None:
        if fill.value or stroke.value:
            drawn.rules.append(line)
        return
    if fill.value:
        drawn.shapes.append(Shape(drawn.count, box, colour_of(thing)[:3]))
    if stroke.value or (fill.value and raw.FPDFPath_CountSegments(thing) > 5):
        _take_segments(thing, drawn, view, _times(_matrix(thing), outer))


def _take_segments(thing: Any, drawn: Drawn, view: View, matrix: Matrix) -> None:
    import pypdfium2.raw as raw

    x, y = ctypes.c_float(), ctypes.c_float()
    last: tuple[float, float] | None = None
    first = last
    for number in range(raw.FPDFPath_CountSegments(thing)):
        drawn.segments += 1
        if drawn.segments > MOST_SEGMENTS:
            return
        segment = raw.FPDFPath_GetPathSegment(thing, number)
        raw.FPDFPathSegment_GetPoint(segment, ctypes.byref(x), ctypes.byref(y))
        here = view.point(*_apply(matrix, x.value, y.value))
        kind = raw.FPDFPathSegment_GetType(segment)
        if kind == raw.FPDF_SEGMENT_MOVETO:
            first = here
        elif kind == raw.FPDF_SEGMENT_LINETO and last is not None:
            _add_edge(drawn, last, here)
        if raw.FPDFPathSegment_GetClose(segment) and first is not None:
            _add_edge(drawn, here, first)
        last = here


def _add_edge(drawn: Drawn, one: tuple[float, float], two: tuple[float, float]) -> None:
    box = Box(min(one[0], two[0]), min(one[1], two[1]), max(one[0], two[0]), max(one[1], two[1]))
    if min(box.right - box.left, box.bottom - box.top) < 0.5:
        line = _thin(box)
        if line is not None:
            drawn.rules.append(line)


def _thin(box: Box) -> Rule | None:
    width, height = box.right - box.left, box.bottom - box.top
    if height <= _THIN and width >= _SHORTEST:
        return Rule(True, (box.top + box.bottom) / 2, box.left, box.right)
    if width <= _THIN and height >= _SHORTEST:
        return Rule(False, (box.left + box.right) / 2, box.top, box.bottom)
    return None


def colour_of(thing: Any) -> tuple[int, int, int, int]:
    """Red, green, blue and opacity of an object's filling, 0 to 255; black where not known."""
    import pypdfium2.raw as raw

    parts = [ctypes.c_uint() for _ in range(4)]
    if not raw.FPDFPageObj_GetFillColor(thing, *(ctypes.byref(part) for part in parts)):
        return (0, 0, 0, 255)
    red, green, blue, opacity = (part.value for part in parts)
    return red, green, blue, opacity


def _on_layer(thing: Any) -> bool:
    import pypdfium2.raw as raw

    for number in range(min(8, raw.FPDFPageObj_CountMarks(thing))):
        mark = raw.FPDFPageObj_GetMark(thing, number)
        buffer = (ctypes.c_ushort * 16)()
        length = ctypes.c_ulong()
        known = raw.FPDFPageObjMark_GetName(mark, buffer, 32, ctypes.byref(length))
        if known and bytes(buffer)[:4] == "OC".encode("utf-16-le") and length.value == 6:
            return True
    return False


def _clipped(thing: Any) -> bool:
    """Whether the middle of a text object lies outside of what it may be drawn on."""
    import pypdfium2.raw as raw

    clip = raw.FPDFPageObj_GetClipPath(thing)
    total = raw.FPDFClipPath_CountPaths(clip) if clip else 0
    if total < 1:
        return False
    sides = [ctypes.c_float() for _ in range(4)]
    if not raw.FPDFPageObj_GetBounds(thing, *(ctypes.byref(side) for side in sides)):
        return False
    left, bottom, right, top = (side.value for side in sides)
    middle = (left + right) / 2, (bottom + top) / 2
    return not all(_in_clip(clip, number, middle) for number in range(min(total, 8)))


def _in_clip(clip: Any, number: int, middle: tuple[float, float]) -> bool:
    import pypdfium2.raw as raw

    x, y = ctypes.c_float(), ctypes.c_float()
    xs, ys = [], []
    for place in range(min(64, raw.FPDFClipPath_CountPathSegments(clip, number))):
        segment = raw.FPDFClipPath_GetPathSegment(clip, number, place)
        if raw.FPDFPathSegment_GetPoint(segment, ctypes.byref(x), ctypes.byref(y)):
            xs.append(x.value)
            ys.append(y.value)
    if not xs:
        return True
    return min(xs) - 1 <= middle[0] <= max(xs) + 1 and min(ys) - 1 <= middle[1] <= max(ys) + 1


def _bounds(thing: Any, view: View, outer: Matrix) -> Box | None:
    import pypdfium2.raw as raw

    sides = [ctypes.c_float() for _ in range(4)]
    if not raw.FPDFPageObj_GetBounds(thing, *(ctypes.byref(side) for side in sides)):
        return None
    left, bottom, right, top = (side.value for side in sides)
    if outer is not _SAME:
        corners = [_apply(outer, x, y) for x in (left, right) for y in (bottom, top)]
        left, right = min(x for x, _ in corners), max(x for x, _ in corners)
        bottom, top = min(y for _, y in corners), max(y for _, y in corners)
    return view.box(left, bottom, right, top)


def _matrix(thing: Any) -> Matrix:
    import pypdfium2.raw as raw

    found = raw.FS_MATRIX()
    if not raw.FPDFPageObj_GetMatrix(thing, ctypes.byref(found)):
        return _SAME
    return found.a, found.b, found.c, found.d, found.e, found.f


def _times(inner: Matrix, outer: Matrix) -> Matrix:
    a, b, c, d, e, f = inner
    return (
        a * outer[0] + b * outer[2],
        a * outer[1] + b * outer[3],
        c * outer[0] + d * outer[2],
        c * outer[1] + d * outer[3],
        e * outer[0] + f * outer[2] + outer[4],
        e * outer[1] + f * outer[3] + outer[5],
    )


def _apply(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f
