"""Takes in the files that a browser sends, and lets go of them again.

Each file is streamed to a folder of ours beside the added documents, so that a large one never
lies in memory and what is kept of it is moved and not copied over. A batch is what one press of
"Add" sends. When it is added, a file stands at a place that is named after its collection and its
own name alone: by that place the library knows it again when a changed file of that name comes.
Which place another file of the same name gets, ``same_name`` tells.
Nothing stays here: files go when they were added, an hour after a browser went away in the middle,
when the page ends, and, should it have been killed, when it starts again.
"""

from __future__ import annotations

import os
import re
import shutil
import threading
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from fastapi import FastAPI, Request
from filelock import FileLock, Timeout
from starlette.responses import JSONResponse, Response

from assistant.documents.archives import is_litter
from assistant.documents.printable import printable
from assistant.documents.records import FileReport, Limits
from assistant.interface import Texts
from assistant.presentation.documents import seen

FOLDER = "uploads"
HEADER = "x-peer-support"
"""A header that pages of other sites cannot send without being asked first."""
STALE_SECONDS = 3600.0
_MEGABYTE = 1 << 20
_MOST_PART_BYTES = 180
_BATCH = re.compile(r"[0-9a-f]{32}")
_NOT_IN_NAMES = re.compile(r'[<>:"|?*\s]+')


@dataclass(frozen=True)
class Received:
    """A file that came in: where it lies, and its name, with folders where it had any."""

    path: Path
    name: str


@dataclass
class Batch:
    """What came in for one press of "Add". ``refused`` are files that were not let in."""

    folder: Path
    files: list[Received] = field(default_factory=list)
    refused: list[FileReport] = field(default_factory=list)
    touched: float = field(default_factory=time.monotonic)


class TooLarge(Exception):
    """More came in than is read."""


class Uploads:
    """The batches of this process. Safe to use from several threads.

    Args:
        folder: of the added documents.
        limits: how large a file or an archive may be.
        texts: the page's sentences.
    """

    def __init__(self, folder: Path, limits: Limits, texts: Texts) -> None:
        self.folder = folder / FOLDER
        self._limits = limits
        self._texts = texts
        self._batches: dict[str, Batch] = {}
        self._lock = threading.Lock()
        self.folder.mkdir(parents=True, exist_ok=True)
        self._alone = FileLock(self.folder / ".lock", timeout=0)
        with suppress(Timeout):
            self._alone.acquire()
            self._clear_all()

    async def receive(self, key: str, name: str, pieces: AsyncIterator[bytes]) -> int:
        """Take one file in; the HTTP status that says how it went."""
        if not _BATCH.fullmatch(key):
            return 400
        shown = safe_name(name)
        if not shown or any(is_litter(part) for part in re.split(r"[\\/]", name)):
            return 204
        batch = self._batch(key)
        if len(batch.files) >= self._limits.files:
            return 413
        path = batch.folder / f"{len(batch.files) + len(batch.refused)}-{time.monotonic_ns()}"
        try:
            await _written(path, pieces, self._most_bytes(shown))
        except TooLarge:
            self._refuse(batch, path, shown, "too-large", "documents.too_large")
            return 413
        except OSError:
            self._refuse(batch, path, shown, "disk-full", "documents.disk_full")
            return 507
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        batch.files.append(Received(path, shown))
        batch.touched = time.monotonic()
        return 204

    def _batch(self, key: str) -> Batch:
        self.clear_stale()
        with self._lock:
            if key not in self._batches:
                self._batches[key] = Batch(self.folder / f".{key}")
            batch = self._batches[key]
        batch.folder.mkdir(parents=True, exist_ok=True)
        return batch

    def _most_bytes(self, name: str) -> int:
        archive = name.lower().endswith(".zip")
        limits = self._limits
        return (limits.archive_megabytes if archive else limits.file_megabytes) * _MEGABYTE

    def _refuse(self, batch: Batch, path: Path, name: str, reason: str, text: str) -> None:
        path.unlink(missing_ok=True)
        most = self._most_bytes(name) // _MEGABYTE
        message = self._texts(text, megabytes=f"{most:,}")
        report = {"path": name, "status": "refused", "reason": reason, "message": message}
        batch.refused.append(FileReport.model_validate(report))

    def take(self, key: str) -> Batch | None:
        """A batch, to be let go of by whoever takes it; None where nothing came in."""
        with self._lock:
            return self._batches.pop(key, None)

    def placed(self, received: Received, collection: str, number: int = 1) -> Path:
        """Move a file to the place that its collection and its name give it; ``number`` is the
        first to try where there are several of that name."""
        folder = self.folder / collection
        target = folder / numbered(received.name, number)
        while target.exists():
            number += 1
            target = folder / numbered(received.name, number)
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(received.path, target)
        return target

    def shown(self, path: str, collection: str) -> str:
        """The name of a file as the person knows it, from the path that a report gives."""
        return path.removeprefix(printable(str(self.folder / collection)) + "/")

    def let_go(self, paths: Iterable[Path]) -> None:
        """Delete files at their places, and the folders that are empty then."""
        for path in paths:
            path.unlink(missing_ok=True)
            for folder in path.parents:
                if folder == self.folder or self.folder not in folder.parents:
                    break
                with suppress(OSError):
                    folder.rmdir()

    def dropped(self, folder: Path) -> None:
        """Delete the folder of a batch."""
        shutil.rmtree(folder, ignore_errors=True)

    def clear_stale(self) -> None:
        """Delete batches that nobody came back for."""
        now = time.monotonic()
        with self._lock:
            for key, batch in list(self._batches.items()):
                if now - batch.touched > STALE_SECONDS:
                    del self._batches[key]
                    self.dropped(batch.folder)

    def _clear_all(self) -> None:
        """Delete what a process left behind that was killed."""
        for path in self.folder.iterdir():
            if path.is_dir():
                self.dropped(path)

    def close(self) -> None:
        """Delete every batch of this process."""
        with self._lock:
            batches, self._batches = list(self._batches.values()), {}
        for batch in batches:
            self.dropped(batch.folder)
        self._alone.release()


