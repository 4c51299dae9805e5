"""What became of the evidence's own words where a claim copies most of them.

A claim that runs along with its evidence and departs from it in a word says with that word what it
changed: a "not" gone or put in, an opposite, two words that changed places, a stranger in the place
of the word that stood there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from assistant.grounding.findings import Case, Finding
from assistant.grounding.likeness import likeness
from assistant.grounding.negation import is_not, opposed
from assistant.grounding.plain import Word
from assistant.grounding.relations import relations

ANCHOR = 2
"""Copied words that must stand before a departure."""
SHORT = 4
"""Words that a departure has at most on either side; a longer one is no slip of a word."""
COPIED = 0.5
"""The share of a claim that must be copied before a departure alone refuses it."""
STRANGE = 0.38
"""Below this likeness a word in the place of another is another thing."""

_QUALIFY = frozenset(
    "only some often sometimes usually mostly mainly partly nearly almost about least most may"
    " might"
    " can could perhaps likely few several certain modestly slightly one up early rarely".split()
)
_HALF = frozenset(
    "without lack lacks lacked neither nor rather instead unless except hardly few little seldom"
    " rarely".split()
)


@dataclass(frozen=True)
class Edit:
    """A departure between copied words: what the evidence has and what the claim has."""

    was: tuple[Word, ...]
    now: tuple[Word, ...]


def edits(case: Case) -> list[Edit]:
    """The short departures of a claim from the words that it copies, in order."""
    found: list[Edit] = []
    for text in case.texts:
        found += _between(text.words, case.claim.words)
    return found


def _between(theirs: tuple[Word, ...], ours: tuple[Word, ...]) -> Iterator[Edit]:
    a, b = [w.stem for w in theirs], [w.stem for w in ours]
    codes = SequenceMatcher(None, a, b, autojunk=False).get_opcodes()
    for n, (tag, i1, i2, j1, j2) in enumerate(codes):
        if tag == "equal" or n == 0 or n == len(codes) - 1:
            continue
        before, after = codes[n - 1], codes[n + 1]
        sizes = (before[2] - before[1], after[2] - after[1])
        anchored = min(sizes) >= ANCHOR or max(sizes) >= 2 * ANCHOR
        if anchored and i2 - i1 <= SHORT and j2 - j1 <= SHORT:
            yield Edit(theirs[i1:i2], ours[j1:j2])


def check(case: Case) -> list[Finding]:
    """What the departures change."""
    found: list[Finding] = []
    copied = relations(case).copied >= COPIED
    pairs: set[tuple[str, str]] = set()
    held = case.evidence.stems
    for edit in edits(case):
        found += _denials(edit, copied)
        found += _opposites(edit, copied)
        found += _strangers(edit, held)
        gone = {w.low for w in edit.was} & _QUALIFY - {w.low for w in edit.now}
        if gone:
            detail = " ".join(sorted(gone))
            found.append(Finding("force", detail, sure=False, sign="qualifier-gone"))
        pairs |= {(x.stem, y.stem) for x in edit.was for y in edit.now if x.content and y.content}
    swapped = sorted(
        {x for x, y in pairs if x != y and (y, x) in pairs and not _listed(x, y, case)}
    )
    if swapped:
        found.append(Finding("actor", " and ".join(swapped), sure=copied, sign="exchanged-words"))
    return found


def _listed(one: str, other: str, case: Case) -> bool:
    """Whether two words stand in one list, where their order says nothing."""
    stems = [w.stem for w in case.evidence.words]
    places = [[i for i, stem in enumerate(stems) if stem == each] for each in (one, other)]
    return any(abs(i - j) <= 3 for i in places[0] for j in places[1])


def _denials(edit: Edit, copied: bool) -> list[Finding]:
    was, now = (_count(words) for words in (edit.was, edit.now))
    halves = any(w.low in _HALF for w in (*edit.was, *edit.now))
    if was == now:
        return []
    return [Finding("negation", _shown(edit), sure=copied and not halves, sign="edited-not")]


def _count(words: Sequence[Word]) -> int:
    return sum(is_not(w) for w in words) % 2


def _opposites(edit: Edit, copied: bool) -> list[Finding]:
    for x in edit.was:
        for y in edit.now:
            if opposed(x, y) and _count(edit.was) == _count(edit.now):
                return [Finding("negation", _shown(edit), sure=copied, sign="edited-opposite")]
    return []


def _strangers(edit: Edit, held: frozenset[str]) -> list[Finding]:
    """Content words put in the place of others that they are not like."""
    was = [w for w in edit.was if w.content]
    now = [w for w in edit.now if w.content and w.stem not in held]
    if not was or not now:
        return []
    nearest = likeness(now, was).max(axis=1)
    strange = [w.low for w, near in zip(now, nearest, strict=True) if near < STRANGE]
    if not strange:
        return []
    return [Finding("unsupported", " ".join(strange), sure=False, sign="stranger")]


def _shown(edit: Edit) -> str:
    was, now = (" ".join(w.low for w in words) for words in (edit.was, edit.now))
    return f"{was or '-'} > {now or '-'}"
