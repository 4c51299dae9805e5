"""Papers in every format: what they say, what they are for readers and machines, and that text in
them stays text."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import docx
import openpyxl
import pikepdf
import pypdfium2 as pdfium
import pytest
from lxml import etree

from assistant.assembly import Assistant
from assistant.errors import UsageError
from assistant.exports.answers import answer_paper, conversation_paper
from assistant.exports.docx import to_docx
from assistant.exports.docx_parts import WORD_SPACE
from assistant.exports.forms import FORMS, form_of, written
from assistant.exports.markdown import to_markdown
from assistant.exports.notes import lines_of, notes_of, tidied
from assistant.exports.pdf import to_pdf
from assistant.exports.records import (
    Heading,
    PageBreak,
    Paper,
    Paragraph,
    Picture,
    Table,
    Words,
    plain,
)
from assistant.exports.tables import to_csv, to_xlsx
from assistant.presentation import answer_to_markdown
from assistant.presentation.plan import made_by
from tests import fakes_web as fake
from tests.paper_samples import FORMULA, HOSTILE, PICTURES, UNSEEN, citation, png, whole
from tests.small_library import ASK_CONTESTED, ASK_LAW, ASK_NOTHING, QUESTIONS

W = f"{{{WORD_SPACE}}}"


def part(data: bytes, name: str) -> Any:
    """A part of a Word file as a tree."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return etree.fromstring(archive.read(name))


def text_of(tree: Any) -> str:
    return "".join(node.text or "" for node in tree.iter(f"{W}t"))


def pdf_text(data: bytes) -> str:
    document = pdfium.PdfDocument(data)
    return "\n".join(page.get_textpage().get_text_bounded() for page in document)


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


# ---------------------------------------------------------------- made ready


def test_citations_are_numbered_as_they_first_stand() -> None:
    paper, numbers = tidied(whole())
    assert numbers == {2: 1, 1: 2, 3: 3}
    assert [c.evidence_id for c in paper.citations] == [
        "source-2-note",
        "source-1-note",
        "source-3-note",
    ]
    assert tidied(paper)[0] == paper


def test_the_same_evidence_has_one_number_and_one_note() -> None:
    twice = (citation(1), citation(1).model_copy(update={"n": 7}), citation(2))
    paper, _ = tidied(Paper("T", (Paragraph(plain("a", 7)), Paragraph(plain("b", 1, 2))), twice))
    assert [c.n for c in paper.citations] == [1, 2]
    assert list(notes_of(paper)) == [1, 2]


def test_a_number_without_a_citation_is_left_out() -> None:
    paper, _ = tidied(Paper("T", (Paragraph(plain("a", 5, 1)),), (citation(1),)))
    assert "[^1]" in to_markdown(paper)
    assert "5" not in to_markdown(paper)


def test_headings_go_down_one_step_at_a_time() -> None:
    levels = (3, 3, 1, 3, 2)
    paper, _ = tidied(Paper("T", tuple(Heading("h", level) for level in levels)))
    assert [block.level for block in paper.blocks if isinstance(block, Heading)] == [1, 2, 1, 2, 2]
    assert to_pdf(Paper("T", (Heading("h", 3), Paragraph(plain("x"))))).startswith(b"%PDF")


def test_a_picture_without_words_is_called_by_its_caption() -> None:
    paper = Paper("T", (Picture(png(), "", "A plot"),))
    assert b'descr="A plot"' in zipfile.ZipFile(io.BytesIO(to_docx(paper))).read(
        "word/document.xml"
    )
    assert to_pdf(paper).startswith(b"%PDF")


def test_a_note_tells_strength_reading_and_status() -> None:
    old = citation(1, status="superseded", basis="abstract", our_reading="that it applies")
    paper, _ = tidied(Paper("T", (Paragraph(plain("a", 1)),), (old,)))
    note = "".join(run.text for run in notes_of(paper)[1])
    assert note.startswith("NHS England, 2021, section 1. SUPERSEDED. Guidance: professional")
    assert "read from the abstract; checked 01.03.2026" in note
    assert "Our note of it: “A trust must do thing number 1.”" in note
    assert note.endswith("Our own reading: that it applies.")


def test_a_note_of_an_added_document_says_so() -> None:
    own = citation(
        1, span=(0, 10), kind="local-policy", title="Lone Working Policy", authors=(), url=""
    )
    paper, _ = tidied(Paper("T", (Paragraph(plain("a", 1)),), (own,)))
    note = "".join(run.text for run in notes_of(paper)[1])
    assert note.startswith("Lone Working Policy, 2021, section 1. Local policy; England;")
    assert "quoted word for word; added 01.03.2026. It says: “A trust must" in note


