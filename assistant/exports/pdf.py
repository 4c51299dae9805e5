"""Papers as PDF for people who use screen readers as much as for print: tagged, with headings,
footnotes, header rows, alternative texts, language and title (PDF/UA-1).

Set by typst from a template of ours (``typst/paper.typ``) and data: text of a paper is shown and
never run. Nothing is fetched. Fonts: Atkinson Hyperlegible (``fonts/``), made for readers with low
vision; what it lacks comes from typst's own fonts or this computer's.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable
from importlib.resources import as_file, files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from assistant.errors import ConfigurationError
from assistant.exports.docx import ADDRESS, picture_size, table_widths
from assistant.exports.keeping import record_of
from assistant.exports.notes import (
    SOURCES,
    closing_line,
    is_form,
    is_wide,
    noted_in,
    notes_of,
    sources_of,
    tidied,
)
from assistant.exports.pdf_reading import with_pages
from assistant.exports.records import (
    Block,
    Bullets,
    Heading,
    Line,
    PageBreak,
    Paper,
    Paragraph,
    Picture,
    Table,
    Words,
)

ACCESSIBLE = "ua-1"
_LONG_CELL = 900
"""Characters from which on a cell may run over to the next page."""
_EMU_PER_POINT = 12700
_SHORT_TITLE = 110
_COMMON = re.compile(
    r"[\u0020-\u024f\u0300-\u036f\u0370-\u03ff\u0400-\u04ff\u1e00-\u1eff\u2010-\u2027\u2030-\u203a"
    r"\u20ac\u2122\u2190-\u2193\u2212\u2260\u2264\u2265]"
)
"""Letters and marks that the fonts which come with typst can show."""


def to_pdf(paper: Paper) -> bytes:
    """The paper as a tagged PDF.

    Raises:
        ConfigurationError: the typesetter cannot be used.
        ValueError: a picture is no PNG, or a table does not fit.
    """
    ready, _ = tidied(paper)
    data = _Data(ready)
    content = data.content()
    record = record_of(ready)
    pages = _typeset(content, data.pictures)
    if not record:
        return pages
    return _typeset({**content, "record": with_pages(record, pages)}, data.pictures)


def _typeset(content: dict[str, Any], pictures: dict[str, bytes]) -> bytes:
    """The pages; where a character can be shown by no font, its name stands in its place."""
    try:
        import typst
    except ImportError as error:
        raise ConfigurationError(
            "PDF cannot be written: the package typst is missing.", "Run: pip install typst"
        ) from error
    with (
        TemporaryDirectory() as folder,
        as_file(files("assistant.exports") / "fonts") as fonts,
        as_file(files("assistant.exports") / "typst" / "paper.typ") as template,
    ):
        root = Path(folder)
        (root / "paper.typ").write_bytes(template.read_bytes())
        for name, png in pictures.items():
            (root / name).write_bytes(png)

        def set_in(standard: list[Any], text: Callable[[str], str]) -> bytes:
            data = json.dumps(_each_text(content, text), ensure_ascii=False)
            (root / "paper.json").write_text(data, encoding="utf-8")
            pages = typst.compile(
                root / "paper.typ", root=root, font_paths=[fonts], pdf_standards=standard
            )
            assert isinstance(pages, bytes)
            return pages

        try:
            return set_in([ACCESSIBLE], str)
        except typst.TypstError as error:
            if "could not be displayed" not in error.message:
                raise ConfigurationError(
                    f"PDF cannot be written: {error.message}.", "Export it as docx instead."
                ) from error
        return set_in([ACCESSIBLE], _named)


def _named(text: str) -> str:
    """Text with the names of uncommon characters in their place."""
    return "".join(c if _COMMON.match(c) else f"[{_name(c)}]" for c in text)


def _name(character: str) -> str:
    return unicodedata.name(character, "a character").lower()


def _each_text(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        kept = ("record", "kind", "file", "style", "language", "url")
        return {k: v if k in kept else _each_text(v, change) for k, v in value.items()}
    if isinstance(value, list):
        return [_each_text(one, change) for one in value]
    return change(value) if isinstance(value, str) else value


class _Data:
    """A paper as data for the template."""

    def __init__(self, paper: Paper) -> None:
        self.paper = paper
        self.pictures: dict[str, bytes] = {}
        self._notes = notes_of(paper)
        self._noted: set[int] = set()

    def content(self) -> dict[str, Any]:
        """All that the template shows, in the order in which it shows it."""
        paper = self.paper
        return {
            "title": paper.title or "Untitled",
            "short": _shortened(paper.title),
            "subtitle": paper.subtitle,
            "footer": paper.footer,
            "wide": is_wide(paper),
            "language": paper.language,
            "blocks": [self._block(block) for block in paper.blocks],
            "sources-heading": SOURCES,
            "sources": [
                self._parts((*source.line, Words(f" {noted_in(source)}" if source.notes else "")))
                for source in sources_of(paper)
            ],
            "closing": closing_line(paper),
            "record": "",
        }

    def _block(self, block: Block) -> dict[str, Any]:
        if isinstance(block, Heading):
            return {"kind": "heading", "level": block.level, "text": block.text}
        if isinstance(block, Paragraph):
            return {"kind": "paragraph", "style": block.style, "parts": self._parts(block.line)}
        if isinstance(block, Bullets):
            items = [self._parts(line) for line in block.items]
            return {"kind": "list", "numbered": block.numbered, "items": items}
        if isinstance(block, Table):
            return self._table(block)
        if isinstance(block, Picture):
            return self._picture(block)
        assert isinstance(block, PageBreak)
        return {"kind": "break"}

    def _table(self, table: Table) -> dict[str, Any]:
        return {
            "kind": "table",
            "caption": table.caption,
            "columns": list(table.columns),
            "widths": table_widths(table, 1000),
            "form": is_form(table),
            "rows": [[self._cell(cell) for cell in row] for row in table.rows],
        }

    def _cell(self, cell: Line) -> dict[str, Any]:
        long = sum(len(run.text) for run in cell) > _LONG_CELL
        return {"parts": self._parts(cell), "long": long}

    def _picture(self, picture: Picture) -> dict[str, Any]:
        name = f"picture{len(self.pictures) + 1}.png"
        self.pictures[name] = picture.png
        width, _ = picture_size(picture.png)
        return {
            "kind": "picture",
            "file": name,
            "alt": picture.alt,
            "caption": picture.caption,
            "width": width / _EMU_PER_POINT,
        }

    def _parts(self, line: Line) -> list[dict[str, Any]]:
        return [part for run in line for part in self._run(run)]

    def _run(self, run: Words) -> list[dict[str, Any]]:
        style = {"bold": run.bold, "italic": run.italic}
        found: list[dict[str, Any]] = []
        end = 0
        for match in ADDRESS.finditer(run.text):
            found.append({"text": run.text[end : match.start()], **style})
            found.append({"text": match.group(), "url": match.group()})
            end = match.end()
        found.append({"text": run.text[end:], **style, "marks": [self._mark(n) for n in run.cites]})
        return [part for part in found if part["text"] or part.get("marks")]

    def _mark(self, number: int) -> dict[str, Any]:
        if number in self._noted:
            return {"number": number}
        self._noted.add(number)
        return {"number": number, "note": self._parts(self._notes[number])}


def _shortened(title: str) -> str:
    return title if len(title) <= _SHORT_TITLE else title[: _SHORT_TITLE - 1].rstrip() + "…"
