"""Your history in a real browser: off until it is switched on, found again, put back, deleted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.assembly import Assistant
from assistant.schema import Answer
from assistant.settings import read_settings
from assistant.web import make_server_app
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
    place,
    pytestmark,
    seen,
    served,
    wait_focused,
    width,
)
from tests.small_library import ASK_KEYS, ASK_LAW, ASK_NOTHING, ASK_SUPERVISION
from tests.test_web import StagedAssistant

__all__ = ["browser", "pytestmark", "seen"]

OWN_DANGER = "I am going to kill myself tonight"
STORES = """async () => {
  const names = (await indexedDB.databases()).map((one) => one.name);
  const on = localStorage.getItem("peer-support-history");
  const found = { names, switch: on, list: [], answers: [] };
  if (!names.includes("peer-support-history")) return found;
  const base = await new Promise((done, failed) => {
    const request = indexedDB.open("peer-support-history");
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });
  for (const store of ["list", "answers"]) {
    if (!base.objectStoreNames.contains(store)) continue;
    found[store] = await new Promise((done) => {
      const request = base.transaction(store).objectStore(store).getAll();
      request.onsuccess = () => done(request.result);
    });
  }
  base.close();
  return found;
}"""
WRITE = """async ([list, answers]) => {
  const base = await new Promise((done) => {
    const request = indexedDB.open("peer-support-history", 1);
    request.onupgradeneeded = () => {
      for (const name of ["list", "answers"]) {
        request.result.createObjectStore(name, { keyPath: "id" });
      }
    };
    request.onsuccess = () => done(request.result);
  });
  const transaction = base.transaction(["list", "answers"], "readwrite");
  list.forEach((one) => transaction.objectStore("list").put(one));
  answers.forEach((one) => transaction.objectStore("answers").put(one));
  await new Promise((done) => (transaction.oncomplete = done));
  base.close();
}"""


@pytest.fixture(scope="module")
def home(small_assistant: Assistant) -> Iterator[str]:
    with served(make_server_app(small_assistant)) as address:
        yield address


@pytest.fixture
def page(browser: Any, seen: Seen, home: str) -> Iterator[Page]:
    yield from opened_page(browser, seen, home, DESK)


@pytest.fixture
def phone(browser: Any, seen: Seen, home: str) -> Iterator[Page]:
    yield from opened_page(browser, seen, home, PHONE, has_touch=True, is_mobile=True)


def stored(page: Page) -> Any:
    return page.evaluate(STORES)


def history(page: Page) -> None:
    page.click("[data-go='place:ask'] >> nth=0")
    page.evaluate("window.peerSupport.go('place:history')")
    page.wait_for_selector("#place-history h1:visible")
    page.wait_for_function("document.documentElement.dataset.history")
    page.wait_for_timeout(300)


def switch(page: Page) -> None:
    history(page)
    page.click("label[for='history-on']")
    page.wait_for_function("document.documentElement.dataset.history === 'on'")


def new(page: Page) -> None:
    place(page, "ask")
    page.click("#new-conversation")
    page.wait_for_selector("#starters .starters", state="visible")


def asked(page: Page, *questions: str) -> None:
    """Ask, and wait until as much more is kept."""
    place(page, "ask")
    before = records_kept(page)
    for question in questions:
        ask(page, question)
    # A function that gives a promise is not waited for by ``wait_for_function``.
    for _ in range(100):
        if records_kept(page) >= before + len(questions):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"only {records_kept(page)} answers are kept")


def records_kept(page: Page) -> int:
    return sum(len(one["records"]) for one in stored(page)["answers"])


def titles(page: Page) -> list[str]:
    return [words.strip() for words in page.locator("#history-list h3").all_inner_texts()]


def said(page: Page, words: str) -> None:
    page.wait_for_function(
        "words => document.querySelector('#history-said')?.textContent.includes(words)", arg=words
    )


def opened(page: Page, title: str) -> None:
    page.locator("[data-kept-open]", has_text=title).click()
    page.wait_for_selector("#conversation [data-reopened]:visible")
    page.wait_for_function("document.activeElement.id === 'reopened-title'")


def test_off_by_default_nothing_is_kept(page: Page) -> None:
    ask(page, ASK_LAW)
    page.wait_for_timeout(400)
    assert "kept in this browser" not in page.inner_text("#privacy")
    history(page)
    assert not page.is_checked("#history-on")
    assert page.locator(".when-off").is_visible()
    assert not page.locator(".history-search").is_visible()
    assert page.inner_text("#history-list") == ""
    empty = {"names": [], "switch": None, "list": [], "answers": []}
    assert stored(page) == empty
    page.reload()
    page.wait_for_selector("#place-history h1:visible")
    page.wait_for_timeout(300)
    assert stored(page) == empty


def test_kept_found_named_put_back_saved_and_deleted(
    page: Page, home: str, tmp_path: Path, small_assistant: Assistant
) -> None:
    switch(page)
    page.locator("#history-list", has_text="Nothing is kept yet").wait_for()
    asked(page, ASK_LAW, ASK_NOTHING)
    assert "kept in this browser" in page.inner_text("#privacy")
    ask(page, OWN_DANGER)
    new(page)
    ask(page, OWN_DANGER)
    new(page)
    asked(page, ASK_SUPERVISION)
    page.goto(f"{home}?place=history")
    page.wait_for_selector("#history-list h3")
    assert titles(page) == [ASK_SUPERVISION, ASK_LAW]
    assert "kill" not in json.dumps(stored(page))
    assert page.locator("#history-list h2").first.inner_text() == "Today"

    # Words of the answer count, not of the title alone.
    answer = small_assistant.ask(ASK_LAW)
    word = max(answer.summary[0].text.split(), key=len).strip(".,")
    page.fill("#history-q", word.upper())
    page.wait_for_function("document.querySelectorAll('#history-list h3').length === 1")
    assert titles(page) == [ASK_LAW]
    assert "1 of 2 conversations" in page.inner_text("#history-list")
    wait_focused(page, "id", "history-q")
    page.fill("#history-q", "no such word")
    page.wait_for_function("!document.querySelector('#history-list h3')")
    assert "Try fewer" in page.inner_text("#history-list")
    page.fill("#history-q", "")
    page.wait_for_function("document.querySelectorAll('#history-list h3').length === 2")

    row = page.locator(".history-row", has_text=ASK_LAW)
    row.locator("[data-kept-rename]").click()
    wait_focused(page, "value", ASK_LAW)
    page.keyboard.type("<b>Training</b> & force")
    page.keyboard.press("Enter")
    said(page, "The new name is saved.")
    assert titles(page) == [ASK_SUPERVISION, "<b>Training</b> & force"]
    page.wait_for_function("document.activeElement.hasAttribute('data-kept-rename')")

    with page.expect_download() as download:
        page.locator(".history-row", has_text="Training").locator("[data-kept-save]").click()
    download.value.save_as(tmp_path / "one.json")
    (one,) = json.loads((tmp_path / "one.json").read_text(encoding="utf-8"))["conversations"]
    assert one["title"] == "<b>Training</b> & force"
    answers = [Answer.model_validate(answer) for answer in one["answers"]]
    assert [a.question for a in answers] == [ASK_LAW, ASK_NOTHING]
    with page.expect_download() as download:
        page.click("[data-kept-save-all]")
    download.value.save_as(tmp_path / "all.json")
    both = json.loads((tmp_path / "all.json").read_text(encoding="utf-8"))["conversations"]
    assert sorted(len(c["answers"]) for c in both) == [1, 2]

    opened(page, "Training")
    assert "in the library as" in page.inner_text(".reopened")
    assert page.locator("#conversation .turn").count() == 2
    assert page.url.endswith("?place=ask")
    before = stored(page)["list"]
    asked(page, ASK_KEYS)
    after = {entry["id"]: entry for entry in stored(page)["list"]}
    assert set(after) == {entry["id"] for entry in before}
    assert sorted(entry["count"] for entry in after.values()) == [1, 3]
    assert "<b>Training</b> & force" in {entry["title"] for entry in after.values()}
    # What takes the place of the last question takes it here too.
    page.locator("[data-again]").last.click()
    page.wait_for_timeout(600)
    assert sorted(e["count"] for e in stored(page)["list"]) == [1, 3]

    history(page)
    page.locator(".history-row", has_text="Training").locator("[data-kept-delete]").click()
    assert "Training" in page.inner_text("#history-delete")
    page.click("#history-delete [data-close]")
    assert len(titles(page)) == 2
    page.locator(".history-row", has_text="Training").locator("[data-kept-delete]").click()
    page.click("[data-history-delete]")
    said(page, "The conversation is deleted.")
    assert titles(page) == [ASK_SUPERVISION]
    page.wait_for_function("document.activeElement.hasAttribute('data-kept-open')")
    # What was deleted stays so, though it is still on the screen and gone on with.
    asked(page, ASK_SUPERVISION + " again")
    assert "force" not in json.dumps(stored(page)["list"])
    assert sorted(len(one["records"]) for one in stored(page)["answers"]) == [1, 1]
    history(page)
    page.click("[data-dialog='history-delete-all']")
    page.click("[data-history-delete-all]")
    said(page, "Everything that was kept is deleted.")
    assert stored(page)["list"] == stored(page)["answers"] == []
    assert page.is_checked("#history-on")


def test_switching_off_asks_once_and_deletes(phone: Page) -> None:
    switch(phone)
    asked(phone, ASK_LAW)
    history(phone)
    phone.wait_for_selector("#history-list h3")
    assert width(phone) <= 360
    for button in phone.locator("#history-list .history-tools button:visible").all():
        assert button.bounding_box()["height"] >= 44
    phone.click("#history-on")
    phone.click("#history-off [data-close]")
    assert phone.is_checked("#history-on")
    wait_focused(phone, "id", "history-on")
    phone.click("#history-on")
    phone.click("[data-history-off='keep']")
    phone.wait_for_selector(".when-off-kept", state="visible")
    place(phone, "ask")
    ask(phone, ASK_KEYS)
    phone.wait_for_timeout(400)
    assert [entry["count"] for entry in stored(phone)["list"]] == [1]

    # What is open and not kept is not lost without a question.
    history(phone)
    phone.locator("[data-kept-open]").click()
    phone.wait_for_selector("#history-replace[open]")
    phone.click("#history-replace [data-close]")
    assert not phone.locator("#conversation [data-reopened]").count()
    phone.locator("[data-kept-open]").click()
    phone.click("[data-history-replace]")
    phone.wait_for_selector("#conversation [data-reopened]:visible")
    assert width(phone) <= 360
    phone.go_back()
    phone.wait_for_selector("#history-list h3:visible")
    assert "place=history" in phone.url

    phone.click("label[for='history-on']")
    phone.wait_for_selector(".when-on", state="visible")
    phone.click("label[for='history-on']")
    phone.click("[data-history-off='delete']")
    said(phone, "Everything that was kept is deleted.")
    assert stored(phone) == {"names": [], "switch": None, "list": [], "answers": []}
    assert "kept in this browser" not in phone.inner_text("#foot")
    assert not phone.locator(".history-search").is_visible()


def test_people_do_not_see_each_other_and_two_windows_lose_nothing(
    browser: Any, seen: Seen, home: str
) -> None:
    for one in opened_page(browser, seen, home, DESK):
        switch(one)
        asked(one, ASK_LAW)
        kept = stored(one)["list"][0]["id"]
        for other in opened_page(browser, seen, home, DESK):
            other.goto(f"{home}?place=history&view={kept}")
            said(other, "not kept any more")
            assert stored(other)["names"] == []
            assert ASK_LAW not in other.content()
        second = one.context.new_page()
        second.goto(f"{home}?place=history&view={kept}")
        second.wait_for_selector("#conversation [data-reopened]:visible")
        assert second.url.endswith("?place=ask")
        second.wait_for_timeout(300)
        asked(second, ASK_KEYS)
        asked(one, ASK_SUPERVISION)
        counts = sorted(len(found["records"]) for found in stored(one)["answers"])
        assert counts == [2, 2]
        second.evaluate("window.peerSupport.go('place:history')")
        second.wait_for_selector("[data-dialog='history-delete-all']:visible")
        second.click("[data-dialog='history-delete-all']")
        second.click("[data-history-delete-all]")
        said(second, "Everything that was kept is deleted.")
        asked(one, ASK_NOTHING)
        assert [len(found["records"]) for found in stored(one)["answers"]] == [1]
        second.close()


def test_what_is_damaged_is_named_and_nothing_else_is_lost(
    page: Page, small_assistant: Assistant
) -> None:
    answer = small_assistant.ask(ASK_LAW)
    cited = answer.citations[0].model_copy(update={"evidence_id": "gone-2001-1"})
    old = answer.model_copy(update={"citations": (cited, *answer.citations[1:])})
    record = json.dumps(old.model_dump(mode="json"))
    rows = [
        {"id": f"{n:032x}", "title": title, "when": "2026-01-02T07:05", "count": 1, "rev": "ab" * 8}
        for n, title in enumerate(("Half written", "Older version", "Partly read"), 1)
    ]
    answers = [
        {"id": rows[1]["id"], "records": [record.replace('"outcome"', '"ending"')]},
        {"id": rows[2]["id"], "records": [record, "{"]},
    ]
    page.evaluate(WRITE, [[*rows, {"id": "zz"}, {"id": "a" * 32, "title": 7}], answers])
    page.evaluate("localStorage.setItem('peer-support-history', 'on')")
    page.reload()
    page.wait_for_selector("#question textarea")
    history(page)
    page.wait_for_selector("#history-list h3")
    assert "2 kept conversations cannot be read" in page.inner_text("#history-list")
    assert page.locator("#history-list h2").first.inner_text() == "2 January 2026"
    for title in ("Half written", "Older version"):
        page.locator("[data-kept-open]", has_text=title).click()
        said(page, "This conversation cannot be read")
        assert page.locator("#place-history").is_visible()
    opened(page, "Partly read")
    shown = page.inner_text(".reopened")
    assert "From your history, 2 January 2026" in shown
    assert "changed since" in shown
    assert "One answer of it cannot be read" in shown
    page.locator(".reopened summary").click()
    assert "No longer in the library" in page.inner_text(".reopened")
    asked(page, ASK_KEYS)
    found = {one["id"]: one["records"] for one in stored(page)["answers"]}
    assert found[rows[2]["id"]] == [record, "{"]
    assert len(found) == 3


def test_a_browser_that_keeps_nothing_says_so(browser: Any, seen: Seen, home: str) -> None:
    for page in opened_page(browser, seen, home, DESK):
        page.add_init_script(
            "IDBFactory.prototype.open = () => { throw new DOMException('no', 'SecurityError'); };"
        )
        page.goto(f"{home}?place=history")
        page.wait_for_selector("#history-on")
        page.wait_for_selector(".when-none", state="visible")
        assert page.is_disabled("#history-on")
        assert not page.is_checked("#history-on")
        assert page.evaluate("localStorage.length") == 0
        place(page, "ask")
        ask(page, ASK_LAW)


def test_no_room_is_said_where_the_person_is_and_the_answer_stands(
    browser: Any, seen: Seen, home: str
) -> None:
    for page in opened_page(browser, seen, home, DESK):
        page.evaluate(
            "() => { IDBObjectStore.prototype.put = () => "
            "{ throw new DOMException('full', 'QuotaExceededError'); }; }"
        )
        switch(page)
        place(page, "ask")
        ask(page, ASK_LAW)
        page.wait_for_selector("#pending [role=alert]")
        assert "no room left" in page.inner_text("#pending")
        assert page.locator("#a1-question").is_visible()
        page.fill("#question textarea", "half a question")
        page.wait_for_timeout(200)
        assert page.input_value("#question textarea") == "half a question"
        assert stored(page)["list"] == []


def test_forbidden_for_everybody(browser: Any, seen: Seen) -> None:
    assistant = StagedAssistant()
    assistant.settings = read_settings(home=assistant.settings.home, history=False)
    with served(make_server_app(assistant)) as home:
        for page in opened_page(browser, seen, home, DESK):
            row = {"id": "a" * 32, "title": "Old", "when": "2026-01-02T07:05", "count": 1}
            page.evaluate(WRITE, [[row], []])
            page.evaluate("localStorage.setItem('peer-support-history', 'on')")
            page.goto(f"{home}?place=history")
            page.wait_for_selector("[data-history-forbidden]:visible")
            page.wait_for_function(
                "async () => (await indexedDB.databases()).length === 0 && !localStorage.length"
            )
            assert page.locator("#history-on").count() == 0
            place(page, "ask")
            ask(page)
            page.wait_for_timeout(300)
            assert stored(page)["names"] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_barriers_in_any_state(page: Page, scheme: str, small_assistant: Assistant) -> None:
    if not AXE.exists():
        pytest.skip("no axe-core here")
    page.emulate_media(color_scheme=scheme)
    page.add_script_tag(path=AXE)
    found: dict[str, list[str]] = {}

    def look(state: str) -> None:
        for name, size in (("phone", PHONE), ("desk", DESK)):
            page.set_viewport_size(size)
            found[f"{state}, {name}"] = barriers(page)
            assert width(page) <= size["width"], (state, name)

    history(page)
    look("off")
    switch(page)
    look("empty")
    asked(page, ASK_LAW)
    history(page)
    page.wait_for_selector("#history-list h3")
    look("list")
    page.click("[data-kept-rename]")
    look("renaming")
    page.click("[data-kept-delete]")
    look("deleting")
    page.keyboard.press("Escape")
    page.click("#history-on")
    look("switching off")
    page.keyboard.press("Escape")
    answer = small_assistant.ask(ASK_LAW)
    gone = answer.citations[0].model_copy(update={"evidence_id": "gone-2001-1"})
    old = answer.model_copy(update={"citations": (gone, *answer.citations[1:])})
    row = {"id": "b" * 32, "title": "Old", "when": "2026-01-02T07:05", "count": 1}
    records = [json.dumps(old.model_dump(mode="json"))]
    page.evaluate(WRITE, [[row], [{"id": "b" * 32, "records": records}]])
    history(page)
    page.locator(".history-row", has_text="Old").wait_for()
    opened(page, "Old")
    page.locator(".reopened summary").click()
    look("put back")
    assert {name: rules for name, rules in found.items() if rules} == {}
