"""Opens documents that are zip archives (Word, OpenDocument, PowerPoint, e-books) before anything
else touches them, and refuses what is broken, locked or hostile.

A ``Package`` gives the bytes or the XML of one part at a time, from memory: nothing is written to
disk. What the archive's directory claims is checked when it is opened; what really unpacks is
counted again while it is read. XML parts with a document type, and so with entities, are refused.
What the parts mean is left to the readers.
"""

from __future__ import annotations

import copy
import mmap
import posixpath
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from xml.parsers import expat

from assistant.documents.readers.entities import PROLOGUE_BYTES, declares_entities
from assistant.documents.records import FileReason, Limits
from assistant.errors import DocumentError

MEGABYTE = 1_000_000
SMALL = 10 * MEGABYTE
"""Below this no ratio is looked at: repetitive text packs well, and so little does no harm."""
DIRECTORY_BYTES_PER_ENTRY = 512
CHUNK = 1 << 18
XML_PARTS = (".xml", ".rels", ".opf")
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ASK_FOR_SOUND_COPY = "Open it in the program that made it, save it again and add the new file."
STRICT = (
    (b"http://purl.oclc.org/ooxml/wordprocessingml/main", b"wordprocessingml/2006/main"),
    (b"http://purl.oclc.org/ooxml/drawingml/main", b"drawingml/2006/main"),
    (b"http://purl.oclc.org/ooxml/drawingml/diagram", b"drawingml/2006/diagram"),
    (
        b"http://purl.oclc.org/ooxml/drawingml/wordprocessingDrawing",
        b"drawingml/2006/wordprocessingDrawing",
    ),
    (b"http://purl.oclc.org/ooxml/presentationml/main", b"presentationml/2006/main"),
    (
        b"http://purl.oclc.org/ooxml/officeDocument/relationships",
        b"officeDocument/2006/relationships",
    ),
)
"""Namespaces of "Strict Open XML", and what they are called everywhere else."""


@dataclass(frozen=True)
class Relation:
    """A part that another points at; ``kind`` is the last word of its type: "footnotes"."""

    kind: str
    target: str


