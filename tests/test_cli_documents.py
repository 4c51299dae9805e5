"""The command line for documents that people add, run in process; only the model is a stand-in."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from assistant import assembly
from assistant.assembly import Assistant
from assistant.citations import read_answer
from assistant.cli import added, main
from assistant.cli.adding import troubles_in_words
from assistant.documents.records import FileReport, Trouble
from assistant.documents.shelf import Shelf
from assistant.documents.store import FILE, ORIGINALS, DocumentStore, documents_folder
from assistant.presentation import answer_to_markdown
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
COMMANDS = [
    "add",
    "list",
    "show",
    "edit",
    "remove",
    "collections",
    "references",
    "check",
    "export",
    "import",
    "state",
    "diff",
    "stats",
]

pytestmark = pytest.mark.usefixtures("words_only")


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


@pytest.fixture
def indexed(prepared: Prepared, home: Path, folder: Path) -> dict[str, str]:
    """The three documents, added to a home with an index; ids by file name without suffix."""
    shutil.copytree(prepared.indexed, home)
    return _ids(home)


@pytest.fixture
def saved(prepared: Prepared, tmp_path: Path) -> Path:
    """A folder with an answer that cites the policy and one that cites the library."""
    return Path(shutil.copytree(prepared.saved, tmp_path / "saved"))


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


# ---------------------------------------------------------------- help


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_an_example(run: Run, command: str) -> None:
    said = run("library", command, "--help").out
    assert f"Example: peer-support library {command}" in said
    assert "--json" in said


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


# ---------------------------------------------------------------- list and show


def test_list_added(run: Run, ids: dict[str, str]) -> None:
    run("library", "edit", ids["tea"], "--kind", "training-material", "--review-due", "2020")
    rows = run("library", "list", "--added", "--json").json
    assert [row["id"] for row in rows] == [ids["lone"], ids["paper"], ids["tea"]]
    wanted = run("library", "list", "--added", "--status", "review-due")
    assert ids["tea"] in wanted.out
    assert wanted.err == "1 of 3 added documents.\n"
    for args in (["--kind", "training-material"], ["--kind", "Training material"]):
        rows = run("library", "list", "--added", *args, "--json").json
        assert [row["id"] for row in rows] == [ids["tea"]]
    assert len(run("library", "list", "--collection", "documents", "--json").json) == 3
    assert run("library", "list", "--added", "--topic", "supervision").code == 2
    assert "The nearest: England" in run("library", "list", "--added", "--country", "Englnd").err


def test_plain_list_says_how_many_were_added(run: Run, home: Path, folder: Path) -> None:
    before = run("library", "list")
    assert "added" not in before.err
    assert not home.exists()
    run("library", "add", folder)
    after = run("library", "list")
    assert after.out == before.out
    assert "3 documents were added" in after.err


def test_plain_list_does_without_a_damaged_store(run: Run, home: Path) -> None:
    path = documents_folder(home) / FILE
    path.parent.mkdir(parents=True)
    path.write_bytes(b"no database" * 1000)
    ran = run("library", "list")
    assert ran.code == 0
    assert ran.out
    assert "damaged" in ran.err


def test_show_document(run: Run, ids: dict[str, str]) -> None:
    ran = run("library", "show", ids["lone"])
    assert ran.code == 0
    for words in ("Lone Working Policy", "Local policy", "Home visits", "At night", "England"):
        assert words in ran.out
    data = run("library", "show", ids["lone"], "--json").json
    assert (data["record"], data["id"], data["status"]) == ("document", ids["lone"], "current")
    assert [h["heading"] for h in data["headings"]][-2:] == ["Home visits", "At night"]


def test_show_gives_the_exact_words_of_a_passage(run: Run, home: Path, ids: dict[str, str]) -> None:
    with sqlite3.connect(documents_folder(home) / FILE) as db:
        text = db.execute("select text from documents where id = ?", (ids["lone"],)).fetchone()[0]
        spans = db.execute("select start, end from passages where document = ?", (ids["lone"],))
        places = list(spans)
    assert places
    for start, end in places:
        span = f"{start}-{end}"
        data = run("library", "show", f"{ids['lone']}:{span}", "--json").json
        assert data["text"] == text[start:end]
        assert data == run("library", "show", ids["lone"], "--span", span, "--json").json
        assert data["before"] + data["text"] + data["after"] in text
        shown = run("library", "show", ids["lone"], "--span", span).out
        assert f"⟦{text[start:end]}⟧" in shown
    assert data["heading"][-1] == "At night"


@pytest.mark.parametrize("span", ["5", "9-3", "0-999999", "a-b", "-5-9"])
def test_show_refuses_spans_outside_the_text(run: Run, ids: dict[str, str], span: str) -> None:
    ran = run("library", "show", ids["lone"], f"--span={span}")
    assert (ran.code, ran.out) == (2, "")
    assert "span" in ran.err


def test_show_names_the_nearest_document(run: Run, ids: dict[str, str]) -> None:
    ran = run("library", "show", ids["lone"][:-1] + "x")
    assert ran.code == 2
    assert ids["lone"] in ran.err
    assert run("library", "show", "force-act-2018", "--span", "1-2").code == 2
    assert run("library", "show", "force-act-2018").code == 0


# ---------------------------------------------------------------- edit, remove, collections


def test_edit_changes_what_is_known(run: Run, ids: dict[str, str]) -> None:
    run("library", "collections", "--add", "team")
    ran = run(
        "library",
        "edit",
        ids["paper"],
        *("--title", "Peer support and hospital"),
        *("--authors", "Brown A; Green B", "--authors", "White C"),
        *("--issued", "2021-03", "--reviewed", "2022", "--review-due", "2030-01-31"),
        *("--kind", "cohort-study", "--country", "Scotland", "--who-speaks", "academic"),
        *("--doi", "https://doi.org/10.1000/abc", "--url", "https://example.org/p"),
        *("--superseded-by", ids["tea"], "--collection", "team"),
        "--json",
    )
    assert ran.code == 0
    details = ran.json["details"]
    assert details["authors"] == ["Brown A", "Green B", "White C"]
    assert (details["doi"], details["kind"]) == ("10.1000/abc", "cohort-study")
    assert (ran.json["status"], ran.json["collection"]) == ("superseded", "team")
    assert run("library", "show", ids["paper"], "--json").json["details"] == details
    cleared = run("library", "edit", ids["paper"], "--superseded-by", "", "--doi", "", "--json")
    assert cleared.json["status"] == "current"
    assert cleared.json["details"]["doi"] == ""


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ([], "Nothing was given"),
        (["--title", ""], "may not be empty"),
        (["--doi", "nonsense"], "is no DOI"),
        (["--url", "javascript:alert(1)"], "no web address"),
        (["--pmid", "12x"], "no PubMed number"),
        (["--reviewed", "May 2024"], "is no date"),
        (["--who-speaks", "emploier"], "The nearest: employer"),
        (["--collection", "nowhere"], "There is no collection"),
    ],
)
def test_edit_refuses_what_cannot_be(
    run: Run, ids: dict[str, str], args: list[str], said: str
) -> None:
    before = run("library", "show", ids["tea"], "--json").json
    ran = run("library", "edit", ids["tea"], *args)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert run("library", "show", ids["tea"], "--json").json == before


def test_a_document_cannot_supersede_itself(run: Run, ids: dict[str, str]) -> None:
    assert run("library", "edit", ids["tea"], "--superseded-by", ids["tea"]).code == 2
    ran = run("library", "edit", ids["tea"] + "x", "--title", "x")
    assert f"The nearest: {ids['tea']}" in ran.err


def test_remove_leaves_nothing(run: Run, home: Path, ids: dict[str, str]) -> None:
    ran = run("library", "remove", ids["lone"], ids["lone"], "--yes", "--json")
    assert ran.json["removed"] == 1
    assert ran.json["documents"] == 2
    originals = documents_folder(home) / ORIGINALS
    assert len(list(originals.iterdir())) == 2
    assert run("library", "remove", "--all", "--yes", "--json").json["documents"] == 0
    assert list(originals.iterdir()) == []
    for path in documents_folder(home).rglob("*"):
        assert not path.is_file() or b"charged phone" not in path.read_bytes()


def test_remove_by_collection(run: Run, folder: Path, ids: dict[str, str]) -> None:
    run("library", "collections", "--add", "team")
    run("library", "edit", ids["tea"], "--collection", "team")
    assert run("library", "remove", "--collection", "team", "--yes", "--json").json["ids"] == [
        ids["tea"]
    ]
    assert run("library", "remove", "--collection", "team", "--yes").code == 0


@pytest.mark.parametrize("args", [[], ["--all", "--collection", "documents"], ["x", "--all"]])
def test_remove_wants_one_way_of_saying_what(run: Run, args: list[str]) -> None:
    assert run("library", "remove", *args, "--yes").code == 2


def test_remove_asks_first(
    run: Run, ids: dict[str, str], at_terminal: Callable[[str], None]
) -> None:
    ran = run("library", "remove", "--all")
    assert ran.code == 2
    assert "--yes" in ran.err
    at_terminal("n\n")
    assert run("library", "remove", "--all").code == 2
    assert len(run("library", "list", "--added", "--json").json) == 3
    at_terminal("y\n")
    ran = run("library", "remove", "--all")
    assert ran.code == 0
    assert "Remove 3 documents?" in ran.err
    assert "3 documents removed; 0 documents left." in ran.out


def test_one_unknown_id_removes_nothing(run: Run, ids: dict[str, str]) -> None:
    assert run("library", "remove", ids["tea"], "zzz", "--yes").code == 2
    assert len(run("library", "list", "--added", "--json").json) == 3


def test_collections(run: Run, ids: dict[str, str]) -> None:
    made = run(
        "library",
        "collections",
        *("--add", "nice", "--name", "NICE guidance", "--kind", "clinical-guideline"),
        *("--who-speaks", "government", "--json"),
    )
    assert made.code == 0
    rows = {row["id"]: row for row in run("library", "collections", "--json").json}
    assert rows["documents"]["documents"] == 3
    assert (rows["nice"]["name"], rows["nice"]["kind"]) == ("NICE guidance", "clinical-guideline")
    run("library", "collections", "--add", "nice", "--country", "England and Wales")
    rows = {row["id"]: row for row in run("library", "collections", "--json").json}
    assert (rows["nice"]["name"], rows["nice"]["country"]) == ("NICE guidance", "England and Wales")


@pytest.mark.parametrize(
    "args", [["--add", "Not a slug"], ["--add", "bundled"], ["--name", "x"], ["--add", ""]]
)
def test_collections_refuse(run: Run, args: list[str]) -> None:
    assert run("library", "collections", *args).code == 2


# ---------------------------------------------------------------- references

BIB = """
@article{hospital, title={Peer support and hospital stays: a cohort study},
  author={Brown, Ada and Green, Ben}, year={2019}, journal={Journal of Peer Work},
  doi={10.1000/hosp.1}}
