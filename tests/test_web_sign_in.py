"""Sign-in: who gets in, who does not, what is whose, and what is said."""

from __future__ import annotations

import asyncio
import io
import json
import os
import re
import stat
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from fastapi.testclient import TestClient
from starlette.requests import HTTPConnection

from assistant.cli import main
from assistant.documents.records import Limits
from assistant.documents.shelf import Shelf
from assistant.documents.store import DocumentStore
from assistant.errors import ConfigurationError, UsageError
from assistant.indexing.vectors import VectorCache
from assistant.interface import load_texts
from assistant.settings import Settings, read_settings
from assistant.web import build_app, make_server_app
from assistant.web.guard import Guard
from assistant.web.server import close_services, open_services
from assistant.web.sign_in import openid, passwords, setup
from assistant.web.sign_in.claims import MOST_OF_ONE, Claims
from assistant.web.sign_in.door import Door, PasswordWay, came_from
from assistant.web.sign_in.editing import changing
from assistant.web.sign_in.gate import OPEN, Gate
from assistant.web.sign_in.pages import Asked, Look
from assistant.web.sign_in.people import Accounts, Person, checked_name, key_of
from assistant.web.sign_in.routes import SignIn, add_routes, place_of
from assistant.web.sign_in.sessions import MOST_OF_ONE as MOST_SESSIONS
from assistant.web.sign_in.sessions import Sessions
from assistant.web.sign_in.team import INSTEAD, TeamTexts
from assistant.web.sign_in.waits import Waits, address_key
from tests import fakes_web as fake
from tests.conftest import bag_of_words
from tests.openid_provider import CLIENT, SECRET, Provider, provided, running
from tests.test_web import StagedAssistant

TEXTS = load_texts()
GOOD = "three calm words here"
OTHER = "four other quiet words"
BATCH = "0123456789abcdef0123456789abcdef"
HEADER = {"x-peer-support": "upload"}
Clock = Callable[[], float]


