"""Fits what checks drafts: ``matching.npz`` and ``verdicts.npz`` of ``assistant/checklists``.

    python -m evals.fit_guidance

``matching.npz`` is the network that reads an example of a row and a span together, over the token
states of the bundled sentence model. It is fitted on the examples of the rows alone: two that meet
one row say the same; one that meets it and one that touches, contradicts or misses it do not; nor
do examples of two rows; the same for the examples of concerns. ``verdicts.npz`` is the linear model
over the signals of a row, fitted on the development drafts; the chance from which a row counts as
met is set on drafts held out in turn. Prints how those fare. The test drafts take no part. About
five minutes on two cores. ``verdicts`` as an argument leaves the network as it is.
"""

from __future__ import annotations

import os
import random
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.assembly import document_limits
from assistant.checklists.claims import claim_of
from assistant.checklists.comparing import Candidate, texts_of
from assistant.checklists.drafts import Draft, read_draft
from assistant.checklists.guidance import Checker
from assistant.checklists.matching import FILE as MATCHING_FILE
from assistant.checklists.matching import LABELS, Matcher
from assistant.checklists.reading import Checklists, read_checklists
from assistant.checklists.records import Row
from assistant.checklists.verdicts import FILE as VERDICTS_FILE
from assistant.checklists.verdicts import ORDER, Weights, signals
from assistant.corpus import read_library
from assistant.embedding import bundled_model_folder
from assistant.grounding.learned import OnnxStates
from assistant.settings import read_settings
from assistant.token_states import export_states, states_file
from evals.cases import GuidanceCase, read_drafts
from evals.fit_grounding import network, padded
from evals.fit_support import fit as fit_line
from evals.fitting import batches

SEED, EPOCHS, BATCH, RATE, WARM, DECAY, SMOOTHING = 0, 4, 64, 1.5e-3, 60, 0.05, 0.06
SAMPLE = 1500
SAME, OTHERWISE = 4, {"unclear": 2, "contradicts": 3, "beside": 2}
"""Examples of a row that each one that meets it is paired with, by label."""
NEAR_ROWS, FAR_ROWS, NEAR = 2, 1, 15
"""Other rows that it is paired with, among the nearest ones and among the rest."""
RIDGE = 30.0
RIGHT_FROM = 0.88
"""Share of what is called met that is to be met, on drafts held out."""

Floats = npt.NDArray[np.float64]
States = dict[str, npt.NDArray[np.float16]]


@dataclass
class Pairs:
    """Pairs of an example and a text, with the number of the label that the text has to it."""

    texts: list[tuple[str, str]] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)

    def add(self, example: str, text: str, label: str) -> None:
        """Take a pair in."""
        self.texts.append((example, text))
        self.labels.append(LABELS.index(label))


# ---------------------------------------------------------------- the network


def example_pairs(held: Checklists, draw: random.Random) -> Pairs:
    """What the examples of rows and concerns say of each other."""
    rows, pairs = list(held.rows.values()), Pairs()
    nearest = _nearest_rows(rows)
    for number, row in enumerate(rows):
        for example in row.met:
            for other in draw.sample([text for text in row.met if text != example], SAME - 1):
                pairs.add(example, other, "met")
            for label, count in OTHERWISE.items():
                texts = getattr(row, label)
                for text in draw.sample(texts, min(count, len(texts))):
                    pairs.add(example, text, label)
            others = draw.sample(nearest[number][:NEAR], NEAR_ROWS)
            others += draw.sample(nearest[number][NEAR:], FAR_ROWS)
            for other_row in others:
                label = draw.choice(("met", "met", "contradicts", "unclear"))
                pairs.add(example, draw.choice(getattr(rows[other_row], label)), "beside")
        for label in LABELS:
            for text in getattr(row, label):
                pairs.add(claim_of(row.text), text, label)
    _add_concerns(pairs, held, rows, draw)
    return pairs


