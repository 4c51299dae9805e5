"""The sentences of the interface, by language: ``en.toml`` and what it is translated to.

Only what surrounds answers is translated. Answers, briefs and notes stay in the language of the
library, and the page marks them so. The command line and what is exported are English.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

Language = Literal["en", "cy"]
LANGUAGES: tuple[Language, ...] = ("en", "cy")
FOLDER = Path(__file__).parent
Table = Mapping[str, Mapping[str, str | list[str]]]
_PLACE = re.compile(r"\{(\w*)\}")


class Texts:
    """The interface's sentences by dotted name; an unknown name is an error, never an empty label.

    Args:
        table: sentences by group and name.
        language: that they are in, as a language tag.
        instead: sentences for names that the table does not have: a translation that lags behind
            shows the English sentence, for a page without a label helps nobody.
    """

    def __init__(
        self, table: Table, language: Language = "en", instead: Table | None = None
    ) -> None:
        self._table = table
        self._instead = instead or {}
        self.language: Language = language

    def __call__(self, name: str, **values: object) -> str:
        """One sentence, with its placeholders filled."""
        found = self._find(name)
        if not isinstance(found, str):
            raise KeyError(f"{name} is a list of sentences")
        return found.format(**values) if values else found

    @property
    def library(self) -> Language | None:
        """The language of answers, briefs and notes, where it is not that of the page; a mark for
        ``lang`` on whatever shows them."""
        return None if self.language == "en" else "en"

    def lines(self, name: str) -> tuple[str, ...]:
        """A list of sentences."""
        found = self._find(name)
        return (found,) if isinstance(found, str) else tuple(found)

    def group(self, name: str) -> dict[str, str]:
        """The single sentences of a group by name, in the order of the English file."""
        names = self._instead.get(name) or self._table[name]
        found = {key: self._find(f"{name}.{key}") for key in names}
        return {key: words for key, words in found.items() if isinstance(words, str)}

    def pieces(self, name: str) -> list[tuple[str, str]]:
        """A sentence cut at its placeholders: words, then the name of what follows them; the last
        name is empty. For sentences that take in markup."""
        parts = _PLACE.split(self(name))
        return list(zip(parts[::2], [*parts[1::2], ""], strict=True))

    def _find(self, name: str) -> str | list[str]:
        group, _, key = name.partition(".")
        for table in (self._table, self._instead):
            if key in table.get(group, {}):
                return table[group][key]
        raise KeyError(name)


def texts_file(language: Language = "en") -> Path:
    """The file with the sentences of a language."""
    return FOLDER / f"{language}.toml"


def load_texts(language: Language = "en") -> Texts:
    """The sentences of a language."""
    table = _read(language)
    return Texts(table, language, None if language == "en" else _read("en"))


def _read(language: Language) -> Table:
    with texts_file(language).open("rb") as stream:
        return tomllib.load(stream)


ENGLISH = load_texts()
"""The sentences of the command line and of what is exported."""
