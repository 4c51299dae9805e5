"""Where white text on a slide cannot be seen: on white paper, with nothing drawn behind it.

Whenever anything coloured may lie behind a text, the text is taken to be seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from assistant.documents.readers.office import near_white
from assistant.documents.readers.packed import local

Box = tuple[int, int, int, int]
_FILLS = ("solidFill", "gradFill", "pattFill", "blipFill", "grpFill")


def is_white(fill: Any, light: bool) -> bool:
    """Whether a fill is plain white; ``light`` says whether the theme's first light colour is."""
    if fill is None or len(fill) != 1 or len(fill[0]):
        return False
    colour, value = local(fill[0]), fill[0].get("val", "")
    if colour == "schemeClr":
        return light and value in ("bg1", "lt1")
    return colour == "srgbClr" and near_white(value.upper())


def theme_is_light(master: Any, theme: Any) -> bool:
    """Whether "background 1" of a presentation means white."""
    if master is None or theme is None:
        return False
    mapped = master.find("{*}clrMap")
    if mapped is None or mapped.get("bg1") != "lt1":
        return False
    colour = next(theme.iter("{*}lt1"), None)
    if colour is None or not len(colour):
        return False
    return near_white((colour[0].get("lastClr") or colour[0].get("val", "")).upper())


def paper_is_white(roots: Sequence[Any], light: bool) -> bool:
    """Whether a slide has a plain white background.

    Args:
        roots: the slide, its layout, its master.
        light: see ``theme_is_light``.
    """
    for root in roots:
        background = root.find("{*}cSld/{*}bg")
        if background is not None:
            plain = background.find("{*}bgPr/{*}solidFill")
            reference = background.find("{*}bgRef")
            return is_white(reference if plain is None else plain, light)
    return True


def filled(shape: Any, light: bool) -> bool:
    """Whether a shape may have a colour of its own behind its text."""
    properties = shape.find("{*}spPr")
    for fill in () if properties is None else properties:
        if local(fill) == "noFill":
            return False
        if local(fill) in _FILLS:
            return not is_white(fill, light)
    style = shape.find("{*}style/{*}fillRef")
    return style is not None and style.get("idx", "0") != "0"


def drawn(roots: Sequence[Any], light: bool) -> Iterator[Any]:
    """What is drawn in colour on a slide: its own shapes, and those of its layout and master."""
    for place, root in enumerate(roots):
        tree = root.find("{*}cSld/{*}spTree")
        for element in () if tree is None else tree:
            name = local(element)
            if name in ("pic", "grpSp", "graphicFrame", "AlternateContent"):
                yield element
            elif name == "sp" and filled(element, light):
                placeholder = element.find("{*}nvSpPr/{*}nvPr/{*}ph")
                if place == 0 or placeholder is None:
                    yield element


def overlap(one: Box | None, other: Box | None) -> bool:
    """Whether two boxes share some place; a box that is not known may lie anywhere."""
    if one is None or other is None:
        return True
    apart_across = one[0] + one[2] <= other[0] or other[0] + other[2] <= one[0]
    apart_down = one[1] + one[3] <= other[1] or other[1] + other[3] <= one[1]
    return not (apart_across or apart_down)
