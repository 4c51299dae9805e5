"""The polarity of a claim is that of its evidence: a "not" neither dropped nor added, no opposite
word for a word. Language denies in too many ways for any one of these to be certain: they are
signs, weighed with the others."""

from __future__ import annotations

import re
from functools import lru_cache

from assistant.grounding.aligning import best_clause, best_sentence
from assistant.grounding.findings import Case, Finding
from assistant.grounding.plain import STOP, Text, Word, clauses_of, stem
from assistant.grounding.terms import OPPOSITE

_NOT = frozenset("not no never none nobody nothing without nor neither cannot nowhere".split())
_SELDOM = frozenset("seldom rarely hardly barely scarcely infrequently".split())
_HALF_NOT = frozenset(
    "lack lacks lacked lacking fail fails failed failing refuse refuses refused avoid avoids"
    " avoided"
    " except unless absent absence missing decline declined stop stops stopped prevent prevents"
    " rather instead unlike few little unable unwilling unpaid against only reject rejects rejected"
    " free exclude excludes excluded deny denies denied unclear unknown uncertain wrong yet too"
    " than"
    " beyond before despite out gap closed ended ban bans banned less fewer short omit omits"
    " omitted"
    " forbids forbid contested stopping loses lose lost withdrawn rare prohibits separate different"
    " differ until purely".split()
)
"""Words that deny by themselves; they excuse a "not" on the other side, and prove little alone."""
_SPAN = 5
_BREAKS = frozenset("but although though while whereas because since and if so".split())
_REPLACES = re.compile(
    r"\b(?:rather than|instead of|in place of|replac\w+|in lieu|not only|substitut\w+|supersed\w+"
    r"|separate from|different from|in its place|take the place|not\b[^.]{0,40}\bbut)\b"
)
_OF = re.compile(r"\b(?:rather than|instead of|in place of|in lieu of)\b")
_PREFIXED = re.compile(r"^(?:un|in|im|il|ir|non-?|dis|mis)(?=[a-z]{4,})")


def is_not(word: Word) -> bool:
    """Whether a word denies what follows."""
    return word.low in _NOT or word.low in _SELDOM or word.low.endswith("n't")


def negators(words: tuple[Word, ...]) -> list[int]:
    """Places of words that deny; "not only" and "whether or not" deny nothing."""
    found = []
    for i, word in enumerate(words):
        after = words[i + 1].low if i + 1 < len(words) else ""
        before = words[i - 1].low if i else ""
        if word.low == "not" and (after in {"only", "just", "least"} or before == "or"):
            continue
        if word.low == "no" and after in {"doubt", "matter"}:
            continue
        if is_not(word):
            found.append(i)
        elif word.low in {"rather", "instead"} and after in {"than", "of"}:
            found.append(i + 1)
    return found


def _under(words: tuple[Word, ...]) -> set[int]:
    """Places of content words that a word that denies reaches, within its clause."""
    found: set[int] = set()
    for place in negators(words):
        count = 0
        for j in range(place + 1, min(place + 1 + 2 * _SPAN, len(words))):
            if words[j].low in _BREAKS and count:
                break
            if words[j].content:
                found.add(j)
                count += 1
            if count >= _SPAN:
                break
    return found


def _both_sides(text: Text) -> tuple[frozenset[str], frozenset[str]]:
    """Stems that stand under a denial, and stems that stand under none; names left aside."""
    under: set[str] = set()
    plain: set[str] = set()
    for clause in clauses_of(text):
        places = _under(clause)
        for i, word in enumerate(clause):
            if word.content and (word.first or not word.text[0].isupper()):
                (under if i in places else plain).add(word.stem)
    return frozenset(under), frozenset(plain)


def check(case: Case) -> list[Finding]:
    """Denials that stand on one side alone, and opposites."""
    return [
        *_added(case),
        *_dropped(case),
        *_opposites(case),
        *_prefixes(case),
        *_seldom(case),
        *_instead(case),
    ]


def _denies(words: tuple[Word, ...]) -> bool:
    return bool(negators(words)) or any(_half(w.low) for w in words)


def _half(low: str) -> bool:
    return low in _HALF_NOT or (len(low) > 5 and _is_turned(low))


@lru_cache(maxsize=4096)
def _is_turned(low: str) -> bool:
    """Whether a word opens with a syllable that denies."""
    return bool(
        re.match(
            r"(?:un(?!der|iv|it|io|ti|less|iq)|non-?|dis(?!c[uh]|tr|ease|abil|order|tan|pl)"
            r"|in(?:adequ|suff|appro|cons|exper|effec|compl|accur|abil|vol|dep|equal|form)"
            r"|im(?:poss|prop))",
            low,
        )
    )


