"""The parts of a free answer, and what is measured of an answer against each line of a rubric.

Two kinds of likeness, to what learners say when they make the point: in meaning (sentence vectors)
and in telling words (stems, rarer ones counting more). Each is taken by itself and beside the other
lines of the same rubric, since words that fit every line show none of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from assistant.grounding.plain import read
from assistant.scenarios.records import LineVerdict, RubricLine, Situation
from assistant.text import sentences

Floats = npt.NDArray[np.float64]
Embed = Callable[[Sequence[str]], npt.NDArray[np.float32]]
Stems = frozenset[str]

CLASSES: tuple[LineVerdict, ...] = ("found", "partly", "contradicts", "missing")
MEASURES = (
    "words_of_point",
    "words_of_point_beside_others",
    "words_in_a_part",
    "words_in_a_part_beside_others",
    "words_found_less_opposite",
    "meaning_beside_others",
    "meaning_of_two_parts",
    "meaning_off_the_middle",
    "meaning_off_the_middle_beside_others",
    "meaning_found_less_opposite",
)
"""What is measured of an answer for each line, in this order."""
LONG_WORDS, FEWEST_WORDS = 18, 3
HALF = 0.5
"""What likeness to an example counts for beside likeness to the line itself."""
_BREAK = re.compile(r";|:|—|–|,? (?:but|because|so that|although|though|and then)\b|, and\b")
_SAYS = re.compile(r"^[A-Z]\w+s (?:(?:that|whether) )?")


@dataclass(frozen=True)
class Span:
    """A part of an answer with its place."""

    start: int
    end: int
    text: str


def spans_of(answer: str) -> tuple[Span, ...]:
    """Sentences, the parts of long ones, and each sentence with the next."""
    whole = [(start, end) for start, end in sentences(answer) if _count(answer[start:end])]
    places = list(whole)
    for start, end in whole:
        if _count(answer[start:end]) >= LONG_WORDS:
            places += _parts(answer, start, end)
    places += [(start, end) for (start, _), (_, end) in pairwise(whole)]
    kept = [
        place for place in dict.fromkeys(places) if _count(answer[slice(*place)]) >= FEWEST_WORDS
    ]
    return tuple(Span(start, end, answer[start:end]) for start, end in kept or places)


def _parts(answer: str, start: int, end: int) -> list[tuple[int, int]]:
    """A long sentence cut where it turns."""
    cuts = [start, *(start + match.start() for match in _BREAK.finditer(answer[start:end])), end]
    parts = []
    for a, b in pairwise(cuts):
        inner = answer[a:b].strip(" ,;:—–")
        if inner:
            at = answer.index(inner, a)
            parts.append((at, at + len(inner)))
    return parts


def _count(text: str) -> int:
    return len(re.findall(r"\w+", text))


def point_of(line: RubricLine) -> str:
    """What a line of the rubric asks to be said, without "Says that"."""
    return _SAYS.sub("", " ".join(line.text.split()), count=1)


@dataclass(frozen=True)
class Taken:
    """What was measured of one answer: a row of ``MEASURES`` for each line, and for each line how
    well every part of the answer fits it and speaks against it, shape (parts, lines)."""

    rows: Floats
    fits: Floats
    against: Floats


class Rubric:
    """One situation's rubric, ready to measure answers against.

    Args:
        situation: whose rubric it is.
        embed: unit vectors of texts.
    """

    def __init__(self, situation: Situation, embed: Embed) -> None:
        self._embed = embed
        self._points = [point_of(line) for line in situation.rubric]
        self._found = [list(line.found) for line in situation.rubric]
        self._against = [list(line.contradicts) for line in situation.rubric]
        self._point_rows = self._rows(self._points)
        self._found_rows = [self._rows(texts) for texts in self._found]
        self._against_rows = [self._rows(texts) for texts in self._against]
        middles = np.stack(
            [
                np.vstack([rows, point]).mean(axis=0)
                for rows, point in zip(self._found_rows, self._point_rows, strict=True)
            ]
        )
        self._off_the_middle = middles - middles.mean(axis=0)
        self._weight = _rarity(
            [read(t).stems for line in situation.rubric for _, t in line.examples()]
            + [read(point).stems for point in self._points]
        )

    def _rows(self, texts: Sequence[str]) -> Floats:
        return np.asarray(self._embed(list(texts)), dtype=np.float64)

    def measured(self, answer: str, spans: Sequence[Span]) -> Taken:
        """What there is to see of an answer, for each line.

        Args:
            answer: the whole of it.
            spans: its parts.
        """
        texts = [span.text for span in spans]
        vectors = self._rows(texts)
        found = np.stack([(vectors @ rows.T).max(axis=1) for rows in self._found_rows], axis=1)
        against = np.stack([(vectors @ rows.T).max(axis=1) for rows in self._against_rows], axis=1)
        meaning = vectors @ self._point_rows.T + HALF * found
        middle = vectors @ self._off_the_middle.T
        words = np.array(
            [
                [self._words(stems, n) for n in range(len(self._points))]
                for stems in map(_stems, texts)
            ]
        )
        whole = _stems(answer)
        profile = np.array([self._profile(whole, n) for n in range(len(self._points))])
        fits = meaning + 2 * words
        best = fits.argmax(axis=0)
        lines = np.arange(len(self._points))
        rows = np.column_stack(
            [
                profile,
                profile - profile.mean(),
                words.max(axis=0),
                _beside_others(words),
                [self._less_opposite(whole, n) for n in range(len(lines))],
                _beside_others(meaning),
                np.sort(found, axis=0)[-2:].mean(axis=0),
                middle.max(axis=0),
                _beside_others(middle),
                found[best, lines] - against[best, lines],
            ]
        )
        return Taken(rows, fits, against)

    def _words(self, stems: Stems, line: int) -> float:
        """The largest share of an example's, or of the line's own, telling words."""
        texts = [*self._found[line], self._points[line]]
        return max(self._share(stems, _stems(text)) for text in texts)

    def _profile(self, stems: Stems, line: int) -> float:
        """The share of all telling words of the line and its examples that stand in an answer."""
        texts = [*self._found[line], self._points[line]]
        return self._share(stems, frozenset[str]().union(*map(_stems, texts)))

    def _less_opposite(self, stems: Stems, line: int) -> float:
        """How much nearer an answer's words are to the examples than to what says the opposite."""
        near = max(self._share(stems, _stems(text)) for text in self._found[line])
        return near - max(self._share(stems, _stems(text)) for text in self._against[line])

    def _share(self, stems: Stems, others: Stems) -> float:
        weight = sum(self._weight.get(stem, 0.0) for stem in others)
        held = sum(self._weight.get(stem, 0.0) for stem in stems & others)
        return held / weight if weight else 0.0


def _stems(text: str) -> Stems:
    return read(text).stems


def _beside_others(values: Floats) -> Floats:
    """For each line the most by which a part of the answer fits it better than every other line."""
    if values.shape[1] < 2:
        return np.asarray(values.max(axis=0))
    lead = [
        (values[:, n] - np.delete(values, n, axis=1).max(axis=1)).max()
        for n in range(values.shape[1])
    ]
    return np.asarray(lead)


def _rarity(texts: Sequence[Stems]) -> dict[str, float]:
    """How telling each stem is among some texts."""
    counts: dict[str, int] = {}
    for stems in texts:
        for stem in stems:
            counts[stem] = counts.get(stem, 0) + 1
    return {stem: float(np.log(1 + len(texts) / (1 + count))) for stem, count in counts.items()}
