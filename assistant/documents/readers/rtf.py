"""Rich text format (.rtf): paragraphs, headings, numbered lists, tables and footnotes.

Pictures, embedded objects, comments, headers, footers and tables of contents are not read; text
that a reader of the page does not see is left out and named. The format has no pages.
"""

from __future__ import annotations

from pathlib import Path

from assistant.documents.readers.office import Gathered, Look, found_in, tidy
from assistant.documents.readers.packed import ASK_FOR_SOUND_COPY, MEGABYTE, not_opened
from assistant.documents.readers.rtf_body import Body, Group, StyleSheet
from assistant.documents.readers.rtf_words import (
    CHARACTERS,
    OUT_OF_SIGHT,
    SIGNS,
    Token,
    charset,
    code_page,
    tokens,
)
from assistant.documents.records import Extract, Limits, Trouble
from assistant.errors import DocumentError

_DEEPEST = 5_000
_FIELD_CHARACTERS = 100
_INFORMATION = {"title": "title", "author": "author", "creatim": "created", "revtim": "modified"}
_ROLES = {
    "fonttbl": "fonts", "colortbl": "colours", "stylesheet": "styles", "info": "information",
    "footnote": "note", "listtext": "label", "pntext": "label", "shptxt": "box",
    "fldinst": "field", "annotation": "comment", "shp": "shape", "shpinst": "shape",
    "shpgrp": "shape",
}  # fmt: skip
"""What a group is for, by the word that it begins with."""
_DATE_PARTS = {"yr": "{:04d}", "mo": "-{:02d}", "dy": "-{:02d}"}


def read_rtf(path: Path, limits: Limits, name: str = "") -> Extract:
    """Read a file in rich text format; one that ends too early gives what there is, and says so.

    Args:
        path: the file on disk.
        limits: how much is read.
        name: how the user knows the file; for messages.

    Errors: ``DocumentError`` with reason empty, damaged, too-large, vanished or unreadable.
    """
    shown = name or path.name
    source = _source(path, limits, shown)
    reading = _Reading(Gathered(limits, shown), shown)
    for token in tokens(source):
        if not reading.step(token):
            break
    return reading.extract()


def _source(path: Path, limits: Limits, name: str) -> str:
    try:
        with path.open("rb") as stream:
            data = stream.read(limits.file_megabytes * MEGABYTE + MEGABYTE)
    except OSError as error:
        raise not_opened(error, name) from error
    if not data:
        raise DocumentError(name, "empty", "the file is empty.", ASK_FOR_SOUND_COPY)
    if len(data) > limits.file_megabytes * MEGABYTE * 1.05:
        message = f"the file is larger than {limits.file_megabytes} MB."
        raise DocumentError(name, "too-large", message, "Split it into smaller documents.")
    source = data.decode("latin-1").removeprefix("\xef\xbb\xbf").lstrip()
    if not source.startswith("{\\rtf"):
        raise DocumentError(
            name, "damaged", "the file is not in rich text format.", ASK_FOR_SOUND_COPY
        )
    return source


