"""Lists of references written as BibTeX, RIS and CSL-JSON, for reference managers.

What is written can be read back by ``references``; nothing that is not known is made up.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from assistant.documents.records import Details
from assistant.documents.reference_forms import is_organisation

_RESEARCH = frozenset(
    "systematic-review trial cohort-study qualitative-study survey case-study opinion".split()
)
_ESCAPED = str.maketrans(
    {letter: f"\\{letter}" for letter in "&%$#_"}
    | {
        "\\": "\\textbackslash{}",
        "{": "\\{",
        "}": "\\}",
        "~": "\\textasciitilde{}",
        "^": "\\^{}",
    }
)


def to_bibtex(details: Iterable[Details]) -> str:
    """The documents as BibTeX in UTF-8, with keys of first author and year, each used once."""
    return "\n".join(_bibtex(entry, key) for entry, key in _keyed(details))


def _bibtex(details: Details, key: str) -> str:
    article = details.kind in _RESEARCH and bool(details.published_in)
    place = "journal" if article else "publisher"
    fields = {
        "title": f"{{{details.title.translate(_ESCAPED)}}}",
        "author": " and ".join(_bibtex_name(name) for name in details.authors),
        "year": details.issued[:4],
        "month": str(int(details.issued[5:7])) if len(details.issued) > 4 else "",
        "day": str(int(details.issued[8:])) if len(details.issued) > 7 else "",
        place: details.published_in.translate(_ESCAPED),
        "doi": details.doi,
        "pmid": details.pmid,
        "url": re.sub(r"[{}\\\s]", "", details.url),
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value.strip("{}")]
    return "\n".join([f"@{'article' if article else 'misc'}{{{key},", *lines, "}", ""])


def _bibtex_name(name: str) -> str:
    text = name.translate(_ESCAPED)
    whole = is_organisation(name) or "," in name or " and " in name.lower() or " " not in name
    return f"{{{text}}}" if whole else text


def _keyed(details: Iterable[Details]) -> Iterator[tuple[Details, str]]:
    used: dict[str, int] = {}
    for entry in details:
        first = entry.authors[0] if entry.authors else entry.title
        words = re.findall(r"[A-Za-z0-9]+", first.encode("ascii", "ignore").decode())
        stem = f"{(words[-1] if entry.authors else words[0]).lower() if words else 'document'}"
        key = f"{stem}{entry.issued[:4]}"
        used[key] = used.get(key, 0) + 1
        yield entry, key if used[key] == 1 else f"{key}-{used[key]}"


def to_ris(details: Iterable[Details]) -> str:
    """The documents as RIS, one record each."""
    return "".join(_ris(entry) for entry in details)


def _ris(details: Details) -> str:
    article = details.kind in _RESEARCH and bool(details.published_in)
    pairs = [
        ("TY", "JOUR" if article else "GEN"),
        ("TI", details.title),
        *(("AU", _family_first(name)) for name in details.authors),
        ("PY", details.issued[:4]),
        ("DA", details.issued.replace("-", "/") if len(details.issued) > 4 else ""),
        ("JO" if article else "PB", details.published_in),
        ("DO", details.doi),
        ("N1", f"PMID: {details.pmid}" if details.pmid else ""),
        ("UR", details.url),
    ]
    lines = [f"{tag}  - {' '.join(value.split())}\r\n" for tag, value in pairs if value]
    return "".join([*lines, "ER  - \r\n\r\n"])


def _family_first(name: str) -> str:
    if is_organisation(name) or "," in name or " " not in name:
        return name
    given, family = name.rsplit(" ", 1)
    return f"{family}, {given}"


def to_csl(details: Iterable[Details]) -> str:
    """The documents as CSL-JSON: a list, indented, in UTF-8."""
    items = [_csl(entry, key) for entry, key in _keyed(details)]
    return json.dumps(items, ensure_ascii=False, indent=2) + "\n"


def _csl(details: Details, key: str) -> dict[str, Any]:
    article = details.kind in _RESEARCH and bool(details.published_in)
    item: dict[str, Any] = {
        "id": key,
        "type": "article-journal" if article else "document",
        "title": details.title,
        "author": [_csl_person(name) for name in details.authors],
        "container-title" if article else "publisher": details.published_in,
        "DOI": details.doi,
        "PMID": details.pmid,
        "URL": details.url,
    }
    if details.issued:
        item["issued"] = {"date-parts": [[int(part) for part in details.issued.split("-")]]}
    return {name: value for name, value in item.items() if value}


def _csl_person(name: str) -> dict[str, str]:
    if is_organisation(name) or "," in name or " " not in name:
        return {"literal": name}
    given, family = name.rsplit(" ", 1)
    return {"given": given, "family": family}
