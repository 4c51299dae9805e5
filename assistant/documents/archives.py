"""The members of a zip archive, each checked and written to a workspace, one at a time.

What the archive claims of itself is checked before anything is unpacked, and what really comes out
is counted while it is unpacked. Names of members are only ever shown, never used as paths.
"""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from assistant.documents.printable import printable
from assistant.documents.readers import READERS
from assistant.documents.readers.sniffing import unsupported
from assistant.documents.records import FileReason, Limits
from assistant.errors import DocumentError

_MEGABYTE = 1 << 20
_PIECE = 1 << 18
_UTF8_NAMES = 0x800
_TAIL = 66_000
"""Bytes at an archive's end in which its list of files is announced."""
_LIST_BYTES = 400
"""Bytes of that list that a file may take on average."""
_SMALL = 1 << 20
"""Bytes below which a high ratio means nothing: a page of spaces packs a thousandfold."""
_NESTED = frozenset(".zip .7z .rar .tar .gz .tgz .bz2 .xz".split())
_LITTER = frozenset({".ds_store", "thumbs.db", "desktop.ini", "__macosx"})
_BAD_DATA = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError)


class TooMuch(Exception):
    """The archive as a whole must not be unpacked any further."""

    def __init__(self, reason: FileReason, what: str, hint: str) -> None:
        super().__init__(what)
        self.reason = reason
        self.what = what
        self.hint = hint


@dataclass(frozen=True)
class Member:
    """A member on disk."""

    path: Path
    shown: str


@dataclass(frozen=True)
class MemberRefused:
    """A member that was not unpacked, and why."""

    shown: str
    reason: FileReason
    what: str
    hint: str


def members(
    path: Path, shown: str, limits: Limits, workspace: Path
) -> Iterator[Member | MemberRefused]:
    """Each file in the archive, in the archive's order, written to ``workspace``.

    Raises:
        TooMuch: it is a bomb, or holds too many files; what came before was sound.
        DocumentError: the archive is broken.
        OSError: it cannot be opened, or the workspace cannot be written to.
    """
    _check_directory(path, limits)
    try:
        archive = zipfile.ZipFile(path)
    except (*_BAD_DATA, UnicodeError) as error:
        raise _broken(shown) from error
    with archive:
        unpacking = _Unpacking(archive, shown, limits, workspace, path.stat().st_size)
        yield from unpacking.all()


