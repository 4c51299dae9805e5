"""A small learned layer on top of the bundled embedding model, for this field.

One hidden layer with a residual, applied to questions and to the library's texts alike. It was
fitted by ``evals/fit_head.py`` on the library's own asks, each as a question for its note; no
evaluation question took part. The model below it stays as published, and so do its kept vectors.
"""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.embedding import Vectors
from assistant.errors import ConfigurationError
from assistant.indexing.vectors import CachedModel, Progress

FILE = Path(__file__).with_name("retrieval_head.npz")
SCALE = 8.0
"""Unit vectors have small entries; scaled by this they reach the bend of the activation."""
_GELU = float(np.sqrt(2.0 / np.pi))


class Head:
    """``x + gelu(8 x W + b) V + c``, scaled to unit length.

    Args:
        weights: W (d, h), b (h), V (h, d), c (d) by the names ``inner``, ``inner_bias``,
            ``outer``, ``outer_bias``.
        identity: hash of the file that they came from.
    """

    def __init__(self, weights: dict[str, npt.NDArray[np.float32]], identity: str) -> None:
        self._weights = weights
        self.identity = identity

    @property
    def dimensions(self) -> int:
        """Length of the vectors that it takes and gives."""
        return int(self._weights["inner"].shape[0])

    def __call__(self, vectors: Vectors) -> Vectors:
        """Unit vectors, shape (n, d)."""
        if not len(vectors):
            return vectors
        w = self._weights
        hidden = gelu(np.asarray(SCALE * vectors @ w["inner"] + w["inner_bias"], np.float32))
        moved = vectors + hidden @ w["outer"] + w["outer_bias"]
        lengths = np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-9)
        return np.asarray(moved / lengths, dtype=np.float32)


def gelu(x: Vectors) -> Vectors:
    """The usual approximation by tanh."""
    bent = np.tanh(_GELU * (x + 0.044715 * x**3))
    return np.asarray(0.5 * x * (1.0 + bent), dtype=np.float32)


@lru_cache(maxsize=2)
def read_head(path: Path = FILE) -> Head:
    """The head that is shipped with the program.

    Raises:
        ConfigurationError: the file is missing or broken.
    """
    try:
        identity = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
        with np.load(path, allow_pickle=False) as arrays:
            weights = {name: arrays[name].astype(np.float32) for name in arrays.files}
        return Head(
            {n: weights[n] for n in ("inner", "inner_bias", "outer", "outer_bias")}, identity
        )
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        raise ConfigurationError(
            f"{path.name} cannot be read ({type(error).__name__}).", "Install the program again."
        ) from error


class HeadedModel:
    """A model with its cache, seen through a head. The cache keeps the vectors below the head."""

    def __init__(self, below: CachedModel, head: Head) -> None:
        self._below = below
        self._head = head
        self.identity = f"{below.identity}+head:{head.identity}"

    @property
    def embedded(self) -> int:
        """How many texts had to be embedded."""
        return self._below.embedded

    def vectors(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Unit vectors of texts that may be kept."""
        return self._head(self._below.vectors(texts, progress))

    def fresh(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of texts that are not to be kept."""
        return self._head(self._below.fresh(texts))
