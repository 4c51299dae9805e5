"""Answers as HTML: one renderer for the page, for saving and for tests.

Every piece of text is escaped by ``markup``. ``key`` makes element ids unique when several answers
stand on one page. Opening a card needs the page's own script; without it the list of sources at
the end of the answer holds the same records.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assistant.presentation.cards import evidence_card, shape
from assistant.presentation.contact import says_more, taps
from assistant.presentation.markup import Html, el, join
from assistant.presentation.pages import brief_page, source_page
from assistant.presentation.parts import (
    cited_list,
    evidence_column,
    heading,
    paragraph,
    position_columns,
    spread,
)
from assistant.presentation.plan import HEADINGS, Plan, plan
from assistant.presentation.words import STRENGTH_HEADINGS, Strength
from assistant.schema import Answer, Citation, Signpost, Source, Statement

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
) -> Html:
    """The whole answer. ``level`` is the level of its headings; ``sources`` lets cards say why a
    source was superseded and what replaced it."""
    parts = plan(answer)
    reading = _help_first(parts, key, level) if parts.signposts else _in_order(parts, key, level)
    reading = join(reading, _made_by(answer, parts))
    classes = f"answer outcome-{answer.outcome}" + (" alone" if parts.alone else "")
    if not parts.citations:
        return el("div", el("div", reading, class_="reading"), class_=classes + " plain")
    column = evidence_column(parts.citations, key, level, sources or {})
    return el("div", spread(reading, column), class_=classes)


def signposts_to_html(signposts: Sequence[Signpost], level: int = 3) -> Html:
    """Where to turn now: large things to tap, whom each is for, when it is open."""
    rows = [_signpost(signpost, level) for signpost in signposts]
    return el("ul", *rows, class_="signposts", role="list")


def _signpost(signpost: Signpost, level: int) -> Html:
    found = taps(signpost.contact)
    links = [el("a", tap.label, href=tap.href, class_="tap") for tap in found]
    contact = el("p", signpost.contact, class_="contact") if says_more(signpost.contact) else None
    return el(
        "li",
        heading(level, signpost.name),
        el("p", *links, class_="taps") if links else None,
        contact,
        el("p", f"{signpost.for_}. {signpost.hours}.".replace("..", "."), class_="when"),
        class_="signpost",
    )


def _help_first(parts: Plan, key: str, level: int) -> Html:
    """Danger and other signposted answers: help before everything else."""
    steps = [paragraph(s, parts.citations, key) for s in parts.steps]
    after = [*(steps if parts.alone else []), *_lines(parts.aside, key)]
    now = None if parts.alone else _steps(parts, key, level)
    return join(
        _summary(parts, key),
        now,
        signposts_to_html(parts.signposts, level),
        el("div", *after, class_="quiet") if after else None,
        None if parts.alone else _rest(parts, key, level),
    )


def _lines(statements: Sequence[Statement], key: str) -> list[Html]:
    return [paragraph(statement, (), key) for statement in statements]


def _in_order(parts: Plan, key: str, level: int) -> Html:
    return join(
        el("p", parts.notice, class_="notice") if parts.notice else None,
        _summary(parts, key),
        _steps(parts, key, level),
        _rest(parts, key, level),
    )


def _rest(parts: Plan, key: str, level: int) -> Html:
    return join(
        _disagreement(parts, key, level),
        _what_sources_say(parts, key, level),
        el("div", *(paragraph(s, parts.citations, key) for s in parts.nearby), class_="plain-lines")
        if parts.nearby
        else None,
        _section(
            HEADINGS["unsettled"],
            cited_list(parts.unsettled, parts.citations, key),
            level,
            "unsettled",
        )
        if parts.unsettled
        else None,
        _related(parts, level),
    )


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
    numbered = parts.steps_heading == HEADINGS["now"]
    body = cited_list(parts.steps, parts.citations, key, numbered=numbered)
    return _section(parts.steps_heading, body, level, "do")


def _disagreement(parts: Plan, key: str, level: int) -> Html | None:
    if not parts.positions:
        return None
    columns = position_columns(parts.positions, parts.citations, key, level + 1)
    return _section(HEADINGS["disagree"], columns, level, "disagree")


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
    return el("details", label, body, class_=f"fold strength-{step}")


def _related(parts: Plan, level: int) -> Html | None:
    if not parts.related:
        return None
    buttons = [
        el("li", el("button", question, type="button", class_="ask-this", data_ask=question))
        for question in parts.related
    ]
    body = el("ul", *buttons, class_="asks", role="list")
    return _section(parts.related_heading, body, level, "related")


def _made_by(answer: Answer, parts: Plan) -> Html | None:
    """One line on who worded this, where it is not the library itself."""
    if parts.plain or not answer.citations or answer.engine.mode == "extractive":
        return None
    model = answer.engine.model or "a language model"
    line = f"Worded by {model}. Each sentence was checked against the source beside it."
    return el("p", line, class_="made-by")
