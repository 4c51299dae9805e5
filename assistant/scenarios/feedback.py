"""Tells a learner what their own words touch: per line of the rubric found, partly, missing or
contradicts, with the words that show it and what to read next. Never a grade, never a score.

Each line is measured against the answer (``spans``) and weighed by what was fitted on answers of
known quality (``feedback.json``, made by ``evals/feedback.py``). It can be wrong, which is said
once; a person has the last word.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from assistant.answering.book import CitationBook
from assistant.corpus import Library
from assistant.errors import ConfigurationError, UsageError
from assistant.prompts import load_messages, load_signposts
from assistant.scenarios.records import LineVerdict, Situation
from assistant.scenarios.spans import (
    CLASSES,
    MEASURES,
    Embed,
    Floats,
    Rubric,
    Span,
    Taken,
    spans_of,
)
from assistant.schema import BriefSentence, Citation, Record, Screening, Signpost, Statement
from assistant.screening import by_nearness_alone
from assistant.text import normalise

WEIGHTS_FILE = Path(__file__).with_name("feedback.json")
MOST_CHARACTERS = 12_000
FEWEST_WORDS = 5
ABOUT = (
    "This compares your words with points that a good answer may make. It is no grade, it can miss"
    " what you meant, and a good answer need not touch every point. Talk it over with your trainer."
)
PERHAPS_OWN = (
    "If any of this is about you and not about the story, you do not have to carry it alone. Here"
    " is who answers at any hour:"
)
HELP_PLACES = 3
Danger = Literal["sure", "perhaps", "none"]
VERDICT_HEADINGS: Mapping[LineVerdict, str] = {
    "found": "Points that your words seem to make",
    "partly": "Points that your words touch, in part or from another side",
    "contradicts": "Points that your words seem to speak against",
    "missing": "Points that were not found in your words",
}


class LineFeedback(Record):
    """One line of the rubric. ``words`` stand at ``start`` to ``end`` of the answer; they are empty
    where nothing in it touches the line."""

    id: str
    point: Statement
    verdict: LineVerdict
    words: str = ""
    start: int | None = None
    end: int | None = None
    read: Statement


class Feedback(Record):
    """What an answer touched. ``help`` stands first; where the learner spoke of their own danger it
    stands alone, and nothing was compared."""

    situation: str
    title: str
    about: str
    lines: tuple[LineFeedback, ...] = ()
    help: tuple[str, ...] = ()
    signposts: tuple[Signpost, ...] = ()
    citations: tuple[Citation, ...] = ()
    library_version: str


@dataclass(frozen=True)
class Limits:
    """From which weight on a verdict is given; ``touched`` is for partly, and goes by the weight
    that the line is touched at all."""

    found: float
    touched: float
    contradicts: float


@dataclass(frozen=True)
class Weights:
    """What was fitted: the weight of each measure for each verdict, and the limits."""

    mean: Floats
    scale: Floats
    coefficients: Floats
    bias: Floats
    limits: Limits

    def chances(self, rows: Floats) -> Floats:
        """The weight of each verdict, shape (…, verdicts); each row adds up to one."""
        scored = ((rows - self.mean) / self.scale) @ self.coefficients.T + self.bias
        exponents = np.exp(scored - scored.max(axis=-1, keepdims=True))
        return np.asarray(exponents / exponents.sum(axis=-1, keepdims=True))


def read_weights(path: Path = WEIGHTS_FILE) -> Weights:
    """What was fitted.

    Raises:
        ConfigurationError: the file is missing, broken, or of another set of measures.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if tuple(data["measures"]) != MEASURES or tuple(data["classes"]) != CLASSES:
            raise ValueError("other measures")
        arrays = [np.asarray(data[key], dtype=np.float64) for key in _ARRAYS]
        return Weights(arrays[0], arrays[1], arrays[2], arrays[3], Limits(**data["limits"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(
            f"{path.name} cannot be read ({type(error).__name__}).", "Install the program again."
        ) from error


_ARRAYS = ("mean", "scale", "coefficients", "bias")


def answer_text(text: str) -> str:
    """A learner's answer as it is read: line breaks kept, what cannot be seen taken out.

    Raises:
        UsageError: it is empty, or longer than anybody writes in an exercise.
    """
    lines = [normalise(line) for line in text[: 4 * MOST_CHARACTERS].splitlines()]
    plain = "\n".join(lines).strip()
    if len(plain) > MOST_CHARACTERS:
        raise UsageError(
            f"The answer has more than {MOST_CHARACTERS:,} characters.",
            "Give the answer alone, without the exercise around it.",
        )
    if len(re.findall(r"\w+", plain)) < FEWEST_WORDS:
        raise UsageError("The answer is empty or a few words.", "Write a sentence or two.")
    return plain


def own_danger(screening: Screening) -> Danger:
    """Whether a learner seems to speak of their own danger.

    A long answer about somebody else's worst night lies near the screen's examples, so these alone
    mean "perhaps"; a rule on what was written means it.
    """
    if screening.reason != "crisis_self":
        return "none"
    return "perhaps" if by_nearness_alone(screening) else "sure"


class FeedbackReader:
    """Reads answers to situations of one library.

    Args:
        library: that the situations rest on.
        embed: unit vectors of texts.
        weights: what was fitted; None reads the bundled ones.
    """

    def __init__(self, library: Library, embed: Embed, weights: Weights | None = None) -> None:
        self._library = library
        self._embed = embed
        self._weights = weights or read_weights()
        self._rubrics: dict[str, Rubric] = {}

    def answer(
        self, situation: Situation, answer: str, screening: Screening, prompts: Path
    ) -> Feedback:
        """What an answer touches; help first where a learner may speak of their own danger, and
        help alone where they do.

        Args:
            situation: that was answered.
            answer: as ``answer_text`` gives it.
            screening: what the screen made of it.
            prompts: folder of messages and signposts.
        """
        danger = own_danger(screening)
        if danger == "sure":
            return self.help_first(situation, prompts)
        found = self.read(situation, answer)
        if danger == "none":
            return found
        places = load_signposts(prompts).for_reason("crisis_self")[:HELP_PLACES]
        return found.model_copy(update={"help": (PERHAPS_OWN,), "signposts": places})

    def read(self, situation: Situation, answer: str) -> Feedback:
        """What an answer touches; ``answer`` as ``answer_text`` gives it."""
        spans = spans_of(answer)
        taken = self.taken(situation, answer, spans)
        chances = self._weights.chances(taken.rows)
        book = CitationBook(self._library)
        lines = []
        for number, line in enumerate(situation.rubric):
            verdict = judged(chances[number], self._weights.limits)
            span = shown_by(verdict, taken, number, spans)
            lines.append(
                LineFeedback(
                    id=line.id,
                    point=book.sentence(BriefSentence(text=line.text, notes=line.notes)),
                    verdict=verdict,
                    words=span.text if span else "",
                    start=span.start if span else None,
                    end=span.end if span else None,
                    read=book.source_line(line.read),
                )
            )
        return Feedback(
            situation=situation.id,
            title=situation.title,
            about=ABOUT,
            lines=tuple(lines),
            citations=book.citations(),
            library_version=self._library.version,
        )

    def taken(self, situation: Situation, answer: str, spans: Sequence[Span]) -> Taken:
        """What is measured of an answer for each line of the situation's rubric."""
        rubric = self._rubrics.get(situation.id)
        if rubric is None:
            rubric = self._rubrics[situation.id] = Rubric(situation, self._embed)
        return rubric.measured(answer, spans)

    def help_first(self, situation: Situation, prompts: Path) -> Feedback:
        """For an answer in which a learner speaks of their own danger: help, and nothing else.

        Args:
            situation: that was answered.
            prompts: folder of messages and signposts.
        """
        message = load_messages(prompts).for_key("crisis_self")
        again = "If the words were about the story, say so (--about-the-story) and send it again."
        return Feedback(
            situation=situation.id,
            title=situation.title,
            about="",
            help=(*message.lead, *message.steps, again),
            signposts=load_signposts(prompts).for_reason("crisis_self"),
            library_version=self._library.version,
        )


def judged(chances: Floats, limits: Limits) -> LineVerdict:
    """The verdict on one line.

    Args:
        chances: the weight of each verdict.
        limits: from which weight on a verdict is given.
    """
    found, _, contradicts, missing = (float(chance) for chance in chances)
    against, made = contradicts / limits.contradicts, found / limits.found
    if max(against, made) >= 1:
        return "contradicts" if against > made else "found"
    return "partly" if 1 - missing >= limits.touched else "missing"


def shown_by(verdict: LineVerdict, taken: Taken, line: int, spans: Sequence[Span]) -> Span | None:
    """The part of an answer that shows a verdict on a line; none where nothing does."""
    if verdict == "missing":
        return None
    fits = taken.against if verdict == "contradicts" else taken.fits
    return spans[int(fits[:, line].argmax())]
