"""``ask`` and ``search``: one question, one answer; one query, the evidence found for it."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli.choices import filters_of, user_of
from assistant.cli.options import (
    CountryOption,
    JsonOption,
    KindOption,
    SettingOption,
    TopicOption,
    YearFromOption,
    YearToOption,
    opened,
    settings_of,
)
from assistant.cli.output import colour, note, put, put_json, put_styled, width, wrapped
from assistant.cli.writing import Listening
from assistant.errors import UsageError

if TYPE_CHECKING:
    from assistant.schema import Answer, Evidence, Explanation

CollectionOption = Annotated[
    list[str] | None,
    typer.Option(
        "--collection",
        metavar="ID",
        help="Only this collection: bundled, or one of your own; may be repeated.",
    ),
]
ABOUT_WORK = (
    "If nobody is in danger and you want the answer to your question, ask it again with"
    " --nobody-in-danger: the answer then follows, with the help above it."
)
LONGEST_INPUT = 200_000
"""Bytes that are read from standard input at most."""


def add_to(app: typer.Typer) -> None:
    """Put the commands of this module into the application."""
    app.command(
        "ask", epilog='Example: peer-support ask "Who should supervise me?" --user psw --json'
    )(ask)
    app.command("search", epilog='Example: peer-support search "lone working policy" --top 5')(
        search
    )


def ask(
    ctx: typer.Context,
    question: Annotated[
        str, typer.Argument(help="What you want to know; - reads it from standard input.")
    ],
    user: Annotated[
        str | None, typer.Option(help="Who asks: psw, manager or trainer.", metavar="USER")
    ] = None,
    country: CountryOption = None,
    kind: KindOption = None,
    topic: TopicOption = None,
    setting: SettingOption = None,
    collection: CollectionOption = None,
    year_from: YearFromOption = None,
    year_to: YearToOption = None,
    nobody_in_danger: Annotated[
        bool,
        typer.Option(
            "--nobody-in-danger",
            help="Help was shown first, and nobody is in danger: ask it again.",
        ),
    ] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show what each stage did as well.")
    ] = False,
    traced: Annotated[
        str | None,
        typer.Option("--note", metavar="ID", help="With --explain: say what became of this note."),
    ] = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Answer one question, with the sources that the answer rests on."""
    if traced and not explain:
        raise UsageError("--note goes with --explain.", "Add --explain.")
    if markdown and as_json:
        raise UsageError("--markdown and --json cannot both be given.", "Leave one of them out.")
    text = checked_question(question_text(question), settings_of(ctx).max_question_chars)
    asker = user_of(user)
    filters = filters_of(
        ctx,
        country=country or (),
        kind=kind or (),
        topic=topic or (),
        setting=setting or (),
        collection=collection or (),
        year_from=year_from,
        year_to=year_to,
    )
    with opened(ctx) as assistant:
        with Listening(assistant.chat_model) as listening:
            answer = assistant.ask(
                text,
                filters=filters,
                user=asker,
                stage=listening.stage,
                say=listening.say,
                cancel=listening.cancel,
                nobody_in_danger=nobody_in_danger,
            )
        show_answer(answer, as_json=as_json, markdown=markdown)
        if answer.danger_uncertain:
            note(wrapped(ABOUT_WORK))
        if explain:
            searched = answer.standalone_question
            why = partial(assistant.explain, text, filters, traced, searched)
            _explain(answer, why, as_json or markdown)
    if answer.outcome == "failed":
        raise typer.Exit(1)


