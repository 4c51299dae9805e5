"""Chooses what a chat model may rest its summary on: what the composed answer rests on comes first,
in its order, and then what else was found."""

from __future__ import annotations

from collections.abc import Iterator

from assistant.answering.compose import Draft
from assistant.corpus import Library
from assistant.retrieval import Found, evidence_of
from assistant.schema import Evidence, Statement

MOST_OF_A_SIDE = 2
"""Pieces of every position that go in, however full it is."""


def evidence_for(draft: Draft, found: Found, library: Library, most: int) -> tuple[Evidence, ...]:
    """Evidence, best first, without doubles.

    Args:
        draft: as composed.
        found: what it was composed from.
        library: for notes that a brief rests on and the search did not find.
        most: pieces at most, beside those of positions.
    """
    passages = {e.evidence_id: e for e in found.passages}
    notes = {e.evidence_id: e for e in found.evidence}

    def known(name: str) -> Evidence | None:
        held = passages.get(name) or notes.get(name)
        if held is None and name in library.notes:
            held = evidence_of(library.notes[name], library.note_source[name])
        return held

    sides = [
        name
        for position in draft.positions
        for statement in position.statements
        for name in statement.evidence_ids[:MOST_OF_A_SIDE]
    ]
    cited = list(dict.fromkeys(name for s in _reading_order(draft) for name in s.evidence_ids))
    found_too = [e.evidence_id for e in found.evidence if e.status != "retracted"]
    chosen = list(dict.fromkeys([*cited, *found_too]))[:most]
    every = dict.fromkeys([*chosen, *sides])
    return tuple(item for name in every if (item := known(name)) is not None)


def _reading_order(draft: Draft) -> Iterator[Statement]:
    yield from draft.summary
    for section in draft.sections:
        yield from section.statements
