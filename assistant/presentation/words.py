"""The words that people see for the closed lists of the schema.

One table for each list, from the interface's file; a test checks that no value is missing. The
constants are the English tables, for the command line and for what is exported.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import Literal, Protocol, cast

from assistant.interface import ENGLISH, Texts
from assistant.schema import (
    HOME_JURISDICTIONS,
    STRENGTH,
    AnyKind,
    Basis,
    DocumentStatus,
    Setting,
    StandsAs,
    User,
    WhoSpeaks,
)

Strength = Literal["law", "guidance", "research", "opinion", "own"]
STRENGTH_ORDER: tuple[Strength, ...] = ("law", "guidance", "research", "opinion", "own")


def kind_words(texts: Texts) -> dict[AnyKind, str]:
    """Kinds of sources, in the order of forms."""
    return cast(dict[AnyKind, str], texts.group("kinds"))


def strength_words(texts: Texts) -> dict[Strength, str]:
    """The strengths of sources, as marks."""
    return cast(dict[Strength, str], texts.group("strengths"))


def strength_headings(texts: Texts) -> dict[Strength, str]:
    """The strengths of sources, as headings."""
    return cast(dict[Strength, str], texts.group("strength_headings"))


def who_words(texts: Texts) -> dict[WhoSpeaks, str]:
    """Who speaks in a source."""
    return cast(dict[WhoSpeaks, str], texts.group("voices"))


def basis_words(texts: Texts) -> dict[Basis, str]:
    """What was read of a source, to follow "Read"."""
    return cast(dict[Basis, str], texts.group("bases"))


def status_words(texts: Texts) -> dict[DocumentStatus, str]:
    """Whether a source still stands."""
    return cast(dict[DocumentStatus, str], texts.group("statuses"))


def stands_as_words(texts: Texts) -> dict[StandsAs, str]:
    """What a note stands as."""
    return cast(dict[StandsAs, str], texts.group("stands_as"))


def user_words(texts: Texts) -> dict[User, str]:
    """Who asks."""
    return cast(dict[User, str], texts.group("roles"))


def setting_words(texts: Texts) -> dict[Setting, str]:
    """Settings, in the order of forms."""
    return cast(dict[Setting, str], texts.group("settings"))


KIND_WORDS = kind_words(ENGLISH)
STRENGTH_WORDS = strength_words(ENGLISH)
STRENGTH_HEADINGS = strength_headings(ENGLISH)
WHO_WORDS = who_words(ENGLISH)
BASIS_WORDS = basis_words(ENGLISH)
STATUS_WORDS = status_words(ENGLISH)
STANDS_AS_WORDS = stands_as_words(ENGLISH)
USER_WORDS = user_words(ENGLISH)
SETTING_WORDS = setting_words(ENGLISH)

REFUSALS = frozenset({"declined", "not_in_library", "clarify", "failed"})
"""Outcomes under which no citation may stand."""

_UNKNOWN_AUTHOR = re.compile(r"\bnot shown\b|^and (?:others|colleagues)|^et al", re.IGNORECASE)
_PERSON = re.compile(r"^(?:with )?(?P<family>[^\d,;()]+?) (?P<initials>[A-Z](?:[A-Z.\- ]{0,5}))$")
_NOT_INITIALS = frozenset({"UK", "USA", "US", "CIC", "NHS", "NZ", "NSW", "LLP", "EU", "WHO"})


class Referenced(Protocol):
    """What a reference line is made of: a citation, a source or a piece of evidence."""

    @property
    def title(self) -> str:
        """The title of the publication."""

    @property
    def authors(self) -> tuple[str, ...]:
        """Its authors, people or organisations."""

    @property
    def year(self) -> int | None:
        """Its year, if known."""

    @property
    def kind(self) -> AnyKind:
        """What kind of publication it is."""

    @property
    def published_in(self) -> str | None:
        """Where it came out."""


def voice(who: WhoSpeaks, texts: Texts = ENGLISH) -> str:
    """Who speaks, or nothing where that would tell the reader nothing."""
    return "" if who == "other" else who_words(texts)[who]


def strength(kind: AnyKind) -> Strength:
    """How strong a kind of source is, in four steps."""
    return STRENGTH[kind]


def is_foreign(jurisdiction: str) -> bool:
    """True when a source may not speak for England without a label."""
    return jurisdiction not in HOME_JURISDICTIONS


def country(jurisdiction: str, texts: Texts = ENGLISH) -> str:
    """A country as it is shown beside a citation."""
    known = texts.group("countries")
    unknown = jurisdiction.lower() == "not stated"
    return known["not stated"] if unknown else known.get(jurisdiction, jurisdiction)


def day(date: dt.date, texts: Texts = ENGLISH) -> str:
    """A date as people write it: 21 November 2026."""
    name = texts.lines("dates.months")[date.month - 1]
    return texts("dates.day", day=date.day, month=name, year=date.year)


def month(date: dt.date, texts: Texts = ENGLISH) -> str:
    """A month as people write it: November 2026."""
    name = texts.lines("dates.months")[date.month - 1]
    return texts("dates.month", month=name, year=date.year)


def who_wrote(record: Referenced) -> str:
    """Authors as people say them: "NHS England", "Perkins and Repper", "Badouin and others"."""
    names = [_family_name(a) for a in record.authors if not _UNKNOWN_AUTHOR.search(a)]
    if not names:
        return _shortened(record.title)
    if len(names) == 1:
        return names[0]
    return f"{names[0]} and {names[1]}" if len(names) == 2 else f"{names[0]} and others"


def reference(record: Referenced) -> str:
    """The short reference line: "NHS England, 2024". Acts go by their own name."""
    if record.kind == "legislation":
        named = record.title if len(record.title) <= 70 else _shortened(record.title)
        return named if str(record.year) in named else f"{named}, {record.year or 'undated'}"
    return f"{who_wrote(record)}, {record.year}" if record.year else f"{who_wrote(record)}, undated"


def full_reference(record: Referenced) -> str:
    """Authors, year, title and place of publication on one line."""
    year = str(record.year) if record.year else "undated"
    place = f" {record.published_in}." if record.published_in else ""
    title = record.title.rstrip(".")
    known = [a for a in record.authors if not _UNKNOWN_AUTHOR.search(a)]
    writers = _listed(known) if known else "Author not shown"
    return f"{writers} ({year}). {title}.{place}"


def link(url: str, doi: str) -> str:
    """The address to open for a source, or nothing. Only web addresses are ever linked."""
    if doi:
        return "https://doi.org/" + doi.removeprefix("https://doi.org/")
    return url if re.match(r"https?://[^\s\"'<>]+$", url) else ""


def family_name(author: str) -> str:
    """A person's family name; empty for an organisation."""
    match = _PERSON.match(author.strip())
    person = match is not None and match["initials"].strip() not in _NOT_INITIALS
    return match["family"] if match and person else ""


def _family_name(author: str) -> str:
    match = _PERSON.match(author.strip())
    if not match or match["initials"].strip() in _NOT_INITIALS:
        return author.strip()
    return match["family"]


def _listed(names: Sequence[str]) -> str:
    shown = list(names[:6]) + (["and others"] if len(names) > 6 else [])
    return ", ".join(shown)


def _shortened(title: str, limit: int = 60) -> str:
    if len(title) <= limit:
        return title
    return title[:limit].rsplit(" ", 1)[0].rstrip(",;:") + " …"
