"""The record that lets a paper be checked later: made here, put into files by the writers.

In a Word file it stands in a part of its own, in a PDF it is attached, in Markdown it is a comment
at the end; in each the same text (``presentation.record``). ``verify`` reads it back through
``read_paper``, which tells, too, what was changed by hand in the file since.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from assistant.citations import Saved, read_saved
from assistant.errors import UsageError
from assistant.exports.notes import clean_line, lines_of, marked, tidied, units_of
from assistant.exports.records import Line, Paper, Words
from assistant.presentation.record import (
    PAPER_VERSION,
    Export,
    Head,
    RecordError,
    paper_rows,
    record_text,
)
from assistant.schema import Statement

MOST_BYTES = 50_000_000
"""Bytes of a paper at most, packed or not."""
WORD, PDF = ".docx", ".pdf"
READABLE = frozenset({WORD, PDF})


@dataclass(frozen=True)
class Said:
    """A statement that a paper holds: where it came from, and the line that it is written as."""

    where: str
    statement: Statement
    line: Line


def recorded(
    paper: Paper,
    question: str,
    library_version: str,
    said: Sequence[Said] | None = None,
) -> Paper:
    """The paper, made ready, with a record of what it says and rests on.

    Args:
        paper: what to record; its own record is replaced.
        question: what it answers, or its title: ``verify`` calls it so.
        library_version: of the library that it was made from.
        said: its statements as an answer holds them. None for a paper that was put together from
            notes without an answer: each run of words that cites then counts as a statement, and
            ``verify`` looks whether it was changed and whether its evidence still stands.
    """
    ready, numbers = tidied(replace(paper, record={"library": library_version}))
    composed = said is None
    if said is None:
        said = _composed(ready)
        numbers = {citation.n: citation.n for citation in ready.citations}
    head = Head(question=question, library_version=library_version, units=(), composed=composed)
    kept = [
        (one.where, _renumbered(one.statement, numbers), _shown(one.line, numbers)) for one in said
    ]
    used = {n for _, statement, _ in kept for n in statement.citations}
    citations = [citation for citation in ready.citations if citation.n in used]
    rows = paper_rows(head, citations, kept, units_of(ready))
    return replace(ready, record={**ready.record, "version": PAPER_VERSION, "rows": rows})


def _renumbered(statement: Statement, numbers: dict[int, int]) -> Statement:
    cites = tuple(dict.fromkeys(numbers[n] for n in statement.citations))
    if len(cites) != len(statement.citations) and not statement.words:
        ids = tuple(dict.fromkeys(statement.evidence_ids))
        return statement.model_copy(update={"citations": cites, "evidence_ids": ids})
    together = tuple(numbers[n] for n in statement.citations)
    return statement.model_copy(update={"citations": together})


def _shown(line: Line, numbers: dict[int, int]) -> str:
    runs = tuple(replace(run, cites=tuple(sorted({numbers[n] for n in run.cites}))) for run in line)
    return marked(clean_line(runs))


def _composed(paper: Paper) -> list[Said]:
    """Every run of words of a tidied paper that cites, as a statement."""
    cited = {citation.n: citation for citation in paper.citations}
    found: list[Said] = []
    for line in lines_of(paper.blocks):
        before: list[Words] = []
        for run in line:
            before.append(run)
            if not run.cites:
                continue
            statement = Statement(
                text="".join(part.text for part in before).strip(),
                citations=run.cites,
                evidence_ids=tuple(cited[n].evidence_id for n in run.cites),
                stands_as=cited[run.cites[0]].stands_as,
            )
            found.append(Said(f"line {len(found) + 1}", statement, tuple(before)))
            before = []
    return found


def record_of(paper: Paper) -> str:
    """The record of a paper as text; empty where it has none."""
    rows: list[str] = paper.record.get("rows", [])
    return record_text(PAPER_VERSION, rows) if rows else ""


# ---------------------------------------------------------------- reading


def read_any(path: Path) -> tuple[Saved, ...]:
    """The answers in a file: an exported Word file or PDF, or what ``citations.read_saved`` reads.

    Raises:
        UsageError: the file is missing, cannot be read, or holds no answer.
    """
    return (read_paper(path),) if path.suffix.lower() in READABLE else read_saved(path)


def read_paper(path: Path) -> Export:
    """What an exported Word file or PDF rested on, and what was changed in it by hand.

    Raises:
        UsageError: it is missing, too large, no such file, or holds no record that can be used.
    """
    data = _bytes_of(path)
    try:
        if path.suffix.lower() == PDF:
            from assistant.exports.pdf_reading import export_in_pdf

            return export_in_pdf(data)
        from assistant.exports.docx_reading import export_in_docx

        return export_in_docx(data)
    except RecordError as error:
        raise UsageError(
            f"{path.name} {error}.", "Export the answer again with: peer-support export"
        ) from error


def holds_record(path: Path) -> bool:
    """Whether a Word file or PDF was exported here; False, too, for what cannot be read.

    For folders, in which most such files are somebody's own.
    """
    from assistant.exports import docx_reading, pdf_reading

    try:
        if path.suffix.lower() == PDF:
            return pdf_reading.has_record(_bytes_of(path))
        return docx_reading.has_record(_bytes_of(path))
    except (RecordError, UsageError):
        return False


def _bytes_of(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except FileNotFoundError as error:
        raise UsageError(f"There is no file {path}.", "Give the path of an export.") from error
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read ({error.strerror or type(error).__name__}).",
            "Give the path of an export.",
        ) from error
    if len(data) > MOST_BYTES:
        raise UsageError(f"{path} is too large for an export.", "Give the path of an export.")
    return data
