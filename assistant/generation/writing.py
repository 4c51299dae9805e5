"""Asks a chat model for the summary, and keeps what its evidence bears out.

prompt → reply, read as it streams → each claim through the gate → where too little passed, what
failed is sent back once with the reason → the draft with the new summary; or the draft as it was,
with why. No claim is shown that did not pass. Nothing here decides whether to answer: that was done
before a model is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from assistant.answering.compose import Draft
from assistant.chat_models.records import Cancel, ChatModelError, Message, Reply, Writer
from assistant.errors import AssistantError
from assistant.generation.drafts import statement_of, with_summary
from assistant.generation.fencing import Fenced, Veil, fenced
from assistant.generation.prompt_files import Prompt
from assistant.generation.replies import ReplyReader, Said
from assistant.generation.rules import (
    MOST_CLAIMS,
    leans,
    rests_on_old_alone,
    takes_a_side,
    unlabelled_country,
)
from assistant.generation.second_opinions import Judge
from assistant.grounding.records import Claim, Piece
from assistant.schema import Evidence, Statement, Usage, User

FallbackReason = Literal["no_form", "nothing_passed", "one_sided", "judge_failed"]
"""Why a draft stays as it was, beside the faults of a call."""
Say = Callable[[Statement], None]
ENOUGH_CLAIMS = 2
"""With so many sentences that passed, nothing is sent back: readers wait for every call."""
READERS: dict[User, str] = {
    "psw": "a peer support worker",
    "manager": "a manager of a peer support service",
    "trainer": "a trainer of peer support workers",
}


@dataclass(frozen=True)
class Written:
    """What came of asking a model. ``draft`` is None where the composed draft is to be shown; then
    ``fallback_reason`` says why. ``withheld`` holds a reason for each claim that is not shown."""

    draft: Draft | None
    fallback_reason: str | None
    withheld: tuple[str, ...] = ()
    usage: Usage | None = None


@dataclass(frozen=True)
class _Heard:
    """A claim with what was found against it."""

    claim: Claim
    fault: str | None
    detail: str = ""


@dataclass
class _Session:
    """One question: what was sent, what came back, and what may be shown."""

    fenced: Fenced
    pieces: Mapping[str, Piece]
    draft: Draft
    say: Say
    heard: list[_Heard] = field(default_factory=list)
    calls: list[Reply] = field(default_factory=list)
    asked: int = 0

    def passed(self) -> list[Claim]:
        """The claims that may be shown, in order."""
        return [heard.claim for heard in self.heard if heard.fault is None]

    def one_sided(self) -> bool:
        """Whether sources disagree and what passed rests on one side alone."""
        return takes_a_side(self.passed(), self.fenced.evidence, self.draft.positions)

    def failed(self) -> list[tuple[int, _Heard]]:
        """The claims that may not, with their numbers."""
        return [(n, heard) for n, heard in enumerate(self.heard, 1) if heard.fault is not None]


class Generator:
    """Writes summaries with one model.

    Args:
        writer: the model.
        gate: what every claim has to pass.
        prompts: by file name.
        heading: over what the composed summary said, where the new one leaves it out.
        tokens: about how many of them the model reads at once.
        authors: family names of authors, whom a title does not make private persons.
    """

    def __init__(
        self,
        writer: Writer,
        gate: Judge,
        prompts: Mapping[str, Prompt],
        heading: str,
        *,
        tokens: int = 8000,
        authors: frozenset[str] = frozenset(),
    ) -> None:
        self.writer = writer
        self._gate = gate
        self._prompts = prompts
        self._heading = heading
        self._tokens = tokens
        self._authors = authors

    def write(
        self,
        question: str,
        draft: Draft,
        evidence: Sequence[Evidence],
        *,
        user: User | None = None,
        cancel: Cancel | None = None,
        say: Say = lambda statement: None,
    ) -> Written:
        """A draft whose summary the model wrote, or the reason why there is none.

        Args:
            question: standing alone, without personal details.
            draft: composed without a model.
            evidence: what it may rest on, best first; nothing is asked where there is none.
            user: who asks.
            cancel: stops the call.
            say: told each statement once it passed, unless sources disagree: then all are weighed
                together first.
        """
        veil = None if self.writer.address.local else Veil(self._authors)
        sent = fenced(evidence, tokens=self._tokens * 2 // 3, veil=veil)
        session = _Session(sent, sent.pieces(), draft, say)
        messages = self._messages(question, sent, draft, user)
        stop = cancel or Cancel()
        try:
            reply = self._hear(session, messages, stop)
            if len(session.passed()) < ENOUGH_CLAIMS or session.one_sided():
                self._send_back(session, messages, reply, stop)
        except ChatModelError as error:
            # What passed before the call broke off is only part of a summary.
            return self._without(session, error.fault)
        except AssistantError:
            # What checks claims cannot be used, so that none of them passed.
            return self._without(session, "judge_failed")
        return self._settled(session, evidence)

    # ------------------------------------------------------------ asking

    def _messages(
        self, question: str, sent: Fenced, draft: Draft, user: User | None
    ) -> tuple[Message, ...]:
        sides = "\n".join(f"- {p.position} ({p.held_by})" for p in draft.positions)
        return self._prompts["answer.md"].messages(
            question=question,
            evidence=sent.text,
            fence=sent.tag,
            positions=sides or "none",
            reader=READERS[user or "psw"],
            most=str(MOST_CLAIMS),
        )

    def _hear(self, session: _Session, messages: Sequence[Message], cancel: Cancel) -> Reply:
        """One call; its claims are judged as they come."""
        reader = ReplyReader()

        def hear(piece: str) -> None:
            for said in reader.feed(piece):
                self._take(session, said)

        session.asked += 1
        reply = self.writer.reply(messages, cancel=cancel, hear=hear)
        session.calls.append(reply)
        return reply

    def _send_back(
        self, session: _Session, messages: Sequence[Message], reply: Reply, cancel: Cancel
    ) -> None:
        """Once: what failed, with the reason."""
        faults = [f"{n}. {heard.fault}: {heard.detail}" for n, heard in session.failed()]
        if not session.heard:
            faults.append("No sentence could be read: keep to the form, one object a line.")
        if session.one_sided():
            faults.append("Sources disagree, and all of it rests on one side: add the other.")
        again = self._prompts["answer_again.md"].messages(faults="\n".join(faults))
        said = Message("assistant", reply.text[: self._tokens])
        try:
            self._hear(session, (*messages, said, *again), cancel)
        except ChatModelError:
            # What passed in the first reply stands by itself, unless the reader stopped it.
            if cancel.asked or not session.passed():
                raise

    def _take(self, session: _Session, said: Said) -> None:
        """Judge a claim and keep it in its place."""
        claim = session.fenced.returned(said.claim)
        passed = session.passed()
        if len(passed) >= MOST_CLAIMS or any(claim.text == before.text for before in passed):
            return
        heard = self._judged(claim, session)
        place = said.replaces
        if place is not None and 0 < place <= len(session.heard):
            if session.heard[place - 1].fault is None:
                return
            session.heard[place - 1] = heard
        else:
            session.heard.append(heard)
        if heard.fault is None and len(session.draft.positions) < 2:
            session.say(statement_of(heard.claim, session.fenced.evidence))

    def _judged(self, claim: Claim, session: _Session) -> _Heard:
        found = self._gate.judge(claim, session.pieces)
        if found.passes:
            found = unlabelled_country(claim, session.fenced.evidence)
        if not found.passes:
            return _Heard(claim, found.fault, found.detail)
        if rests_on_old_alone(claim, session.fenced.evidence):
            return _Heard(claim, "old", "rest it on evidence that is current")
        if leans(claim) and (not session.heard or session.heard[-1].fault is not None):
            return _Heard(claim, "leans", "make the sentence stand alone")
        return _Heard(claim, None)

    # ------------------------------------------------------------ settling

    def _settled(self, session: _Session, evidence: Sequence[Evidence]) -> Written:
        claims = session.passed()
        if not session.heard:
            return self._without(session, "no_form")
        if not claims:
            return self._without(session, "nothing_passed")
        if session.one_sided():
            return self._without(session, "one_sided")
        summary = [statement_of(claim, session.fenced.evidence) for claim in claims]
        draft = with_summary(session.draft, summary, evidence, self._heading)
        return Written(draft, None, self._withheld(session), self._usage(session))

    def _without(self, session: _Session, reason: str) -> Written:
        return Written(None, reason, self._withheld(session), self._usage(session))

    def _withheld(self, session: _Session) -> tuple[str, ...]:
        return tuple(str(heard.fault) for _, heard in session.failed())

    def _usage(self, session: _Session) -> Usage:
        """Tokens and cost of all calls; None where any call did not say."""
        return Usage(
            calls=session.asked,
            input_tokens=_total([call.input_tokens for call in session.calls], session.asked),
            output_tokens=_total([call.output_tokens for call in session.calls], session.asked),
            cost=_cost([call.cost for call in session.calls], session.asked),
        )


def _total(found: Sequence[int | None], calls: int) -> int | None:
    known = [number for number in found if number is not None]
    return sum(known) if known and len(known) == calls else None


def _cost(found: Sequence[float | None], calls: int) -> float | None:
    known = [number for number in found if number is not None]
    return round(sum(known), 6) if known and len(known) == calls else None
