"""The formats that a paper or its references can be written in, by the names that people type.

For the command line, the page and Python alike; nothing is written to a disk here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, cast, get_args

from assistant.errors import UsageError
from assistant.exports.formatted import (
    ReferenceForm,
    ReferenceStyle,
    reference_file,
    reference_list,
)
from assistant.exports.records import Paper

PaperForm = Literal["docx", "pdf", "md", "csv", "xlsx"]
Form = Literal[PaperForm, ReferenceForm, ReferenceStyle]
PAPER_FORMS: tuple[PaperForm, ...] = get_args(PaperForm)
TABLE_FORMS: tuple[Form, ...] = ("csv", "xlsx")
REFERENCE_FORMS: tuple[Form, ...] = (*get_args(ReferenceForm), *get_args(ReferenceStyle))
FORMS: tuple[Form, ...] = (*PAPER_FORMS, *REFERENCE_FORMS)
SUFFIXES: dict[Form, str] = {
    **{form: f".{form}" for form in PAPER_FORMS},
    "bibtex": ".bib",
    "ris": ".ris",
    "csl": ".json",
    "harvard": ".txt",
    "apa": ".txt",
    "vancouver": ".txt",
}
MEDIA_TYPES: dict[Form, str] = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "md": "text/markdown",
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "bibtex": "application/x-bibtex",
    "ris": "application/x-research-info-systems",
    "csl": "application/vnd.citationstyles.csl+json",
    "harvard": "text/plain",
    "apa": "text/plain",
    "vancouver": "text/plain",
}
_ALSO: dict[str, Form] = {
    "word": "docx",
    "markdown": "md",
    "excel": "xlsx",
    "bib": "bibtex",
    "json": "csl",
}
BINARY: frozenset[Form] = frozenset({"docx", "pdf", "xlsx"})


def written(paper: Paper, form: Form) -> bytes:
    """A paper, or the references behind it, as the content of a file.

    Raises:
        UsageError: it has no table for csv or xlsx, or cites nothing for a list of references.
        ConfigurationError: the typesetter of PDF cannot be used.
        ValueError: a picture or a table of the paper is not well formed.
    """
    if form in REFERENCE_FORMS:
        return _references(paper, form)
    if form in TABLE_FORMS:
        from assistant.exports.tables import tables_in

        if not tables_in(paper):
            raise UsageError(
                f"There is no table in this, so it cannot be written as {form}.",
                "Choose docx, pdf or md.",
            )
    return _writer(cast(PaperForm, form))(paper)


def _writer(form: PaperForm) -> Callable[[Paper], bytes]:
    if form == "docx":
        from assistant.exports.docx import to_docx

        return to_docx
    if form == "pdf":
        from assistant.exports.pdf import to_pdf

        return to_pdf
    if form == "md":
        from assistant.exports.markdown import to_markdown

        return lambda paper: to_markdown(paper).encode("utf-8")
    from assistant.exports.tables import to_csv, to_xlsx

    return to_csv if form == "csv" else to_xlsx


def _references(paper: Paper, form: Form) -> bytes:
    if not paper.citations:
        raise UsageError(
            "This cites nothing, so there are no references to write.",
            "Export an answer with sources, or choose docx, pdf or md.",
        )
    if form in get_args(ReferenceStyle):
        text = reference_list(paper.citations, cast(ReferenceStyle, form))
    else:
        text = reference_file(paper.citations, cast(ReferenceForm, form))
    return text.encode("utf-8")


def form_of(name: str, among: Sequence[Form] = FORMS) -> Form:
    """The format that a person named: by its name, or by the end of a file's name.

    Raises:
        UsageError: it is none of these.
    """
    asked = name.strip().lower().lstrip(".")
    found = _ALSO.get(asked, asked)
    for form in among:
        if form == found:
            return form
    raise UsageError(f"{name} is no format for this.", f"Choose one of: {', '.join(among)}.")
