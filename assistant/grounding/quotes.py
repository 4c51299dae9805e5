"""Quoted words stand in the evidence exactly, white space, quotation marks and dashes aside."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.grounding.findings import Case, Finding
from assistant.grounding.plain import folded, read

FEWEST = 3
"""Words that must be quoted, unless the evidence itself has fewer."""

_SAID = re.compile(r"\"([^\"]+)\"|(?<![\w'])'([^']+(?:'\w[^']*)*)'(?!\w)")


def stands_in(words: str, text: str) -> bool:
    """Whether words stand in a text exactly, cut at word ends."""
    needle, hay = folded(words), folded(text)
    start = hay.find(needle) if needle else -1
    while start >= 0:
        end = start + len(needle)
        before = start == 0 or not (hay[start - 1].isalnum() and needle[0].isalnum())
        after = end == len(hay) or not (hay[end].isalnum() and needle[-1].isalnum())
        if before and after:
            return True
        start = hay.find(needle, start + 1)
    return False


def named_words(rests: Sequence[tuple[str, str]]) -> Finding | None:
    """What is wrong with the words that a claim names, given as (evidence text, words)."""
    if not rests:
        return Finding("no_evidence", "nothing is named")
    for text, words in rests:
        count = len(read(words).words)
        if count < min(FEWEST, len(read(text).words)):
            return Finding("words_not_there", "too few words are quoted")
        if not stands_in(words, text):
            return Finding("words_not_there", words[:60])
    return None


def check(case: Case) -> list[Finding]:
    """Words that the claim itself puts in quotation marks stand in the evidence."""
    whole = f"{case.evidence.raw} {case.sources.raw}".lower()
    found = []
    for match in _SAID.finditer(case.claim.raw):
        said = (match[1] or match[2]).strip().rstrip(".,;:").lower()
        if said and said not in whole:
            found.append(Finding("words_not_there", said[:60]))
    return found
