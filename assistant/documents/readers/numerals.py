"""Numbers as lists write them: 4, iv, (d), Fourth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
).split()
_TENS = "- - twenty thirty forty fifty sixty seventy eighty ninety".split()
_ORDINALS = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth",
    "nine": "ninth", "twelve": "twelfth",
}  # fmt: skip
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"),
    (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip


@dataclass(frozen=True)
class Label:
    """What stands before a paragraph of a list; ``text`` is empty for bullets."""

    text: str
    bullet: bool = False


def whole(text: str | None, otherwise: int) -> int:
    """A whole number as files write it, within what is sensible."""
    try:
        return max(-1_000_000, min(1_000_000, int(text or "")))
    except ValueError:
        return otherwise


def written(number: int, form: str) -> str:
    """A number in one of Word's number formats; decimal where the format is not known."""
    writers: dict[str, Callable[[int], str]] = {
        "lowerLetter": letters,
        "upperLetter": lambda value: letters(value).upper(),
        "lowerRoman": roman,
        "upperRoman": lambda value: roman(value).upper(),
        "decimalZero": lambda value: f"{value:02d}",
        "ordinal": _ordinal,
        "cardinalText": lambda value: _in_words(value).capitalize(),
        "ordinalText": lambda value: _ordinal_in_words(value).capitalize(),
        "none": lambda value: "",
        "decimalEnclosedParen": lambda value: f"({value})",
        "decimalEnclosedFullstop": lambda value: f"{value}.",
        "numberInDash": lambda value: f"- {value} -",
    }
    writer = writers.get(form)
    return writer(number) if writer else str(number)


def letters(number: int) -> str:
    """a to z, then aa, bb, cc."""
    if not 0 < number <= 780:
        return str(number)
    turn, letter = divmod(number - 1, 26)
    return chr(ord("a") + letter) * (turn + 1)


def roman(number: int) -> str:
    """i, ii, iii, iv."""
    if not 0 < number < 4000:
        return str(number)
    text = ""
    for value, sign in _ROMAN:
        times, number = divmod(number, value)
        text += sign * times
    return text


def _ordinal(number: int) -> str:
    tail = (
        "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    )
    return f"{number}{tail}"


def _in_words(number: int) -> str:
    if not 0 <= number < 100:
        return str(number)
    if number < 20:
        return _ONES[number]
    tens, ones = divmod(number, 10)
    return _TENS[tens] + (f"-{_ONES[ones]}" if ones else "")


def _ordinal_in_words(number: int) -> str:
    head, dash, last = _in_words(number).rpartition("-")
    if last in _ORDINALS:
        last = _ORDINALS[last]
    else:
        last = last[:-1] + "ieth" if last.endswith("y") else last + "th"
    return head + dash + last
