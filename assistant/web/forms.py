"""The two forms of the page as markup, and what was chosen in them as filters."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from assistant.interface import ENGLISH, Texts
from assistant.presentation.markup import Html, el, join
from assistant.presentation.pages import Library
from assistant.presentation.sentences import small
from assistant.presentation.words import (
    KIND_WORDS,
    SETTING_WORDS,
    STRENGTH_ORDER,
    country,
    kind_words,
    setting_words,
    strength,
    strength_headings,
    user_words,
)
from assistant.schema import BUNDLED, HOME_JURISDICTIONS, Filters, User
from assistant.web.desk import ROLES

Option = tuple[str, str]
OWN = "*own"
"""The choice of all collections of added documents; no collection can have this id."""


def filter_form(
    library: Library, texts: Texts, name: str, collections: Mapping[str, str] | None = None
) -> Html:
    """A folded panel with the choices that narrow a search. ``collections`` are names by id of the
    collections of added documents; without any, nothing is asked about where to look."""
    fields = filter_fields(library, texts, name)
    if collections:
        fields = join(_look_in(f"{name}-look", texts, collections), fields)
    clear = el("button", texts("filters.clear"), type="reset", class_="plain-button")
    return el(
        "details",
        el("summary", texts("filters.heading")),
        el("form", fields, clear, class_="filters"),
        class_="filter-panel",
    )


def role_form(texts: Texts) -> Html:
    """Who asks. Before the first question the choices stand open; later one quiet line says what
    is chosen and opens them again. Which of the two is seen is a matter of style alone."""
    roles = user_words(texts)
    chosen_words = [el("strong", roles[role], class_=f"as-{role}") for role in ROLES]
    change = el(
        "button",
        texts("ask.change_role"),
        el("span", texts("ask.change_role_what"), class_="heard"),
        type="button",
        class_="plain-button",
        aria_expanded="false",
        aria_controls="roles",
        data_change_role=True,
    )
    boxes = [_role(role, roles[role], first=role == ROLES[0]) for role in ROLES]
    return el(
        "form",
        el("p", texts("ask.as"), " ", *chosen_words, change, class_="asking-as"),
        el("fieldset", el("legend", texts("welcome.role")), *boxes, class_="roles", id="roles"),
        class_="role-form",
    )


def role_of(form: str | Mapping[str, object] | None) -> User | None:
    """The role chosen in the form, if it is one of ours."""
    role = _values(form).get("role", "")
    return next((known for known in ROLES if known == role), None)


def _role(role: User, words: str, first: bool) -> Html:
    box = el("input", type="radio", name="role", id=f"role-{role}", value=role, checked=first)
    return join(box, el("label", words, for_=f"role-{role}"))


def filter_fields(library: Library, texts: Texts, name: str) -> Html:
    """The fields alone; ``name`` keeps ids of two forms apart."""
    any_ = texts("filters.any")
    return join(
        _select(
            f"{name}-country", "country", texts("filters.country"), any_, _countries(library, texts)
        ),
        _field(f"{name}-kind", texts("filters.kind"), _kinds(f"{name}-kind", any_, library, texts)),
        _select(
            f"{name}-topic", "topic", texts("filters.topic"), any_, _topics(library), texts.library
        ),
        _select(f"{name}-setting", "setting", texts("filters.setting"), any_, _settings(texts)),
        _year(f"{name}-year", texts),
    )


def chosen(
    form: str | Mapping[str, object] | None, collections: Iterable[str] = ()
) -> Filters | None:
    """Filters from what a form holds; anything that is not a choice of ours narrows nothing.
    ``collections`` are the ids of the collections of added documents."""
    values = _values(form)
    year = values.get("year", "").strip()
    kind, setting = values.get("kind", ""), values.get("setting", "")
    filters = Filters.model_validate(
        {
            "jurisdiction": _one(values.get("country", "")),
            "kind": _one(kind) if kind in KIND_WORDS else (),
            "topic": _one(values.get("topic", "")),
            "collection": _places(values.get("look", ""), tuple(collections)),
            "setting": _one(setting) if setting in SETTING_WORDS else (),
            "year_from": int(year) if year.isdecimal() and len(year) == 4 else None,
        }
    )
    return None if filters.is_empty() else filters


def _places(wanted: str, collections: tuple[str, ...]) -> tuple[str, ...]:
    """The collections that a choice of where to look stands for."""
    if wanted == OWN:
        return collections
    return (wanted,) if wanted == BUNDLED or wanted in collections else ()


def in_words(
    filters: Filters | None,
    library: Library,
    collections: Mapping[str, str] | None = None,
    texts: Texts = ENGLISH,
) -> str:
    """Filters as people read them: "Australia, trials from 2018"."""
    if filters is None:
        return ""
    words = _looked_in(filters.collection, collections or {}, texts)
    words += [country(place, texts) for place in filters.jurisdiction]
    words += [small(kind_words(texts)[kind]) for kind in filters.kind]
    words += [library.topics.get(topic, topic) for topic in filters.topic]
    words += [small(setting_words(texts)[setting]) for setting in filters.setting]
    words += [texts("filters.from_year", year=filters.year_from)] if filters.year_from else []
    return ", ".join(words)


def _looked_in(wanted: tuple[str, ...], collections: Mapping[str, str], texts: Texts) -> list[str]:
    if not wanted:
        return []
    if wanted == (BUNDLED,):
        return [texts("filters.in_bundled")]
    if len(wanted) > 1 or len(collections) == 1:
        return [texts("filters.in_own")]
    return [collections.get(wanted[0], wanted[0])]


def template_safe(markup: str) -> str:
    """Markup that the page's template engine leaves as it is."""
    for character in "\\`${}":
        markup = markup.replace(character, f"&#{ord(character)};")
    return markup


