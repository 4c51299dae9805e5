"""What trainers work with: exercises, course packs, and feedback on a learner's answer.

What is read once is kept; safe to share between threads.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from assistant.assembly import prepared_screener, vector_model
from assistant.corpus import Library
from assistant.errors import UsageError
from assistant.prompts import load_messages, load_signposts
from assistant.scenarios.compose import compose
from assistant.scenarios.course import Course, course_of
from assistant.scenarios.exercise import Exercise
from assistant.scenarios.feedback import Feedback, FeedbackReader, answer_text
from assistant.scenarios.kitchen import Kitchen, Varier, kitchen_of
from assistant.scenarios.reading import read_situations
from assistant.scenarios.records import Situation
from assistant.scenarios.request import covered, understood
from assistant.schema import Evidence, Screening, Signpost
from assistant.settings import Settings
from assistant.text import normalise

Search = Callable[[str], Sequence[Evidence]]
Screen = Callable[[str], Screening]
NEAR = 4
"""Topics that are offered where one is unknown."""
NEAR_NOTES = 12
"""Notes whose topics are counted for that."""


@dataclass(frozen=True)
class Help:
    """What stands before anything else where somebody may be in danger."""

    lines: tuple[str, ...]
    signposts: tuple[Signpost, ...]


class Trainers:
    """The tools for trainers over one library.

    Args:
        settings: name the folders of the library and of the prompts.
        library: as read from that folder.
        search: finds evidence for some words, so that topics near unknown ones can be named.
        screen: tells who is in danger; prepared from the settings where None is given.
        varier: rewords fiction; a chat model, where one is set.
    """

    def __init__(
        self,
        settings: Settings,
        library: Library,
        search: Search = lambda words: (),
        screen: Screen | None = None,
        varier: Varier | None = None,
    ) -> None:
        self.settings = settings
        self.library = library
        self._search = search
        self._screen = screen
        self._varier = varier

    @cached_property
    def situations(self) -> tuple[Situation, ...]:
        """What exercises are built from.

        Raises:
            CorpusError: one is broken.
        """
        return read_situations(self.settings.corpus, self.library)

    @cached_property
    def kitchen(self) -> Kitchen:
        """What exercises are made with.

        Raises:
            CorpusError, PromptError: a file of ours is broken.
        """
        return kitchen_of(
            self.settings.corpus, self.settings.prompts, self.library, self._near, self._varier
        )

    @cached_property
    def _reader(self) -> FeedbackReader:
        return FeedbackReader(self.library, vector_model(self.settings).fresh)

    @cached_property
    def screen(self) -> Screen:
        """Tells whose danger some words speak of; what is typed freely goes through it first."""
        if self._screen is not None:
            return self._screen
        return prepared_screener(self.settings, vector_model(self.settings)).screen

    def _near(self, words: str) -> Sequence[str]:
        counts = Counter(topic for found in self._search(words) for topic in found.topics)
        return [name for name, _ in counts.most_common(NEAR)]

    @cached_property
    def topics(self) -> dict[str, str]:
        """Labels of the topics that situations are about, by slug, in the order of the labels.

        Raises:
            CorpusError: a situation is broken.
        """
        held = covered(self.situations)
        labels = {slug: words for slug, words in self.library.topics.items() if slug in held}
        return dict(sorted(labels.items(), key=lambda item: item[1].casefold()))

    def unknown_topics(self, topics: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Which of some topics the library does not have, each with the slugs of those nearest that
        there are situations on. Wordings that are refused are left out: they are answered with
        the refusal, not with a neighbour."""
        words = self.kitchen.known.words
        unknown = [
            topic
            for topic in map(normalise, topics)
            if topic and self._slug(topic) is None and not words.asks_for_methods(topic)
        ]
        return {topic: self._nearest(topic) for topic in unknown if not words.found(topic)}

    def _slug(self, words: str) -> str | None:
        folded = words.casefold()
        for slug, label in self.library.topics.items():
            if folded in {slug, slug.replace("-", " "), label.casefold()}:
                return slug
        return None

    def _nearest(self, words: str) -> tuple[str, ...]:
        return tuple(slug for slug in self._near(words) if slug in self.topics)

    def help_first(self, texts: Sequence[str]) -> Help | None:
        """Where to turn, if one of some freely typed texts speaks of danger; else None. Names of
        topics, and one or two words, are nobody's message."""
        known = {*self.library.topics, *(t.casefold() for t in self.library.topics.values())}
        for text in texts:
            if len(text.split()) < 3 or text.strip().casefold() in known:
                continue
            found = self.screen(text)
            if found.outcome == "signposted" and found.reason is not None:
                message = load_messages(self.settings.prompts).for_key(found.reason)
                places = load_signposts(self.settings.prompts).for_reason(found.reason, text)
                return Help((*message.lead, *message.steps), places)
        return None

    def exercise(self, **wanted: Any) -> Exercise:
        """One exercise; arguments as ``scenarios.request.understood`` takes them.

        Raises:
            UsageError: something in it is unknown, or worded as no exercise is.
        """
        return compose(understood(self.kitchen.known, **wanted), self.kitchen)

    def course_pack(self, topics: Sequence[str], minutes: int, **wanted: Any) -> Course:
        """Several exercises with what belongs to them; see ``scenarios.course.course_of``."""
        return course_of(self.kitchen, topics=topics, minutes=minutes, **wanted)

    def situation(self, situation_id: str) -> Situation:
        """The situation of an id.

        Raises:
            UsageError: there is none; names the nearest.
        """
        by_id = {situation.id: situation for situation in self.situations}
        name = situation_id.strip()
        if name in by_id:
            return by_id[name]
        close = difflib.get_close_matches(name, by_id, n=3, cutoff=0.4)
        hint = f"The nearest: {', '.join(close)}." if close else "See: peer-support situations list"
        raise UsageError(f"There is no situation {name}.", hint)

    def feedback(
        self, situation_id: str, answer: str, *, about_the_story: bool = False
    ) -> Feedback:
        """Which points of a situation a learner's answer touches; help first where they may speak
        of their own danger.

        Args:
            situation_id: that was answered.
            answer: in the learner's words.
            about_the_story: somebody said that the words are not about the learner.

        Raises:
            UsageError: there is no such situation, or the answer is empty or far too long.
        """
        situation, text = self.situation(situation_id), answer_text(answer)
        if about_the_story:
            return self._reader.read(situation, text)
        return self._reader.answer(situation, text, self.screen(text), self.settings.prompts)
