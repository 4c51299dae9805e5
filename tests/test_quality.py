"""The real library and the real model: the question that the product is judged by.

How good answers are in general is measured by ``evals``; this only sees that the whole holds.
"""

from __future__ import annotations

import socket

import pytest

from assistant.answering.book import text_hash
from assistant.assembly import Assistant
from assistant.citations import statements_of, verify
from assistant.corpus import Library, LibraryData
from assistant.schema import STRENGTH, Answer

pytestmark = pytest.mark.model

RESTRAINT = "They put me on the restraint rota next week. Can I say no?"


@pytest.fixture(scope="module")
def restraint(real_assistant: Assistant) -> Answer:
    with pytest.MonkeyPatch.context() as patch:

        def refuse(*args: object, **kwargs: object) -> None:
            raise AssertionError("the network was reached for")

        for name in ("connect", "connect_ex", "sendto"):
            patch.setattr(socket.socket, name, refuse)
        patch.setattr(socket, "getaddrinfo", refuse)
        return real_assistant.ask(RESTRAINT)


def test_restraint_is_answered_with_its_positions(restraint: Answer) -> None:
    assert restraint.outcome in {"answered", "partial"}
    assert restraint.summary
    assert len(restraint.positions) >= 2
    assert all(position.held_by and position.statements for position in restraint.positions)


def test_restraint_rests_on_several_kinds_of_sources(restraint: Answer) -> None:
    assert len({c.source_id for c in restraint.citations}) >= 4
    assert len({c.kind for c in restraint.citations}) >= 2
    assert len({STRENGTH[c.kind] for c in restraint.citations}) >= 2
    assert all(c.text_sha256 == text_hash(c.text) for c in restraint.citations)
    assert "retracted" not in {c.status for c in restraint.citations}
    used = {n for _, statement in statements_of(restraint) for n in statement.citations}
    assert used == {c.n for c in restraint.citations}


def test_restraint_says_what_to_do_and_what_is_not_settled(restraint: Answer) -> None:
    assert restraint.next_steps
    assert "gap" in {section.kind for section in restraint.sections}


def test_restraint_verifies_until_one_note_is_altered(
    restraint: Answer, real_assistant: Assistant
) -> None:
    library = real_assistant.library
    saved = Answer.model_validate_json(restraint.model_dump_json())
    assert verify(saved, library).ok
    victim = restraint.citations[0].evidence_id
    report = verify(saved, altered(library, victim))
    assert not report.ok
    assert {check.finding for check in report.changed()} == {"altered"}
    resting = [where for where, s in statements_of(saved) if victim in s.evidence_ids]
    assert [check.where for check in report.changed()] == resting


def altered(library: Library, note_id: str) -> Library:
    """The library with one note that now says something else."""
    data = library.data.model_dump(mode="json", by_alias=True)
    for source in data["sources"]:
        for note in source["notes"]:
            if note["id"] == note_id:
                note["text"] += " Not so."
    return Library(LibraryData.model_validate(data))


def test_same_question_gives_the_same_answer(restraint: Answer, real_assistant: Assistant) -> None:
    assert real_assistant.ask(RESTRAINT).comparable() == restraint.comparable()


def test_what_the_library_cannot_know_is_not_answered(real_assistant: Assistant) -> None:
    answer = real_assistant.ask("What is the boiling point of liquid nitrogen at sea level?")
    assert answer.outcome in {"not_in_library", "declined"}
    assert answer.citations == ()
