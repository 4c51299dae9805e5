"""Sentences of the interface that take in markup, and words of the library on pages in another
language: these are marked, so that a screen reader says them as English."""

from __future__ import annotations

from assistant.interface import ENGLISH, Texts
from assistant.presentation.markup import Child, Html, el, join


def held(words: Child, texts: Texts) -> Child:
    """Words of the library inside a line of the interface; where both are in one language, they
    stay as they are."""
    return el("span", words, lang=texts.library) if words and texts.library else words


def held_block(words: Html, texts: Texts) -> Html:
    """The same for paragraphs and tables."""
    return el("div", words, lang=texts.library) if texts.library else words


def sentence(name: str, texts: Texts, /, **parts: Child) -> Html:
    """A sentence of the interface with words or markup in its places."""
    pieces = [(words, parts[place] if place else None) for words, place in texts.pieces(name)]
    return join(*(child for pair in pieces for child in pair))


def in_both(name: str, texts: Texts, **attributes: str) -> Html:
    """A sentence on which safety may hang, as a paragraph; on a page in another language with the
    English one beneath it, as long as nobody has checked the translation."""
    return join(
        el("p", texts(name), **attributes),
        el("p", ENGLISH(name), lang=texts.library, **attributes) if texts.library else None,
    )


def small(words: str) -> str:
    """Words for the inside of a line: without their capital, unless it belongs to a name."""
    return words if words[1:2].isupper() else words[:1].lower() + words[1:]
