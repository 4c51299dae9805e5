"""Pieces that answers, briefs and source pages share: statements with marks, columns, lists."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from assistant.interface import ENGLISH, Texts
from assistant.presentation.cards import evidence_card, shape
from assistant.presentation.documents import called, passage_of, passage_words, seen, where_in
from assistant.presentation.markup import Child, Html, el, join, text
from assistant.presentation.sentences import held, held_block
from assistant.presentation.words import (
    country,
    full_reference,
    is_foreign,
    kind_words,
    link,
    reference,
    stands_as_words,
    status_words,
    strength,
)
from assistant.schema import Brief, Citation, Position, Source, Statement


def heading(level: int, words: Child, **attributes: str | None) -> Html:
    """A heading of the level given."""
    return el(f"h{level}", words, **attributes)


def card_id(key: str, n: int) -> str:
    """The id of the card that a mark opens."""
    return f"{key}-card-{n}"


def mark(citation: Citation, key: str, texts: Texts = ENGLISH) -> Html:
    """The number that opens a source. Foreign sources carry their country in sight."""
    abroad = is_foreign(citation.jurisdiction)
    place = country(citation.jurisdiction, texts)
    classes = "mark" + (" abroad" if abroad else "")
    classes += "" if citation.status == "current" else " old"
    return el(
        "button",
        el("span", str(citation.n), class_="n"),
        el("span", " " + place, class_="where") if abroad else None,
        type="button",
        class_=classes,
        data_card=card_id(key, citation.n),
        aria_haspopup="dialog",
        aria_label=_spoken(citation, texts),
    )


def _spoken(citation: Citation, texts: Texts) -> str:
    """A number as a screen reader says it."""
    abroad = is_foreign(citation.jurisdiction)
    place = f", {country(citation.jurisdiction, texts)}" if abroad else ""
    old = "" if citation.status == "current" else f", {_status(citation, texts)}"
    return f"{numbered_name(citation, texts)}{place}: {called(citation)}{old}"


def _status(citation: Citation, texts: Texts) -> str:
    return status_words(texts)[citation.status].lower()


def numbered_name(citation: Citation, texts: Texts = ENGLISH) -> str:
    """What a number stands for: our note of a source, or a passage of an added document."""
    return texts("answer.note" if citation.span is None else "answer.passage", n=citation.n)


def marks(
    numbers: Sequence[int], citations: Sequence[Citation], key: str, texts: Texts = ENGLISH
) -> Html | None:
    """The marks of a statement; numbers that resolve to nothing are left out."""
    known = {citation.n: citation for citation in citations}
    found = [mark(known[n], key, texts) for n in numbers if n in known]
    return el("span", *found, class_="marks") if found else None


def statement_body(
    statement: Statement,
    citations: Sequence[Citation],
    key: str,
    tagged: bool = False,
    texts: Texts = ENGLISH,
) -> Html:
    """A statement and its marks, on request with what it stands as."""
    tag = (
        el("span", stands_as_words(texts)[statement.stands_as], class_="tag")
        if tagged and statement.stands_as
        else None
    )
    cited = marks(statement.citations, citations, key, texts)
    said = held(statement.text, texts)
    return join(tag, " " if tag else None, said, " " if cited else None, cited)


def paragraph(
    statement: Statement, citations: Sequence[Citation], key: str, texts: Texts = ENGLISH
) -> Html:
    """A statement as a paragraph of its own."""
    quoted = passage_of(statement, citations)
    if quoted is not None:
        return quotation(statement, quoted, key, texts=texts)
    return el("p", statement_body(statement, citations, key, texts=texts))


def quotation(
    statement: Statement,
    citation: Citation,
    key: str,
    named: bool = True,
    texts: Texts = ENGLISH,
) -> Html:
    """Words of an added document, to the character, with the place that they are from."""
    place = el("span", where_in(citation, texts), class_="from") if named else None
    cited = el("span", mark(citation, key, texts), class_="marks")
    words = passage_words(statement.text, label=called(citation))
    return el(
        "blockquote",
        held_block(words, texts),
        el("p", place, " " if named else None, cited),
        class_="quotation",
    )


def cited_list(
    statements: Sequence[Statement],
    citations: Sequence[Citation],
    key: str,
    tagged: bool = False,
    numbered: bool = False,
    texts: Texts = ENGLISH,
) -> Html:
    """Statements as a list."""
    rows = [_point(s, citations, key, tagged, texts) for s in statements]
    return el("ol" if numbered else "ul", *rows, class_="points")


def _point(
    statement: Statement, citations: Sequence[Citation], key: str, tagged: bool, texts: Texts
) -> Html:
    quoted = passage_of(statement, citations)
    if quoted is not None:
        return el("li", quotation(statement, quoted, key, texts=texts))
    return el("li", statement_body(statement, citations, key, tagged, texts))


def document_quotations(
    statements: Sequence[Statement],
    citations: Sequence[Citation],
    key: str,
    texts: Texts = ENGLISH,
) -> Html:
    """What added documents say, one under the other; our own lines on them last."""
    own = [s for s in statements if not s.citations]
    quoted = [s for s in statements if s.citations]
    return join(
        *(paragraph(statement, citations, key, texts) for statement in quoted),
        *(el("p", statement.text, class_="caveat", lang=texts.library) for statement in own),
    )


def position_columns(
    positions: Sequence[Position],
    citations: Sequence[Citation],
    key: str,
    level: int,
    name: str = "position",
    texts: Texts = ENGLISH,
) -> Html:
    """Positions, all alike: an even number side by side, an odd one as rows, so that none stands
    apart from the others. ``name`` keeps ids of several questions on one page apart."""
    columns = [
        _position(position, citations, key, level, f"{key}-{name}-{place}", texts)
        for place, position in enumerate(positions, start=1)
    ]
    return el("div", *columns, class_="positions" + (" rows" if len(columns) % 2 else ""))


def _position(
    position: Position,
    citations: Sequence[Citation],
    key: str,
    level: int,
    id_: str,
    texts: Texts,
) -> Html:
    numbers = sorted({n for s in position.statements for n in s.citations})
    said = [s for s in position.statements if s.text.strip() != position.position.strip()]
    cited = marks(numbers, citations, key, texts)
    more = (
        el(
            "details",
            el("summary", texts("answer.what_they_say")),
            cited_list(said, citations, key, texts=texts),
            id=id_,
        )
        if said
        else None
    )
    return el(
        "div",
        heading(level, position.position, lang=texts.library),
        el(
            "div",
            el("p", held(position.held_by, texts), " ", cited, class_="held-by"),
            more,
        ),
        class_="position",
    )


def statement_pair(
    statements: Sequence[Statement],
    citations: Sequence[Citation],
    key: str,
    level: int,
    texts: Texts = ENGLISH,
) -> Html:
    """Statements side by side, all alike, each under the name of the source that it is from."""
    known = {citation.n: citation for citation in citations}
    columns = []
    for statement in statements:
        cited = [known[n] for n in statement.citations if n in known]
        body = statement_body(statement, citations, key, tagged=True, texts=texts)
        columns.append(
            el(
                "div",
                heading(level, reference(cited[0]), lang=texts.library) if cited else None,
                _of_what_kind(cited[0], texts) if cited else None,
                el("p", body, class_="says"),
                class_="side",
            )
        )
    return el("div", *columns, class_="pair")


def local_pair(
    statements: Sequence[Statement],
    citations: Sequence[Citation],
    key: str,
    level: int,
    texts: Texts = ENGLISH,
) -> Html:
    """What an added document says beside what law or guidance says, each under a plain label."""
    known = {citation.n: citation for citation in citations}
    columns = []
    for label, statement in zip(("own", "national"), statements, strict=True):
        cited = next((known[n] for n in statement.citations if n in known), None)
        quoted = passage_of(statement, citations)
        said = (
            quotation(statement, quoted, key, named=False, texts=texts)
            if quoted
            else el("p", statement_body(statement, citations, key, texts=texts), class_="says")
        )
        columns.append(
            el(
                "div",
                heading(level, texts(f"headings.{label}")),
                _named_with_year(cited, texts) if cited else None,
                said,
                class_=f"side side-{label}",
            )
        )
    return el("div", *columns, class_="pair")


def _named_with_year(citation: Citation, texts: Texts) -> Html:
    kind = kind_words(texts)[citation.kind]
    facts = kind if citation.year is None else f"{kind}, {citation.year}"
    name = seen(citation.title) if citation.span else reference(citation)
    return join(
        el("p", name, class_="pair-name", lang=texts.library),
        el("p", shape(strength(citation.kind)), facts, class_="ref-kind"),
    )


def _of_what_kind(citation: Citation, texts: Texts) -> Html:
    words = f"{kind_words(texts)[citation.kind]}, {country(citation.jurisdiction, texts)}"
    return el("p", shape(strength(citation.kind)), words, class_="ref-kind")


def evidence_column(
    citations: Sequence[Citation],
    key: str,
    level: int,
    sources: Mapping[str, Source],
    collections: Mapping[str, str] | None = None,
    texts: Texts = ENGLISH,
) -> Html:
    """The list of sources, and a card for each, closed until somebody opens it. ``collections``
    are names of the collections of added documents, by id."""
    groups = by_source(citations)
    rows = [_reference_row(group, key, texts) for group in groups]
    cards = [_dialog(c, key, level + 1, sources, collections or {}, texts) for c in citations]
    own = any(citation.span is not None for citation in citations)
    listing = el(
        "details",
        el("summary", heading(level, f"{texts('headings.sources')} ({len(groups)})")),
        el("p", texts("answer.tap_both" if own else "answer.tap_note"), class_="hint"),
        el("ul", *rows, class_="references", role="list"),
        id=f"{key}-sources",
        class_="source-list",
    )
    return el("div", *cards, listing, class_="evidence")


def by_source(citations: Sequence[Citation]) -> tuple[tuple[Citation, ...], ...]:
    """Citations of the same source together, in the order of their first number."""
    groups: dict[str, list[Citation]] = {}
    for citation in citations:
        groups.setdefault(citation.source_id, []).append(citation)
    return tuple(tuple(group) for group in groups.values())


def with_links(words: str, briefs: Mapping[str, Brief]) -> Html:
    """Text in which the title of a topic page leads to that page."""
    pages = {brief.title: brief.id for brief in briefs.values()}
    if not pages:
        return text(words)
    longest_first = sorted(pages, key=len, reverse=True)
    pieces = re.split("(" + "|".join(map(re.escape, longest_first)) + ")", words)
    return join(*(_topic_link(piece, pages) for piece in pieces))


def _topic_link(piece: str, pages: Mapping[str, str]) -> Html:
    if piece not in pages:
        return text(piece)
    return el("a", piece, href=f"?topic={pages[piece]}", data_go=f"topic:{pages[piece]}")


def spread(reading: Html, column: Html) -> Html:
    """Reading column and evidence column."""
    return el("div", el("div", reading, class_="reading"), column, class_="spread")


def _dialog(
    citation: Citation,
    key: str,
    level: int,
    sources: Mapping[str, Source],
    collections: Mapping[str, str],
    texts: Texts,
) -> Html:
    own = f"{key}-"
    close = el("button", texts("answer.close"), type="button", class_="close", data_close=True)
    return el(
        "dialog",
        el(
            "div",
            el("p", numbered_name(citation, texts), class_="card-n"),
            close,
            class_="card-top",
        ),
        evidence_card(citation, own, level, sources, collections, texts),
        id=card_id(key, citation.n),
        class_="card",
        aria_labelledby=f"{own}c{citation.n}-title",
    )


def _reference_row(group: Sequence[Citation], key: str, texts: Texts) -> Html:
    """One source with the numbers of its notes; on paper with their places instead."""
    first = group[0]
    words = kind_words(texts)[first.kind]
    if is_foreign(first.jurisdiction):
        words += f", {country(first.jurisdiction, texts)}"
    if first.status != "current":
        words += f", {_status(first, texts)}"
    numbers = [
        el(
            "button",
            str(citation.n),
            type="button",
            class_="ref",
            data_card=card_id(key, citation.n),
            aria_haspopup="dialog",
            aria_label=f"{_spoken(citation, texts)}, {citation.locator}",
        )
        for citation in group
    ]
    named = el(
        "div",
        el("p", called(first), class_="ref-name", lang=texts.library),
        el("p", shape(strength(first.kind)), words, class_="ref-kind"),
        class_="ref-words",
    )
    return el(
        "li",
        el("div", named, el("div", *numbers, class_="ref-numbers"), class_="on-screen"),
        el("p", _on_paper(group, words, texts), class_="on-paper"),
    )


def _on_paper(group: Sequence[Citation], words: str, texts: Texts) -> Html:
    first = group[0]
    numbers = ", ".join(str(citation.n) for citation in group)
    places = "; ".join(f"{c.n}: {c.locator}" if len(group) > 1 else c.locator for c in group)
    named = held(f"{full_reference(first)} {places}.", texts)
    address = link(first.url, first.doi)
    return join(f"{numbers}. ", named, f" {words}. {address}".rstrip())
