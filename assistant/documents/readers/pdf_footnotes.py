"""Footnotes of a PDF page: small print below the running text that a raised mark points to."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.documents.readers.pdf_layout import Item, Line

_SMALLER = 0.94
_MARK = re.compile(r"^(?:([⁰¹²³⁴-⁹]{1,3})|([*†‡§])|(\d{1,3})(?=[\s.)])|\(?([a-z])\)(?=\s))")
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_POINTER = re.compile(r"[⁰¹²³⁴-⁹]+|[*†‡§]")


def part_footnotes(items: Sequence[Item], body: float) -> tuple[list[Item], list[list[Line]]]:
    """The items of a page without its footnotes, and the lines of each footnote.

    Args:
        items: lines and tables in reading order.
        body: size of running text.
    """
    regions: dict[int, list[Line]] = {}
    for item in items:
        if isinstance(item, Line) and not item.turned:
            regions.setdefault(item.region, []).append(item)
    pointed = _pointed(items, body)
    notes: list[list[Line]] = []
    for lines in regions.values():
        notes += _notes(lines, body, pointed)
    gone = {id(line) for note in notes for line in note}
    return [item for item in items if id(item) not in gone], notes


def _pointed(items: Sequence[Item], body: float) -> set[str]:
    """Raised marks in the running text."""
    found: set[str] = set()
    for item in items:
        lines = (
            [item]
            if isinstance(item, Line)
            else [piece for row in item.rows for cell in row for line in cell for piece in line]
        )
        for line in lines:
            for match in _POINTER.finditer(line.text):
                if match.start() > 0:
                    found.add(match.group().translate(_RAISED))
    return found


def _notes(lines: list[Line], body: float, pointed: set[str]) -> list[list[Line]]:
    tail = len(lines)
    while tail > 0 and lines[tail - 1].size <= _SMALLER * body:
        tail -= 1
    while tail < len(lines) and not _pointed_at(lines[tail], pointed):
        tail += 1
    if tail == len(lines):
        return []
    notes: list[list[Line]] = []
    for line in lines[tail:]:
        if _pointed_at(line, pointed):
            notes.append([line])
        else:
            notes[-1].append(line)
    return notes


def _pointed_at(line: Line, pointed: set[str]) -> bool:
    match = _MARK.match(line.text)
    if not match:
        return False
    mark = next(group for group in match.groups() if group)
    return mark.translate(_RAISED) in pointed
