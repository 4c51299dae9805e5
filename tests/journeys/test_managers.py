"""For managers in a real browser: a checklist that is filled in, a draft that is checked, the
picture of both. The fitted model is a stand-in that sees the same words."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from assistant import assembly
from assistant.assembly import Assistant
from assistant.assembly import managers as assembly_managers
from assistant.checklists.guidance import Checker
from assistant.checklists.matching import Seen as SeenText
from assistant.checklists.reading import read_checklists
from assistant.settings import read_settings
from assistant.web import make_server_app
from tests import small_checklists, small_library
from tests.conftest import bag_of_words
from tests.journeys.driving import (
    AXE,
    DESK,
    PHONE,
    Page,
    Seen,
    barriers,
    browser,
    opened_page,
    place,
    pytestmark,
    seen,
    served,
    wait_focused,
    width,
)
from tests.small_checklists import FORCE, KEYS, OFTEN, PAY
from tests.test_check_guidance import DRAFT, WEIGHTS, WordsMatch

__all__ = ["browser", "pytestmark", "seen"]

HOSTILE = DRAFT.replace(
    "A\nrecord", "<img src=x onerror=alert(1)> is what somebody typed. A\nrecord"
)


class HeldBack(WordsMatch):
    """Compares when it may: a test can keep it waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.free = threading.Event()
        self.free.set()

    def seen(self, texts: Sequence[str]) -> list[SeenText]:
        assert self.free.wait(60)
        return super().seen(texts)


@dataclass
class Office:
    """The server's address, where drafts lie, and what holds the comparing back."""

    address: str
    drafts: Path
    matcher: HeldBack = field(default_factory=HeldBack)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("managers")
    corpus = small_checklists.write_checklists(small_library.write_library(folder / "corpus"))
    matcher = HeldBack()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(assembly, "vector_model", lambda settings: bag_of_words(settings.home))
        assistant = Assistant.from_settings(read_settings(home=folder / "home", corpus=corpus))
        library = assistant.library
        checker = Checker(read_checklists(corpus, library), library, matcher, weights=WEIGHTS)
        patch.setattr(assembly_managers, "open_checker", lambda *args, **more: checker)
        with assistant, served(make_server_app(assistant)) as address:
            yield Office(address, folder / "home" / "drafts", matcher)


@pytest.fixture
def page(browser: Any, seen: Seen, office: Office) -> Iterator[Page]:
    yield from opened_page(browser, seen, office.address, DESK)


@pytest.fixture
def phone(browser: Any, seen: Seen, office: Office) -> Iterator[Page]:
    yield from opened_page(browser, seen, office.address, PHONE, has_touch=True, is_mobile=True)


def no_barriers(page: Page) -> None:
    """In light and in dark."""
    if not page.evaluate("Boolean(window.axe)"):
        page.add_script_tag(path=str(AXE))
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        assert barriers(page) == []


def view(page: Page, name: str) -> None:
    """Opens a view by its way from the front."""
    if page.locator("#managers-front").is_visible() is False:
        place(page, "managers")
    page.click(f"#managers-front [data-view={name}]")
    page.wait_for_selector(f"#managers-{name} h1:visible")
    page.wait_for_selector(f"#managers-{name} form:visible")


def row(page: Page, row_id: str, inside: str) -> Any:
    return page.locator(f".managers-view:visible [data-row={row_id}] {inside}")


def show_checklist(page: Page) -> None:
    view(page, "checklists")
    page.click("[data-managers=checklist] button[type=submit]")
    page.wait_for_selector(".checklist")
    page.wait_for_function("document.activeElement.matches('.checklist h2')")


def fill_in(page: Page) -> None:
    """Three rows."""
    row(page, OFTEN, "select").select_option("partly")
    row(page, OFTEN, "summary").click()
    row(page, OFTEN, "[data-fill=owner]").fill("Bo")
    row(page, FORCE, "select").select_option("in-place")
    row(page, KEYS, "select").select_option("not-yet")


def downloaded(page: Page, button: str) -> tuple[str, bytes]:
    with page.expect_download() as waiting:
        page.click(button)
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()


def check(page: Page, text: str = HOSTILE, **chosen: str) -> None:
    given = {"name": "Our policy.txt", "mimeType": "text/plain", "buffer": text.encode()}
    page.set_input_files("#draft-input", files=[given])
    for name, value in chosen.items():
        page.select_option(f"#draft-{name}", value)
    page.click("[data-managers=draft] button[type=submit]")


def result(page: Page) -> None:
    page.wait_for_selector(".draft-result")
    page.wait_for_function("document.activeElement.matches('.draft-result h2')")


