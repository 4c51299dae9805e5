"""Retractions from a list that a user keeps, in the form of the Retraction Watch data (CSV).

The file is read as a stream, once for its date and its faults and once for each look-up, so that
its size costs no memory. Nothing is fetched. Marking documents in the store is left to others.
"""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import re
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from assistant.documents.metadata import identifiers_in
from assistant.documents.records import PartialDate
from assistant.errors import DocumentError
from assistant.schema import Record

Nature = Literal["retraction", "expression of concern", "correction", "reinstatement", "other"]

_COLUMNS = {
    "title": "title",
    "originalpaperdoi": "doi",
    "originalpaperpubmedid": "pmid",
    "retractiondoi": "notice_doi",
    "retractiondate": "date",
    "retractionnature": "nature",
    "reason": "reason",
}
_LINE_CHARACTERS = 1_000_000
_MAX_MEGABYTES = 1_000
_NAMED_FAULTS = 50


class Notice(Record):
    """One notice about one paper. ``date`` is empty where the list gives none that can be read."""

    title: str = ""
    doi: str = ""
    pmid: str = ""
    notice_doi: str = ""
    date: PartialDate = ""
    nature: Nature = "other"
    reason: str = ""


class Standing(Record):
    """How a paper stands after all its notices. ``notice`` is the one that decides; ``by`` says
    what the paper was found by; ``words`` is for ``Details.retracted`` where ``retracted``."""

    notice: Notice
    retracted: bool
    by: Literal["doi", "pmid"]
    words: str


class RetractionList(Record):
    """A list that was read through once. ``as_of`` is the date of its newest notice, or of the file
    where no notice has one; ``faults`` names rows that could not be used, the first fifty of
    ``faulty``. ``encoding`` and ``day_first`` are how the file is to be read again."""

    path: str
    as_of: dt.date
    notices: int
    faulty: int
    faults: tuple[str, ...]
    encoding: str
    day_first: bool


class ToCheck(Record):
    """A document or source to look up; ``id`` is what the answer is keyed by."""

    id: str
    doi: str = ""
    pmid: str = ""


class _Row(NamedTuple):
    line: int
    cells: dict[str, str]


def read_retractions(path: Path) -> RetractionList:
    """Read a list through: its date, how many notices it holds, and which rows are broken.

    Raises:
        DocumentError: the file is missing, unreadable, too large, or no such list.
    """
    encoding = _encoding(path)
    faults: list[str] = []
    dates = {False: dt.date.min, True: dt.date.min}
    seen = {False: 0, True: 0}
    notices = faulty = 0
    changed = dt.date.fromtimestamp(path.stat().st_mtime)
    for row in _rows(path, encoding, faults.append):
        if problem := _problem(row.cells):
            faults.append(f"line {row.line}: {problem}")
        else:
            notices += 1
        for day_first in (False, True):
            if day := _day(row.cells["date"], day_first):
                seen[day_first] += 1
                dates[day_first] = max(dates[day_first], day if day <= changed else dt.date.min)
        faulty += len(faults) - min(len(faults), _NAMED_FAULTS)
        del faults[_NAMED_FAULTS:]
    # The list is American; a spreadsheet set to British dates turns it round when it saves it.
    day_first = seen[True] > seen[False]
    newest = dates[day_first]
    return RetractionList(
        path=str(path),
        as_of=newest if newest > dt.date.min else changed,
        notices=notices,
        faulty=faulty + len(faults),
        faults=tuple(faults),
        encoding=encoding,
        day_first=day_first,
    )


