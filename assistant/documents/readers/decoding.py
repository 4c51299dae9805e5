"""Bytes to clean text, whatever they were written in. Knows nothing of layout.

UTF-8 and UTF-16 are told by their marks and patterns; what is not valid UTF-8 is taken as
Windows-1252 just there, so that a file of both comes out whole. The result is NFC and holds no
control character but line breaks, tabs and form feeds, no invisible or direction mark, and no
half of a surrogate pair. The same bytes always give the same text.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Callable

from assistant.errors import DocumentError

_SAMPLE = 1 << 16
_CONTROLS = bytes({*range(32), 127} - set(b"\t\n\x0b\f\r\x1a\x1b"))
_BINARY_SHARE = 0.01
_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_UNICODE = frozenset({"utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-7", "ascii"})
# Decoders of Python that give no text, or that old pages never meant.
_NOT_TEXT = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined"})
_DECLARED = re.compile(rb"""charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,40})""", re.IGNORECASE)
_XML_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,100}encoding\s*=\s*["']([A-Za-z0-9_.:-]{2,40})""")

_LINE_ENDS = re.compile("\r\n?|\x0b|\u2028")
_C1 = re.compile("[\x80-\x9f]")
_GONE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)


def decode(data: bytes, file: str = "", declared: str = "") -> str:
    """The text that the bytes stand for, cleaned.

    Args:
        data: the whole file.
        file: how the person knows it; for the message.
        declared: name of an encoding that the file itself claims; believed only where the bytes
            are valid in it and are not valid UTF-8.

    Raises:
        DocumentError: reason ``binary``, where this is no text at all.
    """
    if looks_binary(data):
        raise DocumentError(
            file,
            "binary",
            "this is not a text file, although its name says so.",
            "Find out which program made it, and save it from there as PDF, Word or plain text.",
        )
    return clean(_decoded(data, declared))


def decode_html(data: bytes, file: str = "") -> str:
    """As ``decode``, believing the encoding that the page declares where the bytes bear it out."""
    head = data[:4096]
    found = _XML_DECLARED.search(head) or _DECLARED.search(head)
    return decode(data, file, found[1].decode("ascii") if found else "")


def looks_binary(data: bytes) -> bool:
    """Whether these bytes are no text in any encoding that is read here."""
    encoding = _bom(data) or _wide_without_mark(data)
    if encoding:
        return _is_nonsense(data[: 4 * _SAMPLE].decode(encoding, "replace"))
    if not data:
        return False
    odd = len(data) - len(data.translate(None, _CONTROLS))
    return odd > max(2, _BINARY_SHARE * len(data)) or (odd > 0 and len(data) < 50)


def clean(text: str) -> str:
    """NFC, with line breaks as ``\\n`` and nothing in it that cannot be seen."""
    if not text.isascii():
        text = _C1.sub(_windows, text)
        text = unicodedata.normalize("NFC", text.replace("\u2029", "\n\n"))
    return _GONE.sub("", _LINE_ENDS.sub("\n", text))


def _decoded(data: bytes, declared: str) -> str:
    encoding = _bom(data) or _wide_without_mark(data)
    if encoding:
        return data.decode(encoding, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _declared_text(data, declared) or _mixed(data)


def _declared_text(data: bytes, declared: str) -> str:
    """The text in the declared encoding; empty where that is unknown or does not fit."""
    try:
        name = codecs.lookup(declared).name
    except (LookupError, ValueError):
        return ""
    if name in _UNICODE or name in _NOT_TEXT or name in {"iso8859-1", "cp1252"}:
        return ""
    try:
        return data.decode(name)
    except (UnicodeError, LookupError):
        return ""


def _mixed(data: bytes) -> str:
    """Valid UTF-8 as such, every other byte as Windows-1252 (old Macs: as Mac Roman)."""
    mac = b"\r" in data and b"\n" not in data
    handler = "strict-or-mac-roman" if mac else "strict-or-windows-1252"
    return data.decode("utf-8", handler)


def _windows(match: re.Match[str]) -> str:
    """Control codes 128 to 159 are nearly always Windows-1252 by a wrong name."""
    return bytes([ord(match.group())]).decode("cp1252", "ignore")


def _single_bytes(encoding: str) -> Callable[[UnicodeError], tuple[str, int]]:
    def handle(error: UnicodeError) -> tuple[str, int]:
        if not isinstance(error, UnicodeDecodeError):
            raise error
        bad = error.object[error.start : error.end]
        return bad.decode(encoding, "replace"), error.end

    return handle


codecs.register_error("strict-or-windows-1252", _single_bytes("cp1252"))
codecs.register_error("strict-or-mac-roman", _single_bytes("mac_roman"))


def _bom(data: bytes) -> str:
    """The encoding that a mark at the start names; the mark itself is cleaned away later."""
    return next((name for mark, name in _BOMS if data.startswith(mark)), "")


def _wide_without_mark(data: bytes) -> str:
    """UTF-16 that says so by its pattern alone: every other byte is nearly always zero."""
    head = data[:_SAMPLE]
    pairs = len(head) // 2
    if pairs < 2:
        return ""
    even = head[0 : 2 * pairs : 2].count(0) / pairs
    odd = head[1 : 2 * pairs : 2].count(0) / pairs
    if odd > 0.7 and even < 0.05:
        return "utf-16-le"
    return "utf-16-be" if even > 0.7 and odd < 0.05 else ""


def _is_nonsense(text: str) -> bool:
    """Whether decoding gave what nobody writes: controls, unassigned and private characters."""
    sample = text[:_SAMPLE]
    odd = sum(
        unicodedata.category(c) in {"Cc", "Cn", "Co", "Cs"} and c not in "\t\n\r\f\x0b"
        for c in sample
    )
    return odd > max(1, 0.03 * len(sample))
