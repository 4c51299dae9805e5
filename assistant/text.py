"""Plain text helpers that several modules share: cleaning, and finding sentences.

No rules about meaning here: what a text says is for the screen and the gate to judge.
"""

from __future__ import annotations

import re
import unicodedata

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_SPACE = re.compile(r"\s+")
_BREAK = re.compile(r"[.!?…]+[\"'”’)\]]*(?=\s|$)|\n+")
_NOT_AN_END = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|cf|al|no|nos|p|pp|para|s|ss|art|fig|approx|st|dr|mr|mrs|ms|prof|rev"
    r"|ed|eds|vol|ch|dept|inc|ltd|[ap]\.m))\.$",
    re.IGNORECASE,
)
_INITIAL = re.compile(r"(?:^|[\s(.])[A-Z]\.$")
_ABBREVIATIONS_THAT_MAY_END = ("etc.", "a.m.", "p.m.", "ltd.", "inc.", "al.", "no.")


def normalise(text: str) -> str:
    """One line of plain text: NFKC, invisible and control characters gone, white space folded.

    Zero-width and bidirectional marks are dropped without a gap, since they are put inside words
    to hide them; other control characters become a space, since they usually part words.
    """
    composed = unicodedata.normalize("NFKC", text)
    visible = _INVISIBLE.sub("", composed)
    plain = "".join(" " if unicodedata.category(c) in {"Cc", "Cf"} else c for c in visible)
    return _SPACE.sub(" ", plain).strip()


def sentences(text: str) -> list[tuple[int, int]]:
    """Spans of the sentences of ``text``, without the white space around them.

    A full stop after an abbreviation, an initial or inside a number ends nothing; a line break
    always does. Messages without any full stop come back as one span.
    """
    spans: list[tuple[int, int]] = []
    start = 0
    for match in _BREAK.finditer(text):
        if _ends_sentence(text, start, match):
            _append_trimmed(spans, text, start, match.end())
            start = match.end()
    _append_trimmed(spans, text, start, len(text))
    return spans


def _ends_sentence(text: str, start: int, match: re.Match[str]) -> bool:
    """Whether the mark found really closes the sentence that began at ``start``."""
    if match.group() != ".":
        return True
    head = text[start : match.end()]
    following = text[match.end() :].lstrip()
    if _INITIAL.search(head):
        # "J. Smith" goes on, and so does "plan B. Then": joining two sentences costs less
        # than cutting a name, so an initial never ends one unless the text ends with it.
        return not following
    if not _NOT_AN_END.search(head):
        return True
    may_end = head.lower().endswith(_ABBREVIATIONS_THAT_MAY_END)
    return not following or (may_end and following[0].isupper())


def _append_trimmed(spans: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    """Add the span without outer white space, unless nothing is left of it."""
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    right = len(piece.rstrip())
    if left < right:
        spans.append((start + left, start + right))
