"""Feedback on a learner's answer: what is measured, told and shown; and how it is measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assistant import assembly
from assistant.cli import options, scenario
from assistant.corpus import Library, read_library
from assistant.errors import AssistantError, ConfigurationError, UsageError
from assistant.resources import bundled_folder
from assistant.scenarios.feedback import (
    WEIGHTS_FILE,
    FeedbackReader,
    Limits,
    Weights,
    answer_text,
    judged,
    read_weights,
)
from assistant.scenarios.reading import read_situations
from assistant.scenarios.records import Situation
from assistant.scenarios.spans import CLASSES, MEASURES, Rubric, point_of, spans_of
from assistant.schema import Screening
from evals.cases import FOLDER, FeedbackCase, read_cases
from evals.feedback import (
    FeedbackRecord,
    as_data,
    figures_of,
    fit,
    held_out,
    limits_for,
    score,
)
from tests.fakes import BagOfWordsEmbeddings
from tests.situations import write_situations

PROMPTS = bundled_folder("prompts")
EMBED = BagOfWordsEmbeddings().vectors
ANSWER = (
    "Nine weeks is far too long, it should be every four weeks. I'd ask for somebody who has done"
    " this job as a peer. The bees are nice."
)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """The small library."""
    from tests import small_library

    return read_library(small_library.write_library(tmp_path_factory.mktemp("feedback") / "corpus"))


@pytest.fixture(scope="module")
def two_chairs(library: Library, tmp_path_factory: pytest.TempPathFactory) -> Situation:
    """A situation of the small library."""
    folder = tmp_path_factory.mktemp("situations")
    write_situations(folder)
    return next(s for s in read_situations(folder, library) if s.id == "two-chairs")


@pytest.fixture(scope="module")
def reader(library: Library) -> FeedbackReader:
    """A reader with the bundled weights and vectors of words."""
    return FeedbackReader(library, EMBED)


def verdicts(reader: FeedbackReader, situation: Situation, answer: str) -> dict[str, str]:
    return {line.id: line.verdict for line in reader.read(situation, answer_text(answer)).lines}


# ---------------------------------------------------------------- parts of an answer


def test_parts_of_an_answer_are_its_sentences_pieces_and_neighbours() -> None:
    answer = (
        "I'd sit down first. Then I would ask him what he wants from the afternoon, because nobody"
        " has asked him that since he came in and the form will not tell us."
    )
    spans = spans_of(answer)
    assert all(answer[span.start : span.end] == span.text for span in spans)
    texts = [span.text for span in spans]
    assert "I'd sit down first." in texts
    assert any(text.startswith("because nobody") for text in texts)
    assert answer in texts


def test_an_answer_without_a_full_stop_is_one_part() -> None:
    assert [s.text for s in spans_of("ask her what she wants")] == ["ask her what she wants"]


def test_a_line_is_taken_without_says_that(two_chairs: Situation) -> None:
    assert point_of(two_chairs.rubric[0]).startswith("Ines should ask")


def test_words_of_an_example_count_for_its_line_more_than_for_others(two_chairs: Situation) -> None:
    rubric = Rubric(two_chairs, EMBED)
    for number, line in enumerate(two_chairs.rubric):
        answer = line.found[0]
        rows = rubric.measured(answer, spans_of(answer)).rows
        assert rows.shape == (len(two_chairs.rubric), len(MEASURES))
        for place in (0, 2, 5):
            assert rows[:, place].argmax() == number, (line.id, MEASURES[place])


# ---------------------------------------------------------------- what is told


def test_what_an_answer_says_is_found_with_its_own_words(
    reader: FeedbackReader, two_chairs: Situation
) -> None:
    found = reader.read(two_chairs, answer_text(ANSWER))
    by_id = {line.id: line for line in found.lines}
    assert by_id["every-four-weeks"].verdict == "found"
    assert by_id["every-four-weeks"].words.startswith("Nine weeks is far too long")
    assert by_id["asks-first"].verdict == "found"
    for line in found.lines:
        if line.words:
            assert ANSWER[line.start : line.end] == line.words
        assert (line.verdict == "missing") == (not line.words)


def test_an_answer_about_something_else_touches_nothing(
    reader: FeedbackReader, two_chairs: Situation
) -> None:
    found = verdicts(reader, two_chairs, "Porcelain teapots want a slow fire and a patient potter.")
    assert set(found.values()) == {"missing"}


def test_every_line_says_what_to_read_next_with_its_source(
    reader: FeedbackReader, two_chairs: Situation
) -> None:
    found = reader.read(two_chairs, answer_text(ANSWER))
    assert [line.id for line in found.lines] == [line.id for line in two_chairs.rubric]
    cited = {citation.n: citation for citation in found.citations}
    for line, wanted in zip(found.lines, two_chairs.rubric, strict=True):
        assert [cited[n].evidence_id for n in line.read.citations] == [wanted.read]
        assert [cited[n].evidence_id for n in line.point.citations] == list(wanted.notes)


def test_nothing_that_is_told_is_a_score(reader: FeedbackReader, two_chairs: Situation) -> None:
    found = reader.read(two_chairs, answer_text(ANSWER))
    lines = scenario._feedback_lines(found)
    text = "\n".join(lines).lower()
    for word in ("score", "mark:", "%", "points out of", "pass", "fail", "0."):
        assert word not in text
    numbers = {type(v) for line in found.lines for v in line.model_dump().values()}
    assert float not in numbers
    assert "no grade" in " ".join(text.split())


@pytest.mark.parametrize(
    ("chances", "verdict"),
    [
        ((0.7, 0.1, 0.1, 0.1), "found"),
        ((0.2, 0.5, 0.1, 0.2), "partly"),
        ((0.1, 0.1, 0.7, 0.1), "contradicts"),
        ((0.5, 0.0, 0.45, 0.05), "contradicts"),
        ((0.1, 0.1, 0.1, 0.7), "missing"),
    ],
)
def test_a_verdict_goes_by_its_limit(chances: tuple[float, ...], verdict: str) -> None:
    limits = Limits(found=0.5, touched=0.6, contradicts=0.4)
    assert judged(np.array(chances), limits) == verdict


# ---------------------------------------------------------------- bad input, own danger


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "empty"), ("   \n ", "empty"), ("yes no", "few words"), ("word " * 4000, "more than")],
)
def test_an_answer_that_cannot_be_read_is_said_so(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        answer_text(text)


def test_what_cannot_be_seen_in_an_answer_is_taken_out() -> None:
    assert answer_text("I would\u202e ask\x00 her\nwhat she wants.") == (
        "I would ask her\nwhat she wants."
    )


def test_own_danger_is_met_with_help_alone(reader: FeedbackReader, two_chairs: Situation) -> None:
    found = reader.help_first(two_chairs, PROMPTS)
    assert found.lines == ()
    assert found.citations == ()
    assert found.signposts[0].contact.startswith("Ring 999")
    text = "\n".join(scenario._feedback_lines(found))
    assert "999" in text
    assert "116 123" in text


@pytest.mark.parametrize(
    ("signals", "help_lines", "compared"),
    [((), 0, True), (("examples-whole",), 1, True), (("wants-to-die", "examples-part"), 3, False)],
)
def test_help_stands_first_and_alone_only_where_a_rule_saw_danger(
    reader: FeedbackReader,
    two_chairs: Situation,
    signals: tuple[str, ...],
    help_lines: int,
    compared: bool,
) -> None:
    screening = Screening(
        outcome="signposted" if signals else None,
        reason="crisis_self" if signals else None,
        risk_subject="own" if signals else "none",
        signals=signals,
    )
    found = reader.answer(two_chairs, answer_text(ANSWER), screening, PROMPTS)
    assert len(found.help) == help_lines
    assert bool(found.lines) == compared
    assert bool(found.signposts) == bool(help_lines)
    lines = scenario._feedback_lines(found)
    if help_lines:
        assert any("999" in line for line in lines[:8])


# ---------------------------------------------------------------- weights


def test_the_bundled_weights_fit_what_is_measured() -> None:
    weights = read_weights()
    assert weights.coefficients.shape == (len(CLASSES), len(MEASURES))
    chances = weights.chances(np.zeros((3, len(MEASURES))))
    assert np.allclose(chances.sum(axis=1), 1)


@pytest.mark.parametrize("text", ["", "{", '{"measures": []}', "[]"])
def test_broken_weights_are_said_so(tmp_path: Path, text: str) -> None:
    path = tmp_path / "feedback.json"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=r"feedback\.json"):
        read_weights(path)


def test_weights_are_kept_as_they_were(tmp_path: Path) -> None:
    data = json.loads(WEIGHTS_FILE.read_text())
    path = tmp_path / "again.json"
    path.write_text(json.dumps(as_data(read_weights())))
    assert json.loads(path.read_text())["coefficients"] == data["coefficients"]


# ---------------------------------------------------------------- measuring and fitting


def rows_and_verdicts() -> tuple[Any, Any, list[str]]:
    """Lines that one measure tells apart."""
    chance = np.random.default_rng(3)
    wanted = chance.integers(0, len(CLASSES), 200)
    rows = chance.normal(size=(200, len(MEASURES)))
    rows[:, 0] += 4 * wanted
    return rows, wanted, [f"s{n % 5}" for n in range(200)]


def test_fitting_finds_what_tells_verdicts_apart() -> None:
    rows, wanted, of = rows_and_verdicts()
    weights = fit(rows, wanted)
    assert isinstance(weights, Weights)
    assert (weights.chances(rows).argmax(axis=1) == wanted).mean() > 0.75
    chances = held_out(rows, wanted, of)
    limits = limits_for(chances, wanted)
    told = [judged(row, limits) for row in chances]
    said = [w == CLASSES.index("found") for w, t in zip(wanted, told, strict=True) if t == "found"]
    assert np.mean(said) > 0.7


def test_held_out_weights_never_saw_the_situation() -> None:
    rows, wanted, of = rows_and_verdicts()
    before = held_out(rows, wanted, of)
    inside = np.array(of) == "s0"
    turned = wanted.copy()
    turned[inside] = (turned[inside] + 1) % len(CLASSES)
    assert np.allclose(held_out(rows, turned, of)[inside], before[inside])


def test_figures_count_what_was_told_against_what_was_judged() -> None:
    lines: list[Any] = [("found", "found"), ("found", "missing"), ("contradicts", "found")]
    figures = figures_of(lines)
    assert figures["found is right"].value == 0.5
    assert figures["points found"].value == 0.5
    assert figures["said to be found though the answer says the opposite"].value == 1.0
    assert figures["touched or not, right"].value == pytest.approx(2 / 3)


def test_a_line_that_the_rubric_lost_is_not_scored() -> None:
    case = FeedbackCase(
        id="a-1", situation="two-chairs", answer="…", lines={"kept": "found", "gone": "found"}
    )
    record = FeedbackRecord(id="a-1", actual_lines={"kept": "found"})
    scored = score([case], [record])
    assert scored.figures["points found"].n == 1
    assert scored.counts["scored"] == 1


def test_the_dev_answers_name_situations_and_lines_that_are_there() -> None:
    from assistant.settings import read_settings

    corpus = read_settings().corpus
    held = {s.id: s for s in read_situations(corpus, read_library(corpus))}
    for case in read_cases(FOLDER / "feedback-dev.jsonl", FeedbackCase):
        assert set(case.lines) == {line.id for line in held[case.situation].rubric}, case.id


# ---------------------------------------------------------------- the command line


@pytest.fixture
def command(
    small_corpus: Path,
    words_only: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Any:
    """Runs ``feedback`` on the small library; the screen sees danger in one sentence alone."""
    import typer

    write_situations(small_corpus)
    app = options.new_app("Test.", example="test")
    app.callback()(options.global_options)
    scenario.add_to(app)

    class Screen:
        def screen(self, text: str) -> Screening:
            own = "I cannot go on myself" in text
            return Screening(
                outcome="signposted" if own else None,
                reason="crisis_self" if own else None,
                risk_subject="own" if own else "none",
                signals=("cannot-go-on",) if own else (),
            )

    monkeypatch.setattr(assembly, "prepared_screener", lambda settings, model: Screen())

    def run(*args: str) -> tuple[int, str, str]:
        try:
            typer.main.get_command(app).main(["--corpus", str(small_corpus), *args], prog_name="t")
        except SystemExit as end:
            captured = capsys.readouterr()
            return int(end.code or 0), captured.out, captured.err
        except AssistantError as error:
            return error.exit_code, capsys.readouterr().out, str(error)
        raise AssertionError

    return run


def test_the_command_tells_what_was_found(command: Any, tmp_path: Path) -> None:
    path = tmp_path / "answer.txt"
    path.write_text(ANSWER)
    code, printed, _ = command("feedback", "--situation", "two-chairs", str(path))
    assert code == 0
    assert "Points that your words seem to make" in printed
    assert "Nine weeks is far too long" in printed
    code, printed, _ = command("feedback", "--situation", "two-chairs", str(path), "--json")
    data = json.loads(printed)
    assert {line["id"] for line in data["lines"]} >= {"every-four-weeks"}


def test_the_command_meets_own_danger_with_help_first(command: Any, tmp_path: Path) -> None:
    path = tmp_path / "answer.txt"
    path.write_text(ANSWER + " I cannot go on myself.")
    code, printed, _ = command("feedback", "--situation", "two-chairs", str(path))
    assert code == 0
    assert "999" in printed
    assert "Points" not in printed
    args = ("feedback", "--situation", "two-chairs", str(path), "--about-the-story")
    assert "Points that your words seem to make" in command(*args)[1]


def test_an_unknown_situation_is_answered_with_the_nearest(command: Any, tmp_path: Path) -> None:
    path = tmp_path / "answer.txt"
    path.write_text(ANSWER)
    code, _, said = command("feedback", "--situation", "two-chair", str(path))
    assert code == 2
    assert "two-chairs" in said


def test_a_word_file_is_read_as_documents_are(command: Any, tmp_path: Path) -> None:
    docx = pytest.importorskip("docx")
    document = docx.Document()
    document.add_paragraph(ANSWER)
    path = tmp_path / "answer.docx"
    document.save(path)
    code, printed, _ = command("feedback", "--situation", "two-chairs", str(path))
    assert code == 0
    assert "Nine weeks is far too long" in printed
