"""Fits the model that decides between answering and refusing.

Run ``python -m evals.fit_support``. Questions that the library can answer (answers-dev without
those to refuse, those held in support-dev, and all of retrieval-dev) count as 1, those to refuse in
answers-dev and those not held in support-dev as 0. Logistic
regression with a ridge, in numpy. Writes ``assistant/answering/askable.npz``, a linear model over
the questions' own vectors whose output is one of the signals; it is fitted on those questions with
each fold held out, so that the other weights see it as it will be on new ones. Prints what to copy
into ``assistant/answering/support.py``, and how well the signals part the two on cases held out in
turn. The test split takes no part.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt

from assistant.answering.askable import BOUND, FILE
from assistant.answering.support import COEFFICIENTS, FEATURES, INTERCEPT, support_signals
from assistant.assembly import Assistant, vector_model
from assistant.pipeline import SEARCH_DEPTH
from assistant.settings import read_settings
from evals.answers import played
from evals.cases import FOLDER, AnswerCase, SupportCase, load_cases, read_cases
from evals.metrics import auc, curve_point

SPLIT = "dev"
FOLDS, RIDGE, STEPS = 5, 1.0, 100
ASKABLE_RIDGE = 100.0
KEEP_ANSWERING, KEEP_IN_FULL = 0.92, 0.80

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Model:
    """A logistic model on the raw signals."""

    intercept: float
    weights: Floats

    def probability(self, table: Floats) -> Floats:
        """Chance of each row to be answerable."""
        return np.asarray(1.0 / (1.0 + np.exp(-(self.intercept + table @ self.weights))))


def fit(table: Floats, labels: Floats, ridge: float = RIDGE) -> Model:
    """Newton's method on standardised signals; the intercept carries no ridge."""
    centre, spread = table.mean(axis=0), table.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    rows = np.column_stack([np.ones(len(table)), (table - centre) / spread])
    penalty = np.diag([0.0, *[ridge] * table.shape[1]])
    weights = np.zeros(rows.shape[1])
    for _ in range(STEPS):
        chance = 1.0 / (1.0 + np.exp(-rows @ weights))
        slope = rows.T @ (chance - labels) + penalty @ weights
        bend = rows.T @ (rows * (chance * (1 - chance))[:, None]) + penalty
        step = np.linalg.solve(bend + 1e-9 * np.eye(len(bend)), slope)
        weights = weights - step
        if np.abs(step).max() < 1e-8:
            break
    raw = weights[1:] / spread
    return Model(float(weights[0] - raw @ centre), raw)


def held_out(table: Floats, labels: Floats, folds: int = FOLDS, ridge: float = RIDGE) -> Floats:
    """Each row's chance under a model fitted without its fold; folds hold both labels evenly."""
    fold = np.zeros(len(labels), dtype=int)
    for label in (0.0, 1.0):
        rows = np.flatnonzero(labels == label)
        fold[np.random.default_rng(0).permutation(rows)] = np.arange(len(rows)) % folds
    chance = np.zeros(len(labels))
    for number in range(folds):
        out = fold == number
        chance[out] = fit(table[~out], labels[~out], ridge).probability(table[out])
    return chance


def askable_held_out(vectors: Floats, labels: Floats) -> Floats:
    """The signal of each question by a model that has not seen its fold; writes the whole one."""
    apart = held_out(vectors, labels, folds=10, ridge=ASKABLE_RIDGE)
    whole = fit(vectors, labels, ASKABLE_RIDGE)
    np.savez(FILE, weights=whole.weights.astype(np.float32), intercept=whole.intercept)
    return np.clip(np.log(apart / (1 - apart)), -BOUND, BOUND)


def signals_of(assistant: Assistant) -> tuple[Floats, Floats, npt.NDArray[np.bool_]]:
    """Signals of every question, whether it can be answered, and whether it is of answers-dev."""
    questions: list[str] = []
    corpus = assistant.settings.corpus
    rows: list[list[float]] = []
    labels: list[float] = []
    of_answers: list[bool] = []

    def add(question: str, label: bool, from_answers: bool) -> None:
        found = assistant.retriever.search(question, top=SEARCH_DEPTH)
        signals = support_signals(question, found)
        questions.append(question)
        rows.append([signals[name] for name in FEATURES])
        labels.append(float(label))
        of_answers.append(from_answers)

    for case in cast(Sequence[AnswerCase], load_cases("answers", SPLIT, corpus).cases):
        history = played(assistant, case.history)
        alone = assistant.ask(case.question, history=history).standalone_question
        add(alone, case.answerable, True)
    for other in load_cases("retrieval", SPLIT, corpus).cases:
        add(other.asked, True, False)
    for made in read_cases(FOLDER / "support-dev.jsonl", SupportCase):
        add(made.asked, made.held, False)
    table, known = np.array(rows), np.array(labels)
    vectors = vector_model(assistant.settings).fresh(questions).astype(float)
    table[:, FEATURES.index("askable")] = askable_held_out(vectors, known)
    return table, known, np.array(of_answers)


def threshold(chance: Floats, labels: Floats, keep: float) -> float:
    """The chance above which ``keep`` of the answerable lie."""
    point = curve_point(chance.tolist(), (labels > 0).tolist(), keep)
    return point.threshold if point else 0.0


def described(name: str, chance: Floats, labels: Floats) -> str:
    """One line on how well a set of chances parts the two."""
    good, others = chance[labels > 0].tolist(), chance[labels == 0].tolist()
    value = auc(good, others)
    shares = []
    for keep in (0.95, KEEP_ANSWERING, 0.9, KEEP_IN_FULL):
        point = curve_point(chance.tolist(), (labels > 0).tolist(), keep)
        if point:
            shares.append(f"{keep:.0%} kept: {point.refused:.0%} refused")
    return f"{name:<34} AUC {value or 0:.3f}  {'; '.join(shares)}"


def main() -> int:
    """Fit and print."""
    assistant = Assistant.from_settings(read_settings(), build_when="always")
    table, labels, ours = signals_of(assistant)
    print(f"{len(labels)} questions, {int((labels == 0).sum())} to refuse", file=sys.stderr)
    model = fit(table, labels)
    chance, apart = model.probability(table), held_out(table, labels)
    today = Model(INTERCEPT, np.array([COEFFICIENTS[name] for name in FEATURES]))
    print(described("in use, all", today.probability(table), labels))
    print(described("in use, answers-dev alone", today.probability(table)[ours], labels[ours]))
    print(described("new, fitted and seen", chance, labels))
    print(described("new, 5 folds held out", apart, labels))
    print(described("new, held out, answers-dev alone", apart[ours], labels[ours]))
    for number, name in enumerate(FEATURES):
        column = table[ours][:, number]
        value = auc(column[labels[ours] > 0].tolist(), column[labels[ours] == 0].tolist())
        print(f"  {name:<16} alone, answers-dev: AUC {value or 0:.3f}")
    print(f"\nINTERCEPT = {model.intercept:.3f}")
    print("COEFFICIENTS: dict[str, float] = {")
    for name, weight in zip(FEATURES, model.weights, strict=True):
        print(f'    "{name}": {weight:.3f},')
    print("}")
    for name, keep in (("REFUSE_BELOW", KEEP_ANSWERING), ("PARTLY_BELOW", KEEP_IN_FULL)):
        all_ = threshold(apart, labels, keep)
        alone = threshold(apart[ours], labels[ours], keep)
        print(f"{name} = {all_:.3f}  # on answers-dev alone {alone:.3f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
