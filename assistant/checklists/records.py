"""Rows of checklists, what a draft says on them, and what is in place: frozen records.

Closed lists are ``Literal`` types with the words that readers see beside them.
"""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import Field

from assistant.schema import Citation, Record, Setting, Slug, Text

Stage = Literal[
    "deciding", "preparing", "recruiting", "training", "supervising", "sustaining", "evaluating"
]
Force = Literal["must", "should", "finding"]
DraftKind = Literal[
    "policy",
    "job-description",
    "person-specification",
    "supervision-policy",
    "service-specification",
]
Verdict = Literal["met", "unclear", "absent", "contradicts"]
Status = Literal["in-place", "partly", "not-yet", "does-not-apply"]

STAGES: tuple[Stage, ...] = (
    "deciding",
    "preparing",
    "recruiting",
    "training",
    "supervising",
    "sustaining",
    "evaluating",
)
"""In the order in which a service meets them."""
FORCE_WORDS: dict[Force, str] = {
    "must": "Must (law, statutory guidance or a binding standard)",
    "should": "Should (guidance recommends)",
    "finding": "Worth doing (a study or report found)",
}
FORCE_SHORT: dict[Force, str] = {"must": "Must", "should": "Should", "finding": "Worth doing"}
KIND_WORDS: dict[DraftKind, str] = {
    "policy": "Policy",
    "job-description": "Job description",
    "person-specification": "Person specification",
    "supervision-policy": "Supervision policy",
    "service-specification": "Service specification",
}
VERDICT_WORDS: dict[Verdict, str] = {
    "met": "Met",
    "unclear": "Unclear",
    "absent": "Absent",
    "contradicts": "Contradicts",
}
VERDICTS: tuple[Verdict, ...] = ("contradicts", "absent", "unclear", "met")
"""What needs a reader's eye first, first."""
STATUS_WORDS: dict[Status, str] = {
    "in-place": "In place",
    "partly": "Partly",
    "not-yet": "Not yet",
    "does-not-apply": "Does not apply",
}

ANY: Setting = "any"
SEVERAL = "several countries"


class Row(Record):
    """One thing that somebody must or should do, and how documents word it.

    ``met``, ``unclear`` and ``contradicts`` are made-up passages that meet the row, touch it
    without settling it, or say otherwise; ``beside`` are passages on the same topic that do not
    bear on it. ``country`` is where its notes come from.
    """

    id: Slug
    who: Text
    text: Text
    force: Force
    notes: tuple[Slug, ...] = Field(min_length=1, max_length=4)
    country: Text = Field(alias="from")
    settings: tuple[Setting, ...] = Field(min_length=1)
    fits: tuple[DraftKind, ...] = Field(min_length=1)
    show: Text
    met: tuple[Text, ...] = Field(min_length=4)
    unclear: tuple[Text, ...] = Field(min_length=2)
    contradicts: tuple[Text, ...] = Field(min_length=2)
    beside: tuple[Text, ...] = Field(min_length=2)
    contested: Slug | None = None


class Checklist(Record):
    """The rows of one stage, in the order of their file."""

    id: Stage
    title: Text
    rows: tuple[Row, ...] = Field(min_length=1)


class ConcernKind(Record):
    """A kind of wording that invites trouble.

    ``examples`` show it, ``near`` are near misses that do not; ``instead`` is our suggestion.
    ``contested`` names an entry of ``corpus/contested`` where sources disagree on it.
    ``words_only``: it is the words themselves that matter, so that only ``patterns`` find it.
    """

    id: Slug
    title: Text
    why: Text
    notes: tuple[Slug, ...] = Field(min_length=1)
    contested: Slug | None = None
    fits: tuple[DraftKind, ...] = ()
    patterns: tuple[Text, ...] = ()
    words_only: bool = False
    examples: tuple[Text, ...] = Field(min_length=8)
    near: tuple[Text, ...] = Field(min_length=4)
    instead: Text


class Concerns(Record):
    """``corpus/concerns.yaml``."""

    concerns: tuple[ConcernKind, ...] = Field(min_length=1)


# ---------------------------------------------------------------- a checklist for one place


