"""The part of the evidence that a claim speaks of, short enough for the fitted model.

Whole sentences, in their order: the closest to the claim first, then as many more as fit.
"""

from __future__ import annotations

from assistant.grounding.aligning import closeness
from assistant.grounding.plain import read
from assistant.text import sentences

WORDS = 75
"""So that evidence and claim together stay well under 256 tokens."""


def narrowed(evidence: str, claim: str, words: int = WORDS) -> str:
    """The sentences of the evidence that are closest to a claim, at most ``words`` words of them
    (or one sentence); the evidence as it is where it is that short."""
    if len(evidence.split()) <= words:
        return evidence
    parts = [evidence[a:b] for a, b in sentences(evidence)]
    target = read(claim).words
    order = sorted(range(len(parts)), key=lambda i: -closeness(target, read(parts[i]).words))
    kept: list[int] = []
    room = words
    for place in order:
        size = len(parts[place].split())
        if not kept or size <= room:
            kept.append(place)
            room -= size
    chosen = " ".join(parts[i] for i in sorted(kept)).split()
    return " ".join(chosen[: 2 * words])
