"""Letters and words of a PDF: odd characters made plain, lines joined, hyphens at line ends undone.

A hyphen at a line end may belong to the word ("lived-experience") or not ("recom-mendation"). What
the document itself writes elsewhere decides; where it does not say, a rule does.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

HYPHENS = "-\u2010\u00ad"
SOFT_HYPHEN = "\u00ad"
BULLETS = "•●○▪■□◦‣⁃➢➤►▶✓✔❖◆◇·"
"""Characters that stand before list items and are no words."""
_SYMBOLS = {
    0xF0B7: "•",
    0xF0A7: "▪",
    0xF06E: "■",
    0xF0A8: "◦",
    0xF0D8: "➢",
    0xF076: "❖",
    0xF0FC: "✓",
    0xF0FE: "☑",
    0xF06F: "□",
    0xF071: "□",
    0xF02D: "-",
    0xF0E0: "→",
}
"""What the fonts Symbol and Wingdings show for characters of private use."""
_WINDOWS = {
    code: bytes([code]).decode("cp1252")
    for code in range(0x80, 0xA0)
    if code not in {0x81, 0x8D, 0x8F, 0x90, 0x9D}
}
"""Quotation marks and dashes that some files write by their Windows numbers."""
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_SPACES = re.compile(r"\s+")
_LEADERS = re.compile(r"(?:\s?[.…·_]){4,}\s*(?=[ivxlc\d]+$)|(?:\s?[.…]){6,}")
_WORD = re.compile(r"[^\W\d_]+(?:[-\u2010'’][^\W\d_]+)*")
_LAST = re.compile(r"([^\W\d_]+(?:['’][^\W\d_]+)*)[-\u2010]$")
_FIRST = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_LINK = re.compile(r"(?:https?://|www\.|doi\.org/|\b10\.\d{4,9}/)\S*$", re.IGNORECASE)
_PREFIXES = frozenset(
    "co non self ex peer lived well user service carer survivor mental multi cross inter post pre "
    "anti semi half all part full short long high low face trauma person recovery one two three "
    "four five six seven eight nine ten twenty thirty forty fifty sixty seventy eighty "
    "ninety".split()
)
"""First parts that are usually followed by a hyphen of the word's own."""


def plain(text: str) -> str:
    """One line of text with ligatures, odd spaces and symbols made plain, invisible marks out."""
    if not text.isascii():
        text = text.translate(_SYMBOLS).translate(_WINDOWS)
        text = "".join(_letters(char) if "\ufb00" <= char <= "\ufb06" else char for char in text)
        text = unicodedata.normalize("NFC", _INVISIBLE.sub("", text))
        text = text[:-1].replace(SOFT_HYPHEN, "") + text[-1:]
    return _SPACES.sub(" ", _CONTROL.sub("", text)).strip()


def without_leaders(text: str) -> str:
    """A line of a table of contents without the dots between its words and its page."""
    return _LEADERS.sub(" ", text).strip() if ".." in text or ". ." in text or "…" in text else text


def _letters(ligature: str) -> str:
    return unicodedata.normalize("NFKC", ligature)


class Joiner:
    """Joins lines to running text; made once a document, from all of its lines.

    Args:
        lines: every line of the document, in reading order.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self._counts: Counter[str] = Counter()
        broken = False
        for line in lines:
            words = _WORD.findall(line)
            ends_broken = line[-1:] in HYPHENS and bool(line)
            self._counts.update(
                word.lower().replace("\u2010", "-")
                for word in words[broken : len(words) - ends_broken]
            )
            broken = ends_broken

    def join(self, before: str, after: str) -> str:
        """Two lines that follow each other as one text."""
        kept, glue = self.seam(before, after)
        return kept + glue + after

    def seam(self, before: str, after: str) -> tuple[str, str]:
        """What is kept of the first line, and what stands between the two."""
        if not before or not after:
            return before, ""
        if before.endswith(SOFT_HYPHEN):
            return before[:-1], ""
        last, first = _LAST.search(before[-60:]), _FIRST.match(after)
        if last and first:
            return self._hyphen(before, last.group(1), first.group())
        if before[-1] in HYPHENS and before[-2:-1].isalnum() and after[0].isalnum():
            return before, ""
        if before[-1] == "/" and not before.endswith(" /"):
            return before, ""
        if before[-1] in "–—" and before[-2:-1].isdigit() and after[0].isdigit():
            return before, ""
        return before, "" if _is_link(before, after) else " "

    def _hyphen(self, before: str, first: str, second: str) -> tuple[str, str]:
        joined = self._counts[(first + second).lower()]
        hyphened = self._counts[f"{first}-{second}".lower()]
        if joined != hyphened:
            keep = hyphened > joined
        elif before[: -len(first) - 1].endswith(tuple(HYPHENS)):
            # "one-to-" goes on as "one-to-one".
            keep = True
        elif not second[0].islower() or first.lower() in _PREFIXES:
            keep = True
        else:
            keep = self._is_word(first) and self._is_word(second)
        return (before, "") if keep else (before[:-1], "")

    def _is_word(self, part: str) -> bool:
        return len(part) > 2 and self._counts[part.lower()] > 0


def _is_link(before: str, after: str) -> bool:
    if not _LINK.search(before[-300:]):
        return False
    return (before[-1] in "/_=&?-.%#" and after[0].islower()) or (
        after[0] in "/_=&?.%#" and len(after) > 1
    )
