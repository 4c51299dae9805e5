"""What the three views for managers share, as markup: front, fields, marks, buttons for files.

Pure functions: no server, no state. Checklists, drafts and pictures: ``checklist_views``,
``draft_views``, ``readiness_views``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from assistant.checklists.records import KIND_WORDS, Force, Stage, Verdict
from assistant.corpus import Library
from assistant.interface import Texts
from assistant.presentation.cards import shape
from assistant.presentation.markup import Child, Html, el, join
from assistant.presentation.sentences import held
from assistant.presentation.words import Strength, country, setting_words
from assistant.schema import HOME_JURISDICTIONS
from assistant.web import views

VIEWS = ("checklists", "draft", "readiness")
"""In the order of the front; each has its address, ``?place=managers&view=…``."""
NATIONS = ("England", "UK", "Scotland", "Wales", "Northern Ireland")
_FORCE_SHAPES: Mapping[Force, Strength] = {
    "must": "law",
    "should": "guidance",
    "finding": "research",
}
_VERDICT_MARKS: Mapping[Verdict, str] = {
    "met": '<path d="M2 9 6.2 13 14 3.5" fill="none" stroke="currentColor" stroke-width="2.6"/>',
    "unclear": '<path d="M2 6.5h12M2 10.5h7" stroke="currentColor" stroke-width="2.2"/>',
    "absent": '<circle cx="8" cy="8" r="5.6" fill="none" stroke="currentColor"'
    ' stroke-width="1.8" stroke-dasharray="2.6 2.2"/>',
    "contradicts": '<path d="M3 3 13 13M13 3 3 13" stroke="currentColor" stroke-width="2.6"/>',
}


def front(texts: Texts) -> Html:
    """What each of the three views is for."""
    ways = [
        el(
            "li",
            el("h2", to_view(view, texts(f"managers.{view}"))),
            el("p", texts(f"managers.{view}_for")),
        )
        for view in VIEWS
    ]
    return join(
        el("h1", texts("managers.heading"), tabindex="-1"),
        el("p", texts("managers.lead"), class_="lead"),
        el("ul", *ways, class_="ways", role="list"),
    )


def to_view(view: str, words: str) -> Html:
    """The way to one of the views."""
    address = f"?place=managers&view={view}"
    return el("a", words, href=address, data_go="place:managers", data_view=view)


def top(view: str, texts: Texts) -> Html:
    """The head of a view: the way back, its name, one sentence."""
    lead = texts({"checklists": "managers.checklist_lead"}.get(view, f"managers.{view}_lead"))
    return join(
        views.back("managers", texts("managers.back")),
        el("h1", texts(f"managers.{view}"), tabindex="-1"),
        el("p", lead, class_="lead"),
    )


def failure(message: str, hint: str = "") -> Html:
    """What is wrong and what to do, where the person is."""
    return el(
        "div",
        el("p", message),
        el("p", hint) if hint else None,
        class_="failure",
        role="alert",
        tabindex="-1",
        data_failure=True,
    )


def waiting(words: str) -> Html:
    """What is happening, in words."""
    return el("p", words, class_="stage")


# ---------------------------------------------------------------- fields


def labelled(id_: str, label: str, control: Html, hint: str = "") -> Html:
    """A field with its label above it, and a hint beneath."""
    below = el("p", hint, class_="field-hint", id=f"{id_}-hint") if hint else None
    return el("div", el("label", label, for_=id_), control, below, class_="field")


def select(
    id_: str,
    name: str,
    label: str,
    options: Iterable[tuple[str, str]],
    chosen: str = "",
) -> Html:
    """A labelled choice; options are values and words."""
    rows = [el("option", words, value=v, selected=v == chosen) for v, words in options]
    return labelled(id_, label, el("select", *rows, id=id_, name=name))


def stage_boxes(
    key: str, titles: Mapping[Stage, str], legend: str, hint: str, texts: Texts
) -> Html:
    """The stages as boxes to tick. ``key`` keeps ids of two forms apart."""
    boxes = [
        el(
            "div",
            el("input", type="checkbox", name="stage", value=stage, id=f"{key}-stage-{stage}"),
            el("label", title, for_=f"{key}-stage-{stage}", lang=texts.library),
        )
        for stage, title in titles.items()
    ]
    return el(
        "fieldset",
        el("legend", legend),
        el("p", hint, class_="field-hint"),
        el("div", *boxes, class_="tick-boxes"),
        class_="ticks",
    )


def where_fields(key: str, library: Library, texts: Texts) -> Html:
    """Setting and country."""
    settings = [(slug, words) for slug, words in setting_words(texts).items() if slug != "any"]
    any_ = ("", texts("managers.any_setting"))
    places = countries(library, texts)
    return join(
        select(f"{key}-setting", "setting", texts("managers.setting"), [any_, *settings]),
        select(f"{key}-country", "country", texts("managers.country"), places, NATIONS[0]),
    )


def countries(library: Library, texts: Texts) -> list[tuple[str, str]]:
    """Countries whose sources the library holds: the four nations and the UK first."""
    found = {source.jurisdiction for source in library.sources.values()}
    others = found - HOME_JURISDICTIONS - set(NATIONS) - {"not stated"}
    return [(place, country(place, texts)) for place in (*NATIONS, *sorted(others))]


def kinds(any_: str, texts: Texts) -> list[tuple[str, str]]:
    """Kinds of draft for a choice; the first stands for none."""
    return [("", any_), *((kind, kind_name(kind, texts)) for kind in KIND_WORDS)]


def kind_name(kind: str, texts: Texts) -> str:
    """A kind of draft in words."""
    return texts(f"managers.kind_{kind.replace('-', '_')}")


# ---------------------------------------------------------------- marks


def force_mark(force: Force, words: Child) -> Html:
    """How strong a row is: a mark and words, so that neither colour nor shape is needed."""
    return el("span", shape(_FORCE_SHAPES[force]), words, class_=f"force force-{force}")


def force_name(force: Force, texts: Texts) -> str:
    """How strong a row is, in a word or two."""
    return texts(f"managers.force_{force}")


def verdict_mark(verdict: Verdict) -> Html:
    """The mark of a verdict; its word stands beside it."""
    return Html(
        '<svg class="verdict-mark" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true"'
        f' focusable="false">{_VERDICT_MARKS[verdict]}</svg>'
    )


def verdict_name(verdict: Verdict, texts: Texts) -> str:
    """A verdict in a word."""
    return texts(f"managers.verdict_{verdict}")


def status_name(status: str, texts: Texts) -> str:
    """A status in words; that there is none, where it is empty."""
    return texts(f"managers.status_{status.replace('-', '_') or 'none'}")


def abroad_badge(row_country: str, texts: Texts) -> Html:
    """That a row rests on another country's sources alone."""
    return el("span", country(row_country, texts), class_="badge foreign")


