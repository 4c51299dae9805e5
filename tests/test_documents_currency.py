"""What is out of date: status by date, retractions from a list, and the list of what is due."""

from __future__ import annotations

import csv
import datetime as dt
import os
import tracemalloc
from pathlib import Path

import pytest

from assistant.documents.currency import (
    Standing,
    ToCheck,
    due,
    last_day,
    read_retractions,
    retractions_for,
    status_of,
)
from assistant.documents.records import Details, Document
from assistant.errors import DocumentError
from assistant.schema import Brief, BriefSentence, Note, PracticeLine, Source

TODAY = dt.date(2026, 6, 15)
COLUMNS = (
    "Record ID,Title,Subject,Institution,Journal,Publisher,Country,Author,URLS,ArticleType,"
    "RetractionDate,RetractionDOI,RetractionPubMedID,OriginalPaperDate,OriginalPaperDOI,"
    "OriginalPaperPubMedID,RetractionNature,Reason,Paywalled,Notes"
).split(",")


def row(**cells: str) -> list[str]:
    usual = {
        "Record ID": "1",
        "Title": "Peer workers in an invented town",
        "RetractionDate": "4/15/2021 0:00",
        "RetractionDOI": "10.5555/notice",
        "RetractionPubMedID": "0",
        "OriginalPaperDOI": "10.5555/paper",
        "OriginalPaperPubMedID": "0",
        "RetractionNature": "Retraction",
        "Reason": "+Error in Data;+Notice - Limited or No Information;",
    }
    return [(usual | cells).get(name, "") for name in COLUMNS]


def listed(
    path: Path, *rows: list[str], encoding: str = "utf-8", columns: list[str] = COLUMNS
) -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows([columns, *rows])
    return path


def standing(path: Path, doi: str = "10.5555/paper", pmid: str = "") -> Standing | None:
    found = retractions_for(read_retractions(path), [ToCheck(id="x", doi=doi, pmid=pmid)])
    return found.get("x")


# ---------------------------------------------------------------- status


@pytest.mark.parametrize(
    ("date", "day"),
    [
        ("2026", dt.date(2026, 12, 31)),
        ("2024-02", dt.date(2024, 2, 29)),
        ("2026-05-03", dt.date(2026, 5, 3)),
        ("2026-13", None),
        ("2026-02-31", None),
        ("0000", None),
        ("", None),
    ],
)
def test_a_partial_date_ends_with_its_last_day(date: str, day: dt.date | None) -> None:
    assert last_day(date) == day


@pytest.mark.parametrize(
    ("review_due", "status"),
    [
        ("", "current"),
        ("2025", "review-due"),
        ("2026", "current"),
        ("2026-05", "review-due"),
        ("2026-06", "current"),
        ("2026-06-14", "review-due"),
        ("2026-06-15", "current"),
    ],
)
def test_a_review_is_due_when_the_last_day_of_its_date_is_over(
    review_due: str, status: str
) -> None:
    assert status_of(Details(title="x", review_due=review_due), TODAY) == status


def test_the_gravest_status_wins() -> None:
    old = Details(
        title="x", review_due="2020", superseded_by="lwp-v3", retracted="Retraction, 2021"
    )
    assert status_of(old, TODAY) == "retracted"
    assert status_of(old.model_copy(update={"retracted": ""}), TODAY) == "superseded"


# ---------------------------------------------------------------- the list of retractions


def test_a_retracted_paper_is_found_by_its_doi(tmp_path: Path) -> None:
    path = listed(tmp_path / "list.csv", row(), row(OriginalPaperDOI="10.5555/other"))
    found = standing(path, "https://doi.org/10.5555/PAPER")
    assert found is not None
    assert found.retracted
    assert found.by == "doi"
    assert found.notice.date == "2021-04-15"
    assert found.notice.reason == "Error in Data; Notice - Limited or No Information"
    assert found.words == (
        "Retraction, 2021-04-15, https://doi.org/10.5555/notice (list as of 2021-04-15)"
    )


def test_a_retracted_paper_is_found_by_its_pmid(tmp_path: Path) -> None:
    path = listed(
        tmp_path / "list.csv", row(OriginalPaperDOI="unavailable", OriginalPaperPubMedID="123")
    )
    found = standing(path, doi="", pmid="123")
    assert found is not None
    assert found.by == "pmid"


def test_entries_without_identifiers_match_nothing(tmp_path: Path) -> None:
    path = listed(
        tmp_path / "list.csv",
        row(OriginalPaperDOI="unavailable", OriginalPaperPubMedID="0"),
        row(OriginalPaperDOI="", OriginalPaperPubMedID=""),
    )
    assert standing(path, doi="unavailable", pmid="0") is None
    assert standing(path, doi="", pmid="") is None


