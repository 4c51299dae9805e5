"""Reads a checklist that people have filled in: CSV, Excel or JSON, with a status a row.

Columns are found by their headings, wherever the line of headings stands; only the id and the
status must be there. A status is read as people write it ("in place", "Yes", "partly", "n/a"); one
that is not understood is an error that names the row, not a guess.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from assistant.checklists.reading import Checklists
from assistant.checklists.records import STATUS_WORDS, Filled, FilledRow, Status
from assistant.documents.printable import printable
from assistant.errors import UsageError

MOST_BYTES = 20_000_000
ID, STATUS, EVIDENCE, OWNER, DUE = "Id", "Status", "Evidence", "Owner", "Date"
_COLUMNS = {"id": ID, "status": STATUS, "evidence": EVIDENCE, "owner": OWNER, "due": DUE}
_READ_AS: dict[str, Status] = {
    **{words.lower(): status for status, words in STATUS_WORDS.items()},
    **{status: status for status in STATUS_WORDS},
    **dict.fromkeys(("yes", "done", "met", "complete", "y", "full", "fully"), "in-place"),
    **dict.fromkeys(("partial", "partially", "in part", "in progress", "started"), "partly"),
    **dict.fromkeys(("no", "not met", "not started", "n", "gap", "absent"), "not-yet"),
    **dict.fromkeys(("n/a", "na", "not applicable"), "does-not-apply"),
}
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
EXPORT_HINT = (
    "Export one with: peer-support checklist --format xlsx --output FILE, and fill in Status."
)
"""What to do, on the command line, where a file is no filled-in checklist."""


def read_filled(
    path: Path, held: Checklists, date: dt.date | None = None, name: str = ""
) -> Filled:
    """A checklist as people filled it in.

    Args:
        path: CSV, XLSX or JSON.
        held: the checklists of today; ids that they do not hold are named.
        date: of the picture; from the file's name without one, where it holds a date.
        name: what people call the file; its path without one.

    Raises:
        UsageError: there is no such file, it is no filled-in checklist, or a status is not
            understood.
    """
    name = printable(name or str(path))
    rows = _rows_of(path, name)
    known: dict[str, FilledRow] = {}
    unknown: list[str] = []
    for row in rows:
        if row.id in known:
            raise UsageError(f"{name}: {row.id} stands in it twice.", "Leave one of them out.")
        if row.id in held.rows:
            known[row.id] = row
        else:
            unknown.append(row.id)
    if not known:
        raise UsageError(f"{name} holds no row of a checklist.", EXPORT_HINT)
    if not any(row.status for row in known.values()):
        raise UsageError(f"{name} has no status filled in yet.", f"{_statuses()}")
    return Filled(
        name=path.name,
        date=date or _date_in(path.name),
        rows=tuple(known.values()),
        unknown=tuple(unknown),
    )


def _rows_of(path: Path, name: str) -> list[FilledRow]:
    data = _bytes_of(path, name)
    suffix = path.suffix.lower()
    if suffix == ".json":
        return _from_json(data, name)
    if suffix == ".xlsx":
        return _from_tables(_sheets(data, name), name)
    if suffix in {".csv", ".tsv", ".txt"}:
        return _from_tables([_lines(data, name)], name)
    raise UsageError(f"{name} is not CSV, XLSX or JSON.", EXPORT_HINT)


def _bytes_of(path: Path, name: str) -> bytes:
    try:
        with path.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except FileNotFoundError as error:
        raise UsageError(f"There is no file {name}.", EXPORT_HINT) from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UsageError(f"{name} cannot be read ({reason}).", EXPORT_HINT) from error
    if len(data) > MOST_BYTES:
        raise UsageError(f"{name} is too large for a checklist.", EXPORT_HINT)
    return data


def _from_json(data: bytes, name: str) -> list[FilledRow]:
    try:
        found = json.loads(data.decode("utf-8-sig"))
        rows = found["rows"] if isinstance(found, dict) else found
        return [
            _row({key: str(row.get(key) or "") for key in _COLUMNS}, name)
            for row in rows
            if row.get("id")
        ]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UsageError(f"{name} is not a checklist saved as JSON.", EXPORT_HINT) from error


def _lines(data: bytes, name: str) -> list[list[str]]:
    try:
        wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
        text = data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        # Excel in Britain saves CSV so, unless told otherwise.
        text = data.decode("cp1252", errors="replace")
    try:
        dialect: Any = csv.Sniffer().sniff(text[:8000], delimiters=",;\t")
    except csv.Error:
        dialect = csv.excel
    dialect.doublequote = True
    try:
        return [list(line) for line in csv.reader(io.StringIO(text), dialect)]
    except csv.Error as error:
        raise UsageError(f"{name} cannot be read as CSV ({error}).", EXPORT_HINT) from error


def _sheets(data: bytes, name: str) -> list[list[list[str]]]:
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        return [
            [[_cell(value) for value in line] for line in sheet.iter_rows(values_only=True)]
            for sheet in book.worksheets
        ]
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise UsageError(f"{name} cannot be read as an Excel file.", EXPORT_HINT) from error


def _cell(value: Any) -> str:
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    return "" if value is None else str(value)


def _from_tables(tables: Iterable[Sequence[Sequence[str]]], name: str) -> list[FilledRow]:
    """The rows of the tables that have columns for id and status."""
    found: list[FilledRow] = []
    headed = False
    for lines in tables:
        places: dict[str, int] = {}
        for line in lines:
            heads = {cell.strip().lower(): n for n, cell in enumerate(line)}
            if {ID.lower(), STATUS.lower()} <= heads.keys():
                places = {
                    key: heads[w.lower()] for key, w in _COLUMNS.items() if w.lower() in heads
                }
                headed = True
            elif places and len(line) > places["id"] and line[places["id"]].strip():
                cells = {k: line[n].strip() for k, n in places.items() if n < len(line)}
                found.append(_row(cells, name))
    if not headed:
        raise UsageError(f"{name} has no columns “{ID}” and “{STATUS}”.", EXPORT_HINT)
    return found


def _row(cells: Mapping[str, str], name: str) -> FilledRow:
    row_id = cells["id"].strip().lstrip("'")
    return FilledRow(
        id=_slug(row_id),
        status=status_of(cells.get("status", ""), f"{name}: {row_id}"),
        evidence=cells.get("evidence", ""),
        owner=cells.get("owner", ""),
        due=cells.get("due", ""),
    )


def _slug(text: str) -> str:
    """An id as ids are written, so that a row that is none is told as unknown."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:120] or "none"


def status_of(text: str, where: str) -> Status | str:
    """The status that is meant; empty where nothing was filled in.

    Raises:
        UsageError: it is not understood; ``where`` says at which row.
    """
    typed = " ".join(text.split()).lower().rstrip(".")
    if not typed:
        return ""
    if typed in _READ_AS:
        return _READ_AS[typed]
    raise UsageError(f"{where}: “{text.strip()[:40]}” is no status.", _statuses())


def _statuses() -> str:
    return f"Write one of: {', '.join(words.lower() for words in STATUS_WORDS.values())}."


def _date_in(name: str) -> dt.date | None:
    found = _DATE.search(name)
    try:
        return dt.date(*map(int, found.groups())) if found else None
    except ValueError:
        return None
