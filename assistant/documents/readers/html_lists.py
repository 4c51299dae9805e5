"""The numbers that a browser shows before the items of an ordered list."""

from __future__ import annotations

from typing import Any

from assistant.documents.readers.numerals import roman


class Numbering:
    """Counts the items of one list; ``style`` is "1", "a", "A", "i", "I" or "" for none."""

    def __init__(self, start: int, step: int, style: str) -> None:
        self._next = start
        self._step = step
        self._style = style

    @classmethod
    def of(cls, tag: Any) -> Numbering:
        """The numbering of an ``ol`` element."""
        start = _whole(tag.attrs.get("start"))
        backwards = "reversed" in tag.attrs
        if start is None:
            start = len(tag.find_all("li", recursive=False)) if backwards else 1
        styles = str(tag.attrs.get("style") or "").replace(" ", "").lower()
        style = str(tag.attrs.get("type") or "1").strip()
        for name, mark in _BY_NAME.items():
            if f"list-style-type:{name}" in styles or f"list-style:{name}" in styles:
                style = mark
        return cls(start, -1 if backwards else 1, style)

    def take(self, item: Any) -> str:
        """What stands before ``item`` (an ``li``), with the space after it."""
        given = _whole(item.attrs.get("value"))
        number = self._next if given is None else given
        self._next = number + self._step
        mark = _written(number, self._style)
        return f"{mark}. " if mark else ""


_BY_NAME = {
    "none": "",
    "lower-alpha": "a",
    "lower-latin": "a",
    "upper-alpha": "A",
    "upper-latin": "A",
    "lower-roman": "i",
    "upper-roman": "I",
}


def _whole(value: Any) -> int | None:
    said = str(value if value is not None else "").strip()
    digits = said.removeprefix("-")
    return int(said) if digits.isascii() and digits.isdigit() and len(digits) < 7 else None


def _written(number: int, style: str) -> str:
    if not style:
        return ""
    if style in {"a", "A"} and number > 0:
        return _letters(number) if style == "a" else _letters(number).upper()
    if style in {"i", "I"} and 0 < number < 4000:
        return roman(number) if style == "i" else roman(number).upper()
    return str(number)


def _letters(number: int) -> str:
    letters = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("a") + rest) + letters
    return letters
