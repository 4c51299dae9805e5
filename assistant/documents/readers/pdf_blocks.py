"""Lines and tables of a PDF to blocks: paragraphs joined over lines, columns and pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from assistant.documents.readers import pdf_styles as kinds
from assistant.documents.readers.pdf_footnotes import part_footnotes
from assistant.documents.readers.pdf_layout import Item, Line, joined
from assistant.documents.readers.pdf_pieces import Piece
from assistant.documents.readers.pdf_styles import Styles
from assistant.documents.readers.pdf_tables import Table
from assistant.documents.readers.pdf_text import Joiner, without_leaders
from assistant.documents.records import Block, BlockKind


@dataclass
class _Group:
    """Lines that make one block, with the page of each; or a table."""

    lines: list[Line] = field(default_factory=list)
    pages: list[int] = field(default_factory=list)
    table: Table | None = None
    kind: BlockKind = "paragraph"
    footnotes: list[_Group] = field(default_factory=list)


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
    groups = _groups(pages, styles)
    texts = [_text(group, joiner) for group in groups]
    headings = []
    for group, (text, _) in zip(groups, texts, strict=True):
        _set_kind(group, text, styles)
        if group.kind == "heading":
            headings.append((text, group.lines[0]))
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


# ---------------------------------------------------------------- grouping


def _groups(pages: Sequence[tuple[int, list[Item]]], styles: Styles) -> list[_Group]:
    groups: list[_Group] = []
    waiting: list[_Group] = []
    for number, items in pages:
        flow, notes = part_footnotes(items, styles.body)
        done_before = len(groups)
        for item in flow:
            _take(groups, item, number, styles)
            if waiting and len(groups) > done_before:
                # The sentence that ran over the page is whole: the notes of the page before it.
                groups[-1:-1] = waiting
                waiting = []
        waiting += [_Group(lines, [number] * len(lines), kind="footnote") for lines in notes]
    return groups + waiting


def _take(groups: list[_Group], item: Item, page: int, styles: Styles) -> None:
    last = groups[-1] if groups else None
    if isinstance(item, Table):
        if last is not None and _same_table(last, item, page):
            _extend_table(last, item, page)
        else:
            item.pages = [page] * len(item.rows)
            groups.append(_Group(table=item, pages=[page], kind="table"))
        return
    if last is not None and not _open_text(last):
        last = _broken_off(groups, item)
    if last is not None and _goes_on(last, item, page, styles):
        last.lines.append(item)
        last.pages.append(page)
    else:
        groups.append(_Group([item], [page]))


def _open_text(group: _Group) -> bool:
    return bool(group.lines) and group.kind != "footnote"


def _broken_off(groups: list[_Group], line: Line) -> _Group | None:
    """The sentence that a table stands in the middle of, if a line goes on with it."""
    for group in reversed(groups[-4:]):
        if not _open_text(group):
            continue
        if kinds.CAPTION.match(group.lines[0].text):
            continue
        last = group.lines[-1]
        return group if line.text[:1].islower() and last.region != line.region else None
    return None


def _same_table(last: _Group, table: Table, page: int) -> bool:
    """Whether a table goes on from the page or the column before."""
    before = last.table
    if before is None or len(before.columns) != len(table.columns):
        return False
    beside = page == before.pages[-1] and table.top < before.top and table.left > before.left
    if page != before.pages[-1] + 1 and not beside:
        return False
    shift = table.columns[0] - before.columns[0]
    return abs(table.right - table.left - (before.right - before.left)) < 8 and all(
        abs(a + shift - b) < 6 for a, b in zip(before.columns, table.columns, strict=True)
    )


def _extend_table(last: _Group, table: Table, page: int) -> None:
    before = last.table
    assert before is not None
    rows = table.rows
    if len(before.rows) > 1 and _plain_row(rows[0]) == _plain_row(before.rows[0]):
        rows = rows[1:]
    if rows and len(rows[0]) == len(before.rows[-1]) and (before.cut or _is_rest(rows[0])):
        for cell, more in zip(before.rows[-1], rows[0], strict=True):
            cell += more
        rows = rows[1:]
    before.rows += rows
    before.pages += [page] * len(rows)
    before.cut, before.top, before.left, before.right = (
        table.cut,
        table.top,
        table.left,
        table.right,
    )
    before.columns = table.columns


def _is_rest(row: list[list[list[Piece]]]) -> bool:
    """Whether a row only ends what the row before began: no first cell, and small letters."""
    texts = _plain_row(row)
    return not texts[0] and any(texts) and all(text[:1].islower() for text in texts if text)


def _plain_row(row: list[list[list[Piece]]]) -> list[str]:
    return [" ".join(joined(line) for line in cell) for cell in row]


def _goes_on(group: _Group, line: Line, page: int, styles: Styles) -> bool:
    last = group.lines[-1]
    if line.opens is not None:
        return not line.opens
    if line.turned != last.turned or abs(line.size - last.size) > 0.08 * last.size:
        return False
    if group.pages[-1] != page or line.region != last.region:
        return _goes_over(group, line, styles)
    step = (line.base - last.base) / line.size
    if not 0 < step <= max(1.3 * styles.leading, styles.leading + 0.3):
        return False
    if _opens(line, group) or (last.bold != line.bold and _parts(last, line)):
        return False
    if _indented(group, line):
        return False
    return not _forced(last, line, group, styles)


def _goes_over(group: _Group, line: Line, styles: Styles) -> bool:
    """Whether a paragraph goes on in the next column or on the next page."""
    last = group.lines[-1]
    if (last.bold and len(group.lines) < 3) or (line.bold and not last.bold):
        return False
    if last.size > 1.12 * styles.body or _marked(line.text):
        return False
    if last.text[-1:] in "-\u00ad\u2010" or line.text[:1].islower():
        return not kinds.CLOSES.search(last.text)
    if kinds.ENDS.search(last.text) or kinds.CAPTION.match(group.lines[0].text):
        return False
    return last.right > last.column[1] - 0.15 * (last.column[1] - last.column[0])


def _marked(text: str) -> bool:
    return bool(
        kinds.BULLET.match(text)
        or kinds.LETTERED.match(text)
        or kinds.NUMBER.match(text)
        or kinds.CAPTION.match(text)
    )


def _opens(line: Line, group: _Group) -> bool:
    """Whether a line begins with a marker of its own, and not with a number of the sentence."""
    if kinds.BULLET.match(line.text) or kinds.CAPTION.match(line.text):
        return not (
            line.text[:1] in "–—-*"
            and not kinds.ENDS.search(group.lines[-1].text)
            and not kinds.BULLET.match(group.lines[0].text)
        )
    if not (kinds.LETTERED.match(line.text) or kinds.NUMBER.match(line.text)):
        return False
    first, last = group.lines[0], group.lines[-1]
    if _marked(first.text) and line.left > first.left + 0.5 * line.size and len(group.lines) > 1:
        hanging = abs(line.left - last.left) < 2
        return not hanging or bool(kinds.ENDS.search(last.text))
    plain_number = kinds.NUMBER.match(line.text)
    rest = line.text[plain_number.end() :] if plain_number else ""
    if plain_number and rest[:1].islower() and not kinds.ENDS.search(last.text):
        return False
    full = last.right > last.column[1] - 0.12 * (last.column[1] - last.column[0])
    return not (full and not kinds.ENDS.search(last.text) and not _marked(first.text))


def _parts(last: Line, line: Line) -> bool:
    """Whether a change from bold to plain parts two paragraphs."""
    full = last.right > last.column[1] - 0.1 * (last.column[1] - last.column[0])
    return not (full and line.text[:1].islower())


def _indented(group: _Group, line: Line) -> bool:
    first, last = group.lines[0], group.lines[-1]
    shift = line.left - last.left
    if _marked(first.text):
        return line.left < first.left - 0.5 * line.size and len(group.lines) > 1
    centred = abs((line.left + line.right) - (last.left + last.right)) < line.size
    if centred or not 0.8 * line.size < shift < 6 * line.size:
        return False
    return bool(kinds.ENDS.search(last.text)) or len(group.lines) > 1


def _forced(last: Line, line: Line, group: _Group, styles: Styles) -> bool:
    """Whether the line above ends before it had to."""
    if last.size > 1.12 * styles.body or (last.bold and line.bold):
        return False
    word = line.text.split(" ", 1)[0]
    width = last.right - last.left
    needed = (len(word) + 1) * width / max(1, len(last.text))
    room = last.column[1] - last.right
    if room < needed + line.size:
        return False
    return not line.text[:1].islower() and (
        bool(kinds.ENDS.search(last.text)) or room > 0.3 * (last.column[1] - last.column[0])
    )


# ---------------------------------------------------------------- making


def _text(group: _Group, joiner: Joiner) -> tuple[str, tuple[tuple[int, int], ...]]:
    if group.table is not None:
        return _table_text(group.table, joiner)
    text = ""
    starts: list[tuple[int, int]] = []
    page = group.pages[0]
    for line, number in zip(group.lines, group.pages, strict=True):
        kept, glue = joiner.seam(text, line.text)
        text = kept + glue
        if number != page:
            starts.append((len(text), number))
            page = number
        text += line.text
    return without_leaders(text.replace("\u00ad", "")), tuple(starts)


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


def _set_kind(group: _Group, text: str, styles: Styles) -> None:
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


def _block(group: _Group, text: str, starts: tuple[tuple[int, int], ...], styles: Styles) -> Block:
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
