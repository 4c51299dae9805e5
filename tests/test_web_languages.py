"""The page in two languages: nothing English is left unmarked, and both share what is going on."""

from __future__ import annotations

import datetime as dt
import html as markup
import threading
from typing import Any

import pytest
from fastapi.testclient import TestClient

from assistant.interface import ENGLISH, load_texts
from assistant.presentation import answer_to_html, brief_page, evidence_card, source_page
from assistant.presentation.cards import status_line
from assistant.presentation.contact import taps
from assistant.presentation.explanation import explanation_to_html
from assistant.presentation.markup import el
from assistant.presentation.sentences import held, in_both, sentence, small
from assistant.presentation.words import KIND_WORDS, SETTING_WORDS, country, day, month
from assistant.prompts import load_signposts
from assistant.resources import bundled_folder
from assistant.schema import Answer, Engine
from assistant.web import make_server_app, views
from assistant.web.ask.handlers import Conversation, Desk
from assistant.web.documents.desk import Documents
from assistant.web.guard import mended
from assistant.web.languages import foot
from tests import fakes_web as fake
from tests.fakes_documents import (
    BATCH,
    POLICY,
    WORDS,
    add,
    assistant,
    documents,
    edit,
    only,
    place_of,
    send,
    shelf,
    with_document,
)
from tests.spoken import Spoken, english_left
from tests.test_web import PERSONAL, StagedAssistant, explanation, with_differences, with_gaps

__all__ = ["assistant", "documents", "shelf"]

WELSH = load_texts("cy")
LIBRARY = fake.FakeLibrary()
LATER = "How many peers do we need?"


def local(answer: Answer) -> Answer:
    """The answer with a difference between a document of one's own and guidance."""
    found = with_differences(answer)
    (difference,) = found.differences
    return found.model_copy(
        update={"differences": (difference.model_copy(update={"local": True}),)}
    )


def worded(answer: Answer, **engine: Any) -> Answer:
    """The answer with a chat model in it."""
    made = Engine.model_validate({**answer.engine.model_dump(), "model": "m:1", **engine})
    return answer.model_copy(update={"engine": made})


ANSWERS = {
    "answered": fake.restraint(),
    "partial": with_gaps(fake.restraint(), "partial", "It says nothing of nights.", "Nor of pay."),
    "differ": with_differences(fake.restraint()),
    "local": local(fake.restraint()),
    "document": with_document(),
    "read as": fake.restraint().model_copy(update={"standalone_question": "Something else?"}),
    "fell back": worded(fake.restraint(), mode="extractive", fallback_reason="timed_out"),
    "worded": worded(fake.restraint(), mode="generated", withheld=("x",)),
    "unknown": fake.unknown("q"),
    "declined": fake.declined("q"),
    "clarify": fake.clarify("q"),
    "own danger": fake.crisis_self("q"),
    "danger": fake.crisis_other("q"),
}


def rendered() -> dict[str, str]:
    """Every kind of markup that the library makes, around which words of ours stand."""
    found = {name: str(_answer(answer)) for name, answer in ANSWERS.items()}
    found["brief"] = str(brief_page(fake.BRIEF, LIBRARY, texts=WELSH))
    for source in LIBRARY.sources.values():
        found[source.id] = str(source_page(source, LIBRARY, WELSH))
    found["why"] = str(explanation_to_html(explanation("q", "words"), 3, LIBRARY, WELSH))
    found["card"] = str(evidence_card(fake.citation(1, "uofa-2018-act-6"), texts=WELSH))
    return found


def _answer(answer: Answer) -> str:
    return answer_to_html(
        answer, sources=LIBRARY.sources, briefs=LIBRARY.briefs, texts=WELSH, collections={}
    )


@pytest.mark.parametrize("name", sorted(rendered()))
def test_no_english_of_ours_is_left_on_a_welsh_page(name: str) -> None:
    assert english_left(rendered()[name]) == []


@pytest.mark.parametrize("name", sorted(rendered()))
def test_words_of_the_library_are_marked_as_english(name: str) -> None:
    """Whatever the fake library says stands in English; none of it is read out as Welsh."""
    said = {note.text for note in LIBRARY.notes.values()}
    said |= {source.title for source in LIBRARY.sources.values()}
    said |= {s.text for answer in ANSWERS.values() for s in answer.summary}
    said |= {fake.BRIEF.title, fake.CONTESTED.question, *fake.BRIEF.asks}
    said |= {p.position for p in fake.CONTESTED.positions}
    said |= {signpost.name for signpost in fake.HELP}
    shown = Spoken(rendered()[name], "cy")
    heard = {label for label in shown.of("cy") if ": " in label}
    assert [piece for piece in shown.of("cy") if piece in said and piece not in heard] == []
    assert set(shown.marked) <= {"en"}
    assert [piece for piece in shown.of("en") if piece in said] != [] or name in {"why", "clarify"}


