"""Checklists, checks of drafts and readiness pictures as papers to export.

A paper for reading (Word, PDF, Markdown) has its citations as footnotes; a sheet for filling in
(CSV, Excel) is one table whose rows carry their ids, so that ``filled`` reads it back.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

from assistant.checklists.drawing import in_words, picture
from assistant.checklists.filled import DUE, EVIDENCE, ID, OWNER, STATUS
from assistant.checklists.records import (
    FORCE_SHORT,
    KIND_WORDS,
    STATUS_WORDS,
    VERDICT_WORDS,
    VERDICTS,
    Chosen,
    ChosenRow,
    ConcernFound,
    Confirmed,
    GuidanceCheck,
    Readiness,
    RowFound,
    Stage,
    Verdict,
)
from assistant.checklists.records import (
    Words as DraftWords,
)
from assistant.exports.keeping import recorded
from assistant.exports.records import (
    Block,
    Bullets,
    Heading,
    Line,
    PageBreak,
    Paper,
    Paragraph,
    Picture,
    Table,
    Words,
    plain,
)
from assistant.presentation.words import SETTING_WORDS, country, reference
from assistant.schema import Citation

Titles = dict[Stage, str]
Confirmations = Mapping[str, Confirmed]
"""What a person made of proposed verdicts, by the id of the row."""
CONFIRMED = "Confirmed by a person"
_STATUSES = ", ".join(words.lower() for words in STATUS_WORDS.values())
FILL_IN = f"Status is one of: {_STATUSES}."
_EMPTY: Line = ()


def checklist_paper(chosen: Chosen, titles: Titles) -> Paper:
    """A checklist for reading and for filling in by hand."""
    blocks: list[Block] = [Paragraph(plain(text), "lead") for text in chosen.remarks]
    blocks.append(Paragraph(plain(FILL_IN), "small"))
    for stage in chosen.stages:
        rows = [row for row in chosen.rows if row.stage == stage]
        if not rows:
            continue
        title = titles.get(stage, stage)
        blocks.append(Heading(title))
        blocks.append(_to_fill_in(title, rows))
    paper = Paper(
        title=chosen.title,
        subtitle=_place(chosen.setting, chosen.country),
        blocks=tuple(blocks),
        citations=chosen.citations,
        footer=chosen.title,
    )
    return recorded(paper, paper.title, chosen.library_version)


def _to_fill_in(title: str, rows: Sequence[ChosenRow]) -> Table:
    return Table(
        caption=f"{title}: what must and should be in place",
        columns=("What", "How strong", STATUS, EVIDENCE, OWNER, DUE),
        rows=tuple(
            (
                (Words(f"{_first(row.who)}: ", bold=True), Words(row.text, cites=row.citations)),
                plain(row.strength + (". Sources differ." if row.contested else "")),
                plain(STATUS_WORDS[row.status]) if row.status else _EMPTY,
                plain(row.evidence or f"Could show it: {row.show}"),
                plain(row.owner) if row.owner else _EMPTY,
                plain(row.due) if row.due else _EMPTY,
            )
            for row in rows
        ),
        widths=(0.35, 0.17, 0.1, 0.2, 0.1, 0.08),
    )


def checklist_sheet(chosen: Chosen, titles: Titles) -> Paper:
    """A checklist as one table to fill in; ``filled.read_filled`` reads it back."""
    cited = {citation.n: citation for citation in chosen.citations}
    rows = tuple(
        tuple(
            plain(text) if text else _EMPTY
            for text in (
                row.id,
                titles.get(row.stage, row.stage),
                _first(row.who),
                row.text,
                row.strength,
                "; ".join(dict.fromkeys(source_words(cited[n]) for n in row.citations)),
                row.contested,
                row.show,
                STATUS_WORDS[row.status] if row.status else "",
                row.evidence,
                row.owner,
                row.due,
            )
        )
        for row in chosen.rows
    )
    columns = (
        ID,
        "Stage",
        "Who",
        "What",
        "How strong",
        "Sources",
        "Sources differ on",
        "Could show it",
    )
    table = Table(
        caption=chosen.title,
        columns=(*columns, STATUS, EVIDENCE, OWNER, DUE),
        rows=rows,
        widths=(0.09, 0.06, 0.06, 0.23, 0.08, 0.12, 0.06, 0.08, 0.06, 0.08, 0.05, 0.03),
    )
    return Paper(title=chosen.title, blocks=(table,), citations=chosen.citations)


def source_words(citation: Citation) -> str:
    """A source in a few words: "NHS England, 2024 (England)"."""
    return f"{reference(citation)} ({country(citation.jurisdiction)})"


# ---------------------------------------------------------------- a draft


def guidance_paper(
    check: GuidanceCheck, titles: Titles, confirmed: Confirmations | None = None
) -> Paper:
    """The check of a draft: counts, concerns, and every row with the draft's own words.

    Args:
        check: what was proposed.
        titles: of the stages.
        confirmed: what a person made of it; without any, there is no column for it.
    """
    held = confirmed or {}
    blocks: list[Block] = [
        Paragraph((Words(check.confirm, bold=True),), "lead"),
        Paragraph(plain(taken_for(check))),
        Paragraph(plain(counted_words(check))),
        *([Paragraph(plain(confirmed_count(check, held)))] if held else []),
        *(Paragraph(plain(remark), "small") for remark in check.remarks),
    ]
    if check.concerns:
        blocks.append(Heading("Wording that invites trouble"))
        for concern in check.concerns:
            blocks += _concern_blocks(concern)
    for verdict in VERDICTS:
        rows = [row for row in check.rows if row.verdict == verdict]
        if rows:
            blocks.append(Heading(f"{VERDICT_WORDS[verdict]} ({len(rows)})"))
            blocks.append(_found_table(VERDICT_WORDS[verdict], rows, titles, held))
    blocks.append(Paragraph(plain(_about_draft(check)), "small"))
    paper = Paper(
        title=f"Guidance check: {check.title}",
        subtitle=_place(check.setting, ""),
        blocks=tuple(blocks),
        citations=check.citations,
        footer=f"Guidance check: {check.title}",
    )
    return recorded(paper, paper.title, check.library_version)


def taken_for(check: GuidanceCheck) -> str:
    """What the draft was taken for, and which stages it was compared on."""
    kind = KIND_WORDS[check.kind.kind].lower()
    how = (
        "as you said"
        if check.kind.given
        else "by its title, headings and words; this can be changed"
    )
    return f"Compared as a {kind} ({how}), on these stages: {', '.join(check.stages)}."


def counted_words(check: GuidanceCheck) -> str:
    """How many rows met each verdict, in words."""
    counts = check.counted()
    order: tuple[Verdict, ...] = ("met", "unclear", "absent", "contradicts")
    parts = [f"{counts[verdict]} {VERDICT_WORDS[verdict].lower()}" for verdict in order]
    return f"{len(check.rows)} rows: {', '.join(parts)}."


def confirmed_count(check: GuidanceCheck, confirmed: Confirmations) -> str:
    """How many rows a person confirmed, and how many of these were changed."""
    own = [row for row in check.rows if row.id in confirmed]
    changed = sum(confirmed[row.id].verdict != row.verdict for row in own)
    verb = "row was" if len(own) == 1 else "rows were"
    return (
        f"{len(own)} of {len(check.rows)} {verb} confirmed by a person;"
        f" in {changed} of these the verdict was changed."
    )


def confirmed_words(row: RowFound, confirmed: Confirmations) -> str:
    """What a person made of a row: "Met", "Changed to Absent: it was cut"; empty where nothing."""
    own = confirmed.get(row.id)
    if own is None:
        return ""
    verdict = VERDICT_WORDS[own.verdict]
    said = verdict if own.verdict == row.verdict else f"Changed to {verdict}"
    return f"{said}: {own.why}" if own.why else said


def _about_draft(check: GuidanceCheck) -> str:
    return (
        f"Draft: {check.file}, {check.words:,} words; SHA-256 of its text {check.text_sha256}."
        f" Library {check.library_version}, checklists {check.checklists_version}."
    )


def _concern_blocks(concern: ConcernFound) -> Iterator[Block]:
    yield Heading(concern.title, 2)
    yield Bullets(tuple(_quoted(words) for words in concern.draft_words))
    yield Paragraph((Words(concern.why, cites=concern.citations),))
    if concern.contested:
        yield Paragraph(plain(f"Sources differ: {concern.contested}"), "small")
    yield Paragraph((Words("Our suggestion: ", bold=True), Words(concern.instead)))


def _found_table(
    caption: str, rows: Sequence[RowFound], titles: Titles, confirmed: Confirmations
) -> Table:
    columns = ("What guidance asks", "How strong", "The draft's words")
    return Table(
        caption=caption,
        columns=(*columns, CONFIRMED) if confirmed else columns,
        rows=tuple(
            (
                (
                    Words(f"{titles.get(row.stage, row.stage)}. ", italic=True),
                    Words(row.requirement, cites=row.citations),
                ),
                plain(strength_of(row)),
                _draft_line(row),
                *([_said_line(row, confirmed)] if confirmed else []),
            )
            for row in rows
        ),
        widths=(0.36, 0.12, 0.36, 0.16) if confirmed else (0.42, 0.13, 0.45),
    )


def _said_line(row: RowFound, confirmed: Confirmations) -> Line:
    said = confirmed_words(row, confirmed)
    return plain(said) if said else _EMPTY


def strength_of(row: RowFound) -> str:
    """How strong a row is, in a few words, with its country where that is another."""
    where = f" ({row.country})" if row.abroad else ""
    contested = ". Sources differ." if row.contested else ""
    return f"{FORCE_SHORT[row.strength]}{where}{contested}"


def _draft_line(row: RowFound) -> Line:
    if not row.draft_words:
        return (Words("Nothing found.", italic=True), Words(f" Could show it: {row.show}"))
    line: list[Words] = []
    for words in row.draft_words:
        line += [*_quoted(words), Words(" ")]
    if row.why:
        line.append(Words(row.why, italic=True))
    return tuple(line)


def _quoted(words: DraftWords) -> Line:
    where = place_of(words)
    return (Words(f"“{words.text}”"), Words(f" ({where})", italic=True) if where else Words(""))


def place_of(words: DraftWords) -> str:
    """Where words stand: "page 3, Supervision"."""
    page = f"page {words.page}" if words.page else ""
    heading = words.heading.rsplit(" > ", 1)[-1]
    return ", ".join(part for part in (page, heading) if part)


def guidance_sheet(
    check: GuidanceCheck, titles: Titles, confirmed: Confirmations | None = None
) -> Paper:
    """The check of a draft as one table, a row a requirement, to confirm in a spreadsheet; with
    what a person made of it already."""
    cited = {citation.n: citation for citation in check.citations}
    rows = tuple(
        tuple(
            plain(text) if text else _EMPTY
            for text in (
                row.id,
                titles.get(row.stage, row.stage),
                row.requirement,
                strength_of(row),
                VERDICT_WORDS[row.verdict],
                " / ".join(words.text for words in row.draft_words),
                "; ".join(filter(None, (place_of(words) for words in row.draft_words))),
                row.why,
                "; ".join(dict.fromkeys(source_words(cited[n]) for n in row.citations)),
                confirmed_words(row, confirmed or {}),
            )
        )
        for row in check.rows
    )
    columns = (ID, "Stage", "What guidance asks", "How strong", "Proposed", "The draft's words")
    table = Table(
        caption=f"Guidance check: {check.title}. {check.confirm}",
        columns=(*columns, "Where", "Why", "Sources", CONFIRMED),
        rows=rows,
        widths=(0.08, 0.07, 0.2, 0.08, 0.07, 0.22, 0.08, 0.06, 0.08, 0.06),
    )
    return Paper(title=f"Guidance check: {check.title}", blocks=(table,), citations=check.citations)


# ---------------------------------------------------------------- readiness


def readiness_paper(found: Readiness) -> Paper:
    """The readiness picture: one page with plot, table and the strongest gaps, then all of them."""
    blocks: list[Block] = [
        Picture(picture(found), in_words(found)),
        _stage_table(found),
        *(Paragraph(plain(remark), "small") for remark in found.remarks),
    ]
    if found.changes or found.gaps or found.strengths:
        blocks.append(PageBreak())
    if found.changes:
        blocks += [Heading("What changed"), _change_table(found)]
    if found.gaps:
        blocks += [Heading("Gaps, the strongest first"), _gap_table(found.gaps)]
    if found.strengths:
        blocks += [
            Heading("In place"),
            Bullets(tuple(plain(row.text) for row in found.strengths)),
        ]
    paper = Paper(
        title="Peer support: how ready are we?",
        subtitle=_dates(found),
        blocks=tuple(blocks),
        citations=found.citations,
        footer="Filled in by people; the picture counts what they wrote.",
    )
    return recorded(paper, paper.title, found.library_version)


def _stage_table(found: Readiness) -> Table:
    # Five columns at most: with more the pages would be turned.
    columns = ("Stage", *STATUS_WORDS.values())
    rows = []
    for stage in found.stages:
        left = f" ({stage.open} without a status)" if stage.open else ""
        cells = [stage.title + left]
        for status, count in stage.counts.items():
            was = f" (was {stage.before[status]})" if stage.before is not None else ""
            cells.append(f"{count}{was}")
        rows.append(tuple(plain(cell) for cell in cells))
    widths = (0.4, 0.15, 0.15, 0.15, 0.15)
    return Table("Rows of the checklist by stage and status", columns, tuple(rows), widths)


def _change_table(found: Readiness) -> Table:
    def words(status: str) -> str:
        return STATUS_WORDS.get(status, "No status") if status else "No status"  # type: ignore[call-overload]

    return Table(
        "Rows whose status changed",
        ("What", "Before", "Now"),
        tuple(
            (plain(c.text), plain(words(c.before)), plain(words(c.after))) for c in found.changes
        ),
        (0.6, 0.2, 0.2),
    )


def _gap_table(rows: Sequence[ChosenRow]) -> Table:
    return Table(
        "Not in place, or partly",
        ("What", "How strong", STATUS, OWNER, DUE),
        tuple(
            (
                (Words(row.text, cites=row.citations),),
                plain(row.strength),
                plain(STATUS_WORDS[row.status]) if row.status else _EMPTY,
                plain(row.owner) if row.owner else _EMPTY,
                plain(row.due) if row.due else _EMPTY,
            )
            for row in rows
        ),
        (0.46, 0.16, 0.12, 0.14, 0.12),
    )


def _dates(found: Readiness) -> str:
    if found.before and found.date:
        return f"{_day(found.date)}, compared with {_day(found.before)}"
    return _day(found.date) if found.date else found.name


def _day(date: dt.date) -> str:
    return f"{date.day} {date:%B %Y}"


# ---------------------------------------------------------------- shared


def _place(setting: str, land: str) -> str:
    words = SETTING_WORDS.get(setting, setting) if setting else ""  # type: ignore[call-overload]
    return ", ".join(part for part in (words, land) if part)


def _first(text: str) -> str:
    return text[:1].upper() + text[1:]