@dataclass
class _Unpacking:
    """One archive being read; ``out`` counts the bytes that have come out of it."""

    archive: zipfile.ZipFile
    shown: str
    limits: Limits
    workspace: Path
    packed: int
    out: int = 0

    def all(self) -> Iterator[Member | MemberRefused]:
        """Every file of the archive; folders and litter are passed over."""
        entries = [entry for entry in self.archive.infolist() if not entry.is_dir()]
        self._check_claims(entries)
        seen: set[str] = set()
        for number, entry in enumerate(entries):
            if _lies_in_litter(entry.filename):
                continue
            name = f"{self.shown}!/{printable(_name_of(entry)).lstrip('/')}"
            refused = self._refused(entry, name, seen)
            seen.add(entry.filename)
            yield refused or self._unpacked(entry, name, number)

    def _check_claims(self, entries: list[zipfile.ZipInfo]) -> None:
        if len(entries) > self.limits.files:
            raise TooMuch(
                "too-many-files",
                f"the archive holds {len(entries):,} files, more than {self.limits.files:,}.",
                "Unpack it and add its folders one by one.",
            )
        claimed = sum(entry.file_size for entry in entries)
        self._check_total(claimed)
        starts = [entry.header_offset for entry in entries]
        overlapping = len(starts) != len(set(starts))
        if overlapping:
            raise self._bomb("its files lie on top of each other")

    def _check_total(self, size: int) -> None:
        most = self.limits.archive_megabytes * _MEGABYTE
        if size > most:
            raise self._bomb(f"unpacked it would take more than {self.limits.archive_megabytes} MB")
        if size > _SMALL and size > self.limits.archive_ratio * max(1, self.packed):
            raise self._bomb(f"it would grow more than {self.limits.archive_ratio} times")

    def _bomb(self, why: str) -> TooMuch:
        return TooMuch(
            "bomb",
            f"the archive was not unpacked: {why}.",
            "If you trust it, unpack it yourself and add the folder.",
        )

    def _refused(self, entry: zipfile.ZipInfo, name: str, seen: set[str]) -> MemberRefused | None:
        suffix = PurePosixPath(entry.filename).suffix.lower()
        if _leads_out(_name_of(entry)):
            return MemberRefused(
                name,
                "unsafe-path",
                "its name leads out of the archive's folder.",
                "Unpack the archive yourself and add what you trust.",
            )
        if stat.S_IFMT(entry.external_attr >> 16) not in {0, stat.S_IFREG}:
            return MemberRefused(
                name, "unsafe-path", "it is a link, not a file.", "Add the file that it leads to."
            )
        if entry.filename in seen:
            return MemberRefused(
                name,
                "unsafe-path",
                "the archive holds two files of this name; only the first was read.",
                "Unpack it, tell the two apart, and add the folder.",
            )
        if suffix in _NESTED:
            return MemberRefused(
                name,
                "nested-archive",
                "archives inside archives are not unpacked.",
                "Unpack the outer one and add the inner one by itself.",
            )
        return self._refused_content(entry, name, suffix)

    def _refused_content(
        self, entry: zipfile.ZipInfo, name: str, suffix: str
    ) -> MemberRefused | None:
        if suffix and suffix not in READERS:
            error = unsupported(name, suffix)
            reason: FileReason = "needs-ocr" if error.reason == "needs-ocr" else "unsupported"
            return MemberRefused(name, reason, error.detail, error.hint)
        if entry.flag_bits & 1:
            return MemberRefused(
                name,
                "encrypted",
                "the archive is protected by a password.",
                "Unpack it with the password and add the folder.",
            )
        if entry.file_size > self.limits.file_megabytes * _MEGABYTE:
            return MemberRefused(
                name,
                "too-large",
                f"the file is larger than {self.limits.file_megabytes} MB.",
                "Split it, or raise the limit in the settings.",
            )
        packed = max(1, entry.compress_size)
        if entry.file_size > _SMALL and entry.file_size > self.limits.archive_ratio * packed:
            return MemberRefused(
                name,
                "bomb",
                f"unpacked it would be over {self.limits.archive_ratio} times as large.",
                "If you trust it, unpack it yourself and add the file.",
            )
        return None

    def _unpacked(self, entry: zipfile.ZipInfo, name: str, number: int) -> Member | MemberRefused:
        suffix = PurePosixPath(entry.filename).suffix.lower()
        target = self.workspace / f"member-{number:06d}{suffix if suffix in READERS else ''}"
        try:
            self._write(entry, target)
        except (TooMuch, OSError) as error:
            target.unlink(missing_ok=True)
            # Decoders of bz2 raise OSError without a number for broken data.
            if isinstance(error, TooMuch) or error.errno is not None:
                raise
            return self._damaged(name)
        except (*_BAD_DATA, RuntimeError):
            target.unlink(missing_ok=True)
            return self._damaged(name)
        return Member(target, name)

    def _damaged(self, name: str) -> MemberRefused:
        return MemberRefused(
            name,
            "damaged",
            "this file is broken inside the archive.",
            "Fetch or make the archive again.",
        )

    def _write(self, entry: zipfile.ZipInfo, target: Path) -> None:
        """Unpack one file, counting what comes out and not what was claimed."""
        with self.archive.open(entry) as source, target.open("xb") as out:
            while piece := source.read(_PIECE):
                self.out += len(piece)
                self._check_total(self.out)
                out.write(piece)


def _broken(shown: str) -> DocumentError:
    return DocumentError(
        shown,
        "damaged",
        "the archive is broken or was not copied whole.",
        "Fetch or make it again.",
    )


def _name_of(entry: zipfile.ZipInfo) -> str:
    """The name as the archive gives it, with what follows a null byte; mostly it is UTF-8."""
    name = entry.orig_filename
    if entry.flag_bits & _UTF8_NAMES:
        return name
    try:
        return name.encode("cp437").decode("utf-8")
    except UnicodeError:
        return name


def _leads_out(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    absolute = name.startswith(("/", "\\")) or (len(name) > 1 and name[1] == ":")
    return absolute or ".." in parts or "\x00" in name


def is_litter(name: str) -> bool:
    """Whether programs leave such files and folders behind, and nobody means to add them."""
    return name.startswith((".", "~$")) or name.lower() in _LITTER


def _lies_in_litter(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return any(is_litter(part) for part in parts if part not in {"", ".", ".."})


def _check_directory(path: Path, limits: Limits) -> None:
    """Look at how long the list of files is before the library takes it into memory."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        stream.seek(max(0, size - _TAIL))
        tail = stream.read()
        at = tail.rfind(b"PK\x05\x06")
        if at < 0 or len(tail) < at + 22:
            return
        length = int.from_bytes(tail[at + 12 : at + 16], "little")
        locator = tail[at - 20 : at] if at >= 20 else b""
        if locator.startswith(b"PK\x06\x07"):
            stream.seek(min(int.from_bytes(locator[8:16], "little"), size))
            length = max(length, int.from_bytes(stream.read(56)[40:48], "little"))
    if size >= length > _MEGABYTE + limits.files * _LIST_BYTES:
        raise TooMuch(
            "too-many-files",
            f"the archive holds more than {limits.files:,} files.",
            "Unpack it and add its folders one by one.",
        )