def differing(question: str, slug: str, library: Library, texts: Texts) -> Html | None:
    """That sources differ on a question, with a way to the topic that shows each side; where no
    topic does, a way to ask. ``slug`` is the id of the contested question."""
    if not question:
        return None
    label = el("strong", texts("managers.sources_differ"))
    brief = next((b for b in library.briefs.values() if slug and slug in b.contested), None)
    if brief is not None:
        way = el(
            "a",
            question,
            href=f"?topic={brief.id}",
            data_go=f"topic:{brief.id}",
            lang=texts.library,
        )
        return el("p", label, " ", way, class_="differ")
    ask = el(
        "button",
        texts("managers.ask_differ"),
        type="button",
        class_="plain-button small-button",
        data_ask=question,
    )
    return el("p", label, " ", held(question, texts), " ", ask, class_="differ")


# ---------------------------------------------------------------- files


def file_buttons(what: str, forms: Sequence[str], heading: str, hint: str, texts: Texts) -> Html:
    """Buttons that make a file each. ``what`` names for the script what is to be written."""
    buttons = [
        el(
            "button",
            texts(f"managers.file_{form}"),
            type="button",
            class_="quick",
            data_make=what,
            data_form=form,
            data_wait=texts("managers.making"),
        )
        for form in forms
    ]
    name = f"take-{what}"
    return el(
        "div",
        el("p", heading, class_="take-name", id=name),
        el("div", *buttons, class_="quick-row"),
        el("p", hint, class_="field-hint") if hint else None,
        el("p", "", class_="take-said", role="status"),
        class_="take",
        role="group",
        aria_labelledby=name,
    )


def made(link: Html, texts: Texts) -> Html:
    """That a file was made, with its link."""
    return _slip(el("p", texts("managers.made"), " ", link), texts)


def not_made(message: str, texts: Texts) -> Html:
    """That a file could not be made."""
    return _slip(el("p", message), texts)


def _slip(words: Html, texts: Texts) -> Html:
    close = el("button", texts("managers.made_close"), type="button", class_="close", data_put=True)
    return el("div", words, close, class_="slip", role="status")
