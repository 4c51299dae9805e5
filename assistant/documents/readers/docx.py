"""Word documents (.docx, .docm, .dotx): body text in order, with headings and clause numbers.

Macros, embedded files, comments, pictures, headers and footers are never read, nor are tables of
contents, whose lines the headings repeat. Text that a reader of the page does not see is left out
and named. Tracked insertions count as text, tracked deletions do not. A paragraph in a style of
headings that is long enough to be a clause is kept as a clause: policies number their text so.

Pages: Word writes where each page began when it last laid the document out
(``w:lastRenderedPageBreak``), and nothing else tells. They are used only where such marks are
there and, if the document also says how many pages it had, where the count agrees; else ``pages``
is None. They count sheets from 1, whatever number is printed on them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from assistant.documents.readers.docx_lines import Line, Lines, chosen, fields_pair_up
from assistant.documents.readers.docx_numbering import Numbering, W
from assistant.documents.readers.docx_styles import (
    ParagraphStyle,
    Styles,
    looked,
    number_of,
    outline_level,
)
from assistant.documents.readers.numerals import Label, whole, written
from assistant.documents.readers.office import (
    ANY_FILL,
    FORCED_PAGE,
    Gathered,
    Look,
    Pager,
    core_found,
    diagram_texts,
    is_clause,
    tidy,
)
from assistant.documents.readers.office_rows import Rows, with_label
from assistant.documents.readers.packed import ASK_FOR_SOUND_COPY, Package, local, open_package
from assistant.documents.records import BlockKind, Extract, Limits, Trouble

_PASSED_THROUGH = ("ins", "moveTo", "customXml", "smartTag", "sdtContent", "dir", "bdo")
_NOTE_PARTS = {"footnoteReference": "footnotes", "endnoteReference": "endnotes"}
_NOTE_FORMS = {"footnotes": "decimal", "endnotes": "lowerRoman"}


def read_docx(path: Path, limits: Limits, name: str = "") -> Extract:
    """Read a Word document.

    Args:
        path: the file on disk.
        limits: how much is read.
        name: how the user knows the file; for messages.

    Errors: ``DocumentError`` as in ``packed.open_package``; unsupported for another kind of
    document, too-many-pages.
    """
    with open_package(path, limits, name) as package:
        try:
            return _Document(package).extract()
        except RecursionError as error:
            raise package.refusal(
                "damaged", "its parts are nested too deeply.", ASK_FOR_SOUND_COPY
            ) from error


class _Document:
    """One document while it is read."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._main = package.related("", "officeDocument") or "word/document.xml"
        root = package.xml(self._main)
        self._body = root.find(f"{W}body")
        if self._body is None:
            raise package.refusal(
                "unsupported", "this is not a Word document.", "Save it as .docx and add that."
            )
        self._relations = package.relations(self._main)
        self._styles = Styles(self._part("styles"))
        self._numbering = Numbering(self._part("numbering"), self._styles.list_numbers())
        self._lines = Lines(self._styles, fields_pair_up(root))
        self._gathered = Gathered(package.limits, package.name)
        self._pager = Pager(next(root.iter(f"{W}lastRenderedPageBreak"), None) is not None)
        self._notes = {kind: self._read_notes(kind) for kind in _NOTE_FORMS}
        self._numbered_notes = dict.fromkeys(_NOTE_FORMS, 0)
        self._carried = ""
        self._hanging: list[Line] = []
        self._inner_tables: list[tuple[Any, Look]] = []
        # A coloured page would make white text visible.
        coloured = root.find(f"{W}background") is not None
        self._paper = Look(fill=ANY_FILL) if coloured else Look()

    def _part(self, kind: str) -> Any:
        part = self._package.related(self._main, kind)
        return self._package.xml(part) if part else None

    def _read_notes(self, kind: str) -> dict[str, Any]:
        root = self._part(kind)
        return {} if root is None else {note.get(f"{W}id", ""): note for note in root}

    def extract(self) -> Extract:
        self._blocks(self._body, self._paper)
        comments = self._part("comments")
        if comments is not None and len(comments):
            self._gathered.hide("comments", len(comments))
        self._gathered.promote_bold()
        pages = self._pages()
        if pages and pages > self._package.limits.pages:
            raise self._package.refusal(
                "too-many-pages", f"the file has {pages} pages.", "Split it into smaller documents."
            )
        return self._gathered.extract(
            "docx", pages=pages, found=core_found(self._package, self._styles.language)
        )

    def _pages(self) -> int | None:
        """How many pages there are, or None where the marks of pages cannot be trusted."""
        said = 0
        part = self._package.related("", "extended-properties")
        if part:
            said = whole(self._package.xml(part).findtext("{*}Pages"), 0)
        # Programs other than Word copy a "1" from their templates.
        doubtful = said > 1 and said != self._pager.page
        return None if doubtful else self._pager.here

    # ---------------------------------------------------------------- blocks

    def _blocks(self, container: Any, look: Look) -> None:
        """Everything in a body, a cell or a text box, in order."""
        for element in container:
            name = local(element)
            if name == "p":
                self._paragraph(element, look)
            elif name == "tbl":
                self._table(element, look)
            elif name == "sdt":
                if not _is_contents(element):
                    self._blocks(_content(element), look)
            elif name == "AlternateContent":
                self._blocks(chosen(element), look)
            elif name in _PASSED_THROUGH:
                self._blocks(element, look)
            elif name == "altChunk":
                detail = "A document put into this one is not read; open and save it in Word first."
                self._gathered.trouble(Trouble(kind="unreadable", detail=detail))

    def _paragraph(self, paragraph: Any, look: Look) -> None:
        properties, style, line = self._read_line(paragraph, look)
        section = None if properties is None else properties.find(f"{W}sectPr")
        if _goes_on(properties):
            self._carried += line.raw
            self._hang(line)
            return
        label = self._label(properties, style, line)
        raw = self._carried + line.raw
        self._carried = ""
        text, page, starts = self._pager.place(with_label(label, raw))
        if not (line.contents or style.contents):
            kind, level = _kind(properties, style, label, text)
            bold = line.bold and not line.plain
            self._gathered.add(
                kind,
                text,
                level=level,
                page=page,
                page_starts=starts,
                bold=bold and kind != "heading",
            )
        self._hang(line)
        if section is not None and _begins_page(section):
            self._pager.place(FORCED_PAGE)

    def _read_line(self, paragraph: Any, look: Look) -> tuple[Any, ParagraphStyle, Line]:
        properties = paragraph.find(f"{W}pPr")
        named = None if properties is None else properties.find(f"{W}pStyle")
        style = self._styles.paragraph("" if named is None else named.get(f"{W}val", ""))
        base = style.look
        if look.fill and not base.fill:
            base = replace(base, fill=look.fill)
        line = self._lines.line(paragraph, looked(_shading(properties), base))
        if properties is not None and properties.find(f"{W}pageBreakBefore") is not None:
            line.pieces.insert(0, FORCED_PAGE)
        for reason in line.unseen:
            self._gathered.hide(reason)
        return properties, style, line

    def _label(self, properties: Any, style: ParagraphStyle, line: Line) -> Label | None:
        """What stands before a paragraph; one that is all hidden or deleted does not count."""
        if not line.raw.strip() and (line.unseen or line.contents):
            return None
        place = number_of(properties, style, self._numbering)
        return self._numbering.label(*place) if place else None

    def _hang(self, line: Line) -> None:
        """Text boxes, diagrams and notes of a paragraph, after it."""
        for box, look in line.boxes:
            self._blocks(box, look)
        for relation in line.diagrams:
            found = self._relations.get(relation)
            for text in diagram_texts(self._package, found.target if found else ""):
                self._gathered.add("list-item", text, page=self._pager.here)
        for reference, key, own_sign in line.notes:
            self._note(_NOTE_PARTS[reference], key, own_sign)

    def _note(self, kind: str, key: str, own_sign: bool) -> None:
        note = self._notes[kind].get(key)
        if note is None:
            return
        sign = ""
        if not own_sign:
            self._numbered_notes[kind] += 1
            sign = written(self._numbered_notes[kind], _NOTE_FORMS[kind])
        lines = Lines(self._styles, fields_pair_up(note))
        texts = []
        for paragraph in note.iter(f"{W}p"):
            line = lines.line(paragraph, self._paper)
            texts.append(line.raw)
            for reason in line.unseen:
                self._gathered.hide(reason)
        text = tidy(" ".join(texts))
        if text:
            self._gathered.add("footnote", f"{sign} {text}".strip(), page=self._pager.here)

    # ---------------------------------------------------------------- tables

    def _table(self, table: Any, look: Look) -> None:
        look = self._behind_table(table, look)
        rows = [list(_cells(row)) for row in _rows(table)]
        if len(rows) == 1 and len(rows[0]) == 1:
            # A frame around text, not a table.
            self._blocks(rows[0][0], looked(rows[0][0].find(f"{W}tcPr"), look))
            return
        outer, self._hanging = self._hanging, []
        outer_tables, self._inner_tables = self._inner_tables, []
        told = Rows(self._pager)
        for row in rows:
            told.add([self._cell(cell, look) for cell in row])
        self._gathered.add("table", told.text, page=told.page, page_starts=told.starts)
        hanging, self._hanging = self._hanging, outer
        inner_tables, self._inner_tables = self._inner_tables, outer_tables
        for line in hanging:
            self._hang(line)
        for nested, behind in inner_tables:
            self._table(nested, behind)

    def _behind_table(self, table: Any, look: Look) -> Look:
        style = table.find(f"{W}tblPr/{W}tblStyle")
        if style is not None and self._styles.fills(style.get(f"{W}val", "")):
            return Look(fill=ANY_FILL)
        return looked(_shading(table.find(f"{W}tblPr")), look)

    def _cell(self, cell: Any, look: Look) -> str:
        """The raw text of a cell; what hangs on it and tables in it wait for the table's end."""
        properties = cell.find(f"{W}tcPr")
        if _continues(properties):
            return ""
        behind = looked(_shading(properties), look)
        return " ".join(self._cell_texts(cell, behind))

    def _cell_texts(self, container: Any, look: Look) -> Iterator[str]:
        for element in container:
            name = local(element)
            if name == "p":
                properties, style, line = self._read_line(element, look)
                label = self._label(properties, style, line)
                self._hanging.append(line)
                if label and label.bullet and line.raw.strip():
                    label = Label("•")
                yield with_label(label, line.raw, alone=True)
            elif name == "tbl":
                self._inner_tables.append((element, look))
            elif name == "sdt":
                yield from self._cell_texts(_content(element), look)
            elif name == "AlternateContent":
                yield from self._cell_texts(chosen(element), look)
            elif name in _PASSED_THROUGH:
                yield from self._cell_texts(element, look)


