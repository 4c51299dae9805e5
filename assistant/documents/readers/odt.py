"""OpenDocument texts (.odt, .ott): body text in order, with headings and the numbers of lists.

Comments, tracked deletions, macros, pictures, headers, footers and indexes are not read; text that
a reader of the page does not see is left out and named. There are no pages: LibreOffice does mark
where they began, but at other places than it prints them when it has converted the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assistant.documents.readers.numerals import Label, whole
from assistant.documents.readers.odt_styles import (
    DRAW,
    OFFICE,
    TABLE,
    TEXT,
    XML_ID,
    Counter,
    Styles,
)
from assistant.documents.readers.office import (
    ANY_FILL,
    Gathered,
    Look,
    Pager,
    found_in,
    is_clause,
    raised,
    tidy,
)
from assistant.documents.readers.office_rows import Rows, with_label
from assistant.documents.readers.packed import ASK_FOR_SOUND_COPY, Package, local, open_package
from assistant.documents.records import BlockKind, Extract, Found, Limits

_INDEXES = frozenset(
    "table-of-content illustration-index table-index object-index alphabetical-index".split()
)
_NOT_TEXT = frozenset(
    "annotation-end tracked-changes forms sequence-decls variable-decls user-field-decls script "
    "ruby-text number image title desc object object-ole event-listeners change change-start "
    "change-end glue-point applet plugin dde-connection-decls".split()
)
_PASSED_THROUGH = frozenset(
    "index-body section bibliography user-index numbered-paragraph list-item list-header".split()
)


def read_odt(path: Path, limits: Limits, name: str = "") -> Extract:
    """Read an OpenDocument text.

    Args:
        path: the file on disk.
        limits: how much is read.
        name: how the user knows the file; for messages.

    Errors: ``DocumentError`` as in ``packed.open_package``; unsupported for another kind of
    document.
    """
    with open_package(path, limits, name) as package:
        _refuse_locked(package)
        try:
            return _Document(package).extract()
        except RecursionError as error:
            raise package.refusal(
                "damaged", "its parts are nested too deeply.", ASK_FOR_SOUND_COPY
            ) from error


def _refuse_locked(package: Package) -> None:
    """A password hides every part but the list of parts."""
    manifest = "META-INF/manifest.xml"
    if (
        manifest in package
        and next(package.xml(manifest).iter("{*}encryption-data"), None) is not None
    ):
        raise package.refusal(
            "encrypted",
            "the file is locked with a password.",
            "Open it, remove the password, save it and add it again.",
        )


@dataclass
class _Line:
    """A paragraph: raw text, and what hangs on it."""

    pieces: list[str] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    boxes: list[tuple[Any, Look]] = field(default_factory=list)
    unseen: set[str] = field(default_factory=set)
    plain: bool = False
    bold: bool = False

    @property
    def raw(self) -> str:
        return "".join(self.pieces)


@dataclass(frozen=True)
class _Place:
    """Where a paragraph stands in lists: ``level`` 0 is in none."""

    counter: Counter | None = None
    style: str = ""
    level: int = 0
    start: int | None = None
    first: bool = False


class _Document:
    """One document while it is read."""

    def __init__(self, package: Package) -> None:
        self._package = package
        root = package.xml("content.xml")
        self._body = root.find(f"{OFFICE}body/{OFFICE}text")
        if self._body is None:
            raise package.refusal(
                "unsupported", "this is not an OpenDocument text.", "Save it as .odt and add that."
            )
        outer = [package.xml("styles.xml")] if "styles.xml" in package else []
        self._styles = Styles([*outer, root])
        self._gathered = Gathered(package.limits, package.name)
        self._pager = Pager(counting=False)
        self._headings = Counter(self._styles)
        self._counters: dict[str, Counter] = {}
        self._latest: dict[str, Counter] = {}
        self._hanging: list[_Line] = []
        self._inner_tables: list[tuple[Any, Look]] = []

    def extract(self) -> Extract:
        self._blocks(self._body, Look(), _Place())
        self._gathered.promote_bold()
        return self._gathered.extract("odt", found=self._found())

    def _found(self) -> Found:
        if "meta.xml" not in self._package:
            return Found()
        meta = self._package.xml("meta.xml")
        told = {local(element): element.text or "" for element in meta.iter() if element.text}
        return found_in(
            title=told.get("title", ""),
            author=told.get("initial-creator", "") or told.get("creator", ""),
            created=told.get("creation-date", ""),
            modified=told.get("date", ""),
            language=told.get("language", ""),
        )

    # ---------------------------------------------------------------- blocks

    def _blocks(self, container: Any, look: Look, place: _Place) -> None:
        """Everything in a body, a list item, a cell or a text box, in order."""
        for element in container:
            name = local(element)
            if name in ("p", "h"):
                self._paragraph(element, look, place)
                place = _Place(place.counter, place.style, place.level)
            elif name == "list":
                for item, within in self._items(element, place):
                    self._blocks(item, look, within)
            elif name == "table":
                self._table(element, look)
            elif name in _PASSED_THROUGH:
                if element.get(f"{TEXT}display") == "none":
                    self._gathered.hide("hidden sections")
                else:
                    self._blocks(element, look, place)
            elif element.tag.startswith(DRAW) and name not in _NOT_TEXT:
                for box, behind in self._boxes(element):
                    self._blocks(box, behind, _Place())

    def _paragraph(self, paragraph: Any, look: Look, place: _Place) -> None:
        line = self._line(paragraph, look)
        label = self._label(paragraph, line, place)
        text = tidy(with_label(label, line.raw))
        listed = bool(label) or (place.level > 0 and place.first)
        kind, level = self._kind(paragraph, text, listed)
        self._gathered.add(
            kind, text, level=level,
            bold=line.bold and not line.plain and kind != "heading",
        )  # fmt: skip
        self._hang(line)

    def _kind(self, paragraph: Any, text: str, listed: bool) -> tuple[BlockKind, int]:
        style = paragraph.get(f"{TEXT}style-name", "")
        if local(paragraph) == "h" and not is_clause(text):
            return "heading", max(1, whole(paragraph.get(f"{TEXT}outline-level"), 1))
        if self._styles.is_title(style):
            return "heading", 1
        if self._styles.is_caption(style):
            return "caption", 0
        return ("list-item" if listed else "paragraph"), 0

    def _label(self, paragraph: Any, line: _Line, place: _Place) -> Label | None:
        if not line.raw.strip() and line.unseen:
            return None
        if place.level and place.counter is not None:
            if not place.first:
                return None
            own = self._styles.list_style(paragraph.get(f"{TEXT}style-name", ""))
            return place.counter.label(place.style or own, place.level, place.start)
        if local(paragraph) == "h" and paragraph.get(f"{TEXT}is-list-header") != "true":
            level = max(1, whole(paragraph.get(f"{TEXT}outline-level"), 1))
            restart = paragraph.get(f"{TEXT}restart-numbering") == "true"
            start = whole(paragraph.get(f"{TEXT}start-value"), 1) if restart else None
            return self._headings.label(self._headings.style, level, start)
        return None

    def _items(self, element: Any, place: _Place) -> Iterator[tuple[Any, _Place]]:
        """The items of a list, each with its place in it."""
        level = place.level + 1
        style = element.get(f"{TEXT}style-name", "") or place.style
        counter = place.counter if place.counter is not None else self._counter(element, style)
        for item in element:
            name = local(item)
            if name in ("list-item", "list-header"):
                given = item.get(f"{TEXT}start-value")
                start = None if given is None else whole(given, 1)
                yield item, _Place(counter, style, level, start, name == "list-item")

    def _counter(self, element: Any, style: str) -> Counter:
        """Lists go on with another one, or with the last of their style, where they say so."""
        counter = self._counters.get(element.get(f"{TEXT}continue-list", ""))
        if counter is None and element.get(f"{TEXT}continue-numbering") == "true":
            counter = self._latest.get(style)
        counter = counter or Counter(self._styles, style)
        self._latest[style] = counter
        key = element.get(XML_ID)
        if key:
            self._counters[key] = counter
        return counter

    def _hang(self, line: _Line) -> None:
        """Text boxes and notes of a paragraph, after it."""
        for box, look in line.boxes:
            self._blocks(box, look, _Place())
        for sign, text in line.notes:
            self._gathered.add("footnote", f"{sign} {text}".strip())

    # ---------------------------------------------------------------- lines

    def _line(self, paragraph: Any, look: Look) -> _Line:
        style = paragraph.get(f"{TEXT}style-name", "")
        line = _Line()
        self._walk(paragraph, self._styles.look("paragraph", style, look), line)
        for reason in line.unseen:
            self._gathered.hide(reason)
        return line

    def _walk(self, parent: Any, look: Look, line: _Line) -> None:
        self._put(parent.text, look, line)
        for element in parent:
            self._inline(element, local(element), look, line)
            self._put(element.tail, look, line)

    def _inline(self, element: Any, name: str, look: Look, line: _Line) -> None:
        if name == "span":
            style = element.get(f"{TEXT}style-name", "")
            self._walk(element, self._styles.look("text", style, look), line)
        elif name in ("s", "tab", "line-break"):
            line.pieces.append(" ")
        elif name == "note":
            line.notes.append(self._note(element))
        elif name == "annotation":
            self._gathered.hide("comments")
        elif name in ("hidden-text", "hidden-paragraph"):
            line.unseen.add("hidden text")
        elif element.tag.startswith(DRAW) and name != "a":
            line.boxes.extend(self._boxes(element))
        elif name not in _NOT_TEXT:
            self._walk(element, look, line)

    def _put(self, text: str | None, look: Look, line: _Line) -> None:
        if not text:
            return
        if text.strip():
            reason = look.unseen()
            if reason:
                line.unseen.add(reason)
                return
            if look.raised:
                text = raised(text, "".join(line.pieces[-3:]))
            line.bold |= look.bold
            line.plain |= not look.bold
        line.pieces.append(text)

    def _note(self, note: Any) -> tuple[str, str]:
        sign = note.findtext(f"{TEXT}note-citation") or ""
        texts = []
        body = note.find(f"{TEXT}note-body")
        for paragraph in () if body is None else body.iter(f"{TEXT}p"):
            style = paragraph.get(f"{TEXT}style-name", "")
            line = _Line()
            self._walk(paragraph, self._styles.look("paragraph", style), line)
            texts.append(line.raw)
            for reason in line.unseen:
                self._gathered.hide(reason)
        return tidy(sign), tidy(" ".join(texts))

    def _boxes(self, drawing: Any) -> Iterator[tuple[Any, Look]]:
        """What holds paragraphs in a frame, a shape or a group, with what lies behind the text."""
        style = drawing.get(f"{DRAW}style-name", "")
        behind = self._styles.look("graphic", style, Look(fill=ANY_FILL))
        look = Look(fill=behind.fill)
        if any(local(child) in ("p", "list", "h", "table") for child in drawing):
            yield drawing, look
            return
        for child in drawing:
            name = local(child)
            if name == "text-box":
                yield child, look
            elif child.tag.startswith(DRAW) and name not in _NOT_TEXT:
                yield from self._boxes(child)

    # ---------------------------------------------------------------- tables

    def _table(self, table: Any, look: Look) -> None:
        style = table.get(f"{TABLE}style-name", "")
        look = self._styles.look("table", style, look)
        rows = [list(_cells(row)) for row in _rows(table)]
        if len(rows) == 1 and len(rows[0]) == 1 and rows[0][0] is not None:
            # A frame around text, not a table.
            self._blocks(rows[0][0], self._behind(rows[0][0], look), _Place())
            return
        outer, self._hanging = self._hanging, []
        outer_tables, self._inner_tables = self._inner_tables, []
        told = Rows(self._pager)
        for row in rows:
            told.add([self._cell(cell, look) for cell in row])
        self._gathered.add("table", told.text)
        hanging, self._hanging = self._hanging, outer
        inner_tables, self._inner_tables = self._inner_tables, outer_tables
        for line in hanging:
            self._hang(line)
        for nested, behind in inner_tables:
            self._table(nested, behind)

    def _behind(self, cell: Any, look: Look) -> Look:
        return self._styles.look("table-cell", cell.get(f"{TABLE}style-name", ""), look)

    def _cell(self, cell: Any, look: Look) -> str:
        if cell is None:
            return ""
        return " ".join(self._cell_texts(cell, self._behind(cell, look), _Place()))

    def _cell_texts(self, container: Any, look: Look, place: _Place) -> Iterator[str]:
        for element in container:
            name = local(element)
            if name in ("p", "h"):
                line = self._line(element, look)
                label = self._label(element, line, place)
                place = _Place(place.counter, place.style, place.level)
                self._hanging.append(line)
                if label and label.bullet and line.raw.strip():
                    label = Label("•")
                yield with_label(label, line.raw, alone=True)
            elif name == "list":
                for item, within in self._items(element, place):
                    yield from self._cell_texts(item, look, within)
            elif name == "table":
                self._inner_tables.append((element, look))
            elif name in _PASSED_THROUGH:
                yield from self._cell_texts(element, look, place)


def _rows(table: Any) -> Iterator[Any]:
    """Rows of a table in order; one that is said to be repeated is told once."""
    for element in table:
        name = local(element)
        if name == "table-row":
            if element.get(f"{TABLE}visibility", "visible") == "visible":
                yield element
        elif name in ("table-header-rows", "table-rows", "table-row-group"):
            yield from _rows(element)


def _cells(row: Any) -> Iterator[Any]:
    """Cells of a row; None for one that only goes on with the cell above it."""
    beside = 0
    for element in row:
        name = local(element)
        if name == "table-cell":
            beside = whole(element.get(f"{TABLE}number-columns-spanned"), 1) - 1
            yield element
        elif name == "covered-table-cell":
            if beside > 0:
                beside -= 1
            else:
                yield None
