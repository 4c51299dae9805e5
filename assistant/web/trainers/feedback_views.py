"""Situations to choose from, one as learners read it, and what an answer to it touches, as markup.

Pure functions. What a learner wrote is shown back to them as text, and kept nowhere.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import pairwise

from assistant.interface import Texts
from assistant.presentation.markup import Html, el, join, text
from assistant.presentation.parts import evidence_column, marks, spread
from assistant.scenarios.feedback import MOST_CHARACTERS, VERDICT_HEADINGS, Feedback, LineFeedback
from assistant.scenarios.records import LineVerdict, Situation
from assistant.schema import Source
from assistant.web.trainers.forms import select
from assistant.web.trainers.views import help_section, print_button, sentence_list, take_away

KEY = "feedback"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def situation_list(
    situations: Sequence[Situation], topics: Mapping[str, str], texts: Texts
) -> Html:
    """Every situation with its topics, to search and narrow.

    Args:
        situations: as the library holds them.
        topics: labels by slug of those that situations are about.
        texts: the page's sentences.
    """
    rows = [_situation_row(one, topics, texts) for one in sorted(situations, key=lambda s: s.title)]
    find = el(
        "input",
        type="search",
        id="situation-find",
        autocomplete="off",
        data_filter="situation-list",
        aria_controls="situation-list",
    )
    any_ = [("", texts("filters.any")), *topics.items()]
    narrow = el(
        "div",
        el("div", el("label", texts("trainers.find_situation"), for_="situation-find"), find),
        select("situation-topic", "topic", texts("trainers.topic"), any_, ""),
        class_="order-fields field",
    )
    many = texts("trainers.found_many")
    return el(
        "div",
        el("h2", texts("trainers.choose_situation")),
        narrow,
        el(
            "p",
            many.replace("[n]", str(len(rows))),
            class_="count-line",
            role="status",
            data_many=many,
            data_one=texts("trainers.found_one"),
            data_zero=texts("trainers.found_none"),
        ),
        el("ul", *rows, class_="situations", role="list", id="situation-list"),
        class_="situation-choice",
    )


def _situation_row(situation: Situation, topics: Mapping[str, str], texts: Texts) -> Html:
    labels = [topics.get(topic, topic) for topic in situation.topics]
    places = [texts(f"settings.{place}") for place in situation.settings]
    link = el(
        "a",
        situation.title,
        href=f"?place=trainers&view=feedback&part={situation.id}",
        data_go="place:trainers",
        data_view="feedback",
        data_part=situation.id,
        lang=texts.library,
    )
    words = " ".join((situation.title, situation.place, *labels, *places)).casefold()
    return el(
        "li",
        link,
        el("p", " · ".join(labels), class_="by", lang=texts.library),
        el("p", situation.place, class_="taste", lang=texts.library),
        data_find_in=words,
        data_topics=" ".join(situation.topics),
    )


# ---------------------------------------------------------------- one situation


def situation_page(situation: Situation, texts: Texts) -> Html:
    """A situation as learners read it, and the box for an answer. It holds no answers."""
    return el(
        "div",
        el("p", _back_to_list(texts), class_="back"),
        el("h2", situation.title, tabindex="-1", class_="made-title", lang=texts.library),
        el("p", el("span", texts("trainers.made_up"), class_="tag"), " ", situation.place),
        el(
            "button",
            texts("trainers.to_answer"),
            type="button",
            class_="plain-button to-answer",
            data_to_line="learner-answer",
        ),
        _story(situation, texts),
        _answer_form(situation, texts),
        class_="situation",
    )


def _back_to_list(texts: Texts) -> Html:
    return el(
        "a",
        texts("trainers.all_situations"),
        href="?place=trainers&view=feedback",
        data_go="place:trainers",
        data_view="feedback",
    )


def _story(situation: Situation, texts: Texts) -> Html:
    people = [el("div", el("dt", p.name), el("dd", p.who)) for p in situation.people]
    steps = [
        join(
            el("h4", texts("trainers.decision", number=number)),
            el("p", stage.event, class_="story-text", lang=texts.library),
            el("p", stage.decision, class_="decision", lang=texts.library),
        )
        for number, stage in enumerate(situation.stages, start=1)
    ]
    return el(
        "section",
        el("h3", texts("trainers.the_story"), class_="story-title"),
        el("p", situation.scene, class_="story-text", lang=texts.library),
        el("p", texts("trainers.roles"), class_="label"),
        el("dl", *people, class_="roles-list", lang=texts.library),
        *steps,
        el("h4", texts("trainers.questions")),
        sentence_list(situation.questions, numbered=True, lang=texts.library),
        class_="story",
    )


def _answer_form(situation: Situation, texts: Texts) -> Html:
    box = el(
        "textarea",
        id="learner-answer",
        name="answer",
        rows=8,
        maxlength=MOST_CHARACTERS,
        autocomplete="off",
        aria_describedby="learner-answer-hint",
    )
    return el(
        "form",
        el("h3", texts("trainers.answer_heading")),
        el("p", texts("trainers.answer_about"), class_="what-it-is"),
        el(
            "div",
            el("label", texts("trainers.answer_label"), for_="learner-answer"),
            box,
            class_="field",
        ),
        el("p", texts("trainers.answer_kept"), class_="privacy", id="learner-answer-hint"),
        el("p", el("button", texts("trainers.read_it"), type="submit", class_="main-button")),
        data_trainers_form="feedback",
        data_situation=situation.id,
        class_="answer-form",
        novalidate=True,
    )


# ---------------------------------------------------------------- what was touched


def feedback_head(found: Feedback, answer: str, texts: Texts) -> Html:
    """Help first where a learner may be in danger; then what to do with what was found, if anything
    was compared.

    Args:
        found: as the reader told it.
        answer: as it was read (``feedback.answer_text``).
        texts: the page's sentences.
    """
    order = _order(found.situation, answer, about_the_story=True)
    return join(
        _help(found, order, texts) if found.help else None,
        _tools(order, texts) if found.lines else None,
    )


def _tools(order: str, texts: Texts) -> Html:
    return el(
        "section",
        el("h2", texts("trainers.touched"), tabindex="-1", class_="made-title"),
        el(
            "div",
            take_away(KEY, order, texts("trainers.take_feedback"), texts),
            el("div", print_button(texts), class_="tools"),
            class_="made-tools made-first",
        ),
        class_="made",
    )


def _help(found: Feedback, again: str, texts: Texts) -> Html:
    """Help, and the way to say that the words are the story's. What names a command is left out."""
    lines = [line for line in found.help if "--" not in line]
    story = el(
        "p",
        texts("trainers.about_story"),
        " ",
        el(
            "button",
            texts("trainers.about_story_do"),
            type="button",
            class_="quick",
            data_read_again=again,
        ),
        class_="about-story",
    )
    return help_section(lines, found.signposts, story, texts)


