"""Records of readings: which notes were read, what changed since, what rests on it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
import yaml

from assistant.corpus import Library, check_library, read_library
from assistant.errors import CorpusError
from assistant.readings import (
    hash_of,
    keep_review,
    read_readings,
    reading_faults,
    review_of,
)

DAY = dt.date(2026, 11, 29)
NOTE = "supervision-guide-2020-1"


def keep_readings(folder: Path, library: Library, *left_out: str) -> None:
    for source in library.sources.values():
        notes = {
            note.id: {
                "date": DAY,
                "verdict": "true",
                "compared": "page 3",
                "gist": "the same",
                "text_sha256": hash_of(note.text),
            }
            for note in source.notes
            if note.id not in left_out
        }
        path = folder / "readings" / f"{source.id}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(yaml.safe_dump({"id": source.id, "notes": notes}), encoding="utf-8")


def review_all(folder: Path, library: Library) -> None:
    for brief in library.briefs.values():
        keep_review(folder, "briefs", review_of(brief, library, DAY))
    for question in library.contested.values():
        keep_review(folder, "contested", review_of(question, library, DAY))


def reworded(folder: Path) -> Library:
    path = folder / "sources" / "supervision-guide-2020.yaml"
    data = yaml.safe_load(path.read_text())
    data["notes"][0]["text"] += " Or so it says."
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    return read_library(folder)


def test_a_note_without_a_record_is_unread_and_no_fault(small_corpus: Path) -> None:
    library = read_library(small_corpus)
    keep_readings(small_corpus, library, NOTE)
    review_all(small_corpus, library)
    readings = read_readings(small_corpus)
    assert readings.unread(library) == (NOTE,)
    assert list(reading_faults(library, readings)) == []


def test_a_note_that_changed_is_unread_and_so_is_what_rests_on_it(small_corpus: Path) -> None:
    library = read_library(small_corpus)
    keep_readings(small_corpus, library)
    review_all(small_corpus, library)
    changed = reworded(small_corpus)
    readings = read_readings(small_corpus)
    assert readings.unread(changed) == (NOTE,)
    faults = [str(fault) for fault in reading_faults(changed, readings)]
    assert any("changed since its second reading" in fault for fault in faults)
    resting = [
        brief.id
        for brief in changed.briefs.values()
        if any(NOTE in sentence.notes for sentence in brief.sentences())
    ]
    for brief in resting:
        assert any(f"briefs/{brief}.yaml" in f and NOTE in f for f in faults)


def test_a_brief_that_was_never_reviewed_is_a_fault(small_corpus: Path) -> None:
    library = read_library(small_corpus)
    keep_readings(small_corpus, library)
    faults = [str(fault) for fault in reading_faults(library, read_readings(small_corpus))]
    assert len(faults) == len(library.briefs) + len(library.contested)


def test_verdicts_are_counted_and_what_was_not_reached_is_told_apart(small_corpus: Path) -> None:
    library = read_library(small_corpus)
    keep_readings(small_corpus, library)
    path = small_corpus / "readings" / "supervision-guide-2020.yaml"
    path.write_text(path.read_text().replace("'true'", "not-reachable"), encoding="utf-8")
    readings = read_readings(small_corpus)
    assert NOTE in readings.not_reached(library)
    assert sum(readings.verdicts(library).values()) == len(library.notes)


def test_a_broken_record_is_named(small_corpus: Path) -> None:
    (small_corpus / "readings").mkdir()
    (small_corpus / "readings" / "x.yaml").write_text("id: x\nnotes: {a: {verdict: fine}}\n")
    with pytest.raises(CorpusError, match=r"readings/x\.yaml"):
        read_readings(small_corpus)


def test_a_gist_that_copies_its_source_is_a_fault(small_corpus: Path, tmp_path: Path) -> None:
    keep_readings(small_corpus, read_library(small_corpus))
    path = small_corpus / "readings" / "supervision-guide-2020.yaml"
    words = "nine words that stand like this in the paper"
    path.write_text(path.read_text().replace("the same", words, 1), encoding="utf-8")
    paper = tmp_path / "paper.txt"
    paper.write_text(f"Here are {words}, and more.", encoding="utf-8")
    (fault,) = check_library(small_corpus, [paper])
    assert fault.file == "readings/supervision-guide-2020.yaml"
    assert "copied" in fault.message
