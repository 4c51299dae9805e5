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

ANSWER_ASK = 0.62
"""A direct answer is used when one of its asks is at least this close to the question."""
BRIEF_MARGIN = 1.5
CONTESTED_ASK = 0.60
SHARED_NOTES = 2
SAME_CLAIM = 0.86
WEAKER_BY = 6.0
"""Notes whose score lies further below the best one's are left out."""


@dataclass(frozen=True)
class Choice:
    """What an answer is made of."""

    answer: BriefAnswer | None
    brief: Brief | None
    contested: Contested | None
    notes: tuple[Evidence, ...]
    same_claim: dict[str, tuple[str, ...]]


def choose(found: Found, library: Library, limit: int) -> Choice:
    """Choose from one search. Retracted sources are never used."""
    notes = [e for e in found.evidence if e.status != "retracted"]
    best = notes[0].score if notes else 0.0
    answer, brief = _direct_answer(found, library, best)
    brief = brief or _brief(found, library, best)
    contested = _contested(found, library, brief, notes)
    kept = [e for e in notes if e.score >= best - WEAKER_BY][:limit]
    kept, same = fold(kept, found)
    return Choice(answer, brief, contested, tuple(kept), same)


def _direct_answer(
    found: Found, library: Library, best_note: float
) -> tuple[BriefAnswer | None, Brief | None]:
    for hit in found.answers[:1]:
        brief_id, _, number = hit.uid.removeprefix("answer:").partition("/")
        close = hit.parts["ask"] >= ANSWER_ASK and hit.score >= best_note - BRIEF_MARGIN
        if close or hit.parts["ask"] >= ANSWER_ASK + 0.12:
            brief = library.briefs[brief_id]
            return brief.answers[int(number)], brief
    return None, None


def _brief(found: Found, library: Library, best_note: float) -> Brief | None:
    """The brief on the question's topic, where one clearly is."""
    for hit in found.briefs[:1]:
        if hit.parts["ask"] >= ANSWER_ASK and hit.score >= best_note - BRIEF_MARGIN:
            return library.briefs[hit.uid.removeprefix("brief:")]
    return None


def _contested(
    found: Found, library: Library, brief: Brief | None, notes: Sequence[Evidence]
) -> Contested | None:
    """The contested question that this question touches: by its asks, or by the notes found."""
    best = {e.evidence_id for e in notes[:6]}
    for hit in found.contested[:3]:
        question = library.contested[hit.uid.removeprefix("contested:")]
        if _touches(hit, question, brief, best):
            return question
    return None


def _touches(hit: Hit, question: Contested, brief: Brief | None, best: set[str]) -> bool:
    held = {note for position in question.positions for note in position.notes}
    shared = len(held & best)
    asked = hit.parts["ask"]
    return (
        asked >= CONTESTED_ASK
        or (shared >= SHARED_NOTES and asked >= CONTESTED_ASK - 0.15)
        or (brief is not None and question.id in brief.contested and asked >= CONTESTED_ASK - 0.12)
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
