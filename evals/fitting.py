"""What the scripts that fit models have in common."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from assistant.embedding import LORA_SCALE

BUNDLED_PARTS = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
)
"""The parts of each layer of the bundled model that get a low-rank change."""


def batches(lengths: Sequence[int], size: int, chance: random.Random) -> list[list[int]]:
    """Rows in batches of alike lengths, so that little is padded, in a new order each time.

    Args:
        lengths: of the rows.
        size: rows of a batch; what is left over takes no part this time.
        chance: gives the order.
    """
    order = list(range(len(lengths)))
    chance.shuffle(order)
    alike = [
        row
        for start in range(0, len(order), size * 20)
        for row in sorted(order[start : start + size * 20], key=lambda r: lengths[r])
    ]
    found = [alike[i : i + size] for i in range(0, len(alike) - size + 1, size)]
    chance.shuffle(found)
    return found


def with_low_rank(
    model: Any, names: Sequence[str], rank: int, first_layer: int = 0
) -> dict[str, Any]:
    """Put a low-rank change beside parts of a torch model, which itself stays as it is.

    Args:
        model: as transformers loaded it; changed in place.
        names: parts of a layer that are changed.
        rank: of the change.
        first_layer: layers below it are left alone.

    Returns:
        The new parameters, named as ``embedding.add_changes`` takes them.
    """
    import torch

    class Changed(torch.nn.Module):  # type: ignore[misc]
        def __init__(self, inner: Any) -> None:
            super().__init__()
            self.inner = inner
            self.a = torch.nn.Parameter(torch.randn(inner.in_features, rank) * 0.02)
            self.b = torch.nn.Parameter(torch.zeros(rank, inner.out_features))

        def forward(self, x: Any) -> Any:
            known = self.inner(x)
            small = x.reshape(-1, x.shape[-1]) @ self.a.to(x.dtype)
            rows = known.reshape(-1, known.shape[-1])
            changed = torch.addmm(rows, small, self.b.to(x.dtype), alpha=LORA_SCALE)
            return changed.reshape(known.shape)

    for parameter in model.parameters():
        parameter.requires_grad_(False)
    found: dict[str, Any] = {}
    for number, layer in enumerate(model.encoder.layer):
        for name in names if number >= first_layer else ():
            parent, _, leaf = name.rpartition(".")
            owner = layer.get_submodule(parent) if parent else layer
            changed = Changed(getattr(owner, leaf))
            setattr(owner, leaf, changed)
            found[f"encoder.layer.{number}.{name}.a"] = changed.a
            found[f"encoder.layer.{number}.{name}.b"] = changed.b
    return found
