"""The page of one added document as markup: facts, the form that changes them, its text.

Pure functions. A long document is shown in parts, the one first that holds the place asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.documents.printable import printable
from assistant.documents.records import Collection, Document, Passage
from assistant.interface import Texts
from assistant.presentation.documents import (
    Span,
    blocks,
    heading_depth,
    passage_words,
    seen,
    to_place,
)
from assistant.presentation.markup import Html, el, join
from assistant.presentation.sentences import held_block
from assistant.presentation.words import country, kind_words, link, status_words
from assistant.web.documents.pictures import Picture
from assistant.web.documents.report_views import troubles
from assistant.web.documents.views import (
    collection_name,
    count,
    document_badges,
    document_link,
    in_words,
    status,
)

PART = 150
"""Passages shown at once."""
MOST_HEADINGS = 80


@dataclass(frozen=True)
class Shown:
    """A document and how it is to be shown.

    ``span`` is what to mark; ``part`` the part of a long text, from 1; ``picture`` the page that
    the marked words stand on; ``newer`` the document that replaced it, where it is here.
    """

    document: Document
    collections: Sequence[Collection]
    text: str
    passages: Sequence[Passage]
    span: Span | None = None
    part: int | None = None
    picture: Picture | None = None
    newer: Document | None = None
    notice: str = ""
    form: Html | None = None


def document_page(shown: Shown, texts: Texts) -> Html:
    """The whole page."""
    document = shown.document
    title = seen(document.details.title)
    struck = "" if status(document) in {"current", "review-due"} else "struck"
    return el(
        "article",
        el("p", _kicker(shown, texts), class_="kicker"),
        el("h1", title, tabindex="-1", class_=struck, lang=texts.library),
        el("p", shown.notice, class_="notice", role="status") if shown.notice else None,
        _warning(shown, texts),
        el("p", *document_badges(document, texts), class_="badges"),
        _facts(document, texts),
        _unread(document, texts),
        el(
            "details",
            el("summary", texts("document.edit")),
            shown.form,
            class_="edit",
            open=shown.notice == "" and shown.form is not None and "aria-invalid" in shown.form,
        ),
        _removal(document, texts),
        _text(shown, texts),
        class_="source-page document-page",
    )


def _kicker(shown: Shown, texts: Texts) -> str:
    names = {c.id: collection_name(c, texts) for c in shown.collections}
    return names.get(shown.document.collection, texts("documents.no_collection"))


def _warning(shown: Shown, texts: Texts) -> Html | None:
    """What a reader must know about a document that does not stand any more, or may not."""
    details = shown.document.details
    state = status(shown.document)
    if state == "current":
        return None
    way_on: Html | str | None = None
    if state == "review-due":
        words = texts("document.review_due", date=in_words(details.review_due, texts))
    elif state == "retracted":
        words = texts("document.retracted", notice=seen(details.retracted).rstrip("."))
    elif shown.newer:
        words = texts("document.superseded")
        way_on = document_link(shown.newer.id, seen(shown.newer.details.title))
    else:
        words = texts("document.superseded_by", newer=seen(details.superseded_by).rstrip("."))
    return el(
        "p",
        el("strong", status_words(texts)[state], class_=f"status-label status-label-{state}"),
        " ",
        words,
        " " if way_on else None,
        way_on,
        class_=f"status status-{state}",
    )


def _facts(document: Document, texts: Texts) -> Html:
    details = document.details
    address = link(details.url, details.doi)
    rows: list[tuple[str, Html | str]] = [
        ("authors", seen("; ".join(details.authors))),
        ("published_in", seen(details.published_in)),
        ("issued", in_words(details.issued, texts)),
        ("reviewed", in_words(details.reviewed, texts)),
        ("review_due_on", in_words(details.review_due, texts)),
        ("kind", kind_words(texts)[details.kind]),
        ("country", country(seen(details.country), texts)),
        ("doi", _out(details.doi, address, texts) if details.doi else ""),
        ("pmid", details.pmid),
        ("file", printable(document.name)),
        ("size", _size(document, texts)),
        ("added", in_words(document.added.date().isoformat(), texts)),
    ]
    cells = [join(el("dt", texts(f"document.{n}")), el("dd", w)) for n, w in rows if w]
    return el("dl", *cells, class_="record facts")


def _out(words: str, address: str, texts: Texts) -> Html:
    heard = el("span", texts("document.new_tab"), class_="heard")
    return el("a", words, heard, href=address, rel="noopener noreferrer", target="_blank")


def _size(document: Document, texts: Texts) -> str:
    parts = [count(document.pages, "pages", texts)] if document.pages else []
    return ", ".join([*parts, count(document.passages, "passages", texts)])


def _unread(document: Document, texts: Texts) -> Html | None:
    lines = troubles(document.troubles, texts)
    if not lines:
        return None
    rows = [el("li", line) for line in lines]
    return el("div", el("h2", texts("document.unread")), el("ul", *rows, class_="points"))


def _removal(document: Document, texts: Texts) -> Html:
    """The button that removes, and the question before it."""
    title = seen(document.details.title)
    return join(
        el(
            "p",
            el(
                "button",
                texts("document.remove"),
                type="button",
                class_="plain-button",
                data_dialog="remove",
                aria_haspopup="dialog",
            ),
            class_="removal",
        ),
        el(
            "dialog",
            el("h2", texts("document.remove_sure", title=title), id="remove-title"),
            el("p", texts("document.remove_what")),
            el(
                "div",
                el(
                    "button",
                    texts("document.remove_yes"),
                    type="button",
                    class_="main-button",
                    data_remove=document.id,
                ),
                el(
                    "button",
                    texts("document.remove_no"),
                    type="button",
                    class_="quick",
                    data_close=True,
                ),
                class_="quick-row",
            ),
            id="remove",
            class_="sure",
            aria_labelledby="remove-title",
        ),
    )


# ---------------------------------------------------------------- the text


def _text(shown: Shown, texts: Texts) -> Html:
    passages = shown.passages
    parts = max(1, -(-len(passages) // PART))
    here = _place(passages, shown.span)
    part = (shown.part if shown.part is not None else (here or 0) // PART + 1) if parts > 1 else 1
    part = min(max(part, 1), parts)
    first, last = (part - 1) * PART, min(part * PART, len(passages))
    found = _flow(shown, first, last, here, texts)
    lost = shown.span is not None and here is None
    return el(
        "section",
        el("h2", texts("document.text"), id="document-text"),
        el("p", texts("document.no_place"), class_="notice") if lost else None,
        _contents(shown, texts),
        _turning(shown.document.id, part, parts, texts),
        el("div", *found, class_="doc-text" + (" with-picture" if shown.picture else "")),
        _turning(shown.document.id, part, parts, texts),
        class_="doc",
        aria_labelledby="document-text",
    )


def _place(passages: Sequence[Passage], span: Span | None) -> int | None:
    """The number of the passage that a place lies in."""
    if span is None:
        return None
    return next((n for n, p in enumerate(passages) if p.start < span[1] and span[0] < p.end), None)


def _flow(shown: Shown, first: int, last: int, here: int | None, texts: Texts) -> list[Html]:
    """Headings and passages in the order of the text, with a line where a page begins."""
    found: list[Html] = []
    at = shown.passages[first - 1].end if first else 0
    page = shown.passages[first - 1].page if first else None
    for number in range(first, last):
        passage = shown.passages[number]
        found += _headings(shown, at, passage.start, number, texts)
        if passage.page is not None and passage.page != page:
            found.append(_page_line(shown, passage, texts))
            page = passage.page
        found.append(_passage(shown, passage, number == here, texts))
        at = passage.end
    if last == len(shown.passages):
        found += _headings(shown, at, len(shown.text), last, texts)
    return found


def _headings(shown: Shown, start: int, end: int, following: int, texts: Texts) -> list[Html]:
    """What stands between two passages: headings."""
    after = shown.passages[following : following + 1]
    return [
        el(f"h{min(6, 3 + heading_depth(words, after))}", seen(words), lang=texts.library)
        for _, words in blocks(shown.text[start:end], start)
    ]


def _page_line(shown: Shown, passage: Passage, texts: Texts) -> Html:
    page = texts("documents.page", n=passage.page)
    look: Html | None = None
    if shown.document.format == "pdf":
        look = el(
            "a",
            texts("document.see_page"),
            el("span", f" {passage.page}", class_="heard"),
            **to_place(shown.document.id, (passage.start, passage.end)),
        )
    return el("p", el("span", page), " ", look, class_="page-line")


def _passage(shown: Shown, passage: Passage, here: bool, texts: Texts) -> Html:
    label = texts("document.table", n=passage.number + 1)
    body = held_block(passage_words(passage.text, passage.start, shown.span, label), texts)
    if not here:
        return el("div", body, class_="passage", id=f"passage-{passage.number}")
    return el(
        "div",
        el("p", texts("document.here", where=seen(passage.locator())), class_="here-label"),
        body,
        _figure(shown.document, shown.picture, texts) if shown.picture else None,
        class_="passage here",
        id=f"passage-{passage.number}",
        tabindex="-1",
        role="group",
        aria_label=texts("document.here_label"),
        data_here=True,
    )


def _figure(document: Document, picture: Picture, texts: Texts) -> Html:
    """The page as it looks, with what is quoted drawn over it."""
    if not picture.address:
        return el("p", texts("document.no_picture", page=picture.page), class_="hint page-figure")
    title = seen(document.details.title)
    image = el(
        "img",
        src=picture.address,
        alt=texts("document.picture_alt", page=picture.page, title=title),
        width=picture.width,
        height=picture.height,
    )
    drawn = [
        el("rect", x=f"{b[0]:.5f}", y=f"{b[1]:.5f}", width=f"{b[2]:.5f}", height=f"{b[3]:.5f}")
        for b in picture.boxes
    ]
    over = Html(
        '<svg viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        f"{join(*drawn)}</svg>"
    )
    words = "document.picture" if picture.boxes else "document.picture_plain"
    return el(
        "figure",
        el("div", image, over if drawn else None, class_="sheet"),
        el("figcaption", texts(words, page=picture.page)),
        class_="page-figure",
    )


def _contents(shown: Shown, texts: Texts) -> Html | None:
    """The headings of the text, each leading to its place."""
    rows: dict[tuple[str, ...], Passage] = {}
    for passage in shown.passages:
        if passage.heading:
            rows.setdefault(passage.heading, passage)
    if len(rows) < 3:
        return None
    links = [
        el(
            "li",
            el(
                "a",
                seen(path[-1]),
                lang=texts.library,
                **to_place(shown.document.id, (p.start, p.end)),
            ),
            class_=f"deep-{min(len(path), 3)}",
        )
        for path, p in list(rows.items())[:MOST_HEADINGS]
    ]
    return el(
        "details",
        el("summary", texts("document.contents")),
        el("ul", *links, class_="contents", role="list"),
        class_="filter-panel",
    )


def _turning(document: str, part: int, parts: int, texts: Texts) -> Html | None:
    """The way to the parts before and after."""
    if parts < 2:
        return None

    def way(to: int, words: str) -> Html:
        href = f"?document={document}&part={to}"
        return el("a", words, href=href, data_go=f"document:{document}", data_part=to)

    return el(
        "p",
        way(part - 1, texts("document.earlier")) if part > 1 else None,
        el("span", texts("document.part", part=part, parts=parts)),
        way(part + 1, texts("document.later")) if part < parts else None,
        class_="turning",
    )
