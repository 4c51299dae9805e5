"""The parts of a Word file around its text, and the file that holds them all.

Nothing in them tells of a person or a machine: no author, no date, no path. The same paper gives
the same bytes.
"""

from __future__ import annotations

import io
import struct
import uuid
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from xml.sax.saxutils import escape, quoteattr

from assistant.exports.notes import is_wide
from assistant.exports.records import Paper

WORD_SPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
RECORD_SPACE = "urn:peer-support:record"
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_OFFICE = "application/vnd.openxmlformats-officedocument"
_DECLARED = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_SPACES = (
    f'xmlns:w="{WORD_SPACE}" xmlns:r="{_RELATION}"'
    ' xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"'
    ' xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    ' xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"'
)
_KINDS = {
    "document": f"{_OFFICE}.wordprocessingml.document.main+xml",
    "styles": f"{_OFFICE}.wordprocessingml.styles+xml",
    "settings": f"{_OFFICE}.wordprocessingml.settings+xml",
    "numbering": f"{_OFFICE}.wordprocessingml.numbering+xml",
    "footnotes": f"{_OFFICE}.wordprocessingml.footnotes+xml",
    "header": f"{_OFFICE}.wordprocessingml.header+xml",
    "footer": f"{_OFFICE}.wordprocessingml.footer+xml",
}
_SHORTEST_DAY = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip file can hold: the time of making is nobody's business."""
_LONGEST_FOOTER = 80
_NARROW, _WIDE = 9070, 14002
"""Width of the text on A4 upright and turned, in twentieths of a point."""


@dataclass
class Package:
    """A Word file in the making: what it is related to, and its pictures."""

    related: list[tuple[str, str, str, bool]] = field(default_factory=list)
    pictures: list[bytes] = field(default_factory=list)
    numbered_lists: int = 0

    def relate(self, kind: str, target: str, outside: bool = False) -> str:
        """Relate the document to a part or an address; the id of the relation."""
        for name, known_kind, known_target, _ in self.related:
            if (known_kind, known_target) == (kind, target):
                return name
        name = f"rId{len(self.related) + 1}"
        self.related.append((name, kind, target, outside))
        return name

    def add_picture(self, png: bytes) -> str:
        """Put a picture into the file; the id of its relation."""
        self.pictures.append(png)
        return self.relate("image", f"media/picture{len(self.pictures)}.png")


def text_of(words: str) -> str:
    """Text as XML."""
    return escape(words)


def attribute(words: str) -> str:
    """Text as an XML attribute, with its quotes."""
    return quoteattr(words)


def png_size(png: bytes) -> tuple[int, int]:
    """Width and height of a PNG in pixels.

    Raises:
        ValueError: it is none.
    """
    if len(png) < 24 or not png.startswith(b"\x89PNG\r\n\x1a\n"):
        raise ValueError("a picture of a paper must be a PNG")
    width, height = struct.unpack(">II", png[16:24])
    if not width or not height:
        raise ValueError("a picture of a paper must have a size")
    return width, height


def packed(paper: Paper, package: Package, body: str, footnotes: str, record: str) -> bytes:
    """The whole file.

    Args:
        paper: what it holds.
        package: what its text relates to.
        body: the paragraphs and tables, as XML.
        footnotes: the footnotes, as XML.
        record: what ``verify`` reads later; empty for none.
    """
    parts = _fixed_parts(paper, package)
    if footnotes:
        package.relate("footnotes", "footnotes.xml")
        parts["word/footnotes.xml"] = _footnotes(footnotes)
    if record:
        package.relate("customXml", "../customXml/item1.xml")
        parts |= _record_parts(record)
    section = _section(package, is_wide(paper))
    parts["word/document.xml"] = (
        f"{_DECLARED}<w:document {_SPACES}><w:body>{body}{section}</w:body></w:document>"
    )
    parts["word/_rels/document.xml.rels"] = _relations(package.related)
    for number, png in enumerate(package.pictures, 1):
        parts[f"word/media/picture{number}.png"] = png
    return _zipped({"[Content_Types].xml": _content_types(parts), **parts})


