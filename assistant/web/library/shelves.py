"""The library place: its form, which sources fit it, and how the list looks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import get_args

from assistant.interface import Texts
from assistant.presentation.cards import shape, strength_and_kind
from assistant.presentation.markup import Html, el, join
from assistant.presentation.markup import text as plain
from assistant.presentation.pages import Library
from assistant.presentation.sentences import in_both
from assistant.presentation.words import (
    STRENGTH_ORDER,
    Strength,
    country,
    is_foreign,
    reference,
    status_words,
    strength,
    strength_headings,
    voice,
    who_words,
)
from assistant.schema import Note, Signpost, Source, Status, WhoSpeaks
from assistant.web.forms import chosen, filter_fields, in_words
from assistant.web.library.search import SORTS, Field, Finder, Found, Sort, fits_filters, spans

PAGE = 30
"""Sources shown at first, and with each "more"."""
LONGEST = 200
"""Characters of a search."""
_ELSEWHERE: tuple[Field, ...] = ("title", "known_as", "author", "published", "note")
"""Places of words that make it needless to say what notes are about."""


# ---------------------------------------------------------------- the form


def search_form(library: Library, texts: Texts) -> Html:
    """Heading, search box and choices of the library."""
    return join(
        el("h1", texts("library.heading"), tabindex="-1"),
        el("p", texts("library.lead"), class_="lead"),
        el(
            "p",
            el(
                "a",
                texts("library.to_figures"),
                href="?place=library&view=figures",
                data_go="place:library",
                data_view="figures",
            ),
            class_="to-figures",
        ),
        el(
            "form",
            el("label", texts("library.search"), for_="library-q", class_="search-label"),
            el("div", _box(texts), _button(texts), class_="search-row"),
            el(
                "details",
                el("summary", texts("library.narrow")),
                el(
                    "div",
                    _sort(texts),
                    filter_fields(library, texts, "library"),
                    _more_fields(library, texts),
                    el("button", texts("filters.clear"), type="reset", class_="plain-button"),
                    class_="filters",
                ),
                class_="filter-panel",
            ),
            # Stays while the list comes and goes, so that the count is heard.
            el("p", class_="heard", role="status", data_heard=True),
            class_="library-form",
            role="search",
        ),
    )


def _box(texts: Texts) -> Html:
    return el(
        "input",
        type="search",
        id="library-q",
        name="q",
        autocomplete="off",
        maxlength=LONGEST,
        placeholder=texts("library.placeholder"),
    )


def _button(texts: Texts) -> Html:
    return el("button", texts("library.search_button"), type="submit", class_="main-button")


def _sort(texts: Texts) -> Html:
    options = [(one, texts(f"library.sort_{one}")) for one in SORTS]
    return _choice("library-sort", "sort", texts("library.sort"), options)


def _more_fields(library: Library, texts: Texts) -> Html:
    """What only the library asks: strength, who speaks, and whether a source still stands."""
    sources = library.sources.values()
    any_ = [("", texts("filters.any"))]
    steps = {strength(source.kind) for source in sources}
    voices = {source.who_speaks for source in sources}
    states = {source.status for source in sources}
    headings, who, status = strength_headings(texts), who_words(texts), status_words(texts)
    return join(
        _choice(
            "library-strength",
            "strength",
            texts("library.strength"),
            any_ + [(one, headings[one]) for one in STRENGTH_ORDER if one in steps],
        ),
        _choice(
            "library-who",
            "who",
            texts("library.who"),
            any_ + [(one, who[one]) for one in get_args(WhoSpeaks) if one in voices],
        ),
        _choice(
            "library-status",
            "status",
            texts("library.status"),
            any_ + [(one, status[one]) for one in get_args(Status) if one in states],
        )
        if len(states) > 1
        else None,
    )


def _choice(id_: str, name: str, label: str, options: Sequence[tuple[str, str]]) -> Html:
    rows = [el("option", words, value=value) for value, words in options]
    control = el("select", *rows, id=id_, name=name)
    return el("div", el("label", label, for_=id_), control, class_="field")


# ---------------------------------------------------------------- finding


def typed(form: Mapping[str, object]) -> str:
    """The words that were searched for."""
    return str(form.get("q", "")).strip()[:LONGEST]


def find(library: Library, form: Mapping[str, object], finder: Finder | None = None) -> list[Found]:
    """Sources that hold every word searched for and fit the choices, in the order chosen."""
    finder = finder or Finder(library)
    return finder.find(typed(form), lambda source: fits(source, form), sort_of(form))


def fits(source: Source, form: Mapping[str, object]) -> bool:
    """Whether a source is what the form's choices ask for."""
    who, status, step = (str(form.get(name, "")) for name in ("who", "status", "strength"))
    return (
        (who not in get_args(WhoSpeaks) or source.who_speaks == who)
        and (status not in get_args(Status) or source.status == status)
        and (step not in get_args(Strength) or strength(source.kind) == step)
        and fits_filters(source, chosen(form))
    )


def sort_of(form: Mapping[str, object]) -> Sort:
    """The order that was chosen; the best first where none of ours was."""
    asked = str(form.get("sort", ""))
    return next((one for one in SORTS if one == asked), "best")


# ---------------------------------------------------------------- the list


def listing(
    library: Library,
    found: Sequence[Found],
    shown: int,
    texts: Texts,
    form: Mapping[str, object] | None = None,
) -> Html:
    """The sources found; ``shown`` is how many before "more"."""
    form = form or {}
    rows = [_row(one, typed(form), texts, library) for one in found[:shown]]
    return el(
        "div",
        el("p", _counted(library, found, texts), class_="count-line", data_count=True),
        _narrowed(library, form, texts),
        el("ul", *rows, class_="sources", role="list")
        if found
        else el("p", texts("library.none"), class_="empty"),
        _more(len(found) - shown, shown, texts),
        class_="results",
    )


