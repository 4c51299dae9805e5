"""How alike two words are in meaning, from a small table of word vectors.

``words.npz`` holds the bundled sentence model's vectors of some ten thousand single words, made
smaller (``evals/fit_grounding.py`` makes it). Opposites are alike in this sense: the table says
what a word is about, and rules of their own say which way it points.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.errors import ConfigurationError
from assistant.grounding.plain import Word, singular

WORDS_FILE = Path(__file__).with_name("words.npz")
Floats = npt.NDArray[np.float32]


@lru_cache(maxsize=1)
def _table() -> tuple[dict[str, int], Floats]:
    """Word to row, and unit rows.

    Raises:
        ConfigurationError: the file is missing or broken.
    """
    try:
        with np.load(WORDS_FILE, allow_pickle=False) as arrays:
            words = arrays["words"].tobytes().decode().split("\n")
            rows = arrays["vectors"].astype(np.float32)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        raise ConfigurationError(
            f"{WORDS_FILE.name} cannot be read ({type(error).__name__}).",
            "Install the program again.",
        ) from error
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return {word: row for row, word in enumerate(words)}, rows


def _row(word: Word, table: dict[str, int]) -> int | None:
    low = word.low.removesuffix("'s")
    for form in (low, singular(low), word.stem, low.split("-")[-1]):
        if form in table:
            return table[form]
    return None


def likeness(words: Sequence[Word], others: Sequence[Word]) -> Floats:
    """How alike each word is to each other one, 0 to 1; shape (len(words), len(others)).

    The same stem is 1; a word that the table does not hold is like itself alone.
    """
    table, rows = _table()
    if not words or not others:
        return np.zeros((len(words), len(others)), dtype=np.float32)
    ours, theirs = _rows(words, table, rows), _rows(others, table, rows)
    found: Floats = np.clip(ours @ theirs.T, 0.0, 0.98)
    same = np.array([w.stem for w in words])[:, None] == np.array([w.stem for w in others])[None]
    found[same] = 1.0
    return found


def _rows(words: Sequence[Word], table: dict[str, int], rows: Floats) -> Floats:
    out = np.zeros((len(words), rows.shape[1]), dtype=np.float32)
    for i, word in enumerate(words):
        row = _row(word, table)
        if row is not None:
            out[i] = rows[row]
    return out
