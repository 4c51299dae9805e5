"""The larger model of the gate: put together from its parts, checked, used only where it is."""

from __future__ import annotations

import hashlib
import io
import shutil
import zipfile
from collections.abc import Callable, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assistant import assembly, larger_model
from assistant.arrays import read_arrays
from assistant.assembly import gate_of, together_of, vector_model
from assistant.errors import ModelError
from assistant.grounding.gate import Gate
from assistant.grounding.learned import BETWEEN
from assistant.grounding.records import Claim, Piece, Rest
from assistant.grounding.together import TOGETHER_FILE, TogetherEntails, larger_odds
from assistant.larger_model import LARGER_SHA256, NAME, PACKAGES, installed_parts, unpack
from assistant.pair_model import export_pairs, mean_and_first
from assistant.settings import Settings, read_settings
from tests.conftest import ROOT

WEIGHTS = b"weights of a model" * 400
FILES = {"model.safetensors": WEIGHTS, "config.json": b"{}", "tokenizer.json": b'{"a": 1}'}


def cut(folder: Path, files: Mapping[str, bytes] = FILES, pieces: int = 5) -> list[Path]:
    """An archive of the model cut into parts, as the packages carry it."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in {**files, "README.md": b"words"}.items():
            archive.writestr(f"{NAME}/{name}", data)
        archive.writestr("../outside.txt", b"never written")
    data = whole.getvalue()
    size = len(data) // pieces + 1
    parts = [folder / f"{NAME}.zip.{number + 1:03}" for number in range(pieces)]
    for number, part in enumerate(parts):
        part.write_bytes(data[number * size : (number + 1) * size])
    return parts


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    target = tmp_path / "unpacked"
    target.mkdir()
    return target


def published(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(larger_model, "LARGER_SHA256", hashlib.sha256(WEIGHTS).hexdigest())


# ---------------------------------------------------------------- putting it together


def test_parts_are_put_together_and_only_the_model_is_written(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(monkeypatch)
    unpack(cut(tmp_path), folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == FILES
    assert not (tmp_path / "outside.txt").exists()


def test_weights_that_are_not_the_published_ones_are_refused(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(ModelError, match="not the published ones") as caught:
        unpack(cut(tmp_path), folder)
    assert larger_model.REQUIREMENTS in caught.value.hint


def lost(parts: list[Path]) -> list[Path]:
    return parts[:-1]


def turned(parts: list[Path]) -> list[Path]:
    return [parts[1], parts[0], *parts[2:]]


def torn(parts: list[Path]) -> list[Path]:
    data = bytearray(parts[0].read_bytes())
    data[60] ^= 0xFF
    parts[0].write_bytes(data)
    return parts


@pytest.mark.parametrize("harm", [lost, turned, torn])
def test_parts_that_do_not_fit_together_are_told(
    harm: Callable[[list[Path]], list[Path]],
    tmp_path: Path,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    published(monkeypatch)
    with pytest.raises(ModelError) as caught:
        unpack(harm(cut(tmp_path)), folder)
    assert larger_model.REQUIREMENTS in caught.value.hint
    assert not (folder / "whole.zip").exists()


def test_an_archive_without_the_model_is_told(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(monkeypatch)
    files = {name: data for name, data in FILES.items() if name != "tokenizer.json"}
    with pytest.raises(ModelError, match="do not fit"):
        unpack(cut(tmp_path, files), folder)


# ---------------------------------------------------------------- where it is installed


class Package:
    """One installed package with the files that it is given."""

    def __init__(self, files: Sequence[metadata.PackagePath] | None) -> None:
        self.files = files


def carrying(path: Path) -> metadata.PackagePath:
    held = metadata.PackagePath(path.name)
    held.dist = metadata.PathDistribution(path.parent / "some.dist-info")
    return held


def test_the_parts_are_found_in_their_packages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = cut(tmp_path)
    note = tmp_path / "RECORD"
    packages = {
        name: Package([carrying(note), carrying(part)])
        for name, part in zip(PACKAGES, parts, strict=True)
    }
    monkeypatch.setattr(metadata, "distribution", packages.__getitem__)
    assert installed_parts() == tuple(parts)


@pytest.mark.parametrize("lacking", [None, Package(None), Package([])])
def test_one_package_missing_or_empty_means_that_it_is_not_installed(
    lacking: Package | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = dict(zip(PACKAGES, cut(tmp_path), strict=True))

    def distribution(name: str) -> Package:
        if name == PACKAGES[3]:
            if lacking is None:
                raise metadata.PackageNotFoundError(name)
            return lacking
        return Package([carrying(parts[name])])

    monkeypatch.setattr(metadata, "distribution", distribution)
    assert installed_parts() is None


def test_each_package_is_required_once_with_its_hash() -> None:
    lines = (ROOT / larger_model.REQUIREMENTS).read_text(encoding="utf-8").splitlines()
    asked = [line for line in lines if line and not line.startswith("#")]
    assert [line.partition("==")[0] for line in asked] == list(PACKAGES)
    assert all(" --hash=sha256:" in line for line in asked)


# ---------------------------------------------------------------- the gate


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return read_settings(home=tmp_path)


def half(pairs: Sequence[tuple[str, str]]) -> list[float]:
    return [0.5 for _ in pairs]


def test_without_it_the_gate_goes_by_the_network(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assembly, "installed_parts", lambda: None)
    assert together_of(settings, half) is None


def test_it_is_prepared_once(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Path] = []

    def prepare(parts: Sequence[Path], target: Path, export: Callable[[Path, Path], None]) -> None:
        target.parent.mkdir(parents=True)
        target.write_bytes(b"a model")
        made.append(target)

    monkeypatch.setattr(assembly, "installed_parts", lambda: (Path("one"),))
    monkeypatch.setattr(assembly, "prepare", prepare)
    monkeypatch.setattr(assembly, "larger_odds", lambda file, tokenizer, threads: file)
    for _ in range(2):
        assert isinstance(together_of(settings, half), TogetherEntails)
    assert len(made) == 1
    assert LARGER_SHA256[:16] in made[0].parent.name


def test_what_breaks_while_preparing_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(monkeypatch)
    target = tmp_path / "models" / "pairs.onnx"

    def broken(folder: Path, exported: Path) -> None:
        raise ModelError("no")

    with pytest.raises(ModelError):
        larger_model.prepare(cut(tmp_path), target, broken)
    assert list(target.parent.iterdir()) == []


def test_both_are_weighed_alike_each_as_sure_as_it_is() -> None:
    asked: list[tuple[str, str]] = []

    def odds(pairs: Sequence[tuple[str, str]]) -> Any:
        asked.extend(pairs)
        return np.array([4.0 for _ in pairs])

    both = TogetherEntails(odds, half)
    assert both([]) == []
    (score,) = both([(f"One.{BETWEEN}Two.", "A claim.")])
    assert score == pytest.approx(1 / (1 + np.exp(-2.0)))
    assert asked == [("One.\nTwo.", "A claim.")]
    (sure,) = TogetherEntails(lambda pairs: np.array([np.inf]), lambda pairs: [1.0])([("a", "b")])
    assert 0.99 < sure <= 1


def test_a_score_decides_on_what_rules_leave_open() -> None:
    piece = Piece("e1", "A peer supporter sees most people once a week for an hour.")
    claim = Claim("Meetings tend to happen weekly.", (Rest("e1", "once a week"),))
    for score, passes in ((0.999999, True), (0.000001, False)):
        gate = Gate(lambda pairs, s=score: [s for _ in pairs], weights="with_larger")
        assert gate.judge(claim, {"e1": piece}).passes is passes


def test_what_was_learned_fits_the_larger_model() -> None:
    learned, _ = read_arrays(TOGETHER_FILE)
    assert learned["first.weight"].shape[1] == 2 * 768
    assert learned["last.weight"].shape[0] == 1
    changed = {name.removesuffix(".a") for name in learned if name.endswith(".a")}
    assert changed
    assert all(name.startswith("encoder.layer.") for name in changed)
    assert all(f"{name}.b" in learned for name in changed)


def tiny(folder: Path) -> Mapping[str, Any]:
    """A model of the larger one's kind with random weights, its tokenizer, and what could have been
    learned over it."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import MPNetConfig, MPNetModel

    torch.manual_seed(0)
    words = ["<s>", "<pad>", "</s>", "<unk>", *"peers meet weekly each month never".split()]
    size, width = 3000, 16
    MPNetModel(
        MPNetConfig(
            vocab_size=size,
            hidden_size=width,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=32,
            max_position_embeddings=514,
        )
    ).save_pretrained(folder)
    tokenizer = Tokenizer(models.WordLevel({w: i for i, w in enumerate(words)}, "<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", 0), ("</s>", 2)],
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    chance = np.random.default_rng(0)

    def some(*shape: int) -> Any:
        return chance.normal(size=shape).astype(np.float32)

    return {
        "encoder.layer.1.attention.attn.q.a": some(width, 2),
        "encoder.layer.1.attention.attn.q.b": some(2, width),
        "first.weight": some(8, 2 * width),
        "first.bias": some(8),
        "last.weight": some(1, 8),
        "last.bias": some(1),
    }


