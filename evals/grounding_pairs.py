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
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.corpus import Library
from assistant.grounding.countries import PLACES
from assistant.grounding.numbers import _ONES
from assistant.grounding.terms import ACTORS, OPPOSITE, SETTINGS
from assistant.schema import BriefSentence

Edit = Callable[[str, random.Random], str | None]


@dataclass(frozen=True)
class Pair:
    """Evidence, a claim, whether it is borne out, and how the claim came about."""

    evidence: str
    claim: str
    holds: bool
    kind: str


@dataclass(frozen=True)
class True_:
    """A sentence that is borne out by the notes named."""

    claim: str
    notes: tuple[str, ...]
    brief: bool


_OURS = re.compile(
    r"\bour (?:view|sources|reading|library)\b|\bthe library\b|\bwe (?:hold|found|have)\b"
)

# ---------------------------------------------------------------- one slip a time


def replaced(text: str, spot: re.Match[str], by: str) -> str:
    """A text with a match replaced, a capital kept."""
    if spot.group()[:1].isupper() and not by[:1].isupper():
        by = by[:1].upper() + by[1:]
    return text[: spot.start()] + by + text[spot.end() :]


_OPENERS = frozenset(
    "a an the in on at for by of with from to it its they their there this that these those he she"
    " as if when where while some many most people peer staff workers managers your you one two"
    " three four being having after before because once whether who what how and but so not no"
    " nobody everybody somebody each every all both other others another new".split()
)


def _lowered(text: str) -> str:
    """A text whose first word is no name, opening in the middle of a sentence."""
    first = text.split()[0] if text.split() else ""
    return text[0].lower() + text[1:] if first.lower() in _OPENERS else text


def _one(pattern: str, text: str, chance: random.Random, flags: int = re.I) -> re.Match[str] | None:
    spots = list(re.finditer(pattern, text, flags))
    return chance.choice(spots) if spots else None


_AUX = r"\b(is|are|was|were|should|must|can|may|could|would|will|does|did|has|have|had)\b(?! not)"
_VERBS = (
    "need help want expect ask include cover offer give show find require allow protect apply feel"
    " value improve reduce support reach rest depend count follow describe recommend see use work"
    " run train pay keep hold come start end bring matter play decide agree know share lead teach"
    " set let name list differ change last mean call stand"
).split()
_VERB = r"\b(" + "|".join(_VERBS) + r")(s|ed)?\b"


def negate(text: str, chance: random.Random) -> str | None:
    """A "not" put in."""
    spot = _one(_AUX, text, chance)
    if spot and chance.random() < 0.75:
        word = chance.choice(["not", "not", "not", "never", "seldom", "no longer"])
        return text[: spot.end()] + f" {word}" + text[spot.end() :]
    spot = _one(r"(?<=[a-z] )" + _VERB, text, chance)
    if not spot:
        return None
    root, end = spot[1], spot[2]
    does = {"s": "does not", "ed": "did not", None: "do not"}[end]
    if chance.random() < 0.25:
        return replaced(
            text, spot, f"{chance.choice(['rarely', 'hardly', 'never'])} {spot.group()}"
        )
    return replaced(text, spot, f"{does} {root}")


_UNDO = (
    (
        r"\b(is|are|was|were|should|must|can|may|could|would|will|do|does|did|has|have|had) not\b",
        r"\1",
    ),
    (r"\bcannot\b", "can"),
    (r"\bdo(?:es)? not (\w+)", r"\1"),
    (r"\bdid not (\w+)", r"did \1"),
    (r"\bnot\b", ""),
    (r"\bno\b", "some"),
    (r"\bno\b", "a clear"),
    (r"\bwithout\b", "with"),
    (r"\brather than\b", "as well as"),
    (r"\binstead of\b", "and"),
    (r"\bnever\b", "always"),
    (r"\bnever\b", "sometimes"),
    (r"\bnone\b", "most"),
    (r"\bnobody\b", "everybody"),
    (r"\bneither\b(.+?)\bnor\b", r"both\1and"),
    (r"\black(s|ed)?\b", "have"),
    (r"\bunpaid\b", "paid"),
    (r"\bonly\b", "not only"),
    (r"\bbut not\b", "and also"),
    (r"\bunless\b", "if"),
    (r"\bnot yet\b", "already"),
)


