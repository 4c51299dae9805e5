"""``chat``: a conversation in the terminal, or over a pipe, one question a line."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli.ask import (
    LONGEST_INPUT,
    CollectionOption,
    checked_question,
    decoded,
    show_answer,
)
from assistant.cli.choices import filters_of, user_of
from assistant.cli.options import opened, settings_of
from assistant.cli.output import complain, note, put, put_json, wrapped
from assistant.cli.writing import Listening
from assistant.errors import AssistantError, UsageError

if TYPE_CHECKING:
    from assistant.assembly import Assistant
    from assistant.schema import Answer, Citation, Filters, Turn, User

HELP = (
    "/new starts afresh, /sources shows what the last answer cites, "
    "/save FILE keeps the last answer (.json or .md), /quit ends."
)


def add_to(app: typer.Typer) -> None:
    """Put the command of this module into the application."""
    app.command("chat", epilog="Example: peer-support chat --user manager")(chat)


def chat(
    ctx: typer.Context,
    user: Annotated[
        str | None, typer.Option(help="Who asks: psw, manager or trainer.", metavar="USER")
    ] = None,
    collection: CollectionOption = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print each answer as JSON on one line.")
    ] = False,
) -> None:
    """Talk with the assistant; later questions may lean on earlier ones. Nothing is kept.

    /new starts afresh, /sources shows what the last answer cites, /save FILE keeps the last answer
    as JSON or Markdown, /quit ends.
    """
    asker = user_of(user)
    filters = filters_of(ctx, collection=collection or ())
    longest = settings_of(ctx).max_question_chars
    with opened(ctx) as assistant:
        talk = Talk(assistant, asker, longest, as_json, filters)
        if sys.stdin is not None and sys.stdin.isatty():
            note(HELP)
        for line in lines():
            if not talk.hear(line):
                break


class Talk:
    """A conversation: what was asked so far, and the last answer."""

    def __init__(
        self,
        assistant: Assistant,
        user: User | None,
        longest: int,
        as_json: bool,
        filters: Filters | None = None,
    ) -> None:
        self._assistant = assistant
        self._user = user
        self._longest = longest
        self._as_json = as_json
        self._filters = filters
        self._turns: list[Turn] = []
        self._last: Answer | None = None

    def hear(self, line: bytes | str) -> bool:
        """Act on one line; False when the conversation is over."""
        try:
            text = (decoded(line) if isinstance(line, bytes) else line).strip()
            if text.startswith("/"):
                return self._command(text)
            if text:
                self._ask(text)
        except AssistantError as error:
            # One question that cannot be asked does not end the conversation.
            complain(error.message, error.hint)
        return True

    def _ask(self, text: str) -> None:
        from assistant.schema import Turn

        question = checked_question(text, self._longest)
        first = not self._turns
        with Listening(self._assistant.chat_model, say_where=first) as listening:
            answer = self._assistant.ask(
                question,
                history=tuple(self._turns),
                filters=self._filters,
                user=self._user,
                stage=listening.stage,
                say=listening.say,
                cancel=listening.cancel,
            )
        self._turns.append(Turn(question=question, outcome=answer.outcome))
        self._last = answer
        if self._as_json:
            put_json(answer.model_dump(mode="json"), indent=None)
        else:
            show_answer(answer)
            put()
        sys.stdout.flush()

    def _command(self, text: str) -> bool:
        name, _, rest = text.partition(" ")
        if name == "/quit":
            return False
        if name == "/new":
            self._turns, self._last = [], None
            note("A new conversation.")
        elif name == "/sources":
            self._sources()
        elif name == "/save":
            self._save(rest.strip())
        else:
            note(HELP if name == "/help" else f"There is no {name}. {HELP}")
        return True

    def _answer(self) -> Answer:
        if self._last is None:
            raise UsageError("There is no answer yet.", "Ask something first.")
        return self._last

    def _sources(self) -> None:
        from assistant.presentation.plan import plan

        answer = self._answer()
        # What is not shown under an answer is not a source of it.
        cited = plan(answer).citations
        if self._as_json:
            put_json([citation.model_dump(mode="json") for citation in cited], indent=None)
        elif cited:
            put("\n\n".join(in_full(citation) for citation in cited) + "\n")
        else:
            note("The last answer cites nothing.")
        sys.stdout.flush()

    def _save(self, name: str) -> None:
        from assistant.presentation import answer_to_markdown

        answer = self._answer()
        path = Path(name).expanduser()
        if path.suffix == ".json":
            text = answer.model_dump_json(indent=2) + "\n"
        elif path.suffix == ".md":
            text = answer_to_markdown(answer)
        else:
            raise UsageError(
                "The name must end in .json or .md.", "For example: /save supervision.md"
            )
        try:
            with path.open("x", encoding="utf-8") as stream:
                stream.write(text)
        except FileExistsError as error:
            raise UsageError(f"{path} is there already.", "Choose another name.") from error
        except OSError as error:
            raise UsageError(
                f"{path} could not be written ({error.strerror}).", "Choose another place."
            ) from error
        note(f"Saved to {path}.")


def lines() -> Iterator[bytes | str]:
    """What is typed or piped in, line by line, until it ends."""
    if sys.stdin is None:
        return
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        # One byte more than may be read, so that a longer line is seen to be too long.
        while data := sys.stdin.buffer.readline(LONGEST_INPUT + 1):
            yield data
        return
    while True:
        try:
            yield input("> ")
        except EOFError:
            return
        except UnicodeDecodeError:
            complain("That was not UTF-8 text.", "Type it again.")


def in_full(citation: Citation) -> str:
    """A citation with its text, its place, and what is known of the source."""
    from assistant.presentation.words import (
        BASIS_WORDS,
        KIND_WORDS,
        STANDS_AS_WORDS,
        STATUS_WORDS,
        WHO_WORDS,
        country,
        full_reference,
        link,
    )

    facts = [
        STATUS_WORDS[citation.status],
        KIND_WORDS[citation.kind],
        country(citation.jurisdiction),
        WHO_WORDS[citation.who_speaks],
        STANDS_AS_WORDS[citation.stands_as],
        f"read {BASIS_WORDS[citation.basis]}",
        f"checked {citation.checked:%Y-%m-%d}",
    ]
    lead = f"[{citation.n}] "
    pad = " " * len(lead)
    found = [
        wrapped(full_reference(citation), lead),
        wrapped(f"{citation.evidence_id}: {citation.text}", pad),
        wrapped(f"Our own reading: {citation.our_reading}", pad) if citation.our_reading else "",
        wrapped(f"{citation.locator}. {'; '.join(facts)}.", pad),
        pad + link(citation.url, citation.doi),
    ]
    return "\n".join(line for line in found if line.strip())
