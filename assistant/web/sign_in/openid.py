"""OpenID Connect: the organisation's own sign-in, by authorization code with PKCE.

Discovery, state, nonce and the signature of the ID token are checked; who may come in is decided by
the domain of a verified e-mail address or by a group. Nothing of a token is kept or logged.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
import secrets
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from pydantic import SecretStr
from starlette.requests import HTTPConnection

from assistant.errors import ConfigurationError
from assistant.parts.loopback import is_loopback
from assistant.settings import Settings
from assistant.web.sign_in.people import Person, key_of
from assistant.web.sign_in.sessions import Session

SECRET_VARIABLE = "PEER_SUPPORT_OPENID_SECRET"
FLOW_SECONDS = 600.0
KNOWN_SECONDS = 3600.0
KEYS_AGAIN_SECONDS = 30.0
SECONDS = 10.0
MOST_FLOWS = 2000
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
"""Signatures that only the provider can make: none that shares a secret with us."""
_log = logging.getLogger(__name__)


class Refused(Exception):
    """Somebody is not let in; ``text`` names the sentence that says so."""

    def __init__(self, text: str, reason: str) -> None:
        super().__init__(reason)
        self.text = text


@dataclass(frozen=True)
class Flow:
    """A sign-in on its way, kept until the provider sends the person back."""

    state: str
    nonce: str
    verifier: str
    redirect: str
    following: str
    began: float


@dataclass(frozen=True)
class Rules:
    """Who may come in, and who may change documents."""

    domains: frozenset[str]
    groups: frozenset[str]
    group_claim: str
    editors: frozenset[str]

    def person(self, claims: Mapping[str, Any]) -> Person:
        """The person that a checked ID token is about.

        Raises:
            Refused: they are none of those who may come in.
        """
        email = str(claims.get("email") or "")
        verified = str(claims.get("email_verified")).casefold() == "true"
        domain = email.rpartition("@")[2].casefold() if verified and "@" in email else ""
        held = claims.get(self.group_claim)
        groups = set(map(str, held)) if isinstance(held, list) else {str(held or "")}
        if domain not in self.domains and not groups & self.groups:
            raise Refused("sign_in.not_yours", "neither domain nor group is allowed")
        shown = claims.get("name") or claims.get("preferred_username") or email or claims["sub"]
        name = " ".join(str(shown).split())[:80]
        editor = bool(groups & self.editors) or (verified and key_of(email) in self.editors)
        return Person(f"openid:{claims['sub']}", name, editor)


def check(settings: Settings) -> None:
    """Refuse settings that could let nobody in, or anybody.

    Raises:
        ConfigurationError: says what is missing.
    """
    for name in ("openid_issuer", "openid_client"):
        if not getattr(settings, name).strip():
            raise ConfigurationError(
                f"Signing in by OpenID Connect needs the setting {name}.",
                "Your provider gives it when you register this page there.",
            )
    if not _safe(settings.openid_issuer):
        raise ConfigurationError(
            "The setting openid_issuer must begin with https://.",
            "Use the issuer that your provider names.",
        )
    if not settings.openid_domains and not settings.openid_groups:
        raise ConfigurationError(
            "Anybody with an account at your provider could sign in.",
            "Set openid_domains, such as trust.nhs.uk, or openid_groups.",
        )
    _modules()


def client_of(settings: Settings) -> Client:
    """The client that the settings describe."""
    rules = Rules(
        frozenset(domain.casefold().lstrip("@") for domain in settings.openid_domains) - {""},
        frozenset(settings.openid_groups) - {""},
        settings.openid_group_claim,
        frozenset({*settings.editors, *map(key_of, settings.editors)}) - {""},
    )
    return Client(settings.openid_issuer.strip(), settings.openid_client.strip(), _secret(), rules)


@dataclass
class _Provider:
    """What a provider says about itself, and when it was asked."""

    about: Mapping[str, Any]
    asked: float
    keys: Any = None
    keys_asked: float = field(default=0.0)


class Client:
    """Signs people in at one provider.

    Args:
        issuer: address of the provider, as it names itself.
        client: what it calls us.
        secret: what it knows us by; None for a public client.
        rules: who may come in.
        http: a transport, for tests.
    """

    def __init__(
        self,
        issuer: str,
        client: str,
        secret: SecretStr | None,
        rules: Rules,
        http: Any = None,
    ) -> None:
        self._issuer = issuer
        self._client = client
        self._secret = secret
        self._rules = rules
        self._http = http
        self._provider: _Provider | None = None
        self._flows: OrderedDict[str, Flow] = OrderedDict()
        self._asking = asyncio.Lock()

    async def begin(self, redirect: str, following: str = "") -> tuple[str, str]:
        """Where to send the browser, and a secret for its cookie.

        Raises:
            Refused: the provider does not answer, or not as it should.
        """
        about = (await self._known()).about
        flow = Flow(
            secrets.token_urlsafe(24),
            secrets.token_urlsafe(24),
            secrets.token_urlsafe(48),
            redirect,
            following,
            time.monotonic(),
        )
        async with self._oauth(about, redirect) as oauth:
            address, _ = oauth.create_authorization_url(
                str(about["authorization_endpoint"]),
                state=flow.state,
                nonce=flow.nonce,
                code_verifier=flow.verifier,
            )
        key = secrets.token_urlsafe(32)
        self._flows[key] = flow
        while len(self._flows) > MOST_FLOWS:
            self._flows.popitem(last=False)
        return str(address), key

    async def finish(self, key: str, given: Mapping[str, str]) -> tuple[Person, str]:
        """Who came back from the provider, and where they wanted to go.

        Args:
            key: from the browser's cookie; good for one try.
            given: what the provider sent along.

        Raises:
            Refused: anything does not fit.
        """
        flow = self._flows.pop(key, None)
        if flow is None or time.monotonic() - flow.began > FLOW_SECONDS:
            raise Refused("sign_in.too_late", "no such flow")
        if not secrets.compare_digest(given.get("state", "").encode(), flow.state.encode()):
            raise Refused("sign_in.failed", "another state")
        if given.get("error"):
            raise Refused("sign_in.failed", "the provider refused")
        provider = await self._known()
        # A provider that names itself in the reply (RFC 9207) must be the one that was asked.
        if given.get("iss", self._issuer) != self._issuer:
            raise Refused("sign_in.failed", "another issuer in the reply")
        if provider.about.get("authorization_response_iss_parameter_supported") is True and (
            "iss" not in given
        ):
            raise Refused("sign_in.failed", "no issuer in the reply")
        token = await self._token(provider, flow, given.get("code", ""))
        claims = await self._claims(provider, token, flow.nonce)
        return self._rules.person(claims), flow.following

    def ending(self, back: str) -> str:
        """Where somebody can sign out at the provider too; empty where it names no place."""
        about = self._provider.about if self._provider else {}
        address = str(about.get("end_session_endpoint") or "")
        if not _safe(address):
            return ""
        query = urlencode({"client_id": self._client, "post_logout_redirect_uri": back})
        return f"{address}{'&' if '?' in address else '?'}{query}"

    async def _token(self, provider: _Provider, flow: Flow, code: str) -> str:
        if not code:
            raise Refused("sign_in.failed", "no code")
        try:
            async with self._oauth(provider.about, flow.redirect) as oauth:
                found = await oauth.fetch_token(
                    str(provider.about["token_endpoint"]),
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=flow.verifier,
                )
        except Exception as error:  # Whatever it was, it may hold the code or the secret.
            raise Refused("sign_in.failed", f"no token ({type(error).__name__})") from None
        token = found.get("id_token")
        if not isinstance(token, str):
            raise Refused("sign_in.failed", "no ID token")
        return token

    async def _claims(self, provider: _Provider, token: str, nonce: str) -> Mapping[str, Any]:
        jwt = _modules()["joserfc.jwt"]
        try:
            found = await self._decoded(provider, token)
            jwt.JWTClaimsRegistry(
                leeway=60,
                iss={"essential": True, "value": self._issuer},
                aud={"essential": True, "value": self._client},
                sub={"essential": True, "allow_blank": False},
                exp={"essential": True},
                iat={"essential": True},
                nonce={"essential": True, "value": nonce},
            ).validate(found)
        except Refused:
            raise
        except Exception as error:  # Anything wrong with a token means: not let in.
            raise Refused("sign_in.failed", f"bad ID token ({type(error).__name__})") from None
        audience = found["aud"]
        if isinstance(audience, list) and len(audience) > 1 and found.get("azp") != self._client:
            raise Refused("sign_in.failed", "the token is for another client")
        return dict(found)

    async def _decoded(self, provider: _Provider, token: str) -> Mapping[str, Any]:
        jwt, errors = _modules()["joserfc.jwt"], _modules()["joserfc.errors"]
        known = (errors.BadSignatureError, errors.InvalidKeyIdError, ValueError)
        try:
            claims = jwt.decode(token, await self._keys(provider), algorithms=ALGORITHMS).claims
        except known:
            # The provider may have changed its keys since they were asked for.
            if time.monotonic() - provider.keys_asked < KEYS_AGAIN_SECONDS:
                raise
            keys = await self._keys(provider, again=True)
            claims = jwt.decode(token, keys, algorithms=ALGORITHMS).claims
        return dict(claims)

    async def _keys(self, provider: _Provider, again: bool = False) -> Any:
        if provider.keys is None or again:
            found = await self._get(str(provider.about["jwks_uri"]))
            provider.keys = _modules()["joserfc.jwk"].KeySet.import_key_set(found)
            provider.keys_asked = time.monotonic()
        return provider.keys

    async def _known(self) -> _Provider:
        async with self._asking:
            known = self._provider
            if known is None or time.monotonic() - known.asked > KNOWN_SECONDS:
                known = _Provider(await self._discovered(), time.monotonic())
                self._provider = known
            return known

    async def _discovered(self) -> Mapping[str, Any]:
        address = f"{self._issuer.rstrip('/')}/.well-known/openid-configuration"
        about = await self._get(address)
        if about.get("issuer") != self._issuer:
            raise Refused("sign_in.failed", "the provider names another issuer")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not _safe(str(about.get(name) or "")):
                raise Refused("sign_in.failed", f"{name} is missing or not encrypted")
        return about

    async def _get(self, address: str) -> dict[str, Any]:
        client = _modules()["httpx2"].AsyncClient(timeout=SECONDS, transport=self._http)
        try:
            async with client as http:
                reply = await http.get(address)
                reply.raise_for_status()
                found = reply.json()
        except Exception as error:  # The edge to another machine: it is away, or talks nonsense.
            raise Refused("sign_in.away", f"no answer ({type(error).__name__})") from None
        if not isinstance(found, dict):
            raise Refused("sign_in.failed", "no object")
        return found

    def _oauth(self, about: Mapping[str, Any], redirect: str) -> Any:
        methods = about.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        method = "none"
        if self._secret is not None:
            basic = "client_secret_basic"
            method = basic if basic in methods else "client_secret_post"
        return _modules()["authlib.integrations.httpx_client"].AsyncOAuth2Client(
            client_id=self._client,
            client_secret=self._secret.get_secret_value() if self._secret else None,
            token_endpoint_auth_method=method,
            scope="openid profile email",
            redirect_uri=redirect,
            code_challenge_method="S256",
            timeout=SECONDS,
            transport=self._http,
        )


class OpenIdWay:
    """People whom a provider vouched for when their session began."""

    kind = "openid"

    def __init__(self, client: Client) -> None:
        self.client = client

    def person(self, connection: HTTPConnection, session: Session | None) -> Person | None:
        """Whoever the session names."""
        return session.person if session else None


def _secret() -> SecretStr | None:
    found = os.environ.get(SECRET_VARIABLE, "").strip()
    if not found:
        try:
            keyring = importlib.import_module("keyring")
            kept = keyring.get_password("peer-support", "openid")
        except Exception:
            # No package, no keyring on this system, or one that stays locked: no secret then.
            kept = None
        found = kept.strip() if isinstance(kept, str) else ""
    return SecretStr(found) if found else None


def _safe(address: str) -> bool:
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return False
    return bool(host) and (
        parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
    )


def _modules() -> dict[str, Any]:
    names = (
        "authlib.integrations.httpx_client",
        "httpx2",
        "joserfc.errors",
        "joserfc.jwk",
        "joserfc.jwt",
    )
    try:
        return {name: importlib.import_module(name) for name in names}
    except ImportError as error:
        raise ConfigurationError(
            "Signing in by OpenID Connect needs the packages authlib, joserfc and httpx2.",
            "Run: pip install 'peer-support-assistant[openid]'",
        ) from error
