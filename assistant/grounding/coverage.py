"""How much of what a claim says stands in its evidence, word for word or in words alike."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from assistant.grounding.aligning import match
from assistant.grounding.findings import Case
from assistant.grounding.likeness import Floats, likeness
from assistant.grounding.plain import Word, clauses_of

LIGHT = frozenset(
    "say says said tell tells told find finds found work works working people person thing things"
    " way ways make makes made take takes taken use uses used help helps helped need needs go goes"
    " well good new part time case kind sort place rather example like come comes came give gives"
    " given want wants know known see seen set asks ask according based own every different several"
    " you your peer support worker workers mental health per service services staff study report"
    " guidance include includes including later also whether someone somebody anyone feel".split()
)
"""Words so common in this field that neither their presence nor their absence proves much."""


@dataclass(frozen=True)
class Cover:
    """How a claim is covered.

    Args:
        share: of its content words that the evidence has, light ones counting little.
        missing: content words, not light, of which the evidence has nothing alike.
        worst: the lowest share of any of its clauses.
        last: the share of its last third.
        quoted: share of the words that it names which it speaks of.
        exact: the share that the evidence has in the same word.
        runs: share of its pairs of neighbouring content words that are close in the evidence too.
        alike: mean likeness of its content words to the nearest word of the evidence.
        strange: how far from the evidence its strangest words are, 0 to 1: the mean of three.
        part: lowest mean likeness of a clause to one sentence of the evidence.
        tail: mean likeness of its last third to the evidence.
        near: how near in the evidence the nearest words of neighbours stand, 0 to 1.
        turned: share of neighbours whose nearest words stand the other way round.
    """

    share: float
    missing: tuple[str, ...]
    worst: float
    last: float
    quoted: float
    exact: float
    runs: float
    alike: float
    strange: float
    part: float
    tail: float
    near: float
    turned: float


def cover(case: Case) -> Cover:
    """How the evidence covers a claim."""
    held = case.evidence.stems | case.sources.stems
    held_all = frozenset(w.stem for w in (*case.evidence.words, *case.sources.words))
    content = [w for w in case.claim.words if w.content]
    score = {w.stem: max(match(w.stem, held), float(w.stem in held_all)) for w in content}
    third = content[-max(3, len(content) // 3) :]
    clauses = [c for c in clauses_of(case.claim) if sum(w.content for w in c) >= 2]
    quoted = frozenset(stem for text in case.words for stem in text.stems)
    return Cover(
        share=_share(content, score),
        missing=tuple(w.low for w in content if score[w.stem] == 0 and w.low not in LIGHT),
        worst=min((_share([w for w in c if w.content], score) for c in clauses), default=1.0),
        last=_share(third, score),
        quoted=_mean([match(stem, case.claim.stems) for stem in quoted]),
        exact=_mean([float(score[w.stem] == 1) for w in content]),
        runs=_runs(content, case),
        **_soft(content, case),
    )


def _soft(content: list[Word], case: Case) -> dict[str, float]:
    """The measures by likeness of words."""
    theirs = [w for w in (*case.evidence.words, *case.sources.words) if w.content]
    if not content or not theirs:
        return {"alike": 0.0, "strange": 1.0, "part": 0.0, "tail": 0.0, "near": 0.0, "turned": 0.0}
    table = likeness(content, theirs)
    best = table.max(axis=1)
    weights = np.array([_weight(w) for w in content])
    heavy = np.sort(best[weights == 1.0])[:3] if (weights == 1.0).any() else best
    third = slice(-max(3, len(content) // 3), None)
    inside = sum(w.content for w in case.evidence.words)
    near, turned = _neighbours(table[:, :inside])
    return {
        "alike": float((best * weights).sum() / weights.sum()),
        "strange": float(1 - heavy.mean()),
        "part": _worst_part(content, table, case),
        "tail": float((best[third] * weights[third]).sum() / weights[third].sum()),
        "near": near,
        "turned": turned,
    }


def _worst_part(content: list[Word], table: Floats, case: Case) -> float:
    """The lowest likeness of a clause of the claim to any one sentence of the evidence."""
    bounds, start = [], 0
    for a, b in case.evidence.sentences or ((0, len(case.evidence.words)),):
        size = sum(w.content for w in case.evidence.words[a:b])
        bounds.append((start, start + size))
        start += size
    sources = table[:, start:].max(axis=1) if table.shape[1] > start else np.zeros(len(content))
    worst, place = 1.0, 0
    for clause in clauses_of(case.claim):
        size = sum(w.content for w in clause)
        rows = slice(place, place + size)
        place += size
        if size < 3:
            continue
        scores = [
            np.maximum(table[rows, a:b].max(axis=1), sources[rows]).mean()
            for a, b in bounds
            if b > a
        ]
        worst = min(worst, float(max(scores, default=0.0)))
    return worst


def _neighbours(table: Floats) -> tuple[float, float]:
    """How near, and how often the other way round, the nearest words of neighbours stand."""
    if table.shape[0] < 2 or not table.shape[1]:
        return 1.0, 0.0
    near, turned, total = 0.0, 0.0, 0.0
    tops = [np.flatnonzero(row >= max(0.5, row.max() - 0.05)) for row in table]
    for i in range(len(tops) - 1):
        for j in (i + 1, i + 2):
            if j >= len(tops) or not len(tops[i]) or not len(tops[j]):
                continue
            gaps = (tops[j][None, :] - tops[i][:, None]).ravel()
            nearest = gaps[np.abs(gaps).argmin()]
            total += 1
            near += 1.0 if abs(nearest) <= 4 else 0.5 if abs(nearest) <= 8 else 0.0
            turned += bool(nearest < 0)
    return (near / total, turned / total) if total else (0.0, 0.0)


def _weight(word: Word) -> float:
    return 0.3 if word.low in LIGHT else 1.0


def _share(words: list[Word], score: dict[str, float]) -> float:
    total = sum(_weight(w) for w in words)
    return sum(_weight(w) * min(1.0, 1.4 * score[w.stem]) for w in words) / total if total else 1.0


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 1.0


def _runs(content: list[Word], case: Case) -> float:
    """How far neighbours in the claim are near each other in the evidence."""
    places: dict[str, list[int]] = {}
    for place, stem in enumerate(w.stem for w in case.evidence.words if w.content):
        places.setdefault(stem, []).append(place)
    pairs = [(a.stem, b.stem) for a, b in pairwise(content)]
    known = [(a, b) for a, b in pairs if a in places and b in places]
    near = [any(abs(x - y) <= 3 for x in places[a] for y in places[b]) for a, b in known]
    return _mean([float(n) for n in near])
