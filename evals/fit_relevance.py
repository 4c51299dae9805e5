"""Fits how likely a text that was found answers the question (``answering/relevance.py``).

    python -m evals.fit_relevance

Two logistic regressions with a ridge, for direct answers and for notes, on the texts that readers
judged for questions that the reranker was not fitted on (``training/relevance-next.jsonl``, and
those of ``relevance.jsonl`` that were held out). A direct answer counts where it answers what was
asked, a note also where it helps towards that. Each is fitted with the reranker's reading and
without it. Prints what to copy, and how well they part the two on questions held out in turn. No
case of ``evals/cases`` takes part.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assistant.answering.relevance import SIGNALS, Kind, signals_of
from assistant.assembly import Assistant
from assistant.pipeline import SEARCH_DEPTH
from assistant.retrieval import Found
from assistant.settings import read_settings
from evals.fit_reranker import HELD_OUT
from evals.fit_support import Floats, fit
from evals.metrics import auc
from evals.relevance import ANSWERS, HELPS, Judged, judged

FOLDS, RIDGE = 5, 20.0
LEAST: dict[Kind, int] = {"answer": ANSWERS, "note": HELPS}


@dataclass(frozen=True)
class Rows:
    """Signals of judged texts of one kind, whether each answers, and the number of its question."""

    table: Floats
    answers: Floats
    question: np.ndarray[tuple[int], np.dtype[np.int64]]


def rows_of(assistant: Assistant, questions: Sequence[Judged], kind: Kind) -> Rows:
    """The judged texts of a kind that a search finds today."""
    table: list[list[float]] = []
    answers: list[float] = []
    numbers: list[int] = []
    for number, asked in enumerate(questions):
        found = assistant.retriever.search(asked.question, top=SEARCH_DEPTH)
        for uid, parts in _found(found, kind):
            label = asked.labels.get(uid)
            if label is None:
                continue
            signals = signals_of(kind, parts, asked.question, found)
            table.append([signals[name] for name in SIGNALS])
            answers.append(float(label >= LEAST[kind]))
            numbers.append(number)
    return Rows(np.array(table), np.array(answers), np.array(numbers))


def _found(found: Found, kind: Kind) -> list[tuple[str, dict[str, float]]]:
    if kind == "answer":
        return [(hit.uid, hit.parts) for hit in found.answers]
    return [(f"note:{e.evidence_id}", dict(e.parts)) for e in found.evidence]


def held_out(rows: Rows, columns: Sequence[int]) -> Floats:
    """Each text's chance by a model that has not seen its question's fold."""
    table, fold = rows.table[:, columns], rows.question % FOLDS
    chance = np.zeros(len(table))
    for number in range(FOLDS):
        out = fold == number
        chance[out] = fit(table[~out], rows.answers[~out], RIDGE).probability(table[out])
    return chance


def main() -> int:
    """Fit and print."""
    assistant = Assistant.from_settings(read_settings(), build_when="always")
    held = judged(assistant.library, "relevance.jsonl")[::HELD_OUT]
    questions = [*held, *judged(assistant.library, "relevance-next.jsonl")]
    print(f"{len(questions)} questions", file=sys.stderr)
    table = {kind: rows_of(assistant, questions, kind) for kind in LEAST}
    every = list(range(len(SIGNALS)))
    read = SIGNALS.index("read")
    for name, columns in (
        ("WEIGHTS", every),
        ("WITHOUT_READ", [column for column in every if column != read]),
    ):
        print(f"{name}: dict[Kind, dict[str, float]] = {{")
        for kind in LEAST:
            rows = table[kind]
            apart = held_out(rows, columns)
            good, others = apart[rows.answers > 0], apart[rows.answers == 0]
            area = auc(good.tolist(), others.tolist()) or 0.0
            model = fit(rows.table[:, columns], rows.answers, RIDGE)
            print(f"    # {len(apart)} texts, {len(good)} count; area {area:.3f}")
            print(f'    "{kind}": {{')
            print(f'        "intercept": {model.intercept:.3f},')
            for column, weight in zip(columns, model.weights, strict=True):
                print(f'        "{SIGNALS[column]}": {weight:.3f},')
            print("    },")
        print("}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