class ChosenRow(Record):
    """A row as it was chosen: ``citations`` are numbers; ``abroad`` says that it rests on another
    country's sources alone; the last four are for people to fill in."""

    id: Slug
    stage: Stage
    who: str
    text: str
    force: Force
    strength: str
    country: str
    abroad: bool
    settings: tuple[Setting, ...]
    fits: tuple[DraftKind, ...]
    show: str
    contested: str = ""
    citations: tuple[int, ...]
    status: Status | Literal[""] = ""
    evidence: str = ""
    owner: str = ""
    due: str = ""


class Chosen(Record):
    """A checklist for one place. ``remarks`` say what the library does not hold for it."""

    title: str
    stages: tuple[Stage, ...]
    setting: Setting | Literal[""] = ""
    country: str = ""
    rows: tuple[ChosenRow, ...]
    citations: tuple[Citation, ...]
    remarks: tuple[str, ...] = ()
    library_version: str
    checklists_version: str


# ---------------------------------------------------------------- a draft


class Words(Record):
    """Exact words of a draft and where they stand; ``start`` counts characters of its text."""

    text: str
    start: int
    page: int | None = None
    heading: str = ""


class RowFound(Record):
    """What a draft says on one row. ``sure`` is how likely the verdict is right as measured, 0 to
    1; ``draft_words`` is empty where it is absent."""

    id: Slug
    stage: Stage
    requirement: str
    who: str
    strength: Force
    country: str
    abroad: bool
    verdict: Verdict
    why: str = ""
    sure: float
    draft_words: tuple[Words, ...] = ()
    contested: str = ""
    show: str = ""
    citations: tuple[int, ...]


class Confirmed(Record):
    """What a person made of a proposed verdict: the same or another one, and a word of why."""

    verdict: Verdict
    why: str = ""


class ConcernFound(Record):
    """Wording of a draft that invites trouble."""

    id: Slug
    title: str
    why: str
    contested: str = ""
    instead: str
    draft_words: tuple[Words, ...]
    citations: tuple[int, ...]


class KindGuess(Record):
    """Which kind of document a draft is taken for, and how likely each kind is, 0 to 1."""

    kind: DraftKind
    given: bool
    chances: dict[DraftKind, float] = Field(default_factory=dict)


class GuidanceCheck(Record):
    """What a draft says on each row of the checklist that fits it. It proposes; ``confirm`` is the
    sentence that says so."""

    file: str
    title: str
    kind: KindGuess
    stages: tuple[Stage, ...]
    setting: Setting | Literal[""] = ""
    pages: int | None
    words: int
    rows: tuple[RowFound, ...]
    concerns: tuple[ConcernFound, ...]
    citations: tuple[Citation, ...]
    remarks: tuple[str, ...] = ()
    confirm: str
    text_sha256: str
    library_version: str
    checklists_version: str

    def counted(self) -> dict[Verdict, int]:
        """How many rows met each verdict."""
        return {v: sum(row.verdict == v for row in self.rows) for v in VERDICTS}


# ---------------------------------------------------------------- what is in place


class FilledRow(Record):
    """A row as people filled it in."""

    id: Slug
    status: Status | Literal[""]
    evidence: str = ""
    owner: str = ""
    due: str = ""


class Filled(Record):
    """A checklist that people filled in. ``unknown`` are ids that the library does not hold."""

    name: str
    date: dt.date | None
    rows: tuple[FilledRow, ...]
    unknown: tuple[str, ...] = ()


class StageCount(Record):
    """How many rows of a stage have which status; ``open`` were left without one. ``before`` and
    ``open_before`` are the same at an earlier date."""

    stage: Stage
    title: str
    counts: dict[Status, int]
    open: int
    before: dict[Status, int] | None = None
    open_before: int = 0


class Change(Record):
    """A row whose status differs between two dates."""

    id: Slug
    text: str
    before: Status | Literal[""]
    after: Status | Literal[""]


class Readiness(Record):
    """Strengths and gaps by stage. ``gaps`` are rows not in place, the strongest first."""

    name: str
    date: dt.date | None
    before: dt.date | None = None
    stages: tuple[StageCount, ...]
    strengths: tuple[ChosenRow, ...]
    gaps: tuple[ChosenRow, ...]
    changes: tuple[Change, ...] = ()
    remarks: tuple[str, ...] = ()
    citations: tuple[Citation, ...]
    library_version: str
    checklists_version: str
