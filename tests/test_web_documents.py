"""Your documents without a browser: what comes in, what is told, what is shown and changed."""

from __future__ import annotations

import asyncio
import errno
import io
import re
import threading
import time
import zipfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from filelock import FileLock

from assistant.assembly import Assistant
from assistant.corpus import Library
from assistant.documents.records import Collection, Document, FileReport, Limits
from assistant.documents.shelf import Shelf, Wanted
from assistant.documents.store import DocumentStore
from assistant.documents.worker import ReaderProcess
from assistant.indexing.vectors import VectorCache
from assistant.interface import load_texts
from assistant.presentation import answer_to_html, answer_to_markdown, answer_to_text
from assistant.presentation.documents import is_table, passage_words, seen
from assistant.schema import Answer, Difference, Filters, Section, Statement
from assistant.settings import read_settings
from assistant.web import make_server_app, views
from assistant.web.ask.handlers import Desk
from assistant.web.documents import adding
from assistant.web.documents.adding import Adding, State
from assistant.web.documents.desk import Documents, Screen
from assistant.web.documents.report_views import page_ranges
from assistant.web.forms import OWN, chosen, filter_form, in_words
from assistant.web.server import open_documents
from assistant.web.uploads import HEADER, safe_name
from tests import fakes_web as fake
from tests.conftest import bag_of_words
from tests.test_web import StagedAssistant

TEXTS = load_texts()
BATCH = "0123456789abcdef0123456789abcdef"
POLICY = """# Lone Working Policy

Version 2. Issued 12 February 2025. Review date: 28 February 2099.

## 1 Before a visit

Every lone worker must write the visit into the shared diary before leaving. A buddy must be named.

## 2 Calling in

Lone workers must call the duty worker within 30 minutes of the end of each visit.

Table 1: Contact by risk

| Level | Contact |
| --- | --- |
| Green | Text at the end of the day |
| Red | Call every 20 minutes |

## 3 Training

All staff should attend training every 12 months. New staff attend in their first week of work.
"""
WORDS = "Lone workers must call the duty worker within 30 minutes of the end of each visit."


class ShelfAssistant(StagedAssistant):
    """The hand-made assistant with a real shelf."""

    def __init__(self, shelf: Shelf, home: Path) -> None:
        super().__init__()
        self.shelf = shelf
        self.settings = read_settings(home=home)


@pytest.fixture(autouse=True)
def _told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adding, "TELL_SECONDS", 0.01)


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    store = DocumentStore(tmp_path / "home")
    cache = VectorCache(store.folder / "vectors.sqlite")
    made = Shelf(store, bag_of_words(tmp_path).kept_in(cache), cache, Limits(file_megabytes=1))
    yield made
    made.close()


@pytest.fixture
def assistant(shelf: Shelf, tmp_path: Path) -> ShelfAssistant:
    found = ShelfAssistant(shelf, tmp_path / "home")
    found.settings = read_settings(home=tmp_path / "home", document_megabytes=1)
    return found


@pytest.fixture
def documents(assistant: ShelfAssistant) -> Iterator[Documents]:
    made = open_documents(assistant, TEXTS)
    assert made is not None
    yield made
    made.close()


async def pieces(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 1 << 16):
        yield content[start : start + (1 << 16)]


def send(documents: Documents, files: dict[str, str | bytes], batch: str = BATCH) -> list[int]:
    found = []
    for name, content in files.items():
        raw = content.encode() if isinstance(content, str) else content
        found.append(asyncio.run(documents.uploads.receive(batch, name, pieces(raw))))
    return found


def add(documents: Documents, files: dict[str, str | bytes], **order: str) -> Screen:
    send(documents, files)
    return list(documents.add({"batch": BATCH, "collection": "documents", **order}))[-1]


def only(documents: Documents) -> Document:
    (found,) = documents.shelf.store.documents()
    return found


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


# ---------------------------------------------------------------- the list


