"""Indexes of the small library, built and opened in a home of the test's own."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from assistant.assembly import Assistant
from assistant.corpus import library_version
from assistant.indexing.build import BuildReport, build_index
from assistant.indexing.store import Index, open_index
from assistant.settings import Settings
from tests.conftest import bag_of_words
from tests.fakes import BagOfWordsEmbeddings

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


def snapshot(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every file with its time of change and bytes, but for Chroma's.

    Chroma counts in its SQLite file how often it was opened, and writes its scratch files anew.
    """
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_mtime_ns, path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "chroma" not in path.parts
    }
