"""Tells in which language each piece of a document is marked, and finds English left in Welsh."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from html.parser import HTMLParser

from assistant.interface import texts_file

_VOID = {"input", "br", "hr", "meta", "link", "img"}
_HEARD = ("aria-label", "alt", "placeholder", "title", "data-wait", "data-done", "label")


class Spoken(HTMLParser):
    """The pieces of text of some markup, each with the language that it is marked with.

    Args:
        markup: to read.
        language: of what carries no mark.
    """

    def __init__(self, markup: str, language: str) -> None:
        super().__init__()
        self.pieces: list[tuple[str, str]] = []
        self.marked: list[str] = []
        self._open = [language]
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        language = given.get("lang") or self._open[-1]
        if "lang" in given:
            self.marked.append(str(given["lang"]))
        for name in _HEARD:
            # What a name is heard as may hold the name of a source: no mark can stand inside it.
            if given.get(name):
                self.pieces.append((language, str(given[name])))
        if tag not in _VOID:
            self._open.append(language)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.pieces.append((self._open[-1], " ".join(data.split())))

    def of(self, language: str) -> list[str]:
        """The pieces of a language."""
        return [words for marked, words in self.pieces if marked == language]


def only_english() -> tuple[frozenset[str], frozenset[str]]:
    """English sentences that Welsh words otherwise: whole ones, and long enough parts of those that
    take something in."""
    english, welsh = (
        tomllib.loads(texts_file(language).read_text(encoding="utf-8")) for language in ("en", "cy")
    )
    kept = {part for group in welsh.values() for value in group.values() for part in _parts(value)}
    found = {
        part for group in english.values() for value in group.values() for part in _parts(value)
    }
    ours = found - kept
    return frozenset(ours), frozenset(part for part in ours if len(part.split()) >= 3)


def _parts(value: str | list[str]) -> Iterator[str]:
    for line in [value] if isinstance(value, str) else value:
        for part in re.split(r"\{[^}]*\}|\[[a-z]+\]", line):
            if len(part.strip(" .,:;()")) > 1:
                yield part.strip(" .,:;()")


def english_left(markup: str) -> list[str]:
    """English of the interface that is not marked as English on a Welsh page."""
    whole, long = only_english()
    shown = Spoken(markup, "cy").of("cy")
    found = [words for words in shown if words.strip(" .,:;()") in whole]
    return found + [words for words in shown if any(part in words for part in long)]
