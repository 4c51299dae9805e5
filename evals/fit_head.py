"""Fits the layer on top of the embedding model (``assistant/head.py``) on the library's own asks.

    python -m evals.fit_head

Every ask is a question for the unit that it belongs to: its body, and the mean of its other asks,
must lie nearer than those of a thousand other units. A penalty keeps the layer close to leaving
vectors as they are. No evaluation question is used. One seed, one thread's worth of minutes.
"""

from __future__ import annotations

import sys

import numpy as np
import torch
from torch.nn import functional as fn

from assistant.assembly import vector_model
from assistant.corpus import read_library
from assistant.head import FILE, SCALE
from assistant.indexing.units import units_of
from assistant.settings import read_settings

HIDDEN, STEPS, BATCH, RATE = 512, 300, 1024, 1e-3
SHARPNESS, PENALTY, SEED = 20.0, 4e-3, 0


class Layer(torch.nn.Module):  # type: ignore[misc]
    """The layer as it is fitted; starts as leaving vectors alone."""

    def __init__(self, dimensions: int) -> None:
        super().__init__()
        self.inner = torch.nn.Linear(dimensions, HIDDEN)
        self.outer = torch.nn.Linear(HIDDEN, dimensions)
        torch.nn.init.zeros_(self.outer.weight)
        torch.nn.init.zeros_(self.outer.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Unit vectors."""
        bent = fn.gelu(self.inner(x * SCALE), approximate="tanh")
        return fn.normalize(x + self.outer(bent), dim=-1)


def fit(bodies: torch.Tensor, asks: torch.Tensor, owner: torch.Tensor) -> Layer:
    """The fitted layer.

    Args:
        bodies: unit vectors of the units' bodies, shape (units, d).
        asks: unit vectors of all asks, shape (asks, d).
        owner: row of the unit that each ask belongs to.
    """
    torch.manual_seed(SEED)
    layer = Layer(bodies.shape[1])
    sums = torch.zeros_like(bodies).index_add_(0, owner, asks)
    optimiser = torch.optim.Adam(layer.parameters(), lr=RATE)
    for step in range(STEPS):
        for group in optimiser.param_groups:
            group["lr"] = RATE * (1 - step / STEPS)
        chosen = torch.randint(len(asks), (BATCH,))
        unit = owner[chosen]
        question = layer(asks[chosen])
        others = layer(fn.normalize(sums[unit] - asks[chosen], dim=1))
        same = (unit[:, None] == unit[None, :]) & ~torch.eye(BATCH, dtype=torch.bool)
        loss = PENALTY * (layer.outer.weight**2).sum()
        for right in (layer(bodies[unit]), others):
            near = (question @ right.T * SHARPNESS).masked_fill(same, -1e9)
            loss = loss + fn.cross_entropy(near, torch.arange(BATCH))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if step % 50 == 0:
            print(f"step {step} of {STEPS}: loss {loss.item():.3f}", file=sys.stderr)
    return layer


def main() -> int:
    """Fit on the library of the settings and write the file that is shipped."""
    settings = read_settings()
    units = units_of(read_library(settings.corpus))
    model = vector_model(settings)
    bodies = torch.tensor(model.vectors([unit.body for unit in units]))
    asks = [(row, ask) for row, unit in enumerate(units) for ask in unit.asks]
    vectors = torch.tensor(model.vectors([ask for _, ask in asks]))
    layer = fit(bodies, vectors, torch.tensor([row for row, _ in asks]))
    np.savez(
        FILE,
        inner=layer.inner.weight.detach().numpy().T.astype(np.float16),
        inner_bias=layer.inner.bias.detach().numpy().astype(np.float16),
        outer=layer.outer.weight.detach().numpy().T.astype(np.float16),
        outer_bias=layer.outer.bias.detach().numpy().astype(np.float16),
    )
    print(f"wrote {FILE.name}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
