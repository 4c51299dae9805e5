"""Groups of lines and tables of a PDF to blocks: their text, kind, level and pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from assistant.documents.readers import pdf_styles as kinds
from assistant.documents.readers.pdf_groups import Group, group_lines
from assistant.documents.readers.pdf_layout import Item, Line, joined
from assistant.documents.readers.pdf_styles import Styles
from assistant.documents.readers.pdf_tables import Table
from assistant.documents.readers.pdf_text import Joiner, without_leaders
from assistant.documents.records import Block


def blocks_of(
    pages: Sequence[tuple[int, list[Item]]], outline: Mapping[str, int]
) -> tuple[Block, ...]:
    """Blocks in reading order.

    Args:
        pages: number and items of each page.
        outline: depth of each bookmark by its folded title.
    """
    styles = kinds.measure([items for _, items in pages], outline)
    joiner = Joiner(_texts(pages))
    groups = group_lines(pages, styles)
    texts = [_text(group, joiner) for group in groups]
    _set_kinds(groups, [text for text, _ in texts], styles)
    headings = [
        (text, group.lines[0])
        for group, (text, _) in zip(groups, texts, strict=True)
        if group.kind == "heading"
    ]
    kinds.set_levels(headings, styles)
    made = [
        _block(group, text, starts, styles)
        for group, (text, starts) in zip(groups, texts, strict=True)
        if text
    ]
    return tuple(made)


def _texts(pages: Sequence[tuple[int, list[Item]]]) -> Iterator[str]:
    for _, items in pages:
        for item in items:
            if isinstance(item, Line):
                yield item.text
            else:
                for row in item.rows:
                    for cell in row:
                        yield from (joined(line) for line in cell)


# ---------------------------------------------------------------- making


def _text(group: Group, joiner: Joiner) -> tuple[str, tuple[tuple[int, int], ...]]:
    if group.table is not None:
        return _table_text(group.table, joiner)
    parts: list[str] = []
    starts: list[tuple[int, int]] = []
    page, length = group.pages[0], 0
    for line, number in zip(group.lines, group.pages, strict=True):
        if parts:
            kept, glue = joiner.seam(parts[-1], line.text)
            length += len(kept) + len(glue) - len(parts[-1])
            parts[-1] = kept + glue
        if number != page:
            starts.append((length, number))
            page = number
        parts.append(line.text)
        length += len(line.text)
    text = "".join(parts).rstrip("\u00ad")
    return (text if starts else without_leaders(text)), tuple(starts)


def _table_text(table: Table, joiner: Joiner) -> tuple[str, tuple[tuple[int, int], ...]]:
    text = ""
    starts: list[tuple[int, int]] = []
    page = table.pages[0]
    for row, number in zip(table.rows, table.pages, strict=True):
        cells = []
        for cell in row:
            whole = ""
            for line in cell:
                whole = joiner.join(whole, joined(line))
            cells.append(whole.replace("\u00ad", "").replace("|", "¦"))
        if not any(cells):
            continue
        if text:
            text += "\n"
        if number != page:
            starts.append((len(text), number))
            page = number
        text += " | ".join(cells)
    return text, tuple(starts)


def _set_kinds(groups: list[Group], texts: list[str], styles: Styles) -> None:
    contents = False
    for place, (group, text) in enumerate(zip(groups, texts, strict=True)):
        _set_kind(group, text, styles)
        if group.kind in {"heading", "paragraph"} and group.lines:
            led = kinds.LEADERS.search(group.lines[-1].text)
            contents = contents and bool(kinds.PAGE_AT_END.search(text))
            if led or contents:
                group.kind = "list-item"
            elif kinds.folded(text) in kinds.CONTENTS:
                contents = True
        if _plain_heading(groups, texts, place):
            group.kind = "heading"


def _plain_heading(groups: list[Group], texts: list[str], place: int) -> bool:
    """Whether a short numbered line that looks like running text stands over a paragraph."""
    if not _short_numbered(groups, texts, place) or place + 1 == len(groups):
        return False
    below, depth = groups[place + 1], kinds.numbered_depth(texts[place])
    below_depth = kinds.numbered_depth(texts[place + 1])
    if below.kind != "paragraph" or len(texts[place + 1]) < 80 or 0 < below_depth <= depth:
        return False
    return not (place and _short_numbered(groups, texts, place - 1))


def _short_numbered(groups: list[Group], texts: list[str], place: int) -> bool:
    group, text = groups[place], texts[place]
    number = kinds.NUMBER.match(text)
    if group.kind not in {"paragraph", "list-item"} or len(group.lines) != 1 or not number:
        return False
    rest = text[number.end() :]
    return len(rest) <= 70 and rest[0].isupper() and not kinds.ENDS.search(text)


def _set_kind(group: Group, text: str, styles: Styles) -> None:
    if group.kind != "paragraph":
        return
    line = group.lines[0]
    if line.turned:
        return
    if kinds.CAPTION.match(text) and len(text) < 400:
        group.kind = "caption"
    elif kinds.is_heading(text, group.lines, styles):
        group.kind = "heading"
    elif kinds.BULLET.match(text) or kinds.LETTERED.match(text):
        group.kind = "list-item"


def _block(group: Group, text: str, starts: tuple[tuple[int, int], ...], styles: Styles) -> Block:
    level = kinds.level_of(text, group.lines[0], styles) if group.kind == "heading" else 0
    if group.kind == "list-item":
        bullet = kinds.BULLET.match(text)
        cut = bullet.end() if bullet else 0
        text = text[cut:]
        starts = tuple((offset - cut, page) for offset, page in starts)
    return Block(
        kind=group.kind,
        text=text,
        level=level,
        page=group.pages[0],
        page_starts=starts,
    )
