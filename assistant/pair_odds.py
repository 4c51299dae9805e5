"""Log odds of pairs of texts from an exported model that reads the two together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.onnx_files import open_onnx
from assistant.runs import in_runs, usable_cores

Odds = Callable[[Sequence[tuple[str, str]]], npt.NDArray[np.float64]]
"""Log odds of pairs of texts, shape (pairs,)."""


class PairOdds:
    """Runs an exported ONNX file on pairs of texts, with onnxruntime and tokenizers alone.

    Each run has one thread, and several go on at once. Safe to share between threads.

    Args:
        onnx_file: from ``pair_model.export_pairs``.
        tokenizer_file: of the model that it came from.
        what: how the model is called where it cannot be loaded.
        hint: what to do then.
        max_tokens: of a pair; of a longer one the longer text loses its end first.
        padding: the model's word for nothing.
        threads: runs at once; 0 takes as many as there are cores for this process.

    Raises:
        ModelError: a file cannot be used.
    """

    def __init__(
        self,
        onnx_file: Path,
        tokenizer_file: Path,
        *,
        what: str,
        hint: str,
        max_tokens: int,
        padding: str,
        threads: int = 0,
    ) -> None:
        self._runs_at_once = threads or usable_cores()
        self._session, self._tokenizer = open_onnx(
            onnx_file, tokenizer_file, threads=1, what=what, hint=hint
        )
        self._tokenizer.enable_truncation(max_tokens, strategy="longest_first")
        self._tokenizer.no_padding()
        self._padding = int(self._tokenizer.token_to_id(padding))

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> npt.NDArray[np.float64]:
        """Log odds of each pair."""
        out = np.zeros(len(pairs))
        tokens = [encoded.ids for encoded in self._tokenizer.encode_batch(list(pairs))]

        def run(chosen: list[int]) -> None:
            out[chosen] = self._run([tokens[n] for n in chosen])

        in_runs([len(ids) for ids in tokens], run, self._runs_at_once)
        return out

    def _run(self, tokens: Sequence[list[int]]) -> npt.NDArray[np.float64]:
        shape = (len(tokens), max(map(len, tokens)))
        ids, mask = np.full(shape, self._padding, dtype=np.int64), np.zeros(shape, dtype=np.int64)
        for row, held in enumerate(tokens):
            ids[row, : len(held)] = held
            mask[row, : len(held)] = 1
        (odds,) = self._session.run(None, {"input_ids": ids, "attention_mask": mask})
        return np.asarray(odds, dtype=np.float64)