def _kind(
    properties: Any, style: ParagraphStyle, label: Label | None, text: str
) -> tuple[BlockKind, int]:
    outline = None if properties is None else properties.find(f"{W}outlineLvl")
    level = style.level if outline is None else outline_level(outline.get(f"{W}val"))
    if level and not is_clause(text):
        return "heading", level
    if style.caption:
        return "caption", 0
    return ("list-item" if label or style.listed else "paragraph"), 0


def _goes_on(properties: Any) -> bool:
    """Whether the next paragraph is the same one: its end is deleted, or it is a large initial."""
    if properties is None:
        return False
    ends = (f"{W}rPr/{W}del", f"{W}rPr/{W}moveFrom")
    if any(properties.find(end) is not None for end in ends):
        return True
    frame = properties.find(f"{W}framePr")
    return frame is not None and frame.get(f"{W}dropCap", "none") in ("drop", "margin")


def _begins_page(section: Any) -> bool:
    kind = section.find(f"{W}type")
    return kind is None or kind.get(f"{W}val") in ("nextPage", "oddPage", "evenPage")


def _shading(properties: Any) -> Any:
    """Only the background of a paragraph, cell or table; None where it has none."""
    if properties is None or properties.find(f"{W}shd") is None:
        return None
    return [properties.find(f"{W}shd")]


