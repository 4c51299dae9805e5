"""Scores how likely evidence bears out a claim, by a model that reads the two together.

The larger sentence model with what ``evals/fit_together.py`` learned on claims that people wrote
for it (``together.npz``). It is asked where its packages are installed; the small network beside it
(``learned``) is asked everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from assistant.grounding.learned import BETWEEN
from assistant.grounding.narrowing import narrowed
from assistant.grounding.records import Entails
from assistant.pair_odds import Odds, PairOdds

TOGETHER_FILE = Path(__file__).with_name("together.npz")
MAX_TOKENS, PADDING = 320, "<pad>"


def larger_odds(onnx_file: Path, tokenizer_file: Path, *, threads: int = 0) -> PairOdds:
    """What asks the exported larger model.

    Raises:
        ModelError: a file cannot be used.
    """
    return PairOdds(
        onnx_file,
        tokenizer_file,
        what="The larger model of the gate",
        hint="Delete the folder that it lies in; it is made anew when it is next needed.",
        max_tokens=MAX_TOKENS,
        padding=PADDING,
        threads=threads,
    )


class TogetherEntails:
    """How likely each evidence bears out its claim, 0 to 1: the larger model and the small network,
    each as sure as it is.

    Args:
        odds: of pairs of (evidence, claim), such as ``larger_odds`` gives.
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
