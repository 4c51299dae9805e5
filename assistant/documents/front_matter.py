"""Dates, version, author and publisher that a document prints about itself.

They stand in tables of document control, in labelled lines and in short phrases on the front page
and at the end. Nothing is guessed: what nothing states stays empty. Dates are read day first, as in
the UK. Choosing between this and the file's own properties is left to ``metadata``.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import Literal

from assistant.documents.dates import DASHES, DATE, date_in, date_of
from assistant.documents.records import Block, Extract, PartialDate
from assistant.schema import Record

Field = Literal["issued", "reviewed", "review_due", "either", "other"]

_FRONT_BLOCKS, _BACK_BLOCKS, _BLOCK_CHARACTERS = 60, 40, 4000

# ---------------------------------------------------------------- what labels mean

_RATIFY, _APPROVE = r"(?:ratified|ratification)", r"(?:approved|approval|adopted|adoption|agreed)"
_PUBLISH = r"(?:issued?|published|publication|release[d]?)"
_VERSION_RANK = 5
_LABELS: tuple[tuple[Field, int, str], ...] = (
    ("other", 0, r"(?:date )?(?:received|accepted|accessed|retrieved|printed|downloaded|created)"),
    ("other", 0, r"supersed\w+|replac(?:es|ing|ed)|(?:date of )?(?:draft|consultation)|originally"),
    (
        "other",
        0,
        r"(?:date )?(?:of )?(?:equality|impact assessment|training|first (?:issued|draft))",
    ),
    ("other", 0, r"review (?:period|cycle|interval|frequency)|frequency of review"),
    (
        "reviewed",
        0,
        r"(?:page |content |policy |document )?last (?:formal(?:ly)? )?review(?:ed)?(?: date)?",
    ),
    (
        "reviewed",
        0,
        r"date (?:of )?(?:the )?(?:last|previous) review(?:ed)?|previous review(?: date)?",
    ),
    ("reviewed", 0, r"(?:date )?reviewed(?: date)?|last review(?: date)?"),
    (
        "review_due",
        0,
        r"(?:date (?:of|for) )?(?:the )?(?:next|planned|scheduled|target|future) (?:planned |"
        r"scheduled |formal )?review(?: date)?(?: (?:is )?due)?(?: date)?",
    ),
    (
        "review_due",
        0,
        r"(?:due )?date (?:for|due for|to) review|(?:policy |document )?review (?:due )?date",
    ),
    (
        "review_due",
        0,
        r"(?:date )?review (?:is )?due|(?:is )?due (?:for|to be) review(?:ed)?|review by",
    ),
    ("review_due", 0, r"(?:date )?(?:to|will|should|must|shall) (?:next )?be (?:next )?reviewed"),
    (
        "review_due",
        0,
        r"expir(?:y|ation) date|date of expiry|expires|valid (?:until|to)|renewal date",
    ),
    ("either", 0, r"date of review|review"),
    (
        "issued",
        _VERSION_RANK,
        r"(?:version|issue|edition)(?: number| no\.?)?:? ?v?(?!\d{1,2}[/.-]\d{1,2}[/.-]\d\d)"
        r"\d+(?:\.\d+)*|v\d+(?:\.\d+)*",
    ),
    ("issued", 0, rf"date (?:of )?(?:this )?{_PUBLISH}|{_PUBLISH} date|{_PUBLISH}(?: online)?"),
    (
        "issued",
        1,
        r"(?:date )?effective(?: (?:from|date))?|(?:in force|operational|valid|applies) from",
    ),
    ("issued", 1, r"(?:date (?:of )?)?implement(?:ed|ation)(?: date)?|go[ -]live date|start date"),
    ("issued", 2, rf"date (?:of )?(?:final )?{_RATIFY}|{_RATIFY}(?: date)?"),
    ("issued", 3, rf"date (?:of )?(?:final )?{_APPROVE}|{_APPROVE}(?: date)?"),
    (
        "issued",
        4,
        r"(?:date )?(?:last )?(?:updated|revised|amended)|(?:revision|version) date"
        r"|date of (?:this )?(?:version|revision)",
    ),
    ("issued", 6, r"(?:document )?date"),
)
_LABEL = re.compile(
    "|".join(rf"(?P<l{i}>\b(?:{words})\b)" for i, (_, _, words) in enumerate(_LABELS)),
    re.IGNORECASE,
)
_TEXT_LABELS = {
    "title": r"(?:document|policy|procedure|guideline|protocol|strategy|sop|full) (?:title|name)"
    r"|title(?: of (?:the )?(?:document|policy|procedure|guideline|protocol))?"
    r"|name of (?:the )?(?:document|policy|procedure|guideline|protocol)",
    "author": r"(?:lead |policy |document |main |original )?author(?:s|\(s\))?(?:['’]s? name)?"
    r"(?: ?/ ?(?:lead|owner|originator|reviewer|contact))?(?: name)?"
    r"(?: ?(?:and|&|/) ?(?:job )?(?:title|role))?"
    r"|name of (?:the )?author(?:s|\(s\))?(?: ?(?:and|&|/) ?(?:job )?(?:title|role))?"
    r"|(?:written|prepared|compiled) by|originator(?: ?/ ?author)?",
    "version": r"(?:document |policy |current )?version(?: number| no\.?| ?#)?"
    r"|issue (?:number|no\.?)|edition|revision(?: number| no\.?)?",
    "supersedes": r"(?:this (?:document|policy) )?(?:supersedes|replaces)(?: document)?"
    r"|documents? (?:superseded|replaced)|superseded documents?",
    "publisher": r"publisher|published by|organisation|name of (?:organisation|trust)",
}
_TEXT_LABEL = {
    name: re.compile(rf"(?:{words})\s*[:.]?", re.IGNORECASE) for name, words in _TEXT_LABELS.items()
}
# "Policy version:" inside a line may be the end of a title and then a label.
_INNER_LABELS = re.sub(
    r"(?<=[(|])(?:policy|document) (?:\||(?=\)))",
    "",
    "|".join([*_TEXT_LABELS.values(), *(words for *_, words in _LABELS)]),
)
_COLON_LABEL = re.compile(rf"(?:^|(?<=\s))(?:{_INNER_LABELS})\s?:", re.IGNORECASE)
_COLUMN_WORDS = re.compile(
    r"(?:brief )?(?:summary|description|comments?|status|changes?|amendments?|reasons?"
    r"|details?|names?|role|designation|owner|by|section|page|job title|signature)\b.*",
    re.IGNORECASE,
)
_CONNECTING = re.compile(
    r"(?:\W|\b(?:on|in|at|the|of|from|for|and|date|is|was|due|online|month|year)\b)*", re.IGNORECASE
)
_BY_WHOM = re.compile(r"\W*(?:by|at)\b[^.;|]{0,80}", re.IGNORECASE)
_THIS = re.compile(
    r"\bthis (?:policy|document|guideline|guidance|procedure|protocol|framework"
    r"|strategy|leaflet|version|standard|sop)\b[^.;|]{0,120}$",
    re.IGNORECASE,
)
_MAY_STAND_BEFORE = re.compile(
    r"(?:^|[|,;:(•·.–—-]|\bfirst|\bdate"
    r"|\bversion ?v?[\d.]+|\bv[\d.]+|\d{4})\s*$",
    re.IGNORECASE,
)


class Control(Record):
    """What tables of document control and labelled lines state; empty where they do not."""

    title: str = ""
    authors: tuple[str, ...] = ()
    version: str = ""
    issued: PartialDate = ""
    reviewed: PartialDate = ""
    review_due: PartialDate = ""
    supersedes: str = ""
    publisher: str = ""


class _Dated(Record):
    """A date under a label. ``rank``: how surely the label means it, 0 for the most."""

    field: Field
    rank: int
    date: str


def _label_of(text: str) -> tuple[Field, int] | None:
    """What a cell or a line before a colon labels, where it is a label and little more."""
    match = _LABEL.match(text)
    if match is None or len(text) - match.end() > 30 or DATE.search(text):
        return None
    field, rank, _ = _LABELS[int(str(match.lastgroup)[1:])]
    return field, rank


def is_dated_label(text: str) -> bool:
    """Whether a line is a label with its date ("Review date: May 2027") and no title."""
    return bool(_LABEL.match(text) and DATE.search(text))


def _dated_pairs(pairs: Sequence[tuple[str, str]]) -> Iterator[_Dated]:
    """Dates whose label stands in a cell of its own or before a colon."""
    for label, value in pairs:
        meaning = _label_of(label)
        date = date_in(value[:120])
        alone = len(value) <= 100 or DATE.match(value)
        if (
            meaning
            and date
            and alone
            and not re.search(r"\b(?:years?|months?) (?:from|after)\b", value)
        ):
            yield _Dated(field=meaning[0], rank=meaning[1], date=date)


def _dated_words(line: str) -> Iterator[_Dated]:
    """Dates in running words: "Version 3, ratified May 2024"."""
    line = line.translate(DASHES)
    labels = list(_LABEL.finditer(line))
    for here, following in itertools.zip_longest(labels, labels[1:]):
        field, rank, _ = _LABELS[int(str(here.lastgroup)[1:])]
        before = "" if rank == _VERSION_RANK and len(line) < 120 else line[: here.start()]
        if not _MAY_STAND_BEFORE.search(before) and not _THIS.search(before):
            continue
        end = following.start() if following else len(line)
        match = DATE.search(line, here.end(), end)
        gap = line[here.end() : match.start()] if match else ""
        if match and (_CONNECTING.fullmatch(gap) or _BY_WHOM.fullmatch(gap)):
            yield _Dated(field=field, rank=rank, date=date_of(match))


# ---------------------------------------------------------------- tables and labelled lines


def _pairs(blocks: Sequence[Block]) -> Iterator[tuple[str, str]]:
    """(label, value) of table rows, of lines with a colon, and of a label above its value."""
    for number, block in enumerate(blocks):
        if block.kind == "table":
            yield from _table_pairs([_cells(row) for row in block.text.split("\n")])
            continue
        label, colon, value = block.text.partition(":")
        if colon and value.strip() and len(label) < 60:
            yield from _colon_pairs(block.text[:_BLOCK_CHARACTERS])
        elif len(block.text) < 60 and not value.strip() and block.kind != "heading":
            following = blocks[number + 1 : number + 3]
            below = next((one for one in following if re.search(r"\w", one.text)), None)
            if below and below.kind != "table" and len(below.text) < 120:
                yield label.strip(), below.text


def _colon_pairs(text: str) -> Iterator[tuple[str, str]]:
    """Pairs of a line, or of several lines that a reader joined: "Version: 3 Author: P. Shah"."""
    labels = list(_COLON_LABEL.finditer(text))
    if not labels or labels[0].start() > 0:
        label, _, value = text[: labels[0].start() if labels else None].partition(":")
        yield label.strip(), value.strip()
    for here, following in itertools.zip_longest(labels, labels[1:]):
        end = following.start() if following else len(text)
        yield here.group().strip(" :"), text[here.end() : end].strip()


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.split("|")]


def _is_label(cell: str) -> bool:
    return bool(_label_of(cell)) or any(label.fullmatch(cell) for label in _TEXT_LABEL.values())


def _table_pairs(rows: list[list[str]]) -> Iterator[tuple[str, str]]:
    """Pairs along the rows of a table, or down its columns where the first row holds labels."""
    head = rows[0]
    filled = [cell for cell in head if cell]
    known = sum(_is_label(cell) or bool(_COLUMN_WORDS.fullmatch(cell)) for cell in filled)
    if sum(map(_is_label, filled)) >= 2 and known >= 0.6 * len(filled) and len(rows) > 1:
        newest = max(rows[1:], key=_row_order)
        yield from zip(head, newest, strict=False)
        return
    for row in rows:
        for label, value in itertools.pairwise(row):
            if label and value and _is_label(label):
                yield label.rstrip(": "), value


def _row_order(row: list[str]) -> tuple[str, list[int]]:
    """Orders rows of a version history: by newest date, then by version."""
    numbers = [int(part) for part in re.findall(r"\d+", row[0])[:4]]
    return max((date_in(cell) for cell in row), default=""), numbers


def read_control(extract: Extract) -> Control:
    """What the document's front and back matter states under labels."""
    blocks = _front_and_back(extract)
    pairs = list(_pairs(blocks))
    dated = list(_dated_pairs(pairs))
    for block in blocks:
        if block.kind not in {"table", "footnote"}:
            dated.extend(_dated_words(block.text[:_BLOCK_CHARACTERS]))
        elif block.kind == "table" and len(block.text) < _BLOCK_CHARACTERS:
            for row in block.text.split("\n"):
                dated.extend(_dated_words(row))
    issued = _best(dated, "issued")
    due, either = _best(dated, "review_due"), _best(dated, "either")
    return Control(
        title=_labelled(pairs, "title"),
        authors=people_in(_labelled(pairs, "author")),
        version=version_in(f"version {_labelled(pairs, 'version')}") or _printed_version(extract),
        issued=issued,
        reviewed=_best(dated, "reviewed"),
        review_due=due or (either if issued and either > issued else ""),
        supersedes=_labelled(pairs, "supersedes"),
        publisher=_labelled(pairs, "publisher"),
    )


