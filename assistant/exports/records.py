"""A paper, in no format yet: what it says, in reading order, and what it cites."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from assistant.schema import Citation

Style = Literal["body", "lead", "small", "label"]


@dataclass(frozen=True)
class Words:
    """A run of text; ``cites`` are numbers of the paper's citations that stand behind it."""

    text: str
    bold: bool = False
    italic: bool = False
    cites: tuple[int, ...] = ()


Line = tuple[Words, ...]


@dataclass(frozen=True)
class Heading:
    """A heading; level 1 is the highest below the title."""

    text: str
    level: Literal[1, 2, 3] = 1


@dataclass(frozen=True)
class Paragraph:
    """One paragraph."""

    line: Line
    style: Style = "body"


@dataclass(frozen=True)
class Bullets:
    """A list; numbered where the order matters."""

    items: tuple[Line, ...]
    numbered: bool = False


@dataclass(frozen=True)
class Table:
    """A table with a caption and one row of column headings. ``widths`` are shares of the page's
    width that add up to 1; empty for equal ones."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Line, ...], ...]
    widths: tuple[float, ...] = ()


@dataclass(frozen=True)
class Picture:
    """A picture as PNG, with what it shows in words."""

    png: bytes
    alt: str
    caption: str = ""


@dataclass(frozen=True)
class PageBreak:
    """What follows begins on a new page."""


Block = Heading | Paragraph | Bullets | Table | Picture | PageBreak


@dataclass(frozen=True)
class Paper:
    """A whole paper.

    Args:
        title: of the paper.
        blocks: in reading order.
        citations: what it cites, by number, in order.
        subtitle: one line below the title.
        footer: a few words at the foot of every page.
        record: JSON-ready data that lets ``verify`` check the paper later; empty for none.
        language: of its text.
    """

    title: str
    blocks: tuple[Block, ...]
    citations: tuple[Citation, ...] = ()
    subtitle: str = ""
    footer: str = ""
    record: dict[str, Any] = field(default_factory=dict)
    language: str = "en-GB"


def plain(text: str, *cites: int) -> Line:
    """A line of one run."""
    return (Words(text, cites=cites),)
