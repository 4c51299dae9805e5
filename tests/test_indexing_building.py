"""Building an index: whole or not at all, and no work done twice."""

from __future__ import annotations

import errno
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assistant import assembly
from assistant.assembly import Assistant
from assistant.corpus import Library, read_library
from assistant.errors import (
    AssistantError,
    ConfigurationError,
    CorpusError,
    IndexBusyError,
    IndexMismatchError,
    ModelError,
)
from assistant.indexing import build as build_module
from assistant.indexing import lexical, vectors
from assistant.indexing.build import BuildReport, build_index, describe, index_id_for, verify_index
from assistant.indexing.store import ASKS, BODIES, current_id, index_root
from assistant.indexing.units import units_of
from assistant.indexing.vectors import CachedModel, VectorCache
from assistant.settings import Settings
from tests import small_library
from tests.build_indexes import GUIDE, build, built, home, opened, snapshot
from tests.conftest import ROOT
from tests.fakes import BagOfWordsEmbeddings
from tests.small_library import put

__all__ = ["built", "home"]


def texts(library: Library) -> set[str]:
    """Every text that gets a vector."""
    units = units_of(library)
    return {unit.body for unit in units} | {ask for unit in units for ask in unit.asks}


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


def test_assembly_tells_when_the_model_is_prepared(
    small_corpus: Path, words_only: None, small_settings: Settings, home: Path
) -> None:
    told: list[str] = []
    mine = small_settings.model_copy(update={"home": home, "corpus": small_corpus})
    assembly.build(mine, progress=lambda stage, done, total: told.append(stage))
    assert told[0] == "Preparing the embedding model (once)"


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