class Package:
    """The parts of a document. Made by ``open_package``.

    Errors: every method raises ``DocumentError`` for a part that is broken or hostile.
    """

    def __init__(
        self,
        archive: zipfile.ZipFile,
        entries: dict[str, zipfile.ZipInfo],
        limits: Limits,
        name: str,
    ) -> None:
        self._archive = archive
        self._entries = entries
        self._by_lower = {part.lower(): part for part in entries}
        self._left = limits.archive_megabytes * MEGABYTE
        self._largest_xml = limits.memory_megabytes * MEGABYTE // 20
        self.limits = limits
        self.name = name

    def __contains__(self, part: object) -> bool:
        return isinstance(part, str) and self._entry(part) is not None

    def _entry(self, part: str) -> zipfile.ZipInfo | None:
        """Names differ in upper and lower case here and there; programs do not mind."""
        return self._entries.get(part) or self._entries.get(self._by_lower.get(part.lower(), ""))

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all parts, in the order of the archive, with forward slashes."""
        return tuple(self._entries)

    def read(self, part: str) -> bytes:
        """The bytes of a part; ``damaged`` where there is none of that name."""
        info = self._entry(part)
        if info is None:
            raise self.refusal(
                "damaged", f"the file lacks a part that it needs ({part}).", ASK_FOR_SOUND_COPY
            )
        pieces: list[bytes] = []
        size = 0
        for piece in self._pieces(info):
            pieces.append(piece)
            size += len(piece)
            self._left -= len(piece)
            if size > info.file_size or self._left < 0:
                raise self.refusal(
                    "bomb", "the file unpacks to far more than it says.", ASK_FOR_SOUND_COPY
                )
        return b"".join(pieces)

    def beginning(self, part: str) -> bytes:
        """The first bytes of a part, at most ``PROLOGUE_BYTES``; they count for no limit."""
        start = bytearray()
        for piece in self._pieces(self._entries[part]):
            start += piece
            if len(start) >= PROLOGUE_BYTES:
                break
        return bytes(start[:PROLOGUE_BYTES])

    def _pieces(self, info: zipfile.ZipInfo) -> Iterator[bytes]:
        """A part as it unpacks, piece by piece, whatever size its entry claims."""
        # ``zipfile`` stops at the size that is claimed; only without one is a false claim seen.
        probe = copy.copy(info)
        probe.file_size = _NO_CLAIM
        try:
            with self._archive.open(probe) as stream:
                while piece := stream.read(CHUNK):
                    yield piece
        except _ZIP_FAULTS as error:
            raise _faulty(self.name, error) from error

    def xml(self, part: str) -> Any:
        """The root element (lxml) of an XML part, without entities, comments or instructions."""
        from lxml import etree

        info = self._entry(part)
        if info is not None and info.file_size > self._largest_xml:
            raise self.refusal(
                "too-large", "its text is too large to be read.", "Split it into smaller documents."
            )
        data = self.read(part)
        _refuse_entities(data, self.name)
        for strict, usual in STRICT:
            data = data.replace(strict, b"http://schemas.openxmlformats.org/" + usual)
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False,
            remove_comments=True, remove_pis=True, huge_tree=False, recover=False,
        )  # fmt: skip
        try:
            root = etree.fromstring(data, parser)
        except (etree.XMLSyntaxError, ValueError) as error:
            raise self.refusal(
                "damaged", f"a part of the file is broken ({part}).", ASK_FOR_SOUND_COPY
            ) from error
        if root.getroottree().docinfo.doctype:
            raise self.refusal("hostile-xml", _HOSTILE, _HOSTILE_HINT)
        return root

    def relations(self, part: str = "") -> dict[str, Relation]:
        """What a part of an Office document points at inside it, by id; "" is the document."""
        folder, _, file = part.rpartition("/")
        listed = f"{folder}/_rels/{file}.rels".lstrip("/")
        if listed not in self:
            return {}
        found: dict[str, Relation] = {}
        for element in self.xml(listed):
            target = element.get("Target", "")
            if element.get("TargetMode") != "External" and target:
                where = target if target.startswith("/") else f"/{folder}/{target}"
                found[element.get("Id", "")] = Relation(
                    element.get("Type", "").rpartition("/")[2],
                    posixpath.normpath(where).lstrip("/"),
                )
        return found

    def related(self, part: str, kind: str) -> str:
        """The name of the first part of this kind that ``part`` points at, or empty."""
        targets = (item.target for item in self.relations(part).values() if item.kind == kind)
        return next((target for target in targets if target in self), "")

    def refusal(self, reason: FileReason, message: str, hint: str = "") -> DocumentError:
        """A ``DocumentError`` about this file, to raise."""
        return DocumentError(self.name, reason, message, hint)


_ZIP_FAULTS = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, NotImplementedError,
    RuntimeError, ValueError, KeyError, OSError, OverflowError, AttributeError, struct.error,
)  # fmt: skip
"""What ``zipfile`` raises for broken archives, found by truncating and altering them."""
_NO_CLAIM = 1 << 40
_HOSTILE = "the file defines entities of its own, as attacks do and documents need not."
_HOSTILE_HINT = "Do not open it unless you know where it is from; ask for a fresh copy."


@contextmanager
def open_package(path: Path, limits: Limits, name: str = "") -> Iterator[Package]:
    """Open a document that is a zip archive.

    Errors: ``DocumentError`` with reason empty, damaged, encrypted, unsupported (an old binary
    format), bomb, unsafe-path, hostile-xml, too-large, vanished or unreadable.
    """
    shown = name or path.name
    with _opened(path, shown) as stream:
        _refuse_other_formats(stream, shown)
        _refuse_long_directory(stream, limits, shown)
        try:
            archive = zipfile.ZipFile(stream)
        except _ZIP_FAULTS as error:
            raise _faulty(shown, error) from error
        with archive:
            package = Package(archive, _entries(archive, limits, shown), limits, shown)
            for part in package.names:
                if part.lower().endswith(XML_PARTS):
                    _refuse_entities(package.beginning(part), shown)
            yield package


@contextmanager
def _opened(path: Path, name: str) -> Iterator[IO[bytes]]:
    """The file, open; only opening it is guarded here."""
    try:
        stream = path.open("rb")
    except OSError as error:
        raise not_opened(error, name) from error
    with stream:
        yield stream


def not_opened(error: OSError, name: str) -> DocumentError:
    """What it means that a file cannot be opened, to raise."""
    if isinstance(error, FileNotFoundError):
        return DocumentError(name, "vanished", "the file is no longer there.", "Add it again.")
    hint = "Check that you may read it, then add it again."
    return DocumentError(name, "unreadable", "the file cannot be opened.", hint)


def _refuse_other_formats(stream: IO[bytes], name: str) -> None:
    """Old binary and password-protected office files begin otherwise than zip archives."""
    start = stream.read(8)
    stream.seek(0)
    if not start:
        raise DocumentError(name, "empty", "the file is empty.", "Add it again from where it came.")
    if start == OLD_OFFICE:
        raise _old_office(stream, name)
    if not start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        raise DocumentError(
            name, "damaged", "the file is not what its name says, or broken.", ASK_FOR_SOUND_COPY
        )


def _old_office(stream: IO[bytes], name: str) -> DocumentError:
    with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:

        def holds(entry: str) -> bool:
            return data.find(entry.encode("utf-16-le")) >= 0

        if holds("EncryptedPackage"):
            return DocumentError(
                name, "encrypted", "the file is locked with a password.",
                "Open it, remove the password, save it and add it again.",
            )  # fmt: skip
        suffix = ".pptx" if holds("PowerPoint Document") else ".docx"
    return DocumentError(
        name, "unsupported", "this old format of Office is not read.",
        f"Open it in Word, PowerPoint or LibreOffice, save it as {suffix} and add that.",
    )  # fmt: skip


def _refuse_long_directory(stream: IO[bytes], limits: Limits, name: str) -> None:
    """``zipfile`` reads the whole directory into memory before anybody can count it."""
    size = stream.seek(0, 2)
    if size > limits.file_megabytes * 1.05 * MEGABYTE:
        message = f"the file is larger than {limits.file_megabytes} MB."
        raise DocumentError(name, "too-large", message, "Split it into smaller documents.")
    stream.seek(max(0, size - 65_557 - 76))
    tail = stream.read()
    stream.seek(0)
    end = tail.rfind(b"PK\x05\x06")
    if end < 0:
        raise DocumentError(
            name, "damaged", "the file is broken or not complete.", ASK_FOR_SOUND_COPY
        )
    length = int.from_bytes(tail[end + 12 : end + 16], "little")
    large = tail.rfind(b"PK\x06\x06", 0, end)
    if large >= 0:
        length = max(length % 0xFFFFFFFF, int.from_bytes(tail[large + 40 : large + 48], "little"))
    if length > limits.files * DIRECTORY_BYTES_PER_ENTRY:
        raise DocumentError(name, "bomb", "the file holds far too many parts.", ASK_FOR_SOUND_COPY)


def _faulty(name: str, error: BaseException) -> DocumentError:
    if isinstance(error, RuntimeError) and "password" in str(error):
        return _locked(name)
    if "verlapped" in str(error):
        return DocumentError(name, "bomb", "its parts lie over each other.", ASK_FOR_SOUND_COPY)
    return DocumentError(name, "damaged", "the file is broken or not complete.", ASK_FOR_SOUND_COPY)


def _locked(name: str) -> DocumentError:
    hint = "Open it, remove the password, save it and add it again."
    return DocumentError(name, "encrypted", "the file is locked with a password.", hint)


def _entries(archive: zipfile.ZipFile, limits: Limits, name: str) -> dict[str, zipfile.ZipInfo]:
    """The parts by name, once their names and claimed sizes are found harmless."""
    infos = archive.infolist()
    if len(infos) > limits.files:
        raise DocumentError(name, "bomb", "the file holds far too many parts.", ASK_FOR_SOUND_COPY)
    entries: dict[str, zipfile.ZipInfo] = {}
    for info in infos:
        part = info.filename.replace("\\", "/")
        _check_name(part, name)
        if part.endswith("/"):
            continue
        if info.flag_bits & 0x1:
            raise _locked(name)
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            message = "the file is packed in a way that documents are not."
            raise DocumentError(name, "damaged", message, ASK_FOR_SOUND_COPY)
        other = entries.setdefault(part, info)
        if (other.CRC, other.file_size) != (info.CRC, info.file_size):
            message = "the file holds two different parts of the same name."
            raise DocumentError(name, "damaged", message, ASK_FOR_SOUND_COPY)
    _check_sizes(infos, limits, name)
    return entries


def _check_name(part: str, name: str) -> None:
    unsafe = part.startswith("/") or part[1:2] == ":" or "\0" in part or ".." in part.split("/")
    if unsafe:
        message = "a part of the file is named so as to be written elsewhere on the computer."
        raise DocumentError(name, "unsafe-path", message, _HOSTILE_HINT)


def _check_sizes(infos: list[zipfile.ZipInfo], limits: Limits, name: str) -> None:
    def packed_too_well(size: int, packed: int) -> bool:
        return size > SMALL and size > limits.archive_ratio * max(packed, 1)

    whole = sum(info.file_size for info in infos)
    packed = sum(info.compress_size for info in infos)
    if (
        whole > limits.archive_megabytes * MEGABYTE
        or packed_too_well(whole, packed)
        or any(packed_too_well(info.file_size, info.compress_size) for info in infos)
    ):
        raise DocumentError(
            name, "bomb", "the file would unpack to far more than a document holds.", _HOSTILE_HINT
        )


def local(element: Any) -> str:
    """The name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def _refuse_entities(data: bytes, name: str) -> None:
    """Refuse XML with a document type; whether it is XML at all is seen when it is needed."""
    try:
        hostile = declares_entities(data, any_type=True)
    except (expat.ExpatError, LookupError, ValueError):
        return
    if hostile:
        raise DocumentError(name, "hostile-xml", _HOSTILE, _HOSTILE_HINT)
