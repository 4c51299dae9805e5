"""Finding passages of added documents and answering from them, with the real store."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from assistant import assembly
from assistant.answering.own_documents import (
    ANSWERS_ABOVE,
    Quoted,
    answers,
    local_differences,
    own_passages,
    quotation,
)
from assistant.assembly import Assistant
from assistant.citations import verify
from assistant.corpus import Library
from assistant.documents.records import Collection, Limits
from assistant.documents.search import PassageSearch, count_words, stands_as
from assistant.documents.shelf import Shelf, Wanted
from assistant.documents.store import VECTORS, DocumentStore
from assistant.indexing.vectors import VectorCache
from assistant.retrieval import Found, evidence_of
from assistant.schema import Filters
from assistant.settings import read_settings
from tests.conftest import bag_of_words
from tests.small_library import ASK_SUPERVISION

POLICY = """# Lone Working Policy

Version 2. Date issued: May 2024. Review date: May 2027.

# 1 Telling others

Before a home visit the worker should ring the shift coordinator and say where they are going.

# 2 Keys

Peer support workers must not carry the keys of the medicines cupboard at night.

# 3 Dogs

Where there is a dog in the house, the visit may take place in the garden instead.

# 4 Supervision

Peer support workers should meet a supervisor who is an experienced peer at least every eight weeks.

# 5 Rates

| Item | Rate |
| --- | --- |
| Bus | whole fare |
| Bicycle | 20p a mile |

