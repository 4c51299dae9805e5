"""The record at the end of an exported answer: what it rested on, so that it can be checked later.

It stands in an HTML comment, which readers of Markdown do not show: the question as it was searched
(personal details are left out of that), the version of the library, every citation with its text,
and every statement that cites one, with a hash of each paragraph as it was exported. ``exports_in``
reads it back and tells what was changed by hand in the export since. Whether the evidence still
stands is told by ``assistant.citations``.

Papers (``assistant.exports``) keep the same record, version 2, in a comment or inside the file:
their paragraphs are told apart after each run of citation marks, so that one sentence of a table's
cell can be told from its neighbour.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from pydantic import Field

from assistant.presentation.units import as_read, bare, markdown_units, paper_units, split_units
from assistant.schema import Answer, Citation, Record, StandsAs, Statement

VERSION, PAPER_VERSION = 1, 2
"""Of the record of an answer as Markdown, and of a paper in any format."""
OPENING, CLOSING = "<!-- peer-support:record", "-->"
_EXPLAINED = (
    "Below stands what this answer rested on when it was saved. To check it against the library of"
    " today: peer-support verify FILE. It is no part of the text."
)
_OPENED = re.compile(r"<!-- peer-support:record (?P<version>\d+)$")
_MARKS = re.compile(r"(?:(?<!\\)\[\d+(?:, [^\[\]\\]+)?\])+$")
_HASH_CHARACTERS = 12
_ALIKE = 0.5
"""How much of a paragraph must be left for it to count as a changed one and not as another."""


class Said(Record):
    """A statement that was exported: where it stood in the answer, and the number of its paragraph
    in ``Head.units``.

    ``quoted`` are the places of its words in the text of its first citation; ``text`` holds them
    where they do not stand there. ``evidence_ids`` is empty where they are those of its citations.
    """

    where: str
    unit: int = Field(ge=0)
    citations: tuple[int, ...]
    quoted: tuple[int, int] | None = None
    text: str = ""
    evidence_ids: tuple[str, ...] = ()
    stands_as: StandsAs | None = None
    verbatim: bool = False
    words: tuple[str, ...] = ()


class Head(Record):
    """What is kept of the answer as a whole. ``units`` are hashes of its paragraphs and list items,
    in order. ``composed``: its statements were put together for a paper from what they cite, so
    that no brief holds them."""

    question: str
    library_version: str
    units: tuple[str, ...]
    composed: bool = False


class RecordError(Exception):
    """A record that cannot be used; the message ends a sentence that names the file."""


@dataclass(frozen=True)
class Edits:
    """What was changed by hand in an export.

    Args:
        statements: what stands now in place of a recorded statement, by its place; empty where it
            was taken out.
        claims: paragraphs with a citation's number that were not exported so.
        lost: other paragraphs that were changed or taken out.
        added: other paragraphs that were written beside them.
    """

    statements: dict[str, str]
    claims: tuple[str, ...]
    lost: int
    added: int


@dataclass(frozen=True)
class Export:
    """One exported answer as read back."""

    question: str
    library_version: str
    statements: tuple[tuple[str, Statement], ...]
    citations: tuple[Citation, ...]
    edits: Edits
    composed: bool = False


def statements_of(answer: Answer) -> Iterator[tuple[str, Statement]]:
    """Every statement with the place where it stands."""
    for i, statement in enumerate(answer.summary):
        yield f"summary.{i}", statement
    for s, section in enumerate(answer.sections):
        for i, statement in enumerate(section.statements):
            yield f"sections.{s}.{section.kind}.{i}", statement
    for p, position in enumerate(answer.positions):
        for i, statement in enumerate(position.statements):
            yield f"positions.{p}.{i}", statement
    for d, difference in enumerate(answer.differences):
        for i, statement in enumerate(difference.statements):
            yield f"differences.{d}.{i}", statement
    for i, step in enumerate(answer.next_steps):
        if isinstance(step, Statement):
            yield f"next_steps.{i}", step


# ---------------------------------------------------------------- writing


def record_of(answer: Answer, body: str, lines: Sequence[tuple[Statement, str]]) -> str:
    """The record of an answer, as a comment.

    Args:
        answer: what was exported.
        body: its Markdown.
        lines: each cited statement that stands in it, with its line there.
    """
    units = [bare(unit) for unit in markdown_units(body)]
    head = Head(
        question=answer.question,
        library_version=answer.engine.library_version,
        units=tuple(_hash(unit) for unit in units),
    )
    said = tuple(_said(answer, units, lines))
    used = {n for one in said for n in one.citations}
    cited = [citation for citation in answer.citations if citation.n in used]
    return record_text(VERSION, [_row(one) for one in (head, *cited, *said)])


def record_text(version: int, rows: Sequence[str]) -> str:
    """Rows of a record as the comment that holds them."""
    return "\n".join([f"{OPENING} {version}", _EXPLAINED, *rows, _sealed(rows), CLOSING])


def paper_rows(
    head: Head,
    citations: Sequence[Citation],
    said: Sequence[tuple[str, Statement, str]],
    units: Sequence[str],
) -> list[str]:
    """The rows of a paper's record.

    Args:
        head: of the paper; its ``units`` are set here.
        citations: what it cites.
        said: each statement with its place, and its words with citation marks.
        units: the paper's paragraphs as ``split_units`` gives them.
    """
    numbers: dict[str, list[int]] = {}
    for number, unit in enumerate(units):
        numbers.setdefault(unit, []).append(number)
    cited = {citation.n: citation for citation in citations}
    kept = []
    for where, statement, shown in said:
        # The same words may stand twice; the last place serves whatever else repeats them.
        words = next(iter(split_units([shown])), "")
        places = numbers.get(words, [])
        if not places:
            # Other words may stand before or behind it in the same piece.
            places = [number for number, unit in enumerate(units) if words and words in unit][:1]
        if places and cited.keys() >= set(statement.citations):
            place = places.pop(0) if len(places) > 1 else places[0]
            kept.append(_kept(where, statement, place, cited))
    held = head.model_copy(update={"units": tuple(_hash(unit) for unit in units)})
    return [_row(one) for one in (held, *citations, *kept)]


def _said(
    answer: Answer, units: Sequence[str], lines: Sequence[tuple[Statement, str]]
) -> Iterator[Said]:
    taken: set[int] = set()
    cited = {citation.n: citation for citation in answer.citations}
    for where, statement in statements_of(answer):
        if not statement.citations or not cited.keys() >= set(statement.citations):
            continue
        shown = next((bare(line) for held, line in lines if held == statement), "")
        # A label may stand before it ("National guidance:"). The same words may stand twice, as
        # what to do and as what a source says.
        places = [n for n, unit in enumerate(units) if shown and unit.endswith(shown)]
        places.sort(key=lambda n: (n in taken, units[n] != shown))
        place = places[0] if places else None
        if place is not None:
            taken.add(place)
            yield _kept(where, statement, place, cited)


def _kept(where: str, statement: Statement, unit: int, cited: Mapping[int, Citation]) -> Said:
    first = cited[statement.citations[0]].text
    start = first.find(statement.text)
    ids = tuple(cited[n].evidence_id for n in statement.citations)
    return Said(
        where=where,
        unit=unit,
        citations=statement.citations,
        quoted=(start, start + len(statement.text)) if start >= 0 else None,
        text="" if start >= 0 else statement.text,
        evidence_ids=() if statement.evidence_ids == ids else statement.evidence_ids,
        stands_as=statement.stands_as,
        verbatim=statement.verbatim,
        words=statement.words,
    )


def _row(record: Record) -> str:
    """A record on one line that no comment ends in, whatever stands in it, and that survives being
    saved in another encoding."""
    row = json.dumps(record.model_dump(mode="json", exclude_defaults=True))
    return row.replace("--", "-\\u002d").replace("<", "\\u003c").replace(">", "\\u003e")


def _sealed(rows: Sequence[str]) -> str:
    return "end " + hashlib.sha256("\n".join(rows).encode()).hexdigest()


# ---------------------------------------------------------------- reading


def exports_in(text: str) -> tuple[Export, ...]:
    """The exported answers in a text, each with what was changed in it by hand.

    Raises:
        RecordError: there is no record in it, or one that cannot be used.
    """
    found: list[Export] = []
    body: list[str] = []
    lines = iter(text.splitlines())
    for line in lines:
        if not line.strip().startswith(OPENING):
            body.append(line)
            continue
        version, rows = _rows(line.strip(), lines)
        text = "\n".join(body)
        found.append(_export(rows, markdown_units(text) if version == 1 else paper_units(text)))
        body = []
    if not found:
        raise RecordError(_NONE)
    return tuple(found)


def export_from(record: str, units: Sequence[str] | None) -> Export:
    """The export that a record tells of which was kept apart from the text.

    Args:
        record: as ``record_text`` gave it.
        units: the paragraphs of the file as it is now, as ``split_units`` gives them; None where
            they cannot be told, and then nothing is said of changes by hand.

    Raises:
        RecordError: it is no record, or one that cannot be used.
    """
    lines = iter(record.splitlines())
    for line in lines:
        if line.strip().startswith(OPENING):
            return _export(_rows(line.strip(), lines)[1], units)
    raise RecordError(_NONE)


_NONE = "holds no record of an answer, so there is nothing to check it by"


def _rows(opening: str, lines: Iterator[str]) -> tuple[int, list[str]]:
    """Version and rows of the record that opens here; takes its lines."""
    rows: list[str] = []
    for line in lines:
        if line.strip() == CLOSING:
            break
        rows.append(line.strip())
    else:
        raise RecordError("was cut short: the record at its end is not whole")
    opened = _OPENED.match(opening)
    if opened is None:
        raise RecordError(_DAMAGED)
    if int(opened["version"]) > PAPER_VERSION:
        raise RecordError("was exported by a newer version of this program")
    kept = rows[1:-1]
    if not kept or rows[-1] != _sealed(kept):
        raise RecordError(_DAMAGED)
    return int(opened["version"]), kept


def _export(rows: Sequence[str], units: Sequence[str] | None) -> Export:
    try:
        return _read(rows, units)
    except (ValueError, KeyError, IndexError, TypeError, RecursionError) as error:
        raise RecordError(_DAMAGED) from error


_DAMAGED = "has a record at its end that was changed or damaged since it was exported"


def _read(rows: Sequence[str], units: Sequence[str] | None) -> Export:
    held = [json.loads(row) for row in rows]
    head = Head.model_validate(held[0])
    cited = tuple(Citation.model_validate(row) for row in held[1:] if "n" in row)
    said = tuple(Said.model_validate(row) for row in held[1:] if "where" in row)
    if len(cited) + len(said) != len(held) - 1 or any(s.unit >= len(head.units) for s in said):
        raise ValueError
    texts = {citation.n: citation for citation in cited}
    statements = tuple((one, _statement(one, texts)) for one in said)
    return Export(
        question=head.question,
        library_version=head.library_version,
        statements=tuple((one.where, statement) for one, statement in statements),
        citations=cited,
        edits=_edits(head, statements, units) if units is not None else Edits({}, (), 0, 0),
        composed=head.composed,
    )


def _statement(said: Said, cited: Mapping[int, Citation]) -> Statement:
    ids = said.evidence_ids or tuple(cited[n].evidence_id for n in said.citations)
    start, end = said.quoted or (0, 0)
    return Statement(
        text=said.text or cited[said.citations[0]].text[start:end],
        citations=said.citations,
        evidence_ids=ids,
        stands_as=said.stands_as,
        verbatim=said.verbatim,
        words=said.words,
    )


def _edits(head: Head, said: Sequence[tuple[Said, Statement]], units: Sequence[str]) -> Edits:
    """What of an export is not as it was; paragraphs are told by their hashes."""
    wanted = Counter(head.units)
    fresh: list[str] = []
    for unit in units:
        key = _hash(bare(unit))
        if wanted[key] > 0:
            wanted[key] -= 1
        else:
            fresh.append(unit.strip("*_ "))
    gone = _gone(head.units, wanted)
    now: dict[str, str] = {}
    for one, statement in said:
        if one.unit in gone:
            now[one.where] = nearest = _nearest(statement.text, fresh)
            # The same words may stand in two places: each of these has its own.
            if nearest:
                fresh.remove(nearest)
    claims = [unit for unit in fresh if _MARKS.search(unit)]
    return Edits(
        statements={where: as_read(unit) for where, unit in now.items()},
        claims=tuple(as_read(unit) for unit in claims),
        lost=len(gone - {one.unit for one, _ in said}),
        added=len(fresh) - len(claims),
    )


def _gone(units: Sequence[str], missing: Mapping[str, int]) -> set[int]:
    """Numbers of the units that are missing; of several alike, the last ones."""
    left, found = dict(missing), set[int]()
    for number in reversed(range(len(units))):
        if left.get(units[number], 0) > 0:
            left[units[number]] -= 1
            found.add(number)
    return found


def _nearest(text: str, units: Sequence[str]) -> str:
    """The paragraph that stands in a statement's place now; empty where none is like it."""
    words = text.split()
    shares = [SequenceMatcher(None, words, unit.split(), autojunk=False).ratio() for unit in units]
    best = max(range(len(units)), key=lambda n: shares[n], default=None)
    return units[best] if best is not None and shares[best] >= _ALIKE else ""


def _hash(unit: str) -> str:
    return hashlib.sha256(unit.encode()).hexdigest()[:_HASH_CHARACTERS]
