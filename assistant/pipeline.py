"""The order of steps from a question to an answer.

clean → screen → leave out personal details → ask back where it may mean two things → make it stand
alone → retrieve → compose → put into other words, where a chat model is set → check. Each step may
end it. A screen that breaks ends it with the outcome ``failed``: a question that was not screened
is not answered. A chat model is asked only where an answer was composed without it; that answer is
shown where the model fails or what it wrote does not pass.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from assistant.answering import Composer, Draft
from assistant.answering.book import CitationBook, joined
from assistant.answering.reshape import reshaped
from assistant.answering.select import brief_of
from assistant.answering.support import support_of
from assistant.asker import side_of
from assistant.chat_models.records import Cancel
from assistant.citations import Documents, verify
from assistant.clarifying import is_vague
from assistant.conversation import Lean, folded, last_answered, lean_of, reshape_of
from assistant.corpus import Library
from assistant.errors import UsageError
from assistant.generation.asking import Asker
from assistant.generation.evidence import evidence_for
from assistant.generation.writing import Generator, Say, Written
from assistant.personal import masked, without_labels
from assistant.prompts import Messages, Signposts
from assistant.retrieval import Found, Retriever
from assistant.schema import (
    Answer,
    Choice,
    Engine,
    Filters,
    Outcome,
    Reason,
    Screening,
    Section,
    Signpost,
    Statement,
    Turn,
    User,
)
from assistant.screening import (
    by_nearness_alone,
    danger_by_nearness_alone,
    declined_by_nearness_alone,
)
from assistant.text import normalise
from assistant.wording import Wording

SEARCH_DEPTH = 24
EDITOR_ANSWERED = 0.65
"""From this closeness to an ask of a direct answer on, a question is not declined because it lies
near declined ones. On development questions what was rightly declined lay further off, or a rule
on its words had seen it."""
SAME_WORDS = 0.85
"""From this closeness on, an ask of a direct answer also undoes danger that nearness alone saw. Of
650 development and training messages that were stopped so, none in danger came nearer than 0.77."""
STEPS = ("screen", "rewrite", "retrieve", "compose", "verify", "total")
"""Timed in every answer; "write" comes with them where a chat model was asked."""
ESCALATION_STATEMENTS = 3
HELP_PLACES = 3
"""Places to turn to that stand above an answer where help had stood alone."""

Stage = Callable[[str], None]


def say_nothing(statement: Statement) -> None:
    """What is told nothing while a model writes."""


Clarify = Callable[[str], tuple[Choice, ...]]


@dataclass
class Stopwatch:
    """Milliseconds by step, in the order of the contract."""

    spent: dict[str, float] = field(default_factory=lambda: dict.fromkeys(STEPS, 0.0))
    _began: float = field(default_factory=time.perf_counter)

    def lap(self, step: str, since: float) -> float:
        """Add the time since ``since`` to a step; the time now."""
        now = time.perf_counter()
        self.spent[step] = round(self.spent.get(step, 0.0) + (now - since) * 1000, 2)
        self.spent["total"] = round((now - self._began) * 1000, 2)
        return now


@dataclass(frozen=True)
class _Asked:
    """A question that passed the screen, with what it was asked with."""

    text: str
    history: tuple[Turn, ...]
    filters: Filters
    user: User | None
    stage: Stage
    say: Say
    cancel: Cancel
    nobody_in_danger: bool = False


@dataclass(frozen=True)
class _Drafted:
    """What is said to a question as it stands alone; ``found`` is None without a search."""

    alone: str
    draft: Draft
    found: Found | None = None
    written: Written | None = None


@dataclass(frozen=True)
class Pipeline:
    """Everything that answering needs, put together by ``assembly``."""

    library: Library
    retriever: Retriever
    composer: Composer
    messages: Messages
    wording: Wording
    signposts: Signposts
    screen: Callable[[str, Sequence[Turn]], Screening]
    clarify: Clarify
    engine: Callable[[], Engine]
    max_question_chars: int
    authors: frozenset[str] = frozenset()
    """Family names of authors, whom a title does not make a private person."""
    documents: Documents | None = None
    """Documents that were added, for checking what is cited of them."""
    generator: Generator | None = None
    """Puts answers into a chat model's words; None where none is set."""
    asker: Asker | None = None
    """Does small jobs with a chat model; None where none is set."""

    def ask(
        self,
        question: str,
        history: Sequence[Turn] = (),
        filters: Filters | None = None,
        user: User | None = None,
        stage: Stage = lambda words: None,
        say: Say = say_nothing,
        cancel: Cancel | None = None,
        nobody_in_danger: bool = False,
    ) -> Answer:
        """Answer one question.

        Args:
            question: as typed.
            history: earlier turns, oldest first.
            filters: what to narrow the library to.
            user: who asks.
            stage: told each step as it begins.
            say: told each statement of a chat model's summary once it passed the gate; the answer
                may still end without them.
            cancel: stops a chat model; the answer is then the one without it.
            nobody_in_danger: who asks has seen the help and says that nobody is in danger. Where a
                rule saw danger in the words, help stands first all the same.

        Raises:
            UsageError: the question is empty or too long.
        """
        text = self.cleaned(question)
        private, details = masked(text, authors=self.authors)
        past = tuple(t.model_copy(update={"question": self._private(t.question)}) for t in history)
        cancel = cancel or Cancel()
        asked = _Asked(
            private, past, filters or Filters(), user, stage, say, cancel, nobody_in_danger
        )
        answer = self._answered(text, history, asked)
        return answer.model_copy(update={"personal_details": details}) if details else answer

    def _answered(self, typed: str, history: Sequence[Turn], asked: _Asked) -> Answer:
        """The answer to a question as typed; ``asked`` is all of it that is searched and kept."""
        watch = Stopwatch()
        began = time.perf_counter()
        text = asked.text
        asked.stage("screening")
        try:
            screening = self.screen(typed, history)
        except Exception:
            # Whatever broke, the question was not screened, so it is not answered.
            screening = Screening(outcome=None, reason=None, risk_subject="none")
            watch.lap("screen", began)
            return self._fixed(text, "failed", "screen_failed", screening, watch)
        now = watch.lap("screen", began)
        help_above: tuple[Signpost, ...] = ()
        if asked.nobody_in_danger and by_nearness_alone(screening):
            screening = Screening(outcome=None, reason=None, risk_subject="none")
            help_above = self.signposts.for_reason("crisis_self", text)[:HELP_PLACES]
        if self._an_editor_answered(asked, screening):
            if by_nearness_alone(screening):
                help_above = self.signposts.for_reason("crisis_self", text)[:HELP_PLACES]
            screening = Screening(outcome=None, reason=None, risk_subject="none")
        if screening.outcome is not None:
            return self._help_or_decline(asked, screening, watch)
        if other_language(text, self.retriever.knows):
            return self._fixed(text, "not_in_library", "other_language", screening, watch)
        asked.stage("reading")
        drafted = self._written(asked, self._drafted(asked, watch, now), watch)
        now = time.perf_counter()
        answer = self._answer(text, drafted, screening, watch)
        checked = self._checked(answer, drafted, screening, watch, now)
        return checked.model_copy(update={"signposts": help_above}) if help_above else checked

    def _an_editor_answered(self, asked: _Asked, screening: Screening) -> bool:
        """Whether what stops this question is nearness to examples alone, and an editor answered
        such a question: it is one for this library then. Where danger was seen the words must be
        nearly the same, and no brief that puts help first may have an ask so near."""
        danger = danger_by_nearness_alone(screening)
        if not danger and not declined_by_nearness_alone(screening):
            return False
        least = SAME_WORDS if danger else EDITOR_ANSWERED
        try:
            found = self.retriever.search(without_labels(asked.text), filters=asked.filters)
            near = [brief_of(hit) for hit in found.answers if hit.parts["ask"] >= least]
            help_first = danger and any(self.library.briefs[name].help_first for name in near)
        except Exception:
            # What stopped the question stands where the library could not be searched.
            return False
        return bool(near) and not help_first

    def _private(self, text: str) -> str:
        """A text without the personal details that stand in it."""
        return masked(text, authors=self.authors)[0]

    def cleaned(self, question: str) -> str:
        """The question without what cannot be seen.

        Raises:
            UsageError: nothing is left, or it is too long.
        """
        # Bounded before normalising, which is slower than a length check.
        text = question if len(question) > 4 * self.max_question_chars else normalise(question)
        if len(text) > self.max_question_chars:
            raise UsageError(
                f"The question has {len(text):,} characters; {self.max_question_chars:,} are read.",
                "Ask the main thing in a few sentences.",
            )
        if not re.search(r"\w", text):
            raise UsageError("The question is empty.", "Type what you want to know.")
        return text

    # ------------------------------------------------------------ steps

    def _drafted(self, asked: _Asked, watch: Stopwatch, since: float) -> _Drafted:
        """The question as it stands alone, and what is said to it without a chat model."""
        shaped = self._reshaped(asked)
        if shaped is not None:
            watch.lap("compose", since)
            return shaped
        lean = lean_of(asked.text) if asked.history else "none"
        meanings = self.clarify(asked.text) if lean != "strong" else ()
        asking = self.composer.asking_back(meanings)
        if asking is not None:
            watch.lap("rewrite", since)
            return _Drafted(asked.text, asking)
        alone, found = self._retrieve(asked, lean)
        now = watch.lap("retrieve", since)
        asked.stage("composing")
        added = asked.text if alone != asked.text else ""
        draft = self.composer.compose(without_labels(alone), found, asked.user, added)
        if not asked.history and draft.outcome != "answered" and is_vague(asked.text):
            draft = self.composer.asking_back(self.composer.meanings(found)) or draft
        drafted = _Drafted(alone, draft, found)
        if draft.outcome == "not_in_library" and self.asker is not None:
            drafted = self._in_other_words(asked, drafted, self.asker)
        watch.lap("compose", now)
        return drafted

    def _in_other_words(self, asked: _Asked, drafted: _Drafted, asker: Asker) -> _Drafted:
        """What the library holds for the question put otherwise, told as an answer in part; the
        same refusal where it holds nothing for that either."""
        for other in asker.other_ways(without_labels(drafted.alone), asked.cancel):
            found = self.retriever.search(other, top=SEARCH_DEPTH, filters=asked.filters)
            draft = self.composer.compose(other, found, asked.user)
            if draft.outcome in {"answered", "partial"}:
                partly = replace(draft, outcome="partial", reason=draft.reason or "weak_evidence")
                return _Drafted(other, partly, found)
        return drafted

    def _written(self, asked: _Asked, drafted: _Drafted, watch: Stopwatch) -> _Drafted:
        """What a chat model makes of an answer that was composed; the same where none is set, where
        nothing is cited, or where what it wrote is not to be shown."""
        draft, found = drafted.draft, drafted.found
        if self.generator is None or found is None or not draft.citations:
            return drafted
        now = time.perf_counter()
        asked.stage("writing")
        evidence = evidence_for(draft, found, self.library, self.composer.limit)
        if self.asker is not None:
            evidence = self.asker.picked(drafted.alone, evidence, asked.cancel)
        written = self.generator.write(
            drafted.alone,
            draft,
            evidence,
            user=asked.user,
            cancel=asked.cancel,
            say=asked.say,
        )
        watch.lap("write", now)
        return replace(drafted, written=written)

    def _reshaped(self, asked: _Asked) -> _Drafted | None:
        """The answer before in another shape, where that is what is asked for."""
        wanted = reshape_of(asked.text)
        place = last_answered(asked.history) if wanted else None
        if wanted is None or place is None:
            return None
        before = asked.history[place].question
        # Its words and its sources are what is asked about, so no model says it anew.
        plainly = replace(self, generator=None)
        answer = plainly.ask(before, asked.history[:place], asked.filters, asked.user)
        alone = f"{asked.text} ({answer.standalone_question})"
        if not answer.citations or answer.outcome not in {"answered", "partial"}:
            return None
        return _Drafted(alone, reshaped(answer, wanted, self.library, self.wording))

    def _retrieve(self, asked: _Asked, lean: Lean) -> tuple[str, Found]:
        """The question as searched, and what was found.

        A short question that may or may not lean on the one before is tried both ways, and read in
        the way that the library supports better.
        """
        text, history, filters = asked.text, asked.history, asked.filters
        search = partial(self.retriever.search, top=SEARCH_DEPTH, filters=filters)
        if self.asker is not None and lean != "none":
            rewritten = self.asker.standing_alone(text, history, asked.cancel)
            if rewritten is not None:
                return rewritten, search(without_labels(rewritten))
        if lean == "strong":
            alone = folded(text, history)
            return alone, search(without_labels(alone))
        found = search(without_labels(text))
        names_a_source = any(e.parts.get("named", 0.0) > 0 for e in found.evidence[:1])
        if lean == "weak" and not names_a_source:
            alone = folded(text, history)
            with_before = search(without_labels(alone))
            # As it stands, a few words seldom say what they are about; the question before does.
            if support_of(alone, with_before).probability >= support_of(text, found).probability:
                return alone, with_before
        return text, found

    def _answer(
        self, text: str, drafted: _Drafted, screening: Screening, watch: Stopwatch
    ) -> Answer:
        written = drafted.written
        draft = written.draft if written and written.draft else drafted.draft
        return Answer(
            question=text,
            standalone_question=drafted.alone,
            outcome=draft.outcome,
            reason=draft.reason,
            risk_subject=screening.risk_subject,
            summary=draft.summary,
            sections=draft.sections,
            positions=draft.positions,
            differences=draft.differences,
            next_steps=draft.next_steps,
            choices=draft.choices,
            related=draft.related,
            citations=draft.citations,
            engine=self._engine(written),
            usage=written.usage if written else None,
            timings_ms=watch.spent,
        )

    def _engine(self, written: Written | None) -> Engine:
        """What made the answer, a chat model's part in it included."""
        engine = self.engine()
        if written is None or self.generator is None:
            return engine
        return engine.model_copy(
            update={
                "mode": "generated" if written.draft else "extractive",
                "model": str(self.generator.writer.address),
                "fallback_reason": written.fallback_reason,
                "withheld": written.withheld,
            }
        )

    def _checked(
        self,
        answer: Answer,
        drafted: _Drafted,
        screening: Screening,
        watch: Stopwatch,
        since: float,
    ) -> Answer:
        """The answer, once every citation in it was seen to resolve."""
        report = verify(answer, self.library, self.documents)
        watch.lap("verify", since)
        if not report.ok:
            written = drafted.written
            if written is not None and written.draft is not None:
                # What was composed without the model is still there.
                plain = replace(written, draft=None, fallback_reason="unverified")
                drafted = replace(drafted, written=plain)
                again = self._answer(answer.question, drafted, screening, watch)
                return self._checked(again, drafted, screening, watch, time.perf_counter())
            return self._fixed(answer.question, "failed", None, screening, watch)
        return answer.model_copy(update={"timings_ms": dict(watch.spent)})

    def _help_or_decline(self, asked: _Asked, screening: Screening, watch: Stopwatch) -> Answer:
        text, outcome = asked.text, screening.outcome or "declined"
        answer = self._fixed(text, outcome, screening.reason, screening, watch)
        if by_nearness_alone(screening):
            return answer.model_copy(update={"danger_uncertain": True})
        if screening.reason not in {"crisis_other", "safeguarding"}:
            return answer
        helped = self._with_escalation(answer, screening.reason)
        try:
            return self._with_what_was_asked(helped, asked, watch)
        except Exception:
            # Help must not be lost because the library could not be searched.
            return helped

    def _with_escalation(self, answer: Answer, reason: Reason) -> Answer:
        """Help for somebody else's danger, with what guidance says to people at work about acting
        on it; nothing of that for whoever plainly asks from another side."""
        if side_of(answer.question) in {"person", "carer"}:
            return answer
        brief = self.library.briefs.get(self.wording.text(f"escalation_brief_{reason}"))
        if brief is None:
            return answer
        book = CitationBook(self.library)
        section = Section(
            kind="recommendation",
            heading=self.wording.text("escalation_heading"),
            statements=tuple(book.sentence(s) for s in brief.lead[:ESCALATION_STATEMENTS]),
        )
        return answer.model_copy(update={"sections": (section,), "citations": book.citations()})

    def _with_what_was_asked(self, answer: Answer, asked: _Asked, watch: Stopwatch) -> Answer:
        """The same help, and below it what the library says to the question that was asked: about
        somebody else's danger people ask in order to act, and many only ask about the work."""
        now = time.perf_counter()
        words = without_labels(asked.text)
        found = self.retriever.search(words, top=SEARCH_DEPTH, filters=asked.filters)
        now = watch.lap("retrieve", now)
        draft = self.composer.compose(words, found, asked.user)
        watch.lap("compose", now)
        if draft.outcome not in {"answered", "partial"}:
            return answer
        said, citations = joined(draft.summary, draft.citations, answer.citations)
        section = Section(
            kind="recommendation",
            heading=self.wording.text("escalation_question_heading"),
            statements=said,
        )
        return answer.model_copy(
            update={
                "sections": (*answer.sections, section),
                "citations": citations,
                "timings_ms": dict(watch.spent),
            }
        )

    def _fixed(
        self,
        text: str,
        outcome: Outcome,
        reason: Reason | None,
        screening: Screening,
        watch: Stopwatch,
    ) -> Answer:
        """An answer of fixed sentences and signposts, with nothing cited."""
        side = side_of(text)
        if reason == "crisis_self" and not by_nearness_alone(screening):
            # A rule saw the writer's own danger in the words: then it is theirs.
            side = None
        message = self.messages.for_key(reason or "failed").to(side)
        return Answer(
            question=text,
            standalone_question=text,
            outcome=outcome,
            reason=reason,
            risk_subject=screening.risk_subject,
            summary=tuple(Statement(text=line) for line in message.lead),
            next_steps=(*message.steps, *message.close),
            signposts=self.signposts.for_reason(reason, text),
            engine=self.engine(),
            timings_ms=dict(watch.spent),
        )


_ENGLISH = frozenset(
    "the a an and or is are was be do does did can could should would will what who how why"
    " when where which i my me we our you your they them he she his her it its to of in on for"
    " with at by from not no if about have has had am im there this that any some as but so"
    " peer support worker workers psw supervision training".split()
)


def other_language(text: str, knows: Callable[[str], bool]) -> bool:
    """True when a text of some length is plainly not English.

    Another script, or six or more words of which hardly any is an English function word and fewer
    than three in five stand anywhere in the library.

    Args:
        text: the question.
        knows: whether the library holds a word.
    """
    letters = [c for c in text.lower() if c.isalpha()]
    foreign = sum(not ("a" <= c <= "z" or c in "éèêïôçñüöä") for c in letters)
    if foreign > 0.4 * max(len(letters), 1):
        return True
    words = re.findall(r"[^\W\d_]+", text.lower())
    if len(words) < 6 or sum(word in _ENGLISH for word in words) / len(words) >= 0.1:
        return False
    return sum(knows(word) for word in words) < 0.6 * len(words)