REAL = passwords._hasher
CHEAP = PasswordHasher(time_cost=1, memory_cost=1 << 10)


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes that take no time; what the real ones cost is looked at in one test."""
    monkeypatch.setattr(passwords, "_hasher", lambda: CHEAP)
    passwords._nobodys.cache_clear()


class Hands:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


# ---------------------------------------------------------------- people in the file


@pytest.fixture
def accounts(tmp_path: Path) -> Accounts:
    return Accounts(tmp_path / "home")


def test_people_are_kept_for_their_owner_alone_and_found_however_they_are_written(
    accounts: Accounts,
) -> None:
    accounts.put("Amina  Khan", "hash", True, new=True)
    found = accounts.get("AMINA khan")
    assert found is not None
    assert (found.name, found.editor, found.hash) == ("Amina Khan", True, "hash")
    assert stat.S_IMODE(accounts.path.stat().st_mode) == 0o600
    assert [p.name for p in accounts.path.parent.glob(".users*")] == []


def test_a_person_is_added_once_changed_and_removed(accounts: Accounts) -> None:
    accounts.put("Sam", "one", new=True)
    with pytest.raises(UsageError, match="there already"):
        accounts.put("sam", "two", new=True)
    accounts.put("SAM", "two", new=False)
    accounts.set_editor("sam", True)
    held = accounts.all()["sam"]
    assert (held.name, held.hash, held.editor) == ("Sam", "two", True)
    accounts.rehashed("sam", "another", "never")
    assert accounts.all()["sam"].hash == "two"
    accounts.rehashed("sam", "two", "three")
    assert accounts.all()["sam"].hash == "three"
    accounts.remove("Sam")
    assert accounts.get("sam") is None
    for change in (
        lambda: accounts.remove("Sam"),
        lambda: accounts.set_editor("Sam", True),
        lambda: accounts.put("Sam", "x", new=False),
    ):
        with pytest.raises(UsageError, match="Nobody"):
            change()


def test_two_programs_that_add_people_lose_none(tmp_path: Path) -> None:
    def add(number: int) -> None:
        Accounts(tmp_path).put(f"person {number}", "hash", new=True)

    threads = [threading.Thread(target=add, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(Accounts(tmp_path).all()) == 8


@pytest.mark.parametrize(
    "content",
    [
        "{",
        '{"version": 2, "users": {}}',
        '{"version": 1, "users": {"sam": {"name": "Sam"}}}',
        '{"version": 1, "users": {"x": {"name": "Sam", "hash": "h", "added": "2026-01-01"}}}',
    ],
)
def test_a_broken_file_is_named_with_the_way_out(accounts: Accounts, content: str) -> None:
    accounts.path.parent.mkdir()
    accounts.path.write_text(content)
    accounts.path.chmod(0o600)
    with pytest.raises(ConfigurationError) as caught:
        accounts.all()
    assert str(accounts.path) in caught.value.message
    assert "users add" in caught.value.hint


@pytest.mark.skipif(os.name != "posix", reason="rights of files are POSIX")
def test_a_file_that_others_may_read_is_refused(accounts: Accounts) -> None:
    accounts.put("Sam", "hash", new=True)
    accounts.path.chmod(0o644)
    with pytest.raises(ConfigurationError) as caught:
        accounts.all()
    assert "chmod 600" in caught.value.hint
    accounts.path.chmod(0o600)
    assert "sam" in accounts.all()


@pytest.mark.parametrize("name", ["", "  ", "x" * 65, "a\u200bb", "a\x07"])
def test_names_can_be_seen_and_typed(name: str) -> None:
    with pytest.raises(UsageError):
        checked_name(name)


def test_names_are_told_apart_by_letters_alone() -> None:
    assert key_of("Amina\u00a0KHAN ") == key_of("amina khan")
    assert key_of("\uff21mina") == "amina"


# ---------------------------------------------------------------- passwords


@pytest.mark.parametrize(
    "password",
    ["short", "x" * 257, "aaaaaaaaaaaaaaa", "sam.o.jones.x", "sam.o.jones.xsam.o.jones.x"],
)
def test_passwords_that_are_too_easy(password: str) -> None:
    with pytest.raises(UsageError):
        passwords.checked_password(password, "Sam.O.Jones.X")


def test_a_hash_is_argon2id_and_fits_its_password_alone() -> None:
    one, two = passwords.hashed("kräftige Wörter drei"), passwords.hashed("kräftige Wörter drei")
    assert one.startswith("$argon2id$")
    assert one != two
    # The same letters, as another keyboard puts them together.
    assert passwords.matches(one, "kra\u0308ftige Wo\u0308rter drei")
    assert not passwords.matches(one, "kräftige Wörter vier")
    assert not passwords.matches(None, "kräftige Wörter drei")
    assert not passwords.matches("no hash", "kräftige Wörter drei")
    assert not passwords.matches(one, "x" * 100_000)
    assert not passwords.outdated(one)
    real = REAL()
    # RFC 9106, the option for little memory.
    assert (real.memory_cost, real.time_cost, real.parallelism) == (65536, 3, 4)


def test_an_unknown_name_costs_the_same_work(monkeypatch: pytest.MonkeyPatch) -> None:
    passwords.warm()
    known = passwords.hashed(GOOD)
    asked: list[str] = []
    hasher = SimpleNamespace(verify=lambda hash_, password: asked.append(hash_))
    monkeypatch.setattr(passwords, "_hasher", lambda: hasher)
    passwords.matches(known, "x")
    passwords.matches(None, "x")
    cost = [re.findall(r"^\$argon2id\$v=\d+\$m=\d+,t=\d+,p=\d+", hash_) for hash_ in asked]
    assert len(cost) == 2
    assert cost[0] == cost[1] != []


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    passwords._package.cache_clear()
    monkeypatch.setitem(sys.modules, "argon2.exceptions", None)
    with pytest.raises(ConfigurationError) as caught:
        passwords._package()
    assert "[team]" in caught.value.hint


# ---------------------------------------------------------------- sessions, waits, claims


def test_sessions_end_by_quiet_by_age_and_by_choice() -> None:
    clock = Hands()
    sessions = Sessions(60, 200, clock)
    sam = Person("sam", "Sam")
    secret = sessions.begin(sam, "stamp")
    clock.now += 50
    assert sessions.get(secret) is not None
    clock.now += 9
    assert sessions.get(secret, touch=True) is not None
    clock.now += 59
    assert sessions.get(secret) is not None
    clock.now += 1
    assert sessions.get(secret) is None
    secret = sessions.begin(sam)
    for _ in range(6):
        clock.now += 30
        assert sessions.get(secret, touch=True) is not None
    clock.now += 30
    assert sessions.get(secret, touch=True) is None
    secret = sessions.begin(sam)
    sessions.end(secret)
    assert sessions.get(secret) is None
    assert sessions.get("") is None


def test_sessions_are_bounded_and_their_secrets_not_kept() -> None:
    sessions = Sessions(60, 200, Hands())
    first = sessions.begin(Person("sam", "Sam"))
    other = sessions.begin(Person("amina", "Amina"))
    made = {sessions.begin(Person("sam", "Sam")) for _ in range(MOST_SESSIONS)}
    assert len(made) == MOST_SESSIONS
    assert all(len(secret) >= 43 for secret in made)
    assert sessions.get(first) is None
    assert sessions.get(other) is not None
    assert len(sessions) == MOST_SESSIONS + 1
    assert not made & set(sessions._held)


def test_tries_wait_longer_and_longer_up_to_a_bound_and_are_forgotten() -> None:
    clock = Hands()
    waits = Waits(3, 60, clock)
    found = []
    for _ in range(12):
        waits.spend("sam")
        found.append(waits.seconds("sam"))
    assert found[:5] == [0, 0, 1, 2, 4]
    assert found[-1] == 60
    assert waits.seconds("amina") == 0
    clock.now += 60
    assert waits.seconds("sam") == 0
    clock.now += 3600
    waits.spend("sam")
    assert waits.seconds("sam") == 0
    for _ in range(5):
        waits.spend("sam")
    waits.forget("sam")
    assert waits.seconds("sam") == 0


def test_a_good_try_is_given_back() -> None:
    waits = Waits(2, 60, Hands())
    for _ in range(20):
        waits.spend("ward")
        waits.give_back("ward")
    assert waits.seconds("ward") == 0


def test_waits_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.web.sign_in.waits.MOST", 10)
    waits = Waits(2, 60, Hands())
    for number in range(50):
        waits.spend(str(number))
    assert len(waits) == 10


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("testclient", "testclient"),
    ],
)
def test_what_counts_as_one_address(address: str, key: str) -> None:
    assert address_key(address) == key


def test_what_was_claimed_stays_with_its_owner() -> None:
    claims = Claims()
    assert claims.mine("page:a", "sam")
    assert claims.mine("page:a", "sam")
    assert not claims.mine("page:a", "amina")
    for number in range(MOST_OF_ONE):
        assert claims.mine(f"page:b{number}", "amina")
    # Somebody who claims much lets go of their own first, never of another's.
    assert claims.mine("page:c", "amina")
    assert not claims.mine("page:a", "amina")
    assert len(claims._owners) == MOST_OF_ONE + 1


# ---------------------------------------------------------------- what may start


def settings_of(tmp_path: Path, **more: Any) -> Settings:
    return read_settings(home=tmp_path, **more)


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"host": "0.0.0.0"}, "before sign-in is set up"),
    ({"host": "192.0.2.1"}, "before sign-in is set up"),
    ({"public_address": "https://peers.example.nhs.uk"}, "before sign-in is set up"),
    ({"host": "0.0.0.0", "sign_in": "passwords"}, "does not know the address"),
    (
        {"host": "0.0.0.0", "sign_in": "passwords", "public_address": "http://ward.example"},
        "not encrypted",
    ),
    ({"sign_in": "passwords", "public_address": "http://ward.example"}, "not encrypted"),
    ({"sign_in": "passwords", "public_address": "peers.example"}, "no address"),
    ({"sign_in": "passwords", "public_address": "https://peers.example/path"}, "no address"),
    ({"sign_in": "passwords", "public_address": "https://a:b@peers.example"}, "no address"),
    ({"sign_in": "passwords", "public_address": "https://peers.example:port"}, "no address"),
    ({"sign_in": "passwords"}, "no person has been added"),
    ({"sign_in": "proxy", "proxy_addresses": "somewhere"}, "proxy_addresses"),
    ({"sign_in": "proxy", "proxy_header": " "}, "proxy_header"),
    ({"sign_in": "openid"}, "openid_issuer"),
    ({"sign_in": "openid", "openid_issuer": "https://id.example"}, "openid_client"),
    (
        {"sign_in": "openid", "openid_issuer": "http://id.example", "openid_client": "c"},
        "https://",
    ),
    (
        {"sign_in": "openid", "openid_issuer": "https://id.example", "openid_client": "c"},
        "Anybody with an account",
    ),
]


@pytest.mark.parametrize(("given", "words"), REFUSED)
def test_an_unsafe_start_is_refused_and_says_what_to_do(
    tmp_path: Path, given: dict[str, Any], words: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        setup.check(settings_of(tmp_path, **given))
    assert words in caught.value.message
    assert caught.value.hint


def test_a_safe_start_is_not_refused(tmp_path: Path) -> None:
    setup.check(settings_of(tmp_path))
    Accounts(tmp_path).put("Sam", "hash", new=True)
    public = {"host": "0.0.0.0", "public_address": "https://Peers.example"}
    settings = settings_of(tmp_path, sign_in="passwords", **public)
    setup.check(settings)
    assert setup.warnings(settings) == []
    door = setup.opened(settings)
    assert door is not None
    assert door.secure
    assert door.cookie_name() == "__Host-peer-support"
    assert setup.start_address(settings, "0.0.0.0", 1) == "https://peers.example/"
    insecure = public | {"public_address": "http://peers.example", "insecure_http": True}
    settings = settings_of(tmp_path, sign_in="passwords", **insecure)
    setup.check(settings)
    assert "unencrypted" in setup.warnings(settings)[0]
    assert setup.opened(settings_of(tmp_path)) is None


def test_the_command_refuses_before_anything_is_loaded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(*given: Any, **more: Any) -> None:
        raise AssertionError("The assistant was opened.")

    monkeypatch.setattr("assistant.cli.web.opened", opened)
    args = ["--home", str(tmp_path), "web", "--host", "0.0.0.0", "--no-browser"]
    assert main(args) == 1
    said = capsys.readouterr().err
    assert "before sign-in is set up" in said
    assert "PEER_SUPPORT_SIGN_IN" in said


def test_lists_in_settings_are_parted_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEER_SUPPORT_EDITORS", " amina@trust.example, Sam ,")
    assert read_settings().editors == ("amina@trust.example", "Sam")


# ---------------------------------------------------------------- the command


def run(home: Path, *args: str) -> int:
    return main(["--home", str(home), "users", *args])


def test_people_are_added_listed_changed_and_removed_from_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def typed(words: str) -> None:
        monkeypatch.setattr(sys, "stdin", io.StringIO(words))

    assert run(tmp_path, "list") == 0
    assert "Nobody was added" in capsys.readouterr().err
    typed(f"{GOOD}\n")
    assert run(tmp_path, "add", "Sam Jones", "--editor") == 0
    assert "editor" in capsys.readouterr().out
    assert passwords.matches(Accounts(tmp_path).all()["sam jones"].hash, GOOD)
    typed(f"{GOOD}\n")
    assert run(tmp_path, "add", "sam jones") == 2
    typed("short\n")
    assert run(tmp_path, "password", "sam jones") == 2
    assert "12 characters" in capsys.readouterr().err
    typed(f"{OTHER}\n")
    assert run(tmp_path, "password", "Sam Jones") == 0
    assert passwords.matches(Accounts(tmp_path).all()["sam jones"].hash, OTHER)
    assert run(tmp_path, "password", "Nobody") == 2
    assert run(tmp_path, "role", "Sam Jones", "reader") == 0
    assert run(tmp_path, "role", "Sam Jones", "queen") == 2
    capsys.readouterr()
    assert run(tmp_path, "list", "--json") == 0
    [row] = json.loads(capsys.readouterr().out)["users"]
    assert (row["name"], row["role"]) == ("Sam Jones", "reader")
    assert "hash" not in row
    assert run(tmp_path, "list") == 0
    assert "Sam Jones  reader" in capsys.readouterr().out
    assert run(tmp_path, "remove", "Sam Jones") == 0
    assert run(tmp_path, "remove", "Sam Jones") == 2


def test_on_a_terminal_the_password_is_asked_for_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: True))
    answers = iter([GOOD, "another", GOOD, GOOD])
    monkeypatch.setattr("getpass.getpass", lambda prompt: next(answers))
    assert run(tmp_path, "add", "Sam") == 2
    assert "not the same" in capsys.readouterr().err
    assert run(tmp_path, "add", "Sam") == 0
    assert "sam" in Accounts(tmp_path).all()


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


def team_assistant(home: Path, **more: Any) -> Any:
    assistant = StagedAssistant()
    assistant.settings = read_settings(home=home, **({"sign_in": "passwords"} | more))
    return assistant


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


def small_app(door: Door, clock: Clock = time.monotonic) -> FastAPI:
    """The sign-in before a page of one line."""
    app = FastAPI()
    looks = {"": Look(TEXTS, fake.HELP, door.way.kind)}
    add_routes(app, SignIn(door, looks, Waits(5, 60, clock), Waits(50, 60, clock)))

    @app.get("/", response_class=HTMLResponse)
    async def page() -> str:
        return "<html><head></head><body></body></html>"

    app.add_middleware(Gate, door=door, looks=looks, protected={})
    app.add_middleware(Guard, texts=TEXTS)
    return app


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
