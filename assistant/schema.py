"""The words that every other module speaks: library records, evidence, and the answer.

Frozen pydantic models; unknown fields are refused. No input or output, no framework beyond
pydantic. Closed lists are ``Literal`` types, so that a misspelt kind fails where it is written.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Kind = Literal[
    "legislation",
    "statutory-guidance",
    "clinical-guideline",
    "national-framework",
    "competency-standard",
    "professional-guidance",
    "position-statement",
    "charter",
    "toolkit",
    "systematic-review",
    "trial",
    "cohort-study",
    "qualitative-study",
    "survey",
    "case-study",
    "service-report",
    "opinion",
]
DocumentKind = Literal["local-policy", "training-material", "other-document"]
"""Kinds that only documents have which users add themselves."""
AnyKind = Literal[Kind, DocumentKind]
WhoSpeaks = Literal[
    "peer-led",
    "co-produced",
    "lived-experience-author",
    "voluntary-sector",
    "professional-body",
    "clinical",
    "academic",
    "government",
    "employer",
    "training-provider",
    "other",
]
Status = Literal["current", "superseded", "retracted"]
DocumentStatus = Literal["current", "review-due", "superseded", "retracted"]
Basis = Literal["full-text", "excerpt", "abstract", "landing-page"]
StandsAs = Literal[
    "requirement", "recommendation", "finding", "definition", "position", "open-question"
]
User = Literal["psw", "manager", "trainer"]
Verdict = Literal[
    "true",
    "overstated",
    "wrong-detail",
    "not-borne-out",
    "inference-unmarked",
    "unclear-alone",
    "not-reachable",
]
"""What a second reader found when a note was held against its source. ``not-reachable``: nothing
that shows the point could be read."""
BUNDLED = "bundled"
"""Name of the collection that comes with the program."""
DetailKind = Literal[
    "name", "nhs-number", "national-insurance", "phone", "email", "address", "date-of-birth"
]
DifferenceKind = Literal["force", "number"]
Setting = Literal[
    "any",
    "inpatient",
    "community",
    "crisis",
    "forensic",
    "primary-care",
    "voluntary-sector",
    "online",
    "perinatal",
    "older-adults",
    "children-and-young-people",
    "substance-use",
]
Outcome = Literal[
    "answered", "partial", "not_in_library", "clarify", "signposted", "declined", "failed"
]
Reason = Literal[
    "crisis_self",
    "crisis_other",
    "safeguarding",
    "medical_advice",
    "legal_advice",
    "therapy",
    "out_of_scope",
    "injection",
    "ambiguous",
    "nothing_found",
    "weak_evidence",
    "conflicting_only",
    "other_language",
    "screen_failed",
]
RiskSubject = Literal["none", "own", "other", "policy"]
SectionKind = Literal[
    "document",
    "requirement",
    "recommendation",
    "finding",
    "definition",
    "position",
    "practice",
    "gap",
]

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$", max_length=120)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Record(BaseModel):
    """Base of all records: frozen, and a field that it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", serialize_by_alias=True)


# ---------------------------------------------------------------- the library


class Note(Record):
    """One claim from one source, in our own words.

    ``basis`` is set only where this note was read more thinly than its source as a whole;
    ``our_reading`` holds the words of the text, if any, that are our own inference.
    """

    id: Slug
    text: Text
    topics: tuple[Slug, ...] = Field(min_length=1)
    users: tuple[User, ...] = Field(min_length=1)
    locator: Text
    stands_as: StandsAs
    basis: Basis | None = None
    our_reading: str = ""
    asks: tuple[Text, ...] = Field(min_length=2)


class Source(Record):
    """A publication, framework, law or policy, with the notes taken from it.

    ``known_as`` holds the short names that people use for it; ``who_speaks_reason`` says why, where
    who speaks cannot be told.
    """

    id: Slug
    title: Text
    authors: tuple[Text, ...]
    year: int | None = Field(ge=1800, le=2100)
    published_in: str | None
    kind: Kind
    jurisdiction: Text
    settings: tuple[Setting, ...] = Field(min_length=1)
    who_speaks: WhoSpeaks
    who_speaks_reason: str = ""
    known_as: tuple[Text, ...] = ()
    status: Status
    superseded_by: str = ""
    status_note: str = ""
    licence: Text
    doi: str = ""
    url: str = ""
    basis: Basis
    read_from: tuple[Text, ...] = Field(min_length=1)
    checked: dt.date
    notes: tuple[Note, ...] = Field(min_length=1)


