"""The check of a draft as markup: the form, how far it is, and the result beside the draft's words.

What stands in a draft is shown as text, never as markup. Pure functions: no server, no state.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from assistant.checklists.comparing import COMPARING, READING
from assistant.checklists.drafts import Draft
from assistant.checklists.opening import EXAMPLES, PREPARING
from assistant.checklists.papers import place_of, taken_for
from assistant.checklists.records import (
    VERDICTS,
    ConcernFound,
    Force,
    GuidanceCheck,
    RowFound,
    Stage,
    Verdict,
    Words,
)
from assistant.corpus import Library
from assistant.documents.passages import SEPARATOR
from assistant.documents.readers import READERS
from assistant.interface import Texts
from assistant.presentation.markup import Html, el, join
from assistant.presentation.parts import evidence_column, marks
from assistant.presentation.sentences import held, sentence
from assistant.web.managers import views as look
from assistant.web.managers.checklist_views import Differing
from assistant.web.managers.work import Step

KEY = "draft"
FORMS = ("docx", "pdf", "xlsx", "md")
MOST_PASTED = 400_000
"""Characters that can be pasted; a longer draft is a file."""
_STEPS: Mapping[str, str] = {
    PREPARING: "managers.step_preparing",
    EXAMPLES: "managers.step_examples",
    READING: "managers.step_reading",
    COMPARING: "managers.step_comparing",
}
_STRONGEST: tuple[Force, ...] = ("must", "should", "finding")


# ---------------------------------------------------------------- the form


def draft_form(titles: Mapping[Stage, str], library: Library, texts: Texts) -> Html:
    """A file or text, and how to compare it."""
    guess = look.kinds(texts("managers.draft_kind_guess"), texts)
    return el(
        "form",
        el("h2", texts("managers.draft_file")),
        _chooser(texts),
        _paste(texts),
        el(
            "fieldset",
            el("legend", texts("managers.draft_what")),
            el(
                "div",
                look.select(f"{KEY}-kind", "kind", texts("managers.kind"), guess),
                look.where_fields(KEY, library, texts),
                class_="field-row",
            ),
            class_="how",
        ),
        el(
            "details",
            el("summary", texts("managers.draft_stages")),
            look.stage_boxes(
                KEY, titles, texts("managers.stages"), texts("managers.draft_stages_hint"), texts
            ),
            class_="filter-panel",
        ),
        el("p", texts("managers.draft_privacy"), class_="privacy"),
        el("p", texts("managers.draft_time"), class_="privacy"),
        el(
            "p",
            el("button", texts("managers.draft_go"), type="submit", class_="main-button"),
            class_="form-go",
        ),
        el("p", "", class_="form-said", role="status"),
        class_="managers-form",
        data_managers="draft",
        data_none=texts("managers.draft_nothing"),
        data_sending=texts("managers.draft_sending"),
        data_lost=texts("managers.draft_lost"),
        data_pasted=texts("managers.draft_pasted_name"),
        novalidate=True,
    )


def _chooser(texts: Texts) -> Html:
    accept = ",".join(READERS)
    return el(
        "div",
        el("p", texts("managers.draft_drop"), class_="drop-words"),
        file_input("draft-input", texts("managers.draft_choose"), accept, "draft-formats"),
        el("p", texts("managers.draft_formats"), class_="hint", id="draft-formats"),
        el("p", "", class_="chosen", role="status", data_words=texts("managers.draft_chosen")),
        class_="drop",
        data_draft_drop=True,
    )


def file_input(id_: str, words: str, accept: str, described_by: str) -> Html:
    """A button that chooses one file."""
    return el(
        "div",
        el("input", type="file", id=id_, accept=accept, aria_describedby=described_by),
        el("label", words, for_=id_, class_="file-button"),
        class_="file-buttons",
    )


def _paste(texts: Texts) -> Html:
    area = el("textarea", id="draft-paste", rows=8, maxlength=MOST_PASTED, spellcheck="false")
    return el(
        "details",
        el("summary", texts("managers.draft_paste")),
        look.labelled("draft-paste", texts("managers.draft_paste_label"), area),
        class_="filter-panel paste",
    )


def stop_button(texts: Texts) -> Html:
    """Ends a check. It stands apart from what is drawn anew, so that it keeps the focus."""
    return el("button", texts("managers.stop"), type="button", class_="quick", data_stop_check=True)


def step_words(step: Step, texts: Texts) -> str:
    """A step as people are told of it."""
    name = _STEPS.get(step.words, "managers.step_start")
    return texts(name, done=f"{step.done:,}", of=f"{step.of:,}")


def progress(step: Step, texts: Texts) -> Html:
    """How far a check is."""
    bar = el(
        "progress", max=max(step.of, 1), value=min(step.done, step.of), aria_labelledby="checking"
    )
    return el(
        "section",
        el("h2", texts("managers.checking"), id="checking"),
        bar,
        el("p", step_words(step, texts), class_="how-far"),
        class_="adding",
        aria_labelledby="checking",
        data_checking=True,
    )


# ---------------------------------------------------------------- the result


@dataclass(frozen=True)
class _Look:
    """What every part of a result is made with."""

    check: GuidanceCheck
    places: dict[tuple[int, str], int]
    library: Library
    differing: Differing
    texts: Texts

    def place(self, words: Words) -> int:
        """The number of words among all that are quoted from the draft."""
        return self.places[(words.start, words.text)]


def result(
    check: GuidanceCheck, draft: Draft, library: Library, differing: Differing, texts: Texts
) -> Html:
    """What was found: counts, concerns, rows by verdict, with the draft's words beside them."""
    quoted = quotations(check)
    made = _Look(check, {place: n for n, place in enumerate(quoted)}, library, differing, texts)
    return el(
        "article",
        el(
            "h2",
            sentence("managers.draft_title", texts, title=held(check.title, texts)),
            tabindex="-1",
            data_shown=True,
        ),
        el("p", held(check.confirm, texts), class_="confirm-first"),
        el("p", held(taken_for(check), texts), class_="taken-for"),
        *(el("p", remark, class_="caveat", lang=texts.library) for remark in check.remarks),
        _counts(check, texts),
        el("div", _again(check, texts), _take(texts), class_="result-tools"),
        el(
            "div",
            el("div", _concerns(made), *_groups(made), class_="reading"),
            el(
                "div",
                draft_text(draft, quoted, texts),
                evidence_column(check.citations, KEY, 2, library.sources, texts=texts),
                class_="beside",
            ),
            class_="draft-spread",
        ),
        _confirm_bar(texts),
        class_="draft-result",
    )


