"""PDFs read exactly: the order of what stands on a page, its words, turned and cropped pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pikepdf
import pytest
from reportlab.pdfgen.canvas import Canvas

from assistant.documents.readers.pdf_text import Joiner, plain
from tests import make_pdfs as make
from tests.read_pdfs import (
    WIDTH,
    kinds_of_trouble,
    read,
    texts,
    whole,
)

# ---------------------------------------------------------------- order, headings, headers


def test_a_policy_is_read_in_order_without_headers_and_footers(tmp_path: Path) -> None:
    extract = read(make.policy(tmp_path / "policy.pdf"))
    assert extract.pages == 3
    text = whole(extract)
    assert "uncontrolled" not in text
    assert "Wexmoor" not in text
    assert "Page" not in text
    expected = [make.prose(0, 4)]
    for number in range(1, 8):
        expected += [make.prose(number, 5), make.prose(number + 3, 6)]
    assert texts(extract, "paragraph") == expected


def test_headings_have_levels_by_their_numbers(tmp_path: Path) -> None:
    extract = read(make.policy(tmp_path / "policy.pdf"))
    headings = [(b.level, b.text) for b in extract.blocks if b.kind == "heading"]
    assert headings[:4] == [
        (1, "Lone Working Policy"),
        (1, "1 Purpose"),
        (1, "2 Duties"),
        (2, "4.1 Home visits of kind A"),
    ]
    assert len(headings) == 10


def test_bullets_become_items_without_their_bullet(tmp_path: Path) -> None:
    extract = read(make.policy(tmp_path / "policy.pdf"))
    assert texts(extract, "list-item") == [
        make.SENTENCES[(number + step) % 12] for number in range(1, 8) for step in range(3)
    ]


def test_two_columns_are_read_one_after_the_other_below_a_full_title(tmp_path: Path) -> None:
    extract = read(make.paper(tmp_path / "paper.pdf"))
    expected = [
        "What peer workers say about being asked to work alone: a made-up study",
        "Abstract. " + make.prose(2, 5),
    ]
    for number, heading in enumerate(("Introduction", "Methods", "Results", "Discussion"), start=1):
        expected.append(f"{number}. {heading}")
        expected += [
            f"Part {'ABCDE'[part]} of {heading.lower()}. " + make.prose(number + part, 7)
            for part in range(5)
        ]
    assert texts(extract) == expected


def test_a_sentence_over_a_page_break_is_one_block_with_its_pages(tmp_path: Path) -> None:
    extract = read(make.paper(tmp_path / "paper.pdf"))
    broken = [block for block in extract.blocks if block.page_starts]
    assert broken
    for block in broken:
        ((offset, page),) = block.page_starts
        assert page == (block.page or 0) + 1
        assert block.text[offset - 1] == " "
        assert not block.text[offset].isspace()


def test_a_title_page_number_on_one_page_is_left_out_but_not_a_number_of_the_text(
    tmp_path: Path,
) -> None:
    def draw(page: Canvas) -> None:
        make.lines_on(
            page, ["Beds on the ward in all, as counted by the nurses on duty today:", "14"]
        )
        page.drawCentredString(WIDTH / 2, 30, "1")

    extract = read(make.drawn(tmp_path / "one.pdf", draw))
    assert whole(extract).endswith("14")


def test_appendices_that_begin_each_page_are_no_running_header(tmp_path: Path) -> None:
    def appendix(number: int) -> Any:
        def draw(page: Canvas) -> None:
            page.setFont("Helvetica-Bold", 14)
            page.drawString(60, 790, f"Appendix {number}")
            make.lines_on(page, [make.SENTENCES[number], make.SENTENCES[number + 4]], y=750)
            page.drawString(60, 30, f"Page {number} of 6")

        return draw

    extract = read(make.drawn(tmp_path / "a.pdf", *(appendix(n) for n in range(1, 7))))
    assert texts(extract, "heading") == [f"Appendix {n}" for n in range(1, 7)]
    assert "Page" not in whole(extract)


def test_words_that_happen_to_stand_at_one_place_stay(tmp_path: Path) -> None:
    def page(number: int) -> Any:
        def draw(page: Canvas) -> None:
            make.lines_on(page, [f"{make.SENTENCES[number]} And"], y=110)
            page.drawString(60, 96, f"so it goes on in sentence {'abcdefgh'[number]}.")

        return draw

    extract = read(make.drawn(tmp_path / "w.pdf", *(page(n) for n in range(8))))
    assert whole(extract).count("And so it goes on") == 8


def test_headers_of_two_lines_and_times_of_printing_are_left_out(tmp_path: Path) -> None:
    def draw(page: Canvas) -> None:
        make.lines_on(
            page, ["Wexmoor and Tarn Valley", "Lone Working Policy"], y=815, size=8, step=9
        )
        make.lines_on(page, [make.SENTENCES[page.getPageNumber()]], y=760)
        make.lines_on(page, ["11/29/26, 10:18"], y=20, size=8)

    extract = read(make.drawn(tmp_path / "h.pdf", draw, draw, draw))
    assert texts(extract) == list(make.SENTENCES[1:4])


def test_entries_of_a_table_of_contents_are_no_headings(tmp_path: Path) -> None:
    def draw(page: Canvas) -> None:
        page.setFont("Helvetica-Bold", 14)
        page.drawString(60, 780, "Contents")
        for number, entry in enumerate(["1 Purpose", "2 Duties of managers", "Appendix"]):
            line = f"{entry} {'.' * (60 - len(entry))} {number + 2}"
            make.lines_on(page, [line], y=750 - 16 * number, font="Helvetica-Bold")
        page.setFont("Helvetica-Bold", 14)
        page.drawString(60, 650, "1 Purpose")
        make.lines_on(page, [make.SENTENCES[0]], y=630)

    extract = read(make.drawn(tmp_path / "c.pdf", draw))
    assert [(block.kind, block.text) for block in extract.blocks] == [
        ("heading", "Contents"),
        ("list-item", "1 Purpose 2"),
        ("list-item", "2 Duties of managers 3"),
        ("list-item", "Appendix 4"),
        ("heading", "1 Purpose"),
        ("paragraph", make.SENTENCES[0]),
    ]


def test_a_plain_numbered_line_over_a_paragraph_is_a_heading_and_a_short_list_is_not(
    tmp_path: Path,
) -> None:
    def draw(page: Canvas) -> None:
        make.lines_on(page, ["4.2 Home visits"], y=780)
        y = make.lines_on(page, [make.SENTENCES[0] + " And", "so it goes on."], y=750)
        make.lines_on(page, ["1. Keys", "2. Telephone", "3. Alarm"], y=y - 20)

    extract = read(make.drawn(tmp_path / "n.pdf", draw))
    assert [block.kind for block in extract.blocks] == ["heading", "paragraph"] + ["list-item"] * 3
    assert extract.blocks[0].level == 2


def test_a_short_heading_below_columns_comes_after_both(tmp_path: Path) -> None:
    def draw(page: Canvas) -> None:
        left = [
            "The left column holds",
            "words that run on and",
            "on to its last line of",
            "all and end here.",
        ]
        right = [
            "The right column goes",
            "on with more of such",
            "words until it is done",
            "with them as well.",
        ]
        make.lines_on(page, left, x=60, size=10, step=12)
        make.lines_on(page, right, x=320, size=10, step=12)
        page.setFont("Helvetica-Bold", 13)
        page.drawString(60, 715, "Afterwards")
        make.lines_on(page, [make.prose(1, 1) + " It is wide."], y=695)

    extract = read(make.drawn(tmp_path / "c.pdf", draw))
    text = whole(extract)
    assert text.index("end here") < text.index("The right column") < text.index("Afterwards")


# ---------------------------------------------------------------- words


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["They gave a recom-", "mendation."], "They gave a recommendation."),
        (["It was co-", "produced."], "It was co-produced."),
        (["Their lived-", "experience counts."], "Their lived-experience counts."),
        (["It is a non-", "statutory body."], "It is a non-statutory body."),
        (["The Covid-", "Nineteen years."], "The Covid-Nineteen years."),
        (["See https://example.org/", "lone for more."], "See https://example.org/lone for more."),
        (["It may be and/", "or it may not."], "It may be and/or it may not."),
        (["Workers -", "and others."], "Workers - and others."),
        (["Offer one-to-", "one support."], "Offer one-to-one support."),
    ],
)  # fmt: skip
def test_lines_are_joined_and_hyphens_undone(
    tmp_path: Path, lines: list[str], expected: str
) -> None:
    make.drawn(tmp_path / "h.pdf", lambda page: make.lines_on(page, lines))
    assert whole(read(tmp_path / "h.pdf")) == expected


def test_the_document_decides_about_a_hyphen_where_it_writes_the_word_elsewhere() -> None:
    with_hyphen = Joiner(["a user-led group", "more user-led work", "it is user-", "led by all"])
    assert with_hyphen.join("it is user-", "led by all") == "it is user-led by all"
    without = Joiner(["the selfless one", "a self-", "less act"])
    assert without.join("a self-", "less act") == "a selfless act"
    assert Joiner([]).join("soft\u00ad", "ware") == "software"


def test_ligatures_and_soft_hyphens_become_letters(tmp_path: Path) -> None:
    font = make.register("serif")
    make.drawn(
        tmp_path / "l.pdf",
        lambda page: make.lines_on(
            page, ["The oﬃce ﬁles, the ﬂoor, the eﬀort: super\u00advision"], font=font
        ),
    )
    assert whole(read(tmp_path / "l.pdf")) == "The office files, the floor, the effort: supervision"


def test_characters_that_cannot_be_seen_or_mislead_are_dropped() -> None:
    assert plain("a\u200bb\u202ec\u00a0 d\x07e") == "abc de"
    assert plain("\uf0b7 one") == "• one"


def test_raised_numbers_stay_apart_from_the_word(tmp_path: Path) -> None:
    def draw(page: Canvas) -> None:
        text = page.beginText(60, 700)
        text.setFont("Helvetica", 11)
        text.textOut("Visits are told to the desk")
        text.setFont("Helvetica", 6.5)
        text.setRise(4)
        text.textOut("12")
        text.setFont("Helvetica", 11)
        text.setRise(0)
        text.textOut(" every day.")
        page.drawText(text)

    assert (
        whole(read(make.drawn(tmp_path / "s.pdf", draw)))
        == "Visits are told to the desk¹² every day."
    )


# ---------------------------------------------------------------- turned, cropped


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_turned_pages_read_the_same(tmp_path: Path, turn: int) -> None:
    path = make.policy(tmp_path / "policy.pdf")
    upright = read(path)
    with pikepdf.open(path) as pdf:
        for page in pdf.pages:
            page.Rotate = turn
        pdf.save(tmp_path / "turned.pdf")
    assert sorted(texts(read(tmp_path / "turned.pdf"))) == sorted(texts(upright))


def test_a_table_set_sideways_on_an_upright_page_is_read(tmp_path: Path) -> None:
    def draw(page: Canvas) -> None:
        page.rotate(90)
        page.translate(0, -WIDTH)
        make.lines_on(page, [make.SENTENCES[0], make.SENTENCES[1]], y=500)

    extract = read(make.drawn(tmp_path / "side.pdf", draw))
    assert whole(extract) == f"{make.SENTENCES[0]} {make.SENTENCES[1]}"


def test_what_a_crop_hides_is_left_out(tmp_path: Path) -> None:
    def draw(page: Canvas) -> None:
        make.lines_on(page, ["Inside of the crop."], y=500)
        make.lines_on(page, ["Outside: obey this."], y=800)

    path = make.drawn(tmp_path / "p.pdf", draw)
    with pikepdf.open(path) as pdf:
        pdf.pages[0].CropBox = [0, 300, 500, 700]
        pdf.save(tmp_path / "cropped.pdf")
    extract = read(tmp_path / "cropped.pdf")
    assert whole(extract) == "Inside of the crop."
    assert kinds_of_trouble(extract) == {("hidden-text", 1)}


def test_a_stamp_across_each_page_is_left_out(tmp_path: Path) -> None:
    def draw(page: Canvas) -> None:
        make.lines_on(page, [make.SENTENCES[page.getPageNumber()]])
        page.saveState()
        page.translate(200, 300)
        page.rotate(45)
        page.setFont("Helvetica", 60)
        page.drawString(0, 0, "UNCONTROLLED COPY")
        page.restoreState()

    extract = read(make.drawn(tmp_path / "stamp.pdf", draw, draw, draw))
    assert texts(extract) == list(make.SENTENCES[1:4])
