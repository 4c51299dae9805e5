"""Lists of references that people bring: BibTeX, RIS and CSL-JSON, read to one form.

A broken entry is named and the others go on. Which document an entry describes is told by DOI,
PMID, or title and year; where several fit, by nobody. Files that entries name are kept as words
only and never opened. Writing such lists is left to ``reference_writing``.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

from assistant.documents.bibtex import read_bibtex
from assistant.documents.metadata import identifiers_in
from assistant.documents.records import Document, Found
from assistant.documents.reference_forms import Entries, NotThisForm, plain, read_csl, read_ris
from assistant.errors import DocumentError
from assistant.schema import AnyKind, Record

MAX_MEGABYTES = 60
MAX_ENTRIES = 100_000


class Reference(Found):
    """One entry. ``key`` is its name in the file, ``file`` the attached file as it is named there;
    ``kind`` is guessed from the type of entry and the title."""

    key: str = ""
    url: str = ""
    kind: AnyKind = "other-document"
    file: str = ""


class ReferenceFault(Record):
    """An entry that was not read, or not whole: ``entry`` says which one."""

    entry: str
    message: str


class ReferenceList(Record):
    """What a file of references holds, in its order."""

    references: tuple[Reference, ...]
    faults: tuple[ReferenceFault, ...] = ()


def read_references(path: Path) -> ReferenceList:
    """Read a file of references; the form is told by the suffix, else by how the text begins.

    Raises:
        DocumentError: the file cannot be read, is too large, or is no list of references.
    """
    text = _text_of(path)
    form = _form(path, text)
    if form is None:
        raise _no_references(path, "unsupported", "it is neither BibTeX, RIS nor CSL-JSON.")
    try:
        found = _gathered(form(text))
    except NotThisForm as error:
        raise _no_references(path, error.reason, str(error)) from error
    if not found.references and not found.faults:
        raise _no_references(path, "empty", "it holds no references.")
    return found


def _gathered(entries: Entries) -> ReferenceList:
    references: list[Reference] = []
    faults: list[ReferenceFault] = []
    for number, (entry, values) in enumerate(entries):
        if number >= MAX_ENTRIES:
            more = f"only the first {MAX_ENTRIES} entries were read: split the file."
            faults.append(ReferenceFault(entry="the rest of the file", message=more))
            break
        if isinstance(values, str):
            faults.append(ReferenceFault(entry=entry, message=values))
            continue
        reference = _reference(values)
        if reference.title or reference.doi or reference.pmid:
            references.append(reference)
        else:
            message = "it has no title, DOI or PMID: add one of them."
            faults.append(ReferenceFault(entry=entry, message=message))
    return ReferenceList(references=tuple(references), faults=tuple(faults))


def _form(path: Path, text: str) -> Callable[[str], Entries] | None:
    forms: dict[str, Callable[[str], Entries]] = {
        ".bib": read_bibtex,
        ".bibtex": read_bibtex,
        ".ris": read_ris,
        ".json": read_csl,
    }
    if found := forms.get(path.suffix.lower()):
        return found
    start = text[:5000].lstrip()
    if re.match(r"TY  ?-", start):
        return read_ris
    if start[:1] in {"[", "{"}:
        return read_csl
    return read_bibtex if re.search(r"^\s*@\w+\s*[{(]", start, re.MULTILINE) else None


def _no_references(path: Path, reason: str, message: str) -> DocumentError:
    hint = "Export it from your reference manager as BibTeX (.bib), RIS (.ris) or CSL-JSON (.json)."
    return DocumentError(str(path), reason, message, hint)


def _text_of(path: Path) -> str:
    """The text of a file in UTF-8, UTF-16 with a mark, or Windows-1252 (which holds Latin-1)."""
    try:
        if path.stat().st_size > MAX_MEGABYTES * 1_000_000:
            message = f"it is larger than {MAX_MEGABYTES} MB."
            raise DocumentError(str(path), "too-large", message, "Split it into smaller files.")
        data = path.read_bytes()
    except OSError as error:
        reason = "not-found" if isinstance(error, FileNotFoundError) else "unreadable"
        hint = "Check the path, and that you may read the file."
        raise DocumentError(str(path), reason, "it cannot be read.", hint) from error
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace")
    if b"\0" in data:
        raise _no_references(path, "binary", "it is no text file.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


# ---------------------------------------------------------------- one entry

_KINDS: tuple[tuple[AnyKind, str], ...] = (
    (
        "systematic-review",
        r"systematic review|meta-?analys|scoping review|umbrella review|cochrane",
    ),
    ("trial", r"\brandomi[sz]ed\b|\btrial\b"),
    ("cohort-study", r"\bcohort\b|\blongitudinal\b"),
    ("qualitative-study", r"\bqualitative\b|\binterview stud|\bgrounded theory\b|\bethnograph"),
    ("survey", r"\bsurvey\b|cross-sectional"),
    ("case-study", r"\bcase stud|\bcase report"),
    (
        "competency-standard",
        r"competenc(?:e|y) framework|\bcompetenc(?:ies|es)\b.{0,20}\bstandards?\b",
    ),
    ("toolkit", r"\btoolkit\b"),
    ("charter", r"\bcharter\b"),
    ("opinion", r"\beditorial\b|\bcommentary\b|\bopinion\b"),
)
_LAW = frozenset({"stat", "bill", "legislation", "legal", "regulation"})
_VALUE_CHARACTERS = 2_000


def _reference(values: dict[str, Any]) -> Reference:
    """The common form of one entry; a DOI or PMID may stand in its address or notes."""
    text = {name: plain(value)[:_VALUE_CHARACTERS] for name, value in values.items()}
    loose_doi, loose_pmid = identifiers_in(text["url"])[0], identifiers_in(text["loose"])[1]
    pmid = re.sub(r"\D", "", text["pmid"])[:8].lstrip("0")
    return Reference(
        key=text["key"][:200],
        title=text["title"].rstrip(". ") if not text["title"].endswith("..") else text["title"],
        authors=tuple(name for one in values["authors"][:200] if (name := plain(one)[:200])),
        issued=values["issued"],
        published_in=text["published_in"],
        doi=identifiers_in(text["doi"])[0] or loose_doi,
        pmid=pmid or loose_pmid,
        language=text["language"][:40],
        url=text["url"] if re.match(r"https?://", text["url"]) else "",
        kind=_kind(text["type"], text["title"]),
        file=text["file"],
    )


def _kind(type_of_entry: str, title: str) -> AnyKind:
    if type_of_entry.lower() in _LAW:
        return "legislation"
    found = (kind for kind, words in _KINDS if re.search(words, title, re.IGNORECASE))
    return next(found, "other-document")


# ---------------------------------------------------------------- whose reference it is

TITLES_ALIKE = 93.0
"""Least likeness of two titles, of 100 (edit distance over words in order)."""


class Match(Record):
    """The document that a reference describes. ``document`` is None where none fits or several do;
    ``candidates`` are the ids of those that do, ``message`` says so in words."""

    document: str | None = None
    by: Literal["doi", "pmid", "title", ""] = ""
    candidates: tuple[str, ...] = ()
    message: str = ""


class Held:
    """Documents made ready for many look-ups."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self.documents = tuple(documents)
        self.titles = [_title_key(document.details.title) for document in self.documents]
        self.by_doi: dict[str, list[Document]] = {}
        self.by_pmid: dict[str, list[Document]] = {}
        for document in self.documents:
            if doi := identifiers_in(document.details.doi)[0]:
                self.by_doi.setdefault(doi, []).append(document)
            if document.details.pmid:
                self.by_pmid.setdefault(document.details.pmid, []).append(document)


