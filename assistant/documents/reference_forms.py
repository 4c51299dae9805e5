"""Two forms of reference lists, RIS and CSL-JSON, read to plain values by our names.

What the values mean is for ``references`` to say; BibTeX has its own module. Every function yields
each entry's name in the file, with its values or with what is wrong with it.
"""

from __future__ import annotations

import datetime as dt
import html
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from assistant.documents.records import PartialDate

Values = dict[str, Any]
Entries = Iterator[tuple[str, Values | str]]
LINE_CHARACTERS = 20_000


class NotThisForm(Exception):
    """The text is no list in the form that it was taken for. ``reason`` is a ``FileReason``."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


# ---------------------------------------------------------------- plain values


def plain(value: Any) -> str:
    """A value as one line without markup; of a list, its first entry."""
    if isinstance(value, (list, tuple)):
        value = value[0] if value else ""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    text = html.unescape(str(value)[:LINE_CHARACTERS])
    text = re.sub(
        r"</?(?:i|b|sub|sup|em|strong|span|sc|scp|p|jats:[a-z]+)(?: [^<>]{0,200})?/?>", "", text
    )
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(printable.split())


def first(values: Values, *names: str) -> str:
    """The first of the named values that is not empty."""
    return next((text for name in names if (text := plain(values.get(name, "")))), "")


def iso_date(text: str) -> PartialDate:
    """The year, month or day that an ISO-like text begins with; as far as it exists."""
    match = re.match(r"\s*((?:1[5-9]|20)\d\d)(?:-(\d{1,2})(?:-(\d{1,2}))?)?(?!\d)", text)
    if match is None:
        return ""
    year, month, day = match.groups()
    try:
        dt.date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return year
    return "-".join(part.zfill(2) for part in (year, month, day) if part)


_ORGANISATION = re.compile(
    r"\b(?:department|ministry|council|university|institute|commission|agency|trust|service|royal"
    r"|organi[sz]ation|college|society|office|committee|group|network|association|foundation|nhs)\b",
    re.IGNORECASE,
)


def is_organisation(name: str) -> bool:
    """Whether a name is plainly that of an organisation and no person's."""
    return bool(_ORGANISATION.search(name))


def given_first(name: str) -> str:
    """ "Repper, Julie" as "Julie Repper"; names of organisations as they are."""
    parts = [part.strip() for part in name.split(",") if part.strip()]
    if len(parts) < 2 or len(parts) > 3 or is_organisation(name):
        return name.strip(" ,")
    return " ".join([parts[-1], parts[0], *parts[1:-1]])


# ---------------------------------------------------------------- RIS

_RIS_TAG = re.compile(r"^([A-Z][A-Z0-9]) {0,2}- ?")


def read_ris(text: str) -> Entries:
    """Records between ``TY`` and ``ER``, each given to rispy alone, so that one cannot swallow
    the next."""
    for number, lines, ended in _ris_records(text):
        title = next((line[6:].strip() for line in lines if line[:2] in {"TI", "T1"}), "")
        name = f"line {number}{f' ({title[:60]})' if title else ''}"
        values = _ris_values(lines)
        yield name, values if values else "it is no RIS record."
        if not ended:
            yield name, 'it has no end ("ER  - "): it was read up to the next record.'


def _ris_records(text: str) -> Iterator[tuple[int, list[str], bool]]:
    """(line number, lines, whether it ended) of each record."""
    lines: list[str] = []
    start = 0
    for number, line in enumerate(text.split("\n"), start=1):
        line = _RIS_TAG.sub(r"\1  - ", line.lstrip("\ufeff \t"))[:LINE_CHARACTERS]
        if line.startswith("TY  -"):
            if lines:
                yield start, lines, False
            lines, start = [line], number
        elif line.startswith("ER  -"):
            if lines:
                yield start, lines, True
            lines = []
        elif lines and line:
            lines.append(line)
    if lines:
        yield start, lines, False


