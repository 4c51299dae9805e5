"""An exercise and a course as files: their names, and what stands in them. Nothing is written to a
disk here."""

from __future__ import annotations

import json
import re
from typing import Any

from assistant.exports.forms import PAPER_FORMS, form_of, written
from assistant.exports.records import Paper
from assistant.scenarios.course import Course, evaluation_paper, reading_paper, slides_paper
from assistant.scenarios.exercise import Exercise, learner_data
from assistant.scenarios.papers import facilitator_paper, learner_paper

FORMATS = ("docx", "pdf", "md", "json")
_LONGEST_NAME = 70


def both_versions(exercise: Exercise) -> dict[str, Any]:
    """What the facilitator and what learners get, as JSON-ready data."""
    return {"facilitator": exercise.model_dump(mode="json"), "learner": learner_data(exercise)}


def exercise_files(exercise: Exercise, form: str, prefix: str = "") -> dict[str, bytes]:
    """The facilitator's and the learners' file, by name.

    Args:
        exercise: what they hold.
        form: one of ``FORMATS``.
        prefix: what their names begin with.

    Raises:
        UsageError: there is no such format.
        ConfigurationError: the typesetter of PDF cannot be used.
    """
    stem = f"{prefix}{_slug(exercise.title)}-{exercise.seed}"
    if form == "json":
        versions = both_versions(exercise)
        return {f"{stem}-{who}.json": _json(data) for who, data in versions.items()}
    return {
        f"{stem}-facilitator.{form}": _in_form(facilitator_paper(exercise), form),
        f"{stem}-learner.{form}": _in_form(learner_paper(exercise), form),
    }


def course_files(course: Course, form: str) -> dict[str, bytes]:
    """Every file of a course pack, by name; slides are PowerPoint beside Word.

    Args:
        course: what they hold.
        form: one of ``FORMATS``.

    Raises:
        UsageError: there is no such format.
        ConfigurationError: the typesetter of PDF cannot be used.
    """
    files: dict[str, bytes] = {}
    for number, exercise in enumerate(course.exercises, 1):
        files |= exercise_files(exercise, form, f"{number:02d}-")
    if form == "json":
        return files | {"course.json": _json(course.model_dump(mode="json", exclude={"exercises"}))}
    files[f"reading-list.{form}"] = _in_form(reading_paper(course), form)
    files[f"evaluation-form.{form}"] = _in_form(evaluation_paper(course), form)
    if form == "docx":
        from assistant.scenarios.slides import to_pptx

        files["slides.pptx"] = to_pptx(course)
    else:
        files[f"slides.{form}"] = _in_form(slides_paper(course), form)
    return files


def _in_form(paper: Paper, form: str) -> bytes:
    return written(paper, form_of(form, PAPER_FORMS))


def _json(data: Any) -> bytes:
    return (json.dumps(data, ensure_ascii=False, indent=2) + "\n").encode()


def _slug(title: str) -> str:
    """A title as part of a file's name."""
    plain = re.sub(r"[^a-z0-9]+", "-", title.lower().replace("’", "")).strip("-")
    return plain[:_LONGEST_NAME].strip("-")
