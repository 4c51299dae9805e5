"""Reads an exported Word file back: its record, and its text in the pieces that the record knows.

What stands in the file is read as a reader sees it with all changes accepted: what is marked as
deleted is not there. The marks of footnotes are told by their bookmarks, which Word and LibreOffice
keep, so that a note of the reader's own between them confuses nothing.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

from assistant.exports.docx import BOOKMARK
from assistant.exports.docx_parts import RECORD_SPACE, WORD_SPACE
from assistant.exports.notes import PICTURE
from assistant.presentation.record import Export, RecordError, export_from
from assistant.presentation.units import split_units

MOST_BYTES = 50_000_000
"""Bytes of all parts that are read, unpacked."""
_W = f"{{{WORD_SPACE}}}"
_GONE = frozenset(f"{_W}{name}" for name in ("del", "moveFrom", "pPr", "rPr", "sectPr"))
_CROSS = re.compile(rf"\b(?:NOTEREF|PAGEREF|REF)\s+{BOOKMARK}(\d+)\b")
_NAMED = re.compile(rf"^{BOOKMARK}(\d+)$")
_NO_WORD_FILE = "is no Word file that can be read"


def export_in_docx(data: bytes) -> Export:
    """What an exported Word file rested on, and what was changed in it by hand.

    Raises:
        RecordError: it is no Word file, or holds no record that can be used.
    """
    parts = _parts(data)
    record = _record_in(parts)
    document = _parsed(parts.get("word/document.xml", b""))
    notes = _parsed(parts["word/footnotes.xml"]) if "word/footnotes.xml" in parts else None
    return export_from(record, split_units(_texts(document, notes)))


def has_record(data: bytes) -> bool:
    """Whether a file is a Word file that was exported here.

    Raises:
        RecordError: it is no Word file.
    """
    return bool(_record_in(_parts(data)))


def _record_in(parts: dict[str, bytes]) -> str:
    return next((text for text in map(_record, _custom(parts)) if text), "")


def _parts(data: bytes) -> dict[str, bytes]:
    wanted = re.compile(r"word/(?:document|footnotes)\.xml|customXml/item\d+\.xml")
    left = MOST_BYTES
    parts: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for info in archive.infolist():
                if not wanted.fullmatch(info.filename):
                    continue
                with archive.open(info) as stream:
                    parts[info.filename] = stream.read(left + 1)
                left -= len(parts[info.filename])
                if left < 0:
                    raise RecordError("is too large for an export")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError) as error:
        raise RecordError(_NO_WORD_FILE) from error
    except zipfile.zlib.error as error:  # type: ignore[attr-defined]
        raise RecordError(_NO_WORD_FILE) from error
    return parts


def _parsed(xml: bytes) -> Any:
    """A part as a tree; nothing outside of it is ever opened.

    Raises:
        RecordError: it is no XML, or XML that defines things of its own.
    """
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        tree = etree.fromstring(xml, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise RecordError(_NO_WORD_FILE) from error
    if tree.getroottree().docinfo.doctype:
        raise RecordError(_NO_WORD_FILE)
    return tree


def _custom(parts: dict[str, bytes]) -> Iterator[Any]:
    for name in sorted(parts):
        if name.startswith("customXml/"):
            yield _parsed(parts[name])


def _record(tree: Any) -> str:
    return (tree.text or "") if tree.tag == f"{{{RECORD_SPACE}}}record" else ""


# ---------------------------------------------------------------- the text


def _texts(document: Any, notes: Any | None) -> Iterator[str]:
    """The text of every paragraph, footnotes last."""
    numbers = _numbers(document)
    for paragraph in _paragraphs(document):
        yield from _pictures(paragraph)
        yield "".join(_pieces(paragraph, numbers))
    if notes is None:
        return
    for note in notes.iterfind(f"{_W}footnote"):
        if note.get(f"{_W}type") in (None, "normal"):
            lines = ("".join(_pieces(line, {})).strip() for line in _paragraphs(note))
            yield " ".join(line for line in lines if line)


def _paragraphs(tree: Any) -> Iterator[Any]:
    """Paragraphs in order; those of text boxes only once, from the form that Word reads."""
    for paragraph in tree.iter(f"{_W}p"):
        if not any("Fallback" in str(above.tag) for above in paragraph.iterancestors()):
            yield paragraph


def _numbers(document: Any) -> dict[str, int]:
    """The number of the citation behind each footnote, by the id that the footnote has now.

    LibreOffice lets a bookmark end before the mark that it stood around, so the mark that follows
    its beginning is taken.
    """
    found: dict[str, int] = {}
    waiting: int | None = None
    for node in document.iter(f"{_W}bookmarkStart", f"{_W}footnoteReference", f"{_W}p"):
        if node.tag == f"{_W}bookmarkStart":
            named = _NAMED.match(node.get(f"{_W}name") or "")
            waiting = int(named.group(1)) if named else waiting
        elif node.tag == f"{_W}p":
            waiting = None
        elif waiting is not None:
            found[node.get(f"{_W}id") or ""] = waiting
            waiting = None
    return found


def _pictures(paragraph: Any) -> Iterator[str]:
    for node in paragraph.iter():
        if str(node.tag).endswith("}docPr") and node.get("descr"):
            yield PICTURE.format(alt=node.get("descr"))


def _pieces(paragraph: Any, numbers: dict[str, int]) -> Iterator[str]:
    """The text of a paragraph, with marks of citations as in ``[1]``."""
    field: list[str] = []
    depth, cross = 0, False
    for node in _kept(paragraph):
        name = str(node.tag).removeprefix(_W)
        if name == "fldChar":
            kind = node.get(f"{_W}fldCharType")
            depth += {"begin": 1, "end": -1}.get(kind, 0)
            if kind == "begin":
                field = []
            elif kind == "separate":
                number = _CROSS.search("".join(field))
                cross = number is not None
                yield f"[{number.group(1)}]" if number else ""
            elif kind == "end":
                cross = False
        elif name == "instrText":
            field.append(node.text or "")
        elif name == "footnoteReference":
            number_of = numbers.get(node.get(f"{_W}id") or "")
            yield f"[{number_of}]" if number_of is not None else " [own note] "
        elif not cross:
            yield _character(node, name)


def _character(node: Any, name: str) -> str:
    if name == "t":
        text = node.text or ""
        return "" if text.strip() == "," and _is_raised(node) else text
    return {"tab": " ", "br": " ", "cr": " ", "noBreakHyphen": "-"}.get(name, "")


def _is_raised(node: Any) -> bool:
    """Whether text stands as a mark: the comma between two of them does."""
    run = node.getparent()
    properties = run.find(f"{_W}rPr") if run is not None else None
    if properties is None:
        return False
    style, raised = (properties.find(f"{_W}{name}") for name in ("rStyle", "vertAlign"))
    styled = style is not None and "ootnote" in (style.get(f"{_W}val") or "")
    return styled or (raised is not None and raised.get(f"{_W}val") == "superscript")


def _kept(node: Any) -> Iterator[Any]:
    """What stands below a node in order, without what is marked as deleted, properties, and other
    paragraphs (of text boxes), which are read for themselves."""
    for child in node:
        if child.tag in _GONE or child.tag == f"{_W}p" or not isinstance(child.tag, str):
            continue
        if child.tag == f"{_W}fldSimple":
            number = _CROSS.search(child.get(f"{_W}instr") or "")
            if number:
                yield _mark(int(number.group(1)))
                continue
        yield child
        yield from _kept(child)


def _mark(number: int) -> Any:
    from lxml import etree

    text = etree.Element(f"{_W}t")
    text.text = f"[{number}]"
    return text
