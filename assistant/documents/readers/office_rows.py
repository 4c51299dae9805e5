"""Tables as text: a line a row, cells parted by " | ", and the pages that rows begin on."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.documents.readers.numerals import Label
from assistant.documents.readers.office import FORCED_PAGE, SOFT_PAGE, Pager, tidy

_LEADING_MARKS = re.compile(r"^[\s\f\v]*")


class Rows:
    """Rows told one after the other; ``text``, ``page`` and ``starts`` are those of a block."""

    def __init__(self, pager: Pager) -> None:
        self._pager = pager
        self._lines: list[str] = []
        self._length = 0
        self._starts: list[tuple[int, int]] = []
        self.page: int | None = None

    @property
    def text(self) -> str:
        """All rows so far."""
        return "\n".join(self._lines)

    @property
    def starts(self) -> tuple[tuple[int, int], ...]:
        """Where further pages begin in ``text``."""
        return tuple(self._starts)

    def add(self, raws: Sequence[str]) -> None:
        """Tell a row, given the raw texts of its cells; a row without words is left out."""
        words, page, inner = self._row(raws)
        if not words.strip(" |"):
            return
        if self.page is None:
            self.page = page
        last = self._starts[-1][1] if self._starts else self.page
        if page is not None and page != last:
            self._starts.append((self._length, page))
        self._starts.extend((self._length + place, turned) for place, turned in inner)
        self._lines.append(words)
        self._length += len(words) + 1

    def _row(self, raws: Sequence[str]) -> tuple[str, int | None, tuple[tuple[int, int], ...]]:
        """A row's text, the page where it begins, and where further pages begin in it."""
        # A row that runs over a page has a mark in every cell that does: the fullest one counts.
        fullest = max(range(len(raws)), key=lambda index: raws[index].count(SOFT_PAGE), default=0)
        texts: list[str] = []
        page = self._pager.here
        starts: list[tuple[int, int]] = []
        for index, raw in enumerate(raws):
            if index == fullest:
                words, page, inner = self._pager.place(raw)
                offset = sum(len(text) + 3 for text in texts)
                starts = [(offset + place, turned) for place, turned in inner]
            else:
                words = tidy(raw.replace(SOFT_PAGE, " ").replace(FORCED_PAGE, " "))
            texts.append(words)
        row = " | ".join(texts)
        lead = len(row) - len(row.lstrip())
        return row.strip(), page, tuple((place - lead, turned) for place, turned in starts)


def with_label(label: Label | None, raw: str, *, alone: bool = False) -> str:
    """``raw`` with the number before it, after marks of pages that stand before the text.

    With ``alone`` the number is told even where no text follows, as in a column of numbers.
    """
    if label is None or not label.text or not (alone or raw.strip()):
        return raw
    lead = _LEADING_MARKS.match(raw)
    end = lead.end() if lead else 0
    return f"{raw[:end]}{label.text} {raw[end:]}"
