"""Makes langchain's chat model for an address; with ``folder_model``, what knows the providers.

Everything is imported when a model is opened, not before. Replies are as repeatable as the provider
allows: temperature 0, a fixed seed. Retrying, time limits and counting are left to ``calling``.
A request to another host than the address names is not sent, whatever the environment says.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from assistant.chat_models.connections import Connections
from assistant.chat_models.keys import key_for
from assistant.chat_models.opened import Opened, Opener, Wishes, package
from assistant.chat_models.records import Address, ChatModelError

if TYPE_CHECKING:
    from pydantic import SecretStr

SEED = 7
NO_KEY = "none"
"""Sent where a server needs no key but the package wants one."""
OWN_URLS = {"openai": "https://api.openai.com/v1", "anthropic": "https://api.anthropic.com"}


def opener(
    address: Address,
    wishes: Wishes | None = None,
    key: Callable[[Address], SecretStr | None] = key_for,
) -> Opener:
    """What opens the model at an address.

    Args:
        address: where it is.
        wishes: what is asked of every reply.
        key: finds the key, when the model is opened.
    """
    wished = wishes or Wishes()
    if address.provider == "huggingface":
        from assistant.chat_models.folder_model import folder_opener

        return folder_opener(address, wished)
    makes = {"openai": _openai, "anthropic": _anthropic, "ollama": _ollama}
    if address.provider not in makes:
        raise ChatModelError("no_package", f"There is no way to open '{address.provider}'.")

    def opening(plain: bool) -> Opened:
        return makes[address.provider](address, wished, key(address), plain)

    return opening


def _client(client: Any, address: Address, wishes: Wishes, url: str) -> tuple[Any, Connections]:
    """A client of httpx or httpx2 with connections that can be ended."""
    connections = Connections((urlsplit(url).hostname or "").lower(), address.host)
    made = client(
        base_url=url, event_hooks=connections.hooks, **_client_arguments(client, address, wishes)
    )
    return made, connections


def _client_arguments(client: Any, address: Address, wishes: Wishes) -> dict[str, Any]:
    family = importlib.import_module(client.__module__.partition(".")[0])
    return {
        "timeout": family.Timeout(wishes.read_seconds, connect=wishes.connect_seconds),
        # A proxy is how some networks reach the internet; nothing of this machine passes it.
        "trust_env": not address.local,
    }


def _openai(address: Address, wishes: Wishes, key: SecretStr | None, plain: bool) -> Opened:
    from pydantic import SecretStr

    found = package("langchain_openai", "openai")
    httpx2 = package("httpx2", "openai")
    url = address.base_url or OWN_URLS["openai"]
    client, connections = _client(httpx2.Client, address, wishes, url)
    arguments: dict[str, Any] = {
        "model": address.name,
        "api_key": key or SecretStr(NO_KEY),
        "base_url": url,
        "http_client": client,
        "openai_proxy": "",
        "max_retries": 0,
        "timeout": client.timeout,
        "cache": False,
    }
    if not plain:
        arguments |= {"temperature": 0, "seed": SEED, "stream_usage": True}
    if address.base_url:
        # Other servers know the older name of this limit, and only this of OpenAI's protocols.
        arguments |= {
            "extra_body": {"max_tokens": wishes.reply_tokens},
            "use_responses_api": False,
        }
    else:
        arguments["max_tokens"] = wishes.reply_tokens
    return Opened(found.ChatOpenAI(**arguments), _ender(connections, client.close), says_why=True)


def _anthropic(address: Address, wishes: Wishes, key: SecretStr | None, plain: bool) -> Opened:
    from pydantic import SecretStr

    found = package("langchain_anthropic", "anthropic")
    anthropic, httpx2 = package("anthropic", "anthropic"), package("httpx2", "anthropic")
    url = address.base_url or OWN_URLS["anthropic"]
    client, connections = _client(httpx2.Client, address, wishes, url)
    secret = key or SecretStr(NO_KEY)
    model = found.ChatAnthropic(
        model=address.name,
        api_key=secret,
        base_url=url,
        max_tokens=wishes.reply_tokens,
        max_retries=0,
        cache=False,
        **({} if plain else {"temperature": 0}),
    )
    # Its own client is shared by all models of the process, so that ending one would end others.
    vars(model)["_client"] = anthropic.Client(
        api_key=secret.get_secret_value(),
        base_url=url,
        http_client=client,
        max_retries=0,
        timeout=client.timeout,
    )
    return Opened(model, _ender(connections, client.close), says_why=True)


def _ollama(address: Address, wishes: Wishes, key: SecretStr | None, plain: bool) -> Opened:
    found = package("langchain_ollama", "ollama")
    httpx = package("httpx", "ollama")
    connections = Connections((urlsplit(address.base_url).hostname or "").lower(), address.host)
    headers = {"Authorization": f"Bearer {key.get_secret_value()}"} if key else {}
    model = found.ChatOllama(
        model=address.name,
        base_url=address.base_url,
        num_predict=wishes.reply_tokens,
        # Ollama leaves out the beginning of what is longer than this, and does not say so.
        num_ctx=wishes.context_tokens,
        cache=False,
        sync_client_kwargs={
            "event_hooks": connections.hooks,
            "headers": headers,
            **_client_arguments(httpx.Client, address, wishes),
        },
        **({} if plain else {"temperature": 0, "seed": SEED}),
    )
    return Opened(model, connections.end, says_why=True)


def _ender(connections: Connections, close: Callable[[], None]) -> Callable[[], None]:
    def end() -> None:
        connections.end()
        close()

    return end
