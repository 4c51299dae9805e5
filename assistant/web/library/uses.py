"""Where a source is used: topic pages, contested questions, checklist rows, training situations.

Each of them rests on notes; a source is used where one of its notes is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from assistant.checklists.records import Row
from assistant.interface import Texts
from assistant.presentation.markup import Html, el, join
from assistant.presentation.pages import Library
from assistant.scenarios.records import Situation
from assistant.schema import Brief, Contested, Source
from assistant.web.library.topics import to_question

SHOWN = 6
"""Of each sort before the rest is folded."""


class Checklists(Protocol):
    """The rows that managers work with."""

    @property
    def rows(self) -> Mapping[str, Row]:
        """Every row by id."""

    @property
    def stage_of(self) -> Mapping[str, str]:
        """The stage of each row, by row id."""


@dataclass
class Uses:
    """What rests on the notes of one source, in the order of its own place."""

    briefs: list[Brief] = field(default_factory=list)
    contested: list[Contested] = field(default_factory=list)
    rows: list[tuple[str, Row]] = field(default_factory=list)
    situations: list[Situation] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.briefs or self.contested or self.rows or self.situations)


def uses_by_source(
    library: Library,
    checklists: Checklists | None = None,
    stages: Mapping[str, str] | None = None,
    situations: Sequence[Situation] = (),
) -> dict[str, Uses]:
    """What rests on each source, by the id of the source, the topics with most of it first; sources
    that nothing rests on are left out.

    Args:
        library: whose notes they rest on.
        checklists: the rows, where there are any.
        stages: titles of the stages by id.
        situations: what exercises are built from.
    """
    found: dict[str, Uses] = {}

    def users_of(notes: Iterable[str]) -> Iterable[Uses]:
        sources = (library.note_source[note].id for note in notes if note in library.note_source)
        return [found.setdefault(source, Uses()) for source in dict.fromkeys(sources)]

    resting: Counter[tuple[str, str]] = Counter()
    for brief in library.briefs.values():
        notes = [note for sentence in brief.sentences() for note in sentence.notes]
        for uses in users_of(notes):
            uses.briefs.append(brief)
        resting.update(
            (library.note_source[note].id, brief.id)
            for note in notes
            if note in library.note_source
        )
    for source, uses in found.items():
        # What a source matters to most comes first: some stand under fifty topics.
        uses.briefs.sort(key=lambda brief: -resting[source, brief.id])
    for question in library.contested.values():
        for uses in users_of(note for side in question.positions for note in side.notes):
            uses.contested.append(question)
    for row_id, row in (checklists.rows if checklists else {}).items():
        stage = checklists.stage_of[row_id] if checklists else ""
        for uses in users_of(row.notes):
            uses.rows.append(((stages or {}).get(stage, stage), row))
    for situation in situations:
        for uses in users_of(_notes_of(situation)):
            uses.situations.append(situation)
    return found


def _notes_of(situation: Situation) -> Iterable[str]:
    for _, line in situation.cited_lines():
        yield from line.notes
    yield from (line.read for line in situation.rubric)


def where_used(source: Source, uses: Uses | None, texts: Texts) -> Html:
    """The part of a source's page that says what rests on it."""
    heading = el("h2", texts("library.used"), id="where-used", tabindex="-1")
    if not uses:
        return el("section", heading, el("p", texts("library.used_nowhere")), class_="where-used")
    return el(
        "section",
        heading,
        el("p", texts("library.used_lead"), class_="hint"),
        _sort("library.used_topics", [_to_brief(b, texts) for b in uses.briefs], source, texts),
        _sort(
            "library.used_contested", [to_question(c, texts) for c in uses.contested], source, texts
        ),
        _sort("library.used_rows", [_to_row(*one, texts) for one in uses.rows], source, texts),
        _sort(
            "library.used_situations",
            [_to_situation(one, texts) for one in uses.situations],
            source,
            texts,
        ),
        class_="where-used",
    )


def _sort(name: str, links: Sequence[Html], source: Source, texts: Texts) -> Html | None:
    """One sort of users, the first of them in sight."""
    if not links:
        return None
    rows = [el("li", link) for link in links]
    more = rows[SHOWN:]
    fold = name.partition(".")[2].replace("_", "-")
    return join(
        el(
            "h3", texts(name), " ", el("span", texts("library.used_n", n=len(rows)), class_="count")
        ),
        el("ul", *rows[:SHOWN], class_="plain-list", role="list"),
        el(
            "details",
            el("summary", texts("library.used_more", n=len(more))),
            el("ul", *more, class_="plain-list", role="list"),
            class_="more-uses",
            id=f"{fold}-{source.id}",
        )
        if more
        else None,
    )


def _to_brief(brief: Brief, texts: Texts) -> Html:
    go = {"href": f"?topic={brief.id}", "data_go": f"topic:{brief.id}"}
    return el("a", brief.title, lang=texts.library, **go)


def _to_row(stage: str, row: Row, texts: Texts) -> Html:
    go = {"href": "?place=managers&view=checklists", "data_go": "place:managers"}
    return join(
        el("a", row.text, lang=texts.library, data_view="checklists", **go),
        el("span", stage, class_="used-in", lang=texts.library),
    )


def _to_situation(situation: Situation, texts: Texts) -> Html:
    go = {"href": "?place=trainers&view=exercise", "data_go": "place:trainers"}
    return el("a", situation.title, lang=texts.library, data_view="exercise", **go)
