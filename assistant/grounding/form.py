"""A claim is one or two plain English sentences: no markup, links, prices, lists or orders."""

from __future__ import annotations

import re
import unicodedata

from assistant.grounding.plain import STOP, Text

LONGEST_WORDS = 70
SENTENCES = 3

_MARKUP = re.compile(
    r"[<>{}\[\]|`*_#~\\]|^\s*(?:[-•–—*]|\d+[.)])\s|https?:|www\.|\b\S+@\S+\.\w|\.(?:com|net|io)\b"
    r"|\n\s*\S",
    re.IGNORECASE,
)
_ORDER = re.compile(
    r"\b(?:ignore|disregard|forget) (?:all |any |the |your |previous |earlier |above )+"
    r"|\b(?:system prompt|language model|as an ai\b|i am an ai|i cannot|i can't|i'm sorry)"
    r"|\b(?:click|tap|buy|subscribe|download|visit|order now|sign up|log in|call now)\b"
    r" (?:here|now|this|our|today|on)\b"
    r"|^(?:here is|here are|sure[,!]|certainly[,!])",
    re.IGNORECASE,
)
_PRICE = re.compile(r"[$€]\s?\d|\bfree trial\b|\bdiscount\b|\bspecial offer\b", re.IGNORECASE)


def fault_of_form(claim: str, read: Text, evidence: str) -> str:
    """What is wrong with the form of a claim, in a few words; empty where nothing is.

    What stands in the evidence itself (an address, a sign) may stand in a claim.
    """
    words = read.words
    if len(words) < 3:
        return "too short"
    if len(words) > LONGEST_WORDS or len(read.sentences) > SENTENCES:
        return "too long"
    for pattern, fault in ((_MARKUP, "markup"), (_ORDER, "an instruction"), (_PRICE, "a price")):
        for match in pattern.finditer(claim):
            if match.group().strip().lower() not in evidence:
                return fault
    if claim.rstrip().endswith("?"):
        return "a question"
    return "" if _is_english(claim, read) else "not plain English"


def _is_english(claim: str, read: Text) -> bool:
    """Latin letters, and a fair share of the small words of English."""
    letters = [c for c in claim if c.isalpha()]
    latin = sum("LATIN" in unicodedata.name(c, "") for c in letters)
    if latin < 0.97 * max(len(letters), 1):
        return False
    small = sum(word.low in STOP for word in read.words)
    return len(read.words) < 12 or small >= 0.12 * len(read.words)
