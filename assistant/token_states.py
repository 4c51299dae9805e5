"""Writes the bundled sentence model as one ONNX file that gives a row for every token.

What ``embedding.export_onnx`` does for whole texts, for the words in them: the states of a middle
layer, which know grammar, beside those of the last, which know meaning. Imports torch and
transformers; done once, when the program is set up.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from assistant.embedding import WEIGHTS_SHA256, check_weights
from assistant.exporting import write_onnx

LAYERS = (3, 6)
"""The layers whose states are given, side by side: rows of twice 384 numbers."""


def states_file(home: Path) -> Path:
    """Where the bundled model that gives the states of tokens, prepared for this machine, is
    kept."""
    return home / "models" / WEIGHTS_SHA256[:16] / "states.onnx"


def export_states(folder: Path, target: Path) -> None:
    """Write the model in ``folder`` so that it gives (tokens, 768) for each text.

    The file appears whole or not at all.

    Args:
        folder: the published model.
        target: the file to write.

    Raises:
        ModelError: the weights are not the published ones, or the export failed.
    """
    check_weights(folder)
    write_onnx(
        folder,
        target,
        _states,
        output="states",
        failed="The model that checks statements could not be prepared for this machine.",
        tolerance=5e-3,
    )


def _states(model: Any) -> Any:
    """The module that gives a row for each token."""
    import torch

    class States(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            read = self.model(
                input_ids=input_ids, attention_mask=attention_mask, output_hidden_states=True
            )
            return torch.cat([read.hidden_states[layer] for layer in LAYERS], dim=-1)

    return States()
