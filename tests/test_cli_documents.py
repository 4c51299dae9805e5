"""Documents that were added, on the command line: listed, shown, changed, checked and searched."""

from __future__ import annotations

import io
import json
import shutil
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.documents.store import FILE, ORIGINALS, documents_folder
from tests.prepared_documents import (
    QUESTION,
    Prepared,
    Run,
    _ids,
    at_terminal,
    folder,
    home,
    ids,
    prepared,
    run,
)

__all__ = ["at_terminal", "folder", "home", "ids", "prepared", "run"]

pytestmark = pytest.mark.usefixtures("words_only")

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


@pytest.fixture
def indexed(prepared: Prepared, home: Path, folder: Path) -> dict[str, str]:
    """The three documents, added to a home with an index; ids by file name without suffix."""
    shutil.copytree(prepared.indexed, home)
    return _ids(home)


# ---------------------------------------------------------------- help


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_an_example(run: Run, command: str) -> None:
    said = run("library", command, "--help").out
    assert f"Example: peer-support library {command}" in said
    assert "--json" in said


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
