"""What the page needs of an assistant, and of the library it holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from assistant.chat_models.records import Address, Cancel
from assistant.documents.shelf import Shelf
from assistant.presentation.pages import Library
from assistant.schema import (
    Answer,
    Evidence,
    Explanation,
    Filters,
    Reason,
    Screening,
    Signpost,
    Statement,
    Turn,
    User,
)
from assistant.settings import Settings

Stage = Callable[[str], None]
ROLES: tuple[User, ...] = ("psw", "manager", "trainer")


class Assistant(Protocol):
    """The assistant handed to the page."""

    @property
    def library(self) -> Library:
        """What it answers from."""

    @property
    def settings(self) -> Settings:
        """The settings that it was opened with."""

    @property
    def shelf(self) -> Shelf | None:
        """The documents that were added; None where none can be."""

    @property
    def chat_model(self) -> Address | None:
        """Where the chat model is; None where none is set."""

    def ask(
        self,
        question: str,
        history: Sequence[Turn] = (),
        filters: Filters | None = None,
        user: User | None = None,
        stage: Stage = ...,
        *,
        say: Callable[[Statement], None] = ...,
        cancel: Cancel | None = None,
        nobody_in_danger: bool = False,
    ) -> Answer:
        """Answers one question; ``stage`` is told what begins, ``say`` what a model wrote."""

    def explain(
        self,
        question: str,
        filters: Filters | None = None,
        note: str | None = None,
        searched: str | None = None,
    ) -> Explanation:
        """What each stage did with a question."""

    def screen(self, question: str) -> Screening:
        """What the screen makes of a question."""

    def search(self, query: str, top: int = 10, filters: Filters | None = None) -> list[Evidence]:
        """Finds notes."""

    def export(self, answers: Answer | Sequence[Answer], form: str = "docx") -> bytes:
        """One answer, or several as one paper, as the content of a file."""

    def signposts(self, reason: Reason, text: str = "") -> tuple[Signpost, ...]:
        """Where to turn for help; places that ``text`` names come first."""

    def example_questions(self, user: User) -> list[str]:
        """Questions to show to somebody who has not asked yet."""
