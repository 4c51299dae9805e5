"""Bibliographic data of a document: what is kept of it until a person edits it.

Words printed in the document win over the hidden properties of its file, which are often those of
the template it was typed into; what neither states stays empty. Reading printed dates is left to
``front_matter``, reading files to ``readers``, judging dates to ``currency``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import unquote

from assistant.documents.front_matter import (
    Control,
    before_references,
    first_page,
    is_dated_label,
    read_control,
    version_in,
)
from assistant.documents.records import Block, Collection, Details, Extract, Found, PartialDate

_TITLE_CHARACTERS = 300
_FILE_DATES = frozenset({"pdf", "docx", "odt", "pptx", "rtf"})
"""Formats whose properties say when a file was made, which is not when its text was issued."""


def details_for(extract: Extract, name: str, collection: Collection) -> Details:
    """What is known of a document that was just read.

    Args:
        extract: the document as its reader gives it.
        name: the file's name, for documents without any title.
        collection: gives kind, country and who speaks.
    """
    control = read_control(extract)
    doi, pmid = own_identifiers(extract)
    return Details(
        title=_title(extract, control, name),
        authors=control.authors or _plausible_authors(extract.found),
        issued=_issued(extract, control),
        reviewed=control.reviewed,
        review_due=control.review_due,
        published_in=(extract.found.published_in or control.publisher or _organisation(extract))[
            :300
        ],
        kind=collection.kind,
        country=collection.country,
        who_speaks=collection.who_speaks,
        doi=doi,
        pmid=pmid,
    )


def version_of(extract: Extract, name: str = "") -> str:
    """The version that the document prints, else the one in the file's name; may be empty."""
    return read_control(extract).version or version_in(_without_suffix(name))


def _issued(extract: Extract, control: Control) -> PartialDate:
    if extract.format.lower().lstrip(".") in _FILE_DATES:
        year = _copyright_year(extract)
        own = extract.found.issued
        return control.issued or (own if own.startswith(year) else year)
    return extract.found.issued or control.issued or _copyright_year(extract)


# ---------------------------------------------------------------- title

_NO_TITLE = re.compile(
    r"(?:microsoft (?:word|powerpoint)\b.*|untitled.*|document ?\d*|presentation ?\d*|slide ?\d+"
    r"|title|powerpoint presentation|print(?:ed)? .*|.*\btemplate|.*\.(?:docx?|pdf|indd"
    r"|pptx?|odt|rtf|qxd|tmp)"
    r"|new .*document.*|layout \d+|\W*|[\d\W_]+|no title|none|blank|template)",
    re.IGNORECASE,
)
_NOT_A_TITLE = re.compile(
    r"(?:(?:table of )?contents(?: page)?|introduction|background|abstract|summary"
    r"|executive summary|foreword|document control.*|version (?:control|history).*"
    r"|acknowledgements?|policy (?:summary|statement|on a page)"
    r"|purpose|scope|key points|open access"
    r"|(?:original |research |review )?(?:article|paper|research|report)"
    r"|page \d+.*|appendix.*|amendment.*|preface|about .*"
    r"|document (?:history|information|details|title).*)\W*",
    re.IGNORECASE,
)
_FURNITURE = re.compile(
    r"uncontrolled when printed|^page \d|©|copyright|\bhttps?://|\bwww\.|@|\bissn\b|\bdoi\b"
    r"|^v(?:ersion)? ?[\d.]+"
    r"|^(?:date|author|review|ratified|approved|issued?|published|reference|status|owner)\b",
    re.IGNORECASE,
)
_ORGANISATION = re.compile(
    r"(?:[A-Z][\w'’,&.-]*|and|of|the|for|in)(?: (?:[A-Z(][\w'’,&.()-]*|and|of|the|for|in|upon))* "
    r"(?:NHS(?: Foundation)? Trust|Foundation Trust|Council|Integrated Care Board|Health Board"
    r"|University|Community Interest Company|CIC|Partnership Trust|Hospitals?|Charity|College)",
)
_SMALL = frozenset("a an and the of for in on to with by at from or its".split())


def _title(extract: Extract, control: Control, name: str) -> str:
    """The printed title, the file's own, the first heading, the first line, or the file's name."""
    page = first_page(extract)
    own = " ".join(extract.found.title.split())
    printed = next(_printed_titles(page, extract.format == "text"), "")
    if control.title and not _NO_TITLE.fullmatch(control.title):
        return control.title[:_TITLE_CHARACTERS]
    if len(own) > 3 and not _NO_TITLE.fullmatch(own) and (not printed or _stands_in(own, page)):
        return own[:_TITLE_CHARACTERS]
    return (printed or _readable(name))[:_TITLE_CHARACTERS]


