"""``doctor``: looks at everything that has to be in order, and says what to do where it is not."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import typer

from assistant.cli.options import JsonOption, settings_of
from assistant.cli.output import put, put_json, wrapped
from assistant.errors import AssistantError

if TYPE_CHECKING:
    from assistant.settings import Settings

PACKAGE = "peer-support-assistant"
OLDEST_PYTHON = (3, 11)
ROOM_NEEDED, ROOM_ADVISED = 50_000_000, 500_000_000


@dataclass(frozen=True)
class Check:
    """What was looked at, how it stands, and what to do."""

    name: str
    status: Literal["ok", "warn", "fail"]
    message: str
    hint: str = ""


def add_to(app: typer.Typer) -> None:
    """Put the command of this module into the application."""
    app.command("doctor", epilog="Example: peer-support doctor --json")(doctor)


def doctor(ctx: typer.Context, as_json: JsonOption = False) -> None:
    """Check that everything the program needs is in order. Ends with 1 when something is not."""
    checks = list(_all_checks(ctx))
    ok = all(check.status != "fail" for check in checks)
    if as_json:
        put_json({"ok": ok, "checks": [asdict(check) for check in checks]})
    else:
        for check in checks:
            put(wrapped(f"{check.name}: {check.message}", f"{check.status:<6}"))
            if check.hint:
                put(wrapped(check.hint, " " * 6))
    if not ok:
        raise typer.Exit(1)


def _all_checks(ctx: typer.Context) -> Iterator[Check]:
    yield from _guarded("python", _python)
    yield from _guarded("packages", _packages)
    yield from _guarded("variables", _variables)
    try:
        settings = settings_of(ctx)
    except AssistantError as error:
        yield Check("settings", "fail", error.message, error.hint)
        return
    yield Check("settings", "ok", "can be read")
    looks: dict[str, Callable[[Settings], Iterator[Check]]] = {
        "home": _home,
        "library": _library,
        "prompts": _prompts,
        "model": _model,
        "chat model": _chat_model,
        "index": _index,
        "documents": _documents,
    }
    for name, look in looks.items():
        yield from _guarded(name, lambda look=look: look(settings))  # type: ignore[misc]


def _guarded(name: str, look: Callable[[], Iterator[Check]]) -> Iterator[Check]:
    """The checks of one kind; whatever breaks while looking is a finding too."""
    try:
        yield from look()
    except AssistantError as error:
        yield Check(name, "fail", error.message, error.hint)
    except Exception as error:
        message = " ".join(f"could not be checked ({type(error).__name__}: {error})".split())
        yield Check(name, "fail", message, "Reinstall the program: make setup")


# ---------------------------------------------------------------- the program


def _python() -> Iterator[Check]:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] < OLDEST_PYTHON:
        yield Check("python", "fail", version, "Install Python 3.11 or later.")
    else:
        yield Check("python", "ok", version)


def _packages() -> Iterator[Check]:
    from packaging.requirements import Requirement

    wrong = []
    wanted = [Requirement(line) for line in metadata.requires(PACKAGE) or ()]
    needed = [r for r in wanted if r.marker is None or r.marker.evaluate({"extra": ""})]
    for requirement in needed:
        try:
            held = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            wrong.append(f"{requirement.name} is missing")
            continue
        if not requirement.specifier.contains(held, prereleases=True):
            wrong.append(f"{requirement.name} is {held}, needed {requirement.specifier}")
    if wrong:
        yield Check("packages", "fail", "; ".join(wrong), "Run: make setup")
    else:
        yield Check("packages", "ok", f"all {len(needed)} are there and fit")


def _variables() -> Iterator[Check]:
    from assistant.cli.choices import nearest
    from assistant.settings import PREFIX, Settings, unknown_variables

    unknown = unknown_variables()
    if not unknown:
        yield Check("variables", "ok", f"every {PREFIX}… variable that is set is known")
    known = [PREFIX + name.upper() for name in Settings.model_fields]
    for name in unknown:
        close = nearest(name, known, count=1)
        hint = f"Did you mean {close[0]}?" if close else "Unset it: nothing reads it."
        yield Check("variables", "warn", f"{name} matches no setting and is ignored", hint)


# ---------------------------------------------------------------- what it works with


def _home(settings: Settings) -> Iterator[Check]:
    home = settings.home
    place = next(path for path in (home, *home.absolute().parents) if path.exists())
    elsewhere = "Set PEER_SUPPORT_HOME to a folder that you may write to."
    if not place.is_dir():
        yield Check("home", "fail", f"{place} is not a folder", elsewhere)
        return
    if not _writable(place, probe=place == home):
        yield Check("home", "fail", f"{place} cannot be written to", elsewhere)
        return
    free = shutil.disk_usage(place).free
    room = f"{free / 1e9:.1f} GB free"
    if free < ROOM_NEEDED:
        yield Check("home", "fail", f"{place}: {room}", "Free about 200 MB.")
    elif free < ROOM_ADVISED:
        yield Check("home", "warn", f"{place}: {room}", "Free some room: an index needs 200 MB.")
    else:
        yield Check("home", "ok", f"{home} can be written to, {room}")


def _writable(folder: Path, probe: bool) -> bool:
    """Whether files can be made in a folder; tried where ``probe`` says so, asked elsewhere."""
    if not probe:
        return os.access(folder, os.W_OK | os.X_OK)
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _library(settings: Settings) -> Iterator[Check]:
    from assistant.corpus import check_library, read_library

    library = read_library(settings.corpus)
    held = f"{len(library.sources):,} sources, {len(library.notes):,} notes"
    faults = check_library(settings.corpus)
    if faults:
        message = f"{held}; {len(faults)} faults that mislead but break nothing"
        yield Check("library", "warn", message, "See: peer-support library check")
    else:
        yield Check("library", "ok", f"{held}, no faults")


def _prompts(settings: Settings) -> Iterator[Check]:
    from assistant import prompts
    from assistant.wording import read_wording

    rules = prompts.load_screening(settings.prompts)
    prompts.load_messages(settings.prompts)
    read_wording(settings.prompts)
    unchecked = prompts.load_signposts(settings.prompts).unchecked()
    if unchecked:
        names = list(dict.fromkeys(unchecked))
        message = f"{len(names)} signposts were never compared with their pages"
        yield Check("prompts", "warn", message, f"Check them: {'; '.join(names)}.")
    else:
        yield Check("prompts", "ok", f"messages, signposts and {len(rules.rules)} rules are valid")


def _model(settings: Settings) -> Iterator[Check]:
    from assistant.embedding import bundled_model_folder, check_weights

    if settings.embedding_model != "bundled":
        folder = Path(settings.embedding_model).expanduser()
        if folder.is_dir():
            yield Check("model", "ok", f"{folder} is there; its weights were not checked")
        else:
            hint = "Set PEER_SUPPORT_EMBEDDING_MODEL to a folder with a model, or unset it."
            yield Check("model", "fail", f"there is no folder {folder}", hint)
        return
    check_weights(bundled_model_folder())
    yield Check("model", "ok", "the embedding weights are the published ones")


def _chat_model(settings: Settings) -> Iterator[Check]:
    """Asks the chat model for one word; says nothing where none is set."""
    if not settings.model:
        yield Check("chat model", "ok", "none is set; answers come from the library's own words")
        return
    from assistant.assembly.chat import writer_of
    from assistant.chat_models.trying import try_model

    found = try_model(writer_of(settings), settings.model_tokens)
    # Without the model every question still has its answer: that is no failure of the program.
    yield Check("chat model", "ok" if found.ok else "warn", found.message, found.hint)
    yield _gate()


def _gate() -> Check:
    """Whether the gate reads evidence and statement together; told where a chat model is set."""
    from assistant.larger_model import REQUIREMENTS, installed_parts

    if installed_parts() is not None:
        return Check("gate", "ok", "reads evidence and statement together, by the larger model")
    message = "goes by the smaller model, and keeps back more true statements"
    return Check("gate", "ok", f"{message}; with {REQUIREMENTS} installed it keeps back fewer")


def _index(settings: Settings) -> Iterator[Check]:
    from assistant.cli.index import state

    found = state(settings)
    if found["fits"]:
        yield Check("index", "ok", f"{found['index_id']} fits the library")
    elif not found["present"]:
        hint = "Run: peer-support index build (the first question does it otherwise)"
        yield Check("index", "warn", str(found["problem"]), hint)
    else:
        yield Check("index", "fail", str(found["problem"]), str(found["hint"]))


def _documents(settings: Settings) -> Iterator[Check]:
    """Documents that were added: every stored text is read back."""
    from contextlib import closing

    from assistant.documents.store import FILE, DocumentStore, documents_folder

    if not (documents_folder(settings.home) / FILE).exists():
        yield Check("documents", "ok", "none were added")
        return
    with closing(DocumentStore(settings.home)) as store:
        for document in store.documents():
            store.text(document.id)
        documents, passages = store.counts()
    yield Check("documents", "ok", f"{documents:,} added, with {passages:,} passages")
