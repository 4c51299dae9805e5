"""Finds entities that XML defines for itself, the means of most attacks by XML."""

from __future__ import annotations

from xml.parsers import expat

PROLOGUE_BYTES = 1 << 20
"""More than this before the first element is no document."""


class _RootReached(Exception):
    """The first element: no document type can follow."""


def declares_entities(data: bytes, *, any_type: bool = False) -> bool:
    """Whether XML defines entities before its first element; with ``any_type`` any document type.

    Errors: ``expat.ExpatError``, ``LookupError`` or ``ValueError`` for what is not XML.
    """
    found = False

    def declared(*_: object) -> None:
        nonlocal found
        found = True
        raise _RootReached

    def reached(*_: object) -> None:
        raise _RootReached

    parser = expat.ParserCreate()
    parser.EntityDeclHandler = declared
    if any_type:
        parser.StartDoctypeDeclHandler = declared
    parser.StartElementHandler = reached
    cut = len(data) == PROLOGUE_BYTES
    try:
        for start in range(0, len(data), 4096):
            parser.Parse(data[start : start + 4096], start + 4096 >= len(data) and not cut)
    except _RootReached:
        return found
    # So long a beginning without an element is no document either.
    return cut
