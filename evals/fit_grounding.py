"""Fits what the gate has learned: a table of words, a small network, and the weights of its signs.

    python -m evals.fit_grounding [words | head | weights]

In this order, each from what stands before it; without a name, all three.

- ``words.npz``: the bundled model's vectors of single words, made smaller.
- ``head.npz``: the network of ``grounding/head.py``, by plain cross entropy on pairs that
  ``grounding_pairs`` makes from the library and on those that were written by hand for it
  (``training/grounding.jsonl`` and ``grounding-claims.jsonl``, on the texts of
  ``grounding-notes.jsonl``), which count several times. No case of ``evals/cases`` takes
  part, and no note that a case rests on first.
- ``weights.json``: a logistic sum over the rules' signs and the network's score, on the ``dev``
  cases. A sign against a claim may only count against it, so that no accident of the cases turns a
  warning into praise. The threshold is read off scores from cross-validation by note.

About forty minutes on one core.
"""

from __future__ import annotations

import json
import random
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.assembly import onnx_file, together_of
from assistant.corpus import Library, read_library
from assistant.embedding import OnnxEmbeddings, bundled_model_folder
from assistant.grounding.coverage import cover
from assistant.grounding.gate import case_of, evidence_of, findings_of
from assistant.grounding.head import HEAD_FILE, WIDTH, read_head
from assistant.grounding.learned import LearnedEntails, OnnxStates
from assistant.grounding.likeness import WORDS_FILE
from assistant.grounding.records import Entails, Piece
from assistant.grounding.weighing import FOR_IT, WEIGHTS_FILE, Kind, features
from assistant.larger_model import installed_parts
from assistant.settings import read_settings
from assistant.token_states import export_states
from evals.cases import FOLDER, GroundingCase, read_cases
from evals.fitting import batches
from evals.grounding import claim_of, pieces_of
from evals.grounding_pairs import Maker, Pair, written

TRAINING = FOLDER.parent / "training"
WRITTEN, NOTES = ("grounding.jsonl", "grounding-claims.jsonl"), "grounding-notes.jsonl"
SEED, EPOCHS, BATCH, RATE, WARM = 0, 4, 64, 1.5e-3, 60
SEEDS = (11, 12)
"""Of the pairs that are made: each true sentence takes part once for each."""
SMOOTHING, DECAY, DROPOUT, TIMES_WRITTEN = 0.03, 0.05, 0.35, 2
LOST, NOISE = 0.06, 0.15
"""Tokens of a claim that are blanked while fitting, and noise on the others."""
COMMON, SMALL = 9500, 96
FALSE_PASS = 0.03
"""The share of false claims that may pass, from which the threshold is read."""

Floats = npt.NDArray[np.float64]


def library() -> Library:
    """The library of the settings."""
    return read_library(read_settings().corpus)


def left_out() -> frozenset[str]:
    """Notes that a case rests on first: they take no part in fitting."""
    cases = [
        case
        for part in ("dev", "test")
        for case in read_cases(FOLDER / f"grounding-{part}.jsonl", GroundingCase)
    ]
    return frozenset(case.rests_on[0].note for case in cases)


def embeddings() -> OnnxEmbeddings:
    """The bundled model as it was prepared for this machine."""
    tokenizer = bundled_model_folder() / "tokenizer.json"
    return OnnxEmbeddings(onnx_file(read_settings().home), tokenizer, threads=1)


# ---------------------------------------------------------------- words


def fit_words(held: Library) -> None:
    """Write the table of words."""
    vocabulary = json.loads((bundled_model_folder() / "tokenizer.json").read_text())["model"][
        "vocab"
    ]
    texts = [note.text for note in held.notes.values()]
    texts += [s.text for b in held.briefs.values() for s in (*b.lead, *b.practice, *b.not_settled)]
    ours = set(re.findall(r"[a-z]{3,}", " ".join(texts).lower()))
    common = {w for w, row in vocabulary.items() if row < COMMON and re.fullmatch("[a-z]{3,}", w)}
    words = sorted(ours | common)
    rows = embeddings().vectors(words)
    rows = rows - rows.mean(0)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    _, _, axes = np.linalg.svd(rows, full_matrices=False)
    small = rows @ axes[:SMALL].T
    whole = np.round(small / np.abs(small).max(1, keepdims=True) * 127).astype(np.int8)
    listed = np.frombuffer("\n".join(words).encode(), dtype=np.uint8)
    np.savez_compressed(WORDS_FILE, words=listed, vectors=whole)


