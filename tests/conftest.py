"""What every test stands on: no network, no settings of the developer's, a small library."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_socket import SocketBlockedError, socket_allow_hosts

from assistant import assembly
from assistant.assembly import Assistant
from assistant.corpus import Library, read_library
from assistant.indexing.vectors import CachedModel, VectorCache
from assistant.settings import PREFIX, Settings, read_settings
from tests import small_library
from tests.fakes import BagOfWordsEmbeddings

ROOT = Path(__file__).resolve().parents[1]
LOOPBACK = ["127.0.0.1", "::1", "localhost"]

_true_getaddrinfo = socket.getaddrinfo


# ---------------------------------------------------------------- no network


def _guarded_getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
    """Looking a name up is network too; addresses and this machine's own name are not."""
    name = host.decode() if isinstance(host, bytes) else host
    numeric = (
        name is not None
        and name.replace(".", "").replace(":", "").isalnum()
        and (":" in name or name.replace(".", "").isdigit())
    )
    if name in {None, "", "localhost", socket.gethostname()} or numeric:
        return _true_getaddrinfo(host, *args, **kwargs)
    raise SocketBlockedError(f"A test tried to look up {name!r}.")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Only this machine can be reached, before any fixture of the test is made.

    ``enable_socket`` lifts nothing: it opens what pytest-socket closes, and this stays closed.
    """
    socket_allow_hosts(list(LOOPBACK), allow_unix_socket=True)
    socket.getaddrinfo = _guarded_getaddrinfo


def pytest_runtest_teardown(item: pytest.Item) -> None:
    """pytest-socket opens connections again by itself; looking up is ours."""
    socket.getaddrinfo = _true_getaddrinfo


# ---------------------------------------------------------------- no settings from outside


@pytest.fixture(scope="session", autouse=True)
def _clean_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path | None]:
    """No setting of the person who runs the tests counts, in fixtures of any scope.

    Gives the folder that PEER_SUPPORT_TEST_HOME named, for ``real_home``.
    """
    kept = os.environ.get(f"{PREFIX}TEST_HOME")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(PREFIX)]:
            patch.delenv(name)
        patch.setenv(f"{PREFIX}HOME", str(tmp_path_factory.mktemp("home")))
        patch.setenv("HF_HUB_OFFLINE", "1")
        yield Path(kept) if kept else None


@pytest.fixture(autouse=True)
def _own_home(
    _clean_environment: Path | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each test has a home of its own; nothing is left for the next one."""
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    monkeypatch.setenv(f"{PREFIX}HOME", str(tmp_path / "home"))


# ---------------------------------------------------------------- the small library


def bag_of_words(home: Path) -> CachedModel:
    """A model that knows words only, with its vectors kept in ``home``."""
    model = BagOfWordsEmbeddings()
    return CachedModel(lambda: model, model.identity, VectorCache(home / "vectors.sqlite"))


@pytest.fixture
def small_corpus(tmp_path: Path) -> Path:
    """The small library as files of the test's own, to break at will."""
    return small_library.write_library(tmp_path / "corpus")


@pytest.fixture(scope="session")
def small_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small library as files that no test changes."""
    return small_library.write_library(tmp_path_factory.mktemp("small") / "corpus")


@pytest.fixture(scope="session")
def small_data(small_folder: Path) -> Library:
    """The small library as read."""
    return read_library(small_folder)


@pytest.fixture(scope="session")
def small_settings(
    _clean_environment: Path | None, small_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    """Settings of the small library, with a home that no test changes."""
    return read_settings(home=tmp_path_factory.mktemp("small-home"), corpus=small_folder)


@pytest.fixture(scope="session")
def small_assistant(small_settings: Settings) -> Iterator[Assistant]:
    """An assistant on the small library: Chroma on disk, BM25, vectors of words. Read only."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(assembly, "vector_model", lambda settings: bag_of_words(settings.home))
        opened = Assistant.from_settings(small_settings)
    # The patch must not outlive the opening: other tests build with the real model.
    with opened as assistant:
        yield assistant


@pytest.fixture
def words_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a test opens or builds uses vectors of words."""
    monkeypatch.setattr(assembly, "vector_model", lambda settings: bag_of_words(settings.home))


# ---------------------------------------------------------------- the real library


@pytest.fixture(scope="session")
def real_home(_clean_environment: Path | None) -> Path:
    """A home with the real library indexed by the real model; kept between runs."""
    home = _clean_environment or ROOT / ".test-home"
    report = assembly.build(read_settings(home=home))
    assert report.manifest.model.startswith(f"{assembly.BUNDLED_IDENTITY}+head:")
    return home


@pytest.fixture(scope="session")
def real_assistant(real_home: Path) -> Iterator[Assistant]:
    """An assistant on the real library. Read only."""
    with Assistant.open(home=real_home, build="never") as assistant:
        yield assistant
