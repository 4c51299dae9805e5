"""Checklists: read, checked, chosen for a place, and made into papers."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from assistant.checklists.choosing import choose, stages_of
from assistant.checklists.papers import checklist_paper, checklist_sheet
from assistant.checklists.reading import (
    CONCERN_REVIEW,
    Checklists,
    check_checklists,
    checklists_version,
    keep_review,
    read_checklists,
    review_of,
)
from assistant.cli import checklist as command
from assistant.corpus import Library, read_library
from assistant.errors import ConfigurationError, CorpusError, UsageError
from assistant.exports.records import Table
from tests import small_checklists
from tests.small_checklists import FORCE, KEYS, OFTEN, PAY

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def corpus(small_corpus: Path) -> Path:
    return small_checklists.write_checklists(small_corpus)


@pytest.fixture
def library(corpus: Path) -> Library:
    return read_library(corpus)


@pytest.fixture
def held(corpus: Path, library: Library) -> Checklists:
    return read_checklists(corpus, library)


def change(corpus: Path, stage: str, row: str, **fields: Any) -> None:
    """Set fields of a row in its file."""
    path = corpus / "checklists" / f"{stage}.yaml"
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    for held_row in data["rows"]:
        if held_row["id"] == row:
            held_row.update(fields)
    path.write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")


# ---------------------------------------------------------------- reading


def test_rows_come_stage_by_stage_in_the_order_in_which_a_service_meets_them(
    held: Checklists,
) -> None:
    assert [checklist.id for checklist in held.stages] == ["training", "supervising"]
    assert list(held.rows) == [FORCE, PAY, OFTEN, KEYS]
    assert held.stage_of[KEYS] == "supervising"


def test_a_whole_set_of_checklists_has_no_fault(corpus: Path, library: Library) -> None:
    assert check_checklists(corpus, library) == []


@pytest.mark.parametrize(
    ("stage", "row", "fields", "field", "said"),
    [
        ("supervising", OFTEN, {"force": "shall"}, f"rows.{OFTEN}.force", "'must', 'should'"),
        ("supervising", OFTEN, {"notes": ["no-such-note"]}, f"rows.{OFTEN}.notes", "no note"),
        ("supervising", OFTEN, {"notes": ["tablets-study-2015-1"]}, "notes", "retracted"),
        ("supervising", OFTEN, {"contested": "nothing"}, "contested", "no contested question"),
        ("supervising", OFTEN, {"settings": ["moon"]}, f"rows.{OFTEN}.settings", "'inpatient'"),
        ("supervising", OFTEN, {"owner": "x"}, f"rows.{OFTEN}.owner", "not permitted"),
        ("supervising", OFTEN, {"id": "training-x"}, "rows.training-x.id", "does not begin with"),
        ("supervising", OFTEN, {"id": KEYS}, f"rows.{KEYS}.id", "stands in"),
        ("supervising", OFTEN, {"force": "must"}, "force", "none of its notes bears “must”"),
        ("training", PAY, {"from": "England"}, "from", "notes are from elsewhere"),
        ("training", FORCE, {"beside": ["Always here.", "always  HERE."]}, "beside", "stands in"),
    ],
)
def test_a_fault_names_file_and_field(
    corpus: Path,
    library: Library,
    stage: str,
    row: str,
    fields: dict[str, Any],
    field: str,
    said: str,
) -> None:
    change(corpus, stage, row, **fields)
    faults = check_checklists(corpus, library)
    assert any(
        fault.file == f"checklists/{stage}.yaml" and field in fault.field and said in fault.message
        for fault in faults
    ), faults


@pytest.mark.parametrize(
    ("text", "said"),
    [("rows: [", "is not valid YAML (line"), ("", "valid dictionary"), ("\xff", "is not UTF-8")],
)
def test_a_broken_file_is_named(corpus: Path, library: Library, text: str, said: str) -> None:
    path = corpus / "checklists" / "training.yaml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(CorpusError) as caught:
        read_checklists(corpus, library)
    assert caught.value.file == "checklists/training.yaml"
    assert said in str(caught.value)


def test_a_library_without_checklists_says_so(small_corpus: Path, small_data: Library) -> None:
    assert check_checklists(small_corpus, small_data) == []
    with pytest.raises(ConfigurationError, match="no checklists"):
        read_checklists(small_corpus, small_data)


def test_concerns_are_checked_too(corpus: Path, library: Library) -> None:
    path = corpus / "concerns.yaml"
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    data["concerns"][0] |= {"notes": ["no-such-note"], "patterns": ["(open"], "contested": "none"}
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    faults = {fault.field for fault in check_checklists(corpus, library)}
    assert faults == {f"concerns.keys-duty.{name}" for name in ("notes", "patterns", "contested")}


def test_a_row_whose_note_changed_since_its_review_is_named(corpus: Path, library: Library) -> None:
    held = read_checklists(corpus, library)
    for review in ("checklist-training", "checklist-supervising", CONCERN_REVIEW):
        keep_review(corpus, review_of(held, review, library, dt.date(2026, 11, 29)))
    assert check_checklists(corpus, library) == []
    source = corpus / "sources" / "force-act-2018.yaml"
    text = source.read_text(encoding="utf-8").replace("must train its", "must always train its")
    source.write_text(text, encoding="utf-8")
    (fault,) = check_checklists(corpus, read_library(corpus))
    assert (fault.file, fault.field) == ("checklists/training.yaml", f"rows.{FORCE}")
    assert "force-act-2018-1, which changed since the review" in fault.message


def test_a_stage_that_was_never_reviewed_is_named_where_others_were(
    corpus: Path, library: Library
) -> None:
    held = read_checklists(corpus, library)
    keep_review(corpus, review_of(held, "checklist-training", library, dt.date(2026, 11, 29)))
    files = {fault.file for fault in check_checklists(corpus, library)}
    assert files == {"checklists/supervising.yaml", "concerns.yaml"}


def test_the_version_changes_with_the_files(corpus: Path) -> None:
    before = checklists_version(corpus)
    change(corpus, "training", FORCE, show="Another record.")
    assert checklists_version(corpus) != before


def test_the_bundled_checklists_can_be_read() -> None:
    library = read_library(ROOT / "corpus")
    held = read_checklists(ROOT / "corpus", library)
    assert len(held.rows) >= 80
    assert len(held.stages) == 7
    assert len(held.concerns) >= 16


# ---------------------------------------------------------------- choosing


def test_choosing_takes_the_rows_of_a_stage_and_a_setting(
    held: Checklists, library: Library
) -> None:
    ward = choose(held, library, stages=("supervising",), setting="Wards and hospitals")
    assert [row.id for row in ward.rows] == [OFTEN, KEYS]
    assert ward.remarks == (
        "1 of 2 rows are about wards and hospitals; the other holds for any setting.",
    )
    away = choose(held, library, stages=("supervising",), setting="online")
    assert [row.id for row in away.rows] == [OFTEN]
    assert away.remarks == (
        "No row is about online and by phone alone: these hold for any setting.",
    )


def test_every_row_cites_its_notes_by_number(held: Checklists, library: Library) -> None:
    chosen = choose(held, library)
    cited = {citation.n: citation.evidence_id for citation in chosen.citations}
    for row in chosen.rows:
        assert tuple(cited[n] for n in row.citations) == held.rows[row.id].notes
    assert {n for row in chosen.rows for n in row.citations} == set(cited)


def test_rows_from_abroad_are_marked(held: Checklists, library: Library) -> None:
    by_id = {row.id: row for row in choose(held, library).rows}
    assert by_id[PAY].abroad
    assert by_id[PAY].strength == "Should (guidance, Australia)"
    assert by_id[FORCE].strength == "Must (law)"
    assert by_id[KEYS].strength == "Must (binding standard)"
    there = choose(held, library, country="australia")
    marked = {row.id for row in there.rows if row.abroad}
    assert marked == {FORCE, OFTEN, KEYS}
    assert "3 rows rest on sources from outside Australia alone and are marked." in there.remarks


@pytest.mark.parametrize(
    ("choice", "said", "hint"),
    [
        ({"setting": "care home"}, "nothing of a setting called “care home”", "inpatient"),
        ({"country": "Narnia"}, "no source from a country called “Narnia”", "England"),
        ({"country": "Austalia"}, "no source", "The nearest: Australia"),
    ],
)
def test_what_the_library_knows_nothing_of_is_refused_by_name(
    held: Checklists, library: Library, choice: dict[str, str], said: str, hint: str
) -> None:
    with pytest.raises(UsageError) as caught:
        choose(held, library, **choice)  # type: ignore[arg-type]
    assert said in caught.value.message
    assert hint in caught.value.hint


def test_an_unknown_stage_is_refused(held: Checklists) -> None:
    assert stages_of(["Training", "supervising", "training"], held) == ("training", "supervising")
    with pytest.raises(UsageError, match="no stage called “managing”"):
        stages_of(["managing"], held)


def test_rows_can_be_narrowed_to_a_kind_of_draft(held: Checklists, library: Library) -> None:
    assert choose(held, library, kinds=("policy",)).rows
    none = choose(held, library, kinds=("job-description",))
    assert none.rows == ()
    assert none.remarks == ("The library holds no row for this choice.",)


# ---------------------------------------------------------------- papers


def test_the_paper_has_a_table_a_stage_with_empty_columns(
    held: Checklists, library: Library
) -> None:
    chosen = choose(held, library)
    paper = checklist_paper(chosen, {c.id: c.title for c in held.stages})
    tables = [block for block in paper.blocks if isinstance(block, Table)]
    assert [len(table.rows) for table in tables] == [2, 2]
    assert tables[0].columns == ("What", "How strong", "Status", "Evidence", "Owner", "Date")
    first = tables[0].rows[0]
    assert first[0][1].text == held.rows[FORCE].text
    assert first[0][1].cites == (1,)
    assert [first[n] for n in (2, 4, 5)] == [(), (), ()]
    assert all(abs(sum(table.widths) - 1) < 1e-9 for table in tables)
    assert paper.record["library"] == library.version
    assert paper.record["rows"]


def test_the_sheet_is_one_table_with_ids_and_named_sources(
    held: Checklists, library: Library
) -> None:
    paper = checklist_sheet(choose(held, library), {c.id: c.title for c in held.stages})
    (table,) = paper.blocks
    assert isinstance(table, Table)
    assert table.columns[0] == "Id"
    assert [row[0][0].text for row in table.rows] == list(held.rows)
    assert "(England)" in table.rows[0][5][0].text
    assert abs(sum(table.widths) - 1) < 1e-9


# ---------------------------------------------------------------- the command


def test_the_command_prints_rows_with_their_sources(
    corpus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert small_checklists.call(corpus, command, "checklist", "training") == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "[ ] The employer: Staff of the unit are trained in the use of force" in said
    assert "Must (law). Could show it: A dated record." in said
    assert "(force-act-2018-1)" in said


def test_the_command_prints_json(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert small_checklists.call(corpus, command, "checklist", "--json") == 0
    data = json.loads(capsys.readouterr().out)
    assert [row["id"] for row in data["rows"]] == [FORCE, PAY, OFTEN, KEYS]
    assert {"evidence", "owner", "due", "status"} <= set(data["rows"][0])


def test_the_command_refuses_what_the_library_knows_nothing_of(
    corpus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert small_checklists.call(corpus, command, "checklist", "--setting", "care home") == 2
    assert "nothing of a setting called “care home”" in capsys.readouterr().err


def test_the_command_writes_a_sheet_and_never_over_one(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "list.csv"
    assert small_checklists.call(corpus, command, "checklist", "--output", str(path)) == 0
    assert KEYS in path.read_text(encoding="utf-8-sig")
    assert small_checklists.call(corpus, command, "checklist", "--output", str(path)) == 2
    assert "Id" in path.read_text(encoding="utf-8-sig")


def test_editors_record_a_review(corpus: Path, library: Library) -> None:
    assert small_checklists.call(corpus, command, "checklist", "--record-review") == 0
    names = {path.name for path in (corpus / "reviews").glob("*.yaml")}
    assert {"checklist-training.yaml", "checklist-supervising.yaml", "concerns.yaml"} <= names
    assert check_checklists(corpus, library) == []
