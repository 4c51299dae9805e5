"""What is indexed: notes, briefs, their direct answers, and contested questions, as units.

A unit has a body (what it says), asks (questions that it answers, in users' words) and the metadata
that filters look at. A body and each ask get a vector of their own; BM25 reads body and asks
together. Pure functions over the library.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from assistant.corpus import Library
from assistant.schema import Brief, Contested, Filters, Note, Source

UnitKind = Literal["note", "brief", "answer", "contested"]
Metadata = dict[str, str | int | bool]


@dataclass(frozen=True)
class Unit:
    """One thing that can be found. ``uid`` is "<kind>:<id>"; ``names`` are words that name its
    source (authors, publisher) for the lexical index only."""

    uid: str
    kind: UnitKind
    body: str
    asks: tuple[str, ...]
    metadata: Metadata
    names: str = ""

    @property
    def texts(self) -> tuple[str, ...]:
        """Everything that it says and is asked."""
        return (self.body, *self.asks, self.names)

    @property
    def lexical(self) -> str:
        """The text that BM25 reads."""
        return " ".join((self.body, *self.asks, self.names))


def units_of(library: Library) -> list[Unit]:
    """Every unit of the library, in a fixed order."""
    return [
        *_note_units(library),
        *(_brief_unit(brief) for brief in library.briefs.values()),
        *(unit for brief in library.briefs.values() for unit in _answer_units(brief)),
        *(_contested_unit(question) for question in library.contested.values()),
    ]


def _note_units(library: Library) -> Iterator[Unit]:
    for source in library.sources.values():
        for note in source.notes:
            yield Unit(
                uid=f"note:{note.id}",
                kind="note",
                body=f"{source.title}. {note.text}",
                asks=note.asks,
                metadata=note_metadata(note, source),
                names=" ".join(
                    (*source.authors, source.published_in or "", str(source.year or ""))
                ),
            )


def note_metadata(note: Note, source: Source) -> Metadata:
    """What filters look at. Fields with several values become one true flag a value, because a
    vector store compares single values only."""
    flags = [f"topic_{t}" for t in note.topics]
    flags += [f"user_{u}" for u in note.users]
    flags += [f"setting_{s}" for s in source.settings]
    return {
        "unit": f"note:{note.id}",
        "unit_kind": "note",
        "jurisdiction": source.jurisdiction,
        "kind": source.kind,
        "year": source.year or 0,
        "collection": "bundled",
        **dict.fromkeys(flags, True),
    }


def _other_metadata(uid: str, kind: UnitKind, topics: tuple[str, ...]) -> Metadata:
    flags = {f"topic_{topic}": True for topic in topics}
    return {"unit": uid, "unit_kind": kind, **flags}


def _brief_unit(brief: Brief) -> Unit:
    lead = " ".join(sentence.text for sentence in brief.lead)
    return Unit(
        uid=f"brief:{brief.id}",
        kind="brief",
        body=f"{brief.title}. {lead}",
        asks=brief.asks,
        metadata=_other_metadata(f"brief:{brief.id}", "brief", brief.topics),
    )


def _answer_units(brief: Brief) -> Iterator[Unit]:
    for number, answer in enumerate(brief.answers):
        uid = f"answer:{brief.id}/{number}"
        text = " ".join(sentence.text for sentence in answer.answer)
        yield Unit(
            uid=uid,
            kind="answer",
            body=f"{brief.title}. {text}",
            asks=answer.asks,
            metadata=_other_metadata(uid, "answer", brief.topics),
        )


def _contested_unit(question: Contested) -> Unit:
    views = " ".join(position.position for position in question.positions)
    return Unit(
        uid=f"contested:{question.id}",
        kind="contested",
        body=f"{question.question} {views}",
        asks=question.asks,
        metadata=_other_metadata(f"contested:{question.id}", "contested", question.topics),
    )


# ---------------------------------------------------------------- filters


def passes(filters: Filters, metadata: Metadata) -> bool:
    """True when a unit with this metadata may be found under these filters."""
    if filters.is_empty():
        return True
    if metadata["unit_kind"] != "note":
        return False
    single = (
        (filters.jurisdiction, "jurisdiction"),
        (filters.kind, "kind"),
        (filters.collection, "collection"),
    )
    if any(wanted and metadata[name] not in wanted for wanted, name in single):
        return False
    for prefix, wanted in _flag_groups(filters):
        # A source that serves any setting serves the wanted one.
        names = [f"{prefix}_{value}" for value in wanted]
        if prefix == "setting":
            names.append("setting_any")
        if wanted and not any(metadata.get(name) for name in names):
            return False
    year = int(metadata["year"])
    if filters.year_from is not None and year < filters.year_from:
        return False
    return filters.year_to is None or 0 < year <= filters.year_to


def where_clause(filters: Filters) -> dict[str, object] | None:
    """The filters in Chroma's form; None where nothing is narrowed."""
    if filters.is_empty():
        return None
    clauses: list[dict[str, object]] = [{"unit_kind": "note"}]
    for name, wanted in (
        ("jurisdiction", filters.jurisdiction),
        ("kind", filters.kind),
        ("collection", filters.collection),
    ):
        if wanted:
            clauses.append({name: {"$in": list(wanted)}})
    for prefix, values in _flag_groups(filters):
        if not values:
            continue
        names = [f"{prefix}_{value}" for value in values]
        if prefix == "setting":
            names.append("setting_any")
        flags: list[dict[str, object]] = [{name: True} for name in names]
        clauses.append(flags[0] if len(flags) == 1 else {"$or": flags})
    if filters.year_from is not None:
        clauses.append({"year": {"$gte": filters.year_from}})
    if filters.year_to is not None:
        clauses += [{"year": {"$lte": filters.year_to}}, {"year": {"$gt": 0}}]
    return clauses[0] if len(clauses) == 1 else {"$and": clauses}


def _flag_groups(filters: Filters) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return (("topic", filters.topic), ("user", filters.user), ("setting", filters.setting))