def test_a_note_does_not_repeat_what_the_paper_says_word_for_word() -> None:
    paper, _ = tidied(Paper("T", (Paragraph(plain(citation(1).text, 1)),), (citation(1),)))
    assert "Our note" not in "".join(run.text for run in notes_of(paper)[1])


# ---------------------------------------------------------------- answers


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_paper_says_all_that_the_markdown_of_an_answer_says(
    question: str, small_assistant: Assistant
) -> None:
    answer = small_assistant.ask(question)
    shown = to_markdown(answer_paper(answer))
    shown = squeezed(re.sub(r"\[\^\d+\]|[\\*|]", "", shown))
    for line in answer_to_markdown(answer, record=False).partition("## Sources")[0].splitlines():
        words = re.sub(r"\[\d+(?:, [^\]]+)?\]|[\\*#]|^- ", "", line)
        assert squeezed(words) in shown, line


def test_positions_stand_in_a_table_with_who_holds_them(small_assistant: Assistant) -> None:
    answer = small_assistant.ask(ASK_CONTESTED)
    paper = answer_paper(answer)
    (table,) = [block for block in paper.blocks if isinstance(block, Table)]
    assert [row[1][0].text for row in table.rows] == [p.held_by for p in answer.positions]
    assert all(any(run.cites for run in row[2]) for row in table.rows)


def test_a_source_of_another_country_is_named_before_its_mark() -> None:
    answer = fake.restraint()
    abroad = {c.evidence_id for c in answer.citations if c.jurisdiction == "Germany"}
    paper = answer_paper(answer)
    numbers = {c.n for c in paper.citations if c.evidence_id in abroad}
    runs = [run for line in lines_of(paper.blocks) for run in line if set(run.cites) & numbers]
    assert runs
    assert {run.text for run in runs} == {" (Germany)"}
    assert all(set(run.cites) <= numbers for run in runs)


def test_help_stands_before_anything_else_and_nothing_is_cited() -> None:
    paper = answer_paper(fake.crisis_self("I cannot go on"))
    assert not paper.citations
    shown = to_markdown(paper).partition("<!--")[0]
    assert "116 123" in shown
    assert "verify" not in shown
    assert "## Sources" not in shown


def test_personal_details_are_in_no_format(small_assistant: Assistant) -> None:
    answer = small_assistant.ask(f"Mrs Joan Carver, NHS number 943 476 5919: {ASK_LAW}")
    assert answer.personal_details
    paper = answer_paper(answer)
    assert "Carver" not in repr(paper)
    assert "5919" not in repr(paper)
    assert "Left out of the search" in to_markdown(paper)


def test_what_a_chat_model_did_is_told(small_assistant: Assistant) -> None:
    answer = small_assistant.ask(ASK_LAW)
    engine = answer.engine.model_copy(update={"mode": "generated", "model": "maker:small"})
    asked = answer.model_copy(update={"engine": engine})
    assert made_by(asked)
    assert made_by(asked) in to_markdown(answer_paper(asked)).replace("\\", "")
    assert "maker:small" not in to_markdown(answer_paper(answer))


def test_a_conversation_holds_every_answer_and_each_source_once(
    small_assistant: Assistant,
) -> None:
    answers = [small_assistant.ask(q) for q in (ASK_LAW, ASK_CONTESTED, ASK_LAW)]
    paper = conversation_paper(answers)
    titles = [b.text for b in paper.blocks if isinstance(b, Heading) and b.level == 1]
    assert titles == [ASK_LAW, ASK_CONTESTED, ASK_LAW]
    evidence = [c.evidence_id for c in paper.citations]
    assert len(evidence) == len(set(evidence))
    assert set(evidence) == {c.evidence_id for answer in answers for c in answer.citations}


def test_a_conversation_of_one_is_that_answer(small_assistant: Assistant) -> None:
    answer = small_assistant.ask(ASK_LAW)
    assert conversation_paper([answer]) == answer_paper(answer)
    with pytest.raises(ValueError, match="needs an answer"):
        conversation_paper([])


# ---------------------------------------------------------------- Word


def test_word_opens_with_styles_table_and_picture() -> None:
    document = docx.Document(io.BytesIO(to_docx(whole())))
    styles = {p.style.name for p in document.paragraphs}
    assert {"Title", "Subtitle", "Heading 1", "Heading 2", "Heading 3"} <= styles
    assert {"List Bullet", "List Number", "Caption", "Lead", "Small", "Label"} <= styles
    assert [cell.text for cell in document.tables[0].rows[0].cells] == [
        "What",
        "Column Plain words",
        "Date",
    ]
    assert document.core_properties.title == "Title Plain words"
    assert not document.core_properties.author
    assert len(document.inline_shapes) == 1


