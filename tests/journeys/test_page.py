"""The page in a real browser: what a person does with it, on a phone and at a desk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.ratings import Ratings
from assistant.web import make_server_app
from tests import fakes_web as fake
from tests.journeys.driving import (
    AXE,
    DESK,
    PHONE,
    Page,
    Seen,
    ask,
    barriers,
    browser,
    focused,
    opened_page,
    place,
    pytestmark,
    seen,
    served,
    wait_focused,
    width,
)
from tests.test_web import NOTES_QUESTION, PERSONAL, TYPED, StagedAssistant

__all__ = ["browser", "pytestmark", "seen"]


def open_assistant(kept: Path | None) -> Any:
    """The real assistant where PEER_SUPPORT_TEST_HOME names its index, else the hand-made one."""
    if kept is None:
        return StagedAssistant()
    from assistant import Assistant

    return Assistant.open(home=kept, build="never")


@pytest.fixture(scope="module")
def assistant(_clean_environment: Path | None) -> Any:
    return open_assistant(_clean_environment)


@pytest.fixture(scope="module")
def home(assistant: Any) -> Iterator[str]:
    with served(make_server_app(assistant)) as address:
        yield address


@pytest.fixture
def page(browser: Any, seen: Seen, home: str) -> Iterator[Page]:
    """The page at a desk; every test ends with: nobody else was asked, nothing went wrong."""
    yield from opened_page(browser, seen, home, DESK)


@pytest.fixture
def phone(browser: Any, seen: Seen, home: str) -> Iterator[Page]:
    yield from opened_page(browser, seen, home, PHONE, has_touch=True, is_mobile=True)


def test_ask_open_a_source_and_come_back_on_a_phone(phone: Page) -> None:
    ask(phone)
    mark = phone.locator("button.mark:visible").first
    mark.scroll_into_view_if_needed()
    before = phone.evaluate("window.scrollY")
    mark.tap()
    card = phone.locator("dialog.card[open]")
    card.wait_for()
    assert card.evaluate("d => d.matches(':modal')")
    box = card.bounding_box()
    assert box["y"] > 100
    assert abs(box["y"] + box["height"] - PHONE["height"]) < 2
    assert "our own words" in card.inner_text()
    assert card.locator("mark").count() <= 1
    card.locator("[data-close]").tap()
    assert phone.locator("dialog.card[open]").count() == 0
    assert abs(phone.evaluate("window.scrollY") - before) < 2
    assert "mark" in focused(phone, "className")


def test_no_sideways_scroll_at_360(phone: Page) -> None:
    assert width(phone) <= 360
    ask(phone)
    phone.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert width(phone) <= 360
    for name in ("topics", "library"):
        place(phone, name)
        assert width(phone) <= 360


def test_no_sideways_scroll_at_200_percent(browser: Any, seen: Seen, home: str) -> None:
    for page in opened_page(browser, seen, home, {"width": 640, "height": 450}):
        ask(page)
        assert width(page) <= 640


def test_marks_are_large_enough_to_tap(phone: Page) -> None:
    ask(phone)
    for mark in phone.locator("button.mark:visible").all():
        box = mark.bounding_box()
        assert box["width"] >= 24
        assert box["height"] >= 24


def test_help_is_one_tap_away_everywhere(phone: Page) -> None:
    for name in ("ask", "topics", "library"):
        place(phone, name)
        link = phone.locator("[data-help]")
        assert link.is_visible()
        link.tap()
        assert phone.locator('#help a[href="tel:999"]').is_visible()
        phone.keyboard.press("Escape")
        assert not phone.locator("#help").is_visible()
    phone.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    assert phone.locator("[data-help]").is_visible()


def test_keyboard_alone(page: Page) -> None:
    for _ in range(12):
        page.keyboard.press("Tab")
        if focused(page, "tagName") == "TEXTAREA":
            break
    wait_focused(page, "tagName", "TEXTAREA")
    page.keyboard.type(fake.RESTRAINT)
    page.keyboard.press("Enter")
    page.wait_for_selector("#a1-question")
    page.wait_for_function("document.activeElement.id === 'a1-question'")
    page.keyboard.press("Tab")
    label = focused(page, "ariaLabel")
    assert label.startswith("Note 1")
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog.card[open]")
    page.keyboard.press("Escape")
    assert page.locator("dialog.card[open]").count() == 0
    wait_focused(page, "ariaLabel", label)


def test_shift_enter_starts_a_new_line(page: Page) -> None:
    page.fill("#question textarea", "one")
    page.press("#question textarea", "Shift+Enter")
    page.keyboard.type("two")
    assert page.input_value("#question textarea") == "one\ntwo"


def test_evidence_stays_beside_the_text_at_a_desk(page: Page) -> None:
    ask(page)
    page.locator("button.mark:visible").first.click()
    card = page.locator("dialog.card[open]")
    assert not card.evaluate("d => d.matches(':modal')")
    reading = page.locator(".reading").first.bounding_box()
    assert card.bounding_box()["x"] > reading["x"] + reading["width"]
    page.locator("button.mark:visible").nth(1).click()
    assert page.locator("dialog.card[open]").count() == 1


def test_example_asks_and_follow_up_and_new_conversation(page: Page) -> None:
    page.click('label[for="role-manager"]')
    assert not page.locator(".for-psw").is_visible()
    page.locator(".for-manager [data-ask]").first.click()
    page.wait_for_selector("#a1-question")
    assert not page.locator("#starters .starters").is_visible()
    ask(page, "and what about the team?")
    assert page.locator("#conversation .turn").count() == 2
    page.click("#new-conversation")
    page.wait_for_selector("#starters .starters", state="visible")
    assert page.locator("#conversation .turn").count() == 0


def test_who_asks_stays_chosen_and_can_be_changed(page: Page) -> None:
    assert not page.locator(".asking-as").is_visible()
    page.click('label[for="role-manager"]')
    ask(page)
    assert page.inner_text(".asking-as").split("\n")[0].startswith("Asking as")
    assert page.locator(".as-manager").is_visible()
    assert not page.locator("#roles").is_visible()
    page.click("[data-change-role]")
    assert page.get_attribute("[data-change-role]", "aria-expanded") == "true"
    page.click('label[for="role-trainer"]')
    page.wait_for_selector("#roles", state="hidden")
    ask(page, "and what about the team?")
    assert page.locator(".as-trainer").is_visible()
    page.click("#new-conversation")
    page.wait_for_selector("#starters .starters", state="visible")
    assert page.locator(".for-trainer").is_visible()
    page.reload()
    page.wait_for_selector(".for-trainer", state="visible")


def test_a_new_answer_closes_nothing_that_was_opened(page: Page) -> None:
    ask(page)
    fold = page.locator("#a1-question ~ .answer .fold").first
    fold.locator("summary").click()
    sources = page.locator("#a1-sources")
    sources.locator("summary").click()
    page.wait_for_timeout(100)
    ask(page, "and what about the team?")
    page.wait_for_function("document.activeElement.id === 'a2-question'")
    assert fold.evaluate("d => d.open")
    assert not sources.evaluate("d => d.open")
    assert page.locator("#a2-sources").evaluate("d => d.open")


def test_danger_of_another_says_what_to_do_first(phone: Page) -> None:
    ask(
        phone,
        "hes left me a voicemail saying thanks for everything and that hes got nothing left, "
        "now his phones off",
    )
    turn = phone.locator("#conversation .turn")
    tops = [
        turn.locator(what).first.bounding_box()["y"]
        for what in (".now", "ol.points > li", 'a[href="tel:999"]', ".say", ".close-line")
    ]
    assert tops == sorted(tops)
    assert turn.locator(".tap").first.bounding_box()["height"] >= 48


def test_every_place_has_its_title_and_says_where_questions_go(page: Page) -> None:
    titles = [page.title()]
    for name in ("topics", "library"):
        place(page, name)
        titles.append(page.title())
        assert page.locator("#foot .privacy").is_visible()
        assert page.locator("[data-help]").is_visible()
    page.locator("#library-results a[data-go]").first.click()
    page.wait_for_selector("#source-page h1")
    page.wait_for_function("t => document.title !== t", arg=titles[-1])
    titles.append(page.title())
    assert len(set(titles)) == 4
    place(page, "ask")
    assert page.title() == titles[0]
    assert page.locator(".privacy:visible").count() == 1


def test_nothing_typed(page: Page) -> None:
    page.click("#send")
    page.wait_for_selector("#pending [role=alert]")
    assert "There is no question yet" in page.inner_text("#pending")


def test_own_danger_shows_help_and_no_source(page: Page) -> None:
    ask(
        page,
        "ok to swap my late on thursday? dont think ill be around after that tbh, "
        "sorted all my things out",
    )
    turn = page.locator("#conversation .turn")
    assert turn.locator('a[href="tel:999"]').is_visible()
    assert turn.locator(".mark, .badge, dialog").count() == 0


def test_addresses_lead_to_their_places(page: Page, seen: Seen, home: str, assistant: Any) -> None:
    source = sorted(assistant.library.sources)[0]
    page.goto(f"{home}?source={source}")
    page.wait_for_selector("#source-page h1")
    assert page.locator("#source-page h1").is_visible()
    page.go_back()
    page.goto(f"{home}?place=library")
    page.wait_for_selector("#library-results a")
    page.locator("#library-results a[data-go]").first.click()
    page.wait_for_selector("#source-page h1")
    assert "?source=" in page.url
    page.go_back()
    page.wait_for_selector("#library-results a:visible")
    # Gradio complains when a page is left that still waits for its server.
    left = ("signal is aborted", "Connection errored out")
    seen.complaints[:] = [said for said in seen.complaints if not any(w in said for w in left)]


def test_library_search(page: Page, assistant: Any) -> None:
    place(page, "library")
    source = sorted(assistant.library.sources.values(), key=lambda s: s.id)[0]
    page.fill("#library-q", source.title)
    page.press("#library-q", "Enter")
    page.wait_for_function(
        "words => document.querySelector('#library-results .sources a').textContent === words"
        " && document.querySelectorAll('#library-results .source').length < 6",
        arg=source.title,
    )


def test_conversation_survives_a_walk_to_the_library(page: Page) -> None:
    ask(page)
    place(page, "library")
    place(page, "ask")
    assert page.locator("#a1-question").is_visible()


def test_paper_shows_references_and_no_furniture(page: Page) -> None:
    ask(page)
    page.locator("button.mark:visible").first.click()
    page.emulate_media(media="print")
    assert page.locator(".on-paper").first.is_visible()
    for furniture in ("header.masthead", "#composer", ".tools", ".follow-ups", "dialog"):
        assert not page.locator(furniture).first.is_visible()


def arrived(page: Page, number: int) -> None:
    page.wait_for_selector(f"#a{number}-question")
    page.wait_for_function(f"document.activeElement.id === 'a{number}-question'")


def why(page: Page) -> None:
    page.locator("[data-why]").last.click()
    page.wait_for_selector("#why[open]")


def test_a_question_back_is_answered_with_one_tap(phone: Page) -> None:
    ask(phone, NOTES_QUESTION)
    assert width(phone) <= 360
    buttons = phone.locator(".choice").all()
    assert 2 <= len(buttons) <= 4
    for button in buttons:
        box = button.bounding_box()
        assert box["height"] >= 44
        assert button.evaluate("b => b.scrollWidth <= b.clientWidth")
    label = buttons[0].inner_text()
    buttons[0].tap()
    arrived(phone, 2)
    assert phone.inner_text("#a2-question") == label
    assert phone.locator("#a1-question").count() == 1


def test_a_question_back_by_keyboard(page: Page) -> None:
    ask(page, NOTES_QUESTION)
    arrived(page, 1)
    assert "Choose which" in page.inner_text("#announced")
    page.keyboard.press("Tab")
    wait_focused(page, "className", "choice")
    page.keyboard.press("Enter")
    arrived(page, 2)


def test_quick_follow_ups_ask_and_move_on(phone: Page) -> None:
    ask(phone)
    first = phone.locator(".follow-ups .quick").first
    for button in phone.locator(".follow-ups .quick").all():
        assert button.bounding_box()["height"] >= 44
    words = first.inner_text()
    first.tap()
    arrived(phone, 2)
    assert phone.inner_text("#a2-question") == words
    assert "About the answer to" in phone.inner_text("#a2-question ~ .answer .read-as")
    assert phone.locator(".follow-ups").count() == 1
    assert phone.locator("#a2-follow-ups").is_visible()
    assert words not in phone.locator(".follow-ups .quick").all_inner_texts()
    assert width(phone) <= 360


def test_marks_of_several_countries_go_on_in_the_next_line_on_a_phone(phone: Page) -> None:
    ask(phone, "service user gave me a bracelet for my bday, can i keep it")
    several = "[...document.querySelectorAll('.marks')].filter(m => m.children.length > 1).length"
    assert phone.evaluate(several) > 0
    assert width(phone) <= 360


def test_possible_differences_stand_side_by_side_or_one_above_the_other(page: Page) -> None:
    ask(page, "How much of my own story do I share?")
    if not page.locator(".pair").count():
        pytest.skip("nothing that may differ in this library")
    sides = page.locator(".pair").first.locator(".side")
    one, other = (sides.nth(n).bounding_box() for n in (0, 1))
    assert one["y"] == other["y"]
    assert abs(one["width"] - other["width"]) < 1
    assert one["x"] < other["x"]
    page.set_viewport_size(PHONE)
    one, other = (sides.nth(n).bounding_box() for n in (0, 1))
    assert one["x"] == other["x"]
    assert one["y"] + one["height"] <= other["y"]
    assert width(page) <= 360


def test_personal_details_are_shown_once_and_not_on_paper(page: Page) -> None:
    ask(page, PERSONAL)
    arrived(page, 1)
    note = page.locator(".left-out")
    for typed in TYPED.values():
        assert typed in note.inner_text()
        assert typed not in page.inner_text("#a1-question")
    page.emulate_media(media="print")
    assert "a phone number" in note.inner_text()
    assert not [typed for typed in TYPED.values() if typed in page.inner_text("body")]
    page.emulate_media(media="screen")
    ask(page, "and what about the team?")
    arrived(page, 2)
    assert not [typed for typed in TYPED.values() if typed in page.content()]


def test_why_opens_a_sheet_that_scrolls_inside_and_closes_back(phone: Page) -> None:
    ask(phone)
    button = phone.locator("[data-why]").last
    button.scroll_into_view_if_needed()
    before = phone.evaluate("window.scrollY")
    button.tap()
    phone.wait_for_selector("#why[open]")
    assert phone.locator("#why table tbody tr").count() >= 2
    region = phone.locator("#why .wide")
    assert region.evaluate("r => r.scrollWidth > r.clientWidth")
    assert phone.locator("#why").evaluate("d => d.scrollWidth <= d.clientWidth")
    assert width(phone) <= 360
    phone.locator("#why [data-close]").tap()
    assert not phone.locator("#why").is_visible()
    wait_focused(phone, "dataset.why", "1")
    assert abs(phone.evaluate("window.scrollY") - before) < 2


def test_why_is_of_the_answer_that_was_asked_about(page: Page) -> None:
    ask(page)
    ask(page, "How much of my own story do I share?")
    for number, words in ((2, "own story"), (1, "restraint rota")):
        page.click(f'[data-why="{number}"]')
        page.wait_for_selector("#why[open]")
        assert words in page.inner_text("#why dd")
        page.keyboard.press("Escape")
    page.click("#new-conversation")
    page.wait_for_selector("#starters .starters", state="visible")
    page.wait_for_selector("#why", state="detached")


def test_why_leads_to_a_source(page: Page) -> None:
    ask(page)
    why(page)
    page.locator('#why a[data-go^="source:"]').first.click()
    page.wait_for_selector("#source-page h1:visible")
    assert not page.locator("#why").is_visible()


STORY = "How much of my own story do I share?"


def box(page: Page) -> str:
    return str(page.input_value("#question textarea"))


def change(page: Page) -> None:
    page.click("[data-change]")
    page.wait_for_selector(".changing")
    page.wait_for_function("document.activeElement.tagName === 'TEXTAREA'")


def test_the_last_question_is_edited_in_its_place(phone: Page) -> None:
    ask(phone)
    arrived(phone, 1)
    change(phone)
    assert box(phone) == fake.RESTRAINT
    phone.click("[data-leave]")
    phone.wait_for_selector(".changing", state="detached")
    assert box(phone) == ""
    change(phone)
    assert width(phone) <= 360
    phone.fill("#question textarea", STORY)
    phone.press("#question textarea", "Enter")
    phone.wait_for_function(
        "t => document.querySelector('#a1-question').innerText === t", arg=STORY
    )
    arrived(phone, 1)
    assert phone.locator("#conversation .turn").count() == 1
    assert phone.locator(".changing").count() == 0
    ask(phone, "and what about the team?")
    assert phone.locator("[data-change]").count() == 1
    phone.click("[data-again]")
    phone.wait_for_selector("#pending .waiting", state="detached")
    arrived(phone, 2)
    assert phone.locator("#conversation .turn").count() == 2


def test_what_went_wrong_is_asked_again(
    page: Page, assistant: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(assistant, "ask", broken)
        ask(page)
        assert page.locator("#conversation .failure").is_visible()
    page.click("#conversation [data-again]")
    page.wait_for_selector("#conversation .answer")
    arrived(page, 1)
    assert page.locator("#conversation .failure").count() == 0


def saved(page: Page, button: str) -> tuple[str, bytes]:
    with page.expect_download() as download:
        page.click(button)
    file = download.value
    return file.suggested_filename, Path(file.path()).read_bytes()


def test_answers_and_conversations_are_saved(page: Page) -> None:
    ask(page)
    page.click("#a1-question ~ .tools .save-menu summary")
    name, content = saved(page, '[data-what="1"][data-save="docx"]')
    assert name.endswith(".docx")
    assert content.startswith(b"PK")
    assert "Saved" in page.inner_text("#a1-question ~ .tools .done >> nth=0")
    assert b"TY  - " in saved(page, '[data-what="1"][data-save="ris"]')[1]
    assert b'"question"' in saved(page, "#a1-question ~ .tools [data-record]")[1]
    ask(page, STORY)
    page.click("#a2-question ~ .tools >> nth=1 >> summary")
    text = saved(page, '[data-what="all"][data-save="md"]')[1].decode()
    assert STORY in text
    assert fake.RESTRAINT in text


def test_a_sentence_is_marked_and_found_in_the_file(phone: Page, assistant: Any) -> None:
    store = Ratings(assistant.settings.home)
    ask(phone)
    phone.locator("[data-rate]").scroll_into_view_if_needed()
    phone.tap("[data-rate]")
    phone.wait_for_selector("#rating[open]")
    phone.click("#rating .main-button")
    phone.wait_for_selector("#rating[open] [role=alert]")
    # The form is put in place first, and then gets the focus.
    phone.wait_for_function("document.activeElement.name === 'verdict'")
    phone.click("label[for=verdict-wrong]")
    phone.click(".mark-fold summary")
    assert not phone.locator("#reason-1").is_visible()
    phone.check("#tick-1")
    phone.select_option("#reason-1", "out-of-date")
    words = phone.inner_text("label[for=tick-1]")
    phone.fill("#rating-words", f"Ring {TYPED['phone']}")
    assert width(phone) <= 360
    phone.click("#rating .main-button")
    phone.wait_for_selector("#rating[open] .rating-said")
    phone.keyboard.press("Escape")
    phone.wait_for_function("document.activeElement.dataset.rate === '1'")
    kept = store.read().ratings[-1]
    assert store.delete(kept.id)
    assert kept.verdict == "wrong"
    assert kept.words == "Ring [phone number]"
    assert [(m.where, m.reason) for m in kept.marks] == [(kept.sentences[1].where, "out-of-date")]
    assert kept.sentences[1].text == words


def test_the_first_visit_fits_one_screen(browser: Any, seen: Seen, home: str) -> None:
    for page in opened_page(browser, seen, home, {"width": 1280, "height": 800}):
        for part in ("#welcome h1", "#send", "#to-history a", ".for-psw", ".will-not"):
            found = page.locator(part).bounding_box()
            assert found["y"] + found["height"] <= 800, part
    for page in opened_page(browser, seen, home, PHONE):
        for part in ("#question textarea", "#send", "#to-history a", "#roles"):
            found = page.locator(part).bounding_box()
            assert found["y"] + found["height"] <= PHONE["height"], part


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_barriers_in_what_a_conversation_brings(
    page: Page, scheme: str, size: dict[str, int]
) -> None:
    if not AXE.exists():
        pytest.skip("no axe-core here")
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=scheme)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    ask(page, NOTES_QUESTION)
    found = {"clarify": barriers(page)}
    page.locator(".choice").first.click()
    arrived(page, 2)
    found["choice"] = barriers(page)
    page.locator(".follow-ups .quick").first.click()
    arrived(page, 3)
    found["follow-up"] = barriers(page)
    page.click("#new-conversation")
    page.wait_for_selector("#starters .starters", state="visible")
    ask(page, PERSONAL)
    found["details and differences"] = barriers(page)
    why(page)
    found["why"] = barriers(page)
    page.keyboard.press("Escape")
    for menu in page.locator(".save-menu").all():
        menu.locator("summary").click()
    found["save as"] = barriers(page)
    page.locator("[data-rate]").last.click()
    page.wait_for_selector("#rating[open]")
    page.click(".mark-fold summary")
    page.check("#tick-0")
    page.click("#rating .main-button")
    page.wait_for_selector("#rating [role=alert]")
    found["marking"] = barriers(page)
    page.keyboard.press("Escape")
    change(page)
    found["changing"] = barriers(page)
    assert {name: rules for name, rules in found.items() if rules} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_barriers_that_a_checker_can_find(page: Page, assistant: Any, scheme: str) -> None:
    if not AXE.exists():
        pytest.skip("no axe-core here")
    page.emulate_media(color_scheme=scheme)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = {"ask": barriers(page)}
    page.locator("#filters summary").click()
    found["filters"] = barriers(page)
    ask(page)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    found["answer"] = barriers(page)
    page.locator("button.mark:visible").first.click()
    found["card"] = barriers(page)
    page.keyboard.press("Escape")
    page.click("[data-help]")
    found["help"] = barriers(page)
    page.keyboard.press("Escape")
    for name in ("topics", "library"):
        place(page, name)
        found[name] = barriers(page)
    page.locator("#library-results a[data-go]").first.click()
    page.wait_for_selector("#source-page h1")
    found["source"] = barriers(page)
    if assistant.library.briefs:
        place(page, "topics")
        page.locator("#topic-index a[data-go]").first.click()
        page.wait_for_selector("#topic-page h1")
        found["brief"] = barriers(page)
    assert {name: rules for name, rules in found.items() if rules} == {}
