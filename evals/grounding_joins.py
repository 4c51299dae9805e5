"""Joins of sentences, true and false, and edits that change nothing; for fitting the gate."""

from __future__ import annotations

import random
import re

from assistant.grounding.numbers import SPELT_ONES
from evals.grounding_slips import lowered, replaced

_CUT = re.compile(
    r"(?:, |; |: )(?:and |but |so |because |which |while |although |though |where |who )?"
    r"| (?:because|while|so that|although|when|where|unless|before|after|if) "
)


def parts_of(text: str) -> list[str]:
    """A sentence cut at its clause boundaries; parts of four words or more."""
    pieces = [p.strip(" .,;:") for p in _CUT.split(text)]
    return [p for p in pieces if len(p.split()) >= 4]


_TAILS = (
    "so it should be reviewed every year", "because this builds trust over time",
    "which saves money for the trust", "and staff turnover fell as a result",
    "and a manager should be told first", "so that nobody is left to cope alone",
    "because it lowers the risk of burnout", "which makes recovery faster",
    "and this should be written into the contract", "and training for this is paid",
    "because hierarchy gets in the way", "so new workers start with a buddy",
    "and the same holds in other countries", "which helps people to stay out of hospital",
    "and it works best in small groups", "because many have had bad experiences of services",
    "and the results lasted for a year", "so the policy was changed", "and costs went down",
    "which is why every team needs two peers", "and it applies to volunteers too",
    "for example by meeting at the same time each week", "so supervisors should ask about it",
    "and a record of it has to be kept", "and nobody objected", "especially in rural areas",
    "because trust takes months to build", "and hospital admissions dropped",
    "and this was more helpful than therapy", "so it is best agreed in advance",
    "such as a walk or a shared meal", "and it needs the consent of the family",
    "which the law requires", "and peers felt less lonely at work because of it",
    "because clinical staff have little time", "and so fewer people left their posts",
    "and a written plan should follow within a week", "which most people found helpful",
)  # fmt: skip


def half(text: str, other: str, chance: random.Random) -> str | None:
    """The sentence, or the first part of it, with something added that the evidence does not"
    " say."""
    base = text.rstrip(".")
    if chance.random() < 0.4:
        cut = list(_CUT.finditer(base))
        if cut:
            base = base[: chance.choice(cut).start()]
    if len(base.split()) < 5:
        return None
    if chance.random() < 0.4:
        return f"{base}, {chance.choice(_TAILS)}."
    tails = parts_of(other)
    if not tails:
        return None
    tail = chance.choice(tails)
    tail = lowered(tail)
    link = chance.choice(["and", "because", "so", "which means that", "and", "but", "since", "as"])
    return f"{base}, {link} {tail}."


def stitch(one: str, other: str, chance: random.Random) -> str | None:
    """Parts of two sentences put into a relation that neither has."""
    a, b = parts_of(one), parts_of(other)
    if not a or not b:
        return None
    first, second = chance.choice(a), chance.choice(b)
    second = lowered(second)
    link = chance.choice([" because ", ", which is why ", " so that ", ", so ", ", which led to ",
                          ", more than ", " in order that ", " as a result of which ", " only"
                          " where ",
                          " until ", ", since ", " once ", " unless ", ", therefore "])  # fmt: skip
    return f"{first[0].upper()}{first[1:]}{link}{second}."


def both(one: str, other: str, chance: random.Random) -> str | None:
    """Two true sentences side by side: true of both."""
    a, b = one.rstrip("."), other
    if len((a + b).split()) > 48:
        return None
    low = lowered(b)
    return chance.choice([f"{a}. {b}", f"{a}, and {low}", f"{a}; {low}", f"{a}, while {low}"])


# ---------------------------------------------------------------- harmless edits

_SAME = (
    ("peer support workers", "peer workers"), ("peer workers", "peer support workers"),
    ("says", "states"), ("for example", "for instance"), ("shows", "shows"),
    ("per cent", "%"), ("start", "begin"), ("began", "started"), ("help", "support"),
    ("somebody", "someone"), ("everybody", "everyone"), ("people", "people"), ("job", "role"),
    ("role", "job"), ("often", "frequently"), ("about", "around"), ("more than", "over"),
    ("over", "more than"), ("because", "since"), ("must", "have to"), ("has to", "must"),
    ("need to", "have to"), ("also", "as well"), ("such as", "like"), ("colleagues", "co-workers"),
    ("staff", "employees"), ("gives", "provides"), ("give", "provide"), ("big", "large"),
    ("wrote", "said"), ("reported", "said"), ("found", "saw"), ("guide", "guidance"),
    ("talk", "speak"), ("rather than", "instead of"), ("instead of", "rather than"),
    ("does not", "doesn't"), ("cannot", "can't"), ("do not", "don't"), ("is not", "isn't"),
    ("whether", "if"), ("while", "whereas"), ("although", "though"), ("line manager", "manager"),
    ("the USA", "the United States"), ("US", "American"), ("lists", "names"), ("names", "lists"),
)  # fmt: skip


def harmless(text: str, chance: random.Random) -> str:
    """A text with a few edits that change nothing of what it says."""
    for _ in range(chance.choice([0, 1, 1, 2])):
        options = [(a, b) for a, b in _SAME if a != b and re.search(rf"\b{re.escape(a)}\b", text)]
        if options:
            a, b = chance.choice(options)
            text = re.sub(rf"\b{re.escape(a)}\b", b, text, count=1).replace(" %", "%")
    roll = chance.random()
    if roll < 0.15:
        text = re.sub(r" \([^)]*\)", "", text, count=1)
    elif roll < 0.3:
        text = _turned_clause(text)
    elif roll < 0.4:
        text = _list_turned(text, chance)
    elif roll < 0.5:
        digits = re.search(r"(?<![.,\d/-])\b([2-9]|1[0-2])\b(?![.,\d%/-])", text)
        if digits:
            text = replaced(text, digits, SPELT_ONES[int(digits[1])])
        else:
            spelt = re.search(rf"\b({'|'.join(SPELT_ONES[2:13])})\b", text)
            if spelt and spelt.start():
                text = replaced(text, spelt, str(SPELT_ONES.index(spelt[1])))
    return text


_SAYS = re.compile(
    r"^(?P<what>.{25,}), (?P<verb>says|said|wrote|reports|reported|advises|explains|warns)"
    r" (?P<who>[^,;:]{4,70}?)\.$"
)


def _turned_clause(text: str) -> str:
    """ "X, says Y." told as "According to Y, x." or "Y says that x." """
    match = _SAYS.match(text)
    if not match:
        return text
    what = match["what"]
    what = what[0].lower() + what[1:] if what[1:2].islower() else what
    who = match["who"]
    if len(what) % 2:
        return f"According to {who}, {what}."
    return f"{who[0].upper()}{who[1:]} {match['verb']} that {what}."


def _list_turned(text: str, chance: random.Random) -> str:
    """A list of three told in another order."""
    match = re.search(r"\b(\w+), (\w+) and (\w+)\b", text)
    if not match or not all(w.islower() for w in match.groups()):
        return text
    words = list(match.groups())
    chance.shuffle(words)
    return replaced(text, match, f"{words[0]}, {words[1]} and {words[2]}")
