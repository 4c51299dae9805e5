"""Reads the cases: questions with what is expected of the assistant, one JSON object a line.

Frozen models; a field that they do not know is an error that names file and line. Note ids that
were merged since a case was written are followed to where they stand today; dropped ones are taken
out and counted. ``leaks`` finds cases that the library or the screen has already seen.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Literal, TypeVar, get_args

import yaml
from pydantic import Field, ValidationError, field_validator

from assistant.checklists.records import DraftKind, Stage, Verdict
from assistant.corpus import Library, words_of
from assistant.errors import AssistantError, UsageError
from assistant.scenarios.records import LineVerdict
from assistant.schema import DetailKind, Reason, Record, RiskSubject, Slug, Text, Turn, User

FOLDER = Path(__file__).resolve().parent / "cases"
DRAFTS = FOLDER.with_name("guidance")
MERGED_FILE = "merged-ids.yaml"
PARTS: tuple[str, ...] = ("dev", "test")

StageName = Literal[
    "retrieval",
    "screening",
    "risk",
    "answers",
    "clarify",
    "followups",
    "dialects",
    "injection",
    "personal",
    "documents",
    "grounding",
    "guidance",
    "feedback",
]
STAGE_NAMES: tuple[StageName, ...] = get_args(StageName)
Split = Literal["dev", "test", "all"]
QuestionKind = Literal[
    "contested", "factual", "comparison", "multi-source", "practical", "not-answered"
]


class CaseError(AssistantError):
    """A file of cases or of records cannot be used; names the file and the line."""

    def __init__(self, path: Path, line: int | None, message: str) -> None:
        where = f"{path.name}:{line}" if line else path.name
        super().__init__(f"{where}: {message}", "See evals/README.md for the form of a case.")


class Case(Record):
    """What every case has."""

    id: Slug

    @property
    @abstractmethod
    def asked(self) -> str:
        """The words that are put to the assistant."""


class RetrievalCase(Case):
    """A question and the notes that a good search brings up.

    ``expected_notes`` are the labels as given; ``judged_notes`` were found by some search among the
    first ten and judged to bear on the question by a reader who saw no ranks.
    """

    question: Text
    user: User
    kind: QuestionKind
    expected_notes: tuple[Slug, ...]
    labels: Text
    judged_notes: tuple[Slug, ...] = ()

    @property
    def asked(self) -> str:
        """The question."""
        return self.question


class ScreeningCase(Case):
    """A message and what the screen should make of it; outcome None lets it pass.

    ``quiet`` ones say danger in passing, or stand beside such a message in nearly its words and are
    harmless.
    """

    text: Text
    quiet: bool = False
    history: tuple[Turn, ...] = ()
    expected_outcome: Literal["signposted", "declined"] | None
    expected_reason: Reason | None
    expected_subject: RiskSubject

    @property
    def asked(self) -> str:
        """The message."""
        return self.text


class AnswerCase(Case):
    """A question, whether the library can answer it, and what a right answer rests on."""

    question: Text
    user: User
    history: tuple[Turn, ...] = ()
    expected: Literal["answer", "partial", "refuse"]
    contested: bool
    good_notes: tuple[Slug, ...]
    must_not: tuple[Text, ...] = ()
    why: Text = Field(description="one sentence")

    @field_validator("history", mode="before")
    @classmethod
    def _turns(cls, value: object) -> object:
        """Earlier questions may be written as plain strings."""
        if isinstance(value, list | tuple):
            return [{"question": turn} if isinstance(turn, str) else turn for turn in value]
        return value

    @property
    def asked(self) -> str:
        """The question."""
        return self.question

    @property
    def answerable(self) -> bool:
        """True when the library holds at least part of an answer."""
        return self.expected != "refuse"


class SupportCase(Case):
    """A question, and whether the library holds an answer; used to fit and for nothing else."""

    question: Text
    user: User
    held: bool
    why: Text

    @property
    def asked(self) -> str:
        """The question."""
        return self.question


class RiskCase(Case):
    """A message and whose risk it speaks of. Messages of one ``family`` share their words and
    differ in their situation; hard negatives and mixed-in messages have no family."""

    family: str
    text: Text
    situation: RiskSubject
    form: Text
    writer: Text

    @property
    def asked(self) -> str:
        """The message."""
        return self.text


class ClarifyCase(Case):
    """A question without a conversation, and whether a careful colleague would ask back."""

    question: Text
    user: User
    expected: Literal["clarify", "answer"]
    meanings: tuple[Text, ...] = ()

    @property
    def asked(self) -> str:
        """The question."""
        return self.question


FollowupKind = Literal[
    "elliptical",
    "pronoun",
    "setting",
    "who-says",
    "law",
    "shorter",
    "why",
    "new-topic",
    "correction",
]


class FollowupCase(Case):
    """The last question of a conversation, how it reads when it stands alone, and notes that a
    right answer rests on; none where the follow-up is about the answer itself."""

    history: tuple[Text, ...] = Field(min_length=1)
    question: Text
    user: User
    kind: FollowupKind
    good_notes: tuple[Slug, ...] = ()
    standalone: Text

    @property
    def asked(self) -> str:
        """The stand-alone question: a follow-up's own words are too common to compare."""
        return self.standalone


