"""The words of this package: what a reader gives, what is kept, what adding reports.

Frozen pydantic models, as in ``assistant.schema``. Offsets count characters (code points) from 0,
ends are exclusive. Pages count from 1 (slides of a presentation and chapters of an e-book count as
pages; a format without pages has None).
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from assistant.schema import AnyKind, Record, Slug, Text, WhoSpeaks

BlockKind = Literal["heading", "paragraph", "list-item", "table", "caption", "footnote"]
TroubleKind = Literal["scanned", "unreadable", "empty", "hidden-text", "cut-short", "read-by-ocr"]
FileStatus = Literal["added", "unchanged", "duplicate", "refused", "failed"]
FileReason = Literal[
    "updated",
    "near-duplicate",
    "new-edition",
    "same-content",
    "partly-read",
    "scanned",
    "empty",
    "no-text",
    "binary",
    "encrypted",
    "damaged",
    "unsupported",
    "too-large",
    "too-many-pages",
    "too-many-files",
    "unsafe-path",
    "link-loop",
    "bomb",
    "nested-archive",
    "hostile-xml",
    "timeout",
    "memory",
    "vanished",
    "changed-while-read",
    "unreadable",
    "not-found",
    "disk-full",
    "needs-ocr",
    "crashed",
]
"""Why a file has its status. ``updated`` and ``partly-read`` stand with ``added``."""
PartialDate = Annotated[str, StringConstraints(pattern=r"^(?:\d{4}(?:-\d{2}(?:-\d{2})?)?)?$")]
"""A year, a year and month, or a day, as in ISO 8601; empty where it is not known."""


class Block(Record):
    """One paragraph, heading, list item, table, caption or footnote, in reading order.

    ``text`` is what is kept and quoted: no line breaks but in tables, where a line is a row with
    cells parted by " | ". Hyphens at line ends, ligatures and repeated white space are undone by
    the reader. ``level`` counts headings from 1. ``page`` is where the block begins;
    ``page_starts`` gives (offset in ``text``, page) for each further page that it runs on to.
    """

    kind: BlockKind
    text: Text
    level: int = Field(default=0, ge=0, le=9)
    page: int | None = Field(default=None, ge=1)
    page_starts: tuple[tuple[int, int], ...] = ()


class Trouble(Record):
    """Something that a reader could not read or left out; ``page`` is None for the whole file."""

    kind: TroubleKind
    page: int | None = None
    detail: str = ""


class Found(Record):
    """Bibliographic data that a file says of itself; empty where it does not."""

    title: str = ""
    authors: tuple[Text, ...] = ()
    issued: PartialDate = ""
    published_in: str = ""
    doi: str = ""
    pmid: str = ""
    language: str = ""


class Extract(Record):
    """A document as a reader gives it. ``pages`` is None for formats without pages."""

    format: Text
    blocks: tuple[Block, ...]
    pages: int | None = None
    found: Found = Found()
    troubles: tuple[Trouble, ...] = ()


class Collection(Record):
    """Documents that belong together. Its fields are what a document added to it gets where the
    person who adds it says nothing else."""

    id: Slug
    name: Text
    kind: AnyKind = "local-policy"
    country: Text = "England"
    who_speaks: WhoSpeaks = "employer"


class Details(Record):
    """What is known of a document and may be edited. Dates: see ``PartialDate``.

    ``retracted`` says where and when a retraction was published; ``superseded_by`` is the id of
    another document, or any name of the newer edition.
    """

    title: Text
    authors: tuple[Text, ...] = ()
    issued: PartialDate = ""
    reviewed: PartialDate = ""
    review_due: PartialDate = ""
    published_in: str = ""
    kind: AnyKind = "local-policy"
    country: Text = "England"
    who_speaks: WhoSpeaks = "employer"
    doi: str = ""
    pmid: str = ""
    url: str = ""
    superseded_by: str = ""
    retracted: str = ""

    @property
    def year(self) -> int | None:
        """The year of issue."""
        return int(self.issued[:4]) if self.issued else None


class Passage(Record):
    """An exact span of a document's stored text: ``text`` is ``stored[start:end]``, always.

    ``heading`` is the path of headings above it, outermost first. ``page_end`` is the page of its
    last character.
    """

    number: int
    start: int
    end: int
    text: str
    kind: Literal["text", "table"] = "text"
    page: int | None = None
    page_end: int | None = None
    heading: tuple[str, ...] = ()

    def locator(self) -> str:
        """Where it stands, in words: "page 3, Lone working > Home visits"."""
        pages = ""
        if self.page is not None:
            last = self.page_end or self.page
            pages = f"page {self.page}" if last == self.page else f"pages {self.page} to {last}"
        path = " > ".join(self.heading)
        return ", ".join(part for part in (pages, path) if part) or "whole text"


class Document(Record):
    """A document as kept; its stored text and passages are kept beside it.

    ``sha256`` is of the file's bytes, ``text_sha256`` of the stored text in UTF-8. ``original`` is
    the name of the kept copy of the file, in the folder of originals. ``path`` is where the file
    was when it was added, as the person named it; in an archive, ``archive.zip!/inner/path``.
    ``edited`` names the details that a person wrote by hand; a new version of the file keeps them.
    """

    id: Slug
    collection: Slug
    details: Details
    version: str = ""
    edited: tuple[str, ...] = ()
    path: str
    name: str
    format: str
    sha256: str
    size: int
    original: str
    text_sha256: str
    pages: int | None
    troubles: tuple[Trouble, ...] = ()
    passages: int = 0
    added: dt.datetime


class FileReport(Record):
    """What became of one file. ``document`` is the id that it has in the library, or the id of the
    document that it is like; ``message`` says what is wrong and what to do."""

    path: str
    status: FileStatus
    reason: FileReason | None = None
    message: str = ""
    document: str = ""
    pages: int | None = None
    passages: int = 0
    troubles: tuple[Trouble, ...] = ()
    similarity: float | None = None


class AddReport(Record):
    """What adding did. ``documents`` and ``passages`` were counted by reading the library back."""

    files: tuple[FileReport, ...]
    documents: int
    passages: int

    def counted(self) -> dict[FileStatus, int]:
        """How many files had each status."""
        found: dict[FileStatus, int] = {}
        for file in self.files:
            found[file.status] = found.get(file.status, 0) + 1
        return found


class Limits(Record):
    """How much is read. Each is a setting (``PEER_SUPPORT_…``)."""

    file_megabytes: int = Field(default=200, ge=1)
    archive_megabytes: int = Field(default=2000, ge=1)
    archive_ratio: int = Field(default=200, ge=2)
    files: int = Field(default=20_000, ge=1)
    pages: int = Field(default=3_000, ge=1)
    characters: int = Field(default=20_000_000, ge=1000)
    seconds: int = Field(default=180, ge=1)
    memory_megabytes: int = Field(default=1_500, ge=200)
    ocr: bool = False
