"""What happens when somebody asks, opens a topic or searches: plain methods, no Gradio.

Errors that a person can act on are shown with their hint. Anything else is logged with its
traceback, without the question, and shown as one calm sentence.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from assistant.errors import AssistantError
from assistant.interface import Texts
from assistant.personal import masked
from assistant.presentation import brief_page, source_page
from assistant.presentation.markup import Html, el, join
from assistant.schema import Answer, Choice, Filters, Statement, Turn
from assistant.web import shelves, views
from assistant.web.desk import ROLES, Assistant
from assistant.web.documents import Documents
from assistant.web.forms import chosen, filter_form, in_words, role_of
from assistant.web.stages import STAGES, Running, Told, staged

LIMIT = 2000
"""The longest question, in characters."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Asked:
    """What was searched for, so that it can be explained. Personal details are not in it."""

    question: str
    alone: str
    filters: Filters | None


@dataclass(frozen=True)
class Shown:
    """A turn as markup. ``later`` is what is left of it once the next one comes: without quick
    follow-ups, and without the personal details that were shown back."""

    html: Html
    later: Html
    asked: Asked | None = None
    choices: tuple[Choice, ...] = ()

    def as_earlier(self) -> Shown:
        """The turn as one of those before."""
        return replace(self, html=self.later)


@dataclass(frozen=True)
class Conversation:
    """What was asked so far, and how it was shown. Lives in memory with the open page."""

    turns: tuple[Turn, ...] = ()
    shown: tuple[Shown, ...] = ()

    def html(self) -> str:
        """All turns in order."""
        return str(join(*(turn.html for turn in self.shown)))

    def with_turn(self, turn: Turn, shown: Shown) -> Conversation:
        """The conversation and one more turn."""
        earlier = tuple(before.as_earlier() for before in self.shown)
        return Conversation((*self.turns, turn), (*earlier, shown))

    def meant(self, question: str) -> Choice | None:
        """The choice that a question is, if it was offered in this conversation."""
        offered = (choice for turn in reversed(self.shown) for choice in turn.choices)
        return next((choice for choice in offered if choice.question == question), None)

    def begun_again(self) -> Conversation:
        """The same to look at, for a question that needs nothing before it: a tapped choice says
        all that it means. Turns that were met with help stay in view of the screen."""
        return replace(self, turns=tuple(t for t in self.turns if t.outcome == "signposted"))


@dataclass(frozen=True)
class Screen:
    """What the Ask place shows after a step. ``box`` is the text left in the box."""

    conversation: Conversation
    pending: str = ""
    announce: str = ""
    box: str = ""


