"""Sign-in: the people who may come in, their passwords and sessions, and what may start."""

from __future__ import annotations

import io
import json
import os
import re
import stat
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from assistant.cli import main
from assistant.errors import ConfigurationError, UsageError
from assistant.settings import read_settings
from assistant.web.sign_in import passwords, setup
from assistant.web.sign_in.claims import MOST_OF_ONE, Claims
from assistant.web.sign_in.people import Accounts, Person, checked_name, key_of
from assistant.web.sign_in.sessions import MOST_OF_ONE as MOST_SESSIONS
from assistant.web.sign_in.sessions import Sessions
from assistant.web.sign_in.waits import Waits, address_key
from tests.fakes_sign_in import GOOD, OTHER, Hands, _cheap, settings_of

__all__ = ["_cheap"]

REAL = passwords._hasher


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
