"""PDFs of the tests, read, and what their tests look at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from reportlab.lib.pagesizes import A4

from assistant.documents.readers.pdf import read_pdf
from assistant.documents.records import Extract, Limits
from assistant.errors import DocumentError
from tests import make_pdfs as make

WIDTH, HEIGHT = A4
LIMITS = Limits()


def read(path: Path, **limits: Any) -> Extract:
    return read_pdf(path, Limits(**limits))


def texts(extract: Extract, kind: str = "") -> list[str]:
    return [block.text for block in extract.blocks if not kind or block.kind == kind]


def whole(extract: Extract) -> str:
    return " ".join(texts(extract))


def kinds_of_trouble(extract: Extract) -> set[tuple[str, int | None]]:
    return {(trouble.kind, trouble.page) for trouble in extract.troubles}


def refused(path: Path, **limits: Any) -> DocumentError:
    with pytest.raises(DocumentError) as caught:
        read(path, **limits)
    assert caught.value.hint
    return caught.value


def page_of(text: str, path: Path, **limits: Any) -> Extract:
    """One page with a text of one line."""
    make.drawn(path, lambda page: make.lines_on(page, [text]))
    return read(path, **limits)
