"""The sentences of the interface, by language: ``en.toml`` and what it is translated to.

Only what surrounds answers is translated. Answers, briefs and notes stay in the language of the
library, and the page marks them so.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Literal

Language = Literal["en", "cy"]
LANGUAGES: tuple[Language, ...] = ("en", "cy")
FOLDER = Path(__file__).parent


class Texts:
    """The interface's sentences by dotted name; an unknown name is an error, never an empty label.

    Args:
        table: sentences by group and name.
        language: that they are in, as a language tag.
    """

    def __init__(
        self, table: dict[str, dict[str, str | list[str]]], language: Language = "en"
    ) -> None:
        self._table = table
        self.language: Language = language

    def __call__(self, name: str, **values: object) -> str:
        """One sentence, with its placeholders filled."""
        found = self._find(name)
        if not isinstance(found, str):
            raise KeyError(f"{name} is a list of sentences")
        return found.format(**values) if values else found

    def lines(self, name: str) -> tuple[str, ...]:
        """A list of sentences."""
        found = self._find(name)
        return (found,) if isinstance(found, str) else tuple(found)

    def _find(self, name: str) -> str | list[str]:
        group, _, key = name.partition(".")
        return self._table[group][key]


def texts_file(language: Language = "en") -> Path:
    """The file with the sentences of a language."""
    return FOLDER / f"{language}.toml"


def load_texts(language: Language = "en") -> Texts:
    """The sentences of a language."""
    with texts_file(language).open("rb") as stream:
        return Texts(tomllib.load(stream), language)
