"""Fits the screen's model (``assistant/screening/delta.npz``) on the examples of the screen.

    python -m evals.fit_screen

A low-rank change of every layer of the bundled sentence model and a layer that scores labels, by
plain cross entropy over ``prompts/screening_examples.jsonl`` and every ``training/screen*.jsonl``,
folded as questions are; then two passes more, more slowly, with the questions that people asked of
the library (``screen-questions.jsonl``). Rare labels count more, the asker's own danger more again.
No case of ``evals/cases`` takes part, nor do the messages of ``screen-stopped.jsonl``, which show
what a fit is worth. About half an hour on two cores.
"""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from assistant.embedding import bundled_model_folder, check_weights
from assistant.prompts import ExampleMessage, load_screening
from assistant.screening.examples import LABELS
from assistant.screening.folding import Folder
from assistant.screening.learned import DELTA_FILE
from assistant.settings import read_settings
from evals.cases import FOLDER, read_lines
from evals.fitting import BUNDLED_PARTS, batches, with_low_rank

TRAINING = FOLDER.parent / "training"
RANK, BATCH = 16, 64
QUESTIONS, HELD_OUT = "screen-questions.jsonl", "screen-stopped.jsonl"
LONGEST, SMOOTHING, DECAY = 128, 0.05, 0.01
OWN_COUNTS = 1.4
"""What a message from somebody in danger counts for beside others as rare: missing one is worse
than help that is not needed."""


@dataclass(frozen=True)
class Stage:
    """How often everything is gone through, how fast, over how many steps the speed rises, and the
    seed of the order."""

    epochs: int
    rate: float
    warm: int
    seed: int


FIRST, SECOND = Stage(4, 1e-3, 100, 1), Stage(2, 6e-4, 50, 2)


def texts_and_labels(*without: str) -> tuple[list[str], list[int]]:
    """The examples and training messages, folded, with the place of each label.

    Args:
        without: names of files of ``training/`` that are left out.
    """
    rules = load_screening(read_settings().prompts)
    folder = Folder(rules)
    more = [
        example
        for path in sorted(TRAINING.glob("screen*.jsonl"))
        if path.name not in without
        for example in read_lines(path, ExampleMessage)
    ]
    examples = [*rules.examples, *more]
    texts = [folder.fold(example.text).whole for example in examples]
    return texts, [LABELS.index(example.label) for example in examples]


def fit(
    texts: list[str], labels: list[int], stage: Stage, start: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The fitted arrays by name, as ``embedding.export_onnx`` takes them.

    Args:
        texts: folded.
        labels: the place of each text's label in ``LABELS``.
        stage: how to go through them.
        start: the arrays of an earlier stage; None begins with the published weights.
    """
    import torch
    from transformers import AutoModel, AutoTokenizer

    torch.manual_seed(stage.seed)
    chance = random.Random(stage.seed)
    folder = bundled_model_folder()
    check_weights(folder)
    tokenizer = AutoTokenizer.from_pretrained(str(folder))
    model = AutoModel.from_pretrained(str(folder))
    changes = with_low_rank(model, BUNDLED_PARTS, RANK)
    head = torch.nn.Linear(model.config.hidden_size, len(LABELS))
    named = {**changes, "head.weight": head.weight, "head.bias": head.bias}
    with torch.no_grad():
        for name, held in (start or {}).items():
            named[name].copy_(torch.as_tensor(held))
    counts = np.bincount(labels, minlength=len(LABELS))
    rarity = 1.0 / np.sqrt(np.maximum(counts, 1))
    rarity[LABELS.index("crisis_self")] *= OWN_COUNTS
    weight = torch.tensor(rarity, dtype=torch.float32)
    optimiser = torch.optim.AdamW(named.values(), lr=stage.rate, weight_decay=DECAY)
    lengths = [len(text) for text in texts]
    steps, step = stage.epochs * (len(texts) // BATCH), 0
    model.train()
    for _ in range(stage.epochs):
        for rows in batches(lengths, BATCH, chance):
            for group in optimiser.param_groups:
                group["lr"] = (
                    stage.rate * min(1.0, (step + 1) / stage.warm) * (1 - step / (steps + 1))
                )
            read = tokenizer(
                [texts[row] for row in rows],
                padding=True,
                truncation=True,
                max_length=LONGEST,
                return_tensors="pt",
            )
            with torch.autocast("cpu", dtype=torch.bfloat16):
                hidden = model(**read).last_hidden_state.float()
            mask = read["attention_mask"].unsqueeze(-1).float()
            mean = (hidden * mask).sum(1) / mask.sum(1)
            wanted = torch.tensor([labels[row] for row in rows])
            loss = torch.nn.functional.cross_entropy(
                head(mean), wanted, weight=weight / weight.mean(), label_smoothing=SMOOTHING
            )
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            step += 1
            if step % 20 == 0:
                print(f"step {step} of {steps}: loss {loss.item():.3f}", file=sys.stderr)
    return {name: value.detach().numpy() for name, value in named.items()}


def main() -> int:
    """Fit and write the file that is shipped."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    first = fit(*texts_and_labels(QUESTIONS, HELD_OUT), FIRST)
    arrays = fit(*texts_and_labels(HELD_OUT), SECOND, first)
    np.savez(DELTA_FILE, **{name: value.astype(np.float16) for name, value in arrays.items()})
    print(f"wrote {DELTA_FILE.name}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
