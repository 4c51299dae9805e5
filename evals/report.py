"""Shows results: as text for a terminal, as Markdown for the report. No figures are made here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from evals.figures import Figure, Table, shown

HEADINGS = ("figure", "value", "95% interval", "n", "baseline")
Rows = Sequence[Sequence[str]]


def figure_rows(figures: Mapping[str, Figure]) -> list[tuple[str, ...]]:
    """One row a figure."""
    return [
        (
            name,
            shown(figure.value),
            "" if figure.low is None else f"{shown(figure.low)} to {shown(figure.high)}",
            str(figure.n),
            "" if figure.baseline is None else shown(figure.baseline),
        )
        for name, figure in figures.items()
    ]


def as_text(headings: Sequence[str], rows: Rows) -> str:
    """Aligned columns."""
    table = [list(headings), *[list(row) for row in rows]]
    widths = [max(len(row[i]) for row in table) for i in range(len(headings))]
    lines = ["  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) for row in table]
    return "\n".join(line.rstrip() for line in lines)


def as_markdown(headings: Sequence[str], rows: Rows) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(headings) + " |", "|" + " --- |" * len(headings)]
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def text_of_stage(
    name: str, figures: Mapping[str, Figure], tables: Iterable[Table], notes: Iterable[str]
) -> str:
    """One stage for a terminal."""
    parts = [name.upper(), as_text(HEADINGS, figure_rows(figures))]
    parts += [f"{table.title}\n{as_text(table.headings, table.rows)}" for table in tables]
    parts += list(notes)
    return "\n\n".join(parts)


def markdown_of_stage(
    name: str, figures: Mapping[str, Figure], tables: Iterable[Table], notes: Iterable[str]
) -> str:
    """One stage for the report."""
    parts = [f"## {name.capitalize()}", as_markdown(HEADINGS, figure_rows(figures))]
    parts += [f"### {t.title}\n\n{as_markdown(t.headings, t.rows)}" for t in tables]
    parts += [f"- {note}" for note in notes]
    return "\n\n".join(parts) + "\n"
