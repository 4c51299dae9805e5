"""Numbers citations as they are first used, and makes statements that carry them.

Every number given out resolves, and only evidence that a statement used is listed: both hold by
construction, because citations exist here alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from assistant.corpus import Library
from assistant.documents.search import stands_as
from assistant.presentation.words import KIND_WORDS, STATUS_WORDS, country, reference
from assistant.retrieval import evidence_of
from assistant.schema import BriefSentence, Citation, Evidence, Source, StandsAs, Statement

STRONGEST_FIRST: tuple[StandsAs, ...] = (
    "requirement",
    "recommendation",
    "finding",
    "definition",
    "position",
    "open-question",
)


def text_hash(text: str) -> str:
    """SHA-256 of a text in UTF-8, hex."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def source_words(source: Source) -> str:
    """A source in one line: "NHS England, 2024: national framework, England."."""
    status = "" if source.status == "current" else f", {STATUS_WORDS[source.status].lower()}"
    kind = KIND_WORDS[source.kind].lower()
    return f"{reference(source)}: {kind}, {country(source.jurisdiction)}{status}."


class CitationBook:
    """The citations of one answer: notes of the library, and passages of added documents."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._passages: dict[str, Evidence] = {}
        self._numbers: dict[str, int] = {}
        self._spans: dict[str, tuple[int, int]] = {}

    def uses(self, note_id: str) -> bool:
        """True when a statement already rests on this note."""
        return note_id in self._numbers

    def quote(self, note_id: str, end: int | None = None, also: Sequence[str] = ()) -> Statement:
        """A statement that is a note's own text from its beginning.

        Args:
            note_id: the note.
            end: where to stop, at the end of a sentence; None for the whole text.
            also: notes that say the same, cited with it.
        """
        note = self._library.notes[note_id]
        stop = len(note.text) if end is None else end
        numbers = [self._number(note_id, (0, stop))] + [self._number(other) for other in also]
        return Statement(
            text=note.text[:stop],
            citations=tuple(numbers),
            evidence_ids=(note_id, *also),
            stands_as=note.stands_as,
            verbatim=True,
        )

    def quote_passage(self, passage: Evidence, start: int, end: int) -> Statement:
        """A statement that is a span of a passage of an added document, to the character."""
        self._passages[passage.evidence_id] = passage
        text = passage.text[start:end]
        return Statement(
            text=text,
            citations=(self._number(passage.evidence_id, (start, end)),),
            evidence_ids=(passage.evidence_id,),
            stands_as=stands_as(text, passage.kind),
            verbatim=True,
        )

    def sentence(self, sentence: BriefSentence) -> Statement:
        """A statement that is a sentence of a brief, resting on the notes that it names.

        It stands as the weakest of them: a sentence that rests on law and opinion is not law.
        """
        kinds = [self._library.notes[note].stands_as for note in sentence.notes]
        return Statement(
            text=sentence.text,
            citations=tuple(self._number(note) for note in sentence.notes),
            evidence_ids=sentence.notes,
            stands_as=max(kinds, key=STRONGEST_FIRST.index),
            verbatim=False,
        )

    def source_line(self, note_id: str) -> Statement:
        """A statement that says whose a note is: its source, kind, country and year."""
        return Statement(
            text=source_words(self._library.note_source[note_id]),
            citations=(self._number(note_id),),
            evidence_ids=(note_id,),
            stands_as=self._library.notes[note_id].stands_as,
            verbatim=False,
        )

    def again(self, statement: Statement) -> Statement:
        """A statement of an earlier answer, with the numbers that its notes have here."""
        whole = {note: len(self._text(note)) for note in statement.evidence_ids}
        spans = {
            note: (0, len(statement.text)) if statement.verbatim and i == 0 else (0, whole[note])
            for i, note in enumerate(statement.evidence_ids)
        }
        numbers = tuple(self._number(note, spans[note]) for note in statement.evidence_ids)
        return statement.model_copy(update={"citations": numbers})

    def _number(self, note_id: str, span: tuple[int, int] | None = None) -> int:
        whole = (0, len(self._text(note_id)))
        start, end = self._spans.get(note_id, span or whole)
        wanted = span or whole
        self._spans[note_id] = (min(start, wanted[0]), max(end, wanted[1]))
        return self._numbers.setdefault(note_id, len(self._numbers) + 1)

    def _text(self, evidence_id: str) -> str:
        passage = self._passages.get(evidence_id)
        return passage.text if passage else self._library.notes[evidence_id].text

    def citations(self) -> tuple[Citation, ...]:
        """Everything cited so far, in the order of the numbers."""
        return tuple(self._citation(note_id, n) for note_id, n in self._numbers.items())

    def _citation(self, note_id: str, number: int) -> Citation:
        found = self._passages.get(note_id) or evidence_of(
            self._library.notes[note_id], self._library.note_source[note_id]
        )
        start, end = self._spans[note_id]
        shared = set(Citation.model_fields) & set(Evidence.model_fields)
        return Citation(
            n=number,
            char_start=start,
            char_end=end,
            text_sha256=text_hash(found.text),
            **{name: getattr(found, name) for name in shared},
        )


def joined(
    statements: Sequence[Statement],
    citations: Sequence[Citation],
    before: Sequence[Citation],
) -> tuple[tuple[Statement, ...], tuple[Citation, ...]]:
    """Statements of one answer as they stand in another one, and all citations of that one.

    Args:
        statements: what is added.
        citations: that the statements carry the numbers of.
        before: citations that the other answer has already; the same text keeps its number.
    """
    held = {(c.evidence_id, c.char_start, c.char_end): c.n for c in before}
    by_number = {citation.n: citation for citation in citations}
    places: dict[int, int] = {}
    kept = list(before)
    for number in dict.fromkeys(n for statement in statements for n in statement.citations):
        citation = by_number[number]
        place = held.get((citation.evidence_id, citation.char_start, citation.char_end))
        if place is None:
            place = len(kept) + 1
            kept.append(citation.model_copy(update={"n": place}))
        places[number] = place
    moved = tuple(
        s.model_copy(update={"citations": tuple(places[n] for n in s.citations)})
        for s in statements
    )
    return moved, tuple(kept)
