"""Sorts an answer into the parts that readers see, for every way of showing it.

Text, Markdown and HTML share this order: help, summary, what added documents say, what to do, where
sources disagree, what the sources say (by strength), what is not settled, what our own lines say
about the evidence. Under a refusal no citation survives.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import cast

from assistant.interface import ENGLISH, Texts
from assistant.presentation.words import REFUSALS, STRENGTH_ORDER, Strength, strength
from assistant.schema import (
    Answer,
    Choice,
    Citation,
    DetailKind,
    Difference,
    Position,
    Section,
    Signpost,
    Statement,
)

HEADINGS = ENGLISH.group("headings")
DIFFERENCES = {kind: ENGLISH(f"answer.differ_{kind}") for kind in ("force", "number")}
LOCAL_DIFFERENCE = ENGLISH("answer.differ_local")
QUOTED = "quoted word for word"
"""What was read of an added document, in what is exported."""
DETAIL_WORDS = cast(dict[DetailKind, str], ENGLISH.group("personal"))
FALLBACK_WORDS = ENGLISH.group("fallbacks")
"""Why a chat model's words are not shown, to follow "was asked to word the summary;"."""


@dataclass(frozen=True)
class Plan:
    """The parts of one answer in reading order.

    ``plain`` says that nothing is cited: steps are lines then, without a heading. ``alone`` says
    that help stands by itself. ``aside`` is what is asked of the worker after the help: a question
    is not a step. ``to_question`` is what the library says to the question itself, below help for
    somebody else. ``documents`` are the sections of what added documents say. ``caveat`` is our own
    line on what a partial answer lacks; ``about`` are our other lines: whom the evidence is about,
    and who does not speak in it. ``made_by`` says what a chat model did, where one was asked.
    ``read`` is how the question was read: the name of a sentence, and the question in it. ``texts``
    are the sentences that all is worded in.
    """

    plain: bool
    alone: bool
    notice: str
    summary: tuple[Statement, ...]
    caveat: tuple[Statement, ...]
    documents: tuple[Section, ...]
    steps: tuple[Statement, ...]
    steps_heading: str
    aside: tuple[Statement, ...]
    signposts: tuple[Signpost, ...]
    positions: tuple[Position, ...]
    differences: tuple[Difference, ...]
    said: tuple[tuple[Strength, tuple[Statement, ...]], ...]
    to_question: tuple[Statement, ...]
    nearby: tuple[Statement, ...]
    unsettled: tuple[Statement, ...]
    about: tuple[Statement, ...]
    choices: tuple[Choice, ...]
    related: tuple[str, ...]
    related_heading: str
    citations: tuple[Citation, ...]
    read: tuple[str, str]
    left_out: str
    made_by: str
    texts: Texts = ENGLISH

    @property
    def read_as(self) -> str:
        """How the question was read, in a sentence; nothing where that adds nothing."""
        name, question = self.read
        return self.texts(name, question=question) if name else ""


def plan(answer: Answer, texts: Texts = ENGLISH) -> Plan:
    """What to show of an answer, and in which order."""
    alone = answer.outcome == "signposted" and answer.reason == "crisis_self"
    plain = alone or answer.outcome in REFUSALS
    citations = () if plain else answer.citations
    body = tuple(s for s in answer.sections if s.kind not in ("document", "practice", "gap"))
    documents = tuple(s for s in answer.sections if s.kind == "document" and s.statements)
    practice = [s for p in answer.sections if p.kind == "practice" for s in p.statements]
    gaps = tuple(s for g in answer.sections if g.kind == "gap" for s in g.statements)
    caveat = _caveat(answer)
    steps = tuple(practice) + tuple(_as_statement(step) for step in answer.next_steps)
    helps = answer.outcome == "signposted" and not alone
    below = body[1:] if helps else ()
    loose = tuple(s for section in body if section not in below for s in section.statements)
    aside = tuple(s for s in steps if helps and s.text.rstrip().endswith("?"))
    steps = tuple(s for s in steps if s not in aside)
    which = answer.outcome == "clarify"
    return Plan(
        plain=plain,
        alone=alone,
        notice=_notice(answer, texts),
        summary=answer.summary,
        caveat=caveat,
        documents=() if plain else documents,
        steps=steps,
        steps_heading=texts("headings.now" if answer.outcome == "signposted" else "headings.do"),
        aside=aside,
        signposts=answer.signposts,
        positions=() if plain else answer.positions,
        differences=() if plain else answer.differences,
        said=() if plain else by_strength(tuple(s for s in loose if s.citations), citations),
        to_question=tuple(s for section in below for s in section.statements),
        nearby=_nearby(loose + gaps if plain else loose, plain, alone),
        unsettled=() if plain else tuple(s for s in gaps if s.citations),
        about=() if plain else tuple(s for s in gaps if not s.citations and s not in caveat),
        choices=answer.choices,
        related=() if alone or asked_about(answer) else answer.related,
        related_heading=texts("headings.which" if which else "headings.related"),
        citations=citations,
        read=_read_as(answer, alone),
        left_out="" if answer.outcome == "signposted" else left_out(answer, False, texts),
        made_by="" if plain else made_by(answer, texts),
        texts=texts,
    )


