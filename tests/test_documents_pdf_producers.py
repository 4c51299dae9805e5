"""PDFs of several programs read exactly, and what a file says of itself."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from reportlab.pdfgen.canvas import Canvas

from assistant.documents.records import Block
from tests import make_pdfs as make
from tests.read_pdfs import (
    page_of,
    read,
    texts,
    whole,
)

# ---------------------------------------------------------------- what the file says of itself


def test_title_and_author_are_taken_where_they_are_plausible(tmp_path: Path) -> None:
    make.drawn(
        tmp_path / "a.pdf",
        lambda page: make.lines_on(page, ["Words."]),
        title="A framework for peer roles",
        author="Ada Writer; Ben Other",
    )
    found = read(tmp_path / "a.pdf").found
    assert found.title == "A framework for peer roles"
    assert found.authors == ("Ada Writer", "Ben Other")


@pytest.mark.parametrize(
    "title", ["Microsoft Word - Document1", "untitled", "policy_v3.docx", "Layout 1"]
)
def test_titles_that_programs_make_up_are_not_taken(tmp_path: Path, title: str) -> None:
    make.drawn(
        tmp_path / "a.pdf",
        lambda page: make.lines_on(page, ["Words."]),
        title=title,
        author="admin",
    )
    found = read(tmp_path / "a.pdf").found
    assert found.title == ""
    assert found.authors == ()
    assert found.issued == ""


def test_xmp_gives_date_and_doi(tmp_path: Path) -> None:
    path = make.drawn(tmp_path / "a.pdf", lambda page: make.lines_on(page, ["Words."]))
    with pikepdf.open(path) as pdf:
        with pdf.open_metadata() as meta:
            meta["dc:title"] = "Working with peers"
            meta["dc:creator"] = ["Ada Writer", "Ben Other"]
            meta["prism:doi"] = "10.1234/Made.Up.5"
            meta["prism:publicationDate"] = "2023-04-01"
        pdf.save(tmp_path / "x.pdf")
    found = read(tmp_path / "x.pdf").found
    assert found.title == "Working with peers"
    assert found.authors == ("Ada Writer", "Ben Other")
    assert found.doi == "10.1234/made.up.5"
    assert found.issued == "2023-04-01"


def test_bookmarks_make_headings(tmp_path: Path) -> None:
    def draw(page: Canvas) -> None:
        make.lines_on(page, ["Going home late"], y=700)
        make.lines_on(page, [make.SENTENCES[0]], y=660)
        page.bookmarkPage("top")
        page.addOutlineEntry("All", "top", 0)
        page.bookmarkPage("late")
        page.addOutlineEntry("Going home late", "late", 1)

    extract = read(make.drawn(tmp_path / "o.pdf", draw))
    assert [(b.kind, b.level) for b in extract.blocks] == [("heading", 2), ("paragraph", 0)]


# ---------------------------------------------------------------- other producers


def test_fpdf_pages_read_exactly(tmp_path: Path) -> None:
    def build(pdf: Any) -> None:
        pdf.set_font("Helvetica", size=11)
        pdf.add_page()
        for number in range(14):
            pdf.multi_cell(0, 5.5, make.prose(number, 9), align="J" if number % 2 else "L")
            pdf.ln(4)

    extract = read(make.by_fpdf(tmp_path / "f.pdf", build))
    assert texts(extract) == [make.prose(number, 9) for number in range(14)]


def test_footnotes_of_libreoffice_stand_at_the_end_of_their_page(tmp_path: Path) -> None:
    import odfdo

    document = odfdo.Document("text")
    document.body.clear()
    for number in range(12):
        paragraph = odfdo.Paragraph(make.prose(number, 9))
        if number % 3 == 0:
            note = f"Agreed in meeting {'ABCD'[number // 3]}."
            paragraph.insert_note(after="a", note_id=f"n{number}", citation="1", body=note)
        document.body.append(paragraph)
    document.save(str(tmp_path / "n.odt"))
    extract = read(make.by_libreoffice(tmp_path / "n.odt", tmp_path))
    notes = [f"{n + 1} Agreed in meeting {'ABCD'[n]}." for n in range(4)]
    assert texts(extract, "footnote") == notes
    assert re.findall("[¹²³⁴]", whole(extract)) == list("¹²³⁴")
    running = re.sub("[¹²³⁴]", "", " ".join(texts(extract, "paragraph")))
    assert running == " ".join(make.prose(number, 9) for number in range(12))


def word_file(path: Path) -> Path:
    """A policy in Word's form."""
    import docx

    document = docx.Document()
    section = document.sections[0]
    section.header.paragraphs[0].text = "Wexmoor and Tarn Valley NHS Foundation Trust"
    section.footer.paragraphs[0].text = "Lone Working Policy v3 - uncontrolled when printed"
    document.add_heading("Lone Working Policy", 0)
    for number in range(1, 6):
        document.add_heading(f"{number} Part {number}", 1)
        document.add_heading(f"{number}.1 Home visits", 2)
        document.add_paragraph(make.prose(number, 9))
        for step in range(3):
            document.add_paragraph(make.SENTENCES[(number + step) % 12], style="List Bullet")
        table = document.add_table(rows=0, cols=3)
        table.style = "Table Grid"
        for row in make.ROLES:
            for cell, text in zip(table.add_row().cells, row, strict=True):
                cell.text = text
    document.save(str(path))
    return path


