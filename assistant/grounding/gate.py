"""The gate: rules that are certain refuse a claim alone; the others are weighed, with the fitted
model's score where there is one, against one threshold.

No input or output. The weights are in ``weighing``, the rules in a module each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assistant.grounding import (
    actors,
    causes,
    countries,
    edits,
    force,
    names,
    negation,
    numbers,
    quotes,
    settings,
)
from assistant.grounding.coverage import Cover, cover
from assistant.grounding.findings import Case, Finding, Rule
from assistant.grounding.form import fault_of_form
from assistant.grounding.plain import read
from assistant.grounding.records import Claim, Entails, Fault, Judgement, Piece
from assistant.grounding.weighing import Kind, Weights, features, read_weights

RULES: tuple[Rule, ...] = (
    quotes.check,
    numbers.check,
    countries.check,
    names.check,
    force.check,
    negation.check,
    actors.check,
    settings.check,
    causes.check,
    edits.check,
)


def case_of(text: str, rests: Sequence[tuple[Piece, str]]) -> Case:
    """A claim beside the pieces that it names, as the rules read them."""
    pieces = {piece.key: piece for piece, _ in rests}.values()
    texts = tuple(read(piece.text) for piece in pieces)
    years = (f"{piece.source} {piece.year or ''} {_said(piece.jurisdiction)}" for piece in pieces)
    return Case(
        claim=read(text),
        evidence=read("\n".join(_ended(piece.text) for piece in pieces)),
        texts=texts,
        words=tuple(read(words) for _, words in rests),
        sources=read("; ".join(years)),
        places=tuple(dict.fromkeys(p.jurisdiction for p in pieces if p.jurisdiction)),
    )


def _said(jurisdiction: str) -> str:
    """A jurisdiction as words; those that are no country say nothing."""
    return "" if jurisdiction in {"International", "not stated"} else jurisdiction


def _ended(text: str) -> str:
    stripped = text.rstrip()
    return stripped if stripped.endswith((".", "!", "?")) else f"{stripped}."


def findings_of(case: Case) -> list[Finding]:
    """What all rules find against a claim; the certain ones first."""
    found = list(dict.fromkeys(finding for rule in RULES for finding in rule(case)))
    return sorted(found, key=lambda finding: not finding.sure)


class Gate:
    """Decides whether claims may be shown.

    Args:
        entails: scores (evidence, claim) pairs, 0 to 1; without it rules alone decide, and more
            true claims are kept back.
        threshold: the least probability of being borne out that passes; None takes the one that
            was chosen on the ``dev`` pairs.
        weights: which score ``entails`` gives.
    """

    def __init__(
        self,
        entails: Entails | None = None,
        threshold: float | None = None,
        weights: Kind = "with_model",
    ) -> None:
        self._entails = entails
        self._weights: Weights = read_weights("alone" if entails is None else weights)
        self.threshold = self._weights.threshold if threshold is None else threshold

    def judge(self, claim: Claim, pieces: Mapping[str, Piece]) -> Judgement:
        """Whether one claim may be shown.

        Args:
            claim: what is to be said, with what it rests on.
            pieces: the evidence that was given out, by key.
        """
        return self.judge_all([claim], pieces)[0]

    def judge_all(self, claims: Sequence[Claim], pieces: Mapping[str, Piece]) -> list[Judgement]:
        """One judgement a claim, in their order; the model is asked once for all of them."""
        first = [self._by_rules(claim, pieces) for claim in claims]
        open_ones = [i for i, found in enumerate(first) if not isinstance(found, Judgement)]
        scores = self._scores([claims[i] for i in open_ones], pieces)
        judged: dict[int, Judgement] = {}
        for place, score in zip(open_ones, scores, strict=True):
            found = first[place]
            assert not isinstance(found, Judgement)
            judged[place] = self._weighed(*found, score)
        return [
            found if isinstance(found, Judgement) else judged[i] for i, found in enumerate(first)
        ]

    def _by_rules(
        self, claim: Claim, pieces: Mapping[str, Piece]
    ) -> Judgement | tuple[Case, list[Finding], Cover]:
        """A judgement where it is certain; else what was found, to be weighed."""
        unknown = next((rest.key for rest in claim.rests_on if rest.key not in pieces), None)
        if unknown is not None:
            return Judgement("unknown_key", unknown[:40])
        rests = [(pieces[rest.key], rest.words) for rest in claim.rests_on]
        certain = _certain(claim.text, rests)
        if certain is not None:
            return certain
        case = case_of(claim.text, rests)
        if _replays(case):
            return Judgement()
        found = findings_of(case)
        if found and found[0].sure:
            return Judgement(found[0].fault, found[0].detail)
        return case, found, cover(case)

    def _scores(
        self, claims: Sequence[Claim], pieces: Mapping[str, Piece]
    ) -> Sequence[float | None]:
        if self._entails is None or not claims:
            return [None] * len(claims)
        return list(self._entails([(evidence_of(claim, pieces), claim.text) for claim in claims]))

    def _weighed(
        self, case: Case, found: Sequence[Finding], covered: Cover, score: float | None
    ) -> Judgement:
        values = features(case, found, covered, score)
        if self._weights.probability(values) >= self.threshold:
            return Judgement()
        return Judgement(*_reason(found, covered))


def evidence_of(claim: Claim, pieces: Mapping[str, Piece]) -> str:
    """The texts that a claim rests on, parted by empty lines, as a model is given them."""
    keys = dict.fromkeys(rest.key for rest in claim.rests_on)
    return "\n\n".join(pieces[key].text for key in keys)


def _certain(text: str, rests: Sequence[tuple[Piece, str]]) -> Judgement | None:
    """What refuses a claim before its meaning is looked at."""
    fault = quotes.named_words([(piece.text, words) for piece, words in rests])
    if fault is not None:
        return Judgement(fault.fault, fault.detail)
    if _replays(case_of(text, rests)):
        return None
    evidence = " ".join(piece.text for piece, _ in rests).lower()
    form = fault_of_form(text, read(text), evidence)
    return Judgement("form", form) if form else None


def _replays(case: Case) -> bool:
    """Whether a claim is made of whole sentences of its evidence."""
    sentences = {_letters(text, a, b) for text in case.texts for a, b in text.sentences}
    return all(_letters(case.claim, a, b) in sentences for a, b in case.claim.sentences)


def _letters(text: object, a: int, b: int) -> tuple[str, ...]:
    return tuple(word.text for word in text.words[a:b])  # type: ignore[attr-defined]


def _reason(found: Sequence[Finding], covered: Cover) -> tuple[Fault, str]:
    """The fault that is told of a claim that was weighed and found wanting."""
    if found:
        return found[0].fault, found[0].detail
    if covered.missing and covered.share < 0.75:
        return "uncovered", ", ".join(covered.missing[:5])
    return "unsupported", ""


_OF_SOURCE = frozenset({"name", "country", "actor", "setting"})
"""Faults of what a claim may have from its source alone."""


def replays(text: str, rests: Sequence[tuple[str, str]], sources: Sequence[str] = ()) -> Judgement:
    """Whether a statement still stands by the rules that are certain, without a model.

    For checking an answer again from what it cites alone: the words named stand in their evidence,
    and no number, word of force or denial is against it; no name, country, actor or setting either
    where the sources are given, since a statement may have these from its source.

    Args:
        text: the statement.
        rests: (text of the evidence, exact words of it) for all that it rests on.
        sources: for each of them whose it is, with its year and country, where that is known.
    """
    whose = [*sources, *[""] * len(rests)]
    named = [
        (Piece(str(i), evidence, whose[i]), words) for i, (evidence, words) in enumerate(rests)
    ]
    certain = _certain(text, named)
    if certain is not None:
        return certain
    case = case_of(text, named)
    if _replays(case):
        return Judgement()
    passed_over = frozenset() if sources else _OF_SOURCE
    for finding in findings_of(case):
        dated = not sources and finding.fault == "number" and _is_year(finding.detail)
        if finding.sure and finding.fault not in passed_over and not dated:
            return Judgement(finding.fault, finding.detail)
    return Judgement()


def _is_year(detail: str) -> bool:
    return detail.isdecimal() and len(detail) == 4