def test_the_empty_place_says_what_happens_to_files_and_how_to_begin(documents: Documents) -> None:
    from assistant.web.documents.views import place_heading

    assert "stay on this computer: nothing is sent" in place_heading(TEXTS)
    assert "Nothing has been added yet" in documents.listing()


def test_what_wants_attention_carries_a_badge(documents: Documents) -> None:
    add(documents, {"policy.md": POLICY})
    document = only(documents)
    for change, words in (
        ({"review_due": "2020-01"}, "Review overdue"),
        ({"superseded_by": "Version 9"}, "Superseded"),
        ({"retracted": "The Journal, 2024"}, "Retracted"),
    ):
        documents.shelf.edit(document.id, change)
        assert words in documents.listing()
        assert words in documents.pages.page(document.id)


def test_titles_cannot_bring_markup_or_turn_the_line_around(documents: Documents) -> None:
    add(documents, {"policy.md": POLICY})
    document = only(documents)
    documents.shelf.edit(document.id, {"title": "<img src=x onerror=alert(1)>\u202eevil"})
    documents.shelf.add_collection(Collection(id="documents", name="<script>\u202e"))
    for html in (documents.listing(), documents.pages.page(document.id), documents.form()):
        assert "<img src=x" not in html
        assert "<script" not in html
        assert "\u202e" not in html


def test_pages_are_named_in_runs() -> None:
    assert page_ranges([3], TEXTS) == "Page 3"
    assert page_ranges([3, 7, 8, 9], TEXTS) == "Pages 3, 7 to 9"


# ---------------------------------------------------------------- one document


def place_of(documents: Documents, words: str = WORDS) -> tuple[Document, str]:
    document = only(documents)
    start = documents.shelf.store.text(document.id).index(words)
    return document, f"{start}-{start + len(words)}"


def test_the_page_shows_the_whole_text_by_headings_with_tables(documents: Documents) -> None:
    add(documents, {"policy.md": POLICY})
    html = documents.pages.page(only(documents).id)
    assert re.search(r"<h\d[^>]*>2 Calling in</h\d>", html)
    assert '<th scope="col">Level</th>' in html
    assert "<td>Call every 20 minutes</td>" in html
    assert "<caption>Table 1: Contact by risk</caption>" in html
    plain = re.sub(r"<[^>]+>", " ", html)
    for line in documents.shelf.store.text(only(documents).id).replace(" | ", "\n").splitlines():
        assert " ".join(line.split()) in " ".join(plain.replace("&#x27;", "'").split())


def test_a_place_is_marked_to_the_character_and_gets_the_focus(documents: Documents) -> None:
    add(documents, {"policy.md": POLICY})
    document, span = place_of(documents)
    html = documents.pages.page(document.id, span)
    assert re.findall(r"<mark>(.*?)</mark>", html) == [WORDS]
    assert 'tabindex="-1" role="group"' in html
    assert html.count("data-here") == 1
    assert "<mark>" not in documents.pages.page(document.id)


def test_a_mark_inside_a_table_stays_inside_its_cells(documents: Documents) -> None:
    add(documents, {"policy.md": POLICY})
    document, span = place_of(documents, "Red | Call every 20 minutes")
    html = documents.pages.page(document.id, span)
    assert "<td><mark>Red</mark></td><td><mark>Call every 20 minutes</mark></td>" in html


@pytest.mark.parametrize("span", ["5", "9-3", "x-y", "-1-4", "99999999-999999999", "<b>"])
def test_places_that_are_none_open_the_document_unmarked(documents: Documents, span: str) -> None:
    add(documents, {"policy.md": POLICY})
    html = documents.pages.page(only(documents).id, span)
    assert "Lone Working Policy</h1>" in html
    assert "<mark>" not in html


def test_a_place_that_is_gone_says_so(documents: Documents) -> None:
    add(documents, {"policy.md": POLICY})
    html = documents.pages.page(only(documents).id, "90000-90010")
    assert "not in the text any more" in html


