"""Topics as markup: the list of all, the page of one, and the page of a contested question.

The body of a topic page is ``assistant.presentation.brief_page``; what stands around it is here.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assistant.interface import Texts
from assistant.presentation import brief_page
from assistant.presentation.markup import Html, el, join
from assistant.presentation.pages import Library, Numbering
from assistant.presentation.parts import evidence_column, position_columns, spread
from assistant.presentation.words import day, month
from assistant.schema import Brief, Contested, Position
from assistant.web.library.topic_groups import (
    TopicGroup,
    beside,
    name_of,
    positions_differ,
    related,
)

CONTESTED = "contested."
"""What a contested question's id has before it where a topic's name is asked for. No id of a brief
holds a full stop."""
_FIRST_PART = '<div class="part'
_H2 = re.compile(r"<h2(?P<more>[^>]*)>(?P<words>.*?)</h2>", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")


@dataclass(frozen=True)
class Shelved:
    """What the pages of topics are made from. ``today`` tells which review is overdue."""

    library: Library
    groups: tuple[TopicGroup, ...]
    texts: Texts
    today: dt.date


# ---------------------------------------------------------------- the list


def topic_list(held: Shelved) -> Html:
    """All briefs by group, with a box that narrows them and ways to each group."""
    texts, count = held.texts, len(held.library.briefs)
    if not count:
        return el(
            "div",
            el("h1", texts("topics.heading"), tabindex="-1"),
            el("p", texts("topics.empty"), class_="lead"),
            class_="topic-list",
        )
    return el(
        "div",
        el("h1", texts("topics.heading"), tabindex="-1"),
        el("p", texts("topics.lead"), class_="lead"),
        _filter(count, texts),
        _to_groups(held),
        *(_group(group, held) for group in held.groups),
        _no_topic(texts),
        _all_contested(held),
        class_="topic-list",
    )


def _filter(count: int, texts: Texts) -> Html:
    """The box narrows what is on the page; the words for the count come with it."""
    return el(
        "form",
        el("label", texts("topics.filter"), for_="topic-filter", class_="search-label"),
        el(
            "input",
            type="search",
            id="topic-filter",
            autocomplete="off",
            maxlength=100,
            placeholder=texts("topics.filter_hint"),
            aria_describedby="topic-count",
        ),
        el(
            "p",
            texts("topics.count", n=count),
            class_="count-line",
            id="topic-count",
            role="status",
            data_all=texts("topics.count", n=count),
            data_some=texts("topics.count_some", all=count),
            data_one=texts("topics.count_some_one", all=count),
            data_none=texts("topics.count_none"),
        ),
        class_="topic-filter",
        role="search",
        data_topic_filter=True,
    )


def _to_groups(held: Shelved) -> Html | None:
    if len(held.groups) < 2:
        return None
    links = [
        el("li", el("a", name_of(g, held.texts), href="?place=topics", data_to_part=g.anchor))
        for g in held.groups
    ]
    return el(
        "nav",
        el("h2", held.texts("topics.groups"), id="topic-groups", class_="contents-name"),
        el("ul", *links, role="list"),
        class_="jumps",
        aria_labelledby="topic-groups",
    )


def _group(group: TopicGroup, held: Shelved) -> Html:
    rows = [_topic(brief, held) for brief in group.briefs]
    return el(
        "section",
        el("h2", name_of(group, held.texts), id=group.anchor, tabindex="-1"),
        el("ul", *rows, class_="topics", role="list"),
        class_="topic-group",
        aria_labelledby=group.anchor,
    )


def _topic(brief: Brief, held: Shelved) -> Html:
    texts = held.texts
    words = " ".join([*brief.asks, *(held.library.topics.get(t, t) for t in brief.topics)])
    return el(
        "li",
        _to_topic(brief, texts),
        el("p", brief.lead[0].text, class_="taste", lang=texts.library),
        el("p", *_facts(brief, held), class_="topic-facts"),
        data_words=words.lower(),
    )


def _facts(brief: Brief, held: Shelved) -> Iterable[Html | str]:
    texts = held.texts
    differ = positions_differ(brief, held.library.contested)
    if differ:
        name = "topics.differ_one" if differ == 1 else "topics.differ"
        yield el("span", _scales(), texts(name, n=differ), class_="tag differ")
        yield " "
    overdue = brief.review_by < held.today
    if overdue:
        due = texts("topics.overdue", date=day(brief.review_by, texts))
        yield el("span", due, class_="tag overdue")
    else:
        dates = {"written": month(brief.written, texts), "review": month(brief.review_by, texts)}
        yield texts("topics.dates", **dates)


def _scales() -> Html:
    """Two arrows that part: the mark of a question on which sources disagree."""
    path = el("path", d="M7 8H1.5M4 5 1 8l3 3M9 8h5.5M12 5l3 3-3 3", fill="none")
    return el(
        "svg", path, class_="shape parted", viewBox="0 0 16 16", aria_hidden="true",
        focusable="false", stroke="currentColor", stroke_width=2,
    )  # fmt: skip


def _no_topic(texts: Texts) -> Html:
    """Shown where the box leaves nothing."""
    ask = el("button", texts("topics.ask_instead"), type="button", class_="main-button")
    return el(
        "div",
        el("p", texts("topics.none")),
        el("p", ask, data_ask_instead=True),
        class_="no-topic",
        hidden=True,
    )


def _all_contested(held: Shelved) -> Html | None:
    questions = sorted(held.library.contested.values(), key=lambda c: c.question.lower())
    if not questions:
        return None
    words = held.texts("topics.all_contested", n=len(questions))
    return el(
        "details",
        el("summary", el("span", words, class_="fold-name")),
        _questions(questions, held.texts),
        class_="fold all-contested",
        id="all-contested",
    )


def _questions(questions: Iterable[Contested], texts: Texts) -> Html:
    rows = [el("li", to_question(question, texts)) for question in questions]
    return el("ul", *rows, class_="plain-list", role="list")


def _to_topic(brief: Brief, texts: Texts, **more: str) -> Html:
    go = {"href": f"?topic={brief.id}", "data_go": f"topic:{brief.id}"}
    return el("a", brief.title, lang=texts.library, **go, **more)


def to_question(question: Contested, texts: Texts) -> Html:
    """The way to the page of a contested question."""
    name = CONTESTED + question.id
    go = {"href": f"?topic={name}", "data_go": f"topic:{name}"}
    return el("a", question.question, lang=texts.library, **go)


# ---------------------------------------------------------------- one topic


def topic_page(brief: Brief, held: Shelved) -> Html:
    """A brief with what helps to find one's way: its parts, its neighbours, what is related."""
    texts = held.texts
    group, before, after = beside(brief, held.groups)
    body, parts = with_anchors(brief_page(brief, held.library, f"brief-{brief.id}", texts), "part")
    kicker = el("p", name_of(group, texts), class_="kicker") if group else None
    address = f"?topic={brief.id}"
    top = join(contents(parts, address, texts), tools(address, texts))
    return join(
        _back(texts),
        kicker,
        # The answer comes first; what helps to find one's way stands between it and the rest.
        Html(body.replace(_FIRST_PART, top + _FIRST_PART, 1)),
        _further(brief, held),
        _turning(before, after, texts),
    )


