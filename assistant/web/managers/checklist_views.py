"""A checklist as markup: the form that chooses it, its rows by stage with their sources, and what
people fill in. Pure functions: no server, no state."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from assistant.checklists.records import STATUS_WORDS, Chosen, ChosenRow, Stage
from assistant.corpus import Library
from assistant.interface import Texts
from assistant.presentation.markup import Html, el, join
from assistant.presentation.parts import evidence_column, marks, spread
from assistant.presentation.sentences import held, sentence, small
from assistant.presentation.words import country, setting_words
from assistant.web.managers import views as look

KEY = "checklist"
"""Keeps the cards of this view apart from those of others."""
FORMS = ("docx", "pdf", "xlsx", "csv", "md")
KEPT_FORMS = ("xlsx", "json")

Differing = Callable[[str], str]
"""The id of the contested question of a row; empty where there is none."""


def checklist_form(titles: Mapping[Stage, str], library: Library, texts: Texts) -> Html:
    """Stages, setting, country and kind of document."""
    any_kind = look.kinds(texts("managers.any_kind"), texts)
    return el(
        "form",
        look.stage_boxes(
            KEY, titles, texts("managers.stages"), texts("managers.stages_hint"), texts
        ),
        el(
            "div",
            look.where_fields(KEY, library, texts),
            look.select(f"{KEY}-kind", "kind", texts("managers.kind"), any_kind),
            class_="field-row",
        ),
        _submit(texts("managers.checklist_show")),
        el("p", "", class_="form-said", role="status"),
        class_="managers-form",
        data_managers="checklist",
        data_wait=texts("managers.checklist_loading"),
        novalidate=True,
    )


def _submit(words: str) -> Html:
    return el("p", el("button", words, type="submit", class_="main-button"), class_="form-go")


def checklist(
    chosen: Chosen,
    titles: Mapping[Stage, str],
    library: Library,
    differing: Differing,
    texts: Texts,
) -> Html:
    """A checklist: its rows by stage, ways to take it away, room to fill it in, its sources."""
    heading = el("h2", held(chosen.title, texts), tabindex="-1", data_shown=True)
    if not chosen.rows:
        return join(heading, el("p", texts("managers.checklist_none"), class_="empty"))
    stages = [stage for stage in chosen.stages if any(r.stage == stage for r in chosen.rows)]
    reading = join(
        _jumps(stages, titles, texts) if len(stages) > 1 else None,
        *(_stage(stage, chosen, titles, library, differing, texts) for stage in stages),
        _filled_in(texts),
    )
    return el(
        "article",
        heading,
        el("p", _summary(chosen, texts), class_="count-line"),
        *(el("p", r, class_="caveat", lang=texts.library) for r in chosen.remarks),
        look.file_buttons(
            KEY,
            FORMS,
            texts("managers.checklist_take"),
            texts("managers.checklist_take_hint"),
            texts,
        ),
        spread(reading, evidence_column(chosen.citations, KEY, 2, library.sources, texts=texts)),
        _fill_bar(texts),
        class_="checklist",
    )


def _summary(chosen: Chosen, texts: Texts) -> str:
    where = [country(chosen.country, texts)] if chosen.country else []
    setting = chosen.setting or "any"
    where.append(small(setting_words(texts)[setting]))
    count = len(chosen.rows)
    name = "managers.checklist_rows_one" if count == 1 else "managers.checklist_rows"
    return texts(name, n=f"{count:,}", where=", ".join(where))


def _jumps(stages: Sequence[Stage], titles: Mapping[Stage, str], texts: Texts) -> Html:
    buttons = [
        el(
            "button",
            titles[s],
            type="button",
            class_="plain-button",
            data_jump=f"stage-{s}",
            lang=texts.library,
        )
        for s in stages
    ]
    return el(
        "div", *buttons, class_="jumps", role="group", aria_label=texts("managers.checklist_jump")
    )


def _stage(
    stage: Stage,
    chosen: Chosen,
    titles: Mapping[Stage, str],
    library: Library,
    differing: Differing,
    texts: Texts,
) -> Html:
    rows = [_row(r, chosen, library, differing, texts) for r in chosen.rows if r.stage == stage]
    return el(
        "section",
        el("h3", titles[stage], id=f"stage-{stage}", tabindex="-1"),
        el("ol", *rows, class_="check-rows", role="list"),
        class_="check-stage",
        aria_labelledby=f"stage-{stage}",
    )


def _row(
    row: ChosenRow, chosen: Chosen, library: Library, differing: Differing, texts: Texts
) -> Html:
    cited = marks(row.citations, chosen.citations, KEY, texts)
    who = row.who[:1].upper() + row.who[1:]
    return el(
        "li",
        el("p", who, class_="row-who", lang=texts.library),
        el("p", held(row.text, texts), " ", cited, class_="row-text", id=f"text-{row.id}"),
        el(
            "p",
            look.force_mark(row.force, held(row.strength, texts)),
            look.abroad_badge(row.country, texts) if row.abroad else None,
            class_="row-facts",
        ),
        el(
            "p",
            sentence("managers.could_show", texts, show=held(row.show, texts)),
            class_="row-show",
        ),
        look.differing(row.contested, differing(row.id), library, texts),
        _fill(row, texts),
        class_="check-row",
        data_row=row.id,
    )


def _fill(row: ChosenRow, texts: Texts) -> Html:
    """The fields of one row. Their labels are short; what they belong to is the row's text."""
    options = [el("option", texts("managers.status_none"), value="")]
    options += [el("option", look.status_name(s, texts), value=s) for s in STATUS_WORDS]
    about = f"text-{row.id}"
    status = el(
        "select", *options, id=f"status-{row.id}", data_fill="status", aria_describedby=about
    )
    more = [
        _fill_line(row.id, "evidence", "text", texts),
        _fill_line(row.id, "owner", "text", texts),
        _fill_line(row.id, "due", "date", texts),
    ]
    return el(
        "div",
        look.labelled(f"status-{row.id}", texts("managers.status"), status),
        el(
            "details",
            el("summary", texts("managers.row_more")),
            el("div", *more, class_="field-row"),
            class_="row-more",
        ),
        class_="row-fill",
    )


