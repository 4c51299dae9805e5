"""Small jobs for a chat model before an answer is composed; each is checked and may give nothing.

A follow-up made to stand alone, other words for a search that found too little, and evidence read
closely. None is needed: where the model fails or says something that the words at hand do not bear
out, the way without a model is taken. Each is switched on by a setting of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, ValidationError

from assistant.chat_models.records import Cancel, ChatModelError, Message, Writer
from assistant.generation.fencing import Veil, fenced
from assistant.generation.prompt_files import Prompt
from assistant.grounding.quotes import stands_in
from assistant.indexing.lexical import tokens
from assistant.schema import Evidence, Turn
from assistant.text import normalise

LONGEST = 400
"""Letters of a question that a model may write."""
EARLIER = 3
MOST_WAYS = 3


class _Picked(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")
    key: str
    words: str


@dataclass(frozen=True)
class Jobs:
    """Which of the small jobs are switched on."""

    rewrite: bool = False
    widen: bool = False
    read_closely: bool = False


class Asker:
    """Does the small jobs with one model.

    Args:
        writer: the model.
        prompts: by file name.
        jobs: those that are switched on; the others give nothing.
        tokens: about how many of them the model reads at once.
    """

    def __init__(
        self, writer: Writer, prompts: Mapping[str, Prompt], jobs: Jobs, *, tokens: int = 8000
    ) -> None:
        self._writer = writer
        self._prompts = prompts
        self._jobs = jobs
        self._tokens = tokens

    def standing_alone(self, question: str, history: Sequence[Turn], cancel: Cancel) -> str | None:
        """A follow-up with what it leans on put in; None where the model gives nothing usable.

        Usable is one line whose words stand in the conversation, so that nothing is made up.
        """
        earlier = [turn.question for turn in history][-EARLIER:]
        if not self._jobs.rewrite or not earlier:
            return None
        prompt = self._prompts["rewrite.md"]
        lines = self._lines(prompt.messages(question=question, earlier="\n".join(earlier)), cancel)
        if len(lines) != 1:
            return None
        held = set(tokens(" ".join([*earlier, question])))
        said = set(tokens(lines[0]))
        return lines[0] if said and said <= held and said & set(tokens(question)) else None

    def other_ways(self, question: str, cancel: Cancel) -> tuple[str, ...]:
        """Up to three other ways to put a question; without numbers that it does not have."""
        if not self._jobs.widen:
            return ()
        lines = self._lines(self._prompts["widen.md"].messages(question=question), cancel)
        figures = set(re.findall(r"\d+", question))
        usable = [line for line in lines if set(re.findall(r"\d+", line)) <= figures]
        return tuple(dict.fromkeys(line for line in usable if line != question))[:MOST_WAYS]

    def picked(
        self, question: str, evidence: Sequence[Evidence], cancel: Cancel
    ) -> tuple[Evidence, ...]:
        """The evidence with what helps first, as the model reads it.

        What it names without words that stand there is not moved, and nothing is left out.
        """
        if not self._jobs.read_closely or not evidence:
            return tuple(evidence)
        veil = None if self._writer.address.local else Veil()
        sent = fenced(evidence, tokens=self._tokens * 2 // 3, veil=veil)
        prompt = self._prompts["read_closely.md"]
        messages = prompt.messages(question=question, evidence=sent.text, fence=sent.tag)
        named: list[Evidence] = []
        for line in self._lines(messages, cancel):
            try:
                said = _Picked.model_validate_json(line)
            except ValidationError:
                continue
            words = veil.lifted(said.words) if veil else said.words
            found = sent.evidence.get(said.key)
            if found is not None and found not in named and stands_in(words, found.text):
                named.append(found)
        return (*named, *(e for e in evidence if e not in named))

    def _lines(self, messages: Sequence[Message], cancel: Cancel) -> list[str]:
        """The lines of a reply; none where the call failed."""
        try:
            reply = self._writer.reply(messages, cancel=cancel)
        except ChatModelError:
            return []
        lines = [normalise(line).strip('-•* "') for line in reply.text.splitlines()]
        return [line for line in lines if line and len(line) <= LONGEST]
