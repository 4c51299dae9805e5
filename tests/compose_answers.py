"""Answers composed from what a test says was found, and what their tests look at."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pytest

from assistant.answering import Composer, Draft, compose
from assistant.answering.support import Support
from assistant.corpus import Library
from assistant.resources import bundled_folder
from assistant.retrieval import Found, Hit, evidence_of
from assistant.schema import Answer, Engine, Section, Statement
from assistant.wording import Wording, read_wording
from tests.fakes import BagOfWordsEmbeddings

ENGINE = Engine(
    mode="extractive",
    model=None,
    fallback_reason=None,
    index_id="none",
    library_version="none",
    prompt_hashes={},
    settings_hash="none",
)
STRONG = {"lexical": 9.0, "body": 0.8, "ask": 0.9, "gist": 0.95, "coverage": 1.0, "endorsed": 0.0}
NONE = dict.fromkeys(STRONG, 0.0)


@pytest.fixture(scope="module")
def wording() -> Wording:
    return read_wording(bundled_folder("prompts"))


@pytest.fixture
def composer(small_data: Library, wording: Wording) -> Composer:
    return Composer(small_data, wording, 12)


@pytest.fixture
def supported(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Whatever is found supports an answer this well: composing is tested apart from the fit."""

    def fix(probability: float) -> None:
        fixed = Support(probability, {"ask": 0.5})
        monkeypatch.setattr(compose, "support_of", lambda question, found: fixed)

    fix(0.99)
    return fix


def found_of(
    library: Library,
    scores: Mapping[str, float],
    *,
    parts: Mapping[str, float] = STRONG,
    answers: Sequence[tuple[str, float, float]] = (),
    briefs: Sequence[tuple[str, float, float]] = (),
    contested: Sequence[tuple[str, float, float]] = (),
) -> Found:
    """What a search would have found; hits are (id, score, closeness to an ask)."""

    def hits(kind: str, rows: Sequence[tuple[str, float, float]]) -> tuple[Hit, ...]:
        return tuple(Hit(f"{kind}:{i}", score, {**parts, "ask": ask}) for i, score, ask in rows)

    ordered = sorted(scores, key=lambda note: -scores[note])
    evidence = tuple(
        evidence_of(library.notes[note], library.note_source[note], scores[note], rank, dict(parts))
        for rank, note in enumerate(ordered, 1)
    )
    bodies = [f"{e.title}. {e.text}" for e in evidence]
    vectors = dict(zip(ordered, BagOfWordsEmbeddings().vectors(bodies), strict=True))
    return Found(
        evidence,
        hits("brief", briefs),
        hits("answer", answers),
        hits("contested", contested),
        vectors,
    )


def cited(answer: Answer | Draft) -> list[str]:
    return [citation.evidence_id for citation in answer.citations]


def sections(answer: Answer | Draft, kind: str) -> list[Section]:
    return [section for section in answer.sections if section.kind == kind]


def texts(statements: Sequence[Statement]) -> list[str]:
    return [statement.text for statement in statements]


def gap_texts(answer: Answer | Draft) -> list[str]:
    return [text for section in sections(answer, "gap") for text in texts(section.statements)]
