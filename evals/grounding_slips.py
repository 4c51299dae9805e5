"""Slips: one change at a time that makes a true sentence false.

For fitting the gate. Each slip is a function of a sentence and a source of chances that gives the
changed sentence, or None where it finds nothing to change.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from assistant.grounding.countries import PLACES
from assistant.grounding.numbers import SPELT_ONES
from assistant.grounding.terms import ACTORS, OPPOSITE, SETTINGS

Edit = Callable[[str, random.Random], str | None]


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


def lowered(text: str) -> str:
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
    spelt = "|".join(SPELT_ONES[2:])
    spot = _one(
        rf"(?<![\w.,/-])\d[\d,]*(?:\.\d+)?(?![\w,]*\d)|\b(?:{spelt})\b|\bhalf\b"
        r"|\ba third\b|\btwo thirds\b"
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
    if low in SPELT_ONES:
        count = SPELT_ONES.index(low)
        near = [v for v in range(2, 15) if v != count and abs(v - count) <= 4]
        return replaced(text, spot, SPELT_ONES[chance.choice(near)]) if near else None
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
    return f"In {_NAMES[other][0]}, {lowered(text)}" if lowered(text) != text else None


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
    (r"\b(?:found|reported|describes?|pointed to)\b", ["proved", "demonstrated", "established"]),
    (r"\boften\b", ["always", "in every case", "rarely", "never"]),
    (r"\bsometimes\b", ["always", "usually", "never"]),
    (r"\bsome\b", ["all", "most", "no", "every one of the"]),
    (r"\bmany\b", ["all", "few", "most"]),
    (r"\bmost\b", ["all", "few", "some"]),
    (r"\busually\b", ["always", "rarely", "by law"]),
    (r"\b(?:guidance|guideline|framework|policy|guide)\b", ["law", "legislation", "statute"]),
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


_NO_NOUN = re.compile(
    r"^(?:supervis(?:e|ed|es|ing|ion)|manag(?:ed|ing|ement)|lead|commission\w*|employ|nursing"
    r"|psychology|state|work|mental|peer|voluntary|advocacy|team)$",
    re.IGNORECASE,
)


def actor(text: str, chance: random.Random) -> str | None:
    """The act by another person or body."""
    spots = [(m, k) for m, k in _terms_in(text, ACTORS) if not _NO_NOUN.match(m.group())]
    if not spots:
        return None
    spot, kind = chance.choice(spots)
    words = set(ACTORS[kind].split("|"))
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
    times = {"before": "after", "after": "before", "during": "after", "until": "from",
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
            else (f"{place[0].upper()}{place[1:]}, {lowered(text)}")
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
    both = re.search(
        r"(\b\w+ \w+) (more than|rather than|before|after|instead of|depends on|leads to|without)"
        r" (\w+ \w+\b)",
        text,
    )
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


def widen(text: str, chance: random.Random) -> str | None:
    """A qualification gone, so that more is said."""
    changes = [
        (
            r"\b(?:in|at) one (?:\w+ )?(?:trust|service|study|team|place|area|city|region"
            r"|hospital)\b",
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


EDITS: dict[str, tuple[Edit, ...]] = {
    "negated": (negate, undo, undo, opposite, opposite),
    "number": (number,),
    "country": (country,),
    "force": (force,),
    "actor": (actor,),
    "setting": (setting,),
    "turned": (swap, swap, widen),
}