@book{other, title={A book that nobody here has}, year={2001}}
@article{hurt, year={2001}}
"""


@pytest.fixture
def bib(tmp_path: Path) -> Path:
    path = tmp_path / "list.bib"
    path.write_text(BIB, encoding="utf-8")
    return path


def test_references_fill_in_details(run: Run, ids: dict[str, str], bib: Path) -> None:
    ran = run("library", "references", bib, "--json")
    assert ran.code == 1
    rows = {row["entry"]: row for row in ran.json["entries"]}
    assert rows["hospital"]["status"] == "matched"
    assert (rows["hospital"]["document"], rows["hospital"]["by"]) == (ids["paper"], "title")
    assert rows["other"]["status"] == "no-document"
    assert [row["status"] for row in rows.values()].count("broken") == 1
    details = run("library", "show", ids["paper"], "--json").json["details"]
    assert (details["doi"], details["issued"], details["kind"]) == (
        "10.1000/hosp.1",
        "2019",
        "cohort-study",
    )
    assert len(details["authors"]) == 2
    again = run("library", "references", bib, "--json").json["entries"][0]
    assert (again["by"], again["filled"]) == ("doi", [])


def test_references_leave_what_was_written_by_hand(
    run: Run, ids: dict[str, str], bib: Path
) -> None:
    run("library", "edit", ids["paper"], "--issued", "2018-12", "--authors", "Brown A")
    row = run("library", "references", bib, "--json").json["entries"][0]
    assert set(row["kept"]) == {"issued", "authors"}
    details = run("library", "show", ids["paper"], "--json").json["details"]
    assert (details["issued"], details["doi"]) == ("2018-12", "10.1000/hosp.1")
    run("library", "references", bib, "--replace")
    details = run("library", "show", ids["paper"], "--json").json["details"]
    assert details["issued"] == "2019"


def test_references_with_add(run: Run, folder: Path, bib: Path) -> None:
    ran = run("library", "add", folder, "--references", bib, "--json")
    assert ran.json["references"][0]["status"] == "matched"
    words = run("library", "references", bib).out
    assert "1 matched, 1 no such document, 1 broken." in words


def test_ambiguous_references_change_nothing(run: Run, ids: dict[str, str], bib: Path) -> None:
    for name in ("paper", "tea"):
        run("library", "edit", ids[name], "--doi", "10.1000/hosp.1")
    row = run("library", "references", bib, "--json").json["entries"][0]
    assert row["status"] == "ambiguous"
    assert set(row["candidates"]) == {ids["paper"], ids["tea"]}


def test_references_without_documents(run: Run, home: Path, bib: Path) -> None:
    rows = run("library", "references", bib, "--json").json["entries"]
    assert {row["status"] for row in rows} == {"no-document", "broken"}
    assert not home.exists()


# ---------------------------------------------------------------- currency


def test_currency_lists_what_is_due(run: Run, ids: dict[str, str]) -> None:
    run("library", "edit", ids["tea"], "--review-due", "2026-11")
    ran = run("library", "check", "--currency", "--today", "2026-12-01", "--json")
    assert ran.code == 1
    due = {entry["id"]: entry for entry in ran.json["due"]}
    assert (due[ids["tea"]]["reason"], due[ids["tea"]]["what"]) == ("review-due", "document")
    # The small library holds one source of each.
    assert {"retracted", "superseded"} <= {entry["reason"] for entry in ran.json["due"]}
    earlier = run("library", "check", "--currency", "--today", "2026-10-01", "--json").json
    reasons = {entry["id"]: entry["reason"] for entry in earlier["due"]}
    assert reasons[ids["tea"]] == "review-soon"
    said = run("library", "check", "--currency", "--today", "2026-12-01").out
    assert "Past the review date:" in said
    assert ids["tea"] in said


RETRACTIONS = (
    "Title,OriginalPaperDOI,OriginalPaperPubMedID,RetractionDOI,RetractionDate,RetractionNature,"
    "Reason\n"
    "A paper,10.1000/hosp.1,0,10.1000/notice,4/15/2025 0:00,Retraction,+Fake data;\n"
    "Another,10.1000/tea,0,10.1000/n2,4/15/2025 0:00,Expression of concern,+Doubts;\n"
)


def test_retractions_are_told_and_marked_only_when_asked(
    run: Run, ids: dict[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "retractions.csv"
    path.write_text(RETRACTIONS, encoding="utf-8")
    run("library", "edit", ids["paper"], "--doi", "10.1000/hosp.1")
    run("library", "edit", ids["tea"], "--doi", "10.1000/tea")
    args = ("library", "check", "--currency", "--retractions", path)
    ran = run(*args, "--json")
    assert ran.code == 1
    due = {entry["id"]: entry for entry in ran.json["due"]}
    assert due[ids["paper"]]["reason"] == "retracted"
    assert "10.1000/notice" in due[ids["paper"]]["message"]
    assert [ids["tea"] in notice for notice in ran.json["notices"]] == [True]
    assert run("library", "show", ids["paper"], "--json").json["status"] == "current"
    assert run(*args, "--mark", "--json").json["marked"] == [ids["paper"]]
    assert run("library", "show", ids["paper"], "--json").json["status"] == "retracted"
    marked = run(*args, "--mark", "--json").json
    assert marked["marked"] == []
    assert [entry["id"] for entry in marked["due"]].count(ids["paper"]) == 1


@pytest.mark.parametrize(
    "args",
    [
        ["--retractions", "x.csv"],
        ["--mark"],
        ["--currency", "--mark"],
        ["--currency", "--today", "tomorrow"],
        ["--currency", "--against", "x"],
    ],
)
def test_currency_refuses_wrong_calls(run: Run, args: list[str]) -> None:
    assert run("library", "check", *args).code == 2


# ---------------------------------------------------------------- export, import, state, diff


def test_export_and_import(run: Run, ids: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "all.zip"
    assert run("library", "export", path, "--json").json["counts"]["documents"] == 3
    assert run("library", "export", path).code == 2
    assert run("library", "export", path, "--force").code == 0
    other = tmp_path / "other"
    ran = run("library", "import", path, "--json", home=other)
    assert (ran.code, ran.json["documents"]) == (0, 3)
    again = run("library", "import", path, home=other)
    assert "3 unchanged." in again.out
    listed = run("library", "list", "--added", "--json", home=other).json
    assert [row["id"] for row in listed] == [ids["lone"], ids["paper"], ids["tea"]]


def test_import_refuses_a_damaged_file(run: Run, ids: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "all.zip"
    run("library", "export", path)
    data = path.read_bytes().replace(b"8 pm", b"9 pm")
    path.write_bytes(data)
    ran = run("library", "import", path, home=tmp_path / "other")
    assert (ran.code, ran.out) == (1, "")
    assert "Nothing was taken from it." in ran.err
    assert run("library", "import", tmp_path / "none.zip").code == 2


def test_a_damaged_store_says_how_a_backup_helps(
    run: Run, home: Path, ids: dict[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "all.zip"
    run("library", "export", path)
    (documents_folder(home) / FILE).write_bytes(b"no database" * 1000)
    ran = run("library", "import", path)
    assert ran.code == 1
    assert "Move the folder" in ran.err
    assert run("library", "show", "force-act-2018").code == 0
    assert "damaged" in run("library", "show", ids["tea"]).err
    documents_folder(home).rename(tmp_path / "away")
    assert run("library", "import", path, "--json").json["documents"] == 3


def test_export_without_documents(run: Run, home: Path, tmp_path: Path) -> None:
    assert run("library", "export", tmp_path / "x.zip").code == 2
    assert not home.exists()


def test_interrupted_import_says_what_is_kept(
    run: Run, ids: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "all.zip"
    run("library", "export", path)
    true_embed = Shelf.embed
    seen: list[int] = []

    def embed(self: Shelf, *args: Any) -> Any:
        seen.append(1)
        if len(seen) > 2:
            raise KeyboardInterrupt
        return true_embed(self, *args)

    monkeypatch.setattr(Shelf, "embed", embed)
    other = tmp_path / "other"
    ran = run("library", "import", path, home=other)
    assert ran.code == 130
    assert "2 documents were brought back" in ran.err
    monkeypatch.setattr(Shelf, "embed", true_embed)
    ran = run("library", "import", path, "--json", home=other)
    assert [r["status"] for r in ran.json["restored"]] == ["unchanged", "unchanged", "added"]


def test_diff_names_answers_that_rest_on_what_changed(
    run: Run, folder: Path, ids: dict[str, str], saved: Path, tmp_path: Path
) -> None:
    state = tmp_path / "state.json"
    assert run("library", "state", state, "--json").json["passages"] > 0
    same = run("library", "diff", state, "--answers", saved, "--json")
    assert (same.code, same.json["changes"], same.json["answers"]) == (0, [], [])
    (folder / "lone.md").write_text(LONE.replace("a charged phone", "a radio"), encoding="utf-8")
    run("library", "add", folder / "lone.md")
    (saved / "noise.json").write_text("{")
    ran = run("library", "diff", state, "--answers", saved, "--json")
    assert ran.code == 1
    assert ran.json["counts"]["altered"] >= 1
    assert [Path(a["path"]).name for a in ran.json["answers"]] == ["phone.json"]
    assert ran.json["answers"][0]["statements"][0]["changes"][0]["change"] == "altered"
    assert [Path(u["path"]).name for u in ran.json["unreadable"]] == ["noise.json"]
    words = run("library", "diff", state, "--answers", saved).out
    assert "phone.json" in words
    assert "1 of 3 answers rest on what changed." in words
    later = tmp_path / "later.json"
    run("library", "state", later)
    assert run("library", "diff", state, later, "--json").json["counts"]["altered"] >= 1
    assert run("library", "diff", later, later).out.splitlines()[-1] == "Nothing changed."


def test_diff_reads_a_backup_as_a_state(run: Run, ids: dict[str, str], tmp_path: Path) -> None:
    run("library", "export", tmp_path / "all.zip")
    run("library", "remove", ids["tea"], "--yes")
    ran = run("library", "diff", tmp_path / "all.zip", "--json")
    assert ran.code == 0
    assert {c["change"] for c in ran.json["changes"]} == {"gone"}
    assert all(c["id"].startswith(ids["tea"]) for c in ran.json["changes"])


def test_state_goes_to_standard_output(run: Run, home: Path) -> None:
    data = run("library", "state").json
    assert data["format"] == "peer-support-state"
    assert data["entries"]
    assert not home.exists()
    assert run("library", "diff", "none.json").code == 2


# ---------------------------------------------------------------- verify


def _findings(ran: Ran) -> set[str]:
    return {s["finding"] for s in ran.json["statements"]}


def test_verify_follows_passages(
    run: Run, folder: Path, ids: dict[str, str], saved: Path, home: Path
) -> None:
    answer = saved / "deep" / "phone.json"
    ran = run("verify", answer, "--json")
    assert (ran.code, _findings(ran)) == (0, {"unchanged"})
    path = folder / "lone.md"
    path.write_text("# Front page\n\nTo be read by all.\n\n" + LONE, encoding="utf-8")
    run("library", "add", path)
    # The answer quotes another document too, which stays as it is.
    assert _findings(run("verify", answer, "--json")) == {"moved", "unchanged"}
    path.write_text(LONE.replace("a charged phone", "a radio"), encoding="utf-8")
    run("library", "add", path)
    ran = run("verify", answer, "--json")
    assert ran.code == 1
    assert "altered" in _findings(ran)
    run("library", "remove", ids["lone"], "--yes")
    assert _findings(run("verify", answer, "--json")) == {"gone", "unchanged"}


@pytest.mark.parametrize("how", ["damaged", "missing", "other home"])
def test_what_cannot_be_read_is_never_called_gone(
    run: Run, home: Path, ids: dict[str, str], saved: Path, tmp_path: Path, how: str
) -> None:
    store = documents_folder(home)
    where = home
    if how == "damaged":
        for path in store.glob(f"{FILE}*"):
            path.unlink()
        (store / FILE).write_bytes(b"no database" * 1000)
    elif how == "missing":
        shutil.rmtree(store)
    else:
        where = tmp_path / "nobody"
    ran = run("verify", saved / "deep" / "phone.json", "--json", home=where)
    assert ran.code == 1
    assert _findings(ran) == {"unreadable"}
    assert ran.json["statements"][0]["detail"]


def test_verify_several_files_and_folders(run: Run, ids: dict[str, str], saved: Path) -> None:
    ran = run("verify", saved, "--json")
    assert (ran.code, ran.json["ok"]) == (0, True)
    assert [a["finding"] for a in ran.json["answers"]] == ["unchanged", "unchanged"]
    (saved / "noise.json").write_text("[]")
    ran = run("verify", saved / "law.json", saved)
    assert ran.code == 1
    assert [line.split()[0] for line in ran.out.splitlines()][:3] == ["unchanged"] * 3
    assert "no answer   " in ran.out
    assert "3 answers checked: 0 changed." in ran.out


def _exported(saved: Path) -> Path:
    """A folder with the saved answers as Markdown."""
    folder = saved.with_name("exported")
    folder.mkdir()
    for path in sorted(saved.rglob("*.json")):
        answer = read_answer(path)
        (folder / f"{path.stem}.md").write_text(answer_to_markdown(answer), encoding="utf-8")
    return folder


def test_an_export_follows_passages(
    run: Run, folder: Path, ids: dict[str, str], saved: Path
) -> None:
    export = _exported(saved) / "phone.md"
    ran = run("verify", export, "--json")
    assert (ran.code, _findings(ran)) == (0, {"unchanged"})
    assert "as they were saved" in run("verify", export).out
    path = folder / "lone.md"
    path.write_text("# Front page\n\nTo be read by all.\n\n" + LONE, encoding="utf-8")
    run("library", "add", path)
    assert _findings(run("verify", export, "--json")) == {"moved", "unchanged"}
    path.write_text(LONE.replace("a charged phone", "a radio"), encoding="utf-8")
    run("library", "add", path)
    assert "altered" in _findings(run("verify", export, "--json"))
    run("library", "remove", ids["lone"], "--yes")
    assert _findings(run("verify", export, "--json")) == {"gone", "unchanged"}


def test_exports_and_saved_answers_are_checked_together(
    run: Run, ids: dict[str, str], saved: Path
) -> None:
    exported = _exported(saved)
    edited = exported / "law.md"
    edited.write_text(edited.read_text("utf-8").replace(" must ", " may ", 1), encoding="utf-8")
    (exported / "notes.md").write_text("# Team day\n\n- biscuits\n", encoding="utf-8")
    ran = run("verify", saved, exported)
    assert ran.code == 1
    lines = [line.rsplit(maxsplit=1) for line in ran.out.splitlines() if not line.startswith(" ")]
    found = {Path(path).name: finding for finding, path in lines if Path(path).exists()}
    assert found == {
        "notes.md": "no answer",
        "law.json": "unchanged",
        "phone.json": "unchanged",
        "law.md": "edited",
        "phone.md": "unchanged",
    }
    assert "the file now says" in ran.out
    assert "holds no record of an answer" in ran.out
    ran = run("verify", exported / "notes.md")
    assert ran.code == 2
    assert "holds no record" in ran.err


def test_a_file_with_several_exports_is_checked_answer_by_answer(
    run: Run, ids: dict[str, str], saved: Path, tmp_path: Path
) -> None:
    exported = _exported(saved)
    both = tmp_path / "both.md"
    texts = [path.read_text("utf-8") for path in sorted(exported.iterdir())]
    both.write_text("\n\n".join(texts), encoding="utf-8")
    ran = run("verify", both, "--json")
    assert (ran.code, ran.json["ok"]) == (0, True)
    assert [a["path"] for a in ran.json["answers"]] == [f"{both}, answer {n}" for n in (1, 2)]


def test_diff_takes_exports(
    run: Run, folder: Path, ids: dict[str, str], saved: Path, tmp_path: Path
) -> None:
    exported = _exported(saved)
    run("library", "state", tmp_path / "state.json")
    (folder / "lone.md").write_text(LONE.replace("a charged phone", "a radio"), encoding="utf-8")
    run("library", "add", folder / "lone.md")
    ran = run("library", "diff", tmp_path / "state.json", "--answers", exported, "--json")
    assert ran.code == 1
    assert ran.json["answers_read"] == 2
    assert [Path(a["path"]).name for a in ran.json["answers"]] == ["phone.md"]
    assert ran.json["answers"][0]["statements"][0]["changes"][0]["change"] == "altered"


def test_verify_refuses_empty_folders_and_wrong_names(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert run("verify", tmp_path / "empty").code == 2
    assert run("verify", tmp_path / "empty", tmp_path / "none.json").code == 2


# ---------------------------------------------------------------- stats, ask, search, chat


def test_stats_count_documents(run: Run, ids: dict[str, str]) -> None:
    data = run("library", "stats", "--json").json
    assert data["documents"] == 3
    assert data["passages"] >= 3
    assert data["documents_by_collection"] == {"documents": 3}
    assert data["documents_by_status"] == {"current": 3}


def test_search_prints_passages_and_narrows(run: Run, indexed: dict[str, str]) -> None:
    ran = run("search", "charged phone on home visits", "--collection", "documents")
    assert "Lone Working Policy" in ran.out
    assert "Home visits" in ran.out
    assert "in documents" in ran.out
    found = run("search", "charged phone", "--collection", "Your documents", "--json").json
    assert {evidence["collection"] for evidence in found} == {"documents"}
    both = ("--collection", "bundled", "--collection", "documents")
    found = run("search", "charged phone on home visits", *both, "--json").json
    assert {evidence["collection"] for evidence in found} == {"bundled", "documents"}


@pytest.mark.parametrize("command", [["ask", QUESTION], ["search", "phone"], ["chat"]])
def test_unknown_collections_are_named_with_the_nearest(run: Run, command: list[str]) -> None:
    ran = run(*command, "--collection", "documnets")
    assert (ran.code, ran.out) == (2, "")
    assert "The nearest: documents" in ran.err


def test_chat_narrows_too(
    run: Run, indexed: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = io.TextIOWrapper(io.BytesIO(f"{QUESTION}\n".encode()), encoding="utf-8")
    monkeypatch.setattr(sys, "stdin", lines)
    ran = run("chat", "--collection", "bundled", "--json")
    assert ran.code == 0
    answer = json.loads(ran.out.splitlines()[0])
    assert {citation["collection"] for citation in answer["citations"]} <= {"bundled"}


def test_countries_of_documents_are_known_to_filters(run: Run, indexed: dict[str, str]) -> None:
    run("library", "edit", indexed["lone"], "--country", "Jersey")
    found = run("search", "charged phone", "--country", "Jersey", "--json").json
    assert {evidence["source_id"] for evidence in found} == {indexed["lone"]}


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
