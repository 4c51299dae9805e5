"""The card that shows what a sentence rests on: our note, and what kind of voice it comes from."""

from __future__ import annotations

from collections.abc import Mapping

from assistant.interface import ENGLISH, Texts
from assistant.presentation.documents import called, passage_words, place_of, seen, to_place
from assistant.presentation.markup import Html, el, join, text
from assistant.presentation.sentences import held, sentence, small
from assistant.presentation.words import (
    Strength,
    basis_words,
    country,
    day,
    is_foreign,
    kind_words,
    link,
    reference,
    stands_as_words,
    status_words,
    strength,
    strength_words,
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


def shape(step: Strength) -> Html:
    """The mark of a strength: square law, diamond guidance, ring research, speech opinion, sheet of
    paper a document that was added."""
    return Html(
        f'<svg class="shape" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" '
        f'focusable="false">{_SHAPES[step]}</svg>'
    )


def badges(
    kind: AnyKind, who: WhoSpeaks, basis: Basis, jurisdiction: str, texts: Texts = ENGLISH
) -> Html:
    """The marks of a source: strength and kind, who speaks, country, what was read."""
    step = strength(kind)
    country_class = "badge country foreign" if is_foreign(jurisdiction) else "badge country"
    speaks = voice(who, texts)
    return el(
        "ul",
        el("li", shape(step), strength_and_kind(kind, texts), class_=f"badge strength-{step}"),
        el("li", country(jurisdiction, texts), class_=country_class),
        el("li", speaks, class_="badge") if speaks else None,
        el("li", texts("evidence.read", basis=basis_words(texts)[basis]), class_="badge"),
        class_="badges",
        role="list",
    )


def strength_and_kind(kind: AnyKind, texts: Texts = ENGLISH) -> str:
    """ "Guidance: clinical guideline"."""
    step, named = strength_words(texts)[strength(kind)], small(kind_words(texts)[kind])
    return texts("evidence.strength_and_kind", strength=step, kind=named)


def status_line(
    status: DocumentStatus,
    superseded_by: str,
    note: str = "",
    newer: Source | None = None,
    texts: Texts = ENGLISH,
) -> Html | None:
    """What a reader must know about an old or withdrawn source: label, reason, newer one."""
    if status == "current":
        return None
    way_on: Html | None = None
    if newer:
        words = sentence("evidence.newer", texts, source=held(reference(newer), texts))
        way_on = el("a", words, **_to_source(newer.id))
    elif superseded_by:
        # Words about what came after, not a source that the library holds: nothing to open.
        what = held(_sentence(superseded_by), texts)
        way_on = el("span", sentence("evidence.came_after", texts, what=what))
    return el(
        "p",
        el("strong", status_words(texts)[status], class_=f"status-label status-label-{status}"),
        " ",
        _reason(status, note, texts),
        " " if way_on else None,
        way_on,
        class_=f"status status-{status}",
    )


def _reason(status: DocumentStatus, note: str, texts: Texts) -> Html:
    """Why a source does not stand as it did: what the library says of it, or what that means."""
    if note.strip():
        return el("span", _sentence(note), lang=texts.library)
    return el("span", texts(f"evidence.{status.replace('-', '_')}"))


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
    texts: Texts = ENGLISH,
) -> Html:
    """The card of one citation. ``collections`` are names of the collections of added documents."""
    if citation.span is not None:
        return _passage_card(citation, key, level, collections or {}, texts)
    known = sources or {}
    source = known.get(citation.source_id)
    newer = known.get(citation.superseded_by)
    note = source.status_note if source else ""
    return el(
        "article",
        _card_title(citation, reference(citation), key, level, texts),
        el("p", citation.title, class_=_work(citation.status == "current"), lang=texts.library),
        status_line(citation.status, citation.superseded_by, note, newer, texts),
        badges(citation.kind, citation.who_speaks, citation.basis, citation.jurisdiction, texts),
        _our_note(citation, texts),
        our_reading(citation.our_reading, texts),
        _ways_on(citation, texts),
        class_=f"evidence-card strength-{strength(citation.kind)}",
    )


def _card_title(citation: Citation, name: str, key: str, level: int, texts: Texts) -> Html:
    ids = {"id": f"{key}c{citation.n}-title", "class_": "card-title"}
    return el(f"h{level}", name, lang=texts.library, **ids)


def _work(standing: bool) -> str:
    return "work" if standing else "work struck"