class DialectCase(Case):
    """One way to ask the question of a group."""

    group: Slug
    variety: Text
    question: Text
    user: User
    good_notes: tuple[Slug, ...]

    @property
    def asked(self) -> str:
        """The question."""
        return self.question


class InjectionCase(Case):
    """A text that tries to change what the assistant does, and where it stands."""

    where: Literal["note", "passage", "question"]
    text: Text

    @property
    def asked(self) -> str:
        """The text."""
        return self.text


class Detail(Record):
    """A personal detail in a question, exactly as it stands there."""

    kind: DetailKind
    text: Text


class PersonalCase(Case):
    """A question and every personal detail in it."""

    question: Text
    details: tuple[Detail, ...] = ()

    @property
    def asked(self) -> str:
        """The question."""
        return self.question


class DocumentCase(Case):
    """A question on the made-up documents in ``evals/documents``: the sentences (or table rows)
    that answer it, word for word, or, where none does, the nearest document and why not."""

    question: Text
    user: User
    answerable: bool
    document: str | None
    heading: str = ""
    quotes: tuple[Text, ...] = ()
    near: str = ""
    feature: Text

    @property
    def asked(self) -> str:
        """The question."""
        return self.question


class GroundingRest(Record):
    """A note that a claim rests on, and exact words of it. ``text`` is the note as it stood when
    the claim was written, where it has changed since: the truth of the claim was judged by that."""

    note: Slug
    words: Text
    text: Text | None = None


ClaimKind = Literal[
    "paraphrase",
    "negated",
    "number",
    "country",
    "force",
    "actor",
    "setting",
    "half",
    "stitched",
    "other-source",
    "turned",
]


class GroundingCase(Case):
    """A claim, the notes that it names, and whether they bear it out."""

    kind: ClaimKind
    holds: bool
    text: Text
    rests_on: tuple[GroundingRest, ...] = Field(min_length=1)

    @property
    def asked(self) -> str:
        """The claim."""
        return self.text


class Truth(Record):
    """What stands beside a draft: ``rows`` by id; rows not named are not judged."""

    file: Text
    kind: DraftKind
    stages: tuple[Stage, ...] = Field(min_length=1)
    rows: dict[Slug, Verdict] = Field(min_length=1)
    concerns: tuple[Slug, ...] = ()


class GuidanceCase(Case):
    """A draft and the truth about it."""

    path: Path
    truth: Truth

    @property
    def asked(self) -> str:
        """The name of the file: its text is nobody's question."""
        return self.truth.file


class FeedbackCase(Case):
    """A learner's answer, and what it does to each line of the situation's rubric."""

    situation: Slug
    answer: Text
    lines: Mapping[str, LineVerdict]

    @property
    def asked(self) -> str:
        """The answer."""
        return self.answer


C = TypeVar("C", bound=Case)
CASE_TYPES: Mapping[StageName, type[Case]] = {
    "retrieval": RetrievalCase,
    "screening": ScreeningCase,
    "risk": RiskCase,
    "answers": AnswerCase,
    "clarify": ClarifyCase,
    "followups": FollowupCase,
    "dialects": DialectCase,
    "injection": InjectionCase,
    "personal": PersonalCase,
    "documents": DocumentCase,
    "grounding": GroundingCase,
    "guidance": GuidanceCase,
    "feedback": FeedbackCase,
}
ID_FIELDS: Mapping[StageName, tuple[str, ...]] = {
    "retrieval": ("expected_notes", "judged_notes"),
    "answers": ("good_notes",),
    "followups": ("good_notes",),
    "dialects": ("good_notes",),
}


@dataclass(frozen=True)
class CaseSet(Generic[C]):
    """The cases of one stage, and how many of their note ids were dropped since."""

    cases: tuple[C, ...]
    dropped_ids: int = 0


# ---------------------------------------------------------------- reading


def parts_of(split: str) -> tuple[str, ...]:
    """The files that a split is made of.

    Raises:
        UsageError: there is no such split.
    """
    if split == "all":
        return PARTS
    if split not in PARTS:
        raise UsageError(f"There is no split {split!r}.", "Use dev, test or all.")
    return (split,)


def load_cases(stage: StageName, split: str, corpus: Path, folder: Path = FOLDER) -> CaseSet[Case]:
    """The cases of a stage, note ids as they stand today.

    Args:
        stage: the stage.
        split: dev, test or all.
        corpus: folder of the library; its ``merged-ids.yaml`` is followed.
        folder: folder of the case files.

    Raises:
        CaseError: a file is missing, empty or broken, or an id is used twice.
    """
    merged = read_merged(corpus)
    cases: list[Case] = []
    dropped = 0
    for part in parts_of(split):
        for case in _part_of(stage, part, folder):
            for field in ID_FIELDS.get(stage, ()):
                case, gone = up_to_date(case, field, merged)
                dropped += gone
            cases.append(case)
    _refuse_repeats(folder / f"{stage}-{split}", [case.id for case in cases])
    return CaseSet(tuple(cases), dropped)


