"""Pieces that answers, briefs and source pages share: statements with marks, columns, lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assistant.presentation.cards import evidence_card, shape
from assistant.presentation.markup import Html, el, join
from assistant.presentation.plan import HEADINGS
from assistant.presentation.words import (
    KIND_WORDS,
    STANDS_AS_WORDS,
    STATUS_WORDS,
    country,
    full_reference,
    is_foreign,
    link,
    reference,
    strength,
)
from assistant.schema import Citation, Position, Source, Statement


def heading(level: int, words: str, **attributes: str) -> Html:
    """A heading of the level given."""
    return el(f"h{level}", words, **attributes)


def card_id(key: str, n: int) -> str:
    """The id of the card that a mark opens."""
    return f"{key}-card-{n}"


def mark(citation: Citation, key: str) -> Html:
    """The number that opens a source. Foreign sources carry their country in sight."""
    abroad = is_foreign(citation.jurisdiction)
    place = country(citation.jurisdiction)
    name = f"Source {citation.n}{', ' + place if abroad else ''}: {reference(citation)}"
    if citation.status != "current":
        name += f", {STATUS_WORDS[citation.status].lower()}"
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
        aria_label=name,
    )


def marks(numbers: Sequence[int], citations: Sequence[Citation], key: str) -> Html | None:
    """The marks of a statement; numbers that resolve to nothing are left out."""
    known = {citation.n: citation for citation in citations}
    found = [mark(known[n], key) for n in numbers if n in known]
    return el("span", *found, class_="marks") if found else None


def statement_body(
    statement: Statement, citations: Sequence[Citation], key: str, tagged: bool = False
) -> Html:
    """A statement and its marks, on request with what it stands as."""
    tag = (
        el("span", STANDS_AS_WORDS[statement.stands_as], class_="tag")
        if tagged and statement.stands_as
        else None
    )
    cited = marks(statement.citations, citations, key)
    return join(tag, " " if tag else None, statement.text, " " if cited else None, cited)


def paragraph(statement: Statement, citations: Sequence[Citation], key: str) -> Html:
    """A statement as a paragraph of its own."""
    return el("p", statement_body(statement, citations, key))


def cited_list(
    statements: Sequence[Statement],
    citations: Sequence[Citation],
    key: str,
    tagged: bool = False,
    numbered: bool = False,
) -> Html:
    """Statements as a list."""
    rows = [el("li", statement_body(s, citations, key, tagged)) for s in statements]
    return el("ol" if numbered else "ul", *rows, class_="points")


def position_columns(
    positions: Sequence[Position], citations: Sequence[Citation], key: str, level: int
) -> Html:
    """Positions side by side, all alike: none is first by looks."""
    columns = [_position(position, citations, key, level) for position in positions]
    return el("div", *columns, class_=f"positions of-{min(len(columns), 4)}")


def _position(position: Position, citations: Sequence[Citation], key: str, level: int) -> Html:
    numbers = sorted({n for s in position.statements for n in s.citations})
    said = [s for s in position.statements if s.text.strip() != position.position.strip()]
    more = (
        el("details", el("summary", "What they say"), cited_list(said, citations, key))
        if said
        else None
    )
    return el(
        "div",
        heading(level, position.position),
        el("p", position.held_by, " ", marks(numbers, citations, key), class_="held-by"),
        more,
        class_="position",
    )


def evidence_column(
    citations: Sequence[Citation], key: str, level: int, sources: Mapping[str, Source]
) -> Html:
    """The list of sources, and a card for each, closed until somebody opens it."""
    rows = [_reference_row(citation, key) for citation in citations]
    cards = [_dialog(citation, key, level + 1, sources) for citation in citations]
    listing = el(
        "details",
        el("summary", heading(level, f"{HEADINGS['sources']} ({len(citations)})")),
        el("p", "Tap a number to see the words behind a sentence.", class_="hint"),
        el("ol", *rows, class_="references", role="list"),
        class_="source-list",
    )
    return el("div", *cards, listing, class_="evidence")


def spread(reading: Html, column: Html) -> Html:
    """Reading column and evidence column."""
    return el("div", el("div", reading, class_="reading"), column, class_="spread")


def _dialog(citation: Citation, key: str, level: int, sources: Mapping[str, Source]) -> Html:
    own = f"{key}-"
    return el(
        "dialog",
        el(
            "div",
            el("p", f"Source {citation.n}", class_="card-n"),
            el("button", "Close", type="button", class_="close", data_close=True),
            class_="card-top",
        ),
        evidence_card(citation, own, level, sources),
        id=card_id(key, citation.n),
        class_="card",
        aria_labelledby=f"{own}c{citation.n}-title",
    )


def _reference_row(citation: Citation, key: str) -> Html:
    words = KIND_WORDS[citation.kind]
    if is_foreign(citation.jurisdiction):
        words += f", {country(citation.jurisdiction)}"
    if citation.status != "current":
        words += f", {STATUS_WORDS[citation.status].lower()}"
    address = link(citation.url, citation.doi)
    paper = f"{full_reference(citation)} {citation.locator}. {words}. {address}".strip()
    return el(
        "li",
        el(
            "button",
            el("span", str(citation.n), class_="n"),
            el(
                "span",
                el("span", reference(citation), class_="ref-name"),
                " ",
                el(
                    "span",
                    shape(strength(citation.kind)),
                    f"{words}, {citation.locator}",
                    class_="ref-kind",
                ),
                class_="ref-words",
            ),
            type="button",
            class_="ref",
            data_card=card_id(key, citation.n),
            aria_haspopup="dialog",
        ),
        el("span", f"{citation.n}. {paper}", class_="on-paper"),
    )
