"""The readiness picture as markup: the form, the picture with the same in a table, what changed,
and the gaps. Pure functions: no server, no state."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Sequence

from assistant.checklists.drawing import in_words
from assistant.checklists.records import (
    STATUS_WORDS,
    Change,
    ChosenRow,
    Readiness,
    StageCount,
    Status,
)
from assistant.corpus import Library
from assistant.interface import Texts
from assistant.presentation.markup import Html, el, join
from assistant.presentation.parts import evidence_column, marks, spread
from assistant.presentation.sentences import held
from assistant.presentation.words import day
from assistant.web.managers import views as look
from assistant.web.managers.checklist_views import Differing
from assistant.web.managers.draft_views import file_input

KEY = "readiness"
FORMS = ("docx", "pdf", "md")
ACCEPT = ".xlsx,.csv,.tsv,.json"


def readiness_form(texts: Texts) -> Html:
    """One filled-in checklist, or two, each with its day."""
    return el(
        "form",
        el(
            "div",
            _file("now", texts("managers.readiness_choose"), texts),
            _file("before", texts("managers.readiness_choose_before"), texts),
            class_="two-files",
        ),
        el("p", look.to_view("checklists", texts("managers.readiness_fill")), class_="fill-here"),
        el(
            "p",
            el("button", texts("managers.readiness_go"), type="submit", class_="main-button"),
            class_="form-go",
        ),
        el("p", "", class_="form-said", role="status"),
        class_="managers-form",
        data_managers="readiness",
        data_none=texts("managers.readiness_empty"),
        data_sending=texts("managers.readiness_reading"),
        data_lost=texts("managers.draft_lost"),
        novalidate=True,
    )


def _file(which: str, words: str, texts: Texts) -> Html:
    date = el("input", type="date", id=f"date-{which}", name=f"date-{which}")
    hint = f"managers.readiness_{which}_hint"
    return el(
        "fieldset",
        el("legend", texts(f"managers.readiness_{which}")),
        el("p", texts(hint), class_="field-hint", id=f"hint-{which}"),
        file_input(f"file-{which}", words, ACCEPT, f"hint-{which}"),
        el("p", "", class_="chosen", role="status", data_words=texts("managers.draft_chosen")),
        look.labelled(
            f"date-{which}",
            texts("managers.readiness_date"),
            date,
            texts("managers.readiness_date_hint"),
        ),
        class_="one-file",
    )


def picture(
    found: Readiness, png: bytes, library: Library, differing: Differing, texts: Texts
) -> Html:
    """The picture, the same as a table, what changed, the gaps, and what is in place."""
    reading = join(
        _figure(found, png, texts),
        _table(found, texts),
        *(el("p", remark, class_="caveat", lang=texts.library) for remark in found.remarks),
        _changes(found.changes, texts) if found.before or found.changes else None,
        _gaps(found, library, differing, texts),
        _strengths(found, texts) if found.strengths else None,
    )
    return el(
        "article",
        el("h2", texts("managers.readiness_title"), tabindex="-1", data_shown=True),
        el("p", _dated(found, texts), class_="count-line"),
        look.file_buttons(KEY, FORMS, texts("managers.readiness_take"), "", texts),
        spread(reading, evidence_column(found.citations, KEY, 2, library.sources, texts=texts)),
        class_="readiness",
    )


def _dated(found: Readiness, texts: Texts) -> str:
    if found.date is None:
        return found.name
    if found.before is None:
        return texts("managers.readiness_at", date=day(found.date, texts))
    dates: dict[str, dt.date] = {"date": found.date, "before": found.before}
    return texts(
        "managers.readiness_compared", **{name: day(d, texts) for name, d in dates.items()}
    )


def _figure(found: Readiness, png: bytes, texts: Texts) -> Html:
    packed = base64.b64encode(png).decode()
    image = el("img", src=f"data:image/png;base64,{packed}", alt=in_words(found))
    caption = el("figcaption", texts("managers.readiness_figure"))
    return el("figure", image, caption, class_="ready-picture")


def _table(found: Readiness, texts: Texts) -> Html:
    heads = [el("th", texts("managers.readiness_stage"), scope="col")]
    heads += [el("th", look.status_name(s, texts), scope="col") for s in (*STATUS_WORDS, "")]
    table = el(
        "table",
        el("caption", texts("managers.readiness_table")),
        el("thead", el("tr", *heads)),
        el("tbody", *(_table_row(stage, texts) for stage in found.stages)),
    )
    return el(
        "div",
        table,
        class_="wide",
        tabindex="0",
        role="group",
        aria_label=texts("managers.readiness_table"),
    )


def _table_row(stage: StageCount, texts: Texts) -> Html:
    two = stage.before is not None
    before: dict[Status, int] = stage.before or {}
    cells = [el("td", _cell(n, before.get(s, 0), two, texts)) for s, n in stage.counts.items()]
    cells.append(el("td", _cell(stage.open, stage.open_before, two, texts)))
    return el("tr", el("th", stage.title, scope="row", lang=texts.library), *cells)


def _cell(now: int, before: int, two: bool, texts: Texts) -> str:
    return texts("managers.readiness_now_was", n=now, before=before) if two else str(now)


def _changes(changes: Sequence[Change], texts: Texts) -> Html | None:
    if not changes:
        return None
    rows = [
        el(
            "li",
            el("p", held(c.text, texts), class_="row-text"),
            el(
                "p",
                texts(
                    "managers.readiness_change",
                    before=look.status_name(c.before, texts),
                    after=look.status_name(c.after, texts),
                ),
                class_="row-facts",
            ),
        )
        for c in changes
    ]
    return _part(texts("managers.readiness_changes"), *rows)


def _gaps(found: Readiness, library: Library, differing: Differing, texts: Texts) -> Html:
    if not found.gaps:
        words = el("p", texts("managers.readiness_no_gaps"), class_="empty")
        return el(
            "section", el("h3", texts("managers.readiness_gaps")), words, class_="check-stage"
        )
    rows = [_gap(row, found, library, differing, texts) for row in found.gaps]
    return _part(texts("managers.readiness_gaps"), *rows)


def _gap(
    row: ChosenRow, found: Readiness, library: Library, differing: Differing, texts: Texts
) -> Html:
    who = [texts("managers.readiness_owner", owner=row.owner)] if row.owner else []
    who += [texts("managers.readiness_due", due=_due(row.due, texts))] if row.due else []
    return el(
        "li",
        el(
            "p",
            held(row.text, texts),
            " ",
            marks(row.citations, found.citations, KEY, texts),
            class_="row-text",
        ),
        el(
            "p",
            look.force_mark(row.force, held(row.strength, texts)),
            el("span", look.status_name(row.status, texts), class_="badge"),
            look.abroad_badge(row.country, texts) if row.abroad else None,
            class_="row-facts",
        ),
        el("p", " · ".join(who), class_="row-show") if who else None,
        look.differing(row.contested, differing(row.id), library, texts),
        class_="check-row",
    )


def _due(due: str, texts: Texts) -> str:
    """A day as people write it; whatever else was filled in, as it is."""
    try:
        return day(dt.date.fromisoformat(due), texts)
    except ValueError:
        return due


def _strengths(found: Readiness, texts: Texts) -> Html:
    rows = [
        el(
            "li",
            held(row.text, texts),
            " ",
            marks(row.citations, found.citations, KEY, texts),
        )
        for row in found.strengths
    ]
    title = texts("managers.readiness_strengths", n=len(rows))
    return el(
        "details",
        el("summary", el("h3", title, class_="fold-name")),
        el("ul", *rows, class_="points"),
        class_="fold",
    )


def _part(title: str, *rows: Html) -> Html:
    return el(
        "section",
        el("h3", title),
        el("ol", *rows, class_="check-rows", role="list"),
        class_="check-stage",
    )
