"""Drives the page in a real Chromium: a server in a thread, a browser, and what journeys share.

A file of journeys imports the fixtures ``browser`` and ``seen``, and makes ``home`` by ``served``.
"""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from tests import fakes_web as fake

sync_api = pytest.importorskip("playwright.sync_api")
Page = Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
AXE = Path(__file__).parent.parent / "data" / "axe.min.js"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE = {"width": 360, "height": 780}
DESK = {"width": 1280, "height": 900}

pytestmark = [
    pytest.mark.journey,
    pytest.mark.enable_socket,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this computer"),
]


@dataclass
class Seen:
    """What the browser asked for and complained about."""

    addresses: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        page.on("request", lambda r: self.addresses.append(r.url))
        page.on("pageerror", lambda e: self.complaints.append(str(e)))
        page.on("console", self._console)

    def _console(self, message: Any) -> None:
        if message.type == "error":
            self.complaints.append(message.text)

    def outside(self, home: str) -> list[str]:
        server = "/".join(home.split("/")[:3]) + "/"
        here = (server, "data:", "blob:")
        return [a for a in self.addresses if not a.startswith(here)]


@contextmanager
def served(app: Any) -> Iterator[str]:
    """The address of an application that a server in a thread serves."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + 60
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    server.should_exit = True
    thread.join(timeout=10)
    listener.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield found
        found.close()


@pytest.fixture
def seen() -> Seen:
    return Seen()


def opened_page(browser: Any, seen: Seen, home: str, size: Any, **more: Any) -> Iterator[Page]:
    context = browser.new_context(viewport=size, reduced_motion="reduce", **more)
    page = context.new_page()
    page.set_default_timeout(60_000)
    seen.watch(page)
    page.goto(home)
    page.wait_for_selector("#welcome h1")
    page.wait_for_selector(".masthead nav a[aria-current]", state="attached")
    page.wait_for_selector("#question textarea")
    page.wait_for_selector("#role form")
    yield page
    context.close()
    assert seen.outside(home) == []
    assert seen.complaints == []


def ask(page: Page, question: str = fake.RESTRAINT) -> None:
    before = page.locator("#conversation .turn").count()
    page.fill("#question textarea", question)
    page.press("#question textarea", "Enter")
    page.wait_for_selector(f"#a{before + 1}-question")


def place(page: Page, name: str) -> None:
    if page.locator("[data-menu]").is_visible():
        page.click("[data-menu]")
    page.click(f'.masthead nav a[data-go="place:{name}"]')
    page.wait_for_selector(f"#place-{name} h1:visible")


def width(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth"))


def focused(page: Page, what: str) -> Any:
    return page.evaluate(f"document.activeElement.{what}")


def wait_focused(page: Page, what: str, wanted: object) -> None:
    """Wait until what has the focus is what is wanted: scripts move it a moment after they show."""
    page.wait_for_function(
        "([what, wanted]) =>"
        " what.split('.').reduce((held, name) => held?.[name], document.activeElement) === wanted",
        arg=[what, wanted],
    )


def barriers(page: Page) -> list[str]:
    page.wait_for_timeout(150)
    result = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{v['id']}: {n['target']} {n['failureSummary'][:200]}"
        for v in result["violations"]
        for n in v["nodes"][:4]
    ]
