"""BibTeX, read to plain values by our names: macros put in, accents of LaTeX undone.

The text is split by bibtexparser; what the values mean is for ``references`` to say. Nesting and
the growth of macros are bounded, so that a hostile file costs no more than a long one.
"""

from __future__ import annotations

import functools
import logging
import re
from collections.abc import Callable
from typing import Any

from assistant.documents.dates import MONTHS
from assistant.documents.records import PartialDate
from assistant.documents.reference_forms import Entries, Values, first, given_first, iso_date

_MAX_BLOCKS = 110_000
_VALUE_CHARACTERS = 20_000
_DEPTH = 50
_FIELDS = (
    "title",
    "subtitle",
    "journal",
    "journaltitle",
    "booktitle",
    "publisher",
    "institution",
    "organization",
    "school",
    "howpublished",
    "note",
    "annote",
    "language",
    "langid",
)
_AS_IT_IS = ("url", "doi", "pmid", "eprint", "eprinttype", "date", "year", "month", "day")
_BLOCK = re.compile(r"@\w*[ \t]*[{(]")
_KEY = re.compile(r"\s*@\s*(\w+)\s*[{(]\s*([^\s,{}()]{0,80})")


def read_bibtex(text: str) -> Entries:
    """Each entry's name with its values, or with what is wrong with it."""
    from bibtexparser.model import DuplicateBlockKeyBlock, DuplicateFieldKeyBlock, Entry

    text, cut = _bounded(text)
    macros: dict[str, str] = {month: month for month in MONTHS}
    for block in _blocks(text):
        line = (block.start_line or 0) + 1
        if isinstance(block, (DuplicateBlockKeyBlock, DuplicateFieldKeyBlock)):
            inner = block.ignore_error_block
            if isinstance(inner, Entry):
                name = f"line {line} ({inner.key})"
                yield name, _values(inner, macros)
                what = "its key is" if isinstance(block, DuplicateBlockKeyBlock) else "a field is"
                yield name, f"{what} there twice; the entry was read, please check it."
            continue
        yield from _block_values(block, line, macros)
    if cut:
        yield "the rest of the file", f"only the first {_MAX_BLOCKS} entries were read: split it."


def _block_values(block: Any, line: int, macros: dict[str, str]) -> Entries:
    from bibtexparser.model import Entry, ParsingFailedBlock, String

    if isinstance(block, String):
        macros[block.key.lower()] = _resolved(str(block.value), macros)
    elif isinstance(block, Entry):
        yield f"line {line} ({block.key})", _values(block, macros)
    elif isinstance(block, ParsingFailedBlock):
        named = _KEY.match(block.raw or "")
        key = f" ({named.group(2)})" if named and named.group(2) else ""
        message = "a bracket, a comma or an equals sign is missing in it; it was left out."
        yield f"line {line}{key}", message


def _bounded(text: str) -> tuple[str, bool]:
    """The text up to as many entries as are read, and whether something was cut off."""
    for number, match in enumerate(_BLOCK.finditer(text)):
        if number >= _MAX_BLOCKS:
            return text[: match.start()], True
    return text, False


def _blocks(text: str) -> list[Any]:
    from bibtexparser.splitter import Splitter

    # It logs each broken block, which is reported as a fault instead.
    logger = logging.getLogger("bibtexparser")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        return list(Splitter(text).split().blocks)
    finally:
        logger.setLevel(before)


def _values(entry: Any, macros: dict[str, str]) -> Values | str:
    fields: dict[str, str] = {}
    for field in entry.fields:
        fields.setdefault(field.key.lower(), _resolved(str(field.value), macros))
    if any(_depth(value) > _DEPTH for value in fields.values()):
        return "its brackets are nested too deeply; it was left out."
    decode = _decoder()
    text = {name: decode(fields[name]) for name in _FIELDS if name in fields}
    text |= {name: _bare(fields[name]) for name in _AS_IT_IS if name in fields}
    people = fields.get("author") or fields.get("editor") or ""
    return _by_our_names(entry.key, entry.entry_type, text) | {
        "authors": [_name(one, decode) for one in _split_names(people)],
        "file": _attached(fields.get("file", "")),
    }


def _by_our_names(key: str, type_of_entry: str, fields: dict[str, str]) -> Values:
    pmid = fields.get("pmid", "")
    if fields.get("eprinttype", "").lower() in {"pubmed", "pmid"}:
        pmid = fields.get("eprint", "")
    return {
        "key": key,
        "type": type_of_entry,
        "title": _with_subtitle(fields.get("title", ""), fields.get("subtitle", "")),
        "issued": _bibtex_date(fields),
        "published_in": first(
            fields,
            "journal",
            "journaltitle",
            "booktitle",
            "publisher",
            "institution",
            "organization",
            "school",
            "howpublished",
        ),
        "doi": fields.get("doi", ""),
        "pmid": pmid,
        "loose": " ".join(fields.get(name, "") for name in ("url", "note", "annote")),
        "url": fields.get("url", ""),
        "language": first(fields, "langid", "language"),
    }


