"""Reads a question and a text that was found for it together: how well the text answers it.

The bundled sentence model with a small learned change of its weights (``reranker.npz``, fitted by
``evals/fit_reranker.py`` on texts that readers judged for questions of their own), exported to one
ONNX file when the program is set up. Vectors are made of question and text apart, so they say
whether both are of one subject; a cross-encoder, as this is called, sees whether what is asked is
what is said. It is too slow for the whole library and is asked for the best that was found.
"""

from __future__ import annotations

from pathlib import Path

from assistant.pair_odds import PairOdds

RERANKER_FILE = Path(__file__).with_name("reranker.npz")
MAX_TOKENS, PADDING = 128, "[PAD]"
_BETWEEN = " || "


def reranker_odds(onnx_file: Path, tokenizer_file: Path, *, threads: int = 0) -> PairOdds:
    """What asks the exported model: log odds of (question, text as ``as_read`` gives it).

    Raises:
        ModelError: a file cannot be used.
    """
    return PairOdds(
        onnx_file,
        tokenizer_file,
        what="The reranker",
        hint="Delete that file and run: peer-support index build",
        max_tokens=MAX_TOKENS,
        padding=PADDING,
        threads=threads,
    )


def as_read(ask: str, body: str) -> str:
    """A unit as the model is given it: the nearest question that it answers, and what it says.

    Args:
        ask: empty where it has none.
        body: what it says; what is past the most tokens is cut.
    """
    return f"{ask}{_BETWEEN}{body}" if ask else body
