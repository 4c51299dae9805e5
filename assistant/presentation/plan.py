"""Sorts an answer into the parts that readers see, for every way of showing it.

Text, Markdown and HTML share this order: help, summary, what added documents say, what to do, where
sources disagree, what the sources say (by strength), what is not settled, what our own lines say
about the evidence. Under a refusal no citation survives.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

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

HEADINGS = {
    "do": "Before you act",
    "now": "Now",
    "disagree": "Where sources disagree",
    "say": "What the sources say",
    "differ": "Possible differences",
    "unsettled": "Not settled",
    "about": "About this evidence",
    "sources": "Sources",
    "related": "You could also ask",
    "own": "Your document",
    "national": "National guidance",
    "which": "Which do you mean?",
    "elsewhere": "In Scotland, Wales or Northern Ireland, and for Deaf people",
}
READ_AS = "Read as: {question}"
READ_ABOUT = "About the answer to: {question}"
DIFFERENCES = {
    "force": "These two may differ in how binding they are. Read both sources.",
    "number": "These two may give different figures. Read both sources.",
}
LOCAL_DIFFERENCE = (
    "A possible difference, found by comparing words. Read both before you act on it."
)
QUOTED = "quoted word for word"
DETAIL_WORDS: dict[DetailKind, str] = {
    "name": "a name",
    "nhs-number": "an NHS number",
    "national-insurance": "a National Insurance number",
    "phone": "a phone number",
    "email": "an email address",
    "address": "an address",
    "date-of-birth": "a date of birth",
}
LEFT_OUT = "Left out of the search and of what is saved: {details}."
MADE_BY = "The summary was worded by {model}; each sentence was checked against its sources."
MADE_WITHOUT = "{model} was asked to word the summary; {why}. These are the library's own words."
WITHHELD = (
    "",
    "One more is not shown, because it did not pass.",
    "{n} more are not shown, because they did not pass.",
)
FALLBACK_WORDS = {
    "no_package": "the package that reaches it is not installed",
    "no_key": "there is no key for it",
    "unauthorised": "its key was not taken",
    "unknown_model": "its server does not know it",
    "unreachable": "it could not be reached",
    "timed_out": "it took too long",
    "rate_limited": "it takes no more questions just now",
    "server_error": "it failed",
    "cut_off": "its reply broke off",
    "too_long": "the evidence is too long for it",
    "empty": "it said nothing",
    "budget": "today's budget for it is spent",
    "paused": "it failed several times and is left alone for a while",
    "busy": "too many questions are with it at once",
    "forbidden": "models on other machines are forbidden here",
    "cancelled": "it was stopped",
    "refused": "it refused",
    "no_form": "its reply was not in the form asked for",
    "nothing_passed": "its sources did not bear out what it wrote",
    "one_sided": "it gave one side only where sources disagree",
    "judge_failed": "the model that has to agree with the checks could not be used",
    "unverified": "what it wrote did not pass the last check",
}
"""Why a chat model's words are not shown, to follow "was asked to word the summary;"."""
NOTICES = {
    "partial": "The library answers only part of this.",
    "not_in_library": "The library does not say.",
}


@dataclass(frozen=True)
class Plan:
    """The parts of one answer in reading order. ``plain`` says that nothing is cited: steps are
    lines then, without a heading. ``alone`` says that help stands by itself. ``aside`` is what is
    asked of the worker after the help: a question is not a step. ``documents`` are the sections of
    what added documents say. ``caveat`` is our own line on what a partial answer lacks; ``about``
    are our other lines: whom the evidence is about, and who does not speak in it. ``made_by`` says
    what a chat model did, where one was asked."""

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
    nearby: tuple[Statement, ...]
    unsettled: tuple[Statement, ...]
    about: tuple[Statement, ...]
    choices: tuple[Choice, ...]
    related: tuple[str, ...]
    related_heading: str
    citations: tuple[Citation, ...]
    read_as: str
    left_out: str
    made_by: str


