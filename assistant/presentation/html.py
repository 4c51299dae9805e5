"""Answers as HTML: one renderer for the page, for saving and for tests.

Every piece of text is escaped by ``markup``. ``key`` makes element ids unique when several answers
stand on one page. Opening a card needs the page's own script; without it the list of sources at
the end of the answer holds the same records.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assistant.presentation.cards import evidence_card, shape
from assistant.presentation.contact import beyond_buttons, taps
from assistant.presentation.documents import seen
from assistant.presentation.markup import Html, el, join
from assistant.presentation.pages import brief_page, source_page
from assistant.presentation.parts import (
    cited_list,
    document_quotations,
    evidence_column,
    heading,
    local_pair,
    paragraph,
    position_columns,
    spread,
    statement_pair,
    with_links,
)
from assistant.presentation.plan import DIFFERENCES, HEADINGS, LOCAL_DIFFERENCE, Plan, plan
from assistant.presentation.words import STRENGTH_HEADINGS, Strength
from assistant.schema import Answer, Brief, Citation, Difference, Signpost, Source, Statement

__all__ = [
    "answer_to_html",
    "brief_page",
    "evidence_card",
    "signposts_to_html",
    "source_page",
]


def answer_to_html(
    answer: Answer,
    key: str = "a1",
    level: int = 3,
    sources: Mapping[str, Source] | None = None,
    briefs: Mapping[str, Brief] | None = None,
    after: Html | None = None,
    collections: Mapping[str, str] | None = None,
) -> Html:
    """The whole answer. ``level`` is the level of its headings; ``sources`` lets cards say why a
    source was superseded and what replaced it; ``briefs`` lets a refusal link the nearest;
    ``after`` is put under the reading, beside the evidence; ``collections`` are names of the
    collections of added documents, by id."""
    parts = plan(answer)
    classes = f"answer outcome-{answer.outcome}" + (" alone" if parts.alone else "")
    if parts.signposts:
        return el("div", _help_first(parts, key, level, sources or {}), class_=classes + " plain")
    reading = join(_in_order(parts, key, level, briefs or {}), _made_by(parts), after)
    if not parts.citations:
        return el("div", el("div", reading, class_="reading"), class_=classes + " plain")
    column = evidence_column(parts.citations, key, level, sources or {}, collections)
    return el("div", spread(reading, column), class_=classes)


def signposts_to_html(signposts: Sequence[Signpost], level: int = 3) -> Html:
    """Where to turn now: large things to tap, whom each is for, when it is open."""
    shown = [_signpost(signpost, level) for signpost in signposts if not signpost.folded]
    folded = [_signpost(signpost, level) for signpost in signposts if signpost.folded]
    return join(
        el("ul", *shown, class_="signposts", role="list"),
        el(
            "details",
            el("summary", HEADINGS["elsewhere"]),
            el("ul", *folded, class_="signposts", role="list"),
            class_="elsewhere",
        )
        if folded
        else None,
    )


def _signpost(signpost: Signpost, level: int) -> Html:
    found = taps(signpost.contact)
    links = [el("a", tap.label, href=tap.href, class_="tap") for tap in found]
    beside = beyond_buttons(signpost.contact)
    return el(
        "li",
        heading(level, signpost.name),
        el("p", *links, class_="taps") if links else None,
        el("p", beside, class_="contact") if beside else None,
        el("p", f"{signpost.for_}. {signpost.hours}.".replace("..", "."), class_="when"),
        class_="signpost",
    )


def _help_first(parts: Plan, key: str, level: int, sources: Mapping[str, Source]) -> Html:
    """Danger and other signposted answers: what to do and whom to ring, then, smaller, what
    sources say, and last a line for the person who asks."""
    now = parts.steps_heading == HEADINGS["now"] and not parts.plain
    others = () if now else parts.steps
    after = _lines((*others, *parts.nearby, *parts.aside), key)
    first = join(
        heading(level, HEADINGS["now"], class_="now") if now else None,
        _summary(parts, key),
        cited_list(parts.steps, parts.citations, key, numbered=True) if now else None,
        signposts_to_html(parts.signposts, level),
    )
    return join(
        el("div", first, class_="reading help-first"),
        None if parts.plain else _beside_help(parts, key, level, sources),
        el("div", el("div", *after, class_="quiet"), class_="reading close-line")
        if after
        else None,
        el("div", _related(parts, level), class_="reading") if parts.related else None,
    )


def _beside_help(parts: Plan, key: str, level: int, sources: Mapping[str, Source]) -> Html | None:
    """What sources say on acting, in one short list."""
    found = [s for _, said in parts.said for s in said]
    if not found:
        return None
    ordered = sorted(found, key=lambda s: min(s.citations, default=0))
    body = cited_list(ordered, parts.citations, key)
    said = _section(HEADINGS["say"], body, level, "say smaller")
    return spread(said, evidence_column(parts.citations, key, level, sources))


def _lines(statements: Sequence[Statement], key: str) -> list[Html]:
    return [paragraph(statement, (), key) for statement in statements]


def _in_order(parts: Plan, key: str, level: int, briefs: Mapping[str, Brief]) -> Html:
    return join(
        el("p", parts.read_as, class_="read-as") if parts.read_as else None,
        el("p", parts.notice, class_="notice") if parts.notice else None,
        _asked_back(parts, key) if parts.choices else _summary(parts, key),
        el("div", *_lines(parts.caveat, key), class_="caveat") if parts.caveat else None,
        *_documents(parts, key, level),
        _steps(parts, key, level),
        _rest(parts, key, level, briefs),
    )


def _documents(parts: Plan, key: str, level: int) -> list[Html]:
    """What added documents say, one section a collection."""
    return [
        _section(
            seen(section.heading),
            document_quotations(section.statements, parts.citations, key),
            level,
            "own-documents",
        )
        for section in parts.documents
    ]


def _rest(parts: Plan, key: str, level: int, briefs: Mapping[str, Brief]) -> Html:
    return join(
        _disagreement(parts, key, level),
        _differences(parts, key, level),
        _what_sources_say(parts, key, level),
        _nearest(parts, briefs),
        _section(
            HEADINGS["unsettled"],
            cited_list(parts.unsettled, parts.citations, key),
            level,
            "unsettled",
        )
        if parts.unsettled
        else None,
        _section(HEADINGS["about"], join(*_lines(parts.about, key)), level, "about-evidence")
        if parts.about
        else None,
        _related(parts, level),
    )


def _nearest(parts: Plan, briefs: Mapping[str, Brief]) -> Html | None:
    """Lines that cite nothing; where they name a topic page, the name leads to it."""
    if not parts.nearby:
        return None
    lines = [el("p", with_links(s.text, briefs)) for s in parts.nearby]
    return el("div", *lines, class_="plain-lines")


def _section(title: str, body: Html, level: int, class_: str) -> Html:
    return el("div", heading(level, title), body, class_=f"part {class_}")


def _summary(parts: Plan, key: str) -> Html | None:
    if not parts.summary:
        return None
    lines = [paragraph(s, parts.citations, key) for s in parts.summary]
    return el("div", *lines, class_="summary")


def _steps(parts: Plan, key: str, level: int) -> Html | None:
    if not parts.steps:
        return None
    if parts.plain:
        lines = [paragraph(s, parts.citations, key) for s in parts.steps]
        return el("div", *lines, class_="plain-lines")
    body = cited_list(parts.steps, parts.citations, key)
    return _section(parts.steps_heading, body, level, "do")


def _disagreement(parts: Plan, key: str, level: int) -> Html | None:
    if not parts.positions:
        return None
    columns = position_columns(parts.positions, parts.citations, key, level + 1)
    return _section(HEADINGS["disagree"], columns, level, "disagree")


def _asked_back(parts: Plan, key: str) -> Html:
    """One short question back, and what may be meant as buttons; a tap asks the question that the
    button stands for."""
    question = el("p", " ".join(s.text for s in parts.summary) or HEADINGS["which"])
    rows = [
        el("li", el("button", c.label, type="button", class_="choice", data_ask=c.question))
        for c in parts.choices
    ]
    return el(
        "div",
        el("div", question, class_="summary", id=f"{key}-asked-back"),
        el("ul", *rows, class_="choices", role="list"),
        class_="asked-back",
        role="group",
        aria_labelledby=f"{key}-asked-back",
    )


def _differences(parts: Plan, key: str, level: int) -> Html | None:
    """Pairs of statements that may differ, each under its source, both alike."""
    if not parts.differences:
        return None
    pairs = [_pair(difference, parts, key, level + 1) for difference in parts.differences]
    return _section(HEADINGS["differ"], join(*pairs), level, "differ")


def _pair(difference: Difference, parts: Plan, key: str, level: int) -> Html:
    if difference.local:
        return join(
            el("p", LOCAL_DIFFERENCE, class_="differs"),
            local_pair(difference.statements, parts.citations, key, level),
        )
    return join(
        el("p", DIFFERENCES[difference.kind], class_="differs"),
        statement_pair(difference.statements, parts.citations, key, level),
    )


def _what_sources_say(parts: Plan, key: str, level: int) -> Html | None:
    if not parts.said:
        return None
    folds = [_fold(step, found, parts.citations, key) for step, found in parts.said]
    return _section(HEADINGS["say"], join(*folds), level, "say")


def _fold(
    step: Strength, statements: Sequence[Statement], citations: Sequence[Citation], key: str
) -> Html:
    count = f"{len(statements)} point" + ("" if len(statements) == 1 else "s")
    label = el(
        "summary",
        shape(step),
        el("span", STRENGTH_HEADINGS[step], class_="fold-name"),
        el("span", count, class_="count"),
    )
    body = cited_list(statements, citations, key, tagged=True)
    return el("details", label, body, id=f"{key}-{step}", class_=f"fold strength-{step}")


def _related(parts: Plan, level: int) -> Html | None:
    if not parts.related:
        return None
    buttons = [
        el("li", el("button", question, type="button", class_="ask-this", data_ask=question))
        for question in parts.related
    ]
    body = el("ul", *buttons, class_="asks", role="list")
    return _section(parts.related_heading, body, level, "related")


def _made_by(parts: Plan) -> Html | None:
    """One line on what a chat model did, where one was asked."""
    return el("p", parts.made_by, class_="made-by") if parts.made_by else None
