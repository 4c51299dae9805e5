"""Puts the parts together: the only module that names concrete models and folders.

``Assistant`` is the Python API; everything heavy is loaded when first needed.
"""

from __future__ import annotations

from pathlib import Path

from assistant.embedding import (
    ONNX_NAME,
    WEIGHTS_SHA256,
    OnnxEmbeddings,
    SentenceTransformerEmbeddings,
    VectorModel,
    bundled_model_folder,
    export_onnx,
)
from assistant.indexing.vectors import CachedModel, VectorCache
from assistant.settings import Settings

BUNDLED_IDENTITY = f"all-MiniLM-L6-v2:{WEIGHTS_SHA256[:16]}"


def onnx_file(home: Path) -> Path:
    """Where the bundled model prepared for this machine is kept."""
    return home / "models" / WEIGHTS_SHA256[:16] / ONNX_NAME


def vector_model(settings: Settings) -> CachedModel:
    """The embedding model of the settings, with its cache; loads nothing yet."""
    cache = VectorCache(settings.home / "vectors.sqlite")
    if settings.embedding_model != "bundled":
        other = SentenceTransformerEmbeddings(Path(settings.embedding_model).expanduser())
        return CachedModel(lambda: other, other.identity, cache)

    def load() -> VectorModel:
        target = onnx_file(settings.home)
        folder = bundled_model_folder()
        if not target.exists():
            export_onnx(folder, target)
        return OnnxEmbeddings(target, folder / "tokenizer.json", threads=settings.threads)

    return CachedModel(load, BUNDLED_IDENTITY, cache)