class _Reading:
    """One file while it is read: which group we are in, and what its words mean there."""

    def __init__(self, gathered: Gathered, name: str) -> None:
        self._gathered = gathered
        self._name = name
        self._sheet = StyleSheet()
        self._body = Body(gathered, self._sheet)
        self._group = Group()
        self._outer: list[Group] = []
        self._bytes = bytearray()
        self._to_skip = 0
        self._encoding = "cp1252"
        self._fonts: dict[int, str] = {}
        self._font = 0
        self._text: list[str] = []
        self._facts: dict[str, str] = {}
        self._field = ""
        self._closed = False

    def extract(self) -> Extract:
        """What was read, once the stream has ended."""
        self._flush()
        self._body.finish()
        if not self._closed:
            detail = "The file ends before its text does; the rest is lost."
            self._gathered.trouble(Trouble(kind="cut-short", detail=detail))
        self._gathered.promote_bold()
        return self._gathered.extract("rtf", found=found_in(**self._facts))

    # ---------------------------------------------------------------- the stream

    def step(self, token: Token) -> bool:
        """Take one token; False after the end of the document."""
        if token.kind in ("text", "byte"):
            self._characters(token)
            return True
        self._flush()
        if token.kind in ("open", "close"):
            self._to_skip = 0
            return self._open() if token.kind == "open" else self._close()
        if token.kind == "sign":
            if token.text == "*":
                self._group.starred = True
            else:
                self._put(SIGNS.get(token.text, ""))
        elif self._to_skip:
            self._to_skip -= 1
        elif self._group.role != "hidden":
            self._word(token.text, token.number)
        return True

    def _open(self) -> bool:
        if len(self._outer) >= _DEEPEST:
            message = "its parts are nested too deeply."
            raise DocumentError(self._name, "damaged", message, ASK_FOR_SOUND_COPY)
        self._outer.append(self._group)
        self._group = self._group.inner()
        if self._group.role == "styles":
            self._sheet.begin()
            self._text = []
        return True

    def _close(self) -> bool:
        inner = self._group
        if not self._outer:
            return False
        self._group = self._outer.pop()
        if inner.begun:
            self._ended(inner.role)
        self._closed = not self._outer
        return not self._closed

    def _characters(self, token: Token) -> None:
        """Text and bytes; after a character in Unicode the stand-ins for it are passed over."""
        if self._group.role == "hidden" and not self._to_skip:
            return
        data = bytes([token.number or 0]) if token.kind == "byte" else token.text.encode("latin-1")
        passed = min(self._to_skip, len(data))
        self._to_skip -= passed
        if self._group.role != "hidden":
            self._bytes += data[passed:]

    def _flush(self) -> None:
        """Bytes become characters only together: some code pages need two for one."""
        if self._bytes:
            text = self._bytes.decode(self._group.encoding or self._encoding, "replace")
            self._bytes.clear()
            self._put(text)

    def _put(self, text: str) -> None:
        role = self._group.role
        if role in ("body", "box", "note"):
            self._body.put(text, self._group)
        elif role == "field":
            # Only its first word matters, and it may be as long as the file.
            self._field += text if len(self._field) < _FIELD_CHARACTERS else ""
        elif role == "styles" and ";" in text:
            self._text.append(text.partition(";")[0])
            self._sheet.name(tidy("".join(self._text)))
        elif role == "colours":
            for _ in range(text.count(";")):
                self._sheet.end_colour()
        elif role != "hidden":
            self._text.append(text)

    # ---------------------------------------------------------------- words

    def _word(self, word: str, number: int | None) -> None:
        if self._begins(word):
            return
        role = self._group.role
        if self._group.starred:
            # A group that programs which do not know it pass over; so do we.
            self._group.role = "hidden"
        elif word in CHARACTERS:
            self._put(CHARACTERS[word])
        elif word == "u":
            self._put(chr((number or 0) & 0xFFFF))
            self._to_skip = self._group.skip
        elif word == "uc":
            self._group.skip = max(0, min(1 if number is None else number, 20))
        elif word in ("ansicpg", "mac", "pc", "pca"):
            named = {"mac": 10000, "pc": 437, "pca": 850}.get(word, number)
            self._encoding = code_page(named)
        elif role == "fonts":
            self._font_word(word, number or 0)
        elif role in ("colours", "styles"):
            self._sheet.word(role, word, number or 0)
            self._text = []
        elif role in ("created", "modified") and word in _DATE_PARTS:
            self._text.append(_DATE_PARTS[word].format(min(abs(number or 0), 9999)))
        elif word == "f":
            self._group.encoding = self._fonts.get(number or 0, "")
        elif word == "fldrslt":
            self._group.contents |= self._field.split()[:1] == ["TOC"]
        elif role in ("body", "box", "note"):
            if word == "plain":
                self._group.look, self._group.encoding = Look(), ""
            self._body.word(word, number, self._group)

    def _font_word(self, word: str, number: int) -> None:
        if word == "f":
            self._font = number
        elif word == "fcharset":
            self._fonts[self._font] = charset(number, "")

    def _begins(self, word: str) -> bool:
        """Whether the word says what the group is for; then the group gets its role."""
        role = _ROLES.get(word, "hidden" if word in OUT_OF_SIGHT else "")
        if self._group.role == "information":
            role = _INFORMATION.get(word, role)
        if not role:
            return False
        if role == "comment":
            self._gathered.hide("comments")
            role = "hidden"
        elif role == "field":
            self._field = ""
        elif role in ("box", "note"):
            self._body.begin_aside()
        self._group.role, self._group.starred, self._group.begun = role, False, True
        if role in ("box", "note"):
            self._group.in_table = False
        self._text = []
        return True

    def _ended(self, role: str) -> None:
        """What a group that had a role of its own leaves behind."""
        if role == "label":
            self._body.label(tidy("".join(self._text)))
        elif role in _INFORMATION.values():
            self._facts[role] = tidy("".join(self._text))
        elif role == "note":
            self._body.end_note()
        elif role == "box":
            self._body.end_box(self._group)
