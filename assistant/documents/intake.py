"""Which files the given paths stand for, within limits: files, folders and zip archives.

``gather`` gives each as a ``Candidate`` or, where it must not be read, as a ``FileReport`` that
says why. The order is the same every time. Links are followed only inside the folder that was
given; a member of an archive is written to the workspace under a name of ours, never its own.
``fingerprint`` and ``Watched`` tell whether a file stayed what it was.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from assistant.documents.archives import MemberRefused, TooMuch, is_litter, members
from assistant.documents.printable import printable
from assistant.documents.readers import READERS, SUPPORTED, unreadable
from assistant.documents.readers.sniffing import unsupported
from assistant.documents.records import FileReason, FileReport, FileStatus, Limits
from assistant.errors import DocumentError

_PIECE = 1 << 20
_FILES_HINT = "Give one document, a folder of documents, or a .zip archive."


@dataclass(frozen=True)
class Candidate:
    """A file to read: where it is on disk, and how the person knows it.

    ``shown`` is the path as given, or ``archive.zip!/folder/file.docx``, with characters that
    cannot be seen or would break a line written out. ``temporary`` files lie in the workspace;
    whoever takes one may delete it, and it is deleted when the next one is asked for.
    """

    path: Path
    shown: str
    temporary: bool = False


@dataclass(frozen=True)
class Fingerprint:
    """The content of a file at one moment: SHA-256 in hexadecimal, and its size in bytes."""

    sha256: str
    size: int


Given = Candidate | FileReport


def gather(paths: Sequence[Path], limits: Limits, workspace: Path) -> Iterator[Given]:
    """The files that the paths stand for, one by one.

    Args:
        paths: files, folders and zip archives, as the person named them.
        limits: ``files`` over all paths together; the archive limits for each archive.
        workspace: an existing folder for members of archives; each lies there only until the
            next file is asked for.
    """
    return _Gathering(limits, workspace).over(paths)


def fingerprint(path: Path, shown: str = "") -> Fingerprint:
    """What the file holds now.

    Raises:
        DocumentError: reason ``vanished``, ``unreadable``, or ``changed-while-read`` where it
            changed while it was being read.
    """
    name = shown or printable(str(path))
    try:
        with path.open("rb") as stream:
            before = os.fstat(stream.fileno())
            digest, size = hashlib.sha256(), 0
            while piece := stream.read(_PIECE):
                digest.update(piece)
                size += len(piece)
        after = path.stat()
    except OSError as error:
        raise unreadable(error, name) from error
    if _state(before) != _state(after) or size != after.st_size:
        raise _changed(name)
    return Fingerprint(digest.hexdigest(), size)


def check_unchanged(path: Path, before: Fingerprint, shown: str = "") -> None:
    """Make sure that the file still holds what it held when ``before`` was taken.

    Raises:
        DocumentError: reason ``vanished`` or ``changed-while-read``.
    """
    if fingerprint(path, shown) != before:
        raise _changed(shown or printable(str(path)))


def _state(found: os.stat_result) -> tuple[int, ...]:
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


def _changed(shown: str) -> DocumentError:
    return DocumentError(
        shown,
        "changed-while-read",
        "the file changed while it was being read.",
        "Close it in other programs, wait until it is saved or copied, and add it again.",
    )


def report(
    shown: str, reason: FileReason, what: str, hint: str, status: FileStatus = "refused"
) -> FileReport:
    """A report on a file that is not read."""
    return FileReport(path=shown, status=status, reason=reason, message=f"{what} {hint}".strip())


def report_of(error: DocumentError, status: FileStatus = "failed") -> FileReport:
    """The report that an error on one file becomes."""
    return FileReport.model_validate(
        {
            "path": error.file,
            "status": status,
            "reason": error.reason,
            "message": f"{error.detail} {error.hint}".strip(),
        }
    )


@dataclass
class _Gathering:
    """One call of ``gather``: how many files there were so far, and which were seen."""

    limits: Limits
    workspace: Path
    taken: int = 0
    seen: set[str] = field(default_factory=set)

    def over(self, paths: Sequence[Path]) -> Iterator[Given]:
        """Everything that the paths stand for, until there are too many."""
        for path in paths:
            for given in self._path(path):
                self.taken += 1
                if self.taken > self.limits.files:
                    yield self._too_many(given)
                    return
                yield given

    def _path(self, path: Path) -> Iterator[Given]:
        shown = printable(str(path))
        try:
            found = path.stat()
        except OSError as error:
            yield _no_way_in(path, error, shown)
            return
        except ValueError:
            yield report(shown, "not-found", "this cannot be the name of a file.", "Check it.")
            return
        if stat.S_ISDIR(found.st_mode):
            count, again = self.taken, os.path.realpath(path) in self.seen
            yield from self._folder(path, shown)
            if self.taken == count and not again:
                yield _nothing_in(shown, "folder")
        elif not stat.S_ISREG(found.st_mode):
            yield _not_a_file(shown)
        else:
            yield from self._file(path, shown)

    def _file(self, path: Path, shown: str) -> Iterator[Given]:
        """A single file; the same one reached twice, by a link or given again, comes once."""
        if not self._first_time(path):
            return
        if path.suffix.lower() == ".zip":
            yield from self._archive(path, shown)
        else:
            yield Candidate(path, shown)

    def _first_time(self, path: Path) -> bool:
        place = os.path.realpath(path)
        if place in self.seen:
            return False
        self.seen.add(place)
        return True

    def _folder(self, root: Path, shown: str) -> Iterator[Given]:
        """Every file below the folder in the order of their names, then what links lead to.

        Links come last so that a file is known by its own name and not by a link's.
        """
        inside = Path(os.path.realpath(root))
        folders, links = [_Folder(root, shown, ())], deque[_Link]()
        while folders or links:
            if folders:
                yield from self._entries(folders.pop(), folders, links)
                continue
            link = links.popleft()
            refused = _bad_link(link, inside)
            if refused is not None:
                yield refused
            elif link.path.is_dir():
                folders.append(_Folder(link.path, link.shown, link.above))
            else:
                yield from self._entry(link.path, link.shown)

    def _entries(
        self, folder: _Folder, folders: list[_Folder], links: deque[_Link]
    ) -> Iterator[Given]:
        """The files right in ``folder``; its folders and links are put down for later."""
        if not self._first_time(folder.path):
            return
        try:
            entries = sorted(os.scandir(folder.path), key=lambda entry: os.fsencode(entry.name))
        except OSError as error:
            yield _no_way_in(folder.path, error, folder.shown)
            return
        above = (*folder.above, os.path.realpath(folder.path))
        below: list[_Folder] = []
        for entry in entries:
            path = folder.path / entry.name
            shown = f"{folder.shown.rstrip('/')}/{printable(entry.name)}"
            if is_litter(entry.name):
                continue
            if entry.is_symlink():
                links.append(_Link(path, shown, above))
            elif entry.is_dir(follow_symlinks=False):
                below.append(_Folder(path, shown, above))
            else:
                yield from self._entry(path, shown)
        folders.extend(reversed(below))

    def _entry(self, path: Path, shown: str) -> Iterator[Given]:
        """A file inside a folder, where it is of a kind that is read."""
        suffix = path.suffix.lower()
        try:
            found = path.stat()
        except OSError as error:
            yield _no_way_in(path, error, shown)
            return
        if not stat.S_ISREG(found.st_mode):
            yield _not_a_file(shown)
        elif suffix and suffix != ".zip" and suffix not in READERS:
            yield report_of(unsupported(shown, suffix), "refused")
        else:
            yield from self._file(path, shown)

    def _archive(self, path: Path, shown: str) -> Iterator[Given]:
        """The members of a zip archive, one at a time on disk."""
        try:
            empty = True
            for member in members(path, shown, self.limits, self.workspace):
                empty = False
                if isinstance(member, MemberRefused):
                    yield report(member.shown, member.reason, member.what, member.hint)
                    continue
                try:
                    yield Candidate(member.path, member.shown, temporary=True)
                finally:
                    member.path.unlink(missing_ok=True)
            if empty:
                yield _nothing_in(shown, "archive")
        except TooMuch as error:
            yield report(shown, error.reason, error.what, error.hint)
        except DocumentError as error:
            yield report_of(error, "refused" if error.reason == "encrypted" else "failed")
        except OSError as error:
            yield _no_way_in(path, error, shown)

    def _too_many(self, given: Given) -> FileReport:
        shown = given.shown if isinstance(given, Candidate) else given.path
        return report(
            shown,
            "too-many-files",
            f"there are over {self.limits.files:,} files; from this one on they were left out.",
            "Add the rest in smaller folders, or raise the limit in the settings.",
        )


@dataclass(frozen=True)
class _Folder:
    """A folder to look into; ``above`` are the true places of the folders that it lies in."""

    path: Path
    shown: str
    above: tuple[str, ...]


@dataclass(frozen=True)
class _Link:
    """A symbolic link inside a folder that was given."""

    path: Path
    shown: str
    above: tuple[str, ...]


def _bad_link(link: _Link, root: Path) -> FileReport | None:
    """Why a link inside the folder ``root`` is not followed; None where it may be."""
    try:
        target = Path(os.path.realpath(link.path, strict=True))
    except FileNotFoundError:
        return report(link.shown, "not-found", "this link leads nowhere.", "Mend or delete it.")
    except OSError as error:
        if error.errno == errno.ELOOP:
            return _loop(link.shown)
        return report_of(unreadable(error, link.shown))
    if str(target) in link.above:
        return _loop(link.shown)
    if target != root and root not in target.parents:
        return report(
            link.shown,
            "unsafe-path",
            "this link leads out of the folder and was not followed.",
            "Add the file or folder that it leads to by itself.",
        )
    return None


def _loop(shown: str) -> FileReport:
    return report(
        shown, "link-loop", "this link leads in a circle and was not followed.", "Delete the link."
    )


def _nothing_in(shown: str, what: str) -> FileReport:
    return report(shown, "empty", f"there is no document in this {what}.", SUPPORTED)


def _not_a_file(shown: str) -> FileReport:
    return report(
        shown, "unreadable", "this is a device or a channel between programs, no file.", _FILES_HINT
    )


def _no_way_in(path: Path, error: OSError, shown: str) -> FileReport:
    if isinstance(error, FileNotFoundError | NotADirectoryError) and not os.path.lexists(path):
        return report(
            shown, "not-found", "there is no such file or folder.", "Check the name.", "failed"
        )
    return report_of(unreadable(error, shown))
