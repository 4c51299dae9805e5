"""Presentations (.pptx, .pptm): a slide is a page, its title a heading, its notes below it.

Shapes are read from top to bottom and left to right, whatever order they were drawn in. Macros,
charts, pictures, dates and slide numbers are not read. Hidden slides, hidden shapes, shapes beside
the slide and invisible text are left out and named; white text only where nothing but white paper
can lie behind it, for slides are often dark.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.documents.readers.numerals import letters, roman, whole
from assistant.documents.readers.office import Gathered, Pager, core_found, diagram_texts, tidy
from assistant.documents.readers.office_rows import Rows
from assistant.documents.readers.packed import ASK_FOR_SOUND_COPY, Package, local, open_package
from assistant.documents.readers.pptx_places import (
    TITLES,
    box_of,
    emu,
    inherited_box,
    matching,
    placeholder_of,
)
from assistant.documents.readers.pptx_seen import (
    drawn,
    filled,
    is_white,
    overlap,
    paper_is_white,
    theme_is_light,
)
from assistant.documents.records import Extract, Limits, Trouble

RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_FURNITURE = ("dt", "ftr", "sldNum", "hdr", "sldImg")
"""Placeholders for dates, footers, slide numbers, headers and the picture of the slide."""
_LISTED = ("body", "obj", "")
"""Placeholders whose text has bullets unless it says otherwise."""
_TINY = 200
"""Hundredths of a point."""
_NUMBERED = re.compile(r"^(arabic|alphaLc|alphaUc|romanLc|romanUc)(Period|ParenR|ParenBoth|Plain)$")


def read_pptx(path: Path, limits: Limits, name: str = "") -> Extract:
    """Read a presentation.

    Args:
        path: the file on disk.
        limits: how much is read.
        name: how the user knows the file; for messages.

    Errors: ``DocumentError`` as in ``packed.open_package``; unsupported for another kind of
    document, too-many-pages.
    """
    with open_package(path, limits, name) as package:
        try:
            return _Presentation(package).extract()
        except RecursionError as error:
            raise package.refusal(
                "damaged", "its parts are nested too deeply.", ASK_FOR_SOUND_COPY
            ) from error


@dataclass(frozen=True)
class _Shape:
    """Something on a slide. ``role`` is its placeholder, None for none; ``box`` its left, top,
    width and height (in EMU, within its group), None where nobody says."""

    element: Any
    role: str | None
    box: tuple[int, int, int, int] | None

    @property
    def hidden(self) -> bool:
        """Whether its writer hid it."""
        properties = next(self.element.iter("{*}cNvPr"), None)
        return properties is not None and properties.get("hidden") in ("1", "true")

    @property
    def silent(self) -> bool:
        """Whether it has no words."""
        if next(self.element.iter("{*}relIds"), None) is not None:
            return False
        return not any((text.text or "").strip() for text in self.element.iter("{*}t"))


class _Presentation:
    """One presentation while it is read."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._main = package.related("", "officeDocument") or "ppt/presentation.xml"
        root = package.xml(self._main)
        if local(root) != "presentation":
            raise package.refusal(
                "unsupported", "this is not a presentation.", "Save it as .pptx and add that."
            )
        size = root.find("{*}sldSz")
        self._width = 0 if size is None else emu(size.get("cx"))
        self._height = 0 if size is None else emu(size.get("cy"))
        self._slides = [each.get(f"{RELATION}id", "") for each in root.iter("{*}sldId")]
        self._gathered = Gathered(package.limits, package.name)
        self._behind: dict[str, Any] = {}
        self._part = ""
        self._page = 0
        self._master = ""
        self._light = False
        self._on_white: list[Any] = []
        self._white = False

    def extract(self) -> Extract:
        pages = len(self._slides)
        if pages > self._package.limits.pages:
            raise self._package.refusal(
                "too-many-pages",
                f"the file has {pages} slides.",
                "Split it, or raise the limit in the settings.",
            )
        relations = self._package.relations(self._main)
        for page, key in enumerate(self._slides, start=1):
            found = relations.get(key)
            self._page = page
            if found is None or found.target not in self._package:
                detail = "This slide is missing from the file."
                self._gathered.trouble(Trouble(kind="unreadable", page=page, detail=detail))
                continue
            self._part = found.target
            self._slide()
        return self._gathered.extract("pptx", pages=pages or None, found=core_found(self._package))

    # ---------------------------------------------------------------- slides

    def _slide(self) -> None:
        root = self._package.xml(self._part)
        if root.get("show") in ("0", "false"):
            detail = "This slide is hidden and was left out."
            self._gathered.trouble(Trouble(kind="hidden-text", page=self._page, detail=detail))
            return
        comments = self._package.related(self._part, "comments")
        if comments:
            self._gathered.hide("comments", len(self._package.xml(comments)))
        tree = root.find("{*}cSld/{*}spTree")
        layouts = self._layouts()
        shapes = [] if tree is None else list(_shapes(tree, layouts))
        self._look_behind(shapes, [root, *layouts])
        seen = [shape for shape in shapes if not self._unseen(shape)]
        titles = [shape for shape in seen if shape.role in TITLES]
        for shape in titles:
            self._white = shape.element in self._on_white
            self._title(shape)
        self._tell([shape for shape in seen if shape not in titles])
        self._notes()

    def _layouts(self) -> list[Any]:
        """The layout of the slide and the master of that, which say where placeholders are."""
        layout = self._package.related(self._part, "slideLayout")
        master = self._package.related(layout, "slideMaster") if layout else ""
        for part in (layout, master):
            if part and part not in self._behind:
                self._behind[part] = self._package.xml(part)
        self._master = master
        return [self._behind[part] for part in (layout, master) if part]

    def _look_behind(self, shapes: Sequence[_Shape], roots: Sequence[Any]) -> None:
        """Note the shapes whose text has only white paper behind it."""
        theme = self._package.related(self._master, "theme") if self._master else ""
        if theme and theme not in self._behind:
            self._behind[theme] = self._package.xml(theme)
        self._light = theme_is_light(self._behind.get(self._master), self._behind.get(theme))
        self._on_white = []
        if not paper_is_white(roots, self._light):
            return
        others = [(element, box_of(element)) for element in drawn(roots, self._light)]
        for shape in shapes:
            alone = not any(
                overlap(shape.box, box) for element, box in others if element is not shape.element
            )
            placeholder = placeholder_of(shape.element)
            behind = [] if placeholder is None else list(matching(placeholder, roots[1:]))
            plain = not any(filled(each, self._light) for each in [shape.element, *behind])
            if local(shape.element) == "sp" and alone and plain:
                self._on_white.append(shape.element)

    def _unseen(self, shape: _Shape) -> bool:
        """Whether a shape is not there for the reader; text that is left out so is counted."""
        if shape.silent or shape.role in _FURNITURE:
            return True
        if shape.hidden:
            self._gathered.hide("hidden shapes")
            return True
        if shape.box and self._width and self._height:
            left, top, width, height = shape.box
            beside = left >= self._width or left + width <= 0
            if beside or top >= self._height or top + height <= 0:
                self._gathered.hide("text beside the slide")
                return True
        return False

    def _title(self, shape: _Shape) -> None:
        texts = [self._text(paragraph) for paragraph in shape.element.iter("{*}p")]
        self._gathered.add("heading", tidy(" ".join(texts)), level=1, page=self._page)

    def _tell(self, shapes: Sequence[_Shape]) -> None:
        for shape in self._ordered(shapes):
            element = shape.element
            self._white = element in self._on_white
            if local(element) == "grpSp":
                inner = [each for each in _shapes(element, []) if not each.silent]
                for each in inner:
                    if each.hidden:
                        self._gathered.hide("hidden shapes")
                self._tell([each for each in inner if not each.hidden])
            elif local(element) == "graphicFrame":
                self._frame(element)
            else:
                body = element.find("{*}txBody")
                self._paragraphs(() if body is None else body, shape.role in _LISTED)

    def _ordered(self, shapes: Sequence[_Shape]) -> list[_Shape]:
        """Top to bottom in bands, left to right in a band; what has no place last, as drawn."""
        tolerance = max(self._height // 20, 1)
        placed = [(shape.box[1], shape.box[0], shape) for shape in shapes if shape.box]
        placed.sort(key=lambda item: item[:2])
        ordered: list[tuple[int, int, _Shape]] = []
        start = -1
        band_top = 0
        for top, left, shape in placed:
            if start < 0 or top - band_top > tolerance:
                start, band_top = start + 1, top
            ordered.append((start, left, shape))
        ordered.sort(key=lambda item: item[:2])
        return [item[2] for item in ordered] + [shape for shape in shapes if not shape.box]

    def _frame(self, frame: Any) -> None:
        """A table or a diagram; charts have their words elsewhere and are not read."""
        table = next(frame.iter("{*}tbl"), None)
        if table is not None:
            told = Rows(Pager(counting=False))
            for row in table.iter("{*}tr"):
                told.add([self._cell(cell) for cell in row.iter("{*}tc") if _told(cell)])
            self._gathered.add("table", told.text, page=self._page)
        for relation in frame.iter("{*}relIds"):
            key = relation.get(f"{RELATION}dm", "")
            found = self._package.relations(self._part).get(key)
            for text in diagram_texts(self._package, found.target if found else ""):
                self._gathered.add("list-item", text, page=self._page)

    def _cell(self, cell: Any) -> str:
        if cell.get("vMerge") in ("1", "true"):
            return ""
        return " ".join(self._text(paragraph) for paragraph in cell.iter("{*}p"))

    def _notes(self) -> None:
        part = self._package.related(self._part, "notesSlide")
        tree = self._package.xml(part).find("{*}cSld/{*}spTree") if part else None
        if tree is None:
            return
        bodies = [
            shape.element.find("{*}txBody")
            for shape in _shapes(tree, [])
            if shape.role == "body" and not shape.silent
        ]
        if bodies:
            self._gathered.add("heading", "Notes", level=2, page=self._page)
        for body in bodies:
            self._paragraphs(() if body is None else body, listed=False)

    # ---------------------------------------------------------------- text

    def _paragraphs(self, body: Any, listed: bool) -> None:
        counts: dict[int, int] = {}
        for paragraph in body:
            if local(paragraph) != "p":
                continue
            text = tidy(self._text(paragraph))
            properties = paragraph.find("{*}pPr")
            depth = 0 if properties is None else whole(properties.get("lvl"), 0)
            numbering = None if properties is None else properties.find("{*}buAutoNum")
            if not text:
                continue
            for deeper in [each for each in counts if each > depth]:
                del counts[deeper]
            if numbering is None:
                counts.pop(depth, None)
                kind = _bullet(properties, listed)
                self._gathered.add("list-item" if kind else "paragraph", text, page=self._page)
                continue
            first = whole(numbering.get("startAt"), 1)
            counts[depth] = counts.get(depth, first - 1) + 1
            label = _number(counts[depth], numbering.get("type", ""))
            self._gathered.add("list-item", f"{label} {text}", page=self._page)

    def _text(self, paragraph: Any) -> str:
        """The raw text of a paragraph, without what is too small or has no colour at all."""
        pieces: list[str] = []
        for element in paragraph.iter("{*}t", "{*}br"):
            if local(element) == "br":
                pieces.append(" ")
                continue
            properties = element.getparent().find("{*}rPr")
            reason = self._unseen_text(properties)
            if reason and (element.text or "").strip():
                self._gathered.hide(reason)
            else:
                pieces.append(element.text or "")
        return "".join(pieces)

    def _unseen_text(self, properties: Any) -> str:
        """Why text with these ``rPr`` is not seen, or empty where it is."""
        if properties is None:
            return ""
        if whole(properties.get("sz"), 1800) < _TINY:
            return "text too small to see"
        if properties.find("{*}noFill") is not None:
            return "text without a colour"
        if self._white and is_white(properties.find("{*}solidFill"), self._light):
            return "white text"
        return ""


def _shapes(tree: Any, behind: Sequence[Any]) -> Iterator[_Shape]:
    for element in tree:
        name = local(element)
        if name == "AlternateContent":
            choice = element.find("{*}Choice")
            fallback = element.find("{*}Fallback")
            inner = choice if choice is not None else fallback
            yield from _shapes(() if inner is None else inner, behind)
        elif name in ("sp", "grpSp", "graphicFrame", "cxnSp"):
            placeholder = placeholder_of(element)
            role = None if placeholder is None else placeholder.get("type", "")
            box = box_of(element)
            if box is None and placeholder is not None:
                box = inherited_box(placeholder, behind)
            yield _Shape(element, role, box)


def _told(cell: Any) -> bool:
    return cell.get("hMerge") not in ("1", "true")


def _bullet(properties: Any, listed: bool) -> bool:
    if properties is None:
        return listed
    if properties.find("{*}buNone") is not None:
        return False
    own = properties.find("{*}buChar") is not None or properties.find("{*}buBlip") is not None
    return own or listed


def _number(number: int, form: str) -> str:
    match = _NUMBERED.match(form)
    script, ending = match.groups() if match else ("arabic", "Period")
    text = letters(number) if script.startswith("alpha") else str(number)
    text = roman(number) if script.startswith("roman") else text
    text = text.upper() if script.endswith("Uc") else text
    before = "(" if ending == "ParenBoth" else ""
    after = {"Period": ".", "ParenR": ")", "ParenBoth": ")"}.get(ending, "")
    return f"{before}{text}{after}"
