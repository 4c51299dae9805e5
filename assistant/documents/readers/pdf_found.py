"""What a PDF says of itself: bookmarks, title, authors, date, DOI, where they are plausible."""

from __future__ import annotations

import mmap
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from assistant.documents.readers.pdf_styles import folded
from assistant.documents.records import Block, Found

_MOST_BOOKMARKS = 5_000
_MOST_XMP = 1_000_000
_DULL = re.compile(
    r"^(?:untitled|microsoft (?:word|powerpoint|excel)|document\d*|print|layout \d|title|slide \d+|"
    r"powerpoint presentation|word document|new document|scan\w*|no job name|"
    r"\(?(?:anonymous|unspecified)\)?)\b",
    re.IGNORECASE,
)
_FILE_NAME = re.compile(
    r"\.(?:docx?|odt|pdf|indd|qxd|rtf|pptx?|tex|dvi|ps|html?|pub)$", re.IGNORECASE
)
_NOBODY = re.compile(
    r"^(?:user|admin\w*|owner|author|unknown|anonymous|\(?(?:unspecified|anonymous)\)?|microsoft.*|adobe.*|.*@.*|"
    r"\w*\d{3,}\w*|laptop.*|it services?|default.*|python-docx|libreoffice.*)$",
    re.IGNORECASE,
)
_DATE = re.compile(r"^(?:D:)?(\d{4})-?(0[1-9]|1[0-2])?-?(0[1-9]|[12]\d|3[01])?")
_DOI = re.compile(r"\b(10\.\d{4,9}/[^\s\"<>]+)", re.IGNORECASE)
_MONTHS = (
    "January February March April May June July August September October November December".split()
)


def outline_of(document: Any) -> dict[str, int]:
    """Depth of each bookmark, from 1, by its folded title."""
    found: dict[str, int] = {}
    try:
        for number, mark in enumerate(document.get_toc(max_depth=9)):
            if number >= _MOST_BOOKMARKS:
                break
            title = folded(mark.get_title())
            if len(title) > 2:
                found.setdefault(title, mark.level + 1)
    except (RuntimeError, ValueError):
        return found
    return found


def found_in(document: Any, path: Path, blocks: Sequence[Block]) -> Found:
    """Bibliographic data of the file.

    The date on which the file was made counts as the date of issue only where the text writes the
    same month; a date of publication that is named as such counts always.
    """
    import pypdfium2

    try:
        info = document.get_metadata_dict(skip_empty=True)
    except (pypdfium2.PdfiumError, UnicodeDecodeError, ValueError):
        info = {}
    xmp = _xmp(path)
    title = _title(xmp.get("title", [""])[0]) or _title(info.get("Title", ""))
    authors = _authors(xmp.get("creator", [])) or _authors([info.get("Author", "")])
    issued = next(
        (
            date
            for key in ("publicationDate", "coverDate", "date")
            for value in xmp.get(key, [])
            if (date := _date(value))
        ),
        "",
    )
    doi = _DOI.search(" ".join(xmp.get("doi", []) + xmp.get("identifier", [])))
    return Found(
        title=title,
        authors=authors,
        issued=issued or _written(_date(info.get("CreationDate", "")), blocks),
        published_in=_clean(xmp.get("publicationName", [""])[0]),
        doi=doi.group(1).lower().rstrip(".,;") if doi else "",
        language=_language(document),
    )


def _clean(text: str) -> str:
    from assistant.documents.readers.pdf_text import plain

    return plain(text.replace("\x00", ""))[:500]


def _title(text: str) -> str:
    text = _clean(text)
    if (
        len(text) < 4
        or _DULL.match(text)
        or _FILE_NAME.search(text)
        or not re.search(r"[^\W\d_]{3}", text)
    ):
        return ""
    return "" if " " not in text and re.search(r"[_\d]", text) else text


def _authors(texts: Sequence[str]) -> tuple[str, ...]:
    names: list[str] = []
    for text in texts:
        text = _clean(text)
        parts = re.split(r"\s*;\s*|\s+and\s+|\s*&\s*", text)
        if len(parts) == 1 and text.count(",") != 1:
            parts = re.split(r"\s*,\s*", text)
        names += [part for part in parts if len(part) > 3 and not _NOBODY.match(part)]
    return tuple(dict.fromkeys(names))[:60]


def _date(text: str) -> str:
    match = _DATE.match(text.strip())
    if not match or not 1900 <= int(match.group(1)) <= 2100:
        return ""
    return "-".join(part for part in match.groups() if part)


def _written(date: str, blocks: Sequence[Block]) -> str:
    """The month of a date, if the beginning or the end of the text writes it."""
    if len(date) < 7:
        return ""
    month = _MONTHS[int(date[5:7]) - 1]
    text = " ".join(block.text for block in [*blocks[:30], *blocks[-10:]])
    return date[:7] if re.search(rf"\b{month}\s+{date[:4]}\b", text) else ""


def _language(document: Any) -> str:
    import ctypes

    import pypdfium2.raw as raw

    if not hasattr(raw, "FPDFCatalog_GetLanguage"):
        return ""
    length = raw.FPDFCatalog_GetLanguage(document.raw, None, 0)
    if not 4 <= length <= 80:
        return ""
    buffer = (ctypes.c_ushort * (length // 2 + 1))()
    raw.FPDFCatalog_GetLanguage(document.raw, buffer, length)
    text = bytes(buffer)[: length - 2].decode("utf-16-le", "replace")
    return text if re.fullmatch(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*", text) else ""


def _xmp(path: Path) -> dict[str, list[str]]:
    """Values of the file's XMP data by local name; nothing where it is packed or broken."""
    packet = _packet(path)
    if not packet:
        return {}
    import defusedxml.ElementTree as safe

    try:
        root = safe.fromstring(packet)
    except Exception:  # whatever is wrong with it, the text of the file can still be read
        return {}
    found: dict[str, list[str]] = {}
    for element in root.iter():
        local = str(element.tag).rsplit("}", 1)[-1]
        for key, value in element.attrib.items():
            found.setdefault(key.rsplit("}", 1)[-1], []).append(value)
        if local in {"Bag", "Seq", "Alt", "li"}:
            continue
        texts = [part.strip() for part in element.itertext() if part.strip()]
        if texts and len(element) <= 1:
            found.setdefault(local, []).extend(texts)
    return {key: values for key, values in found.items() if values}


def _packet(path: Path) -> bytes:
    """The last XMP packet that speaks of a PDF, or the last one."""
    chosen = b""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        end = len(data)
        for _ in range(50):
            start = data.rfind(b"<rdf:RDF", 0, end)
            if start < 0:
                break
            stop = data.find(b"</rdf:RDF>", start, start + _MOST_XMP)
            if stop > 0:
                packet = bytes(data[start : stop + 10])
                if b"adobe.com/pdf/" in packet or b"prism" in packet:
                    return packet
                chosen = chosen or packet
            end = start
    return chosen
