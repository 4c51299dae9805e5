"""Replays a saved answer against the library of today.

For every statement: do its citations resolve, does the saved text still stand in the library word
for word, and does the statement stand in what it cites? An answer is saved as JSON, or exported as
Markdown with a record at its end (``presentation.record``); of an export it is told, too, what was
changed in it by hand. Nothing is searched or composed here.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol

from pydantic import ValidationError

from assistant.answering.book import source_words, text_hash
from assistant.corpus import Library
from assistant.documents.printable import printable
from assistant.errors import ConfigurationError, UsageError
from assistant.grounding.gate import replays
from assistant.presentation.record import OPENING, Edits, Export, RecordError, exports_in
from assistant.presentation.record import statements_of as statements_of
from assistant.schema import Answer, Citation, Record, Statement

Finding = Literal[
    "unchanged", "moved", "altered", "gone", "unreadable", "broken", "edited", "unsupported"
]
WORST_FIRST: tuple[Finding, ...] = (
    "broken",
    "edited",
    "unsupported",
    "gone",
    "unreadable",
    "altered",
    "moved",
    "unchanged",
)
"""broken: the saved answer contradicts itself; edited: the exported file was changed by hand here;
unsupported: the words are not in what is cited; gone, altered, moved: the evidence was dropped,
reworded or joined to another note since, or stands elsewhere in the added documents; unreadable:
they cannot be read, so nothing is known."""
MARKDOWN = frozenset({".md", ".markdown"})
MOST_BYTES = 50_000_000
"""Bytes of a saved answer at most; a long one has some hundred thousand."""

Saved = Answer | Export
HISTORY_FORM = "peer-support-history"
"""Marks the JSON in which the page saves conversations."""


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
    """What became of a saved answer. ``ok`` when every statement is unchanged. ``notes`` say what
    was written beside an exported answer, which is nobody's fault."""

    ok: bool
    question: str
    saved_library: str
    library: str
    statements: tuple[StatementCheck, ...]
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def changed(self) -> tuple[StatementCheck, ...]:
        """The statements that are not as they were."""
        return tuple(check for check in self.statements if check.finding != "unchanged")


def read_saved(path: Path) -> tuple[Saved, ...]:
    """The answers in a file: one saved as JSON, a history that the page saved, or those exported as
    Markdown.

    Raises:
        UsageError: the file is missing, cannot be read as text, or holds no answer.
    """
    text = _text_of(path)
    name = printable(str(path))
    if path.suffix.lower() not in MARKDOWN and text.lstrip()[:1] in {"{", "["}:
        return _answers(text, name)
    try:
        return exports_in(text)
    except RecordError as error:
        if path.suffix.lower() not in MARKDOWN and OPENING not in text:
            return (_answer(text, name),)
        raise UsageError(
            f"{name} {error}.", "Export the answer again with: peer-support ask --markdown QUESTION"
        ) from error


def read_answer(path: Path) -> Answer:
    """An answer saved as JSON.

    Raises:
        UsageError: the file is missing, is not JSON, or is no answer.
    """
    return _answer(_text_of(path), printable(str(path)))


def _text_of(path: Path) -> str:
    """The text of a file in UTF-8, or in UTF-16 as PowerShell writes it."""
    name = printable(str(path))
    try:
        with path.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except FileNotFoundError as error:
        raise UsageError(f"There is no file {name}.", "Give the path of a saved answer.") from error
    except OSError as error:
        raise UsageError(
            f"{name} cannot be read ({error.strerror or type(error).__name__}).",
            "Give the path of a saved answer.",
        ) from error
    if len(data) > MOST_BYTES:
        raise UsageError(
            f"{name} is too large for a saved answer.", "Give the path of a saved answer."
        )
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{name} is not UTF-8 text.", _SAVE_ONE) from error


_SAVE_ONE = "Save an answer with: peer-support ask --json QUESTION > answer.json"


def _answer(text: str, name: str) -> Answer:
    return _valid(_json(text, name), name)


def _answers(text: str, name: str) -> tuple[Answer, ...]:
    """The answers of a JSON file: one answer, or what the page saves of its history."""
    data = _json(text, name)
    if not isinstance(data, dict) or data.get("form") != HISTORY_FORM:
        return (_valid(data, name),)
    held = data.get("conversations")
    each = [one.get("answers") if isinstance(one, dict) else None for one in held or ()]
    if not isinstance(held, list) or not all(isinstance(answers, list) for answers in each):
        raise UsageError(f"{name} is not a history as the page saves it.", "Save it again.")
    found = tuple(_valid(answer, name) for answers in each for answer in answers or ())
    if not found:
        raise UsageError(f"{name} holds no answer.", "Save a history that holds one.")
    return found


