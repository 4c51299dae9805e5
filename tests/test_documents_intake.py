"""What a path stands for: files, folders and archives, in one order, within limits, all named."""

from __future__ import annotations

import hashlib
import io
import os
import random
import socket
import stat
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.documents.intake import Candidate, check_unchanged, fingerprint, gather
from assistant.documents.printable import printable
from assistant.documents.records import FileReport, Limits
from assistant.errors import DocumentError

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="needs links and channels of POSIX")
not_root = pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="the administrator may read everything"
)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A folder for members of archives."""
    folder = tmp_path / "workspace"
    folder.mkdir()
    return folder


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """An empty folder to fill."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    return folder


def told(paths: list[Path], workspace: Path, limits: Limits | None = None) -> dict[str, str]:
    """Shown name (from the file name on) to what became of it: content, or reason."""
    found: dict[str, str] = {}
    for given in gather(paths, limits or Limits(), workspace):
        if isinstance(given, Candidate):
            found[given.shown] = given.path.read_text(encoding="utf-8")
        else:
            assert given.reason is not None
            assert given.message
            assert "\n" not in given.path
            found[given.path] = given.reason
    return {name.removeprefix(str(paths[0].parent) + "/"): what for name, what in found.items()}


def packed(path: Path, members: dict[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> Path:
    """A zip archive of these members."""
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


# ---------------------------------------------------------------- folders


def test_a_folder_gives_its_files_in_the_order_of_their_names(shelf: Path, workspace: Path) -> None:
    for name in ("b.txt", "a/z.md", "a/b/c.txt", "Z.txt", "c.pdf"):
        (shelf / name).parent.mkdir(parents=True, exist_ok=True)
        (shelf / name).write_text(name)
    expected = ["shelf/Z.txt", "shelf/b.txt", "shelf/c.pdf", "shelf/a/z.md", "shelf/a/b/c.txt"]
    assert list(told([shelf], workspace)) == expected


def test_what_programs_leave_behind_is_passed_over_in_silence(shelf: Path, workspace: Path) -> None:
    for name in (".DS_Store", "Thumbs.db", "~$policy.docx", ".hidden/a.txt", "desktop.ini"):
        (shelf / name).parent.mkdir(parents=True, exist_ok=True)
        (shelf / name).write_text("x")
    (shelf / "a.txt").write_text("kept")
    assert told([shelf], workspace) == {"shelf/a.txt": "kept"}


def test_kinds_that_are_not_read_are_refused_by_name(shelf: Path, workspace: Path) -> None:
    for name in ("rota.xlsx", "photo.jpg", "tool.exe"):
        (shelf / name).write_text("x")
    (shelf / "README").write_text("kept")
    assert told([shelf], workspace) == {
        "shelf/README": "kept",
        "shelf/photo.jpg": "needs-ocr",
        "shelf/rota.xlsx": "unsupported",
        "shelf/tool.exe": "unsupported",
    }


def test_a_file_that_is_named_itself_is_always_tried(shelf: Path, workspace: Path) -> None:
    (shelf / ".notes.xyz").write_text("mine")
    assert told([shelf / ".notes.xyz"], workspace) == {".notes.xyz": "mine"}


def test_nothing_there_and_nothing_in_it_are_said(shelf: Path, workspace: Path) -> None:
    assert told([shelf], workspace) == {"shelf": "empty"}
    assert told([shelf / "gone.pdf"], workspace) == {"gone.pdf": "not-found"}
    assert list(told([Path("nul\x00byte")], workspace).values()) == ["not-found"]


def test_the_same_file_given_twice_comes_once(shelf: Path, workspace: Path) -> None:
    (shelf / "a.txt").write_text("x")
    given = list(gather([shelf / "a.txt", shelf, shelf], Limits(), workspace))
    assert [item.shown for item in given if isinstance(item, Candidate)] == [str(shelf / "a.txt")]


@posix_only
def test_links_are_followed_inside_the_folder_only_and_loops_are_named(
    shelf: Path, workspace: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text("secret")
    (shelf / "a").mkdir()
    (shelf / "a" / "own.txt").write_text("own")
    (shelf / ".kept").mkdir()
    (shelf / ".kept" / "inner.txt").write_text("inner")
    (shelf / "a" / "up").symlink_to(shelf)
    (shelf / "a" / "here").symlink_to(".")
    (shelf / "aa-again").symlink_to("a")
    (shelf / "self").symlink_to("self")
    (shelf / "out").symlink_to(outside)
    (shelf / "out.txt").symlink_to(outside / "secret.txt")
    (shelf / "nowhere.txt").symlink_to("gone.txt")
    (shelf / "in").symlink_to(".kept")
    assert told([shelf], workspace) == {
        "shelf/a/own.txt": "own",
        "shelf/a/here": "link-loop",
        "shelf/a/up": "link-loop",
        "shelf/in/inner.txt": "inner",
        "shelf/nowhere.txt": "not-found",
        "shelf/out": "unsafe-path",
        "shelf/out.txt": "unsafe-path",
        "shelf/self": "link-loop",
    }


@posix_only
def test_folders_that_link_to_each_other_are_walked_once(shelf: Path, workspace: Path) -> None:
    for one in range(12):
        (shelf / f"d{one:02}").mkdir()
        (shelf / f"d{one:02}" / "a.txt").write_text(str(one))
        for other in range(12):
            (shelf / f"d{one:02}" / f"to{other:02}").symlink_to(shelf / f"d{other:02}")
    began = time.monotonic()
    found = told([shelf], workspace)
    assert sorted(what for what in found.values() if what != "link-loop") == sorted(
        str(number) for number in range(12)
    )
    assert time.monotonic() - began < 20


@posix_only
def test_channels_sockets_and_devices_are_refused_and_never_opened(
    shelf: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(shelf / "pipe.txt")
    monkeypatch.chdir(shelf)
    listening = socket.socket(socket.AF_UNIX)
    with listening:
        listening.bind("plug.txt")
        assert told([shelf], workspace) == {
            "shelf/pipe.txt": "unreadable",
            "shelf/plug.txt": "unreadable",
        }
        assert told([Path("/dev/null")], workspace) == {"null": "unreadable"}
        assert told([shelf / "pipe.txt"], workspace) == {"pipe.txt": "unreadable"}


@not_root
def test_a_folder_without_permission_is_named_and_the_rest_goes_on(
    shelf: Path, workspace: Path
) -> None:
    (shelf / "shut").mkdir()
    (shelf / "open.txt").write_text("x")
    (shelf / "shut").chmod(0)
    try:
        assert told([shelf], workspace) == {"shelf/open.txt": "x", "shelf/shut": "unreadable"}
    finally:
        (shelf / "shut").chmod(0o700)


@posix_only
def test_names_are_shown_on_one_line_with_nothing_hidden(shelf: Path, workspace: Path) -> None:
    (shelf / "two\nlines.txt").write_text("1")
    (shelf / "policy\u202etxt.pdf").write_text("2")
    with open(os.fsencode(shelf) + b"/caf\xe9.txt", "w") as stream:
        stream.write("3")
    assert told([shelf], workspace) == {
        "shelf/two\\nlines.txt": "1",
        "shelf/policy\\u202etxt.pdf": "2",
        "shelf/caf\\xe9.txt": "3",
    }


def test_a_name_is_shown_as_it_is_where_it_can_be_seen() -> None:
    assert printable("Übersicht – Ward’s plan (2).pdf") == "Übersicht – Ward’s plan (2).pdf"
    assert printable("a\tb\x1b[31m\u2028\u200f\U000e0041") == (
        "a\\tb\\x1b[31m\\u2028\\u200f\\U000e0041"
    )


def test_too_many_files_are_counted_over_everything(shelf: Path, workspace: Path) -> None:
    for number in range(5):
        (shelf / f"{number}.txt").write_text("x")
    packed(shelf / "box.zip", {f"{number}.txt": "x" for number in range(3)})
    found = told([shelf], workspace, Limits(files=4))
    assert list(found.values()) == ["x", "x", "x", "x", "too-many-files"]
    assert told([shelf / "box.zip"], workspace, Limits(files=2)) == {"box.zip": "too-many-files"}


def test_five_thousand_files_are_listed_in_a_moment(shelf: Path, workspace: Path) -> None:
    for number in range(5000):
        (shelf / f"{number}.txt").touch()
    began = time.monotonic()
    assert sum(isinstance(g, Candidate) for g in gather([shelf], Limits(), workspace)) == 5000
    assert time.monotonic() - began < 20


# ---------------------------------------------------------------- archives


def test_members_come_one_at_a_time_under_names_of_ours(shelf: Path, workspace: Path) -> None:
    box = packed(
        shelf / "box.zip",
        {"b/two.md": "two", "a.txt": "one", "__MACOSX/a.txt": "x", ".git/a.txt": "x"},
    )
    for given in gather([box], Limits(), workspace):
        assert isinstance(given, Candidate)
        assert given.temporary
        assert list(workspace.iterdir()) == [given.path]
        assert given.path.suffix in {".md", ".txt"}
    assert list(workspace.iterdir()) == []
    assert told([box], workspace) == {"box.zip!/b/two.md": "two", "box.zip!/a.txt": "one"}


def test_a_member_is_gone_when_the_work_is_broken_off(shelf: Path, workspace: Path) -> None:
    box = packed(shelf / "box.zip", {"a.txt": "one", "b.txt": "two"})
    given: Iterator[Any] = gather([box], Limits(), workspace)
    next(given)
    given.close()  # type: ignore[attr-defined]
    assert list(workspace.iterdir()) == []


def test_names_that_lead_out_are_refused_and_nothing_is_written_outside(
    shelf: Path, workspace: Path, tmp_path: Path
) -> None:
    names = ["../up.txt", "a/../../up.txt", "/abs.txt", "C:\\win.txt", "..\\win.txt", "ok/a.txt"]
    box = packed(shelf / "box.zip", dict.fromkeys(names, "x"))
    before = sorted(tmp_path.rglob("*"))
    found = told([box], workspace)
    assert list(found.values()) == [*["unsafe-path"] * 5, "x"]
    assert sorted(tmp_path.rglob("*")) == before


def test_links_in_archives_are_never_followed(shelf: Path, workspace: Path) -> None:
    link = zipfile.ZipInfo("link.txt")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(shelf / "box.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    assert told([shelf / "box.zip"], workspace) == {"box.zip!/link.txt": "unsafe-path"}


def test_archives_in_archives_other_kinds_and_doubles_are_refused(
    shelf: Path, workspace: Path
) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("a.txt", "x")
    with zipfile.ZipFile(shelf / "box.zip", "w") as archive:
        archive.writestr("inner.zip", inner.getvalue())
        archive.writestr("rota.xlsx", "x")
        archive.writestr("a.txt", "first")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a.txt", "second")
    given = list(gather([shelf / "box.zip"], Limits(), workspace))
    reasons = [item.reason for item in given if isinstance(item, FileReport)]
    assert reasons == ["nested-archive", "unsupported", "unsafe-path"]


def test_bombs_are_refused_by_size_by_ratio_and_by_overlap(shelf: Path, workspace: Path) -> None:
    zeros = b"0" * (8 << 20)
    ratio = packed(shelf / "ratio.zip", {"a.txt": zeros})
    assert told([ratio], workspace) == {"ratio.zip": "bomb"}
    noise = random.Random(1).randbytes(2 << 20)
    total = packed(shelf / "total.zip", {"a.txt": noise}, zipfile.ZIP_STORED)
    assert told([total], workspace, Limits(archive_megabytes=1)) == {"total.zip": "bomb"}
    assert list(workspace.iterdir()) == []


def test_one_bomb_among_good_files_costs_only_itself(shelf: Path, workspace: Path) -> None:
    noise = random.Random(1).randbytes(1 << 20).hex()
    box = packed(shelf / "box.zip", {"a.txt": b"0" * (8 << 20), "b.txt": noise})
    assert told([box], workspace, Limits(archive_ratio=50))["box.zip!/a.txt"] == "bomb"
    assert told([box], workspace, Limits(archive_ratio=50))["box.zip!/b.txt"] == noise


def test_a_small_file_that_packs_well_is_no_bomb(shelf: Path, workspace: Path) -> None:
    box = packed(shelf / "box.zip", {"a.txt": " " * 900_000})
    assert told([box], workspace) == {"box.zip!/a.txt": " " * 900_000}


def test_a_list_of_a_hundred_thousand_files_is_refused_before_it_is_read(
    shelf: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = b"PK\x03\x04" + bytes(26)
    entry = b"PK\x01\x02" + bytes(42)
    count = 100_000
    end = b"PK\x05\x06" + bytes(4) + b"\xff\xff\xff\xff"
    listed = (len(entry) * count).to_bytes(4, "little") + len(member).to_bytes(4, "little")
    (shelf / "box.zip").write_bytes(member + entry * count + end + listed + bytes(2))
    monkeypatch.delattr(zipfile, "ZipFile")
    found = told([shelf / "box.zip"], workspace, Limits(files=1000))
    assert found == {"box.zip": "too-many-files"}


def test_a_file_that_is_larger_than_it_claims_is_not_unpacked_further(
    shelf: Path, workspace: Path
) -> None:
    box = packed(shelf / "box.zip", {"a.txt": "peer " * 500_000})
    data = bytearray(box.read_bytes())
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = (1000).to_bytes(4, "little")
    box.write_bytes(data)
    assert told([box], workspace) == {"box.zip!/a.txt": "damaged"}
    assert list(workspace.iterdir()) == []


def test_files_that_share_their_bytes_are_a_bomb(shelf: Path, workspace: Path) -> None:
    box = packed(shelf / "box.zip", {"a.txt": "peer", "b.txt": "peer"})
    data = bytearray(box.read_bytes())
    at = data.rindex(b"PK\x01\x02")
    data[at + 42 : at + 46] = (0).to_bytes(4, "little")
    box.write_bytes(data)
    assert told([box], workspace) == {"box.zip": "bomb"}


def test_broken_and_locked_archives_are_named(shelf: Path, workspace: Path) -> None:
    box = packed(shelf / "box.zip", {"a.txt": "peer support " * 50, "b.txt": "fine"})
    whole = box.read_bytes()
    (shelf / "cut.zip").write_bytes(whole[:-10])
    (shelf / "none.zip").write_bytes(b"no archive")
    (shelf / "void.zip").write_bytes(b"")
    at = whole.index(b"a.txt") + 8
    (shelf / "flip.zip").write_bytes(whole[:at] + b"\xff\xff\xff" + whole[at + 3 :])
    locked = bytearray(whole)
    for mark, flag in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        locked[whole.index(mark) + flag] |= 1
    (shelf / "lock.zip").write_bytes(locked)
    assert told([shelf], workspace) == {
        "shelf/box.zip!/a.txt": "peer support " * 50,
        "shelf/box.zip!/b.txt": "fine",
        "shelf/cut.zip": "damaged",
        "shelf/flip.zip!/a.txt": "damaged",
        "shelf/flip.zip!/b.txt": "fine",
        "shelf/lock.zip!/a.txt": "encrypted",
        "shelf/lock.zip!/b.txt": "fine",
        "shelf/none.zip": "damaged",
        "shelf/void.zip": "damaged",
    }


def test_names_in_archives_are_shown_safely_and_in_their_own_encoding(
    shelf: Path, workspace: Path
) -> None:
    box = packed(shelf / "box.zip", {"two\nlines\u202e.txt": "1", "caf?.txt": "2"})
    data = box.read_bytes().replace(b"caf?.txt", "c\u00e9f.txt".encode()[:8])
    box.write_bytes(data)
    shown = list(told([box], workspace))
    assert shown == ["box.zip!/two\\nlines\\u202e.txt", "box.zip!/céf.txt"]


def test_any_cut_of_an_archive_is_named(shelf: Path, workspace: Path) -> None:
    whole = packed(shelf / "box.zip", {"a.txt": "peer", "b/c.md": "# peer"}).read_bytes()
    cut = shelf / "cut.zip"
    for length in range(0, len(whole), 7):
        cut.write_bytes(whole[:length])
        told([cut], workspace)
    for at in range(0, len(whole), 3):
        cut.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        list(gather([cut], Limits(), workspace))


# ---------------------------------------------------------------- fingerprints


def test_a_fingerprint_is_the_hash_and_size_of_the_bytes(shelf: Path) -> None:
    (shelf / "a.txt").write_bytes(b"peer" * 1_000_000)
    found = fingerprint(shelf / "a.txt")
    assert found.sha256 == hashlib.sha256(b"peer" * 1_000_000).hexdigest()
    assert found.size == 4_000_000


def test_a_file_that_changes_or_goes_while_it_is_read_is_found_out(shelf: Path) -> None:
    path = shelf / "a.txt"
    path.write_text("before")
    before = fingerprint(path)
    check_unchanged(path, before)
    path.write_text("behind")
    with pytest.raises(DocumentError) as caught:
        check_unchanged(path, before, "a.txt")
    assert caught.value.reason == "changed-while-read"
    path.unlink()
    with pytest.raises(DocumentError) as caught:
        check_unchanged(path, before, "a.txt")
    assert caught.value.reason == "vanished"


def test_a_file_that_changes_during_the_hash_is_found_out(
    shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = shelf / "a.txt"
    path.write_bytes(b"x" * 10)
    true_sha256 = hashlib.sha256

    def grow() -> Any:
        with path.open("ab") as stream:
            stream.write(b"more")
        return true_sha256()

    monkeypatch.setattr(hashlib, "sha256", grow)
    with pytest.raises(DocumentError) as caught:
        fingerprint(path)
    assert caught.value.reason == "changed-while-read"
