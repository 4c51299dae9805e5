"""The command line while documents come in: what is told, asked and kept, even if it is killed."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from assistant import assembly
from assistant.cli import added
from assistant.cli.adding import troubles_in_words
from assistant.documents.records import FileReport, Trouble
from assistant.documents.shelf import Shelf
from assistant.documents.store import FILE, ORIGINALS, documents_folder
from assistant.settings import read_settings
from tests.prepared_documents import LONE, Run, at_terminal, folder, home, ids, prepared, run

__all__ = ["at_terminal", "folder", "home", "ids", "prepared", "run"]

pytestmark = pytest.mark.usefixtures("words_only")


# ---------------------------------------------------------------- add


def test_add_says_what_became_of_each_file(run: Run, folder: Path) -> None:
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 broken")
    (folder / "tune.mp3").write_bytes(b"ID3")
    ran = run("library", "add", folder, "--json")
    assert ran.code == 1
    assert set(ran.json) == {"files", "documents", "passages"}
    files = {Path(file["path"]).name: file for file in ran.json["files"]}
    expected = {"path", "status", "reason", "message", "pages", "passages", "document"}
    assert set(files["lone.md"]) == expected | {"similarity", "troubles"}
    statuses = {name: file["status"] for name, file in files.items()}
    assert statuses.pop("broken.pdf") in {"refused", "failed"}
    assert statuses == {
        "lone.md": "added",
        "tea.md": "added",
        "paper.md": "added",
        "tune.mp3": "refused",
    }
    assert ran.json["documents"] == 3
    added_passages = sum(f["passages"] for f in files.values() if f["status"] == "added")
    assert ran.json["passages"] == added_passages
    for name in ("broken.pdf", "tune.mp3"):
        assert files[name]["message"]
        assert files[name]["reason"]


def test_add_in_words_goes_on_and_ends_with_1(run: Run, folder: Path) -> None:
    (folder / "tune.mp3").write_bytes(b"ID3")
    ran = run("library", "add", folder)
    assert ran.code == 1
    assert "3 added, 1 refused" in ran.out or "1 refused, 3 added" in ran.out
    assert "The library holds 3 documents of yours" in ran.out
    assert any(line.startswith("refused") and "tune.mp3" in line for line in ran.out.splitlines())


def test_adding_again_changes_nothing(run: Run, folder: Path, ids: dict[str, str]) -> None:
    shutil.copy(folder / "tea.md", folder / "zz-copy.md")
    ran = run("library", "add", folder, "--json")
    assert ran.code == 0
    assert {f["status"] for f in ran.json["files"]} == {"unchanged", "duplicate"}
    assert ran.json["documents"] == 3


def test_what_is_given_with_add_holds_and_outlives_a_new_version(run: Run, folder: Path) -> None:
    run("library", "collections", "--add", "team")
    args = ("--title", "Rule of the road", "--issued", "2024-05", "--review-due", "2027")
    path = folder / "lone.md"
    ran = run("library", "add", path, "--collection", "team", "--kind", "local policy", *args)
    assert ran.code == 0
    path.write_text(LONE.replace("8 pm", "6 pm"), encoding="utf-8")
    assert run("library", "add", path, "--json").json["files"][0]["reason"] == "updated"
    (document,) = run("library", "list", "--added", "--json").json
    details = document["details"]
    assert (details["title"], details["issued"]) == ("Rule of the road", "2024-05")
    assert (details["review_due"], document["collection"]) == ("2027", "team")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--collection", "documnets"], "The nearest: documents"),
        (["--collection", "bundled"], "There are: documents"),
        (["--kind", "local-polcy"], "The nearest: local-policy"),
        (["--issued", "31.5.2024"], "is no date"),
        (["--review-due", "2024-02-30"], "is no date"),
        (["--similar", "perhaps"], "keep"),
        (["--title", "One title"], "one file"),
        (["--country", " "], "--country may not be empty"),
        (["--references", "none.bib"], "cannot be read"),
    ],
)
def test_wrong_options_are_named_before_anything_is_added(
    run: Run, folder: Path, home: Path, args: list[str], said: str
) -> None:
    ran = run("library", "add", folder, *args)
    assert ran.code in {1, 2}
    assert said in ran.err
    assert ran.out == ""
    assert not (documents_folder(home) / FILE).exists()


def test_names_that_cannot_be_seen_are_written_out(run: Run, folder: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("such names cannot be on this file system")
    name = "a\nb\u202egnp\x1b[31m.md"
    (folder / name).write_text("A short policy on keys. Keys are kept in the office.", "utf-8")
    ran = run("library", "add", folder)
    assert ran.code == 0
    assert "a\\nb\\u202egnp\\x1b[31m.md" in ran.out
    shown = run("library", "add", folder, "--json")
    assert "\u202e" not in shown.out
    assert "\\\\nb\\\\u202e" in shown.out


def test_paths_that_are_not_there_are_named(run: Run, folder: Path) -> None:
    ran = run("library", "add", folder / "tea.md", folder / "none.md", "--json")
    assert ran.code == 1
    assert [f["status"] for f in ran.json["files"]] == ["added", "failed"]
    assert ran.json["files"][1]["reason"] == "not-found"


def test_what_is_wrong_with_many_files_is_said_once_and_each_is_named(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.cli.adding.MANY", 2)
    for number in range(4):
        (folder / f"tune-{number}.mp3").write_bytes(b"ID3")
    lines = run("library", "add", folder).out.splitlines()
    refused = [line.split("/")[-1] for line in lines if line.startswith("refused")]
    assert refused == [f"tune-{number}.mp3" for number in range(4)]
    assert sum("not read" in line or "These are read" in line for line in lines) == 1
    assert not any(line.startswith("added") for line in lines)
    assert "3 added, not listed one by one (--json lists them)" in "\n".join(lines)
    assert "3 added, 4 refused" in lines[-1]


def test_ctrl_c_keeps_what_was_added(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    true_keep = Shelf.embed
    kept: list[object] = []

    def embed(self: Shelf, *args: Any) -> Any:
        if kept:
            raise KeyboardInterrupt
        kept.append(args)
        return true_keep(self, *args)

    monkeypatch.setattr(Shelf, "embed", embed)
    ran = run("library", "add", folder)
    assert ran.code == 130
    assert ran.err.splitlines()[-1] == (
        "Stopped. 1 added document is kept; the same command goes on from there."
    )
    assert "lone.md" in ran.out
    monkeypatch.setattr(Shelf, "embed", true_keep)
    again = run("library", "add", folder, "--json")
    assert again.code == 0
    assert sorted(f["status"] for f in again.json["files"]) == ["added", "added", "unchanged"]


def test_another_process_at_work_is_named(
    run: Run, home: Path, folder: Path, ids: dict[str, str]
) -> None:
    with closing(assembly.open_shelf(read_settings(home=home))) as shelf, shelf.writing():
        ran = run("library", "add", folder)
    assert ran.code == 1
    assert "Another process is changing the documents." in ran.err


# ---------------------------------------------------------------- near duplicates


@pytest.fixture
def near(folder: Path, ids: dict[str, str]) -> Path:
    """A file that is nearly the policy that was added."""
    path = folder.parent / "near.md"
    path.write_text(LONE.replace("a charged", "one charged"), encoding="utf-8")
    return path


def test_near_duplicate_without_a_terminal_is_reported(run: Run, near: Path) -> None:
    ran = run("library", "add", near, "--json")
    assert ran.code == 0
    (file,) = ran.json["files"]
    assert (file["status"], file["reason"]) == ("duplicate", "near-duplicate")
    assert 0 < file["similarity"] <= 1
    assert "--similar keep" in file["message"]
    assert ran.json["documents"] == 3


@pytest.mark.parametrize(
    ("typed", "documents", "status"),
    [("k\n", 4, "added"), ("r\n", 3, "added"), ("\n", 3, "duplicate"), ("", 3, "duplicate")],
)
def test_near_duplicate_at_a_terminal_is_asked_about(
    run: Run,
    near: Path,
    at_terminal: Callable[[str], None],
    typed: str,
    documents: int,
    status: str,
) -> None:
    at_terminal(typed)
    ran = run("library", "add", near, "--json")
    assert "(k)eep both" in ran.err
    assert (ran.json["documents"], ran.json["files"][0]["status"]) == (documents, status)


@pytest.mark.parametrize(("choice", "documents"), [("keep", 4), ("replace", 3), ("skip", 3)])
def test_the_choice_may_be_made_beforehand(
    run: Run, near: Path, at_terminal: Callable[[str], None], choice: str, documents: int
) -> None:
    at_terminal("k\n")
    ran = run("library", "add", near, "--similar", choice, "--json")
    assert "(k)eep both" not in ran.err
    assert ran.json["documents"] == documents


# ---------------------------------------------------------------- small things


def test_time_left_in_words() -> None:
    assert added.time_left(10.0, 0, 100) == ""
    assert added.time_left(10.0, 100, 100) == ""
    assert added.time_left(10.0, 50, 100) == ", less than a minute left"
    assert added.time_left(60.0, 50, 100) == ", about 1 minute left"
    assert added.time_left(60.0, 10, 100) == ", about 9 minutes left"


def test_work_says_where_it_stands(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter(range(0, 1000, 2))
    monkeypatch.setattr("assistant.cli.added.time.monotonic", lambda: float(next(clock)))
    with added.Work() as progress:
        for done in range(6):
            progress("Adding documents", done, 6)
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines()[0].startswith("Adding documents: 2 of 6, less than a minute")


def test_the_time_left_is_told_by_how_fast_it_went_lately(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr("assistant.cli.added.time.monotonic", lambda: now[0])
    with added.Work() as progress:
        for done in range(3000):
            progress("Adding documents", done, 5000)
        for done in range(3000, 3200):
            now[0] += 1.0
            progress("Adding documents", done, 5000)
    assert "of 5,000, about 30 minutes left" in capsys.readouterr().err.splitlines()[-1]


def test_a_long_document_says_how_far_it_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr("assistant.cli.added.time.monotonic", lambda: now[0])
    with added.Work() as progress:
        progress("Adding documents", 0, 2)
        progress.within("long.pdf", 256, 3000)
        now[0] += 5.0
        progress.within("long.pdf", 512, 3000)
    assert (
        capsys.readouterr().err.split("\n")[0]
        == "  long.pdf: 512 of 3,000 passages and headings, less than a minute left"
    )


def test_troubles_are_gathered_by_kind() -> None:
    troubles = [Trouble(kind="scanned", page=page) for page in (3, 4, 5, 9)]
    troubles.append(Trouble(kind="cut-short", detail="the rest was left out"))
    assert list(troubles_in_words(troubles)) == [
        "scanned (pages 3–5, 9)",
        "cut-short: the rest was left out",
    ]


def test_many_unchanged_files_are_only_counted(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch, ids: dict[str, str]
) -> None:
    monkeypatch.setattr("assistant.cli.adding.MANY", 2)
    ran = run("library", "add", folder)
    assert [line for line in ran.out.splitlines() if line.startswith("unchanged")] == []
    assert "3 unchanged." in ran.out


# ---------------------------------------------------------------- killed


CHILD = """
import sys
from pathlib import Path
from assistant import assembly
from assistant.assembly import Assistant
from tests.conftest import bag_of_words
assembly.vector_model = lambda settings: bag_of_words(settings.home)
from assistant.cli import main
sys.exit(main(sys.argv[1:]))
"""


def _small_files(folder: Path, count: int) -> None:
    """Files that have no run of words in common."""
    folder.mkdir()
    for number in range(count):
        words = " ".join(f"w{number}x{place}" for place in range(40))
        (folder / f"{number:03}.txt").write_text(f"Paper {number}\n\nAbout {words}.\n", "utf-8")


def _held(home: Path) -> int:
    path = documents_folder(home) / FILE
    if not path.exists():
        return 0
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return int(db.execute("select count(*) from documents").fetchone()[0])
    except sqlite3.OperationalError:
        return 0
    finally:
        db.close()


def _killed_when(home: Path, ready: Callable[[int], bool], args: Sequence[str | Path]) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD, "--home", str(home), *map(str, args)],
        cwd=Path(__file__).parents[1],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
    )
    try:
        until = time.monotonic() + 40
        while process.poll() is None and not ready(_held(home)) and time.monotonic() < until:
            time.sleep(0.005)
    finally:
        process.kill()
    assert process.wait(timeout=10) == -signal.SIGKILL


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there is no such signal")
def test_killed_while_adding_loses_nothing_and_doubles_nothing(
    run: Run, home: Path, tmp_path: Path
) -> None:
    folder, count = tmp_path / "many", 200
    _small_files(folder, count)
    for stop in (15, 60):
        _killed_when(home, lambda held, stop=stop: held >= stop, ["library", "add", folder])  # type: ignore[misc]
        assert stop <= _held(home) < count
        # What is there is whole.
        listed = run("library", "list", "--added", "--json").json
        for row in (listed[0], listed[-1]):
            assert run("library", "show", row["id"]).code == 0
    before = _held(home)
    ran = run("library", "add", folder, "--json")
    assert ran.code == 0
    counted = [file["status"] for file in ran.json["files"]]
    assert (counted.count("unchanged"), counted.count("added")) == (before, count - before)
    assert ran.json["documents"] == count
    listed = run("library", "list", "--added", "--json").json
    assert len({row["path"] for row in listed}) == count
    originals = documents_folder(home) / ORIGINALS
    assert {p.name for p in originals.iterdir()} == {row["original"] for row in listed}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there is no such signal")
def test_killed_import_leaves_whole_documents_and_goes_on(
    run: Run, home: Path, tmp_path: Path
) -> None:
    folder, count = tmp_path / "many", 60
    _small_files(folder, count)
    assert run("library", "add", folder).code == 0
    path, other = tmp_path / "all.zip", tmp_path / "other"
    assert run("library", "export", path).code == 0
    _killed_when(other, lambda held: held >= 5, ["library", "import", path])
    half = _held(other)
    assert 5 <= half < count
    for row in run("library", "list", "--added", "--json", home=other).json:
        assert run("library", "show", row["id"], "--json", home=other).code == 0
    ran = run("library", "import", path, "--json", home=other)
    statuses = [row["status"] for row in ran.json["restored"]]
    assert (statuses.count("unchanged"), statuses.count("added")) == (half, count - half)
    listed = run("library", "list", "--added", "--json").json
    assert run("library", "list", "--added", "--json", home=other).json == listed


def test_reports_have_what_the_json_promises() -> None:
    report = FileReport(path="x", status="added").model_dump()
    assert {"path", "status", "reason", "pages", "passages"} <= set(report)
