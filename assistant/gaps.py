"""A list of questions that the library could not answer, for whoever looks after it.

Off unless a setting turns it on. A line holds the day, the outcome and the question without
personal details; never who asked, never the time, never anything that the screen met with help or
declined. The file is plain JSON lines in the home folder, to be read, edited or deleted.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

from pydantic import ValidationError

from assistant.errors import ConfigurationError
from assistant.schema import Answer, Outcome, Reason, Record

FILE = "gaps.jsonl"
LONGEST = 300
KEPT: dict[Outcome, frozenset[Reason]] = {
    "not_in_library": frozenset({"nothing_found", "weak_evidence"}),
    "partial": frozenset({"weak_evidence"}),
}
"""Outcomes, with their reasons, that show a gap of the library."""


class Gap(Record):
    """One question without a full answer."""

    day: dt.date
    outcome: Outcome
    reason: Reason | None
    question: str


class GapLog:
    """Writes gaps to a file, or nowhere.

    Args:
        path: the file; None writes nowhere.
        today: the day of a line.
    """

    def __init__(self, path: Path | None, today: Callable[[], dt.date] = dt.date.today) -> None:
        self._path = path
        self._today = today

    def note(self, answer: Answer) -> None:
        """Keep the question of an answer that shows a gap. Never stands in the way of the answer:
        where the file cannot be written, nothing is kept."""
        if self._path is None or answer.reason not in KEPT.get(answer.outcome, frozenset()):
            return
        gap = Gap(
            day=self._today(),
            outcome=answer.outcome,
            reason=answer.reason,
            question=answer.standalone_question[:LONGEST],
        )
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(gap.model_dump_json() + "\n")
        except OSError:
            return


def gap_log(home: Path, switched_on: bool) -> GapLog:
    """The log of a home folder, or one that writes nowhere."""
    return GapLog(home / FILE if switched_on else None)


def read_gaps(home: Path) -> tuple[Gap, ...]:
    """Every line that was kept, oldest first; a line that was cut short is passed over.

    Raises:
        ConfigurationError: the file cannot be read.
    """
    path = home / FILE
    try:
        lines = path.read_text(encoding="utf-8").split("\n") if path.exists() else []
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"{path} cannot be read ({type(error).__name__}).", "Move it away; a new one is begun."
        ) from error
    gaps = []
    for line in lines:
        try:
            gaps.append(Gap.model_validate_json(line))
        except ValidationError:
            continue
    return tuple(gaps)


def clear_gaps(home: Path) -> int:
    """Delete the list; how many lines it held.

    Raises:
        ConfigurationError: the file cannot be deleted.
    """
    held = len(read_gaps(home))
    try:
        (home / FILE).unlink(missing_ok=True)
    except OSError as error:
        raise ConfigurationError(f"{home / FILE} cannot be deleted ({error.strerror}).") from error
    return held
