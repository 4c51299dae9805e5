"""Opens a model that was exported for this machine, with its tokenizer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from assistant.errors import ModelError


def open_onnx(
    onnx_file: Path, tokenizer_file: Path, *, threads: int, what: str, hint: str
) -> tuple[Any, Any]:
    """An onnxruntime session and a tokenizer.

    Args:
        onnx_file: an exported model.
        tokenizer_file: of the model that it came from.
        threads: for one run; 0 leaves it to the machine.
        what: how the model is called where it cannot be loaded.
        hint: what to do then.

    Raises:
        ModelError: a file cannot be used.
    """
    import onnxruntime
    from tokenizers import Tokenizer

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(
            str(onnx_file), options, providers=["CPUExecutionProvider"]
        )
        return session, Tokenizer.from_file(str(tokenizer_file))
    except Exception as error:
        raise ModelError(f"{what} cannot be loaded from {onnx_file}.", hint) from error
