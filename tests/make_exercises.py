"""Exercises of the tests, made on the small library with its situations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from assistant.corpus import read_library
from assistant.exports.forms import written
from assistant.exports.records import Paper
from assistant.resources import bundled_folder
from assistant.scenarios.compose import compose
from assistant.scenarios.exercise import Exercise
from assistant.scenarios.kitchen import Kitchen, kitchen_of
from assistant.scenarios.request import Request, understood
from tests import small_library
from tests.situations import write_situations

PROMPTS = bundled_folder("prompts")


@pytest.fixture
def folder(small_corpus: Path) -> Path:
    """A small library with its situations, to break at will."""
    write_situations(small_corpus)
    return small_corpus


@pytest.fixture(scope="module")
def kitchen(tmp_path_factory: pytest.TempPathFactory) -> Kitchen:
    """Everything that exercises are made with, on the small library."""
    corpus = small_library.write_library(tmp_path_factory.mktemp("scenarios") / "corpus")
    write_situations(corpus)
    return kitchen_of(corpus, PROMPTS, read_library(corpus))


def asked(kitchen: Kitchen, **wanted: Any) -> Request:
    """A request with usual answers to everything that is not said."""
    usual: dict[str, Any] = {"topics": ["supervision"], "learners": "new-psw", "minutes": 60}
    return understood(kitchen.known, **(usual | wanted))


def made(kitchen: Kitchen, **wanted: Any) -> Exercise:
    """An exercise."""
    return compose(asked(kitchen, **wanted), kitchen)


def words_in(paper: Paper) -> str:
    """Everything that a paper says."""
    return written(paper, "md").decode().partition("<!-- peer-support:record")[0]
