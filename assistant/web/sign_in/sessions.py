"""Who is signed in: kept in memory, ended by time, by signing out, and when the server ends.

A browser holds a random secret in a cookie; here lies only its hash, so that a look into this
process's memory dump or a log opens nothing.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from assistant.web.sign_in.people import Person

MOST = 10_000
MOST_OF_ONE = 20
"""Browsers that one person may be signed in with; the oldest gives way."""


@dataclass
class Session:
    """A browser in which somebody is signed in. ``stamp`` is what must not have changed since:
    the hash of their password, where they have one."""

    person: Person
    stamp: str
    began: float
    used: float


class Sessions:
    """The sessions of this process. Safe to use from several threads.

    Args:
        idle: seconds without anything asked after which a session ends.
        longest: seconds after which it ends in any case.
        clock: gives seconds.
    """

    def __init__(
        self, idle: float, longest: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._idle = idle
        self._longest = longest
        self._clock = clock
        self._held: OrderedDict[str, Session] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, person: Person, stamp: str = "") -> str:
        """A new session; the secret for the browser's cookie."""
        secret = secrets.token_urlsafe(32)
        now = self._clock()
        with self._lock:
            self._drop_old(now)
            own = [key for key, s in self._held.items() if s.person.key == person.key]
            for key in own[: max(0, len(own) + 1 - MOST_OF_ONE)]:
                del self._held[key]
            while len(self._held) >= MOST:
                self._held.popitem(last=False)
            self._held[_key(secret)] = Session(person, stamp, now, now)
        return secret

    def get(self, secret: str, touch: bool = False) -> Session | None:
        """The session of a cookie; ``touch`` keeps it from ending for idleness."""
        if not secret:
            return None
        now = self._clock()
        with self._lock:
            session = self._held.get(_key(secret))
            if session is None:
                return None
            if self._over(session, now):
                del self._held[_key(secret)]
                return None
            if touch:
                session.used = now
            return session

    def end(self, secret: str) -> None:
        """End a session, if there is one."""
        with self._lock:
            self._held.pop(_key(secret), None)

    def _over(self, session: Session, now: float) -> bool:
        return now - session.used >= self._idle or now - session.began >= self._longest

    def _drop_old(self, now: float) -> None:
        for key in [key for key, session in self._held.items() if self._over(session, now)]:
            del self._held[key]

    def __len__(self) -> int:
        return len(self._held)


def _key(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
