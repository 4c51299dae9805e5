"""The notes that rows and concerns rest on, numbered as they are first used."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.answering.book import CitationBook
from assistant.corpus import Library
from assistant.presentation.words import STRENGTH_ORDER, Strength, strength
from assistant.schema import Citation


class Notes:
    """Citations of one checklist or check."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._book = CitationBook(library)

    def numbers(self, notes: Sequence[str]) -> tuple[int, ...]:
        """The numbers of notes, in their order."""
        return tuple(self._book.quote(note).citations[0] for note in notes)

    def citations(self) -> tuple[Citation, ...]:
        """Everything cited so far, by number."""
        return self._book.citations()

    def strongest(self, notes: Sequence[str]) -> Strength:
        """The strongest kind of source among those of the notes."""
        kinds = [strength(self._library.note_source[note].kind) for note in notes]
        return min(kinds, key=STRENGTH_ORDER.index)
