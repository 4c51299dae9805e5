"""Fits the weights of the ranking on the questions of the tuning split.

    python -m evals.fit_ranking

For every question of ``retrieval-dev`` the candidates' signals are taken; notes that the question
should find, given or judged, should come before the others. A linear softmax with a ridge towards
equal shares of the signals' spread is fitted to that; five folds show what it is worth on questions
held out. The test split takes no part. Prints the weights to copy into ``assistant/retrieval.py``.

The library's own asks are not used here: the layer over the embedding model has seen them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
import numpy.typing as npt

from assistant.assembly import Assistant
from assistant.retrieval import FIRST_PASS, SIGNALS, WEIGHTS
from assistant.schema import Filters
from assistant.settings import read_settings
from assistant.text import normalise
from evals.cases import RetrievalCase, load_cases

CANDIDATES, FOLDS = 80, 5
STEPS, RATE, RIDGE = 3000, 0.05, 3e-2

Floats = npt.NDArray[np.float64]
Group = tuple[Floats, Floats]
"""Signals of one question's candidates, and 1.0 for each that it should find."""


def groups_of(assistant: Assistant, cases: Sequence[RetrievalCase]) -> list[Group]:
    """The candidates of every question that any of the wanted notes is among."""
    groups = []
    for case in cases:
        places, signals = assistant.retriever.signals(normalise(case.question), Filters())
        uids = [assistant.index.units[int(place)].uid for place in places]
        rows = [row for row, uid in enumerate(uids) if uid.startswith("note:")]
        table = np.stack([signals[name][rows] for name in SIGNALS], axis=1).astype(float)
        first = table @ np.array([FIRST_PASS.get(name, 0.0) for name in SIGNALS])
        best = np.argsort(-first, kind="stable")[:CANDIDATES]
        wanted = {f"note:{note}" for note in (*case.expected_notes, *case.judged_notes)}
        right = np.array([float(uids[rows[row]] in wanted) for row in best])
        if right.any():
            groups.append((table[best], right))
    return groups


def fit(groups: Sequence[Group]) -> Floats:
    """Weights under which the notes wanted are likely, by gradient descent."""
    spread = np.concatenate([table for table, _ in groups]).std(axis=0) + 1e-9
    scaled = [((table - table.mean(axis=0)) / spread, right) for table, right in groups]
    prior = np.full(len(SIGNALS), 0.7)
    weights = prior.copy()
    for _ in range(STEPS):
        slope = 2 * RIDGE * (weights - prior)
        for table, right in scaled:
            scores = table @ weights
            chance = np.exp(scores - scores.max())
            chance /= chance.sum()
            wanted = chance * right / max(float((chance * right).sum()), 1e-12)
            slope += table.T @ (chance - wanted) / len(scaled)
        weights -= RATE * slope
        if np.abs(slope).max() < 1e-4:
            break
    return np.asarray(weights / spread)


def found(groups: Sequence[Group], weights: Floats) -> tuple[float, float]:
    """Share of questions with a wanted note within five, and mean share of them within ten."""
    hits, shares = [], []
    for table, right in groups:
        order = np.argsort(-(table @ weights), kind="stable")
        hits.append(right[order[:5]].any())
        shares.append(right[order[:10]].sum() / right.sum())
    return float(np.mean(hits)), float(np.mean(shares))


def main() -> int:
    """Show old and new weights on questions held out, then fit on all."""
    assistant = Assistant.from_settings(read_settings(), build_when="always")
    cases = load_cases("retrieval", "dev", assistant.settings.corpus).cases
    groups = groups_of(assistant, cast(Sequence[RetrievalCase], cases))
    today = np.array([WEIGHTS[name] for name in SIGNALS])
    print(_told("in use", found(groups, today)))
    apart = []
    for fold in range(FOLDS):
        rest = [group for i, group in enumerate(groups) if i % FOLDS != fold]
        apart.append(found(groups[fold::FOLDS], fit(rest)))
    hits, shares = np.mean(apart, axis=0)
    print(_told("new, held out", (float(hits), float(shares))))
    weights = fit(groups)
    print(_told("new, all", found(groups, weights)))
    # The scale of the scores is kept, because thresholds elsewhere count in it.
    scale = _spread(groups, today) / _spread(groups, weights)
    for name, weight in zip(SIGNALS, weights * scale, strict=True):
        print(f'    "{name}": {weight:.3f},')
    return 0


def _told(name: str, figures: tuple[float, float]) -> str:
    return f"{name:<14} within five {figures[0]:.3f}  share within ten {figures[1]:.3f}"


def _spread(groups: Sequence[Group], weights: Floats) -> float:
    """How far the best candidates' scores lie from the others', on the whole."""
    return float(np.mean([np.ptp(np.sort(table @ weights)[-20:]) for table, _ in groups]))


if __name__ == "__main__":
    raise SystemExit(main())
