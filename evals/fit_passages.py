"""Fits how passages of added documents are ranked, and when one is said to answer.

Run ``python -m evals.fit_passages``. On the development questions on the made-up documents: a
passage that holds one of the sentences that answer counts as 1, every other as 0. The weights of
the ranking see the ``HARD`` passages that lie nearest; the model of answering sees the first
``SHOWN`` of each question, also of questions that nothing answers. Prints what to copy into
``assistant/documents/search.py`` and ``assistant/answering/own_documents.py``, with how well it
does on questions held out in turn. The test questions take no part.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assistant.answering.own_documents import COEFFICIENTS
from assistant.assembly import Assistant
from assistant.documents.search import RIVALS, WEIGHTS
from assistant.settings import read_settings
from assistant.text import normalise
from evals.cases import DocumentCase, load_cases
from evals.documents import Beside, beside, holds
from evals.fit_support import fit
from evals.metrics import auc

FOLDS, HARD, SHOWN, RIDGE = 5, 30, 5, 1.0

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Seen:
    """One question: its signals by passage, shape (passages,), and which passages answer."""

    case: DocumentCase
    signals: dict[str, Floats]
    answers: npt.NDArray[np.bool_]
    fold: int

    def table(self) -> Floats:
        """The signals of the ranking on one scale, one row a passage."""
        columns = [self.signals[name] for name in WEIGHTS]
        return np.column_stack([(c - c.mean()) / max(float(c.std()), 1e-6) for c in columns])


def seen(held: Beside, cases: Sequence[DocumentCase]) -> list[Seen]:
    """Signals and labels of every question."""
    rows = held.search.held().rows
    order = np.random.default_rng(0).permutation(len(cases))
    found = []
    for number, case in enumerate(cases):
        typed = normalise(case.question)
        signals = held.search.signals(held.search.held(), typed, typed)
        answers = [holds(case, held.files[key], p.text) for key, p in rows]
        found.append(
            Seen(
                case,
                {name: values.astype(float) for name, values in signals.items()},
                np.array(answers) & case.answerable,
                int(order[number]) % FOLDS,
            )
        )
    return found


def ranking(questions: Sequence[Seen]) -> Floats:
    """Weights of the ranking, in the order of ``WEIGHTS``."""
    tables, labels = [], []
    for question in questions:
        if not question.answers.any():
            continue
        table = question.table()
        near = np.argsort(-table.sum(axis=1), kind="stable")[:HARD]
        chosen = np.union1d(near, np.flatnonzero(question.answers))
        tables.append(table[chosen])
        labels.append(question.answers[chosen].astype(float))
    return fit(np.vstack(tables), np.concatenate(labels), RIDGE).weights


def first(question: Seen, weights: Floats) -> tuple[npt.NDArray[np.int64], Floats]:
    """The first passages of a question and what the model of answering sees of each."""
    scores = question.table() @ weights
    order = np.argsort(-scores, kind="stable")
    lead = scores - scores[order[min(RIVALS, len(order) - 1)]]
    best = order[:SHOWN]
    columns = {**question.signals, "lead": lead}
    table = [
        columns[name][best] if name != "rank" else np.arange(len(best), dtype=float)
        for name in COEFFICIENTS
    ]
    return best, np.column_stack(table)


def report(questions: Sequence[Seen]) -> None:
    """Fit with each fold held out in turn; say how the held-out questions fare."""
    ranks: list[int] = []
    chances: list[Floats] = []
    rights: list[npt.NDArray[np.bool_]] = []
    for fold in range(FOLDS):
        learning = [q for q in questions if q.fold != fold]
        weights = ranking(learning)
        model = fit(*answering(learning, weights), RIDGE)
        for question in (q for q in questions if q.fold == fold):
            best, table = first(question, weights)
            chances.append(model.probability(table))
            rights.append(question.answers[best])
            if question.answers.any():
                order = np.argsort(-(question.table() @ weights), kind="stable")
                ranks.append(int(np.flatnonzero(question.answers[order])[0]))
    print(f"held out: first {np.mean([r < 1 for r in ranks]):.3f},", end=" ")
    print(f"in five {np.mean([r < 5 for r in ranks]):.3f}, n {len(ranks)}")
    flat, right = np.concatenate(chances), np.concatenate(rights)
    print(f"area under the curve, passages: {auc(flat[right].tolist(), flat[~right].tolist()):.3f}")
    for limit in (0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5):
        shown = [c >= limit for c in chances]
        hit = [bool((s & r).any()) for s, r in zip(shown, rights, strict=True)]
        answerable = [r.any() for r in rights]
        said = [bool(s.any()) for s in shown]
        good = sum(hit) / max(sum(s and a for s, a in zip(said, answerable, strict=True)), 1)
        print(f"  from {limit:.2f}: shown {np.mean(said):.2f}, right among shown {good:.2f}")


def answering(questions: Sequence[Seen], weights: Floats) -> tuple[Floats, Floats]:
    """The table and labels of the model of answering."""
    pairs = [(question, *first(question, weights)) for question in questions]
    table = np.vstack([rows for _, _, rows in pairs])
    return table, np.concatenate([q.answers[best].astype(float) for q, best, _ in pairs])


def main() -> int:
    """Fit on everything and print what to copy."""
    settings = read_settings()
    cases = load_cases("documents", "dev", settings.corpus).cases
    with Assistant.from_settings(settings) as assistant, beside(assistant) as held:
        questions = seen(held, [case for case in cases if isinstance(case, DocumentCase)])
    report(questions)
    weights = ranking(questions)
    model = fit(*answering(questions, weights), RIDGE)
    print("WEIGHTS", {name: round(float(w), 2) for name, w in zip(WEIGHTS, weights, strict=True)})
    print("INTERCEPT", round(model.intercept, 2))
    named = zip(COEFFICIENTS, model.weights, strict=True)
    print("COEFFICIENTS", {name: round(float(w), 2) for name, w in named})
    return 0


if __name__ == "__main__":
    sys.exit(main())
