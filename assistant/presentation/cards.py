"""The card that shows what a sentence rests on: exact words, and what kind of voice they are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from assistant.presentation.markup import Html, el, join, text
from assistant.presentation.words import (
    BASIS_WORDS,
    KIND_WORDS,
    STANDS_AS_WORDS,
    STATUS_WORDS,
    STRENGTH_WORDS,
    WHO_WORDS,
    Strength,
    country,
    is_foreign,
    link,
    reference,
    strength,
)
from assistant.schema import Basis, Citation, Kind, Source, Status, WhoSpeaks

_SHAPES: dict[Strength, str] = {
    "law": '<rect x="2" y="2" width="12" height="12" fill="currentColor"/>',
    "guidance": '<path d="M8 1 15 8 8 15 1 8Z" fill="currentColor"/>',
    "research": '<circle cx="8" cy="8" r="5.5" fill="none" stroke="currentColor" '
    'stroke-width="3"/>',
    "opinion": '<path d="M2 3h12v8H8l-4 3v-3H2Z" fill="none" stroke="currentColor" '
    'stroke-width="1.8" stroke-linejoin="round"/>',
}


def shape(step: Strength) -> Html:
    """The mark of a strength: square law, diamond guidance, ring research, speech opinion."""
    return Html(
        f'<svg class="shape" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" '
        f'focusable="false">{_SHAPES[step]}</svg>'
    )


def day(date: dt.date) -> str:
    """A date as people write it: 21 November 2026."""
    return f"{date.day} {date:%B %Y}"


def badges(kind: Kind, who: WhoSpeaks, basis: Basis, jurisdiction: str) -> Html:
    """The marks of a source: strength and kind, who speaks, country, what was read."""
    step = strength(kind)
    words = f"{STRENGTH_WORDS[step]}: {KIND_WORDS[kind].lower()}"
    country_class = "badge country foreign" if is_foreign(jurisdiction) else "badge country"
    return el(
        "ul",
        el("li", shape(step), words, class_=f"badge strength-{step}"),
        el("li", country(jurisdiction), class_=country_class),
        el("li", WHO_WORDS[who], class_="badge"),
        el("li", "Read " + BASIS_WORDS[basis], class_="badge"),
        class_="badges",
        role="list",
    )


def status_line(
    status: Status, superseded_by: str, note: str = "", newer: Source | None = None
) -> Html | None:
    """What a reader must know about an old or withdrawn source: label, reason, newer one."""
    if status == "current":
        return None
    name = reference(newer) if newer else "the newer one"
    way_on = el("a", f"Read {name} instead", **_to_source(superseded_by)) if superseded_by else None
    reason = note or (
        "A newer version has replaced it." if status == "superseded" else "It was withdrawn."
    )
    return el(
        "p",
        el("strong", STATUS_WORDS[status], class_="status-label"),
        " ",
        el("span", reason),
        " " if way_on else None,
        way_on,
        class_=f"status status-{status}",
    )


def marked(words: str, start: int, end: int) -> Html:
    """Text with the part that was used marked."""
    if not 0 <= start < end <= len(words):
        return text(words)
    return join(text(words[:start]), el("mark", words[start:end]), text(words[end:]))


def evidence_card(
    citation: Citation, key: str = "", level: int = 4, sources: Mapping[str, Source] | None = None
) -> Html:
    """The card of one citation."""
    known = sources or {}
    source = known.get(citation.source_id)
    newer = known.get(citation.superseded_by)
    title_class = "work" if citation.status == "current" else "work struck"
    return el(
        "article",
        el(f"h{level}", reference(citation), id=f"{key}c{citation.n}-title", class_="card-title"),
        el("p", citation.title, class_=title_class),
        status_line(
            citation.status, citation.superseded_by, source.status_note if source else "", newer
        ),
        badges(citation.kind, citation.who_speaks, citation.basis, citation.jurisdiction),
        el(
            "blockquote",
            el("p", marked(citation.text, citation.char_start, citation.char_end)),
            class_="words",
        ),
        el("p", f"{STANDS_AS_WORDS[citation.stands_as]}. {citation.locator}", class_="locator"),
        el("p", el("strong", "Our own reading: "), citation.our_reading, class_="our-reading")
        if citation.our_reading
        else None,
        _ways_on(citation),
        class_=f"evidence-card strength-{strength(citation.kind)}",
    )


def _ways_on(citation: Citation) -> Html:
    address = link(citation.url, citation.doi)
    out = (
        el(
            "a",
            "Open the original",
            el("span", " (leaves this page)", class_="quiet-note"),
            href=address,
            rel="noopener noreferrer",
            target="_blank",
        )
        if address
        else None
    )
    return el(
        "p",
        el("a", "All notes from this source", **_to_source(citation.source_id)),
        out,
        el("span", f"Checked {day(citation.checked)}", class_="checked"),
        class_="ways-on",
    )


def _to_source(source_id: str) -> dict[str, str]:
    return {"href": f"?source={source_id}", "data_go": f"source:{source_id}"}
