"""Reads how people sign in, and refuses to listen where anybody could reach what is asked.

Checked before anything is loaded: a wrong setting costs a second and not a minute.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from assistant.errors import ConfigurationError
from assistant.parts.loopback import address_of, is_loopback
from assistant.settings import Settings
from assistant.web.sign_in import openid, passwords
from assistant.web.sign_in.door import Door, Networks, PasswordWay, ProxyWay, Way
from assistant.web.sign_in.people import Accounts
from assistant.web.sign_in.sessions import Sessions

_DOCS = "See docs/for-a-team.md."


@dataclass(frozen=True)
class Public:
    """The address that people type: the name of its host, and whether it is encrypted."""

    address: str
    host: str
    https: bool


def public_of(settings: Settings) -> Public | None:
    """The public address; None where none is set.

    Raises:
        ConfigurationError: it is no address of a server.
    """
    given = settings.public_address.strip().rstrip("/")
    if not given:
        return None
    try:
        parts = urlsplit(given)
        host, extra = parts.hostname, parts.path or parts.query or parts.fragment or parts.username
        _ = parts.port
    except ValueError:
        host, extra = None, None
    if not host or extra or parts.scheme not in {"http", "https"}:
        raise ConfigurationError(
            f"The setting public_address is no address of a server: {given}",
            "Write it as people type it, without a path: https://peers.example.nhs.uk",
        )
    return Public(f"{parts.scheme}://{parts.netloc.lower()}", host, parts.scheme == "https")


def check(settings: Settings) -> None:
    """Refuse what would be unsafe, or could let nobody in.

    Raises:
        ConfigurationError: says what, and what to do.
    """
    public = public_of(settings)
    here = is_loopback(settings.host) and (public is None or is_loopback(public.host))
    if not settings.sign_in:
        if not here:
            raise ConfigurationError(
                "The page may not be reached from other computers before sign-in is set up:"
                " anybody there could read and change what you added.",
                "Set PEER_SUPPORT_SIGN_IN to passwords, proxy or openid, or leave out --host and"
                f" public_address. {_DOCS}",
            )
        return
    if not here:
        _check_outside(settings, public)
    _networks(settings)
    if settings.sign_in == "passwords":
        passwords.warm()
        if not Accounts(settings.home).all():
            raise ConfigurationError(
                "Nobody could sign in yet: no person has been added.",
                "Add the first one: peer-support users add NAME --editor",
            )
    elif settings.sign_in == "proxy":
        if not settings.proxy_header.strip():
            raise ConfigurationError(
                "The setting proxy_header is empty.", "Name the header that your proxy sets."
            )
    else:
        openid.check(settings)


def warnings(settings: Settings) -> list[str]:
    """What somebody who starts the page should be told, loudly."""
    public = public_of(settings)
    if public and not public.https and not is_loopback(public.host):
        return [
            "WARNING: what people ask, and their passwords, travel unencrypted to"
            f" {public.address}. Anybody on the network between can read them."
        ]
    return []


def opened(settings: Settings) -> Door | None:
    """The door that the settings describe; None where everybody on this computer may come in.

    Raises:
        ConfigurationError: as ``check``.
    """
    check(settings)
    if not settings.sign_in:
        return None
    public = public_of(settings)
    sessions = Sessions(settings.sign_in_idle_minutes * 60, settings.sign_in_hours * 3600)
    return Door(
        way=_way(settings),
        sessions=sessions,
        secure=bool(public and public.https),
        address=public.address if public else "",
        proxies=_networks(settings),
    )


def _way(settings: Settings) -> Way:
    if settings.sign_in == "passwords":
        return PasswordWay(Accounts(settings.home))
    if settings.sign_in == "proxy":
        return ProxyWay(settings.proxy_header.strip(), _networks(settings), settings.editors)
    return openid.OpenIdWay(openid.client_of(settings))


def _check_outside(settings: Settings, public: Public | None) -> None:
    if public is None:
        raise ConfigurationError(
            f"The page listens on {settings.host} but does not know the address that people type.",
            f"Set PEER_SUPPORT_PUBLIC_ADDRESS, such as https://peers.example.nhs.uk. {_DOCS}",
        )
    if not public.https and not settings.insecure_http:
        raise ConfigurationError(
            f"{public.address} is not encrypted: passwords and questions could be read on the way.",
            "Put a server with TLS before the page and use its https address; or, on a network of"
            f" your own, set PEER_SUPPORT_INSECURE_HTTP=true. {_DOCS}",
        )


def _networks(settings: Settings) -> Networks:
    try:
        return tuple(
            ipaddress.ip_network(address, strict=False) for address in settings.proxy_addresses
        )
    except ValueError as error:
        raise ConfigurationError(
            f"The setting proxy_addresses cannot be used: {error}.",
            "Write addresses or networks, such as 127.0.0.1 or 10.0.0.0/8.",
        ) from error


def start_address(settings: Settings, host: str, port: int) -> str:
    """The address to tell whoever starts the page."""
    public = public_of(settings)
    return f"{public.address if public else address_of(host, port)}/"