def made_by(answer: Answer, texts: Texts = ENGLISH) -> str:
    """What a chat model did for an answer, in a sentence or two; nothing where none was asked."""
    engine = answer.engine
    if engine.model is None or not answer.citations:
        return ""
    if engine.mode == "extractive":
        why = texts.group("fallbacks").get(engine.fallback_reason or "")
        name = "answer.made_without" if why else "answer.made_without_other"
        return texts(name, model=engine.model, why=why)
    made, count = texts("answer.made_by", model=engine.model), len(engine.withheld)
    if count == 0:
        return made
    more = texts("answer.withheld_one" if count == 1 else "answer.withheld", n=count)
    return f"{made} {more}"


def _caveat(answer: Answer) -> tuple[Statement, ...]:
    """Our own line on what a partial answer lacks. It opens the part on gaps that it belongs to;
    what else is ours there stands after what is cited."""
    if answer.outcome != "partial":
        return ()
    first = [g.statements[0] for g in answer.sections if g.kind == "gap" and g.statements]
    return tuple(s for s in first if not s.citations)


def _read_as(answer: Answer, alone: bool) -> tuple[str, str]:
    """How a question was read that leaned on the one before; nothing where that adds nothing."""
    if alone or _bare(answer.standalone_question) in {_bare(answer.question), ""}:
        return "", ""
    about = asked_about(answer)
    return ("answer.read_about", about) if about else ("answer.read_as", answer.standalone_question)


def _bare(question: str) -> str:
    return " ".join(re.findall(r"\w+", question.lower()))


def asked_about(answer: Answer) -> str:
    """The earlier question, where an answer only gives that one's answer in another shape ("who
    says so?"). Such a follow-up stands alone as itself with the earlier question in brackets."""
    whole, opening = answer.standalone_question, f"{answer.question} ("
    return whole[len(opening) : -1] if whole.startswith(opening) and whole.endswith(")") else ""


def left_out(answer: Answer, shown_back: bool, texts: Texts = ENGLISH) -> str:
    """Which personal details were left out; ``shown_back`` repeats them, for the asker's own
    screen alone."""
    names = texts.group("personal")
    words = []
    for detail in answer.personal_details:
        name = names[detail.kind]
        words.append(f"{name} ({detail.text})" if shown_back and detail.text else name)
    details = ", ".join(dict.fromkeys(words))
    return texts("answer.left_out", details=details) if words else ""


def by_strength(
    statements: tuple[Statement, ...], citations: tuple[Citation, ...]
) -> tuple[tuple[Strength, tuple[Statement, ...]], ...]:
    """Statements grouped by the strength of what they rest on; a mixed one goes with the weakest,
    so that opinion never borrows the standing of law."""
    kinds = {c.n: strength(c.kind) for c in citations}
    groups: dict[Strength, list[Statement]] = {step: [] for step in STRENGTH_ORDER}
    for statement in statements:
        steps = [kinds[n] for n in statement.citations if n in kinds]
        weakest = max(steps, key=STRENGTH_ORDER.index) if steps else "opinion"
        groups[weakest].append(statement)
    return tuple((step, tuple(found)) for step, found in groups.items() if found)


def _nearby(found: tuple[Statement, ...], plain: bool, alone: bool) -> tuple[Statement, ...]:
    """What stands as plain lines: everything under a refusal, else what cites nothing."""
    return () if alone else tuple(s for s in found if plain or not s.citations)


def _notice(answer: Answer, texts: Texts) -> str:
    """A line of ours over an incomplete answer, unless the answer brings its own."""
    said = [*answer.summary, *(s for section in answer.sections for s in section.statements)]
    if any(not statement.citations for statement in said):
        return ""
    if answer.outcome == "partial":
        return texts("answer.partial")
    return texts("answer.not_in_library") if answer.outcome == "not_in_library" else ""


def _as_statement(step: Statement | str) -> Statement:
    return step if isinstance(step, Statement) else Statement(text=step)


def side_labels(difference: Difference) -> tuple[str, str]:
    """What stands before the two sides of a difference, where they have names of their own."""
    if not difference.local:
        return "", ""
    return f"{HEADINGS['own']}: ", f"{HEADINGS['national']}: "