def test_an_english_page_carries_no_marks() -> None:
    for answer in ANSWERS.values():
        assert "lang=" not in answer_to_html(answer, sources=LIBRARY.sources)
    assert "lang=" not in brief_page(fake.BRIEF, LIBRARY)


def test_a_whole_conversation_in_welsh() -> None:
    desk = Desk(StagedAssistant(), WELSH)
    talk = Conversation()
    for question in (fake.RESTRAINT, PERSONAL, LATER, "Can I see the notes?"):
        *waiting, screen = list(desk.ask(question, talk, '{"country": "Scotland", "year": "2018"}'))
        for step in waiting:
            assert english_left(step.pending) == []
        talk = screen.conversation
    assert english_left(talk.html()) == []
    assert "Nodyn 1" in talk.html()
    assert "rhif ffôn" in talk.html()
    assert english_left(desk.why(talk, "1")) == []
    assert english_left(desk.header() + desk.welcome() + desk.starters() + desk.filters()) == []
    assert "Gofynnwch yn Saesneg" in desk.welcome()


def test_the_english_page_says_nothing_of_languages_but_the_link() -> None:
    desk = Desk(StagedAssistant(), ENGLISH)
    assert "Saesneg" not in desk.welcome() + desk.header()
    english, welsh = (foot(texts, el("p", "x")) for texts in (ENGLISH, WELSH))
    assert '<a href="/cy/" lang="cy" hreflang="cy" data-language>Cymraeg</a>' in english
    assert '<a href="/" lang="en" hreflang="en" data-language>English</a>' in welsh
    assert "yn Saesneg" in welsh
    assert "in English" not in english


# ---------------------------------------------------------------- help


def test_help_in_welsh_puts_wales_first_and_keeps_the_english_beside_it() -> None:
    held_by = load_signposts(bundled_folder("prompts"))
    near = held_by.for_reason("crisis_self", WELSH("help.near"))
    assert [s.name for s in near[:2]] == ["Emergency services", "NHS 111 Wales"]
    assert not near[1].folded
    assert held_by.for_reason("crisis_self", ENGLISH("help.near")) == held_by.for_reason(
        "crisis_self"
    )
    html = views.header(WELSH, near)
    assert 'href="tel:999"' in html
    assert "Ffoniwch 999" in html
    for name in ("help.lead", "help.other"):
        assert WELSH(name) in Spoken(html, "cy").of("cy")
        assert ENGLISH(name) in Spoken(html, "cy").of("en")
    assert english_left(html) == []


def test_safety_sentences_stand_once_in_english() -> None:
    assert in_both("help.other", ENGLISH) == el("p", ENGLISH("help.other"))
    assert in_both("help.other", WELSH, class_="quiet").count('class="quiet"') == 2


def test_numbers_are_tapped_in_welsh_too() -> None:
    line = "Ring 116 123, or text SHOUT to 85258, or open 999bsl.co.uk"
    found = taps(line, WELSH)
    assert [tap.label for tap in found] == [
        "Ffoniwch 116 123",
        "Tecstiwch SHOUT i 85258",
        "Agor 999bsl.co.uk",
    ]
    assert [tap.href for tap in found] == [tap.href for tap in taps(line)]


# ---------------------------------------------------------------- pieces


def test_sentences_take_in_markup_and_escape_the_rest() -> None:
    named = sentence("evidence.newer", ENGLISH, source=held("A < B", ENGLISH))
    assert named == "Read A &lt; B instead"
    marked = sentence("evidence.newer", WELSH, source=held("A < B", WELSH))
    assert marked.endswith('<span lang="en">A &lt; B</span>')
    assert held("", WELSH) == ""


def test_a_capital_stays_where_it_belongs_to_a_name() -> None:
    assert small(KIND_WORDS["clinical-guideline"]) == "clinical guideline"
    assert small(SETTING_WORDS["primary-care"]) == "GP surgeries and primary care"
    assert small("") == ""


