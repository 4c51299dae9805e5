"""What an index is searched by: vectors that are made once, distances, words and filters."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.assembly import Assistant
from assistant.errors import ConfigurationError
from assistant.indexing import lexical
from assistant.indexing.store import ASKS, BODIES, GISTS, Index
from assistant.indexing.units import passes, units_of, where_clause
from assistant.indexing.vectors import CachedModel, VectorCache, text_key
from assistant.schema import Filters, Kind, Setting, User
from assistant.settings import Settings
from tests import small_library
from tests.build_indexes import build, built, home, opened, snapshot
from tests.conftest import bag_of_words
from tests.fakes import BagOfWordsEmbeddings

__all__ = ["built", "home"]


# ---------------------------------------------------------------- vectors


def test_damaged_file_of_vectors_is_named(home: Path) -> None:
    home.mkdir()
    (home / "vectors.sqlite").write_bytes(b"not a database, " * 100)
    with pytest.raises(ConfigurationError, match="damaged") as caught:
        VectorCache(home / "vectors.sqlite")
    assert "Delete it" in caught.value.hint


def test_cached_model_makes_each_text_once_in_the_order_asked(home: Path) -> None:
    model = bag_of_words(home)
    wanted = ["a longer text", "short", "a longer text", "another one"]
    first = model.vectors(wanted)
    assert model.embedded == 3
    np.testing.assert_array_equal(first, BagOfWordsEmbeddings().vectors(wanted))
    again = bag_of_words(home)
    np.testing.assert_array_equal(again.vectors(wanted), first)
    assert again.embedded == 0
    assert again.vectors([]).shape[0] == 0


def test_vectors_of_another_model_are_not_used(home: Path) -> None:
    bag_of_words(home).vectors(["text"])
    other = BagOfWordsEmbeddings()
    model = CachedModel(lambda: other, "other", VectorCache(home / "vectors.sqlite"))
    model.vectors(["text"])
    assert model.embedded == 1


def test_model_is_not_loaded_when_every_vector_is_kept(home: Path) -> None:
    bag_of_words(home).vectors(["text"])

    def load() -> Any:
        raise AssertionError("loaded")

    identity = BagOfWordsEmbeddings().identity
    model = CachedModel(load, identity, VectorCache(home / "vectors.sqlite"))
    assert model.vectors(["text"]).shape == (1, 384)


def test_questions_never_enter_the_file_of_vectors(
    small_folder: Path, built: Path, words_only: None, small_settings: Settings
) -> None:
    """Nor anything else in the home."""
    mine = small_settings.model_copy(update={"home": built})
    question = "does the law require training in the use of force for Zebedee Quince"
    with Assistant.from_settings(mine) as assistant:
        kept = snapshot(built)
        rows = VectorCache(built / "vectors.sqlite")
        assistant.ask(question)
        assistant.search(question)
        assistant.screen(question)
        assistant.explain(question)
    assert rows.get(BagOfWordsEmbeddings().identity, [text_key(question)]) == {}
    after = snapshot(built)
    assert after["vectors.sqlite"][1] == kept["vectors.sqlite"][1]
    assert [name for name, (_, data) in after.items() if b"Zebedee" in data] == []


# ---------------------------------------------------------------- distances


@pytest.fixture
def small_index(small_assistant: Assistant) -> Index:
    return small_assistant.index


def test_similarity_is_one_for_an_exact_match_and_never_more(small_index: Index) -> None:
    model = BagOfWordsEmbeddings()
    for unit in units_of(small_index.library):
        for name, text in ((BODIES, unit.body), (ASKS, unit.asks[0])):
            found = small_index.nearest(name, model.vectors([text])[0], 20, None)
            similarities = [similarity for _, similarity in found]
            assert found[0][0] == unit.uid
            assert similarities[0] == pytest.approx(1.0, abs=1e-4)
            assert max(similarities) <= 1.0
            assert similarities == sorted(similarities, reverse=True)


def test_similarity_is_the_cosine(small_index: Index) -> None:
    """Chroma gives distances, and squared ones unless cosine is set when a collection is made."""
    vector = BagOfWordsEmbeddings().vectors(["training in the use of force for peers"])[0]
    for uid, similarity in small_index.nearest(BODIES, vector, 30, None):
        (held,) = small_index.vectors(BODIES, [small_index.position[uid]])
        assert similarity == pytest.approx(float(held @ vector), abs=1e-4)


def test_vectors_come_in_the_order_asked(small_index: Index) -> None:
    places = [5, 0, 9]
    bodies = [units_of(small_index.library)[place].body for place in places]
    expected = BagOfWordsEmbeddings().vectors(bodies)
    np.testing.assert_allclose(small_index.vectors(BODIES, places), expected, atol=1e-6)


def test_gist_is_the_mean_direction_of_the_asks(small_index: Index) -> None:
    unit = units_of(small_index.library)[3]
    mean = BagOfWordsEmbeddings().vectors(unit.asks).mean(axis=0)
    (gist,) = small_index.vectors(GISTS, [3])
    np.testing.assert_allclose(gist, mean / np.linalg.norm(mean), atol=1e-6)


def test_two_indexes_in_one_process_share_nothing(
    small_corpus: Path, small_index: Index, home: Path
) -> None:
    for path in (small_corpus / "briefs").iterdir():
        path.unlink()
    build(small_corpus, home)
    other = opened(small_corpus, home)
    assert other.collections[BODIES].count() == small_index.collections[BODIES].count() - 5


def test_collections_need_no_network_and_no_model_of_their_own(
    small_index: Index, built: Path, small_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A collection opened with Chroma's default would fetch a model when it is asked."""
    fetched: list[object] = []
    from chromadb.utils.embedding_functions import DefaultEmbeddingFunction

    monkeypatch.setattr(DefaultEmbeddingFunction, "__call__", lambda *a: fetched.append(a))
    index = opened(small_folder, built)
    vector = BagOfWordsEmbeddings().vectors(["force"])[0]
    assert index.nearest(ASKS, vector, 3, None)
    with pytest.raises(Exception, match=r"(?i)embedding function"):
        index.collections[ASKS].query(query_texts=["force"], n_results=1)
    assert fetched == []


