"""File names as they may be shown: on one line, with nothing in them that cannot be seen."""

from __future__ import annotations

import unicodedata

_KEPT = frozenset("\u200c\u200d")
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def printable(name: str) -> str:
    """The name with control characters, direction marks and undecodable bytes written out.

    A line break becomes ``\\n``, a right-to-left mark ``\\u202e``, a byte that is no text
    ``\\xff``.
    """
    return "".join(_written(character) for character in name)


def _written(character: str) -> str:
    if character in _KEPT or unicodedata.category(character) not in _HIDDEN:
        return character
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