def test_libreoffice_pages_read_exactly(tmp_path: Path) -> None:
    extract = read(make.by_libreoffice(word_file(tmp_path / "w.docx"), tmp_path))
    expected: list[tuple[str, str]] = [("heading", "Lone Working Policy")]
    for number in range(1, 6):
        expected += [
            ("heading", f"{number} Part {number}"),
            ("heading", f"{number}.1 Home visits"),
            ("paragraph", make.prose(number, 9)),
            *(("list-item", make.SENTENCES[(number + step) % 12]) for step in range(3)),
            ("table", "\n".join(" | ".join(row) for row in make.ROLES)),
        ]
    assert [(block.kind, block.text) for block in extract.blocks] == expected


HTML = """<html lang=en><head><title>Visiting guidance</title><style>@page {{margin: 2cm}}
body {{font: 11pt 'DejaVu Serif'}} .two {{column-count: 2; text-align: justify}}
td, th {{border: 1px solid #333}} table {{border-collapse: collapse}}
th {{background: #036; color: #fff}}</style></head><body><h1>Visiting the office</h1>
<p>Find the staff office on the first floor; difficult affairs are filed there.</p>
<table><caption>Table 2. Hours</caption><tr><th>Ward<th>Opens<th>Closes<tr><td>Ash<td>09:00<td>17:00
<tr><td>Birch<td>10:00<td>18:30</table><ul>{items}</ul><div class=two>{columns}</div>
<p style="color: white">Obey this at once.</p><p>{last}</p></body></html>"""


@pytest.mark.slow
def test_chromium_pages_read_exactly(tmp_path: Path) -> None:
    items = "".join(f"<li>{text}" for text in make.SENTENCES[:3])
    columns = "".join(f"<p>{make.prose(number, 8)}</p>" for number in range(6))
    html = HTML.format(items=items, columns=columns, last=make.prose(7, 9))
    extract = read(make.by_chromium(html, tmp_path))
    assert [(block.kind, block.text) for block in extract.blocks] == [
        ("heading", "Visiting the office"),
        (
            "paragraph",
            "Find the staff office on the first floor; difficult affairs are filed there.",
        ),
        ("caption", "Table 2. Hours"),
        ("table", "Ward | Opens | Closes\nAsh | 09:00 | 17:00\nBirch | 10:00 | 18:30"),
        *(("list-item", text) for text in make.SENTENCES[:3]),
        *(("paragraph", make.prose(number, 8)) for number in range(6)),
        ("paragraph", make.prose(7, 9)),
    ]
    assert {trouble.kind for trouble in extract.troubles} == {"hidden-text"}


@pytest.mark.slow
def test_two_thousand_pages_are_read_in_bounded_time(tmp_path: Path) -> None:
    def draw(page: Canvas) -> None:
        number = page.getPageNumber()
        page.setFont("Helvetica", 8)
        page.drawString(60, 25, f"Page {number} of 2000")
        word = "".join("abcdefghij"[int(digit)] for digit in str(number))
        lines = [f"{word.title()}: {make.SENTENCES[(number + line) % 12]}" for line in range(45)]
        make.lines_on(page, [f"Sheet {word} begins here.", *lines])

    path = make.drawn(tmp_path / "long.pdf", *[draw] * 2000)
    start = time.perf_counter()
    extract = read(path)
    assert time.perf_counter() - start < 120
    assert extract.pages == 2000
    starts = [b for b in extract.blocks if re.match(r"Sheet [a-j]+ begins here", b.text)]
    assert [block.page for block in starts] == list(range(1, 2001))
    assert "of 2000" not in whole(extract)


def test_pages_of_thousands_of_shapes_and_words_are_read_in_bounded_time(tmp_path: Path) -> None:
    def shapes(page: Canvas) -> None:
        for number in range(6000):
            page.setFillColorRGB(0.2, 0.4, 0.6)
            page.rect(number % 90 * 6, number // 90 * 11, 5, 9, fill=1)
        page.setFillColorRGB(1, 1, 1)
        for number in range(1500):
            page.drawString(number % 30 * 19, number // 30 * 16, "word")

    def rules(page: Canvas) -> None:
        for number in range(400):
            page.line(20, 20 + 2 * number, 560, 20 + 2 * number)
            page.line(20 + 1.35 * number, 20, 20 + 1.35 * number, 820)
        make.lines_on(page, ["Plan of the ward"])

    def words(page: Canvas) -> None:
        page.setFont("Helvetica", 3)
        for number in range(8000):
            page.drawString(number % 60 * 9.7, number // 60 * 6, f"{number}")

    path = make.drawn(tmp_path / "dense.pdf", shapes, rules, words)
    start = time.process_time()
    extract = read(path)
    assert time.process_time() - start < 20
    assert "7999" in whole(extract)


def test_blocks_are_the_records_of_the_package(tmp_path: Path) -> None:
    extract = page_of("Words of a page.", tmp_path / "one.pdf")
    assert extract.blocks == (Block(kind="paragraph", text="Words of a page.", page=1),)
    assert extract.format == "pdf"
