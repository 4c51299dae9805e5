"""Scores how likely evidence bears out a claim, by what was fitted on the library.

The bundled sentence model's states of every token (``token_states``), compared by a small network
(``head``). It sees what rules on words do not: who does what, and what a "not" belongs to. Texts
are read apart from each other, so that evidence is read once for many claims.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.grounding.head import WIDTH, log_odds
from assistant.grounding.narrowing import narrowed
from assistant.onnx_files import open_onnx

MAX_TOKENS = 256
BATCH = 16
KEPT = 512
"""Texts whose states are kept in memory; a text of eighty tokens takes a quarter of a megabyte."""
BETWEEN = "\n\n"
"""What stands between two texts that a claim rests on."""

Rows = npt.NDArray[np.float32]
States = Callable[[Sequence[str]], Sequence[Rows]]
"""States of the tokens of each text, shape (tokens, 768)."""


class OnnxStates:
    """States of tokens from an exported ONNX file, those of the marks at both ends left out.

    Args:
        onnx_file: from ``token_states.export_states``.
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
            what="The model that checks statements",
            hint="Delete that file and run: peer-support index build",
        )
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.enable_padding(pad_id=0, pad_token="[PAD]")

    def __call__(self, texts: Sequence[str]) -> list[Rows]:
        """The states of each text; long texts are cut at 256 tokens."""
        out: list[Rows] = [np.zeros((0, WIDTH), np.float32)] * len(texts)
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        for start in range(0, len(order), BATCH):
            chosen = order[start : start + BATCH]
            for place, rows in zip(chosen, self._run([texts[i] for i in chosen]), strict=True):
                out[place] = rows
        return out

    def _run(self, texts: list[str]) -> list[Rows]:
        encoded = self._tokenizer.encode_batch(texts)
        ids = np.array([e.ids for e in encoded], dtype=np.int64)
        mask = np.array([e.attention_mask for e in encoded], dtype=np.int64)
        (states,) = self._session.run(None, {"input_ids": ids, "attention_mask": mask})
        return [rows[1 : n - 1] for rows, n in zip(states, mask.sum(1), strict=True)]


class LearnedEntails:
    """How likely each evidence bears out its claim, 0 to 1.

    Args:
        states: of tokens, such as ``OnnxStates``.
        head: from ``head.read_head``.
    """

    def __init__(self, states: States, head: Mapping[str, Rows]) -> None:
        self._head = head
        self._states = lru_cache(maxsize=KEPT)(lambda text: states([text])[0])

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """One score a pair of (evidence, claim). Texts of the evidence are parted by an empty line;
        a long one is narrowed to what the claim is about."""
        return [self._score(evidence, claim) for evidence, claim in pairs]

    def _score(self, evidence: str, claim: str) -> float:
        parts = [part for part in evidence.split(BETWEEN) if part.strip()]
        rows = [self._states(narrowed(part, claim)) for part in parts]
        theirs, ours = (
            np.concatenate(rows or [np.zeros((0, WIDTH), np.float32)]),
            self._states(claim),
        )
        if not len(theirs) or not len(ours):
            return 0.0
        odds = max(-30.0, min(30.0, log_odds(self._head, ours, theirs)))
        return float(1 / (1 + np.exp(-odds)))
