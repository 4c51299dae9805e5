"""Marking an answer: the form for it, and what comes back from the form. No Gradio."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from assistant.errors import AssistantError
from assistant.interface import Texts
from assistant.presentation.markup import Html
from assistant.ratings import (
    LONGEST_WORDS,
    MARK_REASONS,
    RATING_VERDICTS,
    MarkReason,
    Ratings,
    may_be_rated,
    rating_of,
    sentences_of,
)
from assistant.schema import Answer
from assistant.web.ask import rating_views as views
from assistant.web.ask.keeping import Answers

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Marking:
    """Offers the form and keeps what comes back."""

    ratings: Ratings
    texts: Texts

    def form(self, conversation: Answers, place: str) -> Html:
        """The form for an answer; a sheet that says so where it cannot be marked."""
        answer = self._answer(conversation, place)
        if answer is None:
            return views.said(self.texts("ratings.gone"), self.texts)
        return views.form(place, sentences_of(answer), self.texts)

    def keep(self, conversation: Answers, given: Mapping[str, str]) -> Html:
        """Keep what was filled in.

        Args:
            conversation: which answer is meant is told by its place.
            given: ``turn`` (the place), ``verdict``, ``words``; and for each sentence that was
                ticked, by its number from 0, ``tick-n`` and ``reason-n``.

        Returns:
            The form with what is missing, or a sheet that says how it went.
        """
        place = given.get("turn", "")
        answer = self._answer(conversation, place)
        if answer is None:
            return views.said(self.texts("ratings.gone"), self.texts)
        verdict = next((known for known in RATING_VERDICTS if known == given.get("verdict")), None)
        if verdict is None:
            error = self.texts("ratings.no_verdict")
            return views.form(place, sentences_of(answer), self.texts, given, error)
        words = given.get("words", "")[:LONGEST_WORDS]
        try:
            kept = rating_of(answer, verdict, _marks(answer, given), words)
            self.ratings.keep(kept)
        except AssistantError as error:
            return views.form(place, sentences_of(answer), self.texts, given, str(error))
        except Exception as error:  # The edge: the answer stands, whatever is wrong here.
            _log.error("A mark could not be kept (%s)", type(error).__name__)
            _log.debug("Traceback", exc_info=True)
            failed = self.texts("ratings.failed")
            return views.form(place, sentences_of(answer), self.texts, given, failed)
        return views.said(self.texts("ratings.kept"), self.texts, done=True)

    def _answer(self, conversation: Answers, place: str) -> Answer | None:
        answer = conversation.answer(place)
        if answer is None or not self.ratings.switched_on or not may_be_rated(answer):
            return None
        return answer


def _marks(answer: Answer, given: Mapping[str, str]) -> dict[str, MarkReason]:
    """Reasons by the place of a sentence. One that was ticked without a reason counts as "other":
    the tick alone says something."""
    found: dict[str, MarkReason] = {}
    for number, sentence in enumerate(sentences_of(answer)):
        if f"tick-{number}" in given:
            named = given.get(f"reason-{number}", "")
            found[sentence.where] = next((r for r in MARK_REASONS if r == named), "other")
    return found
