"""Lets a ``Varier`` reword the fiction of one exercise, and counts what came of it.

What comes back stands only where ``retelling`` finds that it still tells the same story; else the
written text does, and the exercise says how often.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from assistant.errors import ModelError
from assistant.scenarios.kitchen import Kitchen, Varier
from assistant.scenarios.records import Situation
from assistant.scenarios.retelling import Rules, fault_of, rules_of
from assistant.text import normalise


@dataclass
class Rewording:
    """Rewords the pieces of one exercise, and counts what came of it.

    After a call that failed the model is left alone: a trainer should not wait for one failure
    after another.
    """

    varier: Varier | None
    rules: Rules
    reworded: int = 0
    faults: list[str] = field(default_factory=list)
    left: int = 0
    trouble: str = ""

    @classmethod
    def of(cls, kitchen: Kitchen) -> Rewording:
        """For one exercise of a kitchen."""
        known = kitchen.known
        if kitchen.varier is None:
            return cls(None, Rules(known.words))
        return cls(kitchen.varier, rules_of(known.words, known.library, known.situations))

    def piece(self, text: str, situation: Situation) -> str:
        """A piece of a story; in a model's words only where they still tell it."""
        plain = " ".join(text.split())
        if self.varier is None:
            return plain
        if self.trouble:
            self.left += 1
            return plain
        people = [person.name for person in situation.people]
        try:
            other = normalise(self.varier.vary(plain, people))
        except ModelError as error:
            self.trouble = error.message
            self.left += 1
            return plain
        fault = fault_of(plain, other, situation, self.rules)
        if fault is not None:
            self.faults.append(fault)
            return plain
        self.reworded += 1
        return other

    def notes(self) -> tuple[str, ...]:
        """What a trainer should know of it; nothing where no model was asked."""
        kept = len(self.faults) + self.left
        pieces = self.reworded + kept
        if not pieces:
            return ()
        said = [_done(self.reworded, pieces)]
        if self.faults:
            reasons = "; ".join(dict.fromkeys(self.faults))
            said.append(f"What the model gave for {_count(len(self.faults))} had: {reasons}.")
        if self.trouble:
            said.append(f"It was not asked further: {self.trouble}")
        if self.reworded:
            said.append("A program checked them; read them before you use them.")
        return (" ".join(said),)


def _count(pieces: int) -> str:
    return "one piece" if pieces == 1 else f"{pieces} pieces"


def _done(reworded: int, pieces: int) -> str:
    kept = pieces - reworded
    if not reworded:
        stands = "stands" if pieces == 1 else "stand"
        return f"A chat model was asked to reword the story; {_count(pieces)} {stands} as written."
    if not kept:
        return f"A chat model reworded the story, {_count(pieces)} of it."
    was = "was" if kept == 1 else "were"
    return (
        f"A chat model reworded {_count(reworded)} of the story; {_count(kept)} {was} kept as"
        " written."
    )
