"""How likely what was found answers the question, and the judged texts that this is fitted on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assistant.answering.relevance import (
    SIGNALS,
    WEIGHTS,
    WITHOUT_READ,
    Kind,
    chance,
    odds,
    signals_of,
)
from assistant.assembly import Assistant
from assistant.corpus import Library, read_library
from assistant.indexing.units import units_of
from assistant.resources import bundled_folder
from assistant.retrieval import Found, Hit
from evals import relevance
from evals.cases import CaseError
from evals.relevance import judged, text_hash
from tests.small_library import ASK_LAW, ASK_NURSE, QUESTIONS

PARTS = {"lexical": 9.0, "body": 0.6, "ask": 0.7, "gist": 0.6, "coverage": 0.8}


def of(
    kind: Kind, parts: dict[str, float], *rivals: dict[str, float], question: str = "x"
) -> float:
    hits = tuple(Hit(f"answer:a/{n}", 1.0, other) for n, other in enumerate((parts, *rivals)))
    return odds(kind, parts, question, Found((), (), hits, ()))


@pytest.mark.parametrize("kind", ["answer", "note"])
def test_every_signal_has_its_weight(kind: Kind) -> None:
    assert set(WEIGHTS[kind]) == {*SIGNALS, "intercept"}
    assert set(WITHOUT_READ[kind]) == {*SIGNALS, "intercept"} - {"read"}
    assert WEIGHTS[kind]["read"] > 0


@pytest.mark.parametrize("kind", ["answer", "note"])
def test_what_was_read_as_answering_is_likelier_to(kind: Kind) -> None:
    low, high = ({**PARTS, "read": value} for value in (-3.0, 3.0))
    assert of(kind, high) > of(kind, low)
    assert 0 < chance(of(kind, low)) < chance(of(kind, high)) < 1


def test_an_answer_whose_asks_lie_nearer_than_anothers_is_likelier() -> None:
    rival = {**PARTS, "ask": 0.5}
    assert of("answer", PARTS, rival) > of("answer", PARTS, {**PARTS, "ask": 0.9})
    # Where there is no other, nearness to it says nothing.
    alone = signals_of("answer", PARTS, "x", Found((), (), (Hit("answer:a/0", 1.0, PARTS),), ()))
    assert alone["ask_lead"] == 0


def test_a_question_for_one_fact_is_seldom_met_by_what_lies_near() -> None:
    assert of("answer", PARTS, question="How much does it cost?") < of("answer", PARTS)


@pytest.mark.parametrize("question", QUESTIONS)
def test_signals_of_a_search_are_those_named(question: str, small_assistant: Assistant) -> None:
    found = small_assistant.retriever.search(question, top=12)
    for kind, parts in [
        *(("note", e.parts) for e in found.evidence),
        *(("answer", hit.parts) for hit in found.answers),
    ]:
        assert set(signals_of(kind, parts, question, found)) == set(SIGNALS)  # type: ignore[arg-type]
    best = found.evidence[0]
    behind = [signals_of("note", e.parts, question, found)["behind"] for e in found.evidence]
    assert min(behind) == pytest.approx(0, abs=0.01)
    assert best.parts["ask"] >= 0


def test_the_answer_asked_for_is_likelier_than_another(small_assistant: Assistant) -> None:
    found = small_assistant.retriever.search(ASK_NURSE, top=12)
    by_uid = {hit.uid: odds("answer", hit.parts, ASK_NURSE, found) for hit in found.answers}
    asked = max(found.answers, key=lambda hit: hit.parts["ask"]).uid
    assert max(by_uid, key=lambda uid: by_uid[uid]) == asked


def test_odds_without_measure_are_still_a_chance() -> None:
    assert chance(10_000.0) == pytest.approx(1)
    assert chance(-10_000.0) == pytest.approx(0)


# ---------------------------------------------------------------- what it is fitted on


def written(folder: Path, *lines: object) -> None:
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (folder / "some.jsonl").write_text(text, encoding="utf-8")


def test_a_text_that_says_something_else_today_is_passed_over(
    small_data: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relevance, "TRAINING", tmp_path)
    one, other, *_ = units_of(small_data)
    labels = {one.uid: f"3 {text_hash(one.body)}", other.uid: "2 00000000", "note:gone": "1 abc"}
    written(tmp_path, {"question": ASK_LAW, "asker": "psw", "judged": labels})
    (found,) = judged(small_data, "some.jsonl")
    assert (found.question, found.labels) == (ASK_LAW, {one.uid: 3})


def test_a_line_of_another_form_is_named(
    small_data: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relevance, "TRAINING", tmp_path)
    good = {"question": ASK_LAW, "asker": "psw", "judged": {}}
    written(tmp_path, good, {"question": ASK_LAW, "asker": "nobody", "judged": {}})
    with pytest.raises(CaseError, match=r"some\.jsonl:2: asker"):
        judged(small_data, "some.jsonl")


@pytest.fixture(scope="module")
def bundled() -> Library:
    return read_library(bundled_folder("corpus"))


@pytest.mark.parametrize("name", ["relevance.jsonl", "relevance-next.jsonl"])
def test_most_of_what_was_judged_still_stands(name: str, bundled: Library) -> None:
    questions = judged(bundled, name)
    labels = [label for asked in questions for label in asked.labels.values()]
    assert len(questions) > 250
    assert len(labels) > 12 * len(questions)
    assert set(labels) == {0, 1, 2, 3}
