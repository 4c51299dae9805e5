"""Dates as people write them in Britain, read to ``PartialDate``: "12/03/2023" is 12 March.

A day that does not exist is no date. What a date means is left to the caller.
"""

from __future__ import annotations

import datetime as dt
import re

from assistant.documents.records import PartialDate

MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_YEAR = r"(?:19|20)\d\d"
DATE = re.compile(
    rf"""(?<![\w/.-])(?:
      (?P<y1>{_YEAR})-(?P<m1>0[1-9]|1[0-2])(?:-(?P<d1>[0-3]\d))?(?:T[\d:.]+Z?)?
    | (?P<d2>\d{{1,2}})\s?[/.-]\s?(?P<m2>\d{{1,2}})\s?[/.-]\s?(?P<y2>{_YEAR}|\d\d)
    | (?P<d3>\d{{1,2}})\s?(?:st|nd|rd|th)?(?:\s+(?:day\s+)?of)?[\s-]+(?P<m3>{MONTH})[\s,-]+
      (?P<y3>{_YEAR}|\d\d)
    | (?P<m4>{MONTH})\s+(?P<d4>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y4>{_YEAR})
    | (?P<m5>{MONTH})(?:[\s,-]*(?P<y5>{_YEAR})|\s?[-'’](?P<y55>\d\d))
    | (?P<m6>0?[1-9]|1[0-2])/(?P<y6>{_YEAR})
    | (?P<y7>{_YEAR})
    )(?![\w]|[/-]\d|\.\d)""",
    re.IGNORECASE | re.VERBOSE,
)
DASHES = str.maketrans({"\u2010": "-", "\u2011": "-", "\u2013": "-", "\u2014": "-", "\xa0": " "})


def date_in(text: str) -> PartialDate:
    """The first date in ``text``, as exact as it stands there; empty where there is none."""
    for match in DATE.finditer(text.translate(DASHES)):
        if found := date_of(match):
            return found
    return ""


def date_of(match: re.Match[str]) -> PartialDate:
    """ISO form of one match; empty where no such day exists."""
    parts = {name.rstrip("1234567"): value for name, value in match.groupdict().items() if value}
    year = int(parts["y"])
    year += 2000 if year < 100 else 0
    month, day = _month_number(parts.get("m", "")), int(parts.get("d", 0))
    if month > 12 >= day > 0:
        month, day = day, month
    if not month:
        return f"{year}"
    try:
        dt.date(year, month, day or 1)
    except ValueError:
        return ""
    return f"{year}-{month:02}-{day:02}" if day else f"{year}-{month:02}"


def _month_number(text: str) -> int:
    if text.isdigit():
        return int(text)
    return MONTHS.index(text[:3].lower()) + 1 if text else 0
