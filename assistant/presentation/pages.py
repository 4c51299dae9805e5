"""Pages of the library: a brief with its cited sentences, a source with its notes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Protocol

from assistant.presentation.cards import badges, day, open_source, status_line
from assistant.presentation.markup import Html, el, join
from assistant.presentation.parts import (
    cited_list,
    evidence_column,
    heading,
    paragraph,
    position_columns,
    spread,
)
from assistant.presentation.plan import HEADINGS
from assistant.presentation.words import (
    STANDS_AS_WORDS,
    full_reference,
    reference,
)
from assistant.schema import (
    Brief,
    BriefAnswer,
    BriefSentence,
    Citation,
    Contested,
    Note,
    Position,
    Source,
    Statement,
)


class Library(Protocol):
    """What a page needs to know of the library."""

    @property
    def sources(self) -> Mapping[str, Source]:
        """Sources by id."""

    @property
    def notes(self) -> Mapping[str, Note]:
        """Notes by id."""

    @property
    def note_source(self) -> Mapping[str, Source]:
        """The source of each note, by the id of the note."""

    @property
    def briefs(self) -> Mapping[str, Brief]:
        """Briefs by id."""

    @property
    def contested(self) -> Mapping[str, Contested]:
        """Contested questions by id."""

    @property
    def topics(self) -> Mapping[str, str]:
        """Plain labels of topics, by slug."""


class Numbering:
    """Gives each note its number in order of first mention, and the citation that goes with it."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._citations: dict[str, Citation] = {}

    def statement(self, text: str, notes: Sequence[str]) -> Statement:
        """A statement that rests on these notes; notes that are gone are left out."""
        held = [note for note in notes if note in self._library.notes]
        numbers = tuple(self._number(note) for note in held)
        return Statement(text=text, citations=numbers, evidence_ids=tuple(held))

    def statements(self, sentences: Sequence[BriefSentence]) -> tuple[Statement, ...]:
        """Sentences of a brief as statements."""
        return tuple(self.statement(s.text, s.notes) for s in sentences)

    def citations(self) -> tuple[Citation, ...]:
        """All citations so far, in order."""
        return tuple(self._citations.values())

    def _number(self, note_id: str) -> int:
        if note_id not in self._citations:
            note, source = self._library.notes[note_id], self._library.note_source[note_id]
            self._citations[note_id] = citation_of(note, source, len(self._citations) + 1)
        return self._citations[note_id].n


def citation_of(note: Note, source: Source, n: int) -> Citation:
    """A whole note as a citation."""
    return Citation(
        n=n,
        evidence_id=note.id,
        source_id=source.id,
        text=note.text,
        char_start=0,
        char_end=len(note.text),
        locator=note.locator,
        title=source.title,
        authors=source.authors,
        year=source.year,
        published_in=source.published_in,
        kind=source.kind,
        stands_as=note.stands_as,
        jurisdiction=source.jurisdiction,
        who_speaks=source.who_speaks,
        basis=note.basis or source.basis,
        status=source.status,
        superseded_by=source.superseded_by,
        our_reading=note.our_reading,
        checked=source.checked,
        url=source.url,
        doi=source.doi,
        text_sha256=hashlib.sha256(note.text.encode()).hexdigest(),
    )


def brief_page(brief: Brief, library: Library, key: str = "brief") -> Html:
    """A brief: lead, what to do, positions, what is not settled, direct answers, its sources."""
    numbers = Numbering(library)
    lead, practice = numbers.statements(brief.lead), numbers.statements(brief.practice)
    contested = [library.contested[c] for c in brief.contested if c in library.contested]
    sides = [(c.question, _positions(c, numbers, library)) for c in contested]
    unsettled = numbers.statements(brief.not_settled)
    direct = [(a, numbers.statements(a.answer)) for a in brief.answers]
    cited = numbers.citations()
    reading = join(
        el("div", *(paragraph(s, cited, key) for s in lead), class_="summary"),
        _part(HEADINGS["do"], cited_list(practice, cited, key), "do"),
        _contested_part(sides, cited, key),
        _part(HEADINGS["unsettled"], cited_list(unsettled, cited, key), "unsettled")
        if unsettled
        else None,
        _direct_part(direct, cited, key),
        _ask_about(brief),
        el(
            "p",
            f"Written {day(brief.written)}. To be reviewed by {day(brief.review_by)}.",
            class_="made-by",
        ),
    )
    column = evidence_column(cited, key, 2, library.sources)
    return el(
        "article",
        heading(1, brief.title, tabindex="-1"),
        spread(reading, column),
        class_="answer brief",
    )


