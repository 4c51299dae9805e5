"""What is out of date: review dates, superseded editions, retracted papers, old checks.

Retractions come from a list that a user keeps (``retractions``). Marking documents in the store and
dropping them in rank are left to others.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterable
from typing import Literal

from assistant.documents.records import Details, Document, PartialDate
from assistant.documents.retractions import (
    Notice,
    RetractionList,
    Standing,
    ToCheck,
    read_retractions,
    retractions_for,
)
from assistant.schema import Brief, DocumentStatus, Record, Source

__all__ = [
    "Due",
    "Notice",
    "RetractionList",
    "Standing",
    "ToCheck",
    "due",
    "last_day",
    "read_retractions",
    "retractions_for",
    "status_of",
]

SOON_DAYS = 90
CHECK_MONTHS = 18

# ---------------------------------------------------------------- dates and status


def last_day(date: PartialDate) -> dt.date | None:
    """The last day of a year, of a month, or the day itself; None where there is no such day."""
    if not date:
        return None
    parts = [int(part) for part in date.split("-")]
    try:
        month = parts[1] if len(parts) > 1 else 12
        day = parts[2] if len(parts) > 2 else calendar.monthrange(parts[0], month)[1]
        return dt.date(parts[0], month, day)
    except ValueError:
        return None


def status_of(details: Details, today: dt.date) -> DocumentStatus:
    """The gravest that holds: retracted, superseded, review-due, current.

    A review date has passed when its last day has: "2026" at the end of 2026.
    """
    if details.retracted:
        return "retracted"
    if details.superseded_by:
        return "superseded"
    due = last_day(details.review_due)
    return "review-due" if due is not None and due < today else "current"


# ---------------------------------------------------------------- what is due

DueReason = Literal["retracted", "superseded", "review-due", "check-due", "review-soon"]
_GRAVITY: tuple[DueReason, ...] = (
    "retracted",
    "superseded",
    "review-due",
    "check-due",
    "review-soon",
)


class Due(Record):
    """One record that wants attention. ``date`` is the review or check date, where there is one;
    ``message`` says what is the matter and what to do."""

    what: Literal["document", "source", "brief"]
    id: str
    title: str
    reason: DueReason
    date: PartialDate = ""
    message: str


def due(
    sources: Iterable[Source],
    briefs: Iterable[Brief],
    documents: Iterable[Document],
    today: dt.date,
) -> tuple[Due, ...]:
    """Everything that is retracted, superseded, past its review date or within 90 days of it, and
    sources last checked more than 18 months ago; gravest first, then oldest. One entry a record."""
    found = [
        *(entry for document in documents if (entry := _document_due(document, today))),
        *(entry for source in sources if (entry := _source_due(source, today))),
        *(entry for brief in briefs if (entry := _brief_due(brief, today))),
    ]
    return tuple(
        sorted(found, key=lambda entry: (_GRAVITY.index(entry.reason), entry.date, entry.id))
    )


_REPLACE = "Replace it with the newer edition, or remove it: an answer may not rest on it alone."
_RETRACTED = "Take it out of use, and look again at answers and training that rest on it."


def _document_due(document: Document, today: dt.date) -> Due | None:
    details = document.details
    status = status_of(details, today)
    if status in {"retracted", "superseded"}:
        grave: DueReason = "retracted" if status == "retracted" else "superseded"
        told = details.retracted or f"Superseded by {details.superseded_by}"
        message = f"{told.rstrip('.')}. {_RETRACTED if grave == 'retracted' else _REPLACE}"
        return _entry("document", document.id, details.title, grave, details.review_due, message)
    advice = "Ask its owner for the reviewed edition and add it, or enter the new review date."
    return _by_review("document", document.id, details.title, details.review_due, today, advice)


def _source_due(source: Source, today: dt.date) -> Due | None:
    if source.status != "current":
        told = source.status_note or (
            f"Superseded by {source.superseded_by}" if source.superseded_by else source.status
        )
        advice = _RETRACTED if source.status == "retracted" else _REPLACE
        message = f"{told[:1].upper()}{told[1:].rstrip('.')}. {advice}"
        return _entry("source", source.id, source.title, source.status, "", message)
    if source.checked >= _months_before(today, CHECK_MONTHS):
        return None
    message = (
        f"Last checked on {source.checked.isoformat()}, more than {CHECK_MONTHS} months ago. "
        "Open it, see whether it still says this, and set the date of checking."
    )
    date = source.checked.isoformat()
    return _entry("source", source.id, source.title, "check-due", date, message)


def _brief_due(brief: Brief, today: dt.date) -> Due | None:
    advice = "Read it against its notes and newer sources, then set a new date."
    date = brief.review_by.isoformat()
    return _by_review("brief", brief.id, brief.title, date, today, advice)


def _by_review(
    what: Literal["document", "brief"],
    identifier: str,
    title: str,
    date: PartialDate,
    today: dt.date,
    advice: str,
) -> Due | None:
    """An entry where the review date has passed or comes within ``SOON_DAYS``."""
    day = last_day(date)
    if day is None or day > today + dt.timedelta(days=SOON_DAYS):
        return None
    if day < today:
        return _entry(
            what, identifier, title, "review-due", date, f"Review was due {date}. {advice}"
        )
    return _entry(what, identifier, title, "review-soon", date, f"Review is due {date}. {advice}")


def _entry(
    what: Literal["document", "source", "brief"],
    identifier: str,
    title: str,
    reason: DueReason,
    date: PartialDate,
    message: str,
) -> Due:
    return Due(what=what, id=identifier, title=title, reason=reason, date=date, message=message)


def _months_before(day: dt.date, months: int) -> dt.date:
    """The same day so many months earlier, or the last day of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
