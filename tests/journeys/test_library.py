"""Topics and the library in a real browser: searching, figures, uses, and the way back."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from assistant.checklists.reading import read_checklists
from assistant.corpus import read_library
from assistant.resources import bundled_folder
from assistant.scenarios.reading import read_situations
from assistant.web import make_server_app
from tests import fakes_web as fake
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

__all__ = ["browser", "pytestmark", "seen"]

CORPUS = bundled_folder("corpus")
FORCE = "uofa-2018-act"
SOURCES = len(read_library(CORPUS).sources)


@pytest.fixture(scope="module")
def assistant() -> Any:
    """The hand-made assistant over the bundled library, with what rests on it."""
    made: Any = fake.FakeAssistant()
    made.library = library = read_library(CORPUS)
    checklists = read_checklists(CORPUS, library)
    titles = {stage.id: stage.title for stage in checklists.stages}
    made.managers = SimpleNamespace(checklists=checklists, stage_titles=titles)
    made.trainers = SimpleNamespace(situations=read_situations(CORPUS, library))
    return made


@pytest.fixture(scope="module")
def home(assistant: Any) -> Iterator[str]:
    with served(make_server_app(assistant)) as address:
        yield address


@pytest.fixture
def page(browser: Any, seen: Seen, home: str) -> Iterator[Page]:
    yield from opened_page(
        browser, seen, home, DESK, permissions=["clipboard-read", "clipboard-write"]
    )


@pytest.fixture
def phone(browser: Any, seen: Seen, home: str) -> Iterator[Page]:
    yield from opened_page(browser, seen, home, PHONE, has_touch=True, is_mobile=True)


def opened(page: Page, seen: Seen, address: str, ready: str) -> Page:
    """An address in a tab of its own, as a link from elsewhere opens it."""
    tab = page.context.new_page()
    seen.watch(tab)
    tab.goto(address)
    tab.wait_for_selector(ready)
    return tab


def walked(page: Page, address: str, ready: str) -> None:
    """Another address in the open page, as the browser's own "back" shows it."""
    page.evaluate(
        "a => { history.pushState(null, '', a); dispatchEvent(new PopStateEvent('popstate')); }",
        address,
    )
    page.wait_for_selector(ready)


def searched(page: Page, words: str) -> None:
    """A search by keyboard, and its list."""
    page.fill("#library-q", words)
    page.press("#library-q", "Enter")
    page.wait_for_function("document.querySelector('#library-results .why-found') !== null")


def pressed_until(page: Page, selector: str, key: str = "Tab", most: int = 60) -> None:
    """Moves the focus by one key until it is on what is meant."""
    for _ in range(most):
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{selector} is not reached by {key}")


def test_topics_are_narrowed_as_one_types(page: Page) -> None:
    place(page, "topics")
    assert page.locator("#topic-index .topic-group:visible").count() == 11
    page.fill("#topic-filter", "nobody has these words")
    page.wait_for_function("document.querySelector('#topic-count').textContent.startsWith('No')")
    ask = page.locator("[data-ask-instead] button")
    assert ask.is_visible()
    assert ask.get_attribute("data-ask") == "nobody has these words"
    page.fill("#topic-filter", "leave escorting")
    page.wait_for_function("document.querySelector('#topic-count').textContent.startsWith('1 of')")
    assert page.locator("#topic-index .topics li:visible").count() == 1
    assert page.locator("#topic-index .topic-group:visible").count() == 1
    page.press("#topic-filter", "Enter")
    page.keyboard.press("Enter")
    page.wait_for_selector("#topic-page h1")
    assert "?topic=leave-escorting-and-cto" in page.url
    page.go_back()
    page.wait_for_selector("#topic-filter:visible")
    page.wait_for_function("document.activeElement.textContent.startsWith('Leave, escorting')")
    page.fill("#topic-filter", "")
    page.wait_for_function("document.querySelector('#topic-count').textContent === '74 topics'")
    page.click("[data-to-part='topics-where-peers-work']")
    wait_focused(page, "id", "topics-where-peers-work")


