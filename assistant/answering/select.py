"""Chooses among what was found: which direct answer, brief, contested question and notes to use.

Pure functions; no wording. Scores of all kinds of units come from the same signals and can be
compared with one another.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.corpus import Library
from assistant.retrieval import Found, Hit
from assistant.schema import HOME_JURISDICTIONS, Brief, BriefAnswer, Contested, Evidence

ANSWER_RULES = ((0.75, -2.5), (0.60, -1.5), (0.50, 0.5))
"""A direct answer is used when one of its asks is this close to the question and its score lies at
most this far from the best note's: the looser the one, the tighter the other."""
SURE_ANSWER = 0.75
"""Below this closeness the best note stands beside the direct answer in the summary."""
BRIEF_ASK, BRIEF_MARGIN = 0.62, -1.5
CONTESTED_RULES = ((0.60, -3.5, 0), (0.50, -1.7, 1), (0.40, 0.5, 1))
"""As above, and how many of the eight best notes must belong to one of its positions."""
CONTESTED_OF_BRIEF = (0.50, -2.0)
SAME_CLAIM = 0.86
WEAKER_BY, WEAKEST = 4.0, 8.5
"""Notes whose score lies further below the best one's are left out, and so are notes below the
second number unless nothing better was found: on development questions they missed the point."""


@dataclass(frozen=True)
class Choice:
    """What an answer is made of. ``sure`` says that the direct answer was asked for plainly."""

    answer: BriefAnswer | None
    sure: bool
    brief: Brief | None
    contested: Contested | None
    notes: tuple[Evidence, ...]
    same_claim: dict[str, tuple[str, ...]]


def choose(found: Found, library: Library, limit: int) -> Choice:
    """Choose from one search. Retracted sources are never used."""
    notes = [e for e in found.evidence if e.status != "retracted"]
    best = notes[0].score if notes else 0.0
    hit = _direct_answer(found, best)
    answer, brief = None, _brief(found, library, best)
    if hit is not None:
        brief_id, _, number = hit.uid.removeprefix("answer:").partition("/")
        brief = library.briefs[brief_id]
        answer = brief.answers[int(number)]
    contested = _contested(found, library, brief, notes)
    floor = max(best - WEAKER_BY, min(best, WEAKEST))
    kept = [e for e in notes if e.score >= floor][:limit]
    kept, same = fold(kept, found)
    sure = hit is not None and hit.parts["ask"] >= SURE_ANSWER
    return Choice(answer, sure, brief, contested, tuple(kept), same)


def _direct_answer(found: Found, best_note: float) -> Hit | None:
    for hit in found.answers[:1]:
        margin = hit.score - best_note
        if any(hit.parts["ask"] >= ask and margin >= least for ask, least in ANSWER_RULES):
            return hit
    return None


def _brief(found: Found, library: Library, best_note: float) -> Brief | None:
    """The brief on the question's topic, where one clearly is."""
    for hit in found.briefs[:1]:
        if hit.parts["ask"] >= BRIEF_ASK and hit.score - best_note >= BRIEF_MARGIN:
            return library.briefs[hit.uid.removeprefix("brief:")]
    return None


def _contested(
    found: Found, library: Library, brief: Brief | None, notes: Sequence[Evidence]
) -> Contested | None:
    """The contested question that this question touches: by its asks, or by the notes found."""
    best = {e.evidence_id for e in notes[:8]}
    top = notes[0].score if notes else 0.0
    for hit in found.contested[:3]:
        question = library.contested[hit.uid.removeprefix("contested:")]
        if _touches(hit, hit.score - top, question, brief, best):
            return question
    return None


def _touches(
    hit: Hit, margin: float, question: Contested, brief: Brief | None, best: set[str]
) -> bool:
    held = {note for position in question.positions for note in position.notes}
    shared, asked = len(held & best), hit.parts["ask"]
    if brief is not None and question.id in brief.contested:
        ask, least = CONTESTED_OF_BRIEF
        if asked >= ask and margin >= least:
            return True
    return any(
        asked >= ask and margin >= least and shared >= notes
        for ask, least, notes in CONTESTED_RULES
    )


# ---------------------------------------------------------------- folding


def fold(
    notes: Sequence[Evidence], found: Found
) -> tuple[list[Evidence], dict[str, tuple[str, ...]]]:
    """Leave out notes that say the same as a better one.

    Returns the notes kept, and for each the others that are cited with it. A note is cited with
    another only when it is of another source, stands as the same and agrees in numbers, force and
    negation; a near copy that fails this is shown in its own right unless of the same source.
    """
    kept: list[Evidence] = []
    same: dict[str, list[str]] = {}
    for note in notes:
        twin = next((k for k in kept if found.closeness(k, note) >= SAME_CLAIM), None)
        if twin is None:
            kept.append(note)
        elif agree(twin.text, note.text) and twin.stands_as == note.stands_as:
            if twin.source_id != note.source_id:
                same.setdefault(twin.evidence_id, []).append(note.evidence_id)
        else:
            kept.append(note)
    return kept, {key: tuple(ids[:3]) for key, ids in same.items()}


_FORCE = re.compile(r"\b(must|shall|should|may|can|cannot|not|no|never|none|without|nor)\b")


def agree(one: str, other: str) -> bool:
    """True when two texts name the same numbers and the same words of force and negation."""
    numbers = [set(re.findall(r"\d+(?:\.\d+)?", text)) for text in (one, other)]
    force = [set(_FORCE.findall(text.lower())) for text in (one, other)]
    return numbers[0] == numbers[1] and force[0] == force[1]


# ---------------------------------------------------------------- order


def england_first(notes: Sequence[Evidence]) -> list[Evidence]:
    """Home sources before foreign ones, current before superseded; otherwise as they were."""
    return sorted(notes, key=lambda e: (e.status != "current", not is_home(e.jurisdiction)))


def is_home(jurisdiction: str) -> bool:
    """True for England and what includes it."""
    return jurisdiction in HOME_JURISDICTIONS
