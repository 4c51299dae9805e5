"""Options that several commands share, and the settings that the global ones give."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from assistant.cli.output import note, put
from assistant.cli.progress import BuildProgress
from assistant.errors import ConfigurationError

if TYPE_CHECKING:
    from assistant.assembly import Assistant
    from assistant.corpus import Library
    from assistant.settings import Settings

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
CountryOption = Annotated[
    list[str] | None,
    typer.Option("--country", metavar="COUNTRY", help="Only this country; may be repeated."),
]
KindOption = Annotated[
    list[str] | None,
    typer.Option(
        "--kind", metavar="KIND", help="Only this kind of source, such as trial; may be repeated."
    ),
]
TopicOption = Annotated[
    list[str] | None,
    typer.Option(
        "--topic", metavar="TOPIC", help="Only this topic, such as supervision; may be repeated."
    ),
]
SettingOption = Annotated[
    list[str] | None,
    typer.Option(
        "--setting",
        metavar="SETTING",
        help="Only this setting, such as inpatient; may be repeated.",
    ),
]
YearFromOption = Annotated[
    int | None,
    typer.Option(min=1800, max=2100, metavar="YEAR", help="Only sources of this year or later."),
]
YearToOption = Annotated[
    int | None,
    typer.Option(min=1800, max=2100, metavar="YEAR", help="Only sources of this year or earlier."),
]


@dataclass(frozen=True)
class Given:
    """What the global options gave; None where the environment or the file decides."""

    home: Path | None = None
    corpus: Path | None = None

    def values(self) -> dict[str, Any]:
        """The options as arguments for settings, without those not given."""
        found = {"home": self.home, "corpus": self.corpus}
        return {name: path.expanduser() for name, path in found.items() if path is not None}


def new_app(about: str, example: str) -> typer.Typer:
    """A typer application in our style: plain messages, no completion options."""
    return typer.Typer(
        help=about,
        epilog=f"Example: {example}",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["--help", "-h"]},
    )


def _show_version(wanted: bool) -> None:
    if wanted:
        from assistant import __version__

        put(f"peer-support {__version__}")
        raise typer.Exit


def global_options(
    ctx: typer.Context,
    home: Annotated[
        Path | None,
        typer.Option(help="Folder for the index and other files of this program."),
    ] = None,
    corpus: Annotated[Path | None, typer.Option(help="Folder of the library.")] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show where an error arose.")] = False,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Keep the options that stand before the command."""
    ctx.obj = Given(home=home, corpus=corpus)


def given(ctx: typer.Context) -> Given:
    """What the global options gave."""
    return ctx.obj if isinstance(ctx.obj, Given) else Given()


def settings_of(ctx: typer.Context, **more: Any) -> Settings:
    """The settings of this call.

    Raises:
        ConfigurationError: a setting is wrong, or the home is no folder.
    """
    from assistant.settings import read_settings

    settings = read_settings(**given(ctx).values(), **more)
    if settings.home.exists() and not settings.home.is_dir():
        raise ConfigurationError(
            f"{settings.home} is not a folder.",
            "Set --home or PEER_SUPPORT_HOME to a folder that may be written to.",
        )
    return settings


def library_of(ctx: typer.Context) -> Library:
    """The library, read without any model.

    Raises:
        CorpusError, ConfigurationError: it is broken, or there is none.
    """
    from assistant.corpus import read_library

    return read_library(settings_of(ctx).corpus)


@contextmanager
def opened(
    ctx: typer.Context, build: Literal["missing", "never", "always"] = "missing", **more: Any
) -> Iterator[Assistant]:
    """The assistant, open; its index is built first where ``build`` says so, with progress."""
    with BuildProgress() as progress:
        from assistant.assembly import Assistant

        assistant = Assistant.open(**given(ctx).values(), **more, build=build, progress=progress)
    if progress.began:
        note("The index is ready.")
    try:
        yield assistant
    finally:
        assistant.close()
