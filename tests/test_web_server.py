"""What stands before the page: hosts, headers, sizes, and only the addresses that it uses."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from assistant.interface import load_texts
from assistant.web import make_server_app
from assistant.web.guard import MOST_BYTES, MOST_FORM_BYTES, Guard, mended
from assistant.web.server import MOST_CONNECTIONS, serving
from assistant.web.sign_in import bodies
from assistant.web.slow import Impatient
from tests.openid_provider import running
from tests.test_web import StagedAssistant

TEXTS = load_texts()


@pytest.fixture(scope="module")
def app() -> Any:
    return make_server_app(StagedAssistant())


@pytest.fixture
def client(app: Any) -> TestClient:
    return TestClient(app, base_url="http://127.0.0.1:7860", follow_redirects=False)


# ---------------------------------------------------------------- addresses


CLOSED = [
    ("POST", "/gradio_api/upload"),
    ("GET", "/gradio_api/upload_progress?upload_id=a"),
    ("GET", "/gradio_api/file=/etc/passwd"),
    ("HEAD", "/gradio_api/file=/etc/passwd"),
    ("GET", "/gradio_api/file=http://192.0.2.1/"),
    ("GET", "/gradio_api/file/etc/passwd"),
    ("GET", "/gradio_api/proxy=http://192.0.2.1/"),
    ("POST", "/gradio_api/stream/a"),
    ("POST", "/gradio_api/stream/a/close"),
    ("GET", "/gradio_api/stream/a/1/1/playlist.m3u8"),
    ("POST", "/gradio_api/component_server"),
    ("POST", "/gradio_api/call/ask"),
    ("POST", "/gradio_api/call/v2/ask"),
    ("GET", "/gradio_api/call/ask/1"),
    ("POST", "/gradio_api/api/predict"),
    ("POST", "/gradio_api/run/ask"),
    ("POST", "/gradio_api/cancel"),
    ("POST", "/gradio_api/process_recording"),
    ("POST", "/gradio_api/vibe-edit"),
    ("POST", "/gradio_api/vibe-code"),
    ("GET", "/gradio_api/deep_link?session_hash=a"),
    ("GET", "/gradio_api/info"),
    ("GET", "/gradio_api/openapi.json"),
    ("GET", "/gradio_api/token"),
    ("GET", "/gradio_api/queue/status"),
    ("GET", "/gradio_api/startup-events"),
    ("GET", "/gradio_api/runs"),
    ("GET", "/monitoring"),
    ("GET", "/monitoring/summary"),
    ("POST", "/login"),
    ("GET", "/docs"),
    ("GET", "/openapi.json"),
    ("GET", "/config%0a"),
]


@pytest.mark.parametrize("before", ["", "/cy"])
@pytest.mark.parametrize(("method", "path"), CLOSED)
def test_what_the_page_does_not_use_is_closed(
    client: TestClient, method: str, path: str, before: str
) -> None:
    """Files taken in, addresses fetched, functions run by name: Gradio brings them all."""
    files = {"files": ("a.txt", b"x")} if path.endswith("upload") else None
    reply = client.request(method, before + path, files=files)
    assert reply.status_code in {404, 405}
    assert "root:" not in reply.text


@pytest.mark.parametrize("path", ["/", "/cy/", "/config", "/ui/page.css", "/ui/page.js"])
def test_what_the_page_uses_is_open(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 200


def test_wrong_ways_are_told_apart(client: TestClient) -> None:
    assert client.delete("/").status_code == 405
    assert client.put("/gradio_api/queue/join").status_code == 405
    assert client.post("/nowhere").status_code == 404


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:7860", 200),
        ("localhost:1", 200),
        ("[::1]:7860", 200),
        ("peers.example", 200),
        ("PEERS.example:443", 200),
        ("evil.example", 400),
        ("peers.example.evil.example", 400),
        ("127.0.0.1.evil.example", 400),
        ("", 400),
    ],
)
def test_only_known_names_are_answered(host: str, status: int) -> None:
    client = TestClient(guarded(host="peers.example"), base_url="http://127.0.0.1")
    assert client.get("/config", headers={"host": host}).status_code == status


def guarded(**given: Any) -> FastAPI:
    """The guard before addresses that say what reaches them."""
    inner = FastAPI()

    @inner.get("/config")
    async def config(request: Request) -> dict[str, Any]:
        return {"url": str(request.url), "headers": dict(request.headers)}

    @inner.get("/")
    async def fails() -> None:
        raise RuntimeError("what somebody asked")

    @inner.post("/gradio_api/queue/join")
    async def join(request: Request) -> dict[str, int]:
        return {"size": len(await request.body())}

    @inner.post("/sign-out")
    async def out(request: Request) -> dict[str, int]:
        return {"size": len(await request.body())}

    inner.add_middleware(Guard, texts=TEXTS, **given)
    return inner


@pytest.mark.parametrize(
    ("headers", "passes"),
    [
        ({}, True),
        ({"origin": "http://127.0.0.1"}, True),
        ({"origin": "null", "sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"origin": "https://evil.example"}, False),
        ({"origin": "http://127.0.0.1:1"}, False),
        ({"origin": "null"}, False),
        ({"origin": "http://["}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "same-site", "origin": "http://127.0.0.1"}, False),
    ],
)
def test_only_this_page_changes_anything(headers: dict[str, str], passes: bool) -> None:
    client = TestClient(guarded(), base_url="http://127.0.0.1")
    for path in ("/gradio_api/queue/join", "/sign-out"):
        assert (client.post(path, content=b"{}", headers=headers).status_code == 200) is passes


def test_what_a_caller_claims_to_have_passed_is_not_believed() -> None:
    client = TestClient(guarded(host="peers.example", https=True), base_url="http://127.0.0.1")
    claimed = {
        "x-forwarded-host": "evil.example",
        "x-forwarded-proto": "https",
        "x-gradio-server": "https://evil.example",
        "forwarded": "host=evil.example",
    }
    told = client.get("/config", headers=claimed).json()
    assert "evil" not in json.dumps(told)
    assert told["url"].startswith("http://127.0.0.1")
    public = client.get("/config", headers={"host": "peers.example"}).json()
    assert public["url"].startswith("https://peers.example")


# ---------------------------------------------------------------- headers


NAMES = {
    "content-security-policy",
    "referrer-policy",
    "x-content-type-options",
    "x-frame-options",
    "x-robots-tag",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "permissions-policy",
}


@pytest.mark.parametrize("path", ["/", "/cy/", "/config", "/nowhere", "/ui/page.css", "/theme.css"])
def test_every_answer_carries_every_header(client: TestClient, path: str) -> None:
    reply = client.get(path)
    assert set(reply.headers) >= NAMES
    static = path.endswith(".css")
    assert (reply.headers.get("cache-control") == "no-store") is not static
    assert "strict-transport-security" not in reply.headers
    policy = reply.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "http" not in policy


def test_refusals_and_failures_carry_them_too(caplog: pytest.LogCaptureFixture) -> None:
    client = TestClient(
        guarded(https=True), base_url="http://127.0.0.1", raise_server_exceptions=False
    )
    for path, host, status in (("/", "127.0.0.1", 500), ("/config", "evil.example", 400)):
        reply = client.get(path, headers={"host": host})
        assert reply.status_code == status
        assert set(reply.headers) >= NAMES | {"strict-transport-security"}
        assert "what somebody asked" not in reply.text
    assert "RuntimeError" in caplog.text
    assert "what somebody asked" not in caplog.text


def test_documents_of_gradio_name_nobody_else(client: TestClient) -> None:
    for path in ("/", "/cy/"):
        document = client.get(path).text
        assert "https://" not in document.partition("window.gradio_config")[0]
        assert '<link rel="stylesheet" href="/ui/page.css">' in document


def test_the_first_document_is_small_on_the_way(client: TestClient) -> None:
    plain = client.get("/", headers={"accept-encoding": "identity"})
    short = client.get("/", headers={"accept-encoding": "gzip, br"})
    assert "content-encoding" not in plain.headers
    assert short.headers["content-encoding"] == "gzip"
    assert int(short.headers["content-length"]) * 4 < int(plain.headers["content-length"])
    assert short.text == plain.text


def test_a_document_is_worn_after_it_was_mended() -> None:
    worn = mended("<html><head></head><body></body></html>", TEXTS, lambda d: d + "<!--worn-->")
    assert worn.endswith("<!--worn-->")


# ---------------------------------------------------------------- sizes and times


def test_bodies_are_bounded_by_what_they_are_for() -> None:
    client = TestClient(guarded(), base_url="http://127.0.0.1")
    join, out = "/gradio_api/queue/join", "/sign-out"
    assert client.post(join, content=b"x" * MOST_BYTES).json() == {"size": MOST_BYTES}
    assert client.post(join, content=b"x" * (MOST_BYTES + 1)).status_code == 413
    assert client.post(out, content=b"x" * MOST_FORM_BYTES).status_code == 200
    assert client.post(out, content=b"x" * (MOST_FORM_BYTES + 1)).status_code == 413

    def pieces() -> Iterator[bytes]:
        for _ in range(MOST_BYTES // (1 << 16) + 1):
            yield b"x" * (1 << 16)

    assert client.post(join, content=pieces()).status_code == 413
    assert client.post(join, content=b"", headers={"content-length": "-1"}).status_code == 413


@pytest.mark.enable_socket
def test_a_body_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies.read, "__defaults__", (0.3,))
    with running(guarded()) as address:
        caller = opened(address)
        caller.sendall(
            b"POST /sign-out HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 9\r\n\r\nabc"
        )
        assert caller.recv(200).startswith(b"HTTP/1.1 408")


def opened(address: str) -> socket.socket:
    caller = socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2])))
    caller.settimeout(10)
    return caller


@pytest.mark.enable_socket
def test_callers_who_say_nothing_or_slowly_are_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Impatient, "seconds", 0.5)
    with running(guarded(), http=Impatient) as address:
        silent, slow, good = (opened(address) for _ in range(3))
        began = time.monotonic()
        head = b"GET /config HTTP/1.1\r\nhost: 127.0.0.1\r\n"
        good.sendall(head + b"\r\n")
        assert good.recv(20).startswith(b"HTTP/1.1 200")
        for byte in head[:4]:
            slow.sendall(bytes([byte]))
        assert silent.recv(1) == b""
        assert slow.recv(1) == b""
        assert time.monotonic() - began < 8


def test_the_server_is_told_to_believe_nobody_and_to_take_so_many() -> None:
    config = serving(guarded())
    assert config.proxy_headers is False
    assert config.server_header is False
    assert config.limit_concurrency == MOST_CONNECTIONS
    assert config.http is Impatient
    assert config.ws == "none"


def test_no_socket_is_opened(client: TestClient) -> None:
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/gradio_api/queue/join"):
        pass