def _fill_line(row_id: str, name: str, kind: str, texts: Texts) -> Html:
    id_ = f"{name}-{row_id}"
    field = el(
        "input",
        type=kind,
        id=id_,
        data_fill=name,
        autocomplete="off",
        maxlength=None if kind == "date" else 1000,
        aria_describedby=f"text-{row_id}",
    )
    return look.labelled(id_, texts(f"managers.row_{name}"), field)


def _filled_in(texts: Texts) -> Html:
    picture = el(
        "button",
        texts("managers.filled_picture"),
        type="button",
        class_="main-button",
        data_picture=True,
    )
    return el(
        "section",
        el("h3", texts("managers.filled_heading"), id="filled-in", tabindex="-1"),
        el("p", texts("managers.filled_hint"), class_="filled-hint"),
        look.file_buttons("filled", KEPT_FORMS, texts("managers.filled_save"), "", texts),
        el("p", picture, class_="form-go"),
        el("p", "", class_="form-said", role="status"),
        class_="filled-in",
        data_empty=texts("managers.filled_empty"),
    )


def _fill_bar(texts: Texts) -> Html:
    """How many rows have something filled in, in sight as long as there are any."""
    return el(
        "div",
        el(
            "p",
            texts("managers.filled_none"),
            data_count=True,
            data_none=texts("managers.filled_none"),
            data_one=texts("managers.filled_one"),
            data_many=texts("managers.filled_many"),
        ),
        el(
            "button",
            texts("managers.filled_go"),
            type="button",
            class_="plain-button",
            data_jump="filled-in",
        ),
        class_="fill-bar",
        data_bar="filled",
        hidden=True,
    )
