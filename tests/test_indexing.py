"""The index: whole or not at all, no work done twice, and never one that does not fit."""

from __future__ import annotations

import errno
import json
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant import assembly
from assistant.assembly import Assistant
from assistant.corpus import Library, library_version, read_library
from assistant.errors import (
    AssistantError,
    ConfigurationError,
    CorpusError,
    IndexBusyError,
    IndexMismatchError,
    IndexMissingError,
    ModelError,
)
from assistant.indexing import build as build_module
from assistant.indexing import lexical, vectors
from assistant.indexing.build import (
    BuildReport,
    build_index,
    describe,
    index_id_for,
    verify_index,
)
from assistant.indexing.store import (
    ASKS,
    BODIES,
    GISTS,
    Index,
    current_id,
    index_root,
    open_index,
)
from assistant.indexing.units import passes, units_of, where_clause
from assistant.indexing.vectors import CachedModel, VectorCache, text_key
from assistant.schema import Filters, Kind, Setting, User
from assistant.settings import Settings
from tests import small_library
from tests.conftest import ROOT, bag_of_words
from tests.fakes import BagOfWordsEmbeddings
from tests.small_library import put

GUIDE = "sources/supervision-guide-2020.yaml"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def built(home: Path, small_settings: Settings, small_assistant: Assistant) -> Path:
    """A home of the test's own with the small library's index in it."""
    shutil.copytree(small_settings.home, home)
    return home


def build(corpus: Path, home: Path, **more: Any) -> BuildReport:
    return build_index(corpus, home, bag_of_words(home), **more)


def opened(corpus: Path, home: Path) -> Index:
    return open_index(home, library_version(corpus), BagOfWordsEmbeddings().identity)


def texts(library: Library) -> set[str]:
    """Every text that gets a vector."""
    units = units_of(library)
    return {unit.body for unit in units} | {ask for unit in units for ask in unit.asks}


