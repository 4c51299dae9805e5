"""Small pure functions on numbers: intervals, separation, risk against coverage.

They know nothing of cases or answers. Where there is nothing to measure they return None rather
than a number that could be taken for a result.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

RESAMPLES = 2000
SEED = 20261122
Z95 = 1.959963984540054
KEPT_SHARES = (1.0, 0.98, 0.95, 0.92, 0.9, 0.85, 0.8, 0.75, 0.7, 0.6, 0.5)


def mean(values: Sequence[float]) -> float | None:
    """The mean; None of nothing."""
    return float(np.mean(values)) if len(values) else None


def bootstrap(
    values: Sequence[float], *, seed: int = SEED, resamples: int = RESAMPLES
) -> tuple[float, float] | None:
    """95% percentile interval of the mean; the same values give the same interval."""
    if not len(values):
        return None
    table = np.asarray(values, dtype=np.float64)
    rows = np.random.default_rng(seed).integers(0, len(table), (resamples, len(table)))
    low, high = np.percentile(table[rows].mean(axis=1), [2.5, 97.5])
    return float(low), float(high)


def wilson(successes: int, n: int, z: float = Z95) -> tuple[float, float] | None:
    """Wilson's 95% interval of a share.

    Raises:
        ValueError: more successes than cases, or fewer than none.
    """
    if not 0 <= successes <= n:
        raise ValueError(f"{successes} of {n} is no share")
    if n == 0:
        return None
    share = successes / n
    spread = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    centre = share + z * z / (2 * n)
    below = 1 + z * z / n
    return max(0.0, (centre - spread) / below), min(1.0, (centre + spread) / below)


def percentile(values: Sequence[float], share: float) -> float | None:
    """The value below which ``share`` of the values lie, straight lines between; None of none."""
    return float(np.percentile(values, share * 100)) if len(values) else None


def auc(positive: Sequence[float], negative: Sequence[float]) -> float | None:
    """Chance that a positive scores above a negative, ties counting half; None without both."""
    if not len(positive) or not len(negative):
        return None
    ahead = np.asarray(positive)[:, None] - np.asarray(negative)[None, :]
    return float(((ahead > 0) + 0.5 * (ahead == 0)).mean())


def auc_interval(
    positive: Sequence[float],
    negative: Sequence[float],
    *,
    seed: int = SEED,
    resamples: int = 500,
) -> tuple[float, float] | None:
    """95% percentile interval of ``auc``, both sides drawn anew each time."""
    if not len(positive) or not len(negative):
        return None
    draw = np.random.default_rng(seed)
    high_side, low_side = np.asarray(positive), np.asarray(negative)
    drawn = [
        auc(
            draw.choice(high_side, len(high_side)).tolist(),
            draw.choice(low_side, len(low_side)).tolist(),
        )
        for _ in range(resamples)
    ]
    low, high = np.percentile([value for value in drawn if value is not None], [2.5, 97.5])
    return float(low), float(high)


@dataclass(frozen=True)
class CurvePoint:
    """What one threshold does: a question is answered when its score is at least that.

    ``kept`` is the share of answerable questions that are answered, ``refused`` the share of the
    others that are refused, ``risk`` the share of the answered that should have been refused.
    """

    threshold: float
    kept: float
    refused: float
    risk: float


def curve_point(
    scores: Sequence[float], answerable: Sequence[bool], keep: float
) -> CurvePoint | None:
    """The highest threshold that keeps at least ``keep`` of the answerable; None without both
    kinds of question."""
    good = sorted((s for s, yes in zip(scores, answerable, strict=True) if yes), reverse=True)
    others = [s for s, yes in zip(scores, answerable, strict=True) if not yes]
    if not good or not others:
        return None
    needed = max(1, math.ceil(keep * len(good) - 1e-9))
    threshold = good[needed - 1]
    kept = sum(s >= threshold for s in good)
    let_in = sum(s >= threshold for s in others)
    return CurvePoint(
        threshold=threshold,
        kept=kept / len(good),
        refused=1 - let_in / len(others),
        risk=let_in / (kept + let_in),
    )


def risk_coverage(
    scores: Sequence[float], answerable: Sequence[bool], shares: Sequence[float] = KEPT_SHARES
) -> list[CurvePoint]:
    """The curve at each share of answerable questions kept."""
    points = (curve_point(scores, answerable, share) for share in shares)
    return [point for point in points if point is not None]
