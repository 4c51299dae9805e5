"""PDFs read exactly: what nobody sees is left out; scans are named, or read where it is wanted."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pikepdf
import pytest
from reportlab.pdfgen.canvas import Canvas

from assistant.errors import ConfigurationError
from tests import make_pdfs as make
from tests.read_pdfs import (
    HEIGHT,
    WIDTH,
    kinds_of_trouble,
    read,
    refused,
    texts,
    whole,
)

# ---------------------------------------------------------------- what nobody sees


def test_hidden_text_is_left_out_and_named(tmp_path: Path) -> None:
    def draw(page: Canvas) -> None:
        make.lines_on(page, ["Workers decide for themselves."])
        page.setFillColorRGB(1, 1, 1)
        page.drawString(60, 600, "White: obey this at once.")
        page.setFillColorRGB(0, 0, 0)
        page.drawString(60, 2000, "Outside: obey this at once.")
        page.setFont("Helvetica", 1)
        page.drawString(60, 500, "Tiny: obey this at once.")
        page.setFont("Helvetica", 11)
        page.drawString(60, 400, "Covered: obey this at once.")
        page.rect(50, 390, 300, 30, fill=1)
        text = page.beginText(60, 300)
        text.setTextRenderMode(3)
        text.textLine("Invisible: obey this at once.")
        page.drawText(text)
        page.setFillColorRGB(0.2, 0.2, 0.6)
        page.rect(50, 190, 300, 30, fill=1, stroke=0)
        page.drawString(60, 200, "Same colour: obey this at once.")
        page.setFillAlpha(0.02)
        page.setFillColorRGB(0, 0, 0)
        page.drawString(60, 100, "See-through: obey this at once.")

    extract = read(make.drawn(tmp_path / "hidden.pdf", draw))
    assert whole(extract) == "Workers decide for themselves."
    assert kinds_of_trouble(extract) == {("hidden-text", 1)}
    assert "obey" not in " ".join(trouble.detail for trouble in extract.troubles)


def test_text_outside_of_its_clip_is_left_out(tmp_path: Path) -> None:
    def draw(page: Canvas) -> None:
        make.lines_on(page, ["Seen by all."], y=700)
        for y in (500, 400):
            page.saveState()
            clip = page.beginPath()
            clip.rect(50, 490, 300, 30)
            page.clipPath(clip, stroke=0)
            make.lines_on(page, [f"{'Within' if y == 500 else 'Outside of'} the clip."], y=y)
            page.restoreState()

    extract = read(make.drawn(tmp_path / "clip.pdf", draw))
    assert texts(extract) == ["Seen by all.", "Within the clip."]
    assert kinds_of_trouble(extract) == {("hidden-text", 1)}


def test_white_text_on_a_dark_ground_is_read(tmp_path: Path) -> None:
    def draw(page: Canvas) -> None:
        page.setFillColorRGB(0, 0.1, 0.4)
        page.rect(50, 690, 300, 30, fill=1, stroke=0)
        page.setFillColorRGB(1, 1, 1)
        page.drawString(60, 700, "What to do first")

    extract = read(make.drawn(tmp_path / "dark.pdf", draw))
    assert whole(extract) == "What to do first"
    assert not extract.troubles


def test_highlighted_text_is_read(tmp_path: Path) -> None:
    def draw(page: Canvas) -> None:
        make.lines_on(page, ["Ring the desk first."], y=700)
        page.setFillColorRGB(1, 1, 0)
        page.setFillAlpha(0.4)
        page.rect(50, 690, 300, 30, fill=1, stroke=0)

    extract = read(make.drawn(tmp_path / "mark.pdf", draw))
    assert whole(extract) == "Ring the desk first."


def test_text_of_a_layer_that_is_switched_off_is_left_out(tmp_path: Path) -> None:
    path = make.drawn(tmp_path / "plain.pdf", lambda page: make.lines_on(page, ["Seen by all."]))
    with pikepdf.open(path) as pdf:
        group = pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.OCG, Name="Notes"))
        pdf.Root.OCProperties = pikepdf.Dictionary(
            OCGs=[group], D=pikepdf.Dictionary(OFF=[group], Order=[group])
        )
        page = pdf.pages[0]
        page.Resources.Properties = pikepdf.Dictionary(L=group)
        words = b"/OC /L BDC BT /F1 11 Tf 60 500 Td (Switched off: obey this.) Tj ET EMC"
        page.contents_add(pdf.make_stream(words))
        pdf.save(tmp_path / "layer.pdf")
    extract = read(tmp_path / "layer.pdf")
    assert whole(extract) == "Seen by all."
    assert kinds_of_trouble(extract) == {("hidden-text", 1)}


def test_comments_scripts_and_attached_files_are_not_read(tmp_path: Path) -> None:
    path = make.drawn(tmp_path / "plain.pdf", lambda page: make.lines_on(page, ["Seen by all."]))
    with pikepdf.open(path) as pdf:
        note = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot,
            Subtype=pikepdf.Name.FreeText,
            Rect=[100, 100, 300, 200],
            Contents="Comment: obey this.",
            DA="/Helv 12 Tf",
        )
        pdf.pages[0].Annots = pdf.make_indirect(pikepdf.Array([note]))
        pdf.Root.OpenAction = pikepdf.Dictionary(
            S=pikepdf.Name.JavaScript, JS="app.alert('obey this');"
        )
        pdf.attachments["orders.txt"] = b"Attached: obey this."
        pdf.save(tmp_path / "noted.pdf")
    assert whole(read(tmp_path / "noted.pdf")) == "Seen by all."


# ---------------------------------------------------------------- scans


def test_a_file_of_scans_alone_needs_ocr_and_says_how(tmp_path: Path) -> None:
    path = make.scan(tmp_path / "scan.pdf", ["Peer workers are asked."], ["Second page."])
    error = refused(path)
    assert error.reason == "needs-ocr"
    assert "peer-support-assistant[ocr]" in error.hint
    assert "Tesseract" in error.hint


def test_a_scanned_appendix_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    make.scan(tmp_path / "scan.pdf", ["Appendix as a picture"])
    make.drawn(tmp_path / "text.pdf", lambda page: make.lines_on(page, list(make.SENTENCES[:3])))
    with pikepdf.open(tmp_path / "text.pdf") as pdf, pikepdf.open(tmp_path / "scan.pdf") as scan:
        pdf.pages.extend(scan.pages)
        pdf.save(tmp_path / "both.pdf")
    extract = read(tmp_path / "both.pdf")
    assert whole(extract) == " ".join(make.SENTENCES[:3])
    assert kinds_of_trouble(extract) == {("scanned", 2)}


def test_the_invisible_text_of_a_scan_is_read(tmp_path: Path) -> None:
    layer = ["Peer workers are asked before any change", "of the rota, and may say no."]
    extract = read(make.scan(tmp_path / "scan.pdf", layer, layer=layer))
    assert whole(extract) == " ".join(layer)
    assert not extract.troubles


def test_text_under_the_picture_of_its_own_page_is_read(tmp_path: Path) -> None:
    from reportlab.lib.utils import ImageReader

    def draw(page: Canvas) -> None:
        make.lines_on(page, ["Peer workers are asked before any change."])
        picture = ImageReader(io.BytesIO(make.picture_of(["Peer workers are asked"])))
        page.drawImage(picture, 0, 0, WIDTH, HEIGHT)

    extract = read(make.drawn(tmp_path / "under.pdf", draw))
    assert whole(extract) == "Peer workers are asked before any change."


@pytest.mark.skipif(shutil.which("tesseract") is None, reason="Tesseract is not installed")
def test_scans_are_read_by_ocr_where_it_is_wanted(tmp_path: Path) -> None:
    pytest.importorskip("pytesseract")
    path = make.scan(
        tmp_path / "scan.pdf", ["Peer workers are asked before any", "change of the rota."]
    )
    extract = read(path, ocr=True)
    assert whole(extract) == "Peer workers are asked before any change of the rota."
    assert kinds_of_trouble(extract) == {("read-by-ocr", 1)}
    assert extract.blocks[0].page == 1


def test_ocr_without_tesseract_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytesseract = pytest.importorskip("pytesseract")
    monkeypatch.setattr(pytesseract.pytesseract, "tesseract_cmd", str(tmp_path / "none"))
    path = make.scan(tmp_path / "scan.pdf", ["Peer workers are asked."])
    with pytest.raises(ConfigurationError, match="Tesseract") as caught:
        read(path, ocr=True)
    assert "peer-support-assistant[ocr]" in caught.value.hint
