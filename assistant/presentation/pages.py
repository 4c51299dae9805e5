"""Pages of the library: a brief with its cited sentences, a source with its notes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Protocol

from assistant.interface import ENGLISH, Texts
from assistant.presentation.cards import badges, open_source, our_reading, status_line
from assistant.presentation.markup import Html, el, join
from assistant.presentation.parts import (
    cited_list,
    evidence_column,
    heading,
    paragraph,
    position_columns,
    spread,
)
from assistant.presentation.sentences import held
from assistant.presentation.words import day, full_reference, reference, stands_as_words
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

MOST_FURTHER = 4
"""Notes shown beside a direct answer, beyond those that it cites."""


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


def brief_page(brief: Brief, library: Library, key: str = "brief", texts: Texts = ENGLISH) -> Html:
    """A brief: lead, what to do, positions, what is not settled, direct answers, its sources."""
    numbers = Numbering(library)
    lead, practice = numbers.statements(brief.lead), numbers.statements(brief.practice)
    contested = [library.contested[c] for c in brief.contested if c in library.contested]
    sides = [(c.question, _positions(c, numbers, library)) for c in contested]
    unsettled = numbers.statements(brief.not_settled)
    direct = [(a, numbers.statements(a.answer)) for a in brief.answers]
    cited = numbers.citations()
    dates = {"written": day(brief.written, texts), "review_by": day(brief.review_by, texts)}

    def listed(name: str, statements: Sequence[Statement], class_: str) -> Html:
        body = cited_list(statements, cited, key, texts=texts)
        return _part(texts(f"headings.{name}"), body, class_)

    reading = join(
        el("div", *(paragraph(s, cited, key, texts) for s in lead), class_="summary"),
        listed("do", practice, "do"),
        _contested_part(sides, cited, key, texts),
        listed("unsettled", unsettled, "unsettled") if unsettled else None,
        _direct_part(direct, cited, key, library, texts),
        _ask_about(brief, texts),
        el("p", texts("brief.dates", **dates), class_="made-by"),
    )
    column = evidence_column(cited, key, 2, library.sources, texts=texts)
    return el(
        "article",
        heading(1, brief.title, tabindex="-1", lang=texts.library),
        spread(reading, column),
        class_="answer brief",
    )


def source_page(source: Source, library: Library | None = None, texts: Texts = ENGLISH) -> Html:
    """A source: its record, how far it may be leaned on, and all notes taken from it."""
    newer = library.sources.get(source.superseded_by) if library else None
    topics = library.topics if library else {}
    out = open_source(source.url, source.doi, texts)
    n, lang = len(source.notes), texts.library
    struck = "" if _current(source) else "struck"
    noted = texts("source_page.noted_one") if n == 1 else texts("source_page.noted", n=n)
    return el(
        "article",
        el("p", reference(source), class_="kicker", lang=lang),
        heading(1, source.title, tabindex="-1", class_=struck, lang=lang),
        status_line(source.status, source.superseded_by, source.status_note, newer, texts),
        badges(source.kind, source.who_speaks, source.basis, source.jurisdiction, texts),
        el("p", full_reference(source), class_="full-reference", lang=lang),
        el("p", out, class_="ways-on") if out else None,
        heading(2, noted),
        el("p", texts("source_page.noted_hint"), class_="hint"),
        el("ol", *(_note(note, topics, texts) for note in source.notes), class_="notes"),
        _record(source, texts),
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
    sides: Sequence[tuple[str, Sequence[Position]]],
    cited: Sequence[Citation],
    key: str,
    texts: Texts,
) -> Html | None:
    if not sides:
        return None
    blocks = [
        el(
            "details",
            el("summary", el("span", question, class_="fold-name", lang=texts.library)),
            position_columns(positions, cited, key, 3, f"side-{place}", texts),
            class_="fold question-fold",
            open=place == 0,
        )
        for place, (question, positions) in enumerate(sides)
    ]
    return _part(texts("headings.disagree"), join(*blocks), "disagree")


def _direct_part(
    direct: Sequence[tuple[BriefAnswer, tuple[Statement, ...]]],
    cited: Sequence[Citation],
    key: str,
    library: Library,
    texts: Texts,
) -> Html | None:
    if not direct:
        return None
    folds = [
        el(
            "details",
            el(
                "summary",
                el("span", capital(answer.asks[0]), class_="fold-name", lang=texts.library),
            ),
            *(paragraph(statement, cited, key, texts) for statement in statements),
            _further(answer, library, texts),
            class_="fold",
        )
        for answer, statements in direct
    ]
    return _part(texts("brief.direct"), join(*folds), "direct")


def _further(answer: BriefAnswer, library: Library, texts: Texts) -> Html | None:
    """Where else the library has something on a question: notes that no sentence here cites, none
    of a source that was taken back."""
    held = [n for n in (*answer.answering, *answer.bearing) if n in library.notes]
    held = [n for n in held if library.note_source[n].status != "retracted"]
    if not held:
        return None
    notes = []
    for note in held[:MOST_FURTHER]:
        source = library.note_source[note]
        way = {"href": f"?source={source.id}", "data_go": f"source:{source.id}"}
        link = el("a", reference(source), **way, lang=texts.library)
        text = el("span", library.notes[note].text, lang=texts.library)
        notes.append(el("li", text, " ", link))
    title = el("p", texts("brief.further"), class_="hint")
    return join(title, el("ul", *notes, class_="further"))


def _ask_about(brief: Brief, texts: Texts) -> Html:
    ways = {"type": "button", "class_": "ask-this", "lang": texts.library}
    buttons = [el("li", el("button", capital(ask), data_ask=ask, **ways)) for ask in brief.asks[:3]]
    body = el("ul", *buttons, class_="asks", role="list")
    return _part(texts("brief.ask"), body, "related")


def capital(question: str) -> str:
    """A question as it was typed, with a capital."""
    return question[:1].upper() + question[1:]


def _note(note: Note, topics: Mapping[str, str], texts: Texts) -> Html:
    about = ", ".join(topics.get(topic, topic.replace("-", " ")) for topic in note.topics)
    return el(
        "li",
        el("p", note.text, class_="note-text", lang=texts.library),
        our_reading(note.our_reading, texts),
        el(
            "p",
            el("span", stands_as_words(texts)[note.stands_as], class_="tag"),
            " ",
            held(f"{note.locator}. {about}.", texts),
            class_="locator",
        ),
        id=f"note-{note.id}",
    )


def _record(source: Source, texts: Texts) -> Html:
    rows = [
        ("licence", held(source.licence, texts)),
        ("checked", day(source.checked, texts)),
        ("known_as", source.id),
    ]
    cells = [join(el("dt", texts(f"source_page.{name}")), el("dd", value)) for name, value in rows]
    return el("dl", *cells, class_="record")
