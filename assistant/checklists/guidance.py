"""Compares one draft with the checklist that fits it: kind, rows, words, concerns.

``Checker`` holds what is the same for every draft; ``check`` does one. It proposes and a person
confirms: the sentence that says so is part of what it gives, once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from assistant.checklists.choosing import HOME, choose, speaks_for
from assistant.checklists.citing import Notes
from assistant.checklists.comparing import (
    Candidate,
    KnownRow,
    Progress,
    Read,
    compare,
    known,
    read,
    say_nothing,
)
from assistant.checklists.drafts import Draft
from assistant.checklists.kinds import guess_kind, kinds_within, title_of
from assistant.checklists.matching import Matches
from assistant.checklists.reading import Checklists, rests_on
from assistant.checklists.records import (
    KIND_WORDS,
    STAGES,
    ConcernFound,
    DraftKind,
    GuidanceCheck,
    Row,
    RowFound,
    Stage,
)
from assistant.checklists.verdicts import Judged, Weights, judge, read_weights
from assistant.checklists.worries import KnownConcern, Worry, known_concerns, worries
from assistant.corpus import Library
from assistant.errors import UsageError

CONFIRM = (
    "This is a proposal made by comparing words. Read the draft's own words beside each row, and"
    " confirm or change every verdict before anybody relies on it."
)


@dataclass(frozen=True)
class Checker:
    """What every draft is compared with.

    Args:
        held: the checklists and concerns.
        library: their notes.
        matcher: compares spans of drafts with examples.
        weights: of the verdicts; those that are shipped without them.
    """

    held: Checklists
    library: Library
    matcher: Matches
    weights: Weights | None = None

    @cached_property
    def known(self) -> dict[str, KnownRow]:
        """The rows as they are compared, by id."""
        rows = tuple(self.held.rows.values())
        return {found.row.id: found for found in known(rows, self.matcher)}

    @cached_property
    def concerns(self) -> tuple[KnownConcern, ...]:
        """The concerns as they are compared."""
        return known_concerns(self.held.concerns, self.matcher)

    def check(
        self,
        draft: Draft,
        *,
        kind: DraftKind | None = None,
        stages: Sequence[Stage] = (),
        setting: str = "",
        country: str = "",
        progress: Progress = say_nothing,
    ) -> GuidanceCheck:
        """What a draft says on each row of the checklist that fits it.

        Args:
            draft: as read.
            kind: which kind of document it is; guessed without one.
            stages: which stages to compare; those that the draft deals with, without any.
            setting: leaves out rows that hold elsewhere only.
            country: whose rows need no mark; England without one.
            progress: told how it goes.

        Raises:
            UsageError: the library knows nothing of the setting or the country.
        """
        guess = guess_kind(draft, kind)
        kinds = kinds_within(draft, guess.kind)
        chosen = choose(
            self.held, self.library, stages=stages, setting=setting, country=country, kinds=kinds
        )
        rows = [self.held.rows[row.id] for row in chosen.rows]
        seen = read(draft.spans, self.matcher, progress)
        verdicts = self.judged(draft, rows, seen, progress)
        judged = {row.id: found for row, found in zip(rows, verdicts, strict=True)}
        proposed = chosen.stages if stages else self._dealt_with(rows, judged)
        kept = [row for row in rows if self.held.stage_of[row.id] in proposed]
        remarks = [*draft.remarks, *self._left_out(rows, proposed)]
        remarks += chosen.remarks if not rows else ()
        notes = Notes(self.library)
        found = tuple(self._row(row, judged[row.id], draft, notes, chosen.country) for row in kept)
        shown = worries(draft.spans, seen, self.concerns, self.matcher)
        concerns = tuple(self._concern(worry, draft, notes) for worry in shown)
        return GuidanceCheck(
            file=draft.name,
            title=title_of(draft),
            kind=guess,
            stages=proposed,
            setting=chosen.setting,
            pages=draft.pages,
            words=draft.words,
            rows=found,
            concerns=concerns,
            citations=notes.citations(),
            remarks=tuple(remarks),
            confirm=CONFIRM,
            text_sha256=draft.text_sha256,
            library_version=self.library.version,
            checklists_version=self.held.version,
        )

    def judged(
        self,
        draft: Draft,
        rows: Sequence[Row],
        seen: Read | None = None,
        progress: Progress = say_nothing,
    ) -> list[Judged]:
        """The verdicts on rows, in their order; ``seen`` is the draft as compared, where it was
        read already."""
        weights = self.weights or read_weights()
        found = self.candidates(draft, rows, seen, progress)
        return [
            judge(row, candidates, draft.spans, weights)
            for row, candidates in zip(rows, found, strict=True)
        ]

    def candidates(
        self,
        draft: Draft,
        rows: Sequence[Row],
        seen: Read | None = None,
        progress: Progress = say_nothing,
    ) -> list[list[Candidate]]:
        """The spans that may bear on each of the rows."""
        own = [self.known[row.id] for row in rows]
        compared = seen or read(draft.spans, self.matcher, progress)
        return compare(compared, own, self.matcher, progress)

    def _dealt_with(self, rows: Sequence[Row], judged: dict[str, Judged]) -> tuple[Stage, ...]:
        """The stages that a draft says something on; all where it does on none."""
        found: list[Stage] = []
        for stage in STAGES:
            own = [row for row in rows if self.held.stage_of[row.id] == stage]
            spoken = sum(judged[row.id].verdict != "absent" for row in own)
            if spoken:
                found.append(stage)
        return tuple(found) or tuple(
            s for s in STAGES if any(self.held.stage_of[row.id] == s for row in rows)
        )

    def _left_out(self, rows: Sequence[Row], stages: Sequence[Stage]) -> list[str]:
        left: dict[Stage, int] = {}
        for row in rows:
            stage = self.held.stage_of[row.id]
            if stage not in stages:
                left[stage] = left.get(stage, 0) + 1
        if not left:
            return []
        named = ", ".join(f"{stage} ({count})" for stage, count in left.items())
        return [
            "The draft says nothing that was found on these stages, so their rows were left out:"
            f" {named}. Name a stage to have it compared."
        ]

    def _row(self, row: Row, judged: Judged, draft: Draft, notes: Notes, country: str) -> RowFound:
        return RowFound(
            id=row.id,
            stage=self.held.stage_of[row.id],
            requirement=row.text,
            who=row.who,
            strength=row.force,
            country=row.country,
            abroad=not rests_on(row, speaks_for(country or HOME), self.library),
            verdict=judged.verdict,
            why=judged.why,
            sure=round(judged.chances[judged.verdict], 3),
            draft_words=tuple(draft.shown(draft.spans[place]) for place in judged.spans),
            contested=self.library.contested[row.contested].question if row.contested else "",
            show=row.show,
            citations=notes.numbers(row.notes),
        )

    def _concern(self, worry: Worry, draft: Draft, notes: Notes) -> ConcernFound:
        kind = worry.kind
        contested = self.library.contested[kind.contested].question if kind.contested else ""
        return ConcernFound(
            id=kind.id,
            title=kind.title,
            why=kind.why,
            contested=contested,
            instead=kind.instead,
            draft_words=tuple(draft.shown(draft.spans[place]) for place in worry.spans),
            citations=notes.numbers(kind.notes),
        )


def kind_of(name: str) -> DraftKind | None:
    """The kind that is meant, or None where none was given.

    Raises:
        UsageError: there is no such kind.
    """
    typed = " ".join(name.replace("-", " ").split()).casefold()
    if not typed:
        return None
    for kind, words in KIND_WORDS.items():
        if typed == words.casefold():
            return kind
    raise UsageError(
        f"There is no kind of draft called “{name.strip()}”.",
        f"The kinds: {', '.join(KIND_WORDS)}.",
    )
