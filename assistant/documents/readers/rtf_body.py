"""Builds paragraphs, tables and notes from the words of a rich text file."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from assistant.documents.readers.numerals import Label
from assistant.documents.readers.office import (
    ANY_FILL,
    Gathered,
    Look,
    Pager,
    is_clause,
    raised,
    tidy,
)
from assistant.documents.readers.office_rows import Rows, with_label
from assistant.documents.readers.rtf_words import whole_characters
from assistant.documents.records import BlockKind

_HEADING = re.compile(r"^heading\s*([1-9])$", re.IGNORECASE)
_ROW_FILLS = ("clcbpat", "clshdng", "trcbpat", "trshdng", "clcbpatraw", "clshdngraw")
_ROW_WORDS = ("trowd", "row", "nestrow")


@dataclass
class Group:
    """What holds inside one pair of braces. ``begun`` is true where ``role`` began with it."""

    role: str = "body"
    look: Look = field(default_factory=Look)
    encoding: str = ""
    deleted: bool = False
    skip: int = 1
    starred: bool = False
    begun: bool = False
    contents: bool = False
    style: int = 0
    outline: int | None = None
    in_table: bool = False
    fill: str = ""

    def inner(self) -> Group:
        """A group inside this one, which inherits from it."""
        return replace(self, starred=False, begun=False)


class StyleSheet:
    """The colours and paragraph styles that a file defines."""

    def __init__(self) -> None:
        self._colours: list[str] = []
        self._mixed: dict[str, int] = {}
        self._style = 0
        self._levels: dict[int, int] = {}
        self._names: dict[int, str] = {}

    def begin(self) -> None:
        """A style begins; number 0 unless it says otherwise."""
        self._style = 0

    def word(self, role: str, word: str, number: int) -> None:
        """A word of the table of colours or of styles."""
        if role == "colours" and word in ("red", "green", "blue"):
            self._mixed[word] = max(0, min(number, 255))
        elif role == "styles" and word == "s":
            self._style = number
        elif role == "styles" and word == "outlinelevel" and 0 <= number < 9:
            self._levels[self._style] = number + 1

    def name(self, name: str) -> None:
        """The name of the style that has begun."""
        self._names[self._style] = name.lower()
        heading = _HEADING.match(name)
        if heading:
            self._levels[self._style] = int(heading[1])
        elif name.lower() == "title":
            self._levels[self._style] = 1

    def end_colour(self) -> None:
        """The next colour of the table is complete."""
        parts = [self._mixed.get(part, 0) for part in ("red", "green", "blue")]
        self._colours.append("".join(f"{part:02X}" for part in parts) if self._mixed else "")
        self._mixed = {}

    def colour(self, number: int | None) -> str:
        """Six hex digits; empty for the automatic colour and for one that is not defined."""
        known = number is not None and 0 <= number < len(self._colours)
        return self._colours[number or 0] if known else ""

    def kind(self, style: int, outline: int | None) -> tuple[BlockKind, int]:
        """The kind and level of paragraphs of a style."""
        level = self._levels.get(style, 0) if outline is None else outline + 1
        if 0 < level < 10:
            return "heading", level
        return ("caption" if self._names.get(style) == "caption" else "paragraph"), 0

    def is_contents(self, style: int) -> bool:
        """Whether paragraphs of a style are lines of a table of contents."""
        return re.match(r"(toc|contents) \d", self._names.get(style, "")) is not None


@dataclass
class _Paragraph:
    pieces: list[str] = field(default_factory=list)
    label: Label | None = None
    notes: list[str] = field(default_factory=list)
    unseen: set[str] = field(default_factory=set)
    bold: bool = False
    plain: bool = False
    contents: bool = False

    @property
    def text(self) -> str:
        raw = whole_characters("".join(self.pieces))
        return tidy(with_label(self.label, raw))


class Body:
    """The text of a file as it comes in; finished blocks go to ``gathered``."""

    def __init__(self, gathered: Gathered, sheet: StyleSheet) -> None:
        self._gathered = gathered
        self._sheet = sheet
        self._paragraph = _Paragraph()
        self._waiting: list[_Paragraph] = []
        self._cell: list[str] = []
        self._cells: list[str] = []
        self._rows: Rows | None = None
        self._widest = 0
        self._row_count = 0
        self._table_notes: list[str] = []
        self._row_fill = ""
        self._notes = 0

    def put(self, text: str, group: Group) -> None:
        """Text that looks as ``group`` says; unseen and deleted text is not kept."""
        if group.deleted:
            return
        paragraph = self._paragraph
        if text.strip():
            behind = group.look.fill or group.fill or (self._row_fill if group.in_table else "")
            reason = replace(group.look, fill=behind).unseen()
            if reason:
                paragraph.unseen.add(reason)
                return
            if group.look.raised:
                text = raised(text, "".join(paragraph.pieces[-3:]))
            if any(sign.isalnum() for sign in text):
                paragraph.bold |= group.look.bold
                paragraph.plain |= not group.look.bold
            paragraph.contents |= group.contents
        paragraph.pieces.append(text)

    def label(self, text: str) -> None:
        """The number or bullet before the paragraph, as its writer's program drew it."""
        if self._paragraph.label is None:
            drawn = any(sign.isalnum() for sign in text)
            self._paragraph.label = Label(text) if drawn else Label("", bullet=True)

    def word(self, word: str, number: int | None, group: Group) -> None:
        """A word about paragraphs, tables or how text looks; others mean nothing here."""
        if word in ("par", "sect", "page"):
            self._end_paragraph(group)
        elif word == "cell":
            self._end_cell()
        elif word == "nestcell":
            self._end_cell_paragraph()
        elif word in _ROW_WORDS:
            if word == "row":
                self._end_row()
            elif word == "trowd":
                self._row_fill = ""
        elif word in _ROW_FILLS:
            self._row_fill = ANY_FILL
        elif not self._paragraph_word(word, number, group):
            self._look_word(word, number, group)

    def _paragraph_word(self, word: str, number: int | None, group: Group) -> bool:
        if word == "pard":
            group.style, group.outline, group.in_table, group.fill = 0, None, False, ""
        elif word == "s":
            group.style = number or 0
        elif word == "outlinelevel":
            group.outline = number
        elif word == "intbl":
            group.in_table = number != 0
        elif word == "cbpat":
            group.fill = self._sheet.colour(number) or ANY_FILL
        elif word == "shading" and number:
            group.fill = ANY_FILL
        else:
            return False
        return True

    def _look_word(self, word: str, number: int | None, group: Group) -> None:
        on = number != 0
        if word == "v":
            group.look = replace(group.look, hidden=on)
        elif word == "deleted":
            group.deleted = on
        elif word == "b":
            group.look = replace(group.look, bold=on)
        elif word in ("super", "nosupersub", "sub"):
            group.look = replace(group.look, raised=word == "super" and on)
        elif word == "fs":
            group.look = replace(group.look, size=24 if number is None else number)
        elif word == "cf":
            group.look = replace(group.look, colour=self._sheet.colour(number))
        elif word in ("highlight", "cb", "chcbpat"):
            group.look = replace(group.look, fill=self._sheet.colour(number) if number else "")

    # ---------------------------------------------------------------- paragraphs

    def begin_aside(self) -> None:
        """A note or text box begins in the middle of a paragraph, which waits."""
        self._waiting.append(self._paragraph)
        self._paragraph = _Paragraph()

    def end_note(self) -> None:
        """A note ends; it is told after the paragraph that it stands in."""
        if not self._waiting:
            return
        note, self._paragraph = self._paragraph, self._waiting.pop()
        self._paragraph.unseen |= note.unseen
        self._notes += 1
        if note.text:
            self._paragraph.notes.append(f"{self._notes} {note.text}")

    def end_box(self, group: Group) -> None:
        """A text box ends; it was told before the paragraph that it hangs on."""
        if self._waiting:
            self._end_paragraph(replace(group, in_table=False))
            self._paragraph = self._waiting.pop()

    def finish(self) -> None:
        """The file ends, perhaps in the middle of something."""
        while self._waiting:
            self._end_paragraph(Group())
            self._paragraph = self._waiting.pop()
        self._end_paragraph(Group())
        if self._cell or self._cells:
            self._end_row()
        self._end_table()

    def _taken(self) -> _Paragraph:
        paragraph, self._paragraph = self._paragraph, _Paragraph()
        for reason in paragraph.unseen:
            self._gathered.hide(reason)
        return paragraph

    def _end_paragraph(self, group: Group) -> None:
        if group.role == "note":
            # All paragraphs of a note are one.
            self._paragraph.pieces.append(" ")
            return
        if group.in_table:
            self._end_cell_paragraph()
            return
        paragraph = self._taken()
        text = paragraph.text
        if text and not self._waiting:
            self._end_table()
        if text and not (paragraph.contents or self._sheet.is_contents(group.style)):
            kind, level = self._sheet.kind(group.style, group.outline)
            if kind == "heading" and is_clause(text):
                kind, level = "paragraph", 0
            if kind == "paragraph" and paragraph.label:
                kind = "list-item"
            bold = paragraph.bold and not paragraph.plain and kind != "heading"
            self._gathered.add(kind, text, level=level, bold=bold)
        self._tell_notes(paragraph.notes)

    def _tell_notes(self, notes: list[str]) -> None:
        for note in notes:
            self._gathered.add("footnote", note)

    # ---------------------------------------------------------------- tables

    def _end_cell_paragraph(self) -> None:
        paragraph = self._taken()
        if paragraph.label and paragraph.label.bullet:
            paragraph.label = Label("•")
        if paragraph.text:
            self._cell.append(paragraph.text)
        self._table_notes.extend(paragraph.notes)

    def _end_cell(self) -> None:
        self._end_cell_paragraph()
        self._cells.append(" ".join(self._cell))
        self._cell = []

    def _end_row(self) -> None:
        if self._cell or self._paragraph.text:
            self._end_cell()
        if self._rows is None:
            self._rows = Rows(Pager(counting=False))
            self._widest = self._row_count = 0
        self._rows.add(self._cells)
        self._widest = max(self._widest, len(self._cells))
        self._row_count += 1
        self._cells = []

    def _end_table(self) -> None:
        if self._rows is not None:
            frame = self._widest == 1 and self._row_count == 1
            self._gathered.add("paragraph" if frame else "table", self._rows.text)
            self._rows = None
        notes, self._table_notes = self._table_notes, []
        self._tell_notes(notes)
