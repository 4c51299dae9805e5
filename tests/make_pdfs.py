"""Makes PDFs for tests with several producers: reportlab, fpdf2, LibreOffice, Chromium, pikepdf.

Every text is made up for the tests. Functions write a file and give its path.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from fpdf import FPDF
from reportlab.lib import colors
from reportlab.lib.enums import TA_JUSTIFY
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import cm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen import canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    FrameBreak,
    ListFlowable,
    ListItem,
    NextPageTemplate,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)

FONTS = {
    "serif": Path("/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf"),
    "sans": Path("/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf"),
}
WIDTH, HEIGHT = A4

BODY = ParagraphStyle("body", fontName="Helvetica", fontSize=10.5, leading=14, spaceAfter=7)
JUSTIFIED = ParagraphStyle(
    "justified", parent=BODY, fontName="Times-Roman", fontSize=10, leading=12, alignment=TA_JUSTIFY
)
TITLE = ParagraphStyle("title", fontName="Helvetica-Bold", fontSize=20, leading=25, spaceAfter=14)
FIRST = ParagraphStyle(
    "first", fontName="Helvetica-Bold", fontSize=14, leading=18, spaceBefore=10, spaceAfter=6
)
SECOND = ParagraphStyle("second", parent=FIRST, fontSize=11.5, leading=15)
SMALL = ParagraphStyle("small", parent=BODY, fontSize=8, leading=10)

SENTENCES = (
    "Peer support workers tell somebody where they are going before each home visit.",
    "The person on duty keeps the list of visits and rings when a worker is not back in time.",
    "Nobody is asked to visit alone when the first contact was by telephone only.",
    "A worker may end a visit at any moment and needs no reason to do so.",
    "Supervision is offered every four weeks and lasts an hour at least.",
    "What is said in supervision is written down together and kept by both.",
    "Lived experience is the ground of this work, and the worker says how much is told.",
    "Teams speak with each other about what went well and about what did not.",
    "Managers read this policy with every new worker during the first week.",
    "Records are written with the person and say what the person wants them to say.",
    "Breaks are taken away from the ward, and nobody is called back from them.",
    "A telephone with a charged battery belongs to every visit outside of the building.",
)


def prose(start: int, count: int) -> str:
    """Some sentences, each set different."""
    return " ".join(f"{SENTENCES[(start + step * 5) % len(SENTENCES)]}" for step in range(count))


def register(name: str) -> str:
    """Make a font with ligatures known to reportlab; skips the test where it is not installed."""
    if not FONTS[name].exists():
        pytest.skip(f"the font {FONTS[name].name} is not installed")
    pdfmetrics.registerFont(TTFont(name, str(FONTS[name])))
    return name


# ---------------------------------------------------------------- reportlab


def drawn(path: Path, *pages: Callable[[canvas.Canvas], None], size: Any = A4, **info: str) -> Path:
    """A PDF whose pages are drawn by functions."""
    page = canvas.Canvas(str(path), pagesize=size)
    if "title" in info:
        page.setTitle(info["title"])
    if "author" in info:
        page.setAuthor(info["author"])
    for draw in pages:
        draw(page)
        page.showPage()
    page.save()
    return path


def lines_on(
    page: canvas.Canvas,
    lines: Sequence[str],
    x: float = 60,
    y: float = 780,
    font: str = "Helvetica",
    size: float = 11,
    step: float = 14,
) -> float:
    """Draw lines downwards and give the y below them."""
    page.setFont(font, size)
    for line in lines:
        page.drawString(x, y, line)
        y -= step
    return y


def flowing(
    path: Path,
    story: list[Flowable],
    on_page: Callable[[canvas.Canvas, Any], None] | None = None,
    columns: int = 1,
    **info: str,
) -> Path:
    """A PDF set by platypus, in one or more columns."""
    gap = 0.8 * cm
    margin = 2.2 * cm
    width = (WIDTH - 2 * margin - (columns - 1) * gap) / columns
    frames = [
        Frame(margin + n * (width + gap), margin, width, HEIGHT - 2 * margin, 0, 0, 0, 0)
        for n in range(columns)
    ]
    template = PageTemplate("page", frames, onPage=on_page or (lambda c, d: None))
    document = BaseDocTemplate(str(path), pagesize=A4, **info)
    document.addPageTemplates([template])
    document.build(story)
    return path


def header_and_footer(pages: int) -> Callable[[canvas.Canvas, Any], None]:
    """Draws what a trust's policy bears on every page."""

    def draw(page: canvas.Canvas, document: Any) -> None:
        page.setFont("Helvetica", 8.5)
        page.drawString(2.2 * cm, HEIGHT - 1.2 * cm, "Wexmoor and Tarn Valley NHS Foundation Trust")
        page.drawString(
            2.2 * cm,
            1.2 * cm,
            f"Lone Working Policy v3 – Page {document.page} of {pages} – uncontrolled when printed",
        )

    return draw