def _nearest_rows(rows: Sequence[Row]) -> list[list[int]]:
    """For each row the others, those that share most words first; not those that nearly repeat
    it."""
    words = [Counter(claim_of(row.text).lower().split()) for row in rows]
    found = []
    for number, own in enumerate(words):
        shared = [sum((own & other).values()) / max(len(own), 1) for other in words]
        order = sorted(range(len(rows)), key=lambda n: -shared[n])
        found.append([n for n in order if n != number and shared[n] < 0.6])
    return found


def _add_concerns(pairs: Pairs, held: Checklists, rows: Sequence[Row], draw: random.Random) -> None:
    for kind in held.concerns:
        others = [other for other in held.concerns if other is not kind]
        for example in kind.examples:
            for other in draw.sample([text for text in kind.examples if text != example], SAME):
                pairs.add(example, other, "met")
            for text in kind.near:
                pairs.add(example, text, "beside")
            for _ in range(2):
                pairs.add(example, draw.choice(draw.choice(others).examples), "beside")
            pairs.add(example, draw.choice(draw.choice(rows).met), "beside")


def fit_matching(held: Checklists, states: States, rarity: Floats) -> dict[str, Any]:
    """The network's arrays by name, with how rare each token is."""
    import torch
    from torch import nn

    # So small a network is slower on several threads, which wait for each other.
    torch.set_num_threads(1)
    draw = random.Random(SEED)
    pairs = example_pairs(held, draw)
    sample = np.concatenate([states[one] for one, _ in draw.sample(pairs.texts, SAMPLE)])
    model = network(sample.astype(np.float64))
    model.h2 = nn.Linear(model.h1.out_features, len(LABELS))
    weight = torch.tensor(1 / np.sqrt(np.bincount(pairs.labels)), dtype=torch.float32)
    optimiser = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=DECAY)
    lengths = [len(states[one]) for one, _ in pairs.texts]
    steps, step = EPOCHS * (len(lengths) // BATCH), 0
    model.train()
    for epoch in range(EPOCHS):
        for rows in batches(lengths, BATCH, draw):
            for group in optimiser.param_groups:
                group["lr"] = RATE * min(1.0, (step + 1) / WARM) * max(0.03, 1 - step / steps)
            ours, real = padded([states[pairs.texts[row][0]] for row in rows])
            theirs = padded([states[pairs.texts[row][1]] for row in rows])
            wanted = torch.tensor([pairs.labels[row] for row in rows])
            loss = nn.functional.cross_entropy(
                model(ours, real.float(), *theirs),
                wanted,
                weight=weight / weight.mean(),
                label_smoothing=SMOOTHING,
            )
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            step += 1
        print(f"epoch {epoch + 1} of {EPOCHS}: loss {loss.item():.3f}", file=sys.stderr)
    arrays = {name: value.detach().numpy() for name, value in model.state_dict().items()}
    found = {name: value.astype(np.float16) for name, value in arrays.items()}
    return found | {"rarity": rarity.astype(np.float16)}


def states_of(held: Checklists, run: OnnxStates) -> States:
    """The token states of every example."""
    texts = {text for row in held.rows.values() for text in texts_of(row)}
    texts |= {text for kind in held.concerns for text in (*kind.examples, *kind.near)}
    ordered = sorted(texts)
    return {t: s.astype(np.float16) for t, s in zip(ordered, run(ordered), strict=True)}


def rarity_of(texts: Sequence[str], tokenizer_file: Path) -> Floats:
    """How rare each token is among the examples: the logarithm of one in how many holds it."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(tokenizer_file))
    tokenizer.no_padding()
    held: Counter[int] = Counter()
    for text in texts:
        held.update(set(tokenizer.encode(text).ids))
    counts = np.array([held[number] for number in range(tokenizer.get_vocab_size())])
    return np.asarray(np.log((len(texts) + 1) / (counts + 1)), dtype=np.float64)


# ---------------------------------------------------------------- the verdicts


@dataclass(frozen=True)
class Compared:
    """A draft with the spans that may bear on each row of its truth."""

    case: GuidanceCase
    draft: Draft
    rows: tuple[Row, ...]
    candidates: list[list[Candidate]]


def fit_weights(compared: Sequence[Compared]) -> Weights:
    """The linear model over the signals of rows, and from which chance on a row counts as met."""
    found = [
        (number, signals(candidates), one.case.truth.rows[row.id])
        for number, one in enumerate(compared)
        for row, candidates in zip(one.rows, one.candidates, strict=True)
    ]
    names = tuple(found[0][1])
    values = np.array([list(seen.values()) for _, seen, _ in found])
    labels = np.array([true for _, _, true in found])
    drafts_of = np.array([number for number, _, _ in found])
    held_out = np.zeros(len(labels))
    for number in range(len(compared)):
        out = drafts_of == number
        held_out[out] = _met(_weights(names, values[~out], labels[~out], 0.5), values[out])
    met = labels == "met"
    _report(held_out, met)
    return _weights(names, values, labels, met_from(held_out, met))


def _weights(names: tuple[str, ...], values: Floats, labels: Any, limit: float) -> Weights:
    lines = [fit_line(values, (labels == verdict).astype(float), RIDGE) for verdict in ORDER]
    table = np.array([line.weights for line in lines])
    return Weights(names, table, np.array([line.intercept for line in lines]), limit)


def _met(weights: Weights, values: Floats) -> Floats:
    """The chance of met of each row of signals."""
    raw = values @ weights.table.T + weights.intercept
    raised = np.exp(raw - raw.max(axis=1, keepdims=True))
    return np.asarray(raised[:, ORDER.index("met")] / raised.sum(axis=1))


def met_from(chances: Floats, met: npt.NDArray[np.bool_]) -> float:
    """The lowest chance from which on as many of the rows called met are met as asked."""
    limits = np.arange(0.3, 0.95, 0.01)
    good = [
        float(limit)
        for limit in limits
        if (chances >= limit).sum() >= 10 and met[chances >= limit].mean() >= RIGHT_FROM
    ]
    return round(min(good, default=0.95), 2)


def _report(chances: Floats, met: npt.NDArray[np.bool_]) -> None:
    for limit in (0.4, 0.5, 0.6, 0.65, 0.7, 0.75, 0.8):
        said = chances >= limit
        right = met[said].mean() if said.any() else float("nan")
        kept = 1 - said[~met].mean()
        print(f"met from {limit}: right {right:.2f}, found {said[met].mean():.2f}, gaps {kept:.2f}")


def main() -> int:
    """Fit everything and write the files that are shipped."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    settings = read_settings()
    library = read_library(settings.corpus)
    held = read_checklists(settings.corpus, library)
    tokenizer_file = bundled_model_folder() / "tokenizer.json"
    with TemporaryDirectory() as folder:
        target = states_file(settings.home)
        if not target.exists():
            target = Path(folder) / "states.onnx"
            export_states(bundled_model_folder(), target)
        run = OnnxStates(target, tokenizer_file, threads=1)
        if "verdicts" not in sys.argv[1:]:
            states = states_of(held, run)
            arrays = fit_matching(held, states, rarity_of(sorted(states), tokenizer_file))
            np.savez(MATCHING_FILE, **arrays)
        with np.load(MATCHING_FILE) as kept:
            fitted = {name: kept[name].astype(np.float32) for name in kept.files}
        checker = Checker(held, library, Matcher(run, tokenizer_file, fitted))
        compared = [
            _compared(case, checker, document_limits(settings)) for case in read_drafts("dev")
        ]
    weights = fit_weights(compared)
    np.savez(
        VERDICTS_FILE,
        names=np.array(weights.names),
        table=weights.table,
        intercept=weights.intercept,
        met_from=weights.met_from,
    )
    print(f"met from {weights.met_from}; wrote {MATCHING_FILE.name} and {VERDICTS_FILE.name}")
    return 0


def _compared(case: GuidanceCase, checker: Checker, limits: Any) -> Compared:
    draft = read_draft(case.path, limits)
    rows = tuple(checker.held.rows[row] for row in case.truth.rows)
    return Compared(case, draft, rows, checker.candidates(draft, rows))


if __name__ == "__main__":
    raise SystemExit(main())
