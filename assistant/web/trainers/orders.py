"""What a trainer asks for on the page, as it comes from a form, an address or a button.

An order is plain text and whole: a button carries it, so that the server keeps nothing between two
steps. An address carries it too, but for what somebody wrote in their own words.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from assistant.scenarios.details import Details, with_worker
from assistant.scenarios.exercise import Exercise

LEARNERS, MINUTES, SETTING, COUNTRY, LEVEL = "new-psw", "60", "any", "England", "starting"
"""What a form says before anybody changed it."""
NAME = "name:"
"""What the field of another name for somebody of the story begins with."""
_MOST_CHARACTERS = 400
"""Of one field; whatever is longer is refused by the rules for what it holds."""


@dataclass(frozen=True)
class Order:
    """An exercise, or a course, as asked for; nothing of it is checked yet.

    ``topics`` are slugs or somebody's own words, in their order; ``names`` maps people of the
    story to other names.
    """

    topics: tuple[str, ...] = ()
    learners: str = LEARNERS
    minutes: str = MINUTES
    setting: str = SETTING
    country: str = COUNTRY
    level: str = LEVEL
    seed: str = "1"
    place: str = ""
    service: str = ""
    worker: str = ""
    names: Mapping[str, str] = field(default_factory=dict)

    def details(self) -> Details:
        """The trainer's own words for the story."""
        given = Details(place=self.place, service=self.service, names=dict(self.names))
        return with_worker(given, self.worker) if self.worker else given

    def free_texts(self) -> tuple[str, ...]:
        """Everything that may have been typed and not chosen."""
        return (*self.topics, *self.details().texts())

    def wanted(self) -> dict[str, Any]:
        """What ``course_pack`` takes beside topics and minutes, and ``exercise`` too."""
        return {
            "learners": self.learners,
            "setting": self.setting,
            "country": self.country,
            "level": self.level,
            "seed": number(self.seed) or 1,
        }

    def another(self) -> Order:
        """The same with the next seed; names belong to one story, so only the worker's stays."""
        return replace(self, seed=str((number(self.seed) or 1) + 1), names={})

    def as_data(self) -> str:
        """The order as a button carries it; ``order_of`` reads what it becomes."""
        plain = {
            "topics": ",".join(self.topics),
            "learners": self.learners,
            "minutes": self.minutes,
            "setting": self.setting,
            "country": self.country,
            "level": self.level,
            "seed": self.seed,
            "place": self.place,
            "service": self.service,
            "worker": self.worker,
            **{f"{NAME}{old}": new for old, new in self.names.items()},
        }
        return json.dumps(plain, ensure_ascii=False)

    def address(self, view: str) -> str:
        """The address that opens this again, without anybody's own words for the story."""
        usual = Order()
        held = {
            "topics": ",".join(self.topics),
            "learners": self.learners,
            "minutes": self.minutes,
            "setting": self.setting,
            "country": self.country,
            "level": self.level,
            "seed": self.seed,
        }
        always = {"topics", "learners", "minutes", "seed"}
        said = {k: v for k, v in held.items() if k in always or v != getattr(usual, k)}
        query = urlencode({"place": "trainers", "view": view, **said}, safe=",")
        return f"?{query}"


def order_of(data: Mapping[str, str]) -> Order:
    """The order in what came from the page: ``topics`` parted by commas, ``own`` a topic in
    somebody's own words, and the fields of an order; whatever is missing is as usual."""
    chosen = [*data.get("topics", "").split(","), data.get("own", "")]
    topics = tuple(dict.fromkeys(topic.strip() for topic in chosen if topic.strip()))
    usual = Order(topics=topics)
    known = ("learners", "minutes", "setting", "country", "level", "seed", *_FREE)
    given: dict[str, Any] = {
        key: data[key].strip()[:_MOST_CHARACTERS] for key in known if data.get(key)
    }
    names = {
        key.removeprefix(NAME): value.strip()[:_MOST_CHARACTERS]
        for key, value in data.items()
        if key.startswith(NAME) and value.strip()
    }
    return replace(usual, **given, names=names)


_FREE = ("place", "service", "worker")


def order_for(exercise: Exercise) -> Order:
    """The order that makes an exercise again, without anybody's own words."""
    return Order(
        topics=exercise.topics,
        learners=exercise.learners,
        minutes=str(exercise.minutes),
        setting=exercise.setting,
        country=exercise.country,
        level=exercise.level,
        seed=str(exercise.seed),
    )


def number(text: str) -> int | None:
    """A whole number as typed; None where it is none, or far too long to be meant."""
    plain = text.strip()
    return int(plain) if plain.isdecimal() and len(plain) <= 6 else None
