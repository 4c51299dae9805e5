"""Cuts a document that was read into a stored text and passages, which are exact spans of it.

A passage never begins or ends inside a sentence, never runs over a heading, and holds a table whole
with its caption. Short paragraphs and list items under one heading share a passage; a line that
announces a list ("Staff must:") goes with what follows it. Only a "sentence" longer than
``LONGEST_SENTENCE`` words, which is no sentence, is cut at a space.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from assistant.documents.records import Block, BlockKind, Passage
from assistant.text import sentences

SEPARATOR = "\n\n"
WANTED_WORDS, MOST_WORDS, FEW_WORDS = 90, 130, 25
"""A passage closes once it has the wanted number of words and the next sentence would exceed it; a
last piece of few words joins the passage before it, up to the most."""
LONGEST_SENTENCE = 300
LONGEST_HEADING = 160
LONGEST_CAPTION = 200
_CAPTION = re.compile(r"(?:table|box) [A-Z]?\d+", re.IGNORECASE)
_WORD = re.compile(r"\S+")


@dataclass(frozen=True)
class CutText:
    """The stored text of a document and its passages, in order."""

    text: str
    passages: tuple[Passage, ...]


@dataclass(frozen=True)
class _Piece:
    """A sentence, or a whole table, as a span of the stored text. Pieces of one ``section`` have
    nothing between them that is not theirs."""

    start: int
    end: int
    words: int
    heading: tuple[str, ...]
    section: int
    kind: Literal["text", "table"] = "text"


def cut(blocks: Sequence[Block]) -> CutText:
    """The stored text of blocks and its passages."""
    text, starts = _joined(blocks)
    pages = _page_starts(blocks, starts)
    pieces = list(_pieces(blocks, starts))
    if not pieces:
        # A document of headings alone still says something.
        plain = [block.model_copy(update={"kind": "paragraph"}) for block in blocks]
        pieces = list(_pieces(plain, starts))
    groups = [group for run in _runs(pieces) for group in _grouped(run, text)]
    spans = _with_leads(groups, text)
    return CutText(text, tuple(_passage(n, text, group, pages) for n, group in enumerate(spans)))


def _joined(blocks: Sequence[Block]) -> tuple[str, list[int]]:
    starts, at = [], 0
    for block in blocks:
        starts.append(at)
        at += len(block.text) + len(SEPARATOR)
    return SEPARATOR.join(block.text for block in blocks), starts


def _page_starts(blocks: Sequence[Block], starts: Sequence[int]) -> list[tuple[int, int]]:
    """(offset, page) of every change of page, in order; empty for formats without pages."""
    found: list[tuple[int, int]] = []
    for block, start in zip(blocks, starts, strict=True):
        if block.page is not None:
            found.append((start, block.page))
        found += [(start + offset, page) for offset, page in block.page_starts]
    return found


def page_at(pages: Sequence[tuple[int, int]], offset: int) -> int | None:
    """The page that an offset lies on."""
    place = bisect_right(pages, (offset, 1 << 30)) - 1
    return pages[place][1] if place >= 0 else None


# ---------------------------------------------------------------- pieces


def _pieces(blocks: Sequence[Block], starts: Sequence[int]) -> Iterator[_Piece]:
    """Sentences and tables in order; headings only lend their names."""
    path: list[tuple[int, str]] = []
    number, section = 0, 0
    while number < len(blocks):
        block = blocks[number]
        heading = tuple(name for _, name in path)
        last = _table_end(blocks, number)
        alone = block.kind in {"heading", "footnote"} or last is not None
        section += alone
        if block.kind == "heading":
            level = block.level or 1
            path = [held for held in path if held[0] < level]
            path.append((level, block.text[:LONGEST_HEADING].strip()))
        elif last is not None:
            end = starts[last] + len(blocks[last].text)
            words = sum(len(_WORD.findall(b.text)) for b in blocks[number : last + 1])
            yield _Piece(starts[number], end, words, heading, section, "table")
            number = last
        else:
            yield from _sentences_of(block.text, starts[number], heading, section)
        section += alone
        number += 1


def _table_end(blocks: Sequence[Block], number: int) -> int | None:
    """Place of the last block of a table, caption included, that begins here; None without one."""
    kinds = [_kind(block) for block in blocks[number : number + 3]]
    if kinds[:1] == ["table"]:
        # A caption below belongs to this table unless another table claims it from beneath.
        below = kinds[1:2] == ["caption"] and kinds[2:3] != ["table"]
        return number + 1 if below else number
    if kinds[:2] == ["caption", "table"]:
        return number + 1
    return None


def _kind(block: Block) -> BlockKind:
    """The kind of a block; a short line that numbers a table is its caption, whatever it is called
    by formats that know no captions."""
    if (
        block.kind == "paragraph"
        and _CAPTION.match(block.text)
        and len(block.text) < LONGEST_CAPTION
    ):
        return "caption"
    return block.kind


def _sentences_of(text: str, base: int, heading: tuple[str, ...], section: int) -> Iterator[_Piece]:
    for start, end in sentences(text):
        words = [match.end() for match in _WORD.finditer(text, start, end)]
        while len(words) > LONGEST_SENTENCE:
            stop = words[LONGEST_SENTENCE - 1]
            yield _Piece(base + start, base + stop, LONGEST_SENTENCE, heading, section)
            words = words[LONGEST_SENTENCE:]
            following = _WORD.search(text, stop)
            start = following.start() if following else stop
        yield _Piece(base + start, base + end, len(words), heading, section)


# ---------------------------------------------------------------- groups


def _runs(pieces: Sequence[_Piece]) -> Iterator[list[_Piece]]:
    """Pieces of one section; a table is a section of its own."""
    run: list[_Piece] = []
    for piece in pieces:
        if run and piece.section != run[-1].section:
            yield run
            run = []
        run.append(piece)
    if run:
        yield run


def _grouped(run: Sequence[_Piece], text: str) -> Iterator[list[_Piece]]:
    """The passages of one run."""
    groups: list[list[_Piece]] = [[]]
    for piece in run:
        held = sum(p.words for p in groups[-1])
        if groups[-1] and held + piece.words > WANTED_WORDS and held > FEW_WORDS:
            groups.append([])
            previous = groups[-2]
            if len(previous) > 1 and text[: previous[-1].end].endswith(":"):
                groups[-1].append(previous.pop())
        groups[-1].append(piece)
    if len(groups) > 1 and _words(groups[-1]) <= FEW_WORDS:
        together = _words(groups[-2]) + _words(groups[-1])
        if together <= MOST_WORDS:
            last = groups.pop()
            groups[-1] += last
    yield from groups


def _with_leads(groups: Sequence[list[_Piece]], text: str) -> list[list[_Piece]]:
    """The passages, a few words right before a table joined to it: they say what it is of."""
    joined: list[list[_Piece]] = []
    for group in groups:
        before = joined[-1] if joined else None
        lead = (
            before is not None
            and group[0].kind == "table"
            and before[0].kind == "text"
            and _words(before) <= FEW_WORDS
            and not text[before[-1].end : group[0].start].strip()
        )
        if lead and before is not None:
            joined[-1] = [*before, *group]
        else:
            joined.append(list(group))
    return joined


def _words(group: Sequence[_Piece]) -> int:
    return sum(piece.words for piece in group)


def _passage(
    number: int, text: str, group: Sequence[_Piece], pages: Sequence[tuple[int, int]]
) -> Passage:
    start, end = group[0].start, group[-1].end
    return Passage(
        number=number,
        start=start,
        end=end,
        text=text[start:end],
        kind=group[-1].kind,
        page=page_at(pages, start),
        page_end=page_at(pages, end - 1),
        heading=group[0].heading,
    )
