"""The index on disk and its manifest: layout, opening, checking.

    <home>/index/current            the folder of the index in use (replaced in one step)
    <home>/index/<id>/manifest.json what it was made from, counts, hashes of its files
                      library.json  the library as it was indexed
                      units.json    the units, in the order of the lexical index
                      bm25/         the lexical index
                      chroma/       vectors of bodies and asks
    <home>/vectors.sqlite           every vector ever made (see ``vectors``)
    <home>/models/                  the embedding model prepared for this machine

An index folder appears whole, by renaming, or not at all. ``open_index`` refuses one that was made
from another library, model or format, and one that is damaged.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from assistant.corpus import Library, LibraryData
from assistant.embedding import Vectors
from assistant.errors import IndexMismatchError, IndexMissingError
from assistant.indexing.units import Metadata
from assistant.schema import Record

FORMAT = 1
"""Raised whenever the layout, the units or the lexical index change their form."""
BODIES, ASKS, GISTS = "bodies", "asks", "gists"
AT_ONCE = 2000
"""Entries that are read or written at once; the database takes no list without measure."""
"""The collections: a unit's body, each of its asks, and the mean of its asks."""
REBUILD = "Run: peer-support index build"


class Manifest(Record):
    """What an index was made from and what it holds."""

    index_id: str
    format: int
    library_version: str
    model: str
    sources: int
    notes: int
    briefs: int
    contested: int
    units: int
    asks: int
    built_at: str
    file_hashes: dict[str, str]


class UnitRecord(Record):
    """What the index keeps of a unit: enough to filter and to find it in the library."""

    uid: str
    metadata: Metadata


class UnitList(Record):
    """The units in the order of the lexical index."""

    units: tuple[UnitRecord, ...]


@dataclass(frozen=True)
class Index:
    """An open index."""

    folder: Path
    manifest: Manifest
    library: Library
    units: tuple[UnitRecord, ...]
    bm25: Any
    collections: dict[str, Any]

    @contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            # Chroma raises errors of many kinds for files that went missing under it.
            raise IndexMismatchError(f"The index is damaged: {self.folder}.", REBUILD) from error

    @cached_property
    def position(self) -> dict[str, int]:
        """Place of each unit in the lexical index, by uid."""
        return {unit.uid: place for place, unit in enumerate(self.units)}

    def vectors(self, which: str, places: Sequence[int]) -> Vectors:
        """Vectors of the entries at ``places``, in that order.

        Args:
            which: ``BODIES`` or ``GISTS``, which have one entry a unit, or ``ASKS``.
            places: places in the lexical index; of ``ASKS``, running numbers of the asks of all
                units in that order.
        """
        ids = [entry_id(place) for place in places]
        row: dict[str, Any] = {}
        for start in range(0, len(ids), AT_ONCE):
            with self._readable():
                found = self.collections[which].get(
                    ids=ids[start : start + AT_ONCE], include=["embeddings"]
                )
            row |= dict(zip(found["ids"], found["embeddings"], strict=True))
        return np.array([row[entry] for entry in ids], dtype=np.float32)

    def nearest(
        self, which: str, vector: Vectors, count: int, where: dict[str, object] | None
    ) -> list[tuple[str, float]]:
        """Units nearest to a vector: (uid, cosine similarity), best first; a unit may recur.

        Args:
            which: ``BODIES``, ``ASKS`` or ``GISTS``.
            vector: unit vector, shape (dimensions,).
            count: how many at most.
            where: filter in Chroma's form, or None.
        """
        with self._readable():
            found = self.collections[which].query(
                query_embeddings=[vector.tolist()],
                n_results=count,
                where=where,
                include=["metadatas", "distances"],
            )
        pairs = zip(found["metadatas"][0], found["distances"][0], strict=True)
        # Chroma gives cosine distance; an exact match may come out slightly below zero.
        return [(str(meta["unit"]), float(min(1.0, 1.0 - distance))) for meta, distance in pairs]


def index_root(home: Path) -> Path:
    """Folder that holds the indexes."""
    return home / "index"


def current_id(home: Path) -> str | None:
    """Name of the folder of the index in use; None where there is none."""
    try:
        return (index_root(home) / "current").read_text(encoding="ascii").strip() or None
    except (OSError, UnicodeDecodeError):
        return None


def set_current(home: Path, index_id: str) -> None:
    """Make an index the one in use, in one step."""
    root = index_root(home)
    partial = root / f"current.{os.getpid()}.part"
    partial.write_text(index_id + "\n", encoding="ascii")
    os.replace(partial, root / "current")