def test_a_topic_page_leads_on(page: Page, seen: Seen, home: str) -> None:
    page = opened(page, seen, f"{home}?topic=restraint", "#topic-page h1")
    part = page.locator("#topic-page [data-to-part]").nth(1)
    words = part.inner_text()
    part.click()
    wait_focused(page, "tagName", "H2")
    wait_focused(page, "textContent", words)
    page.click("#topic-page [data-copy-link]")
    page.wait_for_function("document.querySelector('#topic-page .done').textContent !== ''")
    assert page.evaluate("navigator.clipboard.readText()") == f"{home}?topic=restraint"
    page.click("#topic-page .neighbours .after a")
    page.wait_for_function("document.querySelector('#topic-page h1').textContent.startsWith('Med')")
    page.wait_for_function("document.activeElement.tagName === 'H1'")
    page.locator('#topic-page .further a[data-go^="topic:contested."]').first.click()
    page.wait_for_selector("#topic-page .contested-page")
    assert "?topic=contested." in page.url
    assert page.locator("#topic-page .position").count() >= 2
    page.locator("#topic-page .position button.mark").first.click()
    page.locator("dialog.card[open]").wait_for()


def test_keyboard_alone_from_a_search_to_where_a_source_is_used_and_back(page: Page) -> None:
    place(page, "library")
    searched(page, "use of force act")
    assert "sources" in page.inner_text("#library-search [data-heard]")
    page.focus("#library-q")
    link = f'#library-results a[data-go="source:{FORCE}"]'
    pressed_until(page, link)
    page.keyboard.press("Enter")
    page.wait_for_selector("#source-page .where-used")
    page.wait_for_function("document.activeElement.tagName === 'H1'")
    used = '#source-page .where-used a[data-go="topic:restraint"]'
    pressed_until(page, used)
    page.keyboard.press("Enter")
    page.wait_for_selector("#topic-page h1")
    page.wait_for_function("document.activeElement.tagName === 'H1'")
    page.go_back()
    page.wait_for_function("s => document.activeElement.matches(s)", arg=used)
    assert page.evaluate("document.activeElement.getBoundingClientRect().top") > 40
    page.go_back()
    page.wait_for_function("s => document.activeElement.matches(s)", arg=link)
    page.keyboard.press("Enter")
    page.wait_for_selector("#source-page .where-used")
    pressed_until(page, "#source-page .back a", "Shift+Tab")
    page.keyboard.press("Enter")
    page.wait_for_function("s => document.activeElement.matches(s)", arg=link)


def test_a_search_has_an_address_and_goes_on(page: Page, seen: Seen, home: str) -> None:
    address = f"{home}?place=library&q=supervision&country=England&sort=newest"
    page = opened(page, seen, address, "#library-results .narrowed-to")
    assert page.input_value("#library-q") == "supervision"
    assert page.input_value("#library-sort") == "newest"
    assert page.locator("#library-results mark").count() > 20
    rows = page.locator("#library-results .source")
    assert rows.count() == 30
    page.focus("#library-results [data-more]")
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelectorAll('#library-results .source').length > 30")
    page.wait_for_function(
        "document.activeElement === document.querySelectorAll('#library-results .source > a')[30]"
    )
    page.locator("#library-search .filters [type=reset]").click()
    page.wait_for_function(
        "said => document.querySelector('#library-results .count-line').textContent === said",
        arg=f"{SOURCES:,} sources",
    )
    assert page.url == f"{home}?place=library"
    page.fill("#library-q", "nobody has all these words tonight")
    page.press("#library-q", "Enter")
    page.wait_for_selector("#library-results [data-ask]")
    assert page.url == f"{home}?place=library"
    page.click('.masthead nav a[data-go="place:topics"]')
    page.wait_for_selector("#topic-filter:visible")
    page.go_back()
    page.wait_for_selector("#library-results [data-ask]:visible")
    assert page.input_value("#library-q") == "nobody has all these words tonight"