def _zipped(parts: Mapping[str, str | bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            info = zipfile.ZipInfo(name, _SHORTEST_DAY)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return stream.getvalue()


def _fixed_parts(paper: Paper, package: Package) -> dict[str, str | bytes]:
    folder = files("assistant.exports") / "word"
    for kind in ("styles", "settings", "numbering"):
        package.relate(kind, f"{kind}.xml")
    return {
        "_rels/.rels": _relations(
            [
                ("rId1", "officeDocument", "word/document.xml", False),
                ("rId2", "core", "docProps/core.xml", False),
                ("rId3", "extended-properties", "docProps/app.xml", False),
            ]
        ),
        "docProps/core.xml": _core(paper),
        "docProps/app.xml": _DECLARED + '<Properties xmlns="http://schemas.openxmlformats.org'
        '/officeDocument/2006/extended-properties"><Application>Microsoft Office Word'
        "</Application></Properties>",
        "word/styles.xml": _styles(paper, (folder / "styles.xml").read_text("utf-8")),
        "word/settings.xml": (folder / "settings.xml").read_text("utf-8"),
        "word/numbering.xml": _numbering(package.numbered_lists),
        "word/header1.xml": _edge("hdr", [_run(paper.title[:110])]),
        "word/header2.xml": _edge("hdr", [""]),
        "word/footer1.xml": _edge("ftr", _footer(paper)),
        "word/footer2.xml": _edge("ftr", _footer(paper)),
    }


def _styles(paper: Paper, styles: str) -> str:
    tab = 'w:val="right" w:pos="{}"'
    edge = tab.format(text_width(paper))
    return styles.replace("en-GB", _lang(paper)).replace(tab.format(_NARROW), edge)


def text_width(paper: Paper) -> int:
    """The width of a paper's text in twentieths of a point."""
    return _WIDE if is_wide(paper) else _NARROW


def _lang(paper: Paper) -> str:
    return text_of(paper.language)


def _core(paper: Paper) -> str:
    return (
        f"{_DECLARED}<cp:coreProperties"
        ' xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>'
        f"{text_of(paper.title)}</dc:title><dc:language>{_lang(paper)}</dc:language>"
        "</cp:coreProperties>"
    )


def _relations(related: Sequence[tuple[str, str, str, bool]]) -> str:
    core = "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties"
    rows = ""
    for name, kind, target, outside in related:
        type_of = core if kind == "core" else f"{_RELATION}/{kind}"
        mode = ' TargetMode="External"' if outside else ""
        rows += f'<Relationship Id="{name}" Type="{type_of}" Target={attribute(target)}{mode}/>'
    space = "http://schemas.openxmlformats.org/package/2006/relationships"
    return f'{_DECLARED}<Relationships xmlns="{space}">{rows}</Relationships>'


def _content_types(parts: Mapping[str, str | bytes]) -> str:
    rows = [
        '<Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/>',
        '<Default Extension="xml" ContentType="application/xml"/>',
        '<Default Extension="png" ContentType="image/png"/>',
    ]
    for name in parts:
        kind = name.rpartition("/")[2].removesuffix(".xml").rstrip("0123456789")
        if name.startswith("word/") and kind in _KINDS:
            rows.append(f'<Override PartName="/{name}" ContentType="{_KINDS[kind]}"/>')
    own = {
        "docProps/core.xml": "application/vnd.openxmlformats-package.core-properties+xml",
        "docProps/app.xml": f"{_OFFICE}.extended-properties+xml",
        "customXml/itemProps1.xml": f"{_OFFICE}.customXmlProperties+xml",
    }
    rows += [
        f'<Override PartName="/{name}" ContentType="{kind}"/>'
        for name, kind in own.items()
        if name in parts
    ]
    space = "http://schemas.openxmlformats.org/package/2006/content-types"
    return f'{_DECLARED}<Types xmlns="{space}">{"".join(rows)}</Types>'


# ---------------------------------------------------------------- edges, lists, notes, record


def _run(words: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{text_of(words)}</w:t></w:r>'


def _counted(name: str) -> str:
    """A field that Word works out, such as the number of the page."""
    return f'<w:fldSimple w:instr=" {name} "><w:r><w:t>1</w:t></w:r></w:fldSimple>'


def _footer(paper: Paper) -> list[str]:
    page = f"{_run('Page ')}{_counted('PAGE')}{_run(' of ')}{_counted('NUMPAGES')}"
    if len(paper.footer) > _LONGEST_FOOTER:
        return [_run(paper.footer), page]
    return [f"{_run(paper.footer) if paper.footer else ''}<w:r><w:tab/></w:r>{page}"]


def _edge(kind: str, paragraphs: Sequence[str]) -> str:
    style = "Header" if kind == "hdr" else "Footer"
    inner = "".join(
        f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr>{runs}</w:p>' for runs in paragraphs
    )
    return f"{_DECLARED}<w:{kind} {_SPACES}>{inner}</w:{kind}>"


def _section(package: Package, wide: bool) -> str:
    """A4 with generous margins; no header on the first page, where the title stands."""
    size = 'w:w="16838" w:h="11906" w:orient="landscape"' if wide else 'w:w="11906" w:h="16838"'
    ends = [
        f'<w:{end}Reference w:type="{which}" r:id="{package.relate(end, f"{end}{number}.xml")}"/>'
        for end in ("header", "footer")
        for number, which in ((1, "default"), (2, "first"))
    ]
    return (
        f"<w:sectPr>{''.join(ends)}"
        f'<w:pgSz {size}/><w:pgMar w:top="1531" w:right="1418" w:bottom="1418"'
        ' w:left="1418" w:header="709" w:footer="624" w:gutter="0"/><w:titlePg/></w:sectPr>'
    )


def _numbering(numbered_lists: int) -> str:
    """Bullets, and numbers that begin at 1 in every list."""

    def level(form: str, text: str) -> str:
        return (
            f'<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="{form}"/>'
            f'<w:lvlText w:val="{text}"/><w:lvlJc w:val="left"/>'
            '<w:pPr><w:ind w:left="397" w:hanging="397"/></w:pPr></w:lvl>'
        )

    kinds = "".join(
        f'<w:abstractNum w:abstractNumId="{number}"><w:multiLevelType w:val="singleLevel"/>'
        f"{level(*how)}</w:abstractNum>"
        for number, how in ((1, ("bullet", "•")), (2, ("decimal", "%1.")))
    )
    plain = "".join(
        f'<w:num w:numId="{number}"><w:abstractNumId w:val="{number}"/></w:num>'
        for number in (1, 2)
    )
    own = "".join(
        f'<w:num w:numId="{number}"><w:abstractNumId w:val="2"/><w:lvlOverride w:ilvl="0">'
        '<w:startOverride w:val="1"/></w:lvlOverride></w:num>'
        for number in range(3, 3 + numbered_lists)
    )
    return f"{_DECLARED}<w:numbering {_SPACES}>{kinds}{plain}{own}</w:numbering>"


def _footnotes(notes: str) -> str:
    lines = "".join(
        f'<w:footnote w:type="{kind}" w:id="{number}"><w:p><w:pPr><w:spacing w:after="0"'
        f' w:line="240" w:lineRule="auto"/></w:pPr><w:r><w:{kind}/></w:r></w:p></w:footnote>'
        for kind, number in (("separator", -1), ("continuationSeparator", 0))
    )
    return f"{_DECLARED}<w:footnotes {_SPACES}>{lines}{notes}</w:footnotes>"


def _record_parts(record: str) -> dict[str, str | bytes]:
    name = str(uuid.uuid5(uuid.NAMESPACE_URL, RECORD_SPACE)).upper()
    space = "http://schemas.openxmlformats.org/officeDocument/2006/customXml"
    return {
        "customXml/item1.xml": (
            f'{_DECLARED}<record xmlns="{RECORD_SPACE}">{text_of(record)}</record>'
        ),
        "customXml/itemProps1.xml": (
            f'{_DECLARED}<ds:datastoreItem ds:itemID="{{{name}}}" xmlns:ds="{space}">'
            f'<ds:schemaRefs><ds:schemaRef ds:uri="{RECORD_SPACE}"/></ds:schemaRefs>'
            "</ds:datastoreItem>"
        ),
        "customXml/_rels/item1.xml.rels": _relations(
            [("rId1", "customXmlProps", "itemProps1.xml", False)]
        ),
    }
