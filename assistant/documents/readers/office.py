"""What the readers of office documents share: tidy text, pages, blocks gathered within limits."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from assistant.documents.readers.packed import Package
from assistant.documents.records import Block, BlockKind, Extract, Found, Limits, Trouble
from assistant.errors import DocumentError

SOFT_PAGE = "\f"
"""In raw text: here the program that saved the document last began a new page."""
FORCED_PAGE = "\v"
"""In raw text: here the writer asked for a new page."""
ANY_FILL = "?"
"""Some background, we cannot tell which: text of any colour may well be seen on it."""
_NEAR_WHITE = 0xF0
_TINY_HALF_POINTS = 4
_REFERENCES = re.compile(r"^\d{1,3}(?:\s*[,–-]\s*\d{1,3})*$")
_BEFORE_POWER = re.compile(r"(?:(?:^|[^A-Za-z])[A-Za-z]{1,2}|\d)$")
_POWERS = str.maketrans("0123456789+-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻")
_CLAUSE_WORDS = 25
_SENTENCE_WORDS = 12
_HEADING_WORDS = 12
_TYPED_NUMBER = re.compile(r"^(\d+(?:\.\d+)*)[.)]?\s")
_SPACES = re.compile(r"[\s\x1c-\x1f\x85]+")
_DROPPED = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064"
    "\u2066-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
"""Controls, marks of direction, and characters that show nothing."""
_LIGATURES = {
    0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "st",
    0xFB06: "st", 0x2011: "-",
}  # fmt: skip
SYMBOLS = {
    0xB7: "•", 0xA7: "•", 0xD8: "•", 0x76: "•", 0xFC: "✓", 0xFB: "✗", 0xFE: "☑", 0xFD: "☒",
    0xA8: "☐", 0x6F: "☐", 0x71: "☐", 0x78: "☒", 0xE0: "→", 0xF0: "→",
}  # fmt: skip
"""What people use symbol fonts for (Wingdings), by code; bullets, ticks and boxes."""
_PRIVATE = {0xF000 + code: sign for code, sign in SYMBOLS.items()}
_PRIVATE_LEFT = re.compile("[\ue000-\uf8ff]")
_TEMPLATE_MADE = ("2013-12-23", "2013-01-27")
"""When the empty documents of the python-docx and python-pptx libraries were made."""
_POOR_TITLES = re.compile(
    r"^(?:microsoft (?:word|powerpoint) - .*|(?:document|presentation|doc|slide)\s*\d*|untitled.*|"
    r"powerpoint presentation|title|word document|template|.*\.(?:docx?|dotx?|odt|rtf|pptx?))$",
    re.IGNORECASE,
)
_POOR_AUTHORS = re.compile(
    r"^(?:python-docx|python-pptx|microsoft.*|libreoffice.*|openoffice.*|user\d*|admin\w*|owner|"
    r"unknown|author|test|default|windows user|office user|.*@.*)$",
    re.IGNORECASE,
)


def tidy(text: str) -> str:
    """``text`` on one line: white space to single spaces, ligatures to letters, controls gone."""
    return _tidied(text).strip()


def _tidied(text: str) -> str:
    if text.isascii():
        return _SPACES.sub(" ", _DROPPED.sub("", text))
    text = _DROPPED.sub("", text.translate(_LIGATURES).translate(_PRIVATE))
    text = _PRIVATE_LEFT.sub("", text)
    return _SPACES.sub(" ", unicodedata.normalize("NFC", text))


@dataclass(frozen=True)
class Look:
    """How text looks: colour and fill as six hex digits, or empty; ``size`` in half points."""

    hidden: bool = False
    colour: str = ""
    fill: str = ""
    size: int | None = None
    bold: bool = False
    symbols: bool = False
    raised: bool = False

    def unseen(self) -> str:
        """Why a reader of the page does not see such text, or empty where it can be seen."""
        if self.hidden:
            return "hidden text"
        if self.size is not None and self.size < _TINY_HALF_POINTS:
            return "text too small to see"
        if near_white(self.colour) and (not self.fill or near_white(self.fill)):
            return "white text"
        if self.colour and self.colour == self.fill:
            return "text in the colour of its background"
        return ""


def near_white(colour: str) -> bool:
    """Whether a colour of six hex digits can hardly be told from white."""
    if not re.fullmatch(r"[0-9A-F]{6}", colour):
        return False
    return all(int(colour[place : place + 2], 16) >= _NEAR_WHITE for place in (0, 2, 4))


def raised(text: str, before: str) -> str:
    """Raised figures as plain text: a reference as "[12]", a power as "²"; others as they are.

    Args:
        text: what is raised.
        before: the text that it follows.
    """
    number = text.strip()
    if _REFERENCES.match(number) and not _BEFORE_POWER.search(before):
        return f"[{number}]"
    if number and set(number) <= set("0123456789+-"):
        return number.translate(_POWERS)
    return text


def is_clause(text: str) -> bool:
    """Whether a paragraph in a style of headings is a numbered clause rather than a heading."""
    words = len(text.split())
    return words > _CLAUSE_WORDS or (words > _SENTENCE_WORDS and text.endswith((".", ";", ":")))


class Pager:
    """Counts pages while raw text goes by; without ``counting`` every page is None."""

    def __init__(self, counting: bool) -> None:
        self._counting = counting
        self._forced = False
        self.page = 1

    @property
    def here(self) -> int | None:
        """The page reached so far."""
        return self.page if self._counting else None

    def place(self, raw: str) -> tuple[str, int | None, tuple[tuple[int, int], ...]]:
        """The tidy text, the page where it begins, and where further pages begin in it."""
        if not self._counting:
            return tidy(raw.replace(SOFT_PAGE, " ").replace(FORCED_PAGE, " ")), None, ()
        text = ""
        first: int | None = None
        starts: list[tuple[int, int]] = []
        for piece in re.split(f"([{SOFT_PAGE}{FORCED_PAGE}])", raw):
            if piece in (SOFT_PAGE, FORCED_PAGE):
                self._turn(piece)
                continue
            words = _tidied(piece)
            if words.strip():
                self._settle()
            if not text or text.endswith(" "):
                words = words.lstrip()
            if words.strip():
                if first is None:
                    first = self.page
                elif self.page != (starts[-1][1] if starts else first):
                    starts.append((len(text) + len(words) - len(words.lstrip()), self.page))
            text += words
        return text.strip(), first or self.page, tuple(starts)

    def _turn(self, mark: str) -> None:
        """A forced page is mostly followed by the mark of the same page as it was laid out."""
        if mark == SOFT_PAGE:
            self.page += 1
            self._forced = False
        else:
            self._settle()
            self._forced = True

    def _settle(self) -> None:
        if self._forced:
            self.page += 1
            self._forced = False


class Gathered:
    """Blocks in reading order, at most ``limits.characters`` of text, and what was left out."""

    def __init__(self, limits: Limits, name: str) -> None:
        self._name = name
        self._most = limits.characters
        self._left = limits.characters
        self._blocks: list[Block] = []
        self._bold: list[int] = []
        self._hidden: Counter[str] = Counter()
        self._troubles: list[Trouble] = []

    def add(
        self,
        kind: BlockKind,
        text: str,
        *,
        level: int = 0,
        page: int | None = None,
        page_starts: tuple[tuple[int, int], ...] = (),
        bold: bool = False,
    ) -> None:
        """Keep a block; an empty one is not kept.

        ``bold`` marks a paragraph that is bold throughout: see ``promote_bold``. Errors:
        ``DocumentError`` too-large where there is more text than is read.
        """
        if not text.strip():
            return
        if len(text) > self._left:
            raise DocumentError(
                self._name,
                "too-large",
                f"the file holds more than {self._most:,} characters.",
                "Split it into smaller documents, or raise the limit in the settings.",
            )
        self._left -= len(text)
        if bold and len(text.split()) <= _HEADING_WORDS and not text.endswith((".", ",", ";")):
            self._bold.append(len(self._blocks))
        self._blocks.append(
            Block(
                kind=kind,
                text=text,
                level=min(level, 9) if kind == "heading" else 0,
                page=page,
                page_starts=page_starts,
            )
        )

    def take(self, block: Block) -> None:
        """Keep a block as another reader made it."""
        self.add(
            block.kind,
            block.text,
            level=block.level,
            page=block.page,
            page_starts=block.page_starts,
        )

    def promote_bold(self) -> None:
        """Where the writer used no styles of headings, short bold paragraphs are the headings."""
        if sum(block.kind == "heading" for block in self._blocks) > 1:
            return
        for place in self._bold:
            block = self._blocks[place]
            typed = _TYPED_NUMBER.match(block.text)
            level = typed[1].count(".") + 1 if typed else 1
            self._blocks[place] = block.model_copy(
                update={"kind": "heading", "level": min(level, 9)}
            )

    def hide(self, what: str, times: int = 1) -> None:
        """Count something that a reader of the page does not see and that is left out."""
        self._hidden[what] += times

    def trouble(self, trouble: Trouble) -> None:
        """Name something that was not read."""
        self._troubles.append(trouble)

    def extract(
        self, form: str, *, pages: int | None = None, found: Found | None = None
    ) -> Extract:
        """All of it as an ``Extract``; blocks lose their pages where ``pages`` is None."""
        blocks = tuple(self._blocks)
        if pages is None:
            bare = {"page": None, "page_starts": ()}
            blocks = tuple(
                block if block.page is None else block.model_copy(update=bare) for block in blocks
            )
        hidden = [
            Trouble(kind="hidden-text", detail=f"Left out: {what} ({times}).")
            for what, times in sorted(self._hidden.items())
        ]
        return Extract(
            format=form,
            blocks=blocks,
            pages=pages,
            found=found or Found(),
            troubles=(*self._troubles, *hidden),
        )


def found_in(
    *, title: str = "", author: str = "", created: str = "", modified: str = "", language: str = ""
) -> Found:
    """What a file says of itself, where that is plausible.

    Dates as in ISO 8601. The year of issue is kept only where the file was made and last changed in
    the same year: templates and later savings make either date alone mean little.
    """
    title, author, language = tidy(title), tidy(author), tidy(language)
    authors = () if _POOR_AUTHORS.match(author) else tuple(
        part for part in (tidy(part) for part in author.split(";")) if part
    )  # fmt: skip
    year = created[:4]
    plausible = (
        not created.startswith(_TEMPLATE_MADE)
        and re.fullmatch(r"\d{4}", year) is not None
        and year == modified[:4]
        and 1990 <= int(year) <= dt.date.today().year
    )
    return Found(
        title="" if _POOR_TITLES.match(title) else title,
        authors=authors,
        issued=year if plausible else "",
        language=language if re.fullmatch(r"[A-Za-z]{2,3}(?:-\w+)*", language) else "",
    )


def core_found(package: Package, language: str = "") -> Found:
    """What the properties of an Office document say; ``language`` is used where they do not."""
    part = package.related("", "core-properties")
    if not part:
        return found_in(language=language)
    core = package.xml(part)
    return found_in(
        title=core.findtext("{*}title") or "",
        author=core.findtext("{*}creator") or "",
        created=core.findtext("{*}created") or "",
        modified=core.findtext("{*}modified") or "",
        language=core.findtext("{*}language") or language,
    )


def diagram_texts(package: Package, part: str) -> Iterator[str]:
    """The texts of a diagram (SmartArt) in its own order; none where the part is missing."""
    if part not in package:
        return
    for point in package.xml(part).iter("{*}pt"):
        if point.get("type", "node") == "node":
            yield tidy(" ".join(text.text or "" for text in point.iter("{*}t")))
