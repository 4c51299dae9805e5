"""Finds personal details in what people type, and writes them over.

Phone numbers come from ``phonenumbers``, the check digit of NHS numbers from ``stdnum``; the rest
are patterns of our own. Names are found where a title or a word such as "called" announces them:
a bare first name is not. What is found is replaced by its kind in brackets before anything is
searched, kept or exported.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass

import phonenumbers
from stdnum.gb import nhs

from assistant.schema import DetailKind, PersonalDetail

LABELS: dict[DetailKind, str] = {
    "name": "[name]",
    "nhs-number": "[NHS number]",
    "national-insurance": "[National Insurance number]",
    "phone": "[phone number]",
    "email": "[email address]",
    "address": "[address]",
    "date-of-birth": "[date of birth]",
}
YOUNGEST = 10
"""A date this many years ago or more, with nothing beside it, is taken for a date of birth."""

TOWN = 32
"""Characters between a street and its postcode at most."""

_EMAIL = re.compile(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b")
_TEN_DIGITS = re.compile(r"(?<![\d.])\d{3}[ -]?\d{3}[ -]?\d{4}(?![\d.])")
_INSURANCE = re.compile(
    # Prefixes that are never given out are matched too: people mistype, and samples use them.
    r"\b[A-Z]{2}[ -]?\d{2}[ -]?\d{2}[ -]?\d{2}[ -]?[A-D]\b",
    re.IGNORECASE,
)
_PHONE = re.compile(r"(?<![\d/])(?:\+44[ -]?|0)(?:7\d{3}|[12]\d{2,4})(?:[ -]?\d){6,7}(?!\d)")
_POSTCODE = re.compile(
    r"\b(?:[A-PR-UWYZ][A-HK-Y]?\d[A-HJKPSTUW\d]?) ?\d[ABD-HJLNP-UW-Z]{2}\b", re.IGNORECASE
)
_SURE_STREETS = "street|road|rd|avenue|ave|lane|close|drive|crescent|terrace|gardens|grove|mews"
_OTHER_STREETS = (
    "Court|Walk|Place|Way|Hill|Green|Park|Square|Row|Rise|View|Parade|Wharf|Yard|St|Villas|Mount|Bank|Circus"
    "|Broadway|Vale|Cottages?|Quay|Heights|House|Tower|Point|Mansions|Buildings|Fields?|Croft|Garth|Gate"
)
"""Words that also mean something else: only with capitals and a number before them."""
_FLAT = r"(?:(?i:flat|apartment|apt|unit|room) \d+[a-z]?,? )?"
_STREET = re.compile(
    rf"\b{_FLAT}\d{{1,4}}[a-z]?,? (?:"
    rf"(?:[A-Za-z'’-]+ ){{1,3}}(?i:{_SURE_STREETS})\b"
    rf"|(?:[A-Z][\w'’-]+ ){{1,3}}(?:{_OTHER_STREETS})\b"
    r")(?!\s+(?:to|of|in which|that)\b)"
    rf"|\b(?i:flat|apartment|apt) \d+[a-z]?,? (?:[A-Z][\w'’-]+ ){{1,3}}(?:{_OTHER_STREETS})\b"
)
_LIVES = re.compile(
    r"\b(?i:lives?|living|lived|staying|stays|moved|address is|house is|flat is|home is)"
    r" (?i:at|on|in|to)? ?(?P<place>(?:[A-Z][\w'’-]+ ){1,3}"
    rf"(?i:{_SURE_STREETS}|cottage|court|house|farm|way|walk)\b)"
)
"""A street or a house by name, where somebody is said to live there."""
_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_DATE = re.compile(
    r"\b(?:\d{1,2}[./-]\d{1,2}[./-](?P<year>(?:19|20)\d{2}|\d{2})"
    rf"|\d{{1,2}}(?:st|nd|rd|th)? (?:of )?(?:{_MONTHS})[a-z]* (?P<named>(?:19|20)\d{{2}}))\b",
    re.IGNORECASE,
)
_BIRTH = re.compile(r"\b(?:d\.?o\.?b\.?|date of birth|born(?: on)?|birthday)\b", re.IGNORECASE)
_TITLED = re.compile(
    r"\b(?i:mr|mrs|ms|miss|mx|dr|doctor|prof|professor|sister|nurse|rev|reverend|imam|rabbi|pc|sgt)"
    r"\.? (?P<name>[A-Za-z][\w'’-]+(?: [A-Z][\w'’-]+)?)"
)
_LOOSE_TITLES = frozenset({"sister", "nurse", "doctor", "miss", "rev", "imam", "rabbi", "pc"})
"""Titles that are words of their own: only a capital after them makes a name."""
_AUTHORS_TITLES = frozenset({"dr", "prof", "professor"})
_ANNOUNCED = re.compile(
    r"\b(?i:called|named|name is|name['’]s|(?:my|our|a|the) (?:patient|client|resident|colleague"
    r"|service user|supervisor|manager|care ?co(?:ordinator)?|psychiatrist|son|daughter|husband"
    r"|wife|partner|mum|dad|friend))"
    r",? (?P<name>[A-Z][a-z'’-]+(?: [A-Z][a-z'’-]+){0,2})"
)
_NOT_NAMES = frozenset(
    "a an and are as at be by can could did do does for from gave had has have he her his i if in"
    " is it me my never no not of on or our out prescribed put refused said saw says she should so"
    " told that the their them then they this to wants was we what when who will with would you"
    " your who's whos".split()
)
_NOT_ANNOUNCED = frozenset(
    "Access Act Advance Ask Care Clinical Code Cochrane England Freedom Health Hearing Intentional"
    " Mental Mind Monday NHS Open Patient Peer Prevent Recovery Rethink Safe Safewards Samaritans"
    " Shared Side Talking Time Together Triangle Unit Wales Working".split()
)


@dataclass(frozen=True)
class Found:
    """A detail with its place in the text; ``end`` is one past its last character."""

    kind: DetailKind
    start: int
    end: int


def find_details(
    text: str, today: dt.date | None = None, authors: frozenset[str] = frozenset()
) -> tuple[Found, ...]:
    """Every personal detail of a text, in order, none overlapping another.

    Args:
        text: as typed.
        today: what ages are counted from.
        authors: family names, in small letters, of authors whom "Dr" and "Prof" may name.
    """
    year = (today or dt.date.today()).year
    found: list[Found] = []
    names = _names(text, authors)
    for candidate in (*_numbers(text), *_places(text), *_births(text, year), *names):
        # The surer kinds come first; what overlaps one of them is part of it.
        if all(candidate.end <= held.start or candidate.start >= held.end for held in found):
            found.append(candidate)
    return tuple(sorted(found, key=lambda f: f.start))


def masked(
    text: str, today: dt.date | None = None, authors: frozenset[str] = frozenset()
) -> tuple[str, tuple[PersonalDetail, ...]]:
    """The text with every detail written over, and what was found; see ``find_details``."""
    pieces: list[str] = []
    details: list[PersonalDetail] = []
    last = 0
    for found in find_details(text, today, authors):
        pieces += [text[last : found.start], LABELS[found.kind]]
        details.append(PersonalDetail(kind=found.kind, text=text[found.start : found.end]))
        last = found.end
    return "".join([*pieces, text[last:]]), tuple(details)


def without_labels(text: str) -> str:
    """A masked text without the labels: what is left out is not searched for."""
    bare = text
    for label in LABELS.values():
        bare = bare.replace(label, " ")
    # Commas and brackets around what was left out mean nothing any more.
    bare = re.sub(r"\(\s*\)|\s+(?=[,.;:?!])|(?<=,)(?:\s*,)+", "", bare)
    return " ".join(bare.split()) or text


def _numbers(text: str) -> Iterator[Found]:
    for match in _EMAIL.finditer(text):
        yield Found("email", *match.span())
    for match in _INSURANCE.finditer(text):
        yield Found("national-insurance", *match.span())
    for match in _TEN_DIGITS.finditer(text):
        if nhs.is_valid(match.group()):
            yield Found("nhs-number", *match.span())
    for match in _PHONE.finditer(text):
        yield Found("phone", *match.span())
    for number in phonenumbers.PhoneNumberMatcher(text, "GB"):
        yield Found("phone", number.start, number.end)


def _places(text: str) -> Iterator[Found]:
    """Streets, with town and postcode where these follow, and postcodes alone."""
    postcodes = [
        match
        for match in _POSTCODE.finditer(text)
        if match[0].upper() == match[0] or " " in match[0]
    ]
    for match in _STREET.finditer(text):
        ends = [p.end() for p in postcodes if 0 <= p.start() - match.end() <= TOWN]
        yield Found("address", match.start(), min(ends, default=match.end()))
    for match in _LIVES.finditer(text):
        yield Found("address", *match.span("place"))
    for match in postcodes:
        yield Found("address", *match.span())


def _births(text: str, year: int) -> Iterator[Found]:
    for match in _DATE.finditer(text):
        written = match["year"] or match["named"]
        near = text[max(0, match.start() - 25) : match.end() + 10]
        old = len(written) == 4 and int(written) <= year - YOUNGEST
        if _BIRTH.search(near) or old:
            yield Found("date-of-birth", *match.span())


def _names(text: str, authors: frozenset[str]) -> Iterator[Found]:
    for match in _TITLED.finditer(text):
        title = match.group().split()[0].lower().rstrip(".")
        first = match["name"].split()[0]
        if first.lower() in _NOT_NAMES or (title in _LOOSE_TITLES and not first[0].isupper()):
            continue
        if title in _AUTHORS_TITLES and match["name"].split()[-1].lower() in authors:
            continue
        yield Found("name", *match.span())
    for match in _ANNOUNCED.finditer(text):
        if match["name"].split()[0] not in _NOT_ANNOUNCED:
            yield Found("name", *match.span("name"))
