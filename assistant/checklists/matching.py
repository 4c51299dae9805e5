"""Whether a span of a draft says what an example says: token by token, and by a small network.

Every token of the bundled sentence model has its states (``token_states``). ``covered`` tells how
much of an example finds its like in a span, rare words counting more; ``Matcher.chances`` reads the
two together and tells whether the span says the same, says it without settling it, says otherwise,
or is about something else. What was fitted, on the examples of the rows, stands in ``matching.npz``
(``evals/fit_guidance.py``). Decomposable attention, after Parikh and others (2016), as the gate's.
In numpy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from assistant.arrays import read_arrays
from assistant.errors import ModelError
from assistant.grounding.learned import MAX_TOKENS, States

FILE = Path(__file__).with_name("matching.npz")
LABELS = ("met", "unclear", "contradicts", "beside")
"""What a span may be to an example that meets a row, in the order of the network's numbers."""
KEPT = 20_000
"""Texts of drafts that are kept in memory, at most."""

Rows = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Seen:
    """A text as it is compared: for each token a unit vector to find its like by, shape
    (tokens, p), a vector to compare it with, shape (tokens, v), and how much it counts, adding up
    to 1."""

    finds: Rows
    compares: Rows
    counts: Rows

    @classmethod
    def joined(cls, parts: Sequence[Seen]) -> Seen:
        """Several texts read as one."""
        if len(parts) == 1:
            return parts[0]
        weights = np.concatenate([part.counts for part in parts]) / len(parts)
        return cls(
            np.concatenate([part.finds for part in parts]),
            np.concatenate([part.compares for part in parts]),
            np.asarray(weights, dtype=np.float32),
        )


class Matches(Protocol):
    """What comparing asks of a matcher."""

    def seen(self, texts: Sequence[str]) -> list[Seen]:
        """The texts as they are compared."""

    def chances(self, example: Seen, span: Seen) -> Rows:
        """How likely each label is, shape (4,)."""


@lru_cache(maxsize=2)
def read_fitted(path: Path = FILE) -> tuple[Mapping[str, Rows], str]:
    """What was fitted, as arrays by name, and the hash of the file.

    Raises:
        ConfigurationError: the file is missing or broken.
    """
    return read_arrays(path)


class Matcher:
    """Compares spans with examples.

    Args:
        states: of the tokens of texts, such as ``grounding.learned.OnnxStates``.
        tokenizer_file: of the model that the states are of.
        fitted: from ``read_fitted``.

    Raises:
        ModelError: the tokenizer cannot be loaded.
    """

    def __init__(self, states: States, tokenizer_file: Path, fitted: Mapping[str, Rows]) -> None:
        self._states = states
        self._fitted = fitted
        self._tokenizer = _tokenizer(tokenizer_file)
        self._learnt: dict[str, Seen] = {}
        self._kept: dict[str, Seen] = {}
        self._kernel = np.concatenate([fitted["conv.weight"][:, :, k] for k in range(3)], axis=1)

    def seen(self, texts: Sequence[str]) -> list[Seen]:
        """The texts as they are compared; what was read before is not read again."""
        if len(self._kept) + len(texts) > KEPT:
            self._kept = {}
        new = [text for text in dict.fromkeys(texts) if not self._knows(text)]
        for text, rows in zip(new, self._states(new), strict=True):
            self._kept[text] = self._read(text, rows)
        return [self._learnt.get(text) or self._kept[text] for text in texts]

    def learn(self, texts: Mapping[str, Seen]) -> None:
        """Take texts in as they were read before."""
        self._learnt.update(texts)

    def _knows(self, text: str) -> bool:
        return text in self._learnt or text in self._kept

    def _read(self, text: str, states: Rows) -> Seen:
        fitted = self._fitted
        ids = self._tokenizer.encode(text).ids[1:-1]
        if not len(ids):
            finds = np.zeros((1, len(fitted["P.weight"])), np.float32)
            compares = np.zeros((1, len(fitted["V.weight"])), np.float32)
            return Seen(finds, compares, np.ones(1, np.float32))
        rows = np.asarray((states - fitted["mu"]) / fitted["sd"], dtype=np.float32)
        counts = fitted["rarity"][ids]
        return Seen(
            _unit(rows @ fitted["P.weight"].T),
            np.asarray(rows @ fitted["V.weight"].T + fitted["V.bias"], dtype=np.float32),
            np.asarray(counts / max(float(counts.sum()), 1e-6), dtype=np.float32),
        )

    def chances(self, example: Seen, span: Seen) -> Rows:
        """How likely each label is, shape (4,): each token of the example looks for its like in the
        span, the two are compared, neighbouring comparisons are read together."""
        fitted = self._fitted
        likeness = np.asarray(example.finds @ span.finds.T, dtype=np.float32)
        looks = _softmax(likeness * fitted["scale"])
        mine, found = example.compares, looks @ span.compares
        signs = _signs(likeness, looks)
        read = np.concatenate([mine, found, mine - found, mine * found, signs], axis=1)
        first = _rectified(read @ fitted["c1.weight"].T + fitted["c1.bias"])
        padded = np.pad(first, ((1, 1), (0, 0)))
        beside = np.concatenate([padded[:-2], padded[1:-1], padded[2:]], axis=1)
        second = _rectified(beside @ self._kernel.T + fitted["conv.bias"])
        pooled = np.concatenate([second.mean(0), second.max(0)])
        third = _rectified(pooled @ fitted["h1.weight"].T + fitted["h1.bias"])
        last = np.asarray(third @ fitted["h2.weight"].T + fitted["h2.bias"], dtype=np.float32)
        chances: Rows = _softmax(last[None])[0]
        return chances


def covered(example: Seen, span: Seen) -> float:
    """How much of an example finds its like in a span, about 0 to 1."""
    return float((example.finds @ span.finds.T).max(axis=1) @ example.counts)


def _tokenizer(path: Path) -> Any:
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:
        raise ModelError(
            f"The tokenizer cannot be loaded from {path}.", "Install the program again."
        ) from error
    tokenizer.enable_truncation(MAX_TOKENS)
    tokenizer.no_padding()
    return tokenizer


def _signs(likeness: Rows, looks: Rows) -> Rows:
    """How like the likest is, how far the look jumps from one token to the next, how sure it is."""
    place = looks @ np.arange(looks.shape[1], dtype=np.float32)
    jump = np.diff(place, prepend=place[:1]) / 8
    signs = (likeness.max(1), jump.clip(-2, 2), np.abs(jump).clip(0, 2), (looks * looks).sum(1))
    return np.stack(signs, axis=1).astype(np.float32)


def _unit(rows: Rows) -> Rows:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-9), dtype=np.float32)


def _softmax(rows: Rows) -> Rows:
    raised = np.exp(rows - rows.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), dtype=np.float32)


def _rectified(rows: Rows) -> Rows:
    return np.maximum(rows, 0.0)