def undo(text: str, chance: random.Random) -> str | None:
    """A "not" taken out, or turned round."""
    options = [(p, b) for p, b in _UNDO if re.search(p, text, re.I)]
    if not options:
        return None
    pattern, by = chance.choice(options)
    spot = _one(pattern, text, chance)
    return None if spot is None else re.sub("  +", " ", replaced(text, spot, spot.expand(by)))


def opposite(text: str, chance: random.Random) -> str | None:
    """A word replaced by its opposite in the same form."""
    options = []
    for one, other in OPPOSITE:
        for a, b in ((one, other), (other, one)):
            theirs = [w for w in b.split("|") if " " not in w]
            for word in a.split("|"):
                for spot in re.finditer(rf"\b{word}(s|ed|d|ing|ly|er)?\b", text, re.I):
                    if len(word) > 3 or word in {"up", "all", "old", "new", "few", "low", "has"}:
                        options.append((spot, theirs))
    if not options:
        return None
    spot, theirs = chance.choice(options)
    by, end = chance.choice(theirs[:4]), spot[1] or ""
    if end == "ed":
        by += "d" if by.endswith("e") else "ed"
    elif end == "ing":
        by = by.removesuffix("e") + "ing"
    elif end == "s":
        by += "s" if not by.endswith("s") else "es"
    return replaced(text, spot, by)


def number(text: str, chance: random.Random) -> str | None:
    """A figure changed."""
    spelt = "|".join(_ONES[2:])
    spot = _one(
        rf"(?<![\w.,/-])\d[\d,]*(?:\.\d+)?(?![\w,]*\d)|\b(?:{spelt})\b|\bhalf\b|\ba third\b|\btwo thirds\b"
        r"|\ba quarter\b|\btwice\b|\b(?:daily|weekly|monthly|yearly)\b",
        text, chance,
    )  # fmt: skip
    if not spot:
        return None
    low = spot.group().lower()
    shares = ["half", "a third", "a quarter", "two thirds", "a fifth", "three quarters"]
    times = ["daily", "weekly", "monthly", "yearly"]
    if low in shares or low == "twice":
        return replaced(
            text, spot, chance.choice([s for s in [*shares, "three times"] if s != low][:6])
        )
    if low in times:
        return replaced(text, spot, chance.choice([t for t in times if t != low]))
    if low in _ONES:
        value = _ONES.index(low)
        near = [v for v in range(2, 15) if v != value and abs(v - value) <= 4]
        return replaced(text, spot, _ONES[chance.choice(near)]) if near else None
    value = float(low.replace(",", ""))
    if 1900 <= value <= 2100 and "," not in low:
        return replaced(
            text, spot, str(int(value) + chance.choice([-11, -8, -5, -3, -2, -1, 1, 2, 3, 10]))
        )
    if value != int(value):
        return replaced(text, spot, f"{value * chance.choice([0.5, 1.5, 2.1]):.2f}")
    changed = max(
        1, int(value * chance.choice([0.5, 0.7, 1.3, 2, 3]) + chance.choice([-2, -1, 1, 2]))
    )
    if chance.random() < 0.3 and len(low) == 2:
        changed = int(low[::-1])
    return (
        None
        if changed == value
        else replaced(text, spot, f"{changed:,}" if value > 999 else str(changed))
    )


_NAMES = {
    "England": ("England", "English"), "Scotland": ("Scotland", "Scottish"),
    "Wales": ("Wales", "Welsh"), "Northern Ireland": ("Northern Ireland", "Northern Irish"),
    "UK": ("the UK", "British"), "USA": ("the USA", "American"),
    "Australia": ("Australia", "Australian"), "New Zealand": ("New Zealand", "New Zealand"),
    "Canada": ("Canada", "Canadian"), "Ireland": ("Ireland", "Irish"),
    "Netherlands": ("the Netherlands", "Dutch"), "Germany": ("Germany", "German"),
    "Norway": ("Norway", "Norwegian"),
}  # fmt: skip


