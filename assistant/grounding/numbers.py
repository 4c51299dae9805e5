"""Every number, share, date and frequency of a claim stands in its evidence, in the same sense."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.grounding.findings import Case, Finding
from assistant.grounding.plain import Text, Word, singular

SPELT_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    " sixteen seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_SPELT = {word: float(n) for n, word in enumerate(SPELT_ONES)} | {
    word: 10.0 * n for n, word in enumerate(_TENS, 2)
}
_SCALE = {"hundred": 100.0, "thousand": 1000.0, "million": 1e6, "billion": 1e9}
_PARTS = {
    "half": 2, "halve": 2, "third": 3, "quarter": 4, "fifth": 5, "sixth": 6, "seventh": 7,
    "eighth": 8, "ninth": 9, "tenth": 10,
}  # fmt: skip
_ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7,
    "eighth": 8, "ninth": 9, "tenth": 10,
}  # fmt: skip
_TIMES = {"once": 1.0, "twice": 2.0, "double": 2.0, "doubled": 2.0, "doubles": 2.0,
          "triple": 3.0, "tripled": 3.0, "dozen": 12.0, "decade": 10.0, "fortnight": 2.0,
          "pair": 2.0, "both": 2.0, "couple": 2.0, "trio": 3.0, "single": 1.0}  # fmt: skip
_UNITS = {
    "hour": "hour", "minute": "minute", "day": "day", "week": "week", "month": "month",
    "year": "year", "yr": "year", "fortnight": "week", "session": "session", "band": "band",
    "stage": "stage", "step": "step", "level": "level", "year-old": "year", "pound": "pound",
    "page": "page", "term": "term", "shift": "shift", "point": "point",
}  # fmt: skip
_MONTHS = (
    "january february march april may june july august september october november december"
).split()
_FREQUENT = {
    "daily": "day", "weekly": "week", "fortnightly": "fortnight", "monthly": "month",
    "quarterly": "quarter", "yearly": "year", "annual": "year", "annually": "year",
    "hourly": "hour",
}  # fmt: skip
_EVERY = re.compile(
    r"\b(?:every|each|a|per|once a|twice a|times a) (hour|day|week|fortnight|month|quarter|year)\b"
)
_MORE = re.compile(
    r"(?:more than|over|above|at least|no fewer than|no less than|exceed\w*|beyond|upwards of"
    r"|minimum of|older than|longer than)\W+(?:an? |the )?$"
)
_LESS = re.compile(
    r"(?:less than|under|below|fewer than|at most|up to|no more than|within|almost|nearly"
    r"|maximum of|just under|younger than|shorter than)\W+(?:an? |the )?$"
)
_DIGITS = re.compile(r"^£?(\d[\d,]*(?:\.\d+)?)(st|nd|rd|th)?(%)?$")


@dataclass(frozen=True)
class Number:
    """A number in a text.

    Args:
        value: of it; a share is a fraction of one.
        kind: "count", "share", "date", "rank" or a unit of time, pay band and the like.
        shown: as written.
        place: of its first word.
        noun: what is counted, where a word right behind says so.
        digits: whether it is written in digits.
    """

    value: float
    kind: str
    shown: str
    place: int
    noun: str = ""
    digits: bool = False


def numbers_of(text: Text) -> list[Number]:
    """The numbers of a text, in order."""
    found: list[Number] = []
    place = 0
    while place < len(text.words):
        number, used = _at(text.words, place)
        if number is not None:
            found.append(number)
        place += max(used, 1)
    return found


def _at(words: tuple[Word, ...], i: int) -> tuple[Number | None, int]:
    """The number that begins at a place, and how many words it takes."""
    value, used, digits = _value(words, i)
    if value is None:
        return _worded(words, i)
    word = words[i]
    match = _DIGITS.match(word.low)
    if match and match[3]:
        return Number(value / 100, "share", word.text, i, digits=True), used
    if match and match[2]:
        return _dated(words, i, value) or Number(value, "rank", word.text, i, digits=True), used
    after = _low(words, i + used)
    if after in {"percent"} or (after == "per" and _low(words, i + used + 1) == "cent"):
        return Number(value / 100, "share", word.text, i, digits=digits), used + 1
    share = _share(words, i, value, used)
    if share is not None:
        return share
    if _low(words, i - 1) in {
        "band",
        "bands",
        "level",
        "stage",
        "step",
        "schedule",
        "chapter",
        "section",
        "sections",
        "article",
        "paper",
        "phase",
        "class",
        "version",
        "unit",
    }:
        return Number(value, singular(_low(words, i - 1)), word.text, i, digits=digits), used
    dated = _dated(words, i, value)
    if dated is not None and digits:
        return dated, used
    unit = _UNITS.get(singular(after))
    if unit is None and i + used < len(words) and words[i + used].content:
        unit = _UNITS.get(singular(_low(words, i + used + 1)))
    noun = _noun(words, i + used)
    return Number(value, unit or "count", word.text, i, noun, digits), used


def _low(words: tuple[Word, ...], i: int) -> str:
    return words[i].low if 0 <= i < len(words) else ""


def _value(words: tuple[Word, ...], i: int) -> tuple[float | None, int, bool]:
    """A number in digits or spelt: its value, its words, and whether in digits."""
    match = _DIGITS.match(words[i].low)
    if match:
        value = float(match[1].replace(",", "").rstrip(".") or 0)
        scale = _SCALE.get(_low(words, i + 1))
        return (value * scale, 2, True) if scale else (value, 1, True)
    low = words[i].low
    if low not in _SPELT and not (low in {"a", "an"} and _low(words, i + 1) in _SCALE):
        return None, 0, False
    total, used = _SPELT.get(low, 1.0), 1
    if total >= 20 and 1 <= _SPELT.get(_low(words, i + 1), 0) < 10:
        total, used = total + _SPELT[_low(words, i + 1)], 2
    while _low(words, i + used) in _SCALE:
        total, used = total * _SCALE[_low(words, i + used)], used + 1
        more = _low(words, i + used) == "and" and _SPELT.get(_low(words, i + used + 1))
        if more:
            total, used = total + more, used + 2
    return total, used, False


def _share(words: tuple[Word, ...], i: int, value: float, used: int) -> tuple[Number, int] | None:
    """A share in two numbers: "one in five", "three of the ten", "two thirds", "3 out of 10"."""
    j = i + used
    part = singular(_low(words, j))
    if part in _PARTS and part != "second" and (value > 1 or part in {"third", "quarter", "fifth"}):
        return Number(value / _PARTS[part], "share", f"{words[i].text} {part}", i), used + 1
    if _low(words, j) in {"in", "of", "out"}:
        k = j + 1
        while _low(words, k) in {"of", "every", "the", "all"}:
            k += 1
        if k < len(words):
            whole, more, _ = _value(words, k)
            if whole is not None and whole > value and not 1800 <= whole <= 2100:
                kind = "share" if _low(words, j) != "of" else "of"
                return Number(value / whole, kind, words[i].text, i), k + more - i
    return None


def _worded(words: tuple[Word, ...], i: int) -> tuple[Number | None, int]:
    """Half, a third, twice, first: numbers that are not written as numbers."""
    low, before = words[i].low, _low(words, i - 1)
    part = singular(low)
    if part == "half" or (part in _PARTS and before in {"a", "one"} and part != "halve"):
        return Number(1 / _PARTS[part], "share", low, i), 1
    if low in _TIMES:
        return Number(_TIMES[low], "times", low, i), 1
    if low in _ORDINALS and low not in {"first", "second"}:
        return Number(float(_ORDINALS[low]), "rank", low, i), 1
    if low in {"a", "an"} and _low(words, i + 1) in {"hour", "day", "week", "month", "year"}:
        return None, 1
    return None, 1


def _dated(words: tuple[Word, ...], i: int, value: float) -> Number | None:
    if 1800 <= value <= 2100 and value == int(value) and "," not in words[i].text:
        after = singular(_low(words, i + 1))
        if after not in {"people", "person", "worker", "member", "word", "hour"}:
            return Number(value, "date", words[i].text, i, digits=True)
    if _low(words, i + 1) in _MONTHS or (_low(words, i - 1) in _MONTHS and value <= 31):
        return Number(value, "date", words[i].text, i, digits=True)
    return None


def _noun(words: tuple[Word, ...], i: int) -> str:
    """The first content words behind a number, of which one is what is counted."""
    near = [w.stem for w in words[i : i + 3] if w.content]
    return " ".join(near)


def _agrees(one: Number, other: Number) -> bool:
    """Whether two numbers may be the same number."""
    values = abs(one.value - other.value) < 1e-9
    kinds = {one.kind, other.kind}
    if kinds <= {"share", "of"}:
        return values or abs(one.value - other.value) < 0.006
    if not values or "share" in kinds or "of" in kinds:
        return False
    if "times" in kinds:
        return kinds <= {"times", "count"}
    return len(kinds) == 1 or "count" in kinds or kinds == {"date", "rank"}


def check(case: Case) -> list[Finding]:
    """Numbers, months, frequencies and bounds of the claim that the evidence does not bear out."""
    claimed = [n for n in numbers_of(case.claim) if not _of_hour(n, case.claim)]
    held = [*numbers_of(case.evidence), *numbers_of(case.sources)]
    found = [f for number in claimed if (f := _number_fault(number, held, case)) is not None]
    found += _months(case)
    found += _frequencies(case)
    found += _bounds(case, claimed, numbers_of(case.evidence))
    return found


def _number_fault(number: Number, held: list[Number], case: Case) -> Finding | None:
    if any(_agrees(number, other) for other in held):
        return None
    if number.kind == "of":
        pieces = {n.value for n in held}
        whole, part = _pieces(number, case.claim)
        if whole in pieces and (part in pieces or part <= 1):
            return None
    shown = number.shown
    if number.kind == "times":
        both = number.shown in {"both", "single", "once", "couple", "pair", "double"}
        return Finding("number", shown, sure=False) if not both else None
    if number.kind == "rank":
        return Finding("number", shown, sure=number.digits)
    if number.kind == "share" and not number.digits:
        close = any(o.kind in {"share", "of"} and abs(o.value - number.value) < 0.08 for o in held)
        counts = sum(o.kind == "count" and o.digits for o in held) >= 2
        return Finding(
            "number", shown, sure=not close and not (_bound(case.claim, number) and counts)
        )
    if number.value == 1 and not number.digits and number.kind == "count":
        return None
    if number.kind == "count" and not number.digits and number.value <= 10:
        # "Three things": the evidence may list three without saying so.
        others = [o for o in held if o.kind in {"count", "of"} and o.value != number.value]
        same = any(set(o.noun.split()) & set(number.noun.split()) for o in others)
        return Finding("number", shown, sure=same)
    if number.kind == "of" or _bound(case.claim, number):
        return Finding("number", shown, sure=not _rounds(number, held, case.claim))
    return Finding("number", shown)


def _rounds(number: Number, held: list[Number], claim: Text) -> bool:
    """Whether a bounded number may stand for one of the evidence: "over 800" for 862."""
    if number.kind == "of":
        whole, part = _pieces(number, claim)
        return any(o.value == whole for o in held) and part <= 10
    more = _bound(claim, number) == "more"
    return any(
        o.kind == number.kind and abs(o.value - number.value) <= 0.2 * o.value
        and (o.value >= number.value) == more
        for o in held
    )  # fmt: skip


def _of_hour(number: Number, claim: Text) -> bool:
    """Half an hour, an hour and a half: lengths of time have too many forms to compare."""
    near = {w.low for w in claim.words[max(0, number.place - 4) : number.place + 3]}
    return number.shown == "half" and bool(near & {"hour", "day", "year", "dozen", "way", "their"})


def _pieces(number: Number, claim: Text) -> tuple[float, float]:
    """Whole and part of "three of the ten"."""
    part, used, _ = _value(claim.words, number.place)
    k = number.place + used
    while k < len(claim.words):
        whole, _, _ = _value(claim.words, k)
        if whole is not None:
            return whole, part or 0.0
        k += 1
    return -1.0, part or 0.0


def _lists(case: Case, count: int) -> bool:
    """Whether the evidence has a list of about that many things."""
    for sentence in re.split(r"[.!?]", case.evidence.raw):
        parts = re.split(r",|;| and | or ", sentence)
        if len(parts) >= count >= 2:
            return True
    return False


def _months(case: Case) -> list[Finding]:
    named = {w.low for w in case.claim.words if w.text.istitle() and w.low in _MONTHS}
    known = case.evidence.low + " " + case.sources.low
    wrong = [m for m in named if m not in known and m != "may"]
    if "may" in named and re.search(r"\bMay \d{4}|\d May\b|\bin May\b", case.claim.raw):
        wrong += [] if re.search(r"\bMay\b", case.evidence.raw + case.sources.raw) else ["May"]
    return [Finding("number", month) for month in wrong]


def frequencies_of(low: str) -> frozenset[str]:
    """How often, in the words of a text: day, week, month …"""
    every = {m[1] for m in _EVERY.finditer(low) if not m.group().startswith("a ")}
    every |= {m[1] for m in re.finditer(r"\b(?:once|twice|times|hours?) an? (\w+)\b", low)}
    named = {unit for word, unit in _FREQUENT.items() if re.search(rf"\b{word}\b", low)}
    return frozenset(
        (every | named) & {"hour", "day", "week", "fortnight", "month", "quarter", "year"}
    )


def _frequencies(case: Case) -> list[Finding]:
    claimed, held = frequencies_of(case.claim.low), frequencies_of(case.evidence.low)
    missing = {unit for unit in claimed - held if not re.search(rf"\b{unit}", case.evidence.low)}
    return [Finding("number", f"every {u}", sure=bool(held), sign="often") for u in sorted(missing)]


def _bound(text: Text, number: Number) -> str:
    start = 0
    for word in text.words[: number.place]:
        at = text.raw.find(word.text, start)
        start = at + len(word.text)
    before = text.low[:start] + " "
    if _MORE.search(before):
        return "more"
    return "less" if _LESS.search(before) else ""


def _bounds(case: Case, claimed: list[Number], held: list[Number]) -> list[Finding]:
    """More than ten is not fewer than ten."""
    found = []
    for number in claimed:
        bound = _bound(case.claim, number)
        same = [_bound(case.evidence, other) for other in held if _agrees(number, other)]
        if not same or bound in same:
            continue
        opposite = bool(bound) and {"more", "less"} <= {bound, *same}
        found.append(
            Finding("number", f"{bound or 'exactly'} {number.shown}", sure=opposite, sign="bound")
        )
    return found
