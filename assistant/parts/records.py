"""What programs give and get: typed calls, results, and what was wrong with a call.

The answer itself is ``schema.Answer``. A call that does not fit is told about in plain words that
name the field and never what stood in it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import ConfigDict, Field, StringConstraints, ValidationError

from assistant.documents.records import Details, Passage, Trouble
from assistant.errors import UsageError
from assistant.schema import DocumentStatus, Evidence, Filters, Record, Source, Turn, User

MOST_TURNS = 50
MOST_RESULTS = 50
LONGEST_ID = 200
LAST_PAGE = 1_000_000
Span = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,9}-[0-9]{1,9}$")]
"""Characters of a stored text, from 0, end exclusive: "120-480"."""


class Call(Record):
    """Base of what a caller gives. What was given never stands in an error."""

    model_config = ConfigDict(hide_input_in_errors=True)


class AskInput(Call):
    """A question with what it is asked with."""

    question: str = Field(min_length=1, description="What you want to know, in plain English.")
    history: tuple[Turn, ...] = Field(
        default=(),
        max_length=MOST_TURNS,
        description="Earlier questions of the conversation, oldest first, each with the outcome"
        " that it had.",
    )
    filters: Filters | None = Field(default=None, description="What to narrow the library to.")
    user: User | None = Field(
        default=None,
        description="Who asks: psw (a peer support worker), manager or trainer. Orders next steps"
        " and never the evidence.",
    )
    nobody_in_danger: bool = Field(
        default=False,
        description="Set it only when a person who has seen the help says that nobody is in danger"
        " (the answer before had danger_uncertain).",
    )


class SearchInput(Call):
    """A query for evidence."""

    query: str = Field(min_length=1, description="What to look for: words or a question.")
    top: int = Field(default=10, ge=1, le=MOST_RESULTS, description="How many results at most.")
    filters: Filters | None = Field(default=None, description="What to narrow the library to.")


class SourceInput(Call):
    """Which source to show, and for an added document which place of it."""

    source_id: str = Field(
        max_length=LONGEST_ID,
        description="Id of a source or of an added document; the id of a note or of a passage"
        " stands for the source that it is of.",
    )
    span: Span | None = Field(
        default=None,
        description="Of an added document: the passages that share one of these characters, such"
        " as 120-480.",
    )
    page: int | None = Field(
        default=None,
        ge=1,
        le=LAST_PAGE,
        description="Of an added document: the passages of a page.",
    )


class SearchResults(Record):
    """Evidence found for a query, best first."""

    found: tuple[Evidence, ...]


class Heading(Record):
    """A heading of an added document, with where its first passage begins."""

    level: int
    heading: str
    page: int | None
    start: int


class DocumentFacts(Record):
    """What is known of an added document. Where it lies on this computer is left out."""

    id: str
    collection: str
    details: Details
    status: DocumentStatus
    format: str
    pages: int | None
    passage_count: int
    troubles: tuple[Trouble, ...]
    added: dt.datetime


class ShownDocument(Record):
    """An added document: its record, its headings, and the exact passages of the place asked for.
    ``more`` says that the place holds further passages."""

    document: DocumentFacts
    headings: tuple[Heading, ...]
    passages: tuple[Passage, ...]
    more: bool


class Shown(Record):
    """A source of the library with its notes, or a document that was added; the other is null.
    ``moved_from`` is the id asked for, where its record was joined to this one."""

    source: Source | None = None
    document: ShownDocument | None = None
    moved_from: str | None = None


class Health(Record):
    """That the service answers, and from what. ``documents`` counts those that were added; null
    where they cannot be read. ``model`` is the chat model, if one is set, and ``sends_to`` the host
    that questions go to, without personal details; null where nothing leaves this computer."""

    status: Literal["ok"] = "ok"
    version: str
    library_version: str
    sources: int
    notes: int
    documents: int | None
    model: str | None
    sends_to: str | None


class Problem(Record):
    """What is wrong and what to do, in plain words."""

    message: str
    hint: str = ""


C = TypeVar("C", bound=Call)


def read_call(kind: type[C], given: Mapping[str, Any]) -> C:
    """What a caller gave, checked.

    Raises:
        UsageError: it does not fit; names each field that is wrong.
    """
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        # What pydantic says names fields as the caller typed them: not for a traceback.
        raise wrong_call(error.errors(include_input=False, include_url=False)) from None


def wrong_call(errors: Iterable[Mapping[str, Any]]) -> UsageError:
    """What is wrong with a call, from what pydantic says of it."""
    faults = dict.fromkeys(_fault(error) for error in errors)
    return UsageError(" ".join(faults) or "The call does not fit.", "Mend it and call again.")


def _fault(error: Mapping[str, Any]) -> str:
    kind, place = str(error.get("type", "")), tuple(error.get("loc", ()))
    limits = error.get("ctx") or {}
    if kind == "extra_forbidden":
        # The name of a field that nobody knows was typed by the caller like anything else.
        return f"{_named(place[:-1])} has a field that is not known."
    if kind == "json_invalid":
        return "The body is not JSON."
    said = _SAID.get(kind, "cannot be used")
    return f"{_named(place)} {said.format_map(_Known(limits))}."


class _Known(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "?"


_SAID = {
    "missing": "is missing",
    "string_type": "must be text",
    "string_unicode": "holds characters that are no text",
    "string_too_long": "is too long: at most {max_length} characters",
    "string_too_short": "is empty",
    "string_pattern_mismatch": "does not have the right form",
    "literal_error": "must be one of {expected}",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "int_parsing_size": "must be a smaller number",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "tuple_type": "must be a list",
    "too_long": "holds too many: at most {max_length}",
    "model_type": "must be a JSON object",
    "model_attributes_type": "must be a JSON object, sent as application/json",
    "dict_type": "must be a JSON object",
}


def _named(place: tuple[int | str, ...]) -> str:
    steps = [str(step) for step in place if step not in {"body", "query", "path"}]
    return f"“{'.'.join(steps)}”" if steps else "The call"
