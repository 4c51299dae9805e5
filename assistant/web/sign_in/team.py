"""The page's sentences where it is served to a team: "this computer" is then another one.

What somebody is told about where their words go must be true on a phone that reaches a server.
"""

from __future__ import annotations

from assistant.interface import Texts

INSTEAD = {
    "ask.privacy": "sign_in.team_privacy",
    "ask.privacy_model": "sign_in.team_privacy_model",
    "documents.lead": "sign_in.team_documents",
    "history.kept": "sign_in.team_kept",
    "history.kept_model": "sign_in.team_kept_model",
    "managers.draft_for": "sign_in.team_draft_for",
    "managers.draft_privacy": "sign_in.team_draft_privacy",
    "trainers.answer_kept": "sign_in.team_answer_kept",
}
"""Sentences that name the computer that answers, and what is said in their place."""


class TeamTexts(Texts):
    """Sentences of a page that others reach.

    Args:
        texts: those of the page for one computer.
    """

    def __init__(self, texts: Texts) -> None:
        super().__init__({}, texts.language)
        self._own = texts

    def group(self, name: str) -> dict[str, str]:
        """The single sentences of a group by name."""
        return {key: self(f"{name}.{key}") for key in self._own.group(name)}

    def _find(self, name: str) -> str | list[str]:
        return self._own._find(INSTEAD.get(name, name))