def test_word_has_a_footnote_for_each_source_and_refers_back_to_it() -> None:
    data = to_docx(whole())
    body, notes = part(data, "word/document.xml"), part(data, "word/footnotes.xml")
    marks = [int(node.get(f"{W}id")) for node in body.iter(f"{W}footnoteReference")]
    assert marks == [1, 2, 3]
    held = {int(n.get(f"{W}id")): text_of(n) for n in notes if n.get(f"{W}type") is None}
    assert sorted(held) == marks
    assert "Australia" in held[1]
    again = [node.text for node in body.iter(f"{W}instrText")]
    assert [re.findall(r"NOTEREF (\S+)", code) for code in again] == [
        ["_RefNote2"],
        ["_RefNote2"],
        ["_RefNote1"],
    ]
    names = {node.get(f"{W}name") for node in body.iter(f"{W}bookmarkStart")}
    assert names == {"_RefNote1", "_RefNote2", "_RefNote3"}


def test_word_is_accessible() -> None:
    data = to_docx(whole())
    body = part(data, "word/document.xml")
    assert [row.find(f"{W}trPr/{W}tblHeader") is not None for row in body.iter(f"{W}tr")] == [
        True,
        False,
        False,
    ]
    pictures = [n.get("descr") for n in body.iter() if str(n.tag).endswith("}docPr")]
    assert pictures == ["Picture of Plain words"]
    assert part(data, "word/styles.xml").find(f".//{W}lang").get(f"{W}val") == "en-GB"
    empty = [p for p in body.iter(f"{W}p") if not text_of(p) and p.find(f".//{W}drawing") is None]
    cells = [p for p in empty if p.getparent().tag == f"{W}tc"]
    assert empty == cells, "an empty paragraph is used as spacing"
    assert part(data, "word/settings.xml").find(f".//{W}compatSetting").get(f"{W}val") == "15"


def test_word_numbers_each_list_from_one() -> None:
    data = to_docx(whole())
    body, numbering = part(data, "word/document.xml"), part(data, "word/numbering.xml")
    used = [n.get(f"{W}val") for n in body.iter(f"{W}numId")]
    assert used == ["3", "3", "4"]
    restarted = [n.get(f"{W}numId") for n in numbering.iter(f"{W}num") if len(n) > 1]
    assert restarted == ["3", "4"]


def test_word_begins_a_new_page_without_an_empty_paragraph() -> None:
    body = part(to_docx(whole()), "word/document.xml")
    (paragraph,) = [
        p for p in body.iter(f"{W}p") if p.find(f"{W}pPr/{W}pageBreakBefore") is not None
    ]
    assert text_of(paragraph) == "Third"


def test_tables_without_captions_stay_apart() -> None:
    table = Table("", ("A",), ((plain("x"),),))
    document = docx.Document(io.BytesIO(to_docx(Paper("T", (table, table, PageBreak(), table)))))
    assert len(document.tables) == 3
    body = part(to_docx(Paper("T", (table, table))), "word/document.xml")[0]
    tags = [str(node.tag).removeprefix(W) for node in body]
    assert tags == ["p", "tbl", "p", "tbl", "p", "sectPr"]


def test_word_footer_counts_pages_and_the_header_bears_the_title() -> None:
    data = to_docx(whole())
    fields = [
        n.get(f"{W}instr").strip() for n in part(data, "word/footer1.xml").iter(f"{W}fldSimple")
    ]
    assert fields == ["PAGE", "NUMPAGES"]
    assert text_of(part(data, "word/header1.xml")) == "Title Plain words"
    assert text_of(part(data, "word/header2.xml")) == ""


def test_every_part_of_a_word_file_has_a_type_and_every_relation_a_target() -> None:
    data = to_docx(answer_paper(fake.restraint()))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = set(archive.namelist())
        types = etree.fromstring(archive.read("[Content_Types].xml"))
        known = {node.get("PartName") for node in types if node.get("PartName")}
        assert {
            f"/{name}" for name in names if name.startswith("word/") and name.count("/") == 1
        } <= (known)
        for name in names:
            if not name.endswith(".rels"):
                continue
            base = name.replace("_rels/", "").rpartition("/")[0]
            for relation in etree.fromstring(archive.read(name)):
                if relation.get("TargetMode") == "External":
                    assert re.fullmatch(r"https?://[!-~]+", relation.get("Target"))
                    continue
                path = f"{base}/{relation.get('Target')}".lstrip("/")
                assert re.sub(r"[^/]+/\.\./", "", path) in names


