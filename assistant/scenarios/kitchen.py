"""What exercises are made with, read once and used for many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from assistant.corpus import Library
from assistant.prompts import load_signposts
from assistant.scenarios.building import Building, read_building, read_words
from assistant.scenarios.reading import read_situations
from assistant.scenarios.request import Known, Suggest
from assistant.schema import Signpost

HELP_LINES = 3
"""Places to turn to that an exercise ends with."""


class Varier(Protocol):
    """Rewords a piece of fiction: the place where a chat model may come in."""

    def vary(self, text: str, people: Sequence[str]) -> str:
        """The text in other words; the people keep their names. What comes back is checked.

        Raises:
            ModelError: it cannot be reworded now; the rest of the exercise is not tried.
        """


@dataclass(frozen=True)
class Kitchen:
    """The library with its situations, our sentences, help lines; ``varier`` may be left out."""

    known: Known
    building: Building
    help_lines: str = ""
    varier: Varier | None = None

    @property
    def library(self) -> Library:
        """The library behind it."""
        return self.known.library


def kitchen_of(
    corpus: Path,
    prompts: Path,
    library: Library,
    suggest: Suggest = lambda words: (),
    varier: Varier | None = None,
) -> Kitchen:
    """Everything that exercises are made with.

    Args:
        corpus: folder of the library.
        prompts: folder of messages and of our sentences.
        library: as read from ``corpus``.
        suggest: topics that lie near some words, for topics that nobody knows.
        varier: rewords fiction; nothing is reworded without one.

    Raises:
        CorpusError: a situation is broken.
        PromptError: a file of ours is broken.
    """
    known = Known(library, read_situations(corpus, library), read_words(prompts), suggest)
    places = load_signposts(prompts).for_reason("crisis_self")[:HELP_LINES]
    return Kitchen(known, read_building(prompts), "; ".join(map(_help_line, places)), varier)


def _help_line(place: Signpost) -> str:
    """ "Samaritans (ring 116 123, free from any phone)"."""
    return f"{place.name} ({place.contact[:1].lower()}{place.contact[1:]})"
