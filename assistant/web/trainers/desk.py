"""What happens in "For trainers": plain methods, no Gradio.

Nothing is kept here between two steps: every button carries what it is about, so that two people
at two screens can never see each other's words, and a page outlives the server.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from assistant.assembly.trainers import Trainers
from assistant.errors import AssistantError
from assistant.exports.forms import form_of, written
from assistant.interface import Texts
from assistant.presentation.markup import Html, join
from assistant.scenarios.course import MOST_EXERCISES, Course
from assistant.scenarios.exercise import Exercise
from assistant.scenarios.feedback import answer_text
from assistant.scenarios.files import course_file_count, each_course_file, exercise_files, zipped
from assistant.scenarios.papers import feedback_paper
from assistant.scenarios.records import SETTINGS, Person
from assistant.scenarios.request import LONGEST, MOST_TOPICS, SHORTEST, covered
from assistant.schema import HOME_JURISDICTIONS
from assistant.web import views
from assistant.web.downloads import Downloads
from assistant.web.trainers.course_views import course_body, course_head
from assistant.web.trainers.exercise_views import exercise_body, exercise_head
from assistant.web.trainers.feedback_views import (
    feedback_body,
    feedback_head,
    situation_list,
    situation_page,
)
from assistant.web.trainers.forms import course_form, exercise_form
from assistant.web.trainers.orders import Order, number, order_of
from assistant.web.trainers.views import (
    FORMS,
    help_first,
    near_topics,
    notice,
    order_button,
    ready,
    refusal,
    unexpected,
    working,
)

HOME = "England"
NOWHERE = frozenset({"International", "not stated"})
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Shown:
    """What a view shows; None leaves a part as it is. ``made`` is the head of what was made,
    ``body`` the rest of it; ``said`` is for screen readers."""

    form: str | None = None
    made: str | None = None
    files: str | None = None
    body: str | None = None
    said: str | None = None


class TrainersDesk:
    """The three views for trainers.

    Args:
        tools: gives what makes exercises; asked for when it is first needed.
        downloads: where files are kept until they are fetched.
        texts: the page's sentences.
    """

    def __init__(self, tools: Callable[[], Trainers], downloads: Downloads, texts: Texts) -> None:
        self._tools = tools
        self._downloads = downloads
        self._texts = texts

    @property
    def trainers(self) -> Trainers:
        """What makes exercises."""
        return self._tools()

    # ------------------------------------------------------------ exercise

    def open_exercise(self, data: Mapping[str, str]) -> Iterator[Shown]:
        """The builder, and the exercise of its address where that names one."""
        order = order_of(data)
        form = None if data.get("loaded") and not order.topics else self._exercise_form(order)
        if isinstance(form, Shown):
            yield form
            return
        yield Shown(form, "", "", "")
        if order.topics:
            yield from self.make_exercise(data)

    def _exercise_form(self, order: Order) -> str | Shown:
        try:
            trainers = self.trainers
            counts = covered(trainers.situations)
            form = exercise_form(
                trainers.topics, counts, self._settings(), self._countries(), order, self._texts
            )
        except Exception as error:  # The edge: the place says that it cannot be used now.
            return Shown(form=str(self._failed(error)))
        return str(form)

    def make_exercise(self, data: Mapping[str, str]) -> Iterator[Shown]:
        """Makes what a form or a button asks for; help first where its words speak of danger."""
        order = order_of(data)
        missing = self._missing(order, MOST_TOPICS)
        if missing:
            yield self._made(notice(missing, (), self._texts), missing)
            return
        words = self._texts("trainers.making")
        yield self._working(words)
        try:
            yield self._exercise_or_help(order)
        except Exception as error:  # The edge: nothing of what was typed goes to the log.
            yield self._made(self._failed(error), self._texts("trainers.not_made"))

    def _exercise_or_help(self, order: Order) -> Shown:
        first = self._help(order, "trainers.help_then")
        try:
            shown = self._exercise(order)
        except AssistantError as error:
            refused = refusal(error, self._ways(order), self._texts)
            shown = self._made(refused, self._texts("trainers.not_made"))
        return replace(shown, made=str(join(first, Html(shown.made or ""))))

    def _help(self, order: Order, then: str) -> Html | None:
        found = self.trainers.help_first(order.free_texts())
        return help_first(found, self._texts(then), self._texts) if found else None

    def _exercise(self, order: Order) -> Shown:
        trainers, texts = self.trainers, self._texts
        unknown = trainers.unknown_topics(order.topics)
        if unknown:
            near = near_topics(unknown, order, trainers.topics, texts)
            return self._made(near, texts("trainers.unknown_said"))
        exercise = self._composed(order)
        # The library's own words for the topics: the address needs no others.
        held = replace(order, topics=exercise.topics)
        head = exercise_head(exercise, held, self._people(exercise), texts)
        body = exercise_body(exercise, trainers.library.sources, texts)
        return self._made(head, texts("trainers.exercise_ready", title=exercise.title), body)

    def _composed(self, order: Order) -> Exercise:
        return self.trainers.exercise(
            topics=order.topics,
            minutes=number(order.minutes) or 0,
            details=order.details(),
            **order.wanted(),
        )

    def _people(self, exercise: Exercise) -> list[Person]:
        """The people of an exercise with the names that they were written with."""
        trainers = self.trainers
        found = [p for s in exercise.stories for p in trainers.situation(s.situation).people]
        return list({person.name: person for person in found}.values())

    def _ways(self, order: Order) -> list[Html]:
        """What would do in place of what was refused."""
        texts, others = self._texts, []
        if order.country != HOME:
            others.append((replace(order, country=HOME), texts("trainers.home_only")))
        if order.names:
            others.append((replace(order, names={}), texts("trainers.own_names_out")))
        if order.setting != "any":
            others.append((replace(order, setting="any"), texts("trainers.any_setting")))
            others += [
                (replace(order, setting=place), texts(f"settings.{place}"))
                for place in self._settings()
                if place not in {"any", order.setting}
            ]
        return [
            order_button(words, other, "quick") for other, words in others if self._would_do(other)
        ]

    def _would_do(self, order: Order) -> bool:
        try:
            self._composed(order)
        except AssistantError:
            return False
        return True

    def take_exercise(self, data: Mapping[str, str]) -> Iterator[Shown]:
        """Both versions of an exercise as one archive."""
        form = _form(data)
        yield self._writing(form)
        try:
            files = exercise_files(self._composed(order_of(data)), form)
        except Exception as error:  # The edge.
            yield self._no_file(error)
            return
        stem = next(iter(files)).removesuffix(f"-facilitator.{form}")
        yield self._file(f"{stem}-{form}.zip", zipped(files))

    # ------------------------------------------------------------ feedback

    def open_feedback(self, data: Mapping[str, str]) -> Shown:
        """The list of situations, or the one that an address names."""
        try:
            trainers, wanted = self.trainers, data.get("part", "")
            if not wanted:
                listed = situation_list(trainers.situations, trainers.topics, self._texts)
                return Shown(str(listed), "", "", "")
            page = situation_page(trainers.situation(wanted), self._texts)
            return Shown(str(page), "", "", "")
        except Exception as error:  # The edge.
            return Shown(str(self._failed(error)), "", "", "")

    def read_answer(self, data: Mapping[str, str]) -> Iterator[Shown]:
        """What an answer touches. It is kept nowhere."""
        words = self._texts("trainers.reading_answer")
        yield self._working(words)
        situation, answer = data.get("situation", ""), data.get("answer", "")
        try:
            trainers = self.trainers
            about = data.get("about") == "yes"
            found = trainers.feedback(situation, answer, about_the_story=about)
            read = answer_text(answer)
            head = feedback_head(found, read, self._texts)
            body = feedback_body(found, read, trainers.library.sources, self._texts)
        except Exception as error:  # The edge.
            yield self._made(self._failed(error), self._texts("trainers.not_read"))
            return
        ready_ = "trainers.help_heading" if found.help else "trainers.answer_ready"
        yield self._made(head, self._texts(ready_), body)

    def take_feedback(self, data: Mapping[str, str]) -> Iterator[Shown]:
        """What an answer touches, as a file."""
        form = _form(data)
        yield self._writing(form)
        answer = data.get("answer", "")
        try:
            found = self.trainers.feedback(
                data.get("situation", ""), answer, about_the_story=data.get("about") == "yes"
            )
            paper = feedback_paper(found, answer_text(answer))
            content = written(paper, form_of(form))
        except Exception as error:  # The edge.
            yield self._no_file(error)
            return
        yield self._file(f"feedback-{found.situation}.{form}", content)

    # ------------------------------------------------------------ course

    def open_course(self, data: Mapping[str, str]) -> Iterator[Shown]:
        """The form of the course, and the course of its address where that names one."""
        order = order_of(data)
        try:
            form = None
            if order.topics or not data.get("loaded"):
                form = str(
                    course_form(
                        self.trainers.topics,
                        self._settings(),
                        self._countries(),
                        order,
                        self._texts,
                    )
                )
        except Exception as error:  # The edge.
            yield Shown(form=str(self._failed(error)))
            return
        yield Shown(form, "", "", "")
        if order.topics:
            yield from self.make_course(data)

    def make_course(self, data: Mapping[str, str]) -> Iterator[Shown]:
        """What a course would hold."""
        order = order_of(data)
        missing = self._missing(order, MOST_EXERCISES)
        if missing:
            yield self._made(notice(missing, (), self._texts), missing)
            return
        words = self._texts("trainers.making_course", count=len(order.topics))
        yield self._working(words)
        try:
            first = self._help(order, "trainers.help_then_course")
            course = self._course(order)
            head = course_head(course, replace(order, topics=course.topics), self._texts)
            body = course_body(course, self.trainers.library.sources, self._texts)
        except Exception as error:  # The edge.
            yield self._made(self._failed(error), self._texts("trainers.not_made"))
            return
        yield self._made(join(first, head), self._texts("trainers.course_ready"), body)

    def _course(self, order: Order) -> Course:
        return self.trainers.course_pack(order.topics, number(order.minutes) or 0, **order.wanted())

    def take_course(self, data: Mapping[str, str]) -> Iterator[Shown]:
        """A whole course as one archive; tells which file is being written."""
        form = _form(data)
        yield self._writing(form)
        files: dict[str, bytes] = {}
        try:
            course = self._course(order_of(data))
            count = course_file_count(course)
            for name, content in each_course_file(course, form):
                files[name] = content
                words = self._texts("trainers.writing_files", done=len(files), count=count)
                yield Shown(files=str(working(words)))
            archive = zipped(files)
        except Exception as error:  # The edge.
            yield self._no_file(error)
            return
        yield self._file(f"course-pack-{form}.zip", archive)

    # ------------------------------------------------------------ what they share

    def _settings(self) -> list[str]:
        """Settings that stories happen in, any of them first."""
        held = {place for situation in self.trainers.situations for place in situation.settings}
        return [place for place in SETTINGS if place == "any" or place in held]

    def _countries(self) -> list[str]:
        """England, then what the library holds from abroad."""
        held = {source.jurisdiction for source in self.trainers.library.sources.values()}
        return [HOME, *sorted(held - HOME_JURISDICTIONS - NOWHERE)]

    def _missing(self, order: Order, most: int) -> str:
        """What a form still lacks; empty where it can be tried."""
        minutes = number(order.minutes)
        if not order.topics:
            return self._texts("trainers.topic_missing")
        if len(order.topics) > most:
            return self._texts("trainers.too_many_topics", most=most)
        if minutes is None or not SHORTEST <= minutes <= LONGEST:
            return self._texts("trainers.minutes_wrong", shortest=SHORTEST, longest=LONGEST)
        return ""

    def _working(self, words: str) -> Shown:
        return Shown(made=str(working(words)), files="", body="", said=_heard(words))

    def _made(self, head: Html, said: str, body: Html | None = None) -> Shown:
        return Shown(made=str(head), files="", body=str(body or ""), said=_heard(said))

    def _failed(self, error: Exception) -> Html:
        if isinstance(error, AssistantError):
            return refusal(error, (), self._texts)
        _unforeseen(error)
        return unexpected(self._texts)

    def _writing(self, form: str) -> Shown:
        words = self._texts(f"trainers.writing_{form}")
        return Shown(files=str(working(words)), said=_heard(words))

    def _no_file(self, error: Exception) -> Shown:
        return Shown(files=str(self._failed(error)), said=_heard(self._texts("trainers.no_file")))

    def _file(self, name: str, content: bytes) -> Shown:
        link = self._downloads.link(name, content, name)
        words = self._texts("trainers.file_ready")
        return Shown(files=str(ready(link, words)), said=_heard(words))


def _form(data: Mapping[str, str]) -> str:
    wanted = data.get("form", "")
    return wanted if wanted in FORMS else FORMS[0]


def _heard(words: str) -> str:
    return str(views.announcement(words))


def _unforeseen(error: Exception) -> None:
    _log.error("Something for trainers could not be made (%s)", type(error).__name__)
    _log.debug("Traceback", exc_info=True)
