"""Where the shapes of a presentation are, and which placeholders they stand for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

TITLES = ("title", "ctrTitle")
"""Placeholders for the title of a slide."""


def placeholder_of(element: Any) -> Any:
    """Which placeholder a shape is; None for one that is none."""
    for properties in ("{*}nvSpPr", "{*}nvGraphicFramePr"):
        found = element.find(f"{properties}/{{*}}nvPr/{{*}}ph")
        if found is not None:
            return found
    return None


def box_of(element: Any) -> tuple[int, int, int, int] | None:
    """Left, top, width and height of a shape in EMU; None where it does not say."""
    for way in ("{*}spPr/{*}xfrm", "{*}grpSpPr/{*}xfrm", "{*}xfrm"):
        found = element.find(way)
        offset = None if found is None else found.find("{*}off")
        extent = None if found is None else found.find("{*}ext")
        if offset is not None and extent is not None:
            return (
                emu(offset.get("x")), emu(offset.get("y")),
                emu(extent.get("cx")), emu(extent.get("cy")),
            )  # fmt: skip
    return None


def inherited_box(placeholder: Any, behind: Sequence[Any]) -> tuple[int, int, int, int] | None:
    """The place of a placeholder as its layout, else its master, says."""
    boxes = (box_of(shape) for shape in matching(placeholder, behind))
    return next((box for box in boxes if box is not None), None)


def matching(placeholder: Any, behind: Sequence[Any]) -> Iterator[Any]:
    """The shapes of a layout and of its master that a placeholder on a slide stands for."""
    index, role = placeholder.get("idx"), placeholder.get("type", "")
    for place, root in enumerate(behind):
        for shape in root.iter("{*}sp"):
            other = placeholder_of(shape)
            if other is None:
                continue
            named = other.get("type", "")
            same_role = named == role or (named in TITLES and role in TITLES)
            if same_role if place or index is None else other.get("idx") == index:
                yield shape


def emu(text: str | None) -> int:
    """A length as the file writes it; 0 for what is none."""
    try:
        return max(-(10**12), min(10**12, int(text or "0")))
    except ValueError:
        return 0