def _counts(check: GuidanceCheck, texts: Texts) -> Html:
    """How many rows met each verdict, each count a way to its rows."""
    counts = check.counted()
    cells = []
    for verdict in VERDICTS:
        words = texts(
            "managers.verdict_count", verdict=look.verdict_name(verdict, texts), n=counts[verdict]
        )
        inside = join(look.verdict_mark(verdict), words)
        cells.append(
            el(
                "li",
                el("button", inside, type="button", class_="quick", data_jump=f"found-{verdict}")
                if counts[verdict]
                else el("span", inside, class_="none-of-it"),
            )
        )
    return el("ul", *cells, class_="counts", role="list", aria_label=texts("managers.verdicts"))


def _again(check: GuidanceCheck, texts: Texts) -> Html:
    options = look.kinds("", texts)[1:]
    return el(
        "form",
        look.select("again-kind", "kind", texts("managers.again_kind"), options, check.kind.kind),
        el("button", texts("managers.again"), type="submit", class_="plain-button"),
        class_="again",
        data_managers="again",
    )


def _take(texts: Texts) -> Html:
    forget = el(
        "button", texts("managers.forget"), type="button", class_="plain-button", data_forget=True
    )
    buttons = look.file_buttons(
        KEY, FORMS, texts("managers.draft_take"), texts("managers.draft_take_hint"), texts
    )
    return join(buttons, forget)


