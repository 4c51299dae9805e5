"""Minutes that add up: how an exercise's parts share the time that there is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

PartKind = Literal[
    "welcome", "opening", "stage", "questions", "debate", "listening", "break", "debrief", "close"
]
STEP = 5
"""Lengths are whole minutes; those of long parts are multiples of this where the sum allows it."""


@dataclass(frozen=True)
class Part:
    """One part before it has a time: at least ``least`` minutes, more in proportion to ``share``
    up to ``most``."""

    kind: PartKind
    title: str
    least: int
    share: float
    most: int
    of: int = 0
    """Number of the stage or situation that it belongs to, from 0."""


@dataclass(frozen=True)
class Slot:
    """One part with its time, in minutes from the beginning."""

    kind: PartKind
    title: str
    start: int
    minutes: int
    of: int = 0

    @property
    def end(self) -> int:
        """The minute at which it ends."""
        return self.start + self.minutes


def fits(parts: Sequence[Part], minutes: int) -> bool:
    """Whether parts fit into a time at all, and can fill it."""
    return sum(p.least for p in parts) <= minutes <= sum(p.most for p in parts)


def laid_out(parts: Sequence[Part], minutes: int) -> tuple[Slot, ...]:
    """The parts one after another, filling the time exactly.

    Raises:
        ValueError: they do not fit into it, or cannot fill it.
    """
    if not fits(parts, minutes):
        raise ValueError(f"{len(parts)} parts do not fit into {minutes} minutes")
    lengths = [float(part.least) for part in parts]
    _shared_out(parts, lengths, minutes - sum(lengths))
    whole = _rounded(parts, lengths, minutes)
    slots, at = [], 0
    for part, length in zip(parts, whole, strict=True):
        slots.append(Slot(part.kind, part.title, at, length, part.of))
        at += length
    return tuple(slots)


def _shared_out(parts: Sequence[Part], lengths: list[float], left: float) -> None:
    """Give what is left to parts that can take more, in proportion to their shares."""
    while left > 1e-6:
        open_ = [n for n, p in enumerate(parts) if p.share > 0 and lengths[n] < p.most - 1e-6]
        # Whatever has no share of its own takes what the others cannot.
        open_ = open_ or [n for n, p in enumerate(parts) if lengths[n] < p.most - 1e-6]
        total = sum(parts[n].share or 1.0 for n in open_)
        given = 0.0
        for n in open_:
            more = min(left * (parts[n].share or 1.0) / total, parts[n].most - lengths[n])
            lengths[n] += more
            given += more
        left -= given


def _rounded(parts: Sequence[Part], lengths: Sequence[float], minutes: int) -> list[int]:
    """Whole minutes with the right sum; long parts in steps of five where that works out."""
    whole = [
        max(p.least, min(p.most, STEP * round(x / STEP) if x >= 2 * STEP else round(x)))
        for p, x in zip(parts, lengths, strict=True)
    ]
    order = sorted(range(len(parts)), key=lambda n: -parts[n].share)
    while (short := minutes - sum(whole)) != 0:
        step = 1 if short > 0 else -1
        able = [n for n in order if parts[n].least <= whole[n] + step <= parts[n].most]
        # The part that is furthest from what it was to have gives or takes the minute.
        n = max(able, key=lambda n: step * (lengths[n] - whole[n]))
        whole[n] += step
    return whole
