"""Plots as markup: bars and columns whose labels are text, each with its numbers in a table.

Lengths are shares of the width, and heights grow with the letters, so that a plot fits a phone and
large print alike. A bar is told by its length and its number, never by colour alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.interface import Texts
from assistant.presentation.markup import Child, Html, el

ROW = 2.55
"""Height of a bar with its label, in letters."""
BAR = 0.72
COLUMNS = 11.0
"""Height of a plot of columns, in letters."""
FOOT = 1.7
HEAD = 1.5
LONG = 12
"""Letters from which a single value is set smaller."""
EVERY = 5
"""Years between labels under columns."""


@dataclass(frozen=True)
class Part:
    """One bar: what it counts, how many, and the search of the library that shows them.

    Attributes:
        label: as people read it.
        count: how many; not negative.
        shelf: the query of the library place, such as "country=Wales"; empty where there is none.
        lang: language of the label, where it is not that of the page.
    """

    label: str
    count: int
    shelf: str = ""
    lang: str | None = None


@dataclass(frozen=True)
class Plot:
    """A plot with its table.

    Attributes:
        id: tells plots of one page apart.
        title: what it counts by.
        said: the plot in one sentence.
        of: what is counted.
        column: what the first column of the table holds.
        rows: of the table, all of them.
        most: bars that are drawn; 0 for all rows. One more is for the rows that are left.
        overlaps: a thing may stand in several rows, so that the rest has no sum and no bar.
        by_year: the rows are years, drawn as columns from left to right; a row that is none is in
            the table alone.
    """

    id: str
    title: str
    said: str
    of: str
    column: str
    rows: tuple[Part, ...]
    most: int = 0
    overlaps: bool = False
    by_year: bool = False

    def bars(self, texts: Texts) -> tuple[Part, ...]:
        """What is drawn. A rest of one is told by its own name."""
        if not self.most or len(self.rows) <= self.most + 1:
            return self.rows
        if self.overlaps:
            return self.rows[: self.most]
        rest = self.rows[self.most :]
        words = texts("library.the_rest", n=len(rest))
        return (*self.rows[: self.most], Part(words, sum(part.count for part in rest)))


def figure(plot: Plot, texts: Texts) -> Html:
    """A plot under its heading, with its table folded beneath."""
    return el(
        "figure",
        el("h3", plot.title, id=f"plot-{plot.id}"),
        el("p", plot.said, class_="plot-said", id=f"said-{plot.id}"),
        _columns(plot) if plot.by_year else _bars(plot, texts),
        _table(plot, texts),
        class_="plot plot-years" if plot.by_year else "plot",
        aria_labelledby=f"plot-{plot.id}",
    )


def _svg(plot: Plot, height: float, *shapes: Html) -> Html:
    # The numbers are in the table: a reader that speaks gets the sentence, not every bar.
    return el(
        "svg",
        *shapes,
        role="img",
        aria_labelledby=f"plot-{plot.id} said-{plot.id}",
        width="100%",
        height=f"{height:.2f}em",
        focusable="false",
    )


def _bars(plot: Plot, texts: Texts) -> Html:
    bars = plot.bars(texts)
    most = max((part.count for part in bars), default=0) or 1
    shapes = []
    for place, part in enumerate(bars):
        top = place * ROW
        label_y, bar_y = f"{top + 1.2:.2f}em", f"{top + 1.55:.2f}em"
        shapes += [
            el("text", part.label, x="0", y=label_y, class_="bar-label"),
            el("text", f"{part.count:,}", x="100%", y=label_y, class_="bar-count"),
            _rect("rail", "0", bar_y, "100%", f"{BAR}em"),
            _rect("bar", "0", bar_y, f"{100 * part.count / most:.2f}%", f"{BAR}em"),
        ]
    return _svg(plot, len(bars) * ROW, *shapes)


def _columns(plot: Plot) -> Html:
    years = [part for part in plot.rows if part.label.isdecimal()]
    most = max((part.count for part in years), default=0) or 1
    wide = 100 / max(1, len(years))
    room = COLUMNS - FOOT - HEAD
    base = COLUMNS - FOOT
    shapes: list[Html] = []
    for place, part in enumerate(years):
        tall = room * part.count / most
        x, middle = f"{place * wide + wide * 0.14:.2f}%", f"{(place + 0.5) * wide:.2f}%"
        shapes.append(
            _rect("bar", x, f"{base - tall:.2f}em", f"{wide * 0.72:.2f}%", f"{tall:.2f}em")
        )
        if part.count == most:
            y = f"{base - tall - 0.35:.2f}em"
            shapes.append(el("text", f"{part.count:,}", x=middle, y=y, class_="column-count"))
        if int(part.label) % EVERY == 0:
            y = f"{COLUMNS - 0.35:.2f}em"
            shapes.append(el("text", part.label, x=middle, y=y, class_="column-label"))
    line = el("line", x1="0", x2="100%", y1=f"{base}em", y2=f"{base}em", class_="axis")
    return _svg(plot, COLUMNS, *shapes, line)


def _rect(class_: str, x: str, y: str, width: str, height: str) -> Html:
    return el("rect", x=x, y=y, width=width, height=height, class_=class_)


def _table(plot: Plot, texts: Texts) -> Html:
    head = el(
        "tr",
        el("th", plot.column, scope="col"),
        el("th", plot.of, scope="col", class_="number"),
    )
    rows = [
        el(
            "tr",
            el("th", _label(part), scope="row", lang=part.lang),
            el("td", f"{part.count:,}", class_="number"),
        )
        for part in plot.rows
        if part.count or not plot.by_year
    ]
    return el(
        "details",
        el(
            "summary",
            texts("library.as_table", n=len(rows)),
            el("span", texts("library.as_table_of", what=plot.title), class_="heard"),
        ),
        el(
            "table",
            el("caption", plot.title, class_="heard"),
            el("thead", head),
            el("tbody", *rows),
        ),
        class_="plot-table",
    )


def _label(part: Part) -> Child:
    if not part.shelf:
        return part.label
    address = f"?place=library&{part.shelf}"
    return el("a", part.label, href=address, data_shelf=part.shelf)


def numbers(facts: Sequence[tuple[str, str]]) -> Html:
    """Single numbers with what they count."""
    cells = [
        el("div", el("dt", name), el("dd", value, class_=None if len(value) < LONG else "long"))
        for name, value in facts
    ]
    return el("dl", *cells, class_="numbers")
