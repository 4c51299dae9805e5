"""What the styles of an OpenDocument text say: how text looks, and the numbers of
lists and headings, which stand nowhere in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from assistant.documents.readers.numerals import Label, letters, roman, whole
from assistant.documents.readers.office import ANY_FILL, Look

_ODF = "urn:oasis:names:tc:opendocument:xmlns:"
STYLE = f"{{{_ODF}style:1.0}}"
TEXT = f"{{{_ODF}text:1.0}}"
TABLE = f"{{{_ODF}table:1.0}}"
DRAW = f"{{{_ODF}drawing:1.0}}"
FO = f"{{{_ODF}xsl-fo-compatible:1.0}}"
OFFICE = f"{{{_ODF}office:1.0}}"
XML_ID = "{http://www.w3.org/XML/1998/namespace}id"
_LEVELS = 10
_MAX_CHAIN = 50
_OUTLINE = "\0outline"


@dataclass(frozen=True)
class ListLevel:
    """One level of a list style; ``pattern`` is such as "%1%.%2%" where the file says so."""

    form: str = ""
    prefix: str = ""
    suffix: str = ""
    shown: int = 1
    start: int = 1
    pattern: str = ""
    bullet: bool = False


class Styles:
    """The styles of a document, from the roots of ``styles.xml`` and ``content.xml``."""

    def __init__(self, roots: Iterable[Any]) -> None:
        self._styles: dict[tuple[str, str], Any] = {}
        self._lists: dict[str, dict[int, ListLevel]] = {}
        self._looks: dict[tuple[str, str, Look], Look] = {}
        for root in roots:
            for element in root.iter(f"{STYLE}style"):
                key = (element.get(f"{STYLE}family", ""), element.get(f"{STYLE}name", ""))
                self._styles[key] = element
            for element in root.iter(f"{TEXT}list-style", f"{TEXT}outline-style"):
                outline = element.tag == f"{TEXT}outline-style"
                name = _OUTLINE if outline else element.get(f"{STYLE}name", "")
                self._lists[name] = _list_levels(element)

    def _chain(self, family: str, name: str) -> list[Any]:
        """A style and those that it is built on, itself first."""
        chain: list[Any] = []
        while (family, name) in self._styles and len(chain) < _MAX_CHAIN:
            style = self._styles[family, name]
            chain.append(style)
            name = style.get(f"{STYLE}parent-style-name", "")
        return chain

    def look(self, family: str, name: str, look: Look = Look()) -> Look:  # noqa: B008
        """``look`` changed by a style."""
        key = (family, name, look)
        if key not in self._looks:
            changed = look
            for style in reversed(self._chain(family, name)):
                changed = _looked(style, changed)
            self._looks[key] = changed
        return self._looks[key]

    def is_caption(self, name: str) -> bool:
        """Whether a paragraph style is that of captions or built on it."""
        chain = self._chain("paragraph", name)
        names = [name, *(style.get(f"{STYLE}parent-style-name", "") for style in chain)]
        return "caption" in (each.lower() for each in names)

    def is_title(self, name: str) -> bool:
        """Whether a paragraph style is that of the document's title."""
        chain = self._chain("paragraph", name)
        return "Title" in [name, *(s.get(f"{STYLE}parent-style-name", "") for s in chain[:1])]

    def list_style(self, paragraph: str) -> str:
        """The list style that a paragraph style names, or empty."""
        for style in self._chain("paragraph", paragraph):
            name = style.get(f"{STYLE}list-style-name")
            if name is not None:
                return str(name)
        return ""

    def level(self, list_style: str, level: int) -> ListLevel | None:
        """A level (from 1) of a list style."""
        return self._lists.get(list_style, {}).get(level)


