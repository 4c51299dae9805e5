"""Sign-in by others: a proxy before the page, and a provider of OpenID Connect."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from starlette.requests import HTTPConnection

from assistant.settings import read_settings
from assistant.web import make_server_app
from assistant.web.sign_in import openid, setup
from assistant.web.sign_in.door import Door, PasswordWay, came_from
from assistant.web.sign_in.pages import Look
from assistant.web.sign_in.people import Accounts, Person, key_of
from assistant.web.sign_in.routes import SignIn
from assistant.web.sign_in.sessions import Sessions
from tests import fakes_web as fake
from tests.fakes_sign_in import TEXTS, _cheap, settings_of, small_app, team_assistant
from tests.openid_provider import CLIENT, SECRET, Provider, provided, running

__all__ = ["_cheap"]


# ---------------------------------------------------------------- a proxy before the page


def asked_from(address: str, *headers: tuple[str, str]) -> HTTPConnection:
    pairs = [(name.encode(), value.encode()) for name, value in headers]
    return HTTPConnection({"type": "http", "headers": pairs, "client": (address, 1)})


def test_a_header_counts_once_and_from_the_proxy_alone(tmp_path: Path) -> None:
    settings = settings_of(
        tmp_path, sign_in="proxy", proxy_addresses="10.0.0.0/8,::1", editors="Amina@trust.example"
    )
    door = setup.opened(settings)
    assert door is not None

    def who(address: str, *headers: tuple[str, str]) -> Person | None:
        return door.person(asked_from(address, *headers))

    name = ("x-forwarded-user", "Zoë Sam")
    found = who("10.1.2.3", name)
    assert found == Person(key_of("Zoë Sam"), "Zoë Sam", False)
    assert who("::ffff:10.1.2.3", name) == found
    editor = who("::1", ("x-forwarded-user", "AMINA@trust.example"))
    assert editor is not None
    assert editor.editor
    assert who("192.0.2.1", name) is None
    assert who("10.1.2.3") is None
    assert who("10.1.2.3", name, name) is None
    assert who("10.1.2.3", ("x-forwarded-user", " ")) is None
    assert who("10.1.2.3", ("x-forwarded-user", "x" * 1000)) is None
    assert who("unix", name) is None


def test_where_somebody_came_from_is_read_from_the_end() -> None:
    proxies = setup._networks(read_settings())
    passed = ("x-forwarded-for", "203.0.113.9, 198.51.100.7")
    assert came_from(asked_from("127.0.0.1", passed), proxies) == "198.51.100.7"
    assert came_from(asked_from("192.0.2.1", passed), proxies) == "192.0.2.1"
    assert came_from(asked_from("127.0.0.1"), proxies) == "127.0.0.1"


def test_behind_a_proxy_nobody_gets_in_without_its_header(tmp_path: Path) -> None:
    app = make_server_app(team_assistant(tmp_path, sign_in="proxy"))
    client = TestClient(
        app,
        base_url="http://127.0.0.1:7860",
        client=("127.0.0.1", 1),
        follow_redirects=False,
    )
    stranger = client.get("/")
    assert stranger.status_code == 401
    assert TEXTS("sign_in.not_signed_in") in stranger.text
    assert 'href="tel:999"' in stranger.text
    assert client.get("/sign-in").status_code == 401
    assert client.get("/config").status_code == 401
    named = {"x-forwarded-user": "Sam"}
    page = client.get("/", headers=named)
    assert page.status_code == 200
    assert "Signed in as Sam" in page.text
    outside = TestClient(app, base_url="http://127.0.0.1:7860", client=("192.0.2.1", 1))
    assert outside.get("/", headers=named).status_code == 401


@pytest.mark.enable_socket
def test_a_caller_cannot_make_himself_the_proxy(tmp_path: Path) -> None:
    """The server itself must not believe what is said about where a caller is."""
    from assistant.web.server import serving

    assistant = team_assistant(tmp_path, sign_in="proxy", proxy_addresses="192.0.2.1")
    config = serving(make_server_app(assistant))
    more = {"http": config.http, "proxy_headers": config.proxy_headers}
    with running(config.app, **more) as address:
        sent = {"x-forwarded-user": "Sam", "x-forwarded-for": "192.0.2.1"}
        assert httpx.get(f"{address}/", headers=sent).status_code == 401


# ---------------------------------------------------------------- OpenID Connect


@pytest.fixture(scope="module")
def running_provider() -> Iterator[Provider]:
    with provided() as found:
        yield found


@pytest.fixture
def provider(running_provider: Provider) -> Provider:
    """The provider as it is when nothing is wrong."""
    running_provider.begin_again()
    return running_provider


@pytest.fixture
def by_openid(
    provider: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., TestClient]:
    monkeypatch.setenv(openid.SECRET_VARIABLE, SECRET)

    def made(**more: Any) -> TestClient:
        given = {
            "sign_in": "openid",
            "openid_issuer": provider.address,
            "openid_client": CLIENT,
            "openid_domains": "trust.example",
        }
        door = setup.opened(read_settings(home=tmp_path, **(given | more)))
        assert door is not None
        return TestClient(small_app(door), base_url="http://127.0.0.1:7860", follow_redirects=False)

    return made


def comes_back(client: TestClient, following: str = "/") -> httpx.Response:
    """What a browser does: to the provider, there at once back again."""
    away = client.get("/sign-in/openid", params={"next": following})
    if away.status_code != 303:
        return away
    with httpx.Client(follow_redirects=False) as other:
        back = other.get(away.headers["location"]).headers["location"]
    return client.get(back)


@pytest.mark.enable_socket
def test_signing_in_by_openid(
    by_openid: Callable[..., TestClient], provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    client = by_openid(editors="amina@trust.example")
    assert 'action="/sign-in/openid"' in client.get("/sign-in").text
    came_in = comes_back(client, "/?place=topics")
    assert (came_in.status_code, came_in.headers["location"]) == (303, "/?place=topics")
    page = client.get("/")
    assert "Signed in as Amina Khan" in page.text
    assert 'data-may="edit"' in page.text
    out = client.post("/sign-out")
    assert f'href="{provider.address}/end?client_id=peer-support' in out.text
    assert client.get("/").status_code == 303
    assert SECRET not in caplog.text


@pytest.mark.enable_socket
def test_a_group_lets_in_where_the_domain_does_not(
    by_openid: Callable[..., TestClient], provider: Provider
) -> None:
    client = by_openid(openid_domains="", openid_groups="peers", openid_group_claim="roles")
    assert comes_back(client).status_code == 403
    provider.claims["roles"] = ["others", "peers"]
    assert comes_back(client).status_code == 303
    assert 'data-may="read"' in client.get("/").text


@pytest.mark.enable_socket
def test_new_keys_of_the_provider_are_learned(
    by_openid: Callable[..., TestClient], provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openid, "KEYS_AGAIN_SECONDS", 0.0)
    client = by_openid()
    assert comes_back(client).status_code == 303
    client.post("/sign-out")
    provider.sign = "new-key"
    assert comes_back(client).status_code == 303
    assert provider.asked.count("keys") == 2


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"change": {"nonce": "another"}}, "failed"),
    ({"change": {"nonce": None}}, "failed"),
    ({"change": {"aud": "somebody-else"}}, "failed"),
    ({"change": {"aud": [CLIENT, "somebody-else"]}}, "failed"),
    ({"change": {"iss": "https://evil.example"}}, "failed"),
    ({"change": {"exp": 1000}}, "failed"),
    ({"change": {"exp": None}}, "failed"),
    ({"change": {"sub": None}}, "failed"),
    ({"sign": "other-key"}, "failed"),
    ({"sign": "none"}, "failed"),
    ({"sign": "shared"}, "failed"),
    ({"answer": {"state": "another"}}, "failed"),
    ({"answer": {"code": "made-up"}}, "failed"),
    ({"answer": {"error": "access_denied"}}, "failed"),
    ({"answer": {"iss": "https://evil.example"}}, "failed"),
    ({"about": {"issuer": "https://evil.example"}}, "failed"),
    ({"about": {"token_endpoint": "http://evil.example/token"}}, "failed"),
    ({"about": {"authorization_response_iss_parameter_supported": True}}, "failed"),
    ({"claims": {"sub": "u", "email": "a@trust.example"}}, "not_yours"),
    ({"claims": {"sub": "u", "email": "a@trust.example", "email_verified": False}}, "not_yours"),
    ({"claims": {"sub": "u", "email": "a@evil.example", "email_verified": True}}, "not_yours"),
    ({"claims": {"sub": "u", "email": "trust.example", "email_verified": True}}, "not_yours"),
    ({"claims": {"sub": "u", "groups": {"a": ["b"]}}}, "not_yours"),
]


@pytest.mark.enable_socket
@pytest.mark.parametrize(("wrong", "words"), WRONG)
def test_nothing_that_does_not_fit_lets_anybody_in(
    by_openid: Callable[..., TestClient], provider: Provider, wrong: dict[str, Any], words: str
) -> None:
    for name, value in wrong.items():
        setattr(provider, name, value)
    client = by_openid()
    refused = comes_back(client)
    assert refused.status_code == 403
    assert TEXTS(f"sign_in.{words}") in refused.text
    assert "peer-support" not in client.cookies
    assert client.get("/").status_code == 303


@pytest.mark.enable_socket
def test_a_way_back_is_good_once_and_for_one_browser(
    by_openid: Callable[..., TestClient],
) -> None:
    client = by_openid()
    away = client.get("/sign-in/openid")
    back = httpx.get(away.headers["location"], follow_redirects=False).headers["location"]
    other = TestClient(client.app, base_url="http://127.0.0.1:7860", follow_redirects=False)
    assert other.get(back).status_code == 403
    kept = client.cookies["peer-support-openid"]
    assert client.get(back).status_code == 303
    client.cookies.clear()
    client.cookies.set("peer-support-openid", kept, domain="127.0.0.1", path="/")
    late = client.get(back)
    assert late.status_code == 403
    assert TEXTS("sign_in.too_late") in late.text


@pytest.mark.enable_socket
def test_a_provider_that_is_away_is_said_calmly(
    by_openid: Callable[..., TestClient], caplog: pytest.LogCaptureFixture
) -> None:
    client = by_openid(openid_issuer="http://127.0.0.1:9")
    refused = client.get("/sign-in/openid")
    assert refused.status_code == 403
    assert TEXTS("sign_in.away") in refused.text
    assert 'href="tel:999"' in refused.text


def test_the_redirect_goes_to_the_public_address(tmp_path: Path) -> None:
    asked: list[str] = []

    class Client:
        async def begin(self, redirect: str, following: str) -> tuple[str, str]:
            asked.append(redirect)
            return "https://id.example/", "key"

    door = Door(PasswordWay(Accounts(tmp_path)), Sessions(1, 1), address="https://peers.example")
    look = Look(TEXTS, fake.HELP, "openid")
    request = SimpleNamespace(query_params={})
    sign_in = SignIn(door, {"": look})
    asyncio.run(sign_in.sent_away(request, Client()))  # type: ignore[arg-type]
    assert asked == ["https://peers.example/sign-in/openid/return"]