def nearest_listing(
    library: Library,
    near: Sequence[Found],
    texts: Texts,
    form: Mapping[str, object],
    help_first: Html | None = None,
) -> Html:
    """What is shown where no source holds the words: those nearest in meaning, and the way to ask.

    Args:
        library: that was searched.
        near: sources that a search by meaning found; may be none.
        texts: the page's sentences.
        form: what was searched for.
        help_first: where to turn, when the words may be about somebody's own danger.
    """
    ask = el(
        "button", texts("library.ask_instead"), type="button", class_="quick", data_ask=typed(form)
    )
    rows = [_row(one, typed(form), texts, library) for one in near]
    return el(
        "div",
        help_first,
        el("p", texts("library.none_words"), class_="count-line", data_count=True),
        _narrowed(library, form, texts),
        el("p", ask),
        join(
            el("h2", texts("library.nearest"), class_="nearest"),
            el("ul", *rows, class_="sources", role="list"),
        )
        if near
        else None,
        class_="results",
        data_unsaid=True,
    )


def _counted(library: Library, found: Sequence[Found], texts: Texts) -> str:
    total = f"{len(library.sources):,}"
    if len(found) == len(library.sources):
        return texts("library.count_all", all=total)
    name = "library.count_one" if len(found) == 1 else "library.count"
    return texts(name, found=f"{len(found):,}", all=total)


def _narrowed(library: Library, form: Mapping[str, object], texts: Texts) -> Html | None:
    """What the list is narrowed to, as the choices say it."""
    words = [in_words(chosen(form), library, texts=texts)]
    who, status, step = (str(form.get(name, "")) for name in ("who", "status", "strength"))
    words += [name for key, name in strength_headings(texts).items() if key == step]
    words += [name for key, name in who_words(texts).items() if key == who]
    words += [name for key, name in status_words(texts).items() if key == status]
    what = ", ".join(word for word in words if word)
    return el("p", texts("ask.narrowed", what=what), class_="narrowed-to") if what else None


def _more(left: int, shown: int, texts: Texts) -> Html | None:
    if left <= 0:
        return None
    words = texts("library.more", n=min(PAGE, left))
    button = el(
        "button", words, type="button", class_="plain-button more-button", data_more=shown + PAGE
    )
    return el("p", button)


def _row(found: Found, words: str, texts: Texts, library: Library) -> Html:
    source = found.source
    count = len(source.notes)
    notes = texts("library.notes_one") if count == 1 else texts("library.notes", n=count)
    go = {"href": f"?source={source.id}", "data_go": f"source:{source.id}"}
    return el(
        "li",
        el("a", with_marks(source.title, words), lang=texts.library, **go),
        el(
            "p",
            el("span", with_marks(reference(source), words), lang=texts.library),
            ". ",
            notes,
            ".",
            class_="by",
        ),
        _badges(source, texts),
        _why(found, words, texts),
        class_="source",
    )


def _badges(source: Source, texts: Texts) -> Html:
    step, speaks = strength(source.kind), voice(source.who_speaks, texts)
    place = "badge country foreign" if is_foreign(source.jurisdiction) else "badge country"
    kind = strength_and_kind(source.kind, texts)
    facts = [
        el("span", shape(step), kind, class_=f"badge strength-{step}"),
        el("span", country(source.jurisdiction, texts), class_=place),
        el("span", speaks, class_="badge") if speaks else None,
        None
        if source.status == "current"
        else el("span", status_words(texts)[source.status], class_="badge status-label"),
    ]
    return el("p", *facts, class_="badges")


def _why(found: Found, words: str, texts: Texts) -> Html | None:
    """Where the words stand, and the note that holds most of them."""
    reasons = [el("li", reason) for reason in _reasons(found, words, texts)]
    if not reasons and not found.notes:
        return None
    return el(
        "div",
        el("ul", *reasons, class_="why-found", role="list", aria_label=texts("library.why"))
        if reasons
        else None,
        _snippet(found.notes[0], words, texts) if found.notes else None,
    )


def _reasons(found: Found, words: str, texts: Texts) -> Iterator[str]:
    """In words, for those who do not see the marks; each stands alone."""
    fields = found.fields
    if "title" in fields:
        yield texts("library.why_title")
    elif "known_as" in fields:
        named = next(name for name in found.source.known_as if spans(name, words))
        yield texts("library.why_known_as", known_as=named)
    if "author" in fields:
        yield texts("library.why_author")
    if "published" in fields:
        yield texts("library.why_published")
    if "topic" in fields and not set(fields) & set(_ELSEWHERE):
        yield texts("library.why_topic")
    if found.notes and fields:
        count = len(found.notes)
        name = "library.why_note" if count == 1 else "library.why_notes"
        yield texts(name, n=count)


def _snippet(note: Note, words: str, texts: Texts) -> Html:
    return el("p", with_marks(note.text, words), class_="snippet", lang=texts.library)


def with_marks(text: str, words: str) -> Html:
    """A text in which the words searched for are marked."""
    pieces: list[Html] = []
    end = 0
    for start, stop in spans(text, words) if words else ():
        pieces += [plain(text[end:start]), el("mark", text[start:stop])]
        end = stop
    return join(*pieces, plain(text[end:]))


def signposted(signposts: Sequence[Signpost], texts: Texts) -> Html:
    """Where to turn, above what was found."""
    from assistant.presentation import signposts_to_html

    return el(
        "section",
        el("h2", texts("help.heading")),
        in_both("help.lead", texts),
        signposts_to_html(signposts, 3, texts),
        class_="help-first library-help",
    )
