"""What kinds of lines a PDF has: its running text, headings, markers and captions."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import median

from assistant.documents.readers.pdf_layout import Item, Line
from assistant.documents.readers.pdf_text import BULLETS

BULLET = re.compile(rf"^(?:[{BULLETS}\ufffd]|[–—*-]|o)\s+(?=\S)")
LETTERED = re.compile(
    r"^(?:\((?:[a-z]{1,2}|[ivx]{1,5}|\d{1,2})\)|(?:[a-z]|[ivx]{1,5})[.)]|\d{1,2}[.)])\s+(?=\S)"
)
CLAUSE = re.compile(
    r"^(?:(?:section|appendix|annex|chapter|part)\s+)?((?:\d{1,3}|[A-Z])(?:\.\d{1,3}){0,5})[.:)]?\s+(?=\S)",
    re.IGNORECASE,
)
NUMBER = re.compile(r"^(\d{1,3}(?:\.\d{1,3}){0,5})[.:)]?\s+(?=\S)")
CAPTION = re.compile(
    r"^(?:table|figure|fig\.|box|chart|exhibit|diagram)\s+(?:[A-Z]?\d{1,3}(?:\.\d{1,3})*|[A-Z]|[IVX]{1,4})\b\s*(?:[.:–—-]|\s|$)",
    re.IGNORECASE,
)
ENDS = re.compile(r"[.!?:;…][\"'”’)\]⁰¹²³⁴-⁹]*$")
CLOSES = re.compile(r"[.!?…][\"'”’)\]⁰¹²³⁴-⁹]*$")
LEADERS = re.compile(r"(?:\s?[.…·_]){4,}\s*(?:[ivxlc]+|\d{1,4})$")
"""The end of an entry in a table of contents."""
PAGE_AT_END = re.compile(r"\s(?:[ivxlc]+|\d{1,4})$")
CONTENTS = frozenset({"contents", "tableofcontents", "contentspage", "listofcontents"})
_LONGEST_HEADING = 180


@dataclass
class Styles:
    """Measures of a document. ``leading`` is the usual step between lines, in letter heights."""

    body: float = 10.0
    leading: float = 1.2
    outline: Mapping[str, int] = field(default_factory=dict)
    levels: dict[tuple[float, bool], int] = field(default_factory=dict)


def measure(pages: Iterable[list[Item]], outline: Mapping[str, int]) -> Styles:
    """Find the size of running text and the usual step from line to line.

    Args:
        pages: items of each page.
        outline: depth of each bookmark, by its title as ``folded`` gives it.
    """
    sizes: Counter[float] = Counter()
    steps: list[float] = []
    for items in pages:
        last: Line | None = None
        for item in items:
            if not isinstance(item, Line):
                last = None
                continue
            sizes[round(item.size * 2) / 2] += len(item.text)
            if last is not None and last.region == item.region and last.size == item.size:
                steps.append(round((item.base - last.base) / item.size, 2))
            last = item
    body = max(sizes, key=lambda size: (sizes[size], size)) if sizes else 10.0
    likely = [step for step in steps if 0.9 <= step <= 2.2]
    low = sorted(likely)[: max(1, len(likely) * 2 // 3)]
    return Styles(body, median(low) if low else 1.2, outline)


def folded(text: str) -> str:
    """Letters and digits of a text, in lower case: for holding titles against each other."""
    return "".join(char for char in text.casefold() if char.isalnum())


def heading_style(line: Line) -> tuple[float, bool]:
    """What headings of one level share."""
    return round(line.size * 2) / 2, line.bold


def is_heading(text: str, lines: list[Line], styles: Styles) -> bool:
    """Whether a group of lines that stands alone is a heading."""
    first = lines[0]
    if len(text) > _LONGEST_HEADING or len(lines) > 4 or not any(c.isalpha() for c in text):
        return False
    if folded(text) in styles.outline and not CLOSES.search(text):
        return True
    if BULLET.match(text) or CAPTION.match(text):
        return False
    larger = first.size >= 1.12 * styles.body
    numbered = NUMBER.match(text)
    rest = text[numbered.end() :] if numbered else text
    if CLOSES.search(text) and not (larger and len(text) < 80) and not numbered:
        return False
    if larger and (first.bold or first.size >= 1.2 * styles.body or len(text) < 90):
        return True
    if not rest[:1].isupper() and not (numbered and first.bold):
        return False
    if first.bold and first.size >= 0.95 * styles.body:
        return len(lines) <= 2 and len(text) <= 120 and not re.search(r"[.;,]$", text)
    return _capitals(rest) and len(lines) <= 2 and len(text) <= 90


def _capitals(text: str) -> bool:
    letters = [char for char in text if char.isalpha()]
    return (
        len(letters) >= 6 and all(char.isupper() for char in letters) and " " in text.strip()
    ) or (len(letters) >= 8 and all(char.isupper() for char in letters))


def numbered_depth(text: str) -> int:
    """How deep a number at the start of a heading goes: 2 for "4.2 Home visits"; 0 without one."""
    match = NUMBER.match(text)
    return match.group(1).count(".") + 1 if match else 0


def set_levels(headings: Iterable[tuple[str, Line]], styles: Styles) -> None:
    """Give each style of heading its level, by size and by the numbers that headings bear."""
    depths: dict[tuple[float, bool], list[int]] = defaultdict(list)
    for text, line in headings:
        depth = styles.outline.get(folded(text), 0) or numbered_depth(text)
        depths[heading_style(line)].append(depth)
    level = 0
    for style in sorted(depths, reverse=True):
        known = [depth for depth in depths[style] if depth]
        level = round(median(known)) if len(known) * 3 >= len(depths[style]) else level + 1
        styles.levels[style] = max(1, min(level, 9))


def level_of(text: str, line: Line, styles: Styles) -> int:
    """The level of a heading, from 1."""
    depth = styles.outline.get(folded(text), 0) or numbered_depth(text)
    return min(depth or styles.levels.get(heading_style(line), 1), 9)
