"""Passages of added documents are embedded with smaller weights, questions with the whole ones."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from assistant import eight_bit
from assistant.assembly import BUNDLED_IDENTITY, onnx_file, passage_model, vector_model
from assistant.eight_bit import EIGHT_BIT_NAME, quantise, quantise_throughout
from assistant.embedding import OnnxEmbeddings, Vectors, bundled_model_folder
from assistant.errors import ModelError
from assistant.indexing.vectors import ByPurpose, CachedModel, VectorCache, text_key
from assistant.settings import read_settings
from tests.conftest import bag_of_words
from tests.fakes import BagOfWordsEmbeddings

TEXTS = (
    "A peer support worker may say no to taking part in restraint.",
    "Supervision is offered once a month by somebody who has done the work.",
    "The policy names who is rung when nobody answers the door at night.",
    "Travel is paid at the rate of other staff of the same band.",
    "Notes are written so that the person could read them.",
    "People from racialised communities were asked what would help.",
)


class Counting(BagOfWordsEmbeddings):
    """Keeps what it was asked to embed."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def vectors(self, texts: Sequence[str]) -> Vectors:
        self.seen += texts
        return super().vectors(texts)


@pytest.fixture
def cache(tmp_path: Path) -> VectorCache:
    return VectorCache(tmp_path / "vectors.sqlite")


# ---------------------------------------------------------------- which model embeds what


def test_what_is_kept_and_what_is_asked_go_to_their_own_models(cache: VectorCache) -> None:
    kept, asked = Counting(), Counting()
    model = ByPurpose(
        CachedModel(lambda: kept, "small", cache), CachedModel(lambda: asked, "whole", cache)
    )
    model.vectors(["a passage"])
    model.fresh(["a question"])
    assert (kept.seen, asked.seen) == (["a passage"], ["a question"])
    assert (model.identity, model.embedded) == ("small", 1)
    assert cache.get("small", [text_key("a passage")])
    assert not cache.get("whole", [text_key("a question")])


def test_vectors_of_a_model_that_is_as_good_are_not_made_again(cache: VectorCache) -> None:
    whole, small = Counting(), Counting()
    CachedModel(lambda: whole, "whole", cache).vectors(["old", "older"])
    model = CachedModel(lambda: small, "small", cache, as_good=("whole",)).kept_in(cache)
    found = model.vectors(["old", "new", "older"])
    assert small.seen == ["new"]
    np.testing.assert_array_equal(found[0], BagOfWordsEmbeddings().vectors(["old"])[0])
    assert model.vectors(["new"]).shape == (1, found.shape[1])
    assert small.seen == ["new"]


def test_another_model_embeds_both_by_itself(cache: VectorCache, tmp_path: Path) -> None:
    asked = bag_of_words(tmp_path)
    model = passage_model(tmp_path, 1, asked, cache)
    assert model.identity == asked.identity
    assert not isinstance(model, ByPurpose)


# ---------------------------------------------------------------- writing it


@pytest.mark.parametrize(
    ("way", "inside", "named"),
    [
        (quantise, "_by_blocks", "added documents"),
        (quantise_throughout, "_by_rows", "larger model"),
    ],
)
def test_a_write_that_fails_leaves_nothing(
    way: Callable[[Path, Path], None],
    inside: str,
    named: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(source: Path, target: Path) -> None:
        target.write_bytes(b"half")
        raise RuntimeError("no")

    monkeypatch.setattr(eight_bit, inside, broken)
    with pytest.raises(ModelError, match=named):
        way(tmp_path / "whole.onnx", tmp_path / "small.onnx")
    assert list(tmp_path.iterdir()) == []


def test_a_broken_model_is_told_and_the_log_stays_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "whole.onnx").write_bytes(b"no model")
    root = logging.getLogger()
    before = list(root.handlers), root.level
    with pytest.raises(ModelError):
        quantise(tmp_path / "whole.onnx", tmp_path / "small.onnx")
    assert (list(root.handlers), root.level) == before
    assert [path.name for path in tmp_path.iterdir()] == ["whole.onnx"]


@pytest.mark.model
def test_its_vectors_are_nearly_those_of_the_whole_model(real_home: Path, tmp_path: Path) -> None:
    target = tmp_path / EIGHT_BIT_NAME
    quantise(onnx_file(real_home), target)
    assert target.stat().st_size < 0.7 * onnx_file(real_home).stat().st_size
    tokenizer = bundled_model_folder() / "tokenizer.json"
    small = OnnxEmbeddings(target, tokenizer).vectors(TEXTS)
    whole = OnnxEmbeddings(onnx_file(real_home), tokenizer).vectors(TEXTS)
    assert float(np.sum(small * whole, axis=1).min()) > 0.998
    np.testing.assert_allclose(small @ whole.T, whole @ whole.T, atol=0.02)


@pytest.mark.model
def test_passages_and_questions_meet(real_home: Path, cache: VectorCache) -> None:
    asked = vector_model(read_settings(home=real_home))
    model = passage_model(real_home, 0, asked, cache)
    assert model.identity != asked.identity == BUNDLED_IDENTITY
    passages = model.vectors(TEXTS)
    (question,) = model.fresh(["How often do we get supervision?"])
    assert int((passages @ question).argmax()) == 1
    assert model.embedded == len(TEXTS)
    assert onnx_file(real_home).with_name(EIGHT_BIT_NAME).exists()