def test_a_long_document_opens_at_the_part_that_holds_the_place(documents: Documents) -> None:
    parts = "\n\n".join(
        f"## {n} Part\n\nSentence number {n} stands here alone." for n in range(400)
    )
    add(documents, {"long.md": f"# Long\n\n{parts}"})
    document, span = place_of(documents, "Sentence number 333 stands here alone.")
    html = documents.pages.page(document.id, span)
    assert "<mark>Sentence number 333" in html
    assert "Sentence number 10 stands" not in html
    assert "Part 3 of 3" in html
    assert "Sentence number 10 stands" in documents.pages.page(document.id)
    assert "Part 2 of 3" in documents.pages.page(document.id, "", "2")
    assert "Part 3 of 3" in documents.pages.page(document.id, "", "77")


def test_an_unknown_document_says_so(documents: Documents) -> None:
    assert "no document of that name" in documents.pages.page("<script>")
    assert "<script>" not in documents.pages.page("<script>")
    assert "no document of that name" in documents.pages.edit({"document": "nothing"})


def test_a_damaged_text_is_said_and_not_shown(documents: Documents) -> None:
    add(documents, {"policy.md": POLICY})
    document = only(documents)
    documents.shelf.store._db.execute("update documents set text = 'other'")
    html = documents.pages.page(document.id)
    assert "cannot be shown" in html
    assert "backup" in html


# ---------------------------------------------------------------- changing facts


def edit(documents: Documents, **fields: str) -> str:
    return documents.pages.edit({"document": only(documents).id, **fields})


def test_facts_are_changed_as_people_write_them(documents: Documents) -> None:
    add(documents, {"policy.md": POLICY})
    html = edit(
        documents,
        title="Lone work",
        authors="A Person; Wexmoor Trust",
        issued="12/03/2024",
        reviewed="May 2024",
        review_due="2027",
        doi="https://doi.org/10.1000/abc.1",
        country="Wales",
        kind="other-document",
    )
    assert "Saved." in html
    details = only(documents).details
    assert 'value="12 March 2024"' in html
    assert details.title == "Lone work"
    assert details.authors == ("A Person", "Wexmoor Trust")
    assert (details.issued, details.reviewed, details.review_due) == (
        "2024-03-12",
        "2024-05",
        "2027",
    )
    assert (details.doi, details.country, details.kind) == (
        "10.1000/abc.1",
        "Wales",
        "other-document",
    )


def test_only_what_was_changed_counts_as_written_by_hand(documents: Documents) -> None:
    add(documents, {"policy.md": POLICY})
    details = only(documents).details
    edit(documents, title=details.title, issued=details.issued, country="Wales")
    assert only(documents).edited == ("country",)
    assert "Nothing was changed." in edit(documents, country="Wales")


def test_what_cannot_be_is_said_beside_its_field_and_nothing_is_changed(
    documents: Documents,
) -> None:
    add(documents, {"policy.md": POLICY})
    before = only(documents)
    html = edit(documents, title=" ", issued="31/02/2024", doi="abc", country="Wales")
    for name in ("title", "issued", "doi"):
        field = re.search(rf'<input[^>]*name="{name}"[^>]*>', html)
        assert field
        assert 'aria-invalid="true"' in field[0]
        assert f'aria-describedby="edit-{name}-error' in field[0]
        assert f'id="edit-{name}-error"' in html
    assert 'value="31/02/2024"' in html
    assert 'value="Wales"' in html
    assert '<details class="edit" open>' in html
    assert only(documents) == before


def test_a_newer_edition_is_chosen_by_its_title(documents: Documents) -> None:
    add(documents, {"policy.md": POLICY})
    first = only(documents)
    add(documents, {"b.md": "# Expenses\n\nClaim within three months of the journey you made."})
    other = next(d for d in documents.shelf.store.documents() if d.id != first.id)
    html = documents.pages.page(first.id)
    label = re.search(r'<option value="(Expenses[^"]*)"', html)
    assert label
    documents.pages.edit({"document": first.id, "superseded_by": label[1]})
    assert documents.shelf.store.document(first.id).details.superseded_by == other.id
    html = documents.pages.edit({"document": first.id, "superseded_by": first.details.title})
    assert "cannot be replaced by itself" in html