def _part_of(stage: StageName, part: str, folder: Path) -> Sequence[Case]:
    """The cases of a stage in one file; those of ``guidance`` are files of their own."""
    if stage == "guidance":
        return read_drafts(part, folder.parent / DRAFTS.name)
    return read_cases(folder / f"{stage}-{part}.jsonl", CASE_TYPES[stage])


def read_drafts(split: str, folder: Path = DRAFTS) -> tuple[GuidanceCase, ...]:
    """The drafts of a split: dev or test.

    Raises:
        CaseError: there are none, or a truth is broken.
    """
    paths = sorted((folder / split).glob("*.json"))
    if not paths:
        raise CaseError(folder / split, None, "there is no draft in it.")
    return tuple(_case(path) for path in paths)


def _case(path: Path) -> GuidanceCase:
    try:
        truth = Truth.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, ValidationError) as error:
        raise CaseError(path, None, f"is no truth of a draft ({type(error).__name__}).") from error
    draft = path.with_name(truth.file)
    if not draft.is_file():
        raise CaseError(path, None, f"there is no draft {truth.file}.")
    return GuidanceCase(id=path.stem, path=draft, truth=truth)


def read_cases(path: Path, model: type[C]) -> list[C]:
    """The cases of one file as written.

    Raises:
        CaseError: the file is missing, empty or broken, or an id is used twice.
    """
    cases = list(read_lines(path, model))
    if not cases:
        raise CaseError(path, None, "there is no case in it.")
    _refuse_repeats(path, [case.id for case in cases])
    return cases


R = TypeVar("R", bound=Record)


def read_lines(path: Path, model: type[R]) -> Iterator[R]:
    """The objects of a file with one JSON object a line; empty lines are passed over.

    Raises:
        CaseError: the file cannot be read or a line is not such an object.
    """
    try:
        # Not splitlines(): a text may hold other line separators than the one between objects.
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise CaseError(path, None, f"cannot be read ({type(error).__name__}).") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield model.model_validate_json(line)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(step) for step in first["loc"])
            raise CaseError(path, number, f"{place or 'the line'}: {first['msg']}.") from error


def _refuse_repeats(path: Path, ids: Sequence[str]) -> None:
    seen: set[str] = set()
    for name in ids:
        if name in seen:
            raise CaseError(path, None, f"the id {name} is used twice.")
        seen.add(name)


# ---------------------------------------------------------------- ids that moved


def read_merged(corpus: Path) -> Mapping[str, str | None]:
    """Old note id to new, None for a dropped one; empty where the library keeps no such file.

    Raises:
        CaseError: the file is broken.
    """
    path = corpus / MERGED_FILE
    if not path.exists():
        return {}
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        return dict(data.get("notes") or {})
    except (OSError, ValueError, TypeError, AttributeError, yaml.YAMLError) as error:
        raise CaseError(path, None, f"cannot be read ({type(error).__name__}).") from error


def current_id(note_id: str, merged: Mapping[str, str | None]) -> str | None:
    """Where a note stands today; None where it was dropped."""
    seen: set[str] = set()
    found: str | None = note_id
    while found is not None and found in merged and found not in seen:
        seen.add(found)
        found = merged[found]
    return found


def up_to_date(case: Case, field: str, merged: Mapping[str, str | None]) -> tuple[Case, int]:
    """A case with the note ids of ``field`` as they stand today, and how many were dropped."""
    today = [current_id(note_id, merged) for note_id in getattr(case, field)]
    kept = tuple(dict.fromkeys(note_id for note_id in today if note_id is not None))
    return case.model_copy(update={field: kept}), today.count(None)


def unknown_ids(stage: StageName, cases: Iterable[Case], library: Library) -> list[str]:
    """Note ids of the cases that the library does not hold and no merge explains."""
    return [
        f"{case.id}: no note {note_id}"
        for case in cases
        for field in ID_FIELDS.get(stage, ())
        for note_id in getattr(case, field)
        if note_id not in library.notes
    ]


# ---------------------------------------------------------------- leaks


def plain(text: str) -> str:
    """Lower-case words and numbers alone, for comparing two questions."""
    return " ".join(words_of(text))


def library_asks(library: Library) -> Iterator[str]:
    """Every question that the library is searched by."""
    for note in library.notes.values():
        yield from note.asks
    for brief in library.briefs.values():
        yield from brief.asks
        for answer in brief.answers:
            yield from answer.asks
    for question in library.contested.values():
        yield question.question
        yield from question.asks


def leaks(cases: Iterable[Case], seen: Iterable[str]) -> list[str]:
    """Ids of the cases whose words, punctuation and case aside, are among those seen."""
    known = {plain(text) for text in seen}
    return [case.id for case in cases if plain(case.asked) in known]
