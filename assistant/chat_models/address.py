"""Reads ``PEER_SUPPORT_MODEL`` and tells where a question would go.

Pure: nothing is looked up, opened or asked. Only what is certain counts as this machine: loopback
addresses, the name localhost, and folders. Another machine of the same network is not this machine.
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from assistant.chat_models.records import Address
from assistant.errors import ConfigurationError

HOSTS = {"openai": "api.openai.com", "anthropic": "api.anthropic.com"}
"""Where the providers' own servers are."""
OLLAMA_URL = "http://localhost:11434"
OLLAMA_CLOUD = "ollama.com"
PROVIDERS = ("ollama", "openai", "anthropic", "huggingface")
_FORMS = (
    "Use provider:name, such as ollama:llama3.2, openai:NAME, anthropic:NAME or"
    " huggingface:/folder. For any other server that speaks the OpenAI protocol, use openai:NAME"
    " and set PEER_SUPPORT_MODEL_BASE_URL."
)
_URL_FORM = "Use an address such as http://localhost:8080/v1."


def parse_address(setting: str, base_url: str = "") -> Address:
    """The address that ``provider:name`` and, where given, the address of a server stand for.

    Args:
        setting: provider, a colon, and a name, which may hold colons itself, or a folder.
        base_url: of a server that speaks the provider's protocol; empty for the provider's own.

    Raises:
        ConfigurationError: it cannot be read. The message does not repeat what was set, since a
            key may have been put there by mistake.
    """
    provider, colon, name = setting.strip().partition(":")
    provider, name = provider.strip().lower(), name.strip()
    if not colon or not provider:
        raise ConfigurationError("The chat model is not set as provider:name.", _FORMS)
    if provider not in PROVIDERS:
        shown = f" '{provider}'" if re.fullmatch(r"[a-z_]{1,20}", provider) else ""
        raise ConfigurationError(f"There is no provider{shown} of chat models.", _FORMS)
    if not name or not name.isprintable():
        raise ConfigurationError(f"No model is named after '{provider}:'.", _FORMS)
    if provider == "huggingface":
        return _folder(name, base_url)
    return _server(provider, name, base_url.strip())


def _folder(name: str, base_url: str) -> Address:
    if base_url.strip():
        raise ConfigurationError(
            "A folder with a model has no server's address.",
            "Unset PEER_SUPPORT_MODEL_BASE_URL, or use openai:NAME for a server.",
        )
    return Address("huggingface", name, "", "", True)


def _server(provider: str, name: str, base_url: str) -> Address:
    if not base_url and provider in HOSTS:
        return Address(provider, name, "", HOSTS[provider], False)
    url, host, local = _read_url(base_url or OLLAMA_URL)
    if provider == "ollama" and re.search(r"[:-]cloud$", name.lower()):
        # Ollama passes calls of these models on to its own service on the internet.
        return Address(provider, name, url, OLLAMA_CLOUD, False)
    return Address(provider, name, url, host, local)


def _read_url(base_url: str) -> tuple[str, str, bool]:
    """A server's address without a last slash, its host with the port, whether it is local."""
    parts = _split(base_url)
    if parts.scheme not in {"http", "https"}:
        raise ConfigurationError(
            "The address of the chat model's server does not begin with http:// or https://.",
            _URL_FORM,
        )
    if parts.username is not None or parts.password is not None or "@" in parts.netloc:
        raise ConfigurationError(
            "The address of the chat model's server holds a password, which would be shown.",
            "Take it out of the address, and set the provider's key variable, such as"
            " OPENAI_API_KEY.",
        )
    if parts.query or parts.fragment:
        raise ConfigurationError(
            "The address of the chat model's server holds more than a host and a path.",
            "Leave out what follows '?' or '#'.",
        )
    name = parts.hostname or ""
    shown = f"[{name}]" if ":" in name else name
    host = f"{shown}:{parts.port}" if parts.port else shown
    return f"{parts.scheme}://{host}{parts.path.rstrip('/')}", host, is_this_machine(name)


def _split(base_url: str) -> SplitResult:
    """The parts of an address whose host and port can be read."""
    try:
        parts = urlsplit(base_url)
        # Looking at the port is what checks it.
        whole = bool(parts.hostname) and (parts.port is None or parts.port > 0)
        bare = parts.netloc.rpartition("@")[2]
        if parts.scheme in {"http", "https"} and (
            not whole or bare.count(":") > 1 > bare.count("[")
        ):
            raise ValueError("no host")
    except ValueError:
        raise ConfigurationError(
            "The address of the chat model's server cannot be read.",
            f"{_URL_FORM} An IPv6 address stands in square brackets: http://[::1]:8080/v1.",
        ) from None
    if any(c.isspace() or not c.isprintable() for c in base_url):
        raise ConfigurationError(
            "The address of the chat model's server has a space in it.", _URL_FORM
        )
    return parts


def is_this_machine(host: str) -> bool:
    """Whether a host's name or address certainly is this machine."""
    name = host.lower().rstrip(".")
    if name == "localhost":
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)
