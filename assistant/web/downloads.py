"""Files that are made when somebody asks for one: kept in memory for a few minutes, then forgotten.

A handler keeps what it made and shows the link that ``link`` gives; the page's script follows it at
once. The address is a secret of the page that asked: nobody else can guess it.
"""

from __future__ import annotations

import re
import secrets
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from urllib.parse import quote

from fastapi import FastAPI
from starlette.responses import PlainTextResponse, Response

from assistant.presentation.markup import Html, el

STALE_SECONDS = 600.0
MOST_BYTES = 100 << 20
"""Of all files together; the oldest go first."""
_KINDS = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
    "zip": "application/zip",
    "md": "text/markdown; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "bib": "text/plain; charset=utf-8",
    "ris": "text/plain; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
}
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True)
class Made:
    """A file: its name and content, and when it was made."""

    name: str
    content: bytes
    made: float = field(default_factory=time.monotonic)


class Downloads:
    """The files of this process. Safe to use from several threads."""

    def __init__(self) -> None:
        self._held: OrderedDict[str, Made] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, name: str, content: bytes) -> str:
        """The address at which a file can be fetched for some minutes."""
        key = secrets.token_urlsafe(24)
        with self._lock:
            self._held[key] = Made(_UNSAFE.sub("-", name).strip("-.") or "file", content)
            self._drop()
        return f"/download/{key}/{quote(self._held[key].name)}"

    def link(self, name: str, content: bytes, words: str) -> Html:
        """A link to a file, which the page's script follows by itself (``downloaded``)."""
        address = self.keep(name, content)
        return el("a", words, href=address, download=name, class_="download", data_download=True)

    def get(self, key: str) -> Made | None:
        """A file that is still held."""
        with self._lock:
            self._drop()
            return self._held.get(key)

    def _drop(self) -> None:
        oldest = time.monotonic() - STALE_SECONDS
        while self._held and next(iter(self._held.values())).made < oldest:
            self._held.popitem(last=False)
        while len(self._held) > 1 and self._size() > MOST_BYTES:
            self._held.popitem(last=False)

    def _size(self) -> int:
        return sum(len(made.content) for made in self._held.values())


def add_routes(app: FastAPI, downloads: Downloads) -> None:
    """The address that files are fetched from."""

    @app.get("/download/{key}/{name}")
    async def download(key: str, name: str) -> Response:
        made = downloads.get(key)
        if made is None:
            return PlainTextResponse("This file is not kept any more. Make it again.", 404)
        kind = _KINDS.get(made.name.rpartition(".")[2], "application/octet-stream")
        headers = {
            "content-disposition": f'attachment; filename="{made.name}"',
            "cache-control": "no-store",
        }
        return Response(made.content, media_type=kind, headers=headers)
