"""Scores a text's labels by a model that was fitted on the examples of the screen.

The bundled sentence model with a small learned change of its weights (``delta.npz``, fitted by
``evals/fit_screen.py``); exported to one ONNX file when the program is set up. It sees the order of
words, which a comparison with the nearest examples does not: "before I go" is not "before you go".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.arrays import read_arrays
from assistant.screening.examples import LABELS, Scores

DELTA_FILE = Path(__file__).with_name("delta.npz")
SPREAD = 4.0
"""Natural logarithms of odds are divided by this, to lie on the scale of the examples' scores."""

Rows = npt.NDArray[np.float32]


def read_delta(path: Path = DELTA_FILE) -> tuple[Mapping[str, Rows], str]:
    """What was learned, as arrays by name, and the hash of the file.

    Raises:
        ConfigurationError: the file is missing or broken.
    """
    return read_arrays(path)


class LearnedLabels:
    """Label scores of texts, about 1 for a clear case and -1 for none.

    Args:
        run: the exported model: one row a text, one number a label in the order of ``LABELS``.
    """

    def __init__(self, run: Callable[[Sequence[str]], Rows]) -> None:
        self._run = run

    def scores(self, texts: Sequence[str]) -> list[Scores]:
        """One score per label for each text: its log odds, scaled and bounded."""
        rows = self._run(texts).astype(np.float64)
        chance = np.exp(rows - rows.max(axis=1, keepdims=True))
        chance /= chance.sum(axis=1, keepdims=True)
        chance = chance.clip(1e-4, 1 - 1e-4)
        odds = np.log(chance / (1 - chance)) / SPREAD
        return [dict(zip(LABELS, map(float, row), strict=True)) for row in odds.clip(-2.0, 2.0)]
