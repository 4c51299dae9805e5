"""A chat model that says what a test gives it, and remembers what it was sent."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from assistant.chat_models.records import (
    Address,
    Cancel,
    ChatModelError,
    Message,
    Reply,
)

LOCAL = Address("ollama", "tester", "http://localhost:11434", "localhost:11434", True)
REMOTE = Address("openai", "tester", "", "api.openai.com", False)

Script = str | ChatModelError | Callable[[Sequence[Message]], str]


@dataclass
class FakeWriter:
    """Says each text of its script once, in pieces of a few letters; out of script it fails."""

    script: list[Script]
    address: Address = LOCAL
    piece: int = 7
    sent: list[tuple[Message, ...]] = field(default_factory=list)

    def reply(
        self,
        messages: Sequence[Message],
        *,
        cancel: Cancel,
        hear: Callable[[str], None] = lambda piece: None,
    ) -> Reply:
        self.sent.append(tuple(messages))
        if not self.script:
            raise AssertionError("the model was asked more often than the test foresaw")
        if cancel.asked:
            raise ChatModelError("cancelled", "It was stopped.")
        said = self.script.pop(0)
        if isinstance(said, ChatModelError):
            raise said
        text = said if isinstance(said, str) else said(messages)
        for start in range(0, len(text), self.piece):
            hear(text[start : start + self.piece])
        return Reply(text, input_tokens=100, output_tokens=10, cost=0.001)


def claim(sentence: str, *rests: tuple[str, str], replaces: int | None = None) -> str:
    """One line in the form that a model is asked for."""
    data: dict[str, object] = {} if replaces is None else {"replaces": replaces}
    data |= {"sentence": sentence, "rests_on": [{"key": k, "words": w} for k, w in rests]}
    return json.dumps(data, ensure_ascii=False)


def key_of(messages: Sequence[Message], words: str) -> str:
    """The key under which a text was sent."""
    for line in messages[1].text.splitlines():
        if words in line:
            found = re.match(r'\{"key": "(E\d+)"', line)
            if found:
                return found[1]
    raise AssertionError(f"{words!r} was not sent")
