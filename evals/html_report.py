"""One self-contained HTML page of a run: figures with intervals as plots and tables, what moved
since the accepted run, the worst cases first. No script, no address outside the file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from assistant.presentation.markup import Html, el, join
from evals.figures import Figure, Table, shown
from evals.report import HEADINGS, figure_rows
from evals.stages import STAGES

if TYPE_CHECKING:
    from evals.runner import Result, StageResult

WORST = "Cases to look at"
CURVE = "Support number: risk against coverage"
MOVED = 0.005
"""A figure that moved by less is not listed among what changed."""
WIDTH, ROW = 360, 26
STYLE = """
:root{--ink:#23201c;--paper:#fbf8f3;--line:#d8d0c4;--accent:#0b5d66;--bad:#a3341f}
@media (prefers-color-scheme:dark){:root{--ink:#eee7dc;--paper:#1c1a18;--line:#4a453f;
--accent:#7cc7cf;--bad:#f0937f}}
body{font:17px/1.5 Georgia,serif;color:var(--ink);background:var(--paper);margin:0 auto;
max-width:70rem;padding:1.5rem}
h1,h2,h3{font-family:system-ui,sans-serif;line-height:1.2}h2{margin-top:2.5rem;border-top:2px solid
var(--line);padding-top:1rem}table{border-collapse:collapse;margin:1rem 0;font-size:.9rem}
td,th{border-bottom:1px solid var(--line);padding:.25rem .7rem .25rem 0;text-align:left;
vertical-align:top}.wide{overflow-x:auto}.fails{color:var(--bad);font-weight:bold}
.ok{color:var(--accent);font-weight:bold}svg text{font:12px system-ui,sans-serif;fill:var(--ink)}
summary{cursor:pointer}code{font-size:.85em}dl{display:grid;grid-template-columns:max-content 1fr;
gap:.2rem 1rem}dt{font-weight:bold}dd{margin:0}
"""


def html_report(result: Result) -> str:
    """The whole run as one page."""
    verdict = "Every stage passed the gate." if result.passed else "The gate failed."
    body = join(
        el("h1", f"Evaluation on {result.split}"),
        el("p", f"{result.cases} cases. "),
        el("p", verdict, class_="ok" if result.passed else "fails"),
        _about(result.about),
        _contents(result.stages),
        *(_stage(stage) for stage in result.stages),
    )
    head = join(
        el("meta", charset="utf-8"),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("title", f"Evaluation on {result.split}"),
        Html(f"<style>{STYLE}</style>"),
    )
    return "<!doctype html>\n" + str(el("html", el("head", head), el("body", body), lang="en-GB"))


def _about(about: Mapping[str, object]) -> Html:
    pairs = [item for n, v in about.items() for item in (el("dt", n), el("dd", str(v)))]
    return el("details", el("summary", "Settings, revision and versions"), el("dl", *pairs))


def _contents(stages: Sequence[StageResult]) -> Html:
    rows = [
        (
            el("a", stage.name, href=f"#{stage.name}"),
            STAGES[stage.name].about,
            el(
                "span",
                "passed" if stage.passed else "fails",
                class_="ok" if stage.passed else "fails",
            ),
        )
        for stage in stages
    ]
    return _table(("stage", "what it asks", "gate"), rows)


def _stage(stage: StageResult) -> Html:
    problems = [el("li", problem, class_="fails") for problem in stage.problems]
    worst = [table for table in stage.tables if table.title == WORST]
    others = [table for table in stage.tables if table.title != WORST]
    return el(
        "section",
        el("h2", stage.name.capitalize(), id=stage.name),
        el("p", STAGES[stage.name].about),
        el("p", ", ".join(f"{n} {what}" for what, n in stage.counts.items()), "."),
        el("ul", *problems) if problems else None,
        _worst(worst),
        _moved(stage.figures),
        el("h3", "Figures"),
        forest(stage.figures),
        el("div", _table(HEADINGS, figure_rows(stage.figures)), class_="wide"),
        *(_detail(table) for table in others),
    )


def _worst(tables: Sequence[Table]) -> Html | None:
    found = [table for table in tables if table.rows]
    if not found:
        return None
    parts = [el("div", _table(t.headings, t.rows), class_="wide") for t in found]
    count = sum(len(table.rows) for table in found)
    return el("details", el("summary", f"{WORST} ({count})"), *parts)


def _moved(figures: Mapping[str, Figure]) -> Html | None:
    """Figures that are not what they were in the accepted run."""
    rows = []
    for name, figure in figures.items():
        if figure.value is None or figure.baseline is None:
            continue
        change = figure.value - figure.baseline
        if abs(change) >= MOVED:
            rows.append((name, shown(figure.baseline), shown(figure.value), f"{change:+.3f}"))
    if not rows:
        return None
    title = el("h3", "Changed since the accepted run")
    return join(title, _table(("figure", "accepted", "now", "change"), rows))


def _detail(table: Table) -> Html:
    picture = curve(table) if table.title == CURVE else None
    return el(
        "details",
        el("summary", table.title),
        picture,
        el("div", _table(table.headings, table.rows), class_="wide"),
        open=table.title == CURVE,
    )


def _table(headings: Sequence[str], rows: Sequence[Sequence[Html | str]]) -> Html:
    head = el("tr", *(el("th", name, scope="col") for name in headings))
    body = [el("tr", *(el("td", cell) for cell in row)) for row in rows]
    return el("table", el("thead", head), el("tbody", *body))


# ---------------------------------------------------------------- plots


def forest(figures: Mapping[str, Figure]) -> Html | None:
    """Shares as points with their intervals, the accepted value as an open ring."""
    shares = [
        (name, f)
        for name, f in figures.items()
        if f.value is not None and f.low is not None and f.high is not None and f.high <= 1.0
    ]
    if not shares:
        return None
    left, height = 330, ROW * len(shares) + 30
    pieces = [_axis(left, height)]
    for row, (name, figure) in enumerate(shares):
        y = ROW * row + 14
        pieces.append(
            f'<text x="0" y="{y + 4}">{_escaped(name[:52])}</text>'
            f'<line x1="{left + WIDTH * (figure.low or 0):.1f}" y1="{y}" '
            f'x2="{left + WIDTH * (figure.high or 0):.1f}" y2="{y}" stroke="var(--accent)" '
            f'stroke-width="2"/>'
            f'<circle cx="{left + WIDTH * (figure.value or 0):.1f}" cy="{y}" r="4.5" '
            f'fill="var(--accent)"/>'
        )
        if figure.baseline is not None:
            pieces.append(
                f'<circle cx="{left + WIDTH * figure.baseline:.1f}" cy="{y}" r="7" fill="none" '
                f'stroke="var(--ink)"/>'
            )
    label = "Shares with their 95% intervals; a ring marks the accepted value"
    return _svg(left + WIDTH + 30, height, label, pieces)


def curve(table: Table) -> Html | None:
    """Risk against coverage: of the answers given at each threshold, how many are wrong."""
    kept, risk = table.headings.index("answerable kept"), len(table.headings) - 1
    points = [(float(row[kept]), float(row[risk])) for row in table.rows if row[risk] != "–"]
    if not points:
        return None
    left, height, tall = 60, 240, 190
    path = " ".join(f"{left + WIDTH * x:.1f},{tall + 10 - tall * y:.1f}" for x, y in sorted(points))
    pieces = [
        _axis(left, height),
        f'<polyline points="{path}" fill="none" stroke="var(--accent)" stroke-width="2"/>',
        f'<text x="0" y="16">risk 1</text><text x="0" y="{tall + 10}">0</text>',
    ]
    label = "Risk against coverage"
    return _svg(left + WIDTH + 30, height, label, pieces)


def _axis(left: int, height: int) -> str:
    ticks = []
    for tenth in (0, 25, 50, 75, 100):
        x = left + WIDTH * tenth / 100
        ticks.append(
            f'<line x1="{x}" y1="0" x2="{x}" y2="{height - 20}" stroke="var(--line)"/>'
            f'<text x="{x - 8}" y="{height - 4}">{tenth / 100:g}</text>'
        )
    return "".join(ticks)


def _svg(width: int, height: int, label: str, pieces: Sequence[str]) -> Html:
    return Html(
        f'<div class="wide"><svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="{label}">{"".join(pieces)}</svg></div>'
    )


def _escaped(words: str) -> str:
    return words.replace("&", "&amp;").replace("<", "&lt;")