def match(reference: Reference, documents: Sequence[Document] | Held) -> Match:
    """The document that a reference describes: by DOI, by PMID, then by title and year.

    Pass ``Held`` for more than a few references. A title alone decides only where it is long enough
    to tell, no identifier speaks against it, and the years agree where both are known.
    """
    held = documents if isinstance(documents, Held) else Held(documents)
    by_doi = held.by_doi.get(reference.doi, []) if reference.doi else []
    by_pmid = held.by_pmid.get(reference.pmid, []) if reference.pmid else []
    if by_doi and by_pmid and not {one.id for one in by_doi} & {one.id for one in by_pmid}:
        return _several([*by_doi, *by_pmid], "its DOI and its PMID belong to different documents")
    if by_doi:
        return _told(by_doi, "doi", "the same DOI")
    if by_pmid:
        return _told(by_pmid, "pmid", "the same PMID")
    return _by_title(reference, held)


def _told(found: Sequence[Document], by: Literal["doi", "pmid", "title"], why: str) -> Match:
    if len(found) > 1:
        return _several(found, f"{len(found)} documents have {why}")
    return Match(document=found[0].id, by=by, candidates=(found[0].id,))


def _several(found: Sequence[Document], why: str) -> Match:
    names = tuple(dict.fromkeys(one.id for one in found))
    message = f"Not matched, since {why}: {', '.join(names[:5])}. Choose one of them."
    return Match(candidates=names, message=message)


def _by_title(reference: Reference, held: Held) -> Match:
    from rapidfuzz import fuzz, process

    key = _title_key(reference.title)
    if not key:
        return Match()
    near = process.extract(key, held.titles, scorer=fuzz.ratio, score_cutoff=TITLES_ALIKE, limit=20)
    found = [held.documents[at] for _, _, at in near if _may_be(reference, held.documents[at])]
    same_year = [one for one in found if one.details.issued[:4] == reference.issued[:4]]
    if len(found) > 1 and len(same_year) == 1 and reference.issued:
        found = same_year
    return _told(found, "title", "nearly this title") if found else Match()


def _may_be(reference: Reference, document: Document) -> bool:
    """Whether nothing speaks against a document with nearly the same title."""
    details = document.details
    if (reference.doi and details.doi) or (reference.pmid and details.pmid):
        return False
    if re.findall(r"\d+", reference.title) != re.findall(r"\d+", details.title):
        return False
    one, two = reference.issued[:4], details.issued[:4]
    surname_known = _share_an_author(reference.authors, details.authors)
    if (
        len(_title_key(reference.title).split()) < 4
        and not (one and one == two)
        and not surname_known
    ):
        return False
    if not one or not two or one == two:
        return True
    # Print and online years of one paper may lie a year apart; editions of a policy do too.
    return abs(int(one) - int(two)) == 1 and surname_known


def _share_an_author(one: Sequence[str], two: Sequence[str]) -> bool:
    def words(names: Sequence[str]) -> set[str]:
        return {word for name in names for word in _title_key(name).split() if len(word) > 2}

    return bool(words(one) & words(two))


def _title_key(title: str) -> str:
    """A title without case, accents and punctuation."""
    decomposed = unicodedata.normalize("NFKD", title.casefold())
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return " ".join(re.findall(r"\w+", bare))
