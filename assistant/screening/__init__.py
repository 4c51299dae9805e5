"""Decides what a question is before anything is looked up: danger, not for us, or free to go on.

Two signals that do not depend on each other: patterns held as data, and the nearest of several
hundred labelled messages. Danger is looked for first and in every sentence. Nothing here finds
help or words an answer, and no measure of risk leaves this module: only names of rules do. A
fault raises; an unscreened question never passes as harmless.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

from assistant.errors import AssistantError, ModelError, PromptError
from assistant.prompts import EXAMPLES_FILE, Label, ScreeningRules, Verdict
from assistant.schema import Reason, RiskSubject, Screening, Turn
from assistant.screening.examples import (
    DANGER,
    DECLINED,
    HARMLESS,
    NearestExamples,
    Scores,
    Vectors,
    Votes,
    best,
    checked_vectors,
    lead,
)
from assistant.screening.folding import Folded, Folder
from assistant.screening.learned import LearnedLabels
from assistant.screening.patterns import Hit, Patterns

__all__ = [
    "Screener",
    "by_nearness_alone",
    "danger_by_nearness_alone",
    "declined_by_nearness_alone",
    "example_vectors",
]

Embed = Callable[[Sequence[str]], Vectors]

RECENT_TURNS = 2
MAX_PARTS = 60
MIN_PART_WORDS = 4
SEEN_WHOLE = 100
"""Words of a message up to which what the model says of it holds for all of it."""
MIN_WORDS = 3
DECLINED_WORDS = 6
"""Words from which the examples alone may decline: "and if I say no?" goes on with something."""
OWN_NEARLY = 0.25
"""By how much another's danger must be likelier than the asker's own to be taken for it."""
OWN_FIRST = 0.5
"""How far the examples may favour another reason where a rule sees the asker's own danger."""
_SUBJECT: dict[Label, RiskSubject] = {
    "crisis_self": "own",
    "crisis_other": "other",
    "safeguarding": "other",
}


@dataclass(frozen=True)
class _Reading:
    """Everything that was found out about one message."""

    folded: Folded
    hits: tuple[Hit, ...]
    whole: Scores
    parts: tuple[tuple[str, Scores], ...]

    @property
    def is_short(self) -> bool:
        """One or two words: a topic or a sign of life, too little to compare with examples."""
        return len(self.folded.whole.split()) < MIN_WORDS


