"""Answers as HTML: one renderer for the page, for saving and for tests.

Every piece of text is escaped by ``markup``. ``key`` makes element ids unique when several answers
stand on one page. Opening a card needs the page's own script; without it the list of sources at
the end of the answer holds the same records.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assistant.interface import ENGLISH, Texts
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
from assistant.presentation.plan import Plan, plan
from assistant.presentation.sentences import held, sentence
from assistant.presentation.words import Strength, strength_headings
from assistant.schema import Answer, Brief, Difference, Signpost, Source, Statement

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
    texts: Texts = ENGLISH,
) -> Html:
    """The whole answer. ``level`` is the level of its headings; ``sources`` lets cards say why a
    source was superseded and what replaced it; ``briefs`` lets a refusal link the nearest;
    ``after`` is put under the reading, beside the evidence; ``collections`` are names of the
    collections of added documents, by id; ``texts`` are the sentences around it."""
    parts = plan(answer, texts)
    classes = f"answer outcome-{answer.outcome}" + (" alone" if parts.alone else "")
    if parts.signposts:
        return el("div", _help_first(parts, key, level, sources or {}), class_=classes + " plain")
    reading = join(_in_order(parts, key, level, briefs or {}), _made_by(parts), after)
    if not parts.citations:
        return el("div", el("div", reading, class_="reading"), class_=classes + " plain")
    column = evidence_column(parts.citations, key, level, sources or {}, collections, texts)
    return el("div", spread(reading, column), class_=classes)


def signposts_to_html(
    signposts: Sequence[Signpost], level: int = 3, texts: Texts = ENGLISH
) -> Html:
    """Where to turn now: large things to tap, whom each is for, when it is open."""
    shown = [_signpost(s, level, texts) for s in signposts if not s.folded]
    folded = [_signpost(s, level, texts) for s in signposts if s.folded]
    return join(
        el("ul", *shown, class_="signposts", role="list"),
        el(
            "details",
            el("summary", texts("headings.elsewhere")),
            el("ul", *folded, class_="signposts", role="list"),
            class_="elsewhere",
        )
        if folded
        else None,
    )


def _signpost(signpost: Signpost, level: int, texts: Texts) -> Html:
    found = taps(signpost.contact, texts)
    links = [el("a", tap.label, href=tap.href, class_="tap") for tap in found]
    beside = beyond_buttons(signpost.contact)
    when = f"{signpost.for_}. {signpost.hours}.".replace("..", ".")
    return el(
        "li",
        heading(level, signpost.name, lang=texts.library),
        el("p", *links, class_="taps") if links else None,
        el("p", beside, class_="contact", lang=texts.library) if beside else None,
        el("p", when, class_="when", lang=texts.library),
        class_="signpost",
    )


def _help_first(parts: Plan, key: str, level: int, sources: Mapping[str, Source]) -> Html:
    """Danger and other signposted answers: what to do and whom to ring, then, smaller, what
    sources say, and last a line for the person who asks."""
    title = parts.texts("headings.now")
    now = parts.steps_heading == title and not parts.plain
    others = () if now else parts.steps
    after = _lines((*others, *parts.nearby, *parts.aside), key, parts)
    first = join(
        heading(level, title, class_="now") if now else None,
        _summary(parts, key),
        _list(parts.steps, parts, key, numbered=True) if now else None,
        signposts_to_html(parts.signposts, level, parts.texts),
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
    """What sources say on acting, then what the library says to the question: two short lists."""
    found = [s for _, said in parts.said for s in said]
    ordered = sorted(found, key=lambda s: min(s.citations, default=0))
    lists = [
        _section(name, _list(statements, parts, key), level, "say smaller", parts)
        for name, statements in (("say", ordered), ("question", parts.to_question))
        if statements
    ]
    if not lists:
        return None
    column = evidence_column(parts.citations, key, level, sources, texts=parts.texts)
    return spread(join(*lists), column)


def _lines(statements: Sequence[Statement], key: str, parts: Plan) -> list[Html]:
    return [paragraph(statement, (), key, parts.texts) for statement in statements]


def _list(
    statements: Sequence[Statement],
    parts: Plan,
    key: str,
    tagged: bool = False,
    numbered: bool = False,
) -> Html:
    return cited_list(statements, parts.citations, key, tagged, numbered, parts.texts)


def _in_order(parts: Plan, key: str, level: int, briefs: Mapping[str, Brief]) -> Html:
    return join(
        _read_as(parts),
        el("p", parts.notice, class_="notice") if parts.notice else None,
        _asked_back(parts, key) if parts.choices else _summary(parts, key),
        el("div", *_lines(parts.caveat, key, parts), class_="caveat") if parts.caveat else None,
        *_documents(parts, key, level),
        _steps(parts, key, level),
        _rest(parts, key, level, briefs),
    )


def _read_as(parts: Plan) -> Html | None:
    """How the question was read; nothing where that adds nothing."""
    name, question = parts.read
    if not name:
        return None
    return read_as(name, question, parts.texts)


def read_as(name: str, question: str, texts: Texts = ENGLISH) -> Html:
    """A line that says which question was answered; ``name`` is that of its sentence."""
    return el("p", sentence(name, texts, question=held(question, texts)), class_="read-as")


def _documents(parts: Plan, key: str, level: int) -> list[Html]:
    """What added documents say, one section a collection."""
    return [
        _block(
            seen(section.heading),
            document_quotations(section.statements, parts.citations, key, parts.texts),
            level,
            "own-documents",
        )
        for section in parts.documents
    ]


def _rest(parts: Plan, key: str, level: int, briefs: Mapping[str, Brief]) -> Html:
    about = join(*_lines(parts.about, key, parts))
    return join(
        _disagreement(parts, key, level),
        _differences(parts, key, level),
        _what_sources_say(parts, key, level),
        _nearest(parts, briefs),
        _section("unsettled", _list(parts.unsettled, parts, key), level, "unsettled", parts)
        if parts.unsettled
        else None,
        _section("about", about, level, "about-evidence", parts) if parts.about else None,
        _related(parts, level),
    )


def _nearest(parts: Plan, briefs: Mapping[str, Brief]) -> Html | None:
    """Lines that cite nothing; where they name a topic page, the name leads to it."""
    if not parts.nearby:
        return None
    lines = [el("p", with_links(s.text, briefs), lang=parts.texts.library) for s in parts.nearby]
    return el("div", *lines, class_="plain-lines")


def _section(name: str, body: Html, level: int, class_: str, parts: Plan) -> Html:
    return _block(parts.texts(f"headings.{name}"), body, level, class_)


def _block(title: str, body: Html, level: int, class_: str) -> Html:
    return el("div", heading(level, title), body, class_=f"part {class_}")


def _summary(parts: Plan, key: str) -> Html | None:
    if not parts.summary:
        return None
    lines = [paragraph(s, parts.citations, key, parts.texts) for s in parts.summary]
    return el("div", *lines, class_="summary")


def _steps(parts: Plan, key: str, level: int) -> Html | None:
    if not parts.steps:
        return None
    if parts.plain:
        lines = [paragraph(s, parts.citations, key, parts.texts) for s in parts.steps]
        return el("div", *lines, class_="plain-lines")
    return _block(parts.steps_heading, _list(parts.steps, parts, key), level, "do")


def _disagreement(parts: Plan, key: str, level: int) -> Html | None:
    if not parts.positions:
        return None
    columns = position_columns(parts.positions, parts.citations, key, level + 1, texts=parts.texts)
    return _section("disagree", columns, level, "disagree", parts)


def _asked_back(parts: Plan, key: str) -> Html:
    """One short question back, and what may be meant as buttons; a tap asks the question that the
    button stands for."""
    lang = parts.texts.library
    asked = " ".join(s.text for s in parts.summary)
    question = el("p", asked, lang=lang) if asked else el("p", parts.texts("headings.which"))
    rows = [
        el(
            "li",
            el("button", c.label, type="button", class_="choice", data_ask=c.question, lang=lang),
        )
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
    return _section("differ", join(*pairs), level, "differ", parts)


def _pair(difference: Difference, parts: Plan, key: str, level: int) -> Html:
    if difference.local:
        return join(
            el("p", parts.texts("answer.differ_local"), class_="differs"),
            local_pair(difference.statements, parts.citations, key, level, parts.texts),
        )
    return join(
        el("p", parts.texts(f"answer.differ_{difference.kind}"), class_="differs"),
        statement_pair(difference.statements, parts.citations, key, level, parts.texts),
    )


def _what_sources_say(parts: Plan, key: str, level: int) -> Html | None:
    if not parts.said:
        return None
    folds = [_fold(step, found, parts, key) for step, found in parts.said]
    return _section("say", join(*folds), level, "say", parts)


def _fold(step: Strength, statements: Sequence[Statement], parts: Plan, key: str) -> Html:
    texts, n = parts.texts, len(statements)
    count = texts("answer.points_one") if n == 1 else texts("answer.points", n=n)
    label = el(
        "summary",
        shape(step),
        el("span", strength_headings(texts)[step], class_="fold-name"),
        el("span", count, class_="count"),
    )
    body = _list(statements, parts, key, tagged=True)
    return el("details", label, body, id=f"{key}-{step}", class_=f"fold strength-{step}")


def _related(parts: Plan, level: int) -> Html | None:
    if not parts.related:
        return None
    ways = {"type": "button", "class_": "ask-this", "lang": parts.texts.library}
    buttons = [el("li", el("button", q, data_ask=q, **ways)) for q in parts.related]
    body = el("ul", *buttons, class_="asks", role="list")
    return _block(parts.related_heading, body, level, "related")


def _made_by(parts: Plan) -> Html | None:
    """One line on what a chat model did, where one was asked."""
    return el("p", parts.made_by, class_="made-by") if parts.made_by else None
