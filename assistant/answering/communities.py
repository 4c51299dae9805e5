"""Says whom the evidence is about, so that it is not carried over to other people in silence.

Communities are found by the words that name them (``corpus/communities.yaml``), in the question and
in what is cited. The lines made here are ours: they describe the evidence and claim nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from assistant.schema import Evidence, Record, Text

CULTURE_TOPICS = frozenset({"race-equity", "cultural-responsiveness", "language", "lgbtq"})
LIVED = frozenset({"peer-led", "co-produced", "lived-experience-author"})
"""Who speaks with lived experience."""
AGE_AND_GENDER = frozenset({"women", "men", "older", "young"})
MOST_NAMED = 4


class Community(Record):
    """A community: what readers see, and the words that name it."""

    label: Text
    words: tuple[Text, ...]


@dataclass(frozen=True)
class Communities:
    """All communities that the library tells apart, by slug."""

    known: Mapping[str, Community]

    @cached_property
    def _patterns(self) -> dict[str, re.Pattern[str]]:
        return {
            slug: re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, c.words))})s?(?!\w)")
            for slug, c in self.known.items()
        }

    def named_in(self, text: str) -> tuple[str, ...]:
        """Slugs of the communities that a text names, in the order of the file."""
        lowered = text.lower()
        return tuple(slug for slug, found in self._patterns.items() if found.search(lowered))

    def label(self, slug: str) -> str:
        """A community as readers see it."""
        return self.known[slug].label


@dataclass(frozen=True)
class Reach:
    """Whom a question asks about and whom the evidence is about.

    Args:
        asked: communities that the question names.
        missing: those of them that no evidence names.
        about: each community that the evidence names, with the countries it is from.
    """

    asked: tuple[str, ...]
    missing: tuple[str, ...]
    about: tuple[tuple[str, tuple[str, ...]], ...]


def reach_of(question: str, evidence: Sequence[Evidence], communities: Communities) -> Reach | None:
    """Whom the evidence is about; None where the question is not about particular people."""
    asked = communities.named_in(question)
    cultural = any(CULTURE_TOPICS & set(e.topics) for e in evidence[:3])
    if not asked and not cultural:
        return None
    about: dict[str, dict[str, None]] = {}
    for item in evidence:
        for slug in communities.named_in(f"{item.title} {item.text}"):
            about.setdefault(slug, {})[item.jurisdiction] = None
    missing = tuple(slug for slug in asked if slug not in about)
    named = {slug: places for slug, places in about.items() if slug not in AGE_AND_GENDER or asked}
    return Reach(asked, missing, tuple((s, tuple(p)) for s, p in named.items()))


def speaks_with_experience(evidence: Sequence[Evidence]) -> bool:
    """True when any of the evidence is peer-led, co-produced or by somebody with experience."""
    return any(e.who_speaks in LIVED for e in evidence)
