"""Markdown to blocks: turned into HTML by markdown-it-py and read by the reader for HTML.

So one reader knows lists, tables, hidden text and scripts. Front matter becomes bibliographic
data. Footnotes are not part of CommonMark: they are taken out first and set at the end.
"""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

from assistant.documents.readers.decoding import decode
from assistant.documents.readers.html import hidden_troubles, html_reading
from assistant.documents.readers.html_found import partial_date
from assistant.documents.readers.plain import lost_characters, text_blocks
from assistant.documents.records import Block, Extract, Found, Limits, Trouble

_LONGEST_LINE = 100_000
_LONGEST_FRONT = 20_000
_DEEPEST = 40
_FRONT = re.compile(r"^---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|$)", re.DOTALL)
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_NOTE = re.compile(r"^ {0,3}\[\^([^\]\s]{1,60})\]:[ \t]*(.*)$")
_REFERENCE = re.compile(r"\[\^([^\]\s]{1,60})\]")
_MARK = r"(?:[ \t]{0,3}(?:>|(?:[-*+]|\d{1,9}[.)])[ \t]))"
_DEEP = re.compile(
    rf"^{_MARK}{{{_DEEPEST},}}[ \t]*[^\s*+>-]|^[ \t]{{{4 * _DEEPEST},}}", re.MULTILINE
)


def read_markdown(path: Path, limits: Limits, name: str = "") -> Extract:
    """A Markdown file.

    Raises:
        DocumentError: reason ``binary`` where it is no text.
    """
    text = decode(path.read_bytes(), name or str(path))
    front = _front_matter(text)
    body = text
    if front is not None:
        body = text[_front_end(text) :]
    blocks, troubles = _read(body)
    return Extract(
        format="markdown",
        blocks=blocks,
        found=front or Found(),
        troubles=troubles + lost_characters(text),
    )


def markdown_blocks(text: str) -> tuple[Block, ...]:
    """The blocks of Markdown text without front matter."""
    return _read(text)[0]


def _read(text: str) -> tuple[tuple[Block, ...], tuple[Trouble, ...]]:
    text = text.replace("\f", "\n\n")
    if _is_beyond_markdown(text):
        return text_blocks(text), ()
    body, notes = _without_notes(text)
    try:
        markup = _rendered(body) + _notes_markup(notes)
    except RecursionError:
        return text_blocks(text), ()
    reading = html_reading(markup)
    return reading.kept(), hidden_troubles(reading.hidden)


def _is_beyond_markdown(text: str) -> bool:
    """Nesting and lines that nobody types: the parser would lose text or take hours."""
    return bool(_DEEP.search(text)) or any(len(line) > _LONGEST_LINE for line in text.split("\n"))


def _rendered(text: str) -> str:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": True, "maxNesting": 5 * _DEEPEST})
    return str(parser.enable(["table", "strikethrough"]).render(text))


def _without_notes(text: str) -> tuple[str, dict[str, str]]:
    """The text with references as "[1]", and the notes by label, outside code."""
    kept: list[tuple[str, bool]] = []
    notes: dict[str, str] = {}
    fence, label = "", ""
    for line in text.split("\n"):
        fence, in_code = _fenced(line, fence)
        note = None if in_code else _NOTE.match(line)
        if note:
            label = note[1]
            notes[label] = note[2]
        elif label and line.startswith(("    ", "\t")) and line.strip():
            notes[label] += "\n" + line.strip()
        else:
            label = label if not line.strip() else ""
            kept.append((line, in_code))
    lines = (line if in_code else _with_references(line, notes) for line, in_code in kept)
    return "\n".join(lines), notes


def _fenced(line: str, fence: str) -> tuple[str, bool]:
    """The fence that is open after ``line`` (empty: none), and whether the line belongs to code."""
    mark = _FENCE.match(line)
    if mark and not fence:
        return mark[1], True
    closes = mark is not None and mark[1].startswith(fence) and line.strip() == mark[1]
    return ("" if closes else fence), bool(fence)


def _with_references(line: str, notes: dict[str, str]) -> str:
    return _REFERENCE.sub(lambda m: f"[{m[1]}]" if m[1] in notes else m[0], line)


def _notes_markup(notes: dict[str, str]) -> str:
    """The notes as the endnotes of a web page."""
    items = (
        f'<section role="doc-footnote"><p>[{html.escape(label)}] </p>{_rendered(text)}</section>'
        for label, text in notes.items()
    )
    return "".join(items).replace("</p><p>", "")


def _front_end(text: str) -> int:
    found = _FRONT.match(text)
    return found.end() if found else 0


def _front_matter(text: str) -> Found | None:
    """What the YAML between two lines of dashes at the start says; None where there is none."""
    import yaml

    found = _FRONT.match(text[:_LONGEST_FRONT])
    if not found:
        return None
    try:
        # No aliases: they are how a few lines of YAML grow to gigabytes.
        data = None if re.search(r"[:\-\[{,]\s*[&*]\w", found[1]) else yaml.safe_load(found[1])
    except (yaml.YAMLError, ValueError, RecursionError):
        return None
    if not isinstance(data, dict):
        return None
    said = {str(key).lower(): value for key, value in data.items()}
    return Found(
        title=_text(said.get("title")),
        authors=_names(said.get("authors") or said.get("author")),
        issued=partial_date(_text(said.get("issued") or said.get("date"))),
        published_in=_text(said.get("journal") or said.get("container-title")),
        doi=_text(said.get("doi")),
        pmid=_text(said.get("pmid")),
        language=_text(said.get("lang") or said.get("language")),
    )


def _text(value: Any) -> str:
    return "" if value is None or isinstance(value, dict | list) else " ".join(str(value).split())


def _names(value: Any) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else [value]
    names = (_text(item.get("name") if isinstance(item, dict) else item) for item in listed)
    return tuple(dict.fromkeys(name for name in names if name))
