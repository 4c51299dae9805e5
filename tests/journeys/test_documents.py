"""Your documents in a real browser: adding, opening a place, changing, removing, being quoted."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from assistant import assembly
from assistant.assembly import Assistant
from assistant.settings import read_settings
from assistant.web import make_server_app
from tests.conftest import bag_of_words
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

__all__ = ["browser", "pytestmark", "seen"]

QUESTION = "How often must a lone worker call the duty worker after a visit?"
WORDS = "Lone workers must call the duty worker within 30 minutes of the end of each visit."
POLICY = f"""# Lone Working Policy

Version 2. Issued 12 February 2025. Review date: 28 February 2021.

## 1 Before a visit

Every lone worker must write the visit into the shared diary before leaving. A buddy must be named.

## 2 Calling in

{WORDS}

Table 1: Contact by risk

| Level | Contact |
| --- | --- |
| Green | Text at the end of the day |
| Red | Call every 20 minutes |

## 3 Training

All staff should attend training every 12 months. New staff attend in their first week of work.
"""
HOSTILE = "two\nlines <img src=x onerror=alert(1)>\u202e.md"


@dataclass
class File:
    """A file as a browser is given it."""

    name: str
    content: bytes

    def given(self) -> dict[str, Any]:
        return {"name": self.name, "mimeType": "application/octet-stream", "buffer": self.content}


def policy_pdf() -> bytes:
    from reportlab.lib.pagesizes import A4
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    for heading, line in (
        ("Visiting Policy", "This first page says little and is followed by another one."),
        ("2 Calling back", "Staff must ring the team base before 5 pm on the day of the visit."),
    ):
        canvas.setFont("Helvetica-Bold", 18)
        canvas.drawString(72, 760, heading)
        canvas.setFont("Helvetica", 11)
        canvas.drawString(72, 700, line)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


@pytest.fixture(scope="module")
def opened_assistant(
    small_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Assistant]:
    """An assistant on the small library with a home of this file's own."""
    own = tmp_path_factory.mktemp("documents-home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(assembly, "vector_model", lambda settings: bag_of_words(settings.home))
        opened = Assistant.from_settings(read_settings(home=own, corpus=small_folder))
    with opened:
        yield opened


@pytest.fixture
def assistant(opened_assistant: Assistant) -> Assistant:
    """The assistant without any document: each test adds its own."""
    held = [document.id for document in opened_assistant.shelf.store.documents()]
    if held:
        opened_assistant.shelf.remove(held)
    return opened_assistant


@pytest.fixture(scope="module")
def server(opened_assistant: Assistant) -> Iterator[str]:
    with served(make_server_app(opened_assistant)) as address:
        yield address


@pytest.fixture
def home(assistant: Assistant, server: str) -> str:
    """The page's address, once nothing is left of the test before."""
    return server


@pytest.fixture
def page(browser: Any, seen: Seen, home: str) -> Iterator[Page]:
    yield from opened_page(browser, seen, home, DESK)


@pytest.fixture
def phone(browser: Any, seen: Seen, home: str) -> Iterator[Page]:
    yield from opened_page(browser, seen, home, PHONE, has_touch=True, is_mobile=True)


def add(page: Page, *files: File) -> None:
    page.set_input_files("#add-files", [file.given() for file in files])
    page.click(".add-form .main-button")
    page.wait_for_selector("[data-report]")
    page.wait_for_function("document.activeElement.id === 'report-title'")


def opened(page: Page) -> None:
    place(page, "documents")
    page.wait_for_selector("#documents-add form")


def with_policy(page: Page) -> None:
    opened(page)
    add(page, File("policy.md", POLICY.encode()))
    page.wait_for_selector(".held .source a")


def first_document(page: Page) -> None:
    page.locator(".held .source a").first.click()
    page.wait_for_selector("#document-page h1:visible")
    page.wait_for_function("!document.documentElement.dataset.opening")


def test_add_ask_open_the_place_and_remove(page: Page, assistant: Assistant) -> None:
    opened(page)
    assert "stay on this computer" in page.inner_text("#documents-heading")
    assert "Nothing has been added yet" in page.inner_text("#documents-list")
    page.click(".add-form .main-button")
    assert "No file is chosen yet" in page.inner_text(".add-said")
    wait_focused(page, "id", "add-files")
    page.set_input_files("#add-files", [File("policy.md", POLICY.encode()).given()])
    assert "policy.md" in page.inner_text(".chosen")
    page.select_option("#add-collection", "+")
    page.click(".add-form .main-button")
    wait_focused(page, "id", "add-name")
    page.fill("#add-name", "Tarn policies")
    page.click(".add-form .main-button")
    page.wait_for_selector("[data-report]")
    assert "1 added." in page.inner_text(".report-sum")
    assert "Tarn policies" in page.inner_text("#documents-list")
    assert "Review overdue" in page.inner_text("#documents-list")
    assert "1 added." in page.inner_text("#documents-said")

    place(page, "ask")
    page.locator("#filters summary").click()
    page.select_option("#ask-look", "*own")
    ask(page, QUESTION)
    assert "Narrowed to your documents" in page.inner_text(".narrowed")
    mark = page.locator('button.mark[aria-label^="Passage"]:visible').first
    mark.click()
    card = page.locator("dialog.card[open]")
    assert "word for word" in card.inner_text()
    assert "Tarn policies" in card.inner_text()
    card.locator("a[data-span]").click()
    page.wait_for_selector("[data-here]")
    page.wait_for_function("document.activeElement.hasAttribute('data-here')")
    assert WORDS in page.inner_text("[data-here] mark")
    assert "span=" in page.url

    page.click("[data-dialog=remove]")
    dialog = page.locator("#remove")
    assert dialog.evaluate("d => d.matches(':modal')")
    page.keyboard.press("Escape")
    assert "Remove" in focused(page, "textContent")
    page.click("[data-dialog=remove]")
    dialog.locator("[data-remove]").click()
    page.wait_for_selector("#documents-list .notice")
    assert "Removed" in page.inner_text("#documents-list .notice")
    assert assistant.shelf.store.counts() == (0, 0)


def test_an_address_opens_a_place_and_back_leads_back(page: Page, assistant: Assistant) -> None:
    with_policy(page)
    (document,) = assistant.shelf.store.documents()
    start = assistant.shelf.store.text(document.id).index(WORDS)
    address = page.url.partition("?")[0]
    page.goto(f"{address}?document={document.id}&span={start}-{start + len(WORDS)}")
    page.wait_for_selector("[data-here]")
    page.wait_for_function("document.activeElement.hasAttribute('data-here')")
    assert page.inner_text("[data-here] mark") == WORDS
    assert page.locator("[data-here]").bounding_box()["y"] > 40
    assert page.locator("[data-here]").bounding_box()["y"] < 400
    assert "Lone Working Policy" in page.title()
    page.click(".back a >> visible=true")
    page.wait_for_selector(".held .source a:visible")
    page.go_back()
    page.wait_for_selector("#document-page h1:visible")


def test_a_place_in_a_pdf_stands_beside_its_page(page: Page) -> None:
    opened(page)
    add(page, File("visits.pdf", policy_pdf()))
    assert "1 added." in page.inner_text("#documents-progress")
    first_document(page)
    page.locator(".page-line a").last.click()
    image = page.locator(".page-figure img")
    image.wait_for()
    page.wait_for_function("document.querySelector('.page-figure img').naturalWidth > 500")
    assert "Picture of page 2" in image.get_attribute("alt")
    words, figure = page.locator("[data-here]").bounding_box(), image.bounding_box()
    assert figure["x"] > words["x"] + words["width"]
    assert page.locator(".sheet rect").count() >= 1
    assert width(page) <= 1280
    page.set_viewport_size(PHONE)
    assert image.bounding_box()["y"] > page.locator("[data-here] mark").bounding_box()["y"]
    assert width(page) <= 360


def test_nearly_the_same_is_settled_with_one_tap(phone: Page, assistant: Assistant) -> None:
    with_policy(phone)
    add(phone, File("copy.md", (POLICY + "\nA closing line that was added.\n").encode()))
    phone.wait_for_selector("[data-choose=keep]")
    first_document(phone)
    place(phone, "documents")
    for button in phone.locator("[data-choose]").all():
        assert button.bounding_box()["height"] >= 44
    assert width(phone) <= 360
    phone.locator("[data-choose=keep]").tap()
    phone.wait_for_function(
        "(document.querySelector('.report-sum') || {}).textContent === '1 added.'"
    )
    assert phone.locator("[data-choose]").count() == 0
    assert len(assistant.shelf.store.documents()) == 2


def test_hostile_names_are_only_names(page: Page) -> None:
    opened(page)
    add(page, File(HOSTILE, POLICY.encode()), File("broken.pdf", b"%PDF-1.4 no"))
    assert page.locator("#documents-progress img").count() == 0
    assert "two lines" in page.inner_text(".files")
    assert "1 added, 1" in page.inner_text(".report-sum")


def test_dropped_files_are_chosen_and_a_miss_leaves_the_page(page: Page) -> None:
    opened(page)
    drop = """(selector) => {
      const data = new DataTransfer();
      data.items.add(new File(['# One\\n\\nSome words to read here.'], 'one.md'));
      const event = new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true });
      document.querySelector(selector).dispatchEvent(event);
      return event.defaultPrevented;
    }"""
    assert page.evaluate(drop, "h1")
    assert page.inner_text(".chosen") == ""
    page.evaluate(drop, "[data-drop]")
    page.wait_for_function("document.querySelector('.chosen').textContent.includes('one.md')")
    page.click(".add-form .main-button")
    page.wait_for_selector("[data-report]")
    assert "1 added." in page.inner_text(".report-sum")


def test_facts_are_changed_with_errors_beside_their_field(page: Page) -> None:
    with_policy(page)
    first_document(page)
    page.click(".edit summary")
    page.fill("#edit-issued", "yesterday")
    page.fill("#edit-title", "Lone work")
    page.press("#edit-title", "Enter")
    page.wait_for_selector("#edit-issued-error")
    page.wait_for_function("document.activeElement.id === 'edit-issued'")
    assert page.input_value("#edit-title") == "Lone work"
    page.fill("#edit-issued", "3 May 2024")
    page.click(".edit-form .main-button")
    page.wait_for_selector("#document-page .notice")
    page.wait_for_function("document.activeElement.tagName === 'H1'")
    assert page.inner_text("#document-page h1") == "Lone work"
    assert "3 May 2024" in page.inner_text(".facts")


def test_adding_by_keyboard_alone(page: Page) -> None:
    opened(page)
    page.set_input_files("#add-files", [File("policy.md", POLICY.encode()).given()])
    page.focus("#add-files")
    for _ in range(8):
        page.keyboard.press("Tab")
        if focused(page, "className").startswith("main-button"):
            break
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-report]")
    page.wait_for_function("document.activeElement.id === 'report-title'")


