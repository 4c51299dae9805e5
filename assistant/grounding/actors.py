"""Who does what to whom: the actors of a claim are those of its evidence, in the same places."""

from __future__ import annotations

import re
from functools import lru_cache

from assistant.grounding.findings import Case, Finding
from assistant.grounding.plain import Text, stem
from assistant.grounding.terms import ACTORS, BROAD_ACTORS, Terms

_DOING = re.compile(
    r"(?:supervis(?!or)|manag(?!er)|employ(?!e)|commission(?!er)|lead$|leading|volunteering"
    r"|nursing)"
)
"""Terms that say what is done, not who does it."""
_AUX = frozenset("is are was were be been being by".split())


@lru_cache(maxsize=1)
def terms() -> Terms:
    """Finds actors in texts."""
    return Terms(ACTORS)


def check(case: Case) -> list[Finding]:
    """Actors that the evidence does not name, and pairs of actors that changed places."""
    held = terms().kinds(case.evidence) | terms().kinds(case.sources)
    found = []
    for _, _, kind, term in terms().found(case.claim):
        if kind in held or _named(term, case):
            continue
        found.append(Finding("actor", term, sure=kind not in BROAD_ACTORS))
    return [*dict.fromkeys(found), *_swapped(case)]


def _named(term: str, case: Case) -> bool:
    """Whether the evidence has the very words, or others of their stems."""
    stems = {w.stem for w in (*case.evidence.words, *case.sources.words)}
    return all(_root(stem(part)) in {_root(s) for s in stems} for part in term.split())


def _root(stem: str) -> str:
    """What "counsellor" and "counselling" share."""
    return re.sub(r"(?:or|er|ist|ment|ee)$", "", stem)[:8]


def _swapped(case: Case) -> list[Finding]:
    ours, theirs = deeds(case.claim), deeds(case.evidence)
    found = []
    for verb, who, whom in ours:
        same = [(a, b) for v, a, b in theirs if v == verb]
        if (who, whom) not in same and (whom, who) in same:
            found.append(Finding("actor", f"{who} and {whom}", sure=False, sign="swapped"))
    return found


def deeds(text: Text) -> list[tuple[str, str, str]]:
    """(stem of the verb, who, whom) where two actors stand on either side of a verb."""
    spots = [(a, n, kind) for a, n, kind, term in terms().found(text) if not _DOING.match(term)]
    found = []
    for a, n, one in spots:
        later = [(b, kind) for b, _, kind in spots if a + n <= b <= a + n + 6]
        for b, other in later:
            if one == other:
                continue
            between = text.words[a + n : b]
            passive = any(w.low == "by" for w in between) and any(w.low in _AUX for w in between)
            who, whom = (other, one) if passive else (one, other)
            found += [(w.stem, who, whom) for w in between if w.content and len(w.low) > 3]
    return found
