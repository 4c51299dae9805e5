"""Keeps every vector ever made, by model and text, so that nothing is embedded twice.

A SQLite file beside the index. A build that is killed finds what it had made; a changed library
embeds what changed. Losing the file loses time, nothing else.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from assistant.embedding import VectorModel, Vectors
from assistant.errors import ConfigurationError

Progress = Callable[[str, int, int], None]
"""Called with a stage in words, the number done and the number in all."""

CHUNK = 256


def text_key(text: str) -> str:
    """Hash under which a text's vector is kept."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


class VectorCache:
    """Vectors by model identity and text hash, in one SQLite file."""

    def __init__(self, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigurationError(
                f"{path.parent} cannot be used as a folder ({error.strerror or error}).",
                "Set PEER_SUPPORT_HOME to a folder that can be written to.",
            ) from error
        self._path = path
        self._connection = self._open()

    def _open(self) -> sqlite3.Connection:
        # A page answers from worker threads; SQLite serialises access by itself.
        try:
            connection = sqlite3.connect(self._path, timeout=30, check_same_thread=False)
        except sqlite3.OperationalError as error:
            raise ConfigurationError(
                f"{self._path} cannot be opened ({error}).",
                "Set PEER_SUPPORT_HOME to a folder that can be written to.",
            ) from error
        try:
            connection.execute(
                "create table if not exists vectors"
                " (model text, key text, vector blob, primary key (model, key)) without rowid"
            )
        except sqlite3.DatabaseError as error:
            connection.close()
            raise ConfigurationError(
                f"The file of kept vectors is damaged: {self._path}.",
                "Delete it and run: peer-support index build",
            ) from error
        return connection

    def get(self, model: str, keys: Sequence[str]) -> dict[str, bytes]:
        """The kept vectors among ``keys``, as float32 bytes."""
        found: dict[str, bytes] = {}
        for start in range(0, len(keys), CHUNK):
            part = list(keys[start : start + CHUNK])
            marks = ",".join("?" * len(part))
            query = f"select key, vector from vectors where model = ? and key in ({marks})"
            found.update(self._connection.execute(query, (model, *part)).fetchall())
        return found

    def put(self, model: str, keys: Sequence[str], vectors: Vectors) -> None:
        """Keep vectors, row by row under ``keys``; on disk when this returns."""
        rows = [
            (model, key, row.astype(np.float32).tobytes())
            for key, row in zip(keys, vectors, strict=True)
        ]
        with self._connection:
            self._connection.executemany("insert or replace into vectors values (?, ?, ?)", rows)

    def keep_only(self, keys: Collection[str]) -> None:
        """Forget every vector but those under ``keys``."""
        held = {row[0] for row in self._connection.execute("select distinct key from vectors")}
        with self._connection:
            self._connection.executemany(
                "delete from vectors where key = ?", [(key,) for key in held - set(keys)]
            )

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()


class KeptModel(Protocol):
    """A model with a cache: what a library is indexed and searched with."""

    @property
    def identity(self) -> str:
        """Tells this model from every other; kept in the index."""

    @property
    def embedded(self) -> int:
        """How many texts had to be embedded."""

    def vectors(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Unit vectors of texts that may be kept."""

    def fresh(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of texts that are not to be kept."""


class CachedModel:
    """A model that looks into the cache first. ``embedded`` counts what had to be made.

    Args:
        load: gives the model; called when a text has to be embedded, once.
        identity: of the model.
        cache: where its vectors are kept.
        as_good: identities of other models whose kept vectors serve in place of its own.
    """

    def __init__(
        self,
        load: Callable[[], VectorModel],
        identity: str,
        cache: VectorCache,
        as_good: Sequence[str] = (),
    ) -> None:
        self._load = load
        self._loaded: VectorModel | None = None
        self._cache = cache
        self.identity = identity
        self._as_good = tuple(as_good)
        self.embedded = 0

    def kept_in(self, cache: VectorCache) -> CachedModel:
        """The same model, loaded once for both, with another cache."""
        return CachedModel(self._model, self.identity, cache, self._as_good)

    def _model(self) -> VectorModel:
        if self._loaded is None:
            self._loaded = self._load()
        return self._loaded

    def vectors(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Unit vectors of the texts, kept ones from the cache and the rest made and kept."""
        keys = [text_key(text) for text in texts]
        found: dict[str, bytes] = {}
        for identity in (self.identity, *self._as_good):
            wanted = [key for key in dict.fromkeys(keys) if key not in found]
            found.update(self._cache.get(identity, wanted))
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
        # Long texts first would starve the time estimate; alike lengths embed fastest together.
        order = sorted(missing, key=lambda key: len(missing[key]))
        for start in range(0, len(order), CHUNK):
            part = order[start : start + CHUNK]
            if progress:
                progress("Reading the library", start, len(order))
            made = self.fresh([missing[key] for key in part])
            self._cache.put(self.identity, part, made)
            found.update({key: row.tobytes() for key, row in zip(part, made, strict=True)})
            self.embedded += len(part)
        if progress:
            progress("Reading the library", len(order), len(order))
        if not keys:
            return np.zeros((0, 0), dtype=np.float32)
        return np.stack([np.frombuffer(found[key], dtype=np.float32) for key in keys])

    def fresh(self, texts: Sequence[str]) -> Vectors:
        """Vectors of texts that are not to be kept: what people ask never enters the cache."""
        return self._model().vectors(texts)


class ByPurpose:
    """One model for texts that are kept and another for those that are not.

    Args:
        kept: embeds what is kept, many texts at once.
        asked: embeds questions; its vectors are close enough to be compared with the others.
    """

    def __init__(self, kept: CachedModel, asked: CachedModel) -> None:
        self._kept = kept
        self._asked = asked
        self.identity = kept.identity

    @property
    def embedded(self) -> int:
        """How many texts had to be embedded."""
        return self._kept.embedded

    def vectors(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Unit vectors of texts that may be kept."""
        return self._kept.vectors(texts, progress)

    def fresh(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of texts that are not to be kept."""
        return self._asked.fresh(texts)
