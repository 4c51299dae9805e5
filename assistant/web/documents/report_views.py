"""What came of adding files, as markup: a line for each file, what is wrong with it and what to do,
and what may still be chosen. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assistant.documents.printable import printable
from assistant.documents.records import FileReport, Trouble, TroubleKind
from assistant.interface import Texts
from assistant.presentation.markup import Html, el
from assistant.text import sentences
from assistant.web.documents.views import count, document_link

_FOR_THE_TERMINAL = re.compile(r"--\w|\bpeer-support ")
_FOR_BUTTONS = re.compile(r"(?:Keep both|Add it and mark)\b|It was added\.$")
"""Sentences that say in words what the buttons under them do."""

_OUR_REASONS = frozenset({"same-content", "updated", "partly-read"})
MOST_ROWS = 300
"""Files listed at most, those first that want somebody."""


@dataclass(frozen=True)
class Row:
    """What became of one file, as it is shown. ``name`` is that of the file; ``other`` the title
    of the document that it is like; ``choices`` what may still be chosen; ``settled`` what was."""

    report: FileReport
    name: str
    other: str = ""
    choices: tuple[str, ...] = ()
    settled: str = ""


_ORDER = ("failed", "refused", "duplicate", "added", "unchanged")


def report_view(key: str, rows: Sequence[Row], notes: Sequence[str], texts: Texts) -> Html:
    """What became of each file; what needs somebody first. ``notes`` say what ended it early."""
    order = sorted(range(len(rows)), key=lambda n: _rank(rows[n]))
    items = [_file_row(key, n, rows[n], texts) for n in order[:MOST_ROWS]]
    left = len(order) - len(items)
    return el(
        "section",
        el("h2", texts("documents.report"), id="report-title", tabindex="-1", data_report=True),
        *(el("p", note, class_="notice") for note in notes),
        el("p", summary(rows, texts), class_="report-sum"),
        el("ul", *items, class_="files", role="list"),
        el("p", texts("documents.more_files", n=f"{left:,}"), class_="hint") if left else None,
        class_="report",
        aria_labelledby="report-title",
    )


def _rank(row: Row) -> tuple[bool, int]:
    return not row.choices, _ORDER.index(row.report.status)


def summary(rows: Sequence[Row], texts: Texts) -> str:
    """ "3 added, 1 refused." """
    found: dict[str, int] = {}
    for row in rows:
        found[row.report.status] = found.get(row.report.status, 0) + 1
    parts = [
        f"{found[status]:,} {texts(f'file_status.{status}').lower()}"
        for status in ("added", "unchanged", "duplicate", "refused", "failed")
        if status in found
    ]
    return (", ".join(parts) or texts("documents.nothing_done")) + "."


def _file_row(key: str, number: int, row: Row, texts: Texts) -> Html:
    report = row.report
    near = report.reason == "near-duplicate"
    words = texts("file_status.near" if near else f"file_status.{report.status}")
    link = report.status in {"added", "unchanged"} and report.document
    size = _size(report, texts) if report.status == "added" else ""
    return el(
        "li",
        el(
            "p",
            el("span", words, class_=f"badge file-{report.status}"),
            " ",
            document_link(report.document, row.name)
            if link
            else el("span", row.name, class_="file-name"),
            el("span", size, class_="size") if size else None,
            class_="file-line",
        ),
        _told(row, texts),
        *(el("p", line, class_="told") for line in troubles(report.troubles, texts)),
        _choices(key, number, row, texts),
        class_="file",
    )


def _size(report: FileReport, texts: Texts) -> str:
    parts = [count(report.pages, "pages", texts)] if report.pages else []
    parts.append(count(report.passages, "passages", texts))
    return ", ".join(parts)


def _told(row: Row, texts: Texts) -> Html | None:
    words = told(row, texts)
    # What is wrong with a file is told in English by whatever read it.
    theirs = not row.settled and row.report.reason not in _OUR_REASONS
    return el("p", words, class_="told", lang=texts.library if theirs else None) if words else None


def told(row: Row, texts: Texts) -> str:
    """What is wrong and what to do, in the words of the page: commands are for the terminal."""
    report = row.report
    if row.settled:
        return texts(f"documents.settled_{row.settled}")
    if report.reason == "same-content":
        return texts("documents.same_content", title=row.other)
    if report.reason == "updated":
        return texts("documents.updated")
    if report.reason == "partly-read":
        return texts("documents.partly_read")
    message = report.message
    spans = [message[start:end] for start, end in sentences(message)]
    kept = [s for s in spans if not _FOR_THE_TERMINAL.search(s) and not _FOR_BUTTONS.match(s)]
    words = printable(" ".join(" ".join(kept).split()))
    return words[:1].upper() + words[1:]


def _choices(key: str, number: int, row: Row, texts: Texts) -> Html | None:
    if not row.choices:
        return None
    heard = el("span", f": {row.name}", class_="heard")
    buttons = [
        el(
            "button",
            texts(f"documents.choice_{choice}"),
            heard,
            type="button",
            class_="quick",
            data_choose=choice,
            data_report_key=key,
            data_row=number,
        )
        for choice in row.choices
    ]
    return el("div", *buttons, class_="quick-row")


def troubles(found: Iterable[Trouble], texts: Texts) -> list[str]:
    """What could not be read, with its pages, one line a kind."""
    by_kind: dict[TroubleKind, list[Trouble]] = {}
    for trouble in found:
        by_kind.setdefault(trouble.kind, []).append(trouble)
    lines = []
    for kind, group in by_kind.items():
        pages = sorted({t.page for t in group if t.page is not None})
        where = f" {page_ranges(pages, texts)}." if pages else ""
        lines.append(texts(f"trouble.{kind.replace('-', '_')}") + where)
    return lines


def page_ranges(pages: Sequence[int], texts: Texts) -> str:
    """Pages as people write them: "Page 3", "Pages 3, 7 to 9"."""
    runs: list[list[int]] = []
    for page in pages:
        if runs and page == runs[-1][-1] + 1:
            runs[-1].append(page)
        else:
            runs.append([page])
    words = [
        texts("documents.page_run", first=run[0], last=run[-1]) if run[1:] else str(run[0])
        for run in runs
    ]
    name = "documents.page" if len(pages) == 1 else "documents.page_many"
    return texts(name, n=", ".join(words))