def test_dates_and_countries() -> None:
    date = dt.date(2026, 11, 3)
    assert (day(date), month(date)) == ("3 November 2026", "November 2026")
    assert (day(date, WELSH), month(date, WELSH)) == ("3 Tachwedd 2026", "Tachwedd 2026")
    assert (country("Not stated"), country("Peru", WELSH)) == ("Country not stated", "Peru")
    assert country("Germany", WELSH) == "Yr Almaen"


def test_why_a_source_does_not_stand_is_told_in_the_language_that_it_is_written_in() -> None:
    told = Spoken(str(status_line("retracted", "", "The journal took it back", texts=WELSH)), "cy")
    assert "The journal took it back." in told.of("en")
    plain = Spoken(str(status_line("superseded", "Something newer", texts=WELSH)), "cy")
    assert "Something newer." in plain.of("en")
    assert "Wedi'i disodli" in plain.of("cy")


# ---------------------------------------------------------------- documents


def test_one_adding_for_both_languages(
    documents: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    welsh = documents.with_texts(WELSH)
    gate, true_add = threading.Event(), documents.shelf.add

    def held_up(*args: Any) -> Any:
        gate.wait(60)
        return true_add(*args)

    monkeypatch.setattr(documents.shelf, "add", held_up)
    send(documents, {"policy.md": POLICY})
    first = documents.add({"batch": BATCH, "collection": "documents"})
    next(first)
    # A batch of its own, as browsers send it: what is refused is deleted with its folder.
    other = "0" * 32
    send(documents, {"other.md": "# Other\n\nWords."}, other)
    refused = list(welsh.add({"batch": other, "collection": "documents"}))[-1]
    assert WELSH("documents.busy") in markup.unescape(refused.progress or "")
    followed = welsh.place()
    next(followed)
    assert WELSH("documents.adding") in markup.unescape(next(followed).progress or "")
    welsh.stop()
    gate.set()
    last = list(followed)[-1]
    report = markup.unescape(last.progress or "")
    assert WELSH("documents.report") in report
    assert WELSH("documents.stopped") in report
    told = list(first)[-1].progress or ""
    assert ENGLISH("documents.stopped") in told


def test_the_pages_of_documents_in_welsh(documents: Documents) -> None:
    welsh = documents.with_texts(WELSH)
    assert english_left(welsh.listing() + welsh.form()) == []
    shown = add(welsh, {"policy.md": POLICY, "broken.pdf": b"%PDF-1.4 nothing"})
    assert english_left((shown.progress or "") + (shown.listing or "")) == []
    document, span = place_of(documents)
    page = welsh.pages.page(document.id, span)
    assert english_left(page) == []
    assert any(WORDS in piece for piece in Spoken(page, "cy").of("en"))
    assert "12 Chwefror 2025" in page
    assert english_left(welsh.pages.page("gone")) == []


def test_dates_are_read_back_as_the_page_writes_them(documents: Documents) -> None:
    add(documents, {"policy.md": POLICY})
    welsh = documents.with_texts(WELSH)
    edit(welsh, issued="3 Mai 2024", reviewed="tachwedd 2025")
    assert (only(documents).details.issued, only(documents).details.reviewed) == (
        "2024-05-03",
        "2025-11",
    )
    html = edit(welsh, issued="3 Blah 2024")
    assert WELSH("document.error_date") in html
    assert "Tachwedd 2025" in html


# ---------------------------------------------------------------- addresses


def test_both_pages_are_served_with_their_language() -> None:
    app = make_server_app(StagedAssistant())
    with TestClient(app, base_url="http://127.0.0.1", follow_redirects=False) as client:
        english, welsh = (
            markup.unescape(client.get(address).text) for address in ("/", "/cy/?place=library")
        )
        assert ('lang="en"' in english[:200], 'lang="cy"' in welsh[:200]) == (True, True)
        assert WELSH("page.title") in welsh
        assert WELSH("page.title") not in english
        moved = client.get("/cy?place=topics&view=x")
        assert (moved.status_code, moved.headers["location"]) == (307, "/cy/?place=topics&view=x")
        assert client.get("/ui/page.css").status_code == 200
        config = client.get("/cy/config").json()
        assert config["root"].endswith("/cy")
        assert client.get("/de/").status_code == 404


def test_the_language_of_a_document_is_set_once() -> None:
    plain = '<!doctype html><html\n\tlang="en"\n\tstyle=""><head></head><p lang="en">x</p>'
    assert mended(plain, WELSH).count('lang="cy"') == 1
    assert 'html\n\tlang="cy"' in mended(plain, WELSH)
    assert 'html\n\tlang="en"' in mended(plain, ENGLISH)
