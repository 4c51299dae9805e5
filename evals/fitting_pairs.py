"""Fits a model that reads two texts together: a low-rank change, and two layers over it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from assistant.pair_model import Pool
from evals.fitting import with_low_rank

INNER, DROPOUT = 256, 0.1
RUN = 32
"""Pairs that are scored at once where nothing is learned."""


class Example(NamedTuple):
    """Two texts, and the chance that they are to get."""

    first: str
    second: str
    wanted: float


class PairReader:
    """The model while it is fitted, in numbers of 16 bits where nothing is learned.

    Args:
        folder: of the published model.
        changed: parts of a layer that get a low-rank change.
        rank: of that change.
        first_layer: layers below it stay as published.
        pool: makes the row that the layers over it take; see ``pair_model``.
        width: of that row, in widths of a state, and how many more numbers.
        max_tokens: of a pair.
        cut: which text of a pair is cut.
    """

    def __init__(
        self,
        folder: Path,
        *,
        changed: Sequence[str],
        rank: int,
        first_layer: int,
        pool: Pool,
        width: tuple[int, int],
        max_tokens: int,
        cut: str,
    ) -> None:
        import torch
        from transformers import AutoModel, AutoTokenizer

        self.tokenizer = AutoTokenizer.from_pretrained(str(folder))
        self.model = AutoModel.from_pretrained(str(folder)).bfloat16()
        self.changes = with_low_rank(self.model, changed, rank, first_layer)
        for change in self.changes.values():
            change.data = change.data.float()
        self.first = torch.nn.Linear(width[0] * self.model.config.hidden_size + width[1], INNER)
        self.last = torch.nn.Linear(INNER, 1)
        self.drop = torch.nn.Dropout(DROPOUT)
        self._pool, self._max_tokens, self._cut = pool, max_tokens, cut

    def odds(self, firsts: Sequence[str], seconds: Sequence[str]) -> Any:
        """Log odds of pairs, as a tensor."""
        import torch

        read = self.tokenizer(
            list(firsts),
            list(seconds),
            padding=True,
            truncation=self._cut,
            max_length=self._max_tokens,
            return_tensors="pt",
        )
        ids, mask = read["input_ids"], read["attention_mask"]
        hidden = self.model(input_ids=ids, attention_mask=mask).last_hidden_state.float()
        row = self._pool(hidden, ids, mask)
        return self.last(self.drop(torch.nn.functional.gelu(self.first(row)))).squeeze(-1)

    def scored(self, pairs: Sequence[tuple[str, str]]) -> npt.NDArray[np.float64]:
        """Log odds of pairs, with nothing left out by chance."""
        import torch

        self.learning(False)
        with torch.no_grad():
            parts = [
                self.odds(*zip(*pairs[start : start + RUN], strict=True)).numpy()
                for start in range(0, len(pairs), RUN)
            ]
        self.learning(True)
        return np.concatenate(parts).astype(np.float64)

    def learning(self, on: bool) -> None:
        """Whether parts are left out by chance."""
        self.model.train(on)
        self.drop.train(on)

    def learned(self) -> list[Any]:
        """All that is fitted."""
        layers = (*self.first.parameters(), *self.last.parameters())
        return [*self.changes.values(), *layers]

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """What was learned, by name, as ``pair_model.export_pairs`` takes it."""
        found = {name: value.detach().numpy() for name, value in self.changes.items()}
        for name, layer in (("first", self.first), ("last", self.last)):
            found[f"{name}.weight"] = layer.weight.detach().numpy()
            found[f"{name}.bias"] = layer.bias.detach().numpy()
        return {name: value.astype(np.float16) for name, value in found.items()}


def learn(
    reader: PairReader,
    steps: Sequence[Sequence[Example]],
    *,
    rate: float,
    warm: int,
    decay: float,
    smoothing: float,
    held: float = 0.0,
) -> None:
    """Fit by cross entropy, one step for each batch.

    Args:
        reader: changed in place.
        steps: batches, in the order in which they are learned from.
        rate: of learning, at its height; it falls to nearly nothing by the end.
        warm: steps until then.
        decay: of weights.
        smoothing: how far what is wanted keeps from 0 and 1.
        held: share of the steps for which the rate stays at its height.
    """
    import torch

    optimiser = torch.optim.AdamW(reader.learned(), lr=rate, weight_decay=decay)
    reader.learning(True)
    for step, examples in enumerate(steps):
        left = (len(steps) - step) / (len(steps) * (1 - held))
        for group in optimiser.param_groups:
            group["lr"] = rate * min(1.0, (step + 1) / warm) * min(1.0, max(0.02, left))
        firsts, seconds, wanted = zip(*examples, strict=True)
        target = torch.tensor(wanted, dtype=torch.float32) * (1 - 2 * smoothing) + smoothing
        odds = reader.odds(firsts, seconds)
        loss = torch.nn.functional.binary_cross_entropy_with_logits(odds, target)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(reader.learned(), 1.0)
        optimiser.step()
        if (step + 1) % 50 == 0:
            print(f"step {step + 1} of {len(steps)}: loss {loss.item():.3f}", file=sys.stderr)
