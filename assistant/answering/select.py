"""Chooses among what was found: which direct answer, brief, contested question and notes to use.

Pure functions; no wording. Scores of all kinds of units come from the same signals and can be
compared with one another.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from assistant.answering.relevance import odds
from assistant.corpus import Library
from assistant.retrieval import Found, Hit
from assistant.schema import (
    HOME_JURISDICTIONS,
    Brief,
    BriefAnswer,
    BriefSentence,
    Contested,
    Evidence,
)

Line = TypeVar("Line", bound=BriefSentence)
LEADS, SURE = -1.1, -0.4
"""Log odds that a direct answer answers the question, from which it leads, and from which it leads
alone; below the second the best note stands beside it in the summary."""
LEAST_CLOSE, GIVE, MOST_BEHIND = 0.45, 10.0, 2.5
"""A brief or direct answer is used when one of its asks is close enough to the question; a brief
when its score is not too far behind the best note's, too: each hundredth of closeness above the
least allows a tenth of score, up to the most."""
KEYWORDS = 3
"""A question of so few words names a topic; a particular direct answer would guess at the rest."""
NEARLY_EQUAL, BRIEF_NEAR = 0.3, 1.2
"""Where two unsure answers of one brief lie this close in log odds, and the brief this near the
better one in score, the question is rather about its whole topic."""
WORD_FOR_WORD = 0.985
"""From this closeness on the question is an ask of a direct answer, which then is the answer."""
VERDICT = re.compile(r"(?:[^.:;]{0,45}, )?(?:yes|no)[:,.;]", re.IGNORECASE)
"""How an answer opens that says yes or no at once, or after a few words ("By our reading, no: …"):
to another question it would be wrong."""
CONTESTED_RULES = (
    (0.60, -3.5, 0),
    (0.50, -1.7, 1),
    (0.40, 0.5, 1),
    (0.44, -3.0, 3),
    (0.28, -1.0, 3),
)
"""As above, and how many of the eight best notes must belong to one of its positions."""
CONTESTED_OF_BRIEF = (0.50, -2.0)
CONTESTED_ASKED_FOR = (0.45, -4.5)
"""The same where the question asks for the sides themselves ("what do the sources hold")."""
_SIDES = re.compile(
    r"\b(?:both|two|all|different|opposing) (?:sides|camps|views|positions)\b|\bcamps\b"
    r"|\bdisagree\w*|\bdebat\w+|\bcontrovers\w+|\bcontest(?:ed|s)\b|\bdisput\w+"
    r"|\b(?:for and against|pros and cons|arguments? (?:for|against))\b"
    r"|\b(?:sources|experts|studies|people|researchers)(?: \w+)? (?:differ|hold|agree|split)\b"
    r"|\b(?:divided|split) (?:on|over|about|into)\b|\bconsensus\b|\bdoes everyone agree\b"
)
"""Words by which people ask who holds what."""
SAME_CLAIM = 0.86
HOME_COUNTS, OLD_COUNTS = 1.0, 2.0
"""What being from England, and being superseded, count for in score when notes are ordered."""
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


def without_retracted(found: Found, library: Library) -> Found:
    """What was found, without notes of retracted sources."""
    kept = tuple(e for e in found.evidence if e.evidence_id not in library.retracted_notes)
    return replace(found, evidence=kept)


def standing(sentences: Sequence[Line], library: Library) -> tuple[Line, ...]:
    """The sentences of a brief that rest on no retracted note."""
    retracted = library.retracted_notes
    return tuple(s for s in sentences if not retracted & set(s.notes))


def choose(question: str, found: Found, library: Library, limit: int) -> Choice:
    """Choose from one search, in which no retracted note is left."""
    notes = list(found.evidence)
    # Endorsed notes were raised because of an answer: that must not count against the answer.
    best = max((unendorsed(e) for e in notes), default=0.0)
    lead = _lead(question, found, library, best)
    hit = lead.hit if lead else None
    answer, brief = _resolve(hit, library)
    asks_for_sides = _SIDES.search(question.lower()) is not None
    contested = _contested(found, library, brief, notes, best, asks_for_sides=asks_for_sides)
    floor = max(best - WEAKER_BY, min(best, WEAKEST))
    kept = [e for e in notes if e.score >= floor][:limit]
    kept, same = fold(kept, found)
    sure = answer is not None and lead is not None and lead.sure
    return Choice(answer, sure, brief, contested, tuple(kept), same)


@dataclass(frozen=True)
class _Lead:
    """What leads the answer, a direct answer or a brief, and whether it was asked for plainly."""

    hit: Hit
    sure: bool


def _lead(question: str, found: Found, library: Library, best_note: float) -> _Lead | None:
    """The direct answer asked for, or the brief where the question is rather its whole topic."""
    keywords = len(question.split()) <= KEYWORDS
    exact = next((hit for hit in found.answers if hit.parts["ask"] >= WORD_FOR_WORD), None)
    if exact is not None and not keywords:
        return _Lead(exact, sure=True)
    fits = {hit.uid: odds("answer", hit.parts, question, found) for hit in found.answers}
    answers = [hit for hit in found.answers if _may_lead(hit, fits[hit.uid], library)]
    answers.sort(key=lambda hit: -fits[hit.uid])
    briefs = [hit for hit in found.briefs[:2] if acceptable_hit(hit, best_note)]
    if not answers:
        return _Lead(briefs[0], sure=False) if briefs else None
    top = answers[0]
    brief = next((h for h in found.briefs[:2] if brief_of(h) == brief_of(top)), None)
    if brief is None:
        return _Lead(top, sure=fits[top.uid] >= SURE)
    rivals = [hit for hit in answers[1:] if brief_of(hit) == brief_of(top)]
    nearly = any(fits[top.uid] - fits[rival.uid] <= NEARLY_EQUAL for rival in rivals)
    undecided = nearly and fits[top.uid] < SURE
    near = top.score - brief.score <= BRIEF_NEAR
    if (undecided and near) or (keywords and brief in briefs):
        return _Lead(brief, sure=False)
    return _Lead(top, sure=fits[top.uid] >= SURE)


def _may_lead(hit: Hit, fits: float, library: Library) -> bool:
    """Whether a direct answer may lead: none whose asks all lie far off, and unsure ones only where
    they say neither yes nor no."""
    if fits < LEADS or hit.parts["ask"] < LEAST_CLOSE:
        return False
    answer = library.briefs[brief_of(hit)].answers[int(hit.uid.rpartition("/")[2])]
    return fits >= SURE or VERDICT.match(answer.answer[0].text) is None


def acceptable_hit(hit: Hit, best_note: float) -> bool:
    """True when a brief fits the question well enough to lead the answer."""
    closeness = hit.parts["ask"] - LEAST_CLOSE
    return closeness >= 0 and best_note - hit.score <= min(GIVE * closeness, MOST_BEHIND)


def unendorsed(evidence: Evidence) -> float:
    """The score of a note without what a direct answer's endorsement added."""
    return evidence.score - evidence.parts.get("endorsed", 0.0)


