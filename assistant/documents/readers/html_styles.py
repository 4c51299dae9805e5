"""What of a page a person could not see: by its attributes, inline styles and style elements.

Only simple rules of style elements are known (a tag, a class, an id), and no other file is
looked at. A picture as background makes any colour count as seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

Rules = Mapping[str, str]
"""Selector ("p", ".note", "p.note", "#top") to declarations, as written."""

_NEAR = 24
"""How far apart two colours must be, in any of red, green and blue (0 to 255), to be told apart."""
_TINY_PIXELS = 2.0
_PIXELS = {"px": 1.0, "pt": 4 / 3, "em": 16.0, "rem": 16.0, "ex": 8.0, "%": 0.16, "": 1.0}
_NAMED = {
    "white": "ffffff",
    "snow": "fffafa",
    "ivory": "fffff0",
    "black": "000000",
    "red": "ff0000",
    "green": "008000",
    "blue": "0000ff",
    "navy": "000080",
    "yellow": "ffff00",
    "gray": "808080",
    "grey": "808080",
    "silver": "c0c0c0",
    "whitesmoke": "f5f5f5",
    "ghostwhite": "f8f8ff",
    "floralwhite": "fffaf0",
}
_WHOLE = frozenset({"html", "body"})
_FONT_SIZES = {"xx-small", "x-small", "small", "medium", "large", "x-large", "xx-large"}

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_SIMPLE = re.compile(r"^[a-z][a-z0-9]*$|^[a-z0-9]*[.#][\w-]+$", re.IGNORECASE)
_NUMBER = re.compile(r"^\s*(-?\d*\.?\d+)\s*([a-z%]*)", re.IGNORECASE)
_RGB = re.compile(r"^rgba?\(\s*([\d.]+%?)[\s,]+([\d.]+%?)[\s,]+([\d.]+%?)(?:[\s,/]+([\d.]+%?))?")
_WHITE_HSL = re.compile(r"^hsla?\([^)]*[\s,]100%")
_SPREAD = re.compile(r"!\s*important\b")
_MAX_RULES = 5_000

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Look:
    """How text looks at one place. ``background`` is None where a picture lies behind."""

    gone: bool = False
    invisible: bool = False
    tiny: bool = False
    colour: Colour = (0, 0, 0)
    see_through: bool = False
    background: Colour | None = (255, 255, 255)

    @property
    def hidden(self) -> bool:
        """Whether nobody could read text here."""
        return (
            self.gone
            or self.invisible
            or self.tiny
            or self.see_through
            or (self.background is not None and _alike(self.colour, self.background))
        )


def look_of(element: Any, above: Look, rules: Rules) -> Look:
    """How text looks inside ``element`` (a BeautifulSoup tag), which stands inside ``above``."""
    attributes = element.attrs
    if not attributes and not rules:
        return above
    look = above
    if "hidden" in attributes:
        look = replace(look, gone=True)
    for name, key in (("bgcolor", "background-color"), ("color", "color")):
        if name in attributes:
            look = _with(look, {key: str(attributes[name])})
    for styles in _styles(element, rules):
        look = _with(look, _declarations(styles))
    if element.name in _WHOLE:
        # Pages hide themselves whole until their script has run; what is left is their colours.
        look = replace(above, colour=look.colour, background=look.background)
    return look


def rules_in(sheets: Iterator[str]) -> Rules:
    """The simple rules of style elements that may hide or colour something."""
    found: dict[str, str] = {}
    for sheet in sheets:
        for match in _RULE.finditer(_without_at_rules(_COMMENT.sub("", sheet))):
            for selector in match[1].split(","):
                name = selector.strip().lower()
                if _SIMPLE.match(name) and len(found) < _MAX_RULES:
                    found[name] = f"{found.get(name, '')};{match[2]}"
    return found


def _without_at_rules(sheet: str) -> str:
    """Rules for print, for small screens and the like say nothing about the page as read."""
    kept: list[str] = []
    depth, skipping = 0, False
    for piece in re.split(r"([{};])", sheet):
        if depth == 0 and piece.lstrip().startswith("@"):
            skipping = True
        if not skipping:
            kept.append(piece)
        depth += (piece == "{") - (piece == "}")
        if skipping and depth <= 0 and piece in {"}", ";"}:
            skipping = False
        depth = max(depth, 0)
    return "".join(kept)


def _styles(element: Any, rules: Rules) -> Iterator[str]:
    """Declarations that apply to the element, the weakest first."""
    if rules:
        tag = element.name.lower()
        classes = [str(name).lower() for name in element.get_attribute_list("class") if name]
        identity = str(element.attrs.get("id", "")).lower()
        selectors = [tag, *(f"{base}.{name}" for name in classes for base in ("", tag))]
        selectors += [f"#{identity}", f"{tag}#{identity}"] if identity else []
        yield from (rules[name] for name in selectors if name in rules)
    if "style" in element.attrs:
        yield str(element.attrs["style"])


def _declarations(styles: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for declaration in styles.lower().split(";"):
        name, _, value = declaration.partition(":")
        if value:
            found[name.strip()] = _SPREAD.sub("", value).strip()
    return found


def _with(look: Look, styles: Mapping[str, str]) -> Look:
    """The look inside an element with these styles."""
    if _takes_away(styles):
        look = replace(look, gone=True)
    if "visibility" in styles:
        look = replace(look, invisible=styles["visibility"] in {"hidden", "collapse"})
    size = styles.get("font-size") or _size_of_font(styles.get("font", ""))
    if size:
        look = replace(look, tiny=_is_tiny(size, look.tiny))
    if "color" in styles:
        look = _coloured(look, styles["color"])
    for name in ("background", "background-color", "background-image"):
        if name in styles:
            look = _on(look, styles[name])
    return look


def _takes_away(styles: Mapping[str, str]) -> bool:
    """Whether these styles leave nothing of the element to be seen, whatever is inside."""
    away = styles.get("position") in {"absolute", "fixed"} and any(
        _length(styles.get(side, "")) <= -900 for side in ("left", "top", "right", "bottom")
    )
    cut = styles.get("overflow") in {"hidden", "clip"} and any(
        _length(styles.get(side, "x"), 99) <= 1
        for side in ("height", "max-height", "width", "max-width")
    )
    return (
        styles.get("display") == "none"
        or styles.get("mso-hide") == "all"
        or _length(styles.get("opacity", "1"), 1) <= 0.05
        or _length(styles.get("text-indent", "")) <= -900
        or "scale(0)" in styles.get("transform", "")
        or styles.get("clip", "").startswith(("rect(0", "rect(1px"))
        or styles.get("clip-path", "") in {"inset(50%)", "inset(100%)"}
        or away
        or cut
    )


def _length(value: str, otherwise: float = 0.0) -> float:
    found = _NUMBER.match(value)
    return float(found[1]) * _PIXELS.get(found[2], 1.0) if found else otherwise


def _is_tiny(size: str, before: bool) -> bool:
    """Whether letters of this size cannot be read; a share of a tiny size stays tiny."""
    found = _NUMBER.match(size)
    if not found:
        return before and size not in _FONT_SIZES
    if before and found[2] in {"em", "%"}:
        return True
    return float(found[1]) * _PIXELS.get(found[2], 1.0) < _TINY_PIXELS


def _size_of_font(font: str) -> str:
    """The size in a ``font`` shorthand."""
    return next((part.split("/")[0] for part in font.split() if _NUMBER.match(part)), "")


def _coloured(look: Look, value: str) -> Look:
    if value == "transparent":
        return replace(look, see_through=True)
    colour, alpha = _colour(value)
    if colour is None:
        return look
    return replace(look, colour=colour, see_through=alpha <= 0.05)


def _on(look: Look, value: str) -> Look:
    if "url(" in value or "gradient" in value:
        return replace(look, background=None)
    for part in re.findall(r"[a-z]+\([^)]*\)|\S+", value):
        colour, alpha = _colour(part)
        if colour is not None and alpha > 0.05:
            return replace(look, background=colour)
    return look


def _colour(value: str) -> tuple[Colour | None, float]:
    """Red, green and blue, and how far the colour covers (0 to 1); None where it is not known."""
    value = value.strip().lower()
    if value.startswith("#") or value in _NAMED or re.fullmatch(r"[0-9a-f]{6}", value):
        return _from_hexadecimal(_NAMED.get(value, value.lstrip("#")))
    if _WHITE_HSL.match(value):
        return (255, 255, 255), 1.0
    found = _RGB.match(value)
    if not found:
        return None, 1.0
    red, green, blue = (min(255, int(_share(part, 255))) for part in found.groups()[:3])
    return (red, green, blue), _share(found[4], 1.0) if found[4] else 1.0


def _share(part: str, whole: float) -> float:
    try:
        return float(part[:-1]) / 100 * whole if part.endswith("%") else float(part)
    except ValueError:
        return whole


def _from_hexadecimal(digits: str) -> tuple[Colour | None, float]:
    if len(digits) in {3, 4}:
        digits = "".join(digit * 2 for digit in digits)
    try:
        red, green, blue = (int(digits[at : at + 2], 16) for at in (0, 2, 4))
        alpha = int(digits[6:8], 16) / 255 if len(digits) == 8 else 1.0
    except ValueError:
        return None, 1.0
    return (red, green, blue), alpha


def _alike(one: Colour, other: Colour) -> bool:
    return all(abs(a - b) < _NEAR for a, b in zip(one, other, strict=True))
