"""The page in Welsh in a real browser: what is read out in which language, and the way across."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from assistant.interface import ENGLISH, load_texts
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
    opened_page,
    pytestmark,
    seen,
    served,
    width,
)
from tests.spoken import english_left
from tests.test_web import StagedAssistant

__all__ = ["browser", "pytestmark", "seen"]

WELSH = load_texts("cy")
PLACES = ("topics", "library", "documents", "managers", "trainers", "history")


@pytest.fixture(scope="module")
def home() -> Iterator[str]:
    with served(make_server_app(StagedAssistant())) as address:
        yield address


@pytest.fixture
def page(browser: Any, seen: Seen, home: str) -> Iterator[Page]:
    yield from opened_page(browser, seen, home + "cy/", DESK)


@pytest.fixture
def phone(browser: Any, seen: Seen, home: str) -> Iterator[Page]:
    yield from opened_page(browser, seen, home + "cy/", PHONE, has_touch=True, is_mobile=True)


def english_on(page: Page) -> list[str]:
    """English of ours on the page that no mark tells from Welsh."""
    blocks = page.evaluate(
        "[...document.querySelectorAll('.ours, #composer')].map(b => b.innerHTML)"
    )
    return [words for block in blocks for words in english_left(block)]


def spoken_as(page: Page, selector: str) -> str:
    """The language in which a screen reader says an element."""
    return str(page.locator(selector).first.evaluate("e => e.closest('[lang]').lang"))


def test_ask_and_open_a_note_in_welsh(page: Page) -> None:
    assert page.evaluate("document.documentElement.lang") == "cy"
    assert page.title() == WELSH("page.title")
    assert page.inner_text(".masthead nav a[aria-current]") == WELSH("places.ask")
    ask(page)
    assert spoken_as(page, "#a1-question + .answer .summary p > span") == "en"
    assert spoken_as(page, ".part.do h3") == "cy"
    page.locator("button.mark:visible").first.click()
    card = page.locator("dialog.card[open]")
    assert WELSH("evidence.our_note") in card.inner_text()
    assert spoken_as(page, "dialog.card[open] .words") == "en"
    assert spoken_as(page, "dialog.card[open] .note-label") == "cy"
    assert english_on(page) == []
    page.keyboard.press("Escape")
    card.locator("a[data-go]").count()
    page.goto(page.url.split("?")[0] + "?source=uofa-2018-act")
    page.wait_for_selector(".source-page h1:visible")
    assert WELSH("source_page.noted_hint") in page.inner_text(".source-page")
    assert spoken_as(page, ".source-page h1") == "en"


def test_every_place_is_welsh_and_fits_a_phone(phone: Page) -> None:
    phone.add_script_tag(path=AXE)
    assert width(phone) <= 360
    assert english_on(phone) == []
    for name in PLACES:
        phone.evaluate(f"window.peerSupport.go('place:{name}')")
        phone.wait_for_selector(f"#place-{name} h1:visible")
        phone.wait_for_timeout(300)
        assert english_on(phone) == [], name
        assert width(phone) <= 360, name
    phone.tap("[data-help]")
    assert phone.locator('#help a[href="tel:999"]').inner_text() == WELSH(
        "contact.ring", number="999"
    )
    assert ENGLISH("help.other") in phone.inner_text("#help")
    assert barriers(phone) == []


def test_no_barriers_in_welsh(browser: Any, seen: Seen, home: str) -> None:
    for scheme, size in (("light", PHONE), ("dark", DESK)):
        for page in opened_page(browser, seen, home + "cy/", size, color_scheme=scheme):
            page.add_script_tag(path=AXE)
            assert barriers(page) == []
            ask(page)
            page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
            assert barriers(page) == []


def test_from_one_language_to_the_other_at_the_same_place(page: Page, home: str) -> None:
    page.evaluate("window.peerSupport.go('place:library')")
    page.wait_for_selector("#place-library h1:visible")
    page.click("[data-language]")
    page.wait_for_url(f"{home}?place=library")
    page.wait_for_selector("#place-library h1:visible")
    assert page.evaluate("document.documentElement.lang") == "en"
    link = page.locator("[data-language]")
    assert (link.inner_text(), link.get_attribute("hreflang")) == ("Cymraeg", "cy")
    assert spoken_as(page, "[data-language]") == "cy"
    link.click()
    page.wait_for_url(f"{home}cy/?place=library")
    page.wait_for_selector("#place-library h1:visible")
    assert page.inner_text("#place-library h1") == WELSH("library.heading")


def test_the_link_is_on_the_first_screen(page: Page) -> None:
    assert page.locator("[data-language]").is_visible()
    box = page.locator("[data-language]").bounding_box()
    assert box["height"] >= 24
    ask(page, fake.RESTRAINT)
    assert page.locator("[data-language]").is_visible()