def country(text: str, chance: random.Random) -> str | None:
    """Carried to another country."""
    spots = [(place, spot) for place in _NAMES for spot in re.finditer(PLACES[place], text)]
    if spots:
        place, spot = chance.choice(spots)
        other = chance.choice([p for p in _NAMES if p != place])
        noun = spot.group() in {place, "US", "USA", "UK", "United States", "Britain"}
        named = _NAMES[other][0 if noun else 1]
        if re.search(r"\bthe $", text[: spot.start()]):
            named = named.removeprefix("the ")
        if re.search(r"\bthe $", text[: spot.start()]) and noun:
            noun_after = re.match(r" [a-z]", text[spot.end() :])
            named = _NAMES[other][1] if noun_after else named
        changed = replaced(text, spot, named)
        changed = re.sub(r"\b([Aa]) (?=(?:American|Australian|English|Irish)\b)", r"\1n ", changed)
        return re.sub(r"\b([Aa])n (?=(?:Scot|Wel|Brit|New|Can|Dut|Ger|Nor))", r"\1 ", changed)
    other = chance.choice(list(_NAMES))
    return f"In {_NAMES[other][0]}, {_lowered(text)}" if _lowered(text) != text else None


_FORCE = (
    (r"\bshould\b", ["must", "may", "have to", "are required by law to", "need not"]),
    (r"\bmust\b", ["should", "may", "can choose to", "need not", "could"]),
    (r"\bmay\b(?! \d)", ["must", "should", "will", "always", "have to"]),
    (r"\bcan\b", ["must", "should", "have to", "will always", "cannot"]),
    (r"\bcould\b", ["must", "will", "should"]),
    (r"\bmight\b", ["will", "must", "always"]),
    (r"\brequire(?:s|d)?\b", ["suggests", "allows", "encourages", "merely recommends"]),
    (r"\brecommend(?:s|ed)?\b", ["requires", "insists on", "permits", "demands"]),
    (r"\b(?:asks?|advises|suggests|encourages)\b", ["requires", "demands", "orders", "obliges"]),
    (r"\b(?:has|have) to\b", ["may", "can if they wish", "could", "should"]),
    (r"\bsuggest(?:s|ed)?\b", ["proves", "shows beyond doubt", "demonstrated", "establishes"]),
    (r"\b(?:found|reported|describes?|pointed to)\b", ["proved", "demonstrated", "established beyond doubt"]),
    (r"\boften\b", ["always", "in every case", "rarely", "never"]),
    (r"\bsometimes\b", ["always", "usually", "never"]),
    (r"\bsome\b", ["all", "most", "no", "every one of the"]),
    (r"\bmany\b", ["all", "few", "most"]),
    (r"\bmost\b", ["all", "few", "some"]),
    (r"\busually\b", ["always", "rarely", "by law"]),
    (r"\b(?:guidance|guideline|framework|policy|guide)\b", ["law", "legislation", "Act of Parliament"]),
    (r"\bsays?\b", ["requires by law", "proves", "insists", "rules"]),
    (r"\bmay be\b", ["is", "must be", "is always"]),
    (r"\bwas linked to\b|\bwent with\b", ["caused", "led to"]),
    (r"\b(?:allow|let|permit)s?\b", ["obliges", "requires", "forces"]),
    (r"\bentitled to\b", ["required to"]),
    (r"\b(?:hopes?|plans?|aims?|intends?) to\b", ["has to", "already does", "must"]),
)  # fmt: skip


def force(text: str, chance: random.Random) -> str | None:
    """A word of force made stronger or weaker."""
    options = [(p, words) for p, words in _FORCE if re.search(p, text, re.I)]
    if not options:
        return None
    pattern, words = chance.choice(options)
    spot = _one(pattern, text, chance)
    return replaced(text, spot, chance.choice(words)) if spot else None


_WHO = [
    "peer worker", "peer support worker", "supervisor", "line manager", "nurse", "psychiatrist",
    "commissioner", "trust", "charity", "council", "employer", "carer", "patient", "participant",
    "volunteer", "trainer", "researcher", "social worker", "police officer", "GP", "team leader",
    "colleague", "student", "psychologist", "manager", "provider", "service user", "relative",
    "tutor", "clinician", "board", "regulator", "friend", "member of staff",
]  # fmt: skip


