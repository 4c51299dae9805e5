"""Lets another model have its say on what the gate let pass: it can only refuse, never admit.

An entailment model in a folder, or a second chat model. Where it cannot be asked, nothing passes:
whoever switched it on wants its word on every statement.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from assistant.chat_models.records import Cancel, ChatModelError, Writer
from assistant.generation.fencing import fence_of
from assistant.generation.prompt_files import Prompt
from assistant.grounding.records import Claim, Entails, Judgement, Piece

AGREES_FROM = 0.5
"""How likely an entailment model must find it that the evidence bears a claim out."""


class Judge(Protocol):
    """What decides whether a claim may be shown."""

    def judge(self, claim: Claim, pieces: Mapping[str, Piece]) -> Judgement:
        """Whether a claim may be shown."""


class WithEntailment:
    """A judge, and an entailment model that has to agree."""

    def __init__(self, first: Judge, entails: Entails) -> None:
        self._first = first
        self._entails = entails

    def judge(self, claim: Claim, pieces: Mapping[str, Piece]) -> Judgement:
        """Whether both let a claim pass."""
        found = self._first.judge(claim, pieces)
        if not found.passes:
            return found
        (score,) = self._entails([(_texts(claim, pieces), claim.text)])
        if score >= AGREES_FROM:
            return found
        return Judgement("unsupported", "the entailment model does not find it in the evidence")


class WithSecondModel:
    """A judge, and a chat model that has to agree."""

    def __init__(self, first: Judge, writer: Writer, prompt: Prompt) -> None:
        self._first = first
        self._writer = writer
        self._prompt = prompt

    def judge(self, claim: Claim, pieces: Mapping[str, Piece]) -> Judgement:
        """Whether both let a claim pass; what cannot be asked about does not."""
        found = self._first.judge(claim, pieces)
        if not found.passes:
            return found
        fenced, tag = fence_of(_texts(claim, pieces))
        messages = self._prompt.messages(sentence=claim.text, evidence=fenced, fence=tag)
        try:
            reply = self._writer.reply(messages, cancel=Cancel())
        except ChatModelError as error:
            return Judgement("unsupported", f"the second model could not be asked: {error.fault}")
        if reply.text.strip(" \n.*\"'").lower() == "yes":
            return found
        return Judgement("unsupported", "the second model does not find it in the evidence")


def _texts(claim: Claim, pieces: Mapping[str, Piece]) -> str:
    keys = dict.fromkeys(rest.key for rest in claim.rests_on)
    return "\n".join(pieces[key].text for key in keys)
