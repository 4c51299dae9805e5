"""An exercise as markup: the facilitator's version with everything, the learners' without answers,
rubric and consequences. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assistant.interface import Texts
from assistant.presentation.markup import Html, el, join
from assistant.presentation.parts import (
    cited_list,
    evidence_column,
    marks,
    position_columns,
    spread,
)
from assistant.presentation.words import country
from assistant.scenarios.exercise import Argument, Exercise, Line, Point, Step, Story, learner_data
from assistant.scenarios.papers import SHOWN
from assistant.scenarios.records import Person
from assistant.schema import Citation, Position, Source
from assistant.web.trainers.forms import counted
from assistant.web.trainers.orders import NAME, Order
from assistant.web.trainers.views import (
    order_button,
    part,
    print_button,
    sentence_list,
    take_away,
)

VERSIONS = ("facilitator", "learner")


def exercise_head(exercise: Exercise, order: Order, people: Sequence[Person], texts: Texts) -> Html:
    """What an exercise is, and what to do with it.

    Args:
        exercise: to show.
        order: that makes it again; its address opens it.
        people: of its stories, with the names that they were written with.
        texts: the page's sentences.
    """
    return el(
        "section",
        el("h2", exercise.title, tabindex="-1", class_="made-title", lang=texts.library),
        el("p", _at_a_glance(exercise, texts), class_="by"),
        _before_use(exercise, texts),
        _tools(order, people, texts),
        class_="made",
        data_address=order.address("exercise"),
    )


def exercise_body(exercise: Exercise, sources: Mapping[str, Source], texts: Texts) -> Html:
    """Both versions, of which the facilitator's is in sight. ``sources`` are the library's, by
    id."""
    return join(*(_version(exercise, version, sources, texts) for version in VERSIONS))


def _at_a_glance(exercise: Exercise, texts: Texts) -> str:
    facts = (
        *exercise.topic_words,
        counted(texts, "trainers.minutes", exercise.minutes),
        texts(f"trainers.for_{exercise.learners}"),
        texts(f"trainers.level_{exercise.level}"),
        texts(f"settings.{exercise.setting}"),
        country(exercise.country, texts),
    )
    return " · ".join(facts)


def _before_use(exercise: Exercise, texts: Texts) -> Html | None:
    """What a trainer should know first: it was written for somebody else, or leaves a topic out."""
    if not exercise.notes:
        return None
    return el(
        "div",
        el("h3", texts("trainers.before_use")),
        *(el("p", line, lang=texts.library) for line in exercise.notes),
        class_="notice before-use",
    )


def _tools(order: Order, people: Sequence[Person], texts: Texts) -> Html:
    buttons = [
        el(
            "button",
            texts(f"trainers.version_{version}"),
            type="button",
            aria_pressed="true" if version == VERSIONS[0] else "false",
            data_version=version,
        )
        for version in VERSIONS
    ]
    which = el(
        "div", *buttons, class_="versions", role="group", aria_label=texts("trainers.versions")
    )
    more = el(
        "div",
        order_button(texts("trainers.another"), order.another(), "plain-button"),
        print_button(texts),
        class_="tools",
    )
    return el(
        "div",
        el("div", which, more, class_="made-first"),
        take_away("exercise", order.as_data(), texts("trainers.take_both"), texts),
        _names_form(order, people, texts),
        el("p", texts("trainers.address_hint"), class_="hint"),
        class_="made-tools",
        role="group",
        aria_label=texts("trainers.do_with"),
    )


def _names_form(order: Order, people: Sequence[Person], texts: Texts) -> Html:
    """Other names for the people of this story."""
    fields = [
        el(
            "div",
            el("label", texts("trainers.name_for", person=person.name), for_=f"name-{place}"),
            el(
                "input",
                id=f"name-{place}",
                name=f"{NAME}{person.name}",
                type="text",
                maxlength=40,
                autocomplete="off",
                value=order.names.get(person.name, ""),
            ),
            class_="field",
        )
        for place, person in enumerate(people)
    ]
    use = el("button", texts("trainers.names_use"), type="submit", class_="quick")
    return el(
        "details",
        el("summary", texts("trainers.names_heading")),
        el(
            "form",
            el("p", texts("trainers.names_lead"), class_="hint"),
            el("div", *fields, class_="order-fields"),
            use,
            data_trainers_form="names",
            data_order=order.as_data(),
            class_="names-form",
        ),
        class_="filter-panel",
        open=bool(order.names),
    )


# ---------------------------------------------------------------- the two versions


def _version(exercise: Exercise, version: str, sources: Mapping[str, Source], texts: Texts) -> Html:
    facilitator = version == "facilitator"
    sheet = _Sheet(exercise, texts, facilitator)
    body = sheet.facilitator() if facilitator else sheet.learner()
    column = evidence_column(sheet.cited, sheet.key, 3, sources, texts=texts)
    return el(
        "article",
        spread(body, column),
        class_="answer",
        id=f"version-{version}",
        aria_label=texts(f"trainers.version_{version}_label"),
        hidden=not facilitator,
    )


class _Sheet:
    """One version as it is put together: its citations, and the key of its cards."""

    def __init__(self, exercise: Exercise, texts: Texts, facilitator: bool) -> None:
        self.exercise = exercise
        self.texts = texts
        self.for_facilitator = facilitator
        self.key = "exercise" if facilitator else "learners"
        self.cited = exercise.citations if facilitator else _seen_by_learners(exercise)

    def text(self, name: str, **values: object) -> str:
        return self.texts(f"trainers.{name}", **values)

    def said(self, name: str, *words: Html | str, class_: str | None = None) -> Html:
        """An element with words of the library, in the library's language."""
        return el(name, *words, lang=self.texts.library, class_=class_)

    def line(self, line: Line) -> Html:
        """A factual line with its marks."""
        cites = marks(line.statement.citations, self.cited, self.key, self.texts)
        return join(line.text, " " if cites else None, cites)

    # ------------------------------------------------------------ whole versions

    def facilitator(self) -> Html:
        exercise = self.exercise
        return join(
            self._made_up(),
            self._timetable(),
            self._begin(),
            *(self._story(story, n) for n, story in enumerate(exercise.stories)),
            self._debate(exercise.debate) if exercise.debate else None,
            part(
                self.text("debrief"),
                self.said("p", exercise.debrief_first, class_="to-facilitator"),
                sentence_list(exercise.debrief, lang=self.texts.library),
            ),
            self._aftercare(),
            self._competences(),
            self._abroad(),
        )

    def learner(self) -> Html:
        exercise = self.exercise
        debated = exercise.debate is not None and exercise.debate.plan
        return join(
            self._made_up(),
            self.said("p", exercise.before, class_="story-text"),
            *(self._story(story, n) for n, story in enumerate(exercise.stories)),
            self._debate(exercise.debate) if debated and exercise.debate else None,
            part(self.text("at_the_end"), sentence_list(exercise.debrief, lang=self.texts.library)),
            self._aftercare(),
            self._competences(),
        )

    # ------------------------------------------------------------ the head

    def _made_up(self) -> Html:
        tag = el("span", self.text("made_up"), class_="tag")
        return el("p", tag, " ", el("span", self.exercise.made_up, lang=self.texts.library))

    def _timetable(self) -> Html:
        rows = [
            el(
                "tr",
                el("th", f"{slot.start}–{slot.end}", scope="row"),
                self.said("td", slot.what),
            )
            for slot in self.exercise.timetable
        ]
        head = el(
            "tr",
            el("th", self.text("from_to"), scope="col"),
            el("th", self.text("what"), scope="col"),
        )
        table = el("table", el("thead", head), el("tbody", *rows), class_="timetable")
        minutes = counted(self.texts, "trainers.minutes", self.exercise.minutes)
        return part(self.text("timetable", minutes=minutes), table)

    def _begin(self) -> Html:
        fixed = self.exercise.fixed
        return part(
            self.text("begin"),
            el("p", el("strong", self.text("say_first")), class_="label"),
            self.said("blockquote", el("p", self.exercise.before), class_="say"),
            self.said("p", fixed["care"]),
            self.said("p", fixed["local"]),
        )

    # ------------------------------------------------------------ a story

    def _story(self, story: Story, number: int) -> Html:
        event_first = self.exercise.opening.event_first and not number
        steps = [self._step(step, story, event_first) for step in story.steps]
        body = [
            None if number else self._opening(),
            self._scene(story, event_first),
            *steps,
            self._questions(story),
        ]
        if self.for_facilitator:
            body += [self._answers(story), self._rubric(story)]
        return el(
            "section",
            el("h3", self._story_title(story, number), class_="story-title"),
            *body,
            class_="story",
        )

    def _story_title(self, story: Story, number: int) -> str:
        if len(self.exercise.stories) == 1:
            return self.text("the_story")
        return self.text("second_story" if number else "first_story", title=story.title)

    def _opening(self) -> Html:
        opening = self.exercise.opening
        return join(
            self.said("p", el("strong", f"{opening.title}. "), opening.learner),
            self._aside(opening.facilitator, self.exercise.fixed["role_play"]),
        )

    def _aside(self, *lines: str) -> Html | None:
        """What only the facilitator reads, set apart."""
        if not self.for_facilitator:
            return None
        return el(
            "div",
            el("p", self.text("for_you"), class_="label"),
            *(self.said("p", line) for line in lines),
            class_="to-facilitator",
        )

    def _scene(self, story: Story, event_first: bool) -> Html:
        people = [
            el("div", el("dt", person.name), el("dd", person.who), lang=self.texts.library)
            for person in story.people
        ]
        first = (
            join(
                el("p", self.text("happens_first"), class_="label"),
                self.said("p", story.steps[0].event, class_="story-text"),
                el("p", self.text("came_to_that"), class_="label"),
            )
            if event_first
            else None
        )
        return join(
            self.said("p", story.place, class_="story-place"),
            first,
            self.said("p", story.scene, class_="story-text"),
            el("p", self.text("roles"), class_="label"),
            el("dl", *people, class_="roles-list"),
        )

    def _step(self, step: Step, story: Story, event_first: bool) -> Html:
        name = (
            self.text("decision_only")
            if len(story.steps) == 1
            else self.text("decision", number=step.number)
        )
        minutes = counted(self.texts, "trainers.minutes", step.minutes)
        shown = not (event_first and step.number == 1)
        return el(
            "section",
            el("h4", name, el("span", minutes, class_="count") if self.for_facilitator else None),
            self.said("p", step.event, class_="story-text") if shown else None,
            self.said("p", step.decision, class_="decision"),
            self.said("p", el("strong", f"{step.way}. "), step.learner),
            self._aside(step.facilitator),
            self._choices(step),
            class_="step",
        )

    def _choices(self, step: Step) -> Html | None:
        if self.for_facilitator:
            rows = [
                join(el("p", choice.text), el("p", choice.leads_to, class_="leads-to"))
                for choice in step.choices
            ]
            return el(
                "details",
                el("summary", el("span", self.text("what_then"), class_="fold-name")),
                sentence_list(rows, lang=self.texts.library),
                class_="fold",
            )
        if not step.shows_choices:
            return None
        return sentence_list([choice.text for choice in step.choices], lang=self.texts.library)

    def _questions(self, story: Story) -> Html:
        listed = sentence_list(story.questions, numbered=True, lang=self.texts.library)
        return el("section", el("h4", self.text("questions")), listed, class_="step")

    def _answers(self, story: Story) -> Html:
        rows = [self.line(line) for line in story.answers]
        return el(
            "section",
            el("h4", self.text("answers")),
            self.said("p", self.exercise.fixed["grading"], class_="hint"),
            sentence_list(rows, lang=self.texts.library),
            class_="step answers",
        )

    def _rubric(self, story: Story) -> Html:
        return el(
            "section",
            el("h4", self.text("listening")),
            el("p", self.text("listening_lead"), class_="hint"),
            *(self._point(point) for point in story.rubric),
            class_="step rubric",
        )

    def _point(self, point: Point) -> Html:
        """A point as a fold; its marks stand inside, for nothing can be tapped within a summary."""
        kinds = (
            ("makes_it", point.found),
            ("comes_near", point.partly),
            ("opposite", point.contradicts),
        )
        rows = [
            join(
                el("dt", self.text(name)),
                *(self.said("dd", f"“{words}”") for words in examples),
            )
            for name, examples in kinds
        ]
        cites = marks(point.line.statement.citations, self.cited, self.key, self.texts)
        read = join(
            point.read.text, " ", marks(point.read.citations, self.cited, self.key, self.texts)
        )
        return el(
            "details",
            el("summary", self.said("span", point.line.text, class_="fold-name")),
            el("p", self.text("rests_on"), " ", cites, class_="rests-on") if cites else None,
            el("dl", *rows, class_="examples"),
            el("p", self.text("read_next"), " ", self.said("span", read), class_="rests-on"),
            class_="fold point-fold",
        )

    # ------------------------------------------------------------ debate and end

    def _debate(self, argument: Argument) -> Html:
        title = self.text("debate" if argument.plan else "disagree")
        sides = _positions(argument, SHOWN if self.for_facilitator else 1)
        return part(
            title,
            self.said("p", argument.question, class_="decision"),
            self.said("p", self.exercise.fixed["contested"], class_="differs"),
            position_columns(sides, self.cited, self.key, 4, texts=self.texts),
            sentence_list(argument.plan, numbered=True, lang=self.texts.library)
            if argument.plan
            else None,
            self._aside(argument.close) if argument.plan else None,
        )

    def _aftercare(self) -> Html:
        lines = [self.said("p", text) for text in self.exercise.aftercare]
        return part(self.text("aftercare"), *lines)

    def _competences(self) -> Html:
        rows = [self.line(line) for line in self.exercise.competences]
        return part(self.text("competences"), sentence_list(rows, lang=self.texts.library))

    def _abroad(self) -> Html | None:
        exercise = self.exercise
        if not exercise.from_country:
            return None
        told = exercise.fixed["foreign"].replace("{country}", exercise.country)
        return part(
            self.text("from_country", country=country(exercise.country, self.texts)),
            self.said("p", told, class_="hint"),
            cited_list(exercise.from_country, self.cited, self.key, texts=self.texts),
        )


def _positions(argument: Argument, shown: int) -> list[Position]:
    """The sides as equal columns. All notes of a side are named; the words of the first are
    read."""
    found = []
    for side in argument.sides:
        held_back = [s.model_copy(update={"text": side.position}) for s in side.statements[shown:]]
        statements = (*side.statements[:shown], *held_back)
        found.append(Position(position=side.position, held_by=side.held_by, statements=statements))
    return found


def _seen_by_learners(exercise: Exercise) -> tuple[Citation, ...]:
    """The citations that are left in what learners read."""
    held = {citation["n"] for citation in learner_data(exercise)["citations"]}
    return tuple(citation for citation in exercise.citations if citation.n in held)
