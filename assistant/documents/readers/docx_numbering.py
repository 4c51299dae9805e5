"""The numbers that Word shows before clauses ("4.2.1", "(b)", "iv."), computed from a document's
list definitions, because they stand nowhere in its text.

Counts as Word does: lists of one definition go on counting together unless told to start again,
deeper levels begin anew under each higher one, levels that never appeared show their first number.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from assistant.documents.readers.numerals import Label, whole, written

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
LEVELS = 9


@dataclass(frozen=True)
class Level:
    """One level of a list definition; ``restart`` is the level (from 1) that resets it, 0 none."""

    start: int = 1
    form: str = "decimal"
    text: str = ""
    restart: int | None = None
    legal: bool = False
    style: str = ""


class Numbering:
    """The list definitions of a document, and how far each has counted.

    Args:
        root: the root element of ``numbering.xml``, or None where there is none.
        style_numbers: number ids by the ids of list styles.
    """

    def __init__(self, root: Any = None, style_numbers: Mapping[str, str] | None = None) -> None:
        self._abstract: dict[str, dict[int, Level]] = {}
        self._links: dict[str, str] = {}
        self._of_number: dict[str, str] = {}
        self._own_levels: dict[str, dict[int, Level]] = {}
        self._own_starts: dict[str, dict[int, int]] = {}
        self._counts: dict[str, list[int | None]] = {}
        self._style_numbers = style_numbers or {}
        if root is not None:
            self._read(root)

    def _read(self, root: Any) -> None:
        for element in root.findall(f"{W}abstractNum"):
            key = element.get(f"{W}abstractNumId", "")
            self._abstract[key] = _levels(element)
            link = _value(element, "numStyleLink")
            if link:
                self._links[key] = link
        for element in root.findall(f"{W}num"):
            key = element.get(f"{W}numId", "")
            self._of_number[key] = _value(element, "abstractNumId")
            overrides = element.findall(f"{W}lvlOverride")
            for override in overrides:
                level = whole(override.get(f"{W}ilvl"), 0)
                self._own_levels.setdefault(key, {}).update(_levels(override))
                start = _value(override, "startOverride")
                if start:
                    self._own_starts.setdefault(key, {})[level] = whole(start, 1)

    def _definition(self, number: str, hops: int = 4) -> str:
        """The id of the definition behind a number id, through list styles."""
        key = self._of_number.get(number, "")
        style = self._links.get(key)
        linked = self._style_numbers.get(style or "", "")
        if style and linked and linked != number and hops:
            return self._definition(linked, hops - 1)
        return key

    def _level(self, number: str, level: int) -> Level | None:
        own = self._own_levels.get(number, {}).get(level)
        return own or self._abstract.get(self._definition(number), {}).get(level)

    def level_of_style(self, number: str, style: str) -> int:
        """The level that a paragraph style stands for in a list; 0 where it is not named."""
        levels = self._abstract.get(self._definition(number), {})
        return next((index for index, level in levels.items() if level.style == style), 0)

    def label(self, number: str, level: int) -> Label | None:
        """Count a paragraph and say what stands before it; None where it is in no list."""
        definition = self._level(number, level)
        if definition is None or not 0 <= level < LEVELS:
            return None
        key = self._definition(number)
        counts = self._counts.setdefault(key, [None] * LEVELS)
        self._count(number, level, counts)
        if definition.form == "bullet":
            return Label("", bullet=True)
        return Label(self._shown(number, definition, counts))

    def _count(self, number: str, level: int, counts: list[int | None]) -> None:
        starts = self._own_starts.get(number, {})
        for above in range(level):
            if counts[above] is None:
                counts[above] = self._start(number, above)
        now = counts[level]
        if level in starts:
            # The number's own start holds once: afterwards it counts on.
            counts[level] = starts.pop(level)
        else:
            counts[level] = self._start(number, level) if now is None else now + 1
        for below in range(level + 1, LEVELS):
            definition = self._level(number, below)
            restart = definition.restart if definition else None
            if restart is None or (restart and level + 1 <= restart):
                counts[below] = None

    def _start(self, number: str, level: int) -> int:
        definition = self._level(number, level)
        return definition.start if definition else 1

    def _shown(self, number: str, definition: Level, counts: list[int | None]) -> str:
        def part(match: re.Match[str]) -> str:
            index = int(match[1]) - 1
            level = self._level(number, index)
            if level is None:
                return ""
            count = counts[index]
            form = "decimal" if definition.legal and level.form != "none" else level.form
            return written(level.start if count is None else count, form)

        return re.sub(r"%([1-9])", part, definition.text).strip()


def _levels(parent: Any) -> dict[int, Level]:
    return {
        whole(element.get(f"{W}ilvl"), 0): Level(
            start=whole(_value(element, "start"), 0 if element.find(f"{W}start") is None else 1),
            form=_form(element),
            text=_value(element, "lvlText"),
            restart=whole(_value(element, "lvlRestart"), 0)
            if _has(element, "lvlRestart")
            else None,
            legal=_has(element, "isLgl") and _value(element, "isLgl") not in ("0", "false", "off"),
            style=_value(element, "pStyle"),
        )
        for element in parent.findall(f"{W}lvl")
    }


def _form(level: Any) -> str:
    """The number format; where Word kept a newer one and a fallback, the fallback."""
    forms = [element.get(f"{W}val", "") for element in level.iter(f"{W}numFmt")]
    return next((form for form in forms if form != "custom"), "decimal")


def _value(parent: Any, child: str) -> str:
    element = parent.find(f"{W}{child}")
    return "" if element is None else str(element.get(f"{W}val", ""))


def _has(parent: Any, child: str) -> bool:
    return parent.find(f"{W}{child}") is not None
