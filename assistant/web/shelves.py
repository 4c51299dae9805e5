"""The library place: which sources fit a search, and how the list looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assistant.interface import Texts
from assistant.presentation.cards import shape
from assistant.presentation.markup import Html, el, join
from assistant.presentation.pages import Library
from assistant.presentation.words import (
    KIND_WORDS,
    STATUS_WORDS,
    STRENGTH_WORDS,
    country,
    is_foreign,
    reference,
    strength,
    voice,
)
from assistant.schema import Filters, Source
from assistant.web.forms import chosen, filter_fields

PAGE = 30
"""Sources shown at first, and with each "more"."""


def search_form(library: Library, texts: Texts) -> Html:
    """Heading, search box and choices of the library."""
    return join(
        el("h1", texts("library.heading"), tabindex="-1"),
        el("p", texts("library.lead"), class_="lead"),
        el(
            "form",
            el("label", texts("library.search"), for_="library-q", class_="search-label"),
            el(
                "div",
                el(
                    "input",
                    type="search",
                    id="library-q",
                    name="q",
                    autocomplete="off",
                    maxlength=200,
                    placeholder=texts("library.placeholder"),
                ),
                el("button", texts("library.search_button"), type="submit", class_="main-button"),
                class_="search-row",
            ),
            el(
                "details",
                el("summary", texts("filters.heading")),
                el("div", filter_fields(library, texts, "library"), class_="filters"),
                class_="filter-panel",
            ),
            class_="library-form",
            role="search",
        ),
    )


def find(library: Library, form: Mapping[str, object]) -> list[Source]:
    """Sources that hold every word searched for and fit the choices, newest first."""
    words = str(form.get("q", "")).lower().split()[:20]
    filters = chosen(form)
    fitting = [s for s in library.sources.values() if _fits(s, filters) and _holds(s, words)]
    return sorted(fitting, key=lambda s: (-(s.year or 0), s.title.lower()))


def listing(library: Library, found: Sequence[Source], shown: int, texts: Texts) -> Html:
    """The sources found; ``shown`` is how many before "more"."""
    total = len(library.sources)
    counted = (
        texts("library.count_all", all=total)
        if len(found) == total
        else texts("library.count", found=len(found), all=total)
    )
    left = len(found) - shown
    more = (
        el(
            "p",
            el(
                "button",
                texts("library.more", n=min(PAGE, left)),
                type="button",
                class_="plain-button",
                data_more=shown + PAGE,
            ),
        )
        if left > 0
        else None
    )
    return el(
        "div",
        el("p", counted, class_="count-line", role="status"),
        el("ul", *(_row(s, texts) for s in found[:shown]), class_="sources", role="list")
        if found
        else el("p", texts("library.none")),
        more,
        class_="results",
    )


def _row(source: Source, texts: Texts) -> Html:
    step = strength(source.kind)
    count = len(source.notes)
    notes = texts("library.notes_one") if count == 1 else texts("library.notes", n=count)
    facts = [
        el(
            "span",
            shape(step),
            f"{STRENGTH_WORDS[step]}: {KIND_WORDS[source.kind].lower()}",
            class_=f"badge strength-{step}",
        ),
        el(
            "span",
            country(source.jurisdiction),
            class_="badge country foreign" if is_foreign(source.jurisdiction) else "badge country",
        ),
        el("span", voice(source.who_speaks), class_="badge") if voice(source.who_speaks) else None,
        None
        if source.status == "current"
        else el("span", STATUS_WORDS[source.status], class_="badge status-label"),
    ]
    return el(
        "li",
        el("a", source.title, href=f"?source={source.id}", data_go=f"source:{source.id}"),
        el("p", f"{reference(source)}. {notes}.", class_="by"),
        el("p", *facts, class_="badges"),
        class_="source",
    )


def _holds(source: Source, words: Sequence[str]) -> bool:
    if not words:
        return True
    text = " ".join(
        [source.title, *source.authors, source.published_in or "", source.id, str(source.year)]
        + [topic.replace("-", " ") for note in source.notes for topic in note.topics]
    ).lower()
    return all(word in text for word in words)


def _fits(source: Source, filters: Filters | None) -> bool:
    if filters is None:
        return True
    topics = {topic for note in source.notes for topic in note.topics}
    return (
        (not filters.jurisdiction or source.jurisdiction in filters.jurisdiction)
        and (not filters.kind or source.kind in filters.kind)
        and (not filters.topic or bool(topics & set(filters.topic)))
        and (not filters.setting or bool({*source.settings} & {*filters.setting, "any"}))
        and (filters.year_from is None or (source.year or 0) >= filters.year_from)
    )
