"""Answers: every word has its source, and what is weak, foreign, old or disputed is said."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest

from assistant.answering import Composer, Draft, compose
from assistant.answering.book import CitationBook, text_hash
from assistant.answering.compose import (
    FURTHER,
    FURTHER_UNLISTED,
    first_sentences_end,
    further_notes,
    is_law,
    joined,
    listed_notes,
    nearest,
    summary_end,
)
from assistant.answering.related import MOST, related_questions, tidy
from assistant.answering.select import Choice, agree, choose, england_first, fold, is_home
from assistant.answering.support import (
    COEFFICIENTS,
    FEATURES,
    PARTLY_BELOW,
    REFUSE_BELOW,
    Support,
    support_of,
    support_signals,
)
from assistant.assembly import Assistant
from assistant.citations import statements_of, verify
from assistant.corpus import COUNTRY_WORDS, Library, names_its_country, read_library
from assistant.resources import bundled_folder
from assistant.retrieval import Found, Hit, evidence_of
from assistant.schema import (
    HOME_JURISDICTIONS,
    STRENGTH,
    Answer,
    BriefSentence,
    Citation,
    Engine,
    Evidence,
    Kind,
    Section,
    Side,
    Statement,
    Turn,
)
from assistant.wording import Wording, read_wording
from tests.fakes import BagOfWordsEmbeddings
from tests.small_library import (
    ASK_CONTESTED,
    ASK_FOREIGN,
    ASK_KEYS,
    ASK_LAW,
    ASK_NOTHING,
    ASK_NURSE,
    ASK_PARTLY,
    ASK_RETRACTED,
    ASK_SUPERSEDED,
    ASK_SUPERVISION,
    ASK_TRIAL,
    QUESTIONS,
    put,
)

ENGINE = Engine(
    mode="extractive",
    model=None,
    fallback_reason=None,
    index_id="none",
    library_version="none",
    prompt_hashes={},
    settings_hash="none",
)
STRONG = {"lexical": 9.0, "body": 0.8, "ask": 0.9, "gist": 0.8, "coverage": 1.0, "endorsed": 0.0}
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


def answer_of(draft: Draft, question: str = "a question") -> Answer:
    fields = {name: getattr(draft, name) for name in Draft.__dataclass_fields__}
    return Answer(question=question, standalone_question=question, engine=ENGINE, **fields)


def cited(answer: Answer | Draft) -> list[str]:
    return [citation.evidence_id for citation in answer.citations]


def sections(answer: Answer | Draft, kind: str) -> list[Section]:
    return [section for section in answer.sections if section.kind == kind]


def texts(statements: Sequence[Statement]) -> list[str]:
    return [statement.text for statement in statements]


def gap_texts(answer: Answer | Draft) -> list[str]:
    return [text for section in sections(answer, "gap") for text in texts(section.statements)]


# ---------------------------------------------------------------- the contract


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


# ---------------------------------------------------------------- folding


def test_near_copies_of_two_sources_are_cited_together(small_assistant: Assistant) -> None:
    answer = small_assistant.ask(ASK_SUPERVISION)
    first = answer.summary[0]
    assert first.evidence_ids == ("supervision-guide-2020-1", "supervision-charter-2022-1")
    assert first.citations == (1, 2)
    assert first.text == small_assistant.library.notes["supervision-guide-2020-1"].text
    near = [t for _, s in statements_of(answer) for t in [s.text] if "both agree" in t]
    assert near == []


def test_must_and_must_not_are_both_said(small_assistant: Assistant) -> None:
    answer = small_assistant.ask(ASK_KEYS)
    said = [
        s
        for where, s in statements_of(answer)
        if "keys of the medicines cupboard" in s.text and not where.startswith("differences")
    ]
    assert [(s.evidence_ids, s.citations) for s in said] == [
        (("ward-rules-2021-1",), (1,)),
        (("ward-rules-2023-1",), (2,)),
    ]
    assert "must carry" in said[0].text
    assert "must not carry" in said[1].text


def test_fold_keeps_the_better_and_names_the_other(small_data: Library) -> None:
    twins = {"supervision-charter-2022-1": 12.0, "supervision-guide-2020-1": 11.0}
    found = found_of(small_data, {**twins, "force-act-2018-1": 10.0})
    kept, same = fold(found.evidence, found)
    assert [e.evidence_id for e in kept] == ["supervision-charter-2022-1", "force-act-2018-1"]
    assert same == {"supervision-charter-2022-1": ("supervision-guide-2020-1",)}


def test_fold_needs_agreement_closeness_and_like_standing(small_data: Library) -> None:
    found = found_of(small_data, {"ward-rules-2021-1": 12.0, "ward-rules-2023-1": 11.0})
    assert found.closeness(*found.evidence) > 0.86  # close by model, and yet not the same
    assert fold(found.evidence, found) == (list(found.evidence), {})

    twins = {"supervision-guide-2020-1": 12.0, "supervision-charter-2022-1": 11.0}
    found = found_of(small_data, twins)
    one, other = found.evidence
    finding = other.model_copy(update={"stands_as": "finding"})
    assert fold([one, finding], found) == ([one, finding], {})
    far = Found(found.evidence, (), (), (), {})
    assert fold(far.evidence, far) == ([one, other], {})


def test_near_copy_of_the_same_source_is_left_out(small_data: Library) -> None:
    found = found_of(
        small_data, {"supervision-guide-2020-1": 12.0, "supervision-charter-2022-1": 11.0}
    )
    one, other = found.evidence
    same_source = other.model_copy(update={"source_id": one.source_id})
    assert fold([one, same_source], found) == ([one], {})


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Staff must carry keys.", "Workers must carry the keys.", True),
        ("Staff must carry keys.", "Staff must not carry keys.", False),
        ("Staff must carry keys.", "Staff should carry keys.", False),
        ("Staff may carry keys.", "Staff carry keys.", False),
        ("Meet every 4 weeks.", "Meet every 6 weeks.", False),
        ("Pay is 4.5 per cent.", "Pay is 4.6 per cent.", False),
        ("Nobody is left without help.", "Nobody is left with help.", False),
        ("Staff NEVER carry keys.", "Staff never carry keys.", True),
        ("Cannot be refused.", "Can be refused.", False),
    ],
)
def test_texts_agree_in_numbers_force_and_negation(one: str, other: str, same: bool) -> None:
    assert agree(one, other) is same
    assert agree(other, one) is same


# ---------------------------------------------------------------- contested


def test_contested_question_shows_every_side(small_assistant: Assistant) -> None:
    answer = small_assistant.ask(ASK_CONTESTED)
    sides = small_assistant.library.contested["home-visits"].positions
    assert [(p.position, p.held_by) for p in answer.positions] == [
        (side.position, side.held_by) for side in sides
    ]
    for shown, side in zip(answer.positions, sides, strict=True):
        assert shown.statements
        for statement in shown.statements:
            assert statement.verbatim
            assert set(statement.evidence_ids) <= set(side.notes)


def test_uncontested_questions_show_no_sides(small_assistant: Assistant) -> None:
    for question in (ASK_LAW, ASK_TRIAL, ASK_SUPERVISION, ASK_NOTHING):
        assert small_assistant.ask(question).positions == ()


@pytest.mark.usefixtures("supported")
def test_contested_question_is_touched_by_its_notes_too(
    small_data: Library, composer: Composer
) -> None:
    found = found_of(
        small_data, {"home-opinion-2021-1": 12.0}, contested=[("home-visits", 12, 0.5)]
    )
    assert len(composer.compose("visits", found).positions) == 2
    far = found_of(small_data, {"force-act-2018-1": 12.0}, contested=[("home-visits", 12, 0.5)])
    assert composer.compose("visits", far).positions == ()


# ---------------------------------------------------------------- refusing


def test_refusal_cites_nothing_and_offers_what_is_near(
    small_assistant: Assistant, wording: Wording
) -> None:
    answer = small_assistant.ask(ASK_NOTHING)
    assert answer.outcome == "not_in_library"
    assert answer.reason in {"weak_evidence", "nothing_found"}
    assert answer.citations == ()
    assert all(not s.citations and not s.evidence_ids for _, s in statements_of(answer))
    assert texts(answer.summary) == [wording.text("not_in_library")]
    assert 0 < len(answer.related) <= MOST
    (section,) = answer.sections
    assert section.heading == wording.text("nearest_heading")


def test_nothing_found_is_told_from_too_little(small_data: Library, composer: Composer) -> None:
    empty = composer.compose("x", Found((), (), (), ()))
    assert (empty.outcome, empty.reason, empty.related) == ("not_in_library", "nothing_found", ())
    weak = {**NONE, "ask": 0.1}
    little = composer.compose("x", found_of(small_data, {"force-act-2018-1": 2.0}, parts=weak))
    assert (little.outcome, little.reason) == ("not_in_library", "weak_evidence")


def test_support_between_the_thresholds_answers_in_part(
    small_data: Library,
    composer: Composer,
    wording: Wording,
    supported: Callable[[float], None],
) -> None:
    found = found_of(small_data, {"force-act-2018-1": 12.0})

    def with_support(probability: float) -> Draft:
        supported(probability)
        return composer.compose("force", found)

    assert with_support(PARTLY_BELOW).outcome == "answered"
    between = with_support((REFUSE_BELOW + PARTLY_BELOW) / 2)
    assert (between.outcome, between.reason) == ("partial", "weak_evidence")
    assert wording.text("weak_evidence") in gap_texts(between)
    assert with_support(REFUSE_BELOW).outcome == "partial"
    assert with_support(REFUSE_BELOW - 0.01).outcome == "not_in_library"


# ---------------------------------------------------------------- support


def test_support_is_a_share_and_the_thresholds_are_in_order(small_assistant: Assistant) -> None:
    assert tuple(COEFFICIENTS) == FEATURES
    assert 0 < REFUSE_BELOW < PARTLY_BELOW < 1
    for question in QUESTIONS:
        found = small_assistant.retriever.search(question, top=24)
        support = support_of(question, found)
        assert 0 <= support.probability <= 1
        assert tuple(support.signals) == FEATURES
        assert support.refuses <= support.partly


def test_support_parts_what_is_held_from_what_is_not(small_assistant: Assistant) -> None:
    def support(question: str) -> Support:
        return support_of(question, small_assistant.retriever.search(question, top=24))

    assert not support(ASK_LAW).partly
    assert support(ASK_NOTHING).refuses
    assert support(ASK_LAW).probability > support(ASK_NOTHING).probability


def test_nothing_found_supports_nothing() -> None:
    empty = Found((), (), (), ())
    assert support_signals("who is trained", empty) == dict.fromkeys(FEATURES, 0.0)
    assert support_of("who is trained", empty).refuses


# ---------------------------------------------------------------- direct answers and briefs


def test_direct_answer_leads(small_assistant: Assistant) -> None:
    answer = small_assistant.ask(ASK_NURSE)
    brief = small_assistant.library.briefs["supervision-basics"]
    assert texts(answer.summary) == [sentence.text for sentence in brief.answers[0].answer]
    assert answer.summary[0].evidence_ids == brief.answers[0].answer[0].notes
    assert not answer.summary[0].verbatim
    assert answer.outcome == "answered"
    (practice,) = sections(answer, "practice")
    assert {s.text for s in practice.statements} <= {line.text for line in brief.practice}
    assert brief.not_settled[0].text in gap_texts(answer)


def test_partly_held_answer_is_partial_and_says_so(
    small_assistant: Assistant, wording: Wording
) -> None:
    answer = small_assistant.ask(ASK_PARTLY)
    assert texts(answer.summary) == ["The guide says how often to meet, and not for how long."]
    assert (answer.outcome, answer.reason) == ("partial", "weak_evidence")
    assert wording.text("partly_held") in gap_texts(answer)


@pytest.mark.usefixtures("supported")
def test_unsure_direct_answer_has_the_best_note_beside_it(
    small_data: Library, composer: Composer
) -> None:
    scores = {"force-act-2018-1": 12.0}
    unsure = found_of(small_data, scores, answers=[("supervision-basics/0", 13.0, 0.7)])
    draft = composer.compose("may a nurse be it then", unsure)
    assert len(draft.summary) == 2
    assert draft.summary[1].evidence_ids == ("force-act-2018-1",)
    sure = found_of(small_data, scores, answers=[("supervision-basics/0", 13.0, 0.9)])
    assert len(composer.compose("may a nurse be it then", sure).summary) == 1


@pytest.mark.usefixtures("supported")
def test_direct_answer_far_from_the_question_is_not_used(
    small_data: Library, composer: Composer
) -> None:
    found = found_of(
        small_data, {"force-act-2018-1": 12.0}, answers=[("supervision-basics/0", 14.0, 0.3)]
    )
    draft = composer.compose("who is trained in force", found)
    assert cited(draft) == ["force-act-2018-1"]


@pytest.mark.usefixtures("supported")
def test_topic_in_few_words_gets_the_brief(small_data: Library, composer: Composer) -> None:
    found = found_of(
        small_data,
        {"supervision-guide-2020-1": 12.0},
        answers=[("supervision-basics/0", 12.5, 0.8)],
        briefs=[("supervision-basics", 12.0, 0.8)],
    )
    lead = [sentence.text for sentence in small_data.briefs["supervision-basics"].lead]
    assert texts(composer.compose("peer supervision", found).summary) == lead
    direct = composer.compose("can my supervisor be a nurse or not", found)
    assert texts(direct.summary) != lead


def test_sure_answer_is_given_though_support_is_low(
    small_data: Library, composer: Composer, supported: Callable[[float], None]
) -> None:
    supported(0.0)
    found = found_of(
        small_data,
        {"supervision-guide-2020-1": 12.0},
        answers=[("supervision-basics/0", 12.0, 0.95)],
    )
    assert composer.compose("can my supervisor be a nurse", found).outcome == "answered"


def test_only_lines_of_a_brief_on_notes_found_or_listed_stand_by_in_its_order(
    small_data: Library,
) -> None:
    lines = [
        BriefSentence(text=f"{i}", notes=(note,))
        for i, note in enumerate(["force-act-2018-1", "force-act-2018-2", "ward-rules-2021-2"])
    ]
    found = found_of(small_data, {"ward-rules-2021-2": 9.0, "force-act-2018-1": 8.0})
    assert [line.text for line in nearest(lines, found)] == ["0", "2"]
    few = found_of(small_data, {"force-act-2018-2": 9.0})
    assert [line.text for line in nearest(lines, few)] == ["1"]
    listed = frozenset({"ward-rules-2021-2"})
    assert [line.text for line in nearest(lines, few, also=listed)] == ["1", "2"]
    assert nearest(lines, found_of(small_data, {"supervision-guide-2020-1": 9.0})) == ()


def test_beside_a_direct_answer_a_distant_note_stands_only_if_its_editor_listed_it(
    small_data: Library,
) -> None:
    notes = [note for note in small_data.notes if note not in small_data.retracted_notes]
    found = found_of(small_data, {note: 12.0 - i / 100 for i, note in enumerate(notes)})
    answer = small_data.briefs["supervision-basics"].answers[0]
    listed = listed_notes(answer)
    choice = Choice(answer, True, None, None, found.evidence, {})
    places = {e.evidence_id: e.rank for e in found.evidence}
    kept = {e.evidence_id for e in further_notes(choice)}
    assert kept == {
        note
        for note, place in places.items()
        if place <= FURTHER_UNLISTED or (note in listed and place <= FURTHER)
    }
    assert any(place > FURTHER_UNLISTED for note, place in places.items() if note not in listed)
    assert {e.evidence_id for e in further_notes(choice, unlisted=0)} == {
        note for note, place in places.items() if note in listed and place <= FURTHER
    }
    alone = replace(choice, answer=None)
    assert {e.evidence_id for e in further_notes(alone)} == {
        note for note, place in places.items() if place <= FURTHER
    }


@pytest.mark.usefixtures("supported")
@pytest.mark.parametrize("led", [True, False])
def test_an_open_question_of_another_matter_unsettles_no_direct_answer(
    led: bool, small_data: Library, composer: Composer
) -> None:
    note = "ward-trial-2019-2"
    assert note not in listed_notes(small_data.briefs["supervision-basics"].answers[0])
    # Below the notes of a summary, so that it could stand under "not settled" alone.
    others = ["force-act-2018-1", "force-act-2018-2", "ward-rules-2021-2"]
    scores = {one: 12.0 - i / 100 for i, one in enumerate([*others, note])}
    answers = [("supervision-basics/0", 13.0, 0.95)] if led else []
    draft = composer.compose(
        "can my supervisor be a nurse", found_of(small_data, scores, answers=answers)
    )
    shown = {
        id_ for s in sections(draft, "gap") for line in s.statements for id_ in line.evidence_ids
    }
    assert (note in shown) is not led


# ---------------------------------------------------------------- strength


@pytest.mark.usefixtures("supported")
def test_law_stands_apart_from_what_employers_demand(
    small_data: Library, composer: Composer, wording: Wording
) -> None:
    scores = {"force-act-2018-1": 12.0, "force-act-2018-2": 11.9, "ward-rules-2021-2": 11.8}
    found = found_of(small_data, scores, answers=[("supervision-basics/0", 13.0, 0.95)])
    draft = composer.compose("can my supervisor be a nurse", found)
    law, employers = sections(draft, "requirement")
    assert law.heading == wording.text("law_heading")
    assert employers.heading == wording.heading("requirement") != law.heading
    assert [s.evidence_ids[0] for s in law.statements] == ["force-act-2018-1", "force-act-2018-2"]
    assert [s.evidence_ids[0] for s in employers.statements] == ["ward-rules-2021-2"]


@pytest.mark.usefixtures("supported")
def test_sections_hold_only_their_own_kind_of_statement(
    small_data: Library, composer: Composer
) -> None:
    scores = {note: 12.0 - i / 100 for i, note in enumerate(small_data.notes)}
    found = found_of(small_data, scores, answers=[("supervision-basics/0", 13.0, 0.95)])
    draft = composer.compose("can my supervisor be a nurse", found)
    kinds = [section.kind for section in draft.sections if section.kind not in {"practice", "gap"}]
    assert kinds
    order = ["requirement", "recommendation", "definition", "finding", "position"]
    assert kinds == sorted(kinds, key=order.index)
    for section in draft.sections:
        if section.kind in order:
            assert {s.stands_as for s in section.statements} == {section.kind}


@pytest.mark.usefixtures("supported")
def test_open_questions_stand_under_what_is_not_settled(
    small_data: Library, composer: Composer
) -> None:
    scores = {"ward-trial-2019-1": 13.0, "ward-trial-2019-2": 10.0}
    draft = composer.compose(ASK_TRIAL, found_of(small_data, scores))
    assert small_data.notes["ward-trial-2019-2"].text in gap_texts(draft)
    assert draft.outcome == "answered"


@pytest.mark.parametrize("kind", STRENGTH)
def test_only_law_is_law(kind: Kind, small_data: Library) -> None:
    note, source = small_data.notes["force-act-2018-1"], small_data.sources["force-act-2018"]
    evidence = evidence_of(note, source.model_copy(update={"kind": kind}))
    assert is_law(evidence) is (kind in {"legislation", "statutory-guidance"})


def test_sentence_of_a_brief_stands_as_the_weakest_of_its_notes(small_data: Library) -> None:
    book = CitationBook(small_data)
    notes = ("force-act-2018-1", "home-opinion-2021-1", "supervision-guide-2020-1")
    statement = book.sentence(BriefSentence(text="All of it.", notes=notes))
    assert statement.stands_as == "position"
    assert statement.citations == (1, 2, 3)
    alone = book.sentence(BriefSentence(text="Law.", notes=("force-act-2018-1",)))
    assert (alone.stands_as, alone.citations) == ("requirement", (1,))


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


# ---------------------------------------------------------------- limits, steps, related


@pytest.mark.usefixtures("supported")
def test_no_more_notes_than_allowed(small_data: Library, wording: Wording) -> None:
    scores = dict.fromkeys(small_data.notes, 12.0)
    found = found_of(small_data, scores)
    choice = choose("a question of some length", found, small_data, 4)
    assert len(choice.notes) <= 4
    assert len(cited(Composer(small_data, wording, 4).compose("force", found))) <= 4


def test_notes_far_behind_the_best_are_left_out(small_data: Library) -> None:
    found = found_of(small_data, {"force-act-2018-1": 16.0, "ward-rules-2021-2": 4.0})
    choice = choose("who is trained in force", found, small_data, 12)
    assert [e.evidence_id for e in choice.notes] == ["force-act-2018-1"]


def test_an_ask_word_for_word_is_given_its_answer(small_data: Library) -> None:
    """Another answer whose score is better does not take its place."""
    found = found_of(
        small_data,
        {"supervision-guide-2020-1": 12.0},
        answers=[("supervision-basics/0", 14.0, 0.8), ("supervision-basics/1", 11.0, 0.99)],
    )
    asked, other = small_data.briefs["supervision-basics"].answers[1::-1]
    assert choose("a question of some length", found, small_data, 12).answer == asked
    near = replace(found, answers=(found.answers[0],))
    assert choose("a question of some length", near, small_data, 12).answer == other


def test_who_asks_for_the_sides_is_shown_them_from_further_off(small_data: Library) -> None:
    found = found_of(small_data, {"force-act-2018-1": 12.0}, contested=[("home-visits", 8.0, 0.5)])
    for question in ("what are the two sides on home visits", "do sources differ on home visits"):
        assert choose(question, found, small_data, 12).contested is not None, question
    assert choose("when are home visits made", found, small_data, 12).contested is None


def test_next_steps_are_of_the_topic_and_the_user(
    small_assistant: Assistant, wording: Wording
) -> None:
    for user in ("psw", "manager", "trainer"):
        answer = small_assistant.ask(ASK_LAW, user=user)
        assert answer.next_steps == wording.steps_for(user, ["restraint", "training"])
    assert small_assistant.ask(ASK_LAW).next_steps == wording.steps_for("psw", ["restraint"])
    assert len(small_assistant.ask(ASK_LAW).next_steps) <= 3


@pytest.mark.parametrize("side", get_args(Side))
def test_lines_and_steps_are_for_the_side_that_an_answer_speaks_to(
    side: Side, small_data: Library, wording: Wording
) -> None:
    brief = small_data.briefs["supervision-basics"]
    first, second = brief.practice
    lines = (first, second.model_copy(update={"speaks_to": ("person", "carer")}))
    answers = (brief.answers[0].model_copy(update={"speaks_to": side}), *brief.answers[1:])
    changed = brief.model_copy(update={"practice": lines, "answers": answers})
    briefs = tuple(changed if one is brief else one for one in small_data.data.briefs)
    data = small_data.data.model_copy(update={"briefs": briefs})
    composer = Composer(Library(data), wording, 12)
    notes = {"supervision-guide-2020-1": 12.0, "supervision-charter-2022-1": 11.0}
    found = found_of(small_data, notes, answers=[("supervision-basics/0", 13.0, 0.95)])

    draft = composer.compose("can my supervisor be a nurse", found)
    shown = [text for s in sections(draft, "practice") for text in texts(s.statements)]
    assert shown == [first.text if side == "work" else second.text]
    key = "psw" if side == "work" else side
    assert draft.next_steps == wording.steps_for(key, ["supervision"])
    # Who says who they are is believed.
    told = composer.compose("can my supervisor be a nurse", found, user="manager")
    assert told.next_steps == wording.steps_for("manager", ["supervision"])


def test_who_asks_changes_next_steps_and_nothing_else(small_assistant: Assistant) -> None:
    def without_steps(answer: Answer) -> dict[str, Any]:
        return {k: v for k, v in answer.comparable().items() if k != "next_steps"}

    for question in QUESTIONS:
        worker = small_assistant.ask(question, user="psw")
        assert without_steps(small_assistant.ask(question, user="manager")) == without_steps(worker)


def test_related_questions_are_others_and_few(small_assistant: Assistant) -> None:
    for question in QUESTIONS:
        related = small_assistant.ask(question).related
        assert len(related) <= MOST
        assert len(set(related)) == len(related)
        assert tidy(question) not in related


def test_related_questions_are_answered(small_assistant: Assistant) -> None:
    for question in small_assistant.ask(ASK_NOTHING).related:
        assert small_assistant.ask(question).outcome in {"answered", "partial"}, question


def test_related_leave_out_the_answer_given(small_data: Library) -> None:
    found = found_of(
        small_data,
        {"supervision-guide-2020-1": 12.0},
        answers=[("supervision-basics/0", 13.0, 0.95), ("supervision-basics/1", 12.0, 0.5)],
    )
    choice = choose("can my supervisor be a nurse", found, small_data, 12)
    shown = related_questions("zzz", found, choice, small_data)
    asks = small_data.briefs["supervision-basics"].answers[0].asks
    assert not set(shown) & {tidy(ask) for ask in asks}
    assert shown


@pytest.mark.parametrize(
    ("ask", "line"),
    [
        ("can i say no", "Can I say no?"),
        ("Is it fine?", "Is it fine?"),
        ("supervision of peers", "Supervision of peers"),
    ],
)
def test_asks_are_tidied_into_lines_to_tap(ask: str, line: str) -> None:
    assert tidy(ask) == line


def test_history_of_the_same_question_changes_nothing(small_assistant: Assistant) -> None:
    """A question that stands alone is answered alike at any point of a conversation."""
    alone = small_assistant.ask(ASK_LAW).comparable()
    history = [Turn(question=ASK_TRIAL, outcome="answered")]
    assert small_assistant.ask(ASK_LAW, history=history).comparable() == alone


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


# ---------------------------------------------------------------- what would answer it


def test_refusal_says_what_kind_of_document_would_answer(
    small_data: Library, composer: Composer, wording: Wording
) -> None:
    weak = {**NONE, "ask": 0.1}
    found = found_of(small_data, {"force-act-2018-1": 2.0}, parts=weak)
    said = gap_texts(composer.compose("x", found))[-1]
    topic = found.evidence[0].topics[0]
    assert said == wording.documents_for([topic], wants_fact=False)
    assert wording.documents[topic][0] in said
    price = gap_texts(composer.compose("How much does the badge cost?", found))[-1]
    assert wording.documents["fact"][0] in price


@pytest.mark.usefixtures("supported")
def test_sources_that_only_conflict_are_told_from_too_little(
    small_data: Library, composer: Composer, wording: Wording
) -> None:
    (question,) = (c for c in small_data.contested.values())
    sides = [note for position in question.positions for note in position.notes]
    close = {**NONE, "ask": 0.9}
    found = replace(
        found_of(small_data, dict.fromkeys(sides, 12.0)),
        contested=(Hit(f"contested:{question.id}", 12.0, close),),
    )
    draft = composer.compose(question.question, found)
    assert len(draft.positions) >= 2
    assert (draft.outcome, draft.reason) == ("partial", "conflicting_only")
    assert wording.text("only_conflicting") in gap_texts(draft)
