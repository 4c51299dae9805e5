"""Answers as plain text for a terminal, with or without colour."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence

from assistant.presentation.documents import called
from assistant.presentation.plan import (
    DIFFERENCES,
    HEADINGS,
    LOCAL_DIFFERENCE,
    QUOTED,
    Plan,
    plan,
    side_labels,
)
from assistant.presentation.words import (
    BASIS_WORDS,
    KIND_WORDS,
    STATUS_WORDS,
    STRENGTH_HEADINGS,
    country,
    is_foreign,
    link,
    reference,
)
from assistant.schema import Answer, Citation, Signpost, Statement

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class _Page:
    """Collects wrapped lines."""

    def __init__(self, width: int, colour: bool) -> None:
        self.width = max(width, 30)
        self.colour = colour
        self.lines: list[str] = []

    def heading(self, words: str) -> None:
        """A heading with space above it."""
        self.lines += ["", self._bold(words)]

    def put(self, words: str, bullet: str = "") -> None:
        """One wrapped paragraph; escape sequences in the text cannot reach the terminal."""
        clean = _CONTROL.sub("", " ".join(words.split()))
        self.lines += textwrap.wrap(
            clean,
            self.width,
            initial_indent=bullet,
            subsequent_indent=" " * len(bullet),
            break_long_words=False,
            break_on_hyphens=False,
        ) or [""]

    def _bold(self, words: str) -> str:
        return f"\x1b[1m{words}\x1b[0m" if self.colour else words

    def text(self) -> str:
        """All lines."""
        return "\n".join(self.lines).strip("\n") + "\n"


def answer_to_text(answer: Answer, width: int = 80, colour: bool = False) -> str:
    """The whole answer, wrapped to ``width``; ``colour`` makes headings bold."""
    parts = plan(answer)
    page = _Page(width, colour)
    for words in (parts.read_as, parts.left_out, parts.notice):
        if words:
            page.put(words)
    for statement in parts.summary:
        page.put(_line(statement, parts))
    for statement in parts.caveat:
        page.put(f"({_line(statement, parts)})")
    for section in parts.documents:
        _listed(page, section.heading, section.statements, parts)
    if not parts.plain:
        _listed(page, parts.steps_heading, parts.steps, parts)
    _signposts(page, parts.signposts)
    after = (parts.steps if parts.plain else ()) + parts.aside
    if after:
        page.lines.append("")
    for line in after:
        page.put(_line(line, parts))
    _evidence(page, parts)
    return page.text()


def _evidence(page: _Page, parts: Plan) -> None:
    if parts.positions:
        page.heading(HEADINGS["disagree"])
    for position in parts.positions:
        page.put(f"{position.position} {position.held_by}", "* ")
        for statement in position.statements:
            page.put(_line(statement, parts), "    - ")
    if parts.differences:
        page.heading(HEADINGS["differ"])
    for difference in parts.differences:
        page.put(LOCAL_DIFFERENCE if difference.local else DIFFERENCES[difference.kind])
        for label, statement in zip(side_labels(difference), difference.statements, strict=True):
            page.put(label + _line(statement, parts), "  - ")
    for step, found in parts.said:
        _listed(page, STRENGTH_HEADINGS[step], found, parts)
    _listed(page, HEADINGS["question"], parts.to_question, parts)
    for statement in parts.nearby:
        page.put(_line(statement, parts))
    _listed(page, HEADINGS["unsettled"], parts.unsettled, parts)
    _listed(page, HEADINGS["about"], parts.about, parts)
    if parts.made_by:
        page.lines.append("")
        page.put(parts.made_by)
    for number, choice in enumerate(parts.choices, 1):
        page.put(choice.label, f"{number}. ")
    if parts.related:
        page.heading(parts.related_heading)
    for question in parts.related:
        page.put(question, "- ")
    if parts.citations:
        page.heading(HEADINGS["sources"])
    for citation in parts.citations:
        page.put(_reference(citation), f"[{citation.n}] ")


def _listed(page: _Page, title: str, statements: Sequence[Statement], parts: Plan) -> None:
    if statements:
        page.heading(title)
    for statement in statements:
        page.put(_line(statement, parts), "- ")


def _signposts(page: _Page, signposts: Sequence[Signpost]) -> None:
    if signposts:
        page.lines.append("")
    for folded in (False, True):
        part = [signpost for signpost in signposts if signpost.folded == folded]
        if folded and part:
            page.heading(HEADINGS["elsewhere"])
        for signpost in part:
            page.put(f"{signpost.name}: {signpost.contact}. {signpost.hours}.", "* ")


def _line(statement: Statement, parts: Plan) -> str:
    known = {c.n: c for c in parts.citations}
    found = [_mark(known[n]) for n in statement.citations if n in known]
    return statement.text + (" " + "".join(found) if found else "")


def _mark(citation: Citation) -> str:
    place = f", {country(citation.jurisdiction)}" if is_foreign(citation.jurisdiction) else ""
    return f"[{citation.n}{place}]"


def _reference(citation: Citation) -> str:
    facts = [KIND_WORDS[citation.kind], country(citation.jurisdiction)]
    facts.append(BASIS_WORDS[citation.basis] if citation.span is None else QUOTED)
    if citation.status != "current":
        facts.insert(0, STATUS_WORDS[citation.status].upper())
    address = link(citation.url, citation.doi)
    named = f"{called(citation)}." if citation.span else f"{reference(citation)}. {citation.title}."
    return (f"{named} {citation.locator}. ({', '.join(facts)}) {address}").strip()
