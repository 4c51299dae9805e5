"""Makes pairs of evidence and claim for fitting the gate, from the library alone.

True ones: sentences of briefs with the notes that they rest on, and notes' own sentences and parts
of them. False ones: the same sentences changed by program, one slip a time, of every kind that a
chat model makes. Some harmless edits are made to both, so that no change tells by its look alone.
No case of ``evals/cases`` takes part, and no note that one rests on first.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.corpus import Library
from assistant.grounding.learned import BETWEEN
from assistant.schema import BriefSentence
from evals.grounding_joins import both, half, harmless, stitch
from evals.grounding_slips import EDITS


@dataclass(frozen=True)
class Pair:
    """Evidence, a claim, whether it is borne out, and how the claim came about."""

    evidence: str
    claim: str
    holds: bool
    kind: str

    @property
    def texts(self) -> list[str]:
        """The texts of the evidence, each by itself."""
        return self.evidence.split(BETWEEN)


@dataclass(frozen=True)
class TrueSentence:
    """A sentence that is borne out by the notes named."""

    claim: str
    notes: tuple[str, ...]
    brief: bool


_OURS = re.compile(
    r"\bour (?:view|sources|reading|library)\b|\bthe library\b|\bwe (?:hold|found|have)\b"
)

# ---------------------------------------------------------------- from the library


def sentences_of(library: Library, left_out: frozenset[str]) -> list[TrueSentence]:
    """The true sentences: of briefs, of notes, and parts of notes' sentences."""
    found = [
        TrueSentence(s.text, s.notes, True)
        for brief in library.briefs.values()
        for s in _sentences(brief)
        if not set(s.notes) & left_out and not _OURS.search(s.text)
    ]
    for note in library.notes.values():
        if note.id in left_out:
            continue
        for sentence in re.split(r"(?<=[.!?]) (?=[A-Z])", note.text):
            if len(sentence.split()) >= 6:
                found.append(TrueSentence(sentence, (note.id,), False))
            if ", " in sentence and len(sentence.split()) > 18:
                cut = re.split(r"(?:, |; )(?:and|but|while|which|where|so)\b", sentence)[0]
                if 8 <= len(cut.split()) < len(sentence.split()) - 3 and cut.count(
                    "("
                ) == cut.count(")"):
                    found.append(TrueSentence(cut.rstrip(" ,.") + ".", (note.id,), False))
    return found


def _sentences(brief: object) -> Iterator[BriefSentence]:
    yield from brief.lead  # type: ignore[attr-defined]
    yield from brief.practice  # type: ignore[attr-defined]
    yield from brief.not_settled  # type: ignore[attr-defined]
    for answer in brief.answers:  # type: ignore[attr-defined]
        yield from answer.answer


SHARES = {
    "negated": 5, "number": 0.8, "country": 0.4, "force": 3, "actor": 3, "setting": 2.5,
    "turned": 4,
    "half": 4.5, "stitched": 3.5, "other-source": 2,
}  # fmt: skip
"""How often each kind of false claim is made."""


