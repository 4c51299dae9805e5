"""Writes a sentence model as one ONNX file that reads two texts together and gives log odds.

Imports torch and transformers; done once for each file: for the reranker when the program is set
up, for the larger model of the gate when a chat model is first used with it installed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from assistant.embedding import Vectors, add_changes, linear
from assistant.exporting import write_onnx

Pool = Callable[[Any, Any, Any], Any]
"""Makes one row for a pair of (states, ids, mask), each of shape (pairs, tokens, …)."""

START, SEPARATOR = 101, 102
"""The bundled model's ids for what stands before two texts, and after each."""


def export_pairs(
    folder: Path, target: Path, delta: Mapping[str, Vectors], pool: Pool, failed: str
) -> None:
    """Write the model in ``folder`` with what was learned over it: log odds, shape (pairs,).

    Args:
        folder: the published model, its weights checked by the caller.
        target: the file to write, whole or not at all.
        delta: low-rank changes as ``embedding.add_changes`` takes them, and the two layers
            ``first`` (256, width of a row) and ``last`` (1, 256), with weight and bias.
        pool: makes the row that the first layer takes.
        failed: what is said where it cannot be done.

    Raises:
        ModelError: the export failed.
    """
    write_onnx(
        folder,
        target,
        lambda model: _reader(model, delta, pool),
        output="odds",
        failed=failed,
        tolerance=5e-3,
    )


def _reader(model: Any, delta: Mapping[str, Vectors], pool: Pool) -> Any:
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
            row = pool(hidden, input_ids, attention_mask)
            return self.last(torch.nn.functional.gelu(self.first(row))).squeeze(-1)

    return Reader()


def mean_and_first(hidden: Any, ids: Any, mask: Any) -> Any:
    """The mean of all states, and the first: twice the width of a state."""
    import torch

    kept = mask.unsqueeze(-1).to(hidden.dtype)
    mean = (hidden * kept).sum(1) / kept.sum(1).clamp(min=1e-9)
    return torch.cat([mean, hidden[:, 0]], dim=-1)


def question_and_text(hidden: Any, ids: Any, mask: Any) -> Any:
    """How the first text's states lie to the second's: three times the width of a state, and two.

    The product and the distance of their means, the first state, how near the first's words come to
    some word of the second each, and the cosine of the means; scaled to about one.
    """
    import torch

    width = hidden.shape[-1]
    ends = (ids == SEPARATOR).long()
    before = ends.cumsum(1) - ends
    word = (mask > 0) & (ids != START) & (ends == 0)
    asked = ((before == 0) & word).unsqueeze(-1).to(hidden.dtype)
    said = ((before == 1) & word).unsqueeze(-1).to(hidden.dtype)
    question, text = _mean(hidden, asked), _mean(hidden, said)
    states = _unit(hidden)
    alike = states @ states.transpose(1, 2) - 2 * (1 - said.transpose(1, 2))
    nearest = alike.amax(-1, keepdim=True)
    words = (nearest * asked).sum(1) / asked.sum(1).clamp(min=1)
    cosine = (question * text).sum(-1, keepdim=True)
    return torch.cat(
        [
            question * text * width,
            (question - text).abs() * width**0.5,
            _unit(hidden[:, 0]) * width**0.5,
            (words - 0.6) * 10,
            (cosine - 0.6) * 10,
        ],
        dim=-1,
    )


def _mean(hidden: Any, kept: Any) -> Any:
    return _unit((hidden * kept).sum(1) / kept.sum(1).clamp(min=1))


def _unit(x: Any) -> Any:
    return x / x.square().sum(-1, keepdim=True).clamp(min=1e-9).sqrt()
