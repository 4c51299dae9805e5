"""What the library held at two moments, and what changed between them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.assembly import open_shelf
from assistant.corpus import Library, LibraryData
from assistant.documents import backup
from assistant.documents.records import Collection
from assistant.documents.shelf import Shelf, Wanted
from assistant.documents.states import (
    Changed,
    Comparison,
    State,
    compare,
    read_state,
    resting_on,
    state_now,
    write_state,
)
from assistant.errors import DocumentError, UsageError
from assistant.settings import read_settings

DAY = dt.date(2026, 12, 1)
POLICY = """# Lone Working Policy

## Home visits

Staff must carry a charged phone on every home visit. They must tell the duty desk first.

## At night

No peer support worker may visit alone after 8 pm.
"""


def _state(entries: dict[str, tuple[str, str]], **more: object) -> State:
    documents = {key.partition(":")[0]: "documents" for key in entries if ":" in key}
    values = {"made": DAY, "library_version": "v", "documents": documents, "entries": entries}
    return State.model_validate(values | more)


def _changes(old: State, new: State) -> dict[str, tuple[str, str]]:
    return {c.id: (c.change, c.to) for c in compare(old, new).changes}


@pytest.fixture
def shelf(words_only: None, tmp_path: Path) -> Iterator[Shelf]:
    shelf = open_shelf(read_settings(home=tmp_path / "home"))
    yield shelf
    shelf.close()


@pytest.fixture
def policy(shelf: Shelf, tmp_path: Path) -> Path:
    path = tmp_path / "policy.md"
    path.write_text(POLICY, encoding="utf-8")
    shelf.add([path])
    return path


# ---------------------------------------------------------------- comparing


def test_nothing_changed(small_data: Library) -> None:
    state = state_now(small_data, None, DAY)
    assert state.counts() == (len(small_data.notes), 0)
    assert compare(state, state).changes == ()


def test_each_sort_of_change_is_told_apart() -> None:
    old = _state(
        {
            "same": ("h1", "current"),
            "reworded": ("h2", "current"),
            "dropped": ("h3", "current"),
            "joined": ("h4", "current"),
            "fell": ("h5", "current"),
        }
    )
    new = _state(
        {
            "same": ("h1", "current"),
            "reworded": ("h2b", "current"),
            "other": ("h6", "current"),
            "fell": ("h5", "superseded"),
            "new": ("h7", "current"),
        },
        joined={"joined": "other"},
    )
    compared = compare(old, new)
    assert [(c.change, c.id, c.to) for c in compared.changes] == [
        ("altered", "reworded", ""),
        ("gone", "dropped", ""),
        ("moved", "joined", "other"),
        ("status", "fell", "fell"),
        ("added", "new", ""),
    ]
    assert compared.counted() == {"altered": 1, "gone": 1, "moved": 1, "status": 1, "added": 1}
    fell = next(c for c in compared.changes if c.id == "fell")
    assert (fell.before, fell.now) == ("current", "superseded")


def test_passages_that_shift_are_moved_and_not_altered() -> None:
    old = _state({"doc:0-10": ("a", "current"), "doc:12-20": ("b", "current")})
    new = _state(
        {
            "doc:0-12": ("z", "current"),
            "doc:14-24": ("a", "current"),
            "doc:26-34": ("b", "current"),
        }
    )
    assert _changes(old, new) == {
        "doc:0-10": ("moved", "doc:14-24"),
        "doc:12-20": ("moved", "doc:26-34"),
        "doc:0-12": ("added", ""),
    }


def test_a_passage_may_move_into_the_place_of_another() -> None:
    old = _state({"doc:0-10": ("a", "current")})
    new = _state({"doc:0-10": ("b", "current"), "doc:12-22": ("a", "current")})
    assert _changes(old, new)["doc:0-10"] == ("moved", "doc:12-22")


def test_the_same_document_is_looked_into_before_others() -> None:
    old = _state({"doc:0-10": ("a", "current")})
    new = _state({"aaa:0-10": ("a", "current"), "doc:5-15": ("a", "current")})
    assert _changes(old, new)["doc:0-10"] == ("moved", "doc:5-15")


def test_words_that_a_held_document_lost_are_altered_and_of_a_removed_one_gone() -> None:
    old = _state({"held:0-5": ("a", "current"), "lost:0-5": ("b", "current")})
    new = _state({"held:0-6": ("c", "current")})
    found = _changes(old, new)
    assert found["held:0-5"] == ("altered", "")
    assert found["lost:0-5"] == ("gone", "")


def test_what_only_one_state_covers_is_left_out() -> None:
    old = _state({"doc:0-5": ("a", "current")}, covers=("passages",))
    new = _state({"doc:0-5": ("a", "current"), "note": ("n", "current")})
    assert compare(old, new).changes == compare(new, old).changes == ()


def test_a_state_of_one_collection_says_nothing_of_others() -> None:
    everything = _state(
        {"team:0-5": ("a", "current"), "ward:0-5": ("b", "current")},
        documents={"team": "ours", "ward": "documents"},
    )
    part = _state({"team:0-5": ("a", "current")}, documents={"team": "ours"}, collections=("ours",))
    assert compare(part, everything).changes == compare(everything, part).changes == ()
    put_elsewhere = everything.model_copy(
        update={"documents": {"team": "documents", "ward": "documents"}}
    )
    assert compare(part, put_elsewhere).changes == ()


# ---------------------------------------------------------------- the real store


def test_a_changed_file_shows_in_its_passages(
    shelf: Shelf, policy: Path, small_data: Library
) -> None:
    before = state_now(small_data, shelf.store, DAY)
    assert before.counts()[1] == shelf.store.counts()[1]
    policy.write_text("# New front page\n\nRead this first.\n\n" + POLICY.replace("8 pm", "6 pm"))
    shelf.add([policy])
    after = state_now(small_data, shelf.store, DAY)
    compared = compare(before, after)
    counted = compared.counted()
    assert counted["altered"] == 1
    assert counted["moved"] >= 1
    assert counted["gone"] == 0
    for change in compared.changes:
        if change.change == "moved":
            document, _, span = change.to.partition(":")
            start, end = map(int, span.split("-"))
            words = shelf.store.span(document, start, end)
            assert words is not None
            assert "8 pm" not in words
    assert before.library_version != after.library_version


def test_status_follows_the_day(shelf: Shelf, policy: Path, small_data: Library) -> None:
    document = shelf.store.documents()[0]
    shelf.edit(document.id, {"review_due": "2026-11"})
    day_before = state_now(small_data, shelf.store, dt.date(2026, 11, 30))
    day_after = state_now(small_data, shelf.store, DAY)
    changes = compare(day_before, day_after).changes
    assert {(c.change, c.before, c.now) for c in changes} == {("status", "current", "review-due")}
    assert len(changes) == shelf.store.counts()[1]


def test_joined_notes_are_followed(small_data: Library) -> None:
    first, second = list(small_data.notes)[:2]
    data = small_data.data.model_dump()
    for source in data["sources"]:
        source["notes"] = [note for note in source["notes"] if note["id"] != first]
    data["sources"] = [source for source in data["sources"] if source["notes"]]
    data["merged_notes"] = {**data["merged_notes"], first: second}
    later = Library(LibraryData.model_validate(data))
    compared = compare(state_now(small_data, None, DAY), state_now(later, None, DAY))
    assert [(c.id, c.change, c.to) for c in compared.changes] == [(first, "moved", second)]


def test_a_backup_counts_as_a_state(
    shelf: Shelf, policy: Path, small_data: Library, tmp_path: Path
) -> None:
    shelf.add_collection(Collection(id="team", name="Our team"))
    (tmp_path / "team.txt").write_text("The team meets on Mondays at ten in the small room.")
    shelf.add([tmp_path / "team.txt"], Wanted(collection="team"))
    backup.export(shelf, tmp_path / "all.zip", "1.0")
    backup.export(shelf, tmp_path / "team.zip", "1.0", "team")
    now = state_now(small_data, shelf.store, DAY)
    for name in ("all.zip", "team.zip"):
        held = read_state(tmp_path / name)
        assert held.covers == ("passages",)
        assert compare(held, now).changes == ()
    shelf.remove([d.id for d in shelf.store.documents() if d.collection == "team"])
    later = state_now(small_data, shelf.store, DAY)
    for name in ("all.zip", "team.zip"):
        changes = compare(read_state(tmp_path / name), later).changes
        assert {c.change for c in changes} == {"gone"}


# ---------------------------------------------------------------- files


def test_a_state_is_read_as_it_was_written(
    shelf: Shelf, policy: Path, small_data: Library, tmp_path: Path
) -> None:
    state = state_now(small_data, shelf.store, DAY)
    path = tmp_path / "state.json"
    write_state(state, path)
    assert read_state(path) == state
    assert "charged phone" not in path.read_text(encoding="utf-8")
    assert list(tmp_path.glob(".*part")) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "There is no file"),
        ("{", "not readable JSON"),
        ("[]", "not a state"),
        ('{"format": "peer-support-state", "version": 99}', "newer version"),
        ('{"format": "peer-support-state", "entries": 7}', "not a state"),
    ],
)
def test_what_is_no_state_is_refused(tmp_path: Path, text: str | None, said: str) -> None:
    path = tmp_path / "state.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(UsageError, match=said):
        read_state(path)


def test_a_zip_that_is_no_backup_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(b"PK broken")
    with pytest.raises(DocumentError):
        read_state(path)


def test_a_folder_that_is_not_there_is_said(small_data: Library, tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="cannot be written"):
        write_state(state_now(small_data, None, DAY), tmp_path / "none" / "s.json")


# ---------------------------------------------------------------- answers


def test_statements_that_rest_on_changes_are_named() -> None:
    gone = Changed(id="a", change="gone", before="current")
    compared = Comparison(
        old="1", new="2", covers=("notes",), changes=(gone, Changed(id="b", change="added"))
    )
    statements = [
        ("summary.0", "One.", ["a", "a", "c"]),
        ("summary.1", "Two.", ["b"]),
        ("summary.2", "Three.", []),
    ]
    found = resting_on(compared, statements)
    assert [(resting.where, resting.changes) for resting in found] == [("summary.0", (gone,))]
