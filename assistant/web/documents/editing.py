"""The form that changes what is known of a document: its markup, and what was written in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from assistant.documents.dates import DASHES, DATE, date_of
from assistant.documents.records import Collection, Details, Document
from assistant.interface import ENGLISH, Texts
from assistant.presentation.documents import seen
from assistant.presentation.markup import Html, el
from assistant.presentation.words import KIND_WORDS, WHO_WORDS, who_words
from assistant.web.documents.views import COUNTRIES, in_words, kind_options

DATES = ("issued", "reviewed", "review_due")
LONGEST = 300
_DOI = re.compile(r"10\.\d{4,9}/\S+")
_BEFORE_DOI = re.compile(r"^(?:https?://)?(?:dx\.)?doi\.org/|^doi:?\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Written:
    """What a form holds, as changes of details; ``errors`` by field where something cannot be."""

    changes: dict[str, object] = field(default_factory=dict)
    collection: str | None = None
    errors: dict[str, str] = field(default_factory=dict)


def read_form(
    form: Mapping[str, str],
    document: Document,
    collections: Mapping[str, str],
    others: Mapping[str, str],
    texts: Texts,
) -> Written:
    """The changes that a form asks for: fields that say the same as before are not among them.

    Args:
        form: values by field.
        document: as it is.
        collections: names by id.
        others: titles of the other documents by id.
        texts: the page's sentences.
    """
    errors: dict[str, str] = {}
    values: dict[str, object] = {
        "title": _short(form, "title"),
        "authors": _authors(form.get("authors", "")),
        "country": _short(form, "country"),
        "superseded_by": _newer(_short(form, "superseded_by"), others),
        "doi": _doi(_short(form, "doi"), errors, texts),
    }
    for name in DATES:
        values[name] = _date(_short(form, name), name, errors, texts)
    kind, who = form.get("kind", ""), form.get("who_speaks", "")
    values["kind"] = kind if kind in KIND_WORDS else document.details.kind
    values["who_speaks"] = who if who in WHO_WORDS else document.details.who_speaks
    for name in ("title", "country"):
        if not values[name]:
            errors[name] = texts(f"document.error_{name}")
    if values["superseded_by"] in {document.id, document.details.title}:
        errors["superseded_by"] = texts("document.error_superseded_by")
    given = {name: value for name, value in values.items() if name in form}
    before = document.details
    changes = {name: value for name, value in given.items() if value != getattr(before, name)}
    wanted = form.get("collection", "")
    moved = wanted if wanted in collections and wanted != document.collection else None
    return Written(changes, moved, {name: errors[name] for name in errors if name in form})


def _short(form: Mapping[str, str], name: str) -> str:
    return " ".join(form.get(name, "").split())[:LONGEST]


def _authors(written: str) -> tuple[str, ...]:
    names = (" ".join(name.split())[:LONGEST] for name in re.split(r"[;\n]", written))
    return tuple(name for name in names if name)[:200]


def _date(written: str, name: str, errors: dict[str, str], texts: Texts) -> str:
    """The date in ISO form, however it is written; nothing else may stand beside it."""
    match = DATE.fullmatch(_in_english(written, texts).translate(DASHES))
    found = date_of(match) if match else ""
    if written and not found:
        errors[name] = texts("document.error_date")
    return found


def _in_english(written: str, texts: Texts) -> str:
    """A date with the names of months as the reader of dates knows them."""
    names = dict(zip(texts.lines("dates.months"), ENGLISH.lines("dates.months"), strict=True))
    known = {ours.casefold(): english for ours, english in names.items()}
    return re.sub(r"[^\W\d]+", lambda word: known.get(word[0].casefold(), word[0]), written)


def _doi(written: str, errors: dict[str, str], texts: Texts) -> str:
    bare = _BEFORE_DOI.sub("", written)
    if bare and not _DOI.fullmatch(bare):
        errors["doi"] = texts("document.error_doi")
    return bare


def _newer(written: str, others: Mapping[str, str]) -> str:
    """The id of the document of that title, where there is one; else what was written."""
    if written in others:
        return written
    by_title = {seen(title): key for key, title in others.items()}
    return by_title.get(written, written)


# ---------------------------------------------------------------- markup


def edit_form(
    document: Document,
    collections: Mapping[str, str],
    others: Mapping[str, str],
    texts: Texts,
    form: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> Html:
    """The form; with what was written and what is wrong with it, where something is."""
    values = dict(values_of(document.details, others, texts), collection=document.collection)
    values |= form or {}
    wrong = errors or {}
    titles = [el("option", value=seen(title)) for title in others.values()]
    chosen = values["kind"] if values["kind"] in KIND_WORDS else document.details.kind
    kinds = kind_options(chosen, texts)
    voices = [
        el("option", words, value=who, selected=who == values["who_speaks"])
        for who, words in who_words(texts).items()
    ]
    groups = [
        el("option", seen(name), value=key, selected=key == values["collection"])
        for key, name in collections.items()
    ]
    countries = [el("option", value=country) for country in COUNTRIES]

    def line(name: str, hint: str = "", **more: str) -> Html:
        control = el(
            "input",
            type="text",
            id=f"edit-{name}",
            name=name,
            value=values[name],
            autocomplete="off",
            maxlength=LONGEST,
            **_described(name, wrong, bool(hint)),
            **more,
        )
        return _field(name, control, wrong, hint, texts)

    def choice(name: str, options: list[Html]) -> Html:
        control = el("select", *options, id=f"edit-{name}", name=name)
        return _field(name, control, wrong, "", texts)

    authors = el(
        "textarea",
        values["authors"],
        id="edit-authors",
        name="authors",
        rows=2,
        **_described("authors", wrong, True),
    )
    return el(
        "form",
        el("p", texts("document.errors"), class_="notice", role="alert") if wrong else None,
        line("title"),
        _field("authors", authors, wrong, texts("document.hint_authors"), texts),
        el("p", texts("document.hint_dates"), class_="hint", id="edit-dates-hint"),
        el("div", *(line(name) for name in DATES), class_="three"),
        el(
            "div",
            choice("kind", kinds),
            choice("who_speaks", voices),
            line("country", list="edit-countries"),
            choice("collection", groups),
            line("doi"),
            line("superseded_by", texts("document.hint_superseded_by"), list="edit-titles"),
            class_="two",
        ),
        el("datalist", *countries, id="edit-countries"),
        el("datalist", *titles, id="edit-titles"),
        el(
            "p",
            el("button", texts("document.save"), type="submit", class_="main-button"),
            class_="add-go",
        ),
        class_="edit-form",
        data_edit=document.id,
        novalidate=True,
    )


def values_of(
    details: Details, others: Mapping[str, str], texts: Texts = ENGLISH
) -> dict[str, str]:
    """What the fields of the form hold at first."""
    newer = details.superseded_by
    return {
        "title": seen(details.title),
        "authors": seen("; ".join(details.authors)),
        "issued": in_words(details.issued, texts),
        "reviewed": in_words(details.reviewed, texts),
        "review_due": in_words(details.review_due, texts),
        "country": seen(details.country),
        "kind": details.kind,
        "who_speaks": details.who_speaks,
        "doi": seen(details.doi),
        "superseded_by": seen(others.get(newer, newer)),
    }


def _described(name: str, wrong: Mapping[str, str], hinted: bool) -> dict[str, str]:
    ids = [f"edit-{name}-error"] if name in wrong else []
    ids += [f"edit-{name}-hint"] if hinted else []
    ids += ["edit-dates-hint"] if name in DATES else []
    found = {"aria_describedby": " ".join(ids)} if ids else {}
    return found | ({"aria_invalid": "true"} if name in wrong else {})


def _field(name: str, control: Html, wrong: Mapping[str, str], hint: str, texts: Texts) -> Html:
    return el(
        "div",
        el("label", texts(f"document.field_{name}"), for_=f"edit-{name}"),
        control,
        el("p", hint, class_="hint", id=f"edit-{name}-hint") if hint else None,
        el("p", wrong[name], class_="error", id=f"edit-{name}-error") if name in wrong else None,
        class_="field",
    )


def collection_names(collections: list[Collection]) -> dict[str, str]:
    """Names of collections by id."""
    return {collection.id: collection.name for collection in collections}