def _plural(term: str) -> str:
    if term == "member of staff":
        return "members of staff"
    if term.endswith("y") and term[-2] not in "aeou":
        return term[:-1] + "ies"
    return term + "s"


def _terms_in(text: str, table: dict[str, str]) -> list[tuple[re.Match[str], str]]:
    found: list[tuple[re.Match[str], str]] = []
    for kind, words in table.items():
        for word in words.split("|"):
            if len(word) < 3:
                continue
            found += [(m, kind) for m in re.finditer(rf"\b{re.escape(word)}s?\b", text, re.I)]
    longest = sorted(found, key=lambda each: each[0].start() - each[0].end())
    kept: list[tuple[re.Match[str], str]] = []
    for match, kind in longest:
        if all(match.end() <= m.start() or match.start() >= m.end() for m, _ in kept):
            kept.append((match, kind))
    return kept


_NO_NOUN = re.compile(r"^(?:supervis(?:e|ed|es|ing|ion)|manag(?:ed|ing|ement)|lead|commission\w*|employ"
                      r"|nursing|psychology|state|work|mental|peer|voluntary|advocacy|team)$", re.I)  # fmt: skip


def actor(text: str, chance: random.Random) -> str | None:
    """The act by another person or body."""
    spots = [(m, k) for m, k in _terms_in(text, ACTORS) if not _NO_NOUN.match(m.group())]
    if not spots:
        return None
    spot, kind = chance.choice(spots)
    words = {w for w in ACTORS[kind].split("|")}
    others = [w for w in _WHO if w not in words]
    by = chance.choice(others)
    many = spot.group().lower().endswith("s") or spot.group().lower() in {
        "people",
        "staff",
        "children",
    }
    return replaced(text, spot, _plural(by) if many else by)


_WHERE = {
    "ward": ["on wards", "in hospital", "ward"], "community": ["in the community", "community"],
    "forensic": ["in secure units", "forensic"], "prison": ["in prison", "prison"],
    "primary care": ["in primary care", "primary care"], "young": ["young people"],
    "older": ["older people"], "online": ["online"], "school": ["schools", "school"],
    "crisis": ["in crisis services", "crisis"], "women": ["women"], "men": ["men"],
    "drug": ["drug and alcohol services"], "military": ["veterans"], "rural": ["rural areas"],
}  # fmt: skip


def setting(text: str, chance: random.Random) -> str | None:
    """The wrong place, group or time."""
    times = {"before": "after", "after": "before", "during": "after", "until": "from", "new": "long-serving",
             "weekly": "yearly", "at the start": "at the end", "adults": "children",
             "inpatient": "outpatient", "face-to-face": "online", "paid": "volunteer"}  # fmt: skip
    options: list[tuple[re.Match[str], list[str]]] = []
    for word, by in times.items():
        options += [(m, [by]) for m in re.finditer(rf"\b{word}\b", text, re.I)]
    for match, kind in _terms_in(text, SETTINGS):
        if kind in _WHERE:
            others = [w[-1] for k, w in _WHERE.items() if k != kind]
            options.append((match, others))
    if not options or chance.random() < 0.15:
        place = chance.choice(
            [w[0] for k, w in _WHERE.items() if w[0].startswith("in ") or "on " in w[0]]
        )
        at = re.search(r"[.;]?$", text)
        return (
            text.rstrip(".") + f" {place}."
            if at and chance.random() < 0.5
            else (f"{place[0].upper()}{place[1:]}, {_lowered(text)}")
        )
    spot, words = chance.choice(options)
    return replaced(text, spot, chance.choice(words))


