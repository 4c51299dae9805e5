"""How answers and library records look: as text, as Markdown and as HTML.

Pure functions from the records of ``assistant.schema`` to strings. Nothing here asks, searches,
reads files or knows which program shows the result.
"""

from __future__ import annotations

from assistant.presentation.html import (
    answer_to_html,
    brief_page,
    evidence_card,
    signposts_to_html,
    source_page,
)
from assistant.presentation.markdown import answer_to_markdown
from assistant.presentation.text import answer_to_text

__all__ = [
    "answer_to_html",
    "answer_to_markdown",
    "answer_to_text",
    "brief_page",
    "evidence_card",
    "signposts_to_html",
    "source_page",
]
