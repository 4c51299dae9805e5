"""References as Harvard, APA and Vancouver write them, and as reference managers read them.

The styles are those of the Citation Style Language project (``styles/``, licence beside them), laid
out by citeproc-py. What it lays out wrongly of our sources is mended here, each mend with its
reason. BibTeX and RIS are written by ``documents.reference_writing``.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from importlib.resources import as_file, files
from typing import Any, Literal

from assistant.documents.records import Details
from assistant.documents.reference_writing import to_bibtex, to_ris
from assistant.exports.records import Line, Words
from assistant.exports.sources import Author, Work, csl_item, works_of
from assistant.schema import Citation

ReferenceStyle = Literal["harvard", "apa", "vancouver"]
ReferenceForm = Literal["bibtex", "ris", "csl"]
STYLES: dict[ReferenceStyle, str] = {
    "harvard": "harvard-cite-them-right.csl",
    "apa": "apa.csl",
    "vancouver": "nlm-citation-sequence.csl",
}
_OPEN, _CLOSE = "\ue000", "\ue001"
"""Stand around italics while a reference is laid out; no source holds them."""
_NO_BREAK = "\u00a0"
_OTHERS = "others"
"""How BibTeX says that there are more authors; RIS has no words for it."""


# ---------------------------------------------------------------- laid out in a style


def references(citations: Iterable[Citation], style: ReferenceStyle) -> tuple[Line, ...]:
    """The works that citations rest on, each once, as the style writes them.

    In the order of the style: by author, in Vancouver as first cited (numbers are left to the
    list that they stand in).
    """
    return tuple(line for _, line in references_by_source(citations, style))


def references_by_source(
    citations: Iterable[Citation], style: ReferenceStyle
) -> tuple[tuple[str, Line], ...]:
    """The same, each with the id of its source."""
    works = works_of(citations)
    if not works:
        return ()
    return tuple((key, _line(_mended(text, style))) for key, text in _laid_out(works, style))


def reference_list(citations: Iterable[Citation], style: ReferenceStyle) -> str:
    """The same as plain text, one work a line; numbered in Vancouver."""
    lines = ["".join(run.text for run in line) for line in references(citations, style)]
    if style == "vancouver":
        lines = [f"{number}. {line}" for number, line in enumerate(lines, 1)]
    return "".join(f"{line}\n" for line in lines)


class _Marks:
    """How citeproc-py marks up text: italics by our marks, all else not at all."""

    Oblique = Bold = Light = Underline = Superscript = Subscript = SmallCaps = str

    @staticmethod
    def preformat(text: Any) -> str:
        return str(text)

    @staticmethod
    def Italic(text: str) -> str:
        return f"{_OPEN}{text}{_CLOSE}"


def _laid_out(works: Sequence[Work], style: ReferenceStyle) -> list[tuple[str, str]]:
    import warnings

    import citeproc  # type: ignore[import-untyped, unused-ignore]
    from citeproc.source.json import CiteProcJSON  # type: ignore[import-untyped, unused-ignore]

    with as_file(files("assistant.exports") / "styles" / STYLES[style]) as path:
        laid = citeproc.CitationStylesStyle(str(path), locale="en-GB", validate=False)
    items = [csl_item(work) for work in works]
    if style == "vancouver":
        # A page of a site would be listed under the site's name, where nobody looks for it.
        items = [_as_published(item) for item in items]
    with warnings.catch_warnings():
        # It warns of fields that it does not know, which a reader could do nothing about.
        warnings.simplefilter("ignore")
        source = CiteProcJSON(items)
        bibliography = citeproc.CitationStylesBibliography(laid, source, _Marks)
        for work in works:
            bibliography.register(citeproc.Citation([citeproc.CitationItem(work.id)]))
        found = list(zip(bibliography.keys, map(str, bibliography.bibliography()), strict=True))
    # It sorts works without an author behind all others; they belong where their title stands.
    return found if style == "vancouver" else sorted(found, key=lambda one: _sorted_as(one[1]))


def _sorted_as(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return re.sub(r"^(?:an?|the) ", "", re.sub(r"[^\w ]", "", plain))


def _as_published(item: dict[str, Any]) -> dict[str, Any]:
    if item["type"] != "webpage":
        return item
    return {("publisher" if name == "container-title" else name): v for name, v in item.items()}


_MENDS: tuple[tuple[ReferenceStyle | None, str, str], ...] = (
    # Without an author the title stands in its place, and citeproc-py repeats it.
    (None, rf"^({_OPEN}(.+?){_CLOSE}\.? \([^()]*\))\.? {_OPEN}\2{_CLOSE}\.?", r"\1."),
    ("apa", r"^((.+?[.?!]) \([^()]*\)\.) \2(?= |$)", r"\1"),
    # Or the journal stands there, and again behind the title.
    (
        "harvard",
        rf"^{_OPEN}?(.+?){_CLOSE}? (\([^()]*\)) (‘.+?’), {_OPEN}\1{_CLOSE}",
        rf"\3 \2 {_OPEN}\1{_CLOSE}",
    ),
    # The year is part of an Act's name.
    (None, rf"^({_OPEN}?[^()]*(?:\([^()]*\)[^()]*)* (\d{{4}}){_CLOSE}?) \(\2\)\.?", r"\1."),
    # The style takes an article without a volume for a preprint; ours lack only the volume.
    ("harvard", r" \[Preprint\]", ""),
    # It drops the delimiter that the style sets between the parts of a date, and the number's.
    ("vancouver", r"(?<=\d{4})([A-Z][a-z]{2})(\d{0,2})(?=\])", r" \1 \2"),
    ("vancouver", r"^\d+\.\s*", ""),
    # CSL has no words for authors who are not named.
    (None, r",?(?: and| &(?:amp;)?|,) others\b", " et al."),
    (None, r"et al\.\.", "et al."),
    # A title's own mark ends the sentence.
    (None, rf"([?!]{_CLOSE}?)\.(?= |$)", r"\1"),
    (None, r"&amp;", "&"),
    (None, r"\s+", " "),
)


def _mended(text: str, style: ReferenceStyle) -> str:
    for only, wrong, right in _MENDS:
        if only in (None, style):
            text = re.sub(wrong, right, text)
    return text.strip()


def _line(text: str) -> Line:
    runs = re.split(f"({_OPEN}[^{_CLOSE}]*{_CLOSE})", text)
    return tuple(
        Words(run.strip(_OPEN + _CLOSE), italic=run.startswith(_OPEN))
        for run in runs
        if run.strip(_OPEN + _CLOSE)
    )


# ---------------------------------------------------------------- for reference managers


def reference_file(citations: Iterable[Citation], form: ReferenceForm) -> str:
    """The works that citations rest on as a file for a reference manager, in UTF-8."""
    works = works_of(citations)
    if form == "csl":
        items = [csl_item(work) for work in works]
        return json.dumps(items, ensure_ascii=False, indent=2) + "\n"
    if form == "ris":
        return to_ris(_details(work) for work in works).replace(_NO_BREAK, " ")
    text = to_bibtex(_details(work, _OTHERS) for work in works).replace("{others}", "others")
    # In BibTeX a name of several words is held together by braces.
    text = re.sub(rf"(?<=\. )([^\s{{}}]+(?:{_NO_BREAK}[^\s{{}}]+)+)", r"{\1}", text)
    return text.replace(_NO_BREAK, " ")


def _details(work: Work, *more: str) -> Details:
    """A work as ``reference_writing`` takes it; ``more`` stands for authors who are not named."""
    cited = work.citation
    names = tuple(_name(author) for author in work.authors)
    return Details(
        title=work.title,
        authors=(*names, *more) if work.more else names,
        issued=f"{work.year:04}" if work.year else "",
        published_in=work.published_in,
        # ``reference_writing`` tells articles from the rest by the kind alone.
        kind="qualitative-study" if work.type == "article-journal" else "other-document",
        country=cited.jurisdiction,
        who_speaks=cited.who_speaks,
        doi=work.doi,
        url=work.url,
    )


def _name(author: Author) -> str:
    """A name that ``reference_writing`` takes apart where it should: it splits at the last space,
    and takes what has none for whole."""
    whole = author.family.replace(" ", _NO_BREAK)
    return f"{author.given} {whole}" if author.given else whole