def read_manifest(folder: Path) -> Manifest:
    """The manifest of an index folder.

    Raises:
        IndexMissingError: there is none.
        IndexMismatchError: it is damaged or of another format.
    """
    path = folder / "manifest.json"
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise IndexMissingError("There is no index of the library yet.", REBUILD) from error
    except (OSError, ValueError) as error:
        raise IndexMismatchError(f"The index is damaged: {path}.", REBUILD) from error
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise IndexMismatchError("The index was made by another version of this program.", REBUILD)
    try:
        return Manifest.model_validate(data)
    except ValidationError as error:
        raise IndexMismatchError(f"The index is damaged: {path}.", REBUILD) from error


def open_index(home: Path, library_version: str, model_identity: str) -> Index:
    """Open the index in use after checking that it fits library and model.

    Raises:
        IndexMissingError: there is none.
        IndexMismatchError: it is damaged, or was made from another library or model.
    """
    index_id = current_id(home)
    if index_id is None:
        raise IndexMissingError("There is no index of the library yet.", REBUILD)
    folder = index_root(home) / index_id
    manifest = read_manifest(folder)
    if manifest.library_version != library_version:
        raise IndexMismatchError("The library has changed since the index was built.", REBUILD)
    if manifest.model != model_identity:
        raise IndexMismatchError(
            f"The index was built with another embedding model ({manifest.model}).", REBUILD
        )
    return load_index(folder, manifest)


def load_index(folder: Path, manifest: Manifest) -> Index:
    """Open an index folder whose manifest was read, and check its counts.

    Raises:
        IndexMismatchError: a part is missing or damaged.
    """
    try:
        library = LibraryData.model_validate_json((folder / "library.json").read_bytes())
        units = UnitList.model_validate_json((folder / "units.json").read_bytes()).units
        bm25 = _open_bm25(folder / "bm25")
        collections = _open_collections(folder / "chroma")
        counts = (len(units), *(collections[name].count() for name in (BODIES, GISTS, ASKS)))
    except Exception as error:
        # Whatever a damaged file makes a foreign library raise, the remedy is the same.
        raise IndexMismatchError(f"The index is damaged: {folder}.", REBUILD) from error
    if counts != (manifest.units, manifest.units, manifest.units, manifest.asks):
        raise IndexMismatchError(f"The index is incomplete: {folder}.", REBUILD)
    check_files(folder, manifest)
    return Index(folder, manifest, Library(library), units, bm25, collections)


def check_files(folder: Path, manifest: Manifest) -> None:
    """Compare the files that the manifest names with their hashes.

    Raises:
        IndexMismatchError: one is missing or altered.
    """
    for name, expected in manifest.file_hashes.items():
        if file_hash(folder / name) != expected:
            raise IndexMismatchError(f"The index is damaged: {folder / name}.", REBUILD)


def file_hash(path: Path) -> str:
    """SHA-256 of a file; "missing" where it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return "missing"


def _open_bm25(folder: Path) -> Any:
    import bm25s

    return bm25s.BM25.load(str(folder))


def chroma_client(folder: Path) -> Any:
    """A Chroma client on a folder, with telemetry off."""
    import chromadb
    from chromadb.config import Settings as ChromaSettings

    logging.getLogger("chromadb").setLevel(logging.ERROR)
    return chromadb.PersistentClient(
        path=str(folder),
        settings=ChromaSettings(anonymized_telemetry=False, allow_reset=False),
    )


def _open_collections(folder: Path) -> dict[str, Any]:
    if not (folder / "chroma.sqlite3").exists():
        # Opened on an empty folder, Chroma would make a new, empty database.
        raise FileNotFoundError(folder / "chroma.sqlite3")
    client = chroma_client(folder)
    # With Chroma's default here, opening a collection would try to fetch a model.
    collections = {
        name: client.get_collection(name, embedding_function=None) for name in (BODIES, ASKS, GISTS)
    }
    for collection in collections.values():
        # Chroma opens its vectors at the first query: missing ones must show now.
        first = collection.get(ids=[entry_id(0)], include=["embeddings"])["embeddings"]
        if len(first):
            collection.query(query_embeddings=[first[0].tolist()], n_results=1, include=[])
    return collections


def entry_id(number: int) -> str:
    """Id of a collection's entry by its running number."""
    return f"{number:06d}"


def write_collection(
    client: Any, name: str, vectors: Vectors, metadatas: Sequence[Metadata]
) -> None:
    """Make a cosine collection with one entry a vector; ids are running numbers."""
    collection = client.create_collection(
        name,
        embedding_function=None,
        configuration={
            "hnsw": {
                "space": "cosine",
                "ef_construction": 200,
                "ef_search": 500,
                "max_neighbors": 32,
                "num_threads": 1,
            }
        },
    )
    for start in range(0, len(metadatas), AT_ONCE):
        end = min(start + AT_ONCE, len(metadatas))
        collection.add(
            ids=[entry_id(number) for number in range(start, end)],
            embeddings=np.asarray(vectors[start:end], dtype=np.float32),
            metadatas=[dict(metadata) for metadata in metadatas[start:end]],
        )
