"""How texts are put together into runs of a model, and how many runs go on at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

BATCH = 32
BATCH_TOKENS = 512
"""Most tokens of one run: what it works on then stays in the cache of a core, which is worth a
third of the time."""


def usable_cores() -> int:
    """How many cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # only Linux tells
        return os.cpu_count() or 1


def batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Which texts are run together, by their number: alike lengths, at most ``BATCH_TOKENS`` tokens
    with the padding and ``BATCH`` texts, a longer text alone. The longest come first, so that the
    last runs, for which a core may have to wait, are short."""
    batch: list[int] = []
    longest = 0
    for number in sorted(range(len(lengths)), key=lambda n: -lengths[n]):
        full = (len(batch) + 1) * longest > BATCH_TOKENS or len(batch) == BATCH
        if batch and full:
            yield batch
            batch = []
        if not batch:
            longest = lengths[number]
        batch.append(number)
    if batch:
        yield batch


def in_runs(lengths: Sequence[int], run: Callable[[list[int]], None], at_once: int) -> None:
    """Run all texts, batch by batch.

    Args:
        lengths: of the texts, in tokens.
        run: told the numbers of the texts of one batch.
        at_once: how many batches may run at the same time.
    """
    runs = list(batches(lengths))
    if len(runs) < 2 or at_once < 2:
        for chosen in runs:
            run(chosen)
        return
    with ThreadPoolExecutor(min(at_once, len(runs))) as pool:
        # Fetching the results raises what went wrong in any of them.
        list(pool.map(run, runs))
