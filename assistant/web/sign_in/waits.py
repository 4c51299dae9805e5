"""Slows down guessing: after a few tries that failed, each further one has to wait longer.

In memory and bounded. A name waits at most a minute, so that nobody can keep a colleague out for
long by guessing at their door. An address gets many tries: a whole hospital may come from one.
"""

from __future__ import annotations

import ipaddress
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

FORGOTTEN_AFTER = 3600.0
MOST = 10_000


@dataclass
class _Tries:
    count: float = 0
    last: float = 0.0
    until: float = 0.0


class Waits:
    """Tries by key. Safe to use from several threads.

    Args:
        free: tries that need not wait.
        longest: most seconds to wait.
        clock: gives seconds.
    """

    def __init__(
        self, free: int, longest: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._free = free
        self._longest = longest
        self._clock = clock
        self._held: OrderedDict[str, _Tries] = OrderedDict()
        self._lock = threading.Lock()

    def seconds(self, key: str) -> float:
        """How long the next try has to wait; 0 where it need not."""
        with self._lock:
            tries = self._held.get(key)
            return max(0.0, tries.until - self._clock()) if tries else 0.0

    def spend(self, key: str) -> None:
        """Count a try before it is made, so that many at once gain nothing."""
        now = self._clock()
        with self._lock:
            tries = self._held.pop(key, None)
            if tries is None or now - tries.last > FORGOTTEN_AFTER:
                tries = _Tries()
            tries.count += 1
            tries.last = now
            beyond = tries.count - self._free
            if beyond >= 0:
                tries.until = now + min(self._longest, 2.0 ** min(beyond, 30))
            self._held[key] = tries
            while len(self._held) > MOST:
                self._held.popitem(last=False)

    def give_back(self, key: str) -> None:
        """The try that was counted last was a good one."""
        with self._lock:
            tries = self._held.get(key)
            if tries is not None:
                tries.count = max(0, tries.count - 1)
                if tries.count < self._free:
                    tries.until = 0.0

    def forget(self, key: str) -> None:
        """Begin anew, after somebody got in."""
        with self._lock:
            self._held.pop(key, None)

    def __len__(self) -> int:
        return len(self._held)


def address_key(address: str) -> str:
    """What counts as one address: for IPv6 the whole network of a home or firm."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)
