"""Saved answers against the library of today: moved, changed, vanished, tampered with."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assistant.answering.book import text_hash
from assistant.assembly import Assistant
from assistant.citations import Verification, read_answer, read_saved, statements_of, verify
from assistant.corpus import Library, LibraryData
from assistant.errors import UsageError
from assistant.schema import Answer
from tests.small_library import ASK_CONTESTED, ASK_KEYS, ASK_LAW, ASK_NOTHING, ASK_NURSE, QUESTIONS

Plain = dict[str, Any]


@pytest.fixture
def library(small_assistant: Assistant) -> Library:
    return small_assistant.library


@pytest.fixture
def law(small_assistant: Assistant) -> Plain:
    """An answer as saved: one note of law, word for word."""
    return saved(small_assistant.ask(ASK_LAW))


@pytest.fixture
def nurse(small_assistant: Assistant) -> Plain:
    """An answer as saved: sentences of a brief."""
    return saved(small_assistant.ask(ASK_NURSE))


def saved(answer: Answer) -> Plain:
    data: Plain = json.loads(answer.model_dump_json())
    return data


def check(data: Plain, library: Library) -> Verification:
    return verify(Answer.model_validate(data), library)


def findings(report: Verification) -> set[str]:
    return {checked.finding for checked in report.statements}


def library_with(library: Library, change: Callable[[Plain], None]) -> Library:
    """The library as it might stand later."""
    data = library.data.model_dump(mode="json", by_alias=True)
    change(data)
    return Library(LibraryData.model_validate(data))


def note_of(data: Plain, note_id: str) -> tuple[list[Plain], Plain]:
    """The list in which a note stands, and the note."""
    for source in data["sources"]:
        for note in source["notes"]:
            if note["id"] == note_id:
                return source["notes"], note
    raise KeyError(note_id)


# ---------------------------------------------------------------- unchanged


@pytest.mark.parametrize("question", QUESTIONS)
def test_fresh_answer_is_unchanged(question: str, small_assistant: Assistant) -> None:
    answer = small_assistant.ask(question)
    report = check(saved(answer), small_assistant.library)
    assert report.ok
    assert report.changed() == ()
    assert report.warnings == ()
    assert findings(report) <= {"unchanged"}
    checked = [c.where for c in report.statements]
    assert checked == [where for where, s in statements_of(answer) if s.citations]
    assert report.question == question
    assert report.library == report.saved_library == small_assistant.library.version


def test_refusal_has_nothing_to_check(small_assistant: Assistant, library: Library) -> None:
    report = check(saved(small_assistant.ask(ASK_NOTHING)), library)
    assert report.ok
    assert report.statements == ()


def test_positions_are_checked_too(small_assistant: Assistant, library: Library) -> None:
    report = check(saved(small_assistant.ask(ASK_CONTESTED)), library)
    assert {"positions.0.0", "positions.1.0"} <= {c.where for c in report.statements}


# ---------------------------------------------------------------- the library has changed


def test_reworded_note_is_altered(law: Plain, library: Library) -> None:
    def reword(data: Plain) -> None:
        note_of(data, "force-act-2018-1")[1]["text"] = "A unit may train its staff."

    report = check(law, library_with(library, reword))
    assert not report.ok
    (changed,) = report.changed()
    assert (changed.where, changed.finding) == ("summary.0", "altered")
    assert "force-act-2018-1" in changed.detail


def test_one_changed_note_names_only_its_statements(
    small_assistant: Assistant, library: Library
) -> None:
    def reword(data: Plain) -> None:
        note_of(data, "ward-rules-2023-1")[1]["text"] = "Nobody carries keys."

    report = check(saved(small_assistant.ask(ASK_KEYS)), library_with(library, reword))
    assert {c.text for c in report.changed()} == {library.notes["ward-rules-2023-1"].text}


def test_dropped_note_is_gone(law: Plain, library: Library) -> None:
    def drop(data: Plain) -> None:
        notes, note = note_of(data, "force-act-2018-1")
        notes.remove(note)

    report = check(law, library_with(library, drop))
    assert not report.ok
    assert findings(report) == {"gone"}


def test_merged_note_is_moved(law: Plain, library: Library) -> None:
    def merge(data: Plain) -> None:
        notes, note = note_of(data, "force-act-2018-1")
        notes.remove(note)
        data["merged_notes"]["force-act-2018-1"] = "force-act-2018-2"

    report = check(law, library_with(library, merge))
    assert not report.ok
    (changed,) = report.changed()
    assert changed.finding == "moved"
    assert changed.detail == "force-act-2018-1 is now force-act-2018-2"


def test_sentence_that_left_its_brief_is_altered(nurse: Plain, library: Library) -> None:
    def reword(data: Plain) -> None:
        basics = next(brief for brief in data["briefs"] if brief["id"] == "supervision-basics")
        basics["answers"][0]["answer"][0]["text"] = "A nurse will do."

    report = check(nurse, library_with(library, reword))
    assert [(c.where, c.finding) for c in report.changed()] == [("summary.0", "altered")]
    assert "no brief holds" in report.changed()[0].detail


def test_sentence_that_rests_on_other_notes_now_is_altered(nurse: Plain, library: Library) -> None:
    def rest_elsewhere(data: Plain) -> None:
        basics = next(brief for brief in data["briefs"] if brief["id"] == "supervision-basics")
        basics["answers"][0]["answer"][0]["notes"] = ["force-act-2018-1"]

    report = check(nurse, library_with(library, rest_elsewhere))
    assert [(c.where, c.finding) for c in report.changed()] == [("summary.0", "altered")]
    assert "other notes" in report.changed()[0].detail


def test_source_retracted_since_is_a_warning_and_not_ok(law: Plain, library: Library) -> None:
    def retract(data: Plain) -> None:
        act = next(source for source in data["sources"] if source["id"] == "force-act-2018")
        act["status"] = "retracted"

    report = check(law, library_with(library, retract))
    assert not report.ok
    assert report.warnings == ("force-act-2018 is now retracted (was current)",)
    assert report.changed() == ()


# ---------------------------------------------------------------- the answer was tampered with


def test_tampered_text_of_a_citation_is_broken(law: Plain, library: Library) -> None:
    law["citations"][0]["text"] = law["citations"][0]["text"].replace("must", "may")
    report = check(law, library)
    assert not report.ok
    assert findings(report) == {"broken"}
    assert "was changed" in report.changed()[0].detail


def test_tampered_hash_is_broken(law: Plain, library: Library) -> None:
    law["citations"][0]["text_sha256"] = "0" * 64
    report = check(law, library)
    assert not report.ok
    assert findings(report) == {"broken"}


def test_text_and_hash_tampered_together_are_no_longer_the_librarys(
    law: Plain, library: Library
) -> None:
    text = law["citations"][0]["text"].replace("must", "may")
    changed = {"text": text, "text_sha256": text_hash(text), "char_end": len(text)}
    law["citations"][0] |= changed
    law["summary"][0]["text"] = text
    report = check(law, library)
    assert not report.ok
    assert findings(report) == {"altered"}


def test_words_that_are_not_in_what_is_cited_are_unsupported(law: Plain, library: Library) -> None:
    law["summary"][0]["text"] = "A unit need not train its staff."
    report = check(law, library)
    assert not report.ok
    assert findings(report) == {"unsupported"}


def test_citation_of_another_note_does_not_support(
    small_assistant: Assistant, library: Library
) -> None:
    data = saved(small_assistant.ask(ASK_KEYS))
    data["summary"][0]["citations"], data["summary"][1]["citations"] = [2], [1]
    report = check(data, library)
    assert [c.finding for c in report.statements[:2]] == ["unsupported", "unsupported"]


def test_invented_sentence_is_not_the_briefs(nurse: Plain, library: Library) -> None:
    nurse["summary"][0]["text"] = "A nurse is always right."
    report = check(nurse, library)
    assert not report.ok
    assert report.changed()[0].where == "summary.0"


def test_number_that_does_not_resolve_is_broken(law: Plain, library: Library) -> None:
    law["summary"][0]["citations"] = [1, 7]
    report = check(law, library)
    assert not report.ok
    assert (report.statements[0].finding, report.statements[0].detail) == (
        "broken",
        "no citation 7",
    )


def test_claim_without_a_citation_is_broken(law: Plain, library: Library) -> None:
    law["summary"][0]["citations"] = []
    report = check(law, library)
    assert not report.ok
    assert (report.statements[0].finding, report.statements[0].detail) == ("broken", "no citation")


def test_citation_that_nothing_uses_is_a_warning_and_not_ok(law: Plain, library: Library) -> None:
    law["citations"].append(law["citations"][0] | {"n": 9})
    report = check(law, library)
    assert not report.ok
    assert report.warnings == ("citation 9 is listed and not used",)


@pytest.mark.parametrize(("start", "end"), [(-1, 5), (5, 5), (9, 3), (0, 10_000)])
def test_marked_words_outside_the_text_are_broken(
    start: int, end: int, law: Plain, library: Library
) -> None:
    law["citations"][0] |= {"char_start": start, "char_end": end}
    report = check(law, library)
    assert not report.ok
    assert findings(report) == {"broken"}


def test_worst_finding_of_several_is_named(nurse: Plain, library: Library) -> None:
    def drop(data: Plain) -> None:
        note_of(data, "supervision-guide-2020-1")[1]["text"] = "Otherwise."

    nurse["citations"][1]["text_sha256"] = "0" * 64
    report = check(nurse, library_with(library, drop))
    assert report.statements[0].finding == "broken"


# ---------------------------------------------------------------- reading


def test_saved_answer_reads_back(law: Plain, tmp_path: Path, library: Library) -> None:
    path = tmp_path / "answer.json"
    path.write_text(json.dumps(law), encoding="utf-8")
    answer = read_answer(path)
    assert saved(answer) == law
    assert verify(answer, library).ok


def test_a_history_that_the_page_saved_is_read_answer_by_answer(law: Plain, tmp_path: Path) -> None:
    path = tmp_path / "history.json"
    kept = {"id": "1", "title": "t", "when": 0, "answers": [law, law]}
    history = {"form": "peer-support-history", "version": 1, "conversations": [kept, kept]}
    path.write_text(json.dumps(history), encoding="utf-8")
    assert [saved(answer) for answer in read_saved(path) if isinstance(answer, Answer)] == [law] * 4
    for broken in ([], None, [{}], [{"answers": [{"outcome": "answered"}]}], "words"):
        path.write_text(json.dumps(history | {"conversations": broken}), encoding="utf-8")
        with pytest.raises(UsageError, match=re.escape(str(path))):
            read_saved(path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not readable JSON"),
        (b"{", "not readable JSON"),
        (b"\xff\xfe{\x00", "not readable JSON"),
        (b"{\xe9}", "not UTF-8 text"),
        (b"[" * 200_000, "not readable JSON"),
        (b"[]", "not a saved answer: the top level"),
        (b'"answer"', "not a saved answer: the top level"),
        (b"{}", "not a saved answer: question is wrong"),
    ],
)
def test_what_is_no_answer_is_said_in_words(content: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "answer.json"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=words) as caught:
        read_answer(path)
    assert str(path) in caught.value.message
    assert "ask --json" in caught.value.hint
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"colour": "red"}, "colour"),
        ({"outcome": "perhaps"}, "outcome"),
        ({"citations": [{"n": 1}]}, "citations.0.evidence_id"),
        ({"summary": "words"}, "summary"),
    ],
)
def test_wrong_field_is_named(change: Plain, place: str, law: Plain, tmp_path: Path) -> None:
    path = tmp_path / "answer.json"
    path.write_text(json.dumps(law | change), encoding="utf-8")
    with pytest.raises(UsageError, match=f"{place} is wrong"):
        read_answer(path)


def test_missing_file_and_folder_are_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="There is no file"):
        read_answer(tmp_path / "none.json")
    with pytest.raises(UsageError, match="cannot be read"):
        read_answer(tmp_path)