def _order(situation: str, answer: str, about_the_story: bool) -> str:
    about = "yes" if about_the_story else ""
    return json.dumps(
        {"situation": situation, "answer": answer, "about": about}, ensure_ascii=False
    )


def feedback_body(
    found: Feedback, answer: str, sources: Mapping[str, Source], texts: Texts
) -> Html:
    """The answer with its words marked, and its points by verdict; nothing where nothing was
    compared. ``sources`` are the library's, by id."""
    if not found.lines:
        return Html("")
    lettered = _in_order(found.lines)
    letters = {line.id: LETTERS[place] for place, line in enumerate(lettered)}
    groups = [_group(verdict, found, lettered, letters, texts) for verdict in VERDICT_HEADINGS]
    reading = join(
        el("h3", texts("trainers.your_answer"), class_="story-title"),
        marked_answer(answer, lettered, letters, texts),
        *groups,
    )
    column = evidence_column(found.citations, KEY, 3, sources, texts=texts)
    return el("article", spread(reading, column), class_="answer feedback")


def _in_order(lines: Sequence[LineFeedback]) -> list[LineFeedback]:
    """The lines in the order in which they are told."""
    return [line for verdict in VERDICT_HEADINGS for line in lines if line.verdict == verdict]


def _group(
    verdict: LineVerdict,
    found: Feedback,
    lines: Sequence[LineFeedback],
    letters: Mapping[str, str],
    texts: Texts,
) -> Html | None:
    held = [line for line in lines if line.verdict == verdict]
    if not held:
        return None
    rows = [_line(line, letters[line.id], found, texts) for line in held]
    return el(
        "div",
        el("h3", texts(f"trainers.verdict_{verdict}")),
        el("ul", *rows, class_="touched-lines", role="list"),
        class_=f"part verdict-{verdict}",
    )


def _line(line: LineFeedback, letter: str, found: Feedback, texts: Texts) -> Html:
    cites = marks(line.point.citations, found.citations, KEY, texts)
    read = marks(line.read.citations, found.citations, KEY, texts)
    return el(
        "li",
        el(
            "p",
            el("span", letter, class_="letter", aria_hidden="true"),
            el("span", texts("trainers.point", letter=letter), class_="heard"),
            el("span", line.point.text, " ", cites, lang=texts.library),
            class_="point-text",
        ),
        el("p", texts("trainers.your_words", words=line.words), class_="own-line")
        if line.words
        else None,
        el(
            "p",
            texts("trainers.read_next"),
            " ",
            el("span", line.read.text, " ", read, lang=texts.library),
            class_="locator",
        ),
        id=f"{KEY}-{letter}",
        tabindex="-1",
    )


def marked_answer(
    answer: str, lines: Sequence[LineFeedback], letters: Mapping[str, str], texts: Texts
) -> Html:
    """The answer as it was read, with the words that lines name marked, and their letters behind
    them. Spans may overlap: the text is cut wherever one begins or ends."""
    held = [line for line in lines if line.start is not None and line.end is not None]
    cuts = sorted({0, len(answer), *(n for line in held for n in (line.start, line.end) if n)})
    pieces: list[Html] = []
    for start, end in pairwise(cuts):
        over = [line for line in held if (line.start or 0) <= start and end <= (line.end or 0)]
        pieces.append(_piece(answer[start:end], over))
        pieces += [
            _to_line(letters[line.id], texts) for line in held if line.end == end and line in over
        ]
    return el("div", *pieces, class_="learner-words")


def _piece(words: str, over: Sequence[LineFeedback]) -> Html:
    if not over:
        return text(words)
    first = next(v for v in VERDICT_HEADINGS if any(line.verdict == v for line in over))
    return el("mark", words, class_=f"mark-{first}")


def _to_line(letter: str, texts: Texts) -> Html:
    return el(
        "button",
        letter,
        type="button",
        class_="letter",
        aria_label=texts("trainers.to_point", letter=letter),
        data_to_line=f"{KEY}-{letter}",
    )
