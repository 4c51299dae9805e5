"""A paper made ready to be written: clean text, citations in order, footnotes and list of sources.

Every writer begins with ``tidied``, so that all formats number alike: a citation has the number of
its first mark in reading order, and the same evidence has one number however often it is cited.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from assistant.exports.formatted import references_by_source
from assistant.exports.records import (
    Block,
    Bullets,
    Heading,
    Line,
    Paper,
    Paragraph,
    Picture,
    Table,
    Words,
)
from assistant.presentation.documents import called, seen
from assistant.presentation.plan import HEADINGS, QUOTED
from assistant.presentation.units import split_units
from assistant.presentation.words import (
    BASIS_WORDS,
    KIND_WORDS,
    STATUS_WORDS,
    STRENGTH_WORDS,
    country,
    strength,
    voice,
)
from assistant.schema import Citation

SOURCES = HEADINGS["sources"]
PICTURE = "Picture: {alt}"
CHECK_LATER = (
    "Library {version}. To check later whether all this still stands in its sources:"
    " peer-support verify, with the name of this file."
)
_MANY_COLUMNS = 6


@dataclass(frozen=True)
class Source:
    """One work in the list of sources, with the numbers of the notes that cite it."""

    line: Line
    notes: tuple[int, ...]


# ---------------------------------------------------------------- made ready


def clean(text: str) -> str:
    """Text on one line without what cannot be seen or written into a file: control characters,
    marks that turn the direction of writing, halves of characters."""
    kept = "".join(" " if c.isspace() else c for c in text)
    kept = "".join(c for c in seen(kept) if unicodedata.category(c) != "Cn")
    return " ".join(kept.split()) if kept.strip() else ""


def tidied(paper: Paper) -> tuple[Paper, dict[int, int]]:
    """The paper with clean text and its citations numbered in reading order; and the new number of
    each old one. What is not cited keeps its place behind the rest."""
    cleaned = (block for block in map(_clean_block, paper.blocks) if block is not None)
    blocks = tuple(_stepwise(cleaned))
    numbers = _numbers(paper, blocks)
    by_number: dict[int, Citation] = {}
    for citation in paper.citations:
        by_number.setdefault(numbers[citation.n], citation)
    citations = tuple(
        citation.model_copy(update={"n": n}) for n, citation in sorted(by_number.items())
    )
    ready = replace(
        paper,
        title=clean(paper.title),
        subtitle=clean(paper.subtitle),
        footer=clean(paper.footer),
        blocks=tuple(_renumbered(block, numbers) for block in blocks),
        citations=citations,
    )
    return ready, numbers


def _stepwise(blocks: Iterable[Block]) -> Iterator[Block]:
    """Blocks whose headings go down by one level at a time, as screen readers need it."""
    level = 0
    for block in blocks:
        if isinstance(block, Heading):
            level = min(block.level, level + 1)
            block = replace(block, level=1 if level < 2 else 2 if level < 3 else 3)
        yield block


def _numbers(paper: Paper, blocks: tuple[Block, ...]) -> dict[int, int]:
    known = {c.n: (c.evidence_id, c.text_sha256, c.locator) for c in paper.citations}
    seen_order: dict[tuple[str, str, str], int] = {}
    cited = [n for line in lines_of(blocks) for run in line for n in run.cites if n in known]
    for n in [*cited, *known]:
        seen_order.setdefault(known[n], len(seen_order) + 1)
    return {n: seen_order[key] for n, key in known.items()}


def lines_of(blocks: tuple[Block, ...]) -> Iterator[Line]:
    """Every line that may cite, in reading order."""
    for block in blocks:
        if isinstance(block, Paragraph):
            yield block.line
        elif isinstance(block, Bullets):
            yield from block.items
        elif isinstance(block, Table):
            for row in block.rows:
                yield from row


def _clean_block(block: Block) -> Block | None:
    """A block with clean text; None where nothing is left of it."""
    if isinstance(block, Heading):
        text = clean(block.text)
        return replace(block, text=text) if text else None
    if isinstance(block, Paragraph):
        line = clean_line(block.line)
        return replace(block, line=line) if line else None
    if isinstance(block, Bullets):
        items = tuple(line for line in map(clean_line, block.items) if line)
        return replace(block, items=items) if items else None
    if isinstance(block, Table):
        return replace(
            block,
            caption=clean(block.caption),
            columns=tuple(clean(column) for column in block.columns),
            rows=tuple(tuple(clean_line(cell) for cell in row) for row in block.rows),
        )
    if isinstance(block, Picture):
        caption = clean(block.caption)
        return replace(block, alt=clean(block.alt) or caption or "Picture", caption=caption)
    return block


def clean_line(line: Line) -> Line:
    """A line with clean runs; the blanks between runs stay, those at its ends do not."""
    runs: list[Words] = []
    for run in line:
        text = clean(f"|{run.text}|")[1:-1] if run.text else ""
        if text or run.cites:
            runs.append(replace(run, text=text))
    if runs:
        runs[0] = replace(runs[0], text=runs[0].text.lstrip())
        if not runs[-1].cites:
            runs[-1] = replace(runs[-1], text=runs[-1].text.rstrip())
    whole = "".join(run.text for run in runs).strip()
    return tuple(runs) if whole else ()


def _renumbered(block: Block, numbers: dict[int, int]) -> Block:
    if isinstance(block, Paragraph):
        return replace(block, line=_renumbered_line(block.line, numbers))
    if isinstance(block, Bullets):
        items = tuple(_renumbered_line(line, numbers) for line in block.items)
        return replace(block, items=items)
    if isinstance(block, Table):
        rows = tuple(tuple(_renumbered_line(cell, numbers) for cell in row) for row in block.rows)
        return replace(block, rows=rows)
    return block


def _renumbered_line(line: Line, numbers: dict[int, int]) -> Line:
    return tuple(
        replace(run, cites=tuple(sorted({numbers[n] for n in run.cites if n in numbers})))
        for run in line
    )


# ---------------------------------------------------------------- notes and sources


def notes_of(paper: Paper) -> dict[int, Line]:
    """The footnotes of a tidied paper, by number: those of its citations that it cites."""
    cited = {n for line in lines_of(paper.blocks) for run in line for n in run.cites}
    said = {run.text.strip() for line in lines_of(paper.blocks) for run in line if run.cites}
    return {c.n: _note(c, said) for c in paper.citations if c.n in cited}


def _note(citation: Citation, said: set[str]) -> Line:
    """Which source and where in it, how strong, how read; and its words, unless the paper has them
    word for word."""
    facts = [
        KIND_WORDS[citation.kind]
        if citation.span
        else f"{STRENGTH_WORDS[strength(citation.kind)]}: {KIND_WORDS[citation.kind].lower()}",
        country(citation.jurisdiction),
        voice(citation.who_speaks).lower(),
        QUOTED if citation.span else f"read {BASIS_WORDS[citation.basis]}",
        f"{'added' if citation.span else 'checked'} {citation.checked:%d.%m.%Y}",
    ]
    named = clean(f"{called(citation)}, {citation.locator}").rstrip(".")
    status = STATUS_WORDS[citation.status].upper()
    runs = [
        Words(f"{named}. "),
        Words(f"{status}. " if citation.status != "current" else "", bold=True),
        Words(f"{'; '.join(fact for fact in facts if fact)}."),
    ]
    if clean(citation.text) not in said:
        opening = "It says" if citation.span else "Our note of it"
        runs.append(Words(f" {opening}: “{clean(citation.text)}”"))
    if citation.our_reading:
        runs.append(Words(f" Our own reading: {clean(citation.our_reading).rstrip('.')}."))
    return tuple(run for run in runs if run.text)


def sources_of(paper: Paper) -> tuple[Source, ...]:
    """The list of sources of a tidied paper, in the Harvard style."""
    notes: dict[str, list[int]] = {}
    for number in notes_of(paper):
        notes.setdefault(_citation(paper, number).source_id, []).append(number)
    return tuple(
        Source(clean_line(line), tuple(notes.get(source_id, ())))
        for source_id, line in references_by_source(paper.citations, "harvard")
    )


def _citation(paper: Paper, number: int) -> Citation:
    return next(citation for citation in paper.citations if citation.n == number)


def noted_in(source: Source) -> str:
    """Where a source is cited: "Notes 1, 4 and 7."; empty where it is in no note."""
    numbers = [str(n) for n in source.notes]
    if len(numbers) < 2:
        return f"Note {numbers[0]}." if numbers else ""
    return f"Notes {', '.join(numbers[:-1])} and {numbers[-1]}."


def closing_line(paper: Paper) -> str:
    """What the end of a paper says about checking it; empty where it cites nothing or has no
    record."""
    version = paper.record.get("library", "")
    return CHECK_LATER.format(version=version) if version and paper.citations else ""


def is_wide(paper: Paper) -> bool:
    """Whether a paper needs its pages turned: one of its tables has too many columns for them."""
    tables = (block for block in paper.blocks if isinstance(block, Table))
    return any(len(table.columns) >= _MANY_COLUMNS for table in tables)


def is_form(table: Table) -> bool:
    """Whether a table is there to be filled in: it has empty cells."""
    return any(not cell for row in table.rows for cell in row)


# ---------------------------------------------------------------- pieces


def marked(line: Line) -> str:
    """A line as text with its citation marks: "So says the law [1][2]"."""
    return "".join(run.text + "".join(f"[{n}]" for n in run.cites) for run in line)


def units_of(paper: Paper) -> list[str]:
    """All text of a tidied paper in the pieces by which changes are told."""
    return split_units(_texts(paper))


def _texts(paper: Paper) -> Iterator[str]:
    yield from (paper.title, paper.subtitle)
    for block in paper.blocks:
        if isinstance(block, Heading):
            yield block.text
        elif isinstance(block, Table):
            yield from (block.caption, *block.columns)
            yield from (marked(cell) for row in block.rows for cell in row)
        elif isinstance(block, Picture):
            yield from (PICTURE.format(alt=block.alt), block.caption)
        else:
            yield from (marked(line) for line in lines_of((block,)))
    sources = sources_of(paper)
    if sources:
        yield SOURCES
    for source in sources:
        yield f"{marked(source.line)} {noted_in(source)}"
    yield closing_line(paper)
    yield from (marked(line) for line in notes_of(paper).values())
