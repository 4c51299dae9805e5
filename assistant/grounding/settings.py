"""Where, with whom and when: places, groups and times of a claim are those of its evidence."""

from __future__ import annotations

import re
from functools import lru_cache

from assistant.grounding.findings import Case, Finding
from assistant.grounding.terms import SETTINGS, Terms

_BEFORE = re.compile(r"\b(?:before|prior to|ahead of|in advance of|until|leading up to)\b")
_AFTER = re.compile(r"\b(?:after|following|once|afterwards|since|later)\b")
_DURING = re.compile(r"\b(?:during|while|throughout)\b")


@lru_cache(maxsize=1)
def terms() -> Terms:
    """Finds settings in texts."""
    return Terms(SETTINGS)


def check(case: Case) -> list[Finding]:
    """Settings that neither the evidence nor its source names, and before told as after."""
    held = terms().kinds(case.evidence) | terms().kinds(case.sources)
    found = []
    for _, _, kind, term in terms().found(case.claim):
        if kind not in held and term not in case.evidence.low and term not in case.sources.low:
            found.append(Finding("setting", term))
    return [*dict.fromkeys(found), *_times(case)]


def _times(case: Case) -> list[Finding]:
    ours, theirs = case.claim.low, case.evidence.low
    for one, other in ((_BEFORE, _AFTER), (_AFTER, _BEFORE)):
        said = one.search(ours)
        if said and not one.search(theirs) and other.search(theirs) and not other.search(ours):
            return [Finding("setting", said.group(), sure=False, sign="time")]
    return []
