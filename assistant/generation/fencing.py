"""Puts evidence under short keys and behind a fence that its text cannot close.

Keys are made here and mapped back here; a model never sees an id. Each piece is one line of JSON
between two tags whose name is worked out from the texts themselves, so that no text holds it. What
a text says inside the fence is evidence whatever it sounds like: the real defence is that nothing a
model makes of it is shown without passing the gate.

Where a reply comes from another machine, personal details in passages of added documents are
replaced on the way out and put back on return; notes of the library hold none.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from assistant.grounding.records import Claim, Piece, Rest
from assistant.personal import LABELS, find_details
from assistant.presentation.words import KIND_WORDS, STATUS_WORDS, country, reference
from assistant.schema import BUNDLED, STRENGTH, Evidence

FEWEST = 4
"""Pieces that are sent even where they are long."""
LETTERS_A_TOKEN = 4
"""Letters of English that one token stands for, roughly."""


@dataclass
class Veil:
    """Replaces personal details on the way out, and puts them back."""

    authors: frozenset[str] = frozenset()
    _held: dict[str, str] = field(default_factory=dict)

    def over(self, text: str) -> str:
        """The text with a numbered label for every detail; the same detail has the same label."""
        pieces, last = [], 0
        for found in find_details(text, authors=self.authors):
            detail = text[found.start : found.end]
            pieces += [text[last : found.start], self._label(LABELS[found.kind], detail)]
            last = found.end
        return "".join([*pieces, text[last:]])

    def lifted(self, text: str) -> str:
        """A text that came back, with every label of ours as the detail that it stands for."""
        for label, detail in self._held.items():
            text = text.replace(label, detail)
        return text

    def _label(self, kind: str, detail: str) -> str:
        for label, held in self._held.items():
            if held == detail:
                return label
        label = f"{kind[:-1]} {len(self._held) + 1}]"
        self._held[label] = detail
        return label


@dataclass(frozen=True)
class Fenced:
    """Evidence as it is sent, and what its keys stand for."""

    text: str
    tag: str
    evidence: Mapping[str, Evidence]
    veil: Veil | None = None

    def pieces(self) -> dict[str, Piece]:
        """The evidence as the gate takes it, by key."""
        return {key: _piece(key, evidence) for key, evidence in self.evidence.items()}

    def returned(self, claim: Claim) -> Claim:
        """A claim that came back, with what was hidden on the way out."""
        if self.veil is None:
            return claim
        rests = tuple(Rest(rest.key, self.veil.lifted(rest.words)) for rest in claim.rests_on)
        return Claim(self.veil.lifted(claim.text), rests)


def fenced(
    evidence: Sequence[Evidence],
    *,
    tokens: int,
    veil: Veil | None = None,
) -> Fenced:
    """Evidence under keys, in its order.

    Args:
        evidence: best first.
        tokens: about how many of them the evidence may take; what does not fit is left out, from
            the end.
        veil: hides personal details of added documents; None where nothing leaves the machine.
    """
    kept: dict[str, Evidence] = {}
    lines: list[str] = []
    room = tokens * LETTERS_A_TOKEN
    for item in evidence:
        key = f"E{len(kept) + 1}"
        line = _line(key, item, veil)
        if len(line) > room and len(kept) >= FEWEST:
            break
        room -= len(line)
        kept[key] = item
        lines.append(line)
    text, tag = fence_of("\n".join(lines))
    return Fenced(text, tag, kept, veil)


def fence_of(body: str) -> tuple[str, str]:
    """A text between two tags that it cannot close, and the name of the tags."""
    tag = _tag(body)
    return f"<{tag}>\n{body}\n</{tag}>", tag


def _line(key: str, evidence: Evidence, veil: Veil | None) -> str:
    own = evidence.collection != BUNDLED
    text = veil.over(evidence.text) if veil and own else evidence.text
    kind = f"{STRENGTH[evidence.kind]}: {KIND_WORDS[evidence.kind].lower()}"
    return json.dumps(
        {
            "key": key,
            "source": evidence.title if own else reference(evidence),
            "kind": kind,
            "country": country(evidence.jurisdiction),
            "status": STATUS_WORDS[evidence.status].lower(),
            "text": text,
        },
        ensure_ascii=False,
    )


def _tag(body: str) -> str:
    """A name that does not stand in the text; the same text always has the same."""
    seed = body
    while True:
        tag = f"evidence-{hashlib.sha256(seed.encode()).hexdigest()[:10]}"
        if tag not in body:
            return tag
        seed += tag


def _piece(key: str, evidence: Evidence) -> Piece:
    names = (reference(evidence), evidence.title, evidence.published_in or "", *evidence.authors)
    return Piece(
        key=key,
        text=evidence.text,
        source="; ".join(filter(None, names)),
        jurisdiction=evidence.jurisdiction,
        year=evidence.year,
    )
