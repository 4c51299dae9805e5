"""Tables of a paper as CSV and XLSX, for working on in a spreadsheet.

No cell can run as a formula: in CSV what begins like one gets an apostrophe before it, in XLSX
every cell is text. Citations stand as numbers in brackets; their sources follow below the table or
on a sheet of their own. No record is kept in them: a table is for working on, so that its text is
bound to change.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from typing import Any

from assistant.exports.notes import SOURCES, notes_of, sources_of, tidied
from assistant.exports.records import Line, Paper, Table

NOTES = "Notes"
_FORMULA = re.compile(r"^\s*[=+\-@|%\t\r\n＝＋－＠]")
_SHEET_NAME = re.compile(r"[\[\]:*?/\\'\x00-\x1f]")
_WIDE, _LONGEST_CELL = 110, 32_000
"""Characters across all columns, and in one cell (a spreadsheet takes 32,767)."""


def tables_in(paper: Paper) -> tuple[Table, ...]:
    """The tables of a paper."""
    return tuple(block for block in paper.blocks if isinstance(block, Table))


def to_csv(paper: Paper) -> bytes:
    """The tables of a paper as CSV in UTF-8 with a mark that spreadsheets know it by, several
    parted by an empty line; the notes below them.

    Raises:
        ValueError: the paper has no table.
    """
    ready, _ = tidied(paper)
    tables = _tables(ready)
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    for number, table in enumerate(tables):
        if number:
            writer.writerow([])
        if len(tables) > 1:
            writer.writerow([harmless(table.caption)])
        writer.writerow([harmless(column) for column in table.columns])
        for row in table.rows:
            writer.writerow([harmless(_text(cell)) for cell in row])
    notes = notes_of(ready)
    if notes:
        writer.writerow([])
        writer.writerow([NOTES])
    for mark, line in notes.items():
        writer.writerow([f"[{mark}]", harmless(_text(line))])
    return b"\xef\xbb\xbf" + stream.getvalue().encode("utf-8")


def harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def _tables(paper: Paper) -> tuple[Table, ...]:
    tables = tables_in(paper)
    if not tables:
        raise ValueError("a paper without a table cannot be written as one")
    return tables


def _text(line: Line) -> str:
    marked = ((run.text, "".join(f"[{n}]" for n in run.cites)) for run in line)
    return "".join(f"{text} {marks}" if marks else text for text, marks in marked)[:_LONGEST_CELL]


def to_xlsx(paper: Paper) -> bytes:
    """The tables of a paper as a workbook: a sheet for each, with the column headings frozen, and
    a sheet of notes and sources where it cites any.

    Raises:
        ValueError: the paper has no table.
    """
    from openpyxl import Workbook  # type: ignore[import-untyped, unused-ignore]

    ready, _ = tidied(paper)
    tables = _tables(ready)
    book = Workbook()
    book.remove(book.active)
    book.properties.title, book.properties.creator = ready.title, ""
    book.properties.language = ready.language
    names: list[str] = []
    for number, table in enumerate(tables, 1):
        names.append(_sheet_name(table.caption or f"Table {number}", names))
        rows = [[_text(cell) for cell in row] for row in table.rows]
        _fill(book.create_sheet(names[-1]), table.columns, rows, table.widths)
    notes = [[f"[{mark}]", _text(line)] for mark, line in notes_of(ready).items()]
    if notes:
        _fill(book.create_sheet(_sheet_name(NOTES, names)), ("Number", "Note"), notes, (0.1, 0.9))
        sources = [[_text(source.line)] for source in sources_of(ready)]
        _fill(book.create_sheet(_sheet_name(SOURCES, [*names, NOTES])), (SOURCES,), sources, ())
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _sheet_name(wanted: str, taken: Sequence[str]) -> str:
    """A name that a spreadsheet takes, used once."""
    base = " ".join(_SHEET_NAME.sub(" ", wanted).split())[:31].strip() or "Table"
    name, number = base, 1
    while name.lower() in {one.lower() for one in taken}:
        number += 1
        name = f"{base[: 30 - len(str(number))]} {number}"
    return name


def _fill(
    sheet: Any, columns: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[float]
) -> None:
    from openpyxl.styles import (  # type: ignore[import-untyped, unused-ignore]
        Alignment,
        Border,
        Font,
        PatternFill,
        Side,
    )
    from openpyxl.utils import get_column_letter  # type: ignore[import-untyped, unused-ignore]

    line = Side(style="thin", color="B8C2C9")
    for number, row in enumerate([columns, *rows], 1):
        for place, text in enumerate(row, 1):
            cell = sheet.cell(row=number, column=place)
            # Set as text, whatever it begins with.
            cell.value, cell.data_type = text, "s"
            cell.quotePrefix = bool(_FORMULA.match(text))
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            cell.border = Border(bottom=line)
            if number == 1:
                cell.font = Font(name="Arial", size=10, bold=True)
                cell.fill = PatternFill("solid", fgColor="EEF2F4")
            else:
                cell.font = Font(name="Arial", size=10)
    shares = widths or (1 / len(columns),) * len(columns)
    for place, share in enumerate(shares, 1):
        width = max(10.0, _WIDE * share)
        sheet.column_dimensions[get_column_letter(place)].width = width
    sheet.freeze_panes = "A2"
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
