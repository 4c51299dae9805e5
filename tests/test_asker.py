"""Which side of peer support a question plainly speaks from."""

from __future__ import annotations

import pytest

from assistant.asker import side_of
from assistant.schema import Side


@pytest.mark.parametrize(
    ("question", "side"),
    [
        ("my mum isnt eating and the team wont come out", "carer"),
        ("Our 16 year old son is on an adult ward", "carer"),
        ("my husband\u2019s bruises after restraint", "carer"),
        ("I'm her carer, will they tell me anything", "carer"),
        ("I am his nearest relative", "carer"),
        ("my peer worker cancelled again", "person"),
        ("I've been sectioned and want my phone", "person"),
        ("im in the crisis house and they want me out friday", "person"),
        ("staff on the ward wont let me see my notes", "person"),
        ("my manager says I must sit in on restraint", "work"),
        ("someone i support has stopped answering", "work"),
        ("as a peer worker, may I read notes", "work"),
        ("how should we write our policy? our team has no peers", "work"),
        ("what is peer support", None),
        ("can I hug someone", None),
        ("", None),
    ],
)
def test_the_words_tell_who_asks(question: str, side: Side | None) -> None:
    assert side_of(question) == side


@pytest.mark.parametrize(
    "question",
    [
        "my client's husband hits her",
        "my manager is off and my mum is ill, who covers my shift",
        "I work as a peer worker and my own care coordinator is on my team",
        "my sister was on the ward that I work on, can I ask my supervisor for another one",
    ],
)
def test_somebody_at_work_has_relatives_and_a_care_plan_as_well(question: str) -> None:
    assert side_of(question) == "work"
