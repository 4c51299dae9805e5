"""What happens when somebody asks, opens a topic or searches: plain methods, no Gradio.

Errors that a person can act on are shown with their hint. Anything else is logged with its
traceback, without the question, and shown as one calm sentence.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from assistant.errors import AssistantError
from assistant.presentation import brief_page, source_page
from assistant.presentation.markup import Html, el, join
from assistant.schema import Answer, Filters, Turn
from assistant.web import shelves, views
from assistant.web.desk import ROLES, Assistant
from assistant.web.forms import chosen, in_words, role_of
from assistant.web.stages import STAGES, Told, staged
from assistant.web.texts import Texts

LIMIT = 2000
"""The longest question, in characters."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Conversation:
    """What was asked so far, and how it was shown. Lives in memory with the open page."""

    turns: tuple[Turn, ...] = ()
    shown: tuple[Html, ...] = ()

    def html(self) -> str:
        """All turns in order."""
        return str(join(*self.shown))

    def with_turn(self, question: str, answer: Answer | None, shown: Html) -> Conversation:
        """The conversation and one more turn."""
        turn = Turn(question=question, outcome=answer.outcome if answer else "failed")
        return replace(self, turns=(*self.turns, turn), shown=(*self.shown, shown))


@dataclass(frozen=True)
class Screen:
    """What the Ask place shows after a step. ``box`` is the text left in the box."""

    conversation: Conversation
    pending: str = ""
    announce: str = ""
    box: str = ""


class Desk:
    """The page's actions over one assistant."""

    def __init__(self, assistant: Assistant, texts: Texts) -> None:
        self.assistant = assistant
        self.texts = texts

    def ask(
        self,
        question: str,
        conversation: Conversation,
        form: str | None,
        role: str | None = None,
    ) -> Iterator[Screen]:
        """Asks: what is happening, in words, as each step begins; then the answer."""
        question = question.strip()
        refused = self._unusable(question)
        if refused:
            yield Screen(conversation, str(views.notice(refused)), box=question)
            return
        yield self._waiting(question, conversation, STAGES[0])
        filters, user = chosen(form), role_of(role)

        def work(stage: Callable[[str], None]) -> Answer:
            return self.assistant.ask(question, conversation.turns, filters, user, stage)

        for said in staged(work):
            if isinstance(said, Told):
                yield self._answered(said, question, conversation, filters)
            elif said != STAGES[0]:
                yield self._waiting(question, conversation, said)

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

    def _waiting(self, question: str, conversation: Conversation, stage: str) -> Screen:
        words = self._stage(stage)
        return Screen(conversation, str(views.waiting(question, words)), announce=words)

    def _stage(self, stage: str) -> str:
        library = self.assistant.library
        notes, sources = f"{len(library.notes):,}", f"{len(library.sources):,}"
        return self.texts(f"stages.{stage}", notes=notes, sources=sources)

    def _answered(
        self, told: Told, question: str, conversation: Conversation, filters: Filters | None
    ) -> Screen:
        number = len(conversation.turns) + 1
        try:
            answer = told.answer()
            narrowed = in_words(filters, self.assistant.library)
            shown = views.turn(answer, number, self.texts, self.assistant.library, narrowed)
        except AssistantError as error:
            shown = views.failed_turn(question, number, error.message, error.hint, self.texts)
            return self._failed(question, conversation, shown)
        except Exception as error:  # The edge: a bug must not reach the reader as a traceback.
            _log.error("A question could not be answered (%s)", type(error).__name__)
            _log.debug("Traceback", exc_info=True)
            words = self.texts("failure.unexpected")
            shown = views.failed_turn(question, number, words, "", self.texts)
            return self._failed(question, conversation, shown)
        after = conversation.with_turn(question, answer, shown)
        return Screen(after, announce=self._ready(answer))

    def _failed(self, question: str, conversation: Conversation, shown: Html) -> Screen:
        after = conversation.with_turn(question, None, shown)
        return Screen(after, announce=self.texts("failure.heading"), box=question)

    def _ready(self, answer: Answer) -> str:
        count = len({citation.source_id for citation in answer.citations})
        if count == 0:
            return self.texts("stages.ready_plain")
        return self.texts("stages.ready_one" if count == 1 else "stages.ready", count=count)
