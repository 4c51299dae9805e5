"""PDFs that are broken, locked, too large or made up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pikepdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reportlab.pdfgen.canvas import Canvas

from assistant.documents.readers.pdf import read_pdf
from assistant.documents.records import Extract
from assistant.errors import DocumentError
from tests import make_pdfs as make
from tests.read_pdfs import (
    LIMITS,
    kinds_of_trouble,
    read,
    refused,
    texts,
)


def test_a_password_is_named(tmp_path: Path) -> None:
    path = make.policy(tmp_path / "p.pdf")
    with pikepdf.open(path) as pdf:
        pdf.save(tmp_path / "locked.pdf", encryption=pikepdf.Encryption(owner="o", user="u"))
        pdf.save(tmp_path / "open.pdf", encryption=pikepdf.Encryption(owner="o", user=""))
    assert refused(tmp_path / "locked.pdf").reason == "encrypted"
    assert texts(read(tmp_path / "open.pdf")) == texts(read(path))


@pytest.mark.parametrize("part", [0.02, 0.2, 0.5, 0.8, 0.97])
def test_a_truncated_file_is_refused_or_named_as_cut(tmp_path: Path, part: float) -> None:
    data = make.policy(tmp_path / "p.pdf").read_bytes()
    path = tmp_path / "cut.pdf"
    path.write_bytes(data[: int(len(data) * part)])
    try:
        extract = read(path)
    except DocumentError as error:
        assert error.reason in {"damaged", "no-text"}  # noqa: PT017
    else:
        assert ("cut-short", None) in kinds_of_trouble(extract)


def test_files_that_are_no_pdf_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"")
    assert refused(path).reason == "empty"
    path.write_bytes(b"PK\x03\x04 this is something else")
    assert refused(path).reason == "unsupported"
    assert refused(tmp_path / "nothing.pdf").reason == "not-found"
    assert refused(tmp_path).reason == "unreadable"


def test_letters_that_the_file_does_not_name_are_not_guessed(tmp_path: Path) -> None:
    def build(pdf: Any) -> None:
        pdf.add_page()
        pdf.add_font("sans", "", str(make.FONTS["sans"]))
        pdf.set_font("sans", size=11)
        pdf.multi_cell(0, 6, make.prose(0, 8))

    make.register("sans")
    with pikepdf.open(make.by_fpdf(tmp_path / "f.pdf", build)) as pdf:
        for thing in pdf.objects:
            if isinstance(thing, pikepdf.Dictionary) and "/ToUnicode" in thing:
                del thing["/ToUnicode"]
        make.drawn(tmp_path / "t.pdf", lambda page: make.lines_on(page, [make.SENTENCES[0]]))
        pdf.save(tmp_path / "unnamed.pdf")
        with pikepdf.open(tmp_path / "t.pdf") as text:
            pdf.pages.extend(text.pages)
            pdf.save(tmp_path / "both.pdf")
    assert refused(tmp_path / "unnamed.pdf").reason == "needs-ocr"
    extract = read(tmp_path / "both.pdf")
    assert texts(extract) == [make.SENTENCES[0]]
    assert ("unreadable", 1) in kinds_of_trouble(extract)


def test_a_file_without_pages_or_text_is_named(tmp_path: Path) -> None:
    with pikepdf.new() as pdf:
        pdf.save(tmp_path / "zero.pdf")
        pdf.add_blank_page()
        pdf.save(tmp_path / "blank.pdf")
    assert refused(tmp_path / "zero.pdf").reason == "empty"
    assert refused(tmp_path / "blank.pdf").reason == "no-text"


def test_the_name_that_the_user_knows_stands_in_the_message(tmp_path: Path) -> None:
    with pytest.raises(DocumentError) as caught:
        read_pdf(tmp_path / "3f2a.pdf", LIMITS, "archive.zip!/policy.pdf")
    assert caught.value.file == "archive.zip!/policy.pdf"


@pytest.mark.parametrize(
    ("broken", "trouble", "read_on"),
    [(pikepdf.Dictionary(A=1), "empty", True), (pikepdf.Array([1]), "unreadable", False)],
)
def test_a_broken_page_is_named_and_the_rest_is_read(
    tmp_path: Path, broken: Any, trouble: str, read_on: bool
) -> None:
    def draw(page: Canvas) -> None:
        make.lines_on(page, [make.SENTENCES[page.getPageNumber()]])

    with pikepdf.open(make.drawn(tmp_path / "p.pdf", draw, draw, draw)) as pdf:
        pdf.Root.Pages.Kids[1] = pdf.make_indirect(broken)
        pdf.save(tmp_path / "broken.pdf")
    extract = read(tmp_path / "broken.pdf")
    assert texts(extract) == [make.SENTENCES[1]] + [make.SENTENCES[3]] * read_on
    assert (trouble, 2) in kinds_of_trouble(extract)


def test_limits_on_pages_and_characters_hold(tmp_path: Path) -> None:
    path = make.policy(tmp_path / "p.pdf")
    assert refused(path, pages=2).reason == "too-many-pages"
    extract = read(path, characters=5000)
    assert ("cut-short", 2) in kinds_of_trouble(extract)
    assert {block.page for block in extract.blocks} == {1}


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.binary(max_size=400))
def test_any_bytes_give_a_refusal_or_an_extract(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "any.pdf"
    path.write_bytes(b"%PDF-1.7" + data)
    try:
        assert isinstance(read(path), Extract)
    except DocumentError as error:
        assert error.hint  # noqa: PT017


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_a_file_with_changed_bytes_gives_a_refusal_or_an_extract(tmp_path: Path, data: Any) -> None:
    whole_file = tmp_path / "whole.pdf"
    if not whole_file.exists():
        make.drawn(whole_file, lambda page: make.lines_on(page, list(make.SENTENCES)))
    changed = bytearray(whole_file.read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        changed[data.draw(st.integers(8, len(changed) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "changed.pdf"
    path.write_bytes(bytes(changed))
    try:
        assert isinstance(read(path), Extract)
    except DocumentError as error:
        assert error.hint  # noqa: PT017
