"""Finds text of a PDF page that nobody can see: it changes nothing in the picture of the page.

Only text that gives cause for doubt is looked at (pale or see-through, of the colour of what is
behind it, covered, on a layer that may be switched off): the page is drawn with and without it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from assistant.documents.readers.pdf_objects import Box, Drawn, Shape, View, pointer

UNDER_PICTURE = "under a picture"
_PALE = 200
_FAINT = 90
_NEAR = 60
_SEEN = 30
"""Smallest change of a colour, of 255, that counts as seen."""
_MOST_PIXELS = 1_600
_SCALE = 2.0


def why_doubt(address: int, box: Box, colour: tuple[int, int, int, int], drawn: Drawn) -> str:
    """Why text has to be looked at before it is believed to be visible; empty where it has not."""
    if address in drawn.doubted:
        return "on a layer or outside of its clip"
    if colour[3] < _FAINT or min(colour[:3]) >= _PALE:
        return "pale"
    order = drawn.texts.get(address)
    if order is None:
        return ""
    behind: Shape | None = None
    for shape in drawn.shapes_at((box.left + box.right) / 2, (box.top + box.bottom) / 2):
        if shape.order > order:
            return "covered" if shape.colour is not None else UNDER_PICTURE
        behind = shape
    if behind is None or behind.colour is None:
        return ""
    return "pale" if _near(behind.colour, colour) else ""


def unseen(page: Any, view: View, places: dict[int, list[Box]]) -> set[int]:
    """Which of some text objects change nothing that can be seen.

    Args:
        page: the page.
        view: how it is shown.
        places: where the letters of each object in doubt stand, by its address.
    """
    import numpy as np
    import pypdfium2.raw as raw

    scale = min(_SCALE, _MOST_PIXELS / max(view.width, view.height, 1.0))
    with_text = _drawing(page, scale)
    for address in places:
        raw.FPDFPageObj_SetIsActive(pointer(address), False)
    without = _drawing(page, scale)
    for address in places:
        raw.FPDFPageObj_SetIsActive(pointer(address), True)
    change = np.abs(with_text.astype(np.int16) - without.astype(np.int16)).max(axis=2)
    return {
        address
        for address, boxes in places.items()
        if not any(_changed(change, box, scale) for box in _sample(boxes))
    }


def _sample(boxes: list[Box]) -> Iterable[Box]:
    step = max(1, len(boxes) // 200)
    return boxes[::step]


def _changed(change: Any, box: Box, scale: float) -> bool:
    top, bottom = max(0, int(box.top * scale)), max(0, int(box.bottom * scale) + 1)
    left, right = max(0, int(box.left * scale)), max(0, int(box.right * scale) + 1)
    part = change[top:bottom, left:right]
    return bool(part.size) and int(part.max()) >= _SEEN


def _drawing(page: Any, scale: float) -> Any:
    bitmap = page.render(scale=scale, may_draw_forms=False, draw_annots=False)
    try:
        return bitmap.to_numpy().copy()
    finally:
        bitmap.close()


def _near(one: tuple[int, ...], two: tuple[int, ...]) -> bool:
    return max(abs(a - b) for a, b in zip(one[:3], two[:3], strict=True)) <= _NEAR
