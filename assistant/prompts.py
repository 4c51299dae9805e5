"""Loads what stands in ``prompts/``: screening rules and examples, fixed messages, signposts.

Every file is checked whole when it is read: a wrong field, a pattern that does not compile or a
missing reason is a ``PromptError`` that names the file and the field. What the rules mean is for
``assistant.screening``; this module only knows their form.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import tomllib
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from assistant.asker import side_of
from assistant.errors import PromptError
from assistant.schema import Reason, Record, Side, Signpost, Text

RULES_FILE = "screening.toml"
EXAMPLES_FILE = "screening_examples.jsonl"
MESSAGES_FILE = "messages.toml"
SIGNPOSTS_FILE = "signposts.yaml"
MIN_EXAMPLES_PER_LABEL = 5

Verdict = Literal[
    "crisis_self",
    "crisis_other",
    "safeguarding",
    "medical_advice",
    "legal_advice",
    "therapy",
    "out_of_scope",
    "injection",
]
Label = Literal[
    "crisis_self",
    "crisis_other",
    "safeguarding",
    "medical_advice",
    "legal_advice",
    "therapy",
    "out_of_scope",
    "injection",
    "policy",
    "none",
]
MessageKey = Literal[Reason, "failed", "not_in_library"]

_PLACE = re.compile(r"\{([a-z_]+)\}")
_Parsed = TypeVar("_Parsed", bound=BaseModel)


class ExampleMessage(Record):
    """One message of the examples, with what it is."""

    text: Text
    label: Label


class Rule(Record):
    """When a sentence speaks for a verdict. Fields as explained at the head of the file."""

    name: Text
    verdict: Verdict
    strength: Literal["certain", "likely"]
    match: tuple[Text, ...] = Field(min_length=1)
    also: tuple[Text, ...] = ()
    unless: tuple[Text, ...] = ()
    unless_message: tuple[Text, ...] = ()
    even_if: tuple[Text, ...] = ()
    raw: bool = False


class FollowUp(Record):
    """What a message looks like that goes on after a turn in danger."""

    name: Text
    match: tuple[Text, ...] = Field(min_length=1)
    unless: tuple[Text, ...] = ()


class ModelRules(Record):
    """Form and thresholds of the comparison with the examples."""

    width: float = Field(gt=0)
    ridge: float = Field(gt=0)
    danger_alone: float
    danger_alone_part: float
    danger_alone_held: float
    danger_part_held: float
    danger_alone_plain: float
    danger_part_plain: float
    danger_part_floor: float
    danger_rule_floor: float
    danger_other_more: float
    danger_likely: float
    danger_follow_up: float
    declined_alone: float
    declined_trade: float
    declined_likely: float
    policy: float
    learned: float = Field(default=0.0, ge=0.0, le=1.0)


class Disguises(Record):
    """Words to look for behind digits and signs."""

    words: tuple[Text, ...] = Field(min_length=1)


class Topics(Record):
    """Words of danger and of the work: they weigh other signs and stop nothing by themselves."""

    alarm: tuple[Text, ...] = Field(min_length=1)
    policy: tuple[Text, ...] = Field(min_length=1)
    trade: tuple[Text, ...] = Field(min_length=1)


class ScreeningRules(BaseModel):
    """Everything that the screen is made of, from two files."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: ModelRules
    spellings: dict[Text, Text]
    figures: dict[Text, Text] = Field(default_factory=dict)
    disguises: Disguises
    concepts: dict[str, tuple[Text, ...]]
    rules: tuple[Rule, ...] = Field(min_length=1)
    follow_up: tuple[FollowUp, ...] = ()
    topics: Topics
    examples: tuple[ExampleMessage, ...] = ()

    @cached_property
    def _expanded(self) -> dict[str, str]:
        return {}

    def compile(self, patterns: tuple[str, ...]) -> re.Pattern[str] | None:
        """One expression for all of the patterns, with concepts put in; None for no patterns.

        Raises:
            ValueError: an unknown or circular concept, or a pattern that does not compile.
        """
        if not patterns:
            return None
        joined = "|".join(self._expand(pattern, ()) for pattern in patterns)
        try:
            return re.compile(rf"(?<!\S)(?:{joined})(?!\S)")
        except re.error as error:
            raise ValueError(f"does not compile: {error}") from error

    def _expand(self, pattern: str, seen: tuple[str, ...]) -> str:
        """``pattern`` with every ``{concept}`` replaced by its alternatives."""

        def put_in(match: re.Match[str]) -> str:
            name = match.group(1)
            if name in seen:
                raise ValueError(f"concept {name!r} contains itself")
            if name not in self.concepts:
                raise ValueError(f"unknown concept {name!r}")
            if name not in self._expanded:
                inner = (self._expand(part, (*seen, name)) for part in self.concepts[name])
                self._expanded[name] = f"(?:{'|'.join(inner)})"
            return self._expanded[name]

        return _PLACE.sub(put_in, pattern)


