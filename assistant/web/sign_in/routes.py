"""The addresses for signing in and out.

A wrong name and a wrong password are answered by the same words after the same time. Each form
carries a token that belongs to a cookie of the browser that it was sent to.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import re
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import parse_qs

from anyio import to_thread
from fastapi import FastAPI, Request
from starlette.responses import RedirectResponse, Response

from assistant.errors import AssistantError
from assistant.web.sign_in import bodies, passwords
from assistant.web.sign_in.door import Door, PasswordWay, came_from
from assistant.web.sign_in.gate import asked_by
from assistant.web.sign_in.openid import FLOW_SECONDS, Client, OpenIdWay, Refused
from assistant.web.sign_in.pages import BACK, Asked, Look, Looks, look_of
from assistant.web.sign_in.people import Person, key_of
from assistant.web.sign_in.waits import Waits, address_key

MOST_FORM_BYTES = 8 << 10
HASHED_AT_ONCE = 2
"""Passwords that are checked at the same time, 64 MiB each."""
MOST_WAITING = 32
NAME_TRIES, NAME_SECONDS = 5, 60.0
ADDRESS_TRIES, ADDRESS_SECONDS = 50, 300.0
_PLACE = re.compile(r"/(?:cy/)?(?:\?[!-~]*)?")
_log = logging.getLogger(__name__)


class Busy(Exception):
    """More try to sign in than can be checked."""


class SignIn:
    """Signs people in by password, and out.

    Args:
        door: what they come in by.
        looks: the pages.
        names: waits by name.
        addresses: waits by address.
    """

    def __init__(
        self,
        door: Door,
        looks: Looks,
        names: Waits | None = None,
        addresses: Waits | None = None,
    ) -> None:
        self.door = door
        self.looks = looks
        self._names = Waits(NAME_TRIES, NAME_SECONDS) if names is None else names
        if addresses is None:
            addresses = Waits(ADDRESS_TRIES, ADDRESS_SECONDS)
        self._addresses = addresses
        self._hashing = asyncio.Semaphore(HASHED_AT_ONCE)
        self._waiting = 0

    # ------------------------------------------------------------ pages

    def page(self, request: Request, asked: Asked, status: int = 200, wait: float = 0) -> Response:
        """The page to sign in on, with a token of its own."""
        look = look_of(self.looks, asked.following)
        if self.door.way.kind == "proxy":
            return look.response(look.by_proxy(), 401)
        cookie = self.door.cookie(request, "form") or secrets.token_urlsafe(24)
        more = {"retry_after": str(int(wait) + 1)} if wait else {}
        shown = look.response(look.sign_in(asked, self._token(cookie)), status, **more)
        self.door.set_cookie(shown, cookie, "form")
        return shown

    def asked_for(self, request: Request) -> Response:
        """Somebody opens the page; whoever is in already goes on."""
        following = place_of(request.query_params.get("next", ""))
        try:
            person = self.door.person(asked_by(request.scope))
        except AssistantError:
            look = look_of(self.looks, following)
            return look.response(look.closed(), 503)
        if person is not None:
            return self._onward(following)
        return self.page(request, Asked(following))

    def out(self, request: Request) -> Response:
        """End the session of this browser."""
        self.door.sessions.end(self.door.cookie(request))
        look = self.looks[""]
        way = self.door.way
        ending = (
            way.client.ending(f"{base_of(self.door, request)}/sign-in")
            if isinstance(way, OpenIdWay)
            else ""
        )
        shown = look.response(look.signed_out(ending), clear_site_data='"cache"')
        self.door.drop_cookie(shown)
        return shown

    def let_in(self, request: Request, person: Person, stamp: str, following: str) -> Response:
        """A new session, whatever session there was; the browser goes on to where it wanted."""
        self.door.sessions.end(self.door.cookie(request))
        shown = self._onward(following)
        self.door.set_cookie(shown, self.door.sessions.begin(person, stamp))
        self.door.drop_cookie(shown, "form")
        return shown

    def _onward(self, following: str) -> Response:
        if following == BACK:
            look = self.looks[""]
            return look.response(look.back())
        return RedirectResponse(following, 303)

    # ------------------------------------------------------------ passwords

    async def given(self, request: Request, way: PasswordWay) -> Response:
        """Somebody sent a name and a password."""
        fields = await _fields(request)
        asked = Asked(place_of(fields.get("next", "")), fields.get("name", "").strip()[:64])
        look = look_of(self.looks, asked.following)
        if not self._from_our_form(request, fields.get("token", "")):
            return self._again(request, asked, look.texts("sign_in.stale"), 403)
        password = fields.get("password", "")
        if not asked.name or not password:
            return self._again(request, asked, look.texts("sign_in.both"), 400)
        keys = (
            key_of(asked.name),
            address_key(came_from(asked_by(request.scope), self.door.proxies)),
        )
        wait = max(self._names.seconds(keys[0]), self._addresses.seconds(keys[1]))
        if wait:
            return self._again(request, asked, _wait_words(look, wait), 429, wait)
        self._names.spend(keys[0])
        self._addresses.spend(keys[1])
        try:
            account = way.accounts.get(asked.name)
            fits = await self._checked(account.hash if account else None, password)
        except Busy:
            return self._again(request, asked, look.texts("sign_in.busy"), 503, 5)
        except AssistantError as error:
            _log.error("Nobody can be let in: %s", error)
            return look.response(look.closed(), 503)
        if account is None or not fits:
            return self._again(request, asked, look.texts("sign_in.wrong"), 403)
        self._names.forget(keys[0])
        self._addresses.give_back(keys[1])
        stamp = await self._freshened(way, keys[0], account.hash, password)
        person = Person(keys[0], account.name, account.editor)
        return self.let_in(request, person, stamp, asked.following)

    def _again(
        self, request: Request, asked: Asked, words: str, status: int, wait: float = 0
    ) -> Response:
        shown = Asked(asked.following, asked.name, words)
        return self.page(request, shown, status, wait)

    async def _checked(self, known: str | None, password: str) -> bool:
        async with self._place():
            return await to_thread.run_sync(passwords.matches, known, password)

    async def _freshened(self, way: PasswordWay, key: str, known: str, password: str) -> str:
        """The hash that is kept now: made anew where the old one was cheaper than ours are."""
        if not passwords.outdated(known):
            return known
        with suppress(AssistantError, Busy):
            async with self._place():
                better = await to_thread.run_sync(passwords.hashed, password)
            await to_thread.run_sync(way.accounts.rehashed, key, known, better)
            return better
        return known

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        if self._waiting >= MOST_WAITING:
            raise Busy
        self._waiting += 1
        try:
            async with self._hashing:
                yield
        finally:
            self._waiting -= 1

    def _token(self, cookie: str) -> str:
        return hmac.new(self.door.secret, cookie.encode(), "sha256").hexdigest()

    def _from_our_form(self, request: Request, token: str) -> bool:
        cookie = self.door.cookie(request, "form")
        return bool(cookie) and hmac.compare_digest(token.encode(), self._token(cookie).encode())

    # ------------------------------------------------------------ OpenID Connect

    async def sent_away(self, request: Request, client: Client) -> Response:
        """Send the browser to the provider."""
        following = place_of(request.query_params.get("next", ""))
        redirect = f"{base_of(self.door, request)}/sign-in/openid/return"
        try:
            address, key = await client.begin(redirect, following)
        except Refused as error:
            return self._not_in(request, following, error)
        shown = RedirectResponse(address, 303)
        self.door.set_cookie(shown, key, "openid", max_age=int(FLOW_SECONDS))
        return shown

    async def came_back(self, request: Request, client: Client) -> Response:
        """The provider sent the browser back."""
        given = dict(request.query_params)
        try:
            person, following = await client.finish(self.door.cookie(request, "openid"), given)
        except Refused as error:
            shown = self._not_in(request, "/", error)
        else:
            shown = self.let_in(request, person, "", following)
        self.door.drop_cookie(shown, "openid")
        return shown

    def _not_in(self, request: Request, following: str, error: Refused) -> Response:
        _log.warning("Somebody was not let in: %s", error)
        look = look_of(self.looks, following)
        return self.page(request, Asked(following, error=look.texts(error.text)), 403)


def add_routes(app: FastAPI, sign_in: SignIn) -> None:
    """The addresses for signing in and out, as far as the way needs them."""
    way: Any = sign_in.door.way

    @app.get("/sign-in")
    async def asked_for(request: Request) -> Response:
        return sign_in.asked_for(request)

    if way.kind == "proxy":
        return

    @app.post("/sign-out")
    async def out(request: Request) -> Response:
        return sign_in.out(request)

    if isinstance(way, PasswordWay):

        @app.post("/sign-in")
        async def given(request: Request) -> Response:
            return await sign_in.given(request, way)

    if isinstance(way, OpenIdWay):

        @app.get("/sign-in/openid")
        async def sent_away(request: Request) -> Response:
            return await sign_in.sent_away(request, way.client)

        @app.get("/sign-in/openid/return")
        async def came_back(request: Request) -> Response:
            return await sign_in.came_back(request, way.client)


def place_of(given: str) -> str:
    """Where to go after signing in: on this page, whatever was written there."""
    return given if given == BACK or _PLACE.fullmatch(given) else "/"


def base_of(door: Door, request: Request) -> str:
    """Our own address: the public one, else the one that was checked already."""
    return door.address or str(request.base_url).rstrip("/")


async def _fields(request: Request) -> Mapping[str, str]:
    body = await bodies.read(request.scope, request.receive, MOST_FORM_BYTES)
    try:
        found = parse_qs(body.decode("utf-8"), keep_blank_values=True, max_num_fields=10)
    except ValueError:
        raise bodies.Unreadable(400) from None
    return {name: values[0] for name, values in found.items()}


def _wait_words(look: Look, seconds: float) -> str:
    if seconds > 90:
        return look.texts("sign_in.wait_minutes", minutes=int(seconds // 60) + 1)
    if seconds > 45:
        return look.texts("sign_in.wait_minute")
    if seconds > 1:
        return look.texts("sign_in.wait_seconds", seconds=int(seconds) + 1)
    return look.texts("sign_in.wait_moment")
