"""How answers look, as text, Markdown and HTML: pure functions, no server."""

from __future__ import annotations

import html
import re
import typing
from html.parser import HTMLParser

import pytest

from assistant import schema
from assistant.presentation import (
    answer_to_html,
    answer_to_markdown,
    answer_to_text,
    brief_page,
    evidence_card,
    signposts_to_html,
    source_page,
)
from assistant.presentation import words as w
from assistant.presentation.contact import beyond_buttons, says_more, taps
from assistant.presentation.explanation import explanation_to_html
from assistant.presentation.markup import el, join
from assistant.presentation.plan import DETAIL_WORDS, DIFFERENCES, by_strength, plan
from assistant.schema import Answer, Evidence, PersonalDetail, Signpost, Statement
from tests import fakes_web as fake
from tests.test_web import MEANINGS, explanation, with_differences, with_gaps

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'`${1}{{value}}"
REFUSALS = [fake.declined("q"), fake.unknown("q"), fake.crisis_self("q"), fake.clarify("q")]


class Elements(HTMLParser):
    """All start tags of a document with their attributes, and whether tags balance."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in {"input", "br", "hr", "meta", "link"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def with_attribute(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for _, attributes in self.found if name in attributes]


def plain(html: str) -> str:
    return re.sub(r"<[^>]+>", " ", html)


# ---------------------------------------------------------------- words


@pytest.mark.parametrize(
    ("closed", "table"),
    [
        (schema.AnyKind, w.KIND_WORDS),
        (schema.WhoSpeaks, w.WHO_WORDS),
        (schema.DocumentStatus, w.STATUS_WORDS),
        (schema.Basis, w.BASIS_WORDS),
        (schema.StandsAs, w.STANDS_AS_WORDS),
        (schema.User, w.USER_WORDS),
        (schema.Setting, w.SETTING_WORDS),
        (schema.DetailKind, DETAIL_WORDS),
        (schema.DifferenceKind, DIFFERENCES),
        (w.Strength, w.STRENGTH_WORDS),
        (w.Strength, w.STRENGTH_HEADINGS),
    ],
)
def test_every_value_has_its_word(closed: object, table: dict[str, str]) -> None:
    assert set(typing.get_args(closed)) == set(table)
    assert all(table.values())


@pytest.mark.parametrize(
    ("authors", "year", "expected"),
    [
        (("NHS England",), 2024, "NHS England, 2024"),
        (("Perkins R", "Repper J"), 2019, "Perkins and Repper, 2019"),
        (("Badouin J", "Bechdolf A", "Weinmann S"), 2023, "Badouin and others, 2023"),
        (("de Beer CRM",), 2024, "de Beer, 2024"),
        (("Disability Rights UK",), None, "Disability Rights UK, undated"),
        (("Hearing Voices Network USA",), 2020, "Hearing Voices Network USA, 2020"),
        (("Authors not shown in the text read",), 2020, "A title, 2020"),
        ((), 2020, "A title, 2020"),
    ],
)
def test_reference_line(authors: tuple[str, ...], year: int | None, expected: str) -> None:
    record = fake.SOURCES[1].model_copy(
        update={"authors": authors, "year": year, "title": "A title"}
    )
    assert w.reference(record) == expected


def test_acts_go_by_their_own_name() -> None:
    assert w.reference(fake.SOURCES[0]) == "Mental Health Units (Use of Force) Act 2018"


@pytest.mark.parametrize(
    ("url", "doi", "expected"),
    [
        ("https://example.org/a", "", "https://example.org/a"),
        ("https://example.org/a", "10.1/x", "https://doi.org/10.1/x"),
        ("javascript:alert(1)", "", ""),
        ("data:text/html,hello", "", ""),
        ("", "", ""),
    ],
)
def test_only_web_addresses_are_linked(url: str, doi: str, expected: str) -> None:
    assert w.link(url, doi) == expected


# ---------------------------------------------------------------- escaping


def test_markup_escapes_children_and_attributes() -> None:
    assert el("p", "<b>", title='"') == '<p title="&quot;">&lt;b&gt;</p>'
    assert join("a", None, el("b")) == "a<b></b>"


def test_script_addresses_are_dropped() -> None:
    assert el("a", "x", href="javascript:alert(1)") == "<a>x</a>"


def hostile_answer() -> Answer:
    answer = fake.restraint(HOSTILE)
    bad = answer.citations[0].model_copy(
        update={
            "title": HOSTILE,
            "text": HOSTILE * 3,
            "locator": HOSTILE,
            "authors": (HOSTILE,),
            "jurisdiction": HOSTILE,
            "our_reading": HOSTILE,
            "url": "javascript:alert(1)",
            "char_start": 0,
            "char_end": 5,
        }
    )
    return answer.model_copy(
        update={
            "summary": (Statement(text=HOSTILE, citations=(1,)),),
            "citations": (bad, *answer.citations[1:]),
            "related": (HOSTILE,),
            "next_steps": (HOSTILE,),
        }
    )


def test_hostile_text_is_shown_and_never_run() -> None:
    html = answer_to_html(hostile_answer())
    names = {tag for tag, _ in Elements(html).found}
    assert not names & {"script", "img", "iframe"}
    assert not [a for _, a in Elements(html).found if any(k.startswith("on") for k in a)]
    assert "javascript:" not in html
    assert "alert(1)" in plain(html)


def test_hostile_text_cannot_reach_a_terminal_or_a_reader_of_markdown() -> None:
    answer = fake.restraint().model_copy(
        update={"summary": (Statement(text="one\x1b[31m \u202etwo [x](http://bad) <b>"),)}
    )
    assert "\x1b" not in answer_to_text(answer)
    assert "\u202e" not in answer_to_text(answer)
    assert r"\[x\](http://bad) \<b\>" in answer_to_markdown(answer)


# ---------------------------------------------------------------- answers


def test_every_mark_opens_a_card_and_every_card_has_a_mark() -> None:
    elements = Elements(answer_to_html(fake.restraint(), "a7"))
    targets = {a["data-card"] for a in elements.with_attribute("data-card")}
    cards = {a["id"] for tag, a in elements.found if tag == "dialog"}
    assert targets == cards
    assert len(cards) == 8


def test_ids_are_unique_and_labels_resolve() -> None:
    html = answer_to_html(fake.restraint(), "a1") + answer_to_html(fake.restraint(), "a2")
    elements = Elements(html)
    ids = [a["id"] for a in elements.with_attribute("id")]
    assert len(ids) == len(set(ids))
    assert {a["aria-labelledby"] for a in elements.with_attribute("aria-labelledby")} <= set(ids)


def test_marks_are_buttons_with_a_name() -> None:
    elements = Elements(answer_to_html(fake.restraint()))
    marks = [(t, a) for t, a in elements.found if "mark" in (a.get("class") or "").split()]
    assert marks
    assert {tag for tag, _ in marks} == {"button"}
    names = {a["aria-label"] for _, a in marks}
    assert "Note 3: Skills for Health and Skills for Care, 2013" in names
    assert "Note 8, Germany: Badouin and others, 2023" in names


def test_country_stands_at_the_citation_and_on_the_card() -> None:
    answer = fake.restraint()
    assert re.search(r'class="where"> Germany<', answer_to_html(answer))
    card = evidence_card(answer.citations[7])
    assert '<li class="badge country foreign">Germany</li>' in card
    assert "[8, Germany]" in answer_to_text(answer)
    assert "[8, Germany]" in answer_to_markdown(answer)
    assert "foreign" not in evidence_card(answer.citations[0])


@pytest.mark.parametrize("answer", REFUSALS, ids=lambda a: str(a.outcome))
def test_no_citation_stands_under_a_refusal(answer: Answer) -> None:
    html = answer_to_html(answer)
    assert "data-card" not in html
    assert "<dialog" not in html
    assert not re.search(r"\[\d", answer_to_text(answer) + answer_to_markdown(answer))


def test_a_refusal_has_plain_lines_and_no_heading_of_an_answer() -> None:
    answer = fake.declined("q").model_copy(
        update={"next_steps": ("Ask the prescriber.",), "signposts": fake.HELP[:1]}
    )
    for shown in (answer_to_html(answer), answer_to_markdown(answer), answer_to_text(answer)):
        assert "Ask the prescriber." in shown
        assert "Before you act" not in shown


def test_nearest_notes_are_not_called_unsettled() -> None:
    gap = fake.unknown("q").sections[0].model_copy(update={"kind": "gap"})
    answer = fake.unknown("q").model_copy(update={"sections": (gap,)})
    for shown in (answer_to_html(answer), answer_to_markdown(answer), answer_to_text(answer)):
        assert "One study names" in shown
        assert "Not settled" not in shown


def test_own_danger_is_help_first_and_alone() -> None:
    answer = fake.crisis_self("q").model_copy(
        update={
            "related": ("How are rotas made?",),
            "sections": fake.restraint().sections,
            "citations": fake.restraint().citations,
        }
    )
    html = answer_to_html(answer)
    assert html.index("very heavy") < html.index('href="tel:999"') < html.index("ask again")
    assert 'href="tel:116123"' in html
    assert 'href="sms:85258?&amp;body=SHOUT"' in html
    for word in ("rotas", "Training must", "What the sources say"):
        assert word not in html + answer_to_text(answer) + answer_to_markdown(answer)


def test_danger_of_another_says_what_to_do_before_the_guidance() -> None:
    html = answer_to_html(fake.crisis_other("q"))
    order = ['class="now">Now', "<ol", "tel:999", "What the sources say", "debrief"]
    places = [html.index(words) for words in order]
    assert places == sorted(places)
    assert "debrief" not in html[html.index("<ol") : html.index("</ol>")]
    assert "debrief" in answer_to_text(fake.crisis_other("q"))
    assert "debrief" in answer_to_markdown(fake.crisis_other("q"))


def test_parts_come_in_the_agreed_order() -> None:
    html = answer_to_html(fake.restraint())
    order = ["Before you act", "Where sources disagree", "What the sources say", "Not settled"]
    places = [html.index(words) for words in order]
    assert places == sorted(places)
    assert html.index('class="summary"') < places[0]


def test_an_odd_number_of_positions_stands_as_rows() -> None:
    three = fake.restraint()
    assert 'class="positions rows"' in answer_to_html(three)
    two = three.model_copy(update={"positions": three.positions[:2]})
    assert 'class="positions"' in answer_to_html(two)


def test_notes_of_one_source_stand_together_in_the_list() -> None:
    html = answer_to_html(fake.restraint())
    listing = html[html.index('class="references"') :]
    assert "Sources (6)" in html
    assert listing.count("<li>") == 6
    assert listing.count('class="ref"') == 8
    assert "1, 2, 4. " in listing


def test_what_a_partial_answer_lacks_stands_under_its_summary() -> None:
    weak = Statement(text="The library holds only part of what you ask.")
    answer = fake.restraint()
    gap = answer.sections[-1]
    gap = gap.model_copy(update={"statements": (weak, *gap.statements)})
    answer = answer.model_copy(
        update={"outcome": "partial", "sections": (*answer.sections[:-1], gap)}
    )
    html = answer_to_html(answer)
    for shown in (html, answer_to_text(answer), answer_to_markdown(answer)):
        assert shown.count(weak.text) == 1
        assert shown.index(weak.text) < shown.index("Before you act")
    assert weak.text not in html[html.index("Not settled") :]
    assert "answers only part" not in html


LACKS, ABOUT, VOICE = (
    "Only part is held.",
    "The evidence is about: men (UK).",
    "No peer-led source.",
)


@pytest.mark.parametrize("outcome", ["partial", "answered"])
def test_lines_of_ours_on_the_evidence_stand_apart_from_what_is_not_settled(
    outcome: schema.Outcome,
) -> None:
    lines = (LACKS, ABOUT, VOICE) if outcome == "partial" else (ABOUT, VOICE)
    answer = with_gaps(fake.restraint(), outcome, *lines)
    for show in (answer_to_html, answer_to_markdown, answer_to_text):
        shown = show(answer)
        settled, about = shown.index("Not settled"), shown.index("About this evidence")
        assert settled < shown.index("No English source here exempts") < about
        assert about < shown.index(ABOUT) < shown.index(VOICE) < shown.index("You could also ask")
        assert shown.count(ABOUT) == 1
        if outcome == "partial":
            assert shown.index(LACKS) < shown.index("Before you act")


def test_without_such_lines_there_is_no_part_for_them() -> None:
    for show in (answer_to_html, answer_to_markdown, answer_to_text):
        assert "About this evidence" not in show(fake.restraint())
        only = with_gaps(fake.restraint(), "partial", LACKS)
        assert "About this evidence" not in show(only)


def test_a_refusal_has_no_part_on_its_evidence() -> None:
    gap = (
        fake.unknown("q")
        .sections[0]
        .model_copy(
            update={"kind": "gap", "statements": (fake.said("The nearest topics are: x."),)}
        )
    )
    answer = fake.unknown("q").model_copy(update={"sections": (gap,)})
    assert "About this evidence" not in answer_to_html(answer) + answer_to_text(answer)


# ---------------------------------------------------------------- a question in its conversation


def test_a_follow_up_says_how_it_was_read() -> None:
    answer = fake.restraint("and on nights?").model_copy(
        update={"standalone_question": f"{fake.RESTRAINT} and on nights?"}
    )
    for show in (answer_to_html, answer_to_markdown, answer_to_text):
        assert "Read as: They put me" in " ".join(show(answer).split())


@pytest.mark.parametrize("alone", ["can i say NO", "Can I say no?", "Can I say no ?", ""])
def test_a_question_that_stood_alone_is_not_said_twice(alone: str) -> None:
    answer = fake.restraint("Can I say no?").model_copy(update={"standalone_question": alone})
    for show in (answer_to_html, answer_to_markdown, answer_to_text):
        assert "Read as" not in show(answer)


def test_an_answer_about_an_answer_names_it_and_repeats_no_related_question() -> None:
    answer = fake.restraint("Who says so?").model_copy(
        update={"standalone_question": f"Who says so? ({fake.RESTRAINT})"}
    )
    for show in (answer_to_html, answer_to_markdown, answer_to_text):
        shown = " ".join(show(answer).split())
        assert f"About the answer to: {fake.RESTRAINT}" in shown
        assert "You could also ask" not in shown


def test_choices_are_buttons_under_the_question_back() -> None:
    answer = fake.clarify("Can I see the notes?").model_copy(
        update={"choices": MEANINGS, "related": (), "summary": (fake.said("Which of these?"),)}
    )
    elements = Elements(answer_to_html(answer, "a4"))
    buttons = [a for tag, a in elements.found if tag == "button"]
    assert [b["data-ask"] for b in buttons] == [choice.question for choice in MEANINGS]
    (group,) = [a for _, a in elements.found if a.get("role") == "group"]
    assert group["aria-labelledby"] == "a4-asked-back"
    assert "1. Can I, as a peer support worker" in answer_to_text(answer)
    assert f"- {MEANINGS[1].label}" in answer_to_markdown(answer)
    assert "Which do you mean?" in answer_to_html(answer.model_copy(update={"summary": ()}))


def test_statements_that_may_differ_stand_side_by_side_and_alike() -> None:
    html = answer_to_html(with_differences(fake.restraint()))
    part = html[html.index("Possible differences") : html.index("What the sources say")]
    assert part.count('<div class="side">') == 2
    assert "These two may differ in how binding they are." in part
    assert "<h4>Mental Health Units (Use of Force) Act 2018</h4>" in part
    assert "National framework, Australia" in part
    assert part.count('class="tag"') == 2
    assert part.count("data-card=") == 2
    Elements(html)


def test_a_pair_that_cites_nothing_still_stands() -> None:
    answer = with_differences(fake.restraint()).model_copy(update={"citations": ()})
    assert answer_to_html(answer).count('<div class="side">') == 2


def test_personal_details_are_named_by_kind_alone() -> None:
    found = PersonalDetail(kind="phone", text="07700 900123")
    answer = fake.restraint().model_copy(update={"personal_details": (found, found)})
    for show in (answer_to_markdown, answer_to_text):
        assert "Left out of the search and of what is saved: a phone number." in " ".join(
            show(answer).split()
        )
    shown = answer_to_html(answer) + answer_to_markdown(answer) + answer_to_text(answer)
    assert "07700" not in shown + answer.model_dump_json()


def test_help_says_nothing_of_details_that_were_left_out() -> None:
    found = PersonalDetail(kind="phone", text="07700 900123")
    answer = fake.crisis_other("q").model_copy(update={"personal_details": (found,)})
    assert "Left out" not in answer_to_markdown(answer) + answer_to_text(answer)


# ---------------------------------------------------------------- why


def test_an_explanation_names_sources_and_leads_to_them() -> None:
    html = explanation_to_html(explanation("q", "searched words"), 3, fake.FakeLibrary())
    elements = Elements(html)
    text = " ".join(plain(html).split())
    assert "Searched for searched words" in text
    assert 'href="?source=uofa-2018-act"' in html
    assert 'href="?topic=restraint"' in html
    assert "Should peer support workers take part in restraint?" in text
    assert "gone-1" in text
    assert "Left out: weak" in text
    (region,) = [a for _, a in elements.found if a.get("role") == "region"]
    assert region["tabindex"] == "0"
    assert region["aria-labelledby"] in [a.get("id") for _, a in elements.found]
    assert len([1 for tag, a in elements.found if tag == "th" and a.get("scope") == "col"]) == 6


def test_an_explanation_without_a_library_goes_by_ids() -> None:
    text = plain(explanation_to_html(explanation("q", "q")))
    for words in ("uofa-2018-act-6", "restraint", "peers-and-restraint", "Can i say no"):
        assert words in text


def test_an_explanation_never_contradicts_its_own_figures() -> None:
    found = explanation("q", "q")
    sure = found.model_copy(update={"gate": found.gate.model_copy(update={"support": 0.2})})
    assert "0.20 of 1: answered all the same" in plain(explanation_to_html(sure))


def test_positions_are_alike() -> None:
    html = answer_to_html(fake.restraint())
    assert html.count('<div class="position">') == 3
    assert html.count("<h4>") >= 3


def test_a_mixed_statement_goes_with_the_weakest_source() -> None:
    answer = fake.restraint()
    groups = by_strength((Statement(text="x", citations=(1, 7)),), answer.citations)
    assert [step for step, _ in groups] == ["opinion"]


def test_what_sources_say_is_folded_by_strength_with_a_shape() -> None:
    assert [step for step, _ in plan(fake.restraint()).said] == ["law", "guidance", "research"]
    html = answer_to_html(fake.restraint())
    for step in ("law", "guidance", "research"):
        assert re.search(
            rf'<details id="a1-{step}" class="fold strength-{step}"><summary><svg class="shape"',
            html,
        )


def test_unknown_citation_numbers_leave_no_dead_mark() -> None:
    answer = fake.restraint().model_copy(
        update={"summary": (Statement(text="x", citations=(1, 99)),)}
    )
    assert "card-99" not in answer_to_html(answer)


def test_related_questions_ask() -> None:
    html = answer_to_html(fake.clarify("q"))
    assert "Which do you mean?" in html
    assert 'data-ask="Can a person I support see their own record?"' in html


def test_text_keeps_to_its_width() -> None:
    lines = answer_to_text(fake.restraint(), width=60).splitlines()
    assert max(len(line) for line in lines if "http" not in line) <= 60
    assert "\x1b" not in "".join(lines)
    assert "\x1b[1m" in answer_to_text(fake.restraint(), colour=True)


def test_markdown_lists_every_reference() -> None:
    markdown = answer_to_markdown(fake.restraint())
    assert "## Sources" in markdown
    assert "https://doi.org/10.3389/fpsyt.2023.1089484" in markdown
    assert len(re.findall(r"^\d+\. ", markdown, re.MULTILINE)) == 8
    assert "**Superseded**" in markdown


# ---------------------------------------------------------------- cards and pages


def test_the_part_of_our_note_that_was_used_is_marked() -> None:
    citation = fake.citation(1, "uofa-2018-act-6", char_start=4, char_end=22)
    card = evidence_card(citation)
    assert f"<mark>{citation.text[4:22]}</mark>" in card
    assert "The part used is marked." in card


def test_a_whole_note_needs_no_mark_and_is_called_ours() -> None:
    citation = fake.citation(1, "uofa-2018-act-6")
    citation = citation.model_copy(update={"char_end": len(citation.text)})
    card = evidence_card(citation)
    assert "<mark>" not in card
    assert "Our note of this source, in our own words." in card
    assert "In the source: section 5" in card
    assert "<blockquote" not in card


def test_the_source_opens_beside_the_page() -> None:
    (way,) = [
        a
        for tag, a in Elements(evidence_card(fake.citation(1, "uofa-2018-act-6"))).found
        if a.get("target") == "_blank"
    ]
    assert way["rel"] == "noopener noreferrer"
    card = evidence_card(fake.citation(1, "badouin-2023-restraint-3"))
    assert "https://doi.org/10.3389" in card
    assert "Open the source" in card
    assert "(opens in a new tab)" in card
    assert "Open the source" not in evidence_card(fake.citation(1, "uofa-2018-act-6", url=""))


@pytest.mark.parametrize(("start", "end"), [(-1, 4), (5, 5), (9, 3), (0, 10_000)])
def test_a_broken_span_marks_nothing(start: int, end: int) -> None:
    citation = fake.citation(1, "uofa-2018-act-6", char_start=start, char_end=end)
    assert "<mark>" not in evidence_card(citation)


def test_superseded_source_is_struck_with_reason_and_way_on() -> None:
    library = fake.FakeLibrary()
    citation = fake.citation(1, "bluebird-2003-1")
    card = evidence_card(citation, sources=library.sources)
    assert "Superseded" in card
    assert 'class="work struck"' in card
    assert "withdrawn and rewritten" in card
    assert 'href="?source=nmhc-2021-guidelines"' in card
    assert "replaced" in evidence_card(citation)


def test_what_came_after_in_words_leads_nowhere() -> None:
    citation = fake.citation(1, "bluebird-2003-1", superseded_by="closed scheme; ended in 2023")
    card = evidence_card(citation, sources=fake.FakeLibrary().sources)
    assert "What came after: closed scheme; ended in 2023." in card
    assert "source=closed" not in card
    page = source_page(
        fake.SOURCES[5].model_copy(update={"superseded_by": "Fourth edition, 2024"}),
        fake.FakeLibrary(),
    )
    assert "What came after: Fourth edition, 2024." in page
    assert "source=Fourth" not in page


def test_a_voice_that_says_nothing_has_no_badge() -> None:
    citation = fake.citation(1, "badouin-2023-restraint-3", who_speaks="other")
    assert "Other" not in plain(evidence_card(citation))
    answer = fake.restraint().model_copy(update={"citations": (citation,)})
    markdown = answer_to_markdown(answer, record=False)
    assert "; ;" not in markdown
    assert "other" not in markdown.rpartition("## Sources")[2].lower()


def test_card_says_what_was_read_and_who_speaks() -> None:
    text = plain(evidence_card(fake.citation(1, "badouin-2023-restraint-3")))
    for words in ("Research: trial", "Researchers", "from the abstract", "21 November 2026"):
        assert words in text


def test_source_page_has_its_notes() -> None:
    library = fake.FakeLibrary()
    html = source_page(library.sources["uofa-2018-act"], library)
    assert "What we noted: 3 notes" in html
    assert 'id="note-uofa-2018-act-9"' in html
    assert "Our own reading" in html
    Elements(html)


def test_brief_page_cites_every_sentence() -> None:
    library = fake.FakeLibrary()
    html = brief_page(fake.BRIEF, library)
    elements = Elements(html)
    cards = {a["id"] for tag, a in elements.found if tag == "dialog"}
    assert {a["data-card"] for a in elements.with_attribute("data-card")} == cards
    notes = {n for s in fake.BRIEF.sentences() for n in s.notes}
    assert len(cards) >= len(notes)
    assert "Should peer support workers take part in restraint?" in html


def test_direct_answer_says_where_else_the_library_has_something() -> None:
    library = fake.FakeLibrary()
    html = brief_page(fake.BRIEF, library)
    further = html.partition("Also in the library on this")[2].partition("</ul>")[0]
    assert further.count("<li>") == 2
    assert library.notes["uofa-2018-act-3"].text in further
    assert 'href="?source=badouin-2023-restraint"' in further
    assert "gone-note" not in html


def test_a_retracted_source_is_not_named_as_something_further() -> None:
    library = fake.FakeLibrary()
    source = library.note_source["badouin-2023-restraint-3"]
    library.note_source["badouin-2023-restraint-3"] = source.model_copy(
        update={"status": "retracted"}
    )
    further = brief_page(fake.BRIEF, library).partition("Also in the library on this")[2]
    assert further.partition("</ul>")[0].count("<li>") == 1


def test_brief_with_a_lost_note_still_stands() -> None:
    library = fake.FakeLibrary()
    library.notes.pop("uofa-2018-act-3")
    library.notes.pop("badouin-2023-restraint-3")
    html = brief_page(fake.BRIEF, library)
    assert "Ask to see the unit" in html
    assert "Also in the library" not in html


# ---------------------------------------------------------------- contacts


@pytest.mark.parametrize(
    ("contact", "hrefs"),
    [
        ("999", ["tel:999"]),
        ("Call 111 and choose option 2", ["tel:111"]),
        ("116 123", ["tel:116123"]),
        ("Text SHOUT to 85258", ["sms:85258?&body=SHOUT"]),
        ("0800 068 4141 or text 07860 039967", ["tel:08000684141", "sms:07860039967"]),
        ("0300 123 1100", ["tel:03001231100"]),
        ("Your manager or on-call lead", []),
        ("Ring 18001 111 by text relay, or use SignVideo", ["tel:18001111"]),
        (
            "Ring 0808 808 8000, free; by text relay 18001 0808 808 8000",
            ["tel:08088088000", "tel:1800108088088000"],
        ),
        ("Open 999bsl.co.uk or its app", ["https://999bsl.co.uk/"]),
    ],
)
def test_numbers_can_be_tapped(contact: str, hrefs: list[str]) -> None:
    assert [tap.href for tap in taps(contact)] == hrefs


def test_contact_line_is_repeated_only_when_it_says_more() -> None:
    assert not says_more("116 123")
    assert not says_more("Text SHOUT to 85258")
    assert says_more("111, then choose the mental health option")


@pytest.mark.parametrize(
    ("contact", "beside"),
    [
        ("Ring 999, or go to A&E", "Or go to A&E"),
        ("Ring 999 and say where the person is", "Say where the person is"),
        ("Ring 116 123, free from any phone", "Free from any phone"),
        ("Ring 0800 144 8848 (England)", "Ring 0800 144 8848 (England)"),
        ("Ring 116 123", ""),
        ("Any pharmacy", "Any pharmacy"),
        ("Open 999bsl.co.uk or its app", "Or its app"),
        ("Ring 18001 111 by text relay, or use SignVideo", "By text relay, or use SignVideo"),
    ],
)
def test_a_button_is_not_said_twice(contact: str, beside: str) -> None:
    assert beyond_buttons(contact) == beside


def test_signpost_without_a_number_is_still_shown() -> None:
    post = Signpost.model_validate(
        {
            "name": "On-call lead",
            "contact": "As your rota says",
            "hours": "Always",
            "for": "Anything urgent",
            "source": "local",
        }
    )
    html = signposts_to_html([post])
    assert "As your rota says" in html
    assert "<a" not in html


def test_help_for_some_people_only_stands_behind_a_heading() -> None:
    post = fake.HELP[0]
    folded = post.model_copy(update={"name": "Lifeline", "folded": True})
    html = signposts_to_html([post, folded])
    assert html.index(post.name) < html.index("<details") < html.index("Lifeline")
    assert "<details" not in signposts_to_html([post])


def test_evidence_has_a_reference_line_too() -> None:
    fields = set(Evidence.model_fields)
    assert {"title", "authors", "year", "published_in"} <= fields


# ---------------------------------------------------------------- what a chat model did


def test_every_reason_for_leaving_a_model_out_has_its_words() -> None:
    from typing import get_args

    from assistant.chat_models.records import ChatFault
    from assistant.generation.writing import FallbackReason
    from assistant.presentation.plan import FALLBACK_WORDS

    reasons = {*get_args(ChatFault), *get_args(FallbackReason), "unverified"}
    assert set(FALLBACK_WORDS) == reasons


@pytest.mark.parametrize(
    ("engine", "words"),
    [
        ({}, ""),
        ({"model": "ollama:small", "mode": "generated"}, "worded by ollama:small; each sentence"),
        (
            {"model": "ollama:small", "mode": "generated", "withheld": ("number", "name")},
            "2 more are not shown",
        ),
        (
            {"model": "ollama:small", "fallback_reason": "timed_out"},
            "it took too long. These are the library's own words.",
        ),
    ],
)
def test_every_way_of_showing_says_what_a_model_did(engine: dict[str, object], words: str) -> None:
    answer = fake.restraint()
    answer = answer.model_copy(update={"engine": answer.engine.model_copy(update=engine)})
    shown = [
        " ".join(answer_to_text(answer).split()),
        answer_to_markdown(answer),
        html.unescape(str(answer_to_html(answer, "a1"))),
    ]
    for text in shown:
        assert words in text
        assert words or "was asked to word" not in text