ROLES = [
    ["Role", "Responsibility", "When"],
    [
        "Peer support worker",
        "Tells the duty desk of each visit and rings when it is over",
        "Every visit",
    ],
    ["Duty officer", "Keeps the list; rings after 30 minutes without a call", "Daily"],
    ["Team manager", "Reads the list of missed calls", "Every week"],
]


def roles_table(ruled: bool = True) -> Flowable:
    """A table of roles, as policies have it."""
    cells = [[Paragraph(text, SMALL) for text in row] for row in ROLES] if ruled else ROLES
    table = Table(cells, colWidths=[4 * cm, 8.5 * cm, 4 * cm], hAlign="LEFT")
    if ruled:
        table.setStyle(
            TableStyle(
                [
                    ("GRID", (0, 0), (-1, -1), 0.5, colors.black),
                    ("BACKGROUND", (0, 0), (-1, 0), colors.lightgrey),
                    ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ]
            )
        )
    return table


def policy(path: Path) -> Path:
    """A policy of several pages: headings with numbers, clauses, bullets, a ruled table."""
    story: list[Flowable] = [
        Paragraph("Lone Working Policy", TITLE),
        Paragraph("1 Purpose", FIRST),
        Paragraph(prose(0, 4), BODY),
        Paragraph("2 Duties", FIRST),
        Paragraph("Table 1. Who does what", SMALL),
        roles_table(),
        Spacer(1, 12),
    ]
    for number in range(1, 8):
        story += [
            Paragraph(f"4.{number} Home visits of kind {'ABCDEFG'[number - 1]}", SECOND),
            Paragraph(prose(number, 5), BODY),
            Paragraph(prose(number + 3, 6), BODY),
            ListFlowable(
                [ListItem(Paragraph(SENTENCES[(number + n) % 12], BODY)) for n in range(3)],
                bulletType="bullet",
                start="•",
            ),
        ]
    return flowing(
        path, story, header_and_footer(3), title="Lone Working Policy", author="A. Writer"
    )


