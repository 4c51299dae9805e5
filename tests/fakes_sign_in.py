"""What the tests of sign-in share: passwords, hashes that take no time, a clock, a small page."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from assistant.interface import load_texts
from assistant.settings import Settings, read_settings
from assistant.web.guard import Guard
from assistant.web.sign_in import passwords
from assistant.web.sign_in.door import Door
from assistant.web.sign_in.gate import Gate
from assistant.web.sign_in.pages import Look
from assistant.web.sign_in.routes import SignIn, add_routes
from assistant.web.sign_in.waits import Waits
from tests import fakes_web as fake
from tests.test_web import StagedAssistant

TEXTS = load_texts()
GOOD = "three calm words here"
OTHER = "four other quiet words"
Clock = Callable[[], float]
CHEAP = PasswordHasher(time_cost=1, memory_cost=1 << 10)


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes that take no time; what the real ones cost is looked at in one test."""
    monkeypatch.setattr(passwords, "_hasher", lambda: CHEAP)
    passwords._nobodys.cache_clear()


class Hands:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def settings_of(tmp_path: Path, **more: Any) -> Settings:
    return read_settings(home=tmp_path, **more)


def team_assistant(home: Path, **more: Any) -> Any:
    assistant = StagedAssistant()
    assistant.settings = read_settings(home=home, **({"sign_in": "passwords"} | more))
    return assistant


def small_app(door: Door, clock: Clock = time.monotonic) -> FastAPI:
    """The sign-in before a page of one line."""
    app = FastAPI()
    looks = {"": Look(TEXTS, fake.HELP, door.way.kind)}
    add_routes(app, SignIn(door, looks, Waits(5, 60, clock), Waits(50, 60, clock)))

    @app.get("/", response_class=HTMLResponse)
    async def page() -> str:
        return "<html><head></head><body></body></html>"

    app.add_middleware(Gate, door=door, looks=looks, protected={})
    app.add_middleware(Guard, texts=TEXTS)
    return app
