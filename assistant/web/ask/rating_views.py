"""The form in which a reader marks an answer, as markup. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assistant.interface import Texts
from assistant.presentation.markup import Html, el, join
from assistant.ratings import LONGEST_WORDS, MARK_REASONS, RATING_VERDICTS, Sentence


def form(
    place: str,
    sentences: Sequence[Sentence],
    texts: Texts,
    given: Mapping[str, str] | None = None,
    error: str = "",
) -> Html:
    """The whole form.

    Args:
        place: of the answer in the conversation, from 1.
        sentences: what can be ticked.
        texts: the page's sentences.
        given: what was filled in before, to be shown again.
        error: what is in the way of keeping it, in words.
    """
    given = given or {}
    ticked = any(f"tick-{number}" in given for number in range(len(sentences)))
    rows = [_sentence(number, one, texts, given) for number, one in enumerate(sentences)]
    count = texts("ratings.sentences", n=len(rows))
    body = el(
        "form",
        el("input", type="hidden", name="turn", value=place),
        el("p", error, class_="error", role="alert") if error else None,
        _verdicts(texts, given.get("verdict", "")),
        el(
            "details",
            el("summary", texts("ratings.sentences_one") if len(rows) == 1 else count),
            el("ul", *rows, class_="mark-list", role="list"),
            class_="mark-fold",
            open=ticked,
        )
        if rows
        else None,
        _words(texts, given.get("words", "")),
        el("p", texts("ratings.where"), class_="hint"),
        el(
            "div",
            el("button", texts("ratings.keep"), type="submit", class_="main-button"),
            el(
                "button",
                texts("ratings.cancel"),
                type="button",
                class_="plain-button",
                data_close=True,
            ),
            class_="form-actions",
        ),
        class_="rating-form",
        data_rating=True,
    )
    return _sheet(body, texts)


def said(words: str, texts: Texts, done: bool = False) -> Html:
    """A sheet with one sentence; ``done`` says that something was kept, and how to undo that."""
    more = el("p", texts("ratings.undo"), class_="hint") if done else None
    return _sheet(join(el("p", words, class_="rating-said", role="status"), more), texts)


def _verdicts(texts: Texts, chosen: str) -> Html:
    boxes = [
        join(
            el(
                "input",
                type="radio",
                name="verdict",
                id=f"verdict-{verdict}",
                value=verdict,
                checked=verdict == chosen,
            ),
            el("label", texts(f"ratings.verdict_{verdict}"), for_=f"verdict-{verdict}"),
        )
        for verdict in RATING_VERDICTS
    ]
    legend = el("legend", texts("ratings.question"), class_="heard")
    return el("fieldset", legend, *boxes, class_="roles verdicts")


def _sentence(number: int, sentence: Sentence, texts: Texts, given: Mapping[str, str]) -> Html:
    tick, reason = f"tick-{number}", f"reason-{number}"
    options = [
        el(
            "option",
            texts(f"ratings.reason_{name.replace('-', '_')}"),
            value=name,
            selected=given.get(reason) == name,
        )
        for name in MARK_REASONS
    ]
    return el(
        "li",
        el("input", type="checkbox", name=tick, id=tick, value="on", checked=tick in given),
        el("label", sentence.text, for_=tick, lang=texts.library),
        el(
            "div",
            el("label", texts("ratings.reason"), for_=reason),
            el("select", *options, name=reason, id=reason),
            class_="field",
        ),
        class_="mark-row",
    )


def _words(texts: Texts, words: str) -> Html:
    return el(
        "div",
        el("label", texts("ratings.words"), for_="rating-words"),
        el(
            "textarea",
            words,
            name="words",
            id="rating-words",
            rows=2,
            maxlength=LONGEST_WORDS,
            aria_describedby="rating-words-hint",
        ),
        el("p", texts("ratings.words_hint"), class_="hint", id="rating-words-hint"),
        class_="field",
    )


def _sheet(body: Html, texts: Texts) -> Html:
    return el(
        "dialog",
        el(
            "div",
            el("h2", texts("ratings.heading"), id="rating-title", tabindex="-1"),
            el("button", texts("ratings.close"), type="button", class_="close", data_close=True),
            class_="card-top",
        ),
        body,
        id="rating",
        class_="why rating",
        aria_labelledby="rating-title",
    )
