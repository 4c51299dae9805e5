"""Papers as Word files: real styles, real footnotes, tables with header rows.

A citation is a footnote where it is first cited; where it is cited again, a cross-reference to that
footnote. Written by hand, not by python-docx, which has no footnotes: what stands in the file is
what Word itself would write, and no more. It opens in Word and LibreOffice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from assistant.exports.docx_parts import Package, attribute, packed, png_size, text_of, text_width
from assistant.exports.keeping import record_of
from assistant.exports.notes import (
    SOURCES,
    closing_line,
    is_form,
    noted_in,
    notes_of,
    sources_of,
    tidied,
)
from assistant.exports.records import (
    Block,
    Bullets,
    Heading,
    Line,
    PageBreak,
    Paper,
    Paragraph,
    Picture,
    Table,
    Words,
)

BOOKMARK = "_RefNote"
"""Begins the name of the bookmark around the mark of a footnote; a name that Word does not show."""
_STYLES = {"body": "", "lead": "Lead", "small": "Small", "label": "Label"}
ADDRESS = re.compile(r"https?://[A-Za-z0-9][^\s<>\"]*[^\s<>\".,;)]")
_EMU_PER_PIXEL = 914400 // 144
_WIDEST_PICTURE, _HIGHEST_PICTURE = 5_759_000, 7_600_000
"""Of a picture in EMU: the width of the text, and most of its height."""
_LONG_CELL = 900
"""Characters from which on a row of a table may run over to the next page."""


def to_docx(paper: Paper) -> bytes:
    """The paper as a Word file.

    Raises:
        ValueError: a picture is no PNG.
    """
    ready, _ = tidied(paper)
    writing = _Writing(ready)
    body = writing.body()
    return packed(ready, writing.package, body, writing.footnotes(), record_of(ready))


@dataclass
class _Writing:
    """Writes the text of one paper."""

    paper: Paper
    package: Package = field(default_factory=Package)

    def __post_init__(self) -> None:
        self._notes = notes_of(self.paper)
        self._noted: set[int] = set()
        self._breaks = False
        self._links = True
        self._pictures = 0

    def body(self) -> str:
        """All paragraphs and tables."""
        found = [self._paragraph((Words(self.paper.title),), "Title")]
        if self.paper.subtitle:
            found.append(self._paragraph((Words(self.paper.subtitle),), "Subtitle"))
        for block in self.paper.blocks:
            bare = isinstance(block, Table) and not block.caption
            if bare and (self._breaks or found[-1].endswith("</w:tbl>")):
                # Two tables without a paragraph between them would become one.
                found.append(self._paragraph((), "Small"))
            found += self._block(block)
        found += self._sources()
        closing = closing_line(self.paper)
        if closing:
            found.append(self._paragraph((Words(closing),), "Small"))
        elif found[-1].endswith("</w:tbl>"):
            # Word wants a paragraph between a table and the end.
            found.append(self._paragraph((), "Small"))
        return "".join(found)

    def footnotes(self) -> str:
        """All footnotes; they have relations of their own, so no address in them is a link."""
        self._links = False
        return "".join(
            f'<w:footnote w:id="{number}"><w:p><w:pPr><w:pStyle w:val="FootnoteText"/></w:pPr>'
            '<w:r><w:rPr><w:rStyle w:val="FootnoteReference"/></w:rPr><w:footnoteRef/></w:r>'
            f'<w:r><w:t xml:space="preserve"> </w:t></w:r>{self._runs(line)}</w:p></w:footnote>'
            for number, line in self._notes.items()
            if number in self._noted
        )

    def _block(self, block: Block) -> Iterator[str]:
        if isinstance(block, Heading):
            yield self._paragraph((Words(block.text),), f"Heading{block.level}")
        elif isinstance(block, Paragraph):
            yield self._paragraph(block.line, _STYLES[block.style])
        elif isinstance(block, Bullets):
            yield from self._list(block)
        elif isinstance(block, Table):
            yield from self._table(block)
        elif isinstance(block, Picture):
            yield from self._picture(block)
        elif isinstance(block, PageBreak):
            self._breaks = True

    # ------------------------------------------------------------ paragraphs

    def _paragraph(self, line: Line, style: str = "", more: str = "") -> str:
        """A paragraph; ``more`` are properties besides its style, in the order of the schema."""
        named = f'<w:pStyle w:val="{style}"/>' if style else ""
        keep = "<w:keepNext/>" if "<w:keepNext/>" in more else ""
        page = "<w:pageBreakBefore/>" if self._breaks else ""
        self._breaks = False
        rest = more.replace("<w:keepNext/>", "")
        properties = f"{named}{keep}{page}{rest}"
        inner = f"<w:pPr>{properties}</w:pPr>" if properties else ""
        return f"<w:p>{inner}{self._runs(line)}</w:p>"

    def _list(self, block: Bullets) -> Iterator[str]:
        more = ""
        if block.numbered:
            self.package.numbered_lists += 1
            number = 2 + self.package.numbered_lists
            more = f'<w:numPr><w:ilvl w:val="0"/><w:numId w:val="{number}"/></w:numPr>'
        for line in block.items:
            yield self._paragraph(line, "ListNumber" if block.numbered else "ListBullet", more)

    def _sources(self) -> Iterator[str]:
        sources = sources_of(self.paper)
        if sources:
            yield self._paragraph((Words(SOURCES),), "Heading1")
        for source in sources:
            line = (*source.line, Words(f" {noted_in(source)}" if source.notes else ""))
            yield self._paragraph(line, "Source")

    # ------------------------------------------------------------ runs

    def _runs(self, line: Line) -> str:
        return "".join(self._run(run) for run in line)

    def _run(self, run: Words) -> str:
        properties = ("<w:b/><w:bCs/>" if run.bold else "") + (
            "<w:i/><w:iCs/>" if run.italic else ""
        )
        found: list[str] = []
        end = 0
        for match in ADDRESS.finditer(run.text) if self._links else ():
            found.append(_text(run.text[end : match.start()], properties))
            found.append(self._link(match.group()))
            end = match.end()
        found.append(_text(run.text[end:], properties))
        marks = [self._mark(n) for n in run.cites]
        comma = _text(",", _AS_MARK)
        return "".join(found) + comma.join(marks)

    def _link(self, address: str) -> str:
        target = quote(address, safe="%/:?#[]@!$&'()*+,;=~-._")
        name = self.package.relate("hyperlink", target, outside=True)
        inner = _text(address, '<w:rStyle w:val="Hyperlink"/>')
        return f'<w:hyperlink r:id="{name}" w:history="1">{inner}</w:hyperlink>'

    def _mark(self, number: int) -> str:
        """The mark of a footnote, or of a citation that has one already."""
        name = f"{BOOKMARK}{number}"
        if number not in self._noted:
            self._noted.add(number)
            return (
                f'<w:bookmarkStart w:id="{number}" w:name="{name}"/>'
                f'<w:r><w:rPr>{_AS_MARK}</w:rPr><w:footnoteReference w:id="{number}"/></w:r>'
                f'<w:bookmarkEnd w:id="{number}"/>'
            )
        pieces = (
            '<w:fldChar w:fldCharType="begin"/>',
            f'<w:instrText xml:space="preserve"> NOTEREF {name} \\f \\h </w:instrText>',
            '<w:fldChar w:fldCharType="separate"/>',
            f"<w:t>{number}</w:t>",
            '<w:fldChar w:fldCharType="end"/>',
        )
        return "".join(f"<w:r><w:rPr>{_AS_MARK}</w:rPr>{piece}</w:r>" for piece in pieces)

    # ------------------------------------------------------------ tables and pictures

    def _table(self, table: Table) -> Iterator[str]:
        if table.caption:
            yield self._paragraph((Words(table.caption),), "Caption", "<w:keepNext/>")
        widths = table_widths(table, text_width(self.paper))
        grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
        head = _row(
            [self._paragraph((Words(column),), "ColumnHeading") for column in table.columns],
            widths,
            "<w:cantSplit/><w:tblHeader/>",
        )
        rows = [self._table_row(row, widths) for row in table.rows]
        lines = _UPRIGHT if is_form(table) else ""
        yield (
            '<w:tbl><w:tblPr><w:tblStyle w:val="PlainTable"/>'
            f'<w:tblW w:w="{sum(widths)}" w:type="dxa"/>{lines}<w:tblLayout w:type="fixed"/>'
            '<w:tblLook w:val="0020" w:firstRow="1" w:lastRow="0" w:firstColumn="0"'
            ' w:lastColumn="0" w:noHBand="1" w:noVBand="1"/>'
            f"<w:tblCaption w:val={attribute(table.caption)}/></w:tblPr>"
            f"<w:tblGrid>{grid}</w:tblGrid>{head}{''.join(rows)}</w:tbl>"
        )

    def _table_row(self, row: Sequence[Line], widths: Sequence[int]) -> str:
        cells = [self._paragraph(cell, "Cell") for cell in row]
        longest = max((sum(len(run.text) for run in cell) for cell in row), default=0)
        return _row(cells, widths, "" if longest > _LONG_CELL else "<w:cantSplit/>")

    def _picture(self, picture: Picture) -> Iterator[str]:
        self._pictures += 1
        number = self._pictures
        width, height = picture_size(picture.png)
        name = self.package.add_picture(picture.png)
        size = f'cx="{width}" cy="{height}"'
        drawing = (
            '<w:r><w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0">'
            f"<wp:extent {size}/>"
            f'<wp:docPr id="{number}" name="Picture {number}" descr={attribute(picture.alt)}/>'
            '<a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/'
            f'picture"><pic:pic><pic:nvPicPr><pic:cNvPr id="{number}" name="Picture {number}"'
            f" descr={attribute(picture.alt)}/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill>"
            f'<a:blip r:embed="{name}"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill>'
            f'<pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext {size}/></a:xfrm>'
            '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic>'
            "</a:graphicData></a:graphic></wp:inline></w:drawing></w:r>"
        )
        opening = self._paragraph((), "", "<w:keepNext/>" if picture.caption else "")
        yield opening.removesuffix("</w:p>") + drawing + "</w:p>"
        if picture.caption:
            yield self._paragraph((Words(picture.caption),), "Caption")


_UPRIGHT = (
    '<w:tblBorders><w:top w:val="single" w:sz="8" w:space="0" w:color="5B6B76"/>'
    '<w:bottom w:val="single" w:sz="8" w:space="0" w:color="5B6B76"/>'
    '<w:insideH w:val="single" w:sz="4" w:space="0" w:color="B8C2C9"/>'
    '<w:insideV w:val="single" w:sz="4" w:space="0" w:color="D5DBE0"/></w:tblBorders>'
)
"""Lines between columns too, where cells are to be filled in."""
_AS_MARK = '<w:rStyle w:val="FootnoteReference"/>'


def _text(words: str, properties: str) -> str:
    if not words:
        return ""
    kept = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    return f'<w:r>{kept}<w:t xml:space="preserve">{text_of(words)}</w:t></w:r>'


def _row(cells: Sequence[str], widths: Sequence[int], properties: str) -> str:
    inner = "".join(
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>{cell}</w:tc>'
        for cell, width in zip(cells, widths, strict=True)
    )
    return f"<w:tr>{f'<w:trPr>{properties}</w:trPr>' if properties else ''}{inner}</w:tr>"


def table_widths(table: Table, whole: int) -> list[int]:
    """The widths of a table's columns as whole numbers that add up to ``whole``.

    Raises:
        ValueError: rows or widths do not fit the columns.
    """
    count = len(table.columns)
    if not count or any(len(row) != count for row in table.rows):
        raise ValueError("each row of a table needs as many cells as there are columns")
    if table.widths and len(table.widths) != count:
        raise ValueError("a table needs as many widths as columns")
    shares = table.widths or (1.0,) * count
    found = [int(whole * share / sum(shares)) for share in shares]
    found[-1] += whole - sum(found)
    return found


def picture_size(png: bytes) -> tuple[int, int]:
    """Width and height of a picture on the page, in EMU: at 144 dots an inch, or smaller."""
    width, height = (pixels * _EMU_PER_PIXEL for pixels in png_size(png))
    shrunk = min(1.0, _WIDEST_PICTURE / width, _HIGHEST_PICTURE / height)
    return int(width * shrunk), int(height * shrunk)
