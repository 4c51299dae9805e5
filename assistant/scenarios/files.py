"""An exercise and a course as files: their names, and what stands in them. Nothing is written to a
disk here."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

from assistant.exports.forms import PAPER_FORMS, form_of, written
from assistant.exports.records import Paper
from assistant.scenarios.course import Course, evaluation_paper, reading_paper, slides_paper
from assistant.scenarios.exercise import Exercise, learner_data
from assistant.scenarios.papers import facilitator_paper, learner_paper

FORMATS = ("docx", "pdf", "md", "json")
_LONGEST_NAME = 70
_NO_DATE = (1980, 1, 1, 0, 0, 0)
"""What files in an archive are dated, so that the same exercise gives the same bytes."""


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
    return dict(each_course_file(course, form))


def each_course_file(course: Course, form: str) -> Iterator[tuple[str, bytes]]:
    """The files of ``course_files`` one by one, as each is made, for whoever tells how far it is.

    Raises:
        UsageError, ConfigurationError: as ``course_files``.
    """
    for number, exercise in enumerate(course.exercises, 1):
        yield from exercise_files(exercise, form, f"{number:02d}-").items()
    if form == "json":
        yield "course.json", _json(course.model_dump(mode="json", exclude={"exercises"}))
        return
    yield f"reading-list.{form}", _in_form(reading_paper(course), form)
    yield f"evaluation-form.{form}", _in_form(evaluation_paper(course), form)
    if form == "docx":
        from assistant.scenarios.slides import to_pptx

        yield "slides.pptx", to_pptx(course)
    else:
        yield f"slides.{form}", _in_form(slides_paper(course), form)


def course_file_count(course: Course) -> int:
    """How many files a course pack has beside data."""
    return 2 * len(course.exercises) + 3


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Files as one archive; the same files give the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, _NO_DATE), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _in_form(paper: Paper, form: str) -> bytes:
    return written(paper, form_of(form, PAPER_FORMS))


def _json(data: Any) -> bytes:
    return (json.dumps(data, ensure_ascii=False, indent=2) + "\n").encode()


def _slug(title: str) -> str:
    """A title as part of a file's name."""
    plain = re.sub(r"[^a-z0-9]+", "-", title.lower().replace("’", "")).strip("-")
    return plain[:_LONGEST_NAME].strip("-")