class Reading(Record):
    """What a second reader found when one note was held against its source.

    ``compared`` says which page and part was seen, ``gist`` what it says on the point, in our own
    words. ``text_sha256`` is the hash of the note's text as it stood after the reading, so that a
    note that changed since counts as unread. ``earlier`` holds the verdicts of readings before this
    one, oldest first.
    """

    date: dt.date
    verdict: Verdict
    earlier: tuple[Verdict, ...] = ()
    compared: Text
    gist: str = ""
    mended: bool = False
    text_sha256: Text


class SourceReadings(Record):
    """The second reading of all notes of one source, by note id; the file carries its id."""

    id: Slug
    notes: dict[Slug, Reading]


class Review(Record):
    """When the sentences of a brief or the positions of a contested question were last held
    against their notes, and the hash of each note's text at that time."""

    id: Slug
    reviewed: dt.date
    notes: dict[Slug, Text]


class NamedPosition(Record):
    """One side of a contested question: what is held, by whom, and the notes that show it."""

    position: Text
    held_by: Text
    notes: tuple[Slug, ...] = Field(min_length=1)


class Asked(Record):
    """A question that the library has an answer to, and the notes beyond those that the answer
    cites: ``answering`` would answer it too, ``bearing`` bear on it directly. An editor chose them
    by reading; they say where to look further and rank notes, and no sentence rests on them."""

    answering: tuple[Slug, ...] = ()
    bearing: tuple[Slug, ...] = ()


class Contested(Asked):
    """A question on which sources disagree, with two or more positions."""

    id: Slug
    question: Text
    topics: tuple[Slug, ...] = Field(min_length=1)
    asks: tuple[Text, ...] = Field(min_length=2)
    positions: tuple[NamedPosition, ...] = Field(min_length=2)

    @property
    def cited(self) -> tuple[str, ...]:
        """Ids of the notes that show the positions, each once."""
        return tuple(dict.fromkeys(note for p in self.positions for note in p.notes))


class BriefSentence(Record):
    """A sentence of a brief and the notes that it rests on."""

    text: Text
    notes: tuple[Slug, ...] = Field(min_length=1)


Side = Literal["work", "person", "carer"]
"""Where somebody stands: at work in peer support, supported by it, or beside a person who is."""


class PracticeLine(BriefSentence):
    """What a brief says to do first, and for which sides it says so."""

    speaks_to: tuple[Side, ...] = Field(default=("work",), min_length=1)


class BriefAnswer(Asked):
    """A direct answer to one question that users bring to the brief's topic. ``partly`` says that
    the library holds only part of what is asked, ``speaks_to`` on which side the asker stands."""

    asks: tuple[Text, ...] = Field(min_length=2)
    answer: tuple[BriefSentence, ...] = Field(min_length=1, max_length=4)
    partly: bool = False
    speaks_to: Side = "work"

    @property
    def cited(self) -> tuple[str, ...]:
        """Ids of the notes that the answer rests on, each once."""
        return tuple(dict.fromkeys(note for sentence in self.answer for note in sentence.notes))


class Brief(Record):
    """A short synthesis of one practical topic; every sentence names its notes.

    ``contested`` names entries of ``corpus/contested``; ``practice`` is what to do first;
    ``not_settled`` says what no source here settles and why we say so. ``help_first``: who asks
    what it answers may be in danger or speak of somebody who is, so that no direct answer of it
    stands in for help.
    """

    id: Slug
    title: Text
    topics: tuple[Slug, ...] = Field(min_length=1)
    users: tuple[User, ...] = Field(min_length=1)
    asks: tuple[Text, ...] = Field(min_length=3)
    lead: tuple[BriefSentence, ...] = Field(min_length=2, max_length=5)
    practice: tuple[PracticeLine, ...] = Field(min_length=1, max_length=8)
    contested: tuple[Slug, ...] = ()
    not_settled: tuple[BriefSentence, ...] = ()
    answers: tuple[BriefAnswer, ...] = ()
    help_first: bool = False
    written: dt.date
    review_by: dt.date

    def sentences(self) -> tuple[BriefSentence, ...]:
        """Every sentence of the brief, in reading order."""
        direct = tuple(sentence for answer in self.answers for sentence in answer.answer)
        return self.lead + self.practice + self.not_settled + direct


# ---------------------------------------------------------------- asking