"""
ASK_DOG = "may the visit take place in the garden where there is a dog in the house"


def on_shelf(home: Path, limits: Limits | None = None) -> Shelf:
    """A shelf whose vectors know words only."""
    store = DocumentStore(home)
    cache = VectorCache(store.folder / VECTORS)
    return Shelf(store, bag_of_words(home).kept_in(cache), cache, limits or Limits())


def opened(home: Path, small: Assistant) -> Assistant:
    """An assistant on the small library with a home of its own, whose index is copied."""
    if not (home / "index").exists():
        shutil.copytree(small.settings.home, home, dirs_exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(assembly, "vector_model", lambda settings: bag_of_words(settings.home))
        return Assistant.from_settings(read_settings(home=home, corpus=small.settings.corpus))


@pytest.fixture(scope="module")
def beside(
    small_assistant: Assistant, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Assistant]:
    """The small library with one policy beside it."""
    home = tmp_path_factory.mktemp("beside")
    policy = home / "lone-working.md"
    policy.write_text(POLICY, encoding="utf-8")
    assistant = opened(home, small_assistant)
    assistant.shelf.add([policy])
    with assistant:
        yield assistant


def cited(answer: object) -> list[str]:
    return [c.text for c in answer.citations if c.collection != "bundled"]  # type: ignore[attr-defined]


def test_an_answer_from_a_document_quotes_it_to_the_character(beside: Assistant) -> None:
    answer = beside.ask(ASK_DOG)
    assert answer.outcome in {"answered", "partial"}
    (citation,) = [c for c in answer.citations if c.collection != "bundled"][:1]
    assert citation.span is not None
    assert beside.shelf.store.text(citation.source_id)[slice(*citation.span)] == citation.text
    assert "the visit may take place in the garden" in citation.text
    assert citation.kind == "local-policy"
    assert citation.locator == "3 Dogs"
    assert verify(answer, beside.library, beside.shelf.store).ok


def test_the_same_question_gives_the_same_answer(beside: Assistant) -> None:
    assert beside.ask(ASK_DOG).comparable() == beside.ask(ASK_DOG).comparable()


def test_documents_are_part_of_the_librarys_version(beside: Assistant) -> None:
    version = beside.ask(ASK_DOG).engine.library_version
    assert version.startswith(beside.library.version)
    assert version.endswith(beside.shelf.store.state())


@pytest.mark.parametrize(
    ("filters", "own"),
    [
        (Filters(collection=("bundled",)), False),
        (Filters(collection=("documents",)), True),
        (Filters(kind=("trial",)), False),
        (Filters(kind=("local-policy",)), True),
        (Filters(jurisdiction=("USA",)), False),
        (Filters(year_from=2025), False),
        (Filters(year_from=2024, year_to=2024), True),
    ],
)
def test_answers_can_be_narrowed_to_collections(
    beside: Assistant, filters: Filters, own: bool
) -> None:
    assert bool(cited(beside.ask(ASK_DOG, filters=filters))) is own


def test_nothing_of_the_library_stands_in_an_answer_from_documents_alone(
    beside: Assistant,
) -> None:
    answer = beside.ask(ASK_DOG, filters=Filters(collection=("documents",)))
    assert {c.collection for c in answer.citations} == {"documents"}


def test_a_search_lists_notes_and_passages_together(beside: Assistant) -> None:
    found = beside.search("keys of the medicines cupboard at night")
    assert {"bundled", "documents"} <= {e.collection for e in found}
    assert [e.rank for e in found] == list(range(1, len(found) + 1))


def test_local_policy_and_guidance_that_differ_stand_side_by_side(beside: Assistant) -> None:
    answer = beside.ask("how often should a peer support worker have supervision")
    local = [d for d in answer.differences if d.local]
    assert local, answer.differences
    own, national = local[0].statements
    assert "eight weeks" in own.text
    assert "four" in national.text
    assert local[0].kind == "number"


def test_a_passage_past_its_review_date_is_said_to_be(
    tmp_path: Path, small_assistant: Assistant
) -> None:
    policy = tmp_path / "old.md"
    policy.write_text(POLICY.replace("May 2027", "May 2025"), encoding="utf-8")
    with opened(tmp_path / "home", small_assistant) as assistant:
        document = assistant.shelf.add([policy]).files[0].document
        answer = assistant.ask(ASK_DOG)
        assert {c.status for c in answer.citations if c.collection != "bundled"} == {"review-due"}
        said = " ".join(s.text for section in answer.sections for s in section.statements)
        assert "Past its review date: Lone Working Policy" in said
        assistant.shelf.edit(document, {"superseded_by": "Lone Working Policy, version 3"})
        answer = assistant.ask(ASK_DOG, filters=Filters(collection=("documents",)))
        assert answer.outcome == "partial"
        assistant.shelf.edit(document, {"retracted": "2026-01, by the trust"})
        assert not cited(assistant.ask(ASK_DOG))


def test_an_open_assistant_notices_what_is_added_and_removed(
    tmp_path: Path, small_assistant: Assistant
) -> None:
    with opened(tmp_path / "home", small_assistant) as assistant:
        assert not cited(assistant.ask(ASK_DOG))
        policy = tmp_path / "policy.md"
        policy.write_text(POLICY, encoding="utf-8")
        # Another process, such as the command line beside an open page.
        document = on_shelf(tmp_path / "home").add([policy]).files[0].document
        assert cited(assistant.ask(ASK_DOG))
        on_shelf(tmp_path / "home").remove([document])
        assert not cited(assistant.ask(ASK_DOG))


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        (lambda text: text, "unchanged"),
        (lambda text: text.replace("# 1 Telling", "Read this first.\n\n# 1 Telling"), "moved"),
        (lambda text: text.replace("in the garden", "in the shed"), "altered"),
        (None, "gone"),
    ],
)
def test_a_saved_answer_is_held_against_the_documents_of_today(
    tmp_path: Path, small_assistant: Assistant, change: object, finding: str
) -> None:
    policy = tmp_path / "policy.md"
    policy.write_text(POLICY, encoding="utf-8")
    with opened(tmp_path / "home", small_assistant) as assistant:
        document = assistant.shelf.add([policy]).files[0].document
        saved = assistant.ask(ASK_DOG, filters=Filters(collection=("documents",)))
        if change is None:
            assistant.shelf.remove([document])
        else:
            policy.write_text(change(POLICY), encoding="utf-8")  # type: ignore[operator]
            assistant.shelf.add([policy])
        report = verify(saved, assistant.library, assistant.shelf.store)
        assert report.statements[0].finding == finding
        assert verify(saved, assistant.library).statements[0].finding == "unreadable"


# ---------------------------------------------------------------- the parts


def test_words_are_counted_by_passage() -> None:
    postings = count_words(["keys and keys", "a visit", "keys"])
    rows, counts = postings.of("key")
    assert rows.tolist() == [0, 2]
    assert counts.tolist() == [2.0, 1.0]
    assert postings.of("never")[0].tolist() == []


def test_bm25_of_one_word_is_as_worked_out_by_hand(tmp_path: Path) -> None:
    shelf = on_shelf(tmp_path)
    search = PassageSearch(shelf.store, shelf.model, None, lambda token: 3, 10)
    postings = count_words(["keys visit", "visit visit dog dog"])
    found = search._bm25(postings, ["key"])
    rarity = np.log(1 + (12 - 4 + 0.5) / (4 + 0.5))
    assert found[0] == pytest.approx(rarity / (1 + 1.5 * (0.25 + 0.75 * 2 / 3)), rel=1e-5)
    assert found[1] == 0


def test_a_file_of_kept_vectors_that_is_damaged_is_made_again(beside: Assistant) -> None:
    search = beside.retriever._documents
    assert search is not None
    (kept,) = search.store.folder.glob("search-*.npz")
    kept.write_bytes(b"broken")
    search._revision = -1
    assert len(search.held().rows) == search.store.counts()[1]
    assert kept.read_bytes() != b"broken"


def test_a_long_passage_is_quoted_by_the_sentences_that_answer() -> None:
    filler = "The office is on the second floor and is open from nine until five on weekdays. "
    text = filler * 5 + "A dog must be shut in another room before the visit. " + filler * 5
    start, end = quotation("what about a dog at the visit", text.strip())
    assert "A dog must be shut in another room before the visit." in text[start:end]
    assert len(text[start:end].split()) <= 60
    assert text[start].isupper()


def test_a_table_is_quoted_whole() -> None:
    table = "\n".join(["Item | Rate", *(f"Thing {n} | {n} pounds" for n in range(60))])
    assert quotation("how much is thing 7", table) == (0, len(table))


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("Workers must ring.", "local-policy", "requirement"),
        ("Workers may not go alone.", "local-policy", "requirement"),
        ("Workers should ring.", "local-policy", "recommendation"),
        ("The team has nine workers.", "local-policy", "definition"),
        ("Workers must ring.", "trial", "finding"),
        ("Workers must ring.", "opinion", "position"),
    ],
)
def test_what_a_passage_stands_as_follows_its_force_and_kind(
    text: str, kind: str, expected: str
) -> None:
    assert stands_as(text, kind) == expected


def test_what_lies_only_near_is_never_called_an_answer(beside: Assistant) -> None:
    found = beside.retriever.search(ASK_DOG)
    weaker = tuple(
        e.model_copy(update={"parts": {**e.parts, "lead": 0.1, "headed": 0.2, "plain": 0.2}})
        for e in found.passages
    )
    own = own_passages(ASK_DOG, Found(found.evidence, (), (), (), passages=weaker))
    assert own.answering == ()
    assert all(answers(q.evidence) < ANSWERS_ABOVE for q in own.near)


def test_differences_need_shared_words(beside: Assistant) -> None:
    found = beside.retriever.search("how often should a peer support worker have supervision")
    own = own_passages("how often should a peer support worker have supervision", found)
    assert local_differences(own.answering, (), found) == ()


NATIONAL = (
    "Whoever asks for a record has to be answered within one calendar month. A present of more than"
    " fifty pounds should be declared. Records must be kept confidential."
)


@pytest.mark.parametrize(
    ("own", "kind"),
    [
        ("A request for a record that somebody asks for is answered within 40 days.", "number"),
        ("A request for a record that somebody asks for is answered within 30 days.", None),
        ("Presents above £25 must be declared.", "number"),
        ("Presents above £50 must be declared.", "force"),
        ("Presents above £50 should be declared.", None),
        ("Nothing in the records can be kept confidential.", "force"),
        ("Records must be kept confidential.", None),
        ("The kettle must be declared within 3 days.", None),
        ("Records must be typed. They may be kept in a drawer.", None),
    ],
)
def test_a_rule_is_held_against_guidance_on_the_same_thing(
    small_data: Library, own: str, kind: str | None
) -> None:
    note = evidence_of(
        small_data.notes["force-act-2018-1"], small_data.note_source["force-act-2018-1"]
    ).model_copy(update={"text": NATIONAL})
    passage = note.model_copy(
        update={"evidence_id": "policy:0-9", "source_id": "policy", "text": own, "span": (0, 9)}
    )
    vector = np.ones(1, dtype=np.float32)
    vectors = {note.evidence_id: vector, passage.evidence_id: vector}
    found = Found(evidence=(note,), briefs=(), answers=(), contested=(), vectors=vectors)
    quoted = Quoted(passage, 0, len(own), 1.0)
    pairs = local_differences((quoted,), (note,), found)
    assert [pair[0] for pair in pairs] == ([kind] if kind else [])
    far = replace(found, vectors=vectors | {passage.evidence_id: 0 * vector})
    assert local_differences((quoted,), (note,), far) == ()


def test_collections_narrow_to_themselves(tmp_path: Path) -> None:
    shelf = on_shelf(tmp_path / "home")
    shelf.add_collection(Collection(id="ward", name="Ward", kind="local-policy"))
    policy = tmp_path / "policy.md"
    policy.write_text(POLICY, encoding="utf-8")
    shelf.add([policy], Wanted(collection="ward"))
    search = PassageSearch(shelf.store, shelf.model, None, lambda token: 0, 0)
    assert search.find(ASK_DOG, ASK_DOG, Filters(collection=("ward",)))
    assert not search.find(ASK_DOG, ASK_DOG, Filters(collection=("documents",)))
    assert search.names()["ward"] == "Ward"


def test_the_explanation_says_what_became_of_each_passage(beside: Assistant) -> None:
    explained = beside.explain(ASK_DOG)
    first = explained.passages[0]
    assert first.used == "quoted as an answer"
    assert first.locator == "3 Dogs"
    assert any(p.used.startswith("left out") for p in explained.passages)


def test_documents_that_cannot_be_read_never_stop_the_library(
    tmp_path: Path, small_assistant: Assistant
) -> None:
    home = tmp_path / "home"
    opened(home, small_assistant).close()
    for path in (home / "documents").glob("documents.sqlite*"):
        path.unlink()
    (home / "documents" / "documents.sqlite").write_bytes(b"broken" * 1000)
    with opened(home, small_assistant) as assistant:
        assert assistant.shelf is None
        for question in (ASK_SUPERVISION, ASK_DOG):
            answer = assistant.ask(question)
            said = [s.text for section in answer.sections for s in section.statements]
            assert any(text.startswith("Your own documents could not be read") for text in said)
        assert assistant.ask(ASK_SUPERVISION).citations


def test_an_edition_that_was_replaced_gives_way_to_the_newer_one(
    tmp_path: Path, small_assistant: Assistant
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "old.md").write_text(POLICY.replace("in the garden", "in the shed"), "utf-8")
    newer = POLICY.replace("Version 2", "Version 3").replace("May 2024", "May 2025")
    (folder / "new.md").write_text(newer, "utf-8")
    with opened(tmp_path / "home", small_assistant) as assistant:
        shelf = assistant.shelf
        assert shelf is not None
        shelf.add([folder / "old.md"])
        shelf.add([folder / "new.md"], Wanted(on_similar="replace"))
        assert [d.details.superseded_by != "" for d in shelf.store.documents()].count(True) == 1
        shown = " ".join(cited(assistant.ask(ASK_DOG)))
        assert "in the garden" in shown
        assert "in the shed" not in shown
