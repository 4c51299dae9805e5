"""Fits the model that reads evidence and claim together (``assistant/grounding/together.npz``).

    python -m evals.fit_together

The bundled sentence model, all of it but its table of words, by plain cross entropy on claims that
were written for it (``training/grounding*.jsonl``): true ones close to a note, in other words, and
of a part of it; false ones of ten kinds. What changed is kept as low-rank matrices. No case of
``evals/cases`` takes part, and no note that one rests on first. About an hour on two cores.
"""

from __future__ import annotations

import json
import os
import random
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from assistant.corpus import Library
from assistant.embedding import LORA_SCALE, bundled_model_folder, check_weights
from assistant.grounding.gate import headed
from assistant.grounding.learned import BETWEEN
from assistant.grounding.together import MAX_TOKENS, TOGETHER_FILE, Rows
from assistant.reading_together import pooled_states
from evals.cases import FOLDER
from evals.fit_grounding import left_out, library
from evals.fitting import batches, rate
from evals.grounding import piece_of

TRAINING = FOLDER.parent / "training"
EPOCHS, BATCH, RATE, HEAD_RATE, WARM, SEED = 4, 32, 2e-4, 3e-4, 150, 0
HIDDEN, DROPOUT, SMOOTHING, DECAY, STEEPEST = 128, 0.1, 0.03, 0.01, 1.0
RANK = 64
"""Of what is kept of a changed matrix."""

Pair = tuple[str, str, float]
"""Evidence, a claim, and 1 where it is borne out."""


def pairs(held: Library) -> list[Pair]:
    """The claims that were written for training, with the notes that they rest on."""
    out, found = left_out(), []
    for path in sorted(TRAINING.glob("grounding*.jsonl")):
        for line in filter(None, path.read_text(encoding="utf-8").splitlines()):
            data = json.loads(line)
            notes = list(dict.fromkeys(data["notes"]))
            if all(note in held.notes and note not in out for note in notes):
                evidence = BETWEEN.join(headed(piece_of(note, held)) for note in notes)
                found.append((evidence, data["text"], float(data["holds"])))
    return found


def fit(chosen: Sequence[Pair]) -> dict[str, Rows]:
    """The fitted arrays by name, as ``reading_together.export_together`` takes them."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    torch.manual_seed(SEED)
    chance = random.Random(SEED)
    folder = bundled_model_folder()
    check_weights(folder)
    tokenizer = AutoTokenizer.from_pretrained(str(folder))
    model = AutoModel.from_pretrained(str(folder))
    before = {name: value.detach().clone() for name, value in model.named_parameters()}
    for name, parameter in model.named_parameters():
        parameter.requires_grad_("word_embeddings" not in name and "pooler" not in name)
    layers = torch.nn.ModuleList(
        [torch.nn.Linear(3 * model.config.hidden_size, HIDDEN), torch.nn.Linear(HIDDEN, 1)]
    )
    drop = torch.nn.Dropout(DROPOUT)
    ours = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimiser = torch.optim.AdamW(
        [{"params": ours, "lr": RATE}, {"params": layers.parameters(), "lr": HEAD_RATE}],
        weight_decay=DECAY,
    )
    full = [group["lr"] for group in optimiser.param_groups]
    lengths = [len(evidence) + len(claim) for evidence, claim, _ in chosen]
    steps, step = EPOCHS * (len(chosen) // BATCH), 0
    model.train()
    for _ in range(EPOCHS):
        for rows in batches(lengths, BATCH, chance):
            for group, most in zip(optimiser.param_groups, full, strict=True):
                group["lr"] = most * rate(step, steps, WARM)
            read = tokenizer(
                [chosen[row][0] for row in rows],
                [chosen[row][1] for row in rows],
                padding=True,
                truncation="only_first",
                max_length=MAX_TOKENS,
                return_tensors="pt",
            )
            with torch.autocast("cpu", dtype=torch.bfloat16):
                hidden = model(**read).last_hidden_state
            pooled = pooled_states(
                torch, hidden.float(), read["attention_mask"], read["token_type_ids"]
            )
            odds = layers[1](drop(torch.nn.functional.gelu(layers[0](pooled)))).squeeze(-1)
            wanted = torch.tensor([chosen[row][2] for row in rows])
            loss = torch.nn.functional.binary_cross_entropy_with_logits(
                odds, wanted * (1 - 2 * SMOOTHING) + SMOOTHING
            )
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(ours, STEEPEST)
            optimiser.step()
            step += 1
            if step % 20 == 0:
                print(f"step {step} of {steps}: loss {loss.item():.3f}", file=sys.stderr)
    return kept(model, layers, before)


def kept(model: Any, layers: Any, before: Any) -> dict[str, Rows]:
    """What changed: matrices as products of two thin ones, all else as it is."""
    found: dict[str, Rows] = {}
    for name, parameter in model.named_parameters():
        change = (parameter.detach() - before[name]).numpy()
        if not change.any():
            continue
        if name.endswith("dense.weight") or (".self." in name and name.endswith(".weight")):
            left, sizes, right = np.linalg.svd(change.T / LORA_SCALE, full_matrices=False)
            root = np.sqrt(sizes[:RANK])
            found[f"{name.removesuffix('.weight')}.a"] = left[:, :RANK] * root
            found[f"{name.removesuffix('.weight')}.b"] = root[:, None] * right[:RANK]
        else:
            found[f"{name}.plus"] = change
    for number, layer in enumerate(layers):
        found[f"head.{number}.weight"] = layer.weight.detach().numpy()
        found[f"head.{number}.bias"] = layer.bias.detach().numpy()
    return found


def main() -> int:
    """Fit and write the file that is shipped."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    arrays = fit(pairs(library()))
    small: dict[str, Any] = {name: value.astype(np.float16) for name, value in arrays.items()}
    np.savez_compressed(TOGETHER_FILE, **small)
    print(f"wrote {TOGETHER_FILE.name}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