def _concerns(made: _Look) -> Html:
    texts = made.texts
    found = [_concern(c, made) for c in made.check.concerns]
    return el(
        "section",
        el("h3", texts("managers.concerns"), id="concerns", tabindex="-1"),
        *(found or [el("p", texts("managers.concerns_none"), class_="hint")]),
        class_="concerns",
        aria_labelledby="concerns",
    )


def _concern(concern: ConcernFound, made: _Look) -> Html:
    texts = made.texts
    cited = marks(concern.citations, made.check.citations, KEY, texts)
    return el(
        "div",
        el("h4", held(concern.title, texts), id=f"row-{concern.id}", tabindex="-1"),
        *(_quotation(words, concern.id, made) for words in concern.draft_words),
        el("p", held(concern.why, texts), " ", cited, class_="row-text"),
        look.differing(concern.contested, made.differing(concern.id), made.library, texts),
        el(
            "p",
            el("strong", texts("managers.instead")),
            " ",
            held(concern.instead, texts),
            class_="instead",
        ),
        class_="concern",
    )


def _groups(made: _Look) -> list[Html]:
    return [group for verdict in VERDICTS if (group := _group(verdict, made))]


def _group(verdict: Verdict, made: _Look) -> Html | None:
    rows = [row for row in made.check.rows if row.verdict == verdict]
    if not rows:
        return None
    texts = made.texts
    rows.sort(key=lambda row: _STRONGEST.index(row.strength))
    name = look.verdict_name(verdict, texts)
    title = texts("managers.verdict_count", verdict=name, n=len(rows))
    return el(
        "section",
        el("h3", look.verdict_mark(verdict), title, id=f"found-{verdict}", tabindex="-1"),
        el("p", texts(f"managers.verdict_about_{verdict}"), class_="hint"),
        el("ol", *(_row(row, made) for row in rows), class_="check-rows", role="list"),
        class_=f"found found-{verdict}",
        aria_labelledby=f"found-{verdict}",
    )


def _row(row: RowFound, made: _Look) -> Html:
    texts = made.texts
    cited = marks(row.citations, made.check.citations, KEY, texts)
    show = sentence("managers.could_show", texts, show=held(row.show, texts))
    return el(
        "li",
        el(
            "p",
            held(row.requirement, texts),
            " ",
            cited,
            class_="row-text",
            id=f"row-{row.id}",
            tabindex="-1",
        ),
        el(
            "p",
            look.force_mark(row.strength, look.force_name(row.strength, texts)),
            look.abroad_badge(row.country, texts) if row.abroad else None,
            class_="row-facts",
        ),
        *(_quotation(words, row.id, made) for words in row.draft_words),
        el("p", row.why, class_="row-why", lang=texts.library) if row.why else None,
        el("p", show, class_="row-show") if row.verdict == "absent" else None,
        look.differing(row.contested, made.differing(row.id), made.library, texts),
        _confirm(row, texts),
        class_="check-row",
        data_row=row.id,
    )


def _quotation(words: Words, row_id: str, made: _Look) -> Html:
    """The draft's own words, where they stand, and the way to them."""
    where = place_of(words)
    n = made.place(words)
    button = el(
        "button",
        made.texts("managers.show_words"),
        type="button",
        class_="plain-button small-button",
        data_quoted=str(n),
        data_from=f"row-{row_id}",
        aria_describedby=f"quoted-{row_id}-{n}",
    )
    return el(
        "blockquote",
        el("p", words.text, id=f"quoted-{row_id}-{n}"),
        el("p", el("span", where, class_="from") if where else None, " ", button),
        class_="quotation draft-words",
        lang=made.texts.library,
    )