def test_nothing_scrolls_sideways_on_a_phone(phone: Page) -> None:
    opened(phone)
    assert width(phone) <= 360
    phone.select_option("#add-collection", "+")
    assert width(phone) <= 360
    phone.select_option("#add-collection", "documents")
    add(phone, File("policy.md", POLICY.encode()), File(f"{'long-name-' * 12}.pdf", b"%PDF-1.4 no"))
    assert width(phone) <= 360
    first_document(phone)
    phone.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert width(phone) <= 360
    header = phone.locator("header.masthead").bounding_box()
    assert header["height"] < 110
    phone.locator("[data-help]").tap()
    assert phone.locator('#help a[href="tel:999"]').is_visible()


def test_paper_shows_the_text_and_no_furniture(page: Page) -> None:
    with_policy(page)
    first_document(page)
    page.emulate_media(media="print")
    assert page.locator(".doc-text").is_visible()
    for furniture in ("header.masthead", ".edit", ".removal"):
        assert not page.locator(furniture).first.is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_barriers_that_a_checker_can_find(page: Page, scheme: str) -> None:
    if not AXE.exists():
        pytest.skip("no axe-core here")
    page.emulate_media(color_scheme=scheme)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    opened(page)
    found = {"empty": barriers(page)}
    page.select_option("#add-collection", "+")
    found["new collection"] = barriers(page)
    page.fill("#add-name", "Tarn policies")
    add(page, File("policy.md", POLICY.encode()), File("visits.pdf", policy_pdf()))
    add(page, File("copy.md", (POLICY + "\nA closing line.\n").encode()), File("b.pdf", b"%PDF no"))
    found["report and list"] = barriers(page)
    page.set_viewport_size(PHONE)
    found["on a phone"] = barriers(page)
    page.set_viewport_size(DESK)
    page.locator(".held .source a", has_text="Lone").first.click()
    page.wait_for_selector("#document-page h1:visible")
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    found["document"] = barriers(page)
    page.fill("#edit-issued", "yesterday")
    page.press("#edit-issued", "Enter")
    page.wait_for_selector("#edit-issued-error")
    found["errors"] = barriers(page)
    page.click("[data-dialog=remove]")
    found["removing"] = barriers(page)
    page.keyboard.press("Escape")
    place(page, "documents")
    page.locator(".held .source a", has_text="Visit").first.click()
    page.locator(".page-line a").last.click()
    page.wait_for_selector(".page-figure img")
    found["place"] = barriers(page)
    place(page, "ask")
    ask(page, QUESTION)
    page.locator('button.mark[aria-label^="Passage"]:visible').first.click()
    found["card"] = barriers(page)
    assert {name: rules for name, rules in found.items() if rules} == {}