def _printed_titles(page: Sequence[Block], in_order: bool) -> Iterator[str]:
    """Headings of the first page, then its short lines; names of organisations last.

    ``in_order``: headings were only guessed from how lines look, and come with the lines.
    """
    headings = [block.text for block in page if block.kind == "heading" and not in_order]
    kinds = {"paragraph", "list-item", "heading"} if in_order else {"paragraph", "list-item"}
    lines = [block.text for block in page if block.kind in kinds]
    candidates = [text for text in headings if _is_title(text)]
    candidates += [text for text in lines[:12] if _is_title(text) and not text.endswith((".", ":"))]
    yield from (text for text in candidates if not _ORGANISATION.fullmatch(text))
    yield from (text for text in candidates if _ORGANISATION.fullmatch(text))


def _is_title(text: str) -> bool:
    bare = re.sub(r"^\d+(?:\.\d+)*\.?\s+", "", text.strip())
    return (
        3 < len(bare) <= 250
        and not _NOT_A_TITLE.fullmatch(bare)
        and not _FURNITURE.search(bare)
        and not _NO_TITLE.fullmatch(bare)
        and not is_dated_label(bare)
        and not re.fullmatch(r"[\d\W]*(?:\w+ )?\d{4}", bare)
    )


def _stands_in(title: str, page: Sequence[Block]) -> bool:
    """Whether most words of a title stand on the first page: a left-over of a template's do not."""
    words = {word for word in re.findall(r"\w+", title.lower()) if word not in _SMALL}
    there = set(re.findall(r"\w+", " ".join(block.text[:4000] for block in page).lower()))
    return len(words & there) >= 0.6 * len(words)


def _without_suffix(name: str) -> str:
    base = unquote(name).replace("\\", "/").rsplit("/", 1)[-1]
    return re.sub(r"\.[A-Za-z0-9]{1,5}$", "", base) or base


def _readable(name: str) -> str:
    """A file's name as a title: "Lone_Working-policy_FINAL(2).docx" as "Lone Working policy"."""
    text = re.sub(r"[_\s]+|(?<=\w)-(?=\w)", " ", _without_suffix(name))
    text = re.sub(r"\(\d+\)|\bcopy( of)?\b|\bfinal\b", " ", text, flags=re.IGNORECASE)
    text = "".join(
        letter for letter in " ".join(text.split()).strip(" -.,") if letter.isprintable()
    )
    return text[:1].upper() + text[1:] if text else "Document without a title"


# ---------------------------------------------------------------- authors, publisher, year

_NO_AUTHOR = re.compile(
    r"(?:(?:microsoft|ms)?\s*(?:office )?user|windows user|admin(?:istrator)?|unknown|author|owner"
    r"|default|guest|test|pc|laptop|template|\W*|.*@.*|[a-z]+[.\w]*\d+|[a-z]+\.[a-z]+"
    r"|python-docx|scanner|anonymous|.*\b(?:word|libreoffice|acrobat|reportlab|indesign)\b.*)",
    re.IGNORECASE,
)


def _plausible_authors(found: Found) -> tuple[str, ...]:
    named = (" ".join(author.split()) for author in found.authors)
    return tuple(dict.fromkeys(name for name in named if not _NO_AUTHOR.fullmatch(name)))


def _organisation(extract: Extract) -> str:
    """The one organisation that a line of the first page names; empty where there are several."""
    lines = {" ".join(block.text.split()) for block in first_page(extract) if len(block.text) < 120}
    named = {line for line in lines if _ORGANISATION.fullmatch(line)}
    return named.pop() if len(named) == 1 else ""


_COPYRIGHT = re.compile(
    r"(?:©|\(c\)|\bcopyright\b)[^\d|.]{0,80}?((?:19|20)\d\d)(?:\s?[-–]\s?((?:19|20)\d\d))?(?!\d)",
    re.IGNORECASE,
)


def _copyright_year(extract: Extract) -> PartialDate:
    """The year of copyright, where first page and end name no two different ones."""
    blocks = [*first_page(extract), *list(before_references(extract.blocks))[-15:]]
    matches = [match for block in blocks for match in _COPYRIGHT.finditer(block.text[:2000])]
    years = {match.group(2) or match.group(1) for match in matches}
    return years.pop() if len(years) == 1 else ""


# ---------------------------------------------------------------- DOI and PMID

_DOI = re.compile(
    r"(?<!\d)(?<!\d\.)10\.\d{4,9}(?:\.\d+)*/(?:<[^\s<>]{0,60}::[^\s<>]{0,60}>|[^\s\"<>|“”«»]){1,300}",
    re.IGNORECASE,
)
_NOT_A_DOI = re.compile(r"10\.(?:19|20)\d\d/\d\d")
_TAIL = re.compile(r"[.,;:!?'’‘…*†‡§&-]+$")
_PUBLISHER_TAIL = re.compile(
    r"/(?:full|abstract|e?pdf|fulltext|meta|summary|references|suppl_file.*)$|\.(?:pdf|full|abstract)$|[?&][a-z_]+=.*$"
    r"|#.*$",
    re.IGNORECASE,
)
_PMID = re.compile(
    r"(?:\bPMID|\bPubMed\s+(?:PMID|ID(?:entifier)?)|pubmed\.ncbi\.nlm\.nih\.gov/|ncbi\.nlm\.nih\.gov/pubmed/)"
    r"\s*[:#]?\s*([1-9]\d{0,7})(?!\d)",
    re.IGNORECASE,
)
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_HYPHENS = re.compile("[\u2010\u2011\u2012\u2013\u2014\u2212]")


