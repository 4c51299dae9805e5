"""Composes an answer from what was found, without a chat model. Deterministic.

The order of the parts is the order in which they are read: summary, what to do first, positions,
what the sources say by what they stand as, what is not settled. A sentence is either a note's own
words or a sentence of a brief that names its notes; fixed sentences of ours carry no citation.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assistant.answering.book import CitationBook
from assistant.answering.related import related_questions
from assistant.answering.select import Choice, choose, england_first, is_home
from assistant.answering.support import Support, support_of
from assistant.corpus import Library
from assistant.retrieval import Found
from assistant.schema import (
    Citation,
    Contested,
    Evidence,
    Outcome,
    Position,
    Reason,
    Section,
    SectionKind,
    StandsAs,
    Statement,
    User,
)
from assistant.text import sentences
from assistant.wording import Wording

SUMMARY_NOTES = 3
SUMMARY_WORDS = 45
SECTION_STATEMENTS = 4
CLOSE_TO_BEST = 2.5
"""How far below the best note a further note of the summary may score."""
ORDER: tuple[StandsAs, ...] = ("requirement", "recommendation", "definition", "finding", "position")


@dataclass(frozen=True)
class Draft:
    """What composing gives: the parts of an answer that rest on evidence."""

    outcome: Outcome
    reason: Reason | None
    summary: tuple[Statement, ...]
    sections: tuple[Section, ...]
    positions: tuple[Position, ...]
    next_steps: tuple[Statement | str, ...]
    related: tuple[str, ...]
    citations: tuple[Citation, ...]


class Composer:
    """Composes answers from one library with one set of messages."""

    def __init__(self, library: Library, wording: Wording, limit: int) -> None:
        self._library = library
        self._wording = wording
        self._limit = limit

    def compose(self, question: str, found: Found, user: User | None = None) -> Draft:
        """An answer to ``question``, or the admission that the library does not hold one."""
        support = support_of(question, found)
        choice = choose(found, self._library, self._limit)
        if not choice.notes or (support.refuses and choice.answer is None):
            return self._refusal(found, support)
        return self._answer(question, found, choice, support, user)

    # ------------------------------------------------------------ answering

    def _answer(
        self, question: str, found: Found, choice: Choice, support: Support, user: User | None
    ) -> Draft:
        book = CitationBook(self._library)
        weakness = self._weakness(choice, support)
        summary = self._summary(choice, book)
        practice = self._practice(choice, book)
        positions = self._positions(choice.contested, choice.notes, book)
        sections = [*practice, *self._evidence_sections(choice, book)]
        sections += self._gaps(choice, weakness, book)
        return Draft(
            outcome="partial" if weakness else "answered",
            reason="weak_evidence" if weakness else None,
            summary=summary,
            sections=tuple(sections),
            positions=positions,
            next_steps=self._next_steps(choice, user),
            related=related_questions(question, found, choice, self._library),
            citations=book.citations(),
        )

    def _weakness(self, choice: Choice, support: Support) -> str | None:
        """Key of the message that says why this answers only in part; None where it does not."""
        leading = choice.notes[:4]
        if choice.answer is not None or choice.brief is not None:
            return None
        if all(e.status != "current" for e in leading):
            return "only_superseded"
        if not any(is_home(e.jurisdiction) or e.jurisdiction == "International" for e in leading):
            return "only_foreign"
        return "weak_evidence" if support.partly else None

    def _summary(self, choice: Choice, book: CitationBook) -> tuple[Statement, ...]:
        if choice.answer is not None:
            return tuple(book.sentence(sentence) for sentence in choice.answer.answer)
        if choice.brief is not None:
            return tuple(book.sentence(sentence) for sentence in choice.brief.lead[:4])
        best = choice.notes[0].score
        close = [e for e in choice.notes if e.score >= best - CLOSE_TO_BEST][:SUMMARY_NOTES]
        ordered = england_first(close)
        return tuple(
            book.quote(e.evidence_id, first_sentences_end(e.text), choice.same_claim.get(e.evidence_id, ()))
            for e in ordered
        )

    def _practice(self, choice: Choice, book: CitationBook) -> list[Section]:
        if choice.brief is None:
            return []
        statements = tuple(book.sentence(sentence) for sentence in choice.brief.practice)
        return [self._section("practice", statements)]

    def _positions(
        self, contested: Contested | None, notes: Sequence[Evidence], book: CitationBook
    ) -> tuple[Position, ...]:
        """Every side of the contested question, each with the two notes nearest the question."""
        if contested is None:
            return ()
        rank = {e.evidence_id: e.rank for e in notes}
        return tuple(
            Position(
                position=side.position,
                held_by=side.held_by,
                statements=tuple(
                    book.quote(note)
                    for note in sorted(side.notes, key=lambda n: rank.get(n, 10_000))[:2]
                ),
            )
            for side in contested.positions
        )

    def _evidence_sections(self, choice: Choice, book: CitationBook) -> list[Section]:
        """What else was found, by what it stands as; what was already said is not repeated."""
        said = {n.evidence_id for n in choice.notes if book.uses(n.evidence_id)}
        rest = [e for e in choice.notes if e.evidence_id not in said]
        sections = []
        for kind in ORDER:
            chosen = england_first([e for e in rest if e.stands_as == kind])[:SECTION_STATEMENTS]
            statements = tuple(
                book.quote(e.evidence_id, None, choice.same_claim.get(e.evidence_id, ()))
                for e in chosen
            )
            if statements:
                sections.append(self._section(kind, statements))
        return sections

    def _gaps(self, choice: Choice, weakness: str | None, book: CitationBook) -> list[Section]:
        statements: list[Statement] = []
        if weakness is not None:
            statements.append(self._fixed(weakness))
        if choice.brief is not None:
            statements += [book.sentence(sentence) for sentence in choice.brief.not_settled]
        statements += [
            book.quote(e.evidence_id)
            for e in choice.notes
            if e.stands_as == "open-question" and not book.uses(e.evidence_id)
        ][:2]
        return [self._section("gap", tuple(statements))] if statements else []

    def _next_steps(self, choice: Choice, user: User | None) -> tuple[Statement | str, ...]:
        topics = list(choice.brief.topics if choice.brief else choice.notes[0].topics)
        return self._wording.steps_for(user or "psw", topics)

    # ------------------------------------------------------------ refusing

    def _refusal(self, found: Found, support: Support) -> Draft:
        nothing = not found.evidence or max(support.signals.values(), default=0.0) <= 0
        reason: Reason = "nothing_found" if nothing else "weak_evidence"
        statements = [self._fixed("not_in_library")]
        gap = self._nearest(found)
        return Draft(
            outcome="not_in_library",
            reason=reason,
            summary=tuple(statements),
            sections=(self._section("gap", gap),) if gap else (),
            positions=(),
            next_steps=self._wording.steps_for("refused", []),
            related=related_questions("", found, None, self._library),
            citations=(),
        )

    def _nearest(self, found: Found) -> tuple[Statement, ...]:
        """Names of the nearest topics, without citations: nothing here is an answer."""
        topics = unique(t for e in found.evidence[:4] for t in e.topics[:1])
        labels = [self._library.topics[topic].lower() for topic in topics[:3]]
        if not labels:
            return ()
        text = self._wording.text("nearest").format(topics=joined(labels))
        return (Statement(text=text), self._fixed("where_to_look"))

    # ------------------------------------------------------------ small parts

    def _section(self, kind: SectionKind, statements: tuple[Statement, ...]) -> Section:
        return Section(kind=kind, heading=self._wording.heading(kind), statements=statements)

    def _fixed(self, key: str) -> Statement:
        return Statement(text=self._wording.text(key))


def first_sentences_end(text: str) -> int | None:
    """Where to stop quoting a long note in a summary: after the sentences that fit 45 words.

    A note is always quoted from its beginning, because later sentences lean on the first.
    """
    spans = sentences(text)
    if len(text.split()) <= SUMMARY_WORDS or len(spans) < 2:
        return None
    end = spans[0][1]
    for _, stop in spans[1:]:
        if len(text[:stop].split()) > SUMMARY_WORDS:
            break
        end = stop
    return end if end < len(text) else None


def unique(items: Iterable[str]) -> list[str]:
    """The items without repeats, in order."""
    return list(dict.fromkeys(items))


def joined(words: Sequence[str]) -> str:
    """ "a, b and c"."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"
