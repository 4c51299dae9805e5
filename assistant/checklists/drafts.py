"""A draft as spans of its exact words: sentences, items and rows of tables, with page and heading.

It is read by the readers of added documents, in a process of its own and within their limits; what
they cannot read they say. Each span also has a text for comparing, which gives a list item the
sentence that leads it in and a cell of a table its column heading: "not asked to:" and "Essential"
decide what an item means.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.checklists.records import Words
from assistant.documents.passages import SEPARATOR
from assistant.documents.printable import printable
from assistant.documents.records import Block, Extract, Limits, Trouble
from assistant.documents.worker import ReaderProcess
from assistant.errors import DocumentError, UsageError
from assistant.text import sentences

FEWEST_WORDS = 40
LONG_PAGES, LONG_WORDS = 80, 40_000
ENGLISH_SHARE = 0.22
SEEN_WORDS = 4_000
TOGETHER = 3
"""Sentences that are read together, at most: what meets a row may take as many."""
LONGEST_TOGETHER = 75
ALONE_FROM = 12_000
"""Words of a draft from which on each sentence is compared by itself alone, for time."""
SHORT_ITEM = 9
LONGEST_TITLE = 4
"""Words of the title of a column, at most."""
_ENGLISH = frozenset(
    "the and of to a in is that for it be with as on are this by will or an at from have not which"
    " their they who must should may all any your you has was can where when than other".split()
)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_BULLET = re.compile(r"^\s*(?:[•●▪◦‣·*–-]|\(?[0-9a-zA-Z]{1,3}[.)])\s+")
_CELL = " | "
_LEAD_KINDS = frozenset({"paragraph", "list-item"})


@dataclass(frozen=True)
class Span:
    """A part of a draft. ``pieces`` are what is compared, a sentence each; the draft's exact words
    are ``draft.text[start:end]``."""

    pieces: tuple[str, ...]
    start: int
    end: int
    page: int | None
    heading: str

    @property
    def text(self) -> str:
        """What is compared, as one text."""
        return " ".join(self.pieces)


@dataclass(frozen=True)
class Draft:
    """A draft as it was read. ``text`` is all of it; offsets of spans count its characters."""

    name: str
    title: str
    text: str
    spans: tuple[Span, ...]
    headings: tuple[str, ...]
    pages: int | None
    words: int
    remarks: tuple[str, ...]

    @property
    def text_sha256(self) -> str:
        """Hash of its text in UTF-8."""
        return hashlib.sha256(self.text.encode("utf-8")).hexdigest()

    def shown(self, span: Span) -> Words:
        """The exact words of a span and where they stand."""
        return Words(
            text=self.text[span.start : span.end],
            start=span.start,
            page=span.page,
            heading=span.heading,
        )


def read_draft(path: Path, limits: Limits, name: str = "") -> Draft:
    """Read a draft; ``name`` is what its readers call it, its path without one.

    Raises:
        UsageError: there is no such file.
        DocumentError: it cannot be read, is empty, all pictures, or not in English.
    """
    name = printable(name or str(path))
    if not path.exists():
        raise UsageError(f"There is no file {name}.", "Give the path of a draft.")
    if path.is_dir():
        raise UsageError(f"{name} is a folder.", "Give one draft at a time.")
    with ReaderProcess(limits) as reader:
        extract = reader.read(path, name)
    return draft_of(extract, name)


def draft_of(extract: Extract, name: str) -> Draft:
    """A draft from what a reader found.

    Raises:
        DocumentError: it holds too few words, or is not in English.
    """
    text = SEPARATOR.join(block.text for block in extract.blocks)
    words = _WORD.findall(text)
    _check_words(words, extract, name)
    headings = tuple(b.text for b in extract.blocks if b.kind == "heading")
    return Draft(
        name=name,
        title=extract.found.title or (headings[0] if headings else Path(name).stem),
        text=text,
        spans=tuple(_spans(extract.blocks, TOGETHER if len(words) <= ALONE_FROM else 1)),
        headings=headings,
        pages=extract.pages,
        words=len(words),
        remarks=tuple(_remarks(extract, len(words))),
    )


def _check_words(words: Sequence[str], extract: Extract, name: str) -> None:
    scanned = [t for t in extract.troubles if t.kind in {"scanned", "unreadable"}]
    if len(words) < FEWEST_WORDS:
        if scanned:
            raise DocumentError(
                name,
                "scanned",
                "its pages are pictures, so there are no words to compare.",
                "Save it from the program it was written in, or have its text recognised"
                " (PEER_SUPPORT_OCR=true).",
            )
        raise DocumentError(
            name,
            "empty",
            f"it holds too few words ({len(words)}) to compare with a checklist.",
            "Give the whole draft.",
        )
    if not is_english([word.lower() for word in words]):
        raise DocumentError(
            name,
            "unsupported",
            "it does not seem to be in English, the only language that drafts are compared in.",
            "Give an English version.",
        )


def is_english(words: Sequence[str]) -> bool:
    """True when a text's words, in lower case, hold as many of the commonest English ones as
    English texts do."""
    seen = words[:SEEN_WORDS]
    return sum(word in _ENGLISH for word in seen) >= ENGLISH_SHARE * len(seen)


def _remarks(extract: Extract, words: int) -> Iterator[str]:
    pages = [t.page for t in extract.troubles if t.kind == "scanned" and t.page is not None]
    if pages:
        listed = ", ".join(str(page) for page in pages[:12])
        more = f" and {len(pages) - 12} more" if len(pages) > 12 else ""
        which = "Page" if len(pages) == 1 else "Pages"
        yield (
            f"{which} {listed}{more} could not be read (pictures): what stands there was not"
            " compared."
        )
    yield from _other_troubles(extract.troubles)
    if (extract.pages or 0) > LONG_PAGES or words > LONG_WORDS:
        size = f"{extract.pages} pages" if extract.pages else f"{words:,} words"
        yield (
            f"This has {size}, more than a policy of one service usually has. If it holds several"
            " documents, check each by itself."
        )


_TROUBLE_WORDS = {
    "unreadable": "Some of it could not be read and was not compared.",
    "cut-short": "It was read in part only: it is longer than the limit.",
    "hidden-text": "Hidden text in it was left out.",
    "read-by-ocr": "Scanned pages were read by text recognition, which makes mistakes.",
}


def _other_troubles(troubles: Sequence[Trouble]) -> Iterator[str]:
    kinds = dict.fromkeys(trouble.kind for trouble in troubles)
    yield from (_TROUBLE_WORDS[kind] for kind in kinds if kind in _TROUBLE_WORDS)


# ---------------------------------------------------------------- spans


def _spans(blocks: Sequence[Block], together: int) -> Iterator[Span]:
    """The spans of a draft, with so many sentences taken together."""
    path: list[tuple[int, str]] = []
    lead, at = "", 0
    for block in blocks:
        heading = " > ".join(name for _, name in path)
        if block.kind == "heading":
            level = block.level or 1
            path = [held for held in path if held[0] < level] + [(level, block.text)]
            lead = ""
        elif block.kind == "table":
            yield from _table_spans(block, at, heading)
        else:
            yield from _text_spans(block, at, heading, lead, together)
        if block.kind in _LEAD_KINDS:
            lead = _lead_of(block, lead)
        at += len(block.text) + len(SEPARATOR)


def _lead_of(block: Block, before: str) -> str:
    """What leads in the list items that follow: the last sentence of a paragraph that ends with a
    colon; a list goes on under the same lead."""
    if block.kind == "list-item" and not block.text.rstrip().endswith(":"):
        return before
    if not block.text.rstrip().endswith(":"):
        return ""
    start, end = sentences(block.text)[-1]
    return block.text[start:end]


def _page(block: Block, offset: int) -> int | None:
    page = block.page
    for start, number in block.page_starts:
        if offset >= start:
            page = number
    return page


def _text_spans(block: Block, at: int, heading: str, lead: str, together: int) -> Iterator[Span]:
    """Each sentence, and sentences that follow one another taken together."""
    found = sentences(block.text)
    item = block.kind == "list-item"
    for first in range(len(found)):
        for last in range(first, min(first + together, len(found))):
            start, end = found[first][0], found[last][1]
            words = _BULLET.sub("", block.text[start:end]).strip()
            if last > first and len(words.split()) > LONGEST_TOGETHER:
                break
            if not _WORD.search(words):
                continue
            pieces = [block.text[begin:stop] for begin, stop in found[first : last + 1]]
            pieces = [_BULLET.sub("", piece).strip() for piece in pieces]
            pieces[0] = _in_context(pieces[0], item, heading, lead)
            kept = tuple(piece for piece in pieces if _WORD.search(piece))
            yield Span(kept, at + start, at + end, _page(block, start), heading)


def _in_context(words: str, item: bool, heading: str, lead: str) -> str:
    if item and lead:
        return f"{lead} {words}"
    last = heading.rsplit(" > ", 1)[-1].lstrip("0123456789. ")
    if last and len(words.split()) < SHORT_ITEM:
        return f"{last}: {words}"
    return words


def _table_spans(block: Block, at: int, heading: str) -> Iterator[Span]:
    """Each row of a table, and each cell under its column heading."""
    lines = block.text.split("\n")
    head = [cell.strip() for cell in lines[0].split(_CELL)] if len(lines) > 1 else []
    offset = 0
    for number, line in enumerate(lines):
        cells = [cell.strip() for cell in line.split(_CELL)]
        page = _page(block, offset)
        titles = number == 0 and all(len(cell.split()) <= LONGEST_TITLE for cell in head)
        if _WORD.search(line) and not (head and titles):
            text = ": ".join(cell for cell in cells if cell)
            yield Span((text,), at + offset, at + offset + len(line), page, heading)
        if head and number and len(head) == len(cells) and len(cells) > 2:
            yield from _cell_spans(line, head, at + offset, page, heading)
        offset += len(line) + 1


def _cell_spans(
    line: str, head: Sequence[str], at: int, page: int | None, heading: str
) -> Iterator[Span]:
    place = 0
    for column, cell in zip(head, line.split(_CELL), strict=True):
        if len(cell.split()) > 1:
            for start, end in sentences(cell):
                text = f"{column}: {cell[start:end]}" if column else cell[start:end]
                yield Span((text,), at + place + start, at + place + end, page, heading)
        place += len(cell) + len(_CELL)
