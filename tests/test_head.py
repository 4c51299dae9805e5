"""The learned layer over the embedding model, and the spelling that is mended before a search."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from assistant.assembly import BUNDLED_IDENTITY, retrieval_model
from assistant.errors import ConfigurationError
from assistant.head import FILE, Head, HeadedModel, gelu, read_head
from assistant.indexing.vectors import CachedModel, VectorCache
from assistant.spelling import Speller
from tests.fakes import BagOfWordsEmbeddings


def small_head(outer: float) -> Head:
    rng = np.random.default_rng(0)
    weights = {
        "inner": rng.normal(size=(384, 8)).astype(np.float32),
        "inner_bias": np.zeros(8, np.float32),
        "outer": np.full((8, 384), outer, np.float32),
        "outer_bias": np.zeros(384, np.float32),
    }
    return Head(weights, "small")


def test_a_head_without_weight_leaves_vectors_alone() -> None:
    vectors = BagOfWordsEmbeddings().vectors(["one text", "another text"])
    assert np.allclose(small_head(0.0)(vectors), vectors, atol=1e-6)


def test_a_head_gives_unit_vectors_that_differ() -> None:
    vectors = BagOfWordsEmbeddings().vectors(["one text", "another text"])
    moved = small_head(0.5)(vectors)
    assert np.allclose(np.linalg.norm(moved, axis=1), 1.0, atol=1e-5)
    assert not np.allclose(moved, vectors, atol=1e-3)
    assert small_head(0.5)(vectors[:0]).shape == (0, 384)


def test_gelu_by_hand() -> None:
    assert np.allclose(gelu(np.array([[0.0, 10.0, -10.0]], np.float32)), [[0.0, 10.0, 0.0]])


def test_the_shipped_head_fits_the_bundled_model() -> None:
    assert read_head().dimensions == 384
    assert len(read_head().identity) == 12


def test_a_broken_head_is_named(tmp_path: Path) -> None:
    broken = tmp_path / FILE.name
    broken.write_bytes(FILE.read_bytes()[:1000])
    with pytest.raises(ConfigurationError, match=r"retrieval_head\.npz"):
        read_head(broken)


def test_the_cache_keeps_what_lies_below_the_head(tmp_path: Path) -> None:
    model = BagOfWordsEmbeddings()
    cache = VectorCache(tmp_path / "vectors.sqlite")
    below = CachedModel(lambda: model, model.identity, cache)
    headed = HeadedModel(below, small_head(0.5))
    first = headed.vectors(["a text"])
    assert np.allclose(below.vectors(["a text"]), model.vectors(["a text"]))
    assert np.allclose(headed.vectors(["a text"]), first)
    assert headed.embedded == 1
    assert headed.identity != below.identity


def test_only_the_bundled_model_gets_the_head(tmp_path: Path) -> None:
    model = BagOfWordsEmbeddings()
    cache = VectorCache(tmp_path / "vectors.sqlite")
    other = CachedModel(lambda: model, model.identity, cache)
    assert retrieval_model(other) is other
    bundled = CachedModel(lambda: model, BUNDLED_IDENTITY, cache)
    assert isinstance(retrieval_model(bundled), HeadedModel)


@pytest.fixture(scope="module")
def speller() -> Speller:
    return Speller(["Supervision for people who visit.", "supervision and people", "visit often"])


@pytest.mark.parametrize(
    ("typed", "mended"),
    [
        ("supervison of peple who viset", "supervision of people who visit"),
        ("supervision", "supervision"),
        ("Zebedee Quince", "Zebedee Quince"),
        ("cat", "cat"),
        ("", ""),
    ],
)
def test_only_words_near_known_ones_are_mended(speller: Speller, typed: str, mended: str) -> None:
    assert speller.mended(typed) == mended


def test_a_word_of_the_library_is_never_changed(speller: Speller) -> None:
    assert speller.mended("often") == "often"
