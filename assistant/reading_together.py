"""Writes the bundled sentence model as one ONNX file that reads two texts together.

What ``embedding.export_onnx`` does for one text, for evidence with a claim: the published weights
with what was learned added to them, and a score for the pair. Imports torch and transformers; done
once, when the program is set up.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.embedding import LORA_SCALE, WEIGHTS_SHA256, check_weights
from assistant.exporting import write_onnx

Rows = npt.NDArray[np.float32]
_SAMPLE_TYPES = ((0, 0, 0, 0, 1, 1, 1, 0, 0), (0, 0, 0, 0, 0, 1, 1, 1, 1))


def together_file(home: Path, identity: str) -> Path:
    """Where the model prepared for this machine is kept."""
    return home / "models" / f"{WEIGHTS_SHA256[:16]}-{identity}" / "together.onnx"


def export_together(folder: Path, target: Path, learned: Mapping[str, Rows]) -> None:
    """Write the model in ``folder`` with what was learned; whole or not at all.

    Args:
        folder: the published model.
        target: the file to write.
        learned: pairs of low-rank matrices ``<module>.a`` (in, r) and ``<module>.b`` (r, out),
            differences ``<parameter>.plus`` of its shape, and ``head.0`` and ``head.1`` with
            ``.weight`` and ``.bias``.

    Raises:
        ModelError: the weights are not the published ones, or the export failed.
    """
    check_weights(folder)
    write_onnx(
        folder,
        target,
        lambda model: module_of(model, learned),
        output="odds",
        failed="The model that reads statements with their evidence could not be prepared.",
        more_inputs={"token_type_ids": _SAMPLE_TYPES},
    )


def module_of(model: Any, learned: Mapping[str, Rows]) -> Any:
    """The module that gives the log odds of each pair, shape (pairs,)."""
    import torch

    changed(model, learned)

    class Together(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.model = model
            self.first = _layer(learned, "head.0")
            self.last = _layer(learned, "head.1")

        def forward(self, input_ids: Any, attention_mask: Any, token_type_ids: Any) -> Any:
            hidden = self.model(
                input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
            )[0]
            pooled = pooled_states(torch, hidden, attention_mask, token_type_ids)
            return self.last(torch.nn.functional.gelu(self.first(pooled)))[:, 0]

    return Together()


def pooled_states(torch: Any, hidden: Any, mask: Any, types: Any) -> Any:
    """The state of the first token, the mean of the claim's and the mean of the evidence's."""
    real, claim = mask.to(hidden.dtype), types.to(hidden.dtype)
    ours, theirs = (real * claim)[..., None], (real * (1 - claim))[..., None]
    means = [(hidden * part).sum(1) / part.sum(1).clamp(min=1e-9) for part in (ours, theirs)]
    return torch.cat([hidden[:, 0], *means], dim=-1)


def changed(model: Any, learned: Mapping[str, Rows]) -> None:
    """Add what was learned to the model's weights."""
    import torch

    with torch.no_grad():
        for key in learned:
            name, _, what = key.rpartition(".")
            if what == "a":
                change = torch.tensor(learned[key] @ learned[f"{name}.b"]) * LORA_SCALE
                model.get_submodule(name).weight += change.T
            elif what == "plus":
                parameter = model.get_parameter(name)
                parameter += torch.tensor(learned[key])


def _layer(learned: Mapping[str, Rows], name: str) -> Any:
    import torch

    weight = torch.tensor(learned[f"{name}.weight"])
    layer = torch.nn.Linear(weight.shape[1], weight.shape[0])
    with torch.no_grad():
        layer.weight.copy_(weight)
        layer.bias.copy_(torch.tensor(learned[f"{name}.bias"]))
    return layer
