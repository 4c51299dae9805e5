"""Reading what was found together with the question: what it moves, and what it is given."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from assistant import assembly
from assistant.assembly import Assistant, reranker, vector_model
from assistant.embedding import bundled_model_folder
from assistant.errors import ConfigurationError, ModelError
from assistant.indexing.units import units_of
from assistant.pair_model import question_and_text
from assistant.pair_odds import Odds
from assistant.reranker import RERANKER_FILE, as_read, reranker_odds
from assistant.retrieval import READ, READ_MOST, Found, Glossary, Retriever
from assistant.settings import Settings, read_settings
from tests.conftest import bag_of_words
from tests.fakes import BagOfWordsEmbeddings
from tests.small_library import ASK_KEYS, ASK_LAW, ASK_SUPERVISION, QUESTIONS


class Reading:
    """Log odds by a word of the text; keeps what it was given."""

    def __init__(self, word: str, odds: float = 3.0) -> None:
        self.word, self.odds = word, odds
        self.given: list[tuple[str, str]] = []

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> npt.NDArray[np.float64]:
        self.given += pairs
        return np.array([self.odds if self.word in text else -self.odds for _, text in pairs])


def reading(assistant: Assistant, read: Odds | None) -> Retriever:
    return Retriever(assistant.index, BagOfWordsEmbeddings().vectors, Glossary([]), read=read)


def ids(found: Found) -> list[str]:
    return [evidence.evidence_id for evidence in found.evidence]


def test_a_note_that_answers_moves_up_and_the_others_keep_their_order(
    small_assistant: Assistant,
) -> None:
    plain = reading(small_assistant, None).search(ASK_LAW, top=8)
    last = plain.evidence[-1]
    words = next(w for w in last.text.split() if sum(w in e.text for e in plain.evidence) == 1)
    found = reading(small_assistant, Reading(words)).search(ASK_LAW, top=8)
    assert ids(found).index(last.evidence_id) < len(ids(plain)) - 1
    rest = [note for note in ids(found) if note != last.evidence_id]
    assert rest == ids(plain)[:-1]
    scores = [e.score for e in found.evidence]
    assert scores == sorted(scores, reverse=True)
    assert [e.rank for e in found.evidence] == list(range(1, len(scores) + 1))


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_kind_is_read_and_only_notes_change_places(
    question: str, small_assistant: Assistant
) -> None:
    plain = reading(small_assistant, None).search(question, top=24)
    read = Reading("the", odds=2.0)
    found = reading(small_assistant, read).search(question, top=24)
    for kind in ("answers", "briefs", "contested"):
        hits = getattr(found, kind)
        assert [(h.uid, h.score) for h in hits] == [(h.uid, h.score) for h in getattr(plain, kind)]
        assert all(("read" in hit.parts) is (kind == "answers") for hit in hits)
    assert sorted(ids(found)) == sorted(ids(plain))
    assert all("read" in e.parts for e in found.evidence[: READ["note"]])
    assert all("read" not in e.parts for e in plain.evidence)


def test_what_says_nothing_new_moves_nothing(small_assistant: Assistant) -> None:
    plain = reading(small_assistant, None).search(ASK_KEYS, top=12)
    found = reading(small_assistant, lambda pairs: np.full(len(pairs), 1.5)).search(
        ASK_KEYS, top=12
    )
    assert [(e.evidence_id, e.score) for e in found.evidence] == [
        (e.evidence_id, e.score) for e in plain.evidence
    ]


def test_odds_without_measure_count_for_no_more_than_the_most(small_assistant: Assistant) -> None:
    found = reading(small_assistant, lambda pairs: np.full(len(pairs), 900.0)).search(ASK_LAW)
    read = found.evidence[: READ["note"]]
    assert {e.parts["read"] for e in read} == {READ_MOST}


def test_notes_that_were_not_read_stay_behind(
    small_assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(READ, "note", 3)
    plain = reading(small_assistant, None).search(ASK_LAW, top=8)
    found = reading(small_assistant, lambda pairs: np.full(len(pairs), -4.0)).search(ASK_LAW, top=8)
    assert set(ids(found)[:3]) == set(ids(plain)[:3])
    assert ids(found)[3:] == ids(plain)[3:]
    scores = [e.score for e in found.evidence]
    assert scores == sorted(scores, reverse=True)


def test_a_unit_is_read_with_the_ask_nearest_to_the_question(small_assistant: Assistant) -> None:
    retriever = reading(small_assistant, None)
    for unit in units_of(small_assistant.library):
        for ask in unit.asks:
            text = retriever.as_read(ask, [unit.uid])[unit.uid]
            assert text.startswith(f"{ask} || "), unit.uid
            assert text.split(" || ")[1] in unit.body
    assert as_read("", "What it says.") == "What it says."


def test_a_direct_answer_is_read_without_the_title_of_its_brief(small_assistant: Assistant) -> None:
    library = small_assistant.library
    brief = next(b for b in library.briefs.values() if b.answers)
    text = reading(small_assistant, None).as_read("x", [f"answer:{brief.id}/0"])
    said = text[f"answer:{brief.id}/0"].split(" || ")[1]
    assert said.startswith(brief.answers[0].answer[0].text)


# ---------------------------------------------------------------- the model


def test_beside_another_model_nothing_is_read(small_settings: Settings, tmp_path: Path) -> None:
    assert reranker(small_settings, bag_of_words(tmp_path)) is None


def test_a_file_that_is_no_model_is_told(tmp_path: Path) -> None:
    for name in ("reranker.onnx", "tokenizer.json"):
        (tmp_path / name).write_text("nothing")
    with pytest.raises(ModelError, match="reranker") as caught:
        reranker_odds(tmp_path / "reranker.onnx", tmp_path / "tokenizer.json")
    assert "index build" in caught.value.hint


def test_a_broken_file_of_weights_is_told(
    real_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "reranker.npz"
    broken.write_bytes(RERANKER_FILE.read_bytes()[:500])
    monkeypatch.setattr(assembly, "RERANKER_FILE", broken)
    settings = read_settings(home=real_home)
    with pytest.raises(ConfigurationError, match=r"reranker\.npz"):
        reranker(settings, vector_model(settings))


def test_question_and_text_are_told_apart_by_the_separator() -> None:
    torch = pytest.importorskip("torch")
    hidden = torch.randn(1, 6, 4)
    ids = torch.tensor([[101, 7, 102, 8, 9, 102]])
    mask = torch.ones_like(ids)
    row = question_and_text(hidden, ids, mask)
    assert row.shape == (1, 3 * 4 + 2)

    def unit(x: object) -> object:
        return x / x.norm(dim=-1, keepdim=True)  # type: ignore[attr-defined,operator]

    asked, said = hidden[0, 1], hidden[0, 3:5]
    cosine = float(unit(asked) @ unit(said.mean(0)))  # type: ignore[operator]
    assert float(row[0, -1]) == pytest.approx((cosine - 0.6) * 10, abs=1e-4)
    nearest = max(float(unit(asked) @ unit(word)) for word in said)  # type: ignore[operator]
    assert float(row[0, -2]) == pytest.approx((nearest - 0.6) * 10, abs=1e-4)
    # What is padded changes nothing.
    longer = torch.cat([hidden, torch.randn(1, 2, 4)], dim=1)
    padded = question_and_text(
        longer,
        torch.cat([ids, torch.zeros(1, 2, dtype=torch.long)], dim=1),
        torch.cat([mask, torch.zeros(1, 2, dtype=torch.long)], dim=1),
    )
    assert padded[0].tolist() == pytest.approx(row[0].tolist(), abs=1e-5)


@pytest.fixture
def real_reader(real_home: Path) -> Odds:
    """The bundled reranker."""
    settings = read_settings(home=real_home)
    read = reranker(settings, vector_model(settings))
    assert read is not None
    return read


@pytest.mark.model
def test_what_answers_is_told_from_what_shares_its_words(real_reader: Odds) -> None:
    question = "How often should a peer worker have supervision?"
    texts = (
        "A peer worker should have supervision at least once a month, says the guide.",
        "A peer worker who gives supervision should have been trained for it, says the guide.",
        "The canteen of the hospital is open until seven in the evening.",
    )
    odds = real_reader([(question, text) for text in texts])
    assert odds.shape == (3,)
    assert odds[0] > odds[1] > odds[2]
    # Neither order nor company changes what a pair gets.
    assert real_reader([(question, texts[2])])[0] == pytest.approx(odds[2], abs=0.3)


@pytest.mark.model
def test_a_question_longer_than_the_model_reads_is_read_as_far_as_it_goes(
    real_reader: Odds,
) -> None:
    read, most = real_reader, read_settings().max_question_chars
    story = "My manager and I do not agree on who should supervise peer workers. "
    about = "A peer worker should be supervised by somebody with lived experience, says the guide."
    other = "The canteen of the hospital is open until seven in the evening."
    question = (story * 40)[:most]
    answers, misses = read([(question, about * 9), (question, other * 9)])
    assert answers > misses
    assert np.isfinite(read([("x" * most, about), ("?", "y " * 900)])).all()


def test_the_bundled_tokenizer_has_the_separator_that_is_looked_for() -> None:
    from tokenizers import Tokenizer

    from assistant.pair_model import SEPARATOR, START

    tokenizer = Tokenizer.from_file(str(bundled_model_folder() / "tokenizer.json"))
    tokenizer.no_padding()
    encoded = tokenizer.encode(ASK_SUPERVISION, ASK_KEYS).ids
    assert encoded[0] == START
    assert [n for n, token in enumerate(encoded) if token == SEPARATOR][-1] == len(encoded) - 1
    assert encoded.count(SEPARATOR) == 2
