"""What scoring gives: figures with intervals and numbers of cases, and tables of detail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from assistant.schema import Record
from evals.metrics import bootstrap, mean, wilson


class Figure(Record):
    """One measured value. ``value`` is None where no case could show it; ``n`` is how many did."""

    value: float | None
    low: float | None = None
    high: float | None = None
    n: int
    baseline: float | None = None


@dataclass(frozen=True)
class Rule:
    """What the gate asks of a figure.

    Args:
        better: which way is better.
        tolerance: how far it may fall behind its baseline.
        must_be: a value that it must have, whatever the baseline.
    """

    better: Literal["higher", "lower"] = "higher"
    tolerance: float = 0.0
    must_be: float | None = None


@dataclass(frozen=True)
class Table:
    """Rows of detail under a title."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Scored:
    """What scoring one stage gives; ``counts`` are numbers of cases by what became of them."""

    figures: dict[str, Figure]
    tables: tuple[Table, ...]
    counts: dict[str, int]
    errors: tuple[str, ...] = ()


def share(flags: Sequence[bool]) -> Figure:
    """A share of cases with Wilson's interval."""
    n, held = len(flags), sum(flags)
    low, high = wilson(held, n) or (None, None)
    return Figure(value=held / n if n else None, low=low, high=high, n=n)


def average(values: Sequence[float]) -> Figure:
    """A mean over cases with its bootstrap interval."""
    low, high = bootstrap(values) or (None, None)
    return Figure(value=mean(values), low=low, high=high, n=len(values))


def plain_value(value: float | None, n: int) -> Figure:
    """A value without an interval."""
    return Figure(value=value, n=n)


def shown(value: float | None) -> str:
    """A number for people: three decimals, none for a hundred and more, a dash for nothing."""
    if value is None:
        return "–"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3f}"


def with_interval(figure: Figure) -> str:
    """ "0.812 (0.74 to 0.87)"."""
    if figure.low is None or figure.high is None:
        return shown(figure.value)
    return f"{shown(figure.value)} ({figure.low:.2f} to {figure.high:.2f})"


def crosstab(title: str, pairs: Sequence[tuple[Any, Any]], corner: str) -> Table:
    """How often each expected value met each actual one."""
    named = [(str(expected), str(actual)) for expected, actual in pairs]
    across = sorted({actual for _, actual in named})
    down = sorted({expected for expected, _ in named})
    rows = tuple((e, *(str(named.count((e, a))) for a in across)) for e in down)
    return Table(title, (corner, *across), rows)
