"""What a file is: by its first bytes, then by the list inside an archive, last by its name.

Gives the name of a format that can be read, or refuses with what to do instead. Nothing of the
content is read here.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from assistant.documents.readers import READ_AS, SUPPORTED
from assistant.documents.readers.decoding import looks_binary
from assistant.documents.records import FileReason
from assistant.errors import DocumentError

_HEAD = 1 << 16
_WORD_HINT = "Open it in Word or LibreOffice, save it as .docx or PDF, and add that."
_SHEET_HINT = "Save the sheets that matter as PDF, and add that."
_SLIDES_HINT = "Save it as .pptx or PDF, and add that."
_PICTURE_HINT = "Put it into a PDF and have its text recognised, then add the PDF."
_UNPACK_HINT = "Unpack it and add the folder, or pack it as .zip."
_SOUND_HINT = "Add a written version of it."
_PROGRAM_HINT = "Do not open it. Ask whoever sent it for the document itself."

_ARCHIVE_KINDS = {
    "word/": "docx",
    "ppt/": "pptx",
}
_MIMETYPES = {
    "application/epub+zip": "epub",
    "application/vnd.oasis.opendocument.text": "odt",
    "application/vnd.oasis.opendocument.text-template": "odt",
}
_ZIPPED = frozenset({"docx", "odt", "pptx", "epub"})
_TEXTUAL = frozenset({"text", "markdown", "html"})

# First bytes, how many bytes in, what it is, what to do.
_REFUSED: Sequence[tuple[bytes, int, str, str]] = (
    (b"MZ", 0, "a Windows program", _PROGRAM_HINT),
    (b"\x7fELF", 0, "a Linux program", _PROGRAM_HINT),
    (b"\xca\xfe\xba\xbe", 0, "a program", _PROGRAM_HINT),
    (b"\xcf\xfa\xed\xfe", 0, "a Mac program", _PROGRAM_HINT),
    (b"\xce\xfa\xed\xfe", 0, "a Mac program", _PROGRAM_HINT),
    (b"SQLite format 3\x00", 0, "a database", "Add a document instead."),
    (b"Rar!\x1a\x07", 0, "a RAR archive", _UNPACK_HINT),
    (b"7z\xbc\xaf\x27\x1c", 0, "a 7z archive", _UNPACK_HINT),
    (b"\x1f\x8b", 0, "a compressed file", _UNPACK_HINT),
    (b"BZh", 0, "a compressed file", _UNPACK_HINT),
    (b"\xfd7zXZ\x00", 0, "a compressed file", _UNPACK_HINT),
    (b"ustar", 257, "a tar archive", _UNPACK_HINT),
    (b"ID3", 0, "a sound recording", _SOUND_HINT),
    (b"OggS", 0, "a sound recording", _SOUND_HINT),
    (b"ftyp", 4, "a video or a photo of a phone", _SOUND_HINT),
    (b"\x1aE\xdf\xa3", 0, "a video", _SOUND_HINT),
)
_PICTURES: Sequence[bytes] = (
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"GIF87a",
    b"GIF89a",
    b"II*\x00",
    b"MM\x00*",
)
_HINTS_BY_SUFFIX = {
    ".doc": _WORD_HINT,
    ".dot": _WORD_HINT,
    ".wpd": _WORD_HINT,
    ".wps": _WORD_HINT,
    ".pages": "Open it in Pages, export it as PDF or Word, and add that.",
    ".key": "Open it in Keynote, export it as PDF or PowerPoint, and add that.",
    ".numbers": _SHEET_HINT,
    ".xls": _SHEET_HINT,
    ".xlsx": _SHEET_HINT,
    ".xlsm": _SHEET_HINT,
    ".ods": _SHEET_HINT,
    ".csv": _SHEET_HINT,
    ".ppt": _SLIDES_HINT,
    ".odp": _SLIDES_HINT,
    ".msg": "Save the message as text or PDF, and add that.",
    ".eml": "Save the message as text or PDF, and add that.",
    ".mht": "Save the page as PDF or plain HTML, and add that.",
    ".mhtml": "Save the page as PDF or plain HTML, and add that.",
    ".one": "Export the page as PDF, and add that.",
    ".pub": "Save it as PDF, and add that.",
    ".xps": "Print it to PDF, and add that.",
    ".djvu": "Convert it to PDF, and add that.",
    ".mobi": "Convert it to EPUB or PDF, and add that.",
    ".azw3": "Convert it to EPUB or PDF, and add that.",
}
_PICTURE_SUFFIXES = frozenset(".png .jpg .jpeg .gif .tif .tiff .bmp .webp .heic .heif .svg".split())


def sniff(path: Path, shown: str) -> str:
    """The format to read the file as: a key of ``readers.BY_FORMAT``.

    Args:
        path: the file on disk; must exist.
        shown: how the person knows it; its suffix counts where the content does not say.

    Raises:
        DocumentError: reason ``unsupported``, ``needs-ocr``, ``encrypted``, ``damaged`` or
            ``binary``.
        OSError: the file cannot be opened.
    """
    suffix = PurePosixPath(shown.replace("\\", "/")).suffix.lower()
    named = READ_AS.get(suffix, "")
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    _refuse_by_bytes(head, shown)
    if head.startswith(b"PK") and (kind := _packed_kind(path, named, shown)):
        return kind
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        raise _refused_office(path, suffix, shown)
    kind = _kind_by_bytes(head, named)
    if kind:
        return kind
    return _by_name(head, suffix, named, shown)


def _kind_by_bytes(head: bytes, named: str) -> str:
    start = head.lstrip(b"\xef\xbb\xbf\x00 \t\r\n")[:200]
    if start.startswith(b"%PDF-") or (named == "pdf" and b"%PDF-" in head[:1024]):
        return "pdf"
    if start.startswith(b"{\\rtf"):
        return "rtf"
    begins = start.lower()
    page = begins.startswith((b"<!doctype html", b"<html")) or (
        begins.startswith(b"<?xml") and b"<html" in head[:2000].lower()
    )
    return "html" if page else ""


def _by_name(head: bytes, suffix: str, named: str, shown: str) -> str:
    """The format that the name gives, where the bytes do not speak against it."""
    if named in _TEXTUAL and not looks_binary(head):
        return named
    if named in _TEXTUAL:
        raise DocumentError(
            shown,
            "binary",
            "this is not a text file, although its name says so.",
            "Find out which program made it, and save it from there as PDF, Word or plain text.",
        )
    if named:
        raise DocumentError(
            shown,
            "damaged",
            f"the name ends in {suffix}, but what is inside is something else or was cut short.",
            "Open it in the program it was made with, save it anew, and add that.",
        )
    if not suffix and not looks_binary(head):
        return "text"
    raise unsupported(shown, suffix)


def unsupported(shown: str, suffix: str, what: str = "") -> DocumentError:
    """The refusal of a format that is not read, with what to do about this one."""
    if suffix in _PICTURE_SUFFIXES:
        return _error(shown, "needs-ocr", "this is a picture, not text", _PICTURE_HINT)
    what = what or (f"files ending in {suffix} are not read" if suffix else "it is no known kind")
    return _error(shown, "unsupported", what, _HINTS_BY_SUFFIX.get(suffix, SUPPORTED))


def _error(shown: str, reason: FileReason, what: str, hint: str) -> DocumentError:
    return DocumentError(shown, reason, f"{what}.", hint)


def _refuse_by_bytes(head: bytes, shown: str) -> None:
    for mark, at, what, hint in _REFUSED:
        # Two letters are too few to judge text by: "MZ" may begin a sentence.
        if head[at:].startswith(mark) and (len(mark) > 3 or looks_binary(head)):
            raise _error(shown, "unsupported", f"this is {what}, whatever its name says", hint)
    riff = head.startswith(b"RIFF")
    if riff and head[8:12] != b"WEBP":
        raise _error(shown, "unsupported", "this is a sound or video recording", _SOUND_HINT)
    if riff or head.startswith(tuple(_PICTURES)) or (head[:2] == b"BM" and looks_binary(head)):
        raise _error(shown, "needs-ocr", "this is a picture, not text", _PICTURE_HINT)


def _packed_kind(path: Path, named: str, shown: str) -> str:
    """The format of a document that is a zip archive inside; empty where it is no archive."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            mimetype = _mimetype(archive, names)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, zlib.error, EOFError):
        # The reader for it says best what is wrong.
        return named if named in _ZIPPED else ""
    if mimetype in _MIMETYPES:
        return _MIMETYPES[mimetype]
    for folder, kind in _ARCHIVE_KINDS.items():
        if any(name.startswith(folder) for name in names):
            return kind
    _refuse_packed(names, mimetype, shown)
    return named if named in _ZIPPED else ""


