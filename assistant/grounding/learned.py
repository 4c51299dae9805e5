"""Scores how likely evidence bears out a claim, by a model that was fitted on the library.

The bundled sentence model with a small learned change of its weights (``delta.npz``, fitted by
``evals/fit_grounding.py``); exported to one ONNX file when the program is set up, as the screen's
is. It reads evidence and claim together, [CLS] evidence [SEP] claim [SEP], so that it sees what
rules on words do not: who does what, and which part of a sentence a "not" belongs to.
"""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.errors import ConfigurationError, ModelError
from assistant.grounding.narrowing import narrowed

DELTA_FILE = Path(__file__).with_name("delta.npz")
MAX_TOKENS = 256
BATCH = 16

Rows = npt.NDArray[np.float32]


def read_delta(path: Path = DELTA_FILE) -> tuple[Mapping[str, Rows], str]:
    """What was learned, as arrays by name, and the hash of the file.

    Raises:
        ConfigurationError: the file is missing or broken.
    """
    try:
        identity = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
        with np.load(path, allow_pickle=False) as arrays:
            return {name: arrays[name].astype(np.float32) for name in arrays.files}, identity
    except (OSError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise ConfigurationError(
            f"{path.name} cannot be read ({type(error).__name__}).", "Install the program again."
        ) from error


class OnnxEntails:
    """How likely each evidence bears out its claim, 0 to 1, from an exported ONNX file.

    Args:
        onnx_file: from ``embedding.export_onnx`` with what ``read_delta`` gives.
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
        self._tokenizer.enable_truncation(MAX_TOKENS, strategy="longest_first")
        self._tokenizer.enable_padding(pad_id=0, pad_token="[PAD]")

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """One score a pair of (evidence, claim); long evidence is narrowed to what the claim is
        about."""
        short = [(narrowed(evidence, claim), claim) for evidence, claim in pairs]
        out = np.zeros(len(short), dtype=np.float64)
        order = sorted(range(len(short)), key=lambda i: len(short[i][0]) + len(short[i][1]))
        for start in range(0, len(order), BATCH):
            chosen = order[start : start + BATCH]
            out[chosen] = self._run([short[i] for i in chosen])
        chances: list[float] = (1 / (1 + np.exp(-out.clip(-30, 30)))).tolist()
        return chances

    def _run(self, pairs: list[tuple[str, str]]) -> npt.NDArray[np.float64]:
        encoded = self._tokenizer.encode_batch(pairs)
        ids = np.array([e.ids for e in encoded], dtype=np.int64)
        mask = np.array([e.attention_mask for e in encoded], dtype=np.int64)
        (result,) = self._session.run(None, {"input_ids": ids, "attention_mask": mask})
        return np.asarray(result, dtype=np.float64)[:, 0]