class SideMessage(Record):
    """Fixed sentences: first ``lead``, then ``steps`` in order, then ``close``."""

    heading: str = ""
    lead: tuple[Text, ...] = Field(min_length=1)
    steps: tuple[Text, ...] = ()
    close: tuple[Text, ...] = ()


class Message(SideMessage):
    """The sentences for one reason, and those for whoever asks as a relative or as somebody who
    receives support, where they differ."""

    carer: SideMessage | None = None
    person: SideMessage | None = None

    def to(self, side: Side | None) -> SideMessage:
        """The sentences for one side; those for everybody where it has none of its own."""
        own = {"carer": self.carer, "person": self.person}.get(side or "")
        return own or self


class Messages(BaseModel):
    """The fixed message of every reason and outcome that has one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    by_key: dict[MessageKey, Message]

    @model_validator(mode="before")
    @classmethod
    def _under_one_key(cls, data: Any) -> Any:
        return {"by_key": data} if isinstance(data, dict) and "by_key" not in data else data

    @model_validator(mode="after")
    def _all_there(self) -> Messages:
        missing = sorted(set(_message_keys()) - set(self.by_key))
        if missing:
            raise ValueError(f"no message for {', '.join(missing)}")
        return self

    def for_key(self, key: MessageKey) -> Message:
        """The message for a reason, or for the outcomes ``failed`` and ``not_in_library``."""
        return self.by_key[key]


class SignpostEntry(Record):
    """One place to turn to. ``checked`` is the day on which it was compared with a page of the
    service itself or of the NHS; None until somebody has."""

    name: Text
    contact: Text
    hours: Text
    for_: Text = Field(alias="for")
    source: Text
    first_when: str = ""
    only_when: str = ""
    folded: bool = False
    sides: tuple[Side, ...] = Field(default=get_args(Side), min_length=1)
    checked: dt.date | None

    model_config = ConfigDict(populate_by_name=True)

    @field_validator("first_when", "only_when")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"{pattern} does not compile: {error}") from error
        return pattern

    def signpost(self, text: str = "") -> Signpost:
        """The entry as answers show it to whoever wrote a message, in small letters."""
        shown = self.model_dump(
            exclude={"checked", "first_when", "only_when", "sides"}, by_alias=True
        )
        shown["folded"] = self.folded and not self.comes_first(text)
        return Signpost.model_validate(shown)

    def comes_first(self, text: str) -> bool:
        """True where a message, in small letters, says that this place is meant for its writer."""
        named = self.first_when or self.only_when
        return bool(named) and re.search(named, text) is not None

    def is_for(self, side: Side, text: str) -> bool:
        """Whether it may be shown to somebody on a side who wrote a message, in small letters."""
        meant = not self.only_when or re.search(self.only_when, text) is not None
        return side in self.sides and meant


class Signposts(BaseModel):
    """Places to turn to, each written once, and the list of them for every reason that has one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    places: dict[Text, SignpostEntry] = Field(min_length=1)
    reasons: dict[Reason, tuple[Text, ...]] = Field(min_length=1)

    @model_validator(mode="after")
    def _all_known(self) -> Signposts:
        used = {key for keys in self.reasons.values() for key in keys}
        if unknown := sorted(used - set(self.places)):
            raise ValueError(f"reasons name unknown places: {', '.join(unknown)}")
        if unused := sorted(set(self.places) - used):
            raise ValueError(f"places that no reason names: {', '.join(unused)}")
        needed = {"crisis_self", "crisis_other", "safeguarding"}
        if missing := sorted(needed - {reason for reason, keys in self.reasons.items() if keys}):
            raise ValueError(f"no places for {', '.join(missing)}")
        return self

    def for_reason(self, reason: Reason | None, text: str = "") -> tuple[Signpost, ...]:
        """Where to turn, in the order to show; empty for a reason without a list.

        Args:
            reason: what the screen found.
            text: the message. Places of the nation or the people that it names move up, behind the
                first place, which is for danger to life; places for another side than the one that
                it plainly speaks from are left out.
        """
        side = side_of(text) or "work"
        said = text.lower().replace("\u2019", "'").replace("'", "")
        listed = [self.places[key] for key in (self.reasons.get(reason, ()) if reason else ())]
        places = [place for place in listed if place.is_for(side, said)]
        later = sorted(places[1:], key=lambda place: not place.comes_first(said))
        return tuple(place.signpost(said) for place in (*places[:1], *later))

    def unchecked(self) -> tuple[str, ...]:
        """Names of the places that nobody has compared with their page yet.

        Places of the asker's own (a union, a duty worker) have no page to compare with.
        """
        with_page = (place for place in self.places.values() if "https://" in place.source)
        return tuple(place.name for place in with_page if place.checked is None)


def load_screening(folder: Path, *, check: bool = True) -> ScreeningRules:
    """Rules and examples of the screen.

    Args:
        folder: the folder of prompts.
        check: compile each pattern by itself, so that a mistake shows where it was made. May be
            left out for files that passed before; a broken pattern raises in the screen then.

    Raises:
        PromptError: a file is missing or broken.
    """
    data = _toml(folder / RULES_FILE)
    if "examples" in data:
        raise PromptError(RULES_FILE, "examples", f"examples belong in {EXAMPLES_FILE}.")
    rules = _parse(ScreeningRules, data, RULES_FILE)
    if check:
        _check_patterns(rules)
    return rules.model_copy(update={"examples": _load_examples(folder / EXAMPLES_FILE)})


