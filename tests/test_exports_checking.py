"""Exported papers checked later: what was changed in the file by hand is found, in each format."""

from __future__ import annotations

import io
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docx
import pikepdf
import pytest
from lxml import etree

from assistant.assembly import Assistant
from assistant.citations import Verification, verify
from assistant.errors import UsageError
from assistant.exports.answers import answer_paper, conversation_paper
from assistant.exports.docx import to_docx
from assistant.exports.docx_parts import WORD_SPACE
from assistant.exports.keeping import holds_record, read_any, read_paper, recorded
from assistant.exports.markdown import to_markdown
from assistant.exports.pdf import to_pdf
from assistant.exports.records import Paper, Paragraph, Table, Words, plain
from assistant.presentation.record import statements_of
from tests.paper_samples import HOSTILE, UNSEEN, citation, whole
from tests.small_library import ASK_CONTESTED, ASK_LAW, ASK_NOTHING, ASK_NURSE, QUESTIONS

Check = Callable[[bytes, str], Verification]
W = f"{{{WORD_SPACE}}}"
MAKERS: dict[str, Callable[[Paper], bytes]] = {
    ".docx": to_docx,
    ".pdf": to_pdf,
    ".md": lambda paper: to_markdown(paper).encode(),
}


@pytest.fixture
def check(tmp_path: Path, small_assistant: Assistant) -> Check:
    """What ``verify`` finds of the only export in a file."""

    def run(data: bytes, suffix: str = ".docx") -> Verification:
        path = tmp_path / f"paper{suffix}"
        path.write_bytes(data)
        (export,) = read_any(path)
        return verify(export, small_assistant.library)

    return run


@pytest.fixture
def law(small_assistant: Assistant) -> bytes:
    """A Word file whose first statement is a note of law, word for word."""
    return to_docx(answer_paper(small_assistant.ask(ASK_LAW)))


