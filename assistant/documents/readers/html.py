"""Web pages and the chapters of e-books: markup to blocks. Nothing in them is run or fetched.

Left out: scripts, styles, comments, form controls, what cannot be seen (named as a trouble),
struck-out text, and menus, banners and page footers that are marked as such, as long as enough
other text remains. Numbered lists keep their numbers; a raised number after a word is a reference
to a note and becomes "[1]". The walk keeps its own stack: markup may be nested to any depth.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from assistant.documents.readers.decoding import clean, decode_html
from assistant.documents.readers.html_found import found_in
from assistant.documents.readers.html_lists import Numbering
from assistant.documents.readers.html_styles import Look, Rules, look_of, rules_in
from assistant.documents.readers.html_tables import Table, is_layout, span
from assistant.documents.records import Block, BlockKind, Extract, Found, Limits, Trouble

ENOUGH = 200
"""Characters that must stand outside menus, banners and footers before these are left out."""
_LONGEST_DETAIL = 300

_SKIPPED = frozenset(
    "annotation annotation-xml applet area audio base button canvas datalist embed frame frameset"
    " head iframe img input link map meta noembed noframes noscript object optgroup option param"
    " progress rp script select source style svg template textarea track video".split()
)
_BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset"
    " figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li listing main"
    " menu nav ol p pre search section summary table tbody td tfoot th thead tr ul xmp".split()
)
_STRUCK = frozenset({"del", "s", "strike"})
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_KINDS: dict[str, BlockKind] = {
    "li": "list-item",
    "dt": "list-item",
    "dd": "list-item",
    "figcaption": "caption",
    "caption": "caption",
}
_FURNITURE_TAGS = frozenset({"header", "footer", "aside", "menu"})
_FURNITURE_ROLES = frozenset(
    "navigation banner contentinfo complementary search dialog alertdialog toolbar menu"
    " menubar".split()
)
_BANNER = re.compile(
    r"(?:cookies?|gdpr|consent)[-_]*(?:banner|notice|bar|popup|message|modal|overlay|law|warning"
    r"|alert|disclaimer|consent|wall)|onetrust|cookiebot",
    re.IGNORECASE,
)
_NOTES = frozenset(
    "doc-footnote doc-endnote doc-endnotes doc-rearnotes footnote footnotes endnote endnotes"
    " rearnote rearnotes".split()
)
_NOTE_REFERENCES = frozenset({"doc-noteref", "noteref"})
_BACK = frozenset(
    {"doc-backlink", "backlink", "footnote-backref", "footnote-back", "reversefootnote"}
)

_XML_HEAD = re.compile(r"^\s*<\?xml\b[^>]*>")
_CLOSED_AT_ONCE = re.compile(
    r"<(a|b|div|em|i|iframe|p|script|section|span|strong|style|td|textarea|th|title)\b((?:[^<>\"']"
    r"|\"[^\"]{0,2000}\"|'[^']{0,2000}'){0,500}+)(?<=/)>",
    re.IGNORECASE,
)
_BULLET = re.compile(r"^[•·▪◦‣●■–]\s+(?=\S)|^[\uf0b7\uf0a7\uf0d8]\s*(?=\S)")
_PARTED = re.compile(r"\n\s*\n")
_NOTE_NUMBERS = re.compile(r"^\d{1,3}(?:\s*[,–-]\s*\d{1,3})*$")
_POWER_BEFORE = re.compile(r"(?:^|[^A-Za-z])(?:[A-Za-z]{1,2}|\d+)$")
_RAISED = str.maketrans("0123456789+-−n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻ⁿ")


def html_blocks(markup: bytes | str, *, page: int | None = None) -> tuple[tuple[Block, ...], Found]:
    """The blocks of a page of markup in reading order, and what it says of itself.

    Args:
        markup: HTML or XHTML, whole or a part; bytes are decoded as they declare.
        page: the page that every block is on; None where there are no pages.
    """
    reading = html_reading(markup, page=page)
    return reading.kept(), reading.found


def read_html(path: Path, limits: Limits, name: str = "") -> Extract:
    """A web page saved to disk, with hidden text named as a trouble.

    Raises:
        DocumentError: reason ``binary`` where it is no text.
    """
    from assistant.documents.readers.plain import lost_characters

    reading = html_reading(path.read_bytes(), name or str(path))
    blocks = reading.kept()
    lost = lost_characters("".join(block.text for block in blocks))
    return Extract(
        format="html",
        blocks=blocks,
        found=reading.found,
        troubles=hidden_troubles(reading.hidden) + lost,
    )


def hidden_troubles(pieces: list[str]) -> tuple[Trouble, ...]:
    """One trouble that names the beginning of what was hidden; none where nothing was."""
    said = " … ".join(" ".join(piece.split()) for piece in pieces if piece.strip())
    if not said:
        return ()
    shown = said if len(said) <= _LONGEST_DETAIL else said[:_LONGEST_DETAIL] + "…"
    detail = f"Text that cannot be seen or is struck out was left out: “{shown}”"
    return (Trouble(kind="hidden-text", detail=detail),)


def html_reading(markup: bytes | str, file: str = "", page: int | None = None) -> Reading:
    """One walk through the markup: its blocks, what was hidden, and what it says of itself."""
    text = clean(markup) if isinstance(markup, str) else decode_html(markup, file)
    soup = _parsed(text)
    sheets = (str(tag.string or "") for tag in soup.find_all("style"))
    reading = Reading(page=page, rules=rules_in(sheets))
    reading.walk(soup)
    titles = [b.text for b, _ in reading.blocks if b.kind == "heading" and b.level == 1]
    reading.found = found_in(soup, titles)
    return reading


def _parsed(text: str) -> Any:
    from bs4 import BeautifulSoup

    if _XML_HEAD.match(text) or "http://www.w3.org/1999/xhtml" in text[:2000]:
        # An HTML parser takes <title/> for an open title and swallows the rest.
        text = _CLOSED_AT_ONCE.sub(r"<\1\2></\1>", _XML_HEAD.sub("", text))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return BeautifulSoup(text, "lxml")


_PLAIN = Look()


@dataclass(frozen=True)
class Place:
    """What holds for the text inside an element."""

    look: Look = _PLAIN
    kind: BlockKind = "paragraph"
    level: int = 0
    numbering: Numbering | None = None
    furniture: bool = False
    header: bool = False
    main: bool = False
    preformatted: bool = False


@dataclass
class Reading:
    """One walk through a page: what is kept, and where it is."""

    page: int | None
    rules: Rules
    blocks: list[tuple[Block, Place]] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    found: Found = field(default_factory=Found)
    buffer: list[str] = field(default_factory=list)
    prefix: str = ""
    table: Table | None = None
    in_cell: bool = False
    raised: list[int] = field(default_factory=list)

    def walk(self, root: Any) -> None:
        """Visit every text and element below ``root`` in order."""
        from bs4.element import CData, NavigableString

        shown = (NavigableString, CData)
        stack: list[tuple[Any, Place, Iterator[Any]]] = [(root, Place(), iter(root.contents))]
        while stack:
            tag, place, children = stack[-1]
            child = next(children, None)
            if child is None:
                stack.pop()
                self.leave(tag, place)
            elif getattr(child, "contents", None) is None:
                if type(child) in shown:
                    self.text(str(child), place)
            elif (inside := self.enter(child, place)) is not None:
                stack.append((child, inside, iter(child.contents)))
        self.flush(Place())

    def text(self, text: str, place: Place) -> None:
        """Take text in, or note that it was hidden."""
        if place.look.hidden:
            if not place.furniture and text.strip() and len(self.hidden) < 100:
                self.hidden.append(text)
        elif place.preformatted and not self.in_cell:
            self.buffer.append(text)
        else:
            self.buffer.append(_SPACES.sub(" ", text))

    def enter(self, tag: Any, above: Place) -> Place | None:
        """The place inside ``tag``; None where nothing in it is read."""
        name = tag.name
        if name in _SKIPPED or (name == "dialog" and "open" not in tag.attrs):
            return None
        words = _words_of(tag)
        if words & _BACK:
            return None
        if name == "br":
            self.buffer.append("\n")
        if name in _BLOCKS:
            self.flush(above)
        if name == "sup" or (name == "a" and words & _NOTE_REFERENCES):
            self.raised.append(len(self.buffer))
        place = self._placed(tag, above, words)
        self._begin(tag, place)
        return place

    def leave(self, tag: Any, place: Place) -> None:
        """Close what ``enter`` opened."""
        name = tag.name
        if name == "sup" or (name == "a" and _words_of(tag) & _NOTE_REFERENCES):
            self._lower(tag)
        if name in {"td", "th"} and self.table is not None:
            self.table.add(_folded(self.buffer), span(tag, "colspan"), span(tag, "rowspan"))
            self.buffer.clear()
            self.in_cell = False
        elif name in _BLOCKS:
            self.flush(place)
        if name == "table" and self.table is not None:
            if text := self.table.text():
                self._add("table", text, place)
            self.table = None
        if name == "li":
            self.prefix = ""

    def flush(self, place: Place) -> None:
        """End a block here; inside a table's cell only a word ends."""
        if self.in_cell:
            self.buffer.append(" ")
            return
        if not self.buffer:
            return
        text = "".join(self.buffer)
        self.buffer.clear()
        self.raised.clear()
        if place.preformatted:
            self._add_lines(text, place)
        elif place.kind == "heading":
            self._add("heading", _folded([text]), place)
        else:
            for piece in _PARTED.split(text):
                self._add(place.kind, _folded([piece]), place)

    def kept(self) -> tuple[Block, ...]:
        """The blocks, without the page's furniture where enough other text remains."""
        content = [block for block, place in self.blocks if not place.furniture]
        in_main = any(place.main and not place.furniture for _, place in self.blocks)
        if not in_main and sum(len(block.text) for block in content) < ENOUGH:
            return tuple(block for block, _ in self.blocks)
        title = None
        if not any(block.kind == "heading" and block.level == 1 for block in content):
            title = next((b for b, place in self.blocks if place.header and b.level == 1), None)
        return tuple(b for b, place in self.blocks if not place.furniture or b is title)

    def _placed(self, tag: Any, above: Place, words: frozenset[str]) -> Place:
        name, attributes = tag.name, tag.attrs
        look = look_of(tag, above.look, self.rules)
        if name in _STRUCK:
            look = replace(look, gone=True)
        place = above if look is above.look else replace(above, look=look)
        notes = bool(words & _NOTES)
        if notes:
            place = replace(place, kind="footnote")
        elif attributes.get("role") == "heading" or name in _HEADINGS:
            place = replace(place, kind="heading", level=_level(tag))
        elif name in _KINDS and place.kind != "footnote":
            place = replace(place, kind=_KINDS[name], level=0)
        if name in {"pre", "listing", "xmp"}:
            place = replace(place, preformatted=True)
        if name in {"main", "article"} or attributes.get("role") == "main":
            place = replace(place, main=True)
        if name == "ol" or name == "ul":
            place = replace(place, numbering=Numbering.of(tag) if name == "ol" else None)
        if not notes and not place.furniture and _is_furniture(tag, above, words):
            place = replace(place, furniture=True, header=name == "header")
        return place

    def _begin(self, tag: Any, place: Place) -> None:
        """Open a list item, a table, a row or a cell."""
        if tag.name == "li":
            number = place.numbering.take(tag) if place.numbering else ""
            if self.in_cell:
                self.buffer.append(number)
            else:
                self.prefix = number
        elif tag.name == "table":
            self.table = None if is_layout(tag) else Table()
        elif self.table is not None and tag.name == "tr":
            self.table.begin_row()
        elif self.table is not None and tag.name in {"td", "th"}:
            self.in_cell = True

    def _lower(self, tag: Any) -> None:
        """Write a raised number so that it cannot be taken for part of the word before it."""
        if not self.raised:
            return
        start = self.raised.pop()
        number = "".join(self.buffer[start:]).strip()
        before = "".join(self.buffer[max(0, start - 8) : start])
        if _NOTE_NUMBERS.match(number) and (_is_linked(tag) or not _POWER_BEFORE.search(before)):
            self.buffer[start:] = [f"[{number}]"]
        elif number and set(number) <= set("0123456789+-−n") and not _is_linked(tag):
            self.buffer[start:] = [number.translate(_RAISED)]

    def _add_lines(self, text: str, place: Place) -> None:
        """Preformatted text is read as a text file is."""
        from assistant.documents.readers.plain import text_blocks

        for block in text_blocks(text.replace("\f", "\n"), page=self.page):
            self.blocks.append((block, place))

    def _add(self, kind: BlockKind, text: str, place: Place) -> None:
        if not text:
            return
        if kind == "paragraph" and (marker := _BULLET.match(text)):
            kind, text = "list-item", text[marker.end() :]
        level = place.level if kind == "heading" else 0
        block = Block(kind=kind, text=self.prefix + text, level=level, page=self.page)
        self.prefix = ""
        self.blocks.append((block, place))


