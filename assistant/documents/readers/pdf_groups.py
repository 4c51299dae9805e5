"""Which lines of a PDF make one block: paragraphs joined over lines, columns and pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from assistant.documents.readers import pdf_styles as kinds
from assistant.documents.readers.pdf_footnotes import part_footnotes
from assistant.documents.readers.pdf_layout import Item, Line, joined
from assistant.documents.readers.pdf_pieces import Piece
from assistant.documents.readers.pdf_styles import Styles
from assistant.documents.readers.pdf_tables import Table
from assistant.documents.records import BlockKind


@dataclass
class Group:
    """Lines that make one block, with the page of each; or a table."""

    lines: list[Line] = field(default_factory=list)
    pages: list[int] = field(default_factory=list)
    table: Table | None = None
    kind: BlockKind = "paragraph"


def group_lines(pages: Sequence[tuple[int, list[Item]]], styles: Styles) -> list[Group]:
    """Group the lines of a document, footnotes behind what they stand below.

    Args:
        pages: number and items of each page.
        styles: measures of the document.
    """
    groups: list[Group] = []
    waiting: list[Group] = []
    for number, items in pages:
        flow, notes = part_footnotes(items, styles.body)
        done_before = len(groups)
        for item in flow:
            _take(groups, item, number, styles)
            if waiting and len(groups) > done_before:
                # The sentence that ran over the page is whole: the notes of the page before it.
                groups[-1:-1] = waiting
                waiting = []
        waiting += [Group(lines, [number] * len(lines), kind="footnote") for lines in notes]
    return groups + waiting


def _take(groups: list[Group], item: Item, page: int, styles: Styles) -> None:
    last = groups[-1] if groups else None
    if isinstance(item, Table):
        if last is not None and _same_table(last, item, page):
            _extend_table(last, item, page)
        else:
            item.pages = [page] * len(item.rows)
            groups.append(Group(table=item, pages=[page], kind="table"))
        return
    if last is not None and not _open_text(last):
        last = _broken_off(groups, item)
    if last is not None and _goes_on(last, item, page, styles):
        last.lines.append(item)
        last.pages.append(page)
    else:
        groups.append(Group([item], [page]))


def _open_text(group: Group) -> bool:
    return bool(group.lines) and group.kind != "footnote"


def _broken_off(groups: list[Group], line: Line) -> Group | None:
    """The sentence that a table stands in the middle of, if a line goes on with it."""
    for group in reversed(groups[-4:]):
        if not _open_text(group):
            continue
        if kinds.CAPTION.match(group.lines[0].text):
            continue
        last = group.lines[-1]
        return group if line.text[:1].islower() and last.region != line.region else None
    return None


def _same_table(last: Group, table: Table, page: int) -> bool:
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


def _extend_table(last: Group, table: Table, page: int) -> None:
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


def _goes_on(group: Group, line: Line, page: int, styles: Styles) -> bool:
    last = group.lines[-1]
    if line.opens is not None:
        return not line.opens
    if kinds.LEADERS.search(last.text):
        return False
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


def _goes_over(group: Group, line: Line, styles: Styles) -> bool:
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


def _opens(line: Line, group: Group) -> bool:
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


def _indented(group: Group, line: Line) -> bool:
    first, last = group.lines[0], group.lines[-1]
    shift = line.left - last.left
    if _marked(first.text):
        return line.left < first.left - 0.5 * line.size and len(group.lines) > 1
    centred = abs((line.left + line.right) - (last.left + last.right)) < line.size
    if centred or not 0.8 * line.size < shift < 6 * line.size:
        return False
    return bool(kinds.ENDS.search(last.text)) or len(group.lines) > 1


def _forced(last: Line, line: Line, group: Group, styles: Styles) -> bool:
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
