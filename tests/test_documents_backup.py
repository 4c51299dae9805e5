"""Backups: everything comes back, nothing damaged or hostile comes in."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from assistant import assembly
from assistant.assembly import open_shelf
from assistant.documents import backup
from assistant.documents.backup_file import (
    DOCUMENTS,
    MANIFEST,
    ORIGINALS,
    check_target,
    open_backup,
)
from assistant.documents.records import Collection, Document
from assistant.documents.shelf import Shelf, Wanted
from assistant.documents.store import ORIGINALS as ORIGINALS_FOLDER
from assistant.errors import AssistantError, DocumentError, IndexBusyError, UsageError
from assistant.settings import read_settings
from tests.conftest import bag_of_words

pytestmark = pytest.mark.usefixtures("words_only")

LONE = """# Lone Working Policy

## Home visits

Staff must carry a charged phone on every home visit. They must tell the duty desk first.

## At night

No peer support worker may visit alone after 8 pm.
"""
SUPERVISION = """# Supervision

Peer support workers meet a supervisor every four weeks. The supervisor is an experienced peer.
"""

OpenShelf = Callable[[str], Shelf]


@pytest.fixture
def shelf_in(tmp_path: Path) -> Iterator[OpenShelf]:
    """Opens the shelf of a home of the test's own, by name."""
    opened: list[Shelf] = []

    def open_one(name: str) -> Shelf:
        opened.append(open_shelf(read_settings(home=tmp_path / name)))
        return opened[-1]

    yield open_one
    for shelf in opened:
        shelf.close()