def with_anchors(page: Html, name: str) -> tuple[Html, tuple[tuple[str, str], ...]]:
    """Markup of ours whose headings of the second level can be jumped to, and id and words of each.

    Headings that have an id keep it. Words come as they stand in the markup, escaped.
    """
    found: list[tuple[str, str]] = []

    def named(match: re.Match[str]) -> str:
        held = re.search(r'\bid="([^"]+)"', match["more"])
        anchor = held[1] if held else f"{name}-{len(found) + 1}"
        found.append((anchor, _TAG.sub("", match["words"])))
        more = match["more"] if held else f'{match["more"]} id="{anchor}"'
        more = more if "tabindex" in more else f'{more} tabindex="-1"'
        return f"<h2{more}>{match['words']}</h2>"

    return Html(_H2.sub(named, page)), tuple(found)


def contents(parts: Sequence[tuple[str, str]], address: str, texts: Texts) -> Html | None:
    """Ways to the parts of a page at an address; none where there are few.

    Args:
        parts: id of each heading and its words, as ``with_anchors`` gives them.
        address: of the page, for whoever opens the link elsewhere.
        texts: the page's sentences.
    """
    if len(parts) < 3:
        return None
    links = [
        el("li", el("a", Html(words), href=address, data_to_part=anchor)) for anchor, words in parts
    ]
    return el(
        "nav",
        el("p", texts("topics.parts"), class_="contents-name", id="parts-name"),
        el("ul", *links, role="list"),
        class_="jumps parts off-paper",
        aria_labelledby="parts-name",
    )


