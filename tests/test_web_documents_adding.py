"""Your documents without a browser: what comes in, what is told of it, and what is offered."""

from __future__ import annotations

import errno
import io
import re
import threading
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from filelock import FileLock

from assistant.documents.records import FileReport, Limits
from assistant.documents.shelf import Wanted
from assistant.documents.worker import ReaderProcess
from assistant.web import make_server_app
from assistant.web.documents.adding import Adding, State
from assistant.web.documents.desk import Documents, Screen
from assistant.web.server import open_documents
from assistant.web.uploads import HEADER, safe_name
from tests.fakes_documents import (
    BATCH,
    POLICY,
    TEXTS,
    ShelfAssistant,
    _told_at_once,
    add,
    assistant,
    documents,
    only,
    send,
    shelf,
)

__all__ = ["_told_at_once", "assistant", "documents", "shelf"]


def left_over(documents: Documents) -> list[Path]:
    return [p for p in documents.uploads.folder.rglob("*") if p.name != ".lock"]


def choose(documents: Documents, shown: Screen, choice: str) -> Screen:
    found = re.search(
        rf'data-choose="{choice}" data-report-key="(\w+)" data-row="(\d+)"', shown.progress or ""
    )
    assert found, shown.progress
    return list(documents.choose({"report": found[1], "row": found[2], "choice": choice}))[-1]


