"""The people who may sign in with a password: one file in the home, written whole or not at all.

``users.json`` holds names, argon2id hashes and who may change the shared documents. Only its owner
may read it. A running server sees a change at the next request.
"""

from __future__ import annotations

import datetime as dt
import os
import stat
import tempfile
import threading
import unicodedata
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, ValidationError

from assistant.errors import ConfigurationError, UsageError

FILE = "users.json"
LONGEST_NAME = 64
LOCK_SECONDS = 10.0


@dataclass(frozen=True)
class Person:
    """Somebody who is signed in.

    Args:
        key: what tells people apart; never shown.
        name: as it is shown.
        editor: may add, change and remove shared documents.
    """

    key: str
    name: str
    editor: bool = False


class Account(BaseModel):
    """A person in the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    hash: str
    editor: bool = False
    added: dt.date


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    users: dict[str, Account] = {}


def key_of(name: str) -> str:
    """A name as it is looked up: letters of any case and width are the same."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def checked_name(name: str) -> str:
    """A name that can be shown and typed.

    Raises:
        UsageError: it is empty, too long, or holds characters that cannot be seen.
    """
    name = " ".join(unicodedata.normalize("NFC", name).split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise UsageError(
            f"A name has 1 to {LONGEST_NAME} characters that can be seen.",
            "Use what the person will type, such as amina.khan or their e-mail address.",
        )
    return name


class Accounts:
    """The file of people. Safe to use from several threads and processes.

    Args:
        home: folder that the file is in.
    """

    def __init__(self, home: Path) -> None:
        self.path = home / FILE
        self._lock = threading.Lock()
        self._seen: tuple[int, int, int, int] | None = None
        self._held: Mapping[str, Account] = {}

    def all(self) -> Mapping[str, Account]:
        """Accounts by key; read again when the file has changed.

        Raises:
            ConfigurationError: the file is broken, or others may read it.
        """
        with self._lock:
            try:
                found = self.path.stat()
            except FileNotFoundError:
                self._seen, self._held = None, {}
                return self._held
            except OSError as error:
                raise self._unusable(error.strerror or "it cannot be read") from error
            now = (found.st_mtime_ns, found.st_size, found.st_ino, found.st_mode)
            if now != self._seen:
                self._held = self._read(found.st_mode)
                self._seen = now
            return self._held

    def get(self, name: str) -> Account | None:
        """The account of a name, however it is written."""
        return self.all().get(key_of(name))

    def put(self, name: str, hashed: str, editor: bool | None = None, *, new: bool) -> Account:
        """Add a person, or change their password.

        Args:
            name: as it is shown.
            hashed: hash of their password.
            editor: may change documents; None leaves it as it was.
            new: whether the person must not be there yet, or must.

        Raises:
            UsageError: they are there already, or are not there.
            ConfigurationError: the file cannot be used.
        """
        name, key = checked_name(name), key_of(name)

        def change(held: dict[str, Account]) -> None:
            before = held.get(key)
            if new and before:
                raise UsageError(
                    f"{before.name} is there already.",
                    "To set another password: peer-support users password NAME",
                )
            if not new and before is None:
                raise _nobody(name)
            held[key] = Account(
                name=before.name if before else name,
                hash=hashed,
                editor=editor if editor is not None else bool(before and before.editor),
                added=before.added if before else dt.date.today(),
            )

        return self._changed(change)[key]

    def set_editor(self, name: str, editor: bool) -> Account:
        """Let a person change documents, or only read them.

        Raises:
            UsageError: nobody has that name.
            ConfigurationError: the file cannot be used.
        """
        key = key_of(name)

        def change(held: dict[str, Account]) -> None:
            if key not in held:
                raise _nobody(name)
            held[key] = held[key].model_copy(update={"editor": editor})

        return self._changed(change)[key]

    def remove(self, name: str) -> None:
        """Take a person out; whoever is signed in under that name is out at once.

        Raises:
            UsageError: nobody has that name.
            ConfigurationError: the file cannot be used.
        """

        def change(held: dict[str, Account]) -> None:
            if held.pop(key_of(name), None) is None:
                raise _nobody(name)

        self._changed(change)

    def rehashed(self, key: str, before: str, hashed: str) -> None:
        """Put a better hash of the same password in the place of ``before``."""

        def change(held: dict[str, Account]) -> None:
            if key in held and held[key].hash == before:
                held[key] = held[key].model_copy(update={"hash": hashed})

        self._changed(change)

    def _changed(self, change: Callable[[dict[str, Account]], None]) -> Mapping[str, Account]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(f"{self.path}.lock", timeout=LOCK_SECONDS):
                held = dict(self.all())
                change(held)
                self._write(_File(users=dict(sorted(held.items()))))
        except Timeout as error:
            raise ConfigurationError(
                f"{self.path} is being changed by another program.", "Try again in a moment."
            ) from error
        except OSError as error:
            raise self._unusable(error.strerror or "it cannot be written") from error
        return self.all()

    def _write(self, content: _File) -> None:
        """Only its owner may read it, from the first byte."""
        handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=f".{FILE}-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                stream.write(content.model_dump_json(indent=2) + "\n")
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(name, self.path)
        except BaseException:
            with suppress(OSError):
                os.unlink(name)
            raise

    def _read(self, mode: int) -> Mapping[str, Account]:
        if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
            raise ConfigurationError(
                f"{self.path} can be read by others on this computer.",
                f"Run: chmod 600 {self.path}",
            )
        try:
            content = _File.model_validate_json(self.path.read_bytes())
        except (OSError, ValidationError) as error:
            what = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
            raise self._unusable(what) from error
        if any(key_of(account.name) != key for key, account in content.users.items()):
            raise self._unusable("a name does not match its entry")
        return content.users

    def _unusable(self, what: str) -> ConfigurationError:
        return ConfigurationError(
            f"{self.path} cannot be used: {what}.",
            "Put back a good copy, or move it away and add the people again with:"
            " peer-support users add NAME",
        )


def _nobody(name: str) -> UsageError:
    return UsageError(f"Nobody here is called {name}.", "See who is: peer-support users list")