def snapshot(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every file with its time of change and bytes, but for Chroma's.

    Chroma counts in its SQLite file how often it was opened, and writes its scratch files anew.
    """
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_mtime_ns, path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "chroma" not in path.parts
    }


# ---------------------------------------------------------------- building


def test_build_holds_the_whole_library(small_corpus: Path, home: Path) -> None:
    report = build(small_corpus, home)
    library = read_library(small_corpus)
    index = opened(small_corpus, home)
    assert report.changed
    assert report.embedded == len(texts(library))
    assert report.index_id == current_id(home) == index.manifest.index_id
    assert index.library.data == library.data
    assert [unit.uid for unit in index.units] == [unit.uid for unit in units_of(library)]
    manifest = index.manifest
    assert (manifest.sources, manifest.notes) == (len(library.sources), len(library.notes))
    assert (manifest.briefs, manifest.contested) == (3, 1)
    # Notes, briefs, two direct answers and one contested question.
    assert manifest.units == len(library.notes) + 3 + 2 + 1
    assert manifest.asks == sum(len(unit.asks) for unit in units_of(library))
    assert verify_index(home) == manifest
    assert describe(home)["notes"] == manifest.notes


def test_unchanged_build_embeds_nothing_and_leaves_files_alone(
    small_folder: Path, built: Path
) -> None:
    folder = index_root(built) / str(current_id(built))
    chroma = folder / "chroma/chroma.sqlite3"
    before, same_file = snapshot(folder), chroma.stat().st_ino
    report = build(small_folder, built)
    assert (report.changed, report.embedded) == (False, 0)
    assert snapshot(folder) == before
    assert chroma.stat().st_ino == same_file


def test_forced_build_writes_anew_and_embeds_nothing(small_folder: Path, built: Path) -> None:
    report = build(small_folder, built, force=True)
    assert (report.changed, report.embedded) == (True, 0)
    assert verify_index(built) == report.manifest


def test_one_note_changed_embeds_only_what_is_new_of_it(small_corpus: Path, built: Path) -> None:
    put(small_corpus / GUIDE, "notes.1.text", "Supervision is a talk about the work.")
    put(small_corpus / GUIDE, "notes.1.asks", ["what does supervision mean", "a new way to ask"])
    report = build(small_corpus, built)
    assert (report.changed, report.embedded) == (True, 2)
    index = opened(small_corpus, built)
    assert index.library.notes["supervision-guide-2020-2"].text.endswith("about the work.")
    changed_body = "Supervision Guide. Supervision is a talk about the work."
    place = index.position["note:supervision-guide-2020-2"]
    expected = BagOfWordsEmbeddings().vectors([changed_body])
    np.testing.assert_allclose(index.vectors(BODIES, [place]), expected, atol=1e-6)


def test_going_back_to_an_earlier_library_embeds_nothing(small_corpus: Path, built: Path) -> None:
    first = current_id(built)
    put(small_corpus / GUIDE, "notes.1.text", "Supervision is a talk about the work.")
    build(small_corpus, built)
    assert current_id(built) != first
    small_library.write_library(small_corpus)
    report = build(small_corpus, built)
    assert (report.index_id, report.embedded) == (first, 0)
    assert current_id(built) == first


def test_at_most_one_older_index_is_kept(small_corpus: Path, built: Path) -> None:
    for year in (2001, 2002, 2003):
        put(small_corpus / GUIDE, "year", year)
        build(small_corpus, built)
    folders = [path for path in index_root(built).iterdir() if path.is_dir()]
    assert len(folders) == 2
    assert current_id(built) in {path.name for path in folders}


def test_index_id_depends_on_library_and_model() -> None:
    ids = {index_id_for(v, m) for v in ("a", "b") for m in ("x", "y")}
    assert len(ids) == 4


def test_broken_library_leaves_the_old_index(small_corpus: Path, built: Path) -> None:
    before = current_id(built)
    (small_corpus / GUIDE).write_text("id: [", encoding="utf-8")
    with pytest.raises(CorpusError, match=r"supervision-guide-2020\.yaml"):
        build(small_corpus, built)
    assert current_id(built) == before
    verify_index(built)


def test_progress_is_told_and_never_goes_back(small_corpus: Path, home: Path) -> None:
    told: list[tuple[str, int, int]] = []
    build(small_corpus, home, progress=lambda *step: told.append(step))
    reading = [(done, total) for stage, done, total in told if stage == "Reading the library"]
    assert reading == sorted(reading)
    assert reading[-1][0] == reading[-1][1] == len(texts(read_library(small_corpus)))
    assert told[-1] == ("Writing the index", 1, 1)


def test_an_open_assistant_keeps_answering_while_the_index_is_replaced(
    small_corpus: Path, built: Path, words_only: None, small_settings: Settings
) -> None:
    mine = small_settings.model_copy(update={"home": built, "corpus": small_corpus})
    with Assistant.from_settings(mine) as assistant:
        before = assistant.ask(small_library.ASK_LAW).comparable()
        put(small_corpus / GUIDE, "year", 2001)
        build(small_corpus, built)
        assert assistant.ask(small_library.ASK_LAW).comparable() == before


# ---------------------------------------------------------------- interrupted


class FailingModel(BagOfWordsEmbeddings):
    """Gives up after a number of texts."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self.left = after

    def vectors(self, texts: Sequence[str]) -> Any:
        if self.left < len(texts):
            raise ModelError("The model stopped.")
        self.left -= len(texts)
        return super().vectors(texts)


def test_next_build_goes_on_where_a_broken_one_stopped(
    small_corpus: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectors, "CHUNK", 8)
    model = FailingModel(after=20)
    cache = VectorCache(home / "vectors.sqlite")
    with pytest.raises(ModelError):
        build_index(small_corpus, home, CachedModel(lambda: model, model.identity, cache))
    assert current_id(home) is None
    report = build(small_corpus, home)
    assert report.embedded == len(texts(read_library(small_corpus))) - 16
    verify_index(home)


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {root!r})
from assistant.indexing import build, vectors
from tests.conftest import bag_of_words