# ---------------------------------------------------------------- words


def test_tokens_are_stemmed_and_stop_words_gone() -> None:
    assert lexical.tokens("The workers are working; it's a PSW’s job") == [
        "worker",
        "work",
        "psw",
        "job",
    ]
    assert lexical.tokens("to be or not to be") == []


def test_coverage_counts_rare_words_more_and_unknown_ones_most(tmp_path: Path) -> None:
    import bm25s

    texts = ["peer lantern", "peer support", "peer ward", "peer pay"]
    lexical.write(tmp_path / "words", texts)
    index = bm25s.BM25.load(str(tmp_path / "words"))
    share = lexical.coverage(index, lexical.tokens("peer lantern"))
    assert share[0] == pytest.approx(1.0)
    assert share[1] == pytest.approx(0.0)  # a word that every text holds weighs nothing
    assert lexical.coverage(index, lexical.tokens("lantern zeppelin"))[0] < 0.5
    assert lexical.coverage(index, []).tolist() == [0, 0, 0, 0]
    assert lexical.scores(index, ["zeppelin"]).tolist() == [0, 0, 0, 0]


# ---------------------------------------------------------------- filters


def _some(values: Sequence[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(list(values)), max_size=2, unique=True).map(tuple)


FILTERS = st.builds(
    Filters,
    jurisdiction=_some(["England", "USA", "Australia", "Atlantis"]),
    kind=_some(get_args(Kind)),
    topic=_some([*small_library.TOPICS, "flying"]),
    user=_some(get_args(User)),
    setting=_some(get_args(Setting)),
    collection=_some(["bundled", "local"]),
    year_from=st.none() | st.integers(2005, 2025),
    year_to=st.none() | st.integers(2005, 2025),
)


@pytest.fixture(scope="module")
def undated_index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    """The small library with one source that names no year."""
    folder = tmp_path_factory.mktemp("undated")
    corpus = small_library.write_library(folder / "corpus")
    path = corpus / "sources/ward-rules-2021.yaml"
    plain = {source["id"]: source for source in small_library.sources()}["ward-rules-2021"]
    small_library.write_file(path, plain | {"year": None})
    build(corpus, folder / "home")
    return opened(corpus, folder / "home")


@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(filters=FILTERS)
def test_our_filter_and_chromas_agree(undated_index: Index, filters: Filters) -> None:
    ours = {unit.uid for unit in undated_index.units if passes(filters, unit.metadata)}
    where = where_clause(filters)
    vector = BagOfWordsEmbeddings().vectors(["peer"])[0]
    count = undated_index.manifest.units
    theirs = {uid for uid, _ in undated_index.nearest(BODIES, vector, count, where)}
    assert theirs == ours


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(jurisdiction=("Australia",)), {"aus-framework-2021-1"}),
        (Filters(kind=("opinion",)), {"home-opinion-2021-1"}),
        (Filters(topic=("pay",)), {"usa-visits-2016-2", "aus-framework-2021-1"}),
        (Filters(topic=("pay",), user=("psw",)), {"usa-visits-2016-2"}),
        (Filters(year_to=2008), {"paper-notes-2008-1"}),
        (Filters(year_from=2023), {"ward-rules-2023-1"}),
        (Filters(year_from=2018, year_to=2018), {"force-act-2018-1", "force-act-2018-2"}),
        # A source for any setting serves the wanted one.
        (
            Filters(setting=("community",), topic=("supervision",)),
            {"supervision-guide-2020-1", "supervision-guide-2020-2", "supervision-charter-2022-1"},
        ),
        (
            Filters(setting=("inpatient",), topic=("supervision",)),
            {"supervision-guide-2020-1", "supervision-guide-2020-2"},
        ),
        (Filters(collection=("local",)), set()),
    ],
)
def test_filters_mean_what_they_say(
    filters: Filters, expected: set[str], small_index: Index
) -> None:
    found = {unit.uid for unit in small_index.units if passes(filters, unit.metadata)}
    assert found == {f"note:{note}" for note in expected}


def test_sources_without_a_year_lie_in_no_span_of_years(undated_index: Index) -> None:
    unit = undated_index.units[undated_index.position["note:ward-rules-2021-1"]]
    assert passes(Filters(), unit.metadata)
    assert not passes(Filters(year_to=2030), unit.metadata)
    assert not passes(Filters(year_from=1900), unit.metadata)
