"""Makes the draft with a new summary: the evidence below it stays, citations are numbered afresh.

What the old summary quoted and nothing shows any more moves down, so that no evidence is lost by
being put into other words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from assistant.answering.book import STRONGEST_FIRST, text_hash
from assistant.answering.compose import Draft
from assistant.documents.search import stands_as
from assistant.grounding.records import Claim
from assistant.schema import (
    BUNDLED,
    Citation,
    Evidence,
    Section,
    SectionKind,
    StandsAs,
    Statement,
)


def statement_of(claim: Claim, evidence: Mapping[str, Evidence]) -> Statement:
    """A claim as a statement, without numbers yet; it stands as the weakest of what it rests on.

    Args:
        claim: one that passed the gate.
        evidence: by key.
    """
    cited: dict[str, tuple[Evidence, str]] = {}
    for rest in claim.rests_on:
        cited.setdefault(evidence[rest.key].evidence_id, (evidence[rest.key], rest.words))
    kinds = [_stands_as(*pair) for pair in cited.values()]
    return Statement(
        text=claim.text,
        evidence_ids=tuple(cited),
        words=tuple(words for _, words in cited.values()),
        stands_as=max(kinds, key=STRONGEST_FIRST.index),
    )


def _stands_as(evidence: Evidence, words: str) -> StandsAs:
    if evidence.collection == BUNDLED:
        return evidence.stands_as
    return stands_as(words, evidence.kind)


def with_summary(
    draft: Draft, summary: Sequence[Statement], evidence: Sequence[Evidence], heading: str
) -> Draft:
    """The draft with another summary.

    Args:
        draft: as composed without a model.
        summary: statements of ``statement_of``.
        evidence: what they may rest on.
        heading: over what the old summary said, where nothing else shows it.
    """
    cited = {name for statement in summary for name in statement.evidence_ids}
    left = tuple(s for s in draft.summary if s.evidence_ids and not cited & set(s.evidence_ids))
    sections = draft.sections
    if left:
        section = Section(kind=_kind(left), heading=heading, statements=left)
        first = next((n for n, s in enumerate(sections) if s.kind != "document"), len(sections))
        sections = (*sections[:first], section, *sections[first:])
    changed = replace(draft, summary=tuple(summary), sections=sections)
    return _Numbering(draft.citations, evidence).numbered(changed)


def _kind(statements: Sequence[Statement]) -> SectionKind:
    kinds = [s.stands_as for s in statements if s.stands_as is not None]
    weakest = max(kinds, key=STRONGEST_FIRST.index)
    return "gap" if weakest == "open-question" else weakest


@dataclass
class _Numbering:
    """Gives citations the numbers in which they are first used, and drops those that are not."""

    before: Sequence[Citation]
    evidence: Sequence[Evidence]
    numbers: dict[str, int] = field(default_factory=dict)
    spans: dict[str, tuple[int, int]] = field(default_factory=dict)

    def numbered(self, draft: Draft) -> Draft:
        """The draft with every statement and citation numbered afresh, in reading order."""
        summary = tuple(map(self._statement, draft.summary))
        sections = tuple(self._section(section) for section in draft.sections)
        positions = tuple(
            p.model_copy(update={"statements": tuple(map(self._statement, p.statements))})
            for p in draft.positions
        )
        differences = tuple(
            d.model_copy(
                update={
                    "statements": (
                        self._statement(d.statements[0]),
                        self._statement(d.statements[1]),
                    )
                }
            )
            for d in draft.differences
        )
        steps = tuple(
            self._statement(step) if isinstance(step, Statement) else step
            for step in draft.next_steps
        )
        return replace(
            draft,
            summary=summary,
            sections=sections,
            positions=positions,
            differences=differences,
            next_steps=steps,
            citations=self._citations(),
        )

    def _section(self, section: Section) -> Section:
        statements = tuple(map(self._statement, section.statements))
        return section.model_copy(update={"statements": statements})

    def _statement(self, statement: Statement) -> Statement:
        for place, name in enumerate(statement.evidence_ids):
            self.numbers.setdefault(name, len(self.numbers) + 1)
            self._mark(name, statement, place)
        numbers = tuple(self.numbers[name] for name in statement.evidence_ids)
        return statement.model_copy(update={"citations": numbers})

    def _mark(self, name: str, statement: Statement, place: int) -> None:
        """Widen the marked part of a piece of evidence by what this statement uses of it."""
        text = self._text(name)
        used = text
        if statement.words:
            used = statement.words[place]
        elif statement.verbatim and place == 0:
            used = statement.text
        begin = max(text.find(used), 0)
        # White space or quotation marks may differ from the stored text: then all of it is marked.
        end = begin + len(used) if used in text else len(text)
        low, high = self.spans.get(name, (begin, end))
        self.spans[name] = (min(low, begin), max(high, end))

    def _text(self, name: str) -> str:
        held = next((c.text for c in self.before if c.evidence_id == name), None)
        return held if held is not None else self._found(name).text

    def _found(self, name: str) -> Evidence:
        return next(e for e in self.evidence if e.evidence_id == name)

    def _citations(self) -> tuple[Citation, ...]:
        return tuple(self._citation(name, n) for name, n in self.numbers.items())

    def _citation(self, name: str, number: int) -> Citation:
        start, end = self.spans[name]
        marks = {"n": number, "char_start": start, "char_end": end}
        for citation in self.before:
            if citation.evidence_id == name:
                return citation.model_copy(update=marks)
        found = self._found(name)
        shared = set(Citation.model_fields) & set(Evidence.model_fields)
        data = {field_name: getattr(found, field_name) for field_name in shared}
        return Citation(**data, **marks, text_sha256=text_hash(found.text))
