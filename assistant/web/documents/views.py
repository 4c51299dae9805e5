"""The place "Your documents" as markup: the form for adding, how far it is, and the list of what is
there. What came of an adding: ``report_views``. Pure functions: no server, no state."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from assistant.documents.currency import last_day, status_of
from assistant.documents.printable import printable
from assistant.documents.readers import READERS
from assistant.documents.records import Collection, Document, PartialDate
from assistant.documents.store import DEFAULT_COLLECTION
from assistant.interface import ENGLISH, Texts
from assistant.presentation.cards import shape
from assistant.presentation.markup import Html, el, join
from assistant.presentation.words import (
    KIND_WORDS,
    country,
    day,
    kind_words,
    month,
    status_words,
    strength,
)
from assistant.schema import AnyKind, DocumentStatus
from assistant.web.documents.adding import State

OWN_KINDS: tuple[AnyKind, ...] = ("local-policy", "training-material", "other-document")
COUNTRIES = ("England", "UK", "Scotland", "Wales", "Northern Ireland", "Ireland")
NEW_COLLECTION = "+"
SIMILAR = ("ask", "keep", "replace")
LAST_SHOWN = 5


def count(number: int, name: str, texts: Texts) -> str:
    """A number with its noun: "1 page", "1,204 pages"."""
    return texts(f"documents.{name}_one" if number == 1 else f"documents.{name}", n=f"{number:,}")


def collection_name(collection: Collection, texts: Texts) -> str:
    """A collection as people know it; the one that is always there is named by the page."""
    if collection == DEFAULT_COLLECTION:
        return texts("documents.heading")
    return printable(collection.name)


def in_words(date: PartialDate, texts: Texts = ENGLISH) -> str:
    """A date as people say it: "2024", "May 2024", "3 May 2024"."""
    last = last_day(date)
    if not date or last is None:
        return date
    if len(date) == 4:
        return date
    return month(last, texts) if len(date) == 7 else day(last, texts)


def status(document: Document, today: dt.date | None = None) -> DocumentStatus:
    """The status of a document today."""
    return status_of(document.details, today or dt.date.today())


# ---------------------------------------------------------------- the form


def kind_options(chosen: AnyKind, texts: Texts) -> list[Html]:
    """Kinds for a select: those of documents of one's own first, then those of publications."""
    words = kind_words(texts)
    rest = [kind for kind in KIND_WORDS if kind not in OWN_KINDS]
    return [
        el("option", words[kind], value=kind, selected=kind == chosen)
        for kind in (*OWN_KINDS, *rest)
    ]


def add_form(collections: Sequence[Collection], texts: Texts) -> Html:
    """Files, collection, and what to do with what is nearly the same."""
    options = [el("option", collection_name(c, texts), value=c.id) for c in collections]
    options.append(el("option", texts("documents.new_collection"), value=NEW_COLLECTION))
    return el(
        "form",
        el("h2", texts("documents.add_heading")),
        _chooser(texts),
        el(
            "div",
            _labelled(
                "add-collection",
                texts("documents.collection"),
                el("select", *options, id="add-collection", name="collection"),
            ),
            _new_collection(texts),
            class_="add-fields",
        ),
        _similar(texts),
        el(
            "p",
            el("button", texts("documents.add"), type="submit", class_="main-button"),
            class_="add-go",
        ),
        el("p", "", class_="add-said", role="status"),
        class_="add-form",
        data_add=True,
        novalidate=True,
        data_none=texts("documents.none_chosen"),
        data_unnamed=texts("documents.unnamed"),
        data_one=texts("documents.chosen_one"),
        data_many=texts("documents.chosen"),
        data_sending=texts("documents.sending"),
        data_lost=texts("documents.lost"),
    )


def _chooser(texts: Texts) -> Html:
    suffixes = ",".join([*READERS, ".zip"])
    files = el("input", type="file", multiple=True, id="add-files", accept=suffixes)
    folder = el("input", type="file", id="add-folder", webkitdirectory=True)
    return el(
        "div",
        el("p", texts("documents.drop"), class_="drop-words"),
        el(
            "div",
            files,
            el("label", texts("documents.choose"), for_="add-files", class_="file-button"),
            folder,
            el("label", texts("documents.choose_folder"), for_="add-folder", class_="file-button"),
            class_="file-buttons",
        ),
        el("p", texts("documents.formats"), class_="hint", id="add-formats"),
        el("p", "", class_="chosen", role="status"),
        class_="drop",
        data_drop=True,
    )


def _new_collection(texts: Texts) -> Html:
    """What is asked of a new collection; style shows it where one is chosen."""
    countries = [el("option", country(place, texts), value=place) for place in COUNTRIES]
    return el(
        "div",
        _labelled(
            "add-name",
            texts("documents.collection_name"),
            el("input", type="text", id="add-name", name="name", maxlength=80, autocomplete="off"),
        ),
        _labelled(
            "add-kind",
            texts("documents.collection_kind"),
            el("select", *kind_options("local-policy", texts), id="add-kind", name="kind"),
        ),
        _labelled(
            "add-country",
            texts("documents.collection_country"),
            el("select", *countries, id="add-country", name="country"),
        ),
        class_="new-collection",
    )


