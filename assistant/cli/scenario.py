"""``scenario``, ``feedback`` and ``course-pack``: for trainers (``situations`` has its own module).

The exercise is written to a folder, a file for the facilitator and one for learners. What a person
typed freely is screened first; a topic that nobody knows is answered with the nearest ones.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli import situations
from assistant.cli.options import JsonOption, library_of, settings_of
from assistant.cli.output import note, put, put_json, wrapped
from assistant.errors import ConfigurationError, UsageError

if TYPE_CHECKING:
    from assistant.assembly.trainers import Trainers
    from assistant.chat_models.records import Address
    from assistant.corpus import Library
    from assistant.scenarios.details import Details
    from assistant.scenarios.feedback import Feedback
    from assistant.scenarios.kitchen import Varier
    from assistant.schema import Evidence, Signpost
    from assistant.settings import Settings

TopicsOption = Annotated[
    list[str],
    typer.Option("--topic", metavar="TOPIC", help="Such as self-disclosure; may be repeated."),
]
LearnersOption = Annotated[
    str, typer.Option(help="new-psw, mixed-team, supervisors or managers.", metavar="WHO")
]
MinutesOption = Annotated[int, typer.Option(help="Length, 30 to 180 minutes.")]
SettingOption = Annotated[
    str, typer.Option(help="Where the story happens, such as inpatient.", metavar="SETTING")
]
CountryOption = Annotated[
    str,
    typer.Option(help="England, or another country to see its sources beside.", metavar="COUNTRY"),
]
LevelOption = Annotated[str, typer.Option(help="starting or experienced.", metavar="LEVEL")]
DetailsOption = Annotated[
    Path | None,
    typer.Option(
        "--details",
        metavar="FILE",
        help="Your own names and place: YAML, JSON or TOML with place, service, worker, names.",
    ),
]
PlaceOption = Annotated[str, typer.Option(help="Your own words for the place of the story.")]
ServiceOption = Annotated[str, typer.Option(help="Kind of service; never a real one's name.")]
WorkerOption = Annotated[str, typer.Option(help="Another name for the peer support worker.")]
SeedOption = Annotated[int, typer.Option(help="Another number gives another exercise.")]
FormatOption = Annotated[str, typer.Option("--format", help="docx, pdf, md or json.")]
OutputOption = Annotated[
    Path | None, typer.Option("--output", metavar="DIR", help="Folder for the files.")
]
ForceOption = Annotated[bool, typer.Option("--force", help="Write over files that are there.")]


def add_to(app: typer.Typer) -> None:
    """Put the commands of this module into the application."""
    app.command(
        "scenario",
        epilog="Example: peer-support scenario --topic self-disclosure --learners new-psw"
        " --minutes 60 --format docx --output exercise/",
    )(scenario)
    app.command(
        "feedback",
        epilog="Example: peer-support feedback --situation told-over-the-toast answer.txt",
    )(feedback)
    app.command(
        "course-pack",
        epilog="Example: peer-support course-pack --topic self-disclosure --topic endings"
        " --output course/",
    )(course_pack)
    situations.add_to(app)


# ---------------------------------------------------------------- scenario


def scenario(
    ctx: typer.Context,
    topic: TopicsOption,
    learners: LearnersOption = "mixed-team",
    minutes: MinutesOption = 60,
    setting: SettingOption = "any",
    country: CountryOption = "England",
    level: LevelOption = "starting",
    details: DetailsOption = None,
    place: PlaceOption = "",
    service: ServiceOption = "",
    worker: WorkerOption = "",
    seed: SeedOption = 1,
    format_: FormatOption = "docx",
    output: OutputOption = None,
    force: ForceOption = False,
    as_json: JsonOption = False,
) -> None:
    """Make an exercise: a made-up story with decisions, questions, answers that name their sources,
    what to listen for, a debate where sources disagree, debrief and aftercare.

    Writes one file for the facilitator and one for learners, which holds no answers. The same seed
    gives the same exercise.
    """
    from assistant.scenarios.files import both_versions, exercise_files

    _check_output(format_, output, as_json)
    varier, address = _rewording(settings_of(ctx))
    trainers = _trainers(settings_of(ctx), library_of(ctx), varier)
    own = _details(details, place, service, worker)
    _help_first(trainers, (*topic, *own.texts()))
    _say_where(address)
    exercise = trainers.exercise(
        topics=topic,
        learners=learners,
        minutes=minutes,
        setting=setting,
        country=country,
        level=level,
        details=own,
        seed=seed,
    )
    files = exercise_files(exercise, format_) if output else {}
    written = _write_all(output, files, force) if output else []
    if as_json:
        put_json(both_versions(exercise) | {"files": written})
        return
    for line in exercise.notes:
        note(wrapped(line))
    put("\n".join(written))
    note(f"Another exercise on this: --seed {seed + 1}")


def _details(path: Path | None, place: str, service: str, worker: str) -> Details:
    from assistant.scenarios.details import Details, read_details, with_worker

    found = read_details(path) if path else Details()
    given = {"place": place, "service": service}
    found = found.model_copy(update={key: value for key, value in given.items() if value})
    return with_worker(found, worker) if worker else found


def _check_output(format_: str, output: Path | None, as_json: bool) -> None:
    from assistant.scenarios.files import FORMATS

    if format_ not in FORMATS:
        raise UsageError(f"There is no format called “{format_}”.", f"Known: {', '.join(FORMATS)}.")
    if output is None and not as_json:
        raise UsageError("No folder was given.", "Add --output DIR, or --json to print it.")
    if output is not None and output.exists() and not output.is_dir():
        raise UsageError(f"{output} is a file.", "Give a folder with --output.")


def _trainers(settings: Settings, library: Library, varier: Varier | None = None) -> Trainers:
    from assistant.assembly.trainers import Trainers

    return Trainers(settings, library, _finds(settings), varier=varier)


def _rewording(settings: Settings) -> tuple[Varier | None, Address | None]:
    """What rewords stories where a chat model is set, and where they go for it."""
    if not settings.model:
        return None, None
    from assistant.assembly.chat import asked_at, varier_of, writer_of

    writer = writer_of(settings)
    return varier_of(settings, writer), asked_at(writer)


def _say_where(address: Address | None) -> None:
    """Name the host before anything is sent to it."""
    if address is None:
        return
    if address.local:
        place = f" at {address.host}" if address.host else ""
        note(f"The chat model {address}{place} is on this computer: the story does not leave it.")
    else:
        note(
            wrapped(
                f"The made-up story goes to {address.host} to be reworded. Nothing that you typed"
                " goes with it."
            )
        )


def _finds(settings: Settings) -> Callable[[str], Sequence[Evidence]]:
    """What a search for some words finds; nothing where there is no index to search."""

    def search(words: str) -> Sequence[Evidence]:
        from assistant.assembly import Assistant
        from assistant.assembly.trainers import NEAR_NOTES

        with (
            contextlib.suppress(ConfigurationError),
            Assistant.from_settings(settings, build_when="never") as assistant,
        ):
            return assistant.search(words, top=NEAR_NOTES)
        return []

    return search


def _help_first(trainers: Trainers, texts: Sequence[str]) -> None:
    """Where free words speak of danger, say where help is, before anything else is said."""
    found = trainers.help_first(texts)
    if found is not None:
        lines = [*map(wrapped, found.lines), "", *map(_place_line, found.signposts), ""]
        put("\n".join(lines))


def _place_line(place: Signpost) -> str:
    return wrapped(f"{place.name}: {place.contact} ({place.hours})", "- ")


# ---------------------------------------------------------------- files


def _write_all(folder: Path, files: Mapping[str, bytes], force: bool) -> list[str]:
    """Write every file, or none where one of them is there already; their paths."""
    there = [name for name in files if (folder / name).exists()]
    if there and not force:
        raise UsageError(
            f"{folder / there[0]} is there already.", "Add --force to write over it, or --seed."
        )
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return [str(folder / name) for name in files]


# ---------------------------------------------------------------- feedback


def feedback(
    ctx: typer.Context,
    answer: Annotated[
        Path, typer.Argument(metavar="ANSWERFILE", help="The learner's answer; - reads it.")
    ],
    situation: Annotated[str, typer.Option(metavar="ID", help="The situation that it answers.")],
    about_the_story: Annotated[
        bool,
        typer.Option(
            "--about-the-story", help="The words are about the story and not about the learner."
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Tell a learner which points of the situation their own words make, which they come near or
    speak against, and what to read next. No grade and no score.

    A program compares the words, and can be wrong: a person has the last word.
    """
    text = sys.stdin.read(200_000) if str(answer) == "-" else _answer_of(ctx, answer)
    found = _feedback(ctx, situation, text, about_the_story)
    if as_json:
        put_json(found.model_dump(mode="json"))
    else:
        put("\n".join(_feedback_lines(found)))