def _encoding(path: Path) -> str:
    """UTF-8 where all of it is, else Windows-1252; refuses what is no text or too large."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    encoding = "utf-8-sig"
    try:
        if path.stat().st_size > _MAX_MEGABYTES * 1_000_000:
            raise DocumentError(
                str(path),
                "too-large",
                f"the list is larger than {_MAX_MEGABYTES} MB.",
                "Retraction lists are about 60 MB: download it again as CSV.",
            )
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                if b"\0" in chunk:
                    raise _no_list(path, "binary", "it is no text file.")
                try:
                    decoder.decode(chunk)
                except UnicodeDecodeError:
                    encoding = "cp1252"
    except OSError as error:
        reason = "not-found" if isinstance(error, FileNotFoundError) else "unreadable"
        hint = "Check the path, and that you may read the file."
        raise DocumentError(str(path), reason, "it cannot be read.", hint) from error
    return encoding


def _no_list(path: Path, reason: str, message: str) -> DocumentError:
    hint = "Give the CSV file of the Retraction Watch data, with its first line of column names."
    return DocumentError(str(path), reason, message, hint)


def _rows(path: Path, encoding: str, fault: Callable[[str], None]) -> Iterator[_Row]:
    """The rows as they stand, by our names of columns; a row that is no CSV is named and left."""
    try:
        with path.open(encoding=encoding, errors="replace", newline="") as file:
            reader = csv.reader(iter(lambda: file.readline(_LINE_CHARACTERS), ""))
            places = _places(path, next(reader, []))
            while True:
                try:
                    row = next(reader)
                except StopIteration:
                    return
                except csv.Error as error:
                    fault(f"line {reader.line_num}: no CSV ({error})")
                    continue
                if row:
                    cells = {
                        name: row[at].strip() if at < len(row) else ""
                        for name, at in places.items()
                    }
                    yield _Row(reader.line_num, cells)
    except csv.Error as error:
        raise _no_list(path, "damaged", "its first line is no line of column names.") from error
    except OSError as error:
        hint = "Check that the file is still there and may be read."
        raise DocumentError(str(path), "vanished", "it cannot be read.", hint) from error


def _places(path: Path, head: Sequence[str]) -> dict[str, int]:
    """Where each column stands that is used."""
    plain = [re.sub(r"[\W_]+", "", name).lower() for name in head]
    places = {ours: plain.index(theirs) for theirs, ours in _COLUMNS.items() if theirs in plain}
    missing = [
        name
        for name, ours in (("RetractionNature", "nature"), ("RetractionDate", "date"))
        if ours not in places
    ]
    if "doi" not in places and "pmid" not in places:
        missing.append("OriginalPaperDOI")
    if missing:
        raise _no_list(path, "unsupported", f"it has no column {', '.join(missing)}.")
    return {ours: places.get(ours, len(head)) for ours in _COLUMNS.values()}


def _problem(cells: dict[str, str]) -> str:
    if not cells["nature"]:
        return "says of no kind of notice what it is"
    if cells["date"] and not (_day(cells["date"], False) or _day(cells["date"], True)):
        return f"date cannot be read: {cells['date'][:40]!r}"
    return ""


def _day(text: str, day_first: bool) -> dt.date | None:
    """ "4/15/2021 0:00" or "2021-04-15"; None where it is no such date."""
    numbers = re.match(r"(\d{1,4})[/.-](\d{1,2})[/.-](\d{1,4})(?:[ T]|$)", text)
    if numbers is None:
        return None
    first, second, third = (int(part) for part in numbers.groups())
    if len(numbers[1]) == 4:
        year, month, day = first, second, third
    else:
        month, day = (second, first) if day_first else (first, second)
        year = third + (2000 if third < 100 else 0)
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def _notice(cells: dict[str, str], day_first: bool) -> Notice:
    day = _day(cells["date"], day_first) or _day(cells["date"], not day_first)
    pmid = cells["pmid"].removesuffix(".0")
    return Notice(
        title=cells["title"][:500],
        doi=identifiers_in(cells["doi"])[0],
        pmid=pmid if pmid.isdigit() and int(pmid) else "",
        notice_doi=identifiers_in(cells["notice_doi"])[0],
        date=day.isoformat() if day else "",
        nature=_nature(cells["nature"]),
        reason=" ".join(cells["reason"].replace("+", " ").split())[:500].strip(" ;"),
    )


def _nature(text: str) -> Nature:
    low = text.lower()
    if "reinstat" in low:
        return "reinstatement"
    if "retract" in low or "withdraw" in low or "removal" in low:
        return "retraction"
    if "concern" in low:
        return "expression of concern"
    return "correction" if "correct" in low or "erratum" in low else "other"


# ---------------------------------------------------------------- looking up

_ORDER = ("other", "correction", "expression of concern", "retraction", "reinstatement")


def retractions_for(held: RetractionList, entries: Iterable[ToCheck]) -> dict[str, Standing]:
    """How each entry stands that the list has notices about, by the entry's id.

    A retraction stands until a later reinstatement; a later correction or expression of concern
    does not undo it. Entries whose last word is a reinstatement are told with ``retracted`` False.

    Raises:
        DocumentError: the list's file is gone or has changed its form.
    """
    wanted: dict[str, list[tuple[str, Literal["doi", "pmid"]]]] = {}
    for entry in entries:
        if doi := identifiers_in(entry.doi)[0]:
            wanted.setdefault(doi, []).append((entry.id, "doi"))
        if entry.pmid:
            wanted.setdefault(entry.pmid.strip(), []).append((entry.id, "pmid"))
    found: dict[str, dict[Notice, Literal["doi", "pmid"]]] = {}
    for row in _rows(Path(held.path), held.encoding, lambda _: None):
        if not _may_be_wanted(row.cells, wanted):
            continue
        notice = _notice(row.cells, held.day_first)
        for key in (notice.pmid, notice.doi):
            for identifier, by in wanted.get(key, ()):
                found.setdefault(identifier, {})[notice] = by
    return {name: _standing(notices, held.as_of) for name, notices in found.items()}


def _may_be_wanted(cells: dict[str, str], wanted: Container[str]) -> bool:
    """Whether the row is worth reading closely: most are about other papers."""
    return cells["pmid"].removesuffix(".0") in wanted or (
        "10." in cells["doi"] and identifiers_in(cells["doi"])[0] in wanted
    )


def _standing(notices: dict[Notice, Literal["doi", "pmid"]], as_of: dt.date) -> Standing:
    ordered = sorted(notices, key=lambda notice: (notice.date, _ORDER.index(notice.nature)))
    decides = ordered[0]
    for notice in ordered[1:]:
        if decides.nature != "retraction" or notice.nature in {"retraction", "reinstatement"}:
            decides = notice
    retracted = decides.nature == "retraction"
    published = f", {decides.date}" if decides.date else ", without a date"
    where = f", https://doi.org/{decides.notice_doi}" if decides.notice_doi else ""
    words = f"{decides.nature.capitalize()}{published}{where} (list as of {as_of.isoformat()})"
    return Standing(notice=decides, retracted=retracted, by=notices[decides], words=words)