@pytest.fixture(scope="session")
def full_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two documents in two collections, one of them edited by hand, its backup, and
    the files, named from the folder that they lie in."""
    place = tmp_path_factory.mktemp("full")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(assembly, "vector_model", lambda settings: bag_of_words(settings.home))
        patch.chdir(place)
        Path("files").mkdir()
        Path("files", "lone.md").write_text(LONE, encoding="utf-8")
        Path("files", "supervision.md").write_text(SUPERVISION, encoding="utf-8")
        with closing(open_shelf(read_settings(home=place / "full"))) as shelf:
            shelf.add_collection(Collection(id="team", name="Our team", country="Wales"))
            shelf.add([Path("files/lone.md")])
            shelf.add([Path("files/supervision.md")], Wanted(collection="team"))
            changes = {"review_due": "2027-03", "authors": ("The Trust",)}
            shelf.edit(_id(shelf, "lone"), dict(changes))
            backup.export(shelf, place / "backup.zip", "1.0")
    return place


@pytest.fixture
def full(
    full_home: Path, shelf_in: OpenShelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Shelf:
    """That home, to be changed."""
    for name in ("full", "files"):
        shutil.copytree(full_home / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    return shelf_in("full")


@pytest.fixture
def saved(full_home: Path, tmp_path: Path) -> Path:
    """Its backup, to be changed."""
    return Path(shutil.copy(full_home / "backup.zip", tmp_path / "backup.zip"))


def _id(shelf: Shelf, start: str) -> str:
    return next(d.id for d in shelf.store.documents() if d.id.startswith(start))


def _everything(shelf: Shelf) -> list[Any]:
    """All that is kept of all documents, with the bytes of their files."""
    store = shelf.store
    return [
        (d, store.text(d.id), store.passages(d.id), store.original(d).read_bytes())
        for d in store.documents()
    ] + [*store.collections()]


def _rewritten(
    source: Path, target: Path, change: Callable[[dict[str, bytes]], None], **options: Any
) -> Path:
    """A copy of a backup with other members."""
    with zipfile.ZipFile(source) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with zipfile.ZipFile(target, "w", **options) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return target


def _refused(shelf: Shelf, path: Path) -> DocumentError:
    """The error that a file gives, after making sure that nothing was taken from it."""
    with pytest.raises(DocumentError) as caught:
        backup.restore(shelf, path)
    assert shelf.store.counts() == (0, 0)
    assert list((shelf.store.folder / ORIGINALS_FOLDER).iterdir()) == []
    assert [c.id for c in shelf.store.collections()] == ["documents"]
    return caught.value


# ---------------------------------------------------------------- there and back


def test_everything_comes_back(full: Shelf, saved: Path, shelf_in: OpenShelf) -> None:
    empty = shelf_in("empty")
    report = backup.restore(empty, saved)
    assert [each.status for each in report.restored] == ["added", "added"]
    assert report.collections == ("team",)
    assert (report.documents, report.passages) == full.store.counts()
    assert _everything(empty) == _everything(full)
    assert empty.store.vector_keys() == full.store.vector_keys()


def test_what_came_back_is_recognised_when_it_is_added_again(
    full: Shelf, saved: Path, shelf_in: OpenShelf, tmp_path: Path
) -> None:
    empty = shelf_in("empty")
    backup.restore(empty, saved)
    report = empty.add([Path("files")])
    # A nearly equal text is told too, because likeness is worked out anew.
    (tmp_path / "near.md").write_text(LONE.replace("a charged", "one charged"), encoding="utf-8")
    near = empty.add([tmp_path / "near.md"])
    assert {file.status for file in report.files} == {"unchanged"}
    assert [file.reason for file in near.files] == ["near-duplicate"]


def test_export_counts_what_it_wrote(full: Shelf, tmp_path: Path) -> None:
    path = tmp_path / "b.zip"
    report = backup.export(full, path, "1.0")
    with zipfile.ZipFile(path) as archive:
        manifest = json.loads(archive.read(MANIFEST))
        names = set(archive.namelist())
    assert report.counts.model_dump() == manifest["counts"]
    assert (report.counts.documents, report.counts.passages) == full.store.counts()
    assert report.counts.originals == 2
    assert names == {MANIFEST, *manifest["members"]}
    assert report.size == path.stat().st_size


def test_one_collection_alone(full: Shelf, shelf_in: OpenShelf, tmp_path: Path) -> None:
    path = tmp_path / "team.zip"
    backup.export(full, path, "1.0", "team")
    empty = shelf_in("empty")
    backup.restore(empty, path)
    assert [d.collection for d in empty.store.documents()] == ["team"]


def test_second_restore_changes_nothing(saved: Path, shelf_in: OpenShelf) -> None:
    empty = shelf_in("empty")
    backup.restore(empty, saved)
    before, revision = _everything(empty), empty.store.revision
    report = backup.restore(empty, saved)
    assert {each.status for each in report.restored} == {"unchanged"}
    assert (_everything(empty), empty.store.revision) == (before, revision)


def test_a_lost_original_is_brought_back(full: Shelf, saved: Path) -> None:
    document = full.store.documents()[0]
    full.store.original(document).unlink()
    backup.restore(full, saved)
    assert full.store.original(document).is_file()


def test_text_that_packs_a_thousandfold_is_no_bomb_of_ours(
    shelf_in: OpenShelf, tmp_path: Path
) -> None:
    path = tmp_path / "long.txt"
    path.write_text("word " * 400_000, encoding="utf-8")
    shelf = shelf_in("long")
    shelf.add([path])
    backup.export(shelf, tmp_path / "long.zip", "1.0")
    assert backup.restore(shelf_in("empty"), tmp_path / "long.zip").documents == 1


def test_a_damaged_text_is_brought_back(full: Shelf, saved: Path) -> None:
    document = full.store.documents()[0]
    before = full.store.text(document.id)
    with full.store._db as db:
        db.execute("update documents set text = 'x' where id = ?", (document.id,))
    report = backup.restore(full, saved)
    assert [each.status for each in report.restored] == ["replaced", "unchanged"]
    assert full.store.text(document.id) == before


# ---------------------------------------------------------------- conflicts


@pytest.fixture
def moved_on(full: Shelf, saved: Path) -> Shelf:
    """The library after the policy's file got a new version and the other new details."""
    path = Path("files", "lone.md")
    path.write_text(LONE.replace("8 pm", "6 pm"), encoding="utf-8")
    report = full.add([path])
    assert [file.reason for file in report.files] == ["updated"]
    full.edit(_id(full, "supervision"), {"issued": "2025"})
    return full


def test_another_text_under_the_same_id_is_kept_beside_it(moved_on: Shelf, saved: Path) -> None:
    lone = _id(moved_on, "lone")
    report = backup.restore(moved_on, saved)
    statuses = {each.document: each for each in report.restored}
    renamed = statuses[lone]
    assert renamed.status == "renamed"
    assert renamed.into != lone
    assert "6 pm" in moved_on.store.text(lone)
    assert "8 pm" in moved_on.store.text(renamed.into)
    kept = statuses[_id(moved_on, "supervision")]
    assert kept.status == "kept"
    assert moved_on.store.document(kept.into).details.issued == "2025"  # type: ignore[union-attr]
    again = backup.restore(moved_on, saved)
    assert {each.status for each in again.restored} == {"duplicate", "kept"}
    assert again.documents == report.documents == 3


def test_replace_lets_the_backup_win(moved_on: Shelf, saved: Path) -> None:
    lone = _id(moved_on, "lone")
    report = backup.restore(moved_on, saved, replace=True)
    assert {each.status for each in report.restored} == {"replaced"}
    assert report.documents == 2
    assert "8 pm" in moved_on.store.text(lone)
    held = moved_on.store.document(_id(moved_on, "supervision"))
    assert held is not None
    assert held.details.issued == ""
    folder = moved_on.store.folder / ORIGINALS_FOLDER
    assert {p.name for p in folder.iterdir()} == {d.original for d in moved_on.store.documents()}


