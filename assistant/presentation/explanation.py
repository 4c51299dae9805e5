"""Why an answer looks as it does: as lines for a terminal, and as HTML."""

from __future__ import annotations

from collections.abc import Mapping

from assistant.presentation.markup import Child, Html, el, join
from assistant.presentation.pages import Library, capital
from assistant.presentation.words import reference
from assistant.schema import Explanation, Ranked, RankedPassage

TITLE = "Why this answer"
HEADINGS = ("Note", "Place", "By words", "By meaning", "By questions", "What became of it")
RANKED = "The notes that came first"
HOW_RANKED = (
    "The place of each note in all, then by the words it shares with your question, by meaning, "
    "and by its nearest question. 1 is the best; other signs count as well."
)
PASSAGE_HEADINGS = ("Place in your documents", "Place", "Likely to answer", "What became of it")
PASSAGES = "The passages of your own documents that came first"
HOW_PASSAGES = (
    "How likely each passage is to answer is worked out from the words and the meaning that it "
    "shares with your question; 1 is certain."
)
FIT = (
    "{support:.2f} of 1: {decided}. Below {refuse:.2f} the library is said not to know, below "
    "{partly:.2f} to know in part."
)
DECIDED = {
    "answered": "answered",
    "answered in part": "answered in part",
    "refused": "not answered",
}
ALL_THE_SAME = "answered all the same, for a question held here is close to yours"


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
    if explanation.passages:
        lines.append("The best passages of your own documents:")
    for passage in explanation.passages:
        lines.append(
            f"  {passage.rank:>3}. {passage.evidence_id} ({passage.locator}) answers with"
            f" {passage.answers:.2f} of 1: {passage.used}"
        )
        lines.append(f"       {_signals(passage.signals)}")
    if explanation.named_note:
        lines.append(explanation.named_note)
    return lines


def explanation_to_html(
    explanation: Explanation, level: int = 3, library: Library | None = None
) -> Html:
    """The same without a title, the ranking as a table in a region that scrolls by itself.
    ``library`` lets notes go by the names of their sources and pages by their titles."""
    facts = _facts(explanation, library)
    head = el("tr", *(el("th", name, scope="col") for name in HEADINGS))
    rows = [_row(row, library) for row in explanation.ranking]
    return el(
        "div",
        el("dl", *(item for name, value in facts for item in (el("dt", name), el("dd", value)))),
        el(f"h{level}", RANKED, id="ranked"),
        el("p", HOW_RANKED, class_="hint"),
        el(
            "div",
            el("table", el("thead", head), el("tbody", *rows)),
            class_="wide",
            tabindex="0",
            role="region",
            aria_labelledby="ranked",
        ),
        _passages(explanation, level),
        class_="explanation",
    )


def _passages(explanation: Explanation, level: int) -> Html | None:
    """What became of the passages of added documents; nothing where there are none."""
    if not explanation.passages:
        return None
    head = el("tr", *(el("th", name, scope="col") for name in PASSAGE_HEADINGS))
    rows = [
        el(
            "tr",
            el("th", el("a", p.title, **_place(p)), " ", el("span", p.locator), scope="row"),
            el("td", str(p.rank), class_="place-in"),
            el("td", f"{p.answers:.2f}", class_="place-in"),
            el("td", _sentence(p.used)),
        )
        for p in explanation.passages
    ]
    return join(
        el(f"h{level}", PASSAGES, id="ranked-passages"),
        el("p", HOW_PASSAGES, class_="hint"),
        el(
            "div",
            el("table", el("thead", head), el("tbody", *rows)),
            class_="wide",
            tabindex="0",
            role="region",
            aria_labelledby="ranked-passages",
        ),
    )


def _place(passage: RankedPassage) -> dict[str, str]:
    document, _, span = passage.evidence_id.rpartition(":")
    return {"href": f"?document={document}&span={span}"}


def _facts(explanation: Explanation, library: Library | None) -> list[tuple[str, Child]]:
    """What was searched for, how well it was held, and what the answer was built on."""
    gate = explanation.gate
    sure = gate.decided == "answered" and gate.support < gate.partly_below
    fit = FIT.format(
        support=gate.support,
        decided=ALL_THE_SAME if sure else DECIDED.get(gate.decided, gate.decided),
        refuse=gate.refuse_below,
        partly=gate.partly_below,
    )
    facts: list[tuple[str, Child]] = [
        ("Searched for", explanation.searched),
        ("How well the notes fit", fit),
    ]
    if explanation.brief:
        facts.append(("Topic page", _topic(explanation.brief, library)))
    if explanation.direct_answer:
        facts.append(("Nearest question in the library", capital(explanation.direct_answer)))
    if explanation.contested:
        contested = library.contested.get(explanation.contested) if library else None
        facts.append(
            ("Contested question", contested.question if contested else explanation.contested)
        )
    if explanation.named_note:
        facts.append(("The note asked about", explanation.named_note))
    return facts


def _topic(slug: str, library: Library | None) -> Child:
    brief = library.briefs.get(slug) if library else None
    if brief is None:
        return slug
    return el("a", brief.title, href=f"?topic={slug}", data_go=f"topic:{slug}")


def _row(row: Ranked, library: Library | None) -> Html:
    cells = (row.rank, row.by_words, row.by_meaning, row.by_asks)
    numbers = [el("td", str(value), class_="place-in") for value in cells]
    named = el("th", _note_name(row.evidence_id, library), scope="row")
    return el("tr", named, *numbers, el("td", _sentence(row.used)))


def _note_name(note: str, library: Library | None) -> Child:
    source = library.note_source.get(note) if library else None
    if source is None:
        return note
    way = el("a", reference(source), href=f"?source={source.id}", data_go=f"source:{source.id}")
    return join(way, el("span", note, class_="note-id"))


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def _chosen(explanation: Explanation) -> list[tuple[str, str]]:
    pairs = (
        ("Topic page", explanation.brief),
        ("Nearest question", explanation.direct_answer),
        ("Contested question", explanation.contested),
    )
    return [(name, value) for name, value in pairs if value]


def _signals(signals: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:.2f}" for name, value in signals.items())
