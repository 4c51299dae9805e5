"""Every proper name, acronym and body of a claim stands in its evidence or its source."""

from __future__ import annotations

import re

from assistant.grounding.findings import Case, Finding
from assistant.grounding.plain import Text, Word, stem

_MONTHS_AND_DAYS = frozenset(
    "january february march april may june july august september october november december monday"
    " tuesday wednesday thursday friday saturday sunday".split()
)
_PLAIN = frozenset("i i'm i'd i'll i've english".split())
_JOINS = frozenset("of the and for in on to a".split())


def check(case: Case) -> list[Finding]:
    """Capitalised words of the claim that neither the evidence nor its source has."""
    from assistant.grounding.countries import is_place_word

    known = _known(case)
    found = []
    for word in case.claim.words:
        if not _is_name(word) or word.low in _MONTHS_AND_DAYS or word.low in _PLAIN:
            continue
        bare = _bare(word.low)
        if bare in known or word.stem in known or is_place_word(word.text):
            continue
        if _in_parts(bare, known):
            continue
        found.append(Finding("name", word.text))
    return found


def _is_name(word: Word) -> bool:
    """A capital that the place in the sentence does not explain."""
    if word.text[0].isdigit() or not any(c.isupper() for c in word.text):
        return False
    capitals = sum(c.isupper() for c in word.text)
    return capitals >= 2 or not word.first


def _bare(low: str) -> str:
    return re.sub(r"'s$|s'$", "", low).replace(".", "").rstrip("'")


def _place(low: str) -> str:
    """The stem of the adjective of a place: "California" for "Californian"."""
    return stem(low + "n") if low.endswith("a") else low


def _known(case: Case) -> frozenset[str]:
    """Words that a claim may write with a capital, with the initials of names."""
    words = {_bare(w.low) for text in (case.evidence, case.sources) for w in text.words}
    words |= {w.rstrip("s") for w in words}
    words |= {w.stem for text in (case.evidence, case.sources) for w in text.words}
    words |= {_place(w) for w in words}
    words |= _initials(case.evidence) | _initials(case.sources)
    for initials, parts in _spelt_out(case):
        if initials in words:
            words |= parts
    return frozenset(words)


def _spelt_out(case: Case) -> list[tuple[str, set[str]]]:
    """Runs of capitalised words of the claim by their initials: "Health Education England"."""
    found = []
    run: list[Word] = []
    for word in [*case.claim.words, None]:
        if word is not None and (word.text[0].isupper() or (run and word.low in _JOINS)):
            run.append(word)
            continue
        names = [w for w in run if w.text[0].isupper()]
        if len(names) >= 2:
            initials = "".join(w.low[0] for w in names)
            found.append((initials, {_bare(w.low) for w in names}))
        run = []
    return found


def _initials(text: Text) -> set[str]:
    """Initials of runs of words in a text: any run, since names are not always capitalised."""
    found: set[str] = set()
    low = [w.low for w in text.words if w.low not in {"of", "the", "and", "for"}]
    for size in (2, 3, 4, 5):
        found |= {"".join(w[0] for w in low[i : i + size]) for i in range(len(low) - size + 1)}
    return found


def _in_parts(bare: str, known: frozenset[str]) -> bool:
    """Whether a compound is made of known words."""
    parts = [part for part in re.split(r"[-/]", bare) if part]
    return len(parts) > 1 and all(part in known for part in parts)
