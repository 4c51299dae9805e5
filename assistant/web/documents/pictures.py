"""Pictures of PDF pages for the page of a document, made in a process of their own.

A file that somebody was sent must not be able to take the page down, or to hold it up: the process
that draws has a time and is ended after it. The last few pictures are kept in memory.
"""

from __future__ import annotations

import base64
import json
import struct
import subprocess
import sys
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.responses import Response

from assistant.documents.records import Document
from assistant.documents.store import DocumentStore

WIDTH = 1000
SECONDS = 30.0
KEPT = 12
_CHILD = Path(__file__).with_name("draw_page.py")
_BOOT = (
    "import json, runpy, sys; sys.path[:] = json.loads(sys.argv[1]);"
    " runpy.run_path(sys.argv[2], run_name='__main__')"
)
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Picture:
    """A page with the boxes of what is marked on it: left, top, width and height, in fractions of
    the page. Without an ``address`` it cannot be shown."""

    page: int
    address: str = ""
    width: int = 0
    height: int = 0
    boxes: tuple[Box, ...] = ()


class Pictures:
    """Draws pages of the documents of one store."""

    def __init__(self, store: DocumentStore) -> None:
        self._store = store
        self._kept: OrderedDict[tuple[str, int], bytes] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, document: Document, page: int, words: str = "") -> Picture:
        """A page, and where words of it stand."""
        with self._lock:
            image, boxes = self._drawn(document, page, words)
        if not image:
            return Picture(page)
        width, height = struct.unpack(">II", image[16:24])
        address = f"/documents/{document.id}/page/{page}.png"
        return Picture(page, address, width, height, boxes)

    def png(self, document_id: str, page: int) -> bytes:
        """The picture of a page; empty where there is none."""
        document = self._store.document(document_id)
        if document is None or document.format != "pdf":
            return b""
        if document.pages is not None and not 1 <= page <= document.pages:
            return b""
        with self._lock:
            kept = self._kept.get((document.sha256, page))
            return kept or self._drawn(document, page, "")[0]

    def _drawn(self, document: Document, page: int, words: str) -> tuple[bytes, tuple[Box, ...]]:
        key = (document.sha256, page)
        request = {
            "path": str(self._store.original(document)),
            "page": page,
            "words": words,
            "width": WIDTH,
            "draw": key not in self._kept,
        }
        answer = asked(request)
        if answer.get("png"):
            self._kept[key] = base64.b64decode(answer["png"])
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        boxes = tuple((b[0], b[1], b[2], b[3]) for b in answer.get("boxes", ()))
        return self._kept.get(key, b""), boxes


def asked(request: dict[str, object], seconds: float = SECONDS) -> dict[str, Any]:
    """What the drawing process answers; empty where it failed or took too long."""
    command = [sys.executable, "-c", _BOOT, json.dumps(sys.path), str(_CHILD)]
    try:
        done = subprocess.run(
            command,
            input=json.dumps(request).encode(),
            capture_output=True,
            timeout=seconds,
            check=False,
        )
        return dict(json.loads(done.stdout)) if done.returncode == 0 else {}
    except (subprocess.TimeoutExpired, OSError, ValueError):
        return {}


def add_routes(app: FastAPI, pictures: Pictures) -> None:
    """The address of a page's picture."""

    @app.get("/documents/{document_id}/page/{page}.png")
    def picture(document_id: str, page: int) -> Response:
        image = pictures.png(document_id, page)
        headers = {"cache-control": "no-store", "cross-origin-resource-policy": "same-origin"}
        if not image:
            return Response(status_code=404, headers=headers)
        return Response(image, media_type="image/png", headers=headers)
