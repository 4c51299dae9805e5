"""The ways to say who somebody is, and the door that uses one of them.

With a proxy the name comes with every request. With passwords and OpenID Connect it lies in a
session, and is looked up again each time: whoever was removed is out at once.
"""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from starlette.requests import HTTPConnection
from starlette.responses import Response

from assistant.web.sign_in.claims import Claims
from assistant.web.sign_in.people import LONGEST_NAME, Accounts, Person, key_of
from assistant.web.sign_in.sessions import Session, Sessions

Networks = tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]


class Way(Protocol):
    """A way to say who somebody is. ``kind`` is the setting's word for it."""

    kind: str

    def person(self, connection: HTTPConnection, session: Session | None) -> Person | None:
        """Who asks; None for nobody known.

        Raises:
            ConfigurationError: what says so cannot be read now.
        """


class PasswordWay:
    """People in our own file."""

    kind = "passwords"

    def __init__(self, accounts: Accounts) -> None:
        self.accounts = accounts

    def person(self, connection: HTTPConnection, session: Session | None) -> Person | None:
        """Whoever the session names, as long as the file knows them by the same password."""
        if session is None:
            return None
        account = self.accounts.all().get(session.person.key)
        if account is None or account.hash != session.stamp:
            return None
        return Person(session.person.key, account.name, account.editor)


class ProxyWay:
    """A server before ours has asked already, and says who it is in one header.

    Args:
        header: its name.
        networks: where that server may be; from elsewhere the header says nothing.
        editors: keys or names of those who may change documents.
    """

    kind = "proxy"

    def __init__(self, header: str, networks: Networks, editors: Sequence[str]) -> None:
        self._header = header
        self._networks = networks
        self._editors = frozenset(map(key_of, editors))

    def person(self, connection: HTTPConnection, session: Session | None) -> Person | None:
        """Whoever the header names, once, from the right address."""
        given = connection.headers.getlist(self._header)
        if len(given) != 1 or not self._trusted(connection):
            return None
        # Headers come as Latin-1, whatever was written.
        try:
            name = given[0].encode("latin-1").decode("utf-8").strip()
        except UnicodeDecodeError:
            name = given[0].strip()
        if not name or not name.isprintable() or len(name) > 4 * LONGEST_NAME:
            return None
        key = key_of(name)
        return Person(key, name, key in self._editors)

    def _trusted(self, connection: HTTPConnection) -> bool:
        return within(connection.client.host if connection.client else "", self._networks)


def within(address: str, networks: Networks) -> bool:
    """Whether an address is in one of the networks; what is no address is in none."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    plain = getattr(found, "ipv4_mapped", None) or found
    return any(plain in network for network in networks)


def came_from(connection: HTTPConnection, proxies: Networks) -> str:
    """The address of whoever asks. What proxies of ours add is read from its end: further to the
    left stands what the asker could have written there."""
    address = connection.client.host if connection.client else ""
    passed = ",".join(connection.headers.getlist("x-forwarded-for")).split(",")
    while passed and within(address, proxies):
        before = passed.pop().strip()
        if not before:
            break
        address = before
    return address[:64]


@dataclass
class Door:
    """What stands open for whom.

    Args:
        way: how people say who they are.
        sessions: who is signed in.
        secure: whether browsers reach us by https alone.
        address: public address without a slash at its end; may be empty.
        proxies: servers of ours that others come through.
    """

    way: Way
    sessions: Sessions
    secure: bool = False
    address: str = ""
    proxies: Networks = ()
    claims: Claims = field(default_factory=Claims)
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    def person(self, connection: HTTPConnection, touch: bool = False) -> Person | None:
        """Who asks; ``touch`` counts as being there.

        Raises:
            ConfigurationError: what says so cannot be read now.
        """
        session = self.sessions.get(self.cookie(connection), touch)
        return self.way.person(connection, session)

    def cookie_name(self, what: str = "") -> str:
        """Name of a cookie; browsers let nobody but this host, by https, set one that is called
        ``__Host-``."""
        name = f"peer-support-{what}" if what else "peer-support"
        return f"__Host-{name}" if self.secure else name

    def cookie(self, connection: HTTPConnection, what: str = "") -> str:
        """What a cookie of ours holds; may be empty."""
        return connection.cookies.get(self.cookie_name(what), "")

    def set_cookie(self, response: Response, value: str, what: str = "", **more: Any) -> None:
        """Give the browser a cookie that no script can read."""
        response.set_cookie(
            self.cookie_name(what),
            value,
            path="/",
            secure=self.secure,
            httponly=True,
            samesite="lax",
            **more,
        )

    def drop_cookie(self, response: Response, what: str = "") -> None:
        """Take a cookie back."""
        self.set_cookie(response, "", what, max_age=0)
