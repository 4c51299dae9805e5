"""Finds what can be tapped in the contact line of a signpost: numbers to ring or to text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.interface import ENGLISH, Texts

_TEXT_WORD = re.compile(
    r"\btext\s+[\"“']?(?P<word>[A-Z]{3,})[\"”']?\s+to\s+(?P<number>\d{5})\b", re.I
)
_NUMBER = re.compile(
    r"(?P<sms>\b(?:text|sms)\s+(?:to\s+)?)?"
    r"(?P<number>\b(?:18001 )?(?:0\d{2,4}(?: ?\d{2,4}){2,3}|116 ?\d{3}|999|112|111|101)\b)",
    re.I,
)
"""Numbers to ring. 18001 is the prefix of the text relay: alone it leads nowhere."""
_PAGE = re.compile(r"\bopen\s+(?P<page>(?:[a-z0-9-]+\.)+(?:uk|scot|wales|org|info|com)\b)", re.I)


@dataclass(frozen=True)
class Tap:
    """One thing to tap: what it says, and where it leads."""

    label: str
    href: str


def taps(contact: str, texts: Texts = ENGLISH) -> tuple[Tap, ...]:
    """Every number, and every page to open, in a contact line, in its order, each once."""
    found: list[tuple[int, Tap]] = []
    for match in _TEXT_WORD.finditer(contact):
        word, number = match["word"].upper(), match["number"]
        label = texts("contact.text_word", word=word, number=number)
        found.append((match.start(), Tap(label, f"sms:{number}?&body={word}")))
    for match in _NUMBER.finditer(contact):
        digits = match["number"].replace(" ", "")
        verb, scheme = ("text", "sms") if match["sms"] else ("ring", "tel")
        label = texts(f"contact.{verb}", number=match["number"])
        found.append((match.start(), Tap(label, f"{scheme}:{digits}")))
    for match in _PAGE.finditer(contact):
        label = texts("contact.open", page=match["page"])
        found.append((match.start(), Tap(label, f"https://{match['page']}/")))
    unique = {tap.href: (place, tap) for place, tap in reversed(found)}
    return tuple(tap for _, tap in sorted(unique.values(), key=lambda pair: pair[0]))


_OPENING = re.compile(
    r"^(?:call|ring|phone|text)?\s*(?:(?:18001 )?(?:0\d[\d ]+\d|116 ?\d{3}|\d{3,5})\b|open\s+\S+)"
    r"\s*,?\s*(?:and\s+)?(?=[a-z])",
    re.I,
)


def beyond_buttons(contact: str) -> str:
    """What the line says beside the buttons made from it: "Ring 999, or go to A&E" leaves
    "Or go to A&E". A line that cannot be cut cleanly stays whole."""
    if not says_more(contact):
        return ""
    rest = _OPENING.sub("", contact)
    return rest[:1].upper() + rest[1:]


def says_more(contact: str) -> bool:
    """True when the line says more than the buttons made from it."""
    rest = _PAGE.sub("", _NUMBER.sub("", _TEXT_WORD.sub("", contact)))
    rest = re.sub(r"\b(?:call|ring|phone|text|or|on|to|and)\b", "", rest, flags=re.I)
    return bool(re.search(r"\w", rest))