def identifiers_in(text: str) -> tuple[str, str]:
    """The first DOI (lower case, bare) and the first labelled PMID; empty where there is none."""
    dois = dois_in(text)
    match = _PMID.search(text)
    return (dois[0] if dois else "", match.group(1) if match else "")


def dois_in(text: str) -> tuple[str, ...]:
    """Every DOI in ``text``, in order, once each, lower case and without what is only around it."""
    plain = _INVISIBLE.sub("", text)
    plain = re.sub(r"10\.(\d{4,9})%2f", r"10.\1/", plain, flags=re.IGNORECASE)
    plain = re.sub(
        r"(doi:?\s{0,3})(10\.)\s*(\d{4,9})\s*/\s*(?=\S)", r"\1\2\3/", plain, flags=re.IGNORECASE
    )
    plain = re.sub(r"(10\.\d{4,9}(?:\.\d+)*/)[ \t]*\r?\n[ \t]*(?=\w)", r"\1", plain)
    found = (_trimmed(match, _joined(plain, match)) for match in _DOI.finditer(plain))
    return tuple(dict.fromkeys(doi for doi in found if doi))


def _joined(text: str, match: re.Match[str]) -> str:
    """The match, gone on with on the next line where it breaks off at a line's end."""
    doi = match.group()
    following = re.match(r"[ \t]*\r?\n[ \t]*([^\s\"<>|]+)", text[match.end() : match.end() + 200])
    if following is None or doi[-1] not in "/-._\u2010\u2013":
        return doi
    piece = following.group(1)
    has_digit = any(letter.isdigit() for letter in piece)
    inner = piece.rstrip(".,;:)")
    if doi[-1] == "/" or (doi[-1] != "." and has_digit):
        return doi + piece
    return doi + piece if has_digit and not inner.isdigit() and not inner[0].isupper() else doi


def _trimmed(match: re.Match[str], doi: str) -> str:
    """The DOI without punctuation, unmatched brackets and what publishers add to its address."""
    doi = _HYPHENS.sub("-", unquote(doi) if "%" in doi else doi)
    doi = re.split(r"(?:PMC?ID|https?://)", doi, maxsplit=1, flags=re.IGNORECASE)[0]
    before = None
    while doi != before:
        before = doi
        doi = _PUBLISHER_TAIL.sub("", _TAIL.sub("", doi))
        for opening, closing in ("()", "[]", "{}"):
            if doi.endswith(closing) and doi.count(closing) > doi.count(opening):
                doi = doi[:-1]
    unlabelled = not re.search(
        r"doi", match.string[max(0, match.start() - 20) : match.start()], re.I
    )
    if doi.endswith("/") or "/" not in doi or (unlabelled and _NOT_A_DOI.fullmatch(doi)):
        return ""
    return doi.lower()


_OF_ANOTHER = re.compile(
    r"\W*(?:correction|erratum|corrigendum|retraction|comment|reply|response|related|linked"
    r"|see also|based on|supplement|adapted|reproduced|\[?\d{1,3}[.\])]\s)",
    re.IGNORECASE,
)
_OWN = re.compile(
    r"cite (?:this|as)|citation|^\W*(?:https?://(?:dx\.)?doi\.org/|doi\b)", re.IGNORECASE
)


def own_identifiers(extract: Extract) -> tuple[str, str]:
    """DOI and PMID of the document itself: the file's own, else those printed on its first page.

    Where the first page names several and nothing marks one as its own, none is taken.
    """
    blocks = [
        block.text[:4000] for block in first_page(extract) if not _OF_ANOTHER.match(block.text)
    ]
    doi = identifiers_in(extract.found.doi)[0] or _own_doi(blocks)
    pmid = extract.found.pmid if extract.found.pmid.isdigit() else ""
    pmids = {match.group(1) for text in blocks for match in _PMID.finditer(text)}
    return doi, pmid or (pmids.pop() if len(pmids) == 1 else "")


def _own_doi(blocks: Sequence[str]) -> str:
    found = {doi: text for text in reversed(blocks) for doi in reversed(dois_in(text))}
    if len(found) > 1:
        found = {doi: text for doi, text in found.items() if _OWN.search(text) and len(text) < 400}
    return next(iter(found)) if len(found) == 1 else ""
