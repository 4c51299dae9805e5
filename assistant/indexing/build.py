"""Builds the index: atomic, incremental, resumable.

Vectors are made and kept chunk by chunk (``vectors``), the index is written into a folder of its
own and read back, and only then becomes the one in use. A kill at any moment leaves the old index
answering and the vectors made so far; the next build goes on from there.
"""

from __future__ import annotations

import datetime as dt
import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout

from assistant.corpus import Library, library_version, read_library
from assistant.embedding import Vectors
from assistant.errors import (
    AssistantError,
    ConfigurationError,
    IndexBusyError,
)
from assistant.indexing import lexical
from assistant.indexing.store import (
    ASKS,
    BODIES,
    FORMAT,
    GISTS,
    Manifest,
    UnitList,
    UnitRecord,
    chroma_client,
    current_id,
    file_hash,
    index_root,
    load_index,
    read_manifest,
    set_current,
    write_collection,
)
from assistant.indexing.units import Unit, units_of
from assistant.indexing.vectors import KeptModel, Progress


@dataclass(frozen=True)
class BuildReport:
    """What a build did. ``embedded`` counts texts that got a new vector."""

    index_id: str
    changed: bool
    embedded: int
    manifest: Manifest


def index_id_for(version: str, model_identity: str) -> str:
    """Id of the index of one library state and model: 12 hex characters."""
    return hashlib.sha256(f"{FORMAT}|{version}|{model_identity}".encode()).hexdigest()[:12]


def build_index(
    corpus: Path,
    home: Path,
    model: KeptModel,
    *,
    force: bool = False,
    progress: Progress | None = None,
) -> BuildReport:
    """Bring the index up to date with the library.

    Args:
        corpus: the library's folder.
        home: the folder that holds the index.
        model: makes vectors, looking into the cache first.
        force: write the index anew even when nothing changed.
        progress: told of stage, done and total.

    Raises:
        CorpusError: a file of the library is broken; the old index stays.
        IndexBusyError: another process is building.
        AssistantError: no room or no right to write; the old index stays.
    """
    with _writing(home), _build_lock(home):
        version = library_version(corpus)
        index_id = index_id_for(version, model.identity)
        kept = None if force else _intact(home, index_id)
        if kept is not None:
            set_current(home, kept[0].name)
            return BuildReport(index_id, False, 0, kept[1])
        library = read_library(corpus)
        folder, manifest = write_index(home, index_id, library, model, progress)
        set_current(home, folder.name)
        _sweep(home, folder.name)
        return BuildReport(index_id, True, model.embedded, manifest)


def verify_index(home: Path) -> Manifest:
    """Re-read the index in use file by file against its manifest.

    Raises:
        IndexMissingError, IndexMismatchError: there is none, or it is damaged.
    """
    folder = index_root(home) / (current_id(home) or "none")
    manifest = read_manifest(folder)
    load_index(folder, manifest)
    return manifest


