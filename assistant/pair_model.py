"""Writes the larger sentence model as one ONNX file that reads evidence and statement together.

Imports torch and transformers; done once, when a chat model is first used with the larger model
installed.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from assistant.embedding import Vectors, add_changes, linear
from assistant.exporting import write_onnx


def export_pairs(folder: Path, target: Path, delta: Mapping[str, Vectors]) -> None:
    """Write the model in ``folder`` with what was learned over it: log odds, shape (pairs,).

    Args:
        folder: the published model, its weights checked by the caller.
        target: the file to write, whole or not at all.
        delta: low-rank changes as ``embedding.add_changes`` takes them, and the two layers
            ``first`` (256, twice the width) and ``last`` (1, 256), with weight and bias.

    Raises:
        ModelError: the export failed.
    """
    write_onnx(
        folder,
        target,
        lambda model: _reader(model, delta),
        output="odds",
        failed="The larger model of the gate could not be prepared for this machine.",
        tolerance=5e-3,
    )


def _reader(model: Any, delta: Mapping[str, Vectors]) -> Any:
    """The module that gives one number for each pair."""
    import torch

    add_changes(model, delta)

    class Reader(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.model = model
            self.first, self.last = linear(delta, "first"), linear(delta, "last")

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            hidden = self.model(input_ids=input_ids, attention_mask=attention_mask)[0]
            mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
            mean = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1e-9)
            both = torch.cat([mean, hidden[:, 0]], dim=-1)
            return self.last(torch.nn.functional.gelu(self.first(both))).squeeze(-1)

    return Reader()
