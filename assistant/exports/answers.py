"""An answer, or a conversation, as a paper: the parts that readers see, in the order of the plan.

Words and order are those of ``presentation``; a statement bears the numbers of what it rests on,
and a source of another country is named after it. Personal details that were left out of a question
are in none of this.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from assistant.exports.keeping import Said, recorded
from assistant.exports.records import (
    Block,
    Bullets,
    Heading,
    Line,
    PageBreak,
    Paper,
    Paragraph,
    Style,
    Table,
    Words,
    plain,
)
from assistant.presentation.plan import (
    DIFFERENCES,
    HEADINGS,
    LOCAL_DIFFERENCE,
    Plan,
    plan,
    side_labels,
)
from assistant.presentation.record import statements_of
from assistant.presentation.words import STRENGTH_HEADINGS, country, is_foreign
from assistant.schema import Answer, Citation, Signpost, Statement

CONVERSATION = "Questions and answers on peer support"
POSITIONS = ("Position", "Held by", "What is said")
HELD = "Positions, and who holds them"
FOOTER = "Each number leads to the source that a sentence rests on."


def answer_paper(answer: Answer) -> Paper:
    """An answer as a paper whose title is the question; with the record that ``verify`` checks."""
    made = _Making(answer, level=1)
    paper = Paper(
        title=answer.question,
        blocks=made.blocks(),
        citations=made.parts.citations,
        footer=FOOTER if made.parts.citations else "",
    )
    return recorded(paper, answer.question, answer.engine.library_version, made.said)


def conversation_paper(answers: Sequence[Answer], title: str = CONVERSATION) -> Paper:
    """Several answers as one paper, in order, with one list of sources.

    Raises:
        ValueError: there is no answer.
    """
    if len(answers) == 1:
        return answer_paper(answers[0])
    if not answers:
        raise ValueError("a conversation needs an answer")
    blocks: list[Block] = []
    citations: list[Citation] = []
    said: list[Said] = []
    for number, answer in enumerate(_kept_apart(answers), 1):
        made = _Making(answer, level=2)
        if number > 1:
            blocks.append(PageBreak())
        blocks += [Heading(answer.question), *made.blocks()]
        citations += made.parts.citations
        said += [replace(one, where=f"answer {number}: {one.where}") for one in made.said]
    paper = Paper(title, tuple(blocks), tuple(citations), footer=FOOTER if citations else "")
    versions = dict.fromkeys(answer.engine.library_version for answer in answers)
    return recorded(paper, title, ", ".join(versions), said)


def _kept_apart(answers: Sequence[Answer]) -> list[Answer]:
    """Answers whose citations have numbers of their own; equal ones become one later."""
    found: list[Answer] = []
    shift = 0
    for answer in answers:
        found.append(_shifted(answer, shift) if shift else answer)
        shift += max((citation.n for citation in answer.citations), default=0)
    return found


def _shifted(answer: Answer, by: int) -> Answer:
    def moved(statement: Statement) -> Statement:
        numbers = tuple(n + by for n in statement.citations)
        return statement.model_copy(update={"citations": numbers})

    def all_moved(statements: Sequence[Statement]) -> tuple[Statement, ...]:
        return tuple(moved(statement) for statement in statements)

    return answer.model_copy(
        update={
            "summary": all_moved(answer.summary),
            "sections": tuple(
                section.model_copy(update={"statements": all_moved(section.statements)})
                for section in answer.sections
            ),
            "positions": tuple(
                position.model_copy(update={"statements": all_moved(position.statements)})
                for position in answer.positions
            ),
            "differences": tuple(
                difference.model_copy(update={"statements": all_moved(difference.statements)})
                for difference in answer.differences
            ),
            "next_steps": tuple(
                moved(step) if isinstance(step, Statement) else step for step in answer.next_steps
            ),
            "citations": tuple(c.model_copy(update={"n": c.n + by}) for c in answer.citations),
        }
    )


@dataclass
class _Making:
    """Makes the blocks of one answer. ``level`` is that of its headings; ``said`` fills up with the
    statements as they are written."""

    answer: Answer
    level: int
    said: list[Said] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.parts: Plan = plan(self.answer)
        self._known = {citation.n: citation for citation in self.parts.citations}
        self._places: list[tuple[str, Statement]] = list(statements_of(self.answer))

    def blocks(self) -> tuple[Block, ...]:
        """The answer in the order of its plan; what cites nothing stands as plain lines."""
        parts = self.parts
        found: list[Block] = [
            *_small(parts.read_as, parts.left_out),
            *([Paragraph((Words(parts.notice, bold=True),))] if parts.notice else []),
            *self._each(parts.summary, "lead"),
            *self._each(parts.caveat, italic=True),
        ]
        for section in parts.documents:
            found += self._listed(section.heading, section.statements)
        helps = _signposts(parts.signposts, self.level)
        found += helps if parts.alone else []
        found += [] if parts.plain else self._listed(parts.steps_heading, parts.steps)
        found += [] if parts.alone else helps
        found += self._each(parts.steps) if parts.plain else []
        found += self._each(parts.aside)
        if parts.choices:
            found.append(Bullets(tuple(plain(choice.label) for choice in parts.choices)))
        return (*found, *self._evidence(), *self._rest())

    def _evidence(self) -> list[Block]:
        parts = self.parts
        found: list[Block] = []
        if parts.positions:
            found += [self._heading(HEADINGS["disagree"]), self._positions()]
        if parts.differences:
            found.append(self._heading(HEADINGS["differ"]))
        for difference in parts.differences:
            found.append(
                Paragraph(
                    plain(LOCAL_DIFFERENCE if difference.local else DIFFERENCES[difference.kind])
                )
            )
            sides = zip(side_labels(difference), difference.statements, strict=True)
            found.append(Bullets(tuple(self._line(s, label) for label, s in sides)))
        if parts.said:
            found.append(self._heading(HEADINGS["say"]))
        for step, statements in parts.said:
            found += self._listed(STRENGTH_HEADINGS[step], statements, deeper=1)
        return found + self._listed(HEADINGS["question"], parts.to_question)

    def _rest(self) -> list[Block]:
        parts = self.parts
        found = [*self._each(parts.nearby)]
        found += self._listed(HEADINGS["unsettled"], parts.unsettled)
        found += self._listed(HEADINGS["about"], parts.about)
        found += _small(parts.made_by)
        if parts.related:
            questions = tuple(plain(question) for question in parts.related)
            found += [self._heading(parts.related_heading), Bullets(questions)]
        return found

    def _positions(self) -> Table:
        rows = tuple(
            (
                plain(position.position),
                plain(position.held_by),
                tuple(
                    run
                    for n, statement in enumerate(position.statements)
                    for run in self._line(statement, " " if n else "")
                ),
            )
            for position in self.parts.positions
        )
        return Table(HELD, POSITIONS, rows, (0.3, 0.24, 0.46))

    def _heading(self, text: str, deeper: int = 0) -> Heading:
        return Heading(text, 1 if self.level + deeper < 2 else 2 if self.level + deeper < 3 else 3)

    def _listed(
        self, heading: str, statements: Sequence[Statement], deeper: int = 0
    ) -> list[Block]:
        if not statements:
            return []
        lines = tuple(self._line(statement) for statement in statements)
        return [self._heading(heading, deeper), Bullets(lines)]

    def _each(
        self, statements: Sequence[Statement], style: Style = "body", italic: bool = False
    ) -> list[Block]:
        return [
            Paragraph(tuple(replace(run, italic=italic) for run in self._line(statement)), style)
            for statement in statements
        ]

    def _line(self, statement: Statement, label: str = "") -> Line:
        """A statement with its marks, those of other countries behind the country's name."""
        known = [self._known[n] for n in statement.citations if n in self._known]
        home = tuple(c.n for c in known if not is_foreign(c.jurisdiction))
        runs = [Words(label)] if label else []
        runs.append(Words(statement.text, cites=home))
        abroad: dict[str, list[int]] = {}
        for citation in known:
            if is_foreign(citation.jurisdiction):
                abroad.setdefault(country(citation.jurisdiction), []).append(citation.n)
        runs += [Words(f" ({place})", cites=tuple(n)) for place, n in abroad.items()]
        self._keep(statement, tuple(runs))
        return tuple(runs)

    def _keep(self, statement: Statement, line: Line) -> None:
        """Note where in the answer a statement stood that is written here; each place once."""
        if not statement.citations or not self._known.keys() >= set(statement.citations):
            return
        for number, (where, held) in enumerate(self._places):
            if held == statement:
                del self._places[number]
                self.said.append(Said(where, statement, line))
                return


def _small(*texts: str) -> list[Block]:
    return [Paragraph(plain(text), "small") for text in texts if text]


def _signposts(signposts: Sequence[Signpost], level: int) -> list[Block]:
    """Where to turn, those meant for some people only behind a heading of their own."""
    found: list[Block] = []
    for folded in (False, True):
        part = [signpost for signpost in signposts if signpost.folded == folded]
        if folded and part:
            found.append(Heading(HEADINGS["elsewhere"], 1 if level == 1 else 2))
        if part:
            found.append(Bullets(tuple(_signpost(signpost) for signpost in part)))
    return found


def _signpost(signpost: Signpost) -> Line:
    return (
        Words(signpost.name, bold=True),
        Words(f": {signpost.contact} ({signpost.hours})"),
    )
