"""The place "Your documents" as markup: the form for adding, how far it is, what came of it, and
the list of what is there. Pure functions: no server, no state."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from assistant.documents.currency import last_day, status_of
from assistant.documents.printable import printable
from assistant.documents.readers import READERS
from assistant.documents.records import (
    Collection,
    Document,
    FileReport,
    PartialDate,
    Trouble,
    TroubleKind,
)
from assistant.presentation.cards import day, shape
from assistant.presentation.markup import Html, el, join
from assistant.presentation.words import KIND_WORDS, STATUS_WORDS, strength
from assistant.schema import AnyKind, DocumentStatus
from assistant.text import sentences
from assistant.web.adding import State
from assistant.web.texts import Texts

OWN_KINDS: tuple[AnyKind, ...] = ("local-policy", "training-material", "other-document")
COUNTRIES = ("England", "UK", "Scotland", "Wales", "Northern Ireland", "Ireland")
NEW_COLLECTION = "+"
SIMILAR = ("ask", "keep", "replace")
LAST_SHOWN = 5


def count(number: int, name: str, texts: Texts) -> str:
    """A number with its noun: "1 page", "1,204 pages"."""
    return texts(f"documents.{name}_one" if number == 1 else f"documents.{name}", n=f"{number:,}")


def in_words(date: PartialDate) -> str:
    """A date as people say it: "2024", "May 2024", "3 May 2024"."""
    last = last_day(date)
    if not date or last is None:
        return date
    if len(date) == 4:
        return date
    return f"{last:%B %Y}" if len(date) == 7 else day(last)


def status(document: Document, today: dt.date | None = None) -> DocumentStatus:
    """The status of a document today."""
    return status_of(document.details, today or dt.date.today())


# ---------------------------------------------------------------- the form


def kind_options(chosen: AnyKind) -> list[Html]:
    """Kinds for a select: those of documents of one's own first, then those of publications."""
    rest = [kind for kind in KIND_WORDS if kind not in OWN_KINDS]
    return [
        el("option", KIND_WORDS[kind], value=kind, selected=kind == chosen)
        for kind in (*OWN_KINDS, *rest)
    ]


def add_form(collections: Sequence[Collection], texts: Texts) -> Html:
    """Files, collection, and what to do with what is nearly the same."""
    options = [el("option", printable(c.name), value=c.id) for c in collections]
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
    countries = [el("option", country, value=country) for country in COUNTRIES]
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
            el("select", *kind_options("local-policy"), id="add-kind", name="kind"),
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


# ---------------------------------------------------------------- what came of it


@dataclass(frozen=True)
class Row:
    """What became of one file, as it is shown. ``name`` is that of the file; ``other`` the title
    of the document that it is like; ``choices`` what may still be chosen; ``settled`` what was."""

    report: FileReport
    name: str
    other: str = ""
    choices: tuple[str, ...] = ()
    settled: str = ""


_ORDER = ("failed", "refused", "duplicate", "added", "unchanged")


def report_view(
    key: str, rows: Sequence[Row], counts: tuple[int, int], notes: Sequence[str], texts: Texts
) -> Html:
    """What became of each file; what needs somebody first. ``counts`` is what the library holds
    now; ``notes`` say what ended it early."""
    order = sorted(range(len(rows)), key=lambda n: _rank(rows[n]))
    items = [_file_row(key, n, rows[n], texts) for n in order]
    return el(
        "section",
        el("h2", texts("documents.report"), id="report-title", tabindex="-1", data_report=True),
        *(el("p", note, class_="notice") for note in notes),
        el("p", summary(rows, texts), class_="report-sum"),
        el("ul", *items, class_="files", role="list"),
        el(
            "p",
            texts(
                "documents.held",
                documents=count(counts[0], "document_n", texts),
                passages=count(counts[1], "passages", texts),
            ),
            class_="hint",
        ),
        class_="report",
        aria_labelledby="report-title",
    )


def _rank(row: Row) -> tuple[bool, int]:
    return not row.choices, _ORDER.index(row.report.status)


def summary(rows: Sequence[Row], texts: Texts) -> str:
    """ "3 added, 1 refused." """
    found: dict[str, int] = {}
    for row in rows:
        found[row.report.status] = found.get(row.report.status, 0) + 1
    parts = [
        f"{found[status]:,} {texts(f'file_status.{status}').lower()}"
        for status in ("added", "unchanged", "duplicate", "refused", "failed")
        if status in found
    ]
    return (", ".join(parts) or texts("documents.nothing_done")) + "."