def _sign(detail: str, sign: str) -> Finding:
    return Finding("negation", detail, sure=False, sign=sign)


def _added(case: Case) -> list[Finding]:
    """A "not" in the claim where the evidence has none, or none near the same words."""
    found = []
    under, plain = _both_sides(case.evidence)
    for clause in clauses_of(case.claim):
        if not negators(clause):
            continue
        theirs = best_sentence(clause, case.evidence)
        if not _denies(case.evidence.words):
            found.append(_sign("a denial that is not there", "new-not"))
        elif not _denies(theirs):
            found.append(_sign("a denial that is not there", "far-not"))
        mine = {clause[i].stem for i in _under(clause)}
        flipped = (mine & plain) - under
        if flipped and not mine & under:
            found.append(_sign(" ".join(sorted(flipped)), "not-added"))
    return found


def _dropped(case: Case) -> list[Finding]:
    """Words that the evidence only has under a "not", told as if it had none."""
    found = []
    under, plain = _both_sides(case.evidence)
    my_under, _ = _both_sides(case.claim)
    only_under = under - plain
    for clause in clauses_of(case.claim):
        flipped = ({w.stem for w in clause if w.content} & only_under) - my_under
        if not flipped:
            continue
        nearest, _ = best_clause(clause, case.evidence)
        excused = _denies(clause)
        if not excused:
            strong = len(flipped) >= 2 and bool(negators(nearest))
            found.append(_sign(" ".join(sorted(flipped)), "not-gone" if strong else "perhaps-gone"))
    return found


@lru_cache(maxsize=1)
def _pairs() -> list[tuple[frozenset[str], frozenset[str]]]:
    found = []
    for one, other in OPPOSITE:
        a, b = (frozenset(w for w in side.split("|") if " " not in w) for side in (one, other))
        found += [(a, b), (b, a)]
    return found


def _opposites(case: Case) -> list[Finding]:
    """A word of the claim whose opposite, and not itself, stands in the evidence."""
    ours = {w.low for w in case.claim.words}
    theirs = {w.low for w in case.evidence.words}
    our_stems = {w.stem for w in case.claim.words}
    their_stems = {w.stem for w in case.evidence.words}
    found = []
    for one, other in _pairs():
        mine = _held(one, ours, our_stems)
        if not mine or _held(one, theirs, their_stems):
            continue
        if _held(other, theirs, their_stems) and not _held(other, ours, our_stems):
            excused = bool(negators(case.claim.words)) != bool(negators(case.evidence.words))
            found.append(_sign(" ".join(sorted(mine)), "opposite-not" if excused else "opposite"))
    return found


def opposed(one: Word, other: Word) -> bool:
    """Whether two words are opposites of each other."""
    bare = (_PREFIXED.sub("", one.low), _PREFIXED.sub("", other.low))
    if one.low != other.low and (bare[0] == other.low or bare[1] == one.low):
        return True
    mine, theirs = ({w.low, w.stem} for w in (one, other))
    return any(mine & _forms(a) and theirs & _forms(b) for a, b in _pairs())


@lru_cache(maxsize=512)
def _forms(words: frozenset[str]) -> frozenset[str]:
    return words | {stem(w) for w in words if w not in STOP and len(w) > 3}


def _held(words: frozenset[str], low: set[str], stems: set[str]) -> set[str]:
    return {w for w in words if w in low or (w not in STOP and len(w) > 4 and stem(w) in stems)}


def _prefixes(case: Case) -> list[Finding]:
    """ "Lawful" for "unlawful", either way."""
    ours = {w.low for w in case.claim.words}
    theirs = {w.low for w in case.evidence.words}
    denied = bool(negators(case.claim.words)) != bool(negators(case.evidence.words))
    found = []
    for mine, others in ((ours, theirs), (theirs, ours)):
        for word in mine - others:
            bare = _PREFIXED.sub("", word)
            if bare != word and bare in others and bare not in mine and not denied:
                found.append(_sign(word, "prefix"))
    return found


def _seldom(case: Case) -> list[Finding]:
    said = [w.low for w in case.claim.words if w.low in _SELDOM]
    held = {w.low for w in case.evidence.words}
    if said and not held & (_SELDOM | {"few", "little", "rare", "uncommon", "least", "infrequent"}):
        return [_sign(said[0], "seldom")]
    return []


def _instead(case: Case) -> list[Finding]:
    """One thing told as put in the place of another, which the evidence does not say."""
    said = _OF.search(case.claim.low)
    if said and not _REPLACES.search(case.evidence.low) and not negators(case.evidence.words):
        return [_sign(said.group(), "instead")]
    return []