def paper(path: Path) -> Path:
    """A paper: a title and an abstract over the full width above two columns of justified text."""
    margin, gap, head = 2.0 * cm, 0.7 * cm, 6.5 * cm
    width = (WIDTH - 2 * margin - gap) / 2
    below = HEIGHT - 2 * margin - head
    first = [
        Frame(margin, margin + below, WIDTH - 2 * margin, head, 0, 0, 0, 0),
        Frame(margin, margin, width, below, 0, 0, 0, 0),
        Frame(margin + width + gap, margin, width, below, 0, 0, 0, 0),
    ]
    later = [
        Frame(margin, margin, width, HEIGHT - 2 * margin, 0, 0, 0, 0),
        Frame(margin + width + gap, margin, width, HEIGHT - 2 * margin, 0, 0, 0, 0),
    ]

    def on_page(page: canvas.Canvas, document: Any) -> None:
        page.setFont("Times-Italic", 8)
        page.drawCentredString(
            WIDTH / 2, HEIGHT - 1.1 * cm, "Journal of Made-up Studies 2024; 12: 45-52"
        )
        page.drawCentredString(WIDTH / 2, 1.1 * cm, str(44 + document.page))

    document = BaseDocTemplate(str(path), pagesize=A4)
    document.addPageTemplates(
        [PageTemplate("first", first, onPage=on_page), PageTemplate("later", later, onPage=on_page)]
    )
    story: list[Flowable] = [
        NextPageTemplate("later"),
        Paragraph("What peer workers say about being asked to work alone: a made-up study", TITLE),
        Paragraph("Abstract. " + prose(2, 5), JUSTIFIED),
        FrameBreak(),
    ]
    for number, heading in enumerate(("Introduction", "Methods", "Results", "Discussion"), start=1):
        story.append(Paragraph(f"{number}. {heading}", FIRST))
        story += [
            Paragraph(
                f"Part {'ABCDE'[part]} of {heading.lower()}. " + prose(number + part, 7), JUSTIFIED
            )
            for part in range(5)
        ]
    document.build(story)
    return path


# ---------------------------------------------------------------- others


def by_fpdf(path: Path, make: Callable[[FPDF], None]) -> Path:
    """A PDF made by fpdf2."""
    document = FPDF()
    document.set_auto_page_break(True, margin=20)
    make(document)
    document.output(str(path))
    return path


def by_libreoffice(source: Path, folder: Path) -> Path:
    """A document as LibreOffice exports it; skips the test without LibreOffice."""
    program = shutil.which("soffice")
    if program is None:
        pytest.skip("LibreOffice is not installed")
    subprocess.run(
        [
            program,
            f"-env:UserInstallation=file://{folder}/profile",
            "--headless",
            "--convert-to",
            "pdf",
            "--outdir",
            str(folder),
            str(source),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    return folder / f"{source.stem}.pdf"


def by_chromium(html: str, folder: Path) -> Path:
    """A page as Chromium prints it; skips the test without Chromium."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("Chromium is not installed")
    source, target = folder / "page.html", folder / "page.pdf"
    source.write_text(html, encoding="utf-8")
    subprocess.run(
        [
            program,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            f"--user-data-dir={folder}/chromium",
            f"--print-to-pdf={target}",
            source.as_uri(),
        ],
        check=True,
        capture_output=True,
        timeout=120,
        env={**os.environ, "HOME": str(folder)},
    )
    return target


def picture_of(text: Sequence[str], size: tuple[int, int] = (1240, 1754)) -> bytes:
    """A scan: lines of text as a PNG picture."""
    from PIL import Image, ImageDraw, ImageFont

    if not FONTS["sans"].exists():
        pytest.skip(f"the font {FONTS['sans'].name} is not installed")
    picture = Image.new("L", size, 255)
    pen = ImageDraw.Draw(picture)
    font = ImageFont.truetype(str(FONTS["sans"]), 34)
    for number, line in enumerate(text):
        pen.text((120, 150 + number * 52), line, fill=0, font=font)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def scan(path: Path, *pages: Sequence[str], layer: Sequence[str] = ()) -> Path:
    """Pages that are pictures, with an invisible layer of text where one is given."""
    from reportlab.lib.utils import ImageReader

    def draw(lines: Sequence[str]) -> Callable[[canvas.Canvas], None]:
        def on(page: canvas.Canvas) -> None:
            picture = ImageReader(io.BytesIO(picture_of(lines)))
            page.drawImage(picture, 0, 0, WIDTH, HEIGHT)
            if layer:
                text = page.beginText(60, 760)
                text.setFont("Helvetica", 12)
                text.setTextRenderMode(3)
                for line in layer:
                    text.textLine(line)
                page.drawText(text)

        return on

    return drawn(path, *(draw(lines) for lines in pages))