def _answer_of(ctx: typer.Context, path: Path) -> str:
    """The text of a learner's file: plain text at once, other formats as documents are read."""
    if path.suffix.lower() in {"", ".txt", ".md"}:
        try:
            return path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            raise UsageError(f"{path} is not UTF-8 text.", "Save it as plain text.") from error
    from assistant.assembly import document_limits
    from assistant.documents.worker import ReaderProcess

    with ReaderProcess(document_limits(settings_of(ctx))) as reader:
        return "\n\n".join(block.text for block in reader.read(path).blocks)


def _feedback(ctx: typer.Context, situation: str, text: str, about_the_story: bool) -> Feedback:
    trainers = _trainers(settings_of(ctx), library_of(ctx))
    return trainers.feedback(situation, text, about_the_story=about_the_story)


def _feedback_lines(found: Feedback) -> list[str]:
    from assistant.scenarios.feedback import VERDICT_HEADINGS

    lines: list[str] = []
    if found.help:
        lines = [*map(wrapped, found.help), "", *map(_place_line, found.signposts)]
    if not found.lines:
        return lines
    lines += (
        ["", found.title, "", wrapped(found.about)]
        if lines
        else [found.title, "", wrapped(found.about)]
    )
    cited = {citation.n: citation for citation in found.citations}
    for verdict, heading in VERDICT_HEADINGS.items():
        held = [line for line in found.lines if line.verdict == verdict]
        if held:
            lines += ["", heading]
        for line in held:
            lines.append(wrapped(line.point.text, "- "))
            if line.words:
                lines.append(wrapped(f"Your words: “{line.words}”", "  "))
            for n in line.read.citations:
                url = f" {cited[n].url}" if cited[n].url else ""
                lines.append(wrapped(f"To read: {line.read.text}{url}", "  "))
    return lines


# ---------------------------------------------------------------- course pack


def course_pack(
    ctx: typer.Context,
    topic: TopicsOption,
    learners: LearnersOption = "mixed-team",
    minutes: MinutesOption = 60,
    setting: SettingOption = "any",
    country: CountryOption = "England",
    level: LevelOption = "starting",
    seed: SeedOption = 1,
    format_: FormatOption = "docx",
    output: OutputOption = None,
    force: ForceOption = False,
    as_json: JsonOption = False,
) -> None:
    """Make a course: an exercise a topic, a reading list, an outline of slides, and a form with
    which learners say how it was."""
    from assistant.scenarios.files import course_files

    _check_output(format_, output, as_json)
    varier, address = _rewording(settings_of(ctx))
    trainers = _trainers(settings_of(ctx), library_of(ctx), varier)
    _help_first(trainers, topic)
    _say_where(address)
    course = trainers.course_pack(
        topic,
        learners=learners,
        minutes=minutes,
        setting=setting,
        country=country,
        level=level,
        seed=seed,
    )
    written = _write_all(output, course_files(course, format_), force) if output else []
    if as_json:
        put_json(course.model_dump(mode="json") | {"files": written})
    else:
        put("\n".join(written))