_NOT_STATED = frozenset({"", "n/a", "none", "tbc", "na", ":", "new", "not applicable"})


def _best(dated: Sequence[_Dated], field: Field) -> PartialDate:
    """The date under the surest label; the first of equals."""
    found = [entry for entry in dated if entry.field == field and entry.date]
    return min(found, key=lambda entry: entry.rank).date if found else ""


def _labelled(pairs: Sequence[tuple[str, str]], name: str) -> str:
    """The first value under a label of that name that is a value and no further label."""
    for label, value in pairs:
        stated = value.lower().strip(" .-–") not in _NOT_STATED and not _is_label(value)
        if stated and _TEXT_LABEL[name].fullmatch(label.strip()):
            return " ".join(value.split())[:300]
    return ""


_JOB = re.compile(
    r"\b(?:head|lead|manager|director|nurse|officer|worker|consultant|specialist|practitioner|coordinator"
    r"|co-ordinator|advis[eo]r|psychologist|psychiatrist|chief|executive|team|deputy|assistant|matron"
    r"|pharmacist|trainer|governance|service|services|department|committee|group|trust)\b",
    re.IGNORECASE,
)
_NAME = re.compile(
    r"(?:(?:Dr|Prof|Professor|Mrs?|Ms|Miss|Mx|Revd?|Sir|Dame)\.? )?[^\W\d_]"
    r"[\w'’.-]*(?: [\w'’.-]+){1,3}"
)


