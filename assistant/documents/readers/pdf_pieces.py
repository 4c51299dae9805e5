"""Letters of a PDF page to pieces: runs on one line without a wide gap, in the file's order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from assistant.documents.readers.pdf_objects import Box, Rule
from assistant.documents.readers.pdf_text import plain

_WIDE = 0.75
"""Gap, in letter heights, beyond which text on one line is not one run."""
_APART = 0.3
_LEAST_GAP = 0.08
"""Gap, in letter heights, from which two words are believed to be apart without a blank."""
_BACK = 0.6
_MOST_BULLETS = 400
_RAISED = str.maketrans("0123456789+-=()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾")


@dataclass(slots=True, frozen=True)
class Style:
    """What holds for all letters of one text object. ``origin`` is where its first letter stands on
    the line; ``hidden`` is why nobody can see it; ``sure`` says that nothing about it is
    odd."""

    address: int
    size: float
    angle: int
    bold: bool
    hidden: str
    doubtful: bool
    sure: bool
    origin: tuple[float, float]


class Glyph(NamedTuple):
    """A letter, or a word of one style, and its place; ``style`` is None for a blank. ``base`` is
    the y that it stands on."""

    char: str
    style: Style | None
    left: float
    top: float
    right: float
    bottom: float
    x: float
    base: float


BLANK = Glyph("", None, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
SUPPOSED = Glyph("", None, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
"""A blank that is not written: PDFium takes a gap for one."""


@dataclass(slots=True)
class Piece:
    """A run of text on one line. ``bold`` is the share of its letters that are. ``edges`` are
    (left, right) of each letter of ``text``, if they were asked for."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    base: float
    size: float
    bold: float
    edges: list[tuple[float, float]] | None = None


class _Run:
    """A piece in the making."""

    __slots__ = (
        "base", "bold", "bottom", "chars", "edges", "left", "raised", "right", "size", "sizes",
        "style", "top",
    )  # fmt: skip

    def __init__(self, glyph: Glyph, style: Style) -> None:
        self.chars: list[str] = []
        self.edges: list[tuple[float, float]] = []
        self.sizes: dict[float, int] = {}
        self.bold = 0
        self.left, self.right = glyph.left, glyph.right
        self.top, self.bottom = glyph.top, glyph.bottom
        self.base, self.size = glyph.base, style.size
        self.style, self.raised = style, False

    def finished(self, *, edges: bool) -> Piece | None:
        """The piece, or None if it shows nothing."""
        whole = "".join(self.chars)
        text = plain(whole)
        if not text:
            return None
        size = max(self.sizes, key=lambda size: (self.sizes[size], size))
        return Piece(
            whole if edges else text,
            self.left,
            self.top,
            self.right,
            self.bottom,
            self.base,
            round(size, 2),
            self.bold / sum(self.sizes.values()),
            self.edges if edges else None,
        )


def pieces_of(glyphs: Iterable[Glyph], rules: Sequence[Rule], *, edges: bool) -> list[Piece]:
    """Runs of letters.

    Args:
        glyphs: letters of one angle, upright, in the order of the file.
        rules: drawn lines; an upright one between two words parts them.
        edges: keep the place of each letter, and each text as it came, odd characters and all.
    """
    uprights = sorted((r.at, r.start, r.end) for r in rules if not r.level)
    runs: list[_Run] = []
    run: _Run | None = None
    blank = supposed = False
    for glyph in glyphs:
        style = glyph.style
        if style is None:
            blank, supposed = blank or glyph is not SUPPOSED, True
            continue
        if supposed and not blank and run is not None:
            blank = glyph.left - run.right > _LEAST_GAP * run.size
        if (
            run is None
            or not _goes_on(run, glyph, style, blank)
            or (blank and uprights and _crossed(run, glyph, uprights))
        ):
            run = _Run(glyph, style)
            runs.append(run)
            blank = False
        _take(run, glyph, style, blank)
        blank = supposed = False
    return [piece for run in runs if (piece := run.finished(edges=edges)) is not None]


def _goes_on(run: _Run, glyph: Glyph, style: Style, blank: bool) -> bool:
    gap = glyph.left - run.right
    if style is run.style:
        if -_BACK * run.size < gap <= _WIDE * run.size:
            return True
        return not blank and run.edges[-1] == (glyph.left, glyph.right)  # parts of a ligature
    large, little = max(run.size, style.size), min(run.size, style.size)
    if not -_BACK * little < gap <= _WIDE * large:
        return False
    shift = abs(glyph.base - run.base)
    if shift <= 0.12 * large:
        return True
    return shift <= 0.75 * large and little <= 0.85 * large and not (blank and gap > 0.5 * large)


def _crossed(run: _Run, glyph: Glyph, uprights: list[tuple[float, float, float]]) -> bool:
    middle = glyph.base - 0.3 * run.size
    return any(
        run.right - 1.0 <= at <= glyph.left + 1.0 and start <= middle <= end
        for at, start, end in uprights
    )


def _take(run: _Run, glyph: Glyph, style: Style, blank: bool) -> None:
    if style is not run.style:
        _change(run, glyph, style)
    if blank or glyph.left - run.right > _APART * run.size:
        run.chars.append(" ")
        run.edges.append((run.right, glyph.left))
    char = glyph.char
    run.chars.append(char.translate(_RAISED) if run.raised else char)
    run.edges.append((glyph.left, glyph.right))
    if glyph.right > run.right:
        run.right = glyph.right
    run.sizes[style.size] = run.sizes.get(style.size, 0) + len(char)
    run.bold += style.bold * len(char)


def _change(run: _Run, glyph: Glyph, style: Style) -> None:
    """Letters of another style follow: raised digits, or full letters after them."""
    rise = run.base - glyph.base
    run.raised = False
    if style.size <= 0.85 * run.size and rise > 0.12 * run.size:
        run.raised = True
    elif run.size <= 0.85 * style.size and rise < -0.12 * style.size:
        run.chars = [char.translate(_RAISED) for char in run.chars]
        run.base, run.size = glyph.base, style.size
    elif style.size > run.size * 1.05 and len("".join(run.chars)) < 3:
        run.size = style.size
    run.style = style
    run.left = min(run.left, glyph.left)
    run.top, run.bottom = min(run.top, glyph.top), max(run.bottom, glyph.bottom)


def drawn_bullets(shapes: Sequence[Box], pieces: Sequence[Piece], *, edges: bool) -> list[Piece]:
    """Bullets that are drawn as spots and not written, as pieces of their own."""
    made: list[Piece] = []
    spots = [box for box in shapes if _is_spot(box)]
    for box in spots if len(spots) <= _MOST_BULLETS else []:  # more of them are a drawing
        high = box.bottom - box.top
        middle = (box.top + box.bottom) / 2
        beside = [
            p
            for p in pieces
            if p.top < middle < p.bottom and 0 < p.left - box.right < 2.5 * p.size and high < p.size
        ]
        before = any(
            p.top < middle < p.bottom and p.left < box.left < p.right + p.size for p in pieces
        )
        if beside and not before:
            first = min(beside, key=lambda p: p.left)
            made.append(
                Piece(
                    "•",
                    box.left,
                    first.top,
                    box.right,
                    first.bottom,
                    first.base,
                    first.size,
                    0.0,
                    [(box.left, box.right)] if edges else None,
                )
            )
    return made


def _is_spot(box: Box) -> bool:
    wide, high = box.right - box.left, box.bottom - box.top
    return 1.2 <= wide <= 8 and 1.2 <= high <= 8 and 0.6 <= wide / high <= 1.7
