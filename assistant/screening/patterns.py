"""Finds which screening rules a folded question meets. Weighs nothing: that is for ``Screener``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.prompts import Rule, ScreeningRules, Verdict
from assistant.screening.folding import Folded

_Pattern = re.Pattern[str] | None


@dataclass(frozen=True)
class Hit:
    """A rule that was met."""

    name: str
    verdict: Verdict
    certain: bool


@dataclass(frozen=True)
class _Compiled:
    rule: Rule
    match: _Pattern
    also: _Pattern
    unless: _Pattern
    unless_message: _Pattern
    even_if: _Pattern


class Patterns:
    """The rules of one file, ready to be tried."""

    def __init__(self, rules: ScreeningRules) -> None:
        self._rules = tuple(_compile(rules, rule) for rule in rules.rules)
        self._follow_up = tuple(
            (rules.compile(rule.match), rules.compile(rule.unless)) for rule in rules.follow_up
        )
        self._follow_up_names = tuple(rule.name for rule in rules.follow_up)
        self._alarm = rules.compile(rules.topics.alarm)
        self._policy = rules.compile(rules.topics.policy)
        self._trade = rules.compile(rules.topics.trade)
        self._held = rules.compile(("{training}", "{hypothetical}", "{policyq}", "{past}"))
        self._leaving = rules.compile(("{away_for_work}",))

    def hits(self, folded: Folded) -> tuple[Hit, ...]:
        """Every rule that the question meets, in the order of the file."""
        return tuple(
            Hit(c.rule.name, c.rule.verdict, c.rule.strength == "certain")
            for c in self._rules
            if _meets(c, folded)
        )

    def goes_on(self, folded: Folded) -> tuple[str, ...]:
        """Names of the follow-up rules met by the message as a whole."""
        found = []
        for name, (match, unless) in zip(self._follow_up_names, self._follow_up, strict=True):
            if _found(match, folded.whole) and not _found(unless, folded.whole):
                found.append(name)
        return tuple(found)

    def leaves_for_work(self, sentence: str) -> bool:
        """Whether a folded sentence speaks of a move, a holiday, a new post or the like."""
        return _found(self._leaving, sentence)

    def sounds_alarming(self, sentence: str) -> bool:
        """Whether a word that messages of danger are made of stands in a folded sentence."""
        return _found(self._alarm, sentence)

    def speaks_of_policy(self, folded: Folded) -> bool:
        """Whether words of risk, force or harm stand in it."""
        return _found(self._policy, folded.whole)

    def speaks_the_trade(self, folded: Folded) -> bool:
        """Whether words of the work stand in it."""
        return _found(self._trade, folded.whole)

    def holds_back(self, sentence: str) -> bool:
        """Whether a folded sentence is worded as policy, training, an "if" or the past."""
        return _found(self._held, sentence)


def _compile(rules: ScreeningRules, rule: Rule) -> _Compiled:
    if rule.raw:
        return _Compiled(rule, re.compile("|".join(rule.match)), None, None, None, None)
    return _Compiled(
        rule,
        rules.compile(rule.match),
        rules.compile(rule.also),
        rules.compile(rule.unless),
        rules.compile(rule.unless_message),
        rules.compile(rule.even_if),
    )


def _meets(compiled: _Compiled, folded: Folded) -> bool:
    """Whether any sentence meets the rule with nothing to hold it back."""
    if compiled.rule.raw:
        return _found(compiled.match, folded.raw)
    own = compiled.rule.verdict == "crisis_self"
    parts = folded.own if own else folded.parts
    if compiled.also and not _found(compiled.also, " ".join(parts)):
        return False
    if _found(compiled.unless_message, folded.whole):
        return False
    return any(_sentence_meets(compiled, part) for part in parts)


def _sentence_meets(compiled: _Compiled, sentence: str) -> bool:
    if not _found(compiled.match, sentence):
        return False
    return not _found(compiled.unless, sentence) or _found(compiled.even_if, sentence)


def _found(pattern: _Pattern, text: str) -> bool:
    return pattern is not None and pattern.search(text) is not None