def test_a_document_moves_to_another_collection(documents: Documents) -> None:
    add(documents, {"policy.md": POLICY})
    documents.shelf.add_collection(Collection(id="tarn", name="Tarn"))
    edit(documents, collection="tarn")
    assert only(documents).collection == "tarn"


def test_changing_while_somebody_else_adds_keeps_what_was_written(documents: Documents) -> None:
    add(documents, {"policy.md": POLICY})
    with FileLock(documents.shelf.store.folder / "write.lock"):
        html = edit(documents, title="My new title")
        assert "Somebody else is adding or changing" in html
        assert "Somebody else is adding or changing" in documents.remove(only(documents).id).listing
    assert 'value="My new title"' in html
    assert only(documents).details.title == "Lone Working Policy"


def test_removing_asks_first_and_then_leaves_nothing(documents: Documents) -> None:
    add(documents, {"policy.md": POLICY})
    document = only(documents)
    html = documents.pages.page(document.id)
    assert re.search(r'<dialog id="remove"[^>]*aria-labelledby="remove-title"', html)
    assert f'data-remove="{document.id}"' in html
    shown = documents.remove(document.id)
    assert "Removed: “Lone Working Policy”." in shown.listing
    assert documents.shelf.store.counts() == (0, 0)
    assert not documents.shelf.store.original(document).exists()
    assert "no document of that name" in documents.remove(document.id).listing


# ---------------------------------------------------------------- pages as pictures


@pytest.fixture
def with_pdf(documents: Documents) -> Documents:
    from reportlab.lib.pagesizes import A4
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    for number, line in enumerate(["Nothing much on this page at all.", WORDS], 1):
        canvas.setFont("Helvetica-Bold", 16)
        canvas.drawString(72, 760, f"{number} Heading")
        canvas.setFont("Helvetica", 11)
        canvas.drawString(72, 700, line)
        canvas.showPage()
    canvas.save()
    add(documents, {"policy.pdf": out.getvalue()})
    return documents


def test_a_place_in_a_pdf_shows_its_page_with_the_words_marked_on_it(with_pdf: Documents) -> None:
    document, span = place_of(with_pdf)
    html = with_pdf.pages.page(document.id, span)
    assert f'src="/documents/{document.id}/page/2.png"' in html
    assert 'alt="Picture of page 2 of' in html
    box = re.search(r'<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"', html)
    assert box
    left, top, width, height = (float(number) for number in box.groups())
    assert 0.1 < left < 0.14
    assert 0.14 < top < 0.18
    assert width > 0.5
    assert height < 0.03
    image = with_pdf.pictures.png(document.id, 2)
    assert image.startswith(b"\x89PNG")


def test_pictures_are_served_for_pages_that_there_are_alone(
    with_pdf: Documents, assistant: ShelfAssistant
) -> None:
    document = only(with_pdf)
    client = TestClient(make_server_app(assistant), base_url="http://127.0.0.1:7860")
    reply = client.get(f"/documents/{document.id}/page/1.png")
    assert reply.headers["content-type"] == "image/png"
    assert reply.headers["cache-control"] == "no-store"
    assert reply.headers["cross-origin-resource-policy"] == "same-origin"
    for page in ("0", "3", "-1", "99999"):
        assert client.get(f"/documents/{document.id}/page/{page}.png").status_code == 404
    assert client.get("/documents/nothing/page/1.png").status_code == 404


def test_a_page_without_a_picture_still_shows_its_text(with_pdf: Documents) -> None:
    document, span = place_of(with_pdf)
    with_pdf.shelf.store.original(document).write_bytes(b"gone")
    html = with_pdf.pages.page(document.id, span)
    assert "cannot be shown as a picture" in html
    assert f"<mark>{WORDS}</mark>" in html


