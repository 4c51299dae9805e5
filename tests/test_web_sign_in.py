"""Sign-in: its pages, a server with passwords, what is open to a stranger, and what is whose."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from fastapi.testclient import TestClient

from assistant.documents.records import Limits
from assistant.documents.shelf import Shelf
from assistant.documents.store import DocumentStore
from assistant.indexing.vectors import VectorCache
from assistant.web import build_app, make_server_app
from assistant.web.server import close_services, open_services
from assistant.web.sign_in import passwords, setup
from assistant.web.sign_in.editing import changing
from assistant.web.sign_in.gate import OPEN
from assistant.web.sign_in.pages import Asked, Look
from assistant.web.sign_in.people import Accounts, Person
from assistant.web.sign_in.routes import place_of
from assistant.web.sign_in.team import INSTEAD, TeamTexts
from tests import fakes_web as fake
from tests.conftest import bag_of_words
from tests.fakes_sign_in import (
    CHEAP,
    GOOD,
    OTHER,
    TEXTS,
    Hands,
    _cheap,
    settings_of,
    small_app,
    team_assistant,
)
from tests.openid_provider import running
from tests.test_web import StagedAssistant

__all__ = ["_cheap"]

BATCH = "0123456789abcdef0123456789abcdef"
HEADER = {"x-peer-support": "upload"}


# ---------------------------------------------------------------- the pages before one is in


@pytest.mark.parametrize("kind", ["passwords", "openid", "proxy"])
def test_help_stands_on_every_page_and_no_script(kind: str) -> None:
    look = Look(TEXTS, fake.HELP, kind)
    shown = [look.by_proxy(), look.closed(), look.signed_out("https://id.example/end"), look.back()]
    if kind != "proxy":
        shown.append(look.sign_in(Asked(error="Not so."), "token"))
    for page in shown:
        assert 'href="tel:999"' in page
        assert 'href="#help"' in page
        assert "<script" not in page
        assert page.count("<h1") == 1
        assert '<html lang="en">' in page


def test_what_was_typed_is_repeated_escaped() -> None:
    page = Look(TEXTS, fake.HELP, "passwords").sign_in(
        Asked('/?place="><script>', '"><script>alert(1)</script>'), "token"
    )
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_the_page_says_who_is_signed_in_and_escapes_it() -> None:
    document = '<!doctype html><html lang="en"><head></head><body class="x"><p></p></body></html>'
    look = Look(TEXTS, fake.HELP, "passwords")
    shown = look.worn(document, Person("k", "<b>Sam</b>", True))
    assert '<html data-may="edit" data-person="' in shown
    assert "Signed in as &lt;b&gt;Sam&lt;/b&gt;" in shown
    assert '<form method="post" action="/sign-out">' in shown
    assert shown.index("person-bar") < shown.index("<p></p>")
    reader = look.worn(document, Person("k", "Sam"))
    assert 'data-may="read"' in reader
    assert TEXTS("sign_in.reader") in reader
    proxied = Look(TEXTS, fake.HELP, "proxy").worn(document, Person("k", "Sam"))
    assert "/sign-out" not in proxied


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ("/", "/"),
        ("/?place=documents&view=a%20b", "/?place=documents&view=a%20b"),
        ("/cy/?place=topics", "/cy/?place=topics"),
        ("back", "back"),
        ("", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example/", "/"),
        ("/?a\r\nset-cookie: b", "/"),
        ("/gradio_api/queue/data", "/"),
    ],
)
def test_after_signing_in_one_stays_on_this_page(given: str, place: str) -> None:
    assert place_of(given) == place


def test_a_team_is_told_where_its_words_go() -> None:
    team = TeamTexts(TEXTS)
    assert all(team(name, model="m") == TEXTS(new, model="m") for name, new in INSTEAD.items())
    assert team("help.link") == TEXTS("help.link")
    assert team.group("places") == TEXTS.group("places")
    own = re.compile(r"on this computer|stays? on this computer", re.IGNORECASE)
    for name in ("ask", "documents", "managers", "trainers"):
        said = [words for words in team.group(name).values() if own.search(words)]
        assert said == []


# ---------------------------------------------------------------- a server with passwords


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("team")
    accounts = Accounts(found)
    accounts.put("Amina Khan", CHEAP.hash(GOOD), True, new=True)
    accounts.put("Sam", CHEAP.hash(OTHER), False, new=True)
    return found


def team_app(home: Path) -> FastAPI:
    """The sign-in with passwords before a page of one line."""
    door = setup.opened(settings_of(home, sign_in="passwords"))
    assert door is not None
    return small_app(door)


@pytest.fixture(scope="module")
def app(home: Path) -> Any:
    return make_server_app(team_assistant(home))


@pytest.fixture
def client(app: Any) -> TestClient:
    return TestClient(app, base_url="http://127.0.0.1:7860", follow_redirects=False)


def token_of(page: str) -> str:
    found = re.search(r'name="token" value="([^"]+)"', page)
    assert found
    return found[1]


def signs_in(client: Any, name: str, password: str, following: str = "/") -> Any:
    form = client.get("/sign-in", params={"next": following})
    data = {"token": token_of(form.text), "name": name, "password": password, "next": following}
    return client.post("/sign-in", data=data)


def test_signing_in_and_out(client: TestClient) -> None:
    opened = client.get("/?place=documents")
    assert opened.status_code == 303
    assert opened.headers["location"] == "/sign-in?next=%2F%3Fplace%3Ddocuments"
    form = client.get(opened.headers["location"])
    assert form.status_code == 200
    assert "script-src" not in form.headers["content-security-policy"]
    assert form.headers["cache-control"] == "no-store"
    for attribute in ('autocomplete="username"', 'autocomplete="current-password"'):
        assert attribute in form.text
    came_in = signs_in(client, "amina khan", GOOD, "/?place=documents")
    assert (came_in.status_code, came_in.headers["location"]) == (303, "/?place=documents")
    cookie = next(
        c for c in came_in.headers.get_list("set-cookie") if c.startswith("peer-support=")
    )
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.casefold()
    assert "Secure" not in cookie
    page = client.get("/?place=documents")
    assert page.status_code == 200
    assert "Signed in as Amina Khan" in page.text
    assert TEXTS("sign_in.team_privacy") in page.text
    assert client.get("/sign-in?next=/?place=topics").headers["location"] == "/?place=topics"
    out = client.post("/sign-out")
    assert out.status_code == 200
    assert TEXTS("sign_in.signed_out") in out.text
    assert client.get("/").status_code == 303


def test_the_session_is_a_new_one_each_time(client: TestClient) -> None:
    client.cookies.set("peer-support", "chosen by somebody else", domain="127.0.0.1", path="/")
    signs_in(client, "Sam", OTHER)
    first = client.cookies["peer-support"]
    assert first != "chosen by somebody else"
    client.post("/sign-out")
    signs_in(client, "Sam", OTHER)
    assert client.cookies["peer-support"] != first
    second = client.cookies["peer-support"]
    client.cookies.set("peer-support", first, domain="127.0.0.1", path="/")
    assert client.get("/").status_code == 303
    client.cookies.set("peer-support", second, domain="127.0.0.1", path="/")
    assert client.get("/").status_code == 200


def test_a_wrong_name_and_a_wrong_password_look_the_same(client: TestClient) -> None:
    def page(name: str, password: str) -> tuple[int, str]:
        found = signs_in(client, name, password)
        text = re.sub(r'(name="token" value=")[^"]+', r"\1", found.text)
        return found.status_code, text.replace(f'value="{name}"', "")

    assert page("Sam", "not the right one") == page("Nobody", "not the right one")
    assert page("Sam", "not the right one")[0] == 403
    assert TEXTS("sign_in.wrong") in page("Sam", "not the right one")[1]


def test_a_form_from_elsewhere_is_refused(client: TestClient) -> None:
    form = client.get("/sign-in")
    data = {"token": token_of(form.text), "name": "Sam", "password": OTHER}
    other = TestClient(client.app, base_url="http://127.0.0.1:7860", follow_redirects=False)
    stale = other.post("/sign-in", data=data)
    assert stale.status_code == 403
    assert TEXTS("sign_in.stale") in stale.text
    assert "peer-support" not in other.cookies
    foreign = client.post("/sign-in", data=data, headers={"origin": "https://evil.example"})
    assert foreign.status_code == 403
    assert client.post("/sign-in", data=data | {"token": ""}).status_code == 403
    empty = client.post("/sign-in", data=data | {"password": ""})
    assert empty.status_code == 400
    assert TEXTS("sign_in.both") in empty.text
    assert client.post("/sign-in", content=b"x" * 20_000).status_code == 413
    assert client.post("/sign-in", content=b"\xff").status_code == 400


def test_guessing_is_slowed_down_by_name_and_the_right_password_waits_too(home: Path) -> None:
    clock = Hands()
    door = setup.opened(settings_of(home, sign_in="passwords"))
    assert door is not None
    app = small_app(door, clock)
    client = TestClient(app, base_url="http://127.0.0.1:7860", follow_redirects=False)
    found = [signs_in(client, "Sam", "not the right one").status_code for _ in range(6)]
    assert found == [403] * 5 + [429]
    waiting = signs_in(client, "sam", OTHER)
    assert waiting.status_code == 429
    assert int(waiting.headers["retry-after"]) >= 1
    assert TEXTS("sign_in.wait_moment") in waiting.text
    clock.now += 2
    assert signs_in(client, "Sam", "not the right one").status_code == 403
    waiting = signs_in(client, "Sam", OTHER)
    assert TEXTS("sign_in.wait_seconds", seconds=3) in waiting.text
    assert signs_in(client, "Amina Khan", GOOD).status_code == 303
    client.post("/sign-out")
    clock.now += 60
    assert signs_in(client, "Sam", OTHER).status_code == 303


def test_somebody_removed_or_with_another_password_is_out_at_once(tmp_path: Path) -> None:
    accounts = Accounts(tmp_path)
    accounts.put("Sam", passwords.hashed(GOOD), new=True)
    app = team_app(tmp_path)
    client = TestClient(app, base_url="http://127.0.0.1:7860", follow_redirects=False)
    signs_in(client, "Sam", GOOD)
    assert client.get("/").status_code == 200
    accounts.put("Sam", passwords.hashed(OTHER), new=False)
    assert client.get("/").status_code == 303
    signs_in(client, "Sam", OTHER)
    assert client.get("/").status_code == 200
    accounts.remove("Sam")
    assert client.get("/").status_code == 303
    accounts.path.write_text("{")
    closed = client.get("/")
    assert closed.status_code == 503
    assert TEXTS("sign_in.closed") in closed.text
    assert 'href="tel:999"' in closed.text
    assert client.get("/config").status_code == 503
    assert client.get("/sign-in").status_code == 503


def test_a_cheaper_hash_is_made_anew_at_sign_in(tmp_path: Path) -> None:
    cheap = PasswordHasher(time_cost=1, memory_cost=512).hash(GOOD)
    accounts = Accounts(tmp_path)
    accounts.put("Sam", cheap, new=True)
    app = team_app(tmp_path)
    client = TestClient(app, base_url="http://127.0.0.1:7860", follow_redirects=False)
    assert signs_in(client, "Sam", GOOD).status_code == 303
    assert accounts.all()["sam"].hash != cheap
    assert client.get("/").status_code == 200


def test_with_https_cookies_are_secure_and_only_the_public_name_is_known(tmp_path: Path) -> None:
    Accounts(tmp_path).put("Sam", passwords.hashed(GOOD), new=True)
    assistant = team_assistant(tmp_path, public_address="https://peers.example")
    app = make_server_app(assistant, "0.0.0.0")
    client = TestClient(app, base_url="https://peers.example", follow_redirects=False)
    assert client.get("/", headers={"host": "evil.example"}).status_code == 400
    came_in = signs_in(client, "Sam", GOOD)
    cookies = came_in.headers.get_list("set-cookie")
    assert any(c.startswith("__Host-peer-support=") and "Secure" in c for c in cookies)
    page = client.get("/")
    assert "max-age" in page.headers["strict-transport-security"]
    assert '"root":"https://peers.example"' in page.text


# ---------------------------------------------------------------- nothing is open to a stranger


def paths_of(routes: Any, before: str = "") -> Iterator[tuple[str, str]]:
    """Every method and path that an application answers."""
    for route in routes:
        path = before + (getattr(route, "path", "") or "")
        inner = getattr(route, "original_router", None) or getattr(route, "app", None)
        below = getattr(inner, "routes", None)
        if below:
            yield from paths_of(below, path)
            continue
        filled = re.sub(r"\{[^}]*\}", "1", path)
        for method in getattr(route, "methods", None) or {"GET"}:
            yield method, filled or "/"


def test_no_route_answers_a_stranger(app: Any, client: TestClient) -> None:
    found = set(paths_of(app.routes))
    paths = {path for _, path in found}
    # What Gradio brings, in both languages, and what is ours.
    assert {"/gradio_api/queue/join", "/cy/gradio_api/queue/join"} <= paths
    assert {"/gradio_api/upload", "/gradio_api/file=1", "/download/1/1", "/drafts/upload"} <= paths
    assert len(found) > 150
    answered = []
    for method, path in sorted(found):
        if OPEN.fullmatch(path):
            continue
        reply = client.request(method, path, headers=HEADER)
        if reply.status_code not in {303, 307, 401, 404, 405}:
            answered.append((method, path, reply.status_code))
        if reply.status_code in {303, 307}:
            assert path in {"/", "/cy", "/cy/"}
    assert answered == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/ui/page.css", 200),
        ("/ui/sign_in.css", 200),
        ("/ui/icon.svg", 200),
        ("/ui/fonts/atkinson-hyperlegible-latin-400-normal.woff2", 200),
        ("/ui/page.js", 401),
        ("/ui/%2e%2e/server.py", 401),
        ("/ui/fonts/%2e%2e/page.js", 401),
        ("/assets/x.js", 401),
        ("/config", 401),
        ("/download/a/b.docx", 401),
        ("/gradio_api/queue/data?session_hash=abc", 401),
        ("/gradio_api/heartbeat/abc", 401),
    ],
)
def test_only_what_the_sign_in_page_needs_is_open(
    client: TestClient, path: str, status: int
) -> None:
    reply = client.get(path)
    assert reply.status_code == status
    assert "Restraint" not in reply.text


# ---------------------------------------------------------------- what is whose


def event(number: int, page: str, **more: Any) -> dict[str, Any]:
    return {"data": [], "event_data": None, "fn_index": number, "session_hash": page, **more}


@pytest.fixture
def with_documents(home: Path, tmp_path: Path) -> Iterator[Any]:
    """An assistant with a shelf, for the people of the team."""
    store = DocumentStore(tmp_path / "shelf")
    cache = VectorCache(store.folder / "vectors.sqlite")
    assistant = team_assistant(home)
    assistant.shelf = Shelf(store, bag_of_words(tmp_path).kept_in(cache), cache, Limits())
    yield assistant
    assistant.shelf.close()


def test_readers_may_not_change_shared_documents(with_documents: Any) -> None:
    app = make_server_app(with_documents)
    sam, amina = (
        TestClient(app, base_url="http://127.0.0.1:7860", follow_redirects=False) for _ in range(2)
    )
    signs_in(sam, "Sam", OTHER)
    signs_in(amina, "Amina Khan", GOOD)
    upload = f"/documents/upload?batch={BATCH}&name=a.txt"
    refused = sam.put(upload, content=b"x", headers=HEADER)
    assert refused.status_code == 403
    assert refused.headers["x-peer-support-why"] == "reader"
    assert amina.put(upload, content=b"x", headers=HEADER).status_code == 204
    own = sam.put(f"/drafts/upload?batch={BATCH[::-1]}&name=a.txt", content=b"x", headers=HEADER)
    assert own.status_code == 204
    for before in ("", "/cy"):
        functions = functions_of(sam.get(f"{before}/config").json())
        for name, number in functions.items():
            for way in ("queue/join", "run/predict"):
                address = f"{before}/gradio_api/{way}"
                reply = sam.post(address, json=event(number, "samdocs"))
                if name in {"tick", "option_select"}:
                    assert reply.headers.get("x-peer-support-why") is None
                    continue
                assert (name, reply.status_code) == (name, 403)
                assert reply.headers["x-peer-support-why"] == "reader"
        let_in = amina.post(f"{before}/gradio_api/queue/join", json=event(functions["delete"], "a"))
        assert let_in.status_code == 200
    app.state.services.documents.close()


def functions_of(config: dict[str, Any]) -> dict[str, int]:
    """Numbers of the functions of "Your documents" by the event that they listen to."""
    ids = {c["id"] for c in config["components"] if c["props"].get("elem_id") == "channel-page"}
    wanted = {"tick", "option_select", "stop", "upload", "apply", "edit", "delete"}
    found: dict[str, int] = {}
    for dependency in config["dependencies"]:
        for target, name in dependency["targets"]:
            if target in ids and name in wanted and dependency["backend_fn"]:
                found[name] = dependency["id"]
    assert set(found) == wanted
    return found


def test_what_readers_may_not_call_is_what_is_not_known_to_be_harmless(
    with_documents: Any,
) -> None:
    services = open_services(with_documents, TEXTS)
    blocks = build_app(with_documents, TEXTS, services)
    ours = {
        number: function.fn.__name__
        for number, function in blocks.fns.items()
        if getattr(function.fn, "__module__", "") == "assistant.web.documents.place"
    }
    closed = changing(blocks)
    assert {ours[number] for number in closed} == {"add", "choose", "edit", "remove", "stop"}
    assert {name for number, name in ours.items() if number not in closed} == {"opened", "show"}
    close_services(services)


def test_what_came_in_for_one_person_is_closed_to_others(app: Any, client: TestClient) -> None:
    other = TestClient(app, base_url="http://127.0.0.1:7860", follow_redirects=False)
    signs_in(client, "Sam", OTHER)
    signs_in(other, "Amina Khan", GOOD)
    batch = BATCH[::-1]
    upload = f"/drafts/upload?batch={batch}&name=a.txt"
    assert client.put(upload, content=b"x", headers=HEADER).status_code == 204
    assert other.put(upload, content=b"x", headers=HEADER).status_code == 403
    asked = event(0, "amina1", event_data={"batch": batch})
    refused = other.post("/gradio_api/queue/join", json=asked)
    assert refused.status_code == 403
    assert refused.headers["x-peer-support-why"] == "anothers"


@pytest.mark.parametrize(
    "change",
    [
        {"fn_index": None},
        {"fn_index": True},
        {"fn_index": "1"},
        {"session_hash": None},
        {"session_hash": "../x"},
        {"session_hash": "x" * 65},
        {"session_hash": ["a"]},
    ],
)
def test_an_event_that_says_too_little_is_refused(
    client: TestClient, change: dict[str, Any]
) -> None:
    signs_in(client, "Amina Khan", GOOD)
    sent = event(0, "page1") | change
    assert client.post("/gradio_api/queue/join", json=sent).status_code == 403


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b'{"fn_index": 1, "fn_index": 2, "session_hash": "a", "data": []}',
        b'{"data": [], "fn_index": 1, "session_hash": "a", "session_hash": "b"}',
        b"[" * 100_000,
    ],
)
def test_an_event_that_can_be_read_in_two_ways_is_refused(client: TestClient, body: bytes) -> None:
    signs_in(client, "Amina Khan", GOOD)
    sent = {"content-type": "application/json"}
    reply = client.post("/gradio_api/queue/join", content=body, headers=sent)
    assert reply.status_code == 400


def lines_of(reply: httpx.Response, seconds: float = 20) -> Iterator[dict[str, Any]]:
    end = time.monotonic() + seconds
    for line in reply.iter_lines():
        if line.startswith("data: {"):
            yield json.loads(line[6:])
        if time.monotonic() > end:
            return


@pytest.fixture(scope="module")
def served(app: Any) -> Iterator[str]:
    with running(app) as address:
        yield address


def browser(address: str, name: str, password: str) -> httpx.Client:
    client = httpx.Client(base_url=address, timeout=20, follow_redirects=False)
    assert signs_in(client, name, password).status_code == 303
    return client


def number_of(client: httpx.Client, output: str) -> int:
    """Number of the function that asks the question in the box."""
    config = client.get("/config").json()
    ids = {c["id"]: c["props"].get("elem_id") for c in config["components"]}
    for dependency in config["dependencies"]:
        targets = {(ids.get(i), e) for i, e in dependency["targets"]}
        if (output, "submit") in targets and dependency["backend_fn"]:
            return int(dependency["id"])
    raise AssertionError("no function asks")


@pytest.mark.enable_socket
def test_nobody_hears_or_uses_the_page_of_another(app: Any, served: str) -> None:
    sam, amina = browser(served, "Sam", OTHER), browser(served, "Amina Khan", GOOD)
    ask = number_of(sam, "question")
    inputs = [fake.RESTRAINT, None, "{}", "{}"]
    sent = event(ask, "sampage") | {"data": inputs, "trigger_id": 0}
    # Without the gate this answers: Gradio lets anybody listen who knows the page.
    assert sam.post("/gradio_api/queue/join", json=sent).status_code == 200
    for way in ("/gradio_api/queue/data?session_hash=sampage", "/gradio_api/heartbeat/sampage"):
        refused = amina.get(way)
        assert refused.status_code == 403
        assert "restraint" not in refused.text.casefold()
    both = amina.get("/gradio_api/queue/data?session_hash=mine&session_hash=sampage")
    assert both.status_code == 403
    assert amina.post("/gradio_api/queue/join", json=sent).status_code == 403
    assert amina.post("/gradio_api/run/predict", json=sent).status_code == 403
    with sam.stream("GET", "/gradio_api/queue/data?session_hash=sampage") as stream:
        heard = [m for m in lines_of(stream) if m["msg"] == "process_completed"]
    assert "uofa-2018-act" in json.dumps(heard)
    # Another browser of the same person goes on with the page.
    again = browser(served, "sam", OTHER)
    assert again.post("/gradio_api/queue/join", json=sent).status_code == 200
    with again.stream("GET", "/gradio_api/queue/data?session_hash=sampage") as stream:
        heard = [m for m in lines_of(stream) if m["msg"] == "process_completed"]
    assert "a2-question" in json.dumps(heard)


@pytest.mark.enable_socket
def test_gradio_alone_would_let_anybody_listen() -> None:
    """Why the gate holds a page to its owner. Where this fails, Gradio does it itself."""
    with running(make_server_app(StagedAssistant())) as address:
        one, two = (httpx.Client(base_url=address, timeout=20) for _ in range(2))
        ask = number_of(one, "question")
        sent = event(ask, "page1") | {"data": [fake.RESTRAINT, None, "{}", "{}"], "trigger_id": 0}
        assert one.post("/gradio_api/queue/join", json=sent).status_code == 200
        with two.stream("GET", "/gradio_api/queue/data?session_hash=page1") as stream:
            heard = [m for m in lines_of(stream) if m["msg"] == "process_completed"]
        assert "uofa-2018-act" in json.dumps(heard)


@pytest.mark.enable_socket
def test_a_stream_ends_with_its_session(served: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gradio.utils.get_heartbeat_rate", lambda: 0.1)
    sam = browser(served, "Sam", OTHER)
    began = time.monotonic()
    with sam.stream("GET", "/gradio_api/heartbeat/sambeat") as stream:
        pieces = stream.iter_text()
        assert "ALIVE" in next(pieces)
        assert "ALIVE" in next(pieces)
        cookies = dict(sam.cookies)
        httpx.post(f"{served}/sign-out", cookies=cookies)
        for _ in pieces:
            assert time.monotonic() - began < 15
    assert time.monotonic() - began < 15
