"""Writes the bundled sentence model as one ONNX file that gives a row for every token.

What ``embedding.export_onnx`` does for whole texts, for the words in them: the states of a middle
layer, which know grammar, beside those of the last, which know meaning. Imports torch and
transformers; done once, when the program is set up.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from assistant.embedding import SAMPLE_IDS, WEIGHTS_SHA256, check_weights
from assistant.errors import ModelError

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
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        _export(folder, partial)
        os.replace(partial, target)
    except (OSError, ModelError):
        raise
    except Exception as error:
        raise ModelError(
            "The model that checks statements could not be prepared for this machine.",
            f"Run again with --debug to see why ({type(error).__name__}).",
        ) from error
    finally:
        partial.unlink(missing_ok=True)


def _export(folder: Path, target: Path) -> None:
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    import contextlib
    import io
    import logging
    import warnings

    import torch
    from transformers import AutoModel

    class States(torch.nn.Module):  # type: ignore[misc]
        def __init__(self, model: Any) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            read = self.model(
                input_ids=input_ids, attention_mask=attention_mask, output_hidden_states=True
            )
            return torch.cat([read.hidden_states[layer] for layer in LAYERS], dim=-1)

    states = States(AutoModel.from_pretrained(str(folder), attn_implementation="eager").eval())
    # Traced with a mask of ones only, the exporter writes a graph that gives other states.
    ids = torch.tensor([list(row) for row in SAMPLE_IDS])
    mask = (ids > 0).long()
    axes = {0: torch.export.Dim("batch", min=1), 1: torch.export.Dim("length", min=2, max=512)}
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with torch.no_grad(), warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        expected = states(ids, mask).numpy()
        torch.onnx.export(
            states,
            (ids, mask),
            str(target),
            input_names=["input_ids", "attention_mask"],
            output_names=["states"],
            dynamic_shapes={"input_ids": axes, "attention_mask": axes},
            dynamo=True,
            external_data=False,
            verbose=False,
        )
    _compare(target, ids.numpy(), mask.numpy(), expected)


def _compare(onnx_file: Path, ids: Any, mask: Any, expected: Any) -> None:
    """Refuse an export whose states are not those of the model that it came from."""
    import numpy as np
    import onnxruntime

    session = onnxruntime.InferenceSession(str(onnx_file), providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {"input_ids": ids, "attention_mask": mask})
    kept = mask.astype(bool)
    if float(np.abs(found - expected)[kept].max()) > 5e-3 * float(np.abs(expected)[kept].max()):
        raise ModelError(
            "The model prepared for checking statements gives other states than the original.",
            "Report this with the versions of torch and onnxruntime.",
        )