def _is_contents(control: Any) -> bool:
    gallery = control.find(f"{W}sdtPr/{W}docPartObj/{W}docPartGallery")
    return gallery is not None and gallery.get(f"{W}val") == "Table of Contents"


def _content(control: Any) -> Any:
    content = control.find(f"{W}sdtContent")
    return () if content is None else content


def _through(parent: Any, wanted: str) -> Iterator[Any]:
    """Rows of a table or cells of a row, also inside content controls and insertions."""
    for element in parent:
        name = local(element)
        if name == wanted:
            yield element
        elif name == "sdt":
            yield from _through(_content(element), wanted)
        elif name in _PASSED_THROUGH:
            yield from _through(element, wanted)


def _rows(table: Any) -> Iterator[Any]:
    for row in _through(table, "tr"):
        if row.find(f"{W}trPr/{W}del") is None and row.find(f"{W}trPr/{W}hidden") is None:
            yield row


def _cells(row: Any) -> Iterator[Any]:
    for cell in _through(row, "tc"):
        if cell.find(f"{W}tcPr/{W}cellDel") is None:
            yield cell


def _continues(properties: Any) -> bool:
    """Whether a cell only goes on with the one above or before it, whose text is told once."""
    if properties is None:
        return False
    merges = (properties.find(f"{W}vMerge"), properties.find(f"{W}hMerge"))
    return any(merge is not None and merge.get(f"{W}val") != "restart" for merge in merges)
