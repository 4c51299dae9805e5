"""Readiness: filled-in checklists read from CSV, Excel and JSON, counted, compared and drawn."""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from assistant.checklists.choosing import choose
from assistant.checklists.drawing import in_words, picture
from assistant.checklists.filled import read_filled, status_of
from assistant.checklists.papers import checklist_sheet, readiness_paper
from assistant.checklists.readiness import readiness
from assistant.checklists.reading import Checklists, read_checklists
from assistant.checklists.records import Filled
from assistant.cli import readiness as command
from assistant.corpus import Library, read_library
from assistant.errors import UsageError
from assistant.exports.records import Picture, Table
from tests import small_checklists, small_library
from tests.small_checklists import FORCE, KEYS, OFTEN, PAY


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = small_library.write_library(tmp_path_factory.mktemp("ready") / "corpus")
    return small_checklists.write_checklists(folder)


@pytest.fixture(scope="module")
def library(corpus: Path) -> Library:
    return read_library(corpus)


@pytest.fixture(scope="module")
def held(corpus: Path, library: Library) -> Checklists:
    return read_checklists(corpus, library)


STATUSES = {FORCE: "in place", PAY: "n/a", OFTEN: "Partly", KEYS: "not yet"}


def as_csv(path: Path, rows: dict[str, str], heads: Sequence[str] = ("Id", "Status")) -> Path:
    with path.open("w", newline="", encoding="utf-8-sig") as stream:
        writer = csv.writer(stream)
        writer.writerow(["Our checklist"])
        writer.writerow(heads)
        writer.writerows(rows.items())
    return path


def statuses(filled: Filled) -> dict[str, str]:
    return {row.id: row.status for row in filled.rows}


EXPECTED = {FORCE: "in-place", PAY: "does-not-apply", OFTEN: "partly", KEYS: "not-yet"}


def test_csv_is_read_wherever_its_headings_stand(tmp_path: Path, held: Checklists) -> None:
    found = read_filled(as_csv(tmp_path / "ours-2026-11-01.csv", STATUSES), held)
    assert statuses(found) == EXPECTED
    assert found.date == dt.date(2026, 11, 1)


def test_excel_is_read_with_what_people_wrote_beside(tmp_path: Path, held: Checklists) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Id", "What", "Status", "Evidence", "Owner", "Date"])
    sheet.append([FORCE, "…", "In place", "Certificates", "Ana", dt.datetime(2026, 3, 1)])
    book.save(tmp_path / "ours.xlsx")
    (row,) = read_filled(tmp_path / "ours.xlsx", held, dt.date(2026, 4, 1)).rows
    assert (row.status, row.evidence, row.owner, row.due) == (
        "in-place",
        "Certificates",
        "Ana",
        "2026-03-01",
    )


def test_the_exported_json_is_read_back(tmp_path: Path, held: Checklists, library: Library) -> None:
    data = choose(held, library).model_dump(mode="json")
    for row in data["rows"]:
        row["status"] = STATUSES[row["id"]]
    path = tmp_path / "ours.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    assert statuses(read_filled(path, held)) == EXPECTED


def test_the_sheet_that_is_exported_has_the_columns_that_are_read(
    tmp_path: Path, held: Checklists, library: Library
) -> None:
    (table,) = checklist_sheet(choose(held, library), {}).blocks
    assert isinstance(table, Table)
    place = table.columns.index("Status")
    path = tmp_path / "sheet.csv"
    with path.open("w", newline="", encoding="utf-8-sig") as stream:
        writer = csv.writer(stream)
        writer.writerow(table.columns)
        for line in table.rows:
            cells = ["".join(words.text for words in cell) for cell in line]
            cells[place] = STATUSES[cells[0]]
            writer.writerow(cells)
    assert statuses(read_filled(path, held)) == EXPECTED


