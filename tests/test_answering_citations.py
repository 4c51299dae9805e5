"""Answers: every word has its source; none is withdrawn, and what is old or foreign is said."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assistant.answering import Composer, Draft
from assistant.answering.book import CitationBook, text_hash
from assistant.answering.compose import first_sentences_end, joined, summary_end
from assistant.answering.related import tidy
from assistant.answering.select import england_first, is_home
from assistant.answering.support import REFUSE_BELOW
from assistant.assembly import Assistant
from assistant.citations import statements_of, verify
from assistant.corpus import COUNTRY_WORDS, Library, names_its_country, read_library
from assistant.resources import bundled_folder
from assistant.retrieval import evidence_of
from assistant.schema import HOME_JURISDICTIONS, Answer, Citation, Evidence, Statement
from assistant.wording import Wording
from tests.compose_answers import (
    ENGINE,
    STRONG,
    cited,
    composer,
    found_of,
    gap_texts,
    supported,
    texts,
    wording,
)
from tests.small_library import (
    ASK_CONTESTED,
    ASK_FOREIGN,
    ASK_NURSE,
    ASK_RETRACTED,
    ASK_SUPERSEDED,
    QUESTIONS,
    put,
)

__all__ = ["composer", "supported", "wording"]


# ---------------------------------------------------------------- the contract


def answer_of(draft: Draft, question: str = "a question") -> Answer:
    fields = {name: getattr(draft, name) for name in Draft.__dataclass_fields__}
    return Answer(question=question, standalone_question=question, engine=ENGINE, **fields)


def assert_contract(answer: Answer, library: Library) -> None:
    """What must hold for every answer, whatever is in it."""
    by_number = {citation.n: citation for citation in answer.citations}
    assert list(by_number) == list(range(1, len(answer.citations) + 1))
    assert len({c.evidence_id for c in answer.citations}) == len(answer.citations)
    for c in answer.citations:
        note, source = library.notes[c.evidence_id], library.note_source[c.evidence_id]
        assert (c.text, c.source_id, c.locator) == (note.text, source.id, note.locator)
        assert c.text_sha256 == text_hash(note.text)
        assert 0 <= c.char_start < c.char_end <= len(c.text)
        assert (c.kind, c.status, c.year) == (source.kind, source.status, source.year)
        assert c.status != "retracted"
        assert names_its_country(c.text, c.jurisdiction)
    used: list[int] = []
    for where, statement in statements_of(answer):
        used += statement.citations
        assert len(statement.citations) == len(statement.evidence_ids)
        assert len(set(statement.citations)) == len(statement.citations)
        pairs = zip(statement.citations, statement.evidence_ids, strict=True)
        assert all(by_number[n].evidence_id == note for n, note in pairs), where
        assert bool(statement.citations) == (statement.stands_as is not None), where
        if statement.verbatim:
            assert_verbatim(statement, by_number[statement.citations[0]])
    # Numbers count up as they are first read, and none is listed for nothing.
    first_used = list(dict.fromkeys(in_order_of_making(answer)))
    assert first_used == sorted(first_used)
    assert set(used) == set(by_number)
    if answer.outcome == "not_in_library":
        assert answer.citations == ()
    if answer.outcome in {"answered", "partial"}:
        assert answer.citations
        assert answer.summary
    if answer.outcome == "partial":
        assert answer.reason is not None
    assert answer.positions == () or len(answer.positions) >= 2
    assert verify(answer, library).ok


def assert_verbatim(statement: Statement, citation: Citation) -> None:
    """The statement is the beginning of the marked words; more may be marked, where the same
    note is quoted at greater length elsewhere in the answer."""
    marked = citation.text[citation.char_start : citation.char_end]
    assert citation.char_start == 0
    assert marked.startswith(statement.text)
    end = len(statement.text)
    assert end == len(citation.text) or citation.text[end].isspace()


def in_order_of_making(answer: Answer) -> Iterator[int]:
    """Numbers in the order in which an answer is read: summary, practice, positions, the rest."""
    practice = [s for s in answer.sections if s.kind == "practice"]
    rest = [s for s in answer.sections if s.kind != "practice"]
    groups = [
        answer.summary,
        *(section.statements for section in practice),
        *(position.statements for position in answer.positions),
        *(section.statements for section in rest),
    ]
    for group in groups:
        for statement in group:
            yield from statement.citations


@pytest.mark.parametrize("question", QUESTIONS)
def test_answer_keeps_the_contract(question: str, small_assistant: Assistant) -> None:
    assert_contract(small_assistant.ask(question), small_assistant.library)


@pytest.mark.parametrize("question", QUESTIONS)
def test_same_question_twice_gives_equal_answers(question: str, small_assistant: Assistant) -> None:
    first, second = small_assistant.ask(question), small_assistant.ask(question)
    assert first.comparable() == second.comparable()
    assert "timings_ms" not in first.comparable()


@pytest.mark.parametrize("seed", range(60))
def test_whatever_is_found_the_contract_holds(
    seed: int, small_data: Library, composer: Composer, supported: Callable[[float], None]
) -> None:
    chance = random.Random(seed)
    supported(chance.uniform(REFUSE_BELOW - 0.1, 1))
    notes = chance.sample(sorted(small_data.notes), chance.randint(0, 14))

    def some(ids: list[str], most: int) -> list[tuple[str, float, float]]:
        chosen = chance.sample(ids, chance.randint(0, min(most, len(ids))))
        rows = [(i, chance.uniform(5, 20), chance.uniform(0.3, 1)) for i in chosen]
        return sorted(rows, key=lambda row: -row[1])

    found = found_of(
        small_data,
        {note: chance.uniform(5, 20) for note in notes},
        parts={name: chance.uniform(0, 1) for name in STRONG},
        answers=some(["supervision-basics/0", "supervision-basics/1"], 2),
        briefs=some(list(small_data.briefs), 3),
        contested=some(list(small_data.contested), 1),
    )
    draft = composer.compose("how long should a talk last", found, chance.choice([None, "psw"]))
    assert_contract(answer_of(draft), small_data)


def test_statements_without_a_citation_are_our_fixed_ones(
    small_assistant: Assistant, wording: Wording
) -> None:
    for question in QUESTIONS:
        for where, statement in statements_of(small_assistant.ask(question)):
            if not statement.citations:
                # The nearest topics are named in a sentence of ours around the briefs' titles.
                nearest_words = wording.text("nearest").split("{")[0]
                documents = wording.text("document_kinds").split("{")[0]
                known = statement.text in wording.texts.values()
                ours = statement.text.startswith((nearest_words, documents))
                assert known or ours, where


# ---------------------------------------------------------------- citations and quotations


def test_marked_words_cover_the_longest_quotation(small_data: Library) -> None:
    book = CitationBook(small_data)
    text = small_data.notes["ward-trial-2019-1"].text
    short = book.quote("ward-trial-2019-1", end=10)
    assert short.text == text[:10]
    assert [(c.char_start, c.char_end) for c in book.citations()] == [(0, 10)]
    book.quote("ward-trial-2019-1")
    assert [(c.char_start, c.char_end) for c in book.citations()] == [(0, len(text))]
    assert book.uses("ward-trial-2019-1")
    assert not book.uses("ward-trial-2019-2")


def test_long_notes_are_cut_at_the_end_of_a_sentence() -> None:
    sentence = "Ten words stand in this one sentence about peer support."
    assert first_sentences_end(" ".join([sentence] * 4)) is None  # 40 words fit
    end = first_sentences_end(" ".join([sentence] * 6))
    assert end == len(" ".join([sentence] * 4))
    assert first_sentences_end("word " * 60 + "end.") is None
    long_first = "word " * 50 + "end. Then more."
    assert long_first[: first_sentences_end(long_first)].endswith("end.")
    asks_itself = f"How often is it reviewed? {'word ' * 50}by a doctor. {'More ' * 20}follows."
    assert asks_itself[: first_sentences_end(asks_itself)].endswith("by a doctor.")


@pytest.mark.usefixtures("supported")
def test_long_note_is_quoted_to_the_end_of_a_sentence_in_the_summary(
    small_corpus: Path, wording: Wording
) -> None:
    sentence = "A unit must train its staff in the use of force, every year and on every ward."
    put(small_corpus / "sources/force-act-2018.yaml", "notes.0.text", " ".join([sentence] * 5))
    library = read_library(small_corpus)
    found = found_of(library, {"force-act-2018-1": 12.0})
    draft = Composer(library, wording, 12).compose("force", found)
    assert draft.summary[0].text == f"{sentence} {sentence}"
    assert draft.citations[0].char_end == len(draft.summary[0].text)
    assert_contract(answer_of(draft), library)


def test_names_are_joined() -> None:
    assert [joined(words) for words in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]


# ---------------------------------------------------------------- retracted, old, foreign


def test_retracted_source_is_found_and_never_used(small_assistant: Assistant) -> None:
    best = small_assistant.search(ASK_RETRACTED)[0]
    assert (best.evidence_id, best.status) == ("tablets-study-2015-1", "retracted")
    for question in QUESTIONS:
        answer = small_assistant.ask(question)
        assert "tablets-study-2015-1" not in cited(answer)
        assert "tablets" not in " ".join(texts([s for _, s in statements_of(answer)]))


@pytest.mark.usefixtures("supported")
def test_nothing_but_a_retracted_source_is_nothing(small_data: Library, composer: Composer) -> None:
    found = found_of(small_data, {"tablets-study-2015-1": 20.0})
    draft = composer.compose(ASK_RETRACTED, found)
    assert draft.outcome == "not_in_library"
    assert draft.citations == ()


def test_superseded_source_alone_answers_in_part_and_says_so(
    small_assistant: Assistant, wording: Wording
) -> None:
    answer = small_assistant.ask(ASK_SUPERSEDED)
    assert cited(answer)[0] == "paper-notes-2008-1"
    assert answer.citations[0].status == "superseded"
    assert answer.citations[0].superseded_by == "supervision-guide-2020"
    assert (answer.outcome, answer.reason) == ("partial", "weak_evidence")
    assert wording.text("only_superseded") in gap_texts(answer)


@pytest.mark.usefixtures("supported")
def test_superseded_source_beside_a_current_one_stands_after_it(
    small_data: Library, composer: Composer, wording: Wording
) -> None:
    scores = {"paper-notes-2008-1": 15.0, "supervision-guide-2020-2": 14.5}
    draft = composer.compose(ASK_SUPERSEDED, found_of(small_data, scores))
    assert cited(draft) == ["supervision-guide-2020-2", "paper-notes-2008-1"]
    assert draft.outcome == "answered"
    assert wording.text("only_superseded") not in gap_texts(draft)


def test_foreign_sources_alone_answer_in_part_and_say_so(
    small_assistant: Assistant, wording: Wording
) -> None:
    answer = small_assistant.ask(ASK_FOREIGN)
    assert {c.jurisdiction for c in answer.citations} <= {"USA", "Australia"}
    assert (answer.outcome, answer.reason) == ("partial", "weak_evidence")
    assert wording.text("only_foreign") in gap_texts(answer)
    assert "In the USA" in answer.summary[0].text


@pytest.mark.usefixtures("supported")
def test_english_source_among_foreign_ones_is_no_gap(
    small_data: Library, composer: Composer, wording: Wording
) -> None:
    scores = {"usa-visits-2016-1": 15.0, "home-opinion-2021-1": 14.8}
    draft = composer.compose("visits at home", found_of(small_data, scores))
    assert cited(draft) == ["home-opinion-2021-1", "usa-visits-2016-1"]
    assert draft.outcome == "answered"
    assert wording.text("only_foreign") not in gap_texts(draft)


def test_home_is_england_and_what_includes_it() -> None:
    assert {is_home(place) for place in HOME_JURISDICTIONS} == {True}
    for place in ("Scotland", "Wales", "USA", "International", "not stated", *COUNTRY_WORDS):
        assert not is_home(place)


def test_order_weighs_home_and_currency_against_relevance(small_data: Library) -> None:
    def evidence(note: str, score: float) -> Evidence:
        return evidence_of(small_data.notes[note], small_data.note_source[note], score)

    def order(*pairs: tuple[str, float]) -> list[str]:
        return [e.evidence_id for e in england_first([evidence(n, s) for n, s in pairs])]

    usa, home, old = "usa-visits-2016-1", "home-opinion-2021-1", "paper-notes-2008-1"
    assert order((usa, 10.0), (home, 9.9)) == [home, usa]
    assert order((old, 10.0), (usa, 9.9), (home, 9.8)) == [home, usa, old]
    assert order((home, 9.0), (usa, 15.0)) == [usa, home]


# ---------------------------------------------------------------- faults that are known


def test_retracted_note_supports_no_answer(small_assistant: Assistant) -> None:
    """Only the withdrawn study is about tablets; what is left misses the point."""
    assert small_assistant.ask(ASK_RETRACTED).outcome != "answered"


def test_related_questions_do_not_come_from_retracted_notes(small_assistant: Assistant) -> None:
    asks = small_assistant.library.notes["tablets-study-2015-1"].asks
    for question in QUESTIONS:
        assert not set(small_assistant.ask(question).related) & {tidy(ask) for ask in asks}


def _with_retracted(place: str, name: str) -> Callable[[Path], Library]:
    def change(corpus: Path) -> Library:
        put(corpus / name, place, ["tablets-study-2015-1"])
        return read_library(corpus)

    return change


@pytest.mark.parametrize(
    ("change", "question"),
    [
        (_with_retracted("positions.1.notes", "contested/home-visits.yaml"), ASK_CONTESTED),
        (_with_retracted("answers.0.answer.0.notes", "briefs/supervision-basics.yaml"), ASK_NURSE),
    ],
    ids=["position", "direct answer"],
)
@pytest.mark.usefixtures("supported")
def test_retracted_source_is_not_used_through_a_position_or_a_brief(
    change: Callable[[Path], Library], question: str, small_corpus: Path, wording: Wording
) -> None:
    """Either the library is refused or the note is left out."""
    library = change(small_corpus)
    found = found_of(
        library,
        {"home-opinion-2021-1": 12.0},
        answers=[("supervision-basics/0", 13.0, 0.95)] if question == ASK_NURSE else [],
        contested=[("home-visits", 13.0, 0.95)] if question == ASK_CONTESTED else [],
    )
    assert "tablets-study-2015-1" not in cited(
        Composer(library, wording, 12).compose(question, found)
    )


@pytest.mark.parametrize(
    ("leading", "key"),
    [("paper-notes-2008-1", "only_superseded"), ("usa-visits-2016-2", "only_foreign")],
)
@pytest.mark.usefixtures("supported")
def test_summary_of_old_or_foreign_sources_alone_says_so(
    leading: str, key: str, small_data: Library, composer: Composer, wording: Wording
) -> None:
    """A current English note that is too far behind for the summary does not stand beside it."""
    scores = {leading: 15.0, "force-act-2018-1": 12.0}
    draft = composer.compose("a question of some length", found_of(small_data, scores))
    assert [s.evidence_ids for s in draft.summary] == [(leading,)]
    assert wording.text(key) in gap_texts(draft)


def test_shortened_foreign_notes_still_name_their_country() -> None:
    library = read_library(bundled_folder("corpus"))
    unnamed = [
        note.id
        for note in library.notes.values()
        if (end := summary_end(evidence_of(note, library.note_source[note.id]))) is not None
        and not names_its_country(note.text[:end], library.note_source[note.id].jurisdiction)
    ]
    assert unnamed == []
