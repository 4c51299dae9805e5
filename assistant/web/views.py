"""The furniture of the page as markup: header, welcome, conversation, lists, help.

Answers, briefs and source pages come from ``assistant.presentation``; what stands around them is
here. Pure functions: no server, no state.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from assistant.chat_models.records import Address
from assistant.interface import Texts
from assistant.presentation import answer_to_html, signposts_to_html
from assistant.presentation.explanation import explanation_to_html
from assistant.presentation.html import read_as
from assistant.presentation.markup import Html, el, join
from assistant.presentation.pages import Library
from assistant.presentation.plan import left_out
from assistant.presentation.sentences import in_both
from assistant.schema import Answer, Explanation, Signpost, User
from assistant.web.ask.turn_tools import (
    LastTurn,
    again_alone,
    follow_up_row,
    last_tools,
    nobody_in_danger,
    tools,
)
from assistant.web.desk import ROLES

PLACES = ("ask", "topics", "library", "documents", "managers", "trainers")
"""In the order of the header; the history is reached from the place where one asks."""


def header(texts: Texts, signposts: Sequence[Signpost]) -> Html:
    """Name, places, the way to help, and the help itself, closed."""
    links = [
        el("li", el("a", texts(f"places.{p}"), href=f"?place={p}", data_go=f"place:{p}"))
        for p in PLACES
    ]
    menu = el(
        "button",
        texts("page.menu"),
        type="button",
        class_="menu-button",
        aria_expanded="false",
        aria_controls="places",
        data_menu=True,
    )
    return join(
        el("a", texts("page.skip"), href="#content", class_="skip", data_skip=True),
        el(
            "header",
            el("a", texts("page.name"), href="?place=ask", data_go="place:ask", class_="name"),
            el(
                "nav",
                menu,
                el("ul", *links, role="list", id="places"),
                aria_label=texts("page.places"),
            ),
            el(
                "a",
                texts("help.link"),
                href="?help=now",
                class_="help-link",
                role="button",
                data_help=True,
            ),
            class_="masthead",
        ),
        el("span", id="content", tabindex="-1"),
        _help(texts, signposts),
    )


def _help(texts: Texts, signposts: Sequence[Signpost]) -> Html:
    return el(
        "dialog",
        el(
            "div",
            el("h2", texts("help.heading"), id="help-title"),
            el("button", texts("help.close"), type="button", class_="close", data_close=True),
            class_="card-top",
        ),
        in_both("help.lead", texts),
        signposts_to_html(signposts, 3, texts),
        in_both("help.other", texts, class_="quiet"),
        id="help",
        class_="help",
        aria_labelledby="help-title",
    )


def welcome(texts: Texts, library: Library) -> Html:
    """The first visit: one sentence on what this is."""
    held = {"sources": f"{len(library.sources):,}", "notes": f"{len(library.notes):,}"}
    return el(
        "div",
        el("h1", texts("welcome.heading"), tabindex="-1"),
        el("p", texts("welcome.lead", **held), class_="lead"),
        el("p", texts("language.library"), class_="hint") if texts.library else None,
        class_="welcome",
    )


def starters(texts: Texts, examples: Mapping[User, Sequence[str]]) -> Html:
    """Questions for each role, of which style shows those of the role that is chosen, and what
    this will not do."""
    lists = [_examples(role, examples.get(role, ())[:3], texts) for role in ROLES]
    wont = [el("li", line) for line in texts.lines("welcome.will_not")]
    return el(
        "div",
        el(
            "div",
            el("p", texts("welcome.start"), class_="start"),
            *lists,
        ),
        el("div", el("h2", texts("welcome.will_not_heading")), el("ul", *wont), class_="will-not"),
        class_="starters",
    )


def _examples(role: User, questions: Sequence[str], texts: Texts) -> Html:
    rows = [
        el(
            "li",
            el("button", q, type="button", class_="ask-this", data_ask=q, lang=texts.library),
        )
        for q in questions
    ]
    return el("ul", *rows, class_=f"asks for-{role}", role="list")


def turn(
    answer: Answer,
    number: int,
    texts: Texts,
    library: Library,
    narrowed: str = "",
    *,
    label: str = "",
    last: LastTurn | None = None,
    collections: Mapping[str, str] | None = None,
    ratings: bool = True,
) -> Html:
    """One question as a quiet heading, and its answer.

    Args:
        answer: what was answered.
        number: place in the conversation, from 1.
        texts: the page's sentences.
        library: what it was answered from.
        narrowed: what the search was narrowed to, in words.
        label: the button that was tapped, where the question is a choice that was offered.
        last: what the last turn has beside the others; it also repeats what personal details were
            typed. None for an earlier one.
        collections: names of the collections of added documents, by id.
        ratings: whether readers may mark answers here.
    """
    key = f"a{number}"
    details = left_out_note(answer, texts, shown_back=last is not None)
    helped = answer.outcome == "signposted"
    quick = follow_up_row(last.follow_ups, key, texts) if last and last.follow_ups else None
    return el(
        "section",
        el("h2", label or answer.question, class_="question", id=f"{key}-question", tabindex="-1"),
        None if helped else details,
        el("p", texts("ask.narrowed", what=narrowed), class_="narrowed") if narrowed else None,
        _meant(answer, label, texts),
        answer_to_html(
            answer, key, 3, library.sources, library.briefs, quick, collections or {}, texts
        ),
        el("p", texts("ask.own_words"), class_="own-words") if answer.choices else None,
        details if helped and answer.reason != "crisis_self" else None,
        nobody_in_danger(texts) if last and last.uncertain else None,
        tools(answer, key, texts, ratings),
        last_tools(last, key, texts) if last else None,
        class_="turn",
        aria_labelledby=f"{key}-question",
        data_outcome=answer.outcome,
    )


def _meant(answer: Answer, label: str, texts: Texts) -> Html | None:
    """The whole question behind a button that was tapped."""
    if label in {"", answer.question} or answer.standalone_question != answer.question:
        return None
    return read_as("answer.read_as", answer.question, texts)


def left_out_note(answer: Answer, texts: Texts, shown_back: bool) -> Html | None:
    """Which personal details were left out. What was typed is repeated on the screen alone: paper
    and whatever is saved say only what kind it was."""
    plain = left_out(answer, False, texts)
    if not plain:
        return None
    repeated = left_out(answer, shown_back, texts)
    return el(
        "div",
        el("p", repeated, class_="off-paper"),
        el("p", plain, class_="on-paper"),
        el("p", texts("details.not_all"), class_="off-paper") if shown_back else None,
        class_="left-out",
    )


def failed_turn(
    question: str, number: int, message: str, hint: str, texts: Texts, again: bool = False
) -> Html:
    """A question that met an error: what is wrong, what to do, and help in case it is urgent.
    ``again``: with the way to ask it once more."""
    key = f"a{number}"
    return el(
        "section",
        el("h2", question, class_="question", id=f"{key}-question", tabindex="-1"),
        el(
            "div",
            el("p", message),
            el("p", hint) if hint else None,
            in_both("failure.help_first", texts, class_="quiet"),
            class_="failure",
        ),
        el("div", again_alone(texts), class_="tools") if again else None,
        class_="turn",
        aria_labelledby=f"{key}-question",
        data_outcome="failed",
    )


def why(explanation: Explanation, texts: Texts, library: Library) -> Html:
    """Why an answer looks as it does, in a sheet of its own."""
    body = explanation_to_html(explanation, 3, library, texts)
    return _why_sheet(join(el("p", texts("why.lead"), class_="quiet-lead"), body), texts)


def why_not(texts: Texts) -> Html:
    """The same sheet, where it cannot be told."""
    return _why_sheet(el("p", texts("why.failed")), texts)


def _why_sheet(body: Html, texts: Texts) -> Html:
    return el(
        "dialog",
        el(
            "div",
            el("h2", texts("why.heading"), id="why-title"),
            el("button", texts("why.close"), type="button", class_="close", data_close=True),
            class_="card-top",
        ),
        body,
        id="why",
        class_="why",
        aria_labelledby="why-title",
    )


def waiting(
    question: str,
    words: str,
    passed: Sequence[str] = (),
    stage: str = "",
    replaces: bool = False,
) -> Html:
    """The question that is being answered, what is happening, and what was written so far.

    Args:
        question: as shown.
        words: the step, as shown.
        passed: sentences of a chat model that may be shown.
        stage: name of the step.
        replaces: whether the answer takes the place of the last one, which is hidden meanwhile.
    """
    return el(
        "div",
        el("h2", question, class_="question"),
        el("p", words, class_="stage"),
        *(el("p", sentence, class_="so-far") for sentence in passed),
        class_="turn waiting",
        aria_busy="true",
        data_stage=stage,
        data_replaces=replaces,
    )


def to_history(texts: Texts) -> Html:
    """The way to what was asked before."""
    words = texts("history.link")
    link = el("a", words, href="?place=history", data_go="place:history", class_="plain-button")
    return el("p", link)


def privacy(texts: Texts, model: Address | None) -> Html:
    """Where a question goes."""
    if model is None:
        words = texts("ask.privacy")
    elif model.local:
        words = texts("ask.privacy_model", model=str(model))
    else:
        words = texts("ask.privacy_remote", model=str(model), host=model.host)
    remote = model is not None and not model.local
    return el("p", words, class_="privacy goes-out" if remote else "privacy")


def notice(words: str) -> Html:
    """A calm line about what was typed."""
    return el("p", words, class_="notice", role="alert")


def announcement(words: str) -> Html:
    """A line that only screen readers hear."""
    return el("p", words, class_="announce", role="status")


def back(to: str, words: str) -> Html:
    """The way back from a page to its list."""
    return el("p", el("a", words, href=f"?place={quote(to)}", data_go=f"place:{to}"), class_="back")
