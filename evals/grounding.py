"""Measures the gate: claims that their evidence does not bear out and that pass, and true ones that
are kept back, on pairs whose writers had not seen it.

Each pair is judged by the rules alone, with the fitted network and, where its packages are
installed, with the larger model too, so that the table shows what each adds. The baselines are
those of the network, which everybody has.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from assistant.assembly import Assistant
from assistant.corpus import Library
from assistant.grounding.gate import Gate, case_of
from assistant.grounding.records import Claim, Entails, Fault, Piece, Rest
from assistant.grounding.relations import relations
from evals.cases import GroundingCase
from evals.figures import Figure, Rule, Scored, Table, share
from evals.records import CaseRecord, Progress, match, produce

FALSE_PASS = "false claims that pass"
TRUE_PASS = "true claims that pass"
RULES = {
    FALSE_PASS: Rule(better="lower", tolerance=0.02),
    TRUE_PASS: Rule(tolerance=0.05),
}
DISTANCES = (("close to the note's words", 0.6), ("middling", 0.25), ("far", -1.0))
"""How much of a true claim stands in runs of three or more words of its note, at least."""

Pair = tuple[GroundingCase, "GroundingRecord"]


class GroundingRecord(CaseRecord):
    """What the gate made of one claim, by the rules alone, with the fitted network, and with the
    larger model where ``larger_judged``."""

    actual_fault: Fault | None = None
    actual_detail: str = ""
    rules_fault: Fault | None = None
    larger_fault: Fault | None = None
    larger_judged: bool = False
    distance: str = ""


def pieces_of(case: GroundingCase, library: Library) -> dict[str, Piece]:
    """The notes that a claim names, as the gate is given them."""
    found = {}
    for rest in case.rests_on:
        found[rest.note] = piece_of(rest.note, library, rest.text)
    return found


def piece_of(note_id: str, library: Library, text: str | None = None) -> Piece:
    """One note, as the gate is given it; with another text than today's where one is given."""
    note, source = library.notes[note_id], library.note_source[note_id]
    named = (source.title, source.published_in, *source.authors, *source.known_as)
    return Piece(
        key=note_id,
        text=note.text if text is None else text,
        source="; ".join(name for name in named if name),
        jurisdiction=source.jurisdiction,
        year=source.year,
    )


def claim_of(case: GroundingCase) -> Claim:
    """The claim of a case."""
    return Claim(case.text, tuple(Rest(rest.note, rest.words) for rest in case.rests_on))


def judge(
    case: GroundingCase,
    library: Library,
    entails: Entails | None,
    together: Entails | None = None,
) -> GroundingRecord:
    """One claim judged in each way that there is."""
    pieces, claim = pieces_of(case, library), claim_of(case)
    rules = Gate().judge(claim, pieces)
    whole = Gate(entails).judge(claim, pieces) if entails is not None else rules
    larger = Gate(together, weights="with_larger").judge(claim, pieces) if together else None
    copied = relations(
        case_of(case.text, [(pieces[rest.key], rest.words) for rest in claim.rests_on])
    ).copied
    return GroundingRecord(
        id=case.id,
        actual_fault=whole.fault,
        actual_detail=whole.detail,
        rules_fault=rules.fault,
        larger_fault=larger.fault if larger else None,
        larger_judged=larger is not None,
        distance=next(name for name, least in DISTANCES if copied >= least),
    )


def record(
    assistant: Assistant, cases: Sequence[GroundingCase], path: Path, progress: Progress
) -> list[GroundingRecord]:
    """Judge every claim."""
    from assistant.assembly import entails_of, together_of, vector_model

    entails = entails_of(assistant.settings, vector_model(assistant.settings))
    together = together_of(assistant.settings, entails) if entails is not None else None

    def act(case: GroundingCase) -> GroundingRecord:
        return judge(case, assistant.library, entails, together)

    return produce(cases, act, GroundingRecord, path, progress)


def score(cases: Sequence[GroundingCase], records: Iterable[GroundingRecord]) -> Scored:
    """The figures of a record."""
    matched = match(cases, records)
    pairs = matched.pairs
    wrong = tuple(
        (case.id, case.kind, rec.actual_fault or "passes", case.text[:160])
        for case, rec in pairs
        if case.holds != (rec.actual_fault is None)
    )
    return Scored(
        figures=_figures(pairs),
        tables=(
            _by_kind(pairs),
            _by_distance(pairs),
            Table("Claims judged wrongly", ("case", "kind", "judged", "claim"), wrong),
        ),
        counts={
            "scored": len(pairs),
            "unscored": len(matched.unscored),
            "not run": len(matched.not_run),
        },
        errors=matched.errors,
    )


def _figures(pairs: Sequence[Pair]) -> dict[str, Figure]:
    false = [rec for case, rec in pairs if not case.holds]
    true = [rec for case, rec in pairs if case.holds]
    figures = {
        FALSE_PASS: share([rec.actual_fault is None for rec in false]),
        TRUE_PASS: share([rec.actual_fault is None for rec in true]),
        f"{FALSE_PASS}, rules alone": share([rec.rules_fault is None for rec in false]),
        f"{TRUE_PASS}, rules alone": share([rec.rules_fault is None for rec in true]),
    }
    if any(rec.larger_judged for _, rec in pairs):
        figures[f"{FALSE_PASS}, larger model"] = _by_larger(false)
        figures[f"{TRUE_PASS}, larger model"] = _by_larger(true)
    return figures


def _by_larger(records: Sequence[GroundingRecord]) -> Figure:
    return share([rec.larger_fault is None for rec in records if rec.larger_judged])


def _row(name: str, records: Sequence[GroundingRecord]) -> tuple[str, ...]:
    whole = share([rec.actual_fault is None for rec in records])
    rules = share([rec.rules_fault is None for rec in records])
    return (name, str(len(records)), _shown(whole), _shown(_by_larger(records)), _shown(rules))


def _shown(figure: Figure) -> str:
    if figure.value is None or figure.low is None or figure.high is None:
        return "–"
    return f"{figure.value:.0%} ({figure.low:.0%} to {figure.high:.0%})"


def _by_kind(pairs: Sequence[Pair]) -> Table:
    kinds = sorted({case.kind for case, _ in pairs if not case.holds})
    rows = [_row(kind, [r for c, r in pairs if c.kind == kind and not c.holds]) for kind in kinds]
    return Table(
        "False claims that pass, by kind",
        ("kind", "claims", "pass", "larger model", "rules alone"),
        tuple(rows),
    )


def _by_distance(pairs: Sequence[Pair]) -> Table:
    rows = [
        _row(name, [r for c, r in pairs if c.holds and r.distance == name])
        for name, _ in DISTANCES
        if any(c.holds and r.distance == name for c, r in pairs)
    ]
    return Table(
        "True claims that pass, by distance from the note's words",
        ("distance", "claims", "pass", "larger model", "rules alone"),
        tuple(rows),
    )