def test_drawing_that_takes_too_long_is_ended() -> None:
    from assistant.web.documents.pictures import asked

    began = time.monotonic()
    assert asked({"path": "x", "page": 1, "words": "", "width": 9, "draw": True}, 0.001) == {}
    assert time.monotonic() - began < 5


# ---------------------------------------------------------------- answers


def passage_citation(**more: Any) -> Any:
    text = f"First words of the passage. {WORDS} Last words."
    start = text.index(WORDS)
    values = {
        "evidence_id": "lone-1:100-200",
        "source_id": "lone-1",
        "text": text,
        "char_start": start,
        "char_end": start + len(WORDS),
        "locator": "page 4, 2 Calling in",
        "title": "Lone <b>Working</b> Policy",
        "authors": ("Delphine Arkwright",),
        "year": 2025,
        "kind": "local-policy",
        "who_speaks": "employer",
        "jurisdiction": "England",
        "basis": "full-text",
        "url": "",
        "collection": "tarn",
        "page": 4,
        "span": (100, 100 + len(text)),
    }
    return fake.citation(9, "uofa-2018-act-6", **(values | more))


def quoted(text: str = WORDS) -> Statement:
    return Statement(
        text=text,
        citations=(9,),
        evidence_ids=("lone-1:100-200",),
        stands_as="requirement",
        verbatim=True,
    )


def with_document(**more: Any) -> Answer:
    answer = fake.restraint()
    section = Section(
        kind="document",
        heading="What your own documents say: Tarn",
        statements=(quoted(), Statement(text="Past its review date: Lone Working Policy.")),
    )
    return answer.model_copy(
        update={
            "sections": (section, *answer.sections),
            "citations": (*answer.citations, passage_citation(**more)),
        }
    )


def test_what_documents_say_comes_first_and_names_its_place() -> None:
    html = answer_to_html(with_document(), collections={"tarn": "Tarn policies"})
    assert html.index("What your own documents say: Tarn") < html.index("Before you act")
    assert '<blockquote class="quotation">' in html
    assert "Lone &lt;b&gt;Working&lt;/b&gt; Policy, 2025, page 4" in html
    assert "Past its review date" in html
    assert 'aria-label="Passage 9: Lone' in html
    assert html.count("Past its review date") == 1


def test_the_card_of_a_passage_marks_the_words_and_opens_their_place() -> None:
    html = answer_to_html(with_document(), collections={"tarn": "Tarn policies"})
    card = html[html.index('id="a1-card-9"') :]
    card = card[: card.index("</dialog>")]
    start = 100 + len("First words of the passage. ")
    assert f"<mark>{WORDS}</mark>" in card
    assert "Tarn policies" in card
    assert "page 4, 2 Calling in" in card
    assert f'data-span="{start}-{start + len(WORDS)}"' in card
    assert f'href="?document=lone-1&amp;span={start}-{start + len(WORDS)}"' in card
    assert "our own words" not in card
    assert "All notes of this source" not in card


@pytest.mark.parametrize(
    ("status", "words"),
    [("review-due", "Its review date has passed"), ("superseded", "A newer version")],
)
def test_the_card_of_a_passage_says_what_its_status_is(status: str, words: str) -> None:
    html = answer_to_html(with_document(status=status))
    assert words in html[html.index('id="a1-card-9"') :]


def test_local_differences_stand_under_two_plain_labels() -> None:
    national = fake.said(
        "The responsible person must provide training.", 2, stands_as="requirement"
    )
    pair = Difference(kind="number", local=True, statements=(quoted(), national))
    answer = with_document().model_copy(update={"differences": (pair,)})
    html = answer_to_html(answer)
    side = html[html.index('class="part differ"') :]
    assert side.index("Your document</h4>") < side.index("National guidance</h4>")
    assert "found by comparing words" in side
    assert "Act or regulation, 2018" in side
    assert "Local policy, 2025" in side
    for text in (answer_to_text(answer), answer_to_markdown(answer)):
        assert "Your document: " in text
        assert "National guidance: " in text


