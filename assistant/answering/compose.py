"""Composes an answer from what was found, without a chat model. Deterministic.

The order of the parts is the order in which they are read: summary, what to do first, positions,
what the sources say by what they stand as, what is not settled. A sentence is either a note's own
words or a sentence of a brief that names its notes; fixed sentences of ours carry no citation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from assistant.answering.book import CitationBook
from assistant.answering.communities import (
    MOST_NAMED,
    Communities,
    Reach,
    reach_of,
    speaks_with_experience,
)
from assistant.answering.differences import possible_differences
from assistant.answering.own_documents import Own, Quoted, local_differences, own_passages
from assistant.answering.related import related_questions
from assistant.answering.select import (
    Choice,
    Line,
    choose,
    england_first,
    is_home,
    standing,
    without_retracted,
)
from assistant.answering.support import Support, support_of
from assistant.asker import side_of
from assistant.corpus import Library, names_its_country
from assistant.indexing import lexical
from assistant.retrieval import Found, evidence_of
from assistant.schema import (
    STRENGTH,
    BriefAnswer,
    Citation,
    Contested,
    Difference,
    Evidence,
    Outcome,
    Position,
    Reason,
    Section,
    SectionKind,
    Side,
    Statement,
    User,
)
from assistant.schema import Choice as Ask
from assistant.text import sentences
from assistant.wording import Wording

EMPTY_WORDS = frozenset(
    "a about also am an and any are as at be but by can could do does during even for from had has"
    " have how i if in is it just many me more much my no not of on one only or other our out same"
    " should so some still than that the their them then there these they thing things this those"
    " to too us was we what when where which who why will with without would yes you your".split()
)
"""Words of a follow-up that ask for nothing by themselves."""
SUMMARY_NOTES = 3
SUMMARY_WORDS = 45
NOT_AT_WORK: frozenset[Side] = frozenset({"person", "carer"})
SECTION_STATEMENTS = 4
MORE_STATEMENTS = 7
"""Statements under "what the sources say" in all, so that an answer fits a phone."""
FURTHER, FURTHER_UNLISTED = 10, 8
"""Down to which place among the notes found one may stand there; the second where a direct answer
leads and its editor did not put the note beside it. On development questions one in nine of the
notes beyond bore on the question, and one in three of the unlisted ones."""
PRACTICE_LINES, OPEN_POINTS, OPEN_QUESTIONS = 5, 2, 2
NEAREST = 2
"""Notes whose topics say what kind of document would answer a question that is refused."""
CLOSE_TO_BEST = 2.5
"""How far below the best note a further note of the summary may score."""
ORDER: tuple[Literal["recommendation", "definition", "finding", "position"], ...] = (
    "recommendation",
    "definition",
    "finding",
    "position",
)


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
    differences: tuple[Difference, ...] = ()
    choices: tuple[Ask, ...] = ()


class Composer:
    """Composes answers from one library with one set of messages."""

    def __init__(
        self,
        library: Library,
        wording: Wording,
        limit: int,
        communities: Communities | None = None,
    ) -> None:
        self._library = library
        self._wording = wording
        self.limit = limit
        self.communities = communities or Communities({})

    def compose(
        self, question: str, found: Found, user: User | None = None, added: str = ""
    ) -> Draft:
        """An answer to ``question``, or the admission that the library does not hold one.

        Args:
            question: standing alone.
            found: what was found for it.
            user: who asks.
            added: the follow-up that was folded into it, if it was one; where nothing that is
                used speaks of it, the answer says so.
        """
        draft = self._composed(question, found, user, added)
        return self._without_documents(draft) if found.unreadable else draft

    def _composed(self, question: str, found: Found, user: User | None, added: str) -> Draft:
        found = without_retracted(found, self._library)
        own = own_passages(question, found)
        support = support_of(question, found)
        choice = choose(question, found, self._library, self.limit)
        asked_by_name = any(e.parts.get("named", 0.0) > 0 for e in choice.notes)
        if not choice.notes or (support.refuses and not choice.sure and not asked_by_name):
            return self._from_documents(own, found, user) or self._refusal(found, support)
        draft = self._answer(question, found, choice, support, user, own)
        return self._with_added(draft, added) if added else draft

    def _without_documents(self, draft: Draft) -> Draft:
        """The draft, saying that the documents that were added could not be read."""
        line = self._fixed("documents_unreadable")
        sections = list(draft.sections)
        gaps = [place for place, section in enumerate(sections) if section.kind == "gap"]
        if not gaps:
            return replace(draft, sections=(*sections, self._section("gap", (line,))))
        gap = sections[gaps[0]]
        sections[gaps[0]] = gap.model_copy(update={"statements": (*gap.statements, line)})
        return replace(draft, sections=tuple(sections))

    def asking_back(self, choices: tuple[Ask, ...]) -> Draft | None:
        """One short question back, with what the question may mean; None where nothing is."""
        if len(choices) < 2:
            return None
        return Draft(
            outcome="clarify",
            reason="ambiguous",
            summary=(self._fixed("which_generic"),),
            sections=(),
            positions=(),
            next_steps=(),
            related=(),
            citations=(),
            choices=choices,
        )

    def meanings(self, found: Found) -> tuple[Ask, ...]:
        """What a vague question may mean, from the direct answers of different briefs found."""
        asks = related_questions("", found, None, self._library)
        return tuple(Ask(label=ask, question=ask) for ask in asks[:3])

    # ------------------------------------------------------------ answering

    def _answer(
        self,
        question: str,
        found: Found,
        choice: Choice,
        support: Support,
        user: User | None,
        own: Own,
    ) -> Draft:
        book = CitationBook(self._library)
        weakness = self._weakness(choice, support)
        summary = self._summary(choice, book)
        plain = side_of(question)
        practice = self._practice(choice, found, book, plain)
        positions = self._positions(choice.contested, choice.notes, book)
        documents = self._document_sections(own.answering, found, book)
        near = self._near_section(own.near, book)
        sections = [*documents, *practice, *self._evidence_sections(choice, book), *near]
        local = self._local_differences(own.answering, choice, found, book)
        differences = (*local, *self._differences(choice, found, book))
        sections += self._gaps(choice, found, weakness, book)
        sections = self._with_reach(question, sections, book)
        return Draft(
            outcome="partial" if weakness else "answered",
            reason=reason_of(weakness),
            summary=summary,
            sections=tuple(sections),
            positions=positions,
            next_steps=self._next_steps(choice, user, plain),
            related=related_questions(question, found, choice, self._library),
            citations=book.citations(),
            differences=differences,
        )

    def _document_sections(
        self, own: Sequence[Quoted], found: Found, book: CitationBook
    ) -> list[Section]:
        """What added documents say, one section a collection, in the order of the passages."""
        sections = []
        for collection in dict.fromkeys(quoted.evidence.collection for quoted in own):
            chosen = [q for q in own if q.evidence.collection == collection]
            statements = tuple(book.quote_passage(q.evidence, q.start, q.end) for q in chosen)
            lines = [*statements, *self._old_lines(chosen)]
            name = found.collections.get(collection, collection)
            heading = self._wording.text("documents_heading").format(collection=name)
            sections.append(self._section("document", tuple(lines), heading))
        return sections

    def _old_lines(self, own: Sequence[Quoted]) -> list[Statement]:
        """Our own line on documents that are past their review date, or were replaced."""
        lines = []
        for status in ("review-due", "superseded"):
            titles = dict.fromkeys(q.evidence.title for q in own if q.evidence.status == status)
            if titles:
                text = self._wording.text(f"document_{status.replace('-', '_')}")
                lines.append(Statement(text=text.format(titles=joined(list(titles)))))
        return lines

    def _near_section(self, near: Sequence[Quoted], book: CitationBook) -> list[Section]:
        """Places of added documents that only lie near the question, and our own line on them."""
        if not near:
            return []
        quotes = tuple(book.quote_passage(q.evidence, q.start, q.end) for q in near)
        lines = [self._fixed("documents_near"), *quotes, *self._old_lines(near)]
        heading = self._wording.text("documents_near_heading")
        return [self._section("document", tuple(lines), heading)]

    def _from_documents(self, own: Own, found: Found, user: User | None) -> Draft | None:
        """An answer from added documents alone; None where none of them comes near."""
        quoted = own.answering or own.near
        if not quoted:
            return None
        book = CitationBook(self._library)
        summary = tuple(book.quote_passage(q.evidence, q.start, q.end) for q in quoted[:1])
        lines = [self._fixed("only_own_documents"), *self._old_lines(quoted[:1])]
        near = own.near if own.answering else own.near[1:]
        if not own.answering:
            lines.insert(0, self._fixed("documents_near"))
        sections = [
            *self._document_sections(own.answering[1:], found, book),
            *self._near_section(near, book),
            self._section("gap", tuple(lines)),
        ]
        partly = not own.answering or all(q.evidence.status == "superseded" for q in quoted)
        return Draft(
            outcome="partial" if partly else "answered",
            reason="weak_evidence" if partly else None,
            summary=summary,
            sections=tuple(sections),
            positions=(),
            next_steps=self._wording.steps_for(user or "psw", []),
            related=related_questions("", found, None, self._library),
            citations=book.citations(),
        )

    def _local_differences(
        self, own: Sequence[Quoted], choice: Choice, found: Found, book: CitationBook
    ) -> tuple[Difference, ...]:
        """Where a local document may differ in force or number from law or guidance."""
        national = [e for e in choice.notes if is_home(e.jurisdiction)]
        return tuple(
            Difference(
                kind=kind,
                local=True,
                statements=(
                    book.quote_passage(quoted.evidence, quoted.start, quoted.end),
                    book.quote(note.evidence_id),
                ),
            )
            for kind, quoted, note in local_differences(own, national, found)
        )

    def _with_added(self, draft: Draft, added: str) -> Draft:
        """The draft, saying so where no evidence speaks of what the follow-up added."""
        words = [w for w in re.findall(r"[a-z][a-z'-]+", added.lower()) if w not in EMPTY_WORDS]
        evidence = " ".join(f"{c.title} {c.text}" for c in draft.citations)
        held = set(lexical.tokens(evidence))
        missing = [w for w in words if not set(lexical.tokens(w)) & held]
        if not words or len(missing) < len(words):
            return draft
        line = Statement(text=self._wording.text("nothing_on").format(words=" ".join(words)))
        gap = self._section("gap", (line,))
        return replace(
            draft, outcome="partial", reason="weak_evidence", sections=(gap, *draft.sections)
        )

    def _differences(
        self, choice: Choice, found: Found, book: CitationBook
    ) -> tuple[Difference, ...]:
        """Pairs of notes of different sources that may differ in force or in number."""
        return tuple(
            Difference(kind=kind, statements=(book.quote(one), book.quote(other)))
            for kind, one, other in possible_differences(choice.notes, found)
        )

    def _with_reach(
        self, question: str, sections: list[Section], book: CitationBook
    ) -> list[Section]:
        """The sections, with our own lines on whom the evidence is about and who speaks in it."""
        notes = [c for c in book.citations() if c.evidence_id in self._library.notes]
        evidence = [evidence_of_citation(c, self._library) for c in notes]
        lines = [] if speaks_with_experience(evidence) else [self._fixed("no_lived_voice")]
        reach = reach_of(question, evidence, self.communities)
        if reach is not None:
            lines = [*self._reach_lines(reach), *lines]
        if not lines:
            return sections
        gaps = [s for s in sections if s.kind == "gap"]
        if not gaps:
            return [*sections, self._section("gap", tuple(lines))]
        fuller = gaps[0].model_copy(update={"statements": (*gaps[0].statements, *lines)})
        return [fuller if s is gaps[0] else s for s in sections]

    def _reach_lines(self, reach: Reach) -> list[Statement]:
        label = self.communities.label
        lines = []
        if reach.missing:
            asked = joined([_lower_first(label(slug)) for slug in reach.missing])
            text = self._wording.text("community_missing").format(asked=asked)
            lines.append(Statement(text=text))
        if reach.about:
            groups = [
                f"{_lower_first(label(slug))} ({joined(list(places))})"
                for slug, places in reach.about[:MOST_NAMED]
            ]
            text = self._wording.text("about_communities").format(groups="; ".join(groups))
            lines.append(Statement(text=text))
        return lines

    def _weakness(self, choice: Choice, support: Support) -> str | None:
        """Key of the message that says why this answers only in part; None where it does not."""
        leading = leading_notes(choice)
        if choice.answer is not None and choice.answer.partly:
            return "partly_held"
        if choice.answer is not None and choice.sure:
            return None
        if choice.contested is not None and self._only_conflicting(choice, support):
            return "only_conflicting"
        if choice.brief is not None:
            return "weak_evidence" if support.partly else None
        if all(e.status != "current" for e in leading):
            return "only_superseded"
        if not any(is_home(e.jurisdiction) or e.jurisdiction == "International" for e in leading):
            return "only_foreign"
        return "weak_evidence" if support.partly else None

    def _only_conflicting(self, choice: Choice, support: Support) -> bool:
        """True where the best that was found is what the sides of a contested question rest on: no
        brief puts it together, or the brief is far from certain to."""
        assert choice.contested is not None
        sides = {note for position in choice.contested.positions for note in position.notes}
        leading = {e.evidence_id for e in leading_notes(choice)}
        return leading <= sides and (choice.brief is None or support.partly)

    def _summary(self, choice: Choice, book: CitationBook) -> tuple[Statement, ...]:
        if choice.answer is not None:
            return self._direct(choice, book)
        if choice.brief is not None:
            lead = standing(choice.brief.lead, self._library)
            return tuple(book.sentence(sentence) for sentence in lead[:4])
        return tuple(
            book.quote(e.evidence_id, summary_end(e), choice.same_claim.get(e.evidence_id, ()))
            for e in leading_notes(choice)
        )

    def _direct(self, choice: Choice, book: CitationBook) -> tuple[Statement, ...]:
        """The direct answer; where it may be beside the point, with the best note after it."""
        assert choice.answer is not None
        summary = [book.sentence(sentence) for sentence in choice.answer.answer]
        best = choice.notes[0]
        if not choice.sure and not book.uses(best.evidence_id):
            summary.append(book.quote(best.evidence_id, summary_end(best)))
        return tuple(summary)

    def _practice(
        self, choice: Choice, found: Found, book: CitationBook, plain: Side | None
    ) -> list[Section]:
        """What to do first, in lines for the side that an answer or, plainly, the question speaks
        from."""
        if choice.brief is None:
            return []
        practice = standing(choice.brief.practice, self._library)
        if choice.answer is None:
            # The question is the brief's own, and so is what the brief says to do first.
            chosen = practice
        else:
            chosen = nearest(practice, found, also=listed_notes(choice.answer))
        if choice.answer is not None or plain in NOT_AT_WORK:
            side = _side(choice, plain)
            chosen = tuple(line for line in chosen if side in line.speaks_to)
        if not chosen:
            return []
        statements = tuple(book.sentence(sentence) for sentence in chosen[:PRACTICE_LINES])
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
        rest = [e for e in further_notes(choice) if not book.uses(e.evidence_id)][:MORE_STATEMENTS]
        sections = []
        for kind, heading, belongs in self._groups():
            chosen = england_first([e for e in rest if belongs(e)])[:SECTION_STATEMENTS]
            statements = tuple(
                book.quote(e.evidence_id, None, choice.same_claim.get(e.evidence_id, ()))
                for e in chosen
            )
            if statements:
                sections.append(self._section(kind, statements, heading))
        return sections

    def _groups(self) -> list[tuple[SectionKind, str, Callable[[Evidence], bool]]]:
        """Sections in the order of strength. What one employer demands is not put under law."""
        law = self._wording.text("law_heading")
        groups: list[tuple[SectionKind, str, Callable[[Evidence], bool]]] = [
            ("requirement", law, lambda e: e.stands_as == "requirement" and is_law(e)),
            ("requirement", "", lambda e: e.stands_as == "requirement" and not is_law(e)),
        ]
        for kind in ORDER:
            groups.append((kind, "", lambda e, kind=kind: e.stands_as == kind))  # type: ignore[misc]
        return groups

    def _gaps(
        self, choice: Choice, found: Found, weakness: str | None, book: CitationBook
    ) -> list[Section]:
        statements: list[Statement] = []
        if weakness is not None:
            statements.append(self._fixed(weakness))
        if choice.brief is not None:
            unsettled = standing(choice.brief.not_settled, self._library)
            if choice.answer is not None:
                unsettled = nearest(unsettled, found, also=listed_notes(choice.answer))
            statements += [book.sentence(sentence) for sentence in unsettled[:OPEN_POINTS]]
        unsaid = [
            e.evidence_id
            for e in further_notes(choice, unlisted=0)
            if e.stands_as == "open-question" and not book.uses(e.evidence_id)
        ]
        statements += [book.quote(note) for note in unsaid[:OPEN_QUESTIONS]]
        return [self._section("gap", tuple(statements))] if statements else []

    def _next_steps(
        self, choice: Choice, user: User | None, plain: Side | None
    ) -> tuple[Statement | str, ...]:
        topics = list(choice.brief.topics if choice.brief else choice.notes[0].topics)
        side = _side(choice, plain)
        if plain in NOT_AT_WORK or (user is None and side != "work"):
            return self._wording.steps_for(side, topics)
        return self._wording.steps_for(user or "psw", topics)

    # ------------------------------------------------------------ refusing

    def _refusal(self, found: Found, support: Support) -> Draft:
        nothing = not found.evidence or max(support.signals.values(), default=0.0) <= 0
        reason: Reason = "nothing_found" if nothing else "weak_evidence"
        statements = [self._fixed("not_in_library")]
        topics = dict.fromkeys(topic for e in found.evidence[:NEAREST] for topic in e.topics[:1])
        documents = self._wording.documents_for(
            list(topics), wants_fact=support.signals.get("wants_fact", 0.0) > 0
        )
        gap = (*self._nearby(found), Statement(text=documents))
        return Draft(
            outcome="not_in_library",
            reason=reason,
            summary=tuple(statements),
            sections=(self._section("gap", gap, self._wording.text("nearest_heading")),),
            positions=(),
            next_steps=self._wording.steps_for("refused", []),
            related=related_questions("", found, None, self._library),
            citations=(),
        )

    def _nearby(self, found: Found) -> tuple[Statement, ...]:
        """The nearest briefs by title, without citations: nothing here is an answer."""
        titles = [
            self._library.briefs[hit.uid.removeprefix("brief:")].title for hit in found.briefs
        ]
        where = self._fixed("where_to_look")
        if not titles:
            return (where,)
        text = self._wording.text("nearest").format(topics=joined(titles[:2]))
        return (Statement(text=text), where)

    # ------------------------------------------------------------ small parts

    def _section(
        self, kind: SectionKind, statements: tuple[Statement, ...], heading: str = ""
    ) -> Section:
        words = heading or self._wording.heading(kind)
        return Section(kind=kind, heading=words, statements=statements)

    def _fixed(self, key: str) -> Statement:
        return Statement(text=self._wording.text(key))


def reason_of(weakness: str | None) -> Reason | None:
    """The reason that stands with an answer in part; None with a full one."""
    if weakness is None:
        return None
    return "conflicting_only" if weakness == "only_conflicting" else "weak_evidence"


def evidence_of_citation(citation: Citation, library: Library) -> Evidence:
    """The evidence behind a citation, as the library holds it."""
    note = library.notes[citation.evidence_id]
    return evidence_of(note, library.note_source[citation.evidence_id])


def _lower_first(label: str) -> str:
    """A label inside a sentence; names of peoples keep their capital."""
    first = label.split()[0]
    small = set("People Older Young Women Men Veterans Refugees Migrants Trans".split())
    return label[0].lower() + label[1:] if first in small else label


def further_notes(choice: Choice, unlisted: int = FURTHER_UNLISTED) -> list[Evidence]:
    """The notes that may stand below the summary, best first.

    Args:
        choice: what the answer is made of.
        unlisted: down to which place a note stands there that the editor of the direct answer did
            not list; what is open in another matter unsettles no answer, so open questions take 0.
    """
    if choice.answer is None:
        return [e for e in choice.notes if e.rank <= FURTHER]
    listed = listed_notes(choice.answer)
    return [e for e in choice.notes if e.rank <= (FURTHER if e.evidence_id in listed else unlisted)]


def listed_notes(answer: BriefAnswer) -> frozenset[str]:
    """The notes that a direct answer rests on, and those that its editor put beside it."""
    return frozenset((*answer.cited, *answer.answering, *answer.bearing))


def _side(choice: Choice, plain: Side | None) -> Side:
    """The side to speak to: the asker's where the question plainly says it, which a page cannot
    know that takes everybody for a worker; else the direct answer's."""
    if plain is not None:
        return plain
    return choice.answer.speaks_to if choice.answer else "work"