class Filters(Record):
    """What to narrow a search to; an empty field narrows nothing. Values within one field are
    alternatives, fields combine. Years are inclusive."""

    jurisdiction: tuple[str, ...] = ()
    kind: tuple[AnyKind, ...] = ()
    topic: tuple[str, ...] = ()
    user: tuple[User, ...] = ()
    setting: tuple[Setting, ...] = ()
    collection: tuple[str, ...] = ()
    year_from: int | None = None
    year_to: int | None = None

    def is_empty(self) -> bool:
        """True when nothing is narrowed."""
        return self == Filters()


class Turn(Record):
    """One earlier question of a conversation, and the outcome that it had."""

    question: str
    outcome: Outcome | None = None


class Evidence(Record):
    """A note, or a passage of an added document, found for one question.

    ``score`` orders results (higher is better, no unit); ``parts`` are the signals that it was made
    of. ``page`` and ``span`` (offsets into the document's stored text) belong to passages alone.
    """

    evidence_id: str
    source_id: str
    text: str
    score: float
    rank: int
    parts: dict[str, float]
    title: str
    authors: tuple[str, ...]
    year: int | None
    published_in: str | None
    kind: AnyKind
    stands_as: StandsAs
    jurisdiction: str
    who_speaks: WhoSpeaks
    basis: Basis
    status: DocumentStatus
    superseded_by: str = ""
    topics: tuple[str, ...]
    users: tuple[User, ...]
    settings: tuple[Setting, ...]
    locator: str
    our_reading: str = ""
    checked: dt.date
    url: str = ""
    doi: str = ""
    collection: str = BUNDLED
    page: int | None = None
    span: tuple[int, int] | None = None


class Signpost(Record):
    """Where a person can turn for help now; ``for`` says whom it is for.

    ``folded``: meant for some people only, whom the message did not name; shown behind a heading.
    It is about showing and no part of a saved answer.
    """

    name: Text
    contact: Text
    hours: Text
    for_: Text = Field(alias="for")
    source: Text
    folded: bool = Field(default=False, exclude=True)

    model_config = ConfigDict(populate_by_name=True)


class Screening(Record):
    """What the screen made of a question. ``outcome`` is None when the question may go on."""

    outcome: Literal["signposted", "declined"] | None
    reason: Reason | None
    risk_subject: RiskSubject
    signals: tuple[str, ...] = ()


# ---------------------------------------------------------------- the answer


class Statement(Record):
    """One or more sentences shown to the reader. ``citations`` are numbers of the answer's
    citations; ``verbatim`` says that the text stands word for word in the cited evidence. ``words``
    belong to what a chat model wrote: for each of ``evidence_ids`` the exact words of it that the
    text rests on. A statement without citations is fixed text of ours and has no ``stands_as``."""

    text: str
    citations: tuple[int, ...] = ()
    evidence_ids: tuple[str, ...] = ()
    stands_as: StandsAs | None = None
    verbatim: bool = False
    words: tuple[str, ...] = ()


class Section(Record):
    """Statements of one kind under a heading."""

    kind: SectionKind
    heading: str
    statements: tuple[Statement, ...]


class Position(Record):
    """One side of a contested question, with who holds it."""

    position: str
    held_by: str
    statements: tuple[Statement, ...]


class Citation(Record):
    """The exact text that statements rest on. ``char_start`` and ``char_end`` mark the part of
    ``text`` that was used; ``text_sha256`` is the hash of ``text`` in UTF-8. ``page`` and ``span``
    (where ``text`` stands in the document's stored text) belong to passages of added documents."""

    n: int
    evidence_id: str
    source_id: str
    text: str
    char_start: int
    char_end: int
    locator: str
    title: str
    authors: tuple[str, ...]
    year: int | None
    published_in: str | None
    kind: AnyKind
    stands_as: StandsAs
    jurisdiction: str
    who_speaks: WhoSpeaks
    basis: Basis
    status: DocumentStatus
    superseded_by: str = ""
    our_reading: str = ""
    checked: dt.date
    url: str = ""
    doi: str = ""
    collection: str = BUNDLED
    page: int | None = None
    span: tuple[int, int] | None = None
    text_sha256: str


class Engine(Record):
    """What made the answer.

    ``model`` is the chat model that was asked, if one was. ``fallback_reason`` says why its words
    are not shown; ``withheld`` why single sentences of it are not, a reason a sentence.
    """

    mode: Literal["extractive", "generated"]
    model: str | None
    fallback_reason: str | None
    withheld: tuple[str, ...] = ()
    index_id: str
    library_version: str
    prompt_hashes: dict[str, str]
    settings_hash: str