def _ris_values(lines: Sequence[str]) -> Values:
    import rispy  # type: ignore[import-untyped, unused-ignore]

    joined = "\n".join([*lines, "ER  - "])
    try:
        records = rispy.loads(joined, enforce_list_tags=False, delimiter_tags_mapping={})
    except Exception:  # rispy names no errors of its own for what it cannot take
        return {}
    if not records:
        return {}
    record: dict[str, Any] = records[0]
    notes = " ".join(_texts(record, "notes", "urls", "accession_number", "custom2", "note"))
    database = " ".join(_texts(record, "name_of_database", "database_provider")).lower()
    accession = "".join(_texts(record, "accession_number"))
    unknown = record.get("unknown_tag", {})
    return {
        "key": _one(record, "id", "label"),
        "type": _one(record, "type_of_reference"),
        "title": _one(record, "title", "primary_title", "short_title"),
        "authors": [
            given_first(name)
            for name in _texts(record, "authors", "first_authors")
            or _texts(record, "secondary_authors")
        ],
        "issued": _ris_date(_texts(record, "date", "year", "publication_year")),
        "published_in": _one(
            record,
            "journal_name",
            "alternate_title3",
            "secondary_title",
            "alternate_title2",
            "publisher",
        ),
        "doi": _one(record, "doi"),
        "pmid": accession
        if "pubmed" in database or "medline" in database
        else " ".join(str(value) for value in unknown.get("PM", [])),
        "loose": notes,
        "url": _one(record, "urls"),
        "language": _one(record, "language"),
        "file": _one(record, "file_attachments1", "file_attachments2"),
    }


def _ris_date(texts: Sequence[str]) -> PartialDate:
    """The most exact of "2021", "2021/05/03/" and "2021-05"."""
    dates = [iso_date("-".join(re.findall(r"\d+", text)[:3])) for text in texts]
    return max(dates, key=len, default="")


def _texts(record: dict[str, Any], *names: str) -> list[str]:
    found: list[str] = []
    for name in names:
        value = record.get(name, [])
        found.extend(str(one) for one in (value if isinstance(value, list) else [value]) if one)
    return found


def _one(record: dict[str, Any], *names: str) -> str:
    return next(iter(_texts(record, *names)), "")


# ---------------------------------------------------------------- CSL-JSON


def read_csl(text: str) -> Entries:
    """Each item of a list, or of ``items`` of an object; raises ``NotThisForm``."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        where = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise NotThisForm("damaged", f"it is no valid JSON{where}.") from error
    if isinstance(data, dict):
        data = data.get("items", [data])
    if not isinstance(data, list) or not any(_is_csl(item) for item in data):
        raise NotThisForm("unsupported", "it is JSON, but no list of CSL references.")
    for number, item in enumerate(data, start=1):
        name = f"entry {number}"
        if not isinstance(item, dict):
            yield name, "it is no record of a reference."
            continue
        key = plain(item.get("id", ""))
        yield f"{name} ({key[:60]})" if key else name, _from_csl(item)


def _is_csl(item: Any) -> bool:
    return isinstance(item, dict) and bool({"title", "DOI", "PMID"} & item.keys())


def _from_csl(item: dict[str, Any]) -> Values:
    people = item.get("author") or item.get("editor") or []
    issued = item.get("issued")
    return {
        "key": item.get("id", ""),
        "type": item.get("type", ""),
        "title": item.get("title", ""),
        "authors": [_csl_name(one) for one in people] if isinstance(people, list) else [],
        "issued": _csl_date(issued if isinstance(issued, dict) else {}),
        "published_in": first(item, "container-title", "publisher"),
        "doi": item.get("DOI", ""),
        "pmid": item.get("PMID", ""),
        "loose": " ".join(plain(item.get(name, "")) for name in ("URL", "note")),
        "url": item.get("URL", ""),
        "language": item.get("language", ""),
        "file": item.get("file", ""),
    }


def _csl_name(person: Any) -> str:
    if not isinstance(person, dict):
        return plain(person)
    if literal := plain(person.get("literal", "")):
        return literal
    order = ("given", "dropping-particle", "non-dropping-particle", "family", "suffix")
    return " ".join(part for name in order if (part := plain(person.get(name, ""))))


def _csl_date(issued: dict[str, Any]) -> PartialDate:
    parts = issued.get("date-parts")
    if isinstance(parts, list) and parts and isinstance(parts[0], list):
        return iso_date("-".join(plain(part).zfill(2) for part in parts[0][:3]))
    return iso_date(plain(issued.get("raw", "") or issued.get("literal", "")))
