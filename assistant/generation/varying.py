"""Asks a chat model for a piece of a made-up story in other words.

Nothing that a person typed is sent: the pieces are the library's own fiction, before names that a
trainer chose are put in. What comes back is not judged here; that is for the gate of whoever tells
the story (``scenarios.rewording``). Only the form is: one object with one text, and nothing around
it, so that no remark of the model's can become part of a story.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assistant.chat_models.records import Cancel, Writer
from assistant.generation.fencing import fence_of
from assistant.generation.prompt_files import Prompt

LONGEST = 6000
"""Characters of a reworded piece at most; the longest piece that is written has about 1,400."""
SHORTER, LONGER = 0.8, 1.2
"""Shares of a piece's words between which a model is asked to stay."""
_CODE = re.compile(r"\A```(?:json)?\s*\n(.*)\n```\Z", re.DOTALL)


class _Told(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")
    story: str = Field(max_length=LONGEST)


class StoryVarier:
    """Rewords pieces of stories with one model; may be used by several threads.

    Args:
        writer: the model.
        prompt: ``vary.md``.
        cancel: stops every call; None where nobody can stop them.
    """

    def __init__(self, writer: Writer, prompt: Prompt, cancel: Cancel | None = None) -> None:
        self._writer = writer
        self._prompt = prompt
        self._cancel = cancel or Cancel()

    def vary(self, text: str, people: Sequence[str]) -> str:
        """The text in other words, unchecked; empty where the reply has not the form asked for.

        Args:
            text: one paragraph of fiction.
            people: names that may stand in it.

        Raises:
            ChatModelError: there is no usable reply.
        """
        piece, tag = fence_of(text)
        words = len(text.split())
        messages = self._prompt.messages(
            story=piece,
            people=", ".join(people),
            fewest=str(round(words * SHORTER)),
            most=str(round(words * LONGER)),
            fence=tag,
        )
        return _story(self._writer.reply(messages, cancel=self._cancel).text)


def _story(reply: str) -> str:
    """The text of a reply; empty where there is anything but the one object, in a code fence or
    bare."""
    said = reply.strip()
    code = _CODE.match(said)
    try:
        return _Told.model_validate_json(code[1] if code else said).story
    except ValidationError:
        return ""