def leading_notes(choice: Choice) -> list[Evidence]:
    """The notes that a summary without a brief is made of, England first."""
    best = choice.notes[0].score
    close = [e for e in choice.notes if e.score >= best - CLOSE_TO_BEST]
    return england_first(close[:SUMMARY_NOTES])


def summary_end(evidence: Evidence) -> int | None:
    """Where to stop quoting a note in a summary; never before it has named a foreign country."""
    end = first_sentences_end(evidence.text)
    if end is None or names_its_country(evidence.text[:end], evidence.jurisdiction):
        return end
    return None


def first_sentences_end(text: str) -> int | None:
    """Where to stop quoting a long note in a summary: after the sentences that fit 45 words.

    A note is always quoted from its beginning, because later sentences lean on the first, and never
    up to a question that it asks itself: that says nothing without what follows.
    """
    spans = sentences(text)
    if len(text.split()) <= SUMMARY_WORDS or len(spans) < 2:
        return None
    least = next((n for n, (_, stop) in enumerate(spans) if text[stop - 1] != "?"), 0)
    end = spans[least][1]
    for _, stop in spans[least + 1 :]:
        if len(text[:stop].split()) > SUMMARY_WORDS:
            break
        end = stop
    return end if end < len(text) else None


def is_law(evidence: Evidence) -> bool:
    """True for law and statutory guidance."""
    return STRENGTH[evidence.kind] == "law"


def nearest(
    lines: Sequence[Line], found: Found, *, also: frozenset[str] = frozenset()
) -> tuple[Line, ...]:
    """The lines of a brief that rest on notes found for this question, or on the notes in
    ``also``, in the brief's order. What else a brief holds is about its topic, not the question."""
    ids = {e.evidence_id for e in found.evidence} | also
    return tuple(line for line in lines if ids & set(line.notes))


def joined(words: Sequence[str]) -> str:
    """ "a, b and c"."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"
