"""Whether the words of a claim stand to each other as they do in the evidence: in the same order,
in the same sentences, in runs copied whole. Numbers for the weighing; nothing here is certain."""

from __future__ import annotations

from dataclasses import dataclass

from assistant.grounding.findings import Case
from assistant.grounding.plain import Text, Word, clauses_of


@dataclass(frozen=True)
class Relations:
    """How the words of a claim are related.

    Args:
        inverted: share of close pairs of its content words that the evidence has the other way.
        copied: share of its words that stand in runs of three or more copied from the evidence.
        mixed: greatest share of a clause's matched words that is outside the one clause of the
            evidence that has most of them.
        spread: how far apart in the evidence neighbours of the claim are, 0 to 1.
        seams: how many runs the claim is put together from, less one, for ten words.
        pivot: how far the words on either side of a shared word have changed sides, 0 to 1.
        exchanged: whether two clauses have words of each other's clause in the evidence.
    """

    inverted: float
    copied: float
    mixed: float
    spread: float
    seams: float
    pivot: float
    exchanged: float


def relations(case: Case) -> Relations:
    """How the words of a claim are related, beside the evidence."""
    places = _places(case.evidence)
    runs = _runs(case.claim, case.evidence)
    inverted, spread = _pairs(case.claim, places)
    words = max(len(case.claim.words), 1)
    return Relations(
        inverted=inverted,
        copied=sum(runs) / words,
        mixed=max((_mixed(c, case.evidence) for c in clauses_of(case.claim)), default=0.0),
        spread=spread,
        seams=min(2.0, 10 * max(0, len(runs) - 1) / words),
        pivot=_pivot(case.claim, case.evidence),
        exchanged=_exchanged(case.claim, case.evidence),
    )


def _places(text: Text) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for place, word in enumerate(text.words):
        if word.content:
            found.setdefault(word.stem, []).append(place)
    return found


def _runs(claim: Text, evidence: Text) -> list[int]:
    """Lengths of the runs of three or more words that the claim copies, longest first at each
    place."""
    theirs = [w.stem for w in evidence.words]
    starts: dict[str, list[int]] = {}
    for place, stem in enumerate(theirs):
        starts.setdefault(stem, []).append(place)
    ours = [w.stem for w in claim.words]
    found: list[int] = []
    place = 0
    while place < len(ours):
        best = 0
        for start in starts.get(ours[place], ()):
            size = 0
            while (
                place + size < len(ours)
                and start + size < len(theirs)
                and ours[place + size] == theirs[start + size]
            ):
                size += 1
            best = max(best, size)
        if best >= 3:
            found.append(best)
        place += max(best, 1) if best >= 3 else 1
    return found


def _pairs(claim: Text, places: dict[str, list[int]]) -> tuple[float, float]:
    """Shares of close pairs that are inverted, and that are far apart in the evidence."""
    inverted = far = count = 0
    for clause in clauses_of(claim):
        known = [w.stem for w in clause if w.content and w.stem in places]
        for i, one in enumerate(known):
            for other in known[i + 1 : i + 3]:
                if one == other:
                    continue
                gaps = [b - a for a in places[one] for b in places[other]]
                nearest = min(gaps, key=abs)
                count += 1
                inverted += nearest < 0 and all(gap < 0 or gap > 12 for gap in gaps)
                far += abs(nearest) > 10
    return (inverted / count, far / count) if count else (0.0, 0.0)


def _mixed(clause: tuple[Word, ...], evidence: Text) -> float:
    stems = {w.stem for w in clause if w.content} & evidence.stems
    if len(stems) < 3:
        return 0.0
    best = max(len(stems & {w.stem for w in other}) for other in clauses_of(evidence))
    return 1 - best / len(stems)


def _sides(text: Text, place: int) -> tuple[frozenset[str], frozenset[str]]:
    """Stems of the content words left and right of a place, within its sentence."""
    start, end = next(((a, b) for a, b in text.sentences if a <= place < b), (0, len(text.words)))
    left = [w.stem for w in text.words[start:place] if w.content][-5:]
    right = [w.stem for w in text.words[place + 1 : end] if w.content][:5]
    return frozenset(left), frozenset(right)


def _pivot(claim: Text, evidence: Text) -> float:
    """The clearest change of sides around any word that both have once."""
    ours, theirs = _places(claim), _places(evidence)
    best = 0.0
    for stem, places in ours.items():
        if len(places) != 1 or len(theirs.get(stem, ())) != 1:
            continue
        left, right = _sides(claim, places[0])
        their_left, their_right = _sides(evidence, theirs[stem][0])
        both = their_left & their_right
        straight = len(left & their_left - both) + len(right & their_right - both)
        crossed = (left & their_right - both, right & their_left - both)
        if crossed[0] and crossed[1] and straight <= 1:
            best = max(best, (len(crossed[0]) + len(crossed[1]) - straight) / 4)
    return min(best, 1.0)


def _exchanged(claim: Text, evidence: Text) -> float:
    """Pairs of clauses that have words of each other's clause in the evidence."""
    theirs = [frozenset(w.stem for w in c if w.content) for c in clauses_of(evidence)]
    ours = [frozenset(w.stem for w in c if w.content) for c in clauses_of(claim)]
    home = (
        [max(range(len(theirs)), key=lambda i: len(theirs[i] & c)) for c in ours] if theirs else []
    )
    count = 0
    for i in range(len(ours)):
        for j in range(i + 1, len(ours)):
            a, b = home[i], home[j]
            if a == b:
                continue
            moved = ours[i] & theirs[b] - theirs[a] - ours[j]
            back = ours[j] & theirs[a] - theirs[b] - ours[i]
            count += bool(moved) and bool(back)
    return float(min(count, 2))