def brief_of(hit: Hit) -> str:
    """Id of the brief that a hit belongs to."""
    return hit.uid.split(":", 1)[1].partition("/")[0]


def _resolve(hit: Hit | None, library: Library) -> tuple[BriefAnswer | None, Brief | None]:
    if hit is None:
        return None, None
    brief = library.briefs[brief_of(hit)]
    if hit.uid.startswith("brief:"):
        return None, brief if standing(brief.lead, library) else None
    answer = brief.answers[int(hit.uid.rpartition("/")[2])]
    kept = standing(answer.answer, library)
    return (answer.model_copy(update={"answer": kept}) if kept else None), brief


def _contested(
    found: Found,
    library: Library,
    brief: Brief | None,
    notes: Sequence[Evidence],
    top: float,
    *,
    asks_for_sides: bool,
) -> Contested | None:
    """The contested question that this question touches: by its asks, or by the notes found."""
    best = {e.evidence_id for e in notes[:8]}
    for hit in found.contested[:3]:
        question = library.contested[hit.uid.removeprefix("contested:")]
        margin = hit.score - top
        if _touches(hit, margin, question, brief, best) or (
            asks_for_sides and _reaches(hit, margin, CONTESTED_ASKED_FOR)
        ):
            return _standing_positions(question, library)
    return None


def _reaches(hit: Hit, margin: float, rule: tuple[float, float]) -> bool:
    """Whether a hit is close enough by its asks and not too far behind the best note."""
    ask, least = rule
    return hit.parts["ask"] >= ask and margin >= least


def _standing_positions(question: Contested, library: Library) -> Contested | None:
    """The question without positions that rest on retracted notes alone; None with one left."""
    positions = []
    for position in question.positions:
        notes = tuple(n for n in position.notes if n not in library.retracted_notes)
        if notes:
            positions.append(position.model_copy(update={"notes": notes}))
    if len(positions) < 2:
        return None
    return question.model_copy(update={"positions": tuple(positions)})


def _touches(
    hit: Hit, margin: float, question: Contested, brief: Brief | None, best: set[str]
) -> bool:
    held = {note for position in question.positions for note in position.notes}
    shared, asked = len(held & best), hit.parts["ask"]
    of_brief = brief is not None and question.id in brief.contested
    if of_brief and _reaches(hit, margin, CONTESTED_OF_BRIEF):
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
    """Home sources before foreign ones and current before superseded ones of like relevance."""

    def rank(e: Evidence) -> float:
        return (
            e.score + HOME_COUNTS * is_home(e.jurisdiction) - OLD_COUNTS * (e.status != "current")
        )

    return sorted(notes, key=rank, reverse=True)


def is_home(jurisdiction: str) -> bool:
    """True for England and what includes it."""
    return jurisdiction in HOME_JURISDICTIONS
