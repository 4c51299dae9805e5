"""Which kind of document a draft is, from its title, its headings and its words.

A proposal that whoever gave the draft may change; no model is asked.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from assistant.checklists.drafts import Draft
from assistant.checklists.records import DraftKind, KindGuess
from assistant.documents.passages import SEPARATOR

_TITLES: Mapping[DraftKind, str] = {
    "job-description": r"job description|role (?:description|profile|outline)|job profile|advert"
    r"|^(?:senior |lead )?peer (?:support )?(?:worker|mentor|practitioner|coordinator)s?\b"
    r"(?!.*polic)",
    "person-specification": r"person specification|person spec\b",
    "supervision-policy": r"supervis(?:ion|e|ing)\b",
    "service-specification": r"(?:service|contract|tender) specification|specification (?:for|of)"
    r"|schedule 2|statement of requirements|commissioning",
    "policy": r"policy|procedure|protocol|strategy|guideline|framework|standard operating|plan"
    r"|handbook|business case|agreement",
}
_BODY: Mapping[DraftKind, str] = {
    "job-description": r"post-?holder|job title|responsible to|reports? to|job purpose|main duties"
    r"|key responsibilities|hours of work|agenda for change|the job|your duties|salary",
    "person-specification": r"\bessential\b|\bdesirable\b|assessed by|application form"
    r"|qualifications|how (?:tested|assessed|we find out)|criteria",
    "supervision-policy": r"supervis(?:ion|or|ors|ee|ees)",
    "service-specification": r"the provider|commissioners?|key performance|KPIs?|contractor"
    r"|service user outcomes|contract monitoring|referral criteria|the service will|the contract"
    r"|quarterly report",
    "policy": r"this (?:policy|procedure|protocol|document)|scope|purpose and scope|review date"
    r"|ratified|equality impact|dissemination|monitoring compliance|definitions",
}
LONGEST_TITLE = 160
_TITLE_WEIGHT, _HEADING_WEIGHT, _BODY_WEIGHT, _UNNAMED_WEIGHT = 3.0, 1.2, 0.9, 1.5


def guess_kind(draft: Draft, given: DraftKind | None = None) -> KindGuess:
    """The kind that a draft is taken for: the one given, or the likeliest."""
    chances = kind_chances(draft)
    likeliest: DraftKind = max(chances, key=chances.__getitem__)
    kind = given or likeliest
    return KindGuess(kind=kind, given=given is not None, chances=chances)


def kind_chances(draft: Draft) -> dict[DraftKind, float]:
    """How likely each kind is, adding up to 1."""
    title = title_of(draft).lower()
    headings = "\n".join(draft.headings).lower()
    low = draft.text.lower()
    scores: dict[DraftKind, float] = {}
    for kind, pattern in _TITLES.items():
        score = _TITLE_WEIGHT * bool(re.search(pattern, title))
        score += _HEADING_WEIGHT * bool(re.search(pattern, headings))
        found = len(re.findall(_BODY[kind], low, re.IGNORECASE))
        score += _BODY_WEIGHT * math.log1p(1000 * found / max(draft.words, 1))
        scores[kind] = score
    if not any(re.search(pattern, title) for pattern in _TITLES.values()):
        # Most papers that do not say what they are tell staff what to do.
        scores["policy"] += _UNNAMED_WEIGHT
    # Supervision is spoken of in every kind: only its own title makes a supervision policy.
    if not re.search(_TITLES["supervision-policy"], title):
        scores["supervision-policy"] -= 2.5
    elif scores["policy"] >= 0 and not re.search("description|specification", title):
        scores["supervision-policy"] += 1.5
    top = max(scores.values())
    raised = {kind: math.exp(score - top) for kind, score in scores.items()}
    return {kind: value / sum(raised.values()) for kind, value in raised.items()}


def title_of(draft: Draft) -> str:
    """What a draft calls itself: the first of its first headings that names a kind of document, as
    a letterhead does not."""
    lines = [draft.title, *draft.headings[:4], draft.text.partition(SEPARATOR)[0]]
    named = (
        line
        for line in lines
        if any(re.search(pattern, line.lower()) for pattern in _TITLES.values())
    )
    return next(named, draft.title)[:LONGEST_TITLE]


def kinds_within(draft: Draft, kind: DraftKind) -> tuple[DraftKind, ...]:
    """The kinds of rows that a draft is compared with: its own, and those that a part of it is
    headed as (a job description with a person specification)."""
    parts: dict[DraftKind, str] = {
        "job-description": r"^(?:\d[\d.]* )?(?:job description|main duties)",
        "person-specification": r"person specification",
    }
    found = [kind]
    for other, pattern in parts.items():
        if (
            other != kind
            and kind in parts
            and any(re.search(pattern, heading.lower()) for heading in draft.headings)
        ):
            found.append(other)
    return tuple(found)
