"""What happens when somebody asks, opens a topic or searches: plain methods, no Gradio.

Errors that a person can act on are shown with their hint. Anything else is logged with its
traceback, without the question, and shown as one calm sentence.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from assistant.errors import AssistantError
from assistant.interface import Texts
from assistant.personal import masked
from assistant.presentation.markup import Html, join
from assistant.schema import Answer, Choice, Filters, Statement, Turn
from assistant.web import views
from assistant.web.ask.keeping import keepable
from assistant.web.ask.stages import STAGES, Running, Told, staged
from assistant.web.ask.turn_tools import KEPT, LastTurn, changing
from assistant.web.desk import ROLES, Assistant
from assistant.web.documents.desk import Documents
from assistant.web.forms import chosen, filter_form, in_words, role_of

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
    """A turn as markup, and what can be done with it later.

    ``later`` is what is left of the markup once the next turn comes: without quick follow-ups and
    without the personal details that were shown back. ``answer`` is the answer without what was
    typed of such details; None where there is nothing that may be saved or marked: after an error,
    and wherever somebody was met with help. ``again`` is the question to ask again or to change.
    ``uncertain`` is the question where help stands first and who asks may say that nobody is in
    danger. ``before`` are the earlier turns that this one was asked with. ``beside`` says that a
    turn which failed stands beside the one that it was to replace.
    """

    html: Html
    later: Html
    asked: Asked | None = None
    choices: tuple[Choice, ...] = ()
    answer: Answer | None = None
    again: str = ""
    uncertain: str = ""
    before: tuple[Turn, ...] = ()
    beside: bool = False

    def as_earlier(self) -> Shown:
        """The turn as one of those before."""
        return replace(self, html=self.later)


@dataclass(frozen=True)
class Conversation:
    """What was asked so far, and how it was shown. Lives in memory with the open page.

    ``changing``: what is asked next from the box takes the place of the last turn.
    """

    turns: tuple[Turn, ...] = ()
    shown: tuple[Shown, ...] = ()
    changing: bool = False

    def html(self) -> str:
        """All turns in order."""
        return str(join(*(turn.html for turn in self.shown)))

    def with_turn(self, turn: Turn, shown: Shown, alone: bool = False) -> Conversation:
        """The conversation and one more turn; ``alone``: one that needs nothing before it."""
        earlier = tuple(before.as_earlier() for before in self.shown)
        turns = self.needed_alone() if alone else self.turns
        return Conversation((*turns, turn), (*earlier, replace(shown, before=self.turns)))

    @property
    def last_question(self) -> str:
        """The last question, where it can be changed or asked again."""
        return self.shown[-1].again if self.shown else ""

    def changed(self, changing: bool) -> Conversation:
        """The same, with the last question being changed or not."""
        return replace(self, changing=changing and bool(self.last_question))

    def without_last(self) -> Conversation:
        """The conversation as it was before its last question. A turn that failed in the place of
        another takes that one with it."""
        if not self.shown:
            return self
        last = self.shown[-1]
        earlier = Conversation(last.before, self.shown[:-1])
        return earlier.without_last() if last.beside else earlier

    def without_failed(self) -> Conversation:
        """The conversation without a last turn that failed; what that was to replace stays."""
        if not self.failed(self.last_question):
            return self
        return Conversation(self.shown[-1].before, self.shown[:-1])

    def taken_for_safe(self) -> Conversation:
        """The same to look at, asked on from before the last turn, which was met with help and is
        said to be from nobody in danger: the screen must not take what follows for danger because
        of it."""
        return Conversation(self.shown[-1].before, self.shown)

    def failed(self, question: str) -> bool:
        """True where this is the last question, and there was no answer to it."""
        last = self.turns[-1] if self.turns else None
        return last is not None and last.outcome == "failed" and question == self.last_question

    def meant(self, question: str) -> Choice | None:
        """The choice that a question is, if it was offered in this conversation."""
        offered = (choice for turn in reversed(self.shown) for choice in turn.choices)
        return next((choice for choice in offered if choice.question == question), None)

    def needed_alone(self) -> tuple[Turn, ...]:
        """What a question needs that says all that it means, such as a tapped choice: only turns
        that were met with help stay in view of the screen."""
        return tuple(turn for turn in self.turns if turn.outcome == "signposted")

    def answers(self) -> tuple[Answer, ...]:
        """The answers that may be saved, in order."""
        return tuple(shown.answer for shown in self.shown if shown.answer is not None)

    def answer(self, place: str) -> Answer | None:
        """The answer at a place, from 1, if it may be saved or marked."""
        shown = self.at(place)
        return shown.answer if shown else None

    def at(self, place: str) -> Shown | None:
        """The turn at a place, from 1, as the page names it."""
        number = int(place) if place.isdecimal() else 0
        return self.shown[number - 1] if 0 < number <= len(self.shown) else None


@dataclass(frozen=True)
class Screen:
    """What the Ask place shows after a step. ``box`` is the text left in the box."""

    conversation: Conversation
    pending: str = ""
    announce: str = ""
    box: str = ""


@dataclass(frozen=True)
class _Asking:
    """One question on its way: ``conversation`` is what is on the screen, ``base`` what the answer
    follows, ``stands`` what is left where there will be none."""

    question: str
    conversation: Conversation
    base: Conversation
    stands: Conversation
    choice: Choice | None
    filters: Filters | None
    nobody_in_danger: bool = False

    @classmethod
    def of(
        cls,
        question: str,
        conversation: Conversation,
        filters: Filters | None,
        nobody_in_danger: bool = False,
    ) -> _Asking:
        """A question that takes the last one's place if that is being changed, or failed."""
        base = stands = conversation
        if nobody_in_danger:
            base = stands = conversation.taken_for_safe()
        elif conversation.changing or conversation.failed(masked(question)[0]):
            base, stands = conversation.without_last(), conversation.without_failed()
        choice = base.meant(question)
        return cls(question, conversation, base, stands, choice, filters, nobody_in_danger)

    @property
    def replaces(self) -> bool:
        """True where the answer takes the place of a turn that is on the screen."""
        return self.base is not self.conversation and not self.nobody_in_danger

    @property
    def heading(self) -> str:
        """The question as it is shown, without personal details."""
        return self.choice.label if self.choice else masked(self.question)[0]

    @property
    def history(self) -> tuple[Turn, ...]:
        """The earlier turns that the question is asked with."""
        return self.base.needed_alone() if self.choice else self.base.turns


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
        *,
        nobody_in_danger: bool = False,
    ) -> Iterator[Screen]:
        """Asks: what is happening, in words, as each step begins; what a chat model wrote, as it
        passes; then the answer. Where the last question is being changed, the answer takes its
        place. ``page`` names the open page, so that it can stop the model."""
        question = question.strip()
        refused = self._unusable(question)
        if refused:
            changing = self._changing() if conversation.changing else None
            yield Screen(conversation, str(join(views.notice(refused), changing)), box=question)
            return
        filters = chosen(form, self.collections())
        asking = _Asking.of(question, conversation, filters, nobody_in_danger)
        yield self._waiting(asking, STAGES[0])
        user = role_of(role)
        cancel = self._running.begin(page)

        def work(stage: Callable[[str], None], say: Callable[[Statement], None]) -> Answer:
            return self.assistant.ask(
                question,
                asking.history,
                asking.filters,
                user,
                stage,
                say=say,
                cancel=cancel,
                nobody_in_danger=nobody_in_danger,
            )

        passed: list[str] = []
        step = STAGES[0]
        try:
            for said in staged(work):
                if isinstance(said, Told):
                    yield self._told(said, asking)
                    continue
                if isinstance(said, Statement):
                    passed.append(said.text)
                else:
                    step = said
                if step != STAGES[0]:
                    yield self._waiting(asking, step, passed)
        finally:
            # A page that went away takes the model's call with it.
            cancel()
            self._running.end(page, cancel)

    def ask_again(
        self,
        conversation: Conversation,
        form: str | None,
        role: str | None = None,
        page: str = "",
    ) -> Iterator[Screen]:
        """Asks the last question once more, with what is chosen now; the answer takes the place of
        the one before. Where the last question cannot be asked again, nothing happens."""
        question = conversation.last_question
        if not question:
            yield Screen(conversation)
            return
        yield from self.ask(question, conversation.changed(True), form, role, page)

    def ask_nobody_in_danger(
        self,
        conversation: Conversation,
        form: str | None,
        role: str | None = None,
        page: str = "",
    ) -> Iterator[Screen]:
        """Asks the last question again, of which somebody who has seen the help says that
        nobody is in danger. The help stays above."""
        question = conversation.shown[-1].uncertain if conversation.shown else ""
        if not question:
            yield Screen(conversation)
            return
        yield from self.ask(question, conversation, form, role, page, nobody_in_danger=True)

    def change(self, conversation: Conversation) -> Screen:
        """Puts the last question back into the box, without the personal details in it."""
        after = conversation.changed(True)
        if not after.changing:
            return Screen(conversation)
        return Screen(after, str(self._changing()), box=after.last_question)

    def leave(self, conversation: Conversation) -> Screen:
        """Leaves the last question as it was."""
        return Screen(conversation.changed(False))

    def with_answer(
        self, conversation: Conversation, answer: Answer, filters: Filters | None = None
    ) -> Conversation:
        """The conversation and one more answer, shown as the last one."""
        turn = Turn(question=answer.question, outcome=answer.outcome)
        choice = conversation.meant(answer.question)
        shown = self._shown(answer, choice, conversation, filters)
        return conversation.with_turn(turn, shown, alone=choice is not None)

    def stop(self, page: str) -> None:
        """Stop the chat model that a page waits for; the answer without it comes at once."""
        self._running.stop(page)

    def why(self, conversation: Conversation, place: str) -> str:
        """Why an answer of the conversation looks as it does; ``place`` is its number."""
        shown = conversation.at(place)
        asked = shown.asked if shown else None
        if asked is None:
            return str(views.why_not(self.texts))
        try:
            found = self.assistant.explain(asked.question, asked.filters, None, asked.alone)
        except Exception as error:  # The edge: the answer stands, whatever is wrong here.
            _log.error("An answer could not be explained (%s)", type(error).__name__)
            return str(views.why_not(self.texts))
        return str(views.why(found, self.texts, self.assistant.library))

    def collections(self) -> dict[str, str]:
        """Names of the collections of added documents by id; empty where nothing was added."""
        return self.documents.names() if self.documents else {}

    def filters(self) -> str:
        """The form that narrows a search."""
        return str(filter_form(self.assistant.library, self.texts, "ask", self.collections()))

    def header(self) -> str:
        """The header, with the help for somebody in danger folded in."""
        near = self.assistant.signposts("crisis_self", self.texts("help.near"))
        return str(views.header(self.texts, near))

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

    def _changing(self) -> Html:
        return changing(self.texts)

    def _waiting(self, asking: _Asking, stage: str, passed: Sequence[str] = ()) -> Screen:
        words = self._stage(stage)
        html = views.waiting(asking.heading, words, passed, stage, asking.replaces)
        # Sentences are not announced one by one: they may still be put in another order.
        return Screen(asking.conversation, str(html), announce=words)

    def _stage(self, stage: str) -> str:
        library = self.assistant.library
        notes, sources = f"{len(library.notes):,}", f"{len(library.sources):,}"
        model = self.assistant.chat_model
        name = model.name if model else ""
        return self.texts(f"stages.{stage}", notes=notes, sources=sources, model=name)

    def privacy(self) -> str:
        """Where a question goes."""
        return str(views.privacy(self.texts, self.assistant.chat_model))

    def _told(self, told: Told, asking: _Asking) -> Screen:
        try:
            answer = told.answer()
            after = self._answered(answer, asking)
        except AssistantError as error:
            return self._failed(asking, error.message, error.hint)
        except Exception as error:  # The edge: a bug must not reach the reader as a traceback.
            _log.error("A question could not be answered (%s)", type(error).__name__)
            _log.debug("Traceback", exc_info=True)
            return self._failed(asking, self.texts("failure.unexpected"), "")
        return Screen(after, announce=self._ready(answer))

    def _answered(self, answer: Answer, asking: _Asking) -> Conversation:
        turn = Turn(question=answer.question, outcome=answer.outcome)
        shown = self._shown(answer, asking.choice, asking.base, asking.filters)
        return asking.base.with_turn(turn, shown, alone=asking.choice is not None)

    def _shown(
        self,
        answer: Answer,
        choice: Choice | None,
        before: Conversation,
        filters: Filters | None,
    ) -> Shown:
        kept = keepable(answer)
        show = partial(
            views.turn,
            answer,
            len(before.shown) + 1,
            self.texts,
            self.assistant.library,
            in_words(filters, self.assistant.library, self.collections(), self.texts),
            label=choice.label if choice else "",
            collections=self.collections(),
            ratings=self.assistant.settings.ratings,
        )
        last = LastTurn(
            follow_ups=self._follow_ups(answer, before),
            again=answer.outcome != "signposted",
            uncertain=answer.danger_uncertain,
            whole=kept is not None and len(before.answers()) > 0,
        )
        return Shown(
            html=show(last=last),
            later=show(),
            asked=Asked(answer.question, answer.standalone_question, filters),
            choices=answer.choices,
            answer=kept,
            again=answer.question if last.again else "",
            uncertain=answer.question if last.uncertain else "",
        )

    def _follow_ups(self, answer: Answer, conversation: Conversation) -> tuple[str, ...]:
        """Quick questions about an answer that cites something, but for those already asked."""
        if answer.outcome not in KEPT or not answer.citations:
            return ()
        offered = {_bare(words): words for words in self.texts.lines("follow_ups.questions")}
        for question in (answer.question, *(t.question for t in reversed(conversation.turns))):
            if _bare(question) not in offered:
                break
            offered.pop(_bare(question))
        return tuple(offered.values())

    def _failed(self, asking: _Asking, message: str, hint: str) -> Screen:
        """What failed stands beside a turn that it was to replace, so that nothing is lost."""
        stands = asking.stands
        question = masked(asking.question)[0]
        number = len(stands.shown) + 1
        show = partial(views.failed_turn, asking.heading, number, message, hint, self.texts)
        beside = len(stands.shown) > len(asking.base.shown)
        shown = Shown(show(again=True), show(), again=question, beside=beside)
        after = stands.with_turn(Turn(question=question, outcome="failed"), shown)
        return Screen(after, announce=self.texts("failure.heading"), box=asking.question)

    def _ready(self, answer: Answer) -> str:
        if answer.choices:
            return self.texts("stages.ready_choices", count=len(answer.choices))
        count = len({citation.source_id for citation in answer.citations})
        if count == 0:
            return self.texts("stages.ready_plain")
        return self.texts("stages.ready_one" if count == 1 else "stages.ready", count=count)


def _bare(question: str) -> str:
    return question.strip(" ?.").lower()
