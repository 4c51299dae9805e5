"""May a question leave this machine? The user's setting and a file for the whole machine decide.

The file is ``peer-support.toml`` in the platform's folder for settings of all users, and holds
``remote_models = false``. It can only forbid: what it forbids, no setting allows again. A file that
cannot be read or understood forbids, too.
"""

from __future__ import annotations

import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from assistant.chat_models.records import Address, ChatModelError

FILE = "peer-support.toml"
KEY = "remote_models"


@dataclass(frozen=True)
class MachineRule:
    """What the machine's file says: whether remote models are allowed, and, where it forbids them
    because it is broken, what is wrong with it."""

    allows: bool
    file: Path | None = None
    problem: str = ""


def machine_rule(folder: Path | None = None) -> MachineRule:
    """What the machine's file says; without one, remote models are allowed.

    Args:
        folder: where to look instead of the platform's folders.
    """
    for place in [folder] if folder else _folders():
        rule = _read(place / FILE)
        if not rule.allows:
            return rule
    return MachineRule(True)


def machine_allows_remote(folder: Path | None = None) -> bool:
    """Whether chat models on other machines are allowed for the users of this machine."""
    return machine_rule(folder).allows


def check_allowed(address: Address, remote_allowed: bool, folder: Path | None = None) -> None:
    """Pass only where a question may go to an address.

    Args:
        address: of the model.
        remote_allowed: the user's setting.
        folder: of the machine's file, instead of the platform's.

    Raises:
        ChatModelError: "forbidden".
    """
    if address.local:
        return
    rule = machine_rule(folder)
    if not rule.allows:
        why = f" ({rule.problem})" if rule.problem else ""
        raise ChatModelError(
            "forbidden",
            f"Chat models on other machines are forbidden on this machine by {rule.file}{why}.",
            "Use a model on this machine, or ask whoever looks after it.",
        )
    if not remote_allowed:
        raise ChatModelError(
            "forbidden",
            f"The chat model is at {address.host}, and models on other machines are switched off.",
            "Use a model on this machine, or set PEER_SUPPORT_REMOTE_MODELS=true.",
        )


def _folders() -> list[Path]:
    """The platform's folders for all users.

    On Linux platformdirs follows XDG_CONFIG_DIRS, which any user can set; the folder that it stands
    in for is therefore always looked at as well.
    """
    named = platformdirs.site_config_path("peer-support", appauthor=False)
    fixed = [] if sys.platform in {"win32", "darwin"} else [Path("/etc/xdg/peer-support")]
    return list(dict.fromkeys([*fixed, named]))


def _read(file: Path) -> MachineRule:
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return MachineRule(True)
    except (OSError, ValueError) as error:
        return MachineRule(False, file, f"it cannot be read, {type(error).__name__}")
    if odd := sorted(set(data) - {KEY}):
        # A misspelt rule must not pass for no rule.
        return MachineRule(False, file, f"it holds {odd[0]!r}, which means nothing here")
    allows = data.get(KEY, True)
    if not isinstance(allows, bool):
        return MachineRule(False, file, f"{KEY} is neither true nor false")
    return MachineRule(allows, file)
