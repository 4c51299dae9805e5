"""What a rule finds against a claim, and what every rule is given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assistant.grounding.plain import Text
from assistant.grounding.records import Fault


@dataclass(frozen=True)
class Finding:
    """Something against a claim: certain enough to refuse alone, or one sign among others.

    Args:
        fault: what is wrong.
        detail: on which words.
        sure: whether it refuses by itself.
        sign: what kind of sign it is, for the weighing; the fault where it is empty.
    """

    fault: Fault
    detail: str
    sure: bool = True
    sign: str = ""


@dataclass(frozen=True)
class Case:
    """A claim beside the evidence that it names, as the rules read them.

    Args:
        claim: what is to be said.
        evidence: the whole texts that it rests on, one after the other.
        texts: the same texts, each by itself.
        words: the exact words that it names.
        sources: whose the evidence is, with its years: a claim may say so.
        places: countries that the evidence comes from.
    """

    claim: Text
    evidence: Text
    texts: tuple[Text, ...]
    words: tuple[Text, ...]
    sources: Text
    places: tuple[str, ...]


Rule = Callable[[Case], Sequence[Finding]]
