"""What an answer cites, as works: one for each source, told apart by what sort of work it is.

Citation styles and reference managers ask who wrote a work, and whether they are people; the
library keeps authors as they are printed ("Gillard S", "NHS England", "and colleagues"). Nothing
that is not known is made up: a name that may be a person's or an organisation's stays whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from assistant.documents.reference_forms import is_organisation
from assistant.presentation.documents import seen
from assistant.presentation.words import family_name, link
from assistant.schema import Citation

WorkType = Literal["legislation", "article-journal", "report", "webpage"]
_UNKNOWN = re.compile(r"\bnot (?:shown|seen|named)\b", re.IGNORECASE)
_AND_MORE = re.compile(r",?\s*\b(?:and (?:others|colleagues)|et al)\b.*$", re.IGNORECASE)
_JOURNAL = re.compile(
    r"\b(?:journal|archives|annals|bjpsych|bmj|bmc|lancet|plos|frontiers|psychiatry|psychiatrist|psychology"
    r"|nursing|medicine|trials|social inclusion|health expectations|psychiatric services)\b",
    re.IGNORECASE,
)
_NO_JOURNAL = re.compile(
    r"\b(?:blog|news|magazine|today|college|institute|university|trust)\b|\.\w"
)
_ISSUE = re.compile(
    r"^(?P<name>.+?),? (?P<volume>\d{1,3})(?: ?\((?P<issue>\w+)\))?(?::(?P<pages>[\d-]+))?$"
)
_REMARK = re.compile(r" \([^()]*\b(?:read|article|account|listed|shown|seen|summary)\b[^()]*\)$")
_NO_PLACE = re.compile(r"^journal article|\bnot (?:shown|seen)\b", re.IGNORECASE)
_ACT = re.compile(r"\b(?:Act|Measure|Order|Regulations|Rules)(?: \([^()]*\))? \d{4}$")
_FULL_NAME = re.compile(r"(?P<given>[A-Z][\w'’-]+(?: [A-Z]\.?)?) (?P<family>[A-Z][\w'’-]+)$")
_WRITTEN = frozenset("opinion case-study position-statement professional-guidance".split())
_RESEARCH = frozenset(
    "systematic-review trial cohort-study qualitative-study survey case-study opinion".split()
)


@dataclass(frozen=True)
class Author:
    """A person, or an organisation, which has no ``given`` name. ``given`` are mostly initials
    with full stops."""

    family: str
    given: str = ""


@dataclass(frozen=True)
class Work:
    """One cited source. ``more`` says that it has further authors, whom the library does not
    name; ``accessed`` is when we read it, as year, month and day."""

    id: str
    type: WorkType
    title: str
    authors: tuple[Author, ...]
    more: bool
    year: int | None
    published_in: str
    volume: str
    issue: str
    pages: str
    url: str
    doi: str
    accessed: tuple[int, int, int]
    citation: Citation


def works_of(citations: Iterable[Citation]) -> tuple[Work, ...]:
    """The works behind citations, each once, in order."""
    first: dict[str, Citation] = {}
    for citation in citations:
        first.setdefault(citation.source_id, citation)
    return tuple(_work(citation) for citation in first.values())


def _work(citation: Citation) -> Work:
    kind = _type(citation)
    place = _place(citation, kind)
    authors, more = authors_of(citation.authors)
    if kind == "legislation":
        authors, more = (), False
    elif kind == "article-journal":
        authors = _people(tuple(author for author in authors if author.family != place))
    issue = _ISSUE.match(place) if kind == "article-journal" else None
    day = citation.checked
    return Work(
        id=citation.source_id,
        type=kind,
        title=_folded(citation.title).rstrip("."),
        authors=authors,
        more=more and bool(authors),
        year=citation.year,
        published_in=issue["name"] if issue else _unless_told(place, kind, citation),
        volume=issue["volume"] if issue else "",
        issue=(issue["issue"] or "") if issue else "",
        pages=(issue["pages"] or "") if issue else "",
        url="" if citation.span else link(citation.url, citation.doi),
        doi=re.sub(r"^https?://(?:dx\.)?doi\.org/", "", citation.doi.strip()),
        accessed=(day.year, day.month, day.day),
        citation=citation,
    )


def _place(citation: Citation, kind: WorkType) -> str:
    """Where a work came out, without our remarks on how it was read; of an article, the journal."""
    place = _REMARK.sub("", _folded(citation.published_in or ""))
    if kind == "article-journal":
        parts = [part.strip() for part in place.split(";")]
        place = next((part for part in parts if _JOURNAL.search(part)), parts[-1])
    return "" if _NO_PLACE.search(place) else place


def _unless_told(place: str, kind: WorkType, citation: Citation) -> str:
    """A place of publication; nothing where it only repeats the authors or the address."""
    if kind == "article-journal":
        return place
    if kind == "legislation" or re.match(
        rf"https?://(?:www\.)?{re.escape(place)}/", citation.url, re.IGNORECASE
    ):
        return ""
    names = tuple(name.lower() for name in citation.authors)
    parts = [part.strip().lower() for part in re.split(r"[;,]| and ", place)]
    told = place.lower().startswith(names) or all(part.startswith(names) for part in parts)
    return "" if told else place


def _type(citation: Citation) -> WorkType:
    place = citation.published_in or ""
    if citation.kind == "legislation":
        return "legislation" if _is_law(citation) else "webpage"
    papers = citation.kind in _RESEARCH | _WRITTEN
    if papers and place and place not in citation.authors and not citation.span:
        named = bool(_JOURNAL.search(place.split(";")[0])) and not _NO_JOURNAL.search(place)
        if named or (citation.doi and citation.kind in _RESEARCH):
            return "article-journal"
    if citation.span or not citation.url:
        return "report"
    loose = citation.kind in {"opinion", "case-study"} or citation.year is None
    return "webpage" if loose else "report"


def _is_law(citation: Citation) -> bool:
    """Whether it is the law itself and no page about it or a part of it."""
    return citation.kind == "legislation" and bool(_ACT.search(citation.title))


def authors_of(names: Sequence[str]) -> tuple[tuple[Author, ...], bool]:
    """Authors as people and organisations, and whether there are more than are named."""
    found: list[Author] = []
    more = False
    for name in names:
        whole = _AND_MORE.sub("", _folded(name))
        more = more or whole != _folded(name)
        whole = re.sub(r" \([^()]*\bnot (?:shown|seen|named)\b[^()]*\)$", "", whole)
        if not whole or _UNKNOWN.search(whole):
            continue
        family = family_name(whole)
        initials = whole.rpartition(family)[2] if family else ""
        given = " ".join(f"{letter}." for letter in re.findall(r"[A-Z]", initials))
        found.append(Author(family, given) if family else Author(whole))
    return tuple(found), more


def _people(authors: tuple[Author, ...]) -> tuple[Author, ...]:
    """Authors of an article with full names taken apart, where every one of them is a person by
    the look of it: an organisation among them makes the rest doubtful."""
    found = [_FULL_NAME.match(author.family) for author in authors]
    if len(authors) < 2 or not all(
        author.given or (match and not is_organisation(author.family))
        for author, match in zip(authors, found, strict=True)
    ):
        return authors
    return tuple(
        author if author.given or match is None else Author(match["family"], match["given"])
        for author, match in zip(authors, found, strict=True)
    )


def _folded(words: str) -> str:
    return " ".join(seen(words).split())


def csl_item(work: Work) -> dict[str, Any]:
    """A work as CSL-JSON, without what is not known of it."""
    people = [
        {"family": a.family, "given": a.given} if a.given else {"literal": a.family}
        for a in work.authors
    ]
    inside = work.type in {"article-journal", "webpage"}
    item = {
        "id": work.id,
        "type": work.type,
        "title": work.title,
        "author": [*people, {"literal": "others"}] if work.more else people,
        "issued": {"date-parts": [[work.year]]} if work.year else None,
        "container-title" if inside else "publisher": work.published_in,
        "volume": work.volume,
        "issue": work.issue,
        "page": work.pages,
        "DOI": work.doi,
        "URL": work.url,
        "accessed": {"date-parts": [list(work.accessed)]} if work.url and not work.doi else None,
    }
    return {name: value for name, value in item.items() if value}