def test_a_csv_with_semicolons_and_windows_letters_is_read(
    tmp_path: Path, held: Checklists
) -> None:
    path = tmp_path / "ours.csv"
    path.write_bytes(f"Id;Status;Owner\n{FORCE};in place;Zo\xe9\n".encode("cp1252"))
    assert statuses(read_filled(path, held)) == {FORCE: "in-place"}


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("none.csv", None, "There is no file"),
        ("notes.txt.pdf", "x", "is not CSV, XLSX or JSON"),
        ("bad.json", "{", "is not a checklist saved as JSON"),
        ("bad.xlsx", "not a zip", "cannot be read as an Excel file"),
        ("heads.csv", "What,Status\nx,yes\n", "no columns “Id” and “Status”"),
        ("other.csv", "Id,Status\nelsewhere,yes\n", "holds no row of a checklist"),
        ("blank.csv", f"Id,Status\n{FORCE},\n", "has no status filled in yet"),
        ("twice.csv", f"Id,Status\n{FORCE},yes\n{FORCE},no\n", "stands in it twice"),
        ("odd.csv", f"Id,Status\n{FORCE},sort of\n", f"{FORCE}: “sort of” is no status"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_why(
    tmp_path: Path, held: Checklists, name: str, content: str | None, said: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        read_filled(path, held)
    assert said in caught.value.message


def test_statuses_are_read_as_people_write_them() -> None:
    said = {
        "Yes": "in-place",
        "IN PLACE ": "in-place",
        "in progress": "partly",
        "N/A": "does-not-apply",
    }
    assert {text: status_of(text, "x") for text in said} == said
    assert status_of(" ", "x") == ""


# ---------------------------------------------------------------- the picture


def found(held: Checklists, library: Library, rows: dict[str, str], **more: Any) -> Any:
    filled = [{"id": row, "status": status} for row, status in rows.items()]
    now = Filled.model_validate({"name": "now", "date": dt.date(2026, 11, 1), "rows": filled})
    return readiness(now, held, library, **more)


def earlier(rows: dict[str, str]) -> Filled:
    filled = [{"id": row, "status": status} for row, status in rows.items()]
    return Filled.model_validate({"name": "then", "date": dt.date(2026, 5, 1), "rows": filled})


def test_strengths_and_gaps_are_counted_by_stage(held: Checklists, library: Library) -> None:
    picture_of = found(held, library, EXPECTED)
    training, supervising = picture_of.stages
    assert (training.stage, supervising.stage) == ("training", "supervising")
    assert training.counts == {"in-place": 1, "partly": 0, "not-yet": 0, "does-not-apply": 1}
    assert [row.id for row in picture_of.gaps] == [KEYS, OFTEN]
    assert [row.id for row in picture_of.strengths] == [FORCE]


def test_rows_left_open_are_told(held: Checklists, library: Library) -> None:
    picture_of = found(held, library, {FORCE: "in-place", KEYS: ""})
    assert picture_of.remarks[0].startswith("1 of 2 rows have no status yet")
    assert picture_of.stages[1].open == 1


def test_two_dates_are_compared(held: Checklists, library: Library) -> None:
    before = earlier({FORCE: "not-yet", OFTEN: "partly", KEYS: ""})
    picture_of = found(held, library, EXPECTED, before=before)
    assert [(c.id, c.before, c.after) for c in picture_of.changes] == [
        (FORCE, "not-yet", "in-place"),
        (KEYS, "", "not-yet"),
    ]
    assert picture_of.stages[0].before["not-yet"] == 1
    assert picture_of.stages[1].open_before == 1
    assert "1 rows were not in then" in " ".join(picture_of.remarks)


def test_dates_the_wrong_way_round_are_asked_about(held: Checklists, library: Library) -> None:
    before = earlier(EXPECTED).model_copy(update={"date": dt.date(2027, 1, 1)})
    assert "right way round" in found(held, library, EXPECTED, before=before).remarks[-1]


def test_the_picture_is_a_png_that_comes_out_the_same_each_time(
    held: Checklists, library: Library
) -> None:
    one = picture(found(held, library, EXPECTED))
    assert one.startswith(b"\x89PNG")
    assert one == picture(found(held, library, EXPECTED))
    assert one != picture(found(held, library, EXPECTED | {KEYS: "in-place"}))


def test_the_picture_can_be_told_apart_in_grey(held: Checklists, library: Library) -> None:
    from assistant.checklists.drawing import _COLOURS

    def grey(colour: str) -> float:
        red, green, blue = (int(colour[n : n + 2], 16) for n in (1, 3, 5))
        return 0.299 * red + 0.587 * green + 0.114 * blue

    shades = [grey(fill) for fill, _, _ in _COLOURS.values()]
    hatches = [hatch for _, hatch, _ in _COLOURS.values()]
    for n in range(len(shades) - 1):
        assert shades[n + 1] - shades[n] > 15 or hatches[n] != hatches[n + 1]


def test_the_paper_says_in_words_what_the_picture_shows(held: Checklists, library: Library) -> None:
    picture_of = found(held, library, EXPECTED, before=earlier({FORCE: "not-yet"}))
    paper = readiness_paper(picture_of)
    shown = paper.blocks[0]
    assert isinstance(shown, Picture)
    assert shown.alt == in_words(picture_of)
    assert "Training: 1 in place, 1 does not apply (before: 1 not yet)" in shown.alt
    table = paper.blocks[1]
    assert isinstance(table, Table)
    assert [words.text for words in (cell[0] for cell in table.rows[0])] == [
        "Training",
        "1 (was 0)",
        "0 (was 0)",
        "0 (was 1)",
        "1 (was 0)",
    ]
    assert paper.subtitle == "1 November 2026, compared with 1 May 2026"


# ---------------------------------------------------------------- the command


def test_the_command_compares_two_files(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    now = as_csv(tmp_path / "ours-2026-11-01.csv", STATUSES)
    then = as_csv(tmp_path / "ours-2026-05-01.csv", STATUSES | {FORCE: "no"})
    assert small_checklists.call(corpus, command, "readiness", str(now), "--before", str(then)) == 0
    said = capsys.readouterr().out
    assert "1 (was 0)" in said
    assert "(not yet → in place)" in " ".join(said.split())


def test_the_command_refuses_a_day_that_is_none(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    now = as_csv(tmp_path / "ours.csv", STATUSES)
    assert small_checklists.call(corpus, command, "readiness", str(now), "--date", "soon") == 2
    assert "“soon” is no day" in capsys.readouterr().err
