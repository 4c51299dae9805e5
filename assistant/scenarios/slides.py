"""The outline of a course as PowerPoint slides: plain, large, with the trainer's notes."""

from __future__ import annotations

import io

from assistant.scenarios.course import Course, Slide

LANGUAGE = "en-GB"
TITLE_POINTS, TEXT_POINTS, SMALL_POINTS = 34, 24, 18
LONG_TEXT, LONG_TITLE = 320, 90
"""Characters above which a slide's words are set smaller."""


def to_pptx(course: Course) -> bytes:
    """The slides as a file."""
    from pptx import Presentation
    from pptx.util import Inches

    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(13.333), Inches(7.5)
    deck.core_properties.title = course.title
    deck.core_properties.author = ""
    deck.core_properties.language = LANGUAGE
    _cover(deck, course)
    for slide in course.slides:
        _slide(deck, slide)
    out = io.BytesIO()
    deck.save(out)
    return out.getvalue()


def _cover(deck, course: Course) -> None:  # type: ignore[no-untyped-def]
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    _place(slide.shapes.title, 2.4, 2.0)
    _write(slide.shapes.title.text_frame, [course.title], 40)


def _slide(deck, content: Slide) -> None:  # type: ignore[no-untyped-def]
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    title, body = slide.shapes.title, slide.placeholders[1]
    _place(title, 0.5, 1.6)
    _place(body, 2.2, 4.8)
    _write(
        title.text_frame, [content.title], 28 if len(content.title) > LONG_TITLE else TITLE_POINTS
    )
    long = sum(map(len, content.lines)) > LONG_TEXT
    _write(body.text_frame, list(content.lines), SMALL_POINTS if long else TEXT_POINTS)
    if content.notes:
        slide.notes_slide.notes_text_frame.text = content.notes


def _place(shape, top: float, height: float) -> None:  # type: ignore[no-untyped-def]
    from pptx.util import Inches

    shape.left, shape.top = Inches(0.9), Inches(top)
    shape.width, shape.height = Inches(11.5), Inches(height)


def _write(frame, lines: list[str], points: int) -> None:  # type: ignore[no-untyped-def]
    """Lines as paragraphs, left-aligned, in one size and in English as written in Britain."""
    from pptx.enum.text import PP_ALIGN
    from pptx.util import Pt

    frame.word_wrap = True
    for number, text in enumerate(lines):
        paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
        paragraph.alignment = PP_ALIGN.LEFT
        paragraph.space_after = Pt(10)
        run = paragraph.add_run()
        run.text = text
        run.font.size = Pt(points)
        run._r.get_or_add_rPr().set("lang", LANGUAGE)