# ---------------------------------------------------------------- what is refused


def test_every_changed_byte_is_found(saved: Path, shelf_in: OpenShelf, tmp_path: Path) -> None:
    empty = shelf_in("empty")
    data = saved.read_bytes()
    path = tmp_path / "changed.zip"
    for place in range(40, len(data), max(1, len(data) // 60)):
        path.write_bytes(data[:place] + bytes([data[place] ^ 0x20]) + data[place + 1 :])
        try:
            backup.restore(empty, path)
        except DocumentError:
            assert empty.store.counts() == (0, 0)
        else:
            # Only bytes that mean nothing may differ: dates and rights of members.
            assert empty.store.counts()[0] == 2
            empty.remove([d.id for d in empty.store.documents()])


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
def test_a_file_cut_short_is_refused(
    saved: Path, shelf_in: OpenShelf, tmp_path: Path, share: float
) -> None:
    data = saved.read_bytes()
    path = tmp_path / "short.zip"
    path.write_bytes(data[: int(len(data) * share)])
    assert "cut short" in str(_refused(shelf_in("empty"), path))


def _damaged_original(members: dict[str, bytes]) -> None:
    name = next(name for name in members if name.startswith(ORIGINALS))
    members[name] += b"!"


def _text_changed(members: dict[str, bytes]) -> None:
    members[DOCUMENTS] = members[DOCUMENTS].replace(b"8 pm", b"9 pm")


def _escaping(members: dict[str, bytes]) -> None:
    members["../../evil.txt"] = b"x"


def _unlisted(members: dict[str, bytes]) -> None:
    members[ORIGINALS + "0" * 64] = b"x"


def _missing(members: dict[str, bytes]) -> None:
    del members[next(name for name in members if name.startswith(ORIGINALS))]


def _no_manifest(members: dict[str, bytes]) -> None:
    del members[MANIFEST]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (_damaged_original, ORIGINALS),
        (_text_changed, DOCUMENTS),
        (_escaping, "../../evil.txt"),
        (_unlisted, "0" * 64),
        (_missing, ORIGINALS),
        (_no_manifest, MANIFEST),
    ],
)
def test_the_member_at_fault_is_named(
    saved: Path,
    shelf_in: OpenShelf,
    tmp_path: Path,
    change: Callable[[dict[str, bytes]], None],
    named: str,
) -> None:
    path = _rewritten(saved, tmp_path / "other.zip", change)
    assert named in str(_refused(shelf_in("empty"), path))