@pytest.mark.slow
def test_a_model_is_exported_made_smaller_and_asked(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    exported, smaller = tmp_path / "pairs.onnx", tmp_path / "smaller.onnx"
    export_pairs(folder, exported, tiny(folder), mean_and_first, "It failed.")
    larger_model.quantise_throughout(exported, smaller)
    pairs = [("peers meet weekly", "peers meet"), ("peers meet", "peers never meet each month")]
    odds = larger_odds(exported, folder / "tokenizer.json")(pairs)
    assert odds.shape == (2,)
    assert odds[0] != odds[1]
    # Neither order nor company changes what a pair gets.
    again = larger_odds(exported, folder / "tokenizer.json")([*pairs[::-1], pairs[0]])
    assert again == pytest.approx([odds[1], odds[0], odds[0]], abs=1e-4)
    small = larger_odds(smaller, folder / "tokenizer.json")(pairs)
    assert small == pytest.approx(odds, abs=0.25 * max(1.0, float(np.abs(odds).max())))


def test_a_file_that_is_no_model_is_told(tmp_path: Path) -> None:
    for name in ("pairs.onnx", "tokenizer.json"):
        (tmp_path / name).write_text("nothing")
    with pytest.raises(ModelError, match="cannot be loaded") as caught:
        larger_odds(tmp_path / "pairs.onnx", tmp_path / "tokenizer.json")
    assert "made anew" in caught.value.hint


@pytest.mark.model
@pytest.mark.skipif(installed_parts() is None, reason="the larger model is not installed")
def test_with_it_the_gate_tells_a_paraphrase_from_its_contrary(real_home: Path) -> None:
    settings = read_settings(home=real_home)
    gate = gate_of(settings, vector_model(settings))
    note = Piece(
        "e1",
        "Peer workers in the trust had two hours of supervision a month, one with their line"
        " manager and one with a more experienced peer worker.",
    )
    words = (Rest("e1", "two hours of supervision a month"),)
    true = Claim("In that trust peer workers were supervised for two hours every month.", words)
    false = Claim("In that trust peer workers supervised others for two hours a month.", words)
    assert gate.judge(true, {"e1": note}).passes
    assert not gate.judge(false, {"e1": note}).passes


def test_disk_that_is_full_is_told(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*given: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copyfileobj", full)
    with pytest.raises(OSError, match="No space"):
        unpack(cut(tmp_path), folder)
