"""E-books (.epub): the chapters in reading order, each counted as a page.

The book's own table of contents, its pictures and scripts are not read; books locked by digital
rights management are refused, books with merely disguised fonts are not.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.parsers import expat

from assistant.documents.readers.entities import PROLOGUE_BYTES, declares_entities
from assistant.documents.readers.office import Gathered, tidy
from assistant.documents.readers.packed import (
    ASK_FOR_SOUND_COPY,
    MEGABYTE,
    Package,
    open_package,
)
from assistant.documents.records import Extract, Found, Limits, Trouble

_CHAPTERS = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml")
_DISGUISED_FONTS = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
_DATE = re.compile(r"^\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?")
_DOI = re.compile(r"\b10\.\d{4,9}/\S+")


def read_epub(path: Path, limits: Limits, name: str = "") -> Extract:
    """Read an e-book; a chapter that cannot be read is named and the others go on.

    Args:
        path: the file on disk.
        limits: how much is read.
        name: how the user knows the file; for messages.

    Errors: ``DocumentError`` as in ``packed.open_package``; encrypted, too-many-pages, too-large.
    """
    with open_package(path, limits, name) as package:
        where = _contents(package)
        book = package.xml(where)
        chapters = list(_spine(book, posixpath.dirname(where)))
        _refuse_locked(package, {target for target, _ in chapters})
        if len(chapters) > limits.pages:
            raise package.refusal(
                "too-many-pages",
                f"the book has {len(chapters)} chapters.",
                "Split it, or raise the limit in the settings.",
            )
        gathered = Gathered(limits, package.name)
        for number, (target, kind) in enumerate(chapters, start=1):
            _chapter(package, gathered, target, kind, number)
        return gathered.extract("epub", pages=len(chapters) or None, found=_found(book))


def _contents(package: Package) -> str:
    """The name of the part that lists the book's parts."""
    container = "META-INF/container.xml"
    if container not in package:
        raise package.refusal("unsupported", "this is not an e-book.", ASK_FOR_SOUND_COPY)
    for root in package.xml(container).iter("{*}rootfile"):
        where = posixpath.normpath(unquote(root.get("full-path", "")))
        if where in package:
            return str(where)
    raise package.refusal("damaged", "the list of chapters is missing.", ASK_FOR_SOUND_COPY)


def _spine(book: Any, folder: str) -> Iterator[tuple[str, str]]:
    """Chapters in reading order: part and media type; the table of contents is left out."""
    items = {item.get("id", ""): item for item in book.iter("{*}item")}
    for reference in book.iter("{*}itemref"):
        item = items.get(reference.get("idref", ""))
        if item is None or "nav" in item.get("properties", "").split():
            continue
        target = posixpath.normpath(posixpath.join(folder, unquote(item.get("href", ""))))
        yield target, item.get("media-type", "")


def _refuse_locked(package: Package, chapters: set[str]) -> None:
    part = "META-INF/encryption.xml"
    if part not in package:
        return
    for data in package.xml(part).iter("{*}EncryptedData"):
        method = data.find("{*}EncryptionMethod")
        fonts_only = method is not None and method.get("Algorithm") in _DISGUISED_FONTS
        for reference in data.iter("{*}CipherReference"):
            target = posixpath.normpath(unquote(reference.get("URI", ""))).lstrip("/")
            if target in chapters and not fonts_only:
                raise package.refusal(
                    "encrypted",
                    "the book is locked by its seller (digital rights management).",
                    "Ask the publisher for a copy without a lock.",
                )


def _chapter(package: Package, gathered: Gathered, target: str, kind: str, number: int) -> None:
    from assistant.documents.readers.html import hidden_troubles, html_reading

    if target not in package or kind not in _CHAPTERS:
        detail = "This chapter is missing or is not text."
        gathered.trouble(Trouble(kind="unreadable", page=number, detail=detail))
        return
    markup = package.read(target)
    if len(markup) > package.limits.memory_megabytes * MEGABYTE // 50:
        raise package.refusal(
            "too-large", "a chapter of the book is too large to be read.", "Split it."
        )
    if _defines_entities(markup):
        raise package.refusal(
            "hostile-xml",
            "the book defines entities of its own, as attacks do and books need not.",
            "Do not open it unless you know where it is from; ask for a fresh copy.",
        )
    reading = html_reading(markup, package.name, number)
    for block in reading.kept():
        gathered.take(block)
    for trouble in hidden_troubles(reading.hidden):
        gathered.trouble(trouble.model_copy(update={"page": number}))


def _defines_entities(markup: bytes) -> bool:
    try:
        return declares_entities(markup[: PROLOGUE_BYTES - 1])
    except (expat.ExpatError, LookupError, ValueError):
        # Chapters are often not quite XML; they are read as web pages, which have no entities.
        return b"<!ENTITY" in markup.replace(b"\0", b"")


def _found(book: Any) -> Found:
    def told(name: str) -> list[str]:
        texts = (tidy("".join(element.itertext())) for element in book.iter(f"{{*}}{name}"))
        return [text for text in texts if text]

    dates = [match[0] for match in map(_DATE.match, told("date")) if match]
    dois = [match[0] for match in map(_DOI.search, told("identifier")) if match]
    return Found(
        title=next(iter(told("title")), ""),
        authors=tuple(told("creator")),
        issued=dates[0] if dates else "",
        published_in=next(iter(told("publisher")), ""),
        doi=dois[0].lower() if dois else "",
        language=next(iter(told("language")), ""),
    )
