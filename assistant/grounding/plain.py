"""Reads a text for the rules of the gate: folded marks, words with stems, clauses.

No judgement here. Places are indices into ``Text.words``; a clause is a run of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

_QUOTES = {"‘": "'", "’": "'", "‛": "'", "′": "'", "`": "'", "“": '"', "”": '"', "„": '"'}
_DASHES = dict.fromkeys("‐‑‒–—―−", "-")
_MARKS = str.maketrans({**_QUOTES, **_DASHES})
_WORD = re.compile(
    r"£?\d[\d,]*(?:\.\d+)?(?:st|nd|rd|th)?%?|[^\W\d_]+(?:['.][^\W\d_]+)*|[;:.!?()]|,|--| - ",
)
_ENDS = frozenset(";:.!?()")
_LINKS = frozenset(
    "but although though while whereas because since so if unless when whenever where after before"
    " until and or which who whose that than".split()
)
STOP = frozenset(
    "a an the this that these those of in on at by for from to into onto with within as is are was"
    " were be been being am it its itself they them their theirs themselves he him his she her hers"
    " we us our ours you your yours i me my one ones who whom whose which what when where why how"
    " and or but nor so if then than there here also too very just own such same other others"
    " another each both either some any all do does did done doing has have had having will would"
    " shall can could may might must should about over under up down out off again further more"
    " most much many less least few not no only even still yet while because since until through"
    " during between among against upon per via etc let lets get gets got".split()
)
"""Words that say nothing of their own; force, negation and amounts have rules of their own."""


@dataclass(frozen=True)
class Word:
    """A word as written, in small letters, and its stem."""

    text: str
    low: str
    stem: str
    first: bool
    """Whether it opens a sentence."""

    @property
    def content(self) -> bool:
        """Whether the word says something of its own."""
        return self.low[0].isalpha() and self.low not in STOP and len(self.low) > 1


@dataclass(frozen=True)
class Text:
    """A text as the rules read it."""

    raw: str
    low: str
    words: tuple[Word, ...]
    clauses: tuple[tuple[int, int], ...]
    sentences: tuple[tuple[int, int], ...]

    @property
    def stems(self) -> frozenset[str]:
        """Stems of its content words."""
        return _content_stems(self)


def folded(text: str) -> str:
    """White space, quotation marks and dashes in one form; nothing else changes."""
    return re.sub(r"\s+", " ", text.translate(_MARKS)).strip()


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    import Stemmer

    return Stemmer.Stemmer("english")


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """The stem of a word in small letters; possessives gone."""
    bare = word.removesuffix("'s").rstrip("'").replace(".", "")
    return str(_stemmer().stemWord(_BRITISH.sub(r"\1s\2", bare)))


_BRITISH = re.compile(r"(i|y)z(e|ed|es|ing|ation|ations)$")


def singular(word: str) -> str:
    """A noun without its plural ending, roughly; for lists of terms."""
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith("sses"):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


@lru_cache(maxsize=2048)
def read(text: str) -> Text:
    """A text, read once; the same text comes back from memory."""
    flat = folded(text)
    words: list[Word] = []
    clauses: list[tuple[int, int]] = []
    sentences: list[tuple[int, int]] = []
    clause = sentence = 0
    first = True
    for match in _WORD.finditer(flat):
        token = match.group()
        if token in _ENDS or token in {",", "--", " - "}:
            if len(words) - clause >= 3:
                clauses.append((clause, len(words)))
                clause = len(words)
            if token in ".!?" and len(words) > sentence:
                sentences.append((sentence, len(words)))
                sentence, first = len(words), True
            continue
        low = token.lower()
        if low in _LINKS and len(words) - clause >= 4:
            clauses.append((clause, len(words)))
            clause = len(words)
        words.append(Word(token, low, stem(low), first))
        first = False
    if len(words) > clause:
        clauses.append((clause, len(words)))
    if len(words) > sentence:
        sentences.append((sentence, len(words)))
    return Text(flat, flat.lower(), tuple(words), tuple(clauses), tuple(sentences))


@lru_cache(maxsize=2048)
def _content_stems(text: Text) -> frozenset[str]:
    return frozenset(word.stem for word in text.words if word.content)


def clauses_of(text: Text) -> list[tuple[Word, ...]]:
    """The words of each clause."""
    return [text.words[a:b] for a, b in text.clauses]


def content_of(words: tuple[Word, ...]) -> frozenset[str]:
    """Stems of the content words among some words."""
    return frozenset(word.stem for word in words if word.content)
