"""Searching: what is found, in which order, and what the signals say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from assistant.assembly import Assistant
from assistant.errors import CorpusError, UsageError
from assistant.resources import bundled_folder
from assistant.retrieval import (
    ANSWERING,
    BEARING,
    GLOSSARY_WEIGHT,
    SIGNALS,
    WEIGHTS,
    Found,
    Glossary,
    Retriever,
    evidence_of,
    read_glossary,
)
from assistant.schema import Filters
from tests.fakes import BagOfWordsEmbeddings
from tests.small_library import ASK_CONTESTED, ASK_LAW, ASK_NURSE, ASK_PARTLY, QUESTIONS


@pytest.fixture
def retriever(small_assistant: Assistant) -> Retriever:
    return small_assistant.retriever


def retriever_with(assistant: Assistant, glossary: Glossary) -> Retriever:
    return Retriever(assistant.index, BagOfWordsEmbeddings().vectors, glossary)


def ids(found: Found) -> list[str]:
    return [evidence.evidence_id for evidence in found.evidence]


# ---------------------------------------------------------------- order and signals


@pytest.mark.parametrize("question", QUESTIONS)
def test_score_is_made_of_the_named_signals(question: str, retriever: Retriever) -> None:
    found = retriever.search(question, top=24)
    hits = [*found.briefs, *found.answers, *found.contested]
    scored = [(e.score, e.parts) for e in found.evidence] + [(h.score, h.parts) for h in hits]
    assert scored
    for score, parts in scored:
        assert tuple(parts) == (*SIGNALS, "endorsed", "named")
        assert tuple(WEIGHTS) == SIGNALS
        total = sum(weight * parts[name] for name, weight in WEIGHTS.items())
        assert score == pytest.approx(total + parts["endorsed"], abs=0.01)
        assert 0 <= parts["coverage"] <= 1.0001
        assert -1 <= parts["body"] <= 1.0001
        assert -1 <= parts["ask"] <= 1
        assert parts["lexical"] >= 0


@pytest.mark.parametrize("question", QUESTIONS)
def test_best_stands_first_and_ranks_count_from_one(question: str, retriever: Retriever) -> None:
    found = retriever.search(question, top=24)
    scores = [evidence.score for evidence in found.evidence]
    assert scores == sorted(scores, reverse=True)
    assert [e.rank for e in found.evidence] == list(range(1, len(scores) + 1))
    assert len(set(ids(found))) == len(scores)


def test_question_in_the_words_of_an_ask_finds_its_note(small_assistant: Assistant) -> None:
    library = small_assistant.library
    for note in library.notes.values():
        for ask in note.asks:
            found = small_assistant.retriever.search(ask)
            assert found.evidence[0].evidence_id == note.id, ask
            assert found.evidence[0].parts["ask"] == pytest.approx(1, abs=1e-3)


def test_other_kinds_are_told_apart(retriever: Retriever) -> None:
    found = retriever.search(ASK_NURSE)
    assert found.answers[0].uid == "answer:supervision-basics/0"
    assert found.briefs[0].uid == "brief:supervision-basics"
    found = retriever.search(ASK_CONTESTED)
    assert found.contested[0].uid == "contested:home-visits"
    assert not any(":" in note for note in ids(found))


def test_notes_that_a_near_direct_answer_rests_on_are_raised(retriever: Retriever) -> None:
    found = retriever.search(ASK_NURSE, top=24)
    raised = {e.evidence_id for e in found.evidence if e.parts["endorsed"] > 0}
    assert raised == {"supervision-guide-2020-1", "supervision-charter-2022-1"}
    assert set(ids(found)[:2]) == raised
    far = retriever.search(ASK_LAW, top=24)
    assert {e.parts["endorsed"] for e in far.evidence} == {0}


def test_notes_put_beside_a_near_direct_answer_are_raised_less(retriever: Retriever) -> None:
    found = retriever.search(ASK_PARTLY, top=24)
    raised = {e.evidence_id: e.parts["endorsed"] for e in found.evidence}
    cited = raised["supervision-guide-2020-1"]
    assert raised["supervision-charter-2022-1"] == pytest.approx(cited * ANSWERING)
    assert raised["supervision-guide-2020-2"] == pytest.approx(cited * BEARING)


def test_notes_of_the_positions_on_a_contested_question_are_raised(retriever: Retriever) -> None:
    found = retriever.search(ASK_CONTESTED, top=24)
    raised = {e.evidence_id for e in found.evidence if e.parts["endorsed"] > 0}
    question = retriever._index.library.contested["home-visits"]
    assert raised >= set(question.cited)


def test_library_knows_its_own_words(retriever: Retriever) -> None:
    for word in ("Supervisor", "supervising", "lantern", "the"):
        assert retriever.knows(word.lower()), word
    assert not retriever.knows("zeppelin")


def test_exact_title_finds_its_source(small_assistant: Assistant) -> None:
    for source in small_assistant.library.sources.values():
        if source.title != "Ward Rules":
            found = small_assistant.retriever.search(source.title)
            assert found.evidence[0].source_id == source.id, source.title


@pytest.mark.parametrize(
    ("query", "source"),
    [
        ("Marigold Featherstone", "supervision-guide-2020"),
        ("Ottoline Quill", "ward-trial-2019"),
        ("Thrupp", "ward-trial-2019"),
        ("Southbank Trust", "ward-rules-2023"),
        ("Journal of Lanterns", "ward-trial-2019"),
        ("Ward Rules 2021", "ward-rules-2021"),
    ],
)
def test_authors_publishers_and_years_find_their_source(
    query: str, source: str, retriever: Retriever
) -> None:
    assert retriever.search(query).evidence[0].source_id == source


def test_same_question_gives_the_same_list(
    small_assistant: Assistant, retriever: Retriever
) -> None:
    again = retriever_with(small_assistant, Glossary([]))
    for question in QUESTIONS:
        first = retriever.search(question, top=24)
        assert retriever.search(question, top=24).evidence == first.evidence
    assert again.search(ASK_LAW).evidence == again.search(ASK_LAW).evidence


def test_equal_scores_keep_the_order_of_the_library(retriever: Retriever) -> None:
    """Two sources hold the same title and rules; a query that parts them by nothing."""
    found = retriever.search("Ward Rules", top=3)
    order = [e.source_id for e in found.evidence if e.source_id.startswith("ward-rules")]
    assert order == [
        e.source_id
        for e in retriever.search("  ward  RULES ", top=3).evidence
        if e.source_id.startswith("ward-rules")
    ]


def test_top_bounds_the_notes(retriever: Retriever, small_assistant: Assistant) -> None:
    assert len(retriever.search(ASK_LAW, top=1).evidence) == 1
    assert len(retriever.search(ASK_LAW, top=4).evidence) == 4
    most = len(small_assistant.library.notes)
    assert len(retriever.search(ASK_LAW, top=1000).evidence) == most


def test_hidden_marks_change_nothing(retriever: Retriever) -> None:
    plain = retriever.search("training in the use of force")
    marked = retriever.search("train\u200bing in the\u00a0use\tof \u202eforce\u202c")
    assert marked.evidence == plain.evidence


def test_closeness_is_the_cosine_of_bodies(retriever: Retriever) -> None:
    found = retriever.search("how often should supervision be", top=24)
    by_id = {e.evidence_id: e for e in found.evidence}
    one, twin = by_id["supervision-guide-2020-1"], by_id["supervision-charter-2022-1"]
    far = by_id["aus-framework-2021-1"]
    assert found.closeness(one, one) == pytest.approx(1, abs=1e-5)
    assert found.closeness(one, twin) > 0.86
    assert found.closeness(one, far) < 0.5
    a, b = BagOfWordsEmbeddings().vectors([f"{e.title}. {e.text}" for e in (one, twin)])
    assert found.closeness(one, twin) == pytest.approx(float(a @ b), abs=1e-5)
    assert Found((), (), (), ()).closeness(one, twin) == 0


# ---------------------------------------------------------------- nothing and little


@pytest.mark.parametrize("query", ["the of and", "😀", "zzzz qqqq", "?", "7"])
def test_odd_queries_end_well(query: str, retriever: Retriever) -> None:
    found = retriever.search(query)
    assert all(np.isfinite(e.score) for e in found.evidence)
    assert all(e.parts["lexical"] == 0 for e in found.evidence)


def test_filters_that_nothing_passes_find_nothing(small_assistant: Assistant) -> None:
    nothing = Filters(jurisdiction=("Atlantis",))
    found = small_assistant.retriever.search(ASK_LAW, filters=nothing)
    assert (found.evidence, found.briefs, found.answers, found.contested) == ((), (), (), ())
    assert small_assistant.search(ASK_LAW, filters=nothing) == []
    places, signals = small_assistant.retriever.signals(ASK_LAW, nothing)
    assert len(places) == 0
    assert {len(values) for values in signals.values()} == {0}


@pytest.mark.parametrize(
    ("filters", "passes"),
    [
        (Filters(jurisdiction=("USA", "Australia")), {"USA", "Australia"}),
        (Filters(kind=("legislation",)), {"England"}),
    ],
)
def test_filters_hold_and_leave_out_briefs(
    filters: Filters, passes: set[str], retriever: Retriever
) -> None:
    found = retriever.search(ASK_NURSE, top=24, filters=filters)
    assert {e.jurisdiction for e in found.evidence} == passes
    assert filters.kind == () or {e.kind for e in found.evidence} == set(filters.kind)
    assert (found.briefs, found.answers, found.contested) == ((), (), ())


def test_search_refuses_an_empty_query(small_assistant: Assistant) -> None:
    with pytest.raises(UsageError):
        small_assistant.search("   ")


def test_evidence_says_what_the_note_and_its_source_say(small_assistant: Assistant) -> None:
    library = small_assistant.library
    note, source = library.notes["ward-trial-2019-1"], library.sources["ward-trial-2019"]
    thin = note.model_copy(update={"basis": "excerpt", "our_reading": "Ours."})
    evidence = evidence_of(thin, source, 2.0, 3, {"body": 1.0})
    assert (evidence.basis, evidence.our_reading) == ("excerpt", "Ours.")
    assert evidence_of(note, source).basis == "abstract"
    assert (evidence.title, evidence.doi, evidence.status) == (
        "The Lantern Trial",
        "10.1000/lantern",
        "current",
    )
    assert (evidence.score, evidence.rank, evidence.parts) == (2.0, 3, {"body": 1.0})


# ---------------------------------------------------------------- glossary


def test_glossary_adds_words_that_mean_the_same() -> None:
    glossary = Glossary([["peer support worker", "psw"], ["use of force", "pmva"]])
    assert glossary.widen("Can a PSW refuse?") == ["peer support worker"]
    assert glossary.widen("do PSWs do pmva") == ["peer support worker", "use of force"]
    assert glossary.widen("a peer support worker, a psw") == []
    assert glossary.widen("pswx and xpsw") == []
    assert glossary.widen("") == []


def test_glossary_takes_signs_literally() -> None:
    assert Glossary([["c++", "see plus"]]).widen("ccc") == []


def test_question_in_other_words_is_widened(small_assistant: Assistant) -> None:
    asked = "who must do pmva"
    without = retriever_with(small_assistant, Glossary([])).search(asked, top=24)
    glossary = Glossary([["use of force", "pmva"]])
    widened = retriever_with(small_assistant, glossary).search(asked, top=24)

    def lexical_of(found: Found) -> float:
        parts = {e.evidence_id: e.parts["lexical"] for e in found.evidence}
        return parts["ward-rules-2021-2"]

    assert lexical_of(widened) > lexical_of(without)
    full = retriever_with(small_assistant, Glossary([])).search("must use of force", top=24)
    assert lexical_of(widened) - lexical_of(without) < lexical_of(full)
    assert GLOSSARY_WEIGHT < 1


def test_bundled_glossary_reads() -> None:
    glossary = read_glossary(bundled_folder("corpus"))
    assert "peer support worker" in glossary.widen("what is a psw")


def test_library_without_a_glossary(tmp_path: Path) -> None:
    assert read_glossary(tmp_path).widen("psw") == []


@pytest.mark.parametrize(
    "data", [b"[", b"words: [a]", b"- word\n", b"\xff\xfe\x00", b"- [a]\n- word\n"]
)
def test_broken_glossary_is_named(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "glossary.yaml").write_bytes(data)
    with pytest.raises(CorpusError, match=r"^glossary\.yaml: "):
        read_glossary(tmp_path)
