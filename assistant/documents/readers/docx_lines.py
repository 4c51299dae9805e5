"""The text of one Word paragraph as a reader of the page sees it.

Insertions and the results of fields stay; deletions, codes of fields, hidden and white text go.
What hangs on the paragraph (notes, text boxes, diagrams) is listed, for the caller to place.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from assistant.documents.readers.docx_numbering import W
from assistant.documents.readers.docx_styles import Styles, looked
from assistant.documents.readers.office import (
    ANY_FILL,
    FORCED_PAGE,
    SOFT_PAGE,
    SYMBOLS,
    Look,
    raised,
)
from assistant.documents.readers.packed import local

RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
NOT_SHOWN = frozenset(
    "del moveFrom pPr rPr sdtPr sdtEndPr customXmlPr ctrlPr delText delInstrText rPrChange "
    "rt oMathParaPr fPr sSubPr sSupPr".split()
)
_SIGNS = {
    "tab": " ",
    "ptab": " ",
    "cr": " ",
    "noBreakHyphen": "-",
    "lastRenderedPageBreak": SOFT_PAGE,
}


@dataclass
class Line:
    """A paragraph: raw text with page marks, and what hangs on it.

    ``notes`` are (kind of note, id, whether it has a sign of its own); ``boxes`` are contents of
    text boxes with the look of what lies behind them; ``contents`` is true in a table of contents.
    """

    pieces: list[str] = field(default_factory=list)
    notes: list[tuple[str, str, bool]] = field(default_factory=list)
    boxes: list[tuple[Any, Look]] = field(default_factory=list)
    diagrams: list[str] = field(default_factory=list)
    unseen: set[str] = field(default_factory=set)
    contents: bool = False
    plain: bool = False
    bold: bool = False

    @property
    def raw(self) -> str:
        """The text with its page marks."""
        return "".join(self.pieces)


@dataclass
class _Field:
    code: str = ""
    result: bool = False


class Lines:
    """Reads paragraphs in the order of the document: fields may go on over several of them.

    Args:
        styles: the styles of the document.
        fields: whether the marks of fields in this part pair up; else their text is all kept.
    """

    def __init__(self, styles: Styles, fields: bool) -> None:
        self._styles = styles
        self._use_fields = fields
        self._fields: list[_Field] = []

    def line(self, paragraph: Any, look: Look) -> Line:
        """Read a ``w:p`` whose text looks like ``look`` unless it says otherwise."""
        line = Line()
        self._walk(paragraph, look, line)
        line.contents = line.contents or self._in_contents()
        return line

    def _in_contents(self) -> bool:
        return any(each.result and each.code.split()[:1] == ["TOC"] for each in self._fields)

    def _walk(self, parent: Any, look: Look, line: Line) -> None:
        for element in parent:
            name = local(element)
            if name in NOT_SHOWN:
                continue
            if name == "r":
                self._run(element, look, line)
            elif name == "AlternateContent":
                self._walk(chosen(element), look, line)
            elif name == "fldSimple":
                line.contents |= element.get(f"{W}instr", "").split()[:1] == ["TOC"]
                self._walk(element, look, line)
            elif name == "t":
                self._put(element.text or "", look, line)
            else:
                self._walk(element, look, line)

    def _run(self, run: Any, look: Look, line: Line) -> None:
        properties = run.find(f"{W}rPr")
        if properties is not None:
            style = properties.find(f"{W}rStyle")
            if style is not None:
                look = self._styles.character(style.get(f"{W}val", ""), look)
            look = looked(properties, look)
        self._inside_run(run, look, line)

    def _inside_run(self, run: Any, look: Look, line: Line) -> None:
        for element in run:
            name = local(element)
            if name == "t":
                self._put(element.text or "", look, line)
            elif name in _SIGNS:
                self._put(_SIGNS[name], look, line)
            elif name == "br":
                self._put(FORCED_PAGE if element.get(f"{W}type") == "page" else " ", look, line)
            elif name == "sym":
                self._put(_symbol(element), look, line)
            elif name in ("fldChar", "instrText"):
                self._mark(name, element)
                line.contents |= self._in_contents()
            elif name in ("footnoteReference", "endnoteReference"):
                own_sign = element.get(f"{W}customMarkFollows", "0") in ("1", "true", "on")
                line.notes.append((name, element.get(f"{W}id", ""), own_sign))
            elif name in ("drawing", "pict", "object"):
                self._hung(element, line)
            elif name == "AlternateContent":
                self._inside_run(chosen(element), look, line)
            elif name not in NOT_SHOWN and len(element):
                self._walk(element, look, line)

    def _put(self, text: str, look: Look, line: Line) -> None:
        if self._use_fields and not all(each.result for each in self._fields):
            # The code of a field; only its pages count.
            text = "".join(sign for sign in text if sign in (SOFT_PAGE, FORCED_PAGE))
        if text.strip():
            reason = look.unseen()
            if reason:
                line.unseen.add(reason)
                return
            if look.symbols:
                text = "".join(
                    SYMBOLS.get(ord(sign) & 0xFF, "") if sign != " " else sign for sign in text
                )
            if look.raised:
                text = raised(text, "".join(line.pieces[-3:]))
            if any(sign.isalnum() for sign in text):
                line.bold |= look.bold
                line.plain |= not look.bold
        line.pieces.append(text)

    def _mark(self, name: str, element: Any) -> None:
        if name == "instrText":
            if self._fields and not self._fields[-1].result:
                self._fields[-1].code += element.text or ""
            return
        kind = element.get(f"{W}fldCharType")
        if kind == "begin":
            self._fields.append(_Field())
        elif kind == "separate" and self._fields:
            self._fields[-1].result = True
        elif kind == "end" and self._fields:
            self._fields.pop()

    def _hung(self, drawing: Any, line: Line) -> None:
        for box, look in _boxes(drawing, Look(fill=ANY_FILL)):
            line.boxes.append((box, look))
        for element in drawing.iter("{*}relIds"):
            line.diagrams.append(element.get(f"{RELATION}dm", ""))


def chosen(alternatives: Any) -> Any:
    """Of two forms of one content the newer; the older is there for old programs."""
    choice = alternatives.find("{*}Choice")
    fallback = alternatives.find("{*}Fallback")
    if choice is None:
        return () if fallback is None else fallback
    return choice


def _boxes(parent: Any, look: Look) -> Iterator[tuple[Any, Look]]:
    """Contents of text boxes below ``parent``, not of boxes inside boxes."""
    for element in parent:
        name = local(element)
        if name == "txbxContent":
            yield element, look
        elif name == "AlternateContent":
            yield from _boxes(chosen(element), look)
        elif name == "wsp":
            yield from _boxes(element, Look(fill=_shape_fill(element)))
        elif len(element):
            yield from _boxes(element, look)


def _shape_fill(shape: Any) -> str:
    """The plain colour behind the text of a shape, where it has one of its own."""
    colour = shape.find("{*}spPr/{*}solidFill/{*}srgbClr")
    return ANY_FILL if colour is None else str(colour.get("val", ANY_FILL)).upper()


def _symbol(element: Any) -> str:
    """A character of a symbol font: bullets, ticks and boxes, else nothing."""
    try:
        code = int(element.get(f"{W}char", ""), 16)
    except ValueError:
        return ""
    return SYMBOLS.get(code & 0xFF, "") if 0xF000 <= code <= 0xF0FF else _sign(code)


def _sign(code: int) -> str:
    return chr(code) if 0x20 <= code < 0xD800 else ""


def fields_pair_up(root: Any) -> bool:
    """Whether every field that begins in a part also ends there."""
    depth = 0
    for element in root.iter(f"{W}fldChar"):
        kind = element.get(f"{W}fldCharType")
        depth += {"begin": 1, "end": -1}.get(kind, 0)
        if depth < 0:
            return False
    return depth == 0
