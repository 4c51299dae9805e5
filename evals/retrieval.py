"""Measures the search: are the notes that should be found among the first ones?

A record holds the ids found, best first; with ``ablation`` also the order that each part of the
ranking gives alone. Measures come from ir_measures. A case for which nothing is expected cannot be
scored and is counted on its own; nothing found scores 0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import ir_measures
import numpy as np
from ir_measures import RR, P, R, Success, nDCG
from pydantic import Field

from assistant.assembly import Assistant
from assistant.corpus import Library
from assistant.retrieval import FIRST_PASS, WEIGHTS
from assistant.schema import Filters
from assistant.text import normalise
from evals.cases import RetrievalCase
from evals.figures import Figure, Rule, Scored, Table, average, shown, with_interval
from evals.records import CaseRecord, Progress, match, produce

DEPTH = 20
MEASURES = {
    "hit@5": Success @ 5,
    "recall@10": R @ 10,
    "ndcg@10": nDCG @ 10,
    "mrr@10": RR @ 10,
    "precision@5": P @ 5,
}
RULES = {
    "hit@5": Rule(tolerance=0.03),
    "recall@10": Rule(tolerance=0.02),
    "ndcg@10": Rule(tolerance=0.02),
    "mrr@10": Rule(tolerance=0.03),
    "hit@5 with judged": Rule(tolerance=0.03),
    "recall@10 with judged": Rule(tolerance=0.02),
}
PARTS: dict[str, Mapping[str, float]] = {
    "BM25 alone": {"lexical": 1.0},
    "body vectors": {"body": 1.0},
    "asks": {"ask": 1.0},
    "gist": {"gist": 1.0},
    "fused first pass": FIRST_PASS,
    "full ranking": WEIGHTS,
}
REFERENCE = (
    ("BM25, notes", 0.495, 0.367),
    ("MiniLM, notes", 0.475, 0.341),
    ("fused, notes", 0.585, 0.409),
    ("fused, notes and asks", 0.835, 0.574),
)
"""hit@5 and recall@10 of a plain search over the library before it was merged and mended, on the
200 questions of both splits together."""

Order = list[str]
Values = dict[str, dict[str, float]]
"""Measure, then case id, to value."""


class RetrievalRecord(CaseRecord):
    """What was found for one case, best first."""

    actual_notes: tuple[str, ...] = ()
    topic: str = ""
    actual_by_part: dict[str, tuple[str, ...]] = Field(default_factory=dict)


# ---------------------------------------------------------------- record


def record(
    assistant: Assistant,
    cases: Sequence[RetrievalCase],
    path: Path,
    progress: Progress,
    ablation: bool = True,
) -> list[RetrievalRecord]:
    """Search for every case, also with each part of the ranking alone."""

    def act(case: RetrievalCase) -> RetrievalRecord:
        found = assistant.search(case.question, top=DEPTH)
        return RetrievalRecord(
            id=case.id,
            actual_notes=tuple(evidence.evidence_id for evidence in found),
            topic=topic_of(assistant.library, (*case.expected_notes, *case.judged_notes)),
            actual_by_part=by_part(assistant, case.question) if ablation else {},
        )

    return produce(cases, act, RetrievalRecord, path, progress)


def topic_of(library: Library, notes: Sequence[str]) -> str:
    """The topic that most of some notes carry; the first by name among equals."""
    counts = Counter(
        topic for note in notes if note in library.notes for topic in library.notes[note].topics
    )
    return min(counts, key=lambda topic: (-counts[topic], topic), default="")


def by_part(assistant: Assistant, question: str) -> dict[str, tuple[str, ...]]:
    """The order that each part of the ranking alone gives the candidates of one question."""
    places, signals = assistant.retriever.signals(normalise(question), Filters())
    uids = [assistant.index.units[int(place)].uid for place in places]
    rows = [row for row, uid in enumerate(uids) if uid.startswith("note:")]
    orders = {}
    for name, weights in PARTS.items():
        scores = sum(
            (weight * signals[signal][rows] for signal, weight in weights.items()),
            start=np.zeros(len(rows), dtype=np.float32),
        )
        best = np.argsort(-scores, kind="stable")[:DEPTH]
        orders[name] = tuple(uids[rows[i]].removeprefix("note:") for i in best)
    return orders


# ---------------------------------------------------------------- score


def score(cases: Sequence[RetrievalCase], records: Iterable[RetrievalRecord]) -> Scored:
    """The figures of a record."""
    matched = match(cases, records)
    pairs = [(case, rec) for case, rec in matched.pairs if case.expected_notes]
    expected = {case.id: case.expected_notes for case, _ in pairs}
    values = measured(expected, {rec.id: rec.actual_notes for _, rec in pairs})
    figures = _averages(values)
    wider = {case.id: (*case.expected_notes, *case.judged_notes) for case, _ in pairs}
    judged = measured(wider, {rec.id: rec.actual_notes for _, rec in pairs})
    figures |= {f"{name} with judged": f for name, f in _averages(judged).items()}
    for label, of in (("user", _user), ("kind", _kind)):
        figures |= _grouped(label, values, [case for case, _ in pairs], of)
    return Scored(
        figures=figures,
        tables=(
            *_tables(figures, expected, wider, [rec for _, rec in pairs]),
            _by_topic(judged, [rec for _, rec in pairs]),
            _worst(judged, [case for case, _ in pairs]),
        ),
        counts={
            "scored": len(pairs),
            "nothing expected": len(matched.pairs) - len(pairs),
            "unscored": len(matched.unscored),
            "not run": len(matched.not_run),
        },
        errors=matched.errors,
    )


def measured(expected: Mapping[str, Sequence[str]], actual: Mapping[str, Sequence[str]]) -> Values:
    """Every measure of every case for which something is expected; nothing found scores 0."""
    values: Values = {name: {case: 0.0 for case in expected if expected[case]} for name in MEASURES}
    qrels = [ir_measures.Qrel(case, note, 1) for case, notes in expected.items() for note in notes]
    # Falling scores give ir_measures our own order; it would break ties by id.
    run = [
        ir_measures.ScoredDoc(case, note, 1.0 / rank)
        for case, notes in actual.items()
        for rank, note in enumerate(dict.fromkeys(notes), 1)
    ]
    names = {measure: name for name, measure in MEASURES.items()}
    if qrels and run:
        for metric in ir_measures.iter_calc(list(names), qrels, run):
            values[names[metric.measure]][metric.query_id] = float(metric.value)
    return values


def _averages(values: Values) -> dict[str, Figure]:
    return {name: average(list(by_case.values())) for name, by_case in values.items()}


def _grouped(
    label: str,
    values: Values,
    cases: Sequence[RetrievalCase],
    of: Callable[[RetrievalCase], str],
) -> dict[str, Figure]:
    """Figures by a group, named like ``hit@5 user=psw``."""
    groups: dict[str, list[str]] = {}
    for case in cases:
        groups.setdefault(of(case), []).append(case.id)
    return {
        f"{name} {label}={group}": average([values[name][case] for case in groups[group]])
        for group in sorted(groups)
        for name in values
        if name != "precision@5"
    }


def _user(case: RetrievalCase) -> str:
    return case.user


def _kind(case: RetrievalCase) -> str:
    return case.kind


def _by_topic(judged: Values, records: Sequence[RetrievalRecord]) -> Table:
    """hit@5 with judged labels for every topic that cases are about."""
    rows = []
    for topic in sorted({rec.topic for rec in records}):
        ids = [rec.id for rec in records if rec.topic == topic]
        hit = average([judged["hit@5"][case] for case in ids])
        rows.append((topic, with_interval(hit), str(hit.n)))
    return Table("hit@5 with judged labels, by topic", ("topic", "hit@5", "questions"), tuple(rows))


def _worst(judged: Values, cases: Sequence[RetrievalCase]) -> Table:
    rows = [(case.id, case.kind) for case in cases if judged["hit@5"][case.id] == 0]
    return Table("Cases to look at", ("case", "kind"), tuple(rows))


def _tables(
    figures: dict[str, Figure],
    expected: Mapping[str, Sequence[str]],
    wider: Mapping[str, Sequence[str]],
    records: Sequence[RetrievalRecord],
) -> Iterable[Table]:
    rows = [
        (name, shown(hit), shown(recall), "200, both splits") for name, hit, recall in REFERENCE
    ]
    hit, recall = figures["hit@5"], figures["recall@10"]
    rows.append(("this library and ranking", with_interval(hit), with_interval(recall), str(hit.n)))
    yield Table(
        "Beside the reference search", ("search", "hit@5", "recall@10", "questions"), tuple(rows)
    )
    if not records or not all(rec.actual_by_part for rec in records):
        return
    names = ("hit@5", "recall@10", "ndcg@10", "mrr@10")
    for labels, wanted in (("given labels", expected), ("with judged labels", wider)):
        ablated = []
        for part in PARTS:
            values = measured(wanted, {rec.id: rec.actual_by_part[part] for rec in records})
            part_figures = _averages(values)
            ablated.append((part, *(with_interval(part_figures[name]) for name in names)))
        title = f"Parts of the ranking, {labels} (BM25 reads body and asks)"
        yield Table(title, ("part", *names), tuple(ablated))
