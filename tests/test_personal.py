"""Personal details: what is found, what is left alone, what is written over."""

from __future__ import annotations

import datetime as dt

import pytest

from assistant.personal import LABELS, find_details, masked, without_labels

TODAY = dt.date(2026, 11, 29)


@pytest.mark.parametrize(
    ("text", "kind", "found"),
    [
        ("Mr Ahmed wants a call", "name", "Mr Ahmed"),
        ("mrs o'neill rang again", "name", "mrs o'neill"),
        ("a lad called Kev told me", "name", "Kev"),
        ("my patient Darren Whitlock left", "name", "Darren Whitlock"),
        ("her number is 943 476 5919", "nhs-number", "943 476 5919"),
        ("NINO QQ 12 34 56 C on the form", "national-insurance", "QQ 12 34 56 C"),
        ("text 07700 900123 please", "phone", "07700 900123"),
        ("ring +44 1632 960 001 now", "phone", "+44 1632 960 001"),
        ("write to j.smith@example.org", "email", "j.smith@example.org"),
        ("he lives at 14 Acacia Road with mum", "address", "14 Acacia Road"),
        ("the flat is in LS6 2AB", "address", "LS6 2AB"),
        ("she's at 8 Windmill Hill now", "address", "8 Windmill Hill"),
        ("Flat 12, Rowan House is where I visit", "address", "Flat 12, Rowan House"),
        ("he lives on Acacia Avenue near the shop", "address", "Acacia Avenue"),
        ("my client lives at Rose Cottage", "address", "Rose Cottage"),
        ("dob 12/03/1987", "date-of-birth", "12/03/1987"),
        ("born on 3 May 2004", "date-of-birth", "3 May 2004"),
    ],
)
def test_details_are_found_whole(text: str, kind: str, found: str) -> None:
    (detail,) = find_details(text, TODAY)
    assert (detail.kind, text[detail.start : detail.end]) == (kind, found)


@pytest.mark.parametrize(
    "text",
    [
        "ring 999, 111, 116 123 or text SHOUT to 85258",
        "band 3 or band 4 for 37.5 hours",
        "what does section 17 of the 1983 Act say",
        "the Act came into force on 31/03/2022",
        "NG225 and CG178 on self-harm",
        "I miss nights and the nurse told me to wait",
        "my manager said no",
        "we are on our way to recovery",
        "943 476 5918 is not a valid number of anything",
        "what did White 2020 find",
    ],
)
def test_what_is_no_detail_is_left_alone(text: str) -> None:
    assert find_details(text, TODAY) == ()


def test_everything_found_is_written_over_and_remembered_only_in_memory() -> None:
    text = "Mr Ahmed (07700 900123, dob 12/03/1987) asks about lone working"
    clean, details = masked(text, TODAY)
    assert clean == "[name] ([phone number], dob [date of birth]) asks about lone working"
    assert [d.text for d in details] == ["Mr Ahmed", "07700 900123", "12/03/1987"]
    assert all(d.text not in d.model_dump_json() for d in details)
    assert "Ahmed" not in repr(details[0])


def test_titles_before_known_authors_are_no_private_names() -> None:
    assert find_details("what did Dr Repper write", authors=frozenset({"repper"})) == ()
    assert find_details("what did Mr Repper write", authors=frozenset({"repper"})) != ()


def test_labels_are_not_searched_for() -> None:
    assert without_labels("is [name] allowed a nurse") == "is allowed a nurse"
    assert without_labels(LABELS["name"]) == LABELS["name"]


@pytest.mark.parametrize(
    "text",
    [
        "It is a 20 minute walk to the ward",
        "Is 12 hours the right way to do it",
        "We run 2 houses and 1 crisis house",
        "Should 3 peer workers share a house",
        "People living in a care home",
        "1 in 4 people",
    ],
)
def test_ordinary_words_are_no_address(text: str) -> None:
    assert masked(text)[0] == text
