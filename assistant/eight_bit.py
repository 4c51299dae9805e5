"""Models with weights of 8 bits.

A trust adds thousands of passages at once and waits for them; a question is one text. So passages
of added documents are embedded with smaller weights, about a third faster, and questions with the
whole ones. The vectors agree to a cosine of 0.999; what that costs in finding passages stands in
decision 0020. The larger model of the gate, which gives a judgement and no vectors, is kept in 8
bits through and through: a third of the time, a quarter of the memory (decision 0030).
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from assistant.errors import ModelError

EIGHT_BIT_NAME = "minilm-l6-v2-8bit.onnx"
BLOCK = 128
"""Weights that share a scale. Smaller blocks come a little closer and take longer."""
INT8_INSIDE = 4
"""onnxruntime's name for multiplying in 8 bits too, not only keeping the weights so."""


def quantise(source: Path, target: Path) -> None:
    """Write an exported model again with weights of 8 bits; whole or not at all.

    Args:
        source: from ``embedding.export_onnx``.
        target: the file to write.

    Raises:
        ModelError: it cannot be done.
        OSError: the file cannot be written.
    """
    _whole_or_not(
        target, lambda partial: _by_blocks(source, partial), "The model for added documents"
    )


def quantise_throughout(source: Path, target: Path) -> None:
    """Write an exported model again with every weight in 8 bits, a scale a row, multiplied in 8
    bits too; whole or not at all. For models that judge.

    Args:
        source: an exported model.
        target: the file to write.

    Raises:
        ModelError: it cannot be done.
        OSError: the file cannot be written.
    """
    _whole_or_not(target, lambda partial: _by_rows(source, partial), "The larger model")


def _whole_or_not(target: Path, write: Callable[[Path], None], what: str) -> None:
    partial = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        write(partial)
        os.replace(partial, target)
    except (OSError, ModelError):
        raise
    except Exception as error:
        raise ModelError(
            f"{what} could not be prepared for this machine.",
            f"Run again with --debug to see why ({type(error).__name__}).",
        ) from error
    finally:
        partial.unlink(missing_ok=True)


def _by_rows(source: Path, target: Path) -> None:
    import onnx

    with _root_log_kept():
        from onnxruntime.quantization import QuantType, quantize_dynamic

        model = onnx.load(str(source))
        # Shapes that the exporter noted are inferred anew, and do not agree with the names it gave.
        del model.graph.value_info[:]
        quantize_dynamic(
            model,
            target,
            weight_type=QuantType.QInt8,
            per_channel=True,
            op_types_to_quantize=["MatMul", "Gather"],
        )


def _by_blocks(source: Path, target: Path) -> None:
    import onnx

    with _root_log_kept():
        from onnxruntime.quantization import matmul_nbits_quantizer as by_blocks
    by_blocks.logger.setLevel(logging.WARNING)
    how = by_blocks.DefaultWeightOnlyQuantConfig(
        block_size=BLOCK, is_symmetric=True, accuracy_level=INT8_INSIDE, bits=8
    )
    quantiser = by_blocks.MatMulNBitsQuantizer(onnx.load(str(source)), algo_config=how)
    quantiser.process()
    onnx.save_model(quantiser.model.model, str(target))


@contextmanager
def _root_log_kept() -> Iterator[None]:
    """The root logger has a handler meanwhile: the quantiser's module would give it one of its own
    when it is imported, and whatever this process logs would go to the terminal."""
    root, silent = logging.getLogger(), logging.NullHandler()
    root.addHandler(silent)
    try:
        yield
    finally:
        root.removeHandler(silent)
