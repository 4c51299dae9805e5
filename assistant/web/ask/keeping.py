"""What somebody takes away from a conversation: which answers may be kept, and files of them.

A file is made when it is asked for and held in memory for some minutes. Personal details are in
none of it, and nothing of a turn in which somebody was met with help.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from assistant.errors import AssistantError
from assistant.exports.forms import PAPER_FORMS, REFERENCE_FORMS, SUFFIXES, TABLE_FORMS, Form
from assistant.interface import Texts
from assistant.presentation.markup import Html, el
from assistant.schema import Answer
from assistant.web.downloads import Downloads

WHOLE = "all"
"""Stands for the whole conversation where else the place of an answer stands."""
PAPERS: tuple[Form, ...] = tuple(form for form in PAPER_FORMS if form not in TABLE_FORMS)
REFERENCES: tuple[Form, ...] = REFERENCE_FORMS
_FILE = "peer-support-{what}{suffix}"

_log = logging.getLogger(__name__)


class Exporter(Protocol):
    """Writes answers as files."""

    def export(self, answers: Answer | Sequence[Answer], form: str = "docx") -> bytes:
        """One answer, or several as one paper, as the content of a file."""


class Answers(Protocol):
    """The answers of a conversation that may be saved."""

    def answers(self) -> tuple[Answer, ...]:
        """All of them, in order."""

    def answer(self, place: str) -> Answer | None:
        """The one at a place, from 1, as the page names it."""


def keepable(answer: Answer) -> Answer | None:
    """The answer as it may be held for saving, without what was typed of personal details; None
    after an error, and where somebody was met with help."""
    if answer.outcome in {"signposted", "failed"} or answer.risk_subject == "own":
        return None
    bare = tuple(d.model_copy(update={"text": ""}) for d in answer.personal_details)
    return answer.model_copy(update={"personal_details": bare})


@dataclass(frozen=True)
class Keeping:
    """Makes files of what a conversation holds."""

    exporter: Exporter
    downloads: Downloads
    texts: Texts

    def made(self, conversation: Answers, what: str, form: str) -> Html:
        """A link to a file, which the page follows by itself; or what is in the way, in words.

        Args:
            conversation: what may be saved of it.
            what: the place of an answer, from 1, or ``WHOLE``.
            form: one of ``PAPERS`` or ``REFERENCES``.
        """
        answers = conversation.answers() if what == WHOLE else (conversation.answer(what),)
        found = [answer for answer in answers if answer is not None]
        known = next((f for f in (*PAPERS, *REFERENCES) if f == form), None)
        if not found or known is None:
            return _not_made(self.texts("tools.gone"))
        try:
            content = self.exporter.export(found, known)
        except AssistantError as error:
            return _not_made(str(error))
        except Exception as error:  # The edge: the answer stands, whatever is wrong here.
            _log.error("A file could not be made (%s)", type(error).__name__)
            _log.debug("Traceback", exc_info=True)
            return _not_made(self.texts("tools.not_made"))
        return self.downloads.link(_name(what, known), content, self.texts("tools.made"))


def _name(what: str, form: Form) -> str:
    """The name of a file. It does not tell what was asked: others may see a folder of downloads."""
    if form in REFERENCES:
        return _FILE.format(what=f"references-{form}", suffix=SUFFIXES[form])
    return _FILE.format(what="conversation" if what == WHOLE else "answer", suffix=SUFFIXES[form])


def _not_made(words: str) -> Html:
    return el("p", words, class_="not-made")