def _bibtex_date(fields: dict[str, str]) -> PartialDate:
    if date := iso_date(fields.get("date", "")):
        return date
    year = re.search(r"(?:1[5-9]|20)\d\d", fields.get("year", ""))
    if not year:
        return ""
    month = re.match(r"\s*(\d{1,2}|[a-z]{3})", fields.get("month", ""), re.IGNORECASE)
    return iso_date(
        "-".join([year.group(), *_month(month.group(1) if month else ""), *_day(fields)])
    )


def _month(text: str) -> list[str]:
    number = int(text) if text.isdigit() else 0
    if text[:3].lower() in MONTHS:
        number = MONTHS.index(text[:3].lower()) + 1
    return [f"{number:02}"] if 1 <= number <= 12 else []


def _day(fields: dict[str, str]) -> list[str]:
    day = fields.get("day", "")
    return [f"{int(day):02}"] if day.isdigit() and len(day) <= 2 else []


def _with_subtitle(title: str, subtitle: str) -> str:
    return f"{title.rstrip(' :')}: {subtitle}" if title and subtitle else title or subtitle


# ---------------------------------------------------------------- values as BibTeX writes them


def _resolved(value: str, macros: dict[str, str]) -> str:
    """A value with its macros put in and its outer brackets or quotes taken off."""
    if len(value) > _VALUE_CHARACTERS:
        value = value[:_VALUE_CHARACTERS]
    pieces = [_unwrapped(piece.strip(), macros) for piece in _split_at_depth_0(value, "#")]
    return "".join(pieces)[:_VALUE_CHARACTERS]


def _unwrapped(piece: str, macros: dict[str, str]) -> str:
    if len(piece) > 1 and (piece[0], piece[-1]) in {("{", "}"), ('"', '"')}:
        return piece[1:-1]
    return macros.get(piece.lower(), piece)


def _split_at_depth_0(value: str, mark: str) -> list[str]:
    """Parts between marks that stand outside of brackets and quotes."""
    parts, depth, quoted, start = [], 0, False, 0
    for at, letter in enumerate(value):
        if letter == "{":
            depth += 1
        elif letter == "}":
            depth -= 1
        elif letter == '"' and depth == 0:
            quoted = not quoted
        elif letter == mark and depth == 0 and not quoted:
            parts.append(value[start:at])
            start = at + 1
    return [*parts, value[start:]]


def _depth(value: str) -> int:
    deepest = depth = 0
    for letter in value:
        depth += (letter == "{") - (letter == "}")
        deepest = max(deepest, depth)
    return deepest


def _bare(value: str) -> str:
    """A value that holds no words, such as an address: without brackets and escapes."""
    return re.sub(r"\\url|[{}]|\\(?=[_%&#~])", "", value).strip()


def _split_names(people: str) -> list[str]:
    """Names between "and"s outside of brackets; "and others" is left out."""
    names, depth, start = [], 0, 0
    for match in re.finditer(r"[{}]|\s+and\s+", people, re.IGNORECASE):
        if match.group() in "{}":
            depth += 1 if match.group() == "{" else -1
        elif depth == 0:
            names.append(people[start : match.start()])
            start = match.end()
    names.append(people[start:])
    return [name.strip() for name in names if name.strip() and name.strip().lower() != "others"]


def _name(name: str, decode: Any) -> str:
    if name.startswith("{") and name.endswith("}") and "}" not in name[1:-1]:
        return str(decode(name))
    return given_first(",".join(decode(part) for part in _split_at_depth_0(name, ",")))


@functools.cache
def _decoder() -> Callable[[str], str]:
    """Turns LaTeX into plain text; texts without any are given back at once."""
    from pylatexenc.latex2text import LatexNodes2Text  # type: ignore[import-untyped, unused-ignore]

    latex = LatexNodes2Text(math_mode="verbatim", strict_latex_spaces=False)

    @functools.lru_cache(maxsize=4096)
    def decode(value: str) -> str:
        if not re.search(r"[\\{}~$]|--|``|''", value):
            return " ".join(value.split())
        # A percent sign begins a comment in LaTeX and is one of the words in BibTeX.
        escaped = re.sub(r"(?<!\\)%", r"\\%", value)
        try:
            text = str(latex.latex_to_text(escaped))
        except (ValueError, IndexError, KeyError, AttributeError, RecursionError):
            text = re.sub(r"[{}]", "", value)
        return " ".join(text.split())

    return decode


_SUFFIX = re.compile(r"\.(?:pdf|docx?|odt|rtf|epub|html?|txt|md|pptx?|djvu)$", re.IGNORECASE)


def _attached(value: str) -> str:
    """The first file that an entry names: ":path:PDF;…", "name:path:type" or a path."""
    for entry in re.split(r"(?<!\\);", value):
        parts = [
            re.sub(r"\\(?=[:;_ &])", "", part) for part in re.split(r"(?<!\\):(?![/\\])", entry)
        ]
        named = [part.strip(" {}") for part in parts if _SUFFIX.search(part.strip(" {}"))]
        if named:
            return max(named, key=lambda part: ("/" in part or "\\" in part, len(part)))
    return ""
