"""Lets go of callers who open a connection and then say nothing, or say it letter by letter.

uvicorn waits without end for the first request of a connection; many such connections would leave
none for others.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol

SECONDS = 20.0
"""In which the head of a request has to come."""
_Protocol: Any = AutoHTTPProtocol


class Impatient(_Protocol):  # type: ignore[misc]
    """uvicorn's protocol with a time limit on the head of each request."""

    seconds = SECONDS

    def connection_made(self, transport: Any) -> None:
        """Begin to wait."""
        super().connection_made(transport)
        self._limit: asyncio.TimerHandle | None = None
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Go on waiting where the head is not whole yet."""
        super().data_received(data)
        answering = self.cycle is not None and not self.cycle.response_complete
        if answering:
            self._stop()
        elif self._limit is None:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing more will come."""
        self._stop()
        super().connection_lost(exc)

    def _wait(self) -> None:
        loop = asyncio.get_running_loop()
        self._limit = loop.call_later(self.seconds, self._over)

    def _stop(self) -> None:
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None

    def _over(self) -> None:
        self._limit = None
        answering = self.cycle is not None and not self.cycle.response_complete
        if not answering and not self.transport.is_closing():
            self.transport.close()
