"""A course pack as markup: what it holds, its exercises, what to read, the outline of its slides.

Pure functions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assistant.interface import Texts
from assistant.presentation.markup import Html, el, join
from assistant.presentation.parts import evidence_column, marks, spread
from assistant.scenarios.course import PEERS, Course, Reading, Slide
from assistant.scenarios.exercise import Exercise
from assistant.schema import Source
from assistant.web.trainers.forms import counted
from assistant.web.trainers.orders import Order, order_for
from assistant.web.trainers.views import order_button, part, print_button, sentence_list, take_away

KEY = "course"


def course_body(course: Course, sources: Mapping[str, Source], texts: Texts) -> Html:
    """Exercises, reading list, outline of the slides and form. ``sources`` are the library's, by
    id."""
    reading = join(
        part(
            texts("trainers.course_exercises"),
            el(
                "ol",
                *(_exercise_row(exercise, texts) for exercise in course.exercises),
                class_="course-exercises",
                role="list",
            ),
        ),
        _reading_list(course, texts),
        _slides(course.slides, texts),
        _form(course, texts),
    )
    column = evidence_column(course.citations, KEY, 3, sources, texts=texts)
    return el("article", spread(reading, column), class_="answer course")


def course_head(course: Course, order: Order, texts: Texts) -> Html:
    """What a course holds in numbers, and what to do with it. ``order`` makes it again; its address
    opens it."""
    return el(
        "section",
        el("h2", texts("trainers.course_title"), tabindex="-1", class_="made-title"),
        el("p", _sum(course, texts), class_="by"),
        el(
            "div",
            take_away(KEY, order.as_data(), texts("trainers.take_course"), texts),
            el(
                "div",
                order_button(texts("trainers.other_stories"), order.another(), "plain-button", KEY),
                print_button(texts),
                class_="tools",
            ),
            el("p", texts("trainers.course_holds"), class_="hint"),
            class_="made-tools",
        ),
        class_="made",
        data_address=order.address("course"),
    )


def _sum(course: Course, texts: Texts) -> str:
    return " · ".join(
        (
            counted(texts, "trainers.exercises", len(course.exercises)),
            counted(texts, "trainers.minutes_in_all", course.minutes),
            counted(texts, "trainers.sources_to_read", len(course.reading)),
            counted(texts, "trainers.slides_count", len(course.slides)),
        )
    )


def _exercise_row(exercise: Exercise, texts: Texts) -> Html:
    """One exercise; its address is that of the builder, so that it can be read in full."""
    address = order_for(exercise).address("exercise")
    facts = (*exercise.topic_words, counted(texts, "trainers.minutes", exercise.minutes))
    return el(
        "li",
        el("a", exercise.title, href=address, data_open_made=True, lang=texts.library),
        el("p", " · ".join(facts), class_="by"),
        *(el("p", note, class_="hint", lang=texts.library) for note in exercise.notes),
    )


# ---------------------------------------------------------------- what to read


def _reading_list(course: Course, texts: Texts) -> Html:
    who = {citation.n: citation.who_speaks for citation in course.citations}
    peers = [r for r in course.reading if who[r.citation] in PEERS[:3]]
    others = [r for r in course.reading if r not in peers]
    groups = [
        join(
            el("h4", texts(f"trainers.reading_{name}")),
            sentence_list([_entry(one, course, texts) for one in held]),
        )
        for name, held in (("peers", peers), ("others", others))
        if held
    ]
    return el(
        "details",
        _fold_name(texts("trainers.reading_list"), len(course.reading)),
        *groups,
        class_="fold",
        open=True,
    )


def _entry(reading: Reading, course: Course, texts: Texts) -> Html:
    numbers = ", ".join(map(str, reading.exercises))
    name = "trainers.in_exercises" if len(reading.exercises) > 1 else "trainers.in_exercise"
    about = " · ".join(filter(None, (reading.kind, reading.country, reading.who)))
    return join(
        el("span", reading.reference, lang=texts.library),
        " ",
        marks((reading.citation,), course.citations, KEY, texts),
        el("span", f"{about} · {texts(name, numbers=numbers)}", class_="by entry-about"),
    )


def _fold_name(words: str, count: int) -> Html:
    return el(
        "summary",
        el("h3", words, class_="fold-name"),
        el("span", str(count), class_="count"),
    )


# ---------------------------------------------------------------- slides and form


def _slides(slides: Sequence[Slide], texts: Texts) -> Html:
    rows = [
        el(
            "li",
            el("p", el("strong", slide.title)),
            el("ul", *(el("li", line) for line in slide.lines), class_="points"),
            el("p", slide.notes, class_="to-facilitator") if slide.notes else None,
        )
        for slide in slides
    ]
    return el(
        "details",
        _fold_name(texts("trainers.slides"), len(slides)),
        el("p", texts("trainers.slides_lead"), class_="hint"),
        el("ol", *rows, class_="slides", lang=texts.library),
        class_="fold",
    )


def _form(course: Course, texts: Texts) -> Html:
    return el(
        "details",
        _fold_name(texts("trainers.evaluation"), len(course.form)),
        el("p", texts("trainers.evaluation_lead"), class_="hint"),
        sentence_list(course.form, numbered=True, lang=texts.library),
        class_="fold",
    )
