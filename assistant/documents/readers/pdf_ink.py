"""Reads one PDF page: its visible letters as pieces of text with their places, and what is drawn.

A piece is a run of letters on one line without a wide gap. The order of reading is found by
``pdf_layout``; nothing is left out here but what nobody can see, which is counted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from assistant.documents.readers.pdf_letters import seen_letters
from assistant.documents.readers.pdf_objects import Box, Drawn, Rule, View, drawn_on, view_of
from assistant.documents.readers.pdf_pieces import Glyph, Piece, drawn_bullets, pieces_of

_PAGE_SIZED = 0.6
"""Share of the page from which pictures count as a scan of it."""
_MANY_PATHS = 300
_FEW_LETTERS = 30


@dataclass
class Ink:
    """A page as drawn.

    ``turn`` is how far (clockwise, degrees) the page was turned so that most of its text stands
    upright; all places are after that turn. ``turned`` are pieces that are not upright even so.
    ``hidden`` counts letters left out, by the reason. ``garbled`` counts letters whose font does
    not say what they are.
    """

    number: int
    width: float
    height: float
    turn: int = 0
    pieces: list[Piece] = field(default_factory=list)
    turned: list[list[Piece]] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    shapes: list[Box] = field(default_factory=list)
    hidden: dict[str, int] = field(default_factory=dict)
    garbled: int = 0
    letters: int = 0
    covered: float = 0.0
    paths: int = 0
    objects: int = 0

    @property
    def scanned(self) -> bool:
        """Whether the page shows something to read that is a picture and no text."""
        shows = self.covered >= _PAGE_SIZED or self.paths >= _MANY_PATHS
        return self.letters < _FEW_LETTERS and shows

    @property
    def unclear(self) -> bool:
        """Whether most letters of the page cannot be told."""
        return self.garbled > 20 and self.garbled > 0.3 * (self.letters + self.garbled)


def read_ink(page: Any, number: int, *, edges: bool = False) -> Ink:
    """Read a page.

    Args:
        page: a ``pypdfium2.PdfPage``; the caller closes it.
        number: of the page, from 1.
        edges: keep where each single letter stands.
    """
    view = view_of(page)
    drawn = drawn_on(page, view)
    covered = _covered(drawn.pictures, view)
    seen = seen_letters(page, view, drawn, scan=covered >= _PAGE_SIZED, single=edges)
    ink = Ink(number, view.width, view.height, covered=covered, paths=drawn.paths)
    ink.objects = drawn.count
    ink.hidden, ink.garbled = seen.hidden, seen.garbled
    ink.letters = max(0, sum(len(glyph.char) for glyph in seen.glyphs) - seen.garbled)
    _place(ink, seen.glyphs, drawn, edges=edges)
    return ink


def _place(ink: Ink, glyphs: list[Glyph], drawn: Drawn, *, edges: bool) -> None:
    angles: dict[int, int] = {}
    for glyph in glyphs:
        if glyph.style is not None:
            angle = glyph.style.angle
            angles[angle] = angles.get(angle, 0) + len(glyph.char)
    main = max(angles, key=lambda angle: (angles[angle], -angle), default=0)
    main = max(main, 0)
    rules = [turned_rule(rule, main, ink.width, ink.height) for rule in drawn.rules]
    ink.shapes = [
        turned_box(shape.box, main, ink.width, ink.height)
        for shape in drawn.shapes
        if shape.colour is not None
    ]
    groups: dict[int, list[Glyph]] = {}
    for glyph in glyphs:
        if glyph.style is None:
            for group in groups.values():
                group.append(glyph)
        else:
            groups.setdefault(glyph.style.angle, []).append(glyph)
    width, height = ink.width, ink.height
    for angle in sorted(groups, key=lambda angle: (angle != main, angle)):
        upright = groups[angle]
        if angle > 0:
            upright = [turned_glyph(glyph, angle, width, height) for glyph in upright]
        pieces = pieces_of(upright, rules if angle == main else [], edges=edges)
        if angle == main:
            ink.pieces = pieces
        elif pieces:
            ink.turned.append(pieces)
    ink.pieces += drawn_bullets(ink.shapes, ink.pieces, edges=edges)
    ink.rules, ink.turn = rules, main
    if main % 180:
        ink.width, ink.height = height, width


def _covered(pictures: list[Box], view: View) -> float:
    page = Box(0.0, 0.0, view.width, view.height)
    total = sum(
        Box(
            max(b.left, 0.0), max(b.top, 0.0), min(b.right, page.right), min(b.bottom, page.bottom)
        ).area
        for b in pictures
        if b.right > 0 and b.bottom > 0
    )
    return min(1.0, total / page.area) if page.area else 0.0


def turned_box(box: Box, angle: int, width: float, height: float) -> Box:
    """A box after the page is turned so that text at ``angle`` (anticlockwise) is upright."""
    if angle == 90:
        return Box(height - box.bottom, box.left, height - box.top, box.right)
    if angle == 180:
        return Box(width - box.right, height - box.bottom, width - box.left, height - box.top)
    if angle == 270:
        return Box(box.top, width - box.right, box.bottom, width - box.left)
    return box


def turned_rule(rule: Rule, angle: int, width: float, height: float) -> Rule:
    """The same for a line."""
    if angle <= 0:
        return rule
    if rule.level:
        box = Box(rule.start, rule.at, rule.end, rule.at)
    else:
        box = Box(rule.at, rule.start, rule.at, rule.end)
    new = turned_box(box, angle, width, height)
    if rule.level == (angle == 180):
        return Rule(True, new.top, new.left, new.right)
    return Rule(False, new.left, new.top, new.bottom)


def turned_glyph(glyph: Glyph, angle: int, width: float, height: float) -> Glyph:
    """The same for a letter."""
    if angle <= 0 or glyph.style is None:
        return glyph
    box = turned_box(Box(*glyph[2:6]), angle, width, height)
    x, y = glyph.x, glyph.base
    if angle == 90:
        x, y = height - y, x
    elif angle == 180:
        x, y = width - x, height - y
    else:
        x, y = y, width - x
    return Glyph(glyph.char, glyph.style, *box, x, y)