def _similar(texts: Texts) -> Html:
    rows = [
        el(
            "div",
            el(
                "input",
                type="radio",
                name="similar",
                id=f"similar-{value}",
                value=value,
                checked=value == "ask",
            ),
            el("label", texts(f"documents.similar_{value}"), for_=f"similar-{value}"),
        )
        for value in SIMILAR
    ]
    return el(
        "fieldset", el("legend", texts("documents.similar")), *rows, class_="similar choices-small"
    )


def _labelled(id_: str, label: str, control: Html) -> Html:
    return el("div", el("label", label, for_=id_), control, class_="field")


# ---------------------------------------------------------------- while it goes on


def progress(state: State, texts: Texts, shown: Mapping[str, str]) -> Html:
    """How far an adding is; ``shown`` gives the names of files by the path in their report."""
    done, total = min(state.done, state.total), max(state.total, 1)
    last = state.reports[-LAST_SHOWN:]
    rows = [
        el(
            "li",
            el("span", shown.get(r.path, r.path), class_="file-name"),
            el("span", texts(f"file_status.{r.status}"), class_="file-status"),
        )
        for r in reversed(last)
    ]
    return el(
        "section",
        el("h2", texts("documents.adding"), id="adding-title"),
        el("progress", max=total, value=done, aria_labelledby="adding-title"),
        el("p", how_far(state, texts), class_="how-far"),
        el(
            "p",
            el("button", texts("documents.stop"), type="button", class_="quick", data_stop=True),
            class_="add-go",
        )
        if not state.stopping
        else el("p", texts("documents.stopping"), class_="hint"),
        el("ul", *rows, class_="just-done", role="list") if rows else None,
        class_="adding",
        aria_labelledby="adding-title",
    )


def how_far(state: State, texts: Texts) -> str:
    """ "3 of 12 files. About 2 minutes left." """
    place = texts("documents.so_far", done=f"{state.done:,}", total=f"{state.total:,}")
    left = state.seconds_left
    if left is None:
        return place
    minutes = round(left / 60)
    if left < 50:
        return f"{place} {texts('documents.left_seconds')}"
    if minutes <= 1:
        return f"{place} {texts('documents.left_minute')}"
    return f"{place} {texts('documents.left', minutes=f'{minutes:,}')}"


# ---------------------------------------------------------------- the list


def place_heading(texts: Texts) -> Html:
    """Heading of the place, and what happens to files."""
    return join(
        el("h1", texts("documents.heading"), tabindex="-1"),
        el("p", texts("documents.lead"), class_="lead"),
    )


def listing(
    documents: Sequence[Document], collections: Sequence[Collection], notice: str, texts: Texts
) -> Html:
    """What is there, by collection; what wants attention carries a badge."""
    said = el("p", notice, class_="notice", role="status") if notice else None
    if not documents:
        return el("div", said, el("p", texts("documents.empty"), class_="empty"), class_="held")
    groups = [
        (c, sorted((d for d in documents if d.collection == c.id), key=_by_title))
        for c in collections
    ]
    known = {c.id for c in collections}
    lost = [d for d in documents if d.collection not in known]
    blocks = [_group(collection_name(c, texts), held, texts) for c, held in groups if held]
    blocks += [_group(texts("documents.no_collection"), lost, texts)] if lost else []
    counted = count(len(documents), "document_n", texts)
    passages = count(sum(d.passages for d in documents), "passages", texts)
    return el(
        "div",
        said,
        el("p", f"{counted}, {passages}.", class_="count-line"),
        *blocks,
        class_="held",
    )


def document_link(document: str, words: str) -> Html:
    """The way to the page of a document."""
    return el("a", words, href=f"?document={document}", data_go=f"document:{document}")


def _by_title(document: Document) -> str:
    return document.details.title.lower()


def _group(name: str, documents: Sequence[Document], texts: Texts) -> Html:
    rows = [_document_row(document, texts) for document in documents]
    return join(el("h2", name), el("ul", *rows, class_="sources", role="list"))


def _document_row(document: Document, texts: Texts) -> Html:
    details = document.details
    facts = (
        [texts("documents.issued_on", date=in_words(details.issued, texts))]
        if details.issued
        else []
    )
    if details.review_due:
        facts.append(texts("documents.review_on", date=in_words(details.review_due, texts)))
    facts += [count(document.pages, "pages", texts)] if document.pages else []
    facts.append(count(document.passages, "passages", texts))
    return el(
        "li",
        document_link(document.id, printable(details.title)),
        el("p", ". ".join(facts) + ".", class_="by"),
        el("p", *document_badges(document, texts), class_="badges"),
        class_="source",
    )


def document_badges(document: Document, texts: Texts) -> list[Html]:
    """The marks of a document: what wants attention first, then its kind."""
    found = []
    state = status(document)
    if state != "current":
        words = status_words(texts)[state]
        found.append(el("span", words, class_=f"badge attention attention-{state}"))
    step = strength(document.details.kind)
    kind = kind_words(texts)[document.details.kind]
    found.append(el("span", shape(step), kind, class_=f"badge strength-{step}"))
    return found
