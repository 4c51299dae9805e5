"""Why an answer looks as it does: as lines for a terminal, and as HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assistant.interface import ENGLISH, Texts
from assistant.presentation.markup import Child, Html, el, join
from assistant.presentation.pages import Library, capital
from assistant.presentation.sentences import held
from assistant.presentation.words import reference
from assistant.schema import Explanation, Gate, Ranked, RankedPassage

TITLE = "Why this answer"
HEADINGS = ("note", "place", "by_words", "by_meaning", "by_questions", "became")
PASSAGE_HEADINGS = ("place_in", "place", "likely", "became")


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
    explanation: Explanation,
    level: int = 3,
    library: Library | None = None,
    texts: Texts = ENGLISH,
) -> Html:
    """The same without a title, the ranking as a table in a region that scrolls by itself.
    ``library`` lets notes go by the names of their sources and pages by their titles."""
    facts = _facts(explanation, library, texts)
    rows = [_row(row, library, texts) for row in explanation.ranking]
    return el(
        "div",
        el("dl", *(item for name, value in facts for item in (el("dt", name), el("dd", value)))),
        el(f"h{level}", texts("explanation.ranked"), id="ranked"),
        el("p", texts("explanation.how_ranked"), class_="hint"),
        _table(HEADINGS, rows, "ranked", texts),
        _passages(explanation, level, texts),
        class_="explanation",
    )


def _table(columns: Sequence[str], rows: Sequence[Html], named: str, texts: Texts) -> Html:
    head = el("tr", *(el("th", texts(f"explanation.{c}"), scope="col") for c in columns))
    return el(
        "div",
        el("table", el("thead", head), el("tbody", *rows)),
        class_="wide",
        tabindex="0",
        role="region",
        aria_labelledby=named,
    )


def _passages(explanation: Explanation, level: int, texts: Texts) -> Html | None:
    """What became of the passages of added documents; nothing where there are none."""
    if not explanation.passages:
        return None
    rows = [
        el(
            "tr",
            el("th", el("a", p.title, **_place(p)), " ", el("span", p.locator), scope="row"),
            el("td", str(p.rank), class_="place-in"),
            el("td", f"{p.answers:.2f}", class_="place-in"),
            el("td", _sentence(p.used), lang=texts.library),
        )
        for p in explanation.passages
    ]
    return join(
        el(f"h{level}", texts("explanation.passages"), id="ranked-passages"),
        el("p", texts("explanation.how_passages"), class_="hint"),
        _table(PASSAGE_HEADINGS, rows, "ranked-passages", texts),
    )


def _place(passage: RankedPassage) -> dict[str, str]:
    document, _, span = passage.evidence_id.rpartition(":")
    return {"href": f"?document={document}&span={span}"}


def _facts(
    explanation: Explanation, library: Library | None, texts: Texts
) -> list[tuple[str, Child]]:
    """What was searched for, how well it was held, and what the answer was built on."""
    facts: list[tuple[str, Child]] = [
        ("searched", held(explanation.searched, texts)),
        ("how_well", _fit(explanation.gate, texts)),
    ]
    if explanation.brief:
        facts.append(("topic", _topic(explanation.brief, library, texts)))
    if explanation.direct_answer:
        facts.append(("nearest", held(capital(explanation.direct_answer), texts)))
    if explanation.contested:
        contested = library.contested.get(explanation.contested) if library else None
        question = contested.question if contested else explanation.contested
        facts.append(("contested", held(question, texts)))
    if explanation.named_note:
        facts.append(("named_note", held(explanation.named_note, texts)))
    return [(texts(f"explanation.{name}"), value) for name, value in facts]


def _fit(gate: Gate, texts: Texts) -> str:
    """How well the notes fit, with what was decided on it."""
    sure = gate.decided == "answered" and gate.support < gate.partly_below
    decided = "all_the_same" if sure else gate.decided.replace(" ", "_")
    return texts(
        "explanation.fit",
        support=gate.support,
        decided=texts.group("explanation").get(decided, gate.decided),
        refuse=gate.refuse_below,
        partly=gate.partly_below,
    )


def _topic(slug: str, library: Library | None, texts: Texts) -> Child:
    brief = library.briefs.get(slug) if library else None
    if brief is None:
        return slug
    ways = {"href": f"?topic={slug}", "data_go": f"topic:{slug}"}
    return el("a", brief.title, lang=texts.library, **ways)


def _row(row: Ranked, library: Library | None, texts: Texts) -> Html:
    cells = (row.rank, row.by_words, row.by_meaning, row.by_asks)
    numbers = [el("td", str(value), class_="place-in") for value in cells]
    named = el("th", _note_name(row.evidence_id, library, texts), scope="row")
    return el("tr", named, *numbers, el("td", _sentence(row.used), lang=texts.library))


def _note_name(note: str, library: Library | None, texts: Texts) -> Child:
    source = library.note_source.get(note) if library else None
    if source is None:
        return note
    ways = {"href": f"?source={source.id}", "data_go": f"source:{source.id}"}
    way = el("a", reference(source), lang=texts.library, **ways)
    return join(way, el("span", note, class_="note-id"))


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def _chosen(explanation: Explanation) -> list[tuple[str, str]]:
    pairs = (
        ("topic", explanation.brief),
        ("nearest", explanation.direct_answer),
        ("contested", explanation.contested),
    )
    return [(ENGLISH(f"explanation.{name}"), value) for name, value in pairs if value]


def _signals(signals: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:.2f}" for name, value in signals.items())