def people_in(text: str) -> tuple[str, ...]:
    """Authors named in a cell, without job titles; a role alone ("Head of Peer Support") stays."""
    found: list[str] = []
    for part in re.split(r"[;\n]|\s&\s", text):
        names = re.split(r",| and | – | - |\(", part)
        people = [
            name.strip()
            for name in names
            if _NAME.fullmatch(name.strip()) and not _JOB.search(name)
        ]
        whole = part.strip(" .,")
        found.extend(people or ([whole] if whole else []))
    return tuple(dict.fromkeys(found))


_VERSION = re.compile(
    r"\b(?:version|issue|ver\.?)(?: number| no\.?)?\s*[:#|]?\s*v?\.?\s?"
    r"(\d{1,3}(?:\.\d{1,3}){0,3}[a-z]?)\b(?![/.-]\d)"
    r"|\bv\.?\s?(\d{1,3}(?:\.\d{1,3}){0,3})\b|\b(\d{1,2})(?:st|nd|rd|th) edition\b",
    re.IGNORECASE,
)


def version_in(text: str) -> str:
    """The version number that ``text`` names ("3.2"); empty where it names none."""
    match = _VERSION.search(text.replace("_", " "))
    return next((group for group in match.groups() if group), "") if match else ""


def _printed_version(extract: Extract) -> str:
    """A version named in a short line of the first page."""
    for block in first_page(extract):
        if len(block.text) < 160 and (found := version_in(block.text)):
            return found
    return ""


