"""The network connections of one opened model: where they may lead, and ending them at once.

Closing an httpx client does not wake a thread that waits for bytes; shutting its sockets does. They
are met through httpcore's trace extension, which is public and the same in httpx and httpx2.
"""

from __future__ import annotations

import socket
import threading
import weakref
from typing import Any

from assistant.chat_models.records import ChatModelError

_STREAMS = ("connect_tcp.complete", "start_tls.complete")


class Connections:
    """Keeps the sockets of a client, whose requests may go to one host alone.

    Args:
        host: name or address, without a port.
        shown: the host as people know it.
    """

    def __init__(self, host: str, shown: str) -> None:
        self._host = host
        self._shown = shown
        self._lock = threading.Lock()
        self._sockets: weakref.WeakSet[socket.socket] = weakref.WeakSet()
        self._ended = False

    @property
    def hooks(self) -> dict[str, list[Any]]:
        """``event_hooks`` for a client of httpx or httpx2."""
        return {"request": [self._before]}

    def end(self) -> None:
        """End every connection, whatever it waits for. Nothing more is sent afterwards."""
        with self._lock:
            self._ended = True
            held = list(self._sockets)
        for each in held:
            _shut(each)

    def _before(self, request: Any) -> None:
        if self._ended:
            raise ChatModelError("cancelled", "The call was stopped.")
        if request.url.host.lower().strip("[]") != self._host:
            # Providers' packages can be led elsewhere by variables of their own.
            raise ChatModelError(
                "forbidden",
                f"A call meant for {self._shown} was about to go elsewhere, and was not sent.",
                "Unset variables of the environment that redirect chat models, such as gateways.",
            )
        request.extensions["trace"] = self._meet

    def _meet(self, event: str, info: dict[str, Any]) -> None:
        if not event.endswith(_STREAMS):
            return
        stream = info.get("return_value")
        met = stream.get_extra_info("socket") if stream is not None else None
        if met is None:
            return
        with self._lock:
            self._sockets.add(met)
            ended = self._ended
        if ended:
            _shut(met)


def _shut(met: socket.socket) -> None:
    try:
        # Below TLS too: an orderly goodbye would wait for the other side.
        socket.socket.shutdown(met, socket.SHUT_RDWR)
    except OSError:
        # It was closed already.
        return
