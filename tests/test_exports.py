"""Answers exported as Markdown, checked later: the library changed, or the file was edited."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assistant.answering.book import text_hash
from assistant.assembly import Assistant
from assistant.citations import Verification, parts_of, read_saved, statements_of, verify
from assistant.corpus import Library, LibraryData
from assistant.errors import UsageError
from assistant.presentation import answer_to_markdown
from assistant.presentation.record import CLOSING, OPENING
from assistant.schema import Answer
from tests.small_library import ASK_CONTESTED, ASK_LAW, ASK_NOTHING, ASK_NURSE, KEYS, QUESTIONS

Check = Callable[..., Verification]
LAW_NOTE = "force-act-2018-1"


@pytest.fixture
def check(tmp_path: Path, small_assistant: Assistant) -> Check:
    """What ``verify`` finds of the only export in a text."""

    def run(markdown: str | bytes, library: Library | None = None) -> Verification:
        path = tmp_path / "answer.md"
        path.write_bytes(markdown if isinstance(markdown, bytes) else markdown.encode())
        (export,) = read_saved(path)
        return verify(export, library or small_assistant.library)

    return run


@pytest.fixture
def law(small_assistant: Assistant) -> str:
    """An exported answer whose first statement is a note of law, word for word."""
    return answer_to_markdown(small_assistant.ask(ASK_LAW))


def library_with(library: Library, text: str) -> Library:
    """The library with another text for the note of law; without the note for an empty one."""
    data: dict[str, Any] = library.data.model_dump(mode="json", by_alias=True)
    for source in data["sources"]:
        kept = [note for note in source["notes"] if note["id"] != LAW_NOTE or text]
        source["notes"] = [n | {"text": text} if n["id"] == LAW_NOTE else n for n in kept]
    return Library(LibraryData.model_validate(data))


def changed(report: Verification) -> list[tuple[str, str]]:
    return [(one.where, one.finding) for one in report.changed()]


# ---------------------------------------------------------------- as it was exported


@pytest.mark.parametrize("question", QUESTIONS)
def test_an_export_says_what_the_saved_answer_says(
    question: str, check: Check, small_assistant: Assistant
) -> None:
    answer = small_assistant.ask(question)
    report = check(answer_to_markdown(answer))
    assert report.ok
    assert not report.notes
    assert report.question == question
    assert report.saved_library == small_assistant.library.version
    cited = [(where, s.text) for where, s in statements_of(answer) if s.citations]
    assert [(one.where, one.text) for one in report.statements] == cited


def test_a_read_export_holds_the_statements_and_citations_of_the_answer(
    small_assistant: Assistant, tmp_path: Path
) -> None:
    answer = small_assistant.ask(ASK_CONTESTED)
    path = tmp_path / "answer.md"
    path.write_text(answer_to_markdown(answer), encoding="utf-8")
    (export,) = read_saved(path)
    assert parts_of(export) == tuple(p for p in statements_of(answer) if p[1].citations)
    assert tuple(export.citations) == answer.citations


def test_what_a_chat_model_wrote_keeps_the_words_that_it_rests_on(
    small_assistant: Assistant, tmp_path: Path
) -> None:
    answer = small_assistant.ask(ASK_LAW)
    first = answer.summary[0]
    written = first.model_copy(
        update={
            "text": "Units have to train their staff.",
            "verbatim": False,
            "words": tuple("A unit must train its staff" for _ in first.citations),
        }
    )
    path = tmp_path / "answer.md"
    path.write_text(answer_to_markdown(answer.model_copy(update={"summary": (written,)})), "utf-8")
    (export,) = read_saved(path)
    assert parts_of(export)[0] == ("summary.0", written)


def test_a_refusal_keeps_no_evidence(small_assistant: Assistant, check: Check) -> None:
    markdown = answer_to_markdown(small_assistant.ask(ASK_NOTHING))
    assert '"evidence_id"' not in markdown
    assert check(markdown).ok


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_files_of_other_systems_are_read(encoding: str, law: str, check: Check) -> None:
    assert check(law.replace("\n", "\r\n").encode(encoding)).ok


def test_a_program_that_writes_the_markdown_anew_changes_nothing(
    check: Check, small_assistant: Assistant
) -> None:
    markdown = answer_to_markdown(small_assistant.ask(ASK_CONTESTED))
    body, opening, record = markdown.partition(OPENING)
    lines = [
        textwrap.fill(line, 60, subsequent_indent="  ", break_on_hyphens=False)
        for line in body.replace("\n- ", "\n* ").splitlines()
    ]
    report = check("\n".join(lines) + "\n" + opening + record)
    assert report.ok, report
    assert not report.notes


def test_the_text_alone_has_no_record(small_assistant: Assistant) -> None:
    answer = small_assistant.ask(ASK_LAW)
    alone = answer_to_markdown(answer, record=False)
    assert OPENING not in alone
    assert answer_to_markdown(answer).startswith(alone)


# ---------------------------------------------------------------- the library changed


def test_reworded_and_dropped_evidence_is_told(
    law: str, check: Check, small_assistant: Assistant
) -> None:
    later = library_with(small_assistant.library, "A unit may train its staff.")
    assert changed(check(law, later)) == [("summary.0", "altered")]
    without = library_with(small_assistant.library, "")
    assert changed(check(law, without)) == [("summary.0", "gone")]


# ---------------------------------------------------------------- the file was edited


def test_a_changed_word_is_named_with_what_stands_there_now(law: str, check: Check) -> None:
    report = check(law.replace("must train its staff", "may train its staff", 1))
    assert changed(report) == [("summary.0", "edited")]
    (one,) = report.changed()
    assert "must train its staff" in one.text
    assert "A unit may train its staff" in one.detail
    assert not report.warnings


def test_a_statement_that_was_taken_out_is_named(law: str, check: Check) -> None:
    body, opening, record = law.partition(OPENING)
    kept = [line for line in body.splitlines() if not line.startswith("A unit must train")]
    report = check("\n".join(kept) + "\n" + opening + record)
    assert changed(report) == [("summary.0", "edited")]
    assert "taken out" in report.changed()[0].detail


def test_another_number_behind_the_same_words_is_named(law: str, check: Check) -> None:
    report = check(law.replace(" [1]\n", " [2]\n", 1))
    assert changed(report) == [("summary.0", "edited")]
    assert report.changed()[0].detail.endswith("[2]”")


def test_words_around_a_statement_count_as_changing_it(law: str, check: Check) -> None:
    report = check(law.replace("A unit must train", "Nobody says that a unit must train", 1))
    assert changed(report) == [("summary.0", "edited")]


def test_a_claim_written_in_with_a_number_is_named(law: str, check: Check) -> None:
    report = check(law.replace("\n\n## ", "\n\nPeer workers always hold the legs. [1]\n\n## ", 1))
    assert changed(report) == [("added", "edited")]
    assert report.changed()[0].text == "Peer workers always hold the legs. [1]"


def test_the_same_words_changed_in_two_places_are_told_place_by_place(
    check: Check, small_assistant: Assistant
) -> None:
    answer = small_assistant.ask(ASK_LAW)
    first = answer.summary[0]
    twice = answer.model_copy(update={"next_steps": (first, *answer.next_steps)})
    markdown = answer_to_markdown(twice).replace("train its staff", "tell its staff")
    body, opening, record = markdown.partition(OPENING)
    report = check(body + opening + record.replace("tell its staff", "train its staff"))
    assert changed(report) == [("summary.0", "edited"), ("next_steps.0", "edited")]
    assert all("tell its staff" in one.detail for one in report.changed())


def test_an_own_remark_is_noted_and_harmless(law: str, check: Check) -> None:
    report = check(law.replace("\n\n## ", "\n\nTo be read by the team on Monday.\n\n## ", 1))
    assert report.ok
    assert report.notes == ("one line was added to the file by hand",)


def test_a_changed_line_beside_the_statements_is_told(law: str, check: Check) -> None:
    report = check(law.replace("UK Parliament (2018)", "UK Parliament (2024)", 1))
    assert not report.ok
    assert not report.changed()
    assert "one line was changed or taken out" in report.warnings[0]


def test_edited_words_of_evidence_that_is_gone_say_both(
    law: str, check: Check, small_assistant: Assistant
) -> None:
    later = library_with(small_assistant.library, "")
    (one,) = check(law.replace("must train its", "may train its", 1), later).changed()
    assert one.finding == "edited"
    assert "gone" in one.detail


# ---------------------------------------------------------------- the record


def test_nothing_in_a_text_ends_the_record(check: Check, small_assistant: Assistant) -> None:
    answer = small_assistant.ask(ASK_LAW)
    text = "A unit --> must <!-- train -- staff. <script>x</script>"
    citation = answer.citations[0].model_copy(
        update={
            "text": text,
            "text_sha256": text_hash(text),
            "char_start": 0,
            "char_end": len(text),
        }
    )
    statement = answer.summary[0].model_copy(update={"text": text, "citations": (1,)})
    hostile = answer.model_copy(
        update={"summary": (statement,), "citations": (citation, *answer.citations[1:])}
    )
    markdown = answer_to_markdown(hostile)
    record = markdown[markdown.index(OPENING) :]
    assert record.count(CLOSING) == 1
    assert "<script" not in record
    report = check(markdown)
    assert report.statements[0].text == text
    assert report.statements[0].finding == "altered"


def test_personal_details_are_not_in_an_export(small_assistant: Assistant) -> None:
    answer = small_assistant.ask(f"Mrs Joan Carver, NHS number 943 476 5919: {ASK_LAW}")
    assert answer.personal_details
    markdown = answer_to_markdown(answer)
    assert "Carver" not in markdown
    assert "5919" not in markdown


def _cut(markdown: str) -> str:
    return markdown[: markdown.rindex('"where"')]


def _tampered(markdown: str) -> str:
    return markdown.replace('"text": "A unit must', '"text": "A unit may', 1)


def _newer(markdown: str) -> str:
    return markdown.replace(f"{OPENING} 1", f"{OPENING} 7")


def _without(markdown: str) -> str:
    return markdown[: markdown.index(OPENING)]


def _half_a_row(markdown: str) -> str:
    lines = markdown.splitlines()
    return "\n".join([*lines[:-4], *lines[-3:]])


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (_cut, "was cut short"),
        (_tampered, "changed or damaged"),
        (_half_a_row, "changed or damaged"),
        (_newer, "newer version"),
        (_without, "holds no record"),
        (lambda text: "# Shopping\n\n- milk\n", "holds no record"),
        (lambda text: "", "holds no record"),
        (lambda text: f"x\n{OPENING} \n{CLOSING}\n", "changed or damaged"),
        (lambda text: f"{OPENING} 1\n[]\nend\n{CLOSING}\n", "changed or damaged"),
    ],
)
def test_what_is_no_export_is_said_in_words(
    harm: Callable[[str], str], words: str, law: str, tmp_path: Path
) -> None:
    path = tmp_path / "answer.md"
    path.write_text(harm(law), encoding="utf-8")
    with pytest.raises(UsageError, match=words) as caught:
        read_saved(path)
    assert str(path) in caught.value.message
    assert "--markdown" in caught.value.hint


def test_a_file_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.citations.MOST_BYTES", 100)
    (tmp_path / "answer.md").write_text("x" * 101)
    with pytest.raises(UsageError, match="too large"):
        read_saved(tmp_path / "answer.md")


def test_several_exports_in_one_file_are_told_apart(
    law: str, tmp_path: Path, small_assistant: Assistant
) -> None:
    both = law.replace("must train its", "may train its", 1)
    both += "\n" + answer_to_markdown(small_assistant.ask(ASK_NURSE))
    (tmp_path / "both.md").write_text(both, encoding="utf-8")
    reports = [verify(e, small_assistant.library) for e in read_saved(tmp_path / "both.md")]
    assert [r.question for r in reports] == [ASK_LAW, ASK_NURSE]
    assert [r.ok for r in reports] == [False, True]


def test_a_saved_answer_is_read_as_before(small_assistant: Assistant, tmp_path: Path) -> None:
    answer = small_assistant.ask(f"{KEYS} ({CLOSING})")
    (tmp_path / "answer.json").write_text(answer.model_dump_json(), encoding="utf-8")
    (read,) = read_saved(tmp_path / "answer.json")
    assert isinstance(read, Answer)
    assert read.model_dump() == answer.model_dump()
