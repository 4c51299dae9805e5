"""The library's files: every bundled one is valid, and every broken one is named with its field."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.corpus import (
    COPY_LIMIT,
    Fault,
    Library,
    LibraryData,
    check_library,
    library_files,
    library_version,
    names_its_country,
    read_library,
    words_of,
)
from assistant.errors import ConfigurationError, CorpusError
from assistant.resources import bundled_folder
from tests.small_library import edit, put

CORPUS = bundled_folder("corpus")
FILES = [path.relative_to(CORPUS).as_posix() for path in library_files(CORPUS)]
GUIDE = "sources/supervision-guide-2020.yaml"
FIRST, SECOND = "supervision-guide-2020-1", "supervision-guide-2020-2"


# ---------------------------------------------------------------- the bundled library


@pytest.fixture(scope="module")
def bundled_faults() -> list[Fault]:
    return check_library(CORPUS)


@pytest.fixture(scope="module")
def bundled() -> Library:
    return read_library(CORPUS)


@pytest.mark.parametrize("name", FILES)
def test_bundled_file_is_valid(name: str, bundled_faults: list[Fault]) -> None:
    assert [str(fault) for fault in bundled_faults if fault.file == name] == []


def test_bundled_library_has_no_fault_at_all(bundled_faults: list[Fault]) -> None:
    assert bundled_faults == []


def test_bundled_library_has_not_shrunk(bundled: Library) -> None:
    assert len(bundled.sources) >= 470
    assert len(bundled.notes) >= 1520
    assert len(bundled.briefs) >= 20
    assert len(bundled.contested) >= 40


def test_bundled_merged_ids_lead_to_notes_of_today(bundled: Library) -> None:
    for old, new in bundled.data.merged_notes.items():
        assert bundled.current_note_id(old) == new


def test_bundled_merged_sources_lead_to_sources_of_today(bundled: Library) -> None:
    missing = {
        old: new
        for old, new in bundled.data.merged_sources.items()
        if new is not None and new not in bundled.sources
    }
    assert missing == {}


def test_bundled_superseded_sources_name_what_replaced_them(bundled: Library) -> None:
    for source in bundled.sources.values():
        assert (source.status == "superseded") <= bool(source.superseded_by), source.id


# ---------------------------------------------------------------- reading


def test_small_library_is_valid_and_whole(small_corpus: Path) -> None:
    assert check_library(small_corpus) == []
    library = read_library(small_corpus)
    assert len(library.sources) == 12
    assert library.note_source["ward-trial-2019-2"].id == "ward-trial-2019"
    assert library.notes["force-act-2018-2"].users == ("manager",)
    assert set(library.briefs) == {"supervision-basics", "talk-of-suicide", "safeguarding"}
    assert list(library.contested) == ["home-visits"]
    assert library.topics["pay"] == "Pay"


def test_version_follows_content_and_nothing_else(small_corpus: Path, tmp_path: Path) -> None:
    before = library_version(small_corpus)
    moved = shutil.copytree(small_corpus, tmp_path / "elsewhere")
    for path in moved.rglob("*.yaml"):
        path.touch()
    assert library_version(moved) == before == read_library(moved).version
    edit(moved / GUIDE, "Marigold", "Marygold")
    assert library_version(moved) != before


def test_version_sees_a_file_renamed(small_corpus: Path) -> None:
    before = library_version(small_corpus)
    (small_corpus / "briefs/safeguarding.yaml").rename(small_corpus / "briefs/abuse.yaml")
    assert library_version(small_corpus) != before


def test_folder_without_a_library_is_named(tmp_path: Path) -> None:
    for use in (read_library, check_library, library_version):
        with pytest.raises(ConfigurationError, match=re.escape(str(tmp_path))) as caught:
            use(tmp_path)
        assert "PEER_SUPPORT_CORPUS" in caught.value.hint


# ---------------------------------------------------------------- broken files


def _put(place: str, value: object) -> Callable[[Path], None]:
    return lambda path: put(path, place, value)


def _written(data: bytes) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_bytes(data)

    return write


def _cut_in_a_quotation(path: Path) -> None:
    path.write_text('id: supervision-guide-2020\ntitle: "Supervision Gui', encoding="utf-8")


def _cut_after_a_key(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.index("notes:") + len("notes:")], encoding="utf-8")


def _no_such_day(path: Path) -> None:
    edit(path, "'2026-11-01'", "2026-02-31")


BROKEN_SOURCES: list[tuple[str, Callable[[Path], None], str, str]] = [
    ("empty", _written(b""), "", "empty or cut short"),
    ("comments only", _written(b"# nothing yet\n"), "", "empty or cut short"),
    ("a list", _written(b"- one\n- two\n"), "", "empty or cut short"),
    ("cut in a quotation", _cut_in_a_quotation, "", "not valid YAML (line"),
    ("cut after a key", _cut_after_a_key, "notes", "valid tuple"),
    ("not UTF-8", _written("id: caf\xe9".encode("latin-1")), "", "not UTF-8 text (byte 7)"),
    ("UTF-16", _written("id: guide".encode("utf-16")), "", "not UTF-8"),
    ("no such day", _no_such_day, "", "not valid YAML"),
    ("unknown field", _put("colour", "red"), "colour", "not permitted"),
    ("unknown field of a note", _put("notes.1.colour", "red"), f"notes.{SECOND}.colour", "not p"),
    ("missing field", _put("kind", None), "kind", "required"),
    ("missing locator", _put("notes.1.locator", None), f"notes.{SECOND}.locator", "required"),
    ("blank locator", _put("notes.1.locator", " "), f"notes.{SECOND}.locator", "at least 1"),
    ("one ask", _put("notes.1.asks", ["why"]), f"notes.{SECOND}.asks", "at least 2"),
    ("year as text", _put("year", "about 2020"), "year", "valid integer"),
    ("year cut short", _put("year", 20), "year", "greater than or equal"),
    ("misspelt kind", _put("kind", "profesional-guidance"), "kind", "Input should be"),
    ("blank title", _put("title", " "), "title", "at least 1"),
    (
        "unknown topic",
        _put("notes.1.topics", ["flying"]),
        f"notes.{SECOND}.topics",
        "unknown topic flying",
    ),
    (
        "id unlike the file's name",
        _put("id", "other-guide"),
        "id",
        "not the file's name (supervision-guide-2020)",
    ),
    (
        "id of a note in another file",
        _put("notes.1.id", "force-act-2018-1"),
        "notes.force-act-2018-1.id",
        "stands in sources/force-act-2018.yaml too",
    ),
    (
        "id of a note in the same file",
        _put("notes.1.id", FIRST),
        f"notes.{FIRST}.id",
        "stands in sources/supervision-guide-2020.yaml too",
    ),
    ("id with spaces", _put("notes.1.id", "Guide 2"), "notes.Guide 2.id", "pattern"),
    ("one ask twice", _put("notes.1.asks", ["why", "why"]), f"notes.{SECOND}.asks", "twice"),
]


@pytest.mark.parametrize(
    ("breaking", "field", "words"),
    [case[1:] for case in BROKEN_SOURCES],
    ids=[case[0] for case in BROKEN_SOURCES],
)
def test_broken_source_is_named_with_its_field(
    breaking: Callable[[Path], None], field: str, words: str, small_corpus: Path
) -> None:
    breaking(small_corpus / GUIDE)
    found = [f for f in check_library(small_corpus) if f.file == GUIDE and f.field == field]
    assert len(found) == 1, check_library(small_corpus)
    assert words in found[0].message


@pytest.mark.parametrize("case", BROKEN_SOURCES[:-1], ids=[c[0] for c in BROKEN_SOURCES[:-1]])
def test_broken_source_is_not_read(
    case: tuple[str, Callable[[Path], None], str, str], small_corpus: Path
) -> None:
    case[1](small_corpus / GUIDE)
    with pytest.raises(CorpusError) as caught:
        read_library(small_corpus)
    assert (caught.value.file, caught.value.field) == (GUIDE, case[2])
    assert GUIDE in caught.value.message
    assert "library check" in caught.value.hint


@pytest.mark.parametrize(
    ("name", "place", "value", "field", "words"),
    [
        (
            "briefs/safeguarding.yaml",
            "lead.1.notes",
            ["gone-1"],
            "notes",
            "no note gone-1 («You need no proof.",
        ),
        (
            "briefs/supervision-basics.yaml",
            "answers.1.answer.0.notes",
            ["gone-1"],
            "notes",
            "no note gone-1 («The guide says",
        ),
        ("briefs/safeguarding.yaml", "id", "abuse", "id", "file's name"),
        ("briefs/safeguarding.yaml", "topics", ["flying"], "topics", "flying"),
        ("briefs/safeguarding.yaml", "contested", ["gone"], "contested", "question gone"),
        (
            "contested/home-visits.yaml",
            "positions.1.notes",
            ["gone-1"],
            "positions.1.notes",
            "no note gone-1",
        ),
        ("contested/home-visits.yaml", "topics", ["flying"], "topics", "flying"),
        ("contested/home-visits.yaml", "bearing", ["gone-1"], "bearing", "no note gone-1"),
        (
            "briefs/supervision-basics.yaml",
            "answers.0.answering",
            ["gone-1"],
            "answers.0.answering",
            "no note gone-1",
        ),
        (
            "briefs/supervision-basics.yaml",
            "answers.0.bearing",
            ["supervision-charter-2022-1"],
            "answers.0.bearing",
            "supervision-charter-2022-1 stands there already",
        ),
        ("merged-ids.yaml", "notes.old-1", "gone-1", "notes.old-1", "no note gone-1"),
        (
            "merged-ids.yaml",
            "notes.ward-trial-2019-1",
            "force-act-2018-1",
            "notes.ward-trial-2019-1",
            "is still a note",
        ),
    ],
)
def test_dead_reference_is_named_with_its_field(
    name: str, place: str, value: object, field: str, words: str, small_corpus: Path
) -> None:
    put(small_corpus / name, place, value)
    found = [f for f in check_library(small_corpus) if f.file == name and f.field == field]
    assert len(found) == 1
    assert words in found[0].message
    with pytest.raises(CorpusError) as caught:
        read_library(small_corpus)
    assert (caught.value.file, caught.value.field) == (name, field)


def test_every_fault_is_listed_and_the_first_says_how_many_more(small_corpus: Path) -> None:
    put(small_corpus / GUIDE, "title", " ")
    put(small_corpus / "sources/ward-trial-2019.yaml", "kind", "rumour")
    (small_corpus / "topics.yaml").write_text("[", encoding="utf-8")
    faults = check_library(small_corpus)
    assert {f.file for f in faults} >= {GUIDE, "sources/ward-trial-2019.yaml", "topics.yaml"}
    with pytest.raises(CorpusError, match=r"\(2 more\)"):
        read_library(small_corpus)


def test_fault_reads_as_one_line() -> None:
    assert str(Fault("a.yaml", "notes.x", "is odd")) == "a.yaml: notes.x: is odd"
    assert str(Fault("a.yaml", "", "is empty")) == "a.yaml: is empty"


def test_unreadable_file_is_a_fault(small_corpus: Path) -> None:
    (small_corpus / GUIDE).unlink()
    (small_corpus / GUIDE).mkdir()
    assert Fault(GUIDE, "", "cannot be read (Is a directory)") in check_library(small_corpus)


# ---------------------------------------------------------------- what misleads readers


def test_foreign_note_must_name_its_country(small_corpus: Path) -> None:
    name = "sources/aus-framework-2021.yaml"
    put(small_corpus / name, "notes.0.text", "Certified peer workers should be paid alike.")
    assert check_library(small_corpus) == [
        Fault(
            name,
            "notes.aus-framework-2021-1.text",
            "does not say that its source is from Australia",
        )
    ]


@pytest.mark.parametrize(
    ("text", "jurisdiction", "named"),
    [
        ("Peers visit in pairs.", "England", True),
        ("Peers visit in pairs.", "UK", True),
        ("Peers visit in pairs.", "International", True),
        ("Peers visit in pairs.", "USA", False),
        ("They told us to wait.", "USA", False),
        ("In the US, peers visit in pairs.", "USA", True),
        ("American peers visit in pairs.", "USA", True),
        ("In New South Wales peers visit.", "Australia", True),
        ("In New South Wales peers visit.", "Wales", True),  # a name inside a name: known limit
        ("Peers in Utopia visit.", "Utopia", True),
        ("Peers in Erewhon visit.", "Utopia", False),
    ],
)
def test_a_country_is_named_or_home(text: str, jurisdiction: str, named: bool) -> None:
    assert names_its_country(text, jurisdiction) is named


def test_superseded_source_must_name_its_successor(small_corpus: Path) -> None:
    name = "sources/paper-notes-2008.yaml"
    put(small_corpus / name, "superseded_by", None)
    assert [(f.file, f.field) for f in check_library(small_corpus)] == [(name, "superseded_by")]


def test_our_own_inference_is_named_in_the_words_of_the_note(small_corpus: Path) -> None:
    put(small_corpus / GUIDE, "notes.0.our_reading", "the last sentence is ours")
    fault = "are not words of the note's text"
    assert [f.message for f in check_library(small_corpus)] == [fault]
    note = next(s for s in read_library(small_corpus).sources.values() if s.id in GUIDE).notes[0]
    put(small_corpus / GUIDE, "notes.0.our_reading", note.text[-20:-1])
    assert check_library(small_corpus) == []


# ---------------------------------------------------------------- copied words

PHRASE = "with time kept free for it in the working day"


def document(folder: Path, words: str) -> Path:
    path = folder / "paper.txt"
    path.write_text(f"Something else came first. {words} And more came after.", encoding="utf-8")
    return path


def test_eight_words_in_a_row_are_found(small_corpus: Path, tmp_path: Path) -> None:
    copied = " ".join(PHRASE.split()[: COPY_LIMIT + 1])
    assert COPY_LIMIT == 7
    faults = check_library(small_corpus, [document(tmp_path, copied)])
    assert [(f.file, f.field) for f in faults] == [
        ("sources/supervision-charter-2022.yaml", "notes.supervision-charter-2022-1.text"),
        (GUIDE, "notes.supervision-guide-2020-1.text"),
    ]
    assert copied in faults[0].message
    assert "paper.txt" in faults[0].message


def test_seven_words_in_a_row_are_not(small_corpus: Path, tmp_path: Path) -> None:
    shared = " ".join(PHRASE.split()[:COPY_LIMIT])
    assert check_library(small_corpus, [document(tmp_path, shared)]) == []


def test_copies_are_found_through_case_marks_and_line_breaks(
    small_corpus: Path, tmp_path: Path
) -> None:
    words = PHRASE.split()[: COPY_LIMIT + 1]
    copied = ",\n".join(word.upper() for word in words)
    assert len(check_library(small_corpus, [document(tmp_path, copied)])) == 2


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "briefs/supervision-basics.yaml",
            "the guide says how often to meet and not for how long",
        ),
        ("contested/home-visits.yaml", "alone since two at the door feel like an inspection"),
        (
            "sources/ward-rules-2021.yaml",
            "when must staff book the use of force course",
        ),
    ],
)
def test_copies_are_found_in_briefs_positions_and_asks(
    name: str, words: str, small_corpus: Path, tmp_path: Path
) -> None:
    faults = check_library(small_corpus, [document(tmp_path, words)])
    assert [fault.file for fault in faults] == [name]


def test_titles_may_be_named(small_corpus: Path, tmp_path: Path) -> None:
    title = "A unit must train its staff in the use of force"
    path = small_corpus / "sources/force-act-2018.yaml"
    assert len(check_library(small_corpus, [document(tmp_path, title)])) == 1
    put(path, "title", title)
    assert check_library(small_corpus, [document(tmp_path, title)]) == []


def test_missing_document_is_a_fault(small_corpus: Path, tmp_path: Path) -> None:
    (fault,) = check_library(small_corpus, [tmp_path / "none.txt"])
    assert "cannot be read" in fault.message


def test_words_are_compared_without_marks() -> None:
    assert words_of("It’s NOT a worker's—job: 24/7!") == [
        "its",
        "not",
        "a",
        "workers",
        "job",
        "24",
        "7",
    ]


# ---------------------------------------------------------------- merged ids


def with_merged(library: Library, merged: dict[str, str | None]) -> Library:
    data = library.data.model_dump(mode="json", by_alias=True) | {"merged_notes": merged}
    return Library(LibraryData.model_validate(data))


def test_merged_ids_are_followed(small_data: Library) -> None:
    assert small_data.current_note_id("supervision-guide-1999-1") == "supervision-guide-2020-1"
    assert small_data.current_note_id("supervision-guide-2020-1") == "supervision-guide-2020-1"
    assert small_data.current_note_id("dropped-1") is None
    assert small_data.current_note_id("never-was") is None


def test_merged_ids_are_followed_through_several_steps(small_data: Library) -> None:
    steps: dict[str, str | None] = {"a": "b", "b": "c", "c": "ward-trial-2019-1", "d": "e"}
    library = with_merged(small_data, steps)
    assert library.current_note_id("a") == "ward-trial-2019-1"
    assert library.current_note_id("d") is None


def test_loops_of_merged_ids_end(small_data: Library) -> None:
    loop: dict[str, str | None] = {"a": "b", "b": "a", "c": "c"}
    library = with_merged(small_data, loop)
    assert library.current_note_id("a") is None
    assert library.current_note_id("c") is None


# ---------------------------------------------------------------- faults that are known


@pytest.mark.parametrize("text", ["notes: some words\n", "notes: [a]\n", "notes: {a: [b]}\n"])
def test_merged_ids_of_another_form_are_a_fault(text: str, small_corpus: Path) -> None:
    (small_corpus / "merged-ids.yaml").write_text(text, encoding="utf-8")
    assert [fault.file for fault in check_library(small_corpus)] == ["merged-ids.yaml"]
