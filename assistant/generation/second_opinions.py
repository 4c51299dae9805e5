"""Lets another model have its say on what the gate let pass: it can only refuse, never admit.

An entailment model in a folder, or a second chat model. Where it cannot be asked, nothing passes:
whoever switched it on wants its word on every statement.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from assistant.chat_models.records import Cancel, ChatModelError, Writer
from assistant.errors import ConfigurationError
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


class FolderEntails:
    """An entailment model in a folder, through sentence-transformers; loaded when first asked.

    Args:
        folder: of a cross-encoder with one label, or with one that is called "entailment".

    Raises:
        ConfigurationError: there is no such folder, or no such model in it.
    """

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise ConfigurationError(
                f"There is no folder {folder}.", "Set PEER_SUPPORT_ENTAILMENT_MODEL or unset it."
            )
        self._folder = folder
        self._model: Any = None
        self._place = 0

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """How likely each evidence bears out its claim, 0 to 1."""
        model = self._loaded()
        rows = np.asarray(model.predict(list(pairs), apply_softmax=False, show_progress_bar=False))
        rows = rows.reshape(len(pairs), -1).astype(np.float64)
        if rows.shape[1] == 1:
            # One label: sentence-transformers has put it on a scale from 0 to 1 already.
            return [float(row[0]) for row in rows]
        chances = np.exp(rows - rows.max(axis=1, keepdims=True))
        chances /= chances.sum(axis=1, keepdims=True)
        return [float(row[self._place]) for row in chances]

    def _loaded(self) -> Any:
        if self._model is None:
            from sentence_transformers import CrossEncoder

            try:
                model = CrossEncoder(str(self._folder), local_files_only=True, device="cpu")
            except Exception as error:
                raise ConfigurationError(
                    f"The entailment model in {self._folder} cannot be loaded"
                    f" ({type(error).__name__}).",
                    "Set PEER_SUPPORT_ENTAILMENT_MODEL to a folder with a cross-encoder.",
                ) from error
            self._place = self._entailment(model)
            self._model = model
        return self._model

    def _entailment(self, model: Any) -> int:
        """Which label says that it is borne out."""
        labels = {int(n): str(name).lower() for n, name in model.config.id2label.items()}
        if len(labels) == 1:
            return 0
        for number, name in labels.items():
            if name.startswith("entail"):
                return number
        raise ConfigurationError(
            f"No label of the model in {self._folder} is called entailment.",
            "Use a model for natural language inference.",
        )


def _texts(claim: Claim, pieces: Mapping[str, Piece]) -> str:
    keys = dict.fromkeys(rest.key for rest in claim.rests_on)
    return "\n".join(pieces[key].text for key in keys)
