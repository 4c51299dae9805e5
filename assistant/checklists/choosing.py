"""The rows of the checklists for a stage, a setting and a country.

What the library knows nothing of is refused by name, with what it does know; where it knows a
setting or a country and holds no row of its own for it, the checklist says so.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import get_args

from assistant.checklists.citing import Notes
from assistant.checklists.reading import Checklists, rests_on
from assistant.checklists.records import (
    ANY,
    FORCE_SHORT,
    STAGES,
    Chosen,
    ChosenRow,
    DraftKind,
    FilledRow,
    Row,
    Stage,
)
from assistant.corpus import Library
from assistant.errors import UsageError
from assistant.presentation.words import SETTING_WORDS, STRENGTH_WORDS
from assistant.schema import HOME_JURISDICTIONS, Setting

HOME = "England"
_UK = frozenset({"UK", "Great Britain"})
_SPEAKS_FOR: dict[str, frozenset[str]] = {
    HOME: HOME_JURISDICTIONS,
    "UK": HOME_JURISDICTIONS,
    "Wales": _UK | {"Wales", "England and Wales", "England, Wales and Northern Ireland"},
    "Scotland": _UK | {"Scotland"},
    "Northern Ireland": frozenset(
        {"UK", "Northern Ireland", "England, Wales and Northern Ireland"}
    ),
}
"""Whose sources may speak for a country without a mark."""


def choose(
    held: Checklists,
    library: Library,
    *,
    stages: Sequence[Stage] = (),
    setting: str = "",
    country: str = "",
    kinds: Sequence[DraftKind] = (),
) -> Chosen:
    """The checklist for one place.

    Args:
        held: all checklists.
        library: their notes.
        stages: which stages; all without any.
        setting: a setting of the library, by its name or its words; any without one.
        country: a country that the library has sources of; England without one.
        kinds: kinds of draft in which one would look for the rows; any without one.

    Raises:
        UsageError: the library knows nothing of the setting or the country.
    """
    where = setting_of(setting)
    land = country_of(country, library)
    wanted = tuple(stage for stage in STAGES if not stages or stage in stages)
    rows = [row for row in held.rows.values() if held.stage_of[row.id] in wanted]
    rows = [row for row in rows if suits(row, where) and (not kinds or set(kinds) & set(row.fits))]
    notes = Notes(library)
    chosen = tuple(chosen_row(row, held, library, notes, land) for row in rows)
    return Chosen(
        title=_title(held, wanted),
        stages=wanted,
        setting=where,
        country=land,
        rows=chosen,
        citations=notes.citations(),
        remarks=tuple(_remarks(chosen, where, land)),
        library_version=library.version,
        checklists_version=held.version,
    )


def chosen_row(
    row: Row,
    held: Checklists,
    library: Library,
    notes: Notes,
    country: str = HOME,
    filled: FilledRow | None = None,
) -> ChosenRow:
    """A row with its citations, and with what people filled in."""
    abroad = not rests_on(row, speaks_for(country), library)
    given = filled.model_dump(exclude={"id"}) if filled else {}
    return ChosenRow(
        id=row.id,
        stage=held.stage_of[row.id],
        who=row.who,
        text=row.text,
        force=row.force,
        strength=strength_words(row, notes, abroad),
        country=row.country,
        abroad=abroad,
        settings=row.settings,
        fits=row.fits,
        show=row.show,
        contested=library.contested[row.contested].question if row.contested else "",
        citations=notes.numbers(row.notes),
        **given,
    )


def with_filled(chosen: Chosen, filled: Iterable[FilledRow]) -> Chosen:
    """A checklist with what people filled in; rows that it does not hold are passed over."""
    given = {row.id: row.model_dump(exclude={"id"}) for row in filled}
    rows = tuple(row.model_copy(update=given.get(row.id, {})) for row in chosen.rows)
    return chosen.model_copy(update={"rows": rows})


def strength_words(row: Row, notes: Notes, abroad: bool) -> str:
    """How strong a row is, in a few words: "Must (law)", "Should (guidance, Australia)"."""
    kind = notes.strongest(row.notes)
    if row.force == "must" and kind != "law":
        words = "binding standard"
    elif row.force == "should" and kind in {"research", "opinion"}:
        words = "recommended"
    else:
        words = STRENGTH_WORDS[kind].lower()
    where = f", {row.country}" if abroad else ""
    return f"{FORCE_SHORT[row.force]} ({words}{where})"


def suits(row: Row, setting: Setting | str) -> bool:
    """True when a row holds in a setting."""
    return not setting or setting == ANY or ANY in row.settings or setting in row.settings


def speaks_for(country: str) -> frozenset[str]:
    """The jurisdictions whose sources may speak for a country."""
    return _SPEAKS_FOR.get(country, frozenset({country}))


def stages_of(names: Iterable[str], held: Checklists) -> tuple[Stage, ...]:
    """The stages that are meant, by name or title.

    Raises:
        UsageError: there is no such stage.
    """
    found: list[Stage] = []
    for name in names:
        typed = _folded(name)
        stage = next((s for s in STAGES if typed in {s, _folded(held.title(s))}), None)
        if stage is None:
            raise UsageError(
                f"There is no stage called “{name}”.", f"The stages: {', '.join(STAGES)}."
            )
        found.append(stage)
    return tuple(dict.fromkeys(found))


def setting_of(name: str) -> Setting | str:
    """The setting that is meant, or nothing where none was given.

    Raises:
        UsageError: the library knows nothing of it; names what it knows.
    """
    typed = _folded(name)
    if not typed:
        return ""
    for setting in get_args(Setting):
        if typed in {setting, setting.replace("-", " "), _folded(SETTING_WORDS[setting])}:
            return str(setting)
    raise UsageError(
        f"The library knows nothing of a setting called “{name.strip()}”.",
        f"It knows: {', '.join(get_args(Setting)[1:])}. Without --setting: what holds anywhere.",
    )


def country_of(name: str, library: Library) -> str:
    """The country that is meant; England where none was given.

    Raises:
        UsageError: the library has no source from it; names the nearest or the largest.
    """
    typed = _folded(name)
    if not typed:
        return HOME
    counts: dict[str, int] = {}
    for source in library.sources.values():
        counts[source.jurisdiction] = counts.get(source.jurisdiction, 0) + 1
    names = {_folded(known): known for known in (*counts, *_SPEAKS_FOR)}
    if typed in names and _folded(name) != "not stated":
        return names[typed]
    close = difflib.get_close_matches(typed, names, n=3, cutoff=0.6)
    most = [known for known in sorted(counts, key=lambda c: -counts[c]) if known != "not stated"]
    shown = [names[c] for c in close] or most[:12]
    raise UsageError(
        f"The library has no source from a country called “{name.strip()}”.",
        f"{'The nearest' if close else 'It has most from'}: {', '.join(shown)}.",
    )


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _title(held: Checklists, stages: Sequence[Stage]) -> str:
    if len(stages) == len(STAGES):
        return "Peer support: what must and should be in place"
    names = [held.title(stage) for stage in stages]
    listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    return f"Peer support checklist: {listed}"


def _remarks(rows: Sequence[ChosenRow], setting: str, country: str) -> Iterable[str]:
    if not rows:
        yield "The library holds no row for this choice."
        return
    if setting and setting != ANY:
        words = SETTING_WORDS[setting].lower()  # type: ignore[index]
        own = sum(setting in row.settings for row in rows)
        if not own:
            yield f"No row is about {words} alone: these hold for any setting."
        else:
            rest = "the others hold" if len(rows) - own != 1 else "the other holds"
            yield f"{own} of {len(rows)} rows are about {words}; {rest} for any setting."
    abroad = sum(row.abroad for row in rows)
    if abroad == len(rows):
        yield f"No row rests on a source from {country}: all are from elsewhere, and say so."
    elif abroad:
        count = "One row rests" if abroad == 1 else f"{abroad} rows rest"
        are = "is" if abroad == 1 else "are"
        yield f"{count} on sources from outside {country} alone and {are} marked."
