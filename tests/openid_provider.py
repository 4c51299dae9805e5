"""An OpenID Connect provider on this machine that does what a test tells it to, well or badly."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, quote_plus, urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT, SECRET = "peer-support", "a secret that only two know"


@dataclass
class Provider:
    """The provider. A test changes its fields before somebody signs in.

    Args:
        claims: of whoever signs in.
        change: put into the ID token over what belongs there; None takes a claim out.
        about: put into the discovery document over what belongs there.
        sign: how the token is signed: "good", "other-key", "new-key", "none" or "shared".
        answer: what the browser is sent back with, over what belongs there.
    """

    address: str = ""
    claims: dict[str, Any] = field(
        default_factory=lambda: {
            "sub": "u-1",
            "name": "Amina Khan",
            "email": "amina@trust.example",
            "email_verified": True,
        }
    )
    change: dict[str, Any] = field(default_factory=dict)
    about: dict[str, Any] = field(default_factory=dict)
    sign: str = "good"
    answer: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    key: RSAKey = field(default_factory=lambda: _key("one"))
    other: RSAKey = field(default_factory=lambda: _key("one"))

    def begin_again(self) -> None:
        """Forget what a test changed."""
        fresh = Provider(self.address, key=self.key, other=self.other)
        for name in ("claims", "change", "about", "sign", "answer", "asked", "codes"):
            setattr(self, name, getattr(fresh, name))

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._about),
                Route("/authorize", self._authorize),
                Route("/token", self._token, methods=["POST"]),
                Route("/keys", self._keys),
            ]
        )

    async def _about(self, request: Request) -> Response:
        self.asked.append("about")
        found = {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "jwks_uri": f"{self.address}/keys",
            "end_session_endpoint": f"{self.address}/end",
        }
        return JSONResponse(found | self.about)

    async def _authorize(self, request: Request) -> Response:
        given = dict(request.query_params)
        assert given["client_id"] == CLIENT
        assert given["response_type"] == "code"
        assert given["code_challenge_method"] == "S256"
        code = f"code-{len(self.codes)}"
        self.codes[code] = given
        back = {"code": code, "state": given["state"]} | self.answer
        return RedirectResponse(f"{given['redirect_uri']}?{urlencode(back)}", 303)

    async def _token(self, request: Request) -> Response:
        form = {
            name: values[0] for name, values in parse_qs((await request.body()).decode()).items()
        }
        asked = self.codes.pop(form["code"], None)
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if (
            asked is None
            or challenge != asked["code_challenge"]
            or form["redirect_uri"] != asked["redirect_uri"]
            or request.headers.get("authorization") not in {f"Basic {basic}", _form_encoded()}
        ):
            return JSONResponse({"error": "invalid_grant"}, 400)
        token = self._signed(asked["nonce"])
        found = {"access_token": "a", "token_type": "Bearer", "expires_in": 60, "id_token": token}
        return JSONResponse(found)

    def _signed(self, nonce: str) -> str:
        now = int(time.time())
        claims = {"iss": self.address, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce}
        claims = {**claims, **self.claims, **self.change}
        claims = {name: value for name, value in claims.items() if value is not None}
        if self.sign == "none":
            parts = ({"alg": "none", "typ": "JWT"}, claims)
            return ".".join(_piece(part) for part in parts) + "."
        if self.sign == "shared":
            return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET))
        if self.sign == "new-key":
            self.key = _key("two")
        key = self.other if self.sign == "other-key" else self.key
        return jwt.encode({"alg": "RS256", "kid": key.kid or ""}, claims, key)

    async def _keys(self, request: Request) -> Response:
        self.asked.append("keys")
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})


def _key(name: str) -> RSAKey:
    return RSAKey.generate_key(2048, parameters={"kid": name, "use": "sig"})


def _piece(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def _form_encoded() -> str:
    both = f"{quote_plus(CLIENT)}:{quote_plus(SECRET)}"
    return f"Basic {base64.b64encode(both.encode()).decode()}"


@contextmanager
def running(app: Any, **config: Any) -> Iterator[str]:
    """The address of an application that a server in a thread serves, without a slash."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    settings = {"log_level": "warning", "timeout_graceful_shutdown": 1} | config
    server = uvicorn.Server(uvicorn.Config(app, **settings))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + 30
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(timeout=10)
    listener.close()


@contextmanager
def provided() -> Iterator[Provider]:
    """A provider that runs."""
    provider = Provider()
    with running(provider.app()) as address:
        provider.address = address
        yield provider
