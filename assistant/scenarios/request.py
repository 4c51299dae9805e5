"""What a trainer asks for, checked against what the library holds.

Whatever is not known is answered with what is: an exercise on something else than what was asked
for would be worse than none. Own danger in what was typed is for the caller's screen.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from assistant.corpus import Library
from assistant.errors import UsageError
from assistant.presentation.words import SETTING_WORDS
from assistant.scenarios.building import WordList
from assistant.scenarios.details import Details, checked
from assistant.scenarios.records import LEARNER_WORDS, LEVEL_WORDS, Learners, Level, Situation
from assistant.schema import HOME_JURISDICTIONS, Setting
from assistant.text import normalise

K = TypeVar("K", bound=str)

SHORTEST, LONGEST = 30, 180
MOST_TOPICS = 4
TOPIC_CHARACTERS = 200
Suggest = Callable[[str], Sequence[str]]
"""Topics of the library that lie near some words, nearest first."""


@dataclass(frozen=True)
class Request:
    """An exercise as asked for. ``seed`` tells exercises on the same topic apart."""

    topics: tuple[str, ...]
    learners: Learners
    minutes: int
    setting: Setting = "any"
    country: str = "England"
    level: Level = "starting"
    details: Details = field(default_factory=Details)
    seed: int = 1


@dataclass(frozen=True)
class Known:
    """What a request is held against."""

    library: Library
    situations: tuple[Situation, ...]
    words: WordList
    suggest: Suggest = lambda words: ()


def understood(
    known: Known,
    *,
    topics: Sequence[str],
    learners: str,
    minutes: int,
    setting: str = "any",
    country: str = "England",
    level: str = "starting",
    details: Details | None = None,
    seed: int = 1,
) -> Request:
    """The request in the library's words.

    Raises:
        UsageError: something in it is unknown, out of range, or worded in a way that an exercise
            does not follow; says what there is, or how it would be worded.
    """
    given = checked(details or Details())
    _refuse_wordings(known.words, (*topics, *given.texts()))
    if not SHORTEST <= minutes <= LONGEST:
        raise UsageError(
            f"An exercise takes {SHORTEST} to {LONGEST} minutes, not {minutes}.",
            "For more, make a course pack or two exercises.",
        )
    if not 0 <= seed < 1_000_000:
        raise UsageError("The seed is a number from 0 to 999999.", "Try --seed 2.")
    return Request(
        topics=_topics(known, topics),
        learners=_one(learners, LEARNER_WORDS, "group of learners"),
        minutes=minutes,
        setting=_one(setting, SETTING_WORDS, "setting"),
        country=_country(known.library, country),
        level=_one(level, LEVEL_WORDS, "level"),
        details=given,
        seed=seed,
    )


def _refuse_wordings(words: WordList, texts: Sequence[str]) -> None:
    whole = " . ".join(texts)
    if words.asks_for_methods(whole):
        raise UsageError(words.reply, "Ask for the topic alone, such as: --topic crisis")
    found = words.found(whole)
    if found:
        said = "; ".join(f"for “{w.said}” it says: {w.instead}" for w in found)
        raise UsageError(
            f"An exercise words this differently: {said}.",
            "Ask for the topic that it is about, in such words if any are needed.",
        )


def _topics(known: Known, asked: Sequence[str]) -> tuple[str, ...]:
    wanted = [normalise(topic)[: TOPIC_CHARACTERS + 1] for topic in asked if normalise(topic)]
    if not wanted:
        raise UsageError("No topic was given.", "Try: --topic self-disclosure")
    if len(wanted) > MOST_TOPICS:
        raise UsageError(
            f"One exercise takes up to {MOST_TOPICS} topics.", "Make a course pack for more."
        )
    return tuple(dict.fromkeys(_topic(known, topic) for topic in wanted))


def _topic(known: Known, typed: str) -> str:
    topics = known.library.topics
    folded = typed.casefold()
    for slug, words in topics.items():
        if folded in {slug, slug.replace("-", " "), words.casefold()}:
            return slug
    near = list(dict.fromkeys([*_like(folded, topics), *known.suggest(typed)]))
    held = [slug for slug in near if slug in topics][:4]
    hint = (
        "Nearest: " + "; ".join(f"{slug} ({topics[slug]})" for slug in held) + "."
        if held
        else "Topics: " + ", ".join(sorted(covered(known.situations))) + "."
    )
    raise UsageError(f"The library has no topic “{_short(typed)}”.", hint)


def _like(typed: str, topics: Mapping[str, str]) -> list[str]:
    words = set(re.findall(r"[a-z]{4,}", typed))
    shared = [
        slug
        for slug, label in topics.items()
        if words & set(re.findall(r"[a-z]{4,}", f"{slug} {label}".lower()))
    ]
    return difflib.get_close_matches(typed, list(topics), n=3, cutoff=0.6) + shared


def covered(situations: Sequence[Situation]) -> dict[str, int]:
    """How many situations touch each topic."""
    counts: dict[str, int] = {}
    for situation in situations:
        for topic in situation.topics:
            counts[topic] = counts.get(topic, 0) + 1
    return counts


def _one(value: str, known: Mapping[K, str], what: str) -> K:
    typed = normalise(value).casefold()
    for name, words in known.items():
        if typed in {name.casefold(), words.casefold(), name.replace("-", " ")}:
            return name
    raise UsageError(
        f"The library knows no {what} called “{_short(value)}”.",
        f"Known: {', '.join(known)}.",
    )


def _country(library: Library, value: str) -> str:
    typed = normalise(value).casefold()
    held = {source.jurisdiction for source in library.sources.values()}
    countries = held - {"International", "not stated"}
    for country in sorted(countries):
        if typed == country.casefold():
            return "England" if country in HOME_JURISDICTIONS else country
    single = sorted(countries - (HOME_JURISDICTIONS - {"England"}))
    raise UsageError(
        f"The library holds nothing from “{_short(value)}”.",
        f"It holds sources from {', '.join(single)}.",
    )


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:60].rstrip() + "…"