class Usage(Record):
    """What asking a chat model took. Tokens and cost (US dollars) are None where not known."""

    calls: int
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost: float | None = None


class Choice(Record):
    """One meaning that a question may have: how it reads on a button, and the question it stands
    for."""

    label: Text
    question: Text


class Difference(Record):
    """Two statements of different sources on one topic that may differ in force or in number. It is
    found by comparing words, so it is always shown as possible, never as certain. With ``local``
    the first is of a document that was added and the second of the bundled library."""

    kind: DifferenceKind
    local: bool = False
    statements: tuple[Statement, Statement]


class PersonalDetail(Record):
    """A personal detail that was found in a question and left out of it. ``text`` is what was
    typed: it is there to be shown back at once and is never written anywhere."""

    kind: DetailKind
    text: str = Field(default="", exclude=True, repr=False)


class Answer(Record):
    """The one object that command line, page, Python and exports all show."""

    question: str
    standalone_question: str
    outcome: Outcome
    reason: Reason | None = None
    risk_subject: RiskSubject = "none"
    danger_uncertain: bool = False
    """Help stands first because the words lie near those of people in danger, while no rule saw
    danger in them: who asks may say that nobody is in danger, and ask again."""
    summary: tuple[Statement, ...] = ()
    sections: tuple[Section, ...] = ()
    positions: tuple[Position, ...] = ()
    differences: tuple[Difference, ...] = ()
    next_steps: tuple[Statement | str, ...] = ()
    signposts: tuple[Signpost, ...] = ()
    choices: tuple[Choice, ...] = ()
    related: tuple[str, ...] = ()
    personal_details: tuple[PersonalDetail, ...] = ()
    citations: tuple[Citation, ...] = ()
    engine: Engine
    usage: Usage | None = None
    timings_ms: dict[str, float] = Field(default_factory=dict)

    def comparable(self) -> dict[str, Any]:
        """The answer as JSON-ready data without timings: equal for equal questions."""
        data = self.model_dump(mode="json")
        data.pop("timings_ms")
        data.pop("usage")
        return data


# ---------------------------------------------------------------- explaining


class Ranked(Record):
    """A note with its rank by words, by meaning, by its nearest ask and overall, 1 for the best;
    ``signals`` are what its score is the weighted sum of."""

    evidence_id: str
    rank: int
    by_words: int
    by_meaning: int
    by_asks: int
    score: float
    signals: dict[str, float]
    used: str


class RankedPassage(Record):
    """A passage of an added document, how likely it is to answer (0 to 1), and what became of
    it."""

    evidence_id: str
    title: str
    locator: str
    rank: int
    answers: float
    signals: dict[str, float]
    used: str


class Gate(Record):
    """How well the evidence supports an answer, and what that decided."""

    support: float
    refuse_below: float
    partly_below: float
    decided: str
    signals: dict[str, float]


class Explanation(Record):
    """What each stage did with one question."""

    question: str
    searched: str
    screened: tuple[str, ...]
    gate: Gate
    brief: str | None
    direct_answer: str | None
    contested: str | None
    ranking: tuple[Ranked, ...]
    passages: tuple[RankedPassage, ...] = ()
    named_note: str = ""


STRENGTH: dict[str, Literal["law", "guidance", "research", "opinion", "own"]] = {
    "legislation": "law",
    "statutory-guidance": "law",
    "clinical-guideline": "guidance",
    "national-framework": "guidance",
    "competency-standard": "guidance",
    "professional-guidance": "guidance",
    "charter": "guidance",
    "toolkit": "guidance",
    "systematic-review": "research",
    "trial": "research",
    "cohort-study": "research",
    "qualitative-study": "research",
    "survey": "research",
    "case-study": "research",
    "service-report": "research",
    "position-statement": "opinion",
    "opinion": "opinion",
    "local-policy": "own",
    "training-material": "own",
    "other-document": "own",
}
"""How strong a kind of source is, in the four steps that readers see; "own" is what a place says
for itself, in documents that were added."""

HOME_JURISDICTIONS = frozenset(
    {"England", "England and Wales", "England, Wales and Northern Ireland", "UK", "Great Britain"}
)
"""Jurisdictions whose sources may speak for England without a label."""
