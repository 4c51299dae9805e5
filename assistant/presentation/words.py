"""The words that people see for the closed lists of the schema.

One table for each list; a test checks that no value is missing. Sentences that belong to one
screen live with that screen.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, Protocol

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

KIND_WORDS: dict[AnyKind, str] = {
    "legislation": "Act or regulation",
    "statutory-guidance": "Statutory guidance",
    "clinical-guideline": "Clinical guideline",
    "national-framework": "National framework",
    "competency-standard": "Competency standard",
    "professional-guidance": "Professional guidance",
    "position-statement": "Position statement",
    "charter": "Charter",
    "toolkit": "Toolkit",
    "systematic-review": "Review of studies",
    "trial": "Trial",
    "cohort-study": "Cohort study",
    "qualitative-study": "Interview study",
    "survey": "Survey",
    "case-study": "Case study",
    "service-report": "Service report",
    "opinion": "Opinion piece",
    "local-policy": "Local policy",
    "training-material": "Training material",
    "other-document": "Added document",
}
STRENGTH_WORDS: dict[Strength, str] = {
    "law": "Law",
    "guidance": "Guidance",
    "research": "Research",
    "opinion": "Opinion",
    "own": "Your document",
}
STRENGTH_HEADINGS: dict[Strength, str] = {
    "law": "Law and statutory guidance",
    "guidance": "Guidance, frameworks and standards",
    "research": "Research and service reports",
    "opinion": "Opinions and positions",
    "own": "Documents that were added here",
}
WHO_WORDS: dict[WhoSpeaks, str] = {
    "peer-led": "Led by peers",
    "co-produced": "Co-produced",
    "lived-experience-author": "Author with lived experience",
    "voluntary-sector": "Voluntary sector",
    "professional-body": "Professional body",
    "clinical": "Clinical authors",
    "academic": "Researchers",
    "government": "Government",
    "employer": "Employer",
    "training-provider": "Training provider",
    "other": "Other",
}
BASIS_WORDS: dict[Basis, str] = {
    "full-text": "from the full text",
    "excerpt": "from part of the text",
    "abstract": "from the abstract",
    "landing-page": "from its web page only",
}
STATUS_WORDS: dict[DocumentStatus, str] = {
    "current": "Current",
    "review-due": "Review overdue",
    "superseded": "Superseded",
    "retracted": "Retracted",
}
STANDS_AS_WORDS: dict[StandsAs, str] = {
    "requirement": "Requirement",
    "recommendation": "Recommendation",
    "finding": "Finding",
    "definition": "Definition",
    "position": "Position",
    "open-question": "Open question",
}
USER_WORDS: dict[User, str] = {
    "psw": "New peer support worker",
    "manager": "Manager",
    "trainer": "Trainer",
}
SETTING_WORDS: dict[Setting, str] = {
    "any": "Any setting",
    "inpatient": "Wards and hospitals",
    "community": "Community teams",
    "crisis": "Crisis services",
    "forensic": "Forensic and secure services",
    "primary-care": "GP surgeries and primary care",
    "voluntary-sector": "Voluntary sector",
    "online": "Online and by phone",
    "perinatal": "Perinatal",
    "older-adults": "Older adults",
    "children-and-young-people": "Children and young people",
    "substance-use": "Drugs and alcohol",
}

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


def voice(who: WhoSpeaks) -> str:
    """Who speaks, or nothing where that would tell the reader nothing."""
    return "" if who == "other" else WHO_WORDS[who]


def strength(kind: AnyKind) -> Strength:
    """How strong a kind of source is, in four steps."""
    return STRENGTH[kind]


def is_foreign(jurisdiction: str) -> bool:
    """True when a source may not speak for England without a label."""
    return jurisdiction not in HOME_JURISDICTIONS


def country(jurisdiction: str) -> str:
    """A country as it is shown beside a citation."""
    return "Country not stated" if jurisdiction.lower() == "not stated" else jurisdiction


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
