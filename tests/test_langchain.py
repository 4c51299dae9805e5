"""The library as a langchain retriever."""

from __future__ import annotations

import json

import pytest
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnableLambda

from assistant.assembly import Assistant
from assistant.errors import UsageError
from assistant.langchain_retriever import LibraryRetriever
from assistant.schema import Filters
from tests.small_library import ASK_FOREIGN, ASK_LAW, QUESTIONS


@pytest.mark.parametrize("question", QUESTIONS)
def test_documents_are_the_notes_of_a_search(question: str, small_assistant: Assistant) -> None:
    documents = LibraryRetriever(assistant=small_assistant, top=5).invoke(question)
    found = small_assistant.search(question, top=5)
    assert [d.id for d in documents] == [e.evidence_id for e in found]
    assert [d.page_content for d in documents] == [e.text for e in found]
    assert len(documents) == 5


def test_metadata_hold_what_a_citation_needs(small_assistant: Assistant) -> None:
    document = LibraryRetriever(assistant=small_assistant).invoke(ASK_LAW)[0]
    assert isinstance(document, Document)
    needed = {
        "evidence_id": "force-act-2018-1",
        "source_id": "force-act-2018",
        "title": "Use of Force Act",
        "authors": ["UK Parliament"],
        "year": 2018,
        "kind": "legislation",
        "stands_as": "requirement",
        "jurisdiction": "England",
        "status": "current",
        "basis": "full-text",
        "locator": "section 1",
        "checked": "2026-11-01",
        "url": "https://example.org/force-act-2018",
    }
    assert {name: document.metadata[name] for name in needed} == needed
    assert "score" in document.metadata
    assert json.loads(json.dumps(document.metadata)) == document.metadata


def test_filters_and_top_hold(small_assistant: Assistant) -> None:
    abroad = Filters(jurisdiction=("USA", "Australia"))
    retriever = LibraryRetriever(assistant=small_assistant, top=2, filters=abroad)
    documents = retriever.invoke(ASK_FOREIGN)
    assert len(documents) == 2
    assert {d.metadata["jurisdiction"] for d in documents} <= {"USA", "Australia"}
    nothing = LibraryRetriever(
        assistant=small_assistant, filters=Filters(jurisdiction=("Atlantis",))
    )
    assert nothing.invoke(ASK_LAW) == []


def test_it_fits_into_a_chain(small_assistant: Assistant) -> None:
    retriever = LibraryRetriever(assistant=small_assistant, top=1)
    assert isinstance(retriever, BaseRetriever)
    chain = retriever | RunnableLambda(lambda documents: [d.id for d in documents])
    assert chain.invoke(ASK_LAW) == ["force-act-2018-1"]
    assert retriever.batch([ASK_LAW, ASK_FOREIGN])[1][0].id == "usa-visits-2016-2"


def test_empty_query_is_a_mistake_of_the_call(small_assistant: Assistant) -> None:
    with pytest.raises(UsageError):
        LibraryRetriever(assistant=small_assistant).invoke("  ")