def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)

def die_after(count):
    made = model.fresh
    def fresh(texts):
        fresh.left -= 1
        return made(texts) if fresh.left >= 0 else die()
    fresh.left = count
    return fresh

corpus, home, where = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
vectors.CHUNK = 2
model = bag_of_words(home)
if where == "embedding":
    model.fresh = die_after(1)
elif where == "collections":
    build.write_collection = die
elif where == "manifest":
    build._manifest = die
elif where == "renaming":
    build.os.replace = die
else:
    build.set_current = die
build.build_index(corpus, home, model)
"""


@pytest.mark.parametrize(
    ("where", "left"),
    [("embedding", 4), ("collections", 0), ("manifest", 0), ("renaming", 0), ("current", 0)],
)
def test_killed_build_leaves_the_old_index_and_the_next_goes_on(
    where: str, left: int, small_corpus: Path, small_folder: Path, built: Path
) -> None:
    old = current_id(built)
    put(
        small_corpus / GUIDE,
        "notes.1.asks",
        [f"new ask number {word}" for word in ("one", "two", "three", "four", "five", "six")],
    )
    script = KILLED.format(root=str(ROOT))
    command = [sys.executable, "-c", script, str(small_corpus), str(built), where]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    assert current_id(built) == old
    index = opened(small_folder, built)
    vector = BagOfWordsEmbeddings().vectors([small_library.ASK_LAW])[0]
    assert index.nearest(ASKS, vector, 1, None)[0][0] == "note:force-act-2018-1"
    with pytest.raises(IndexMismatchError, match="library has changed"):
        opened(small_corpus, built)

    report = build(small_corpus, built)
    assert report.embedded == left
    assert current_id(built) == report.index_id != old
    assert verify_index(built) == report.manifest
    assert not list(index_root(built).glob("*.part"))


class WaitingModel(BagOfWordsEmbeddings):
    """Says that it has begun, and waits for leave to go on."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.leave = threading.Event(), threading.Event()

    def vectors(self, texts: Sequence[str]) -> Any:
        self.begun.set()
        assert self.leave.wait(30)
        return super().vectors(texts)


def test_two_builds_at_once(small_corpus: Path, home: Path) -> None:
    model = WaitingModel()
    cache = VectorCache(home / "vectors.sqlite")
    reports: list[BuildReport] = []
    first = threading.Thread(
        target=lambda: reports.append(
            build_index(small_corpus, home, CachedModel(lambda: model, model.identity, cache))
        )
    )
    first.start()
    try:
        assert model.begun.wait(30)
        with pytest.raises(IndexBusyError, match="Another process"):
            build(small_corpus, home)
    finally:
        model.leave.set()
        first.join(60)
    assert reports[0].changed
    assert not build(small_corpus, home).changed


# ---------------------------------------------------------------- no room


