"""What the tests of the API and of the MCP server share: an assistant with a document beside the
library, one that waits, and the installed command with a model that knows words only."""

from __future__ import annotations

import os
import shutil
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assistant import assembly
from assistant.assembly import Assistant
from assistant.schema import Answer, Statement
from assistant.settings import PREFIX, read_settings
from tests.conftest import ROOT, bag_of_words

POLICY = """# Lone Working Policy

## 1 Visits

Staff must ring the duty desk before a visit and again when the visit has ended.

## 2 Dogs

Where a dog is in the house, the visit may take place in the garden, if the person agrees.
"""
ASK_DOG = "may the visit take place in the garden where there is a dog in the house"
DANGER = "I want to kill myself tonight"
SECRET = "zebra-lantern-quartz"
"""Words that no log and no error may hold."""

_SITE = """
import sys
sys.path.insert(0, {root!r})
from assistant import assembly
from tests.conftest import bag_of_words
assembly.vector_model = lambda settings: bag_of_words(settings.home)
"""


def with_policy(home: Path, small: Assistant) -> tuple[Assistant, str]:
    """The small library with one policy beside it, and the policy's id."""
    shutil.copytree(small.settings.home, home, dirs_exist_ok=True)
    policy = home / "lone-working.md"
    policy.write_text(POLICY, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(assembly, "vector_model", lambda settings: bag_of_words(settings.home))
        assistant = Assistant.from_settings(read_settings(home=home, corpus=small.settings.corpus))
    assert assistant.shelf is not None
    return assistant, assistant.shelf.add([policy]).files[0].document


def command_of(folder: Path, small: Assistant) -> tuple[str, list[str], dict[str, str]]:
    """The installed command, its options for a copy of the small library's home, and an
    environment in which it uses vectors of words."""
    home, site = folder / "command-home", folder / "site"
    shutil.copytree(small.settings.home, home)
    site.mkdir()
    (site / "sitecustomize.py").write_text(_SITE.format(root=str(ROOT)), encoding="utf-8")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", PREFIX))}
    environment = {**kept, "PYTHONPATH": str(site), "PEER_SUPPORT_HOME": str(home)}
    command = Path(sys.executable).with_name("peer-support")
    return str(command), ["--corpus", str(small.settings.corpus)], environment


class Waiting:
    """An assistant whose answers wait after their first step until they are let go."""

    def __init__(self, inner: Assistant) -> None:
        self._inner = inner
        self.begun = threading.Event()
        self.go = threading.Event()
        self.over = threading.Event()
        self.finished = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def ask(self, question: str, *more: Any, stage: Callable[[str], None], **named: Any) -> Answer:
        def held(name: str) -> None:
            if name == "reading":
                self.begun.set()
                assert self.go.wait(20)
            stage(name)

        try:
            answer = self._inner.ask(question, *more, stage=held, **named)
            self.finished = True
            return answer
        finally:
            self.over.set()


class Broken:
    """An assistant that fails with an error that holds the question."""

    def __init__(self, inner: Assistant, error: Callable[[str], Exception] = ValueError) -> None:
        self._inner = inner
        self._error = error

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def ask(self, question: str, *more: Any, **named: Any) -> Answer:
        raise self._error(question)


class Writing:
    """An assistant whose chat model has written one statement that passed."""

    SAID = Statement(text="Ask for an experienced peer.", citations=(1,))

    def __init__(self, inner: Assistant) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def ask(
        self,
        question: str,
        *more: Any,
        stage: Callable[[str], None],
        say: Callable[[Statement], None],
        **named: Any,
    ) -> Answer:
        stage("writing")
        say(self.SAID)
        return self._inner.ask(question, *more, stage=lambda name: None, say=say, **named)