def _mimetype(archive: zipfile.ZipFile, names: Sequence[str]) -> str:
    if "mimetype" not in names or archive.getinfo("mimetype").file_size > 200:
        return ""
    try:
        return archive.read("mimetype").decode("ascii", "replace").strip()
    except (RuntimeError, OSError, zipfile.BadZipFile):
        return ""


def _refuse_packed(names: Sequence[str], mimetype: str, shown: str) -> None:
    if any(name.startswith("xl/") for name in names) or "spreadsheet" in mimetype:
        raise _error(shown, "unsupported", "spreadsheets are not read", _SHEET_HINT)
    if "opendocument.presentation" in mimetype:
        raise _error(shown, "unsupported", "slides in this format are not read", _SLIDES_HINT)
    if any(name.endswith("Document.iwa") for name in names):
        raise unsupported(shown, ".pages", "documents of Apple's programs are not read")
    if PurePosixPath(shown).suffix.lower() not in READ_AS:
        raise _error(shown, "unsupported", "this is an archive", _UNPACK_HINT)


def _refused_office(path: Path, suffix: str, shown: str) -> DocumentError:
    """Old binary Office files, and new ones behind a password, begin with the same bytes."""
    with path.open("rb") as stream:
        content = stream.read(1 << 24)
    if "EncryptedPackage".encode("utf-16-le") in content:
        return _error(
            shown,
            "encrypted",
            "the document is protected by a password",
            "Open it with the password, save a copy without one, and add that.",
        )
    hint = _HINTS_BY_SUFFIX.get(suffix, _WORD_HINT)
    return _error(shown, "unsupported", "this is an old Office format that is not read", hint)
