"""Turns a question into the plain form that the patterns are written for.

Small letters, no punctuation, contractions written out, usual misspellings and simple disguises
("k1ll", "su!cide", "s u i c i d e") undone. What the words mean is for ``patterns``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from assistant.prompts import ScreeningRules
from assistant.text import normalise, sentences

LONG_SENTENCE = 60
WINDOW = 40
MAX_CHARACTERS = 20_000

_QUOTED = re.compile(
    r"[\"“„«]([^\"“”„«»]{3,1500})[\"”»]|(?<!\w)['‘](?=\w)([^\n]{6,1500}?)['’](?!\w)"
)
_CONTRACTIONS = (
    (re.compile(r"\b(\w+)['’]m\b"), r"\1 am"),
    (re.compile(r"\bcan['’]t\b"), "cannot"),
    (re.compile(r"\bwon['’]t\b"), "will not"),
    (re.compile(r"n['’]t\b"), " not"),
    (re.compile(r"['’]ll\b"), " will"),
    (re.compile(r"['’]re\b"), " are"),
    (re.compile(r"['’]ve\b"), " have"),
    (re.compile(r"\b(i|he|she|they|we|you)['’]d\b"), r"\1 would"),
    (
        re.compile(r"\b(he|she|it|that|what|who|there|here|how|everything|nobody|someone)['’]s\b"),
        r"\1 is",
    ),
    (re.compile(r"\b(tonight|today|phone|dad|mum|dog|cat|will)['’]s\b"), r"\1 is"),
    (re.compile(r"['’`´]"), ""),
)
_ILL = re.compile(
    r"\bill(?= (?:be|not|do|just|never|go|see|have|kill|end|jump|take|make|miss|die))"
)
_ID = re.compile(r"\bid(?= (?:rather|be|do|like|have|just|never|die|kill|take))")
_PARTED = re.compile(r"(?<!\w)(?:\w[ .\-_*]){3,}\w(?!\w)")
_STRETCHED = re.compile(r"(\w)\1{2,}")
_LEET = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "!": "i",
                       "|": "l", "@": "a", "$": "s", "€": "e", "+": "t"})  # fmt: skip
_LEET_L = str.maketrans({"1": "l", "!": "l"})
_EDGE = "\"'“”‘’()[]{},.;:?…-"


@dataclass(frozen=True)
class Folded:
    """A question in plain form.

    ``parts`` are its sentences, ``own`` the same without what stands in quotation marks, since
    "I" means somebody else there. ``raw`` is the cleaned question in small letters.
    """

    raw: str
    parts: tuple[str, ...]
    own: tuple[str, ...]
    sources: tuple[str, ...]

    @property
    def whole(self) -> str:
        """All sentences in one line."""
        return " ".join(self.parts)


class Folder:
    """Folds texts with the spellings and disguises of one set of rules."""

    def __init__(self, rules: ScreeningRules) -> None:
        self._spellings = dict(rules.spellings)
        longest_first = sorted(self._spellings, key=len, reverse=True)
        joined = "|".join(re.escape(word) for word in longest_first) or r"(?!)"
        self._misspelt = re.compile(rf"(?<!\S)(?:{joined})(?!\S)")
        self._figures = tuple(
            (re.compile(rf"(?<!\S)(?:{figure})(?!\S)"), plain)
            for figure, plain in rules.figures.items()
        )
        self._words = frozenset(rules.disguises.words)

    def fold(self, text: str) -> Folded:
        """The plain form of a question."""
        # Line breaks part sentences, so they are cleaned line by line.
        lines = (normalise(line) for line in text[:MAX_CHARACTERS].splitlines())
        cleaned = "\n".join(line for line in lines if line)
        sources = tuple(cleaned[start:end] for start, end in sentences(cleaned))
        parts = tuple(window for source in sources for window in self._windows(source))
        unquoted = _QUOTED.sub(" ", cleaned)
        # A question that is one quotation from end to end is the asker's own.
        speaking = unquoted if re.search(r"\w", unquoted) else cleaned
        spans = sentences(speaking)
        own = tuple(w for start, end in spans for w in self._windows(speaking[start:end]))
        return Folded(cleaned.lower(), parts, own, sources)

    def plain(self, text: str) -> str:
        """One stretch of text in plain form."""
        lowered = normalise(text).lower()
        for pattern, replacement in _CONTRACTIONS:
            lowered = pattern.sub(replacement, lowered)
        joined = _PARTED.sub(self._join, lowered)
        words = " ".join(self._undisguised(word) for word in joined.split())
        bare = " ".join(_without_marks(words).split())
        spelt = self._misspelt.sub(lambda match: self._spellings[match.group()], bare)
        spelt = _ID.sub("i would", _ILL.sub("i will", spelt))
        for figure, meaning in self._figures:
            spelt = figure.sub(meaning, spelt)
        return " ".join(spelt.split())

    def _windows(self, sentence: str) -> Iterator[str]:
        """The sentence in plain form; a very long one in overlapping stretches.

        Messages typed without any full stop are common, and the time that a pattern takes grows
        with what it is tried on.
        """
        words = self.plain(sentence).split()
        if len(words) <= LONG_SENTENCE:
            if words:
                yield " ".join(words)
            return
        for start in range(0, len(words) - WINDOW // 2, WINDOW // 2):
            yield " ".join(words[start : start + WINDOW])

    def _join(self, match: re.Match[str]) -> str:
        """Letters set apart, as one word, where that makes a word that is looked for."""
        letters = re.sub(r"[\W_]", "", match.group()).translate(_LEET)
        return (
            letters
            if any(word in letters for word in self._words if len(word) > 2)
            else match.group()
        )

    def _undisguised(self, word: str) -> str:
        """The word behind digits, signs or stretched letters, if it is one that is looked for."""
        core = word.strip(_EDGE)
        if core.isalpha() and not _STRETCHED.search(core):
            return word
        for candidate in _readings(core):
            if candidate in self._words:
                return candidate
        return _STRETCHED.sub(r"\1", word) if core.isalpha() else word


def _readings(word: str) -> Iterator[str]:
    """What a disguised word may stand for."""
    trimmed = word.rstrip("!")
    for core in (word, trimmed):
        for table in (_LEET, _LEET_L):
            read = re.sub(r"[*._\-]", "", core.translate(table))
            yield read
            yield _STRETCHED.sub(r"\1", read)
            yield _STRETCHED.sub(r"\1\1", read)
    if "*" in word:
        # A star in place of a letter: the few usual ones are tried.
        for letter in "iuael":
            yield word.replace("*", letter)
        if word.startswith("k") and word.endswith("l"):
            yield "kill"


def _without_marks(text: str) -> str:
    """Punctuation and signs gone, accents of Latin letters too; other scripts keep their marks."""
    decomposed = "".join(_latin_base(char) for char in text)
    return "".join(" " if unicodedata.category(c)[0] in "PS" else c for c in decomposed)


def _latin_base(char: str) -> str:
    if char == "ł":
        return "l"
    base = unicodedata.normalize("NFD", char)
    return base[0] if len(base) > 1 and base[0].isascii() else char