def test_fill_in_three_rows_and_see_the_picture(page: Page) -> None:
    place(page, "managers")
    no_barriers(page)
    show_checklist(page)
    assert page.locator(".check-row").count() == 4
    row(page, OFTEN, ".mark").first.click()
    card = page.locator("dialog.card[open]")
    assert "our own words" in card.inner_text()
    page.keyboard.press("Escape")
    assert page.locator(".fill-bar:visible").count() == 0
    fill_in(page)
    assert "3 rows filled in" in page.locator(".fill-bar:visible").inner_text()
    no_barriers(page)

    # Another choice and back: what was filled in stays.
    page.check("#checklist-stage-training")
    page.click("[data-managers=checklist] button[type=submit]")
    page.wait_for_function("document.querySelectorAll('.check-row').length === 2")
    page.uncheck("#checklist-stage-training")
    page.click("[data-managers=checklist] button[type=submit]")
    page.wait_for_function("document.querySelectorAll('.check-row').length === 4")
    page.wait_for_function(f"document.querySelector('#owner-{OFTEN}').value === 'Bo'")
    assert row(page, KEYS, "select").input_value() == "not-yet"

    name, content = downloaded(page, "#checklist-rows [data-make=checklist][data-form=docx]")
    assert name.endswith(".docx")
    assert content.startswith(b"PK")
    page.wait_for_selector(".slip")
    no_barriers(page)
    page.click(".fill-bar [data-jump]")
    wait_focused(page, "id", "filled-in")
    page.click("[data-picture]")
    page.wait_for_selector(".readiness")
    page.wait_for_function("document.activeElement.matches('.readiness h2')")
    assert page.url.endswith("?place=managers&view=readiness")
    assert page.title().startswith("Readiness picture")
    image = page.locator(".ready-picture img")
    assert image.evaluate("i => i.complete && i.naturalWidth > 500")
    assert "Supervising: 1 partly, 1 not yet." in image.get_attribute("alt")
    assert "Owner: Bo" in page.locator(".readiness").inner_text()
    no_barriers(page)
    name, content = downloaded(page, ".readiness [data-form=pdf]")
    assert content.startswith(b"%PDF")

    # Back to the rows, as they were.
    page.go_back()
    page.wait_for_selector(".checklist:visible")
    assert row(page, FORCE, "select").input_value() == "in-place"


def test_what_was_filled_in_comes_back_from_its_file(page: Page, office: Office) -> None:
    show_checklist(page)
    fill_in(page)
    warned: list[str] = []
    page.on("dialog", lambda dialog: (warned.append(dialog.type), dialog.dismiss()))
    page.evaluate("window.location.reload()")
    page.wait_for_timeout(300)
    assert warned == ["beforeunload"]
    name, content = downloaded(page, ".filled-in [data-form=xlsx]")
    assert content.startswith(b"PK")
    page.click("#managers-checklists .back a")
    view(page, "readiness")
    no_barriers(page)
    page.click("#managers-readiness button[type=submit]")
    assert "no filled-in checklist yet" in page.inner_text("#managers-readiness .form-said")
    given = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    page.set_input_files("#file-now", files=[given])
    earlier = f"Id,Status\n{OFTEN},not yet\n".encode()
    old = {"name": "ours-2026-05-01.csv", "mimeType": "text/csv", "buffer": earlier}
    page.set_input_files("#file-before", files=[old])
    page.click("#managers-readiness button[type=submit]")
    page.wait_for_selector(".readiness")
    assert "Not yet, now: Partly" in page.inner_text(".readiness")
    assert list(office.drafts.rglob("*.xlsx")) == []
    # What was saved can be left without a warning.
    page.evaluate("window.location.reload()")
    page.wait_for_selector("#managers-readiness form:visible")
    assert warned == ["beforeunload"]


