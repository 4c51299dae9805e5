"""Scores a text by the labelled examples that lie nearest to it.

Kernel ridge regression on sentence vectors: every example votes for its label with a weight that
falls with its distance. The weights come from one linear system, solved in numpy when the screen
is made: no training run, no randomness, the same numbers each time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

import numpy as np
import numpy.typing as npt

from assistant.errors import ModelError
from assistant.prompts import Label, ScreeningRules

Vectors = npt.NDArray[np.float32]
Votes = npt.NDArray[np.float64]
Scores = dict[Label, float]

LABELS: tuple[Label, ...] = get_args(Label)
DANGER: tuple[Label, ...] = ("crisis_self", "crisis_other", "safeguarding")
HARMLESS: tuple[Label, ...] = ("policy", "none")
DECLINED: tuple[Label, ...] = tuple(x for x in LABELS if x not in DANGER and x not in HARMLESS)


class NearestExamples:
    """Label scores of sentence vectors, about 1 for a clear case and -1 for none."""

    def __init__(self, rules: ScreeningRules, vectors: Vectors, votes: Votes | None = None) -> None:
        self._width = rules.model.width
        self._vectors = checked_vectors(vectors, len(rules.examples)).astype(np.float64)
        self.votes = self._solved(rules) if votes is None else checked_votes(votes, len(vectors))

    def _solved(self, rules: ScreeningRules) -> Votes:
        rows = np.array([LABELS.index(example.label) for example in rules.examples])
        # A label with few examples would be outvoted, so each one of its examples counts more.
        counts = np.bincount(rows, minlength=len(LABELS))[rows]
        weights = 1.0 / np.sqrt(counts)
        weights *= len(rows) / weights.sum()
        system = self._kernel(self._vectors) + rules.model.ridge * np.diag(1.0 / weights)
        targets = np.eye(len(LABELS))[rows] * 2.0 - 1.0
        return np.asarray(np.linalg.solve(system, targets), dtype=np.float64)

    def scores(self, vectors: Vectors) -> list[Scores]:
        """One score per label for each vector."""
        table = self._kernel(vectors.astype(np.float64)) @ self.votes
        return [dict(zip(LABELS, map(float, row), strict=True)) for row in table]

    def _kernel(self, vectors: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        if vectors.shape[1] != self._vectors.shape[1]:
            raise ModelError("The screen's examples were embedded with another model.")
        nearness: npt.NDArray[np.float64] = np.exp(self._width * (vectors @ self._vectors.T - 1.0))
        return nearness


def lead(scores: Scores, labels: Sequence[Label], over: Sequence[Label]) -> float:
    """By how much the best of ``labels`` leads the best of ``over``."""
    return max(scores[x] for x in labels) - max(scores[x] for x in over)


def best(scores: Scores, labels: Sequence[Label]) -> Label:
    """The label with the highest score."""
    return max(labels, key=lambda label: scores[label])


def checked_votes(votes: Votes, rows: int) -> Votes:
    """Votes kept from an earlier start, if they fit the examples.

    Raises:
        ModelError: another shape, or numbers that are not finite.
    """
    found = np.asarray(votes, dtype=np.float64)
    if found.shape != (rows, len(LABELS)) or not np.all(np.isfinite(found)):
        raise ModelError("What was kept for the screen does not fit its examples.")
    return found


def checked_vectors(vectors: Vectors, rows: int) -> Vectors:
    """The vectors, if they are what a model should give.

    Raises:
        ModelError: another number of rows, or numbers that are not finite. A screen that went on
            with such vectors would call everything harmless.
    """
    found = np.asarray(vectors)
    if found.ndim != 2 or found.shape[0] != rows or not np.all(np.isfinite(found)):
        raise ModelError("The embedding model gave unusable vectors to the screen.")
    if rows and not np.all(np.linalg.norm(found, axis=1) > 0):
        raise ModelError("The embedding model gave empty vectors to the screen.")
    return found
