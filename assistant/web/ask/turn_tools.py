"""What stands under an answer as markup: keep it, mark it, see why; and, under the last one alone,
change the question or ask it again. Pure functions: no server, no state.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass

from assistant.interface import Texts
from assistant.presentation import answer_to_markdown
from assistant.presentation.markup import Html, el, join
from assistant.presentation.plan import asked_about
from assistant.ratings import may_be_rated
from assistant.schema import Answer
from assistant.web.ask.keeping import PAPERS, REFERENCES, WHOLE, keepable

KEPT = frozenset({"answered", "partial"})
"""Outcomes that somebody may want to copy or save."""


@dataclass(frozen=True)
class LastTurn:
    """What the last turn of a conversation has and the earlier ones have not.

    ``follow_ups`` are quick questions about the answer; ``again`` says that the question may be
    changed or asked again; ``whole`` that the conversation may be saved; ``uncertain`` that who
    asks may say that nobody is in danger, where help stands alone.
    """

    follow_ups: tuple[str, ...] = ()
    again: bool = False
    whole: bool = False
    uncertain: bool = False


def tools(answer: Answer, key: str, texts: Texts, ratings: bool = True) -> Html | None:
    """Copy, print, save, mark, and why it looks as it does.

    Args:
        answer: what they are about.
        key: stands before ids; "a" and the place of the answer.
        texts: the page's sentences.
        ratings: whether readers may mark answers here.
    """
    keeping = answer.outcome in KEPT and keepable(answer) is not None
    buttons: list[Html] = []
    if keeping:
        buttons += _copy_and_print(answer, key, texts)
    if was_searched(answer):
        buttons.append(_why_button(key, texts))
    if ratings and may_be_rated(answer):
        buttons.append(_rating_button(key, texts))
    if not buttons:
        return record_link(answer)
    save = _save_answer(answer, key, texts) if keeping else record_link(answer)
    return _group(texts("tools.label"), *buttons, _done(), save)


def last_tools(last: LastTurn, key: str, texts: Texts) -> Html | None:
    """What can be done with the last question, and with the conversation up to here."""
    if not last.again:
        return None
    buttons = [
        _button(texts("ask.change_last"), data_change=True),
        _button(texts("ask.again"), data_again=True),
    ]
    save = None
    if last.whole:
        papers = _choices(PAPERS, WHOLE, texts)
        label = texts("tools.save_whole")
        save = _menu(label, [el("div", *papers, class_="quick-row")])
    return _group(texts("ask.last_label"), *buttons, _done(), save)


def nobody_in_danger(texts: Texts) -> Html:
    """Below help that nearness alone called for: the way on where nobody is in danger."""
    return el(
        "div",
        el("p", texts("ask.safe_lead")),
        el("button", texts("ask.safe"), type="button", class_="quick", data_safe=True),
        class_="nobody-in-danger",
    )


def record_link(answer: Answer) -> Html | None:
    """The whole answer, as what reads it later takes it; unseen, where nothing else is offered.
    There is none where somebody was met with help."""
    return _record(answer, "", hidden=True) if keepable(answer) is not None else None


def was_searched(answer: Answer) -> bool:
    """True where the library was searched for this question, so that there is a why."""
    if answer.reason == "other_language" or asked_about(answer):
        return False
    return answer.outcome in {*KEPT, "not_in_library"}


def _group(label: str, *children: Html | None) -> Html:
    return el("div", *children, class_="tools", role="group", aria_label=label)


def _done() -> Html:
    """One quiet line on what was done, which screen readers hear."""
    return el("span", class_="done", role="status")


def _button(words: str, **attributes: str | bool) -> Html:
    return el("button", words, type="button", class_="plain-button", **attributes)


def _copy_and_print(answer: Answer, key: str, texts: Texts) -> list[Html]:
    # What is pasted into another text need not carry the record for checking.
    copied = answer_to_markdown(answer, record=False)
    return [
        el("pre", copied, id=f"{key}-markdown", hidden=True, lang=texts.library),
        _button(
            texts("tools.copy"),
            data_copy=f"{key}-markdown",
            data_done=texts("tools.copied"),
            data_failed=texts("tools.not_copied"),
        ),
        _button(texts("tools.print"), data_print=True),
    ]


def _why_button(key: str, texts: Texts) -> Html:
    return _button(
        texts("why.button"),
        data_why=_place(key),
        data_wait=texts("why.wait"),
        aria_haspopup="dialog",
    )


def _rating_button(key: str, texts: Texts) -> Html:
    return _button(
        texts("ratings.button"),
        data_rate=_place(key),
        data_wait=texts("ratings.wait"),
        aria_haspopup="dialog",
    )


def _save_answer(answer: Answer, key: str, texts: Texts) -> Html:
    """Every form that an answer and its references can be saved in."""
    place = _place(key)
    papers = [*_choices(PAPERS, place, texts), _record(answer, texts("tools.record"))]
    rows = [
        el("p", texts("tools.whole_answer"), class_="menu-label"),
        el("div", *papers, class_="quick-row"),
    ]
    if answer.citations:
        rows += [
            el("p", texts("tools.references"), class_="menu-label"),
            el("div", *_choices(REFERENCES, place, texts), class_="quick-row"),
        ]
    return _menu(texts("tools.save"), rows)


def _menu(label: str, rows: Iterable[Html]) -> Html:
    return el("details", el("summary", label), *rows, class_="save-menu")


def _choices(forms: Iterable[str], what: str, texts: Texts) -> list[Html]:
    return [
        el(
            "button",
            texts(f"tools.form_{form}"),
            type="button",
            class_="quick",
            data_save=form,
            data_what=what,
            data_wait=texts("tools.making"),
        )
        for form in forms
    ]


def _record(answer: Answer, words: str, hidden: bool = False) -> Html:
    record = json.dumps(answer.model_dump(mode="json"), ensure_ascii=False, indent=2)
    packed = base64.b64encode(record.encode()).decode()
    return el(
        "a",
        words,
        href=f"data:application/json;base64,{packed}",
        download="answer.json",
        class_=None if hidden else "quick",
        data_record=True,
        hidden=hidden,
    )


def _place(key: str) -> str:
    return key.removeprefix("a")


def follow_up_row(questions: Iterable[str], key: str, texts: Texts) -> Html:
    """Quick questions about the answer above, asked with one tap."""
    ways = {"type": "button", "class_": "quick", "lang": texts.library}
    buttons = [el("button", q, data_ask=q, **ways) for q in questions]
    return el(
        "div",
        el("h3", texts("follow_ups.label"), id=f"{key}-follow-ups"),
        el("div", *buttons, class_="quick-row"),
        class_="follow-ups",
        role="group",
        aria_labelledby=f"{key}-follow-ups",
    )


def changing(texts: Texts) -> Html:
    """A line over the box while the last question is being changed, with the way out."""
    return el(
        "div",
        el("p", texts("ask.changing")),
        _button(texts("ask.leave"), data_leave=True),
        class_="changing",
    )


def again_alone(texts: Texts) -> Html:
    """The way to ask once more after something went wrong."""
    return join(
        el("button", texts("ask.again"), type="button", class_="main-button", data_again=True),
        _button(texts("ask.change_last"), data_change=True),
    )
