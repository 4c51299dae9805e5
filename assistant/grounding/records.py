"""The words of the gate: a claim, the evidence that it rests on, and what was found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

Fault = Literal[
    "unknown_key",
    "no_evidence",
    "words_not_there",
    "form",
    "number",
    "name",
    "country",
    "force",
    "negation",
    "actor",
    "setting",
    "uncovered",
    "unsupported",
]
"""Why a claim does not pass: a key that was not given out; nothing that it rests on; quoted words
that do not stand in the evidence; not one or two plain sentences; a number, a name, a country, a
word of force (must, should, may), a "not", an actor or a setting that the evidence does not bear
out; content that stands nowhere in it; or, all words considered, not what the evidence says."""


@dataclass(frozen=True)
class Piece:
    """Evidence as a claim may rest on it.

    ``text`` is the exact text; ``source`` names whose it is ("NHS England, 2024") and
    ``jurisdiction`` its country, so that a claim may say both although the text does not.
    """

    key: str
    text: str
    source: str = ""
    jurisdiction: str = ""
    year: int | None = None


@dataclass(frozen=True)
class Rest:
    """What a claim rests on: a key, and the exact words of that evidence."""

    key: str
    words: str


@dataclass(frozen=True)
class Claim:
    """Something that is to be said, with what it rests on."""

    text: str
    rests_on: tuple[Rest, ...]


@dataclass(frozen=True)
class Judgement:
    """Whether a claim may be shown; the fault and a few words on it where it may not."""

    fault: Fault | None = None
    detail: str = ""

    @property
    def passes(self) -> bool:
        """True when nothing was found against the claim."""
        return self.fault is None


Entails = Callable[[Sequence[tuple[str, str]]], Sequence[float]]
"""Scores pairs of (evidence, claim): how likely the evidence bears out the claim, 0 to 1."""
