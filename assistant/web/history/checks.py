"""Whether what an answer of an earlier day rests on still stands: its notes, then its sentences.

The replay is that of ``assistant.citations``; here it is counted by note, as a reader sees it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.citations import WORST_FIRST, Documents, Finding, statements_of, verify
from assistant.corpus import Library
from assistant.errors import ConfigurationError
from assistant.schema import Answer, Citation, DocumentStatus, Statement


@dataclass(frozen=True)
class Changed:
    """A note or passage that is not as it was. ``status`` is that of its source today, where that
    is what changed; ``question`` is the first that it helped to answer."""

    citation: Citation
    question: str
    finding: Finding
    status: DocumentStatus | None = None


@dataclass(frozen=True)
class Standing:
    """What became of what some answers rest on.

    Attributes:
        notes: how many different notes and passages they rest on.
        changed: those that are not as they were, or whose source has another status.
        unknown: those that cannot be read now, so that nothing is known of them.
        sentences: how many sentences would be put otherwise, though their notes are unchanged.
    """

    notes: int
    changed: tuple[Changed, ...] = ()
    unknown: tuple[Changed, ...] = ()
    sentences: int = 0


def standing(
    answers: Sequence[Answer], library: Library, documents: Documents | None = None
) -> Standing:
    """Hold answers against the library and the added documents of today."""
    seen: dict[str, Changed] = {}
    sentences = 0
    for answer in answers:
        findings = _by_note(answer, library, documents)
        for citation in answer.citations:
            found = Changed(
                citation,
                answer.question,
                findings[citation.n],
                _new_status(citation, library, documents),
            )
            before = seen.setdefault(citation.evidence_id, found)
            if _rank(found) < _rank(before):
                seen[citation.evidence_id] = found
        sentences += _reworded(answer, findings, library, documents)
    notes = tuple(seen.values())
    return Standing(
        notes=len(notes),
        changed=tuple(n for n in notes if n.finding != "unreadable" and _differs(n)),
        unknown=tuple(n for n in notes if n.finding == "unreadable"),
        sentences=sentences,
    )


def _differs(note: Changed) -> bool:
    return note.finding != "unchanged" or note.status is not None


def _rank(note: Changed) -> int:
    return WORST_FIRST.index(note.finding)


def _by_note(answer: Answer, library: Library, documents: Documents | None) -> dict[int, Finding]:
    """What became of each citation, by its number. Each is replayed as a statement that quotes its
    whole text, so that nothing but the note itself can be found fault with."""
    quoted = tuple(
        Statement(
            text=citation.text,
            citations=(citation.n,),
            evidence_ids=(citation.evidence_id,),
            stands_as=citation.stands_as,
            verbatim=True,
        )
        for citation in answer.citations
    )
    bare: dict[str, object] = {
        "summary": quoted,
        "sections": (),
        "positions": (),
        "differences": (),
        "next_steps": (),
    }
    checks = verify(answer.model_copy(update=bare), library, documents).statements
    numbers = (citation.n for citation in answer.citations)
    return {n: _of_note(check.finding) for n, check in zip(numbers, checks, strict=True)}


def _of_note(finding: Finding) -> Finding:
    """Two citations of one number contradict each other, which the replay sees in the quotation."""
    return "broken" if finding in ("unsupported", "edited") else finding


def _reworded(
    answer: Answer,
    findings: dict[int, Finding],
    library: Library,
    documents: Documents | None,
) -> int:
    """How many statements do not stand as they did, though all that they cite does."""
    cites = {where: statement.citations for where, statement in statements_of(answer)}
    changed = verify(answer, library, documents).changed()
    return sum(
        all(findings.get(n) == "unchanged" for n in cites.get(check.where, ())) for check in changed
    )


def _new_status(
    citation: Citation, library: Library, documents: Documents | None
) -> DocumentStatus | None:
    """The status of a source today, where it is another than it was."""
    source = library.sources.get(citation.source_id)
    today: str | None = source.status if source else None
    if citation.span is not None and documents is not None:
        try:
            today = documents.status(citation.source_id)
        except ConfigurationError:
            return None
    statuses: tuple[DocumentStatus, ...] = ("current", "review-due", "superseded", "retracted")
    return next((s for s in statuses if s == today and s != citation.status), None)
