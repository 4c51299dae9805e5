"""Writes what was built over the bundled model as one ONNX file: whole or not at all, and checked.

Imports torch and transformers; done once for each file, when the program is set up.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from assistant.errors import ModelError

SAMPLE_IDS = (
    (101, 2064, 1045, 2360, 2053, 1029, 102, 0, 0),
    (101, 2064, 1045, 2360, 2748, 2000, 2023, 1029, 102),
)
"""Two short sentences as token ids, one padded: what an export is traced and checked with."""
LONGEST = 512


def write_onnx(
    folder: Path,
    target: Path,
    build: Callable[[Any], Any],
    *,
    output: str,
    failed: str,
    tolerance: float = 2e-3,
) -> None:
    """Write a torch module over the model in ``folder``.

    It is called with ``input_ids`` and ``attention_mask``, each of shape (texts, tokens). What it
    gives for padding is not compared.

    Args:
        folder: the published model, checked by the caller.
        target: the file to write.
        build: makes the module from the model that transformers loaded.
        output: name of what it gives.
        failed: what is said where it cannot be done.
        tolerance: how far the file may be from torch, as a share of the largest number.

    Raises:
        ModelError: the export failed, or gives something else than torch does.
        OSError: the file cannot be written.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        _export(folder, partial, build, output, tolerance)
        os.replace(partial, target)
    except (OSError, ModelError):
        raise
    except Exception as error:
        raise ModelError(
            failed, f"Run again with --debug to see why ({type(error).__name__})."
        ) from error
    finally:
        partial.unlink(missing_ok=True)


def _export(
    folder: Path,
    target: Path,
    build: Callable[[Any], Any],
    output: str,
    tolerance: float,
) -> None:
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    import contextlib
    import io
    import logging
    import warnings

    import torch
    from transformers import AutoModel

    module = build(
        AutoModel.from_pretrained(str(folder), attn_implementation="eager").eval()
    ).eval()
    # Traced with a mask of ones only, the exporter writes a graph that gives other numbers.
    ids = torch.tensor([list(row) for row in SAMPLE_IDS])
    sample = {"input_ids": ids, "attention_mask": (ids > 0).long()}
    axes = {0: torch.export.Dim("batch", min=1), 1: torch.export.Dim("length", min=2, max=LONGEST)}
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with torch.no_grad(), warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        expected = module(*sample.values()).numpy()
        torch.onnx.export(
            module,
            tuple(sample.values()),
            str(target),
            input_names=list(sample),
            output_names=[output],
            dynamic_shapes=tuple(axes for _ in sample),
            dynamo=True,
            external_data=False,
            verbose=False,
        )
    _compare(target, {name: value.numpy() for name, value in sample.items()}, expected, tolerance)


def _compare(onnx_file: Path, sample: dict[str, Any], expected: Any, tolerance: float) -> None:
    """Refuse an export that gives other numbers than the module that it came from."""
    import numpy as np
    import onnxruntime

    session = onnxruntime.InferenceSession(str(onnx_file), providers=["CPUExecutionProvider"])
    (found,) = session.run(None, sample)
    kept = sample["attention_mask"].astype(bool) if expected.ndim == 3 else slice(None)
    furthest = float(np.abs(found - expected)[kept].max())
    if furthest > tolerance * max(1.0, float(np.abs(expected)[kept].max())):
        raise ModelError(
            "A model prepared for this machine gives other numbers than the original.",
            "Check the versions of torch and onnxruntime against constraints.txt.",
        )