@pytest.mark.parametrize(
    ("place", "error"),
    [
        ("write_collection", OSError(errno.ENOSPC, "No space left on device")),
        ("write_collection", RuntimeError("database or disk is full")),
        ("_manifest", OSError(errno.EDQUOT, "Disk quota exceeded")),
        ("set_current", OSError(errno.ENOSPC, "No space left on device")),
    ],
)
def test_full_disk_is_said_in_words_and_the_old_index_stays(
    place: str,
    error: Exception,
    small_corpus: Path,
    small_folder: Path,
    built: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    old = current_id(built)
    put(small_corpus / GUIDE, "year", 2001)

    def full(*args: Any, **kwargs: Any) -> None:
        raise error

    monkeypatch.setattr(build_module, place, full)
    with pytest.raises(ConfigurationError, match="disk is full") as caught:
        build(small_corpus, built)
    assert str(built) in caught.value.message
    assert "PEER_SUPPORT_HOME" in caught.value.hint
    assert current_id(built) == old
    assert opened(small_folder, built).manifest.index_id == old


def test_full_disk_while_vectors_are_kept(
    small_corpus: Path, built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(small_corpus / GUIDE, "title", "Another Guide")

    def full(*args: Any) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(VectorCache, "put", full)
    with pytest.raises(ConfigurationError, match="disk is full"):
        build(small_corpus, built)


def test_missing_right_is_said_in_words(
    small_corpus: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*args: Any) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(lexical, "write", refused)
    with pytest.raises(ConfigurationError, match=r"could not be written .*Permission denied"):
        build(small_corpus, home)


def test_other_faults_keep_their_traceback(
    small_corpus: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def bug(*args: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(lexical, "write", bug)
    with pytest.raises(ZeroDivisionError):
        build(small_corpus, home)


# ---------------------------------------------------------------- damaged or of something else


def _manifest_with(**changes: Any) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / "manifest.json"
        data = json.loads(path.read_text(encoding="utf-8")) | changes
        path.write_text(json.dumps(data), encoding="utf-8")

    return change


def _cut(name: str) -> Callable[[Path], None]:
    def cut(folder: Path) -> None:
        data = (folder / name).read_bytes()
        (folder / name).write_bytes(data[: len(data) // 2])

    return cut


DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "manifest is no JSON": (lambda f: (f / "manifest.json").write_text("{"), "damaged"),
    "manifest is not UTF-8": (lambda f: (f / "manifest.json").write_bytes(b"\xff{}"), "damaged"),
    "manifest is a list": (lambda f: (f / "manifest.json").write_text("[]"), "another version"),
    "manifest lacks fields": (
        lambda f: (f / "manifest.json").write_text('{"format": 1}'),
        "damaged",
    ),
    "manifest of another format": (_manifest_with(format=0), "another version"),
    "manifest with other counts": (_manifest_with(units=3), "incomplete"),
    "manifest with other asks": (_manifest_with(asks=1), "incomplete"),
    "chroma gone": (lambda f: shutil.rmtree(f / "chroma"), "damaged"),
    "chroma emptied": (lambda f: (f / "chroma/chroma.sqlite3").unlink(), "damaged"),
    "chroma cut": (_cut("chroma/chroma.sqlite3"), "damaged"),
    "library cut": (_cut("library.json"), "damaged"),
    "library gone": (lambda f: (f / "library.json").unlink(), "damaged"),
    "units cut": (_cut("units.json"), "damaged"),
    "units lost": (lambda f: (f / "units.json").write_text('{"units": []}'), "incomplete"),
    "words gone": (lambda f: shutil.rmtree(f / "bm25"), "damaged"),
    "words cut": (_cut("bm25/data.csc.index.npy"), "damaged"),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_damaged_index_is_refused_and_a_build_mends_it(
    name: str, small_folder: Path, built: Path
) -> None:
    damage, words = DAMAGES[name]
    damage(index_root(built) / str(current_id(built)))
    with pytest.raises(IndexMismatchError, match=words) as caught:
        opened(small_folder, built)
    assert caught.value.hint == "Run: peer-support index build"
    with pytest.raises(IndexMismatchError):
        verify_index(built)
    report = build(small_folder, built)
    assert (report.changed, report.embedded) == (True, 0)
    assert opened(small_folder, built).manifest == report.manifest


def test_verify_sees_a_changed_word(built: Path) -> None:
    path = index_root(built) / str(current_id(built)) / "library.json"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("Marigold", "Marygold"), encoding="utf-8")
    with pytest.raises(IndexMismatchError, match=r"library\.json"):
        verify_index(built)


def test_no_index_is_no_mismatch(small_folder: Path, home: Path) -> None:
    with pytest.raises(IndexMissingError, match="no index") as caught:
        opened(small_folder, home)
    assert "index build" in caught.value.hint
    with pytest.raises(IndexMissingError):
        verify_index(home)


def test_current_that_names_no_index_is_missing(small_folder: Path, built: Path) -> None:
    (index_root(built) / "current").write_text("000000000000\n", encoding="ascii")
    with pytest.raises(IndexMissingError):
        opened(small_folder, built)


def test_another_library_is_refused(small_corpus: Path, built: Path) -> None:
    put(small_corpus / GUIDE, "year", 2001)
    with pytest.raises(IndexMismatchError, match="library has changed"):
        opened(small_corpus, built)


def test_another_model_of_the_same_size_is_refused(small_folder: Path, built: Path) -> None:
    """Its vectors would fit and mean nothing, and Chroma would say nothing."""
    with pytest.raises(IndexMismatchError, match=r"another embedding model \(bag-of-words:384\)"):
        open_index(built, library_version(small_folder), "another-model:384")


def test_opening_builds_only_where_it_may(
    small_corpus: Path, built: Path, words_only: None, small_settings: Settings
) -> None:
    def settings_at(home: Path) -> Settings:
        return small_settings.model_copy(update={"home": home, "corpus": small_corpus})

    with pytest.raises(IndexMissingError):
        Assistant.from_settings(settings_at(built / "new"), build_when="never")
    put(small_corpus / GUIDE, "year", 2001)
    for when in ("never", "missing"):
        with pytest.raises(IndexMismatchError):
            Assistant.from_settings(settings_at(built), build_when=when)  # type: ignore[arg-type]
    assistant = Assistant.from_settings(settings_at(built), build_when="always")
    assert assistant.library.version == library_version(small_corpus)


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


def test_errors_of_the_index_are_errors_that_users_can_act_on() -> None:
    for kind in (IndexMissingError, IndexMismatchError, IndexBusyError):
        assert issubclass(kind, ConfigurationError)
        assert issubclass(kind, AssistantError)
        assert kind("a", "b").exit_code == 1


def test_assembly_tells_when_the_model_is_prepared(
    small_corpus: Path, words_only: None, small_settings: Settings, home: Path
) -> None:
    told: list[str] = []
    mine = small_settings.model_copy(update={"home": home, "corpus": small_corpus})
    assembly.build(mine, progress=lambda stage, done, total: told.append(stage))
    assert told[0] == "Preparing the embedding model (once)"


# ---------------------------------------------------------------- faults that are known


def test_build_works_again_in_the_same_process_after_a_full_disk(
    small_corpus: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: Any, **kwargs: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(build_module, "write_collection", full)
        with pytest.raises(ConfigurationError):
            build(small_corpus, home)
    assert build(small_corpus, home).changed


def test_build_mends_what_verify_finds(small_folder: Path, built: Path) -> None:
    folder = index_root(built) / str(current_id(built))
    (folder / "bm25/vocab.index.json").write_text("{}", encoding="utf-8")
    with pytest.raises(IndexMismatchError, match="index build"):
        verify_index(built)
    build(small_folder, built)
    verify_index(built)


def test_reworded_library_in_the_index_is_refused_when_opened(
    small_folder: Path, built: Path
) -> None:
    path = index_root(built) / str(current_id(built)) / "library.json"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("must train its staff", "need not train its staff"), "utf-8")
    with pytest.raises(IndexMismatchError):
        opened(small_folder, built)


def test_kill_between_removing_and_renaming_leaves_an_index(
    small_folder: Path, built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(*args: Any) -> None:
        raise Killed

    monkeypatch.setattr(build_module.os, "replace", die)
    with pytest.raises(Killed):
        build(small_folder, built, force=True)
    opened(small_folder, built)


def test_home_that_is_a_file_is_said_in_words(
    small_corpus: Path, words_only: None, small_settings: Settings, home: Path
) -> None:
    home.write_text("a file", encoding="utf-8")
    mine = small_settings.model_copy(update={"home": home, "corpus": small_corpus})
    with pytest.raises(AssistantError):
        assembly.build(mine)
