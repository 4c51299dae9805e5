"""Rich text format as a stream of tokens, and the words of it that matter to us."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

TokenKind = Literal["open", "close", "word", "byte", "sign", "text"]
_TOKEN = re.compile(
    r"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z'])|([{}])|[\r\n\x00]+"
    r"|([^\\{}\r\n\x00]+)|\\",
    re.DOTALL,
)
CHARACTERS = {
    "tab": " ", "line": " ", "lbr": " ", "emdash": "\u2014", "endash": "\u2013", "emspace": " ",
    "enspace": " ", "qmspace": " ", "bullet": "\u2022", "lquote": "\u2018", "rquote": "\u2019",
    "ldblquote": "\u201c", "rdblquote": "\u201d", "column": " ", "softline": " ",
}  # fmt: skip
SIGNS = {"~": "\u00a0", "_": "-", "-": "", "{": "{", "}": "}", "\\": "\\"}
_CODE_PAGES = {
    2: "cp1252", 77: "mac_roman", 128: "cp932", 129: "cp949", 130: "johab", 134: "gb18030",
    136: "cp950", 161: "cp1253", 162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256",
    186: "cp1257", 204: "cp1251", 222: "cp874", 238: "cp1250", 254: "cp437", 255: "cp850",
}  # fmt: skip
"""Python's names of the character sets that fonts name by number."""

OUT_OF_SIGHT = frozenset(
    "header headerl headerr headerf footer footerl footerr footerf pict object nonshppict shprslt "
    "datastore themedata colorschememapping latentstyles listtable listoverridetable rsidtbl "
    "generator filetbl revtbl xe tc ftnsep ftnsepc ftncn aftnsep aftnsepc aftncn bkmkstart bkmkend "
    "mmathPr pntxta pntxtb do sp template formfield fontemb userprops xmlnstbl result "
    "nonesttables docvar operator company".split()
)
"""Groups whose content is no text of the body."""


@dataclass(frozen=True)
class Token:
    """One step of the stream; ``number`` is the argument of a word, or the value of a byte."""

    kind: TokenKind
    text: str = ""
    number: int | None = None


def tokens(source: str) -> Iterator[Token]:
    """The tokens of a file decoded as Latin-1, so that each character is a byte."""
    place = 0
    while place < len(source):
        match = _TOKEN.match(source, place)
        if match is None:
            return
        place = match.end()
        word, number, byte, sign, brace, text = match.groups()
        if word:
            value = int(number) if number else None
            if word == "bin":
                # Bytes that stand for themselves, braces and all.
                place += max(value or 0, 0)
            else:
                yield Token("word", word, value)
        elif byte:
            yield Token("byte", number=int(byte, 16))
        elif sign:
            yield Token("word", "par") if sign in "\r\n" else Token("sign", sign)
        elif brace:
            yield Token("open" if brace == "{" else "close")
        elif text:
            yield Token("text", text)


def code_page(number: int | None, otherwise: str = "cp1252") -> str:
    """Python's name of a code page (``\\ansicpg``), where it knows it."""
    if number == 65001:
        return "utf-8"
    if number == 10000:
        return "mac_roman"
    try:
        return codecs.lookup(f"cp{number}").name
    except LookupError:
        return otherwise


def charset(number: int | None, otherwise: str) -> str:
    """Python's name of a font's character set (``\\fcharset``)."""
    return _CODE_PAGES.get(number or 0, otherwise)


def whole_characters(text: str) -> str:
    """``text`` with characters that were written in two halves put together."""
    if not any("\ud800" <= sign <= "\udfff" for sign in text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