def test_a_relation_that_a_part_uses_is_its_own() -> None:
    linked = citation(1, locator="see https://example.org/a and http://example.org/b")
    paper = Paper("T", (Paragraph(plain("x https://example.org/c", 1)),), (linked,))
    data = to_docx(paper)
    used = re.compile(rb'r:(?:id|embed)="([^"]+)"')
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            own = name.replace("word/", "word/_rels/") + ".rels"
            held = archive.read(own) if own in archive.namelist() else b""
            for key in set(used.findall(archive.read(name))):
                assert b'Id="' + key + b'"' in held, (name, key)


def test_a_table_with_many_columns_turns_the_page() -> None:
    def table(count: int) -> Table:
        return Table("C", ("A",) * count, ((plain("x"),) * count,))

    narrow, wide = (Paper("T", (table(count),)) for count in (5, 6))
    for paper, turned in ((narrow, False), (wide, True)):
        section = docx.Document(io.BytesIO(to_docx(paper))).sections[0]
        assert (section.page_width > section.page_height) is turned
        width, height = pdfium.PdfDocument(to_pdf(paper))[0].get_size()
        assert (width > height) is turned


def test_the_same_paper_gives_the_same_bytes(small_assistant: Assistant) -> None:
    paper = answer_paper(small_assistant.ask(ASK_LAW))
    assert to_docx(paper) == to_docx(paper)
    assert to_pdf(paper) == to_pdf(paper)


# ---------------------------------------------------------------- PDF


@pytest.fixture(scope="module")
def pdf() -> bytes:
    return to_pdf(whole())


def test_pdf_is_tagged_and_says_what_it_is(pdf: bytes) -> None:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        root = document.Root
        assert root.Lang == "en-GB"
        assert root.MarkInfo.Marked
        assert root.ViewerPreferences.DisplayDocTitle
        with document.open_metadata() as metadata:
            assert metadata["dc:title"] == "Title Plain words"
            assert metadata["pdfuaid:part"] == "1"
        assert "/Author" not in document.docinfo
        found = list(_tags(root.StructTreeRoot))
    names = [str(tag.get("/S")) for tag in found if "/S" in tag]
    for name in ("/H1", "/H2", "/H3", "/L", "/LI", "/Table", "/TH", "/TD", "/Figure", "/Note"):
        assert name in names, name
    alternatives = [str(tag.Alt) for tag in found if "/Alt" in tag]
    assert "Picture of Plain words" in alternatives


def _tags(node: Any, depth: int = 0) -> Iterator[Any]:
    if isinstance(node, pikepdf.Array):
        for one in node:
            yield from _tags(one, depth + 1)
    elif isinstance(node, pikepdf.Dictionary) and depth < 60:
        yield node
        if "/K" in node:
            yield from _tags(node.K, depth + 1)


def test_pdf_shows_all_text_and_pages_are_counted(pdf: bytes) -> None:
    text = squeezed(pdf_text(pdf))
    for words in ("TitlePlain", "LeadPlain", "CellPlain", "againfirst", "CaptionPlain", "Page1of"):
        assert words in text


def test_pdf_tells_nothing_of_the_computer(pdf: bytes) -> None:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        streams = b"".join(
            o.read_bytes() for o in document.objects if isinstance(o, pikepdf.Stream)
        )
    assert b"/tmp" not in pdf + streams
    assert b"assistant" not in pdf


def test_pdf_names_what_no_font_can_show() -> None:
    paper = Paper("T", (Paragraph(plain("Odd \U0001f9ff\U00013000 end")),))
    text = pdf_text(to_pdf(paper)).replace("\r\n", " ")
    assert "nazar amulet" in text or "\U0001f9ff" in text
    assert "end" in text


# ---------------------------------------------------------------- tables


def test_csv_opens_in_spreadsheets_and_runs_nothing() -> None:
    data = to_csv(whole())
    assert data.startswith(b"\xef\xbb\xbf")
    text = data.decode("utf-8-sig")
    assert text.startswith("What,Column Plain words,Date\r\n")
    assert "Cell Plain words [3]" in text
    assert "\r\nNotes\r\n[1]," in text
    assert "'=HYPERLINK" in text


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "|", "%"])
def test_no_cell_begins_a_formula(start: str) -> None:
    paper = Paper("T", (Table("C", ("A",), ((plain(f"{start}cmd"),),)),))
    cell = to_csv(paper).decode("utf-8-sig").splitlines()[1].strip('"')
    assert cell.startswith("'") or start == "\t="
    if start == "\t=":
        assert cell == "'=cmd"
    sheet = openpyxl.load_workbook(io.BytesIO(to_xlsx(paper))).worksheets[0]
    assert sheet["A2"].data_type == "s"
    assert sheet["A2"].quotePrefix


