"""Turns an answer given before into another shape: its sources, its law, its shortest form.

For follow-ups that ask about the answer itself ("who says so?"). Nothing is searched; every line
rests on what the answer before it cited. What asks for more, such as "why?", is searched instead.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.answering.book import CitationBook
from assistant.answering.compose import Draft
from assistant.conversation import Reshape
from assistant.corpus import Library
from assistant.indexing import lexical
from assistant.schema import STRENGTH, Answer, Citation, Section, Statement
from assistant.wording import Wording

MOST_LINES = 4
_REASON = re.compile(
    r"\b(?:because|so that|otherwise|in order to|to avoid|to keep|to protect|led to|leads? to"
    r"|reasons?|since (?:it|they|people|peers)|without (?:it|this|that|which)|risk(?:s|ed)? of"
    r"|which (?:makes|helps|keeps|puts)|found that|lest|as (?:it|they|this) (?:may|can|could))\b"
)
"""Words with which a note gives a reason or what follows from something."""
SHORT_WORDS = 14
"""A sentence of fewer words takes the next one with it."""


def reshaped(answer: Answer, wanted: Reshape, library: Library, wording: Wording) -> Draft:
    """The answer in the shape asked for.

    Args:
        answer: an answer with citations.
        wanted: which shape.
        library: what it rests on.
        wording: the fixed sentences.
    """
    make = {"sources": _sources, "law": _law, "shorter": _shorter, "reasons": _reasons}[wanted]
    return make(answer, library, wording)


def _sources(answer: Answer, library: Library, wording: Wording) -> Draft:
    """Who says so: a line a source, those of the summary first."""
    book = CitationBook(library)
    cited = _by_source(_in_order(answer))
    lines = [book.source_line(note) for note in cited]
    more = tuple(lines[MOST_LINES:])
    sections = (_section("finding", wording.text("more_sources"), more),) if more else ()
    return _draft(answer, tuple(lines[:MOST_LINES]), sections, book)


def _law(answer: Answer, library: Library, wording: Wording) -> Draft:
    """What of the answer is law or statutory guidance, or that none of it is."""
    book = CitationBook(library)
    law = [c for c in _in_order(answer) if STRENGTH[c.kind] == "law"]
    if law:
        said = tuple(book.quote(c.evidence_id) for c in law[:MOST_LINES])
        rest = (Statement(text=wording.text("rest_is_not_law")),)
        return _draft(answer, said, (_section("gap", wording.heading("gap"), rest),), book)
    strongest = sorted(_in_order(answer), key=lambda c: list(STRENGTH).index(c.kind))
    lines = tuple(book.source_line(note) for note in _by_source(strongest)[: MOST_LINES - 1])
    return _draft(answer, (Statement(text=wording.text("no_law")), *lines), (), book)


def _reasons(answer: Answer, library: Library, wording: Wording) -> Draft:
    """Why: what is cited and gives a reason, the rest of the summary's own notes first; where none
    does, that is said."""
    book = CitationBook(library)
    why = [c for c in _in_order(answer) if _REASON.search(c.text)]
    if why:
        said = tuple(book.quote(c.evidence_id) for c in why[: MOST_LINES - 1])
        return _draft(answer, said, (), book)
    lines = tuple(
        book.source_line(note) for note in _by_source(_in_order(answer))[: MOST_LINES - 1]
    )
    return _draft(answer, (Statement(text=wording.text("no_reasons")), *lines), (), book)


def _shorter(answer: Answer, library: Library, wording: Wording) -> Draft:
    """The sentence that holds most of the question's words, with the next where it is very short,
    and that sources disagree where they do."""
    book = CitationBook(library)
    asked = set(lexical.tokens(answer.standalone_question))
    held = [len(asked & set(lexical.tokens(s.text))) for s in answer.summary]
    first = held.index(max(held))
    count = 2 if len(answer.summary[first].text.split()) < SHORT_WORDS else 1
    lines = tuple(book.again(s) for s in answer.summary[first : first + count])
    gap = (Statement(text=wording.text("shorter_contested")),) if answer.positions else ()
    sections = (_section("gap", wording.heading("gap"), gap),) if gap else ()
    return _draft(answer, lines, sections, book)


def _in_order(answer: Answer) -> list[Citation]:
    """Citations of the summary first, then of positions, then the rest."""
    by_n = {c.n: c for c in answer.citations}
    said = [n for s in answer.summary for n in s.citations]
    held = [n for p in answer.positions for s in p.statements for n in s.citations]
    return [by_n[n] for n in dict.fromkeys((*said, *held, *by_n))]


def _by_source(citations: Sequence[Citation]) -> list[str]:
    """One note of each source, in order."""
    first: dict[str, str] = {}
    for citation in citations:
        first.setdefault(citation.source_id, citation.evidence_id)
    return list(first.values())


def _section(kind: str, heading: str, statements: tuple[Statement, ...]) -> Section:
    return Section.model_validate({"kind": kind, "heading": heading, "statements": statements})


def _draft(
    answer: Answer,
    summary: tuple[Statement, ...],
    sections: tuple[Section, ...],
    book: CitationBook,
) -> Draft:
    draft = Draft(
        outcome=answer.outcome,
        reason=answer.reason,
        summary=summary,
        sections=sections,
        positions=(),
        next_steps=(),
        related=answer.related,
        citations=(),
    )
    return replace(draft, citations=book.citations())
