"""What the styles of a Word document say: which paragraphs are headings or captions, which list
they are in, and whether their text can be seen.

Built-in styles are known by their names, which Word keeps in English in every language; styles
built on them count as they do.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

from assistant.documents.readers.docx_numbering import Numbering, W
from assistant.documents.readers.numerals import whole
from assistant.documents.readers.office import ANY_FILL, Look

_MAX_CHAIN = 50
_HEADING = re.compile(r"^heading\s*([1-9])$", re.IGNORECASE)
_OFF = ("0", "false", "off", "none")


def looked(properties: Any, look: Look) -> Look:
    """``look`` changed by an ``rPr`` element, or a ``pPr`` or ``tcPr`` for their fill alone."""
    if properties is None or not len(properties):
        return look
    changes: dict[str, Any] = {}
    for element in properties:
        name = element.tag.rpartition("}")[2]
        value = element.get(f"{W}val")
        if name == "vanish":
            changes["hidden"] = value not in _OFF
        elif name == "b":
            changes["bold"] = value not in _OFF
        elif name == "sz":
            changes["size"] = whole(value, 24)
        elif name == "color":
            changes["colour"] = _hex(value)
        elif name == "shd":
            changes["fill"] = _shade(element, look.fill)
        elif name == "highlight":
            changes["fill"] = {"white": "FFFFFF", "none": look.fill}.get(value or "", ANY_FILL)
        elif name == "vertAlign":
            changes["raised"] = value == "superscript"
        elif name == "rFonts":
            fonts = " ".join(element.attrib.values()).lower()
            changes["symbols"] = "wingdings" in fonts or "webdings" in fonts
    return replace(look, **changes) if changes else look


def _hex(value: str | None) -> str:
    return value.upper() if value and re.fullmatch(r"[0-9A-Fa-f]{6}", value) else ""


def _shade(element: Any, before: str) -> str:
    pattern = element.get(f"{W}val", "clear")
    if pattern == "nil":
        return before
    fill = element.get(f"{W}fill", "auto")
    colour = element.get(f"{W}color", "auto")
    if pattern == "solid":
        return _hex(colour) or ANY_FILL
    if pattern != "clear":
        return ANY_FILL
    # "auto" is no fill of its own: what lies behind shows through.
    return before if fill == "auto" else _hex(fill) or ANY_FILL


@dataclass(frozen=True)
class ParagraphStyle:
    """What a paragraph style means. ``level`` is 0 for what is not a heading."""

    key: str = ""
    level: int = 0
    caption: bool = False
    listed: bool = False
    contents: bool = False
    number: str = ""
    number_level: int | None = None
    number_style: str = ""
    look: Look = field(default_factory=Look)


class Styles:
    """The styles of a document, by id. ``root`` is the root of ``styles.xml`` or None."""

    def __init__(self, root: Any = None) -> None:
        self._styles: dict[str, Any] = {}
        self._paragraph: dict[str, ParagraphStyle] = {}
        self._character: dict[tuple[str, Look], Look] = {}
        self._defaults = Look()
        self._default_paragraph = ""
        self.language = ""
        if root is None:
            return
        for element in root.findall(f"{W}style"):
            key = element.get(f"{W}styleId", "")
            self._styles[key] = element
            standard = element.get(f"{W}default", "0") in ("1", "true", "on")
            if standard and element.get(f"{W}type") == "paragraph":
                self._default_paragraph = key
        defaults = root.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr")
        if defaults is not None:
            self._defaults = looked(defaults, Look())
            language = defaults.find(f"{W}lang")
            self.language = "" if language is None else language.get(f"{W}val", "")

    def list_numbers(self) -> dict[str, str]:
        """Number ids by the ids of list styles."""
        found = {}
        for key, element in self._styles.items():
            number = element.find(f"{W}pPr/{W}numPr/{W}numId")
            if element.get(f"{W}type") == "numbering" and number is not None:
                found[key] = number.get(f"{W}val", "")
        return found

    def paragraph(self, key: str) -> ParagraphStyle:
        """What a paragraph style means; the default style for an id that is not known."""
        key = key if key in self._styles else self._default_paragraph
        if key not in self._paragraph:
            self._paragraph[key] = self._read(key)
        return self._paragraph[key]

    def _chain(self, key: str) -> list[tuple[str, Any]]:
        """A style and those that it is built on, itself first."""
        chain: list[tuple[str, Any]] = []
        seen: set[str] = set()
        while key in self._styles and key not in seen and len(chain) < _MAX_CHAIN:
            seen.add(key)
            chain.append((key, self._styles[key]))
            based_on = self._styles[key].find(f"{W}basedOn")
            key = "" if based_on is None else based_on.get(f"{W}val", "")
        return chain

    def _read(self, key: str) -> ParagraphStyle:
        chain = self._chain(key)
        names = [_name(element) for _, element in chain]
        look = self._defaults
        for _, element in reversed(chain):
            look = looked(element.find(f"{W}pPr"), look)
            look = looked(element.find(f"{W}rPr"), look)
        number, level, owner = self._number(chain)
        return ParagraphStyle(
            key=key,
            level=_level(chain),
            caption="caption" in names,
            listed=any(name.startswith(("list bullet", "list number")) for name in names),
            contents=any(re.match(r"toc \d|table of figures", name) for name in names[:1]),
            number=number,
            number_level=level,
            number_style=owner,
            look=look,
        )

    @staticmethod
    def _number(chain: list[tuple[str, Any]]) -> tuple[str, int | None, str]:
        """Number id, level where one is given, and the style that says so."""
        level: int | None = None
        for key, element in chain:
            properties = element.find(f"{W}pPr/{W}numPr")
            if properties is None:
                continue
            deep, number = properties.find(f"{W}ilvl"), properties.find(f"{W}numId")
            if deep is not None and level is None:
                level = whole(deep.get(f"{W}val"), 0)
            if number is not None:
                return number.get(f"{W}val", ""), level, key
        return "", None, ""

    def character(self, key: str, look: Look) -> Look:
        """``look`` changed by a character style."""
        if (key, look) not in self._character:
            changed = look
            for _, element in reversed(self._chain(key)):
                changed = looked(element.find(f"{W}rPr"), changed)
            self._character[key, look] = changed
        return self._character[key, look]

    def fills(self, key: str) -> bool:
        """Whether a table style may put a background behind its cells."""
        return any(
            shade.get(f"{W}fill", "auto") != "auto" or shade.get(f"{W}val") not in ("clear", "nil")
            for _, element in self._chain(key)
            for shade in element.iter(f"{W}shd")
        )


def _name(style: Any) -> str:
    element = style.find(f"{W}name")
    return "" if element is None else str(element.get(f"{W}val", "")).lower()


def _level(chain: list[tuple[str, Any]]) -> int:
    """The level of headings of a style; the style itself speaks before those it is built on."""
    if chain and _name(chain[0][1]) == "heading":
        # Apple's Pages has one such style, with no number.
        return 1
    for key, element in chain:
        if _name(element) == "subtitle":
            return 0
        outline = element.find(f"{W}pPr/{W}outlineLvl")
        if outline is not None:
            return outline_level(outline.get(f"{W}val"))
        named = _HEADING.match(_name(element)) or _HEADING.match(key)
        if named:
            return int(named[1])
        if _name(element) == "title":
            return 1
    return 0


def outline_level(value: str | None) -> int:
    """The level of headings for Word's outline level (0 to 8; 9 is body text)."""
    level = whole(value, 9)
    return level + 1 if 0 <= level < 9 else 0


def number_of(
    properties: Any, style: ParagraphStyle, numbering: Numbering
) -> tuple[str, int] | None:
    """Number id and level of a paragraph with these ``pPr``; None where it is in no list."""
    own = None if properties is None else properties.find(f"{W}numPr")
    number, level = style.number, style.number_level
    if own is not None:
        deep, key = own.find(f"{W}ilvl"), own.find(f"{W}numId")
        if key is not None:
            number, level = key.get(f"{W}val", ""), 0
        if deep is not None:
            level = whole(deep.get(f"{W}val"), 0)
    if number in ("", "0"):
        return None
    if level is None:
        level = numbering.level_of_style(number, style.key)
        level = level or numbering.level_of_style(number, style.number_style)
    return number, level
