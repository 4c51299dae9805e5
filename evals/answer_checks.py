"""Looks at one recorded answer: do its citations hold, what does it show, what does it name?

Pure functions on an ``Answer``; nothing is searched or asked here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from assistant.answering.select import is_home
from assistant.citations import statements_of
from assistant.corpus import names_its_country
from assistant.schema import Answer, Citation, Statement
from evals.cases import plain

ANSWERS = frozenset({"answered", "partial"})
REFUSALS = frozenset({"not_in_library", "declined", "clarify"})
NO_COUNTRY = frozenset({"International", "not stated"})


def answers(answer: Answer) -> bool:
    """True when the library's words are given as an answer, in full or in part."""
    return answer.outcome in ANSWERS


def refuses(answer: Answer) -> bool:
    """True when the assistant says that it does not answer this."""
    return answer.outcome in REFUSALS


def citations_hold(answer: Answer) -> bool:
    """True when every number resolves, every citation is used, none is listed twice, and every
    statement that says what sources say carries one."""
    listed = [citation.n for citation in answer.citations]
    statements = [statement for _, statement in statements_of(answer)]
    used = {n for statement in statements for n in statement.citations}
    bare = any(s.stands_as is not None and not s.citations for s in statements)
    summary_cited = not answers(answer) or all(s.citations for s in answer.summary)
    return len(set(listed)) == len(listed) and set(listed) == used and not bare and summary_cited


def cites_any(answer: Answer, notes: Iterable[str]) -> bool:
    """True when any of the notes is cited."""
    return not {c.evidence_id for c in answer.citations}.isdisjoint(notes)


def summary_cites_any(answer: Answer, notes: Iterable[str]) -> bool:
    """True when any of the notes is cited by the summary."""
    return not {c.evidence_id for c in summary_citations(answer)}.isdisjoint(notes)


def summary_citations(answer: Answer) -> list[Citation]:
    """The citations that the summary uses."""
    return _cited(answer, answer.summary)


def _cited(answer: Answer, statements: Sequence[Statement]) -> list[Citation]:
    used = {n for statement in statements for n in statement.citations}
    return [citation for citation in answer.citations if citation.n in used]


def foreign_only(answer: Answer) -> bool:
    """True when everything that the summary rests on is from other countries."""
    cited = summary_citations(answer)
    return bool(cited) and not any(
        is_home(c.jurisdiction) or c.jurisdiction in NO_COUNTRY for c in cited
    )


def names_countries(answer: Answer) -> bool:
    """True when each statement of the summary names the countries that it speaks of."""
    return all(
        names_its_country(statement.text, citation.jurisdiction)
        for statement in answer.summary
        for citation in _cited(answer, [statement])
    )


def summary_words(answer: Answer) -> int:
    """Words of the summary."""
    return sum(len(statement.text.split()) for statement in answer.summary)


def shown_text(answer: Answer) -> str:
    """All words that a reader sees as the answer, in plain form."""
    lines = [statement.text for _, statement in statements_of(answer)]
    lines += [step for step in answer.next_steps if isinstance(step, str)]
    return plain(" ".join(lines))


def says_any(answer: Answer, wrong: Iterable[str]) -> bool:
    """True when any of the wrong claims stands in the answer, word for word."""
    text = f" {shown_text(answer)} "
    return any(f" {plain(claim)} " in text for claim in wrong)
