"""What the scripts that fit models have in common."""

from __future__ import annotations

import random
from collections.abc import Sequence


def batches(lengths: Sequence[int], size: int, chance: random.Random) -> list[list[int]]:
    """Rows in batches of alike lengths, so that little is padded, in a new order each time.

    Args:
        lengths: of the rows.
        size: rows of a batch; what is left over takes no part this time.
        chance: gives the order.
    """
    order = list(range(len(lengths)))
    chance.shuffle(order)
    alike = [
        row
        for start in range(0, len(order), size * 20)
        for row in sorted(order[start : start + size * 20], key=lambda r: lengths[r])
    ]
    found = [alike[i : i + size] for i in range(0, len(alike) - size + 1, size)]
    chance.shuffle(found)
    return found
