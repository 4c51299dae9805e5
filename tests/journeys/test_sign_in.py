"""Signing in, in a real browser: on a phone, by keyboard, and with two people at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.interface import load_texts
from assistant.settings import read_settings
from assistant.web import make_server_app
from assistant.web.sign_in import passwords
from assistant.web.sign_in.people import Accounts
from tests import fakes_web as fake
from tests.journeys.driving import (
    AXE,
    DESK,
    PHONE,
    Page,
    ask,
    barriers,
    browser,
    pytestmark,
    served,
    wait_focused,
    width,
)
from tests.test_web import StagedAssistant

__all__ = ["browser", "pytestmark"]

TEXTS = load_texts()
GOOD, OTHER = "three calm words here", "four other quiet words"


@pytest.fixture(scope="module")
def accounts(tmp_path_factory: pytest.TempPathFactory) -> Accounts:
    found = Accounts(tmp_path_factory.mktemp("team"))
    found.put("Amina Khan", passwords.hashed(GOOD), True, new=True)
    found.put("Sam", passwords.hashed(OTHER), new=True)
    return found


@pytest.fixture(scope="module")
def home(accounts: Accounts) -> Iterator[str]:
    assistant = StagedAssistant()
    assistant.settings = read_settings(home=accounts.path.parent, sign_in="passwords")
    with served(make_server_app(assistant)) as address:
        yield address


def opened(browser: Any, home: str, size: Any = DESK, **more: Any) -> Page:
    page = browser.new_context(viewport=size, reduced_motion="reduce", **more).new_page()
    page.set_default_timeout(60_000)
    page.goto(home)
    return page


def sign_in(page: Page, name: str, password: str) -> None:
    page.fill("#name", name)
    page.fill("#password", password)
    page.keyboard.press("Enter")


def come_in(browser: Any, home: str, name: str, password: str, **more: Any) -> Page:
    page = opened(browser, home, **more)
    sign_in(page, name, password)
    page.wait_for_selector("#role form")
    return page


def without_barriers(page: Page) -> None:
    # The page lets no script in; axe comes by the browser's own tools.
    page.evaluate(AXE.read_text(encoding="utf-8"))
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert barriers(page) == []


def test_signing_in_on_a_phone_with_a_slip_and_help_in_reach(browser: Any, home: str) -> None:
    page = opened(browser, f"{home}?place=topics", PHONE, has_touch=True, is_mobile=True)
    assert page.title().startswith("Sign in")
    wait_focused(page, "id", "name")
    assert width(page) <= 360
    assert page.locator(".help-link").is_visible()
    page.tap(".help-link")
    assert page.locator('#help a[href="tel:999"]').is_visible()
    assert page.evaluate("document.querySelector('#help').getBoundingClientRect().top") < 400
    without_barriers(page)
    for control in page.locator(".door-form :is(input:not([type=hidden]), button)").all():
        assert control.bounding_box()["height"] >= 44
    sign_in(page, "amina khan", "not the right one")
    page.wait_for_selector(".failure")
    assert page.inner_text(".failure") == TEXTS("sign_in.wrong")
    assert page.input_value("#name") == "amina khan"
    wait_focused(page, "id", "password")
    assert width(page) <= 360
    without_barriers(page)
    sign_in(page, "amina khan", GOOD)
    page.wait_for_selector("#place-topics h1:visible")
    assert "Signed in as Amina Khan" in page.inner_text(".person-bar")
    assert width(page) <= 360
    page.tap(".person-bar button")
    page.wait_for_selector("main.door h1")
    assert page.inner_text("h1") == TEXTS("sign_in.signed_out")
    without_barriers(page)
    page.go_back()
    page.wait_for_selector("#name")
    page.context.close()


def test_signing_in_needs_no_script(browser: Any, home: str) -> None:
    page = opened(browser, home, java_script_enabled=False)
    sign_in(page, "Sam", OTHER)
    page.wait_for_selector(".person-bar")
    assert "Signed in as Sam" in page.inner_text(".person-bar")
    page.context.close()


def test_two_people_never_see_each_others_words(browser: Any, home: str) -> None:
    amina = come_in(browser, home, "Amina Khan", GOOD)
    sam = come_in(browser, home, "Sam", OTHER)
    ask(amina, "They put me on the restraint rota as Amina. Can I say no?")
    assert sam.locator("#conversation .turn").count() == 0
    ask(sam, fake.RESTRAINT)
    assert "as Amina" not in sam.content()
    assert sam.locator("#conversation .turn").count() == 1
    ask(amina, "and what about the team?")
    assert amina.locator("#conversation .turn").count() == 2
    assert "as Amina" in amina.inner_text("#conversation")
    marks = [p.evaluate("document.documentElement.dataset.person") for p in (amina, sam)]
    assert marks[0] != marks[1]
    amina.add_script_tag(path=AXE)
    assert barriers(amina) == []
    amina.emulate_media(color_scheme="dark")
    assert barriers(amina) == []
    amina.context.close()
    sam.context.close()


def test_a_reader_is_told_what_they_can_do(browser: Any, home: str) -> None:
    sam = come_in(browser, home, "Sam", OTHER)
    assert not sam.locator(".bar-reader").is_visible()
    sam.click('.masthead nav a[data-go="place:documents"]')
    sam.wait_for_selector(".bar-reader", state="visible")
    assert sam.inner_text(".bar-reader") == TEXTS("sign_in.reader")
    assert not sam.locator("#documents-add").is_visible()
    sam.context.close()


def test_a_session_that_ended_loses_nothing(
    browser: Any, home: str, accounts: Accounts, tmp_path: Path
) -> None:
    page = come_in(browser, home, "Amina Khan", GOOD)
    ask(page, fake.RESTRAINT)
    kept = page.context.cookies()
    page.context.clear_cookies()
    page.fill("#question textarea", "and what about the team?")
    page.press("#question textarea", "Enter")
    page.wait_for_selector("#refused-signed-out[open]")
    wait_focused(page, "id", "refused-signed-out-title")
    assert page.locator("#conversation .turn").count() == 1
    page.add_script_tag(path=AXE)
    assert barriers(page) == []
    with page.context.expect_page() as new:
        page.click("#refused-signed-out a")
    tab = new.value
    sign_in(tab, "Amina Khan", GOOD)
    tab.wait_for_selector("main.door h1")
    tab.wait_for_function(
        f"document.querySelector('h1').textContent === {TEXTS('sign_in.back_heading')!r}"
    )
    tab.close()
    page.click("#refused-signed-out button")
    assert page.input_value("#question textarea") == "and what about the team?"
    ask(page, "and what about the team?")
    assert page.locator("#conversation .turn").count() == 2
    assert {c["name"] for c in kept} <= {c["name"] for c in page.context.cookies()}
    # Somebody else signs in beside the page that is still open: it stays closed to them.
    page.context.clear_cookies()
    tab = page.context.new_page()
    tab.goto(home)
    sign_in(tab, "Sam", OTHER)
    tab.wait_for_selector("#role form")
    page.fill("#question textarea", "and at night?")
    page.press("#question textarea", "Enter")
    page.wait_for_selector("#refused-anothers[open]")
    page.context.close()
