"""Reads evidence and claim together, and scores how likely the one bears out the other.

The bundled sentence model with a learned change of its weights (``together.npz``, fitted by
``evals/fit_together.py`` on claims that were written for it): every word of the claim looks at
every word of the evidence in every layer, which two texts read apart cannot do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.arrays import read_arrays
from assistant.errors import ModelError
from assistant.grounding.learned import BETWEEN
from assistant.grounding.narrowing import narrowed

TOGETHER_FILE = Path(__file__).with_name("together.npz")
MAX_TOKENS = 320
WORDS = 150
"""Of one text of the evidence, at most."""
KEPT = 1024
"""Pairs whose scores are kept in memory."""

Rows = npt.NDArray[np.float32]


def read_together(path: Path = TOGETHER_FILE) -> tuple[Mapping[str, Rows], str]:
    """What was learned, as arrays by name, and the hash of the file.

    Raises:
        ConfigurationError: the file is missing or broken.
    """
    return read_arrays(path)


class TogetherEntails:
    """How likely each evidence bears out its claim, 0 to 1.

    Args:
        onnx_file: from ``reading_together.export_together``.
        tokenizer_file: of the model that it came from.
        threads: for one run; 0 leaves it to the machine.

    Raises:
        ModelError: a file cannot be used.
    """

    def __init__(self, onnx_file: Path, tokenizer_file: Path, *, threads: int = 0) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(
                str(onnx_file), options, providers=["CPUExecutionProvider"]
            )
            self._tokenizer = Tokenizer.from_file(str(tokenizer_file))
        except Exception as error:
            raise ModelError(
                f"The model that checks statements cannot be loaded from {onnx_file}.",
                "Delete that file and run: peer-support index build",
            ) from error
        self._tokenizer.enable_truncation(MAX_TOKENS, strategy="only_first")
        self._tokenizer.enable_padding(pad_id=0, pad_token="[PAD]")
        self._kept = lru_cache(maxsize=KEPT)(self._score)

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """One score a pair of (evidence, claim). Texts of the evidence are parted by an empty line;
        the first line of each says whose it is, and a long one is narrowed to what the claim is
        about."""
        return [self._kept(evidence, claim) for evidence, claim in pairs]

    def _score(self, evidence: str, claim: str) -> float:
        parts = [part.partition("\n") for part in evidence.split(BETWEEN) if part.strip()]
        if not parts or not claim.strip():
            return 0.0
        texts = [f"{whose}\n{narrowed(text, claim, WORDS)}" for whose, _, text in parts]
        encoded = self._tokenizer.encode(BETWEEN.join(texts), claim)
        inputs = {
            "input_ids": encoded.ids,
            "attention_mask": encoded.attention_mask,
            "token_type_ids": encoded.type_ids,
        }
        (odds,) = self._session.run(
            None, {name: np.array([row], dtype=np.int64) for name, row in inputs.items()}
        )
        return float(1 / (1 + np.exp(-float(np.clip(odds[0], -30, 30)))))