def our_reading(words: str, texts: Texts = ENGLISH) -> Html | None:
    """What we read out of a source that it does not say itself; None where that is nothing."""
    if not words:
        return None
    label = el("strong", texts("evidence.our_reading"))
    return el("p", label, " ", held(words, texts), class_="our-reading")


def _passage_card(
    citation: Citation, key: str, level: int, collections: Mapping[str, str], texts: Texts
) -> Html:
    """The card of a passage of an added document: its own words, and the way to their place."""
    standing = citation.status in {"current", "review-due"}
    collection = collections.get(citation.collection, "")
    return el(
        "article",
        _card_title(citation, called(citation), key, level, texts),
        el("p", seen(collection), class_=_work(standing)) if collection else None,
        status_line(citation.status, seen(citation.superseded_by), texts=texts),
        _passage_badges(citation, texts),
        _own_words(citation, texts),
        _ways_to_passage(citation, texts),
        class_=f"evidence-card strength-{strength(citation.kind)}",
    )


def _passage_badges(citation: Citation, texts: Texts) -> Html:
    who, step = voice(citation.who_speaks, texts), strength(citation.kind)
    kind, place = kind_words(texts)[citation.kind], country(citation.jurisdiction, texts)
    country_class = "badge country foreign" if is_foreign(citation.jurisdiction) else "badge"
    return el(
        "ul",
        el("li", shape(step), kind, class_=f"badge strength-{step}"),
        el("li", place, class_=country_class),
        el("li", who, class_="badge") if who else None,
        class_="badges",
        role="list",
    )


def _own_words(citation: Citation, texts: Texts) -> Html:
    """The passage with the words that were quoted marked in it."""
    part = _is_part(citation.text, citation.char_start, citation.char_end)
    span = (citation.char_start, citation.char_end) if part else None
    words = passage_words(citation.text, 0, span, called(citation))
    place = held(seen(citation.locator), texts)
    return el(
        "div",
        el("p", _label("evidence.word_for_word", part, texts), class_="note-label"),
        el("div", words, class_="words", lang=texts.library),
        el("p", sentence("evidence.in_document", texts, place=place), class_="locator"),
        class_="our-note",
    )


def _label(name: str, part: bool, texts: Texts) -> str:
    """What is shown, and whether something in it is marked."""
    return f"{texts(name)} {texts('evidence.part_marked')}" if part else texts(name)


def _ways_to_passage(citation: Citation, texts: Texts) -> Html:
    span = place_of(citation) or (0, 1)
    added = texts("evidence.added", date=day(citation.checked, texts))
    return el(
        "p",
        el("a", texts("evidence.open_place"), **to_place(citation.source_id, span)),
        open_source(citation.url, citation.doi, texts),
        el("span", added, class_="checked"),
        class_="ways-on",
    )


def _our_note(citation: Citation, texts: Texts) -> Html:
    """What we noted, in our own words, and where in the source it stands."""
    start, end = citation.char_start, citation.char_end
    part = _is_part(citation.text, start, end)
    place = sentence("evidence.in_source", texts, place=held(citation.locator, texts))
    stands_as = stands_as_words(texts)[citation.stands_as]
    return el(
        "div",
        el("p", _label("evidence.our_note", part, texts), class_="note-label"),
        el("p", marked(citation.text, start, end), class_="words", lang=texts.library),
        el("p", f"{stands_as}. ", place, class_="locator"),
        class_="our-note",
    )


def _is_part(words: str, start: int, end: int) -> bool:
    return 0 <= start < end <= len(words) and end - start < len(words.strip())


def _sentence(words: str) -> str:
    words = words.strip()
    return words if not words or words.endswith((".", "?")) else words + "."


def open_source(url: str, doi: str, texts: Texts = ENGLISH) -> Html | None:
    """The way to the source itself, where an address is known. It opens beside this page."""
    address = link(url, doi)
    if not address:
        return None
    return el(
        "a",
        texts("evidence.open_source"),
        el("span", texts("evidence.new_tab"), class_="heard"),
        href=address,
        rel="noopener noreferrer",
        target="_blank",
        class_="out",
    )


def _ways_on(citation: Citation, texts: Texts) -> Html:
    checked = texts("evidence.checked", date=day(citation.checked, texts))
    return el(
        "p",
        open_source(citation.url, citation.doi, texts),
        el("a", texts("evidence.all_notes"), **_to_source(citation.source_id)),
        el("span", checked, class_="checked"),
        class_="ways-on",
    )


def _to_source(source_id: str) -> dict[str, str]:
    return {"href": f"?source={source_id}", "data_go": f"source:{source_id}"}