def load_messages(folder: Path) -> Messages:
    """Fixed messages for every reason.

    Raises:
        PromptError: the file is missing or broken, or a reason has no message.
    """
    return _parse(Messages, _toml(folder / MESSAGES_FILE), MESSAGES_FILE)


def load_signposts(folder: Path) -> Signposts:
    """Places to turn to.

    Raises:
        PromptError: the file is missing or broken, or a list names an unknown place.
    """
    path = folder / SIGNPOSTS_FILE
    try:
        data = yaml.safe_load(_read(path))
    except yaml.YAMLError as error:
        mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
        where = f"line {mark.line + 1}" if mark else ""
        raise PromptError(path.name, where, "is not valid YAML.") from error
    return _parse(Signposts, data, path.name)


def prompt_hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of every file in ``folder``, by name.

    Raises:
        PromptError: the folder is missing.
    """
    if not folder.is_dir():
        raise PromptError(str(folder), "", "There is no such folder.", "Check the setting prompts.")
    files = sorted(path for path in folder.iterdir() if path.is_file())
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _message_keys() -> tuple[MessageKey, ...]:
    return (*get_args(Reason), "failed", "not_in_library")


def _load_examples(path: Path) -> tuple[ExampleMessage, ...]:
    """The labelled messages, each once, with enough of every label to compare with."""
    examples: list[ExampleMessage] = []
    seen: set[str] = set()
    for number, line in enumerate(_read(path).splitlines(), start=1):
        if not line.strip():
            continue
        example = _parse(
            ExampleMessage, _json(line, path.name, number), path.name, f"line {number}"
        )
        key = example.text.casefold()
        if key in seen:
            raise PromptError(path.name, f"line {number}.text", "stands there twice.")
        seen.add(key)
        examples.append(example)
    for label in get_args(Label):
        if sum(example.label == label for example in examples) < MIN_EXAMPLES_PER_LABEL:
            raise PromptError(
                path.name, "label", f"has fewer than {MIN_EXAMPLES_PER_LABEL} examples of {label}."
            )
    return tuple(examples)


def _check_patterns(rules: ScreeningRules) -> None:
    """Compile every pattern once, so that a mistake shows where it was made."""
    for figure in rules.figures:
        _check_field(rules, f"figures.{figure}", (figure,))
    for name, parts in rules.concepts.items():
        _check_field(rules, f"concepts.{name}", parts)
    names: set[str] = set()
    everything: tuple[Rule | FollowUp, ...] = (*rules.rules, *rules.follow_up)
    for position, rule in enumerate(everything):
        if rule.name in names:
            raise PromptError(RULES_FILE, f"rules.{position}.name", f"{rule.name!r} stands twice.")
        names.add(rule.name)
        for field in ("match", "also", "unless", "unless_message", "even_if"):
            _check_field(rules, f"{rule.name}.{field}", getattr(rule, field, ()))
    _check_field(rules, "topics.alarm", rules.topics.alarm)
    _check_field(rules, "topics.policy", rules.topics.policy)
    _check_field(rules, "topics.trade", rules.topics.trade)


def _check_field(rules: ScreeningRules, field: str, patterns: tuple[str, ...]) -> None:
    """Compile a field whole, which is quick and stays in ``re``'s cache; look closer on failure."""
    try:
        rules.compile(patterns)
    except ValueError:
        _find_fault(rules, field, patterns)


def _find_fault(rules: ScreeningRules, field: str, patterns: tuple[str, ...]) -> None:
    for position, pattern in enumerate(patterns):
        try:
            rules.compile((pattern,))
        except ValueError as error:
            raise PromptError(RULES_FILE, f"{field}.{position}", f"{error}.") from error
    raise PromptError(RULES_FILE, field, "does not compile as a whole.")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise PromptError(
            path.name, "", f"is missing from {path.parent}.", "Reinstall, or restore the file."
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise PromptError(path.name, "", f"cannot be read: {error}.") from error


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(_read(path))
    except tomllib.TOMLDecodeError as error:
        raise PromptError(path.name, "", f"is not valid TOML: {error}.") from error


def _json(line: str, file: str, number: int) -> Any:
    try:
        return json.loads(line)
    except json.JSONDecodeError as error:
        raise PromptError(file, f"line {number}", f"is not valid JSON: {error.msg}.") from error


def _parse(kind: type[_Parsed], data: Any, file: str, inside: str = "") -> _Parsed:
    """``data`` as ``kind``, or the first fault with its place in the file."""
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        # "by_key" is ours, not the file's: readers look for the table's own name.
        parts = [str(part) for part in first["loc"] if part not in ("by_key", "[key]")]
        field = ".".join(([inside] if inside else []) + parts)
        raise PromptError(file, field, f"{first['msg']}.") from error