def _forged(saved: Path, target: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """A backup whose first document was changed by somebody who mended the checksums too."""
    import hashlib

    def alter(members: dict[str, bytes]) -> None:
        lines = members[DOCUMENTS].splitlines(keepends=True)
        first = json.loads(lines[0])
        change(first)
        lines[0] = json.dumps(first).encode() + b"\n"
        members[DOCUMENTS] = b"".join(lines)
        manifest = json.loads(members[MANIFEST])
        digest = hashlib.sha256(members[DOCUMENTS]).hexdigest()
        manifest["members"][DOCUMENTS] = {"sha256": digest, "size": len(members[DOCUMENTS])}
        members[MANIFEST] = json.dumps(manifest).encode()

    return _rewritten(saved, target, alter)


@pytest.mark.parametrize(
    "change",
    [
        lambda held: held["document"].update(id="../evil"),
        lambda held: held["document"].update(sha256="../../../etc/passwd"),
        lambda held: held["document"].update(collection="nowhere"),
        lambda held: held["document"].update(extra="field"),
        lambda held: held["passages"][0].update(end=10_000_000),
        lambda held: held["passages"][0].update(start=-1),
        lambda held: held["passages"].pop(),
        lambda held: held.update(text="other words"),
        lambda held: held.update(text=7),
        lambda held: held.pop("document"),
    ],
)
def test_forged_documents_are_refused(
    saved: Path, shelf_in: OpenShelf, tmp_path: Path, change: Callable[[dict[str, Any]], None]
) -> None:
    path = _forged(saved, tmp_path / "forged.zip", change)
    assert DOCUMENTS in str(_refused(shelf_in("empty"), path))


def test_a_forged_name_of_an_original_stays_in_its_folder(
    saved: Path, shelf_in: OpenShelf, tmp_path: Path
) -> None:
    path = _forged(
        saved, tmp_path / "forged.zip", lambda held: held["document"].update(original="../../x.md")
    )
    empty = shelf_in("empty")
    backup.restore(empty, path)
    names = {document.original for document in empty.store.documents()}
    assert all("/" not in name for name in names)
    assert {p.name for p in (empty.store.folder / ORIGINALS_FOLDER).iterdir()} == names


def test_a_compressed_member_is_refused_before_it_is_unpacked(
    saved: Path, shelf_in: OpenShelf, tmp_path: Path
) -> None:
    def bomb(members: dict[str, bytes]) -> None:
        members[DOCUMENTS] = b"0" * 50_000_000

    path = _rewritten(saved, tmp_path / "bomb.zip", bomb, compression=zipfile.ZIP_DEFLATED)
    said = str(_refused(shelf_in("empty"), path))
    assert "compressed" in said


def test_a_member_that_is_there_twice_is_refused(
    saved: Path, shelf_in: OpenShelf, tmp_path: Path
) -> None:
    path = tmp_path / "twice.zip"
    shutil.copy(saved, path)
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr(DOCUMENTS, b"{}")
    assert "twice" in str(_refused(shelf_in("empty"), path))


def test_a_newer_format_is_refused(saved: Path, shelf_in: OpenShelf, tmp_path: Path) -> None:
    def newer(members: dict[str, bytes]) -> None:
        members[MANIFEST] = json.dumps(json.loads(members[MANIFEST]) | {"version": 99}).encode()

    error = _refused(shelf_in("empty"), _rewritten(saved, tmp_path / "newer.zip", newer))
    assert "newer version" in error.message
    assert "Update" in error.hint


def test_other_zips_and_other_files_are_refused(shelf_in: OpenShelf, tmp_path: Path) -> None:
    empty = shelf_in("empty")
    (tmp_path / "words.zip").write_text("no zip")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("holiday.txt", "x")
    assert "no backup" in str(_refused(empty, tmp_path / "words.zip"))
    assert "holiday.txt" in str(_refused(empty, tmp_path / "other.zip"))
    assert _refused(empty, tmp_path / "none.zip").reason == "not-found"


# ---------------------------------------------------------------- troubles on our side


@pytest.mark.filterwarnings("error")
def test_a_failed_export_leaves_the_old_backup(
    full: Shelf, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = saved.read_bytes()

    def no_room(path: Path) -> Iterator[bytes]:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backup, "_pieces", no_room)
    with pytest.raises(DocumentError, match="disk is full"):
        backup.export(full, saved, "1.0")
    assert saved.read_bytes() == before
    assert [p.name for p in saved.parent.glob(".*part")] == []


def test_missing_originals_and_damaged_texts_are_named(full: Shelf, tmp_path: Path) -> None:
    lone, supervision = full.store.documents()
    full.store.original(lone).unlink()
    with full.store._db as db:
        db.execute("update documents set text = 'x' where id = ?", (supervision.id,))
    report = backup.export(full, tmp_path / "b.zip", "1.0")
    assert {left.document for left in report.left_out} == {lone.id, supervision.id}
    assert (report.counts.documents, report.counts.originals) == (1, 0)
    with open_backup(tmp_path / "b.zip") as held:
        assert [entry.document.id for entry in held.documents()] == [lone.id]


def test_an_interrupted_restore_goes_on(
    full: Shelf, saved: Path, shelf_in: OpenShelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = shelf_in("empty")
    true_put = empty.store.put

    def once(document: Document, *rest: Any) -> None:
        if empty.store.counts()[0] == 1:
            raise KeyboardInterrupt
        true_put(document, *rest)

    monkeypatch.setattr(empty.store, "put", once)
    with pytest.raises(KeyboardInterrupt):
        backup.restore(empty, saved)
    assert empty.store.counts()[0] == 1
    monkeypatch.setattr(empty.store, "put", true_put)
    report = backup.restore(empty, saved)
    assert [each.status for each in report.restored] == ["unchanged", "added"]
    assert _everything(empty) == _everything(full)


def test_two_at_once_are_refused(full: Shelf, saved: Path, tmp_path: Path) -> None:
    with full.writing():
        for work in (
            lambda: backup.export(full, tmp_path / "x.zip", "1.0"),
            lambda: backup.restore(full, saved),
        ):
            with pytest.raises(IndexBusyError):
                work()
    assert not (tmp_path / "x.zip").exists()


@pytest.mark.parametrize(("name", "force"), [("backup.zip", False), ("backup.tar", True)])
def test_where_a_backup_may_not_be_written(saved: Path, name: str, force: bool) -> None:
    with pytest.raises(UsageError):
        check_target(saved.with_name(name), force)


def test_a_folder_that_is_not_there_is_said(full: Shelf, tmp_path: Path) -> None:
    with pytest.raises(AssistantError, match="cannot be written"):
        backup.export(full, tmp_path / "none" / "b.zip", "1.0")
