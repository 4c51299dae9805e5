"""What holds of a summary beside what the gate finds in each claim of it.

Evidence from another country is named as such; old evidence does not stand alone; no sentence leans
on one that was withheld; and where sources disagree, the summary rests on more than one side.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from assistant.corpus import names_its_country
from assistant.grounding.records import Claim, Judgement
from assistant.schema import Evidence, Position

MOST_CLAIMS = 4
"""Sentences of a summary at most, as in every answer."""

_LEANS = re.compile(
    r"^(?:this|that|these|those|it|they|he|she|such|however|but|also|instead|otherwise|therefore|"
    r"so|and|or|moreover|furthermore|in addition|additionally|similarly|likewise|still|yet|both|"
    r"as a result|for example|for instance|in contrast|by contrast|on the other hand|the same|"
    r"others?|another)\b(?! is contested| who | people who )",
    re.IGNORECASE,
)


def unlabelled_country(claim: Claim, evidence: Mapping[str, Evidence]) -> Judgement:
    """Refuses a claim that rests on other countries alone and names none of them."""
    cited = [evidence[rest.key] for rest in claim.rests_on if rest.key in evidence]
    if not cited or any(names_its_country(claim.text, e.jurisdiction) for e in cited):
        return Judgement()
    places = ", ".join(sorted({e.jurisdiction for e in cited}))
    return Judgement("country", f"say that this is from {places}")


def rests_on_old_alone(claim: Claim, evidence: Mapping[str, Evidence]) -> bool:
    """True where everything that a claim rests on was replaced or withdrawn."""
    cited = [evidence[rest.key] for rest in claim.rests_on if rest.key in evidence]
    return bool(cited) and all(e.status in {"superseded", "retracted"} for e in cited)


def leans(claim: Claim) -> bool:
    """True where a claim begins as one that needs the sentence before it."""
    return _LEANS.match(claim.text) is not None


def sides_of(
    claims: Sequence[Claim], evidence: Mapping[str, Evidence], sides: Sequence[Position]
) -> set[int]:
    """Numbers of the positions whose evidence the claims rest on.

    Evidence that more than one side rests on speaks for none.
    """
    cited = {
        evidence[rest.key].evidence_id
        for claim in claims
        for rest in claim.rests_on
        if rest.key in evidence
    }
    holds = [{e for s in side.statements for e in s.evidence_ids} for side in sides]
    return {
        number
        for number, ids in enumerate(holds)
        for note in ids & cited
        if sum(note in other for other in holds) == 1
    }


def takes_a_side(
    claims: Sequence[Claim], evidence: Mapping[str, Evidence], sides: Sequence[Position]
) -> bool:
    """True where sources disagree and the claims rest on one side's evidence alone."""
    return len(sides) > 1 and len(sides_of(claims, evidence, sides)) == 1
