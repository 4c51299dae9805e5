"""Log odds of pairs of texts from an exported model that reads the two together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.onnx_files import open_onnx

BATCH = 8

Odds = Callable[[Sequence[tuple[str, str]]], npt.NDArray[np.float64]]
"""Log odds of pairs of texts, shape (pairs,)."""


class PairOdds:
    """Runs an exported ONNX file on pairs of texts, with onnxruntime and tokenizers alone.

    Args:
        onnx_file: from ``pair_model.export_pairs``.
        tokenizer_file: of the model that it came from.
        what: how the model is called where it cannot be loaded.
        hint: what to do then.
        max_tokens: of a pair; more are cut.
        cut: which text of a pair is cut, ``only_first`` or ``only_second``.
        padding: the model's word for nothing.
        threads: for one run; 0 leaves it to the machine.

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
        cut: str,
        padding: str,
        threads: int = 0,
    ) -> None:
        self._session, self._tokenizer = open_onnx(
            onnx_file, tokenizer_file, threads=threads, what=what, hint=hint
        )
        self._tokenizer.enable_truncation(max_tokens, strategy=cut)
        self._tokenizer.enable_padding(
            pad_id=self._tokenizer.token_to_id(padding), pad_token=padding
        )

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> npt.NDArray[np.float64]:
        """Log odds of each pair."""
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