def swap(text: str, chance: random.Random) -> str | None:
    """Two actors, two settings, two numbers or two sides of a comparison changed about."""
    for table in chance.sample([ACTORS, SETTINGS], 2):
        spots = [s for s in _terms_in(text, table) if not _NO_NOUN.match(s[0].group())]
        spots = [s for s in spots if _many(s[0].group()) == _many(spots[0][0].group())]
        if len({k for _, k in spots}) >= 2:
            a, b = sorted(chance.sample(spots, 2), key=lambda s: s[0].start())
            if a[1] != b[1]:
                return _swapped(text, a[0], b[0])
    numbers = list(re.finditer(r"(?<![\w.])\d[\d,.]*\d(?:%| per cent)?(?!\w)", text))
    if len(numbers) >= 2:
        first, second = sorted(chance.sample(numbers, 2), key=lambda m: m.start())
        if first.group() != second.group():
            return _swapped(text, first, second)
    both = re.search(r"(\b\w+ \w+) (more than|rather than|before|after|instead of|depends on|leads to|without) (\w+ \w+\b)", text)  # fmt: skip
    if both:
        return f"{text[: both.start()]}{both[3]} {both[2]} {both[1]}{text[both.end() :]}"
    return None


def _many(term: str) -> bool:
    return term.lower().endswith("s") or term.lower() in {"people", "staff", "children"}


def _swapped(text: str, a: re.Match[str], b: re.Match[str]) -> str:
    first, second = a.group(), b.group()
    if a.start() == 0:
        first, second = first[0].lower() + first[1:], second[0].upper() + second[1:]
    return text[: a.start()] + second + text[a.end() : b.start()] + first + text[b.end() :]


_QUALIFIED = re.compile(
    r" \((?:[^)]*)\)|\b(?:one|some|certain) (?=\w+s?\b)|,? (?:in|at|of) one (?:\w+ ){1,3}|\b(?:often|sometimes|"
    r"partly|mainly|usually|possibly|perhaps|nearly|almost|some of|about half of|up to|at least|modestly"
    r"|slightly|only|if \w+ \w+ \w+,?) "
)


def widen(text: str, chance: random.Random) -> str | None:
    """A qualification gone, so that more is said."""
    changes = [
        (
            r"\b(?:in|at) one (?:\w+ )?(?:trust|service|study|team|place|area|city|region|hospital)\b",
            "everywhere",
        ),
        (r"\bone (trust|service|study|review|team|site|charity|guide)\b", r"every \1"),
        (r"\b(?:some|many|several) (\w+s)\b", r"all \1"),
        (r"\bonly (?:if|where|when|for|in)\b", "always"),
        (r"\b(?:up to|at most|about|nearly|almost) (?=\d)", "more than "),
        (r"\bat least (?=\d|one|two|three)", "exactly "),
        (r"\b(?:small|modest|slight|little)\b", "large"),
        (r"\b(?:planned|plans|meant|intended) to\b", "does"),
    ]
    options = [(p, b) for p, b in changes if re.search(p, text, re.I)]
    if not options:
        return None
    pattern, by = chance.choice(options)
    spot = _one(pattern, text, chance)
    return replaced(text, spot, spot.expand(by)) if spot else None


# ---------------------------------------------------------------- joined sentences

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
    """The sentence, or the first part of it, with something added that the evidence does not say."""
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
    tail = _lowered(tail)
    link = chance.choice(["and", "because", "so", "which means that", "and", "but", "since", "as"])
    return f"{base}, {link} {tail}."


def stitch(one: str, other: str, chance: random.Random) -> str | None:
    """Parts of two sentences put into a relation that neither has."""
    a, b = parts_of(one), parts_of(other)
    if not a or not b:
        return None
    first, second = chance.choice(a), chance.choice(b)
    second = _lowered(second)
    link = chance.choice([" because ", ", which is why ", " so that ", ", so ", ", which led to this: ",
                          ", more than ", " in order that ", " as a result of which ", " only where ",
                          " until ", ", since ", " once ", " unless ", ", and therefore "])  # fmt: skip
    return f"{first[0].upper()}{first[1:]}{link}{second}."


def both(one: str, other: str, chance: random.Random) -> str | None:
    """Two true sentences side by side: true of both."""
    a, b = one.rstrip("."), other
    if len((a + b).split()) > 48:
        return None
    low = _lowered(b)
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
            text = replaced(text, digits, _ONES[int(digits[1])])
        else:
            spelt = re.search(rf"\b({'|'.join(_ONES[2:13])})\b", text)
            if spelt and spelt.start():
                text = replaced(text, spelt, str(_ONES.index(spelt[1])))
    return text


