"""Exercises and course packs as files: what they hold, and the commands that write them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from assistant.citations import verify
from assistant.cli import options, scenario
from assistant.errors import AssistantError
from assistant.exports.forms import written
from assistant.exports.keeping import read_any
from assistant.scenarios.course import course_of, evaluation_paper, reading_paper, slides_paper
from assistant.scenarios.kitchen import Kitchen
from assistant.scenarios.papers import facilitator_paper, learner_paper
from tests.make_exercises import folder, kitchen, made, words_in

__all__ = ["folder", "kitchen"]


# ---------------------------------------------------------------- files


@pytest.mark.parametrize("form", ["docx", "md", "pdf"])
def test_an_exported_exercise_can_be_verified(kitchen: Kitchen, tmp_path: Path, form: Any) -> None:
    exercise = made(kitchen, minutes=60)
    for paper in (facilitator_paper(exercise), learner_paper(exercise)):
        path = tmp_path / f"exercise.{form}"
        path.write_bytes(written(paper, form))
        (saved,) = read_any(path)
        found = verify(saved, kitchen.library)
        assert found.ok
        assert found.statements


def test_a_line_changed_by_hand_is_found(kitchen: Kitchen, tmp_path: Path) -> None:
    exercise = made(kitchen, minutes=60)
    path = tmp_path / "exercise.md"
    text = written(facilitator_paper(exercise), "md").decode()
    line = exercise.stories[0].answers[0].text
    assert line in text
    path.write_text(text.replace(line, line.replace("peer", "clinical", 1), 1))
    (saved,) = read_any(path)
    assert "edited" in {check.finding for check in verify(saved, kitchen.library).statements}


# ---------------------------------------------------------------- course


def test_a_course_tells_another_story_for_each_topic(kitchen: Kitchen) -> None:
    course = course_of(
        kitchen, topics=["supervision", "lone-working"], learners="new-psw", minutes=45
    )
    first, second = (e.stories[0].situation for e in course.exercises)
    assert first != second
    assert course.minutes == 90


def test_the_reading_list_begins_with_peers_and_lists_every_source_once(kitchen: Kitchen) -> None:
    course = course_of(
        kitchen, topics=["supervision", "lone-working"], learners="new-psw", minutes=60
    )
    ids = [reading.source_id for reading in course.reading]
    assert len(ids) == len(set(ids))
    cited = {c.source_id for e in course.exercises for c in e.citations}
    assert set(ids) == cited
    peers = [kitchen.library.sources[i].who_speaks == "peer-led" for i in ids]
    assert True in peers
    assert peers == sorted(peers, reverse=True)
    assert "Peers Together" in words_in(reading_paper(course))


def test_slides_hold_no_answers_and_the_form_asks_for_no_name(kitchen: Kitchen) -> None:
    course = course_of(kitchen, topics=["supervision"], learners="new-psw", minutes=60)
    slides = words_in(slides_paper(course))
    story = course.exercises[0].stories[0]
    for step in story.steps:
        assert all(choice.leads_to not in slides for choice in step.choices)
    for point in story.rubric:
        assert point.line.text not in slides
    assert all(line.text not in slides for line in story.answers)
    form = words_in(evaluation_paper(course))
    assert "No name" in form
    assert course.exercises[0].title in form


def test_slides_open_as_powerpoint(kitchen: Kitchen) -> None:
    import io

    pptx = pytest.importorskip("pptx")
    from assistant.scenarios.slides import to_pptx

    course = course_of(kitchen, topics=["supervision"], learners="new-psw", minutes=60)
    deck = pptx.Presentation(io.BytesIO(to_pptx(course)))
    titles = [slide.shapes.title.text_frame.text for slide in deck.slides]
    assert titles[1] == "Welcome"
    assert len(titles) == len(course.slides) + 1
    assert deck.core_properties.author == ""


# ---------------------------------------------------------------- the command line


@pytest.fixture
def command(folder: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs a command of this module on the small library; gives code, output and messages."""
    import typer

    app = options.new_app("Test.", example="test")
    app.callback()(options.global_options)
    scenario.add_to(app)

    def run(*args: str) -> tuple[int, str, str]:
        code = 0
        try:
            typer.main.get_command(app).main(["--corpus", str(folder), *args], prog_name="test")
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        except AssistantError as error:
            return error.exit_code, capsys.readouterr().out, str(error)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


SCENARIO = ("scenario", "--topic", "supervision", "--learners", "new-psw", "--minutes", "60")


@pytest.mark.parametrize("form", ["docx", "md", "json", "pdf"])
def test_the_command_writes_a_file_for_each_reader(command: Any, tmp_path: Path, form: str) -> None:
    out = tmp_path / "out"
    code, printed, said = command(*SCENARIO, "--format", form, "--output", str(out))
    assert code == 0
    files = sorted(path.name for path in out.iterdir())
    assert [name.rpartition("-")[2] for name in files] == [f"facilitator.{form}", f"learner.{form}"]
    assert printed.split() == [str(out / name) for name in files]
    assert "--seed 2" in said


def test_the_command_writes_over_nothing_unless_told(command: Any, tmp_path: Path) -> None:
    args = (*SCENARIO, "--format", "md", "--output", str(tmp_path / "out"))
    assert command(*args)[0] == 0
    code, _, said = command(*args)
    assert code == 2
    assert "is there already" in said
    assert command(*args, "--force")[0] == 0


def test_the_command_prints_json(command: Any) -> None:
    code, printed, _ = command(*SCENARIO, "--json")
    assert code == 0
    data = json.loads(printed)
    assert set(data) == {"facilitator", "learner", "files"}
    assert "rubric" not in json.dumps(data["learner"])


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (SCENARIO, "No folder was given"),
        ((*SCENARIO, "--format", "odt", "--json"), "no format called “odt”"),
        ((*SCENARIO, "--json", "--setting", "moon"), "no setting called “moon”"),
    ],
)
def test_a_wrong_call_says_what_is_wrong_and_what_to_do(
    command: Any, args: tuple[str, ...], said: str
) -> None:
    code, printed, message = command(*args)
    assert (code, printed) == (2, "")
    assert said in message


def test_a_course_pack_is_written_whole(command: Any, tmp_path: Path) -> None:
    out = tmp_path / "course"
    code, _, _ = command(
        "course-pack", "--topic", "supervision", "--learners", "new-psw", "--output", str(out)
    )
    assert code == 0
    names = {path.name for path in out.iterdir()}
    assert {"reading-list.docx", "evaluation-form.docx", "slides.pptx"} <= names
    assert len(names) == 5


def test_situations_are_listed_and_reviewed(command: Any, folder: Path) -> None:
    assert "two-chairs" in command("situations", "list")[1]
    assert command("situations", "review", "two-chairs")[0] == 0
    assert (folder / "reviews" / "situations" / "two-chairs.yaml").exists()
    data = yaml.safe_load((folder / "reviews" / "situations" / "two-chairs.yaml").read_text())
    assert data["id"] == "two-chairs"
