"""The tables of a web page: rows of cells, and which tables only lay a page out."""

from __future__ import annotations

import itertools
from typing import Any

_WIDEST, _TALLEST = 60, 2_000
_LONGEST_CELL = 1_500
"""Characters of a cell beyond which a table is taken for layout."""


class Table:
    """Cells as they come, each at its true column: spanned places are empty."""

    def __init__(self) -> None:
        self._rows: list[list[str]] = []
        self._covered: dict[int, int] = {}

    def begin_row(self) -> None:
        """A new row."""
        self._covered = {column: left - 1 for column, left in self._covered.items() if left > 1}
        self._rows.append([])

    def add(self, text: str, columns: int, rows: int) -> None:
        """A cell with its text, that many columns wide and rows high."""
        if not self._rows:
            self._rows.append([])
        row = self._rows[-1]
        while self._covered.get(len(row), 0) > 0 and len(row) < _TALLEST:
            row.append("")
        start = len(row)
        row.extend([text, *[""] * (columns - 1)])
        if rows > 1:
            self._covered |= dict.fromkeys(range(start, start + columns), rows)

    def text(self) -> str:
        """A line a row, cells parted by " | "; rows and last columns without text left out."""
        lines: list[str] = []
        for row in self._rows:
            while row and not row[-1]:
                row.pop()
            if row:
                lines.append(" | ".join(row))
        return "\n".join(lines)


def is_layout(table: Any) -> bool:
    """Whether a table (a BeautifulSoup tag) only arranges text that is to be read as text."""
    if str(table.attrs.get("role") or "").lower() in {"presentation", "none"}:
        return True
    if table.find("table") is not None or table.find(["h1", "h2", "h3", "h4"]) is not None:
        return True
    cells = table.find_all(["td", "th"])
    if any(len(cell.get_text()) > _LONGEST_CELL for cell in cells):
        return True
    rows = [cell.parent for cell in cells]
    return not any(one is other for one, other in itertools.pairwise(rows))


def span(cell: Any, name: str) -> int:
    """How many columns or rows a cell takes, within reason."""
    said = str(cell.attrs.get(name) or "").strip()
    if not (said.isascii() and said.isdigit()) or len(said) > 9:
        return 1
    return max(1, min(int(said), _WIDEST if name == "colspan" else _TALLEST))
