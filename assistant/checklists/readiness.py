"""Strengths and gaps by stage, from a checklist that people filled in, and what changed since."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assistant.checklists.choosing import HOME, chosen_row
from assistant.checklists.citing import Notes
from assistant.checklists.reading import Checklists
from assistant.checklists.records import (
    STAGES,
    STATUS_WORDS,
    Change,
    ChosenRow,
    Filled,
    FilledRow,
    Force,
    Readiness,
    Row,
    StageCount,
    Status,
)
from assistant.corpus import Library

_STRONGEST: tuple[Force, ...] = ("must", "should", "finding")
_FURTHEST: tuple[Status, ...] = ("not-yet", "partly")


def readiness(
    now: Filled,
    held: Checklists,
    library: Library,
    before: Filled | None = None,
    country: str = HOME,
) -> Readiness:
    """The picture of one date, or of two.

    Args:
        now: as filled in last.
        held: the checklists.
        library: their notes.
        before: the same checklist as filled in earlier.
        country: whose rows need no mark.
    """
    filled = {row.id: row for row in now.rows}
    earlier = {row.id: row for row in before.rows} if before else {}
    rows = [row for row in held.rows.values() if row.id in filled]
    notes = Notes(library)

    def shown(row: Row) -> ChosenRow:
        return chosen_row(row, held, library, notes, country, filled[row.id])

    gaps = [row for row in rows if filled[row.id].status in _FURTHEST]
    gaps.sort(key=lambda r: (_STRONGEST.index(r.force), _FURTHEST.index(filled[r.id].status)))
    return Readiness(
        name=now.name,
        date=now.date,
        before=before.date if before else None,
        stages=tuple(_stages(rows, held, filled, earlier if before else None)),
        strengths=tuple(shown(row) for row in rows if filled[row.id].status == "in-place"),
        gaps=tuple(shown(row) for row in gaps),
        changes=tuple(_changes(rows, filled, earlier)) if before else (),
        remarks=tuple(_remarks(now, before, rows, filled, earlier)),
        citations=notes.citations(),
        library_version=library.version,
        checklists_version=held.version,
    )


def _stages(
    rows: Sequence[Row],
    held: Checklists,
    filled: dict[str, FilledRow],
    earlier: dict[str, FilledRow] | None,
) -> Iterator[StageCount]:
    for stage in STAGES:
        own = [row.id for row in rows if held.stage_of[row.id] == stage]
        if not own:
            continue
        yield StageCount(
            stage=stage,
            title=held.title(stage),
            counts=_counted(own, filled),
            open=sum(not filled[row].status for row in own),
            before=_counted(own, earlier) if earlier is not None else None,
            open_before=sum(r in earlier and not earlier[r].status for r in own) if earlier else 0,
        )


def _counted(ids: Sequence[str], filled: dict[str, FilledRow]) -> dict[Status, int]:
    found = [filled[row].status for row in ids if row in filled]
    return {status: found.count(status) for status in STATUS_WORDS}


def _changes(
    rows: Sequence[Row], filled: dict[str, FilledRow], earlier: dict[str, FilledRow]
) -> Iterator[Change]:
    for row in rows:
        before = earlier[row.id].status if row.id in earlier else ""
        after = filled[row.id].status
        if row.id in earlier and before != after:
            yield Change(id=row.id, text=row.text, before=before, after=after)


def _remarks(
    now: Filled,
    before: Filled | None,
    rows: Sequence[Row],
    filled: dict[str, FilledRow],
    earlier: dict[str, FilledRow],
) -> Iterator[str]:
    left = sum(not filled[row.id].status for row in rows)
    if left:
        yield f"{left} of {len(rows)} rows have no status yet; they are left white in the picture."
    for filled_in in (now, before):
        if filled_in and filled_in.unknown:
            count = len(filled_in.unknown)
            what = "row is" if count == 1 else "rows are"
            listed = ", ".join(filled_in.unknown[:5]) + (" …" if count > 5 else "")
            yield (
                f"{count} {what} not in today's checklists and left out of {filled_in.name}:"
                f" {listed}."
            )
    if before:
        fresh = sum(row.id not in earlier for row in rows)
        if fresh:
            yield f"{fresh} rows were not in {before.name}, so nothing is said of a change in them."
        gone = sum(row not in filled for row in earlier)
        if gone:
            yield f"{gone} rows of {before.name} are not in {now.name}."
        if before.date and now.date and before.date > now.date:
            yield f"{before.name} is dated after {now.name}: are they the right way round?"
