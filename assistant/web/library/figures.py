"""What is in the library and how fresh it is: plots with their tables, and what is due for review.

The counts are those of ``assistant.counting``; here they get their words and their order.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode

from assistant.corpus import Library as Corpus
from assistant.counting import tallies
from assistant.documents.currency import CHECK_MONTHS, Due, due
from assistant.interface import Texts
from assistant.presentation.markup import Html, el
from assistant.presentation.pages import Library
from assistant.presentation.words import (
    STRENGTH_ORDER,
    basis_words,
    country,
    day,
    kind_words,
    stands_as_words,
    status_words,
    strength,
    strength_headings,
    who_words,
)
from assistant.readings import Readings
from assistant.web.library.charts import Part, Plot, figure, numbers

MOST_BARS = 12
"""Bars of one plot; what is left is one bar of its own, and stands whole in the table."""
AGES = (3, 6, 12, CHECK_MONTHS)
"""Months since our last check, at which one bar ends and the next begins."""
MONTH = 30.44
"""Days of a mean month."""
UNDATED = "undated"


@dataclass(frozen=True)
class Figures:
    """What the figures are made of. ``readings`` are None where the library keeps none."""

    library: Library
    readings: Readings | None
    today: dt.date
    texts: Texts


def figures_page(held: Figures) -> Html:
    """The whole view: numbers, plots, what is due."""
    texts = held.texts
    download = el(
        "button", texts("library.figures_csv"), type="button", class_="quick", data_figures=True
    )
    printed = el("button", texts("tools.print"), type="button", class_="quick", data_print=True)
    return el(
        "div",
        el(
            "p",
            el(
                "a", texts("library.back"), href="?place=library", data_go="place:library",
            ),
            class_="back",
        ),
        el("h1", texts("library.figures"), tabindex="-1"),
        el("p", texts("library.figures_lead"), class_="lead"),
        numbers(_facts(held)),
        el("p", *_sentences(held), class_="how-read"),
        el("div", printed, download, class_="quick-row off-paper"),
        el("h2", texts("library.figures_sources")),
        el("div", *(figure(plot, texts) for plot in source_plots(held)), class_="plots"),
        el("h2", texts("library.figures_notes")),
        el("div", *(figure(plot, texts) for plot in note_plots(held)), class_="plots"),
        el("h2", texts("library.due")),
        _due(held),
        class_="figures",
    )  # fmt: skip


# ---------------------------------------------------------------- single numbers


def _facts(held: Figures) -> list[tuple[str, str]]:
    library, texts = held.library, held.texts
    facts = [
        (texts("library.n_sources"), f"{len(library.sources):,}"),
        (texts("library.n_notes"), f"{len(library.notes):,}"),
        (texts("library.n_briefs"), f"{len(library.briefs):,}"),
        (texts("library.n_contested"), f"{len(library.contested):,}"),
    ]
    checked = [source.checked for source in library.sources.values()]
    if checked:
        facts.append((texts("library.n_checked"), day(max(checked), texts)))
    if isinstance(library, Corpus):
        facts.append((texts("library.n_version"), library.version))
    return facts


def _sentences(held: Figures) -> Iterable[str]:
    """How the notes were read, in words."""
    library, texts = held.library, held.texts
    checked = [source.checked for source in library.sources.values()]
    if checked and min(checked) < max(checked):
        dates = {"first": day(min(checked), texts), "last": day(max(checked), texts)}
        yield texts("library.checked_between", **dates)
        yield " "
    if held.readings is None or not isinstance(library, Corpus):
        return
    twice = len(library.notes) - len(held.readings.unread(library))
    unreached = len(held.readings.not_reached(library))
    counts = {"twice": f"{twice:,}", "all": f"{len(library.notes):,}", "not": f"{unreached:,}"}
    yield texts("library.read_twice", **counts)


# ---------------------------------------------------------------- plots


def source_plots(held: Figures) -> tuple[Plot, ...]:
    """The plots that count sources."""
    library, texts = held.library, held.texts
    counted = tallies(library)
    voices, states, kinds = who_words(texts), status_words(texts), kind_words(texts)
    make = _Maker(texts, texts("library.of_sources"), len(library.sources), "library.said_sources")
    return (
        make.plot("strength", _strengths(held)),
        make.plot("country", make.parts(counted["by_country"], _place(texts), "country")),
        make.plot("kind", make.parts(counted["by_kind"], _known(kinds), "kind")),
        make.plot("who", make.parts(counted["by_who_speaks"], _known(voices), "who")),
        _years(counted["by_year"], texts),
        make.plot("status", make.parts(counted["by_status"], _known(states), "status")),
        make.plot("age", _ages(held)),
    )


def note_plots(held: Figures) -> tuple[Plot, ...]:
    """The plots that count notes."""
    library, texts = held.library, held.texts
    counted = tallies(library)
    bases, stands = basis_words(texts), stands_as_words(texts)
    topics = _known(library.topics)
    make = _Maker(texts, texts("library.of_notes"), len(library.notes), "library.said_notes")
    return (
        make.plot(
            "topic",
            make.parts(counted["by_topic"], topics, "topic", texts.library),
            "library.said_topics",
        ),
        make.plot("stands", make.parts(counted["by_stands_as"], _known(stands))),
        make.plot("basis", make.parts(counted["by_basis"], _known(bases))),
    )


@dataclass(frozen=True)
class _Maker:
    texts: Texts
    of: str
    total: int
    said: str

    def plot(self, name: str, parts: tuple[Part, ...], said: str = "") -> Plot:
        title, column = self.texts(f"library.by_{name}"), self.texts(f"library.column_{name}")
        sentence = self._said(parts, said or self.said)
        overlaps = name == "topic"
        return Plot(name, title, sentence, self.of, column, parts, MOST_BARS, overlaps)

    def parts(
        self,
        counted: Mapping[str, int],
        words: Callable[[str], str],
        field: str = "",
        lang: str | None = None,
    ) -> tuple[Part, ...]:
        return tuple(
            Part(words(key), count, urlencode({field: key}) if field else "", lang)
            for key, count in counted.items()
        )

    def _said(self, parts: tuple[Part, ...], said: str) -> str:
        """The longest bar in a sentence."""
        most = max(parts, key=lambda part: part.count, default=None)
        if most is None:
            return ""
        values = {"label": most.label, "n": f"{most.count:,}", "all": f"{self.total:,}"}
        return self.texts(said, **values)


def _place(texts: Texts) -> Callable[[str], str]:
    return lambda key: country(key, texts)


def _known(words: Mapping[Any, str]) -> Callable[[str], str]:
    """Words by key; a first letter is a capital, since each stands alone."""
    found = {str(key): value for key, value in words.items()}

    def name(key: str) -> str:
        known = found.get(key, key)
        return known[:1].upper() + known[1:]

    return name


def _strengths(held: Figures) -> tuple[Part, ...]:
    """In their own order: law first."""
    names = strength_headings(held.texts)
    steps = [strength(source.kind) for source in held.library.sources.values()]
    return tuple(
        Part(names[step], steps.count(step), urlencode({"strength": step}))
        for step in STRENGTH_ORDER
        if step in steps
    )


def _years(by_year: Mapping[str, int], texts: Texts) -> Plot:
    dated = {int(year): count for year, count in by_year.items() if year != UNDATED}
    span = range(min(dated), max(dated) + 1) if dated else ()
    unknown = by_year.get(UNDATED, 0)
    parts = tuple(Part(str(year), dated.get(year, 0)) for year in span)
    rows = (*parts, Part(texts("library.no_year"), unknown)) if unknown else parts
    undated = f"{unknown:,}"
    said = texts("library.said_years", n=f"{sum(dated.values()):,}", undated=undated)
    return Plot(
        "year", texts("library.by_year"), said, texts("library.of_sources"),
        texts("library.column_year"), rows, by_year=True,
    )  # fmt: skip


def _ages(held: Figures) -> tuple[Part, ...]:
    """Sources by how long ago we last checked them, the newest checks first."""
    days = [(held.today - source.checked).days for source in held.library.sources.values()]
    edges = [round(months * MONTH) for months in AGES]
    bounds = list(zip([-10_000, *edges], [*edges, 1_000_000], strict=True))
    words = [held.texts("library.age_within", n=AGES[0])]
    words += [
        held.texts("library.age_between", first=first, last=last) for first, last in pairwise(AGES)
    ]
    words.append(held.texts("library.age_over", n=AGES[-1]))
    return tuple(
        Part(name, sum(low < one <= high for one in days))
        for name, (low, high) in zip(words, bounds, strict=True)
    )


# ---------------------------------------------------------------- what is due


def due_now(held: Figures) -> tuple[Due, ...]:
    """What is retracted, superseded, past its review or near it, among sources and topic pages."""
    library = held.library
    return due(library.sources.values(), library.briefs.values(), (), held.today)


def _due(held: Figures) -> Html:
    texts, entries = held.texts, due_now(held)
    if not entries:
        return el("p", texts("library.due_none"))
    head = [texts(f"library.due_{name}") for name in ("what", "reason", "date")]
    rows = [
        el(
            "tr",
            el("th", _to_record(entry, texts), scope="row"),
            el("td", texts(f"library.reason_{entry.reason.replace('-', '_')}")),
            el("td", day(dt.date.fromisoformat(entry.date), texts) if entry.date else "–"),
        )
        for entry in entries
    ]
    table = el(
        "table",
        el("thead", el("tr", *(el("th", name, scope="col") for name in head))),
        el("tbody", *rows),
    )
    name = "library.due_lead_one" if len(entries) == 1 else "library.due_lead"
    lead = el("p", texts(name, n=len(entries)), id="due-lead")
    region = el("div", table, class_="wide", role="region", tabindex=0, aria_labelledby="due-lead")
    return el("div", lead, region, class_="due")


def _to_record(entry: Due, texts: Texts) -> Html:
    kind = "topic" if entry.what == "brief" else "source"
    go = {"href": f"?{kind}={entry.id}", "data_go": f"{kind}:{entry.id}"}
    return el("a", entry.title, lang=texts.library, **go)


# ---------------------------------------------------------------- as a file


def figures_csv(held: Figures) -> bytes:
    """Every number as rows of group, name and count, in UTF-8 with a mark that Excel reads."""
    texts, out = held.texts, io.StringIO()
    rows = csv.writer(out)
    rows.writerow([texts("library.csv_group"), texts("library.csv_name"), texts("library.csv_n")])
    rows.writerows(["", name, value.replace(",", "")] for name, value in _facts(held))
    for plot in (*source_plots(held), *note_plots(held)):
        rows.writerows([f"{plot.title} ({plot.of})", part.label, part.count] for part in plot.rows)
    return out.getvalue().encode("utf-8-sig")
