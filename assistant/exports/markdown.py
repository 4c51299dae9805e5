"""Papers as Markdown with footnotes (``[^1]``), and the record in a comment at the end."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.exports.keeping import record_of
from assistant.exports.notes import (
    PICTURE,
    SOURCES,
    closing_line,
    noted_in,
    notes_of,
    sources_of,
    tidied,
)
from assistant.exports.records import (
    Block,
    Bullets,
    Heading,
    Line,
    PageBreak,
    Paper,
    Paragraph,
    Picture,
    Table,
    Words,
)

_ADDRESS = re.compile(r"https?://[A-Za-z0-9][^\s<>\"\\]*[^\s<>\".,;)\\]")


def to_markdown(paper: Paper) -> str:
    """The paper as Markdown; a picture is told in its words, since a text holds no picture."""
    ready, _ = tidied(paper)
    blocks = [f"# {_safe(ready.title)}", f"*{_safe(ready.subtitle)}*" if ready.subtitle else ""]
    for block in ready.blocks:
        blocks += _block(block)
    sources = sources_of(ready)
    if sources:
        lines = (f"- {_line(s.line)}{f' {noted_in(s)}' if s.notes else ''}" for s in sources)
        blocks += [f"## {SOURCES}", "\n".join(lines)]
    closing = closing_line(ready)
    blocks.append(f"*{_safe(closing)}*" if closing else "")
    blocks += [f"[^{number}]: {_line(line)}" for number, line in notes_of(ready).items()]
    blocks.append(record_of(ready))
    return "\n\n".join(block for block in blocks if block) + "\n"


def _block(block: Block) -> Iterator[str]:
    if isinstance(block, Heading):
        yield f"{'#' * (block.level + 1)} {_safe(block.text)}"
    elif isinstance(block, Paragraph):
        line = _line(block.line)
        yield f"**{line}**" if block.style == "label" else line
    elif isinstance(block, Bullets):
        marks = (f"{n}." if block.numbered else "-" for n in range(1, len(block.items) + 1))
        yield "\n".join(
            f"{mark} {_line(item)}" for mark, item in zip(marks, block.items, strict=True)
        )
    elif isinstance(block, Table):
        yield f"**{_safe(block.caption)}**" if block.caption else ""
        rows = [[_safe(column) for column in block.columns], ["---"] * len(block.columns)]
        rows += [[_line(cell) for cell in row] for row in block.rows]
        yield "\n".join(f"| {' | '.join(row)} |" for row in rows)
    elif isinstance(block, Picture):
        yield f"*{_safe(PICTURE.format(alt=block.alt))}*"
        yield f"*{_safe(block.caption)}*" if block.caption else ""
    elif isinstance(block, PageBreak):
        yield "---"


def _line(line: Line) -> str:
    """A line with its footnote marks; what could begin a list or a heading is escaped."""
    text = "".join(_run(run) for run in line)
    return re.sub(r"^([-+]|\d{1,9}(?=[.)](?:\s|$)))", _escaped_start, text)


def _escaped_start(match: re.Match[str]) -> str:
    start = match.group()
    return f"\\{start}" if start in "-+" else f"{start}\\"


def _run(run: Words) -> str:
    pieces: list[str] = []
    end = 0
    for match in _ADDRESS.finditer(run.text):
        pieces += [_safe(run.text[end : match.start()]), f"<{match.group()}>"]
        end = match.end()
    text = "".join([*pieces, _safe(run.text[end:])])
    marks = "".join(f"[^{number}]" for number in run.cites)
    return f"{_styled(text, run)}{marks}"


def _styled(text: str, run: Words) -> str:
    """Text in bold or italics; the blanks at its ends stay outside, where Markdown wants them."""
    mark = "*" * (2 * run.bold + run.italic)
    inner = text.strip()
    if not mark or not inner:
        return text
    before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    return f"{before}{mark}{inner}{mark}{after}"


def _safe(words: str) -> str:
    """Text that Markdown readers show as it is."""
    return re.sub(r"([\\`*_\[\]<>#|&~$])", r"\\\1", words)
