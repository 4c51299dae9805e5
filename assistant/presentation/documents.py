"""Words of documents that people added, as markup: passages, tables, and the part that is marked.

The text is shown to the character. What it looks like is told from the stored text alone: blocks
are parted by an empty line, a row of a table is a line with cells parted by " | ".
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Literal, Protocol

from assistant.interface import ENGLISH, Texts
from assistant.presentation.markup import Html, el, join, text
from assistant.presentation.words import reference
from assistant.schema import Citation, Statement

SEPARATOR, CELL = "\n\n", " | "
Span = tuple[int, int]
_UNSEEN = frozenset({"Cc", "Cf", "Co", "Cs"})
_KEPT = frozenset("\n\t\u200c\u200d")


class ShownPassage(Protocol):
    """What is needed of a passage."""

    @property
    def number(self) -> int:
        """Its place in the document, from 0."""

    @property
    def start(self) -> int:
        """Where it begins in the stored text."""

    @property
    def end(self) -> int:
        """Where it ends, exclusive."""

    @property
    def kind(self) -> Literal["text", "table"]:
        """Whether it is a table."""

    @property
    def page(self) -> int | None:
        """Its page."""

    @property
    def heading(self) -> tuple[str, ...]:
        """The headings above it."""


def seen(words: str) -> str:
    """Words without what cannot be seen: marks that turn the direction of writing and the like, so
    that a title cannot write over what stands beside it."""
    return "".join(c for c in words if c in _KEPT or unicodedata.category(c) not in _UNSEEN)


def is_table(words: str) -> bool:
    """Whether a passage is a table: most of its lines have cells."""
    rows = [row for row in words.splitlines() if row.strip()]
    return sum(CELL in row for row in rows) >= max(2, len(rows) / 2)


def marked_part(words: str, base: int, span: Span | None) -> Html:
    """Words that begin at ``base`` of a text, with the part that lies in ``span`` marked."""
    if span is None:
        return text(words)
    start, end = max(span[0] - base, 0), min(span[1] - base, len(words))
    if start >= end:
        return text(words)
    return join(text(words[:start]), el("mark", words[start:end]), text(words[end:]))


def passage_words(words: str, base: int = 0, span: Span | None = None, label: str = "") -> Html:
    """A passage: its paragraphs, or its table. ``label`` names the table for those who hear it."""
    if is_table(words):
        return table(words, base, span, label)
    return join(*(el("p", marked_part(b, at, span)) for at, b in blocks(words, base)))


def blocks(words: str, base: int = 0) -> list[tuple[int, str]]:
    """The blocks of a text, each with its offset."""
    found, at = [], base
    for block in words.split(SEPARATOR):
        if block.strip():
            found.append((at, block))
        at += len(block) + len(SEPARATOR)
    return found


def table(words: str, base: int = 0, span: Span | None = None, label: str = "") -> Html:
    """A table with its first row as heads of columns. The block without cells next to it is its
    caption; what stands before that is text."""
    captions: list[tuple[int, str]] = []
    leads: list[tuple[int, str]] = []
    rows: list[tuple[int, str]] = []
    for at, block in blocks(words, base):
        if CELL not in block:
            if captions and not rows:
                leads.append(captions.pop())
            captions.append((at, block))
            continue
        for line in block.split("\n"):
            rows.append((at, line))
            at += len(line) + 1
    width = max((line.count(CELL) for _, line in rows), default=0) + 1
    head = [_row(at, line, width, span, head=True) for at, line in rows[:1]]
    body = [_row(at, line, width, span, head=False) for at, line in rows[1:]]
    named = join(*(marked_part(block, at, span) for at, block in captions))
    made = el(
        "table",
        el("caption", named) if captions else None,
        el("thead", *head),
        el("tbody", *body) if body else None,
    )
    name = captions[0][1] if captions else label or ENGLISH("evidence.table")
    # A group and no landmark: one table may be quoted at several places of a page.
    held = el("div", made, class_="wide", tabindex="0", role="group", aria_label=seen(name))
    return join(*(el("p", marked_part(b, at, span)) for at, b in leads), held)


def _row(at: int, line: str, width: int, span: Span | None, head: bool) -> Html:
    cells = []
    pieces = line.split(CELL)
    for place, piece in enumerate(pieces):
        last = place == len(pieces) - 1
        over = width - len(pieces) + 1 if last and width > len(pieces) else None
        if head:
            cells.append(el("th", marked_part(piece, at, span), scope="col", colspan=over))
        else:
            cells.append(el("td", marked_part(piece, at, span), colspan=over))
        at += len(piece) + len(CELL)
    return el("tr", *cells)


def called(citation: Citation) -> str:
    """What a cited work goes by: added documents by their title, all else by who wrote it."""
    if citation.span is None:
        return reference(citation)
    title = seen(citation.title)
    named = citation.year is None or str(citation.year) in title
    return title if named else f"{title}, {citation.year}"


def where_in(citation: Citation, texts: Texts = ENGLISH) -> str:
    """Where words stand, in a line under them: "Lone Working Policy, 2025, page 3"."""
    where = called(citation)
    if citation.page is None:
        return where
    return texts("evidence.page", where=where, page=citation.page)


def passage_of(statement: Statement, citations: Sequence[Citation]) -> Citation | None:
    """The passage that a statement quotes word for word; None where it is anything else."""
    if not statement.verbatim or len(statement.citations) != 1:
        return None
    known = {citation.n: citation for citation in citations}
    cited = known.get(statement.citations[0])
    return cited if cited is not None and cited.span is not None else None


def place_of(citation: Citation) -> Span | None:
    """Where in its document the words stand that were used; None for a note of the library."""
    if citation.span is None:
        return None
    start = citation.span[0]
    return start + citation.char_start, start + citation.char_end


def to_place(document: str, span: Span) -> dict[str, str]:
    """The attributes of a link that opens a document at a place."""
    place = f"{span[0]}-{span[1]}"
    return {
        "href": f"?document={document}&span={place}",
        "data_go": f"document:{document}",
        "data_span": place,
    }


def heading_depth(words: str, following: Sequence[ShownPassage]) -> int:
    """How deep a heading lies, from 0, told by the path of the passage after it."""
    for passage in following[:1]:
        for depth, name in enumerate(passage.heading):
            if words.startswith(name):
                return depth
    return 0