def plan(answer: Answer) -> Plan:
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
    loose = tuple(s for section in body for s in section.statements)
    helps = answer.outcome == "signposted" and not alone
    aside = tuple(s for s in steps if helps and s.text.rstrip().endswith("?"))
    steps = tuple(s for s in steps if s not in aside)
    which = answer.outcome == "clarify"
    return Plan(
        plain=plain,
        alone=alone,
        notice=_notice(answer),
        summary=answer.summary,
        caveat=caveat,
        documents=() if plain else documents,
        steps=steps,
        steps_heading=HEADINGS["now" if answer.outcome == "signposted" else "do"],
        aside=aside,
        signposts=answer.signposts,
        positions=() if plain else answer.positions,
        differences=() if plain else answer.differences,
        said=() if plain else by_strength(tuple(s for s in loose if s.citations), citations),
        nearby=_nearby(loose + gaps if plain else loose, plain, alone),
        unsettled=() if plain else tuple(s for s in gaps if s.citations),
        about=() if plain else tuple(s for s in gaps if not s.citations and s not in caveat),
        choices=answer.choices,
        related=() if alone or asked_about(answer) else answer.related,
        related_heading=HEADINGS["which" if which else "related"],
        citations=citations,
        read_as=_read_as(answer, alone),
        left_out="" if answer.outcome == "signposted" else left_out(answer, shown_back=False),
        made_by="" if plain else made_by(answer),
    )


def made_by(answer: Answer) -> str:
    """What a chat model did for an answer, in a sentence or two; nothing where none was asked."""
    engine = answer.engine
    if engine.model is None or not answer.citations:
        return ""
    if engine.mode == "extractive":
        why = FALLBACK_WORDS.get(engine.fallback_reason or "", "it could not be used")
        return MADE_WITHOUT.format(model=engine.model, why=why)
    count = len(engine.withheld)
    more = WITHHELD[min(count, 2)].format(n=count)
    return f"{MADE_BY.format(model=engine.model)} {more}".strip()


def _caveat(answer: Answer) -> tuple[Statement, ...]:
    """Our own line on what a partial answer lacks. It opens the part on gaps that it belongs to;
    what else is ours there stands after what is cited."""
    if answer.outcome != "partial":
        return ()
    first = [g.statements[0] for g in answer.sections if g.kind == "gap" and g.statements]
    return tuple(s for s in first if not s.citations)


def _read_as(answer: Answer, alone: bool) -> str:
    """How a question was read that leaned on the one before; nothing where that adds nothing."""
    if alone or _bare(answer.standalone_question) in {_bare(answer.question), ""}:
        return ""
    about = asked_about(answer)
    if about:
        return READ_ABOUT.format(question=about)
    return READ_AS.format(question=answer.standalone_question)


def _bare(question: str) -> str:
    return " ".join(re.findall(r"\w+", question.lower()))


def asked_about(answer: Answer) -> str:
    """The earlier question, where an answer only gives that one's answer in another shape ("who
    says so?"). Such a follow-up stands alone as itself with the earlier question in brackets."""
    whole, opening = answer.standalone_question, f"{answer.question} ("
    return whole[len(opening) : -1] if whole.startswith(opening) and whole.endswith(")") else ""


def left_out(answer: Answer, shown_back: bool) -> str:
    """Which personal details were left out; ``shown_back`` repeats them, for the asker's own
    screen alone."""
    words = []
    for detail in answer.personal_details:
        name = DETAIL_WORDS[detail.kind]
        words.append(f"{name} ({detail.text})" if shown_back and detail.text else name)
    return LEFT_OUT.format(details=", ".join(dict.fromkeys(words))) if words else ""


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


def _notice(answer: Answer) -> str:
    """A line of ours over an incomplete answer, unless the answer brings its own."""
    said = [*answer.summary, *(s for section in answer.sections for s in section.statements)]
    own_words = any(not statement.citations for statement in said)
    return "" if own_words else NOTICES.get(answer.outcome, "")


def _as_statement(step: Statement | str) -> Statement:
    return step if isinstance(step, Statement) else Statement(text=step)


def side_labels(difference: Difference) -> tuple[str, str]:
    """What stands before the two sides of a difference, where they have names of their own."""
    if not difference.local:
        return "", ""
    return f"{HEADINGS['own']}: ", f"{HEADINGS['national']}: "