# ---------------------------------------------------------------- head


def near_notes(held: Library) -> dict[str, list[str]]:
    """For each note, close notes of other sources on a topic of its own, closest first."""
    ids = sorted(held.notes)
    rows = embeddings().vectors([held.notes[i].text for i in ids])
    alike = rows @ rows.T
    found: dict[str, list[str]] = {}
    for place, note in enumerate(ids):
        close = [ids[j] for j in np.argsort(-alike[place])[:60] if alike[place, j] < 0.86]
        topics = set(held.notes[note].topics)
        source = held.note_source[note].id
        found[note] = [
            other
            for other in close
            if held.note_source[other].id != source and topics & set(held.notes[other].topics)
        ][:25]
    return found


def refused(pair: Pair) -> bool:
    """Whether the rules refuse a made claim by themselves, so that the network need not."""
    found = findings_of(case_of(pair.claim, [(Piece("e", pair.evidence), "")]))
    return bool(found) and found[0].sure


def pairs(held: Library) -> list[Pair]:
    """What the network is fitted on."""
    near, out, chance = near_notes(held), left_out(), random.Random(SEED)
    made = [pair for seed in SEEDS for pair in Maker(held, out, near, seed).pairs()]
    kept = [pair for pair in made if pair.holds or chance.random() < 0.1 or not refused(pair)]
    more = [pair for name in WRITTEN for pair in written(TRAINING / name, TRAINING / NOTES)]
    return kept + more * TIMES_WRITTEN