def edited(data: bytes, change: Callable[[Any], None], name: str = "word/document.xml") -> bytes:
    """The Word file with one of its parts changed."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w") as new:
        for info in old.infolist():
            content = old.read(info)
            if info.filename == name:
                tree = etree.fromstring(content)
                change(tree)
                content = etree.tostring(tree)
            new.writestr(info.filename, content)
    return stream.getvalue()


def replaced(old: str, new: str) -> Callable[[Any], None]:
    def change(tree: Any) -> None:
        for node in tree.iter(f"{W}t"):
            if old in (node.text or ""):
                node.text = node.text.replace(old, new)
                return
        raise AssertionError(f"{old} is not in it")

    return change


def paragraph_with(tree: Any, words: str) -> Any:
    return next(
        p
        for p in tree.iter(f"{W}p")
        if words in "".join(node.text or "" for node in p.iter(f"{W}t"))
    )


def changed(report: Verification) -> list[tuple[str, str]]:
    return [(one.where, one.finding) for one in report.changed()]


# ---------------------------------------------------------------- as it was exported


@pytest.mark.parametrize("suffix", list(MAKERS))
@pytest.mark.parametrize("question", QUESTIONS)
def test_an_export_says_what_the_saved_answer_says(
    question: str, suffix: str, check: Check, small_assistant: Assistant
) -> None:
    answer = small_assistant.ask(question)
    report = check(MAKERS[suffix](answer_paper(answer)), suffix)
    assert report.ok, report
    assert not report.notes
    assert report.question == question
    assert report.saved_library == small_assistant.library.version
    cited = [(where, s.text) for where, s in statements_of(answer) if s.citations]
    assert sorted((one.where, one.text) for one in report.statements) == sorted(cited)


@pytest.mark.parametrize("suffix", list(MAKERS))
def test_a_conversation_is_checked_as_a_whole(
    suffix: str, check: Check, small_assistant: Assistant
) -> None:
    answers = [small_assistant.ask(q) for q in (ASK_LAW, ASK_CONTESTED, ASK_NOTHING, ASK_NURSE)]
    report = check(MAKERS[suffix](conversation_paper(answers)), suffix)
    assert report.ok, report
    cited = sum(bool(s.citations) for answer in answers for _, s in statements_of(answer))
    assert len(report.statements) == cited
    assert report.statements[0].where == "answer 1: summary.0"


@pytest.mark.parametrize("suffix", list(MAKERS))
@pytest.mark.parametrize("words", [HOSTILE, UNSEEN, "- 1. # x", "a | b", "x] y[1] z"])
def test_odd_text_is_read_back_as_it_was_written(words: str, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"paper{suffix}"
    path.write_bytes(MAKERS[suffix](recorded(whole(words), "q", "v")))
    (export,) = read_any(path)
    assert not export.edits.statements
    assert not export.edits.claims
    assert (export.edits.lost, export.edits.added) == (0, 0)
    assert len(export.statements) == 5


def test_a_paper_put_together_from_notes_keeps_each_cited_run(tmp_path: Path) -> None:
    paper = recorded(
        Paper(
            "Checklist",
            (
                Paragraph((Words("Plain. "), Words("First said.", cites=(1,)))),
                Table("T", ("A",), ((plain("Row said. ", 2) + plain("More said.", 1),),)),
            ),
            (citation(1), citation(2)),
        ),
        "Checklist",
        "abc",
    )
    path = tmp_path / "c.docx"
    path.write_bytes(to_docx(paper))
    export = read_paper(path)
    assert export.composed
    assert [(where, s.text, s.evidence_ids) for where, s in export.statements] == [
        ("line 1", "Plain. First said.", ("source-1-note",)),
        ("line 2", "Row said.", ("source-2-note",)),
        ("line 3", "More said.", ("source-1-note",)),
    ]


# ---------------------------------------------------------------- Word, edited


def test_a_changed_word_is_named_with_what_stands_there_now(law: bytes, check: Check) -> None:
    report = check(edited(law, replaced("must train its staff", "may train its staff")), ".docx")
    assert changed(report) == [("summary.0", "edited")]
    assert "A unit may train its staff" in report.changed()[0].detail


def test_a_statement_that_was_taken_out_is_named(law: bytes, check: Check) -> None:
    def change(tree: Any) -> None:
        paragraph = paragraph_with(tree, "must train its staff")
        paragraph.getparent().remove(paragraph)

    report = check(edited(law, change), ".docx")
    assert ("summary.0", "edited") in changed(report)
    assert "taken out" in report.changed()[0].detail


def test_one_changed_sentence_of_a_cell_accuses_no_other(
    check: Check, small_assistant: Assistant
) -> None:
    answer = small_assistant.ask(ASK_CONTESTED)
    text = answer.positions[0].statements[0].text
    data = to_docx(answer_paper(answer))
    report = check(edited(data, replaced(text[:12], "Nobody ever ")), ".docx")
    assert [where for where, _ in changed(report)] == ["positions.0.0"]


def test_a_mark_that_leads_elsewhere_is_named(check: Check, small_assistant: Assistant) -> None:
    data = to_docx(answer_paper(small_assistant.ask(ASK_CONTESTED)))

    def change(tree: Any) -> None:
        first, second, *_ = tree.iter(f"{W}bookmarkStart")
        mine, other = first.get(f"{W}name"), second.get(f"{W}name")
        first.set(f"{W}name", other)
        second.set(f"{W}name", mine)

    assert all(finding == "edited" for _, finding in changed(check(edited(data, change), ".docx")))
    assert not check(edited(data, change), ".docx").ok


def test_a_changed_footnote_is_told(law: bytes, check: Check) -> None:
    report = check(edited(law, replaced("section", "chapter"), "word/footnotes.xml"), ".docx")
    assert not report.ok
    assert not report.changed()
    assert "one line was changed" in report.warnings[0]


def test_an_own_remark_is_noted_and_harmless(law: bytes, check: Check) -> None:
    document = docx.Document(io.BytesIO(law))
    document.paragraphs[1].insert_paragraph_before("To be read by the team on Monday.")
    stream = io.BytesIO()
    document.save(stream)
    report = check(stream.getvalue(), ".docx")
    assert report.ok
    assert report.notes == ("one line was added to the file by hand",)


def test_changes_that_word_only_proposes_are_read_as_accepted(law: bytes, check: Check) -> None:
    def change(tree: Any) -> None:
        run = next(
            node.getparent() for node in tree.iter(f"{W}t") if "must train" in (node.text or "")
        )
        text = run.find(f"{W}t").text
        run.find(f"{W}t").text = text.replace("must", "").split("train")[0]
        deleted = etree.SubElement(run.getparent(), f"{W}del")
        gone = etree.SubElement(etree.SubElement(deleted, f"{W}r"), f"{W}delText")
        gone.text = "must "
        rest = etree.SubElement(etree.SubElement(run.getparent(), f"{W}r"), f"{W}t")
        rest.text = "train" + text.split("train", 1)[1]
        mark = run.getparent().find(f"{W}bookmarkStart")
        for node in (deleted, rest.getparent()):
            mark.addprevious(node)

    report = check(edited(law, change), ".docx")
    assert changed(report) == [("summary.0", "edited")]
    assert "A unit train its staff" in report.changed()[0].detail


def test_runs_that_a_program_splits_and_marks_it_renumbers_change_nothing(
    law: bytes, check: Check
) -> None:
    def split(tree: Any) -> None:
        for node in list(tree.iter(f"{W}t")):
            run = node.getparent()
            if len(node.text or "") < 20 or run.getparent().tag != f"{W}p":
                continue
            rest = etree.Element(f"{W}r")
            etree.SubElement(rest, f"{W}t").text = node.text[9:]
            node.text = node.text[:9]
            run.addnext(rest)
        for node in tree.iter(f"{W}footnoteReference"):
            node.set(f"{W}id", str(int(node.get(f"{W}id")) + 10))
        for start in list(tree.iter(f"{W}bookmarkStart")):
            end = next(
                n for n in tree.iter(f"{W}bookmarkEnd") if n.get(f"{W}id") == start.get(f"{W}id")
            )
            start.addnext(end)

    def renumber(tree: Any) -> None:
        for node in tree.iter(f"{W}footnote"):
            if node.get(f"{W}type") is None:
                node.set(f"{W}id", str(int(node.get(f"{W}id")) + 10))

    assert check(edited(edited(law, split), renumber, "word/footnotes.xml"), ".docx").ok


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
def test_a_file_saved_by_libreoffice_is_unchanged(
    tmp_path: Path, check: Check, small_assistant: Assistant
) -> None:
    source = tmp_path / "in.docx"
    source.write_bytes(to_docx(answer_paper(small_assistant.ask(ASK_CONTESTED))))
    subprocess.run(
        [
            *("soffice", f"-env:UserInstallation={(tmp_path / 'office').as_uri()}", "--headless"),
            *("--convert-to", "docx", "--outdir", str(tmp_path / "out"), str(source)),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    assert check((tmp_path / "out" / "in.docx").read_bytes(), ".docx").ok


# ---------------------------------------------------------------- other formats, edited


def test_a_changed_word_in_markdown_is_named(check: Check, small_assistant: Assistant) -> None:
    markdown = to_markdown(answer_paper(small_assistant.ask(ASK_LAW)))
    report = check(markdown.replace("must train its", "may train its", 1).encode(), ".md")
    assert changed(report) == [("summary.0", "edited")]


def test_a_claim_written_into_markdown_with_a_number_is_named(
    check: Check, small_assistant: Assistant
) -> None:
    markdown = to_markdown(answer_paper(small_assistant.ask(ASK_LAW)))
    claim = markdown.replace("\n\n## ", "\n\nPeers always hold the legs.[^1]\n\n## ", 1)
    assert changed(check(claim.encode(), ".md")) == [("added", "edited")]


def test_a_pdf_whose_pages_lost_a_statement_says_so(
    check: Check, small_assistant: Assistant
) -> None:
    data = to_pdf(answer_paper(small_assistant.ask(ASK_LAW)))
    with pikepdf.open(io.BytesIO(data)) as document:
        for page in document.pages:
            page.Contents = document.make_stream(b"")
        stream = io.BytesIO()
        document.save(stream)
    report = check(stream.getvalue(), ".pdf")
    assert not report.ok
    assert ("summary.0", "edited") in changed(report)


def test_a_pdf_saved_by_another_program_is_unchanged(
    check: Check, small_assistant: Assistant
) -> None:
    data = to_pdf(answer_paper(small_assistant.ask(ASK_CONTESTED)))
    stream = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as document:
        document.save(stream, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    assert check(stream.getvalue(), ".pdf").ok


# ---------------------------------------------------------------- what is no export


def _without(data: bytes) -> bytes:
    return edited(data, lambda tree: tree.clear(), "customXml/item1.xml")


def _tampered(data: bytes) -> bytes:
    def change(tree: Any) -> None:
        tree.text = tree.text.replace("must train", "may train", 1)

    return edited(data, change, "customXml/item1.xml")


def _doctype(data: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w") as new:
        for info in old.infolist():
            content = old.read(info)
            if info.filename == "word/document.xml":
                content = content.replace(
                    b"<w:document", b'<!DOCTYPE x [<!ENTITY e "x">]><w:document', 1
                )
            new.writestr(info.filename, content)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (_without, "holds no record"),
        (_tampered, "changed or damaged"),
        (_doctype, "no Word file"),
        (lambda data: data[: len(data) // 2], "no Word file"),
        (lambda data: b"", "no Word file"),
        (lambda data: b"PK\x05\x06" + bytes(18), "no Word file"),
    ],
)
def test_what_is_no_export_in_word_is_said_in_words(
    harm: Callable[[bytes], bytes], words: str, law: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "paper.docx"
    path.write_bytes(harm(law))
    with pytest.raises(UsageError, match=words) as caught:
        read_paper(path)
    assert "paper.docx" in caught.value.message
    assert "peer-support export" in caught.value.hint


@pytest.mark.parametrize("suffix", [".docx", ".pdf"])
def test_exports_are_told_from_other_files(
    suffix: str, tmp_path: Path, small_assistant: Assistant
) -> None:
    path = tmp_path / f"paper{suffix}"
    assert not holds_record(path)
    path.write_bytes(MAKERS[suffix](answer_paper(small_assistant.ask(ASK_LAW))))
    assert holds_record(path)
    path.write_bytes(MAKERS[suffix](whole()))
    assert not holds_record(path)
    path.write_bytes(b"rubbish")
    assert not holds_record(path)


def test_a_word_file_of_others_has_no_record(tmp_path: Path) -> None:
    docx.Document().save(str(tmp_path / "other.docx"))
    with pytest.raises(UsageError, match="holds no record"):
        read_paper(tmp_path / "other.docx")


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7\nrubbish"])
def test_what_is_no_pdf_is_said_in_words(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.pdf").write_bytes(data)
    with pytest.raises(UsageError, match="is no PDF"):
        read_paper(tmp_path / "x.pdf")


def test_a_pdf_of_others_has_no_record(tmp_path: Path) -> None:
    with pikepdf.new() as document:
        document.add_blank_page()
        document.save(tmp_path / "other.pdf")
    with pytest.raises(UsageError, match="holds no record"):
        read_paper(tmp_path / "other.pdf")


@pytest.mark.parametrize("suffix", [".docx", ".pdf"])
def test_a_missing_or_huge_file_is_said_in_words(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UsageError, match="no file"):
        read_paper(tmp_path / f"none{suffix}")
    monkeypatch.setattr("assistant.exports.keeping.MOST_BYTES", 100)
    (tmp_path / f"huge{suffix}").write_bytes(b"x" * 101)
    with pytest.raises(UsageError, match="too large"):
        read_paper(tmp_path / f"huge{suffix}")


def test_a_word_file_that_unpacks_without_end_is_not_read(
    law: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.exports.docx_reading.MOST_BYTES", 1000)
    (tmp_path / "bomb.docx").write_bytes(law)
    with pytest.raises(UsageError, match="too large"):
        read_paper(tmp_path / "bomb.docx")
