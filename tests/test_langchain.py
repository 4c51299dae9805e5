"""The library as a langchain retriever, the assistant as a runnable."""

from __future__ import annotations

import asyncio
import json
import traceback
from pathlib import Path
from typing import Any

import pytest
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import ConfigurableField, RunnableLambda

from assistant.assembly import Assistant
from assistant.errors import UsageError
from assistant.langchain_retriever import LibraryRetriever
from assistant.langchain_runnable import STAGE, STATEMENT, AssistantRunnable
from assistant.parts.records import AskInput
from assistant.schema import Answer, Filters, Turn, User
from tests.fakes_parts import ASK_DOG, DANGER, SECRET, Writing, with_policy
from tests.small_library import ASK_FOREIGN, ASK_LAW, ASK_NURSE, ASK_SUPERVISION, QUESTIONS


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


# ---------------------------------------------------------------- documents that were added


def test_passages_of_added_documents_are_found_beside_notes(
    small_assistant: Assistant, tmp_path: Path
) -> None:
    assistant, document = with_policy(tmp_path / "home", small_assistant)
    with assistant:
        documents = LibraryRetriever(assistant=assistant, top=4).invoke(ASK_DOG)
        passage = next(d for d in documents if d.metadata["collection"] == "documents")
        start, end = passage.metadata["span"]
        assert assistant.shelf is not None
        assert assistant.shelf.store.text(document)[start:end] == passage.page_content
    assert passage.id == f"{document}:{start}-{end}"
    assert passage.metadata["locator"] == "Lone Working Policy > 2 Dogs"
    assert {d.metadata["collection"] for d in documents} == {"bundled", "documents"}


def test_the_retriever_works_without_waiting(small_assistant: Assistant) -> None:
    retriever = LibraryRetriever(assistant=small_assistant, top=2)
    assert asyncio.run(retriever.ainvoke(ASK_LAW)) == retriever.invoke(ASK_LAW)


# ---------------------------------------------------------------- the assistant as a runnable


@pytest.fixture
def runnable(small_assistant: Assistant) -> AssistantRunnable:
    return AssistantRunnable(assistant=small_assistant)


@pytest.mark.parametrize(
    "given",
    [
        ASK_NURSE,
        {"question": ASK_NURSE, "user": "manager"},
        AskInput(question=ASK_NURSE, user="manager"),
    ],
)
def test_the_runnable_answers_as_the_assistant_does(
    given: Any, runnable: AssistantRunnable, small_assistant: Assistant
) -> None:
    user: User | None = None if isinstance(given, str) else "manager"
    wanted = small_assistant.ask(ASK_NURSE, user=user).comparable()
    assert runnable.invoke(given).comparable() == wanted
    assert asyncio.run(runnable.ainvoke(given)).comparable() == wanted
    assert [answer.comparable() for answer in runnable.stream(given)] == [wanted]


def test_history_is_passed_on(runnable: AssistantRunnable, small_assistant: Assistant) -> None:
    turns = (Turn(question=ASK_SUPERVISION, outcome="answered"),)
    answer = runnable.invoke(AskInput(question="and at night?", history=turns))
    assert answer.comparable() == small_assistant.ask("and at night?", turns).comparable()
    assert ASK_SUPERVISION in answer.standalone_question


def test_batches_keep_their_order(runnable: AssistantRunnable, small_assistant: Assistant) -> None:
    answers = runnable.batch(list(QUESTIONS), {"max_concurrency": 4})
    assert [a.comparable() for a in answers] == [
        small_assistant.ask(question).comparable() for question in QUESTIONS
    ]


def test_danger_is_met_with_help_in_a_chain(runnable: AssistantRunnable) -> None:
    assert runnable.invoke(DANGER).outcome == "signposted"


def test_the_runnable_stands_in_a_chain(runnable: AssistantRunnable) -> None:
    chain = (
        RunnableLambda(lambda topic: {"question": f"how often should a worker have {topic}"})
        | runnable
        | (lambda answer: [citation.evidence_id for citation in answer.citations])
    )
    ids = chain.invoke("supervision")
    assert "supervision-guide-2020-1" in ids
    assert list(chain.stream("supervision")) == [ids]


def test_filters_and_user_may_be_set_for_a_call(small_assistant: Assistant) -> None:
    abroad = Filters(jurisdiction=("USA",))
    runnable = AssistantRunnable(assistant=small_assistant).configurable_fields(
        filters=ConfigurableField(id="filters"), user=ConfigurableField(id="user")
    )
    configured = runnable.with_config(configurable={"filters": abroad, "user": "trainer"})
    wanted = small_assistant.ask(ASK_FOREIGN, filters=abroad, user="trainer").comparable()
    assert configured.invoke(ASK_FOREIGN).comparable() == wanted
    own = AskInput(question=ASK_FOREIGN, filters=Filters(jurisdiction=("England",)))
    jurisdictions = {c.jurisdiction for c in configured.invoke(own).citations}
    assert jurisdictions <= {"England"}


def told_of(runnable: AssistantRunnable) -> list[tuple[str, Any]]:
    async def run() -> list[tuple[str, Any]]:
        events = runnable.astream_events(ASK_NURSE, version="v2")
        return [(e["name"], e["data"]) async for e in events if e["event"] == "on_custom_event"]

    return asyncio.run(run())


def test_steps_and_statements_are_told_as_custom_events(
    runnable: AssistantRunnable, small_assistant: Assistant
) -> None:
    steps = [{"stage": name} for name in ("screening", "reading", "composing")]
    assert told_of(runnable) == [(STAGE, step) for step in steps]
    # Only the answer of a chat model has statements to tell of before it is whole.
    writing = AssistantRunnable.model_construct(assistant=Writing(small_assistant))
    assert told_of(writing) == [
        (STAGE, {"stage": "writing"}),
        (STATEMENT, Writing.SAID.model_dump(mode="json")),
    ]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("  ", "empty"),
        ({}, "“question” is missing"),
        ({"question": SECRET, SECRET: 1}, "not known"),
        ({"question": SECRET, "user": SECRET}, "“user” must be one of"),
        (AskInput(question=SECRET, filters=Filters(topic=(SECRET,))), "“filters.topic”"),
    ],
)
def test_a_call_that_does_not_fit_is_a_mistake_of_the_call(
    given: Any, words: str, runnable: AssistantRunnable
) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        runnable.invoke(given)
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_the_runnable_says_what_it_takes_and_gives(runnable: AssistantRunnable) -> None:
    assert runnable.get_input_jsonschema()["anyOf"][0] == {"type": "string"}
    assert set(runnable.get_output_jsonschema()["properties"]) == set(Answer.model_fields)
