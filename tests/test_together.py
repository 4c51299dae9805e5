"""Evidence and claim read together: what the model is given, and that what was learned is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assistant.assembly import entails_of, vector_model
from assistant.embedding import bundled_model_folder
from assistant.errors import ConfigurationError, ModelError
from assistant.grounding.gate import evidence_of, headed
from assistant.grounding.records import Claim, Piece, Rest
from assistant.grounding.together import MAX_TOKENS, TogetherEntails, read_together
from assistant.reading_together import changed
from assistant.settings import read_settings

TOKENIZER = bundled_model_folder() / "tokenizer.json"
ONE = Piece("a", "Peer workers meet a supervisor every month.", "", "England", 2024, "A guide")
OTHER = Piece("b", "Volunteers are paid their fares.", title="A charity's page")
FILLER = "The canteen opens at noon and closes in the afternoon on most days of the week. "


class Recorder:
    """A session that keeps what it is given and answers with one number."""

    def __init__(self, odds: float = 0.0) -> None:
        self.odds = odds
        self.given: list[dict[str, Any]] = []

    def run(self, _: None, inputs: dict[str, Any]) -> list[Any]:
        self.given.append(inputs)
        return [np.array([self.odds])]


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def entails(monkeypatch: pytest.MonkeyPatch, recorder: Recorder) -> TogetherEntails:
    monkeypatch.setattr("onnxruntime.InferenceSession", lambda *_, **__: recorder)
    return TogetherEntails(Path("together.onnx"), TOKENIZER)


def read_as(entails: TogetherEntails, inputs: dict[str, Any]) -> tuple[str, str]:
    """The words of the evidence and of the claim, as the model is given them."""
    ids, types = inputs["input_ids"][0], inputs["token_type_ids"][0]
    decode = entails._tokenizer.decode
    return decode(list(ids[types == 0])), decode(list(ids[types == 1]))


# ---------------------------------------------------------------- what the gate hands over


def test_evidence_says_whose_it_is() -> None:
    assert headed(ONE) == f"A guide, England, 2024\n{ONE.text}"
    claim = Claim("Both.", (Rest("a", "meet"), Rest("b", "paid"), Rest("a", "month")))
    pieces = {"a": ONE, "b": OTHER}
    assert evidence_of(claim, pieces) == f"{headed(ONE)}\n\nA charity's page\n{OTHER.text}"


def test_a_country_that_is_none_is_not_said() -> None:
    piece = Piece("c", "Text.", jurisdiction="International", year=2020, title="A review")
    assert headed(piece) == "A review, 2020\nText."


# ---------------------------------------------------------------- what the model is given


def test_the_model_sees_evidence_and_claim_apart(
    entails: TogetherEntails, recorder: Recorder
) -> None:
    assert entails([(headed(ONE), "They meet monthly.")]) == [0.5]
    evidence, claim = read_as(entails, recorder.given[0])
    assert evidence == "a guide, england, 2024 peer workers meet a supervisor every month."
    assert claim == "they meet monthly."


def test_odds_become_chances(entails: TogetherEntails, recorder: Recorder) -> None:
    recorder.odds = 2.0
    (likely,) = entails([("A guide\nText.", "A claim.")])
    recorder.odds = -900.0
    (never,) = entails([("A guide\nText.", "Another claim.")])
    assert likely == pytest.approx(0.8808, abs=1e-4)
    assert 0.0 <= never < 1e-12


def test_the_same_pair_is_read_once(entails: TogetherEntails, recorder: Recorder) -> None:
    entails([("A guide\nText.", "One."), ("A guide\nText.", "One."), ("A guide\nText.", "Two.")])
    assert len(recorder.given) == 2


def test_nothing_is_borne_out_by_nothing(entails: TogetherEntails, recorder: Recorder) -> None:
    assert entails([("", "A claim."), ("A guide\nText.", "  ")]) == [0.0, 0.0]
    assert recorder.given == []


def test_long_evidence_is_narrowed_and_keeps_its_heading(
    entails: TogetherEntails, recorder: Recorder
) -> None:
    text = FILLER * 40 + "Peer workers meet a supervisor every month. " + FILLER * 40
    entails([(f"A guide, England\n{text}", "Supervisors meet peer workers monthly.")])
    evidence, _ = read_as(entails, recorder.given[0])
    assert evidence.startswith("a guide, england")
    assert "meet a supervisor every month" in evidence
    assert recorder.given[0]["input_ids"].shape[1] <= MAX_TOKENS


def test_of_many_texts_the_claim_is_never_cut(entails: TogetherEntails, recorder: Recorder) -> None:
    many = "\n\n".join(f"Guide {n}\n{FILLER * 12}" for n in range(6))
    entails([(many, "Supervisors meet peer workers monthly.")])
    _, claim = read_as(entails, recorder.given[0])
    assert claim == "supervisors meet peer workers monthly."
    assert recorder.given[0]["input_ids"].shape[1] == MAX_TOKENS


# ---------------------------------------------------------------- files


def test_a_broken_model_is_told_with_what_to_do(tmp_path: Path) -> None:
    broken = tmp_path / "together.onnx"
    broken.write_bytes(b"no model")
    with pytest.raises(ModelError, match="checks statements"):
        TogetherEntails(broken, TOKENIZER)
    (tmp_path / "together.npz").write_bytes(b"no archive")
    with pytest.raises(ConfigurationError, match=r"together\.npz cannot be read"):
        read_together(tmp_path / "together.npz")


def test_what_was_learned_gives_the_fitted_weights_again() -> None:
    import torch

    from evals.fit_together import kept

    def small() -> Any:
        torch.manual_seed(3)
        return torch.nn.ModuleDict({"dense": torch.nn.Linear(9, 7), "norm": torch.nn.LayerNorm(7)})

    fitted, layers = small(), torch.nn.ModuleList([torch.nn.Linear(4, 2), torch.nn.Linear(2, 1)])
    before = {name: value.detach().clone() for name, value in fitted.named_parameters()}
    with torch.no_grad():
        fitted["dense"].weight += torch.randn(7, 9)
        fitted["norm"].bias += 1.0
    arrays = kept(fitted, layers, before)
    assert sorted(name for name in arrays if not name.startswith("head.")) == [
        "dense.a",
        "dense.b",
        "norm.bias.plus",
    ]
    again = small()
    changed(again, arrays)
    for name, value in again.named_parameters():
        torch.testing.assert_close(value, fitted.get_parameter(name), atol=1e-5, rtol=1e-5)


@pytest.mark.model
def test_the_shipped_model_hears_a_change_of_sense(real_home: Path) -> None:
    settings = read_settings(home=real_home)
    entails = entails_of(settings, vector_model(settings))
    assert entails is not None
    evidence = headed(
        Piece(
            "a",
            "At one trust in England, peer support workers meet a supervisor who has done the work"
            " once a month. They are not counted in ward numbers.",
            jurisdiction="England",
            year=2024,
            title="How one trust supervises peer support workers",
        )
    )
    true, denied, other = entails(
        [
            (evidence, "A trust in England gives its peer workers monthly supervision."),
            (evidence, "A trust in England counts its peer workers in the ward's numbers."),
            (evidence, "Peer workers in England are paid at band 4."),
        ]
    )
    assert true > 0.5 > denied
    assert true > other