# ---------------------------------------------------------------- which part of the text

_REFERENCES = re.compile(
    r"(?:\d+\.?\s*)?(?:references?|bibliography|works cited|reference list)\W*", re.I
)


def before_references(blocks: Sequence[Block]) -> Iterator[Block]:
    """The blocks outside the list of references, whose dates and DOIs are those of other works."""
    inside, level = False, 0
    for block in blocks:
        named = len(block.text) < 40 and _REFERENCES.fullmatch(block.text)
        if named and (block.kind == "heading" or block.text[:1].isupper()):
            inside, level = True, block.level or 9
        elif inside and block.kind == "heading" and block.level <= level:
            inside = False
        if not inside and block.kind != "footnote":
            yield block


def _front_and_back(extract: Extract) -> list[Block]:
    blocks = list(before_references(extract.blocks))
    if len(blocks) <= _FRONT_BLOCKS + _BACK_BLOCKS:
        return blocks
    return [*blocks[:_FRONT_BLOCKS], *blocks[-_BACK_BLOCKS:]]


def first_page(extract: Extract) -> list[Block]:
    """The first page; of formats without pages, as much as a page holds."""
    chosen: list[Block] = []
    characters = 0
    first = extract.blocks[0].page if extract.blocks else None
    for block in before_references(extract.blocks[:_FRONT_BLOCKS]):
        if block.page != first or characters > _BLOCK_CHARACTERS:
            break
        chosen.append(block)
        characters += len(block.text)
    return chosen
