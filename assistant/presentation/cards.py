"""The card that shows what a sentence rests on: our note, and what kind of voice it comes from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from assistant.presentation.documents import called, passage_words, place_of, seen, to_place
from assistant.presentation.markup import Html, el, join, text
from assistant.presentation.words import (
    BASIS_WORDS,
    KIND_WORDS,
    STANDS_AS_WORDS,
    STATUS_WORDS,
    STRENGTH_WORDS,
    Strength,
    country,
    is_foreign,
    link,
    reference,
    strength,
    voice,
)
from assistant.schema import AnyKind, Basis, Citation, DocumentStatus, Source, WhoSpeaks

_SHAPES: dict[Strength, str] = {
    "law": '<rect x="2" y="2" width="12" height="12" fill="currentColor"/>',
    "guidance": '<path d="M8 1 15 8 8 15 1 8Z" fill="currentColor"/>',
    "research": '<circle cx="8" cy="8" r="5.5" fill="none" stroke="currentColor" '
    'stroke-width="3"/>',
    "own": '<path d="M3 1.5h6.5L13 5v9.5H3Z" fill="none" stroke="currentColor" '
    'stroke-width="1.8" stroke-linejoin="round"/>',
    "opinion": '<path d="M2 3h12v8H8l-4 3v-3H2Z" fill="none" stroke="currentColor" '
    'stroke-width="1.8" stroke-linejoin="round"/>',
}


_REASONS: dict[DocumentStatus, str] = {
    "review-due": "Its review date has passed. Ask whoever owns it whether it still stands.",
    "superseded": "A newer version has replaced it.",
    "retracted": "It was withdrawn.",
}


def shape(step: Strength) -> Html:
    """The mark of a strength: square law, diamond guidance, ring research, speech opinion, sheet of
    paper a document that was added."""
    return Html(
        f'<svg class="shape" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" '
        f'focusable="false">{_SHAPES[step]}</svg>'
    )


def day(date: dt.date) -> str:
    """A date as people write it: 21 November 2026."""
    return f"{date.day} {date:%B %Y}"


def badges(kind: AnyKind, who: WhoSpeaks, basis: Basis, jurisdiction: str) -> Html:
    """The marks of a source: strength and kind, who speaks, country, what was read."""
    step = strength(kind)
    words = f"{STRENGTH_WORDS[step]}: {KIND_WORDS[kind].lower()}"
    country_class = "badge country foreign" if is_foreign(jurisdiction) else "badge country"
    return el(
        "ul",
        el("li", shape(step), words, class_=f"badge strength-{step}"),
        el("li", country(jurisdiction), class_=country_class),
        el("li", voice(who), class_="badge") if voice(who) else None,
        el("li", "Read " + BASIS_WORDS[basis], class_="badge"),
        class_="badges",
        role="list",
    )


def status_line(
    status: DocumentStatus, superseded_by: str, note: str = "", newer: Source | None = None
) -> Html | None:
    """What a reader must know about an old or withdrawn source: label, reason, newer one."""
    if status == "current":
        return None
    reason = _sentence(note) or _REASONS[status]
    way_on: Html | None = None
    if newer:
        way_on = el("a", f"Read {reference(newer)} instead", **_to_source(newer.id))
    elif superseded_by:
        # Words about what came after, not a source that the library holds: nothing to open.
        way_on = el("span", _sentence(f"What came after: {superseded_by}"))
    return el(
        "p",
        el("strong", STATUS_WORDS[status], class_=f"status-label status-label-{status}"),
        " ",
        el("span", reason),
        " " if way_on else None,
        way_on,
        class_=f"status status-{status}",
    )


def marked(words: str, start: int, end: int) -> Html:
    """A note with the part that was used marked; where all of it was, nothing needs a mark."""
    if not _is_part(words, start, end):
        return text(words)
    return join(text(words[:start]), el("mark", words[start:end]), text(words[end:]))


def evidence_card(
    citation: Citation,
    key: str = "",
    level: int = 4,
    sources: Mapping[str, Source] | None = None,
    collections: Mapping[str, str] | None = None,
) -> Html:
    """The card of one citation. ``collections`` are names of the collections of added documents."""
    if citation.span is not None:
        return _passage_card(citation, key, level, collections or {})
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
        _our_note(citation),
        el("p", el("strong", "Our own reading: "), citation.our_reading, class_="our-reading")
        if citation.our_reading
        else None,
        _ways_on(citation),
        class_=f"evidence-card strength-{strength(citation.kind)}",
    )


def _passage_card(citation: Citation, key: str, level: int, collections: Mapping[str, str]) -> Html:
    """The card of a passage of an added document: its own words, and the way to their place."""
    standing = citation.status in {"current", "review-due"}
    collection = collections.get(citation.collection, "")
    return el(
        "article",
        el(f"h{level}", called(citation), id=f"{key}c{citation.n}-title", class_="card-title"),
        el("p", seen(collection), class_="work" if standing else "work struck")
        if collection
        else None,
        status_line(citation.status, seen(citation.superseded_by)),
        _passage_badges(citation),
        _own_words(citation),
        _ways_to_passage(citation),
        class_=f"evidence-card strength-{strength(citation.kind)}",
    )


def _passage_badges(citation: Citation) -> Html:
    who, step = voice(citation.who_speaks), strength(citation.kind)
    place = country(citation.jurisdiction)
    country_class = "badge country foreign" if is_foreign(citation.jurisdiction) else "badge"
    return el(
        "ul",
        el("li", shape(step), KIND_WORDS[citation.kind], class_=f"badge strength-{step}"),
        el("li", place, class_=country_class),
        el("li", who, class_="badge") if who else None,
        class_="badges",
        role="list",
    )


def _own_words(citation: Citation) -> Html:
    """The passage with the words that were quoted marked in it."""
    part = _is_part(citation.text, citation.char_start, citation.char_end)
    used = " The part used is marked." if part else ""
    span = (citation.char_start, citation.char_end) if part else None
    return el(
        "div",
        el("p", "The passage, word for word." + used, class_="note-label"),
        el("div", passage_words(citation.text, 0, span, called(citation)), class_="words"),
        el("p", f"In the document: {seen(citation.locator)}", class_="locator"),
        class_="our-note",
    )


def _ways_to_passage(citation: Citation) -> Html:
    span = place_of(citation) or (0, 1)
    return el(
        "p",
        el("a", "Open at this place", **to_place(citation.source_id, span)),
        open_source(citation.url, citation.doi),
        el("span", f"Added {day(citation.checked)}", class_="checked"),
        class_="ways-on",
    )


def _our_note(citation: Citation) -> Html:
    """What we noted, in our own words, and where in the source it stands."""
    start, end = citation.char_start, citation.char_end
    used = " The part used is marked." if _is_part(citation.text, start, end) else ""
    return el(
        "div",
        el("p", "Our note of this source, in our own words." + used, class_="note-label"),
        el("p", marked(citation.text, start, end), class_="words"),
        el(
            "p",
            f"{STANDS_AS_WORDS[citation.stands_as]}. In the source: {citation.locator}",
            class_="locator",
        ),
        class_="our-note",
    )


def _is_part(words: str, start: int, end: int) -> bool:
    return 0 <= start < end <= len(words) and end - start < len(words.strip())


def _sentence(words: str) -> str:
    words = words.strip()
    return words if not words or words.endswith((".", "?")) else words + "."


def open_source(url: str, doi: str) -> Html | None:
    """The way to the source itself, where an address is known. It opens beside this page."""
    address = link(url, doi)
    if not address:
        return None
    return el(
        "a",
        "Open the source",
        el("span", " (opens in a new tab)", class_="heard"),
        href=address,
        rel="noopener noreferrer",
        target="_blank",
        class_="out",
    )


def _ways_on(citation: Citation) -> Html:
    return el(
        "p",
        open_source(citation.url, citation.doi),
        el("a", "All notes of this source", **_to_source(citation.source_id)),
        el("span", f"Checked {day(citation.checked)}", class_="checked"),
        class_="ways-on",
    )


def _to_source(source_id: str) -> dict[str, str]:
    return {"href": f"?source={source_id}", "data_go": f"source:{source_id}"}