def test_xlsx_has_frozen_headings_wrapped_text_and_notes() -> None:
    book = openpyxl.load_workbook(io.BytesIO(to_xlsx(whole())))
    assert book.sheetnames == ["Table Plain words", "Notes", "Sources"]
    sheet = book.worksheets[0]
    assert sheet.freeze_panes == "A2"
    assert sheet["A2"].alignment.wrap_text
    assert sheet["A3"].value == FORMULA
    assert sheet["A3"].data_type == "s"
    assert sheet.column_dimensions["A"].width > sheet.column_dimensions["C"].width
    assert book.properties.creator in (None, "")


def test_a_sheet_takes_any_caption() -> None:
    tables = tuple(Table("a/b:*?[" + "x" * 40, ("A",), ((plain("1"),),)) for _ in range(3))
    book = openpyxl.load_workbook(io.BytesIO(to_xlsx(Paper("T", tables))))
    assert len(set(book.sheetnames)) == 3
    assert all(len(name) <= 31 for name in book.sheetnames)


# ---------------------------------------------------------------- text that means harm


@pytest.mark.parametrize("words", [HOSTILE, UNSEEN, PICTURES, "-" * 3, "1. one", "# not", "| a |"])
def test_text_stays_text_in_every_format(words: str) -> None:
    paper = whole(words)
    clean = tidied(paper)[0].title
    markdown = to_markdown(paper)
    assert "\n<!-- peer-support" not in markdown
    assert "\u202e" not in markdown
    word = to_docx(paper)
    assert text_of(part(word, "word/document.xml")).startswith(clean)
    shown = squeezed(pdf_text(to_pdf(paper)))
    for piece in re.findall(r"[a-z]{3,}", clean):
        assert piece in shown
    assert docx.Document(io.BytesIO(word)).paragraphs[0].text == clean
    for make in (to_csv, to_xlsx):
        assert make(paper)


def test_code_for_the_typesetter_is_shown_and_not_run(pdf: bytes) -> None:
    text = squeezed(pdf_text(to_pdf(Paper("T", (Paragraph(plain('#panic("no") #read("/etc")')),)))))
    assert '#panic("no")#read("/etc")' in text


def test_a_bad_address_becomes_no_link() -> None:
    paper = Paper("T", (Paragraph(plain("see javascript:alert(1) and http://a b/")),))
    assert b"javascript" not in zipfile.ZipFile(io.BytesIO(to_docx(paper))).read(
        "word/_rels/document.xml.rels"
    )


def test_odd_papers_are_refused_in_words() -> None:
    with pytest.raises(ValueError, match="must be a PNG"):
        to_docx(Paper("T", (Picture(b"GIF89a", "x"),)))
    ragged = Paper("T", (Table("C", ("A", "B"), ((plain("1"),),)),))
    for make in (to_docx, to_pdf):
        with pytest.raises(ValueError, match="as many cells"):
            make(ragged)


@pytest.mark.parametrize("form", ["docx", "pdf", "md"])
def test_an_empty_paper_can_be_written(form: str) -> None:
    assert written(Paper("", ()), form_of(form))
    assert written(
        Paper("T", (Paragraph(()), Heading(" "), Paragraph((Words(" "),)))), form_of(form)
    )


def test_a_long_table_is_written_quickly_and_whole() -> None:
    rows = tuple((plain(f"row {n}", 1), plain("x" * 80), ()) for n in range(400))
    paper = Paper("T", (Table("C", ("A", "B", "C"), rows),), (citation(1),))
    assert "row399" in squeezed(pdf_text(to_pdf(paper)))
    assert len(docx.Document(io.BytesIO(to_docx(paper))).tables[0].rows) == 401


@pytest.mark.parametrize("form", FORMS)
def test_every_format_is_written_from_an_answer(form: str, small_assistant: Assistant) -> None:
    assert written(answer_paper(small_assistant.ask(ASK_CONTESTED)), form_of(form))


@pytest.mark.parametrize("form", ["bibtex", "harvard", "csv", "xlsx"])
def test_what_has_nothing_to_write_says_so(form: str, small_assistant: Assistant) -> None:
    paper = answer_paper(small_assistant.ask(ASK_NOTHING))
    with pytest.raises(UsageError, match=r"cites nothing|no table"):
        written(paper, form_of(form))
