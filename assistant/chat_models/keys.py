"""Finds a provider's key, and takes keys out of texts.

From the provider's usual variable, else from the system's keyring where the package ``keyring`` is
installed. A key is a ``SecretStr`` from here on: neither printing nor logging shows it. Nothing
here writes a key anywhere.
"""

from __future__ import annotations

import importlib
import os
import re

from pydantic import SecretStr

from assistant.chat_models.records import Address, ChatModelError

SERVICE = "peer-support"
VARIABLES = {
    "openai": "OPENAI_API_KEY",
    "anthropic": "ANTHROPIC_API_KEY",
    "ollama": "OLLAMA_API_KEY",
}
"""Where providers' own tools look for a key."""
_LOOKS_LIKE_A_KEY = re.compile(
    r"""(?ix)
    (?: \b(?:sk|pk|rk|gsk|hf|xai|key|api)[-_][a-z0-9][a-z0-9_\-*.]{5,}
      | \bAIza[a-z0-9_\-]{8,}
      | \bbearer\s+\S+
      | \b(?:api[-_ ]?key|token|authorization|password)\s*[=:]\s*(?:b\w+\s+)?\S+
      | \b(?=[a-z0-9_\-]*\d)(?=[a-z0-9_\-]*[a-z])[a-z0-9_\-]{32,}\b
    )"""
)


def key_for(address: Address) -> SecretStr | None:
    """The key for an address; None where there is none and none is needed.

    A provider's own server needs one. Another server may: it gets the key where there is one. For
    this machine the keyring is left alone, since looking may make it ask for a password.

    Raises:
        ChatModelError: "no_key": a key is needed and missing, or what is there cannot be one.
    """
    if address.provider not in VARIABLES:
        return None
    variable = VARIABLES[address.provider]
    found = os.environ.get(variable, "").strip()
    if not found and not address.local:
        found = (_from_keyring(address.provider) or "").strip()
    if found and not (found.isascii() and found.isprintable() and " " not in found):
        raise ChatModelError(
            "no_key",
            f"What stands in {variable} or the keyring is no key: it holds spaces or odd signs.",
            "Copy the key anew from the provider's page.",
        )
    if found:
        return SecretStr(found)
    if address.base_url:
        return None
    raise ChatModelError(
        "no_key",
        f"There is no key for {address.host}.",
        f"Set {variable}, or keep the key in the system's keyring: pip install keyring, then"
        f" keyring set {SERVICE} {address.provider}",
    )


def _from_keyring(provider: str) -> str | None:
    try:
        keyring = importlib.import_module("keyring")
        found = keyring.get_password(SERVICE, provider)
    except Exception:
        # No package, no keyring on this system, or one that stays locked: there is no key then.
        return None
    return found if isinstance(found, str) else None


def scrub(text: str, key: SecretStr | None = None) -> str:
    """A text without the key, those in providers' variables, and whatever looks like one.

    Args:
        text: of somebody else, such as an error of a provider's package.
        key: the one in use.
    """
    known = [os.environ.get(variable, "").strip() for variable in VARIABLES.values()]
    if key is not None:
        known.append(key.get_secret_value())
    for secret in sorted(filter(None, known), key=len, reverse=True):
        text = text.replace(secret, "[key]")
    return _LOOKS_LIKE_A_KEY.sub("[key]", text)