def source_page(source: Source, library: Library | None = None) -> Html:
    """A source: its record, how far it may be leaned on, and all notes taken from it."""
    newer = library.sources.get(source.superseded_by) if library else None
    topics = library.topics if library else {}
    out = open_source(source.url, source.doi)
    count = f"{len(source.notes)} note" + ("" if len(source.notes) == 1 else "s")
    return el(
        "article",
        el("p", reference(source), class_="kicker"),
        heading(1, source.title, tabindex="-1", class_="" if _current(source) else "struck"),
        status_line(source.status, source.superseded_by, source.status_note, newer),
        badges(source.kind, source.who_speaks, source.basis, source.jurisdiction),
        el("p", full_reference(source), class_="full-reference"),
        el("p", out, class_="ways-on") if out else None,
        heading(2, f"What we noted: {count}"),
        el("p", "In our own words, with the place in the source.", class_="hint"),
        el("ol", *(_note(note, source, topics) for note in source.notes), class_="notes"),
        _record(source),
        class_="source-page reading",
    )


def _current(source: Source) -> bool:
    return source.status == "current"


def _part(title: str, body: Html, class_: str) -> Html:
    return el("div", heading(2, title), body, class_=f"part {class_}")


def _positions(contested: Contested, numbers: Numbering, library: Library) -> tuple[Position, ...]:
    """The sides of a question; what each note says stands under the side that it shows."""
    found = []
    for side in contested.positions:
        held = [note for note in side.notes if note in library.notes]
        statements = tuple(numbers.statement(library.notes[n].text, [n]) for n in held)
        found.append(Position(position=side.position, held_by=side.held_by, statements=statements))
    return tuple(found)


def _contested_part(
    sides: Sequence[tuple[str, Sequence[Position]]], cited: Sequence[Citation], key: str
) -> Html | None:
    if not sides:
        return None
    blocks = [
        el(
            "details",
            el("summary", el("span", question, class_="fold-name")),
            position_columns(positions, cited, key, 3, f"side-{place}"),
            class_="fold question-fold",
            open=place == 0,
        )
        for place, (question, positions) in enumerate(sides)
    ]
    return _part(HEADINGS["disagree"], join(*blocks), "disagree")


def _direct_part(
    direct: Sequence[tuple[BriefAnswer, tuple[Statement, ...]]],
    cited: Sequence[Citation],
    key: str,
) -> Html | None:
    if not direct:
        return None
    folds = [
        el(
            "details",
            el("summary", el("span", capital(answer.asks[0]), class_="fold-name")),
            *(paragraph(statement, cited, key) for statement in statements),
            class_="fold",
        )
        for answer, statements in direct
    ]
    return _part("Questions people bring", join(*folds), "direct")


def _ask_about(brief: Brief) -> Html:
    buttons = [
        el("li", el("button", capital(ask), type="button", class_="ask-this", data_ask=ask))
        for ask in brief.asks[:3]
    ]
    return _part("Ask about this", el("ul", *buttons, class_="asks", role="list"), "related")


def capital(question: str) -> str:
    """A question as it was typed, with a capital."""
    return question[:1].upper() + question[1:]


def _note(note: Note, source: Source, topics: Mapping[str, str]) -> Html:
    about = ", ".join(topics.get(topic, topic.replace("-", " ")) for topic in note.topics)
    reading = (
        el("p", el("strong", "Our own reading: "), note.our_reading, class_="our-reading")
        if note.our_reading
        else None
    )
    return el(
        "li",
        el("p", note.text, class_="note-text"),
        reading,
        el(
            "p",
            el("span", STANDS_AS_WORDS[note.stands_as], class_="tag"),
            f" {note.locator}. {about}.",
            class_="locator",
        ),
        id=f"note-{note.id}",
    )


def _record(source: Source) -> Html:
    rows = [
        ("Licence of the original", source.licence),
        ("Checked", day(source.checked)),
        ("Known here as", source.id),
    ]
    cells = [join(el("dt", name), el("dd", value)) for name, value in rows]
    return el("dl", *cells, class_="record")
