"""Scores how likely evidence bears out a claim, by a model that reads the two together.

The larger sentence model with what ``evals/fit_together.py`` learned on claims that people wrote
for it (``together.npz``). It is asked where its packages are installed; the small network beside it
(``learned``) is asked everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.grounding.learned import BETWEEN
from assistant.grounding.narrowing import narrowed
from assistant.grounding.records import Entails
from assistant.onnx_files import open_onnx

TOGETHER_FILE = Path(__file__).with_name("together.npz")
MAX_TOKENS, PADDING = 320, "<pad>"
BATCH = 8

Odds = Callable[[Sequence[tuple[str, str]]], npt.NDArray[np.float64]]
"""Log odds of pairs of (evidence, claim), shape (pairs,)."""


class OnnxPairs:
    """Log odds of pairs from an exported ONNX file.

    Args:
        onnx_file: from ``pair_model.export_pairs``.
        tokenizer_file: of the model that it came from.
        threads: for one run; 0 leaves it to the machine.

    Raises:
        ModelError: a file cannot be used.
    """

    def __init__(self, onnx_file: Path, tokenizer_file: Path, *, threads: int = 0) -> None:
        self._session, self._tokenizer = open_onnx(
            onnx_file,
            tokenizer_file,
            threads=threads,
            what="The larger model of the gate",
            hint="Delete the folder that it lies in; it is made anew when it is next needed.",
        )
        self._tokenizer.enable_truncation(MAX_TOKENS, strategy="only_first")
        padding = self._tokenizer.token_to_id(PADDING)
        self._tokenizer.enable_padding(pad_id=padding, pad_token=PADDING)

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> npt.NDArray[np.float64]:
        """Log odds of each pair of (evidence, claim)."""
        out = np.zeros(len(pairs))
        order = sorted(range(len(pairs)), key=lambda i: sum(map(len, pairs[i])))
        for start in range(0, len(order), BATCH):
            chosen = order[start : start + BATCH]
            out[chosen] = self._run([pairs[i] for i in chosen])
        return out

    def _run(self, pairs: list[tuple[str, str]]) -> npt.NDArray[np.float64]:
        encoded = self._tokenizer.encode_batch(pairs)
        ids = np.array([e.ids for e in encoded], dtype=np.int64)
        mask = np.array([e.attention_mask for e in encoded], dtype=np.int64)
        (odds,) = self._session.run(None, {"input_ids": ids, "attention_mask": mask})
        return np.asarray(odds, dtype=np.float64)


class TogetherEntails:
    """How likely each evidence bears out its claim, 0 to 1: the larger model and the small network,
    each as sure as it is.

    Args:
        odds: of pairs, such as ``OnnxPairs``.
        apart: the small network, ``learned.LearnedEntails``.
    """

    def __init__(self, odds: Odds, apart: Entails) -> None:
        self._odds = odds
        self._apart = apart

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """One score a pair of (evidence, claim). Texts of the evidence are parted by an empty line;
        a long one is narrowed to what the claim is about."""
        if not pairs:
            return []
        together = self._odds([(read_as(evidence, claim), claim) for evidence, claim in pairs])
        apart = np.clip(np.asarray(self._apart(pairs)), 1e-6, 1 - 1e-6)
        mean = (np.clip(together, -30.0, 30.0) + np.log(apart / (1 - apart))) / 2
        return [float(score) for score in 1 / (1 + np.exp(-mean))]


def read_as(evidence: str, claim: str) -> str:
    """Evidence as the model is given it: its texts, long ones narrowed, a line each."""
    parts = [part for part in evidence.split(BETWEEN) if part.strip()]
    return "\n".join(narrowed(part, claim) for part in parts)
