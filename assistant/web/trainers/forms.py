"""The front and the forms of "For trainers" as markup. Pure functions: no server, no state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from assistant.interface import Texts
from assistant.presentation.markup import Html, el, join
from assistant.presentation.sentences import held
from assistant.presentation.words import country
from assistant.scenarios.course import MOST_EXERCISES
from assistant.scenarios.details import NAME_CHARACTERS, PLACE_CHARACTERS, SERVICE_CHARACTERS
from assistant.scenarios.records import LEARNER_WORDS, LEVEL_WORDS
from assistant.scenarios.request import LONGEST, MOST_TOPICS, SHORTEST, TOPIC_CHARACTERS
from assistant.web import views
from assistant.web.trainers.orders import Order

VIEWS = ("exercise", "feedback", "course")
_SHOWN_ROWS = 3
"""Topics of a course that there is room for before somebody asks for more."""


def front(texts: Texts) -> Html:
    """What the three views are for."""
    cards = [
        el(
            "li",
            el("h2", _to_view(view, texts(f"trainers.{view}_heading"))),
            el("p", texts(f"trainers.{view}_for")),
            class_="view-card",
        )
        for view in VIEWS
    ]
    return el(
        "div",
        el("h1", texts("places.trainers"), tabindex="-1"),
        el("p", texts("trainers.lead"), class_="lead"),
        el("ul", *cards, class_="view-cards", role="list"),
    )


def _to_view(view: str, words: str) -> Html:
    return el(
        "a",
        words,
        href=f"?place=trainers&view={view}",
        data_go="place:trainers",
        data_view=view,
    )


def heading(view: str, texts: Texts) -> Html:
    """The head of a view, with the way back to the front."""
    return join(
        views.back("trainers", texts("places.trainers")),
        el("h1", texts(f"trainers.{view}_heading"), tabindex="-1"),
        el("p", texts(f"trainers.{view}_lead"), class_="lead"),
    )


def reading_situations(texts: Texts) -> Html:
    """What is seen until a form is there."""
    return el("p", texts("trainers.reading"), class_="stage")


# ---------------------------------------------------------------- the exercise


def exercise_form(
    topics: Mapping[str, str],
    counts: Mapping[str, int],
    settings: Iterable[str],
    countries: Iterable[str],
    order: Order,
    texts: Texts,
) -> Html:
    """The form of the exercise builder.

    Args:
        topics: labels by slug, in the order in which they are shown.
        counts: how many stories there are on each.
        settings: that stories happen in.
        countries: that the library holds something from.
        order: what the form says at first.
        texts: the page's sentences.
    """
    form = el(
        "form",
        _topic_choice(topics, counts, order, texts),
        el("div", *_common(settings, countries, order, texts, "exercise"), class_="order-fields"),
        _own_details(order, texts),
        _go(texts("trainers.exercise_make")),
        data_trainers_form="exercise",
        novalidate=True,
    )
    return _folded(form, order, texts)


def _topic_choice(
    topics: Mapping[str, str], counts: Mapping[str, int], order: Order, texts: Texts
) -> Html:
    chosen = [topic for topic in order.topics if topic in topics]
    own = " ".join(topic for topic in order.topics if topic not in topics)
    boxes = [_topic_box(t, topics[t], counts[t], t in chosen, texts) for t in topics]
    chips = [_chip(t, topics[t], t in chosen, texts) for t in topics]
    find = el(
        "input",
        type="search",
        id="topic-find",
        autocomplete="off",
        data_filter="topic-boxes",
        aria_controls="topic-boxes",
    )
    return el(
        "fieldset",
        el("legend", texts("trainers.topics", most=MOST_TOPICS)),
        el("ul", *chips, class_="chips", role="list", aria_label=texts("trainers.chosen")),
        el("div", el("label", texts("trainers.find"), for_="topic-find"), find, class_="field"),
        el("ul", *boxes, class_="boxes", role="list", id="topic-boxes"),
        el("p", texts("trainers.none_found"), class_="hint", hidden=True, data_none=True),
        _text(
            "topic-own", "own", texts("trainers.own_topic"), own, TOPIC_CHARACTERS, "", "own-topic"
        ),
        el("p", class_="said", role="status", data_many=texts("trainers.many", most=MOST_TOPICS)),
        class_="topic-choice",
        data_most=MOST_TOPICS,
    )


def _topic_box(slug: str, label: str, count: int, chosen: bool, texts: Texts) -> Html:
    stories = counted(texts, "trainers.stories", count)
    box = el("input", type="checkbox", value=slug, id=f"topic-{slug}", checked=chosen)
    shown = held(label, texts)
    name = el("label", shown, " ", el("span", stories, class_="count"), for_=f"topic-{slug}")
    return el("li", box, name, data_find_in=f"{label} {slug.replace('-', ' ')}".casefold())


def _chip(slug: str, label: str, chosen: bool, texts: Texts) -> Html:
    remove = el(
        "button",
        held(label, texts),
        el("span", texts("trainers.take_out"), class_="heard"),
        type="button",
        class_="chip",
        data_chip=slug,
    )
    return el("li", remove, hidden=not chosen)


def _own_details(order: Order, texts: Texts) -> Html:
    """What a trainer may say of place and people. Never sent in an address."""
    fields = (
        ("place", texts("trainers.own_place"), order.place, PLACE_CHARACTERS),
        ("service", texts("trainers.own_service"), order.service, SERVICE_CHARACTERS),
        ("worker", texts("trainers.own_worker"), order.worker, NAME_CHARACTERS),
    )
    rows = [
        _text(f"exercise-{name}", name, label, value, most, texts(f"trainers.own_{name}_such"))
        for name, label, value, most in fields
    ]
    return el(
        "details",
        el("summary", texts("trainers.own_heading")),
        el("p", texts("trainers.own_lead"), class_="hint"),
        el("div", *rows, class_="order-fields"),
        class_="filter-panel",
        open=any(value for _, _, value, _ in fields),
    )


# ---------------------------------------------------------------- the course


def course_form(
    topics: Mapping[str, str],
    settings: Iterable[str],
    countries: Iterable[str],
    order: Order,
    texts: Texts,
) -> Html:
    """The form of the course pack: topics in their order, and what holds for all of them."""
    held = [topic for topic in order.topics if topic in topics][:MOST_EXERCISES]
    shown = max(_SHOWN_ROWS, len(held))
    rows = [
        _topic_row(n, held[n] if n < len(held) else "", n < shown, topics, texts)
        for n in range(MOST_EXERCISES)
    ]
    form = el(
        "form",
        el(
            "fieldset",
            el("legend", texts("trainers.course_topics", most=MOST_EXERCISES)),
            el("ol", *rows, class_="topic-rows", role="list"),
            el(
                "button",
                texts("trainers.more_topics"),
                type="button",
                class_="plain-button",
                data_more_topics=True,
                hidden=shown == MOST_EXERCISES,
            ),
            class_="topic-choice",
        ),
        el("div", *_common(settings, countries, order, texts, "course"), class_="order-fields"),
        _go(texts("trainers.course_make")),
        data_trainers_form="course",
        novalidate=True,
    )
    return _folded(form, order, texts)


def _topic_row(
    number: int, chosen: str, shown: bool, topics: Mapping[str, str], texts: Texts
) -> Html:
    id_ = f"course-topic-{number + 1}"
    options = [("", texts("trainers.no_topic")), *topics.items()]
    up = el(
        "button",
        texts("trainers.move_up"),
        el("span", texts("trainers.move_up_what", number=number + 1), class_="heard"),
        type="button",
        class_="plain-button",
        data_move_up=True,
    )
    return el(
        "li",
        select(id_, "topic", texts("trainers.topic_number", number=number + 1), options, chosen),
        up if number else None,
        hidden=not shown,
    )


# ---------------------------------------------------------------- what both forms have


def _folded(form: Html, order: Order, texts: Texts) -> Html:
    """The form; closed where an address has said everything already."""
    summary = el("summary", texts("trainers.ask_for"))
    return el("details", summary, form, class_="order-form filter-panel", open=not order.topics)


def _common(
    settings: Iterable[str], countries: Iterable[str], order: Order, texts: Texts, key: str
) -> list[Html]:
    learners = [(name, texts(f"trainers.for_{name}")) for name in LEARNER_WORDS]
    levels = [(name, texts(f"trainers.level_{name}")) for name in LEVEL_WORDS]
    places = [(name, texts(f"settings.{name}")) for name in settings]
    lands = [(name, country(name, texts)) for name in countries]
    minutes = "trainers.minutes_each" if key == "course" else "trainers.minutes_field"
    return [
        select(f"{key}-learners", "learners", texts("trainers.learners"), learners, order.learners),
        _minutes(f"{key}-minutes", texts(minutes), order.minutes, texts),
        select(f"{key}-level", "level", texts("trainers.level"), levels, order.level),
        select(f"{key}-setting", "setting", texts("trainers.setting"), places, order.setting),
        select(f"{key}-country", "country", texts("trainers.country"), lands, order.country),
    ]


def _minutes(id_: str, label: str, value: str, texts: Texts) -> Html:
    control = el(
        "input",
        id=id_,
        name="minutes",
        type="number",
        inputmode="numeric",
        min=SHORTEST,
        max=LONGEST,
        step=5,
        value=value,
        autocomplete="off",
        aria_describedby=f"{id_}-hint",
    )
    hint = el(
        "span",
        texts("trainers.minutes_hint", shortest=SHORTEST, longest=LONGEST),
        class_="count",
        id=f"{id_}-hint",
    )
    return el("div", el("label", label, for_=id_), control, hint, class_="field")


def select(
    id_: str, name: str, label: str, options: Sequence[tuple[str, str]], chosen: str
) -> Html:
    """A choice of one, with its label."""
    rows = [el("option", words, value=value, selected=value == chosen) for value, words in options]
    control = el("select", *rows, id=id_, name=name)
    return el("div", el("label", label, for_=id_), control, class_="field")


def _text(
    id_: str, name: str, label: str, value: str, most: int, such: str = "", class_: str = ""
) -> Html:
    control = el(
        "input",
        id=id_,
        name=name,
        type="text",
        value=value,
        maxlength=most,
        autocomplete="off",
        aria_describedby=f"{id_}-hint" if such else None,
    )
    hint = el("span", such, class_="count", id=f"{id_}-hint") if such else None
    classes = f"field {class_}".strip()
    return el("div", el("label", label, for_=id_), control, hint, class_=classes)


def _go(words: str) -> Html:
    return el("p", el("button", words, type="submit", class_="main-button"), class_="order-go")


def counted(texts: Texts, name: str, count: int) -> str:
    """A sentence with a number; one thing has a sentence of its own."""
    return texts(f"{name}_one") if count == 1 else texts(name, count=count)
