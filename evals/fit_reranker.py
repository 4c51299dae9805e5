"""Fits the reranker (``assistant/reranker.npz``), which reads a question and a text together.

    python -m evals.fit_reranker

A low-rank change of the bundled model and two layers over it, in two parts. First the library's own
asks, each with its unit and two units further down the ranking that rest on none of the same notes.
Then, twice, the texts that readers judged for questions written for it
(``training/relevance.jsonl``). Every seventh of those questions is held out; what the model makes
of their texts is printed at the end. No case of ``evals/cases`` takes part. About half an hour on
two cores.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator, Sequence
from typing import Any, cast

import numpy as np

from assistant.assembly import Assistant
from assistant.embedding import bundled_model_folder, check_weights
from assistant.indexing.store import ASKS, BODIES, GISTS
from assistant.indexing.units import Unit, units_of
from assistant.pair_model import question_and_text
from assistant.reranker import MAX_TOKENS, RERANKER_FILE, as_read
from assistant.settings import read_settings
from evals.fitting import BUNDLED_PARTS, batches
from evals.fitting_pairs import Example, PairReader, learn
from evals.metrics import auc
from evals.relevance import ANSWERS, HELPS, Judged, judged

SEED, RANK, FIRST_LAYER, BATCH, RATE, WARM, DECAY = 2, 32, 1, 48, 1.2e-3, 40, 0.01
SMOOTHING, HELD_RATE, JUDGED_EPOCHS, HELD_OUT = 0.015, 0.25, 2, 7
OWN_ASKS = 2300
"""Asks of the library that the first part learns from."""
OWN_OF_ANSWERS, WITH_ASK = 0.55, 0.8
"""The share of them that are asks of direct answers, and of texts that carry an ask."""
NEAR, FAR, DEEPEST, SAME_ASK = 4, 20, 220, 0.80
"""Places in the ranking from which the other texts are drawn, the nearer one from up to place 40;
what has an ask as near as this may well answer too, and is left out."""
WANTED = {0: 0.0, 1: 0.12, 2: 0.6, 3: 1.0}
"""The chance that a text is to get by what readers judged."""


class OwnAsks:
    """Examples from the library's own asks.

    Args:
        assistant: whose library and index they are taken from.
    """

    def __init__(self, assistant: Assistant) -> None:
        index = assistant.index
        self._chance = random.Random(5)
        every = units_of(index.library)
        self._units = [unit for unit in every if unit.kind in {"note", "answer"}]
        places = [index.position[unit.uid] for unit in self._units]
        self._middle = (index.vectors(BODIES, places) + index.vectors(GISTS, places)) / 2
        first, start = {}, 0
        for unit in every:
            first[unit.uid] = start
            start += len(unit.asks)
        numbers = [first[u.uid] + n for u in self._units for n in range(len(u.asks))]
        self._asks = index.vectors(ASKS, numbers)
        counts = [len(unit.asks) for unit in self._units]
        self._start = np.concatenate([[0], np.cumsum(counts)])
        self._rests_on = [_rests_on(assistant, unit) for unit in self._units]

    def examples(self) -> Iterator[Example]:
        """Three for each ask that is drawn: its unit, one near it and one further away."""
        owners = np.repeat(np.arange(len(self._units)), np.diff(self._start))
        rows: dict[str, list[int]] = {"answer": [], "note": []}
        for row, owner in enumerate(owners.tolist()):
            rows[self._units[owner].kind].append(row)
        answers = int(OWN_ASKS * OWN_OF_ANSWERS)
        drawn = self._chance.sample(rows["answer"], answers)
        drawn += self._chance.sample(rows["note"], OWN_ASKS - answers)
        self._chance.shuffle(drawn)
        for row in drawn:
            yield from self._of_ask(row, int(owners[row]))

    def _of_ask(self, row: int, owner: int) -> Iterator[Example]:
        unit, vector = self._units[owner], self._asks[row]
        ask = unit.asks[row - self._start[owner]]
        near = self._asks @ vector
        nearest = np.maximum.reduceat(near, self._start[:-1])
        order = np.argsort(-(self._middle @ vector), kind="stable")[:DEEPEST]
        others = [
            int(place)
            for place in order
            if nearest[place] < SAME_ASK and not self._rests_on[place] & self._rests_on[owner]
        ]
        if len(others) <= 2 * FAR:
            return
        other_asks = [other for other in unit.asks if other != ask]
        yield Example(ask, self._read(unit, other_asks), 1.0)
        for place in (
            self._chance.choice(others[NEAR : 2 * FAR]),
            self._chance.choice(others[FAR:]),
        ):
            start, end = self._start[place], self._start[place + 1]
            asks = self._units[place].asks
            best = [asks[int(near[start:end].argmax())]] if asks else []
            yield Example(ask, self._read(self._units[place], best), 0.0)

    def _read(self, unit: Unit, asks: Sequence[str]) -> str:
        shown = self._chance.choice(asks) if asks and self._chance.random() < WITH_ASK else ""
        return as_read(shown, unit.body)


def _rests_on(assistant: Assistant, unit: Unit) -> frozenset[str]:
    """The notes that a unit is or rests on, and those that an editor put beside it."""
    kind, _, name = unit.uid.partition(":")
    if kind == "note":
        return frozenset({name})
    brief, _, number = name.partition("/")
    answer = assistant.library.briefs[brief].answers[int(number)]
    return frozenset((*answer.cited, *answer.answering, *answer.bearing))


def judged_pairs(
    assistant: Assistant, questions: Sequence[Judged]
) -> list[tuple[str, str, int, int]]:
    """(question, text as read, digit, number of the question) of every judged text."""
    return [
        (asked.question, text, asked.labels[uid], number)
        for number, asked in enumerate(questions)
        for uid, text in assistant.retriever.as_read(asked.question, list(asked.labels)).items()
    ]


def in_batches(examples: Sequence[Example], chance: random.Random) -> list[list[Example]]:
    """Examples of alike lengths together, in a new order."""
    lengths = [len(example.second) for example in examples]
    return [[examples[row] for row in rows] for rows in batches(lengths, BATCH, chance)]


def main() -> int:
    """Fit and write what is shipped."""
    import torch

    torch.manual_seed(1)
    folder = bundled_model_folder()
    check_weights(folder)
    assistant = Assistant.from_settings(read_settings(), build_when="always")
    chance = random.Random(SEED)
    pairs = judged_pairs(assistant, judged(assistant.library, "relevance.jsonl"))
    learned = [Example(q, text, WANTED[y]) for q, text, y, n in pairs if n % HELD_OUT]
    steps = in_batches(list(OwnAsks(assistant).examples()), chance)
    for _ in range(JUDGED_EPOCHS):
        steps += in_batches(learned, chance)
    reader = PairReader(
        folder,
        changed=BUNDLED_PARTS,
        rank=RANK,
        first_layer=FIRST_LAYER,
        pool=question_and_text,
        width=(3, 2),
        max_tokens=MAX_TOKENS,
        cut="longest_first",
    )
    learn(reader, steps, rate=RATE, warm=WARM, decay=DECAY, smoothing=SMOOTHING, held=HELD_RATE)
    held = [(q, text, y) for q, text, y, n in pairs if not n % HELD_OUT]
    odds = reader.scored([(q, text) for q, text, _ in held])
    for least, what in ((ANSWERS, "answer"), (HELPS, "answer or help")):
        good = [float(o) for o, (_, _, y) in zip(odds, held, strict=True) if y >= least]
        others = [float(o) for o, (_, _, y) in zip(odds, held, strict=True) if y < least]
        area = auc(good, others) or 0.0
        print(f"{len(held)} held out, {len(good)} {what}: area {area:.3f}", file=sys.stderr)
    np.savez(RERANKER_FILE, **cast("dict[str, Any]", reader.arrays()))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
