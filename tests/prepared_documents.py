"""What the tests of the command line for documents share: three documents, added beforehand."""

from __future__ import annotations

import io
import json
import shutil
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from assistant import assembly
from assistant.assembly import Assistant
from assistant.cli import main
from assistant.documents.store import DocumentStore
from assistant.schema import Filters
from assistant.settings import Settings, read_settings
from tests.conftest import bag_of_words

LONE = """# Lone Working Policy

## Home visits

Staff must carry a charged phone on every home visit. They must tell the duty desk before they go.

## At night

No peer support worker may visit alone after 8 pm. Two workers go together in the evening.
"""
TEA = """# Tea room rota

The tea room is cleaned on Fridays. Whoever uses the last milk writes it on the list by the door.
"""
PAPER = """# Peer support and hospital stays: a cohort study

People who met a peer support worker each week spent fewer days in hospital than others did.
"""
QUESTION = "Must staff carry a charged phone on home visits?"


@dataclass(frozen=True)
class Ran:
    """What a command gave."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Ran]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def run(small_folder: Path, home: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command on the small library with a home of the test's own."""

    def call(*args: str | Path, home: Path = home) -> Ran:
        code = main(["--home", str(home), "--corpus", str(small_folder), *map(str, args)])
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return Ran(code, said.out, said.err)

    return call


def _write_files(folder: Path) -> None:
    folder.mkdir()
    for name, text in (("lone.md", LONE), ("tea.md", TEA), ("paper.md", PAPER)):
        (folder / name).write_text(text, encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with three documents, named from the folder that the test works in."""
    monkeypatch.chdir(tmp_path)
    _write_files(Path("files"))
    return Path("files")


@dataclass(frozen=True)
class Prepared:
    """Homes that tests take copies of: one with the three documents added, one that has an index
    as well, and answers that were saved from it."""

    added: Path
    indexed: Path
    saved: Path


@pytest.fixture(scope="session")
def prepared(
    small_folder: Path,
    small_assistant: Assistant,
    small_settings: Settings,
    tmp_path_factory: pytest.TempPathFactory,
) -> Prepared:
    place = tmp_path_factory.mktemp("prepared")
    found = Prepared(place / "added", place / "indexed", place / "saved")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(assembly, "vector_model", lambda settings: bag_of_words(settings.home))
        patch.chdir(place)
        _write_files(Path("files"))
        with closing(assembly.open_shelf(read_settings(home=found.added))) as shelf:
            shelf.add([Path("files")])
        # The index of the small library is made once for all tests.
        no_documents = shutil.ignore_patterns("documents")
        shutil.copytree(small_settings.home, found.indexed, ignore=no_documents)
        shutil.copytree(found.added, found.indexed, dirs_exist_ok=True)
        with Assistant.open(home=found.indexed, corpus=small_folder) as assistant:
            (found.saved / "deep").mkdir(parents=True)
            ours = assistant.ask(QUESTION, filters=Filters(collection=("documents",)))
            law = assistant.ask(
                "does the law require training in the use of force",
                filters=Filters(collection=("bundled",)),
            )
    assert {citation.collection for citation in ours.citations} == {"documents"}
    assert {citation.collection for citation in law.citations} == {"bundled"}
    (found.saved / "deep" / "phone.json").write_text(ours.model_dump_json(), "utf-8")
    (found.saved / "law.json").write_text(law.model_dump_json(), "utf-8")
    return found


@pytest.fixture
def ids(prepared: Prepared, home: Path, folder: Path) -> dict[str, str]:
    """The three documents, added; ids by file name without suffix."""
    shutil.copytree(prepared.added, home, dirs_exist_ok=True)
    return _ids(home)


def _ids(home: Path) -> dict[str, str]:
    with closing(DocumentStore(home)) as store:
        return {Path(d.name).stem: d.id for d in store.documents()}


@pytest.fixture
def at_terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """A person at a terminal who types these lines."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    def types(lines: str) -> None:
        monkeypatch.setattr(sys, "stdin", Terminal(lines))

    return types
