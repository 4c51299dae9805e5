"""Why an answer looks as it does: as lines for a terminal, and as HTML."""

from __future__ import annotations

from collections.abc import Mapping

from assistant.presentation.markup import Html, el
from assistant.schema import Explanation, Ranked

TITLE = "Why this answer"
HEADINGS = ("note", "place", "by words", "by meaning", "by questions", "what became of it")


def explanation_to_text(explanation: Explanation) -> list[str]:
    """One line a fact, the ranking last."""
    gate = explanation.gate
    lines = ["", TITLE, f"Searched for: {explanation.searched}"]
    lines.append(f"Screen: {', '.join(explanation.screened) or 'nothing seen'}")
    lines.append(
        f"Support: {gate.support:.3f} (refused below {gate.refuse_below:.2f}, in part below"
        f" {gate.partly_below:.2f}): {gate.decided}"
    )
    lines.append(f"  {_signals(gate.signals)}")
    lines += [f"{name}: {value}" for name, value in _chosen(explanation)]
    lines.append("The best notes (place by words, by meaning, by questions):")
    for row in explanation.ranking:
        lines.append(
            f"  {row.rank:>3}. {row.evidence_id} ({row.by_words}, {row.by_meaning},"
            f" {row.by_asks}) score {row.score:.2f}: {row.used}"
        )
        lines.append(f"       {_signals(row.signals)}")
    if explanation.named_note:
        lines.append(explanation.named_note)
    return lines


def explanation_to_html(explanation: Explanation, level: int = 3) -> Html:
    """The same, with the ranking as a table."""
    gate = explanation.gate
    facts = [
        ("Searched for", explanation.searched),
        ("Support", f"{gate.support:.2f}, so it was {gate.decided}"),
        *_chosen(explanation),
    ]
    head = el("tr", *(el("th", name, scope="col") for name in HEADINGS))
    rows = [_row(row) for row in explanation.ranking]
    return el(
        "div",
        el(f"h{level}", TITLE),
        el("dl", *(item for n, v in facts for item in (el("dt", n), el("dd", v)))),
        el(
            "div",
            el("table", el("thead", head), el("tbody", *rows)),
            class_="wide",
            tabindex="0",
            role="region",
            aria_label="How the notes were ranked",
        ),
        class_="explanation",
    )


def _row(row: Ranked) -> Html:
    cells = (row.rank, row.by_words, row.by_meaning, row.by_asks)
    numbers = [el("td", str(value)) for value in cells]
    return el("tr", el("th", row.evidence_id, scope="row"), *numbers, el("td", row.used))


def _chosen(explanation: Explanation) -> list[tuple[str, str]]:
    pairs = (
        ("Topic page", explanation.brief),
        ("Nearest question", explanation.direct_answer),
        ("Contested question", explanation.contested),
    )
    return [(name, value) for name, value in pairs if value]


def _signals(signals: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:.2f}" for name, value in signals.items())
