"""Undoes misspellings in what is searched for, word by word, towards the words of the library.

Only a word that the library does not know is touched, and only where one known word lies close by.
What people typed is shown and screened as they typed it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

SHORTEST = 4
"""Letters of the shortest word that is mended."""
RARE = 2
"""A word must stand so often in the library to be what others are mended to."""
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?", re.IGNORECASE)


class Speller:
    """Mends words towards a vocabulary.

    Args:
        texts: everything that the library says and is asked.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        counts = Counter(word.lower() for text in texts for word in _WORD.findall(text))
        self._known = frozenset(counts)
        self._counts = counts
        self._targets: dict[str, list[str]] = {}
        for word, count in counts.items():
            if count >= RARE and len(word) >= SHORTEST:
                self._targets.setdefault(word[0], []).append(word)

    def mended(self, text: str) -> str:
        """The text with each unknown word that has a known one close by replaced by it."""
        return _WORD.sub(lambda match: self._mended_word(match.group()), text)

    @lru_cache(maxsize=4096)  # noqa: B019 - one speller lives as long as the assistant
    def _mended_word(self, word: str) -> str:
        lowered = word.lower()
        if len(lowered) < SHORTEST or lowered in self._known or not lowered.isascii():
            return word
        # A first letter is seldom wrong, and keeping it keeps the search short.
        near = process.extract(
            lowered,
            self._targets.get(lowered[0], ()),
            scorer=DamerauLevenshtein.distance,
            score_cutoff=1 if len(lowered) < 7 else 2,
            limit=5,
        )
        if not near:
            return word
        least = min(distance for _, distance, _ in near)
        closest = [target for target, distance, _ in near if distance == least]
        return max(closest, key=lambda target: self._counts[target])