_SAYS = re.compile(
    r"^(?P<what>.{25,}), (?P<verb>says|said|wrote|reports|reported|advises|explains|warns) (?P<who>[^,;:]{4,70}?)\.$"
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


# ---------------------------------------------------------------- from the library


def sentences_of(library: Library, left_out: frozenset[str]) -> list[True_]:
    """The true sentences: of briefs, of notes, and parts of notes' sentences."""
    found = [
        True_(s.text, s.notes, True)
        for brief in library.briefs.values()
        for s in _sentences(brief)
        if not set(s.notes) & left_out and not _OURS.search(s.text)
    ]
    for note in library.notes.values():
        if note.id in left_out:
            continue
        for sentence in re.split(r"(?<=[.!?]) (?=[A-Z])", note.text):
            if len(sentence.split()) >= 6:
                found.append(True_(sentence, (note.id,), False))
            if ", " in sentence and len(sentence.split()) > 18:
                cut = re.split(r"(?:, |; )(?:and|but|while|which|where|so)\b", sentence)[0]
                if 8 <= len(cut.split()) < len(sentence.split()) - 3 and cut.count(
                    "("
                ) == cut.count(")"):
                    found.append(True_(cut.rstrip(" ,.") + ".", (note.id,), False))
    return found


def _sentences(brief: object) -> Iterator[BriefSentence]:
    yield from brief.lead  # type: ignore[attr-defined]
    yield from brief.practice  # type: ignore[attr-defined]
    yield from brief.not_settled  # type: ignore[attr-defined]
    for answer in brief.answers:  # type: ignore[attr-defined]
        yield from answer.answer


EDITS: dict[str, tuple[Edit, ...]] = {
    "negated": (negate, undo, undo, opposite, opposite),
    "number": (number,),
    "country": (country,),
    "force": (force,),
    "actor": (actor,),
    "setting": (setting,),
    "turned": (swap, swap, widen),
}
SHARES = {
    "negated": 5, "number": 0.8, "country": 0.4, "force": 3, "actor": 3, "setting": 2.5, "turned": 4,
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
        self._by_note: dict[str, list[True_]] = {}
        for each in self.true:
            for note in each.notes:
                self._by_note.setdefault(note, []).append(each)
        self._chance = random.Random(seed)

    def evidence(self, notes: Sequence[str]) -> str:
        """The texts of notes, one after the other."""
        return " ".join(self._texts[note] for note in notes)

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

    def _true(self, each: True_) -> Pair:
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

    def _other(self, each: True_) -> True_ | None:
        """A true sentence of a close note of another source."""
        close = [
            n
            for n in self._near.get(each.notes[0], [])
            if n in self._by_note and n not in each.notes
        ]
        if not close:
            return None
        return self._chance.choice(self._by_note[self._chance.choice(close[:12])])

    def _false(self, each: True_) -> Pair | None:
        chance = self._chance
        for _ in range(5):
            kind = chance.choices(list(SHARES), list(SHARES.values()))[0]
            made = self._made(kind, each)
            if made and made.claim.strip().lower() != each.claim.strip().lower():
                return made
        return None

    def _made(self, kind: str, each: True_) -> Pair | None:
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
            return (
                claim
                and Pair(self.evidence(each.notes), harmless(claim, chance), False, kind)
                or None
            )
        return self._stitched(each, other)

    def _stitched(self, each: True_, other: True_) -> Pair | None:
        chance = self._chance
        if chance.random() < 0.3:
            own = [t for t in self._by_note[each.notes[0]] if t.claim != each.claim]
            other = chance.choice(own) if own else other
        claim = stitch(each.claim, other.claim, chance)
        if not claim:
            return None
        notes = list(dict.fromkeys([*each.notes, *other.notes]))
        return Pair(self.evidence(notes), harmless(claim, chance), False, "stitched")


def written(path: Path, library: Library) -> list[Pair]:
    """The pairs that people wrote for training, evidence filled in."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.strip():
            continue
        data = json.loads(line)
        notes = list(dict.fromkeys(data["notes"]))
        evidence = " ".join(library.notes[note].text for note in notes)
        found.append(Pair(evidence, data["text"], data["holds"], data["kind"]))
    return found