class Counter:
    """The numbers of one list, or of the headings; ``style`` is a list style."""

    def __init__(self, styles: Styles, style: str = _OUTLINE) -> None:
        self._styles = styles
        self._counts: list[int | None] = [None] * (_LEVELS + 1)
        self.style = style

    def label(self, style: str, level: int, start: int | None = None) -> Label | None:
        """Count one item at ``level`` (from 1) and say what stands before it."""
        definition = self._styles.level(style, level)
        if definition is None or level > _LEVELS:
            return None
        for below in range(level + 1, _LEVELS + 1):
            self._counts[below] = None
        if definition.bullet:
            return Label("", bullet=True)
        if not definition.form and not definition.pattern:
            return None
        before = self._counts[level]
        self._counts[level] = definition.start if before is None else before + 1
        if start is not None:
            self._counts[level] = start
        return Label(self._shown(style, level, definition))

    def _number(self, style: str, level: int) -> str:
        definition = self._styles.level(style, level) or ListLevel()
        count = self._counts[level]
        if count is None:
            # Shown without ever having been reached: it is then taken as begun.
            count = self._counts[level] = definition.start
        return _written(count, definition.form)

    def _shown(self, style: str, level: int, definition: ListLevel) -> str:
        if definition.pattern:
            pattern = re.sub(
                r"%(\d{1,2})%",
                lambda match: self._number(style, max(1, min(int(match[1]), level))),
                definition.pattern,
            )
            return pattern.strip()
        first = max(1, level - definition.shown + 1)
        numbers = [self._number(style, each) for each in range(first, level + 1)]
        text = ".".join(number for number in numbers if number)
        return f"{definition.prefix}{text}{definition.suffix}".strip()


def _list_levels(element: Any) -> dict[int, ListLevel]:
    levels = {}
    for item in element:
        kind = str(item.tag).rpartition("}")[2]
        pattern, newer = _newer(item, "}num-list-format"), _newer(item, "}num-format")
        levels[whole(item.get(f"{TEXT}level"), 1)] = ListLevel(
            form="01" if newer.startswith("01,") else item.get(f"{STYLE}num-format", ""),
            prefix=item.get(f"{STYLE}num-prefix", ""),
            suffix=item.get(f"{STYLE}num-suffix", ""),
            shown=whole(item.get(f"{TEXT}display-levels"), 1),
            start=whole(item.get(f"{TEXT}start-value"), 1),
            pattern=pattern if item.get(f"{STYLE}num-format") else "",
            bullet=kind in ("list-level-style-bullet", "list-level-style-image"),
        )
    return levels


def _newer(item: Any, name: str) -> str:
    """An attribute that came after the standard, from whichever namespace it is in."""
    found = (value for key, value in item.attrib.items() if key.endswith(name))
    return next((value for value in found if len(value) > 1), "")


def _written(number: int, form: str) -> str:
    if form == "01":
        return f"{number:02d}"
    if form in ("a", "A"):
        return letters(number).upper() if form == "A" else letters(number)
    if form in ("i", "I"):
        return roman(number).upper() if form == "I" else roman(number)
    return str(number) if form else ""


def _looked(style: Any, look: Look) -> Look:
    changes: dict[str, Any] = {}
    for properties in style:
        fill = properties.get(f"{FO}background-color")
        if fill and fill != "transparent":
            changes["fill"] = _hex(fill) or ANY_FILL
        drawn = properties.get(f"{DRAW}fill")
        if drawn and drawn != "none":
            changes["fill"] = _hex(properties.get(f"{DRAW}fill-color", "")) or ANY_FILL
        if properties.tag != f"{STYLE}text-properties":
            continue
        if f"{TEXT}display" in properties.attrib:
            changes["hidden"] = properties.get(f"{TEXT}display") == "none"
        if properties.get(f"{FO}color"):
            changes["colour"] = _hex(properties.get(f"{FO}color"))
        if properties.get(f"{STYLE}use-window-font-color") == "true":
            changes["colour"] = ""
        if properties.get(f"{FO}font-weight"):
            weight = properties.get(f"{FO}font-weight")
            changes["bold"] = weight == "bold" or whole(weight, 400) >= 600
        position = properties.get(f"{STYLE}text-position", "")
        if position:
            changes["raised"] = (
                position.startswith("super") or re.match(r"[1-9]", position) is not None
            )
        size = re.fullmatch(r"([\d.]{1,6})pt", properties.get(f"{FO}font-size", ""))
        if size:
            changes["size"] = _half_points(size[1])
    return replace(look, **changes) if changes else look


def _half_points(points: str) -> int | None:
    try:
        return int(float(points) * 2)
    except ValueError:
        return None


def _hex(colour: str) -> str:
    return colour[1:].upper() if re.fullmatch(r"#[0-9A-Fa-f]{6}", colour) else ""