def network(sample: Floats) -> Any:
    """The network of ``grounding/head.py`` in torch, looking by likeness from the start."""
    import torch
    from torch import nn

    torch.manual_seed(SEED)
    half = WIDTH // 2

    class Network(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.P = nn.Linear(WIDTH, 128, bias=False)
            self.scale = nn.Parameter(torch.tensor(12.0))
            self.V = nn.Linear(WIDTH, 96)
            self.c1 = nn.Linear(4 * 96 + 4, 96)
            self.conv = nn.Conv1d(96, 64, 3, padding=1)
            self.h1, self.h2 = nn.Linear(128, 48), nn.Linear(48, 1)
            self.drop = nn.Dropout(DROPOUT)
            self.register_buffer("mu", torch.tensor(sample.mean(0), dtype=torch.float32))
            self.register_buffer("sd", torch.tensor(sample.std(0) + 1e-3, dtype=torch.float32))
            start = np.zeros((WIDTH, 128), dtype=np.float32)
            start[half:, :96] = _axes(sample[:, half:], 96)
            start[:half, 96:] = _axes(sample[:, :half], 32) * 0.5
            self.P.weight.data = torch.tensor(start.T.copy())

        def forward(self, ours: Any, real: Any, theirs: Any, there: Any) -> Any:
            relu, unit = nn.functional.relu, nn.functional.normalize
            if self.training:
                kept = (torch.rand(*ours.shape[:2], 1) > LOST).float()
                ours = ours * kept + torch.randn_like(ours) * NOISE * self.sd
            ours, theirs = (ours - self.mu) / self.sd, (theirs - self.mu) / self.sd
            alike = unit(self.P(ours), dim=-1) @ unit(self.P(theirs), dim=-1).transpose(1, 2)
            alike = alike.masked_fill(~there[:, None, :], -1e4)
            looks = torch.softmax(alike * self.scale, -1)
            place = looks @ torch.arange(theirs.shape[1]).float()
            jump = torch.cat([torch.zeros(len(place), 1), place[:, 1:] - place[:, :-1]], 1) / 8
            signs = (alike.max(-1).values, jump.clamp(-2, 2), jump.abs().clamp(0, 2))
            signs = torch.stack([*signs, (looks * looks).sum(-1)], -1)
            mine, found = self.drop(self.V(ours)), looks @ self.V(theirs)
            read = torch.cat([mine, found, mine - found, mine * found, signs], -1)
            read = relu(self.c1(read)) * real[..., None]
            read = relu(self.conv(self.drop(read).transpose(1, 2))).transpose(1, 2)
            read = read * real[..., None]
            pooled = torch.cat([read.sum(1) / real.sum(1, keepdim=True), read.max(1).values], -1)
            return self.h2(self.drop(relu(self.h1(pooled)))).squeeze(-1)

    return Network()


def _axes(rows: Floats, count: int) -> Floats:
    centred = rows - rows.mean(0)
    _, vectors = np.linalg.eigh(centred.T @ centred / len(centred))
    return np.asarray(vectors[:, ::-1][:, :count])


def padded(rows: Sequence[npt.NDArray[np.float16]]) -> tuple[Any, Any]:
    """Rows of unlike lengths as one tensor, and which of its places are real."""
    import torch

    longest = max(len(each) for each in rows)
    out = np.zeros((len(rows), longest, WIDTH), dtype=np.float32)
    real = np.zeros((len(rows), longest), dtype=bool)
    for place, each in enumerate(rows):
        out[place, : len(each)], real[place, : len(each)] = each, True
    return torch.tensor(out), torch.tensor(real)


def fit_head(held: Library) -> None:
    """Fit the network and write it."""
    import torch

    chance = random.Random(SEED)
    chosen = pairs(held)
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "states.onnx"
        export_states(bundled_model_folder(), target)
        run = OnnxStates(target, bundled_model_folder() / "tokenizer.json", threads=1)
        texts = sorted({t for pair in chosen for t in (*pair.texts, pair.claim)})
        states = {t: s.astype(np.float16) for t, s in zip(texts, run(texts), strict=True)}
    sample = np.concatenate([states[p.claim] for p in chance.sample(chosen, 1500)])
    model = network(sample.astype(np.float64))
    optimiser = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=DECAY)
    lengths = [len(states[pair.claim]) for pair in chosen]
    steps, step = EPOCHS * (len(chosen) // BATCH), 0
    model.train()
    for epoch in range(EPOCHS):
        for rows in batches(lengths, BATCH, chance):
            for group in optimiser.param_groups:
                group["lr"] = RATE * min(1.0, (step + 1) / WARM) * max(0.03, 1 - step / steps)
            ours, real = padded([states[chosen[row].claim] for row in rows])
            evidence = [np.concatenate([states[t] for t in chosen[row].texts]) for row in rows]
            wanted = torch.tensor([float(chosen[row].holds) for row in rows])
            wanted = wanted * (1 - 2 * SMOOTHING) + SMOOTHING
            odds = model(ours, real.float(), *padded(evidence))
            loss = torch.nn.functional.binary_cross_entropy_with_logits(odds, wanted)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            step += 1
        print(f"epoch {epoch + 1} of {EPOCHS}: loss {loss.item():.3f}", file=sys.stderr)
    arrays = {name: value.detach().numpy() for name, value in model.state_dict().items()}
    np.savez(HEAD_FILE, **{name: value.astype(np.float16) for name, value in arrays.items()})


# ---------------------------------------------------------------- weights


def rows_of(
    cases: Sequence[GroundingCase], held: Library, scores: Mapping[str, float]
) -> list[tuple[GroundingCase, dict[str, float]]]:
    """The cases that the rules leave open, with what a decision on each rests on."""
    found = []
    for case in cases:
        pieces = pieces_of(case, held)
        read = case_of(case.text, [(pieces[rest.note], rest.words) for rest in case.rests_on])
        findings = findings_of(read)
        if not (findings and findings[0].sure):
            score = scores.get(case.id)
            found.append((case, features(read, findings, cover(read), score)))
    return found


def weights(x: Floats, y: Floats, names: Sequence[str], strength: float) -> Floats:
    """Weights and, last, the constant of a logistic sum whose signs keep their sense."""
    from scipy.optimize import minimize  # type: ignore[import-untyped]

    def loss(t: Floats) -> tuple[float, Floats]:
        margin = (2 * y - 1) * (x @ t[:-1] + t[-1])
        pull = -(2 * y - 1) / (1 + np.exp(margin.clip(-500, 500)))
        value = float(np.logaddexp(0, -margin).sum() + strength * (t[:-1] ** 2).sum())
        return value, np.concatenate([x.T @ pull + 2 * strength * t[:-1], [pull.sum()]])

    sides: list[tuple[float | None, float | None]] = [
        (0.0, None) if name in FOR_IT else (None, 0.0) for name in names
    ]
    bounds = [*sides, (None, None)]
    found = minimize(loss, np.zeros(len(names) + 1), jac=True, bounds=bounds, method="L-BFGS-B")
    return np.asarray(found.x)


def fitted(
    rows: Sequence[tuple[GroundingCase, dict[str, float]]], false_claims: int, strength: float = 1.0
) -> dict[str, Any]:
    """The weights as they are kept, with the threshold from cross-validation by note.

    Args:
        rows: from ``rows_of``.
        false_claims: how many claims of the cases are false, those refused by rules included.
        strength: how much large weights cost.
    """
    names = sorted({name for _, values in rows for name in values})
    x = np.array([[values.get(name, 0.0) for name in names] for _, values in rows])
    y = np.array([float(case.holds) for case, _ in rows])
    notes = list(dict.fromkeys(case.rests_on[0].note for case, _ in rows))
    fold = np.array([notes.index(case.rests_on[0].note) % 8 for case, _ in rows])
    odds = np.zeros(len(rows))
    for k in range(8):
        t = weights(x[fold != k], y[fold != k], names, strength)
        odds[fold == k] = x[fold == k] @ t[:-1] + t[-1]
    wrong = np.sort(odds[y == 0])[::-1]
    allowed = int(FALSE_PASS * false_claims)
    least = float(wrong[allowed]) + 1e-6 if allowed < len(wrong) else float(odds.min())
    t = weights(x, y, names, strength)
    kept = {
        name: round(float(w), 4) for name, w in zip(names, t[:-1], strict=True) if abs(w) > 1e-3
    }
    return {
        "bias": round(float(t[-1]), 4),
        "weights": kept,
        "threshold": round(float(1 / (1 + np.exp(-least))), 4),
        "passing": round(float((odds[y == 1] >= least).mean()), 3),
    }


def fit_weights(held: Library) -> None:
    """Fit the weights on the dev cases and write them; those with the larger model where it is
    installed, else they stay as they were."""
    cases = read_cases(FOLDER / "grounding-dev.jsonl", GroundingCase)
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "states.onnx"
        export_states(bundled_model_folder(), target)
        run = OnnxStates(target, bundled_model_folder() / "tokenizer.json", threads=1)
        entails = LearnedEntails(run, read_head()[0])
        pairs = [(evidence_of(claim_of(case), pieces_of(case, held)), case.text) for case in cases]
        settings = read_settings()
        ways: dict[Kind, Entails | None] = {
            "alone": None,
            "with_model": entails,
            "with_larger": together_of(settings, entails) if installed_parts() else None,
        }
        found = {way: ask(pairs) for way, ask in ways.items() if ask is not None}
    false_claims = Counter(case.holds for case in cases)[False]
    data = json.loads(WEIGHTS_FILE.read_text(encoding="utf-8")) if WEIGHTS_FILE.exists() else {}
    data["alone"] = fitted(rows_of(cases, held, {}), false_claims)
    for way, scored in found.items():
        scores = {case.id: score for case, score in zip(cases, scored, strict=True)}
        data[way] = fitted(rows_of(cases, held, scores), false_claims)
    WEIGHTS_FILE.write_text(json.dumps(data, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def main(arguments: Sequence[str] = ()) -> int:
    """Fit and write the files that are shipped."""
    held = library()
    steps = {"words": fit_words, "head": fit_head, "weights": fit_weights}
    for name, step in steps.items():
        if not arguments or name in arguments:
            step(held)
            print(f"wrote {name}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