class Screener:
    """Screens questions with one set of rules and one embedding model.

    Args:
        rules: from ``assistant.prompts.load_screening``.
        embed: unit vectors of texts, shape (n, dimensions).
        vectors: vectors of the examples from ``example_vectors``, if they were kept.
        votes: ``Screener.votes`` of an earlier start with the same rules and vectors.
        learned: a fitted model whose scores are weighed in; None goes by the examples alone.

    Raises:
        PromptError: there are no examples.
        ModelError: the vectors cannot be used.
    """

    def __init__(
        self,
        rules: ScreeningRules,
        embed: Embed,
        vectors: Vectors | None = None,
        votes: Votes | None = None,
        learned: LearnedLabels | None = None,
    ) -> None:
        if not rules.examples:
            raise PromptError(EXAMPLES_FILE, "", "holds no examples.")
        self._limits = rules.model
        self._embed = embed
        self._folder = Folder(rules)
        self._patterns = Patterns(rules)
        known = example_vectors(rules, embed) if vectors is None else vectors
        self._examples = NearestExamples(rules, known, votes)
        self._learned = learned

    @property
    def votes(self) -> Votes:
        """What the examples vote with; costly to work out and the same for the same files."""
        return self._examples.votes

    def screen(self, question: str, history: Sequence[Turn] = ()) -> Screening:
        """What the question is. Earlier turns can raise the level, never lower it.

        Raises:
            ModelError: the embedding model failed; nothing is known about the question then.
        """
        reading = self._read(question)
        alone = self._judge(reading)
        if alone.outcome == "signposted" and any(hit.verdict in DANGER for hit in reading.hits):
            return alone
        # Whose danger a short reply speaks of is plainer from the turn before than from examples.
        return self._after_danger(reading, history, alone) or alone

    def _read(self, text: str) -> _Reading:
        folded = self._folder.fold(text)
        # In a role play or a draft, what stands in quotation marks is nobody's own message.
        sentences = folded.own if self._patterns.holds_back(folded.whole) else folded.parts
        parts = [part for part in sentences if len(part.split()) >= MIN_PART_WORDS]
        texts = [folded.whole, *(_spread(parts) if len(folded.parts) > 1 else ())]
        if not folded.whole:
            # Signs only: there is nothing to compare, and a model gives such texts any vector.
            return _Reading(folded, self._patterns.hits(folded), _nothing(), ())
        scores = self._scores(texts)
        named = tuple(zip(texts[1:], scores[1:], strict=True))
        return _Reading(folded, self._patterns.hits(folded), scores[0], named)

    def _scores(self, texts: Sequence[str]) -> list[Scores]:
        """Label scores of each text: by the nearest examples and, where there is one, by the fitted
        model; whatever breaks in either becomes a ``ModelError``."""
        near = self._examples.scores(_vectors(self._embed, texts))
        if self._learned is None:
            return near
        try:
            fitted = self._learned.scores(texts)
        except AssistantError:
            raise
        except Exception as error:
            raise ModelError("The fitted model failed while screening.") from error
        share = self._limits.learned
        return [
            {label: (1 - share) * one[label] + share * other[label] for label in one}
            for one, other in zip(near, fitted, strict=True)
        ]

    def _judge(self, reading: _Reading) -> Screening:
        """The message by itself: danger first, then what is declined, then its subject."""
        return (
            self._danger(reading)
            or self._declined(reading)
            or Screening(
                outcome=None,
                reason=None,
                risk_subject=self._harmless_subject(reading),
                signals=tuple(hit.name for hit in reading.hits),
            )
        )

    def _danger(self, reading: _Reading) -> Screening | None:
        found = [hit for hit in reading.hits if hit.verdict in DANGER]
        hits = [hit for hit in found if not self._denied(hit, reading)]
        certain = [hit for hit in hits if hit.certain]
        if certain:
            return _signposted(_choose(certain, reading.whole), hits)
        if not hits and reading.is_short:
            return None
        near = self._danger_by_examples(reading)
        if near:
            label, signal = near
            return _signposted(cast(Verdict, label), hits, signal)
        margin = max(lead(s, DANGER, HARMLESS) for s in _all_scores(reading))
        agreeing = {h.name for h in hits if sum(h.verdict == x.verdict for x in hits) > 1}
        if hits and (agreeing or margin > self._limits.danger_likely):
            return _signposted(_choose(hits, reading.whole), hits)
        return None

    def _danger_by_examples(self, reading: _Reading) -> tuple[Label, str] | None:
        """The danger that the examples alone see, in the whole message or in one sentence."""
        if self._leads(reading.whole, self._limit_of_whole(reading.folded.whole)):
            return _whose(reading.whole), "examples-whole"
        if self._harmless_as_a_whole(reading):
            return None
        for part, scores in reading.parts:
            if self._leads(scores, self._limit_of_part(part)):
                return _whose(scores), "examples-part"
        return None

    def _harmless_as_a_whole(self, reading: _Reading) -> bool:
        """Whether a message is so plainly harmless that none of its sentences speaks for itself:
        "I'm done" in a question about what young people say."""
        return self._whole_leads_less_than(self._limits.danger_part_floor, reading)

    def _denied(self, hit: Hit, reading: _Reading) -> bool:
        """Whether a rule on another's danger ("says she'll throw herself under a bus") is denied by
        a message that as a whole is plainly harmless. What people say of themselves never is."""
        if hit.verdict == "crisis_self":
            return False
        return self._whole_leads_less_than(self._limits.danger_rule_floor, reading)

    def _whole_leads_less_than(self, limit: float, reading: _Reading) -> bool:
        """Whether danger leads the whole message by less than a limit. Of a long text the model
        sees only a part, which says nothing of the rest; one or two words say too little."""
        words = len(reading.folded.whole.split())
        if not MIN_WORDS <= words <= SEEN_WHOLE:
            return False
        return lead(reading.whole, DANGER, HARMLESS) < limit

    def _leads(self, scores: Scores, limit: float) -> bool:
        """Whether danger leads everything harmless, and is not outweighed by something declined.
        Another's danger must be plainer than the asker's own: most of what people ask at work is
        about somebody else."""
        more = 0.0 if _whose(scores) == "crisis_self" else self._limits.danger_other_more
        leads = lead(scores, DANGER, HARMLESS) > limit + more
        return leads and lead(scores, DANGER, DECLINED) > 0

    def _limit_of_whole(self, text: str) -> float:
        """By how much the examples must see danger in a message, from how it is worded."""
        if not self._patterns.sounds_alarming(text):
            return self._limits.danger_alone_plain
        held = self._patterns.holds_back(text)
        return self._limits.danger_alone_held if held else self._limits.danger_alone

    def _limit_of_part(self, text: str) -> float:
        """The same for one sentence, which lacks what stands around it and so must be plainer."""
        if not self._patterns.sounds_alarming(text):
            return self._limits.danger_part_plain
        held = self._patterns.holds_back(text) or self._patterns.leaves_for_work(text)
        return self._limits.danger_part_held if held else self._limits.danger_alone_part

    def _declined(self, reading: _Reading) -> Screening | None:
        hits = [hit for hit in reading.hits if hit.verdict in DECLINED]
        certain = [hit for hit in hits if hit.certain]
        if certain:
            return _declined(_choose(certain, reading.whole), hits)
        margin = lead(reading.whole, DECLINED, (*HARMLESS, *DANGER))
        if hits and margin > self._limits.declined_likely:
            return _declined(_choose(hits, reading.whole), hits)
        if len(reading.folded.whole.split()) < DECLINED_WORDS:
            return None
        trade = self._patterns.speaks_the_trade(reading.folded)
        limit = self._limits.declined_trade if trade else self._limits.declined_alone
        if margin > limit:
            return _declined(cast(Verdict, best(reading.whole, DECLINED)), hits, "examples-whole")
        return None

    def _harmless_subject(self, reading: _Reading) -> RiskSubject:
        margin = reading.whole["policy"] - reading.whole["none"]
        if self._patterns.speaks_of_policy(reading.folded) and margin > -0.5:
            return "policy"
        return "policy" if margin > self._limits.policy else "none"

    def _after_danger(
        self, reading: _Reading, history: Sequence[Turn], alone: Screening
    ) -> Screening | None:
        """The level raised, where one of the last turns was danger and this one goes on with it."""
        before = self._earlier_danger(history)
        if before is None:
            return None
        names = self._patterns.goes_on(reading.folded)
        near = lead(reading.whole, DANGER, HARMLESS) > self._limits.danger_follow_up
        if not names and not near and alone.outcome != "signposted":
            return None
        signals = (*alone.signals, *(names or ("examples-follow-up",)))
        return Screening(
            outcome="signposted", reason=before, risk_subject=_SUBJECT[before], signals=signals
        )

    def _earlier_danger(self, history: Sequence[Turn]) -> Verdict | None:
        """The danger of the latest of the last turns that was one."""
        for turn in reversed(history[-RECENT_TURNS:]):
            reading = self._read(turn.question)
            judged = self._danger(reading)
            if judged is not None:
                return cast(Verdict, judged.reason)
            if turn.outcome == "signposted":
                # Raised at the time by the turns before it, which are no longer in view.
                return cast(Verdict, best(reading.whole, DANGER))
        return None


