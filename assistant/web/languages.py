"""Where the page stands in each language, and the way from one to the other."""

from __future__ import annotations

from assistant.interface import LANGUAGES, Language, Texts
from assistant.presentation.markup import Html, el, join

ADDRESSES: dict[Language, str] = {"en": "/", "cy": "/cy/"}


def foot(texts: Texts, privacy: Html) -> Html:
    """The foot of every page: where a question goes, and the other languages."""
    return el("footer", privacy, other_languages(texts), class_="foot")


def other_languages(texts: Texts) -> Html:
    """A link to the same place in each other language; the page's script adds the place."""
    links = [
        el(
            "a",
            texts(f"language.{language}"),
            href=ADDRESSES[language],
            lang=language,
            hreflang=language,
            data_language=True,
        )
        for language in LANGUAGES
        if language != texts.language
    ]
    said = el("span", texts("language.library"), class_="library-language")
    return el("p", join(said, " ") if texts.library else None, *links, class_="languages")