@pytest.mark.parametrize(
    ("notices", "retracted", "nature"),
    [
        ([("1/2/2020", "Retraction"), ("3/4/2021", "Reinstatement")], False, "reinstatement"),
        ([("3/4/2021", "Reinstatement"), ("1/2/2020", "Retraction")], False, "reinstatement"),
        ([("1/2/2020", "Reinstatement"), ("3/4/2021", "Retraction")], True, "retraction"),
        ([("1/2/2020", "Expression of concern"), ("3/4/2021", "Retraction")], True, "retraction"),
        ([("1/2/2020", "Retraction"), ("3/4/2021", "Correction")], True, "retraction"),
        ([("1/2/2020", "Expression of concern")], False, "expression of concern"),
        ([("1/2/2020", "Correction"), ("1/3/2020", "Expression of concern")], False,
         "expression of concern"),
        ([("", "Retraction")], True, "retraction"),
    ],
)  # fmt: skip
def test_the_last_word_about_a_paper_counts(
    tmp_path: Path, notices: list[tuple[str, str]], retracted: bool, nature: str
) -> None:
    rows = [row(RetractionDate=date, RetractionNature=kind) for date, kind in notices]
    found = standing(listed(tmp_path / "list.csv", *rows))
    assert found is not None
    assert (found.retracted, found.notice.nature) == (retracted, nature)


def test_the_list_is_as_old_as_its_newest_notice(tmp_path: Path) -> None:
    path = listed(
        tmp_path / "list.csv",
        row(RetractionDate="4/15/2021 0:00"),
        row(RetractionDate="11/3/2023 0:00"),
        row(RetractionDate="1/1/2203 0:00"),
    )
    found = read_retractions(path)
    assert found.as_of == dt.date(2023, 11, 3)
    assert (found.notices, found.faulty) == (3, 0)


def test_a_list_without_dates_is_as_old_as_its_file(tmp_path: Path) -> None:
    path = listed(tmp_path / "list.csv", row(RetractionDate=""))
    moment = dt.datetime(2024, 2, 3, 12).timestamp()
    os.utime(path, (moment, moment))
    assert read_retractions(path).as_of == dt.date(2024, 2, 3)


def test_a_list_that_a_british_spreadsheet_saved_is_read_day_first(tmp_path: Path) -> None:
    path = listed(
        tmp_path / "list.csv",
        row(RetractionDate="25/12/2020 00:00", OriginalPaperDOI="10.5555/a"),
        row(RetractionDate="31/01/2021 00:00", OriginalPaperDOI="10.5555/b"),
        row(RetractionDate="03/04/2021 00:00"),
    )
    found = standing(path)
    assert found is not None
    assert found.notice.date == "2021-04-03"
    assert read_retractions(path).as_of == dt.date(2021, 4, 3)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_both_encodings_are_read(tmp_path: Path, encoding: str) -> None:
    path = listed(tmp_path / "list.csv", row(Title="Café – peer work"), encoding=encoding)
    found = standing(path)
    assert found is not None
    assert found.notice.title == "Café – peer work"


def test_broken_rows_are_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    path = listed(
        tmp_path / "list.csv",
        row(RetractionDate="soon"),
        row(RetractionNature=""),
        row(Title="x" * 200_000),
        ["1", "short row"],
        row(),
    )
    found = read_retractions(path)
    assert found.notices == 1
    assert found.faulty == 4
    assert "soon" in found.faults[0]
    assert all(fault.startswith("line ") for fault in found.faults)
    assert standing(path) is not None


