"""Asking back: what is known to be ambiguous, what settles it, what is too vague to search."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.assembly import Assistant
from assistant.clarifying import (
    Ambiguities,
    Ambiguity,
    Clarifier,
    ask_texts,
    is_vague,
    read_ambiguities,
)
from assistant.errors import PromptError
from assistant.schema import Choice, Turn
from tests.conftest import ROOT
from tests.fakes import BagOfWordsEmbeddings

NOTES = Ambiguity(
    id="notes",
    asks=("can i see the notes", "who sees the notes"),
    settled=(r"\bpsw\b", "my own"),
    choices=(
        Choice(label="Mine", question="May I read the record?"),
        Choice(label="Theirs", question="May they read the record?"),
    ),
)


TWO = "  choices: [{label: x, question: y}, {label: u, question: v}]\n"


@pytest.fixture(scope="module")
def clarifier() -> Clarifier:
    model = BagOfWordsEmbeddings()
    return clarifier_of(model, NOTES)


def clarifier_of(
    model: BagOfWordsEmbeddings, *questions: Ambiguity, **words: tuple[str, ...]
) -> Clarifier:
    known = Ambiguities.model_validate({"questions": questions, **words})
    return Clarifier(known, model.vectors, model.vectors(ask_texts(known)))


def test_a_question_with_two_meanings_is_met_with_both(clarifier: Clarifier) -> None:
    assert [c.label for c in clarifier.choices("Can I see the notes?")] == ["Mine", "Theirs"]


@pytest.mark.parametrize(
    "question",
    [
        "Can a psw see the notes?",
        "can i see my own notes",
        "what does supervision cover",
        "can i see the notes that the ward wrote about a person whom i met for two years",
        "?!",
    ],
)
def test_a_plain_question_is_not_asked_back(clarifier: Clarifier, question: str) -> None:
    assert clarifier.choices(question) == ()


def test_what_an_editor_answered_is_not_asked_back_unless_it_is_known_to_be_ambiguous() -> None:
    model = BagOfWordsEmbeddings()
    known = Ambiguities.model_validate({"questions": (NOTES,)})
    longer = "can i see the notes"
    asked = "who sees the notes, the notes"
    plain = Clarifier(known, model.vectors, model.vectors(ask_texts(known)))
    assert plain.choices(asked)
    knowing = Clarifier(
        known, model.vectors, model.vectors(ask_texts(known)), [longer, asked.upper()]
    )
    assert knowing.choices(asked) == ()
    assert knowing.choices(longer), "five words, and listed as ambiguous"


@pytest.mark.parametrize(
    ("asked", "back"), [("who sees the notes, notes", 0), ("who sees the notes", 2)]
)
def test_from_five_words_on_what_an_editor_answered_is_not_asked_back(
    asked: str, back: int
) -> None:
    model = BagOfWordsEmbeddings()
    known = Ambiguities.model_validate({"questions": (NOTES,)})
    vectors = model.vectors(ask_texts(known))
    assert len(Clarifier(known, model.vectors, vectors).choices(asked)) == 2
    assert len(Clarifier(known, model.vectors, vectors, [asked]).choices(asked)) == back


@pytest.mark.parametrize(
    ("question", "vague"),
    [("is it allowed?", True), ("can they do that", True), ("is supervision weekly", False)],
)
def test_vague_questions_name_next_to_nothing(question: str, vague: bool) -> None:
    assert is_vague(question) is vague


def test_the_file_is_whole_and_each_choice_differs() -> None:
    for entry in read_ambiguities(ROOT / "prompts").questions:
        assert len({c.question for c in entry.choices}) == len(entry.choices)
        assert len({c.label for c in entry.choices}) == len(entry.choices)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("questions:\n- id: a\n  asks: [b]\n  choices: []\n", "0.choices"),
        (f"questions:\n- id: a\n  asks: [b]\n{TWO}", "two asks"),
        (f"questions:\n- id: a\n  asks: [b, c]\n  settled: ['(']\n{TWO}", "does not compile"),
        (f"questions:\n- id: a\n  alone: '('\n{TWO}", "does not compile"),
        ("{", "cannot be read"),
    ],
)
def test_a_broken_file_is_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "clarify.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(PromptError, match=r"clarify\.yaml") as caught:
        read_ambiguities(tmp_path)
    assert said in str(caught.value)


def test_asking_back_cites_nothing_and_a_choice_goes_on(small_assistant: Assistant) -> None:
    answer = small_assistant.ask("is that allowed?")
    assert (answer.outcome, answer.reason, answer.citations) == ("clarify", "ambiguous", ())
    assert len(answer.choices) >= 2
    history = [Turn(question="is that allowed?", outcome="clarify")]
    chosen = small_assistant.ask(answer.choices[0].question, history=history)
    assert chosen.outcome != "clarify"


def test_what_a_choice_stands_for_is_never_asked_back(clarifier: Clarifier) -> None:
    model = BagOfWordsEmbeddings()
    circular = NOTES.model_copy(
        update={"asks": ("may i read the record", "can i see the notes"), "settled": ()}
    )
    looping = clarifier_of(model, circular)
    assert looping.choices("May I read the record?") == ()
    assert looping.choices("may i read the record now") != ()


@pytest.mark.parametrize(
    ("question", "met"),
    [
        ("what about discharge", True),
        ("discharge: what happens there?", True),
        ("what about discharge planning", True),
        ("what about discharge medication", False),
        ("can the ward discharge me", False),
    ],
)
def test_a_word_that_must_stand_alone_is_settled_by_any_word_that_names_something(
    question: str, met: bool
) -> None:
    alone = NOTES.model_copy(
        update={"asks": (), "settled": (), "alone": "discharge", "beside": ("planning",)}
    )
    words = {"usual": ("about", "there", "happens"), "naming": ("ward",)}
    clarifier = clarifier_of(BagOfWordsEmbeddings(), alone, **words)
    assert bool(clarifier.choices(question)) is met
