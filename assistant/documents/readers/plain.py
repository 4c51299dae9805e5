"""Plain text to blocks: paragraphs, headings, list items and tables as people type them.

Lines that a program wrapped at a column are joined again; files with one paragraph a line are
left as they are. Numbers of clauses and lists are kept, bullets are not. Form feeds part pages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.documents.readers.decoding import decode
from assistant.documents.records import Block, BlockKind, Extract, Limits, Trouble

WRAPPED_AT = 120
"""Where lines are longer than this, each is a paragraph of its own."""
_SHORTEST_WRAP = 40
_FILLED = 0.75
"""A line that the next word would have filled no further than this was ended on purpose."""
_LONGEST_HEADING = 90

_BULLET = re.compile(r"^\s*(?:[-*+•·▪◦‣●■–—\uf0b7\uf0a7]|(?<=\s)o)\s+(?=\S)")
_ITEM = re.compile(
    r"^\s*(?:\(?(?:\d{1,3}|[a-z]|[ivx]{1,5})\)|(?:\d{1,3}|[a-z]|[ivx]{1,5})\.)\s+(?=\S)",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"^\s*\d{1,3}(?:\.\d{1,3})+\.?\s+(?=\S)")
_NUMBERED = re.compile(r"^(\d{1,3}(?:\.\d{1,3}){0,6})\.?\s+(?=[A-Z\"'‘“(])")
_NAMED = re.compile(
    r"^(?:appendix|annex|chapter|part|section|schedule)\s+(?:\d{1,3}|[a-z]|[ivx]{1,5})\b", re.I
)
_UNDERLINE = re.compile(r"^\s*(=|-|~|_|\*)\1{2,}\s*$")
_GAP = re.compile(r" {3,}")
_WIDEST_ROW = 2_000
_LEADERS = re.compile(r"\.{4,}|(?:\. ){4,}|…{2,}")
_UNFINISHED = re.compile(r"[.;,:!?…]$")
_WORD_BREAK = re.compile(r"([A-Za-z]{2,})-$")
_FIRST_WORD = re.compile(r"^[a-z]+")
_WORD = re.compile(r"[A-Za-z]+(?:-[A-Za-z]+)*")


def text_blocks(text: str, *, page: int | None = None) -> tuple[Block, ...]:
    """The blocks of clean text, in order.

    Args:
        text: as ``decoding.clean`` leaves it.
        page: the page of all of it; with None, form feeds part pages from 1 where there are any.
    """
    if page is not None or "\f" not in text.strip("\f"):
        return tuple(_Layout.of(text).blocks(text.replace("\f", "\n\n"), page))
    layout = _Layout.of(text)
    pages = enumerate(text.rstrip("\f\n ").split("\f"), start=1)
    return tuple(block for number, part in pages for block in layout.blocks(part, number))


def read_plain(path: Path, limits: Limits, name: str = "") -> Extract:
    """A text file.

    Raises:
        DocumentError: reason ``binary`` where it is no text.
    """
    text = decode(path.read_bytes(), name or str(path))
    blocks = text_blocks(text)
    pages = text.rstrip("\f\n ").count("\f") + 1 if "\f" in text.strip("\f") else None
    return Extract(format="text", blocks=blocks, pages=pages, troubles=lost_characters(text))


def lost_characters(text: str) -> tuple[Trouble, ...]:
    """A trouble that counts the characters which could not be decoded; none where all could."""
    lost = text.count("\ufffd")
    if not lost:
        return ()
    return (
        Trouble(
            kind="unreadable",
            detail=f"{lost} characters could not be read; each is shown as \ufffd.",
        ),
    )


@dataclass(frozen=True)
class _Layout:
    """How a whole file is laid out. ``width`` is where its lines are wrapped; 0 where they are not.

    ``words`` are those that stand in it, in lower case, to tell how a word parted at a line's end
    is spelt.
    """

    width: int
    words: frozenset[str]

    @classmethod
    def of(cls, text: str) -> _Layout:
        lengths = sorted(len(line) for line in re.split(r"[\n\f]", text) if line.strip())
        long = lengths[int(0.9 * (len(lengths) - 1))] if lengths else 0
        wrapped = _SHORTEST_WRAP <= long <= WRAPPED_AT and lengths[-1] <= 2 * WRAPPED_AT
        words = frozenset(word.lower() for word in _WORD.findall(text)) if wrapped else frozenset()
        return cls(long if wrapped else 0, words)

    def blocks(self, text: str, page: int | None) -> Iterator[Block]:
        """The blocks of one page."""
        chunks = list(_chunks(text))
        for at, chunk in enumerate(chunks):
            table = _table(chunk)
            if table:
                yield Block(kind="table", text=table, page=page)
                continue
            alone = len(chunk) == 1
            following = chunks[at + 1][0] if at + 1 < len(chunks) else ""
            for lines, level in self._pieces(chunk):
                yield from self._block(lines, level, page, alone, following)

    def _pieces(self, chunk: Sequence[str]) -> Iterator[tuple[list[str], int]]:
        """Lines that belong together, each with the level that an underline gives it (or 0)."""
        piece: list[str] = []
        for at, line in enumerate(chunk):
            underlined = _UNDERLINE.match(line)
            if underlined:
                if piece:
                    yield piece, _level_of_underline(piece, underlined[1])
                piece = []
                continue
            heads = at + 1 < len(chunk) and _underlines(chunk[at + 1], line)
            if piece and (heads or self._parted(piece, line)):
                yield piece, 0
                piece = []
            piece.append(line)
        if piece:
            yield piece, 0

    def _parted(self, piece: Sequence[str], line: str) -> bool:
        """Whether ``line`` begins something new after ``piece``."""
        if not self.width or _BULLET.match(line) or _CLAUSE.match(line) or _ITEM.match(line):
            return True
        if len(piece) == 1 and _heading_level(piece[0].strip(), alone=False):
            return True
        if _WORD_BREAK.search(piece[-1].rstrip()) and _FIRST_WORD.match(line.lstrip()):
            return False
        first_word = line.split(None, 1)[0]
        return len(piece[-1].rstrip()) + 1 + len(first_word) <= _FILLED * self.width

    def _block(
        self, lines: Sequence[str], level: int, page: int | None, alone: bool, following: str
    ) -> Iterator[Block]:
        text = self._joined(lines)
        if not text:
            return
        level = level or (0 if len(lines) > 2 else _heading_level(text, alone, following))
        kind: BlockKind = "paragraph"
        bullet = _BULLET.match(lines[0])
        if bullet:
            kind, level = "list-item", 0
            text = text[len(bullet.group().strip()) :].lstrip()
        elif level:
            kind = "heading"
        elif _ITEM.match(lines[0]):
            kind = "list-item"
        yield Block(kind=kind, text=text, level=level, page=page)

    def _joined(self, lines: Sequence[str]) -> str:
        joined: list[str] = []
        for line in lines:
            words = " ".join(line.split())
            parted = _WORD_BREAK.search(joined[-1]) if joined else None
            if parted and (rest := _FIRST_WORD.match(words)):
                if (parted[1] + rest.group()).lower() in self.words:
                    joined[-1] = joined[-1][:-1]
                joined[-1] += words
            elif words:
                joined.append(words)
        return " ".join(joined)


def _chunks(text: str) -> Iterator[list[str]]:
    """Runs of lines between blank lines."""
    chunk: list[str] = []
    for line in text.split("\n"):
        if line.strip():
            chunk.append(line)
        elif chunk:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _table(lines: Sequence[str]) -> str:
    """Two or more lines with the same number of tabs, or of wide gaps, are a table; else empty."""
    if len(lines) < 2 or any(_BULLET.match(line) or len(line) > _WIDEST_ROW for line in lines):
        return ""
    for parts in (
        [line.split("\t") for line in lines if not line.startswith("\t")],
        [_GAP.split(line.strip()) for line in lines],
    ):
        widths = {len(row) for row in parts}
        if len(parts) == len(lines) and len(widths) == 1 and widths != {1}:
            rows = ([" ".join(cell.split()) for cell in row] for row in parts)
            return "\n".join(" | ".join(row).rstrip(" |") for row in rows)
    return ""


def _underlines(line: str, above: str) -> bool:
    """Whether ``line`` is drawn under the heading ``above``."""
    drawn, words = line.strip(), above.strip()
    return bool(_UNDERLINE.match(line)) and len(words) <= _LONGEST_HEADING and len(drawn) >= 3


def _level_of_underline(piece: Sequence[str], mark: str) -> int:
    if len(piece) != 1 or len(piece[0].strip()) > _LONGEST_HEADING or mark == "*":
        return 0
    return 1 if mark == "=" else 2


def _heading_level(text: str, alone: bool, following: str = "") -> int:
    """The level of a heading that stands as a line of its own; 0 where it is none.

    ``alone`` says that blank lines are above and below; ``following`` is the line after them.
    """
    if len(text) > _LONGEST_HEADING or _UNFINISHED.search(text) or _BULLET.match(text):
        return 0
    if _LEADERS.search(text):
        return 0
    numbered = _NUMBERED.match(text)
    if numbered:
        depth = numbered[1].count(".") + 1
        if depth == 1 and (not alone or _NUMBERED.match(following.strip())):
            return 0
        return min(depth, 9) if len(text.split()) <= 12 else 0
    if _NAMED.match(text) and alone:
        return 1
    letters = [c for c in text if c.isalpha()]
    shouted = len(letters) >= 4 and all(c.isupper() for c in letters)
    return 1 if shouted and len(text.split()) <= 12 and "\t" not in text else 0