def test_a_few_columns_in_another_order_are_enough(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(
        "retraction date,Original Paper DOI,Retraction_Nature\n"
        "2021-04-15,10.5555/paper,Retraction\n"
    )
    found = standing(path)
    assert found is not None
    assert found.retracted


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"name,colour\nx,y\n", "unsupported"),
        (b"", "unsupported"),
        (b"PK\x03\x04\0\0\0\0", "binary"),
        (b'"' + b"x" * 300_000, "damaged"),
    ],
)
def test_what_is_no_such_list_is_refused_with_a_remedy(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(content)
    with pytest.raises(DocumentError) as caught:
        read_retractions(path)
    assert caught.value.reason == reason
    assert "CSV" in caught.value.hint


def test_a_missing_list_is_named(tmp_path: Path) -> None:
    with pytest.raises(DocumentError) as caught:
        read_retractions(tmp_path / "none.csv")
    assert caught.value.reason == "not-found"


def test_a_list_that_vanished_after_reading_is_named(tmp_path: Path) -> None:
    path = listed(tmp_path / "list.csv", row())
    found = read_retractions(path)
    path.unlink()
    with pytest.raises(DocumentError) as caught:
        retractions_for(found, [ToCheck(id="x", doi="10.5555/paper")])
    assert caught.value.reason == "vanished"


def test_a_large_list_is_read_in_little_memory(tmp_path: Path) -> None:
    rows = [row(OriginalPaperDOI=f"10.5555/p{n}", Notes="n" * 800) for n in range(8000)]
    path = listed(tmp_path / "list.csv", *rows)
    del rows
    assert path.stat().st_size > 7_000_000
    tracemalloc.start()
    try:
        found = retractions_for(read_retractions(path), [ToCheck(id="x", doi="10.5555/p7999")])
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found["x"].retracted
    assert peak < 6_000_000


# ---------------------------------------------------------------- what is due


def source(identifier: str, checked: str = "2026-01-01", **fields: object) -> Source:
    note = Note(
        id=f"{identifier}-1",
        text="Peer workers need supervision.",
        topics=("supervision",),
        users=("psw",),
        locator="page 1",
        stands_as="recommendation",
        asks=("Do I need supervision?", "Who supervises me?"),
    )
    usual: dict[str, object] = {
        "id": identifier, "title": f"Source {identifier}", "authors": ("Shah P",), "year": 2020,
        "published_in": None, "kind": "toolkit", "jurisdiction": "England", "settings": ("any",),
        "who_speaks": "peer-led", "status": "current", "licence": "unknown", "basis": "full-text",
        "read_from": ("https://example.org",), "checked": checked, "notes": (note,),
    }  # fmt: skip
    return Source.model_validate(usual | fields)


def brief(identifier: str, review_by: str) -> Brief:
    sentence = BriefSentence(text="It is so.", notes=("a-1",))
    return Brief(
        id=identifier,
        title=f"Brief {identifier}",
        topics=("supervision",),
        users=("psw",),
        asks=("one?", "two?", "three?"),
        lead=(sentence, sentence),
        practice=(PracticeLine(text=sentence.text, notes=sentence.notes),),
        written=dt.date(2025, 1, 1),
        review_by=dt.date.fromisoformat(review_by),
    )


def document(identifier: str, **details: str) -> Document:
    return Document(
        id=identifier,
        collection="local",
        details=Details.model_validate({"title": f"Document {identifier}", **details}),
        path="x.pdf",
        name="x.pdf",
        format="pdf",
        sha256="0",
        size=1,
        original="x.pdf",
        text_sha256="0",
        pages=1,
        added=dt.datetime(2026, 1, 1),
    )


def test_everything_that_wants_attention_is_listed_gravest_first() -> None:
    found = due(
        [
            source("fresh"),
            source("old-check", "2024-12-14"),
            source("just-in-time", "2024-12-15"),
            source("gone", status="superseded", superseded_by="fresh"),
            source("bad", status="retracted"),
        ],
        [brief("late", "2026-06-14"), brief("soon", "2026-09-13"), brief("later", "2026-09-14")],
        [
            document("lwp", review_due="2025"),
            document("ok", review_due="2027"),
            document("this-year", review_due="2026-07"),
            document("none"),
            document("pulled", retracted="Retraction, 2021-04-15", review_due="2020"),
            document("replaced", superseded_by="lwp"),
        ],
        TODAY,
    )
    assert [(entry.what, entry.id, entry.reason) for entry in found] == [
        ("source", "bad", "retracted"),
        ("document", "pulled", "retracted"),
        ("source", "gone", "superseded"),
        ("document", "replaced", "superseded"),
        ("document", "lwp", "review-due"),
        ("brief", "late", "review-due"),
        ("source", "old-check", "check-due"),
        ("document", "this-year", "review-soon"),
        ("brief", "soon", "review-soon"),
    ]


def test_each_entry_says_what_is_the_matter_and_what_to_do() -> None:
    found = {
        entry.id: entry.message
        for entry in due(
            [source("gone", status="superseded", superseded_by="fresh")],
            [brief("late", "2026-06-14")],
            [
                document("pulled", retracted="Retraction, 2021-04-15"),
                document("x", review_due="2025"),
            ],
            TODAY,
        )
    }
    assert found["gone"].startswith("Superseded by fresh. Replace it")
    assert found["pulled"].startswith("Retraction, 2021-04-15. Take it out of use")
    assert found["late"].startswith("Review was due 2026-06-14. Read it against")
    assert found["x"].startswith("Review was due 2025. Ask its owner")


def test_eighteen_months_before_the_end_of_august_is_the_end_of_february() -> None:
    today = dt.date(2026, 8, 31)
    assert not due([source("a", "2025-02-28")], [], [], today)
    assert due([source("a", "2025-02-27")], [], [], today)
