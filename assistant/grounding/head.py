"""Compares each word of a claim with the words of the evidence that it most resembles.

A small network over the token states of the bundled sentence model (``token_states``), fitted by
``evals/fit_grounding.py``: every token of the claim looks for its like in the evidence (attention),
the two are compared, neighbouring comparisons are read together, and the whole is scored.
Decomposable attention, after Parikh and others (2016). In numpy.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.arrays import read_arrays

HEAD_FILE = Path(__file__).with_name("head.npz")
WIDTH = 768
"""Length of the row of states that a token has."""

Rows = npt.NDArray[np.float32]


def read_head(path: Path = HEAD_FILE) -> tuple[Mapping[str, Rows], str]:
    """What was fitted, as arrays by name, and the hash of the file.

    Raises:
        ConfigurationError: the file is missing or broken.
    """
    return read_arrays(path)


def log_odds(head: Mapping[str, Rows], claim: Rows, evidence: Rows) -> float:
    """The logarithm of the odds that the evidence bears out the claim.

    Args:
        head: from ``read_head``.
        claim: states of its tokens, shape (tokens, 768).
        evidence: states of its tokens, shape (tokens, 768).
    """
    ours, theirs = _standard(head, claim), _standard(head, evidence)
    likeness = _unit(ours @ head["P.weight"].T) @ _unit(theirs @ head["P.weight"].T).T
    likeness = np.asarray(likeness, dtype=np.float32)
    looks = _softmax(likeness * head["scale"])
    compared = np.concatenate([*_compared(head, ours, theirs, looks), _signs(likeness, looks)], 1)
    first = _rectified(compared @ head["c1.weight"].T + head["c1.bias"])
    read = _rectified(_beside(first) @ _flat(head["conv.weight"]).T + head["conv.bias"])
    pooled = np.concatenate([read.mean(0), read.max(0)])
    second = _rectified(pooled @ head["h1.weight"].T + head["h1.bias"])
    return float((second @ head["h2.weight"].T + head["h2.bias"])[0])


def _standard(head: Mapping[str, Rows], rows: Rows) -> Rows:
    return np.asarray((rows - head["mu"]) / head["sd"], dtype=np.float32)


def _compared(head: Mapping[str, Rows], ours: Rows, theirs: Rows, looks: Rows) -> list[Rows]:
    mine = ours @ head["V.weight"].T + head["V.bias"]
    found = looks @ (theirs @ head["V.weight"].T + head["V.bias"])
    return [mine, found, mine - found, mine * found]


def _signs(likeness: Rows, looks: Rows) -> Rows:
    """How like the likest is, how far the look jumps from one token to the next, how sure it is."""
    place = looks @ np.arange(looks.shape[1], dtype=np.float32)
    jump = np.diff(place, prepend=place[:1]) / 8
    signs = (
        likeness.max(1), jump.clip(-2, 2), np.abs(jump).clip(0, 2), (looks * looks).sum(1)
    )  # fmt: skip
    return np.stack(signs, 1).astype(np.float32)


def _beside(rows: Rows) -> Rows:
    """Each row with the one before and the one behind, shape (rows, 3 · width)."""
    padded = np.pad(rows, ((1, 1), (0, 0)))
    return np.concatenate([padded[:-2], padded[1:-1], padded[2:]], axis=1)


def _flat(kernel: Rows) -> Rows:
    """A kernel of (out, in, 3) as (out, 3 · in), in the order of ``_beside``."""
    return np.concatenate([kernel[:, :, k] for k in range(3)], axis=1)


def _unit(rows: Rows) -> Rows:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-12), dtype=np.float32)


def _softmax(rows: Rows) -> Rows:
    raised = np.exp(rows - rows.max(1, keepdims=True))
    return np.asarray(raised / raised.sum(1, keepdims=True), dtype=np.float32)


def _rectified(rows: Rows) -> Rows:
    return np.maximum(rows, 0.0)
