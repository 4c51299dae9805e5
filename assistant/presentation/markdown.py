"""Answers as Markdown, with a reference list, for papers and e-mails.

At the end stands a record (``record``) by which ``verify`` checks the file later.
"""

from __future__ import annotations

import re
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
from assistant.presentation.record import record_of, statements_of
from assistant.presentation.words import (
    BASIS_WORDS,
    KIND_WORDS,
    STATUS_WORDS,
    STRENGTH_HEADINGS,
    STRENGTH_WORDS,
    country,
    full_reference,
    is_foreign,
    link,
    strength,
    voice,
)
from assistant.schema import Answer, Citation, Position, Statement


def answer_to_markdown(answer: Answer, record: bool = True) -> str:
    """The whole answer with its references; no marks and no references under a refusal.

    Args:
        answer: what to export.
        record: whether to end with what is needed to check it later; without it, the text is for
            putting into another text.
    """
    parts = plan(answer)
    body = _body(answer, parts)
    return body + f"\n{_record(answer, body, parts)}\n" if record else body


def _record(answer: Answer, body: str, parts: Plan) -> str:
    known = {citation.n for citation in parts.citations}
    lines = [
        (statement, _line(statement, parts))
        for _, statement in statements_of(answer)
        if known.issuperset(statement.citations)
    ]
    return record_of(answer, body, lines)


def _body(answer: Answer, parts: Plan) -> str:
    help_lines = [f"- **{_safe(s.name)}**: {_safe(s.contact)} ({s.hours})" for s in parts.signposts]
    blocks = [
        f"# {_safe(answer.question)}",
        f"*{_safe(parts.read_as)}*" if parts.read_as else "",
        f"*{_safe(parts.left_out)}*" if parts.left_out else "",
        f"**{parts.notice}**" if parts.notice else "",
        "\n\n".join(_line(s, parts) for s in parts.summary),
        "\n\n".join(f"*{_line(s, parts)}*" for s in parts.caveat),
        *(_listed(_safe(s.heading), s.statements, parts) for s in parts.documents),
        "\n".join(help_lines) if parts.alone else "",
        _listed(parts.steps_heading, parts.steps, parts) if not parts.plain else "",
        "\n".join(help_lines) if not parts.alone else "",
        "\n\n".join(_line(s, parts) for s in parts.steps) if parts.plain else "",
        "\n\n".join(_line(s, parts) for s in parts.aside),
        "\n".join(f"- {_safe(choice.label)}" for choice in parts.choices),
        _positions(parts.positions, parts),
        _differences(parts),
        _said(parts),
        _listed(HEADINGS["question"], parts.to_question, parts),
        "\n\n".join(_line(s, parts) for s in parts.nearby),
        _listed(HEADINGS["unsettled"], parts.unsettled, parts),
        _listed(HEADINGS["about"], parts.about, parts),
        f"*{_safe(parts.made_by)}*" if parts.made_by else "",
        _related(parts),
        _references(parts.citations),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _line(statement: Statement, parts: Plan) -> str:
    known = {c.n: c for c in parts.citations}
    found = [_mark(known[n]) for n in statement.citations if n in known]
    return _safe(statement.text) + (f" {''.join(found)}" if found else "")


def _mark(citation: Citation) -> str:
    abroad = f", {country(citation.jurisdiction)}" if is_foreign(citation.jurisdiction) else ""
    return f"[{citation.n}{abroad}]"


def _listed(title: str, statements: Sequence[Statement], parts: Plan, level: int = 2) -> str:
    if not statements:
        return ""
    rows = "\n".join(f"- {_line(statement, parts)}" for statement in statements)
    return f"{'#' * level} {title}\n\n{rows}"


def _positions(positions: Sequence[Position], parts: Plan) -> str:
    if not positions:
        return ""
    blocks = [
        f"### {_safe(p.position)}\n\n*{_safe(p.held_by)}*\n\n"
        + "\n".join(f"- {_line(s, parts)}" for s in p.statements)
        for p in positions
    ]
    return "\n\n".join([f"## {HEADINGS['disagree']}", *blocks])


def _differences(parts: Plan) -> str:
    if not parts.differences:
        return ""
    blocks = [
        f"{LOCAL_DIFFERENCE if d.local else DIFFERENCES[d.kind]}\n\n"
        + "\n".join(
            f"- {label}{_line(s, parts)}"
            for label, s in zip(side_labels(d), d.statements, strict=True)
        )
        for d in parts.differences
    ]
    return "\n\n".join([f"## {HEADINGS['differ']}", *blocks])


def _said(parts: Plan) -> str:
    if not parts.said:
        return ""
    blocks = [_listed(STRENGTH_HEADINGS[step], found, parts, 3) for step, found in parts.said]
    return "\n\n".join([f"## {HEADINGS['say']}", *blocks])


def _related(parts: Plan) -> str:
    if not parts.related:
        return ""
    rows = "\n".join(f"- {_safe(question)}" for question in parts.related)
    return f"## {parts.related_heading}\n\n{rows}"


def _references(citations: Sequence[Citation]) -> str:
    if not citations:
        return ""
    return f"## {HEADINGS['sources']}\n\n" + "\n".join(_reference(c) for c in citations)


def _reference(citation: Citation) -> str:
    facts = [
        KIND_WORDS[citation.kind].lower()
        if citation.span
        else f"{STRENGTH_WORDS[strength(citation.kind)]}: {KIND_WORDS[citation.kind].lower()}",
        country(citation.jurisdiction),
        voice(citation.who_speaks).lower(),
        QUOTED if citation.span else f"read {BASIS_WORDS[citation.basis]}",
        f"{'added' if citation.span else 'checked'} {citation.checked:%d.%m.%Y}",
    ]
    if citation.status != "current":
        facts.insert(0, f"**{STATUS_WORDS[citation.status]}**")
    address = link(citation.url, citation.doi)
    where = f" <{address}>" if address else ""
    named = f"{called(citation)}." if citation.span else full_reference(citation)
    return (
        f"{citation.n}. {_safe(named)} {_safe(citation.locator)}.{where} "
        f"({'; '.join(fact for fact in facts if fact)})"
    )


def _safe(words: str) -> str:
    """Text that Markdown readers show as it is: no markup of its own, on one line."""
    folded = re.sub(r"\s+", " ", words).strip()
    return re.sub(r"([\\`*_\[\]<>#|])", r"\\\1", folded)
