"""Puts the chat model together, where one is set, with the gate and the prompts.

Nothing of a provider is loaded before the first question: a model that is not there costs an answer
nothing but the model's words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.chat_models.address import parse_address
from assistant.chat_models.budget import Budget
from assistant.chat_models.calling import CalledModel
from assistant.chat_models.limits import CallLimits
from assistant.chat_models.opened import Wishes
from assistant.chat_models.opening import opener
from assistant.chat_models.privacy import check_allowed
from assistant.chat_models.records import (
    Address,
    Cancel,
    ChatModelError,
    Message,
    Reply,
    Writer,
)
from assistant.entailment import FolderEntails
from assistant.generation.asking import Asker, Jobs
from assistant.generation.prompt_files import read_prompt, read_prompts
from assistant.generation.second_opinions import Judge, WithEntailment, WithSecondModel
from assistant.generation.varying import StoryVarier
from assistant.generation.writing import Generator
from assistant.settings import Settings
from assistant.wording import Wording


@dataclass(frozen=True)
class Chat:
    """A chat model with what writes and asks with it, each None where it is switched off;
    ``address`` is where questions go, None where the model may not be asked."""

    generator: Generator | None
    asker: Asker | None
    address: Address | None


class ForbiddenModel:
    """Stands for a model that may not be asked: every call ends with why."""

    def __init__(self, address: Address, error: ChatModelError) -> None:
        self.address = address
        self._error = error

    def reply(
        self,
        messages: Sequence[Message],
        *,
        cancel: Cancel,
        hear: Callable[[str], None] = lambda piece: None,
    ) -> Reply:
        """Nothing is sent.

        Raises:
            ChatModelError: always.
        """
        raise self._error


def writer_of(settings: Settings, model: str = "", base_url: str = "") -> Writer:
    """The chat model of the settings, or another one within the same limits.

    Args:
        settings: name the model and the limits.
        model: another than that of the settings, as provider:name.
        base_url: of the other one's server.

    Raises:
        ConfigurationError: the setting names no model that can be.
    """
    named = (model, base_url) if model else (settings.model, settings.model_base_url)
    address = parse_address(*named)
    try:
        check_allowed(address, settings.remote_models)
    except ChatModelError as error:
        return ForbiddenModel(address, error)
    limits = CallLimits(
        first_seconds=settings.model_first_seconds,
        seconds=settings.model_seconds,
        retries=settings.model_retries,
        at_once=settings.model_at_once,
    )
    budget = Budget(settings.home, settings.model_daily_dollars, settings.model_daily_tokens)
    wishes = Wishes(context_tokens=settings.model_tokens)
    return CalledModel(address, opener(address, wishes), limits, budget)


def chat_of(
    settings: Settings, wording: Wording, gate: Judge, authors: frozenset[str]
) -> Chat | None:
    """A chat model with what writes and asks with it; None where none is set.

    Args:
        settings: name the model.
        wording: has the heading over what the model leaves out.
        gate: what every statement has to pass.
        authors: family names of authors, whom a title does not make private persons.

    Raises:
        ConfigurationError: the setting names no model that can be.
        PromptError: a prompt cannot be used.
    """
    if not settings.model:
        return None
    writer = writer_of(settings)
    prompts = read_prompts(settings.prompts)
    judge = gate
    if settings.entailment_model:
        folder = Path(settings.entailment_model).expanduser()
        judge = WithEntailment(judge, FolderEntails(folder))
    if settings.judge_model:
        second = writer_of(settings, settings.judge_model, settings.judge_base_url)
        judge = WithSecondModel(judge, second, prompts["judge.md"])
    heading = wording.text("left_out_heading")
    generator = (
        Generator(writer, judge, prompts, heading, tokens=settings.model_tokens, authors=authors)
        if settings.model_write
        else None
    )
    jobs = Jobs(settings.model_rewrite, settings.model_widen, settings.model_read_closely)
    asker = Asker(writer, prompts, jobs, tokens=settings.model_tokens) if jobs != Jobs() else None
    return Chat(generator, asker, asked_at(writer))


def varier_of(settings: Settings, writer: Writer) -> StoryVarier:
    """What rewords the stories of exercises with a chat model.

    Args:
        settings: name the folder of the prompts.
        writer: the model; one that is shared with answers counts against the same limits.

    Raises:
        PromptError: the prompt cannot be used.
    """
    return StoryVarier(writer, read_prompt(settings.prompts, "vary.md"))


def asked_at(writer: Writer) -> Address | None:
    """Where what is asked of a model goes; None where it may not be asked."""
    return None if isinstance(writer, ForbiddenModel) else writer.address
