"""Lines about the evidence: possible differences, whom it is about, who speaks in it."""

from __future__ import annotations

import pytest

from assistant.answering.communities import Communities, Community, reach_of, speaks_with_experience
from assistant.assembly import Assistant
from assistant.corpus import Library
from assistant.errors import CorpusError
from assistant.force import differ, figures_of, force_of
from assistant.retrieval import evidence_of
from assistant.schema import Evidence
from tests.small_library import ASK_KEYS


@pytest.mark.parametrize(
    ("one", "other", "kind"),
    [
        ("Peers must be trained.", "Peers should be trained.", "force"),
        ("Peers must carry keys.", "Peers must not carry keys.", "force"),
        ("Meet every four weeks.", "Meet every six weeks.", "number"),
        ("The post is band 3.", "The post is band 4.", "number"),
        ("Peers should be trained.", "Peers may be trained.", None),
        ("Meet every four weeks.", "Meet for 4 weeks or more.", None),
        ("In 2019 it had 30 people.", "In 2021 it had 60 people.", None),
        ("It helped.", "It must help.", None),
    ],
)
def test_differences_in_force_and_number(one: str, other: str, kind: str | None) -> None:
    assert differ(one, other) == kind
    assert differ(other, one) == kind


def test_force_is_the_strongest_word() -> None:
    assert force_of("It should, and must not be left.") == "forbid"
    assert force_of("Nobody knows.") == ""
    assert figures_of("two hours, 45% and band 5") == {
        "hour": frozenset({"2"}),
        "per cent": frozenset({"45"}),
        "band": frozenset({"5"}),
    }


def test_must_and_must_not_are_shown_as_a_possible_difference(small_assistant: Assistant) -> None:
    answer = small_assistant.ask(ASK_KEYS)
    (difference,) = answer.differences
    assert difference.kind == "force"
    assert {s.evidence_ids[0] for s in difference.statements} == {
        "ward-rules-2021-1",
        "ward-rules-2023-1",
    }
    assert all(s.verbatim and s.citations for s in difference.statements)


COMMUNITIES = Communities(
    {
        "somali": Community(label="Somali people", words=("somali",)),
        "deaf": Community(label="Deaf people", words=("deaf", "bsl")),
    }
)


@pytest.fixture
def evidence(small_data: Library) -> Evidence:
    note_id = "supervision-guide-2020-1"
    return evidence_of(small_data.notes[note_id], small_data.note_source[note_id])


def test_who_was_asked_about_and_is_not_named_is_said(evidence: Evidence) -> None:
    deaf = evidence.model_copy(update={"text": "Deaf people said so."})
    reach = reach_of("how do I support a Somali man", [deaf], COMMUNITIES)
    assert reach is not None
    assert reach.missing == ("somali",)
    assert reach.about == (("deaf", ("England",)),)
    assert reach_of("how often is supervision", [evidence], COMMUNITIES) is None


def test_lived_experience_is_seen_by_who_speaks(evidence: Evidence) -> None:
    assert not speaks_with_experience([evidence])
    led = evidence.model_copy(update={"who_speaks": "peer-led"})
    assert speaks_with_experience([evidence, led])


def test_a_broken_file_of_communities_is_named(small_corpus: object) -> None:
    from assistant.corpus import read_communities

    folder = small_corpus
    (folder / "communities.yaml").write_text("deaf: {label: Deaf people}\n")  # type: ignore[operator]
    with pytest.raises(CorpusError, match=r"communities\.yaml"):
        read_communities(folder)  # type: ignore[arg-type]
