"""Says what each stage did with a question: ranks, sum of signals, gate, choice, what was dropped.

The same functions run as for an answer, on the same question, so an explanation is of the answer
that was given. Numbers that would rank people's danger are not among them: of the screen only the
names of rules are told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assistant.answering.own_documents import NEAR_ABOVE, answers, own_passages
from assistant.answering.select import WEAKER_BY, WEAKEST, Choice, choose, unendorsed
from assistant.answering.support import PARTLY_BELOW, REFUSE_BELOW, support_of
from assistant.corpus import Library
from assistant.indexing.units import note_metadata, passes
from assistant.retrieval import Found, Retriever
from assistant.schema import (
    Evidence,
    Explanation,
    Filters,
    Gate,
    Ranked,
    RankedPassage,
    Screening,
)

DEPTH = 200
"""How far down the ranking a note that is asked about by name is looked for."""
SHOWN = 12


@dataclass(frozen=True)
class Explainer:
    """Explains answers of one library and one retriever."""

    library: Library
    retriever: Retriever
    limit: int
    depth: int

    def explain(
        self,
        question: str,
        searched: str,
        screening: Screening,
        filters: Filters,
        note: str | None = None,
    ) -> Explanation:
        """What became of a question, and of one note where one is named.

        Args:
            question: as asked.
            searched: as it stood alone.
            screening: what the screen made of it.
            filters: what the search was narrowed to.
            note: id of a note; the explanation says what kept it out or how it was used.
        """
        found = self.retriever.search(searched, top=self.depth, filters=filters)
        wide = self.retriever.search(searched, top=DEPTH, filters=filters)
        choice = choose(searched, found, self.library, self.limit)
        support = support_of(searched, found)
        uses = self._uses(found, choice)
        decided = "refused" if support.refuses and not choice.sure else "answered"
        if decided == "answered" and support.partly and not choice.sure:
            decided = "answered in part"
        return Explanation(
            question=question,
            searched=searched,
            screened=screening.signals,
            gate=Gate(
                support=round(support.probability, 3),
                refuse_below=REFUSE_BELOW,
                partly_below=PARTLY_BELOW,
                decided=decided,
                signals={name: round(value, 3) for name, value in support.signals.items()},
            ),
            brief=choice.brief.id if choice.brief else None,
            direct_answer=choice.answer.asks[0] if choice.answer else None,
            contested=choice.contested.id if choice.contested else None,
            ranking=_ranked(wide.evidence, uses)[:SHOWN],
            passages=_passages(searched, found),
            named_note=self._fate(note, filters, wide, uses) if note else "",
        )

    def _uses(self, found: Found, choice: Choice) -> Mapping[str, str]:
        """For each note of the search, how it was used or why it was left out."""
        best = max((unendorsed(e) for e in found.evidence), default=0.0)
        floor = max(best - WEAKER_BY, min(best, WEAKEST))
        kept = {e.evidence_id for e in choice.notes}
        same = {other: note for note, others in choice.same_claim.items() for other in others}
        uses: dict[str, str] = {}
        for e in found.evidence:
            if e.evidence_id in self.library.retracted_notes:
                uses[e.evidence_id] = "left out: its source was retracted"
            elif e.evidence_id in kept:
                uses[e.evidence_id] = "kept"
            elif e.evidence_id in same:
                uses[e.evidence_id] = f"cited with {same[e.evidence_id]}, which says the same"
            elif e.score < floor:
                uses[e.evidence_id] = f"left out: score {e.score:.2f} is below {floor:.2f}"
            else:
                uses[e.evidence_id] = f"left out: repeats a better note, or past {self.limit} notes"
        return uses

    def _fate(self, note: str, filters: Filters, wide: Found, uses: Mapping[str, str]) -> str:
        """What became of one note."""
        current = self.library.current_note_id(note)
        if current is None:
            return f"{note} is not in the library"
        source = self.library.note_source[current]
        held = self.library.notes[current]
        if not passes(filters, note_metadata(held, source)):
            return f"{current} was filtered out by what the search was narrowed to"
        ranks = {e.evidence_id: e for e in wide.evidence}
        if current not in ranks:
            return f"{current} is not among the best {DEPTH}: words and meaning lie too far away"
        found = ranks[current]
        use = uses.get(current, f"left out: only the best {self.depth} are considered")
        return f"{current} is number {found.rank} with score {found.score:.2f}; {use}"


def _passages(question: str, found: Found) -> tuple[RankedPassage, ...]:
    """Passages of added documents, how likely each is to answer, and what became of it."""
    own = own_passages(question, found)
    uses = {q.evidence.evidence_id: "quoted as an answer" for q in own.answering}
    uses |= {q.evidence.evidence_id: "shown as near" for q in own.near}
    return tuple(
        RankedPassage(
            evidence_id=e.evidence_id,
            title=e.title,
            locator=e.locator,
            rank=e.rank,
            answers=round(answers(e), 3),
            signals=e.parts,
            used=uses.get(e.evidence_id, _left_out(e)),
        )
        for e in found.passages
    )


def _left_out(passage: Evidence) -> str:
    if passage.status == "retracted":
        return "left out: its document was retracted"
    if answers(passage) < NEAR_ABOVE:
        return f"left out: less likely than {NEAR_ABOVE:.2f} to answer"
    return "left out: a better passage says it, or enough are shown"


def _ranked(evidence: Sequence[Evidence], uses: Mapping[str, str]) -> tuple[Ranked, ...]:
    places = {
        name: _places([e.parts.get(name, 0.0) for e in evidence])
        for name in ("lexical", "body", "ask")
    }
    return tuple(
        Ranked(
            evidence_id=e.evidence_id,
            rank=e.rank,
            by_words=places["lexical"][row],
            by_meaning=places["body"][row],
            by_asks=places["ask"][row],
            score=e.score,
            signals=e.parts,
            used=uses.get(e.evidence_id, "not considered"),
        )
        for row, e in enumerate(evidence)
    )


def _places(values: Sequence[float]) -> list[int]:
    """The place of each value, 1 for the largest; equal values in the order given."""
    order = sorted(range(len(values)), key=lambda row: -values[row])
    places = [0] * len(values)
    for place, row in enumerate(order, 1):
        places[row] = place
    return places