def _values(form: str | Mapping[str, object] | None) -> dict[str, str]:
    if isinstance(form, str):
        try:
            form = json.loads(form) if form.startswith("{") else {}
        except ValueError:
            form = {}
    return {key: str(value) for key, value in (form or {}).items()}


def _one(value: str) -> tuple[str, ...]:
    return (value,) if value else ()


def _field(id_: str, label: str, control: Html) -> Html:
    return el("div", el("label", label, for_=id_), control, class_="field")


def _select(
    id_: str,
    name: str,
    label: str,
    any_: str,
    options: Iterable[Option],
    lang: str | None = None,
) -> Html:
    """A choice; ``lang`` is the language of its options, where that is not the page's."""
    rows = [el("option", words, value=value, lang=lang) for value, words in options]
    control = el("select", el("option", any_, value=""), *rows, id=id_, name=name)
    return _field(id_, label, control)


def _look_in(id_: str, texts: Texts, collections: Mapping[str, str]) -> Html:
    options = [(BUNDLED, texts("filters.bundled")), (OWN, texts("filters.own"))]
    options += list(collections.items()) if len(collections) > 1 else []
    return _select(id_, "look", texts("filters.look"), texts("filters.everything"), options)


def _kinds(id_: str, any_: str, library: Library, texts: Texts) -> Html:
    held, words = {source.kind for source in library.sources.values()}, kind_words(texts)
    groups = []
    for step in STRENGTH_ORDER:
        kinds = [k for k in KIND_WORDS if k in held and strength(k) == step]
        rows = [el("option", words[kind], value=kind) for kind in kinds]
        if rows:
            groups.append(el("optgroup", *rows, label=strength_headings(texts)[step]))
    return el("select", el("option", any_, value=""), *groups, id=id_, name="kind")


def _countries(library: Library, texts: Texts) -> list[Option]:
    held = {source.jurisdiction for source in library.sources.values()}
    ordered = sorted(held, key=lambda place: (place not in HOME_JURISDICTIONS, place))
    return [(place, country(place, texts)) for place in ordered]


def _topics(library: Library) -> list[Option]:
    return sorted(library.topics.items(), key=lambda item: item[1].lower())


def _settings(texts: Texts) -> list[Option]:
    return [(slug, words) for slug, words in setting_words(texts).items() if slug != "any"]


def _year(id_: str, texts: Texts) -> Html:
    control = el(
        "input",
        id=id_,
        name="year",
        type="text",
        inputmode="numeric",
        pattern="[0-9]{4}",
        maxlength=4,
        autocomplete="off",
        placeholder=texts("filters.year_hint"),
    )
    return _field(id_, texts("filters.year"), control)