def test_check_a_draft_change_a_verdict_take_it_away(page: Page, office: Office) -> None:
    place(page, "managers")
    view(page, "draft")
    no_barriers(page)
    page.click("[data-managers=draft] button[type=submit]")
    assert "no draft yet" in page.inner_text("[data-managers=draft] .form-said")
    wait_focused(page, "id", "draft-input")

    office.matcher.free.clear()
    check(page)
    page.wait_for_selector("#draft-stop button:visible")
    page.wait_for_function("document.activeElement.matches('[data-stop-check]')")
    no_barriers(page)
    page.keyboard.press("Enter")
    page.wait_for_selector("#draft-progress .notice")
    assert "You stopped it" in page.inner_text("#draft-progress")
    office.matcher.free.set()

    check(page, kind="policy")
    result(page)
    assert [p for p in office.drafts.rglob("*") if p.is_file() and p.name != ".lock"] == []
    # A few words of the draft look like markup. They are words.
    assert page.locator(".draft-pages img").count() == 0
    assert "onerror=alert(1)" in page.inner_text(".draft-pages")
    assert "Compared as a policy (as you said)" in page.inner_text(".taken-for")
    no_barriers(page)

    page.locator("[data-quoted]").first.click()
    marked = page.locator(".draft-said[data-on]")
    assert "carry the keys of the medicines cupboard" in marked.first.inner_text()
    box, pane = marked.first.bounding_box(), page.locator(".draft-pages").bounding_box()
    assert pane["y"] <= box["y"] <= pane["y"] + pane["height"]
    no_barriers(page)
    page.click("[data-back-to-row]")
    assert page.evaluate("document.activeElement.matches('[data-quoted]')")
    page.locator(".concern .mark").first.click()
    assert page.locator("dialog.card[open]").is_visible()
    page.keyboard.press("Escape")

    row(page, OFTEN, "select").select_option("unclear")
    row(page, OFTEN, "input").fill("Only in the annex")
    assert "1 row confirmed" in page.locator(".fill-bar:visible").inner_text()
    name, content = downloaded(page, ".result-tools [data-form=docx]")
    assert name.startswith("guidance-check-")
    assert content.startswith(b"PK")
    text = downloaded(page, ".result-tools [data-form=md]")[1].decode()
    assert "Changed to Unclear: Only in the annex" in text

    page.select_option("#again-kind", "supervision-policy")
    page.click(".again button")
    page.wait_for_function(
        "document.querySelector('.taken-for').textContent.includes('supervision policy')"
    )
    page.wait_for_function(f"document.querySelector('#why-{OFTEN}').value.includes('annex')")
    page.click("[data-forget]")
    page.wait_for_selector("#draft-progress .notice")
    assert page.locator(".draft-result").count() == 0
    assert "onerror" not in page.inner_text("#place-managers")


def test_a_draft_that_cannot_be_read(page: Page) -> None:
    place(page, "managers")
    view(page, "draft")
    check(page, "Too short.")
    page.wait_for_selector("#draft-progress .failure")
    assert "too few words" in page.inner_text("#draft-progress")
    page.wait_for_function("document.activeElement.matches('.failure')")
    no_barriers(page)


def test_managers_on_a_phone(phone: Page) -> None:
    show_checklist(phone)
    assert width(phone) <= 360
    phone.evaluate("document.querySelectorAll('.checklist details').forEach(d => d.open = true)")
    assert width(phone) <= 360
    row(phone, PAY, "select").select_option("does-not-apply")
    no_barriers(phone)
    for control in phone.locator("#checklist-rows :is(select, .quick, .mark):visible").all():
        box = control.bounding_box()
        assert box["width"] >= 24
        assert box["height"] >= 24
    phone.click("[data-picture]")
    phone.wait_for_selector(".readiness")
    assert width(phone) <= 360
    no_barriers(phone)

    phone.click("#managers-readiness .back a")
    view(phone, "draft")
    assert width(phone) <= 360
    phone.click(".paste summary")
    phone.fill("#draft-paste", DRAFT)
    phone.click("[data-managers=draft] button[type=submit]")
    result(phone)
    assert width(phone) <= 360
    no_barriers(phone)
    way = phone.locator("[data-quoted]").first
    way.tap()
    phone.wait_for_function("document.activeElement.matches('.draft-said')")
    top = phone.locator(".draft-said[data-on]").first.bounding_box()["y"]
    assert 0 < top < PHONE["height"]
    back = phone.locator("[data-back-to-row]")
    assert back.bounding_box()["y"] < PHONE["height"]
    back.tap()
    assert phone.evaluate("document.activeElement.matches('[data-quoted]')")


def test_views_have_addresses_and_the_way_back(page: Page, office: Office) -> None:
    page.goto(f"{office.address}?place=managers&view=draft")
    page.wait_for_selector("#managers-draft form:visible")
    page.wait_for_function("document.title.startsWith('Check a draft')")
    page.click("#managers-draft .back a")
    page.wait_for_selector("#managers-front h1:visible")
    wait_focused(page, "textContent", "For managers")
    view(page, "readiness")
    wait_focused(page, "textContent", "Readiness picture")
    page.go_back()
    page.wait_for_selector("#managers-front h1:visible")
    page.go_back()
    page.wait_for_selector("#managers-draft h1:visible")
    wait_focused(page, "textContent", "Check a draft")