def by_nearness_alone(screening: Screening) -> bool:
    """Whether nearness to examples alone saw the asker's own danger, and no rule on their words."""
    return screening.reason == "crisis_self" and not _by_rule(screening)


def danger_by_nearness_alone(screening: Screening) -> bool:
    """Whether nearness to examples alone saw somebody's danger, the asker's or another's."""
    return screening.outcome == "signposted" and bool(screening.signals) and not _by_rule(screening)


def declined_by_nearness_alone(screening: Screening) -> bool:
    """Whether a message was declined as a case of medicine, law or therapy, or as not about peer
    support, only because it lies near such examples. What looks like an order never counts."""
    declined = screening.outcome == "declined" and screening.reason != "injection"
    return declined and bool(screening.signals) and not _by_rule(screening)


def _by_rule(screening: Screening) -> bool:
    return any(not signal.startswith("examples") for signal in screening.signals)


def example_vectors(rules: ScreeningRules, embed: Embed) -> Vectors:
    """Vectors of the examples, folded as questions are, in the order of the file.

    Raises:
        ModelError: the embedding model failed.
    """
    folder = Folder(rules)
    return _vectors(embed, [folder.fold(example.text).whole for example in rules.examples])


def _vectors(embed: Embed, texts: Sequence[str]) -> Vectors:
    """Vectors of the texts; whatever breaks in the model becomes a ``ModelError``."""
    try:
        found = embed(texts)
    except AssistantError:
        raise
    except Exception as error:
        raise ModelError("The embedding model failed while screening.") from error
    return checked_vectors(found, len(texts))


def _spread(parts: Sequence[str]) -> list[str]:
    """At most ``MAX_PARTS`` of the sentences; of a longer text the first and the last ones, since
    a person's own words stand around what they paste, not inside it."""
    if len(parts) <= MAX_PARTS:
        return list(parts)
    half = MAX_PARTS // 2
    return [*parts[:half], *parts[-half:]]


def _whose(scores: Scores) -> Label:
    """Which danger; the asker's own where it is nearly as likely as another's."""
    likeliest = best(scores, DANGER)
    return "crisis_self" if scores["crisis_self"] + OWN_NEARLY >= scores[likeliest] else likeliest


def _all_scores(reading: _Reading) -> list[Scores]:
    return [reading.whole, *(scores for _, scores in reading.parts)]


def _choose(hits: Sequence[Hit], scores: Scores) -> Verdict:
    """Which verdict of several: the asker's own danger first, then what the examples favour."""
    verdicts = {hit.verdict for hit in hits}
    if "crisis_self" in verdicts and len(verdicts) > 1:
        others = [v for v in verdicts if v != "crisis_self"]
        if scores["crisis_self"] + OWN_FIRST >= max(scores[v] for v in others):
            return "crisis_self"
        verdicts.discard("crisis_self")
    return max(sorted(verdicts), key=lambda verdict: scores[verdict])


def _signposted(verdict: Verdict, hits: Sequence[Hit], *more: str) -> Screening:
    return Screening(
        outcome="signposted",
        reason=cast(Reason, verdict),
        risk_subject=_SUBJECT[verdict],
        signals=(*(hit.name for hit in hits), *more),
    )


def _declined(verdict: Verdict, hits: Sequence[Hit], *more: str) -> Screening:
    return Screening(
        outcome="declined",
        reason=cast(Reason, verdict),
        risk_subject="none",
        signals=(*(hit.name for hit in hits), *more),
    )


def _nothing() -> Scores:
    return dict.fromkeys((*DANGER, *HARMLESS, *DECLINED), 0.0)
