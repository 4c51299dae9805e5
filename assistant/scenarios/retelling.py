"""Whether a reworded piece of a story still tells the same story.

Everything later in an exercise leans on the piece: decisions name the mug, answers count the weeks,
learners argue about what was said. So this gate is narrow: whoever and whatever is there stays, by
the same word; numbers, times, denials and spoken words stay; nobody and nothing joins them. It sees
words and not meaning: where in doubt it refuses, and what it lets pass a trainer still reads.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assistant.corpus import Library
from assistant.grounding.negation import negators
from assistant.grounding.numbers import numbers_of
from assistant.grounding.plain import STOP, Text, Word, folded, read, singular
from assistant.scenarios.building import WordList
from assistant.scenarios.records import Situation

LENGTHS = (0.6, 1.5)
"""How much shorter or longer a reworded piece may be, as a share of its words."""
NEW_WORDS, NEW_A_SENTENCE, WORDS_A_NEW_ONE = 0.5, 2, 8
"""Share of a reworded piece's content words that may stand nowhere in the situation; how many of a
sentence may stand nowhere in the piece, and after how many of its content words one more may."""
THINGS_LOST = 0.1
"""Share of the things that the rest of the story leans on that may go by another word."""

MANY_DENIALS = 3
"""From so many denials on, one fewer is let pass."""

_QUOTED = re.compile(r'"([^"]+)"')
_SIGNS = re.compile(r"[<>{}\[\]`*#|\\_=]|https?:|www\.")
_ABOUT_ITSELF = re.compile(
    r"\bas an ai\b|\blanguage model\b|\b(?:re-?worded|rewritten|paraphrased?|rephrased?)\b"
    r"|\bjson\b|\b(?:these|previous|prior|above|my|your) (?:instructions?|prompts?|rules)\b"
    r"|\bsystem (?:prompt|message)\b|\b(?:ignore|disregard|forget) (?:all|any|the|previous|every)"
    r"|\bi (?:cannot|can't|am unable to|won't) (?:help|assist|comply|continue|do that|reword)\b"
    r"|\bhere(?:'s| is) (?:the|a|your|my) (?:new|other|story|piece|version|text)\b"
    r"|\bthe (?:piece|text|story) (?:above|below|asks)\b"
)
_AMERICAN = re.compile(
    r"\b(?:(?:col|fav|behavi|neighb|hon|lab|harb|hum|fl|rum|vap)or(?:s|ed|ing|ful|able|hood|ite"
    r"|ites)?|(?:cent|theat|fib|lit)er(?:s|ed)?|gray|gotten|moms?|sidewalks?|pajamas"
    r"|counsel(?:or|ors|ing|ed)|travel(?:ed|ing|er|ers)|cancel(?:ed|ing)|label(?:ed|ing)"
    r"|(?:real|recogn|apolog|organ|critic|emphas|summar|minim|final)iz(?:e|es|ed|ing|ation)"
    r"|analyz(?:e|es|ed|ing)|defense|offense|jewelry|skeptical|trash|cell ?phones?)\b"
)
_MEANS = frozenset(
    "tablet tablets pill pills rope noose ligature razor razors blade blades knife knives scissors"
    " paracetamol overdose overdoses overdosed bleach petrol cord wrist wrists scar scars wound"
    " wounds blood bridge railway".split()
)
"""What nobody may bring into a story that did not hold it."""
_ILLNESS = frozenset(
    "diagnosis diagnosed psychosis psychotic psychiatric schizophrenia bipolar manic mania paranoid"
    " delusion delusions delusional hallucination hallucinations depression depressed depressive"
    " disorder disorders symptom symptoms relapse relapsed illness suicidal suicide medication"
    " medicine medicines dose doses therapy treatment treatments sectioned addiction addicted"
    " alcoholic unstable dangerous violent abuse abused trauma traumatic self-harm".split()
)
_ADVICE = frozenset({"should", "must", "ought", "shouldn't", "mustn't"})
_WHEN = frozenset(
    "morning afternoon evening night tonight midnight midday noon dawn dusk sunset tomorrow"
    " yesterday weekend daily weekly monthly yearly minute hour day week month year fortnight"
    " spring summer autumn winter".split()
)
_LOOSE_NUMBERS = frozenset({"both", "single", "couple", "pair", "one", "half", "once"})
"""Number words that as often say something else."""
_DETERMINERS = frozenset(
    "a an the his her its their my your our this that these those no every each another some any"
    " two three four five six seven eight nine ten eleven twelve".split()
)
_GENDERED = (
    frozenset({"he", "him", "his", "himself"}),
    frozenset({"she", "her", "hers", "herself"}),
)


@dataclass(frozen=True)
class Rules:
    """What a reworded piece is held against beside the piece itself.

    Args:
        words: wording that an exercise does not use of people.
        known: words, in small letters, that may open a sentence without being somebody's name.
    """

    words: WordList
    known: frozenset[str] = STOP


def rules_of(words: WordList, library: Library, situations: Sequence[Situation]) -> Rules:
    """The rules, with every word that the library or a story writes in small letters."""
    texts = [note.text for note in library.notes.values()]
    texts += [situation.story() for situation in situations]
    known = {word for text in texts for word in re.findall(r"\b[a-z]+\b", text)}
    return Rules(words, STOP | known)


@dataclass(frozen=True)
class _Both:
    """A piece as written and as reworded, read once."""

    plain: Text
    other: Text
    situation: Situation
    rules: Rules

    def added(self, part: Callable[[Text], frozenset[str]]) -> frozenset[str]:
        """What only the reworded one has."""
        return part(self.other) - part(self.plain)

    def differ(self, part: Callable[[Text], frozenset[str]]) -> bool:
        """Whether the two differ in a part."""
        return part(self.other) != part(self.plain)


def fault_of(plain: str, other: str, situation: Situation, rules: Rules) -> str | None:
    """Why a reworded piece may not stand for the written one, in a few words; None where it may.

    Args:
        plain: as written, on one line.
        other: as reworded, on one line.
        situation: that the piece is of.
        rules: what else it is held against.
    """
    if not other:
        return "no story in the form asked for"
    if other == plain:
        return "the same words"
    if _SIGNS.search(other):
        return "signs that no story has"
    shortest, longest = LENGTHS
    if not shortest <= len(other.split()) / max(len(plain.split()), 1) <= longest:
        return "another length"
    both = _Both(read(plain), read(other), situation, rules)
    return next((words for words, found in _CHECKS if found(both)), None)


# ---------------------------------------------------------------- what it may not bring


def _speaks_of_itself(both: _Both) -> bool:
    return bool(both.added(_matches(_ABOUT_ITSELF)))


def _is_american(both: _Both) -> bool:
    return bool(both.added(_matches(_AMERICAN)))


def _matches(pattern: re.Pattern[str]) -> Callable[[Text], frozenset[str]]:
    return lambda text: frozenset(match.group() for match in pattern.finditer(text.low))


def _hurts(both: _Both) -> bool:
    words = both.rules.words
    return bool(both.added(lambda text: frozenset(w.said for w in words.found(text.raw))))


def _tells_how(both: _Both) -> bool:
    """Whether it speaks of harm, or of means of it, where the written piece does not."""
    held, said = both.plain.raw, both.other.raw
    asks = both.rules.words.asks_for_methods
    # Either half of what marks a request for methods is one too many where it is new.
    act = asks(f"{said}. lethal") and not asks(f"{held}. lethal")
    detail = asks(f"suicide. {said}") and not asks(f"suicide. {held}")
    return act or detail or bool(both.added(_lows) & _MEANS)


def _names_illness(both: _Both) -> bool:
    return bool(both.added(_lows) & _ILLNESS)


def _advises(both: _Both) -> bool:
    return bool(both.added(_lows) & _ADVICE)


def _lows(text: Text) -> frozenset[str]:
    return frozenset(word.low for word in text.words)


def _is_other_tale(both: _Both) -> bool:
    """Whether too much of it stands nowhere in the situation, as in another language."""
    told = _stems(read(_everything(both.situation)))
    said = [word.stem for word in both.other.words if word.content]
    new = sum(word not in told for word in said)
    return not said or new / len(said) > NEW_WORDS


def _makes_something_up(both: _Both) -> bool:
    """Whether too much of one sentence stands nowhere in the piece."""
    held = _stems(both.plain)
    return any(_is_made_up(both.other.words[a:b], held) for a, b in both.other.sentences)


def _is_made_up(sentence: Sequence[Word], held: frozenset[str]) -> bool:
    said = [word.stem for word in sentence if word.content]
    new = sum(word not in held for word in said)
    most = NEW_A_SENTENCE + len(said) // WORDS_A_NEW_ONE
    return new > most or 0 < len(said) == new


# ---------------------------------------------------------------- who and when


def _has_other_people(both: _Both) -> bool:
    """Whether a name is new or missing: of a person, a place, a body or a day."""
    held = {_bare(word) for word in both.plain.words}
    said = {_bare(word) for word in both.other.words}
    named = {_bare(word) for word in both.plain.words if _is_name(word)}
    people = {
        part.lower()
        for person in both.situation.people
        for part in re.findall(r"[^\W\d_]+", person.name)
    }
    new = {
        _bare(word)
        for word in both.other.words
        if word.text[0].isupper() and (not word.first or _bare(word) not in both.rules.known)
    }
    return bool(new - held) or not (named | (people & held)) <= said


def _is_name(word: Word) -> bool:
    return word.text[0].isupper() and not word.first and word.low not in STOP


def _bare(word: Word) -> str:
    return word.low.removesuffix("'s").rstrip("'")


def _changes_figures(both: _Both) -> bool:
    return both.differ(_figures) or both.differ(_times)


def _figures(text: Text) -> frozenset[str]:
    return frozenset(
        f"{number.value:g}" for number in numbers_of(text) if number.shown not in _LOOSE_NUMBERS
    )


def _times(text: Text) -> frozenset[str]:
    return frozenset(single for word in text.words if (single := singular(_bare(word))) in _WHEN)


def _changes_speech(both: _Both) -> bool:
    return both.differ(_spoken)


def _spoken(text: Text) -> frozenset[str]:
    """What stands between quotation marks; the mark at its end belongs to the sentence around."""
    said = (match[1].strip(" ,.") for match in _QUOTED.finditer(folded(text.raw)))
    return frozenset(said)


def _turns_somebody_into_another(both: _Both) -> bool:
    """Whether it says "he" or "she" where the whole story knows nobody who is."""
    held, said = _lows(read(both.situation.story())), _lows(both.other)
    return any(said & words and not held & words for words in _GENDERED)


def _denies_otherwise(both: _Both) -> bool:
    """Whether it denies more or less; of many denials two may be joined ("nor did he")."""
    held, said = _denials(both.plain), _denials(both.other)
    return not held - (held >= MANY_DENIALS) <= said <= held


def _denials(text: Text) -> int:
    # "Without the job" is also "if the job goes".
    return sum(text.words[place].low != "without" for place in negators(text.words))


# ---------------------------------------------------------------- things


def _loses_things(both: _Both) -> bool:
    """Whether it calls by another word what the rest of the situation speaks of."""
    rest = _things(read(_everything(both.situation, without=both.plain.raw)))
    leaned_on = _things(both.plain) & rest
    lost = leaned_on - frozenset(word.stem for word in both.other.words)
    return len(lost) > THINGS_LOST * len(leaned_on)


def _things(text: Text) -> frozenset[str]:
    """Stems of words that stand where a thing is named: behind "the", "his", "two" and the like."""
    return frozenset(
        after.stem
        for before, after in zip(text.words, text.words[1:], strict=False)
        if before.low in _DETERMINERS and after.content
    )


def _stems(text: Text) -> frozenset[str]:
    return frozenset(word.stem for word in text.words)


def _everything(situation: Situation, without: str = "") -> str:
    """All that is told, asked and answered in a situation, apart from one piece of it."""
    pieces = [" ".join(text.split()) for text in (situation.scene, *_events(situation))]
    pieces += [situation.place, *situation.questions, *(line.text for line in situation.answers)]
    for stage in situation.stages:
        pieces += [stage.decision, *(f"{c.text} {c.leads_to}" for c in stage.choices)]
    for line in situation.rubric:
        pieces += [line.text, *(example for _, example in line.examples())]
    return " . ".join(piece for piece in pieces if folded(piece) != without)


def _events(situation: Situation) -> Sequence[str]:
    return [stage.event for stage in situation.stages]


_CHECKS: tuple[tuple[str, Callable[[_Both], bool]], ...] = (
    ("words about itself", _speaks_of_itself),
    ("wording that no exercise uses of people", _hurts),
    ("harm, or means of it, that the story does not speak of", _tells_how),
    ("illness or treatment that the story does not name", _names_illness),
    ("advice", _advises),
    ("words that are not the story's", _is_other_tale),
    ("a name too many or too few", _has_other_people),
    ("another number or time", _changes_figures),
    ("spoken words that were changed", _changes_speech),
    ("he or she changed", _turns_somebody_into_another),
    ("something denied, or no longer", _denies_otherwise),
    ("things by another word", _loses_things),
    ("something made up", _makes_something_up),
    ("American spelling", _is_american),
)
"""What is looked for, in order, and what is said of it."""
