"""What the three views of "For trainers" share as markup: help, refusals, files to take away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from assistant.assembly.trainers import Help
from assistant.errors import AssistantError
from assistant.interface import Texts
from assistant.presentation import signposts_to_html
from assistant.presentation.markup import Html, el, join
from assistant.schema import Signpost
from assistant.web.trainers.orders import Order

FORMS = ("docx", "pdf", "md")
"""What files are offered in."""


def help_first(found: Help, then: str, texts: Texts) -> Html:
    """Where to turn, ahead of anything else. ``then`` says what follows."""
    return help_section(found.lines, found.signposts, el("p", then, class_="quiet"), texts)


def help_section(
    lines: Sequence[str], signposts: Sequence[Signpost], after: Html | None, texts: Texts
) -> Html:
    """Help with things to tap; the heading takes the focus."""
    return el(
        "section",
        el("h2", texts("trainers.help_heading"), class_="now", tabindex="-1"),
        el("div", *(el("p", line) for line in lines), class_="plain-lines", lang=texts.library),
        signposts_to_html(signposts, 3, texts),
        after,
        class_="reading help-first trainers-help",
    )


def refusal(error: AssistantError, ways: Sequence[Html], texts: Texts) -> Html:
    """Why something was not made, and ways that would do."""
    # What would do says more than a hint, which may name things as the command line does.
    hint = "" if ways else spoken_hint(error.hint, texts)
    return _refused(error.message, hint, ways, texts)


def unexpected(texts: Texts) -> Html:
    """For what nobody foresaw."""
    return _refused(texts("trainers.unexpected"), "", (), texts)


def notice(words: str, ways: Sequence[Html], texts: Texts) -> Html:
    """What is still missing, or unclear."""
    return _refused(words, "", ways, texts)


def _refused(message: str, hint: str, ways: Sequence[Html], texts: Texts) -> Html:
    return el(
        "section",
        el("h2", texts("trainers.not_made"), tabindex="-1", class_="refused"),
        el("p", message),
        el("p", hint) if hint else None,
        el("div", *ways, class_="quick-row") if ways else None,
        class_="failure trainers-refusal",
    )


def spoken_hint(hint: str, texts: Texts) -> str:
    """A hint as the page can say it: one that names a command leads nowhere here."""
    if "--" in hint or "peer-support " in hint:
        return texts("trainers.change_it")
    return hint


def near_topics(
    unknown: Mapping[str, Sequence[str]], order: Order, labels: Mapping[str, str], texts: Texts
) -> Html:
    """For topics that the library does not have: those nearest, as buttons that order them."""
    sections: list[Html] = []
    for typed, near in unknown.items():
        ways = [_instead(order, typed, slug, labels[slug]) for slug in near]
        name = "trainers.unknown_topic" if ways else "trainers.unknown_topic_alone"
        sections.append(notice(texts(name, topic=_short(typed)), ways, texts))
    return join(*sections)


def _instead(order: Order, typed: str, slug: str, label: str) -> Html:
    topics = tuple(dict.fromkeys(slug if topic == typed else topic for topic in order.topics))
    return order_button(label, replace(order, topics=topics), "quick")


def order_button(words: str, order: Order, class_: str, view: str = "exercise") -> Html:
    """A button that makes what an order says."""
    return el(
        "button",
        words,
        type="button",
        class_=class_,
        data_order=order.as_data(),
        data_order_for=view,
    )


def take_away(what: str, order: str, label: str, texts: Texts) -> Html:
    """The formats as buttons. ``order`` is what the file is made of, as JSON; ``what`` the channel
    that it goes to."""
    buttons = [
        el(
            "button",
            texts(f"trainers.form_{form}"),
            type="button",
            class_="quick",
            data_take=form,
            data_take_from=what,
            data_order=order,
        )
        for form in FORMS
    ]
    return el(
        "div",
        el("p", label, id=f"take-{what}"),
        el("div", *buttons, class_="quick-row", role="group", aria_labelledby=f"take-{what}"),
        class_="take-away",
    )


def print_button(texts: Texts) -> Html:
    """Prints what is in sight."""
    return el("button", texts("tools.print"), type="button", class_="plain-button", data_print=True)


def working(words: str) -> Html:
    """What is being done, in words."""
    return el("p", words, class_="stage")


def ready(link: Html, words: str) -> Html:
    """A file that was made."""
    return el("p", words, " ", link, class_="notice ready")


def sentence_list(items: Sequence[Html | str], numbered: bool = False, **more: str | None) -> Html:
    """Items as a list in reading type."""
    return el("ol" if numbered else "ul", *(el("li", i) for i in items), class_="points", **more)


def part(title: str, *body: Html | str | None, id_: str | None = None) -> Html:
    """A part of what was made, under its heading."""
    return el("div", el("h3", title, id=id_), *body, class_="part")


def _short(words: str) -> str:
    return words if len(words) <= 60 else words[:60].rstrip() + "…"