def test_figures_are_counted_when_asked_for_and_lead_back_to_sources(page: Page, home: str) -> None:
    place(page, "library")
    assert page.locator("#library-figures .figures").count() == 0
    page.click(".to-figures a")
    page.wait_for_selector("#library-figures h1")
    page.wait_for_function("document.activeElement.textContent.startsWith('What is in')")
    assert page.title().startswith("What is in the library")
    assert page.url == f"{home}?place=library&view=figures"
    assert not page.locator("#library-q").is_visible()
    assert page.locator("#library-figures svg").count() == 10
    table = page.locator("#library-figures .plot-table").nth(1)
    table.locator("summary").click()
    wales = table.locator('[data-shelf="country=Wales"]')
    count = wales.locator("xpath=ancestor::tr").locator("td").inner_text()
    with page.expect_download() as started:
        page.click("[data-figures]")
    assert started.value.suggested_filename.endswith(".csv")
    wales.click()
    page.wait_for_selector("#library-results .narrowed-to:visible")
    assert page.inner_text("#library-results .count-line") == f"{count} of {SOURCES:,} sources"
    assert page.url == f"{home}?place=library&country=Wales"
    page.go_back()
    page.wait_for_selector("#library-figures h1:visible")
    page.wait_for_function("document.activeElement.dataset.shelf === 'country=Wales'")
    page.go_back()
    page.wait_for_selector("#library-q:visible")


def test_a_reference_is_copied_and_fetched(page: Page, seen: Seen, home: str) -> None:
    page = opened(page, seen, f"{home}?source={FORCE}", "#source-page .cite")
    page.click("[data-copy=cite-apa]")
    page.wait_for_function(
        "document.querySelector('[data-copy=cite-apa]').closest('.tools').innerText.includes('ied')"
    )
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.locator("#cite-apa").text_content()
    with page.expect_download() as started:
        page.click("[data-cite=ris]")
    assert started.value.suggested_filename == f"{FORCE}.ris"
    assert started.value.path().read_text(encoding="utf-8").startswith("TY  - ")


def test_a_phone_shows_it_all_without_sideways_scroll(phone: Page) -> None:
    for address, ready in (
        ("?place=topics", "#topic-index .topics"),
        ("?topic=restraint", "#topic-page .neighbours"),
        ("?topic=contested.restraint", "#topic-page .position"),
        ("?place=library&q=supervision&who=peer-led", "#library-results .narrowed-to"),
        ("?place=library&view=figures", "#library-figures svg"),
        (f"?source={FORCE}", "#source-page .cite"),
    ):
        walked(phone, address, ready)
        phone.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert width(phone) <= 360, address
        small = phone.evaluate(
            "[...document.querySelectorAll('.place :is(button, .jumps a, li > a, td a, th a)')]"
            ".filter(e => e.offsetWidth && e.getBoundingClientRect().height < 24)"
            ".map(e => e.outerHTML.slice(0, 90))"
        )
        assert small == [], address


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_barriers_that_a_checker_can_find(page: Page, scheme: str, size: dict[str, int]) -> None:
    if not AXE.exists():
        pytest.skip("no axe-core here")
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=scheme)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = {}
    for address, ready in (
        ("?place=topics", "#topic-index .topics"),
        ("?topic=contested.restraint", "#topic-page .position"),
        ("?topic=restraint", "#topic-page .neighbours"),
        ("?place=library&q=supervision&country=England", "#library-results .narrowed-to"),
        ("?place=library&view=figures", "#library-figures svg"),
        (f"?source={FORCE}", "#source-page .cite"),
    ):
        walked(page, address, ready)
        page.evaluate("document.querySelectorAll('.place details').forEach(d => d.open = true)")
        found[address] = barriers(page)
    assert {name: rules for name, rules in found.items() if rules} == {}
