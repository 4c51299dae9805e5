"""Replays a saved answer against the library of today.

For every statement: do its citations resolve, does the saved text still stand in the library word
for word, and does the statement stand in what it cites? Nothing is searched or composed here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal, Protocol

from pydantic import ValidationError

from assistant.answering.book import source_words, text_hash
from assistant.corpus import Library
from assistant.errors import ConfigurationError, UsageError
from assistant.schema import Answer, Citation, Record, Statement

Finding = Literal["unchanged", "moved", "altered", "gone", "unreadable", "broken", "unsupported"]
WORST_FIRST: tuple[Finding, ...] = (
    "broken",
    "unsupported",
    "gone",
    "unreadable",
    "altered",
    "moved",
    "unchanged",
)
"""broken: the saved answer contradicts itself; unsupported: the words are not in what is cited;
gone, altered, moved: the evidence was dropped, reworded or joined to another note since, or stands
elsewhere in the added documents; unreadable: they cannot be read, so nothing is known."""


class Documents(Protocol):
    """What is asked of added documents. Each raises ``ConfigurationError`` where they cannot be
    read."""

    def span(self, document_id: str, start: int, end: int) -> str | None:
        """The words of a document at a place; None where there is no such document."""

    def whereabouts(self, text: str, first: str) -> str | None:
        """Evidence id of a place where these words stand, looking into the document ``first``
        before others; None where they stand nowhere."""

    def status(self, document_id: str) -> str | None:
        """The status of a document today."""


class StatementCheck(Record):
    """What became of one statement."""

    where: str
    text: str
    finding: Finding
    detail: str = ""


class Verification(Record):
    """What became of a saved answer. ``ok`` when every statement is unchanged."""

    ok: bool
    question: str
    saved_library: str
    library: str
    statements: tuple[StatementCheck, ...]
    warnings: tuple[str, ...] = ()

    def changed(self) -> tuple[StatementCheck, ...]:
        """The statements that are not as they were."""
        return tuple(check for check in self.statements if check.finding != "unchanged")


def read_answer(path: Path) -> Answer:
    """A saved answer.

    Raises:
        UsageError: the file is missing, is not UTF-8 JSON, or is no answer.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UsageError(f"There is no file {path}.", "Give the path of a saved answer.") from error
    except (OSError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise UsageError(
            f"{path} is not readable JSON ({type(error).__name__}).",
            "Save an answer with: peer-support ask --json QUESTION > answer.json",
        ) from error
    try:
        return Answer.model_validate(data)
    except ValidationError as error:
        place = ".".join(str(step) for step in error.errors()[0]["loc"])
        raise UsageError(
            f"{path} is not a saved answer: {place or 'the top level'} is wrong.",
            "Save an answer with: peer-support ask --json QUESTION > answer.json",
        ) from error


def verify(answer: Answer, library: Library, documents: Documents | None = None) -> Verification:
    """Check every statement of a saved answer against the library and the added documents."""
    cited = {citation.n: citation for citation in answer.citations}
    known = _brief_sentences(library)
    checks = tuple(
        _check(where, statement, cited, library, known, documents)
        for where, statement in statements_of(answer)
        if statement.citations or statement.stands_as is not None
    )
    used = {n for _, statement in statements_of(answer) for n in statement.citations}
    warnings = [f"citation {n} is listed and not used" for n in sorted(set(cited) - used)]
    warnings += list(_status_changes(answer, library, documents))
    return Verification(
        ok=all(check.finding == "unchanged" for check in checks) and not warnings,
        question=answer.question,
        saved_library=answer.engine.library_version,
        library=library.version,
        statements=checks,
        warnings=tuple(warnings),
    )


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


def _check(
    where: str,
    statement: Statement,
    cited: Mapping[int, Citation],
    library: Library,
    known: Mapping[str, set[tuple[str, ...]]],
    documents: Documents | None,
) -> StatementCheck:
    found: list[tuple[Finding, str]] = []
    if not statement.citations:
        found.append(("broken", "no citation"))
    for n in statement.citations:
        found.append(
            _citation_finding(cited[n], library, documents)
            if n in cited
            else ("broken", f"no citation {n}")
        )
    if all(n in cited for n in statement.citations):
        found += _support_findings(statement, cited, library, known)
    finding, detail = min(found, key=lambda pair: WORST_FIRST.index(pair[0]))
    return StatementCheck(where=where, text=statement.text, finding=finding, detail=detail)


def _citation_finding(
    citation: Citation, library: Library, documents: Documents | None
) -> tuple[Finding, str]:
    if text_hash(citation.text) != citation.text_sha256:
        return "broken", f"the saved text of {citation.evidence_id} was changed"
    if not 0 <= citation.char_start < citation.char_end <= len(citation.text):
        return "broken", f"the marked words of {citation.evidence_id} lie outside its text"
    if citation.span is not None:
        return _passage_finding(citation, citation.span, documents)
    today = library.notes.get(citation.evidence_id)
    if today is not None:
        if text_hash(today.text) == citation.text_sha256:
            return "unchanged", ""
        return "altered", f"{citation.evidence_id} reads otherwise now"
    moved = library.current_note_id(citation.evidence_id)
    if moved is not None:
        return "moved", f"{citation.evidence_id} is now {moved}"
    return "gone", f"{citation.evidence_id} is no longer in the library"


def _passage_finding(
    citation: Citation, span: tuple[int, int], documents: Documents | None
) -> tuple[Finding, str]:
    """What became of a passage of an added document. What cannot be read is never called gone."""
    if documents is None:
        return "unreadable", "the added documents were not opened"
    try:
        today = documents.span(citation.source_id, *span)
        if today == citation.text:
            return "unchanged", ""
        place = documents.whereabouts(citation.text, citation.source_id)
    except ConfigurationError as error:
        return "unreadable", error.message
    if place is not None:
        return "moved", f"{citation.evidence_id} is now {place}"
    if today is not None:
        return "altered", f"{citation.source_id} reads otherwise now"
    return "gone", f"{citation.source_id} is no longer among the added documents"


def _support_findings(
    statement: Statement,
    cited: Mapping[int, Citation],
    library: Library,
    known: Mapping[str, set[tuple[str, ...]]],
) -> list[tuple[Finding, str]]:
    """Whether the statement's words stand in its evidence, or in a brief that names it."""
    if statement.verbatim:
        if any(statement.text in cited[n].text for n in statement.citations):
            return []
        return [("unsupported", "these words do not stand in what is cited")]
    if _names_its_source(statement, cited, library):
        return []
    evidence = tuple(cited[n].evidence_id for n in statement.citations)
    today = tuple(library.current_note_id(note) or note for note in evidence)
    rests_on = known.get(statement.text, set())
    if evidence in rests_on or today in rests_on:
        return []
    if rests_on:
        return [("altered", "the brief rests this sentence on other notes now")]
    return [("altered", "no brief holds this sentence any more")]


def _names_its_source(
    statement: Statement, cited: Mapping[int, Citation], library: Library
) -> bool:
    """True for a line that says whose the cited note is, as the library words it today."""
    sources = {cited[n].source_id for n in statement.citations} & set(library.sources)
    return any(statement.text == source_words(library.sources[source]) for source in sources)


def _brief_sentences(library: Library) -> dict[str, set[tuple[str, ...]]]:
    known: dict[str, set[tuple[str, ...]]] = {}
    for brief in library.briefs.values():
        for sentence in brief.sentences():
            known.setdefault(sentence.text, set()).add(sentence.notes)
    return known


def _status_changes(answer: Answer, library: Library, documents: Documents | None) -> Iterator[str]:
    for citation in answer.citations:
        source = library.sources.get(citation.source_id)
        today: str | None = source.status if source else None
        if citation.span is not None and documents is not None:
            try:
                today = documents.status(citation.source_id)
            except ConfigurationError:
                today = None
        if today is not None and today != citation.status:
            yield f"{citation.source_id} is now {today} (was {citation.status})"