def test_text_and_markdown_hold_what_documents_say() -> None:
    text, markdown = answer_to_text(with_document(), 500), answer_to_markdown(with_document())
    for shown in (text, markdown):
        assert "What your own documents say: Tarn" in shown
        assert shown.index("your own documents say") < shown.index("Before you act")
        assert "quoted word for word" in shown
        assert "page 4, 2 Calling in" in shown
    assert "\\<b\\>" in markdown


def test_a_table_that_is_quoted_stays_a_table() -> None:
    words = "Table 1: Contact\n\nLevel | Contact\nRed | Call <now>"
    assert is_table(words)
    html = passage_words(words)
    assert "<caption>Table 1: Contact</caption>" in html
    assert "<td>Call &lt;now&gt;</td>" in html
    assert 'tabindex="0" role="group" aria-label="Table 1: Contact"' in html
    assert not is_table("Call | or text.\n\nMore words\n\nand more\n\nand more")
    assert seen("a\u202eb\u200bc") == "abc"


# ---------------------------------------------------------------- where to look


def test_where_to_look_is_asked_where_something_was_added(assistant: ShelfAssistant) -> None:
    library = assistant.library
    assert "Look in" not in filter_form(library, TEXTS, "ask")
    html = filter_form(library, TEXTS, "ask", {"documents": "Your documents", "tarn": "Tarn <b>"})
    assert "Look in" in html
    assert '<option value="bundled">' in html
    assert '<option value="tarn">Tarn &lt;b&gt;</option>' in html


def test_where_to_look_reaches_the_assistant(
    documents: Documents, assistant: ShelfAssistant
) -> None:
    add(documents, {"policy.md": POLICY}, collection="+", name="Tarn")
    desk = Desk(assistant, TEXTS, documents)
    assert "Look in" in desk.filters()
    from assistant.web.ask.handlers import Conversation

    for form, wanted, said in (
        ('{"look": "bundled"}', ("bundled",), "the bundled library"),
        (f'{{"look": "{OWN}"}}', ("documents", "tarn"), "your documents"),
        ('{"look": "tarn"}', ("tarn",), "Tarn"),
    ):
        last = list(desk.ask(fake.RESTRAINT, Conversation(), form))[-1]
        assert assistant.asked[-1][2] == Filters(collection=wanted)
        assert f"Narrowed to {said}" in last.conversation.html()
    assert chosen({"look": "elsewhere"}, ("tarn",)) is None
    assert (
        in_words(Filters(collection=("tarn",)), assistant.library, {"tarn": "T", "x": "X"}) == "T"
    )


def test_an_assistant_without_a_shelf_has_no_place_to_add(assistant: ShelfAssistant) -> None:
    without = StagedAssistant()
    assert open_documents(without, TEXTS) is None
    app = make_server_app(without)
    assert app.state.services.documents is None


def test_the_header_leads_to_the_place() -> None:
    html = views.header(TEXTS, ())
    assert 'data-go="place:documents"' in html


# ---------------------------------------------------------------- the whole way


@pytest.fixture
def whole(
    words_only: None, small_folder: Path, small_data: Library, tmp_path: Path
) -> Iterator[Assistant]:
    settings = read_settings(home=tmp_path / "whole", corpus=small_folder)
    with Assistant.from_settings(settings) as opened:
        yield opened


@pytest.mark.slow
def test_what_was_added_is_found_by_the_real_assistant_at_once(whole: Assistant) -> None:
    made = open_documents(whole, TEXTS)
    assert made is not None
    add(made, {"policy.md": POLICY})
    found = whole.search(WORDS, filters=Filters(collection=("documents",)))
    assert found
    assert found[0].span is not None
    html = made.pages.page(found[0].source_id, "{}-{}".format(*found[0].span))
    assert "data-here" in html
    made.remove(found[0].source_id)
    assert whole.search(WORDS, filters=Filters(collection=("documents",))) == []
    made.close()
