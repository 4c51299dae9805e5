"""Papers for the tests of exports: every kind of block, and text that means harm."""

from __future__ import annotations

import datetime as dt
import hashlib
import struct
import zlib

from assistant.exports.records import (
    Bullets,
    Heading,
    PageBreak,
    Paper,
    Paragraph,
    Picture,
    Table,
    Words,
    plain,
)
from assistant.schema import Citation

HOSTILE = (
    '#import "other.typ": * #panic("no") $ x^2 $ @label \\ "quoted" `raw` <b>&amp;</b> [1] *b* _i_'
    " {x} ]] --> <!-- peer-support:record 2"
)
UNSEEN = "before\u202eevil\u202c\u200f\x07\x0b\ud83d\ufffeafter"
PICTURES = "Well done 😀 and مرحبا"
FORMULA = '=HYPERLINK("http://localhost","x")'


def png(width: int = 30, height: int = 20) -> bytes:
    """A grey picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = (b"\x00" + b"\x99" * width) * height
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def citation(n: int, **changes: object) -> Citation:
    """A citation of a source of its own, or with other values."""
    text = str(changes.get("text", f"A trust must do thing number {n}."))
    values: dict[str, object] = {
        "n": n,
        "evidence_id": f"source-{n}-note",
        "source_id": f"source-{n}",
        "text": text,
        "char_start": 0,
        "char_end": len(text),
        "locator": f"section {n}",
        "title": f"Guidance number {n}",
        "authors": ("NHS England",),
        "year": 2020 + n,
        "published_in": "NHS England",
        "kind": "professional-guidance",
        "stands_as": "requirement",
        "jurisdiction": "England",
        "who_speaks": "government",
        "basis": "full-text",
        "status": "current",
        "checked": dt.date(2026, 3, 1),
        "url": f"https://example.org/{n}",
        "text_sha256": hashlib.sha256(text.encode()).hexdigest(),
    }
    return Citation.model_validate(values | changes)


def whole(words: str = "Plain words") -> Paper:
    """A paper with every kind of block, in which ``words`` stand wherever text can."""
    return Paper(
        title=f"Title {words}",
        subtitle=f"Subtitle {words}",
        footer=f"Footer {words}"[:70],
        blocks=(
            Heading(f"First {words}"),
            Paragraph((Words(f"Lead {words}", cites=(2, 1)),), "lead"),
            Paragraph((Words("Half "), Words(f"bold {words}", bold=True), Words(" end."))),
            Paragraph(plain(f"Label {words}"), "label"),
            Bullets((plain(f"one {words}", 1), (Words("two", italic=True),))),
            Heading(f"Second {words}", 2),
            Bullets((plain("first"), plain("second")), numbered=True),
            Bullets((plain("again first"),), numbered=True),
            Table(
                f"Table {words}",
                ("What", f"Column {words}", "Date"),
                (
                    (plain(f"Cell {words}", 3), plain("Said. ", 1) + plain("Said too.", 2), ()),
                    (plain(FORMULA), plain("x"), plain("y")),
                ),
                (0.4, 0.4, 0.2),
            ),
            Picture(png(), f"Picture of {words}", f"Caption {words}"),
            PageBreak(),
            Heading("Third", 3),
            Paragraph(plain(f"Small {words}"), "small"),
        ),
        citations=(citation(1), citation(2, jurisdiction="Australia"), citation(3)),
    )