class Desk:
    """The page's actions over one assistant. ``documents`` is None where none can be added."""

    def __init__(
        self, assistant: Assistant, texts: Texts, documents: Documents | None = None
    ) -> None:
        self.assistant = assistant
        self.texts = texts
        self.documents = documents
        self._running = Running()

    def ask(
        self,
        question: str,
        conversation: Conversation,
        form: str | None,
        role: str | None = None,
        page: str = "",
    ) -> Iterator[Screen]:
        """Asks: what is happening, in words, as each step begins; what a chat model wrote, as it
        passes; then the answer. ``page`` names the open page, so that it can stop the model."""
        question = question.strip()
        refused = self._unusable(question)
        if refused:
            yield Screen(conversation, str(views.notice(refused)), box=question)
            return
        choice = conversation.meant(question)
        if choice is not None:
            conversation = conversation.begun_again()
        heading = choice.label if choice else masked(question)[0]
        yield self._waiting(heading, conversation, STAGES[0])
        filters, user = chosen(form, self.collections()), role_of(role)

        cancel = self._running.begin(page)

        def work(stage: Callable[[str], None], say: Callable[[Statement], None]) -> Answer:
            return self.assistant.ask(
                question, conversation.turns, filters, user, stage, say=say, cancel=cancel
            )

        passed: list[str] = []
        step = STAGES[0]
        try:
            for said in staged(work):
                if isinstance(said, Told):
                    yield self._answered(said, question, conversation, filters)
                    continue
                if isinstance(said, Statement):
                    passed.append(said.text)
                else:
                    step = said
                if step != STAGES[0]:
                    yield self._waiting(heading, conversation, step, passed)
        finally:
            # A page that went away takes the model's call with it.
            cancel()
            self._running.end(page, cancel)

    def stop(self, page: str) -> None:
        """Stop the chat model that a page waits for; the answer without it comes at once."""
        self._running.stop(page)

    def why(self, conversation: Conversation, place: str) -> str:
        """Why an answer of the conversation looks as it does; ``place`` is its number."""
        number = int(place) if place.isdecimal() else 0
        asked = (
            conversation.shown[number - 1].asked if 0 < number <= len(conversation.shown) else None
        )
        if asked is None:
            return str(views.why_not(self.texts))
        try:
            found = self.assistant.explain(asked.question, asked.filters, None, asked.alone)
        except Exception as error:  # The edge: the answer stands, whatever is wrong here.
            _log.error("An answer could not be explained (%s)", type(error).__name__)
            return str(views.why_not(self.texts))
        return str(views.why(found, self.texts, self.assistant.library))

    def topic(self, name: str) -> str:
        """The page of a brief, found by its id or by a topic that it is about."""
        library = self.assistant.library
        brief = library.briefs.get(name) or next(
            (b for b in library.briefs.values() if name in b.topics), None
        )
        way_back = views.back("topics", self.texts("topics.back"))
        if brief is None:
            return str(join(way_back, el("h1", self.texts("topics.missing"), tabindex="-1")))
        return str(join(way_back, brief_page(brief, library, f"brief-{brief.id}")))

    def source(self, name: str) -> str:
        """The page of a source."""
        library = self.assistant.library
        source = library.sources.get(name)
        way_back = views.back("library", self.texts("library.back"))
        if source is None:
            return str(join(way_back, el("h1", self.texts("library.missing"), tabindex="-1")))
        return str(join(way_back, source_page(source, library)))

    def shelf(self, form: Mapping[str, object]) -> str:
        """The sources that fit what the library's form holds."""
        library = self.assistant.library
        found = shelves.find(library, form)
        asked = str(form.get("shown", ""))
        shown = min(int(asked), 10_000) if asked.isdecimal() else shelves.PAGE
        return str(shelves.listing(library, found, shown, self.texts))

    def collections(self) -> dict[str, str]:
        """Names of the collections of added documents by id; empty where nothing was added."""
        return self.documents.names() if self.documents else {}

    def filters(self) -> str:
        """The form that narrows a search."""
        return str(filter_form(self.assistant.library, self.texts, "ask", self.collections()))

    def header(self) -> str:
        """The header, with the help for somebody in danger folded in."""
        return str(views.header(self.texts, self.assistant.signposts("crisis_self")))

    def welcome(self) -> str:
        """What this is."""
        return str(views.welcome(self.texts, self.assistant.library))

    def starters(self) -> str:
        """What somebody could ask first."""
        examples = {role: tuple(self.assistant.example_questions(role)) for role in ROLES}
        return str(views.starters(self.texts, examples))

    def _unusable(self, question: str) -> str:
        if not question:
            return self.texts("ask.empty")
        return self.texts("ask.too_long") if len(question) > LIMIT else ""

    def _waiting(
        self,
        question: str,
        conversation: Conversation,
        stage: str,
        passed: Sequence[str] = (),
    ) -> Screen:
        words = self._stage(stage)
        html = views.waiting(question, words, passed, stage)
        # Sentences are not announced one by one: they may still be put in another order.
        return Screen(conversation, str(html), announce=words)

    def _stage(self, stage: str) -> str:
        library = self.assistant.library
        notes, sources = f"{len(library.notes):,}", f"{len(library.sources):,}"
        model = self.assistant.chat_model
        name = model.name if model else ""
        return self.texts(f"stages.{stage}", notes=notes, sources=sources, model=name)

    def privacy(self) -> str:
        """Where a question goes."""
        return str(views.privacy(self.texts, self.assistant.chat_model))

    def _answered(
        self, told: Told, question: str, conversation: Conversation, filters: Filters | None
    ) -> Screen:
        try:
            answer = told.answer()
            turn = Turn(question=answer.question, outcome=answer.outcome)
            shown = self._shown(answer, question, conversation, filters)
        except AssistantError as error:
            return self._failed(question, conversation, error.message, error.hint)
        except Exception as error:  # The edge: a bug must not reach the reader as a traceback.
            _log.error("A question could not be answered (%s)", type(error).__name__)
            _log.debug("Traceback", exc_info=True)
            return self._failed(question, conversation, self.texts("failure.unexpected"), "")
        return Screen(conversation.with_turn(turn, shown), announce=self._ready(answer))

    def _shown(
        self, answer: Answer, question: str, conversation: Conversation, filters: Filters | None
    ) -> Shown:
        choice = conversation.meant(question)
        show = partial(
            views.turn,
            answer,
            len(conversation.shown) + 1,
            self.texts,
            self.assistant.library,
            in_words(filters, self.assistant.library, self.collections()),
            label=choice.label if choice else "",
            collections=self.collections(),
        )
        return Shown(
            html=show(follow_ups=self._follow_ups(answer, conversation), shown_back=True),
            later=show(),
            asked=Asked(answer.question, answer.standalone_question, filters),
            choices=answer.choices,
        )

    def _follow_ups(self, answer: Answer, conversation: Conversation) -> tuple[str, ...]:
        """Quick questions about an answer that cites something, but for those already asked."""
        if answer.outcome not in views.KEPT or not answer.citations:
            return ()
        offered = {_bare(words): words for words in self.texts.lines("follow_ups.questions")}
        for question in (answer.question, *(t.question for t in reversed(conversation.turns))):
            if _bare(question) not in offered:
                break
            offered.pop(_bare(question))
        return tuple(offered.values())

    def _failed(self, question: str, conversation: Conversation, message: str, hint: str) -> Screen:
        number = len(conversation.shown) + 1
        heading = masked(question)[0]
        html = views.failed_turn(heading, number, message, hint, self.texts)
        turn = Turn(question=heading, outcome="failed")
        after = conversation.with_turn(turn, Shown(html, html))
        return Screen(after, announce=self.texts("failure.heading"), box=question)

    def _ready(self, answer: Answer) -> str:
        if answer.choices:
            return self.texts("stages.ready_choices", count=len(answer.choices))
        count = len({citation.source_id for citation in answer.citations})
        if count == 0:
            return self.texts("stages.ready_plain")
        return self.texts("stages.ready_one" if count == 1 else "stages.ready", count=count)


def _bare(question: str) -> str:
    return question.strip(" ?.").lower()
