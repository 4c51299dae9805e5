"""What a web page says of itself in its head: title, authors, date, journal, identifiers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from assistant.documents.records import Found

_TITLES = ("citation_title", "dc.title", "dcterms.title", "og:title")
_AUTHORS = ("citation_author", "dc.creator", "dcterms.creator", "author", "article:author")
_DATES = (
    "citation_publication_date",
    "citation_date",
    "citation_online_date",
    "dcterms.issued",
    "dc.date.issued",
    "dcterms.date",
    "dc.date",
    "article:published_time",
    "datepublished",
    "date",
)
_JOURNALS = ("citation_journal_title", "prism.publicationname", "dc.source", "citation_publisher")
_DOIS = ("citation_doi", "prism.doi", "dc.identifier", "dcterms.identifier", "bepress_citation_doi")
_LANGUAGES = ("dc.language", "dcterms.language", "citation_language")
_DOI = re.compile(r"\b10\.\d{4,9}/[^\s\"<>]+")
_DAY = re.compile(r"^(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?(?=$|[T\s])")
_UK_DAY = re.compile(r"^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})$")
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_IN_WORDS = re.compile(r"^(?:(\d{1,2})(?:st|nd|rd|th)?\s+)?([A-Za-z]{3,9})\.?,?\s+(\d{4})$")
_SITE = re.compile(r"^\s*[-–—|:·»]\s+\S")
_LONGEST = 500


def found_in(soup: Any, headings: Sequence[str]) -> Found:
    """Bibliographic data of a parsed page; ``headings`` are its first-level headings."""
    said = _meta(soup)
    doi = next((m[0] for name in _DOIS for v in said.get(name, ()) if (m := _DOI.search(v))), "")
    pmid = next(iter(said.get("citation_pmid", ())), "")
    return Found(
        title=_first(said, _TITLES) or _title(soup, headings),
        authors=_authors(said),
        issued=next(
            (day for name in _DATES for v in said.get(name, ()) if (day := partial_date(v))), ""
        ),
        published_in=_first(said, _JOURNALS),
        doi=doi.rstrip(".,;)").lower(),
        pmid=pmid if pmid.isascii() and pmid.isdigit() else "",
        language=_language(soup, said),
    )


def _meta(soup: Any) -> Mapping[str, list[str]]:
    """What meta elements say, by lower-case name, in order."""
    said: dict[str, list[str]] = {}
    for tag in soup.find_all("meta", limit=2_000):
        name = tag.attrs.get("name") or tag.attrs.get("property") or tag.attrs.get("itemprop")
        value = _folded(str(tag.attrs.get("content") or ""))
        if name and value:
            said.setdefault(str(name).strip().lower(), []).append(value)
    return said


def _folded(value: str) -> str:
    return " ".join(value.split())[:_LONGEST]


def _first(said: Mapping[str, list[str]], names: Sequence[str]) -> str:
    return next((said[name][0] for name in names if name in said), "")


def _title(soup: Any, headings: Sequence[str]) -> str:
    """The title, without the name of the site after it where a heading shows which is which."""
    tags = soup.find_all("title", limit=20)
    titles = (_folded(tag.get_text()) for tag in tags if tag.find_parent("svg") is None)
    title = next((text for text in titles if text), "")
    for heading in headings:
        if title.startswith(heading) and _SITE.match(title[len(heading) :]):
            return heading
    return title


def _authors(said: Mapping[str, list[str]]) -> tuple[str, ...]:
    for name in _AUTHORS:
        values = [value for value in said.get(name, ()) if "://" not in value]
        if len(values) == 1 and ";" in values[0]:
            values = [part.strip() for part in values[0].split(";") if part.strip()]
        if values:
            return tuple(dict.fromkeys(values))
    return ()


def partial_date(value: str) -> str:
    """A date as "2024", "2024-05" or "2024-05-01"; empty where it is none."""
    value = value.strip()
    if found := _DAY.match(value):
        return _partial(found[1], found[2], found[3])
    if found := _UK_DAY.match(value):
        return _partial(found[3], found[2], found[1])
    if (found := _IN_WORDS.match(value)) and found[2][:3].lower() in _MONTHS:
        month = str(_MONTHS.index(found[2][:3].lower()) + 1)
        return _partial(found[3], month, found[1])
    return ""


def _partial(year: str, month: str | None, day: str | None) -> str:
    parts = [year]
    if month and 1 <= int(month) <= 12:
        parts.append(f"{int(month):02d}")
        if day and 1 <= int(day) <= 31:
            parts.append(f"{int(day):02d}")
    return "-".join(parts)


def _language(soup: Any, said: Mapping[str, list[str]]) -> str:
    root = soup.find("html")
    named = str(root.attrs.get("lang") or root.attrs.get("xml:lang") or "") if root else ""
    return (named.strip() or _first(said, _LANGUAGES))[:35]