def _json(text: str, name: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(
            f"{name} is not readable JSON ({type(error).__name__}).", _SAVE_ONE
        ) from error


def _valid(data: Any, name: str) -> Answer:
    try:
        return Answer.model_validate(data)
    except ValidationError as error:
        place = ".".join(str(step) for step in error.errors()[0]["loc"])
        raise UsageError(
            f"{name} is not a saved answer: {place or 'the top level'} is wrong.", _SAVE_ONE
        ) from error


def parts_of(saved: Saved) -> tuple[tuple[str, Statement], ...]:
    """The statements of a saved answer with their places."""
    return tuple(statements_of(saved)) if isinstance(saved, Answer) else saved.statements


def verify(saved: Saved, library: Library, documents: Documents | None = None) -> Verification:
    """Check every statement of a saved answer against the library and the added documents."""
    cited = {citation.n: citation for citation in saved.citations}
    composed = isinstance(saved, Export) and saved.composed
    known = None if composed else _brief_sentences(library)
    parts = parts_of(saved)
    edits = None if isinstance(saved, Answer) else saved.edits
    checks = [
        _check(where, statement, cited, library, known, documents)
        for where, statement in parts
        if statement.citations or statement.stands_as is not None
    ]
    used = {n for _, statement in parts for n in statement.citations}
    warnings = [f"citation {n} is listed and not used" for n in sorted(set(cited) - used)]
    warnings += list(_status_changes(saved.citations, library, documents))
    notes: list[str] = []
    if edits is not None:
        checks = [*_edited(checks, edits), *_written_in(edits)]
        warnings += _lost(edits)
        notes += _added(edits)
    return Verification(
        ok=all(check.finding == "unchanged" for check in checks) and not warnings,
        question=saved.question,
        saved_library=(
            saved.engine.library_version if isinstance(saved, Answer) else saved.library_version
        ),
        library=library.version,
        statements=tuple(checks),
        warnings=tuple(warnings),
        notes=tuple(notes),
    )


def _edited(checks: Sequence[StatementCheck], edits: Edits) -> Iterator[StatementCheck]:
    """The checks, those of statements that the file no longer holds saying so."""
    for check in checks:
        now = edits.statements.get(check.where)
        if now is None or check.finding == "broken":
            yield check
            continue
        detail = f"the file now says: “{now}”" if now else "it was taken out of the file"
        if check.finding != "unchanged":
            detail += f"; and {check.finding}: {check.detail}"
        yield check.model_copy(update={"finding": "edited", "detail": detail})


def _written_in(edits: Edits) -> Iterator[StatementCheck]:
    for text in edits.claims:
        yield StatementCheck(
            where="added",
            text=text,
            finding="edited",
            detail="this bears the number of a source and was not in the answer",
        )


def _lost(edits: Edits) -> list[str]:
    count = edits.lost
    if not count:
        return []
    lines = "one line was" if count == 1 else f"{count} lines were"
    return [f"beside the statements {lines} changed or taken out of the file by hand"]


def _added(edits: Edits) -> list[str]:
    count = edits.added
    if not count:
        return []
    return [f"{'one line was' if count == 1 else f'{count} lines were'} added to the file by hand"]


def _check(
    where: str,
    statement: Statement,
    cited: Mapping[int, Citation],
    library: Library,
    known: Mapping[str, set[tuple[str, ...]]] | None,
    documents: Documents | None,
) -> StatementCheck:
    """What became of one statement. ``known`` is None for a paper that was put together from notes:
    its lines are nobody's words, so that only their evidence is looked at."""
    found: list[tuple[Finding, str]] = []
    if not statement.citations:
        found.append(("broken", "no citation"))
    for n in statement.citations:
        found.append(
            _citation_finding(cited[n], library, documents)
            if n in cited
            else ("broken", f"no citation {n}")
        )
    if known is not None and all(n in cited for n in statement.citations):
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
    if statement.words:
        return _written_findings(statement, cited)
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


def _written_findings(
    statement: Statement, cited: Mapping[int, Citation]
) -> list[tuple[Finding, str]]:
    """Whether what a chat model wrote passes the gate again, on the words that it rests on."""
    if len(statement.words) != len(statement.citations):
        return [("broken", "it does not say what it rests on")]
    cites = [cited[n] for n in statement.citations]
    rests = [(c.text, words) for c, words in zip(cites, statement.words, strict=True)]
    found = replays(statement.text, rests, [_whose(citation) for citation in cites])
    return [] if found.passes else [("unsupported", f"{found.fault}: {found.detail}")]


def _whose(citation: Citation) -> str:
    """Whose a citation is, in all the words that a statement may have from that."""
    named = (*citation.authors, citation.title, citation.published_in, citation.year)
    return "; ".join(str(part) for part in (*named, citation.jurisdiction) if part)


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


def _status_changes(
    citations: Sequence[Citation], library: Library, documents: Documents | None
) -> Iterator[str]:
    for citation in citations:
        source = library.sources.get(citation.source_id)
        today: str | None = source.status if source else None
        if citation.span is not None and documents is not None:
            try:
                today = documents.status(citation.source_id)
            except ConfigurationError:
                today = None
        if today is not None and today != citation.status:
            yield f"{citation.source_id} is now {today} (was {citation.status})"