def _confirm(row: RowFound, texts: Texts) -> Html:
    """A person's own verdict on a row, and a word of why."""
    verdicts = [row.verdict, *(v for v in reversed(VERDICTS) if v != row.verdict)]
    options = [el("option", texts("managers.confirm_none"), value="")]
    for place, verdict in enumerate(verdicts):
        name = "managers.confirm_other" if place else "managers.confirm_same"
        options.append(
            el("option", texts(name, verdict=look.verdict_name(verdict, texts)), value=verdict)
        )
    about = f"row-{row.id}"
    chosen = el(
        "select", *options, id=f"verdict-{row.id}", data_confirm="verdict", aria_describedby=about
    )
    why = el(
        "input",
        type="text",
        id=f"why-{row.id}",
        data_confirm="why",
        maxlength=500,
        autocomplete="off",
        aria_describedby=about,
    )
    return el(
        "div",
        look.labelled(f"verdict-{row.id}", texts("managers.confirm"), chosen),
        look.labelled(f"why-{row.id}", texts("managers.confirm_why"), why),
        class_="row-fill confirm",
    )


def _confirm_bar(texts: Texts) -> Html:
    """How many rows a person confirmed, in sight as long as there are any."""
    return el(
        "div",
        el(
            "p",
            texts("managers.confirmed_none"),
            data_count=True,
            data_none=texts("managers.confirmed_none"),
            data_one=texts("managers.confirmed_one"),
            data_many=texts("managers.confirmed_many"),
        ),
        el(
            "button",
            texts("managers.draft_take"),
            type="button",
            class_="plain-button",
            data_jump="take-draft",
        ),
        class_="fill-bar",
        data_bar="confirmed",
        hidden=True,
    )


# ---------------------------------------------------------------- the draft's text


def quotations(check: GuidanceCheck) -> list[tuple[int, str]]:
    """All words that are quoted from the draft, each once, in the order of the draft: where they
    start, in characters of its text, and the words."""
    found = [words for concern in check.concerns for words in concern.draft_words]
    found += [words for row in check.rows for words in row.draft_words]
    return sorted({(words.start, words.text) for words in found})


def draft_text(draft: Draft, quoted: Sequence[tuple[int, str]], texts: Texts) -> Html:
    """The draft's text, with each part that is quoted to be found by its number.

    ``quoted`` are starts and words as ``quotations`` gives them; they may overlap, so that a part
    can belong to several.
    """
    spans = [(start, start + len(words)) for start, words in quoted]
    blocks = []
    at = 0
    for block in draft.text.split(SEPARATOR):
        heading = block in draft.headings
        pieces = _pieces(draft.text, at, at + len(block), spans)
        blocks.append(el("p", *pieces, class_="draft-heading" if heading else None))
        at += len(block) + len(SEPARATOR)
    back = el(
        "button",
        texts("managers.draft_text_back"),
        type="button",
        class_="quick",
        data_back_to_row=True,
        hidden=True,
    )
    return el(
        "section",
        el("h3", texts("managers.draft_text"), id="draft-text", tabindex="-1"),
        el("p", texts("managers.draft_text_hint"), class_="hint"),
        el(
            "div",
            *blocks,
            class_="draft-pages",
            lang=texts.library,
            tabindex="0",
            role="group",
            aria_labelledby="draft-text",
        ),
        back,
        class_="draft-text",
        aria_labelledby="draft-text",
    )


def _pieces(text: str, start: int, end: int, spans: Sequence[tuple[int, int]]) -> list[Html | str]:
    """One block cut where words begin and end that are quoted."""
    inside = [(n, first, last) for n, (first, last) in enumerate(spans) if first < end > start]
    inside = [(n, first, last) for n, first, last in inside if last > start]
    if not inside:
        return [text[start:end]]
    cuts = {start, end}
    for _, first, last in inside:
        cuts |= {min(max(first, start), end), min(max(last, start), end)}
    ordered = sorted(cuts)
    found: list[Html | str] = []
    for first, last in pairwise(ordered):
        numbers = [str(n) for n, begin, stop in inside if begin <= first and last <= stop]
        words = text[first:last]
        said = el("span", words, class_="draft-said", data_said=" ".join(numbers), tabindex="-1")
        found.append(said if numbers else words)
    return found
