"""How much a question, by itself, is like those that a library of guidance and research answers.

A linear model over the question's vector, fitted by ``evals/fit_support.py`` on development
questions held and not held. It knows nothing of what was found: whoever asks for a phone number, a
price or a form is told apart from whoever asks what to do. One signal among several.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.errors import ConfigurationError

FILE = Path(__file__).with_name("askable.npz")
BOUND = 3.0
"""Log odds beyond this say no more than it."""

Vectors = npt.NDArray[np.float32]


def read_askable(
    embed: Callable[[Sequence[str]], Vectors], path: Path = FILE
) -> Callable[[str], float]:
    """The signal as a function of a question: log odds, 0 where nothing is known.

    Args:
        embed: unit vectors of the bundled model, without the layer for searching.
        path: weights (d) and intercept.

    Raises:
        ConfigurationError: the file is missing or broken.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            weights, intercept = arrays["weights"].astype(np.float32), float(arrays["intercept"])
    except (OSError, ValueError, KeyError) as error:
        raise ConfigurationError(
            f"{path.name} cannot be read ({type(error).__name__}).", "Install the program again."
        ) from error

    def askable(question: str) -> float:
        odds = float(embed([question])[0] @ weights) + intercept
        return max(-BOUND, min(BOUND, odds))

    return askable
