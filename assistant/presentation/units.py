"""Parts an exported text into the pieces by which ``record`` tells what was changed in it.

A piece is a paragraph, a heading or a list item on one line. In papers (``assistant.exports``) it
is a table's cell or a footnote, too, and pieces are parted after each run of citation marks, so
that one sentence of a cell can be told from its neighbour. Nothing is compared here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_ITEM = re.compile(r"\s*(?:[-*+]|\d{1,4}[.)])\s+|#{1,6}\s+")
_RULE = re.compile(r"\s*(?:-{3,}|\|(?: ?:?-+:? ?\|)+)\s*$")
_NOTE = re.compile(r"\[\^(\d+)\]")
_CELL_EDGE = re.compile(r"(?<!\\)\|")
_MARKED = re.compile(r"\s*((?:\[\d+\])+)")
_AFTER_MARKS = re.compile(r"(?<=\d\])\s+(?=[^\s\[(])")
_MARKUP = re.compile(r"[\\`*_<>#|]")


def markdown_units(body: str) -> list[str]:
    """Paragraphs, headings and list items, each on one line, without what marks them as such."""
    units: list[list[str]] = []
    open_unit = False
    for line in body.splitlines():
        item = _ITEM.match(line)
        if not line.strip():
            open_unit = False
            continue
        if item or not open_unit:
            units.append([])
        units[-1].append(line[item.end() :] if item else line)
        open_unit = True
    return [" ".join(" ".join(unit).split()) for unit in units]


def paper_units(body: str) -> list[str]:
    """The paragraphs of a paper as Markdown: cells apart, rules left out, marks as in ``[1]``."""
    kept: list[str] = []
    for line in body.splitlines():
        cells = line.strip().startswith("|")
        if _RULE.match(line):
            kept.append("")
        elif cells:
            kept += [part for cell in _CELL_EDGE.split(line.strip()[1:]) for part in (cell, "")]
        else:
            kept.append(line)
    return split_units(
        _NOTE.sub(r"[\1]", re.sub(r"^\[\^\d+\]: ", "", unit))
        for unit in markdown_units("\n".join(kept))
    )


def split_units(units: Iterable[str]) -> list[str]:
    """Paragraphs without markup, parted after each run of citation marks; no empty ones."""
    spaced = (" ".join(_MARKED.sub(r" \1", bare(unit)).split()) for unit in units)
    return [part for unit in spaced for part in _AFTER_MARKS.split(unit) if part]


def as_read(unit: str) -> str:
    """A unit as a person reads it, without escapes."""
    return re.sub(r"\\(?=[^\w\s])", "", unit)


def bare(unit: str) -> str:
    """A unit without markup: what stays the same when a program writes the file anew."""
    return " ".join(_MARKUP.sub("", unit).split())