def search(
    ctx: typer.Context,
    query: Annotated[str, typer.Argument(help="What to look for; - reads it from standard input.")],
    top: Annotated[int, typer.Option(min=1, max=100, help="How many results at most.")] = 10,
    user: Annotated[
        str | None,
        typer.Option(help="Only notes for psw, manager or trainer.", metavar="USER"),
    ] = None,
    country: CountryOption = None,
    kind: KindOption = None,
    topic: TopicOption = None,
    setting: SettingOption = None,
    collection: CollectionOption = None,
    year_from: YearFromOption = None,
    year_to: YearToOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the evidence found for a query, with its score. Higher scores come first."""
    text = checked_question(question_text(query), settings_of(ctx).max_question_chars)
    filters = filters_of(
        ctx,
        country=country or (),
        kind=kind or (),
        topic=topic or (),
        setting=setting or (),
        collection=collection or (),
        user=user_of(user),
        year_from=year_from,
        year_to=year_to,
    )
    with opened(ctx) as assistant:
        found = assistant.search(text, top=top, filters=filters)
    if as_json:
        put_json([evidence.model_dump(mode="json") for evidence in found])
    elif found:
        put("\n\n".join(_evidence(evidence) for evidence in found))
    else:
        note("Nothing was found. Widen the filters or use other words.")


# ---------------------------------------------------------------- the question


def question_text(argument: str) -> str:
    """The question of the call; "-" stands for standard input.

    Raises:
        UsageError: it is not UTF-8, or standard input holds too much.
    """
    if argument == "-":
        return _from_stdin()
    try:
        # Bytes that are no UTF-8 reach Python as lone surrogates.
        argument.encode("utf-8")
    except UnicodeEncodeError as error:
        raise _not_utf8() from error
    return argument


def _from_stdin() -> str:
    if sys.stdin is None:
        raise UsageError("There is no standard input to read.", "Give the question itself.")
    if sys.stdin.isatty():
        note("Type the question, then Ctrl+D on a line of its own.")
    return decoded(sys.stdin.buffer.read(LONGEST_INPUT + 1))


def decoded(data: bytes) -> str:
    """Bytes from standard input as text.

    Raises:
        UsageError: there are too many, or they are not UTF-8.
    """
    if len(data) > LONGEST_INPUT:
        raise UsageError(
            f"Standard input holds more than {LONGEST_INPUT:,} bytes.",
            "Ask the main thing in a few sentences.",
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _not_utf8() from error


def _not_utf8() -> UsageError:
    return UsageError("The question is not UTF-8 text.", "Save or type it as UTF-8.")


def checked_question(text: str, longest: int) -> str:
    """The question, unless it plainly cannot be asked: said before anything is opened or built.

    Raises:
        UsageError: it is empty, or far longer than what is read.
    """
    if not re.search(r"\w", text):
        raise UsageError("The question is empty.", "Type what you want to know.")
    if len(text) > 4 * longest:
        raise UsageError(
            f"The question has {len(text):,} characters; {longest:,} are read.",
            "Ask the main thing in a few sentences.",
        )
    return text


# ---------------------------------------------------------------- printing


def show_answer(answer: Answer, *, as_json: bool = False, markdown: bool = False) -> None:
    """Print an answer in the form asked for."""
    from assistant.presentation import answer_to_markdown, answer_to_text

    if as_json:
        put_json(answer.model_dump(mode="json"))
    elif markdown:
        put(answer_to_markdown(answer).rstrip("\n"))
    else:
        put_styled(answer_to_text(answer, width=width(), colour=colour()))


def _evidence(evidence: Evidence) -> str:
    from assistant.presentation.words import KIND_WORDS, STATUS_WORDS, country, reference
    from assistant.schema import BUNDLED

    facts = [reference(evidence), KIND_WORDS[evidence.kind], country(evidence.jurisdiction)]
    if evidence.collection != BUNDLED:
        # What was added goes by its title: people know their own documents by that.
        facts = [evidence.title, evidence.locator, f"in {evidence.collection}", *facts[1:]]
    if evidence.status != "current":
        facts.append(STATUS_WORDS[evidence.status].upper())
    lines = [
        f"{evidence.rank}. {evidence.evidence_id}  (score {evidence.score:.2f})",
        wrapped("; ".join(facts), "   "),
        wrapped(evidence.text, "   "),
        wrapped(signals_in_words(evidence.parts), "   "),
    ]
    return "\n".join(lines)


def signals_in_words(parts: Mapping[str, float]) -> str:
    """Signals on one line: "body 0.61, ask 0.72"."""
    return ", ".join(f"{name} {value:.2f}" for name, value in parts.items())


def _explain(answer: Answer, why: Callable[[], Explanation], beside: bool) -> None:
    """Show what an answer was made from: below it, or beside a result that programs read."""
    if answer.outcome in {"signposted", "declined"} or answer.reason == "screen_failed":
        # Said apart from the answer, so that nothing stands in the way of help.
        note(f"The question was not searched for: the screen ended it ({answer.reason}).")
        return
    from assistant.presentation.explanation import explanation_to_text

    say = note if beside else put
    for line in explanation_to_text(why()):
        say(line)
