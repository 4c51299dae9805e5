"""Stand-ins for what is slow or needs weights."""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

_WORD = re.compile(r"\w+")


class BagOfWordsEmbeddings:
    """Unit vectors from hashed words and word pairs: alike texts lie close, always the same."""

    def __init__(self, dimensions: int = 384) -> None:
        self.dimensions = dimensions
        self.identity = f"bag-of-words:{dimensions}"

    def vectors(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Unit vectors, shape (len(texts), dimensions)."""
        rows = [self._vector(text) for text in texts]
        return np.array(rows, dtype=np.float32).reshape(len(texts), self.dimensions)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """langchain's form of ``vectors``."""
        return [[float(x) for x in row] for row in self.vectors(texts)]

    def embed_query(self, text: str) -> list[float]:
        """langchain's form of ``vectors`` for one text."""
        return self.embed_documents([text])[0]

    def _vector(self, text: str) -> npt.NDArray[np.float64]:
        words = _WORD.findall(text.lower())
        vector = np.zeros(self.dimensions)
        vector[0] = 0.01  # a text without words still has a direction
        for token in (*words, *(f"{a} {b}" for a, b in itertools.pairwise(words))):
            digest = hashlib.blake2b(token.encode(), digest_size=8).digest()
            vector[int.from_bytes(digest, "big") % self.dimensions] += 1.0
        return np.asarray(vector / np.linalg.norm(vector), dtype=np.float64)
