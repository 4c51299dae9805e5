"""Reads prompts: files with a version, a part for the system and one for the user, and places.

A place is a name in braces; every place of a file has to be one that the program fills, and every
one that it fills has to be there. Values are put in once: what a value holds is never read as a
place. What the prompts say is in ``prompts/``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from assistant.chat_models.records import Message
from assistant.errors import PromptError

PLACES: Mapping[str, frozenset[str]] = {
    "answer.md": frozenset({"question", "evidence", "positions", "reader", "fence", "most"}),
    "answer_again.md": frozenset({"faults"}),
    "rewrite.md": frozenset({"question", "earlier"}),
    "widen.md": frozenset({"question"}),
    "judge.md": frozenset({"sentence", "evidence", "fence"}),
    "read_closely.md": frozenset({"question", "evidence", "fence"}),
    "vary.md": frozenset({"story", "people", "fewest", "most", "fence"}),
}
"""Every prompt and the places that are filled in it."""

_PLACE = re.compile(r"\{([a-z_]+)\}")
_PARTS = re.compile(r"^## (system|user)\n", re.MULTILINE)
_VERSION = re.compile(r"\Aversion: (\d+)\n")


@dataclass(frozen=True)
class Prompt:
    """One prompt; ``system`` is empty where it goes on in a conversation."""

    name: str
    version: int
    system: str
    user: str

    def messages(self, **values: str) -> tuple[Message, ...]:
        """The prompt with its places filled."""

        def filled(text: str) -> str:
            return _PLACE.sub(lambda match: values[match[1]], text)

        user = Message("user", filled(self.user))
        return (Message("system", filled(self.system)), user) if self.system else (user,)


def read_prompt(folder: Path, name: str) -> Prompt:
    """One prompt of ``PLACES``.

    Raises:
        PromptError: the file is missing, has another form, or its places are not those filled.
    """
    try:
        text = (folder / name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PromptError(name, "", f"cannot be read: {error}.") from error
    version = _VERSION.match(text)
    if version is None:
        raise PromptError(name, "version", "The first line is not 'version: NUMBER'.")
    pieces = _PARTS.split(text)
    parts = dict(zip(pieces[1::2], pieces[2::2], strict=True))
    if "user" not in parts:
        raise PromptError(name, "user", "There is no part '## user'.")
    found = {place for part in parts.values() for place in _PLACE.findall(part)}
    for place in sorted(found ^ PLACES[name]):
        state = "is not filled by the program" if place in found else "is missing"
        raise PromptError(name, f"{{{place}}}", f"This place {state}.")
    system = parts.get("system", "").strip()
    return Prompt(name, int(version[1]), system, parts["user"].strip())


def read_prompts(folder: Path) -> dict[str, Prompt]:
    """Every prompt, by file name; raises as ``read_prompt`` does."""
    return {name: read_prompt(folder, name) for name in PLACES}
