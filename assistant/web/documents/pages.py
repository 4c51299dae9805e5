"""The pages of added documents: opens one at a place, and takes in what is changed on it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from assistant.documents.records import Document
from assistant.documents.shelf import Shelf
from assistant.errors import AssistantError, IndexBusyError
from assistant.interface import Texts
from assistant.presentation.documents import Span
from assistant.presentation.markup import Html, el, join
from assistant.web import views
from assistant.web.documents.editing import edit_form, read_form
from assistant.web.documents.page import Shown, document_page
from assistant.web.documents.pictures import Pictures
from assistant.web.documents.views import collection_name, in_words

_SPAN = re.compile(r"(\d{1,9})-(\d{1,9})")


class DocumentPages:
    """Shows and changes single documents of a shelf."""

    def __init__(self, shelf: Shelf, pictures: Pictures, texts: Texts) -> None:
        self.shelf = shelf
        self.pictures = pictures
        self.texts = texts

    def page(self, document_id: str, span: str = "", part: str = "") -> str:
        """The page of a document.

        Args:
            document_id: its id.
            span: "120-180" marks these characters of its stored text, and opens it there.
            part: the number of a part of a long text.
        """
        return self._page(document_id, _span(span), part)

    def _page(
        self,
        document_id: str,
        span: Span | None = None,
        part: str = "",
        notice: str = "",
        form: Html | None = None,
    ) -> str:
        back = views.back("documents", self.texts("document.back"))
        try:
            document = self.shelf.store.document(document_id)
            if document is None:
                heading, why = self.texts("document.missing"), self.texts("document.missing_why")
                return str(join(back, el("h1", heading, tabindex="-1"), el("p", why)))
            shown = self._shown(document, span, part, notice, form)
            return str(join(back, document_page(shown, self.texts)))
        except AssistantError as error:
            heading = self.texts("document.unreadable")
            return str(join(back, el("h1", heading, tabindex="-1"), el("p", str(error))))

    def _shown(
        self, document: Document, span: Span | None, part: str, notice: str, form: Html | None
    ) -> Shown:
        store = self.shelf.store
        newer = document.details.superseded_by
        shown = Shown(
            document=document,
            collections=store.collections(),
            text=store.text(document.id),
            passages=store.passages(document.id),
            span=span,
            part=int(part) if part.isdecimal() else None,
            newer=store.document(newer) if newer else None,
            notice=notice,
            form=form or edit_form(document, self._names(), self._others(document), self.texts),
        )
        return self._with_picture(shown)

    def _with_picture(self, shown: Shown) -> Shown:
        """With a picture of the page that the marked words stand on."""
        span = shown.span
        if span is None or shown.document.format != "pdf":
            return shown
        held = next((p for p in shown.passages if p.start < span[1] and span[0] < p.end), None)
        if held is None or held.page is None:
            return shown
        words = shown.text[span[0] : span[1]]
        picture = self.pictures.of(shown.document, held.page, words)
        if not picture.boxes and held.page_end not in {None, held.page}:
            after = self.pictures.of(shown.document, held.page + 1, words)
            picture = after if after.boxes else picture
        return replace(shown, picture=picture)

    def edit(self, order: Mapping[str, str]) -> str:
        """Change what is known of a document; the page, with what is wrong where something is."""
        document_id = order.get("document", "")
        try:
            document = self.shelf.store.document(document_id)
        except AssistantError:
            document = None
        if document is None:
            return self._page(document_id)
        names, others = self._names(), self._others(document)
        form = {key: value for key, value in order.items() if key != "document"}
        written = read_form(form, document, names, others, self.texts)
        if written.errors:
            again = edit_form(document, names, others, self.texts, form, written.errors)
            return self._page(document_id, form=again)
        if not written.changes and written.collection is None:
            return self._page(document_id, notice=self.texts("document.unchanged"))
        try:
            self.shelf.edit(document_id, written.changes, written.collection)
        except AssistantError as error:
            again = edit_form(document, names, others, self.texts, form)
            busy = isinstance(error, IndexBusyError)
            notice = self.texts("documents.busy") if busy else str(error)
            return self._page(document_id, notice=notice, form=again)
        return self._page(document_id, notice=self.texts("document.saved"))

    def _names(self) -> dict[str, str]:
        return {c.id: collection_name(c, self.texts) for c in self.shelf.store.collections()}

    def _others(self, document: Document) -> dict[str, str]:
        """What the other documents are called, by id; editions of one title are told apart."""
        return {
            other.id: _named(other)
            for other in self.shelf.store.documents()
            if other.id != document.id
        }


def _named(document: Document) -> str:
    mark = in_words(document.details.issued) or document.name
    return f"{document.details.title} ({mark})"


def _span(written: str) -> Span | None:
    match = _SPAN.fullmatch(written)
    if not match:
        return None
    start, end = int(match[1]), int(match[2])
    return (start, end) if start < end else None