def _file_row(key: str, number: int, row: Row, texts: Texts) -> Html:
    report = row.report
    words = texts(f"file_status.{report.status}")
    link = report.status in {"added", "unchanged"} and report.document
    size = _size(report, texts) if report.status == "added" else ""
    return el(
        "li",
        el(
            "p",
            el("span", words, class_=f"badge file-{report.status}"),
            " ",
            document_link(report.document, row.name)
            if link
            else el("span", row.name, class_="file-name"),
            el("span", size, class_="size") if size else None,
            class_="file-line",
        ),
        el("p", told(row, texts), class_="told") if told(row, texts) else None,
        *(el("p", line, class_="told") for line in troubles(report.troubles, texts)),
        _choices(key, number, row, texts),
        class_="file",
    )


def document_link(document: str, words: str) -> Html:
    """The way to the page of a document."""
    return el("a", words, href=f"?document={document}", data_go=f"document:{document}")


def _size(report: FileReport, texts: Texts) -> str:
    parts = [count(report.pages, "pages", texts)] if report.pages else []
    parts.append(count(report.passages, "passages", texts))
    return ", ".join(parts)


def told(row: Row, texts: Texts) -> str:
    """What is wrong and what to do, in the words of the page: commands are for the terminal."""
    report = row.report
    if row.settled:
        return texts(f"documents.settled_{row.settled}")
    if report.reason == "same-content":
        return texts("documents.same_content", title=row.other)
    if report.reason == "updated":
        return texts("documents.updated")
    if report.reason == "partly-read":
        return texts("documents.partly_read")
    message = report.message
    spans = [message[start:end] for start, end in sentences(message)]
    kept = [said for said in spans if "--" not in said and "peer-support " not in said]
    words = printable(" ".join(" ".join(kept).split()))
    return words[:1].upper() + words[1:]


def _choices(key: str, number: int, row: Row, texts: Texts) -> Html | None:
    if not row.choices:
        return None
    heard = el("span", f": {row.name}", class_="heard")
    buttons = [
        el(
            "button",
            texts(f"documents.choice_{choice}"),
            heard,
            type="button",
            class_="quick",
            data_choose=choice,
            data_report_key=key,
            data_row=number,
        )
        for choice in row.choices
    ]
    return el("div", *buttons, class_="quick-row")


def troubles(found: Iterable[Trouble], texts: Texts) -> list[str]:
    """What could not be read, with its pages, one line a kind."""
    by_kind: dict[TroubleKind, list[Trouble]] = {}
    for trouble in found:
        by_kind.setdefault(trouble.kind, []).append(trouble)
    lines = []
    for kind, group in by_kind.items():
        pages = sorted({t.page for t in group if t.page is not None})
        where = f" {page_ranges(pages, texts)}." if pages else ""
        lines.append(texts(f"trouble.{kind.replace('-', '_')}") + where)
    return lines


def page_ranges(pages: Sequence[int], texts: Texts) -> str:
    """Pages as people write them: "Page 3", "Pages 3, 7 to 9"."""
    runs: list[list[int]] = []
    for page in pages:
        if runs and page == runs[-1][-1] + 1:
            runs[-1].append(page)
        else:
            runs.append([page])
    words = [str(run[0]) if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs]
    name = "documents.page" if len(pages) == 1 else "documents.page_many"
    return texts(name, n=", ".join(words))


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
    blocks = [_group(printable(c.name), held, texts) for c, held in groups if held]
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


def _by_title(document: Document) -> str:
    return document.details.title.lower()


def _group(name: str, documents: Sequence[Document], texts: Texts) -> Html:
    rows = [_document_row(document, texts) for document in documents]
    return join(el("h2", name), el("ul", *rows, class_="sources", role="list"))


def _document_row(document: Document, texts: Texts) -> Html:
    details = document.details
    facts = [texts("documents.issued_on", date=in_words(details.issued))] if details.issued else []
    if details.review_due:
        facts.append(texts("documents.review_on", date=in_words(details.review_due)))
    facts += [count(document.pages, "pages", texts)] if document.pages else []
    facts.append(count(document.passages, "passages", texts))
    return el(
        "li",
        document_link(document.id, printable(details.title)),
        el("p", ". ".join(facts) + ".", class_="by"),
        el("p", *document_badges(document), class_="badges"),
        class_="source",
    )


def document_badges(document: Document) -> list[Html]:
    """The marks of a document: what wants attention first, then its kind."""
    found = []
    state = status(document)
    if state != "current":
        found.append(
            el("span", STATUS_WORDS[state], class_=f"badge attention attention-{state}")
        )
    step = strength(document.details.kind)
    kind = KIND_WORDS[document.details.kind]
    found.append(el("span", shape(step), kind, class_=f"badge strength-{step}"))
    return found
