"""Sources named in a question: by title, code, abbreviation, author, and by none of them."""

from __future__ import annotations

import pytest

from assistant.corpus import Library, LibraryData
from assistant.naming import Names, names_of
from assistant.schema import Source
from tests.small_library import note, source


def a_source(id_: str, title: str, authors: list[str], year: int, **more: object) -> Source:
    held = note(f"{id_}-1", "Something.", "supervision", "finding", ["one ask", "another ask"])
    return Source.model_validate(source(id_, title, authors, year, "opinion", [held], **more))


@pytest.fixture(scope="module")
def names() -> Names:
    held = (
        a_source("race", "Race equality framework for care (PCREF)", ["NHS England"], 2023),
        a_source("harm", "Self-harm: assessment and management (NG225)", ["NICE"], 2022),
        a_source("where", "Where is peer support going?", ["Perkins R", "Repper J"], 2019),
        a_source("role", "The peer role", ["Repper J"], 2013),
        a_source("young", "A long study of a short thing", ["Young A"], 2020),
        a_source("act", "Mental Units Act 2018", ["Parliament"], 2018, known_as=["seni's law"]),
    )
    data = LibraryData(
        sources=held,
        briefs=(),
        contested=(),
        topics={"supervision": "Supervision"},
        merged_notes={},
        merged_sources={},
        version="v",
    )
    return names_of(Library(data))


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("what does PCREF ask", {"race"}),
        ("is ng225 about self-harm", {"harm"}),
        ("Where is peer support going?", {"where"}),
        ("Perkins and Repper", {"where"}),
        ("what did Repper say in 2013", {"role"}),
        ("repper", {"where", "role"}),
        ("senis law and restraint", {"act"}),
        ("Young 2020", {"young"}),
        ("the peer role", {"role"}),
    ],
)
def test_a_source_is_found_by_its_names(names: Names, question: str, named: set[str]) -> None:
    assert names.sources_named(question) == named


@pytest.mark.parametrize(
    "question",
    [
        "is peer support good for young people",
        "does the peer role in our team need a band",
        "what do I say about a pcref-less trust and its many many many rules",
        "NICE",
        "",
    ],
)
def test_everyday_words_name_nothing(names: Names, question: str) -> None:
    assert names.sources_named(question) - {"harm"} == frozenset()
