"""What the tests of "Your documents" share: a page with a real shelf, and a policy to add to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.documents.records import Document, Limits
from assistant.documents.shelf import Shelf
from assistant.documents.store import DocumentStore
from assistant.indexing.vectors import VectorCache
from assistant.interface import load_texts
from assistant.schema import Answer, Section, Statement
from assistant.settings import read_settings
from assistant.web.documents import adding
from assistant.web.documents.desk import Documents, Screen
from assistant.web.server import open_documents
from tests import fakes_web as fake
from tests.conftest import bag_of_words
from tests.test_web import StagedAssistant

TEXTS = load_texts()
BATCH = "0123456789abcdef0123456789abcdef"
POLICY = """# Lone Working Policy

Version 2. Issued 12 February 2025. Review date: 28 February 2099.

## 1 Before a visit

Every lone worker must write the visit into the shared diary before leaving. A buddy must be named.

## 2 Calling in

Lone workers must call the duty worker within 30 minutes of the end of each visit.

Table 1: Contact by risk

| Level | Contact |
| --- | --- |
| Green | Text at the end of the day |
| Red | Call every 20 minutes |

## 3 Training

All staff should attend training every 12 months. New staff attend in their first week of work.
"""
WORDS = "Lone workers must call the duty worker within 30 minutes of the end of each visit."


class ShelfAssistant(StagedAssistant):
    """The hand-made assistant with a real shelf."""

    def __init__(self, shelf: Shelf, home: Path) -> None:
        super().__init__()
        self.shelf = shelf
        self.settings = read_settings(home=home)


@pytest.fixture(autouse=True)
def _told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adding, "TELL_SECONDS", 0.01)


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    store = DocumentStore(tmp_path / "home")
    cache = VectorCache(store.folder / "vectors.sqlite")
    made = Shelf(store, bag_of_words(tmp_path).kept_in(cache), cache, Limits(file_megabytes=1))
    yield made
    made.close()


@pytest.fixture
def assistant(shelf: Shelf, tmp_path: Path) -> ShelfAssistant:
    found = ShelfAssistant(shelf, tmp_path / "home")
    found.settings = read_settings(home=tmp_path / "home", document_megabytes=1)
    return found


@pytest.fixture
def documents(assistant: ShelfAssistant) -> Iterator[Documents]:
    made = open_documents(assistant, TEXTS)
    assert made is not None
    yield made
    made.close()


async def pieces(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 1 << 16):
        yield content[start : start + (1 << 16)]


def send(documents: Documents, files: dict[str, str | bytes], batch: str = BATCH) -> list[int]:
    found = []
    for name, content in files.items():
        raw = content.encode() if isinstance(content, str) else content
        found.append(asyncio.run(documents.uploads.receive(batch, name, pieces(raw))))
    return found


def add(documents: Documents, files: dict[str, str | bytes], **order: str) -> Screen:
    send(documents, files)
    return list(documents.add({"batch": BATCH, "collection": "documents", **order}))[-1]


def only(documents: Documents) -> Document:
    (found,) = documents.shelf.store.documents()
    return found


def place_of(documents: Documents, words: str = WORDS) -> tuple[Document, str]:
    document = only(documents)
    start = documents.shelf.store.text(document.id).index(words)
    return document, f"{start}-{start + len(words)}"


def edit(documents: Documents, **fields: str) -> str:
    return documents.pages.edit({"document": only(documents).id, **fields})


def passage_citation(**more: Any) -> Any:
    text = f"First words of the passage. {WORDS} Last words."
    start = text.index(WORDS)
    values = {
        "evidence_id": "lone-1:100-200",
        "source_id": "lone-1",
        "text": text,
        "char_start": start,
        "char_end": start + len(WORDS),
        "locator": "page 4, 2 Calling in",
        "title": "Lone <b>Working</b> Policy",
        "authors": ("Delphine Arkwright",),
        "year": 2025,
        "kind": "local-policy",
        "who_speaks": "employer",
        "jurisdiction": "England",
        "basis": "full-text",
        "url": "",
        "collection": "tarn",
        "page": 4,
        "span": (100, 100 + len(text)),
    }
    return fake.citation(9, "uofa-2018-act-6", **(values | more))


def quoted(text: str = WORDS) -> Statement:
    return Statement(
        text=text,
        citations=(9,),
        evidence_ids=("lone-1:100-200",),
        stands_as="requirement",
        verbatim=True,
    )


def with_document(**more: Any) -> Answer:
    answer = fake.restraint()
    section = Section(
        kind="document",
        heading="What your own documents say: Tarn",
        statements=(quoted(), Statement(text="Past its review date: Lone Working Policy.")),
    )
    return answer.model_copy(
        update={
            "sections": (section, *answer.sections),
            "citations": (*answer.citations, passage_citation(**more)),
        }
    )
