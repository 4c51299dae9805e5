"""Reads the sentences of the page from ``texts.toml``."""

from __future__ import annotations

import tomllib
from pathlib import Path

FILE = Path(__file__).with_name("texts.toml")


class Texts:
    """The page's sentences by dotted name; an unknown name is an error, never an empty label."""

    def __init__(self, table: dict[str, dict[str, str | list[str]]]) -> None:
        self._table = table

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


def load_texts(file: Path = FILE) -> Texts:
    """The sentences in the file."""
    with file.open("rb") as stream:
        return Texts(tomllib.load(stream))
