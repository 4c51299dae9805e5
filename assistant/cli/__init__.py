"""The command line: reads arguments, calls the parts, prints. No logic about answers lives here.

Results go to standard output, messages and progress to standard error. ``main`` is the edge where
errors become one or two lines and an exit code: 0 done, 1 failed, 2 wrong call, 130 interrupted.
Modules of this package import what is heavy inside their commands, so that ``--help`` is quick.
"""

from __future__ import annotations

import sqlite3
import sys
import traceback
from collections.abc import Sequence
from typing import TYPE_CHECKING

from assistant.cli.output import Stopped, complain, discard_stdout, note, prepare_streams
from assistant.errors import AssistantError

if TYPE_CHECKING:
    import typer

PROGRAM = "peer-support"
INTERRUPTED = 130
_WITH_VALUE = ("--home", "--corpus")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code."""
    args = hoisted(sys.argv[1:] if argv is None else argv)
    debug = bool(args) and args[0] == "--debug"
    prepare_streams()
    try:
        code = _run(args)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader of our output went away, which is its right.
        discard_stdout()
        return 1
    except Stopped as stop:
        note(str(stop))
        return INTERRUPTED
    except KeyboardInterrupt:
        note("Stopped.")
        return INTERRUPTED
    except Exception as error:
        if debug:
            traceback.print_exc()
            return error.exit_code if isinstance(error, AssistantError) else 1
        return _explained(error)
    if code == INTERRUPTED:
        note("Stopped.")
    return code


def hoisted(argv: Sequence[str]) -> list[str]:
    """The arguments with global options in front, wherever they were written; ``--debug`` first."""
    front: list[str] = []
    rest: list[str] = []
    words = list(argv)
    debug = False
    while words:
        word = words.pop(0)
        if word == "--":
            rest += [word, *words]
            break
        if word == "--debug":
            debug = True
        elif word in _WITH_VALUE and words:
            front += [word, words.pop(0)]
        elif word.startswith(tuple(f"{name}=" for name in _WITH_VALUE)):
            front.append(word)
        else:
            rest.append(word)
    return (["--debug"] if debug else []) + front + rest


def _run(args: list[str]) -> int:
    import typer

    command = typer.main.get_command(build_app())
    try:
        command.main(args, prog_name=PROGRAM)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


def build_app() -> typer.Typer:
    """The whole command line as one typer application."""
    from assistant.cli import (
        ask,
        brief,
        chat,
        check_guidance,
        checklist,
        doctor,
        evaluate,
        export,
        gaps,
        index,
        library,
        options,
        ratings,
        readiness,
        scenario,
        serve,
        users,
        verification,
        web,
    )

    app = options.new_app(
        "Answers practical questions about mental health peer support, with sources you can check.",
        example='peer-support ask "Who should supervise me?"',
    )
    app.callback()(options.global_options)
    for module in (ask, chat, export, verification, web, serve, evaluate, doctor):
        module.add_to(app)
    for module in (checklist, check_guidance, readiness, scenario):
        module.add_to(app)
    for module in (library, brief, gaps, ratings, index, users):
        module.add_to(app)
    return app


def _explained(error: Exception) -> int:
    """Say in one or two lines what went wrong; the exit code."""
    if isinstance(error, AssistantError):
        complain(error.message, error.hint)
        return error.exit_code
    if isinstance(error, OSError) and error.filename is not None:
        complain(
            f"{error.filename} cannot be used: {error.strerror or error}.",
            "Check that path and its rights.",
        )
        return 1
    if isinstance(error, sqlite3.Error):
        complain(
            f"The folder of the index cannot be used: {error}.",
            "Run: peer-support doctor",
        )
        return 1
    complain(
        f"This is a fault in the program ({type(error).__name__}: {error});"
        " run again with --debug to see where."
    )
    return 1
