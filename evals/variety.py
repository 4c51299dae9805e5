"""Measures whether exercises on one topic read alike.

    python -m evals.variety [TOPIC …]

Ten exercises a topic, seeds one to ten, as learners read them. For each pair: how much of one is
said in the other in the same words (share of runs of eight words), and how near their sentences lie
in meaning (each sentence with the nearest of the other, both ways, averaged). A pair reads alike
above either limit. The standing text that every exercise has (that the story is made up, how a
debate goes, where help is) is left out of the runs by taking away what stands in every exercise.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assistant.corpus import words_of
from assistant.exports.records import Bullets, Heading, Paper, Paragraph, Table
from assistant.scenarios.compose import compose
from assistant.scenarios.exercise import Exercise
from assistant.scenarios.kitchen import Kitchen
from assistant.scenarios.papers import learner_paper
from assistant.scenarios.request import covered, understood
from assistant.text import sentences

Vectors = npt.NDArray[np.float32]
Embed = Callable[[Sequence[str]], Vectors]

SEEDS = tuple(range(1, 11))
RUN = 8
MOST_SHARED = 0.35
"""Share of runs of eight words that two exercises may have in common."""
MOST_ALIKE = 0.75
"""How near the sentences of two exercises may lie on average."""
MOST_PAIRS = 0.1
"""Share of the pairs of one topic that may read alike, where it has stories enough."""
ENOUGH_STORIES = 8
"""With fewer stories than this, ten exercises must tell some of them twice. Then only as many
exercises as there are stories are held to the limits."""


@dataclass(frozen=True)
class Variety:
    """What was measured on one topic; ``alike`` is the share of pairs that read alike, ``first``
    the same among as many exercises as there are stories."""

    topic: str
    stories: int
    shared_mean: float
    shared_most: float
    near_mean: float
    near_most: float
    alike: float
    first: float

    @property
    def ok(self) -> bool:
        """Whether so few pairs read alike as is asked for."""
        few = self.stories < ENOUGH_STORIES
        return self.first <= MOST_PAIRS and (few or self.alike <= MOST_PAIRS)


def measure(
    kitchen: Kitchen,
    embed: Embed,
    topic: str,
    *,
    seeds: Sequence[int] = SEEDS,
    minutes: int = 60,
    learners: str = "mixed-team",
    level: str = "starting",
) -> Variety:
    """How alike the exercises of some seeds on one topic are."""
    made = [
        compose(
            understood(
                kitchen.known,
                topics=[topic],
                learners=learners,
                minutes=minutes,
                level=level,
                seed=seed,
            ),
            kitchen,
        )
        for seed in seeds
    ]
    texts = [list(read_text(learner_paper(exercise))) for exercise in made]
    runs = [_runs(text) for text in texts]
    everywhere = frozenset.intersection(*runs)
    own = [held - everywhere for held in runs]
    vectors = [embed(text) for text in texts]
    pairs = list(itertools.combinations(range(len(made)), 2))
    shared = [_shared(own[a], own[b]) for a, b in pairs]
    near = [_near(vectors[a], vectors[b]) for a, b in pairs]
    alike = [s > MOST_SHARED or n > MOST_ALIKE for s, n in zip(shared, near, strict=True)]
    told = [_stories(exercise) for exercise in made]
    stories = len(frozenset.union(*told))
    first = [a for a, (_, last) in zip(alike, pairs, strict=True) if last < stories]
    return Variety(
        topic=topic,
        stories=stories,
        shared_mean=float(np.mean(shared)),
        shared_most=max(shared),
        near_mean=float(np.mean(near)),
        near_most=max(near),
        alike=float(np.mean(alike)),
        first=float(np.mean(first)) if first else 0.0,
    )


def _stories(exercise: Exercise) -> frozenset[str]:
    return frozenset(story.situation for story in exercise.stories)


def remembering(embed: Embed) -> Embed:
    """The same, each text worked out once."""
    held: dict[str, Vectors] = {}

    def vectors(texts: Sequence[str]) -> Vectors:
        new = [text for text in dict.fromkeys(texts) if text not in held]
        if new:
            held.update(zip(new, embed(new), strict=True))
        return np.stack([held[text] for text in texts])

    return vectors


def read_text(paper: Paper) -> Iterator[str]:
    """Every sentence of a paper, in reading order."""
    for block in paper.blocks:
        lines: list[str] = []
        if isinstance(block, Heading):
            lines = [block.text]
        elif isinstance(block, Paragraph):
            lines = ["".join(words.text for words in block.line)]
        elif isinstance(block, Bullets):
            lines = ["".join(words.text for words in line) for line in block.items]
        elif isinstance(block, Table):
            lines = ["".join(w.text for w in cell) for row in block.rows for cell in row]
        for line in lines:
            yield from (line[a:b] for a, b in sentences(line))


def _runs(text: Sequence[str]) -> frozenset[tuple[str, ...]]:
    words = words_of(" ".join(text))
    return frozenset(tuple(words[n : n + RUN]) for n in range(len(words) - RUN + 1))


def _shared(one: frozenset[tuple[str, ...]], other: frozenset[tuple[str, ...]]) -> float:
    """Share of the shorter one's runs that stand in the other."""
    fewer = min(len(one), len(other))
    return len(one & other) / fewer if fewer else 0.0


def _near(one: Vectors, other: Vectors) -> float:
    likeness = one @ other.T
    return float((likeness.max(axis=1).mean() + likeness.max(axis=0).mean()) / 2)


def main(argv: Sequence[str]) -> int:
    """Measure the topics named, or every topic with a situation; 1 where too many pairs read
    alike."""
    from assistant.assembly import vector_model
    from assistant.corpus import read_library
    from assistant.scenarios.kitchen import kitchen_of
    from assistant.settings import read_settings

    settings = read_settings()
    library = read_library(settings.corpus)
    kitchen = kitchen_of(settings.corpus, settings.prompts, library)
    embed = remembering(vector_model(settings).fresh)
    topics = list(argv) or sorted(covered(kitchen.known.situations))
    print(f"{'topic':<24}stories  8-grams mean most   meaning mean most   alike: of ten, of first")
    found = [measure(kitchen, embed, topic) for topic in topics]
    for one in found:
        print(
            f"{one.topic:<24}{one.stories:>7}  {one.shared_mean:>12.2f} {one.shared_most:>4.2f}"
            f"  {one.near_mean:>12.2f} {one.near_most:>5.2f}  {one.alike:>12.2f} {one.first:>6.2f}"
            f"{'' if one.ok else '  too alike'}"
        )
    return 0 if all(one.ok for one in found) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