def tools(address: str, texts: Texts) -> Html:
    """Print, and copy the page's address."""
    link = el(
        "button",
        texts("library.copy_link"),
        type="button",
        class_="plain-button",
        data_copy_link=address,
        data_done=texts("library.link_copied"),
        data_failed=texts("library.link_not_copied"),
    )
    return el(
        "div",
        el("button", texts("tools.print"), type="button", class_="plain-button", data_print=True),
        link,
        el("span", class_="done", role="status"),
        class_="tools page-tools",
        role="group",
        aria_label=texts("library.page_tools"),
    )


def _further(brief: Brief, held: Shelved) -> Html | None:
    texts = held.texts
    near = related(brief, held.library.briefs)
    questions = [held.library.contested[c] for c in brief.contested if c in held.library.contested]
    parts = [
        _links(texts("topics.related"), [_to_topic(one, texts) for one in near]),
        _links(texts("topics.questions"), [to_question(one, texts) for one in questions]),
    ]
    return el("div", *parts, class_="further off-paper") if any(parts) else None


def _links(title: str, links: Sequence[Html]) -> Html | None:
    if not links:
        return None
    rows = [el("li", link) for link in links]
    return el("section", el("h2", title), el("ul", *rows, class_="plain-list", role="list"))


def _turning(before: Brief | None, after: Brief | None, texts: Texts) -> Html | None:
    if before is None and after is None:
        return None
    sides = [
        _neighbour("topics.before", "before", before, texts),
        _neighbour("topics.after", "after", after, texts),
    ]
    return el("nav", *sides, class_="neighbours off-paper", aria_label=texts("topics.neighbours"))


def _neighbour(name: str, class_: str, brief: Brief | None, texts: Texts) -> Html | None:
    if brief is None:
        return None
    label = el("span", texts(name), class_="neighbour-label")
    return el("p", label, _to_topic(brief, texts), class_=class_)


def _back(texts: Texts) -> Html:
    go = {"href": "?place=topics", "data_go": "place:topics"}
    return el("p", el("a", texts("topics.back"), **go), class_="back")


def missing(texts: Texts) -> Html:
    """Where no topic page has the name that was asked for."""
    return join(
        _back(texts),
        el("h1", texts("topics.missing"), tabindex="-1"),
        el("p", texts("topics.missing_why"), class_="lead"),
    )


# ---------------------------------------------------------------- one contested question


def contested_page(question: Contested, held: Shelved) -> Html:
    """A question on which sources disagree: every position alike, with who holds it, and notes."""
    library, texts, key = held.library, held.texts, f"contested-{question.id}"
    numbers = Numbering(library)
    sides: list[Position] = []
    for side in question.positions:
        known = [note for note in side.notes if note in library.notes]
        said = tuple(numbers.statement(library.notes[note].text, [note]) for note in known)
        sides.append(Position(position=side.position, held_by=side.held_by, statements=said))
    cited = numbers.citations()
    reading = join(
        el("p", texts("topics.contested_lead", n=len(sides)), class_="lead"),
        tools(f"?topic={CONTESTED}{question.id}", texts),
        position_columns(sides, cited, key, 2, texts=texts),
        _in_topics(question, held),
    )
    column = evidence_column(cited, key, 2, library.sources, texts=texts)
    return join(
        _back(texts),
        el(
            "article",
            el("p", texts("topics.contested_kicker"), class_="kicker"),
            el("h1", question.question, tabindex="-1", lang=texts.library),
            spread(reading, column),
            class_="answer brief contested-page",
        ),
    )


def _in_topics(question: Contested, held: Shelved) -> Html | None:
    holding = [b for b in held.library.briefs.values() if question.id in b.contested]
    links = [_to_topic(brief, held.texts) for brief in holding]
    part = _links(held.texts("topics.in_topics"), links)
    return el("div", part, class_="further off-paper") if part else None
