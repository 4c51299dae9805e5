"""Opening an index: one that is damaged or does not fit is refused, and a build mends it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assistant.assembly import Assistant
from assistant.corpus import library_version
from assistant.errors import (
    AssistantError,
    ConfigurationError,
    IndexBusyError,
    IndexMismatchError,
    IndexMissingError,
)
from assistant.indexing.build import verify_index
from assistant.indexing.store import current_id, index_root, open_index
from assistant.settings import Settings
from tests.build_indexes import GUIDE, build, built, home, opened
from tests.small_library import put

__all__ = ["built", "home"]


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


def test_errors_of_the_index_are_errors_that_users_can_act_on() -> None:
    for kind in (IndexMissingError, IndexMismatchError, IndexBusyError):
        assert issubclass(kind, ConfigurationError)
        assert issubclass(kind, AssistantError)
        assert kind("a", "b").exit_code == 1


# ---------------------------------------------------------------- faults that are known


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