class Maker:
    """Makes pairs from a library; another seed gives others.

    Args:
        library: the library.
        left_out: notes that take no part.
        near: note id to ids of close notes of other sources, closest first.
        seed: of the chances.
    """

    def __init__(
        self,
        library: Library,
        left_out: frozenset[str],
        near: dict[str, list[str]],
        seed: int = 0,
    ) -> None:
        self._texts = {note.id: note.text for note in library.notes.values()}
        self.true = sentences_of(library, left_out)
        self._near = near
        self._by_note: dict[str, list[TrueSentence]] = {}
        for each in self.true:
            for note in each.notes:
                self._by_note.setdefault(note, []).append(each)
        self._chance = random.Random(seed)

    def evidence(self, notes: Sequence[str]) -> str:
        """The texts of notes, one after the other."""
        return BETWEEN.join(self._texts[note] for note in notes)

    def pairs(self) -> list[Pair]:
        """A pair or two for every true sentence, about as many false as true."""
        found: list[Pair] = []
        for each in self.true:
            keep = 1.0 if each.brief else 0.45
            if self._chance.random() < keep:
                found.append(self._true(each))
            for _ in range(2 if each.brief and self._chance.random() < 0.25 else 1):
                made = (
                    self._false(each)
                    if self._chance.random() < (1.0 if each.brief else 0.5)
                    else None
                )
                if made:
                    found.append(made)
        self._chance.shuffle(found)
        return found

    def _true(self, each: TrueSentence) -> Pair:
        chance = self._chance
        notes = list(each.notes)
        roll = chance.random()
        other = self._other(each)
        if other and roll < 0.12:
            joined = both(each.claim, other.claim, chance)
            if joined:
                names = list(dict.fromkeys([*notes, *other.notes]))
                return Pair(self.evidence(names), harmless(joined, chance), True, "both")
        if other and roll < 0.25:
            names = list(dict.fromkeys([*notes, *other.notes]))
            chance.shuffle(names)
            return Pair(self.evidence(names), harmless(each.claim, chance), True, "beside")
        return Pair(self.evidence(notes), harmless(each.claim, chance), True, "true")

    def _other(self, each: TrueSentence) -> TrueSentence | None:
        """A true sentence of a close note of another source."""
        close = [
            n
            for n in self._near.get(each.notes[0], [])
            if n in self._by_note and n not in each.notes
        ]
        if not close:
            return None
        return self._chance.choice(self._by_note[self._chance.choice(close[:12])])

    def _false(self, each: TrueSentence) -> Pair | None:
        chance = self._chance
        for _ in range(5):
            kind = chance.choices(list(SHARES), list(SHARES.values()))[0]
            made = self._made(kind, each)
            if made and made.claim.strip().lower() != each.claim.strip().lower():
                return made
        return None

    def _made(self, kind: str, each: TrueSentence) -> Pair | None:
        chance = self._chance
        if kind in EDITS:
            claim = chance.choice(EDITS[kind])(each.claim, chance)
            if claim is None:
                return None
            notes = list(each.notes)
            other = self._other(each)
            if other and chance.random() < 0.12:
                notes = list(dict.fromkeys([*notes, *other.notes]))
            return Pair(self.evidence(notes), harmless(claim, chance), False, kind)
        other = self._other(each)
        if other is None or set(other.notes) & set(each.notes):
            return None
        if kind == "other-source":
            return Pair(self.evidence(each.notes), harmless(other.claim, chance), False, kind)
        if kind == "half":
            claim = half(each.claim, other.claim, chance)
            return self._pair(each.notes, claim, kind) if claim else None
        return self._stitched(each, other)

    def _pair(self, notes: Sequence[str], claim: str, kind: str) -> Pair:
        return Pair(self.evidence(notes), harmless(claim, self._chance), False, kind)

    def _stitched(self, each: TrueSentence, other: TrueSentence) -> Pair | None:
        chance = self._chance
        if chance.random() < 0.3:
            own = [t for t in self._by_note[each.notes[0]] if t.claim != each.claim]
            other = chance.choice(own) if own else other
        claim = stitch(each.claim, other.claim, chance)
        if not claim:
            return None
        notes = list(dict.fromkeys([*each.notes, *other.notes]))
        return Pair(self.evidence(notes), harmless(claim, chance), False, "stitched")


def written(claims: Path, texts: Path) -> list[Pair]:
    """The pairs that people wrote for training, on the notes as they stood then.

    Args:
        claims: lines of ``notes`` (ids), ``text``, ``holds`` and ``kind``.
        texts: lines of ``id`` and ``text``, one for every note that a claim names. The library goes
            on being mended, and a claim that was true of the old text need not be of the new one.
    """
    then = {line["id"]: line["text"] for line in _lines(texts)}
    return [
        Pair(
            BETWEEN.join(then[note] for note in dict.fromkeys(line["notes"])),
            line["text"],
            line["holds"],
            line["kind"],
        )
        for line in _lines(claims)
    ]


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip():
            yield json.loads(line)