def numbered(name: str, number: int) -> str:
    """The name of the first, second … file of one name: "policy.md", "policy (2).md"."""
    if number == 1:
        return name
    path = Path(name)
    return path.with_name(f"{path.stem} ({number}){path.suffix}").as_posix()


def safe_name(name: str) -> str:
    """A name from a browser as a relative path that stays inside a folder: no way up, nothing that
    cannot be seen, nothing that a file system refuses; empty where nothing is left of it."""
    parts = [_part(part) for part in re.split(r"[\\/]", name)]
    kept = [part for part in parts if part not in {"", ".", ".."}]
    return "/".join(kept[-8:])


def _part(part: str) -> str:
    part = seen(_NOT_IN_NAMES.sub(" ", part)).strip(" .")
    stem, dot, suffix = part.rpartition(".")
    if not dot or len(suffix) > 10:
        stem, dot, suffix = part, "", ""
    most = _MOST_PART_BYTES - len((dot + suffix).encode())
    return stem.encode()[:most].decode(errors="ignore") + dot + suffix


async def _written(path: Path, pieces: AsyncIterator[bytes], most: int) -> None:
    size = 0
    with path.open("wb") as stream:
        async for piece in pieces:
            size += len(piece)
            if size > most:
                raise TooLarge
            stream.write(piece)


def add_routes(app: FastAPI, uploads: Uploads, address: str = "/documents/upload") -> None:
    """The address that the page sends files to."""

    @app.put(address)
    async def upload(request: Request, batch: str, name: str) -> Response:
        if not from_this_page(request):
            return JSONResponse({}, 403)
        return Response(status_code=await uploads.receive(batch, name, request.stream()))


def from_this_page(request: Request) -> bool:
    """Whether a request comes from this page and not from another site."""
    site = request.headers.get("sec-fetch-site", "same-origin")
    return request.headers.get(HEADER) == "upload" and site == "same-origin"
