"""Wording in a draft that invites trouble: by patterns, and by nearness to examples.

A near miss counts against: "is not asked to take part in restraint" lies near "takes part in
restraint", and nearer to the examples that show nothing wrong.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assistant.checklists.comparing import Read, log_odds
from assistant.checklists.drafts import Span
from assistant.checklists.matching import Matches, Seen
from assistant.checklists.records import ConcernKind

READ = 5
"""Spans of a draft that are read for each kind of concern."""
NEAR, LEAD, READ_AS, PATTERN = 10.0, 10.0, 0.5, 2.5
NEAR_ENOUGH, SHOWS_FROM = 0.62, 3.6
"""How a span is scored: by its nearness beyond enough, its lead over the near misses, the network's
odds, and a pattern; from which score on it is shown. Set on the development drafts."""
MOST_SHOWN = 3
_DENIES = re.compile(
    r"\b(?:not|never|no|nor|neither|without|cannot|nobody|none|avoids?|rather than|instead of"
    r"|free from|don['’]t|won['’]t|isn['’]t|aren['’]t|doesn['’]t)\b",
    re.IGNORECASE,
)
_DENIED_AFTER = re.compile(
    r"(?: \w+){0,2} (?:is|are|was|were|will|shall|must|may|should|does|do)(?: not|n['’]t| never)\b"
)


@dataclass(frozen=True)
class Worry:
    """A kind of concern that a draft shows, with the spans that show it, the clearest first."""

    kind: ConcernKind
    spans: tuple[int, ...]
    score: float


@dataclass(frozen=True)
class KnownConcern:
    """A kind of concern with its examples and near misses as they are compared."""

    kind: ConcernKind
    shows: tuple[Seen, ...]
    misses: tuple[Seen, ...]


@dataclass(frozen=True)
class Shown:
    """What is seen of one span for one kind of concern."""

    span: int
    near: float
    lead: float
    odds: float
    pattern: bool

    @property
    def score(self) -> float:
        """How clearly it shows the concern; above ``SHOWS_FROM`` it does."""
        return (
            NEAR * (self.near - NEAR_ENOUGH)
            + LEAD * self.lead
            + READ_AS * self.odds
            + PATTERN * self.pattern
        )


def known_concerns(kinds: Sequence[ConcernKind], matcher: Matches) -> tuple[KnownConcern, ...]:
    """Kinds of concern as they are compared."""
    return tuple(
        KnownConcern(kind, tuple(matcher.seen(kind.examples)), tuple(matcher.seen(kind.near)))
        for kind in kinds
    )


def worries(
    spans: Sequence[Span], draft: Read, held: Sequence[KnownConcern], matcher: Matches
) -> list[Worry]:
    """The concerns that a draft shows, in the order of their file."""
    found = []
    for concern in held:
        shown = [
            one for one in looked_at(spans, draft, concern, matcher) if one.score >= SHOWS_FROM
        ]
        kept = _apart(sorted(shown, key=lambda one: (-one.score, _length(spans[one.span]))), spans)
        if kept:
            found.append(Worry(concern.kind, tuple(one.span for one in kept), kept[0].score))
    return found


def looked_at(
    spans: Sequence[Span], draft: Read, concern: KnownConcern, matcher: Matches
) -> list[Shown]:
    """The spans that may show a concern, with what is seen of each."""
    if not spans:
        return []
    near = draft.near(concern.shows).max(axis=0)
    misses = draft.near(concern.misses).max(axis=0)
    by_pattern = {n for n, span in enumerate(spans) if matched(concern.kind, span.text)}
    nearest = [int(place) for place in np.argsort(-near, kind="stable")[:READ]]
    if concern.kind.words_only:
        nearest = []
    found = []
    for place in dict.fromkeys([*nearest, *sorted(by_pattern)[: 2 * READ]]):
        chances = np.array([matcher.chances(one, draft.spans[place]) for one in concern.shows])
        odds = float(np.sort(log_odds(chances[:, 0]))[-3:].mean())
        lead = float(near[place] - misses[place])
        found.append(Shown(place, float(near[place]), lead, odds, place in by_pattern))
    return found


def matched(kind: ConcernKind, text: str) -> bool:
    """True where one of a concern's patterns stands in a text and nothing around it denies it."""
    for pattern in kind.patterns:
        found = re.search(pattern, text, re.IGNORECASE)
        if not found or _DENIES.search(_clause_before(text, found.start())):
            continue
        if not _DENIED_AFTER.match(text[found.end() :]):
            return True
    return False


def _clause_before(text: str, place: int) -> str:
    """What stands before a place in the same sentence; the lead of a list is part of it."""
    return re.split(r"(?<=[.!?;])\s", text[:place])[-1]


def _length(span: Span) -> int:
    return span.end - span.start


def _apart(shown: Sequence[Shown], spans: Sequence[Span]) -> list[Shown]:
    """The first spans that do not lie in one another."""
    kept: list[Shown] = []
    for one in shown:
        mine = spans[one.span]
        others = (spans[other.span] for other in kept)
        if all(mine.end <= other.start or mine.start >= other.end for other in others):
            kept.append(one)
    return kept[:MOST_SHOWN]
