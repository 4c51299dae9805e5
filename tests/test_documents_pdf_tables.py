"""PDFs read exactly: tables and footnotes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, Spacer

from tests import make_pdfs as make
from tests.read_pdfs import (
    read,
    texts,
)


def test_a_ruled_table_is_one_block_beside_its_caption(tmp_path: Path) -> None:
    extract = read(make.policy(tmp_path / "policy.pdf"))
    place = next(n for n, block in enumerate(extract.blocks) if block.kind == "table")
    assert extract.blocks[place - 1].kind == "caption"
    assert extract.blocks[place - 1].text == "Table 1. Who does what"
    assert extract.blocks[place].text == "\n".join(" | ".join(row) for row in make.ROLES)


def test_a_table_without_lines_is_found_by_its_columns(tmp_path: Path) -> None:
    story = [
        Paragraph(make.prose(0, 4), make.BODY),
        make.roles_table(ruled=False),
        Spacer(1, 6),
        Paragraph("Table 1: Who does what", make.SMALL),
        Spacer(1, 10),
        Paragraph(make.prose(3, 4), make.BODY),
    ]
    rows = [
        ["Ward", "Opens", "Visitors"],
        ["Ash", "09:00", "4"],
        ["Birch", "10:30", "12"],
        ["Elm", "08:15", "7"],
    ]
    cells = make.Table(rows, colWidths=[120, 90, 90], hAlign="LEFT")
    story[1] = cells
    extract = read(make.flowing(tmp_path / "t.pdf", story))
    assert [(b.kind, b.text) for b in extract.blocks] == [
        ("paragraph", make.prose(0, 4)),
        ("table", "\n".join(" | ".join(row) for row in rows)),
        ("caption", "Table 1: Who does what"),
        ("paragraph", make.prose(3, 4)),
    ]


def test_cells_of_several_lines_stay_whole_without_lines_around_them(tmp_path: Path) -> None:
    rows = [
        (["Role"], ["What is done"], ["When"]),
        (["Duty officer"], ["Keeps the list of visits and", "rings those who are late"], ["Daily"]),
        (["Manager of", "the team"], ["Reads the list"], ["Every", "week"]),
        (["Worker"], ["Tells the desk of each visit", "and rings when it is over"], ["Always"]),
    ]

    def draw(page: Canvas) -> None:
        y = make.lines_on(page, [make.SENTENCES[0]], y=760) - 20
        for row in rows:
            for x, cell in zip((60, 180, 400), row, strict=True):
                make.lines_on(page, cell, x=x, y=y, step=12, size=10)
            y -= 12 * max(len(cell) for cell in row) + 8
        make.lines_on(page, [make.SENTENCES[1]], y=y - 20)

    extract = read(make.drawn(tmp_path / "t.pdf", draw))
    assert texts(extract, "table") == [
        "\n".join(" | ".join(" ".join(cell) for cell in row) for row in rows)
    ]
    assert texts(extract, "paragraph") == list(make.SENTENCES[:2])


def test_merged_cells_are_told_once(tmp_path: Path) -> None:
    rows = [["Times", "", "Who"], ["Day", "09:00", "Desk"], ["", "17:00", "Ward"]]
    style = [
        ("GRID", (0, 0), (-1, -1), 0.5, "black"),
        ("SPAN", (0, 0), (1, 0)),
        ("SPAN", (0, 1), (0, 2)),
    ]
    table = make.Table(rows, colWidths=[80, 80, 80], style=make.TableStyle(style))
    extract = read(make.flowing(tmp_path / "m.pdf", [table]))
    assert texts(extract, "table") == ["Times | Who\nDay | 09:00 | Desk\n | 17:00 | Ward"]


def test_a_table_over_a_page_break_is_one_block(tmp_path: Path) -> None:
    rows = [["Step", "What is done"]] + [[f"Step {n}", make.SENTENCES[n % 12]] for n in range(60)]
    grid = make.TableStyle([("GRID", (0, 0), (-1, -1), 0.5, "black")])
    table = make.Table(rows, colWidths=[60, 400], style=grid, repeatRows=1)
    extract = read(make.flowing(tmp_path / "t.pdf", [table]))
    (block,) = extract.blocks
    assert block.text == "\n".join(" | ".join(row) for row in rows)
    assert [page for _, page in block.page_starts] == [2]
    assert block.text[block.page_starts[0][0] :].startswith("Step ")


def test_a_numbered_list_with_wide_gaps_is_no_table(tmp_path: Path) -> None:
    def draw(page: Canvas) -> None:
        for number in range(4):
            make.lines_on(page, [f"{number + 1}."], x=60, y=700 - number * 14)
            make.lines_on(page, [make.SENTENCES[number]], x=100, y=700 - number * 14)

    extract = read(make.drawn(tmp_path / "n.pdf", draw))
    assert texts(extract, "list-item") == [f"{n + 1}. {make.SENTENCES[n]}" for n in range(4)]


def with_footnote(path: Path) -> Path:
    """A paragraph over two pages, with a footnote at the foot of the first."""

    def raised(text: Any, mark: str, size: float) -> None:
        text.setFont("Times-Roman", size * 0.6)
        text.setRise(size * 0.35)
        text.textOut(mark)
        text.setFont("Times-Roman", size)
        text.setRise(0)

    def first(page: Canvas) -> None:
        text = page.beginText(60, 200)
        text.setFont("Times-Roman", 11)
        text.setLeading(13.5)
        text.textOut("Nobody is asked to visit alone when the first contact was by telephone only")
        raised(text, "1", 11)
        text.textOut(", and the")
        text.textLine("")
        text.textOut(
            "desk is told of each visit before it begins, whoever makes it and whenever it is"
        )
        page.drawText(text)
        page.line(60, 150, 200, 150)
        note = page.beginText(60, 138)
        note.setFont("Times-Roman", 8.5)
        note.setLeading(10)
        raised(note, "1", 8.5)
        note.textLine(" This was agreed with the staff side in May; see the minutes of the")
        note.textLine("joint meeting.")
        page.drawText(note)

    def second(page: Canvas) -> None:
        text = page.beginText(60, 780)
        text.setFont("Times-Roman", 11)
        text.textLine("made, and told again when it is over.")
        page.drawText(text)

    return make.drawn(path, first, second)


def test_footnotes_do_not_stand_in_the_middle_of_a_sentence(tmp_path: Path) -> None:
    extract = read(with_footnote(tmp_path / "f.pdf"))
    assert [(b.kind, b.page) for b in extract.blocks] == [("paragraph", 1), ("footnote", 1)]
    assert extract.blocks[0].text == (
        "Nobody is asked to visit alone when the first contact was by telephone only¹, and the "
        "desk is told of each visit before it begins, whoever makes it and whenever it is made, "
        "and told again when it is over."
    )
    assert extract.blocks[1].text == (
        "¹ This was agreed with the staff side in May; see the minutes of the joint meeting."
    )
