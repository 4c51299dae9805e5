"""Lines about the evidence: possible differences, whom it is about, who speaks in it."""

from __future__ import annotations

import pytest

from assistant.answering.communities import Communities, Community, reach_of, speaks_with_experience
from assistant.answering.differences import forces_differ
from assistant.assembly import Assistant
from assistant.corpus import Library
from assistant.errors import CorpusError
from assistant.force import actions_of, differ, figures_of, force_of, measures_differ, measures_of
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


@pytest.mark.parametrize(
    ("one", "other", "so"),
    [
        ("Meet at least every 8 weeks.", "Supervision takes place monthly.", True),
        ("Meet every four weeks.", "It is weekly, or every 28 days.", False),
        ("Answer within 40 days.", "They have one calendar month to answer.", True),
        ("Answer within 30 days.", "They have one calendar month to answer.", False),
        ("Ring within 30 minutes.", "Ring within two hours.", True),
        ("Ring within 30 minutes.", "Answer within 30 days.", False),
        ("Gifts up to £25 may be taken.", "Fifty pounds is the line.", True),
        ("Gifts up to £50.00 may be taken.", "Fifty pounds is the line.", False),
        ("Repeat it every two years.", "Repeat it each year.", True),
        ("Keep it for 8 years.", "It ran for 2 years.", False),
        ("Ring the desk.", "Ring within two hours.", False),
        ("Answer within a week.", "Answer within a month.", True),
        ("See three people a week.", "Answer within a month.", False),
    ],
)
def test_measures_are_compared_across_units(one: str, other: str, so: bool) -> None:
    assert measures_differ(one, other) is so
    assert measures_differ(other, one) is so


def test_how_often_and_how_long_are_told_apart() -> None:
    found = measures_of("Trained within three months and every 12 months, at most £1,250.50.")
    assert {kind: sorted(round(v, 1) for v in values) for kind, values in found.items()} == {
        "days": [91.2],
        "every": [364.8],
        "pounds": [1250.5],
    }


@pytest.mark.parametrize(
    ("one", "other", "so"),
    [
        ("Notes must be kept private.", "Nothing can be kept private.", True),
        ("Gifts must be declared.", "Gifts should be declared.", True),
        ("Staff are required to wear a badge.", "Staff need not wear a badge.", True),
        ("Visits must be logged.", "Visits may be cut short.", False),
        ("Notes must be written.", "Peers should be able to write notes.", False),
        ("Gifts should be declared.", "Gifts may be declared.", False),
        ("Keys must be carried, and may be carried at night.", "Keys must be carried.", False),
    ],
)
def test_force_is_compared_where_it_is_said_of_one_action(one: str, other: str, so: bool) -> None:
    assert forces_differ(one, other) is so
    assert forces_differ(other, one) is so


def test_an_action_ends_with_its_sentence() -> None:
    assert actions_of("They must ring. Doors close.") == {"must": frozenset({"ring"})}


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