_SPACES = re.compile(r"\s+")


def _folded(pieces: list[str]) -> str:
    return " ".join("".join(pieces).split())


def _words_of(tag: Any) -> frozenset[str]:
    """What the element says it is: its role, its type in an e-book and its classes."""
    if not tag.attrs:
        return frozenset()
    listed = [str(tag.attrs.get(key) or "") for key in ("role", "epub:type")]
    classes = [str(name) for name in tag.get_attribute_list("class") if name]
    return frozenset(" ".join([*listed, *classes]).lower().split())


def _level(tag: Any) -> int:
    said = str(tag.attrs.get("aria-level") or "")
    if said.isascii() and said.isdigit() and 1 <= int(said) <= 9:
        return int(said)
    return _HEADINGS.get(tag.name, 2)


def _is_furniture(tag: Any, above: Place, words: frozenset[str]) -> bool:
    """Whether the element is marked as a part of the site and not of the text."""
    if tag.name == "nav" or words & {"navigation", "alertdialog", "dialog"}:
        return True
    marks = f"{tag.attrs.get('id') or ''} {' '.join(words)}"
    if _BANNER.search(marks):
        return True
    return not above.main and (tag.name in _FURNITURE_TAGS or bool(words & _FURNITURE_ROLES))


def _is_linked(tag: Any) -> bool:
    """Whether a raised number leads to a place on the same page."""
    link = tag if tag.name == "a" else tag.find("a") or tag.find_parent("a")
    return link is not None and str(link.attrs.get("href") or "").startswith("#")
