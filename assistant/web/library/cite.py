"""A source as a reference: in three styles to copy, and as a file for a reference manager."""

from __future__ import annotations

from typing import get_args

from assistant.exports.formatted import (
    ReferenceForm,
    ReferenceStyle,
    reference_file,
    references,
)
from assistant.exports.forms import SUFFIXES
from assistant.exports.records import Line
from assistant.interface import Texts
from assistant.presentation.markup import Html, el, join
from assistant.presentation.pages import citation_of
from assistant.schema import Citation, Source

STYLES: tuple[ReferenceStyle, ...] = get_args(ReferenceStyle)
FORMS: tuple[ReferenceForm, ...] = get_args(ReferenceForm)


def cite_part(source: Source, texts: Texts) -> Html:
    """The part of a source's page with its reference in each style, and the files to fetch."""
    cited = [_citation(source)]
    styles = [_style(style, references(cited, style), texts) for style in STYLES]
    buttons = [
        el(
            "button",
            texts(f"library.cite_{form}"),
            type="button",
            class_="quick",
            data_cite=form,
            data_source=source.id,
        )
        for form in FORMS
    ]
    return el(
        "section",
        el("h2", texts("library.cite"), id="cite", tabindex="-1"),
        el("p", texts("library.cite_lead"), class_="hint"),
        *styles,
        el("p", texts("library.cite_files"), id="cite-files", class_="cite-files"),
        el("div", *buttons, class_="quick-row", role="group", aria_labelledby="cite-files"),
        class_="cite off-paper",
    )


def _style(style: ReferenceStyle, lines: tuple[Line, ...], texts: Texts) -> Html:
    id_ = f"cite-{style}"
    name = texts(f"library.cite_{style}")
    copy = el(
        "button",
        texts("library.cite_copy"),
        el("span", texts("library.cite_copy_what", style=name), class_="heard"),
        type="button",
        class_="plain-button",
        data_copy=id_,
        data_done=texts("tools.copied"),
    )
    return el(
        "div",
        el("h3", name),
        el("p", *(_line(line) for line in lines), id=id_, lang=texts.library),
        el("div", copy, el("span", class_="done", role="status"), class_="tools"),
        class_="cite-style",
    )


def _line(line: Line) -> Html:
    return join(*(el("em", run.text) if run.italic else run.text for run in line))


def cite_file(source: Source, form: str) -> tuple[str, bytes] | None:
    """Name and content of a file with one source; None where the form is none of ours."""
    wanted = next((known for known in FORMS if known == form), None)
    if wanted is None:
        return None
    content = reference_file([_citation(source)], wanted)
    return source.id + SUFFIXES[wanted], content.encode("utf-8")


def _citation(source: Source) -> Citation:
    """References are made of citations; every source has a note that can be cited."""
    return citation_of(source.notes[0], source, 1)
