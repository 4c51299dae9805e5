"""Words of ownership are no part of what a question looks for."""

from __future__ import annotations

import pytest

from assistant.documents.ownership import without_ownership


@pytest.mark.parametrize(
    ("asked", "searched"),
    [
        ("What does our policy say on lone working?", "lone working?"),
        ("what do our local procedures say about gifts", "gifts"),
        ("What does our policy say on this: can I visit alone?", "can I visit alone?"),
        ("According to our trust policy, who rings the desk?", "who rings the desk?"),
        ("How often is supervision in our service?", "How often is supervision ?"),
        ("Under our rules, may I take a gift?", "may I take a gift?"),
        ("Am I allowed to visit alone?", "Am I allowed to visit alone?"),
        (
            "What does our lone working policy say about dogs?",
            "What does our lone working policy say about dogs?",
        ),
        ("Who speaks for my team leader?", "Who speaks for my team leader?"),
        ("What does our policy say?", "What does our policy say?"),
    ],
)
def test_what_is_searched_is_what_the_question_is_about(asked: str, searched: str) -> None:
    assert without_ownership(asked) == searched