@contextmanager
def _writing(home: Path) -> Iterator[None]:
    """Turn a full disk and a missing right into words."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise _disk_error(error, home) from error
    except AssistantError:
        raise
    except Exception as error:
        # Chroma and SQLite report a full disk in their own ways.
        if "disk is full" in str(error).lower() or "no space" in str(error).lower():
            raise _disk_error(OSError(errno.ENOSPC, "no space"), home) from error
        raise


def _disk_error(error: OSError, home: Path) -> AssistantError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return ConfigurationError(
            f"The disk is full: the index could not be written to {home}.",
            "Free about 200 MB, or set PEER_SUPPORT_HOME to a folder with room; then try again.",
        )
    return ConfigurationError(
        f"The index could not be written to {home} ({error.strerror or error}).",
        "Check the rights of that folder, or set PEER_SUPPORT_HOME to another.",
    )


@contextmanager
def _build_lock(home: Path) -> Iterator[None]:
    root = index_root(home)
    root.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(root / "build.lock", timeout=0):
            yield
    except Timeout as error:
        raise IndexBusyError(
            "Another process is building the index.", "Wait until it has finished, then try again."
        ) from error


def _intact(home: Path, index_id: str) -> tuple[Path, Manifest] | None:
    """A finished and undamaged index with this id, the one in use first; None where none is."""
    names = dict.fromkeys((current_id(home) or index_id, index_id))
    for folder in (index_root(home) / name for name in names):
        try:
            manifest = read_manifest(folder)
            if manifest.index_id == index_id:
                load_index(folder, manifest)
                return folder, manifest
        except ConfigurationError:
            continue
    return None


def write_index(
    home: Path, index_id: str, library: Library, model: KeptModel, progress: Progress | None
) -> tuple[Path, Manifest]:
    """Write the index of a library into a folder of its own and read it back.

    Does not make it the one in use. The folder is new, so that a kill leaves the old one as it was.
    """
    units = units_of(library)
    bodies, asks = _embed(units, model, progress)
    root = index_root(home)
    root.mkdir(parents=True, exist_ok=True)
    _remove_leavings(root)
    building = root / f"{index_id}.{os.getpid()}.part"
    if progress:
        progress("Writing the index", 0, 1)
    try:
        manifest = _fill(building, index_id, library, units, bodies, asks, model.identity)
        final = _free_folder(root, index_id)
        os.replace(building, final)
    except Exception:
        # A client that is still open would make the next build in this process fail.
        _forget_open_clients()
        shutil.rmtree(building, ignore_errors=True)
        raise
    if progress:
        progress("Writing the index", 1, 1)
    return final, manifest


def _fill(
    building: Path,
    index_id: str,
    library: Library,
    units: Sequence[Unit],
    bodies: Vectors,
    asks: Vectors,
    identity: str,
) -> Manifest:
    building.mkdir()
    lexical.write(building / "bm25", [unit.lexical for unit in units])
    records = UnitList(units=tuple(UnitRecord(uid=u.uid, metadata=u.metadata) for u in units))
    (building / "units.json").write_text(records.model_dump_json(), encoding="utf-8")
    (building / "library.json").write_text(library.data.model_dump_json(), encoding="utf-8")
    client = chroma_client(building / "chroma")
    write_collection(client, BODIES, bodies, [unit.metadata for unit in units])
    write_collection(client, GISTS, _gists(units, asks), [unit.metadata for unit in units])
    write_collection(client, ASKS, asks, [u.metadata for u in units for _ in u.asks])
    _release(client)
    manifest = _manifest(index_id, library, units, identity, building)
    (building / "manifest.json").write_text(manifest.model_dump_json(indent=1), encoding="utf-8")
    load_index(building, manifest)
    _forget_open_clients()
    return manifest


def _free_folder(root: Path, index_id: str) -> Path:
    """A folder name for this index that is not taken."""
    number = 1
    folder = root / index_id
    while folder.exists():
        number += 1
        folder = root / f"{index_id}-{number}"
    return folder


def _embed(
    units: Sequence[Unit], model: KeptModel, progress: Progress | None
) -> tuple[Vectors, Vectors]:
    bodies = [unit.body for unit in units]
    asks = [ask for unit in units for ask in unit.asks]
    vectors = model.vectors(bodies + asks, progress)
    return vectors[: len(bodies)], vectors[len(bodies) :]


def _gists(units: Sequence[Unit], asks: Vectors) -> Vectors:
    """The mean direction of each unit's asks, shape (units, dimensions)."""
    out = np.zeros((len(units), asks.shape[1]), dtype=np.float32)
    start = 0
    for place, unit in enumerate(units):
        mean = asks[start : start + len(unit.asks)].mean(axis=0)
        out[place] = mean / max(float(np.linalg.norm(mean)), 1e-9)
        start += len(unit.asks)
    return out


def _manifest(
    index_id: str, library: Library, units: Sequence[Unit], identity: str, folder: Path
) -> Manifest:
    names = ["library.json", "units.json"]
    names += sorted(p.relative_to(folder).as_posix() for p in (folder / "bm25").iterdir())
    return Manifest(
        index_id=index_id,
        format=FORMAT,
        library_version=library.version,
        model=identity,
        sources=len(library.sources),
        notes=len(library.notes),
        briefs=len(library.briefs),
        contested=len(library.contested),
        units=len(units),
        asks=sum(len(unit.asks) for unit in units),
        built_at=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        file_hashes={name: file_hash(folder / name) for name in names},
    )


def _release(client: object) -> None:
    """Make Chroma write out and let go of its files, so that the folder can be renamed."""
    close = getattr(client, "close", None)
    if callable(close):
        close()
    _forget_open_clients()


def _forget_open_clients() -> None:
    """Chroma keeps one system a path within a process; a renamed folder must not find it."""
    from chromadb.api.shared_system_client import SharedSystemClient

    SharedSystemClient.clear_system_cache()


def _remove_leavings(root: Path) -> None:
    """Remove what killed builds left; the lock is held, so nobody is writing there."""
    for path in root.glob("*.part"):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _sweep(home: Path, index_id: str) -> None:
    """Remove older indexes but the newest other one, which a running page may still have open."""
    folders = [p for p in index_root(home).iterdir() if p.is_dir() and p.name != index_id]
    folders.sort(key=lambda p: p.stat().st_mtime, reverse=True)
    for folder in folders[1:]:
        shutil.rmtree(folder, ignore_errors=True)


def describe(home: Path) -> dict[str, object]:
    """The manifest in use as plain data, for ``index status``.

    Raises:
        IndexMissingError, IndexMismatchError: there is none, or it is damaged.
    """
    folder = index_root(home) / (current_id(home) or "none")
    return json.loads(read_manifest(folder).model_dump_json())  # type: ignore[no-any-return]
