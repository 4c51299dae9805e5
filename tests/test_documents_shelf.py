"""Adding, changing and removing documents: what is kept, what is said, what a kill leaves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from filelock import FileLock

from assistant.documents.records import Collection, FileReport, Limits
from assistant.documents.shelf import Shelf, Wanted
from assistant.documents.store import VECTORS, DocumentStore
from assistant.errors import ConfigurationError, IndexBusyError, UsageError
from assistant.indexing.vectors import VectorCache
from tests.conftest import ROOT
from tests.test_documents_search import POLICY, on_shelf

LONG = POLICY + "\n\n".join(
    f"# {n} Part {n}\n\nWorkers of team {n} write down visit number {n} before they leave the"
    f" office and ring team leader {n} when they are back."
    for n in range(6, 26)
)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return on_shelf(tmp_path / "home")


def written(folder: Path, **files: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    return folder


def by_name(files: tuple[FileReport, ...]) -> dict[str, FileReport]:
    return {Path(file.path).stem: file for file in files}


def test_what_is_added_is_kept_whole_and_counted(shelf: Shelf, tmp_path: Path) -> None:
    report = shelf.add([written(tmp_path / "in", lone=POLICY)])
    (file,) = report.files
    assert (file.status, file.reason, report.documents) == ("added", None, 1)
    document = shelf.store.document(file.document)
    assert document is not None
    text = shelf.store.text(document.id)
    passages = shelf.store.passages(document.id)
    assert len(passages) == file.passages == report.passages == document.passages
    assert all(text[p.start : p.end] == p.text for p in passages)
    assert shelf.store.original(document).read_text(encoding="utf-8") == POLICY
    assert document.details.review_due == "2027-05"


def test_the_same_again_is_unchanged_and_a_copy_is_a_duplicate(
    shelf: Shelf, tmp_path: Path
) -> None:
    folder = written(tmp_path / "in", lone=POLICY)
    shelf.add([folder])
    assert shelf.add([folder]).files[0].status == "unchanged"
    copy = shelf.add([written(tmp_path / "other", copy=POLICY)])
    assert (copy.files[0].status, copy.files[0].reason) == ("duplicate", "same-content")
    assert copy.documents == 1


def test_a_changed_file_embeds_only_what_changed_and_keeps_what_was_written_by_hand(
    shelf: Shelf, tmp_path: Path
) -> None:
    folder = written(tmp_path / "in", lone=LONG)
    first = shelf.add([folder]).files[0]
    shelf.edit(first.document, {"authors": ("A Lead",)})
    made = shelf.model.embedded
    written(folder, lone=LONG.replace("team leader 9 ", "the duty manager "))
    second = shelf.add([folder]).files[0]
    assert (second.status, second.reason) == ("added", "updated")
    assert second.document == first.document
    assert shelf.model.embedded - made == 1
    document = shelf.store.document(first.document)
    assert document is not None
    assert document.details.authors == ("A Lead",)
    assert shelf.store.vector_keys() == kept_keys(shelf)


def test_a_long_document_says_how_far_it_is(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for part in ("indexing.vectors", "documents.shelf"):
        monkeypatch.setattr(f"assistant.{part}.CHUNK", 20)
    folder = written(tmp_path / "in", long=LONG, short=POLICY)
    told: list[tuple[str, int, int]] = []

    def tell(stage: str, done: int, total: int) -> None:
        told.append((stage, done, total))

    shelf.add([folder], progress=tell, within=tell)
    total = next(total for stage, _, total in told if stage == "long.md")
    assert total > 20
    assert told[:2] == [("Adding documents", 0, 2), ("long.md", 0, total)]
    assert [done for stage, done, _ in told if stage == "long.md"] == [
        *range(0, total, 20),
        total,
    ]
    assert "short.md" not in {stage for stage, _, _ in told}
    assert told[-1] == ("Adding documents", 2, 2)


def test_stopped_within_a_long_document_the_next_run_embeds_only_the_rest(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for part in ("indexing.vectors", "documents.shelf"):
        monkeypatch.setattr(f"assistant.{part}.CHUNK", 20)
    folder = written(tmp_path / "in", long=LONG)

    def stop(stage: str, done: int, total: int) -> None:
        if done >= 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        shelf.add([folder], within=stop)
    assert shelf.store.counts() == (0, 0)
    assert shelf.model.embedded == 20
    whole = on_shelf(tmp_path / "other")
    whole.add([folder])
    shelf.add([folder])
    assert shelf.store.counts() == whole.store.counts()
    assert shelf.model.embedded == whole.model.embedded


def kept_keys(shelf: Shelf) -> set[str]:
    cache = VectorCache(shelf.store.folder / VECTORS)
    keys = list(shelf.store.vector_keys())
    return set(cache.get(shelf.model.identity, keys))


def test_a_near_duplicate_is_told_and_the_person_chooses(shelf: Shelf, tmp_path: Path) -> None:
    shelf.add([written(tmp_path / "in", lone=LONG)])
    near = written(tmp_path / "near", again=LONG.replace("back.", "back!", 1))
    told = shelf.add([near]).files[0]
    assert (told.status, told.reason) == ("duplicate", "near-duplicate")
    assert "--similar" in told.message
    assert shelf.store.counts()[0] == 1
    kept = shelf.add([near], Wanted(on_similar="keep")).files[0]
    assert kept.status == "added"
    assert shelf.store.counts()[0] == 2


def test_a_near_duplicate_may_take_the_others_place(shelf: Shelf, tmp_path: Path) -> None:
    shelf.add([written(tmp_path / "in", lone=LONG)])
    changed = LONG.replace("should ring", "must ring", 1)
    near = written(tmp_path / "near", again=changed)
    replaced = shelf.add([near], Wanted(on_similar="replace")).files[0]
    assert replaced.status == "added"
    assert shelf.store.counts()[0] == 1
    assert "must ring" in shelf.store.text(replaced.document)


def test_a_new_edition_is_added_and_told(shelf: Shelf, tmp_path: Path) -> None:
    shelf.add([written(tmp_path / "in", old=LONG)])
    text = LONG.replace("Version 2", "Version 3").replace("May 2024", "June 2026")
    text = text.replace("write down", "tell the coordinator about")
    newer = shelf.add([written(tmp_path / "new", new=text)], Wanted(on_similar="replace")).files[0]
    assert (newer.status, newer.reason) == ("added", "new-edition")
    old = next(d for d in shelf.store.documents() if d.id != newer.document)
    assert old.details.superseded_by == newer.document
    assert shelf.store.status(old.id) == "superseded"


def test_files_that_cannot_be_read_are_named_and_the_rest_goes_in(
    shelf: Shelf, tmp_path: Path
) -> None:
    folder = written(tmp_path / "in", good=POLICY)
    (folder / "bad.pdf").write_bytes(b"%PDF-1.7\nnothing else")
    (folder / "empty.docx").write_bytes(b"")
    (folder / "binary.txt").write_bytes(bytes(range(256)) * 40)
    files = by_name(shelf.add([folder, tmp_path / "not-there.pdf"]).files)
    assert files["good"].status == "added"
    for name, reason in (("bad", "damaged"), ("empty", "empty"), ("binary", "binary")):
        assert (files[name].status, files[name].reason) == ("refused", reason)
        assert files[name].message
    assert files["not-there"].reason == "not-found"


def test_removing_leaves_nothing(shelf: Shelf, tmp_path: Path) -> None:
    report = shelf.add(
        [written(tmp_path / "in", lone=POLICY, other=LONG)], Wanted(on_similar="keep")
    )
    gone, stays = (file.document for file in report.files)
    assert shelf.remove([gone]) == 1
    assert shelf.store.document(gone) is None
    assert [d.id for d in shelf.store.documents()] == [stays]
    originals = list((shelf.store.folder / "originals").iterdir())
    assert len(originals) == 1
    assert kept_keys(shelf) == shelf.store.vector_keys()
    shelf.remove([stays])
    kept = b"".join(p.read_bytes() for p in shelf.store.folder.rglob("*") if p.is_file())
    assert b"shift coordinator" not in kept


def test_what_is_not_there_cannot_be_removed_or_edited(shelf: Shelf, tmp_path: Path) -> None:
    document = shelf.add([written(tmp_path / "in", lone=POLICY)]).files[0].document
    with pytest.raises(UsageError, match="no document nothing"):
        shelf.remove([document, "nothing"])
    assert shelf.store.counts()[0] == 1
    with pytest.raises(UsageError, match="issued"):
        shelf.edit(document, {"issued": "last May"})
    with pytest.raises(UsageError, match="no collection"):
        shelf.add([tmp_path / "in"], Wanted(collection="elsewhere"))


def test_a_collection_gives_what_nobody_else_says(shelf: Shelf, tmp_path: Path) -> None:
    shelf.add_collection(
        Collection(
            id="papers", name="Papers", kind="trial", country="Norway", who_speaks="academic"
        )
    )
    wanted = Wanted(collection="papers", details={"country": "Sweden"})
    document = shelf.add([written(tmp_path / "in", lone=POLICY)], wanted).files[0].document
    details = shelf.store.document(document).details  # type: ignore[union-attr]
    assert (details.kind, details.country, details.who_speaks) == ("trial", "Sweden", "academic")


def test_only_one_process_changes_the_documents(shelf: Shelf, tmp_path: Path) -> None:
    with FileLock(shelf.store.folder / "write.lock"), pytest.raises(IndexBusyError):
        shelf.add([written(tmp_path / "in", lone=POLICY)])


def test_a_damaged_store_is_named_with_the_remedy(tmp_path: Path) -> None:
    store = DocumentStore(tmp_path)
    store.close()
    store.path.write_bytes(b"not a database" * 500)
    with pytest.raises(ConfigurationError, match=r"documents\.sqlite"):
        DocumentStore(tmp_path)


def test_a_full_disk_leaves_the_old_state(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.add([written(tmp_path / "in", lone=POLICY)])

    def full(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfile", full)
    report = shelf.add([written(tmp_path / "more", other=LONG)], Wanted(on_similar="keep"))
    assert [(f.status, f.reason) for f in report.files] == [("failed", "disk-full")]
    assert report.documents == 1


@pytest.mark.slow
def test_killed_at_any_moment_it_goes_on_where_it_stopped(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for n in range(120):
        text = f"# Guide {n}\n\nWorker {n} writes to ward {n * 7} each week about plan {n * 13}."
        (folder / f"guide-{n:03}.md").write_text(text * 3, encoding="utf-8")
    home = tmp_path / "home"
    script = (
        "import sys; from pathlib import Path; from tests.test_documents_search import on_shelf;"
        "from assistant.documents.shelf import Wanted;"
        "print(on_shelf(Path(sys.argv[1])).add([Path(sys.argv[2])], Wanted(on_similar='keep'))"
        ".model_dump_json())"
    )
    command = [sys.executable, "-c", script, str(home), str(folder)]
    for _ in range(3):
        running = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
        until = time.monotonic() + 20
        before = held(home)
        while held(home) < before + 10 and time.monotonic() < until and running.poll() is None:
            time.sleep(0.02)
        os.kill(running.pid, signal.SIGKILL)
        running.wait()
        store = DocumentStore(home)
        assert all(len(store.passages(d.id)) == d.passages for d in store.documents())
        store.close()
    shelf = on_shelf(home)
    report = shelf.add([folder], Wanted(on_similar="keep"))
    assert report.documents == 120
    assert len({d.path for d in shelf.store.documents()}) == 120
    assert {f.status for f in report.files} <= {"added", "unchanged"}
    assert not list(shelf.store.folder.rglob("*.part"))


def held(home: Path) -> int:
    if not (home / "documents" / "documents.sqlite").exists():
        return 0
    store = DocumentStore(home)
    try:
        return store.counts()[0]
    finally:
        store.close()


def test_limits_are_kept(tmp_path: Path) -> None:
    shelf = on_shelf(tmp_path / "home", Limits(file_megabytes=1))
    folder = written(tmp_path / "in", lone=POLICY)
    (folder / "big.txt").write_text("word " * 400_000, encoding="utf-8")
    files = by_name(shelf.add([folder]).files)
    assert files["big"].reason == "too-large"
    assert files["lone"].status == "added"


def test_threads_never_see_a_change_half_made(shelf: Shelf, tmp_path: Path) -> None:
    folder = written(tmp_path / "in", lone=LONG)
    document = shelf.add([folder]).files[0].document
    seen: set[bool] = set()
    over = threading.Event()

    def look() -> None:
        while not over.is_set():
            held = shelf.store.document(document)
            seen.add(held is not None and len(shelf.store.passages(document)) > 20)

    threads = [threading.Thread(target=look) for _ in range(3)]
    for thread in threads:
        thread.start()
    for n in range(4):
        written(folder, lone=LONG.replace("back.", f"back {n}."))
        shelf.add([folder])
    over.set()
    for thread in threads:
        thread.join()
    assert seen == {True}
