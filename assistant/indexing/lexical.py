"""The lexical index: BM25 over the units' texts, by bm25s with an English stemmer.

One tokeniser for writing and asking. Scores come for every unit, zero where no word is shared.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

STOP_WORDS = frozenset(
    "a an and are as at be but by for if in into is it no not of on or such that the their"
    " then there these they this to was will with".split()
)
"""Words that BM25 passes over. A longer list was measured and found less good."""


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    import Stemmer

    return Stemmer.Stemmer("english")


def tokens(text: str) -> list[str]:
    """Stemmed words of a text, stop words gone, in order."""
    words = re.findall(r"\b\w\w+\b", text.lower().replace("’", "'"))
    return list(_stemmer().stemWords([word for word in words if word not in STOP_WORDS]))


def write(folder: Path, texts: Sequence[str]) -> None:
    """Index texts and save the index in ``folder``."""
    import bm25s

    index = bm25s.BM25(k1=1.5, b=0.75)
    index.index([tokens(text) for text in texts], show_progress=False)
    index.save(str(folder))


def scores(index: Any, query_tokens: Sequence[str]) -> npt.NDArray[np.float32]:
    """BM25 of every text for the tokens; shape (number of texts,)."""
    known = [token for token in query_tokens if token in index.vocab_dict]
    if not known:
        return np.zeros(int(index.scores["num_docs"]), dtype=np.float32)
    return np.asarray(index.get_scores(known), dtype=np.float32)


def coverage(index: Any, query_tokens: Sequence[str]) -> npt.NDArray[np.float32]:
    """Share of the tokens that each text holds, rare tokens counting more; 0 to 1.

    A token that no text holds counts as the rarest: a question about something the library has
    never heard of is covered by nothing.
    """
    count = int(index.scores["num_docs"])
    covered = np.zeros(count, dtype=np.float32)
    total = 0.0
    for token in set(query_tokens):
        weight = rarity(index, token)
        covered[holders(index, token)] += weight
        total += weight
    return covered / max(total, 1e-6)


def rarity(index: Any, token: str) -> float:
    """How rare a token is among the texts: the logarithm of one in how many holds it."""
    count = int(index.scores["num_docs"])
    return float(np.log((count + 1) / (len(holders(index, token)) + 1)))


def holders(index: Any, token: str) -> npt.NDArray[np.int64]:
    """Places of the texts that hold a token."""
    number = index.vocab_dict.get(token)
    if number is None:
        return np.zeros(0, dtype=np.int64)
    start, end = index.scores["indptr"][number : number + 2]
    return np.asarray(index.scores["indices"][start:end], dtype=np.int64)
