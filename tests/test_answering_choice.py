"""What an answer is made of: near copies once, every side of a dispute, its parts in place."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from assistant.answering import Composer, select
from assistant.answering.book import CitationBook
from assistant.answering.compose import (
    FURTHER,
    FURTHER_UNLISTED,
    further_notes,
    is_law,
    listed_notes,
    nearest,
)
from assistant.answering.select import Choice, agree, choose, fold
from assistant.assembly import Assistant
from assistant.citations import statements_of
from assistant.corpus import Library
from assistant.retrieval import Found, evidence_of
from assistant.schema import STRENGTH, BriefSentence, Kind
from assistant.wording import Wording
from tests.compose_answers import (
    STRONG,
    cited,
    composer,
    found_of,
    gap_texts,
    sections,
    supported,
    texts,
    wording,
)
from tests.small_library import (
    ASK_CONTESTED,
    ASK_KEYS,
    ASK_LAW,
    ASK_NOTHING,
    ASK_NURSE,
    ASK_PARTLY,
    ASK_SUPERVISION,
    ASK_TRIAL,
)

__all__ = ["composer", "supported", "wording"]

UNSURE = {**STRONG, "gist": 0.8}
"""Signals of an answer that may be beside the point."""


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
    unsure = found_of(
        small_data, scores, parts=UNSURE, answers=[("supervision-basics/0", 9.0, 0.7)]
    )
    draft = composer.compose("may a nurse be it then", unsure)
    assert len(draft.summary) == 2
    assert draft.summary[1].evidence_ids == ("force-act-2018-1",)
    sure = found_of(small_data, scores, answers=[("supervision-basics/0", 13.0, 0.9)])
    assert len(composer.compose("may a nurse be it then", sure).summary) == 1


@pytest.mark.usefixtures("supported")
def test_an_unsure_answer_that_opens_with_yes_or_no_does_not_lead(
    small_data: Library, composer: Composer, monkeypatch: pytest.MonkeyPatch
) -> None:
    scores = {"force-act-2018-1": 12.0}
    first = small_data.briefs["supervision-basics"].answers[0].answer[0].text
    answers = [("supervision-basics/0", 9.0, 0.7)]
    unsure = found_of(small_data, scores, parts=UNSURE, answers=answers)
    sure = found_of(small_data, scores, answers=answers)
    assert texts(composer.compose("may a nurse be it then", unsure).summary)[0] == first
    monkeypatch.setattr(select, "VERDICT", re.compile(re.escape(first[:9])))
    assert first not in texts(composer.compose("may a nurse be it then", unsure).summary)
    assert texts(composer.compose("may a nurse be it then", sure).summary) == [first]


@pytest.mark.parametrize(
    ("opening", "says"),
    [
        ("Yes: peers may.", True),
        ("No, by our reading.", True),
        ("By our reading, no: one trust rules it out.", True),
        ("At its launch, yes: the group met online.", True),
        ("Ask first: by our reading, no, nobody must.", False),
        ("No source here says.", False),
        ("No trust that we read forbids it.", False),
        ("Yesterday it changed.", False),
        ("Nobody may.", False),
    ],
)
def test_a_yes_or_no_is_told_from_other_openings(opening: str, says: bool) -> None:
    assert (select.VERDICT.match(opening) is not None) is says


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


@pytest.mark.usefixtures("supported")
@pytest.mark.parametrize(("parts", "brief_leads"), [(UNSURE, True), (STRONG, False)])
def test_of_two_answers_that_fit_alike_the_better_one_leads_only_where_it_is_sure(
    small_data: Library, composer: Composer, parts: dict[str, float], brief_leads: bool
) -> None:
    alike = ("supervision-basics/0", 12.5, 0.7)
    found = found_of(
        small_data,
        {"supervision-guide-2020-1": 12.0},
        parts=parts,
        answers=[alike, alike],
        briefs=[("supervision-basics", 12.0, 0.8)],
    )
    lead = [sentence.text for sentence in small_data.briefs["supervision-basics"].lead]
    summary = texts(composer.compose("can my supervisor be a nurse or not", found).summary)
    assert (summary[: len(lead)] == lead) is brief_leads


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


# ---------------------------------------------------------------- limits


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
