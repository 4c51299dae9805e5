"""For trainers in a real browser: an exercise, a learner's answer, a course, and help first."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.web import make_server_app
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
from tests.test_web import StagedAssistant
from tests.test_web_trainers import ANSWER, DANGER, small_trainers

__all__ = ["browser", "pytestmark", "seen"]

MAKE = "[data-trainers-form=exercise] .main-button"
MADE = "#trainers-exercise-made .made-title"


class Trained(StagedAssistant):
    """The hand-made assistant with real tools for trainers over the small library."""

    trainers: Any


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    assistant = Trained()
    with pytest.MonkeyPatch.context() as patch:
        assistant.trainers = small_trainers(tmp_path_factory.mktemp("trainers"), patch)
        with served(make_server_app(assistant)) as address:
            yield address


@pytest.fixture
def page(browser: Any, seen: Seen, home: str) -> Iterator[Page]:
    yield from opened_page(browser, seen, home, DESK)


@pytest.fixture
def phone(browser: Any, seen: Seen, home: str) -> Iterator[Page]:
    yield from opened_page(browser, seen, home, PHONE, has_touch=True, is_mobile=True)


def view(page: Page, name: str) -> None:
    """Go to a view from the front; the focus comes along."""
    place(page, "trainers")
    page.click(f"#trainers-front [data-view={name}]")
    page.wait_for_selector(f"#trainers-{name}-form form, #trainers-{name}-form li")
    page.wait_for_function("document.activeElement.tagName === 'H1'")


def taken(page: Page, form: str, within: str) -> tuple[str, bytes]:
    """The file that a button downloads: its name and content."""
    with page.expect_download() as waiting:
        page.click(f"#trainers-{within}-made [data-take={form}]")
    found = waiting.value
    return found.suggested_filename, Path(found.path()).read_bytes()


def make(page: Page) -> None:
    page.click(MAKE)
    page.wait_for_selector(MADE)
    page.wait_for_function("document.activeElement.classList.contains('made-title')")


def test_an_exercise_is_built_read_in_both_versions_and_taken_away(page: Page) -> None:
    view(page, "exercise")
    page.fill("#topic-find", "superv")
    assert page.locator(".boxes li:visible").count() == 1
    page.check("#topic-supervision")
    assert page.locator(".chips button:visible").inner_text().startswith("Supervision")
    make(page)
    assert "view=exercise&topics=supervision" in page.url
    facilitator = page.locator("#version-facilitator")
    assert facilitator.locator(".rubric").is_visible()
    facilitator.locator(".mark").first.click()
    assert "our own words" in page.locator("dialog.card[open]").inner_text()
    page.keyboard.press("Escape")

    page.click("[data-version=learner]")
    wait_focused(page, "dataset.version", "learner")
    wait_focused(page, "ariaPressed", "true")
    learner = page.locator("#version-learner")
    assert learner.is_visible()
    assert not facilitator.is_visible()
    assert learner.locator(".answers, .rubric, .leads-to, .to-facilitator").count() == 0

    name, content = taken(page, "docx", "exercise")
    assert name.endswith("-docx.zip")
    files = zipfile.ZipFile(io.BytesIO(content))
    assert [files.read(one)[:2] for one in files.namelist()] == [b"PK", b"PK"]

    first = page.locator(MADE).inner_text()
    page.click("[data-order-for]")
    page.wait_for_function("location.search.includes('seed=2')")
    assert page.locator(MADE).inner_text() != first
    page.go_back()
    page.wait_for_function(
        "([at, text]) => document.querySelector(at)?.innerText === text", arg=[MADE, first]
    )
    page.wait_for_function("document.activeElement.classList.contains('made-title')")
    page.emulate_media(media="print")
    assert not page.locator(
        "#trainers-exercise-form, .made-tools, header.masthead"
    ).first.is_visible()
    assert facilitator.is_visible()


def test_an_address_opens_the_exercise_on_a_phone(phone: Page, home: str) -> None:
    phone.goto(f"{home}?place=trainers&view=exercise&topics=lone-working&minutes=90&seed=1")
    phone.wait_for_selector(MADE)
    wait_focused(phone, "tagName", "BODY")
    assert not phone.locator(MAKE).is_visible()
    assert width(phone) <= 360
    phone.evaluate(
        "document.querySelectorAll('#place-trainers details').forEach(d => d.open = true)"
    )
    assert width(phone) <= 360
    for button in phone.locator("#trainers-exercise-made button:visible").all():
        box = button.bounding_box()
        assert box["height"] >= 44, button.inner_text()
    place(phone, "trainers")
    phone.click("#trainers-front [data-view=exercise]")
    phone.wait_for_selector(MAKE)
    phone.wait_for_selector(MADE, state="detached")


def test_an_unknown_topic_and_danger_in_a_detail(phone: Page) -> None:
    view(phone, "exercise")
    phone.fill("#topic-own", "shouting in the yard")
    phone.click(MAKE)
    phone.click(".trainers-refusal button:has-text('Supervision')")
    phone.wait_for_selector(MADE)
    phone.fill("#topic-own", "")
    phone.check("#topic-medication")
    phone.click("text=Your own place and names")
    phone.fill("#exercise-place", DANGER)
    phone.click(MAKE)
    phone.wait_for_selector(".trainers-help")
    phone.wait_for_function("document.activeElement.classList.contains('now')")
    ring = phone.locator('.trainers-help a[href="tel:999"]')
    assert ring.bounding_box()["y"] < phone.locator(MADE).bounding_box()["y"]
    assert "end" not in phone.url.rpartition("?")[2]


def test_a_learners_answer_is_read(page: Page) -> None:
    view(page, "feedback")
    page.fill("#situation-find", "two chairs")
    assert page.locator(".situation-choice .count-line").inner_text() == "1 story"
    page.click("#situation-list li:visible a")
    page.wait_for_selector("#learner-answer")
    page.wait_for_function("document.activeElement.classList.contains('made-title')")
    assert page.url.endswith("view=feedback") or "part=two-chairs" in page.url
    page.click("[data-to-line=learner-answer]")
    page.keyboard.type(ANSWER)
    page.click("[data-trainers-form=feedback] .main-button")
    page.wait_for_selector(".learner-words mark")
    assert "Nine weeks" in page.locator(".mark-found").first.inner_text()
    page.locator(".learner-words [data-to-line]").first.click()
    wait_focused(page, "tagName", "LI")
    assert taken(page, "docx", "feedback")[1][:2] == b"PK"

    page.fill("#learner-answer", f"{DANGER}. {ANSWER}")
    page.click("[data-trainers-form=feedback] .main-button")
    page.wait_for_selector(".trainers-help")
    assert page.locator(".learner-words").count() == 0
    page.click("[data-read-again]")
    page.wait_for_selector(".learner-words mark")
    assert page.locator(".trainers-help").count() == 0
    page.go_back()
    page.wait_for_selector("#situation-list")
    assert page.locator(".learner-words").count() == 0


def test_a_course_is_put_in_order_and_taken_away(page: Page) -> None:
    view(page, "course")
    page.select_option("#course-topic-1", "supervision")
    page.select_option("#course-topic-2", "lone-working")
    page.locator("[data-move-up]:visible").first.click()
    wait_focused(page, "id", "course-topic-1")
    page.click("[data-trainers-form=course] .main-button")
    page.wait_for_selector(".course-exercises")
    assert "topics=lone-working,supervision" in page.url
    name, content = taken(page, "docx", "course")
    assert name == "course-pack-docx.zip"
    assert len(zipfile.ZipFile(io.BytesIO(content)).namelist()) == 7
    title = page.locator(".course-exercises a").first.inner_text()
    page.locator(".course-exercises a").first.click()
    page.wait_for_selector(MADE)
    assert page.locator(MADE).inner_text() == title
    page.go_back()
    page.wait_for_selector(".course-exercises:visible")


@pytest.mark.parametrize(("size", "scheme"), [(PHONE, "dark"), (DESK, "light")])
def test_no_barriers_that_a_checker_can_find(
    browser: Any, seen: Seen, home: str, size: Any, scheme: str
) -> None:
    if not AXE.exists():
        pytest.skip("no axe-core here")
    for page in opened_page(browser, seen, home, size, color_scheme=scheme):
        page.add_script_tag(path=AXE)
        place(page, "trainers")
        found = {"front": barriers(page)}
        view(page, "exercise")
        page.check("#topic-supervision")
        page.fill("#exercise-minutes", "150")
        page.click("text=Your own place and names")
        page.fill("#exercise-place", DANGER)
        found["form"] = barriers(page)
        page.click(MAKE)
        page.wait_for_selector(".trainers-help")
        page.evaluate(
            "document.querySelectorAll('#place-trainers details').forEach(d => d.open = true)"
        )
        found["help and exercise"] = barriers(page)
        page.click("[data-version=learner]")
        found["learners"] = barriers(page)
        page.fill("#exercise-minutes", "7")
        page.click(MAKE)
        page.wait_for_selector(".trainers-refusal")
        found["refused"] = barriers(page)
        view(page, "feedback")
        found["situations"] = barriers(page)
        page.locator("#situation-list a").last.click()
        page.fill("#learner-answer", ANSWER)
        page.click("[data-trainers-form=feedback] .main-button")
        page.wait_for_selector(".learner-words")
        found["feedback"] = barriers(page)
        view(page, "course")
        page.select_option("#course-topic-1", "supervision")
        page.click("[data-trainers-form=course] .main-button")
        page.wait_for_selector(".course-exercises")
        page.evaluate(
            "document.querySelectorAll('#place-trainers details').forEach(d => d.open = true)"
        )
        taken(page, "md", "course")
        found["course"] = barriers(page)
        assert {name: rules for name, rules in found.items() if rules} == {}