# ---------------------------------------------------------------- coming in


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("Policy.docx", "Policy.docx"),
        ("folder/sub/Policy.docx", "folder/sub/Policy.docx"),
        ("../../etc/passwd", "etc/passwd"),
        ("C:\\Users\\me\\a.pdf", "C/Users/me/a.pdf"),
        ("/absolute.txt", "absolute.txt"),
        ("two\nlines.txt", "two lines.txt"),
        ("invoice\u202egpj.exe", "invoicegpj.exe"),
        ("nul\x00l.txt", "null.txt"),
        ("...", ""),
        ("", ""),
    ],
)
def test_names_from_browsers_stay_inside_and_can_be_seen(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_a_very_long_name_keeps_its_ending() -> None:
    name = safe_name("ä" * 400 + ".pdf")
    assert name.endswith("ä.pdf")
    assert len(name.encode()) <= 255


def test_what_programs_leave_behind_is_not_taken_in(documents: Documents) -> None:
    send(documents, {"folder/.DS_Store": b"x", "folder/~$Policy.docx": b"x"})
    assert documents.uploads.take(BATCH) is None


def test_a_file_that_is_too_large_is_named_and_the_rest_goes_on(documents: Documents) -> None:
    assert send(documents, {"big.txt": b"x" * (2 << 20)}) == [413]
    shown = add(documents, {"policy.md": POLICY})
    assert "larger than the 1 MB" in shown.progress
    assert "1 added, 1 not read." in shown.progress
    assert left_over(documents) == []


def test_only_this_page_may_send(assistant: ShelfAssistant) -> None:
    client = TestClient(make_server_app(assistant), base_url="http://127.0.0.1:7860")
    address = f"/documents/upload?batch={BATCH}&name=a.txt"
    assert client.put(address, content=b"x").status_code == 403
    foreign = {HEADER: "upload", "sec-fetch-site": "cross-site"}
    assert client.put(address, content=b"x", headers=foreign).status_code == 403
    assert client.put(address, content=b"x", headers={HEADER: "upload"}).status_code == 204
    bad = "/documents/upload?batch=../../x&name=a.txt"
    assert client.put(bad, content=b"x", headers={HEADER: "upload"}).status_code == 400
    assert client.options(address).headers.get("access-control-allow-origin") is None


def test_nothing_is_left_of_what_came_in(documents: Documents) -> None:
    add(documents, {"a/policy.md": POLICY, "b.pdf": b"%PDF-1.4 broken"})
    assert left_over(documents) == []


def test_what_a_killed_page_left_behind_is_deleted(
    documents: Documents, assistant: ShelfAssistant
) -> None:
    send(documents, {"secret.txt": "secret"})
    folder = documents.uploads.folder
    documents.uploads._alone.release()
    documents.uploads._batches.clear()
    assert list(folder.rglob("*-*"))
    again = open_documents(assistant, TEXTS)
    assert again is not None
    assert left_over(again) == []
    again.close()


def test_a_page_that_runs_beside_another_deletes_nothing_of_it(
    documents: Documents, assistant: ShelfAssistant
) -> None:
    send(documents, {"policy.md": POLICY})
    beside = open_documents(assistant, TEXTS)
    assert beside is not None
    assert left_over(documents)
    beside.close()


# ---------------------------------------------------------------- adding


def test_added_files_are_reported_listed_and_known_again(documents: Documents) -> None:
    shown = add(documents, {"policy.md": POLICY})
    document = only(documents)
    assert "1 added." in shown.progress
    assert f'data-go="document:{document.id}"' in shown.progress
    assert "Lone Working Policy" in shown.listing
    assert "Issued 12 February 2025" in shown.listing
    assert document.name == "policy.md"
    assert "1 unchanged." in add(documents, {"policy.md": POLICY}).progress
    changed = POLICY.replace("30 minutes", "45 minutes")
    shown = add(documents, {"policy.md": changed})
    assert "took the place" in shown.progress
    assert only(documents).id == document.id
    assert "45 minutes" in documents.shelf.store.text(document.id)


def test_the_same_file_in_another_collection_is_a_duplicate_and_not_a_second_one(
    documents: Documents,
) -> None:
    add(documents, {"policy.md": POLICY})
    shown = add(documents, {"policy.md": POLICY}, collection="+", name="Tarn trust")
    assert "same text is here already, as “Lone Working Policy”" in shown.progress
    assert len(documents.shelf.store.documents()) == 1


def test_two_files_of_one_name_are_both_added(documents: Documents) -> None:
    send(documents, {"policy.md": POLICY})
    send(
        documents,
        {"policy.md": "# Expenses\n\nClaim within 3 months of the journey that you made."},
    )
    shown = list(documents.add({"batch": BATCH, "collection": "documents"}))[-1]
    assert "2 added." in shown.progress
    assert "policy (2).md" in shown.progress


EXPENSES = "# Expenses\n\nClaim within 3 months of the journey that you made, with the receipt."


def test_another_file_of_a_name_that_is_held_is_kept_beside_it(documents: Documents) -> None:
    add(documents, {"policy.md": POLICY})
    shown = add(documents, {"policy.md": EXPENSES})
    assert "1 added." in shown.progress
    assert "took the place" not in shown.progress
    titles = {d.details.title: d for d in documents.shelf.store.documents()}
    assert set(titles) == {"Lone Working Policy", "Expenses"}
    assert "30 minutes" in documents.shelf.store.text(titles["Lone Working Policy"].id)


def test_each_of_two_files_of_one_name_is_known_again(documents: Documents) -> None:
    add(documents, {"policy.md": POLICY})
    add(documents, {"policy.md": EXPENSES})
    held = {d.details.title: d.id for d in documents.shelf.store.documents()}
    assert "1 unchanged." in add(documents, {"policy.md": EXPENSES}).progress
    assert "1 unchanged." in add(documents, {"policy.md": POLICY}).progress
    shown = add(documents, {"policy.md": EXPENSES.replace("3 months", "6 months")})
    assert "took the place" in shown.progress
    assert {d.details.title: d.id for d in documents.shelf.store.documents()} == held
    assert "6 months" in documents.shelf.store.text(held["Expenses"])
    assert "30 minutes" in documents.shelf.store.text(held["Lone Working Policy"])


def test_a_version_under_another_title_takes_the_place(documents: Documents) -> None:
    add(documents, {"policy.md": POLICY})
    retitled = POLICY.replace("# Lone Working Policy", "# Visiting by yourself")
    assert "took the place" in add(documents, {"policy.md": retitled}).progress
    assert only(documents).details.title == "Visiting by yourself"


def test_a_broken_file_of_a_name_that_is_held_harms_nothing(documents: Documents) -> None:
    add(documents, {"policy.md": POLICY})
    text = documents.shelf.store.text(only(documents).id)
    shown = add(documents, {"policy.md": b"%PDF-1.7 broken"})
    assert "policy.md" in shown.progress
    assert "1 added" not in shown.progress
    assert documents.shelf.store.text(only(documents).id) == text


def test_a_new_collection_gives_its_kind_and_country(documents: Documents) -> None:
    order = {"collection": "+", "name": "Course notes", "kind": "training-material"}
    add(documents, {"a.md": POLICY}, **order, country="Wales")
    document = only(documents)
    assert (document.collection, document.details.kind) == ("course-notes", "training-material")
    assert document.details.country == "Wales"
    assert documents.names()["course-notes"] == "Course notes"
    assert documents.form().count("Course notes") == 1


def test_a_collection_without_a_name_says_so_and_keeps_nothing(documents: Documents) -> None:
    shown = add(documents, {"a.md": POLICY}, collection="+", name="  ")
    assert "no name yet" in shown.progress
    assert documents.shelf.store.documents() == ()
    assert left_over(documents) == []


def test_a_collection_of_the_same_name_is_not_made_twice(documents: Documents) -> None:
    add(documents, {"a.md": POLICY}, collection="+", name="Tarn")
    add(documents, {"b.md": "# Other\n\nOne thing to say here."}, collection="+", name="tarn")
    assert [c.id for c in documents.shelf.store.collections()] == ["documents", "tarn"]


def test_nothing_that_came_in_is_said(documents: Documents) -> None:
    shown = list(documents.add({"batch": "nonsense"}))[-1]
    assert "No file came in" in shown.progress


def test_refusals_name_the_file_what_is_wrong_and_what_to_do(documents: Documents) -> None:
    name = "<b>broken</b>\u202e\n.pdf"
    shown = add(documents, {name: b"%PDF-1.4 nothing", "tool.exe": b"MZ\x00\x01"})
    assert "2 not read" in shown.progress or "went wrong" in shown.progress
    assert "<b>broken" not in shown.progress
    assert "\u202e" not in shown.progress
    assert "b broken" in shown.progress
    assert "Ask whoever sent it for the document itself." in shown.progress
    assert not re.search(r"--\w|peer-support ", shown.progress)


def test_members_of_a_zip_are_reported_one_by_one(documents: Documents) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("trust/policy.md", POLICY)
        archive.writestr("../escape.md", "# Out\n\nNothing.")
    shown = add(documents, {"all.zip": packed.getvalue()})
    assert "all.zip!/trust/policy.md" in shown.progress
    assert str(documents.uploads.folder) not in shown.progress
    assert only(documents).name == "policy.md"


def test_a_long_report_lists_what_wants_somebody_first() -> None:
    from assistant.web.documents.report_views import MOST_ROWS, Row, report_view

    rows = [Row(FileReport(path=f"{n}.md", status="added"), f"{n}.md") for n in range(MOST_ROWS)]
    rows.append(Row(FileReport(path="z.pdf", status="failed", reason="timeout"), "z.pdf"))
    html = report_view("k", rows, (), TEXTS)
    assert html.index("z.pdf") < html.index("0.md")
    assert "1 more files are not listed" in html
    assert f"{MOST_ROWS} added, 1 went wrong." in html


def test_progress_says_how_far_and_how_long() -> None:
    from assistant.web.documents.views import how_far, progress

    report = FileReport(path="/x/<i>.md", status="added")
    state = State(done=3, total=12, reports=(report,), seconds=60.0)
    assert how_far(state, TEXTS) == "3 of 12 files. About 3 minutes left."
    html = progress(state, TEXTS, {"/x/<i>.md": "<i>.md"})
    assert '<progress max="12" value="3"' in html
    assert "&lt;i&gt;.md" in html
    assert "data-stop" in html
    assert "left" not in how_far(State(done=1, total=2, seconds=1.0), TEXTS)
    assert "Less than a minute" in how_far(State(done=5, total=6, seconds=30.0), TEXTS)


class SlowShelf:
    """Adds one file after another when it is let."""

    def __init__(self) -> None:
        self.gate = threading.Semaphore(0)
        self.told: list[str] = []

    def add(self, paths: list[Path], wanted: Any, progress: Any, told: Any, within: Any) -> None:
        for number, path in enumerate(paths):
            progress("Adding documents", number, len(paths))
            self.gate.acquire(timeout=10)
            told(FileReport(path=str(path), status="added"))
        progress("Adding documents", len(paths), len(paths))


def test_stopping_keeps_what_was_added() -> None:
    slow: Any = SlowShelf()
    over: list[State] = []
    run = Adding(slow, lambda: [Path("a"), Path("b"), Path("c")], Wanted(), over.append)
    run.start()
    told = run.told()
    next(told)
    run.stop()
    slow.gate.release()
    last = list(told)[-1]
    assert last.stopped
    assert last.error is None
    assert [r.path for r in last.reports] == ["a"]
    assert over[0].over


def test_stopping_gives_up_a_long_document_that_was_read(
    documents: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.documents.shelf.CHUNK", 0)
    true_vectors = documents.shelf.model.vectors

    def vectors(texts: list[str], progress: Any = None) -> Any:
        if any("Sleep." in text for text in texts):
            documents.stop()
            progress("Reading", 1, len(texts))
        return true_vectors(texts)

    monkeypatch.setattr(documents.shelf.model, "vectors", vectors)
    shown = add(documents, {"a.md": POLICY, "slow.md": "Sleep."})
    assert "You stopped it" in shown.progress
    assert only(documents).name == "a.md"


def test_stopping_gives_up_the_file_that_is_being_read(
    documents: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.documents.shelf.ReaderProcess", _sleepy)
    send(documents, {"a.md": POLICY, "slow.md": "Sleep."})
    shown = documents.add({"batch": BATCH, "collection": "documents"})
    began = time.monotonic()
    for screen in shown:
        if "1 of 2" in (screen.progress or ""):
            documents.stop()
    assert time.monotonic() - began < 20
    assert "You stopped it" in (screen.progress or "")
    assert only(documents).name == "a.md"
    assert left_over(documents) == []


def _sleepy(limits: Limits) -> ReaderProcess:
    return ReaderProcess(limits, reader="tests.sleepy_reader:read")


def test_what_breaks_an_adding_ends_it_with_calm_words(
    documents: Documents, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*args: Any) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(documents.shelf, "add", broken)
    shown = add(documents, {"policy.md": POLICY})
    assert "went wrong here" in shown.progress
    assert "secret" not in shown.progress
    assert left_over(documents) == []


def test_somebody_else_adding_in_another_process_is_said_calmly(documents: Documents) -> None:
    with FileLock(documents.shelf.store.folder / "write.lock"):
        shown = add(documents, {"policy.md": POLICY})
    assert "Somebody else is adding" in shown.progress
    assert left_over(documents) == []
    assert "1 added." in add(documents, {"policy.md": POLICY}).progress


@pytest.mark.parametrize(("number", "full"), [(errno.ENOSPC, True), (errno.ENOENT, False)])
def test_only_a_full_disk_is_told_as_one(
    documents: Documents, monkeypatch: pytest.MonkeyPatch, number: int, full: bool
) -> None:
    def broken(*_: Any) -> Any:
        raise OSError(number, "broken")

    monkeypatch.setattr(documents.uploads, "placed", broken)
    shown = add(documents, {"policy.md": POLICY}).progress or ""
    assert ("no room left on the disk" in shown) is full
    assert "1 added." not in shown
    assert not documents.shelf.store.documents()


def test_a_second_adding_on_the_same_page_waits_and_the_place_shows_the_first(
    documents: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Event()
    true_add = documents.shelf.add

    def held_up(*args: Any) -> Any:
        gate.wait(10)
        return true_add(*args)

    monkeypatch.setattr(documents.shelf, "add", held_up)
    send(documents, {"policy.md": POLICY})
    first = documents.add({"batch": BATCH, "collection": "documents"})
    assert "data-stop" in (next(first).progress or "")
    # Its files come in a batch of their own: what is refused is thrown away with its batch.
    send(documents, {"other.md": "# Other\n\nWords."}, batch="f" * 32)
    second = list(documents.add({"batch": "f" * 32, "collection": "documents"}))[-1]
    assert "Somebody else is adding" in (second.progress or "")
    place = documents.place()
    next(place)
    assert "Adding documents" in (next(place).progress or "")
    gate.set()
    assert "1 added." in (list(first)[-1].progress or "")
    assert "1 added." in (list(place)[-1].progress or "")
    assert left_over(documents) == []


# ---------------------------------------------------------------- nearly the same


NEAR = POLICY + "\nA closing line that was added at the end.\n"


@pytest.mark.parametrize(("choice", "held"), [("keep", 2), ("replace", 1), ("leave", 1)])
def test_nearly_the_same_offers_a_choice_and_does_it(
    documents: Documents, choice: str, held: int
) -> None:
    add(documents, {"policy.md": POLICY})
    shown = add(documents, {"copy of policy.md": NEAR})
    assert "Nearly the same" in shown.progress
    assert "--similar" not in shown.progress
    assert len(documents.shelf.store.documents()) == 1
    after = choose(documents, shown, choice)
    assert len(documents.shelf.store.documents()) == held
    assert "data-choose" not in after.progress
    texts = [documents.shelf.store.text(d.id) for d in documents.shelf.store.documents()]
    assert any("closing line" in text for text in texts) is (choice != "leave")
    assert left_over(documents) == []


def test_a_choice_for_a_member_of_a_zip_adds_that_member_alone(documents: Documents) -> None:
    add(documents, {"policy.md": POLICY})
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("one.md", NEAR)
        archive.writestr("two.md", NEAR.replace("closing line", "closing row"))
    shown = add(documents, {"all.zip": packed.getvalue()})
    assert shown.progress.count('data-choose="keep"') == 2
    after = choose(documents, shown, "keep")
    assert len(documents.shelf.store.documents()) == 2
    assert after.progress.count('data-choose="keep"') == 1


def test_a_choice_that_comes_too_late_says_so(documents: Documents) -> None:
    shown = list(documents.choose({"report": "x", "row": "0", "choice": "keep"}))[-1]
    assert "not kept any more" in shown.progress


def test_choosing_what_is_not_offered_changes_nothing(documents: Documents) -> None:
    shown = add(documents, {"policy.md": POLICY})
    key = re.search(r"report", shown.progress)
    assert key
    report = next(iter(documents._reports._held))
    list(documents.choose({"report": report, "row": "0", "choice": "replace"}))
    list(documents.choose({"report": report, "row": "9", "choice": "keep"}))
    assert len(documents.shelf.store.documents()) == 1


def test_a_new_edition_may_mark_the_older_one_as_replaced(documents: Documents) -> None:
    old = POLICY.replace("Version 2. Issued 12 February 2025", "Version 1. Issued 3 May 2020")
    add(documents, {"lone working v1.md": old.replace("30 minutes", "60 minutes")})
    older = only(documents)
    shown = add(
        documents, {"lone working v2.md": POLICY + "\n## 4 More\n\nWholly new words here.\n"}
    )
    assert "newer edition" in shown.progress
    after = choose(documents, shown, "supersede")
    assert "marked as replaced" in after.progress
    assert documents.shelf.store.status(older.id) == "superseded"
    assert "Superseded" in after.listing
    page = documents.pages.page(older.id)
    assert "A newer edition is here:" in page
    assert 'class="struck"' in page


def test_replace_chosen_beforehand_takes_the_place(documents: Documents) -> None:
    add(documents, {"policy.md": POLICY})
    add(documents, {"copy.md": NEAR}, similar="replace")
    assert "closing line" in documents.shelf.store.text(only(documents).id)
