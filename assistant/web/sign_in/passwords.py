"""Passwords: which are good enough, and argon2id hashes of them.

An unknown name costs as much time as a known one: its password is held against a hash that no
password fits.
"""

from __future__ import annotations

import importlib
import secrets
import unicodedata
from functools import cache
from typing import Any

from assistant.errors import ConfigurationError, UsageError
from assistant.web.sign_in.people import key_of

SHORTEST, LONGEST = 12, 256
FEWEST_DIFFERENT = 5


def checked_password(password: str, name: str) -> str:
    """A password that may be set for a name. Length counts; there are no rules on kinds of signs.

    Raises:
        UsageError: it is too short or long, repeats few signs, or is the name.
    """
    if len(password) < SHORTEST:
        raise UsageError(
            f"A password needs at least {SHORTEST} characters.", "Three or four words do well."
        )
    if len(password) > LONGEST:
        raise UsageError(f"A password has at most {LONGEST} characters.")
    if len(set(password)) < FEWEST_DIFFERENT or key_of(name) in {
        key_of(password),
        key_of(password[: len(password) // 2]),
    }:
        raise UsageError("This password is too easy to guess.", "Three or four words do well.")
    return password


def hashed(password: str) -> str:
    """The argon2id hash of a password, with its salt and cost in it.

    Raises:
        ConfigurationError: the package is missing.
    """
    return str(_hasher().hash(_plain(password)))


def matches(known: str | None, password: str) -> bool:
    """Whether a password fits a hash. None, for a name that nobody has, takes the same time.

    Raises:
        ConfigurationError: the package is missing.
    """
    if len(password) > LONGEST:
        password, known = password[:LONGEST], None
    try:
        return bool(_hasher().verify(known or _nobodys(), _plain(password))) and known is not None
    except _package().exceptions.Argon2Error:
        return False
    except _package().exceptions.InvalidHashError:
        return False


def outdated(known: str) -> bool:
    """Whether a hash was made at another cost than is used now."""
    return bool(_hasher().check_needs_rehash(known))


def warm() -> None:
    """Make what a first try would otherwise wait for.

    Raises:
        ConfigurationError: the package is missing.
    """
    _nobodys()


def _plain(password: str) -> str:
    # The same letters come in two forms from different keyboards.
    return unicodedata.normalize("NFC", password)


@cache
def _package() -> Any:
    try:
        importlib.import_module("argon2.exceptions")
        return importlib.import_module("argon2")
    except ImportError as error:
        raise ConfigurationError(
            "Signing in with passwords needs the package argon2-cffi.",
            "Run: pip install 'peer-support-assistant[team]'",
        ) from error


@cache
def _hasher() -> Any:
    # The second recommended option of RFC 9106: 64 MiB, 3 rounds, 4 lanes.
    return _package().PasswordHasher()


@cache
def _nobodys() -> str:
    return hashed(secrets.token_urlsafe(32))
