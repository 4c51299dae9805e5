"""Pictures of PDF pages, and boxes around the words of a passage on them."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from assistant.documents.pictures import Box, boxes_on_page, page_picture
from assistant.documents.readers.pdf import read_pdf
from assistant.documents.records import Block, Limits
from assistant.errors import DocumentError
from tests import make_pdfs as make

WIDTH, HEIGHT = A4
WORDS = "Ring the duty desk first"


def one_line(path: Path) -> Path:
    """A page with one line of text near the left, 142 points from the top."""
    return make.drawn(path, lambda page: make.lines_on(page, [WORDS], x=60, y=700, size=20))


def picture(path: Path, page: int = 1, width: int = 800) -> Image.Image:
    return Image.open(io.BytesIO(page_picture(path, page, width))).convert("L")


def darkest(image: Image.Image, box: Box) -> int:
    """The darkest grey within a box."""
    wide, high = image.size
    part = image.crop(
        (
            int(box.left * wide),
            int(box.top * high),
            int((box.left + box.width) * wide) + 1,
            int((box.top + box.height) * high) + 1,
        )
    )
    return int(part.getextrema()[0])  # type: ignore[arg-type]


def outside_is_blank(image: Image.Image, box: Box) -> bool:
    """Whether nothing is drawn outside of a box."""
    wide, high = image.size
    left, top = int(box.left * wide) - 2, int(box.top * high) - 2
    right = int((box.left + box.width) * wide) + 2
    bottom = int((box.top + box.height) * high) + 2
    covered = image.copy()
    covered.paste(255, (left, top, right, bottom))
    return covered.getextrema()[0] == 255


def on_page(block: Block, page: int) -> str:
    """The part of a block that stands on a page."""
    starts = [(0, block.page or 0), *block.page_starts, (len(block.text), 0)]
    return "".join(
        block.text[start : starts[number + 1][0]]
        for number, (start, at) in enumerate(starts[:-1])
        if at == page
    )


def test_a_picture_has_the_width_asked_for_and_the_shape_of_the_page(tmp_path: Path) -> None:
    path = one_line(tmp_path / "a.pdf")
    assert page_picture(path, 1)[:8] == b"\x89PNG\r\n\x1a\n"
    wide, high = picture(path, width=600).size
    assert abs(wide - 600) <= 1
    assert abs(high - 600 * HEIGHT / WIDTH) <= 2


def test_the_box_of_a_line_stands_where_the_line_is(tmp_path: Path) -> None:
    path = one_line(tmp_path / "a.pdf")
    (box,) = boxes_on_page(path, 1, WORDS)
    assert box.left == pytest.approx(60 / WIDTH, abs=0.005)
    assert box.top < (HEIGHT - 700) / HEIGHT < box.top + box.height
    assert outside_is_blank(picture(path), box)


def test_part_of_a_line_has_a_box_of_its_own(tmp_path: Path) -> None:
    path = one_line(tmp_path / "a.pdf")
    (whole,) = boxes_on_page(path, 1, WORDS)
    (part,) = boxes_on_page(path, 1, "duty desk")
    assert whole.left < part.left
    assert part.left + part.width < whole.left + whole.width


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
@pytest.mark.parametrize("crop", [None, [30, 400, 500, 780]])
def test_boxes_follow_the_turn_and_the_crop_of_a_page(
    tmp_path: Path, turn: int, crop: list[int] | None
) -> None:
    with pikepdf.open(one_line(tmp_path / "a.pdf")) as pdf:
        pdf.pages[0].Rotate = turn
        if crop:
            pdf.pages[0].CropBox = crop
        pdf.save(tmp_path / "b.pdf")
    (box,) = boxes_on_page(tmp_path / "b.pdf", 1, WORDS)
    image = picture(tmp_path / "b.pdf")
    assert darkest(image, box) < 60
    assert outside_is_blank(image, box)


def test_every_block_of_a_policy_and_of_a_paper_is_found_again(tmp_path: Path) -> None:
    for make_file in (make.policy, make.paper):
        path = make_file(tmp_path / f"{make_file.__name__}.pdf")
        for block in read_pdf(path, Limits()).blocks:
            pages = [block.page or 0, *(page for _, page in block.page_starts)]
            for page in pages:
                assert boxes_on_page(path, page, on_page(block, page)), block.text


def test_a_paragraph_has_one_box_a_line_in_its_column(tmp_path: Path) -> None:
    path = make.paper(tmp_path / "paper.pdf")
    blocks = read_pdf(path, Limits()).blocks
    block = next(b for b in blocks if b.text.startswith("Part B of introduction"))
    boxes = boxes_on_page(path, 1, block.text)
    assert len(boxes) > 5
    assert all(box.left + box.width < 0.5 for box in boxes)
    tops = [box.top for box in boxes]
    assert tops == sorted(tops)
    assert len(set(tops)) == len(tops)


def test_hyphens_ligatures_and_bullets_do_not_matter(tmp_path: Path) -> None:
    font = make.register("serif")
    lines = ["• The oﬃce gave a recom-", "mendation to the ﬂoor."]
    path = make.drawn(tmp_path / "l.pdf", lambda page: make.lines_on(page, lines, font=font))
    assert len(boxes_on_page(path, 1, "The office gave a recommendation to the floor.")) == 2


def test_cells_of_a_table_have_boxes(tmp_path: Path) -> None:
    path = make.policy(tmp_path / "policy.pdf")
    boxes = boxes_on_page(path, 1, "\n".join(" | ".join(row) for row in make.ROLES))
    assert len(boxes) >= 12


def test_words_parted_by_a_footnote_are_found_in_parts(tmp_path: Path) -> None:
    def draw(page: Canvas) -> None:
        make.lines_on(page, ["The first half of the sentence stands here"], y=700)
        make.lines_on(page, ["Something else altogether comes in between"], y=686)
        make.lines_on(page, ["and the second half of it stands down here"], y=672)

    path = make.drawn(tmp_path / "p.pdf", draw)
    words = "The first half of the sentence stands here and the second half of it stands down here"
    boxes = boxes_on_page(path, 1, words)
    assert len(boxes) == 2


def test_words_that_are_not_there_and_scans_have_no_boxes(tmp_path: Path) -> None:
    path = one_line(tmp_path / "a.pdf")
    assert boxes_on_page(path, 1, "Something else that nobody wrote") == ()
    assert boxes_on_page(path, 1, " … ") == ()
    scan = make.scan(tmp_path / "scan.pdf", [WORDS])
    assert boxes_on_page(scan, 1, WORDS) == ()
    assert page_picture(scan, 1)


@pytest.mark.parametrize("act", [page_picture, lambda path, page: boxes_on_page(path, page, "a")])
def test_a_page_that_is_not_there_is_named(tmp_path: Path, act: Any) -> None:
    path = one_line(tmp_path / "a.pdf")
    with pytest.raises(DocumentError) as caught:
        act(path, 2)
    assert caught.value.reason == "unreadable"
    with pytest.raises(DocumentError) as caught:
        act(tmp_path / "none.pdf", 1)
    assert caught.value.reason == "not-found"


def test_pictures_can_be_asked_for_by_several_threads(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    path = make.policy(tmp_path / "policy.pdf")
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda number: page_picture(path, number % 3 + 1, 200), range(12)))
    assert made[:3] * 4 == made
