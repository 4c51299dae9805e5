"""The assistant as a langchain runnable, for people who build chains of their own.

    assistant = AssistantRunnable(assistant=Assistant.open())
    answer = assistant.invoke("Who should supervise me?")
    chain = assistant | (lambda answer: answer.model_dump(mode="json"))

It answers as ``Assistant.ask`` does: screened, cited, checked. ``stream`` gives the answer, which
is whole or not at all; what is told on the way to it reaches callbacks and ``astream_events`` as
custom events: "stage" as a step begins, "statement" for what a chat model wrote and passed.
Tracing that is switched on in langchain sends questions to where it points.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from langchain_core.callbacks import CallbackManagerForChainRun, dispatch_custom_event
from langchain_core.runnables import RunnableConfig, RunnableSerializable
from pydantic import ConfigDict

from assistant.assembly import Assistant
from assistant.parts.asking import answered
from assistant.parts.records import AskInput, read_call
from assistant.schema import Answer, Filters, Statement, User

STAGE = "stage"
"""Name of the custom event that tells a step; its data are ``{"stage": name}``."""
STATEMENT = "statement"
"""Name of the custom event that tells a statement; its data are those of ``schema.Statement``. The
answer may still end without it."""


class AssistantRunnable(RunnableSerializable[str | AskInput | Mapping[str, Any], Answer]):
    """Answers a question: text, an ``AskInput``, or a mapping with its fields.

    ``filters`` and ``user`` stand for calls that bring none of their own; both can be made
    configurable (``configurable_fields``).
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    assistant: Assistant
    filters: Filters | None = None
    user: User | None = None
    name: str | None = "peer_support_assistant"

    @property
    def InputType(self) -> Any:
        """What it takes."""
        return str | AskInput

    @property
    def OutputType(self) -> type[Answer]:
        """What it gives."""
        return Answer

    def invoke(
        self,
        input: str | AskInput | Mapping[str, Any],
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> Answer:
        """Answer one question.

        Raises:
            UsageError: the question is empty or too long, a filter is not known, or the input has
                another form.
        """
        return self._call_with_config(self._answered, input, config, run_type="chain", **kwargs)

    def _answered(
        self,
        given: str | AskInput | Mapping[str, Any],
        run_manager: CallbackManagerForChainRun,
        config: RunnableConfig,
    ) -> Answer:
        def stage(name: str) -> None:
            dispatch_custom_event(STAGE, {"stage": name}, config=config)

        def say(statement: Statement) -> None:
            dispatch_custom_event(STATEMENT, statement.model_dump(mode="json"), config=config)

        return answered(self.assistant, self._call(given), stage, say)

    def _call(self, given: str | AskInput | Mapping[str, Any]) -> AskInput:
        if isinstance(given, AskInput):
            call = given
        else:
            call = read_call(AskInput, {"question": given} if isinstance(given, str) else given)
        own = {"filters": self.filters, "user": self.user}
        unset = {name: value for name, value in own.items() if getattr(call, name) is None}
        return call.model_copy(update=unset)
